//! Reading a JSON body as strictly as a contract needs it: no key twice, nothing behind the value, bounded nesting.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::violation::push_segment;

/// A JSON text that was read, and what is wrong with it that does not stop the reading.
#[derive(Debug)]
pub struct Body {
    /// The value; of a key that stands twice, the last value.
    pub value: Value,
    /// Pointers of the keys that stand more than once in their object.
    pub duplicates: Vec<String>,
}

/// Reads one JSON text. Integers of 64 bits stay exact. Nesting deeper than 128, text that is no UTF-8, and anything but white
/// space behind the value are errors.
///
/// # Errors
///
/// The reader's sentence with line and column.
pub fn read(bytes: &[u8]) -> Result<Body, String> {
    let mut duplicates = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Reader { duplicates: &mut duplicates }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| explain(bytes, &error.to_string()))?;
    // Segments were collected from the inside out.
    let duplicates = duplicates.into_iter().map(|segments| pointer(segments.into_iter().rev())).collect();
    Ok(Body { value, duplicates })
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

/// Builds a [`Value`]; a key that stands twice is noted with the path to it, which costs nothing as long as there is none.
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
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = self.child(|| items.len().to_string(), |reader| access.next_element_seed(reader))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = self.child(|| name.clone(), |reader| access.next_value_seed(reader))?;
            if members.contains_key(&name) {
                self.duplicates.push(vec![name.clone()]);
                // A hostile body must not make us keep one path for each of a million repeated keys.
                if self.duplicates.len() > 1000 {
                    return Err(A::Error::custom("more than 1000 repeated keys"));
                }
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_key_that_stands_twice() {
        let body = read(br#"{"a":1,"b":[{"c":1,"c":2}],"a":3}"#).unwrap();
        assert_eq!(body.duplicates, ["/b/0/c", "/a"]);
        assert_eq!(body.value["a"], 3);
    }

    #[test]
    fn keeps_64_bit_integers_exact() {
        let body = read(b"[9223372036854775807, -9223372036854775808, 18446744073709551615]").unwrap();
        assert_eq!(body.value.to_string(), "[9223372036854775807,-9223372036854775808,18446744073709551615]");
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
