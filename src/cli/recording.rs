//! Recorded traffic, call by call: what of it belongs to the contract, and what does not.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::Failure;
use crate::{
    contract::{Answer, Contract, Payload, Request, Strictness, auth::AuthMode, redact::REDACTED},
    diagnostic::{push_printable, shortened},
    disk,
    har::{self, Answered, Broken, Entry, Found, HarError},
    mock::{Mock, Observed, split_session},
    session::{Arrival, Ended, Outcome, Sent},
};

/// So many places and broken entries are told; the rest is counted.
const TOLD: usize = 20;

/// So many places that are not ours are told apart.
const MOST_PLACES: usize = 1000;

/// Entries that are handed over at a time, unless they are large.
const BATCH: usize = 64;

/// Bytes of bodies after which no more entries are waited for.
const BATCH_BYTES: usize = 1 << 20;

/// What was found in the files.
#[derive(Debug, Default)]
pub(super) struct Recording {
    files: usize,
    entries: u64,
    /// Calls of the contract.
    pub(super) calls: u64,
    /// Entries that went elsewhere, by host and the first part of the path.
    foreign: BTreeMap<String, u64>,
    broken: Vec<(String, Broken)>,
    all_broken: u64,
    /// Calls whose credentials are not in the recording.
    hidden: u64,
    /// Scheme and host of the first call.
    pub(super) url: Option<String>,
}

/// What one thread reads and another one looks at.
enum Handed {
    Batch(Vec<Found>),
    Failed(HarError),
}

impl Recording {
    /// Reads files, and does something with each entry that belongs to the contract, in order. With `hosts`, those are the calls that
    /// went there; else those that went to a host that the documentation names, or to a path like its own.
    pub(super) fn read(
        files: &[PathBuf],
        hosts: &[String],
        contract: &Contract,
        mut each: impl FnMut(Entry),
    ) -> Result<Self, Failure> {
        let mut recording = Self { files: files.len(), ..Self::default() };
        for path in files {
            let name = path.display().to_string();
            let reader: Box<dyn io::Read + Send> = if path == Path::new("-") {
                Box::new(io::stdin())
            } else {
                let file = disk::open(path);
                Box::new(file.map_err(|error| Failure::World(format!("the recording `{name}` {error}")))?)
            };
            let failed = thread::scope(|scope| {
                // Little is read ahead: entries may be large.
                let (send, receive) = sync_channel(4);
                scope.spawn(move || read(reader, &send));
                for sent in receive {
                    match sent {
                        Handed::Batch(batch) => {
                            batch
                                .into_iter()
                                .for_each(|found| recording.take(found, &name, hosts, contract, &mut each));
                        }
                        Handed::Failed(error) => return Some(error),
                    }
                }
                None
            });
            if let Some(error) = failed {
                return Err(Failure::World(format!("the recording `{name}` {error}")));
            }
        }
        Ok(recording)
    }

    fn take(&mut self, found: Found, file: &str, hosts: &[String], contract: &Contract, each: &mut impl FnMut(Entry)) {
        self.entries += 1;
        match found {
            Found::Broken(broken) => {
                self.all_broken += 1;
                if self.broken.len() < TOLD {
                    self.broken.push((file.to_owned(), broken));
                }
            }
            Found::Entry(entry) if is_ours(&entry, hosts, contract) => {
                self.calls += 1;
                if self.url.is_none() {
                    self.url = Some(format!("{}://{}", entry.scheme, entry.host));
                }
                each(*entry);
            }
            Found::Entry(entry) => {
                let mut place = place(&entry);
                if self.foreign.len() >= MOST_PLACES && !self.foreign.contains_key(&place) {
                    "other places".clone_into(&mut place);
                }
                *self.foreign.entry(place).or_default() += 1;
            }
        }
    }

    /// Judges a call with the answer that it got; the number of its exchange.
    pub(super) fn observe(mock: &Mock, entry: Entry, is_hidden: bool) -> u64 {
        let (path, query) =
            entry.target.split_once('?').map_or((&*entry.target, None), |(path, query)| (path, Some(query)));
        let request = Request {
            version: entry.version,
            query,
            authority: Some(&entry.host),
            ..Request::new(&entry.method, path, &entry.headers, Payload::Whole(&entry.body))
        };
        let strictness = mock.options().strictness;
        let auth = if is_hidden { AuthMode::Off } else { strictness.auth };
        let arrival = Arrival { connection: entry.connection, ..Arrival::at(entry.started) };
        let answer = entry.answer.and_then(answer);
        let (sent, ended) = match &answer {
            Some(answer) => {
                let at = Some(entry.ended);
                (Sent { first: at, last: at, bytes: answer.body.len() as u64 }, Ended::Delivered)
            }
            None => (Sent::default(), Ended::CutOff),
        };
        let observed = Observed { answer, outcome: Outcome { sent, ended, at: entry.ended } };
        mock.observe(&request, arrival, Strictness { auth, ..strictness }, observed)
    }

