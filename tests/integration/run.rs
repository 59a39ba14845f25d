//! A command that is run against a stand-in, and what it leaves.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    client::wait_for,
    command_line::{err, file, out, understudy},
};

/// `understudy run OPTIONS -- sh -c SCRIPT`.
fn shell(options: &[&str], script: &str) -> Command {
    let mut command = understudy();
    command.arg("run").args(options).args(["--", "sh", "-c", script]);
    command
}

/// A call that keeps the contract.
const CALL: &str = r#"curl -s -o /dev/null -H "Authorization: Bearer $UNDERSTUDY_KOODRIVE_TOKEN" -H "X-User-Id: $UNDERSTUDY_KOODRIVE_USER_ID" -H "X-Date: $(date -u +%Y%m%dT%H%M%SZ)" "$UNDERSTUDY_URL/koodrive/ose/v1/share/userInfo?shortUrl=abc""#;

#[test]
fn a_command_finds_the_stand_in_and_its_calls_are_judged() {
    let output = shell(&[], CALL).output().unwrap();
    assert_eq!(
        (output.status.code(), err(&output).as_str(), out(&output).as_str()),
        (Some(0), "verdict: passed\n  session default: 1 call\n", "")
    );
    let output = shell(&[], "curl -s -o /dev/null $UNDERSTUDY_URL/koodrive/ose/v1/share/userInfo").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("verdict: failed (contract broken)\n"), "{}", err(&output));
}

#[test]
fn the_environment_has_what_the_stand_in_takes_and_nothing_of_another_one() {
    let script =
        "env | grep UNDERSTUDY_ | sort; curl -s -o /dev/null -w '%{http_code}' \"$UNDERSTUDY_ADMIN_URL/clock\"";
    let environment = |options: &[&str]| {
        let mut command = shell(&[options, &["--allow-empty"]].concat(), script);
        command.env("UNDERSTUDY_ADMIN_URL", "outer").env("UNDERSTUDY_KOODRIVE_TOKEN", "outer");
        out(&command.output().unwrap())
    };
    let usual = environment(&[]);
    assert!(usual.contains("UNDERSTUDY_GOKUAI_CLIENT_ID=understudy-client\n") && usual.ends_with("200"), "{usual}");
    assert!(!usual.contains("outer") && !usual.contains("ADMIN_TOKEN"), "{usual}");
    let hidden = environment(&["--admin-token", "t", "--listen", "0.0.0.0:0", "--admin", "127.0.0.1:0"]);
    assert!(hidden.contains("UNDERSTUDY_ADMIN_TOKEN=t\n") && hidden.contains("UNDERSTUDY_URL=http://127.0.0.1:"));
    assert!(hidden.ends_with("200"), "{hidden}");
    let folder = tempfile::tempdir().unwrap();
    let credentials = file(folder.path(), "credentials.yaml", "koodrive: { apps: { a: b } }\n");
    let own = environment(&["--no-admin", "--credentials", credentials.to_str().unwrap()]);
    assert_eq!(own.lines().filter(|line| !line.starts_with("UNDERSTUDY_URL=")).collect::<Vec<_>>(), ["000"]);
}

#[test]
fn the_exit_status_is_the_commands_own_before_that_of_the_verdict() {
    for (script, status) in [("exit 7", 7), ("exit 0", 1), ("kill -9 $$", 137), ("kill -TERM $$", 143)] {
        let output = shell(&[], script).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{script}");
        assert!(err(&output).starts_with("verdict: failed (no calls)\n"), "{script}: {}", err(&output));
    }
}

#[test]
fn a_command_that_cannot_be_run_is_said_as_a_shell_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "data", "");
    for (program, status, message) in [
        ("no-such-command", 127, "error: there is no command `no-such-command`: "),
        (data.to_str().unwrap(), 126, "error: cannot run `"),
        ("", 127, "error: there is no command ``: "),
    ] {
        let output = understudy().args(["run", "--", program]).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{program}");
        assert!(err(&output).starts_with(message) && !err(&output).contains("verdict"), "{}", err(&output));
    }
}

#[test]
fn nothing_is_run_where_the_stand_in_cannot_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (options, status) in [
        (&["--listen", &*address][..], 4),
        (&["--scenario", "no-such-file.yaml"], 4),
        (&["--address-file", "/dev/null"], 4),
        (&["--service", "none"], 2),
    ] {
        let output = shell(options, "echo ran").output().unwrap();
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(status), ""), "{options:?}");
    }
}

#[test]
fn a_quiet_run_speaks_of_failure_only_and_a_verbose_one_of_each_call() {
    let quiet = |script: &str| err(&shell(&["-q"], script).output().unwrap());
    assert_eq!(quiet(CALL), "");
    assert!(quiet("true").starts_with("verdict: failed (no calls)\n"));
    let verbose = err(&shell(&["-v"], CALL).output().unwrap());
    for line in ["GET /koodrive/ose/v1/share/userInfo", "stopped after 1 call\n", "verdict: passed\n"] {
        assert!(verbose.contains(line), "{verbose}");
    }
    let json = err(&shell(&["--format", "json"], CALL).output().unwrap());
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["verdict"], "passed");
}

