//! What the vendor's documentation says, as data: operations, parameters, answers, errors. Compiled once, immutable, shared.
//!
//! A request is routed, read as the declared types, and checked against the schemas; every violation is collected. Nothing in this room
//! knows scenarios, sessions, sockets or the terminal.

pub mod auth;
mod bystander;
pub mod catalogue;
pub mod coerce;
pub mod example;
pub mod files;
pub mod format;
pub mod json;
mod judgement;
pub mod lint;
mod load;
mod made;
pub mod openapi;
pub mod operation;
pub mod redact;
mod request;
pub mod route;
mod rule;
pub mod schema;
pub mod service;
mod validate;
pub mod violation;

use std::collections::HashMap;

pub use self::{
    bystander::Bystander,
    files::{SpecFile, SpecFiles},
    judgement::{Accepted, Call, Findings, Judgement, Refused, Unrouted},
    operation::{Operation, OperationId},
    request::{Door, Payload, Request},
    rule::Rule,
    service::{Answer, Refusal, Service},
    validate::Strictness,
    violation::Violation,
};
use self::{redact::Redaction, route::Router};

/// All services that one stand-in plays.
///
/// ```
/// use understudy::contract::SpecFiles;
///
/// let contract = SpecFiles::embedded().load().unwrap();
/// let operation = contract.named("CreateShare")[0];
/// assert_eq!(contract.operation(operation).path, "/koodrive/ose/v1/share");
/// ```
pub struct Contract {
    services: Vec<Service>,
    operations: Vec<Operation>,
    by_name: HashMap<String, Vec<OperationId>>,
    router: Router,
    /// Which service's paths start with a segment: a handful.
    by_first_segment: Vec<(String, usize)>,
    /// The service with the most operations: it answers where the path belongs to no service.
    principal: usize,
    redaction: Redaction,
    /// The methods of operations whose bodies are files.
    content_methods: Vec<http::Method>,
}

impl Contract {
    fn new(services: Vec<Service>, operations: Vec<Operation>, router: Router) -> Self {
        let mut by_name: HashMap<String, Vec<OperationId>> = HashMap::new();
        for operation in &operations {
            by_name.entry(operation.name.clone()).or_default().push(operation.id);
        }
        let size = |index: &usize| operations.iter().filter(|operation| operation.service == *index).count();
        // The first of equals: `max_by_key` takes the last.
        let principal = (0..services.len()).rev().max_by_key(size).unwrap_or(0);
        let mut by_first_segment: Vec<(String, usize)> = Vec::new();
        for operation in &operations {
            let first = first_segment(&operation.path);
            if !by_first_segment.iter().any(|(known, _)| known == first) {
                by_first_segment.push((first.to_owned(), operation.service));
            }
        }
        let secrets = services.iter().flat_map(|service| &service.description.secrets);
        let redaction = Redaction::new(secrets.map(String::as_str));
        let content_methods = operations.iter().filter(|operation| operation.content.is_some());
        let content_methods = content_methods.map(|operation| operation.method.clone()).collect();
        Self { services, operations, by_name, router, by_first_segment, principal, redaction, content_methods }
    }

    /// The services, by folder name.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// What is never shown.
    pub fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// The operations, by service and file name.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// One operation.
    ///
    /// # Panics
    ///
    /// With an id of another contract.
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[id.index()]
    }

    /// The service of an operation.
    pub fn service_of(&self, operation: &Operation) -> &Service {
        &self.services[operation.service]
    }

    /// The operations of a name: usually one, several if services share it.
    pub fn named(&self, name: &str) -> &[OperationId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The operation that answers a method and a path, which is percent-encoded as received.
    pub fn find(&self, method: &http::Method, path: &str) -> Option<&Operation> {
        let found = self.router.find(method, &route::normalise(path))?.operation;
        Some(self.operation(found))
    }

    /// The operation that takes a request whose body is a file, if it is one. Whoever reads bodies asks this for each, so it looks no
    /// further than it has to.
    pub fn content_of(&self, method: &http::Method, path: &str) -> Option<&Operation> {
        if !self.content_methods.contains(method) {
            return None;
        }
        self.find(method, path).filter(|operation| operation.content.is_some())
    }

    /// The service that answers a path without a route: the one whose paths start with the same segment, else the largest.
    pub fn service_for_path(&self, path: &str) -> &Service {
        let first = first_segment(path);
        let like = self.by_first_segment.iter().find(|(known, _)| known == first);
        &self.services[like.map_or(self.principal, |(_, service)| *service)]
    }

    /// Whether a path starts as those of a service do.
    pub fn has_paths_like(&self, path: &str) -> bool {
        let first = first_segment(path);
        self.by_first_segment.iter().any(|(known, _)| known == first)
    }

    /// Whether the documentation of a service names a host, with or without a port.
    pub fn is_host(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let mut known = self.services.iter().flat_map(|service| &service.description.hosts);
        known.any(|known| known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(host))
    }

    /// The highest value of a limit over all services: what a server must be prepared for.
    pub fn largest_limit(&self, limit: impl Fn(&service::Limits) -> usize) -> usize {
        self.services.iter().map(|service| limit(&service.description.limits)).max().unwrap_or(0)
    }
}

fn first_segment(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split_once('/').map_or(path, |(first, _)| first)
}
