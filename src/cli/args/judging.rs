//! The options of whoever judges calls: `serve`, `run` and `verify`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::{
    Format, Specs,
    values::{OrOff, duration, duration_or_off, session_by},
};
use crate::{cli::reports::Wanted, coverage::Threshold, mock::SessionBy};

/// What calls are held to, and what is said of them.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Judging {
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
    /// Play a scenario file, or all of a folder; any number
    ///
    /// Those of a folder are one script, in the order of their names.
    #[arg(long, value_name = "FILE|DIR")]
    pub(in crate::cli) scenario: Vec<PathBuf>,
    /// How strictly the tables are read
    #[arg(long, value_name = "PROFILE", default_value = "strict")]
    pub(in crate::cli) profile: Profile,
    /// Treat undocumented fields, parameters and vendor headers as violations instead of warnings
    #[arg(long)]
    pub(in crate::cli) deny_unknown: bool,
    /// How closely credentials are looked at
    #[arg(long, value_name = "HOW", default_value = "verify", help_heading = "Credentials")]
    pub(in crate::cli) auth: Auth,
    /// Keys and tokens that are known, instead of the built-in ones (`understudy credentials` shows both)
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub(in crate::cli) credentials: Option<PathBuf>,
    /// How long a token lives without a call; `off` for ever
    #[arg(long, value_name = "TIME|off", default_value = "20m", value_parser = duration_or_off, help_heading = "Credentials")]
    pub(in crate::cli) token_life: OrOff,
    /// How far gokuai's `dateline` may be from the clock
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration, help_heading = "Credentials")]
    pub(in crate::cli) dateline_window: Duration,
    /// What names the session where the client does not: `header:NAME` or `token`
    #[arg(long, value_name = "WHAT", value_parser = session_by)]
    pub(in crate::cli) session_by: Option<SessionBy>,
    /// Write a report at the end, such as `junit=out.xml`; any number
    ///
    /// The forms are json, junit, markdown, github, sarif, har and html; `-` is standard output.
    #[arg(long, value_name = "FORM=FILE", value_parser = Wanted::parse)]
    pub(in crate::cli) report: Vec<Wanted>,
    /// Fail the verdict unless so much of the contract is covered: operations, errors, edges or faults, such as `operations=40%`; any number
    #[arg(long, value_name = "WHAT=PERCENT", value_parser = Threshold::parse)]
    pub(in crate::cli) cover: Vec<Threshold>,
    /// Let the verdict pass if nobody called at all
    #[arg(long)]
    pub(in crate::cli) allow_empty: bool,
    /// How events are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Profile {
    /// Every table as printed
    Strict,
    /// Headers that exist for app authentication (X-User-Id, X-Date, Host) are required only with an app signature
    Lenient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Auth {
    /// Signatures of known keys are verified, unknown keys refused; tokens are taken, the listed ones only if a file lists some
    Verify,
    /// The form has to be right
    Shape,
    /// Nothing is looked at, and nothing missed
    Off,
}
