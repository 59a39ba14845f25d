//! The mistakes of one file: what every format says in the same words, and where the mistakes are collected.

use std::{ops::Range, sync::Arc};

use super::{Content, Key, Node};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Source, did_you_mean};

/// So many errors, and so many warnings, are kept; the rest is counted. Whoever has mended a thousand asks again.
const KEPT: usize = 1000;

/// Collects the mistakes of one file while its tree is walked. Each is kept with its place, and gets its text at the end.
#[derive(Debug, Default)]
pub struct Checker {
    mistakes: Vec<Mistake>,
    errors: usize,
    warnings: usize,
    discreet: bool,
}

/// A mistake without its source.
#[derive(Debug)]
struct Mistake {
    severity: Severity,
    span: Range<usize>,
    message: String,
    label: String,
    help: Option<String>,
}

impl Checker {
    /// For a file whose keys and values are secrets: no message says what they are.
    pub fn discreet() -> Self {
        Self { discreet: true, ..Self::default() }
    }

    /// The entries of a mapping; `what` is it, such as "a rule".
    pub fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        let entries = node.as_mapping();
        if entries.is_none() {
            let message = format!("expected {what} to be a mapping, found {}", node.kind());
            self.error(&node.span, message, "expected a mapping");
        }
        entries
    }

    /// The items of a list; `expected` says of what, such as "a list of rules".
    pub fn sequence<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Node]> {
        let items = node.as_sequence();
        if items.is_none() {
            self.wrong_kind(node, expected);
        }
        items
    }

    /// A text; `expected` says which, such as "a name".
    pub fn text<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n str> {
        let text = node.as_text();
        if text.is_none() {
            let scalar = matches!(node.content, Content::Number(_) | Content::Boolean(_)) && !self.discreet;
            let help = scalar.then(|| format!("write `\"{node}\"` for the text"));
            self.wrong_kind_with_help(node, expected, help);
        }
        text
    }

    /// A whole number that is not below another one.
    pub fn whole_number(&mut self, node: &Node, least: u64) -> Option<u64> {
        let number = node.as_u64().filter(|number| *number >= least);
        if number.is_none() {
            self.wrong_kind(node, &format!("a whole number from {least}"));
        }
        number
    }

    /// What one of a few words means.
    pub fn one_of<T: Clone>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let list = || -> String {
            let listed: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            match listed.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                _ => listed.concat(),
            }
        };
        let Some(word) = node.as_text() else {
            self.wrong_kind(node, &list());
            return None;
        };
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, meant)| meant.clone());
        if found.is_none() {
            let message = format!("expected {}, found `{word}`", list());
            self.unknown(&node.span, message, "no such word", word, words.iter().map(|(known, _)| *known), None);
        }
        found
    }

    /// Whether all keys of a mapping are known, or are [extensions](Key::is_extension). Each that is not is an error.
    pub fn check_keys(&mut self, entries: &[(Key, Node)], known: &[&str]) -> bool {
        let mut fine = true;
        let unknown = |key: &Key| !known.contains(&key.name.as_str()) && !key.is_extension();
        for (key, _) in entries.iter().filter(|(key, _)| unknown(key)) {
            self.unknown_key(key, known, None);
            fine = false;
        }
        fine
    }

    /// A key that does not belong here. `otherwise` is what to do where no known key is close; the known keys are listed without it.
    pub fn unknown_key(&mut self, key: &Key, known: &[&str], otherwise: Option<&str>) {
        let message = if self.discreet { "unknown key".to_owned() } else { format!("unknown key `{}`", key.name) };
        let listed = || format!("known keys: {}", known.join(", "));
        let otherwise = otherwise.map_or_else(listed, str::to_owned);
        let known = known.iter().copied();
        self.unknown(&key.span, message, "not expected here", &key.name, known, Some(otherwise));
    }

    /// A name that is not known: the help says which one was probably meant, else `otherwise`.
    pub fn unknown<'a>(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
        otherwise: Option<String>,
    ) {
        // To look for a close one takes time, and is in vain for what is not shown.
        let close = if self.has_room(Severity::Error) { did_you_mean(name, candidates) } else { None };
        let help = close.map(|close| format!("did you mean `{close}`?")).or(otherwise);
        self.error_with_help(span, message, label, help);
    }

    /// A key that has to be there.
    pub fn missing<T>(&mut self, node: &Node, key: &str, help: &str) -> Option<T> {
        self.error_with_help(&node.span, format!("the key `{key}` is missing"), "in here", Some(help.to_owned()));
        None
    }

    /// A value of another kind than `expected`.
    pub fn wrong_kind(&mut self, node: &Node, expected: &str) {
        self.wrong_kind_with_help(node, expected, None);
    }

    /// The same, and what to do about it.
    pub fn wrong_kind_with_help(&mut self, node: &Node, expected: &str, help: Option<String>) {
        let found = match node.kind() {
            kind @ ("nothing" | "a list" | "a mapping") => kind.to_owned(),
            kind if self.discreet => kind.to_owned(),
            kind => format!("{kind}: `{node}`"),
        };
        let message = format!("expected {expected}, found {found}");
        self.error_with_help(&node.span, message, format!("expected {expected}"), help);
    }

    /// An error.
    pub fn error(&mut self, span: &Range<usize>, message: impl Into<String>, label: impl Into<String>) {
        self.add(Severity::Error, span, message, label, None);
    }

    /// An error, and what to do about it.
    pub fn error_with_help(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(Severity::Error, span, message, label, help);
    }

    /// A warning.
    pub fn warning(&mut self, span: &Range<usize>, message: impl Into<String>, label: impl Into<String>) {
        self.add(Severity::Warning, span, message, label, None);
    }

    /// A warning, and what to do about it.
    pub fn warning_with_help(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(Severity::Warning, span, message, label, help);
    }

    /// A mistake of any severity.
    pub fn add(
        &mut self,
        severity: Severity,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        let room = self.has_room(severity);
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if room {
            let (span, message, label) = (span.clone(), message.into(), label.into());
            self.mistakes.push(Mistake { severity, span, message, label, help });
        }
    }

    /// Whether one more mistake of a severity would be kept. Where it would not, no time need be spent on its words.
    pub fn has_room(&self, severity: Severity) -> bool {
        match severity {
            Severity::Error => self.errors < KEPT,
            Severity::Warning => self.warnings < KEPT,
        }
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// All mistakes with their places in a source, in the order of the file. Of very many the first are shown, and where there are
    /// errors the warnings are left out first.
    pub fn finish(mut self, source: &Arc<Source>) -> Diagnostics {
        let all = self.errors + self.warnings;
        if all > KEPT && self.errors > 0 {
            self.mistakes.retain(|mistake| mistake.severity == Severity::Error);
        }
        self.mistakes.sort_by_key(|mistake| mistake.span.start);
        let mut shown: Vec<Diagnostic> = self.mistakes.into_iter().map(|mistake| mistake.at(source)).collect();
        let left_out = all - shown.len();
        if left_out > 0 {
            let message = format!("{left_out} more mistakes of this file are not shown");
            shown.push(if self.errors > 0 { Diagnostic::error(message) } else { Diagnostic::warning(message) });
        }
        shown.into()
    }
}

