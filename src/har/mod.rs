//! Recorded traffic: HAR files, as browsers, mitmproxy, Playwright and our own reports write them.
//!
//! A file may be much larger than the memory: one entry is held at a time. An entry that cannot be understood is told with its place, and the
//! next one is read.

mod body;
mod entry;
mod raw;
mod scan;
mod url;

use std::io::{self, BufReader, Read};

pub use self::entry::{Answered, Entry};
use self::scan::{Piece, Scanner};

/// The most bytes of an entry.
const LARGEST_ENTRY: usize = 64 << 20;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;

/// An entry that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which one, from 1.
    pub number: u64,
    /// Where it ends in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a file holds.
#[derive(Debug)]
pub enum Found {
    /// An entry.
    Entry(Box<Entry>),
    /// One that cannot be understood.
    Broken(Broken),
}

/// Why a file is not a HAR.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Its text is something else.
    #[error("is not a HAR: {0}")]
    NotHar(String),
    /// It ends too early.
    #[error("is not a whole HAR: it breaks off in line {line}")]
    Cut {
        /// The last line.
        line: u64,
    },
}

/// Reads a HAR, entry by entry, until `take` has enough.
///
/// # Errors
///
/// The file is not a HAR, or ends in the middle; the entries before that were taken.
pub fn read(reader: impl Read, mut take: impl FnMut(Found) -> bool) -> Result<(), HarError> {
    let mut scanner = Scanner::new(BufReader::with_capacity(CHUNK, reader));
    scanner.find_entries()?;
    let (mut bytes, mut number) = (Vec::new(), 0);
    while scanner.find_entry(number == 0)? {
        number += 1;
        // Nearly every entry is whole in what was read, and is read where it is. Of the others it is found out first where they end.
        let entry = if let Some((entry, length)) = Entry::read_first(scanner.ahead()?) {
            scanner.consume(length);
            Ok(entry)
        } else {
            match scanner.entry(&mut bytes, LARGEST_ENTRY)? {
                Piece::Whole => Entry::read(&bytes),
                Piece::TooLong => Err(format!("it has more than {LARGEST_ENTRY} bytes")),
            }
        };
        let line = scanner.line();
        let found = match entry {
            Ok(entry) => Found::Entry(Box::new(Entry { number, line, ..entry })),
            Err(reason) => Found::Broken(Broken { number, line, reason }),
        };
        if !take(found) {
            return Ok(());
        }
        if bytes.capacity() > CHUNK {
            bytes = Vec::new();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and fails at the end if it is to.
    struct Few<'b>(&'b [u8], bool);

    impl Read for Few<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() && self.1 {
                return Err(io::Error::other("the disk is gone"));
            }
            let length = buffer.len().min(7);
            self.0.read(&mut buffer[..length])
        }
    }

    /// Entries of all sizes, over several chunks, with one in five that cannot be understood.
    fn recording() -> String {
        let entry = |number: usize| {
            let url = if number.is_multiple_of(5) { "/x".to_owned() } else { format!("http://a.test/{number}") };
            let body = "\\\"}]".repeat(if number == 31 { CHUNK / 3 } else { number * 37 % 5000 });
            let request = format!("{{\"method\":\"POST\",\"url\":\"{url}\",\"postData\":{{\"text\":\"{body}\"}}}}");
            format!("{{\n\"startedDateTime\":\"2026-11-21T08:00:00Z\",\n\"request\":{request}\n}}")
        };
        let entries: Vec<String> = (1..=60).map(entry).collect();
        format!("{{\"log\":{{\"entries\":[{}]}}}}", entries.join(" ,\n"))
    }

    /// Everything that is found, and how it ended.
    fn found(reader: impl Read) -> (Vec<Found>, Result<(), String>) {
        let mut all = Vec::new();
        let ended = read(reader, |found| {
            all.push(found);
            true
        });
        (all, ended.map_err(|error| error.to_string()))
    }

    #[test]
    fn entries_are_the_same_in_the_same_places_wherever_a_chunk_ends() {
        let text = recording();
        assert!(text.len() > 2 * CHUNK);
        let (all, ended) = found(text.as_bytes());
        assert_eq!((all.len(), ended), (60, Ok(())));
        for (found, number) in all.iter().zip(1..) {
            match found {
                Found::Entry(entry) => {
                    assert_eq!(
                        (entry.number, entry.line, &*entry.target),
                        (number, number * 4, &*format!("/{number}"))
                    );
                }
                Found::Broken(broken) => assert_eq!((broken.number, broken.line, number % 5), (number, number * 4, 0)),
            }
        }
        assert_eq!(format!("{all:?}"), format!("{:?}", found(Few(text.as_bytes(), false)).0));
    }

    #[test]
    fn what_came_before_a_reader_failed_is_taken() {
        let text = recording();
        for (length, entries) in [(text.len() / 3, None), (text.len() - 3, Some(60))] {
            let (cut, ended) = found(&text.as_bytes()[..length]);
            assert!(ended.is_err_and(|error| error.starts_with("is not a whole HAR")));
            let (taken, failed) = found(Few(&text.as_bytes()[..length], true));
            assert_eq!(failed, Err("cannot be read: the disk is gone".to_owned()));
            assert!(!taken.is_empty() && taken.len() == cut.len() && entries.is_none_or(|all| taken.len() == all));
        }
    }

    #[test]
    fn whoever_has_enough_gets_no_more() {
        let mut taken = 0;
        let ended = read(recording().as_bytes(), |_| {
            taken += 1;
            taken < 7
        });
        assert_eq!((ended.is_ok(), taken), (true, 7));
    }
}
