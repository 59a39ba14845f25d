//! gokuai's library API: flat parameters, whatever carries them, and its own errors.

use serde_json::{Value, json};
use understudy::{
    contract::{
        Strictness,
        auth::{AuthMode, gokuai},
    },
    mock::Options,
    server::Limits,
};

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
        let mut params = smallest.params.unwrap();
        // The JSON is flat, and a list is one text as in a form.
        for value in params.as_object_mut().unwrap().values_mut() {
            if let Some(items) = value.as_array() {
                *value = items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",").into();
            }
        }
        let request = bare(operation.method.as_str(), &operation.path).body(&params.to_string());
        let response = server.send(&request);
        assert_eq!(response.status, 200, "{}: {:?}", operation.name, response.violations());
        count += 1;
    }
    assert_eq!(count, 21);
}

fn json_text(operation: &str, members: &str) -> Request {
    let body = format!("{{\"client_id\":\"c\",\"dateline\":1490605129,\"sign\":\"{SIGN}\"{members}}}");
    bare("POST", &format!("/m-open/1/org/{operation}")).body(&body)
}

#[test]
fn numbers_and_texts_are_one_thing_in_every_encoding() {
    let server = Running::trusting(&[]);
    for (operation, name, text, status) in [
        ("info", "org_id", "30011", 200),
        ("info", "org_id", "-7", 200),
        ("info", "org_id", "9223372036854775807", 200),
        ("info", "org_id", "18446744073709551616", 400),
        ("info", "org_id", "1000000000000000000000", 400),
        ("info", "org_id", "7.0", 400),
        ("info", "org_id", "1e3", 400),
        ("get_groups", "org_id", "1e21", 400),
        ("info_by_member", "out_id", "1.10", 200),
        ("info_by_member", "account", "20260102", 200),
    ] {
        let number = json_text(operation, &format!(",\"{name}\":{text}"));
        let quoted = json_text(operation, &format!(",\"{name}\":\"{text}\""));
        let mut all = vec![form(operation, &[(name, text)]), number, quoted];
        if operation != "destroy" {
            all.push(get(operation, &[(name, text)]));
        }
        let answers: Vec<Response> = all.iter().map(|request| server.send(request)).collect();
        for answer in &answers {
            assert_eq!(answer.status, status, "{name}={text}: {answer:?}");
            assert_eq!(answer.violations(), answers[0].violations(), "{name}={text}");
        }
    }
    let list = |ids: &str| json_text("add_member", &format!(",\"org_id\":1,\"role_id\":2,\"member_ids\":{ids}"));
    assert_eq!([list("5"), list("\"5,6\"")].map(|request| server.send(&request).status), [200, 200]);
}

#[test]
fn integers_are_shown_as_they_were_sent() {
    let server = Running::trusting(&[]);
    let big = "1000000000000000000001";
    for (request, found) in [
        (json_text("info", &format!(",\"org_id\":{big}")), format!("an integer of 64 bits; {big}")),
        (json_text("info", &format!(",\"org_id\":\"{big}\"")), format!("an integer of 64 bits; \"{big}\"")),
        (form("info", &[("org_id", big)]), format!("an integer of 64 bits; \"{big}\"")),
        (json_text("info", ",\"org_id\":1.50"), "an integer; 1.50".to_owned()),
        (form("set", &[("org_id", "1"), ("org_capacity", "x")]), String::new()),
    ] {
        let expected = if found.is_empty() {
            "/params/org_capacity: an integer or an empty text; \"x\"".to_owned()
        } else {
            format!("/params/org_id: {found}")
        };
        assert_eq!(server.send(&request).told(), [expected]);
    }
}

#[test]
fn what_is_not_flat_is_one_violation() {
    let server = Running::trusting(&[]);
    let flat = "one text or number (the JSON object is flat)";
    for (request, at, found) in [
        (json_text("info", ",\"org_id\":[1]"), "org_id", "an array of 1"),
        (json_text("info", ",\"org_id\":1,\"more\":{}"), "more", "an object of 0 members"),
        (
            json_text("add_member", ",\"org_id\":1,\"role_id\":2,\"member_ids\":[1,\"x\"]"),
            "member_ids",
            "an array of 2",
        ),
    ] {
        assert_eq!(server.send(&request).told(), [format!("/params/{at}: {flat}; {found}")]);
    }
}

