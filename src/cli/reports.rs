//! The reports that `--report` asks for.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
};

use super::Failure;
use crate::{
    diagnostic::Source,
    disk::{ReplaceError, Replacement},
    document::{self, Node, ReadLimits},
    mock::Mock,
    report::{Line, Lines, Part, Report, Sweep, Verdict, forms::Form},
};

/// A report that is wanted: `FORM=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    form: Form,
    /// Standard output, if it is `-`.
    file: PathBuf,
}

impl Wanted {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let forms = || Form::ALL.map(Form::as_str).join(", ");
        let expected = || format!("expected FORM=FILE with a FORM of {}, such as `junit=out/contract.xml`", forms());
        let (form, file) = text.split_once('=').ok_or_else(expected)?;
        let form = Form::ALL.into_iter().find(|known| known.as_str() == form);
        match form {
            Some(form) if !file.is_empty() => Ok(Self { form, file: file.into() }),
            Some(_) => Err(expected()),
            None => Err(format!("there is no form of that name; {}", expected())),
        }
    }
}

/// Reports whose files are open already.
pub(super) struct Reports {
    open: Vec<(Wanted, Option<Replacement>)>,
    /// The files of the scenarios that are played.
    sources: Vec<Arc<Source>>,
    /// Where calls are sent to.
    pub(super) url: String,
}

impl Reports {
    /// Checks, before anything starts, that each file can be written.
    pub(super) fn prepare(wanted: &[Wanted], sources: Vec<Arc<Source>>) -> Result<Self, Failure> {
        let mut open: Vec<(Wanted, Option<Replacement>)> = Vec::new();
        for one in wanted {
            if open.iter().any(|(other, _)| other.file == one.file) {
                return Err(Failure::Usage(format!("two reports have the file `{}`", one.file.display())));
            }
            let file = if one.file.as_os_str() == "-" {
                None
            } else {
                Some(Replacement::prepare(&one.file).map_err(|error| failure(one, &error))?)
            };
            open.push((one.clone(), file));
        }
        Ok(Self { open, sources, url: String::new() })
    }

    /// Whether one is wanted in this form.
    pub(super) fn have(&self, form: Form) -> bool {
        self.open.iter().any(|(wanted, _)| wanted.form == form)
    }

    /// These are the files of the scenarios that were played in the end.
    pub(super) fn played(&mut self, sources: Vec<Arc<Source>>) {
        self.sources = sources;
    }

    /// Whether there are any.
    pub(super) fn are_wanted(&self) -> bool {
        !self.open.is_empty()
    }

    /// Writes them all; the first failure is told when the others are written.
    pub(super) fn write(self, mock: &Mock, verdict: &Verdict, sweep: Option<&Sweep>) -> Result<(), Failure> {
        if self.open.is_empty() {
            return Ok(());
        }
        let lines = lines(&self.sources);
        let script = mock.script();
        let counted = mock.coverage().filter(|_| verdict.covered.is_none());
        let counted = counted.map(|coverage| coverage.covered(mock.contract(), None));
        let report = Report {
            covered: counted.as_ref().or(verdict.covered.as_deref()),
            contract: mock.contract(),
            journal: mock.journal(),
            script: &script,
            verdict,
            lines: &lines,
            sweep,
            url: &self.url,
        };
        let mut result = Ok(());
        for (wanted, file) in self.open {
            let written = match file {
                Some(file) => {
                    file.commit_with(|file| wanted.form.write(&report, file)).map_err(|error| failure(&wanted, &error))
                }
                None => super::screen::delivered(to_output(wanted.form, &report)),
            };
            result = result.and(written);
        }
        result
    }
}

fn to_output(form: Form, report: &Report<'_>) -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    form.write(report, &mut output)?;
    output.flush()
}

fn failure(wanted: &Wanted, error: &ReplaceError) -> Failure {
    Failure::World(format!("the {} report `{}` {error}", wanted.form.as_str(), wanted.file.display()))
}

/// Where the parts of scenarios stand in their files.
fn lines(sources: &[Arc<Source>]) -> Lines {
    let mut lines = Lines::new();
    for source in sources {
        let Ok(root) = document::read(source, ReadLimits::default()) else { continue };
        let Some(name) = root.get("scenario").and_then(Node::as_text) else { continue };
        let mut put = |part: Part, node: &Node| {
            let (line, column) = source.line_column(node.span.start);
            lines.entry((name.to_owned(), part)).or_insert(Line { file: source.name.clone(), line, column });
        };
        let list = |node: Option<&Node>| node.and_then(Node::as_sequence).map(<[Node]>::to_vec).unwrap_or_default();
        for (index, entry) in list(root.get("expect")).iter().enumerate() {
            put(Part::Expectation(index + 1), entry);
        }
        for (index, rule) in list(root.get("rules")).iter().enumerate() {
            put(Part::Rule(index + 1), rule);
            for (place, answer) in list(rule.get("answers")).iter().enumerate() {
                put(Part::Answer(index + 1, place + 1), answer);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_form_and_a_file() {
        let wanted = Wanted::parse("junit=out/a=b.xml").unwrap();
        assert_eq!((wanted.form, wanted.file), (Form::Junit, PathBuf::from("out/a=b.xml")));
        for text in ["junit", "junit=", "=a", "pdf=a", "JUNIT=a", ""] {
            assert!(Wanted::parse(text).unwrap_err().contains("expected FORM=FILE"), "{text}");
        }
    }

    #[test]
    fn parts_of_a_scenario_have_their_lines() {
        let text = "scenario: s\nrules:\n  - operation: CreateShare\n    answers:\n      - 503\n      - example\nexpect:\n  - { answers: used }\n";
        let lines = lines(&[Source::new("s.yaml", text)]);
        let line = |part| lines.get(&("s".to_owned(), part)).map(|line| (line.line, line.column));
        assert_eq!(line(Part::Expectation(1)), Some((8, 5)));
        assert_eq!(line(Part::Answer(1, 2)), Some((6, 9)));
        assert_eq!((line(Part::Rule(1)), line(Part::Answer(2, 1))), (Some((3, 5)), None));
    }
}
