//! Diagnostics for programs: one object each.

use serde_json::{Value, json};

use super::Diagnostic;

/// `{severity, message, file, line, column, end_line, end_column, label, notes, help}`; places are absent where there are none.
pub fn to_json(diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(object).collect()
}

fn object(diagnostic: &Diagnostic) -> Value {
    let mut object = json!({ "severity": diagnostic.severity.word(), "message": diagnostic.message });
    if let Some(place) = &diagnostic.place {
        let (line, column) = place.source.line_column(place.span.start);
        let (end_line, end_column) = place.source.line_column(place.span.end);
        object["file"] = json!(place.source.name);
        object["line"] = json!(line);
        object["column"] = json!(column);
        object["end_line"] = json!(end_line);
        object["end_column"] = json!(end_column);
        object["label"] = json!(diagnostic.label);
    }
    if !diagnostic.notes.is_empty() {
        object["notes"] = json!(diagnostic.notes);
    }
    if let Some(help) = &diagnostic.help {
        object["help"] = json!(help);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn names_file_line_and_column() {
        let source = Source::new("a.yaml", "one\ntwo three\n");
        let diagnostic = Diagnostic::error("wrong").at(&source, 8..13, "here").help("mend it");
        assert_eq!(
            to_json(&[diagnostic])[0],
            json!({ "severity": "error", "message": "wrong", "file": "a.yaml", "line": 2, "column": 5,
                    "end_line": 2, "end_column": 10, "label": "here", "help": "mend it" })
        );
    }
}
