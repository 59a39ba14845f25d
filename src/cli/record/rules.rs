//! Calls of an operation into rules: as few as tell the calls apart that got different answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::call::{Place, Values, matching};

/// More rules than this for one operation help nobody: its answers then follow one another, whatever the calls hold.
const MOST: usize = 200;

/// The most values that one rule compares.
const MOST_PLACES: usize = 20;

/// A call: what it held, and the number of its answer.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) values: Values,
    pub(super) answer: usize,
}

/// A rule: what it matches, and its answers with how often each is given.
#[derive(Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) wanted: Option<Value>,
    pub(super) answers: Vec<(usize, u64)>,
}

/// What calls have at some places, and their answers in order.
type Classes<'c> = BTreeMap<Vec<Option<String>>, Vec<&'c Recorded>>;

/// The rules that give calls their answers again, in the order of their first calls. Whatever the rules compare, the same calls in the same
/// order get the same answers.
pub(super) fn rules(calls: &[Recorded]) -> Vec<Rule> {
    let all = || vec![Rule { wanted: None, answers: folded(calls.iter().map(|call| call.answer)) }];
    if calls.iter().all(|call| Some(call.answer) == calls.first().map(|first| first.answer)) {
        return all();
    }
    let places = telling(calls);
    let one = places.iter().find(|place| {
        let classes = classes(calls, &[place]);
        classes.len() <= MOST && classes.values().all(|class| folded(class.iter().map(|call| call.answer)).len() == 1)
    });
    let chosen: Vec<&Place> = match one {
        Some(place) => vec![place],
        None => places.iter().copied().take(MOST_PLACES).collect(),
    };
    let classes = classes(calls, &chosen);
    if classes.len() <= 1 || classes.len() > MOST {
        return all();
    }
    let mut rules: Vec<(usize, Rule)> = classes
        .into_values()
        .filter_map(|class| {
            let first: &Recorded = class.first()?;
            let wanted: Vec<_> = chosen.iter().map(|place| (*place, first.values.get(*place))).collect();
            let rule = Rule { wanted: Some(matching(&wanted)), answers: folded(class.iter().map(|call| call.answer)) };
            Some((calls.iter().position(|call| std::ptr::eq(call, first))?, rule))
        })
        .collect();
    rules.sort_by_key(|(first, _)| *first);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// The places at which calls differ.
fn telling(calls: &[Recorded]) -> Vec<&Place> {
    let mut places: BTreeMap<&Place, usize> = BTreeMap::new();
    calls.iter().flat_map(|call| call.values.keys()).for_each(|place| *places.entry(place).or_default() += 1);
    let differs = |place: &Place, count: usize| {
        let first = calls.iter().find_map(|call| call.values.get(place));
        count < calls.len() || calls.iter().any(|call| call.values.get(place) != first)
    };
    places.into_iter().filter(|(place, count)| differs(place, *count)).map(|(place, _)| place).collect()
}

fn classes<'c>(calls: &'c [Recorded], places: &[&Place]) -> Classes<'c> {
    let mut classes = Classes::new();
    for call in calls {
        let key = places.iter().map(|place| call.values.get(*place).map(ToString::to_string)).collect();
        classes.entry(key).or_default().push(call);
    }
    classes
}

/// Answers with how often each is given in a row. The last one stays, so it is given once.
fn folded(answers: impl Iterator<Item = usize>) -> Vec<(usize, u64)> {
    let mut folded: Vec<(usize, u64)> = Vec::new();
    for answer in answers {
        match folded.last_mut() {
            Some((last, times)) if *last == answer => *times += 1,
            _ => folded.push((answer, 1)),
        }
    }
    if let Some((_, times)) = folded.last_mut() {
        *times = 1;
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Calls with values of `a` and `b` in the query, and their answers.
    fn told(calls: &[(Option<u64>, Option<u64>, usize)]) -> Vec<(Value, Vec<(usize, u64)>)> {
        let place = |name: &str| (1, vec![name.to_owned()]);
        let calls: Vec<Recorded> = calls
            .iter()
            .map(|(a, b, answer)| {
                let values = [("a", a), ("b", b)];
                let values = values.iter().filter_map(|(name, value)| Some((place(name), json!((**value)?))));
                Recorded { values: values.collect(), answer: *answer }
            })
            .collect();
        rules(&calls).into_iter().map(|rule| (rule.wanted.unwrap_or_default(), rule.answers)).collect()
    }

    #[test]
    fn answers_that_repeat_are_folded() {
        assert_eq!(told(&[(Some(1), None, 7), (Some(2), None, 7)]), [(Value::Null, vec![(7, 1)])]);
        let retries = [(Some(1), None, 1), (Some(1), None, 1), (Some(1), None, 2), (Some(1), None, 2)];
        assert_eq!(told(&retries), [(Value::Null, vec![(1, 2), (2, 1)])]);
    }

    #[test]
    fn one_value_is_compared_where_it_decides() {
        let calls = [(Some(1), Some(9), 1), (Some(2), Some(8), 2), (Some(1), Some(7), 1), (None, Some(6), 3)];
        assert_eq!(
            told(&calls),
            [
                (json!({ "query": { "a": 1 } }), vec![(1, 1)]),
                (json!({ "query": { "a": 2 } }), vec![(2, 1)]),
                (json!({ "query": { "a": { "$exists": false } } }), vec![(3, 1)]),
            ]
        );
    }

    #[test]
    fn where_none_decides_all_that_differ_are_compared_and_answers_keep_their_order() {
        let calls = [(Some(1), Some(1), 1), (Some(1), Some(2), 2), (Some(2), Some(1), 3), (Some(1), Some(1), 4)];
        let rules = told(&calls);
        assert_eq!(rules[0], (json!({ "query": { "a": 1, "b": 1 } }), vec![(1, 1), (4, 1)]));
        assert_eq!(rules.len(), 3);
    }

    #[test]
    fn too_many_rules_are_one() {
        let calls: Vec<_> = (0..1000).map(|number| (Some(number), None, number as usize % 3)).collect();
        let rules = told(&calls);
        assert_eq!((rules.len(), rules[0].1.len()), (1, 1000));
    }
}
