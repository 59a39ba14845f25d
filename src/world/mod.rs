//! A stand-in with a memory: what a client creates is there on the next call.
//!
//! A [`World`] is a value. Its parts share what did not change, so a copy costs next to nothing: a call that changes something works on a
//! copy, and that becomes the session's world if the call goes well. A call that is refused, or that fails, leaves no trace.
//!
//! Behaviour is code, a file for each group of the vendor's documentation in `koodrive/`. The form of an answer is not: the operation's own
//! table asks the things of the world for its members.

mod assembly;
mod browse;
mod budget;
mod call;
mod check;
mod codes;
mod content;
mod drive;
mod effect;
mod enterprise;
mod fact;
mod files;
mod followed;
mod groups;
mod ids;
mod inbox;
mod jobs;
mod koodrive;
mod links;
mod logins;
mod objects;
mod org;
mod outcome;
mod pace;
mod page;
mod place;
mod put;
mod readers;
mod rights;
mod savings;
mod scene;
mod seed;
mod settings;
mod shape;
mod share;
mod shares;
mod spaces;
mod stage;
mod stars;
mod store;
mod uploads;
mod visits;

use std::sync::Arc;

pub use self::{
    browse::{Listing, Wanted},
    effect::{Effect, Entities, Entity, EntityKind, Took},
    ids::Id,
    links::Links,
    place::FileSeen,
    put::NoPlace,
    seed::{Seed, written},
    stage::{Cue, Limits, Played, Seen, Stage},
    store::{Full, Store},
};
use self::{
    content::Contents, drive::Drive, enterprise::Enterprise, groups::Groups, inbox::Inbox, jobs::Jobs, logins::Logins,
    org::Org, savings::Savings, settings::Settings, shares::Shares, spaces::Spaces, stars::Stars, uploads::Uploads,
    visits::Visits,
};

/// Everything that a session's calls made, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    settings: Arc<Settings>,
    enterprise: Arc<Enterprise>,
    org: Arc<Org>,
    spaces: Arc<Spaces>,
    groups: Arc<Groups>,
    logins: Arc<Logins>,
    drive: Arc<Drive>,
    contents: Arc<Contents>,
    uploads: Arc<Uploads>,
    stars: Arc<Stars>,
    jobs: Arc<Jobs>,
    shares: Arc<Shares>,
    savings: Arc<Savings>,
    inbox: Arc<Inbox>,
    visits: Arc<Visits>,
    /// Counts what was made: things of the same kind are listed in that order.
    made: u64,
}

/// The operations that the world plays, and the codes that it refuses them with, without their leading 13000.
pub fn played() -> impl Iterator<Item = (&'static str, &'static [u16])> {
    koodrive::behaviours().chain(objects::OPERATIONS).map(|behaviour| (behaviour.operation, behaviour.refuses))
}

/// When something was made, among all things of its world.
type Made = u64;

impl World {
    /// The place in the order for something new.
    fn next(&mut self) -> Made {
        self.made += 1;
        self.made
    }

    /// Whether something has this id.
    fn has(&self, id: Id) -> bool {
        self.org.has(id)
            || self.groups.has(id)
            || self.jobs.get(id).is_some()
            || self.shares.has(id)
            || self.savings.has(id)
            || self.inbox.has(id)
    }

    /// Is what the next one is compared with.
    fn settle(&mut self) {
        self.drive_mut().settle();
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    fn enterprise_mut(&mut self) -> &mut Enterprise {
        Arc::make_mut(&mut self.enterprise)
    }

    fn org_mut(&mut self) -> &mut Org {
        Arc::make_mut(&mut self.org)
    }

    fn spaces_mut(&mut self) -> &mut Spaces {
        Arc::make_mut(&mut self.spaces)
    }

    fn groups_mut(&mut self) -> &mut Groups {
        Arc::make_mut(&mut self.groups)
    }

    fn drive_mut(&mut self) -> &mut Drive {
        Arc::make_mut(&mut self.drive)
    }

    fn contents_mut(&mut self) -> &mut Contents {
        Arc::make_mut(&mut self.contents)
    }

    fn uploads_mut(&mut self) -> &mut Uploads {
        Arc::make_mut(&mut self.uploads)
    }

    fn stars_mut(&mut self) -> &mut Stars {
        Arc::make_mut(&mut self.stars)
    }

    fn jobs_mut(&mut self) -> &mut Jobs {
        Arc::make_mut(&mut self.jobs)
    }

    fn shares_mut(&mut self) -> &mut Shares {
        Arc::make_mut(&mut self.shares)
    }

    fn savings_mut(&mut self) -> &mut Savings {
        Arc::make_mut(&mut self.savings)
    }

    fn inbox_mut(&mut self) -> &mut Inbox {
        Arc::make_mut(&mut self.inbox)
    }

    fn visits_mut(&mut self) -> &mut Visits {
        Arc::make_mut(&mut self.visits)
    }

    fn logins_mut(&mut self) -> &mut Logins {
        Arc::make_mut(&mut self.logins)
    }
}
