//! One operation under one of its methods.

use http::Method;
use serde_json::{Map, Value, json};

use super::{answers, bodies, document, errors::Errors, parameters, schemas::Schemas, security};
use crate::contract::{
    Contract, Operation,
    operation::{ParameterEncoding, Table},
    service::Service,
};

/// What is known of an operation.
pub(super) struct Told<'t> {
    pub(super) contract: &'t Contract,
    pub(super) operation: &'t Operation,
    pub(super) service: &'t Service,
    pub(super) table: &'t Table<'t>,
    pub(super) schemas: &'t Schemas<'t>,
    pub(super) errors: &'t Errors<'t>,
}

pub(super) fn write(told: &Told<'_>, method: &Method) -> Value {
    let operation = told.operation;
    // Flat parameters that may be in the query of a GET make a second operation of it.
    let in_query = operation.encodings.contains(&ParameterEncoding::Query) && method == Method::GET;
    let mut written = Map::new();
    written.insert("operationId".to_owned(), id(told, method).into());
    written.insert("summary".to_owned(), operation.title.as_str().into());
    let body = if in_query { None } else { bodies::request(told) };
    if body.is_some() && matches!(*method, Method::GET | Method::DELETE) {
        let said = format!("This {method} has a body, which not every HTTP client can send.");
        written.insert("description".to_owned(), said.into());
    }
    written.insert("tags".to_owned(), json!([document::tag(told.contract, operation)]));
    security::require(told, &mut written);
    parameters::write(told, in_query, &mut written);
    written.extend(body.map(|body| ("requestBody".to_owned(), body)));
    written.insert("responses".to_owned(), answers::write(told));
    let pages = operation.documentation.iter().map(|page| {
        let mut cited = json!({ "page": page.page, "edition": page.edition });
        if !page.rows.is_empty() {
            cited["rows"] = page.rows.as_slice().into();
        }
        cited
    });
    written.insert("x-documentation".to_owned(), pages.collect());
    if let Some(token) = &operation.issues_token {
        written.insert("x-issues-token".to_owned(), token.as_str().into());
    }
    if let Some(carriers) = told.table.part("carriers") {
        written.insert("x-carriers".to_owned(), carriers.clone());
    }
    if let Some(uncertain) = told.table.document().get("x-uncertain") {
        written.insert("x-uncertain".to_owned(), uncertain.clone());
    }
    written.into()
}

/// The name, with the service where another one has an operation of the same name.
fn id(told: &Told<'_>, method: &Method) -> String {
    let mut id = told.operation.name.clone();
    if told.contract.named(&id).len() > 1 {
        id = format!("{}_{id}", told.service.description.service);
    }
    if *method != told.operation.method {
        id = format!("{id}_by_{}", method.as_str().to_ascii_lowercase());
    }
    id
}
