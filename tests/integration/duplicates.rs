//! What the verdict says of calls that were made twice because an answer was lost, of jobs that nobody asked for, and of lists that were left
//! at a short page.

use serde_json::{Value, json};
use understudy::{
    diagnostic::{Source, Style},
    report::to_text,
    world::Seed,
};

use crate::{
    client::{Request, Running, wait_for},
    committed::{space, with_seed, with_world},
    tutorial::{admin, get, post},
};

const LOSES_ITS_ANSWER: &str = "\
scenario: lost
rules:
  - operation: CreateShare
    answers: [{ fault: reset, after: commit }]
    then: pass
expect:
  - { operation: CreateShare, retry: { duplicates: 0 } }
";

/// The id of `report.docx` in Lin's space.
fn report(server: &Running, space: &Value) -> Value {
    let list =
        json!({ "containerId": space, "parentFileId": "root", "sortInfo": { "sortType": 1, "sortDirection": 2 } });
    server.send(&post("files/0", &list)).json()["files"][0]["id"].clone()
}

fn share(server: &Running) -> Request {
    let space = space(server);
    let body = json!({ "scope": 2, "fileIds": [report(server, &space)], "containerId": space, "validDays": 7 });
    post("share", &body)
}

fn lose(server: &Running, request: &Request) {
    let mut connection = server.connect();
    connection.write(&request.bytes());
    let (bytes, _) = connection.ending();
    assert!(bytes.is_empty());
}

