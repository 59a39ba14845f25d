//! What is printed and where: results on standard output, everything else on standard error, colour only on a terminal that wants it.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use super::Failure;
use crate::diagnostic::{Diagnostic, Style, to_text};

/// The two outputs of the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    out: Style,
    err: Style,
}

impl Screen {
    /// Looks at the terminal and at NO_COLOR.
    pub(super) fn of_process() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let style = |terminal: bool| if terminal && wanted { Style::Coloured } else { Style::Plain };
        Self { out: style(io::stdout().is_terminal()), err: style(io::stderr().is_terminal()) }
    }

    /// Prints a result.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        delivered(write(&mut io::stdout().lock(), text))
    }

    /// Prints anything else. If standard error cannot be written, nobody can be told.
    pub(super) fn tell(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Prints what went wrong.
    pub(super) fn complain(&self, message: &str) {
        self.diagnostics(&[Diagnostic::error(message)]);
    }

    /// Prints mistakes that are in the way.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        self.tell(&to_text(diagnostics, self.err));
    }

    /// Mistakes as a result that can be printed.
    pub(super) fn findings(&self, diagnostics: &[Diagnostic]) -> String {
        to_text(diagnostics, self.out)
    }

    /// The style of standard output.
    pub(super) fn out_style(&self) -> Style {
        self.out
    }

    /// The style of standard error.
    pub(super) fn err_style(&self) -> Style {
        self.err
    }
}

/// Writes and flushes, so that an error is not lost when the buffer of standard output is flushed at exit.
fn write(target: &mut impl Write, text: &str) -> io::Result<()> {
    target.write_all(text.as_bytes())?;
    target.flush()
}

/// What became of a result. It is not an error if the reader is gone, as with `| head`.
pub(super) fn delivered(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::World(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Lays out rows in columns, two blanks between them; the last column is as long as it is.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column).filter(|_| column + 1 < row.len()));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Buffers everything and fails when it is flushed.
    struct Full(ErrorKind);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_result_that_cannot_be_written_is_a_failure_unless_the_reader_is_gone() {
        let failure = delivered(write(&mut Full(ErrorKind::StorageFull), "a")).unwrap_err();
        let Failure::World(message) = &failure else { panic!("{failure:?}") };
        assert!(message.starts_with("cannot write to standard output: "), "{message}");
        assert!(delivered(write(&mut Full(ErrorKind::BrokenPipe), "a")).is_ok());
        assert!(delivered(write(&mut Vec::new(), "a")).is_ok());
    }

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let rows = [vec!["a".to_owned(), "一二".to_owned(), "x".to_owned()], vec!["long".to_owned(), "b".to_owned()]];
        assert_eq!(columns(&rows), "a     一二  x\nlong  b\n");
    }
}
