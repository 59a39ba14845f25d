//! One run of a sweep: a stand-in that injects, the suite, and what became of both.

use std::{
    ffi::OsString,
    fs::{self, File},
    future,
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{
    INJECTED, Plain,
    plan::{Case, NAME},
    suite::{Stop, Suite},
};
use crate::{
    cli::{
        Failure,
        args::{Run, StandIn},
        run,
        screen::Screen,
        stand_in::{self, AddressFile},
    },
    mock::Mock,
    report::{Injection, SweptRun},
    scenario::Scenario,
    session::{Ended, Exchange},
};

/// What all runs of a sweep have in common.
pub(super) struct Trial {
    command: Vec<OsString>,
    listen: SocketAddr,
    stand_in: StandIn,
    /// The stand-in of the plain run, of which each run has another one.
    mock: Arc<Mock>,
    scenarios: Vec<Arc<Scenario>>,
    limit: Duration,
    output: Option<PathBuf>,
    screen: Screen,
}

impl Trial {
    pub(super) fn new(arguments: &Run, plain: &Plain<'_>, limit: Duration, screen: Screen) -> Self {
        Self {
            command: arguments.command.clone(),
            listen: arguments.listen,
            stand_in: arguments.stand_in.clone(),
            mock: Arc::clone(plain.mock),
            scenarios: plain.scenarios.clone(),
            limit,
            output: arguments.sweeping.sweep_output.clone(),
            screen,
        }
    }

    /// `CreateShare fault reset`.
    pub(super) fn name(&self, case: &Case) -> String {
        format!("{} {}", self.mock.contract().operation(case.operation).name, case.injection)
    }

    /// Runs the suite against what a case injects; nothing where it was stopped.
    pub(super) async fn run(&self, case: Case, stop: watch::Receiver<Stop>) -> Result<Option<SweptRun>, Failure> {
        let scenarios = std::iter::once(&case.scenario).chain(&self.scenarios).cloned().collect();
        let mock = Arc::new(self.mock.another(scenarios));
        let address_file = self.stand_in.address_file.as_deref().map(AddressFile::prepare).transpose()?;
        let (server, scheme) = stand_in::bind(&self.stand_in, self.listen, &mock, &self.screen).await?;
        if let Some(file) = address_file {
            file.write(server.address())?;
        }
        let injected = (INJECTED.to_owned(), Some(self.name(&case)));
        let environment = run::environment(&self.stand_in, &server, &scheme).into_iter().chain([injected]);
        let output = self.output.as_deref().map(|folder| self.open(folder, &case)).transpose()?;
        let (path, file) = output.unzip();
        let begun = Instant::now();
        let suite = Suite::start(&self.command, environment, file)?;
        let mut ended = None;
        let over = async { ended = suite.ended(self.limit, stop).await };
        // Nobody is left who could wait for an answer.
        server.run(over, future::ready(())).await;
        let took = begun.elapsed();
        Ok(ended.map(|ended| {
            let (delivered, broken) = seen(&mock, &case.injection);
            let Case { operation, injection, .. } = case;
            SweptRun { operation, injection, ended, delivered, broken, took, output: path }
        }))
    }

    /// A new file for what a run prints, and its name.
    fn open(&self, folder: &Path, case: &Case) -> Result<(String, File), Failure> {
        let contract = self.mock.contract();
        let operation = contract.operation(case.operation);
        let service = &contract.service_of(operation).description.service;
        let words = [service, &operation.name, case.injection.kind(), case.injection.name()];
        let path = folder.join(format!("{}.log", words.map(plain).join("-")));
        // Whatever else had that name is not written to.
        let cleared = match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        let file = cleared.and_then(|()| File::create_new(&path));
        let failure = |error| Failure::World(format!("the file `{}` for what a run prints: {error}", path.display()));
        file.map_err(failure).map(|file| (path.display().to_string(), file))
    }
}

/// A word as part of the name of a file.
fn plain(word: &str) -> String {
    word.chars().map(|one| if one.is_ascii_alphanumeric() || "._".contains(one) { one } else { '_' }).collect()
}

/// How many calls got what was injected, and how many broke the contract.
fn seen(mock: &Mock, injection: &Injection) -> (u64, u64) {
    let (mut delivered, mut broken) = (0, 0);
    for number in mock.journal().numbers() {
        let look = |exchange: &Exchange| (got(exchange, injection), exchange.breaks_contract());
        let (got, breaks) = mock.journal().read(number, look).unwrap_or_default();
        delivered += u64::from(got);
        broken += u64::from(breaks);
    }
    let label = format!("scenario:{NAME}#");
    // Where the journal overflowed, it is known at least that the answer was given.
    let given = || mock.script().unused().all(|step| !step.label.as_bytes().starts_with(label.as_bytes()));
    if delivered == 0 && !mock.journal().evicted().is_empty() && given() {
        delivered = 1;
    }
    (delivered, broken)
}

/// Whether the client got what was injected. A fault is there as soon as it is played; an error has to arrive.
fn got(exchange: &Exchange, injection: &Injection) -> bool {
    exchange.scenario() == NAME
        && match injection {
            Injection::Error(_) => exchange.finished.as_ref().is_some_and(|outcome| outcome.ended == Ended::Delivered),
            Injection::Fault(_) => exchange.details().fault.is_some(),
        }
}
