//! What a scenario expects of the client: the entries of `expect`, compiled and held against one another. Whether they are met is
//! judged elsewhere.

use std::ops::Range;

use super::compile::Compiler;
use crate::{
    contract::OperationId,
    document::{Content, Node},
};

const KEYS: [&str; 6] = ["operation", "calls", "violations", "never", "retry", "order"];
const RETRY_KEYS: [&str; 3] = ["honours_retry_after", "max_attempts", "backoff"];

/// One thing that is expected. An entry of `expect` may say several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The entry it comes from, from 1.
    pub entry: usize,
    /// Which calls it is about, as the file says it.
    pub about: String,
    /// The operations.
    pub operations: Vec<OperationId>,
    /// It is about calls for which no operation was found, too: `"*"` in a file without `service`.
    pub unrouted: bool,
    /// What is wished of them.
    pub wish: Wish,
}

/// What may be expected of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// So many calls; `never` is none.
    Calls(Bounds),
    /// So many calls that break the contract.
    Violations(Bounds),
    /// Each operation is called, and the first calls come in the order of [`Expectation::operations`].
    Order,
    /// No attempt comes before the time that `Retry-After` asked for.
    HonoursRetryAfter,
    /// No call is attempted more often.
    MaxAttempts(u64),
    /// The waits between attempts grow.
    GrowingBackoff,
}

/// A range of numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub min: u64,
    /// At most; without an end where there is none.
    pub max: Option<u64>,
}

impl Bounds {
    /// Exactly this number.
    pub fn exactly(number: u64) -> Self {
        Self { min: number, max: Some(number) }
    }

    /// Whether a number is within.
    ///
    /// ```
    /// use understudy::scenario::Bounds;
    ///
    /// assert!(Bounds { min: 1, max: None }.hold(7));
    /// assert!(!Bounds::exactly(3).hold(2));
    /// ```
    pub fn hold(self, number: u64) -> bool {
        number >= self.min && self.max.is_none_or(|max| number <= max)
    }
}

impl Expectation {
    /// Whether a call of this operation, or of none that was found, is meant.
    pub fn is_about(&self, operation: Option<OperationId>) -> bool {
        operation.map_or(self.unrouted, |id| self.operations.contains(&id))
    }

    /// How many calls it asks for and allows, with `true` where only those that break the contract count.
    fn counts(&self) -> Option<(Bounds, bool)> {
        match self.wish {
            Wish::Calls(bounds) => Some((bounds, false)),
            Wish::Violations(bounds) => Some((bounds, true)),
            _ => None,
        }
    }

    /// Whether this one asks for more than another one allows.
    fn contradicts(&self, other: &Self) -> bool {
        let Some((Bounds { max: Some(most), .. }, only_broken)) = other.counts() else { return false };
        let within = |id: &OperationId| other.operations.contains(id);
        match self.counts() {
            // A call that breaks the contract is a call.
            Some((Bounds { min, .. }, broken)) if broken || !only_broken => {
                min > most && self.operations.iter().all(within) && (other.unrouted || !self.unrouted)
            }
            None if self.wish == Wish::Order && !only_broken => {
                self.operations.iter().filter(|id| within(id)).count() as u64 > most
            }
            _ => false,
        }
    }
}

