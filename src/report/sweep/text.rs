//! The matrix of a sweep for people: of each operation, what the suite did when which error or fault came.

use std::fmt::Write as _;

use super::{Injection, Reaction, SuiteEnd, Sweep, SweptRun, spoken};
use crate::{
    contract::{Contract, OperationId},
    diagnostic::{Style, push_printable},
};

/// As wide as the longest word for what a suite did.
const WORD: usize = "passed all the same".len();

impl Sweep {
    /// A line for the whole, and below it each operation.
    pub fn to_text(&self, contract: &Contract, style: Style) -> String {
        let mut text = self.headline(style);
        let everywhere = self.left_out_everywhere();
        for (operation, runs) in self.by_operation() {
            text.push_str("  ");
            push_printable(&mut text, &contract.operation(operation).name);
            text.push('\n');
            for reaction in Reaction::ALL {
                let mine = runs.iter().filter(|run| run.reaction() == reaction);
                row(&mut text, reaction.as_str(), &Injection::listed(mine.clone().map(|run| &run.injection)));
                mine.for_each(|run| remark(&mut text, run));
            }
            let left_out = self.left_out_of(operation);
            let left_out = left_out.iter().copied().filter(|injection| !everywhere.contains(injection));
            row(&mut text, "left out", &Injection::listed(left_out));
        }
        let left_out = Injection::listed(everywhere.iter().copied());
        if !left_out.is_empty() {
            let _ = writeln!(text, "  left out: {left_out}");
        }
        for name in &self.not_called {
            text.push_str("  the suite does not call `");
            push_printable(&mut text, name);
            text.push_str("`\n");
        }
        text
    }

    fn headline(&self, style: Style) -> String {
        let paint = |text: &str, passed: bool| match (style, passed) {
            (Style::Plain, _) => text.to_owned(),
            (Style::Coloured, true) => format!("\x1b[1m\x1b[32m{text}\x1b[0m"),
            (Style::Coloured, false) => format!("\x1b[1m\x1b[31m{text}\x1b[0m"),
        };
        let mut text = match self.reasons().as_slice() {
            [] => format!("sweep: {}", paint("passed", true)),
            reasons => format!("sweep: {} ({})", paint("failed", false), reasons.join(", ")),
        };
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let (runs, operations) = (self.runs.len(), self.by_operation().count());
        if runs > 0 {
            let (run_s, operation_s) = (plural(runs), plural(operations));
            let _ = write!(text, ", {runs} run{run_s} over {operations} operation{operation_s}: {}", self.counts());
        }
        if self.not_run > 0 {
            let why = if self.interrupted { "interrupted" } else { "left out by the limit" };
            let _ = write!(text, "; {} not run ({why})", self.not_run);
        }
        text.push('\n');
        text
    }

    /// What was tried of no operation, but left out of each.
    fn left_out_everywhere(&self) -> Vec<&Injection> {
        let mut lists = self.by_operation().map(|(operation, _)| self.left_out_of(operation));
        let Some(mut common) = lists.next() else { return Vec::new() };
        lists.for_each(|list| common.retain(|injection| list.contains(injection)));
        common
    }

    fn left_out_of(&self, operation: OperationId) -> Vec<&Injection> {
        self.left_out.iter().filter(|left| left.operation == operation).map(|left| &left.injection).collect()
    }
}

fn row(text: &mut String, word: &str, what: &str) {
    if !what.is_empty() {
        let _ = writeln!(text, "    {word:<WORD$}  {what}");
    }
}

/// What is to be said of a run beyond its reaction.
fn remark(text: &mut String, run: &SweptRun) {
    let mut remarks = Vec::new();
    match run.reaction() {
        Reaction::Hung => remarks.push(format!("ended after {}", spoken(run.took))),
        Reaction::Crashed => remarks.push(run.ended.to_string()),
        Reaction::NotReached if run.ended != SuiteEnd::Status(0) => {
            remarks.push(format!("failed all the same: {}", run.ended));
        }
        _ => {}
    }
    match run.broken {
        0 => {}
        1 => remarks.push("a call broke the contract".to_owned()),
        several => remarks.push(format!("{several} calls broke the contract")),
    }
    if !remarks.is_empty() {
        let _ = writeln!(text, "    {:<WORD$}    {}: {}", "", run.injection, remarks.join("; "));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{contract::SpecFiles, report::sweep::LeftOut};

    fn run(operation: OperationId, injection: Injection, ended: SuiteEnd, delivered: u64) -> SweptRun {
        let took = Duration::from_secs(30);
        SweptRun { operation, injection, ended, delivered, broken: u64::from(delivered > 5), took, output: None }
    }

    #[test]
    fn the_matrix_groups_what_an_operation_met_by_what_the_suite_did() {
        let contract = SpecFiles::embedded().load().unwrap();
        let [share, info] = ["CreateShare", "GetShareInfo"].map(|name| contract.named(name)[0]);
        let error = |code: &str| Injection::Error(code.to_owned());
        let sweep = Sweep {
            runs: vec![
                run(share, error("13000102"), SuiteEnd::Status(1), 1),
                run(share, error("APIGW.0308"), SuiteEnd::Status(1), 9),
                run(share, Injection::Fault("reset"), SuiteEnd::Status(1), 1),
                run(share, Injection::Fault("drip"), SuiteEnd::Status(0), 1),
                run(share, Injection::Fault("hang"), SuiteEnd::TimeLimit, 1),
                run(info, error("13000102"), SuiteEnd::Status(2), 0),
                run(info, Injection::Fault("bad_json"), SuiteEnd::Status(134), 1),
            ],
            left_out: [(share, "goaway"), (share, "bad_chunk"), (info, "goaway")]
                .map(|(operation, fault)| {
                    let (injection, why) = (Injection::Fault(fault), "HTTP/1".to_owned());
                    LeftOut { operation, injection, why }
                })
                .into(),
            not_run: 3,
            interrupted: false,
            not_called: vec!["Batch\x1bCancel".to_owned()],
            plain: Duration::from_secs(1),
            limit: Duration::from_secs(30),
            may_be_empty: false,
        };
        assert_eq!(
            sweep.to_text(&contract, Style::Plain),
            "\
sweep: failed (suite hung, suite crashed), 7 runs over 2 operations: 3 failed as they should, 1 passed all the same, 1 not reached, 1 hung, 1 crashed; 3 not run (left out by the limit)
  CreateShare
    failed as it should  errors 13000102, APIGW.0308; fault reset
                           error APIGW.0308: a call broke the contract
    passed all the same  fault drip
    hung                 fault hang
                           fault hang: ended after 30s
    left out             fault bad_chunk
  GetShareInfo
    not reached          error 13000102
                           error 13000102: failed all the same: exit status 2
    crashed              fault bad_json
                           fault bad_json: exit status 134
  left out: fault goaway
  the suite does not call `Batch\\u{1b}Cancel`
"
        );
        let empty = Sweep { runs: Vec::new(), not_run: 0, not_called: Vec::new(), ..sweep };
        assert_eq!(empty.to_text(&contract, Style::Plain), "sweep: failed (nothing to sweep)\n");
        let fine = Sweep { may_be_empty: true, ..empty };
        assert_eq!(fine.to_text(&contract, Style::Plain), "sweep: passed\n");
    }
}
