//! `understudy.toml`: what its keys mean for the options of a command, and every mistake in it.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Command;

use super::{
    option::{Given, Kind, Setting},
    toml,
};
use crate::{
    cli::Failure,
    diagnostic::{Diagnostic, Source},
    disk,
    document::{Checker, Content, Key, Node},
};

/// The file that is read where nobody names one.
pub(super) const NAME: &str = "understudy.toml";

/// Bytes that it may have.
const LARGEST: u64 = 1 << 20;

/// A file of settings. A key is an option of every command that has it; those of a table are for the command that it is named after.
#[derive(Debug)]
pub(super) struct SettingsFile {
    source: Arc<Source>,
    folder: PathBuf,
    root: Node,
}

/// What a file says of an option, and where.
pub(super) struct Found<'f> {
    pub(super) given: Given,
    key: &'f Key,
}

/// Whether the current folder has one.
pub(super) fn is_there() -> bool {
    fs::symlink_metadata(NAME).is_ok()
}

impl SettingsFile {
    /// The file that is named, or the one of the current folder if there is one.
    pub(super) fn find(named: Option<&Path>, root: &Command) -> Result<Option<Self>, Failure> {
        match named {
            Some(path) if path == Path::new("off") => Ok(None),
            Some(path) => Self::read(path, root).map(Some),
            None if is_there() => Self::read(Path::new(NAME), root).map(Some),
            None => Ok(None),
        }
    }

    fn read(path: &Path, root: &Command) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let text = disk::read_text(path, LARGEST)
            .map_err(|error| Failure::World(format!("the settings `{shown}` {error}")))?;
        let source = Source::new(shown, text);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        match toml::read(&source) {
            Ok(root) => Ok(Self { source, folder, root }),
            Err(mistake) => Err(Failure::Files(vec![discreet(mistake, root)])),
        }
    }

    /// Every mistake, whichever command it is for. `running` is the command that is asked for.
    pub(super) fn check(&self, root: &Command, running: &Command) -> Result<(), Failure> {
        let commands: Vec<&Command> = [running, root].into_iter().chain(root.get_subcommands()).collect();
        let mut checker = Checker::default();
        let mut discreet = Vec::new();
        for (key, node) in self.root.as_mapping().unwrap_or_default() {
            match (&node.content, root.find_subcommand(&key.name)) {
                (Content::Mapping(entries), Some(command)) => {
                    for (key, node) in entries {
                        self.check_entry(&mut checker, &mut discreet, key, node, &[command]);
                    }
                }
                _ => self.check_entry(&mut checker, &mut discreet, key, node, &commands),
            }
        }
        let mistakes: Vec<Diagnostic> = checker.finish(&self.source).into_iter().chain(discreet).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(Failure::Files(mistakes)) }
    }

    /// A key and its value, for the first of some commands that has such an option.
    fn check_entry(
        &self,
        checker: &mut Checker,
        discreet: &mut Vec<Diagnostic>,
        key: &Key,
        node: &Node,
        commands: &[&Command],
    ) {
        let found = commands.iter().find_map(|command| Some((*command, Setting::named(command, &key.name)?)));
        let Some((command, setting)) = found else {
            let known: Vec<&str> =
                commands.iter().flat_map(|command| Setting::all(command)).map(|one| one.key).collect();
            let otherwise = "a key is the long name of an option; `understudy config` lists those of a command";
            return checker.unknown_key(key, &known, Some(otherwise));
        };
        let mistakes = self.mistakes(&setting, node, command);
        if setting.is_secret() && !mistakes.is_empty() {
            // Its line would show it.
            let (line, _) = self.source.line_column(key.span.start);
            let message = format!("{}:{line}: the value of `{}` is none that it can have", self.source.name, key.name);
            return discreet.push(Diagnostic::error(message));
        }
        for (node, wrong) in mistakes {
            checker.error(&node.span, format!("wrong value of `{}`: {wrong}", key.name), "this value");
        }
    }

    /// What is wrong with a value, and with each entry of a list.
    fn mistakes<'n>(&self, setting: &Setting<'_>, node: &'n Node, command: &Command) -> Vec<(&'n Node, String)> {
        let parts = match &node.content {
            Content::Sequence(items) if setting.kind() == Some(Kind::List) => items.iter().collect(),
            _ => vec![node],
        };
        let wrong = |part: &'n Node| {
            let judged = self.given(setting, part).and_then(|given| setting.judge(&given, command));
            judged.err().map(|wrong| (part, wrong))
        };
        parts.into_iter().filter_map(wrong).collect()
    }

    /// What it says of an option of a command. It has been checked.
    pub(super) fn find_setting(&self, command: &str, setting: &Setting<'_>) -> Option<Found<'_>> {
        let entry = |node: &'_ Node| -> Option<usize> {
            node.as_mapping()?.iter().position(|(key, _)| key.name == setting.key)
        };
        let own = self.root.get(command).filter(|node| node.as_mapping().is_some());
        let (table, at) = match own.and_then(|table| Some((table, entry(table)?))) {
            Some(found) => found,
            None => (&self.root, entry(&self.root)?),
        };
        let (key, node) = table.as_mapping()?.get(at)?;
        // A table of this name is for the command of this name.
        let given = self.given(setting, node).ok()?;
        Some(Found { given, key })
    }

    fn given(&self, setting: &Setting<'_>, node: &Node) -> Result<Given, String> {
        let value = |node: &Node| match &node.content {
            Content::Text(_) | Content::Number(_) => Ok(setting.beside(node.to_string(), &self.folder)),
            _ => Err(format!("expected a text or a number, found {}", node.kind())),
        };
        match (setting.kind(), &node.content) {
            (Some(Kind::Flag | Kind::Optional), Content::Boolean(true)) => Ok(Given::On),
            (Some(Kind::Flag | Kind::Optional), Content::Boolean(false)) => Ok(Given::Off),
            (Some(Kind::Flag), _) => Err(format!("expected `true` or `false`, found {}", node.kind())),
            (Some(Kind::List), Content::Sequence(items)) => {
                items.iter().map(value).collect::<Result<Vec<OsString>, _>>().map(Given::Values)
            }
            _ => value(node).map(|value| Given::Values(vec![value])),
        }
    }

    /// `understudy.toml:3`.
    pub(super) fn place(&self, found: &Found<'_>) -> String {
        format!("{}:{}", self.source.name, self.source.line_column(found.key.span.start).0)
    }

    /// Two keys of it that cannot both be there.
    pub(super) fn exclude(&self, one: &Found<'_>, other: &Found<'_>) -> Failure {
        let message = format!("`{}` and `{}` exclude each other", one.key.name, other.key.name);
        let label = format!("not together with `{}`", other.key.name);
        Failure::Files(vec![Diagnostic::error(message).at(&self.source, one.key.span.clone(), label)])
    }
}

/// A mistake without its line where that names a secret, whose value would be shown with it.
fn discreet(mistake: Diagnostic, root: &Command) -> Diagnostic {
    let Some(place) = &mistake.place else { return mistake };
    let text = &place.source.text;
    let (line, _) = place.source.line_column(place.span.start);
    let shown = text.lines().nth(line - 1).unwrap_or_default();
    let secret = |command: &Command| Setting::all(command).any(|one| one.is_secret() && shown.contains(one.key));
    if secret(root) || root.get_subcommands().any(secret) {
        return Diagnostic::error(format!("{}:{line}: {}", place.source.name, mistake.message));
    }
    mistake
}
