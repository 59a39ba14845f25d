//! One list of right and wrong forms of a scenario, which `check` and the schema for editors judge alike.

use std::path::Path;

use understudy::{
    diagnostic::Source,
    document::{ReadLimits, read},
    scenario::compile,
};

use crate::{client::contract, schemas::schema};

/// What is to be said of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// `check` and the schema take it.
    Right,
    /// Both refuse it.
    Wrong,
    /// Only `check` refuses it: a schema knows neither the contract nor what depends on several places.
    OnlyCheck,
}
use Verdict::{OnlyCheck, Right, Wrong};

/// Keys of a file, beside its name.
const FILES: &[(Verdict, &str)] = &[
    (Right, "rules: []"),
    (Right, "rules: []\nsummary: a sentence\nseed: 18446744073709551615\nservice: koodrive\nexpect: []"),
    (Right, "x-anchors: [&a 503]\nrules: [{ operation: CreateShare, answers: [*a] }]"),
    (Wrong, ""),
    (Wrong, "rules:"),
    (Wrong, "rules: {}"),
    (Wrong, "rules: []\nseed: -1"),
    (Wrong, "rules: []\nseed: 1.5"),
    (Wrong, "rules: []\nsummary: 007"),
    (Wrong, "rules: []\nexpect: {}"),
    (Wrong, "rules: []\nrool: 1"),
    (OnlyCheck, "rules: []\nservice: nobody"),
];

/// Keys of a rule for CreateShare, beside its operation and answers.
const RULES: &[(Verdict, &str)] = &[
    (Right, "match: {}"),
    (Right, "match: { headers: { x-user-id: { $regex: '^15' } }, body: { validDays: { $gte: 30, x-note: n } } }"),
    (
        Right,
        "match: { x-note: n, body: { fileIds: { $length: { $gt: 1 }, $contains: a }, permission: { preview: true } } }",
    ),
    (Right, "match: { body: { comment: { $exists: true, $ne: null, $in: [a, b], $eq: a } } }"),
    (Right, "when: { state: { upload: started, n: { $gte: 3 } } }"),
    (Right, "when: { x-note: n }"),
    (Right, "when: '{{ request.body.validDays > 3 }}'"),
    (Right, "chance: 12.5%"),
    (Right, "chance: .5%"),
    (Right, "limit: { calls: 1, per: 1s, burst: 2, x-note: n }"),
    (Right, "delay: 250ms"),
    (Right, "delay: { uniform: [1ms, 1.5s], x-note: n }"),
    (Right, "then: cycle"),
    (Right, "x-note: { any: thing }"),
    (Wrong, "match: { bodi: {} }"),
    (Wrong, "match: { body: { validDays: { $gte: '30' } } }"),
    (Wrong, "match: { body: { validDays: { $gte: 30, days: 1 } } }"),
    (Wrong, "match: { body: { validDays: { $least: 30 } } }"),
    (Wrong, "match: { body: { comment: '{{ state.x }}' } }"),
    (Wrong, "match: { body: { comment: { $exists: 1 } } }"),
    (Wrong, "match: []"),
    (Wrong, "when: true"),
    (Wrong, "when: state.x"),
    (Wrong, "when: { states: {} }"),
    (Wrong, "when: { state: { a-b: 1 } }"),
    (Wrong, "when: { state: { a: '{{ calls }}' } }"),
    (Wrong, "chance: 20"),
    (Wrong, "chance: '{{ calls }}%'"),
    (Wrong, "limit: { calls: 1 }"),
    (Wrong, "limit: { calls: 0, per: 1s }"),
    (Wrong, "delay: 250"),
    (Wrong, "delay: { uniform: [1ms, 2ms], exponential: { mean: 1s } }"),
    (Wrong, "delay: { x-note: n }"),
    (Wrong, "then: stop"),
    (Wrong, "y-note: n"),
    (OnlyCheck, "match: { body: { validDays: { gte: 30 } } }"),
    (OnlyCheck, "match: { body: { nothing: 1 } }"),
    (OnlyCheck, "match: { body: { comment: { $regex: '(' } } }"),
    (OnlyCheck, "match: { body: { extractCode: 0012 } }"),
    (OnlyCheck, "match: { body: { comment: { $in: ['{{ x }}'] } } }"),
    (OnlyCheck, "when: '{{ requst.body }}'"),
    (OnlyCheck, "when: '{{ calls }} {{ calls }}'"),
    (OnlyCheck, "chance: 101%"),
    (OnlyCheck, "limit: { calls: 1, per: 0s }"),
    (OnlyCheck, "delay: 25h"),
    (OnlyCheck, "delay: { uniform: [2ms, 1ms] }"),
];

