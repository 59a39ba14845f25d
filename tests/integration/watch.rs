//! `--watch`: files that change are read again while calls are answered.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::ChildStdout,
};

use serde_json::Value;

use crate::{
    client::Request,
    command_line::{Served, err, file},
};

const TWO: &str = "scenario: two\nrules:\n- { operation: CreateShare, answers: [503, 502] }\n";
const OTHER: &str = "scenario: other\nrules:\n- { operation: ListShareByMe, answers: [500] }\n";

/// A server that watches, and what it tells.
struct Watching {
    served: Served,
    lines: BufReader<ChildStdout>,
}

impl Watching {
    fn start(arguments: &[&str]) -> Self {
        Self::judging("shape", arguments)
    }

    fn judging(auth: &str, arguments: &[&str]) -> Self {
        let mut served = Served::start(&[&["--watch", "--format", "json", "--auth", auth], arguments].concat());
        let lines = BufReader::new(served.child.stdout.take().unwrap());
        Self { served, lines }
    }

    /// The next event of one of these kinds.
    fn event(&mut self, kinds: &[&str]) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it says no more");
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"].as_str().is_some_and(|kind| kinds.contains(&kind)) {
                return event;
            }
        }
    }

    /// Has it read at once; what it tells then.
    fn read(&mut self) -> Value {
        self.served.signal("-HUP");
        self.event(&["read_again", "mistakes"])
    }

    /// Status and body of a call.
    fn call(&self, request: &Request) -> (u16, String) {
        use std::io::Read as _;
        let mut stream = std::net::TcpStream::connect(&self.served.address).unwrap();
        stream.write_all(&request.clone().header("Connection", "close").bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn share(&self) -> u16 {
        self.call(&Request::share()).0
    }

    fn list(&self) -> u16 {
        self.call(&Request::new("GET", "/koodrive/ose/v1/share?limit=10&offset=0")).0
    }
}

/// As editors do: another file in the place of the old one.
fn replace(path: &Path, text: &str) {
    let aside = path.with_extension("new~");
    fs::write(&aside, text).unwrap();
    fs::rename(&aside, path).unwrap();
}

struct Folder {
    folder: tempfile::TempDir,
    two: PathBuf,
    other: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (two, other) = (file(folder.path(), "a.yaml", TWO), file(folder.path(), "b.yaml", OTHER));
        Self { folder, two, other }
    }

    fn watched(&self) -> Watching {
        Watching::start(&["--scenario", self.folder.path().to_str().unwrap()])
    }
}

#[test]
fn an_edited_scenario_is_played_and_sessions_stay_where_they_are_in_the_others() {
    let folder = Folder::new();
    let mut server = folder.watched();
    assert_eq!((server.share(), server.list()), (503, 500));
    replace(&folder.other, &OTHER.replace("500", "504"));
    let event = server.read();
    assert_eq!(event["scenarios"], serde_json::json!({ "changed": ["other"], "added": [], "removed": [] }));
    assert_eq!((server.share(), server.list()), (502, 504));
    // The one that changed begins anew.
    replace(&folder.two, &TWO.replace("503, 502", "503, 500"));
    assert_eq!(server.read()["scenarios"]["changed"][0], "two");
    assert_eq!((server.share(), server.share()), (503, 500));
    assert_eq!(server.read()["scenarios"]["changed"], serde_json::json!([]));
    assert_eq!(server.share(), 500);
}

#[test]
fn a_change_is_seen_without_a_signal_however_it_is_written() {
    let folder = Folder::new();
    let mut server = folder.watched();
    assert_eq!(server.share(), 503);
    replace(&folder.two, &TWO.replace("503, 502", "504"));
    assert_eq!(server.event(&["read_again"])["scenarios"]["changed"][0], "two");
    assert_eq!(server.share(), 504);
    // In its place, and many times.
    for status in 500..600 {
        fs::write(&folder.two, TWO.replace("503, 502", &status.to_string())).unwrap();
    }
    fs::write(&folder.two, TWO.replace("503, 502", "500")).unwrap();
    assert_eq!(server.event(&["read_again"])["scenarios"]["changed"][0], "two");
    assert_eq!(server.share(), 500);
    // A file that comes and one that goes.
    file(folder.folder.path(), "c.yaml", "scenario: third\nrules: []\n");
    assert_eq!(server.event(&["read_again"])["scenarios"]["added"][0], "third");
    fs::remove_file(&folder.two).unwrap();
    assert_eq!(server.event(&["read_again"])["scenarios"]["removed"][0], "two");
    assert_eq!(server.share(), 200);
}

