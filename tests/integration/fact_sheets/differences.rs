//! Where specs and fact sheets differ, and the list that says why each difference is meant.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::row::Row;

/// One thing that the two sources say differently about one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) operation: String,
    pub(super) place: String,
    pub(super) name: String,
    /// `row`, `mandatory`, `type` or `limits`.
    pub(super) column: &'static str,
    pub(super) sheet: String,
    pub(super) spec: String,
}

/// An entry of the list: the same difference in one or several operations. A `…` at the end of `name`, `sheet` or `spec` stands for any
/// rest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    place: String,
    name: String,
    column: String,
    sheet: String,
    spec: String,
    /// Why it is right.
    reason: String,
    /// Its operations; any, if they are not named.
    operations: Option<Vec<String>>,
    /// How many rows it explains, if not one in each operation.
    rows: Option<usize>,
}

impl Meant {
    fn explains(&self, difference: &Difference) -> bool {
        let Difference { operation, place, name, column, sheet, spec } = difference;
        self.operations.as_ref().is_none_or(|names| names.contains(operation))
            && self.place == *place
            && self.column == *column
            && [(&self.name, name), (&self.sheet, sheet), (&self.spec, spec)]
                .iter()
                .all(|(meant, found)| like(meant, found))
    }

    fn expected(&self) -> usize {
        self.rows.unwrap_or_else(|| self.operations.as_ref().map_or(1, Vec::len))
    }
}

fn like(meant: &str, found: &str) -> bool {
    meant.strip_suffix('…').map_or(meant == found, |start| found.starts_with(start))
}

/// Every difference between the rows of two sources.
pub(super) fn between(sheets: &[Row], specs: &[Row]) -> BTreeSet<Difference> {
    let [sheets, specs] =
        [sheets, specs].map(|rows| rows.iter().map(|row| (row.key(), row)).collect::<BTreeMap<_, _>>());
    let keys: BTreeSet<_> = sheets.keys().chain(specs.keys()).collect();
    let mut found = BTreeSet::new();
    for key in keys {
        let mut push = |column, sheet: &str, spec: &str| {
            if sheet != spec {
                let (operation, place, name) = (key.0.to_owned(), key.1.to_owned(), key.2.to_owned());
                let (sheet, spec) = (sheet.to_owned(), spec.to_owned());
                found.insert(Difference { operation, place, name, column, sheet, spec });
            }
        };
        match (sheets.get(key), specs.get(key)) {
            (Some(sheet), Some(spec)) => {
                push("mandatory", &sheet.mandatory, &spec.mandatory);
                push("type", &sheet.kind, &spec.kind);
                push("limits", &sheet.limits, &spec.limits);
            }
            (sheet, spec) => {
                let [sheet, spec] = [sheet, spec].map(|row| row.map(|row| row.kind.clone()).unwrap_or_default());
                push("row", &sheet, &spec);
            }
        }
    }
    found
}

/// What is wrong with the list: differences that no entry has, and entries that no difference bears out.
pub(super) fn unexplained(found: &BTreeSet<Difference>, list: &[Meant]) -> Vec<String> {
    let mut left: BTreeSet<&Difference> = found.iter().collect();
    let mut wrong = Vec::new();
    for meant in list {
        let matching: Vec<&Difference> = left.iter().filter(|difference| meant.explains(difference)).copied().collect();
        if matching.len() != meant.expected() {
            wrong.push(format!("listed for {} rows, found in {}: {meant:?}", meant.expected(), matching.len()));
        }
        if meant.reason.trim().is_empty() {
            wrong.push(format!("listed without a reason: {meant:?}"));
        }
        for difference in matching {
            left.remove(difference);
        }
    }
    wrong.extend(left.iter().map(|difference| format!("not listed: {difference:?}")));
    wrong
}
