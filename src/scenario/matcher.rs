//! Matching: does a call have the values that a rule wants, and if not, why not.

use std::fmt;

use regex::Regex;
use serde_json::Value;

use crate::contract::{
    Call,
    json::Json,
    violation::{describe, push_segment},
};

/// What a rule wants of a call. Everything has to fit.
#[derive(Debug, Default)]
pub struct Matcher {
    /// Wanted path parameters.
    pub path: Vec<(String, Pattern)>,
    /// Wanted query parameters.
    pub query: Vec<(String, Pattern)>,
    /// Wanted headers, by their documented names.
    pub headers: Vec<(String, Pattern)>,
    /// Wanted flat parameters.
    pub params: Vec<(String, Pattern)>,
    /// What the body must be like.
    pub body: Option<Pattern>,
}

/// What one value must be like.
#[derive(Debug)]
pub enum Pattern {
    /// Equal to a value; whole numbers and decimals of the same size are equal.
    Equal(Value),
    /// An object with at least these members.
    Members(Vec<(String, Pattern)>),
    /// All of these tests.
    Tests(Vec<Test>),
}

/// One operator and its operand.
#[derive(Debug)]
pub enum Test {
    /// `$eq`
    Equal(Value),
    /// `$ne`
    NotEqual(Value),
    /// `$gt`
    Greater(f64),
    /// `$gte`
    AtLeast(f64),
    /// `$lt`
    Less(f64),
    /// `$lte`
    AtMost(f64),
    /// `$in`
    OneOf(Vec<Value>),
    /// `$regex`, on text
    Regex(Box<Regex>),
    /// `$contains`: an array has such an item, or a text has this part
    Contains(Box<Pattern>),
    /// `$exists`
    Exists(bool),
    /// `$length` of a text in characters, of an array in items
    Length(Box<Pattern>),
}

/// A value that is not as a rule wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// A JSON pointer, as in a violation.
    pub at: String,
    /// What the rule wants.
    pub wanted: String,
    /// What the call has.
    pub found: String,
}

impl fmt::Display for Miss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: wanted {}, found {}", self.at, self.wanted, self.found)
    }
}

impl Matcher {
    /// Whether every call fits.
    pub fn is_empty(&self) -> bool {
        let parts = [&self.path, &self.query, &self.headers, &self.params];
        parts.iter().all(|part| part.is_empty()) && self.body.is_none()
    }

    /// Why a call does not fit, value by value; nothing if it does.
    pub fn misses(&self, call: &Call<'_>) -> Vec<Miss> {
        let parts = [
            ("path", &self.path, &call.path),
            ("query", &self.query, &call.query),
            ("headers", &self.headers, &call.headers),
            ("params", &self.params, &call.params),
        ];
        let mut misses = Vec::new();
        for (part, wanted, found) in parts {
            for (name, pattern) in wanted {
                pattern.explain(format!("/{part}/{name}"), found.get(name), &mut misses);
            }
        }
        if let Some(body) = &self.body {
            body.explain("/body".to_owned(), present(&call.body), &mut misses);
        }
        misses
    }

    /// How many [`Matcher::misses`] there are, without building them.
    pub fn count_misses(&self, call: &Call<'_>) -> usize {
        let part = |wanted: &[(String, Pattern)], found: &Json<'_>| -> usize {
            wanted.iter().map(|(name, pattern)| pattern.count(found.get(name))).sum()
        };
        part(&self.path, &call.path)
            + part(&self.query, &call.query)
            + part(&self.headers, &call.headers)
            + part(&self.params, &call.params)
            + self.body.as_ref().map_or(0, |body| body.count(present(&call.body)))
    }

    /// Whether a call fits. The same as no [`Matcher::misses`], without building the reasons.
    pub fn fits(&self, call: &Call<'_>) -> bool {
        let part = |wanted: &[(String, Pattern)], found: &Json<'_>| {
            wanted.iter().all(|(name, pattern)| pattern.fits(found.get(name)))
        };
        part(&self.path, &call.path)
            && part(&self.query, &call.query)
            && part(&self.headers, &call.headers)
            && part(&self.params, &call.params)
            && self.body.as_ref().is_none_or(|body| body.fits(present(&call.body)))
    }
}

/// A body that is null was not sent.
fn present<'c, 'a>(body: &'c Json<'a>) -> Option<&'c Json<'a>> {
    Some(body).filter(|body| !matches!(body, Json::Null))
}

