//! One of several: alternatives by the names of their members, members that others make mandatory, and the branch that was probably meant.

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use super::condition::listed;
use crate::contract::json::Json;

/// An alternative that asks for nothing but members.
struct Alternative<'s> {
    names: Vec<&'s str>,
    /// No page has it (`x-uncertain`): it is taken, and not named.
    uncertain: bool,
}

impl<'s> Alternative<'s> {
    fn read(schema: &'s Value) -> Option<Self> {
        let known = |keyword: &String| matches!(keyword.as_str(), "required" | "description" | "x-uncertain");
        schema.as_object()?.keys().all(known).then_some(())?;
        let names: Vec<&str> = schema["required"].as_array()?.iter().filter_map(Value::as_str).collect();
        (!names.is_empty()).then(|| Self { names, uncertain: schema.get("x-uncertain").is_some() })
    }

    fn is_given(&self, value: &Json<'_>) -> bool {
        self.names.iter().all(|name| value.get(name).is_some())
    }

    fn in_words(&self) -> String {
        self.names.join(" with ")
    }
}

/// The alternatives, if there is nothing else among them.
fn alternatives(schemas: Option<&Value>) -> Option<Vec<Alternative<'_>>> {
    let all: Vec<_> = schemas?.as_array()?.iter().map(Alternative::read).collect::<Option<_>>()?;
    all.iter().any(|alternative| !alternative.uncertain).then_some(all)
}

fn named(alternatives: &[Alternative<'_>], exactly: bool) -> String {
    let documented = alternatives.iter().filter(|alternative| !alternative.uncertain);
    let names: Vec<String> = documented.map(Alternative::in_words).collect();
    match names.as_slice() {
        [only] => only.clone(),
        names if exactly => format!("exactly one of {}", names.join(", ")),
        names => format!("at least one of {}", names.join(", ")),
    }
}

/// What is expected where no alternative is there.
pub(super) fn missing(schemas: Option<&Value>, exactly: bool) -> Option<String> {
    alternatives(schemas).map(|alternatives| named(&alternatives, exactly))
}

/// What is expected where more than one alternative is there, and which ones are.
pub(super) fn too_many(schemas: Option<&Value>, value: &Json<'_>) -> Option<(String, String)> {
    let alternatives = alternatives(schemas)?;
    let given = alternatives.iter().filter(|alternative| alternative.is_given(value));
    let given: Vec<String> = given.map(Alternative::in_words).collect();
    (given.len() > 1).then(|| (named(&alternatives, true), listed(given.into_iter(), "and")))
}

/// Which of the members that are there makes another one mandatory, by `dependentRequired`.
pub(super) fn dependency(keyword: Option<&Value>, name: &str, value: &Json<'_>) -> Option<String> {
    let mut dependencies = keyword?.as_object()?.iter().filter(|(given, _)| value.get(given).is_some());
    let lists = |names: &Value| names.as_array().is_some_and(|names| names.iter().any(|known| known == name));
    let (given, _) = dependencies.find(|(_, names)| lists(names))?;
    Some(format!("when {given} is given"))
}

/// What is expected where a `not` holds; `found` says it in the same terms.
pub(super) fn anything_but(schema: &Value, found: &mut String) -> String {
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        return format!("anything but {}", listed(options.iter().map(ToString::to_string), "or"));
    }
    if let Some(value) = schema.get("const") {
        return format!("anything but {value}");
    }
    if let Some(Alternative { names, .. }) = Alternative::read(schema)
        && names.len() > 1
    {
        *found = if names.len() == 2 { "both".to_owned() } else { "all of them".to_owned() };
        return format!("not {} together", listed(names.iter().map(ToString::to_string), "and"));
    }
    format!("anything but {schema}")
}

/// How far a value at a place is from a branch with these errors: first of all it has to be of the right type, then the right one of
/// several values.
pub(super) fn distance(errors: &[ValidationError<'_>], place: &str) -> (bool, bool, usize) {
    let kind = |error: &ValidationError<'_>| {
        error.instance_path().as_str() == place && matches!(error.kind(), ValidationErrorKind::Type { .. })
    };
    let value = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. })
    };
    (errors.iter().any(kind), errors.iter().any(value), errors.len())
}
