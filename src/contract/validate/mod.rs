//! A request against its table: everything that is wrong with it, at once.

mod params;

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, Method, Version, header};
use serde_json::Value;

use self::params::form_pairs;
use super::{
    Contract,
    auth::{self, Credential, mismatch::Mismatch},
    coerce::Kind,
    json::{self, Json},
    operation::{Compiled, Operation, OperationId, Parameter, Parameters},
    route::{self, Match},
    schema::Schema,
    service::{Refusal, Service},
    violation::{Violation, describe},
};

/// A request as the contract sees it: no socket, no HTTP library.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The version of HTTP that it came with.
    pub version: Version,
    /// Method.
    pub method: &'a Method,
    /// What was taken off the beginning of the path, as the session of a base URL. Signatures may cover it.
    pub base: &'a str,
    /// The rest of the path as it came, percent-encoded.
    pub path: &'a str,
    /// What stands behind the `?`.
    pub query: Option<&'a str>,
    /// Host and port of an absolute target or an HTTP/2 `:authority`; stands in for a missing `Host`.
    pub authority: Option<&'a str>,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: Payload<'a>,
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It passed the limit and was not kept.
    TooLarge,
    /// It did not come to its end, for this reason.
    BrokenOff(&'a str),
}

/// How the tables are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strictness {
    /// Headers that exist for app signatures are required only with one.
    pub lenient: bool,
    /// Undocumented fields, parameters and vendor headers are violations, not warnings.
    pub deny_unknown: bool,
    /// Credentials are neither missed nor looked at.
    pub anonymous: bool,
}

/// What the contract says of a request.
#[derive(Debug, Default)]
pub struct Verdict<'a> {
    /// The operation, if method and path are known.
    pub operation: Option<OperationId>,
    /// Why it is refused; nothing where it keeps the contract.
    pub refusal: Option<Refusal>,
    /// Everything that is wrong, in the order path, query, headers, body.
    pub violations: Vec<Violation>,
    /// What deserves a warning.
    pub warnings: Vec<Violation>,
    /// The request's values, as far as they could be read.
    pub call: Call<'a>,
    /// Who calls, as far as the form goes.
    pub credential: Option<Credential<'a>>,
    /// Why a signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
}

impl Verdict<'_> {
    /// Adds what is wrong with the credential. A missing one, and a body that could not be read, are answered before that.
    pub fn refuse(&mut self, refusal: Refusal, violation: Violation) {
        self.violations.push(violation);
        if matches!(self.refusal, None | Some(Refusal::Violation)) {
            self.refusal = Some(refusal);
        }
    }
}

/// The values of a request with the types of the table.
#[derive(Debug, Default, PartialEq)]
pub struct Call<'a> {
    /// Path parameters, an object.
    pub path: Json<'a>,
    /// Query parameters, an object.
    pub query: Json<'a>,
    /// Documented headers by their documented names, an object.
    pub headers: Json<'a>,
    /// The JSON body; null without one.
    pub body: Json<'a>,
    /// Flat parameters, an object.
    pub params: Json<'a>,
}

