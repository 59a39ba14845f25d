//! Where the links of the world lead to.

use std::borrow::Cow;

use crate::contract::Request;

/// How clients reach the object host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectHost {
    /// By the host that they use for the API, at another port.
    Port(u16),
    /// By this address, whatever they use for the API.
    Address {
        /// `http://` or `https://`.
        scheme: &'static str,
        /// Host, and port if it is not the scheme's.
        host: String,
    },
}

impl ObjectHost {
    /// Of an address such as `https://objects.example.com:8443`; nothing for everything else.
    pub fn read(text: &str) -> Option<Self> {
        let schemes = ["http://", "https://"].into_iter();
        let (scheme, host) = schemes.filter_map(|scheme| Some((scheme, text.strip_prefix(scheme)?))).next()?;
        let host = host.strip_suffix('/').unwrap_or(host);
        let authority: http::uri::Authority = host.parse().ok()?;
        (!authority.host().is_empty() && !host.contains('@')).then(|| Self::Address { scheme, host: host.to_owned() })
    }

    /// Scheme and host of links for whoever made a request, over TLS or without.
    pub(super) fn of<'r>(host: Option<&'r Self>, request: &Request<'r>, secure: bool) -> (&'static str, Cow<'r, str>) {
        let own = if secure { "https://" } else { "http://" };
        let sent = request.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let sent = sent.or(request.authority).unwrap_or_default();
        match host {
            None => (own, sent.into()),
            Some(Self::Port(port)) => {
                // `[::1]` has colons of its own.
                let name = sent.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(sent, |(name, _)| name);
                (own, format!("{name}:{port}").into())
            }
            Some(Self::Address { scheme, host }) => (scheme, host.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::contract::Payload;

    #[test]
    fn links_lead_to_the_host_that_the_client_uses_itself() {
        let address = ObjectHost::read("https://objects.example.com:8443/").unwrap();
        for (host, sent, wanted) in [
            (None, "localhost:8080", "http://localhost:8080"),
            (Some(&ObjectHost::Port(9)), "localhost:8080", "http://localhost:9"),
            (Some(&ObjectHost::Port(9)), "api", "http://api:9"),
            (Some(&ObjectHost::Port(9)), "[::1]:8080", "http://[::1]:9"),
            (Some(&ObjectHost::Port(9)), "[::1]", "http://[::1]:9"),
            (Some(&address), "localhost:8080", "https://objects.example.com:8443"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", sent.parse().unwrap());
            let request = Request::new(&Method::GET, "/", &headers, Payload::Whole(b""));
            let link = |secure| {
                let (scheme, host) = ObjectHost::of(host, &request, secure);
                format!("{scheme}{host}")
            };
            assert_eq!((link(false), link(true)), (wanted.to_owned(), wanted.replace("http://", "https://")));
        }
    }

    #[test]
    fn an_address_is_scheme_and_host_alone() {
        for wrong in ["", "objects", "ftp://a", "http://", "http://a/b", "http://u@a", "https://a b", "http://a?b"] {
            assert_eq!(ObjectHost::read(wrong), None, "{wrong}");
        }
    }
}
