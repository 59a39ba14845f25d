//! `drift`: an answer whose shape is no longer what the contract says.

use std::cmp::Reverse;

use bytes::Bytes;

use crate::document::Written;

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
    pub fn apply(&self, body: &mut Written) {
        for change in &self.changes {
            match change.how {
                How::Drop => drop_at(body, &change.pointer),
                How::Null => body.pointer_mut(&change.pointer).into_iter().for_each(|value| *value = Written::Null),
                How::Retype => body.pointer_mut(&change.pointer).into_iter().for_each(retype),
            }
        }
    }

    /// Changes a body. What is no JSON stays as it is.
    pub(super) fn of_bytes(&self, body: &Bytes) -> Bytes {
        let Some(mut value) = Written::read(body) else { return body.clone() };
        self.apply(&mut value);
        Bytes::from(value.to_string())
    }
}

/// Positions compare as numbers, names as texts.
fn segments(pointer: &str) -> Vec<(Option<usize>, String)> {
    pointer.split('/').skip(1).map(|segment| (segment.parse().ok(), segment.to_owned())).collect()
}

fn drop_at(body: &mut Written, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match body.pointer_mut(parent) {
        Some(Written::Object(members)) => {
            let name = last.replace("~1", "/").replace("~0", "~");
            members.retain(|(known, _)| *known != name);
        }
        Some(Written::Array(items)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn retype(value: &mut Written) {
    *value = match std::mem::replace(value, Written::Null) {
        Written::Null => Written::Text(String::new()),
        Written::Boolean(boolean) => Written::Text(boolean.to_string()),
        Written::Number(number) => Written::Text(number.into()),
        Written::Text(text) => match text.parse::<u64>() {
            Ok(number) => Written::Number(number.to_string().into()),
            Err(_) => Written::Array(vec![Written::Text(text)]),
        },
        Written::Array(items) => {
            Written::Object((0..).zip(items).map(|(index, item): (usize, _)| (index.to_string(), item)).collect())
        }
        mapping @ Written::Object(_) => Written::Array(vec![mapping]),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(changes: &[(&str, How)]) -> Drift {
        Drift::new(changes.iter().map(|(pointer, how)| Change { pointer: (*pointer).to_owned(), how: *how }).collect())
    }

    /// What becomes of a body.
    fn drifted(body: &str, changes: &[(&str, How)]) -> String {
        let mut body = Written::read(body.as_bytes()).unwrap();
        drift(changes).apply(&mut body);
        body.to_string()
    }

    #[test]
    fn members_and_items_are_dropped_nulled_and_retyped() {
        let body = r#"{"a":{"b":1,"c/d":2},"e":["x","12"],"f":null}"#;
        let changes = [("/a/c~1d", How::Drop), ("/a/b", How::Null), ("/e/1", How::Retype)];
        assert_eq!(drifted(body, &changes), r#"{"a":{"b":null},"e":["x",12],"f":null}"#);
    }

    #[test]
    fn every_type_becomes_another_one() {
        for (from, to) in [
            ("1.50", r#""1.50""#),
            ("true", r#""true""#),
            (r#""12""#, "12"),
            (r#""abc""#, r#"["abc"]"#),
            ("[7]", r#"{"0":7}"#),
            (r#"{"a":1}"#, r#"[{"a":1}]"#),
            ("null", r#""""#),
        ] {
            assert_eq!(drifted(&format!("[{from}]"), &[("/0", How::Retype)]), format!("[{to}]"));
        }
    }

    #[test]
    fn pointers_are_those_of_the_answer_as_it_was() {
        let body = r#"{"a":[0,1,2,3,4,5,6,7,8,9,10,11]}"#;
        let changes = [("/a/2", How::Drop), ("/a/10", How::Drop), ("/a/11", How::Null), ("/a/0", How::Drop)];
        assert_eq!(drifted(body, &changes), r#"{"a":[1,3,4,5,6,7,8,9,null]}"#);
    }

    #[test]
    fn what_is_not_there_stays_away_and_what_stays_keeps_its_digits() {
        let changes = [("/b", How::Null), ("/a/7", How::Drop), ("/a/x", How::Retype), ("/a/0/b", How::Drop)];
        let body = r#"{"a":[1.10,1000000000000100000001]}"#;
        assert_eq!(drifted(body, &changes), body);
        assert_eq!(drift(&[("/a", How::Drop)]).of_bytes(&Bytes::from("no json")), "no json");
    }
}
