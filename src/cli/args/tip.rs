//! A tip for a word that is a file's name, where none is expected: what it may be meant for.

use std::{ffi::OsString, path::Path};

use clap::{
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error},
};

/// The option whose value is bound to it by an equals sign.
const BOUND: &str = "--world";

/// The same mistake, with a tip if there is one.
pub(in crate::cli) fn with_tip(mut mistake: Error, typed: &[OsString]) -> Error {
    let word = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg].into_iter().find_map(|kind| mistake.get(kind));
    let Some(ContextValue::String(word)) = word else { return mistake };
    let of_bound = typed.windows(2).any(|pair| pair[0] == BOUND && pair[1] == word.as_str());
    let tip = if of_bound && word == "demo" {
        format!("'{BOUND}' alone begins with the built-in demo")
    } else if of_bound {
        format!("a seed is named behind an equals sign: '{BOUND}={word}'")
    } else if is_like_a_scenario(word) {
        format!("a scenario is played by '--scenario {word}'")
    } else {
        return mistake;
    };
    let tips = vec![StyledStr::from(tip)];
    mistake.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    mistake
}

fn is_like_a_scenario(word: &str) -> bool {
    let extension = Path::new(word).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["yaml", "yml", "json"].contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    fn told(line: &str) -> String {
        let typed: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        with_tip(args::command().try_get_matches_from(&typed).unwrap_err(), &typed).to_string()
    }

    #[test]
    fn whoever_leaves_out_the_option_or_the_equals_sign_is_told() {
        for (line, tip) in [
            ("understudy full.yaml", "tip: a scenario is played by '--scenario full.yaml'\n"),
            ("understudy serve --quiet a/full.yml", "tip: a scenario is played by '--scenario a/full.yml'\n"),
            ("understudy --world demo", "tip: '--world' alone begins with the built-in demo\n"),
            ("understudy --world many.yaml", "tip: a seed is named behind an equals sign: '--world=many.yaml'\n"),
            ("understudy serve --world many.yaml", "tip: a seed is named behind an equals sign: '--world=many.yaml'\n"),
        ] {
            assert!(told(line).contains(tip), "{line}: {}", told(line));
        }
        for line in ["understudy chek", "understudy --scenari full.yaml", "understudy check --full full.yaml"] {
            assert!(!told(line).contains("--scenario full.yaml") && !told(line).contains("equals"), "{}", told(line));
        }
    }
}
