//! Arguments as they are typed.

use std::{
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use http::HeaderValue;
use jiff::Timestamp;

use super::{ask::Place, injected::Injected, reports::Wanted, sign::Signer};
use crate::{
    mock::{Cors, ObjectHost, SessionBy},
    scenario::parse_duration,
    server::AdminAccess,
};

/// An offline stand-in for a vendor's cloud API.
///
/// It checks every request against the vendor's documentation, refuses what breaks the contract with the vendor's own error, and
/// otherwise answers with the documented example or with what a scenario says.
#[derive(Debug, Parser)]
#[command(name = "understudy", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES, max_term_width = 110)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) serve: Serve,
}

const EXAMPLES: &str = "\
Examples:
  understudy                                      serve every service on 127.0.0.1:8080
  understudy --scenario scenarios/02-space-is-full.yaml
  understudy run --scenario scenarios/ -- pytest -q    a test suite against it, and a verdict
  understudy check specs scenarios                find every mistake in spec and scenario files
  understudy describe CreateShare                 an operation as a table
  understudy sign -d org_id=1 http://127.0.0.1:8080/m-open/1/org/info    a signature, step by step

Exit status: 0 fine, 1 the verdict is failed (contract broken, expectation unmet), 2 wrong usage, \
3 a spec or scenario file is wrong, 4 the outside world (port in use, file unreadable, output unwritable).";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the API (the default command)
    #[command(
        after_help = "Example: understudy serve --listen 127.0.0.1:0 --scenario scenarios/01-first-steps.yaml --address-file /tmp/address"
    )]
    Serve(Box<Serve>),
    /// Run a command against the stand-in, then judge its calls
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<Run>),
    /// Ask running stand-ins for their verdict
    #[command(after_help = VERDICT_EXAMPLES)]
    Verdict(Ask),
    /// Ask whether a stand-in is there
    #[command(after_help = HEALTH_EXAMPLES)]
    Health(Health),
    /// Find every mistake in spec and scenario files
    #[command(
        after_help = "Example: understudy check specs scenarios\n\nScenarios are checked against the specs folder of the same \
                            command, else against the embedded specs. Files that are named are held to each other, as `serve` \
                            plays them; the files of a folder are each looked at alone."
    )]
    Check(Check),
    /// List the operations, a line each
    #[command(after_help = "Example: understudy operations --service koodrive | grep share")]
    Operations(Operations),
    /// Print an operation as its table
    #[command(after_help = "Example: understudy describe CreateShare")]
    Describe(Describe),
    /// Print the error catalogue
    #[command(after_help = "Example: understudy errors 13000311")]
    Errors(Errors),
    /// Print the signature of a request, step by step, and the call with it
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(Box<Sign>),
    /// Print the built-in test credentials as lines of a shell environment
    #[command(after_help = CREDENTIALS_EXAMPLES)]
    Credentials(BuiltIn),
}

const RUN_EXAMPLES: &str = "\
The command finds the stand-in in its environment: UNDERSTUDY_URL, UNDERSTUDY_ADMIN_URL, with a
token UNDERSTUDY_ADMIN_TOKEN, and what `understudy credentials` prints unless --credentials names a
file. Its input, output and terminal are its own; the verdict is printed on standard error. SIGINT,
SIGTERM and SIGHUP are passed on to it.

Exit status: the command's own if that is not 0 (128 + N if signal N ended it, 127 if there is no
such command, 126 if it cannot be run), else that of the verdict: 0 or 1.

Example: understudy run --scenario scenarios/02-space-is-full.yaml -- pytest -q";

const VERDICT_EXAMPLES: &str = "\
Several stand-ins are judged as one: it passes if all of them do, and somebody has to have called.
A URL with a session, such as http://127.0.0.1:8080/~mine, asks for that session alone.

Exit status: 0 passed, 1 failed, 2 wrong usage, 4 a stand-in that cannot be asked.

Example: understudy verdict http://127.0.0.1:8080 http://127.0.0.1:8081";

