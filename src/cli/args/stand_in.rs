//! The options of a stand-in, which `serve` and `run` share.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, FromArgMatches as _};
use jiff::Timestamp;

use super::{
    Arguments, Judging, Sweeping,
    tls::Https,
    values::{cors, duration, instant, listen, object_url},
};
use crate::{
    cli::injected::Injected,
    mock::{Cors, ObjectHost},
    server::AdminAccess,
};

/// The arguments of a line that asks for a stand-in, with or without `serve`, and has no mistake. Nearly every start is one, and to
/// describe all the other commands first takes half as long as to read the contract.
pub(in crate::cli) fn of_stand_in(typed: &[OsString]) -> Option<Arguments> {
    let (program, words) = typed.split_first()?;
    let options = match words {
        [first, options @ ..] if first == "serve" => options,
        [first, ..] if !first.as_encoded_bytes().starts_with(b"-") => return None,
        options => options,
    };
    let command = Serve::augment_args(clap::Command::new("understudy"));
    let matches = command.try_get_matches_from(std::iter::once(program).chain(options)).ok()?;
    Some(Arguments { command: None, serve: Serve::from_arg_matches(&matches).ok()? })
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Serve {
    /// Where to listen; port 0 picks a free one
    ///
    /// An address and a port, or the port alone.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub(in crate::cli) listen: SocketAddr,
    /// Judge the calls in the end; exit with 1 if the verdict is failed
    ///
    /// The verdict is printed when the server is stopped.
    #[arg(long)]
    pub(in crate::cli) verdict: bool,
    /// Print no line per request
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// Read scenarios, credentials, seed and specs again when their files change; SIGHUP has them read at once
    #[arg(long)]
    pub(in crate::cli) watch: bool,
    /// Stop when standard input ends: a program that holds the other end of a pipe leaves no server behind, however it ends
    #[arg(long)]
    pub(in crate::cli) until_eof: bool,
    #[command(flatten)]
    pub(in crate::cli) stand_in: StandIn,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Run {
    /// Where to listen; port 0 picks a free one
    ///
    /// An address and a port, or the port alone.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = listen)]
    pub(in crate::cli) listen: SocketAddr,
    /// Print a line for each call, on standard error
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
    /// Print the verdict only if it is failed
    #[arg(long, short, conflicts_with = "verbose")]
    pub(in crate::cli) quiet: bool,
    #[command(flatten)]
    pub(in crate::cli) sweeping: Sweeping,
    #[command(flatten)]
    pub(in crate::cli) stand_in: StandIn,
    /// The command with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND", help_heading = clap::builder::Resettable::Reset)]
    pub(in crate::cli) command: Vec<OsString>,
}

/// What `serve` and `run` have in common.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct StandIn {
    /// Write the address to this file once it is listened on; only a regular file is replaced
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) address_file: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) judging: Judging,
    /// Answer with an error of the catalogue; any number
    ///
    /// N times or every time, before any scenario.
    #[arg(long, value_name = "OPERATION=CODE[:N]", value_parser = Injected::parse)]
    pub(in crate::cli) error: Vec<Injected>,
    /// Inject a fault into answers; any number
    ///
    /// N times or every time, before any scenario.
    #[arg(long, value_name = "OPERATION=FAULT[:N]", value_parser = Injected::parse)]
    pub(in crate::cli) fault: Vec<Injected>,
    /// Remember what clients create
    ///
    /// It begins with the built-in demo, or with a seed (`--world=FILE`).
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub(in crate::cli) world: Option<Option<PathBuf>>,
    /// Memory for the bytes of files in worlds, in MB; of what finds no room in it size and digests are kept
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(in crate::cli) world_bytes: u32,
    /// Files, shares, jobs and the like that worlds have beyond their seed, all sessions together
    #[arg(long, value_name = "N", default_value_t = 250_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub(in crate::cli) world_entries: u32,
    /// Serve the object host, which uploads and downloads go to, on this address and port, not beside the calls
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen)]
    pub(in crate::cli) objects: Option<SocketAddr>,
    /// Where clients reach the object host, if something stands in front of it, such as `https://objects.example.com`
    #[arg(long, value_name = "URL", value_parser = object_url)]
    pub(in crate::cli) object_url: Option<ObjectHost>,
    /// Where random decisions and values start; the scenarios' own seed otherwise
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seed: Option<u64>,
    /// Stop the clock at this instant, such as 2026-11-21T08:00:00Z; POST /__admin/clock moves it
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(in crate::cli) time: Option<Timestamp>,
    /// Which web pages may call the API: `any`, `off`, or an origin such as `https://app.example.com`; several are separated by commas
    #[arg(long, value_name = "any|off|ORIGIN", default_value = "any", value_parser = cors)]
    pub(in crate::cli) cors: Cors,
    #[command(flatten)]
    pub(in crate::cli) tls: Https,
    /// Do not serve the admin API under /__admin
    #[arg(long, help_heading = "Admin API")]
    pub(in crate::cli) no_admin: bool,
    /// Serve the admin API on this address and port alone, not beside the calls
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen, conflicts_with = "no_admin", help_heading = "Admin API")]
    pub(in crate::cli) admin: Option<SocketAddr>,
    /// A name by which this machine is called, for the admin API; any number
    #[arg(long, value_name = "NAME", help_heading = "Admin API")]
    pub(in crate::cli) admin_host: Vec<String>,
    /// Admit clients elsewhere to the admin API that send this as a bearer token
    #[arg(long, value_name = "TOKEN", hide_env_values = true, help_heading = "Admin API")]
    pub(in crate::cli) admin_token: Option<String>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = "Limits")]
    pub(in crate::cli) max_connections: u32,
    /// Memory for all request bodies that are under way, in MB; beyond it new ones wait
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=65536), help_heading = "Limits")]
    pub(in crate::cli) bodies: u32,
    /// Memory for the journal, its overhead included, in MB
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65536), help_heading = "Limits")]
    pub(in crate::cli) journal: u32,
    /// Sessions at a time; beyond that the least recently used one is evicted
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    pub(in crate::cli) max_sessions: u32,
    /// Time for the head of a request
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Limits")]
    pub(in crate::cli) head_time: Duration,
    /// Time between two pieces of a request body
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits")]
    pub(in crate::cli) body_time: Duration,
    /// Time that a connection may be idle
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = duration, help_heading = "Limits")]
    pub(in crate::cli) idle_time: Duration,
    /// Time for calls under way when the server is stopped
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = "Limits")]
    pub(in crate::cli) grace: Duration,
}

