//! The options of commands that read recorded traffic: `verify` and `record`.

use std::path::PathBuf;

use clap::Args;

use super::{Judging, Specs};

#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// HAR files, judged one after the other; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Judge what went to this host, with its port if it has one, and nothing else; any number
    #[arg(long, value_name = "HOST")]
    pub(in crate::cli) host: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) judging: Judging,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Record {
    /// HAR files, one after the other; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Where the scenario is written to; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub(in crate::cli) output: PathBuf,
    /// Take what went to this host, with its port if it has one, and nothing else; any number
    #[arg(long, value_name = "HOST")]
    pub(in crate::cli) host: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) specs: Specs,
}
