//! What an option is set to, and who says so: the command line, else the environment, else a file, else nobody.
//!
//! Whatever the layers below the command line say becomes arguments before those that were typed. So an option means the same
//! wherever it is set, and everything follows from the one list that clap has.

mod file;
mod option;
mod stray;
mod toml;

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Command, FromArgMatches as _, error::ErrorKind, parser::ValueSource};

use self::{
    file::{Found, SettingsFile},
    option::{Given, Setting, variable},
};
use super::{
    Failure,
    args::{self, Arguments},
};
use crate::diagnostic::Diagnostic;

/// Why there are no arguments.
#[derive(Debug)]
pub(super) enum Stop {
    /// As clap has it: help that is asked for, or a command line that is wrong.
    Clap(clap::Error),
    Failure(Failure),
}

impl From<clap::Error> for Stop {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Who says what an option is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    /// `understudy.toml:3`
    File(String),
    /// The name of the variable.
    Environment(String),
    CommandLine,
}

/// An option as it is set.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) key: String,
    /// A flag is `true` or `false`. Nothing where there is none to show.
    pub(super) values: Vec<String>,
    pub(super) secret: bool,
    pub(super) origin: Origin,
}

/// The arguments that were typed, with what the environment and a file add.
pub(super) fn arguments(typed: &[OsString]) -> Result<Arguments, Stop> {
    // To look at every option takes longer than to read the contract, and nearly always the command line is all there is.
    let lower = stray::any_variable() || file::is_there() || typed.iter().any(|word| names_file(word));
    if !lower && let Some(arguments) = args::of_stand_in(typed) {
        return Ok(arguments);
    }
    let mut root = args::command();
    let layered = if lower { &Layers::read(&root, typed, None)?.line } else { typed };
    let matches = root.try_get_matches_from_mut(layered)?;
    Ok(Arguments::from_arg_matches(&matches)?)
}

/// Whether a word of the command line may be `--config`.
fn names_file(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"--config")
}

/// A warning for each variable of the environment that is named like an option and is none.
pub(super) fn stray_variables(typed: &[OsString]) -> Vec<Diagnostic> {
    if !stray::any_variable() {
        return Vec::new();
    }
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let variables: Vec<(String, String)> = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    let typed: Vec<String> = typed.iter().cloned().map(text).collect();
    stray::warnings(&args::command(), &variables, &typed)
}

/// Every option of a command, as a command line would set it here.
///
/// `file` is the one to read where the command line names none.
pub(super) fn all(typed: &[OsString], file: Option<&Path>) -> Result<Vec<Set>, Stop> {
    let mut root = args::command();
    let Layers { line, origins } = Layers::read(&root, typed, file)?;
    let matches = matches(&root, &line)?;
    root.build();
    let (command, matches) = asked(&root, &matches);
    let sets = Setting::all(command).zip(origins).map(|(setting, origin)| {
        let values = matches.get_raw(setting.id()).into_iter().flatten();
        let values: Vec<String> = values.map(|value| value.to_string_lossy().into_owned()).collect();
        let there = matches.value_source(setting.id()).is_some();
        let values = match values.is_empty() && there {
            true => vec!["true".to_owned()],
            false => values,
        };
        Set { key: setting.key.to_owned(), values, secret: setting.is_secret(), origin }
    });
    Ok(sets.collect())
}

/// A command line with what the layers below it add.
struct Layers {
    line: Vec<OsString>,
    /// Who says each option of the command, in its order.
    origins: Vec<Origin>,
}

/// What a layer below the command line says of an option.
struct Choice<'c, 'f> {
    setting: Setting<'c>,
    given: Given,
    origin: Origin,
    found: Option<Found<'f>>,
}

