//! Whether a file is still the same, without reading it.

use std::{fs, path::Path, time::SystemTime};

/// What changes when a file is written or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// An editor may put another file in the place of the old one, with a time that it copied.
    number: u64,
}

impl Stamp {
    /// That of a file, a folder or whatever a link leads to; nothing where there is none.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let number = 0;
        Some(Self { modified: metadata.modified().ok(), length: metadata.len(), number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_replaced_or_gone_is_not_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        assert_eq!(Stamp::of(&path), None);
        fs::write(&path, "one").unwrap();
        let first = Stamp::of(&path);
        assert!(first.is_some() && first == Stamp::of(&path));
        fs::write(&path, "longer").unwrap();
        assert_ne!(Stamp::of(&path), first);
        // As editors do, and with the time of the old file.
        fs::write(&other, "one").unwrap();
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        let written = Stamp::of(&path);
        fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(Stamp::of(&path), written);
    }
}
