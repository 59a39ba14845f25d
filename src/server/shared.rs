//! What connections, and the requests of one connection, have in common.

use std::sync::Arc;

use super::{
    Limits,
    activity::{Activity, Connections},
};
use crate::mock::Mock;

/// What all connections share.
pub(super) struct Shared {
    pub(super) mock: Arc<Mock>,
    pub(super) limits: Limits,
    pub(super) admin: bool,
    pub(super) body_limit: usize,
    pub(super) connections: Connections,
}

/// What the requests of a connection share. One count of references, which no other connection touches.
pub(super) struct Calls {
    /// The client is on this machine.
    pub(super) local: bool,
    pub(super) shared: Arc<Shared>,
    pub(super) activity: Arc<Activity>,
}
