//! Access links: how those whom a share is for open it.

use std::sync::Arc;

use imbl::OrdSet;

use super::{due, list::Sorted};

use crate::world::{
    call::Values,
    codes::{NO_FOLDER, NO_SPACE, NOT_FOUND, NOT_IN_SPACE, OTHER_SPACE, RECYCLED},
    drive::{Key, Node, Order, Place, Places},
    fact::{Fact, Record},
    ids::Id,
    jobs::Item,
    outcome::{Outcome, Reply, Trouble},
    pace::Progress,
    page,
    readers::State,
    rights::Capability,
    savings::Saving,
    scene::Scene,
    share::Share,
    spaces::Space,
    stage::{Behaviour, change, look},
    visits::Why,
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("VisitShare", visit).refuses(&[309, 410, 306, 301]),
    change("VerifyExtractCode", verify).refuses(&[309, 410, 306, 301, 102]),
    look("GetShareInfo", show).refuses(&[309, 410]),
    change("ListShareFiles", list).refuses(&[309, 410, 306, 301, 411, 304, 102]),
    change("DownloadShareFile", download).refuses(&[309, 410, 306, 301, 411, 406, 407]),
    change("CreateBatchTask", save).refuses(&[309, 410, 306, 301, 302, 102, 412]),
    change("GetBatchTask", saved).refuses(&[309]),
];

/// The most files of a task.
const MOST: usize = 1000;

/// The share of a short code, if the caller may know of it.
fn known(at: &Scene<'_>) -> Result<Arc<Share>, Trouble> {
    let code = at.text("shortUrl");
    let share = at.world.shares.of_code(code).ok_or_else(|| Trouble::unknown("share with the short code", code))?;
    is_for_me(at, share)?;
    Ok(Arc::clone(share))
}

fn is_for_me(at: &Scene<'_>, share: &Share) -> Result<(), Trouble> {
    if at.world.may_open(share, &at.me) {
        return Ok(());
    }
    Err(Trouble::forbidden(format!("share {} is not for {}", share.id, at.me.name)).about(&*share.space))
}

/// Whether the caller may open a share now.
fn open(at: &Scene<'_>, share: &Share) -> Result<(), Trouble> {
    if at.now >= share.until {
        return Err(Trouble::new(NOT_FOUND, format!("share {} is expired since {}", share.id, share.until)));
    }
    is_for_me(at, share)?;
    match at.world.state(share) {
        State::Alive => Ok(()),
        State::Deleted => Err(Trouble::new(RECYCLED, format!("the files of share {} are deleted", share.id))),
        State::Invalid => Err(Trouble::new(
            NO_SPACE,
            format!("the space or sharer of share {} is gone, disabled, or may not share", share.id),
        )),
    }
}

/// The share of a short code, open to the caller.
fn opened(at: &Scene<'_>) -> Result<Arc<Share>, Trouble> {
    let code = at.text("shortUrl");
    let share = at.world.shares.of_code(code).ok_or_else(|| Trouble::unknown("share with the short code", code))?;
    open(at, share)?;
    Ok(Arc::clone(share))
}

/// Whether the caller knew the code of a share, if it has one.
fn unlocked(at: &Scene<'_>, share: &Share) -> Result<(), Trouble> {
    let token = at.call.text("kdstoken").unwrap_or_default();
    if share.code.is_none() || at.world.shares.is_unlocked(share.id, token, at.now) {
        return Ok(());
    }
    let reason = format!("share {} wants a kdstoken that VerifyExtractCode gave within 20 minutes", share.id);
    Err(Trouble::forbidden(reason).about(&*share.space))
}

fn visit(at: &mut Scene<'_>) -> Outcome {
    let share = opened(at)?;
    at.world.shares_mut().change(share.id, |share| share.views += 1);
    let files: Vec<_> = at.world.shared_files(&share).cloned().collect();
    let (me, now) = (at.me.id, at.now);
    // The first one is the newest.
    for file in files.iter().rev() {
        at.world.visit(me, Why::View, file, Some(share.id), now);
    }
    Ok(Reply::done())
}

