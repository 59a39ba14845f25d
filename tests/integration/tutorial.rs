//! The files of `scenarios/`, each played by a client as its comments say. Faults and the verdict are in `tutorial_trouble`, what
//! templates make is in `templates`.

use std::path::Path;

use serde_json::{Value, json};
use understudy::{diagnostic::Source, mock::Options, scenario};

use crate::client::{Request, Response, Running, contract};

const TESTS: [&str; 3] =
    [include_str!("tutorial.rs"), include_str!("tutorial_trouble.rs"), include_str!("templates.rs")];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Plays a file of the tutorial, from the seed that it asks for. Not even a warning is told about it.
pub(crate) fn play(file: &str) -> Running {
    play_with(file, Options::default())
}

/// The same with options.
pub(crate) fn play_with(file: &str, options: Options) -> Running {
    let contract = contract();
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let scenario = scenario::compile(&Source::new(file, text), Some(&folder()), &contract).unwrap();
    assert!(scenario.warnings.is_empty(), "{}", scenario.warnings);
    Running::of(contract, vec![scenario.value], options)
}

pub(crate) fn get(path: &str) -> Request {
    Request::new("GET", &format!("/koodrive/ose/v1/{path}"))
}

pub(crate) fn post(path: &str, body: &Value) -> Request {
    Request::new("POST", &format!("/koodrive/ose/v1/{path}")).body(&body.to_string())
}

pub(crate) fn cancel(ids: &[&str]) -> Request {
    post("share/cancel", &json!({ "shareIds": ids }))
}

/// A call of the admin API, as `POST clock`.
pub(crate) fn admin(server: &Running, line: &str, body: &Value) -> Response {
    let (method, path) = line.split_once(' ').unwrap();
    server.send(&Request::new(method, &format!("/__admin/{path}")).body(&body.to_string()))
}

pub(crate) fn advance(server: &Running, time: &str) {
    assert_eq!(admin(server, "POST clock", &json!({ "advance": time })).status, 200);
}

pub(crate) fn label(response: &Response) -> &str {
    response.header("x-understudy-answer").unwrap()
}

/// Status and code of an error, whatever its envelope.
pub(crate) fn error(response: &Response) -> (u16, String) {
    let body = response.json();
    let code = ["code", "error_code"].map(|name| body[name].clone()).into_iter().find(|code| !code.is_null()).unwrap();
    (response.status, code.as_str().map_or_else(|| code.to_string(), str::to_owned))
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn every_file_of_the_tutorial_is_played_by_a_test() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 12);
    for (number, file) in (1..).zip(&files) {
        assert!(file.starts_with(&format!("{number:02}-")), "{file} is not number {number}");
        let played = [format!("play(\"{file}\")"), format!("play_with(\"{file}\"")];
        assert!(TESTS.iter().any(|test| played.iter().any(|call| test.contains(call))), "{file} is not played");
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        assert!(
            text.contains(&format!("\n#   understudy --scenario scenarios/{file}")),
            "{file} does not say how it is run"
        );
        assert!(
            text.contains(&format!("\nscenario: {}\nsummary: ", &file[3..file.len() - 5])),
            "{file} has another name"
        );
    }
}

#[test]
fn first_steps_answer_503_then_the_example_then_404_for_good() {
    let server = play("01-first-steps.yaml");
    let statuses: Vec<u16> = (0..5).map(|_| server.send(&Request::share()).status).collect();
    assert_eq!(statuses, [503, 200, 404, 404, 404]);
    assert_eq!(label(&server.send(&Request::share())), "scenario:first-steps#1/3");
}

