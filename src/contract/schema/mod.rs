//! JSON Schema: compiles the parts of a spec and reports what is wrong with a value. The only room that knows which library does
//! that.
//!
//! Every schema is compiled twice. The *enforced* schema is the one in the file, as any JSON Schema tool reads it; requests that break
//! it are refused. The *advisory* schema adds what is only worth a warning: members that the tables do not have, and the rules under
//! `x-warn`. A value that is valid against the advisory schema is valid against both, so the common case takes one check.

mod explain;
mod instance;
mod unique_by;

use std::{collections::HashSet, sync::Arc};

use jsonschema::{Keyword, ReferencingError, Registry, Retrieve, ValidationError, ValidationOptions, paths::Location};
use serde_json::{Map, Value};

use self::{
    explain::{collect, push},
    instance::{Errors, Node, Tree},
};
use super::{
    format::FORMATS,
    json::Json,
    violation::{MOST, Violation},
};

type Validator = jsonschema::Validator<Tree>;

/// Base of the URIs under which the files of a service refer to each other.
const BASE: &str = "spec:///";

/// The definitions that the operations of one service share (`shared.json`).
pub struct Library {
    service: String,
    enforced: Registry<'static>,
    advisory: Registry<'static>,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    enforced: Validator,
    advisory: Validator,
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
    pub fn new(service: &str, shared: &Value) -> Result<Self, SchemaError> {
        let registry = |document: Value| {
            Registry::new()
                .add(format!("{BASE}{service}/shared.json"), document)
                .and_then(jsonschema::RegistryBuilder::prepare)
        };
        let shared = without_dialect(shared);
        Ok(Self { service: service.to_owned(), advisory: registry(advisory(&shared))?, enforced: registry(shared)? })
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
        let build = |root: &Value, registry: &Registry<'static>| {
            options()
                .with_base_uri(format!("{BASE}{}/{file}", self.service))
                .with_registry(registry)
                .build(root)
                .map_err(SchemaError::from)
        };
        Ok(Schema { enforced: build(&root, &self.enforced)?, advisory: build(&advisory(&root), &self.advisory)? })
    }
}

impl Schema {
    /// Compiles a schema without references to other files: those of our own file formats.
    ///
    /// # Errors
    ///
    /// When it is not a JSON Schema.
    pub fn standalone(schema: &Value) -> Result<Self, SchemaError> {
        let build = || options().build(schema).map_err(SchemaError::from);
        Ok(Self { enforced: build()?, advisory: build()? })
    }

    /// Whether a value breaks no rule and is worth no warning.
    pub fn is_clean(&self, value: &Json<'_>) -> bool {
        self.advisory.is_valid(value.into())
    }

    /// Whether a value breaks no enforced rule.
    pub fn is_valid(&self, value: &Json<'_>) -> bool {
        self.enforced.is_valid(value.into())
    }

    /// What breaks the schema, in schema order; `prefix` is prepended to every pointer.
    pub fn violations(&self, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
        collect(&self.enforced, value, prefix)
    }

    /// What is wrong with a file of one of our own formats, each with the keys that would be valid at its place. `text` is the source of
    /// this schema.
    pub fn misfits(&self, text: &Value, value: &Json<'_>) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        for error in self.enforced.iter_errors(Errors::at_most(MOST).of(value)) {
            let mut violations = Vec::new();
            push(&mut violations, &error, value, "");
            let schema = error.schema_path().as_str().rsplit_once('/').map_or("", |(schema, _)| schema);
            let known = text.pointer(&format!("{schema}/properties")).and_then(Value::as_object);
            let known: Vec<String> = known.into_iter().flat_map(|known| known.keys().cloned()).collect();
            misfits.extend(violations.into_iter().map(|violation| Misfit { violation, known: known.clone() }));
        }
        misfits
    }

    /// What is worth a warning, but not a refusal.
    pub fn warnings(&self, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
        self.findings(value, prefix).1
    }

    /// The violations and the warnings.
    pub fn findings(&self, value: &Json<'_>, prefix: &str) -> (Vec<Violation>, Vec<Violation>) {
        let violations = self.violations(value, prefix);
        // The advisory schema finds the violations again, in the same order: of as many findings, none is taken for a warning.
        let mut warnings = collect(&self.advisory, value, prefix);
        let known: HashSet<&Violation> = violations.iter().collect();
        warnings.retain(|warning| !known.contains(warning));
        (violations, warnings)
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
        .with_keyword("x-all-but-last", all_but_last)
        .with_keyword(unique_by::KEYWORD, unique_by::compile);
    for format in &FORMATS {
        options = options.with_format(format.name, |text: &str| format.accepts(text));
    }
    options
}

