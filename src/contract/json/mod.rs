//! The JSON of a request: a tree that borrows its strings from the request, and a reader as strict as the contract needs.
//!
//! Reading the body is the largest part of handling a call, and most of that would be copying strings and growing maps.

mod literal;
mod swift;

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

pub use self::literal::Literals;
use super::violation::{push_name, push_segment};
use crate::document::Written;

/// Objects up to this size are searched for repeated keys; larger ones use a map.
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

    /// The part that a JSON pointer leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Json<'a>> {
        let segments = pointer.split('/').skip(1);
        segments.into_iter().try_fold(self, |value, segment| match value {
            Self::Array(items) => items.get(segment.parse::<usize>().ok()?),
            Self::Object(_) if segment.contains('~') => value.get(&segment.replace("~1", "/").replace("~0", "~")),
            _ => value.get(segment),
        })
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

impl<'a> From<&'a Written> for Json<'a> {
    fn from(value: &'a Written) -> Self {
        match value {
            Written::Null => Self::Null,
            Written::Boolean(value) => Self::Boolean(*value),
            // Every number of a file is finite.
            Written::Number(number) => number.parse().map_or(Self::Null, Self::Number),
            Written::Text(text) => Self::Text(Cow::Borrowed(text)),
            Written::Array(items) => Self::Array(items.iter().map(Json::from).collect()),
            Written::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value.into())).collect())
            }
        }
    }
}

/// A JSON text that was read, and the mistakes in it that do not stop the reader.
#[derive(Debug)]
pub struct Text<'a> {
    /// The value; of a repeated key, the last value.
    pub value: Json<'a>,
    /// Pointers to the keys that are repeated in their object.
    pub duplicates: Vec<String>,
}

/// Reads one JSON text. Nesting deeper than 128, more than 50,000 values, text that is not UTF-8, and anything but white space after the
/// value are errors.
///
/// # Errors
///
/// The reader's message with line and column.
pub fn read(bytes: &[u8]) -> Result<Text<'_>, String> {
    match std::str::from_utf8(bytes).ok().and_then(swift::read) {
        Some(value) => Ok(Text { value, duplicates: Vec::new() }),
        None => careful(bytes),
    }
}

/// Reads any text, and says where it is wrong.
fn careful(bytes: &[u8]) -> Result<Text<'_>, String> {
    let mut noted = Noted::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Reader { noted: &mut noted }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| explain(bytes, &error.to_string()))?;
    Ok(Text { value, duplicates: noted.repeated.pointers() })
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

/// How many values a body may hold: items and members of all depths, or parameters. A value of two bytes takes fifty in memory, and no
/// documented call comes near.
pub(super) const MOST_VALUES: usize = 50_000;

/// How many repeated keys are kept; a hostile body could have a million of them.
const MOST_REPEATED: usize = 1000;

/// The places of repeated keys. Common parents are kept once, and names borrow from the text.
#[derive(Default)]
struct Repeated<'a> {
    places: Vec<Place<'a>>,
    /// The places of the repeated keys.
    keys: Vec<usize>,
    /// Places with repeated keys whose own parents are not known yet.
    open: Vec<usize>,
}

/// One segment of the path to a key.
struct Place<'a> {
    segment: Segment<'a>,
    parent: Option<usize>,
}

enum Segment<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

impl<'a> Repeated<'a> {
    fn add(&mut self, segment: Segment<'a>) -> usize {
        self.places.push(Place { segment, parent: None });
        self.places.len() - 1
    }

    /// Notes a repeated key of the object that is being read.
    fn note(&mut self, name: Cow<'a, str>) {
        let place = self.add(Segment::Name(name));
        self.keys.push(place);
        self.open.push(place);
    }

    /// Closes a child of what is being read: the places that were opened since there were `before` of them are below it.
    fn close(&mut self, before: usize, segment: impl FnOnce() -> Segment<'a>) {
        if self.open.len() > before {
            let parent = self.add(segment());
            for place in self.open.drain(before..) {
                self.places[place].parent = Some(parent);
            }
            self.open.push(parent);
        }
    }

    /// The pointer to each key. Very long names are truncated.
    fn pointers(&self) -> Vec<String> {
        let pointer = |key: &usize| {
            let ways = std::iter::successors(Some(*key), |place| self.places[*place].parent);
            let mut segments: Vec<&Segment<'_>> = ways.map(|place| &self.places[place].segment).collect();
            segments.reverse();
            let mut pointer = String::new();
            for segment in segments {
                match segment {
                    Segment::Index(index) => push_segment(&mut pointer, &index.to_string()),
                    Segment::Name(name) => push_name(&mut pointer, name),
                }
            }
            pointer
        };
        self.keys.iter().map(pointer).collect()
    }
}

