//! What the world does with calls that a scenario answers.

use std::sync::Arc;

use serde_json::{Value, json};
use understudy::{
    diagnostic::Source,
    mock::Options,
    server::Limits,
    world::{Id, Seed},
};

use crate::{
    client::{Ending, Request, Response, Running, trusting},
    tutorial::{admin, error, get, label, post},
};

/// Lin, who calls where nothing else is said.
const LIN: &str = "1505084218764547200";

/// A stand-in with the demo's world that plays a scenario.
pub(crate) fn with_world(scenario: &str) -> Running {
    with_seed(Seed::demo().unwrap(), scenario)
}

pub(crate) fn with_seed(seed: Seed, scenario: &str) -> Running {
    let options = Options { world: Some(Arc::new(seed)), ..trusting() };
    Running::with(&[scenario], options, Limits::default())
}

/// A rule for an operation.
fn rule(operation: &str, answers: &str) -> String {
    format!("scenario: s\nrules:\n  - operation: {operation}\n    answers: [{answers}]\n    then: pass\n")
}

/// The space of Lin.
pub(crate) fn space(server: &Running) -> Value {
    server.send(&get(&format!("space/{LIN}?type=1"))).json()["data"]["containerId"].clone()
}

/// Makes a folder in it.
fn folder(server: &Running, name: &str) -> Request {
    post("directory", &json!({ "fileName": name, "fileType": "10", "containerId": space(server) }))
}

/// The names of what is in it, and the exchange that told them.
fn names(server: &Running) -> Vec<String> {
    let list = json!({ "containerId": space(server), "parentFileId": "root", "sortInfo": { "sortType": 1, "sortDirection": 1 } });
    let files = server.send(&post("files/0", &list)).json()["files"].clone();
    files.as_array().unwrap().iter().map(|file| file["fileName"].as_str().unwrap().to_owned()).collect()
}

const BEFORE: [&str; 3] = ["notes", "photos", "report.docx"];

/// What the journal says of the world in the last call of an operation.
pub(crate) fn took(server: &Running, operation: &str) -> Value {
    let exchanges = admin(server, &format!("GET exchanges?operation={operation}"), &json!({})).json();
    exchanges["exchanges"].as_array().unwrap().last().unwrap()["world"].clone()
}

/// Sends a request that gets no whole answer, and says what came.
fn spoilt(server: &Running, request: &Request) -> (String, Ending) {
    let mut connection = server.connect();
    connection.write(&request.bytes());
    let (bytes, ending) = connection.ending();
    (String::from_utf8_lossy(&bytes).into_owned(), ending)
}

#[test]
fn what_a_scenario_writes_itself_leaves_the_world_as_it_is() {
    for answer in
        ["example", "503", "{ error: 13000311 }", "{ body: { code: 0, msg: x } }", "{ status: 200, set: { a: 1 } }"]
    {
        let server = with_world(&rule("CreateDirectory", answer));
        let response = server.send(&folder(&server, "drafts"));
        assert_eq!(label(&response), "scenario:s#1/1");
        let untouched = json!({ "took": "untouched", "created": [], "changed": [], "removed": [] });
        assert_eq!(took(&server, "CreateDirectory"), untouched, "{answer}");
        assert_eq!(names(&server), BEFORE, "{answer}");
    }
}

#[test]
fn an_answer_without_a_form_is_the_worlds() {
    for (answer, header) in [
        ("world", None),
        ("{ delay: 1ms }", None),
        ("{ times: 1, set: { made: true } }", None),
        ("{ headers: { X-Seen: \"{{ calls }}\" } }", Some("1")),
        ("{ fault: { drip: { bytes_per_second: 100000 } } }", None),
    ] {
        let server = with_world(&rule("CreateDirectory", answer));
        let response = server.send(&folder(&server, "drafts"));
        let made = response.json();
        assert_eq!((response.status, &made["fileName"]), (200, &json!("drafts")), "{answer}");
        assert_eq!(response.header("x-seen"), header);
        assert!(label(&response).starts_with("scenario:s#1/1"), "{answer}");
        let committed = json!({ "took": "committed", "created": [made["id"]], "changed": [], "removed": [] });
        assert_eq!(took(&server, "CreateDirectory"), committed, "{answer}");
        assert_eq!(names(&server), ["drafts", "notes", "photos", "report.docx"], "{answer}");
    }
}

#[test]
fn what_the_world_refuses_is_refused_where_a_scenario_asks_the_world() {
    let server = with_world(&rule("CreateDirectory", "{ world: { patch: { more: 1 } } }"));
    let response = server.send(&folder(&server, "notes"));
    assert_eq!(error(&response), (400, "13000405".to_owned()));
    assert_eq!(response.json()["more"], 1);
    assert_eq!(took(&server, "CreateDirectory")["took"], "refused");
    assert!(server.warnings(&response)[0].contains("13000405: there is something called `notes` already"));
}

