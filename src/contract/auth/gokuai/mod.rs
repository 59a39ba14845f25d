//! gokuai's signature, the parameter `sign`.
//!
//! Reference: page "Access Control" (`overview/sign.html`) of the vendor's documentation. Only values are signed: neither method
//! nor path nor parameter names.

mod call;
mod hints;
mod window;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Sha1;

use self::hints::{Attempt, spelling};
pub use self::window::{Settings, check_window};
use super::{
    credentials::{BuiltIn, Entries, Section},
    mac::{code, is, keyed},
    mismatch::{Clues, Mismatch},
    scheme::{Mechanism, Part, Scheme, SentParameter},
};

/// The scheme.
pub static SCHEME: Scheme = Scheme {
    word: "gokuai-sign",
    form: "the parameter `sign`: Base64 of an HMAC-SHA1, 28 characters",
    place: "/params/sign",
    asks: &["/params/client_id", "/params/dateline", "/params/sign"],
    mistaken: &[],
    explain: |_| None,
    renewed: &["dateline", SIGN],
    section: Some(&SECTION),
    mechanism: Mechanism::Parameters { part: Part::Params, verify: call::verify },
};

/// The clients in a credentials file.
pub static SECTION: Section = Section {
    service: "gokuai",
    key: "clients",
    // From the documented answer of `bind`. It signs none of the operations here, but clients confuse the two.
    entries: Entries::Secrets { owner: "a client id", handed_out: &[("k3vE0mQ2example", "Zr8example5Tn")] },
    built_in: BuiltIn {
        id: "understudy-client",
        value: "understudy-client-secret-not-real",
        environment: ["GOKUAI_CLIENT_ID", "GOKUAI_CLIENT_SECRET"],
    },
};

/// More parameters are not sorted. No operation has more than 11.
const MOST_PARAMETERS: usize = 10_000;

/// The parameter with the signature, which is not signed itself.
const SIGN: &str = "sign";

/// The string to sign of decoded parameters: their values sorted by name, one per line, without `sign`.
///
/// Values of a repeated name keep the order in which they were sent; the vendor does not document it.
pub fn string_to_sign(parameters: &[SentParameter<'_>]) -> String {
    join(&sorted(parameters))
}

/// The signature of a string to sign: base64 of HMAC-SHA1.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    code::<Sha1>(secret.as_bytes(), string_to_sign.as_bytes()).map(|code| STANDARD.encode(code)).unwrap_or_default()
}

/// Verifies the signature of decoded parameters. `secret` is the one of the call's `client_id`.
///
/// The time is not checked, see [`check_window`]. The values are read once, whether or not the signature matches; the search for the mistake
/// is bounded.
///
/// ```
/// use understudy::contract::auth::{gokuai, mismatch::Clues};
///
/// let parameters = [("dateline", "1795288497"), ("client_id", "test-client-id")].map(|(name, value)| (name.into(), value.into()));
/// let sign = "WStutr7/zY33B1gWgCRkQS64WbY=";
/// assert_eq!(gokuai::verify(sign, &parameters, "test-client-secret", &Clues::default()), Ok(()));
/// ```
///
/// # Errors
///
/// What the server signed, if the signature is another one or there are more than 10000 parameters.
pub fn verify(
    signature: &str,
    parameters: &[SentParameter<'_>],
    secret: &str,
    clues: &Clues<'_>,
) -> Result<(), Mismatch> {
    if parameters.len() > MOST_PARAMETERS {
        let hint = format!("{} parameters are more than the {MOST_PARAMETERS} that are verified", parameters.len());
        return Err(Mismatch::new(String::new(), String::new(), Some(hint)));
    }
    let sorted = sorted(parameters);
    let right = join(&sorted);
    let mac = keyed::<Sha1>(secret.as_bytes(), right.as_bytes());
    let fits = |code: &[u8]| mac.as_ref().is_some_and(|mac| is(mac, code));
    if STANDARD.decode(signature).is_ok_and(|sent| fits(&sent)) {
        return Ok(());
    }
    let in_order: Vec<_> = pairs(parameters).collect();
    let hint = spelling(signature, fits)
        .or_else(|| Attempt { signature, in_order: &in_order, sorted: &sorted, right: &right, secret }.explain(clues));
    let shown: Vec<_> = sorted.iter().map(|(name, value)| (*name, clues.shown(name, value))).collect();
    let canonical = shown.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n");
    Err(Mismatch::new(canonical, join(&shown), hint))
}

/// What is signed, in the order of the request.
fn pairs<'a>(parameters: &'a [SentParameter<'_>]) -> impl Iterator<Item = (&'a str, &'a str)> {
    parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).filter(|(name, _)| *name != SIGN)
}

