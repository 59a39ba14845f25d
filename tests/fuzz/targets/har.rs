//! A recording: its entries are those that serde_json finds, in whatever pieces it is read, and each is understood or told why not.

use std::io::Read;

use serde_json::Value;
use understudy::har::{Found, read};

use crate::generator::Generator;

const TEXTS: [&str; 3] = [
    r#"{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-11-21T08:00:00.250Z","time":12.5,"connection":"7","request":{"method":"POST","url":"https://a.test/x?y=1","httpVersion":"h2","headers":[{"name":":authority","value":"a.test"},{"name":"X-A","value":"1"}],"bodySize":2,"postData":{"mimeType":"application/json","text":"{}"}},"response":{"status":200,"headers":[{"name":"set-cookie","value":"a\nb"}],"content":{"text":"eyJ9","encoding":"base64"}}}]}}"#,
    r#"{"log":{"pages":[{"title":"}]\"\\"}],"entries":[ {}, 7 ,[[1]], null,
        {"request":{"method":"GET","url":"http://[::1]:80?q#f","headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"1&2"}]}},"startedDateTime":"2026-11-21T08:00:00+08:00"} ]}}"#,
    r#"{"log":{"entries":[{"startedDateTime":"2026-11-21T08:00:00Z","time":-1,"request":{"method":"PUT","url":"http://a/","postData":{"text":"aGk=","encoding":"base64"}},"response":{"status":0,"content":null}},{"request":{"url":"/x"}}]},"z":1}"#,
];

const WORDS: [&str; 18] = [
    "\"log\":",
    "\"entries\":[",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ",",
    ":",
    "\"base64\"",
    "\"url\":\"http://",
    "null",
    "1e999",
    "-1",
    "\u{feff}",
    "\"text\":\"",
    "\"status\":",
];

/// A reader that gives a few bytes at a time.
struct Few<'b>(&'b [u8]);

impl Read for Few<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(3);
        self.0.read(&mut buffer[..length])
    }
}

/// What is found, as text, and how it ended.
fn told(reader: impl Read) -> (Vec<String>, Result<(), String>) {
    let mut all = Vec::new();
    let ended = read(reader, |found| {
        match &found {
            Found::Entry(entry) => assert!(entry.target.starts_with('/') && entry.ended >= entry.started),
            Found::Broken(broken) => assert!(!broken.reason.is_empty()),
        }
        all.push(format!("{found:?}"));
        true
    });
    (all, ended.map_err(|error| error.to_string()))
}

pub(crate) fn run(bytes: &[u8]) {
    let whole = told(bytes);
    assert_eq!(whole, told(Few(bytes)));
    let text = String::from_utf8_lossy(bytes);
    // Which of several members counts, and names with escapes, are left to whoever writes such a file.
    let plain = !text.contains("\\u") && ["\"log\"", "\"entries\""].iter().all(|name| text.matches(name).count() == 1);
    if plain
        && let Ok(value) = serde_json::from_slice::<Value>(bytes)
        && let Some(entries) = value["log"]["entries"].as_array()
    {
        assert_eq!((whole.0.len(), whole.1), (entries.len(), Ok(())));
    }
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    Generator::new(seed).harmed(&TEXTS, &WORDS)
}
