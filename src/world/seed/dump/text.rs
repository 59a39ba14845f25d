//! A dump as text, and what is said of one that cannot be loaded again.

use serde_json::Value;

use crate::{document::yaml_of_json, world::seed::compile::LARGEST};

/// A dump as text. One that is too large to be read again says so first.
pub fn written(dump: &Value) -> String {
    noted(yaml_of_json(format!("{dump:#}\n")), LARGEST)
}

fn noted(text: String, largest: usize) -> String {
    if text.len() <= largest {
        return text;
    }
    let size = text.len();
    let note = format!(
        "this dump has {size} bytes and cannot be loaded again, for which it may have {largest}: `?bytes=0` leaves out the bytes of files"
    );
    text.replacen("{\n", &format!("{{\n  \"x-note\": {},\n", Value::from(note)), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::Source, world::Seed};

    #[test]
    fn a_dump_that_is_too_large_to_be_loaded_says_so_first_and_another_one_nothing() {
        let text = "{\n  \"world\": \"a\",\n  \"people\": {}\n}\n";
        assert_eq!(noted(text.to_owned(), text.len()), text);
        let noted = noted(text.to_owned(), text.len() - 1);
        assert!(noted.starts_with("{\n  \"x-note\": \"this dump has 35 bytes and cannot be loaded again"), "{noted}");
        assert!(noted.contains("`?bytes=0`") && noted.ends_with(&text[2..]), "{noted}");
        assert!(Seed::compile(&Source::new("noted.yaml", noted)).is_ok());
    }

    #[test]
    fn a_seed_at_its_largest_is_read_and_a_byte_more_is_told_with_what_to_do() {
        let seed = |size: usize| {
            let head = "world: a\npeople: {}\n# ";
            Seed::compile(&Source::new("a.yaml", format!("{head}{}", "x".repeat(size - head.len()))))
        };
        assert!(seed(LARGEST).is_ok(), "{:?}", seed(LARGEST).unwrap_err());
        let mistakes = seed(LARGEST + 1).unwrap_err();
        assert!(mistakes[0].message.contains("at most 16777216 are read"), "{mistakes:?}");
        assert!(mistakes[0].help.as_deref().is_some_and(|help| help.contains("?bytes=0")), "{mistakes:?}");
    }
}
