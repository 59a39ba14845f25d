//! Text that came from somebody else, as a terminal may show it.

use std::borrow::Cow;

/// Adds a text with its control characters escaped: what clients send must not steer the terminal.
///
/// ```
/// let mut text = String::new();
/// understudy::diagnostic::push_printable(&mut text, "空\x1b[2J");
/// assert_eq!(text, "空\\u{1b}[2J");
/// ```
pub fn push_printable(text: &mut String, untrusted: &str) {
    if untrusted.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        text.push_str(untrusted);
        return;
    }
    for character in untrusted.chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
}

/// Like [`push_printable`], for at most `most` characters of a text. If it has more, their number is added.
///
/// ```
/// let mut text = String::new();
/// understudy::diagnostic::push_shortened(&mut text, "/a?b=cdefg", 4);
/// assert_eq!(text, "/a?b... (10 characters)");
/// ```
pub fn push_shortened(text: &mut String, untrusted: &str, most: usize) {
    push_printable(text, &shortened(untrusted, most));
}

/// At most `most` characters of a text. If it has more, their number is added.
///
/// ```
/// assert_eq!(understudy::diagnostic::shortened("空空空", 2), "空空... (3 characters)");
/// assert_eq!(understudy::diagnostic::shortened("空空空", 3), "空空空");
/// ```
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    // No character is shorter than a byte.
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}... ({} characters)", &text[..end], text.chars().count())),
        None => Cow::Borrowed(text),
    }
}
