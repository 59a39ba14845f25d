//! What clients created, to look through: `sessions/{name}/world/spaces`, `folders/{id}`, `bins/{id}` and `shares`. A part at a time:
//! however much there is, nobody waits for it.

use http::StatusCode;

use super::{Answered, Problem, Request, problem, respond};
use crate::control::{Listing, Wanted};

/// Entries of a part, if nobody says how many.
const ENTRIES: usize = 100;

/// The most that may be asked for.
const MOST_ENTRIES: usize = 1000;

impl Request<'_> {
    pub(super) fn spaces(&self, session: &str) -> Answered {
        listed(&self.control.spaces(session, self.wanted()?, self.now)?)
    }

    pub(super) fn folder(&self, session: &str, id: &str) -> Answered {
        listed(&self.control.folder(session, id, self.wanted()?, self.now)?)
    }

    pub(super) fn bin(&self, session: &str, space: &str) -> Answered {
        listed(&self.control.bin(session, space, self.wanted()?, self.now)?)
    }

    pub(super) fn shares(&self, session: &str) -> Answered {
        listed(&self.control.shares(session, self.wanted()?, self.now)?)
    }

    /// `?after=` what the part before ended with, `&limit=100`
    fn wanted(&self) -> Result<Wanted<'_>, Problem> {
        self.known_parameters(&["after", "limit"])?;
        let limit = match self.parameter("limit") {
            None => ENTRIES,
            Some(text) => text.parse().ok().filter(|limit| (1..=MOST_ENTRIES).contains(limit)).ok_or_else(|| {
                let message = format!("`limit` is a number from 1 to {MOST_ENTRIES}, and not `{text}`");
                problem(StatusCode::BAD_REQUEST, message)
            })?,
        };
        Ok(Wanted { after: self.parameter("after"), limit })
    }
}

fn listed(listing: &Listing) -> Answered {
    Ok(respond(StatusCode::OK, listing))
}
