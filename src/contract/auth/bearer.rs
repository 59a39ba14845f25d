//! Tokens: `Bearer+token` as the header tables print it, `Bearer token` as HTTP means it, and `Bearer%20token` as a browser's
//! cookie holds it, in any letter case.

use std::time::Duration;

use super::{
    Denial,
    access::Verification,
    credentials::{BuiltIn, Entries, Section},
    distance::in_words,
    scheme::{Mechanism, Scheme},
};
use crate::contract::{rule::Rule, service::Refusal, violation::Violation};

/// Where a token stands.
const PLACE: &str = "/headers/Authorization";

/// The scheme.
pub static SCHEME: Scheme = Scheme {
    word: "bearer",
    form: "`Bearer TOKEN` or `Bearer+TOKEN`",
    place: PLACE,
    renewed: &[],
    section: Some(&SECTION),
    mechanism: Mechanism::Token { read: token, verify },
};

/// The tokens of a file of credentials.
pub static SECTION: Section = Section {
    service: "koodrive",
    key: "tokens",
    entries: Entries::Tokens,
    built_in: BuiltIn {
        id: "0123456789abcdef0123456789abcdef0123456789abcdef",
        value: "1505084218764547200",
        environment: ["KOODRIVE_TOKEN", "KOODRIVE_USER_ID"],
    },
};

/// The token of a value, if it has the form.
pub fn token(value: &str) -> Option<&str> {
    let scheme = value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("bearer"))?;
    let rest = &value[scheme.len()..];
    let token = ["+", " ", "%20"].iter().find_map(|separator| rest.strip_prefix(separator))?;
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then_some(token)
}

fn verify(token: &str, verification: &Verification<'_>) -> Option<Denial> {
    if verification.access.credentials.takes_token(token) {
        return None;
    }
    let violation = Violation::new(PLACE, Rule::Authorization, "a token of the credentials file", "another one");
    Some(Denial::new(Refusal::Unauthenticated, violation))
}

/// What is wrong with a token that was idle for longer than it lives.
pub fn expired(idle: Duration, life: Duration) -> Violation {
    let (idle, life) = (in_words(idle.as_secs()), in_words(life.as_secs()));
    let expected = format!("a token that was used in the last {life}");
    let found = format!("one that was idle for {idle}; sign in again (--token-life sets how long tokens live)");
    Violation::new(PLACE, Rule::Expired, expected, found)
}
