//! Files and folders that a user names. Reading always ends: only regular files are read, up to a limit, and a loop of symbolic links
//! is an error. Error messages are predicates, so that the caller can say what the file is for: "the scenario `a.yaml`" + " is not a
//! regular file but a FIFO".

mod files;
mod folder;
mod kind;
mod read;
mod replace;
mod stamp;

pub use self::{
    files::{Asked, Disk, Files, Folder},
    folder::{Entry, FolderError, list, walk},
    kind::Kind,
    read::{ReadError, open, read, read_text},
    replace::{ReplaceError, Replacement},
    stamp::Stamp,
};

/// The largest file that is read, in bytes, unless the caller has its own limit.
pub const LARGEST: u64 = 64 << 20;
