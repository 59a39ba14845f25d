//! Generated requests: the verdict is the one of any JSON Schema tool on the plain schema.

use http::{HeaderMap, HeaderValue, Method};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use understudy::{
    contract::{Payload, Request, SpecFiles},
    mock::{Mock, Options},
    session::Arrival,
};

use crate::{client::contract, depth::deep};

/// The operation's body as one plain schema without references, and a validator that knows nothing of this project.
fn plain_schema(file: &str) -> jsonschema::Validator {
    let specs = SpecFiles::embedded();
    let text =
        |name: &str| -> Value { serde_json::from_str(specs.get(&format!("koodrive/{name}")).unwrap().text()).unwrap() };
    let (operation, shared) = (text(file), text("shared.json"));
    let mut body = operation["request"]["body"].clone();
    body["$defs"] = operation["$defs"].clone();
    let base = format!("https://example.com/specs/{file}");
    let registry = jsonschema::Registry::new()
        .add("https://example.com/specs/shared.json", json!({ "$defs": shared["$defs"] }))
        .unwrap()
        .prepare()
        .unwrap();
    if body["$defs"].is_null() {
        body.as_object_mut().unwrap().remove("$defs");
    }
    jsonschema::options().with_base_uri(base).with_registry(&registry).build(&body).unwrap()
}

/// Values that are right somewhere and wrong somewhere else.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..400).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such number", |number| number.is_finite()).prop_map(Value::from),
        select(vec![1.0, 2.0, 1.5, 365.0, 366.0]).prop_map(Value::from),
        "[a-z0-9空]{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec("[a-z]{1,3}".prop_map(Value::from), 98..103).prop_map(Value::from),
            proptest::collection::hash_map("[a-zA-Z]{1,12}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An object of the right shape in which some members are left out and some hold something else.
fn body(right: Value) -> impl Strategy<Value = Value> {
    let names: Vec<String> = right.as_object().unwrap().keys().cloned().collect();
    let change = prop_oneof![8 => Just(None), 1 => Just(Some(None)), 2 => value().prop_map(|value| Some(Some(value)))];
    vec(change, names.len()).prop_map(move |changes| {
        let mut body: Map<String, Value> = right.as_object().unwrap().clone();
        for (name, change) in names.iter().zip(changes) {
            match change {
                None => {}
                Some(None) => {
                    body.remove(name);
                }
                Some(Some(value)) => {
                    body.insert(name.clone(), value);
                }
            }
        }
        Value::Object(body)
    })
}

fn share() -> Value {
    json!({ "scope": 2, "deptIds": ["1"], "groupIds": [], "userIds": ["2"], "phoneNumbers": [], "fileIds": ["3"],
            "containerId": "c", "permission": { "preview": true, "edit": false }, "extractCode": "a", "expireTime": "t",
            "comment": "c", "validDays": 30 })
}

fn group() -> Value {
    let capabilities: Map<String, Value> =
        ["addChildNode", "copy", "delete", "download", "edit", "listChildNode", "removeChildNode"]
            .iter()
            .chain(&["renameFile", "shareFile", "upload", "view"])
            .map(|name| (format!("{name}Permission"), Value::from(true)))
            .collect();
    json!({ "name": "n", "iconUrl": "u", "capacity": 20,
            "addGroupUsers": [{ "userId": "1", "template": -1, "capabilities": capabilities }] })
}

struct Fixture {
    mock: Mock,
    validator: jsonschema::Validator,
    path: &'static str,
}

impl Fixture {
    fn new(file: &str, path: &'static str) -> Self {
        let mock = Mock::new(contract(), Vec::new(), Options::default());
        Self { mock, validator: plain_schema(file), path }
    }

    fn agrees(&self, body: &Value) -> Result<(), TestCaseError> {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("authorization", "Bearer a"), ("x-user-id", "1"), ("x-date", "20261121T200000Z"), ("host", "a")]
        {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let bytes = body.to_string();
        let plan = self.mock.handle(
            &Request::new(&Method::POST, self.path, &headers, Payload::Whole(bytes.as_bytes())),
            Arrival::at(jiff::Timestamp::UNIX_EPOCH),
        );
        let expected = if self.validator.is_valid(body) { 200 } else { 400 };
        prop_assert_eq!(plan.answer.status.as_u16(), expected, "{} {:?}", body, plan.violations);
        // The list of violations is empty exactly when there is nothing to refuse.
        prop_assert_eq!(plan.violations.is_some(), expected == 400);
        Ok(())
    }
}

#[test]
fn create_share_is_judged_as_its_plain_schema_says() {
    let fixture = Fixture::new("sharing-by-you/CreateShare.json", "/koodrive/ose/v1/share");
    proptest!(ProptestConfig::with_cases(deep(400)), |(body in body(share()))| fixture.agrees(&body)?);
}

#[test]
fn create_group_space_is_judged_as_its_plain_schema_says() {
    let fixture = Fixture::new("space-management/CreateGroupSpace.json", "/koodrive/ose/v1/space/group");
    let nested = body(group()).prop_flat_map(|outer| {
        let user = outer["addGroupUsers"][0].clone();
        let user = if user.is_object() { user } else { group()["addGroupUsers"][0].clone() };
        body(user).prop_map(move |user| {
            let mut outer = outer.clone();
            if outer["addGroupUsers"].is_array() {
                outer["addGroupUsers"] = json!([user]);
            }
            outer
        })
    });
    proptest!(ProptestConfig::with_cases(deep(400)), |(body in nested)| fixture.agrees(&body)?);
}

#[test]
fn batch_cancel_is_judged_as_its_plain_schema_says() {
    let fixture = Fixture::new("sharing-by-you/BatchCancel.json", "/koodrive/ose/v1/share/cancel");
    proptest!(ProptestConfig::with_cases(deep(200)), |(body in body(json!({ "shareIds": ["1"] })))| fixture.agrees(&body)?);
}

#[test]
fn no_bytes_make_the_core_panic() {
    let fixture = Fixture::new("sharing-by-you/CreateShare.json", "/koodrive/ose/v1/share");
    let strategy = ("[ -~]{0,40}", "[ -~空%]{0,40}", vec(any::<u8>(), 0..200));
    proptest!(ProptestConfig::with_cases(deep(400)), |((path, query, body) in strategy)| {
        let (path, headers) = (format!("/koodrive/ose/v1/{path}"), HeaderMap::new());
        let request = Request {
            query: Some(&query),
            ..Request::new(&Method::POST, &path, &headers, Payload::Whole(&body))
        };
        prop_assert!(fixture.mock.handle(&request, Arrival::at(jiff::Timestamp::UNIX_EPOCH)).answer.status.as_u16() >= 400);
        let request = Request { path: fixture.path, ..request };
        prop_assert!(fixture.mock.handle(&request, Arrival::at(jiff::Timestamp::UNIX_EPOCH)).answer.status.as_u16() >= 400);
    });
}