const HEALTH_EXAMPLES: &str = "\
Exit status: 0 it is there, 1 it is not, 2 wrong usage. For compose files:

  healthcheck: { test: [CMD, understudy, health, \"http://127.0.0.1:8080\"] }

Example: understudy health --wait 10s http://127.0.0.1:8080";

const SIGN_EXAMPLES: &str = "\
The arguments are curl's where they fit, and the last line is a curl command, ready to be pasted.
The scheme follows from the path: KooDrive's app signature, or gokuai's `sign`. X-Date, X-User-Id,
client_id and dateline are added where they are missing. Unlike curl's, `-d @FILE` keeps line feeds.

What the stand-in would refuse is a warning on standard error. The secret is never printed.

Examples:
  understudy sign --time 2026-11-21T08:00:00Z -d '{\"scope\":2}' \\
    http://127.0.0.1:8080/koodrive/ose/v1/share
  understudy sign -d org_id=30011 --data-urlencode 'org_name=R&D' \\
    http://127.0.0.1:8080/m-open/1/org/set
  understudy sign --app-id ID --secret-env APP_SECRET -H 'X-User-Id: 1505' \\
    http://127.0.0.1:8080/koodrive/ose/v1/share/userInfo?shortUrl=abc";

const CREDENTIALS_EXAMPLES: &str = "\
They are what the stand-in takes unless it is given a file: an AppId with its secret, a token with
its user, and a client id with its secret. They protect nothing. Hand them to the client under test:

  env $(understudy credentials) ./run-my-tests

`understudy serve --credentials FILE` takes those of a file instead; what the file does not list
does not exist:

  koodrive:
    apps: { my-app-id: my-app-secret }
    tokens: { my-token: { user: \"1505084218764547200\" } }
  gokuai:
    clients: { my-client-id: my-client-secret }

Example: understudy credentials --format json";

#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The URL that is called, percent-encoded as it is sent
    #[arg(value_name = "URL")]
    pub(super) url: String,
    /// Method; GET by default, POST with a body
    #[arg(long = "request", short = 'X', value_name = "METHOD")]
    pub(super) method: Option<String>,
    /// A header, `Name: value`; any number. `Name:` leaves out one that would be added
    #[arg(long = "header", short = 'H', value_name = "HEADER")]
    pub(super) headers: Vec<String>,
    /// Body: a text, @FILE, or @- for standard input; several are joined with `&`
    #[arg(long, short, value_name = "TEXT|@FILE", allow_hyphen_values = true)]
    pub(super) data: Vec<String>,
    /// A parameter whose text is encoded for the body; any number
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) data_urlencode: Vec<String>,
    /// The scheme, where the path does not tell it
    #[arg(long, value_name = "SCHEME")]
    pub(super) scheme: Option<Signer>,
    /// Point of time of the signature, such as 2026-11-21T08:00:00Z; now by default
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(super) time: Option<Timestamp>,
    /// Who signs with KooDrive's app signature
    #[arg(long, value_name = "ID", help_heading = "Caller")]
    pub(super) app_id: Option<String>,
    /// Who signs with gokuai's `sign`
    #[arg(long, value_name = "ID", conflicts_with = "app_id", help_heading = "Caller")]
    pub(super) client_id: Option<String>,
    /// The environment variable that holds the caller's secret
    #[arg(long, value_name = "NAME", help_heading = "Caller")]
    pub(super) secret_env: Option<String>,
    /// The caller's secret; whoever lists the processes of this machine sees it
    #[arg(long, value_name = "TEXT", conflicts_with = "secret_env", help_heading = "Caller")]
    pub(super) secret: Option<String>,
    /// Secrets from a file; the built-in ones by default
    #[arg(long, value_name = "FILE", conflicts_with_all = ["secret", "secret_env"], help_heading = "Caller")]
    pub(super) credentials: Option<PathBuf>,
    /// App signature: the headers that are signed
    #[arg(long, value_name = "NAMES", default_value = "host;x-date;x-user-id")]
    pub(super) signed_headers: String,
    #[command(flatten)]
    pub(super) specs: Specs,
    /// How the steps are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct BuiltIn {
    /// text: lines `NAME=value`; json: an object
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on, or the port alone; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub(super) listen: SocketAddr,
    /// Judge the calls when the server is stopped: print the verdict, exit with 1 if it is failed
    #[arg(long)]
    pub(super) verdict: bool,
    /// Print no line per request
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) stand_in: StandIn,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Address and port to listen on, or the port alone; any free port by default
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = listen)]
    pub(super) listen: SocketAddr,
    /// Print a line for each call, on standard error
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Print the verdict only if it is failed
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) stand_in: StandIn,
    /// The command with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
}

