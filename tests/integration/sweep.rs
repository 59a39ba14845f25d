//! A suite that is run once more for each error and each fault of what it calls.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{
    client::wait_for,
    command_line::{err, file, out, understudy},
    schemas::schema,
};

/// Calls one operation, in a session of its own; `$1` is what curl is told besides.
const CALL: &str = r#"call() { curl -s -o /dev/null $1 -H "Authorization: Bearer $UNDERSTUDY_KOODRIVE_TOKEN" -H "X-User-Id: $UNDERSTUDY_KOODRIVE_USER_ID" -H "X-Date: $(date -u +%Y%m%dT%H%M%SZ)" "$UNDERSTUDY_URL/~worker-$$/koodrive/ose/v1/share/userInfo?shortUrl=abc"; }
"#;

/// `understudy run OPTIONS -- sh -c SCRIPT`, where the script can `call`.
fn sweep(options: &[&str], script: &str) -> Command {
    let mut command = understudy();
    command.arg("run").args(options).args(["--", "sh", "-c", &format!("{CALL}{script}")]);
    command
}

fn swept(options: &[&str], script: &str) -> Output {
    sweep(options, script).output().unwrap()
}

/// The matrix at the end of the screen.
fn matrix(output: &Output) -> String {
    let screen = err(output);
    let start = screen.find("verdict: passed\n").unwrap_or_else(|| panic!("{screen}"));
    screen[start..].lines().skip(2).map(|line| format!("{line}\n")).collect()
}

/// Whether a process is there; one that has ended and that nobody has cleared away is not.
fn runs(id: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn the_matrix_says_what_the_suite_did_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let wanted = format!("json={}", report.display());
    let script = r#"
        case "$UNDERSTUDY_INJECTED" in *APIGW.0601) exit 0;; esac
        call -f; status=$?
        case "$UNDERSTUDY_INJECTED" in
            *APIGW.0307) kill -SEGV $$;;
            *APIGW.0308) exit 134;;
            *bad_json) curl -s -o /dev/null "$UNDERSTUDY_URL/koodrive/ose/v1/share/userInfo";;
        esac
        exit $status"#;
    let options = ["--sweep", "errors,reset,bad_json,goaway", "--sweep-timeout", "5m", "--report", &wanted];
    let output = swept(&options, script);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(
        matrix(&output),
        "\
sweep: failed (suite crashed), 6 runs over 1 operation: 2 failed as they should, 1 passed all the same, 1 not reached, 2 crashed
  GetShareInfo
    failed as it should  error 13000102; fault reset
    passed all the same  fault bad_json
                           fault bad_json: a call broke the contract
    not reached          error APIGW.0601
    crashed              errors APIGW.0307, APIGW.0308
                           error APIGW.0307: ended by signal 11
                           error APIGW.0308: exit status 134
  left out: fault goaway
"
    );
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let errors: Vec<String> =
        schema("report.schema.json").iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!((&report["verdict"], &report["reasons"][0]), (&"failed".into(), &"suite crashed".into()));
    let first = &report["sweep"]["runs"][0];
    assert_eq!(
        (&first["error"], &first["delivered"], &first["exit_status"]),
        (&"13000102".into(), &1.into(), &22.into())
    );
}

#[test]
fn a_suite_that_does_not_end_hangs_and_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left");
    // It starts something, and takes no hint.
    let script = format!(
        r#"call; [ "$UNDERSTUDY_INJECTED" ] || exit 0; trap '' TERM; sleep 600 & echo $! > {}; wait"#,
        left.display()
    );
    let output = swept(&["-q", "--sweep", "reset", "--sweep-timeout", "1s"], &script);
    assert_eq!(output.status.code(), Some(1));
    let screen = err(&output);
    assert!(screen.starts_with("sweep: failed (suite hung), 1 run over 1 operation: 1 hung\n"), "{screen}");
    assert!(screen.contains("    hung                 fault reset\n"), "{screen}");
    // A slow machine may have ended it before it came so far.
    if let Ok(left) = fs::read_to_string(left) {
        assert!(left.trim().is_empty() || !runs(&left), "{left}");
    }
}

