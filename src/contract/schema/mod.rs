//! JSON Schema: compiles the parts of a spec and reports what is wrong with a value. The only room that knows which library does
//! that.
//!
//! Every schema is compiled twice. The *enforced* schema is the one in the file, as any JSON Schema tool reads it; requests that break
//! it are refused. The *advisory* schema adds what is only worth a warning: members that the tables do not have, and the rules under
//! `x-warn`. A value that is valid against the advisory schema is valid against both, so the common case takes one check, and the
//! enforced schema is compiled when a value first fails that one.

mod advisory;
mod all_but_last;
mod choice;
mod condition;
mod explain;
mod instance;
mod pattern;
mod settle;
mod source;
mod unique_by;

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use jsonschema::{ReferencingError, Retrieve, ValidationError, ValidationOptions};
use serde_json::Value;

use self::{
    advisory::advisory,
    explain::{Explain, collect},
    instance::{Errors, Tree},
    source::{Definitions, Source},
};
use super::{
    format::FORMATS,
    json::Json,
    rule::Rule,
    violation::{MOST, Violation},
};

type Validator = jsonschema::Validator<Tree>;

/// Base of the URIs under which the files of a service refer to each other.
const BASE: &str = "spec:///";

/// The definitions that the operations of one service share (`shared.json`).
pub struct Library {
    service: String,
    enforced: Arc<Later<Arc<Definitions>>>,
    advisory: Arc<Definitions>,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    advisory: Part,
    /// Nothing where it is the same.
    enforced: Later<Part>,
}

/// What is made at its first use. The advisory form of it, which is made at once, contains it: if that one compiles, this one does.
type Later<T> = LazyLock<Option<T>, Box<dyn FnOnce() -> Option<T> + Send>>;

fn later<T>(make: impl FnOnce() -> Option<T> + Send + 'static) -> Later<T> {
    LazyLock::new(Box::new(make))
}

/// One of the two forms of a schema.
#[derive(Debug)]
struct Part {
    validator: Validator,
    source: Source,
}

/// Why a schema does not compile.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A part of it is not a JSON Schema, refers to something that does not exist, or has an invalid pattern or format.
    #[error(transparent)]
    Invalid(Box<ValidationError<'static>>),
    /// The references between the shared definitions cannot be resolved.
    #[error(transparent)]
    Definitions(Box<ReferencingError>),
}

impl From<ValidationError<'_>> for SchemaError {
    fn from(error: ValidationError<'_>) -> Self {
        Self::Invalid(Box::new(error.to_owned()))
    }
}

impl From<ReferencingError> for SchemaError {
    fn from(error: ReferencingError) -> Self {
        Self::Definitions(Box::new(error))
    }
}

/// What is wrong at one place of a file of one of our own formats.
#[derive(Debug)]
pub struct Misfit {
    /// What is wrong.
    pub violation: Violation,
    /// The keys that are valid at that place.
    pub known: Vec<String>,
}

impl Library {
    /// Compiles the shared definitions of a service.
    ///
    /// # Errors
    ///
    /// When the definitions are not a JSON Schema.
    pub fn new(service: &str, shared: Arc<Value>) -> Result<Self, SchemaError> {
        let file = format!("{BASE}{service}/shared.json");
        let advisory = Arc::new(Definitions::new(&file, advisory(&shared))?);
        let enforced = move || Definitions::new(&file, Arc::unwrap_or_clone(shared)).ok().map(Arc::new);
        Ok(Self { service: service.to_owned(), advisory, enforced: Arc::new(later(enforced)) })
    }

    /// Compiles one part of an operation. `definitions` are the operation's own `$defs`.
    ///
    /// # Errors
    ///
    /// When the part is not a JSON Schema, or refers to something that does not exist.
    pub fn compile(&self, file: &str, part: &Value, definitions: Option<&Value>) -> Result<Schema, SchemaError> {
        let mut root = part.clone();
        if let (Some(root), Some(definitions)) = (root.as_object_mut(), definitions) {
            root.insert("$defs".to_owned(), definitions.clone());
        }
        let base = format!("{BASE}{}/{file}", self.service);
        let advisory = Part::new(advisory(&root), &base, &self.advisory)?;
        let definitions = Arc::clone(&self.enforced);
        let enforced = move || Part::new(root, &base, LazyLock::force(&definitions).as_ref()?).ok();
        Ok(Schema { advisory, enforced: later(enforced) })
    }
}

impl Schema {
    /// Compiles a schema without references to other files: those of our own file formats.
    ///
    /// # Errors
    ///
    /// When it is not a JSON Schema.
    pub fn standalone(schema: &Value) -> Result<Self, SchemaError> {
        let advisory = Part { validator: options().build(schema)?, source: Source::new(schema.clone(), None) };
        Ok(Self { advisory, enforced: later(|| None) })
    }

