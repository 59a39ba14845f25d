//! What all connections share.

use std::sync::Arc;

use super::{Limits, connections::Connections, peers::Peers};
use crate::mock::Mock;

/// What all connections share.
pub(super) struct Shared {
    pub(super) mock: Arc<Mock>,
    pub(super) limits: Limits,
    pub(super) admin: bool,
    pub(super) body_limit: usize,
    pub(super) connections: Connections,
    pub(super) peers: Peers,
}
