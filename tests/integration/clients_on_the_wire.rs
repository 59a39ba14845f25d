//! Signed requests as clients really put them on the wire: the vendor's Java and PHP clients, Python's requests, and whatever
//! writes header names in another case. What is signed is the plain text, so each way of writing it down has the same signature.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use understudy::contract::auth::{
    credentials::Credentials,
    gokuai,
    koodrive::{self, SignedRequest},
};

use crate::client::{Request, Response, Running, SHARE};

/// How a client writes a text into a query or a form.
type Write = fn(&str) -> String;

const RFC3986: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// As the vendor's Java client and PHP's `PHP_QUERY_RFC3986` do: a space is `%20`, `~` stays, `*` is `%2A`.
fn java(text: &str) -> String {
    utf8_percent_encode(text, RFC3986).to_string()
}

/// As Python's requests do: a space is `+`.
fn python(text: &str) -> String {
    java(text).replace("%20", "+")
}

/// As Java's `URLEncoder` and browsers' forms do: `*` stays, `~` is `%7E`.
fn url_encoder(text: &str) -> String {
    python(text).replace("%2A", "*").replace('~', "%7E")
}

/// With lower-case hex digits, as .NET's `HttpUtility` does.
fn dotnet(text: &str) -> String {
    let mut escaped = 0;
    let lower = |character: char| {
        escaped = if character == '%' { 2 } else { i32::max(escaped - 1, 0) };
        if escaped > 0 || character.is_ascii_digit() { character.to_ascii_lowercase() } else { character }
    };
    python(text).chars().map(lower).collect()
}

const WRITERS: [(&str, Write); 4] = [("Java", java), ("Python", python), ("URLEncoder", url_encoder), (".NET", dotnet)];

/// Every character that somebody writes in another way.
const ODD: &str = "R&D a/b~*+'(!)=%空";

fn join(pairs: &[(&str, &str)], write: Write) -> String {
    pairs.iter().map(|(name, value)| format!("{}={}", write(name), write(value))).collect::<Vec<_>>().join("&")
}

/// An app-signed call before it is written down.
#[derive(Clone)]
struct AppCall {
    method: &'static str,
    path: &'static str,
    query: Vec<(&'static str, &'static str)>,
    body: &'static str,
    host: String,
    date: String,
}

const USER: &str = "1505084218764547200";

impl AppCall {
    fn new(server: &Running, method: &'static str, path: &'static str) -> Self {
        let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        Self { method, path, query: Vec::new(), body: "", host: server.address.to_string(), date }
    }

    fn share(server: &Running) -> Self {
        Self { body: SHARE, ..Self::new(server, "POST", "/koodrive/ose/v1/share") }
    }

    fn info(server: &Running) -> Self {
        Self { query: vec![("shortUrl", ODD)], ..Self::new(server, "GET", "/koodrive/ose/v1/share/userInfo") }
    }

    /// The value of `Authorization`: made of the plain texts, by the built-in app.
    fn authorization(&self, list: &str) -> String {
        let credentials = Credentials::built_in();
        let id = credentials.ids(&koodrive::SECTION).next().unwrap();
        let query = join(&self.query, java);
        let request = SignedRequest {
            method: self.method,
            path: self.path,
            query: Some(&query),
            headers: &[("host", &self.host), ("x-date", &self.date), ("x-user-id", USER)],
            body: self.body.as_bytes(),
        };
        let string_to_sign = koodrive::canonical(&request, list).string_to_sign;
        let signature = koodrive::sign(credentials.secret(&koodrive::SECTION, id).unwrap().expose(), &string_to_sign);
        format!("HMAC-SHA256 AppId={id},SignedHeaders={list},Signature={signature}")
    }

    fn request(&self, write: Write) -> Request {
        self.request_with(write, "host;x-date;x-user-id")
    }

    fn request_with(&self, write: Write, list: &str) -> Request {
        let query = join(&self.query, write);
        let target = if query.is_empty() { self.path.to_owned() } else { format!("{}?{query}", self.path) };
        let mut request = Request { method: self.method.to_owned(), target, headers: Vec::new(), body: Vec::new() };
        let authorization = self.authorization(list);
        for (name, value) in
            [("Host", &*self.host), ("Authorization", &authorization), ("X-User-Id", USER), ("X-Date", &self.date)]
        {
            request = request.header(name, value);
        }
        if self.body.is_empty() { request } else { request.body(self.body) }
    }
}

