//! A body to its tree: the same verdict and the same value as serde_json, and each repeated key counted.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};
use understudy::{
    contract::json::{Json, Literals, read},
    document::Written,
};

use crate::generator::Generator;

/// More repeated keys than this may be refused, and are never listed.
const MOST_REPEATED: usize = 1000;

/// So many values are looked for in their text.
const LITERALS: usize = 30;

pub(crate) fn run(bytes: &[u8]) {
    let (ours, theirs) = (read(bytes), serde_json::from_slice::<Value>(bytes));
    // What is written again is the same value, and what is no value cannot be written.
    let written = Written::read(bytes).map(|written| serde_json::from_str::<Value>(&written.to_string()).unwrap());
    assert_eq!(written.as_ref(), theirs.as_ref().ok());
    let repeated = serde_json::from_slice::<Repeated>(bytes).map_or(0, |repeated| repeated.0);
    match (ours, theirs) {
        (Ok(text), Ok(value)) => {
            assert!(same(&text.value, &value), "read as {:?}", text.value);
            assert_eq!(text.duplicates.len(), repeated.min(MOST_REPEATED), "{:?}", text.duplicates);
            let mut literals = Literals::new(bytes);
            let mut left = if bytes.len() < 100_000 { LITERALS } else { 0 };
            found_again(&mut literals, &mut left, "", &text.value);
        }
        (Ok(text), Err(error)) => panic!("read as {:?}, and serde_json says {error}", text.value),
        (Err(error), Ok(_)) => assert!(repeated > MOST_REPEATED, "{error}"),
        (Err(error), Err(_)) => assert!(!error.is_empty()),
    }
}

/// Each value stands in the text where its pointer leads.
fn found_again(literals: &mut Literals<'_>, left: &mut usize, pointer: &str, value: &Json<'_>) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    let literal = literals.of(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    assert!(read(literal.as_bytes()).is_ok_and(|text| text.value == *value), "{literal} at {pointer}");
    match value {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found_again(literals, left, &format!("{pointer}/{index}"), item);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                found_again(literals, left, &format!("{pointer}/{name}"), member);
            }
        }
        _ => {}
    }
}

fn same(ours: &Json<'_>, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Boolean(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Number(ours), Value::Number(theirs)) => ours == theirs || rounded(ours, theirs),
        (Json::Text(ours), Value::String(theirs)) => ours == theirs,
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|((name, ours), (known, theirs))| name == known && same(ours, theirs))
        }
        _ => false,
    }
}

/// A decimal that was rounded to the lowest integer must not pass for it.
fn rounded(ours: &Number, theirs: &Number) -> bool {
    let lowest = -9_223_372_036_854_775_808.0_f64;
    theirs.is_f64() && theirs.as_f64() == Some(lowest) && ours.as_f64() == Some(lowest.next_down())
}

/// How many members of a text stand behind one of the same name.
struct Repeated(usize);

impl<'de> Deserialize<'de> for Repeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Count;

        impl<'de> Visitor<'de> for Count {
            type Value = Repeated;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Repeated, E> {
                Ok(Repeated(0))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Repeated, E> {
                Ok(Repeated(0))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Repeated, E> {
                Ok(Repeated(0))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Repeated, E> {
                Ok(Repeated(0))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Repeated, E> {
                Ok(Repeated(0))
            }

            fn visit_str<E>(self, _: &str) -> Result<Repeated, E> {
                Ok(Repeated(0))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Repeated, A::Error> {
                let mut count = 0;
                while let Some(Repeated(inside)) = access.next_element()? {
                    count += inside;
                }
                Ok(Repeated(count))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Repeated, A::Error> {
                let (mut count, mut names) = (0, HashSet::new());
                while let Some(name) = access.next_key::<String>()? {
                    let Repeated(inside) = access.next_value()?;
                    count += inside + usize::from(!names.insert(name));
                }
                Ok(Repeated(count))
            }
        }

        deserializer.deserialize_any(Count)
    }
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    let text = if generator.one_in(20) { generator.json_in_bulk() } else { generator.json(5) };
    let mut bytes = text.into_bytes();
    if generator.one_in(3) {
        generator.mutate(&mut bytes, &["\"a\":1,", "null", "1e999", "\\ud834", "\u{feff}"]);
    }
    bytes
}
