//! What a recorded call held: the values that tell it from other calls of its operation.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::contract::{
    Call, Operation,
    json::Json,
    redact::{REDACTED, Redaction},
};

/// The longest text, and the most items of a list, that are compared.
const LONGEST: usize = 500;

/// Members deeper than this are not compared.
const DEEPEST: usize = 6;

/// A place in a call: a part and the names that lead into it. In this order they are tried.
pub(super) type Place = (u8, Vec<String>);

/// The parts of a call, as `match` names them.
const PARTS: [&str; 4] = ["path", "query", "params", "body"];

/// The values of a call, by place.
pub(super) type Values = BTreeMap<Place, Value>;

/// The values that `match` can compare. Secrets are none of them, nor is what is made anew for each call.
pub(super) fn values(call: &Call<'_>, operation: &Operation, redaction: &Redaction) -> Values {
    let mut values = Values::new();
    let renewed: Vec<&str> = operation.authentication.iter().flat_map(|scheme| scheme.renewed).copied().collect();
    let mut place = Vec::new();
    for (part, value) in (0..).zip([&call.path, &call.query, &call.params, &call.body]) {
        collect(value, part, &mut place, &mut values, &|name| renewed.contains(&name) || redaction.is_secret(name));
    }
    values
}

fn collect(
    value: &Json<'_>,
    part: u8,
    place: &mut Vec<String>,
    values: &mut Values,
    is_left_out: &impl Fn(&str) -> bool,
) {
    match value {
        Json::Object(members) => {
            for (name, value) in members {
                // A name with `$` would be an operator.
                if place.len() < DEEPEST && !name.starts_with('$') && !is_left_out(name) {
                    place.push(name.to_string());
                    collect(value, part, place, values, is_left_out);
                    place.pop();
                }
            }
        }
        other => {
            if let Some(value) = comparable(other).filter(|_| !place.is_empty()) {
                values.insert((part, place.clone()), value);
            }
        }
    }
}

/// The value, if it can be written under `match`.
fn comparable(value: &Json<'_>) -> Option<Value> {
    match value {
        Json::Boolean(_) => Some(value.to_value()),
        Json::Number(number) if number.is_i64() || number.is_u64() => Some(value.to_value()),
        Json::Text(text) => {
            let plain = text.len() <= LONGEST && !["{{", "{%", REDACTED].iter().any(|mark| text.contains(mark));
            plain.then(|| value.to_value())
        }
        Json::Array(items) if items.len() <= LONGEST => items.iter().map(comparable).collect(),
        _ => None,
    }
}

/// The mapping under `match` for values at some places; where a call has none, nothing may be there.
pub(super) fn matching(wanted: &[(&Place, Option<&Value>)]) -> Value {
    let mut root = Map::new();
    for ((part, names), value) in wanted {
        let value = value.cloned().unwrap_or_else(|| json!({ "$exists": false }));
        let Some((last, above)) = names.split_last() else { continue };
        let part = PARTS.get(usize::from(*part)).copied().unwrap_or_default();
        let mut members = &mut root;
        for name in std::iter::once(part).chain(above.iter().map(String::as_str)) {
            let inner = members.entry(name).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return Value::Null };
            members = inner;
        }
        members.insert(last.clone(), value);
    }
    Value::Object(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::SpecFiles;

    #[test]
    fn secrets_and_what_is_made_anew_tell_no_calls_apart() {
        let contract = SpecFiles::embedded().load().unwrap();
        let of = |operation: &str, call: &Call<'_>| {
            let operation = contract.operation(contract.named(operation)[0]);
            values(call, operation, contract.redaction())
                .into_keys()
                .map(|(_, names)| names.join("/"))
                .collect::<Vec<_>>()
        };
        let body = json!({ "scope": 2, "extractCode": "ab12", "permission": { "preview": true }, "fileIds": ["1"],
            "comment": "{{ x }}", "ratio": 1.5, "nothing": null, "$ne": 1 });
        let call = Call { body: Json::from(&body), ..Call::default() };
        assert_eq!(of("CreateShare", &call), ["fileIds", "permission/preview", "scope"]);
        let params = json!({ "org_id": 1, "sign": "a", "dateline": 7, "client_secret": "[redacted]" });
        assert_eq!(of("info", &Call { params: Json::from(&params), ..Call::default() }), ["org_id"]);
    }

    #[test]
    fn places_become_the_mapping_that_a_scenario_has() {
        let place = |part, names: &[&str]| (part, names.iter().map(|name| (*name).to_owned()).collect());
        let (id, preview, edit) =
            (place(0, &["id"]), place(3, &["permission", "preview"]), place(3, &["permission", "edit"]));
        let (one, yes) = (json!("1"), json!(true));
        assert_eq!(
            matching(&[(&id, Some(&one)), (&preview, Some(&yes)), (&edit, None)]),
            json!({ "path": { "id": "1" }, "body": { "permission": { "preview": true, "edit": { "$exists": false } } } })
        );
    }
}
