//! The OpenAPI document: it has everything that the contract has, in words that its version knows.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use understudy::contract::{
    Contract, Operation,
    openapi::{Version, document, server_url},
};

use crate::client::{Running, contract};

const SERVER: &str = "http://127.0.0.1:8080";

/// Keywords of a schema of OpenAPI 3.0.
const KNOWN_TO_3_0: &[&str] = &[
    "$ref",
    "title",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "enum",
    "type",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "items",
    "properties",
    "additionalProperties",
    "description",
    "format",
    "default",
    "nullable",
    "example",
    "deprecated",
];

fn written(version: Version) -> Value {
    document(&contract(), version, SERVER).unwrap()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Each operation of the document: path, method, and what is said of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = members(&document["paths"]);
    paths
        .flat_map(|(path, item)| members(item).map(move |(method, told)| (path.as_str(), method.as_str(), told)))
        .collect()
}

/// An operation under its own method.
fn told<'d>(document: &'d Value, operation: &Operation) -> &'d Value {
    let named = |told: &&(&str, &str, &Value)| told.2["operationId"] == operation.name.as_str();
    operations(document).iter().find(named).unwrap_or_else(|| panic!("no {}", operation.name)).2
}

/// Everything that stands at `$ref`.
fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    if let Some(target) = value.get("$ref").and_then(Value::as_str) {
        found.insert(target);
    }
    members(value).for_each(|(_, value)| references(value, found));
    value.as_array().into_iter().flatten().for_each(|value| references(value, found));
}

/// Every schema of the document, those inside others too.
fn schemas<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    for (name, value) in members(value) {
        match name.as_str() {
            "schema" => within(value, found),
            "schemas" => members(value).for_each(|(_, schema)| within(schema, found)),
            "example" | "examples" => {}
            name if name.starts_with("x-") => {}
            _ => schemas(value, found),
        }
    }
    value.as_array().into_iter().flatten().for_each(|value| schemas(value, found));
}

fn within<'v>(schema: &'v Value, found: &mut Vec<&'v Value>) {
    found.push(schema);
    for (keyword, value) in members(schema) {
        match keyword.as_str() {
            "properties" => members(value).for_each(|(_, member)| within(member, found)),
            "items" | "not" => within(value, found),
            "additionalProperties" if value.is_object() => within(value, found),
            "allOf" | "anyOf" | "oneOf" => value.as_array().unwrap().iter().for_each(|schema| within(schema, found)),
            _ => {}
        }
    }
}

fn rows(contract: &Contract, operation: &Operation, part: &str) -> Vec<String> {
    let table = operation.table(contract.service_of(operation)).unwrap();
    table
        .part(part)
        .map(|part| members(&part["properties"]).map(|(name, _)| name.clone()).collect())
        .unwrap_or_default()
}

