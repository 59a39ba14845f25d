//! The signals that stop the server.

use std::{fs, io};

use rustix::process;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Mutex,
};

use super::Failure;

/// SIGINT, SIGTERM and SIGHUP. The first one stops `serve` gracefully, the second one at once; `run` passes them on. Other signals keep their default
/// action, except for SIGPIPE, which the standard library ignores: a closed pipe does not end the server.
pub(super) struct Signals(Mutex<Caught>);

struct Caught {
    interrupt: Signal,
    terminate: Signal,
    /// Sent when the terminal is closed. Not caught if it was ignored when the program was started, as under `nohup`.
    hangup: Option<Signal>,
}

impl Signals {
    /// Catches the signals from now on.
    pub(super) fn catch() -> Result<Self, Failure> {
        Self::caught().map_err(|error| Failure::World(format!("cannot catch signals: {error}")))
    }

    fn caught() -> io::Result<Self> {
        let hangup = SignalKind::hangup();
        Ok(Self(Mutex::new(Caught {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if is_ignored(hangup) { None } else { Some(signal(hangup)?) },
        })))
    }

    /// Waits for one of them. A second call waits for the next signal, once the first call has returned.
    pub(super) async fn next(&self) -> process::Signal {
        let mut caught = self.0.lock().await;
        let Caught { interrupt, terminate, hangup } = &mut *caught;
        let gone = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => process::Signal::INT,
            _ = terminate.recv() => process::Signal::TERM,
            _ = gone => process::Signal::HUP,
        }
    }
}

/// Whether this signal was ignored when the program was started. Without `/proc` this is unknown, and the signal is not touched.
fn is_ignored(signal: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored(&status, signal.as_raw_value()).unwrap_or(true)
}

/// Reads a process status of Linux, which has the line `SigIgn:` with a mask in hex. The lowest bit is signal 1.
fn ignored(status: &str, signal: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    let bit = u32::try_from(signal).ok()?.checked_sub(1)?;
    Some(mask.checked_shr(bit)? & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ignored_signals_of_a_process_status() {
        let status =
            "Name:\tunderstudy\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert_eq!([1, 2, 13, 15].map(|signal| ignored(status, signal)), [true, false, true, false].map(Some));
        for (status, signal) in [("", 1), ("SigIgn:\tx", 1), (status, 0), (status, -1), (status, 99)] {
            assert_eq!(ignored(status, signal), None, "{signal}");
        }
    }
}
