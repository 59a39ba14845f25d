//! The program as a person runs it.

use std::{
    net::TcpListener,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

pub(crate) fn understudy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_understudy"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    understudy().args(arguments).output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A running server process. It ends with the test.
/// A process that does not outlive its test.
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn output(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }
}

impl From<Child> for Running {
    fn from(child: Child) -> Self {
        Self(Some(child))
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().unwrap()
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) struct Served {
    pub(crate) child: Running,
    pub(crate) address: String,
    _folder: tempfile::TempDir,
}

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = understudy();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::with(command, arguments)
    }

    /// Starts it with another command, such as one with other outputs.
    pub(crate) fn with(mut command: Command, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address_file = folder.path().join("address");
        command.args(["serve", "--listen", "127.0.0.1:0", "--address-file"]).arg(&address_file).args(arguments);
        let mut child = Running::from(command.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(30);
        let address = loop {
            if let Ok(address) = std::fs::read_to_string(&address_file) {
                break address.trim().to_owned();
            }
            assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "the server did not come up");
            std::thread::yield_now();
        };
        Self { child, address, _folder: folder }
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    pub(crate) fn output(self) -> Output {
        self.child.output()
    }
}

pub(crate) fn post(address: &str, headers: &str, body: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!("POST /koodrive/ose/v1/share HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn serve_tells_what_it_serves_and_writes_a_line_for_each_call() {
    let served = Served::start(&["--scenario", "scenarios/01-first-steps.yaml"]);
    let address = served.address.clone();
    let headers = "Authorization: Bearer s3cr3t\r\nX-User-Id: 1\r\nX-Date: 20261121T200000Z\r\n";
    assert!(post(&address, headers, r#"{"scope":1,"fileIds":[],"containerId":"c","validDays":1}"#).contains(" 503 "));
    assert!(post(&address, headers, r#"{"scope":1,"fileIds":[],"containerId":"c","validDays":366}"#).contains(" 400 "));
    served.signal("-INT");
    let output = served.output();
    assert!(output.status.success());
    assert_eq!(out(&output), format!("http://{address}\n"));
    let screen = err(&output);
    for expected in [
        "Huawei Cloud KooDrive",
        "first-steps: CreateShare answers 503",
        "curl -i -X POST",
        "POST /koodrive/ose/v1/share  503  CreateShare  scenario:first-steps#1/1",
        "POST /koodrive/ose/v1/share  400  CreateShare  refusal",
        "/body/validDays: expected at most 365, found 366",
        "see api-koodrive/createShare.html (edition 2025-12-12)",
        "stopped after 2 calls",
    ] {
        assert!(screen.contains(expected), "no {expected:?} in\n{screen}");
    }
    assert!(!screen.contains("s3cr3t") && !screen.contains('\x1b'));
}

#[test]
fn a_verdict_on_no_call_at_all_is_failed_unless_that_was_meant() {
    let serve = |arguments: &[&str]| {
        let served = Served::start(&[&["--verdict", "--quiet"], arguments].concat());
        served.signal("-TERM");
        let output = served.output();
        (output.status.code(), err(&output))
    };
    let (status, screen) = serve(&[]);
    assert_eq!((status, screen.as_str()), (Some(1), "verdict: failed (no calls)\n  session default: 0 calls\n"));
    let (status, screen) = serve(&["--allow-empty"]);
    assert_eq!((status, screen.as_str()), (Some(0), "verdict: passed\n  session default: 0 calls\n"));
}

#[test]
fn a_failed_verdict_is_the_exit_status_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = file(
        folder.path(),
        "twice.yaml",
        "scenario: twice\nrules: []\nexpect: [{ operation: CreateShare, calls: 2 }]\n",
    );
    let scenario = scenario.to_str().unwrap();
    let headers = "Authorization: Bearer s3cr3t\r\nX-User-Id: 1\r\nX-Date: 20261121T200000Z\r\n";
    let body = |days: u16| format!(r#"{{"scope":1,"fileIds":["a"],"containerId":"c","validDays":{days}}}"#);
    let serve = |arguments: &[&str], days: &[u16]| {
        let served = Served::start(&[&["--scenario", scenario], arguments].concat());
        days.iter().for_each(|days| drop(post(&served.address, headers, &body(*days))));
        served.signal("-TERM");
        let output = served.output();
        (output.status.code(), err(&output))
    };

    let (status, screen) = serve(&["--verdict", "--quiet"], &[1, 2]);
    assert_eq!((status, screen.as_str()), (Some(0), VERDICT_PASSED));
    let (status, screen) = serve(&["--verdict", "--quiet"], &[366]);
    assert_eq!((status, screen.as_str()), (Some(1), VERDICT_FAILED));
    // Nobody asked: it is told, and is no failure of the program.
    let (status, screen) = serve(&[], &[366]);
    assert_eq!(status, Some(0));
    assert!(screen.ends_with(VERDICT_FAILED), "{screen}");
    assert_eq!(serve(&["--quiet"], &[366]), (Some(0), String::new()));

    let (status, screen) = serve(&["--verdict", "--format", "json"], &[1]);
    let verdict: Value = serde_json::from_str(screen.lines().last().unwrap()).unwrap();
    assert_eq!((status, verdict["verdict"].as_str()), (Some(1), Some("failed")));
    assert_eq!(verdict["reasons"], serde_json::json!(["expectation unmet"]));
}

const VERDICT_PASSED: &str = "\
verdict: passed
  session default: 2 calls, 1 of 1 expectations met
";

const VERDICT_FAILED: &str = "\
verdict: failed (contract broken, expectation unmet)
  session default: 1 call, 0 of 1 expectations met
    broken  exchange 1 CreateShare /body/validDays: expected at most 365, found 366
    unmet   twice, expectation 1: CreateShare: expected 2 calls, found 1 call (exchange 1)
";

#[test]
fn without_expectations_and_without_being_asked_there_is_no_verdict() {
    let served = Served::start(&["--scenario", "scenarios/01-first-steps.yaml"]);
    served.signal("-TERM");
    let output = served.output();
    assert!(output.status.success() && !err(&output).contains("verdict:"), "{}", err(&output));
}

#[test]
fn events_come_as_json_lines_for_programs() {
    let served = Served::start(&["--format", "json"]);
    post(&served.address, "", "{}");
    served.signal("-TERM");
    let output = served.output();
    let listening: Value = serde_json::from_str(out(&output).trim()).unwrap();
    assert_eq!(listening["event"], "listening");
    let exchange: Value = serde_json::from_str(err(&output).lines().next().unwrap()).unwrap();
    assert_eq!((exchange["exchange"].as_u64(), exchange["refusal"].as_str()), (Some(1), Some("unauthenticated")));
}

#[test]
fn a_port_in_use_is_the_outside_worlds_fault() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = run(&["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(err(&output).contains("another program has that port"), "{}", err(&output));
}

#[test]
fn a_wrong_scenario_is_found_before_the_port_is_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        file(folder.path(), "wrong.yaml", "scenario: a\nrules:\n  - operation: CreateShares\n    answers: [example]\n");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &listen, "--scenario", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let screen = err(&output);
    assert!(screen.contains("wrong.yaml:3:16") && screen.contains("did you mean `CreateShare`?"), "{screen}");
}

#[test]
fn files_that_cannot_be_read_are_the_outside_worlds_fault() {
    for arguments in [
        &["--scenario", "no/such/file.yaml"][..],
        &["--specs", "no/such/folder"],
        &["--specs", "src"],
        &["check", "no/such/file.yaml"],
        &["check", "src/cli"],
        &["--listen", "127.0.0.1:0", "--address-file", "no/such/folder/address"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {}", err(&output));
        assert!(err(&output).starts_with("error: "), "{arguments:?}");
    }
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    for (arguments, help) in [
        (&["--listne", "127.0.0.1:1"][..], "--listen"),
        (&["describe", "CreateShares"], "did you mean `CreateShare`?"),
        (&["errors", "13000131"], "did you mean `13000"),
        (&["operations", "--service", "koodriv"], "did you mean `koodrive`?"),
        (&["--idle-time", "5"], "a number and a unit"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(help), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn check_is_quiet_about_what_is_right() {
    let output = run(&["check", "specs", "scenarios"]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    assert!(out(&output).trim_end().ends_with(": no mistakes"), "{}", out(&output));
}

#[test]
fn check_shows_all_mistakes_of_all_files() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "a.yaml", "scenario: a\nrules:\n  - operation: Nothing\n    answers: [example]\n");
    file(folder.path(), "b.yaml", "scenario: b\nrools: []\n");
    let path = folder.path().to_str().unwrap();
    let output = run(&["check", path]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("a.yaml:3:16") && out(&output).contains("b.yaml:2:1"), "{}", out(&output));
    assert!(out(&output).ends_with("2 scenarios: 3 errors\n"), "{}", out(&output));
    let output = run(&["check", path, "--format", "json"]);
    let findings: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((output.status.code(), findings.as_array().map(Vec::len)), (Some(3), Some(3)));
}

#[test]
fn files_that_are_named_together_are_held_to_each_other_and_those_of_a_folder_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| format!("scenario: {name}\nrules: [{{ operation: CreateShare, answers: [503] }}]\n");
    let [first, second] = ["first", "second"].map(|name| file(folder.path(), &format!("{name}.yaml"), &text(name)));
    let [first, second, all] = [&first, &second, folder.path()].map(|path| path.to_str().unwrap());
    let named = run(&["check", first, second]);
    assert!(out(&named).contains("rule 1 is never asked: rule 1 of the scenario `first` ("), "{}", out(&named));
    assert!(out(&named).ends_with("2 scenarios: 1 warning\n") && named.status.success(), "{}", out(&named));
    let apart = out(&run(&["check", all]));
    assert!(apart.contains("` are looked at one by one; played together, 1 rule is never asked\n"), "{apart}");
    assert!(apart.ends_with("\n2 scenarios: no mistakes\n"), "{apart}");
    // What is played together is held to each other, however it is named.
    let server = Served::start(&["--scenario", all]);
    server.signal("-TERM");
    let output = server.output();
    assert!(err(&output).contains("rule 1 is never asked"), "{}", err(&output));
}

#[test]
fn specs_of_ones_own_replace_the_embedded_ones() {
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("koodrive");
    std::fs::create_dir_all(specs.join("sharing-by-you")).unwrap();
    for name in ["service.json", "errors.json", "shared.json", "sharing-by-you/CreateShare.json"] {
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/koodrive").join(name), specs.join(name))
            .unwrap();
    }
    for path in [folder.path(), specs.as_path()] {
        let output = run(&["operations", "--specs", path.to_str().unwrap()]);
        assert_eq!(out(&output).lines().count(), 1, "{}", err(&output));
        assert!(out(&output).starts_with("CreateShare  POST  /koodrive/ose/v1/share"));
    }
    file(&specs, "shared.json", "{ \"$defs\": { } }");
    let output = run(&["--specs", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("`../shared.json#/$defs/Authorization` refers to nothing"), "{}", err(&output));
}

#[test]
fn every_command_teaches_by_example() {
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["check", "--help"],
        &["operations", "--help"],
        &["describe", "--help"],
        &["errors", "--help"],
        &["sign", "--help"],
        &["credentials", "--help"],
        &["completions", "--help"],
    ] {
        let output = run(arguments);
        assert!(output.status.success() && out(&output).contains("Example"), "{arguments:?}");
    }
}

#[test]
fn the_catalogue_can_be_read() {
    let output = run(&["errors", "APIGW.0201"]);
    assert!(
        out(&output).contains("HTTP 413") && out(&output).contains("Request entity too large."),
        "{}",
        out(&output)
    );
    let list: Value =
        serde_json::from_str(&out(&run(&["errors", "--service", "koodrive", "--format", "json"]))).unwrap();
    let vendor = |text: bool| list.as_array().unwrap().iter().filter(|row| row["code"].is_string() == text).count();
    assert_eq!((vendor(false), vendor(true)), (30, 42));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = understudy().arg("errors").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn the_same_seed_gives_byte_identical_answers_in_two_processes() {
    let folder = tempfile::tempdir().unwrap();
    let script = file(
        folder.path(),
        "chances.yaml",
        "scenario: chances\nseed: 42\nrules:\n\
         - operation: CreateShare\n  limit: { calls: 40, per: 1m }\n\
         - operation: CreateShare\n  chance: 30%\n  answers: [{ error: APIGW.0308, delay: { uniform: [0ms, 2ms] } }]\n\
         - operation: CreateShare\n  chance: 40%\n  answers: [{ status: 503 }, example]\n  then: cycle\n",
    );
    let headers =
        "Authorization: Bearer t\r\nX-User-Id: 1\r\nX-Date: 20261121T080000Z\r\nContent-Type: application/json\r\n";
    let body = r#"{"scope":2,"fileIds":["1"],"containerId":"c","validDays":30}"#;
    let stream = |seed: &[&str]| -> Vec<String> {
        let mut arguments = vec!["--scenario", script.to_str().unwrap(), "--time", "2026-11-21T08:00:00Z"];
        arguments.extend(seed);
        let mut served = Served::start(&arguments);
        let answers = (0..60).map(|_| post(&served.address, headers, body)).collect();
        served.child.kill().unwrap();
        served.child.wait().unwrap();
        answers
    };
    let first = stream(&[]);
    assert_eq!(first, stream(&[]));
    for wanted in ["chances#2/1", "chances#3/1", "chances#3/2", "chances#1/limit", "X-Understudy-Answer: example"] {
        let wanted = wanted.to_lowercase();
        assert!(first.iter().any(|answer| answer.to_lowercase().contains(&wanted)), "{wanted}");
    }
    assert_ne!(first, stream(&["--seed", "43"]));
}

#[test]
fn a_wrong_signature_is_explained_on_the_terminal() {
    let served = Served::start(&["--time", "2026-11-21T08:00:00Z"]);
    let app = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let signature = "0123".repeat(16);
    let headers = format!(
        "Authorization: HMAC-SHA256 AppId={app},SignedHeaders=host;x-date;x-user-id,Signature={signature}\r\n\
         X-User-Id: 1\r\nX-Date: 20261121T080000Z\r\nContent-Type: application/json\r\n"
    );
    let answer = post(&served.address, &headers, r#"{"scope":2,"fileIds":["1"],"containerId":"c","validDays":30}"#);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    served.signal("-INT");
    let screen = err(&served.output());
    for line in
        ["    POST\n", "    /koodrive/ose/v1/share/\n", "    x-user-id:1\n", "string to sign:\n", "    HMAC-SHA256\n"]
    {
        assert!(screen.contains(line), "{line:?} is not in {screen}");
    }
    assert!(!screen.contains(&signature) && !screen.contains("understudy-app-secret"), "{screen}");
}

#[test]
fn a_seed_in_a_folder_of_scenarios_is_passed_over_and_check_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let seed = file(folder.path(), "seed.yaml", "world: mine\npeople: { lin: { role: system } }\n");
    let scenario = file(folder.path(), "a.yaml", "scenario: a\nrules: []\n");
    let (folder, seed) = (folder.path().to_str().unwrap(), seed.to_str().unwrap());
    let output = run(&["check", folder]);
    assert_eq!(out(&output), "1 seed, 1 scenario: no mistakes\n");
    let served = Served::start(&["--scenario", folder, &format!("--world={seed}")]);
    let headers = "Authorization: Bearer a\r\nX-User-Id: 1\r\nX-Date: 20261121T200000Z\r\n";
    let answer = post(&served.address, headers, r#"{"scope":1,"fileIds":[],"containerId":"c","validDays":1}"#);
    assert!(answer.contains("x-understudy-answer: world"), "{answer}");
    served.signal("-INT");
    let screen = err(&served.output());
    assert!(screen.contains("13000301: there is no space c (X-User-Id names 1, "), "{screen}");
    // Named, it is no scenario.
    let output = run(&["serve", "--scenario", seed]);
    assert!(err(&output).contains("is a seed, not a scenario: --world="), "{}", err(&output));
    std::fs::write(&scenario, "world: b\npeople: { a: {} }\nme: c\n").unwrap();
    let output = run(&["check", folder]);
    assert!(
        out(&output).contains("nobody is called `c`") && out(&output).contains("2 seeds: 1 error"),
        "{}",
        out(&output)
    );
}

/// A folder with two seeds, and scenarios that name them.
fn folder_of_worlds() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    file(path, "one.yaml", "world: one\npeople: { lin: {} }\n");
    file(path, "two.yaml", "world: two\npeople: { sam: {} }\n");
    file(path, "a.yaml", "scenario: a\nworld: one.yaml\nrules: []\n");
    file(path, "b.yaml", "scenario: b\nworld: two.yaml\nrules: []\n");
    folder
}

#[test]
fn a_scenario_brings_its_world_along_and_the_command_line_wins_over_it() {
    let folder = folder_of_worlds();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let served = Served::start(&["--scenario", &at("a.yaml")]);
    served.signal("-INT");
    let screen = err(&served.output());
    assert!(screen.contains("world      one: ") && !screen.contains("warning"), "{screen}");

    let world = format!("--world={}", at("two.yaml"));
    let served = Served::start(&["--scenario", &at("a.yaml"), &world]);
    served.signal("-INT");
    let screen = err(&served.output());
    assert!(screen.contains("world      two: "), "{screen}");
    assert!(screen.contains("warning: the world `two` is played instead: `--world` wins"), "{screen}");
}

#[test]
fn two_worlds_in_one_folder_are_a_mistake_unless_one_is_chosen() {
    let folder = folder_of_worlds();
    let all = folder.path().display().to_string();
    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--scenario", &all]);
    let screen = err(&refused);
    assert_eq!(refused.status.code(), Some(3), "{screen}");
    assert!(screen.contains("a.yaml comes before and is played in the world of "), "{screen}");
    assert!(screen.contains("choose with `--world=FILE`"), "{screen}");
    let served = Served::start(&["--scenario", &all, "--world"]);
    served.signal("-INT");
    let screen = err(&served.output());
    assert!(screen.contains("world      demo: "), "{screen}");
    // Each by itself is fine.
    assert!(run(&["check", &all]).status.success());
}

#[test]
fn a_world_that_cannot_be_made_is_told_with_the_mistakes_of_its_file() {
    let folder = folder_of_worlds();
    let at = |name: &str| folder.path().join(name).display().to_string();
    file(folder.path(), "one.yaml", "world: one\npeople: { lin: { role: king } }\n");
    let output = run(&["check", &at("a.yaml")]);
    let screen = format!("{}{}", out(&output), err(&output));
    assert_eq!(output.status.code(), Some(3));
    assert!(screen.contains("error: `one.yaml` is no seed of a world"), "{screen}");
    assert!(screen.contains("found `king`") && screen.contains("one.yaml:2:"), "{screen}");
    file(folder.path(), "c.yaml", "scenario: c\nworld: none.yaml\nrules: []\n");
    let output = run(&["check", &at("c.yaml")]);
    let screen = format!("{}{}", out(&output), err(&output));
    assert!(screen.contains("none.yaml` ") && screen.contains("looked for beside the scenario"), "{screen}");
}
