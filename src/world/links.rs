//! Links to the object host. Nothing is kept of them: they say what they are good for, and are signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    content::Content,
    uploads::{Part, Upload},
};
use crate::contract::auth::presigned::{Link, Settings};

/// Seconds that a link is good for, as in the printed ones.
const LIFE: u32 = 3600;

/// What may stand in a path as it is.
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How the caller reaches the object host.
#[derive(Debug, Clone, Copy)]
pub struct Links<'c> {
    /// Before host and port: `http://`.
    pub scheme: &'c str,
    /// Host and port.
    pub host: &'c str,
    /// The session.
    pub session: &'c str,
    /// What links are signed with.
    pub settings: &'c Settings,
    /// The session's time.
    pub now: Timestamp,
}

impl Links<'_> {
    /// Where a part is sent to.
    pub(super) fn part(&self, upload: &Upload, number: i64, part: &Part) -> String {
        let parameters = [("partNumber", number.to_string()), ("uploadId", upload.id.to_string())];
        let before = part.before.map(|state| ("X-Amz-Iteration-Hash-Ctx", context(state, part.offset.unwrap_or(0))));
        self.sign("PUT", &upload.key, &parameters, before.as_slice(), u64::try_from(part.size).ok())
    }

    /// Where a content can be read.
    pub(super) fn content(&self, content: &Content) -> String {
        self.sign("GET", &content.key, &[], &[], None)
    }

    fn sign(
        &self,
        method: &'static str,
        key: &str,
        parameters: &[(&str, String)],
        further: &[(&str, String)],
        length: Option<u64>,
    ) -> String {
        let path = format!("/~{}/obs/{key}", utf8_percent_encode(self.session, SEGMENT));
        let link = Link { method, host: self.host, path: &path, parameters, further, length };
        format!("{}{}{}", self.scheme, self.host, self.settings.sign(&link, self.now, LIFE))
    }
}

/// The state before a part, as the printed links carry it. Lengths are in bits.
fn context(state: [u32; 8], offset: i64) -> String {
    let bits = u64::try_from(offset).unwrap_or(0).wrapping_mul(8);
    let words = state.map(|word| word.to_string()).join(",");
    let (high, low) = (bits >> 32, bits & 0xffff_ffff);
    STANDARD.encode(format!(r#"{{"md_len":32,"num":0,"h":[{words}],"nh":{high},"nl":{low},"hash_type":"sha256"}}"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_before_a_part_counts_in_bits_as_in_the_printed_link() {
        let text = String::from_utf8(STANDARD.decode(context([1, 2, 3, 4, 5, 6, 7, 8], 471_859_200)).unwrap()).unwrap();
        assert_eq!(text, r#"{"md_len":32,"num":0,"h":[1,2,3,4,5,6,7,8],"nh":0,"nl":3774873600,"hash_type":"sha256"}"#);
        let large = String::from_utf8(STANDARD.decode(context([0; 8], 1 << 30)).unwrap()).unwrap();
        assert!(large.contains(r#""nh":2,"nl":0"#), "{large}");
    }
}
