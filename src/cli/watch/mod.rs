//! `--watch`: files that change are read again while calls are answered. A mistake is shown, and what was played goes on.

mod changes;
mod settling;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::json;

use self::{
    changes::Changes,
    settling::{Settling, Snapshot},
};
use super::{
    Failure,
    args::{Format, StandIn},
    files,
    read::{Played, PlayedScenario, Read},
    screen::Screen,
};
use crate::{
    diagnostic::{Diagnostic, Source, Style, to_json, to_text},
    disk::{self, Stamp},
    mock::{Mock, Renewal},
    scenario::Scenario,
    server::Handover,
};

/// Time between two looks.
const PACE: Duration = Duration::from_millis(500);

/// What there is of the files before they are read for the first time. What changes from then on is read again, also what changes before
/// anybody watches.
pub(super) struct Before(Snapshot);

impl Before {
    pub(super) fn of(arguments: &StandIn) -> Self {
        Self(snapshot(arguments, &[]))
    }
}

/// The thread that looks at the files.
pub(super) struct Watch {
    orders: mpsc::Sender<Order>,
    thread: JoinHandle<()>,
    sources: Arc<Mutex<Vec<Arc<Source>>>>,
}

/// What it is told.
enum Order {
    /// Read now.
    Read,
    End,
}

impl Watch {
    /// Looks from now on.
    pub(super) fn start(
        arguments: &StandIn,
        before: Before,
        played: Played,
        handover: Handover,
        screen: Screen,
        quiet: bool,
    ) -> Self {
        let sources = Arc::new(Mutex::new(played.sources.clone()));
        let watcher = Watcher {
            arguments: arguments.clone(),
            settling: Settling::new(before.0),
            asked: played.asked.clone(),
            played,
            handover,
            screen,
            quiet,
            told: String::new(),
            sources: Arc::clone(&sources),
        };
        let (orders, given) = mpsc::channel();
        let thread = thread::spawn(move || watcher.watch(&given));
        Self { orders, thread, sources }
    }

    /// Has everything read at once.
    pub(super) fn read(&self) {
        let _ = self.orders.send(Order::Read);
    }

