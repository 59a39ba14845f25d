//! What is still to be said when a server has stopped: the last lines, how many calls there were, the verdict.

use std::{sync::Arc, time::Duration};

use super::{Failure, args::Format, log::Log, reports::Reports, screen::Screen, signals::Signals, terminal::Terminal};
use crate::{
    control::Control,
    mock::Mock,
    report::{self, Sweep},
    server::Stop,
};

/// How long the last words may take after a second signal.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Whether a verdict is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    Always,
    IfFailed,
    Never,
}

/// Everything that the last words need.
pub(super) struct Ending {
    pub(super) mock: Arc<Mock>,
    /// How the server came to its end, where that is to be said.
    pub(super) stop: Option<Stop>,
    pub(super) screen: Screen,
    pub(super) log: Log,
    /// The thread that prints a line for each call; nothing where there is to be silence.
    pub(super) terminal: Option<Terminal>,
    pub(super) format: Format,
    /// Whether the verdict is printed.
    pub(super) tells: Tells,
    /// Whether the verdict decides the exit status.
    pub(super) decides: bool,
    /// What a sweep found, if there was one.
    pub(super) sweep: Option<Sweep>,
    /// What is written beside.
    pub(super) reports: Reports,
}

impl Ending {
    /// Says it. The last words may find nobody who reads them: they have until the next signal, or little time if there was one already.
    pub(super) async fn tell_until_interrupted(self, signals: &Signals, hurried: bool) -> Result<(), Failure> {
        let told = tokio::task::spawn_blocking(|| self.tell());
        let interrupted = async {
            if hurried {
                tokio::time::sleep(LAST_WORDS).await;
            } else {
                signals.next().await;
            }
        };
        tokio::select! {
            told = told => told.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())),
            () = interrupted => Err(Failure::Interrupted),
        }
    }

    /// Says it. That may take for ever, if standard error is a pipe that nobody reads.
    fn tell(self) -> Result<(), Failure> {
        let Self { mock, stop, screen, log, terminal, format, tells, decides, sweep, reports } = self;
        if let Some(terminal) = terminal {
            terminal.finish();
        }
        log.finish();
        if let Some(stop) = stop.filter(|_| format == Format::Text) {
            screen.tell(&stopped(&mock, stop));
        }
        if tells == Tells::Never && !decides && !reports.are_wanted() {
            return Ok(());
        }
        let found = Control::new(&mock).verdict(None);
        // Before anything is printed, which may find nobody who reads.
        let written = reports.write(&mock, &found, sweep.as_ref());
        if tells == Tells::Always || tells == Tells::IfFailed && !found.passed() {
            match format {
                Format::Text => screen.tell(&report::to_text(&found, screen.err_style())),
                Format::Json => screen.tell(&format!("{}\n", found.to_json())),
            }
        }
        let swept_well = sweep.as_ref().is_none_or(Sweep::passed);
        if let Some(sweep) = &sweep
            && (tells == Tells::Always || !swept_well)
        {
            match format {
                Format::Text => screen.tell(&sweep.to_text(mock.contract(), screen.err_style())),
                Format::Json => {
                    let object = serde_json::json!({ "sweep": sweep.to_json(mock.contract()) });
                    screen.tell(&format!("{object}\n"));
                }
            }
        }
        written?;
        if decides && !(found.passed() && swept_well) { Err(Failure::Verdict) } else { Ok(()) }
    }
}

fn stopped(mock: &Mock, stop: Stop) -> String {
    let calls = mock.journal().next_number() - 1;
    let cut = match stop {
        Stop::Finished => String::new(),
        Stop::CutOff(connections) => format!("; {connections} connections were cut off"),
    };
    let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    format!("stopped after {calls}{cut}\n")
}
