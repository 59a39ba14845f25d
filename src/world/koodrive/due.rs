//! What is done when its time has come.

use std::sync::Arc;

use crate::world::{
    World,
    ids::{Id, Ids, Source},
    jobs::Job,
    org::User,
    outcome::Trouble,
    savings::Saving,
    scene::Scene,
};

impl World {
    /// Whether something is due.
    pub(in crate::world) fn is_due(&self, now: jiff::Timestamp) -> bool {
        self.uploads.over(now).is_some() || self.next_due().is_some_and(|(due, _)| due <= now)
    }

    /// What ends next, and when.
    fn next_due(&self) -> Option<(jiff::Timestamp, Id)> {
        [self.jobs.next_due(), self.savings.next_due()].into_iter().flatten().min()
    }
}

/// Does everything that is due by now, one after the other, each at its own time.
pub(in crate::world) fn settle(at: &mut Scene<'_>) {
    let now = at.now;
    at.world.end_old_uploads(now);
    while let Some((due, id)) = at.world.next_due().filter(|(due, _)| *due <= now) {
        at.now = due;
        finish(at, id);
    }
    at.now = now;
}

/// Ends a job or task: its work is done as its user, with ids that are its own.
pub(super) fn finish(at: &mut Scene<'_>, id: Id) {
    let ids = std::mem::replace(&mut at.ids, Ids::new(Source::Seed(format!("jobs/{id}"))));
    let me = Arc::clone(&at.me);
    if let Some(job) = at.world.jobs.get(id) {
        let mut job = Job::clone(job);
        if let Some(user) = able(at, job.user) {
            at.me = user;
            super::job::run(at, &mut job);
        } else {
            job.fail(at.now, nobody().code);
        }
        at.world.jobs_mut().put(job);
    } else if let Some(saving) = at.world.savings.get(id) {
        let mut saving = Saving::clone(saving);
        if let Some(user) = able(at, saving.user) {
            at.me = user;
            super::link::run(at, &mut saving);
        } else {
            saving.fail(at.now, nobody().code);
        }
        at.world.savings_mut().put(saving);
    }
    (at.ids, at.me) = (ids, me);
}

/// A user who still works.
fn able(at: &Scene<'_>, user: Id) -> Option<Arc<User>> {
    at.world.org.user(user).filter(|user| !user.disabled).cloned()
}

fn nobody() -> Trouble {
    Trouble::forbidden("its user is gone or disabled")
}
