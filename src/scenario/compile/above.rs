//! Rules that are asked before others and leave nothing to them, in one file and across files that are played together.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};

use crate::{
    contract::OperationId,
    diagnostic::Source,
    document::{self, Node, ReadLimits},
    scenario::{Operations, Rule, Scenario, Then},
};

/// The rules of the files that are asked before a file, as far as they leave nothing to some of those below them.
#[derive(Debug, Default)]
pub struct Above {
    /// Of the files before.
    before: Catchers,
    /// Of the file that is looked at.
    here: Catchers,
    /// Scenarios that are played already. A file takes the place of the one with its name, else the last place.
    played: Vec<Arc<Scenario>>,
    /// The first seed that a file asks for, and its name.
    seed: Option<(u64, String)>,
    world: World,
    /// Whether what a file loses to those before it is counted, and no mistake.
    counts: bool,
    unasked: usize,
}

/// The world that is played.
#[derive(Debug, Default)]
enum World {
    /// Nothing names one so far.
    #[default]
    None,
    /// The one that is named elsewhere, whatever the files say: its name.
    Given(String),
    /// The first one that a file names, and that file.
    Of { seed: Arc<Source>, file: String },
}

/// Why a file does not get the world that it names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OtherWorld {
    /// Another one is given: its name.
    Given(String),
    /// A file before names another one.
    Of { file: String, seed: String },
}

impl OtherWorld {
    /// Whether the file cannot be played: nobody chose between the two.
    pub(super) fn is_error(&self) -> bool {
        matches!(self, Self::Of { .. })
    }

    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Given(_) => "leave `--world` out to play this one",
            Self::Of { .. } => "a stand-in has one world: play the files by themselves, or choose with `--world=FILE`",
        }
    }
}

impl fmt::Display for OtherWorld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(name) => write!(formatter, "the world `{name}` is played instead: `--world` wins"),
            Self::Of { file, seed } => write!(formatter, "{file} comes before and is played in the world of {seed}"),
        }
    }
}

/// Rules that leave nothing to some of those below them.
#[derive(Debug, Default)]
struct Catchers {
    /// For each operation, the first rule that answers every call.
    every: Vec<Option<Place>>,
    /// By their conditions, the rules that answer every call that fits these.
    fitting: HashMap<Conditions, Vec<(Operations, Place)>>,
}

/// Where a rule stands.
#[derive(Debug, Clone)]
struct Place {
    source: Arc<Source>,
    scenario: Arc<str>,
    number: u32,
}

/// What a rule asks of a call beside its operation, as the file says it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Conditions(Option<String>);

impl Conditions {
    pub(super) fn of(rule: &Node) -> Self {
        let parts = ["match", "when"].map(|key| rule.get(key));
        let text = |node: Option<&Node>| {
            let mut value = node.map(Node::to_json).unwrap_or_default();
            value.sort_all_objects();
            value.to_string()
        };
        Self(parts.iter().any(Option::is_some).then(|| parts.map(text).join("\n")))
    }
}

/// Of rules with the same conditions so many are remembered, each for other operations.
const REMEMBERED: usize = 64;

/// So many bytes of scenarios that are played are read once more for the conditions of their rules, whoever loads another one.
const READ_AGAIN: usize = 1 << 20;

impl Above {
    /// For files that need not be played together: the rules that would never be asked are counted.
    pub fn counting() -> Self {
        Self { counts: true, ..Self::default() }
    }

    /// For a scenario that is loaded beside those that are played already.
    pub fn played(scenarios: Vec<Arc<Scenario>>) -> Self {
        Self { played: scenarios, ..Self::default() }
    }

    /// With a world that is played whatever the files say.
    #[must_use]
    pub fn with_world(self, name: impl Into<String>) -> Self {
        Self { world: World::Given(name.into()), ..self }
    }

    /// How many rules were counted to which the files before their own leave nothing.
    pub fn unasked(&self) -> usize {
        self.unasked
    }

    /// Begins with the next file.
    pub(super) fn next_file(&mut self) {
        let here = std::mem::take(&mut self.here);
        self.before.append(here);
    }

    /// Notes the name of the file: which scenarios are asked before it.
    pub(super) fn name(&mut self, name: &str) {
        let mut room = READ_AGAIN;
        for scenario in std::mem::take(&mut self.played).iter().take_while(|scenario| scenario.name != name) {
            self.add_played(scenario, &mut room);
        }
    }

    fn add_played(&mut self, scenario: &Scenario, room: &mut usize) {
        if let Some(seed) = scenario.seed {
            self.seed.get_or_insert_with(|| (seed, scenario.source.name.clone()));
        }
        let conditional = scenario.rules.iter().any(|rule| !rule.is_for_every_call());
        let size = scenario.source.text.len();
        let mut read = None;
        if conditional && size <= *room {
            *room -= size;
            read = document::read(&scenario.source, ReadLimits::default()).ok();
        }
        let nodes = read.as_ref().and_then(|file| file.get("rules")?.as_sequence()).unwrap_or_default();
        for (index, rule) in scenario.rules.iter().enumerate() {
            match nodes.get(index) {
                Some(node) => self.before.add(rule, Conditions::of(node), &scenario.source),
                // What it asks of a call is not known.
                None if rule.is_for_every_call() => self.before.add(rule, Conditions(None), &scenario.source),
                None => {}
            }
        }
    }

