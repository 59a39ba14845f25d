//! `understudy verify`: judges recorded traffic as if it came in.

use super::{
    Failure,
    args::{Format, Verify},
    files::{self, Compiled, Together},
    log::Log,
    recording::Recording,
    reports::Reports,
    screen::Screen,
    stand_in,
};
use crate::{
    contract::auth::AuthMode,
    control::Control,
    diagnostic::has_errors,
    mock::{Mock, Options},
    report::{self, forms::Form},
};

/// Bytes of the journal: a call is judged when it is read, and need not be kept.
const JOURNAL: usize = 1 << 20;

pub(super) fn run(arguments: &Verify, screen: &Screen) -> Result<(), Failure> {
    let judging = &arguments.judging;
    let log = Log::install(*screen, tracing::Level::WARN);
    let contract = files::contract(&judging.specs)?;
    let files = stand_in::scenario_files(judging, None)?;
    let Compiled { scenarios: mut expected, findings, .. } = files::compile_all(&files, &contract, Together::All, None);
    if has_errors(&findings) {
        return Err(Failure::Files(findings));
    }
    if !findings.is_empty() {
        screen.diagnostics(&findings);
    }
    // Nothing is played: what scenarios expect is judged, and what they answer is not asked for.
    expected.iter_mut().for_each(|scenario| scenario.rules.clear());
    let options = Options {
        journal_bytes: JOURNAL,
        ..stand_in::options(judging, files::credentials(judging.credentials.as_deref())?)
    };
    let mut reports = Reports::prepare(&judging.report, files.into_iter().map(|file| file.source).collect())?;
    if reports.have(Form::Har) {
        let reason = "`har` is no report of `verify`: it would be the recording once more";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let mock = Mock::new(contract, expected, options);
    let (mut hidden, mut read) = (0, None);
    let verdict = Control::new(&mock).verdict_on(|see| {
        read = Some(Recording::read(&arguments.files, &arguments.host, mock.contract(), |entry| {
            let hides = mock.options().strictness.auth != AuthMode::Off && Recording::hides_credentials(&entry);
            hidden += u64::from(hides);
            let number = Recording::observe(&mock, entry, hides);
            mock.journal().read(number, |exchange| see(exchange));
        }));
    });
    log.finish();
    let Some(mut recording) = read.transpose()? else { return Ok(()) };
    recording.count_hidden(hidden);
    reports.url = recording.url.clone().unwrap_or_default();
    let written = reports.write(&mock, &verdict, None);
    match judging.format {
        Format::Text => {
            screen.tell(&recording.to_text());
            screen.print(&report::to_text(&verdict, screen.out_style()))?;
        }
        Format::Json => {
            let mut value = verdict.to_json();
            value["recording"] = recording.to_json();
            screen.print(&format!("{value:#}\n"))?;
        }
    }
    written?;
    if verdict.passed() { Ok(()) } else { Err(Failure::Verdict) }
}
