//! `understudy record`: turns recorded traffic into a scenario that plays it.

mod answer;
mod call;
mod rules;
mod yaml;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    path::Path,
};

use serde_json::json;

use self::rules::Recorded;
use super::{Failure, args::Record, files, recording::Recording, screen::Screen};
use crate::{
    contract::{Contract, Judgement, OperationId, Payload, Request, Strictness, auth::AuthMode},
    diagnostic::{Checked, Source, push_printable, shortened},
    disk::{self, Replacement},
    har::Entry,
    mock::split_session,
    scenario::compile,
};

/// The most calls that are made into a scenario.
const MOST_CALLS: u64 = 100_000;

/// So many reasons are told apart; clients choose some of their words.
const MOST_REASONS: usize = 1000;

/// So many calls that cannot be played are told; the rest is counted.
const TOLD: usize = 20;

pub(super) fn run(arguments: &Record, screen: &Screen) -> Result<(), Failure> {
    let contract = files::contract(&arguments.specs)?;
    let to_output = arguments.output.as_os_str() == "-";
    let failure =
        |error: disk::ReplaceError| Failure::World(format!("the scenario `{}` {error}", arguments.output.display()));
    let file = if to_output { None } else { Some(Replacement::prepare(&arguments.output).map_err(failure)?) };
    let mut script = Script::default();
    let recording =
        Recording::read(&arguments.files, &arguments.host, &contract, |entry| script.take(&entry, &contract))?;
    let text = script.write(&name(&arguments.output), &contract);
    let shown = arguments.output.display().to_string();
    if text.len() as u64 > disk::LARGEST {
        let reason =
            "would have more bytes than a scenario may have; record fewer calls, or choose with --host and --service";
        return Err(Failure::World(format!("the scenario `{shown}` {reason}")));
    }
    let warnings = match compile(&Source::new(shown.clone(), text.clone()), None, &contract) {
        Ok(Checked { warnings, .. }) => warnings,
        Err(mistakes) => return Err(Failure::Files(mistakes.into_iter().collect())),
    };
    match file {
        Some(file) => file.commit(&text).map_err(failure)?,
        None => screen.print(&text)?,
    }
    screen.tell(&recording.to_text());
    screen.tell(&script.to_text());
    if !warnings.is_empty() && !to_output {
        let count = if warnings.len() == 1 { "1 warning".to_owned() } else { format!("{} warnings", warnings.len()) };
        screen.tell(&format!(
            "  {count}: the answers differ from the documentation; `understudy check {shown}` says where\n"
        ));
    }
    Ok(())
}

/// The name of the scenario: that of its file.
fn name(output: &Path) -> String {
    let stem = output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let name: String = stem.chars().take(100).map(|one| if allowed(one) { one } else { '-' }).collect();
    if output.as_os_str() == "-" || name.is_empty() { "recorded".to_owned() } else { name }
}

/// A name, in quotes where YAML would read something else.
fn word(name: &str) -> String {
    let plain = name.len() > 5 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if plain { name.to_owned() } else { json!(name).to_string() }
}

/// The scenario in the making.
#[derive(Default)]
struct Script {
    /// In the order of their first calls.
    operations: Vec<(OperationId, Vec<Recorded>)>,
    places: HashMap<OperationId, usize>,
    /// Each answer once, as YAML.
    answers: Vec<String>,
    known: HashMap<String, usize>,
    calls: u64,
    /// Why calls cannot be played, and how many.
    left_out: BTreeMap<String, u64>,
}

impl Script {
    fn take(&mut self, entry: &Entry, contract: &Contract) {
        if let Err(reason) = self.record(entry, contract) {
            let is_new = !self.left_out.contains_key(&reason);
            let reason =
                if is_new && self.left_out.len() >= MOST_REASONS { "other reasons".to_owned() } else { reason };
            *self.left_out.entry(reason).or_default() += 1;
        }
    }

