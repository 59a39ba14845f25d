//! When files that were written are read again. Time is counted in looks, so that a test can drive it.

use std::{collections::BTreeMap, path::PathBuf};

use crate::disk::Stamp;

/// What there is of the watched files.
pub(super) type Snapshot = BTreeMap<PathBuf, Option<Stamp>>;

/// Looks for which a change is waited out: files that change all the time are read all the same.
const LONGEST: u32 = 4;

/// Waits until files are written to their end: an editor empties a file before it writes it, and a branch is checked out file by file.
#[derive(Debug)]
pub(super) struct Settling {
    /// What there was when it was read last.
    read: Snapshot,
    /// What the last look has seen, if that is something else; and how many looks that is so.
    seen: Option<(Snapshot, u32)>,
}

impl Settling {
    /// Everything was read just now.
    pub(super) fn new(read: Snapshot) -> Self {
        Self { read, seen: None }
    }

    /// Whether it is time to read again. Then this is what was read.
    pub(super) fn look(&mut self, now: Snapshot) -> bool {
        if now == self.read {
            self.seen = None;
            return false;
        }
        let looks = match self.seen.take() {
            Some((seen, looks)) if seen == now || looks + 1 >= LONGEST => LONGEST.max(looks),
            Some((_, looks)) => looks + 1,
            None => 1,
        };
        if looks >= LONGEST {
            self.read = now;
            return true;
        }
        self.seen = Some((now, looks));
        false
    }

    /// It is read now, whatever there is.
    pub(super) fn read_at_once(&mut self, now: Snapshot) {
        *self = Self::new(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    struct Watched {
        _folder: tempfile::TempDir,
        path: PathBuf,
        settling: Settling,
    }

    impl Watched {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.yaml");
            fs::write(&path, "0").unwrap();
            let settling = Settling::new(of(&path));
            Self { _folder: folder, path, settling }
        }

        fn look(&mut self) -> bool {
            self.settling.look(of(&self.path))
        }
    }

    fn of(path: &Path) -> Snapshot {
        Snapshot::from([(path.to_owned(), Stamp::of(path))])
    }

    #[test]
    fn a_change_is_read_once_when_it_is_the_same_at_two_looks() {
        let mut watched = Watched::new();
        assert!(!watched.look());
        fs::write(&watched.path, "01").unwrap();
        assert_eq!([watched.look(), watched.look(), watched.look(), watched.look()], [false, true, false, false]);
    }

    #[test]
    fn a_file_that_never_rests_is_read_at_every_fourth_look() {
        let mut watched = Watched::new();
        let looks: Vec<bool> = (1..=12)
            .map(|length| {
                fs::write(&watched.path, "x".repeat(length + 1)).unwrap();
                watched.look()
            })
            .collect();
        let fourth = [false, false, false, true];
        assert_eq!(looks, [fourth, fourth, fourth].concat());
    }

    #[test]
    fn a_file_that_vanishes_and_comes_back_as_it_was_is_not_read_and_one_that_stays_away_is() {
        let mut watched = Watched::new();
        let aside = watched.path.with_extension("aside");
        fs::rename(&watched.path, &aside).unwrap();
        assert!(!watched.look());
        fs::rename(&aside, &watched.path).unwrap();
        assert!(!watched.look() && !watched.look());
        fs::remove_file(&watched.path).unwrap();
        assert_eq!([watched.look(), watched.look(), watched.look()], [false, true, false]);
    }

    #[test]
    fn what_is_read_at_once_is_not_read_again() {
        let mut watched = Watched::new();
        fs::write(&watched.path, "01").unwrap();
        watched.settling.read_at_once(of(&watched.path));
        assert!(!watched.look() && !watched.look());
    }
}
