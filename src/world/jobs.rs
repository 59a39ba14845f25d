//! Work on many files at once, and what became of it.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    Made,
    drive::Key,
    fact::{Fact, Facts, Record, View},
    ids::Id,
    outcome::Code,
    pace::{Progress, Queue},
};

/// The most jobs of a world; beyond it those that are over go, the oldest first.
const MOST: usize = 1000;

/// All jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Jobs {
    all: OrdMap<Id, Arc<Job>>,
    /// Behind their user.
    of: OrdSet<(Id, Made, Id)>,
    queue: Queue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) id: Id,
    pub(super) user: Id,
    pub(super) task: i64,
    /// Nothing for a restoration: the vendor numbers none.
    pub(super) action: Option<i64>,
    /// The space that it works on.
    pub(super) source: Key,
    /// The space that it works into.
    pub(super) target: Key,
    /// The folder there, as the call named it.
    pub(super) path: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) at: Timestamp,
    pub(super) progress: Progress,
    pub(super) made: Made,
}

/// A file of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) file: String,
    pub(super) space: Key,
    /// Whether the call said where it is: without that nobody knows where it was.
    pub(super) has_path: bool,
    /// The file that it became, or why it became none; nothing before the job is done.
    pub(super) done: Option<Result<Option<Key>, Code>>,
}

impl Jobs {
    pub(super) fn by_id(&self) -> &OrdMap<Id, Arc<Job>> {
        &self.all
    }

    pub(super) fn get(&self, id: Id) -> Option<&Arc<Job>> {
        self.all.get(&id)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.all.values()
    }

    /// Those of a user, the newest first.
    pub(super) fn of(&self, user: Id) -> impl Iterator<Item = &Arc<Job>> {
        let behind = self.of.range((user, 0, Id::NONE)..=(user, Made::MAX, Id(u64::MAX))).rev();
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    /// The one that ends next, and when.
    pub(super) fn next_due(&self) -> Option<(Timestamp, Id)> {
        self.queue.next_due()
    }

    /// Makes room for one more: the oldest that is over goes. Whether there is room.
    pub(super) fn make_room(&mut self) -> bool {
        while self.all.len() >= MOST {
            let Some(known) = self.queue.oldest_over().and_then(|id| self.all.remove(&id)) else { return false };
            self.queue.remove(known.made, known.id, known.progress);
            self.of.remove(&(known.user, known.made, known.id));
        }
        true
    }

    /// Adds a job, or replaces the one with its id.
    pub(super) fn put(&mut self, job: Job) {
        if let Some(known) = self.all.get(&job.id) {
            self.queue.remove(known.made, known.id, known.progress);
        }
        self.queue.put(job.made, job.id, job.progress);
        self.of.insert((job.user, job.made, job.id));
        self.all.insert(job.id, Arc::new(job));
    }
}

/// Why items failed.
fn failed(items: &[Item]) -> impl Iterator<Item = Code> {
    items.iter().filter_map(|item| item.done.as_ref()?.as_ref().err().copied())
}

/// What became of all items: 1 all went well, 2 some did, 3 none.
pub(super) fn result_of(items: &[Item]) -> i64 {
    match failed(items).count() {
        0 => 1,
        failed if failed < items.len() => 2,
        _ => 3,
    }
}

/// 14 digits, as jobs have times.
pub(super) fn digits(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string()
}

impl Job {
    /// Nothing of it is done.
    pub(super) fn fail(&mut self, at: Timestamp, code: Code) {
        self.progress = Progress::Done(at);
        self.items.iter_mut().for_each(|item| item.done = Some(Err(code)));
    }
}

impl Facts for Job {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "taskId" | "data" => Fact::Id(self.id),
            "userId" => Fact::Id(self.user),
            "taskType" => Fact::Whole(self.task),
            "actionType" => Fact::Whole(self.action?),
            "status" => Fact::Whole(self.progress.status(self.at, view.now)),
            "progress" => Fact::Whole(self.progress.percent(self.at, view.now)),
            "taskResultCode" => Fact::Whole(self.progress.is_done().then(|| result_of(&self.items))?),
            // Of the first that failed.
            "resultCode" => Fact::Text(failed(&self.items).next()?.to_string().into()),
            "contentNum" => Fact::Whole(i64::try_from(self.items.len()).unwrap_or(i64::MAX)),
            "containerId" => Fact::text(&self.target),
            "tenantId" => Fact::text(&view.world.enterprise.tenant),
            "createTime" | "beginTime" => Fact::Text(digits(self.at).into()),
            "endTime" => Fact::Text(digits(self.progress.end()?).into()),
            "taskInfos" => Fact::Many(self.items.iter().map(|item| Box::new(item.clone()) as _).collect()),
            _ => return None,
        })
    }
}

impl Facts for Item {
    fn fact<'f>(&'f self, name: &str, _: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "fileId" => Fact::text(&self.file),
            // 0 waiting, 1 done, 2 failed.
            "status" => Fact::Whole(self.done.as_ref().map_or(0, |done| if done.is_ok() { 1 } else { 2 })),
            "newFileId" => Fact::text(self.done.as_ref()?.as_ref().ok()?.as_deref()?),
            "srcContainerId" => Fact::text(&self.space),
            _ => return None,
        })
    }
}

/// A job with its files.
pub(super) fn detail(job: &Arc<Job>) -> Record {
    Record::default().with("jobInfo", Fact::One(Box::new(Arc::clone(job)))).and(Arc::clone(job))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(number: u64, progress: Progress) -> Job {
        Job {
            id: Id(number),
            user: Id(1),
            task: 1,
            action: None,
            source: "space".into(),
            target: "space".into(),
            path: None,
            items: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            progress,
            made: number,
        }
    }

    #[test]
    fn the_oldest_jobs_that_are_over_make_room_and_those_under_way_stay() {
        let mut jobs = Jobs::default();
        let open = Progress::Until(Timestamp::MAX);
        for number in 1..=1001 {
            assert!(jobs.make_room());
            jobs.put(job(number, if number == 1 { open } else { Progress::Done(Timestamp::UNIX_EPOCH) }));
        }
        assert!(jobs.get(Id(1)).is_some() && jobs.get(Id(2)).is_none());
        assert_eq!((jobs.all.len(), jobs.of(Id(1)).count()), (MOST, MOST));
        for number in 3..=1001 {
            jobs.put(job(number, open));
        }
        assert!(!jobs.make_room(), "nothing is over");
        assert_eq!(jobs.next_due(), Some((Timestamp::MAX, Id(1))));
    }
}
