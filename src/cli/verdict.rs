//! `understudy verdict`: asks running stand-ins, and judges what they say as one.

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Ask, Format},
    ask::Place,
    screen::Screen,
};
use crate::{diagnostic::push_printable, report};

pub(super) fn run(arguments: &Ask, screen: &Screen) -> Result<(), Failure> {
    let mut asked = Vec::new();
    for place in &arguments.places {
        let session = place.session.as_ref().map(|name| format!("&session={name}")).unwrap_or_default();
        let found =
            place.get_well(&format!("verdict?text=true{session}"), &arguments.access).map_err(Failure::World)?;
        if !found["reasons"].is_array() || !found["text"].is_string() {
            return Err(Failure::World(format!("`{}` does not say its verdict as this version knows it", place.url)));
        }
        asked.push((place, found));
    }
    let reasons = reasons(asked.iter().map(|(_, found)| found));
    match arguments.format {
        Format::Text => screen.print(&text(&asked, &reasons, screen))?,
        Format::Json => screen.print(&format!("{:#}\n", to_json(asked, &reasons)))?,
    }
    if reasons.is_empty() { Ok(()) } else { Err(Failure::Verdict) }
}

/// Why all of them together are failed: for a reason of any; only that nobody called has to hold for all.
fn reasons<'v>(found: impl Iterator<Item = &'v Value> + Clone) -> Vec<String> {
    let of = |one: &'v Value| one["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let silent = found.clone().all(|one| of(one).any(|reason| reason == report::NO_CALLS));
    let mut all: Vec<String> = Vec::new();
    for reason in found.flat_map(of).filter(|reason| silent || *reason != report::NO_CALLS) {
        if !all.iter().any(|known| known == reason) {
            all.push(reason.to_owned());
        }
    }
    all
}

/// The text of one; of several a line for all, and below it that of each.
fn text(asked: &[(&Place, Value)], reasons: &[String], screen: &Screen) -> String {
    let mut text = String::new();
    if asked.len() > 1 {
        text.push_str(&report::headline(reasons, screen.out_style()));
    }
    for (place, found) in asked {
        let indent = if asked.len() > 1 {
            text.push_str(&format!("\n{}\n", place.url));
            "  "
        } else {
            ""
        };
        for line in found["text"].as_str().into_iter().flat_map(str::lines) {
            text.push_str(indent);
            push_printable(&mut text, line);
            text.push('\n');
        }
    }
    text
}

fn to_json(asked: Vec<(&Place, Value)>, reasons: &[String]) -> Value {
    let stand_ins = asked.into_iter().map(|(place, mut found)| {
        if let Some(members) = found.as_object_mut() {
            members.shift_remove("text");
            members.shift_insert(0, "url".to_owned(), json!(place.url));
        }
        found
    });
    json!({
        "verdict": if reasons.is_empty() { "passed" } else { "failed" },
        "reasons": reasons,
        "stand_ins": stand_ins.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_are_failed_for_a_reason_of_any_and_silent_only_if_all_are() {
        let of = |reasons: &[&[&str]]| {
            let found: Vec<Value> = reasons.iter().map(|reasons| json!({ "reasons": reasons })).collect();
            super::reasons(found.iter())
        };
        assert_eq!(of(&[&[], &["contract broken"], &["contract broken"]]), ["contract broken"]);
        assert_eq!(of(&[&[], &["no calls"]]), [""; 0]);
        assert_eq!(of(&[&["no calls"], &["no calls"]]), ["no calls"]);
        assert_eq!(of(&[&["no calls"], &["expectation unmet"]]), ["expectation unmet"]);
    }
}
