//! From YAML to [`Scenario`]: names are resolved, sense is checked, and every mistake is collected with its place. What comes out is
//! plain data; nothing in here is needed to play it.
//!
//! Time and memory stay in proportion to the file, whatever it says: what the contract says of an operation is read once, the same
//! answer is held to the contract once, and an answer for very many operations is held to some of them.

mod above;
mod answer;
mod body;
mod conditions;
mod contradictions;
mod documented;
mod end_state;
mod error;
mod expect;
mod fault;
mod fault_fit;
mod field;
mod findings;
mod matcher;
mod names;
mod numbers;
mod rules;
mod seed_file;
mod template;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    path::Path,
    sync::Arc,
};

pub use self::{above::Above, fault::FAULT_FORMS};
use self::{body::BodyFiles, documented::Documented, findings::Checks};
use super::{Identity, Operations, Scenario, reply::Room};
use crate::{
    contract::Contract,
    diagnostic::{Checked, Diagnostic, Diagnostics, Source},
    disk::{Disk, Folder},
    document::{self, Checker, Node, ReadLimits},
};

const KEYS: [&str; 7] = ["scenario", "summary", "service", "seed", "world", "rules", "expect"];

/// Compiles a scenario against a contract. `folder` is where `body_file` is looked for on the disk.
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
    let files = Disk::default();
    compile_in(source, folder.map(|path| Folder { path, files: &files }), contract)
}

/// The same, where the files that it names may come from elsewhere, such as an editor, or are shared with other scenarios.
///
/// # Errors
///
/// Those of [`compile`].
pub fn compile_in(
    source: &Arc<Source>,
    folder: Option<Folder<'_>>,
    contract: &Contract,
) -> Result<Checked<Scenario>, Diagnostics> {
    compile_below(source, folder, contract, &mut Above::default())
}

/// The same for one of several files that are played together, in their order: a rule to which the files `above` leave nothing deserves a
/// warning. The rules of this file are added to them.
///
/// # Errors
///
/// Those of [`compile`].
pub fn compile_below(
    source: &Arc<Source>,
    folder: Option<Folder<'_>>,
    contract: &Contract,
    above: &mut Above,
) -> Result<Checked<Scenario>, Diagnostics> {
    compile_while(source, folder, contract, &|| true, above)
}

/// The same as [`compile_below`], as long as it is `wanted`, which is asked for each rule, answer and expectation. What is not wanted any more ends without
/// a scenario, perhaps without a mistake too.
///
/// # Errors
///
/// Those of [`compile`], as far as they were found.
pub fn compile_while(
    source: &Arc<Source>,
    folder: Option<Folder<'_>>,
    contract: &Contract,
    wanted: &dyn Fn() -> bool,
    above: &mut Above,
) -> Result<Checked<Scenario>, Diagnostics> {
    above.next_file();
    let node = document::read(source, ReadLimits::default()).map_err(|mistake| Diagnostics::from(vec![mistake]))?;
    let mut compiler = Compiler {
        contract,
        source,
        folder,
        wanted,
        checker: Checker::default(),
        service: None,
        named: HashMap::new(),
        documented: Documented::new(contract),
        checks: Checks::default(),
        body_files: BodyFiles::default(),
        room: Arc::default(),
        states: States::default(),
        elsewhere: Vec::new(),
        above,
    };
    let scenario = compiler.scenario(&node);
    compiler.states_that_nobody_sets();
    compiler.checks.tell(&mut compiler.checker);
    let broken = compiler.checker.errors() > 0;
    let elsewhere = compiler.elsewhere;
    let findings = compiler.checker.finish(source).into_iter().chain(elsewhere).collect::<Vec<_>>().into();
    match scenario.filter(|_| !broken) {
        Some(value) => Ok(Checked { value, warnings: findings }),
        None => Err(findings),
    }
}

