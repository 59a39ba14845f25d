//! Who may use the admin API: programs of this machine, and whoever has the token. A web page that a browser of this machine shows is
//! neither, whatever its browser lets it send here.

use std::{fmt, net::IpAddr};

use http::{HeaderMap, HeaderName, StatusCode, header, request::Parts};

/// Who may use the admin API beside programs of this machine.
#[derive(Clone, Default)]
pub struct AdminAccess {
    /// Names by which this machine is called, beside its addresses and `localhost`: a page of any other name is somebody else's.
    pub hosts: Vec<String>,
    /// Whoever sends this as a bearer token may use it from anywhere.
    pub token: Option<String>,
}

impl fmt::Debug for AdminAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "[redacted]");
        formatter.debug_struct("AdminAccess").field("hosts", &self.hosts).field("token", &token).finish()
    }
}

/// The two ends of a connection.
#[derive(Clone, Copy)]
pub(in crate::server) struct Ends {
    pub(in crate::server) client: IpAddr,
    pub(in crate::server) server: Option<IpAddr>,
    /// Whether https is spoken between them.
    pub(in crate::server) secure: bool,
}

impl Ends {
    /// Whether the client is on this machine.
    fn are_here(self) -> bool {
        let client = self.client.to_canonical();
        client.is_loopback() || self.server.is_some_and(|server| server.to_canonical() == client)
    }
}

/// Why a request to the admin API is turned away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) reason: String,
}

/// What JSON and YAML are called. No form of a web page can send it.
const MEDIA_TYPES: [&str; 5] =
    ["application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl AdminAccess {
    /// Whether a request may go on.
    pub(super) fn admits(&self, parts: &Parts, has_body: bool, ends: Ends) -> Result<(), Refused> {
        let headers = &parts.headers;
        match (&self.token, text(headers, &header::AUTHORIZATION)) {
            (Some(token), Some(sent)) => {
                return match bearer(sent) {
                    Some(sent) if is_same(token.as_bytes(), sent.as_bytes()) => Ok(()),
                    _ => refused(StatusCode::UNAUTHORIZED, "this is not the token that --admin-token gave"),
                };
            }
            (Some(_), None) if !ends.are_here() => {
                return refused(
                    StatusCode::UNAUTHORIZED,
                    "from another machine the admin API takes the bearer token that --admin-token gave",
                );
            }
            (None, _) if !ends.are_here() => {
                return refused(
                    StatusCode::FORBIDDEN,
                    "the admin API answers clients on this machine only; --admin-token lets others in",
                );
            }
            _ => {}
        }
        let host = parts.uri.authority().map(http::uri::Authority::as_str).or_else(|| text(headers, &header::HOST));
        if let Some(host) = host
            && !self.is_ours(name_of(host), ends)
        {
            let reason =
                format!("the admin API is not called by the name `{host}`; --admin-host {} allows it", name_of(host));
            return refused(StatusCode::FORBIDDEN, reason);
        }
        if headers.contains_key(&header::ORIGIN) {
            let origin = text(headers, &header::ORIGIN).unwrap_or_default();
            let page = origin.split_once("://").map(|(_, page)| page);
            if page.is_none() || !page.zip(host).is_some_and(|(page, host)| page.eq_ignore_ascii_case(host)) {
                return refused(StatusCode::FORBIDDEN, format!("the admin API does not answer pages of `{origin}`"));
            }
        }
        if headers.get(&FETCH_SITE).is_some_and(|site| site == "cross-site") {
            return refused(StatusCode::FORBIDDEN, "the admin API does not answer pages of other sites");
        }
        if has_body && headers.contains_key(&header::ORIGIN) && !is_data(headers) {
            let reason = format!("from a page, a body has one of the types {}", MEDIA_TYPES.join(", "));
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason);
        }
        Ok(())
    }

    /// Whether a host name stands for this machine.
    fn is_ours(&self, name: &str, ends: Ends) -> bool {
        // A name may end with the root's dot.
        let name = name.strip_suffix('.').unwrap_or(name);
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let address = address.map(|address| address.to_canonical());
        name.eq_ignore_ascii_case("localhost")
            || address.is_some_and(|address| {
                address.is_loopback() || ends.server.map(|server| server.to_canonical()) == Some(address)
            })
            || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }
}

