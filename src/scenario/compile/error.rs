//! Answers that are errors: `error`, and bare statuses.

use std::sync::Arc;

use http::StatusCode;

use super::{Compiler, findings::Finding};
use crate::{
    contract::Service,
    document::{Content, Node},
    scenario::{Base, Operations, template::Template},
};

impl Compiler<'_> {
    /// The status of an answer.
    pub(super) fn status(&mut self, node: &Node) -> Option<StatusCode> {
        let status =
            node.as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| (200..600).contains(status));
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        if status.is_none() {
            let code = node.as_u64().filter(|code| *code >= 1000);
            let help = code.map(|code| format!("for an error code write `error: {code}`"));
            let message = format!("`{node}` is not a valid HTTP status");
            self.checker.error_with_help(&node.span, message, "expected 200 to 599", help);
        }
        status
    }

    /// Warns of a bare status for which the catalogue has several errors: none of them is sent.
    pub(super) fn check_bare(&mut self, status: StatusCode, node: &Node, operations: &Operations) {
        if status.as_u16() < 400 {
            return;
        }
        self.hold(format!("status {}", status.as_u16()), node, operations, |this, ids| {
            let mut told = Vec::new();
            for id in ids {
                let operation = this.contract.operation(*id);
                let service = this.contract.service_of(operation);
                let codes: Vec<String> =
                    service.errors_with(operation, status).iter().map(|entry| entry.code.to_string()).collect();
                // To compile an operation takes time, so it is the last question.
                if codes.len() > 1
                    && !told.contains(&(operation.service, codes.clone()))
                    && !operation.compiled(service).is_ok_and(|compiled| compiled.documents(status))
                {
                    told.push((operation.service, codes));
                }
            }
            told.into_iter()
                .map(|(service, codes)| several(&this.contract.services()[service], status, &codes))
                .collect()
        });
    }

    /// `error: CODE`, or `error: { code: CODE, status: 504 }`.
    pub(super) fn catalogue_error(&mut self, node: &Node, operations: &Operations) -> Option<Base> {
        let (code_node, status) = match node.as_mapping() {
            Some(entries) => {
                self.checker.check_keys(entries, &["code", "status"]);
                let status = match node.get("status") {
                    Some(status) => Some(self.status(status)?.as_u16()),
                    None => None,
                };
                let Some(code) = node.get("code") else {
                    self.checker.error(&node.span, "the key `code` is missing", "in here");
                    return None;
                };
                (code, status)
            }
            None => (node, None),
        };
        if !matches!(code_node.content, Content::Number(_) | Content::Text(_)) {
            self.checker.wrong_kind(code_node, "an error code such as `13000311` or `APIGW.0308`");
            return None;
        }
        let code = code_node.to_string();
        if Template::is_in(&code) {
            return self.templated_error(&code, status, code_node, operations);
        }
        for service in self.services_of(operations) {
            let service = &self.contract.services()[service];
            let name = &service.description.service;
            let mut statuses = service.catalogue.statuses(&code);
            statuses.sort_unstable();
            statuses.dedup();
            let listed = || statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            match (status, statuses.as_slice()) {
                (_, []) => {
                    let help = self.instead_of(&code, service, operations);
                    let message = format!("the catalogue of `{name}` has no error `{code}`");
                    self.checker.error_with_help(&code_node.span, message, "no such error", Some(help));
                    return None;
                }
                (None, [first, _, ..]) => {
                    let help = format!("write `error: {{ code: {code}, status: {first} }}`");
                    let message = format!("`{code}` stands for several statuses: {}", listed());
                    self.checker.error_with_help(&code_node.span, message, "which one?", Some(help));
                    return None;
                }
                (Some(status), statuses) if !statuses.contains(&status) => {
                    let message = format!("`{code}` does not come with status {status}");
                    self.checker.error(&node.span, message, format!("it comes with {}", listed()));
                    return None;
                }
                _ => {}
            }
        }
        Some(Base::Error { code, status })
    }

    /// What to write instead of a code that the catalogue of a service lacks.
    fn instead_of(&self, code: &str, lacking: &Service, operations: &Operations) -> String {
        let services = self.services_of(operations);
        let mut services = services.iter().map(|service| &self.contract.services()[*service]);
        if let Some(having) = services.find(|service| !service.catalogue.statuses(code).is_empty()) {
            let (having, lacking) = (&having.description.service, &lacking.description.service);
            return match operations {
                Operations::All { .. } => {
                    format!("write `service: {having}` at the top of the file, which leaves out `{lacking}`")
                }
                Operations::Named(_) => {
                    format!("`{having}` has it: make it a rule of its own for the operations of `{having}`")
                }
            };
        }
        let status = code.parse().ok().filter(|status| (400..600).contains(status));
        let codes = status.map(|status| lacking.catalogue.codes_with(status)).unwrap_or_default();
        match (codes.as_slice(), status) {
            (_, None) => {}
            ([], Some(status)) => {
                let service = &lacking.description.service;
                return format!(
                    "{status} is a status, and no error of `{service}` comes with it: write the bare `{status}`"
                );
            }
            ([only], Some(status)) => {
                let alone = lacking.catalogue.one_of(only, None).is_ok();
                let whole = if alone { only.clone() } else { format!("{{ code: {only}, status: {status} }}") };
                return format!("{status} is a status: write `error: {whole}`, or the bare `{status}`");
            }
            (several, Some(status)) => {
                return format!("{status} is a status, and these errors come with it: {}", listed(several));
            }
        }
        let mut all = self.contract.services().iter();
        if let Some(other) = all.find(|service| !service.catalogue.statuses(code).is_empty()) {
            let (other, lacking) = (&other.description.service, &lacking.description.service);
            return format!(
                "`{code}` is an error of `{other}`; `understudy errors --service {lacking}` lists those of `{lacking}`"
            );
        }
        let close = lacking.catalogue.suggest(code).map(|close| format!("did you mean `{close}`?"));
        close.unwrap_or_else(|| "`understudy errors` lists them all".to_owned())
    }

    /// An error whose code depends on the call.
    fn templated_error(
        &mut self,
        code: &str,
        status: Option<u16>,
        node: &Node,
        operations: &Operations,
    ) -> Option<Base> {
        let template = Arc::new(self.template(Template::compile_text(code), node, operations)?);
        let part = format!("error {status:?} {code}");
        self.hold(part, node, operations, |this, ids| {
            let mut findings = Vec::new();
            for id in ids {
                if !this.dry_run(&template, node, *id, None, &mut findings) {
                    break;
                }
                let service = this.contract.service_of(this.contract.operation(*id));
                let made = this.texts(&template, *id);
                let wrong = made.iter().find_map(|code| service.catalogue.one_of(code.trim(), status).err());
                if let Some(reason) = wrong {
                    let message = format!(
                        "the template makes no error of `{}` for some calls: {reason}",
                        service.description.service
                    );
                    let help = "`understudy errors` lists them all".to_owned();
                    findings.push(Finding::warning("", message, "no such error").help(help));
                    break;
                }
            }
            findings
        });
        Some(Base::TemplatedError { code: template, status })
    }
}

fn several(service: &Service, status: StatusCode, codes: &[String]) -> Finding {
    let (name, status) = (&service.description.service, status.as_u16());
    let first = codes.first().map_or("", String::as_str);
    let alone = service.catalogue.one_of(first, None).is_ok();
    let first = if alone { first.to_owned() } else { format!("{{ code: {first}, status: {status} }}") };
    let message =
        format!("`{name}` has several errors with status {status}, so the answer has no body: {}", listed(codes));
    let help = format!("write `error: {first}` for one of them; `{{ status: {status}, body: \"\" }}` for none");
    Finding::warning("", message, "which one?").help(help)
}

fn listed(codes: &[String]) -> String {
    codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
}
