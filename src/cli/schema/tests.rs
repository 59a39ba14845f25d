use serde_json::json;

use super::*;
use crate::contract::SpecFiles;

fn schema() -> jsonschema::Validator {
    let mut schema = serde_json::from_str(embedded::schema("scenario.schema.json").unwrap()).unwrap();
    enrich(&mut schema, &SpecFiles::embedded().load().unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn names_codes_fields_and_values_of_the_contract_are_taken_and_no_others() {
    let schema = schema();
    let rule = |rule: Value| schema.is_valid(&json!({ "scenario": "s", "rules": [rule] }));
    let matched =
        |pattern: Value| rule(json!({ "operation": "CreateShare", "match": pattern, "answers": ["example"] }));
    assert!(rule(json!({ "operation": "CreateShare", "answers": [{ "error": 13000311 }] })));
    assert!(rule(json!({ "operation": ["CreateShare", "info"], "answers": [{ "error": "13000311" }] })));
    assert!(rule(json!({ "operation": "*", "answers": [{ "error": { "code": "{{ state.code }}" } }] })));
    assert!(!rule(json!({ "operation": "CreateShares", "answers": ["example"] })));
    assert!(!rule(json!({ "operation": ["CreateShares"], "answers": ["example"] })));
    assert!(!rule(json!({ "operation": "CreateShare", "answers": [{ "error": 1 }] })));
    assert!(!rule(json!({ "operation": "CreateShare", "answers": [{ "error": "APIGW.9" }] })));
    for pattern in [
        json!({ "body": { "scope": 2, "validDays": { "$gt": 30 } } }),
        json!({ "body": { "scope": { "$in": [1, 2] }, "permission": { "preview": true } } }),
        json!({ "headers": { "x-user-id": "1505" }, "x-mine": 1 }),
    ] {
        assert!(matched(pattern.clone()), "{pattern}");
    }
    for pattern in [
        json!({ "body": { "scopes": 2 } }),
        json!({ "body": { "scope": 4 } }),
        json!({ "body": { "scope": { "$in": [4] } } }),
        json!({ "body": { "permission": { "previews": true } } }),
        json!({ "query": { "scope": 1 } }),
        json!({ "body": { "validDays": { "$above": 30 } } }),
    ] {
        assert!(!matched(pattern.clone()), "{pattern}");
    }
    let expects = |expect: Value| schema.is_valid(&json!({ "scenario": "s", "rules": [], "expect": [expect] }));
    assert!(expects(json!({ "order": ["CreateShare", "BatchCancel"] })) && !expects(json!({ "order": ["A", "B"] })));
    assert!(
        expects(json!({ "operation": "CreateShare", "calls": 1 })) && !expects(json!({ "operation": "A", "calls": 1 }))
    );
}

#[test]
fn the_scenarios_of_the_tutorial_obey_it() {
    let schema = schema();
    let mut files = 0;
    for entry in std::fs::read_dir("scenarios").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let source = crate::diagnostic::Source::new("a", std::fs::read_to_string(&path).unwrap());
        let value = crate::document::read(&source, crate::document::ReadLimits::default()).unwrap().to_json();
        let mistakes: Vec<String> =
            schema.iter_errors(&value).map(|error| format!("{}: {error:.300}", error.instance_path())).collect();
        assert!(mistakes.is_empty(), "{}: {mistakes:#?}", path.display());
        files += 1;
    }
    assert!(files > 10);
}
