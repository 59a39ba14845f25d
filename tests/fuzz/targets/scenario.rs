//! A text to a scenario. What is a scenario is played.

use std::sync::{Arc, LazyLock};

use understudy::{
    diagnostic::Source,
    document::{ReadLimits, read},
    scenario::compile,
};

use super::{diagnostics, play};
use crate::generator::Generator;

const TEXTS: [&str; 12] = [
    include_str!("../../../scenarios/01-first-steps.yaml"),
    include_str!("../../../scenarios/03-matching.yaml"),
    include_str!("../../../scenarios/05-templates.yaml"),
    include_str!("../../../scenarios/06-half-a-success.yaml"),
    include_str!("../../../scenarios/07-a-job-takes-its-time.yaml"),
    include_str!("../../../scenarios/09-slow-answers.yaml"),
    include_str!("../../../scenarios/10-throttling.yaml"),
    include_str!("../../../scenarios/13-broken-connections.yaml"),
    include_str!("../../../scenarios/14-broken-bodies.yaml"),
    include_str!("../../../scenarios/15-answers-drift.yaml"),
    include_str!("../../../scenarios/17-a-careful-client.yaml"),
    include_str!("../../../scenarios/18-gokuai.yaml"),
];

/// The schema for editors.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../../schemas/scenario.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

const WORDS: [&str; 20] = [
    "x-note: 1",
    "!env ",
    "0x1F",
    "\"{{ calls > 1 }}\"",
    "$regex: \"(\"",
    "$gt: -1",
    "{{ request.body",
    " }}",
    "*anchor",
    "&anchor ",
    "<<: ",
    "!!binary ",
    "- ",
    ": ",
    "'",
    "99999999999999999999",
    "-1",
    "1e9",
    "250ms",
    "then: fail",
];

const OPERATIONS: [&str; 6] =
    ["CreateShare", "CreateShares", "\"*\"", "[CreateShare, BatchCancel]", "[]", "GetShareInfo"];

const MATCHES: [&str; 13] = [
    "body: { validDays: { gte: 7 } }",
    "body: { validDays: 007 }",
    "x-note: 1",
    "body: { validDays: { $gt: 7, $lte: 31 } }",
    "body: { fileIds: { $contains: { $regex: \"^a\" } } }",
    "body: { fileIds: { $length: 1 } }",
    "body: { permission: { preview: true } }",
    "headers: { X-User-Id: { $regex: \"^[0-9]+$\" } }",
    "query: { pageSize: 1 }",
    "path: { department_id: \"7\" }",
    "body: { validDays: { $in: [7, \"7\", null] } }",
    "body: { comment: { $exists: false } }",
    "body: { $regex: \"(a|a)*$\" }",
];

const ANSWERS: [&str; 24] = [
    "504",
    "error: \"{{ request.body.comment }}\"",
    "{ error: 504 }",
    "{ status: 400, body: { a: 1.10, b: [1000000000000100000001] } }",
    "{ headers: { Set-Cookie: [a, \"{{ calls }}\"], set-cookie: 1.10 }, x-note: 1 }",
    "{ example: {}, set: { a: \"{{ (state.a | default([])) + [calls] }}\" } }",
    "example",
    "503",
    "error: 13000311",
    "error: APIGW.0308",
    "{ status: 200, body: { code: 0, msg: a } }",
    "{ example: { msg: \"{{ calls }}\" }, times: 2 }",
    "{ fault: reset }",
    "{ fault: { truncate: 50% } }",
    "{ fault: drip }",
    "{ fault: { drift: { drop: [/msg] } } }",
    "{ fault: { early_hints: [103] } }",
    "{ example: {}, delay: 1s }",
    "{ example: {}, delay: { uniform: [1ms, 2s] } }",
    "{ body: [{ $for: id in request.body.fileIds, id: \"{{ id }}\" }] }",
    "{ status: 503, headers: { Retry-After: \"2\" } }",
    "{ example: {}, set: { a: 1 } }",
    "{ body: \"{{ now | plus(days=request.body.validDays) }}\" }",
    "{ error: 13000311, fault: garbage }",
];

const EXPECTATIONS: [&str; 6] = [
    "{ operation: CreateShare, calls: 2 }",
    "{ operation: CreateShare, calls: { min: 1, max: 3 }, retry: { honours_retry_after: true } }",
    "{ order: [CreateShare, BatchCancel] }",
    "{ operation: BatchCancel, never: true }",
    "{ operation: CreateShare, retry: { max_attempts: 5, backoff: growing } }",
    "{ operation: CreateShare, allow_violations: true }",
];

pub(crate) fn run(bytes: &[u8]) {
    let source = Source::new("fuzz.yaml", String::from_utf8_lossy(bytes));
    match compile(&source, None, &play::CONTRACT) {
        Err(mistakes) => diagnostics::refuse(&mistakes),
        Ok(checked) => {
            diagnostics::warn(&checked.warnings);
            is_right_for_editors(&source);
            play::playing(checked.value, |mock| {
                for number in 0..3 {
                    play::holds(&play::share(mock, number));
                }
                play::told(mock);
            });
        }
    }
}

/// What can be played is no mistake in an editor.
fn is_right_for_editors(source: &Arc<Source>) {
    /// A validator looks at every value in several ways.
    const LARGEST: usize = 64 << 10;
    let value = read(source, ReadLimits::default()).unwrap().to_json();
    if source.text.len() <= LARGEST {
        let error = SCHEMA.iter_errors(&value).next();
        assert!(error.is_none(), "the schema refuses it: {}", error.unwrap());
    }
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    if generator.one_in(2) {
        return generator.harmed(&TEXTS, &WORDS);
    }
    let mut text = "scenario: made\nrules:\n".to_owned();
    for _ in 0..=generator.below(4) {
        let (operation, answers) =
            (generator.word(&OPERATIONS), generator.several(3, ", ", |generator| generator.word(&ANSWERS)));
        text.push_str(&format!("- operation: {operation}\n  answers: [{answers}]\n"));
        if generator.one_in(2) {
            text.push_str(&format!(
                "  match: {{ {} }}\n",
                generator.several(3, ", ", |generator| generator.word(&MATCHES))
            ));
        }
        if generator.one_in(2) {
            let condition = generator.word(&[
                "then: repeat",
                "then: pass",
                "then: fail",
                "then: stay",
                "chance: 0.5",
                "when: { a: 1 }",
                "when: { state: { a: 1 } }",
                "when: \"{{ state.a is defined }}\"",
                "when: \"{{ request.body.validDays + state.a > 3 }}\"",
                "delay: 1ms",
                "delay: { uniform: [1ms, 2ms], x-note: 1 }",
                "limit: { calls: 1, per: 1s }",
                "chance: 2",
            ]);
            text.push_str(&format!("  {condition}\n"));
        }
    }
    if generator.one_in(2) {
        let expect = generator.several(4, ", ", |generator| generator.word(&EXPECTATIONS));
        text.push_str(&format!("expect: [{expect}]\n"));
    }
    let mut bytes = text.into_bytes();
    if generator.one_in(4) {
        generator.mutate(&mut bytes, &WORDS);
    }
    bytes
}
