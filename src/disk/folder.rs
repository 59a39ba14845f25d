//! Listing folders.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::Kind;

/// The most entries that are read, of a folder and of all folders below it.
const MOST: usize = 100_000;

/// The deepest nesting of folders.
const DEEPEST: usize = 64;

/// Why a folder was not read.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The system reported an error.
    #[error("cannot read the folder `{}`: {error}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// A symbolic link leads to a folder that contains it, directly or through other links.
    #[error("`{}` is a symbolic link back to `{}`, which contains it: a loop", link.display(), back.display())]
    Loop {
        /// The link.
        link: PathBuf,
        /// The folder that it leads to.
        back: PathBuf,
    },
    /// Too many entries.
    #[error("`{}` holds more than {MOST} files and folders", folder.display())]
    TooMany {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// Too many folders inside one another.
    #[error("`{}` is nested more than {DEEPEST} folders deep", folder.display())]
    TooDeep {
        /// The folder that is too deep.
        folder: PathBuf,
    },
}

/// An entry of a folder.
#[derive(Debug)]
pub struct Entry {
    /// The path of the folder, with the name of the entry.
    pub path: PathBuf,
    /// Its type, after following links; `None` for a broken link. Reading it gives the reason.
    pub kind: Option<Kind>,
    /// Whether it is a symbolic link.
    pub link: bool,
}

/// Lists a folder, sorted by name. Hidden entries that are neither files nor folders, such as the lock files of editors, are skipped.
///
/// # Errors
///
/// If the folder cannot be read or has more than 100,000 entries.
pub fn list(folder: &Path) -> Result<Vec<Entry>, FolderError> {
    entries(folder, MOST)?.ok_or_else(|| FolderError::TooMany { folder: folder.to_owned() })
}

/// Lists everything below a folder that is not a folder, sorted by path. Symbolic links are followed.
///
/// # Errors
///
/// If a folder cannot be read, symbolic links form a loop, there are more than 100,000 entries, or folders are nested more than 64 deep.
pub fn walk(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let mut walk = Walk { root: folder, left: MOST, files: Vec::new(), ancestors: Vec::new() };
    let real = fs::canonicalize(folder).map_err(|error| unreadable(folder, error))?;
    walk.enter(folder, real)?;
    walk.files.sort();
    Ok(walk.files)
}

/// A walk in progress.
struct Walk<'r> {
    root: &'r Path,
    /// How many more entries may be read.
    left: usize,
    files: Vec<PathBuf>,
    /// The canonical paths of the folders on the way to the current one, outermost first.
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
                let real = self.canonical(&entry)?;
                self.enter(&entry.path, real)?;
            } else {
                self.files.push(entry.path);
            }
        }
        self.ancestors.pop();
        Ok(())
    }

    /// The canonical path of a folder. A link to a folder on the way here, or to one that contains it, is a loop.
    fn canonical(&self, entry: &Entry) -> Result<PathBuf, FolderError> {
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

/// The entries sorted by name; `None` if there are more than `most`.
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
    fn lists_everything_below_a_folder_by_path() {
        let folder = folder(&["b/2.json", "b/1.json", "a.json", "a/c/d.json"]);
        let walked = walk(folder.path()).unwrap();
        assert_eq!(names(&folder, &walked), ["a/c/d.json", "a.json", "b/1.json", "b/2.json"]);
        let listed = list(folder.path()).unwrap();
        let kinds: Vec<_> = listed.iter().map(|entry| entry.kind.unwrap()).collect();
        assert_eq!(kinds, [Kind::Folder, Kind::Regular, Kind::Folder]);
    }

    #[test]
    fn refuses_too_many_entries() {
        let folder = folder(&["a", "b", "c"]);
        assert_eq!(entries(folder.path(), 3).unwrap().unwrap().len(), 3);
        assert!(entries(folder.path(), 2).unwrap().is_none());
        let mut walk = Walk { root: folder.path(), left: 2, files: Vec::new(), ancestors: Vec::new() };
        let error = walk.enter(folder.path(), folder.path().to_owned()).unwrap_err();
        assert!(matches!(error, FolderError::TooMany { .. }), "{error}");
    }

    #[test]
    fn refuses_folders_that_are_nested_too_deep() {
        let deep = vec!["a"; DEEPEST].join("/") + "/b.json";
        let folder = folder(&[&deep]);
        let message = walk(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with("is nested more than 64 folders deep"), "{message}");
    }

    #[test]
    fn names_a_folder_that_does_not_exist() {
        assert!(walk(Path::new("no/such")).unwrap_err().to_string().starts_with("cannot read the folder `no/such`: "));
    }

    #[cfg(unix)]
    mod links {
        use std::os::unix::fs::symlink;

        use super::*;

        #[test]
        fn names_the_link_that_makes_a_loop() {
            for (link, target) in [("a/b/loop", "."), ("a/b/loop", ".."), ("a/loop", "../.."), ("loop", "../..")] {
                let folder = folder(&["a/b/c.json"]);
                symlink(target, folder.path().join(link)).unwrap();
                let error = walk(folder.path()).unwrap_err();
                let FolderError::Loop { link: found, .. } = &error else { panic!("{error}") };
                assert_eq!(*found, folder.path().join(link));
                assert!(error.to_string().contains("is a symbolic link back to"), "{error}");
            }
        }

        #[test]
        fn finds_a_loop_through_two_links() {
            let folder = folder(&["a/1.json", "b/2.json"]);
            symlink("../b", folder.path().join("a/to-b")).unwrap();
            symlink("../a", folder.path().join("b/to-a")).unwrap();
            assert!(matches!(walk(folder.path()).unwrap_err(), FolderError::Loop { .. }));
        }

        #[test]
        fn follows_links_that_do_not_loop() {
            let folder = folder(&["real/1.json"]);
            symlink("real", folder.path().join("again")).unwrap();
            symlink("real/1.json", folder.path().join("file.json")).unwrap();
            let walked = walk(folder.path()).unwrap();
            assert_eq!(names(&folder, &walked), ["again/1.json", "file.json", "real/1.json"]);
        }

        #[test]
        fn lists_a_broken_link_without_a_kind_and_skips_an_editors_lock() {
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
