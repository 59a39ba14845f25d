//! A file that appears whole, in the place of an older one or of none.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process,
};

use thiserror::Error;

use super::Kind;

/// Names that are tried for the new file.
const ATTEMPTS: u32 = 1000;

/// Why a file was not replaced. Each message is a predicate; the caller puts the file in front.
#[derive(Debug, Error)]
pub enum ReplaceError {
    /// A device, a FIFO, a folder: to replace it would break whatever uses it.
    #[error("is not a regular file but {0}, and is left as it is")]
    NotRegular(Kind),
    /// A link whose end is missing.
    #[error("is a symbolic link that leads nowhere, and is left as it is")]
    Dangling,
    /// The system says no.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// A new file beside the one that it will replace, so that whoever waits for the name never reads half of it. Without a
/// [`Replacement::commit`] it goes, and the old one stays.
#[derive(Debug)]
pub struct Replacement {
    target: PathBuf,
    new: PathBuf,
    file: File,
}

impl Replacement {
    /// Makes the new file. What stands under the name is a regular file, a symbolic link to one (the link stays, its end is replaced),
    /// or nothing.
    ///
    /// # Errors
    ///
    /// When something else stands there, or no file can be made in its folder.
    pub fn prepare(path: &Path) -> Result<Self, ReplaceError> {
        let target = target(path)?;
        for attempt in 0..ATTEMPTS {
            // Never a name that is taken: it may be a link or a device as well.
            let new = target.with_file_name(format!(".understudy-{}-{attempt}.new", process::id()));
            match File::create_new(&new) {
                Ok(file) => return Ok(Self { target, new, file }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::from(ErrorKind::AlreadyExists).into())
    }

    /// Writes the text and puts the file in its place. Something that took the name since [`Replacement::prepare`] and is not a regular
    /// file is left alone, unless it came in the moment between the look and the move.
    ///
    /// # Errors
    ///
    /// As for [`Replacement::prepare`], and when the text cannot be written.
    pub fn commit(mut self, text: &str) -> Result<(), ReplaceError> {
        self.file.write_all(text.as_bytes())?;
        target(&self.target)?;
        fs::rename(&self.new, &self.target)?;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After a commit there is nothing under this name.
        let _ = fs::remove_file(&self.new);
    }
}

/// The name that is replaced: where symbolic links end.
fn target(path: &Path) -> Result<PathBuf, ReplaceError> {
    let link = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.is_symlink(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path.to_owned()),
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
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        for text in ["one", "two"] {
            Replacement::prepare(&path).unwrap().commit(text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(names(folder.path()), ["address"]);
        }
    }

    #[test]
    fn without_a_commit_the_old_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        fs::write(&path, "old").unwrap();
        drop(Replacement::prepare(&path).unwrap());
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("old", 1));
    }

    #[test]
    fn two_at_once_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        let (one, other) = (Replacement::prepare(&path).unwrap(), Replacement::prepare(&path).unwrap());
        one.commit("one").unwrap();
        other.commit("other").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("other", 1));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_stays_a_link() {
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
    fn what_is_not_a_regular_file_is_left_as_it_is() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let _listener = UnixListener::bind(at("socket")).unwrap();
        symlink("/dev/null", at("device")).unwrap();
        symlink(folder.path(), at("folder")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        let before = names(folder.path());
        for (path, message) in [
            (Path::new("/dev/null").to_owned(), "is not a regular file but a character device, and is left as it is"),
            (at("device"), "is not a regular file but a character device, and is left as it is"),
            (at("socket"), "is not a regular file but a socket, and is left as it is"),
            (at("folder"), "is not a regular file but a folder, and is left as it is"),
            (at(""), "is not a regular file but a folder, and is left as it is"),
            (at("dangling"), "is a symbolic link that leads nowhere, and is left as it is"),
        ] {
            assert_eq!(Replacement::prepare(&path).unwrap_err().to_string(), message, "{path:?}");
        }
        assert_eq!(names(folder.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn what_takes_the_name_in_the_meantime_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("address");
        let replacement = Replacement::prepare(&path).unwrap();
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert!(replacement.commit("x").unwrap_err().to_string().starts_with("is not a regular file but"));
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        assert_eq!(names(folder.path()), ["address"]);
    }
}
