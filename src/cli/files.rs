//! Finding and reading the files that arguments name.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::{Failure, args::Specs};
use crate::{
    contract::{Contract, SpecFiles, auth::credentials::Credentials},
    diagnostic::{Checked, Diagnostic, Diagnostics, Source},
    disk::{self, Asked, Disk, Folder, Kind, ReadError},
    scenario::{Above, Scenario, compile_below},
    world::Seed,
};

/// The most bytes of all scenario files of a command.
const MOST_BYTES: usize = 256 << 20;

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
    /// Whether an argument names its folder, and not itself.
    pub(super) of_folder: bool,
}

/// Which scenarios are held to each other: a rule may leave nothing to those of a file behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// All: they are one script.
    All,
    /// Those that are named. The files of a folder are each looked at by themselves.
    Named,
}

/// Takes the seeds out of some files. A folder may hold both.
pub(super) fn take_seeds(files: &mut Vec<ScenarioFile>) -> Vec<ScenarioFile> {
    files.extract_if(.., |file| Seed::is_seed(&file.source)).collect()
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
            files.extend(found.into_iter().map(|path| (path, true)));
        } else {
            files.push((path.clone(), false));
        }
    }
    let mut scenarios = Vec::new();
    let mut left = MOST_BYTES;
    for (path, of_folder) in files {
        let folder = path.parent().map(Path::to_owned);
        let source = source(&path, "scenario")?;
        left = left
            .checked_sub(source.text.len())
            .ok_or_else(|| Failure::World(format!("the scenario files have more than {MOST_BYTES} bytes")))?;
        scenarios.push(ScenarioFile { source, folder, of_folder });
    }
    Ok(scenarios)
}

/// A file that another one names, and its bytes if it could be read.
pub(super) type AskedFor = (PathBuf, Option<Bytes>);

/// What became of scenario files.
pub(super) struct Compiled {
    pub(super) scenarios: Vec<Scenario>,
    /// For each of them, the file that it comes from.
    pub(super) origins: Vec<Origin>,
    /// The files that scenarios ask for, also in vain.
    pub(super) asked: Vec<PathBuf>,
    /// Everything that is to be said of them.
    pub(super) findings: Vec<Diagnostic>,
    /// For each folder whose files were looked at one by one, how many rules would never be asked if they were played together.
    pub(super) unasked: Vec<(PathBuf, usize)>,
}

/// The file that a scenario comes from, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// Its name, as an argument or a folder has it.
    pub(super) file: String,
    /// Of its text and of all files that it asks for.
    digest: [u8; 32],
}

impl Origin {
    fn new(source: &Source, asked: &[AskedFor]) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(source.text.as_bytes());
        for (path, bytes) in asked {
            part(path.as_os_str().as_encoded_bytes());
            part(bytes.as_deref().unwrap_or_default());
        }
        Self { file: source.name.clone(), digest: hash.finalize().into() }
    }
}

/// Compiles scenarios for a contract. `world` is the one that is played whatever they say.
pub(super) fn compile_all(
    files: &[ScenarioFile],
    contract: &Contract,
    together: Together,
    world: Option<&Seed>,
) -> Compiled {
    let mut scenarios: Vec<Scenario> = Vec::new();
    let (mut origins, mut asked) = (Vec::new(), Vec::new());
    let mut findings = Vec::new();
    // A file that several scenarios send is held once.
    let disk = Disk::default();
    let mut above = match world {
        Some(seed) => Above::default().with_world(seed.name()),
        None => Above::default(),
    };
    // For each folder whose files need not be played together.
    let mut apart: Vec<(PathBuf, Above)> = Vec::new();
    for file in files {
        let files = Asked::of(&disk);
        let folder = file.folder.as_deref().map(|path| Folder { path, files: &files });
        let above = match &file.folder {
            Some(folder) if file.of_folder && together == Together::Named => {
                if apart.last().is_none_or(|(last, _)| last != folder) {
                    apart.push((folder.clone(), Above::counting()));
                }
                apart.last_mut().map_or(&mut above, |(_, above)| above)
            }
            _ => &mut above,
        };
        let compiled = compile_below(&file.source, folder, contract, above);
        let files = files.all();
        let origin = Origin::new(&file.source, &files);
        asked.extend(files.into_iter().map(|(path, _)| path));
        let scenario = match compiled {
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
        origins.push(origin);
    }
    let unasked = apart.into_iter().map(|(folder, above)| (folder, above.unasked()));
    Compiled { scenarios, origins, asked, findings, unasked: unasked.filter(|(_, rules)| *rules > 0).collect() }
}

/// The credentials of a file; the built-in ones without it.
pub(super) fn credentials(path: Option<&Path>) -> Result<Credentials, Failure> {
    let Some(path) = path else { return Ok(Credentials::built_in()) };
    Credentials::compile(&source(path, "credentials")?).map_err(Failure::Files)
}

/// The seed of a file; the built-in demo without one.
pub(super) fn world(path: Option<&Path>) -> (Result<Seed, Failure>, Vec<AskedFor>) {
    let failure = |mistakes: Diagnostics| Failure::Files(mistakes.into_iter().collect());
    let Some(path) = path else { return (Seed::demo().map_err(failure), Vec::new()) };
    let source = match source(path, "seed") {
        Ok(source) => source,
        Err(failure) => return (Err(failure), Vec::new()),
    };
    let disk = Disk::default();
    let files = Asked::of(&disk);
    let folder = path.parent().map(|path| Folder { path, files: &files });
    let seed = Seed::compile_in(&source, folder).map_err(failure);
    (seed, files.all())
}

/// A seed, which may name files of its folder.
pub(super) fn seed(source: &Arc<Source>, folder: Option<&Path>) -> Result<Seed, Diagnostics> {
    let disk = Disk::default();
    Seed::compile_in(source, folder.map(|path| Folder { path, files: &disk }))
}

/// A text file; `what` says in a message what it should be.
fn source(path: &Path, what: &str) -> Result<Arc<Source>, Failure> {
    let shown = path.display().to_string();
    let text = disk::read_text(path, disk::LARGEST).map_err(|error| {
        let help = if matches!(error, ReadError::TooLarge { .. }) { "; split it into several files" } else { "" };
        Failure::World(format!("the {what} `{shown}` {error}{help}"))
    })?;
    Ok(Source::new(shown, text))
}

/// The scenario files of a folder, by name. They may still turn out not to be regular files when they are read.
pub(super) fn scenario_paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = disk::list(folder).map_err(|error| Failure::World(error.to_string()))?;
    let named_so = |path: &Path| {
        path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
    };
    let files = entries.into_iter().filter(|entry| entry.kind != Some(Kind::Folder) && named_so(&entry.path));
    Ok(files.map(|entry| entry.path).collect())
}
