//! Masks a file with secrets for messages.

use std::ops::Range;

/// The text with a `*` for each byte that could be part of a name or a secret, except in the ranges that are `shown` (in ascending order).
/// Spans into the text are valid in the masked one too.
pub(super) fn mask(text: &str, shown: &[Range<usize>]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut shown = shown.iter().peekable();
    for (offset, character) in text.char_indices() {
        while shown.next_if(|stretch| stretch.end <= offset).is_some() {}
        let plain = shown.peek().is_some_and(|stretch| stretch.contains(&offset));
        if plain || character.is_whitespace() || ":{}[],\"'#".contains(character) {
            masked.push(character);
        } else {
            masked.extend(std::iter::repeat_n('*', character.len_utf8()));
        }
    }
    masked
}

/// Where whole words occur in a text.
pub(super) fn words(text: &str, known: &[&str]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for word in text.split_inclusive(|character: char| !character.is_ascii_alphanumeric() && character != '_') {
        let bare = word.trim_end_matches(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        if known.contains(&bare) {
            found.push(start..start + bare.len());
        }
        start += word.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_everything_but_structure_and_what_is_shown_and_moves_nothing() {
        let text = "apps: { \"a-1\": 空s } # why\nuser:";
        let masked = mask(text, &words(text, &["apps", "user"]));
        assert_eq!(masked, "apps: { \"***\": **** } # ***\nuser:");
        assert_eq!(masked.len(), text.len());
    }

    #[test]
    fn finds_whole_words_only() {
        assert_eq!(words("apps xapps apps_1 {apps}", &["apps"]), [0..4, 19..23]);
        assert_eq!(words("空apps: apps", &["apps"]), [3..7, 9..13]);
    }
}