#[test]
fn what_a_run_leaves_behind_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left");
    let script = format!(r#"call; [ -z "$UNDERSTUDY_INJECTED" ] || {{ sleep 600 & echo $! > {}; }}"#, left.display());
    let output = swept(&["--sweep", "reset"], &script);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let left = fs::read_to_string(left).unwrap();
    wait_for(|| (!runs(&left)).then_some(()));
}

#[test]
fn a_signal_ends_the_sweep_with_what_was_found_and_no_process_left() {
    let folder = tempfile::tempdir().unwrap();
    let (left, report) = (folder.path().join("left"), folder.path().join("report.json"));
    let wanted = format!("json={}", report.display());
    let script = format!(
        r#"call; case "$UNDERSTUDY_INJECTED" in *reset) sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait;; esac"#,
        left.display()
    );
    let options = ["--sweep", "13000102,reset,close", "--report", &wanted];
    let mut child = sweep(&options, &script).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let id = wait_for(|| fs::read_to_string(&left).ok());
    assert!(runs(&id));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let status = child.wait().unwrap();
    let output = Output { status, stdout: Vec::new(), stderr: read(child.stderr.take()) };
    assert_eq!(status.code(), Some(130));
    let matrix = matrix(&output);
    assert!(matrix.contains("1 run over 1 operation: 1 passed all the same; 2 not run (interrupted)\n"), "{matrix}");
    assert!(!runs(&id));
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!((&report["sweep"]["interrupted"], &report["sweep"]["not_run"]), (&true.into(), &2.into()));
}

fn read(pipe: Option<impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    pipe.unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn several_runs_at_a_time_do_not_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    // Each waits for the two others, which must be there at the same time.
    let script = format!(
        r#"call -f; status=$?; [ "$UNDERSTUDY_INJECTED" ] || exit $status
        cd {}; touch here-$$; until [ $(ls | wc -l) -ge 3 ]; do sleep 0.01; done; exit $status"#,
        folder.path().display()
    );
    let output = swept(&["--sweep", "13000102,bad_json,drip", "--sweep-jobs", "3"], &script);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let matrix = matrix(&output);
    assert!(matrix.contains("    failed as it should  error 13000102\n"), "{matrix}");
    assert!(matrix.contains("    passed all the same  faults bad_json, drip\n"), "{matrix}");
}

#[test]
fn a_plain_run_that_fails_is_swept_by_nothing() {
    let not_begun = "sweep: not begun, because the plain run has to pass first\n";
    for (script, status) in [("call; exit 7", 7), ("true", 1), ("curl -s -o /dev/null $UNDERSTUDY_URL/none", 1)] {
        let output = swept(&["--sweep", "errors,faults"], script);
        assert_eq!(output.status.code(), Some(status), "{script}");
        assert!(err(&output).starts_with(&format!("{not_begun}verdict: ")), "{}", err(&output));
    }
    let output = understudy().args(["run", "--sweep", "errors", "--", "no-such-command"]).output().unwrap();
    assert_eq!((output.status.code(), err(&output).contains("sweep")), (Some(127), false));
}

#[test]
fn a_sweep_that_tries_nothing_fails_unless_that_is_allowed() {
    let output = swept(&["--sweep", "errors", "--operation", "CreateShare"], "call");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(matrix(&output), "sweep: failed (nothing to sweep)\n  the suite does not call `CreateShare`\n");
    let output = swept(&["--sweep", "errors", "--allow-empty"], "true");
    assert_eq!((output.status.code(), matrix(&output).as_str()), (Some(0), "sweep: passed\n"));
}

