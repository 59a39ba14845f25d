//! What the contract knows about an authentication scheme.

use std::{borrow::Cow, fmt};

use super::{Denial, access::Verification, credentials::Section};

/// An authentication scheme. Each operation lists the ones that it accepts. Each scheme has a file or folder of its own, and
/// [`SCHEMES`](super::schemes::SCHEMES) lists them all.
pub struct Scheme {
    /// The word for it in spec files.
    pub word: &'static str,
    /// The form of its credential, as a message shows it.
    pub form: &'static str,
    /// A pointer to the credential, as in violations.
    pub place: &'static str,
    /// Pointers to everything that a request has for the sake of its credential alone.
    pub asks: &'static [&'static str],
    /// Headers of it, and what the vendor's other schemes have in their place.
    pub mistaken: &'static [(&'static str, &'static str)],
    /// What a value of `Authorization` without the form is, if a known mistake explains it. It never shows the value.
    pub explain: fn(&str) -> Option<&'static str>,
    /// Parameters that a client makes anew for each attempt of the same call.
    pub renewed: &'static [&'static str],
    /// The section of a credentials file that lists its callers.
    pub section: Option<&'static Section>,
    /// How its credentials are read and verified.
    pub mechanism: Mechanism,
}

/// How a credential is sent, and the functions that read and verify it.
#[derive(Clone, Copy)]
pub enum Mechanism {
    /// A token in `Authorization`.
    Token {
        /// The token in a value of `Authorization`, if that has the form.
        read: fn(&str) -> Option<&str>,
        /// Verifies a token.
        verify: VerifyText,
    },
    /// A signature in `Authorization`.
    Signature {
        /// Whether a value has the form.
        fits: fn(&str) -> bool,
        /// Verifies a value.
        verify: VerifyText,
    },
    /// A signature among parameters, which it covers.
    Parameters {
        /// Which parameters.
        part: Part,
        /// Verifies all of them.
        verify: VerifyParameters,
    },
}

/// The part of a request whose parameters include a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The query.
    Query,
    /// Flat parameters, in any encoding.
    Params,
}

/// Name and value of a parameter as it was sent, decoded.
pub type SentParameter<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Verifies a token or a value of `Authorization`; returns why it is rejected.
pub type VerifyText = fn(&str, &Verification<'_>) -> Option<Denial>;

/// Verifies parameters; returns why they are rejected.
pub type VerifyParameters = fn(&[SentParameter<'_>], &Verification<'_>) -> Option<Denial>;

impl Scheme {
    /// Whether the credential is in `Authorization`, where its form tells the scheme.
    pub fn is_header(&self) -> bool {
        matches!(self.mechanism, Mechanism::Token { .. } | Mechanism::Signature { .. })
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use jiff::Timestamp;

    use super::*;
    use crate::contract::{
        Payload, Refusal, Request, Rule, SpecFile, SpecFiles, Strictness, Violation,
        auth::{AuthMode, access::Access},
    };

    /// A scheme that exists only here: links with a signature and an expiry time in their query.
    static LINK: Scheme = Scheme {
        word: "test-link",
        form: "the parameter `Signature`",
        place: "/query/Signature",
        asks: &["/query/Expires", "/query/Signature"],
        mistaken: &[],
        explain: |_| None,
        renewed: &["Expires", "Signature"],
        section: None,
        mechanism: Mechanism::Parameters { part: Part::Query, verify },
    };

    fn verify(parameters: &[SentParameter<'_>], verification: &Verification<'_>) -> Option<Denial> {
        let value = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
        let expires: i64 = value("Expires")?.parse().ok()?;
        let fits = value("Signature") == Some(&format!("{}?{expires}", verification.request.path));
        let denial = |rule| Denial::new(Refusal::BadSignature, Violation::new(LINK.place, rule, "a link", "another"));
        (!fits)
            .then(|| denial(Rule::Signature))
            .or((verification.now.as_second() > expires).then(|| denial(Rule::Expired)))
    }

    #[test]
    fn another_scheme_needs_nothing_but_its_own_definition() {
        let embedded = SpecFiles::embedded();
        let mut files = ["service.json", "errors.json", "shared.json"]
            .map(|name| embedded.get(&format!("gokuai/{name}")).unwrap().clone())
            .to_vec();
        let document = r#"{ "operation": "get", "title": "t", "method": "GET", "path": "/links/{id}", "documentation": [],
            "authentication": [], "responses": { "200": {} }, "request": {
                "path": { "type": "object", "properties": { "id": { "type": "string" } } },
                "query": { "type": "object", "required": ["Expires", "Signature"], "properties": {
                    "Expires": { "type": "string" }, "Signature": { "type": "string" } } } } }"#;
        files.push(SpecFile::new("gokuai/links/get.json", "get.json", document));
        let mut contract = SpecFiles::of(files).unchecked().load().unwrap();
        contract.operations[0].authentication = vec![&LINK];

        let headers = HeaderMap::new();
        let judge = |query: &str, auth: AuthMode| {
            let request =
                Request { query: Some(query), ..Request::new(&Method::GET, "/links/7", &headers, Payload::Whole(b"")) };
            let mut judgement = contract.validate(&request, Strictness { auth, ..Strictness::default() }).unwrap();
            let denial = judgement.credential().and_then(|(_, credential)| {
                Access::default().authenticate(&contract.services[0], &request, credential, Timestamp::UNIX_EPOCH)
            });
            if let Some(denial) = denial {
                judgement.deny(denial);
            }
            let refusal = judgement.refusal();
            (refusal, judgement.into_findings().violations.into_iter().map(|found| found.rule).collect::<Vec<_>>())
        };
        assert_eq!(judge("Expires=5&Signature=/links/7?5", AuthMode::Verify), (None, vec![]));
        let bad = |rule| (Some(Refusal::BadSignature), vec![rule]);
        assert_eq!(judge("Expires=6&Signature=/links/7?5", AuthMode::Verify), bad(Rule::Signature));
        assert_eq!(judge("Expires=-1&Signature=/links/7?-1", AuthMode::Verify), bad(Rule::Expired));
        // A missing parameter is a missing credential, unless credentials are not checked.
        let missing = (Some(Refusal::Unauthenticated), vec![Rule::Required]);
        assert_eq!(judge("Expires=5", AuthMode::Shape), missing);
        assert_eq!(judge("Expires=5", AuthMode::Off), (None, vec![]));
        assert_eq!(judge("", AuthMode::Off), (None, vec![]));
    }
}
