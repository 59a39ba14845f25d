//! A stand-in as its options ask for it: what it plays, where it listens, which file has its address.

use std::{net::SocketAddr, path::Path, sync::Arc, thread};

use super::{
    Failure,
    args::{Auth, Profile, StandIn},
    files::{self, Compiled, ScenarioFile, Together},
    injected,
    log::Log,
    progress::Progress,
    reports::Reports,
    screen::Screen,
};
use crate::{
    contract::{
        Strictness,
        auth::{AuthMode, access::Access, gokuai, presigned},
        schema,
    },
    diagnostic::has_errors,
    disk::{ReplaceError, Replacement},
    mock::{Mock, Options},
    scenario::Scenario,
    server::{Limits, Server},
};

/// Reads what it plays, and opens the reports that are wanted of it. Mistakes are told all at once, and nothing listens yet.
fn load(arguments: &StandIn, screen: &Screen) -> Result<(Arc<Mock>, Reports), Failure> {
    let progress = Progress::of("loading specs and scenarios", screen);
    thread::spawn(schema::prepare);
    let contract = files::contract(&arguments.specs)?;
    let files = scenarios(arguments)?;
    let world = arguments.world.as_ref().map(|file| files::world(file.as_deref())).transpose()?;
    let compiled = files::compile_all(&files, &contract, Together::All, world.as_ref());
    // What is told now is not written over.
    drop(progress);
    let scenarios = usable(compiled, screen)?;
    let options = Options {
        strictness: Strictness {
            lenient: arguments.profile == Profile::Lenient,
            deny_unknown: arguments.deny_unknown,
            auth: match arguments.auth {
                Auth::Verify => AuthMode::Verify,
                Auth::Shape => AuthMode::Shape,
                Auth::Off => AuthMode::Off,
            },
        },
        access: Access {
            credentials: files::credentials(arguments.credentials.as_deref())?,
            gokuai: gokuai::Settings { window: arguments.dateline_window },
            // The seed decides about it.
            presigned: presigned::Settings::default(),
        },
        token_life: arguments.token_life.0,
        seed: arguments.seed,
        time: arguments.time,
        session_by: arguments.session_by.clone(),
        sessions: arguments.max_sessions as usize,
        journal_bytes: arguments.journal as usize * 1_000_000,
        allow_empty: arguments.allow_empty,
        cors: arguments.cors.clone(),
        object_host: arguments.object_url.clone(),
        world_bytes: arguments.world_bytes as usize * 1_000_000,
        world_entries: arguments.world_entries as usize,
        world: world.map(Arc::new),
    };
    // What stands on the command line has no file.
    let sources = files.into_iter().filter(|file| file.folder.is_some()).map(|file| file.source).collect();
    let reports = Reports::prepare(&arguments.report, sources)?;
    let mock = Mock::new(contract, scenarios, options);
    if mock.options().world.is_none() && (arguments.objects.is_some() || arguments.object_url.is_some()) {
        let reason = "nothing has a link to the object host without a world: --world gives the stand-in one";
        return Err(Failure::Usage(reason.to_owned()));
    }
    Ok((Arc::new(mock), reports))
}

/// What is injected, and the scenarios that are named. Seeds are passed over where they stand in a folder.
fn scenarios(arguments: &StandIn) -> Result<Vec<ScenarioFile>, Failure> {
    let mut files = files::scenarios(&arguments.scenario)?;
    match files::take_seeds(&mut files).iter().find(|seed| !seed.of_folder) {
        Some(seed) => {
            let name = &seed.source.name;
            Err(Failure::Usage(format!("`{name}` is a seed, not a scenario: --world={name} begins with it")))
        }
        None => Ok(injected::scenario(&arguments.error, &arguments.fault).into_iter().chain(files).collect()),
    }
}

/// The scenarios, if no mistake is in their way.
fn usable(compiled: Compiled, screen: &Screen) -> Result<Vec<Scenario>, Failure> {
    let Compiled { scenarios, findings, .. } = compiled;
    if has_errors(&findings) {
        return Err(Failure::Files(findings));
    }
    if !findings.is_empty() {
        screen.diagnostics(&findings);
    }
    Ok(scenarios)
}

/// Loads a stand-in, and does with it what is to be done. Whatever runs after that was given its grace.
pub(super) fn with(
    arguments: &StandIn,
    quiet: bool,
    screen: &Screen,
    work: impl AsyncFnOnce(&Arc<Mock>, Reports, Log) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let log = Log::install(*screen, if quiet { tracing::Level::ERROR } else { tracing::Level::WARN });
    let (mock, reports) = load(arguments, screen)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::World(format!("cannot start the runtime: {error}")))?;
    let result = runtime.block_on(work(&mock, reports, log));
    runtime.shutdown_background();
    result
}

/// Takes its ports.
pub(super) async fn bind(arguments: &StandIn, listen: SocketAddr, mock: &Arc<Mock>) -> Result<Server, Failure> {
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
    match arguments.objects {
        Some(address) => server
            .with_objects_at(address)
            .await
            .map_err(|error| Failure::World(cannot_listen(address, "--objects", &error))),
        None => Ok(server),
    }
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