#[test]
fn a_patch_lies_on_the_worlds_answer_and_keeps_the_digits_of_its_ids() {
    let patch = "{ world: { patch: { msg: \"made by {{ request.body.fileName }}\", mimeType: null } } }";
    let server = with_world(&rule("CreateDirectory", patch));
    let made = server.send(&folder(&server, "drafts")).json();
    assert_eq!((&made["msg"], &made["fileName"]), (&json!("made by drafts"), &json!("drafts")));
    assert_eq!(took(&server, "CreateDirectory")["created"], json!([made["id"]]));

    let server = with_world(&rule("GetSpace", "{ world: { patch: { msg: patched } } }"));
    let answer = server.send(&get(&format!("space/{LIN}?type=1")));
    assert_eq!((&answer.json()["msg"], answer.json().to_string().contains(LIN)), (&json!("patched"), true));
}

#[test]
fn a_patch_that_fails_for_a_call_changes_nothing() {
    let patch = "{ world: { patch: { msg: \"{{ 'x' + request.body.renameMode }}\" } } }";
    let server = with_world(&rule("CreateDirectory", patch));
    let response = server.send(&folder(&server, "drafts"));
    assert_eq!(error(&response), (500, "APIGW.0601".to_owned()));
    assert_eq!((took(&server, "CreateDirectory")["took"].clone(), names(&server).len()), (json!("untouched"), 3));
}

#[test]
fn a_fault_that_lets_nothing_through_leaves_no_trace_but_where_it_comes_after_the_commit() {
    for fault in ["reset", "close", "garbage", "rst_stream"] {
        let answers = format!("{{ fault: {fault} }}, {{ fault: {fault}, after: commit }}");
        let server = with_world(&rule("CreateDirectory", &answers));
        let request = folder(&server, "drafts");
        let (bytes, _) = spoilt(&server, &request);
        assert!(!bytes.contains("drafts"), "{bytes}");
        assert_eq!((took(&server, "CreateDirectory")["took"].clone(), names(&server).len()), (json!("untouched"), 3));
        let (bytes, _) = spoilt(&server, &request);
        assert!(!bytes.contains("drafts"), "{bytes}");
        let took = took(&server, "CreateDirectory");
        assert_eq!((&took["took"], took["created"].as_array().unwrap().len()), (&json!("committed"), 1), "{fault}");
        assert_eq!(names(&server).len(), 4, "{fault}");
    }
}

#[test]
fn a_fault_that_lets_a_part_through_spoils_the_answer_of_what_was_committed() {
    for fault in ["reset_mid_body", "{ truncate: 50% }", "{ status_line: garbled }", "bad_chunk"] {
        let server = with_world(&rule("CreateDirectory", &format!("{{ fault: {fault} }}")));
        let (_, ending) = spoilt(&server, &folder(&server, "drafts").header("Connection", "close"));
        assert!(matches!(ending, Ending::Fin | Ending::Reset), "{fault}");
        assert_eq!(took(&server, "CreateDirectory")["took"], "committed", "{fault}");
        assert_eq!(names(&server)[0], "drafts", "{fault}");
    }
}

#[test]
fn after_commit_goes_with_every_form_and_the_client_gets_what_is_written() {
    for (answer, status) in [
        ("{ error: { code: APIGW.0201, status: 504 }, after: commit }", 504),
        ("{ status: 503, after: commit }", 503),
        ("{ example: { msg: fine }, after: commit }", 200),
        ("{ body: { code: 0, msg: \"{{ calls }}\" }, after: commit }", 200),
    ] {
        let server = with_world(&rule("CreateDirectory", answer));
        let response = server.send(&folder(&server, "drafts"));
        assert_eq!((response.status, label(&response)), (status, "scenario:s#1/1"), "{answer}");
        assert!(!response.json().to_string().contains("\"drafts\""), "{answer}");
        assert_eq!(took(&server, "CreateDirectory")["took"], "committed", "{answer}");
        assert_eq!(names(&server)[0], "drafts", "{answer}");
    }
}

#[test]
fn what_the_world_refuses_is_not_committed_and_the_scenario_answers_all_the_same() {
    let server = with_world(&rule("CreateDirectory", "{ status: 503, after: commit }"));
    let response = server.send(&folder(&server, "notes"));
    assert_eq!(response.status, 503);
    assert_eq!((took(&server, "CreateDirectory")["took"].clone(), names(&server).len()), (json!("refused"), 3));
    let warnings = server.warnings(&response);
    assert!(warnings[0].contains("13000405: there is something called `notes` already"), "{warnings:?}");
}

