//! The smallest value that a schema allows, the same every time.

use serde_json::{Map, Value, json};

use super::{format, made::time};

/// Follows the `$ref` at the root of a schema.
type Resolve<'a> = &'a dyn Fn(&Value) -> Value;

/// References that lead deeper than this are circular.
const DEPTH: usize = 16;
/// Levels of a full value that are full: a schema may refer to itself in several places.
const FULL: usize = 5;
/// Bytes of one sample, about. A schema of a line can demand texts and lists without end; what does not fit is left empty.
const ROOM: usize = 4 << 20;
/// Bytes that any value counts for: its schema is copied to be followed.
const VALUE: usize = 512;

/// The smallest value of a schema: mandatory members only, the first value of an enumeration, the lowest of a range.
pub fn smallest(schema: &Value, resolve: Resolve<'_>) -> Value {
    Sampler::new(resolve, 0).value(schema, 0)
}

/// Like [`smallest`], but with all members that the schema lists, and two items in each array that allows them. Beyond a few levels,
/// values are small again.
pub fn fullest(schema: &Value, resolve: Resolve<'_>) -> Value {
    Sampler::new(resolve, FULL).value(schema, 0)
}

/// Makes one sample.
struct Sampler<'a> {
    resolve: Resolve<'a>,
    /// Levels that are full.
    full: usize,
    /// Bytes that are left.
    room: usize,
}

impl<'a> Sampler<'a> {
    fn new(resolve: Resolve<'a>, full: usize) -> Self {
        Self { resolve, full, room: ROOM }
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        if depth > DEPTH || !self.takes(VALUE) {
            return Value::Null;
        }
        let schema = &(self.resolve)(schema);
        for keyword in ["const", "default"] {
            if let Some(value) = schema.get(keyword) {
                return value.clone();
            }
        }
        for keyword in ["enum", "examples"] {
            if let Some(first) = schema.get(keyword).and_then(|values| values.get(0)) {
                return first.clone();
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds.first().and_then(Value::as_str),
            kind => kind.as_str(),
        };
        match kind {
            Some("integer" | "number") => number(schema),
            Some("boolean") => json!(true),
            Some("string") => self.text(schema),
            Some("array") => self.array(schema, depth),
            Some("object") => self.object(schema, depth),
            _ if schema.get("properties").is_some() => self.object(schema, depth),
            _ => Value::Null,
        }
    }

    /// Whether there was room for so many bytes more.
    fn takes(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let least = |schema: &Value| schema["minItems"].as_u64().unwrap_or(0);
        let count = least(schema).max(least(&schema["x-warn"]));
        let wanted = if depth < self.full { schema["maxItems"].as_u64().unwrap_or(2).min(2) } else { 0 };
        let mut items = Vec::new();
        for _ in 0..count.max(wanted).min(1000) {
            if self.room < VALUE {
                break;
            }
            items.push(self.value(&schema["items"], depth + 1));
        }
        items.into()
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        if let Some(properties) = schema["properties"].as_object().filter(|_| depth < self.full) {
            let members = properties.iter().map(|(name, schema)| (name.clone(), self.value(schema, depth + 1)));
            return members.collect::<Map<_, _>>().into();
        }
        // Of several alternatives, the first one; of conditions, that they do not hold.
        let alternative = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(|schemas| schemas.get(0));
        let lists = [Some(schema), alternative, schema.get("else"), schema.get("x-warn")];
        let required = lists.iter().flatten().flat_map(|schema| schema["required"].as_array()).flatten();
        required
            .filter_map(Value::as_str)
            .map(|name| (name.to_owned(), self.value(&schema["properties"][name], depth + 1)))
            .collect::<Map<_, _>>()
            .into()
    }

    fn text(&mut self, schema: &Value) -> Value {
        let format = schema["format"].as_str().and_then(format::named);
        let digits = |pattern: &str| pattern.contains("[0-9]") || pattern.contains("\\d");
        let sample = match format {
            Some(format) => time::in_shape(format.shape, "20260102030405678"),
            None if schema["pattern"].as_str().is_some_and(digits) => "1".to_owned(),
            None => "x".to_owned(),
        };
        let length = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
        let fits = sample.len() >= length || self.takes(length);
        json!(if fits { sample.repeat(length.div_ceil(sample.len()).max(1)) } else { String::new() })
    }
}

fn number(schema: &Value) -> Value {
    let zero = json!(0);
    let at_least = schema.get("minimum").filter(|minimum| minimum.as_f64() > Some(0.0));
    let at_most = schema.get("maximum").filter(|maximum| maximum.as_f64() < Some(0.0));
    at_least.or(at_most).unwrap_or(&zero).clone()
}

/// Schemas that demand more than anybody has room for, each with what its references lead to.
#[cfg(test)]
pub(super) fn with_greedy_schemas(look: impl Fn(&Value, &dyn Fn(&Value) -> Value)) {
    let long = json!({ "type": "string", "minLength": 1_000_000_000 });
    let list = |items: &Value| json!({ "type": "array", "minItems": 1_000_000, "items": items });
    let circle: Map<String, Value> = (0..30).map(|index| (format!("p{index}"), json!({ "$ref": "#" }))).collect();
    let circle = json!({ "type": "object", "properties": circle });
    let resolve = |part: &Value| if part.get("$ref").is_some() { circle.clone() } else { part.clone() };
    for schema in [&long, &list(&list(&list(&long))), &list(&list(&json!({ "type": "integer" }))), &circle] {
        look(schema, &resolve);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_mandatory_members_and_the_least_of_ranges() {
        let schema = json!({ "type": "object", "required": ["scope", "days", "ids", "name"], "properties": {
            "scope": { "type": "integer", "enum": [2, 3] },
            "days": { "$ref": "#/$defs/Days" },
            "ids": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 3 } },
            "name": { "type": "string" }, "other": { "type": "string" } } });
        let resolve = |schema: &Value| {
            if schema.get("$ref").is_some() { json!({ "type": "integer", "minimum": 7 }) } else { schema.clone() }
        };
        assert_eq!(smallest(&schema, &resolve), json!({ "scope": 2, "days": 7, "ids": ["xxx"], "name": "x" }));
    }

    #[test]
    fn a_full_value_has_what_is_optional_too() {
        let schema = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "integer" },
            "ids": { "type": "array", "items": { "type": "string" } },
            "one": { "type": "array", "maxItems": 1, "items": { "type": "object", "properties": { "b": { "type": "boolean" } } } } } });
        assert_eq!(fullest(&schema, &Value::clone), json!({ "a": 0, "ids": ["x", "x"], "one": [{ "b": true }] }));
        let circle = json!({ "type": "object", "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" } } });
        fullest(&circle, &|part| if part.get("$ref").is_some() { circle.clone() } else { part.clone() });
    }

    #[test]
    fn a_reference_to_itself_comes_to_an_end() {
        let schema = json!({ "type": "object", "required": ["child"], "properties": { "child": { "$ref": "#" } } });
        smallest(&schema, &|part| if part.get("$ref").is_some() { schema.clone() } else { part.clone() });
    }

    #[test]
    fn a_sample_stays_small_whatever_a_schema_demands() {
        with_greedy_schemas(|schema, resolve| {
            for sample in [smallest(schema, resolve), fullest(schema, resolve)] {
                assert!(sample.to_string().len() <= ROOM);
            }
        });
        assert_eq!(
            smallest(&json!({ "type": "string", "minLength": 70_000 }), &Value::clone),
            json!("x".repeat(70_000))
        );
    }
}