/// What `serve` and `run` have in common.
#[derive(Debug, Args)]
pub(super) struct StandIn {
    /// Write the address to this file once it is listened on; only a regular file is replaced
    #[arg(long, value_name = "FILE")]
    pub(super) address_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) specs: Specs,
    /// Play a scenario file, or all of a folder as one script, by name; any number
    #[arg(long, value_name = "FILE|DIR")]
    pub(super) scenario: Vec<PathBuf>,
    /// Answer an operation with an error of the catalogue, N times or every time, before any scenario; any number
    #[arg(long, value_name = "OPERATION=CODE[:N]", value_parser = Injected::parse)]
    pub(super) error: Vec<Injected>,
    /// Inject a fault into the answers of an operation, N times or every time, before any scenario; any number
    #[arg(long, value_name = "OPERATION=FAULT[:N]", value_parser = Injected::parse)]
    pub(super) fault: Vec<Injected>,
    /// Remember what clients create: begin with the built-in demo, or with a seed (`--world=FILE`)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub(super) world: Option<Option<PathBuf>>,
    /// Memory for the bytes of files in worlds, in MB; of what finds no room in it size and digests are kept
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(super) world_bytes: u32,
    /// Serve the object host, which uploads and downloads go to, on this address and port, not beside the calls
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen, requires = "world")]
    pub(super) objects: Option<SocketAddr>,
    /// Where clients reach the object host, if something stands in front of it, such as https://objects.example.com
    #[arg(long, value_name = "URL", value_parser = object_url, requires = "world")]
    pub(super) object_url: Option<ObjectHost>,
    /// How strictly the tables are read
    #[arg(long, value_name = "PROFILE", default_value = "strict")]
    pub(super) profile: Profile,
    /// Treat undocumented fields, parameters and vendor headers as violations instead of warnings
    #[arg(long)]
    pub(super) deny_unknown: bool,
    /// How closely credentials are looked at
    #[arg(long, value_name = "HOW", default_value = "verify", help_heading = "Credentials")]
    pub(super) auth: Auth,
    /// Keys and tokens that are known, instead of the built-in ones (`understudy credentials` shows both)
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub(super) credentials: Option<PathBuf>,
    /// How long a token lives without a call; `off` for ever
    #[arg(long, value_name = "TIME|off", default_value = "20m", value_parser = duration_or_off, help_heading = "Credentials")]
    pub(super) token_life: OrOff,
    /// How far gokuai's `dateline` may be from the clock
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration, help_heading = "Credentials")]
    pub(super) dateline_window: Duration,
    /// Where random decisions and values start; the scenarios' own seed otherwise
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Stop the clock at this instant, such as 2026-11-21T08:00:00Z; POST /__admin/clock moves it
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(super) time: Option<Timestamp>,
    /// What names the session where the client does not: `header:NAME` or `token`
    #[arg(long, value_name = "WHAT", value_parser = session_by)]
    pub(super) session_by: Option<SessionBy>,
    /// Write a report when the server is stopped: json, junit, markdown, github, sarif or har, and its file, `-` for standard output; any number
    #[arg(long, value_name = "FORM=FILE", value_parser = Wanted::parse)]
    pub(super) report: Vec<Wanted>,
    /// Let the verdict pass if nobody called at all
    #[arg(long)]
    pub(super) allow_empty: bool,
    /// Which web pages may call the API: `any`, `off`, or an origin such as `https://app.example.com`; several are separated by commas
    #[arg(long, value_name = "any|off|ORIGIN", default_value = "any", value_parser = cors)]
    pub(super) cors: Cors,
    /// Do not serve the admin API under /__admin
    #[arg(long, help_heading = "Admin API")]
    pub(super) no_admin: bool,
    /// Serve the admin API on this address and port alone, not beside the calls
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen, conflicts_with = "no_admin", help_heading = "Admin API")]
    pub(super) admin: Option<SocketAddr>,
    /// A name by which this machine is called, for the admin API; any number
    #[arg(long, value_name = "NAME", help_heading = "Admin API")]
    pub(super) admin_host: Vec<String>,
    /// Admit clients elsewhere to the admin API that send this as a bearer token
    #[arg(
        long,
        value_name = "TOKEN",
        env = "UNDERSTUDY_ADMIN_TOKEN",
        hide_env_values = true,
        help_heading = "Admin API"
    )]
    pub(super) admin_token: Option<String>,
    /// How events are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = "Limits")]
    pub(super) max_connections: u32,
    /// Memory for all request bodies that are under way, in MB; beyond it new ones wait
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=65536), help_heading = "Limits")]
    pub(super) bodies: u32,
    /// Memory for the journal, its overhead included, in MB
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65536), help_heading = "Limits")]
    pub(super) journal: u32,
    /// Sessions at a time; beyond that the least recently used one is evicted
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    pub(super) max_sessions: u32,
    /// Time for the head of a request
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    pub(super) head_time: Duration,
    /// Time between two pieces of a request body
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits")]
    pub(super) body_time: Duration,
    /// Time that a connection may be idle
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = duration, help_heading = "Limits")]
    pub(super) idle_time: Duration,
    /// Time for calls under way when the server is stopped
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Limits")]
    pub(super) grace: Duration,
}

impl StandIn {
    /// Who may use the admin API, if it is served.
    pub(super) fn admin_access(&self) -> Option<AdminAccess> {
        let Self { no_admin, admin_host, admin_token, .. } = self;
        (!no_admin).then(|| AdminAccess { hosts: admin_host.clone(), token: admin_token.clone() })
    }
}

