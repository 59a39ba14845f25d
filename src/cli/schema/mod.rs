//! `understudy schema`: the JSON Schema of a format of ours, for editors. That of a scenario knows the contract.

mod fields;
mod vocabulary;

use serde_json::Value;

use super::{
    Failure,
    args::{Schema, SchemaOf},
    files,
    screen::Screen,
};
use crate::{contract::Contract, embedded};

/// What is said of `match` where the operation is known.
const MATCH: &str = "what a call must be like; all of it has to fit";

pub(super) fn run(arguments: &Schema, screen: &Screen) -> Result<(), Failure> {
    let of = arguments.of;
    let text = embedded::schema(of.file()).ok_or_else(|| missing(of))?;
    if of != SchemaOf::Scenario {
        return screen.print(text);
    }
    let mut schema = serde_json::from_str(text).map_err(|_| missing(of))?;
    enrich(&mut schema, &files::contract(&arguments.specs)?)?;
    screen.print(&format!("{schema:#}\n"))
}

fn missing(of: SchemaOf) -> Failure {
    Failure::World(format!("this program has no schema `{}`", of.file()))
}

/// Puts what the contract knows into the schema of scenarios: names, codes, and for each operation the fields of its calls.
fn enrich(schema: &mut Value, contract: &Contract) -> Result<(), Failure> {
    let definitions = &mut schema["$defs"];
    definitions["operation"] = vocabulary::operations(contract);
    definitions["code"] = vocabulary::codes(contract);
    let mut calls = Vec::new();
    for operation in contract.operations() {
        // Where services share a name, `service` decides, and editors do not follow that.
        if contract.named(&operation.name).len() > 1 {
            continue;
        }
        let table = operation.table(contract.service_of(operation));
        let table = table.map_err(|error| Failure::World(error.to_string()))?;
        let name = format!("match_{}", operation.name);
        definitions[name.as_str()] = fields::of_call(&table);
        calls.push(serde_json::json!({
            "if": { "properties": { "operation": { "const": operation.name } }, "required": ["operation"] },
            "then": { "properties": { "match": { "$ref": format!("#/$defs/{name}") } } },
        }));
    }
    let known: Vec<&Value> = calls.iter().map(|call| &call["if"]["properties"]["operation"]["const"]).collect();
    let otherwise = serde_json::json!({
        "if": { "properties": { "operation": { "enum": known } }, "required": ["operation"] },
        "else": { "properties": { "match": { "$ref": "#/$defs/match" } } },
    });
    calls.push(otherwise);
    let calls = Value::Array(calls);
    for entry in ["rule", "expectation"] {
        let entry = &mut definitions[entry];
        entry["allOf"] = calls.clone();
        // What is said of every call would be offered beside the fields of the operation.
        entry["properties"]["match"] = serde_json::json!({ "type": "object", "description": MATCH });
        let operation = &mut entry["properties"]["operation"];
        *operation = vocabulary::one_or_several(operation);
    }
    // An editor offers examples as they are, and has no name for one that is a mapping.
    definitions["fault"]["examples"] = serde_json::json!(["reset"]);
    definitions["expectation"]["properties"]["order"]["items"] = serde_json::json!({ "$ref": "#/$defs/operation" });
    schema["properties"]["service"]["enum"] = vocabulary::services(contract);
    Ok(())
}
