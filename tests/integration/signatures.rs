//! Signatures: the known vectors, and generated requests. What is signed verifies; what is changed afterwards does not.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::{collection::vec, prelude::*, sample::Index, sample::select};
use serde_json::Value;
use understudy::contract::auth::{
    credentials::Credentials,
    gokuai,
    koodrive::{self, Signature, SignedRequest},
    mismatch::Clues,
};

fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn app_vectors() -> Value {
    data(include_str!("../data/app-auth-vectors.json"))
}

pub(crate) fn sign_vectors() -> Value {
    data(include_str!("../data/sign-vectors.json"))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(crate) fn query_of(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect::<Vec<_>>().join("&")
}

pub(crate) fn pairs_of(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

#[test]
fn every_app_vector_is_computed_and_verified() {
    let vectors = app_vectors();
    let (app_id, secret) = (vectors["app_id"].as_str().unwrap(), vectors["app_secret"].as_str().unwrap());
    let list = vectors["vectors"].as_array().unwrap();
    assert_eq!(list.len(), 9);
    for vector in list {
        let (input, expected, name) = (&vector["input"], &vector["expected"], &vector["name"]);
        let headers = pairs_of(&input["headers"]);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let query = query_of(&pairs_of(&input["query"]));
        let request = SignedRequest {
            method: input["method"].as_str().unwrap(),
            path: input["path"].as_str().unwrap(),
            query: (!query.is_empty()).then_some(query.as_str()),
            headers: &headers,
            body: input["body"].as_str().unwrap().as_bytes(),
        };
        let canonical = koodrive::canonical(&request, "X-User-Id;host;x-date");
        assert_eq!(canonical.request, expected["canonical_request"].as_str().unwrap(), "{name}");
        assert_eq!(canonical.string_to_sign, expected["string_to_sign"].as_str().unwrap(), "{name}");
        assert_eq!(
            koodrive::sign(secret, &canonical.string_to_sign),
            expected["signature"].as_str().unwrap(),
            "{name}"
        );
        let signature = Signature::parse(expected["authorization"].as_str().unwrap()).unwrap();
        assert_eq!(signature.app_id, app_id, "{name}");
        assert_eq!(koodrive::verify(&signature, &request, secret, &Clues::default()), Ok(()), "{name}");
        assert!(koodrive::verify(&signature, &request, "another", &Clues::default()).is_err(), "{name}");
    }
}

#[test]
fn the_vendors_generic_example_has_the_same_canonical_request() {
    let vectors = app_vectors();
    let anchor = &vectors["anchor"];
    let request = SignedRequest {
        method: "GET",
        path: "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
        query: Some("marker=13551d6b-755d-4757-b956-536f674975c0&limit=2"),
        headers: &[
            ("Content-Type", "application/json"),
            ("Host", "service.region.example.com"),
            ("X-Sdk-Date", "20191115T033655Z"),
        ],
        body: b"",
    };
    let canonical = koodrive::canonical(&request, "content-type;host;x-sdk-date");
    assert_eq!(canonical.request, anchor["canonical_request"].as_str().unwrap());
    assert_eq!(canonical.string_to_sign, format!("HMAC-SHA256\n{}", anchor["sha256_hex"].as_str().unwrap()));
    assert!(Signature::parse(vectors["published_authorization"].as_str().unwrap()).is_some());
}

#[test]
fn every_sign_vector_is_computed_and_verified() {
    let vectors = sign_vectors();
    let list = vectors["vectors"].as_array().unwrap();
    assert_eq!(list.len(), 9);
    for vector in list {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let sign = text(&vector["sign"]);
        let parameters = vector["params"].as_object().unwrap().iter();
        let mut parameters: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            parameters.map(|(name, value)| (name.as_str().into(), text(value).into())).collect();
        parameters.push(("sign".into(), sign.clone().into()));
        let (secret, name) = (text(&vector["secret"]), &vector["name"]);
        assert_eq!(gokuai::string_to_sign(&parameters), text(&vector["string_to_sign"]), "{name}");
        assert_eq!(gokuai::sign(&secret, &gokuai::string_to_sign(&parameters)), sign, "{name}");
        assert_eq!(gokuai::verify(&sign, &parameters, &secret, &Clues::default()), Ok(()), "{name}");
        assert!(gokuai::verify(&sign, &parameters, "another", &Clues::default()).is_err(), "{name}");
    }
}

#[test]
fn the_sign_of_a_translated_text_is_refused() {
    let vectors = sign_vectors();
    let negative = &vectors["negative"][0];
    let text = |name: &str| negative[name].as_str().unwrap();
    let names = ["client_id", "dateline", "fullpath"].into_iter();
    let parameters: Vec<_> =
        names.zip(text("string_to_sign").split('\n')).map(|(name, value)| (name.into(), value.into())).collect();
    assert!(gokuai::verify(text("printed_sign"), &parameters, text("secret"), &Clues::default()).is_err());
    assert_eq!(gokuai::verify(text("actual_sign"), &parameters, text("secret"), &Clues::default()), Ok(()));
}

#[test]
fn a_value_that_was_signed_and_not_sent_is_refused_and_named() {
    let vectors = sign_vectors();
    let negative = &vectors["negative"][1];
    let sent = negative["sent"].as_str().unwrap();
    let parameters: Vec<(Cow<'_, str>, Cow<'_, str>)> = sent
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.into(), percent_encoding::percent_decode_str(value).decode_utf8().unwrap())
        })
        .collect();
    let sign = &parameters.iter().find(|(name, _)| name == "sign").unwrap().1;
    let secret = negative["secret"].as_str().unwrap();
    let mismatch = gokuai::verify(sign, &parameters, secret, &Clues::default()).unwrap_err();
    assert_eq!(gokuai::sign(secret, &mismatch.string_to_sign), negative["server_side_sign"].as_str().unwrap());
    assert!(mismatch.hint.as_ref().unwrap().contains("`None`"), "{mismatch}");
}