#[derive(Debug, Args)]
pub(super) struct Specs {
    /// Only this service; any number, all by default
    #[arg(long, value_name = "NAME")]
    pub(super) service: Vec<String>,
    /// Spec files from a folder instead of the embedded ones
    #[arg(long, value_name = "DIR")]
    pub(super) specs: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Ask {
    /// Where the stand-ins are, such as http://127.0.0.1:8080
    #[arg(value_name = "URL", required = true, value_parser = Place::parse)]
    pub(super) places: Vec<Place>,
    #[command(flatten)]
    pub(super) token: Token,
    /// How the verdict is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Health {
    /// Where the stand-in is, such as http://127.0.0.1:8080; any number
    #[arg(value_name = "URL", required = true, value_parser = Place::parse)]
    pub(super) places: Vec<Place>,
    /// Wait so long for it
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) wait: Option<Duration>,
    #[command(flatten)]
    pub(super) token: Token,
}

/// What admits a client to the admin API of a stand-in elsewhere.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// The token that the stand-in was started with
    #[arg(long, value_name = "TOKEN", env = "UNDERSTUDY_ADMIN_TOKEN", hide_env_values = true)]
    pub(super) admin_token: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Specs folders, scenario files, folders of scenarios; the embedded specs if none is given
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// How mistakes are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Operations {
    #[command(flatten)]
    pub(super) specs: Specs,
    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The operation
    pub(super) name: String,
    #[command(flatten)]
    pub(super) specs: Specs,
    /// text: a table; json: the spec file
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Errors {
    /// Only this code, with everything that is known of it
    pub(super) code: Option<String>,
    #[command(flatten)]
    pub(super) specs: Specs,
    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Profile {
    /// Every table as printed
    Strict,
    /// Headers that exist for app authentication (X-User-Id, X-Date, Host) are required only with an app signature
    Lenient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Auth {
    /// Signatures of known keys are verified, unknown keys refused; tokens are taken, the listed ones only if a file lists some
    Verify,
    /// The form has to be right
    Shape,
    /// Nothing is looked at, and nothing missed
    Off,
}

/// A duration, or never.
#[derive(Debug, Clone, Copy)]
pub(super) struct OrOff(pub(super) Option<Duration>);

/// Where to listen. Nobody else reaches the machine unless an address of its own was asked for.
fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    let local = port.parse().map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    local.or_else(|_| text.parse()).map_err(|_| {
        "expected ADDR:PORT or PORT, such as `127.0.0.1:8080`, `[::1]:8080`, `8080`, or `0.0.0.0:8080` for every address of this machine"
            .to_owned()
    })
}

fn object_url(text: &str) -> Result<ObjectHost, String> {
    ObjectHost::read(text)
        .ok_or_else(|| "expected scheme and host alone, such as `https://objects.example.com:8443`".to_owned())
}

fn cors(text: &str) -> Result<Cors, String> {
    let is_origin = |origin: &&str| {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some_and(|host| !host.is_empty() && !host.contains('/')) && origin.parse::<HeaderValue>().is_ok()
    };
    match text {
        "any" => Ok(Cors::Any),
        "off" => Ok(Cors::Off),
        origins => match origins.split(',').map(str::trim).find(|origin| !is_origin(origin)) {
            None => Ok(Cors::Origins(origins.split(',').map(|origin| origin.trim().to_owned()).collect())),
            Some(wrong) => Err(format!(
                "expected `any`, `off` or origins; `{wrong}` is not one such as `https://app.example.com`, without a path"
            )),
        },
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|expected| format!("expected {expected}"))
}

fn duration_or_off(text: &str) -> Result<OrOff, String> {
    if text == "off" {
        return Ok(OrOff(None));
    }
    duration(text).map(|duration| OrOff(Some(duration))).map_err(|expected| format!("{expected}, or `off`"))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "expected a time with its zone (RFC 3339), such as `2026-11-21T08:00:00Z`".to_owned())
}

fn session_by(text: &str) -> Result<SessionBy, String> {
    match text.strip_prefix("header:").map(str::parse) {
        Some(Ok(name)) => Ok(SessionBy::Header(name)),
        Some(Err(_)) => Err("what stands behind `header:` is no name of a header".to_owned()),
        None if text == "token" => Ok(SessionBy::Token),
        None => Err("expected `header:NAME`, such as `header:X-User-Id`, or `token`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn an_address_may_be_written_as_people_write_it() {
        for (text, address) in [
            ("8080", "127.0.0.1:8080"),
            (":8080", "127.0.0.1:8080"),
            ("localhost:0", "127.0.0.1:0"),
            ("[::1]:8080", "[::1]:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
        ] {
            assert_eq!(listen(text), Ok(address.parse().unwrap()), "{text}");
        }
        for text in ["", ":", "localhost", "65536", "example.test:80", "127.0.0.1", "::1:8080x"] {
            assert!(listen(text).unwrap_err().contains("expected ADDR:PORT or PORT"), "{text}");
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
