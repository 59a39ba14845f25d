//! What the contract knows of a way to say who calls.

use std::{borrow::Cow, fmt};

use super::{Denial, access::Verification, credentials::Section};

/// A way to say who calls. Each operation lists the ones it takes, each scheme has a folder or file of its own, and
/// [`SCHEMES`](super::schemes::SCHEMES) lists them all.
pub struct Scheme {
    /// The word for it in spec files.
    pub word: &'static str,
    /// The form of its credential, as a message shows it.
    pub form: &'static str,
    /// Where the credential stands, as a violation points to it.
    pub place: &'static str,
    /// Flat parameters that a client writes anew with each attempt of one and the same call.
    pub renewed: &'static [&'static str],
    /// What a file of credentials lists for it.
    pub section: Option<&'static Section>,
    /// How its credential is read and verified.
    pub mechanism: Mechanism,
}

/// How a credential travels, and what reads and verifies it.
#[derive(Clone, Copy)]
pub enum Mechanism {
    /// A token in `Authorization`.
    Token {
        /// The token of a value that has the form.
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
    /// A signature among parameters, which are verified together.
    Parameters {
        /// Where they stand.
        part: Part,
        /// Verifies all of them.
        verify: VerifyParameters,
    },
}

/// The part of a request that has a signature among its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The query.
    Query,
    /// Flat parameters, whatever their encoding.
    Params,
}

/// A parameter as it was sent, decoded.
pub type SentParameter<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Says why a text lets nobody in.
pub type VerifyText = fn(&str, &Verification<'_>) -> Option<Denial>;

/// Says why parameters let nobody in.
pub type VerifyParameters = fn(&[SentParameter<'_>], &Verification<'_>) -> Option<Denial>;

impl Scheme {
    /// Whether the credential is a header, whose form decides the scheme.
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
    use http::{HeaderMap, Method, Version};
    use jiff::Timestamp;

    use super::*;
    use crate::contract::{
        Payload, Refusal, Request, Rule, SpecFile, SpecFiles, Strictness, Violation,
        auth::{AuthMode, access::Access},
    };

    /// A scheme that nobody else knows: links that carry their signature and the end of their life in the query.
    static LINK: Scheme = Scheme {
        word: "test-link",
        form: "the parameter `Signature`",
        place: "/query/Signature",
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
    fn a_further_scheme_is_read_and_verified_without_a_line_elsewhere() {
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

        let judge = |query: &str, auth: AuthMode| {
            let request = Request {
                version: Version::HTTP_11,
                method: &Method::GET,
                base: "",
                path: "/links/7",
                query: Some(query),
                authority: None,
                headers: &HeaderMap::new(),
                body: Payload::Whole(b""),
            };
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
        // What is missing is missed as a credential, unless none is looked at.
        let missing = (Some(Refusal::Unauthenticated), vec![Rule::Required]);
        assert_eq!(judge("Expires=5", AuthMode::Shape), missing);
        assert_eq!(judge("Expires=5", AuthMode::Off), (None, vec![]));
    }
}
