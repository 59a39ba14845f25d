//! A value without places that keeps the digits of the file.

use std::fmt;

use serde_json::Value;

use super::{Content, Node};

/// A JSON value as it is written: `1.10` stays `1.10`, and no digit of a long number is lost.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number in the words of JSON.
    Number(Box<str>),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Written>),
    /// An object: members in the order they were written, no name twice.
    Object(Vec<(String, Written)>),
}

impl Written {
    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => quote(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn quote(text: &str, out: &mut String) {
    // A text can always be written.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// As JSON.
impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        formatter.write_str(&out)
    }
}

impl From<&Node> for Written {
    fn from(node: &Node) -> Self {
        match &node.content {
            Content::Null => Self::Null,
            Content::Boolean(value) => Self::Boolean(*value),
            Content::Number(number) => Self::Number(number.to_json().into()),
            Content::Text(text) => Self::Text(text.clone()),
            Content::Sequence(items) => Self::Array(items.iter().map(Self::from).collect()),
            Content::Mapping(entries) => {
                Self::Object(entries.iter().map(|(key, node)| (key.name.clone(), node.into())).collect())
            }
        }
    }
}

impl From<&Value> for Written {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.to_string().into()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.clone(), value.into())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::Source,
        document::{ReadLimits, read},
    };

    #[test]
    fn keeps_the_digits_of_the_file() {
        let text =
            "{ a: 1.10, b: 1e5, c: 1000000000000100000001, d: [-0, 0.0], e: \"\\u0001\\\"\", f: ~, g: True, h: { } }";
        let node = read(&Source::new("a.yaml", text), ReadLimits::default()).unwrap();
        let json =
            r#"{"a":1.10,"b":1e5,"c":1000000000000100000001,"d":[-0,0.0],"e":"\u0001\"","f":null,"g":true,"h":{}}"#;
        assert_eq!(Written::from(&node).to_string(), json);
    }

    #[test]
    fn is_the_value_that_it_was_made_of() {
        let value: Value = serde_json::from_str(r#"{"a":[1,null,"x",{"b":true}],"c":{}}"#).unwrap();
        let written = Written::from(&value);
        assert_eq!(written.to_string(), value.to_string());
        assert!(written.get("c").is_some() && written.get("a").unwrap().get("b").is_none());
    }
}
