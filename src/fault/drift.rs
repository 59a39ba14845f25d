//! `drift`: an answer whose shape is no longer what the contract says.

use std::cmp::Reverse;

use bytes::Bytes;
use serde_json::{Map, Value};

/// What changes in a JSON body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    changes: Vec<Change>,
}

/// One place that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// A JSON pointer, never empty.
    pub pointer: String,
    /// What happens there.
    pub how: How,
}

/// What happens at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// The value becomes one of another type: numbers and booleans become texts, digits a number, other texts and mappings a list
    /// of themselves, a list a mapping, null a text.
    Retype,
    /// The value becomes `null`.
    Null,
    /// The member or item is gone.
    Drop,
}

impl Drift {
    /// Changes that belong together. Pointers are those of the answer as it was: what is dropped goes last, and from the end.
    pub fn new(mut changes: Vec<Change>) -> Self {
        changes.sort_by_cached_key(|change| (change.how, Reverse(segments(&change.pointer))));
        Self { changes }
    }

    /// Whether something is gone afterwards.
    pub fn drops(&self) -> bool {
        self.changes.iter().any(|change| change.how == How::Drop)
    }

    /// Changes a value. What a pointer does not find stays as it is.
    pub fn apply(&self, body: &mut Value) {
        for change in &self.changes {
            match change.how {
                How::Drop => drop_at(body, &change.pointer),
                How::Null => body.pointer_mut(&change.pointer).into_iter().for_each(|value| *value = Value::Null),
                How::Retype => body.pointer_mut(&change.pointer).into_iter().for_each(retype),
            }
        }
    }

    /// Changes a body. What is no JSON stays as it is.
    pub(super) fn of_bytes(&self, body: &Bytes) -> Bytes {
        let Ok(mut value) = serde_json::from_slice(body) else { return body.clone() };
        self.apply(&mut value);
        Bytes::from(value.to_string())
    }
}

/// Positions compare as numbers, names as texts.
fn segments(pointer: &str) -> Vec<(Option<usize>, String)> {
    pointer.split('/').skip(1).map(|segment| (segment.parse().ok(), segment.to_owned())).collect()
}

fn drop_at(body: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn retype(value: &mut Value) {
    *value = match value.take() {
        Value::Null => Value::String(String::new()),
        Value::Bool(boolean) => Value::String(boolean.to_string()),
        Value::Number(number) => Value::String(number.to_string()),
        Value::String(text) => match text.parse::<u64>() {
            Ok(number) => number.into(),
            Err(_) => Value::Array(vec![Value::String(text)]),
        },
        Value::Array(items) => Value::Object(
            (0..).zip(items).map(|(index, item): (usize, _)| (index.to_string(), item)).collect::<Map<_, _>>(),
        ),
        mapping @ Value::Object(_) => Value::Array(vec![mapping]),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn drift(changes: &[(&str, How)]) -> Drift {
        Drift::new(changes.iter().map(|(pointer, how)| Change { pointer: (*pointer).to_owned(), how: *how }).collect())
    }

    #[test]
    fn members_and_items_are_dropped_nulled_and_retyped() {
        let mut body = json!({ "a": { "b": 1, "c/d": 2 }, "e": ["x", "12"], "f": null });
        drift(&[("/a/c~1d", How::Drop), ("/a/b", How::Null), ("/e/1", How::Retype)]).apply(&mut body);
        assert_eq!(body, json!({ "a": { "b": null }, "e": ["x", 12], "f": null }));
    }

    #[test]
    fn every_type_becomes_another_one() {
        for (from, to) in [
            (json!(1.5), json!("1.5")),
            (json!(true), json!("true")),
            (json!("12"), json!(12)),
            (json!("abc"), json!(["abc"])),
            (json!([7]), json!({ "0": 7 })),
            (json!({ "a": 1 }), json!([{ "a": 1 }])),
            (json!(null), json!("")),
        ] {
            let mut body = json!([from]);
            drift(&[("/0", How::Retype)]).apply(&mut body);
            assert_eq!(body, json!([to]));
        }
    }

    #[test]
    fn pointers_are_those_of_the_answer_as_it_was() {
        let mut body = json!({ "a": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] });
        drift(&[("/a/2", How::Drop), ("/a/10", How::Drop), ("/a/11", How::Null), ("/a/0", How::Drop)]).apply(&mut body);
        assert_eq!(body, json!({ "a": [1, 3, 4, 5, 6, 7, 8, 9, null] }));
    }

    #[test]
    fn what_is_not_there_stays_away() {
        let mut body = json!({ "a": [1] });
        drift(&[("/b", How::Null), ("/a/7", How::Drop), ("/a/x", How::Retype), ("/a/0/b", How::Drop)]).apply(&mut body);
        assert_eq!(body, json!({ "a": [1] }));
        assert_eq!(drift(&[("/a", How::Drop)]).of_bytes(&Bytes::from("no json")), "no json");
    }
}
