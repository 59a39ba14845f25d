//! Credentials: which scheme a request uses, whether what it brings has that scheme's form, and whether a signature is right. One
//! file or folder a scheme.
//!
//! Nothing here knows the clock, the network or the journal; a secret leaves this room neither in a message nor in `Debug`.

pub mod access;
pub mod app;
pub mod bearer;
pub mod credentials;
mod distance;
pub mod gokuai;
mod mac;
pub mod mismatch;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use std::borrow::Cow;

use serde::Deserialize;

use self::{app::Signature, mismatch::Mismatch};
use super::{rule::Rule, service::Refusal, violation::Violation};

/// What is percent-encoded in what is signed: everything but the unreserved characters of RFC 3986.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Words that say a scheme and no secret.
const SCHEME_NAMES: [&str; 9] =
    ["AT", "AWS4-HMAC-SHA256", "Basic", "Bearer", "Digest", "HMAC-SHA256", "Negotiate", "SDK-HMAC-SHA256", "Token"];

/// How closely credentials are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// Signatures are verified, unknown keys are refused, tokens expire.
    #[default]
    Verify,
    /// The form has to be right.
    Shape,
    /// A credential is neither missed nor looked at.
    Off,
}

/// Why a credential lets nobody in.
#[derive(Debug)]
pub struct Denial {
    /// How the call is answered.
    pub refusal: Refusal,
    /// What is wrong.
    pub violations: Vec<Violation>,
    /// Why a signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
}

impl Denial {
    /// A denial for one reason.
    pub fn new(refusal: Refusal, violation: Violation) -> Self {
        Self { refusal, violations: vec![violation], mismatch: None }
    }
}

/// A way to say who calls. Each operation lists the ones it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// A token in `Authorization`.
    Bearer,
    /// KooDrive's app signature in `Authorization`.
    App,
    /// gokuai's signature in the parameter `sign`.
    GokuaiSign,
}

/// What a request brought to say who calls; it has the form of its scheme.
#[derive(Debug, PartialEq)]
pub enum Credential<'a> {
    /// A token, without its scheme.
    Token(&'a str),
    /// KooDrive's app signature.
    App(Signature<'a>),
    /// gokuai's parameters as they were sent, `sign` among them.
    Parameters(Vec<(Cow<'a, str>, Cow<'a, str>)>),
}

impl Scheme {
    /// The form, as a message shows it.
    pub fn form(self) -> &'static str {
        match self {
            Self::Bearer => bearer::FORM,
            Self::App => app::FORM,
            Self::GokuaiSign => gokuai::FORM,
        }
    }

    /// Where its credential stands, as a violation points to it.
    pub fn place(self) -> &'static str {
        match self {
            Self::Bearer | Self::App => "/headers/Authorization",
            Self::GokuaiSign => "/params/sign",
        }
    }

    /// Whether the credential is a header, whose form decides the scheme.
    pub fn is_header(self) -> bool {
        matches!(self, Self::Bearer | Self::App)
    }

    /// Flat parameters that a client writes anew with each attempt of one and the same call.
    pub fn renewed(self) -> &'static [&'static str] {
        match self {
            Self::Bearer | Self::App => &[],
            Self::GokuaiSign => &["dateline", "sign"],
        }
    }

    /// The credential of a value of `Authorization`, if it has the scheme's form.
    fn read(self, value: &str) -> Option<Credential<'_>> {
        match self {
            Self::Bearer => bearer::token(value).map(Credential::Token),
            Self::App => app::Signature::parse(value).map(Credential::App),
            Self::GokuaiSign => None,
        }
    }
}

/// The credential that a value of `Authorization` holds.
///
/// # Errors
///
/// The violation, where the value has the form of none of the schemes; it never shows the value.
pub fn recognise<'a>(schemes: &[Scheme], value: &'a str) -> Result<Credential<'a>, Violation> {
    schemes.iter().find_map(|scheme| scheme.read(value)).ok_or_else(|| {
        let forms: Vec<_> = schemes.iter().map(|scheme| scheme.form()).collect();
        Violation::new(Scheme::Bearer.place(), Rule::Authorization, forms.join(" or "), shown(value))
    })
}

/// What may be said of a credential that is not understood: its first word, if that is a scheme's name.
fn shown(value: &str) -> String {
    let word = value.split(' ').next().unwrap_or_default();
    match SCHEME_NAMES.iter().find(|name| name.eq_ignore_ascii_case(word)) {
        Some(name) => format!("a value that starts with `{name}`"),
        None if value.is_empty() => "an empty value".to_owned(),
        None => format!("a value of {} characters without a known scheme", value.chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Scheme; 2] = [Scheme::Bearer, Scheme::App];

    #[test]
    fn recognises_every_documented_form() {
        for value in ["Bearer+10f88", "Bearer 10f88", "bearer 10f88", "BEARER+10f88", "Bearer%2010f88"] {
            assert_eq!(recognise(&BOTH, value), Ok(Credential::Token("10f88")), "{value}");
        }
        let signature =
            format!("HMAC-SHA256 AppId=a1,SignedHeaders=host;x-date;x-user-id,Signature={}", "0".repeat(64));
        assert!(matches!(recognise(&BOTH, &signature), Ok(Credential::App(_))));
        assert!(recognise(&[Scheme::Bearer], &signature).is_err());
    }

    #[test]
    fn says_what_is_wrong_without_showing_the_value() {
        let violation = recognise(&BOTH, "Basic c2VjcmV0").unwrap_err();
        assert_eq!(violation.found, "a value that starts with `Basic`");
        for secret in ["c2VjcmV0", "c2VjcmV0 ", "c2VjcmV0 c2VjcmV0"] {
            assert!(!recognise(&BOTH, secret).unwrap_err().found.contains("c2V"), "{secret}");
        }
        for value in ["", "Bearer", "Bearer ", "Bearer+", "Bearer a b", "HMAC-SHA256 AppId=a", "HMAC-SHA256"] {
            assert!(recognise(&BOTH, value).is_err(), "{value}");
        }
    }
}
