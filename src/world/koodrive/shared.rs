//! Shares with you.

use std::sync::Arc;

use crate::world::{
    fact::{Fact, Record},
    ids::Id,
    outcome::{Outcome, Reply, Trouble},
    page::{self, Next},
    scene::Scene,
    share::Share,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    look("ListShareWithMe", list).refuses(&[102]),
    look("GetShareWithMeDetail", show).refuses(&[309]),
    change("ExitShare", exit),
];

fn list(at: &Scene<'_>) -> Outcome {
    let page = received(at, "received", |_| true)?;
    Ok(Reply::many("shareLinks", page.shares).next_page(page.next))
}

/// A page of what the caller received.
pub(super) struct Received {
    pub(super) shares: Vec<Arc<Share>>,
    pub(super) next: Option<Next>,
    /// How many there are on all pages.
    pub(super) total: Fact<'static>,
}

pub(super) fn received(at: &Scene<'_>, list: &str, is_shown: impl Fn(&Share) -> bool) -> Result<Received, Trouble> {
    let descending = at.call.whole("sortDirection").unwrap_or(2) == 2;
    let word = at.call.text("displayName").map(str::to_lowercase);
    let name = format!("{list} by {} {descending} {word:?}", at.me.id);
    let window = page::window(page::after(at.call.text("pageCursor"), &name)?, descending);
    let is_wanted = |share: &Arc<Share>| is_shown(share) && super::share::is_called(at, share, word.as_deref());
    let all = at.world.received_by(&at.me, &(1..=u64::MAX));
    let total = all.values().filter(|share| is_wanted(share)).count();
    let all = all.into_iter().filter(|(made, _)| window.contains(made)).map(|(_, share)| share);
    let all: Box<dyn Iterator<Item = _>> = if descending { Box::new(all.rev()) } else { Box::new(all) };
    let size = page::size(at.call.whole("pageSize"));
    let (shares, next) = page::chosen(all, size, &name, |share| share.made, is_wanted);
    Ok(Received { shares, next, total: Fact::Whole(i64::try_from(total).unwrap_or(i64::MAX)) })
}

/// A share that the caller received.
fn mine(at: &Scene<'_>, sent: &str) -> Result<Arc<Share>, Trouble> {
    let share = at.world.shares.get(Id(sent.parse().unwrap_or(0)));
    let share = share.filter(|share| at.world.received(share, &at.me));
    share.cloned().ok_or_else(|| Trouble::unknown("share with you", sent))
}

fn show(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("shareLink", mine(at, at.text("shareId"))?))
}

fn exit(at: &mut Scene<'_>) -> Outcome {
    let mut list = Vec::new();
    for sent in at.call.texts("shareIds") {
        let done = mine(at, sent).map(|share| {
            let me = at.me.id;
            at.world.shares_mut().change(share.id, |share| _ = share.left.insert(me));
        });
        // One page says `msg` and its example `message`.
        let message = match &done {
            Ok(()) => "success".to_owned(),
            Err(trouble) => at.message(trouble),
        };
        let record = Record::default().with("message", Fact::Text(message.into()));
        list.push(super::share::told(at, record, done));
    }
    Ok(Reply::many("subResponseList", list))
}