/// Everything that a hint may be made of.
fn with_clues<T>(look: impl FnOnce(&Clues<'_>) -> T) -> T {
    let credentials = Credentials::built_in();
    let (hosts, secrets) = (["example.com".to_owned()], ["x-user-id".to_owned(), "name".to_owned()]);
    look(&Clues { credentials: Some(&credentials), hosts: &hosts, secrets: &secrets })
}

/// A request before it is written down.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    method: String,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<String>,
    body: Vec<u8>,
}

const NAMES: [&str; 3] = ["Host", "X-Date", "X-User-Id"];

impl Model {
    fn with_request<T>(&self, look: impl FnOnce(&SignedRequest<'_>) -> T) -> T {
        let path: String = self.segments.iter().map(|segment| format!("/{}", escaped(segment))).collect();
        let query = query_of(&self.query);
        let headers: Vec<_> = NAMES.into_iter().zip(self.headers.iter().map(String::as_str)).collect();
        look(&SignedRequest {
            method: &self.method,
            path: &path,
            query: Some(&query),
            headers: &headers,
            body: &self.body,
        })
    }

    fn sign(&self, secret: &str) -> String {
        self.with_request(|request| {
            koodrive::sign(secret, &koodrive::canonical(request, "host;x-date;x-user-id").string_to_sign)
        })
    }

    fn verifies(&self, signature: &str, secret: &str) -> bool {
        let signature = Signature { app_id: "a1", signed_headers: "host;x-date;x-user-id", signature };
        self.with_request(|request| with_clues(|clues| koodrive::verify(&signature, request, secret, clues).is_ok()))
    }

    /// Everything in it that is signed.
    fn texts(&mut self) -> Vec<&mut String> {
        let pairs = self.query.iter_mut().flat_map(|(name, value)| [name, value]);
        [&mut self.method].into_iter().chain(&mut self.segments).chain(pairs).chain(&mut self.headers).collect()
    }
}

fn model() -> impl Strategy<Value = Model> {
    (
        select(vec!["GET", "POST", "PUT", "DELETE"]),
        vec("[a-zA-Z0-9+/%&= ~*空.-]{1,6}", 1..4),
        vec(("[a-zA-Z_~空 ]{1,4}", "[a-zA-Z0-9+/%&= ~*空]{0,6}"), 0..4),
        vec("[a-zA-Z0-9:.]{1,12}", 3),
        prop_oneof![vec(any::<u8>(), 0..40), "\\{\"[a-z]\":(1|\"空\"|\\[1,2\\])\\}".prop_map(String::into_bytes),],
    )
        .prop_filter("a relative segment is no part of the path", |(_, segments, ..)| {
            !segments.iter().any(|segment| segment == "." || segment == "..")
        })
        .prop_map(|(method, segments, query, headers, body)| Model {
            method: method.to_owned(),
            segments,
            query,
            headers,
            body,
        })
}

/// Replaces one character by another letter.
fn change(text: &mut String, place: Index, letter: char) -> bool {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        text.push(letter);
        return true;
    }
    let place = place.index(characters.len());
    let changed = characters[place] != letter;
    characters[place] = letter;
    *text = characters.into_iter().collect();
    changed
}

