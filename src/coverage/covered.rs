//! What there is to cover, held against what was counted.

use std::collections::BTreeMap;

use super::{
    Calls, Edge, Shown, Subject,
    marks::{Marks, OperationMarks},
    table::Edges,
};
use crate::{
    contract::{Contract, Operation},
    fault,
};

/// How much of a contract is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// By service and folder.
    pub groups: Vec<Group>,
    /// Every kind of fault, and what became of it.
    pub faults: Vec<(&'static str, Shown)>,
}

/// The operations of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The service.
    pub service: String,
    /// The folder.
    pub group: String,
    /// Its operations.
    pub operations: Vec<CoveredOperation>,
}

/// How much of an operation is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredOperation {
    /// Its name.
    pub name: String,
    /// Its calls.
    pub calls: Calls,
    /// Errors that its page lists, and then others that were shown.
    pub errors: Vec<CoveredError>,
    /// The edges of its rows.
    pub edges: Vec<CoveredEdge>,
}

/// An error of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredError {
    /// Its code.
    pub code: String,
    /// Whether the page of the operation lists it.
    pub documented: bool,
    /// How often it was shown, and what the client did then.
    pub shown: Shown,
}

/// An edge, and whether a call that kept the contract reached it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredEdge {
    /// The edge.
    pub edge: Edge,
    /// Whether it was reached.
    pub reached: bool,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ratio {
    /// Those that are covered.
    pub covered: usize,
    /// All of them.
    pub all: usize,
}

impl Ratio {
    fn of(covered: impl Iterator<Item = bool>) -> Self {
        covered.fold(Self::default(), |ratio, covered| Self {
            covered: ratio.covered + usize::from(covered),
            all: ratio.all + 1,
        })
    }

    /// Whether so many percent are covered. Of nothing, all is.
    pub fn reaches(self, percent: u8) -> bool {
        self.covered * 100 >= self.all * usize::from(percent)
    }
}

/// `2 of 133`.
impl std::fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} of {}", self.covered, self.all)
    }
}

impl Covered {
    pub(super) fn new<'e>(contract: &Contract, marks: &Marks, edges: impl Fn(&Operation) -> &'e Edges) -> Self {
        let mut groups: BTreeMap<(usize, &str), Vec<CoveredOperation>> = BTreeMap::new();
        let mut faults = fault::NAMES.map(|name| (name, Shown::default()));
        let nothing = OperationMarks::default();
        for operation in contract.operations() {
            let marks = marks.operations.get(&operation.id).unwrap_or(&nothing);
            let operations = groups.entry((operation.service, &operation.group)).or_default();
            operations.push(CoveredOperation::new(operation, marks, edges(operation)));
            for (name, shown) in &mut faults {
                marks.faults.get(name).into_iter().for_each(|more| shown.merge(more));
            }
        }
        let service = |index: usize| contract.services().get(index).map(|service| service.description.service.clone());
        let groups = groups.into_iter().map(|((index, group), operations)| Group {
            service: service(index).unwrap_or_default(),
            group: group.to_owned(),
            operations,
        });
        Self { groups: groups.collect(), faults: faults.into() }
    }

    /// `operations 2 of 133, errors 1 of 140, edges 12 of 2411, faults 0 of 21`.
    pub fn line(&self) -> String {
        let parts = Subject::ALL.map(|subject| format!("{} {}", subject.as_str(), self.ratio(subject)));
        parts.join(", ")
    }

    /// How much of something is covered.
    pub fn ratio(&self, subject: Subject) -> Ratio {
        Ratio::of(self.parts(subject).map(|(_, covered)| covered))
    }

    /// What is not covered, by name.
    pub fn missing(&self, subject: Subject) -> impl Iterator<Item = String> {
        self.parts(subject).filter(|(_, covered)| !covered).map(|(name, _)| name)
    }

    fn parts(&self, subject: Subject) -> Box<dyn Iterator<Item = (String, bool)> + '_> {
        match subject {
            Subject::Faults => {
                Box::new(self.faults.iter().map(|(name, shown)| ((*name).to_owned(), shown.recovered > 0)))
            }
            _ => Box::new(self.groups.iter().flat_map(move |group| group.parts(subject))),
        }
    }
}

impl Group {
    /// How much of something is covered; faults belong to no group.
    pub fn ratio(&self, subject: Subject) -> Ratio {
        Ratio::of(self.parts(subject).map(|(_, covered)| covered))
    }

    fn parts(&self, subject: Subject) -> impl Iterator<Item = (String, bool)> {
        self.operations.iter().flat_map(move |operation| operation.parts(subject))
    }
}

impl CoveredOperation {
    fn new(operation: &Operation, marks: &OperationMarks, edges: &Edges) -> Self {
        let mut errors: Vec<CoveredError> = Vec::new();
        for code in operation.errors.iter().map(ToString::to_string) {
            let shown = marks.errors.get(&code).copied().unwrap_or_default();
            errors.push(CoveredError { code, documented: true, shown });
        }
        for (code, shown) in &marks.errors {
            if errors.iter().all(|known| known.code != *code) {
                errors.push(CoveredError { code: code.clone(), documented: false, shown: *shown });
            }
        }
        let edges = edges.all.iter().enumerate();
        let edges = edges.map(|(index, edge)| CoveredEdge { edge: edge.clone(), reached: marks.edges.has(index) });
        Self { name: operation.name.clone(), calls: marks.calls, errors, edges: edges.collect() }
    }

    /// How much of something is covered; faults belong to no operation.
    pub fn ratio(&self, subject: Subject) -> Ratio {
        Ratio::of(self.parts(subject).into_iter().map(|(_, covered)| covered))
    }

    fn parts(&self, subject: Subject) -> Vec<(String, bool)> {
        let name = &self.name;
        match subject {
            Subject::Operations => vec![(name.clone(), self.calls.answered > 0)],
            Subject::Errors => {
                let documented = self.errors.iter().filter(|error| error.documented);
                documented.map(|error| (format!("{name} {}", error.code), error.shown.times > 0)).collect()
            }
            Subject::Edges => self.edges.iter().map(|edge| (format!("{name} {}", edge.edge), edge.reached)).collect(),
            Subject::Faults => Vec::new(),
        }
    }
}
