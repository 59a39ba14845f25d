//! `x-unique-by`: a member whose value no two items of an array share. The items may differ in all their other members.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

use jsonschema::{Keyword, ValidationError, paths::Location};
use serde_json::{Map, Value};

use super::instance::{Node, Tree};
use crate::contract::{
    json::Json,
    rule::Rule,
    violation::{MOST, Violation, describe, push_segment},
};

/// The keyword.
pub(super) const KEYWORD: &str = "x-unique-by";

/// The name of the member.
struct UniqueBy(String);

pub(super) fn compile<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i, Tree>>, ValidationError<'a>> {
    let name = value.as_str().ok_or_else(|| ValidationError::custom(format!("`{KEYWORD}` is the name of a member")))?;
    Ok(Box::new(UniqueBy(name.to_owned())))
}

impl<'i> Keyword<'i, Tree> for UniqueBy {
    /// The error carries the name of the member; [`violations`] finds the items.
    fn validate(&self, instance: Node<'i>) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom(self.0.clone())) }
    }

    fn is_valid(&self, instance: Node<'i>) -> bool {
        repeated(instance.json, &self.0).next().is_none()
    }
}

/// One violation for each item that repeats the member of an earlier one, at the member.
pub(super) fn violations(at: &str, items: &Json<'_>, name: &str) -> impl Iterator<Item = Violation> {
    repeated(items, name).take(MOST).map(move |(index, first, value)| {
        let [place, before] = [index, first].map(|index| {
            let mut place = format!("{at}/{index}");
            push_segment(&mut place, name);
            place
        });
        Violation::new(place, Rule::UniqueBy, format!("another value than {before}"), describe(value))
    })
}

/// The items that repeat: their position, that of the first one with the same value, and the value.
fn repeated<'j>(items: &'j Json<'j>, name: &str) -> impl Iterator<Item = (usize, usize, &'j Json<'j>)> {
    let items = if let Json::Array(items) = items { items.as_slice() } else { &[] };
    let mut known: HashMap<(bool, Cow<'j, str>), usize> = HashMap::with_capacity(items.len());
    items.iter().enumerate().filter_map(move |(index, item)| {
        let value = item.get(name)?;
        // Text and number are never the same; lists and objects are no ids.
        let key = match value {
            Json::Text(text) => (true, Cow::Borrowed(text.as_ref())),
            Json::Number(number) => (false, Cow::Owned(number.to_string())),
            _ => return None,
        };
        match known.entry(key) {
            Entry::Occupied(first) => Some((index, *first.get(), value)),
            Entry::Vacant(entry) => {
                entry.insert(index);
                None
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::schema::Schema;

    #[test]
    fn items_that_share_the_member_are_refused_whatever_else_differs() {
        let schema = Schema::standalone(&json!({ "properties": { "files": { "x-unique-by": "fileId" } } })).unwrap();
        let files = json!({ "files": [
            { "fileId": "a", "containerId": "1" }, { "fileId": "b" }, { "fileId": "a", "containerId": "2" }, { "fileId": "a" } ] });
        let found: Vec<String> =
            schema.violations(&Json::from(&files), "/body").iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "/body/files/2/fileId: expected another value than /body/files/0/fileId, found \"a\"",
                "/body/files/3/fileId: expected another value than /body/files/0/fileId, found \"a\""
            ]
        );
    }

    #[test]
    fn items_without_the_member_repeat_nothing() {
        let schema = Schema::standalone(&json!({ "x-unique-by": "id" })).unwrap();
        for value in
            [json!([{}, {}, { "name": "a" }, { "name": "a" }]), json!([{ "id": 1 }, { "id": "1" }]), json!("a")]
        {
            assert!(schema.is_clean(&Json::from(&value)), "{value}");
        }
        assert!(Schema::standalone(&json!({ "x-unique-by": 1 })).is_err());
    }
}