#[test]
fn a_command_reads_our_input_and_writes_our_output() {
    let mut child = shell(&["-q", "--allow-empty"], "tr a-z A-Z; echo problem >&2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"input\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((out(&output).as_str(), err(&output).as_str()), ("INPUT\n", "problem\n"));
}

#[test]
fn a_command_that_leaves_children_or_closes_its_outputs_has_ended_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left");
    let script = format!("sleep 600 & echo $! > {}; exec >&- 2>&- <&-; exit 3", left.display());
    // The child that is left would hold our pipes open.
    let status = shell(&[], &script).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(3));
    let left = fs::read_to_string(left).unwrap();
    assert!(Command::new("kill").arg(left.trim()).status().unwrap().success());
}

#[test]
fn signals_are_passed_on_and_the_verdict_comes_when_the_command_has_ended() {
    for signal in ["INT", "TERM", "HUP"] {
        let script = format!("trap 'echo got {signal}; exit 5' {signal}; echo ready; while :; do sleep 0.01; done");
        let mut child =
            shell(&["--allow-empty"], &script).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "ready");
        let kill = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(lines.next().unwrap().unwrap(), format!("got {signal}"));
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{signal}");
        assert_eq!(err(&output), "verdict: passed\n  session default: 0 calls\n");
    }
}

/// Runs the program in a terminal of its own, types Ctrl-C once it is ready, and prints what was on the screen.
const TERMINAL: &str = r#"
import os, pty, sys
child, screen = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while True:
    try:
        piece = os.read(screen, 4096)
    except OSError:
        break
    if not piece:
        break
    if b"ready" not in seen and b"ready" in seen + piece:
        os.write(screen, b"\x03")
    seen += piece
_, status = os.waitpid(child, 0)
print(seen.decode(), os.waitstatus_to_exitcode(status))
"#;

#[test]
fn a_command_in_a_terminal_gets_one_signal_for_one_ctrl_c() {
    let script = "trap 'echo one; got=1' INT; echo ready; until [ $got ]; do sleep 0.01; done; sleep 0.2; exit 6";
    let output = Command::new("python3")
        .args(["-c", TERMINAL, env!("CARGO_BIN_EXE_understudy"), "run", "--allow-empty", "--", "sh", "-c", script])
        .output()
        .unwrap();
    let screen = out(&output);
    assert_eq!(screen.matches("one\r\n").count(), 1, "{screen}");
    assert!(screen.contains("passed") && screen.ends_with(" 6\n"), "{screen}");
}

#[test]
fn a_verdict_that_nobody_reads_is_given_up_at_a_signal() {
    let (_reader, mut writer) = std::io::pipe().unwrap();
    // So much a pipe takes: not a byte more goes in.
    writer.write_all(&[b'x'; 64 << 10]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let wanted = format!("json={}", report.display());
    let mut child = shell(&["--report", &wanted], "trap '' TERM; echo ended")
        .stdout(Stdio::piped())
        .stderr(writer)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ended");
    // What is written to a file waits for nobody.
    wait_for(|| report.exists().then_some(()));
    let status = wait_for(|| {
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        child.try_wait().unwrap()
    });
    assert_eq!(status.code(), Some(130));
}

#[test]
fn an_error_or_a_fault_is_played_without_a_file() {
    let call = CALL.replace("-o /dev/null", "-o /dev/null -w '%{http_code} '");
    let script = format!("{call}; {call}; {call}; true");
    let codes = |options: &[&str]| out(&shell(options, &script).output().unwrap());
    assert_eq!(codes(&["--error", "GetShareInfo=13000304:2"]), "400 400 200 ");
    assert_eq!(codes(&["--fault", "*=reset:1", "--error", "GetShareInfo=13000304:1"]), "400 000 200 ");
    assert_eq!(codes(&["--fault", "GetShareInfo=close"]), "000 000 000 ");
    assert_eq!(codes(&["--fault", "GetShareInfo=status_line"]), "000 000 000 ");
    for (option, what, message) in [
        ("--fault", "GetShareInfo=slow_body", "there is no fault `slow_body`"),
        ("--fault", "GetShareInfo=drift", "`drift` needs a value"),
        ("--error", "GetShareInf=13000304", "did you mean `GetShareInfo`?"),
        ("--error", "GetShareInfo=1300030", "did you mean `1300030"),
    ] {
        let output = shell(&[option, what], "echo ran").output().unwrap();
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(3), ""));
        assert!(
            err(&output).contains(message) && err(&output).contains(&format!("--> {option}:3:")),
            "{}",
            err(&output)
        );
    }
}
