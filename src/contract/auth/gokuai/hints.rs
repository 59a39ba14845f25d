//! Why a `sign` does not match: known mistakes are reproduced until one of them leads to the `sign` that was sent.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use sha1::Sha1;
use sha2::Sha256;

use super::{
    super::{
        ENCODED,
        mac::{fits, from_hex},
        mismatch::Clues,
    },
    join,
};

/// For longer texts only the encoding of the `sign` is checked: every key that is tried reads the text again, and every mistake is another
/// text of that length.
const LONGEST: usize = 16 << 10;

/// With more parameters, extra ones are not tried at each place.
const MOST_WIDENED: usize = 64;

/// How many seconds two readings of the clock may be apart.
const MOST_SECONDS: i64 = 5;

/// What programming languages print for an absent value.
const NOTHINGS: [&str; 4] = ["None", "null", "", "undefined"];

type Pairs<'a> = [(&'a str, &'a str)];

/// A `sign` that does not match its parameters in any encoding.
pub(super) struct Attempt<'a> {
    pub(super) signature: &'a str,
    /// What should have been signed, in the order of the request.
    pub(super) in_order: &'a Pairs<'a>,
    /// The same, sorted by name.
    pub(super) sorted: &'a Pairs<'a>,
    /// The text that should have been signed.
    pub(super) right: &'a str,
    pub(super) secret: &'a str,
}

impl Attempt<'_> {
    /// What the client seems to have done, if it is a known mistake.
    pub(super) fn explain(&self, clues: &Clues<'_>) -> Option<String> {
        let Ok(sent) = STANDARD.decode(self.signature) else {
            let count = self.signature.chars().count();
            return Some(format!("a sign is 28 characters of base64; something else was sent, of length {count}"));
        };
        if self.right.len() > LONGEST {
            return None;
        }
        if fits::<Sha256>(self.secret.as_bytes(), self.right.as_bytes(), &sent) {
            return Some("the sign was made with SHA-256; use HMAC-SHA1".to_owned());
        }
        self.key(&sent, clues).or_else(|| self.text(&sent).map(str::to_owned))
    }

    /// Tries the correct text with other keys.
    fn key(&self, sent: &[u8], clues: &Clues<'_>) -> Option<String> {
        let fits = |key: &[u8]| fits::<Sha1>(key, self.right.as_bytes(), sent);
        let client = self.sorted.iter().find(|(name, _)| *name == "client_id").map_or("", |(_, value)| *value);
        if let Some((name, _)) = clues.others(client).find(|(_, other)| fits(other.as_bytes())) {
            return Some(format!(
                "the key was the secret of `{name}`; calls with `client_id` are signed with its `client_secret`, and only \
                 calls with `org_client_id` on library files with `org_client_secret`"
            ));
        }
        if STANDARD.decode(self.secret).is_ok_and(|key| fits(&key)) {
            return Some("the secret was base64-decoded before signing; use its text as the key".to_owned());
        }
        let longer = ["\n", "\r\n", " "].iter().any(|end| fits(format!("{}{end}", self.secret).as_bytes()));
        longer
            .then(|| "the secret had trailing white space, as at the end of a file; trim it before signing".to_owned())
    }

    /// Tries other texts with the correct key.
    fn text(&self, sent: &[u8]) -> Option<&'static str> {
        let fits = |text: &String| fits::<Sha1>(self.secret.as_bytes(), text.as_bytes(), sent);
        let mut mistakes = mistakes(self.in_order, self.sorted).into_iter();
        mistakes.find(|(texts, _)| texts.iter().any(fits)).map(|(_, hint)| hint)
    }
}

