//! What a whole file costs, and where the files come from that it names.

use std::{
    cell::{Cell, RefCell},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use super::{Above, compile, compile_below, compile_in, compile_while};
use crate::disk::Folder;
use crate::{
    contract::{Contract, SpecFiles},
    diagnostic::{Checked, Diagnostics, Source},
    disk::{Files, ReadError},
    scenario::{Base, Scenario},
};

thread_local! {
    static CONTRACT: Contract = SpecFiles::embedded().load().unwrap();
}

fn compiled(rules: &str) -> Result<Checked<Scenario>, Diagnostics> {
    let source = Source::new("test.yaml", format!("scenario: a\nrules:\n{rules}"));
    CONTRACT.with(|contract| compile(&source, None, contract))
}

/// The places and messages of what is found.
fn findings(rules: &str) -> Vec<(usize, String)> {
    let found = compiled(rules).map_or_else(|mistakes| mistakes, |checked| checked.warnings);
    let line = |place: &crate::diagnostic::Place| place.source.line_column(place.span.start).0;
    found.into_iter().map(|one| (one.place.as_ref().map_or(0, line), one.message)).collect()
}

#[test]
fn an_answer_that_stands_in_many_rules_is_told_of_at_each_place() {
    let rule = |user: usize, id: &str| {
        format!(
            "- {{ operation: CreateShare, match: {{ headers: {{ X-User-Id: '{user}' }} }}, answers: [{{ example: {{ shareLink: {{ shareId: {id} }} }} }}] }}\n"
        )
    };
    let found = findings(&[rule(1, "7"), rule(2, "'7'"), rule(3, "7")].concat());
    let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 5], "{found:?}");
    assert!(found.iter().all(|(_, message)| message.contains("/shareLink/shareId should be")), "{found:?}");
}

#[test]
fn very_many_answers_for_all_operations_are_checked_for_one_of_them_and_that_is_said() {
    let rules = |count: usize, value: fn(usize) -> usize| -> String {
        let rule = |user: usize| {
            let value = value(user);
            format!(
                "- {{ operation: \"*\", match: {{ headers: {{ X-User-Id: '{user}' }} }}, answers: [{{ status: 599, body: {value} }}] }}\n"
            )
        };
        (0..count).map(rule).collect()
    };
    assert_eq!(findings(&rules(1000, |_| 1)), []);
    let found = findings(&rules(1000, |user| user));
    assert_eq!(found.len(), 1);
    let operations = CONTRACT.with(|contract| contract.operations().len());
    let partly = 1000 - 20_000 / (operations - 1);
    assert_eq!(found[0].1, format!("{partly} answers are checked for the first of their operations only"));
}

#[test]
fn rules_for_all_operations_share_one_list_of_them() {
    let rule = "- { operation: \"*\", match: { headers: { X-User-Id: '1' } }, answers: [503], then: pass }\n";
    let rules = compiled(&rule.repeat(3)).unwrap().value.rules;
    assert!(rules.iter().all(|rule| rule.operations.as_ptr() == rules[0].operations.as_ptr()));
}

#[test]
fn a_rule_is_shadowed_by_one_with_the_same_conditions_in_whatever_order_they_are_written() {
    let rule =
        |fields: &str| format!("- {{ operation: CreateShare, match: {{ body: {{ {fields} }} }}, answers: [503] }}\n");
    let found = findings(&[rule("scope: 2, validDays: 7"), rule("scope: 2"), rule("validDays: 7, scope: 2")].concat());
    assert_eq!(found, [(5, "rule 3 is never asked: rule 1 wants the same and answers every such call".to_owned())]);
}

/// What is found in rules that are loaded as the scenario `a` beside those that are played.
fn loaded_beside(played: &[(&str, &str)], rules: &str) -> Vec<String> {
    CONTRACT.with(|contract| {
        let played = played.iter().map(|(name, rules)| {
            let source = Source::new(format!("{name}.yaml"), format!("scenario: {name}\nrules:\n{rules}"));
            Arc::new(compile(&source, None, contract).unwrap().value)
        });
        let mut above = Above::played(played.collect());
        let source = Source::new("test.yaml", format!("scenario: a\nrules:\n{rules}"));
        let checked = compile_while(&source, None, contract, &|| true, &mut above).unwrap();
        checked.warnings.into_iter().map(|one| one.message).collect()
    })
}

#[test]
fn a_rule_is_shadowed_by_scenarios_that_are_played_before_it() {
    let every = "- { operation: CreateShare, answers: [503] }\n";
    let some = "- { operation: CreateShare, match: { body: { scope: 2 } }, answers: [503] }\n";
    let other = "- { operation: GetShareInfo, answers: [503] }\n";
    let told = |scenario: &str, what: &str| {
        format!(
            "rule 1 is never asked: rule 1 of the scenario `{scenario}` ({scenario}.yaml), which is asked before, {what}"
        )
    };
    assert_eq!(loaded_beside(&[("b", other), ("c", every)], every), [told("c", "answers every such call")]);
    assert_eq!(loaded_beside(&[("b", every)], some), [told("b", "answers every such call")]);
    assert_eq!(loaded_beside(&[("b", some)], some), [told("b", "wants the same and answers every such call")]);
    assert_eq!(loaded_beside(&[("b", some)], every), [""; 0]);
    // It takes the place of the one with its name, and what comes after that is asked later.
    assert_eq!(loaded_beside(&[("a", every), ("b", every)], every), [""; 0]);
}