impl Mistake {
    fn at(self, source: &Arc<Source>) -> Diagnostic {
        let diagnostic = match self.severity {
            Severity::Error => Diagnostic::error(self.message),
            Severity::Warning => Diagnostic::warning(self.message),
        };
        Diagnostic { help: self.help, ..diagnostic.at(source, self.span, self.label) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ReadLimits, read};

    fn checked(text: &str, mut checker: Checker, check: impl FnOnce(&mut Checker, &Node)) -> Vec<String> {
        let source = Source::new("a.yaml", text);
        check(&mut checker, &read(&source, ReadLimits::default()).unwrap());
        let words =
            |one: Diagnostic| [Some(one.message), one.help].into_iter().flatten().collect::<Vec<_>>().join("; ");
        checker.finish(&source).into_iter().map(words).collect()
    }

    #[test]
    fn says_what_was_expected_and_what_was_found() {
        let found = checked("[a, 1, {}]", Checker::default(), |checker, node| {
            checker.mapping(node, "a rule");
            let items = node.as_sequence().unwrap();
            checker.sequence(&items[0], "a list of rules");
            checker.text(&items[1], "a name");
            checker.whole_number(&items[2], 1);
            checker.one_of(&items[0], &[("stay", ()), ("cycle", ()), ("pass", ())]);
        });
        assert_eq!(
            found,
            [
                "expected a rule to be a mapping, found a list",
                "expected a list of rules, found a text: `a`",
                "expected `stay`, `cycle` or `pass`, found `a`",
                "expected a name, found a number: `1`; write `\"1\"` for the text",
                "expected a whole number from 1, found a mapping",
            ]
        );
    }

    #[test]
    fn tells_which_key_was_meant_or_which_ones_there_are() {
        let found = checked("{ anwsers: 1, zzz: 2, answers: 3, x-zzz: 4 }", Checker::default(), |checker, node| {
            assert!(!checker.check_keys(node.as_mapping().unwrap(), &["answers", "then"]));
        });
        assert_eq!(
            found,
            ["unknown key `anwsers`; did you mean `answers`?", "unknown key `zzz`; known keys: answers, then"]
        );
    }

    #[test]
    fn a_discreet_one_repeats_neither_keys_nor_values() {
        let found = checked("{ s3cret: 5 }", Checker::discreet(), |checker, node| {
            let entries = node.as_mapping().unwrap();
            checker.check_keys(entries, &["apps"]);
            checker.wrong_kind(&entries[0].1, "a secret");
        });
        assert_eq!(found, ["unknown key; known keys: apps", "expected a secret, found a number"]);
    }

    #[test]
    fn of_very_many_mistakes_the_first_are_shown_and_errors_before_warnings() {
        let warn = |checker: &mut Checker| (0..1499).for_each(|at| checker.warning(&(at..at), "w", ""));
        let found = checked("a", Checker::default(), |checker, _| warn(checker));
        assert_eq!((found.len(), found[1000].as_str()), (1001, "499 more mistakes of this file are not shown"));
        let found = checked("a", Checker::default(), |checker, _| {
            warn(checker);
            checker.error(&(5..5), "e", "");
        });
        assert_eq!(found, ["e", "1499 more mistakes of this file are not shown"]);
    }
}
