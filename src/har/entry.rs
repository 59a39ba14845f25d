//! A request and its answer, as they were recorded.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use jiff::Timestamp;

use super::{
    body::{self, Body},
    raw::{Pair, Raw, text},
    url::Url,
};

/// A request and its answer.
#[derive(Debug)]
pub struct Entry {
    /// Which one it is in its file, from 1.
    pub number: u64,
    /// Where it ends in the file, from 1.
    pub line: u64,
    /// When the request was made.
    pub started: Timestamp,
    /// When its answer was there.
    pub ended: Timestamp,
    /// The number of its connection; 0 where that is not known.
    pub connection: u64,
    /// Method.
    pub method: Method,
    /// `http` or `https`.
    pub scheme: String,
    /// Host, with the port if it was written.
    pub host: String,
    /// Path and query.
    pub target: String,
    /// The HTTP version.
    pub version: Version,
    /// Headers, without those that HTTP/2 has in place of the first line.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The answer; nothing where none came.
    pub answer: Option<Answered>,
}

/// An answer.
#[derive(Debug)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Its headers, in order. What is no header is left out.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Its body; nothing where that was not recorded.
    pub body: Option<Vec<u8>>,
}

impl Entry {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let raw: Raw<'_> = serde_json::from_slice(bytes).map_err(|error| without_place(&error))?;
        Self::of(&raw)
    }

    /// Reads the entry that these bytes begin with, and how many of them are its own; nothing where it does not end in them, or where
    /// something is wrong with it.
    pub(super) fn read_first(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
        let raw: Raw<'_> = values.next()?.ok()?;
        let entry = Self::of(&raw).ok()?;
        Some((entry, values.byte_offset()))
    }

    fn of(raw: &Raw<'_>) -> Result<Self, String> {
        let request = raw.request.as_ref().ok_or("it has no `request`")?;
        let written = text(request.url.as_ref());
        let url = Url::read(written).ok_or_else(|| match written {
            "" => "it has no `request.url`".to_owned(),
            other => format!("`request.url` is no absolute http URL: {}", crate::diagnostic::shortened(other, 100)),
        })?;
        let method = text(request.method.as_ref());
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| "`request.method` is no method")?;
        let started = text(raw.started.as_ref());
        let started: Timestamp = started.parse().map_err(|_| "`startedDateTime` is no time with its zone")?;
        let body = Body::of(request)?;
        let headers = headers(&request.headers, body.raw)?;
        let answer = raw.response.as_ref().and_then(|response| {
            let status = response.status.filter(|status| (100.0..1000.0).contains(status))?;
            Some(Answered {
                status: status.round_ties_even() as u16,
                headers: response
                    .headers
                    .iter()
                    .flat_map(lines)
                    .filter_map(|(name, value)| pair(name, value))
                    .collect(),
                body: body::answered(response.content.as_ref()),
            })
        });
        let took = Duration::try_from_secs_f64(raw.time.unwrap_or_default() / 1000.0).unwrap_or_default();
        let connection = match &raw.connection {
            serde_json::Value::String(text) => text.parse().ok(),
            number => number.as_u64(),
        };
        Ok(Self {
            number: 0,
            line: 0,
            started,
            ended: started.checked_add(took).unwrap_or(started),
            connection: connection.unwrap_or_default(),
            method,
            scheme: url.scheme.to_ascii_lowercase(),
            host: url.host.to_owned(),
            target: url.path_and_query(),
            version: version(text(request.http_version.as_ref())),
            headers,
            body: body.bytes,
            answer,
        })
    }
}

/// What serde says, without a place in bytes that nobody sees by themselves.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// The headers of a request. A body that was recorded as a text has lost its coding.
fn headers(pairs: &[Pair<'_>], raw_body: bool) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for Pair { name, value } in pairs {
        // HTTP/2 has these in place of the first line; the URL says the same.
        if name.starts_with(':') || (!raw_body && name.eq_ignore_ascii_case("content-encoding")) {
            continue;
        }
        let (name, value) =
            pair(name, value).ok_or_else(|| format!("`{}` is no header", crate::diagnostic::shortened(name, 100)))?;
        headers.try_append(name, value).map_err(|_| "it has too many headers")?;
    }
    Ok(headers)
}

