//! A text to credentials. Whatever is wrong with it, no secret is shown.

use understudy::{
    contract::auth::{credentials::Credentials, gokuai, koodrive},
    diagnostic::{Source, Style, to_json, to_text},
};

use super::diagnostics;
use crate::generator::Generator;

/// Words that begin like this are secrets.
const SECRET: &str = "s3cret";

const TEXTS: [&str; 4] = [
    "koodrive: { apps: { a1: s3cretone }, tokens: { s3crettoken: { user: \"1505\" } } }\n",
    "koodrive:\n  apps:\n    a-1: s3cret2\n    b: \"s3cretthree\"\n  tokens:\n    s3cretfour: { user: 'u' }\n",
    "gokuai:\n  clients: { c1: s3cretfive }\n  orgs: { o1: s3cretsix }\n",
    "{\"koodrive\": {\"apps\": {\"a\": \"s3cretseven\"}}, \"gokuai\": {\"clients\": {\"c\": \"s3creteight\"}}}",
];

const WORDS: [&str; 14] = [
    "s3cretnine",
    "koodrive: ",
    "gokuai: ",
    "apps: ",
    "tokens: ",
    "clients: ",
    "user: ",
    "&s3creta ",
    "*s3creta",
    "!!s3cret ",
    "? ",
    "\n  ",
    "{",
    "|\n  s3cretten",
];

pub(crate) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Credentials::compile(&Source::new("fuzz.yaml", &*text)) {
        Ok(credentials) => {
            hides(&format!("{credentials:?}"), &text, &credentials);
            let sections = [&koodrive::SECTION, &gokuai::SECTION];
            for section in sections {
                for id in credentials.ids(section) {
                    assert!(credentials.secret(section, id).is_some());
                }
            }
        }
        Err(mistakes) => {
            diagnostics::refuse(&mistakes);
            let shown = to_text(&mistakes, Style::Plain) + &to_json(&mistakes).to_string() + &format!("{mistakes:?}");
            assert!(!shown.contains(SECRET), "{shown}");
        }
    }
}

/// Ids may be shown, also where somebody calls an id what should be a secret.
fn hides(shown: &str, text: &str, credentials: &Credentials) {
    let ids = [&koodrive::SECTION, &gokuai::SECTION].into_iter().flat_map(|section| credentials.ids(section));
    let shows_ids = ids.into_iter().any(|id| id.contains(SECRET));
    assert!(shows_ids || !shown.contains(SECRET), "{shown} of {text}");
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    Generator::new(seed).harmed(&TEXTS, &WORDS)
}
