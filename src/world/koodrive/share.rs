//! Shares by you.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use crate::world::{
    call::Values,
    drive::Node,
    fact::{Fact, Record},
    ids::Id,
    inbox::Topic,
    outcome::{Outcome, Reply, Trouble},
    page,
    readers::State,
    rights::Capability,
    scene::Scene,
    share::{Permission, Reader, Scope, Share, days_from},
    spaces::{Kind, Space},
    stage::{Behaviour, change, look},
    visits::Why,
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateShare", create).refuses(&[301, 412, 309, 411, 306, 410, 102]),
    look("ListShareByMe", list).refuses(&[102]),
    look("GetShareByMeDetail", show).refuses(&[309]),
    change("UpdateShare", update).refuses(&[309, 102]),
    change("BatchCancel", cancel),
];

/// What `status` says of a share that is over, in one table alone.
const EXPIRED: i64 = 3;

fn create(at: &mut Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    let files = files(at, &space)?;
    at.may(&space, Capability::Share)?;
    if space.kind == Kind::Group {
        return Err(Trouble::forbidden("files of groups are not shared").about(&*space.id));
    }
    let scope = at.call.whole("scope").and_then(Scope::of).unwrap_or(Scope::Readers);
    if scope == Scope::Anybody && !at.world.enterprise.public_shares {
        return Err(Trouble::invalid("this enterprise has no shares for everybody"));
    }
    let (mut readers, mut phones) = (Vec::new(), Vec::new());
    // Whom the others are for, nobody has to say.
    if scope == Scope::Readers {
        for list in LISTS {
            readers.extend(named(at, list)?);
        }
        phones.extend(at.call.texts("phoneNumbers").map(str::to_owned));
        has_target(&readers, &phones)?;
    }
    let days = at.call.whole("validDays").unwrap_or(1);
    let until = until(at)?.unwrap_or_else(|| days_from(at.now, days));
    let id = new_id(at);
    let share = Share {
        id,
        owner: at.me.id,
        space: Arc::clone(&space.id),
        name: files.first().map_or_else(|| "".into(), |file| Arc::clone(&file.name)),
        is_many: files.len() > 1,
        files: files.iter().map(|file| Arc::clone(&file.id)).collect(),
        scope,
        readers,
        phones,
        permission: permission(at.call, Permission::default()),
        code: at.call.text("extractCode").map(str::to_owned),
        comment: at.call.text("comment").map(str::to_owned),
        created: at.now,
        updated: at.now,
        until,
        days,
        views: 0,
        downloads: 0,
        saves: 0,
        left: imbl::OrdSet::new(),
        made: at.world.next(),
    };
    at.world.shares_mut().put(share.clone());
    tell(at, &share, &BTreeSet::new());
    let (me, now) = (at.me.id, at.now);
    // The first one is the newest.
    for file in files.iter().rev() {
        at.world.visit(me, Why::Share, file, None, now);
    }
    Ok(Reply::one("shareLink", share))
}

/// The files that a call shares, each once.
fn files(at: &Scene<'_>, space: &Space) -> Result<Vec<Arc<Node>>, Trouble> {
    let mut files: Vec<Arc<Node>> = Vec::new();
    for id in at.call.texts("fileIds") {
        let file = at.file(space, id)?;
        if !files.contains(&file) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Trouble::invalid("fileIds names no file"));
    }
    Ok(files)
}

/// The lists of those a share is for.
const LISTS: [&str; 3] = ["deptIds", "groupIds", "userIds"];

/// Those whom one of the lists names, each once.
fn named(at: &Scene<'_>, list: &str) -> Result<Vec<Reader>, Trouble> {
    let mut readers = Vec::new();
    for id in at.call.ids(list) {
        let reader = reader(at, list, id)?;
        if !readers.contains(&reader) {
            readers.push(reader);
        }
    }
    Ok(readers)
}

fn reader(at: &Scene<'_>, list: &str, id: Id) -> Result<Reader, Trouble> {
    let (org, groups) = (&at.world.org, &at.world.groups);
    let (what, found) = match list {
        "deptIds" => ("department", org.department(id).map(|found| Reader::Department(found.id))),
        "groupIds" => ("group", groups.get(id).map(|found| Reader::Group(found.id))),
        _ => ("user", org.user(id).map(|found| Reader::User(found.id))),
    };
    found.ok_or_else(|| Trouble::unknown(what, id))
}

/// Whether a reader is one that a list names.
fn is_of(reader: Reader, list: &str) -> bool {
    match reader {
        Reader::Department(_) => list == "deptIds",
        Reader::Group(_) => list == "groupIds",
        Reader::User(_) => list == "userIds",
    }
}

fn has_target(readers: &[Reader], phones: &[String]) -> Result<(), Trouble> {
    if readers.is_empty() && phones.is_empty() {
        return Err(Trouble::invalid("scope 3 wants somebody whom the share is for"));
    }
    Ok(())
}

/// When a call says that a share ends: a moment that is over does not count.
fn until(at: &Scene<'_>) -> Result<Option<Timestamp>, Trouble> {
    let Some(text) = at.call.text("expireTime") else { return Ok(None) };
    let time: Timestamp = text.parse().map_err(|_| {
        Trouble::invalid(format!("`{text}` is no time: expireTime is written as 2024-10-29T09:14:52.948Z"))
    })?;
    Ok(Some(time).filter(|time| *time > at.now))
}

