//! Tokens: `Bearer+token` as the header tables print it, `Bearer token` as HTTP means it, and `Bearer%20token` as a browser's
//! cookie holds it, in any letter case.

/// The form, as a message shows it.
pub(super) const FORM: &str = "`Bearer TOKEN` or `Bearer+TOKEN`";

/// The token of a value, if it has the form.
pub(super) fn token(value: &str) -> Option<&str> {
    let scheme = value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("bearer"))?;
    let rest = &value[scheme.len()..];
    let token = ["+", " ", "%20"].iter().find_map(|separator| rest.strip_prefix(separator))?;
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then_some(token)
}