#[test]
fn what_runs_print_is_kept_on_request_and_not_mixed_with_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept/here");
    let script = r#"call -f; echo "out: $UNDERSTUDY_INJECTED"; echo problem >&2"#;
    let shown = |options: &[&str]| {
        let output = swept(&[&["--sweep", "APIGW.0308,reset"], options].concat(), script);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!((out(&output).as_str(), err(&output).matches("problem").count()), ("out: \n", 1));
    };
    shown(&[]);
    shown(&["--sweep-output", kept.to_str().unwrap()]);
    // What an earlier sweep left is written anew.
    shown(&["--sweep-output", kept.to_str().unwrap()]);
    let text = |name: &str| fs::read_to_string(kept.join(name)).unwrap();
    assert_eq!(text("koodrive-GetShareInfo-fault-reset.log"), "out: GetShareInfo fault reset\nproblem\n");
    assert_eq!(text("koodrive-GetShareInfo-error-APIGW.0308.log"), "out: GetShareInfo error APIGW.0308\nproblem\n");
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 2);
}

#[test]
fn progress_is_a_line_a_run_and_a_limit_bounds_their_number() {
    let options = ["--sweep", "errors", "--sweep-limit", "2", "--sweep-times", "1"];
    let output = swept(&options, "call -f || call -f");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let screen = err(&output);
    assert!(screen.starts_with("sweep: 2 runs to make, about "), "{screen}");
    for line in [
        "\nsweep 1/2  GetShareInfo error 13000102: passed all the same, ",
        "\nsweep 2/2  GetShareInfo error APIGW.0307: passed all the same, ",
        ": 2 passed all the same; 2 not run (left out by the limit)\n",
    ] {
        assert!(screen.contains(line), "{screen}");
    }
    let quiet = swept(&[&options[..], &["-q"]].concat(), "call -f || call -f");
    assert_eq!((quiet.status.code(), err(&quiet).as_str()), (Some(0), ""));
    let json = err(&swept(&[&options[..], &["--format", "json"]].concat(), "call -f || call -f"));
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["verdict"], &lines[1]["sweep"]["counts"]["passed"]), (&"passed".into(), &2.into()));
}

/// What stands in the lines of a screen in the end: a carriage return goes back to the start of the line, and what comes writes over it.
fn stands(screen: &str) -> Vec<String> {
    let lines = screen.split('\n').map(|line| {
        let written = line.split('\r').fold(Vec::new(), |mut stands: Vec<char>, part| {
            let part: Vec<char> = part.chars().collect();
            let over = part.len().min(stands.len());
            stands.splice(..over, part);
            stands
        });
        String::from_iter(written).trim_end().to_owned()
    });
    lines.collect()
}

/// A terminal of 60 columns, by the tool that every Linux has.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_progress_is_one_line_that_is_written_over_and_then_gone() {
    let folder = tempfile::tempdir().unwrap();
    let suite = file(folder.path(), "suite", &format!("#!/bin/sh\n{CALL}call\n"));
    executable(&suite);
    let program = env!("CARGO_BIN_EXE_understudy");
    let line = format!("stty cols 60; {program} run --sweep 13000102,reset -- {}", suite.display());
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &line, "/dev/null"]).env("NO_COLOR", "1").stdin(Stdio::null());
    let Ok(output) = terminal.output() else { return };
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let screen = out(&output);
    for (begins, goes_on) in [
        ("\rsweep 0/2, about ", "left: GetShareInfo error 13000102"),
        ("\rsweep 1/2, about ", "left: GetShareInfo fault reset"),
    ] {
        assert!(screen.contains(begins) && screen.contains(goes_on), "{screen:?}");
    }
    // The last column stays free: some terminals would go to the next line.
    assert!(screen.split(['\r', '\n']).filter(|part| part.starts_with("sweep ")).all(|part| part.len() < 60));
    let stands = stands(&screen);
    let sweep: Vec<&String> = stands.iter().filter(|line| line.starts_with("sweep")).collect();
    let [begun, matrix] = &sweep[..] else { panic!("{stands:?}") };
    assert!(begun.starts_with("sweep: 2 runs to make, about "), "{begun}");
    assert!(matrix.starts_with("sweep: passed, 2 runs over 1 operation"), "{matrix}");
}