/// Parameters signed by the built-in client, `sign` among them; `extra` come before `client_id` and `dateline`.
fn signed(extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let credentials = Credentials::built_in();
    let client = credentials.ids(&gokuai::SECTION).next().unwrap();
    let dateline = Timestamp::now().as_second().to_string();
    let mut pairs: Vec<(String, String)> =
        extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    pairs.extend([("client_id".to_owned(), client.to_owned()), ("dateline".to_owned(), dateline)]);
    let borrowed: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    let secret = credentials.secret(&gokuai::SECTION, client).unwrap().expose();
    let sign = gokuai::sign(secret, &gokuai::string_to_sign(&borrowed));
    pairs.push(("sign".to_owned(), sign));
    pairs
}

fn written(pairs: &[(String, String)], write: Write) -> String {
    join(&pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), write)
}

fn org(server: &Running, method: &str, target: &str) -> Request {
    let headers = vec![("Host".to_owned(), server.address.to_string())];
    Request { method: method.to_owned(), target: format!("/m-open/1/org/{target}"), headers, body: Vec::new() }
}

fn form(server: &Running, operation: &str, body: &str) -> Request {
    org(server, "POST", operation).header("Content-Type", "application/x-www-form-urlencoded").body(body)
}

#[track_caller]
fn is_taken(response: &Response, how: &str) {
    assert_eq!(response.status, 200, "{how}: {response:?}");
    assert_eq!(response.violations(), [], "{how}");
}

#[track_caller]
fn is_refused(response: &Response, code: &serde_json::Value, at: &str, how: &str) {
    assert_eq!((response.status, &response.json()["error_code"]), (401, code), "{how}: {response:?}");
    assert!(response.violations().contains(&(at.to_owned(), "signature".to_owned())), "{how}: {response:?}");
}

#[track_caller]
fn app_is_refused(response: &Response, how: &str) {
    is_refused(response, &json!("APIGW.0303"), "/headers/Authorization", how);
}

#[track_caller]
fn sign_is_refused(response: &Response, how: &str) {
    is_refused(response, &json!(40104), "/params/sign", how);
}

#[test]
fn a_signed_query_is_taken_however_it_is_escaped() {
    let server = Running::plain();
    for (client, write) in WRITERS {
        is_taken(&server.send(&AppCall::info(&server).request(write)), client);
    }
    // In the order in which the client wrote them, not in the one that is signed; and with an empty value.
    let query = vec![("offset", "0"), ("limit", "10"), ("keyword", ""), ("deptId", "1")];
    let call = AppCall { query, ..AppCall::new(&server, "GET", "/koodrive/ose/v1/space/userList") };
    assert_eq!(server.send(&call.request(java)).status, 200);
}

#[test]
fn a_signed_path_is_taken_however_it_is_escaped() {
    let server = Running::plain();
    let call = AppCall::new(&server, "GET", "/koodrive/ose/v1/task/a%20b~%2A");
    for path in ["a%20b~%2A", "a%20b~*", "a%20b%7E%2a", "%61%20b~%2A"] {
        let mut request = call.request(java);
        request.target = format!("/koodrive/ose/v1/task/{path}");
        is_taken(&server.send(&request), path);
    }
}

#[test]
fn header_names_are_taken_in_any_case_and_order() {
    let server = Running::plain();
    for change in [str::to_ascii_lowercase, str::to_ascii_uppercase] {
        let mut request = AppCall::share(&server).request(java);
        request.headers.iter_mut().for_each(|(name, _)| *name = change(name));
        is_taken(&server.send(&request), "another case");
        request.headers.reverse();
        is_taken(&server.send(&request), "another order");
    }
}

#[test]
fn a_list_of_signed_headers_is_taken_in_any_case_and_order_and_without_the_host() {
    let server = Running::plain();
    for list in ["host;x-date;x-user-id", "X-User-Id;X-Date;Host", "x-date;x-user-id"] {
        is_taken(&server.send(&AppCall::share(&server).request_with(java, list)), list);
    }
}

