//! Coverage for programs.

use serde_json::{Value, json};

use super::{Calls, Covered, CoveredEdge, CoveredError, CoveredOperation, Group, Ratio, Shown, Subject};

impl Covered {
    /// Totals, then each group, then each kind of fault. Of operations that nobody called there is only the name.
    pub fn to_json(&self) -> Value {
        let faults = self.faults.iter().map(|(name, Shown { times, retried, recovered })| {
            json!({ "fault": name, "seen": times, "retried": retried, "survived": recovered })
        });
        json!({
            "totals": self.totals(),
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
            "faults": faults.collect::<Vec<_>>(),
        })
    }

    /// How many of how many operations, errors, edges and faults.
    pub fn totals(&self) -> Value {
        ratios(&Subject::ALL, |subject| self.ratio(subject))
    }
}

/// What can be covered in a group.
const OF_GROUPS: [Subject; 3] = [Subject::Operations, Subject::Errors, Subject::Edges];

fn ratios(subjects: &[Subject], ratio: impl Fn(Subject) -> Ratio) -> Value {
    let ratios = subjects.iter().map(|subject| {
        let Ratio { covered, all } = ratio(*subject);
        (subject.as_str().to_owned(), json!({ "covered": covered, "all": all }))
    });
    Value::Object(ratios.collect())
}

fn group(group: &Group) -> Value {
    let (called, uncalled): (Vec<_>, Vec<_>) =
        group.operations.iter().partition(|operation| operation.calls.called > 0);
    json!({
        "service": group.service,
        "group": group.group,
        "totals": ratios(&OF_GROUPS, |subject| group.ratio(subject)),
        "operations": called.into_iter().map(operation).collect::<Vec<_>>(),
        "not_called": uncalled.into_iter().map(|operation| &operation.name).collect::<Vec<_>>(),
    })
}

fn operation(operation: &CoveredOperation) -> Value {
    let Calls { called, accepted, refused, answered } = operation.calls;
    let (reached, missing): (Vec<_>, Vec<_>) = operation.edges.iter().partition(|edge| edge.reached);
    let edge = |edge: &CoveredEdge| json!({ "at": edge.edge.at, "edge": edge.edge.limit.to_string() });
    json!({
        "operation": operation.name,
        "called": called,
        "accepted": accepted,
        "refused": refused,
        "answered": answered,
        "errors": operation.errors.iter().map(error).collect::<Vec<_>>(),
        "edges_reached": reached.into_iter().map(edge).collect::<Vec<_>>(),
        "edges_missing": missing.into_iter().map(edge).collect::<Vec<_>>(),
    })
}

fn error(error: &CoveredError) -> Value {
    let Shown { times, retried, recovered } = error.shown;
    json!({
        "code": error.code,
        "documented": error.documented,
        "shown": times,
        "retried": retried,
        "recovered": recovered,
        "gave_up": times.saturating_sub(retried),
    })
}