#[test]
fn the_same_seed_gives_the_same_sweep_and_another_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "operation: GetShareInfo\n  chance: 50%\n  answers: [503]";
    let scenario = file(folder.path(), "flaky.yaml", &format!("scenario: flaky\nrules:\n- {rule}\n"));
    // The default session makes sixteen calls; which of them decides is another one in each run.
    let script = r#"
        curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $UNDERSTUDY_KOODRIVE_TOKEN" \
            -H "X-User-Id: $UNDERSTUDY_KOODRIVE_USER_ID" -H "X-Date: $(date -u +%Y%m%dT%H%M%SZ)" \
            "$UNDERSTUDY_URL/koodrive/ose/v1/share/userInfo?shortUrl=abc[1-16]" > codes-$$
        cat codes-$$
        case "$UNDERSTUDY_INJECTED" in "") exit 0;; *13000102) number=2;; *APIGW.0307) number=3;; *) number=4;; esac
        [ $(sed -n ${number}p codes-$$) = 200 ]"#;
    let swept = |seed: &str, kept: &str| {
        let kept = folder.path().join(kept);
        let mut sweep = understudy();
        sweep.current_dir(folder.path()).args(["run", "--sweep", "errors", "--sweep-times", "1", "--seed", seed]);
        sweep.arg("--scenario").arg(&scenario).arg("--sweep-output").arg(&kept).args(["--", "sh", "-c", script]);
        let output = sweep.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let mut codes: Vec<_> = fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path()).collect();
        codes.sort();
        (matrix(&output), codes.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>())
    };
    let first = swept("7", "first");
    assert!(first.1.len() > 2 && first.1.iter().all(|codes| codes.contains("200\n") && codes.contains("503\n")));
    assert_eq!(first, swept("7", "second"));
    assert_ne!(first, swept("8", "other"));
}

#[test]
fn a_run_that_cannot_begin_ends_the_sweep_with_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let suite =
        file(folder.path(), "suite", &format!("#!/bin/sh\n{CALL}call; [ -z \"$UNDERSTUDY_INJECTED\" ] || rm $0\n"));
    executable(&suite);
    let output = understudy().args(["run", "--sweep", "reset,close", "--"]).arg(&suite).output().unwrap();
    assert_eq!(output.status.code(), Some(127), "{}", err(&output));
    assert!(matrix(&output).contains("1 passed all the same; 1 not run (interrupted)\n"), "{}", err(&output));
    assert!(err(&output).contains("error: there is no command `"), "{}", err(&output));
}

fn executable(path: &Path) {
    assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
}

#[test]
fn what_cannot_be_swept_is_said_before_the_command_starts() {
    let folder = tempfile::tempdir().unwrap();
    let data = file(folder.path(), "data", "");
    for (options, status, message) in [
        (&["--sweep", "rest"][..], 2, "did you mean `reset`?"),
        (&["--sweep", "1300010"], 2, "`--sweep 1300010`: no catalogue has such an error; did you mean `1300010"),
        (&["--sweep", "errors", "--operation", "GetShareInf"], 2, "did you mean `GetShareInfo`?"),
        (&["--operation", "GetShareInfo"], 2, "`--operation` narrows a sweep"),
        (&["--sweep", "errors", "--sweep-jobs", "2", "--listen", "18080"], 2, "use port 0, or leave out --sweep-jobs"),
        (&["--sweep", "errors", "--sweep-jobs", "2", "--address-file", "x"], 2, "leave out --sweep-jobs"),
        (&["--sweep", "errors", "--sweep-jobs", "0"], 2, "0 is not in 1..=256"),
        (&["--sweep", "errors", "--sweep-output", data.to_str().unwrap()], 4, "for what runs print: "),
    ] {
        let output = swept(options, "echo ran");
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(status), ""), "{options:?}");
        assert!(err(&output).contains(message), "{}", err(&output));
    }
}