impl Pattern {
    /// Whether a value, or its absence, fits.
    pub fn fits(&self, value: Option<&Json<'_>>) -> bool {
        match self {
            Self::Equal(wanted) => value.is_some_and(|value| equal(wanted, value)),
            Self::Members(wanted) => value
                .filter(|value| matches!(value, Json::Object(_)))
                .is_some_and(|object| wanted.iter().all(|(name, pattern)| pattern.fits(object.get(name)))),
            Self::Tests(tests) => tests.iter().all(|test| test.fits(value)),
        }
    }

    fn count(&self, value: Option<&Json<'_>>) -> usize {
        match (self, value) {
            (Self::Members(wanted), Some(object @ Json::Object(_))) => {
                wanted.iter().map(|(name, pattern)| pattern.count(object.get(name))).sum()
            }
            _ => usize::from(!self.fits(value)),
        }
    }

    fn explain(&self, at: String, value: Option<&Json<'_>>, misses: &mut Vec<Miss>) {
        if self.fits(value) {
            return;
        }
        if let (Self::Members(wanted), Some(object @ Json::Object(_))) = (self, value) {
            for (name, pattern) in wanted {
                let mut at = at.clone();
                push_segment(&mut at, name);
                pattern.explain(at, object.get(name), misses);
            }
            return;
        }
        let found = value.map_or_else(|| "nothing".to_owned(), describe);
        misses.push(Miss { at, wanted: self.wish(), found });
    }

    fn wish(&self) -> String {
        match self {
            Self::Equal(wanted) => describe(&wanted.into()),
            Self::Members(wanted) => format!("an object of at least {} members", wanted.len()),
            Self::Tests(tests) => tests.iter().map(Test::wish).collect::<Vec<_>>().join(" and "),
        }
    }
}

impl Test {
    pub(super) fn fits(&self, value: Option<&Json<'_>>) -> bool {
        let number = || value.and_then(Json::as_f64);
        match self {
            Self::Equal(wanted) => value.is_some_and(|value| equal(wanted, value)),
            Self::NotEqual(unwanted) => !value.is_some_and(|value| equal(unwanted, value)),
            Self::Greater(limit) => number().is_some_and(|number| number > *limit),
            Self::AtLeast(limit) => number().is_some_and(|number| number >= *limit),
            Self::Less(limit) => number().is_some_and(|number| number < *limit),
            Self::AtMost(limit) => number().is_some_and(|number| number <= *limit),
            Self::OneOf(wanted) => value.is_some_and(|value| wanted.iter().any(|wanted| equal(wanted, value))),
            Self::Regex(regex) => value.and_then(Json::as_str).is_some_and(|text| regex.is_match(text)),
            Self::Contains(pattern) => match (value, pattern.as_ref()) {
                (Some(Json::Array(items)), pattern) => items.iter().any(|item| pattern.fits(Some(item))),
                (Some(Json::Text(text)), Pattern::Equal(Value::String(part))) => text.contains(part.as_str()),
                _ => false,
            },
            Self::Exists(wanted) => value.is_some() == *wanted,
            Self::Length(pattern) => {
                let length = match value {
                    Some(Json::Array(items)) => items.len(),
                    Some(Json::Text(text)) => text.chars().count(),
                    _ => return false,
                };
                pattern.fits(Some(&Json::Number(length.into())))
            }
        }
    }

    pub(super) fn wish(&self) -> String {
        match self {
            Self::Equal(wanted) => describe(&wanted.into()),
            Self::NotEqual(unwanted) => format!("anything but {}", describe(&unwanted.into())),
            Self::Greater(limit) => format!("more than {limit}"),
            Self::AtLeast(limit) => format!("at least {limit}"),
            Self::Less(limit) => format!("less than {limit}"),
            Self::AtMost(limit) => format!("at most {limit}"),
            Self::OneOf(wanted) => {
                format!(
                    "one of {}",
                    wanted.iter().map(|wanted| describe(&wanted.into())).collect::<Vec<_>>().join(", ")
                )
            }
            Self::Regex(regex) => format!("a text that matches {regex}"),
            Self::Contains(pattern) => format!("something that contains {}", pattern.wish()),
            Self::Exists(true) => "it to be there".to_owned(),
            Self::Exists(false) => "it not to be there".to_owned(),
            Self::Length(pattern) => format!("a length of {}", pattern.wish()),
        }
    }
}

