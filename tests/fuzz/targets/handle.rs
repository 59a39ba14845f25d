//! Requests to plans, and into the journal. An input is some requests, with a line `%%` between them:
//!
//! ```text
//! POST /koodrive/ose/v1/share
//! Host: 127.0.0.1
//!
//! {"scope":1}
//! %%
//! GET /koodrive/teapot
//! ```
//!
//! A third word on the first line is the version, or what became of the body.

use std::{borrow::Cow, cell::LazyCell};

use http::{Method, Version};
use understudy::{
    contract::{Door, Payload, Request, auth::AuthMode},
    control::Control,
    diagnostic::Source,
    mock::{Mock, Plan},
    scenario::compile,
};

use super::play;
use crate::generator::Generator;

/// Matching, templates, faults, chance, limits and expectations.
const SCENARIO: &str = include_str!("handle.yaml");

thread_local! {
    static MOCK: LazyCell<Mock> = LazyCell::new(|| {
        let scenario = compile(&Source::new("handle.yaml", SCENARIO), None, &play::CONTRACT).unwrap().value;
        play::mock(play::CONTRACT.clone(), Some(scenario), AuthMode::Verify)
    });
}

pub(crate) fn run(bytes: &[u8]) {
    MOCK.with(|mock| {
        let first = played(mock, bytes);
        hides_secrets(mock, bytes);
        Control::new(mock).reset();
        let again = played(mock, bytes);
        Control::new(mock).reset();
        assert_eq!(first, again, "the same calls get the same answers");
    });
}

/// What a client gets of each request.
type Answers = Vec<(u16, Vec<u8>, Option<Vec<u8>>, Vec<u8>)>;

fn played(mock: &Mock, bytes: &[u8]) -> Answers {
    let mut answers = Vec::new();
    for (number, call) in calls(bytes).enumerate() {
        let plan = call.make(mock, number);
        play::holds(&plan);
        let Plan { answer, violations, label, .. } = plan;
        let violations = violations.map(|violations| violations.as_bytes().to_vec());
        answers.push((answer.status.as_u16(), answer.body.to_vec(), violations, label.as_bytes().to_vec()));
    }
    answers
}

fn hides_secrets(mock: &Mock, bytes: &[u8]) {
    let told = play::told(mock);
    for secret in calls(bytes).filter_map(|call| call.secret(bytes)) {
        assert!(!told.contains(secret), "the journal shows {secret}");
    }
}

fn calls(bytes: &[u8]) -> impl Iterator<Item = Call<'_>> {
    split(bytes, b"\n%%\n").take(20).map(Call::read)
}

struct Call<'b> {
    method: Method,
    target: Cow<'b, str>,
    mark: &'b [u8],
    lines: Vec<(&'b [u8], &'b [u8])>,
    body: &'b [u8],
}

impl<'b> Call<'b> {
    fn read(bytes: &'b [u8]) -> Self {
        let (head, body) = split_once(bytes, b"\n\n").unwrap_or((bytes, b""));
        let mut lines = split(head, b"\n");
        let mut words = split(lines.next().unwrap_or_default(), b" ");
        let method = words.next().and_then(|method| Method::from_bytes(method).ok()).unwrap_or_default();
        let target = String::from_utf8_lossy(words.next().unwrap_or(b"/"));
        let lines = lines.filter_map(|line| split_once(line, b": ")).collect();
        Self { method, target, mark: words.next().unwrap_or_default(), lines, body }
    }

    fn make(&self, mock: &Mock, number: usize) -> Plan {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&*self.target, None),
        };
        let request = Request {
            version: match self.mark {
                b"HTTP/1.0" => Version::HTTP_10,
                b"HTTP/2" => Version::HTTP_2,
                _ => Version::HTTP_11,
            },
            method: &self.method,
            base: "",
            path,
            query,
            authority: (self.mark == b"HTTP/2").then_some("127.0.0.1"),
            memory: None,
            door: Door::Everything,
            headers: &play::headers(self.lines.iter().copied()),
            body: match self.mark {
                b"too-large" => Payload::TooLarge,
                b"broken-off" => Payload::BrokenOff("the client closed"),
                _ => Payload::Whole(self.body),
            },
        };
        mock.handle(&request, play::arrival(number))
    }

    /// What stands in `Authorization` and nowhere else, if it is long enough to be told from other texts.
    fn secret(&self, input: &[u8]) -> Option<&'b str> {
        let (_, value) = self.lines.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"authorization"))?;
        let secret = std::str::from_utf8(value).ok()?.split(' ').next_back()?;
        let plain = secret.len() >= 16 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (plain && split(input, secret.as_bytes()).count() == 2).then_some(secret)
    }
}

fn split_once<'b>(bytes: &'b [u8], by: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let place = bytes.windows(by.len()).position(|window| window == by)?;
    Some((&bytes[..place], &bytes[place + by.len()..]))
}

fn split<'b>(bytes: &'b [u8], by: &[u8]) -> impl Iterator<Item = &'b [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let whole = rest.take()?;
        match split_once(whole, by) {
            Some((piece, after)) => {
                rest = Some(after);
                Some(piece)
            }
            None => Some(whole),
        }
    })
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    let call = |generator: &mut Generator| {
        let (method, target) = (generator.method(), generator.target());
        let mark = *generator.pick(&["", "", "", " HTTP/1.0", " HTTP/2", " too-large", " broken-off"]);
        format!("{method} {target}{mark}\n{}\n{}", generator.headers("\n"), generator.body())
    };
    let mut bytes = generator.several(6, "\n%%\n", call).into_bytes();
    if generator.one_in(3) {
        generator
            .mutate(&mut bytes, &["\n%%\n", "Authorization: ", "X-Understudy-Session: two\n", "%E7%A9%BA", "?sign=a"]);
    }
    bytes
}
