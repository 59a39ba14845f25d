//! Links that carry their own credential: a signature over method, path, query and some headers, good for some time.
//!
//! Reference: the links that CreateFile and UploadUrl print are of AWS's Signature Version 4, with the payload unsigned.

mod canonical;
mod hint;

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use percent_encoding::utf8_percent_encode;
use sha2::{Digest as _, Sha256};

use self::canonical::Canonical;
use super::{
    Denial, ENCODED,
    access::Verification,
    distance::in_words,
    mac::{code, fits, from_hex, to_hex},
    mismatch::Mismatch,
    scheme::{Mechanism, Part, Scheme, SentParameter},
};
use crate::contract::{request::Request, rule::Rule, service::Refusal, violation::Violation};

/// The scheme.
pub static SCHEME: Scheme = Scheme {
    word: "presigned",
    form: "the parameter `X-Amz-Signature`: an HMAC-SHA256, 64 hexadecimal digits",
    place: PLACE,
    asks: &[
        "/query/X-Amz-Algorithm",
        "/query/X-Amz-Date",
        "/query/X-Amz-SignedHeaders",
        "/query/X-Amz-Expires",
        "/query/X-Amz-Credential",
        PLACE,
    ],
    mistaken: &[],
    explain: |_| None,
    renewed: &["X-Amz-Date", "X-Amz-Credential", SIGNATURE],
    section: None,
    mechanism: Mechanism::Parameters { part: Part::Query, verify },
};

const PLACE: &str = "/query/X-Amz-Signature";
const SIGNATURE: &str = "X-Amz-Signature";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "%Y%m%dT%H%M%SZ";

/// What the links of this stand-in are signed with.
#[derive(Debug, Clone)]
pub struct Settings {
    secret: String,
}

/// That of the seed 0.
impl Default for Settings {
    fn default() -> Self {
        Self::of_seed(0)
    }
}

/// A link before it is signed.
pub struct Link<'l> {
    /// What it is good for.
    pub method: &'static str,
    /// Host and port.
    pub host: &'l str,
    /// The path, percent-encoded.
    pub path: &'l str,
    /// Parameters beside those of the signature, decoded.
    pub parameters: &'l [(&'l str, String)],
    /// Parameters that stand behind those of the signature.
    pub further: &'l [(&'l str, String)],
    /// The size of the body that it is good for.
    pub length: Option<u64>,
}

impl Settings {
    /// A secret that the seed decides, so that the same calls get the same links.
    pub fn of_seed(seed: u64) -> Self {
        Self { secret: to_hex(&Sha256::digest(format!("understudy links {seed}"))) }
    }

    /// The target of a link, from its path on, that is good for so many seconds from now on.
    pub fn sign(&self, link: &Link<'_>, now: Timestamp, seconds: u32) -> String {
        let date = Offset::UTC.to_datetime(now).strftime(DATE).to_string();
        let scope = format!("{}/region/s3/aws4_request", date.split('T').next().unwrap_or_default());
        let signed = if link.length.is_some() { "content-length;host" } else { "host" };
        let own = [
            ("X-Amz-Algorithm", ALGORITHM.to_owned()),
            ("X-Amz-Date", date.clone()),
            ("X-Amz-SignedHeaders", signed.to_owned()),
            ("X-Amz-Expires", seconds.to_string()),
            ("X-Amz-Credential", format!("UNDERSTUDY/{scope}")),
        ];
        let all = || link.parameters.iter().chain(&own).chain(link.further);
        let length = link.length.map(|length| length.to_string());
        let canonical = Canonical {
            method: link.method,
            path: link.path,
            parameters: all().map(|(name, value)| (*name, value.as_str())).collect(),
            headers: length
                .as_deref()
                .map(|length| ("content-length", length))
                .into_iter()
                .chain([("host", link.host)])
                .collect(),
        };
        let signature = self.signature(&canonical.string_to_sign(&date, &scope), &scope);
        let mut target = format!("{}?", link.path);
        for (name, value) in all() {
            target.push_str(&format!("{name}={}&", utf8_percent_encode(value, ENCODED)));
        }
        format!("{target}{SIGNATURE}={}", to_hex(&signature))
    }

    /// The key of a scope (day, region, service).
    fn key(&self, scope: &str) -> Vec<u8> {
        let first = format!("AWS4{}", self.secret).into_bytes();
        scope.split('/').fold(first, |key, part| code::<Sha256>(&key, part.as_bytes()).unwrap_or_default())
    }

