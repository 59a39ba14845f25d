//! What holds for all mistakes that are shown.

use understudy::diagnostic::{Diagnostic, Severity, Style, to_json, to_text};

/// Mistakes make sense: each has its place in a text, and can be shown.
pub(crate) fn hold(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty());
        if let Some(place) = &diagnostic.place {
            assert!(place.source.text.get(place.span.clone()).is_some(), "{diagnostic:?} is no place of its text");
        }
    }
    let (text, json) = (to_text(diagnostics, Style::Plain), to_json(diagnostics));
    assert_eq!(text.is_empty(), diagnostics.is_empty());
    assert_eq!(json.as_array().map(Vec::len), Some(diagnostics.len()));
}

/// What makes a file unusable has an error in it.
pub(crate) fn refuse(diagnostics: &[Diagnostic]) {
    assert!(diagnostics.iter().any(|mistake| mistake.severity == Severity::Error), "refused without a reason");
    hold(diagnostics);
}

/// What comes with a file that is used has none.
pub(crate) fn warn(diagnostics: &[Diagnostic]) {
    assert!(diagnostics.iter().all(|mistake| mistake.severity == Severity::Warning), "used in spite of an error");
    hold(diagnostics);
}
