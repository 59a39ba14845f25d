//! One row of the vendor's tables, and its line of text.

use std::fmt::{self, Display};

use serde_json::Value;

/// What a table says about one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) operation: String,
    /// `path`, `query`, `headers`, `body`, `params`, or the status of an answer.
    pub(super) place: String,
    /// Where it stands in the part: `shareLink.shareId`, `list[].id`; `*` for any name.
    pub(super) name: String,
    /// `yes`, `no`, `?` where the flag is not visible, or the names of which exactly one is sent. Empty in answers that say nothing of it.
    pub(super) mandatory: String,
    pub(super) kind: String,
    pub(super) limits: String,
}

impl Row {
    /// What makes it the same row in two sources.
    pub(super) fn key(&self) -> (&str, &str, &str) {
        (&self.operation, &self.place, &self.name)
    }

    pub(super) fn parse(line: &str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let [operation, place, name, mandatory, kind, limits] = columns[..] else {
            panic!("not a row of six columns: {line}");
        };
        let [operation, place, name, mandatory, kind, limits] =
            [operation, place, name, mandatory, kind, limits].map(str::to_owned);
        Self { operation, place, name, mandatory, kind, limits }
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, place, name, mandatory, kind, limits } = self;
        write!(f, "{operation}\t{place}\t{name}\t{mandatory}\t{kind}\t{limits}")
    }
}

/// The limits of a value, in the words of the table: both sources are put into them.
#[derive(Default)]
pub(super) struct Limits(Vec<String>);

impl Limits {
    pub(super) fn options(&mut self, values: Option<&Value>) {
        let Some(values) = values.and_then(Value::as_array) else { return };
        let values: Vec<String> = values.iter().map(text).collect();
        self.0.push(format!("one of {}", values.join(" ")));
    }

    /// `least..most`, where at least one of them is given.
    pub(super) fn range(&mut self, word: &str, least: Option<&Value>, most: Option<&Value>) {
        if least.is_some() || most.is_some() {
            let [least, most] = [least, most].map(|limit| limit.map(text).unwrap_or_default());
            self.0.push(format!("{word}{least}..{most}"));
        }
    }

    pub(super) fn word(&mut self, word: &str, value: Option<&Value>) {
        if let Some(value) = value {
            self.0.push(format!("{word} {}", text(value)));
        }
    }

    pub(super) fn text(self) -> String {
        self.0.join(", ")
    }
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.replace(['\t', '\n'], " "),
        value => value.to_string(),
    }
}