#[test]
fn an_empty_body_lacks_the_same_parameters_in_every_encoding() {
    let server = Running::trusting(&[]);
    let empty = |media_type: &str, body: &str| {
        let request = bare("POST", "/m-open/1/org/get_groups").header("Content-Type", media_type).body(body);
        server.send(&request).told()
    };
    let form = empty("application/x-www-form-urlencoded", "");
    let lacks = |name: &str| format!("/params/{name}: a value (it is mandatory); nothing");
    assert_eq!(form, ["client_id", "org_id", "dateline", "sign"].map(lacks));
    assert_eq!(empty("application/json", ""), form);
    assert_eq!(empty("application/json", "{}"), form);
}

#[test]
fn without_authentication_nothing_is_asked_for_its_sake() {
    let strictness = Strictness { auth: AuthMode::Off, ..Strictness::default() };
    let server = Running::with(&[], Options { strictness, ..Options::default() }, Limits::default());
    for request in [
        bare("POST", "/m-open/1/org/info").header("Content-Type", "application/x-www-form-urlencoded").body("org_id=1"),
        bare("POST", "/m-open/1/org/info").body("{\"org_id\":1,\"dateline\":\"soon\",\"sign\":\"x\"}"),
        bare("GET", "/m-open/1/org/info?org_id=1"),
    ] {
        let response = server.send(&request);
        assert_eq!(response.status, 200, "{response:?}");
    }
}

#[test]
fn what_the_vendors_own_clients_send_is_a_warning() {
    let server = Running::trusting(&[]);
    for (request, warned) in [
        (form("info", &[("out_id", "x-1")]), "/params: expected exactly one of org_id, mount_id, found none of them"),
        (form("bind", &[("org_id", "1")]), "/params/title: expected a value (it is mandatory), found nothing"),
        (
            form("add_group", &[("org_id", "1"), ("group_id", "2")]),
            "/params/role_id: expected a value (it is mandatory), found nothing",
        ),
    ] {
        let response = server.send(&request);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(server.warnings(&response), [warned]);
    }
}

#[test]
fn a_library_is_asked_for_by_its_own_client_and_secret() {
    let server = Running::plain();
    let dateline = jiff::Timestamp::now().as_second().to_string();
    let call = |secret: &str| {
        let signed = [("org_client_id", "k3vE0mQ2example"), ("dateline", &dateline)];
        let sign =
            gokuai::sign(secret, &gokuai::string_to_sign(&signed.map(|(name, value)| (name.into(), value.into()))));
        let sign = percent_encoding::utf8_percent_encode(&sign, percent_encoding::NON_ALPHANUMERIC);
        let body = format!("org_client_id=k3vE0mQ2example&dateline={dateline}&sign={sign}");
        let request = bare("POST", "/m-open/1/org/info").header("Content-Type", "application/x-www-form-urlencoded");
        server.send(&request.body(&body))
    };
    assert_eq!(call("Zr8example5Tn").status, 200);
    let response = call("another");
    assert_eq!(
        (response.status, response.violations()),
        (401, vec![("/params/sign".to_owned(), "signature".to_owned())])
    );
}

#[test]
fn a_body_that_is_plainly_not_what_its_media_type_says_is_one_violation() {
    let server = Running::trusting(&[]);
    let json = json!({ "client_id": "c", "dateline": 1_490_605_129, "sign": SIGN, "org_id": 1 }).to_string();
    let (form_type, json_type) = ("application/x-www-form-urlencoded", "application/json");
    let call = |media_type: &str, body: &str| {
        server.send(&bare("POST", "/m-open/1/org/info").header("Content-Type", media_type).body(body))
    };
    let form = encode(&[("org_id", "1")]);
    for (media_type, body, real) in [(form_type, &json, json_type), (json_type, &form, form_type)] {
        let response = call(media_type, body);
        assert_eq!(response.told(), [format!("/headers/Content-Type: {real}, which the body is; {media_type}")]);
        assert_eq!(response.violations()[0].1, "media_type");
    }
    let other = call("text/plain", &json);
    assert_eq!(other.violations(), [("/headers/Content-Type".to_owned(), "media_type".to_owned())]);
}

#[test]
fn a_parameter_that_cannot_be_decoded_is_not_missing_as_well() {
    let server = Running::trusting(&[]);
    let body = format!("{}&org_id=%zz", encode(&[]));
    let request = bare("POST", "/m-open/1/org/info").header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(server.send(&request.body(&body)).violations(), [("/params/org_id".to_owned(), "encoding".to_owned())]);
}
