//! How far a sweep has come: a line that is written over on a terminal, a line for each run elsewhere.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use tokio::time::Instant;

use crate::{
    cli::{
        args::{Format, Run},
        screen::Screen,
    },
    report::{SweptRun, spoken},
};

/// Says how far a sweep has come.
pub(super) struct Progress {
    screen: Screen,
    told: Told,
    count: Count,
    /// What is under way, by the number of its case.
    under_way: BTreeMap<usize, (String, Instant)>,
    /// Characters of the line that stands on the terminal.
    shown: usize,
}

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Never,
    InLines,
    OnTerminal,
}

/// How much is done, and what it took.
struct Count {
    all: usize,
    done: usize,
    /// Those that a sweep fails for.
    bad: usize,
    took: Duration,
    plain: Duration,
    jobs: usize,
}

impl Progress {
    pub(super) fn new(arguments: &Run, all: usize, plain: Duration, screen: &Screen) -> Self {
        let jobs = arguments.sweeping.sweep_jobs as usize;
        let told = match (arguments.quiet, arguments.stand_in.judging.format) {
            (true, _) | (_, Format::Json) => Told::Never,
            (false, Format::Text) if screen.err_is_terminal() => Told::OnTerminal,
            (false, Format::Text) => Told::InLines,
        };
        let count = Count { all, done: 0, bad: 0, took: Duration::ZERO, plain, jobs };
        if told != Told::Never && all > 0 {
            let plural = if all == 1 { "" } else { "s" };
            screen.tell(&format!("sweep: {all} run{plural} to make, {}\n", count.left()));
        }
        Self { screen: *screen, told, count, under_way: BTreeMap::new(), shown: 0 }
    }

    pub(super) fn begin(&mut self, index: usize, name: &str) {
        self.under_way.insert(index, (name.to_owned(), Instant::now()));
        self.tick();
    }

    pub(super) fn end(&mut self, index: usize, run: &SweptRun) {
        let ended = self.under_way.remove(&index);
        let count = &mut self.count;
        count.done += 1;
        count.took += run.took;
        count.bad += usize::from(run.reaction().fails());
        if self.told == Told::InLines
            && let Some((name, _)) = ended
        {
            let (reaction, took) = (run.reaction().as_str(), spoken(run.took));
            let left = if count.done < count.all { format!("; {}", count.left()) } else { String::new() };
            self.screen.tell(&format!("sweep {}/{}  {name}: {reaction}, {took}{left}\n", count.done, count.all));
        }
        self.tick();
    }

    /// Writes the line of a terminal anew.
    pub(super) fn tick(&mut self) {
        if self.told != Told::OnTerminal {
            return;
        }
        // The last column would move some terminals to the next line.
        let width = self.screen.err_width() - 1;
        let line: String = self.line().chars().take(width).collect();
        let length = line.chars().count();
        let rest = self.shown.saturating_sub(length);
        self.screen.tell(&format!("\r{line}{}", " ".repeat(rest)));
        self.shown = length;
    }

    fn line(&self) -> String {
        let Count { all, done, bad, .. } = &self.count;
        let mut line = format!("sweep {done}/{all}, {}", self.count.left());
        if *bad > 0 {
            let _ = write!(line, ", {bad} hung or crashed");
        }
        for (index, (name, begun)) in self.under_way.values().enumerate() {
            let seconds = begun.elapsed().as_secs();
            let _ = write!(line, "{} {name}", if index == 0 { ":" } else { "," });
            if seconds > 0 {
                let _ = write!(line, " ({seconds}s)");
            }
        }
        line
    }

    /// Takes the line of a terminal away.
    pub(super) fn finish(self) {
        if self.shown > 0 {
            self.screen.tell(&format!("\r{}\r", " ".repeat(self.shown)));
        }
    }
}

impl Count {
    /// `about 3m left`, as long as the runs take on average; as long as the plain one before there are any.
    fn left(&self) -> String {
        let done = u32::try_from(self.done).unwrap_or(u32::MAX);
        let each = self.took.checked_div(done).unwrap_or(self.plain);
        let rounds = u32::try_from((self.all - self.done).div_ceil(self.jobs)).unwrap_or(u32::MAX);
        format!("about {} left", spoken(Duration::from_secs(each.saturating_mul(rounds).as_secs().max(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_estimated_from_what_was_done() {
        let count = |all, done, took, jobs| {
            let (plain, took) = (Duration::from_secs(2), Duration::from_secs(took));
            Count { all, done, bad: 0, took, plain, jobs }.left()
        };
        assert_eq!(count(100, 0, 0, 1), "about 3m 20s left");
        assert_eq!(count(100, 10, 60, 1), "about 9m left");
        assert_eq!(count(100, 10, 60, 4), "about 2m 18s left");
        assert_eq!(count(3, 2, 0, 1), "about 1s left");
    }
}
