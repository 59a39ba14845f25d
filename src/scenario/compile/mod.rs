//! From YAML to [`Scenario`]: names are resolved, sense is checked, and every mistake is collected with its place.

mod contradictions;
mod expect;

use std::{collections::HashMap, ops::Range, path::Path, rc::Rc, sync::Arc};

use http::HeaderValue;

use super::{Operations, Rule, Scenario, Step, Then};
use crate::{
    contract::{
        Contract, OperationId,
        operation::{Response, Table},
    },
    diagnostic::{Checked, Diagnostic, Diagnostics, Severity, Source, did_you_mean, has_errors},
    document::{self, Key, Limits, Node},
};

const KEYS: [&str; 6] = ["scenario", "summary", "service", "seed", "rules", "expect"];
const RULE_KEYS: [&str; 7] = ["operation", "match", "when", "chance", "limit", "answers", "then"];

/// Answers of one file, each counted once for every operation of its rule: that many are made and held to the contract.
const ANSWERS_LIMIT: usize = 1_000_000;

/// Mistakes of one file that are shown. Each one is shown with its line, and finding that takes as long as the file is.
const MOST_SHOWN: usize = 1000;

/// Compiles a scenario against a contract. `folder` is where `body_file` is looked for.
///
/// ```
/// use understudy::{contract::SpecFiles, diagnostic::Source, scenario};
///
/// let contract = SpecFiles::embedded().load().unwrap();
/// let source = Source::new("a.yaml", "scenario: a\nrules: [{ operation: CreateShares, answers: [503] }]\n");
/// let mistakes = scenario::compile(&source, None, &contract).unwrap_err();
/// assert_eq!(mistakes[0].help.as_deref(), Some("did you mean `CreateShare`?"));
/// ```
///
/// # Errors
///
/// Everything that is wrong with it, warnings included, in the order of the file. It cannot be played then.
pub fn compile(
    source: &Arc<Source>,
    folder: Option<&Path>,
    contract: &Contract,
) -> Result<Checked<Scenario>, Diagnostics> {
    let node = document::read(source, Limits::default()).map_err(|mistake| Diagnostics::from(vec![mistake]))?;
    let mut compiler = Compiler {
        contract,
        source,
        folder,
        service: None,
        named: HashMap::new(),
        diagnostics: Vec::new(),
        responses: HashMap::new(),
        known_states: Vec::new(),
        wanted_states: Vec::new(),
        tables: HashMap::new(),
        answers: 0,
    };
    let scenario = compiler.scenario(&node);
    compiler.states_that_nobody_sets();
    let mut diagnostics = compiler.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.place.as_ref().map_or(0, |place| place.span.start));
    match scenario.filter(|_| !has_errors(&diagnostics)) {
        Some(value) => Ok(Checked { value, warnings: shown(diagnostics, false).into() }),
        None => Err(shown(diagnostics, true).into()),
    }
}

/// The first mistakes, and how many more there are. Where there are errors, the warnings go first.
fn shown(mut diagnostics: Vec<Diagnostic>, broken: bool) -> Vec<Diagnostic> {
    let all = diagnostics.len();
    if all <= MOST_SHOWN {
        return diagnostics;
    }
    if broken {
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    }
    diagnostics.truncate(MOST_SHOWN);
    let message = format!("{} more mistakes of this file are not shown", all - diagnostics.len());
    diagnostics.push(if broken { Diagnostic::error(message) } else { Diagnostic::warning(message) });
    diagnostics
}

/// Walks the tree of one file.
pub(super) struct Compiler<'c> {
    pub(super) contract: &'c Contract,
    pub(super) source: &'c Arc<Source>,
    pub(super) folder: Option<&'c Path>,
    /// The only service that names are looked up in, if the file names one.
    service: Option<usize>,
    /// Operations by the names that were looked up: many rules name the same few.
    named: HashMap<String, Operations>,
    diagnostics: Vec<Diagnostic>,
    /// Compiled answers by operation: many rules speak of the same few operations.
    responses: HashMap<OperationId, Rc<Vec<Response>>>,
    /// States that an answer sets.
    pub(super) known_states: Vec<String>,
    /// States that a rule looks at, and where.
    pub(super) wanted_states: Vec<(String, Range<usize>)>,
    /// Tables by operation: the same.
    tables: HashMap<OperationId, Option<Rc<Table<'c>>>>,
    /// Answers so far, as [`ANSWERS_LIMIT`] counts them.
    answers: usize,
}