fn verify(at: &mut Scene<'_>) -> Outcome {
    let share = opened(at)?;
    if share.code.is_none() || share.code.as_deref() != at.call.text("extractCode") {
        return Err(Trouble::invalid(format!("that is not the code of share {}", share.id)));
    }
    let (token, now) = (at.ids.hex("kdstoken", 48), at.now);
    at.world.shares_mut().unlock(share.id, &token, now);
    Ok(Reply::done().with("kdstoken", Fact::Text(token.into())))
}

fn show(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("link", known(at)?))
}

fn list(at: &mut Scene<'_>) -> Outcome {
    let share = opened(at)?;
    unlocked(at, &share)?;
    let parent = at.call.text("parentFolder");
    let order = at.call.whole("sortType").and_then(Order::of).unwrap_or(Order::Modified);
    let descending = at.call.whole("sortDirection").unwrap_or(2) == 2;
    let word = at.call.text("fileName").map(str::to_lowercase);
    let name = format!("files of {} {parent:?} {order:?} {descending} {word:?}", share.id);
    let behind = page::behind(at.call.text("pageCursor"), &name)?;
    let tops: OrdSet<Place>;
    let places = match parent {
        None => {
            let place = |node: &Arc<Node>| (order.key(node), node.made, Arc::clone(&node.id));
            tops = at.world.shared_files(&share).map(place).collect();
            Some(Places::Placed(&tops))
        }
        Some(parent) => {
            let folder = shared_file(at, &share, parent)?;
            if !folder.is_folder() {
                return Err(Trouble::new(NO_FOLDER, format!("{parent} is no folder")));
            }
            at.world.drive.ordered(&folder.id, order)
        }
    };
    let is_wanted = |node: &Node| word.as_ref().is_none_or(|word| node.name.to_lowercase().contains(word));
    let size = page::size(at.call.whole("pageSize"));
    let (files, next) = Sorted { order, descending, name, behind }.page(at, places, size, is_wanted);
    if at.call.flag("refreshCount").unwrap_or(false) {
        at.world.shares_mut().change(share.id, |share| share.views += 1);
    }
    Ok(Reply::many("files", files).with("link", Fact::One(Box::new(share))).next_page(next))
}

/// A shared file, or one below a shared folder.
fn shared_file(at: &Scene<'_>, share: &Share, id: &str) -> Result<Arc<Node>, Trouble> {
    let space = at.space(&share.space)?;
    let node = at.file(&space, id)?;
    if !at.world.is_shared(share, &node) {
        let trouble = Trouble::new(NOT_IN_SPACE, format!("{id} is not below a file of share {}", share.id));
        return Err(trouble.about(id).about(&*share.space));
    }
    Ok(node)
}

fn download(at: &mut Scene<'_>) -> Outcome {
    let id = at.call.id("shareId").unwrap_or(Id::NONE);
    let share = at.world.shares.get(id).cloned().ok_or_else(|| Trouble::unknown("share", at.text("shareId")))?;
    open(at, &share)?;
    unlocked(at, &share)?;
    let node = shared_file(at, &share, at.text("fileId"))?;
    let url = super::upload::download(at, &node)?;
    at.world.shares_mut().change(share.id, |share| share.downloads += 1);
    Ok(Reply::done().with("downloadUrl", Fact::Text(url.into())))
}

