//! The list under `expect`.

use std::sync::Arc;

use super::{Compiler, contradictions::Contradictions};
use crate::{
    contract::OperationId,
    document::{Content, Node},
    scenario::{Bounds, CallFilter, Expectation, Expected, Operations, Retry},
};

const KEYS: [&str; 9] = ["operation", "match", "calls", "violations", "never", "retry", "order", "answers", "world"];
/// What an entry may say of the calls that it names.
const OF_CALLS: [&str; 4] = ["calls", "violations", "never", "retry"];
/// What stands in an entry of its own.
const ALONE: [&str; 3] = ["order", "answers", "world"];
const RETRY_KEYS: [&str; 4] = ["honours_retry_after", "max_attempts", "backoff", "duplicates"];

impl Compiler<'_> {
    /// The list under `expect`.
    pub(super) fn expectations(&mut self, node: &Node) -> Option<Vec<Expectation>> {
        let items = self.checker.sequence(node, "a list of expectations")?;
        let mut contradictions = Contradictions::default();
        let mut all = Vec::new();
        for (item, entry) in items.iter().zip(1..) {
            self.still_wanted()?;
            let matcher = item.get("match").map(|matcher| matcher.to_json().to_string());
            for new in self.expectation(item, entry).unwrap_or_default() {
                if let Some(other) = contradictions.add(entry, &new.expected, matcher.as_deref()) {
                    let message = match other {
                        same if same == entry => "`calls` and `violations` cannot be met together".to_owned(),
                        other => format!("this cannot be met together with expectation {other}"),
                    };
                    self.checker.error(&item.span, message, "contradiction");
                }
                all.push(new);
            }
        }
        Some(all)
    }

    /// What one entry expects; nothing where it says nothing that makes sense.
    fn expectation(&mut self, node: &Node, entry: usize) -> Option<Vec<Expectation>> {
        let entries = self.checker.mapping(node, "an expectation")?;
        self.checker.check_keys(entries, &KEYS);
        if let Some((key, value)) = entries.iter().find(|(key, _)| ALONE.contains(&key.name.as_str())) {
            let name = key.name.as_str();
            let expected = match name {
                "order" => self.order(value).map(Expected::Order),
                "world" => self.end_state(value).map(Expected::World),
                _ => self.answers_used(value).then_some(Expected::AnswersUsed),
            };
            if let Some((other, _)) = entries.iter().find(|(other, _)| other != key && KEYS.contains(&&*other.name)) {
                self.checker.error(
                    &other.span,
                    format!("`{}` does not go with `{name}`", other.name),
                    "make it another entry",
                );
                return None;
            }
            return Some(vec![Expectation { entry, about: name.to_owned(), expected: expected? }]);
        }
        let operation = node.get("operation");
        let operations = match operation {
            Some(operation) => self.operations(operation),
            None => {
                let help = "an expectation names an operation, a list of them, or `\"*\"`; or it is an `order`, `answers: used` or a `world`";
                self.checker.missing(node, "operation", help)
            }
        };
        let matcher = node.get("match").map(|matcher| match &operations {
            Some(operations) => self.matcher(matcher, operations),
            None => self.matcher(matcher, &Operations::named(Vec::new())),
        });
        let (operation, operations) = (operation?, operations?);
        let expected = self.of_calls(node, &Arc::new(CallFilter { operations, matcher }))?;
        let names = operation.as_sequence().unwrap_or(std::slice::from_ref(operation));
        let about = names.iter().filter_map(Node::as_text).collect::<Vec<_>>().join(", ");
        Some(expected.into_iter().map(|expected| Expectation { entry, about: about.clone(), expected }).collect())
    }

    /// What an entry says of the calls that it names.
    fn of_calls(&mut self, node: &Node, filter: &Arc<CallFilter>) -> Option<Vec<Expected>> {
        let mut expected = Vec::new();
        if let Some(calls) = node.get("calls") {
            expected.extend(self.bounds(calls, "calls").map(|bounds| Expected::Calls(Arc::clone(filter), bounds)));
        }
        if let Some(violations) = node.get("violations") {
            let bounds = self.bounds(violations, "violations");
            expected.extend(bounds.map(|bounds| Expected::Violations(Arc::clone(filter), bounds)));
        }
        if let Some(retry) = node.get("retry") {
            let retries = self.retry(retry);
            expected.extend(retries.into_iter().map(|retry| Expected::Retry(Arc::clone(filter), retry)));
        }
        let says = |key: &&str| node.get(key).is_some();
        match node.get("never") {
            Some(never) if OF_CALLS.iter().copied().filter(says).count() > 1 => {
                let message = "`never` stands alone: what is never called has no calls, violations or retries";
                self.checker.error(&never.span, message, "one too many");
                return None;
            }
            Some(never) if self.only_true(never, "never") => {
                expected.push(Expected::Calls(Arc::clone(filter), Bounds::exactly(0)));
            }
            // Where a key is unknown, that is the mistake.
            None if !OF_CALLS.iter().any(says) && knows_all(node) => {
                let help = "write `calls`, `violations`, `never` or `retry`, such as `calls: 3`";
                self.checker.error_with_help(&node.span, "nothing is expected here", "in here", Some(help.to_owned()));
            }
            _ => {}
        }
        Some(expected)
    }

    /// `3`, or `{ min: 1, max: 5 }` with at least one of the two.
    fn bounds(&mut self, node: &Node, what: &str) -> Option<Bounds> {
        let Some(entries) = node.as_mapping() else {
            let expected = "a whole number from 0, or `{ min, max }`";
            if node.as_u64().is_none() {
                self.checker.wrong_kind(node, expected);
            }
            return node.as_u64().map(Bounds::exactly);
        };
        self.checker.check_keys(entries, &["min", "max"]);
        let [min, max] = ["min", "max"].map(|name| node.get(name));
        if min.is_none() && max.is_none() {
            self.checker.error(&node.span, format!("`{what}` needs `min`, `max` or both"), "in here");
            return None;
        }
        let [least, most] = [min, max].map(|end| end.map(|end| self.checker.whole_number(end, 0)));
        let bounds = Bounds {
            min: least.unwrap_or(Some(0))?,
            max: match most {
                Some(most) => Some(most?),
                None => None,
            },
        };
        match min.filter(|_| bounds.max.is_some_and(|max| bounds.min > max)) {
            Some(min) => {
                self.checker.error(&min.span, "`min` is above `max`", "no number is both");
                None
            }
            None => Some(bounds),
        }
    }

    fn order(&mut self, node: &Node) -> Option<Vec<OperationId>> {
        let items = self.checker.sequence(node, "a list of operations")?;
        if items.len() < 2 {
            self.checker.error(&node.span, "an order is of two operations or more", "too few");
            return None;
        }
        let mut order: Vec<OperationId> = Vec::new();
        for item in items {
            let found = self.operation(item)?;
            if item.as_text() == Some("*") {
                self.checker.error(&item.span, "an order is of operations by name", "not `*`");
                return None;
            }
            order.extend(found.iter());
        }
        Some(order)
    }

    /// `answers: used`.
    fn answers_used(&mut self, node: &Node) -> bool {
        let fine = node.as_text() == Some("used");
        if !fine {
            self.checker.wrong_kind(node, "`used`");
        }
        fine
    }

    fn retry(&mut self, node: &Node) -> Vec<Retry> {
        let Some(entries) = self.checker.mapping(node, "`retry`") else { return Vec::new() };
        self.checker.check_keys(entries, &RETRY_KEYS);
        if entries.iter().all(|(key, _)| key.is_extension()) {
            let help = format!("known keys: {}", RETRY_KEYS.join(", "));
            self.checker.error_with_help(&node.span, "nothing is expected of the retries", "empty", Some(help));
        }
        let mut retries = Vec::new();
        if let Some(honours) = node.get("honours_retry_after")
            && self.only_true(honours, "honours_retry_after")
        {
            retries.push(Retry::HonoursRetryAfter);
        }
        if let Some(most) = node.get("max_attempts") {
            retries.extend(self.checker.whole_number(most, 1).map(Retry::MaxAttempts));
        }
        if let Some(most) = node.get("duplicates") {
            retries.extend(self.checker.whole_number(most, 0).map(Retry::Duplicates));
        }
        if let Some(backoff) = node.get("backoff") {
            match backoff.as_text() {
                Some("growing") => retries.push(Retry::GrowingBackoff),
                _ => self.checker.wrong_kind(backoff, "`growing`"),
            }
        }
        retries
    }

    /// A key that only makes sense with `true`.
    fn only_true(&mut self, node: &Node, key: &str) -> bool {
        let fine = node.content == Content::Boolean(true);
        if !fine {
            let help = Some(format!("leave `{key}` out where it is not expected"));
            self.checker.error_with_help(&node.span, format!("`{key}` can only be `true`"), "expected `true`", help);
        }
        fine
    }
}

