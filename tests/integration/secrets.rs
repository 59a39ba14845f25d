//! Secrets at random places of random requests, sound and broken ones: none of them is in anything that the stand-in says.
#![cfg(unix)]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use crate::{
    client::PATIENCE,
    command_line::{Served, err, file, out},
};

/// What is looked for: a part of every secret.
const MARK: &str = "Zq9marked";

/// The same for secrets that are numbers.
const NUMBER: &str = "8675309424242";

const HEADERS: [&str; 12] = [
    "Authorization",
    "authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Auth-Token",
    "X-Api-Key",
    "x-session-id",
    "X-Amz-Security-Token",
    "X-Client-Secret",
    "X-Session-ID",
    "X-CSRF-Token",
];

const NAMES: [&str; 12] = [
    "user.password",
    "password1",
    "extractCode",
    "password",
    "accessToken",
    "kdstoken",
    "client_secret",
    "user_password",
    "apiKey",
    "Token",
    "x-session-id",
    "org_client_secret",
];

/// A scenario whose rules look at secrets, so that it is said why they do not match.
const SCENARIO: &str = r#"
scenario: looks
rules:
  - operation: CreateShare
    match: { body: { extractCode: abcd, comment: none }, headers: { X-User-Id: "7" }, query: {} }
    answers: [example]
  - operation: CreateShare
    match: { body: { fileIds: [never] } }
    answers: [{ example: { msg: "{{ request.body.validDays + request.body.comment }}" } }]
expect:
  - { operation: CreateShare, calls: 1, retry: { max_attempts: 1 } }
"#;

struct Maker {
    rng: ChaCha8Rng,
}

