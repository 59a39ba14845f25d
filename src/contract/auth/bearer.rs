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
    mistaken: &[],
    explain: |value| {
        let doubled = after_scheme(value).is_some_and(|token| after_scheme(token).is_some());
        doubled.then_some(
            "`Bearer` twice; a token as the service answers it begins with `Bearer` already, so send it unchanged",
        )
    },
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
    let token = after_scheme(value)?;
    let sound = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (sound && after_scheme(token).is_none()).then_some(token)
}

/// What follows `Bearer` and a separator.
fn after_scheme(value: &str) -> Option<&str> {
    let scheme = value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("bearer"))?;
    let rest = &value[scheme.len()..];
    ["+", " ", "%20"].iter().find_map(|separator| rest.strip_prefix(separator))
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
