//! `understudy run`: a command and a stand-in for as long as the command runs, then the verdict.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use super::{
    Failure,
    args::{Run, StandIn},
    command::{Command, End},
    ending::{Ending, Tells},
    log::Log,
    reports::Reports,
    screen::Screen,
    signals::Signals,
    stand_in::{self, AddressFile},
    sweep::{self, Plain, Swept},
    terminal::Terminal,
    tls::Scheme,
};
use tokio::time::Instant;

use crate::{contract::auth::credentials::Credentials, mock::Mock, server::Server};

pub(super) fn run(arguments: &Run, screen: &Screen) -> Result<(), Failure> {
    stand_in::with(&arguments.stand_in, arguments.quiet, screen, async |mock, reports, _, log| {
        serve(arguments, mock, reports, screen, log).await
    })
}

async fn serve(
    arguments: &Run,
    mock: &Arc<Mock>,
    mut reports: Reports,
    screen: &Screen,
    log: Log,
) -> Result<(), Failure> {
    let Run { stand_in, verbose, quiet, .. } = arguments;
    sweep::check(arguments, mock.contract())?;
    let scenarios = mock.script().scenarios().to_vec();
    let signals = Signals::catch()?;
    let address_file = stand_in.address_file.as_deref().map(AddressFile::prepare).transpose()?;
    let (server, scheme) = stand_in::bind(stand_in, arguments.listen, mock, screen).await?;
    if let Some(file) = address_file {
        file.write(server.address())?;
    }
    reports.url = scheme.url(callable(server.address()));
    let begun = Instant::now();
    let command = Command::start(&arguments.command, environment(stand_in, &server, &scheme))?;
    let mut terminal = verbose.then(|| {
        let has_admin = server.admin_address().is_some();
        Terminal::start(Arc::clone(mock), *screen, stand_in.judging.format, has_admin, None)
    });
    let (mut end, mut hurried) = (End::default(), false);
    let mut took = Duration::ZERO;
    let ended = async {
        end = command.ended(&signals).await;
        took = begun.elapsed();
    };
    let hurry = async {
        signals.next().await;
        hurried = true;
    };
    let stop = server.run(ended, hurry).await;
    let Swept { sweep, signal: stopped_by, trouble } = if arguments.sweeping.sweep.is_empty() {
        Swept::default()
    } else {
        if let Some(terminal) = terminal.take() {
            terminal.finish();
        }
        let plain = Plain { mock, scenarios, took, passed: end.status == 0 && !end.signalled && !hurried };
        sweep::run(arguments, plain, &signals, screen).await
    };
    let ending = Ending {
        mock: Arc::clone(mock),
        stop: verbose.then_some(stop),
        screen: *screen,
        log,
        terminal,
        format: stand_in.judging.format,
        tells: if *quiet { Tells::IfFailed } else { Tells::Always },
        decides: true,
        sweep,
        reports,
    };
    let told = ending.tell_until_interrupted(&signals, hurried).await;
    let told = match trouble {
        // The verdict is told already, and says less.
        Some(trouble) => Err(trouble),
        None => told,
    };
    // A sweep that was stopped by a signal ends as the command would have.
    let of_signal = stopped_by.and_then(|signal| u8::try_from(128 + signal.as_raw()).ok());
    match (of_signal.unwrap_or(end.status), told) {
        (0, told) => told,
        (status, told) => {
            if let Err(failure) = told {
                failure.tell(screen);
            }
            Err(Failure::Command(status))
        }
    }
}

/// What the command finds in its environment. What an outer stand-in left there and this one has not is taken away.
pub(super) fn environment(arguments: &StandIn, server: &Server, scheme: &Scheme) -> Vec<(String, Option<String>)> {
    let url = |address| scheme.url(callable(address));
    let authority = scheme.authority().map(|path| path.display().to_string());
    let own = [
        ("UNDERSTUDY_URL", Some(url(server.address()))),
        ("UNDERSTUDY_ADMIN_URL", server.admin_address().map(|address| format!("{}/__admin", url(address)))),
        ("UNDERSTUDY_CA", authority),
        (sweep::INJECTED, None),
        ("UNDERSTUDY_ADMIN_TOKEN", arguments.admin_token.clone().filter(|_| !arguments.no_admin)),
    ];
    let known = arguments.judging.credentials.is_none();
    let credentials = Credentials::built_in_environment();
    let credentials = credentials.iter().filter_map(|line| line.split_once('='));
    let credentials = credentials.map(|(name, value)| (name, known.then(|| value.to_owned())));
    own.into_iter().chain(credentials).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Where an address can be called from this machine.
fn callable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stands_for_every_one_is_called_by_its_own_machine() {
        for (address, called) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(callable(address.parse().unwrap()), called.parse().unwrap(), "{address}");
        }
    }
}