#[test]
fn what_libraries_add_to_a_signed_call_does_not_matter() {
    let server = Running::plain();
    for content_type in ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"] {
        let request = AppCall::share(&server)
            .request(java)
            .header("User-Agent", "Apache-HttpClient/4.5.14 (Java/17)")
            .header("Accept", "*/*")
            .header("Accept-Encoding", "gzip, deflate")
            .header("Connection", "keep-alive")
            .header("Content-Type", content_type);
        is_taken(&server.send(&request), content_type);
    }
}

#[test]
fn a_call_that_was_signed_some_minutes_ago_is_fresh_enough() {
    let server = Running::plain();
    let signed = Timestamp::now() - jiff::SignedDuration::from_mins(14);
    let call = AppCall { date: signed.strftime("%Y%m%dT%H%M%SZ").to_string(), ..AppCall::share(&server) };
    is_taken(&server.send(&call.request(java)), "14 minutes");
}

#[test]
fn signed_parameters_are_taken_however_they_are_escaped() {
    let server = Running::plain();
    let parameters = signed(&[("name", ODD)]);
    for (client, write) in WRITERS {
        is_taken(&server.send(&form(&server, "search", &written(&parameters, write))), client);
    }
    let parameters = signed(&[("org_id", "30011")]);
    for (client, write) in WRITERS {
        let target = format!("info?{}", written(&parameters, write));
        is_taken(&server.send(&org(&server, "GET", &target)), client);
    }
}

#[test]
fn signed_parameters_are_taken_in_any_order() {
    let server = Running::plain();
    let mut parameters = signed(&[("size", "10"), ("name", "a")]);
    // The vendor's clients send `sign` last, a third party's Python client `client_id`.
    for _ in 0..parameters.len() {
        parameters.rotate_left(1);
        is_taken(&server.send(&form(&server, "search", &written(&parameters, java))), &parameters[0].0);
    }
}

#[test]
fn an_empty_value_is_signed_as_an_empty_line() {
    let server = Running::plain();
    let parameters = signed(&[("org_id", "101"), ("org_capacity", "")]);
    is_taken(&server.send(&form(&server, "set", &written(&parameters, java))), "Java");
}

#[test]
fn a_form_is_taken_with_every_content_type_that_clients_send() {
    let server = Running::plain();
    let body = written(&signed(&[("name", ODD)]), python);
    for name in ["Content-Type", "content-type", "CONTENT-TYPE"] {
        for content_type in [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "application/x-www-form-urlencoded;charset=utf-8",
        ] {
            let request = org(&server, "POST", "search").header(name, content_type).body(&body);
            is_taken(&server.send(&request), content_type);
        }
    }
}

#[test]
fn a_flat_object_is_signed_by_the_text_of_its_values() {
    let server = Running::plain();
    let parameters = signed(&[("org_id", "101"), ("org_name", ODD)]);
    let value = |name: &str| parameters.iter().find(|(known, _)| known == name).unwrap().1.clone();
    let number = |name: &str| value(name).parse::<i64>().unwrap();
    for (org_id, dateline) in [
        (json!(value("org_id")), json!(value("dateline"))),
        (json!(number("org_id")), json!(number("dateline"))),
        (json!(value("org_id")), json!(number("dateline"))),
    ] {
        let body = json!({
            "org_id": org_id, "org_name": ODD, "client_id": value("client_id"), "dateline": dateline, "sign": value("sign"),
        });
        let request = org(&server, "POST", "set").header("Content-Type", "application/json").body(&body.to_string());
        is_taken(&server.send(&request), &body.to_string());
    }
}

#[test]
fn a_signature_may_cover_the_session_in_the_path_or_not() {
    let server = Running::plain();
    let mut covered = AppCall::share(&server);
    covered.path = "/~s1/koodrive/ose/v1/share";
    is_taken(&server.send(&covered.request(java)), "with the session");
    let mut request = AppCall::share(&server).request(java);
    request.target.insert_str(0, "/~s1");
    is_taken(&server.send(&request), "without the session");
    request.target = request.target.replace("s1", "s1/x");
    assert_eq!(server.send(&request).status, 404);
}

