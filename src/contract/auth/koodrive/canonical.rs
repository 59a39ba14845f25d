//! What a signature is made of: the canonical request and the string to sign, as on pages `koodrive_05_0035` and `koodrive_05_0029`.

use percent_encoding::{percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use super::{
    super::{ENCODED, mac::to_hex, mismatch::Clues},
    ALGORITHM,
};

/// The parts of a request that a signature covers, as they were sent.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// Method.
    pub method: &'a str,
    /// The path, percent-encoded as it was sent.
    pub path: &'a str,
    /// The part after the `?`, as it was sent. A `+` is a space.
    pub query: Option<&'a str>,
    /// Headers in any letter case and order. For a call without `Host` (HTTP/2), this includes its authority under that name.
    pub headers: &'a [(&'a str, &'a str)],
    /// The bytes of the body.
    pub body: &'a [u8],
}

impl SignedRequest<'_> {
    /// The trimmed value of a header; several values are joined with a comma, as in HTTP.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect();
        (!values.is_empty()).then(|| values.join(","))
    }
}

/// What the server signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// Method, path, query, signed headers, their names, and the body's hash, over several lines.
    pub request: String,
    /// The algorithm and the hash of the canonical request, on two lines.
    pub string_to_sign: String,
}

/// Computes what is signed. `signed_headers` is the list in the `Authorization` value; its order and letter case do not matter. A header
/// that is listed but not sent counts as empty; [`super::verify`] rejects such a list.
pub fn canonical(request: &SignedRequest<'_>, signed_headers: &str) -> Canonical {
    Parts::of(request, signed_headers).canonical()
}

/// The string to sign of a canonical request.
pub(super) fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", hash(canonical_request.as_bytes()))
}

/// SHA-256 in lower-case hex.
pub(super) fn hash(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

/// The canonical request before its lines are joined; to reproduce a known mistake, one of them is changed.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) method: String,
    /// Encoded, with a trailing `/`.
    pub(super) path: String,
    pub(super) query: String,
    /// Lower-case names and trimmed values.
    pub(super) headers: Vec<(String, String)>,
    pub(super) signed_headers: String,
    pub(super) payload_hash: String,
}

impl Parts {
    pub(super) fn of(request: &SignedRequest<'_>, signed_headers: &str) -> Self {
        let mut names = header_names(signed_headers);
        names.sort_unstable();
        names.dedup();
        Self {
            method: request.method.to_ascii_uppercase(),
            path: path(&segments(request.path)),
            query: query(&sorted(pairs(request.query.unwrap_or_default()))),
            signed_headers: names.join(";"),
            headers: names
                .into_iter()
                .map(|name| {
                    let value = request.header(&name).unwrap_or_default();
                    (name, value)
                })
                .collect(),
            payload_hash: hash(request.body),
        }
    }

    pub(super) fn canonical(&self) -> Canonical {
        let request = self.text();
        let string_to_sign = string_to_sign(&request);
        Canonical { request, string_to_sign }
    }

    /// The canonical request as a message shows it, with secret values replaced.
    pub(super) fn shown(mut self, clues: &Clues<'_>) -> String {
        for (name, value) in &mut self.headers {
            *value = clues.shown(name, value).to_owned();
        }
        let shown = |pair| match str::split_once(pair, '=') {
            Some((name, value)) => format!("{name}={}", clues.shown(name, value)),
            None => pair.to_owned(),
        };
        self.query = self.query.split('&').map(shown).collect::<Vec<_>>().join("&");
        self.text()
    }

    /// The canonical request.
    pub(super) fn text(&self) -> String {
        let mut headers = String::new();
        for (name, value) in &self.headers {
            headers.extend([name.as_str(), ":", value, "\n"]);
        }
        [&self.method, &self.path, &self.query, &headers, &self.signed_headers, &self.payload_hash]
            .map(String::as_str)
            .join("\n")
    }
}

/// The names of a list of signed headers, in lower case and in the order of the list.
pub(super) fn header_names(signed_headers: &str) -> Vec<String> {
    signed_headers.split(';').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// Percent-encodes as the canonical request requires.
pub(super) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, ENCODED).to_string()
}

/// The decoded segments of a path, with empty and relative ones resolved. Escapes are decoded first, so `%2E%2E` is `..` too.
pub(super) fn segments(path: &str) -> Vec<Vec<u8>> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        let segment: Vec<u8> = percent_decode_str(segment).collect();
        match segment.as_slice() {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    segments
}

fn path(segments: &[Vec<u8>]) -> String {
    let mut path = String::from("/");
    for segment in segments {
        path.push_str(&encode(segment));
        path.push('/');
    }
    path
}

/// The decoded names and values of a query, in the order they were sent.
pub(super) fn pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).collect();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Encoded pairs, sorted by name. The documentation does not mention repeated names; their values are sorted too, as in the vendor's generic
/// scheme.
pub(super) fn sorted(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(String, String)> {
    let mut pairs = encoded(pairs);
    pairs.sort_unstable();
    pairs
}

/// Encoded pairs in the order they were sent.
pub(super) fn encoded(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (encode(&name), encode(&value))).collect()
}

/// Pairs as a query.
pub(super) fn query(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(raw: &str) -> String {
        path(&segments(raw))
    }

    #[test]
    fn paths_are_normalised_and_end_in_a_slash() {
        for (raw, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("/a", "/a/"),
            ("/a//b/./c/../d/", "/a/b/d/"),
            ("/../a/%2e%2E/b", "/b/"),
            ("/a%2fb/%7e*", "/a%2Fb/~%2A/"),
            ("/a b/空", "/a%20b/%E7%A9%BA/"),
            ("/100%/%zz", "/100%25/%25zz/"),
            ("*", "/%2A/"),
        ] {
            assert_eq!(path_of(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn queries_are_encoded_and_sorted_by_character_code() {
        for (raw, canonical) in [
            ("", ""),
            ("b=2&a=1&B=3", "B=3&a=1&b=2"),
            ("flag&empty=", "empty=&flag="),
            ("a=x+y&b=x%20y&c=x%2By", "a=x%20y&b=x%20y&c=x%2By"),
            ("a=1=2&&a=0", "a=0&a=1%3D2"),
            ("n=%ff%", "n=%FF%25"),
        ] {
            assert_eq!(query(&sorted(pairs(raw))), canonical, "{raw}");
        }
    }

    #[test]
    fn headers_are_sorted_trimmed_and_joined_where_they_stand_twice() {
        let headers = [("X-Date", " 1 "), ("HOST", "h"), ("x-more", "a"), ("X-More", "b")];
        let request = SignedRequest { method: "get", path: "/", query: None, headers: &headers, body: b"" };
        let text = Parts::of(&request, "X-More;host; x-date ;host").text();
        assert!(text.starts_with("GET\n/\n\nhost:h\nx-date:1\nx-more:a,b\n\nhost;x-date;x-more\n"), "{text}");
    }
}
