//! What the documents say is run: every `console` block of the README and of `docs/`. And they say all that there is.

use std::collections::BTreeSet;

use understudy::contract::Rule;

#[test]
fn every_command_in_the_documents_prints_what_they_say() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md");
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
