//! The contract of KooDrive's calls, as a client meets it.

use serde_json::{Value, json};

use crate::client::{Request, Running};

#[test]
fn answers_the_documented_example_and_says_so() {
    let server = Running::plain();
    let response = server.send(&Request::share());
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("x-understudy-operation"), Some("CreateShare"));
    assert_eq!(response.header("x-understudy-exchange"), Some("1"));
    assert_eq!(response.header("x-understudy-answer"), Some("example"));
    assert_eq!(response.header("x-understudy-violations"), None);
    assert_eq!(response.json()["shareLink"]["shareId"], "1537770199275720001");
    // The documented order of members is kept.
    assert!(response.body.starts_with(b"{\"shareLink\":{\"shareId\":"));
}

#[test]
fn valid_days_reach_from_1_to_365() {
    let server = Running::plain();
    for days in [1, 365] {
        assert_eq!(server.send(&Request::share_with("validDays", Some(json!(days)))).status, 200, "{days}");
    }
    for (days, rule) in [
        (json!(0), "minimum"),
        (json!(-1), "minimum"),
        (json!(366), "maximum"),
        (json!(1.5), "type"),
        (json!("30"), "type"),
        (Value::Null, "type"),
    ] {
        server.send(&Request::share_with("validDays", Some(days))).refuses("/body/validDays", rule);
    }
    server.send(&Request::share_with("validDays", None)).refuses("/body/validDays", "required");
}

#[test]
fn a_share_has_one_of_three_scopes() {
    let server = Running::plain();
    for scope in [1, 2, 3] {
        assert_eq!(server.send(&Request::share_with("scope", Some(json!(scope)))).status, 200);
    }
    for scope in [0, 4] {
        server.send(&Request::share_with("scope", Some(json!(scope)))).refuses("/body/scope", "enum");
    }
}

#[test]
fn at_most_100_shares_are_cancelled_at_once() {
    let server = Running::plain();
    let cancel = |count: usize| {
        let ids: Vec<String> = (0..count).map(|id| id.to_string()).collect();
        server
            .send(&Request::new("POST", "/koodrive/ose/v1/share/cancel").body(&json!({ "shareIds": ids }).to_string()))
    };
    assert_eq!(cancel(100).status, 200);
    cancel(101).refuses("/body/shareIds", "maxItems");
}

const CAPABILITIES: [&str; 11] = [
    "addChildNodePermission",
    "copyPermission",
    "deletePermission",
    "downloadPermission",
    "editPermission",
    "listChildNodePermission",
    "removeChildNodePermission",
    "renameFilePermission",
    "shareFilePermission",
    "uploadPermission",
    "viewPermission",
];

#[test]
fn capabilities_name_all_eleven_permissions() {
    let server = Running::plain();
    let create = |capabilities: &Value| {
        let user = json!({ "userId": "1", "template": -1, "capabilities": capabilities });
        let body = json!({ "name": "team", "addGroupUsers": [user] });
        server.send(&Request::new("POST", "/koodrive/ose/v1/space/group").body(&body.to_string()))
    };
    let all: Value =
        CAPABILITIES.iter().map(|name| ((*name).to_owned(), json!(true))).collect::<serde_json::Map<_, _>>().into();
    assert_eq!(create(&all).status, 200);
    for name in CAPABILITIES {
        let mut without = all.clone();
        without.as_object_mut().unwrap().remove(name);
        create(&without).refuses(&format!("/body/addGroupUsers/0/capabilities/{name}"), "required");
    }
}

