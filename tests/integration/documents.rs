//! What the documents say is run: every `console` block of the README and of `docs/`. And they say all that there is.

use std::{collections::BTreeSet, process::Command};

use understudy::contract::Rule;

use crate::command_line::Served;

#[test]
fn every_command_in_the_documents_prints_what_they_say() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md");
}

/// The story of a file, by curl.
#[cfg(unix)]
#[test]
fn the_seed_in_the_readme_is_the_demo() {
    let demo = include_str!("../../src/world/seed/demo.yaml").split_once('\n').unwrap().1;
    assert!(include_str!("../../README.md").contains(&format!("```yaml\n{demo}```\n")));
}

#[test]
fn the_story_in_the_readme_goes_as_it_is_told() {
    let readme = include_str!("../../README.md");
    let block = |start: &str| readme.split(start).nth(1).unwrap().split("\n```").next().unwrap().to_owned();
    let served = Served::start(&["--world"]);
    let api = format!("http://{}/koodrive/ose/v1", served.address);
    let output = Command::new("bash").args(["-euc", &block("```bash\n")]).env("api", api).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        told,
        block("```text\n<Code>").replacen("Sig", "<Code>Sig", 1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success());
    served.signal("-INT");
    served.output();
}

#[test]
fn every_rule_that_a_request_can_break_is_documented() {
    // Keywords that no spec may use, and those of which a violation only names what is below them.
    let never = [
        Rule::AdditionalItems,
        Rule::UnevaluatedItems,
        Rule::UnevaluatedProperties,
        Rule::ContentEncoding,
        Rule::ContentMediaType,
        Rule::AnyOf,
        Rule::Reference,
    ];
    let page = include_str!("../../docs/wire.md");
    let section = page.split("\n## ").find(|section| section.starts_with("Violations\n")).unwrap();
    let documented: BTreeSet<&str> = section.split('`').skip(1).step_by(2).collect();
    for rule in Rule::ALL {
        assert!(documented.contains(rule.as_str()) || never.contains(rule), "{rule} is not in docs/wire.md");
    }
}