impl<'c> Compiler<'c> {
    fn scenario(&mut self, node: &Node) -> Option<Scenario> {
        let entries = self.mapping(node, "a scenario")?;
        self.check_keys(entries, &KEYS);
        self.service = node.get("service").and_then(|service| self.service_named(service));
        let name = match node.get("scenario") {
            Some(name) => self.name(name),
            None => self.missing(node, "scenario", "a scenario has a name: `scenario: space-is-full`"),
        };
        let summary = node.get("summary").and_then(|summary| self.text(summary, "a sentence"));
        let seed = node.get("seed").and_then(|seed| self.whole_number(seed, 0));
        let rules = match node.get("rules") {
            Some(rules) => self.rules(rules, name.as_deref().unwrap_or_default()),
            None => self.missing(node, "rules", "a scenario has a list of `rules`"),
        };
        let expect = node.get("expect").map_or(Some(Vec::new()), |expect| self.expectations(expect));
        Some(Scenario { name: name?, summary, seed, rules: rules?, expect: expect? })
    }

    /// The name stands in headers and on the command line, so it is kept simple.
    fn name(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node, "a name")?;
        let simple = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(simple) {
            let label = "letters, digits, `-`, `_` and `.`";
            self.error(&node.span, "the name of a scenario is at most 100 plain characters", label);
            return None;
        }
        Some(name)
    }

    fn service_named(&mut self, node: &Node) -> Option<usize> {
        let name = self.text(node, "the name of a service")?;
        let services = self.contract.services();
        let found = services.iter().position(|service| service.description.service == name);
        if found.is_none() {
            let names = services.iter().map(|service| service.description.service.as_str());
            let help = did_you_mean(&name, names).map(|close| format!("did you mean `{close}`?"));
            self.error_with_help(&node.span, format!("there is no service `{name}`"), "no such service", help);
        }
        found
    }

    fn rules(&mut self, node: &Node, scenario: &str) -> Option<Vec<Rule>> {
        let Some(items) = node.as_sequence() else {
            self.wrong_kind(node, "a list of rules");
            return None;
        };
        let mut rules = Vec::new();
        // For each operation, the number of the rule that lets nothing through to the ones after it.
        let mut ends = vec![None; self.contract.operations().len()];
        let scenario: Arc<str> = Arc::from(scenario);
        for (item, number) in items.iter().zip(1..) {
            let Some(rule) = self.rule(item, &scenario, number) else { continue };
            let blockers: Option<Vec<u32>> = rule.operations.iter().map(|operation| ends[operation.index()]).collect();
            if let Some(blocker) = blockers.as_deref().and_then(<[u32]>::first) {
                let message = format!("rule {number} is never asked: rule {blocker} answers every such call");
                self.warning(&item.span, message, "never reached");
            }
            if rule.takes_every_call() {
                for operation in rule.operations.iter() {
                    ends[operation.index()].get_or_insert(number);
                }
            }
            self.twin(number, &rule, item, &rules, items);
            rules.push(rule);
        }
        Some(rules)
    }

    /// Warns of a rule with the conditions of one above it that lets nothing through.
    fn twin(&mut self, number: u32, rule: &Rule, item: &Node, above: &[Rule], items: &[Node]) {
        let conditions = |node: &Node| ["match", "when"].map(|key| node.get(key).map(Node::to_json));
        let mine = conditions(item);
        if mine == [None, None] || above.len() + 1 < number as usize {
            return;
        }
        let twin = above.iter().zip(items).position(|(other, node)| {
            let ends = !other.answers.is_empty() && other.chance.is_none() && other.then != Then::Pass;
            ends && rule.operations.iter().all(|id| other.operations.contains_id(*id)) && conditions(node) == mine
        });
        // What a rule sets may be what ends its own `when`.
        let twin = twin.filter(|twin| above[*twin].answers.iter().all(|step| step.set.is_empty()));
        if let Some(twin) = twin {
            let twin = twin + 1;
            let message =
                format!("rule {number} is never asked: rule {twin} wants the same and answers every such call");
            self.warning(&item.span, message, "never reached");
        }
    }

    fn rule(&mut self, node: &Node, scenario: &Arc<str>, number: u32) -> Option<Rule> {
        let label = format!("scenario:{scenario}#{number}");
        let entries = self.mapping(node, "a rule")?;
        self.check_keys(entries, &RULE_KEYS);
        let operations = match node.get("operation") {
            Some(operation) => self.operations(operation),
            None => self.missing(node, "operation", "a rule names an operation, a list of them, or `\"*\"`"),
        };
        // Without operations the rest is still looked at: all mistakes are shown in one run.
        let resolved = operations.is_some();
        let operations = operations.unwrap_or_else(|| Operations::named(Vec::new()));
        let matcher = node.get("match").map(|wanted| self.matcher(wanted, &operations)).unwrap_or_default();
        let when = node.get("when").map(|when| self.when(when)).unwrap_or_default();
        let chance = node.get("chance").map(|chance| self.chance(chance));
        let limit = node.get("limit").map(|limit| self.limit(limit));
        let then = node.get("then").and_then(|then| self.then(then)).unwrap_or_default();
        let answers = match node.get("answers") {
            Some(answers) => self.answers(answers, &operations, &label),
            // A rule that only limits leaves the answers to the ones below it.
            None if limit.is_some() => Some(Vec::new()),
            None => self.missing(node, "answers", "a rule lists its `answers` in time order"),
        }?;
        let (chance, limit) =
            (chance.map_or(Some(None), |chance| chance.map(Some))?, limit.map_or(Some(None), |limit| limit.map(Some))?);
        let scenario = Arc::clone(scenario);
        resolved.then_some(Rule { scenario, number, operations, matcher, when, chance, limit, answers, then, label })
    }

    fn then(&mut self, node: &Node) -> Option<Then> {
        const WORDS: [(&str, Then); 4] =
            [("stay", Then::Stay), ("cycle", Then::Cycle), ("pass", Then::Pass), ("fail", Then::Fail)];
        let word = self.text(node, "`stay`, `cycle`, `pass` or `fail`")?;
        let found = WORDS.iter().find(|(known, _)| *known == word).map(|(_, then)| *then);
        if found.is_none() {
            let help =
                did_you_mean(&word, WORDS.map(|(known, _)| known)).map(|close| format!("did you mean `{close}`?"));
            self.error_with_help(
                &node.span,
                format!("`then` cannot be `{word}`"),
                "expected `stay`, `cycle`, `pass` or `fail`",
                help,
            );
        }
        found
    }

    pub(super) fn operations(&mut self, node: &Node) -> Option<Operations> {
        let Some(names) = node.as_sequence() else { return self.operation(node) };
        if names.is_empty() {
            self.error(&node.span, "the list of operations is empty", "name at least one");
            return None;
        }
        let mut named = Vec::new();
        let mut all = None;
        for name in names {
            match self.operation(name)? {
                Operations::Named(ids) => named.extend_from_slice(&ids),
                every @ Operations::All { .. } => all = Some(every),
            }
        }
        Some(all.unwrap_or_else(|| Operations::named(named)))
    }

    pub(super) fn operation(&mut self, node: &Node) -> Option<Operations> {
        let name = self.text(node, "the name of an operation")?;
        if let Some(known) = self.named.get(&name) {
            return Some(known.clone());
        }
        let found = self.lookup(&name, node)?;
        self.named.insert(name, found.clone());
        Some(found)
    }

    fn lookup(&mut self, name: &str, node: &Node) -> Option<Operations> {
        let contract = self.contract;
        let service = self.service;
        let ours = |id: &OperationId| service.is_none_or(|service| contract.operation(*id).service == service);
        if name == "*" {
            let ids = contract.operations().iter().map(|operation| operation.id).filter(ours).collect();
            return Some(Operations::All { service, ids });
        }
        let found: Vec<OperationId> = contract.named(name).iter().copied().filter(ours).collect();
        let services = |ids: &mut dyn Iterator<Item = usize>| {
            let names: Vec<_> = ids.map(|id| format!("`{}`", contract.services()[id].description.service)).collect();
            names.join(" and ")
        };
        match found.as_slice() {
            [] => {
                let mut all = (0..contract.services().len()).filter(|id| service.is_none_or(|only| only == *id));
                let message = format!("operation `{name}` is not in the contract of {}", services(&mut all));
                let names = contract.operations().iter().filter(|operation| ours(&operation.id));
                let close = did_you_mean(name, names.map(|operation| operation.name.as_str()));
                let help = close.map_or_else(
                    || "`understudy operations` lists them all".to_owned(),
                    |close| format!("did you mean `{close}`?"),
                );
                self.error_with_help(&node.span, message, "no such operation", Some(help));
                None
            }
            [_] => Some(Operations::named(found)),
            several => {
                let services = services(&mut several.iter().map(|id| contract.operation(*id).service));
                let help = Some("say which one with `service:` at the top of the file".to_owned());
                self.error_with_help(&node.span, format!("operation `{name}` is in {services}"), "ambiguous", help);
                None
            }
        }
    }

    fn answers(&mut self, node: &Node, operations: &[OperationId], label: &str) -> Option<Vec<Step>> {
        let Some(items) = node.as_sequence() else {
            self.wrong_kind(node, "a list of answers");
            return None;
        };
        if items.is_empty() {
            self.error(&node.span, "the list of answers is empty", "write at least one, such as `- example`");
            return None;
        }
        let before = self.answers;
        self.answers = before.saturating_add(items.len().saturating_mul(operations.len()));
        if self.answers > ANSWERS_LIMIT {
            if before <= ANSWERS_LIMIT {
                let message = format!("the file asks for too much: it has more than {ANSWERS_LIMIT} answers");
                let help = "an answer counts once for every operation of its rule: name fewer of them, or use `times`";
                self.error_with_help(&node.span, message, "here at the latest", Some(help.to_owned()));
            }
            return None;
        }
        let steps: Vec<Option<Step>> = items
            .iter()
            .zip(1..)
            .map(|(item, number)| {
                let label = HeaderValue::try_from(format!("{label}/{number}")).ok()?;
                self.step(item, operations, number, label)
            })
            .collect();
        steps.into_iter().collect()
    }

    /// A rule that waits for a state that no answer of the file sets is probably a slip of the pen.
    fn states_that_nobody_sets(&mut self) {
        for (name, span) in std::mem::take(&mut self.wanted_states) {
            if !self.known_states.contains(&name) {
                let close = did_you_mean(&name, self.known_states.iter().map(String::as_str));
                let mut warning = Diagnostic::warning(format!("no answer of this file sets the state `{name}`")).at(
                    self.source,
                    span,
                    "only the admin API or another file could",
                );
                warning.help = close.map(|close| format!("did you mean `{close}`?"));
                self.diagnostics.push(warning);
            }
        }
    }

    /// The documented answers of an operation.
    pub(super) fn responses(&mut self, id: OperationId) -> Rc<Vec<Response>> {
        let contract = self.contract;
        let compile = || {
            let operation = contract.operation(id);
            Rc::new(operation.responses(contract.service_of(operation)).unwrap_or_default())
        };
        Rc::clone(self.responses.entry(id).or_insert_with(compile))
    }

    /// The table of an operation; nothing where its spec is broken.
    pub(super) fn table(&mut self, id: OperationId) -> Option<Rc<Table<'c>>> {
        let contract = self.contract;
        let read = || {
            let operation = contract.operation(id);
            operation.table(contract.service_of(operation)).ok().map(Rc::new)
        };
        self.tables.entry(id).or_insert_with(read).clone()
    }

    // What every level needs: kinds, keys, and where diagnostics go.

    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        let entries = node.as_mapping();
        if entries.is_none() {
            self.error(&node.span, format!("{what} is a mapping"), format!("found {}", node.kind()));
        }
        entries
    }

    pub(super) fn text(&mut self, node: &Node, expected: &str) -> Option<String> {
        let text = node.as_text().map(str::to_owned);
        if text.is_none() {
            self.wrong_kind(node, expected);
        }
        text
    }

    pub(super) fn whole_number(&mut self, node: &Node, least: u64) -> Option<u64> {
        let number = node.as_u64().filter(|number| *number >= least);
        if number.is_none() {
            self.wrong_kind(node, &format!("a whole number from {least}"));
        }
        number
    }

    pub(super) fn check_keys(&mut self, entries: &[(Key, Node)], known: &[&str]) {
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                self.unknown_key(key, known, "");
            }
        }
    }

    pub(super) fn unknown_key(&mut self, key: &Key, known: &[&str], otherwise: &str) {
        let help = match did_you_mean(&key.name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None if otherwise.is_empty() => format!("known keys: {}", known.join(", ")),
            None => otherwise.to_owned(),
        };
        self.error_with_help(&key.span, format!("unknown key `{}`", key.name), "not expected here", Some(help));
    }

    pub(super) fn wrong_kind(&mut self, node: &Node, expected: &str) {
        let found = match node.kind() {
            kind @ ("nothing" | "a list" | "a mapping") => kind.to_owned(),
            kind => format!("{kind}: `{node}`"),
        };
        self.error(&node.span, format!("expected {expected}, found {found}"), format!("expected {expected}"));
    }

    pub(super) fn missing<T>(&mut self, node: &Node, key: &str, help: &str) -> Option<T> {
        self.error_with_help(&node.span, format!("the key `{key}` is missing"), "in here", Some(help.to_owned()));
        None
    }

    pub(super) fn error(&mut self, span: &Range<usize>, message: impl Into<String>, label: impl Into<String>) {
        self.error_with_help(span, message, label, None);
    }

    pub(super) fn error_with_help(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::error(message).at(self.source, span.clone(), label);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn warning(&mut self, span: &Range<usize>, message: impl Into<String>, label: impl Into<String>) {
        self.warning_with_help(span, message, label, None);
    }

    pub(super) fn warning_with_help(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::warning(message).at(self.source, span.clone(), label);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::SpecFiles;

    fn compiled(text: &str) -> Result<Checked<Scenario>, Diagnostics> {
        compile(&Source::new("test.yaml", text), None, &SpecFiles::embedded().load().unwrap())
    }

    #[test]
    fn of_very_many_mistakes_the_first_are_shown_and_errors_before_warnings() {
        let rule = "  - { operation: CreateShare, answers: [503] }\n";
        let warned = compiled(&format!("scenario: a\nrules:\n{}", rule.repeat(1500))).unwrap();
        assert_eq!(warned.warnings.len(), MOST_SHOWN + 1);
        let last = warned.warnings.last().unwrap();
        assert_eq!(last.message, "499 more mistakes of this file are not shown");
        assert_eq!(last.severity, Severity::Warning);

        let broken = compiled(&format!("scenario: a\nrules:\n{}  - {{ operation: no }}\n", rule.repeat(1500)));
        let broken = broken.unwrap_err();
        let errors = broken.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        assert_eq!((errors.count(), broken.len()), (3, 3));
    }

    #[test]
    fn a_file_that_asks_for_too_many_answers_is_refused_in_time() {
        let start = std::time::Instant::now();
        let rule = "  - { operation: \"*\", answers: [{ body: x, status: 599 }], match: { path: {} } }\n";
        let mistakes = compiled(&format!("scenario: a\nrules:\n{}", rule.repeat(10_000))).unwrap_err();
        let messages: Vec<_> = mistakes.iter().map(|diagnostic| &*diagnostic.message).collect();
        assert!(messages[0].contains("it has more than 1000000 answers"), "{messages:?}");
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }
}
