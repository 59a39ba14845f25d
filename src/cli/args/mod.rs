//! Arguments as they are typed.

mod help;
mod judging;
mod stand_in;
mod sweep;
mod tip;
mod tls;
mod values;
mod verify;

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;

use self::values::{duration, instant, openapi, server};
pub(super) use self::{
    judging::{Auth, Judging, Profile},
    stand_in::{Run, Serve, StandIn, of_stand_in},
    sweep::Sweeping,
    tip::with_tip,
    tls::Certificate,
    verify::{Record, Verify},
};
use super::{ask::Place, sign::Signer};
use crate::contract::openapi::Version;

/// An offline stand-in for a vendor's cloud API.
///
/// It checks every request against the vendor's documentation, refuses what breaks the contract with the vendor's own error, and
/// otherwise answers with the documented example or with what a scenario says.
#[derive(Debug, Parser)]
#[command(name = "understudy", version, args_conflicts_with_subcommands = true, after_help = MORE, after_long_help = EXAMPLES, max_term_width = 110)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<Command>,
    #[command(flatten)]
    pub(in crate::cli) serve: Serve,
}

/// The whole command line. Every command reads its options from a file, too.
pub(in crate::cli) fn command() -> clap::Command {
    let whole = |command: clap::Command| match command.get_name() {
        // It has that option itself.
        "config" => command,
        _ => help::sorted(command.arg(help::file())),
    };
    whole(Arguments::command()).mut_subcommands(whole)
}

const MORE: &str = "All options, and examples: understudy --help. What they are set to here: understudy config";

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
pub(in crate::cli) enum Command {
    /// Serve the API (the default command)
    #[command(
        after_help = "Example: understudy serve --listen 127.0.0.1:0 --scenario scenarios/01-first-steps.yaml --address-file /tmp/address"
    )]
    Serve(Box<Serve>),
    /// Run a command against the stand-in, then judge its calls
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<Run>),
    /// Judge recorded traffic: HAR files
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Box<Verify>),
    /// Turn recorded traffic into a scenario that plays it
    #[command(after_help = RECORD_EXAMPLES)]
    Record(Record),
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
    /// Print the contract as an OpenAPI document
    #[command(after_help = OPENAPI_EXAMPLES)]
    Openapi(Openapi),
    /// Print the error catalogue
    #[command(after_help = "Example: understudy errors 13000311")]
    Errors(Errors),
    /// Print the signature of a request, step by step, and the call with it
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(Box<Sign>),
    /// Print the JSON Schema of a format, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema(Schema),
    /// Print what every option is set to, and who says so
    #[command(after_help = CONFIG_EXAMPLES)]
    Config(Config),
    /// Print the built-in test credentials as lines of a shell environment
    #[command(after_help = CREDENTIALS_EXAMPLES)]
    Credentials(BuiltIn),
    /// Print the completions of a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(Completions),
    /// Write the manual pages
    #[command(hide = true, after_help = "Example: understudy man target/man")]
    Man(Manual),
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  understudy completions bash > ~/.local/share/bash-completion/completions/understudy
  understudy completions zsh > \"${fpath[1]}/_understudy\"
  understudy completions fish > ~/.config/fish/completions/understudy.fish
  understudy completions powershell >> $PROFILE";

const RUN_EXAMPLES: &str = "\
The command finds the stand-in in its environment: UNDERSTUDY_URL, UNDERSTUDY_ADMIN_URL, with a
token UNDERSTUDY_ADMIN_TOKEN, and what `understudy credentials` prints unless --credentials names a
file. Its input, output and terminal are its own; the verdict is printed on standard error. SIGINT,
SIGTERM and SIGHUP are passed on to it.

Exit status: the command's own if that is not 0 (128 + N if signal N ended it, 127 if there is no
such command, 126 if it cannot be run), else that of the verdict: 0 or 1.

With --sweep the command runs once as it is, and if that passes, once more for each error and fault;
UNDERSTUDY_INJECTED says which. If one of these runs hangs or crashes, the exit status is 1.

Examples:
  understudy run --scenario scenarios/02-space-is-full.yaml -- pytest -q
  understudy run --fault CreateShare=reset:1 -- pytest -q
  understudy run --sweep errors,faults --sweep-jobs 4 --report html=sweep.html -- pytest -q";

