//! Our keyword `x-all-but-last`: a schema for every item of an array but the last one.

use jsonschema::{Keyword, ValidationError, paths::Location};
use serde_json::{Map, Value};

use super::{
    Validator,
    explain::collect,
    instance::{Node, Tree},
    options,
    source::Source,
};
use crate::contract::{
    json::Json,
    rule::Rule,
    violation::{MOST, Violation},
};

struct AllButLast {
    validator: Validator,
    source: Source,
}

pub(super) fn compile<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i, Tree>>, ValidationError<'a>> {
    let source = Source::new(value.clone(), None);
    Ok(Box::new(AllButLast { validator: options().build(value)?, source }))
}

/// The items that have to obey, by their places.
fn items<'v>(value: &'v Json<'v>) -> impl Iterator<Item = (usize, &'v Json<'v>)> {
    let items = if let Json::Array(items) = value { items.as_slice() } else { &[] };
    items.iter().take(items.len().saturating_sub(1)).enumerate()
}

impl AllButLast {
    fn broken<'v>(&self, value: &'v Json<'v>) -> Vec<Violation> {
        let broken = items(value).filter(|(_, item)| !self.validator.is_valid(Node::from(*item)));
        let violations =
            broken.flat_map(|(index, item)| collect(&self.validator, &self.source, item, &format!("/{index}")));
        violations.take(MOST).collect()
    }
}

impl<'i> Keyword<'i, Tree> for AllButLast {
    fn validate(&self, instance: Node<'i>) -> Result<(), ValidationError<'i>> {
        match self.iter_errors(instance).next() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: Node<'i>) -> bool {
        items(instance.json).all(|(_, item)| self.validator.is_valid(Node::from(item)))
    }

    fn iter_errors(&self, instance: Node<'i>) -> Box<dyn Iterator<Item = ValidationError<'i>> + 'i> {
        Box::new(self.broken(instance.json).into_iter().map(|violation| ValidationError::custom(written(&violation))))
    }
}

/// A violation as the text that the library carries for a keyword of ours.
fn written(violation: &Violation) -> String {
    serde_json::json!([violation.at, violation.expected, violation.found]).to_string()
}

/// The violation in such a text; `at` is the place of the array.
pub(super) fn violation(at: &str, text: &str) -> Option<Violation> {
    let (place, expected, found): (String, String, String) = serde_json::from_str(text).ok()?;
    let expected = format!("{expected}, as for every item but the last");
    Some(Violation::new(format!("{at}{place}"), Rule::AllButLast, expected, found))
}
