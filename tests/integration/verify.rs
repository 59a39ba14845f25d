//! Recorded traffic, judged offline.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::command_line::{err, file, out, understudy};

/// A recording in the form of one of the programs that write them.
fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/har").join(name)
}

fn verify(recording: &Path, options: &[&str]) -> Output {
    understudy().arg("verify").arg(recording).args(options).output().unwrap()
}

/// The verdict on a recording with something replaced in it.
fn verify_changed(name: &str, from: &str, to: &str, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(recorded(name)).unwrap();
    assert!(text.contains(from), "{from}");
    verify(&file(folder.path(), name, &text.replace(from, to)), options)
}

#[test]
fn recordings_of_browsers_and_proxies_are_judged_at_their_time() {
    for (name, status, verdict, told) in [
        (
            "chromium.har",
            0,
            "verdict: passed\n  session default: 2 calls\n",
            "recording: 3 entries, 2 calls of the contract, 1 foreign, 0 broken\n  foreign  1 to fonts.example.com/css2\n",
        ),
        (
            "mitmproxy.har",
            0,
            "verdict: passed\n  session default: 2 calls\n",
            "recording: 2 entries, 2 calls of the contract, 0 foreign, 0 broken\n",
        ),
        (
            "playwright.har",
            1,
            "verdict: failed (contract broken)\n  session default: 2 calls\n    broken  exchange 1 CreateShare /body/validDays: expected at most 365, found 366\n",
            "recording: 4 entries, 2 calls of the contract, 0 foreign, 2 broken\n  broken   entry 2 at line 1 of ",
        ),
    ] {
        let output = verify(&recorded(name), &[]);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(status), verdict), "{name}");
        assert!(err(&output).starts_with(told), "{name}: {}", err(&output));
    }
    let broken = err(&verify(&recorded("playwright.har"), &[]));
    for reason in [": its body was not recorded\n", ": `request.url` is no absolute http URL: /koodrive/ose/v1/share\n"]
    {
        assert!(broken.contains(reason), "{broken}");
    }
}

#[test]
fn credentials_are_held_to_the_clock_of_the_recording() {
    // The signature says when it was made; recorded a day later, it was too old.
    let late = verify_changed("chromium.har", "2026-11-21T08", "2026-11-22T08", &[]);
    assert_eq!(late.status.code(), Some(1));
    assert!(out(&late).contains("/headers/X-Date"), "{}", out(&late));
    let forged = verify_changed("mitmproxy.har", "sign=7", "sign=8", &[]);
    assert!(out(&forged).contains("/params/sign"), "{}", out(&forged));
    let unchecked = verify_changed("mitmproxy.har", "sign=7", "sign=8", &["--auth", "shape"]);
    assert_eq!(unchecked.status.code(), Some(0), "{}", out(&unchecked));
}

#[test]
fn retries_of_a_recording_are_judged_by_what_scenarios_expect() {
    let folder = tempfile::tempdir().unwrap();
    let text = "scenario: careful\nrules:\n  - operation: CreateShare\n    answers: [503, example]\nexpect:\n  - { operation: CreateShare, calls: 2, retry: { honours_retry_after: true } }\n";
    let scenario = file(folder.path(), "careful.yaml", text);
    let options = ["--scenario", scenario.to_str().unwrap()];
    let careful = verify(&recorded("chromium.har"), &options);
    let told = "verdict: passed\n  session default: 2 calls, 2 of 2 expectations met\n";
    assert_eq!((careful.status.code(), out(&careful).as_str()), (Some(0), told));
    let hasty = verify_changed("chromium.har", "2026-11-21T08:00:02.600Z", "2026-11-21T08:00:01.600Z", &options);
    assert_eq!(hasty.status.code(), Some(1));
    assert!(out(&hasty).contains("unmet   careful, expectation 1"), "{}", out(&hasty));
}

