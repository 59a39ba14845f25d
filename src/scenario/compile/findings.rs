//! What was found when a part of the file was held to the contract. The same part may stand in many rules: it is held to the contract
//! once, and what was found is told of each place.

use std::{collections::HashMap, rc::Rc};

use super::Compiler;
use crate::{
    contract::OperationId,
    diagnostic::Severity,
    document::{Checker, Content, Node},
    scenario::Operations,
};

/// Something that was found. Its place is a JSON pointer into the part of the file.
#[derive(Debug)]
pub(super) struct Finding {
    severity: Severity,
    at: String,
    /// Whether the name of the member is meant, and not its value.
    key: bool,
    message: String,
    label: String,
    help: Option<String>,
    /// Whether a text would be right, which a number or a boolean is in quotes.
    text: bool,
}

impl Finding {
    pub(super) fn error(at: impl Into<String>, message: impl Into<String>, label: impl Into<String>) -> Self {
        let (at, message, label) = (at.into(), message.into(), label.into());
        Self { severity: Severity::Error, at, key: false, message, label, help: None, text: false }
    }

    pub(super) fn warning(at: impl Into<String>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(at, message, label) }
    }

    pub(super) fn at_key(self, key: bool) -> Self {
        Self { key, ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// What breaks the contract where this is `expected`, in the words of a violation.
    pub(super) fn expects(self, expected: &str) -> Self {
        Self { text: expected.contains("string"), ..self }
    }

    /// What to do about it, which may be to quote what stands there.
    fn advice(&self, node: &Node) -> Option<String> {
        let quotable = |node: &&Node| matches!(node.content, Content::Number(_) | Content::Boolean(_));
        let quoted = || node.pointer(&self.at).filter(quotable).map(|node| format!("write `\"{node}\"` for the text"));
        self.help.clone().or_else(|| self.text.then(quoted).flatten())
    }

    fn tell(&self, checker: &mut Checker, node: &Node) {
        if checker.has_room(self.severity) {
            let span = node.locate(&self.at, self.key);
            checker.add(self.severity, &span, self.message.as_str(), self.label.as_str(), self.advice(node));
        } else {
            checker.add(self.severity, &(0..0), "", "", None);
        }
    }
}

/// Of one part so many findings are kept.
const KEPT: usize = 1000;

/// So many checks are made for operations beyond the first of their rules.
const BEYOND: usize = 20_000;

/// The parts that were held to the contract so far.
#[derive(Default)]
pub(super) struct Checks {
    /// By the operations, and the part as the file says it.
    known: HashMap<(Operations, String), Rc<[Finding]>>,
    beyond: usize,
    /// Parts that were held to the first of their operations only, and the first of their places.
    partly: usize,
    first: Option<std::ops::Range<usize>>,
}

impl Checks {
    /// The operations that one more part is held to: all of them while there is time for that, then the first.
    fn held_to<'o>(&mut self, operations: &'o Operations, node: &Node) -> &'o [OperationId] {
        let more = operations.len().saturating_sub(1);
        if self.beyond + more <= BEYOND {
            self.beyond += more;
            return operations;
        }
        self.partly += 1;
        self.first.get_or_insert_with(|| node.span.clone());
        &operations[..1]
    }

    /// Tells that some parts were not held to all of their operations.
    pub(super) fn tell(&self, checker: &mut Checker) {
        if let Some(first) = &self.first {
            let message = format!("{} answers are checked for the first of their operations only", self.partly);
            let help = format!(
                "{BEYOND} checks are made for operations beyond the first of a rule: name fewer operations, or split the file"
            );
            checker.warning_with_help(first, message, "from here on", Some(help));
        }
    }
}

impl Compiler<'_> {
    /// Tells what was found in a part of the file.
    pub(super) fn tell(&mut self, findings: impl IntoIterator<Item = Finding>, node: &Node) {
        findings.into_iter().for_each(|finding| finding.tell(&mut self.checker, node));
    }

    /// Holds a part of the file to the contract of operations, and tells what was found. `part` is what it says, with everything that
    /// has a say in what is found.
    pub(super) fn hold(
        &mut self,
        part: String,
        node: &Node,
        operations: &Operations,
        work: impl FnOnce(&mut Self, &[OperationId]) -> Vec<Finding>,
    ) {
        let key = (operations.clone(), part);
        let known = self.checks.known.get(&key).cloned();
        let findings = known.unwrap_or_else(|| {
            let held_to = self.checks.held_to(operations, node);
            let mut findings = work(self, held_to);
            findings.truncate(KEPT);
            let findings: Rc<[Finding]> = findings.into();
            self.checks.known.insert(key, Rc::clone(&findings));
            findings
        });
        findings.iter().for_each(|finding| finding.tell(&mut self.checker, node));
    }
}
