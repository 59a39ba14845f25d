//! Turns the library's errors into our violations.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use super::{Validator, instance::Errors, unique_by};
use crate::contract::{
    format,
    json::Json,
    rule::Rule,
    violation::{MOST, Violation, describe, push_name},
};

/// What a validator finds wrong with a value, as far as anybody would read it; `prefix` goes before every pointer.
pub(super) fn collect(validator: &Validator, value: &Json<'_>, prefix: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for error in validator.iter_errors(Errors::at_most(MOST).of(value)) {
        push(&mut violations, &error, value, prefix);
        if violations.len() >= MOST {
            violations.truncate(MOST);
            break;
        }
    }
    violations
}

/// Turns one error of the library about a part of `root` into violations; each additional property is one of its own.
pub(super) fn push(violations: &mut Vec<Violation>, error: &ValidationError<'_>, root: &Json<'_>, prefix: &str) {
    let place = error.instance_path().as_str();
    let at = format!("{prefix}{place}");
    let value = root.pointer(place).unwrap_or(&Json::Null);
    let child = |name: &str| {
        let mut at = at.clone();
        push_name(&mut at, name);
        at
    };
    let found = || describe(value);
    let rule = rule(error.kind());
    let (expected, found) = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            violations.push(Violation::new(child(name), rule, "a value (it is mandatory)", "nothing"));
            return;
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected.iter().take(MOST) {
                let found = value.get(name).map_or_else(|| "something".to_owned(), describe);
                violations.push(Violation::new(child(name), rule, "nothing (it is not documented)", found));
            }
            return;
        }
        ValidationErrorKind::Type { kind } => (types(kind), found()),
        ValidationErrorKind::Enum { options } => (one_of(options), found()),
        ValidationErrorKind::Constant { expected_value } => (expected_value.to_string(), found()),
        ValidationErrorKind::Minimum { limit } => (format!("at least {limit}"), found()),
        ValidationErrorKind::Maximum { limit } => (format!("at most {limit}"), found()),
        ValidationErrorKind::ExclusiveMinimum { limit } => (format!("more than {limit}"), found()),
        ValidationErrorKind::ExclusiveMaximum { limit } => (format!("less than {limit}"), found()),
        ValidationErrorKind::MultipleOf { multiple_of } => (format!("a multiple of {multiple_of}"), found()),
        ValidationErrorKind::MinLength { limit } => (format!("at least {limit} characters"), length(value)),
        ValidationErrorKind::MaxLength { limit } => (format!("at most {limit} characters"), length(value)),
        ValidationErrorKind::MinItems { limit } => (format!("at least {limit} items"), found()),
        ValidationErrorKind::MaxItems { limit } => (format!("at most {limit} items"), found()),
        ValidationErrorKind::MinProperties { limit } => (format!("at least {limit} members"), found()),
        ValidationErrorKind::MaxProperties { limit } => (format!("at most {limit} members"), found()),
        ValidationErrorKind::UniqueItems => ("no item twice".to_owned(), found()),
        ValidationErrorKind::Pattern { pattern } => (format!("a text that matches {pattern}"), found()),
        ValidationErrorKind::Format { format } => (
            format::named(format).map_or_else(|| format!("the format {format}"), |f| format!("a UTC time {}", f.shape)),
            found(),
        ),
        ValidationErrorKind::Not { schema } => (format!("anything but {}", without_words(schema)), found()),
        ValidationErrorKind::OneOfMultipleValid { .. } => ("exactly one of the documented forms".to_owned(), found()),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            // The branch with the fewest errors is probably the one that was meant.
            if let Some(closest) = context.iter().min_by_key(|errors| errors.len()) {
                for error in closest {
                    push(violations, error, root, prefix);
                }
            }
            return;
        }
        ValidationErrorKind::FalseSchema => ("nothing".to_owned(), found()),
        ValidationErrorKind::Custom { keyword, message } if keyword == unique_by::KEYWORD => {
            return unique_by::push(violations, &at, value, message);
        }
        ValidationErrorKind::Custom { message, .. } => {
            ("every item but the last to keep the rule".to_owned(), message.clone())
        }
        // The library's copy of the value is not the value.
        _ => (error.masked_with("this").to_string(), found()),
    };
    violations.push(Violation::new(at, rule, expected, found));
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
    value.as_str().map_or_else(|| describe(value), |text| format!("{} characters", text.chars().count()))
}

fn types(kind: &TypeKind) -> String {
    let words = |name: &str| match name {
        "integer" | "array" | "object" => format!("an {name}"),
        "null" => "null".to_owned(),
        name => format!("a {name}"),
    };
    match kind {
        TypeKind::Single(kind) => words(&kind.to_string()),
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| words(&kind.to_string())).collect::<Vec<_>>().join(" or "),
    }
}

fn one_of(options: &Value) -> String {
    let options: Vec<_> = options.as_array().into_iter().flatten().map(ToString::to_string).collect();
    match options.as_slice() {
        [only] => only.clone(),
        many => format!("one of {}", many.join(", ")),
    }
}

fn without_words(schema: &Value) -> String {
    schema.get("enum").map_or_else(|| schema.to_string(), one_of)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::schema::{instance::Node, options};

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
            let value = Json::from(&value);
            let keywords: Vec<String> =
                validator.iter_errors(Node::from(&value)).map(|error| error.kind().keyword().to_owned()).collect();
            let rules: Vec<&str> = collect(&validator, &value, "").iter().map(|found| found.rule.as_str()).collect();
            assert_eq!(rules, keywords, "{schema}");
            assert!(schema.get(rules[0]).is_some(), "{schema}");
        }
    }
}
