//! What the documents say is run: every `console` block of the README and of `docs/`.

#[test]
fn every_command_in_the_documents_prints_what_they_say() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md");
}
