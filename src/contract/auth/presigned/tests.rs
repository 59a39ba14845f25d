use http::{HeaderMap, Method};

use super::*;
use crate::contract::{
    Payload, SpecFiles,
    auth::{access::Access, scheme::SentParameter},
    service::Service,
};

const NOW: i64 = 1_795_288_497;

fn service() -> Service {
    let contract = SpecFiles::embedded().load().unwrap();
    let place = contract.services().iter().position(|service| service.description.service == "objects").unwrap();
    contract.services.into_iter().nth(place).unwrap()
}

fn pairs(query: &str) -> Vec<SentParameter<'_>> {
    let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

struct Try<'t> {
    method: Method,
    target: &'t str,
    headers: &'t [(&'static str, &'static str)],
    at: i64,
}

/// What is said of a link: nothing if it is good.
fn judged(service: &Service, attempt: &Try<'_>) -> Option<(Refusal, String)> {
    let mut headers = HeaderMap::new();
    for (name, value) in attempt.headers {
        headers.insert(*name, value.parse().unwrap());
    }
    let (path, query) = attempt.target.split_once('?').unwrap();
    let request = Request { query: Some(query), ..Request::new(&attempt.method, path, &headers, Payload::Whole(b"")) };
    let access = Access::default();
    let now = Timestamp::from_second(attempt.at).unwrap();
    let denial = verify(&pairs(query), &Verification { access: &access, service, request: &request, now })?;
    Some((denial.refusal, denial.violations.first().unwrap().found.clone()))
}

fn part() -> String {
    let number = [("partNumber", "1".to_owned()), ("uploadId", "0000AB".to_owned())];
    let link = Link {
        method: "PUT",
        host: "127.0.0.1:8080",
        path: "/~t1/obs/ff6b",
        parameters: &number,
        further: &[("X-Amz-Iteration-Hash-Ctx", "eyJh+/==".to_owned())],
        length: Some(8),
    };
    Settings::default().sign(&link, Timestamp::from_second(NOW).unwrap(), 3600)
}

const SENT: &[(&str, &str)] = &[("host", "127.0.0.1:8080"), ("content-length", "8")];

#[test]
fn a_link_is_good_for_what_it_was_made_for_and_for_an_hour() {
    let (service, target) = (service(), part());
    let good = Try { method: Method::PUT, target: &target, headers: SENT, at: NOW + 3600 };
    assert_eq!(judged(&service, &good), None);
    let (refusal, found) = judged(&service, &Try { at: NOW + 3601, ..good }).unwrap();
    assert_eq!((refusal, found.as_str()), (Refusal::ExpiredToken, "one that was over 1 s ago"));
    assert!(
        target.contains("&X-Amz-SignedHeaders=content-length%3Bhost&X-Amz-Expires=3600&X-Amz-Credential=UNDERSTUDY%2F")
    );
}

#[test]
fn every_changed_letter_of_a_link_is_refused() {
    let (service, target) = (service(), part());
    for (place, letter) in target.char_indices().filter(|(_, letter)| letter.is_ascii_alphanumeric()) {
        let mut other = target.clone();
        let changed = if letter == '0' { "1" } else { "0" };
        other.replace_range(place..=place, changed);
        let sent = Try { method: Method::PUT, target: &other, headers: SENT, at: NOW };
        // Without one of its parameters it is no link at all, which its table tells.
        let (path, query) = other.split_once('?').unwrap();
        let is_link = ["X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Credential", "X-Amz-Signature"]
            .iter()
            .all(|name| pairs(query).iter().any(|(sent, _)| sent == name));
        let is_same = path == "/~t1/obs/ff6b" && pairs(query) == pairs(target.split_once('?').unwrap().1);
        assert_eq!(judged(&service, &sent).is_some(), is_link && !is_same, "{other}");
    }
}

#[test]
fn what_a_client_did_to_its_link_is_told() {
    let (service, target) = (service(), part());
    let sent = |method, headers| judged(&service, &Try { method, target: &target, headers, at: NOW }).unwrap();
    let (refusal, found) = sent(Method::GET, SENT);
    assert_eq!((refusal, found.as_str()), (Refusal::BadSignature, "a link for PUT, used with GET"));
    let found = sent(Method::PUT, &[("host", "localhost:8080"), ("content-length", "8")]).1;
    assert_eq!(found, "a link for the Host 127.0.0.1:8080, used with localhost:8080");
    let found = sent(Method::PUT, &[("host", "127.0.0.1:8080"), ("content-length", "9")]).1;
    assert!(found.contains("size than the 9 bytes of Content-Length"), "{found}");
    let (refusal, found) = sent(Method::PUT, &[("host", "127.0.0.1:8080")]);
    assert_eq!(refusal, Refusal::LengthRequired);
    assert!(found.contains("chunked"), "{found}");
}

#[test]
fn whoever_may_read_may_ask_what_it_is_like() {
    let service = service();
    let link = Link { method: "GET", host: "h", path: "/~t/obs/a", parameters: &[], further: &[], length: None };
    let target = Settings::default().sign(&link, Timestamp::from_second(NOW).unwrap(), 60);
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(judged(&service, &Try { method, target: &target, headers: &[("host", "h")], at: NOW }), None);
    }
}

/// Amazon's documentation prints a presigned GET with its canonical request and signature.
#[test]
fn the_signature_is_that_of_the_published_example() {
    let settings = Settings { secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned() };
    let scope = "20130524/us-east-1/s3/aws4_request";
    let canonical = Canonical {
        method: "GET",
        path: "/test.txt",
        parameters: vec![
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
            ("X-Amz-Date", "20130524T000000Z"),
            ("X-Amz-Expires", "86400"),
            ("X-Amz-SignedHeaders", "host"),
        ],
        headers: vec![("host", "examplebucket.s3.amazonaws.com")],
    };
    let signature = settings.signature(&canonical.string_to_sign("20130524T000000Z", scope), scope);
    assert_eq!(to_hex(&signature), "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}
