//! Who is let in: `--auth`, credentials of a file, and what a signature that does not fit is told.

use understudy::{
    contract::{
        Strictness,
        auth::{AuthMode, access::Access, credentials::Credentials},
    },
    diagnostic::Source,
    mock::Options,
    server::Limits,
};

use crate::client::{Request, Running};

fn server(access: Access) -> Running {
    Running::with(&[], Options { access, ..Options::default() }, Limits::default())
}

fn in_mode(auth: AuthMode) -> Running {
    let strictness = Strictness { auth, ..Strictness::default() };
    Running::with(&[], Options { strictness, ..Options::default() }, Limits::default())
}

const SIGNATURE: &str = "HMAC-SHA256 AppId=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff,\
                         SignedHeaders=host;x-date;x-user-id,Signature=";

fn signed(digits: &str) -> String {
    format!("{SIGNATURE}{}", digits.repeat(64 / digits.len()))
}

#[test]
fn tokens_are_any_unless_the_file_lists_them() {
    let share = |server: &Running, token: &str| server.send(&Request::share().header("Authorization", token));
    let any = server(Access::default());
    assert_eq!(share(&any, "Bearer whatever").status, 200);
    let listing = Source::new("c.yaml", "koodrive: { tokens: { t0ken: { user: \"1505\" } } }");
    let listed = server(Access { credentials: Credentials::compile(&listing).unwrap(), ..Access::default() });
    assert_eq!(share(&listed, "Bearer+t0ken").status, 200);
    let refused = share(&listed, "Bearer s3cret");
    refused.refused(401, "/headers/Authorization", "authorization");
    assert_eq!(refused.json()["error_code"], "APIGW.0301");
    assert!(!refused.header("x-understudy-violations").unwrap().contains("s3cret"));
    let others = Source::new("c.yaml", "koodrive: { apps: { a: s } }");
    let others = server(Access { credentials: Credentials::compile(&others).unwrap(), ..Access::default() });
    assert_eq!(share(&others, "Bearer whatever").status, 200);
}

#[test]
fn how_closely_credentials_are_looked_at_can_be_chosen() {
    let statuses = |mode: AuthMode| {
        let server = in_mode(mode);
        let mut none = Request::share();
        none.headers.retain(|(name, _)| name != "Authorization");
        [
            server.send(&Request::share().header("Authorization", &signed("0"))).status,
            server.send(&Request::share().header("Authorization", "Basic c2VjcmV0")).status,
            server.send(&none).status,
        ]
    };
    assert_eq!(statuses(AuthMode::Verify), [401, 401, 401]);
    assert_eq!(statuses(AuthMode::Shape), [200, 401, 401]);
    assert_eq!(statuses(AuthMode::Off), [200, 200, 200]);
}

#[test]
fn operations_of_session_management_take_no_app_signature() {
    let server = in_mode(AuthMode::Shape);
    let auth = Request::new("GET", "/koodrive/ose/v1/session/auth").header("Authorization", &signed("0"));
    server.send(&auth).refused(401, "/headers/Authorization", "authorization");
}

#[test]
fn a_signature_that_does_not_fit_is_explained_in_the_journal() {
    let server = Running::plain();
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let request = Request::share().header("X-Date", &date).header("Authorization", &signed("AB"));
    let response = server.send(&request);
    response.refused(401, "/headers/Authorization", "signature");
    assert_eq!(response.json()["error_code"], "APIGW.0303");
    let exchange = server.raw("GET /__admin/exchanges/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = String::from_utf8(exchange.body.clone()).unwrap();
    assert!(!text.contains("ABAB") && !text.contains("understudy-app-secret"), "{text}");
    let signature = &exchange.json()["signature"];
    let canonical = signature["canonical"].as_str().unwrap();
    assert!(canonical.starts_with("POST\n/koodrive/ose/v1/share/\n\nhost:127.0.0.1\n"), "{canonical}");
    assert!(signature["string_to_sign"].as_str().unwrap().starts_with("HMAC-SHA256\n"));
}

#[test]
fn a_date_out_of_its_window_is_refused_with_an_app_signature_only() {
    let server = Running::plain();
    let old = "20240909T033325Z";
    assert_eq!(server.send(&Request::share().header("X-Date", old)).status, 200);
    let response = server.send(&Request::share().header("X-Date", old).header("Authorization", &signed("0")));
    response.refused(401, "/headers/X-Date", "date_window");
}
