//! `understudy operations`: what there is, a line each.

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Format, Operations},
    files,
    screen::Screen,
};
use crate::contract::{Contract, Operation};

pub(super) fn run(arguments: &Operations, screen: &Screen) -> Result<(), Failure> {
    let contract = files::contract(&arguments.specs)?;
    list(&contract, &contract.operations().iter().collect::<Vec<_>>(), arguments.format, screen)
}

/// Prints some operations of a contract, a line each.
pub(super) fn list(
    contract: &Contract,
    operations: &[&Operation],
    format: Format,
    screen: &Screen,
) -> Result<(), Failure> {
    let several = contract.services().len() > 1;
    match format {
        Format::Text => {
            let rows: Vec<Vec<String>> = operations
                .iter()
                .map(|operation| {
                    let service = contract.service_of(operation).description.service.clone();
                    let columns = [
                        service,
                        operation.name.clone(),
                        operation.method.to_string(),
                        operation.path.clone(),
                        operation.title.clone(),
                    ];
                    columns.into_iter().skip(usize::from(!several)).collect()
                })
                .collect();
            screen.print(&screen.table(&rows))
        }
        Format::Json => {
            let list: Value = operations
                .iter()
                .map(|operation| {
                    json!({
                        "service": contract.service_of(operation).description.service,
                        "group": operation.group,
                        "operation": operation.name,
                        "method": operation.method.as_str(),
                        "path": operation.path,
                        "title": operation.title,
                    })
                })
                .collect();
            screen.print(&format!("{list:#}\n"))
        }
    }
}
