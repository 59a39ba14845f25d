//! File list query.

use std::sync::Arc;

use imbl::OrdSet;

use crate::world::{
    call::Values,
    codes::{NO_FOLDER, OTHER_SPACE},
    drive::{Key, Node, Order, Place, Places, root_of},
    fact::Fact,
    ids::Id,
    outcome::{Outcome, Reply, Trouble},
    page::{self, MOST_LOOKED_AT, Next},
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
        at.call.flag("hidden").unwrap_or(false)
    );
    let behind = page::behind(info.and_then(|info| info.text("pageCursor")), &name)?;
    let size = page::size(info.and_then(|info| info.whole("pageSize")));

    let is_root = |id: &str| id == "root" || *id == *root_of(&space.id);
    let bin: OrdSet<Place>;
    let places = if in_bin && parent.is_none_or(is_root) {
        let place = |node: &Arc<Node>| (order.key(node), node.made, Arc::clone(&node.id));
        bin = at.world.drive.bin(&space.id).map(place).collect();
        Some(Places::Placed(&bin))
    } else {
        let folder =
            if in_bin { recycled_folder(at, space, parent.unwrap_or_default())? } else { at.folder(space, parent)? };
        at.world.drive.ordered(&folder, order)
    };
    let sorted = Sorted { order, descending, name, behind };
    let (found, next) = sorted.page(at, places, size, wanted);
    Ok(Reply::many("files", found).with("category", Fact::text("drive#fileList")).next_page(next))
}

/// A list of nodes in an order, from where its last page ended.
pub(super) struct Sorted {
    pub(super) order: Order,
    pub(super) descending: bool,
    /// Everything that chooses its entries.
    pub(super) name: String,
    pub(super) behind: Option<(u64, Vec<u8>)>,
}

impl Sorted {
    /// So many of the nodes at these places that are wanted, and the cursor behind them.
    pub(super) fn page(
        &self,
        at: &Scene<'_>,
        places: Option<Places<'_>>,
        size: usize,
        is_wanted: impl Fn(&Node) -> bool,
    ) -> (Vec<Arc<Node>>, Option<Next>) {
        let behind = self.behind.as_ref().and_then(|(made, key)| Some((self.order.read(key)?, *made)));
        let mut rest = places.into_iter().flat_map(|places| places.behind(behind.clone(), self.descending));
        let (mut found, mut last, mut looked_at) = (Vec::new(), None, 0);
        while found.len() < size && looked_at < MOST_LOOKED_AT {
            let Some(id) = rest.next() else { break };
            looked_at += 1;
            let Some(node) = at.world.drive.get(id) else { continue };
            if is_wanted(node) {
                found.push(Arc::clone(node));
            }
            last = Some(node);
        }
        let last = last.filter(|_| rest.next().is_some());
        let next = last.map(|node| Next {
            cursor: page::cursor(node.made, &self.order.bytes(&self.order.key(node)), &self.name),
            is_short: found.len() < size,
        });
        (found, next)
    }
}

/// A folder in the recycle bin.
fn recycled_folder(at: &Scene<'_>, space: &Space, id: &str) -> Result<Key, Trouble> {
    let node = at.any_file(space, id)?;
    if !node.is_folder() {
        return Err(Trouble::new(NO_FOLDER, format!("{id} is no folder")));
    }
    Ok(Arc::clone(&node.id))
}
