//! The form in which a request is signed.

use std::fmt::Write as _;

use percent_encoding::{percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::{
    super::{ENCODED, mac::to_hex},
    ALGORITHM,
};

/// The parts of a request that are signed.
pub(super) struct Canonical<'c> {
    pub(super) method: &'c str,
    /// Percent-encoded, in whatever way.
    pub(super) path: &'c str,
    /// Decoded, in any order, without the signature.
    pub(super) parameters: Vec<(&'c str, &'c str)>,
    /// In the order of their names.
    pub(super) headers: Vec<(&'c str, &'c str)>,
}

impl Canonical<'_> {
    /// As one text.
    pub(super) fn text(&self) -> String {
        let segment = |segment: &str| {
            let decoded = percent_decode_str(segment).decode_utf8_lossy().into_owned();
            utf8_percent_encode(&decoded, ENCODED).to_string()
        };
        let path: Vec<String> = self.path.split('/').map(segment).collect();
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let mut query: Vec<String> =
            self.parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        query.sort_unstable();
        let mut text = format!("{}\n{}\n{}\n", self.method, path.join("/"), query.join("&"));
        for (name, value) in &self.headers {
            let _ = writeln!(text, "{name}:{}", value.trim());
        }
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        let _ = write!(text, "\n{}\nUNSIGNED-PAYLOAD", names.join(";"));
        text
    }

    pub(super) fn string_to_sign(&self, date: &str, scope: &str) -> String {
        format!("{ALGORITHM}\n{date}\n{scope}\n{}", to_hex(&Sha256::digest(self.text())))
    }
}
