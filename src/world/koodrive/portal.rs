//! Collaboration portal.

use jiff::SignedDuration;

use crate::world::{
    outcome::{Outcome, Reply},
    scene::Scene,
    share::Share,
    stage::{Behaviour, look},
};

pub(super) const OPERATIONS: &[Behaviour] =
    &[look("ListRecentlyAccess", recent), look("ListRelatedToMe", related).refuses(&[102])];

/// How long something is news, as the user guide has it.
const NEWS: SignedDuration = SignedDuration::from_hours(7 * 24);

fn recent(at: &Scene<'_>) -> Outcome {
    Ok(Reply::many("list", at.world.recent(at.me.id, at.now).cloned()))
}

fn related(at: &Scene<'_>) -> Outcome {
    let since = at.now.checked_sub(NEWS).unwrap_or(at.now);
    // All kinds there are: shares for the caller.
    let page = super::shared::received(at, "related", |share: &Share| share.created >= since)?;
    Ok(Reply::many("relatedToMeInfos", page.shares).with("total", page.total).next_page(page.next))
}
