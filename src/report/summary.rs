//! An exchange in a line: what a list of many shows of each.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{
    contract::{Contract, Refusal},
    session::{Ended, Exchange},
};

/// An exchange in a line. Secrets are hidden.
#[derive(Debug, Serialize)]
pub struct Summary<'e> {
    exchange: u64,
    #[serde(serialize_with = "as_text")]
    received: Timestamp,
    #[serde(serialize_with = "as_text")]
    time: Timestamp,
    session: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Cow<'e, str>>,
    status: u16,
    answer: Cow<'static, str>,
    #[serde(skip_serializing_if = "is_zero")]
    violations: usize,
    #[serde(skip_serializing_if = "is_zero")]
    warnings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resends: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
}

/// The most characters of a target.
const TARGET: usize = 300;

impl<'e> Summary<'e> {
    /// Of an exchange.
    pub fn of(exchange: &'e Exchange, contract: &'e Contract) -> Self {
        let details = exchange.details();
        let arrival = exchange.arrival;
        let after = |time: Timestamp| milliseconds(arrival.head, time);
        let line = exchange.recorded.line();
        let target = line.map(|(_, target)| match contract.redaction().target(target) {
            Cow::Borrowed(target) => crate::diagnostic::shortened(target, TARGET),
            Cow::Owned(target) => Cow::Owned(crate::diagnostic::shortened(&target, TARGET).into_owned()),
        });
        Self {
            exchange: exchange.number,
            received: arrival.head,
            time: exchange.time,
            session: exchange.session(),
            operation: exchange.operation.map(|id| contract.operation(id).name.as_str()),
            method: line.map(|(method, _)| method),
            target,
            status: exchange.status,
            answer: exchange.answer(),
            violations: details.violations.len(),
            warnings: details.warnings.len(),
            refusal: exchange.refusal,
            fault: details.fault.map(|fault| fault.name),
            delay_ms: details.delay.map(|delay| delay.as_secs_f64() * 1000.0),
            resends: details.resends.map(|resend| resend.exchange),
            body_ms: (arrival.body != arrival.head).then(|| after(arrival.body)),
            first_ms: exchange.finished.and_then(|outcome| outcome.sent.first).map(after),
            duration_ms: exchange.finished.map(|outcome| after(outcome.at)),
            ended: exchange.finished.map(|outcome| outcome.ended),
        }
    }
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Milliseconds from one time to another, in steps of a microsecond.
fn milliseconds(from: Timestamp, to: Timestamp) -> f64 {
    let microseconds = to.duration_since(from).as_micros().max(0);
    i32::try_from(microseconds)
        .map_or_else(|_| to.duration_since(from).as_secs_f64() * 1000.0, |whole| f64::from(whole) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::SpecFiles,
        report::samples::{self, Call},
    };
    use serde_json::json;

    #[test]
    fn a_summary_says_what_is_there_and_hides_secrets() {
        let contract = SpecFiles::embedded().load().unwrap();
        let call = Call { target: "/a?sign=s3cret&b=1", received: 1000, left: Some(1250), ..Call::of("CreateShare") };
        let exchange = samples::exchange(&contract, 3, &call);
        let shown = serde_json::to_value(Summary::of(&exchange, &contract)).unwrap();
        assert_eq!(
            shown,
            json!({
                "exchange": 3,
                "received": "1970-01-01T00:00:01Z",
                "time": "1970-01-01T00:00:00Z",
                "session": "default",
                "operation": "CreateShare",
                "method": "POST",
                "target": contract.redaction().target("/a?sign=s3cret&b=1"),
                "status": 200,
                "answer": "example",
                "duration_ms": 250.0,
                "ended": "client_left",
            })
        );
        assert!(!shown.to_string().contains("s3cret"));
    }

    #[test]
    fn a_long_target_is_shortened() {
        let contract = SpecFiles::embedded().load().unwrap();
        let target = format!("/{}", "a".repeat(5000));
        let exchange = samples::exchange(&contract, 1, &Call { target: &target, ..Call::of("CreateShare") });
        let shown = serde_json::to_value(Summary::of(&exchange, &contract)).unwrap();
        assert!(shown["target"].as_str().unwrap().len() < TARGET + 50);
    }
}
