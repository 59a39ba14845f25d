//! Mistakes in files that a person wrote: what is wrong, where, and what to do.
//!
//! Specs, scenarios and settings are checked in one run; every mistake becomes one [`Diagnostic`], and all of them are shown
//! together. This room knows text and places, never the meaning of a file.

mod checked;
mod json;
mod marks;
mod printable;
mod suggest;
mod text;

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use self::marks::Marks;
pub use self::{
    checked::{Checked, Diagnostics},
    json::to_json,
    printable::{push_printable, push_shortened, shortened},
    suggest::did_you_mean,
    text::{Style, to_text},
};

/// A file's name and text, kept for as long as somebody may want to point into it.
#[derive(Debug)]
pub struct Source {
    /// The name as the person knows it: usually the path that was given.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Made when a place is asked for.
    marks: OnceLock<Marks>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.text) == (&other.name, &other.text)
    }
}

impl Eq for Source {}

impl Source {
    /// A source that several diagnostics share.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), marks: OnceLock::new() })
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let (text, marks) = (&self.text, self.marks());
        let offset = text.floor_char_boundary(offset);
        let start = marks.line_start(text, offset);
        (marks.line(text, offset) + 1, marks.chars(text, offset) - marks.chars(text, start) + 1)
    }

    /// Where the line of a byte offset begins.
    fn line_start(&self, offset: usize) -> usize {
        self.marks().line_start(&self.text, offset)
    }

    fn marks(&self) -> &Marks {
        self.marks.get_or_init(|| Marks::new(&self.text))
    }

    /// The byte offset of a line and column as parsers report them (both from 1, the column in bytes).
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
        self.text.floor_char_boundary((start + column.saturating_sub(1)).min(self.text.len()))
    }
}

/// A stretch of a source, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The stretch that the caret underlines.
    pub span: Range<usize>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is used, but something in it is probably not what was meant.
    Warning,
    /// The file is not used.
    Error,
}

impl Severity {
    /// The word that the renderings print.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One mistake.
///
/// ```
/// use understudy::diagnostic::{Diagnostic, Source, Style, to_text};
///
/// let source = Source::new("a.yaml", "operation: CreateShares\n");
/// let mistake = Diagnostic::error("operation `CreateShares` is not in the contract")
///     .at(&source, 11..23, "no such operation")
///     .help("did you mean `CreateShare`?");
/// assert!(to_text(&[mistake], Style::Plain).contains("--> a.yaml:1:12"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// One lower-case sentence fragment with backticks round names.
    pub message: String,
    /// Where; absent for what has no place in a text, such as a file that cannot be read.
    pub place: Option<Place>,
    /// A few words under the caret.
    pub label: String,
    /// Facts that help to understand.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: String::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// A warning without a place yet.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Points at a stretch of a source, with a few words under the caret.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Range<usize>, label: impl Into<String>) -> Self {
        self.place = Some(Place { source: Arc::clone(source), span });
        self.label = label.into();
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean" where one of the candidates is close to what was found.
    #[must_use]
    pub fn suggest<'a>(self, found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match did_you_mean(found, candidates) {
            Some(close) => self.help(format!("did you mean `{close}`?")),
            None => self,
        }
    }
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_in_characters() {
        let source = Source::new("a", "一二 three\nfour\n");
        assert_eq!(source.line_column(7), (1, 4));
        assert_eq!(source.line_column(13), (2, 1));
    }

    #[test]
    fn places_beyond_the_text_stay_inside_it() {
        let source = Source::new("a", "ab\n");
        assert_eq!(source.offset(9, 9), 3);
        assert_eq!(source.line_column(99), (2, 1));
    }
}
