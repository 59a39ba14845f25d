//! gokuai's library API: flat parameters, whatever carries them, and its own errors.

use serde_json::{Value, json};

use crate::client::{Request, Response, Running};

const SIGN: &str = "glL9RlCmaDA6udIGo2DADTgCZlI=";

fn encode(parameters: &[(&str, &str)]) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let all = [("client_id", "c"), ("dateline", "1490605129"), ("sign", SIGN)];
    all.iter().chain(parameters).map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

fn bare(method: &str, target: &str) -> Request {
    let headers = vec![("Host".to_owned(), "a".to_owned())];
    Request { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() }
}

fn form(operation: &str, parameters: &[(&str, &str)]) -> Request {
    bare("POST", &format!("/m-open/1/org/{operation}"))
        .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(&encode(parameters))
}

fn flat_json(operation: &str, parameters: &Value) -> Request {
    let mut body = json!({ "client_id": "c", "dateline": 1_490_605_129, "sign": SIGN });
    body.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    bare("POST", &format!("/m-open/1/org/{operation}")).body(&body.to_string())
}

fn get(operation: &str, parameters: &[(&str, &str)]) -> Request {
    bare("GET", &format!("/m-open/1/org/{operation}?{}", encode(parameters)))
}

#[track_caller]
fn refuses(response: &Response, at: &str, rule: &str) {
    assert_eq!((response.status, response.json()["error_code"].as_i64()), (400, Some(40003)), "{response:?}");
    assert!(response.json()["error_msg"].is_string());
    assert!(response.violations().contains(&(at.to_owned(), rule.to_owned())), "{:?}", response.violations());
}

#[test]
fn a_form_a_flat_object_and_a_query_carry_the_same_parameters() {
    let server = Running::trusting(&[]);
    for request in [
        form("info", &[("org_id", "30011")]),
        flat_json("info", &json!({ "org_id": 30011 })),
        flat_json("info", &json!({ "org_id": "30011" })),
        get("info", &[("org_id", "30011")]),
    ] {
        let response = server.send(&request);
        assert_eq!((response.status, response.header("x-understudy-operation")), (200, Some("info")), "{response:?}");
        assert_eq!(response.json()["info"]["org_id"], 30011);
    }
}

#[test]
fn a_violation_is_at_the_parameter_whatever_carried_it() {
    let server = Running::trusting(&[]);
    for request in [
        form("info", &[("org_id", "x")]),
        flat_json("info", &json!({ "org_id": "x" })),
        get("info", &[("org_id", "x")]),
    ] {
        refuses(&server.send(&request), "/params/org_id", "type");
    }
    refuses(&server.send(&flat_json("info", &json!({ "org_id": [1] }))), "/params/org_id", "type");
    refuses(&server.send(&form("search", &[("name", "a"), ("size", "1001")])), "/params/size", "maximum");
    assert_eq!(server.send(&form("search", &[("name", "a"), ("size", "1000")])).status, 200);
}

#[test]
fn one_and_only_one_of_a_group_is_sent() {
    let server = Running::trusting(&[]);
    refuses(&server.send(&form("info", &[])), "/params", "oneOf");
    refuses(&server.send(&form("info", &[("org_id", "1"), ("mount_id", "2")])), "/params", "oneOf");
    assert_eq!(server.send(&form("info", &[("mount_id", "2")])).status, 200);
    refuses(&server.send(&form("search", &[("name", "a"), ("prefix", "b")])), "/params", "oneOf");
    for way in ["member_id", "out_id", "account", "email"] {
        assert_eq!(server.send(&form("info_by_member", &[("org_id", "1"), (way, "1")])).status, 200, "{way}");
    }
}

#[test]
fn lists_of_ids_are_separated_by_commas() {
    let server = Running::trusting(&[]);
    let add = |ids: &str| server.send(&form("add_member", &[("org_id", "1"), ("role_id", "2"), ("member_ids", ids)]));
    assert_eq!(add("1,2,3").status, 200);
    refuses(&add("1,x"), "/params/member_ids/1", "type");
    refuses(&add(""), "/params/member_ids", "type");
}

#[test]
fn an_empty_value_means_something_only_where_the_documentation_says_so() {
    let server = Running::trusting(&[]);
    // An empty capacity removes the limit of a library.
    assert_eq!(server.send(&form("set", &[("org_id", "1"), ("org_capacity", "")])).status, 200);
    refuses(&server.send(&form("get_groups", &[("org_id", "")])), "/params/org_id", "type");
}

#[test]
fn operations_without_a_result_answer_an_empty_object_and_groups_a_bare_array() {
    let server = Running::trusting(&[]);
    assert_eq!(server.send(&form("destroy", &[("org_id", "1")])).json(), json!({}));
    assert!(server.send(&get("get_groups", &[("org_id", "1")])).json().is_array());
}

#[test]
fn a_missing_sign_is_401_in_the_services_own_words() {
    let server = Running::trusting(&[]);
    let response = server.send(
        &bare("POST", "/m-open/1/org/info")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("org_id=1"),
    );
    assert_eq!((response.status, response.json()), (401, json!({ "error_code": 40104, "error_msg": "签名错误" })));
    assert!(response.violations().iter().any(|(at, _)| at == "/params/sign"));
}

#[test]
fn the_query_carries_parameters_of_reading_operations_only() {
    let server = Running::trusting(&[]);
    let response = server.send(&get("destroy", &[("org_id", "1")]));
    assert_eq!((response.status, response.json()["error_code"].as_i64()), (405, Some(405)));
    for operation in ["info", "info_by_member", "ls", "get_members", "get_member", "get_groups", "log"] {
        let response = server.send(&get(operation, &[]));
        assert!(![404, 405].contains(&response.status), "{operation}");
    }
}

#[test]
fn forms_are_read_as_clients_write_them() {
    let server = Running::trusting(&[]);
    for name in ["two+words", "two%20words", "~tilde", "star%2A", "%E7%A9%BA"] {
        let body = format!("{}&name={name}", encode(&[]));
        let request = bare("POST", "/m-open/1/org/search")
            .header("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
        assert_eq!(server.send(&request.body(&body)).status, 200, "{name}");
    }
    let broken = bare("POST", "/m-open/1/org/search").header("Content-Type", "application/x-www-form-urlencoded");
    refuses(&server.send(&broken.body(&format!("{}&name=%zz", encode(&[])))), "/params/name", "encoding");
}

#[test]
fn a_scenario_can_look_at_parameters() {
    let server = Running::trusting(&[
        "scenario: s\nrules:\n- operation: info\n  match: { params: { org_id: 7 } }\n  answers: [error: 40104]\n",
    ]);
    assert_eq!(server.send(&get("info", &[("org_id", "7")])).status, 401);
    assert_eq!(server.send(&form("info", &[("org_id", "8")])).status, 200);
}

#[test]
fn all_21_operations_answer_their_smallest_request() {
    let server = Running::trusting(&[]);
    let contract = server.mock.contract();
    let operations = contract.operations().iter().filter(|operation| operation.path.starts_with("/m-open/"));
    let mut count = 0;
    for operation in operations {
        let smallest = operation.smallest_request(contract.service_of(operation)).unwrap();
        let request = bare(operation.method.as_str(), &operation.path).body(&smallest.params.unwrap().to_string());
        let response = server.send(&request);
        assert_eq!(response.status, 200, "{}: {:?}", operation.name, response.violations());
        count += 1;
    }
    assert_eq!(count, 21);
}
