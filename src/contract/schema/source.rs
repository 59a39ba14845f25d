//! The text of a schema, for the words of a violation: the condition of a rule, the alternatives of a choice. It is read only when a value
//! breaks the schema.

use std::{borrow::Cow, sync::Arc};

use jsonschema::{ReferencingError, Registry, Uri, uri};
use serde_json::Value;

use super::condition;

/// References that lead deeper than this are circular.
const DEEPEST: usize = 64;

/// A schema as it was compiled, and the definitions that it refers to.
#[derive(Debug)]
pub(super) struct Source {
    own: Value,
    shared: Option<Arc<Definitions>>,
}

/// Definitions that many schemas refer to. The registry keeps them as they are written.
#[derive(Debug)]
pub(super) struct Definitions {
    registry: Registry<'static>,
    uri: Uri<String>,
}

impl Definitions {
    pub(super) fn new(uri: &str, mut document: Value) -> Result<Self, ReferencingError> {
        // It names our own schema, which the library would try to load.
        if let Some(members) = document.as_object_mut() {
            members.remove("$schema");
        }
        Ok(Self { registry: Registry::new().add(uri, document)?.prepare()?, uri: uri::from_str(uri)? })
    }

    pub(super) fn registry(&self) -> &Registry<'static> {
        &self.registry
    }

    /// As they are written.
    fn document(&self) -> Option<&Value> {
        self.registry.resolver(self.uri.clone()).lookup("#").ok().map(|found| found.contents())
    }
}

impl Source {
    pub(super) fn new(own: Value, shared: Option<Arc<Definitions>>) -> Self {
        Self { own, shared }
    }

    /// The value of the keyword at the end of an evaluation path, which may pass through references.
    pub(super) fn keyword(&self, path: &str) -> Option<&Value> {
        self.walk(path, |_, _| {})
    }

    /// The conditions under which a keyword applies, in words such as `when scope is 2`. Nothing where it always applies, or where a
    /// condition has no words.
    pub(super) fn conditions(&self, path: &str) -> Option<String> {
        let mut words = Vec::new();
        self.walk(path, |schema, keyword| match keyword {
            "then" => words.push(condition::in_words(&schema["if"]).map(|words| format!("when {words}"))),
            "else" => words.push(condition::in_words(&schema["if"]).map(|words| format!("unless {words}"))),
            _ => {}
        });
        let words = words.into_iter().collect::<Option<Vec<_>>>()?;
        (!words.is_empty()).then(|| words.join(" and "))
    }

    /// Goes along a path; `pass` gets each schema and its keyword.
    fn walk<'s>(&'s self, path: &str, mut pass: impl FnMut(&'s Value, &str)) -> Option<&'s Value> {
        let (mut document, mut place) = (&self.own, &self.own);
        for segment in path.split('/').skip(1).map(unescaped) {
            if segment == "$ref" && place["$ref"].is_string() {
                (document, place) = self.target(document, place["$ref"].as_str()?)?;
                continue;
            }
            pass(place, &segment);
            place = match place {
                Value::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
                place => place.get(segment.as_ref())?,
            };
        }
        // The keyword may be behind references that the path does not name.
        let mut left = DEEPEST;
        while let Some(target) = place.get("$ref").and_then(Value::as_str) {
            left = left.checked_sub(1)?;
            (document, place) = self.target(document, target)?;
        }
        Some(place)
    }

    /// Where a reference of a document leads.
    fn target<'s>(&'s self, document: &'s Value, target: &str) -> Option<(&'s Value, &'s Value)> {
        let (file, pointer) = target.split_once('#')?;
        let document = if file.is_empty() { document } else { self.shared.as_ref()?.document()? };
        document.pointer(pointer).map(|place| (document, place))
    }
}

fn unescaped(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') {
        Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(segment)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_followed_through_references_and_its_conditions_are_collected() {
        let shared = json!({ "$defs": {
            "Part": { "if": { "required": ["a"] }, "then": { "$ref": "#/$defs/Rule" } }, "Rule": { "minimum": 7 } } });
        let own = json!({ "else": { "properties": { "x/y": { "$ref": "../shared.json#/$defs/Part" } } },
            "if": { "properties": { "kind": { "const": 1 } } } });
        let source = Source::new(own, Some(Arc::new(Definitions::new("spec:///shared.json", shared).unwrap())));
        let path = "/else/properties/x~1y/$ref/then/$ref/minimum";
        assert_eq!(source.keyword(path), Some(&json!(7)));
        assert_eq!(source.conditions(path).unwrap(), "unless kind is 1 and when a is given");
        assert_eq!((source.conditions("/minimum"), source.keyword("/nothing/here")), (None, None));
    }

    #[test]
    fn references_in_a_circle_lead_nowhere() {
        let source = Source::new(json!({ "$ref": "#" }), None);
        assert_eq!(source.keyword(""), None);
    }
}
