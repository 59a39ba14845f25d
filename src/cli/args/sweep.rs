//! The options of a sweep.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::values::duration;
use crate::cli::sweep::Subject;

/// What is injected, how often and for how long.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Sweeping {
    /// Run the command once more for each of these on each operation that it called: `errors`, `faults`, a code, the name of a fault
    #[arg(long, value_name = "WHAT,WHAT", value_delimiter = ',', value_parser = Subject::parse)]
    pub(in crate::cli) sweep: Vec<Subject>,
    /// Sweep this operation alone; any number
    #[arg(long, value_name = "NAME", help_heading = "Sweep")]
    pub(in crate::cli) operation: Vec<String>,
    /// The most runs; they are spread over the operations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Sweep")]
    pub(in crate::cli) sweep_limit: Option<u32>,
    /// Inject into the first N calls of the operation in each session instead of into every one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Sweep")]
    pub(in crate::cli) sweep_times: Option<u64>,
    /// So many runs at a time, each with a stand-in of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256), help_heading = "Sweep")]
    pub(in crate::cli) sweep_jobs: u32,
    /// A run that takes longer hangs; by default ten times the plain run, and at least 30s
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Sweep")]
    pub(in crate::cli) sweep_timeout: Option<Duration>,
    /// Keep what each run prints, in a file of this folder
    #[arg(long, value_name = "DIR", help_heading = "Sweep")]
    pub(in crate::cli) sweep_output: Option<PathBuf>,
}
