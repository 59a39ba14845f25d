//! KooDrive's operations, a file for each group of its documentation: each reads the call, asks the rooms of the world, and names the
//! reply.

mod department;
mod due;
mod enterprise;
mod favourite;
mod file;
mod group;
mod job;
mod link;
mod list;
mod message;
mod portal;
mod session;
mod share;
mod shared;
mod space;
mod upload;
mod user;

pub(super) use self::due::settle;
use super::stage::Behaviour;

/// The service, by its folder.
pub(super) const SERVICE: &str = "koodrive";

/// The operations that are played.
const GROUPS: [&[Behaviour]; 16] = [
    department::OPERATIONS,
    enterprise::OPERATIONS,
    favourite::OPERATIONS,
    file::OPERATIONS,
    group::OPERATIONS,
    job::OPERATIONS,
    link::OPERATIONS,
    list::OPERATIONS,
    message::OPERATIONS,
    portal::OPERATIONS,
    session::OPERATIONS,
    share::OPERATIONS,
    shared::OPERATIONS,
    space::OPERATIONS,
    upload::OPERATIONS,
    user::OPERATIONS,
];

pub(super) fn behaviours() -> impl Iterator<Item = &'static Behaviour> {
    GROUPS.into_iter().flatten()
}