/// Entries of `answers` of a rule for CreateShare.
const ANSWERS: &[(Verdict, &str)] = &[
    (Right, "example"),
    (Right, "503"),
    (Right, "{}"),
    (Right, "{ x-note: n }"),
    (Right, "{ error: 13000311, times: 3, delay: { lognormal: { median: 1ms, p99: 2ms } } }"),
    (Right, "{ error: { code: APIGW.0201, status: 504, x-note: n } }"),
    (Right, "{ error: '{{ 13000311 }}' }"),
    (Right, "{ error: { code: '{{ 13000311 }}' } }"),
    (Right, "{ example: { shareLink: { comment: '{{ calls }}' } } }"),
    (Right, "{ status: 502, body: null }"),
    (Right, "{ body_file: bodies/share.json }"),
    (Right, "{ headers: { Retry-After: 2, X-Flag: true, X-Version: 1.10, Set-Cookie: [a=1, b=2], set-cookie: c=3 } }"),
    (Right, "{ set: { a: 1, b: null, c: [{ d: '{{ calls }}' }] } }"),
    (Right, "{ set: { 'share-{{ request.body.comment }}': made } }"),
    (Right, "{ fault: reset, resends: same }"),
    (Right, "{ fault: { x-note: n, truncate: 12.5% } }"),
    (Right, "{ fault: { truncate: .5 % } }"),
    (Right, "{ fault: { drift: { null: [/shareLink], x-note: n } } }"),
    (Right, "{ fault: { drift: { \"null\": [/shareLink] } } }"),
    (Right, "{ fault: { early_hints: [100, 103] } }"),
    (Right, "{ fault: { skew: +20m } }"),
    (Right, "{ fault: { skew: -1h } }"),
    (Right, "{ fault: duplicate_header }"),
    (Right, "{ fault: { duplicate_header: Content-Type } }"),
    (Right, "{ fault: early_hints }"),
    (Right, "{ fault: { early_hints: [103] } }"),
    (Right, "{ fault: { huge_header: 1MiB } }"),
    (Right, "{ fault: { slow_headers: 1.5s } }"),
    (Right, "{ fault: { drip: { bytes_per_second: 1, x-note: n } } }"),
    (Right, "{ fault: { drift: { null: [/shareLink], retype: [/code] } } }"),
    (Right, "{ fault: { rst_stream: refused_stream } }"),
    (Wrong, "exampel"),
    (Wrong, "99"),
    (Wrong, "[503]"),
    (Wrong, "null"),
    (Wrong, "true"),
    (Wrong, "{ error: 13000311, status: 400 }"),
    (Wrong, "{ error: 13000311, body: x }"),
    (Wrong, "{ example: {}, body_file: bodies/share.json }"),
    (Wrong, "{ example: text }"),
    (Wrong, "{ error: { status: 504 } }"),
    (Wrong, "{ error: [13000311] }"),
    (Wrong, "{ status: '{{ 503 }}' }"),
    (Wrong, "{ times: 0 }"),
    (Wrong, "{ times: '{{ calls }}' }"),
    (Wrong, "{ delay: '{{ calls }}ms' }"),
    (Wrong, "{ headers: { 'a b': c } }"),
    (Wrong, "{ headers: { Content-Length: 3 } }"),
    (Wrong, "{ headers: { A: [] } }"),
    (Wrong, "{ headers: { A: { b: c } } }"),
    (Wrong, "{ headers: { A: [[b]] } }"),
    (Wrong, "{ headers: { A: ~ } }"),
    (Wrong, "{ set: { a-b: 1 } }"),
    (Wrong, "{ set: [a] }"),
    (Wrong, "{ fault: timeout }"),
    (Wrong, "{ fault: { reset: 1 } }"),
    (Wrong, "{ fault: truncate }"),
    (Wrong, "{ fault: [reset] }"),
    (Wrong, "{ fault: { huge_header: 64 } }"),
    (Wrong, "{ fault: { drift: {} } }"),
    (Wrong, "{ fault: { drift: { gone: [/code] } } }"),
    (Wrong, "{ fault: { early_hints: [] } }"),
    (Wrong, "{ fault: { early_hints: [103, 102] } }"),
    (Wrong, "{ fault: { early_hints: 103 } }"),
    (Wrong, "{ fault: { skew: soon } }"),
    (Wrong, "{ fault: reset, resends: true }"),
    (Wrong, "{ fault: { truncate: 1%, skew: 1s } }"),
    (Wrong, "{ fault: { x-note: n } }"),
    (Wrong, "{ fault: { content_type: '{{ calls }}/x' } }"),
    (Wrong, "{ resends: true }"),
    (OnlyCheck, "{ error: 13000999 }"),
    (OnlyCheck, "{ error: APIGW.0201 }"),
    (OnlyCheck, "{ body_file: bodies/nothing.json }"),
    (OnlyCheck, "{ body: { shareLink: 1 } }"),
    (OnlyCheck, "{ status: 400, body: { n: 0x1F } }"),
    (OnlyCheck, "{ set: { 'a-{{ nothing }}': 1 } }"),
    (OnlyCheck, "{ set: { n: 1000000000000100000001 } }"),
    (OnlyCheck, "{ headers: { X-Understudy-Answer: a } }"),
    (OnlyCheck, "{ headers: { A: \"a\\nb\" } }"),
    (OnlyCheck, "{ example: { a: '{{ nothing }}' } }"),
    (OnlyCheck, "{ fault: { truncate: 101% } }"),
    (OnlyCheck, "{ fault: { drift: { x-note: n } } }"),
    (OnlyCheck, "{ fault: { drift: { drop: [/nothing] } } }"),
    (OnlyCheck, "{ fault: { huge_header: 2MiB } }"),
];

