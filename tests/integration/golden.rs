//! The exact screen for every kind of mistake in a scenario or a spec. `INSTA_UPDATE=always cargo test` writes them anew.

use std::{path::Path, sync::Arc};

use understudy::{
    contract::{SpecFiles, files::SpecFile, lint::lint},
    diagnostic::{Diagnostics, Source, Style, to_json, to_text},
    scenario::compile,
};

use crate::client::contract;

/// Everything that is to be said of a scenario.
fn findings_in(source: &Arc<Source>, folder: Option<&Path>) -> Diagnostics {
    compile(source, folder, &contract()).map_or_else(|mistakes| mistakes, |checked| checked.warnings)
}

#[test]
fn mistakes_in_scenarios_look_as_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/scenarios");
    let shown = folder.display().to_string();
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let findings = findings_in(&Source::new(name.clone(), text), Some(&folder));
        assert!(!findings.is_empty(), "{name} has no mistake");
        insta::with_settings!({ input_file => &path, snapshot_suffix => name }, {
            // What the operating system says of a missing file is not ours.
            insta::assert_snapshot!(to_text(&findings, Style::Plain).replace(&shown, "FOLDER"));
        });
    }
}

#[test]
fn a_mistake_as_json_has_its_place_in_numbers() {
    let source = Source::new("a.yaml", "scenario: a\nrules:\n  - operation: CreateShares\n    answers: [example]\n");
    insta::assert_snapshot!(format!("{:#}", to_json(&findings_in(&source, None))));
}

/// A small service with one thing changed in it.
fn specs_with(file: &str, from: &str, to: &str) -> SpecFiles {
    let embedded = SpecFiles::embedded();
    let mut changed = false;
    let files = [
        "service.json",
        "errors.json",
        "shared.json",
        "sharing-by-you/CreateShare.json",
        "sharing-by-you/BatchCancel.json",
    ]
    .map(|name| {
        let known = embedded.get(&format!("koodrive/{name}")).unwrap();
        let mut text = known.text().to_owned();
        if name.ends_with(file) {
            changed = text.contains(from);
            text = text.replacen(from, to, 1);
        }
        SpecFile::new(known.name.clone(), known.shown.clone(), text)
    });
    assert!(changed, "{file} does not hold {from}");
    SpecFiles::of(files.to_vec())
}

#[test]
fn mistakes_in_specs_look_as_they_should() {
    for (name, file, from, to) in [
        ("broken_json", "CreateShare.json", "\"method\": \"POST\"", "\"method\" \"POST\""),
        ("unknown_key", "CreateShare.json", "\"method\"", "\"methode\""),
        ("unknown_keyword", "CreateShare.json", "\"maximum\": 365", "\"maximun\": 365"),
        ("wrong_type", "CreateShare.json", "\"minimum\": 1", "\"minimum\": \"1\""),
        ("duplicate_key", "CreateShare.json", "\"method\": \"POST\",", "\"method\": \"POST\", \"method\": \"PUT\","),
        ("reference_without_target", "CreateShare.json", "$defs/XDate", "$defs/XDat"),
        (
            "reference_out_of_the_service",
            "CreateShare.json",
            "../shared.json#/$defs/XDate",
            "../../other/shared.json#/$defs/XDate",
        ),
        ("required_without_property", "CreateShare.json", "\"required\": [\"scope\", ", "\"required\": [\"scop\", "),
        (
            "example_breaks_schema",
            "CreateShare.json",
            "\"shareId\": \"1537770199275720001\"",
            "\"shareId\": 1537770199275720001",
        ),
        (
            "token_that_is_not_there",
            "CreateShare.json",
            "\"errors\":",
            "\"issues_token\": \"/data/token\",\n  \"errors\":",
        ),
        ("unknown_error", "CreateShare.json", "\"errors\": [13000102]", "\"errors\": [13000120]"),
        ("path_parameter_without_schema", "CreateShare.json", "/v1/share\"", "/v1/share/{id}\""),
        ("unknown_format", "shared.json", "basic-utc-time", "basic-utc-tim"),
        ("bad_pattern", "shared.json", "^[0-9A-Za-z_]*$", "^[0-9A-Za-z_*$"),
        ("same_route_twice", "BatchCancel.json", "/share/cancel\"", "/share\""),
        ("same_name_twice", "BatchCancel.json", "\"operation\": \"BatchCancel\"", "\"operation\": \"CreateShare\""),
        ("refusal_without_error", "service.json", "\"APIGW.0307\"", "\"APIGW.0370\""),
        ("refusal_without_message", "service.json", "The API does not exist.", "The API is not there."),
        ("unknown_envelope", "errors.json", "\"envelope\": \"gateway\"", "\"envelope\": \"gatway\""),
        ("row_that_is_not_there", "CreateShare.json", "\"/body/expiredType\"", "\"/body/expiredTyp\""),
        ("folder_of_another_name", "service.json", "\"service\": \"koodrive\"", "\"service\": \"koodriv\""),
    ] {
        let mistakes = lint(&specs_with(file, from, to));
        assert!(!mistakes.is_empty(), "{name} has no mistake");
        insta::assert_snapshot!(format!("specs_{name}"), to_text(&mistakes, Style::Plain));
    }
}

#[test]
fn all_mistakes_of_a_file_are_shown_together() {
    let text = "scenario: a b\nrules:\n  - operation: CreateShares\n    anwsers: []\n  - operation: CreateShare\n    answers: [{ error: 1, times: 0 }]\n";
    let mistakes = compile(&Source::new("a.yaml", text), None, &contract()).unwrap_err();
    assert_eq!(mistakes.len(), 6, "{mistakes}");
}
