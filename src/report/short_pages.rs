//! Lists that a client read to a short page and no further, though a cursor followed: it took the page for the last one.

use std::sync::Arc;

use super::{Notice, NoticeKind, Numbers};
use crate::{contract::OperationId, session::Exchange, world::Took};

/// So many are followed at once.
const FOLLOWED: usize = 20;

/// Short pages whose cursors no later call has sent so far.
#[derive(Debug, Default)]
pub(super) struct ShortPages {
    pages: Vec<ShortPage>,
}

#[derive(Debug)]
struct ShortPage {
    operation: OperationId,
    cursor: Arc<str>,
    exchange: u64,
}

impl ShortPages {
    /// Takes the next call.
    pub(super) fn see(&mut self, exchange: &Exchange) {
        let recorded = &exchange.recorded;
        if !self.pages.is_empty() {
            let target = recorded.line().map_or("", |(_, target)| target);
            let body = String::from_utf8_lossy(recorded.body());
            self.pages.retain(|page| !target.contains(&*page.cursor) && !body.contains(&*page.cursor));
        }
        let Some(operation) = exchange.operation.filter(|_| exchange.took == Some(Took::Committed)) else { return };
        let Some(cursor) = exchange.details().effect.as_ref().and_then(|effect| effect.short_page.as_ref()) else {
            return;
        };
        // Whoever was not told the cursor cannot send it. The same page once more has the same one.
        let told = String::from_utf8_lossy(recorded.answered()).contains(&**cursor)
            && !exchange.details().fault.is_some_and(|fault| fault.breaks_off);
        if told && self.pages.len() < FOLLOWED && self.pages.iter().all(|page| page.cursor != *cursor) {
            self.pages.push(ShortPage { operation, cursor: Arc::clone(cursor), exchange: exchange.number });
        }
    }

    /// What is to be said of those that are left. `name` gives the name of an operation.
    pub(super) fn into_notice<'n>(self, name: impl Fn(OperationId) -> &'n str) -> Option<Notice> {
        let exchanges: Numbers = self.pages.iter().map(|page| page.exchange).collect();
        let mut names: Vec<&str> = self.pages.iter().map(|page| name(page.operation)).collect();
        names.dedup();
        let what = match self.pages.len() {
            0 => return None,
            1 => format!("{} was read to a short page, though a cursor followed", names.join(", ")),
            several => {
                format!("{several} lists ({}) were read to a short page, though a cursor followed", names.join(", "))
            }
        };
        let text = format!("{what}: a list ends where there is no cursor, and not where a page has few entries");
        Some(Notice { kind: NoticeKind::ShortPage, text, exchanges })
    }
}