impl Contract {
    /// Judges a request.
    ///
    /// # Errors
    ///
    /// The operation's spec is broken; `check` finds that first.
    pub fn validate<'a>(&'a self, request: &Request<'a>, strictness: Strictness) -> Result<Verdict<'a>, String> {
        let path = route::normalise(request.path);
        let Some(found) = self.router.find(request.method, &path) else {
            return Ok(self.unknown_route(request, &path));
        };
        let operation = self.operation(found.operation);
        let service = self.service_of(operation);
        let compiled = operation.compiled(service).map_err(str::to_owned)?;
        let mut judge = Judge { operation, service, strictness, findings: Findings::default(), credential: None };
        let mut call = Call::default();

        if let Some(parameters) = &compiled.path {
            call.path = judge.path(parameters, &found);
        }
        let in_query = compiled.params.is_some() && request.method != operation.method;
        if !in_query {
            call.query = judge.query(compiled.query.as_ref(), request.query);
        }
        judge.credential(request.headers);
        call.headers = judge.headers(compiled.headers.as_ref(), request);
        let limit = service.description.limits.body;
        let broken = match request.body {
            Payload::Whole(bytes) if bytes.len() <= limit => {
                match &compiled.params {
                    Some(params) if in_query => call.params = judge.params_of_query(params, request.query, bytes),
                    Some(params) => call.params = judge.params_of_body(params, request.headers, bytes),
                    None => call.body = judge.body(compiled, request.headers, bytes),
                }
                None
            }
            Payload::Whole(_) | Payload::TooLarge => {
                judge.violation("/body".to_owned(), "size", format!("at most {limit} bytes"), "more");
                Some(Refusal::TooLarge)
            }
            Payload::BrokenOff(reason) => {
                judge.violation("/body".to_owned(), "http", "the whole body", reason);
                Some(Refusal::Malformed)
            }
        };

        let credential = judge.credential;
        let Findings { mut violations, mut warnings, unauthenticated } = judge.findings;
        if strictness.deny_unknown {
            let (unknown, doubtful) = warnings.into_iter().partition(|warning| warning.rule == "additionalProperties");
            violations.extend::<Vec<_>>(unknown);
            warnings = doubtful;
        }
        let refusal = if broken.is_some() {
            broken
        } else if unauthenticated {
            Some(Refusal::Unauthenticated)
        } else {
            (!violations.is_empty()).then_some(Refusal::Violation)
        };
        for violation in violations.iter_mut().chain(&mut warnings) {
            // These rules say something about a value without showing it.
            let discreet = matches!(violation.rule.as_ref(), "authorization" | "required" | "duplicate" | "encoding");
            if !discreet && violation.at.split('/').any(|segment| service.is_secret(segment)) {
                "[redacted]".clone_into(&mut violation.found);
            }
        }
        Ok(Verdict { operation: Some(operation.id), refusal, violations, warnings, call, credential, mismatch: None })
    }

    fn unknown_route(&self, request: &Request<'_>, path: &str) -> Verdict<'static> {
        let expected = match self.router.nearest(request.method, path) {
            Some(near) => format!("a documented method and path; did you mean {near}?"),
            None => "a documented method and path".to_owned(),
        };
        let found = format!("{} {path}", request.method);
        Verdict {
            refusal: Some(Refusal::UnknownRoute),
            violations: vec![Violation::new("/path", "route", expected, quoted(&found))],
            ..Verdict::default()
        }
    }
}

fn quoted(text: &str) -> String {
    describe(&Value::String(text.to_owned()))
}

#[derive(Default)]
struct Findings {
    violations: Vec<Violation>,
    warnings: Vec<Violation>,
    unauthenticated: bool,
}

struct Judge<'a> {
    operation: &'a Operation,
    service: &'a Service,
    strictness: Strictness,
    findings: Findings,
    credential: Option<Credential<'a>>,
}

/// What stands where a parameter should be.
enum Raw<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Several(Vec<Cow<'a, str>>),
    Undecodable,
}

impl<'a> Judge<'a> {
    fn violation(&mut self, at: String, rule: &'static str, expected: impl Into<String>, found: impl Into<String>) {
        self.findings.violations.push(Violation::new(at, rule, expected, found));
    }

    fn undocumented(&mut self, at: String, found: String) {
        let expected = "nothing (it is not documented)";
        self.findings.warnings.push(Violation::new(at, "additionalProperties", expected, found));
    }

    fn path(&mut self, parameters: &'a Parameters, found: &Match<'_, '_>) -> Json<'a> {
        let call = self.read(parameters, "/path", |parameter| match found.parameter(&parameter.name) {
            None => Raw::Nothing,
            // The path may have been decoded; what it was decoded into does not live long.
            Some(Ok(text)) => Raw::Text(Cow::Owned(text.into_owned())),
            Some(Err(_)) => Raw::Undecodable,
        });
        self.check(parameters, call, "/path")
    }

    fn query(&mut self, parameters: Option<&'a Parameters>, query: Option<&'a str>) -> Json<'a> {
        let query = query.unwrap_or_default();
        match parameters {
            None if query.is_empty() => Json::Null,
            None => {
                self.undocumented_pairs(&form_pairs(query), None, "/query");
                Json::Null
            }
            Some(parameters) => self.pairs(parameters, &form_pairs(query), "/query"),
        }
    }

