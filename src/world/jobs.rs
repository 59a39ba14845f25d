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
};

/// All jobs.
#[derive(Debug, Clone, Default)]
pub(super) struct Jobs {
    all: OrdMap<Id, Arc<Job>>,
    /// Behind their user.
    of: OrdSet<(Id, Made, Id)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) id: Id,
    pub(super) user: Id,
    pub(super) task: i64,
    /// Nothing for a restoration: the vendor numbers none.
    pub(super) action: Option<i64>,
    /// The space that it works into.
    pub(super) target: Key,
    pub(super) items: Vec<Item>,
    pub(super) at: Timestamp,
    pub(super) made: Made,
}

/// A file of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) file: String,
    pub(super) space: Key,
    /// The file that it became, or why it became none.
    pub(super) done: Result<Option<Key>, Code>,
}

/// The job is completed.
pub(super) const COMPLETED: i64 = 2;

impl Jobs {
    pub(super) fn by_id(&self) -> &OrdMap<Id, Arc<Job>> {
        &self.all
    }

    pub(super) fn get(&self, id: Id) -> Option<&Arc<Job>> {
        self.all.get(&id)
    }

    /// Those of a user, the newest first.
    pub(super) fn of(&self, user: Id) -> impl Iterator<Item = &Arc<Job>> {
        let behind = self.of.range((user, 0, Id::NONE)..=(user, Made::MAX, Id(u64::MAX))).rev();
        behind.filter_map(|(_, _, id)| self.all.get(id))
    }

    pub(super) fn add(&mut self, job: Job) {
        self.of.insert((job.user, job.made, job.id));
        self.all.insert(job.id, Arc::new(job));
    }
}

/// Why items failed.
fn failed(items: &[Item]) -> impl Iterator<Item = Code> {
    items.iter().filter_map(|item| item.done.as_ref().err().copied())
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

impl Facts for Job {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "taskId" | "data" => Fact::Id(self.id),
            "userId" => Fact::Id(self.user),
            "taskType" => Fact::Whole(self.task),
            "actionType" => Fact::Whole(self.action?),
            "status" => Fact::Whole(COMPLETED),
            "progress" => Fact::Whole(100),
            "taskResultCode" => Fact::Whole(result_of(&self.items)),
            // Of the first that failed.
            "resultCode" => Fact::Text(failed(&self.items).next()?.to_string().into()),
            "contentNum" => Fact::Whole(i64::try_from(self.items.len()).unwrap_or(i64::MAX)),
            "containerId" => Fact::text(&self.target),
            "tenantId" => Fact::text(&view.world.enterprise.tenant),
            "createTime" | "beginTime" | "endTime" => Fact::Text(digits(self.at).into()),
            "taskInfos" => Fact::Many(self.items.iter().map(|item| Box::new(item.clone()) as _).collect()),
            _ => return None,
        })
    }
}

impl Facts for Item {
    fn fact<'f>(&'f self, name: &str, _: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "fileId" => Fact::text(&self.file),
            // 1 done, 2 failed.
            "status" => Fact::Whole(if self.done.is_ok() { 1 } else { 2 }),
            "newFileId" => Fact::text(self.done.as_ref().ok()?.as_deref()?),
            "srcContainerId" => Fact::text(&self.space),
            _ => return None,
        })
    }
}

/// A job with its files.
pub(super) fn detail(job: &Arc<Job>) -> Record {
    Record::default().with("jobInfo", Fact::One(Box::new(Arc::clone(job)))).and(Arc::clone(job))
}
