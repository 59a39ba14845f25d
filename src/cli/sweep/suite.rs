//! The suite, run in a process group of its own, so that it ends with everything that it started.

use std::{
    ffi::OsString,
    fs::File,
    os::unix::process::CommandExt as _,
    process::{self, Stdio},
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{
        Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, WaitOptions, kill_process_group, waitid, waitpgid, waitpid,
    },
};
use tokio::{
    sync::{oneshot, watch},
    time::{sleep, timeout},
};

use crate::{
    cli::{Failure, command::not_run},
    report::SuiteEnd,
};

/// What a suite has to clear up once it is told to end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How much of a hurry there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    No,
    /// The suite is told to end, and has a moment for it.
    Soon,
    Now,
}

/// A suite that runs.
pub(super) struct Suite {
    group: Pid,
    ended: oneshot::Receiver<SuiteEnd>,
    is_over: bool,
}

impl Suite {
    /// Starts it without input. What it prints goes to the file, or nowhere.
    pub(super) fn start(
        words: &[OsString],
        environment: impl IntoIterator<Item = (String, Option<String>)>,
        output: Option<File>,
    ) -> Result<Self, Failure> {
        let (program, arguments) = words.split_first().ok_or_else(|| Failure::Usage("no command to run".to_owned()))?;
        let mut command = process::Command::new(program);
        command.args(arguments).process_group(0).stdin(Stdio::null());
        let unshared = |error| Failure::World(format!("cannot share the file for what a run prints: {error}"));
        match output {
            Some(file) => command.stderr(file.try_clone().map_err(unshared)?).stdout(file),
            None => command.stdout(Stdio::null()).stderr(Stdio::null()),
        };
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let group = command.spawn().map_err(|error| not_run(program, &error)).map(|child| Pid::from_child(&child))?;
        let (tell, ended) = oneshot::channel();
        thread::spawn(move || wait(group, tell));
        Ok(Self { group, ended, is_over: false })
    }

    /// Waits until it has ended, or has to: after the limit, or because of a stop, for which there is no status.
    pub(super) async fn ended(mut self, limit: Duration, mut stop: watch::Receiver<Stop>) -> Option<SuiteEnd> {
        let stopped = tokio::select! {
            biased;
            ended = &mut self.ended => {
                self.is_over = true;
                return Some(ended.unwrap_or(SuiteEnd::Status(-1)));
            }
            _ = stop.wait_for(|stop| *stop != Stop::No) => true,
            () = sleep(limit) => false,
        };
        self.signal(Signal::TERM);
        tokio::select! {
            ended = timeout(LAST_WORDS, &mut self.ended) => self.is_over = ended.is_ok(),
            _ = stop.wait_for(|stop| *stop == Stop::Now) => {}
        }
        if !self.is_over {
            self.signal(Signal::KILL);
            let _ = (&mut self.ended).await;
            self.is_over = true;
        }
        (!stopped).then_some(SuiteEnd::TimeLimit)
    }

    fn signal(&self, signal: Signal) {
        // All of them may have ended meanwhile.
        let _ = kill_process_group(self.group, signal);
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        if !self.is_over {
            self.signal(Signal::KILL);
        }
    }
}

/// Waits for the first process of a group, then ends those that it left behind. It is cleared away after them: as long as it is there,
/// nobody else can have the number of its group.
fn wait(group: Pid, tell: oneshot::Sender<SuiteEnd>) {
    let ended = loop {
        match waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(Errno::INTR) => {}
            Ok(status) => break status.as_ref().and_then(end),
            Err(_) => break None,
        }
    };
    let _ = kill_process_group(group, Signal::KILL);
    let _ = waitpid(Some(group), WaitOptions::empty());
    // The first process of a container gets the children that others leave behind.
    while let Ok(Some(_)) = waitpgid(group, WaitOptions::empty()) {}
    let _ = tell.send(ended.unwrap_or(SuiteEnd::Status(-1)));
}

fn end(status: &WaitIdStatus) -> Option<SuiteEnd> {
    let ended_by = status.terminating_signal().map(SuiteEnd::Signal);
    status.exit_status().map(SuiteEnd::Status).or(ended_by)
}