    /// Whether a value breaks no rule and is worth no warning.
    pub fn is_clean(&self, value: &Json<'_>) -> bool {
        self.advisory.validator.is_valid(value.into())
    }

    /// Whether a value breaks no enforced rule.
    pub fn is_valid(&self, value: &Json<'_>) -> bool {
        self.enforced().validator.is_valid(value.into())
    }

    /// What breaks the schema, in schema order; `prefix` is prepended to every pointer.
    pub fn violations(&self, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
        self.enforced().collect(value, prefix)
    }

    /// What is wrong with a file of one of our own formats, each with the keys that would be valid at its place. `text` is the source of
    /// this schema.
    pub fn misfits(&self, text: &Value, value: &Json<'_>) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let Part { validator, source } = self.enforced();
        let explain = Explain { source, root: value, prefix: "" };
        for error in validator.iter_errors(Errors::at_most(MOST).of(value)) {
            let violations = explain.violations(&error);
            let schema = error.schema_path().as_str().rsplit_once('/').map_or("", |(schema, _)| schema);
            let known = text.pointer(&format!("{schema}/properties")).and_then(Value::as_object);
            let known: Vec<String> = known.into_iter().flat_map(|known| known.keys().cloned()).collect();
            misfits.extend(violations.into_iter().map(|violation| Misfit { violation, known: known.clone() }));
        }
        misfits
    }

    fn enforced(&self) -> &Part {
        self.enforced.as_ref().unwrap_or(&self.advisory)
    }

    /// What is worth a warning, but not a refusal.
    pub fn warnings(&self, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
        self.findings(value, prefix).1
    }

    /// The violations and the warnings.
    pub fn findings(&self, value: &Json<'_>, prefix: &str) -> (Vec<Violation>, Vec<Violation>) {
        let violations = self.violations(value, prefix);
        // The advisory schema finds the violations again, in the same order: of as many findings, none is taken for a warning.
        let mut warnings = self.advisory.collect(value, prefix);
        let known: HashSet<(&str, Rule)> = violations.iter().map(|known| (known.at.as_str(), known.rule)).collect();
        warnings.retain(|warning| !known.contains(&(warning.at.as_str(), warning.rule)));
        (violations, warnings)
    }
}

impl Part {
    fn new(root: Value, base: &str, definitions: &Arc<Definitions>) -> Result<Self, SchemaError> {
        let validator = options().with_base_uri(base.to_owned()).with_registry(definitions.registry()).build(&root)?;
        Ok(Self { validator, source: Source::new(root, Some(Arc::clone(definitions))) })
    }

    fn collect(&self, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
        collect(&self.validator, &self.source, value, prefix)
    }
}

/// Makes the library read JSON Schema's meta-schema, which it does once, before the first schema that it compiles. A program that does
/// this while it starts up answers its first call some milliseconds earlier.
pub fn prepare() {
    let _ = options().build(&serde_json::json!({ "type": "object" }));
}

