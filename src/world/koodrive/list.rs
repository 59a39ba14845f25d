//! File list query.

use std::sync::Arc;

use crate::world::{
    call::Values,
    drive::{Key, Node, Order, Place, root_of},
    fact::Fact,
    files::OTHER_SPACE,
    ids::Id,
    outcome::{Outcome, Reply, Trouble},
    page::{self, MOST_LOOKED_AT},
    rights::Capability,
    scene::Scene,
    spaces::{Kind, Space},
    stage::{Behaviour, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    look("GetPersonalFiles", personal).refuses(&[301, 412, 410, 309, 302, 304, 305, 102]),
    look("GetDepartmentFiles", of_team).refuses(&[301, 412, 410, 309, 302, 304, 305, 102]),
];

fn personal(at: &Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    if space.kind != Kind::Personal || space.owner != at.me.id {
        let reason = format!("space {} is not {}'s own", space.id, at.me.name);
        return Err(Trouble::forbidden(reason).about(&*space.id));
    }
    list(at, &space, |_| true)
}

fn of_team(at: &Scene<'_>) -> Outcome {
    let space = at.active(at.text("containerId"))?;
    if at.call.id("groupId").unwrap_or(Id::NONE) != space.owner {
        return Err(Trouble::new(OTHER_SPACE, format!("space {} is another owner's", space.id)));
    }
    if at.call.whole("type") == Some(1) {
        at.manages(&space)?;
    }
    let hidden = at.call.flag("hidden").unwrap_or(false);
    list(at, &space, move |node| node.hidden == hidden)
}

/// Which order a list has, and whether it is turned round.
fn order(sort: Option<Values<'_>>, default: Order) -> (Order, bool) {
    let order = sort.and_then(|sort| sort.whole("sortType")).and_then(Order::of).unwrap_or(default);
    (order, sort.and_then(|sort| sort.whole("sortDirection")).unwrap_or(2) == 2)
}

fn list(at: &Scene<'_>, space: &Space, is_shown: impl Fn(&Node) -> bool) -> Outcome {
    at.may(space, Capability::List)?;
    let (info, in_bin) = (at.call.object("pageInfo"), at.call.whole("type") == Some(1));
    let parent = at.call.text("parentFileId");
    let (order, descending) = order(at.call.object("sortInfo"), if in_bin { Order::Recycled } else { Order::Modified });
    let file_type = at.call.text("fileType");
    let wanted = |node: &Node| is_shown(node) && file_type.is_none_or(|wanted| *node.file_type == *wanted);
    let name = format!(
        "{in_bin} {} {parent:?} {order:?} {descending} {file_type:?} {}",
        space.id,
        at.call.text("hidden").is_some()
    );
    let behind = page::behind(info.and_then(|info| info.text("pageCursor")), &name)?;
    let size = page::size(info.and_then(|info| info.whole("pageSize")));

    let is_root = |id: &str| id == "root" || *id == *root_of(&space.id);
    let root_of_bin = in_bin && parent.is_none_or(is_root);
    let places: Vec<Place> = if root_of_bin {
        let place = |node: &Arc<Node>| (order.key(node), node.made, Arc::clone(&node.id));
        let mut places: Vec<Place> = at.world.drive.bin(&space.id).map(place).collect();
        places.sort();
        after(places.iter(), descending, behind.as_ref(), order)
    } else {
        let folder =
            if in_bin { recycled_folder(at, space, parent.unwrap_or_default())? } else { at.folder(space, parent)? };
        match at.world.drive.ordered(&folder, order) {
            Some(places) => after_in(places, descending, behind.as_ref(), order),
            None => Vec::new(),
        }
    };
    let (found, cursor) = page_of(at, places, size, order, &name, wanted);
    Ok(Reply::many("files", found)
        .with("category", Fact::text("drive#fileList"))
        .maybe("nextCursor", cursor.map(|cursor| Fact::Text(cursor.into()))))
}

/// So many of the nodes at these places that are wanted, and the cursor behind them.
pub(super) fn page_of(
    at: &Scene<'_>,
    places: Vec<Place>,
    size: usize,
    order: Order,
    name: &str,
    is_wanted: impl Fn(&Node) -> bool,
) -> (Vec<Arc<Node>>, Option<String>) {
    let (mut found, mut last, mut looked_at) = (Vec::new(), None, 0);
    let mut rest = places.into_iter();
    while found.len() < size && looked_at < MOST_LOOKED_AT {
        let Some(place) = rest.next() else { break };
        looked_at += 1;
        if let Some(node) = at.world.drive.get(&place.2).filter(|node| is_wanted(node)) {
            found.push(Arc::clone(node));
        }
        last = Some(place);
    }
    let cursor =
        last.filter(|_| rest.next().is_some()).map(|(key, made, _)| page::cursor(made, &order.bytes(&key), name));
    (found, cursor)
}

/// A folder in the recycle bin.
fn recycled_folder(at: &Scene<'_>, space: &Space, id: &str) -> Result<Key, Trouble> {
    let node = at.any_file(space, id)?;
    if !node.is_folder() {
        return Err(Trouble::new(crate::world::files::NO_FOLDER, format!("{id} is no folder")));
    }
    Ok(Arc::clone(&node.id))
}

/// A page's worth of places and a few more behind where the last page ended.
pub(super) fn after_in(
    places: &imbl::OrdSet<Place>,
    descending: bool,
    behind: Option<&(u64, Vec<u8>)>,
    order: Order,
) -> Vec<Place> {
    let most = MOST_LOOKED_AT + 1;
    let place = behind.and_then(|(made, key)| Some((order.read(key)?, *made)));
    match (place, descending) {
        (None, false) => places.iter().take(most).cloned().collect(),
        (None, true) => places.iter().rev().take(most).cloned().collect(),
        (Some((key, made)), false) => places.range((key, made + 1, Key::from(""))..).take(most).cloned().collect(),
        (Some((key, made)), true) => places.range(..(key, made, Key::from(""))).rev().take(most).cloned().collect(),
    }
}

/// The same of a list that is sorted already.
pub(super) fn after<'p>(
    places: impl DoubleEndedIterator<Item = &'p Place> + ExactSizeIterator,
    descending: bool,
    behind: Option<&(u64, Vec<u8>)>,
    order: Order,
) -> Vec<Place> {
    let last = behind.and_then(|(made, key)| Some((order.read(key)?, *made)));
    let comes = |place: &&Place| match &last {
        None => true,
        Some((key, made)) if descending => (&place.0, place.1) < (key, *made),
        Some((key, made)) => (&place.0, place.1) > (key, *made),
    };
    if descending {
        places.rev().filter(comes).take(MOST_LOOKED_AT + 1).cloned().collect()
    } else {
        places.filter(comes).take(MOST_LOOKED_AT + 1).cloned().collect()
    }
}
