//! Options that are set in the environment and in a file.

use std::{path::Path, process::Output};

use serde_json::Value;

use crate::command_line::{err, file, out, understudy};

/// The program in a folder, with variables.
fn run_in(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    understudy().current_dir(folder).envs(variables.iter().copied()).args(arguments).output().unwrap()
}

/// An option, as `understudy config` tells it: its values, who says so, and where.
fn told(folder: &Path, variables: &[(&str, &str)], line: &[&str], option: &str) -> (String, String, String) {
    let output = run_in(folder, variables, &[&["config", "--format", "json"], line].concat());
    assert!(output.status.success(), "{}", err(&output));
    let list: Value = serde_json::from_str(&out(&output)).unwrap();
    let entry = list.as_array().unwrap().iter().find(|entry| entry["option"] == option).unwrap();
    let values: Vec<&str> = entry["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    (values.join("; "), text("from"), text("place"))
}

fn of(values: &str, from: &str, place: &str) -> (String, String, String) {
    (values.to_owned(), from.to_owned(), place.to_owned())
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    file(folder, "understudy.toml", "# ours\nlisten = 8081\n\n[run]\nlisten = \"127.0.0.1:8083\"\n");
    let variable = ("UNDERSTUDY_LISTEN", "8082");
    assert_eq!(told(folder, &[], &["--config=off"], "listen"), of("127.0.0.1:8080", "default", ""));
    assert_eq!(told(folder, &[], &[], "listen"), of("8081", "file", "understudy.toml:2"));
    assert_eq!(told(folder, &[], &["run"], "listen"), of("127.0.0.1:8083", "file", "understudy.toml:5"));
    assert_eq!(told(folder, &[variable], &[], "listen"), of("8082", "environment", "UNDERSTUDY_LISTEN"));
    assert_eq!(told(folder, &[variable], &["--listen", "0"], "listen"), of("0", "command line", ""));
    assert_eq!(told(folder, &[("UNDERSTUDY_LISTEN", "")], &[], "listen"), of("8081", "file", "understudy.toml:2"));
}

#[test]
fn a_variable_that_is_named_like_an_option_and_is_none_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("UNDERSTUDY_LISTN", "8081"), ("UNDERSTUDY_URL", "http://127.0.0.1:1")];
    let output = run_in(folder.path(), &variables, &["config"]);
    assert!(output.status.success());
    assert!(out(&output).contains("127.0.0.1:8080"), "{}", out(&output));
    insta::assert_snapshot!(err(&output), @r"
    warning: `UNDERSTUDY_LISTN` in the environment sets nothing: there is no such option
     |
     = help: did you mean `UNDERSTUDY_LISTEN`?
    ");
}

#[test]
fn every_kind_of_option_can_be_set_below_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text =
        "verdict = true\nworld = true\nerror = [\"CreateShare=503\", \"*=500:1\"]\ntime = 2026-11-21T08:00:00Z\n";
    file(folder, "understudy.toml", text);
    assert_eq!(told(folder, &[], &[], "verdict").0, "true");
    assert_eq!(told(folder, &[], &[], "world"), of("true", "file", "understudy.toml:2"));
    assert_eq!(told(folder, &[], &[], "error").0, "CreateShare=503; *=500:1");
    assert_eq!(told(folder, &[], &[], "time").0, "2026-11-21T08:00:00Z");
    for (variable, value, option, shown) in [
        ("UNDERSTUDY_VERDICT", "false", "verdict", "false"),
        ("UNDERSTUDY_WORLD", "false", "world", ""),
        ("UNDERSTUDY_WORLD", "seed.yaml", "world", "seed.yaml"),
        ("UNDERSTUDY_ERROR", " CreateShare={ code: 1 } ; ;B=500", "error", "CreateShare={ code: 1 }; B=500"),
        ("UNDERSTUDY_DENY_UNKNOWN", "1", "deny-unknown", "true"),
        ("UNDERSTUDY_MAX_SESSIONS", "7", "max-sessions", "7"),
    ] {
        let expected = of(shown, "environment", variable);
        assert_eq!(told(folder, &[(variable, value)], &[], option), expected, "{variable}={value}");
    }
}

#[test]
fn a_setting_has_the_effect_of_the_option() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "understudy.toml", "service = \"gokuai\"\n[operations]\nformat = \"json\"\n");
    let list: Value = serde_json::from_str(&out(&run_in(folder.path(), &[], &["operations"]))).unwrap();
    assert!(list.as_array().unwrap().iter().all(|operation| operation["service"] == "gokuai"));
    // A list of the layer above replaces the one below.
    let output = run_in(folder.path(), &[], &["operations", "--service", "koodrive", "--format", "text"]);
    assert!(out(&output).contains("CreateShare") && !out(&output).contains("/m-open/"));
    let output = run_in(folder.path(), &[("UNDERSTUDY_QUIET", "true")], &["run", "--allow-empty", "--", "true"]);
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}

