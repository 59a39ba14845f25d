//! `run --sweep`: the suite once more for each error and each fault of the operations that it called, and what it does each time.
//!
//! Each run has a stand-in of its own, on a port of its own, and a process group of its own. So runs do not see each other, whatever
//! sessions the suite names, and nothing of a run is left when the next one begins.

mod plan;
mod progress;
mod subject;
mod suite;
mod trial;

use std::{fs, path::Path, sync::Arc, time::Duration};

use rustix::process::Signal;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

pub(super) use self::subject::Subject;
use self::{
    plan::{Called, Plan, Wanted},
    progress::Progress,
    suite::Stop,
    trial::Trial,
};
use super::{
    Failure,
    args::{Format, Run},
    screen::Screen,
    signals::Signals,
};
use crate::{contract::Contract, control::Control, mock::Mock, report::Sweep, scenario::Scenario};

/// The variable that tells a suite what is injected. The plain run has none.
pub(super) const INJECTED: &str = "UNDERSTUDY_INJECTED";

/// A run may take so many times as long as the plain one, and this long in any case: many clients wait for some seconds.
const TIMES_PLAIN: u32 = 10;
const LEAST_LIMIT: Duration = Duration::from_secs(30);

/// Between two looks at the clock of whoever waits at a terminal.
const TICK: Duration = Duration::from_secs(1);

/// What came of a sweep.
#[derive(Default)]
pub(super) struct Swept {
    /// Nothing where it was not begun.
    pub(super) sweep: Option<Sweep>,
    /// The signal that ended it.
    pub(super) signal: Option<Signal>,
    /// What ended it that is nobody's finding, such as a port that is taken.
    pub(super) trouble: Option<Failure>,
}

/// Says, before anything is run, what the options ask for in vain. Makes the folder for what the runs print.
pub(super) fn check(arguments: &Run, contract: &Contract) -> Result<(), Failure> {
    let (sweeping, stand_in) = (&arguments.sweeping, &arguments.stand_in);
    if sweeping.sweep.is_empty() {
        return match sweeping.operation.first() {
            Some(_) => Err(Failure::Usage("`--operation` narrows a sweep: say what to inject with --sweep".to_owned())),
            None => Ok(()),
        };
    }
    wanted(arguments, contract).check()?;
    if sweeping.sweep_jobs > 1 {
        let fixed = [Some(arguments.listen), stand_in.admin, stand_in.objects];
        let faulty = stand_in.tls.tls_fault.iter().map(|fault| fault.address);
        if let Some(address) = fixed.into_iter().flatten().chain(faulty).find(|address| address.port() != 0) {
            let reason = format!("{address} cannot be listened on by several runs at a time");
            return Err(Failure::Usage(format!("{reason}: use port 0, or leave out --sweep-jobs")));
        }
        if stand_in.address_file.is_some() {
            let reason = "--address-file cannot hold the addresses of several runs at a time";
            return Err(Failure::Usage(format!("{reason}: leave it out, or leave out --sweep-jobs")));
        }
    }
    sweeping.sweep_output.as_deref().map_or(Ok(()), make_folder)
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path)
        .map_err(|error| Failure::World(format!("the folder `{}` for what runs print: {error}", path.display())))
}

fn wanted<'a>(arguments: &'a Run, contract: &'a Contract) -> Wanted<'a> {
    let sweeping = &arguments.sweeping;
    Wanted {
        contract,
        subjects: &sweeping.sweep,
        operations: &sweeping.operation,
        times: sweeping.sweep_times,
        limit: sweeping.sweep_limit.map(|limit| limit as usize),
    }
}

/// What a plain run leaves to a sweep.
pub(super) struct Plain<'a> {
    pub(super) mock: &'a Arc<Mock>,
    /// What was played when it began.
    pub(super) scenarios: Vec<Arc<Scenario>>,
    pub(super) took: Duration,
    /// Whether the suite did. The verdict has to pass, too.
    pub(super) passed: bool,
}

/// Sweeps, if the plain run passed. A signal ends it: what was found by then stays.
pub(super) async fn run(arguments: &Run, plain: Plain<'_>, signals: &Signals, screen: &Screen) -> Swept {
    if !(plain.passed && Control::new(plain.mock).verdict(None).passed()) {
        if arguments.stand_in.judging.format == Format::Text {
            screen.tell("sweep: not begun, because the plain run has to pass first\n");
        }
        return Swept::default();
    }
    let contract = plain.mock.contract();
    let called: Called = plan::called(plain.mock);
    let Plan { cases, left_out, not_run, not_called } = wanted(arguments, contract).plan(&called);
    let sweeping = &arguments.sweeping;
    let limit = sweeping.sweep_timeout.unwrap_or_else(|| LEAST_LIMIT.max(plain.took * TIMES_PLAIN));
    let jobs = sweeping.sweep_jobs as usize;
    let trial = Arc::new(Trial::new(arguments, &plain, limit, screen.silent()));
    let mut progress = Progress::new(arguments, cases.len(), plain.took, screen);
    let (stop, stopped) = watch::channel(Stop::No);
    let (mut queue, mut under_way) = (cases.into_iter().enumerate(), JoinSet::new());
    let (mut runs, mut signal, mut trouble) = (Vec::new(), None, None);
    let mut cut = 0;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        while under_way.len() < jobs
            && *stop.borrow() == Stop::No
            && let Some((index, case)) = queue.next()
        {
            progress.begin(index, &trial.name(&case));
            let (trial, stopped) = (Arc::clone(&trial), stopped.clone());
            under_way.spawn(async move { (index, trial.run(case, stopped).await) });
        }
        tokio::select! {
            ended = under_way.join_next() => match ended {
                None => break,
                Some(Ok((index, Ok(Some(run))))) => {
                    progress.end(index, &run);
                    runs.push((index, run));
                }
                Some(Ok((_, Ok(None)))) => cut += 1,
                Some(Ok((_, Err(failure)))) => {
                    cut += 1;
                    trouble.get_or_insert(failure);
                    stop.send_replace(Stop::Soon);
                }
                Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
            },
            got = signals.next() => {
                let next = if signal.is_some() { Stop::Now } else { Stop::Soon };
                signal.get_or_insert(got);
                stop.send_replace(next);
            }
            _ = ticks.tick() => progress.tick(),
        }
    }
    progress.finish();
    runs.sort_unstable_by_key(|(index, _)| *index);
    let sweep = Sweep {
        runs: runs.into_iter().map(|(_, run)| run).collect(),
        left_out,
        not_run: not_run + cut + queue.len(),
        interrupted: signal.is_some() || trouble.is_some(),
        not_called,
        plain: plain.took,
        limit,
        may_be_empty: arguments.stand_in.judging.allow_empty,
    };
    Swept { sweep: Some(sweep), signal, trouble }
}
