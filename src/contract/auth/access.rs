//! Who is let in: the second look at a credential, after its form. Signatures are computed again, and held to the clock.

use std::{borrow::Cow, time::Duration};

use jiff::Timestamp;

use super::{
    Credential, Denial,
    app::{self, Signature, SignedRequest},
    credentials::Credentials,
    gokuai,
    mismatch::{Clues, Mismatch},
};
use crate::contract::{
    request::{Payload, Request},
    rule::Rule,
    service::{Refusal, Service},
    violation::{Violation, quoted},
};

/// Who is let in.
#[derive(Debug, Clone)]
pub struct Access {
    /// The keys and tokens that are known.
    pub credentials: Credentials,
    /// How far gokuai's `dateline` may be from the clock.
    pub dateline_window: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self { credentials: Credentials::built_in(), dateline_window: gokuai::WINDOW }
    }
}

impl Access {
    /// What only the keys and the clock can tell of a credential: nothing where it lets its caller in. `now` is the time that
    /// signatures are held to.
    pub fn authenticate(
        &self,
        service: &Service,
        request: &Request<'_>,
        credential: &Credential<'_>,
        now: Timestamp,
    ) -> Option<Denial> {
        match credential {
            Credential::Token(token) => self.token(token),
            Credential::App(signature) => self.app(service, signature, request, now),
            Credential::Parameters(parameters) => self.parameters(service, parameters, now),
        }
    }

    fn token(&self, token: &str) -> Option<Denial> {
        if self.credentials.takes_token(token) {
            return None;
        }
        let expected = "a token of the credentials file";
        let violation = Violation::new("/headers/Authorization", Rule::Authorization, expected, "another one");
        Some(Denial::new(Refusal::Unauthenticated, violation))
    }

    fn clues<'a>(&'a self, service: &'a Service) -> Clues<'a> {
        let (hosts, secrets) = (&service.description.hosts, &service.description.secrets);
        Clues { credentials: Some(&self.credentials), hosts, secrets }
    }

    fn app(
        &self,
        service: &Service,
        signature: &Signature<'_>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Option<Denial> {
        let Payload::Whole(body) = request.body else { return None };
        let text = |value| std::str::from_utf8(value).unwrap_or_default();
        let mut headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
        if let Some(authority) = request.authority.filter(|_| !request.headers.contains_key(http::header::HOST)) {
            headers.push(("host", authority));
        }
        let whole = format!("{}{}", request.base, request.path);
        let signed = |path| SignedRequest {
            method: request.method.as_str(),
            path,
            query: request.query,
            headers: &headers,
            body,
        };
        let mut violations = Vec::new();
        let date = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-date"));
        if let Some(Err(violation)) = date.map(|(_, date)| app::check_window(date, now)) {
            violations.push(violation);
        }
        let Some(secret) = self.credentials.app_secret(signature.app_id) else {
            violations.push(unknown("/headers/Authorization", "an AppId of the credentials", signature.app_id));
            return bad_signature(violations, None);
        };
        let clues = self.clues(service);
        let verify = |path| app::verify(signature, &signed(path), secret.expose(), &clues);
        // A signer may or may not know that the base URL of its API has a path.
        let verified = verify(&whole).or_else(|mismatch| {
            if request.base.is_empty() { Err(mismatch) } else { verify(request.path).map_err(|_| mismatch) }
        });
        let mismatch = verified.err();
        violations.extend(mismatch.iter().map(|mismatch| mismatch.violation("/headers/Authorization")));
        bad_signature(violations, mismatch)
    }

    fn parameters(
        &self,
        service: &Service,
        parameters: &[(Cow<'_, str>, Cow<'_, str>)],
        now: Timestamp,
    ) -> Option<Denial> {
        let value = |wanted: &str| {
            let found = parameters.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_ref())
        };
        let mut violations = Vec::new();
        let window = |dateline| gokuai::check_window(dateline, now, self.dateline_window);
        if let Some(Err(violation)) = value("dateline").map(window) {
            violations.push(violation);
        }
        // What is missing is told by the table.
        let (Some(client), Some(sign)) = (value("client_id"), value("sign")) else {
            return bad_signature(violations, None);
        };
        let Some(secret) = self.credentials.client_secret(client) else {
            violations.push(unknown("/params/client_id", "a client_id of the credentials", client));
            return bad_signature(violations, None);
        };
        let mismatch = gokuai::verify(sign, parameters, secret.expose(), &self.clues(service)).err();
        violations.extend(mismatch.iter().map(|mismatch| mismatch.violation("/params/sign")));
        bad_signature(violations, mismatch)
    }
}

fn bad_signature(violations: Vec<Violation>, mismatch: Option<Mismatch>) -> Option<Denial> {
    let denial = Denial { refusal: Refusal::BadSignature, violations, mismatch: mismatch.map(Box::new) };
    (!denial.violations.is_empty()).then_some(denial)
}

fn unknown(at: &'static str, expected: &'static str, found: &str) -> Violation {
    Violation::new(at, Rule::Authorization, expected, quoted(found))
}
