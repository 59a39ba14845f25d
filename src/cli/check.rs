//! `understudy check`: every mistake in spec and scenario files, all at once.

use std::path::{Path, PathBuf};

use super::{
    Failure,
    args::{Check, Format},
    files::{self, Together},
    progress::Progress,
    screen::Screen,
};
use crate::{
    contract::{SpecFiles, lint::lint},
    diagnostic::{Diagnostic, Severity, has_errors, push_printable, to_json},
};

pub(super) fn run(check: &Check, screen: &Screen) -> Result<(), Failure> {
    let progress = Progress::of("checking", screen);
    let (specs, scenarios) = sort_out(&check.paths)?;
    let mut findings = Vec::new();
    let mut contract = None;
    let mut checked = Vec::new();
    let sets = if check.paths.is_empty() { vec![SpecFiles::embedded()] } else { specs };
    for files in &sets {
        findings.extend(lint(files));
        if !has_errors(&findings) {
            let loaded = files.load().map_err(Failure::Files)?;
            checked.push(format!(
                "{} with {}",
                count(loaded.services().len(), "service"),
                count(loaded.operations().len(), "operation")
            ));
            contract = Some(loaded);
        }
    }
    let mut scenarios = files::scenarios(&scenarios)?;
    let seeds = files::take_seeds(&mut scenarios);
    for seed in &seeds {
        findings.extend(files::seed(&seed.source, seed.folder.as_deref()).err().into_iter().flatten());
    }
    if !seeds.is_empty() {
        checked.push(count(seeds.len(), "seed"));
    }
    let mut unasked = Vec::new();
    if !scenarios.is_empty() {
        // With broken specs nothing sensible can be said about scenarios.
        if !has_errors(&findings) {
            let contract = match contract {
                Some(contract) => contract,
                None => SpecFiles::embedded().load().map_err(Failure::Files)?,
            };
            let compiled = files::compile_all(&scenarios, &contract, Together::Named, None);
            findings.extend(compiled.findings);
            checked.push(count(scenarios.len(), "scenario"));
            unasked = compiled.unasked;
        } else {
            checked.push(format!("{} not looked at", count(scenarios.len(), "scenario")));
        }
    }
    let notes: String = unasked.iter().map(|(folder, rules)| one_by_one(folder, *rules)).collect();
    drop(progress);
    report(check.format, &findings, &notes, &checked.join(", "), screen)?;
    // The findings are the result and are printed already.
    if has_errors(&findings) { Err(Failure::Files(Vec::new())) } else { Ok(()) }
}

/// Which paths are specs and which are scenarios.
fn sort_out(paths: &[PathBuf]) -> Result<(Vec<SpecFiles>, Vec<PathBuf>), Failure> {
    let mut specs = Vec::new();
    let mut scenarios = Vec::new();
    for path in paths {
        if !path.is_dir() {
            scenarios.push(path.clone());
        } else if let Some(files) = SpecFiles::find(path).map_err(|mistake| Failure::World(mistake.message))? {
            specs.push(files);
        } else if !files::scenario_paths(path)?.is_empty() {
            scenarios.push(path.clone());
        } else {
            let message = format!(
                "`{}` holds neither specs (SERVICE/service.json) nor scenarios (.yaml, .yml or .json)",
                path.display()
            );
            return Err(Failure::World(message));
        }
    }
    Ok((specs, scenarios))
}

/// What is not said of each rule, because the files of a folder may be meant for a run each.
fn one_by_one(folder: &Path, rules: usize) -> String {
    let mut text = "the files of `".to_owned();
    push_printable(&mut text, &folder.display().to_string());
    let are = if rules == 1 { "is" } else { "are" };
    text.push_str(&format!(
        "` are looked at one by one; played together, {} {are} never asked\n",
        count(rules, "rule")
    ));
    text
}

fn report(format: Format, findings: &[Diagnostic], notes: &str, checked: &str, screen: &Screen) -> Result<(), Failure> {
    if format == Format::Json {
        return screen.print(&format!("{:#}\n", to_json(findings)));
    }
    let mut text = screen.findings(findings);
    if !findings.is_empty() {
        text.push('\n');
    }
    text.push_str(notes);
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let verdict = match (errors, warnings) {
        (0, 0) => "no mistakes".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
    };
    let checked = if checked.is_empty() { String::new() } else { format!("{checked}: ") };
    text.push_str(&format!("{checked}{verdict}\n"));
    screen.print(&text)
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
