//! A call as a shell command.

use super::call::Call;

/// A `curl` command that sends exactly this call.
pub(super) fn line(call: &Call) -> String {
    let mut words = vec!["curl".to_owned(), "-i".to_owned()];
    let url = call.url();
    if ["/./", "/../", "/.?", "/..?"].iter().any(|relative| format!("{url}?").contains(relative)) {
        words.push("--path-as-is".to_owned());
    }
    if url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    match call.method.as_str() {
        "HEAD" => words.push("--head".to_owned()),
        method => words.extend(["-X".to_owned(), quoted(method)]),
    }
    words.push(quoted(&url));
    // curl takes the header from the URL, with the host in lower case.
    let own_host = call.host().to_ascii_lowercase();
    for (name, value) in &call.headers {
        if !(name.eq_ignore_ascii_case("Host") && *value == own_host) {
            words.extend(["-H".to_owned(), quoted(&format!("{name}: {value}"))]);
        }
    }
    for name in call.left_out() {
        words.extend(["-H".to_owned(), quoted(&format!("{name}:"))]);
    }
    if let Some(file) = &call.body_file {
        words.extend(["--data-binary".to_owned(), quoted(&format!("@{file}"))]);
    } else if call.wants_its_body_again() {
        words.extend(["--data-binary".to_owned(), "@-".to_owned()]);
    } else if let Some(text) = call.body_text().filter(|text| !text.is_empty()) {
        words.extend(["--data-raw".to_owned(), quoted(text)]);
    }
    words.join(" ")
}

/// A word, quoted for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them_otherwise() {
        for (word, line) in [
            ("POST", "POST"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME`x`\\", r"'$HOME`x`\'"),
            ("a\nb", "'a\nb'"),
            ("空", "'空'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quoted(word), line);
        }
    }
}