impl Layers {
    fn read(root: &Command, typed: &[OsString], file: Option<&Path>) -> Result<Self, Stop> {
        let matches = matches(root, typed)?;
        let mut root = root.clone();
        root.build();
        let (command, own) = asked(&root, &matches);
        let named = own.get_one("config").cloned().or_else(|| file.map(Path::to_owned));
        let named = named.or_else(|| std::env::var_os(variable("config")).map(PathBuf::from));
        let file = SettingsFile::find(named.as_deref(), &root)?;
        if let Some(file) = &file {
            file.check(&root, command)?;
        }
        // The default command goes by its name in a file.
        let name = matches.subcommand_name().unwrap_or("serve");
        let typed_here = |setting: &Setting<'_>| own.value_source(setting.id()) == Some(ValueSource::CommandLine);
        let mut choices = Vec::new();
        for setting in Setting::all(command).filter(|setting| !typed_here(setting)) {
            choices.extend(below(setting, command, name, file.as_ref())?);
        }
        let typed_settings: Vec<Setting<'_>> = Setting::all(command).filter(typed_here).collect();
        settle(&mut choices, &typed_settings, command, file.as_ref())?;
        let origins = Setting::all(command).map(|setting| {
            let choice = choices.iter().find(|choice| choice.setting.key == setting.key);
            match choice {
                Some(choice) => choice.origin.clone(),
                None if typed_here(&setting) => Origin::CommandLine,
                None => Origin::Default,
            }
        });
        let origins = origins.collect();
        // A command comes first: options before it are refused.
        let before = 1 + usize::from(matches.subcommand_name().is_some());
        let (first, rest) = typed.split_at(before.min(typed.len()));
        let added = choices.iter().flat_map(|choice| choice.setting.arguments(&choice.given));
        let line = first.iter().cloned().chain(added).chain(rest.iter().cloned()).collect();
        Ok(Self { line, origins })
    }
}

/// What the command line says. What it still misses may be said elsewhere.
fn matches(root: &Command, line: &[OsString]) -> Result<ArgMatches, clap::Error> {
    match root.clone().try_get_matches_from(line) {
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            root.clone().ignore_errors(true).try_get_matches_from(line)
        }
        result => result,
    }
}

/// The command that is asked for.
fn asked<'a>(root: &'a Command, matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches) {
    let named = matches.subcommand().and_then(|(name, own)| Some((root.find_subcommand(name)?, own)));
    named.unwrap_or((root, matches))
}

/// What the environment says of an option, or else the file.
fn below<'c, 'f>(
    setting: Setting<'c>,
    command: &Command,
    name: &str,
    file: Option<&'f SettingsFile>,
) -> Result<Option<Choice<'c, 'f>>, Failure> {
    let variable = setting.variable();
    // An empty variable is none, as with NO_COLOR.
    if let Some(text) = std::env::var_os(&variable).filter(|text| !text.is_empty()) {
        let read = setting.read(&text).and_then(|given| setting.judge(&given, command).map(|()| given));
        let given = read.map_err(|wrong| {
            let wrong = if setting.is_secret() { "not a value that it can have".to_owned() } else { wrong };
            Failure::Usage(format!("wrong value of `{variable}` in the environment: {wrong}"))
        })?;
        return Ok(Some(Choice { setting, given, origin: Origin::Environment(variable), found: None }));
    }
    let Some(file) = file else { return Ok(None) };
    let Some(found) = file.find_setting(name, &setting) else { return Ok(None) };
    let origin = Origin::File(file.place(&found));
    Ok(Some(Choice { setting, given: found.given.clone(), origin, found: Some(found) }))
}

/// Drops what a layer above excludes. Within a layer it is a mistake.
fn settle(
    choices: &mut Vec<Choice<'_, '_>>,
    typed: &[Setting<'_>],
    command: &Command,
    file: Option<&SettingsFile>,
) -> Result<(), Failure> {
    let there = |choice: &Choice<'_, '_>| choice.given != Given::Off;
    choices.retain(|one| !there(one) || !typed.iter().any(|above| above.excludes(&one.setting, command)));
    let environment: Vec<Setting<'_>> =
        choices.iter().filter(|one| there(one) && one.found.is_none()).map(|one| one.setting).collect();
    let excluded = |one: &Choice<'_, '_>| environment.iter().any(|above| above.excludes(&one.setting, command));
    choices.retain(|one| !there(one) || one.found.is_none() || !excluded(one));
    for (index, one) in choices.iter().enumerate().filter(|(_, one)| there(one)) {
        for other in choices.iter().skip(index + 1).filter(|other| there(other)) {
            if !one.setting.excludes(&other.setting, command) {
                continue;
            }
            return Err(match (&one.found, &other.found, file) {
                (Some(one), Some(other), Some(file)) => file.exclude(one, other),
                _ => {
                    let (one, other) = (one.setting.variable(), other.setting.variable());
                    Failure::Usage(format!("`{one}` and `{other}` of the environment exclude each other"))
                }
            });
        }
    }
    Ok(())
}
