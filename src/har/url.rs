//! The URL of a request in its parts.

/// Host with its port, and target: path and query, as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Url<'u> {
    pub(super) scheme: &'u str,
    pub(super) host: &'u str,
    pub(super) target: &'u str,
}

impl<'u> Url<'u> {
    /// Nothing where it is not an absolute URL of HTTP.
    pub(super) fn read(text: &'u str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = host.rsplit('@').next().unwrap_or_default();
        let sound = !host.is_empty() && target.bytes().all(|byte| byte.is_ascii_graphic() || !byte.is_ascii());
        sound.then_some(Self { scheme, host, target })
    }

    /// Path and query; a path is at least a slash.
    pub(super) fn path_and_query(self) -> String {
        if self.target.starts_with('/') { self.target.to_owned() } else { format!("/{}", self.target) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_and_a_target() {
        for (text, host, target) in [
            ("https://a.test/b?c=d#e", "a.test", "/b?c=d"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", "/"),
            ("HTTPS://u:p@a.test?q", "a.test", "/?q"),
            ("http://[::1]:80/x/../y%20z", "[::1]:80", "/x/../y%20z"),
        ] {
            let url = Url::read(text).unwrap();
            assert_eq!((url.host, url.path_and_query().as_str()), (host, target), "{text}");
        }
        for text in
            ["", "/a", "data:text/plain,a", "wss://a.test/", "http://", "http:///a", "http://a.test/a b", "http://a/\n"]
        {
            assert_eq!(Url::read(text), None, "{text}");
        }
    }
}
