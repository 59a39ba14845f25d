//! KooDrive's app signature, `HMAC-SHA256 AppId=...,SignedHeaders=...,Signature=...` in `Authorization`.
//!
//! Reference: pages `koodrive_05_0029` to `koodrive_05_0035` of the KooDrive API reference. Unlike Huawei Cloud's generic scheme
//! there is no date line in the string to sign, and the key is the secret itself.

mod call;
mod canonical;
mod case;
mod hints;
mod mistakes;
mod reserialised;
mod window;

use sha2::Sha256;

use self::{canonical::Parts, hints::Attempt};
pub use self::{
    canonical::{Canonical, SignedRequest, canonical},
    window::check_window,
};
use super::{
    credentials::{BuiltIn, Entries, Section},
    mac::{code, fits, from_hex, to_hex},
    mismatch::{Clues, Mismatch},
    scheme::{Mechanism, Scheme},
};

/// The scheme.
pub static SCHEME: Scheme = Scheme {
    word: "app",
    form: "`HMAC-SHA256 AppId=...,SignedHeaders=...,Signature=...`",
    place: "/headers/Authorization",
    asks: &["/headers/Authorization"],
    mistaken: &[("X-Date", GENERIC_DATE)],
    explain: |value| {
        let generic = value.starts_with("SDK-HMAC-SHA256") && value.contains("Access=");
        generic.then_some(
            "a signature of Huawei Cloud's generic scheme, `SDK-HMAC-SHA256 Access=...`, as its SDK signers make it; `HMAC-SHA256 AppId=...` \
             is made in another way (`understudy sign` shows the steps)",
        )
    },
    renewed: &[],
    section: Some(&SECTION),
    mechanism: Mechanism::Signature { fits: |value| Signature::parse(value).is_some(), verify: call::verify },
};

/// The apps in a credentials file.
pub static SECTION: Section = Section {
    service: "koodrive",
    key: "apps",
    entries: Entries::Secrets { owner: "an AppId", handed_out: &[] },
    built_in: BuiltIn {
        id: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        value: "understudy-app-secret-not-real",
        environment: ["KOODRIVE_APP_ID", "KOODRIVE_APP_SECRET"],
    },
};

/// The name of the algorithm: the first word of the header, and the first line of the string to sign.
const ALGORITHM: &str = "HMAC-SHA256";

/// The date of Huawei Cloud's generic scheme.
const GENERIC_DATE: &str = "x-sdk-date";

/// Headers that have to be signed: otherwise a signature could be used for another user or another day.
const ALWAYS_SIGNED: [&str; 2] = ["x-date", "x-user-id"];

/// The three parts of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Whose secret is the key.
    pub app_id: &'a str,
    /// Names of the signed headers, joined with `;`.
    pub signed_headers: &'a str,
    /// The signature itself.
    pub signature: &'a str,
}

impl<'a> Signature<'a> {
    /// Parses a value of `Authorization`, if it has the form.
    pub fn parse(value: &'a str) -> Option<Self> {
        let mut parts = value.strip_prefix("HMAC-SHA256 ")?.split(',').map(str::trim);
        let signature = Self {
            app_id: parts.next()?.strip_prefix("AppId=")?,
            signed_headers: parts.next()?.strip_prefix("SignedHeaders=")?,
            signature: parts.next()?.strip_prefix("Signature=")?,
        };
        let complete =
            [signature.app_id, signature.signed_headers, signature.signature].iter().all(|part| !part.is_empty());
        (complete && parts.next().is_none()).then_some(signature)
    }
}

/// The signature of a string to sign: 64 lower-case hex digits.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    code::<Sha256>(secret.as_bytes(), string_to_sign.as_bytes()).map(|code| to_hex(&code)).unwrap_or_default()
}