#[test]
fn a_mistake_is_shown_with_its_place_and_what_was_played_goes_on() {
    let folder = Folder::new();
    let mut server = folder.watched();
    assert_eq!(server.share(), 503);
    for (text, message) in [
        ("scenario: two\nrules:\n- { operation: CreateShare, answers: [503", "YAML"),
        ("scenario: two\nrules:\n- { operation: CreateShares, answers: [503] }\n", "`CreateShares`"),
        ("", "empty"),
    ] {
        fs::write(&folder.two, text).unwrap();
        let event = server.read();
        let mistake = &event["diagnostics"][0];
        assert_eq!(
            (&event["event"], &mistake["severity"]),
            (&Value::from("mistakes"), &Value::from("error")),
            "{event}"
        );
        assert!(mistake["file"].as_str().unwrap().ends_with("a.yaml"), "{message}: {event}");
    }
    // Nothing of the other file is taken either, until all is right.
    replace(&folder.other, &OTHER.replace("500", "504"));
    assert_eq!(server.read()["event"], "mistakes");
    assert_eq!((server.share(), server.list()), (502, 500));
    fs::write(&folder.two, TWO).unwrap();
    assert_eq!(server.read()["scenarios"]["changed"], serde_json::json!(["other"]));
    assert_eq!((server.share(), server.list()), (502, 504));
}

#[test]
fn a_file_that_vanishes_is_a_mistake_and_is_taken_when_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.yaml", TWO);
    let mut server = Watching::start(&["--scenario", path.to_str().unwrap()]);
    fs::remove_file(&path).unwrap();
    let event = server.read();
    assert!(event["diagnostics"][0]["message"].as_str().unwrap().contains("cannot be read"), "{event}");
    assert_eq!(server.share(), 503);
    fs::write(&path, TWO.replace("502", "504")).unwrap();
    assert_eq!(server.read()["scenarios"]["changed"], serde_json::json!(["two"]));
    assert_eq!((server.share(), server.share()), (503, 504));
}

#[test]
fn a_file_that_a_scenario_sends_is_watched_too() {
    let folder = tempfile::tempdir().unwrap();
    let body = file(folder.path(), "body.txt", "one");
    let answer = "{ body_file: body.txt, headers: { Content-Type: text/plain } }";
    let text = format!("scenario: s\nrules:\n- {{ operation: CreateShare, answers: [{answer}] }}\n");
    let path = file(folder.path(), "a.yaml", &text);
    let mut server = Watching::start(&["--scenario", path.to_str().unwrap()]);
    assert_eq!(server.call(&Request::share()).1, "one");
    replace(&body, "two");
    assert_eq!(server.event(&["read_again"])["scenarios"]["changed"][0], "s");
    assert_eq!(server.call(&Request::share()).1, "two");
}

#[test]
fn scenarios_of_the_admin_api_stay_until_their_file_changes() {
    let folder = Folder::new();
    let mut server = folder.watched();
    let put = |server: &Watching, name: &str, text: &str| {
        let request = Request::new("PUT", &format!("/__admin/scenarios/{name}"))
            .body(text)
            .header("Content-Type", "application/yaml");
        let (status, answer) = server.call(&request);
        assert!((200..300).contains(&status), "{answer}");
    };
    put(&server, "two", &TWO.replace("503, 502", "504"));
    put(&server, "own", "scenario: own\nrules:\n- { operation: GetService, answers: [500] }\n");
    replace(&folder.other, &OTHER.replace("500", "504"));
    server.read();
    assert_eq!((server.share(), server.list()), (504, 504));
    replace(&folder.two, &TWO.replace("503, 502", "500"));
    server.read();
    assert_eq!(server.share(), 500);
    let names = server.call(&Request::new("GET", "/__admin/scenarios")).1;
    let names: Value = serde_json::from_str(&names).unwrap();
    assert!(names.to_string().contains("\"own\""), "{names}");
}