impl StandIn {
    /// Who may use the admin API, if it is served.
    pub(in crate::cli) fn admin_access(&self) -> Option<AdminAccess> {
        let Self { no_admin, admin_host, admin_token, .. } = self;
        (!no_admin).then(|| AdminAccess { hosts: admin_host.clone(), token: admin_token.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Command, command};

    #[test]
    fn a_line_for_a_stand_in_means_what_it_means_to_the_whole_command_line() {
        let words = |line: &str| -> Vec<OsString> {
            std::iter::once("understudy").chain(line.split_whitespace()).map(OsString::from).collect()
        };
        for line in [
            "",
            "serve",
            "--listen 8081 --quiet",
            "-q --listen=127.0.0.1:0 --scenario serve --scenario run",
            "serve --profile lenient --deny-unknown --auth off --seed 7 --world",
            "--world=demo --journal 8 --report junit=serve --verdict --watch --until-eof",
            "--tls self-signed --max-sessions 5 --idle-time 1m --admin-token secret",
            "--time 2026-01-02T03:04:05Z --cors off --format json",
        ] {
            let typed = words(line);
            let whole = Arguments::from_arg_matches(&command().try_get_matches_from(&typed).unwrap()).unwrap();
            let serve = match whole.command {
                Some(Command::Serve(serve)) => *serve,
                None => whole.serve,
                Some(other) => panic!("{line}: {other:?}"),
            };
            let quick = of_stand_in(&typed).unwrap_or_else(|| panic!("{line}"));
            assert!(quick.command.is_none(), "{line}");
            assert_eq!(format!("{:?}", quick.serve), format!("{serve:?}"), "{line}");
        }
        for line in [
            "--help",
            "-h",
            "--version",
            "serve --help",
            "run -- true",
            "check specs",
            "--quiet serve",
            "--quiet specs",
            "--listen nowhere",
            "--no-such-option",
            "serve serve",
            "help",
            "--world-bytes",
        ] {
            assert!(of_stand_in(&words(line)).is_none(), "{line}");
        }
    }
}
