//! `understudy serve`: load, bind, tell, play, stop.

use std::sync::Arc;

use super::{
    Failure,
    args::Serve,
    ending::{self, Ending},
    greeting::{self, Listening},
    input,
    log::Log,
    reports::Reports,
    screen::Screen,
    signals::Signals,
    stand_in::{self, AddressFile},
    terminal::Terminal,
};
use crate::mock::Mock;

pub(super) fn run(arguments: &Serve, screen: &Screen) -> Result<(), Failure> {
    stand_in::with(&arguments.stand_in, arguments.quiet, screen, async |mock, reports, log| {
        serve(arguments, mock, reports, screen, log).await
    })
}

async fn serve(
    arguments: &Serve,
    mock: &Arc<Mock>,
    mut reports: Reports,
    screen: &Screen,
    log: Log,
) -> Result<(), Failure> {
    let Serve { stand_in, quiet, .. } = arguments;
    // Signals are caught before anybody is told that we are here.
    let signals = Signals::catch()?;
    let address_file = stand_in.address_file.as_deref().map(AddressFile::prepare).transpose()?;
    let server = stand_in::bind(stand_in, arguments.listen, mock).await?;
    let url = format!("http://{}", server.address());
    let admin = server.admin_address().map(|address| format!("http://{address}/__admin"));
    reports.url.clone_from(&url);
    let objects = server.object_address().map(|address| format!("http://{address}"));
    let listening = Listening { url: &url, admin: admin.as_deref(), objects: objects.as_deref() };
    greeting::announce(arguments, mock, &listening, screen)?;
    if let Some(file) = address_file {
        file.write(server.address())?;
    }
    let has_admin = admin.is_some();
    let terminal = (!quiet).then(|| Terminal::start(Arc::clone(mock), *screen, stand_in.format, has_admin));
    let mut hurried = false;
    let input = arguments.until_eof.then(input::ended);
    let stop = async {
        match input {
            // What is left of the program that started us may still send signals.
            Some(input) => tokio::select! { _ = signals.next() => {}, _ = input => {} },
            None => {
                signals.next().await;
            }
        }
    };
    let hurry = async {
        signals.next().await;
        hurried = true;
    };
    let stop = server.run(stop, hurry).await;
    let script = mock.script();
    let expecting = !quiet && script.scenarios().iter().any(|scenario| !scenario.expect.is_empty());
    let ending = Ending {
        mock: Arc::clone(mock),
        stop: (!quiet).then_some(stop),
        screen: *screen,
        log,
        terminal,
        format: stand_in.format,
        tells: if arguments.verdict || expecting { ending::Tells::Always } else { ending::Tells::Never },
        decides: arguments.verdict,
        reports,
    };
    ending.tell_until_interrupted(&signals, hurried).await
}
