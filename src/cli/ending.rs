//! What `serve` still has to say when its server has stopped: the last lines, how many calls there were, the verdict.

use std::sync::Arc;

use super::{Failure, args::Format, log::Log, screen::Screen, terminal::Terminal};
use crate::{control::Control, mock::Mock, report, server::Stop};

/// Everything that the last words need.
pub(super) struct Ending {
    pub(super) mock: Arc<Mock>,
    pub(super) stop: Stop,
    pub(super) screen: Screen,
    pub(super) log: Log,
    /// The thread that prints a line for each call; nothing where there is to be silence.
    pub(super) terminal: Option<Terminal>,
    pub(super) format: Format,
    /// The verdict decides the exit status, and is printed in any case.
    pub(super) verdict: bool,
}

impl Ending {
    /// Says it. That may take for ever, if standard error is a pipe that nobody reads.
    pub(super) fn tell(self) -> Result<(), Failure> {
        let Self { mock, stop, screen, log, terminal, format, verdict } = self;
        let quiet = terminal.is_none();
        if let Some(terminal) = terminal {
            terminal.finish();
        }
        log.finish();
        let calls = mock.journal().next_number() - 1;
        if format == Format::Text && !quiet {
            let cut = match stop {
                Stop::Finished => String::new(),
                Stop::CutOff(connections) => format!("; {connections} connections were cut off"),
            };
            let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
            screen.tell(&format!("stopped after {calls}{cut}\n"));
        }
        let script = mock.script();
        let expecting = !quiet && script.scenarios().iter().any(|scenario| !scenario.expect.is_empty());
        if !verdict && !expecting {
            return Ok(());
        }
        let found = Control::new(&mock).verdict(None);
        match format {
            Format::Text => screen.tell(&report::to_text(&found, screen.err_style())),
            Format::Json => screen.tell(&format!("{}\n", found.to_json())),
        }
        if verdict && !found.passed() { Err(Failure::Verdict) } else { Ok(()) }
    }
}
