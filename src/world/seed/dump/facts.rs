//! The members of what is written.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::world::ids::Id;

/// The members of an object, in order.
#[derive(Default)]
pub(super) struct Facts(pub(super) Map<String, Value>);

impl Facts {
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A flag that is left out where it does not hold.
    pub(super) fn flag(self, name: &str, flag: bool) -> Self {
        self.maybe(name, flag.then_some(true))
    }

    pub(super) fn time(self, name: &str, time: Timestamp) -> Self {
        self.with(name, time.to_string())
    }

    pub(super) fn id(self, name: &str, id: Id) -> Self {
        self.with(name, id.to_string())
    }
}

impl From<Facts> for Value {
    fn from(facts: Facts) -> Self {
        Self::Object(facts.0)
    }
}
