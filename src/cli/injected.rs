//! `--error` and `--fault`: a scenario of one rule each, without a file.

use std::fmt::Write as _;

use super::files::ScenarioFile;
use crate::diagnostic::Source;

/// `OPERATION=WHAT`, or `OPERATION=WHAT:TIMES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Injected {
    operation: String,
    /// A code or the name of a fault, or a mapping as a scenario has it.
    what: String,
    /// Every call without it.
    times: Option<u64>,
}

impl Injected {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str =
            "expected OPERATION=WHAT or OPERATION=WHAT:TIMES, such as `CreateShare=13000311:2` or `CreateShare=reset`";
        let (operation, what) = text.split_once('=').ok_or(EXPECTED)?;
        let (what, times) = match what.rsplit_once(':') {
            // The colon of a mapping is its own.
            Some((what, times)) if !times.ends_with('}') => (what, Some(times.parse().map_err(|_| EXPECTED)?)),
            _ => (what, None),
        };
        if operation.is_empty() || what.is_empty() || times == Some(0) {
            return Err(EXPECTED.to_owned());
        }
        Ok(Self { operation: operation.to_owned(), what: what.to_owned(), times })
    }

    /// A rule of a scenario, in a line.
    fn rule(&self, key: &str) -> String {
        let Self { operation, what, times } = self;
        let mapping = what.starts_with('{');
        let what = if mapping { what.clone() } else { quoted(what) };
        let times = times.map(|times| format!(", times: {times} }}], then: pass }}"));
        let end = times.as_deref().unwrap_or(" }] }");
        format!("  - {{ operation: {}, answers: [{{ {key}: {what}{end}\n", quoted(operation))
    }
}

/// A scenario that plays them, before every file. Errors come first.
pub(super) fn scenario(errors: &[Injected], faults: &[Injected]) -> Option<ScenarioFile> {
    if errors.is_empty() && faults.is_empty() {
        return None;
    }
    let mut text = String::from("scenario: injected\nrules:\n");
    let rules = errors.iter().map(|error| error.rule("error")).chain(faults.iter().map(|fault| fault.rule("fault")));
    rules.for_each(|rule| text.push_str(&rule));
    Some(ScenarioFile { source: Source::new("--error and --fault", text), folder: None, of_folder: false })
}

/// A text in double quotes, as YAML and JSON read it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_injected_may_say_how_often() {
        let parsed = |text: &str| Injected::parse(text).map(|one| (one.operation, one.what, one.times));
        let of = |operation: &str, what: &str, times| Ok((operation.to_owned(), what.to_owned(), times));
        assert_eq!(parsed("CreateShare=13000311:2"), of("CreateShare", "13000311", Some(2)));
        assert_eq!(parsed("*=reset"), of("*", "reset", None));
        assert_eq!(parsed("A={ truncate: 50% }"), of("A", "{ truncate: 50% }", None));
        assert_eq!(parsed("A={ truncate: 50% }:3"), of("A", "{ truncate: 50% }", Some(3)));
        for text in ["", "A", "A=", "=reset", "A=:2", "A=reset:", "A=reset:x", "A=reset:0", "A=reset:-1"] {
            assert!(parsed(text).unwrap_err().starts_with("expected OPERATION=WHAT"), "{text}");
        }
    }

    #[test]
    fn names_are_written_so_that_they_stay_one_text() {
        let injected =
            Injected { operation: "a\", answers: [\n\\".to_owned(), what: "reset".to_owned(), times: Some(1) };
        let rule = injected.rule("fault");
        assert_eq!(
            rule,
            "  - { operation: \"a\\\", answers: [\\u000a\\\\\", answers: [{ fault: \"reset\", times: 1 }], then: pass }\n"
        );
    }
}
