//! Path, query, header and form values arrive as text; this turns them into the type that the table declares.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::json::Json;

/// The type that a text is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Stays text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Values separated by commas, or repeated.
    List(Box<Kind>),
}

impl Kind {
    /// The kind that a schema's `type` asks for. `resolve` follows the `$ref` at the root of a schema.
    pub fn of(schema: &Value, resolve: &dyn Fn(&Value) -> Value) -> Self {
        let schema = resolve(schema);
        let names: Vec<&str> = match schema.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        // A number that may also be text is read as a number first: other text stays text anyway.
        match names.iter().find(|name| **name != "string") {
            Some(&"integer") => Self::Integer,
            Some(&"number") => Self::Number,
            Some(&"boolean") => Self::Boolean,
            Some(&"array") => {
                let items = schema.get("items").map_or(Self::Text, |items| Self::of(items, resolve));
                Self::List(Box::new(items))
            }
            _ => Self::Text,
        }
    }

    /// Reads a text. What does not parse stays text, so that the schema reports what is wrong with it.
    pub fn read<'t>(&self, text: Cow<'t, str>) -> Json<'t> {
        let number = match self {
            Self::Text => None,
            Self::Boolean => match text.as_ref() {
                "true" => return Json::Boolean(true),
                "false" => return Json::Boolean(false),
                _ => None,
            },
            Self::Integer if is_integer(&text) => {
                text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
            }
            Self::Integer => None,
            Self::Number => serde_json::from_str(&text).ok(),
            // An empty text is not a list of one empty item.
            Self::List(_) if text.is_empty() => None,
            Self::List(items) => {
                return Json::Array(text.split(',').map(|item| items.read(Cow::Owned(item.to_owned()))).collect());
            }
        };
        number.map_or(Json::Text(text), Json::Number)
    }
}

/// Whether a text is a whole number of more than 64 bits.
pub(super) fn is_too_long(text: &str) -> bool {
    is_integer(text) && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_the_table_declares_and_leaves_the_rest_as_text() {
        assert_eq!(Kind::Integer.read("-7".into()).to_value(), json!(-7));
        assert_eq!(Kind::Integer.read("9223372036854775808".into()).to_value(), json!(9_223_372_036_854_775_808_u64));
        for text in ["", "-", "+7", "7.0", " 7", "0x7", "99999999999999999999"] {
            assert_eq!(Kind::Integer.read(text.into()).to_value(), json!(text));
        }
        assert!(is_too_long("18446744073709551616") && is_too_long("-9223372036854775809"));
        assert!(!["18446744073709551615", "-9223372036854775808", "2", "x", ""].into_iter().any(is_too_long));
        assert_eq!(Kind::Boolean.read("true".into()).to_value(), json!(true));
        assert_eq!(Kind::Boolean.read("TRUE".into()).to_value(), json!("TRUE"));
        assert_eq!(Kind::Number.read("1.5".into()).to_value(), json!(1.5));
        assert_eq!(Kind::Number.read("NaN".into()).to_value(), json!("NaN"));
        assert_eq!(Kind::List(Box::new(Kind::Integer)).read("1,2,x".into()).to_value(), json!([1, 2, "x"]));
    }

    #[test]
    fn the_kind_is_found_behind_references() {
        let resolve = |schema: &Value| {
            if schema.get("$ref").is_some() { json!({ "type": "integer" }) } else { schema.clone() }
        };
        assert_eq!(Kind::of(&json!({ "$ref": "#/$defs/N" }), &resolve), Kind::Integer);
        assert_eq!(Kind::of(&json!({ "type": ["string", "integer"] }), &resolve), Kind::Integer);
        assert_eq!(
            Kind::of(&json!({ "type": "array", "items": { "$ref": "#/$defs/N" } }), &resolve),
            Kind::List(Box::new(Kind::Integer))
        );
    }
}
