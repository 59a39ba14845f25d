//! Variables of the environment that are named like options and are none: a slip of the finger would otherwise change nothing, in silence.

use clap::Command;

use super::option::{Setting, variable};
use crate::{
    contract::auth::credentials::Credentials,
    diagnostic::{Diagnostic, did_you_mean, push_printable},
};

const PREFIX: &str = "UNDERSTUDY_";

/// What `run` and the packages for tests say in the environment, and what they are told there, beside options and credentials.
const OTHERS: [&str; 6] = ["CONFIG", "URL", "ADMIN_URL", "CA", "BINARY", "STATIC_BINARY"];

/// What Kubernetes tells every container of a service that is called `understudy`.
const OF_A_CLUSTER: [&str; 3] = ["SERVICE_HOST", "SERVICE_PORT", "PORT_"];

/// Whether the environment has a variable of ours. Some systems take a name in any case.
pub(super) fn any_variable() -> bool {
    let begins =
        |name: &[u8]| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()));
    std::env::vars_os().any(|(name, _)| begins(name.as_encoded_bytes()))
}

/// A warning for each of these variables that nobody reads. Those that the command line names itself are somebody's.
pub(super) fn warnings(root: &Command, variables: &[(String, String)], typed: &[String]) -> Vec<Diagnostic> {
    let known = known(root);
    let mut names: Vec<&str> = variables
        .iter()
        .filter(|(name, value)| !known.contains(name) && !typed.contains(name) && !is_of_a_cluster(name, value))
        .filter_map(|(name, _)| name.strip_prefix(PREFIX))
        .collect();
    names.sort_unstable();
    names.into_iter().map(|name| warning(name, &known)).collect()
}

fn known(root: &Command) -> Vec<String> {
    let options = std::iter::once(root).chain(root.get_subcommands());
    let options = options.flat_map(Setting::all).map(|setting| setting.variable());
    let credentials = Credentials::built_in_environment();
    let credentials = credentials.iter().filter_map(|line| Some(line.split_once('=')?.0.to_owned()));
    options.chain(credentials).chain(OTHERS.map(variable)).collect()
}

fn is_of_a_cluster(name: &str, value: &str) -> bool {
    let Some(name) = name.strip_prefix(PREFIX) else { return true };
    OF_A_CLUSTER.iter().any(|prefix| name.starts_with(prefix)) || (name == "PORT" && value.contains("://"))
}

fn warning(name: &str, known: &[String]) -> Diagnostic {
    // What all of them begin with says nothing.
    let candidates = known.iter().filter_map(|known| known.strip_prefix(PREFIX));
    let help = match did_you_mean(name, candidates) {
        Some(near) => format!("did you mean `{PREFIX}{near}`?"),
        None => "`understudy config` shows the options; each is named after one".to_owned(),
    };
    let mut shown = String::new();
    push_printable(&mut shown, name);
    Diagnostic::warning(format!("`{PREFIX}{shown}` in the environment sets nothing: there is no such option"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    fn told(variables: &[(&str, &str)], typed: &[&str]) -> Vec<String> {
        let owned = |text: &&str| (*text).to_owned();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (owned(name), owned(value))).collect();
        let typed: Vec<String> = typed.iter().map(owned).collect();
        let warnings = warnings(&args::command(), &variables, &typed);
        warnings.iter().map(|one| format!("{} {}", one.message, one.help.as_deref().unwrap_or_default())).collect()
    }

    #[test]
    fn a_variable_that_is_no_option_is_told_with_the_near_one() {
        let said = told(&[("UNDERSTUDY_LISTN", "8081"), ("UNDERSTUDY_COLOUR", "1"), ("PATH", "/bin")], &[]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("`UNDERSTUDY_COLOUR`") && said[0].contains("understudy config"), "{said:?}");
        assert!(said[1].contains("`UNDERSTUDY_LISTN`") && said[1].contains("`UNDERSTUDY_LISTEN`?"), "{said:?}");
    }

    #[test]
    fn what_somebody_reads_or_wrote_on_purpose_is_not() {
        let credentials = Credentials::built_in_environment();
        let credentials: Vec<(&str, &str)> = credentials.iter().filter_map(|line| line.split_once('=')).collect();
        assert!(credentials.len() > 4);
        assert_eq!(told(&credentials, &[]), [""; 0]);
        let names = ["URL", "ADMIN_URL", "ADMIN_TOKEN", "CA", "BINARY", "CONFIG", "WAIT", "MAX_SESSIONS", "SECRET_ENV"];
        let names = names.map(variable);
        let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "a")).collect();
        assert_eq!(told(&all, &[]), [""; 0]);
        let cluster = [
            ("UNDERSTUDY_PORT", "tcp://10.0.0.1:80"),
            ("UNDERSTUDY_PORT_80_TCP", "a"),
            ("UNDERSTUDY_SERVICE_HOST", "a"),
        ];
        assert_eq!(told(&cluster, &[]), [""; 0]);
        assert_eq!(told(&[("UNDERSTUDY_PORT", "8080")], &[]).len(), 1);
        assert_eq!(told(&[("UNDERSTUDY_KEY", "a")], &["sign", "--secret-env", "UNDERSTUDY_KEY"]), [""; 0]);
    }
}