impl Compiler<'_> {
    /// The list under `expect`.
    pub(super) fn expectations(&mut self, node: &Node) -> Option<Vec<Expectation>> {
        let Some(items) = node.as_sequence() else {
            self.wrong_kind(node, "a list of expectations");
            return None;
        };
        let mut known: Vec<(Expectation, Range<usize>)> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            for new in self.expectation(item, index + 1).unwrap_or_default() {
                let other = known.iter().find(|(old, _)| new.contradicts(old) || old.contradicts(&new));
                if let Some((old, _)) = other {
                    let message = match old.entry {
                        same if same == new.entry => "`calls` and `violations` cannot be met together".to_owned(),
                        other => format!("this cannot be met together with expectation {other}"),
                    };
                    self.error(&item.span, message, "contradiction");
                }
                known.push((new, item.span.clone()));
            }
        }
        Some(known.into_iter().map(|(expectation, _)| expectation).collect())
    }

    fn expectation(&mut self, node: &Node, entry: usize) -> Option<Vec<Expectation>> {
        let entries = self.mapping(node, "an expectation")?;
        self.check_keys(entries, &KEYS);
        if let Some(order) = node.get("order") {
            let order = self.order(order, entry);
            if let Some((key, _)) = entries.iter().find(|(key, _)| key.name != "order" && KEYS.contains(&&*key.name)) {
                self.error(&key.span, format!("`{}` does not go with `order`", key.name), "make it another entry");
                return None;
            }
            return order.map(|order| vec![order]);
        }
        let operation = node.get("operation");
        let operations = match operation {
            Some(operation) => self.operations(operation),
            None => {
                let help = "an expectation names an operation, a list of them, or `\"*\"`; or it is an `order`";
                self.missing(node, "operation", help)
            }
        };
        let wishes = self.wishes(node);
        let (operation, operations, wishes) = (operation?, operations?, wishes?);
        let names: Vec<&str> = operation
            .as_sequence()
            .unwrap_or(std::slice::from_ref(operation))
            .iter()
            .filter_map(Node::as_text)
            .collect();
        let unrouted = names.contains(&"*") && self.all_services();
        let expectation =
            |wish| Expectation { entry, about: names.join(", "), operations: operations.clone(), unrouted, wish };
        Some(wishes.into_iter().map(expectation).collect())
    }

    /// What an entry says of its operations; nothing where it says nothing that makes sense.
    fn wishes(&mut self, node: &Node) -> Option<Vec<Wish>> {
        let mut wishes = Vec::new();
        if let Some(calls) = node.get("calls") {
            wishes.extend(self.bounds(calls, "calls").map(Wish::Calls));
        }
        if let Some(violations) = node.get("violations") {
            wishes.extend(self.bounds(violations, "violations").map(Wish::Violations));
        }
        if let Some(retry) = node.get("retry") {
            wishes.extend(self.retry(retry));
        }
        let others = ["calls", "violations", "retry"].iter().any(|key| node.get(key).is_some());
        match node.get("never") {
            Some(never) if others => {
                let message = "`never` stands alone: what is never called has no calls, violations or retries";
                self.error(&never.span, message, "one too many");
                return None;
            }
            Some(never) if self.only_true(never, "never") => wishes.push(Wish::Calls(Bounds::exactly(0))),
            // Where a key is unknown, that is the mistake.
            None if !others && node.as_mapping().is_some_and(|entries| entries.len() < 2) => {
                let help = "write `calls`, `violations`, `never`, `retry` or `order`, such as `calls: 3`";
                self.error_with_help(&node.span, "nothing is expected here", "in here", Some(help.to_owned()));
            }
            _ => {}
        }
        Some(wishes)
    }

    /// `3`, or `{ min: 1, max: 5 }` with at least one of the two.
    fn bounds(&mut self, node: &Node, what: &str) -> Option<Bounds> {
        let Some(entries) = node.as_mapping() else {
            let expected = "a whole number from 0, or `{ min, max }`";
            if node.as_u64().is_none() {
                self.wrong_kind(node, expected);
            }
            return node.as_u64().map(Bounds::exactly);
        };
        self.check_keys(entries, &["min", "max"]);
        let [min, max] = ["min", "max"].map(|name| node.get(name));
        if min.is_none() && max.is_none() {
            self.error(&node.span, format!("`{what}` needs `min`, `max` or both"), "in here");
            return None;
        }
        let [least, most] = [min, max].map(|end| end.map(|end| self.whole_number(end, 0)));
        let bounds = Bounds {
            min: least.unwrap_or(Some(0))?,
            max: match most {
                Some(most) => Some(most?),
                None => None,
            },
        };
        match min.filter(|_| bounds.max.is_some_and(|max| bounds.min > max)) {
            Some(min) => {
                self.error(&min.span, "`min` is above `max`", "no number is both");
                None
            }
            None => Some(bounds),
        }
    }

    fn order(&mut self, node: &Node, entry: usize) -> Option<Expectation> {
        let Some(items) = node.as_sequence().filter(|items| items.len() > 1) else {
            match node.as_sequence() {
                Some(_) => self.error(&node.span, "an order is of two operations or more", "too few"),
                None => self.wrong_kind(node, "a list of operations"),
            }
            return None;
        };
        let mut operations: Vec<OperationId> = Vec::new();
        for item in items {
            let found = self.operation(item)?;
            match found.as_slice() {
                _ if item.as_text() == Some("*") => {
                    self.error(&item.span, "an order is of operations by name", "not `*`");
                    return None;
                }
                [id] if operations.contains(id) => {
                    let message = format!("`{item}` stands twice in the order: an operation has one first call");
                    self.error(&item.span, message, "the second time");
                    return None;
                }
                found => operations.extend(found),
            }
        }
        Some(Expectation { entry, about: "order".to_owned(), operations, unrouted: false, wish: Wish::Order })
    }

    fn retry(&mut self, node: &Node) -> Vec<Wish> {
        let Some(entries) = self.mapping(node, "`retry`") else { return Vec::new() };
        self.check_keys(entries, &RETRY_KEYS);
        if entries.is_empty() {
            let help = format!("known keys: {}", RETRY_KEYS.join(", "));
            self.error_with_help(&node.span, "nothing is expected of the retries", "empty", Some(help));
        }
        let mut wishes = Vec::new();
        if let Some(honours) = node.get("honours_retry_after")
            && self.only_true(honours, "honours_retry_after")
        {
            wishes.push(Wish::HonoursRetryAfter);
        }
        if let Some(most) = node.get("max_attempts") {
            wishes.extend(self.whole_number(most, 1).map(Wish::MaxAttempts));
        }
        if let Some(backoff) = node.get("backoff") {
            match backoff.as_text() {
                Some("growing") => wishes.push(Wish::GrowingBackoff),
                _ => self.wrong_kind(backoff, "`growing`"),
            }
        }
        wishes
    }

    /// A key that only makes sense with `true`.
    fn only_true(&mut self, node: &Node, key: &str) -> bool {
        let fine = node.content == Content::Boolean(true);
        if !fine {
            let help = Some(format!("leave `{key}` out where it is not expected"));
            self.error_with_help(&node.span, format!("`{key}` can only be `true`"), "expected `true`", help);
        }
        fine
    }
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
        let wishes: Vec<_> = found.iter().map(|expectation| &expectation.wish).collect();
        assert_eq!(
            wishes,
            [
                &Wish::Calls(Bounds { min: 1, max: None }),
                &Wish::Violations(Bounds::exactly(0)),
                &Wish::MaxAttempts(4),
                &Wish::GrowingBackoff
            ]
        );
        assert!(found.iter().all(|expectation| expectation.entry == 1 && expectation.about == "CreateShare"));
    }

    #[test]
    fn all_operations_are_also_those_that_were_not_found() {
        let all = &expectations("{ operation: '*', violations: 0 }").unwrap()[0];
        assert!(all.is_about(None) && all.is_about(Some(OperationId::from_index(0))));
        let one = &expectations("{ operation: CreateShare, calls: 1 }").unwrap()[0];
        assert!(!one.is_about(None));
    }

    #[test]
    fn what_cannot_be_met_together_is_a_mistake() {
        for contradiction in [
            "{ operation: CreateShare, calls: 3 }, { operation: CreateShare, calls: { max: 2 } }",
            "{ operation: CreateShare, never: true }, { operation: CreateShare, violations: { min: 1 } }",
            "{ operation: '*', calls: { max: 2 } }, { operation: CreateShare, calls: 3 }",
            "{ order: [CreateShare, BatchCancel] }, { operation: BatchCancel, never: true }",
        ] {
            assert_eq!(expectations(contradiction).unwrap_err(), ["this cannot be met together with expectation 1"]);
        }
        let within_one = "{ operation: CreateShare, calls: 1, violations: 2 }";
        assert_eq!(expectations(within_one).unwrap_err(), ["`calls` and `violations` cannot be met together"]);
    }

    #[test]
    fn what_can_be_met_together_is_none() {
        for fine in [
            "{ operation: CreateShare, calls: { min: 3 } }, { operation: CreateShare, calls: { max: 3 } }",
            "{ operation: CreateShare, violations: 0 }, { operation: CreateShare, calls: 3 }",
            "{ operation: '*', calls: 9 }, { operation: CreateShare, calls: 3 }",
            "{ operation: CreateShare, never: true }, { operation: [CreateShare, BatchCancel], calls: 3 }",
            "{ order: [CreateShare, BatchCancel] }, { operation: [CreateShare, BatchCancel], calls: 2 }",
        ] {
            assert!(expectations(fine).is_ok(), "{fine}: {:?}", expectations(fine));
        }
    }
}
