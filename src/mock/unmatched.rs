//! Why no rule answered a call: worked out from the journal when somebody asks, so that no call pays for it.

use std::sync::Arc;

use super::Mock;
use crate::{
    contract::{Call, Service},
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
        if exchange.origin != Origin::Example {
            return None;
        }
        let session = self.sessions.get(exchange.session());
        let script = session.map_or_else(|| self.script(), |session| Arc::clone(&session.progress.load().script));
        let service = self.contract.service_of(self.contract.operation(id));
        let operation = self.contract.operation(id);
        let rng = SeededRng {
            seed: script.seed(),
            session: exchange.session(),
            operation: &operation.name,
            attempt: exchange.attempt,
        };
        let mut misses: Vec<NearMiss> = exchange.reread(&self.contract, |call| {
            let rules = script.rules_for(id);
            rules.map(|rule| NearMiss { rule: rule.label.clone(), why: why(rule, call, rng, service) }).collect()
        })?;
        let rules = misses.len();
        // The sort keeps the order of the file among equals.
        misses.sort_by_key(|miss| miss.why.len());
        misses.truncate(CLOSEST);
        (rules > 0).then_some(Unmatched { rules, closest: misses })
    }
}

fn why(rule: &Rule, call: &Call<'_>, rng: SeededRng<'_>, service: &Service) -> Vec<String> {
    let discreet = |mut miss: Miss| {
        if miss.at.split('/').any(|segment| service.is_secret(segment)) {
            "[redacted]".clone_into(&mut miss.found);
        }
        miss.to_string()
    };
    let mut why: Vec<String> = rule.matcher.misses(call).into_iter().map(discreet).collect();
    if let Some(chance) = rule.chance.filter(|_| !rule.has_its_chance(rng)) {
        let percent = chance * 100.0;
        why.push(format!("its chance of {percent}% did not come for attempt {}", rng.attempt));
    }
    if why.is_empty() {
        why.push(match (rule.when.is_empty(), rule.answers.is_empty()) {
            (_, true) => "it only limits, and let the call through".to_owned(),
            (true, false) => "its answers were used up (`then: pass`)".to_owned(),
            (false, false) => "its answers were used up, or the states were not as `when` wants them".to_owned(),
        });
    }
    why
}
