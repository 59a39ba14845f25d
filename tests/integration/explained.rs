//! What a client hears of its mistakes: each one once, at its place, in words that tell what to do.

use serde_json::{Value, json};
use understudy::{contract::Strictness, mock::Options, server::Limits};

use crate::client::{Request, Running, trusting};

const UPLOAD: &str = "/koodrive/ose/v1/files/create";
const JOBS: &str = "/koodrive/ose/v1/jobs?offset=0&limit=10";
const TASK: &str = "/koodrive/ose/v1/task/create";

fn share(body: &str) -> Request {
    Request::new("POST", "/koodrive/ose/v1/share").body(body)
}

/// A request with a body of any bytes.
fn bytes(request: Request, coding: Option<&str>, body: &[u8]) -> Request {
    let request = request.body("");
    let mut request = coding.into_iter().fold(request, |request, coding| request.header("Content-Encoding", coding));
    request.body = body.to_vec();
    request
}

/// `{}` as gzip, made by hand: a stored block between head and sums.
fn gzip() -> Vec<u8> {
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let block = [1, 2, 0, 0xfd, 0xff, b'{', b'}'];
    [&head[..], &block, &0x9ff2_f943_u32.to_le_bytes(), &2_u32.to_le_bytes()].concat()
}

#[test]
fn a_compressed_body_is_refused_by_that_word() {
    let server = Running::trusting(&[]);
    let none = "/headers/Content-Encoding: none: compressed bodies are not read; send the text itself";
    let deflate = [0x78, 0x9c, 0xab, 0xae, 0x05, 0];
    let sound = br#"{"scope":1,"fileIds":["a"],"containerId":"c","validDays":7}"#;
    for (coding, body, told) in [
        (Some("gzip"), gzip(), format!("{none}; gzip")),
        (Some("x-gzip"), gzip(), format!("{none}; x-gzip")),
        (Some("Deflate"), deflate.to_vec(), format!("{none}; deflate")),
        (Some("br"), vec![0x8b, 0x01, 0x80], format!("{none}; br")),
        (Some("gzip, br"), vec![0x8b, 0x01, 0x80], format!("{none}; gzip, br")),
        (Some("deflate"), gzip(), format!("{none}; deflate, but the body is no deflate")),
        (Some("gzip"), sound.to_vec(), format!("{none}; gzip, but the body is plain text")),
        (Some("br"), sound.to_vec(), format!("{none}; br, but the body is plain text")),
        (None, gzip(), "/body: one JSON text; gzip, which no `Content-Encoding` says; send the text itself".to_owned()),
        (
            None,
            deflate.to_vec(),
            "/body: one JSON text; deflate, which no `Content-Encoding` says; send the text itself".to_owned(),
        ),
    ] {
        let response = server.send(&bytes(share(""), coding, &body));
        assert_eq!((response.status, response.told()), (400, vec![told]), "{coding:?}");
        assert_eq!(response.violations()[0].1, "content_coding");
    }
    for coding in ["identity", ""] {
        assert_eq!(server.send(&bytes(share(""), Some(coding), sound)).status, 200, "{coding:?}");
    }
}

#[test]
fn a_compressed_form_is_refused_by_that_word() {
    let server = Running::trusting(&[]);
    let call = |media_type: &str, coding: Option<&str>| {
        let request =
            Request::new("POST", "/m-open/1/org/info").without("Content-Type").header("Content-Type", media_type);
        server.send(&bytes(request, coding, &gzip())).violations()
    };
    for media_type in ["application/x-www-form-urlencoded", "application/json"] {
        let at = |place: &str| vec![(place.to_owned(), "content_coding".to_owned())];
        assert_eq!(call(media_type, Some("gzip")), at("/headers/Content-Encoding"));
        assert_eq!(call(media_type, None), at("/params"));
    }
}

#[test]
fn the_journal_keeps_a_compressed_body_as_it_came() {
    let server = Running::trusting(&[]);
    let response = server.send(&bytes(share(""), Some("gzip"), &gzip()));
    let exchange = server.finished(response.header("x-understudy-exchange").unwrap().parse().unwrap());
    assert_eq!(exchange.recorded.body(), gzip());
}