fn refused(status: StatusCode, reason: impl Into<String>) -> Result<(), Refused> {
    Err(Refused { status, reason: reason.into() })
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_data(headers: &HeaderMap) -> bool {
    let value = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    MEDIA_TYPES.iter().any(|known| known.eq_ignore_ascii_case(essence))
}

/// Compares in a time that says nothing of where two secrets differ.
fn is_same(known: &[u8], sent: &[u8]) -> bool {
    let differences = known.iter().zip(sent).fold(0, |all, (known, sent)| all | (known ^ sent));
    std::hint::black_box(differences) == 0 && known.len() == sent.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    const HERE: &str = "127.0.0.1";

    fn admitted(access: &AdminAccess, client: &str, headers: &[(&str, &str)], has_body: bool) -> u16 {
        let mut request = Request::builder().uri("/__admin/clock");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        let ends = Ends { client: client.parse().unwrap(), server: Some("192.0.2.7".parse().unwrap()), secure: false };
        access.admits(&parts, has_body, ends).map_or_else(|refused| refused.status.as_u16(), |()| 200)
    }

    #[test]
    fn programs_of_this_machine_are_admitted() {
        let open = AdminAccess::default();
        for client in [HERE, "::1", "::ffff:127.0.0.1", "192.0.2.7"] {
            for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "192.0.2.7:80"] {
                assert_eq!(admitted(&open, client, &[("Host", host)], true), 200, "{client} {host}");
            }
        }
        // What `curl -d` sends.
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(admitted(&open, HERE, &[("Host", "localhost"), form], true), 200);
        assert_eq!(admitted(&open, "192.0.2.8", &[("Host", "192.0.2.7")], false), 403);
    }

    #[test]
    fn a_page_of_another_site_is_turned_away() {
        let open = AdminAccess { hosts: vec!["build.test".to_owned()], token: None };
        let host = ("Host", "127.0.0.1:8080");
        for (headers, status) in [
            (&[("Host", "evil.test:8080")][..], 403),
            (&[("Host", "127.0.0.1.evil.test")], 403),
            (&[("Host", "Build.test:8080")], 200),
            (&[host, ("Origin", "http://evil.test")], 403),
            (&[host, ("Origin", "null")], 403),
            (&[host, ("Origin", "http://127.0.0.1:3000")], 403),
            (&[host, ("Origin", "http://127.0.0.1:8080"), ("Sec-Fetch-Site", "same-origin")], 200),
            (&[host, ("Sec-Fetch-Site", "cross-site")], 403),
            (&[host, ("Sec-Fetch-Site", "none")], 200),
        ] {
            assert_eq!(admitted(&open, HERE, headers, false), status, "{headers:?}");
        }
        let own = [host, ("Origin", "http://127.0.0.1:8080")];
        for (media_type, status) in [("text/plain", 415), ("application/json; charset=utf-8", 200), ("text/yaml", 200)]
        {
            assert_eq!(admitted(&open, HERE, &[own[0], own[1], ("Content-Type", media_type)], true), status);
        }
    }

    #[test]
    fn the_token_admits_from_anywhere_and_a_wrong_one_from_nowhere() {
        let access = AdminAccess { hosts: Vec::new(), token: Some("s3cret".to_owned()) };
        let sent =
            |client, value| admitted(&access, client, &[("Host", "stand-in.test"), ("Authorization", value)], true);
        for client in [HERE, "192.0.2.8"] {
            assert_eq!((sent(client, "Bearer s3cret"), sent(client, "bearer  s3cret")), (200, 200));
            for wrong in ["Bearer s3cre", "Bearer s3crets", "Bearer ", "s3cret", "Basic s3cret"] {
                assert_eq!(sent(client, wrong), 401, "{wrong}");
            }
        }
        assert_eq!(admitted(&access, "192.0.2.8", &[("Host", "192.0.2.7")], false), 401);
        assert_eq!(admitted(&access, HERE, &[("Host", "localhost")], false), 200);
        assert!(!format!("{access:?}").contains("s3cret"));
    }
}
