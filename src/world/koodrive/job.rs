//! Batch task operations: copy, recycle, erase, move, restore, empty the bin. The seed says how long they take; their work is done in one
//! step when they end.

use std::sync::Arc;

use super::due;
use crate::world::{
    call::Values,
    codes::{INTO_ITSELF, NO_FOLDER, NOT_RECYCLED, THERE_ALREADY},
    drive::{Key, Node, root_of},
    fact::Fact,
    ids::Id,
    jobs::{Item, Job, detail},
    outcome::{Outcome, Reply, Trouble},
    pace::Progress,
    page,
    rights::Capability,
    scene::Scene,
    spaces::{Kind, Space},
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateJob", create).refuses(&[301, 412, 102, 410]),
    look("GetJobList", list),
    change("GetJobDetail", show).refuses(&[309]),
    change("CancelJob", cancel).refuses(&[309, 102]),
];

/// The most files of a job.
const MOST: usize = 1000;

/// What jobs do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Copy,
    Recycle,
    Erase,
    Move,
    Restore,
    Clear,
}

impl Work {
    /// By the vendor's type and action.
    fn of(task: i64, action: Option<i64>) -> Result<(Self, Option<i64>), Trouble> {
        Ok(match (task, action) {
            (1, None | Some(101)) => (Self::Copy, Some(101)),
            (2, None | Some(201)) => (Self::Recycle, Some(201)),
            (2, Some(202)) => (Self::Erase, Some(202)),
            (3, None | Some(301)) => (Self::Move, Some(301)),
            (4, None) => (Self::Restore, None),
            (7, None | Some(701)) => (Self::Clear, Some(701)),
            (5 | 6, _) => return Err(Trouble::invalid("archives and packages are not played")),
            _ => return Err(Trouble::invalid(format!("taskType {task} and actionType {action:?} do not go together"))),
        })
    }
}

fn create(at: &mut Scene<'_>) -> Outcome {
    let task = at.call.whole("taskType").unwrap_or(0);
    let (work, action) = Work::of(task, at.call.whole("actionType"))?;
    let info = at.call.object("taskInfo");
    let source = at.active(info.and_then(|info| info.text("srcContainerId")).unwrap_or_default())?;
    let target = at.active(at.text("dstContainerId"))?;
    let files: Vec<Values<'_>> = info.into_iter().flat_map(|info| info.objects("fileInfo")).collect();
    if files.is_empty() && work != Work::Clear {
        return Err(Trouble::invalid("fileInfo names no file"));
    }
    if files.len() > MOST {
        return Err(Trouble::invalid(format!("a job has {MOST} files at most")));
    }
    if work == Work::Clear {
        may_clear(at, &source)?;
    }
    let path = info.and_then(|info| info.text("newFilePath")).map(str::to_owned);
    let item = |file: Values<'_>| Item {
        file: file.text("fileId").unwrap_or_default().to_owned(),
        space: Arc::clone(&source.id),
        has_path: file.text("filePath").is_some(),
        done: None,
    };
    let items = files.into_iter().map(item).collect();
    let id = begin(at, Order { task, action, source: &source, target: &target, path, items })?;
    Ok(Reply::done().with("data", Fact::Id(id)))
}

/// What a new job is to do.
pub(super) struct Order<'o> {
    task: i64,
    action: Option<i64>,
    source: &'o Space,
    target: &'o Space,
    path: Option<String>,
    items: Vec<Item>,
}

impl<'o> Order<'o> {
    /// Empties the bin of a space.
    pub(super) fn clearing(space: &'o Space) -> Self {
        Self { task: 7, action: Some(701), source: space, target: space, path: None, items: Vec::new() }
    }
}

/// Begins a job, and ends it if jobs take no time.
pub(super) fn begin(at: &mut Scene<'_>, order: Order<'_>) -> Result<Id, Trouble> {
    let Order { task, action, source, target, path, items } = order;
    if !at.world.jobs_mut().make_room() {
        return Err(Trouble::invalid(
            "the world has 1000 jobs that are not over, and no more: that bound is Understudy's",
        ));
    }
    let (source, target) = (Arc::clone(&source.id), Arc::clone(&target.id));
    let id = at.new_id("job");
    let progress = Progress::begin(at.world.settings.pace, at.now);
    let made = at.world.next();
    let mut job = Job { id, user: at.me.id, task, action, source, target, path, items, at: at.now, progress, made };
    if progress.is_done() {
        run(at, &mut job);
    }
    at.world.jobs_mut().put(job);
    Ok(id)
}

