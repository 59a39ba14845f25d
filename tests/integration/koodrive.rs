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

/// The warnings of the last call, as place and rule.
fn warnings(server: &Running) -> Vec<(String, &'static str)> {
    let journal = server.mock.journal();
    let last = (1..).map_while(|number| journal.get(number)).last().unwrap();
    last.details().warnings.iter().map(|warning| (warning.at.clone(), warning.rule.as_str())).collect()
}

#[test]
fn a_trace_id_has_58_characters_and_only_warns_of_what_another_edition_forbids() {
    let server = Running::plain();
    let trace = |id: &str| server.send(&Request::share().header("X-Traceid", id));
    assert_eq!(trace(&"a_Z9".repeat(15)[..58]).status, 200);
    assert_eq!(warnings(&server), []);
    trace(&"a".repeat(57)).refuses("/headers/X-Traceid", "minLength");
    trace(&"a".repeat(59)).refuses("/headers/X-Traceid", "maxLength");
    assert_eq!(trace(&format!("{}-", "a".repeat(57))).status, 200);
    assert_eq!(warnings(&server), [("/headers/X-Traceid".to_owned(), "pattern")]);
}

#[test]
fn favourites_name_each_file_once() {
    let server = Running::plain();
    let star = |files: Value| {
        let body = json!({ "starred": true, "subRequestList": files }).to_string();
        server.send(&Request::new("POST", "/koodrive/ose/v1/star/batch").body(&body))
    };
    assert_eq!(star(json!([{ "containerId": "c", "fileId": "a" }, { "containerId": "c", "fileId": "b" }])).status, 200);
    star(json!([{ "containerId": "c", "fileId": "a" }, { "containerId": "d", "fileId": "a" }]))
        .refuses("/body/subRequestList/1/fileId", "x-unique-by");
    // Without the id, nothing is named twice.
    assert_eq!(star(json!([{ "containerId": "c" }, { "containerId": "c" }])).status, 200);
}

#[test]
fn a_file_may_be_put_at_once_as_an_older_edition_has_it() {
    let server = Running::plain();
    let create = |length: u64| {
        let body = json!({ "fileName": "a", "fileType": "45", "parentFolder": ["root"], "length": length, "uploadMode": "put",
                           "uploadType": 1, "autoRename": 2, "containerId": "c" });
        server.send(&Request::new("POST", "/koodrive/ose/v1/files/create").body(&body.to_string()))
    };
    assert_eq!(create(5 << 30).status, 200);
    assert_eq!(warnings(&server), [("/body/uploadMode".to_owned(), "enum")]);
    assert_eq!(create((5 << 30) + 1).status, 200);
    assert_eq!(warnings(&server).len(), 2, "5 GB at most");
}

#[test]
fn what_only_english_pages_forbid_in_the_name_of_a_group_is_a_warning() {
    let server = Running::plain();
    let create = |name: &str| {
        let body = json!({ "groupName": name, "sourceType": 1 }).to_string();
        server.send(&Request::new("POST", "/koodrive/ose/v1/usergroups").body(&body))
    };
    create("a/b").refuses("/body/groupName", "pattern");
    assert_eq!(create("a\\b").status, 200);
    assert_eq!(warnings(&server), [("/body/groupName".to_owned(), "pattern")]);
}

#[test]
fn a_mandatory_header_or_parameter_has_a_value() {
    let server = Running::plain();
    let refresh = |id: &str| {
        let refresh = Request::new("POST", "/koodrive/ose/v1/session/refresh");
        server.send(&refresh.header("x-session-id", id))
    };
    assert_eq!(refresh("s").status, 200);
    refresh("").refuses("/headers/x-session-id", "minLength");
    let visit =
        |short: &str| server.send(&Request::new("GET", &format!("/koodrive/ose/v1/share/visit?shortUrl={short}")));
    assert_eq!(visit("abc").status, 200);
    visit("").refuses("/query/shortUrl", "minLength");
}

#[test]
fn a_violation_cites_the_edition_that_has_the_row() {
    let server = Running::plain();
    let editions = |request: &Request| {
        let number = server.send(request).header("x-understudy-exchange").unwrap().to_owned();
        let exchange = server.send(&Request::new("GET", &format!("/__admin/exchanges/{number}"))).json();
        let pages = exchange["documentation"].as_array().unwrap().clone();
        pages.iter().map(|page| page["edition"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(editions(&Request::share()), ["2025-12-12"]);
    assert_eq!(editions(&Request::share_with("validDays", None)), ["2025-12-12"]);
    assert_eq!(editions(&Request::share_with("expiredType", Some(json!(1)))), ["2025-03-14"]);
    // The headers of app signatures are in no edition of 2024.
    assert_eq!(
        editions(&Request::new("GET", "/koodrive/ose/v1/share/userInfo?shortUrl=a").without("X-User-Id")),
        ["undated"]
    );
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
