//! `understudy completions` and `understudy man`: what shells and manuals know of the program, from its own arguments.

use std::{fs, io, path::Path};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{
    Failure,
    args::{self, Completions, Manual},
    screen::Screen,
};

const NAME: &str = "understudy";

pub(super) fn completions(arguments: &Completions, screen: &Screen) -> Result<(), Failure> {
    screen.print(&script(arguments.shell))
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// A page for the program, and one for each of its commands.
pub(super) fn pages(arguments: &Manual) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let failure =
        |path: &Path, error: &io::Error| Failure::World(format!("cannot write `{}`: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| failure(folder, &error))?;
    let mut command = args::command().disable_help_subcommand(true);
    command.build();
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    for command in std::iter::once(&command).chain(commands) {
        let name = command.get_display_name().unwrap_or(NAME);
        let path = folder.join(format!("{name}.1"));
        page(command).and_then(|page| fs::write(&path, page)).map_err(|error| failure(&path, &error))?;
    }
    Ok(())
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    // Without a date the same program has the same pages.
    Man::new(command.clone()).date("").manual("Understudy").render(&mut page)?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn every_shell_completes_every_command() {
        let command = args::command();
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
            for option in ["address-file", "config"] {
                assert!(script.contains(option), "{shell}: {option}");
            }
        }
    }

    #[test]
    fn every_command_has_a_page_with_its_examples_and_options() {
        let folder = tempfile::tempdir().unwrap();
        pages(&Manual { folder: folder.path().to_owned() }).unwrap();
        let page = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(page("understudy.1").contains("understudy\\-run(1)"), "{}", page("understudy.1"));
        let run = page("understudy-run.1");
        assert!(run.contains("UNDERSTUDY_URL") && run.contains("pytest \\-q"), "{run}");
        assert!(run.contains("\\-\\-config") && run.contains("\\-\\-head\\-time"), "{run}");
        assert!(!folder.path().join("understudy-man.1").exists() && !folder.path().join("understudy-help.1").exists());
    }
}
