//! `understudy serve`: load, bind, tell, play, stop.

use std::sync::Arc;

use rustix::process::Signal;

use super::{
    Failure,
    args::Serve,
    ending::{self, Ending},
    greeting::{self, Listening},
    input,
    log::Log,
    read::Played,
    reports::Reports,
    screen::Screen,
    signals::Signals,
    stand_in::{self, AddressFile},
    terminal::Terminal,
    watch::{Before, Watch},
};
use crate::mock::Mock;

pub(super) fn run(arguments: &Serve, screen: &Screen) -> Result<(), Failure> {
    let before = arguments.watch.then(|| Before::of(&arguments.stand_in));
    stand_in::with(&arguments.stand_in, arguments.quiet, screen, async |mock, reports, played, log| {
        serve(arguments, mock, reports, (before, played), screen, log).await
    })
}

async fn serve(
    arguments: &Serve,
    mock: &Arc<Mock>,
    mut reports: Reports,
    (before, played): (Option<Before>, Played),
    screen: &Screen,
    log: Log,
) -> Result<(), Failure> {
    let Serve { stand_in, quiet, .. } = arguments;
    // Signals are caught before anybody is told that we are here.
    let signals = Signals::catch()?;
    let address_file = stand_in.address_file.as_deref().map(AddressFile::prepare).transpose()?;
    let (server, scheme) = stand_in::bind(stand_in, arguments.listen, mock, screen).await?;
    let url = scheme.url(server.address());
    let admin = server.admin_address().map(|address| format!("{}/__admin", scheme.url(address)));
    reports.url.clone_from(&url);
    let objects = server.object_address().map(|address| scheme.url(address));
    let listening = Listening { url: &url, admin: admin.as_deref(), objects: objects.as_deref(), scheme: &scheme };
    let greeting = greeting::announce(arguments, mock, &listening, screen)?;
    if let Some(file) = address_file {
        file.write(server.address())?;
    }
    let has_admin = admin.is_some();
    let format = stand_in.judging.format;
    let terminal = (!quiet).then(|| Terminal::start(Arc::clone(mock), *screen, format, has_admin, greeting));
    let handover = server.handover();
    let watch = before.map(|before| Watch::start(stand_in, before, played, handover.clone(), *screen, *quiet));
    let mut hurried = false;
    let input = arguments.until_eof.then(input::ended);
    let stop = async {
        let signal = next_stop(&signals, watch.as_ref());
        match input {
            // What is left of the program that started us may still send signals.
            Some(input) => tokio::select! { () = signal => {}, _ = input => {} },
            None => signal.await,
        }
    };
    let hurry = async {
        next_stop(&signals, watch.as_ref()).await;
        hurried = true;
    };
    let stop = server.run(stop, hurry).await;
    if let Some(watch) = watch {
        reports.played(watch.end());
    }
    let mock = &handover.current();
    let script = mock.script();
    let expecting = !quiet && script.scenarios().iter().any(|scenario| !scenario.expect.is_empty());
    let ending = Ending {
        mock: Arc::clone(mock),
        stop: (!quiet).then_some(stop),
        screen: *screen,
        log,
        terminal,
        format,
        tells: if arguments.verdict || expecting { ending::Tells::Always } else { ending::Tells::Never },
        decides: arguments.verdict,
        sweep: None,
        reports,
    };
    ending.tell_until_interrupted(&signals, hurried).await
}

/// Waits for a signal that stops the server. Where files are watched, SIGHUP has them read at once.
async fn next_stop(signals: &Signals, watch: Option<&Watch>) {
    while let (Signal::HUP, Some(watch)) = (signals.next().await, watch) {
        watch.read();
    }
}
