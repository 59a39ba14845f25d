//! Counts that agree with what they count.

use serde_json::{Map, Value, json};

/// Names of the number of all records.
const TOTALS: [&str; 2] = ["total", "count"];

/// A total that was made beside one list is the number of its items.
pub(super) fn settle(members: &mut Map<String, Value>, made: &[&str]) {
    let mut lists = members.values().filter_map(Value::as_array).filter(|items| items.iter().all(Value::is_object));
    let (Some(items), None) = (lists.next().map(Vec::len), lists.next()) else { return };
    for (name, value) in members {
        if TOTALS.contains(&name.as_str()) && made.contains(&name.as_str()) {
            *value = if value.is_string() { json!(items.to_string()) } else { json!(items) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_the_length_of_the_list_beside_it() {
        let settled = |members: Value, made: &[&str]| {
            let Value::Object(mut members) = members else { panic!() };
            settle(&mut members, made);
            members.get("total").cloned().unwrap()
        };
        assert_eq!(settled(json!({ "total": 9, "list": [{}, {}] }), &["total"]), json!(2));
        assert_eq!(settled(json!({ "total": "9", "list": [{}, {}, {}] }), &["total"]), json!("3"));
        assert_eq!(settled(json!({ "total": 9, "list": [{}, {}] }), &[]), json!(9), "a printed one stays");
        assert_eq!(settled(json!({ "total": 9, "a": [{}], "b": [{}] }), &["total"]), json!(9), "of which list?");
    }
}
