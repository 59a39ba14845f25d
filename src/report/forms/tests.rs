//! Each form as it looks, over one journal.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::*;
use crate::{
    contract::{Contract, Refusal, Rule, SpecFiles, Violation},
    coverage::Coverage,
    diagnostic::Source,
    report::{
        Evidence, Injection, Kind, LeftOut, Line, Lines, Part, SuiteEnd, Sweep, SweptRun, judge, samples, samples::Call,
    },
    scenario::{Progress, Script, compile},
    session::{DEFAULT, Details, Journal, Session, Sessions},
};

/// A scenario, with what a name may hold that forms must escape.
const SCENARIO: &str = "\
scenario: full-space
rules:
  - operation: CreateShare
    answers: [503, example]
expect:
  - { operation: CreateShare, calls: 5 }
  - { operation: BatchCancel, never: true }
";

/// What a client can send to break a form.
const HOSTILE: &str = "a|b\"<script>&\u{1}\u{ffff}]]>--\r\n::error::x % @all `code`";

/// A report over calls of a journal with this budget, in a form.
fn written(form: Form, budget: usize, calls: u64) -> String {
    written_with(form, budget, calls, |_| None)
}

/// The same with a sweep.
fn written_with(form: Form, budget: usize, calls: u64, sweep: impl FnOnce(&Contract) -> Option<Sweep>) -> String {
    let contract = SpecFiles::embedded().load().unwrap();
    let scenario = compile(&Source::new("full.yaml", SCENARIO), None, &contract).unwrap().value;
    let script = Arc::new(Script::new(vec![Arc::new(scenario)], None, &contract));
    let default = Session::new(DEFAULT, contract.operations().len(), Progress::new(Arc::clone(&script)), None);
    let sessions = Sessions::new(default, 8);
    let journal = Journal::new(budget);
    for _ in 0..calls {
        let number = journal.take_number();
        let broken = Call { status: 400, refusal: Some(Refusal::Violation), ..Call::of("CreateShare") };
        let (call, violations) = match number % 3 {
            1 => {
                (Call { target: "/share?q=a+b%20c", body: "{}", left: Some(25), ..Call::of("CreateShare") }, Vec::new())
            }
            2 => (broken, vec![Violation::new("/body/validDays", Rule::Maximum, "at most 365", "366")]),
            _ => (
                Call { session: Some("w1"), ..broken },
                vec![Violation::new(format!("/body/{HOSTILE}"), Rule::Type, "a text", HOSTILE)],
            ),
        };
        let mut exchange = samples::exchange(&contract, number, &call);
        exchange.details = Details { violations, ..Details::default() }.kept();
        journal.record(exchange);
    }
    let evidence = Evidence {
        journal: &journal,
        contract: &contract,
        script: &script,
        sessions: &sessions,
        allow_empty: false,
        world: &|_| None,
    };
    let verdict = judge(&evidence, None);
    let line = |line| Line { file: "my scenarios/full,1.yaml".to_owned(), line, column: 5 };
    let lines = Lines::from([
        (("full-space".to_owned(), Part::Expectation(1)), line(6)),
        (("full-space".to_owned(), Part::Answer(1, 2)), line(4)),
    ]);
    let covered = Coverage::of_journal(&contract, &journal).covered(&contract, None);
    let sweep = sweep(&contract);
    let report = Report {
        sweep: sweep.as_ref(),
        covered: Some(&covered),
        contract: &contract,
        journal: &journal,
        script: &script,
        verdict: &verdict,
        lines: &lines,
        url: "http://127.0.0.1:8080",
    };
    let mut text = Vec::new();
    form.write(&report, &mut text).unwrap();
    String::from_utf8(text).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// A sweep with a run of each kind.
fn swept(contract: &Contract) -> Sweep {
    let [share, info] = ["CreateShare", "GetShareInfo"].map(|name| contract.named(name)[0]);
    let error = |code: &str| Injection::Error(code.to_owned());
    let run = |operation, injection, ended, delivered| {
        let (took, output) = (Duration::from_millis(1234), Some(format!("out/{delivered}.log")));
        SweptRun { operation, injection, ended, delivered, broken: delivered / 3, took, output }
    };
    Sweep {
        runs: vec![
            run(share, error("13000102"), SuiteEnd::Status(1), 1),
            run(share, error("APIGW.0308"), SuiteEnd::Status(1), 3),
            run(share, Injection::Fault("hang"), SuiteEnd::TimeLimit, 1),
            run(share, Injection::Fault("drip"), SuiteEnd::Status(0), 1),
            run(info, error("13000102"), SuiteEnd::Status(0), 0),
            run(info, Injection::Fault("bad_json"), SuiteEnd::Signal(11), 1),
        ],
        left_out: vec![LeftOut { operation: info, injection: Injection::Fault("goaway"), why: "no HTTP/2".to_owned() }],
        not_run: 2,
        interrupted: true,
        not_called: vec!["BatchCancel".to_owned()],
        plain: Duration::from_millis(900),
        limit: Duration::from_secs(30),
        may_be_empty: false,
    }
}

/// The blocks of data in a page, each with its name before it.
fn blocks(page: &str) -> Vec<String> {
    let parts = page.split("<script type=\"application/json\" id=\"").skip(1);
    let block = |part: &str| {
        let (name, rest) = part.split_once("\">\n").unwrap();
        format!("{name}\n{}", rest.split_once("\n</script>").unwrap().0)
    };
    parts.map(block).collect()
}

#[test]
fn every_form_looks_as_it_should() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/golden/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for form in Form::ALL {
            let text = written(form, 1 << 20, 3);
            // Of the page its data alone: the rest is built from `web/`.
            let text = if form == Form::Html { blocks(&text).join("\n") } else { text };
            insta::assert_snapshot!(form.as_str(), text);
        }
    });
}

