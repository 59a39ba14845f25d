//! Replacing a file atomically.

use std::{
    fs::{self, File},
    io::{self, BufWriter, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process,
};

use thiserror::Error;

use super::Kind;

/// How many names are tried for the new file.
const ATTEMPTS: u32 = 1000;

/// Why a file was not replaced. Each message is a predicate; the caller puts the name of the file before it.
#[derive(Debug, Error)]
pub enum ReplaceError {
    /// A folder, FIFO, socket or device. Replacing it would break whatever uses it.
    #[error("is not a regular file but {0}, and is not replaced")]
    NotRegular(Kind),
    /// A symbolic link to nothing.
    #[error("is a broken symbolic link, and is not replaced")]
    Dangling,
    /// The system reported an error.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// A new file in the folder of the one that it will replace, so that readers see either the old file or the whole new one. Dropping it
/// without a [`Replacement::commit`] removes it and keeps the old file.
#[derive(Debug)]
pub struct Replacement {
    target: PathBuf,
    new: PathBuf,
    file: File,
}

impl Replacement {
    /// Creates the new file. `path` may be a regular file, a symbolic link to one (the link stays and its target is replaced), or not
    /// exist.
    ///
    /// # Errors
    ///
    /// If `path` is anything else, or no file can be created in its folder.
    pub fn prepare(path: &Path) -> Result<Self, ReplaceError> {
        let target = target(path)?;
        for attempt in 0..ATTEMPTS {
            // An existing file is never opened: it may be a link or a device, or belong to another process.
            let new = target.with_file_name(format!(".understudy-{}-{attempt}.new", process::id()));
            match File::create_new(&new) {
                Ok(file) => return Ok(Self { target, new, file }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::from(ErrorKind::AlreadyExists).into())
    }

    /// Writes the text and renames the new file to `path`. The type of the old file is checked again just before; what replaces it between
    /// that check and the rename is lost.
    ///
    /// # Errors
    ///
    /// As for [`Replacement::prepare`], and if the text cannot be written.
    pub fn commit(self, text: &str) -> Result<(), ReplaceError> {
        self.commit_with(|file| file.write_all(text.as_bytes()))
    }

    /// As [`Replacement::commit`], for what is written piece by piece.
    ///
    /// # Errors
    ///
    /// As for [`Replacement::commit`].
    pub fn commit_with(self, write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> Result<(), ReplaceError> {
        let mut buffered = BufWriter::new(&self.file);
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        target(&self.target)?;
        fs::rename(&self.new, &self.target)?;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After a commit this name does not exist any more.
        let _ = fs::remove_file(&self.new);
    }
}

/// The path that is replaced, after following symbolic links.
fn target(path: &Path) -> Result<PathBuf, ReplaceError> {
    let link = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.is_symlink(),
        Err(error) if error.kind() == ErrorKind::NotFound && may_be_a_file(path) => return Ok(path.to_owned()),
        Err(error) => return Err(error.into()),
    };
    match fs::metadata(path) {
        Ok(metadata) => match Kind::of(metadata.file_type()) {
            Kind::Regular if link => Ok(fs::canonicalize(path)?),
            Kind::Regular => Ok(path.to_owned()),
            other => Err(ReplaceError::NotRegular(other)),
        },
        Err(error) if link && error.kind() == ErrorKind::NotFound => Err(ReplaceError::Dangling),
        Err(error) => Err(error.into()),
    }
}

/// Whether this can be the path of a file: it ends in a name.
fn may_be_a_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_a_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        for text in ["one", "two"] {
            Replacement::prepare(&path).unwrap().commit(text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(names(folder.path()), ["address"]);
        }
    }

    #[test]
    fn keeps_the_old_file_without_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        fs::write(&path, "old").unwrap();
        drop(Replacement::prepare(&path).unwrap());
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("old", 1));
    }

    #[test]
    fn refuses_a_path_that_no_file_can_have() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["missing/", "missing/..", "missing/address"] {
            let error = Replacement::prepare(&folder.path().join(name)).unwrap_err();
            assert!(error.to_string().starts_with("cannot be written: "), "{name}: {error}");
        }
        assert!(Replacement::prepare(Path::new("")).is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn two_replacements_of_one_file_do_not_interfere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        let (one, other) = (Replacement::prepare(&path).unwrap(), Replacement::prepare(&path).unwrap());
        one.commit("one").unwrap();
        other.commit("other").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("other", 1));
    }

    #[cfg(unix)]
    #[test]
    fn replaces_the_target_of_a_link_and_keeps_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        Replacement::prepare(&link).unwrap().commit("new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn refuses_to_replace_what_is_not_a_regular_file() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let _listener = UnixListener::bind(at("socket")).unwrap();
        symlink("/dev/null", at("device")).unwrap();
        symlink(folder.path(), at("folder")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        let before = names(folder.path());
        for (path, message) in [
            (Path::new("/dev/null").to_owned(), "is not a regular file but a character device, and is not replaced"),
            (at("device"), "is not a regular file but a character device, and is not replaced"),
            (at("socket"), "is not a regular file but a socket, and is not replaced"),
            (at("folder"), "is not a regular file but a folder, and is not replaced"),
            (at(""), "is not a regular file but a folder, and is not replaced"),
            (at("dangling"), "is a broken symbolic link, and is not replaced"),
        ] {
            assert_eq!(Replacement::prepare(&path).unwrap_err().to_string(), message, "{path:?}");
        }
        assert_eq!(names(folder.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn checks_the_old_file_again_before_the_rename() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        let replacement = Replacement::prepare(&path).unwrap();
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert!(replacement.commit("x").unwrap_err().to_string().starts_with("is not a regular file but"));
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        assert_eq!(names(folder.path()), ["address"]);
    }
}
