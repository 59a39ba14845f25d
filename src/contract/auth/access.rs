//! Who is let in: the second look at a credential, after its form. Signatures are computed again, and held to the clock.

use std::{borrow::Cow, time::Duration};

use super::{
    Credential,
    app::{self, Signature, SignedRequest},
    credentials::Credentials,
    gokuai,
    mismatch::{Clues, Mismatch},
};
use crate::contract::{
    Refusal, Request, Service, Verdict,
    validate::Payload,
    violation::{Violation, describe},
};

/// How closely credentials are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checking {
    /// Signatures are verified, unknown keys are refused, tokens expire.
    #[default]
    Verify,
    /// The form has to be right.
    Shape,
    /// A credential is neither missed nor looked at.
    Off,
}

/// Who is let in, and how closely that is looked at.
#[derive(Debug, Clone)]
pub struct Access {
    /// How closely.
    pub checking: Checking,
    /// The keys and tokens that are known.
    pub credentials: Credentials,
    /// How far gokuai's `dateline` may be from the clock.
    pub dateline_window: Duration,
}

impl Default for Access {
    fn default() -> Self {
        let credentials = Credentials::built_in();
        Self { checking: Checking::default(), credentials, dateline_window: gokuai::WINDOW }
    }
}

/// What is wrong with a credential, and how it is answered.
type Fault = (Refusal, Violation);

impl Access {
    /// Adds to a verdict what only the keys and the clock can tell. `now` is the time that signatures are held to.
    pub fn authenticate(
        &self,
        service: &Service,
        request: &Request<'_>,
        verdict: &mut Verdict<'_>,
        now: jiff::Timestamp,
    ) {
        if self.checking != Checking::Verify {
            return;
        }
        let (faults, mismatch) = match &verdict.credential {
            None => return,
            Some(Credential::Token(token)) => (self.token(token).into_iter().collect(), None),
            Some(Credential::App(signature)) => self.app(service, signature, request, now),
            Some(Credential::Parameters(parameters)) => self.parameters(service, parameters, now),
        };
        verdict.mismatch = mismatch.map(Box::new);
        for (refusal, violation) in faults {
            // A date that is none is told already.
            if !verdict.violations.iter().any(|known| known.at == violation.at) {
                verdict.refuse(refusal, violation);
            }
        }
    }

    fn token(&self, token: &str) -> Option<Fault> {
        if self.credentials.takes_token(token) {
            return None;
        }
        let violation =
            Violation::new("/headers/Authorization", "authorization", "a token of the credentials file", "another one");
        Some((Refusal::Unauthenticated, violation))
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
        now: jiff::Timestamp,
    ) -> (Vec<Fault>, Option<Mismatch>) {
        let Payload::Whole(body) = request.body else { return Default::default() };
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
        let mut faults = Vec::new();
        let date = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-date"));
        if let Some(Err(violation)) = date.map(|(_, date)| app::check_window(date, now)) {
            faults.push((Refusal::BadSignature, violation));
        }
        let Some(secret) = self.credentials.app_secret(signature.app_id) else {
            faults.push(unknown("/headers/Authorization", "an AppId of the credentials", signature.app_id));
            return (faults, None);
        };
        let clues = self.clues(service);
        let verify = |path| app::verify(signature, &signed(path), secret.expose(), &clues);
        // A signer may or may not know that the base URL of its API has a path.
        let verified = verify(&whole).or_else(|mismatch| {
            if request.base.is_empty() { Err(mismatch) } else { verify(request.path).map_err(|_| mismatch) }
        });
        let mismatch = verified.err();
        faults.extend(mismatch.iter().map(|mismatch| {
            let violation = mismatch.violation("/headers/Authorization");
            (Refusal::BadSignature, violation)
        }));
        (faults, mismatch)
    }

    fn parameters(
        &self,
        service: &Service,
        parameters: &[(Cow<'_, str>, Cow<'_, str>)],
        now: jiff::Timestamp,
    ) -> (Vec<Fault>, Option<Mismatch>) {
        let value = |wanted: &str| {
            let found = parameters.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_ref())
        };
        let mut faults = Vec::new();
        let window = |dateline| gokuai::check_window(dateline, now, self.dateline_window);
        if let Some(Err(violation)) = value("dateline").map(window) {
            faults.push((Refusal::BadSignature, violation));
        }
        // What is missing is told by the table.
        let (Some(client), Some(sign)) = (value("client_id"), value("sign")) else { return (faults, None) };
        let Some(secret) = self.credentials.client_secret(client) else {
            faults.push(unknown("/params/client_id", "a client_id of the credentials", client));
            return (faults, None);
        };
        let mismatch = gokuai::verify(sign, parameters, secret.expose(), &self.clues(service)).err();
        faults.extend(mismatch.iter().map(|mismatch| (Refusal::BadSignature, mismatch.violation("/params/sign"))));
        (faults, mismatch)
    }
}

fn unknown(at: &'static str, expected: &'static str, found: &str) -> Fault {
    let found = describe(&serde_json::Value::String(found.to_owned()));
    (Refusal::BadSignature, Violation::new(at, "authorization", expected, found))
}
