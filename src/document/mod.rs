//! A YAML or JSON file as a tree that remembers where each part stands.
//!
//! Deserializing straight into Rust types would stop at the first mistake and forget its place. So files that a person writes
//! are first read into [`Node`]s; whoever gives them a meaning walks the tree and collects every mistake with its span in a [`Checker`].

mod checker;
mod numeral;
mod written;
mod yaml;

use std::{fmt, ops::Range};

use serde_json::{Map, Value};

pub(crate) use self::written::yaml_of_json;
pub use self::{
    checker::Checker,
    numeral::Numeral,
    written::Written,
    yaml::{ReadLimits, read},
};

/// A value and the bytes it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub content: Content,
    /// Where it stands in the source. A block collection has an empty span at its first entry.
    pub span: Range<usize>,
}

/// The kinds of value that YAML and JSON share.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`; YAML 1.1's `yes` and `no` are texts.
    Boolean(bool),
    /// A finite number.
    Number(Numeral),
    /// Text.
    Text(String),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping, in the order it was written.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub name: String,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Key {
    /// Whether it begins with `x-`: the formats leave such keys to whoever writes the file, for anchors and notes.
    pub fn is_extension(&self) -> bool {
        self.name.starts_with("x-")
    }
}

impl Node {
    /// The kind, with its article, for "expected ..., found ...".
    pub fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Boolean(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_mapping(&self) -> Option<&[(Key, Node)]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one from 0.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.content {
            Content::Number(number) => number.value().as_u64(),
            _ => None,
        }
    }

    /// The value under a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_mapping()?.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// What a JSON pointer leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |node, segment| {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            match &node.content {
                Content::Sequence(items) => items.get(segment.parse::<usize>().ok()?),
                _ => node.get(&segment),
            }
        })
    }

    /// The span of what a JSON pointer names, or of the nearest thing above it that exists. For a member of a mapping that is
    /// the value; with `key` it is the key.
    pub fn locate(&self, pointer: &str, key: bool) -> Range<usize> {
        let mut node = self;
        let mut span = self.span.clone();
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let next = match &node.content {
                Content::Mapping(entries) => {
                    entries.iter().find(|(key, _)| key.name == segment).map(|(name, value)| {
                        let span = if key || value.span.is_empty() { name.span.clone() } else { value.span.clone() };
                        (value, span)
                    })
                }
                Content::Sequence(items) => {
                    segment.parse().ok().and_then(|index: usize| items.get(index)).map(|item| (item, item.span.clone()))
                }
                _ => None,
            };
            let Some((found, place)) = next else { break };
            node = found;
            span = place;
        }
        span
    }

    /// The same value without places.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Boolean(value) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.value().clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::Sequence(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Content::Mapping(entries) => Value::Object(
                entries.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

/// A scalar as a person would write it, a number as it is written; collections by their kind.
impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Boolean(value) => value.fmt(formatter),
            Content::Number(number) => number.fmt(formatter),
            Content::Text(text) => text.fmt(formatter),
            _ => formatter.write_str(self.kind()),
        }
    }
}
