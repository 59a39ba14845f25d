//! The headers of a request, and the credential among them.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};

use super::reader::{Raw, Reader};
use crate::contract::{
    auth::{self, AuthMode, Credential},
    json::Json,
    operation::Parameters,
    request::Request,
    rule::Rule,
    violation::quoted,
};

impl<'a> Reader<'a> {
    pub(super) fn headers(&mut self, parameters: Option<&'a Parameters>, request: &Request<'a>) -> Json<'a> {
        let single = self.single_headers(parameters, request);
        let Some(parameters) = parameters else { return Json::Null };
        let call = single.unwrap_or_else(|| {
            self.read(parameters, "/headers", |parameter| {
                let raw = parameter.header.as_ref().map_or(Raw::Nothing, |name| header_value(request.headers, name));
                match (raw, request.authority) {
                    (Raw::Nothing, Some(authority)) if parameter.header == Some(header::HOST) => {
                        Raw::Text(Cow::Borrowed(authority))
                    }
                    (raw, _) => raw,
                }
            })
        });
        let before = self.findings.violations.len();
        let call = self.check(parameters, call, "/headers");
        if self.strictness.lenient && !matches!(self.credential, Some(Credential::Signature { .. })) {
            let optional = &self.service.description.app_headers;
            let mut position = 0;
            self.findings.violations.retain(|violation| {
                position += 1;
                position <= before
                    || violation.rule != Rule::Required
                    || !optional.iter().any(|name| violation.at.strip_prefix("/headers/") == Some(name))
            });
        }
        if self.findings.violations.len() > before {
            self.name_headers(parameters, request.headers, before);
            if matches!(self.credential, Some(Credential::Token { .. })) {
                self.name_profile(before);
            }
        }
        call
    }

    /// Reads the documented headers in one pass, and warns of the vendor's others. `None` if a header stands twice or is no text, which takes
    /// a closer look.
    fn single_headers(&mut self, parameters: Option<&'a Parameters>, request: &Request<'a>) -> Option<Json<'a>> {
        let fields = parameters.map_or(&[][..], |parameters| &parameters.fields);
        let mut call: Vec<(Cow<'a, str>, Json<'a>)> = Vec::with_capacity(fields.len());
        let mut single = true;
        for (name, value) in request.headers {
            if let Some(field) = fields.iter().find(|field| field.header.as_ref() == Some(name)) {
                match std::str::from_utf8(value.as_bytes()) {
                    Ok(text) if !call.iter().any(|(known, _)| *known == field.name) => {
                        call.push((Cow::Borrowed(&field.name), field.kind.read(Cow::Borrowed(text))));
                    }
                    _ => single = false,
                }
                continue;
            }
            if *name == header::CONTENT_ENCODING {
                self.coded = true;
            }
            let mut namespaces = self.service.description.header_namespaces.iter();
            if namespaces.any(|prefix| name.as_str().starts_with(prefix.as_str())) && !self.is_app_header(name) {
                self.undocumented(format!("/headers/{name}"), quoted(&String::from_utf8_lossy(value.as_bytes())));
            }
        }
        if let Some(authority) = request.authority
            && let Some(host) = fields.iter().find(|field| field.header == Some(header::HOST))
            && !call.iter().any(|(known, _)| *known == host.name)
        {
            call.push((Cow::Borrowed(&host.name), host.kind.read(Cow::Borrowed(authority))));
        }
        single.then_some(Json::Object(call))
    }

    /// Whether a header is there for app signatures. A client sends them with every call, also where the table has none.
    fn is_app_header(&self, name: &HeaderName) -> bool {
        self.service.description.app_headers.iter().any(|known| known.eq_ignore_ascii_case(name.as_str()))
    }

    /// Checks that `Authorization` has the form of a scheme that the operation accepts. That it is missing is reported by the table; here
    /// it only decides the status.
    pub(super) fn credential(&mut self, headers: &'a HeaderMap) {
        if self.strictness.auth == AuthMode::Off
            || !self.operation.authentication.iter().any(|scheme| scheme.is_header())
        {
            return;
        }
        let value = match header_value(headers, &header::AUTHORIZATION) {
            Raw::Text(Cow::Borrowed(value)) => value,
            Raw::Nothing => return,
            // Reading the headers reports what is wrong with it.
            _ => {
                self.unauthenticated = true;
                return;
            }
        };
        match auth::recognise(&self.operation.authentication, value) {
            Ok(credential) => self.credential = Some(credential),
            Err(violation) => {
                self.findings.refuse(violation);
                self.unauthenticated = true;
            }
        }
    }

    pub(super) fn media_type(&mut self, headers: &HeaderMap) {
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
                    self.violation(at(), Rule::MediaType, expected, quoted(&text));
                }
            }
            Raw::Several(values) => {
                self.violation(at(), Rule::Duplicate, "one value", format!("{} values", values.len()));
            }
            Raw::Undecodable => self.violation(at(), Rule::Encoding, "text in UTF-8", "other bytes"),
        }
    }
}

pub(super) fn header_value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Raw<'h> {
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
