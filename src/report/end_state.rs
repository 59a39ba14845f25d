//! What is at a path of the world in the end, held against what was expected there.

use crate::{
    scenario::EndState,
    world::{FileSeen, World},
};

/// Whether it is as it should be, what was expected, and what was found.
pub(super) fn judge(wanted: &EndState, world: Option<&World>) -> (bool, String, String) {
    let EndState { path, exists, size, sha256 } = wanted;
    let size_words = size.map(|size| format!(" of {}", bytes(size))).unwrap_or_default();
    let digest_words = sha256.as_ref().map(|digest| format!(" with the SHA-256 {digest}")).unwrap_or_default();
    let expected = match exists {
        true => format!("`{path}`{size_words}{digest_words}"),
        false => format!("no `{path}`"),
    };
    let Some(world) = world else { return (false, expected, "no world".to_owned()) };
    let seen = world.file(path);
    let (met, found) = match (seen, exists) {
        (None, false) => (true, "none".to_owned()),
        (Some(_), false) => (false, "that it is there".to_owned()),
        (None, true) => {
            let why = world.why_nowhere(path).unwrap_or_else(|| "it is nowhere".to_owned());
            (false, format!("none: {why}"))
        }
        (Some(seen), true) => held(&seen, *size, sha256.as_deref()),
    };
    (met, expected, found)
}

/// Holds a file that is there to what is said of it.
fn held(seen: &FileSeen, size: Option<u64>, sha256: Option<&str>) -> (bool, String) {
    if seen.is_folder {
        return (size.is_none() && sha256.is_none(), "a folder".to_owned());
    }
    let bytes = bytes(seen.size.unsigned_abs());
    if size.is_some_and(|size| size != seen.size.unsigned_abs()) {
        return (false, format!("a file of {bytes}"));
    }
    match (sha256, &seen.sha256) {
        (None, _) => (true, format!("a file of {bytes}")),
        (Some(wanted), Some(digest)) => {
            (wanted.eq_ignore_ascii_case(digest), format!("a file of {bytes} with the SHA-256 {digest}"))
        }
        (Some(_), None) => {
            let why = "whose SHA-256 the world does not know, because its bytes were never here";
            (false, format!("a file of {bytes} {why}"))
        }
    }
}

fn bytes(count: u64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "00aabbccddeeff00112233445566778899aabbccddeeff001122334455667788";

    #[test]
    fn a_file_is_held_to_its_size_and_its_digest() {
        let seen = |sha256: Option<&str>| FileSeen { size: 8, sha256: sha256.map(str::to_owned), is_folder: false };
        let of_8 = "a file of 8 bytes".to_owned();
        assert_eq!(held(&seen(None), None, None), (true, of_8.clone()));
        assert_eq!(held(&seen(None), Some(8), None), (true, of_8.clone()));
        assert_eq!(held(&seen(None), Some(9), None), (false, of_8));
        assert!(held(&seen(Some(DIGEST)), Some(8), Some(DIGEST)).0);
        assert!(held(&seen(Some(&DIGEST.to_uppercase())), None, Some(DIGEST)).0);
        let other = held(&seen(Some(DIGEST)), None, Some(&DIGEST.replace('0', "1")));
        assert_eq!(other, (false, format!("a file of 8 bytes with the SHA-256 {DIGEST}")));
        let (met, found) = held(&seen(None), None, Some(DIGEST));
        assert!(!met && found.contains("does not know"), "{found}");
        let folder = FileSeen { size: 0, sha256: None, is_folder: true };
        assert_eq!(held(&folder, None, None), (true, "a folder".to_owned()));
        assert_eq!(held(&folder, Some(0), None), (false, "a folder".to_owned()));
    }
}
