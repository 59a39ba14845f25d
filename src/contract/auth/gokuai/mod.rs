//! gokuai's signature: the parameter `sign`.
//!
//! Reference: page "Access Control" (`overview/sign.html`) of the vendor's documentation. Only values are signed: neither method
//! nor path nor parameter names.

mod hints;
mod window;

use std::{borrow::Cow, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Sha1;

pub use self::window::check_window;
use super::{
    mac::{code, fits},
    mismatch::Mismatch,
};

/// The form, as a message shows it.
pub const FORM: &str = "the parameter `sign`: base64 of an HMAC-SHA1, 28 characters";

/// How far `dateline` may be from the clock where nothing else is said. The vendor documents no tolerance.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// The parameter that carries the signature and is not signed itself.
const SIGN: &str = "sign";

/// The signed text of decoded parameters: their values in the order of their names, a line each, without `sign`.
///
/// A name that stands twice keeps the order in which it was sent; the vendor does not say.
pub fn string_to_sign(parameters: &[(Cow<'_, str>, Cow<'_, str>)]) -> String {
    join(&sorted(parameters))
}

/// The signature of a string to sign: base64 of HMAC-SHA1.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    code::<Sha1>(secret.as_bytes(), string_to_sign.as_bytes()).map(|code| STANDARD.encode(code)).unwrap_or_default()
}

/// Holds decoded parameters to their signature. `secret` is the one of the call's `client_id`; `others` are secrets of other
/// callers with their names, `org_client_secret` among them, so that a mix-up can be explained.
///
/// The time is not looked at, see [`check_window`].
///
/// ```
/// use understudy::contract::auth::gokuai;
///
/// let parameters = [("dateline", "1795288497"), ("client_id", "test-client-id")].map(|(name, value)| (name.into(), value.into()));
/// assert_eq!(gokuai::verify("WStutr7/zY33B1gWgCRkQS64WbY=", &parameters, "test-client-secret", &[]), Ok(()));
/// ```
///
/// # Errors
///
/// What the server signed, where the signature is another one.
pub fn verify(
    signature: &str,
    parameters: &[(Cow<'_, str>, Cow<'_, str>)],
    secret: &str,
    others: &[(&str, &str)],
) -> Result<(), Mismatch> {
    let sorted = sorted(parameters);
    let string_to_sign = join(&sorted);
    let sent = STANDARD.decode(signature);
    if sent.is_ok_and(|sent| fits::<Sha1>(secret.as_bytes(), string_to_sign.as_bytes(), &sent)) {
        return Ok(());
    }
    let in_order: Vec<_> = pairs(parameters).collect();
    let hint = hints::explain(signature, &in_order, &sorted, secret, others);
    Err(Mismatch { canonical: lines(&sorted), string_to_sign, hint })
}

/// The same mismatch without the values of secret parameters.
pub(super) fn hide(
    mismatch: Mismatch,
    parameters: &[(Cow<'_, str>, Cow<'_, str>)],
    is_secret: impl Fn(&str) -> bool,
) -> Mismatch {
    if !pairs(parameters).any(|(name, _)| is_secret(name)) {
        return mismatch;
    }
    let shown: Vec<_> = sorted(parameters)
        .into_iter()
        .map(|(name, value)| (name, if is_secret(name) { "[redacted]" } else { value }))
        .collect();
    Mismatch { canonical: lines(&shown), string_to_sign: join(&shown), hint: mismatch.hint }
}

/// What is signed, in the order in which it was sent.
fn pairs<'a>(parameters: &'a [(Cow<'_, str>, Cow<'_, str>)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).filter(|(name, _)| *name != SIGN)
}

/// What is signed, in the order of the names.
fn sorted<'a>(parameters: &'a [(Cow<'_, str>, Cow<'_, str>)]) -> Vec<(&'a str, &'a str)> {
    let mut sorted: Vec<_> = pairs(parameters).collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

fn lines(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

fn join(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(_, value)| *value).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        pairs.iter().map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value))).collect()
    }

    #[test]
    fn a_name_that_begins_another_comes_first_and_an_empty_value_is_an_empty_line() {
        let sent = parameters(&[("start_dateline", "3"), ("sign", "x"), ("start", "2"), ("act", "")]);
        assert_eq!(string_to_sign(&sent), "\n2\n3");
        assert_eq!(string_to_sign(&[]), "");
    }

    #[test]
    fn shows_names_and_values_of_what_it_signed() {
        let sent = parameters(&[("dateline", "1"), ("client_id", "c"), ("sign", "AAAA")]);
        let mismatch = verify("AAAA", &sent, "secret", &[]).unwrap_err();
        assert_eq!(mismatch.canonical, "client_id=c\ndateline=1");
        assert_eq!(mismatch.string_to_sign, "c\n1");
    }

    #[test]
    fn hides_the_values_of_secret_parameters() {
        let sent = parameters(&[("password", "p4ss"), ("client_id", "c"), ("sign", "AAAA")]);
        let mismatch = verify("AAAA", &sent, "secret", &[]).unwrap_err();
        let hidden = hide(mismatch, &sent, |name| name == "password");
        assert_eq!(hidden.canonical, "client_id=c\npassword=[redacted]");
        assert_eq!(hidden.string_to_sign, "c\n[redacted]");
    }

    #[test]
    fn takes_base64_of_the_standard_alphabet_with_padding_only() {
        let sent = parameters(&[("client_id", "test-client-id"), ("dateline", "1795288497")]);
        let check = |sign: &str| verify(sign, &sent, "test-client-secret", &[]).is_ok();
        assert!(check("WStutr7/zY33B1gWgCRkQS64WbY="));
        for wrong in ["WStutr7/zY33B1gWgCRkQS64WbY", "WStutr7_zY33B1gWgCRkQS64WbY=", "WStutr7/zY33B1gWgCRkQS64WbZ=", ""]
        {
            assert!(!check(wrong), "{wrong}");
        }
    }
}