    /// Looks no longer; the files of the scenarios that are played in the end.
    pub(super) fn end(self) -> Vec<Arc<Source>> {
        let _ = self.orders.send(Order::End);
        let _ = self.thread.join();
        std::mem::take(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Watcher {
    arguments: StandIn,
    settling: Settling,
    /// What was read last without a mistake.
    played: Played,
    /// The files that others named when they were read last, also with a mistake.
    asked: Vec<PathBuf>,
    handover: Handover,
    screen: Screen,
    quiet: bool,
    /// The mistakes that were shown last.
    told: String,
    sources: Arc<Mutex<Vec<Arc<Source>>>>,
}

impl Watcher {
    fn watch(mut self, orders: &mpsc::Receiver<Order>) {
        loop {
            match orders.recv_timeout(PACE) {
                Ok(Order::Read) => {
                    self.settling.read_at_once(snapshot(&self.arguments, &self.asked));
                    self.told.clear();
                    self.read(true);
                }
                Ok(Order::End) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if self.settling.look(snapshot(&self.arguments, &self.asked)) {
                        self.read(false);
                    }
                }
            }
        }
    }

    /// Reads everything, and plays it from the next call on if there is no mistake. What was asked for is answered in any case.
    fn read(&mut self, asked: bool) {
        let read = Read::of(&self.arguments, Some(&self.played), &mut self.asked);
        let done = read.and_then(|read| self.play(read));
        match done {
            Ok(changes) => {
                self.told.clear();
                if asked || !changes.are_none() {
                    self.tell(&changes);
                }
            }
            Err(failure) => self.complain(failure),
        }
    }

    fn play(&mut self, read: Read) -> Result<Changes, Failure> {
        let Read { contract, scenarios, credentials, world, played } = read;
        let changes = Changes::between(&self.played, &played);
        if changes.are_none() {
            self.played = played;
            return Ok(changes);
        }
        let mock = self.handover.current();
        if world.is_some() && mock.options().world.is_none() {
            let mistake = Diagnostic::error("a scenario names a world, and the stand-in was started without one");
            return Err(Failure::Files(vec![mistake.help("a restart plays it")]));
        }
        let next = changes.need_renewal().then(|| mock.renewed(Renewal { contract, credentials, world })).transpose();
        let next = next
            .map_err(|error| Failure::Files(vec![Diagnostic::error(error.to_string()).help("a restart plays them")]))?;
        put(&mock, scenarios, &self.played.scenarios, &played.scenarios);
        if let Some(next) = next {
            self.handover.to(Arc::new(next));
        }
        let known: Vec<String> = self.played.warnings.iter().map(text).collect();
        let warnings = played.warnings.iter().filter(|warning| !known.contains(&text(warning)));
        let warnings: Vec<Diagnostic> = warnings.cloned().collect();
        if !warnings.is_empty() {
            self.show("warnings", &warnings);
        }
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&played.sources);
        self.played = played;
        Ok(changes)
    }

    fn tell(&self, changes: &Changes) {
        if self.arguments.judging.format == Format::Json {
            let _ = self.screen.print(&format!("{}\n", changes.to_json()));
        } else if !self.quiet {
            self.screen.tell(&format!("{}\n", changes.told()));
        }
    }

    /// Shows mistakes, but for those that were shown just before.
    fn complain(&mut self, failure: Failure) {
        let mistakes = match failure {
            Failure::Files(mistakes) => mistakes,
            Failure::Usage(message) | Failure::World(message) => vec![Diagnostic::error(message)],
            _ => return,
        };
        let text = to_text(&mistakes, Style::Plain);
        if text == self.told {
            return;
        }
        self.told = text;
        self.show("mistakes", &mistakes);
        if self.arguments.judging.format == Format::Text {
            self.screen.tell("what was played goes on\n");
        }
    }

    fn show(&self, event: &str, diagnostics: &[Diagnostic]) {
        if self.arguments.judging.format == Format::Json {
            let event = json!({ "event": event, "diagnostics": to_json(diagnostics) });
            let _ = self.screen.print(&format!("{event}\n"));
        } else {
            self.screen.diagnostics(diagnostics);
        }
    }
}

fn text(diagnostic: &Diagnostic) -> String {
    to_text(std::slice::from_ref(diagnostic), Style::Plain)
}

/// Puts scenarios in the place of those that were read before. One that came by the admin API in the place of a file's stays there until
/// that file changes; so does its absence.
fn put(mock: &Mock, scenarios: Vec<Scenario>, before: &[PlayedScenario], now: &[PlayedScenario]) {
    mock.change_scenarios(|played| {
        let of_file = |scenario: &Scenario| before.iter().any(|known| known.name == scenario.name);
        let mut next = Vec::new();
        for (scenario, read) in scenarios.into_iter().zip(now) {
            let same = before.iter().any(|known| known.identity == read.identity);
            let is_played = played.iter().any(|known| known.identity == read.identity);
            let instead = played.iter().find(|known| known.name == scenario.name);
            match (same && !is_played, instead) {
                (false, _) => next.push(Arc::new(scenario)),
                (true, Some(other)) => next.push(Arc::clone(other)),
                (true, None) => {}
            }
        }
        let others =
            played.iter().filter(|scenario| !of_file(scenario) && next.iter().all(|one| one.name != scenario.name));
        let others: Vec<_> = others.cloned().collect();
        next.extend(others);
        next
    });
}

/// What there is of all files that the options name, directly or not.
fn snapshot(arguments: &StandIn, asked: &[PathBuf]) -> Snapshot {
    let mut paths: Vec<PathBuf> = asked.to_vec();
    for path in &arguments.judging.scenario {
        match files::scenario_paths(path) {
            Ok(found) if path.is_dir() => paths.extend(found),
            _ => paths.push(path.clone()),
        }
    }
    paths.extend(arguments.judging.credentials.clone());
    paths.extend(arguments.world.clone().flatten());
    if let Some(folder) = arguments.judging.specs.specs.as_deref() {
        paths.extend(disk::walk(folder).unwrap_or_default());
        paths.push(folder.to_owned());
    }
    paths.into_iter().map(|path| (path.clone(), Stamp::of(Path::new(&path)))).collect()
}
