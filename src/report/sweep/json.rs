//! A sweep for programs. `schemas/report.schema.json` describes it.

use serde_json::{Map, Value, json};

use super::{Injection, LeftOut, Reaction, SuiteEnd, Sweep, SweptRun};
use crate::contract::{Contract, OperationId};

impl Sweep {
    /// The sweep as one object.
    pub fn to_json(&self, contract: &Contract) -> Value {
        let counts: Map<String, Value> =
            Reaction::ALL.into_iter().map(|reaction| (reaction.id().to_owned(), json!(self.count(reaction)))).collect();
        json!({
            "verdict": if self.passed() { "passed" } else { "failed" },
            "reasons": self.reasons(),
            "counts": counts,
            "not_run": self.not_run,
            "interrupted": self.interrupted,
            "plain_ms": milliseconds(self.plain),
            "limit_ms": milliseconds(self.limit),
            "not_called": self.not_called,
            "runs": self.runs.iter().map(|run| run_to_json(run, contract)).collect::<Vec<_>>(),
            "left_out": self.left_out.iter().map(|left| left_out(left, contract)).collect::<Vec<_>>(),
        })
    }
}

fn run_to_json(run: &SweptRun, contract: &Contract) -> Value {
    let mut value = of(run.operation, &run.injection, contract);
    let (status, signal) = match run.ended {
        SuiteEnd::Status(status) => (Some(status), None),
        SuiteEnd::Signal(signal) => (None, Some(signal)),
        SuiteEnd::TimeLimit => (None, None),
    };
    value["reaction"] = json!(run.reaction().id());
    value["exit_status"] = json!(status);
    value["signal"] = json!(signal);
    value["delivered"] = json!(run.delivered);
    value["broken_calls"] = json!(run.broken);
    value["duration_ms"] = milliseconds(run.took);
    value["output"] = json!(run.output);
    value
}

fn left_out(left: &LeftOut, contract: &Contract) -> Value {
    let mut value = of(left.operation, &left.injection, contract);
    value["why"] = json!(left.why);
    value
}

fn of(operation: OperationId, injection: &Injection, contract: &Contract) -> Value {
    let operation = contract.operation(operation);
    let (error, fault) = match injection {
        Injection::Error(code) => (Some(code), None),
        Injection::Fault(name) => (None, Some(name)),
    };
    json!({
        "service": contract.service_of(operation).description.service,
        "operation": operation.name,
        "error": error,
        "fault": fault,
    })
}

fn milliseconds(duration: std::time::Duration) -> Value {
    json!(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
