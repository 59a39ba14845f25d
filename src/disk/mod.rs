//! Files and folders that a person names. Whatever stands there, reading comes to an end: only regular files are read, up to a
//! limit, and a folder that leads back into itself is an error. Messages are predicates, so that the caller says what the file is:
//! "the scenario `a.yaml`" + " is not a regular file but a FIFO".

mod folder;
mod kind;
mod read;
mod replace;

pub use self::{
    folder::{Entry, FolderError, list, walk},
    kind::Kind,
    read::{ReadError, read, read_text},
    replace::{ReplaceError, Replacement},
};

/// Bytes of a file that are read, unless its reader has a limit of its own.
pub const LARGEST: u64 = 64 << 20;
