//! A stand-in as its options ask for it: what it plays, where it listens, which file has its address.

use std::{net::SocketAddr, path::Path, sync::Arc};

use super::{
    Failure,
    args::{Auth, Judging, Profile, StandIn},
    files::{self, ScenarioFile},
    log::Log,
    progress::Progress,
    read::{Played, Read},
    reports::Reports,
    screen::Screen,
    tls::{self, Scheme},
};
use crate::{
    contract::{
        Strictness,
        auth::{AuthMode, access::Access, credentials::Credentials, gokuai, presigned},
    },
    disk::{ReplaceError, Replacement},
    mock::{Mock, Options},
    server::{Limits, Server},
};

/// Reads what it plays, and opens the reports that are wanted of it. Mistakes are told all at once, and nothing listens yet.
fn load(arguments: &StandIn, screen: &Screen) -> Result<(Arc<Mock>, Reports, Played), Failure> {
    let progress = Progress::of("loading specs and scenarios", screen);
    let judging = &arguments.judging;
    let read = Read::of(arguments, None, &mut Vec::new());
    // What is told now is not written over.
    drop(progress);
    let Read { contract, scenarios, credentials, world, played } = read?;
    if !played.warnings.is_empty() {
        screen.diagnostics(&played.warnings);
    }
    let options = Options {
        seed: arguments.seed,
        time: arguments.time,
        sessions: arguments.max_sessions as usize,
        journal_bytes: arguments.journal as usize * 1_000_000,
        cors: arguments.cors.clone(),
        object_host: arguments.object_url.clone(),
        world_bytes: arguments.world_bytes as usize * 1_000_000,
        world_entries: arguments.world_entries as usize,
        world,
        ..options(judging, credentials)
    };
    let reports = Reports::prepare(&judging.report, played.sources.clone())?;
    let mock = Mock::new(contract, scenarios, options);
    if mock.options().world.is_none() && (arguments.objects.is_some() || arguments.object_url.is_some()) {
        let reason = "nothing has a link to the object host without a world: --world gives the stand-in one";
        return Err(Failure::Usage(reason.to_owned()));
    }
    Ok((Arc::new(mock), reports, played))
}

/// What calls are held to.
pub(super) fn options(judging: &Judging, credentials: Credentials) -> Options {
    Options {
        strictness: Strictness {
            lenient: judging.profile == Profile::Lenient,
            deny_unknown: judging.deny_unknown,
            auth: match judging.auth {
                Auth::Verify => AuthMode::Verify,
                Auth::Shape => AuthMode::Shape,
                Auth::Off => AuthMode::Off,
            },
        },
        access: Access {
            credentials,
            gokuai: gokuai::Settings { window: judging.dateline_window },
            // The seed decides about it.
            presigned: presigned::Settings::default(),
        },
        token_life: judging.token_life.0,
        session_by: judging.session_by.clone(),
        allow_empty: judging.allow_empty,
        coverage: !judging.report.is_empty(),
        cover: judging.cover.clone(),
        ..Options::default()
    }
}

/// What is injected, and the scenarios that are named. Seeds are passed over where they stand in a folder.
pub(super) fn scenario_files(judging: &Judging, injected: Option<ScenarioFile>) -> Result<Vec<ScenarioFile>, Failure> {
    let mut files = files::scenarios(&judging.scenario)?;
    match files::take_seeds(&mut files).iter().find(|seed| !seed.of_folder) {
        Some(seed) => {
            let name = &seed.source.name;
            Err(Failure::Usage(format!("`{name}` is a seed, not a scenario: --world={name} begins with it")))
        }
        None => Ok(injected.into_iter().chain(files).collect()),
    }
}

/// Loads a stand-in, and does with it what is to be done. Whatever runs after that was given its grace.
pub(super) fn with(
    arguments: &StandIn,
    quiet: bool,
    screen: &Screen,
    work: impl AsyncFnOnce(&Arc<Mock>, Reports, Played, Log) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let log = Log::install(*screen, if quiet { tracing::Level::ERROR } else { tracing::Level::WARN });
    let (mock, reports, played) = load(arguments, screen)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::World(format!("cannot start the runtime: {error}")))?;
    let result = runtime.block_on(work(&mock, reports, played, log));
    runtime.shutdown_background();
    result
}

/// Takes its ports; and how it is called there.
pub(super) async fn bind(
    arguments: &StandIn,
    listen: SocketAddr,
    mock: &Arc<Mock>,
    screen: &Screen,
) -> Result<(Server, Scheme), Failure> {
    let https = tls::prepare(arguments, listen, screen)?;
    let limits = Limits {
        connections: arguments.max_connections as usize,
        bodies: arguments.bodies as usize * 1_000_000,
        head_time: arguments.head_time,
        body_time: arguments.body_time,
        idle_time: arguments.idle_time,
        grace: arguments.grace,
    };
    let server = Server::bind(listen, Arc::clone(mock), limits, arguments.admin_access())
        .await
        .map_err(|error| Failure::World(cannot_listen(listen, "--listen", &error)))?;
    let server = match arguments.admin {
        Some(address) => server
            .with_admin_at(address)
            .await
            .map_err(|error| Failure::World(cannot_listen(address, "--admin", &error)))?,
        None => server,
    };
    let mut server = match arguments.objects {
        Some(address) => server
            .with_objects_at(address)
            .await
            .map_err(|error| Failure::World(cannot_listen(address, "--objects", &error)))?,
        None => server,
    };
    for faulty in &arguments.tls.tls_fault {
        server = server
            .with_tls_fault_at(faulty.fault, faulty.address)
            .await
            .map_err(|error| Failure::World(cannot_listen(faulty.address, "--tls-fault", &error)))?;
    }
    let (tls, authority) = https.map(|https| (https.tls, https.authority)).unzip();
    let scheme = Scheme::of(arguments, authority.flatten(), &server);
    Ok((tls.into_iter().fold(server, Server::with_tls), scheme))
}

fn cannot_listen(address: SocketAddr, option: &str, error: &std::io::Error) -> String {
    let help = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("; another program has that port: choose one with {option}, or 127.0.0.1:0 for any free one")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("; ports below 1024 need privileges: choose another with {option}")
        }
        std::io::ErrorKind::AddrNotAvailable => "; this machine has no such address: try 127.0.0.1".to_owned(),
        _ => String::new(),
    };
    format!("cannot listen on {address}: {error}{help}")
}

/// The file that `--address-file` names.
pub(super) struct AddressFile<'p> {
    path: &'p Path,
    file: Replacement,
}

impl<'p> AddressFile<'p> {
    /// Checks, before anything is served, that the file can be written: scripts wait for it.
    pub(super) fn prepare(path: &'p Path) -> Result<Self, Failure> {
        let file = Replacement::prepare(path).map_err(|error| Self::failure(path, &error))?;
        Ok(Self { path, file })
    }

    pub(super) fn write(self, address: SocketAddr) -> Result<(), Failure> {
        self.file.commit(&format!("{address}\n")).map_err(|error| Self::failure(self.path, &error))
    }

    fn failure(path: &Path, error: &ReplaceError) -> Failure {
        Failure::World(format!("the address file `{}` {error}", path.display()))
    }
}
