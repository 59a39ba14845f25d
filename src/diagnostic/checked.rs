//! What comes out of checking a file: a value with its warnings, or every mistake.

use std::{fmt, ops::Deref, vec};

use super::{Diagnostic, Style, to_text};

/// A value that was made from a file without an error, and what deserves a second look in that file.
#[derive(Debug)]
pub struct Checked<T> {
    /// The value.
    pub value: T,
    /// Warnings, in the order of the file.
    pub warnings: Diagnostics,
}

/// Everything that is to be said of a file, in its order. As an error it prints as on the screen.
///
/// ```
/// use understudy::diagnostic::{Diagnostic, Diagnostics};
///
/// let mistakes = Diagnostics::from(vec![Diagnostic::error("the file is empty")]);
/// assert_eq!(mistakes.to_string(), "error: the file is empty\n");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// The list itself.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self(diagnostics)
    }
}

impl Deref for Diagnostics {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&to_text(&self.0, Style::Plain))
    }
}

/// The same as [`fmt::Display`], because a test that unwraps, and a `main` that returns an error, show this one.
impl fmt::Debug for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn as_an_error_it_shows_the_place() {
        let source = Source::new("a.yaml", "rules: 7\n");
        let mistakes = Diagnostics::from(vec![Diagnostic::error("expected a list").at(&source, 7..8, "here")]);
        assert_eq!(format!("{mistakes:?}"), mistakes.to_string());
        assert!(mistakes.to_string().contains("--> a.yaml:1:8"), "{mistakes}");
    }
}
