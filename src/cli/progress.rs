//! A word on what takes long, for whoever waits at a terminal.

use std::{
    fmt::Write as _,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::screen::Screen;

/// Nothing is said of what takes less; then it is said how long it has been.
const PACE: Duration = Duration::from_secs(1);

/// Says on standard error what is being done, from its first second until it is dropped. Only on a terminal.
pub(super) struct Progress {
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub(super) fn of(what: &'static str, screen: &Screen) -> Self {
        let screen = *screen;
        let thread = screen.err_is_terminal().then(|| {
            let (done, ended) = mpsc::channel();
            let thread = thread::spawn(move || {
                tell(what, || ended.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout), |text| screen.tell(text));
            });
            (done, thread)
        });
        Self { thread }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.thread.take() {
            drop(done);
            let _ = thread.join();
        }
    }
}

/// A line that is written over at every tick, and away when no more come.
fn tell(what: &str, mut tick: impl FnMut() -> bool, mut print: impl FnMut(&str)) {
    let mut line = String::new();
    let mut seconds = 0_u64;
    while tick() {
        seconds += 1;
        line.clear();
        let _ = write!(line, "\r{what} ... {seconds}s");
        print(&line);
    }
    if seconds > 0 {
        // Without escapes: a terminal that wants no colour may know none.
        print(&format!("\r{}\r", " ".repeat(line.len() - 1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quick_is_not_spoken_of_and_what_is_slow_leaves_nothing_behind() {
        let said = |ticks: usize| {
            let (mut left, mut text) = (0..ticks, String::new());
            let tick = || left.next().is_some();
            tell("reading", tick, |piece| text.push_str(piece));
            text
        };
        assert_eq!(said(0), "");
        assert_eq!(said(2), "\rreading ... 1s\rreading ... 2s\r              \r");
    }
}
