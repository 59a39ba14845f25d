//! What the name of a member suggests, where nothing gives it a value.

use serde_json::{Value, json};

/// Endings of names of ids.
const IDS: [&str; 3] = ["id", "Id", "ID"];
/// Endings of names of addresses.
const ADDRESSES: [&str; 6] = ["url", "Url", "URL", "uri", "Uri", "Link"];

/// A text: success, 19 digits for an id, an address, else the name itself with a number. None where a rule for its characters is not
/// met by a number.
pub(super) fn text(path: &[String], schema: &Value, index: usize) -> Option<String> {
    let name = path.last().map_or("", String::as_str);
    let pattern = schema["pattern"].as_str();
    if pattern.is_some_and(|pattern| pattern.contains("[0-9]") || pattern.contains("\\d")) {
        return Some((index + 1).to_string());
    }
    if pattern.is_some() || schema.get("format").is_some() {
        return None;
    }
    Some(match name {
        "code" => "0".to_owned(),
        "msg" | "message" => "success".to_owned(),
        name if IDS.iter().any(|ending| name.ends_with(ending)) => id(path, index).to_string(),
        name if ADDRESSES.iter().any(|ending| name.ends_with(ending)) => {
            format!("https://service.example.com/{name}/{}", index + 1)
        }
        name => format!("{name}-{}", index + 1),
    })
}

/// A number: an id, else a small one within its limits.
pub(super) fn number(path: &[String], kind: &str, schema: &Value, index: usize) -> Value {
    let name = path.last().map_or("", String::as_str);
    let most = schema["maximum"].as_f64().unwrap_or(f64::MAX);
    if kind == "integer" && IDS.iter().any(|ending| name.ends_with(ending)) {
        let id = id(path, index);
        // What has 32 bits takes the last digits.
        return json!(if most < 1e18 { id % 1_000_000 } else { id });
    }
    // A result code of 0 is success.
    let wanted = json!(if name == "code" { 0 } else { index + 1 });
    let least = schema.get("minimum").filter(|minimum| minimum.as_f64() > wanted.as_f64());
    let most = schema.get("maximum").filter(|maximum| maximum.as_f64() < wanted.as_f64());
    least.or(most).cloned().unwrap_or(wanted)
}

/// 19 digits that begin with 15, of the two last names of the way: the same thing has the same id wherever it appears.
fn id(path: &[String], index: usize) -> u64 {
    let name = path.last().map_or("", String::as_str);
    let owner = if IDS.contains(&name) && path.len() > 2 { path.iter().rev().nth(1) } else { None };
    // FNV-1a.
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let names = owner.map_or("", String::as_str).bytes().chain(name.bytes());
    let hash = names.fold(0xcbf2_9ce4_8422_2325, hash);
    1_500_000_000_000_000_000 + hash % 99_999_999_999_999 * 1000 + index as u64 % 999 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(way: &str) -> Vec<String> {
        way.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn ids_are_19_digits_and_the_same_for_the_same_thing() {
        let id = |way: &str, index| text(&path(way), &json!({}), index).unwrap();
        assert_eq!(id("Get.data.taskId", 0), id("List.tasks.taskId", 0));
        assert_ne!(id("Get.data.taskId", 0), id("Get.data.taskId", 1));
        assert_ne!(id("Get.users.id", 0), id("Get.groups.id", 0));
        assert!(id("Get.id", 0).len() == 19 && id("Get.id", 0).starts_with("15"));
        assert_eq!(id("Get.shortUrl", 1), "https://service.example.com/shortUrl/2");
    }

    #[test]
    fn numbers_keep_their_limits() {
        let number = |schema: Value, index| number(&path("Get.size"), "integer", &schema, index);
        assert_eq!(number(json!({}), 1), json!(2));
        assert_eq!(super::number(&path("Get.code"), "integer", &json!({}), 1), json!(0), "success");
        assert_eq!(number(json!({ "minimum": 5, "maximum": 9 }), 0), json!(5));
        assert_eq!(number(json!({ "maximum": -2 }), 0), json!(-2));
        let short = super::number(&path("Get.userId"), "integer", &json!({ "maximum": i32::MAX }), 0);
        assert!(short.as_u64() < Some(1_000_000), "{short}");
    }
}
