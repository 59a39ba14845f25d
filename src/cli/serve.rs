//! `understudy serve`: load, bind, tell, play, stop.

use std::{fmt::Write as _, net::SocketAddr, path::Path, sync::Arc, thread, time::Duration};

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Auth, Format, Profile, Serve},
    ending::Ending,
    files::{self, Compiled, ScenarioFile, Together},
    log::Log,
    screen::Screen,
    signals::Signals,
    terminal::Terminal,
};
use crate::{
    contract::{
        Contract, Operation, Strictness,
        auth::{AuthMode, access::Access, gokuai, presigned},
        schema,
    },
    diagnostic::has_errors,
    disk::{ReplaceError, Replacement},
    mock::{Mock, Options},
    scenario::Scenario,
    server::{Limits, Server},
    world::Seed,
};

/// How long the last words may take after a second signal.
const LAST_WORDS: Duration = Duration::from_millis(250);

pub(super) fn run(arguments: &Serve, screen: &Screen) -> Result<(), Failure> {
    let log = Log::install(*screen, if arguments.quiet { tracing::Level::ERROR } else { tracing::Level::WARN });
    thread::spawn(schema::prepare);
    let contract = files::contract(&arguments.specs)?;
    let world = arguments.world.as_ref().map(|file| files::world(file.as_deref())).transpose()?;
    let scenarios = load_scenarios(arguments, &contract, world.as_ref(), screen)?;
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
        world: world.map(Arc::new),
    };
    let mock = Arc::new(Mock::new(contract, scenarios, options));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::World(format!("cannot start the runtime: {error}")))?;
    let result = runtime.block_on(serve(arguments, &mock, screen, log));
    // Whatever is still running was given its grace.
    runtime.shutdown_background();
    result
}

/// The scenarios that are named. Seeds are passed over where they stand in a folder.
fn scenarios(arguments: &Serve) -> Result<Vec<ScenarioFile>, Failure> {
    let mut files = files::scenarios(&arguments.scenario)?;
    match files::take_seeds(&mut files).iter().find(|seed| !seed.of_folder) {
        Some(seed) => {
            let name = &seed.source.name;
            Err(Failure::Usage(format!("`{name}` is a seed, not a scenario: --world={name} begins with it")))
        }
        None => Ok(files),
    }
}

fn load_scenarios(
    arguments: &Serve,
    contract: &Contract,
    world: Option<&Seed>,
    screen: &Screen,
) -> Result<Vec<Scenario>, Failure> {
    let files = scenarios(arguments)?;
    let Compiled { scenarios, findings, .. } = files::compile_all(&files, contract, Together::All, world);
    if has_errors(&findings) {
        return Err(Failure::Files(findings));
    }
    if !findings.is_empty() {
        screen.diagnostics(&findings);
    }
    Ok(scenarios)
}

async fn serve(arguments: &Serve, mock: &Arc<Mock>, screen: &Screen, log: Log) -> Result<(), Failure> {
    // Signals are caught before anybody is told that we are here.
    let signals = Signals::catch().map_err(|error| Failure::World(format!("cannot catch signals: {error}")))?;
    let address_file = arguments.address_file.as_deref().map(AddressFile::prepare).transpose()?;
    let limits = Limits {
        connections: arguments.max_connections as usize,
        bodies: arguments.bodies as usize * 1_000_000,
        head_time: arguments.head_time,
        body_time: arguments.body_time,
        idle_time: arguments.idle_time,
        grace: arguments.grace,
    };
    let server = Server::bind(arguments.listen, Arc::clone(mock), limits, arguments.admin_access())
        .await
        .map_err(|error| Failure::World(cannot_listen(arguments.listen, "--listen", &error)))?;
    let server = match arguments.admin {
        Some(address) => server
            .with_admin_at(address)
            .await
            .map_err(|error| Failure::World(cannot_listen(address, "--admin", &error)))?,
        None => server,
    };
    let server = match arguments.objects {
        Some(address) => server
            .with_objects_at(address)
            .await
            .map_err(|error| Failure::World(cannot_listen(address, "--objects", &error)))?,
        None => server,
    };
    let url = format!("http://{}", server.address());
    let admin = server.admin_address().map(|address| format!("http://{address}/__admin"));
    let objects = server.object_address().map(|address| format!("http://{address}"));
    let listening = Listening { url: &url, admin: admin.as_deref(), objects: objects.as_deref() };
    announce(arguments, mock, &listening, screen)?;
    if let Some(file) = address_file {
        file.write(&server.address().to_string())?;
    }
    let has_admin = admin.is_some();
    let terminal = (!arguments.quiet).then(|| Terminal::start(Arc::clone(mock), *screen, arguments.format, has_admin));
    let mut hurried = false;
    let hurry = async {
        signals.next().await;
        hurried = true;
    };
    let stop = server.run(signals.next(), hurry).await;
    let ending = Ending {
        mock: Arc::clone(mock),
        stop,
        screen: *screen,
        log,
        terminal,
        format: arguments.format,
        verdict: arguments.verdict,
    };
    // The last words may find nobody who reads them. They have until the second signal.
    let told = tokio::task::spawn_blocking(|| ending.tell());
    let interrupted = async {
        if hurried {
            tokio::time::sleep(LAST_WORDS).await;
        } else {
            signals.next().await;
        }
    };
    tokio::select! {
        told = told => told.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())),
        () = interrupted => Err(Failure::Interrupted),
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
struct AddressFile<'p> {
    path: &'p Path,
    file: Replacement,
}