/// `$schema` of our files names our own schema, which the library would try to load.
fn without_dialect(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.remove("$schema");
    }
    document
}

/// The advisory schema of a schema: the rules under `x-warn` apply, and objects with declared members are closed.
fn advisory(schema: &Value) -> Value {
    let Some(members) = schema.as_object() else { return schema.clone() };
    let mut result = Map::new();
    for (keyword, value) in members {
        let value = match keyword.as_str() {
            "properties" | "$defs" => match value.as_object() {
                Some(schemas) => schemas.iter().map(|(name, schema)| (name.clone(), advisory(schema))).collect(),
                None => value.clone(),
            },
            "items" | "additionalProperties" => advisory(value),
            "oneOf" | "anyOf" => match value.as_array() {
                Some(schemas) => schemas.iter().map(advisory).collect(),
                None => value.clone(),
            },
            "x-warn" => continue,
            _ => value.clone(),
        };
        result.insert(keyword.clone(), value);
    }
    if let Some(rule) = members.get("x-warn") {
        let mut rules = result.get("allOf").and_then(Value::as_array).cloned().unwrap_or_default();
        rules.push(rule.clone());
        result.insert("allOf".to_owned(), Value::Array(rules));
    }
    if members.contains_key("properties") && !members.contains_key("additionalProperties") {
        result.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    Value::Object(result)
}

/// `x-all-but-last`: a schema for every item of an array but the last one.
struct AllButLast(Validator);

fn all_but_last<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i, Tree>>, ValidationError<'a>> {
    Ok(Box::new(AllButLast(options().build(value)?)))
}

impl AllButLast {
    fn first_broken<'v>(&self, instance: &'v Json<'v>) -> Option<(usize, &'v Json<'v>)> {
        let Json::Array(items) = instance else { return None };
        let (_, items) = items.split_last()?;
        items.iter().enumerate().find(|(_, item)| !self.0.is_valid(Node::from(*item)))
    }
}

impl<'i> Keyword<'i, Tree> for AllButLast {
    fn validate(&self, instance: Node<'i>) -> Result<(), ValidationError<'i>> {
        let Some((index, item)) = self.first_broken(instance.json) else { return Ok(()) };
        let reasons: Vec<_> = collect(&self.0, item, &format!("/{index}")).iter().map(ToString::to_string).collect();
        Err(ValidationError::custom(reasons.join("; ")))
    }

    fn is_valid(&self, instance: Node<'i>) -> bool {
        self.first_broken(instance.json).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compile(schema: &Value) -> Schema {
        Library::new("test", &json!({ "$defs": { "Small": { "type": "integer", "maximum": 9 } } }))
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
        let made = schema.enforced.iter_errors(errors.of(&value)).count();
        assert_eq!(made, MOST);
        let (violations, warnings) = schema.findings(&value, "/body");
        assert_eq!((violations.len(), warnings.len()), (MOST, 0));
        assert_eq!((violations[999].at.as_str(), violations[999].found.as_str()), ("/body/a/9/99", "1"));
    }

    #[test]
    fn all_but_the_last_item_obey() {
        let schema = compile(&json!({ "type": "array", "x-all-but-last": { "minimum": 5 } }));
        assert!(schema.is_clean(&Json::from(&json!([5, 6, 1]))));
        let violations = schema.violations(&Json::from(&json!([5, 1, 1])), "/body/parts");
        assert_eq!(violations[0].at, "/body/parts");
        assert_eq!(violations[0].found, "/1: expected at least 5, found 1");
    }

    #[test]
    fn a_reference_without_target_does_not_compile() {
        let library = Library::new("test", &json!({})).unwrap();
        assert!(library.compile("g/O.json", &json!({ "$ref": "../shared.json#/$defs/Nothing" }), None).is_err());
    }
}
