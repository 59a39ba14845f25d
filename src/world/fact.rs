//! What things of the world tell about themselves, by the vendor's names. Which of it an answer shows is for its table to say.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;

use super::{World, ids::Id};

/// One fact.
pub(super) enum Fact<'f> {
    Whole(i64),
    Id(Id),
    Text(Cow<'f, str>),
    Flag(bool),
    Time(Timestamp),
    /// Another thing.
    One(Thing),
    /// The same, as part of this one.
    Is(&'f dyn Facts),
    Many(Vec<Thing>),
    Are(&'f [Thing]),
    Texts(Cow<'f, [String]>),
    /// A list of this one text.
    Alone(&'f str),
    Numbers(Cow<'f, [i64]>),
}

/// Something that tells facts.
pub(super) type Thing = Box<dyn Facts>;

/// What is asked besides the thing itself.
#[derive(Clone, Copy)]
pub(super) struct View<'w> {
    pub(super) world: &'w World,
    /// Who looks.
    pub(super) me: Id,
    pub(super) now: Timestamp,
}

/// Tells facts by their names in the vendor's tables.
pub(super) trait Facts: Send + Sync {
    /// The fact of this name, if there is one.
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>>;
}

impl<T: Facts> Facts for Arc<T> {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        (**self).fact(name, view)
    }
}

impl<'f> Fact<'f> {
    pub(super) fn text(text: &'f str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// The same without a copy.
    fn borrowed(&'f self) -> Self {
        match self {
            Self::Whole(number) => Self::Whole(*number),
            Self::Id(id) => Self::Id(*id),
            Self::Text(text) => Self::Text(Cow::Borrowed(text)),
            Self::Flag(flag) => Self::Flag(*flag),
            Self::Time(time) => Self::Time(*time),
            Self::One(thing) => Self::Is(&**thing),
            Self::Is(thing) => Self::Is(*thing),
            Self::Many(things) => Self::Are(things),
            Self::Are(things) => Self::Are(things),
            Self::Texts(texts) => Self::Texts(Cow::Borrowed(texts)),
            Self::Alone(text) => Self::Alone(text),
            Self::Numbers(numbers) => Self::Numbers(Cow::Borrowed(numbers)),
        }
    }
}

/// Facts by hand, and those of something else after them.
#[derive(Default)]
pub(super) struct Record {
    members: Vec<(&'static str, Fact<'static>)>,
    rest: Option<Thing>,
}

impl Record {
    /// With one fact more.
    pub(super) fn with(mut self, name: &'static str, fact: Fact<'static>) -> Self {
        self.members.push((name, fact));
        self
    }

    /// With one fact more, if it is there.
    pub(super) fn maybe(self, name: &'static str, fact: Option<Fact<'static>>) -> Self {
        match fact {
            Some(fact) => self.with(name, fact),
            None => self,
        }
    }

    /// And what this thing tells.
    pub(super) fn and(self, rest: impl Facts + 'static) -> Self {
        Self { rest: Some(Box::new(rest)), ..self }
    }
}

impl Facts for Record {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        let found = self.members.iter().find(|(known, _)| *known == name).map(|(_, fact)| fact.borrowed());
        found.or_else(|| self.rest.as_ref()?.fact(name, view))
    }
}
