//! File favourites.

use std::sync::Arc;

use crate::world::{
    call::Values,
    drive::Node,
    fact::{Fact, Record},
    outcome::{Outcome, Reply, Trouble},
    page,
    rights::Capability,
    scene::Scene,
    spaces::Kind,
    stage::{Behaviour, change},
};

pub(super) const OPERATIONS: &[Behaviour] =
    &[change("BatchStarFile", star), change("ListStarFile", list).refuses(&[102])];

fn star(at: &mut Scene<'_>) -> Outcome {
    let wanted = at.call.flag("starred").unwrap_or(true);
    let requests: Vec<Values<'_>> = at.call.objects("subRequestList").collect();
    let (mut done, mut failed, mut list) = (0, 0, Vec::new());
    for request in requests {
        let id = request.text("fileId").unwrap_or_default();
        let record = Record::default().with("fileId", Fact::Text(id.to_owned().into()));
        match one(at, request) {
            Ok(node) => {
                let (me, made) = (at.me.id, at.world.next());
                if wanted {
                    at.world.stars_mut().add(me, &node.id, made);
                } else {
                    at.world.stars_mut().remove(me, &node.id);
                }
                done += 1;
                list.push(record.with("code", Fact::Whole(0)).with("message", Fact::text("success")));
            }
            Err(trouble) => {
                failed += 1;
                let message = at.message(&trouble);
                let code = Fact::Text(trouble.code.to_string().into());
                list.push(record.with("code", code).with("message", Fact::Text(message.into())));
            }
        }
    }
    let status = match (done, failed) {
        (_, 0) => 0,
        (0, _) => 2,
        _ => 1,
    };
    Ok(Reply::many("subResponseList", list).with("status", Fact::Whole(status)))
}

/// A file that may be a favourite.
fn one(at: &Scene<'_>, request: Values<'_>) -> Result<Arc<Node>, Trouble> {
    let id = request.text("fileId").unwrap_or_default();
    let space = match request.text("containerId") {
        Some(space) => at.active(space)?,
        None => {
            let node = at.world.drive.get(id).ok_or_else(|| Trouble::unknown("file", id))?;
            at.active(&Arc::clone(&node.space))?
        }
    };
    let node = at.file(&space, id)?;
    at.may(&space, Capability::List)?;
    if space.kind == Kind::Group {
        return Err(Trouble::forbidden("files of groups are no favourites").about(&*space.id));
    }
    Ok(node)
}

fn list(at: &mut Scene<'_>) -> Outcome {
    let descending = at.call.whole("sortDirection").unwrap_or(2) == 2;
    let file_type = at.call.text("fileType");
    let name = format!("stars of {} {descending} {file_type:?}", at.me.id);
    let after = page::after(at.call.text("pageCursor"), &name)?;
    let (stars, drive) = (&at.world.stars, &at.world.drive);
    let wanted = |(made, id): (u64, &crate::world::drive::Key)| {
        let node = drive.get(id).filter(|node| file_type.is_none_or(|wanted| *node.file_type == *wanted))?;
        Some((made, Arc::clone(node)))
    };
    let all = stars.of(at.me.id);
    let size = page::size(at.call.whole("pageSize"));
    let (entries, next) = if descending {
        let rest = all.rev().filter(|(made, _)| after == 0 || *made < after).filter_map(wanted);
        page::page(rest, size, &name, |(made, _)| *made)
    } else {
        page::page(all.filter(|(made, _)| *made > after).filter_map(wanted), size, &name, |(made, _)| *made)
    };
    let me = at.me.id;
    let lost = at.world.stars_mut().take_lost(me);
    Ok(Reply::many("starFiles", entries.into_iter().map(|(_, node)| node))
        .with("autoDeleted", Fact::Whole(lost))
        .next_page(next))
}
