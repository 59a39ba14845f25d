//! Where files come from. An editor may have a newer text of a file than the disk has, so whoever reads what a file names asks through
//! a trait.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

use super::{ReadError, read};

/// A place that has files.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// Why it cannot be read. No more than `limit` bytes are read to find that out.
    fn read(&self, path: &Path, limit: u64) -> Result<Bytes, ReadError>;
}

/// Where the files are looked for that another file names.
#[derive(Clone, Copy)]
pub struct Folder<'f> {
    /// The folder that the other file stands in.
    pub path: &'f Path,
    /// Who has the files.
    pub files: &'f dyn Files,
}

/// The files of this machine. Each is read once and shared by all who ask for it, for as long as this value lives.
///
/// ```
/// use std::path::Path;
/// use understudy::disk::{Disk, Files, ReadError};
///
/// let disk = Disk::default();
/// assert!(matches!(disk.read(Path::new("/"), 1000), Err(ReadError::NotRegular(_))));
/// ```
#[derive(Debug, Default)]
pub struct Disk {
    read: Mutex<HashMap<PathBuf, Bytes>>,
}

/// Files that another place has; which of them were asked for, and what came of it.
pub struct Asked<'f> {
    files: &'f dyn Files,
    asked: Mutex<Vec<(PathBuf, Option<Bytes>)>>,
}

impl<'f> Asked<'f> {
    /// Of these files none so far.
    pub fn of(files: &'f dyn Files) -> Self {
        Self { files, asked: Mutex::default() }
    }

    /// In the order in which they were asked for; without bytes where they could not be read.
    pub fn all(self) -> Vec<(PathBuf, Option<Bytes>)> {
        self.asked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Asked<'_> {
    fn read(&self, path: &Path, limit: u64) -> Result<Bytes, ReadError> {
        let read = self.files.read(path, limit);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push((path.to_owned(), read.as_ref().ok().cloned()));
        read
    }
}

impl Files for Disk {
    fn read(&self, path: &Path, limit: u64) -> Result<Bytes, ReadError> {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = match known.get(path) {
            Some(bytes) => bytes.clone(),
            None => {
                let bytes = Bytes::from(read(path, limit)?);
                known.insert(path.to_owned(), bytes.clone());
                bytes
            }
        };
        if bytes.len() as u64 > limit { Err(ReadError::TooLarge { limit }) } else { Ok(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn reads_a_file_once_and_shares_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let disk = Disk::default();
        let first = disk.read(&path, 3).unwrap();
        fs::write(&path, "another").unwrap();
        let second = disk.read(&path, 3).unwrap();
        assert_eq!((first.as_ptr(), &*first), (second.as_ptr(), &b"one"[..]));
        assert!(matches!(disk.read(&path, 2), Err(ReadError::TooLarge { limit: 2 })));
        assert_eq!(Disk::default().read(&path, 9).unwrap(), "another");
    }
}
