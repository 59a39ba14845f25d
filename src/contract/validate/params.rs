//! Name-value pairs: queries, and flat parameters in any encoding.

use std::borrow::Cow;

use http::{HeaderMap, header};
use serde_json::Number;

use super::{
    coding::undeclared,
    headers::header_value,
    reader::{Raw, Reader},
};
use crate::contract::{
    auth::{
        AuthMode, Credential,
        scheme::{Mechanism, Part, SentParameter},
    },
    coerce::Kind,
    json::{self, Json, Literals, MOST_VALUES},
    operation::{ParameterEncoding, Parameters},
    route,
    rule::Rule,
    violation::{describe, push_name, quoted, shortened},
};

/// The media types of flat parameters.
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// So many parameters tell whether a body is a form.
const MOST_LOOKED_AT: usize = 64;

/// Where the violations of flat parameters are.
const PARAMS: &str = "/params";

impl<'a> Reader<'a> {
    /// Flat parameters in the query of a GET.
    pub(super) fn params_of_query(&mut self, params: &'a Parameters, query: Option<&'a str>, body: &[u8]) -> Json<'a> {
        if !body.is_empty() {
            self.undocumented("/body".to_owned(), format!("{} bytes", body.len()));
        }
        self.flat(params, form_pairs(query.unwrap_or_default()))
    }

    /// Flat parameters in a form or a flat JSON object.
    pub(super) fn params_of_body(&mut self, params: &'a Parameters, headers: &HeaderMap, bytes: &'a [u8]) -> Json<'a> {
        if !bytes.is_empty() {
            self.media_type(headers);
        }
        if self.is_coded(headers, bytes) {
            return Json::Null;
        }
        if self.encoding(params, headers, bytes) == ParameterEncoding::Json
            && self.operation.encodings.contains(&ParameterEncoding::Json)
        {
            return self.params_of_json(params, bytes);
        }
        let values = bytes.iter().filter(|byte| matches!(byte, b'&' | b',')).count() + 1;
        if values > MOST_VALUES {
            let at = PARAMS.to_owned();
            self.violation(at, Rule::Size, format!("at most {MOST_VALUES} values"), format!("up to {values}"));
            return Json::Null;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => self.flat(params, form_pairs(text.trim_ascii())),
            Err(error) => {
                let plain = || (Rule::Encoding, format!("byte {} is not UTF-8", error.valid_up_to()));
                let (rule, found) = undeclared(bytes).map_or_else(plain, |found| (Rule::ContentCoding, found));
                self.violation(PARAMS.to_owned(), rule, "text in UTF-8", found);
                Json::Null
            }
        }
    }

    /// The encoding of a body: what its media type says, else what its first character says. A body that is plainly the other one is read as
    /// what it is, so that its parameters are not missing as well.
    fn encoding(&mut self, params: &Parameters, headers: &HeaderMap, bytes: &[u8]) -> ParameterEncoding {
        let declared = match header_value(headers, &header::CONTENT_TYPE) {
            Raw::Text(text) => {
                let starts = |media_type: &str| {
                    let start = text.trim_start().get(..media_type.len());
                    start.is_some_and(|start| start.eq_ignore_ascii_case(media_type))
                };
                let known = [(JSON, ParameterEncoding::Json), (FORM, ParameterEncoding::Form)];
                known.into_iter().find(|(media_type, _)| starts(media_type)).map(|(_, encoding)| encoding)
            }
            _ => None,
        };
        let object = bytes.trim_ascii_start().starts_with(b"{");
        let (expected, found, real) = match declared {
            Some(ParameterEncoding::Form) if object && json::read(bytes).is_ok() => {
                (JSON, FORM, ParameterEncoding::Json)
            }
            Some(ParameterEncoding::Json) if !object && is_form(params, bytes) => (FORM, JSON, ParameterEncoding::Form),
            Some(declared) => return declared,
            None => return if object { ParameterEncoding::Json } else { ParameterEncoding::Form },
        };
        let expected = format!("{expected}, which the body is");
        self.violation("/headers/Content-Type".to_owned(), Rule::MediaType, expected, found);
        real
    }

    fn flat(&mut self, params: &'a Parameters, pairs: Vec<Pair<'a>>) -> Json<'a> {
        let call = self.pairs(params, &pairs, PARAMS);
        self.signed_pairs(Part::Params, pairs);
        call
    }

    /// Keeps decoded pairs as they were sent, if they include a signature.
    pub(super) fn signed_pairs(&mut self, part: Part, pairs: Vec<Pair<'a>>) {
        self.signed(part, || pairs.into_iter().map(|(name, value)| Some((name, value?))).collect());
    }

    /// Keeps parameters as they were sent, if they include a signature.
    fn signed(&mut self, part: Part, parameters: impl FnOnce() -> Option<Vec<SentParameter<'a>>>) {
        if self.strictness.auth == AuthMode::Off {
            return;
        }
        let verify = self.operation.authentication.iter().find_map(|scheme| match scheme.mechanism {
            Mechanism::Parameters { part: signed, verify } if signed == part => Some(verify),
            _ => None,
        });
        if let Some(verify) = verify {
            self.credential = parameters().map(|parameters| Credential::Parameters { parameters, verify });
        }
    }

    fn params_of_json(&mut self, params: &'a Parameters, bytes: &'a [u8]) -> Json<'a> {
        if bytes.is_empty() {
            // An empty body lacks the same parameters in every encoding.
            return self.flat(params, Vec::new());
        }
        let Some(members) = self.flat_object(bytes) else { return Json::Null };
        let mut literals = Literals::new(bytes);
        self.signed(Part::Params, || {
            Some(members.iter().map(|(name, value)| (name.clone(), as_text(name, value, &mut literals))).collect())
        });
        let mut call = Vec::with_capacity(members.len());
        let mut rounded = Vec::new();
        for (name, value) in members {
            if matches!(value, Json::Array(_) | Json::Object(_)) {
                let expected = "one text or number (the JSON object is flat)";
                self.violation(place(&name), Rule::Type, expected, describe(&value));
            }
            let Some(parameter) = params.fields.iter().find(|field| field.name == name) else {
                if self.findings.has_room_for_warnings() && !matches!(value, Json::Array(_) | Json::Object(_)) {
                    self.undocumented(place(&name), describe(&value));
                }
                continue;
            };
            let value = match value {
                Json::Text(text) => parameter.kind.read(text),
                // Most numbers are read as they are.
                Json::Number(number) if !number.is_f64() => match &parameter.kind {
                    Kind::Integer | Kind::Number => Json::Number(number),
                    kind => kind.read(Cow::Owned(number.to_string())),
                },
                Json::Number(number) => {
                    let text = sent(&name, &number, &mut literals).into_owned();
                    rounded.push((place(&name), text.clone()));
                    parameter.kind.read(Cow::Owned(text))
                }
                value => value,
            };
            call.push((Cow::Borrowed(parameter.name.as_str()), value));
        }
        let call = self.check(params, Json::Object(call), PARAMS);
        for finding in self.findings.violations.iter_mut().chain(&mut self.findings.warnings) {
            if let Some((_, text)) =
                rounded.iter().find(|(at, text)| *at == finding.at && finding.found == quoted(text))
            {
                finding.found = shortened(text);
            }
        }
        call
    }

    /// The members of a body that is one JSON object.
    fn flat_object(&mut self, bytes: &'a [u8]) -> Option<Vec<(Cow<'a, str>, Json<'a>)>> {
        let text = match json::read(bytes) {
            Ok(text) => text,
            Err(reason) => {
                let (rule, found) =
                    undeclared(bytes).map_or((Rule::Json, reason), |found| (Rule::ContentCoding, found));
                self.violation(PARAMS.to_owned(), rule, "one JSON text", found);
                return None;
            }
        };
        for duplicate in &text.duplicates {
            self.violation(format!("{PARAMS}{duplicate}"), Rule::Duplicate, "the parameter once", "it again");
        }
        if let Json::Object(members) = text.value {
            return Some(members);
        }
        self.violation(PARAMS.to_owned(), Rule::Type, "one flat object", describe(&text.value));
        None
    }

    pub(super) fn undocumented_pairs(&mut self, pairs: &[Pair<'_>], parameters: Option<&Parameters>, part: &str) {
        for (name, value) in pairs {
            if !self.findings.has_room_for_warnings() {
                break;
            }
            let mut fields = parameters.iter().flat_map(|parameters| &parameters.fields);
            if !fields.any(|field| field.name == *name) {
                let mut at = part.to_owned();
                push_name(&mut at, name);
                self.undocumented(at, value.as_deref().map_or_else(|| "broken encoding".to_owned(), quoted));
            }
        }
    }

    /// Names and values of a query or a form.
    pub(super) fn pairs(&mut self, parameters: &'a Parameters, pairs: &[Pair<'a>], part: &str) -> Json<'a> {
        self.undocumented_pairs(pairs, Some(parameters), part);
        let call = self.read(parameters, part, |parameter| {
            let mut values = pairs.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.clone());
            let Some(first) = values.next() else { return Raw::Nothing };
            let rest: Vec<_> = values.collect();
            match (first, rest.is_empty()) {
                (None, _) => Raw::Undecodable,
                (Some(first), true) => Raw::Text(first),
                (Some(first), false) => rest
                    .into_iter()
                    .collect::<Option<Vec<_>>>()
                    .map_or(Raw::Undecodable, |rest| Raw::Several(std::iter::once(first).chain(rest).collect())),
            }
        });
        self.check(parameters, call, part)
    }
}