#[test]
fn edited_credentials_are_those_of_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    let text = "koodrive: { tokens: { first-0123456789: { user: \"1505084218764547200\" } } }\n";
    let path = file(folder.path(), "credentials.yaml", text);
    let mut server = Watching::judging("verify", &["--credentials", path.to_str().unwrap()]);
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let share = |server: &Watching, token: &str| {
        let request = Request::share().header("X-Date", &date).header("Authorization", &format!("Bearer {token}"));
        server.call(&request).0
    };
    assert_eq!((share(&server, "first-0123456789"), share(&server, "second-0123456789")), (200, 401));
    replace(&path, &text.replace("first", "second"));
    let event = server.read();
    assert_eq!((&event["credentials"], &event["specs"]), (&Value::from(true), &Value::from(false)));
    assert_eq!((share(&server, "first-0123456789"), share(&server, "second-0123456789")), (401, 200));
    fs::write(&path, "koodrive: { tokens: [] }\n").unwrap();
    assert_eq!(server.read()["event"], "mistakes");
    assert_eq!((share(&server, "first-0123456789"), share(&server, "second-0123456789")), (401, 200));
}

#[test]
fn an_edited_seed_is_the_world_of_sessions_that_have_none_yet() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "seed.yaml", SEED);
    let mut server = Watching::start(&[&format!("--world={}", path.display())]);
    let name = |server: &Watching, session: &str| {
        let path = format!("/~{session}/koodrive/ose/v1/users/1505084218764547201");
        server.call(&Request::new("GET", &path).header("Authorization", "Bearer 0123456789abcdef")).1
    };
    assert!(name(&server, "a").contains("Lin"), "{}", name(&server, "a"));
    replace(&path, &SEED.replace("Lin", "Mei"));
    assert_eq!(server.read()["world"], true);
    assert!(name(&server, "a").contains("Lin") && name(&server, "b").contains("Mei"));
}

#[test]
fn a_file_that_a_seed_names_is_watched_too() {
    let folder = tempfile::tempdir().unwrap();
    let named = file(folder.path(), "plan.txt", "one");
    let seed = "world: w\npeople: { lin: {} }\nfiles: { lin: { plan.txt: { file: plan.txt } } }\n";
    let path = file(folder.path(), "seed.yaml", seed);
    let mut server = Watching::start(&[&format!("--world={}", path.display())]);
    let put = |session: &str| Request::new("PUT", &format!("/__admin/sessions/{session}/states")).body("{}");
    let plan = |server: &Watching, session: &str| {
        server.call(&put(session));
        let path = format!("/__admin/sessions/{session}/world/files?path=lin/plan.txt&content");
        server.call(&Request::new("GET", &path)).1
    };
    assert_eq!(plan(&server, "a"), "one");
    replace(&named, "two");
    assert_eq!(server.event(&["read_again"])["world"], true);
    assert_eq!(plan(&server, "b"), "two");
    fs::remove_file(&named).unwrap();
    assert_eq!(server.event(&["mistakes"])["event"], "mistakes");
    replace(&named, "three");
    assert_eq!(server.event(&["read_again"])["world"], true);
    assert_eq!((plan(&server, "a"), plan(&server, "c")), ("one".to_owned(), "three".to_owned()));
}

