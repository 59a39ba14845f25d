//! The credential of a request: recognised by its form, verified by its scheme.

use std::fmt;

use super::{
    Denial,
    access::Verification,
    scheme::{Mechanism, Scheme, SentParameter, VerifyParameters, VerifyText},
    schemes::SCHEMES,
};
use crate::contract::{rule::Rule, service::Refusal, violation::Violation};

/// Words that name a scheme and are no secret.
const SCHEME_NAMES: [&str; 9] =
    ["AT", "AWS4-HMAC-SHA256", "Basic", "Bearer", "Digest", "HMAC-SHA256", "Negotiate", "SDK-HMAC-SHA256", "Token"];

/// A credential that has the form of its scheme.
pub enum Credential<'a> {
    /// A token, without its scheme.
    Token {
        /// The token.
        token: &'a str,
        /// The function of its scheme.
        verify: VerifyText,
    },
    /// A signature in `Authorization`.
    Signature {
        /// The whole value.
        value: &'a str,
        /// The function of its scheme.
        verify: VerifyText,
    },
    /// Parameters as they were sent, including the signature.
    Parameters {
        /// All of them.
        parameters: Vec<SentParameter<'a>>,
        /// The function of their scheme.
        verify: VerifyParameters,
    },
}

impl<'a> Credential<'a> {
    /// The token, if it is one.
    pub fn token(&self) -> Option<&'a str> {
        match self {
            Self::Token { token, .. } => Some(token),
            Self::Signature { .. } | Self::Parameters { .. } => None,
        }
    }

    /// Verifies it against keys and clock; returns why it is rejected.
    pub(super) fn verify(&self, verification: &Verification<'_>) -> Option<Denial> {
        match self {
            Self::Token { token: text, verify } | Self::Signature { value: text, verify } => verify(text, verification),
            Self::Parameters { parameters, verify } => verify(parameters, verification),
        }
    }
}

/// Its kind only; the rest is secret.
impl fmt::Debug for Credential<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Token { .. } => "a token",
            Self::Signature { .. } => "a signature",
            Self::Parameters { .. } => "signed parameters",
        })
    }
}

/// The credential in a value of `Authorization`.
///
/// # Errors
///
/// The violation, if the value has the form of none of the schemes; it never shows the value.
pub fn recognise<'a>(schemes: &[&Scheme], value: &'a str) -> Result<Credential<'a>, Violation> {
    let read = |scheme: &&Scheme| match scheme.mechanism {
        Mechanism::Token { read, verify } => read(value).map(|token| Credential::Token { token, verify }),
        Mechanism::Signature { fits, verify } => fits(value).then_some(Credential::Signature { value, verify }),
        Mechanism::Parameters { .. } => None,
    };
    schemes.iter().find_map(read).ok_or_else(|| unrecognised(schemes, value))
}

/// The denial for a value without the form of its scheme.
pub(super) fn without_form(scheme: &Scheme, value: &str) -> Denial {
    Denial::new(Refusal::Unauthenticated, unrecognised(&[scheme], value))
}

fn unrecognised(schemes: &[&Scheme], value: &str) -> Violation {
    let forms: Vec<_> = schemes.iter().map(|scheme| scheme.form).collect();
    // Of an operation that takes one scheme, the mistakes of the others are told too.
    let known = SCHEMES.iter().find_map(|scheme| (scheme.explain)(value));
    let found = known.map_or_else(|| shown(value), str::to_owned);
    Violation::new("/headers/Authorization", Rule::Authorization, forms.join(" or "), found)
}

/// What may be shown of an unknown credential: its first word, if that is the name of a scheme.
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
    use super::{
        super::{bearer, koodrive},
        *,
    };

    const BOTH: [&Scheme; 2] = [&bearer::SCHEME, &koodrive::SCHEME];

    #[test]
    fn recognises_every_documented_form() {
        for value in ["Bearer+10f88", "Bearer 10f88", "bearer 10f88", "BEARER+10f88", "Bearer%2010f88"] {
            assert_eq!(recognise(&BOTH, value).unwrap().token(), Some("10f88"), "{value}");
        }
        let signature =
            format!("HMAC-SHA256 AppId=a1,SignedHeaders=host;x-date;x-user-id,Signature={}", "0".repeat(64));
        assert!(matches!(recognise(&BOTH, &signature), Ok(Credential::Signature { .. })));
        assert!(recognise(&BOTH[..1], &signature).is_err());
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

    #[test]
    fn a_doubled_scheme_and_the_vendors_generic_one_are_told() {
        for value in ["Bearer Bearer s3cret", "Bearer+Bearer+s3cret", "bearer Bearer+s3cret", "Bearer%20bearer s3cret"]
        {
            let violation = recognise(&BOTH, value).unwrap_err();
            assert!(violation.found.starts_with("`Bearer` twice; "), "{value}: {violation}");
            assert!(!violation.found.contains("s3cret"));
        }
        let generic = "SDK-HMAC-SHA256 Access=AK1, SignedHeaders=host;x-sdk-date, Signature=00ff";
        let violation = recognise(&BOTH[..1], generic).unwrap_err();
        assert!(violation.found.starts_with("a signature of Huawei Cloud's generic scheme"), "{violation}");
        assert!(!violation.found.contains("AK1") && !violation.found.contains("00ff"));
    }

    #[test]
    fn debug_output_shows_no_credential() {
        let credential = recognise(&BOTH, "Bearer s3cret").unwrap();
        assert!(!format!("{credential:?}").contains("s3cret"));
    }
}
