//! File management.

use std::sync::Arc;

use crate::world::{
    codes::NO_FOLDER,
    drive::{Node, root_of},
    fact::{Fact, Record},
    outcome::{Outcome, Reply, Trouble},
    page,
    rights::Capability,
    scene::Scene,
    spaces::{Kind, Space},
    stage::{Behaviour, change, look},
    visits::Why,
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateDirectory", create_directory).refuses(&[301, 412, 410, 309, 302, 304, 305, 405, 310, 102]),
    change("RenameFile", rename).refuses(&[301, 412, 309, 411, 306, 410, 405]),
    change("GetFile", get).refuses(&[301, 412, 309, 411, 410]),
    look("GetFullPath", path).refuses(&[301, 412, 309, 411, 410]),
    look("Search", search).refuses(&[102]),
    look("StatsDir", stats).refuses(&[301, 412, 309, 411, 306, 304]),
    change("ClearRecycleFile", clear_bin).refuses(&[301, 412, 410]),
];

/// What a clash of names leads to: 2 is another name, everything else a refusal.
fn renames(at: &Scene<'_>, name: &str) -> bool {
    at.call.whole(name) == Some(2)
}

fn create_directory(at: &mut Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    at.may(&space, Capability::AddChild)?;
    let parent = at.folder(&space, at.call.texts("parentFolder").next())?;
    let name = at.free_name(&parent, at.text("fileName"), renames(at, "renameMode"))?;
    at.deep_enough(&parent, 1)?;
    let time = |name| at.call.text(name).and_then(|text| text.parse().ok()).unwrap_or(at.now);
    let (created, edited) = (time("createdTime"), time("editedTime"));
    let node = Node {
        created,
        edited,
        mime: at.call.text("mimeType").map(Arc::from),
        description: at.call.text("description").map(Arc::from),
        hidden: at.call.flag("hidden").unwrap_or(false),
        ..at.new_folder(&space, parent, name)
    };
    let id = Arc::clone(&node.id);
    at.world.put_node(node);
    Ok(Reply::flat(noted(at, &id)?))
}

/// A node that the caller made or changed, which is noted as a visit.
pub(super) fn noted(at: &mut Scene<'_>, id: &str) -> Result<Arc<Node>, Trouble> {
    let node = at.world.drive.get(id).cloned().ok_or_else(|| Trouble::unknown("file", id))?;
    let (me, now) = (at.me.id, at.now);
    at.world.visit(me, Why::Edit, &node, None, now);
    Ok(node)
}

fn rename(at: &mut Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    let node = at.file(&space, at.text("fileId"))?;
    at.may(&space, Capability::Rename)?;
    let name = at.text("name");
    if *node.name == *name {
        return Ok(Reply::done());
    }
    let name = at.free_name(&node.parent, name, renames(at, "renameMode"))?;
    let renamed = Node { name, edited: at.now, editor: at.me.id, ..Node::clone(&node) };
    at.world.put_node(renamed);
    noted(at, &node.id)?;
    Ok(Reply::done())
}

fn get(at: &mut Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    let node = at.any_file(&space, at.text("fileId"))?;
    at.may(&space, Capability::List)?;
    let (me, now) = (at.me.id, at.now);
    at.world.visit(me, Why::View, &node, None, now);
    Ok(Reply::flat(node))
}

fn path(at: &Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    let node = at.any_file(&space, at.text("fileId"))?;
    at.may(&space, Capability::List)?;
    Ok(Reply::flat(node))
}

/// The spaces that a search looks through.
fn searched<'s>(at: &'s Scene<'_>, personal: bool) -> impl Iterator<Item = &'s Arc<Space>> {
    let mine = move |space: &&Arc<Space>| match (personal, space.kind) {
        (true, Kind::Personal) => space.owner == at.me.id,
        (false, Kind::Department | Kind::Group) => at.rights(space).has(Capability::List),
        _ => false,
    };
    at.world.spaces.all().filter(mine).filter(|space| !space.disabled)
}

/// From and to of `updateTimeRange`, in ISO or milliseconds.
fn range(text: Option<&str>) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let read = |text: &str| {
        let text = text.trim();
        text.parse().ok().or_else(|| jiff::Timestamp::from_millisecond(text.parse().ok()?).ok())
    };
    let (from, to) = text?.split_once(',')?;
    Some((read(from).unwrap_or(jiff::Timestamp::MIN), read(to).unwrap_or(jiff::Timestamp::MAX)))
}