fn pair(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

/// Chromium joins the values of a header that stands several times with line feeds.
fn lines<'p>(pair: &'p Pair<'_>) -> impl Iterator<Item = (&'p str, &'p str)> {
    pair.value.split('\n').map(|value| (&*pair.name, value))
}

fn version(text: &str) -> Version {
    let text = text.to_ascii_lowercase();
    match text.strip_prefix("http/").unwrap_or(&text) {
        "1.0" => Version::HTTP_10,
        "2" | "2.0" | "h2" => Version::HTTP_2,
        "3" | "3.0" | "h3" => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sound() -> Value {
        json!({
            "startedDateTime": "2026-11-21T08:00:00.250+08:00", "time": 12.5, "connection": "7",
            "request": { "method": "POST", "url": "https://a.test/x?y=1", "httpVersion": "h2",
                "headers": [{ "name": ":authority", "value": "a.test" }, { "name": "X-A", "value": "1" },
                    { "name": "content-encoding", "value": "gzip" }],
                "postData": { "mimeType": "application/json", "text": "{}" } },
            "response": { "status": 200, "headers": [{ "name": "set-cookie", "value": "a\nb" }, { "name": "bad name", "value": "" }],
                "content": { "text": "eyJ9", "encoding": "base64" } },
            "_unknown": [{ "a": null }],
        })
    }

    fn with(pointer: &str, value: Value) -> Result<Entry, String> {
        let mut entry = sound();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        entry.pointer_mut(parent).unwrap()[name] = value;
        Entry::read(entry.to_string().as_bytes())
    }

    #[test]
    fn an_entry_of_http_2_is_a_request_like_any_other() {
        let entry = Entry::read(sound().to_string().as_bytes()).unwrap();
        assert_eq!((entry.host.as_str(), entry.target.as_str(), entry.version), ("a.test", "/x?y=1", Version::HTTP_2));
        assert_eq!(entry.started.to_string(), "2026-11-21T00:00:00.25Z");
        assert_eq!(entry.ended.to_string(), "2026-11-21T00:00:00.2625Z");
        let names: Vec<&str> = entry.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!((names, entry.body.as_slice(), entry.connection), (vec!["x-a"], &b"{}"[..], 7));
        let answer = entry.answer.unwrap();
        assert_eq!((answer.status, answer.headers.len(), answer.body.unwrap()), (200, 2, b"{\"}".to_vec()));
    }

    #[test]
    fn what_recorders_leave_out_is_not_missed() {
        for (pointer, value) in [
            ("/time", Value::Null),
            ("/time", json!(-1)),
            ("/time", json!(1e300)),
            ("/connection", json!(443)),
            ("/request/headers", json!([])),
            ("/request/httpVersion", json!("")),
            ("/response/content", json!({ "size": 0 })),
        ] {
            assert!(with(pointer, value.clone()).is_ok(), "{pointer} {value}");
        }
        for (pointer, value) in
            [("/response", Value::Null), ("/response/status", json!(0)), ("/response/status", json!(-1))]
        {
            assert!(with(pointer, value.clone()).unwrap().answer.is_none(), "{pointer} {value}");
        }
    }

    #[test]
    fn an_entry_that_cannot_be_understood_says_why() {
        for (pointer, value, told) in [
            ("/request", Value::Null, "it has no `request`"),
            ("/request/url", Value::Null, "it has no `request.url`"),
            ("/request/url", json!("/x"), "`request.url` is no absolute http URL: /x"),
            ("/request/method", json!("GE T"), "`request.method` is no method"),
            ("/startedDateTime", json!("yesterday"), "`startedDateTime` is no time with its zone"),
            ("/request/headers", json!([{ "name": "a b", "value": "" }]), "`a b` is no header"),
            ("/request/headers", json!([{ "value": "" }]), "missing field `name`"),
            ("/request/headers", json!(7), "invalid type: integer `7`, expected a sequence"),
            (
                "/request/postData",
                json!({ "mimeType": "a/b", "text": "*", "encoding": "base64" }),
                "its body is not base64",
            ),
        ] {
            assert_eq!(with(pointer, value.clone()).unwrap_err(), told, "{pointer} {value}");
        }
        assert!(Entry::read(b"{\"request\":").unwrap_err().starts_with("EOF while parsing"));
        assert!(Entry::read(b"7").unwrap_err().starts_with("invalid type: integer `7`"));
    }
}