#[test]
fn space_is_full_for_long_lived_shares_of_one_user_only() {
    let server = play("02-space-is-full.yaml");
    let long = Request::share_with("validDays", Some(json!(30)));
    let full = server.send(&long);
    assert_eq!((full.status, full.json()), (400, json!({ "code": 13000311, "msg": "Insufficient space." })));
    assert_eq!(label(&full), "scenario:space-is-full#1/1");
    let short = server.send(&Request::share_with("validDays", Some(json!(29))));
    assert_eq!((short.status, label(&short)), (200, "example"));
    let other = server.send(&long.clone().header("X-User-Id", "2"));
    assert_eq!((other.status, label(&other)), (200, "example"));
    assert_eq!(server.send(&long.clone().header("language", "zh-CN")).json()["msg"], "空间不足");
    assert_eq!(label(&server.send(&long)), "scenario:space-is-full#1/2");
}

#[test]
fn operations_of_one_rule_share_its_answers() {
    let server = play("02-space-is-full.yaml");
    assert_eq!(error(&server.send(&cancel(&["1"]))), is(504, "APIGW.0201"));
    let throttled = server.send(&post("space/group", &json!({ "name": "a", "addGroupUsers": [] })));
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("2")));
    assert_eq!(server.send(&cancel(&["1"])).status, 200);
}

#[test]
fn the_first_rule_that_fits_answers() {
    let server = play("03-matching.yaml");
    let share = |days: u32, ids: &[&str], code: Option<&str>| {
        let body = json!({ "scope": 2, "fileIds": ids, "containerId": "c", "validDays": days, "extractCode": code });
        let body: serde_json::Map<_, _> =
            body.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
        label(&server.send(&post("share", &body.into()))).to_owned()
    };
    assert_eq!(share(31, &["F1", "F2"], None), "scenario:matching#1/1");
    assert_eq!(share(7, &["F1", "F2"], None), "scenario:matching#2/1");
    assert_eq!(share(32, &["1", "F2"], None), "scenario:matching#2/1");
    assert_eq!(share(31, &["F1"], Some("x9")), "example");
    assert_eq!(share(31, &["1F"], None), "example");
    let unmatched = admin(&server, "GET unmatched", &json!({})).json();
    assert!(unmatched.to_string().contains("extractCode"), "{unmatched}");
}

#[test]
fn path_and_query_are_matched_with_the_types_of_the_table() {
    let server = play("03-matching.yaml");
    let list = |query: &str| server.send(&get(&format!("share?{query}")));
    assert_eq!(error(&list("pageSize=51&pageCursor=7")), is(400, "13000101"));
    assert_eq!(list("pageSize=51").status, 400);
    assert_eq!(list("pageSize=51&pageCursor=0").status, 200);
    assert_eq!(list("pageSize=50").status, 200);
    for method in ["GET", "DELETE"] {
        let department = |id: u32| Request::new(method, &format!("/koodrive/ose/v1/departments/{id}"));
        assert_eq!(error(&server.send(&department(7))), is(400, "13000309"));
        assert_eq!(server.send(&department(8)).status, 200);
    }
}

#[test]
fn a_rule_for_every_operation_takes_what_is_still_there_and_passes() {
    let server = play("03-matching.yaml");
    let guest = |request: Request| server.send(&request.header("X-User-Id", "9505"));
    assert_eq!(guest(get("departments/7")).status, 400);
    assert_eq!(error(&guest(get("departments/8"))), is(429, "APIGW.0308"));
    assert_eq!(server.send(&get("departments/8")).status, 200);
    assert_eq!(guest(Request::share()).status, 429);
    assert_eq!(label(&guest(Request::share())), "example");
}

#[test]
fn answers_of_ones_own_are_patched_written_out_or_in_a_file() {
    let server = play("04-your-own-answers.yaml");
    let patched = server.send(&Request::share()).json();
    assert_eq!(patched["shareLink"]["comment"], "the link lives for ever");
    assert!(patched["shareLink"].get("expireTime").is_none() && patched["shareLink"]["shareId"].is_string());
    assert_eq!(server.send(&Request::share()).json()["shareLink"]["comment"], "this answer comes from a file");
    let failure = server.send(&Request::share());
    assert_eq!((failure.status, label(&failure)), (200, "scenario:your-own-answers#2/1"));
    assert_eq!(failure.json(), json!({ "code": 13000101, "msg": "a failure, and the status says 200" }));
    let used = || server.send(&get("service/quotaUsed")).json()["data"]["spaceQuotaUsed"].clone();
    assert_eq!([used(), used(), used(), used()], [9, 327, 9, 327]);
}