fn permission(call: Values<'_>, known: Permission) -> Permission {
    let Some(asked) = call.object("permission") else { return known };
    Permission {
        preview: asked.flag("preview").unwrap_or(known.preview),
        edit: asked.flag("edit").unwrap_or(known.edit),
        download: asked.flag("download").unwrap_or(known.download),
    }
}

/// An id whose next number is free, too: it is the share's short code.
fn new_id(at: &mut Scene<'_>) -> Id {
    loop {
        let id = at.new_id("share");
        if !at.world.has(Id(id.0 + 1)) {
            return id;
        }
    }
}

/// Tells those for whom a share is that it is there, but for the sharer and those who knew.
fn tell(at: &mut Scene<'_>, share: &Share, knew: &BTreeSet<Id>) {
    let text = format!("{} shared {} with you.", at.me.name, at.world.name_of(share));
    for user in at.world.users_of(&share.readers) {
        if user != share.owner && !knew.contains(&user) {
            at.tell(user, Topic::Sharing, text.clone());
        }
    }
}

fn list(at: &Scene<'_>) -> Outcome {
    let descending = at.call.whole("sortDirection").unwrap_or(2) == 2;
    let word = at.call.text("displayName").map(str::to_lowercase);
    let name = format!("shares by {} {descending} {word:?}", at.me.id);
    let window = page::window(page::after(at.call.text("pageCursor"), &name)?, descending);
    let size = page::size(at.call.whole("pageSize"));
    let is_wanted = |share: &Arc<Share>| is_called(at, share, word.as_deref());
    let all = at.world.shares.of(at.me.id, window).cloned();
    let all: Box<dyn Iterator<Item = _>> = if descending { Box::new(all.rev()) } else { Box::new(all) };
    let (entries, next) = page::chosen(all, size, &name, |share| share.made, is_wanted);
    Ok(Reply::many("shareLinks", entries).next_page(next))
}

/// Whether the name of a share has the word that a list looks for.
pub(super) fn is_called(at: &Scene<'_>, share: &Share, word: Option<&str>) -> bool {
    word.is_none_or(|word| at.world.name_of(share).to_lowercase().contains(word))
}

/// A share of the caller's.
fn mine(at: &Scene<'_>) -> Result<Arc<Share>, Trouble> {
    let id = at.call.id("shareId").unwrap_or(Id::NONE);
    let share = at.world.shares.get(id).filter(|share| share.owner == at.me.id);
    share.cloned().ok_or_else(|| Trouble::unknown("share of yours", at.text("shareId")))
}

fn show(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("shareLink", mine(at)?))
}

fn update(at: &mut Scene<'_>) -> Outcome {
    let known = mine(at)?;
    let knew = at.world.users_of(&known.readers);
    let mut share = Share { updated: at.now, ..Share::clone(&known) };
    // What is sent replaces what was there, and an empty list empties it.
    if share.scope == Scope::Readers {
        for list in LISTS.into_iter().filter(|list| at.call.has(list)) {
            share.readers.retain(|reader| !is_of(*reader, list));
            share.readers.extend(named(at, list)?);
        }
        has_target(&share.readers, &share.phones)?;
    }
    let days = at.call.whole("validDays").filter(|days| *days > 0);
    if let Some(until) = until(at)?.or_else(|| days.map(|days| days_from(at.now, days))) {
        share.until = until;
    }
    share.days = days.unwrap_or(share.days);
    share.permission = permission(at.call, share.permission);
    if at.call.has("extractCode") {
        share.code = at.call.text("extractCode").map(str::to_owned);
    }
    if at.call.has("comment") {
        share.comment = at.call.text("comment").map(str::to_owned);
    }
    // Whoever left it and is named anew has it again.
    let new: Vec<Id> = at.world.users_of(&share.readers).difference(&knew).copied().collect();
    for user in new {
        share.left.remove(&user);
    }
    at.world.shares_mut().put(share.clone());
    tell(at, &share, &knew);
    let over = at.now >= share.until && at.world.state(&share) == State::Alive;
    let share = Record::default().maybe("status", over.then_some(Fact::Whole(EXPIRED))).and(share);
    Ok(Reply::one("shareLink", share))
}

fn cancel(at: &mut Scene<'_>) -> Outcome {
    let mut list = Vec::new();
    for sent in at.call.texts("shareIds") {
        let done = cancel_one(at, sent);
        let record = Record::default().with("shareId", Fact::Text(sent.to_owned().into()));
        list.push(told(at, record, done));
    }
    Ok(Reply::many("subResponseList", list))
}

fn cancel_one(at: &mut Scene<'_>, sent: &str) -> Result<(), Trouble> {
    let share = at.world.shares.get(Id(sent.parse().unwrap_or(0))).cloned();
    let share = share.ok_or_else(|| Trouble::unknown("share", sent))?;
    if share.owner != at.me.id {
        return Err(Trouble::forbidden(format!("share {} is not {}'s", share.id, at.me.name)).about(&*share.space));
    }
    at.world.shares_mut().remove(share.id);
    Ok(())
}

/// What became of one share of a batch.
pub(super) fn told(at: &Scene<'_>, record: Record, done: Result<(), Trouble>) -> Record {
    match done {
        Ok(()) => record.with("code", Fact::Whole(0)).with("msg", Fact::text("success")),
        Err(trouble) => {
            let message = at.message(&trouble);
            record.with("code", Fact::Text(trouble.code.to_string().into())).with("msg", Fact::Text(message.into()))
        }
    }
}
