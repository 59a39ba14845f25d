//! The values of a call, as behaviour reads them.

use crate::contract::{Call, json::Json};

use super::ids::Id;

/// The members of an object, or of all parts of a call at once: a name stands for one thing wherever the table has it.
#[derive(Clone, Copy)]
pub(super) struct Values<'c> {
    parts: [Option<&'c Json<'c>>; 4],
}

impl<'c> Values<'c> {
    /// What a call sends in path, query, body and flat parameters.
    pub(super) fn of(call: &'c Call<'c>) -> Self {
        Self { parts: [Some(&call.path), Some(&call.query), Some(&call.body), Some(&call.params)] }
    }

    fn inside(value: &'c Json<'c>) -> Self {
        Self { parts: [Some(value), None, None, None] }
    }

    fn value(self, name: &str) -> Option<&'c Json<'c>> {
        let found = self.parts.iter().flatten().find_map(|part| part.get(name));
        // Clients send "" for what they leave out.
        found.filter(|value| !matches!(value, Json::Null) && !matches!(value, Json::Text(text) if text.is_empty()))
    }

    /// Whether it was sent at all, be it empty.
    pub(super) fn has(self, name: &str) -> bool {
        self.parts.iter().flatten().any(|part| part.get(name).is_some())
    }

    /// A text.
    pub(super) fn text(self, name: &str) -> Option<&'c str> {
        self.value(name)?.as_str()
    }

    /// A whole number, also where it is written as a text.
    pub(super) fn whole(self, name: &str) -> Option<i64> {
        whole(self.value(name)?)
    }

    /// An id that is a number, also where it is written as a text. What is no number is the id of nothing.
    pub(super) fn id(self, name: &str) -> Option<Id> {
        self.value(name).map(id)
    }

    /// `true`, `"true"` or 1.
    pub(super) fn flag(self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Json::Boolean(flag) => Some(*flag),
            Json::Text(text) => Some(text.eq_ignore_ascii_case("true") || text == "1"),
            other => whole(other).map(|number| number != 0),
        }
    }

    /// An object.
    pub(super) fn object(self, name: &str) -> Option<Values<'c>> {
        self.value(name).filter(|value| matches!(value, Json::Object(_))).map(Values::inside)
    }

    fn items(self, name: &str) -> &'c [Json<'c>] {
        match self.value(name) {
            Some(Json::Array(items)) => items,
            _ => &[],
        }
    }

    /// The objects of a list.
    pub(super) fn objects(self, name: &str) -> impl Iterator<Item = Values<'c>> {
        self.items(name).iter().map(Values::inside)
    }

    /// The texts of a list.
    pub(super) fn texts(self, name: &str) -> impl Iterator<Item = &'c str> {
        self.items(name).iter().filter_map(Json::as_str)
    }

    /// The whole numbers of a list.
    pub(super) fn numbers(self, name: &str) -> impl Iterator<Item = i64> {
        self.items(name).iter().filter_map(whole)
    }

    /// The ids of a list.
    pub(super) fn ids(self, name: &str) -> impl Iterator<Item = Id> {
        self.items(name).iter().map(id)
    }
}

fn whole(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn id(value: &Json<'_>) -> Id {
    whole(value).and_then(|number| u64::try_from(number).ok()).map_or(Id::NONE, Id)
}
