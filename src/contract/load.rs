//! From spec files to a [`Contract`].
//!
//! At startup only the head of each operation is read, so that a hundred of them cost a few milliseconds; the rest is compiled at the
//! first call. Our tests check the embedded specs against their schemas; specs from a folder are linted first, so that every mistake in
//! them is found before the port is bound.

use super::{
    Contract,
    catalogue::Catalogue,
    files::SpecFiles,
    lint::lint,
    operation::{Head, Operation, OperationId},
    route::Router,
    service::{Description, Service},
};
use crate::diagnostic::{Diagnostic, has_errors};

impl SpecFiles {
    /// Builds the contract.
    ///
    /// # Errors
    ///
    /// Every mistake in the files.
    pub fn load(&self) -> Result<Contract, Vec<Diagnostic>> {
        if !self.trusted {
            let mistakes = lint(self);
            if has_errors(&mistakes) {
                return Err(mistakes);
            }
        }
        let mut mistakes = Vec::new();
        let mut services = Vec::new();
        let mut operations = Vec::new();
        let mut router = Router::default();
        for name in self.services() {
            let file = |part: &str| {
                let name = format!("{name}/{part}");
                self.get(&name).ok_or_else(|| Diagnostic::error(format!("the specs lack `{name}`")))
            };
            let service = || {
                let description = file("service.json")?.parse::<Description>()?;
                let catalogue = file("errors.json")?.parse::<Catalogue>()?;
                Ok(Service::new(description, catalogue, file("shared.json")?.clone()))
            };
            match service() {
                Ok(service) => services.push(service),
                Err(mistake) => mistakes.push(mistake),
            }
            for file in self.operations(&name) {
                let id = OperationId::from_index(operations.len());
                let operation = file.parse_head::<Head>().and_then(|head| {
                    Operation::new(id, services.len().saturating_sub(1), head, file.clone())
                        .and_then(|operation| {
                            operation.methods().try_for_each(|method| router.insert(method, &operation.path, id))?;
                            Ok(operation)
                        })
                        .map_err(|error| Diagnostic::error(format!("{}: {error}", file.shown)))
                });
                match operation {
                    Ok(operation) => operations.push(operation),
                    Err(mistake) => mistakes.push(mistake),
                }
            }
        }
        if mistakes.is_empty() { Ok(Contract::new(services, operations, router)) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heads_of_the_embedded_operations_say_what_their_tables_say() {
        let specs = SpecFiles::embedded();
        let mut count = 0;
        for file in specs.services().iter().flat_map(|service| specs.operations(service)) {
            let (head, whole) = (file.parse_head::<Head>().unwrap(), file.parse::<Head>().unwrap());
            assert_eq!(format!("{head:?}"), format!("{whole:?}"), "{}", file.name);
            count += usize::from(file.has_head());
        }
        assert!(count > 130, "{count}");
    }
}
