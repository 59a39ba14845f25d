//! Turns the library's errors into violations.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use super::{
    Validator, choice,
    condition::listed,
    instance::Errors,
    pattern::Plain,
    settle::{Finding, settle},
    source::Source,
    unique_by,
};
use crate::contract::{
    coerce::is_too_long,
    format::{self, Fault},
    json::Json,
    rule::Rule,
    violation::{MOST, NONE, NOTHING, Violation, describe, push_name},
};

/// What a validator finds wrong with a value, as far as anybody would read it, each mistake once; `prefix` goes before every pointer.
pub(super) fn collect(validator: &Validator, source: &Source, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
    let explain = Explain { source, root: value, prefix };
    let mut findings = Vec::new();
    for error in validator.iter_errors(Errors::at_most(MOST).of(value)) {
        explain.push(&mut findings, &error);
        if findings.len() >= MOST {
            findings.truncate(MOST);
            break;
        }
    }
    settle(findings)
}

/// What is needed to explain an error about a part of `root`.
pub(super) struct Explain<'e> {
    pub(super) source: &'e Source,
    pub(super) root: &'e Json<'e>,
    pub(super) prefix: &'e str,
}

impl Explain<'_> {
    /// The violations of one error; each additional property is one of its own.
    pub(super) fn violations(&self, error: &ValidationError<'_>) -> Vec<Violation> {
        let mut findings = Vec::new();
        self.push(&mut findings, error);
        settle(findings)
    }

    fn push(&self, findings: &mut Vec<Finding>, error: &ValidationError<'_>) {
        let place = error.instance_path().as_str();
        let at = format!("{}{place}", self.prefix);
        let value = self.root.pointer(place).unwrap_or(&Json::Null);
        let child = |name: &str| {
            let mut at = at.clone();
            push_name(&mut at, name);
            at
        };
        let rule = rule(error.kind());
        let path = error.evaluation_path().as_str();
        let when = self.source.conditions(path);
        let mut finding = Finding::default();
        let mut found = describe(value);
        let expected = match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let when = when.or_else(|| choice::dependency(self.source.keyword(path), name, value));
                let when = when.map_or_else(|| "it is mandatory".to_owned(), |when| format!("required {when}"));
                let violation = Violation::new(child(name), rule, format!("a value ({when})"), NOTHING);
                findings.push(violation.into());
                return;
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                for name in unexpected.iter().take(MOST) {
                    let found = value.get(name).map_or_else(|| "something".to_owned(), describe);
                    findings.push(Violation::new(child(name), rule, "nothing (it is not documented)", found).into());
                }
                return;
            }
            ValidationErrorKind::Type { kind } => match value.as_str() {
                Some(text) if is_too_long(text) && matches!(kind, TypeKind::Single(JsonType::Integer)) => {
                    "an integer of 64 bits".to_owned()
                }
                _ => types(kind),
            },
            ValidationErrorKind::Enum { options } => one_of(options),
            ValidationErrorKind::Constant { expected_value } => expected_value.to_string(),
            ValidationErrorKind::Minimum { limit } => finding.limited("at least", limit),
            ValidationErrorKind::Maximum { limit } => finding.limited("at most", limit),
            ValidationErrorKind::ExclusiveMinimum { limit } => finding.limited("more than", limit),
            ValidationErrorKind::ExclusiveMaximum { limit } => finding.limited("less than", limit),
            ValidationErrorKind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
            ValidationErrorKind::MinLength { limit } => {
                found = length(value);
                format!("at least {}", counted(*limit, "character"))
            }
            ValidationErrorKind::MaxLength { limit: 0 } => self.empty_or_else(error),
            ValidationErrorKind::MaxLength { limit } => {
                found = length(value);
                format!("at most {}", counted(*limit, "character"))
            }
            ValidationErrorKind::MinItems { limit } => format!("at least {}", counted(*limit, "item")),
            ValidationErrorKind::MaxItems { limit } => format!("at most {}", counted(*limit, "item")),
            ValidationErrorKind::MinProperties { limit } => format!("at least {}", counted(*limit, "member")),
            ValidationErrorKind::MaxProperties { limit } => format!("at most {}", counted(*limit, "member")),
            ValidationErrorKind::UniqueItems => "no item twice".to_owned(),
            ValidationErrorKind::Pattern { pattern } => {
                let plain = Plain::read(pattern);
                finding.limits_length = plain.as_ref().is_some_and(Plain::limits_length);
                plain.and_then(|plain| plain.in_words()).unwrap_or_else(|| format!("a text that matches {pattern}"))
            }
            ValidationErrorKind::Format { format } => time(format, value, &mut found),
            ValidationErrorKind::Not { schema } => choice::anything_but(schema, &mut found),
            ValidationErrorKind::OneOfMultipleValid { .. } => {
                match choice::too_many(self.source.keyword(path), value) {
                    Some((expected, given)) => {
                        found = given;
                        expected
                    }
                    None => "exactly one of the documented forms".to_owned(),
                }
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                let schemas = self.source.keyword(path);
                match choice::missing(schemas, rule == Rule::OneOf) {
                    Some(expected) => {
                        NONE.clone_into(&mut found);
                        expected
                    }
                    None => {
                        let closest = context.iter().min_by_key(|errors| choice::distance(errors, place));
                        closest.into_iter().flatten().for_each(|error| self.push(findings, error));
                        return;
                    }
                }
            }
            ValidationErrorKind::FalseSchema => "nothing".to_owned(),
            ValidationErrorKind::Custom { keyword, message } if keyword == unique_by::KEYWORD => {
                findings.extend(unique_by::violations(&at, value, message).map(Finding::from));
                return;
            }
            ValidationErrorKind::Custom { message, .. } => {
                findings.extend(super::all_but_last::violation(&at, message).map(Finding::from));
                return;
            }
            // The library's copy of the value is not the value.
            _ => error.masked_with("this").to_string(),
        };
        let expected = match when {
            Some(when) => format!("{expected} ({when})"),
            None => expected,
        };
        finding.violation = Some(Violation::new(at, rule, expected, found));
        findings.push(finding);
    }

    /// What is expected where a text has to be empty: a type beside `string` is another way.
    fn empty_or_else(&self, error: &ValidationError<'_>) -> String {
        let path = error.evaluation_path().as_str();
        let schema = path.rsplit_once('/').and_then(|(schema, _)| self.source.keyword(schema));
        let kinds = schema.and_then(|schema| schema["type"].as_array()).into_iter().flatten().filter_map(Value::as_str);
        let kinds = kinds.filter(|kind| *kind != "string").map(with_article);
        listed(kinds.chain(["an empty text".to_owned()]), "or")
    }
}