/// Calls of which one breaks the contract and one is no call of it.
const SUITE: &str = r#"
call() { curl -s -o /dev/null -H "Authorization: Bearer $UNDERSTUDY_KOODRIVE_TOKEN" -H "X-User-Id: $UNDERSTUDY_KOODRIVE_USER_ID" -H "X-Date: $(date -u +%Y%m%dT%H%M%SZ)" -H 'Content-Type: application/json' "$@"; }
for days in 30 30 30 366; do
    call -d "{\"scope\":2,\"fileIds\":[\"1\"],\"containerId\":\"a\",\"validDays\":$days,\"extractCode\":\"ab12\"}" $UNDERSTUDY_URL/~mine/koodrive/ose/v1/share
done
call "$UNDERSTUDY_URL/koodrive/ose/v1/share/userInfo?shortUrl=a%20b"
curl -s -o /dev/null $UNDERSTUDY_URL/koodrive/teapot
true
"#;

#[test]
fn what_a_run_leaves_is_judged_as_the_run_was() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "scenario: s\nrules:\n  - operation: CreateShare\n    answers: [error: 13000311, { fault: close }, example]\n";
    let scenario = file(folder.path(), "s.yaml", text);
    let report = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (har, live, offline) = (report("traffic.har"), report("live.json"), report("offline.json"));
    let mut command = understudy();
    command.args(["run", "-q", "--scenario"]).arg(&scenario);
    command.args(["--report", &format!("har={har}"), "--report", &format!("json={live}")]);
    assert_eq!(command.args(["--", "sh", "-c", SUITE]).output().unwrap().status.code(), Some(1));
    let output = verify(Path::new(&har), &["--report", &format!("json={offline}")]);
    assert_eq!(output.status.code(), Some(1));
    let told = "recording: 6 entries, 6 calls of the contract, 0 foreign, 0 broken\n  hidden   secrets of 5 calls are not in the recording; credentials of these are not judged\n";
    assert_eq!(err(&output), told);
    let read = |path: &str| -> Value { serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let (live, offline) = (read(&live), read(&offline));
    let findings = |report: &Value| {
        let all = report["findings"].as_array().unwrap().iter().filter(|finding| finding["fails"] == true);
        all.map(|finding| ["kind", "session", "operation", "at", "expected", "found"].map(|name| finding[name].clone()))
            // What is hidden was not judged.
            .filter(|finding| !finding[3].as_str().unwrap().starts_with("/headers/"))
            .collect::<Vec<_>>()
    };
    assert_eq!(findings(&live), findings(&offline));
    assert!(findings(&live).len() >= 2, "{live:#}");
    for name in ["operations", "edges", "errors"] {
        assert_eq!(live["coverage"]["totals"][name], offline["coverage"]["totals"][name], "{name}");
    }
}

#[test]
fn what_is_no_har_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read_to_string(recorded("chromium.har")).unwrap();
    for (text, told) in [
        ("", "is not a whole HAR: it breaks off in line 1"),
        ("<html>", "is not a HAR: line 1: expected an object: the file of a HAR is one, found `<`"),
        ("{\"log\": {}}", "is not a HAR: `log` has no member `entries`"),
        (&whole[..whole.len() / 2], "is not a whole HAR: it breaks off in line "),
    ] {
        let output = verify(&file(folder.path(), "a.har", text), &[]);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(4), ""), "{told}");
        assert!(err(&output).contains(told), "{}", err(&output));
    }
    for (path, told) in
        [("/no/such.har", "cannot be read"), ("/dev/null", "is not a regular file but a character device")]
    {
        let output = verify(Path::new(path), &[]);
        assert_eq!(output.status.code(), Some(4));
        assert!(err(&output).contains(told), "{}", err(&output));
    }
    let again = verify(&recorded("chromium.har"), &["--report", "har=-"]);
    assert_eq!(again.status.code(), Some(2), "{}", err(&again));
}

