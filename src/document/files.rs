//! Where files come from. An editor may have a newer text of a file than the disk has, so whoever reads files asks through a trait.

use std::{
    collections::HashMap,
    fs::{self, File, FileType},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use thiserror::Error;

/// A place that has files.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// Why it cannot be read. No more than `limit` bytes are read to find that out.
    fn read(&self, path: &Path, limit: u64) -> Result<Bytes, FileError>;
}

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// There is something of that name, but it has no end, or no bytes.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// It has more bytes than the limit.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// What the operating system says.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The files of this machine. Each is read once and shared by all who ask for it, for as long as this value lives.
///
/// ```
/// use std::path::Path;
/// use understudy::document::{Disk, FileError, Files};
///
/// let disk = Disk::default();
/// assert!(matches!(disk.read(Path::new("/"), 1000), Err(FileError::NotAFile("a folder"))));
/// ```
#[derive(Debug, Default)]
pub struct Disk {
    read: Mutex<HashMap<PathBuf, Bytes>>,
}

impl Files for Disk {
    fn read(&self, path: &Path, limit: u64) -> Result<Bytes, FileError> {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = match known.get(path) {
            Some(bytes) => bytes.clone(),
            None => {
                let bytes = read(path, limit)?;
                known.insert(path.to_owned(), bytes.clone());
                bytes
            }
        };
        if bytes.len() as u64 > limit { Err(FileError::TooLarge(limit)) } else { Ok(bytes) }
    }
}

/// Whatever the size of the file claims, reading stops at the limit.
fn read(path: &Path, limit: u64) -> Result<Bytes, FileError> {
    // To open a pipe would wait for somebody to write to it, so it is looked at first.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile(kind(metadata.file_type())));
    }
    if metadata.len() > limit {
        return Err(FileError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge(limit));
    }
    Ok(Bytes::from(bytes))
}

/// What it is instead, with its article.
fn kind(file_type: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if file_type.is_fifo() {
            return "a pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return "a device";
        }
    }
    if file_type.is_dir() { "a folder" } else { "something else" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(path: &Path, limit: u64) -> String {
        Disk::default().read(path, limit).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_read_once_and_shared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let disk = Disk::default();
        let first = disk.read(&path, 3).unwrap();
        fs::write(&path, "another").unwrap();
        let second = disk.read(&path, 3).unwrap();
        assert_eq!((first.as_ptr(), &*first), (second.as_ptr(), &b"one"[..]));
        assert!(matches!(disk.read(&path, 2), Err(FileError::TooLarge(2))));
        assert_eq!(Disk::default().read(&path, 9).unwrap(), "another");
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, vec![b'x'; 1001]).unwrap();
        assert_eq!(error(&path, 1000), "it has more than 1000 bytes");
        // Its size says nothing at all.
        #[cfg(target_os = "linux")]
        assert_eq!(error(Path::new("/proc/self/environ"), 0), "it has more than 0 bytes");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_without_waiting_for_it() {
        use std::os::unix::net::UnixListener;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(error(folder.path(), 9), "it is a folder, not a file");
        assert_eq!(error(Path::new("/dev/zero"), 9), "it is a device, not a file");
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(error(&socket, 9), "it is a socket, not a file");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert_eq!(error(&pipe, 9), "it is a pipe, not a file");
    }
}
