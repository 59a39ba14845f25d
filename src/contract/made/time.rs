//! Times that fit each other: what is created comes before what is changed, and expires last.

use serde_json::Value;

use crate::contract::format;

/// The shape of a time that no format describes.
const USUAL: &str = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";
/// Endings of names of times.
const ENDINGS: [&str; 5] = ["Time", "Date", "At", "_time", "_date"];
/// Words in the names of times: of a change, a day after the beginning; of an end, a quarter of an hour after it; of the end of a validity.
const LATER: [&str; 5] = ["update", "edit", "modif", "operat", "audit"];
const END: [&str; 3] = ["end", "finish", "complet"];
const LAST: [&str; 2] = ["expir", "valid"];

/// The time that a member has, if its format or its name says that it is one.
pub(super) fn text(path: &[String], schema: &Value, index: usize) -> Option<String> {
    let name = path.last().map_or("", String::as_str);
    let named = ENDINGS.iter().any(|ending| name.ends_with(ending)) || ["time", "date"].contains(&name);
    let shape = match schema["format"].as_str() {
        Some("date-time") => USUAL,
        Some(format) => format::named(format)?.shape,
        None if named && schema.get("pattern").is_none() => USUAL,
        None => return None,
    };
    let name = name.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let day = if any(&LAST) {
        "1231"
    } else if any(&LATER) {
        "0106"
    } else {
        "0105"
    };
    let minute = if any(&END) && !any(&LATER) { 45 } else { 30 };
    Some(in_shape(shape, &format!("2026{day}{:02}{minute}00000", 8 + index % 12)))
}

/// A time in the shape of a format: its digits, year first, in the places of the letters.
pub(in crate::contract) fn in_shape(shape: &str, digits: &str) -> String {
    let (mut digits, mut quoted, mut time) = (digits.chars(), false, String::with_capacity(shape.len()));
    for character in shape.chars() {
        match character {
            '\'' => quoted = !quoted,
            letter if !quoted && letter.is_ascii_alphabetic() => time.extend(digits.next()),
            other => time.push(other),
        }
    }
    time
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::format::FORMATS;

    fn at(name: &str, format: Option<&str>, index: usize) -> Option<String> {
        let schema = format.map_or_else(|| json!({}), |format| json!({ "format": format }));
        text(&["Get".to_owned(), name.to_owned()], &schema, index)
    }

    #[test]
    fn a_thing_is_created_then_changed_and_expires_last() {
        let of = |name: &str| at(name, None, 0).unwrap();
        assert!(of("createTime") < of("updateTime") && of("editedTime") < of("expirationTime"));
        assert!(of("beginTime") < of("endTime"));
        assert_ne!(at("createTime", None, 0), at("createTime", None, 1));
        assert_eq!((at("name", None, 0), at("update", None, 0), at("expireDate", Some("date"), 0)), (None, None, None));
    }

    #[test]
    fn every_time_format_is_kept() {
        for format in &FORMATS {
            for index in [0, 11, 12, 1000] {
                let time = at("any", Some(format.name), index).unwrap();
                assert!(format.accepts(&time), "{}: {time}", format.name);
            }
        }
    }
}