#[test]
fn a_recording_may_come_in_a_pipe_and_several_are_judged_as_one() {
    let mut child = understudy()
        .args(["verify", "-", "--format", "json"])
        .arg(recorded("mitmproxy.har"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(recorded("chromium.har")).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&told["verdict"], &told["sessions"][0]["calls"]), (&"passed".into(), &4.into()));
    let found = &told["recording"];
    assert_eq!((&found["entries"], &found["calls"], &found["broken"]["count"]), (&5.into(), &4.into(), &0.into()));
    assert_eq!(found["foreign"][0], serde_json::json!({ "place": "fonts.example.com/css2", "count": 1 }));
}

/// A recording of so many calls: behind the first 400 one in three breaks the contract; one in a hundred cannot be understood.
fn long(entries: usize) -> String {
    let entry = |number: usize| {
        let url = if number.is_multiple_of(100) {
            "nowhere"
        } else {
            "https://cn.myhuaweicloud-koodrive.com/koodrive/ose/v1/share"
        };
        let days = if number > 400 && number.is_multiple_of(3) { number } else { 7 };
        let body = format!(
            "{{\\\"scope\\\":1,\\\"fileIds\\\":[\\\"1\\\"],\\\"containerId\\\":\\\"a\\\",\\\"validDays\\\":{days}}}"
        );
        format!(
            r#"{{"startedDateTime":"2026-11-21T08:00:00Z","request":{{"method":"POST","url":"{url}","headers":[{{"name":"X-Date","value":"20261121T080000Z"}},
            {{"name":"X-User-Id","value":"1"}},{{"name":"Content-Type","value":"application/json"}}],"postData":{{"text":"{body}"}}}},"response":{{"status":200}}}}"#
        )
    };
    format!("{{\"log\":{{\"entries\":[{}]}}}}", (1..=entries).map(entry).collect::<Vec<_>>().join(",\n"))
}

#[test]
fn a_long_recording_is_judged_in_the_order_of_its_entries_up_to_where_it_breaks_off() {
    let folder = tempfile::tempdir().unwrap();
    let text = long(1000);
    let judged = || verify(&file(folder.path(), "long.har", &text), &["--auth", "off", "--format", "json"]);
    let output = judged();
    assert_eq!((output.status.code(), &output.stdout), (Some(1), &judged().stdout), "{}", err(&output));
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    let found = &told["recording"];
    assert_eq!(
        (&found["entries"], &found["calls"], &found["broken"]["count"]),
        (&1000.into(), &990.into(), &10.into())
    );
    assert_eq!(
        (&found["broken"]["first"][4]["entry"], &found["broken"]["first"][4]["line"]),
        (&500.into(), &1000.into())
    );
    // An entry that cannot be understood is no exchange.
    let broken = &told["sessions"][0]["broken"];
    assert_eq!(broken["count"], 198, "{told:#}");
    for (call, entry) in broken["calls"].as_array().unwrap().iter().zip((402..).step_by(3)) {
        assert_eq!(call["exchange"], entry - entry / 100);
        assert_eq!(call["violations"][0]["found"], entry.to_string());
    }
    let cut = verify(&file(folder.path(), "cut.har", &text[..text.len() / 2]), &["--auth", "off"]);
    assert_eq!((cut.status.code(), out(&cut).as_str()), (Some(4), ""));
    assert!(err(&cut).contains("is not a whole HAR: it breaks off in line "), "{}", err(&cut));
}

#[test]
fn with_hosts_everything_that_went_there_is_judged_and_nothing_else() {
    let other = verify(&recorded("chromium.har"), &["--host", "fonts.example.com"]);
    assert!(out(&other).contains("unknown operation /path: expected a documented method and path"), "{}", out(&other));
    assert!(err(&other).contains("  foreign  2 to cn.myhuaweicloud-koodrive.com/koodrive\n"), "{}", err(&other));
    let nobody = verify(&recorded("chromium.har"), &["--host", "api.example.com"]);
    assert_eq!(out(&nobody), "verdict: failed (no calls)\n  session default: 0 calls\n");
}