/// Verifies the signature of a request. `secret` is the one of the signature's AppId.
///
/// The date is not checked, see [`check_window`]. A body is hashed once, whether or not the signature matches; the search for the mistake
/// is bounded.
///
/// ```
/// use understudy::contract::auth::{
///     koodrive::{self, SignedRequest, Signature},
///     mismatch::Clues,
/// };
///
/// let request = SignedRequest {
///     method: "GET",
///     path: "/koodrive/ose/v1/users/1505084218764547200",
///     query: None,
///     headers: &[
///         ("host", "cn.myhuaweicloud-koodrive.com"),
///         ("x-date", "20240909T033325Z"),
///         ("x-user-id", "1505084218764547200"),
///     ],
///     body: b"",
/// };
/// let value = "HMAC-SHA256 AppId=a1,SignedHeaders=host;x-date;x-user-id,\
///     Signature=77c3cdeec392689ff1f0ce1b9ba5e93353bd73fdfbee8b56b4a339f4ab4b6fd1";
/// let signature = Signature::parse(value).unwrap();
/// assert_eq!(koodrive::verify(&signature, &request, "example-app-secret-not-real", &Clues::default()), Ok(()));
/// ```
///
/// # Errors
///
/// What the server signed, if the signature is another one or leaves out a header that has to be signed.
pub fn verify(
    signature: &Signature<'_>,
    request: &SignedRequest<'_>,
    secret: &str,
    clues: &Clues<'_>,
) -> Result<(), Mismatch> {
    let parts = Parts::of(request, signature.signed_headers);
    let canonical = parts.canonical();
    let fault = fault_of_list(&parts, request);
    if fault.is_none() && is_lower_hex(signature.signature) {
        let sent = from_hex(signature.signature).unwrap_or_default();
        if fits::<Sha256>(secret.as_bytes(), canonical.string_to_sign.as_bytes(), &sent) {
            return Ok(());
        }
    }
    let explain = || Attempt { signature, request, secret, parts: &parts, canonical: &canonical }.explain(clues);
    let hint = fault.or_else(explain);
    Err(Mismatch::new(parts.shown(clues), canonical.string_to_sign, hint))
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is wrong with a list of signed headers, whether or not the signature matches.
fn fault_of_list(parts: &Parts, request: &SignedRequest<'_>) -> Option<String> {
    let signed = |wanted: &str| parts.headers.iter().any(|(name, _)| name == wanted);
    if signed("authorization") {
        return Some("`SignedHeaders` names `authorization`, which cannot sign itself; leave it out".to_owned());
    }
    if let Some(missing) = ALWAYS_SIGNED.iter().find(|wanted| !signed(wanted)) {
        if *missing == "x-date" && signed(GENERIC_DATE) {
            return Some(
                "`SignedHeaders` names `x-sdk-date`, the date of Huawei Cloud's generic scheme; send and sign `X-Date` instead".to_owned(),
            );
        }
        let sentence = "sign `x-date` and `x-user-id` at least, or `host;x-date;x-user-id` as the documentation does";
        return Some(format!("`SignedHeaders` lacks `{missing}`; {sentence}"));
    }
    let (absent, _) = parts.headers.iter().find(|(name, _)| request.header(name).is_none())?;
    let absent: String = absent.chars().take(60).collect();
    Some(format!("`SignedHeaders` names `{absent}`, but the request has no such header; send it or do not sign it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_published_value_apart() {
        let value = "HMAC-SHA256 AppId=a378,SignedHeaders=host;x-date;x-user-id,Signature=bd35";
        let expected = Signature { app_id: "a378", signed_headers: "host;x-date;x-user-id", signature: "bd35" };
        assert_eq!(Signature::parse(value), Some(expected));
    }

    #[test]
    fn wants_each_part_once_and_in_order() {
        for value in [
            "HMAC-SHA256 AppId=a,Signature=c,SignedHeaders=b",
            "HMAC-SHA256 AppId=,SignedHeaders=b,Signature=c",
            "HMAC-SHA256 AppId=a,SignedHeaders=b,Signature=c,More=d",
            "SDK-HMAC-SHA256 AppId=a,SignedHeaders=b,Signature=c",
        ] {
            assert_eq!(Signature::parse(value), None, "{value}");
        }
    }

    #[test]
    fn refuses_a_list_that_leaves_too_much_unsigned_even_if_the_signature_fits() {
        let headers = [("Host", "a"), ("X-Date", "20240909T033325Z"), ("X-User-Id", "1"), ("Authorization", "x")];
        let request = SignedRequest { method: "GET", path: "/a", query: None, headers: &headers, body: b"" };
        for (list, hint) in [
            ("host;x-date", "lacks `x-user-id`"),
            ("host;x-user-id", "lacks `x-date`"),
            ("host;x-sdk-date;x-user-id", "names `x-sdk-date`, the date of Huawei Cloud's generic scheme"),
            ("authorization;x-date;x-user-id", "cannot sign itself"),
            ("x-date;x-other;x-user-id", "names `x-other`"),
        ] {
            let signature = sign("s", &canonical(&request, list).string_to_sign);
            let sent = Signature { app_id: "a", signed_headers: list, signature: &signature };
            let mismatch = verify(&sent, &request, "s", &Clues::default()).unwrap_err();
            assert!(mismatch.hint.as_ref().unwrap().contains(hint), "{mismatch}");
        }
        let list = "x-date;x-user-id";
        let signature = sign("s", &canonical(&request, list).string_to_sign);
        assert_eq!(
            verify(
                &Signature { app_id: "a", signed_headers: list, signature: &signature },
                &request,
                "s",
                &Clues::default()
            ),
            Ok(())
        );
    }

    #[test]
    fn a_mismatch_shows_no_value_that_is_called_secret() {
        let headers = [("Host", "a"), ("X-Date", "20240909T033325Z"), ("X-User-Id", "1"), ("X-Session-Id", "hidden")];
        let request =
            SignedRequest { method: "GET", path: "/a", query: Some("token=hidden&a=1"), headers: &headers, body: b"" };
        let list = "host;x-date;x-session-id;x-user-id";
        let sent = Signature { app_id: "a", signed_headers: list, signature: &"0".repeat(64) };
        let secrets = ["x-session-id".to_owned(), "Token".to_owned()];
        let mismatch = verify(&sent, &request, "s", &Clues { secrets: &secrets, ..Clues::default() }).unwrap_err();
        assert!(!format!("{mismatch} {mismatch:?}").contains("hidden"), "{mismatch}");
        assert!(mismatch.canonical.contains("a=1&token=[redacted]\nhost:a\n"), "{mismatch}");
    }
}