#[test]
fn a_changed_byte_in_any_part_that_is_signed_is_refused() {
    let server = Running::plain();
    let share = AppCall::share(&server).request(java);
    let info = AppCall::info(&server).request(java);
    let task = AppCall::new(&server, "GET", "/koodrive/ose/v1/task/1534087020903700001").request(java);
    let earlier = Timestamp::now() - jiff::SignedDuration::from_secs(60);
    let earlier = earlier.strftime("%Y%m%dT%H%M%SZ").to_string();
    let authorization = |from: &str, to: &str| {
        let (_, value) = share.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
        assert!(value.contains(from));
        share.clone().header("Authorization", &value.replacen(from, to, 1))
    };
    let (_, value) = share.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
    let (start, digit) = value.split_at(value.len() - 1);
    let other_digit = format!("{start}{}", if digit == "0" { "1" } else { "0" });
    for (request, how) in [
        (Request { body: SHARE.replace("30}", "31}").into_bytes(), ..share.clone() }, "a byte of the body"),
        (Request { body: SHARE.replace("30}", "30 }").into_bytes(), ..share.clone() }, "a space in the body"),
        (share.clone().header("X-User-Id", "1505084218764547201"), "the user"),
        (share.clone().header("X-Date", &earlier), "the date"),
        (share.clone().header("Host", "localhost"), "the host"),
        (share.clone().header("Authorization", &other_digit), "a digit of the signature"),
        (authorization("host;x-date;x-user-id", "x-date;x-user-id"), "the list of signed headers"),
        (Request { target: info.target.replace("R%26D", "R%26E"), ..info.clone() }, "a value of the query"),
        (Request { target: format!("{}&a=", info.target), ..info.clone() }, "one more parameter in the query"),
        (Request { target: task.target.replace("0001", "0002"), ..task.clone() }, "a byte of the path"),
        (Request { method: "HEAD".to_owned(), ..task.clone() }, "the method"),
    ] {
        let response = server.send(&request);
        if request.method == "HEAD" {
            assert_eq!(response.status, 401, "{how}");
        } else {
            app_is_refused(&response, how);
        }
    }
}

#[test]
fn a_changed_byte_in_any_value_that_is_signed_is_refused() {
    let server = Running::plain();
    let right = signed(&[("name", ODD), ("size", "10")]);
    let change = |name: &str, to: &str| {
        let mut parameters = right.clone();
        let (_, value) = parameters.iter_mut().find(|(known, _)| known == name).unwrap();
        assert_ne!(value, to);
        to.clone_into(value);
        written(&parameters, java)
    };
    let value = |name: &str| right.iter().find(|(known, _)| known == name).unwrap().1.clone();
    let earlier = (value("dateline").parse::<i64>().unwrap() - 1).to_string();
    let sign = value("sign");
    let other_sign = format!("{}{}", if sign.starts_with('A') { "B" } else { "A" }, &sign[1..]);
    let without_size: Vec<_> = right.iter().filter(|(name, _)| name != "size").cloned().collect();
    for (body, how) in [
        (change("name", "R&D a/b~*+'(!)=%间"), "a character of a value"),
        (change("name", &ODD.to_ascii_lowercase()), "a letter's case"),
        (change("name", &ODD.replace('+', " ")), "a plus that becomes a space"),
        (change("size", "11"), "a number"),
        (change("dateline", &earlier), "the dateline"),
        (change("sign", &other_sign), "the sign"),
        (written(&without_size, java), "a parameter that is missing"),
        (format!("{}&extra=1", written(&right, java)), "one more parameter"),
    ] {
        sign_is_refused(&server.send(&form(&server, "search", &body)), how);
    }
}

#[test]
fn an_app_or_a_client_that_nobody_knows_is_refused() {
    let server = Running::plain();
    let share = AppCall::share(&server).request(java);
    let (_, value) = share.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
    let stranger = value.replace("AppId=0011", "AppId=0012");
    let response = server.send(&share.clone().header("Authorization", &stranger));
    assert_eq!(response.status, 401, "{response:?}");
    let body = written(&signed(&[("name", "a")]), java).replace("understudy-client", "a-stranger");
    let response = server.send(&form(&server, "search", &body));
    assert_eq!(response.status, 401, "{response:?}");
}
