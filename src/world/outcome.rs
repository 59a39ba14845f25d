//! What comes of a call: a reply, or trouble.

use std::sync::Arc;

use super::codes::{FORBIDDEN, INVALID, NOT_FOUND};
use super::fact::{Fact, Facts, Record, View};
use super::page::Next;
use super::store::Full;
use crate::contract::Answer;

/// What behaviour gives back.
pub(super) type Outcome = Result<Reply, Trouble>;

/// A reply. `code` and `msg` need not be said.
#[derive(Default)]
pub(super) struct Reply {
    record: Record,
    /// The answer as it is, where it is no JSON.
    raw: Option<Answer>,
    /// What went well and is strange.
    warning: Option<String>,
    /// The cursor behind a page that is short.
    short_page: Option<Arc<str>>,
}

impl Reply {
    /// Nothing but that it went well.
    pub(super) fn done() -> Self {
        Self::default()
    }

    /// With a member at the root.
    pub(super) fn with(self, name: &'static str, fact: Fact<'static>) -> Self {
        Self { record: self.record.with(name, fact), ..self }
    }

    /// With a member at the root, if it is there.
    pub(super) fn maybe(self, name: &'static str, fact: Option<Fact<'static>>) -> Self {
        Self { record: self.record.maybe(name, fact), ..self }
    }

    /// With the cursor behind its page, if there is more.
    pub(super) fn next_page(self, next: Option<Next>) -> Self {
        let Some(Next { cursor, is_short }) = next else { return self };
        let short_page = is_short.then(|| Arc::from(cursor.as_str()));
        Self { short_page, ..self.with("nextCursor", Fact::Text(cursor.into())) }
    }

    /// With a thing at the root.
    pub(super) fn one(name: &'static str, thing: impl Facts + 'static) -> Self {
        Self::default().with(name, Fact::One(Box::new(thing)))
    }

    /// With a list at the root.
    pub(super) fn many<T: Facts + 'static>(name: &'static str, things: impl IntoIterator<Item = T>) -> Self {
        let things = things.into_iter().map(|thing| Box::new(thing) as _).collect();
        Self::default().with(name, Fact::Many(things))
    }

    /// Whose facts stand at the root, beside `code`.
    pub(super) fn flat(thing: impl Facts + 'static) -> Self {
        Self { record: Record::default().and(thing), ..Self::default() }
    }

    /// An answer that is no JSON.
    pub(super) fn raw(answer: Answer) -> Self {
        Self { raw: Some(answer), ..Self::default() }
    }

    /// With something strange.
    pub(super) fn warn(self, warning: Option<String>) -> Self {
        Self { warning, ..self }
    }

    pub(super) fn take_raw(&mut self) -> Option<Answer> {
        self.raw.take()
    }

    pub(super) fn take_short_page(&mut self) -> Option<Arc<str>> {
        self.short_page.take()
    }

    pub(super) fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }
}

impl Facts for Reply {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        self.record.fact(name, view)
    }
}

/// Why a call is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) code: Code,
    /// What stands for `{0}` in the message of the catalogue.
    pub(super) arguments: Vec<String>,
    /// In our words, for the journal.
    pub(super) reason: String,
}

/// A code of KooDrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Code {
    /// One of the service's, without its leading 13000.
    Service(u16),
    /// One of the gateway's, without `APIGW.`.
    Gateway(u16),
    /// One of the object host's.
    Object(&'static str),
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(code) => write!(formatter, "{}", 13_000_000 + u32::from(*code)),
            Self::Gateway(code) => write!(formatter, "APIGW.{code:04}"),
            Self::Object(code) => formatter.write_str(code),
        }
    }
}

/// What makes too much is refused as by a space that is full.
impl From<Full> for Trouble {
    fn from(full: Full) -> Self {
        Self::new(311, full.to_string())
    }
}

impl Trouble {
    /// A code of the service, and why in our words.
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code: Code::Service(code), arguments: Vec::new(), reason: reason.into() }
    }

    /// A code of the gateway.
    pub(super) fn gateway(code: u16, reason: impl Into<String>) -> Self {
        Self { code: Code::Gateway(code), arguments: Vec::new(), reason: reason.into() }
    }

    /// A code of the object host, and why in our words.
    pub(super) fn object(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code: Code::Object(code), arguments: Vec::new(), reason: reason.into() }
    }

    /// With a text for the next `{0}` of the message.
    pub(super) fn about(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With something strange that may be the reason for it.
    pub(super) fn with(mut self, strange: Option<&str>) -> Self {
        if let Some(strange) = strange {
            self.reason = format!("{} ({strange})", self.reason);
        }
        self
    }

    /// There is no such thing.
    pub(super) fn unknown(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(NOT_FOUND, format!("there is no {what} {id}"))
    }

    /// The call does not go together.
    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::new(INVALID, reason)
    }

    /// The caller has no right.
    pub(super) fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(FORBIDDEN, reason)
    }
}
