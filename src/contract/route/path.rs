//! Percent encoding in paths.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The path as the router reads it: unreserved characters are decoded, all others (above all `/`) stay encoded. So `/%6Fse/a%2Fb` finds
/// `/ose/{id}` with the id `a/b`.
pub fn normalise(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let bytes = path.as_bytes();
    let mut result = String::with_capacity(path.len());
    let mut index = 0;
    while index < bytes.len() {
        let encoded = (bytes[index] == b'%').then(|| path.get(index + 1..index + 3)).flatten();
        match encoded.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                result.push(char::from(byte));
                index += 3;
            }
            _ => {
                let next = (index + 1..=bytes.len()).find(|next| path.is_char_boundary(*next)).unwrap_or(bytes.len());
                result.push_str(&path[index..next]);
                index = next;
            }
        }
    }
    Cow::Owned(result)
}

/// Percent-decodes; `None` if the text is not valid UTF-8 in percent encoding.
pub fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
    let bytes = raw.as_bytes();
    let broken = bytes.iter().enumerate().any(|(index, byte)| {
        *byte == b'%' && !bytes.get(index + 1..index + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    });
    if broken { None } else { percent_decode_str(raw).decode_utf8().ok() }
}
