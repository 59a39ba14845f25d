//! The vendor's errors: codes, statuses, messages by language, and the envelope that carries them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diagnostic::{did_you_mean, shortened};

/// A code as the vendor writes it: a number (`13000102`) or a string (`APIGW.0301`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Code {
    /// A number.
    Number(i64),
    /// A string.
    Text(String),
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}

/// One row of the catalogue. A code may have several rows that differ in status or message.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ErrorEntry {
    /// The code.
    pub code: Code,
    /// The HTTP status it comes with.
    pub status: u16,
    /// The envelope of the service that carries it.
    pub envelope: String,
    /// The vendor's symbolic name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Messages by language tag.
    pub messages: Map<String, Value>,
    /// What it means, in our words.
    pub meaning: String,
    /// What the vendor says to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What is uncertain about the row.
    #[serde(default, rename = "x-uncertain", skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<String>,
}

impl ErrorEntry {
    /// The message in a language, else in the default one, else the first one. Where the documentation has no message, the symbolic name
    /// or the meaning.
    pub fn message(&self, language: &str, default: &str) -> &str {
        self.messages
            .get(language)
            .or_else(|| self.messages.get(default))
            .or_else(|| self.messages.values().next())
            .and_then(Value::as_str)
            .or(self.name.as_deref())
            .unwrap_or(&self.meaning)
    }
}

/// All errors of a service, in file order.
#[derive(Debug, Default, Deserialize)]
pub struct Catalogue {
    /// The rows.
    #[serde(rename = "errors")]
    pub entries: Vec<ErrorEntry>,
}

impl Catalogue {
    /// The row of a code; with a status, the row with that status.
    pub fn find(&self, code: &str, status: Option<u16>) -> Option<&ErrorEntry> {
        self.row(code, status, None)
    }

    /// The row of a code, filtered by status and by message (in any language) where they are given.
    pub fn row(&self, code: &str, status: Option<u16>, message: Option<&str>) -> Option<&ErrorEntry> {
        self.entries.iter().find(|entry| {
            status.is_none_or(|status| entry.status == status)
                && message.is_none_or(|message| entry.messages.values().any(|known| known == message))
                && entry.code.to_string() == code
        })
    }

    /// The messages that a code comes with, in all languages.
    pub fn messages(&self, code: &str) -> Vec<&str> {
        let rows = self.entries.iter().filter(|entry| entry.code.to_string() == code);
        rows.flat_map(|entry| entry.messages.values()).filter_map(Value::as_str).collect()
    }

    /// The statuses that a code comes with.
    pub fn statuses(&self, code: &str) -> Vec<u16> {
        self.entries.iter().filter(|entry| entry.code.to_string() == code).map(|entry| entry.status).collect()
    }

    /// Whether a code, with a status where one is given, names one error.
    ///
    /// # Errors
    ///
    /// Why it does not, in a sentence.
    pub fn one_of(&self, code: &str, status: Option<u16>) -> Result<(), String> {
        /// A code that a call makes may be anything.
        const SHOWN: usize = 40;
        let mut statuses = self.statuses(code);
        statuses.sort_unstable();
        statuses.dedup();
        let code = shortened(code, SHOWN);
        let listed = || statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match (status, statuses.as_slice()) {
            (_, []) => Err(format!("the catalogue has no error `{code}`")),
            (None, [_, _, ..]) => Err(format!("`{code}` stands for several statuses: {}", listed())),
            (Some(status), statuses) if !statuses.contains(&status) => {
                Err(format!("`{code}` does not come with status {status}, but with {}", listed()))
            }
            _ => Ok(()),
        }
    }

    /// The codes that come with a status, each once.
    pub fn codes_with(&self, status: u16) -> Vec<String> {
        let mut codes: Vec<String> =
            self.entries.iter().filter(|entry| entry.status == status).map(|entry| entry.code.to_string()).collect();
        codes.dedup();
        codes
    }

    /// The code that was probably meant.
    pub fn suggest(&self, code: &str) -> Option<String> {
        let codes: Vec<String> = self.entries.iter().map(|entry| entry.code.to_string()).collect();
        did_you_mean(code, codes.iter().map(String::as_str)).map(str::to_owned)
    }
}

