//! What `-h` shows, and under which heading `--help` has the rest.

use clap::{Arg, Command};

/// Commands with more options than a screen has lines.
const LONG: [&str; 3] = ["understudy", "serve", "run"];

/// The options that `-h` of those shows. It is a screen; `--help` has all.
const LEADING: [&str; 12] = [
    "listen", "scenario", "world", "error", "fault", "verdict", "sweep", "report", "quiet", "verbose", "config",
    "version",
];

/// Where `--help` has options that the definition gives no heading.
const HEADINGS: [(&str, &[&str]); 4] = [
    ("Contract", &["service", "specs", "profile", "deny-unknown", "cors"]),
    ("World", &["world-bytes", "world-entries", "objects", "object-url"]),
    ("Sessions, time and chance", &["session-by", "seed", "time"]),
    ("Output", &["address-file", "allow-empty", "format"]),
];

/// Sorts the options of a command.
pub(super) fn sorted(command: Command) -> Command {
    if !LONG.contains(&command.get_name()) {
        return command;
    }
    command.mut_args(|arg| {
        let Some(long) = arg.get_long().map(str::to_owned) else { return arg };
        let leading = LEADING.contains(&long.as_str());
        let arg = match HEADINGS.iter().find(|(_, options)| options.contains(&long.as_str())) {
            Some((heading, _)) if arg.get_help_heading().is_none() => arg.help_heading(*heading),
            _ => arg,
        };
        arg.hide_short_help(!leading)
    })
}

/// The option that names a file of options.
pub(super) fn file() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE|off")
        .value_parser(clap::value_parser!(std::path::PathBuf))
        // Else it has that of the option before it.
        .help_heading(clap::builder::Resettable::Reset)
        .help("A file of options, not `understudy.toml`; `off` for none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    #[test]
    fn every_name_in_the_lists_is_an_option() {
        let root = args::command();
        let known = |name: &str| {
            let of = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
            name == "version" || of(&root) || root.get_subcommands().any(of)
        };
        for name in LEADING.iter().chain(HEADINGS.iter().flat_map(|(_, options)| *options)) {
            assert!(known(name), "{name}");
        }
    }
}
