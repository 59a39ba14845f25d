//! Faults of what the body says: `bad_json` and `content_type`.

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, header};
use serde::de::IgnoredAny;

use crate::contract::Answer;

/// The body without its last bracket or quote; what has none, or would still be JSON, gets a comma.
pub(super) fn bad_json(body: &Bytes) -> Bytes {
    let trimmed = body.trim_ascii_end();
    let cut = trimmed.strip_suffix(b"}").or_else(|| trimmed.strip_suffix(b"]")).or_else(|| trimmed.strip_suffix(b"\""));
    let rest = body.slice_ref(cut.unwrap_or(trimmed));
    if cut.is_some() && serde_json::from_slice::<IgnoredAny>(&rest).is_err() {
        return rest;
    }
    let mut bytes = BytesMut::from(rest);
    bytes.extend_from_slice(b",");
    bytes.freeze()
}

/// Says that the body is of this type, whatever it is.
pub(super) fn media_type(answer: &mut Answer, media_type: &HeaderValue) {
    answer.headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
    answer.headers.push((header::CONTENT_TYPE, media_type.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_bracket_is_gone() {
        for (good, bad) in [
            (r#"{"a":[1]}"#, r#"{"a":[1]"#),
            ("[]\n", "["),
            (r#""text""#, r#""text"#),
            ("12", "12,"),
            ("null", "null,"),
            ("", ","),
            ("1}", "1,"),
        ] {
            assert_eq!(bad_json(&Bytes::from(good)), bad);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_json_any_more(text in r#"[\[\]{}",:0-9a-z ]{0,12}"#) {
            let bad = bad_json(&Bytes::from(text));
            prop_assert!(serde_json::from_slice::<IgnoredAny>(&bad).is_err(), "{bad:?}");
        }
    }
}