/// What is expected of a text with a time; where the shape is right, `found` says what does not exist.
fn time(name: &str, value: &Json<'_>, found: &mut String) -> String {
    let Some(format) = format::named(name) else { return format!("the format {name}") };
    let shape = format.shape;
    match value.as_str().and_then(|text| format.fault(text)) {
        Some(Fault::NoSuchDay(day)) => {
            found.push_str(&format!(", but there is no {day}"));
            format!("a day that exists, as {shape}")
        }
        Some(Fault::NoSuchTime(time)) => {
            found.push_str(&format!(", but there is no {time}"));
            format!("a time of day that exists, as {shape}")
        }
        Some(Fault::Shape) | None => format!("a UTC time {shape}"),
    }
}

/// The keyword that is broken.
fn rule(kind: &ValidationErrorKind) -> Rule {
    match kind {
        ValidationErrorKind::AdditionalItems { .. } => Rule::AdditionalItems,
        ValidationErrorKind::AdditionalProperties { .. } => Rule::AdditionalProperties,
        ValidationErrorKind::AnyOf { .. } => Rule::AnyOf,
        ValidationErrorKind::BacktrackLimitExceeded { .. }
        | ValidationErrorKind::RegexEngineFailure { .. }
        | ValidationErrorKind::Pattern { .. } => Rule::Pattern,
        ValidationErrorKind::Constant { .. } => Rule::Const,
        ValidationErrorKind::Contains => Rule::Contains,
        ValidationErrorKind::ContentEncoding { .. } | ValidationErrorKind::FromUtf8 { .. } => Rule::ContentEncoding,
        ValidationErrorKind::ContentMediaType { .. } => Rule::ContentMediaType,
        ValidationErrorKind::Custom { keyword, .. } if keyword == unique_by::KEYWORD => Rule::UniqueBy,
        ValidationErrorKind::Custom { .. } => Rule::AllButLast,
        ValidationErrorKind::Enum { .. } => Rule::Enum,
        ValidationErrorKind::ExclusiveMaximum { .. } => Rule::ExclusiveMaximum,
        ValidationErrorKind::ExclusiveMinimum { .. } => Rule::ExclusiveMinimum,
        ValidationErrorKind::FalseSchema => Rule::FalseSchema,
        ValidationErrorKind::Format { .. } => Rule::Format,
        ValidationErrorKind::MaxItems { .. } => Rule::MaxItems,
        ValidationErrorKind::Maximum { .. } => Rule::Maximum,
        ValidationErrorKind::MaxLength { .. } => Rule::MaxLength,
        ValidationErrorKind::MaxProperties { .. } => Rule::MaxProperties,
        ValidationErrorKind::MinItems { .. } => Rule::MinItems,
        ValidationErrorKind::Minimum { .. } => Rule::Minimum,
        ValidationErrorKind::MinLength { .. } => Rule::MinLength,
        ValidationErrorKind::MinProperties { .. } => Rule::MinProperties,
        ValidationErrorKind::MultipleOf { .. } => Rule::MultipleOf,
        ValidationErrorKind::Not { .. } => Rule::Not,
        ValidationErrorKind::OneOfMultipleValid { .. } | ValidationErrorKind::OneOfNotValid { .. } => Rule::OneOf,
        ValidationErrorKind::PropertyNames { .. } => Rule::PropertyNames,
        ValidationErrorKind::Required { .. } => Rule::Required,
        ValidationErrorKind::Type { .. } => Rule::Type,
        ValidationErrorKind::UnevaluatedItems { .. } => Rule::UnevaluatedItems,
        ValidationErrorKind::UnevaluatedProperties { .. } => Rule::UnevaluatedProperties,
        ValidationErrorKind::UniqueItems => Rule::UniqueItems,
        ValidationErrorKind::Referencing(_) => Rule::Reference,
    }
}

