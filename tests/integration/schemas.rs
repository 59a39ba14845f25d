//! Every file of ours obeys the schema that editors are given for it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use understudy::{
    diagnostic::Source,
    document::{ReadLimits, read},
    scenario::compile,
    world::Seed,
};

use crate::client::contract;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("schemas").join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn value(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    read(&Source::new(path.display().to_string(), text), ReadLimits::default()).unwrap().to_json()
}

#[track_caller]
fn obeys(validator: &jsonschema::Validator, path: &Path) {
    let errors: Vec<String> =
        validator.iter_errors(&value(path)).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
}

#[test]
fn every_spec_file_obeys_its_schema() {
    let [service, errors, shared, operation] =
        ["service.schema.json", "errors.schema.json", "shared.schema.json", "operation.schema.json"].map(schema);
    let files = files("specs", "json");
    assert!(files.len() > 6);
    for path in files {
        let validator = match path.file_name().and_then(|name| name.to_str()) {
            Some("service.json") => &service,
            Some("errors.json") => &errors,
            Some("shared.json") => &shared,
            _ => &operation,
        };
        obeys(validator, &path);
    }
}

#[test]
fn every_scenario_obeys_its_schema() {
    let scenario = schema("scenario.schema.json");
    let files = files("scenarios", "yaml");
    assert!(files.len() >= 3);
    files.iter().chain(&self::files("benches", "yaml")).for_each(|path| obeys(&scenario, path));
}

#[test]
fn every_scenario_in_the_documents_obeys_its_schema_and_can_be_played() {
    let schema = schema("scenario.schema.json");
    let contract = contract();
    let text = std::fs::read_to_string(root().join("docs/scenarios.md")).unwrap();
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let scenarios: Vec<&str> = blocks.filter(|block| block.contains("scenario: ")).collect();
    assert!(scenarios.len() > 6);
    for text in scenarios {
        let source = Source::new("docs/scenarios.md", text);
        let value = read(&source, ReadLimits::default()).unwrap().to_json();
        assert!(schema.is_valid(&value), "{text}");
        let mistakes = compile(&source, Some(&root().join("scenarios")), &contract).unwrap().warnings;
        assert!(mistakes.is_empty(), "{mistakes}");
    }
}

#[test]
fn the_schema_of_scenarios_refuses_what_the_compiler_refuses_for_its_form() {
    let scenario = schema("scenario.schema.json");
    for name in [
        "unknown-keys",
        "missing-keys",
        "rule-without-answers",
        "wrong-kinds",
        "bad-delay-and-times",
        "just-a-text",
        "bad-expectations",
        "expect-is-no-list",
        "bad-faults",
        "answers-of-the-world",
        "ends-that-cannot-be",
    ] {
        let path = root().join("tests/golden/scenarios").join(format!("{name}.yaml"));
        assert!(!scenario.is_valid(&value(&path)), "{name}");
    }
}

#[test]
fn the_schema_of_seeds_takes_and_refuses_what_the_compiler_does() {
    let seed = schema("world.schema.json");
    obeys(&seed, &root().join("src/world/seed/demo.yaml"));
    let people = "world: a\npeople: { lin: { role: system } }\n";
    for (more, is_right) in [
        ("", true),
        ("x-note: anything\n", true),
        ("departments: { A: { space: 3TB, departments: { B: {} } } }\n", true),
        ("groups: { g: { owner: lin, kind: users, members: { lin: view } } }\n", true),
        ("files: { lin: { a.txt: hello, b: { c: { size: 3 } }, d: { $times: 3 } } }\n", true),
        ("defaults: { personal: 0 }\n", true),
        (
            "files: { lin: { a: b } }\nshares: [{ by: lin, files: [lin/a], with: [lin], days: 365, code: x, x-why: y }]\n",
            true,
        ),
        ("files: { lin: { a: b } }\nshares: [{ by: lin, files: [lin/a], days: 366 }]\n", false),
        ("files: { lin: { a: b } }\nshares: [{ files: [lin/a] }]\n", false),
        ("shares: [{ by: lin, files: [] }]\n", false),
        ("shares: { by: lin }\n", false),
        ("wrold: b\n", false),
        ("defaults: { personal: 10 }\n", false),
        ("enterprise: { capacity: much }\n", false),
        ("groups: { g: { members: {} } }\n", false),
        ("files: { lin: { \"a/b\": hello } }\n", false),
        ("files: { lin: { a: { size: -1 } } }\n", false),
        ("users: all\n", false),
        ("jobs: immediate\n", true),
        ("jobs: { polls: 3 }\n", true),
        ("jobs: { after: 90s }\n", true),
        ("jobs: { polls: 0 }\n", false),
        ("jobs: { polls: 3, after: 90s }\n", false),
        ("jobs: never\n", false),
        ("files: { lin: { a: b } }\nstars: { lin: [lin/a] }\n", true),
        ("recycled: { lin: { old.txt: gone } }\n", true),
        ("files: { lin: { a: { \"/\": { id: F1, hidden: true }, size: text } } }\n", true),
        ("files: { lin: { a: { \"/\": { ident: F1 } } } }\n", false),
        ("messages: { lin: [{ context: hello }] }\n", true),
        ("messages: { lin: [{ sender: Lin }] }\n", false),
        ("codes: { c1: lin }\ntokens: { t1: lin }\n", true),
        ("format: 2\n", false),
        ("contents: { c: { bytes: aGk= } }\nfiles: { lin: { a: { size: 2, content: c } } }\n", true),
        ("contents: { c: { sha256: aGk=, size: 2 } }\n", false),
        ("contents: { c: {} }\n", false),
        ("uploads: [{ uploadId: u, object: o }]\n", false),
    ] {
        let source = Source::new("seed.yaml", format!("{people}{more}"));
        let value = read(&source, ReadLimits::default()).unwrap().to_json();
        assert_eq!(Seed::compile(&source).is_ok(), is_right, "{more}");
        assert_eq!(seed.is_valid(&value), is_right, "the schema: {more}");
    }
}

#[test]
fn every_scenario_names_the_schema_for_editors() {
    for path in files("scenarios", "yaml") {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# yaml-language-server: $schema=../schemas/scenario.schema.json\n"),
            "{}",
            path.display()
        );
    }
}
