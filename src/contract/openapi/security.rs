//! Authentication: security schemes for what is in `Authorization`; the rest, which OpenAPI has no word for, in ours.

use serde_json::{Map, Value, json};

use super::{operation::Told, parameters};
use crate::contract::{
    Contract,
    auth::{Scheme, scheme::Mechanism, schemes::SCHEMES},
};

/// `securitySchemes`: those that an operation accepts.
pub(super) fn schemes(contract: &Contract) -> Value {
    let accepted = |scheme: &&&Scheme| {
        contract.operations().iter().any(|operation| operation.authentication.iter().any(|one| one.word == scheme.word))
    };
    let schemes = SCHEMES.iter().filter(accepted).filter(|scheme| scheme.is_header());
    schemes.map(|scheme| (scheme.word.to_owned(), written(scheme))).collect::<Map<_, _>>().into()
}

fn written(scheme: &Scheme) -> Value {
    match scheme.mechanism {
        Mechanism::Token { .. } => json!({ "type": "http", "scheme": "bearer", "description": scheme.form }),
        Mechanism::Signature { .. } | Mechanism::Parameters { .. } => {
            json!({ "type": "apiKey", "in": "header", "name": "Authorization", "description": scheme.form })
        }
    }
}

/// What an operation asks for. Where its table has an optional `Authorization`, a call without one does, too.
pub(super) fn require(told: &Told<'_>, written: &mut Map<String, Value>) {
    let (in_header, in_parameters): (Vec<&Scheme>, Vec<&Scheme>) =
        told.operation.authentication.iter().partition(|scheme| scheme.is_header());
    let optional = !told.table.part("headers").is_some_and(|table| parameters::is_required(table, "Authorization"));
    let nobody = (optional && !in_header.is_empty()).then(|| json!({}));
    let security: Value = in_header.iter().map(|scheme| json!({ scheme.word: [] })).chain(nobody).collect();
    written.insert("security".to_owned(), security);
    if !in_parameters.is_empty() {
        let signed = in_parameters
            .iter()
            .map(|scheme| json!({ "scheme": scheme.word, "form": scheme.form, "parameters": scheme.asks }));
        written.insert("x-authentication".to_owned(), signed.collect());
    }
}