#[test]
fn an_operation_that_the_world_does_not_play_is_not_committed() {
    let server = with_world(&rule("ListAuditLogs", "{ status: 503, after: commit }, world"));
    let call = || server.send(&post("auditlog", &json!({ "sortInfo": {} })));
    let (first, second): (Response, Response) = (call(), call());
    assert_eq!((first.status, second.status), (503, 200));
    assert_eq!(took(&server, "ListAuditLogs")["took"], "untouched");
    assert!(server.warnings(&first)[0].contains("ListAuditLogs: nothing is committed"));
    assert!(server.warnings(&second)[0].contains("which gets its documented example"));
}

#[test]
fn without_a_world_the_example_is_answered_and_the_journal_says_that_there_is_none() {
    let server = Running::trusting(&[&rule("CreateShare", "world, { status: 503, after: commit }, { set: { a: 1 } }")]);
    let answers = [(); 3].map(|()| server.send(&Request::share()));
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 503, 200]);
    let warnings = answers.each_ref().map(|answer| server.warnings(answer).join("; "));
    assert!(warnings[0].contains("expected a world that answers, found no world"), "{warnings:?}");
    assert!(warnings[1].contains("expected a world that takes the call, found no world"), "{warnings:?}");
    assert_eq!((warnings[2].as_str(), took(&server, "CreateShare")), ("", Value::Null));
}

#[test]
fn the_journal_names_what_a_call_made_changed_and_removed() {
    let text = "world: w\npeople: { lin: { id: \"1505084218764547200\" } }\n\
                files: { lin: { photos: { $times: 30, name: \"i-{n}.png\", size: 10 } } }\n";
    let server = with_seed(Seed::compile(&Source::new("w.yaml", text)).unwrap(), "scenario: s\nrules: []\n");
    assert_eq!(Id(1_505_084_218_764_547_200).to_string(), LIN);
    let space = space(&server);
    let photos = server.send(&post("files/0", &json!({ "containerId": space, "parentFileId": "root" }))).json()["files"]
        [0]["id"]
        .clone();
    let target = server.send(&folder(&server, "copies")).json()["id"].clone();
    assert_eq!(took(&server, "CreateDirectory")["created"], json!([target]));
    let job = |task: u32, action: u32, path: &Value, file: &Value| {
        let info =
            json!({ "fileInfo": [{ "fileId": file, "filePath": "/a" }], "newFilePath": path, "srcContainerId": space });
        let body = json!({ "taskType": task, "actionType": action, "taskInfo": info, "dstContainerId": space });
        server.send(&post("jobs", &body)).json()["data"].clone()
    };
    // The folder, 30 files and the job: the first 20 are named.
    job(1, 101, &target, &photos);
    let copied = took(&server, "CreateJob");
    assert_eq!((copied["created"].as_array().unwrap().len(), &copied["created_left_out"]), (20, &json!(12)));
    // To the recycle bin: the folder is another one now.
    let recycled = job(2, 201, &json!("root"), &photos);
    assert_eq!(
        took(&server, "CreateJob"),
        json!({ "took": "committed", "created": [recycled], "changed": [photos], "removed": [] })
    );
    let erased = job(2, 202, &json!("root"), &photos);
    let took = took(&server, "CreateJob");
    assert_eq!((&took["created"], &took["removed_left_out"]), (&json!([erased]), &json!(11)));
    assert_eq!((&took["removed"][0], &took["changed"]), (&photos, &json!([])));
}

#[test]
fn templates_name_what_is_in_the_world_by_its_path() {
    let said = |server: &Running| {
        let answer = server.send(&post("directory", &json!({ "fileName": "a", "fileType": "10", "containerId": "C" })));
        (answer.status, answer.json()["msg"].as_str().unwrap_or_default().to_owned(), server.warnings(&answer).concat())
    };
    let answer = |path: &str| format!(r#"{{ body: {{ code: 0, msg: "{{{{ {path} }}}}" }} }}"#);
    let server = with_world(&rule("CreateDirectory", &answer("container_id('lin') ~ ' ' ~ file_id('lin/notes')")));
    let (status, told, _) = said(&server);
    let (container, notes) = told.split_once(' ').unwrap();
    assert_eq!((status, &json!(container)), (200, &space(&server)));
    let found = admin(&server, "GET sessions/default/world/files?path=lin/notes", &json!({})).json();
    assert_eq!(found["id"], notes);
    let (status, _, why) = said(&with_world(&rule("CreateDirectory", &answer("file_id('lin/nots')"))));
    assert_eq!((status, why.contains("`lin` has no `nots`")), (500, true), "{why}");
    let without = Running::playing(&rule("CreateDirectory", &answer("file_id('lin')")));
    let (status, _, why) = said(&without);
    let reason = "there is no world: the stand-in was started without `--world`";
    assert_eq!((status, why.contains(reason)), (500, true), "{why}");
}
