//! The forms of a report, a file a form. All tell what [`Report`] knows, and write as they go.

mod github;
mod har;
mod html;
pub(super) mod json;
mod junit;
mod markdown;
mod sarif;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::Report;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object for programs (`schemas/report.schema.json`).
    Json,
    /// JUnit's XML, as CI systems read it.
    Junit,
    /// Markdown, for the summary of a job.
    Markdown,
    /// Workflow commands of GitHub Actions.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// HAR 1.2: every exchange of the journal.
    Har,
    /// One page for people: the verdict, every finding, every exchange.
    Html,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Json, Self::Junit, Self::Markdown, Self::Github, Self::Sarif, Self::Har, Self::Html];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Sarif => "sarif",
            Self::Har => "har",
            Self::Html => "html",
        }
    }

    /// Writes a report.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(self, report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Json => json::write(report, to),
            Self::Junit => junit::write(report, to),
            Self::Markdown => markdown::write(report, to),
            Self::Github => github::write(report, to),
            Self::Sarif => sarif::write(report, to),
            Self::Har => har::write(report, to),
            Self::Html => html::write(report, to),
        }
    }
}

/// `failed (contract broken, expectation unmet)`, or `passed`.
fn outcome(report: &Report<'_>) -> String {
    match report.reasons().as_slice() {
        [] => "passed".to_owned(),
        reasons => format!("failed ({})", reasons.join(", ")),
    }
}