    fn headers(&mut self, parameters: Option<&'a Parameters>, request: &Request<'a>) -> Json<'a> {
        for (name, value) in request.headers {
            let documented = || {
                let mut fields = parameters.iter().flat_map(|parameters| &parameters.fields);
                fields.any(|field| field.header.as_ref() == Some(name))
            };
            let vendors = || {
                let mut namespaces = self.service.description.header_namespaces.iter();
                namespaces.any(|prefix| name.as_str().starts_with(prefix.as_str()))
            };
            if !documented() && vendors() {
                self.undocumented(format!("/headers/{name}"), quoted(&String::from_utf8_lossy(value.as_bytes())));
            }
        }
        let Some(parameters) = parameters else { return Json::Null };
        let call = self.read(parameters, "/headers", |parameter| {
            let raw = parameter.header.as_ref().map_or(Raw::Nothing, |name| header_value(request.headers, name));
            match (raw, request.authority) {
                (Raw::Nothing, Some(authority)) if parameter.header == Some(header::HOST) => {
                    Raw::Text(Cow::Borrowed(authority))
                }
                (raw, _) => raw,
            }
        });
        let before = self.findings.violations.len();
        let call = self.check(parameters, call, "/headers");
        if self.strictness.lenient && !matches!(self.credential, Some(Credential::App(_))) {
            let optional = &self.service.description.app_headers;
            let mut position = 0;
            self.findings.violations.retain(|violation| {
                position += 1;
                position <= before
                    || violation.rule != "required"
                    || !optional.iter().any(|name| violation.at.strip_prefix("/headers/") == Some(name))
            });
        }
        call
    }

    /// Whether `Authorization` has the form of a scheme that the operation takes. Its absence is the table's business, except
    /// that it decides the status.
    fn credential(&mut self, headers: &'a HeaderMap) {
        if self.strictness.anonymous || !self.operation.authentication.iter().any(|scheme| scheme.is_header()) {
            return;
        }
        let value = match header_value(headers, &header::AUTHORIZATION) {
            Raw::Text(Cow::Borrowed(value)) => value,
            Raw::Nothing => return,
            // Reading the headers says what is wrong with it.
            _ => {
                self.findings.unauthenticated = true;
                return;
            }
        };
        match auth::recognise(&self.operation.authentication, value) {
            Ok(credential) => self.credential = Some(credential),
            Err(violation) => {
                self.findings.violations.push(violation);
                self.findings.unauthenticated = true;
            }
        }
    }

    /// Whether a credential of the operation stands at a place.
    fn is_credential(&self, at: &str) -> bool {
        self.operation.authentication.iter().any(|scheme| scheme.place() == at)
    }

    /// Reads the text of each parameter as the type of its table.
    fn read(&mut self, parameters: &'a Parameters, part: &str, raw: impl Fn(&Parameter) -> Raw<'a>) -> Json<'a> {
        let mut call = Vec::with_capacity(parameters.fields.len());
        for parameter in &parameters.fields {
            let value = match raw(parameter) {
                Raw::Nothing => continue,
                Raw::Text(text) => parameter.kind.read(text),
                Raw::Several(texts) => match &parameter.kind {
                    Kind::List(items) => {
                        let texts = texts.iter().flat_map(|text| text.split(','));
                        Json::Array(texts.map(|text| items.read(Cow::Owned(text.to_owned()))).collect())
                    }
                    kind => {
                        let found = format!("{} values", texts.len());
                        self.violation(format!("{part}/{}", parameter.name), "duplicate", "one value", found);
                        kind.read(texts.into_iter().next().unwrap_or_default())
                    }
                },
                Raw::Undecodable => {
                    let at = format!("{part}/{}", parameter.name);
                    self.violation(at, "encoding", "text in UTF-8, percent-encoded where needed", "broken encoding");
                    continue;
                }
            };
            call.push((Cow::Borrowed(parameter.name.as_str()), value));
        }
        Json::Object(call)
    }

    /// Holds the values that were read to the schema of their part.
    fn check(&mut self, parameters: &Parameters, call: Json<'a>, part: &str) -> Json<'a> {
        self.check_value(&parameters.schema, &call, part);
        call
    }

    fn check_value(&mut self, schema: &Schema, value: &Json<'_>, part: &str) {
        if schema.is_clean(value) {
            return;
        }
        let mut violations = schema.violations(value, part);
        // One place, one sentence: what cannot even be decoded is not missing as well, and a credential that is
        // missing is the reason for the status.
        let findings = &self.findings.violations;
        violations
            .retain(|violation| !findings.iter().any(|known| known.at == violation.at && known.rule == "encoding"));
        if self.strictness.anonymous {
            violations.retain(|violation| !self.is_credential(&violation.at));
        } else if violations.iter().any(|violation| self.is_credential(&violation.at)) {
            self.findings.unauthenticated = true;
        }
        self.findings.violations.append(&mut violations);
        self.findings.warnings.append(&mut schema.warnings(value, part));
    }

    fn body(&mut self, compiled: &Compiled, headers: &HeaderMap, bytes: &'a [u8]) -> Json<'a> {
        let Some(schema) = &compiled.body else {
            if !bytes.is_empty() {
                self.undocumented("/body".to_owned(), format!("{} bytes", bytes.len()));
            }
            return Json::Null;
        };
        if bytes.is_empty() {
            // Nothing at all lacks what an empty object lacks.
            let nothing = Json::Object(Vec::new());
            self.check_value(schema, &nothing, "/body");
            return Json::Null;
        }
        self.media_type(headers);
        match json::read(bytes) {
            Ok(text) => {
                for duplicate in &text.duplicates {
                    self.violation(format!("/body{duplicate}"), "duplicate", "the member once", "it again");
                }
                self.check_value(schema, &text.value, "/body");
                text.value
            }
            Err(reason) => {
                self.violation("/body".to_owned(), "json", "one JSON text", reason);
                Json::Null
            }
        }
    }

    fn media_type(&mut self, headers: &HeaderMap) {
        let at = || "/headers/Content-Type".to_owned();
        match header_value(headers, &header::CONTENT_TYPE) {
            Raw::Nothing => {}
            Raw::Text(text) => {
                let expected = &self.service.description.media_types;
                let mut parts = text.split(';').map(str::trim);
                let essence = parts.next().unwrap_or_default();
                let known = expected.iter().any(|media_type| media_type.eq_ignore_ascii_case(essence));
                let utf8 = parts.all(|parameter| match parameter.split_once('=') {
                    Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                        matches!(value.trim().trim_matches('"').to_ascii_lowercase().as_str(), "utf-8" | "utf8")
                    }
                    _ => true,
                });
                if !known || !utf8 {
                    let expected = format!("{} in UTF-8", expected.join(" or "));
                    self.violation(at(), "media_type", expected, quoted(&text));
                }
            }
            Raw::Several(values) => {
                self.violation(at(), "duplicate", "one value", format!("{} values", values.len()));
            }
            Raw::Undecodable => self.violation(at(), "encoding", "text in UTF-8", "other bytes"),
        }
    }
}

fn header_value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Raw<'h> {
    let mut values = headers.get_all(name).iter().map(|value| std::str::from_utf8(value.as_bytes()));
    let Some(first) = values.next() else { return Raw::Nothing };
    let Ok(first) = first else { return Raw::Undecodable };
    match values.next() {
        None => Raw::Text(Cow::Borrowed(first)),
        Some(second) => {
            let rest = std::iter::once(second).chain(values).collect::<Result<Vec<_>, _>>();
            rest.map_or(Raw::Undecodable, |rest| {
                Raw::Several(std::iter::once(first).chain(rest).map(Cow::Borrowed).collect())
            })
        }
    }
}
