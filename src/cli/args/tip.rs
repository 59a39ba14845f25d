//! A tip for a word that is not expected where it stands, and whose meaning can be guessed better than by its letters.

use std::{ffi::OsString, path::Path};

use clap::{
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error},
};

/// The option whose value is bound to it by an equals sign.
const BOUND: &str = "--world";

/// What other servers call the option for an address.
const ADDRESSES: [&str; 6] = ["--port", "-p", "--host", "--bind", "--address", "--addr"];

/// The same mistake, with a tip if there is one.
pub(in crate::cli) fn with_tip(mut mistake: Error, typed: &[OsString]) -> Error {
    let word = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg].into_iter().find_map(|kind| mistake.get(kind));
    let Some(ContextValue::String(word)) = word else { return mistake };
    if let Some(tip) = tip(word, typed) {
        // Words that are spelled alike would only distract.
        for alike in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
            mistake.remove(alike);
        }
        mistake.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    mistake
}

fn tip(word: &str, typed: &[OsString]) -> Option<String> {
    if typed.windows(2).any(|pair| pair[0] == BOUND && pair[1] == word) {
        return Some(match word {
            "demo" => format!("'{BOUND}' alone begins with the built-in demo"),
            seed => format!("a seed is named behind an equals sign: '{BOUND}={seed}'"),
        });
    }
    let command = typed.get(1)?;
    let plays =
        command == word || command == "serve" || command == "run" || command.as_encoded_bytes().starts_with(b"-");
    if plays && is_like_a_scenario(word) {
        return Some(format!("a scenario is played by '--scenario {word}'"));
    }
    if ADDRESSES.contains(&word) {
        return Some("'--listen 8080' or '--listen 127.0.0.1:8080' says where to listen".to_owned());
    }
    if command == "run" && !word.starts_with('-') {
        return Some(format!("the command stands behind two dashes: 'understudy run -- {word}'"));
    }
    let option = |command: &clap::Command| command.get_arguments().any(|arg| arg.get_long() == Some(word));
    (command == word).then(super::command)?.get_subcommands().find(|command| option(command)).map(|command| {
        let command = command.get_name();
        format!("'--{word}' is an option: 'understudy {command} --{word}'")
    })
}

fn is_like_a_scenario(word: &str) -> bool {
    let extension = Path::new(word).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["yaml", "yml", "json"].contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    #[test]
    fn a_word_in_the_wrong_place_gets_the_tip_that_fits() {
        for (line, tip) in [
            ("full.yaml", "a scenario is played by '--scenario full.yaml'"),
            ("serve --quiet a/full.yml", "a scenario is played by '--scenario a/full.yml'"),
            ("run full.yaml", "a scenario is played by '--scenario full.yaml'"),
            ("--world demo", "'--world' alone begins with the built-in demo"),
            ("--world many.yaml", "a seed is named behind an equals sign: '--world=many.yaml'"),
            ("serve --world many.yaml", "a seed is named behind an equals sign: '--world=many.yaml'"),
            ("--port 8080", "'--listen 8080' or '--listen 127.0.0.1:8080' says where to listen"),
            ("serve -p 8080", "'--listen 8080' or '--listen 127.0.0.1:8080' says where to listen"),
            ("run pytest -q", "the command stands behind two dashes: 'understudy run -- pytest'"),
            ("sweep", "'--sweep' is an option: 'understudy run --sweep'"),
            ("watch", "'--watch' is an option: 'understudy serve --watch'"),
            // What is spelled alike is clap's to find.
            ("verdct", "a similar subcommand exists: 'verdict'"),
            ("--scenari full.yaml", "a similar argument exists: '--scenario'"),
        ] {
            let typed: Vec<OsString> =
                std::iter::once("understudy").chain(line.split(' ')).map(OsString::from).collect();
            let told = with_tip(args::command().try_get_matches_from(&typed).unwrap_err(), &typed).to_string();
            assert!(told.contains(&format!("\n  tip: {tip}\n")) && told.matches("tip:").count() == 1, "{line}: {told}");
        }
        // Not every command plays scenarios.
        let typed = ["understudy", "operations", "full.yaml"].map(OsString::from);
        let told = with_tip(args::command().try_get_matches_from(&typed).unwrap_err(), &typed).to_string();
        assert!(!told.contains("tip:"), "{told}");
    }
}
