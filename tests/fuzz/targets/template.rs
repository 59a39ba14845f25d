//! A template to an answer: refused with its place, or rendered, within bounds, and the same each time.

use serde_json::json;
use understudy::{diagnostic::Source, scenario::compile};

use super::{diagnostics, play};
use crate::generator::Generator;

/// No answer is larger.
const LARGEST_ANSWER: usize = 16 << 20;

const VALUES: [&str; 22] = [
    "request.body",
    "request.body.fileIds",
    "request.body.comment",
    "request.body.validDays",
    "request.body.nothing",
    "request.headers['X-User-Id']",
    "request.method",
    "request.path",
    "request.query",
    "calls",
    "now",
    "random_digits(19)",
    "random_hex(1001)",
    "message(13000309)",
    "states.a",
    "'text'",
    "[1, 2, 3]",
    "{'a': 1}",
    "9223372036854775807",
    "1.5",
    "none",
    "session",
];

const FILTERS: [&str; 26] = [
    "default('')",
    "upper",
    "lower",
    "length",
    "first",
    "last",
    "join(',')",
    "replace('a', 'b')",
    "times(1000)",
    "tojson",
    "plus(days=1)",
    "minus('250ms')",
    "plus(days=9223372036854775807)",
    "int",
    "float",
    "abs",
    "round(2)",
    "sort",
    "unique",
    "select('in', [1])",
    "map('upper')",
    "list",
    "string",
    "batch(2)",
    "slice(3)",
    "indent(1000)",
];

const OPERATORS: [&str; 14] = [
    " + ",
    " - ",
    " * ",
    " / ",
    " // ",
    " % ",
    " ** ",
    " ~ ",
    " == ",
    " < ",
    " in ",
    " and ",
    " or ",
    " is divisibleby ",
];

pub(crate) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rule =
        json!({ "operation": "CreateShare", "answers": [{ "status": 200, "body": { "any": text, "list": [text] } }] });
    let scenario = json!({ "scenario": "t", "rules": [rule] }).to_string();
    match compile(&Source::new("fuzz.yaml", scenario), None, &play::CONTRACT) {
        Err(mistakes) => diagnostics::refuse(&mistakes),
        Ok(checked) => {
            diagnostics::warn(&checked.warnings);
            play::playing(checked.value, |mock| {
                let first = play::share(mock, 0);
                play::holds(&first);
                assert!(first.answer.body.len() <= LARGEST_ANSWER);
                assert!(serde_json::from_slice::<serde_json::Value>(&first.answer.body).is_ok(), "{:?}", first.answer);
                mock.reset();
                assert_eq!(first.answer, play::share(mock, 0).answer, "the same call gets the same answer");
                play::told(mock);
            });
        }
    }
}

fn expression(generator: &mut Generator, depth: usize) -> String {
    match generator.below(if depth == 0 { 1 } else { 6 }) {
        0 | 1 => generator.word(&VALUES),
        2 | 3 => format!("{} | {}", expression(generator, depth - 1), generator.word(&FILTERS)),
        4 => {
            let (left, right) = (expression(generator, depth - 1), expression(generator, depth - 1));
            format!("({left}{}{right})", generator.pick(&OPERATORS))
        }
        _ => {
            let (yes, no) = (expression(generator, depth - 1), expression(generator, depth - 1));
            format!("{yes} if {} else {no}", expression(generator, depth - 1))
        }
    }
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    let piece = |generator: &mut Generator| match generator.below(4) {
        0 => generator.text(),
        _ => format!("{{{{ {} }}}}", expression(generator, 4)),
    };
    let mut bytes = generator.several(3, "", piece).into_bytes();
    if generator.one_in(4) {
        generator.mutate(&mut bytes, &["{{", "}}", " | ", "request.body.", "(", "[", "'", "\\"]);
    }
    bytes
}