#[test]
fn a_page_of_a_proxy_is_sent_as_it_is() {
    let server = play("04-your-own-answers.yaml");
    let list = || server.send(&get("departmentList"));
    let page = list();
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html")));
    assert_eq!(page.header("via"), Some("1.1 proxy.example.com"));
    assert_eq!(page.body, b"<html><body><h1>502 Bad Gateway</h1></body></html>\n");
    let page = list();
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    assert!(list().json().is_object());
}

#[test]
fn files_and_tasks_are_those_that_were_asked_for() {
    let server = play("05-templates.yaml");
    let create = || {
        let answer = server.send(&file()).json();
        (answer["fileId"].clone(), answer["fileName"].clone(), answer["parentFolder"].clone())
    };
    assert_eq!(create(), (json!("F-1"), json!("report.docx"), json!(["root"])));
    assert_eq!(create(), (json!("F-2"), json!("2-report.docx"), json!(["root"])));
    let task = server.send(&get("task/1534087020903700009").header("language", "zh-CN")).json();
    assert_eq!((&task["taskId"], &task["msg"]), (&json!("1534087020903700009"), &json!("成功")));
}

/// A call of CreateFile.
pub(crate) fn file() -> Request {
    let body = json!({
        "fileName": "report.docx", "fileType": "26", "parentFolder": ["root"], "length": 11,
        "uploadMode": "multipart", "uploadType": 1, "autoRename": 2, "containerId": "c",
        "multiParts": [{ "partNumber": 1, "partSize": 11 }],
    });
    post("files/create", &body)
}

#[test]
fn a_job_waits_runs_and_ends_in_part() {
    let server = play("07-a-job-takes-its-time.yaml");
    let copy = json!({ "taskType": 1, "actionType": 101, "dstContainerId": "d",
                       "taskInfo": { "srcContainerId": "s", "fileInfo": [{ "fileId": "F1" }] } });
    let id = server.send(&post("jobs", &copy)).json()["data"].as_str().unwrap().to_owned();
    let ask = || server.send(&get(&id)).json()["data"]["jobInfo"].clone();
    let asked: Vec<Value> = (0..6).map(|_| ask()).collect();
    let statuses: Vec<&Value> = asked.iter().map(|job| &job["status"]).collect();
    let progress: Vec<&Value> = asked.iter().map(|job| &job["progress"]).collect();
    assert_eq!(statuses, [0, 0, 1, 1, 2, 2]);
    assert_eq!(progress, [0, 0, 30, 90, 100, 100]);
    assert!(asked[3].get("taskResultCode").is_none());
    assert_eq!(asked[4]["taskResultCode"], 2);
    assert_eq!(error(&server.send(&get("1309243162258300002"))), is(400, "13000309"));
}

#[test]
fn a_task_has_its_own_way_of_counting() {
    let server = play("07-a-job-takes-its-time.yaml");
    let statuses: Vec<Value> = (0..13).map(|_| server.send(&get("task/1")).json()["status"].clone()).collect();
    assert_eq!(statuses, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3]);
}