/// Whether all keys of an entry are known.
fn knows_all(node: &Node) -> bool {
    node.as_mapping().unwrap_or_default().iter().all(|(key, _)| KEYS.contains(&key.name.as_str()) || key.is_extension())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, diagnostic::Source, scenario::compile};

    fn expectations(expect: &str) -> Result<Vec<Expectation>, Vec<String>> {
        let contract = SpecFiles::embedded().load().unwrap();
        let text = format!("scenario: s\nrules: []\nexpect: [{expect}]\n");
        compile(&Source::new("a.yaml", text), None, &contract)
            .map(|checked| checked.value.expect)
            .map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
    }

    #[test]
    fn an_entry_may_expect_several_things() {
        let found = expectations(
            "{ operation: CreateShare, calls: { min: 1 }, violations: 0, retry: { max_attempts: 4, backoff: growing } }",
        )
        .unwrap();
        let expected: Vec<_> = found.iter().map(|expectation| &expectation.expected).collect();
        assert!(
            matches!(
                expected[..],
                [
                    Expected::Calls(_, Bounds { min: 1, max: None }),
                    Expected::Violations(_, Bounds { min: 0, max: Some(0) }),
                    Expected::Retry(_, Retry::MaxAttempts(4)),
                    Expected::Retry(_, Retry::GrowingBackoff),
                ]
            ),
            "{expected:?}"
        );
        assert!(found.iter().all(|expectation| expectation.entry == 1 && expectation.about == "CreateShare"));
    }

    #[test]
    fn all_operations_are_also_those_that_were_not_found_unless_it_matters_what_a_call_holds() {
        let names = |expect: &str, operation| {
            let found = expectations(expect).unwrap();
            found[0].expected.filter().unwrap().names(operation)
        };
        let first = Some(OperationId::from_index(0));
        assert!(names("{ operation: '*', violations: 0 }", None) && names("{ operation: '*', violations: 0 }", first));
        assert!(!names("{ operation: CreateShare, calls: 1 }", None));
        let matched = "{ operation: '*', match: { headers: { X-User-Id: '1' } }, calls: 1 }";
        assert!(!names(matched, None) && names(matched, first));
    }

    #[test]
    fn an_order_may_name_an_operation_again_and_answers_may_have_to_be_used() {
        let found = expectations("{ order: [CreateShare, BatchCancel, CreateShare] }, { answers: used }").unwrap();
        let Expected::Order(order) = &found[0].expected else { panic!("{found:?}") };
        assert!(order.len() == 3 && order[0] == order[2]);
        assert!(matches!(found[1].expected, Expected::AnswersUsed));
        assert_eq!(found[1].about, "answers");
    }

    #[test]
    fn what_cannot_be_met_together_is_a_mistake() {
        for contradiction in [
            "{ operation: CreateShare, calls: 3 }, { operation: CreateShare, calls: { max: 2 } }",
            "{ operation: CreateShare, never: true }, { operation: CreateShare, violations: { min: 1 } }",
            "{ operation: '*', calls: { max: 2 } }, { operation: CreateShare, calls: 3 }",
            "{ order: [CreateShare, BatchCancel] }, { operation: BatchCancel, never: true }",
            "{ operation: CreateShare, calls: 1 }, { order: [CreateShare, BatchCancel, CreateShare] }",
            "{ operation: CreateShare, match: { body: { scope: 2 } }, calls: 1 }, { operation: CreateShare, never: true }",
            "{ operation: CreateShare, match: { body: { scope: 2 } }, calls: 1 }, \
             { operation: CreateShare, match: { body: { scope: 2 } }, never: true }",
        ] {
            let found = expectations(contradiction).unwrap_err();
            assert_eq!(found, ["this cannot be met together with expectation 1"], "{contradiction}");
        }
        let within_one = "{ operation: CreateShare, calls: 1, violations: 2 }";
        assert_eq!(expectations(within_one).unwrap_err(), ["`calls` and `violations` cannot be met together"]);
    }

    #[test]
    fn what_the_world_is_to_be_in_the_end_has_a_place_and_does_not_contradict_itself() {
        let digest = "A".repeat(64);
        let found = expectations(&format!(
            "{{ world: {{ path: lin/a.zip, size: 3, sha256: {digest} }} }}, {{ world: {{ path: lin/b, exists: false }} }}"
        ));
        let Expected::World(end) = &found.unwrap()[0].expected else { panic!("no end") };
        assert_eq!((end.path.as_str(), end.exists, end.size), ("lin/a.zip", true, Some(3)));
        assert_eq!(end.sha256.as_deref(), Some("a".repeat(64).as_str()));
        for (wrong, message) in [
            ("{ path: lin }", "a path begins with a person, department or group, and has the names below it"),
            ("{ path: lin//a }", "a path begins with a person, department or group, and has the names below it"),
            ("{ exists: true }", "the key `path` is missing"),
            ("{ path: lin/a, exists: false, size: 1 }", "`size` does not go with `exists: false`"),
            ("{ path: lin/a, sha256: abc }", "`abc` is no SHA-256"),
            ("{ path: lin/a, exists: maybe }", "expected `true` or `false`, found a text: `maybe`"),
            ("{ path: lin/a, exist: true }", "unknown key `exist`"),
        ] {
            assert_eq!(expectations(&format!("{{ world: {wrong} }}")).unwrap_err(), [message], "{wrong}");
        }
        let apart = "{ world: { path: lin/a } }, { world: { path: lin/a, exists: false } }";
        assert_eq!(expectations(apart).unwrap_err(), ["this cannot be met together with expectation 1"]);
        assert_eq!(
            expectations("{ world: { path: lin/a }, calls: 1 }").unwrap_err(),
            ["`calls` does not go with `world`"]
        );
    }

    #[test]
    fn what_can_be_met_together_is_no_contradiction() {
        for fine in [
            "{ operation: CreateShare, calls: { min: 3 } }, { operation: CreateShare, calls: { max: 3 } }",
            "{ operation: CreateShare, violations: 0 }, { operation: CreateShare, calls: 3 }",
            "{ operation: '*', calls: 9 }, { operation: CreateShare, calls: 3 }",
            "{ operation: CreateShare, never: true }, { operation: [CreateShare, BatchCancel], calls: 3 }",
            "{ order: [CreateShare, BatchCancel] }, { operation: [CreateShare, BatchCancel], calls: 2 }",
            "{ operation: CreateShare, match: { body: { scope: 2 } }, never: true }, { operation: CreateShare, calls: 3 }",
            "{ operation: CreateShare, match: { body: { scope: 2 } }, never: true }, \
             { operation: CreateShare, match: { body: { scope: 3 } }, calls: 3 }",
        ] {
            assert!(expectations(fine).is_ok(), "{fine}: {:?}", expectations(fine));
        }
    }

    #[test]
    fn an_entry_about_the_same_calls_is_found_however_many_others_there_are() {
        let mut entries: Vec<String> = (0..200)
            .map(|days| format!("{{ operation: CreateShare, match: {{ body: {{ validDays: {days} }} }}, calls: 1 }}"))
            .collect();
        entries.push("{ operation: CreateShare, match: { body: { validDays: 150 } }, never: true }".to_owned());
        let found = expectations(&entries.join(",\n")).unwrap_err();
        assert!(found.contains(&"this cannot be met together with expectation 151".to_owned()), "{found:?}");
    }
}