/// Equality of JSON values, where `1` and `1.0` are the same number.
fn equal(wanted: &Value, found: &Json<'_>) -> bool {
    match (wanted, found) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(a), Json::Boolean(b)) => a == b,
        (Value::Number(a), Json::Number(b)) => a == b || (a.is_f64() != b.is_f64() && a.as_f64() == b.as_f64()),
        (Value::String(a), Json::Text(b)) => a == b,
        (Value::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Json::Object(members)) => {
            a.len() == members.len() && a.iter().all(|(name, a)| found.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(value: &Value) -> Call<'_> {
        Call { body: value.into(), ..Call::default() }
    }

    fn sentences(matcher: &Matcher, value: &Value) -> Vec<String> {
        matcher.misses(&body(value)).iter().map(ToString::to_string).collect()
    }

    fn days(test: Test) -> Matcher {
        let pattern = Pattern::Members(vec![("validDays".to_owned(), Pattern::Tests(vec![test]))]);
        Matcher { body: Some(pattern), ..Matcher::default() }
    }

    #[test]
    fn a_mapping_is_a_partial_object() {
        let matcher = Matcher {
            body: Some(Pattern::Members(vec![("a".to_owned(), Pattern::Equal(json!(1)))])),
            ..Matcher::default()
        };
        assert!(matcher.fits(&body(&json!({ "a": 1.0, "b": 2 }))));
        assert_eq!(sentences(&matcher, &json!({ "a": 2 })), ["/body/a: wanted 1, found 2"]);
        assert_eq!(sentences(&matcher, &Value::Null), ["/body: wanted an object of at least 1 members, found nothing"]);
    }

    #[test]
    fn operators_compare_numbers_as_numbers() {
        let value = json!({ "validDays": 30 });
        let call = body(&value);
        assert!(days(Test::AtLeast(30.0)).fits(&call));
        assert!(!days(Test::Greater(30.0)).fits(&call));
        assert!(days(Test::OneOf(vec![json!(1), json!(30)])).fits(&call));
        assert_eq!(sentences(&days(Test::Less(7.0)), &value), ["/body/validDays: wanted less than 7, found 30"]);
    }

    #[test]
    fn misses_are_counted_as_they_are_built() {
        let inner = || vec![("a".to_owned(), Pattern::Equal(json!(1))), ("b".to_owned(), Pattern::Equal(json!(2)))];
        let matcher = Matcher {
            query: inner(),
            body: Some(Pattern::Members(vec![
                ("deep".to_owned(), Pattern::Members(inner())),
                ("list".to_owned(), Pattern::Tests(vec![Test::Exists(true)])),
            ])),
            ..Matcher::default()
        };
        let query = json!({ "a": 1 });
        for value in [
            json!(null),
            json!({}),
            json!({ "deep": 7 }),
            json!({ "deep": { "a": 1 } }),
            json!({ "deep": { "a": 2, "b": 3 }, "list": [] }),
            json!({ "deep": { "a": 1, "b": 2 }, "list": [1] }),
        ] {
            let call = Call { query: (&query).into(), ..body(&value) };
            assert_eq!(matcher.count_misses(&call), matcher.misses(&call).len(), "{value}");
        }
    }

    #[test]
    fn a_large_value_is_described_by_its_size() {
        let matcher = Matcher { body: Some(Pattern::Equal(json!(1))), ..Matcher::default() };
        assert_eq!(sentences(&matcher, &json!([[1], 2])), ["/body: wanted 1, found an array of 2"]);
        assert_eq!(sentences(&matcher, &json!({ "a": 1 })), ["/body: wanted 1, found an object of 1 members"]);
        assert_eq!(sentences(&matcher, &json!("a")), ["/body: wanted 1, found \"a\""]);
    }

    #[test]
    fn absence_can_be_wanted() {
        let value = json!({});
        let call = body(&value);
        assert!(days(Test::Exists(false)).fits(&call));
        assert!(days(Test::NotEqual(json!(1))).fits(&call));
        assert!(!days(Test::AtLeast(0.0)).fits(&call));
    }

    #[test]
    fn contains_and_length_look_into_lists_and_texts() {
        let value = json!({ "validDays": ["a", "b"] });
        let call = body(&value);
        assert!(days(Test::Contains(Box::new(Pattern::Equal(json!("b"))))).fits(&call));
        assert!(days(Test::Length(Box::new(Pattern::Tests(vec![Test::AtMost(2.0)])))).fits(&call));
        let value = json!({ "validDays": "空间 report" });
        let call = body(&value);
        assert!(days(Test::Contains(Box::new(Pattern::Equal(json!("report"))))).fits(&call));
        assert!(days(Test::Length(Box::new(Pattern::Equal(json!(9))))).fits(&call));
    }
}
