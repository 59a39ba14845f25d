//! One mistake is one violation: of several rules that one mistake breaks at one place, the one that says most about it is kept.

use std::collections::HashMap;

use serde_json::Value;

use crate::contract::{rule::Rule, violation::Violation};

/// A violation, and what decides whether another one says more.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) violation: Option<Violation>,
    /// The number that was exceeded or not reached.
    pub(super) limit: Option<f64>,
    /// A pattern that a text of the wrong length breaks.
    pub(super) limits_length: bool,
}

impl Finding {
    /// Notes a limit; returns it in words.
    pub(super) fn limited(&mut self, word: &str, limit: &Value) -> String {
        self.limit = limit.as_f64();
        format!("{word} {limit}")
    }
}

impl From<Violation> for Finding {
    fn from(violation: Violation) -> Self {
        Self { violation: Some(violation), ..Self::default() }
    }
}

/// Each mistake once, in the order of its first finding.
pub(super) fn settle(findings: Vec<Finding>) -> Vec<Violation> {
    let mut kept: Vec<(Violation, Option<f64>, bool)> = Vec::with_capacity(findings.len());
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    let mut dropped = Vec::new();
    for Finding { violation, limit, limits_length } in findings {
        let Some(violation) = violation else { continue };
        let place = places.entry(violation.at.clone()).or_default();
        let new = (violation, limit, limits_length);
        if place.iter().any(|known| says_more(&kept[*known], &new)) {
            continue;
        }
        dropped.extend(place.extract_if(.., |known| says_more(&new, &kept[*known])));
        place.push(kept.len());
        kept.push(new);
    }
    let mut index = 0..;
    kept.retain(|_| index.next().is_some_and(|index| !dropped.contains(&index)));
    kept.into_iter().map(|(violation, ..)| violation).collect()
}

/// Whether one finding makes another one at its place superfluous.
fn says_more(one: &(Violation, Option<f64>, bool), other: &(Violation, Option<f64>, bool)) -> bool {
    let (rule, beside) = (one.0.rule, other.0.rule);
    let length = |rule| matches!(rule, Rule::MinLength | Rule::MaxLength);
    match rule {
        Rule::Type => true,
        // What is not there, or must not be there, is nothing else as well.
        Rule::Required | Rule::AdditionalProperties if rule == beside => true,
        Rule::Enum | Rule::Const => !matches!(beside, Rule::Type),
        Rule::Format => matches!(beside, Rule::Pattern) || length(beside),
        Rule::MinLength | Rule::MaxLength => beside == Rule::Pattern && other.2,
        Rule::Maximum | Rule::ExclusiveMaximum if matches!(beside, Rule::Maximum | Rule::ExclusiveMaximum) => {
            one.1 <= other.1
        }
        Rule::Minimum | Rule::ExclusiveMinimum if matches!(beside, Rule::Minimum | Rule::ExclusiveMinimum) => {
            one.1 >= other.1
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(at: &str, rule: Rule, limit: Option<f64>) -> Finding {
        Finding { violation: Some(Violation::new(at, rule, "", "")), limit, limits_length: rule == Rule::Pattern }
    }

    fn settled(findings: &[(&str, Rule, Option<f64>)]) -> Vec<(String, Rule)> {
        let findings = findings.iter().map(|(at, rule, limit)| finding(at, *rule, *limit)).collect();
        settle(findings).into_iter().map(|violation| (violation.at, violation.rule)).collect()
    }

    #[test]
    fn the_finding_that_says_most_stands_for_the_others_whatever_their_order() {
        for (rules, kept) in [
            ([Rule::Type, Rule::Pattern], Rule::Type),
            ([Rule::Type, Rule::Enum], Rule::Type),
            ([Rule::Enum, Rule::Minimum], Rule::Enum),
            ([Rule::MinLength, Rule::Pattern], Rule::MinLength),
            ([Rule::Format, Rule::Pattern], Rule::Format),
            ([Rule::Required, Rule::Required], Rule::Required),
        ] {
            for [first, second] in [[rules[0], rules[1]], [rules[1], rules[0]]] {
                assert_eq!(settled(&[("/a", first, None), ("/a", second, None)]), [("/a".to_owned(), kept)]);
            }
        }
    }

    #[test]
    fn of_two_limits_the_narrower_one_is_told() {
        let findings = |limits: [f64; 2]| limits.map(|limit| finding("/a", Rule::Maximum, Some(limit))).into();
        assert_eq!(settle(findings([9.0, 3.0])).len(), 1);
        let mut both: Vec<Finding> = findings([9.0, 3.0]);
        both[1].violation.as_mut().unwrap().expected = "at most 3".to_owned();
        assert_eq!(settle(both)[0].expected, "at most 3");
    }

    #[test]
    fn other_mistakes_and_other_places_stay() {
        let found = [("/a", Rule::MaxLength, None), ("/b", Rule::Type, None), ("/a", Rule::Not, None)];
        assert_eq!(settled(&found).len(), 3);
    }
}
