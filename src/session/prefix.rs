//! The beginning of a path that names a session.

/// `/~NAME/...`
pub(crate) const PREFIX: &str = "/~";

/// Splits a path behind the session that it names: `/~NAME`, or nothing, and the path of the operation.
///
/// ```
/// use understudy::session::split_session;
///
/// assert_eq!(split_session("/~night-run/koodrive/x"), ("/~night-run", "/koodrive/x"));
/// assert_eq!(split_session("/koodrive/x"), ("", "/koodrive/x"));
/// ```
pub fn split_session(path: &str) -> (&str, &str) {
    let Some(rest) = path.strip_prefix(PREFIX) else { return ("", path) };
    let (base, path) = path.split_at(PREFIX.len() + rest.find('/').unwrap_or(rest.len()));
    (base, if path.is_empty() { "/" } else { path })
}