/// Whether a body names one of the parameters as a form does.
fn is_form(params: &Parameters, bytes: &[u8]) -> bool {
    let mut names = bytes
        .split(|byte| *byte == b'&')
        .take(MOST_LOOKED_AT)
        .filter_map(|pair| pair.split(|byte| *byte == b'=').next());
    names.any(|name| params.fields.iter().any(|field| field.name.as_bytes() == name.trim_ascii()))
}

/// The place of a parameter.
fn place(name: &str) -> String {
    let mut at = PARAMS.to_owned();
    push_name(&mut at, name);
    at
}

/// The text of a number that the reader may have rounded.
fn sent<'a>(name: &str, number: &Number, literals: &mut Literals<'a>) -> Cow<'a, str> {
    literals.of(&place(name)[PARAMS.len()..]).map_or_else(|| Cow::Owned(number.to_string()), Cow::Borrowed)
}

/// A value as it is signed. How values other than text become text is not documented; this is the obvious way.
fn as_text<'a>(name: &str, value: &Json<'a>, literals: &mut Literals<'a>) -> Cow<'a, str> {
    match value {
        Json::Text(text) => text.clone(),
        Json::Null => Cow::Borrowed(""),
        Json::Number(number) if number.is_f64() => sent(name, number, literals),
        other => Cow::Owned(other.to_value().to_string()),
    }
}

/// A name and its value; `None` if the value cannot be decoded.
pub(super) type Pair<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// Names and values of a query or form.
pub(super) fn form_pairs(text: &str) -> Vec<Pair<'_>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decode(name).unwrap_or(Cow::Borrowed(name)), form_decode(value))
        })
        .collect()
}

fn form_decode(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return route::decode(&spaced).map(|text| Cow::Owned(text.into_owned()));
    }
    route::decode(text)
}
