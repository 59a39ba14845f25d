//! Reads the parts of a request as the types of their tables, and checks them against their schemas.

use std::{borrow::Cow, collections::HashSet};

use super::{Findings, Strictness, near::name_members, params::form_pairs};
use crate::contract::{
    auth::{AuthMode, Credential, scheme::Part},
    coerce::Kind,
    json::{Json, Literals},
    operation::{Operation, Parameter, Parameters},
    redact::REDACTED,
    route::{Match, Misread},
    rule::Rule,
    schema::Schema,
    service::{Refusal, Service},
    violation::{MOST, Violation, quoted, shortened},
};

/// Reads one request and collects what is wrong with it.
pub(super) struct Reader<'a> {
    pub(super) operation: &'a Operation,
    pub(super) service: &'a Service,
    pub(super) strictness: Strictness,
    pub(super) findings: Findings,
    /// The credential is missing, or has no form that the operation accepts.
    pub(super) unauthenticated: bool,
    pub(super) credential: Option<Credential<'a>>,
    /// There is a `Content-Encoding`.
    pub(super) coded: bool,
}

/// The raw value of a parameter.
pub(super) enum Raw<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Several(Vec<Cow<'a, str>>),
    Undecodable,
}

impl<'a> Reader<'a> {
    pub(super) fn new(operation: &'a Operation, service: &'a Service, strictness: Strictness) -> Self {
        let findings = Findings::default();
        Self { operation, service, strictness, findings, unauthenticated: false, credential: None, coded: false }
    }

    pub(super) fn violation(&mut self, at: String, rule: Rule, expected: impl Into<String>, found: impl Into<String>) {
        self.findings.refuse(Violation::new(at, rule, expected, found));
    }

    pub(super) fn undocumented(&mut self, at: String, found: String) {
        let expected = "nothing (it is not documented)";
        self.findings.warn(Violation::new(at, Rule::AdditionalProperties, expected, found));
    }

    pub(super) fn path(&mut self, parameters: &'a Parameters, found: &Match<'_, '_>) -> Json<'a> {
        let call = self.read(parameters, "/path", |parameter| match found.parameter(&parameter.name) {
            None => Raw::Nothing,
            // The path may be a decoded copy, which does not live long enough.
            Some(Ok(text)) => Raw::Text(Cow::Owned(text.into_owned())),
            Some(Err(_)) => Raw::Undecodable,
        });
        self.check(parameters, call, "/path")
    }

    /// Warns of a path parameter that was probably meant as a literal segment.
    pub(super) fn misread(&mut self, misread: &Misread<'_, '_>) {
        let Misread { parameter, value, near } = misread;
        let expected = format!("an id; did you mean {near}?");
        let warning = Violation::new(format!("/path/{parameter}"), Rule::NearRoute, expected, quoted(value));
        self.findings.warn(warning);
    }

    pub(super) fn query(&mut self, parameters: Option<&'a Parameters>, query: Option<&'a str>) -> Json<'a> {
        let query = query.unwrap_or_default();
        let Some(parameters) = parameters else {
            self.undocumented_pairs(&form_pairs(query), None, "/query");
            return Json::Null;
        };
        let pairs = form_pairs(query);
        let call = self.pairs(parameters, &pairs, "/query");
        self.signed_pairs(Part::Query, pairs);
        call
    }

