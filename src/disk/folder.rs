//! What a folder holds, by name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::Kind;

/// Files and folders that are looked at in one folder, and in all that stand below it.
const MOST: usize = 100_000;

/// Folders inside one another.
const DEEPEST: usize = 64;

/// Why a folder was not read.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The system says no.
    #[error("cannot read the folder `{}`: {error}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// A symbolic link to a folder that it stands in, straight or by way of others.
    #[error("`{}` is a symbolic link that leads back to `{}`, so the folder has no end", link.display(), back.display())]
    Loop {
        /// The link.
        link: PathBuf,
        /// Where it leads to.
        back: PathBuf,
    },
    /// Nobody writes so many files.
    #[error("`{}` holds more than {MOST} files and folders", folder.display())]
    TooMany {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// Nobody nests folders so deep.
    #[error("`{}` is nested more than {DEEPEST} folders deep", folder.display())]
    TooDeep {
        /// The innermost one that was looked at.
        folder: PathBuf,
    },
}

/// A name in a folder, and what it leads to.
#[derive(Debug)]
pub struct Entry {
    /// The folder's path with the name.
    pub path: PathBuf,
    /// What it leads to; nothing where it leads nowhere, or into a circle of links. Reading it says why.
    pub kind: Option<Kind>,
    /// Whether it is a symbolic link.
    pub link: bool,
}

/// The entries of a folder, by name. What an editor leaves there while it works, a hidden name that is no regular file, is left out.
///
/// # Errors
///
/// When the folder cannot be read, or holds more than 100,000 entries.
pub fn list(folder: &Path) -> Result<Vec<Entry>, FolderError> {
    entries(folder, MOST)?.ok_or_else(|| FolderError::TooMany { folder: folder.to_owned() })
}

/// Everything below a folder that is not a folder, by path. Symbolic links are followed.
///
/// # Errors
///
/// When a folder cannot be read, a symbolic link leads back to a folder that it stands in, or there are more than 100,000 entries or
/// 64 folders inside one another.
pub fn walk(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let mut walk = Walk { root: folder, left: MOST, files: Vec::new(), ancestors: Vec::new() };
    let real = fs::canonicalize(folder).map_err(|error| unreadable(folder, error))?;
    walk.enter(folder, real)?;
    walk.files.sort();
    Ok(walk.files)
}

/// A walk under way.
struct Walk<'r> {
    root: &'r Path,
    /// Entries that may still come.
    left: usize,
    files: Vec<PathBuf>,
    /// Where the folders that are walked through really stand, the outermost first.
    ancestors: Vec<PathBuf>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, real: PathBuf) -> Result<(), FolderError> {
        if self.ancestors.len() == DEEPEST {
            return Err(FolderError::TooDeep { folder: folder.to_owned() });
        }
        let entries =
            entries(folder, self.left)?.ok_or_else(|| FolderError::TooMany { folder: self.root.to_owned() })?;
        self.left -= entries.len();
        self.ancestors.push(real);
        for entry in entries {
            if entry.kind == Some(Kind::Folder) {
                let real = self.place(&entry)?;
                self.enter(&entry.path, real)?;
            } else {
                self.files.push(entry.path);
            }
        }
        self.ancestors.pop();
        Ok(())
    }

    /// Where a folder really stands. A link to a folder, or above one, that is walked through would come back here for ever.
    fn place(&self, entry: &Entry) -> Result<PathBuf, FolderError> {
        if !entry.link {
            let parent = self.ancestors.last().map_or_else(PathBuf::new, Clone::clone);
            return Ok(parent.join(entry.path.file_name().unwrap_or_default()));
        }
        let real = fs::canonicalize(&entry.path).map_err(|error| unreadable(&entry.path, error))?;
        if self.ancestors.iter().any(|ancestor| ancestor.starts_with(&real)) {
            return Err(FolderError::Loop { link: entry.path.clone(), back: real });
        }
        Ok(real)
    }
}