/// Fills an envelope: a string that is exactly `{code}` becomes the code with its own JSON type; placeholders inside longer strings
/// are replaced as text.
pub fn fill_envelope(envelope: &Value, code: &Code, message: &str, request_id: &str) -> Value {
    match envelope {
        Value::String(text) if text == "{code}" => match code {
            Code::Number(number) => Value::from(*number),
            Code::Text(text) => Value::from(text.as_str()),
        },
        Value::String(text) => Value::String(fill_text(text, code, message, request_id)),
        Value::Array(items) => items.iter().map(|item| fill_envelope(item, code, message, request_id)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), fill_envelope(value, code, message, request_id)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Replaces the placeholders of a text.
pub fn fill_text(text: &str, code: &Code, message: &str, request_id: &str) -> String {
    text.replace("{code}", &code.to_string()).replace("{message}", message).replace("{request_id}", request_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn catalogue() -> Catalogue {
        serde_json::from_value(json!({ "errors": [
            { "code": 13000311, "status": 400, "envelope": "service", "messages": { "en-US": "Insufficient space.", "zh-CN": "空间不足" }, "meaning": "" },
            { "code": "APIGW.0201", "status": 413, "envelope": "gateway", "messages": { "en-US": "too large" }, "meaning": "" },
            { "code": "APIGW.0201", "status": 504, "envelope": "gateway", "messages": { "en-US": "timeout" }, "meaning": "" }
        ] }))
        .unwrap()
    }

    #[test]
    fn a_status_chooses_between_rows_of_one_code() {
        let catalogue = catalogue();
        assert_eq!(catalogue.find("APIGW.0201", Some(504)).unwrap().message("en-US", "en-US"), "timeout");
        assert_eq!(catalogue.statuses("APIGW.0201"), [413, 504]);
        assert!(catalogue.find("APIGW.0201", Some(500)).is_none());
    }

    #[test]
    fn a_code_names_one_error_or_it_is_said_why_not() {
        let catalogue = catalogue();
        assert_eq!(catalogue.one_of("13000311", None), Ok(()));
        assert_eq!(catalogue.one_of("APIGW.0201", Some(504)), Ok(()));
        for (code, status, reason) in [
            ("13000311", Some(404), "`13000311` does not come with status 404, but with 400"),
            ("APIGW.0201", None, "`APIGW.0201` stands for several statuses: 413, 504"),
            ("", None, "the catalogue has no error ``"),
        ] {
            assert_eq!(catalogue.one_of(code, status).unwrap_err(), reason);
        }
        assert!(catalogue.one_of(&"x".repeat(1000), None).unwrap_err().len() < 100);
        assert_eq!((catalogue.codes_with(413), catalogue.codes_with(599)), (vec!["APIGW.0201".to_owned()], vec![]));
    }

    #[test]
    fn a_message_chooses_between_rows_of_one_code_and_status() {
        let rows: Catalogue = serde_json::from_value(json!({ "errors": [
            { "code": "A.1", "status": 404, "envelope": "g", "messages": { "en-US": "no path" }, "meaning": "first" },
            { "code": "A.1", "status": 404, "envelope": "g", "messages": { "en-US": "no method" }, "meaning": "second" }
        ] }))
        .unwrap();
        assert_eq!(rows.row("A.1", None, Some("no method")).unwrap().meaning, "second");
        assert_eq!(rows.row("A.1", Some(404), None).unwrap().meaning, "first");
        assert!(rows.row("A.1", None, Some("no")).is_none() && rows.row("A.2", None, None).is_none());
        assert_eq!(rows.messages("A.1"), ["no path", "no method"]);
    }

    #[test]
    fn an_unknown_language_gets_the_default_one() {
        let catalogue = catalogue();
        let entry = catalogue.find("13000311", None).unwrap();
        assert_eq!(entry.message("zh-CN", "en-US"), "空间不足");
        assert_eq!(entry.message("fr-FR", "en-US"), "Insufficient space.");
    }

    #[test]
    fn the_code_keeps_its_json_type_in_the_envelope() {
        let filled =
            fill_envelope(&json!({ "code": "{code}", "msg": "{message}" }), &Code::Number(5), "a {code} b", "r");
        assert_eq!(filled, json!({ "code": 5, "msg": "a {code} b" }));
    }
}
