//! The specs against the fact sheets, row by row: place, name, mandatory, type, limits.
//!
//! The rows of the fact sheets are kept in `tests/data/fact_sheets/SERVICE.tsv`, and the differences that are meant in `SERVICE.json`
//! beside them, each with its reason. Where `../shared/reference` holds the sheets themselves, `UPDATE_FACT_SHEETS=1` writes the rows
//! anew.

mod differences;
mod row;
mod sheets;
mod specs;

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
};

use self::{differences::Meant, row::Row};
use crate::client::contract;

const SERVICES: [&str; 2] = ["gokuai", "koodrive"];

fn kept(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/fact_sheets").join(file)
}

fn rows(service: &str) -> Vec<Row> {
    let text = fs::read_to_string(kept(&format!("{service}.tsv"))).unwrap();
    text.lines().skip(1).map(Row::parse).collect()
}

#[test]
fn the_rows_that_are_kept_are_those_of_the_fact_sheets() {
    let reference = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/reference");
    if !reference.is_dir() {
        writeln!(io::stderr(), "skipped: the fact sheets are not in ../shared/reference").unwrap();
        return;
    }
    for service in SERVICES {
        let mut text = "operation\tplace\tname\tmandatory\ttype\tlimits\n".to_owned();
        for row in sheets::rows(&reference.join(service)) {
            text.push_str(&format!("{row}\n"));
        }
        let file = kept(&format!("{service}.tsv"));
        if env::var_os("UPDATE_FACT_SHEETS").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        let first = text.lines().zip(kept.lines()).find(|(sheet, kept)| sheet != kept);
        assert!(text == kept, "{} is not what the fact sheets say: {first:?}", file.display());
    }
}

#[test]
fn every_row_of_the_specs_is_that_of_its_fact_sheet_or_differs_for_a_reason() {
    let mut wrong = Vec::new();
    for service in SERVICES {
        let [mut sheets, mut specs] = [rows(service), specs::rows(&contract(), service)];
        if service == "gokuai" {
            // Its pages state no types: those of the sheets are read from samples, and know no widths.
            for row in sheets.iter_mut().chain(&mut specs) {
                for word in ["integer without bounds", "number", "long"] {
                    row.kind = row.kind.replace(word, "integer");
                }
            }
        }
        let found = differences::between(&sheets, &specs);
        let list = fs::read_to_string(kept(&format!("{service}.json"))).unwrap();
        let list: Vec<Meant> = serde_json::from_str(&list).unwrap();
        wrong.append(&mut differences::unexplained(&found, &list));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_difference_that_is_not_listed_and_one_that_is_gone_are_both_found() {
    let row = |limits: &str| Row::parse(&format!("CreateShare\tbody\tvalidDays\tyes\tinteger\t{limits}"));
    let found = differences::between(&[row("1..365")], &[row("1..366")]);
    let entry = |spec: &str| {
        let entry = serde_json::json!([{ "place": "body", "name": "validDays", "column": "limits", "sheet": "1..365", "spec": spec,
            "reason": "a leap year", "operations": ["CreateShare"] }]);
        serde_json::from_value::<Vec<Meant>>(entry).unwrap()
    };
    assert_eq!(differences::unexplained(&found, &entry("1..366")), Vec::<String>::new());
    assert_eq!(differences::unexplained(&found, &[]).len(), 1);
    assert_eq!(differences::unexplained(&found, &entry("1..367")).len(), 2);
}
