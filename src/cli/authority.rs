//! The authority of the person who runs stand-ins: made once, kept in the folder for data, trusted by clients from then on.

use std::{
    env, fs,
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process,
};

use super::Failure;
use crate::{disk, server::Authority};

/// Bytes of a certificate or a key.
const LARGEST: u64 = 64 << 10;

/// How often is begun anew where others begin at the same time.
const ATTEMPTS: u32 = 1000;

/// An authority, and where its certificate is.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) authority: Authority,
    pub(super) certificate: PathBuf,
}

/// The certificate of the authority, whether it is there or not.
pub(super) fn certificate() -> Option<PathBuf> {
    folder().map(|folder| folder.join("ca.pem"))
}

/// The authority; the first who asks for it makes it.
pub(super) fn kept() -> Result<Kept, Failure> {
    let folder = folder().ok_or_else(|| {
        let reason =
            "there is no folder for the authority that signs certificates: neither XDG_DATA_HOME nor HOME is set";
        Failure::World(format!("{reason}; `--tls CERT,KEY` takes a certificate of your own"))
    })?;
    kept_in(&folder).map_err(|reason| {
        let folder = folder.display();
        Failure::World(format!("the authority in `{folder}` {reason}"))
    })
}

fn folder() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join("understudy/ca"))
}

fn kept_in(folder: &Path) -> Result<Kept, String> {
    let (certificate, key) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
    for attempt in 0..ATTEMPTS {
        if folder.exists() {
            let text = |path: &Path| {
                disk::read_text(path, LARGEST)
                    .map_err(|error| format!("is of no use: `{}` {error}; {ANEW}", path.display()))
            };
            let authority = Authority::read(&text(&certificate)?, &text(&key)?);
            let authority = authority.map_err(|error| format!("is of no use: {error}; {ANEW}"))?;
            return Ok(Kept { authority, certificate });
        }
        make(folder, attempt).map_err(|error| {
            format!("cannot be made: {error}; XDG_DATA_HOME names another folder, and `--tls CERT,KEY` takes a certificate of your own")
        })?;
    }
    Err("is made and removed again and again by somebody else".to_owned())
}

/// What helps against an authority of no use.
const ANEW: &str = "without that folder a new one is made";

/// Makes an authority. It comes to its place as a whole, so that of several who make one all get the same.
fn make(folder: &Path, attempt: u32) -> io::Result<()> {
    let above = folder.parent().ok_or(ErrorKind::NotFound)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(above)?;
    let new = above.join(format!(".ca-{}-{attempt}.new", process::id()));
    match fs::DirBuilder::new().mode(0o700).create(&new) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    let put = fill(&new).and_then(|()| fs::rename(&new, folder));
    if put.is_err() {
        let _ = fs::remove_dir_all(&new);
    }
    match put {
        // Somebody else was first.
        Err(_) if folder.exists() => Ok(()),
        put => put,
    }
}

fn fill(folder: &Path) -> io::Result<()> {
    let authority = Authority::make().map_err(io::Error::other)?;
    for (name, text, mode) in [("ca.pem", authority.certificate(), 0o644), ("ca-key.pem", &authority.key(), 0o600)] {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(folder.join(name))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::fs::PermissionsExt as _, sync::Barrier, thread};

    #[test]
    fn whoever_asks_at_the_same_time_gets_the_same_authority() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("understudy/ca");
        let start = Barrier::new(16);
        let keys: Vec<String> = thread::scope(|scope| {
            let ask = || {
                start.wait();
                kept_in(&folder).unwrap().authority.key()
            };
            let asking: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        let left: Vec<_> =
            fs::read_dir(data.path().join("understudy")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["ca"]);
        let mode = |name| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("ca-key.pem"), mode("ca.pem") & 0o600), (0o600, 0o600));
    }

    #[test]
    fn an_authority_of_no_use_says_what_to_do() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("ca");
        fs::create_dir(&folder).unwrap();
        let reason = || kept_in(&folder).unwrap_err();
        assert!(reason().contains("ca.pem` cannot be read") && reason().contains(ANEW), "{}", reason());
        fs::write(folder.join("ca.pem"), "half").unwrap();
        fs::write(folder.join("ca-key.pem"), "half").unwrap();
        assert!(reason().contains("its key cannot be read"), "{}", reason());
        let below_a_file = folder.join("ca.pem/understudy/ca");
        assert!(kept_in(&below_a_file).unwrap_err().contains("XDG_DATA_HOME names another folder"));
    }
}