/// Entries of `expect`.
const EXPECTATIONS: &[(Verdict, &str)] = &[
    (Right, "{ operation: CreateShare, calls: 3, x-note: n }"),
    (Right, "{ operation: '*', violations: { max: 1, x-note: n } }"),
    (Right, "{ operation: [CreateShare, BatchCancel], never: true }"),
    (Right, "{ operation: CreateShare, match: { body: { validDays: 3 } }, retry: { max_attempts: 2, x-note: n } }"),
    (Right, "{ order: [CreateShare, BatchCancel, CreateShare], x-note: n }"),
    (Right, "{ answers: used }"),
    (Wrong, "{ operation: CreateShare }"),
    (Wrong, "{ operation: CreateShare, x-note: n }"),
    (Wrong, "{ operation: CreateShare, calls: { x-note: n } }"),
    (Wrong, "{ operation: CreateShare, calls: '{{ calls }}' }"),
    (Wrong, "{ operation: CreateShare, never: true, calls: 0 }"),
    (Wrong, "{ operation: CreateShare, retry: { x-note: n } }"),
    (Wrong, "{ operation: [], calls: 1 }"),
    (Wrong, "{ operation: CreateShare, match: {} }"),
    (Wrong, "{ match: {}, calls: 1 }"),
    (Wrong, "{ match: {}, order: [CreateShare, BatchCancel] }"),
    (Wrong, "{ answers: unused }"),
    (Wrong, "{ answers: used, order: [CreateShare, BatchCancel] }"),
    (Wrong, "{ operation: CreateShare, calls: 1, answers: used }"),
    (Wrong, "used"),
    (Wrong, "{ order: [CreateShare] }"),
    (Wrong, "{ order: [CreateShare, '*'] }"),
    (Wrong, "{ answers: used, operation: CreateShare }"),
    (OnlyCheck, "{ operation: CreateShares, calls: 1 }"),
    (OnlyCheck, "{ operation: CreateShare, calls: { min: 2, max: 1 } }"),
];

#[test]
fn check_and_the_schema_judge_every_form_of_a_scenario_alike() {
    let validator = schema("scenario.schema.json");
    let contract = contract();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = FILES.iter().map(|(verdict, text)| (verdict, format!("scenario: s\n{text}\n")));
    let rules = RULES.iter().map(|(verdict, text)| {
        (verdict, format!("scenario: s\nrules:\n- operation: CreateShare\n  answers: [example]\n  {text}\n"))
    });
    let answers = ANSWERS.iter().map(|(verdict, text)| {
        (verdict, format!("scenario: s\nrules:\n- operation: CreateShare\n  answers:\n  - {text}\n"))
    });
    let expectations =
        EXPECTATIONS.iter().map(|(verdict, text)| (verdict, format!("scenario: s\nrules: []\nexpect:\n- {text}\n")));
    let mut wrong = Vec::new();
    for (verdict, text) in files.chain(rules).chain(answers).chain(expectations) {
        let source = Source::new("test.yaml", text.as_str());
        let value = read(&source, ReadLimits::default()).unwrap().to_json();
        let found = (compile(&source, Some(&folder), &contract).is_ok(), validator.is_valid(&value));
        let wanted = match verdict {
            Right => (true, true),
            Wrong => (false, false),
            OnlyCheck => (false, true),
        };
        if found != wanted {
            wrong.push(format!("{verdict:?}, but check and schema say {found:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_refuses_no_file_that_check_takes() {
    let validator = schema("scenario.schema.json");
    let contract = contract();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut taken = 0;
    for folder in ["scenarios", "benches", "tests/golden/scenarios"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let source = Source::new(path.display().to_string(), text);
            if compile(&source, path.parent(), &contract).is_err() {
                continue;
            }
            taken += 1;
            let value = read(&source, ReadLimits::default()).unwrap().to_json();
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|error| format!("{} {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        }
    }
    assert!(taken >= 20, "{taken}");
}
