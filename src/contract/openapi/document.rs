//! The document: what stands at its top.

use serde_json::{Map, Value, json};

use super::{Version, components, errors::Errors, operation, paths::Paths, schemas::Schemas, security};
use crate::contract::{Contract, Operation, operation::SpecError, service::Service};

pub(super) fn write(contract: &Contract, version: Version, server: &str) -> Result<Value, SpecError> {
    let errors: Vec<Errors<'_>> = contract.services().iter().map(Errors::new).collect();
    let mut paths = Paths::default();
    let mut parts = components::Parts::default();
    for operation in contract.operations() {
        let service = contract.service_of(operation);
        let table = operation.table(service)?;
        let schemas = Schemas::of_operation(version, service, operation);
        parts.define(&schemas, table.document().get("$defs"));
        let Some(errors) = errors.get(operation.service) else { continue };
        let told = operation::Told { contract, operation, service, table: &table, schemas: &schemas, errors };
        for method in operation.methods() {
            paths.add(operation, method, operation::write(&told, method));
        }
    }
    for (service, errors) in contract.services().iter().zip(&errors) {
        let schemas = Schemas::of_service(version, service);
        parts.define(&schemas, service.shared()?.get("$defs"));
        errors.define(&schemas, &mut parts);
    }
    let paths = paths.into_value();
    let components = parts.into_value(&paths, &security::schemes(contract));
    Ok(json!({
        "openapi": version.in_full(),
        "info": info(contract),
        "servers": [{ "url": server }],
        "tags": tags(contract),
        "x-tagGroups": tag_groups(contract),
        "paths": paths,
        "components": components,
    }))
}

fn info(contract: &Contract) -> Value {
    let descriptions = || contract.services().iter().map(|service| &service.description);
    let titles: Vec<&str> = descriptions().map(|service| service.title.as_str()).collect();
    let newest = descriptions().map(|service| service.edition.as_str()).max().unwrap_or("undated");
    let editions = descriptions().map(|service| (service.service.clone(), json!(service.edition)));
    json!({
        "title": titles.join(", "),
        "version": newest,
        "description": "The contract of the vendor's documentation as Understudy checks it. What OpenAPI has no word for is under `x-`.",
        "x-editions": editions.collect::<Map<_, _>>(),
    })
}

/// The tag of an operation: its group, with the service where another one has a group of the same name.
pub(super) fn tag(contract: &Contract, operation: &Operation) -> String {
    let shared = |other: &Operation| other.service != operation.service && other.group == operation.group;
    let service = &contract.service_of(operation).description.service;
    if contract.operations().iter().any(shared) {
        format!("{service}/{}", operation.group)
    } else {
        operation.group.clone()
    }
}

fn tags_of(contract: &Contract, service: &Service) -> Vec<String> {
    let own = |operation: &&Operation| std::ptr::eq(contract.service_of(operation), service);
    let mut tags: Vec<String> = contract.operations().iter().filter(own).map(|one| tag(contract, one)).collect();
    tags.dedup();
    tags
}

fn tags(contract: &Contract) -> Value {
    let tag = |service: &Service, name: &str| {
        let group = name.rsplit('/').next().unwrap_or(name).replace('-', " ");
        json!({ "name": name, "description": format!("{}: {group}", service.description.title) })
    };
    let of = |service| tags_of(contract, service).iter().map(|name| tag(service, name)).collect::<Vec<_>>();
    contract.services().iter().flat_map(of).collect()
}

fn tag_groups(contract: &Contract) -> Value {
    let group = |service| json!({ "name": service_title(service), "tags": tags_of(contract, service) });
    contract.services().iter().map(group).collect()
}

fn service_title(service: &Service) -> &str {
    &service.description.title
}
