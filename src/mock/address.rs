//! Which session a request belongs to.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, header};
use sha2::{Digest as _, Sha256};

use crate::{
    contract::{Request, Rule, Violation, auth::bearer, violation::quoted},
    session::{name_of_session, split_session},
};

/// The header that names a session.
static SESSION: HeaderName = HeaderName::from_static("x-understudy-session");

/// Where a violation of it points to.
const HEADER_AT: &str = "/headers/X-Understudy-Session";

/// What the path of a link to the object host begins with, behind the session.
const LINKS: &str = "/obs/";

/// Characters of a name.
const LONGEST: usize = 100;

/// What names the session of a client that does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionBy {
    /// The value of a header.
    Header(HeaderName),
    /// The token of the call.
    Token,
}

/// A request with its session.
pub(super) struct Addressed<'r> {
    /// The name of its session; nothing for the default one.
    pub(super) session: Option<Cow<'r, str>>,
    /// The request without the session in its path.
    pub(super) request: Request<'r>,
    /// A name that cannot be one. The call belongs to the default session then.
    pub(super) fault: Option<Violation>,
}

impl<'r> Addressed<'r> {
    /// Reads the session from, in this order, the header, the path, and what `by` names; of a link to the object host from the path first.
    pub(super) fn new(request: &Request<'r>, by: Option<&SessionBy>) -> Self {
        let mut addressed = Self { session: None, request: *request, fault: None };
        let (base, path) = split_session(request.path);
        (addressed.request.base, addressed.request.path) = (base, path);
        let in_path = name_of_session(base);
        let mut headers = request.headers.get_all(&SESSION).iter();
        let header = headers.next();
        if let Some(other) = headers.find(|other| Some(*other) != header) {
            let found = format!("another one: {}", quoted(&String::from_utf8_lossy(other.as_bytes())));
            addressed.fault = Some(Violation::new(HEADER_AT, Rule::Duplicate, "one session", found));
            return addressed;
        }
        let found = match (header, in_path) {
            // A link is good in the session that handed it out, whatever else its user says.
            (Some(_), Some(name)) if path.starts_with(LINKS) => Some(("/path", name)),
            (Some(value), _) => Some((HEADER_AT, value.to_str().unwrap_or("(not ASCII)"))),
            (None, Some(name)) => Some(("/path", name)),
            (None, None) => None,
        };
        match found {
            Some((_, name)) if is_name(name) => addressed.session = Some(Cow::Borrowed(name)),
            Some((at, name)) => {
                let found = quoted(name);
                let expected = format!("the name of a session: 1 to {LONGEST} letters, digits, `-`, `_` and `.`");
                addressed.fault = Some(Violation::new(at, Rule::Session, expected, found));
            }
            None => addressed.session = by.and_then(|by| by.name(request)),
        }
        addressed
    }
}

impl SessionBy {
    fn name<'r>(&self, request: &Request<'r>) -> Option<Cow<'r, str>> {
        match self {
            Self::Header(name) => {
                let value = request.headers.get(name)?;
                let secret = *name == header::AUTHORIZATION;
                let text = value.to_str().ok().filter(|text| is_name(text) && !secret);
                Some(text.map_or_else(|| hashed("value", value), Cow::Borrowed))
            }
            Self::Token => {
                let value = request.headers.get(header::AUTHORIZATION)?;
                bearer::token(value.to_str().ok()?)?;
                Some(hashed("token", value))
            }
        }
    }
}

/// The name for a value that is a secret, or cannot stand in a name.
fn hashed(kind: &str, value: &HeaderValue) -> Cow<'static, str> {
    let hash = Sha256::digest(value.as_bytes());
    let digits: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Cow::Owned(format!("{kind}-{digits}"))
}

/// Names stand in paths and on the terminal, so they are kept simple.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Payload;
    use http::{HeaderMap, Method};

    /// Session, base and path of a request, or where its session's name is wrong.
    fn read(path: &str, headers: &[(&str, &str)], by: Option<&SessionBy>) -> Result<(Option<String>, String), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let body = Payload::Whole(b"");
        let request = Request::new(&Method::GET, path, &map, body);
        let addressed = Addressed::new(&request, by);
        assert_eq!(
            format!("{}{}", addressed.request.base, addressed.request.path).trim_end_matches('/'),
            path.trim_end_matches('/')
        );
        match addressed.fault {
            Some(fault) => Err(fault.at),
            None => Ok((addressed.session.map(Cow::into_owned), addressed.request.path.to_owned())),
        }
    }

    fn named(name: &str, path: &str) -> Result<(Option<String>, String), String> {
        Ok((Some(name.to_owned()), path.to_owned()))
    }

    #[test]
    fn the_header_comes_first_then_the_path_then_what_the_client_sends_anyway() {
        let by = SessionBy::Header(HeaderName::from_static("x-user-id"));
        let header = ("X-Understudy-Session", "h");
        let user = ("X-User-Id", "1505");
        assert_eq!(read("/~p/a/b", &[header, user], Some(&by)), named("h", "/a/b"));
        assert_eq!(read("/~p/a/b", &[user], Some(&by)), named("p", "/a/b"));
        assert_eq!(read("/%7ep/a/b", &[user], Some(&by)), named("p", "/a/b"));
        assert_eq!(read("/a/b", &[user], Some(&by)), named("1505", "/a/b"));
        assert_eq!(read("/a/b", &[], Some(&by)), Ok((None, "/a/b".to_owned())));
        assert_eq!(read("/~p", &[], None), named("p", "/"));
        // A link is good in the session that handed it out.
        assert_eq!(read("/~p/obs/k", &[header], Some(&by)), named("p", "/obs/k"));
        assert_eq!(read("/obs/k", &[header], Some(&by)), named("h", "/obs/k"));
    }

    #[test]
    fn a_token_names_a_session_without_being_shown() {
        let name = |token: &str| read("/a", &[("Authorization", token)], Some(&SessionBy::Token)).unwrap().0;
        let first = name("Bearer s3cret").unwrap();
        assert!(first.starts_with("token-") && !first.contains("s3cret"));
        assert_eq!(name("Bearer s3cret").unwrap(), first);
        assert_ne!(name("Bearer other").unwrap(), first);
        assert_eq!(name("HMAC-SHA256 AppId=a,SignedHeaders=b,Signature=c"), None);
    }

    #[test]
    fn a_credential_is_never_a_name_as_it_is() {
        let by = SessionBy::Header(header::AUTHORIZATION);
        let name = read("/a", &[("Authorization", "s3cret")], Some(&by)).unwrap().0.unwrap();
        assert!(name.starts_with("value-") && !name.contains("s3cret"), "{name}");
    }

    #[test]
    fn a_name_that_cannot_be_one_is_told_where_it_stands() {
        assert_eq!(read("/~/a", &[], None), Err("/path".to_owned()));
        assert_eq!(read("/~a%20b/a", &[], None), Err("/path".to_owned()));
        let twice = [("X-Understudy-Session", "a"), ("X-Understudy-Session", "b")];
        assert_eq!(read("/a", &twice, None), Err(HEADER_AT.to_owned()));
        for wrong in ["", "a b", "a/b", &"x".repeat(101)] {
            let header = ("X-Understudy-Session", wrong);
            assert_eq!(read("/a", &[header], None), Err("/headers/X-Understudy-Session".to_owned()), "{wrong}");
        }
        assert!(
            read("/a", &[("X-User-Id", "a b")], Some(&SessionBy::Header(HeaderName::from_static("x-user-id")))).is_ok()
        );
    }
}
