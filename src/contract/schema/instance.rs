//! Lets the library's validators walk our [`Json`] tree.

use std::{
    borrow::Cow,
    collections::HashSet,
    slice,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use jsonschema::{
    JsonType,
    json::{self, NodeIdentity},
};
use serde_json::{Number, Value};

use crate::contract::json::Json;

/// The representation, for the library.
pub(super) struct Tree;

/// A value as the library sees it.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    /// The value.
    pub(super) json: &'a Json<'a>,
    errors: Option<&'a Errors>,
}

/// Counts the errors that the library makes of a value, and ends its walk when there are enough of them.
///
/// The library collects all errors before it hands over the first. Each of them takes a copy of its value by [`json::Node::to_value`],
/// which nothing else asks for here. So they are counted there, and once there are enough, arrays seem to end.
pub(super) struct Errors {
    made: AtomicUsize,
    most: usize,
}

impl Errors {
    /// At most about `most` errors.
    pub(super) fn at_most(most: usize) -> Self {
        Self { made: AtomicUsize::new(0), most }
    }

    fn are_enough(&self) -> bool {
        self.made.load(Relaxed) >= self.most
    }

    /// A value whose errors are counted.
    pub(super) fn of<'a>(&'a self, json: &'a Json<'a>) -> Node<'a> {
        Node { json, errors: Some(self) }
    }
}

impl<'a> From<&'a Json<'a>> for Node<'a> {
    fn from(json: &'a Json<'a>) -> Self {
        Self { json, errors: None }
    }
}

impl json::Json for Tree {
    type Node<'a> = Node<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = Json<'static>;

    // A lookup walks the members, so one walk over all of them is never worse.
    const KEYS_PER_LOOKUP: usize = 8;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(buffer: &mut Json<'static>, string: &str, f: impl FnOnce(Self::Node<'_>) -> T) -> T {
        *buffer = Json::Text(Cow::Owned(string.to_owned()));
        f(Node::from(&*buffer))
    }
}

impl<'a> json::Node<'a, Tree> for Node<'a> {
    type Object = Members<'a>;
    type Array = Items<'a>;
    type Number = &'a Number;

    fn as_object(&self) -> Option<Members<'a>> {
        match self.json {
            Json::Object(members) => Some(Members { members, errors: self.errors }),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<Items<'a>> {
        match self.json {
            Json::Array(items) => Some(Items { items, errors: self.errors }),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self.json {
            Json::Text(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<&'a Number> {
        match self.json {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.json {
            Json::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self.json, Json::Null)
    }

    fn json_type(&self) -> JsonType {
        match self.json {
            Json::Null => JsonType::Null,
            Json::Boolean(_) => JsonType::Boolean,
            Json::Number(_) => JsonType::Number,
            Json::Text(_) => JsonType::String,
            Json::Array(_) => JsonType::Array,
            Json::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self.json, expected) {
            (Json::Text(text), Value::String(expected)) => text == expected,
            (Json::Text(_), _) | (_, Value::String(_)) => false,
            (json, _) => json::cmp::equal(&json.to_value(), expected),
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        match self.errors {
            // Our own errors describe the value where it stands, so the library's need no copy of it.
            Some(errors) => {
                errors.made.fetch_add(1, Relaxed);
                Cow::Owned(Value::Null)
            }
            None => Cow::Owned(self.json.to_value()),
        }
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Json<'_>>(self.json) as usize))
    }
}

/// An object's members.
pub(super) struct Members<'a> {
    members: &'a [(Cow<'a, str>, Json<'a>)],
    errors: Option<&'a Errors>,
}

impl<'a> json::Object<'a, Tree> for Members<'a> {
    type Node = Node<'a>;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        self.members.len()
    }

    fn get(&self, key: &Box<str>) -> Option<Node<'a>> {
        let found = self.members.iter().find(|(name, _)| **name == **key);
        found.map(|(_, json)| Node { json, errors: self.errors })
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter { members: self.members.iter(), errors: self.errors }
    }
}

pub(super) struct MembersIter<'a> {
    members: slice::Iter<'a, (Cow<'a, str>, Json<'a>)>,
    errors: Option<&'a Errors>,
}

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.members.next().map(|(name, json)| (name.as_ref(), Node { json, errors: self.errors }))
    }
}

/// An array's items.
pub(super) struct Items<'a> {
    items: &'a [Json<'a>],
    errors: Option<&'a Errors>,
}

impl<'a> json::Array<'a, Tree> for Items<'a> {
    type Node = Node<'a>;
    type ElementsIter = ItemsIter<'a>;

    fn len(&self) -> usize {
        self.items.len()
    }

    fn elements(&self) -> ItemsIter<'a> {
        ItemsIter { items: self.items.iter(), errors: self.errors }
    }

    fn is_unique(&self) -> bool {
        let mut seen = HashSet::with_capacity(self.items.len());
        let texts = self.items.iter().map(Json::as_str);
        match texts.map(|text| text.map(|text| seen.insert(text))).collect::<Option<Vec<bool>>>() {
            Some(new) => !new.contains(&false),
            None => {
                let values: Vec<Value> = self.items.iter().map(Json::to_value).collect();
                json::unique::is_unique(&values)
            }
        }
    }
}

pub(super) struct ItemsIter<'a> {
    items: slice::Iter<'a, Json<'a>>,
    errors: Option<&'a Errors>,
}

impl<'a> Iterator for ItemsIter<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.errors.is_some_and(Errors::are_enough) {
            return None;
        }
        self.items.next().map(|json| Node { json, errors: self.errors })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.items.len()))
    }
}