#[test]
fn conditions_of_very_large_scenarios_that_are_played_are_not_read_again() {
    let some = "- { operation: CreateShare, match: { body: { scope: 2 } }, answers: [503] }\n";
    let every = "- { operation: GetShareInfo, answers: [503] }\n";
    let large = format!("{some}{every}# {}\n", "a".repeat(1 << 20));
    assert_eq!(loaded_beside(&[("b", &large)], some), [""; 0]);
    assert_eq!(loaded_beside(&[("b", &large)], every).len(), 1);
}

#[test]
fn a_name_that_is_wrong_in_very_many_rules_is_looked_for_a_thousand_times_at_most() {
    let rules: String =
        (0..3000).map(|rule| format!("- {{ operation: CreateShares{rule}, answers: [503] }}\n")).collect();
    let found = findings(&rules);
    assert_eq!((found.len(), found[1000].1.as_str()), (1001, "2000 more mistakes of this file are not shown"));
}

/// Files in memory, and which of them were read.
#[derive(Default)]
struct Memory(RefCell<Vec<PathBuf>>);

impl Files for Memory {
    fn read(&self, path: &Path, limit: u64) -> Result<Bytes, ReadError> {
        self.0.borrow_mut().push(path.to_owned());
        match path.to_str().unwrap() {
            "folder/a.json" => Ok(Bytes::from_static(br#"{ "shareLink": 1 }"#)),
            "folder/a.bin" => Ok(Bytes::from_static(b"unsaved")),
            "folder/broken.json" => Ok(Bytes::from_static(b"{")),
            _ => Err(ReadError::TooLarge { limit }),
        }
    }
}

fn compiled_with(files: &Memory, rules: &str) -> Result<Checked<Scenario>, Diagnostics> {
    let source = Source::new("test.yaml", format!("scenario: a\nrules:\n{rules}"));
    let folder = Folder { path: Path::new("folder"), files };
    CONTRACT.with(|contract| compile_in(&source, Some(folder), contract))
}

fn sending(file: &str) -> String {
    format!("- {{ operation: CreateShare, answers: [{{ body_file: {file} }}], then: pass }}\n")
}

#[test]
fn a_file_that_many_rules_send_is_read_once_and_shared() {
    let files = Memory::default();
    let scenario = compiled_with(&files, &sending("a.bin").repeat(100)).unwrap().value;
    assert_eq!(*files.0.borrow(), [Path::new("folder/a.bin")]);
    let bodies: Vec<&Bytes> = scenario
        .rules
        .iter()
        .map(|rule| match &rule.answers[0].reply.base {
            Base::Fixed(answer) => &answer.body,
            base => panic!("{base:?}"),
        })
        .collect();
    assert_eq!((bodies.len(), &**bodies[0]), (100, &b"unsaved"[..]));
    assert!(bodies.iter().all(|body| body.as_ptr() == bodies[0].as_ptr()));
}

#[test]
fn a_file_is_held_to_the_contract_and_its_mistakes_are_told_at_each_place() {
    let files = Memory::default();
    let rules = ["a.json", "broken.json", "a.json", "large"].map(sending).concat();
    let mistakes = compiled_with(&files, &rules).unwrap_err();
    let messages: Vec<&str> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
    let broken = "the answer breaks the contract of `CreateShare`: /shareLink should be an object, and is 1";
    assert_eq!(messages[0], broken);
    assert!(messages[1].starts_with("`broken.json` is not valid JSON: EOF while parsing"), "{messages:?}");
    assert_eq!(messages[2], broken);
    assert_eq!(messages[3], "the file `folder/large` has more than 67108864 bytes");
    assert_eq!(files.0.borrow().len(), 3);
}

#[cfg(unix)]
#[test]
fn a_body_file_that_is_no_regular_file_is_refused() {
    let source = Source::new("test.yaml", format!("scenario: a\nrules:\n{}", sending("zero")));
    let mistakes = CONTRACT.with(|contract| compile(&source, Some(Path::new("/dev")), contract).unwrap_err());
    assert_eq!(mistakes[0].message, "the file `/dev/zero` is not a regular file but a character device");
}

#[test]
fn a_scenario_without_a_folder_sends_no_files() {
    let mistakes = compiled(&sending("a.bin")).unwrap_err();
    assert_eq!(mistakes[0].message, "`body_file` needs a scenario that is a file itself");
}

#[test]
fn a_template_for_a_wait_that_no_client_can_read_is_a_warning() {
    let rule = |value: &str| {
        format!(
            "- {{ operation: CreateShare, answers: [{{ status: 503, headers: {{ Retry-After: \"{value}\" }} }}] }}\n"
        )
    };
    assert_eq!(findings(&rule("{{ calls + 1 }}")), []);
    let found = findings(&rule("{{ now | plus('2s') }}"));
    assert_eq!(
        found,
        [(3, "no client can read `Retry-After: 2026-01-02T03:04:07.678Z`, which is sent to some calls".to_owned())]
    );
}

#[test]
fn what_comes_out_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: T) {}
    shared(Arc::new(compiled("- { operation: CreateShare, answers: [503] }").unwrap().value));
}

