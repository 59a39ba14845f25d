//! Finding and reading the files that arguments name.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Failure, args::Specs};
use crate::{
    contract::{Contract, SpecFiles, auth::credentials::Credentials},
    diagnostic::{Checked, Diagnostic, Source},
    scenario::{Scenario, compile},
};

/// Bytes of a file that is read; the limits of scenarios and of credentials are below it.
const LARGEST: u64 = 64 << 20;

/// The contract that `--specs` and `--service` ask for.
pub(super) fn contract(specs: &Specs) -> Result<Contract, Failure> {
    let files = match &specs.specs {
        Some(folder) => SpecFiles::folder(folder).map_err(|mistake| Failure::World(with_help(&mistake)))?,
        None => SpecFiles::embedded(),
    };
    let files = files.only(&specs.service).map_err(|mistake| Failure::Usage(with_help(&mistake)))?;
    files.load().map_err(Failure::Files)
}

fn with_help(mistake: &Diagnostic) -> String {
    let mut text = mistake.message.clone();
    for more in mistake.notes.iter().chain(&mistake.help) {
        text.push_str("; ");
        text.push_str(more);
    }
    text
}

/// A scenario file's text and the folder it stands in.
pub(super) struct ScenarioFile {
    pub(super) source: Arc<Source>,
    pub(super) folder: Option<PathBuf>,
}

/// The scenario files that paths name: files, and the `.yaml`, `.yml` and `.json` files of folders by name.
pub(super) fn scenarios(paths: &[PathBuf]) -> Result<Vec<ScenarioFile>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = scenario_paths(path)?;
            if found.is_empty() {
                let message = format!("the folder `{}` holds no scenario (.yaml, .yml or .json)", path.display());
                return Err(Failure::World(message));
            }
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    files.iter().map(|path| read(path)).collect()
}

/// Compiles scenarios for a contract, with everything that is to be said of them.
pub(super) fn compile_all(files: &[ScenarioFile], contract: &Contract) -> (Vec<Scenario>, Vec<Diagnostic>) {
    let mut scenarios: Vec<Scenario> = Vec::new();
    let mut findings = Vec::new();
    for file in files {
        let scenario = match compile(&file.source, file.folder.as_deref(), contract) {
            Ok(Checked { value, warnings }) => {
                findings.extend(warnings);
                value
            }
            Err(mistakes) => {
                findings.extend(mistakes);
                continue;
            }
        };
        if scenarios.iter().any(|known| known.name == scenario.name) {
            let message = format!("`{}` is another scenario with the name `{}`", file.source.name, scenario.name);
            findings.push(Diagnostic::warning(message).help("answers are told apart by the name of their scenario"));
        }
        scenarios.push(scenario);
    }
    (scenarios, findings)
}

/// The credentials of a file; the built-in ones without it.
pub(super) fn credentials(path: Option<&Path>) -> Result<Credentials, Failure> {
    let Some(path) = path else { return Ok(Credentials::built_in()) };
    Credentials::compile(&source(path, "credentials")?).map_err(Failure::Files)
}

fn read(path: &Path) -> Result<ScenarioFile, Failure> {
    let folder = path.parent().map(Path::to_owned);
    Ok(ScenarioFile { source: source(path, "scenario")?, folder })
}

/// A text file; `what` says in a message what it should be.
fn source(path: &Path, what: &str) -> Result<Arc<Source>, Failure> {
    let mut bytes = Vec::new();
    // A device may never come to its end.
    let read = fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::World(format!("cannot read the {what} `{}`: {error}", path.display())))?;
    if bytes.len() as u64 > LARGEST {
        let message =
            format!("the {what} `{}` has more than {LARGEST} bytes; split it into several files", path.display());
        return Err(Failure::World(message));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        Failure::World(format!("the {what} `{}` is no UTF-8 text: byte {byte} is none", path.display()))
    })?;
    Ok(Source::new(path.display().to_string(), text))
}

/// The scenario files of a folder, by name.
pub(super) fn scenario_paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::World(format!("cannot read the folder `{}`: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let scenario =
            path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known));
        if scenario && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
