//! Compressed bodies. None are read: what says or shows that it is one is refused by that word.

use http::{HeaderMap, header};

use super::{
    headers::header_value,
    reader::{Raw, Reader},
};
use crate::contract::{rule::Rule, violation::shortened};

/// The codings of which the first bytes are known.
const BEGINNINGS: [(&str, &[u8]); 2] = [("gzip", &[0x1f, 0x8b]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd])];

/// The coding that a body begins like.
fn beginning(bytes: &[u8]) -> Option<&'static str> {
    let known = BEGINNINGS.iter().find(|(_, beginning)| bytes.starts_with(beginning)).map(|(coding, _)| *coding);
    known.or_else(|| is_zlib(bytes).then_some("deflate"))
}

/// Whether a body has the two bytes that begin what HTTP calls `deflate`: method 8, and a sum that 31 divides.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..]
        if method & 0x0f == 8 && method >> 4 <= 7 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31))
}

/// The coding of a body that is no text, if it begins like one and no header says so.
pub(super) fn undeclared(bytes: &[u8]) -> Option<String> {
    let coding = beginning(bytes).filter(|_| std::str::from_utf8(bytes).is_err());
    coding.map(|coding| format!("{coding}, which no `Content-Encoding` says; send the text itself"))
}

impl Reader<'_> {
    /// Refuses a body with a `Content-Encoding`; whether there is nothing to read in it.
    pub(super) fn is_coded(&mut self, headers: &HeaderMap, bytes: &[u8]) -> bool {
        if !self.coded || bytes.is_empty() {
            return false;
        }
        let declared = match header_value(headers, &header::CONTENT_ENCODING) {
            Raw::Nothing => return false,
            Raw::Text(text) => text.trim().to_ascii_lowercase(),
            Raw::Several(values) => values.join(", ").to_ascii_lowercase(),
            Raw::Undecodable => "other bytes than text".to_owned(),
        };
        let real = beginning(bytes);
        let coded = real.is_some() || std::str::from_utf8(bytes).is_err();
        let found = match declared.as_str() {
            "" | "identity" => return false,
            known if !coded => format!("{}, but the body is plain text", shortened(known)),
            known @ ("gzip" | "x-gzip" | "deflate" | "zstd") if real != Some(known.trim_start_matches("x-")) => {
                format!("{known}, but the body is no {known}")
            }
            known => shortened(known),
        };
        let expected = "none: compressed bodies are not read; send the text itself";
        self.violation("/headers/Content-Encoding".to_owned(), Rule::ContentCoding, expected, found);
        // A text that only says that it is compressed is read all the same.
        coded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_known_by_its_first_bytes() {
        for (bytes, coding) in [
            (&b"\x1f\x8b\x08\x00"[..], Some("gzip")),
            (b"\x78\x9c\x03", Some("deflate")),
            (b"\x78\x01\x03", Some("deflate")),
            (b"\x28\xb5\x2f\xfd\x00", Some("zstd")),
            (b"{\"a\":1}", None),
            (b"org_id=1", None),
            (b"\x78", None),
            (b"", None),
        ] {
            assert_eq!(beginning(bytes), coding, "{bytes:?}");
        }
    }
}
