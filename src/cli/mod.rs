//! The command line: arguments, what each command does with them, and everything that is printed.

mod args;
mod ask;
mod authority;
mod check;
mod command;
mod config;
mod credentials;
mod describe;
mod ending;
mod errors;
mod files;
mod find;
mod greeting;
mod health;
mod injected;
mod input;
mod line;
mod log;
mod manual;
mod openapi;
mod operations;
mod progress;
mod read;
mod record;
mod recording;
mod reports;
mod run;
mod schema;
mod screen;
mod serve;
mod settings;
mod sign;
mod signals;
mod stand_in;
mod sweep;
mod table;
mod terminal;
mod tls;
mod verdict;
mod verify;
mod watch;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    process::ExitCode,
    thread,
};

use self::{
    args::{Arguments, Command},
    screen::{Screen, delivered},
    settings::Stop,
};
use crate::{contract, diagnostic::Diagnostic};

/// Why a command did not do what it was asked to. Each kind has its own exit status.
#[derive(Debug)]
enum Failure {
    /// 1: the verdict is failed; it has been printed.
    Verdict,
    /// 2: the command line asks for something that does not exist.
    Usage(String),
    /// 3: spec or scenario files are wrong.
    Files(Vec<Diagnostic>),
    /// 4: the outside world: a port in use, a file that cannot be read.
    World(String),
    /// 1: the stand-in that was asked for its health is not there.
    Unhealthy(String),
    /// As the command that was run ended.
    Command(u8),
    /// 126 or 127, as a shell has it: the command could not be run.
    NotRun(u8, String),
    /// 130, as a shell has it for SIGINT: ended by a second signal before everything was said.
    Interrupted,
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::Verdict | Self::Unhealthy(_) => 1,
            Self::Usage(_) => 2,
            Self::Files(_) => 3,
            Self::World(_) => 4,
            Self::Command(status) | Self::NotRun(status, _) => *status,
            Self::Interrupted => 130,
        }
    }

    /// Prints what there is to say of it.
    fn tell(&self, screen: &Screen) {
        match self {
            Self::Verdict | Self::Command(_) | Self::Interrupted => {}
            Self::Usage(message) | Self::World(message) | Self::Unhealthy(message) | Self::NotRun(_, message) => {
                screen.complain(message);
            }
            Self::Files(mistakes) => screen.diagnostics(mistakes),
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let screen = Screen::of_process();
    let typed: Vec<OsString> = std::env::args_os().collect();
    if is_for_a_stand_in(&typed) {
        thread::spawn(contract::schema::prepare);
    }
    let result = match settings::arguments(&typed) {
        Ok(arguments) => {
            screen.diagnostics(&settings::stray_variables(&typed));
            dispatch(arguments, &screen)
        }
        Err(stop) => stopped(stop, &typed),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(&screen);
            ExitCode::from(failure.status())
        }
    }
}

/// Whether a stand-in is asked for, as far as that can be told before the arguments are read.
fn is_for_a_stand_in(typed: &[OsString]) -> bool {
    typed.get(1).is_none_or(|word| word == "serve" || word == "run" || word.as_encoded_bytes().starts_with(b"-"))
}

/// What is said where there are no arguments to go by.
fn stopped(stop: Stop, typed: &[OsString]) -> Result<(), Failure> {
    match stop {
        Stop::Failure(failure) => Err(failure),
        // `--help` and `--version` are results too.
        Stop::Clap(asked) if !asked.use_stderr() => delivered(asked.print().and_then(|()| io::stdout().flush())),
        Stop::Clap(wrong) => args::with_tip(wrong, typed).exit(),
    }
}

fn dispatch(arguments: Arguments, screen: &Screen) -> Result<(), Failure> {
    match arguments.command {
        None => serve::run(&arguments.serve, screen),
        Some(Command::Serve(serve)) => serve::run(&serve, screen),
        Some(Command::Run(arguments)) => run::run(&arguments, screen),
        Some(Command::Verify(arguments)) => verify::run(&arguments, screen),
        Some(Command::Record(arguments)) => record::run(&arguments, screen),
        Some(Command::Verdict(asked)) => verdict::run(&asked, screen),
        Some(Command::Health(asked)) => health::run(&asked, screen),
        Some(Command::Check(check)) => check::run(&check, screen),
        Some(Command::Operations(operations)) => operations::run(&operations, screen),
        Some(Command::Describe(describe)) => describe::run(&describe, screen),
        Some(Command::Openapi(openapi)) => openapi::run(&openapi, screen),
        Some(Command::Errors(errors)) => errors::run(&errors, screen),
        Some(Command::Sign(sign)) => sign::run(&sign, screen),
        Some(Command::Schema(asked)) => schema::run(&asked, screen),
        Some(Command::Config(asked)) => config::run(&asked, screen),
        Some(Command::Credentials(credentials)) => credentials::run(&credentials, screen),
        Some(Command::Completions(completions)) => manual::completions(&completions, screen),
        Some(Command::Man(manual)) => manual::pages(&manual),
    }
}