#[test]
fn a_file_that_is_named_before_it_is_there_is_taken_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let of = |answer: &str| format!("scenario: s\nrules:\n- {{ operation: CreateShare, answers: [{answer}] }}\n");
    let path = file(folder.path(), "a.yaml", &of("503"));
    let seed = file(folder.path(), "seed.yaml", SEED);
    let world = format!("--world={}", seed.display());
    let mut server = Watching::start(&["--scenario", path.to_str().unwrap(), &world]);
    replace(&path, &of("{ body_file: body.txt, headers: { Content-Type: text/plain } }"));
    assert_eq!(server.event(&["mistakes", "read_again"])["event"], "mistakes");
    file(folder.path(), "body.txt", "here");
    assert_eq!(server.event(&["mistakes", "read_again"])["scenarios"]["changed"][0], "s");
    assert_eq!(server.call(&Request::share()).1, "here");
    replace(&seed, &format!("{SEED}files: {{ lin: {{ a.txt: {{ file: a.txt }} }} }}\n"));
    assert_eq!(server.event(&["mistakes", "read_again"])["event"], "mistakes");
    file(folder.path(), "a.txt", "here");
    assert_eq!(server.event(&["mistakes", "read_again"])["world"], true);
}

#[test]
fn a_world_takes_a_restart_where_there_was_none() {
    let folder = Folder::new();
    let mut server = folder.watched();
    file(folder.folder.path(), "seed.yaml", SEED);
    replace(&folder.two, &TWO.replace("rules:", "world: seed.yaml\nrules:"));
    let event = server.read();
    assert_eq!(event["diagnostics"][0]["help"], "a restart plays it", "{event}");
    assert_eq!(server.share(), 503);
}

const SEED: &str = "world: mine\npeople:\n  lin: { id: \"1505084218764547201\", name: Lin, role: system }\n";

#[test]
fn an_edited_contract_is_that_of_the_next_call_and_other_operations_take_a_restart() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("gokuai");
    fs::create_dir_all(folder.join("library")).unwrap();
    for name in ["errors.json", "service.json", "shared.json"] {
        fs::copy(format!("specs/gokuai/{name}"), folder.join(name)).unwrap();
    }
    for name in ["info.json", "ls.json"] {
        fs::copy(format!("specs/gokuai/library/{name}"), folder.join("library").join(name)).unwrap();
    }
    let mut server = Watching::judging("off", &["--specs", above.path().to_str().unwrap()]);
    let edition = |server: &Watching| server.call(&Request::new("GET", "/__admin/health")).1;
    assert!(edition(&server).contains("2022-07-18"));
    let service = folder.join("service.json");
    let text = fs::read_to_string(&service).unwrap();
    replace(&service, &text.replace("2022-07-18", "2023-08-19"));
    assert_eq!(server.read()["specs"], true);
    assert!(edition(&server).contains("2023-08-19"));
    replace(&service, "{");
    assert_eq!(server.read()["event"], "mistakes");
    replace(&service, &text);
    fs::remove_file(folder.join("library/ls.json")).unwrap();
    let event = server.read();
    let mistake = &event["diagnostics"][0];
    assert_eq!(mistake["message"], "the operations of the contract are others now: ls went", "{event}");
    assert_eq!(mistake["help"], "a restart plays them");
    assert!(edition(&server).contains("2023-08-19"));
}

#[test]
fn people_are_told_in_a_line() {
    let folder = Folder::new();
    let scenarios = folder.folder.path().to_str().unwrap();
    let mut served = Served::start(&["--watch", "--scenario", scenarios]);
    let mut screen = BufReader::new(served.child.stderr.take().unwrap());
    let mut up_to = |wanted: &str| {
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            assert!(screen.read_line(&mut line).unwrap() > 0, "{wanted}");
        }
    };
    replace(&folder.two, &TWO.replace("502", "504"));
    served.signal("-HUP");
    up_to("read again: `two` changed\n");
    replace(&folder.two, "scenario: [\n");
    served.signal("-HUP");
    up_to("error: ");
    up_to("what was played goes on\n");
    served.signal("-INT");
}

#[test]
fn sighup_stops_a_server_that_watches_nothing() {
    let served = Served::start(&[]);
    served.signal("-HUP");
    let output = served.output();
    assert!(output.status.success() && err(&output).contains("stopped after 0 calls"));
}