/// Walks the tree of one file.
struct Compiler<'c> {
    contract: &'c Contract,
    source: &'c Arc<Source>,
    folder: Option<Folder<'c>>,
    wanted: &'c dyn Fn() -> bool,
    checker: Checker,
    /// The only service that names are looked up in, if the file names one.
    service: Option<usize>,
    /// Operations by the names that were looked up: many rules name the same few.
    named: HashMap<String, Operations>,
    documented: Documented<'c>,
    checks: Checks,
    body_files: BodyFiles,
    /// What the patches of the scenario may keep when it is played.
    room: Arc<Room>,
    states: States,
    /// The mistakes of files that this one names.
    elsewhere: Vec<Diagnostic>,
    /// The rules that are asked before the one that is looked at.
    above: &'c mut Above,
}

/// Named states.
#[derive(Default)]
struct States {
    /// Those that an answer sets.
    set: HashSet<String>,
    /// Whether an answer sets some whose names depend on the call.
    any: bool,
    /// Those that a rule looks at, and where.
    wanted: Vec<(String, Range<usize>)>,
}

impl Compiler<'_> {
    /// Nothing where what is compiled is not wanted any more.
    fn still_wanted(&self) -> Option<()> {
        (self.wanted)().then_some(())
    }

    fn scenario(&mut self, node: &Node) -> Option<Scenario> {
        let entries = self.checker.mapping(node, "a scenario")?;
        self.checker.check_keys(entries, &KEYS);
        self.service = node.get("service").and_then(|service| self.service_named(service));
        let name = match node.get("scenario") {
            Some(name) => self.name(name),
            None => self.checker.missing(node, "scenario", "a scenario has a name: `scenario: space-is-full`"),
        };
        name.iter().for_each(|name| self.above.name(name));
        let summary = node.get("summary").and_then(|summary| self.checker.text(summary, "a sentence"));
        let seed = node.get("seed").and_then(|node| {
            let seed = self.checker.whole_number(node, 0)?;
            if let Some(message) = self.above.seed(seed, self.source) {
                let help = Some("leave it out, or play the file by itself; `--seed` wins over both".to_owned());
                self.checker.warning_with_help(&node.span, message, "has no effect", help);
            }
            Some(seed)
        });
        let world = node.get("world").map(|world| self.seed_file(world));
        let rules = match node.get("rules") {
            Some(rules) => self.rules(rules, name.as_deref().unwrap_or_default()),
            None => self.checker.missing(node, "rules", "a scenario has a list of `rules`"),
        };
        let expect = node.get("expect").map_or(Some(Vec::new()), |expect| self.expectations(expect));
        let world = world.map_or(Some(None), |world| world.map(Some))?;
        let (summary, source) = (summary.map(str::to_owned), Arc::clone(self.source));
        Some(Scenario {
            identity: Identity::default(),
            name: name?,
            summary,
            seed,
            world,
            rules: rules?,
            expect: expect?,
            source,
        })
    }

    /// The name stands in headers and on the command line, so it is kept simple.
    fn name(&mut self, node: &Node) -> Option<String> {
        let name = self.checker.text(node, "a name")?;
        let simple = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(simple) {
            let label = "letters, digits, `-`, `_` and `.`";
            self.checker.error(&node.span, "the name of a scenario is at most 100 plain characters", label);
            return None;
        }
        Some(name.to_owned())
    }

    /// A rule that waits for a state that no answer of the file sets is probably a slip of the pen.
    fn states_that_nobody_sets(&mut self) {
        /// A file with more states has no slip that this would find.
        const COMPARED: usize = 200;
        for (name, span) in std::mem::take(&mut self.states.wanted) {
            if self.states.any || self.states.set.contains(&name) {
                continue;
            }
            let close = if self.states.set.len() <= COMPARED {
                crate::diagnostic::did_you_mean(&name, self.states.set.iter().map(String::as_str))
            } else {
                None
            };
            let message = format!("no answer of this file sets the state `{name}`");
            let help = close.map(|close| format!("did you mean `{close}`?"));
            self.checker.warning_with_help(&span, message, "only the admin API or another file could", help);
        }
    }
}

#[cfg(test)]
mod tests;