fn length(value: &Json<'_>) -> String {
    value.as_str().map_or_else(|| describe(value), |text| counted(text.chars().count() as u64, "character"))
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => with_article(&kind.to_string()),
        TypeKind::Multiple(kinds) => listed(kinds.iter().map(|kind| with_article(&kind.to_string())), "or"),
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "integer" | "array" | "object" => format!("an {kind}"),
        "null" => "null".to_owned(),
        kind => format!("a {kind}"),
    }
}

/// `1`, or `one of 1, 2`.
fn one_of(options: &Value) -> String {
    let options: Vec<_> = options.as_array().into_iter().flatten().map(ToString::to_string).collect();
    match options.as_slice() {
        [only] => only.clone(),
        many => format!("one of {}", many.join(", ")),
    }
}

/// `1 item`, `2 items`.
fn counted(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::schema::{instance::Node, options, source::Source};

    #[test]
    fn a_rule_has_the_word_of_its_keyword() {
        for (schema, value) in [
            (json!({ "type": "object" }), json!(1)),
            (json!({ "enum": [1] }), json!(2)),
            (json!({ "const": 1 }), json!(2)),
            (json!({ "required": ["a"] }), json!({})),
            (json!({ "minimum": 1 }), json!(0)),
            (json!({ "maximum": 1 }), json!(2)),
            (json!({ "exclusiveMinimum": 1 }), json!(1)),
            (json!({ "exclusiveMaximum": 1 }), json!(1)),
            (json!({ "multipleOf": 2 }), json!(1)),
            (json!({ "minLength": 1 }), json!("")),
            (json!({ "maxLength": 1 }), json!("aa")),
            (json!({ "pattern": "^a$" }), json!("b")),
            (json!({ "format": "compact-time" }), json!("b")),
            (json!({ "minItems": 1 }), json!([])),
            (json!({ "maxItems": 1 }), json!([1, 2])),
            (json!({ "uniqueItems": true }), json!([1, 1])),
            (json!({ "contains": { "type": "string" } }), json!([1])),
            (json!({ "minProperties": 1 }), json!({})),
            (json!({ "maxProperties": 0 }), json!({ "a": 1 })),
            (json!({ "propertyNames": { "maxLength": 1 } }), json!({ "aa": 1 })),
            (json!({ "properties": { "b": true }, "additionalProperties": false }), json!({ "a": 1 })),
            (json!({ "unevaluatedProperties": false }), json!({ "a": 1 })),
            (json!({ "unevaluatedItems": false }), json!([1])),
            (json!({ "not": { "type": "integer" } }), json!(1)),
            (json!({ "oneOf": [{ "minimum": 0 }, { "minimum": 1 }] }), json!(2)),
            (json!({ "x-all-but-last": { "minimum": 5 } }), json!([1, 2])),
            (json!({ "x-unique-by": "id" }), json!([{ "id": 1 }, { "id": 1 }])),
        ] {
            let validator = options().build(&schema).unwrap();
            let (value, source) = (Json::from(&value), Source::new(schema.clone(), None));
            let keywords: Vec<String> =
                validator.iter_errors(Node::from(&value)).map(|error| error.kind().keyword().to_owned()).collect();
            let rules: Vec<&str> =
                collect(&validator, &source, &value, "").iter().map(|found| found.rule.as_str()).collect();
            assert_eq!(rules, keywords, "{schema}");
            assert!(schema.get(rules[0]).is_some(), "{schema}");
        }
    }
}