#[test]
fn what_is_not_wanted_any_more_is_not_compiled_to_its_end() {
    let rule = "- { operation: CreateShare, answers: [503, example], then: pass }\n";
    let text = format!("scenario: a\nrules:\n{}expect:\n- {{ operation: CreateShare, calls: 1 }}\n", rule.repeat(1000));
    let source = Source::new("test.yaml", text);
    for (patience, asked) in [(usize::MAX, 3001), (300, 300 + 4)] {
        let count = Cell::new(0);
        let wanted = || {
            count.set(count.get() + 1);
            count.get() <= patience
        };
        let compiled = CONTRACT.with(|contract| compile_while(&source, None, contract, &wanted, &mut Above::default()));
        assert_eq!((compiled.is_ok(), count.get() <= asked), (patience == usize::MAX, true), "{}", count.get());
    }
}

/// What is said of several files that are played together.
fn together(files: &[&str]) -> Vec<String> {
    said_below(files, &mut Above::default())
}

fn said_below(files: &[&str], above: &mut Above) -> Vec<String> {
    let mut found = Vec::new();
    for (text, number) in files.iter().zip(1..) {
        let source = Source::new(format!("{number}.yaml"), format!("scenario: s{number}\n{text}"));
        let checked = CONTRACT.with(|contract| compile_below(&source, None, contract, above)).unwrap();
        found.extend(checked.warnings.into_iter().map(|one| {
            let place = one.place.unwrap();
            format!("{}:{} {}", place.source.name, place.source.line_column(place.span.start).0, one.message)
        }));
    }
    found
}

#[test]
fn a_rule_to_which_another_file_leaves_nothing_is_told_with_the_name_of_that_file() {
    let share = "rules: [{ operation: CreateShare, answers: [503] }]";
    let cancel = "rules: [{ operation: BatchCancel, answers: [503] }]";
    let all = "rules:\n- { operation: '*', answers: [example], then: pass }\n- { operation: '*', answers: [{ status: 500, body: {} }] }";
    let never = |rule: u32, of: u32| {
        format!(
            "rule 1 is never asked: rule {rule} of the scenario `s{of}` ({of}.yaml), which is asked before, answers every such call"
        )
    };
    assert_eq!(together(&[share, cancel, all]), [""; 0]);
    assert_eq!(together(&[share, share]), [format!("2.yaml:2 {}", never(1, 1))]);
    assert_eq!(
        together(&[all, share, cancel]),
        [format!("2.yaml:2 {}", never(2, 1)), format!("3.yaml:2 {}", never(2, 1))]
    );
    // Some calls are left to no one by a file before, the others by the file itself.
    let both = "rules:\n- { operation: BatchCancel, answers: [503] }\n- { operation: [CreateShare, BatchCancel], answers: [503] }";
    let found = together(&[share, both]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("2.yaml:4 rule 2 is never asked: rule 1 of the scenario `s1`"), "{found:?}");
    assert!(found[0].ends_with("leaves it no call"), "{found:?}");
    let matched = "rules: [{ operation: CreateShare, match: { body: { validDays: 30 } }, answers: [503] }]";
    let found = together(&[matched, matched, share]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("rule 1 of the scenario `s1` (1.yaml), which is asked before, wants the same"),
        "{found:?}"
    );
}

#[test]
fn what_files_that_need_not_be_played_together_leave_to_each_other_is_counted() {
    let twice = "rules:\n- { operation: CreateShare, answers: [503] }\n- { operation: CreateShare, answers: [404] }";
    let mut above = Above::counting();
    let found = said_below(
        &["seed: 1\nrules: []", twice, "seed: 2\nrules: [{ operation: CreateShare, answers: [503] }]"],
        &mut above,
    );
    assert_eq!(found, ["2.yaml:4 rule 2 is never asked: rule 1 answers every such call"]);
    assert_eq!(above.unasked(), 1);
}

#[test]
fn a_seed_that_comes_after_another_one_has_no_effect_and_that_is_said() {
    let seed = |seed: u64| format!("seed: {seed}\nrules: []");
    assert_eq!(together(&[&seed(1), "rules: []", &seed(1)]), [""; 0]);
    let found = together(&["rules: []", &seed(1), &seed(2)]);
    assert_eq!(found, ["3.yaml:2 the seed 2 is not used: 2.yaml comes before and asks for 1"]);
}

#[test]
fn a_rule_with_a_mistake_in_its_conditions_catches_nothing() {
    let rules =
        "- { operation: CreateShare, when: 'x', answers: [503] }\n- { operation: CreateShare, answers: [503] }\n";
    let found = findings(rules);
    assert_eq!(found, [(3, "an expression under `when` stands in braces".to_owned())]);
}