/// The ids of the shares that calls made, in their order.
fn made(server: &Running) -> Vec<String> {
    let exchanges = admin(server, "GET exchanges?operation=CreateShare", &json!({})).json();
    let created = exchanges["exchanges"].as_array().unwrap().iter().map(|exchange| &exchange["world"]["created"][0]);
    created.map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn session(server: &Running) -> Value {
    admin(server, "GET verdict", &json!({})).json()["sessions"][0].clone()
}

#[test]
fn a_client_that_repeats_blindly_makes_a_second_share_and_the_verdict_says_so() {
    let server = with_world(LOSES_ITS_ANSWER);
    let request = share(&server);
    lose(&server, &request);
    assert_eq!(server.send(&request).status, 200);
    let ids = made(&server);
    let words = format!(
        "exchange 3 was committed and its answer lost (reset); its repetition, exchange 4, made a second share, \
         report.docx again ({}, {})",
        ids[0], ids[1]
    );
    let verdict = session(&server);
    let finding = &verdict["expectations"][0];
    assert_eq!((&finding["met"], &finding["expected"]), (&json!(false), &json!("no duplicate")));
    assert_eq!(
        (&finding["found"], &finding["exchanges"]["first"]),
        (&json!(format!("1 duplicate: {words}")), &json!([3, 4]))
    );
    // The repetition came at once, so it may have been the HTTP library's.
    assert_eq!(verdict["noticed"][1]["kind"], "resend");
    let notice = &verdict["noticed"][0];
    let text = format!("CreateShare: {words}. Look for the share before you create it again");
    let exchanges = json!({ "count": 2, "first": [3, 4] });
    assert_eq!(*notice, json!({ "kind": "duplicate", "text": text, "exchanges": exchanges }));
    let screen = to_text(&understudy::control::Control::new(&server.mock).verdict(None), Style::Plain);
    let screen = screen.lines().filter(|line| !line.contains(" repeats ")).collect::<Vec<_>>().join("\n");
    let screen = screen.replace(&ids[0], "ID1").replace(&ids[1], "ID2");
    insta::assert_snapshot!(screen);
}

#[test]
fn a_client_that_looks_first_makes_one_share() {
    let server = with_world(LOSES_ITS_ANSWER);
    lose(&server, &share(&server));
    let found = server.send(&get("share?pageSize=10")).json()["shareLinks"].clone();
    assert_eq!(found[0]["shareId"].as_str(), made(&server).first().map(String::as_str));
    let verdict = session(&server);
    assert_eq!((&verdict["verdict"], &verdict["noticed"]), (&json!("passed"), &json!([])));
}

#[test]
fn an_answer_that_was_lost_before_the_commit_may_be_asked_for_again() {
    let server = with_world(&LOSES_ITS_ANSWER.replace(", after: commit", ""));
    let request = share(&server);
    lose(&server, &request);
    assert_eq!(server.send(&request).status, 200);
    assert_eq!(session(&server)["verdict"], "passed");
}

#[test]
fn a_client_that_did_not_wait_for_a_late_answer_has_its_share_all_the_same() {
    let server = with_world(&LOSES_ITS_ANSWER.replace("{ fault: reset, after: commit }", "{ delay: 30s }"));
    let request = share(&server);
    let mut impatient = server.connect();
    impatient.write(&request.bytes());
    // The world has taken the call before the delay began.
    wait_for(|| server.mock.journal().get(3));
    impatient.reset();
    server.finished(3);
    assert_eq!(server.send(&request).status, 200);
    let found = session(&server)["expectations"][0]["found"].clone();
    assert!(found.as_str().unwrap().contains("its answer lost (the client did not wait for it)"), "{found}");
}

#[test]
fn a_job_that_nobody_asked_for_is_noticed() {
    let server = with_world("scenario: s\nrules: []\n");
    let space = space(&server);
    let file = report(&server, &space);
    let copy = || {
        let info = json!({ "fileInfo": [{ "fileId": file }], "newFilePath": "root", "srcContainerId": space });
        let body = json!({ "taskType": 1, "taskInfo": info, "dstContainerId": space });
        server.send(&post("jobs", &body)).json()["data"].as_str().unwrap().to_owned()
    };
    let (asked, unasked) = (copy(), copy());
    assert_eq!(server.send(&get(&asked)).status, 200);
    let noticed = session(&server)["noticed"].clone();
    let text = format!("job {unasked} was begun and never asked for: whether it went well is not known");
    assert_eq!(noticed, json!([{ "kind": "unasked_job", "text": text, "exchanges": { "count": 1, "first": [4] } }]));
    // A list of jobs that has it is an answer, too.
    assert_eq!(server.send(&get("jobs?offset=0&limit=10")).status, 200);
    assert_eq!(session(&server)["noticed"], json!([]));
}

#[test]
fn a_list_that_was_read_to_a_short_page_though_a_cursor_followed_is_noticed() {
    // A page looks at 4,096 entries: none of them is a picture, and more are behind them.
    let seed = "{ world: many, me: lin, people: { lin: { id: '1505084218764547200' } },
        files: { lin: { many: { $times: 4200, name: 'f-{n}.txt', size: 1 } } } }";
    let seed = Seed::compile(&Source::new("many.yaml", seed)).unwrap();
    let server = with_seed(seed, "scenario: s\nrules: []\n");
    let space = space(&server);
    let list = |body: Value| server.send(&post("files/0", &body)).json();
    let folder = list(json!({ "containerId": space, "parentFileId": "root", "pageInfo": { "pageSize": 1 } }))["files"]
        [0]["id"]
        .clone();
    let pictures = |cursor: &Value| {
        let page = json!({ "pageSize": 10, "pageCursor": cursor });
        list(json!({ "containerId": space, "parentFileId": folder, "fileType": "15", "pageInfo": page }))
    };
    // A full page is what the client asked for: it may stop there.
    list(json!({ "containerId": space, "parentFileId": folder, "pageInfo": { "pageSize": 1 } }));
    assert_eq!(session(&server)["noticed"], json!([]));
    let page = pictures(&json!(""));
    assert_eq!(page["files"], json!([]));
    let text = "GetPersonalFiles was read to a short page, though a cursor followed: a list ends where there is no cursor, \
                and not where a page has few entries";
    let notice = json!([{ "kind": "short_page", "text": text, "exchanges": { "count": 1, "first": [4] } }]);
    assert_eq!(session(&server)["noticed"], notice);
    pictures(&json!(""));
    assert_eq!(session(&server)["noticed"], notice);
    assert_eq!(pictures(&page["nextCursor"])["nextCursor"], Value::Null);
    assert_eq!(session(&server)["noticed"], json!([]));
}