const VERIFY_EXAMPLES: &str = "\
Each call is judged as `serve` would judge it at the time of the recording. Calls to hosts and paths
that the contract does not know, and entries that cannot be understood, are named.

Exit status: 0 the verdict is passed, 1 it is failed, 2 wrong usage, 3 a spec or scenario file is
wrong, 4 a file that is not a HAR.

Examples:
  understudy verify --auth off traffic.har
  understudy verify --credentials keys.yaml --scenario retries.yaml --report junit=out.xml *.har";

const RECORD_EXAMPLES: &str = "\
Calls that keep the contract get the answers again that they got when they were recorded. Secrets are
replaced, answers that repeat are folded, and values are compared only where they decide.

Example: understudy record traffic.har -o scenario.yaml";

const VERDICT_EXAMPLES: &str = "\
Several stand-ins are judged as one: it passes if all of them do, and somebody has to have called.
A URL with a session, such as http://127.0.0.1:8080/~mine, asks for that session alone.

Exit status: 0 passed, 1 failed, 2 wrong usage, 4 a stand-in that cannot be asked.

Example: understudy verdict http://127.0.0.1:8080 http://127.0.0.1:8081";

const HEALTH_EXAMPLES: &str = "\
Exit status: 0 it is there, 1 it is not, 2 wrong usage. For compose files:

  healthcheck: { test: [CMD, understudy, health, \"http://127.0.0.1:8080\"] }

Example: understudy health --wait 10s http://127.0.0.1:8080";

const OPENAPI_EXAMPLES: &str = "\
What OpenAPI has no word for is kept under `x-`. Flat parameters are a form, whatever else may carry
them. `GET /__admin/openapi.json` is the same document from a running stand-in.

Examples:
  understudy openapi --output openapi.json
  understudy openapi --openapi 3.0 --service gokuai --server http://127.0.0.1:8080/~mine";

const CONFIG_EXAMPLES: &str = "\
Later wins: a file, the environment, the command line. The file is `understudy.toml` of the current
folder or what --config names; a key is the long name of an option. A table such as [run] is for one
command. Paths are relative to the file:

  scenario = [\"scenarios/\"]
  world = true
  [run]
  report = \"junit=report.xml\"

In the environment --max-sessions is UNDERSTUDY_MAX_SESSIONS, a flag is `true` or `false`, and the
entries of a list have `;` between them.

Example: understudy config run --quiet";

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

const SCHEMA_EXAMPLES: &str = "\
An editor with yaml-language-server completes and checks a scenario that begins with

  # yaml-language-server: $schema=./scenario.schema.json

Example: understudy schema scenario > scenario.schema.json";

#[derive(Debug, Args)]
pub(in crate::cli) struct Sign {
    /// The URL that is called, percent-encoded as it is sent
    #[arg(value_name = "URL")]
    pub(in crate::cli) url: String,
    /// Method; GET by default, POST with a body
    #[arg(long = "request", short = 'X', value_name = "METHOD")]
    pub(in crate::cli) method: Option<String>,
    /// A header, `Name: value`; any number. `Name:` leaves out one that would be added
    #[arg(long = "header", short = 'H', value_name = "HEADER")]
    pub(in crate::cli) headers: Vec<String>,
    /// Body: a text, @FILE, or @- for standard input; several are joined with `&`
    #[arg(long, short, value_name = "TEXT|@FILE", allow_hyphen_values = true)]
    pub(in crate::cli) data: Vec<String>,
    /// A parameter whose text is encoded for the body; any number
    #[arg(long, value_name = "NAME=TEXT")]
    pub(in crate::cli) data_urlencode: Vec<String>,
    /// The scheme, where the path does not tell it
    #[arg(long, value_name = "SCHEME")]
    pub(in crate::cli) scheme: Option<Signer>,
    /// Point of time of the signature, such as 2026-11-21T08:00:00Z; now by default
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(in crate::cli) time: Option<Timestamp>,
    /// Who signs with KooDrive's app signature
    #[arg(long, value_name = "ID", help_heading = "Caller")]
    pub(in crate::cli) app_id: Option<String>,
    /// Who signs with gokuai's `sign`
    #[arg(long, value_name = "ID", conflicts_with = "app_id", help_heading = "Caller")]
    pub(in crate::cli) client_id: Option<String>,
    /// The environment variable that holds the caller's secret
    #[arg(long, value_name = "NAME", help_heading = "Caller")]
    pub(in crate::cli) secret_env: Option<String>,
    /// The caller's secret; whoever lists the processes of this machine sees it
    #[arg(long, value_name = "TEXT", conflicts_with = "secret_env", hide_env_values = true, help_heading = "Caller")]
    pub(in crate::cli) secret: Option<String>,
    /// Secrets from a file; the built-in ones by default
    #[arg(long, value_name = "FILE", conflicts_with_all = ["secret", "secret_env"], help_heading = "Caller")]
    pub(in crate::cli) credentials: Option<PathBuf>,
    /// App signature: the headers that are signed
    #[arg(long, value_name = "NAMES", default_value = "host;x-date;x-user-id")]
    pub(in crate::cli) signed_headers: String,
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
    /// How the steps are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Schema {
    /// Of which format
    #[arg(value_name = "FORMAT")]
    pub(in crate::cli) of: SchemaOf,
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
}

/// A format that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaOf {
    /// Scenarios, with the operations, fields, values and codes of the contract
    Scenario,
    /// Seeds of a world
    World,
    /// Reports as JSON
    Report,
    /// The spec file of an operation
    Operation,
    /// A service.json
    Service,
    /// An errors.json
    Errors,
    /// A shared.json
    Shared,
}

impl SchemaOf {
    /// The file that it stands in.
    pub(in crate::cli) fn file(self) -> &'static str {
        match self {
            Self::Scenario => "scenario.schema.json",
            Self::World => "world.schema.json",
            Self::Report => "report.schema.json",
            Self::Operation => "operation.schema.json",
            Self::Service => "service.schema.json",
            Self::Errors => "errors.schema.json",
            Self::Shared => "shared.schema.json",
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Config {
    /// How the options are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
    /// Options from this file instead of `understudy.toml`; `off` for none
    #[arg(long, value_name = "FILE|off")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A command line as it would be typed; `serve` by default
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(in crate::cli) line: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BuiltIn {
    /// text: lines `NAME=value`; json: an object
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Completions {
    /// The shell
    pub(in crate::cli) shell: Shell,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Manual {
    /// The folder for them
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Specs {
    /// Only this service; any number, all by default
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) service: Vec<String>,
    /// Spec files from a folder instead of the embedded ones
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) specs: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Ask {
    /// Where the stand-ins are, such as http://127.0.0.1:8080
    #[arg(value_name = "URL", required = true, value_parser = Place::parse)]
    pub(in crate::cli) places: Vec<Place>,
    #[command(flatten)]
    pub(in crate::cli) access: Access,
    /// How the verdict is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Health {
    /// Where the stand-in is, such as http://127.0.0.1:8080; any number
    #[arg(value_name = "URL", required = true, value_parser = Place::parse)]
    pub(in crate::cli) places: Vec<Place>,
    /// Wait so long for it
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(in crate::cli) wait: Option<Duration>,
    #[command(flatten)]
    pub(in crate::cli) access: Access,
}

/// What it takes to ask a stand-in elsewhere, or one that speaks https.
#[derive(Debug, Args)]
pub(in crate::cli) struct Access {
    /// The authority that an https stand-in is signed by, instead of that of `--tls self-signed`
    #[arg(long, value_name = "FILE", env = "UNDERSTUDY_CA")]
    pub(in crate::cli) ca: Option<PathBuf>,
    /// The token that the stand-in was started with
    #[arg(long, value_name = "TOKEN", hide_env_values = true)]
    pub(in crate::cli) admin_token: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// Specs folders, scenario files, folders of scenarios; the embedded specs if none is given
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// How mistakes are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Operations {
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Describe {
    /// The operation, or a part of its words: what speaks of it is listed
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
    /// text: a table; json: the spec file
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Openapi {
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
    /// The version of OpenAPI: 3.1, or 3.0 for older tools
    #[arg(long, value_name = "VERSION", default_value = "3.1", value_parser = openapi)]
    pub(in crate::cli) openapi: Version,
    /// Where the API is called
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = server)]
    pub(in crate::cli) server: String,
    /// Write it to a file
    #[arg(long, short, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Errors {
    /// Only this code, with everything that is known of it; or what speaks of it, such as `space` or `空间`
    pub(in crate::cli) code: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }
}