proptest! {
    #[test]
    fn what_is_signed_verifies_with_its_own_secret_only(model in model(), secret in "[ -~空]{1,80}", other in "[!-~]{1,80}") {
        let signature = model.sign(&secret);
        prop_assert!(model.verifies(&signature, &secret));
        prop_assert!(secret == other || !model.verifies(&signature, &other));
    }

    #[test]
    fn a_change_of_any_signed_text_is_found(
        model in model(), text in any::<Index>(), place in any::<Index>(), letter in select(vec!['A', 'Q', 'Z']),
    ) {
        let signature = model.sign("secret");
        let mut changed = model.clone();
        let mut texts = changed.texts();
        let count = texts.len();
        prop_assume!(change(texts[text.index(count)], place, letter));
        prop_assert!(!changed.verifies(&signature, "secret"), "{changed:?}");
    }

    #[test]
    fn a_change_of_the_body_is_found(model in model(), place in any::<Index>(), flipped in 1_u8..) {
        let signature = model.sign("secret");
        let mut changed = model.clone();
        match model.body.len() {
            0 => changed.body.push(flipped),
            length => changed.body[place.index(length)] ^= flipped,
        }
        prop_assert!(!changed.verifies(&signature, "secret"));
    }

    #[test]
    fn a_change_of_the_signature_is_found(model in model(), place in 0_usize..64, digit in select(vec!["0", "f", "F", "g", ""])) {
        let right = model.sign("secret");
        let mut changed = right.clone();
        changed.replace_range(place..=place, digit);
        prop_assume!(changed != right);
        prop_assert!(!model.verifies(&changed, "secret"));
    }

    #[test]
    fn no_request_is_too_odd_to_be_judged(
        method in ".{0,5}", path in ".{0,20}", query in proptest::option::of(".{0,20}"), list in ".{0,20}", value in ".{0,20}",
        signature in "[0-9a-fA-F]{64}|.{0,70}", body in vec(any::<u8>(), 0..20),
    ) {
        let headers = [("x-date", value.as_str()), ("host", &value), ("x-user-id", &value)];
        let request = SignedRequest { method: &method, path: &path, query: query.as_deref(), headers: &headers, body: &body };
        for list in [list.as_str(), "x-date;x-user-id;host"] {
            let signature = Signature { app_id: "a1", signed_headers: list, signature: &signature };
            prop_assert!(with_clues(|clues| koodrive::verify(&signature, &request, "secret", clues)).is_err());
        }
    }

    #[test]
    fn what_gokuai_signs_verifies_and_a_change_of_any_value_is_found(
        values in vec(("[a-z_]{1,8}", ".{0,8}"), 1..8), secret in ".{1,80}", at in any::<Index>(), place in any::<Index>(),
    ) {
        let mut parameters: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            values.into_iter().filter(|(name, _)| name != "sign").map(|(name, value)| (name.into(), value.into())).collect();
        prop_assume!(!parameters.is_empty());
        let sign = gokuai::sign(&secret, &gokuai::string_to_sign(&parameters));
        prop_assert_eq!(gokuai::verify(&sign, &parameters, &secret, &Clues::default()), Ok(()));
        let longer = secret.clone() + "x";
        prop_assert!(with_clues(|clues| gokuai::verify(&sign, &parameters, &longer, clues)).is_err());
        let index = at.index(parameters.len());
        prop_assume!(change(parameters[index].1.to_mut(), place, 'Q'));
        prop_assert!(gokuai::verify(&sign, &parameters, &secret, &Clues::default()).is_err());
    }

    #[test]
    fn no_sign_is_too_odd_to_be_judged(sign in ".{0,40}|[A-Za-z0-9+/ %]{27}=?", value in ".{0,20}") {
        let parameters = [("dateline", value.as_str()), ("client_id", ""), ("sign", &sign)];
        let parameters = parameters.map(|(name, value)| (name.into(), value.into()));
        prop_assert!(with_clues(|clues| gokuai::verify(&sign, &parameters, "secret", clues)).is_err());
    }
}