    /// Reads the text of each parameter as the type of its table.
    pub(super) fn read(
        &mut self,
        parameters: &'a Parameters,
        part: &str,
        raw: impl Fn(&Parameter) -> Raw<'a>,
    ) -> Json<'a> {
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
                        self.violation(format!("{part}/{}", parameter.name), Rule::Duplicate, "one value", found);
                        kind.read(texts.into_iter().next().unwrap_or_default())
                    }
                },
                Raw::Undecodable => {
                    let at = format!("{part}/{}", parameter.name);
                    let expected = "text in UTF-8, percent-encoded where needed";
                    self.violation(at, Rule::Encoding, expected, "broken encoding");
                    // It is there all the same.
                    Json::Null
                }
            };
            call.push((Cow::Borrowed(parameter.name.as_str()), value));
        }
        Json::Object(call)
    }

    /// Checks the values that were read against the schema of their part.
    pub(super) fn check(&mut self, parameters: &Parameters, call: Json<'a>, part: &str) -> Json<'a> {
        self.check_value(&parameters.schema, &call, part);
        call
    }

    /// Checks a value against a schema; whether there is nothing to say about it.
    pub(super) fn check_value(&mut self, schema: &Schema, value: &Json<'_>, part: &str) -> bool {
        if schema.is_clean(value) {
            return true;
        }
        let (mut violations, mut warnings) = schema.findings(value, part);
        // One mistake is one violation: a value that cannot be decoded is not also missing. A missing credential decides the status.
        let known = self.findings.violations.iter().filter(|known| known.rule != Rule::Duplicate);
        let known: HashSet<&str> = known.map(|known| known.at.as_str()).collect();
        violations.retain(|violation| !parents(&violation.at).any(|place| known.contains(place)));
        if self.strictness.auth == AuthMode::Off {
            violations.retain(|violation| !self.is_asked_for_a_credential(&violation.at));
            warnings.retain(|warning| !self.is_asked_for_a_credential(&warning.at));
        } else if violations.iter().any(|violation| self.is_credential(&violation.at)) {
            self.unauthenticated = true;
        }
        for violation in violations {
            self.findings.refuse(violation);
        }
        for warning in warnings {
            self.findings.warn(warning);
        }
        false
    }

    /// Whether a pointer is the place of a credential of the operation.
    fn is_credential(&self, at: &str) -> bool {
        self.operation.authentication.iter().any(|scheme| scheme.place == at)
    }

    /// Whether a pointer is the place of something that only a credential needs.
    fn is_asked_for_a_credential(&self, at: &str) -> bool {
        self.operation.authentication.iter().any(|scheme| scheme.asks.contains(&at))
    }

    /// Shows numbers of a part as they were sent, where the reader had to round them.
    pub(super) fn show_as_sent(&mut self, part: &str, value: &Json<'_>, bytes: &[u8]) {
        let mut literals = Literals::new(bytes);
        for finding in self.findings.violations.iter_mut().chain(&mut self.findings.warnings) {
            let Some(place) = finding.at.strip_prefix(part) else { continue };
            if let Some(Json::Number(number)) = value.pointer(place)
                && number.is_f64()
                && finding.found == number.to_string()
                && let Some(text) = literals.of(place)
            {
                finding.found = shortened(text);
            }
        }
    }

    /// The credential, why the request is refused, and what was found. `unread` is why the body could not be read.
    pub(super) fn finish(self, unread: Option<Refusal>) -> (Option<Credential<'a>>, Option<Refusal>, Findings) {
        let Self { service, strictness, mut findings, unauthenticated, credential, .. } = self;
        if !findings.warnings.is_empty() {
            name_members(&mut findings);
        }
        if strictness.deny_unknown {
            let is_unknown = |warning: &Violation| warning.rule == Rule::AdditionalProperties;
            let (mut unknown, doubtful) = findings.warnings.into_iter().partition(is_unknown);
            findings.violations.append(&mut unknown);
            findings.violations.truncate(MOST);
            findings.warnings = doubtful;
        }
        let broken = (!findings.violations.is_empty()).then_some(Refusal::Violation);
        let refusal = unread.or(unauthenticated.then_some(Refusal::Unauthenticated)).or(broken);
        for violation in findings.violations.iter_mut().chain(&mut findings.warnings) {
            if violation.rule.finds_the_value() && violation.at.split('/').any(|segment| service.is_secret(segment)) {
                REDACTED.clone_into(&mut violation.found);
            }
        }
        (credential, refusal, findings)
    }
}

/// A pointer and those to what it is part of, but for the part of the request itself.
fn parents(pointer: &str) -> impl Iterator<Item = &str> {
    let shorter = |place: &&str| place.rfind('/').filter(|end| *end > 0).map(|end| &pointer[..end]);
    std::iter::successors(Some(pointer), shorter)
}