/// The entries by name, unless there are more than `most`.
fn entries(folder: &Path, most: usize) -> Result<Option<Vec<Entry>>, FolderError> {
    let mut found = Vec::new();
    for (count, entry) in fs::read_dir(folder).map_err(|error| unreadable(folder, error))?.enumerate() {
        if count == most {
            return Ok(None);
        }
        let entry = entry.map_err(|error| unreadable(folder, error))?;
        let path = entry.path();
        let link = entry.file_type().map_err(|error| unreadable(&path, error))?.is_symlink();
        let kind = fs::metadata(&path).ok().map(|metadata| Kind::of(metadata.file_type()));
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden || matches!(kind, Some(Kind::Regular | Kind::Folder)) {
            found.push(Entry { path, kind, link });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Some(found))
}

fn unreadable(folder: &Path, error: io::Error) -> FolderError {
    FolderError::Io { folder: folder.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, paths: &[PathBuf]) -> Vec<String> {
        paths.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
    }

    #[test]
    fn everything_below_a_folder_comes_by_path() {
        let folder = folder(&["b/2.json", "b/1.json", "a.json", "a/c/d.json"]);
        let walked = walk(folder.path()).unwrap();
        assert_eq!(names(&folder, &walked), ["a/c/d.json", "a.json", "b/1.json", "b/2.json"]);
        let listed = list(folder.path()).unwrap();
        let kinds: Vec<_> = listed.iter().map(|entry| entry.kind.unwrap()).collect();
        assert_eq!(kinds, [Kind::Folder, Kind::Regular, Kind::Folder]);
    }

    #[test]
    fn a_crowd_of_files_is_counted_and_no_more() {
        let folder = folder(&["a", "b", "c"]);
        assert_eq!(entries(folder.path(), 3).unwrap().unwrap().len(), 3);
        assert!(entries(folder.path(), 2).unwrap().is_none());
        let mut walk = Walk { root: folder.path(), left: 2, files: Vec::new(), ancestors: Vec::new() };
        let error = walk.enter(folder.path(), folder.path().to_owned()).unwrap_err();
        assert!(matches!(error, FolderError::TooMany { .. }), "{error}");
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = vec!["a"; DEEPEST].join("/") + "/b.json";
        let folder = folder(&[&deep]);
        let message = walk(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with("is nested more than 64 folders deep"), "{message}");
    }

    #[test]
    fn a_folder_that_is_none_says_so() {
        assert!(walk(Path::new("no/such")).unwrap_err().to_string().starts_with("cannot read the folder `no/such`: "));
    }

    #[cfg(unix)]
    mod links {
        use std::os::unix::fs::symlink;

        use super::*;

        #[test]
        fn a_loop_is_an_error_that_says_where() {
            for (link, target) in [("a/b/loop", "."), ("a/b/loop", ".."), ("a/loop", "../.."), ("loop", "../..")] {
                let folder = folder(&["a/b/c.json"]);
                symlink(target, folder.path().join(link)).unwrap();
                let error = walk(folder.path()).unwrap_err();
                let FolderError::Loop { link: found, .. } = &error else { panic!("{error}") };
                assert_eq!(*found, folder.path().join(link));
                assert!(error.to_string().contains("is a symbolic link that leads back to"), "{error}");
            }
        }

        #[test]
        fn a_loop_by_way_of_two_links_is_found() {
            let folder = folder(&["a/1.json", "b/2.json"]);
            symlink("../b", folder.path().join("a/to-b")).unwrap();
            symlink("../a", folder.path().join("b/to-a")).unwrap();
            assert!(matches!(walk(folder.path()).unwrap_err(), FolderError::Loop { .. }));
        }

        #[test]
        fn links_that_only_share_a_folder_are_followed() {
            let folder = folder(&["real/1.json"]);
            symlink("real", folder.path().join("again")).unwrap();
            symlink("real/1.json", folder.path().join("file.json")).unwrap();
            let walked = walk(folder.path()).unwrap();
            assert_eq!(names(&folder, &walked), ["again/1.json", "file.json", "real/1.json"]);
        }

        #[test]
        fn what_leads_nowhere_has_no_kind_and_an_editors_lock_is_left_out() {
            let folder = folder(&[".hidden.yaml"]);
            symlink("circle.yaml", folder.path().join("circle.yaml")).unwrap();
            symlink("me@host.17", folder.path().join(".#a.yaml")).unwrap();
            let listed = list(folder.path()).unwrap();
            let found: Vec<_> =
                listed.iter().map(|entry| (entry.path.file_name().unwrap().to_str(), entry.kind)).collect();
            assert_eq!(found, [(Some(".hidden.yaml"), Some(Kind::Regular)), (Some("circle.yaml"), None)]);
        }
    }
}
