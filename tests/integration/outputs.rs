//! Input that is not a regular file, output that cannot be written, and output that must be bounded.
#![cfg(unix)]

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, symlink},
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Instant,
};

use serde_json::Value;

use crate::{
    client::{PATIENCE, Request},
    command_line::{Served, err, file, out, post, run, understudy},
};

const SCENARIO: &str = "scenario: a\nrules: []\n";
const URL: &str = "http://127.0.0.1:8080/koodrive/ose/v1/share";

/// Runs a command that must end by itself.
#[track_caller]
fn ended(mut command: Command) -> Output {
    let child = command.spawn().unwrap();
    let id = child.id().to_string();
    let (over, waiting) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if waiting.recv_timeout(6 * PATIENCE) == Err(RecvTimeoutError::Timeout) {
            Command::new("kill").args(["-KILL", &id]).status().unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(over);
    watchdog.join().unwrap();
    assert!(output.status.code().is_some(), "{command:?} did not end by itself: {}", err(&output));
    output
}

/// Runs the program, which must end by itself.
#[track_caller]
fn ends(arguments: &[&str]) -> Output {
    let mut command = understudy();
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    ended(command)
}

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo is missing: it is in coreutils");
}

/// A pipe whose reader is closed.
fn closed() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[cfg(target_os = "linux")]
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// Every command that prints a result.
const RESULTS: [&[&str]; 18] = [
    &["check", "scenarios/01-first-steps.yaml"],
    &["check", "scenarios/01-first-steps.yaml", "--format", "json"],
    &["check", "tests/golden/scenarios/just-a-text.yaml"],
    &["operations"],
    &["operations", "--format", "json"],
    &["describe", "CreateShare"],
    &["describe", "search", "--format", "json"],
    &["errors"],
    &["errors", "--format", "json"],
    &["errors", "13000311"],
    &["sign", URL],
    &["sign", "--format", "json", URL],
    &["credentials"],
    &["credentials", "--format", "json"],
    &["completions", "fish"],
    &["--help"],
    &["help", "check"],
    &["--version"],
];

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_exit_status_4() {
    let serving: [&[&str]; 3] = [
        &["--listen", "127.0.0.1:0"],
        &["--listen", "127.0.0.1:0", "--quiet"],
        &["--listen", "127.0.0.1:0", "--format", "json"],
    ];
    for arguments in RESULTS.iter().chain(&serving) {
        let mut command = understudy();
        command.args(*arguments).stdout(full()).stderr(Stdio::piped());
        let output = ended(command);
        let screen = err(&output);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {screen}");
        assert!(
            screen.contains("error: cannot write to standard output: No space left on device"),
            "{arguments:?}: {screen}"
        );
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    for arguments in RESULTS {
        let mut command = understudy();
        command.args(arguments).stdout(closed()).stderr(Stdio::piped());
        let output = ended(command);
        // The mistake in the scenario still counts.
        let expected = if arguments.last() == Some(&"tests/golden/scenarios/just-a-text.yaml") { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {}", err(&output));
        assert!(!err(&output).contains("cannot write"), "{arguments:?}: {}", err(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_url_that_cannot_be_written_leaves_no_address_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = understudy();
    command.args(["--listen", "127.0.0.1:0", "--address-file"]).arg(folder.path().join("address"));
    command.stdout(full()).stderr(Stdio::piped());
    assert_eq!(ended(command).status.code(), Some(4));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Makes the server log a warning: a second connection where only one is allowed.
fn make_it_complain(served: &Served) {
    let connect = || {
        let stream = std::net::TcpStream::connect(&served.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    let call = |mut stream: &std::net::TcpStream| {
        io::Write::write_all(&mut stream, &Request::share().bytes()).unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    };
    let first = connect();
    call(&first);
    let second = connect();
    drop(first);
    call(&second);
}

#[test]
fn closed_pipes_do_not_stop_the_server() {
    for arguments in [&["--max-connections", "1"][..], &["--max-connections", "1", "--format", "json", "--verdict"]] {
        let mut command = understudy();
        command.stdout(closed()).stderr(closed());
        let served = Served::with(command, arguments);
        make_it_complain(&served);
        served.signal("-TERM");
        assert_eq!(served.output().status.code(), Some(0), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_does_not_stop_the_server() {
    let mut command = understudy();
    command.stdout(Stdio::null()).stderr(full());
    let served = Served::with(command, &["--max-connections", "1", "--verdict"]);
    make_it_complain(&served);
    served.signal("-TERM");
    assert_eq!(served.output().status.code(), Some(0));
}

#[test]
fn a_hangup_stops_the_server_gracefully() {
    let served = Served::start(&["--verdict", "--allow-empty"]);
    served.signal("-HUP");
    let output = served.output();
    assert_eq!(output.status.code(), Some(0));
    assert!(err(&output).contains("stopped after 0 calls\nverdict: passed"), "{}", err(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn under_nohup_a_hangup_is_ignored() {
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_understudy")).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let served = Served::with(command, &[]);
    let status = fs::read_to_string(format!("/proc/{}/status", served.child.id())).unwrap();
    let hangup = |mask: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix(mask)).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap() & 1
    };
    assert_eq!((hangup("SigIgn:"), hangup("SigCgt:")), (1, 0), "{status}");
    served.signal("-HUP");
    assert!(post(&served.address, "", "{}").starts_with("HTTP/1.1 401 "));
    served.signal("-TERM");
    assert_eq!(served.output().status.code(), Some(0));
}

#[test]
fn refuses_to_read_what_is_not_a_regular_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pipe = at("pipe.yaml");
    fifo(Path::new(&pipe));
    // A folder of scenarios and a folder of specs, each with a FIFO in it.
    for name in ["scenarios", "specs/koodrive/group"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    file(folder.path(), "scenarios/a.yaml", SCENARIO);
    symlink(&pipe, at("scenarios/b.yml")).unwrap();
    file(folder.path(), "specs/koodrive/service.json", "{}");
    fifo(Path::new(&at("specs/koodrive/group/Operation.json")));
    let (scenarios, specs) = (at("scenarios"), at("specs"));
    let body = format!("@{pipe}");
    let in_scenarios = format!("the scenario `{}` is not a regular file but a FIFO", at("scenarios/b.yml"));
    let in_specs =
        format!("the spec file `{}` is not a regular file but a FIFO", at("specs/koodrive/group/Operation.json"));
    let scenario = format!("the scenario `{pipe}` is not a regular file but a FIFO");
    let credentials = format!("the credentials `{pipe}` is not a regular file but a FIFO");
    let data = format!("the body `{pipe}` is not a regular file but a FIFO; give what comes out of it");
    let device = "the scenario `/dev/zero` is not a regular file but a character device";
    for (arguments, expected) in [
        (&["--scenario", pipe.as_str()][..], scenario.as_str()),
        (&["--scenario", &scenarios], &in_scenarios),
        (&["--scenario", "/dev/zero"], device),
        (&["--specs", &specs], &in_specs),
        (&["operations", "--specs", &specs], &in_specs),
        (&["describe", "CreateShare", "--specs", &specs], &in_specs),
        (&["errors", "--specs", &specs], &in_specs),
        (&["check", &pipe], &scenario),
        (&["check", &scenarios], &in_scenarios),
        (&["check", &specs], &in_specs),
        (&["check", "/dev/zero"], device),
        (&["--credentials", &pipe], &credentials),
        (&["sign", "--credentials", &pipe, URL], &credentials),
        (&["sign", "-d", &body, URL], &data),
        (&["sign", "--specs", &specs, URL], &in_specs),
    ] {
        let output = ends(arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {}", err(&output));
        assert!(err(&output).starts_with(&format!("error: {expected}")), "{arguments:?}: {}", err(&output));
        assert!(out(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn refuses_a_file_of_a_terabyte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.yaml");
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let path = path.to_str().unwrap();
    for arguments in [["--scenario", path], ["--credentials", path], ["check", path]] {
        let output = ends(&arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains("has more than 67108864 bytes; split it into several files"), "{}", err(&output));
    }
}

#[test]
fn names_the_link_that_makes_a_loop() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir_all(at("specs/koodrive")).unwrap();
    file(folder.path(), "specs/koodrive/service.json", "{}");
    symlink("..", at("specs/koodrive/again")).unwrap();
    fs::create_dir(at("scenarios")).unwrap();
    symlink("circle.yaml", at("scenarios/circle.yaml")).unwrap();
    symlink("circle", at("circle")).unwrap();
    let (specs, scenarios, circle) = (at("specs"), at("scenarios"), at("circle"));
    let specs_loop = format!("`{}` is a symbolic link back to `", at("specs/koodrive/again"));
    let scenario = format!("the scenario `{}` cannot be read: ", at("scenarios/circle.yaml"));
    let itself = format!("the scenario `{circle}` cannot be read: ");
    for (arguments, expected) in [
        (["--specs", specs.as_str()], specs_loop.as_str()),
        (["check", &specs], &specs_loop),
        (["--scenario", &scenarios], &scenario),
        (["check", &scenarios], &scenario),
        (["--scenario", &circle], &itself),
        (["--specs", &circle], "cannot read the folder `"),
    ] {
        let output = ends(&arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {}", err(&output));
        assert!(err(&output).starts_with(&format!("error: {expected}")), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn a_folder_of_scenarios_may_hold_other_folders_and_what_editors_leave() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "a.yaml", SCENARIO);
    symlink(".", folder.path().join("b.yaml")).unwrap();
    symlink("me@host.17", folder.path().join(".#a.yaml")).unwrap();
    let output = ends(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(out(&output), "1 scenario: no mistakes\n", "{}", err(&output));
}

#[test]
fn the_address_file_only_replaces_a_regular_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fifo(Path::new(&at("pipe")));
    fs::create_dir(at("folder")).unwrap();
    symlink("/dev/null", at("device")).unwrap();
    symlink("pipe", at("to-pipe")).unwrap();
    symlink("folder", at("to-folder")).unwrap();
    symlink("nowhere", at("to-nowhere")).unwrap();
    for (name, kind) in [
        ("pipe", "is not a regular file but a FIFO"),
        ("folder", "is not a regular file but a folder"),
        ("device", "is not a regular file but a character device"),
        ("to-pipe", "is not a regular file but a FIFO"),
        ("to-folder", "is not a regular file but a folder"),
        ("to-nowhere", "is a broken symbolic link"),
    ] {
        let path = at(name);
        let output = ends(&["--listen", "127.0.0.1:0", "--address-file", &path]);
        assert_eq!(output.status.code(), Some(4), "{name}: {}", err(&output));
        assert_eq!(err(&output), format!("error: the address file `{path}` {kind}, and is not replaced\n"));
        assert!(out(&output).is_empty(), "{name} was served: {}", out(&output));
    }
    assert!(fs::symlink_metadata(at("pipe")).unwrap().file_type().is_fifo());
    assert!(fs::symlink_metadata(at("device")).unwrap().is_symlink());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
}

#[test]
fn the_address_file_may_be_a_link_which_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "address", "old");
    symlink("address", folder.path().join("link")).unwrap();
    let mut command = understudy();
    command.args(["--listen", "127.0.0.1:0", "--address-file"]).arg(folder.path().join("link"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while fs::read_to_string(&path).unwrap() == "old" && Instant::now() < deadline {
        thread::yield_now();
    }
    let address = fs::read_to_string(&path).unwrap();
    child.kill().unwrap();
    let url = out(&child.wait_with_output().unwrap());
    assert_eq!(url, format!("http://{address}"));
    assert!(fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn describe_prints_one_json_document() {
    let described = |arguments: &[&str]| -> Value {
        let output = run(&[&["describe", "--format", "json"], arguments].concat());
        serde_json::from_str(&out(&output)).unwrap_or_else(|error| panic!("{error}: {}", out(&output)))
    };
    let spec = |path: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs").join(path);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let (gokuai, koodrive) = (spec("gokuai/library/search.json"), spec("koodrive/file-management/Search.json"));
    assert_eq!(described(&["search"]), Value::from(vec![gokuai.clone(), koodrive]));
    assert_eq!(described(&["search", "--service", "gokuai"]), gokuai);
    assert_eq!(described(&["CreateShare"]), spec("koodrive/sharing-by-you/CreateShare.json"));
    let text = out(&run(&["describe", "search"]));
    assert!(text.starts_with("search - ") && text.contains("\n\nSearch - "), "{text}");
}

/// A body with 400 violations, each under a key of 20,000 bytes.
fn wordy() -> String {
    let members = vec![r#""a":1"#; 400].join(",");
    format!(r#"{{"{}":{{{members}}}}}"#, "k".repeat(20_000))
}

const HEADERS: &str = "Authorization: Bearer t\r\nX-User-Id: 1\r\nX-Date: 20261121T080000Z\r\n\
    Content-Type: application/json\r\n";

#[test]
fn the_lines_of_a_call_are_bounded() {
    let said = |arguments: &[&str]| {
        let served = Served::start(arguments);
        post(&served.address, HEADERS, &wordy());
        served.signal("-TERM");
        err(&served.output())
    };
    let screen = said(&[]);
    let findings: Vec<&str> = screen.lines().filter(|line| line.contains(": expected ")).collect();
    assert_eq!(findings.len(), 20);
    assert!(findings.iter().all(|line| line.len() < 1000), "{findings:?}");
    assert!(screen.contains(" more: GET /__admin/exchanges/1\n") && screen.len() < 20_000, "{screen}");
    let screen = said(&["--no-admin"]);
    assert!(screen.contains(" more\n") && !screen.contains("__admin"), "{screen}");
}

#[test]
fn the_json_line_of_a_call_is_bounded() {
    let served = Served::start(&["--format", "json"]);
    post(&served.address, HEADERS, &wordy());
    post(&served.address, HEADERS, &format!(r#"{{"containerId":"{}"}}"#, "c".repeat(100_000)));
    served.signal("-TERM");
    let screen = err(&served.output());
    let lines: Vec<Value> = screen.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(screen.len() < 500_000, "{}", screen.len());
    let shown = lines[0]["violations"].as_array().unwrap();
    assert_eq!(shown.len(), 100);
    assert!(lines[0]["violations_left_out"].as_u64().unwrap() > 200, "{}", lines[0]["violations_left_out"]);
    assert!(shown.iter().all(|violation| violation["at"].as_str().unwrap().len() < 1100));
    assert!(lines[0]["request"]["body"].is_string());
    let request = &lines[1]["request"];
    assert_eq!(
        (&request["body"], &request["body_left_out"]),
        (&Value::Null, &Value::from("100018 bytes are too many for a line"))
    );
}
