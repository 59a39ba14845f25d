//! Calls of paths that are not documented, or are another operation's than was meant.

use serde_json::{Value, json};
use understudy::contract::{Rule, SpecFiles};

use crate::client::{Request, Response, Running, contract};

/// What the violation of the route expects.
fn expected(response: &Response) -> String {
    let violations: Value = serde_json::from_str(response.header("x-understudy-violations").unwrap()).unwrap();
    assert_eq!((&violations[0]["at"], &violations[0]["rule"]), (&json!("/path"), &json!("route")));
    violations[0]["expected"].as_str().unwrap().to_owned()
}

#[test]
fn an_unknown_route_is_404_and_says_what_was_probably_meant() {
    let server = Running::plain();
    for (method, target, meant) in [
        ("POST", "/koodrive/ose/v1/shares", "POST /koodrive/ose/v1/share"),
        ("POST", "/shares", "POST /koodrive/ose/v1/share"),
        ("POST", "/ose/v1/share", "POST /koodrive/ose/v1/share"),
        ("POST", "/kodrive/ose/v1/share", "POST /koodrive/ose/v1/share"),
        ("POST", "/koodrive/ose/v2/share", "POST /koodrive/ose/v1/share"),
        ("POST", "/koodrive/ose/v1/Share", "POST /koodrive/ose/v1/share"),
        ("POST", "/koodrive/ose/v1/share/", "POST /koodrive/ose/v1/share"),
        ("POST", "/koodrive/ose/v1//share", "POST /koodrive/ose/v1/share"),
        ("GET", "/koodrive/ose/v2/users/1505084218764547200", "GET /koodrive/ose/v1/users/{userId}"),
        ("GET", "/koodrive/ose/v1/department/7", "GET /koodrive/ose/v1/departments/{department_id}"),
        ("POST", "/1/org/info", "POST /m-open/1/org/info"),
        ("POST", "/m-open/1/org/getMembers", "POST /m-open/1/org/get_members"),
    ] {
        let response = server.send(&Request::new(method, target));
        assert_eq!(response.status, 404, "{target}");
        assert_eq!(response.header("x-understudy-operation"), None);
        let hint = format!("a documented method and path; did you mean {meant}?");
        assert_eq!(expected(&response), hint, "{target}");
    }
    for target in ["/teapot", "/koodrive/teapot", "/koodrive/ose/v1/teapot", "/koodrive/ose/v1/share/../../x"] {
        let response = server.send(&Request::new("POST", target));
        assert_eq!(response.json()["error_code"], "APIGW.0101");
        assert_eq!(expected(&response), "a documented method and path", "{target}");
    }
}

#[test]
fn a_known_path_with_another_method_names_its_methods_and_has_its_own_message() {
    let server = Running::plain();
    let send = |method: &str, target: &str| {
        let response = server.send(&Request::new(method, target));
        (response.status, expected(&response), response.json())
    };
    let message = |body: &Value| body["error_msg"].as_str().map(str::to_owned).unwrap();

    let (status, expected, body) = send("DELETE", "/koodrive/ose/v1/share/7");
    assert_eq!((status, body["error_code"].as_str()), (404, Some("APIGW.0101")));
    assert_eq!(expected, "a documented method of this path: GET or PUT");
    assert_eq!(message(&body), "The API does not exist.");
    let exchange = server.mock.journal().get(1).unwrap();
    assert_eq!(serde_json::to_value(exchange.refusal).unwrap(), json!("unknown_method"));
    assert!(exchange.breaks_contract());

    let (_, _, body) = send("DELETE", "/koodrive/ose/v1/sharing/7");
    assert_eq!(message(&body), "The API does not exist or has not been published in the environment.");
    let (status, expected, body) = send("PUT", "/m-open/1/org/info");
    assert_eq!((status, &body["error_code"]), (405, &json!(405)));
    assert_eq!(expected, "a documented method of this path: GET or POST");
}

