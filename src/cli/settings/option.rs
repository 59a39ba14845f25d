//! An option as the layers below the command line see it. Everything follows from clap's own list: an option that is added to a
//! command can be set in the environment and in a file, too.

use std::{
    any::TypeId,
    error::Error as _,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{
    Arg, ArgAction, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// What stands between the entries of a list in the environment.
pub(super) const SEPARATOR: char = ';';

/// Placeholders that stand for a file or a folder in the name of a value, such as `FORM=FILE` or `FILE|DIR`.
const PATHS: [&str; 3] = ["FILE", "DIR", "PATH"];

/// An option of a command that has a long name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'c> {
    arg: &'c Arg,
    /// Its name on the command line without the dashes, and its key in a file.
    pub(super) key: &'c str,
}

/// How many values an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// None: it is there or not.
    Flag,
    /// None or one.
    Optional,
    One,
    List,
}

/// What a layer says of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// It is not there, whatever a layer below says.
    Off,
    /// It is there, without a value.
    On,
    Values(Vec<OsString>),
}

impl<'c> Setting<'c> {
    /// The options of a command in the order of its help. Where the file is, no file says.
    pub(super) fn all(command: &'c Command) -> impl Iterator<Item = Self> {
        command.get_arguments().filter_map(|arg| {
            let setting = Self { arg, key: arg.get_long()? };
            (setting.kind().is_some() && setting.key != "config").then_some(setting)
        })
    }

    /// The option of a command with a key.
    pub(super) fn named(command: &'c Command, key: &str) -> Option<Self> {
        Self::all(command).find(|setting| setting.key == key)
    }

    pub(super) fn id(&self) -> &'c str {
        self.arg.get_id().as_str()
    }

    /// Its name in the environment.
    pub(super) fn variable(&self) -> String {
        variable(self.key)
    }

    /// Whether its value is shown to nobody.
    pub(super) fn is_secret(&self) -> bool {
        self.arg.is_hide_env_values_set()
    }

    /// Nothing for what is no setting, such as `--help`.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self.arg.get_action() {
            ArgAction::SetTrue => Some(Kind::Flag),
            ArgAction::Append => Some(Kind::List),
            ArgAction::Set if self.arg.get_num_args().is_some_and(|range| range.min_values() == 0) => {
                Some(Kind::Optional)
            }
            ArgAction::Set => Some(Kind::One),
            _ => None,
        }
    }

    /// Whether one of the two cannot be given with the other.
    pub(super) fn excludes(&self, other: &Self, command: &Command) -> bool {
        let names = |one: &Self, other: &Self| {
            command.get_arg_conflicts_with(one.arg).iter().any(|arg| arg.get_id() == other.arg.get_id())
        };
        self.id() != other.id() && (names(self, other) || names(other, self))
    }

    /// A value of a file that stands in `folder`: paths in it are relative to that.
    pub(super) fn beside(&self, value: String, folder: &Path) -> OsString {
        let Some(place) = self.path_of(&value) else { return value.into() };
        let (before, path) = value.split_at(place);
        let mut text = OsString::from(before);
        text.push(folder.join(path));
        text
    }

    /// Where a path begins in a value. A word that the placeholder lists itself, such as `off` in `off|FILE`, is none, nor is `-`.
    fn path_of(&self, value: &str) -> Option<usize> {
        let placeholder = self.arg.get_value_names()?.last()?.as_str();
        let (placeholder, start) = match placeholder.rsplit_once('=') {
            Some((_, last)) => (last, value.find('=')? + 1),
            None => (placeholder, 0),
        };
        let alternatives = || placeholder.split('|');
        let path = &value[start..];
        let named = alternatives().any(|one| PATHS.contains(&one)) || self.is_path();
        (named && !path.is_empty() && path != "-" && alternatives().all(|word| word != path)).then_some(start)
    }

    fn is_path(&self) -> bool {
        self.arg.get_value_parser().type_id() == TypeId::of::<PathBuf>()
    }

    /// What a layer says, as arguments.
    pub(super) fn arguments(&self, given: &Given) -> Vec<OsString> {
        let option = format!("--{}", self.key);
        match given {
            Given::Off => Vec::new(),
            Given::On => vec![option.into()],
            Given::Values(values) => values
                .iter()
                .map(|value| {
                    let mut argument = OsString::from(format!("{option}="));
                    argument.push(value);
                    argument
                })
                .collect(),
        }
    }

    /// What is wrong with what a layer says, in the words that the command line has for it.
    pub(super) fn judge(&self, given: &Given, command: &Command) -> Result<(), String> {
        let alone = command.clone().no_binary_name(true).try_get_matches_from(self.arguments(given));
        match alone {
            Err(error) => wrong(&error).map_or(Ok(()), Err),
            Ok(_) => Ok(()),
        }
    }

    /// A text of the environment.
    pub(super) fn read(&self, text: &OsStr) -> Result<Given, String> {
        let word = text.to_str().map(str::to_ascii_lowercase);
        let truth = match word.as_deref() {
            Some("true" | "1" | "yes" | "on") => Some(Given::On),
            Some("false" | "0" | "no" | "off") => Some(Given::Off),
            _ => None,
        };
        match self.kind() {
            Some(Kind::Flag) => truth.ok_or_else(|| "expected `true` or `false`".to_owned()),
            Some(Kind::Optional) => match word.as_deref() {
                Some("true") => Ok(Given::On),
                Some("false") => Ok(Given::Off),
                _ => Ok(Given::Values(vec![text.to_owned()])),
            },
            Some(Kind::List) => {
                let text = text.to_str().ok_or("expected a text in UTF-8")?;
                let entries = text.split(SEPARATOR).map(str::trim).filter(|entry| !entry.is_empty());
                Ok(Given::Values(entries.map(OsString::from).collect()))
            }
            Some(Kind::One) | None => Ok(Given::Values(vec![text.to_owned()])),
        }
    }
}

