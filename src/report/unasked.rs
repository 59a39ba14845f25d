//! Jobs that a client began and never asked for: nobody knows what became of them.

use std::sync::Arc;

use super::{Notice, NoticeKind, Numbers};
use crate::{
    session::Exchange,
    world::{EntityKind, Took},
};

/// So many are followed at once.
const FOLLOWED: usize = 20;

/// Jobs that no later call has spoken of so far.
#[derive(Debug, Default)]
pub(super) struct Unasked {
    jobs: Vec<Job>,
}

#[derive(Debug)]
struct Job {
    kind: EntityKind,
    id: Arc<str>,
    exchange: u64,
}

impl Unasked {
    /// Takes the next call. A job was asked for if its id stands in a later call or in the answer to one.
    pub(super) fn see(&mut self, exchange: &Exchange) {
        if !self.jobs.is_empty() {
            let recorded = &exchange.recorded;
            let target = recorded.line().map_or("", |(_, target)| target);
            let bodies = [recorded.body(), recorded.answered()].map(String::from_utf8_lossy);
            self.jobs.retain(|job| !target.contains(&*job.id) && bodies.iter().all(|body| !body.contains(&*job.id)));
        }
        let Some(effect) = exchange.details().effect.as_ref().filter(|_| exchange.took == Some(Took::Committed)) else {
            return;
        };
        // Whoever was not told the id cannot ask.
        if exchange.details().fault.is_some_and(|fault| fault.breaks_off) {
            return;
        }
        let told = String::from_utf8_lossy(exchange.recorded.answered());
        for thing in &effect.created.named {
            let is_job = matches!(thing.kind, EntityKind::Job | EntityKind::Task);
            if is_job && self.jobs.len() < FOLLOWED && told.contains(&*thing.id) {
                self.jobs.push(Job { kind: thing.kind, id: Arc::clone(&thing.id), exchange: exchange.number });
            }
        }
    }

    /// What is to be said of those that are left.
    pub(super) fn into_notice(self) -> Option<Notice> {
        let exchanges: Numbers = self.jobs.iter().map(|job| job.exchange).collect();
        let named = |job: &Job| format!("{} {}", job.kind.as_str(), job.id);
        let text = match self.jobs.as_slice() {
            [] => return None,
            [job] => format!("{} was begun and never asked for: whether it went well is not known", named(job)),
            several => {
                let named: Vec<String> = several.iter().map(named).collect();
                format!("{} were begun and never asked for: whether they went well is not known", named.join(", "))
            }
        };
        Some(Notice { kind: NoticeKind::UnaskedJob, text, exchanges })
    }
}