#[test]
fn services_that_do_not_tell_methods_from_paths_answer_both_alike() {
    let mut files = SpecFiles::embedded().files;
    files.retain(|file| !file.name.contains("-management/") && !file.name.starts_with("gokuai"));
    for file in files.iter_mut().filter(|file| file.name == "koodrive/service.json") {
        let mut description: Value = serde_json::from_str(file.text()).unwrap();
        description["refusals"].as_object_mut().unwrap().remove("unknown_method").unwrap();
        *file = understudy::contract::SpecFile::new(file.name.clone(), file.shown.clone(), description.to_string());
    }
    let contract = SpecFiles::of(files).load().unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let server = Running::of(contract, Vec::new(), understudy::mock::Options::default());
    let response = server.send(&Request::new("DELETE", "/koodrive/ose/v1/share/7"));
    assert_eq!(response.status, 404);
    assert!(response.json()["error_msg"].as_str().unwrap().contains("not been published"), "{response:?}");
}

#[test]
fn a_word_that_a_path_parameter_took_for_an_id_is_a_warning_with_the_near_route() {
    let server = Running::plain();
    let warnings = |method: &str, target: &str| -> Vec<(String, String)> {
        server.send(&Request::new(method, target));
        let exchange = server.mock.journal().get(server.mock.journal().next_number() - 1).unwrap();
        let near = exchange.details().warnings.iter().filter(|warning| warning.rule == Rule::NearRoute);
        near.map(|warning| (warning.at.clone(), format!("{}, found {}", warning.expected, warning.found))).collect()
    };
    for (method, target, at, text) in [
        ("GET", "sharess", "/path/job_id", "an id; did you mean GET /koodrive/ose/v1/share?, found \"sharess\""),
        ("GET", "users", "/path/job_id", "an id; did you mean GET /koodrive/ose/v1/users/{userId}?, found \"users\""),
        (
            "GET",
            "share/recieved",
            "/path/shareId",
            "an id; did you mean GET /koodrive/ose/v1/share/received?, found \"recieved\"",
        ),
        (
            "POST",
            "files/serach",
            "/path/type",
            "an id; did you mean POST /koodrive/ose/v1/files/search?, found \"serach\"",
        ),
    ] {
        let target = format!("/koodrive/ose/v1/{target}");
        assert_eq!(warnings(method, &target), [(at.to_owned(), text.to_owned())], "{target}");
    }
    for target in ["1309243162258300001", "users/alice", "share/share1", "departments/a4fd0d798f5344ccac2c695646ef66d3"]
    {
        assert_eq!(warnings("GET", &format!("/koodrive/ose/v1/{target}")), [], "{target}");
    }
    // It stays a warning, and the call its operation's.
    let response = server.send(&Request::new("GET", "/koodrive/ose/v1/sharess"));
    assert_eq!((response.status, response.header("x-understudy-operation")), (200, Some("GetJobDetail")));
    assert_eq!(response.header("x-understudy-violations"), None);
}

#[test]
fn every_id_in_the_documented_examples_has_a_digit() {
    let contract = contract();
    let parameters =
        contract.operations().iter().flat_map(|operation| operation.path.split(['{', '}']).skip(1).step_by(2));
    // `jobId` and `job_id` are the same; the `type` in a path is a number of its own.
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let names: Vec<String> = parameters.map(plain).filter(|name| name != "type").collect();
    let mut seen = 0;
    for operation in contract.operations() {
        let mut values = Vec::new();
        for response in operation.responses(contract.service_of(operation)).unwrap() {
            collect(&response.example, "", &mut values);
        }
        for (name, value) in values {
            // Some are blotted out.
            if names.contains(&plain(&name)) && value != "xxx" && value != "x" {
                assert!(value.bytes().any(|byte| byte.is_ascii_digit()), "{}: {name} {value}", operation.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// Names and values of all members.
fn collect(value: &Value, name: &str, values: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| collect(value, name, values)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, values)),
        Value::String(text) => values.push((name.to_owned(), text.clone())),
        Value::Number(number) => values.push((name.to_owned(), number.to_string())),
        Value::Null | Value::Bool(_) => {}
    }
}
