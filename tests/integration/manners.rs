//! How the program speaks: its help, and what is found by a part of its words.

use crate::command_line::{err, out, run, understudy};

#[test]
fn the_short_help_is_a_screen_with_the_options_that_matter() {
    for command in [&[][..], &["serve"], &["run"]] {
        let short = out(&run(&[command, &["-h"]].concat()));
        assert!(short.lines().count() <= 40, "{short}");
        assert!(!short.contains("https:"), "{short}");
        for option in ["--listen", "--scenario", "--world", "--error", "--fault", "--config"] {
            assert!(short.contains(option), "{option}");
        }
        assert!(!short.contains("--head-time") && !short.contains("--world-bytes"), "{short}");
        let long = out(&run(&[command, &["--help"]].concat()));
        for heading in ["Contract:", "World:", "Credentials:", "Admin API:", "Limits:", "Output:"] {
            assert!(long.contains(&format!("\n{heading}\n")), "{heading}");
        }
        assert!(long.contains("--head-time") && long.find("--listen") < long.find("Limits:"));
    }
    insta::assert_snapshot!(out(&run(&["serve", "-h"])));
}

#[test]
fn help_fits_a_narrow_terminal() {
    for command in ["serve", "run", "check", "describe", "errors", "config", "credentials"] {
        let help = out(&understudy().env("COLUMNS", "60").args([command, "--help"]).output().unwrap());
        let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 60).collect();
        assert!(wide.is_empty(), "{command}: {wide:?}");
    }
}

#[test]
fn operations_are_found_by_a_part_of_their_words() {
    let output = run(&["describe", "share with me"]);
    assert!(output.status.success());
    insta::assert_snapshot!(format!("{}{}", err(&output), out(&output)));
    // Only one: that is meant.
    let output = run(&["describe", "handover dst"]);
    assert!(out(&output).starts_with("GetHandoverDstUserInfo - "), "{}", out(&output));
    let output = run(&["describe", "share", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert!(list.as_array().unwrap().iter().any(|operation| operation["operation"] == "CreateShare"));
    // No name has it, but tables do.
    assert!(out(&run(&["describe", "expiredType"])).contains("CreateShare"));
    let output = run(&["describe", "watermelon"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`understudy operations` lists them all"), "{}", err(&output));
}

#[test]
fn errors_are_found_by_a_part_of_their_words_in_both_languages() {
    let english = out(&run(&["errors", "space", "--service", "koodrive"]));
    assert!(english.contains("13000311  400  Insufficient space."), "{english}");
    let chinese = out(&run(&["errors", "空间", "--service", "koodrive"]));
    assert!(chinese.contains("13000311  400  空间不足"), "{chinese}");
    let one = out(&run(&["errors", "空间不足"]));
    assert!(one.starts_with("code") && one.contains("Insufficient space."), "{one}");
    assert_eq!(run(&["errors", "melon"]).status.code(), Some(2));
}

/// A terminal of 60 columns, by the tool that every Linux has.
#[cfg(target_os = "linux")]
#[test]
fn tables_fit_the_terminal() {
    let program = env!("CARGO_BIN_EXE_understudy");
    for command in ["operations", "errors", "describe GetShareInfo", "config"] {
        let mut script = std::process::Command::new("script");
        script.env("NO_COLOR", "1").stdin(std::process::Stdio::null());
        let line = format!("stty cols 60; {program} {command}");
        let Ok(output) = script.args(["-qec", &line, "/dev/null"]).output() else { return };
        let screen = out(&output);
        assert!(screen.lines().count() > 10, "{screen}");
        // Examples are for copying and stay whole.
        for line in screen.lines().filter(|line| !line.contains("example")) {
            let width = line.trim_end().chars().map(|one| if one > '\u{2e7f}' { 2 } else { 1 }).sum::<usize>();
            assert!(width <= 60, "{command}: {line}");
        }
    }
}