    fn signature(&self, string_to_sign: &str, scope: &str) -> Vec<u8> {
        code::<Sha256>(&self.key(scope), string_to_sign.as_bytes()).unwrap_or_default()
    }
}

/// What a request says of its link.
struct Sent<'v> {
    request: &'v Request<'v>,
    parameters: Vec<(&'v str, &'v str)>,
    date: &'v str,
    scope: &'v str,
    /// The names of the headers that are signed.
    signed: Vec<&'v str>,
    signature: Vec<u8>,
    path: String,
}

impl<'v> Sent<'v> {
    fn read(parameters: &'v [SentParameter<'_>], request: &'v Request<'v>) -> Option<Self> {
        let value = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
        let signed = value("X-Amz-SignedHeaders")?.split(';').collect();
        Some(Self {
            request,
            date: value("X-Amz-Date")?,
            scope: value("X-Amz-Credential")?.split_once('/')?.1,
            signed,
            signature: from_hex(value(SIGNATURE)?).unwrap_or_default(),
            path: format!("{}{}", request.base, request.path),
            parameters: parameters
                .iter()
                .filter(|(name, _)| name != SIGNATURE)
                .map(|(name, value)| (name.as_ref(), value.as_ref()))
                .collect(),
        })
    }

    /// What was sent, in the form in which it is signed; some of it may be replaced.
    fn canonical(&self, method: &'v str, host: &'v str) -> Canonical<'_> {
        let header = |name: &&'v str| {
            let value = if *name == "host" { Some(host) } else { self.header(name) };
            (*name, value.unwrap_or_default())
        };
        let headers = self.signed.iter().map(header).collect();
        Canonical { method, path: &self.path, parameters: self.parameters.clone(), headers }
    }

    fn header(&self, name: &str) -> Option<&'v str> {
        self.request.headers.get(name)?.to_str().ok()
    }

    fn host(&self) -> &'v str {
        self.header("host").or(self.request.authority).unwrap_or_default()
    }

    /// Whoever may read a thing may ask what it is like.
    fn method(&self) -> &'v str {
        if *self.request.method == http::Method::HEAD { "GET" } else { self.request.method.as_str() }
    }

    fn fits(&self, canonical: &Canonical<'_>, settings: &Settings) -> bool {
        let text = canonical.string_to_sign(self.date, self.scope);
        fits::<Sha256>(&settings.key(self.scope), text.as_bytes(), &self.signature)
    }
}

/// Verifies a link: first its signature, then its time.
fn verify(parameters: &[SentParameter<'_>], verification: &Verification<'_>) -> Option<Denial> {
    let Verification { access, request, now, .. } = *verification;
    // The table reports what is missing.
    let sent = Sent::read(parameters, request)?;
    if *request.method == http::Method::PUT
        && sent.signed.contains(&"content-length")
        && sent.header("content-length").is_none()
    {
        let violation = Violation::new(
            "/headers/Content-Length",
            Rule::Required,
            "the size of the part, which the link is signed for",
            "nothing: a body without a size, such as a chunked one",
        );
        return Some(Denial::new(Refusal::LengthRequired, violation));
    }
    let canonical = sent.canonical(sent.method(), sent.host());
    if !sent.signed.contains(&"host") || !sent.fits(&canonical, &access.presigned) {
        let hint = hint::find(&sent, &access.presigned);
        let mismatch = Mismatch::new(canonical.text(), canonical.string_to_sign(sent.date, sent.scope), Some(hint));
        return Denial::of_signature(vec![mismatch.violation(PLACE)], Some(mismatch));
    }
    let expires: i64 = sent.parameters.iter().find(|(name, _)| *name == "X-Amz-Expires")?.1.parse().ok()?;
    let made = DateTime::strptime(DATE, sent.date).ok().and_then(|date| Offset::UTC.to_timestamp(date).ok())?;
    let over = now.as_second().saturating_sub(made.as_second()).saturating_sub(expires);
    (over > 0).then(|| {
        let found = format!("one that was over {} ago", in_words(over.unsigned_abs()));
        let violation = Violation::new("/query/X-Amz-Expires", Rule::Expired, "a link that is still good", found);
        Denial::new(Refusal::ExpiredToken, violation)
    })
}

#[cfg(test)]
mod tests;