impl<'p> AddressFile<'p> {
    /// Checks, before anything is served, that the file can be written: scripts wait for it.
    fn prepare(path: &'p Path) -> Result<Self, Failure> {
        let file = Replacement::prepare(path).map_err(|error| Self::failure(path, &error))?;
        Ok(Self { path, file })
    }

    fn write(self, address: &str) -> Result<(), Failure> {
        self.file.commit(&format!("{address}\n")).map_err(|error| Self::failure(self.path, &error))
    }

    fn failure(path: &Path, error: &ReplaceError) -> Failure {
        Failure::World(format!("the address file `{}` {error}", path.display()))
    }
}

/// Where what is served.
struct Listening<'l> {
    url: &'l str,
    admin: Option<&'l str>,
    /// The object host, where it has an address of its own.
    objects: Option<&'l str>,
}

fn announce(arguments: &Serve, mock: &Mock, listening: &Listening<'_>, screen: &Screen) -> Result<(), Failure> {
    let Listening { url, admin, objects } = *listening;
    let contract = mock.contract();
    let services = contract.services().iter().enumerate().map(|(index, service)| {
        let operations = contract.operations().iter().filter(|operation| operation.service == index).count();
        (&service.description, operations)
    });
    let script = mock.script();
    let seed = script.seed();
    let names: Vec<&str> = script.scenarios().iter().map(|scenario| scenario.name.as_str()).collect();
    if arguments.format == Format::Json {
        let services: Vec<Value> = services
            .map(|(service, operations)| {
                json!({ "service": service.service, "edition": service.edition, "operations": operations })
            })
            .collect();
        let event = json!({ "event": "listening", "url": url, "admin": admin, "objects": objects, "services": services, "scenarios": names, "seed": seed });
        return screen.print(&format!("{event}\n"));
    }
    screen.print(&format!("{url}\n"))?;
    if arguments.quiet {
        return Ok(());
    }
    let mut text = format!("understudy {} listens on {url}\n", env!("CARGO_PKG_VERSION"));
    for (service, operations) in services {
        let _ = writeln!(text, "  service    {}: {operations} operations, edition {}", service.title, service.edition);
    }
    for scenario in mock.script().scenarios() {
        let summary = scenario.summary.as_deref().map(|summary| format!(": {summary}")).unwrap_or_default();
        let _ = writeln!(text, "  scenario   {}{summary}", scenario.name);
    }
    if let Some(seed) = &mock.options().world {
        let _ = writeln!(text, "  world      {}: what clients create is there on the next call", seed.name());
    }
    if let Some(objects) = objects {
        let _ = writeln!(text, "  objects    {objects}: where links lead to");
    }
    if names.is_empty() && mock.options().world.is_none() {
        text.push_str("  scenario   none: every call that keeps the contract gets the documented example\n");
    }
    let _ = writeln!(text, "  seed       {seed}");
    if let Some(admin) = admin {
        let _ = writeln!(text, "  admin      {admin}/health, {admin}/exchanges, {admin}/verdict");
    }
    if let Some(line) = contract
        .named("CreateShare")
        .first()
        .map(|id| contract.operation(*id))
        .or(contract.operations().first())
        .and_then(|operation| curl(contract, operation, url))
    {
        let _ = writeln!(text, "\n  {line}\n");
    }
    screen.tell(&text);
    Ok(())
}

/// A call that the contract takes, ready to be pasted.
fn curl(contract: &Contract, operation: &Operation, url: &str) -> Option<String> {
    let request = operation.smallest_request(contract.service_of(operation)).ok()?;
    let mut path = operation.path.clone();
    for (name, value) in request.path.iter().filter_map(Value::as_object).flatten() {
        path = path.replace(&format!("{{{name}}}"), &plain(value));
    }
    let query: Vec<String> = request
        .query
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let mut line = format!("curl -i -X {} '{url}{path}{query}'", operation.method);
    for (name, value) in request.headers.iter().filter_map(Value::as_object).flatten() {
        match name.to_ascii_lowercase().as_str() {
            "host" => {}
            "authorization" => line.push_str(" -H 'Authorization: Bearer 0123456789abcdef'"),
            "x-date" => line.push_str(" -H \"X-Date: $(date -u +%Y%m%dT%H%M%SZ)\""),
            _ => {
                let _ = write!(line, " -H '{name}: {}'", plain(value));
            }
        }
    }
    if let Some(body) = &request.body {
        let _ = write!(line, " -H 'Content-Type: application/json' -d '{}'", body.to_string().replace('\'', "'\\''"));
    }
    Some(line)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