#[test]
fn a_template_id_is_a_64_bit_integer() {
    let server = Running::plain();
    let create = |template: &str| {
        let body = format!(r#"{{"name":"team","addGroupUsers":[{{"userId":"1","template":{template}}}]}}"#);
        server.send(&Request::new("POST", "/koodrive/ose/v1/space/group").body(&body))
    };
    for template in ["9223372036854775807", "-9223372036854775808", "0"] {
        assert_eq!(create(template).status, 200, "{template}");
    }
    create("9223372036854775808").refuses("/body/addGroupUsers/0/template", "maximum");
    create("1e30").refuses("/body/addGroupUsers/0/template", "maximum");
    create("-9223372036854775809").refuses("/body/addGroupUsers/0/template", "minimum");
}

#[test]
fn a_capacity_is_a_32_bit_integer() {
    let server = Running::plain();
    let create = |capacity: i64| {
        let body = json!({ "name": "team", "addGroupUsers": [], "capacity": capacity });
        server.send(&Request::new("POST", "/koodrive/ose/v1/space/group").body(&body.to_string()))
    };
    assert_eq!(create(2_147_483_647).status, 200);
    create(2_147_483_648).refuses("/body/capacity", "maximum");
}

#[test]
fn a_trace_id_has_58_letters_digits_and_underscores() {
    let server = Running::plain();
    let trace = |id: &str| server.send(&Request::share().header("X-Traceid", id));
    assert_eq!(trace(&"a_Z9".repeat(15)[..58]).status, 200);
    trace(&"a".repeat(57)).refuses("/headers/X-Traceid", "minLength");
    trace(&"a".repeat(59)).refuses("/headers/X-Traceid", "maxLength");
    trace(&format!("{}-", "a".repeat(57))).refuses("/headers/X-Traceid", "pattern");
}

#[test]
fn every_documented_form_of_authorization_is_taken() {
    let server = Running::trusting(&[]);
    let signature = format!("HMAC-SHA256 AppId=a1,SignedHeaders=host;x-date;x-user-id,Signature={}", "0".repeat(64));
    for value in ["Bearer+abc", "Bearer abc", "bearer abc", "BEARER+abc", signature.as_str()] {
        assert_eq!(server.send(&Request::share().header("Authorization", value)).status, 200, "{value}");
    }
}

#[test]
fn a_missing_or_unusable_authorization_is_401_and_everything_is_listed() {
    let server = Running::plain();
    for request in
        [Request::share().without("Authorization"), Request::share().header("Authorization", "Basic c2VjcmV0")]
    {
        let response = server.send(&request);
        assert_eq!(response.status, 401);
        assert_eq!(response.json()["error_code"], "APIGW.0301");
        assert_eq!(response.json()["request_id"].as_str().unwrap().len(), 32);
        assert!(response.violations().iter().any(|(at, _)| at == "/headers/Authorization"));
        assert!(!response.header("x-understudy-violations").unwrap().contains("c2VjcmV0"));
    }
    let both = Request::share_with("validDays", Some(json!(366))).without("Authorization").without("X-User-Id");
    let response = server.send(&both);
    assert_eq!(response.status, 401);
    let places: Vec<_> = response.violations().into_iter().map(|(at, _)| at).collect();
    assert_eq!(places, ["/headers/Authorization", "/headers/X-User-Id", "/body/validDays"]);
}

#[test]
fn x_date_is_a_real_instant() {
    let server = Running::plain();
    assert_eq!(server.send(&Request::share().header("X-Date", "20240229T235959Z")).status, 200);
    for wrong in ["20230229T000000Z", "2024-02-29T00:00:00Z", "20240229T000000", "20240229T250000Z"] {
        server.send(&Request::share().header("X-Date", wrong)).refuses("/headers/X-Date", "format");
    }
}

#[test]
fn the_message_comes_in_the_language_that_is_asked_for() {
    let server = Running::plain();
    let ask = |language: &str| {
        let request = Request::share_with("scope", None).header("language", language);
        server.send(&request).json()["msg"].as_str().unwrap().to_owned()
    };
    for language in ["zh-CN", "zh_cn", "ZH-cn"] {
        assert_eq!(ask(language), "参数检验失败");
    }
    for language in ["en-US", "fr-FR", ""] {
        assert_eq!(ask(language), "Verify parameters failed.");
    }
}

#[test]
fn every_violation_is_found_at_once() {
    let server = Running::plain();
    let request = Request::share()
        .body(r#"{"scope":7,"fileIds":"x","validDays":0,"permission":{"edit":1}}"#)
        .without("X-User-Id")
        .header("X-Traceid", "short");
    let mut places: Vec<_> = server.send(&request).violations().into_iter().map(|(at, _)| at).collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/body/containerId",
            "/body/fileIds",
            "/body/permission/edit",
            "/body/scope",
            "/body/validDays",
            "/headers/X-Traceid",
            "/headers/X-User-Id",
        ]
    );
}

#[test]
fn the_media_type_is_json_in_utf_8_or_absent() {
    let server = Running::plain();
    for media_type in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""] {
        assert_eq!(server.send(&Request::share().header("Content-Type", media_type)).status, 200, "{media_type}");
    }
    assert_eq!(server.send(&Request::share().without("Content-Type")).status, 200);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "json"] {
        server
            .send(&Request::share().header("Content-Type", media_type))
            .refuses("/headers/Content-Type", "media_type");
    }
}

#[test]
fn undocumented_fields_are_noted_but_not_refused() {
    let server = Running::plain();
    let response = server.send(&Request::share_with("colour", Some(json!("red"))));
    assert_eq!((response.status, response.violations().len()), (200, 0));
    let exchange = server.mock.journal().get(1).unwrap();
    assert_eq!(exchange.details().warnings[0].at, "/body/colour");
}

#[test]
fn a_body_that_is_missing_lacks_each_mandatory_field() {
    let server = Running::plain();
    let response = server.send(&Request::new("POST", "/koodrive/ose/v1/share"));
    let places: Vec<_> = response.violations().into_iter().map(|(at, _)| at).collect();
    assert_eq!(places, ["/body/scope", "/body/fileIds", "/body/containerId", "/body/validDays"]);
}
