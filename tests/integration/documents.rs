//! What the documents say is run: every `console` block of the README and of `docs/`.

#[test]
fn every_command_in_the_documents_prints_what_they_say() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md");
}

#[test]
fn every_scenario_in_the_documentation_compiles_without_a_word() {
    let contract = understudy::contract::SpecFiles::embedded().load().unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next());
    let scenarios: Vec<&str> = blocks.filter(|block| block.lines().any(|line| line.starts_with("scenario:"))).collect();
    assert!(scenarios.len() >= 10);
    for scenario in scenarios {
        let source = understudy::diagnostic::Source::new("docs/scenarios.md", scenario);
        let compiled = understudy::scenario::compile(&source, None, &contract);
        assert!(compiled.diagnostics.is_empty(), "{scenario}{:?}", compiled.diagnostics);
    }
}
