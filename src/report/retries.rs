//! Which calls were attempted more than once, for those who draw them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::attempts::{Attempt, Attempts, Run};
use crate::{contract::Contract, session::Journal};

/// So many are listed; the rest is counted.
const LISTED: usize = 2000;

/// Attempts of one call that are listed.
const ATTEMPTS: usize = 100;

/// Calls of all sessions that were attempted more than once, and how many of them are not listed.
pub(super) fn retries(journal: &Journal, contract: &Contract) -> (Vec<Value>, usize) {
    let mut sessions: BTreeMap<String, Attempts> = BTreeMap::new();
    for number in journal.numbers() {
        journal.read(number, |exchange| {
            let Some(id) = exchange.operation else { return };
            if !sessions.contains_key(exchange.session()) {
                sessions.insert(exchange.session().to_owned(), Attempts::default());
            }
            if let Some(attempts) = sessions.get_mut(exchange.session()) {
                attempts.see(exchange, contract.operation(id));
            }
        });
    }
    let mut listed = Vec::new();
    let mut left_out = 0;
    for (session, attempts) in sessions {
        for run in attempts.runs() {
            if listed.len() == LISTED {
                left_out += 1;
            } else {
                listed.push(run_to_json(&session, &run, contract));
            }
        }
    }
    (listed, left_out)
}

fn run_to_json(session: &str, run: &Run, contract: &Contract) -> Value {
    json!({
        "session": session,
        "operation": contract.operation(run.operation).name,
        "attempts": run.attempts.iter().take(ATTEMPTS).map(attempt).collect::<Vec<_>>(),
        "resends": run.resends,
    })
}

fn attempt(attempt: &Attempt) -> Value {
    let mut value = json!({ "exchange": attempt.exchange });
    for (name, time) in [("wait_ms", attempt.wait), ("asked_ms", attempt.asked)] {
        if let Some(time) = time {
            value[name] = json!(time.as_secs_f64() * 1000.0);
        }
    }
    value
}