/// Does the work of a job, as its user. What cannot be done fails by itself.
pub(super) fn run(at: &mut Scene<'_>, job: &mut Job) {
    job.progress = Progress::Done(at.now);
    let work = Work::of(job.task, job.action);
    let places = || Ok((at.active(&job.source)?, at.active(&job.target)?));
    let (work, source, target) =
        match work.and_then(|(work, _)| places().map(|(source, target)| (work, source, target))) {
            Ok(all) => all,
            Err(trouble) => return job.fail(at.now, trouble.code),
        };
    if work == Work::Clear && may_clear(at, &source).is_ok() {
        clear(at, &source);
    }
    for item in &mut job.items {
        let done = one(at, work, &source, &target, job.path.as_deref(), &item.file, item.has_path);
        item.done = Some(done.map_err(|trouble| trouble.code));
    }
}

/// What becomes of one file of a job.
fn one(
    at: &mut Scene<'_>,
    work: Work,
    source: &Arc<Space>,
    target: &Arc<Space>,
    path: Option<&str>,
    id: &str,
    knows_its_place: bool,
) -> Result<Option<Key>, Trouble> {
    match work {
        Work::Recycle => {
            let node = at.file(source, id)?;
            at.may(source, Capability::Delete)?;
            let now = at.now;
            at.world.recycle(&node, now, knows_its_place);
            Ok(None)
        }
        Work::Erase => {
            let node = at.any_file(source, id)?;
            at.may(source, Capability::Delete)?;
            at.world.erase(&node);
            Ok(None)
        }
        Work::Restore => restore(at, source, id).map(Some),
        Work::Copy => {
            let node = at.file(source, id)?;
            at.may(source, Capability::Copy)?;
            at.may(target, Capability::AddChild)?;
            let folder = at.folder(target, folder_of(path))?;
            is_outside(at, &node, &folder)?;
            copy(at, &node, target, &folder).map(Some)
        }
        Work::Move => {
            let node = at.file(source, id)?;
            at.may(source, Capability::RemoveChild)?;
            at.may(target, Capability::AddChild)?;
            let folder = at.folder(target, folder_of(path))?;
            if folder == node.parent {
                return Err(Trouble::new(THERE_ALREADY, format!("{id} is in that folder already")));
            }
            is_outside(at, &node, &folder)?;
            move_to(at, &node, target, folder).map(Some)
        }
        Work::Clear => Ok(None),
    }
}

/// The id of the folder that a path ends with.
fn folder_of(path: Option<&str>) -> Option<&str> {
    path?.rsplit('/').find(|segment| !segment.is_empty())
}

/// Whether a folder is neither a node nor below it.
pub(super) fn is_outside(at: &Scene<'_>, node: &Node, folder: &str) -> Result<(), Trouble> {
    let inside =
        at.world.drive.get(folder).is_some_and(|folder| at.world.drive.way_up(folder).any(|above| above.id == node.id));
    if inside {
        return Err(Trouble::new(INTO_ITSELF, format!("{folder} is {} or below it", node.id)));
    }
    at.deep_enough(folder, at.world.drive.height(node))
}

fn restore(at: &mut Scene<'_>, space: &Arc<Space>, id: &str) -> Result<Key, Trouble> {
    let node = at.any_file(space, id)?;
    at.may(space, Capability::Delete)?;
    let recycled =
        node.recycled.ok_or_else(|| Trouble::new(NOT_RECYCLED, format!("{id} is not in the recycle bin")))?;
    let root = root_of(&space.id);
    let parent = if node.parent == root {
        Some(root)
    } else {
        at.world.drive.get(&node.parent).map(|parent| Arc::clone(&parent.id))
    };
    let Some(parent) = parent.filter(|_| recycled.knows_its_place) else {
        return Err(Trouble::new(NO_FOLDER, format!("nobody knows any more where {id} was")));
    };
    let parent = at.folder(space, Some(&parent))?;
    let name = at.free_name(&parent, &node.name, true)?;
    at.world.put_node(Node { recycled: None, name, ..Node::clone(&node) });
    Ok(Arc::clone(&node.id))
}

