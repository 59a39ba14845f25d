//! Why no rule answered a call: worked out from the journal when somebody asks, so that no call pays for it.

use std::sync::Arc;

use super::Mock;
use crate::{
    contract::Call,
    scenario::{Miss, Rule, SeededRng},
    session::{Exchange, Origin},
};

/// Rules that are told of each call.
const CLOSEST: usize = 3;

/// A call that no operation was there for, or none of the rules for its operation.
#[derive(Debug)]
pub struct Unmatched {
    /// Rules that name the operation.
    pub rules: usize,
    /// The ones that came closest, the closest first.
    pub closest: Vec<NearMiss>,
}

/// A rule that did not answer a call.
#[derive(Debug)]
pub struct NearMiss {
    /// `scenario:NAME#RULE`.
    pub rule: String,
    /// Why it did not, a sentence each.
    pub why: Vec<String>,
}

impl Mock {
    /// What is to be said of a call that nothing matched; nothing if something did, or if the call broke the contract. The rules
    /// are the ones that its session plays now.
    pub fn unmatched(&self, exchange: &Exchange) -> Option<Unmatched> {
        let Some(id) = exchange.operation else {
            return exchange.is_call().then(|| Unmatched { rules: 0, closest: Vec::new() });
        };
        if !matches!(exchange.origin, Origin::Example(_)) {
            return None;
        }
        let session = self.sessions.get(exchange.session());
        let script = session.map_or_else(|| self.script(), |session| Arc::clone(&session.progress.load().script));
        // Most calls are of operations without rules, and reading one anew takes its time.
        script.rules_for(id).next()?;
        let operation = self.contract.operation(id);
        let rng = SeededRng {
            seed: script.seed(),
            session: exchange.session(),
            operation: &operation.name,
            attempt: exchange.attempt,
        };
        exchange.reread(&self.contract, |request, call| {
            let redaction = self.contract.redaction();
            let secrets = redaction.secrets(request);
            let discreet = |mut miss: Miss| {
                redaction.conceal_found(&miss.at, true, &mut miss.found, &secrets);
                miss.to_string()
            };
            let (rules, closest) = closest(script.rules_for(id), |rule| reasons(rule, call, rng));
            let told = |rule: &Rule| NearMiss { rule: rule.label.clone(), why: why(rule, call, rng, &discreet) };
            Unmatched { rules, closest: closest.into_iter().map(told).collect() }
        })
    }
}

/// How many rules there are, and those with the fewest reasons, in the order of the file among equals.
fn closest<'r>(rules: impl Iterator<Item = &'r Rule>, reasons: impl Fn(&Rule) -> usize) -> (usize, Vec<&'r Rule>) {
    let (mut count, mut closest) = (0, Vec::with_capacity(CLOSEST + 1));
    for rule in rules {
        count += 1;
        let reasons = reasons(rule);
        let place = closest.partition_point(|(known, _)| *known <= reasons);
        if place < CLOSEST {
            closest.insert(place, (reasons, rule));
            closest.truncate(CLOSEST);
        }
    }
    (count, closest.into_iter().map(|(_, rule)| rule).collect())
}

/// How many reasons there are why a rule did not answer a call, without telling them: there may be many rules.
fn reasons(rule: &Rule, call: &Call<'_>, rng: SeededRng<'_>) -> usize {
    let chance = rule.chance.is_some_and(|_| !rule.has_its_chance(rng));
    (rule.matcher.count_misses(call) + usize::from(chance)).max(1)
}

fn why(rule: &Rule, call: &Call<'_>, rng: SeededRng<'_>, told: &dyn Fn(Miss) -> String) -> Vec<String> {
    let mut why: Vec<String> = rule.matcher.misses(call).into_iter().map(told).collect();
    if let Some(chance) = rule.chance.filter(|_| !rule.has_its_chance(rng)) {
        let percent = chance * 100.0;
        why.push(format!("its chance of {percent}% did not come for attempt {}", rng.attempt));
    }
    if why.is_empty() {
        why.push(match (rule.when.is_empty(), rule.answers.is_empty()) {
            (_, true) => "it only limits, and let the call through".to_owned(),
            (true, false) => "its answers were used up (`then: pass`)".to_owned(),
            (false, false) if rule.when.expression.is_some() => {
                "its answers were used up, or its `when` was not true".to_owned()
            }
            (false, false) => "its answers were used up, or the states were not as `when` wants them".to_owned(),
        });
    }
    why
}
