//! JSON as a request brings it: a tree that borrows its texts from the request, and a reader as strict as a contract needs it.
//!
//! Reading a body is the largest part of the work for a call, and most of that would be copying texts and growing maps.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::violation::push_segment;

/// Objects up to this size are searched for a repeated key, larger ones keep a set.
const SEARCHED: usize = 24;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Json<'a> {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number; integers of 64 bits are exact.
    Number(Number),
    /// A text.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object: members in the order they came, no name twice.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        match self {
            Self::Object(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The same value as serde knows it.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::Array(items) => items.iter().map(Json::to_value).collect(),
            Self::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (name.clone().into_owned(), value.to_value())).collect(),
            ),
        }
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(items.iter().map(Json::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value.into())).collect())
            }
        }
    }
}

/// A JSON text that was read, and what is wrong with it that does not stop the reading.
#[derive(Debug)]
pub struct Text<'a> {
    /// The value; of a key that stands twice, the last value.
    pub value: Json<'a>,
    /// Pointers of the keys that stand more than once in their object.
    pub duplicates: Vec<String>,
}

/// Reads one JSON text. Nesting deeper than 128, text that is no UTF-8, and anything but white space behind the value are errors.
///
/// # Errors
///
/// The reader's sentence with line and column.
pub fn read(bytes: &[u8]) -> Result<Text<'_>, String> {
    let mut duplicates = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Reader { duplicates: &mut duplicates }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| explain(bytes, &error.to_string()))?;
    // Segments were collected from the inside out.
    let duplicates = duplicates.into_iter().map(|segments| pointer(segments.into_iter().rev())).collect();
    Ok(Text { value, duplicates })
}

fn explain(bytes: &[u8], error: &str) -> String {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return format!("{error} (the text starts with a byte order mark, which JSON does not allow)");
    }
    if let Err(utf8) = std::str::from_utf8(bytes) {
        return format!("{error} (byte {} is not UTF-8)", utf8.valid_up_to());
    }
    error.replace("recursion limit exceeded", "nested deeper than 128 levels")
}

fn pointer(segments: impl Iterator<Item = String>) -> String {
    let mut pointer = String::new();
    for segment in segments {
        push_segment(&mut pointer, &segment);
    }
    pointer
}

/// Builds a [`Json`]; a key that stands twice is noted with the path to it, which costs nothing as long as there is none.
struct Reader<'d> {
    duplicates: &'d mut Vec<Vec<String>>,
}

impl Reader<'_> {
    /// Reads a child and, if it noted duplicates, puts its own segment on their paths.
    fn child<T>(&mut self, segment: impl FnOnce() -> String, read: impl FnOnce(Reader<'_>) -> T) -> T {
        let before = self.duplicates.len();
        let result = read(Reader { duplicates: self.duplicates });
        if self.duplicates.len() > before {
            let segment = segment();
            for path in &mut self.duplicates[before..] {
                path.push(segment.clone());
            }
        }
        result
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json<'de>, E> {
        // The lowest integer of 64 bits comes as one. A decimal of that size was rounded to it from below, and must not pass for it.
        let value = if value == -9_223_372_036_854_775_808.0 { value.next_down() } else { value };
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = self.child(|| items.len().to_string(), |reader| access.next_element_seed(reader))? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        let mut seen: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(Name(name)) = access.next_key()? {
            let value = self.child(|| name.clone().into_owned(), |reader| access.next_value_seed(reader))?;
            let known = if members.len() < SEARCHED {
                members.iter().any(|(known, _)| *known == name)
            } else {
                if seen.is_empty() {
                    seen.extend(members.iter().map(|(name, _)| name.clone()));
                }
                !seen.insert(name.clone())
            };
            if known {
                self.duplicates.push(vec![name.clone().into_owned()]);
                // A hostile body must not make us keep one path for each of a million repeated keys.
                if self.duplicates.len() > 1000 {
                    return Err(A::Error::custom("more than 1000 repeated keys"));
                }
                members.retain(|(known, _)| *known != name);
            }
            if members.is_empty() {
                // Most objects fit without growing.
                members.reserve(12);
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name, borrowed where it holds no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(value.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_key_that_stands_twice() {
        let text = read(br#"{"a":1,"b":[{"c":1,"c":2}],"a":3}"#).unwrap();
        assert_eq!(text.duplicates, ["/b/0/c", "/a"]);
        assert_eq!(text.value.get("a"), Some(&Json::Number(3.into())));
    }

    #[test]
    fn finds_a_repeated_key_in_a_large_object_too() {
        let members: Vec<String> = (0..100).map(|index| format!("\"k{index}\":{index}")).collect();
        let text = format!("{{{},\"k7\":0}}", members.join(","));
        assert_eq!(read(text.as_bytes()).unwrap().duplicates, ["/k7"]);
    }

    #[test]
    fn keeps_64_bit_integers_exact() {
        let text = read(b"[9223372036854775807, -9223372036854775808, 18446744073709551615]").unwrap();
        assert_eq!(
            text.value.to_value().to_string(),
            "[9223372036854775807,-9223372036854775808,18446744073709551615]"
        );
    }

    #[test]
    fn texts_with_escapes_are_read_and_others_borrowed() {
        let text = read(br#"{"a":"plain","b\n":"\u7a7a"}"#).unwrap();
        assert!(matches!(text.value.get("a"), Some(Json::Text(Cow::Borrowed("plain")))));
        assert_eq!(text.value.get("b\n").and_then(Json::as_str), Some("空"));
    }

    #[test]
    fn refuses_what_is_not_exactly_one_json_text() {
        for (text, reason) in [
            (&b"{} {}"[..], "trailing characters"),
            (b"{\"a\":1,}", "trailing comma"),
            (b"", "EOF while parsing"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"\"\xff\"", "byte 1 is not UTF-8"),
            (b"[1e999]", "number out of range"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn refuses_nesting_beyond_128_levels() {
        let nested = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
        assert!(read(&nested(127)).is_ok());
        assert!(read(&nested(100_000)).unwrap_err().contains("nested deeper than 128 levels"));
    }

    #[test]
    fn a_flood_of_repeated_keys_is_cut_short() {
        let text = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(5000));
        assert!(read(text.as_bytes()).unwrap_err().contains("more than 1000 repeated keys"));
    }
}
