//! Tokens: `Bearer+token` as in the header tables, `Bearer token` as in HTTP, and `Bearer%20token` as in a browser's cookie, in any letter
//! case.

use std::time::Duration;

use super::{
    Denial,
    access::Verification,
    credentials::{BuiltIn, Entries, Section},
    distance::in_words,
    scheme::{Mechanism, Scheme},
};
use crate::contract::{rule::Rule, service::Refusal, violation::Violation};

/// The place of a token.
const PLACE: &str = "/headers/Authorization";

/// The scheme.
pub static SCHEME: Scheme = Scheme {
    word: "bearer",
    form: "`Bearer TOKEN` or `Bearer+TOKEN`",
    place: PLACE,
    asks: &[PLACE],
    renewed: &[],
    section: Some(&SECTION),
    mechanism: Mechanism::Token { read: token, verify },
};

/// The tokens in a credentials file.
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
    let violation = Violation::new(PLACE, Rule::Authorization, "a token from the credentials file", "another one");
    Some(Denial::new(Refusal::Unauthenticated, violation))
}

/// The violation for a token that was idle for longer than its lifetime.
pub fn expired(idle: Duration, life: Duration) -> Violation {
    let (idle, life) = (in_words(idle.as_secs()), in_words(life.as_secs()));
    let expected = format!("a token that was used in the last {life}");
    let found = format!("one that was idle for {idle}; sign in again (--token-life sets how long tokens live)");
    Violation::new(PLACE, Rule::Expired, expected, found)
}
