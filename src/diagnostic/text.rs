//! Diagnostics as rustc prints them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Diagnostic, Place, Severity};

/// Bytes that are shown of a text beyond those that the caret underlines; and that it underlines at most.
const AROUND: usize = 1 << 10;

/// Colour or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Bare text.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// All diagnostics, one after the other, an empty line between them.
pub fn to_text(diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    }
    .decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let view = diagnostic.place.as_ref().map(View::of);
        let shown = renderer.render(&[group(diagnostic, view.as_ref())]);
        match view.and_then(View::moved) {
            Some([told, meant]) => text.push_str(&shown.replacen(&told, &meant, 1)),
            None => text.push_str(&shown),
        }
        text.push('\n');
    }
    text
}

fn group<'d>(diagnostic: &'d Diagnostic, view: Option<&View<'d>>) -> Group<'d> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()));
    if let Some(View { name, text, caret, line, .. }) = view {
        let mut caret = AnnotationKind::Primary.span(caret.clone());
        if !diagnostic.label.is_empty() {
            caret = caret.label(diagnostic.label.as_str());
        }
        group = group.element(Snippet::source(*text).path(*name).line_start(*line).annotation(caret));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// What is shown of a text: the lines of a mistake, or of a long line what is around it. The renderer walks through all that it gets.
struct View<'p> {
    /// The file's.
    name: &'p str,
    text: &'p str,
    /// What the caret underlines of it.
    caret: Range<usize>,
    /// The number of its first line.
    line: usize,
    /// The column of the mistake in the file.
    column: usize,
}

impl<'p> View<'p> {
    fn of(place: &'p Place) -> Self {
        let source = &place.source;
        let all = source.text.as_str();
        let end = place.span.end.min(all.len());
        let start = place.span.start.min(end);
        let end = all.ceil_char_boundary(end.min(start + AROUND));
        let (line, column) = source.line_column(start);
        let line_start = source.line_start(start);
        let from = all.floor_char_boundary(line_start.max(start.saturating_sub(AROUND)));
        let most = all.ceil_char_boundary(all.len().min(end + AROUND));
        let to = all[end..most].find('\n').map_or(most, |length| end + length);
        Self { name: &source.name, text: &all[from..to], caret: start - from..end - from, line, column }
    }

    /// The place as the renderer tells it, which knows only what it is shown, and as it is meant, where they differ.
    fn moved(self) -> Option<[String; 2]> {
        let told = self.text[..self.caret.start].chars().count() + 1;
        (told != self.column)
            .then(|| [told, self.column].map(|column| format!("{}:{}:{column}\n", self.name, self.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn a_mistake_in_a_long_line_is_shown_with_what_is_around_it() {
        let text = format!("a: 1\n{{{} wrong: 1, {}}}\nb: 2\n", "空: 1, ".repeat(100_000), "c: 1, ".repeat(100_000));
        let start = text.find("wrong").unwrap();
        let source = Source::new("a.yaml", text.as_str());
        let shown = to_text(&[Diagnostic::error("unknown").at(&source, start..start + 5, "here")], Style::Plain);
        assert!(shown.starts_with("error: unknown\n --> a.yaml:2:600003\n  |\n2 | "), "{shown}");
        assert!(shown.contains("空: 1,  wrong: 1, c: 1") && shown.contains(" ^^^^^ here\n"), "{shown}");
        assert!(shown.len() < 8 * AROUND, "{}", shown.len());
        let coloured = to_text(&[Diagnostic::error("unknown").at(&source, start..start + 5, "here")], Style::Coloured);
        assert!(coloured.contains("a.yaml:2:600003\n"), "{coloured}");
    }
}