/// What is noted while a text is read.
#[derive(Default)]
struct Noted<'a> {
    repeated: Repeated<'a>,
    /// How many items and members there were.
    values: usize,
}

impl Noted<'_> {
    fn value<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(E::custom(format!("more than {MOST_VALUES} values")));
        }
        Ok(())
    }
}

/// Builds a [`Json`]; the path of a repeated key is noted, which costs nothing as long as there is none.
struct Reader<'d, 'de> {
    noted: &'d mut Noted<'de>,
}

impl<'de> Reader<'_, 'de> {
    fn child<T>(&mut self, segment: impl FnOnce() -> Segment<'de>, read: impl FnOnce(Reader<'_, 'de>) -> T) -> T {
        let before = self.noted.repeated.open.len();
        let result = read(Reader { noted: self.noted });
        self.noted.repeated.close(before, segment);
        result
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
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
        // The lowest 64-bit integer arrives as an integer. A decimal of that size was rounded to it and must not pass for it.
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
        while let Some(item) = self.child(|| Segment::Index(items.len()), |reader| access.next_element_seed(reader))? {
            self.noted.value()?;
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        let mut seen: HashMap<Cow<'de, str>, usize> = HashMap::new();
        while let Some(Name(name)) = access.next_key()? {
            let value = self.child(|| Segment::Name(name.clone()), |reader| access.next_value_seed(reader))?;
            self.noted.value()?;
            let known = if members.len() < SEARCHED {
                members.iter().position(|(known, _)| *known == name)
            } else {
                if seen.is_empty() {
                    seen.extend((0..).zip(&members).map(|(place, (name, _))| (name.clone(), place)));
                }
                match seen.entry(name.clone()) {
                    Entry::Occupied(entry) => Some(*entry.get()),
                    Entry::Vacant(entry) => {
                        entry.insert(members.len());
                        None
                    }
                }
            };
            if let Some(place) = known {
                self.noted.repeated.note(name);
                if self.noted.repeated.keys.len() > MOST_REPEATED {
                    return Err(A::Error::custom(format!("more than {MOST_REPEATED} repeated keys")));
                }
                members[place].1 = value;
                continue;
            }
            if members.is_empty() {
                // Most objects fit without reallocation.
                members.reserve(12);
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name, borrowed if it has no escapes.
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
    use crate::contract::violation::NAME_SHOWN;

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
    fn a_long_name_above_many_repeated_keys_is_kept_once_and_shown_in_part() {
        let name = "n".repeat(1 << 20);
        let text = format!("{{\"{name}\":{{\"x\":[{{{}\"a\":1}}]}}}}", "\"a\":1,".repeat(1000));
        let text = read(text.as_bytes()).unwrap();
        assert_eq!(text.duplicates.len(), 1000);
        assert_eq!(text.duplicates[999], format!("/{}.../x/0/a", "n".repeat(NAME_SHOWN)));
        assert!(text.duplicates.iter().all(|pointer| pointer.len() < 300));
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_value_counts_in_large_objects_too() {
        let members: Vec<String> = (0..100).map(|index| format!("\"k{index}\":{index}")).collect();
        let text = format!("{{{},\"k7\":\"last\",\"z\":1}}", members.join(","));
        let value = read(text.as_bytes()).unwrap().value;
        assert_eq!(
            (value.get("k7").and_then(Json::as_str), value.get("z")),
            (Some("last"), Some(&Json::Number(1.into())))
        );
    }

    #[test]
    fn refuses_more_values_than_any_call_has() {
        let array = |values: usize| format!("[{}1]", "1,".repeat(values - 1));
        assert!(read(array(MOST_VALUES).as_bytes()).is_ok());
        assert!(read(array(MOST_VALUES + 1).as_bytes()).unwrap_err().starts_with("more than 50000 values at line 1"));
        let object: Vec<String> = (0..=MOST_VALUES).map(|value| format!("\"{value}\":1")).collect();
        assert!(
            read(format!("{{{}}}", object.join(",")).as_bytes()).unwrap_err().starts_with("more than 50000 values")
        );
        let nested = format!("[{}[]]", "[1],".repeat(MOST_VALUES / 2));
        assert!(read(nested.as_bytes()).unwrap_err().starts_with("more than 50000 values"));
    }

    #[test]
    fn a_flood_of_repeated_keys_is_cut_short() {
        let text = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(5000));
        assert!(read(text.as_bytes()).unwrap_err().contains("more than 1000 repeated keys"));
    }
}
