//! Checks a request against its table and reports everything that is wrong with it at once.

mod body;
mod coding;
mod headers;
mod near;
mod params;
mod reader;

use self::reader::Reader;
use super::{
    Contract,
    auth::AuthMode,
    judgement::{Accepted, Call, Findings, Judgement, Refused, Unrouted},
    operation::SpecError,
    request::{Payload, Request},
    route::{self, Match, Miss},
    rule::Rule,
    service::Refusal,
    violation::{Violation, quoted},
};

/// How strictly a request is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strictness {
    /// Headers that exist for app signatures are required only with an app signature.
    pub lenient: bool,
    /// Undocumented fields, parameters and vendor headers are violations, not warnings.
    pub deny_unknown: bool,
    /// How strictly credentials are checked.
    pub auth: AuthMode,
}

impl Contract {
    /// Judges a request by the limits of the gateway and by its table. Only the form of a credential is checked here;
    /// [`Access::authenticate`](super::auth::access::Access::authenticate) does the rest.
    ///
    /// # Errors
    ///
    /// The operation's spec is broken; `check` finds that first.
    pub fn validate<'a>(
        &'a self,
        request: &Request<'a>,
        strictness: Strictness,
    ) -> Result<Judgement<'a>, &'a SpecError> {
        if let Some(refused) = self.over_the_limits(request) {
            return Ok(Judgement::Unrouted(refused));
        }
        let path = route::normalise(request.path);
        let Some(found) = self.router.find(request.method, &path) else {
            return Ok(Judgement::Unrouted(self.unrouted(request, &path)));
        };
        if !request.door.admits(self.operation(found.operation)) {
            let found = quoted(&format!("{} {path}", request.method));
            let violations = vec![Violation::new("/path", Rule::Route, request.door.instead(), found)];
            return Ok(Judgement::Unrouted(Unrouted { refusal: Refusal::UnknownRoute, violations }));
        }
        let (reader, call, unread) = self.read(request, &found, strictness)?;
        let (credential, refusal, findings) = reader.finish(unread);
        let operation = found.operation;
        Ok(match refusal {
            None => Judgement::Accepted(Accepted { operation, call, credential, warnings: findings.warnings }),
            Some(refusal) => Judgement::Refused(Refused { operation, refusal, credential, findings }),
        })
    }

    /// The values of a request as [`Contract::validate`] reads them, whether or not it keeps the contract; `None` without an operation.
    pub fn values<'a>(&'a self, request: &Request<'a>) -> Option<Call<'a>> {
        let path = route::normalise(request.path);
        let found = self.router.find(request.method, &path)?;
        self.read(request, &found, Strictness::default()).ok().map(|(_, call, _)| call)
    }

    /// Reads all parts of a request: returns the findings, the values, and why the body could not be read.
    fn read<'a>(
        &'a self,
        request: &Request<'a>,
        found: &Match<'_, '_>,
        strictness: Strictness,
    ) -> Result<(Reader<'a>, Call<'a>, Option<Refusal>), &'a SpecError> {
        let operation = self.operation(found.operation);
        let service = self.service_of(operation);
        let compiled = operation.compiled(service)?;
        let mut reader = Reader::new(operation, service, strictness);
        let mut call = Call::default();
        if let Some(parameters) = &compiled.path {
            call.path = reader.path(parameters, found);
            if let Some(misread) = self.router.misread(found) {
                reader.misread(&misread);
            }
        }
        let in_query = compiled.params.is_some() && request.method != operation.method;
        if !in_query {
            call.query = reader.query(compiled.query.as_ref(), request.query);
        }
        reader.credential(request.headers);
        call.headers = reader.headers(compiled.headers.as_ref(), request);
        let limit = service.description.limits.body;
        let unread = match request.body {
            // Any bytes will do.
            Payload::Content(_) if operation.content.is_some() => None,
            Payload::Whole(bytes) if operation.content.is_some_and(|content| bytes.len() as u64 <= content.limit) => {
                None
            }
            Payload::Whole(bytes) if bytes.len() <= limit && operation.content.is_none() => {
                match &compiled.params {
                    Some(params) if in_query => call.params = reader.params_of_query(params, request.query, bytes),
                    Some(params) => call.params = reader.params_of_body(params, request.headers, bytes),
                    None => call.body = reader.body(compiled, request.headers, bytes),
                }
                None
            }
            Payload::Whole(_) | Payload::Content(_) | Payload::TooLarge => {
                let limit = operation.content.map_or(limit as u64, |content| content.limit);
                reader.violation("/body".to_owned(), Rule::Size, format!("at most {limit} bytes"), "more");
                Some(Refusal::TooLarge)
            }
            // That is nothing that the client did wrong.
            Payload::NoRoom => Some(Refusal::Throttled),
            Payload::BrokenOff(reason) => {
                reader.violation("/body".to_owned(), Rule::Http, "the whole body", reason);
                Some(Refusal::Malformed)
            }
        };
        Ok((reader, call, unread))
    }

    /// What the gateway refuses before routing.
    fn over_the_limits(&self, request: &Request<'_>) -> Option<Unrouted> {
        let limits = &self.service_for_path(request.path).description.limits;
        let target = request.path.len() + request.query.map_or(0, |query| query.len() + 1);
        let headers: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let (refusal, at, limit, found) = if target > limits.target {
            (Refusal::TargetTooLong, "/path", limits.target, target)
        } else if headers > limits.headers {
            (Refusal::HeadersTooLarge, "/headers", limits.headers, headers)
        } else {
            return None;
        };
        let violation = Violation::new(at, Rule::Size, format!("at most {limit} bytes"), format!("{found} bytes"));
        Some(Unrouted { refusal, violations: vec![violation] })
    }

    fn unrouted(&self, request: &Request<'_>, path: &str) -> Unrouted {
        let (refusal, expected) = match self.router.miss(request.method, path) {
            Miss::Method(methods) => {
                let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
                (Refusal::UnknownMethod, format!("a documented method of this path: {}", methods.join(" or ")))
            }
            Miss::Path(Some(near)) => {
                (Refusal::UnknownRoute, format!("a documented method and path; did you mean {near}?"))
            }
            Miss::Path(None) => (Refusal::UnknownRoute, "a documented method and path".to_owned()),
        };
        let violation = Violation::new("/path", Rule::Route, expected, quoted(&format!("{} {path}", request.method)));
        Unrouted { refusal, violations: vec![violation] }
    }
}
