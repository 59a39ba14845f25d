//! The beginning of a path that names a session.

/// `/~NAME/...`, also where a client percent-encodes what need not be.
const PREFIXES: [&str; 3] = ["/~", "/%7E", "/%7e"];

/// What follows the prefix.
fn behind(path: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| path.strip_prefix(prefix))
}

/// Splits a path behind the session that it names: `/~NAME`, or nothing, and the path of the operation.
///
/// ```
/// use understudy::session::split_session;
///
/// assert_eq!(split_session("/~night-run/koodrive/x"), ("/~night-run", "/koodrive/x"));
/// assert_eq!(split_session("/%7Enight-run"), ("/%7Enight-run", "/"));
/// assert_eq!(split_session("/koodrive/x"), ("", "/koodrive/x"));
/// ```
pub fn split_session(path: &str) -> (&str, &str) {
    let Some(rest) = behind(path) else { return ("", path) };
    let (base, path) = path.split_at(path.len() - rest.len() + rest.find('/').unwrap_or(rest.len()));
    (base, if path.is_empty() { "/" } else { path })
}

/// The name in what [`split_session`] split off.
pub(crate) fn name_of_session(base: &str) -> Option<&str> {
    behind(base)
}
