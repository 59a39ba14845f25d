//! What the world is to be in the end, whatever way a client took.

use serde_json::{Value, json};

use crate::{
    client::{Request, Running},
    committed::{space, with_world},
    tutorial::{admin, post},
};

/// Expectations about places of the world.
fn expecting(ends: &[&str]) -> String {
    let entries: Vec<String> = ends.iter().map(|end| format!("  - world: {end}\n")).collect();
    format!("scenario: s\nrules: []\nexpect:\n{}", entries.concat())
}

/// Whether each expectation is met in a session, and what was found.
fn found(server: &Running, session: &str) -> Vec<(bool, String)> {
    let verdict = admin(server, &format!("GET verdict?session={session}"), &json!({})).json();
    let all = verdict["sessions"][0]["expectations"].clone();
    let one = |finding: &Value| (finding["met"].as_bool().unwrap(), finding["found"].as_str().unwrap().to_owned());
    all.as_array().unwrap().iter().map(one).collect()
}

fn drafts(server: &Running) -> Request {
    post("directory", &json!({ "fileName": "drafts", "fileType": "10", "containerId": space(server) }))
}

#[test]
fn the_world_is_judged_as_it_is_when_the_verdict_is_asked_for() {
    let ends = ["{ path: lin/drafts }", "{ path: lin/report.docx, exists: false }"];
    let server = with_world(&expecting(&ends));
    let request = drafts(&server);
    let there = (false, "that it is there".to_owned());
    assert_eq!(found(&server, "default"), [(false, "none: `lin` has no `drafts`".to_owned()), there.clone()]);
    assert_eq!(server.send(&request).status, 200);
    assert_eq!(found(&server, "default"), [(true, "a folder".to_owned()), there]);

    let space = space(&server);
    let list =
        json!({ "containerId": space, "parentFileId": "root", "sortInfo": { "sortType": 1, "sortDirection": 2 } });
    let file = server.send(&post("files/0", &list)).json()["files"][0]["id"].clone();
    let info = json!({ "fileInfo": [{ "fileId": file, "filePath": "/" }], "srcContainerId": space });
    let recycle = json!({ "taskType": 2, "taskInfo": info, "dstContainerId": space });
    assert_eq!(server.send(&post("jobs", &recycle)).status, 200);
    // What is in the recycle bin is not there any more.
    assert_eq!(found(&server, "default")[1], (true, "none".to_owned()));
}

#[test]
fn each_session_is_held_to_its_own_world() {
    let server = with_world(&expecting(&["{ path: lin/drafts }"]));
    let request = drafts(&server);
    assert_eq!(server.send(&request.clone().header("X-Understudy-Session", "a")).status, 200);
    assert!(found(&server, "a")[0].0 && !found(&server, "default")[0].0);
    assert_eq!(admin(&server, "GET verdict", &json!({})).json()["verdict"], "failed");
}

#[test]
fn a_file_has_its_size_and_a_digest_that_is_not_known_is_not_met() {
    let digest = "a".repeat(64);
    let with_digest = format!("{{ path: lin/report.docx, sha256: {digest} }}");
    let ends = ["{ path: lin/notes/todo.txt, size: 8 }", "{ path: lin/notes/ideas.md, size: 8 }", &with_digest];
    let server = with_world(&expecting(&ends));
    let found = found(&server, "default");
    assert_eq!(found[0], (true, "a file of 8 bytes".to_owned()));
    assert_eq!(found[1], (false, "a file of 22 bytes".to_owned()));
    let why = "a file of 22106481 bytes whose SHA-256 the world does not know, because its bytes were never here";
    assert_eq!(found[2], (false, why.to_owned()));
}

#[test]
fn without_a_world_nothing_is_anywhere() {
    let server = Running::playing(&expecting(&["{ path: lin/a, exists: false }"]));
    assert_eq!(server.send(&Request::share()).status, 200);
    assert_eq!(found(&server, "default"), [(false, "no world".to_owned())]);
}
