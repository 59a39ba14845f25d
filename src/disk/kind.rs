//! What may stand where a file is expected.

use std::{fmt, fs::FileType};

/// What a name leads to, symbolic links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file with bytes of its own, and an end.
    Regular,
    /// A folder.
    Folder,
    /// A named pipe: opening it waits for somebody at its other end.
    Fifo,
    /// A socket of this machine.
    Socket,
    /// A device without an order of blocks, such as `/dev/zero`.
    CharacterDevice,
    /// A disk.
    BlockDevice,
    /// Something that this system has and others do not.
    Other,
}

impl Kind {
    /// The kind that a file's metadata tell.
    pub fn of(kind: FileType) -> Self {
        match kind {
            kind if kind.is_file() => Self::Regular,
            kind if kind.is_dir() => Self::Folder,
            kind => Self::special(kind),
        }
    }

    #[cfg(unix)]
    fn special(kind: FileType) -> Self {
        use std::os::unix::fs::FileTypeExt as _;
        match kind {
            kind if kind.is_fifo() => Self::Fifo,
            kind if kind.is_socket() => Self::Socket,
            kind if kind.is_char_device() => Self::CharacterDevice,
            kind if kind.is_block_device() => Self::BlockDevice,
            _ => Self::Other,
        }
    }

    #[cfg(not(unix))]
    fn special(_: FileType) -> Self {
        Self::Other
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Regular => "a regular file",
            Self::Folder => "a folder",
            Self::Fifo => "a FIFO",
            Self::Socket => "a socket",
            Self::CharacterDevice => "a character device",
            Self::BlockDevice => "a block device",
            Self::Other => "something else",
        })
    }
}
