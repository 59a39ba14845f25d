//! Reading one file.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _},
    path::Path,
};

use thiserror::Error;

use super::Kind;

/// Why a file was not read. Each message is a predicate; the caller puts the name of the file before it.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system reported an error.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A folder, FIFO, socket or device. Reading it may block, or never end.
    #[error("is not a regular file but {0}")]
    NotRegular(Kind),
    /// The file is larger than the limit.
    #[error("has more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The file is not UTF-8.
    #[error("is not UTF-8 text: the byte at offset {offset} is not part of a character")]
    NotText {
        /// The offset of the first invalid byte.
        offset: usize,
    },
}

/// Opens a regular file to read it piece by piece, whatever its size.
///
/// # Errors
///
/// If it is not a regular file, or cannot be read.
pub fn open(path: &Path) -> Result<File, ReadError> {
    regular_size(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    regular_size(&file.metadata()?)?;
    Ok(file)
}

/// Reads a regular file of at most `limit` bytes.
///
/// The size that the system reports is not trusted: files that grow, and files in `/proc` whose size is 0, are read up to the limit too.
///
/// # Errors
///
/// If it is not a regular file, is larger than the limit, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // Opening a FIFO blocks until there is a writer, and opening some devices has effects, so the type is checked first.
    regular_size(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // The file may have been replaced in between, so the open file is checked again before it is read. One race remains: if a FIFO
    // replaces the file between the first check and the open, the open blocks until the FIFO has a writer.
    let reported = regular_size(&file.metadata()?)?;
    if reported > limit {
        return Err(ReadError::TooLarge { limit });
    }
    bounded(file, reported, limit)
}

/// Reads a regular file of at most `limit` bytes as text.
///
/// # Errors
///
/// As for [`read`], and if the file is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    String::from_utf8(read(path, limit)?)
        .map_err(|error| ReadError::NotText { offset: error.utf8_error().valid_up_to() })
}

/// The size of a regular file, as the system reports it.
fn regular_size(metadata: &Metadata) -> Result<u64, ReadError> {
    match Kind::of(metadata.file_type()) {
        Kind::Regular => Ok(metadata.len()),
        other => Err(ReadError::NotRegular(other)),
    }
}

fn bounded(source: impl io::Read, reported: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(reported.min(limit)).unwrap_or_default());
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
    fn stops_at_the_limit_whatever_size_is_reported() {
        for reported in [0, 3, 1000] {
            let error = bounded(io::repeat(b'x'), reported, 1000).unwrap_err();
            assert!(matches!(error, ReadError::TooLarge { limit: 1000 }), "{error}");
            assert_eq!(bounded(io::repeat(b'x').take(7), reported, 1000).unwrap(), b"xxxxxxx");
        }
    }

    #[test]
    fn refuses_a_sparse_file_of_a_terabyte_by_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(message(path.to_str().unwrap(), 1 << 20), "has more than 1048576 bytes");
    }

    #[test]
    fn says_where_a_file_stops_being_text() {
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
    fn refuses_what_is_not_a_regular_file() {
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
    fn follows_a_link_to_a_regular_file_but_not_one_to_itself() {
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