/// The name in the environment of what has a key.
pub(super) fn variable(key: &str) -> String {
    format!("UNDERSTUDY_{}", key.to_ascii_uppercase().replace('-', "_"))
}

/// What an error of clap says of a value; nothing if it is about something else, such as an argument that is still to come.
fn wrong(error: &clap::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::ValueValidation => error.source().map(ToString::to_string),
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(words)) if !words.is_empty() => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                let (last, rest) = words.split_last()?;
                let rest = if rest.is_empty() { String::new() } else { format!("{} or ", rest.join(", ")) };
                Some(format!("expected {rest}{last}"))
            }
            _ => Some("expected a value".to_owned()),
        },
        ErrorKind::InvalidUtf8 => Some("expected a text in UTF-8".to_owned()),
        ErrorKind::NoEquals | ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            Some("expected one value".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    /// Every option of every command.
    fn each(mut see: impl FnMut(&Setting<'_>)) {
        let mut root = args::command();
        root.build();
        for command in std::iter::once(&root).chain(root.get_subcommands()) {
            Setting::all(command).for_each(|setting| see(&setting));
        }
    }

    #[test]
    fn every_option_has_a_name_of_its_own_in_the_environment_and_can_be_given_before_other_words() {
        let mut count = 0;
        each(|setting| {
            count += 1;
            assert!(setting.variable().chars().all(|one| one.is_ascii_uppercase() || one == '_'), "{}", setting.key);
            // `--world` before a word must not take it for its value.
            assert!(setting.kind() != Some(Kind::Optional) || setting.arg.is_require_equals_set(), "{}", setting.key);
        });
        assert!(count > 60, "{count}");
    }

    #[test]
    fn whatever_is_a_path_is_relative_to_its_file() {
        let mut seen = Vec::new();
        each(|setting| {
            let names = setting.arg.get_value_names().unwrap_or_default();
            // `PROFILE` is none.
            let last = names.last().and_then(|name| name.rsplit(['=', '|']).next());
            if last.is_some_and(|name| PATHS.contains(&name)) || setting.is_path() {
                let value = if names.last().is_some_and(|name| name.contains('=')) { "a=b" } else { "b" };
                let moved = setting.beside(value.to_owned(), Path::new("sub"));
                assert!(
                    setting.key == "data" || moved.to_str().unwrap().ends_with("sub/b"),
                    "{}: {moved:?}",
                    setting.key
                );
                seen.push(setting.key.to_owned());
            } else {
                assert_eq!(setting.beside("b".to_owned(), Path::new("sub")), "b", "{}", setting.key);
            }
        });
        for key in ["scenario", "specs", "world", "report", "credentials", "address-file"] {
            assert!(seen.iter().any(|one| one == key), "{key}");
        }
        let root = args::command();
        let moved =
            |key: &str, value: &str| Setting::named(&root, key).unwrap().beside(value.to_owned(), Path::new("sub"));
        assert_eq!(moved("report", "har=-"), "har=-");
        assert_eq!(moved("report", "har=a=b"), "har=sub/a=b");
        assert_eq!(moved("specs", "/specs"), "/specs");
    }
}