#[test]
fn every_operation_is_there_under_each_of_its_methods_with_a_name_of_its_own() {
    let contract = contract();
    for version in Version::ALL {
        let document = written(version);
        let operations = operations(&document);
        let methods = contract.operations().iter().map(|operation| operation.methods().count());
        assert_eq!(operations.len(), methods.sum::<usize>());
        let ids: BTreeSet<&str> = operations.iter().map(|told| told.2["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), operations.len());
        for operation in contract.operations() {
            let own = told(&document, operation);
            assert_eq!((&own["summary"], own["tags"].as_array().unwrap().len()), (&json!(operation.title), 1));
        }
    }
}

#[test]
fn every_row_of_a_request_is_there() {
    let contract = contract();
    let document = written(Version::V3_1);
    for operation in contract.operations() {
        let own = told(&document, operation);
        let has = |place: &str, name: &str| {
            let parameters = own["parameters"].as_array().into_iter().flatten();
            let named = |one: &Value| one["x-documented-name"] == name || one["name"] == name;
            parameters.filter(|one| one["in"] == place).any(named)
        };
        for (part, place) in [("path", "path"), ("query", "query")] {
            for name in rows(&contract, operation, part) {
                assert!(has(place, &name), "{}: {part} {name}", operation.name);
            }
        }
        for name in rows(&contract, operation, "headers") {
            let credential = name == "Authorization" && !own["security"].as_array().unwrap().is_empty();
            let there = has("header", &name) || credential || own["x-http-headers"].get(&name).is_some();
            assert!(there, "{}: {name}", operation.name);
        }
        let content = |media_type: &str| &own["requestBody"]["content"][media_type];
        for (part, media_type) in [("body", "application/json"), ("params", "application/x-www-form-urlencoded")] {
            for name in rows(&contract, operation, part) {
                let member = &content(media_type)["schema"]["properties"][&name];
                assert!(member.is_object(), "{}: {part} {name}", operation.name);
            }
        }
        assert_eq!(operation.content.is_some(), content("application/octet-stream").is_object(), "{}", operation.name);
    }
}

#[test]
fn a_call_without_credentials_will_do_where_their_row_is_optional() {
    let document = written(Version::V3_1);
    let security = |name: &str| {
        let contract = contract();
        let operation = contract.operations().iter().find(|operation| operation.name == name).unwrap();
        told(&document, operation)["security"].clone()
    };
    assert_eq!(security("Logout"), json!([{ "bearer": [] }, {}]));
    assert_eq!(security("CreateShare"), json!([{ "bearer": [] }, { "app": [] }]));
    assert_eq!(security("CreateSession"), json!([]));
}

#[test]
fn every_error_is_there_in_its_envelope() {
    let contract = contract();
    for version in Version::ALL {
        let document = written(version);
        let rows = contract.services().iter().map(|service| service.catalogue.entries.len());
        let examples = &document["components"]["examples"];
        assert_eq!(members(examples).count(), rows.sum::<usize>());
        for operation in contract.operations() {
            let service = contract.service_of(operation);
            let responses = &told(&document, operation)["responses"];
            for row in service.catalogue.entries.iter().filter(|row| operation.errors.contains(&row.code)) {
                let content = members(&responses[row.status.to_string()]["content"]);
                let errors =
                    content.flat_map(|(_, body)| members(&body["examples"])).filter_map(|(name, _)| examples.get(name));
                let code = serde_json::to_value(&row.code).unwrap();
                let codes: Vec<&Value> = errors.map(|example| &example["x-error"]["code"]).collect();
                assert!(codes.contains(&&code), "{}: {code} is not among {codes:?}", operation.name);
            }
        }
    }
}

#[test]
fn every_reference_has_its_target() {
    for version in Version::ALL {
        let document = written(version);
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for target in found {
            assert!(document.pointer(&target[1..]).is_some(), "{target}");
        }
    }
}

#[test]
fn a_document_of_3_0_has_no_keyword_that_3_0_lacks() {
    let document = written(Version::V3_0);
    let mut found = Vec::new();
    schemas(&document, &mut found);
    assert!(found.len() > 1000);
    for schema in found {
        for (keyword, value) in members(schema) {
            assert!(keyword.starts_with("x-") || KNOWN_TO_3_0.contains(&keyword.as_str()), "{keyword} of {schema}");
            assert!(keyword != "type" || value.is_string(), "{schema}");
            assert!(!keyword.starts_with("exclusive") || value.is_boolean(), "{schema}");
        }
        assert!(schema["type"] != "array" || schema.get("items").is_some(), "{schema}");
        assert!(schema.get("$ref").is_none() || schema.as_object().unwrap().len() == 1, "{schema}");
    }
}

#[test]
fn vendor_formats_are_patterns_and_mixed_values_are_alternatives() {
    for version in Version::ALL {
        let schemas = &written(version)["components"]["schemas"];
        let date = &schemas["koodrive.XDate"];
        assert_eq!((&date["pattern"], &date["format"]), (&json!("^[0-9]{8}T[0-9]{6}Z$"), &Value::Null));
        let kind = &schemas["koodrive.SpaceInfo"]["properties"]["type"];
        assert_eq!(
            kind["anyOf"],
            json!([{ "type": "integer", "enum": [0, 1, 2] }, { "type": "string", "enum": ["0", "1", "2"] }])
        );
        assert!(kind.get("enum").is_none() && kind.get("type").is_none());
    }
}

#[test]
fn an_operation_of_each_kind_is_written_as_it_was_read() {
    let document = written(Version::V3_1);
    let mut text = String::new();
    for name in
        ["CreateShare", "GetUserSpaceList", "AuditList", "add_member", "info_by_get", "PutObjectPart", "CreateSession"]
    {
        let all = operations(&document);
        let (path, method, told) = all.iter().find(|told| told.2["operationId"] == name).unwrap();
        text.push_str(&format!("{method} {path}\n{told:#}\n\n"));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_server_is_a_url_or_a_path() {
    for (text, url) in [
        ("http://127.0.0.1:8080/", Some("http://127.0.0.1:8080")),
        ("https://mock.example.com/~mine", Some("https://mock.example.com/~mine")),
        ("/", Some("/")),
        ("/~mine/", Some("/~mine")),
        ("", None),
        ("localhost", None),
        ("ftp://a", None),
        ("http://", None),
        ("//a", None),
        ("http://a/?b=c", None),
        ("http://a/{b}", None),
        ("http://a b", None),
    ] {
        assert_eq!(server_url(text).as_deref(), url, "{text}");
    }
}

#[test]
fn a_running_stand_in_has_the_document() {
    let server = Running::plain();
    let get = |query: &str| server.raw(format!("GET /__admin/openapi.json{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let own = get("").json();
    assert_eq!((&own["openapi"], &own["servers"]), (&json!("3.1.0"), &json!([{ "url": "/" }])));
    assert_eq!(get("?openapi=3.0&server=http://127.0.0.1:8080").json(), written(Version::V3_0));
    for (query, detail) in [
        ("?openapi=2.0", "`openapi` is 3.0 or 3.1, and not `2.0`"),
        ("?server=nowhere", "`server` is a URL, and not `nowhere`"),
        ("?version=3.0", "unknown parameter `version`; known: `openapi`, `server`"),
    ] {
        let refused = get(query);
        assert_eq!((refused.status, &refused.json()["detail"]), (400, &json!(detail)));
    }
}
