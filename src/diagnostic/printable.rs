//! Text that came from somebody else, as a terminal may show it.

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
