//! A body as it may be shown.

use std::borrow::Cow;

use super::Redaction;

/// How a body is shown.
#[derive(Debug, PartialEq, Eq)]
pub enum ShownBody<'b> {
    /// As text, its secrets hidden.
    Text(Cow<'b, str>),
    /// It is no text and, as far as can be told, holds none: all its bytes may be shown.
    Bytes(&'b [u8]),
    /// Not at all, for this reason.
    LeftOut(&'static str),
}

/// How compressed files begin.
const COMPRESSED: [(&[u8], &str); 9] = [
    (b"\x1f\x8b", "it is compressed with gzip"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd"),
    (b"\x78\x01", "it is compressed with deflate"),
    (b"\x78\x5e", "it is compressed with deflate"),
    (b"\x78\x9c", "it is compressed with deflate"),
    (b"\x78\xda", "it is compressed with deflate"),
    (b"BZh", "it is compressed with bzip2"),
    (b"\xfd7zXZ", "it is compressed with xz"),
    (b"PK\x03\x04", "it is a zip archive"),
];

impl Redaction {
    /// A body as it may be shown. `encoding` is its `Content-Encoding`.
    ///
    /// ```
    /// use understudy::contract::redact::{Redaction, ShownBody};
    ///
    /// let redaction = Redaction::new(["extractCode"]);
    /// let shown = redaction.body(br#"{"extractCode":"ab12","a":1}"#, None);
    /// assert_eq!(shown, ShownBody::Text(r#"{"extractCode":"[redacted]","a":1}"#.into()));
    /// assert_eq!(redaction.body(b"\x1f\x8b\x08\xff", None), ShownBody::LeftOut("it is compressed with gzip"));
    /// ```
    pub fn body<'b>(&self, body: &'b [u8], encoding: Option<&str>) -> ShownBody<'b> {
        if let Ok(text) = std::str::from_utf8(body)
            && !is_wide(body)
        {
            return ShownBody::Text(self.text(text));
        }
        if let Some((_, reason)) = COMPRESSED.iter().find(|(start, _)| body.starts_with(start)) {
            return ShownBody::LeftOut(reason);
        }
        if encoding.is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity")) {
            return ShownBody::LeftOut("it is compressed, as its Content-Encoding says");
        }
        let read = wide(body).unwrap_or_else(|| String::from_utf8_lossy(body));
        match self.text(&read) {
            Cow::Owned(hidden) => ShownBody::Text(Cow::Owned(hidden)),
            Cow::Borrowed(_) => ShownBody::Bytes(body),
        }
    }

    /// Bytes that never became a request.
    pub fn unreadable<'b>(&self, bytes: &'b [u8]) -> ShownBody<'b> {
        let read = wide(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes));
        match (self.head(&read), std::str::from_utf8(bytes)) {
            (Cow::Owned(hidden), _) => ShownBody::Text(Cow::Owned(hidden)),
            (Cow::Borrowed(_), Ok(text)) => ShownBody::Text(Cow::Borrowed(text)),
            (Cow::Borrowed(_), Err(_)) => ShownBody::Bytes(bytes),
        }
    }
}

/// A text whose characters have two or four bytes; nothing where it is none.
fn wide(body: &[u8]) -> Option<Cow<'static, str>> {
    if !is_wide(body) {
        return None;
    }
    // ASCII has its byte first or last, and zeros beside it; without the zeros it is what it would be in UTF-8. A byte order mark and what
    // is no ASCII become characters that stand in no name.
    let letters: String = body.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
    Some(Cow::Owned(letters))
}

/// Whether so many bytes are zeros that a text may hide between them.
fn is_wide(body: &[u8]) -> bool {
    body.iter().filter(|byte| **byte == 0).take(body.len() / 4 + 1).count() > body.len() / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &[u8], encoding: Option<&str>) -> String {
        match Redaction::new(["Extract"]).body(body, encoding) {
            ShownBody::Text(text) => text.into_owned(),
            ShownBody::Bytes(bytes) => format!("{bytes:?}"),
            ShownBody::LeftOut(reason) => reason.to_owned(),
        }
    }

    #[test]
    fn a_secret_is_hidden_in_a_body_that_is_no_text_too() {
        assert_eq!(shown(b"\xff\xfe", None), "[255, 254]");
        assert_eq!(shown(b"password=x&a=\xff", None), "password=[redacted]&a=\u{fffd}");
    }

    #[test]
    fn a_secret_is_hidden_in_a_text_with_wide_characters() {
        let text = r#"{"password":"hunter2","a":"b"}"#;
        let hidden = r#"{"password":"[redacted]","a":"b"}"#;
        for units in [
            text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ] {
            assert_eq!(shown(&units, None), hidden);
        }
        let long: Vec<u8> = text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect();
        assert_eq!(shown(&long, None), hidden);
    }

    #[test]
    fn what_is_compressed_is_left_out_since_nobody_can_tell_what_is_in_it() {
        assert_eq!(shown(b"\x1f\x8b\x08\x00\x00", None), "it is compressed with gzip");
        assert_eq!(shown(b"\x8f\x02\x80hello\x03", Some("br")), "it is compressed, as its Content-Encoding says");
        assert_eq!(shown(b"{\"a\":1}", Some("gzip")), "{\"a\":1}");
        assert_eq!(shown(b"\xff", Some("identity")), "[255]");
    }
}
