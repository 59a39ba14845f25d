//! Interim answers: what `early_hints` sends before the real one.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// An answer with a status of 1xx that is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interim {
    /// `100 Continue`
    Continue,
    /// `102 Processing`
    Processing,
    /// `103 Early Hints`, with a `link`
    EarlyHints,
}

impl Interim {
    /// All of them, in the order in which they are sent.
    pub const ALL: [Self; 3] = [Self::Continue, Self::Processing, Self::EarlyHints];

    /// Its status.
    pub fn status(self) -> u16 {
        match self {
            Self::Continue => 100,
            Self::Processing => 102,
            Self::EarlyHints => 103,
        }
    }

    /// The same as HTTP/2 sends it.
    pub(super) fn response(self) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = match self {
            Self::Continue => StatusCode::CONTINUE,
            Self::Processing => StatusCode::PROCESSING,
            Self::EarlyHints => StatusCode::EARLY_HINTS,
        };
        if self == Self::EarlyHints {
            response.headers_mut().insert(header::LINK, HeaderValue::from_static("</hint>; rel=preload"));
        }
        response
    }

    fn head(self) -> &'static [u8] {
        match self {
            Self::Continue => b"HTTP/1.1 100 Continue\r\n\r\n",
            Self::Processing => b"HTTP/1.1 102 Processing\r\n\r\n",
            Self::EarlyHints => b"HTTP/1.1 103 Early Hints\r\nlink: </hint>; rel=preload\r\n\r\n",
        }
    }
}

/// Some of them as bytes.
pub(super) fn bytes(interims: &[Interim]) -> Bytes {
    interims.iter().map(|interim| interim.head()).collect::<Vec<_>>().concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_its_status_and_ends_with_an_empty_line() {
        for interim in Interim::ALL {
            let text = String::from_utf8(bytes(&[interim]).to_vec()).unwrap();
            assert!(text.starts_with(&format!("HTTP/1.1 {} ", interim.status())), "{text}");
            assert_eq!(interim.response().status().as_u16(), interim.status());
            assert!(text.ends_with("\r\n\r\n") && text.matches("\r\n\r\n").count() == 1, "{text}");
        }
    }
}
