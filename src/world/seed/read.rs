//! The values of a seed: texts, ids, times, sizes, and those whom it names.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::{compile::Compiler, section::Stamp};
use crate::{
    document::{Content, Node},
    world::{Made, ids::Id, pace::Pace},
};

/// The largest id: the vendor's are whole numbers of 64 bits with a sign.
const LARGEST_ID: u64 = i64::MAX.unsigned_abs();

/// The largest space, in GB.
const LARGEST_SIZE: i64 = 1_000_000_000;

/// The most polls that a job takes.
const MOST_POLLS: u64 = 1_000_000;

/// The id that something gives itself; what is wrong with it is told elsewhere.
pub(super) fn quiet_id(node: &Node) -> Option<Id> {
    let node = node.get("id")?;
    let id = node.as_text().and_then(|text| text.parse().ok()).or_else(|| node.as_u64());
    id.filter(|id| (1..=LARGEST_ID).contains(id)).map(Id)
}

impl<'n> Compiler<'n> {
    pub(super) fn text(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        self.checker.text(node.get(key)?, "a text")
    }

    pub(super) fn flag(&mut self, node: &Node, key: &str) -> Option<bool> {
        let node = node.get(key)?;
        match node.content {
            Content::Boolean(flag) => Some(flag),
            _ => {
                self.checker.wrong_kind(node, "`true` or `false`");
                None
            }
        }
    }

    /// A whole number from 0.
    pub(super) fn number(&mut self, node: &Node, key: &str) -> Option<i64> {
        let number = self.checker.whole_number(node.get(key)?, 0)?;
        Some(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// An instant.
    pub(super) fn time(&mut self, node: &Node, key: &str) -> Option<Timestamp> {
        let node = node.get(key)?;
        let time = node.as_text().and_then(|text| text.parse().ok());
        if time.is_none() {
            self.checker.wrong_kind(node, "an instant such as \"2026-01-05T08:00:00Z\"");
        }
        time
    }

    /// A place in the order of making, which nothing else has.
    pub(super) fn made(&mut self, node: &Node, key: &str) -> Option<Made> {
        let node = node.get(key)?;
        let made = self.checker.whole_number(node, 1)?;
        if made > LARGEST_ID || !self.mades.insert(made) {
            self.checker.error(&node.span, format!("the place {made} is given twice"), "another one has it");
            return None;
        }
        Some(made)
    }

    /// When something was made and changed, by whom, and in which order.
    pub(super) fn stamp(&mut self, node: &'n Node, [created, updated]: [&str; 2]) -> Stamp {
        Stamp {
            created: self.time(node, created),
            updated: self.time(node, updated),
            creator: node.get("creator").and_then(|node| self.user(node)),
            made: self.made(node, "made"),
        }
    }

    /// The id of somebody by the alias, also of one who is gone.
    pub(super) fn user(&mut self, node: &'n Node) -> Option<Id> {
        let alias = self.checker.text(node, "an alias of `people`")?;
        self.user_called(alias, &node.span)
    }

    /// The same by the alias alone.
    pub(super) fn user_called(&mut self, alias: &str, span: &Range<usize>) -> Option<Id> {
        let found = self.users.get(alias).copied();
        if found.is_none() {
            let message = format!("nobody is called `{alias}`");
            let aliases = self.aliases.clone();
            let otherwise = format!("aliases are the keys of `people`: {}", aliases.join(", "));
            self.checker.unknown(span, message, "not in `people`", alias, aliases, Some(otherwise));
        }
        found
    }

    /// The id of somebody under a key that has to be there.
    pub(super) fn user_of(&mut self, node: &'n Node, key: &str) -> Option<Id> {
        match node.get(key) {
            Some(node) => self.user(node),
            None => self.checker.missing(node, key, "an alias of `people`"),
        }
    }

    /// A time that has to be there.
    pub(super) fn time_of(&mut self, node: &Node, key: &str) -> Option<Timestamp> {
        if node.get(key).is_none() {
            return self.checker.missing(node, key, "an instant such as \"2026-01-05T08:00:00Z\"");
        }
        self.time(node, key)
    }

    /// A text that has to be there.
    pub(super) fn text_of(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        if node.get(key).is_none() {
            return self.checker.missing(node, key, "a text");
        }
        self.text(node, key)
    }

    /// A size in GB.
    pub(super) fn size(&mut self, node: &'n Node, key: &str) -> Option<i64> {
        let node = node.get(key)?;
        let size = node.as_text().and_then(|text| {
            let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit())?);
            let number: i64 = number.parse().ok()?;
            match unit.trim().to_ascii_uppercase().as_str() {
                "GB" => Some(number),
                "TB" => number.checked_mul(1 << 10),
                _ => None,
            }
        });
        let size = size.filter(|size| *size <= LARGEST_SIZE);
        let size = size.or_else(|| node.as_u64().filter(|number| *number == 0).map(|_| 0));
        if size.is_none() {
            self.checker.wrong_kind(node, "a size such as `10GB`");
        }
        size
    }

    /// An id of digits.
    pub(super) fn id(&mut self, node: &'n Node, key: &str) -> Option<Id> {
        let node = node.get(key)?;
        let id = node
            .as_text()
            .and_then(|text| text.parse().ok())
            .or_else(|| node.as_u64())
            .filter(|id| (1..=LARGEST_ID).contains(id));
        if id.is_none() {
            self.checker.wrong_kind(node, "an id of digits, in quotes");
        }
        let id = Id(id?);
        if !self.ids.insert(id) {
            self.checker.error(&node.span, format!("the id {id} is given twice"), "another one has it");
        }
        Some(id)
    }

    /// How long jobs take.
    pub(super) fn pace(&mut self, node: &'n Node) -> Option<Pace> {
        if node.as_mapping().is_none() {
            if node.as_text() == Some("immediate") {
                return Some(Pace::Immediate);
            }
            self.checker.wrong_kind(node, "`immediate`, `{ polls: 3 }` or `{ after: 90s }`");
            return None;
        }
        let entries = self.checker.mapping(node, "`jobs`")?;
        self.checker.check_keys(entries, &["polls", "after"]);
        match (node.get("polls"), node.get("after")) {
            (Some(polls), None) => {
                let number = self.checker.whole_number(polls, 1)?;
                if number > MOST_POLLS {
                    self.checker.error(&polls.span, format!("a job takes {MOST_POLLS} polls at most"), "too many");
                }
                u32::try_from(number).ok().map(Pace::Polls)
            }
            (None, Some(after)) => {
                let text = self.checker.text(after, "a duration such as `90s`")?;
                let time = text.parse::<SignedDuration>().ok().filter(|time| !time.is_negative());
                if time.is_none() {
                    self.checker.wrong_kind(after, "a duration such as `90s`");
                }
                time.map(Pace::After)
            }
            _ => {
                self.checker.error(
                    &node.span,
                    "jobs take `polls` or a time `after` which they are done",
                    "one of them",
                );
                None
            }
        }
    }
}
