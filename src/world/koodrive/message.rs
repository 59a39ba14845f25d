//! Message notifications.

use std::sync::Arc;

use crate::world::{
    fact::{Fact, Record},
    ids::Id,
    inbox::{Inbox, Message},
    outcome::{Outcome, Reply},
    page,
    scene::Scene,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    look("GetUnreadCount", count),
    look("ListMessages", list).refuses(&[102]),
    change("BatchReadMessage", read),
    change("BatchDeleteMessage", delete),
    change("UpdateSpecificMessageState", all),
];

fn count(at: &Scene<'_>) -> Outcome {
    let unread = at.world.inbox.all_of(at.me.id).filter(|message| !message.is_read).count();
    Ok(Reply::done().with("count", Fact::Whole(i64::try_from(unread).unwrap_or(i64::MAX))))
}

fn list(at: &Scene<'_>) -> Outcome {
    let (topic, state) = (at.call.text("filterType"), at.call.whole("state"));
    let name = format!("messages of {} {topic:?} {state:?}", at.me.id);
    let window = page::window(page::after(at.call.text("pageCursor"), &name)?, true);
    let is_wanted = |message: &Arc<Message>| {
        topic.is_none_or(|topic| message.topic.number() == topic)
            && state.is_none_or(|state| i64::from(message.is_read) == state)
    };
    let size = page::size(at.call.whole("pageSize"));
    let newest_first = at.world.inbox.of(at.me.id, window).rev().cloned();
    let (entries, next) = page::chosen(newest_first, size, &name, |message| message.made, is_wanted);
    Ok(Reply::many("messages", entries).next_page(next))
}

/// Works on the messages that a call names, and tells of each whether that changed something.
fn each(at: &mut Scene<'_>, work: fn(&mut Inbox, Id, Id) -> bool) -> Outcome {
    let me = at.me.id;
    let mut list = Vec::new();
    for sent in at.call.texts("ids") {
        let changed = work(at.world.inbox_mut(), me, Id(sent.parse().unwrap_or(0)));
        let record = Record::default().with("id", Fact::Text(sent.to_owned().into()));
        list.push(record.with("changed", Fact::Flag(changed)));
    }
    Ok(Reply::many("messages", list))
}

fn read(at: &mut Scene<'_>) -> Outcome {
    each(at, Inbox::read)
}

fn delete(at: &mut Scene<'_>) -> Outcome {
    each(at, Inbox::remove)
}

fn all(at: &mut Scene<'_>) -> Outcome {
    let me = at.me.id;
    // 0 reads them, 1 deletes them.
    let work = if at.call.whole("operate") == Some(1) { Inbox::remove } else { Inbox::read };
    let ids: Vec<Id> = at.world.inbox.all_of(me).map(|message| message.id).collect();
    for id in ids {
        work(at.world.inbox_mut(), me, id);
    }
    Ok(Reply::done())
}
