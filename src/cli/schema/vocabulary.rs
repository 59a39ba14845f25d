//! The names that a contract has: operations, services, codes.

use serde_json::{Value, json};

use crate::contract::{Contract, catalogue::Code};

/// Every operation, with its title and its call.
pub(super) fn operations(contract: &Contract) -> Value {
    let (mut names, mut told): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for operation in contract.operations() {
        let line = format!("{} ({} {})", operation.title, operation.method, operation.path);
        match names.iter().position(|known| *known == operation.name) {
            Some(place) => told[place] = format!("{}; or {line}", told[place]),
            None => {
                names.push(&operation.name);
                told.push(line);
            }
        }
    }
    json!({ "description": "an operation of the contract", "enum": names, "enumDescriptions": told })
}

/// An operation, some of them, or all; beside what the schema says of that already.
pub(super) fn one_or_several(before: &Value) -> Value {
    json!({
        "description": before["description"],
        "anyOf": [
            { "$ref": "#/$defs/operation" },
            { "const": "*", "description": "every operation" },
            { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/operation" } },
        ],
    })
}

/// The services.
pub(super) fn services(contract: &Contract) -> Value {
    contract.services().iter().map(|service| json!(service.description.service)).collect()
}

/// Every code of an error, with its status and what it means. A code may be a template, and a number may be quoted.
pub(super) fn codes(contract: &Contract) -> Value {
    let (mut codes, mut told): (Vec<Value>, Vec<String>) = (Vec::new(), Vec::new());
    let mut numbers: Vec<String> = Vec::new();
    for service in contract.services() {
        for entry in &service.catalogue.entries {
            let code = match &entry.code {
                Code::Number(number) => json!(number),
                Code::Text(text) => json!(text),
            };
            let line = format!("{}: {} ({})", entry.status, entry.meaning, service.description.service);
            match codes.iter().position(|known| *known == code) {
                Some(place) => told[place] = format!("{}; or {line}", told[place]),
                None => {
                    if code.is_number() {
                        numbers.push(entry.code.to_string());
                    }
                    codes.push(code);
                    told.push(line);
                }
            }
        }
    }
    let quoted = format!("^({})$", numbers.join("|"));
    json!({
        "description": "an error code of the catalogue",
        "anyOf": [
            { "enum": codes, "enumDescriptions": told },
            { "type": "string", "pattern": quoted },
            { "type": "string", "pattern": "\\{\\{" },
        ],
    })
}
