//! What the contract says of the operations that a file names, each read once: many rules speak of the same few operations.

use std::{collections::HashMap, rc::Rc};

use super::field::Field;
use crate::{
    contract::{
        Contract, OperationId,
        operation::{Response, SampleRequest, Table},
    },
    scenario::Operations,
};

/// What the contract says, as far as somebody asked.
pub(super) struct Documented<'c> {
    contract: &'c Contract,
    tables: HashMap<OperationId, Option<Rc<Table<'c>>>>,
    responses: HashMap<OperationId, Rc<[Response]>>,
    samples: HashMap<OperationId, Option<Rc<[SampleRequest; 2]>>>,
    parts: HashMap<(Operations, &'static str), Rc<Field<'c>>>,
}

impl<'c> Documented<'c> {
    pub(super) fn new(contract: &'c Contract) -> Self {
        let (tables, responses, samples, parts) = Default::default();
        Self { contract, tables, responses, samples, parts }
    }

    /// The table of an operation; nothing where its spec is broken.
    fn table(&mut self, id: OperationId) -> Option<Rc<Table<'c>>> {
        let contract = self.contract;
        let read = || {
            let operation = contract.operation(id);
            operation.table(contract.service_of(operation)).ok().map(Rc::new)
        };
        self.tables.entry(id).or_insert_with(read).clone()
    }

    /// The documented answers of an operation.
    pub(super) fn responses(&mut self, id: OperationId) -> Rc<[Response]> {
        let table = self.table(id);
        let compile = || table.and_then(|table| table.responses().ok()).unwrap_or_default().into();
        Rc::clone(self.responses.entry(id).or_insert_with(compile))
    }

    /// A call of an operation with everything that its table lists, and one with nothing but what is mandatory.
    pub(super) fn samples(&mut self, id: OperationId) -> Option<Rc<[SampleRequest; 2]>> {
        let table = self.table(id);
        let make = || table.map(|table| Rc::new([table.fullest_request(), table.smallest_request()]));
        self.samples.entry(id).or_insert_with(make).clone()
    }

    /// A part of a call, as the tables of some operations describe it: `path`, `query`, `headers`, `params` or `body`.
    pub(super) fn part(&mut self, operations: &Operations, part: &'static str) -> Rc<Field<'c>> {
        if let Some(known) = self.parts.get(&(operations.clone(), part)) {
            return Rc::clone(known);
        }
        let tables: Vec<_> = operations.iter().filter_map(|id| self.table(*id)).collect();
        let field = Rc::new(Field::part(&tables, part));
        self.parts.insert((operations.clone(), part), Rc::clone(&field));
        field
    }
}