impl Maker {
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.random_range(0..of.len())]
    }

    fn one_in(&mut self, several: u32) -> bool {
        self.rng.random_ratio(1, several)
    }

    /// A secret as a text without punctuation that means something.
    fn plain(&mut self) -> String {
        let (before, after) = (
            self.pick(&["", "a", "0123456789", "p-p_"]),
            self.pick(&["", "b", "-end", "c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9"]),
        );
        format!("{before}{MARK}{after}")
    }

    /// A secret in JSON, as the value of a member.
    fn value(&mut self) -> String {
        let plain = self.plain();
        match self.rng.random_range(0..8) {
            0 => NUMBER.to_owned(),
            1 => format!(r#"["{plain}",{{"a":"{plain}"}}]"#),
            2 => format!(r#"{{"a":[1,"}} {plain}"],"b":"{plain}"}}"#),
            3 => format!(r#""with \"{plain}\\""#),
            4 => format!(r#""a, {plain} b=c&d""#),
            _ => format!("\"{plain}\""),
        }
    }

    /// A name, perhaps with escapes.
    fn name(&mut self, escaped: impl Fn(char) -> String) -> String {
        let name = self.pick(&NAMES);
        let some = self.one_in(3);
        name.chars().map(|letter| if some && self.one_in(2) { escaped(letter) } else { letter.to_string() }).collect()
    }

    /// A JSON body with a secret somewhere.
    fn json(&mut self) -> String {
        let name = self.name(|letter| format!("\\u{:04x}", u32::from(letter)));
        let member = format!("\"{name}\"{}:{}{}", self.pick(&["", " "]), self.pick(&["", " ", "\n  "]), self.value());
        let (days, plain) = (self.pick(&["7", "366", "\"7\""]), self.plain());
        let body = match self.rng.random_range(0..5) {
            0 => format!(r#"{{{member},"scope":1,"fileIds":["a"],"containerId":"c","validDays":{days}}}"#),
            1 => format!(r#"{{"scope":1,"fileIds":[{{{member}}}],"containerId":"c","validDays":{days}}}"#),
            2 => format!(r#"{{"scope":{{"a":{{{member},"b":1}}}},"validDays":{days}}}"#),
            3 => format!(r#"[{{{member}}}]"#),
            _ => {
                let text = serde_json::Value::from(format!("{{{member}}}")).to_string();
                let twice = serde_json::Value::from(format!("{{\"c\":{text}}}")).to_string();
                let text = if self.one_in(2) { text } else { twice };
                format!(r#"{{"scope":1,"fileIds":["a"],"containerId":"c","validDays":{days},"comment":{text}}}"#)
            }
        };
        match self.rng.random_range(0..5) {
            0 => format!("{body},"),
            2 => format!(
                r#"[{body},{{"note":"Bearer {plain}0123456789","to":"https://a:{plain}@b/","password":"x","b":"token=y"}}]"#
            ),
            1 => body.trim_end_matches(['}', ']', '"']).to_owned(),
            _ => body,
        }
    }

    /// What somebody writes who knows JSON from JavaScript.
    fn script(&mut self) -> String {
        let (name, plain) = (self.pick(&NAMES), self.plain());
        match self.rng.random_range(0..5) {
            0 => format!("{{{name}: \"{plain}\", b: 1}}"),
            1 => format!("{{'{name}':'{plain}','b':1}}"),
            2 => format!("{{\"{name}\"=\"{plain}\"}}"),
            3 => format!("{{{name}: {plain}, b: 1}}"),
            _ => format!("{{\"{name}\":\"a\"{plain}\",\"b\":1}}"),
        }
    }

    fn form(&mut self) -> String {
        let name = self.name(|letter| format!("%{:02X}", u32::from(letter)));
        let plain = self.plain();
        let value = match self.rng.random_range(0..3) {
            0 => format!("a%26{plain}%22"),
            1 => format!("a+b,{plain}"),
            _ => plain,
        };
        let index = self.pick(&["", "[]", "[a]", "[0]"]);
        format!("org_id=1&{name}{index}={value}&c=d")
    }

    /// A body and its headers.
    fn body(&mut self) -> (String, Vec<u8>) {
        let json = "Content-Type: application/json\r\n".to_owned();
        let wide = |text: String, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        match self.rng.random_range(0..10) {
            0..3 => (json, self.json().into_bytes()),
            3 => (json, self.script().into_bytes()),
            4 => ("Content-Type: application/x-www-form-urlencoded\r\n".to_owned(), self.form().into_bytes()),
            5 => {
                let (name, plain) = (self.pick(&NAMES), self.plain());
                let head = "Content-Type: multipart/form-data; boundary=b\r\n".to_owned();
                (
                    head,
                    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{plain}\r\n--b--")
                        .into_bytes(),
                )
            }
            6 => (json, wide(self.json(), if self.one_in(2) { u16::to_le_bytes } else { u16::to_be_bytes })),
            7 => {
                let encoding = self.pick(&["", "Content-Encoding: gzip\r\n"]);
                (format!("{json}{encoding}"), stored(self.json().as_bytes()))
            }
            8 => {
                let name = self.pick(&NAMES);
                (json, format!("<a><{name}>{}</{name}></a>", self.plain()).into_bytes())
            }
            _ => {
                let mut bytes = self.json().into_bytes();
                bytes.push(0xff);
                (json, bytes)
            }
        }
    }

    fn header(&mut self) -> String {
        let (name, plain) = (self.pick(&HEADERS), self.plain());
        let scheme = self.pick(&["", "Bearer ", "Basic ", "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature="]);
        match self.rng.random_range(0..12) {
            0 => format!("{name}: {scheme}x\r\n {plain}\r\n"),
            1 => format!("{name}: {scheme}x\r\n{name}: {plain}\r\n"),
            2 => format!("{name} : {scheme}{plain}\r\n"),
            3 => format!("{name} {scheme}{plain}\r\n"),
            4 => format!("X-Forwarded: Bearer {plain}\r\n"),
            5 => format!("Referer: https://a/?{}={plain}\r\n", self.pick(&NAMES)),
            _ => format!("{name}: {scheme}{plain}\r\n"),
        }
    }

    /// The bytes of a connection: one request.
    fn request(&mut self) -> Vec<u8> {
        let (method, mut path) = match self.rng.random_range(0..5) {
            0 => ("POST", "/m-open/1/org/info".to_owned()),
            1 => ("GET", "/koodrive/ose/v1/nothing".to_owned()),
            _ => ("POST", "/koodrive/ose/v1/share".to_owned()),
        };
        if self.one_in(3) {
            path = format!("{path}?{}", self.form());
        }
        let (kind, body) = self.body();
        let mut headers = "X-User-Id: 7\r\nX-Date: 20260102T030405Z\r\n".to_owned();
        if self.one_in(2) {
            headers.push_str("Authorization: Bearer Zq9marked0123456789\r\n");
        }
        if self.one_in(2) {
            headers.push_str(&self.header());
        }
        let length = body.len() + usize::from(self.one_in(8));
        let broken = if self.one_in(12) { "\u{1}" } else { "" };
        let head = format!(
            "{method}{broken} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{kind}Content-Length: {length}\r\n\r\n"
        );
        [head.into_bytes(), body].concat()
    }
}

/// A gzip file that holds the bytes as they are.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(bytes);
    file.extend([0; 8]);
    file
}

/// Sends bytes, says that no more come, and reads what comes back.
fn send(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes).unwrap();
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer).map_err(|error| error.kind());
    assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "the server does not close");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Where a secret is in a text, also in base64 that is in it.
fn leak(text: &str) -> Option<&str> {
    let holds = |text: &str| text.to_ascii_lowercase().contains(&MARK.to_ascii_lowercase()) || text.contains(NUMBER);
    text.lines().find(|line| {
        let runs = line.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '+' | '/' | '='));
        let decoded = runs.filter(|run| run.len() >= 16).filter_map(|run| STANDARD.decode(run).ok());
        let readable = |bytes: Vec<u8>| bytes.into_iter().filter(|byte| *byte != 0).map(char::from).collect::<String>();
        holds(line) || decoded.map(readable).any(|text| holds(&text))
    })
}

#[test]
fn a_secret_is_in_nothing_that_the_stand_in_says() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = file(folder.path(), "looks.yaml", SCENARIO);
    let scenario = scenario.to_str().unwrap();
    let servers = ["text", "json"].map(|format| {
        Served::start(&["--scenario", scenario, "--auth", "shape", "--format", format, "--verdict", "--grace", "1s"])
    });
    let mut maker = Maker { rng: ChaCha8Rng::seed_from_u64(11) };
    for number in 0..400 {
        let request = maker.request();
        let shown = || String::from_utf8_lossy(&request).into_owned();
        for (index, server) in servers.iter().enumerate() {
            let answer = send(&server.address, &request);
            assert_eq!(leak(&answer), None, "request {number}: {}", shown());
            // One by one: of a leak one wants to know the request.
            if index == 0 {
                let last = format!(
                    "GET /__admin/exchanges?limit=1&after={number} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                );
                let exchange = send(&server.address, last.as_bytes());
                assert!(exchange.contains(&format!("\"exchange\": {}", number + 1)), "{exchange}");
                assert_eq!(leak(&exchange), None, "request {number}: {}\n{exchange}", shown());
            }
        }
    }
    for server in servers {
        for list in ["exchanges", "unmatched", "verdict", "sessions", "scenarios"] {
            let request = format!("GET /__admin/{list} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = send(&server.address, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert_eq!(leak(&answer), None, "{list}");
        }
        server.signal("-INT");
        let output = server.output();
        assert!(err(&output).lines().count() > 400, "{}", err(&output));
        for text in [out(&output), err(&output)] {
            assert_eq!(leak(&text), None);
        }
    }
}

#[test]
fn the_search_for_secrets_finds_them_in_every_form() {
    let wide: Vec<u8> = format!("a {MARK}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for text in
        [format!("x {MARK}"), NUMBER.to_owned(), STANDARD.encode(format!("some {MARK} more")), STANDARD.encode(wide)]
    {
        assert!(leak(&format!("first\n\"{text}\"")).is_some(), "{text}");
    }
    assert_eq!(leak("Zq9 nothing 867"), None);
}