#[test]
fn paths_of_a_file_are_relative_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let sub = folder.path().join("sub");
    std::fs::create_dir(&sub).unwrap();
    let text = "scenario = [\"a.yaml\", \"/b.yaml\"]\nworld = \"seed.yaml\"\nreport = [\"junit=r.xml\", \"har=-\"]\n";
    file(&sub, "u.toml", text);
    let shown = |option: &str| told(folder.path(), &[("UNDERSTUDY_CONFIG", "sub/u.toml")], &[], option).0;
    assert_eq!(shown("scenario"), "sub/a.yaml; /b.yaml");
    assert_eq!(shown("world"), "sub/seed.yaml");
    assert_eq!(shown("report"), "junit=sub/r.xml; har=-");
    let output = run_in(folder.path(), &[], &["serve", "--config", "sub/u.toml"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(err(&output).contains("`sub/a.yaml`"), "{}", err(&output));
    let output = run_in(folder.path(), &[], &["operations", "--config", "none.toml"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(err(&output).contains("the settings `none.toml`"), "{}", err(&output));
}

#[test]
fn every_mistake_of_a_file_is_shown_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\
listne = 8080
max_sessions = 3
listen = \"example.test:80\"
journal = 0
quiet = \"yes\"
auth = \"verfy\"
error = [\"CreateShare=500\", \"CreateShare\"]
scenario = { a = 1 }
admin-token = [\"s3cret\"]

[run]
verdict = true

[rnu]
quiet = true
";
    file(folder.path(), "understudy.toml", text);
    let output = run_in(folder.path(), &[], &["operations"]);
    assert_eq!((output.status.code(), out(&output)), (Some(3), String::new()));
    assert!(!err(&output).contains("s3cret"));
    insta::assert_snapshot!(err(&output));
    file(folder.path(), "understudy.toml", "listen = [1\nquiet = true\n");
    let output = run_in(folder.path(), &[], &["operations"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        err(&output).contains("this is not TOML") && err(&output).contains("understudy.toml:2"),
        "{}",
        err(&output)
    );
    file(folder.path(), "understudy.toml", "quiet = true\nadmin-token = \"s3cret\n");
    let output = run_in(folder.path(), &[], &["operations"]);
    assert!(err(&output).starts_with("error: understudy.toml:2: this is not TOML"), "{}", err(&output));
    assert!(!err(&output).contains("s3cret"), "{}", err(&output));
}

#[test]
fn a_wrong_value_in_the_environment_names_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value, says) in [
        ("UNDERSTUDY_LISTEN", "nowhere", "expected ADDR:PORT or PORT"),
        ("UNDERSTUDY_QUIET", "perhaps", "expected `true` or `false`"),
        ("UNDERSTUDY_PROFILE", "loose", "expected `strict` or `lenient`"),
        ("UNDERSTUDY_JOURNAL", "0", "0 is not in 1..=65536"),
    ] {
        let output = run_in(folder.path(), &[(variable, value)], &["serve"]);
        assert_eq!(output.status.code(), Some(2), "{variable}");
        let said = format!("error: wrong value of `{variable}` in the environment: {says}");
        assert!(err(&output).starts_with(&said), "{}", err(&output));
    }
}

#[test]
fn what_excludes_each_other_is_settled_by_the_layer_and_is_a_mistake_within_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    file(folder, "understudy.toml", "no-admin = true\n");
    assert_eq!(told(folder, &[], &["--admin", "0"], "no-admin"), of("false", "default", ""));
    assert_eq!(told(folder, &[("UNDERSTUDY_ADMIN", "0")], &[], "no-admin").1, "default");
    assert_eq!(told(folder, &[("UNDERSTUDY_NO_ADMIN", "false")], &[], "no-admin").1, "environment");
    file(folder, "understudy.toml", "no-admin = true\nadmin = 0\n");
    let output = run_in(folder, &[], &["serve"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("`no-admin` and `admin` exclude each other"), "{}", err(&output));
    assert!(err(&output).contains("--> understudy.toml:1:1"), "{}", err(&output));
    let both = [("UNDERSTUDY_NO_ADMIN", "true"), ("UNDERSTUDY_ADMIN", "0")];
    let output = run_in(folder, &both, &["serve", "--config=off"]);
    assert!(err(&output).contains("`UNDERSTUDY_NO_ADMIN` and `UNDERSTUDY_ADMIN`"), "{}", err(&output));
}

#[test]
fn config_shows_every_option_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "understudy.toml", "scenario = \"a.yaml\"\nadmin-token = \"s3cret-of-the-file\"\n");
    let variables = [("UNDERSTUDY_HEAD_TIME", "1s"), ("UNDERSTUDY_SECRET", "s3cret-of-the-environment")];
    for form in ["text", "json"] {
        for line in [&["serve", "-q"][..], &["sign", "--secret", "s3cret", "http://a"], &["verdict"]] {
            let output = run_in(folder.path(), &variables, &[&["config", "--format", form], line].concat());
            assert!(output.status.success(), "{}", err(&output));
            assert!(!out(&output).contains("s3cret"), "{}", out(&output));
        }
    }
    let output = run_in(folder.path(), &variables, &["config", "serve", "-q"]);
    insta::assert_snapshot!(out(&output));
}
