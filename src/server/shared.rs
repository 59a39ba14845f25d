//! What all connections share.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use super::{
    Limits,
    admin::{AdminAccess, Desk},
    bodies::Bodies,
    connections::Connections,
    peers::Peers,
    tls::Tls,
};
use crate::mock::Mock;

/// What all connections share.
pub(super) struct Shared {
    /// The stand-in as it was at first. Its journal is that of every one that follows.
    pub(super) mock: Arc<Mock>,
    /// The stand-in that a new call comes to.
    pub(super) current: Arc<ArcSwap<Mock>>,
    pub(super) limits: Limits,
    /// Who may use the admin API, if it is served.
    pub(super) admin: Option<AdminAccess>,
    /// How https is spoken, if it is.
    pub(super) tls: OnceLock<Tls>,
    pub(super) body_limit: usize,
    pub(super) bodies: Arc<Bodies>,
    pub(super) desk: Arc<Desk>,
    pub(super) connections: Connections,
    pub(super) peers: Peers,
}

impl Shared {
    /// What there is before the first connection.
    pub(super) fn new(mock: Arc<Mock>, limits: Limits, admin: Option<AdminAccess>) -> Self {
        let body_limit = mock.contract().largest_limit(|limits| limits.body);
        let bodies = Arc::new(Bodies::new(limits.bodies, body_limit));
        Self {
            current: Arc::new(ArcSwap::new(Arc::clone(&mock))),
            mock,
            desk: Arc::new(Desk::new(&bodies, limits.body_time)),
            bodies,
            limits,
            admin,
            tls: OnceLock::new(),
            body_limit,
            connections: Connections::default(),
            peers: Peers::default(),
        }
    }
}