/// What is signed, sorted by name.
fn sorted<'a>(parameters: &'a [SentParameter<'_>]) -> Vec<(&'a str, &'a str)> {
    let mut sorted: Vec<_> = pairs(parameters).collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

fn join(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(_, value)| *value).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

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
    fn knows_the_secret_that_the_documented_answer_of_bind_hands_out() {
        let contract = crate::contract::SpecFiles::embedded().load().unwrap();
        let bind = contract.operation(contract.named("bind")[0]);
        let example = &bind.compiled(contract.service_of(bind)).unwrap().example;
        let body: serde_json::Value = serde_json::from_slice(&example.body).unwrap();
        let Entries::Secrets { handed_out: [(id, secret)], .. } = SECTION.entries else {
            panic!("nothing is handed out")
        };
        assert_eq!((&body["org_client_id"], &body["org_client_secret"]), (&(*id).into(), &(*secret).into()));
    }

    #[test]
    fn shows_names_and_values_of_what_it_signed() {
        let sent = parameters(&[("dateline", "1"), ("client_id", "c"), ("sign", "AAAA")]);
        let mismatch = verify("AAAA", &sent, "secret", &Clues::default()).unwrap_err();
        assert_eq!(mismatch.canonical, "client_id=c\ndateline=1");
        assert_eq!(mismatch.string_to_sign, "c\n1");
    }

    #[test]
    fn a_mismatch_shows_no_value_that_is_called_secret() {
        let sent = parameters(&[("client_id", "c"), ("client_secret", "hidden"), ("name", "shown")]);
        let secrets = ["client_secret".to_owned()];
        let clues = Clues { secrets: &secrets, ..Clues::default() };
        let mismatch = verify("AAAA", &sent, "secret", &clues).unwrap_err();
        assert!(!format!("{mismatch} {mismatch:?}").contains("hidden"), "{mismatch}");
        assert_eq!(mismatch.string_to_sign, "c\n[redacted]\nshown");
    }

    #[test]
    fn a_mismatch_of_a_very_long_text_shows_its_beginning() {
        let long = "空".repeat(1 << 20);
        let mismatch = verify("AAAA", &parameters(&[("name", &long)]), "secret", &Clues::default()).unwrap_err();
        assert!(mismatch.string_to_sign.len() < 150_000 && mismatch.string_to_sign.ends_with("(3145728 bytes)"));
    }

    #[test]
    fn more_parameters_than_anybody_sends_are_refused_unseen() {
        let sent = parameters(&[("a", "b"); 10_001]);
        let sign = sign("secret", &string_to_sign(&sent));
        let mismatch = verify(&sign, &sent, "secret", &Clues::default()).unwrap_err();
        assert!(mismatch.hint.unwrap().starts_with("10001 parameters are more than"));
    }

    #[test]
    fn takes_base64_of_the_standard_alphabet_with_padding_only() {
        let sent = parameters(&[("client_id", "test-client-id"), ("dateline", "1795288497")]);
        let check = |sign: &str| verify(sign, &sent, "test-client-secret", &Clues::default()).is_ok();
        assert!(check("WStutr7/zY33B1gWgCRkQS64WbY="));
        for wrong in ["WStutr7/zY33B1gWgCRkQS64WbY", "WStutr7_zY33B1gWgCRkQS64WbY=", "WStutr7/zY33B1gWgCRkQS64WbZ=", ""]
        {
            assert!(!check(wrong), "{wrong}");
        }
    }
}
