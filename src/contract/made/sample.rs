//! Values that the specs give for names: `samples` in `shared.json`.

use serde_json::{Value, json};

use super::kind;

/// The samples of a service: lists of values by the name of a member, or by the end of the way to it (`files.id`,
/// `ListMessages.messages.type`).
#[derive(Clone, Copy)]
pub(in crate::contract) struct Samples<'a>(Option<&'a Value>);

impl<'a> Samples<'a> {
    /// Those of a document's `samples`.
    pub(in crate::contract) fn new(samples: Option<&'a Value>) -> Self {
        Self(samples)
    }

    /// The value of a member for the item with a number: of the longest way that has samples which fit the schema.
    pub(super) fn of(&self, path: &[String], schema: &Value, index: usize) -> Option<Value> {
        let samples = self.0?;
        (0..path.len()).find_map(|start| {
            let values = samples.get(path.get(start..)?.join("."))?.as_array()?;
            let fitting: Vec<Value> = values.iter().filter_map(|value| fitted(value, schema)).collect();
            turn(Some(&Value::Array(fitting)), index)
        })
    }
}

/// The value whose turn it is.
pub(super) fn turn(values: Option<&Value>, index: usize) -> Option<Value> {
    let values = values?.as_array()?;
    values.get(index.checked_rem(values.len())?).cloned()
}

/// The value in the type of the schema, if it can have it: `1` and `"1"` are the same sample.
fn fitted(value: &Value, schema: &Value) -> Option<Value> {
    let value = match (kind(schema), value) {
        (Some("string"), Value::Number(number)) => json!(number.to_string()),
        (Some("integer"), Value::String(text)) => json!(text.parse::<i64>().ok()?),
        (Some("string"), Value::String(_))
        | (Some("integer" | "number"), Value::Number(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_))
        | (None, _) => value.clone(),
        _ => return None,
    };
    let within = |keyword: &str, fits: fn(f64, f64) -> bool| match (schema[keyword].as_f64(), value.as_f64()) {
        (Some(limit), Some(number)) => fits(number, limit),
        _ => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(&value));
    (listed && within("minimum", |number, limit| number >= limit) && within("maximum", |number, limit| number <= limit))
        .then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_way_counts_and_values_take_the_type_of_the_row() {
        let samples = json!({ "id": ["1", "2"], "files.id": ["F"], "status": [9, 1], "Get.data.status": [0] });
        let of = |path: &str, schema: Value, index| {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            Samples::new(Some(&samples)).of(&path, &schema, index)
        };
        assert_eq!(of("List.users.id", json!({ "type": "integer" }), 1), Some(json!(2)));
        assert_eq!(of("List.files.id", json!({ "type": "string" }), 1), Some(json!("F")));
        assert_eq!(
            of("List.files.id", json!({ "type": "integer" }), 2),
            Some(json!(1)),
            "a text that is no number does not fit"
        );
        assert_eq!(of("Get.data.status", json!({ "type": "string" }), 0), Some(json!("0")));
        assert_eq!(of("List.status", json!({ "type": "integer", "enum": [0, 1] }), 0), Some(json!(1)));
        assert_eq!(of("List.status", json!({ "type": "integer", "maximum": 0 }), 0), None);
        assert_eq!(of("List.name", json!({ "type": "string" }), 0), None);
    }
}