#[test]
fn the_sweep_has_its_place_in_every_form_but_the_recorded_traffic() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/golden/reports/sweep");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for form in [Form::Json, Form::Junit, Form::Markdown, Form::Github, Form::Sarif] {
            insta::assert_snapshot!(form.as_str(), written_with(form, 1 << 20, 1, |contract| Some(swept(contract))));
        }
    });
    let page = written_with(Form::Html, 1 << 20, 1, |contract| Some(swept(contract)));
    let overview: Value = serde_json::from_str(blocks(&page)[0].split_once('\n').unwrap().1).unwrap();
    assert_eq!(overview["sweep"]["counts"]["hung"], 1);
    assert_eq!(overview["meanings"]["sweep-hung"], Kind::Hung.meaning());
    assert_eq!(written(Form::Har, 1 << 20, 1), written_with(Form::Har, 1 << 20, 1, |contract| Some(swept(contract))));
}

#[test]
fn every_form_says_first_that_the_journal_overflowed() {
    for form in Form::ALL {
        let text = written(form, 30_000, 300);
        let start: String = text.chars().take(400).collect();
        let found = match form {
            // Their readers look there.
            Form::Json => text.contains("\"note\": \"exchanges from 1 to "),
            Form::Sarif => text.contains("\"toolExecutionNotifications\""),
            _ => start.contains("exchanges from 1 to "),
        };
        assert!(found, "{form:?}: {start}");
    }
}

#[test]
fn what_a_client_sends_breaks_no_form() {
    for form in [Form::Json, Form::Sarif, Form::Har] {
        let text = written(form, 1 << 20, 3);
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{form:?}");
    }
    let github = written(Form::Github, 1 << 20, 3);
    let lines: Vec<&str> = github.lines().collect();
    let (last, commands) = lines.split_last().unwrap();
    assert!(commands.iter().all(|line| line.starts_with("::error title=understudy") || line.starts_with("::notice ")));
    assert!(last.starts_with("understudy: failed ("), "{last}");
    let markdown = written(Form::Markdown, 1 << 20, 3);
    assert!(!markdown.contains("<script>") && !markdown.contains("@all"), "{markdown}");
    let page = written(Form::Html, 1 << 20, 3);
    let blocks = blocks(&page);
    let read = |text: &String| serde_json::from_str::<Value>(text.split_once('\n').unwrap().1).is_ok();
    assert!(blocks.len() == 3 && blocks.iter().all(read), "{blocks:?}");
    assert_eq!(page.matches("<script").count(), 4, "three blocks of data and the script");
    let junit = written(Form::Junit, 1 << 20, 3);
    assert!(!junit.contains("<script>") && !junit.contains(['\u{1}', '\u{ffff}']), "{junit}");
}
