//! What is printed and where: results on standard output, everything else on standard error, colour only on a terminal that wants it.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use rustix::termios::tcgetwinsize;

use super::{Failure, table::columns};
use crate::diagnostic::{Diagnostic, Style, to_text};

/// On narrower terminals lines are wider than them.
const NARROWEST: usize = 40;

/// The two outputs of the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    out: Style,
    err: Style,
    /// Columns of the terminal that results go to.
    width: Option<usize>,
    err_is_terminal: bool,
    /// Whether nothing but results is printed.
    is_silent: bool,
}

impl Screen {
    /// Looks at the terminal, its width, and at NO_COLOR.
    pub(super) fn of_process() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let style = |terminal: bool| if terminal && wanted { Style::Coloured } else { Style::Plain };
        let err_is_terminal = io::stderr().is_terminal();
        let size = tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0);
        let width = size.map(|size| usize::from(size.ws_col).max(NARROWEST));
        Self {
            out: style(io::stdout().is_terminal()),
            err: style(err_is_terminal),
            width,
            err_is_terminal,
            is_silent: false,
        }
    }

    /// The same, where only results are printed.
    pub(super) fn silent(self) -> Self {
        Self { is_silent: true, ..self }
    }

    /// Prints a result.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        delivered(write(&mut io::stdout().lock(), text))
    }

    /// Prints anything else. If standard error cannot be written, nobody can be told.
    pub(super) fn tell(&self, text: &str) {
        if !self.is_silent {
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
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

    /// Rows as a result: no wider than the terminal, and a row a line for a file or another program.
    pub(super) fn table(&self, rows: &[Vec<String>]) -> String {
        columns(rows, self.width)
    }

    /// Whether a person sees standard error.
    pub(super) fn err_is_terminal(&self) -> bool {
        self.err_is_terminal
    }

    /// How many columns the terminal of standard error has.
    pub(super) fn err_width(&self) -> usize {
        let size = tcgetwinsize(io::stderr()).ok().filter(|size| size.ws_col > 0);
        size.map_or(NARROWEST, |size| usize::from(size.ws_col)).max(NARROWEST)
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
}