/// What is wrong with the encoding of the correct code.
pub(super) fn spelling(signature: &str, fits: impl Fn(&[u8]) -> bool) -> Option<String> {
    let base64 = |text: &str| STANDARD.decode(text).is_ok_and(|code| fits(&code));
    let hex = |text: &str| from_hex(text).is_some_and(|code| fits(&code));
    let of_hex = STANDARD.decode(signature).ok().and_then(|text| String::from_utf8(text).ok());
    let hint = if base64(&signature.replace(' ', "+")) {
        "the `+` of the sign arrived as a space; URL-encode the sign, `+` is `%2B`"
    } else if base64(&percent_decode_str(signature).decode_utf8_lossy()) {
        "the sign was URL-encoded twice; encode it once, like any value"
    } else if base64(&format!("{signature}=")) {
        "the sign lacks its `=`; keep the padding of base64"
    } else if URL_SAFE.decode(signature).or_else(|_| URL_SAFE_NO_PAD.decode(signature)).is_ok_and(|code| fits(&code)) {
        "the sign was written in URL-safe base64; use the standard alphabet and URL-encode it"
    } else if base64(signature.trim()) {
        "the sign had white space around it; remove it"
    } else if hex(signature) {
        "the sign was written in hex; write it in base64"
    } else if of_hex.is_some_and(|text| hex(&text)) {
        "the sign is base64 of hex digits; encode the 20 bytes themselves"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// Texts with a mistake in them, the most likely ones first.
fn mistakes(in_order: &Pairs<'_>, sorted: &Pairs<'_>) -> Vec<(Vec<String>, &'static str)> {
    let joined = |separator: &str| sorted.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(separator);
    let each = |write: &dyn Fn(&str, &str) -> String| -> Vec<String> {
        sorted.iter().map(|(name, value)| write(name, value)).collect()
    };
    let named = each(&|name, value| format!("{name}={value}"));
    let without = |unwanted: &dyn Fn(&str, &str) -> bool| {
        join(&sorted.iter().copied().filter(|(name, value)| !unwanted(name, value)).collect::<Vec<_>>())
    };
    let mut by_value = sorted.to_vec();
    by_value.sort_by_key(|(_, value)| *value);
    let encoded = each(&|_, value| utf8_percent_encode(value, ENCODED).to_string());
    let form = encoded.join("\n").replace("%20", "+");
    let other_units =
        [with_dateline(sorted, |sent| sent.checked_mul(1000)), with_dateline(sorted, |sent| Some(sent / 1000))];
    let later_dateline = |seconds: i64| with_dateline(sorted, |sent| sent.checked_add(seconds));
    vec![
        (
            ["\n", "&", ""].map(|separator| named.join(separator)).to_vec(),
            "the names of the parameters were signed; sign their values only, joined with a line feed",
        ),
        (
            vec![without(&|_, value| value.is_empty())],
            "a parameter with an empty value was left out; it was sent, so sign it as an empty line",
        ),
        (
            vec![form.replace('~', "%7E"), form.replace("%2A", "*"), form, encoded.join("\n")],
            "the values were URL-encoded before signing; sign the plain text and encode afterwards",
        ),
        (
            vec![joined("\r\n"), joined("\\n"), joined("&"), joined(","), joined("")],
            "the values were joined wrongly; join them with one line feed, with none at the end",
        ),
        (
            vec![joined("\n") + "\n"],
            "the signed text ended in a line feed: the last parameter had no value (JavaScript joins `undefined` as an empty text) and was \
             not sent, or one line feed too many was written; sign what is sent, with none at the end",
        ),
        (vec![join(in_order), join(&by_value)], "the values were not in order; sort the parameters by name"),
        (
            other_units.into_iter().flatten().collect(),
            "the `dateline` that was signed is not the one that was sent, one in milliseconds and one in seconds; sign and send whole seconds",
        ),
        (
            (1..=MOST_SECONDS).flat_map(|seconds| [seconds, -seconds]).filter_map(later_dateline).collect(),
            "the `dateline` that was signed is some seconds off the one that was sent; read the clock once",
        ),
        (
            vec![without(&|name, _| name == "client_id")],
            "`client_id` was not signed; it is a parameter like the others",
        ),
        (vec![without(&|name, _| name == "dateline")], "`dateline` was not signed; it is a parameter like the others"),
        (
            with_nothing(sorted),
            "a parameter without a value was signed (as `None`, `null`, `undefined` or an empty line) but not sent; sign what is sent",
        ),
    ]
}

/// The text with another `dateline`, if there is one and `change` applies.
fn with_dateline(sorted: &Pairs<'_>, change: impl Fn(i64) -> Option<i64>) -> Option<String> {
    let sent = sorted.iter().find(|(name, _)| *name == "dateline").and_then(|(_, value)| value.parse().ok())?;
    let dateline = change(sent)?.to_string();
    let values = sorted.iter().map(|(name, value)| if *name == "dateline" { dateline.as_str() } else { *value });
    Some(values.collect::<Vec<_>>().join("\n"))
}

/// The text with an extra line for an absent value, at each place.
fn with_nothing(sorted: &Pairs<'_>) -> Vec<String> {
    if sorted.len() > MOST_WIDENED {
        return Vec::new();
    }
    let places = (0..=sorted.len()).flat_map(|place| NOTHINGS.map(|nothing| (place, nothing)));
    places
        .map(|(place, nothing)| {
            let mut longer = sorted.to_vec();
            longer.insert(place, ("", nothing));
            join(&longer)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{
        super::{sign, string_to_sign, verify},
        *,
    };
    use crate::{
        contract::auth::{
            credentials::Credentials,
            mac::{code, to_hex},
        },
        diagnostic::Source,
    };

    const SECRET: &str = "c2VjcmV0LXNlY3JldA==";
    const SENT: [(&str, &str); 5] = [
        ("org_id", "101"),
        ("client_id", "c1"),
        ("dateline", "1795288497"),
        ("name", "a b/空*~"),
        ("org_capacity", ""),
    ];
    const RIGHT: &str = "c1\n1795288497\na b/空*~\n\n101";

    fn parameters() -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
        SENT.map(|(name, value)| (name.into(), value.into())).to_vec()
    }

    fn hint(signature: &str) -> String {
        let file = Source::new("credentials.yaml", "gokuai: { clients: { org-1: org-secret } }");
        let credentials = Credentials::compile(&file).unwrap();
        let clues = Clues { credentials: Some(&credentials), ..Clues::default() };
        let mismatch = verify(signature, &parameters(), SECRET, &clues).unwrap_err();
        assert!(!mismatch.to_string().contains(SECRET) && !mismatch.to_string().contains("org-secret"));
        mismatch.hint.unwrap_or_default()
    }

    #[test]
    fn finds_the_mistake_in_the_text() {
        assert_eq!(string_to_sign(&parameters()), RIGHT);
        let named = "client_id=c1&dateline=1795288497&name=a b/空*~&org_capacity=&org_id=101";
        for (wrong, expected) in [
            (named, "the names of the parameters were signed"),
            (&named.replace('&', "\n"), "the names of the parameters were signed"),
            ("c1\n1795288497\na b/空*~\n101", "an empty value was left out"),
            ("c1\n1795288497\na%20b%2F%E7%A9%BA%2A~\n\n101", "URL-encoded before signing"),
            ("c1\n1795288497\na+b%2F%E7%A9%BA%2A~\n\n101", "URL-encoded before signing"),
            ("c1\n1795288497\na+b%2F%E7%A9%BA%2A%7E\n\n101", "URL-encoded before signing"),
            (&format!("{RIGHT}\n"), "the last parameter had no value (JavaScript joins `undefined`"),
            (&format!("{RIGHT}\nundefined"), "a parameter without a value was signed"),
            (&RIGHT.replace('\n', "&"), "the values were joined wrongly"),
            (&RIGHT.replace('\n', ""), "the values were joined wrongly"),
            ("101\nc1\n1795288497\na b/空*~\n", "sort the parameters by name"),
            ("\n101\n1795288497\na b/空*~\nc1", "sort the parameters by name"),
            (&RIGHT.replace("1795288497", "1795288497000"), "one in milliseconds and one in seconds"),
            (&RIGHT.replace("1795288497", "1795288"), "one in milliseconds and one in seconds"),
            (&RIGHT.replace("1795288497", "1795288499"), "some seconds off the one that was sent; read the clock once"),
            (&RIGHT.replace("c1\n", ""), "`client_id` was not signed"),
            (&RIGHT.replace("1795288497\n", ""), "`dateline` was not signed"),
            ("c1\n1795288497\na b/空*~\n\nNone\n101", "signed (as `None`, `null`"),
        ] {
            let hint = hint(&sign(SECRET, wrong));
            assert!(hint.contains(expected), "{wrong}: {hint}");
        }
    }

    #[test]
    fn finds_the_wrong_key() {
        for (key, expected) in [
            ("org-secret", "the key was the secret of `org-1`"),
            ("secret-secret", "the secret was base64-decoded"),
            ("c2VjcmV0LXNlY3JldA==\n", "the secret had trailing white space"),
        ] {
            let hint = hint(&sign(key, RIGHT));
            assert!(hint.contains(expected), "{key}: {hint}");
        }
    }

    #[test]
    fn finds_the_wrong_spelling() {
        let bytes = code::<Sha1>(SECRET.as_bytes(), RIGHT.as_bytes()).unwrap();
        let right = STANDARD.encode(&bytes);
        assert!(right.contains('+') && right.ends_with('='), "the cases below need such a sign: {right}");
        let sha256 = code::<Sha256>(SECRET.as_bytes(), RIGHT.as_bytes()).unwrap();
        for (wrong, expected) in [
            (right.replace('+', " "), "the `+` of the sign arrived as a space"),
            (right.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"), "URL-encoded twice"),
            (URL_SAFE.encode(&bytes), "URL-safe base64"),
            (right.trim_end_matches('=').to_owned(), "lacks its `=`"),
            (format!("{right}\n"), "white space around it"),
            (to_hex(&bytes), "written in hex"),
            (STANDARD.encode(to_hex(&bytes)), "base64 of hex digits"),
            (STANDARD.encode(sha256), "made with SHA-256"),
            ("@@".to_owned(), "of length 2"),
        ] {
            let hint = hint(&wrong);
            assert!(hint.contains(expected), "{wrong}: {hint}");
        }
    }

    #[test]
    fn takes_its_time_for_small_requests_only() {
        let many: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            (0..5_000).map(|index| (format!("p{index}").into(), "value".into())).collect();
        let text = string_to_sign(&many).replace('\n', "&");
        let hint = |sign: &str| verify(sign, &many, SECRET, &Clues::default()).unwrap_err().hint;
        assert_eq!(hint(&sign(SECRET, &text)), None);
        let few = &many[..500];
        let text = string_to_sign(few).replace('\n', "&");
        assert!(verify(&sign(SECRET, &text), few, SECRET, &Clues::default()).unwrap_err().hint.is_some());
        let right = sign(SECRET, &string_to_sign(&many));
        assert!(hint(right.trim_end_matches('=')).is_some_and(|hint| hint.contains("lacks its `=`")));
    }

    #[test]
    fn does_not_guess_where_nothing_fits() {
        assert_eq!(hint("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "");
    }
}
