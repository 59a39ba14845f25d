//! The names of services and operations.

use super::Compiler;
use crate::{contract::OperationId, document::Node, scenario::Operations};

impl Compiler<'_> {
    /// The position of a service.
    pub(super) fn service_named(&mut self, node: &Node) -> Option<usize> {
        let name = self.checker.text(node, "the name of a service")?;
        let services = self.contract.services();
        let found = services.iter().position(|service| service.description.service == name);
        if found.is_none() {
            let names = services.iter().map(|service| service.description.service.as_str());
            let message = format!("there is no service `{name}`");
            self.checker.unknown(&node.span, message, "no such service", name, names, None);
        }
        found
    }

    /// A name, a list of names, or `"*"`.
    pub(super) fn operations(&mut self, node: &Node) -> Option<Operations> {
        let Some(names) = node.as_sequence() else { return self.operation(node) };
        if names.is_empty() {
            self.checker.error(&node.span, "the list of operations is empty", "name at least one");
            return None;
        }
        let mut named = Vec::new();
        let mut all = None;
        for name in names {
            match self.operation(name)? {
                Operations::Named(ids) => named.extend_from_slice(&ids),
                every @ Operations::All { .. } => all = Some(every),
            }
        }
        Some(all.unwrap_or_else(|| Operations::named(named)))
    }

    /// One name, or `"*"`.
    pub(super) fn operation(&mut self, node: &Node) -> Option<Operations> {
        let name = self.checker.text(node, "the name of an operation")?;
        if let Some(known) = self.named.get(name) {
            return Some(known.clone());
        }
        let found = self.lookup(name, node)?;
        self.named.insert(name.to_owned(), found.clone());
        Some(found)
    }

    fn lookup(&mut self, name: &str, node: &Node) -> Option<Operations> {
        let contract = self.contract;
        let service = self.service;
        let ours = |id: &OperationId| service.is_none_or(|service| contract.operation(*id).service == service);
        if name == "*" {
            let ids = contract.operations().iter().map(|operation| operation.id).filter(ours).collect();
            return Some(Operations::All { service, ids });
        }
        let found: Vec<OperationId> = contract.named(name).iter().copied().filter(ours).collect();
        let services = |ids: &mut dyn Iterator<Item = usize>| {
            let names: Vec<_> = ids.map(|id| format!("`{}`", contract.services()[id].description.service)).collect();
            names.join(" and ")
        };
        match found.as_slice() {
            [] => {
                let mut all = (0..contract.services().len()).filter(|id| service.is_none_or(|only| only == *id));
                let message = format!("operation `{name}` is not in the contract of {}", services(&mut all));
                let names = contract.operations().iter().filter(|operation| ours(&operation.id));
                let names = names.map(|operation| operation.name.as_str());
                let otherwise = Some("`understudy operations` lists them all".to_owned());
                self.checker.unknown(&node.span, message, "no such operation", name, names, otherwise);
                None
            }
            [_] => Some(Operations::named(found)),
            several => {
                let services = services(&mut several.iter().map(|id| contract.operation(*id).service));
                let help = Some("say which one with `service:` at the top of the file".to_owned());
                let message = format!("operation `{name}` is in {services}");
                self.checker.error_with_help(&node.span, message, "ambiguous", help);
                None
            }
        }
    }

    /// The services of some operations, each once.
    pub(super) fn services_of(&self, operations: &[OperationId]) -> Vec<usize> {
        let mut services: Vec<usize> = operations.iter().map(|id| self.contract.operation(*id).service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }
}