    /// Notes a seed that a file asks for; why it does not get it, if that is so.
    pub(super) fn seed(&mut self, asked: u64, source: &Source) -> Option<String> {
        let (seed, file) = self.seed.get_or_insert_with(|| (asked, source.name.clone()));
        let other = *seed != asked && !self.counts;
        other.then(|| format!("the seed {asked} is not used: {file} comes before and asks for {seed}"))
    }

    /// Notes the world that a file names; why it is not played, if that is so. Two files with the same text are the same seed.
    pub(super) fn world(&mut self, seed: &Arc<Source>, file: &Source) -> Option<OtherWorld> {
        match &self.world {
            World::None => {
                self.world = World::Of { seed: Arc::clone(seed), file: file.name.clone() };
                None
            }
            World::Given(name) => Some(OtherWorld::Given(name.clone())),
            World::Of { seed: known, file } => (known.text != seed.text && !self.counts)
                .then(|| OtherWorld::Of { file: file.clone(), seed: known.name.clone() }),
        }
    }

    /// Why a rule is never asked, if that is so and a mistake.
    pub(super) fn over(&mut self, rule: &Rule, conditions: &Conditions) -> Option<String> {
        let number = rule.number;
        if let Some((above, how)) = self.here.over(rule, conditions) {
            return Some(format!("rule {number} is never asked: rule {} {how}", above.number));
        }
        let (above, how) = self.caught(rule, conditions)?;
        let Place { scenario, number: other, source } = above;
        let file = &source.name;
        let message = format!(
            "rule {number} is never asked: rule {other} of the scenario `{scenario}` ({file}), which is asked before, {how}"
        );
        self.unasked += usize::from(self.counts);
        (!self.counts).then_some(message)
    }

    /// The rule of a file before, and what it does, if it leaves nothing to a rule, perhaps together with rules of this file.
    fn caught(&self, rule: &Rule, conditions: &Conditions) -> Option<(&Place, &'static str)> {
        if let Some(found) = self.before.over(rule, conditions) {
            return Some(found);
        }
        let every = |id: &OperationId| self.before.every(*id).or_else(|| self.here.every(*id));
        let all = rule.operations.iter().all(|id| every(id).is_some());
        let first = || rule.operations.iter().find_map(|id| self.before.every(*id));
        if all { first().map(|place| (place, "leaves it no call")) } else { None }
    }

    /// Notes a rule that is asked before all that follow.
    pub(super) fn add(&mut self, rule: &Rule, conditions: Conditions, source: &Arc<Source>) {
        self.here.add(rule, conditions, source);
    }
}

impl Catchers {
    fn every(&self, id: OperationId) -> Option<&Place> {
        self.every.get(id.index())?.as_ref()
    }

    /// The rule that leaves nothing to another one, and what it does.
    fn over(&self, rule: &Rule, conditions: &Conditions) -> Option<(&Place, &'static str)> {
        let every: Option<Vec<&Place>> = rule.operations.iter().map(|id| self.every(*id)).collect();
        if let Some(above) = every.as_deref().and_then(<[_]>::first) {
            return Some((above, "answers every such call"));
        }
        let same = self.fitting.get(conditions)?;
        let (_, above) = same.iter().find(|(above, _)| rule.operations.iter().all(|id| above.contains_id(*id)))?;
        Some((above, "wants the same and answers every such call"))
    }

    fn add(&mut self, rule: &Rule, conditions: Conditions, source: &Arc<Source>) {
        let ends = !rule.answers.is_empty() && rule.chance.is_none() && rule.then != Then::Pass;
        if !ends {
            return;
        }
        let place = Place { source: Arc::clone(source), scenario: Arc::clone(&rule.scenario), number: rule.number };
        if rule.is_for_every_call() {
            for id in rule.operations.iter() {
                self.catch_every(id.index(), &place);
            }
        // What a rule sets may be what ends its own `when`.
        } else if rule.answers.iter().all(|step| step.set.is_empty()) {
            self.catch_fitting(conditions, rule.operations.clone(), place);
        }
    }

    fn catch_every(&mut self, operation: usize, place: &Place) {
        if self.every.len() <= operation {
            self.every.resize(operation + 1, None);
        }
        self.every[operation].get_or_insert_with(|| place.clone());
    }

    fn catch_fitting(&mut self, conditions: Conditions, operations: Operations, place: Place) {
        let same = self.fitting.entry(conditions).or_default();
        if same.len() < REMEMBERED && same.iter().all(|(known, _)| *known != operations) {
            same.push((operations, place));
        }
    }

    /// Adds those that are asked later.
    fn append(&mut self, later: Self) {
        for (operation, place) in later.every.iter().enumerate() {
            place.iter().for_each(|place| self.catch_every(operation, place));
        }
        for (conditions, all) in later.fitting {
            let mut all = all.into_iter();
            match self.fitting.entry(conditions) {
                Entry::Vacant(entry) => drop(entry.insert(all.collect())),
                Entry::Occupied(mut entry) => {
                    let same = entry.get_mut();
                    let room = REMEMBERED.saturating_sub(same.len());
                    same.extend(all.by_ref().take(room));
                }
            }
        }
    }
}
