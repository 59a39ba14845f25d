//! The operations that a rule or an expectation names.

use std::{ops::Deref, sync::Arc};

use crate::contract::OperationId;

/// The operations that a rule or an expectation names: some, or all. Sorted, none twice. Whoever names all of them shares one list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operations {
    /// By name.
    Named(Arc<[OperationId]>),
    /// `"*"`: all of one service, or of all services.
    All {
        /// The position of the service in the contract; all services without it.
        service: Option<usize>,
        /// The operations.
        ids: Arc<[OperationId]>,
    },
}

impl Operations {
    /// Some operations.
    pub fn named(mut ids: Vec<OperationId>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self::Named(ids.into())
    }

    /// Whether these are all operations of all services, so that a call without an operation is meant, too.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All { service: None, .. })
    }

    /// Whether this operation is one of them.
    pub fn contains_id(&self, id: OperationId) -> bool {
        self.binary_search(&id).is_ok()
    }
}

impl Deref for Operations {
    type Target = [OperationId];

    fn deref(&self) -> &[OperationId] {
        match self {
            Self::Named(ids) | Self::All { ids, .. } => ids,
        }
    }
}