fn search(at: &Scene<'_>) -> Outcome {
    let (filter, info) = (at.call.object("filter"), at.call.object("pageInfo"));
    let text = |name| filter.and_then(|filter| filter.text(name));
    let (container, parent) = (text("containerId"), text("parentFolder"));
    let word = text("keyWord").map(str::to_lowercase);
    let (file_type, owner) = (text("fileType"), filter.and_then(|filter| filter.id("ownerId")));
    let times = range(text("updateTimeRange"));
    let recycled = at.call.flag("recycled").unwrap_or(false);
    let below = at.call.flag("recursived").unwrap_or(false);
    let drive = &at.world.drive;
    let wanted = |node: &Arc<Node>| {
        drive.is_recycled(node) == recycled
            && word.as_ref().is_none_or(|word| node.name.to_lowercase().contains(word))
            && file_type.is_none_or(|wanted| *node.file_type == *wanted)
            && owner.is_none_or(|owner| at.world.org.user(owner).is_some_and(|user| user.id == node.owner))
            && times.is_none_or(|(from, to)| from <= node.edited && node.edited < to)
    };
    let mut found = Vec::new();
    let spaces = searched(at, at.text("searchType") == "personal");
    for space in spaces.filter(|space| container.is_none_or(|container| *space.id == *container)) {
        let start = parent.map_or_else(|| root_of(&space.id), Arc::from);
        let deep = below || parent.is_none();
        let mut folders = vec![start];
        while let Some(folder) = folders.pop() {
            for node in drive.children(&folder) {
                if node.is_folder() && deep {
                    folders.push(Arc::clone(&node.id));
                }
                found.extend(wanted(node).then(|| Arc::clone(node)));
            }
        }
        if recycled && parent.is_none() {
            found.extend(drive.bin(&space.id).flat_map(|top| drive.all_within(top)).filter(wanted));
        }
    }
    // The newest first.
    found.sort_by_key(|node| (std::cmp::Reverse(node.edited), std::cmp::Reverse(node.made)));
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let name = format!("search {container:?} {parent:?} {word:?} {file_type:?} {owner:?} {times:?} {recycled} {below}");
    let skip = page::after(info.and_then(|info| info.text("pageCursor")), &name)?;
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let size = page::size(info.and_then(|info| info.whole("pageSize")));
    let rest = found.len().saturating_sub(skip.saturating_add(size));
    let part: Vec<_> = found.into_iter().skip(skip).take(size).collect();
    let next = if rest == 0 { String::new() } else { page::cursor((skip + part.len()) as u64, &[], &name) };
    Ok(Reply::many("files", part).with("total", Fact::Whole(total)).with("nextPageCursor", Fact::Text(next.into())))
}

fn stats(at: &Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    let id = at.text("fileId");
    let start = if id == "root" || *id == *root_of(&space.id) {
        root_of(&space.id)
    } else {
        let node = at.file(&space, id)?;
        if !node.is_folder() {
            return Err(Trouble::new(NO_FOLDER, format!("{id} is no folder")));
        }
        Arc::clone(&node.id)
    };
    at.may(&space, Capability::List)?;
    let ends: Option<Vec<String>> =
        at.call.text("extensions").map(|ends| ends.split(',').map(|end| end.trim().to_lowercase()).collect());
    let is_counted = |node: &Node| match &ends {
        Some(ends) => node.name.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end.to_lowercase())),
        None => true,
    };
    let deep = at.call.flag("recursive").unwrap_or(false);
    let (mut folders, mut files, mut size) = (0, 0, 0);
    let mut open = vec![start];
    while let Some(folder) = open.pop() {
        for node in at.world.drive.children(&folder) {
            if node.is_folder() {
                folders += 1;
                if deep {
                    open.push(Arc::clone(&node.id));
                }
            } else if is_counted(node) {
                files += 1;
                size += node.size;
            }
        }
    }
    let asked = |name: &str| at.call.flag(name).unwrap_or(true);
    let data = Record::default()
        .maybe("totalSize", asked("includeTotalSize").then_some(Fact::Whole(size)))
        .maybe("subDirCount", asked("includeDirCount").then_some(Fact::Whole(folders)))
        .maybe("subFileCount", asked("includeFileCount").then_some(Fact::Whole(files)));
    Ok(Reply::one("data", data))
}

fn clear_bin(at: &mut Scene<'_>) -> Outcome {
    let id = at.call.text("containerId").or(at.call.text("container")).unwrap_or_default();
    let space = at.active(id)?;
    super::job::may_clear(at, &space)?;
    super::job::begin(at, super::job::Order::clearing(&space))?;
    Ok(Reply::done())
}
