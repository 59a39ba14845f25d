//! `understudy operations`: what there is, a line each.

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Format, Operations},
    files,
    screen::{Screen, columns},
};

pub(super) fn run(arguments: &Operations, screen: &Screen) -> Result<(), Failure> {
    let contract = files::contract(&arguments.specs)?;
    let several = contract.services().len() > 1;
    match arguments.format {
        Format::Text => {
            let rows: Vec<Vec<String>> = contract
                .operations()
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
            screen.print(&columns(&rows))
        }
        Format::Json => {
            let list: Value = contract
                .operations()
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