fn save(at: &mut Scene<'_>) -> Outcome {
    if at.call.whole("taskType") == Some(1) {
        return Err(Trouble::invalid("archives and packages are not played"));
    }
    let id = at.call.id("shareId").unwrap_or(Id::NONE);
    let share = at.world.shares.get(id).cloned().ok_or_else(|| Trouble::unknown("share", at.text("shareId")))?;
    open(at, &share)?;
    unlocked(at, &share)?;
    let container = at.text("containerId");
    if *share.space != *container {
        return Err(Trouble::new(OTHER_SPACE, format!("the files of share {} are not in {container}", share.id)));
    }
    if !(1..=MOST).contains(&at.call.texts("fileIds").count()) {
        return Err(Trouble::invalid(format!("a task has 1 to {MOST} files")));
    }
    let target = at.call.object("targetFileId");
    let text = |name| target.and_then(|target: Values<'_>| target.text(name));
    let space = at.active(text("containerId").unwrap_or_default())?;
    if !at.world.savings_mut().make_room() {
        return Err(Trouble::invalid(
            "the world has 1000 tasks that are not over, and no more: that bound is Understudy's",
        ));
    }
    let item = |id: &str| Item { file: id.to_owned(), space: Arc::clone(&share.space), has_path: true, done: None };
    let items = at.call.texts("fileIds").map(item).collect();
    let id = at.new_id("saving");
    let (user, share, target) = (at.me.id, share.id, Arc::clone(&space.id));
    let progress = Progress::begin(at.world.settings.pace, at.now);
    let (folder, made) = (text("fileId").map(str::to_owned), at.world.next());
    let mut saving = Saving { id, user, share, target, folder, items, at: at.now, progress, made };
    if progress.is_done() {
        run(at, &mut saving);
    }
    at.world.savings_mut().put(saving);
    Ok(Reply::done().with("taskId", Fact::Id(id)))
}

/// Saves what a share has, as the user of the task.
pub(super) fn run(at: &mut Scene<'_>, saving: &mut Saving) {
    saving.progress = Progress::Done(at.now);
    let share = at.world.shares.get(saving.share).cloned();
    let share = share.ok_or_else(|| Trouble::unknown("share", saving.share));
    let places = share
        .and_then(|share| open(at, &share).map(|()| share))
        .and_then(|share| Ok((at.active(&saving.target)?, share)));
    let (space, share) = match places {
        Ok(places) => places,
        Err(trouble) => return saving.fail(at.now, trouble.code),
    };
    for item in &mut saving.items {
        let done = save_one(at, &share, &space, saving.folder.as_deref(), &item.file);
        item.done = Some(done.map(Some).map_err(|trouble| trouble.code));
    }
    at.world.shares_mut().change(share.id, |share| share.saves += 1);
}

/// A copy of one shared file in a space of the caller's.
fn save_one(
    at: &mut Scene<'_>,
    share: &Share,
    target: &Arc<Space>,
    folder: Option<&str>,
    id: &str,
) -> Result<Key, Trouble> {
    let node = shared_file(at, share, id)?;
    at.may(target, Capability::AddChild)?;
    let folder = at.folder(target, folder)?;
    super::job::is_outside(at, &node, &folder)?;
    let copy = super::job::copy(at, &node, target, &folder)?;
    if let Some(copy) = at.world.drive.get(&copy).cloned() {
        let (me, now) = (at.me.id, at.now);
        at.world.visit(me, Why::SaveShared, &copy, None, now);
    }
    Ok(copy)
}

/// A task of the caller's for a share.
fn mine(at: &Scene<'_>) -> Result<Arc<Saving>, Trouble> {
    let (task, share) = (at.call.id("taskId").unwrap_or(Id::NONE), at.call.id("shareId").unwrap_or(Id::NONE));
    let saving = at.world.savings.get(task).filter(|saving| saving.user == at.me.id && saving.share == share);
    saving.cloned().ok_or_else(|| Trouble::unknown("task of yours for that share", task))
}

fn saved(at: &mut Scene<'_>) -> Outcome {
    let saving = mine(at)?;
    match saving.progress.polled() {
        Some(progress) if progress != saving.progress => {
            at.world.savings_mut().put(Saving { progress, ..Saving::clone(&saving) });
        }
        Some(_) => {}
        None => due::finish(at, saving.id),
    }
    let saving = mine(at)?;
    Ok(Reply::flat(Record::default().with("jobInfo", Fact::One(Box::new(Arc::clone(&saving)))).and(saving)))
}