#[test]
fn a_member_that_is_nearly_the_missing_one_is_named() {
    let server = Running::trusting(&[]);
    let response = server.send(&share(r#"{"scope":1,"fileIds":["a"],"containerID":"c","validDays":7}"#));
    assert_eq!(response.told(), ["/body/containerId: a value (it is mandatory); `containerID`"]);
    assert_eq!(server.warnings(&response), [""; 0]);
    let query = Request::new("GET", "/koodrive/ose/v1/files/path?fileID=1&containerId=c");
    assert_eq!(server.send(&query).told(), ["/query/fileId: a value (it is mandatory); `fileID`"]);
    let header = share(r#"{"scope":1,"fileIds":["a"],"containerId":"c","validDays":7}"#).without("X-User-Id");
    let told = server.send(&header.header("X-UserId", "1")).told();
    assert_eq!(told, ["/headers/X-User-Id: a value (it is mandatory); `x-userid`"]);
}

#[test]
fn a_near_member_is_one_violation_even_where_unknown_ones_are_refused() {
    let strictness = Strictness { deny_unknown: true, ..trusting().strictness };
    let server = Running::with(&[], Options { strictness, ..trusting() }, Limits::default());
    let response = server.send(&share(r#"{"scope":1,"fileIds":["a"],"container_id":"c","validDays":7}"#));
    assert_eq!(response.told(), ["/body/containerId: a value (it is mandatory); `container_id`"]);
}

#[test]
fn conditional_rows_say_their_condition() {
    let server = Running::trusting(&[]);
    let task = |body: &Value| server.send(&Request::new("POST", TASK).body(&body.to_string())).told();
    let lacks = |name: &str, kind: u8| format!("/body/{name}: a value (required when taskType is {kind}); nothing");
    let mut told = task(&json!({ "taskType": 0 }));
    told.retain(|line| line.contains("when"));
    assert_eq!(told, [lacks("srcUserId", 0), lacks("dstUserId", 0)]);
}

#[test]
fn a_day_that_does_not_exist_is_named() {
    let server = Running::trusting(&[]);
    let mut file = json!({ "fileName": "a", "createdTime": "2026-02-30T00:00:00Z" });
    file["parentFolder"] = json!(["root"]);
    let told = server.send(&Request::new("POST", UPLOAD).body(&file.to_string())).told();
    let day = "/body/createdTime: a day that exists, as yyyy-MM-dd'T'HH:mm:ss'Z'; \"2026-02-30T00:00:00Z\", but there is no 2026-02-30";
    assert!(told.contains(&day.to_owned()), "{told:?}");
    let dated = share(r#"{"scope":1,"fileIds":["a"],"containerId":"c","validDays":7}"#).without("X-Date");
    let told = server.send(&dated.header("X-Date", "20260230T000000Z")).told();
    assert_eq!(
        told,
        [
            "/headers/X-Date: a day that exists, as yyyyMMdd'T'HHmmss'Z'; \"20260230T000000Z\", but there is no 2026-02-30",
        ]
    );
}

#[test]
fn integers_are_shown_with_every_digit() {
    let server = Running::trusting(&[]);
    for number in ["1000000000000000000001", "18446744073709551616", "-9223372036854775809", "7.50"] {
        let body = format!(r#"{{"scope":1,"fileIds":["a"],"containerId":"c","validDays":{number}}}"#);
        let told = server.send(&share(&body)).told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].ends_with(&format!("; {number}")), "{told:?}");
    }
}

#[test]
fn the_last_element_of_the_header_counts_what_it_has_no_room_for() {
    let server = Running::trusting(&[]);
    let files: Vec<u8> = (0..100).collect();
    let body = json!({ "scope": 1, "fileIds": files, "containerId": "c", "validDays": 7 });
    let response = server.send(&share(&body.to_string()));
    let violations = response.violations();
    assert_eq!(violations.last().unwrap(), &(String::new(), "more".to_owned()));
    let rest = 100 - (violations.len() - 1);
    assert_eq!(
        *response.told().last().unwrap(),
        format!(": at most 4096 bytes in this header; {rest} more, which the journal has")
    );
    let exchange = server.finished(response.header("x-understudy-exchange").unwrap().parse().unwrap());
    assert_eq!(exchange.details().violations.len(), 100);
}

#[test]
fn a_client_with_nothing_but_a_token_hears_of_the_lenient_profile() {
    let server = Running::trusting(&[]);
    let bare = |authorization: &str| {
        let request = Request::new("GET", JOBS);
        let request = request.without("Authorization").without("X-User-Id").without("X-Date");
        server.send(&request.header("Authorization", authorization)).told()
    };
    let hint = "nothing; with a token alone, `--profile lenient` does without it";
    let lacks = |name: &str, found: &str| format!("/headers/{name}: a value (it is mandatory); {found}");
    assert_eq!(bare("Bearer abc"), [lacks("X-User-Id", hint), lacks("X-Date", hint)]);
    let signed = format!("HMAC-SHA256 AppId=a,SignedHeaders=host,Signature={}", "0".repeat(64));
    assert_eq!(bare(&signed), [lacks("X-User-Id", "nothing"), lacks("X-Date", "nothing")]);
    let strictness = Strictness { lenient: true, ..trusting().strictness };
    let lenient = Running::with(&[], Options { strictness, ..trusting() }, Limits::default());
    let request = Request::new("GET", JOBS);
    assert_eq!(lenient.send(&request.without("X-User-Id").without("X-Date")).status, 200);
}

#[test]
fn the_date_of_the_generic_scheme_is_named_where_x_date_is_missing() {
    let server = Running::trusting(&[]);
    let request = Request::new("GET", JOBS);
    let signed = format!("HMAC-SHA256 AppId=a,SignedHeaders=host,Signature={}", "0".repeat(64));
    let request = request.without("X-Date").without("Authorization").header("Authorization", &signed);
    let told = server.send(&request.header("X-Sdk-Date", "20260102T030405Z")).told();
    let found = "`x-sdk-date`, which belongs to another scheme of the vendor";
    assert_eq!(told, [format!("/headers/X-Date: a value (it is mandatory); {found}")]);
}

#[test]
fn headers_of_app_signatures_are_fine_where_the_table_has_none() {
    let strictness = Strictness { deny_unknown: true, ..trusting().strictness };
    let server = Running::with(&[], Options { strictness, ..trusting() }, Limits::default());
    let create = Request::new("POST", "/koodrive/ose/v1/session/").body(r#"{"code":"c"}"#);
    let response = server.send(&create);
    assert_eq!((response.status, response.told()), (200, vec![]));
    let other = server
        .send(&Request::new("POST", "/koodrive/ose/v1/session/").body(r#"{"code":"c"}"#).header("X-Hw-Other", "1"));
    assert_eq!(other.violations(), [("/headers/x-hw-other".to_owned(), "additionalProperties".to_owned())]);
}

#[test]
fn a_sign_of_the_wrong_length_gets_its_hint_in_the_header() {
    use understudy::contract::auth::gokuai;
    let server = Running::plain();
    let dateline = jiff::Timestamp::now().as_second().to_string();
    let signed = [("client_id", "understudy-client"), ("dateline", &*dateline), ("org_id", "1")];
    let text = gokuai::string_to_sign(&signed.map(|(name, value)| (name.into(), value.into())));
    let sign = gokuai::sign("understudy-client-secret-not-real", &text);
    for (wrong, hint) in [
        (sign.trim_end_matches('=').to_owned(), "the sign lacks its `=`; keep the padding of base64"),
        ("abc".to_owned(), "a sign is 28 characters of base64; something else was sent, of length 3"),
    ] {
        let sign = percent_encoding::utf8_percent_encode(&wrong, percent_encoding::NON_ALPHANUMERIC);
        let body = format!("client_id=understudy-client&dateline={dateline}&org_id=1&sign={sign}");
        let request = Request::new("POST", "/m-open/1/org/info").without("Content-Type");
        let response = server.send(&request.header("Content-Type", "application/x-www-form-urlencoded").body(&body));
        assert_eq!(response.status, 401);
        let told = response.told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("/params/sign: the signature of what was sent") && told[0].ends_with(hint),
            "{told:?}"
        );
    }
}

#[test]
fn a_parameter_that_is_nearly_one_of_several_is_named() {
    let server = Running::trusting(&[]);
    let body = "client_id=c&dateline=1490605129&sign=glL9RlCmaDA6udIGo2DADTgCZlI%3D&orgId=1";
    let request = Request::new("POST", "/m-open/1/org/info").without("Content-Type");
    let response = server.send(&request.header("Content-Type", "application/x-www-form-urlencoded").body(body));
    assert_eq!(response.told(), ["/params: exactly one of org_id, mount_id; none of them, but `orgId`"]);
}

#[test]
fn an_authorization_of_another_kind_is_told_what_it_is() {
    let server = Running::trusting(&[]);
    for (value, found) in [
        ("Bearer Bearer abc", "`Bearer` twice; a token as the service answers it begins with `Bearer` already"),
        (
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=00ff",
            "a signature of Huawei Cloud's generic scheme, `SDK-HMAC-SHA256 Access=...`",
        ),
    ] {
        let request = Request::new("GET", JOBS).without("Authorization").header("Authorization", value);
        let response = server.send(&request);
        assert_eq!(response.violations(), [("/headers/Authorization".to_owned(), "authorization".to_owned())]);
        assert!(response.told()[0].contains(&format!("; {found}")), "{:?}", response.told());
    }
}
