//! Random scripts, played beside a plain model of the rules.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};
use understudy::{
    contract::{Payload, Request},
    mock::{Mock, Options},
    session::Arrival,
};

use crate::{
    client::{contract, scenario},
    depth::deep,
};

/// A rule as the document describes it.
#[derive(Debug, Clone)]
struct Rule {
    operations: Vec<usize>,
    /// Wanted `validDays` of a CreateShare, and at least so many.
    days: Option<(bool, u64)>,
    /// Wanted value of a state; none where it has to be absent.
    when: Option<(&'static str, Option<u8>)>,
    /// Calls that pass; the clock stands still.
    limit: Option<u64>,
    answers: Vec<Answer>,
    then: &'static str,
}

#[derive(Debug, Clone)]
struct Answer {
    times: u64,
    set: Option<(&'static str, Option<u8>)>,
}

#[derive(Debug, Clone, Copy)]
struct Call {
    session: &'static str,
    operation: usize,
    days: u64,
}

const OPERATIONS: [(&str, &str); 2] =
    [("CreateShare", "/koodrive/ose/v1/share"), ("BatchCancel", "/koodrive/ose/v1/share/cancel")];
/// What is said of the answers that they get from no rule.
const EXAMPLES: [&str; 2] = ["example", "example:mended"];

fn states() -> impl Strategy<Value = (&'static str, Option<u8>)> {
    (select(vec!["a", "b"]), option::weighted(0.7, 0..2_u8))
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let answer = (1..4_u64, option::weighted(0.3, states())).prop_map(|(times, set)| Answer { times, set });
    let operations = select(vec![vec![0], vec![1], vec![0, 1]]);
    let rule = (
        operations,
        option::weighted(0.4, (any::<bool>(), 1..4_u64)),
        option::weighted(0.3, states()),
        option::weighted(0.3, 1..6_u64),
        vec(answer, 0..4),
        select(vec!["stay", "cycle", "pass", "fail"]),
    );
    let rule = rule.prop_map(|(operations, days, when, limit, answers, then)| Rule {
        // `validDays` is a field of CreateShare alone.
        operations: if days.is_some() { vec![0] } else { operations },
        days,
        when,
        limit: if answers.is_empty() { Some(limit.unwrap_or(2)) } else { limit },
        answers,
        then,
    });
    vec(rule, 1..6)
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = (select(vec!["x", "y"]), 0..2_usize, 1..4_u64);
    vec(call.prop_map(|(session, operation, days)| Call { session, operation, days }), 1..60)
}

/// The rules as a file.
fn file(rules: &[Rule]) -> String {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let names: Vec<&str> = rule.operations.iter().map(|index| OPERATIONS[*index].0).collect();
            let mut file = json!({ "operation": names, "then": rule.then });
            if let Some((at_least, days)) = rule.days {
                let wanted = if at_least { json!({ "$gte": days }) } else { json!(days) };
                file["match"] = json!({ "body": { "validDays": wanted } });
            }
            if let Some((name, value)) = rule.when {
                let wanted = value.map_or(json!({ "$exists": false }), |value| json!(value));
                file["when"] = json!({ "state": { name: wanted } });
            }
            if let Some(calls) = rule.limit {
                file["limit"] = json!({ "calls": calls, "per": "1h" });
            }
            let answers: Vec<Value> = rule
                .answers
                .iter()
                .map(|answer| {
                    let mut step = json!({ "status": 503, "times": answer.times });
                    if let Some((name, value)) = answer.set {
                        step["set"] = json!({ name: value });
                    }
                    step
                })
                .collect();
            if !answers.is_empty() {
                file["answers"] = json!(answers);
            }
            file
        })
        .collect();
    json!({ "scenario": "model", "rules": rules }).to_string()
}

/// What the document says: one session, played by hand.
#[derive(Default)]
struct Model {
    states: BTreeMap<&'static str, u8>,
    /// For each rule, calls that took their turn, and calls that passed its limit.
    counts: BTreeMap<usize, (u64, u64)>,
}

impl Model {
    fn answer(&mut self, rules: &[Rule], call: Call) -> String {
        for (index, rule) in rules.iter().enumerate() {
            let days =
                rule.days.is_none_or(|(at_least, days)| if at_least { call.days >= days } else { call.days == days });
            let state = rule.when.is_none_or(|(name, value)| self.states.get(name).copied() == value);
            if !rule.operations.contains(&call.operation) || !days || !state {
                continue;
            }
            let number = index + 1;
            let (turns, passed) = self.counts.entry(index).or_default();
            if let Some(limit) = rule.limit {
                if *passed == limit {
                    return format!("scenario:model#{number}/limit");
                }
                *passed += 1;
            }
            if rule.answers.is_empty() {
                continue;
            }
            // Every answer as often as it is written, one after the other.
            let script: Vec<usize> =
                rule.answers.iter().enumerate().flat_map(|(at, answer)| vec![at; answer.times as usize]).collect();
            let turn = *turns as usize;
            *turns += 1;
            let at = match rule.then {
                "cycle" => Some(script[turn % script.len()]),
                "stay" => Some(*script.get(turn).unwrap_or(&(rule.answers.len() - 1))),
                _ => script.get(turn).copied(),
            };
            match at {
                Some(at) => {
                    match rule.answers[at].set {
                        Some((name, Some(value))) => drop(self.states.insert(name, value)),
                        Some((name, None)) => drop(self.states.remove(name)),
                        None => {}
                    }
                    return format!("scenario:model#{number}/{}", at + 1);
                }
                None if rule.then == "fail" => return format!("scenario:model#{number}/over"),
                None => {}
            }
        }
        EXAMPLES[call.operation].to_owned()
    }
}

fn ask(mock: &Mock, call: Call) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "a"),
        ("authorization", "Bearer t"),
        ("x-user-id", "1"),
        ("x-date", "20261121T080000Z"),
        ("x-understudy-session", call.session),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let body = match call.operation {
        0 => json!({ "scope": 2, "fileIds": ["1"], "containerId": "c", "validDays": call.days }),
        _ => json!({ "shareIds": ["1"] }),
    };
    let plan = mock.handle(
        &Request::new(
            &Method::POST,
            OPERATIONS[call.operation].1,
            &headers,
            Payload::Whole(body.to_string().as_bytes()),
        ),
        Arrival::at(Timestamp::UNIX_EPOCH),
    );
    plan.label.to_str().unwrap().to_owned()
}

#[test]
fn every_script_is_played_as_the_document_says() {
    proptest!(ProptestConfig::with_cases(deep(150)), |(rules in rules(), calls in calls())| {
        let contract = contract();
        let script = scenario(&file(&rules), &contract);
        let options = Options { time: Some(Timestamp::UNIX_EPOCH), ..Options::default() };
        let mock = Mock::new(contract, vec![script], options);
        let mut models: BTreeMap<&str, Model> = BTreeMap::new();
        for call in calls {
            let expected = models.entry(call.session).or_default().answer(&rules, call);
            prop_assert_eq!(ask(&mock, call), expected, "{:?} of {:#?}", call, rules);
        }
    });
}
