//! Why a signature does not match: known mistakes are reproduced until one of them leads to the signature that was sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::Sha256;

use super::{
    super::{
        mac::{fits, from_hex},
        mismatch::Clues,
    },
    ALGORITHM, GENERIC_DATE, Signature,
    canonical::{Canonical, Parts, SignedRequest, hash, header_names, string_to_sign},
    case::{Case, dates_near},
    mistakes::MISTAKES,
};

/// A signature that does not match its request.
pub(super) struct Attempt<'a> {
    pub(super) signature: &'a Signature<'a>,
    pub(super) request: &'a SignedRequest<'a>,
    pub(super) secret: &'a str,
    /// What should have been signed, by part and as text.
    pub(super) parts: &'a Parts,
    pub(super) canonical: &'a Canonical,
}

impl Attempt<'_> {
    /// What the client seems to have done, if it is a known mistake.
    pub(super) fn explain(&self, clues: &Clues<'_>) -> Option<String> {
        let written = self.signature.signature;
        let Some(sent) = self.sent() else {
            let count = written.chars().count();
            return Some(format!(
                "a signature is 64 lower-case hex digits; something else was sent, of length {count}"
            ));
        };
        self.spelling(&sent)
            .or_else(|| self.key(&sent, clues))
            .or_else(|| self.string_to_sign(&sent).map(str::to_owned))
            .or_else(|| self.canonical_request(&sent, clues).map(str::to_owned))
    }

    /// The code, from hex or Base64.
    fn sent(&self) -> Option<Vec<u8>> {
        let written = self.signature.signature;
        let length = |code: &Vec<u8>| code.len() == 32;
        from_hex(written).filter(length).or_else(|| STANDARD.decode(written).ok().filter(length))
    }

    fn fits(&self, string_to_sign: &str, sent: &[u8]) -> bool {
        fits::<Sha256>(self.secret.as_bytes(), string_to_sign.as_bytes(), sent)
    }

    fn spelling(&self, sent: &[u8]) -> Option<String> {
        let form = if from_hex(self.signature.signature).is_some() { "upper-case hex" } else { "base64" };
        let right = self.fits(&self.canonical.string_to_sign, sent);
        right.then(|| format!("the signature is right, but written in {form}; write it in lower-case hex"))
    }

    fn key(&self, sent: &[u8], clues: &Clues<'_>) -> Option<String> {
        let fits = |key: &[u8]| fits::<Sha256>(key, self.canonical.string_to_sign.as_bytes(), sent);
        if let Some((name, _)) = clues.others(self.signature.app_id).find(|(_, secret)| fits(secret.as_bytes())) {
            return Some(format!(
                "the key was the secret of `{name}`; sign with the AppSecret of the AppId that the call names"
            ));
        }
        if STANDARD.decode(self.secret).is_ok_and(|key| fits(&key)) {
            return Some("the AppSecret was base64-decoded before signing; use its text as the key".to_owned());
        }
        if ["\n", "\r\n", " "].iter().any(|end| fits(format!("{}{end}", self.secret).as_bytes())) {
            let hint = "the AppSecret had trailing white space, as at the end of a file; trim it before signing";
            return Some(hint.to_owned());
        }
        let app_id = fits(self.signature.app_id.as_bytes());
        app_id.then(|| "the key was the AppId; sign with the AppSecret".to_owned())
    }

    fn string_to_sign(&self, sent: &[u8]) -> Option<&'static str> {
        let request = &self.canonical.request;
        let hash = hash(request.as_bytes());
        let dates = ["x-date", GENERIC_DATE].into_iter().filter_map(|name| self.request.header(name));
        let with_date = dates.flat_map(|date| dates_near(&date)).flat_map(|date| {
            [
                (
                    format!("{ALGORITHM}\n{date}\n{hash}"),
                    "the date was a line of the string to sign, as in the vendor's generic scheme; sign two lines, \
                     `HMAC-SHA256` and the hash",
                ),
                (
                    format!("SDK-{ALGORITHM}\n{date}\n{hash}"),
                    "the vendor's generic scheme was used; sign two lines, `HMAC-SHA256` and the hash, without a date",
                ),
            ]
        });
        let without_date = [
            (
                format!("SDK-{ALGORITHM}\n{hash}"),
                "the string to sign began with `SDK-HMAC-SHA256`; its first line is `HMAC-SHA256`",
            ),
            (hash.clone(), "only the hash was signed; the string to sign begins with the line `HMAC-SHA256`"),
            (
                format!("{ALGORITHM}\n{request}"),
                "the canonical request was signed instead of its hash; sign `HMAC-SHA256` and its SHA-256 in hex",
            ),
            (
                request.clone(),
                "the canonical request was signed as it is; sign `HMAC-SHA256` and, on the next line, its SHA-256 in hex",
            ),
            (
                format!("{ALGORITHM}\n{}", hash.to_ascii_uppercase()),
                "the hash of the canonical request was signed in upper-case hex; write it in lower case",
            ),
            (format!("{ALGORITHM}\n{hash}\n"), "the string to sign ended in a line feed; nothing comes after the hash"),
        ];
        with_date.chain(without_date).find(|(text, _)| self.fits(text, sent)).map(|(_, hint)| hint)
    }

    fn canonical_request(&self, sent: &[u8], clues: &Clues<'_>) -> Option<&'static str> {
        let case = Case {
            request: self.request,
            right: self.parts,
            listed: header_names(self.signature.signed_headers),
            hosts: clues.hosts,
        };
        let fits = |text: &String| self.fits(&string_to_sign(text), sent);
        MISTAKES.iter().find(|mistake| (mistake.texts)(&case).iter().any(fits)).map(|mistake| mistake.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{canonical, mistakes::MISTAKES, sign, verify},
        *,
    };
    use crate::{contract::auth::credentials::Credentials, diagnostic::Source};

    const SECRET: &str = "c2VjcmV0LXNlY3JldA==";
    const APP_ID: &str = "a1";
    const LIST: &str = "host;x-date;x-user-id";
    const BODY: &str = r#"{"b":"空","a":1}"#;
    const HEADERS: [(&str, &str); 3] =
        [("Host", "127.0.0.1:8080"), ("X-Date", "20240909T033325Z"), ("X-User-Id", "1505")];

    fn request() -> SignedRequest<'static> {
        SignedRequest {
            method: "POST",
            path: "/files/a%20b%2Fc",
            query: Some("z=1&n=a%20b%2Fc&e="),
            headers: &HEADERS,
            body: BODY.as_bytes(),
        }
    }

    /// The hint for a call whose signature has been made from another canonical request.
    fn hint(request: &SignedRequest<'_>, canonical_request: &str) -> String {
        hint_of_signature(request, &sign(SECRET, &string_to_sign(canonical_request)))
    }

    fn hint_of_signature(request: &SignedRequest<'_>, signature: &str) -> String {
        let signature = Signature { app_id: APP_ID, signed_headers: LIST, signature };
        let file = Source::new("credentials.yaml", "koodrive: { apps: { a2: other-secret } }");
        let credentials = Credentials::compile(&file).unwrap();
        let hosts = ["cn.myhuaweicloud-koodrive.com", "intl.myhuaweicloud-koodrive.com"].map(str::to_owned);
        let clues = Clues { credentials: Some(&credentials), hosts: &hosts, secrets: &[] };
        let mismatch = verify(&signature, request, SECRET, &clues).unwrap_err();
        assert!(!mismatch.to_string().contains(SECRET) && !mismatch.to_string().contains("other-secret"));
        mismatch.hint.unwrap_or_default()
    }

    #[test]
    fn finds_the_mistake_in_the_canonical_request() {
        let right = canonical(&request(), LIST).request;
        let hash_of = |body: &str| hash(body.as_bytes());
        let hash = hash_of(BODY);
        let lines = "host:127.0.0.1:8080\nx-date:20240909T033325Z\nx-user-id:1505\n";
        for (from, to, expected) in [
            ("host:127.0.0.1:8080", "host:127.0.0.1", "`host` was signed without its port"),
            ("8080\n", "8080:443\n", "`host` was signed with a port"),
            ("host:127.0.0.1:8080", "host:cn.myhuaweicloud-koodrive.com", "the vendor's `host` was signed"),
            ("host:127.0.0.1:8080", "host:intl.myhuaweicloud-koodrive.com:443", "the vendor's `host` was signed"),
            ("a%20b%2Fc/\n", "a%20b%2Fc\n", "without a `/` at its end"),
            ("/files/a%20b%2Fc/\n", "/a%20b%2Fc/\n", "only a part of the path was signed"),
            ("/files/a%20b%2Fc/\n", "/a%20b%2Fc\n", "only a part of the path was signed"),
            ("/files/a%20b%2Fc/\n", "/files/\n", "only a part of the path was signed"),
            ("/files/a%20b%2Fc/\n", "/files/files/a%20b%2Fc/\n", "a part of the path was signed twice"),
            ("/files/a%20b%2Fc/\n", "http://127.0.0.1:8080/files/a%20b%2Fc/\n", "the whole URL was signed"),
            ("/files/a%20b%2Fc/\n", "https://127.0.0.1:8080/files/a%20b%2Fc\n", "the whole URL was signed"),
            ("/files/a%20b%2Fc/\n", "/files/a%20b%2Fc?z=1&n=a%20b%2Fc&e=\n", "the whole URL was signed"),
            ("x-date:20240909T033325Z", "x-date:20240909T033324Z", "some seconds off the one that was sent"),
            (&hash, &hash_of(""), "the hash of an empty body was signed"),
            (&hash, &hash_of(r#"{"b": "空", "a": 1}"#), "the JSON that was signed is not the JSON that was sent"),
            (&hash, &hash_of(r#"{"a":1,"b":"\u7a7a"}"#), "the JSON that was signed is not the JSON that was sent"),
            (&hash, BODY, "was not the hash of the body"),
            (&hash, "UNSIGNED-PAYLOAD", "`UNSIGNED-PAYLOAD` was signed in place of the body's hash"),
            (&hash, &hash_of("UNSIGNED-PAYLOAD"), "`UNSIGNED-PAYLOAD` was signed in place of the body's hash"),
            (&hash, &hash.to_ascii_uppercase(), "the body's hash was signed in upper-case hex"),
            ("n=a%20b", "n=a+b", "a space in the query was signed as `+`"),
            ("/files/a%20b", "/files/a+b", "a space in the path was signed as `+`"),
            ("e=&n=a%20b%2Fc&z=1", "z=1&n=a%20b%2Fc&e=", "the query was signed as it was sent"),
            ("e=&n=", "e&n=", "lost its `=`"),
            ("e=&n=", "n=", "lost its `=`"),
            ("n=a%20b%2Fc", "n=a b/c", "the query was signed without percent-encoding"),
            ("e=&n=a%20b%2Fc&z=1", "", "the query was not signed"),
            ("/files/a%20b%2Fc/", "/files/a b/c/", "the path was signed without percent-encoding"),
            ("/files/a%20b%2Fc/", "/files/a b/c", "the path was signed without percent-encoding"),
            ("/files/a%20b%2Fc/", "/files/a%2520b%252Fc/", "percent-encoded twice"),
            ("n=a%20b%2Fc", "n=a%2520b%252Fc", "percent-encoded twice"),
            ("%2F", "%2f", "escapes were signed with lower-case hex digits"),
            ("/files/a%20b%2F", "/files/a%20b%2f", "escapes were signed with lower-case hex digits"),
            (
                lines,
                "x-date:20240909T033325Z\nhost:127.0.0.1:8080\nx-user-id:1505\n",
                "the signed headers were not in order",
            ),
            (lines, "Host:127.0.0.1:8080\nX-Date:20240909T033325Z\nX-User-Id:1505\n", "kept their capital letters"),
            (LIST, "Host;X-Date;X-User-Id", "kept their capital letters"),
            (lines, "host: 127.0.0.1:8080\nx-date: 20240909T033325Z\nx-user-id: 1505\n", "a space after the colon"),
            ("\n\nhost;", "\nhost;", "the lines of the canonical request were joined wrongly"),
            (&hash, &format!("{hash}\n"), "the lines of the canonical request were joined wrongly"),
            ("POST", "post", "the method was signed in lower case"),
        ] {
            let wrong = right.replace(from, to);
            assert_ne!(wrong, right, "{from} is not in {right}");
            let hint = hint(&request(), &wrong);
            assert!(hint.contains(expected), "{to}: {hint}");
        }
    }

    #[test]
    fn finds_a_list_that_was_signed_in_its_own_order() {
        let wrong = canonical(&request(), LIST)
            .request
            .replace(
                "host:127.0.0.1:8080\nx-date:20240909T033325Z\nx-user-id:1505\n",
                "x-user-id:1505\nx-date:20240909T033325Z\nhost:127.0.0.1:8080\n",
            )
            .replace(LIST, "x-user-id;x-date;host");
        let signature = sign(SECRET, &string_to_sign(&wrong));
        let sent = Signature { app_id: APP_ID, signed_headers: "X-User-Id;X-Date;Host", signature: &signature };
        let hint = verify(&sent, &request(), SECRET, &Clues::default()).unwrap_err().hint.unwrap();
        assert!(hint.contains("sort them by lower-case name"), "{hint}");
    }

    #[test]
    fn finds_a_plus_that_was_meant_as_a_plus() {
        let request = SignedRequest { query: Some("n=a+b"), ..request() };
        let wrong = canonical(&request, LIST).request.replace("n=a%20b", "n=a%2Bb");
        assert!(hint(&request, &wrong).contains("send it as `%2B` too"));
    }

    #[test]
    fn every_mistake_of_the_table_is_told_from_the_right_request() {
        let headers = [HEADERS.as_slice(), &[("X-Sdk-Date", "20240909T033320Z")]].concat();
        let request = SignedRequest { query: Some("n=a+b&z=%2F&e="), headers: &headers, ..request() };
        let right = Parts::of(&request, LIST);
        let text = right.text();
        let hosts = ["example.com".to_owned()];
        let case = Case { request: &request, right: &right, listed: header_names(LIST), hosts: &hosts };
        for mistake in &MISTAKES {
            assert!((mistake.texts)(&case).iter().any(|wrong| *wrong != text), "{}", mistake.hint);
        }
    }

    #[test]
    fn finds_the_mistake_in_the_string_to_sign() {
        let right = canonical(&request(), LIST);
        let hash = hash(right.request.as_bytes());
        for (wrong, expected) in [
            (format!("HMAC-SHA256\n20240909T033325Z\n{hash}"), "the date was a line"),
            (format!("HMAC-SHA256\n20240909T033328Z\n{hash}"), "the date was a line"),
            (format!("SDK-HMAC-SHA256\n20240909T033323Z\n{hash}"), "the vendor's generic scheme was used"),
            (format!("SDK-HMAC-SHA256\n20240909T033325Z\n{hash}"), "the vendor's generic scheme was used"),
            (format!("SDK-HMAC-SHA256\n{hash}"), "began with `SDK-HMAC-SHA256`"),
            (hash.clone(), "only the hash was signed"),
            (format!("HMAC-SHA256\n{}", right.request), "instead of its hash"),
            (right.request.clone(), "signed as it is"),
            (format!("HMAC-SHA256\n{}", hash.to_uppercase()), "signed in upper-case hex"),
            (format!("HMAC-SHA256\n{hash}\n"), "ended in a line feed"),
        ] {
            let hint = hint_of_signature(&request(), &sign(SECRET, &wrong));
            assert!(hint.contains(expected), "{wrong}: {hint}");
        }
    }

    #[test]
    fn finds_the_date_of_the_generic_scheme_even_some_seconds_off() {
        let headers = [HEADERS.as_slice(), &[("X-Sdk-Date", "20240909T113325Z")]].concat();
        let request = SignedRequest { headers: &headers, ..request() };
        let right = canonical(&request, LIST).request;
        for date in ["20240909T113325Z", "20240909T113327Z"] {
            let hint = hint(&request, &right.replace("x-date:20240909T033325Z", &format!("x-date:{date}")));
            assert!(hint.starts_with("the date of `X-Sdk-Date` was signed"), "{date}: {hint}");
            let text = format!("SDK-HMAC-SHA256\n{date}\n{}", hash(right.as_bytes()));
            let hint = hint_of_signature(&request, &sign(SECRET, &text));
            assert!(hint.contains("the vendor's generic scheme was used"), "{date}: {hint}");
        }
    }

    #[test]
    fn finds_the_wrong_key() {
        let right = canonical(&request(), LIST).string_to_sign;
        for (key, expected) in [
            ("other-secret", "the key was the secret of `a2`"),
            ("secret-secret", "the AppSecret was base64-decoded"),
            ("c2VjcmV0LXNlY3JldA==\n", "the AppSecret had trailing white space"),
            (APP_ID, "the key was the AppId"),
        ] {
            let hint = hint_of_signature(&request(), &sign(key, &right));
            assert!(hint.contains(expected), "{key}: {hint}");
        }
    }

    #[test]
    fn finds_the_wrong_spelling() {
        let right = sign(SECRET, &canonical(&request(), LIST).string_to_sign);
        let base64 = STANDARD.encode(from_hex(&right).unwrap());
        assert!(hint_of_signature(&request(), &right.to_uppercase()).contains("written in upper-case hex"));
        assert!(hint_of_signature(&request(), &base64).contains("written in base64"));
        assert!(hint_of_signature(&request(), "bd35").contains("of length 4"));
    }

    #[test]
    fn does_not_guess_where_nothing_fits() {
        assert_eq!(hint_of_signature(&request(), &"0".repeat(64)), "");
    }
}
