//! A command that `run` runs: started with our own input, output and terminal, told of our signals, waited for.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::ErrorKind,
    pin::pin,
    process, thread,
};

use rustix::{
    process::{Pid, Signal, WaitOptions, WaitStatus, getpgrp, kill_process, wait},
    termios::tcgetpgrp,
};
use tokio::sync::oneshot;

use super::{Failure, signals::Signals};

/// What a shell adds to the number of a signal that ended a command.
const ENDED_BY: i32 = 128;

/// How a command ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct End {
    /// As a shell has it.
    pub(super) status: u8,
    /// Whether a signal came meanwhile.
    pub(super) signalled: bool,
}

/// A command that runs.
pub(super) struct Command {
    id: Pid,
    ended: oneshot::Receiver<u8>,
}

impl Command {
    /// Starts it. `environment` is what it finds beside our own; a variable without a value is taken away.
    pub(super) fn start(
        words: &[OsString],
        environment: impl IntoIterator<Item = (String, Option<String>)>,
    ) -> Result<Self, Failure> {
        let (program, arguments) = words.split_first().ok_or_else(|| Failure::Usage("no command to run".to_owned()))?;
        let mut command = process::Command::new(program);
        command.args(arguments);
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let id = command.spawn().map_err(|error| not_run(program, &error)).map(|child| Pid::from_child(&child))?;
        let (tell, ended) = oneshot::channel();
        thread::spawn(move || {
            let _ = tell.send(wait_for(id));
        });
        Ok(Self { id, ended })
    }

    /// Waits until it has ended, and passes signals on to it meanwhile.
    pub(super) async fn ended(self, signals: &Signals) -> End {
        let mut ended = pin!(self.ended);
        let mut signalled = false;
        loop {
            tokio::select! {
                biased;
                status = &mut ended => return End { status: status.unwrap_or(u8::MAX), signalled },
                signal = signals.next() => {
                    signalled = true;
                    if !has_come_from_terminal(signal) {
                        // It may have ended meanwhile.
                        let _ = kill_process(self.id, signal);
                    }
                }
            }
        }
    }
}

pub(super) fn not_run(program: &OsStr, error: &std::io::Error) -> Failure {
    let program = program.display();
    match error.kind() {
        ErrorKind::NotFound => Failure::NotRun(127, format!("there is no command `{program}`: {error}")),
        _ => Failure::NotRun(126, format!("cannot run `{program}`: {error}")),
    }
}

/// Waits for a child. The first process of a container gets the children that others leave behind, so all that have ended are cleared
/// away.
fn wait_for(child: Pid) -> u8 {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((id, status))) if id == child => return exit_status(status),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // Nobody is left to be waited for.
            Err(_) => return u8::MAX,
        }
    }
}

fn exit_status(status: WaitStatus) -> u8 {
    let ended_by = status.terminating_signal().map(|signal| ENDED_BY + signal);
    status.exit_status().or(ended_by).and_then(|status| u8::try_from(status).ok()).unwrap_or(u8::MAX)
}

/// Ctrl-C reaches everybody in the foreground of a terminal: the command has it already, and would take a second one for haste.
fn has_come_from_terminal(signal: Signal) -> bool {
    let foreground = || tcgetpgrp(File::open("/dev/tty").ok()?).ok();
    signal == Signal::INT && foreground() == Some(getpgrp())
}