#[test]
fn an_upload_goes_step_by_step_and_a_step_that_is_left_out_is_told() {
    let server = play("08-an-upload-step-by-step.yaml");
    let complete = || server.send(&post("files/complete", &json!({ "fileId": "F-1" })));
    let part = |number: u32| json!({ "partNumber": number, "partSize": 5_242_880 });
    let links = || {
        let body = json!({ "fileId": "F-1", "multiParts": [part(1), part(2)] });
        server.send(&post("files/multipart/uploadUrl", &body))
    };
    assert_eq!(error(&links()), is(400, "13000401"));
    assert_eq!(error(&complete()), is(400, "13000401"));
    assert_eq!(server.send(&file()).json()["fileId"], "F-1");
    assert_eq!(error(&complete()), is(400, "13000402"));
    let url = |number: u32| format!("https://example-bucket.obs.example.com/F-1?partNumber={number}");
    let linked = |number: u32| json!({ "partNumber": number, "partSize": 5_242_880, "uploadUrl": url(number) });
    assert_eq!(links().json()["multiParts"], json!([linked(1), linked(2)]));
    let states = || admin(&server, "GET sessions/default/states", &json!({})).json();
    assert_eq!(states(), json!({ "upload": "linked", "fileId": "F-1", "files": ["F-1"] }));
    assert_eq!(complete().status, 200);
    assert_eq!((states(), complete().status), (json!({ "files": ["F-1"] }), 400));
    // An id that was never created is not there.
    let detail = |id: &str| server.send(&post(&format!("files/{id}/detail"), &json!({ "containerId": "c" })));
    assert_eq!(detail("F-1").status, 200);
    assert_eq!(error(&detail("F-2")), is(400, "13000309"));
    assert_eq!(server.send(&file()).json()["fileId"], "F-2");
    assert_eq!((detail("F-1").status, detail("F-2").status, detail("F-3").status), (200, 200, 400));
    // A test begins in the middle, and another session knows nothing of it.
    assert_eq!(admin(&server, "PUT sessions/default/states", &json!({ "upload": "linked" })).status, 200);
    let other = post("files/complete", &json!({ "fileId": "F-1" })).header("X-Understudy-Session", "other");
    assert_eq!((server.send(&other).status, complete().status), (400, 200));
}

#[test]
fn a_limit_says_when_to_come_back_and_keeps_its_word() {
    let server = play("10-throttling.yaml");
    assert_eq!(admin(&server, "POST clock", &json!({ "freeze": true })).status, 200);
    let list = || server.send(&get("share"));
    let statuses: Vec<u16> = (0..3).map(|_| list().status).collect();
    assert_eq!(statuses, [200; 3]);
    let throttled = list();
    assert_eq!(error(&throttled), is(429, "APIGW.0308"));
    assert_eq!((throttled.header("retry-after"), label(&throttled)), (Some("20"), "scenario:throttling#1/limit"));
    advance(&server, "19s");
    assert_eq!((list().status, list().header("retry-after")), (429, Some("1")));
    advance(&server, "1s");
    assert_eq!((list().status, list().status), (200, 429));
    // Another session has its own limit.
    assert_eq!(server.send(&get("share").header("X-Understudy-Session", "other")).status, 200);
}

#[test]
fn all_other_calls_share_a_limit_and_those_that_pass_are_answered_below() {
    let server = play("10-throttling.yaml");
    assert_eq!(admin(&server, "POST clock", &json!({ "freeze": true })).status, 200);
    let shares: Vec<(u16, Option<String>)> = (0..4)
        .map(|_| server.send(&Request::share()))
        .map(|answer| (answer.status, answer.header("retry-after").map(str::to_owned)))
        .collect();
    assert_eq!(shares[1..3], [(429, Some("2".to_owned())), (200, None)]);
    let others: Vec<u16> = (0..7).map(|_| server.send(&cancel(&["1"])).status).collect();
    assert_eq!(others, [200, 200, 200, 200, 200, 200, 429]);
    let throttled = server.send(&Request::share());
    assert_eq!((label(&throttled), throttled.header("retry-after")), ("scenario:throttling#2/limit", Some("1")));
    advance(&server, "1s");
    let statuses: Vec<u16> = (0..6).map(|_| server.send(&Request::share()).status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}