    /// Whether the credentials of a call were taken out of the recording; it is counted then.
    pub(super) fn hides_credentials(entry: &Entry) -> bool {
        let mark = REDACTED.as_bytes();
        // A byte is found much faster than a text.
        let has_mark =
            |bytes: &[u8]| bytes.contains(&mark[0]) && bytes.windows(mark.len()).any(|window| window == mark);
        entry.headers.values().any(|value| has_mark(value.as_bytes()))
            || has_mark(entry.target.as_bytes())
            || has_mark(&entry.body)
    }

    /// Notes how many calls had their secrets taken out.
    pub(super) fn count_hidden(&mut self, hidden: u64) {
        self.hidden += hidden;
    }

    /// What was found, for people.
    pub(super) fn to_text(&self) -> String {
        let count = |count: u64, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        let files = if self.files == 1 { String::new() } else { format!(" in {} files", self.files) };
        let foreign: u64 = self.foreign.values().sum();
        let mut text = format!("recording: {}{files}, ", count(self.entries, "entry", "entries"));
        let _ = writeln!(
            text,
            "{}, {foreign} foreign, {} broken",
            count(self.calls, "call of the contract", "calls of the contract"),
            self.all_broken
        );
        let mut places: Vec<(&String, &u64)> = self.foreign.iter().collect();
        places.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (place, count) in places.iter().take(TOLD) {
            let _ = write!(text, "  foreign  {count} to ");
            push_printable(&mut text, place);
            text.push('\n');
        }
        if places.len() > TOLD {
            let _ = writeln!(text, "  foreign  and to {} more places", places.len() - TOLD);
        }
        for (file, broken) in &self.broken {
            let _ = write!(text, "  broken   entry {} at line {} of ", broken.number, broken.line);
            push_printable(&mut text, file);
            text.push_str(": ");
            push_printable(&mut text, &shortened(&broken.reason, 300));
            text.push('\n');
        }
        let more = self.all_broken - self.broken.len() as u64;
        if more > 0 {
            let _ = writeln!(text, "  broken   and {more} more");
        }
        if self.hidden > 0 {
            let calls = count(self.hidden, "call", "calls");
            let _ = writeln!(
                text,
                "  hidden   secrets of {calls} are not in the recording; credentials of these are not judged"
            );
        }
        text
    }

    /// The same for programs.
    pub(super) fn to_json(&self) -> Value {
        let foreign = self.foreign.iter().map(|(place, count)| json!({ "place": place, "count": count }));
        let broken = self.broken.iter().map(|(file, broken)| {
            json!({ "file": file, "entry": broken.number, "line": broken.line, "reason": broken.reason })
        });
        json!({
            "entries": self.entries,
            "calls": self.calls,
            "foreign": foreign.collect::<Vec<_>>(),
            "broken": { "count": self.all_broken, "first": broken.collect::<Vec<_>>() },
            "hidden": self.hidden,
        })
    }
}

/// Reads a file, in a thread of its own, until nobody listens any more.
fn read(reader: impl io::Read, send: &SyncSender<Handed>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let flush = |batch: &mut Vec<Found>| match send.send(Handed::Batch(std::mem::take(batch))) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    let result = har::read(reader, |found| {
        if let Found::Entry(entry) = &found {
            let answer = entry.answer.as_ref().and_then(|answer| answer.body.as_ref());
            bytes += entry.body.len() + answer.map_or(0, Vec::len);
        }
        batch.push(found);
        if batch.len() < BATCH && bytes < BATCH_BYTES {
            return true;
        }
        bytes = 0;
        flush(&mut batch).is_continue()
    });
    if flush(&mut batch).is_continue()
        && let Err(error) = result
    {
        let _ = send.send(Handed::Failed(error));
    }
}

fn is_ours(entry: &Entry, hosts: &[String], contract: &Contract) -> bool {
    if hosts.is_empty() {
        let path = entry.target.split('?').next().unwrap_or_default();
        return contract.is_host(&entry.host) || contract.has_paths_like(split_session(path).1);
    }
    let name = entry.host.rsplit_once(':').map_or(&*entry.host, |(name, _)| name);
    hosts.iter().any(|host| host.eq_ignore_ascii_case(&entry.host) || host.eq_ignore_ascii_case(name))
}

/// Host and the first part of the path.
fn place(entry: &Entry) -> String {
    let path = entry.target.split('?').next().unwrap_or_default();
    let first = path.split('/').nth(1).unwrap_or_default();
    format!("{}/{}", entry.host, shortened(first, 60))
}

fn answer(answered: Answered) -> Option<Answer> {
    Some(Answer {
        status: StatusCode::from_u16(answered.status).ok()?,
        headers: answered.headers,
        body: answered.body.map(Bytes::from).unwrap_or_default(),
    })
}