/// A copy of a node and everything below it, with ids of its own.
pub(super) fn copy(at: &mut Scene<'_>, node: &Arc<Node>, target: &Arc<Space>, folder: &Key) -> Result<Key, Trouble> {
    let all = at.world.drive.all_within(node);
    at.fits(&target.id, all.iter().map(|node| node.size).sum())?;
    let name = at.free_name(folder, &node.name, true)?;
    let mut ids: std::collections::BTreeMap<Key, Key> = std::collections::BTreeMap::new();
    for original in &all {
        let id = at.new_file_id();
        ids.insert(Arc::clone(&original.id), Arc::clone(&id));
        let is_top = original.id == node.id;
        let parent = if is_top { Some(folder) } else { ids.get(&original.parent) };
        let Some(parent) = parent.cloned() else { continue };
        let copy = Node {
            id,
            space: Arc::clone(&target.id),
            parent,
            name: if is_top { Arc::clone(&name) } else { Arc::clone(&original.name) },
            created: at.now,
            owner: at.me.id,
            editor: at.me.id,
            made: at.world.next(),
            ..Node::clone(original)
        };
        at.world.put_node(copy);
    }
    ids.remove(&node.id).ok_or_else(|| Trouble::unknown("file", &node.id))
}

fn move_to(at: &mut Scene<'_>, node: &Arc<Node>, target: &Arc<Space>, folder: Key) -> Result<Key, Trouble> {
    let all = at.world.drive.all_within(node);
    if node.space != target.id {
        at.fits(&target.id, all.iter().map(|node| node.size).sum())?;
    }
    let name = at.free_name(&folder, &node.name, true)?;
    let moved = Node { parent: folder, name, ..Node::clone(node) };
    if node.space == target.id {
        at.world.put_node(moved);
        return Ok(Arc::clone(&node.id));
    }
    // What is below goes along into the other space.
    for below in all {
        let top = below.id == node.id;
        let (space, size) = (Arc::clone(&below.space), below.size);
        let node = if top { moved.clone() } else { Node::clone(&below) };
        at.world.drive_mut().put(Node { space: Arc::clone(&target.id), ..node });
        at.world.spaces_mut().change(&space, |space| space.used -= size);
        at.world.spaces_mut().change(&target.id, |space| space.used += size);
    }
    Ok(Arc::clone(&node.id))
}

/// Whether the caller may empty the bin of a space.
pub(super) fn may_clear(at: &Scene<'_>, space: &Space) -> Result<(), Trouble> {
    if space.kind == Kind::Personal && space.owner != at.me.id {
        return Err(Trouble::forbidden(format!("space {} is not {}'s", space.id, at.me.name)).about(&*space.id));
    }
    at.manages(space)
}

/// Empties the bin of a space.
pub(super) fn clear(at: &mut Scene<'_>, space: &Space) {
    let gone: Vec<_> = at.world.drive.bin(&space.id).cloned().collect();
    for node in gone {
        at.world.erase(&node);
    }
}

fn list(at: &Scene<'_>) -> Outcome {
    let (task, status) = (at.call.whole("type"), at.call.whole("status"));
    let wanted = |job: &&Arc<Job>| {
        task.is_none_or(|task| job.task == task)
            && status.is_none_or(|status| job.progress.status(job.at, at.now) == status)
    };
    let found = at.world.jobs.of(at.me.id).filter(wanted).cloned();
    Ok(Reply::many("data", page::part(found, at.call.whole("offset"), at.call.whole("limit"))))
}

/// A job of the caller.
fn mine(at: &Scene<'_>, name: &str) -> Result<Arc<Job>, Trouble> {
    let id = at.call.id(name).unwrap_or(Id::NONE);
    let job = at.world.jobs.get(id).filter(|job| job.user == at.me.id);
    job.cloned().ok_or_else(|| Trouble::unknown("job of yours", id))
}

fn show(at: &mut Scene<'_>) -> Outcome {
    let job = mine(at, "job_id")?;
    match job.progress.polled() {
        Some(progress) if progress != job.progress => at.world.jobs_mut().put(Job { progress, ..Job::clone(&job) }),
        Some(_) => {}
        None => due::finish(at, job.id),
    }
    Ok(Reply::one("data", detail(&mine(at, "job_id")?)))
}

fn cancel(at: &mut Scene<'_>) -> Outcome {
    let job = mine(at, "jobId")?;
    if !job.progress.is_open() {
        return Err(Trouble::invalid(format!("job {} is over", job.id)));
    }
    let progress = Progress::Cancelled(at.now);
    at.world.jobs_mut().put(Job { progress, ..Job::clone(&job) });
    Ok(Reply::done())
}