fn options() -> ValidationOptions<'static, Arc<dyn Retrieve>, Tree> {
    let mut options = jsonschema::options_for::<Tree>()
        .with_draft(jsonschema::Draft::Draft202012)
        .offline()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_keyword("x-all-but-last", all_but_last::compile)
        .with_keyword(unique_by::KEYWORD, unique_by::compile);
    for format in &FORMATS {
        options = options.with_format(format.name, |text: &str| format.accepts(text));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compile(schema: &Value) -> Schema {
        Library::new("test", Arc::new(json!({ "$defs": { "Small": { "type": "integer", "maximum": 9 } } })))
            .unwrap()
            .compile("group/Operation.json", schema, None)
            .unwrap()
    }

    fn pointers(violations: &[Violation]) -> Vec<(&str, &str)> {
        violations.iter().map(|violation| (violation.at.as_str(), violation.rule.as_str())).collect()
    }

    #[test]
    fn follows_references_into_the_shared_file() {
        let schema = compile(&json!({ "properties": { "n": { "$ref": "../shared.json#/$defs/Small" } } }));
        assert!(schema.is_clean(&Json::from(&json!({ "n": 9 }))));
        assert_eq!(pointers(&schema.violations(&Json::from(&json!({ "n": 10 })), "/body")), [("/body/n", "maximum")]);
    }

    #[test]
    fn what_is_wrong_with_the_enforced_form_is_told_when_the_advisory_form_is_compiled() {
        let library = Library::new("test", Arc::default()).unwrap();
        for schema in [
            json!({ "allOf": {}, "x-warn": { "maxLength": 3 } }),
            json!({ "properties": { "a": { "allOf": 7, "x-warn": { "maxLength": 3 } } } }),
            json!({ "items": { "type": "nothing" } }),
            json!({ "not": { "$ref": "../shared.json#/$defs/Missing" } }),
        ] {
            assert!(library.compile("group/Operation.json", &schema, None).is_err(), "{schema}");
        }
        assert!(Library::new("test", Arc::new(json!({ "$defs": { "x": { "$id": "::" } } }))).is_err());
    }

    #[test]
    fn finds_everything_at_once_and_names_the_place_of_what_is_missing() {
        let schema = compile(&json!({ "type": "object", "required": ["a", "b"], "properties": {
            "a": { "type": "string" }, "b": { "type": "object", "required": ["c/d"], "properties": { "c/d": true } } } }));
        let found = schema.violations(&Json::from(&json!({ "b": {} })), "/body");
        assert_eq!(pointers(&found), [("/body/a", "required"), ("/body/b/c~1d", "required")]);
    }

    #[test]
    fn undocumented_members_and_doubtful_rules_are_warnings() {
        let schema = compile(&json!({ "type": "object", "properties": {
            "name": { "type": "string", "x-warn": { "maxLength": 3 } },
            "inner": { "type": "array", "items": { "type": "object", "properties": { "x": true } } } } }));
        let value = json!({ "name": "long", "other": 1, "inner": [{ "y": 1 }] });
        assert!(schema.is_valid(&Json::from(&value)) && !schema.is_clean(&Json::from(&value)));
        let mut warnings = schema.warnings(&Json::from(&value), "/body");
        warnings.sort_by(|a, b| a.at.cmp(&b.at));
        assert_eq!(
            pointers(&warnings),
            [
                ("/body/inner/0/y", "additionalProperties"),
                ("/body/name", "maxLength"),
                ("/body/other", "additionalProperties")
            ]
        );
    }

    #[test]
    fn the_library_stops_where_nobody_would_read_on() {
        let schema = compile(&json!({ "properties": {
            "a": { "type": "array", "items": { "type": "array", "items": { "type": "string" } } },
            "b": { "type": "array", "items": { "$ref": "../shared.json#/$defs/Small" } } } }));
        let value = json!({ "a": vec![vec![1; 100]; 100], "b": vec!["x"; 10_000] });
        let (value, errors) = (Json::from(&value), Errors::at_most(MOST));
        let made = schema.enforced().validator.iter_errors(errors.of(&value)).count();
        assert_eq!(made, MOST);
        let (violations, warnings) = schema.findings(&value, "/body");
        assert_eq!((violations.len(), warnings.len()), (MOST, 0));
        assert_eq!((violations[999].at.as_str(), violations[999].found.as_str()), ("/body/a/9/99", "1"));
    }

    #[test]
    fn every_item_but_the_last_that_breaks_the_rule_is_told_at_its_place() {
        let schema = compile(&json!({ "type": "array", "x-all-but-last": { "minimum": 5 } }));
        assert!(schema.is_clean(&Json::from(&json!([5, 6, 1]))));
        let violations = schema.violations(&Json::from(&json!([5, 1, 6, 2, 1])), "/body/parts");
        assert_eq!(pointers(&violations), [("/body/parts/1", "x-all-but-last"), ("/body/parts/3", "x-all-but-last")]);
        assert_eq!(
            violations[0].to_string(),
            "/body/parts/1: expected at least 5, as for every item but the last, found 1"
        );
        let schema = compile(&json!({ "x-all-but-last": {
            "properties": { "size": { "minimum": 5 } }, "if": { "required": ["offset"] },
            "then": { "properties": { "size": { "multipleOf": 64 } } } } }));
        let parts = json!([{ "size": 64 }, { "size": 3 }, { "size": 65, "offset": 1 }, { "size": 1 }]);
        let violations = schema.violations(&Json::from(&parts), "");
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/1/size: expected at least 5, as for every item but the last, found 3",
                "/2/size: expected a multiple of 64 (when offset is given), as for every item but the last, found 65",
            ]
        );
    }

    /// What is told of a value, one violation a line.
    fn told(schema: &Value, value: &Value) -> Vec<String> {
        let (violations, warnings) = compile(schema).findings(&Json::from(value), "/body");
        violations
            .into_iter()
            .map(|found| found.to_string())
            .chain(warnings.iter().map(|found| format!("warn {found}")))
            .collect()
    }

    #[test]
    fn missing_and_doubled_alternatives_are_named() {
        let one = json!({ "oneOf": [{ "required": ["org_id"] }, { "required": ["mount_id"] }] });
        assert_eq!(told(&one, &json!({})), ["/body: expected exactly one of org_id, mount_id, found none of them"]);
        let both = json!({ "org_id": 1, "mount_id": 2 });
        assert_eq!(told(&one, &both), ["/body: expected exactly one of org_id, mount_id, found org_id and mount_id"]);
        let any = json!({ "anyOf": [{ "required": ["a", "b"] }, { "required": ["c"] }, { "required": ["d"], "x-uncertain": "." }] });
        assert_eq!(told(&any, &json!({ "a": 1 })), ["/body: expected at least one of a with b, c, found none of them"]);
        let object = json!({ "type": "object", "oneOf": one["oneOf"] });
        assert_eq!(told(&object, &json!("x")), ["/body: expected an object, found \"x\""]);
        let silent = json!({ "anyOf": [{ "required": ["a"], "x-uncertain": "." }] });
        assert_eq!(told(&silent, &json!({})), ["/body/a: expected a value (it is mandatory), found nothing"]);
        let other = json!({ "not": { "minimum": 3 } });
        assert_eq!(told(&other, &json!(4)), ["/body: expected anything but {\"minimum\":3}, found 4"]);
        let warned = json!({ "x-warn": { "not": { "required": ["org_id", "mount_id"] } } });
        assert_eq!(told(&warned, &both), ["warn /body: expected not org_id and mount_id together, found both"]);
    }

    #[test]
    fn a_conditional_row_says_its_condition() {
        let schema = json!({ "type": "object", "properties": { "scope": { "type": "integer" } },
            "allOf": [
                { "if": { "required": ["scope"], "properties": { "scope": { "const": 2 } } }, "then": { "required": ["a"] } },
                { "if": { "required": ["scope"], "properties": { "scope": { "const": 1 } } }, "else": { "required": ["b"] } },
                { "if": { "required": ["scope"] }, "then": { "$ref": "#/$defs/Rest" } }],
            "dependentRequired": { "scope": ["c"] } });
        let definitions = json!({ "Rest": { "if": { "required": ["scope"] }, "then": { "anyOf": [{ "required": ["d"] }, { "required": ["e"] }] } } });
        let library = Library::new("test", Arc::default()).unwrap();
        let schema = library.compile("group/Operation.json", &schema, Some(&definitions)).unwrap();
        let mut told: Vec<String> =
            schema.violations(&Json::from(&json!({ "scope": 2 })), "").iter().map(ToString::to_string).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "/a: expected a value (required when scope is 2), found nothing",
                "/b: expected a value (required unless scope is 1), found nothing",
                "/c: expected a value (required when scope is given), found nothing",
                ": expected at least one of d, e (when scope is given and when scope is given), found none of them",
            ]
        );
    }

    #[test]
    fn one_mistake_is_one_violation() {
        let text = json!({ "type": "string", "minLength": 3, "maxLength": 5, "pattern": "^[a-z]{3,5}$" });
        assert_eq!(told(&text, &json!("ab")), ["/body: expected at least 3 characters, found 2 characters"]);
        assert_eq!(told(&text, &json!("AB")).len(), 1);
        assert_eq!(told(&text, &json!("ABC")), ["/body: expected 3 to 5 characters of a-z, found \"ABC\""]);
        assert_eq!(told(&text, &json!(7)), ["/body: expected a string, found 7"]);
        let number = json!({ "type": "integer", "enum": [1, 2], "maximum": 9, "x-warn": { "maximum": 7 } });
        assert_eq!(told(&number, &json!("x")), ["/body: expected an integer, found \"x\""]);
        assert_eq!(told(&number, &json!(12)), ["/body: expected one of 1, 2, found 12"]);
        let branches = json!({ "anyOf": [{ "type": "string", "pattern": "^a$" }, { "type": "integer" }] });
        assert_eq!(told(&branches, &json!("b")), ["/body: expected `a`, found \"b\""]);
        let ranges = json!({ "$ref": "../shared.json#/$defs/Small", "maximum": 5 });
        assert_eq!(told(&ranges, &json!(10)), ["/body: expected at most 5, found 10"]);
    }

    #[test]
    fn a_day_that_does_not_exist_is_told_as_that() {
        let time = json!({ "format": "utc-time" });
        assert_eq!(
            told(&time, &json!("2026-02-30T00:00:00Z")),
            [
                "/body: expected a day that exists, as yyyy-MM-dd'T'HH:mm:ss'Z', found \"2026-02-30T00:00:00Z\", but there is no 2026-02-30",
            ]
        );
        assert_eq!(
            told(&time, &json!("2026-02-30")),
            ["/body: expected a UTC time yyyy-MM-dd'T'HH:mm:ss'Z', found \"2026-02-30\""]
        );
    }

    #[test]
    fn a_reference_without_target_does_not_compile() {
        let library = Library::new("test", Arc::default()).unwrap();
        assert!(library.compile("g/O.json", &json!({ "$ref": "../shared.json#/$defs/Nothing" }), None).is_err());
    }
}
