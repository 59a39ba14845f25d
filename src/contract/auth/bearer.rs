//! Tokens: `Bearer+token` as the header tables print it, `Bearer token` as HTTP means it, and `Bearer%20token` as a browser's
//! cookie holds it, in any letter case.

use std::time::Duration;

use super::{
    super::{rule::Rule, violation::Violation},
    distance::in_words,
};

/// The form, as a message shows it.
pub(super) const FORM: &str = "`Bearer TOKEN` or `Bearer+TOKEN`";

/// The token of a value, if it has the form.
pub fn token(value: &str) -> Option<&str> {
    let scheme = value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("bearer"))?;
    let rest = &value[scheme.len()..];
    let token = ["+", " ", "%20"].iter().find_map(|separator| rest.strip_prefix(separator))?;
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then_some(token)
}

/// What is wrong with a token that was idle for longer than it lives.
pub fn expired(idle: Duration, life: Duration) -> Violation {
    let (idle, life) = (in_words(idle.as_secs()), in_words(life.as_secs()));
    let expected = format!("a token that was used in the last {life}");
    let found = format!("one that was idle for {idle}; sign in again (--token-life sets how long tokens live)");
    Violation::new("/headers/Authorization", Rule::Expired, expected, found)
}