    fn record(&mut self, entry: &Entry, contract: &Contract) -> Result<(), String> {
        if self.calls >= MOST_CALLS {
            return Err(format!("there are more than {MOST_CALLS} calls"));
        }
        let (path, query) =
            entry.target.split_once('?').map_or((&*entry.target, None), |(path, query)| (path, Some(query)));
        let (base, path) = split_session(path);
        let request = Request {
            version: entry.version,
            base,
            query,
            authority: Some(&entry.host),
            ..Request::new(&entry.method, path, &entry.headers, Payload::Whole(&entry.body))
        };
        let strictness = Strictness { auth: AuthMode::Off, ..Strictness::default() };
        let judgement = contract.validate(&request, strictness).map_err(ToString::to_string)?;
        let accepted = match judgement {
            Judgement::Accepted(accepted) => accepted,
            broken => {
                let operation = broken.operation().map(|id| contract.operation(id).name.clone());
                let first = broken.into_findings().violations.into_iter().next();
                let first = first.map(|violation| format!(": {}", shortened(&violation.to_string(), 200)));
                let (operation, first) = (operation.unwrap_or_default(), first.unwrap_or_default());
                return Err(format!("{operation} breaks the contract{first}").trim_start().to_owned());
            }
        };
        let operation = contract.operation(accepted.operation);
        if contract.named(&operation.name).len() > 1 {
            return Err(format!(
                "{}: several services have an operation of that name; choose with --service",
                operation.name
            ));
        }
        let answer = answer::written(entry.answer.as_ref(), operation, contract)
            .map_err(|reason| format!("{}: {reason}", operation.name))?;
        let next = self.answers.len();
        let answer = *self.known.entry(answer).or_insert_with_key(|answer| {
            self.answers.push(answer.clone());
            next
        });
        let values = call::values(&accepted.call, operation, contract.redaction());
        let next = self.operations.len();
        let place = *self.places.entry(operation.id).or_insert_with(|| {
            self.operations.push((operation.id, Vec::new()));
            next
        });
        if let Some((_, calls)) = self.operations.get_mut(place) {
            calls.push(Recorded { values, answer });
        }
        self.calls += 1;
        Ok(())
    }

    fn write(&self, name: &str, contract: &Contract) -> String {
        let calls = if self.calls == 1 { "call" } else { "calls" };
        let mut text = format!("scenario: {}\nsummary: {} recorded {calls}.\n", json!(name), self.calls);
        text.push_str(if self.operations.is_empty() { "rules: []\n" } else { "rules:\n" });
        for (id, calls) in &self.operations {
            for rule in rules::rules(calls) {
                let _ = writeln!(text, "  - operation: {}", word(&contract.operation(*id).name));
                if let Some(wanted) = &rule.wanted {
                    let _ = writeln!(text, "    match: {}", yaml::plain(wanted));
                }
                text.push_str("    answers:\n");
                for (answer, times) in rule.answers {
                    let keys = self.answers.get(answer).map(String::as_str).unwrap_or_default();
                    let _ = match (keys, times) {
                        ("example: {}", 1) => writeln!(text, "      - example"),
                        (keys, 1) => writeln!(text, "      - {{ {keys} }}"),
                        (keys, times) => writeln!(text, "      - {{ {keys}, times: {times} }}"),
                    };
                }
            }
        }
        text
    }

    /// What was made of the calls, for people.
    fn to_text(&self) -> String {
        let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let operations = count(self.operations.len(), "operation");
        let mut text =
            format!("scenario: {} of {operations}\n", count(usize::try_from(self.calls).unwrap_or(usize::MAX), "call"));
        for (reason, count) in self.left_out.iter().take(TOLD) {
            let _ = write!(text, "  left out  {count}: ");
            push_printable(&mut text, reason);
            text.push('\n');
        }
        let more = self.left_out.len().saturating_sub(TOLD);
        if more > 0 {
            let _ = writeln!(text, "  left out  and for {more} more reasons");
        }
        text
    }
}
