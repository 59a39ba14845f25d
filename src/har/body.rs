//! The body of a request, as far as it was recorded.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::raw::{Param, RawRequest, text};

/// A body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Whether these are the very bytes that were sent. Recorders write a text as it reads without its `Content-Encoding`.
    pub(super) raw: bool,
}

impl Body {
    /// The body of a request.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub(super) fn of(request: &RawRequest<'_>) -> Result<Self, String> {
        let missing = || Err("its body was not recorded".to_owned());
        let declared = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let declared = declared.and_then(|header| header.value.trim().parse::<u64>().ok());
        // Browsers write -1 where they do not know.
        let had_one = declared.map_or_else(|| request.body_size.is_some_and(|size| size > 0.0), |length| length > 0);
        let Some(data) = &request.post_data else {
            return if had_one { missing() } else { Ok(Self { bytes: Vec::new(), raw: false }) };
        };
        let media_type = text(data.mime_type.as_ref());
        let is_form = media_type
            .split(';')
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        match (&data.text, &data.params) {
            (Some(written), _) if text(data.encoding.as_ref()).eq_ignore_ascii_case("base64") => {
                let bytes = STANDARD.decode(written.0.trim_ascii());
                bytes.map(|bytes| Self { bytes, raw: true }).map_err(|_| "its body is not base64".to_owned())
            }
            (Some(written), _) if !written.0.is_empty() => {
                Ok(Self { bytes: written.0.as_bytes().to_vec(), raw: false })
            }
            (_, Some(params)) if !params.is_empty() && is_form => Ok(Self { bytes: form(params), raw: false }),
            _ if had_one => missing(),
            _ => Ok(Self { bytes: Vec::new(), raw: false }),
        }
    }
}

/// Pairs as a form sends them.
fn form(params: &[Param<'_>]) -> Vec<u8> {
    let coded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = params.iter().map(|param| format!("{}={}", coded(&param.name), coded(text(param.value.as_ref()))));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

/// The body of an answer; nothing where it was not recorded.
pub(super) fn answered(content: Option<&super::raw::Content<'_>>) -> Option<Vec<u8>> {
    let content = content?;
    let written = content.text.as_ref()?;
    if text(content.encoding.as_ref()).eq_ignore_ascii_case("base64") {
        return STANDARD.decode(written.0.trim_ascii()).ok();
    }
    Some(written.0.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn body(request: &Value) -> Result<String, String> {
        let text = request.to_string();
        let request: RawRequest<'_> = serde_json::from_str(&text).unwrap();
        Body::of(&request).map(|body| String::from_utf8(body.bytes).unwrap())
    }

    #[test]
    fn a_body_is_read_as_recorders_write_it() {
        for (request, read) in [
            (json!({}), ""),
            (
                json!({ "bodySize": -1, "postData": { "mimeType": "application/json", "text": "{\"a\":1}" } }),
                "{\"a\":1}",
            ),
            (json!({ "postData": { "text": "aGk=", "encoding": "base64" } }), "hi"),
            (
                json!({ "postData": { "mimeType": "application/x-www-form-urlencoded; charset=utf-8", "text": "",
                    "params": [{ "name": "a b", "value": "1&2" }, { "name": "c" }] } }),
                "a%20b=1%262&c=",
            ),
            (json!({ "bodySize": 9, "headers": [{ "name": "Content-Length", "value": "0" }] }), ""),
        ] {
            assert_eq!(body(&request).as_deref(), Ok(read), "{request}");
        }
    }

    #[test]
    fn a_body_that_is_not_known_is_not_taken_for_an_empty_one() {
        for request in [
            json!({ "bodySize": 9 }),
            json!({ "headers": [{ "name": "content-length", "value": "9" }], "postData": { "text": "" } }),
            json!({ "bodySize": 9, "postData": { "mimeType": "multipart/form-data", "params": [{ "name": "a", "value": "b" }] } }),
        ] {
            assert_eq!(body(&request).unwrap_err(), "its body was not recorded", "{request}");
        }
        assert_eq!(
            body(&json!({ "postData": { "text": "*", "encoding": "base64" } })).unwrap_err(),
            "its body is not base64"
        );
    }
}
