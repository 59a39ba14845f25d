//! The reports that a run leaves.

use std::fs;

use serde_json::Value;

use crate::{
    command_line::{Served, err, file, out, post, understudy},
    schemas::schema,
};

const SCENARIO: &str = "scenario: s\nrules: []\nexpect:\n  - { operation: CreateShare, calls: 2 }\n";

#[test]
fn a_run_leaves_a_report_in_each_form_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = file(folder.path(), "s.yaml", SCENARIO);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let forms = ["json", "junit", "markdown", "sarif", "har"];
    let mut command = understudy();
    command.args(["run", "-q", "--scenario"]).arg(&scenario).args(["--report", "github=-"]);
    for form in forms {
        command.args(["--report", &format!("{form}={}", path(form))]);
    }
    let script =
        "curl -s -o /dev/null \"$UNDERSTUDY_URL/koodrive/ose/v1/share/userInfo?shortUrl=a%20b&x=secret\"; echo ran";
    let output = command.args(["--", "sh", "-c", script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let screen = out(&output);
    assert!(
        screen.starts_with("ran\n::error title=understudy") && screen.contains("s.yaml,line=4,col=5::"),
        "{screen}"
    );
    let read = |form: &str| fs::read_to_string(path(form)).unwrap();
    let json = |form: &str| serde_json::from_str::<Value>(&read(form)).unwrap();
    let report = json("json");
    let errors: Vec<String> =
        schema("report.schema.json").iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(report["sessions"][0]["operations"][0]["refused"], 1);
    assert!(read("junit").contains("<failure message=\"GetShareInfo /headers/"), "{}", read("junit"));
    assert!(read("markdown").starts_with("## Understudy: failed (contract broken, expectation unmet)\n"));
    let result = &json("sarif")["runs"][0]["results"];
    let places: Vec<_> = result
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["locations"][0]["physicalLocation"].as_object())
        .collect();
    assert_eq!(places[0]["region"]["startLine"], 4);
    let entry = &json("har")["log"]["entries"][0];
    assert_eq!(entry["response"]["status"], 401);
    assert_eq!(entry["request"]["queryString"][0], serde_json::json!({ "name": "shortUrl", "value": "a b" }));
    assert!(entry["request"]["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{entry}");
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("junit={}", folder.path().join("none/a.xml").display());
    for (options, status, message) in [
        (&["--report", &*missing][..], 4, "error: the junit report `"),
        (&["--report", "har=/dev/null"], 4, "is not a regular file but a character device"),
        (&["--report", "pdf=a"], 2, "there is no form of that name"),
        (&["--report", "har=/tmp/x", "--report", "json=/tmp/x"], 2, "two reports have the file `/tmp/x`"),
    ] {
        let output = understudy().arg("run").args(options).args(["--", "echo", "ran"]).output().unwrap();
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(status), ""), "{options:?}");
        assert!(err(&output).contains(message), "{}", err(&output));
    }
}

#[test]
fn a_server_writes_its_reports_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("report.json");
    let served = Served::start(&["--quiet", "--report", &format!("json={}", target.display())]);
    post(&served.address, "", "{}");
    assert!(!target.exists());
    served.signal("-TERM");
    let output = served.output();
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&fs::read_to_string(&target).unwrap()).unwrap();
    assert_eq!((&report["verdict"], &report["reasons"][0]), (&"failed".into(), &"contract broken".into()));
}

#[test]
fn the_schema_of_a_report_knows_every_rule() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let kind = jsonschema::validator_for(&schema["$defs"]["finding"]["properties"]["kind"]).unwrap();
    for rule in understudy::contract::Rule::ALL {
        assert!(kind.is_valid(&format!("contract/{rule}").into()), "{rule}");
    }
    assert!(!kind.is_valid(&"contract/".into()));
}
