//! One file, read whole or not at all.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _},
    path::Path,
};

use thiserror::Error;

use super::Kind;

/// Why a file was not read. Each message is a predicate; the caller puts the file in front.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system says no.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A folder, a FIFO, a device: its bytes may never come, or never end.
    #[error("is not a regular file but {0}")]
    NotRegular(Kind),
    /// More bytes than the reader takes.
    #[error("has more than {limit} bytes")]
    TooLarge {
        /// How many would have been read.
        limit: u64,
    },
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8 text: the byte at offset {offset} is not part of a character")]
    NotText {
        /// Where the first of them stands.
        offset: usize,
    },
}

/// The bytes of a regular file of at most `limit` bytes.
///
/// The size that the system claims is a hint: a file that grows, or one of `/proc` that claims to be empty, is read up to the limit.
///
/// # Errors
///
/// When it is not a regular file, is larger, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // Opening a FIFO waits for a writer, and opening some devices does something: they are told apart before.
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // The name may lead elsewhere by now, so what was opened is looked at too, and nothing else is read. What is left: a FIFO that
    // takes the file's place between the two calls holds the open up until it has a writer.
    let claimed = regular(&file.metadata()?)?;
    if claimed > limit {
        return Err(ReadError::TooLarge { limit });
    }
    bounded(file, claimed, limit)
}

/// The text of a regular file of at most `limit` bytes.
///
/// # Errors
///
/// As for [`read`], and when the bytes are not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    String::from_utf8(read(path, limit)?)
        .map_err(|error| ReadError::NotText { offset: error.utf8_error().valid_up_to() })
}

/// The size that a regular file claims.
fn regular(metadata: &Metadata) -> Result<u64, ReadError> {
    match Kind::of(metadata.file_type()) {
        Kind::Regular => Ok(metadata.len()),
        other => Err(ReadError::NotRegular(other)),
    }
}

fn bounded(source: impl io::Read, claimed: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(claimed.min(limit)).unwrap_or_default());
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ReadError::TooLarge { limit }) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &str, limit: u64) -> String {
        read(Path::new(path), limit).unwrap_err().to_string()
    }

    #[test]
    fn reads_a_file_up_to_its_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().to_string(), "has more than 4 bytes");
    }

    #[test]
    fn stops_at_the_limit_whatever_the_size_claims() {
        for claimed in [0, 3, 1000] {
            let error = bounded(io::repeat(b'x'), claimed, 1000).unwrap_err();
            assert!(matches!(error, ReadError::TooLarge { limit: 1000 }), "{error}");
            assert_eq!(bounded(io::repeat(b'x').take(7), claimed, 1000).unwrap(), b"xxxxxxx");
        }
    }

    #[test]
    fn a_sparse_file_of_a_terabyte_is_refused_by_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        // Where the file system allows no such file there is nothing to refuse.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(message(path.to_str().unwrap(), 1 << 20), "has more than 1048576 bytes");
    }

    #[test]
    fn says_where_a_text_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"ab\xffc").unwrap();
        assert_eq!(
            read_text(&path, 9).unwrap_err().to_string(),
            "is not UTF-8 text: the byte at offset 2 is not part of a character"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_a_regular_file_is_named_and_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, kind) in
            [("/dev/zero", "a character device"), ("/", "a folder"), (socket.to_str().unwrap(), "a socket")]
        {
            assert_eq!(message(path, 9), format!("is not a regular file but {kind}"));
        }
        assert!(message("/no/such/file", 9).starts_with("cannot be read: No such file"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_regular_file_is_one_and_a_link_to_itself_is_an_error() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (file, link, circle) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        fs::write(&file, "1").unwrap();
        symlink(&file, &link).unwrap();
        symlink(&circle, &circle).unwrap();
        assert_eq!(read(&link, 9).unwrap(), b"1");
        assert!(read(&circle, 9).unwrap_err().to_string().starts_with("cannot be read: "));
    }
}
