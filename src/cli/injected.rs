//! `--error` and `--fault`: a scenario of one rule each, without a file.

use std::fmt::Write as _;

use super::files::ScenarioFile;
use crate::{diagnostic::Source, scenario::FAULT_FORMS};

/// Its value is a list of places, which every answer has others of.
const WITHOUT_DEFAULT: &str = "drift";

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

    /// `what` is written as a scenario has it: a word, or a mapping.
    pub(super) fn new(operation: impl Into<String>, what: impl Into<String>, times: Option<u64>) -> Self {
        Self { operation: operation.into(), what: what.into(), times }
    }

    /// An error as the rule of a scenario, in a line.
    pub(super) fn error_rule(&self) -> String {
        self.rule("error", &self.what)
    }

    /// A fault as the rule of a scenario, in a line. One that needs a value has that of the documents.
    pub(super) fn fault_rule(&self) -> String {
        let known = FAULT_FORMS.iter().find(|(name, _)| *name == self.what && *name != WITHOUT_DEFAULT);
        self.rule("fault", known.map_or(&self.what, |(_, form)| form))
    }

    fn rule(&self, key: &str, what: &str) -> String {
        let Self { operation, times, .. } = self;
        let what = if what.starts_with('{') { what.to_owned() } else { quoted(what) };
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
    let rules = errors.iter().map(Injected::error_rule).chain(faults.iter().map(Injected::fault_rule));
    rules.for_each(|rule| text.push_str(&rule));
    let name = match (errors, faults) {
        (_, []) => "--error",
        ([], _) => "--fault",
        _ => "--error and --fault",
    };
    Some(ScenarioFile { source: Source::new(name, text), folder: None, of_folder: false })
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
        assert_eq!(
            injected.fault_rule(),
            "  - { operation: \"a\\\", answers: [\\u000a\\\\\", answers: [{ fault: \"reset\", times: 1 }], then: pass }\n"
        );
    }

    #[test]
    fn a_fault_that_needs_a_value_has_that_of_the_documents() {
        let rule = |what: &str| Injected::new("A", what, None).fault_rule();
        assert_eq!(rule("truncate"), "  - { operation: \"A\", answers: [{ fault: { truncate: 50% } }] }\n");
        assert_eq!(rule("{ truncate: 10% }"), "  - { operation: \"A\", answers: [{ fault: { truncate: 10% } }] }\n");
        // The compiler says which value they need, or that there is no such fault.
        for word in ["drift", "slow_body"] {
            assert!(rule(word).contains(&format!("fault: \"{word}\"")), "{word}");
        }
    }

    #[test]
    fn mistakes_are_placed_in_the_option_that_has_them() {
        let one = [Injected::new("A", "reset", None)];
        let name =
            |errors: &[Injected], faults: &[Injected]| scenario(errors, faults).map(|file| file.source.name.clone());
        assert_eq!(name(&[], &[]), None);
        assert_eq!(name(&one, &[]).as_deref(), Some("--error"));
        assert_eq!(name(&[], &one).as_deref(), Some("--fault"));
        assert_eq!(name(&one, &one).as_deref(), Some("--error and --fault"));
    }
}
