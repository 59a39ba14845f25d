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
    while let Some(piece) = scanner.next_entry(number == 0, &mut bytes, LARGEST_ENTRY)? {
        number += 1;
        let line = scanner.line();
        let entry = match piece {
            Piece::Whole => Entry::read(&bytes),
            Piece::TooLong => Err(format!("it has more than {LARGEST_ENTRY} bytes")),
        };
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
