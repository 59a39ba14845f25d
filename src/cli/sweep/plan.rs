//! What a sweep tries: every operation that the suite called, with everything that can be injected into its answers.

use std::{collections::BTreeMap, sync::Arc};

use http::Version;
use serde_json::Value;

use super::Subject;
use crate::{
    cli::{Failure, injected::Injected},
    contract::{Contract, Operation, OperationId, Refusal, Service, violation::push_segment},
    diagnostic::{Checked, Diagnostic, Source, did_you_mean},
    fault,
    mock::Mock,
    report::{Injection, LeftOut},
    scenario::{FAULT_FORMS, Scenario, compile},
    session::Exchange,
};

/// The name of the scenario that injects. No other one should have it.
pub(super) const NAME: &str = "understudy-sweep";

/// What any call of a service can be refused with, whatever its operation documents.
const OF_ANY_CALL: [Refusal; 3] = [Refusal::ExpiredToken, Refusal::Throttled, Refusal::Internal];

/// A run that is to be made.
pub(super) struct Case {
    pub(super) operation: OperationId,
    pub(super) injection: Injection,
    /// Injects it.
    pub(super) scenario: Arc<Scenario>,
}

/// Everything that is tried, by operation.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) cases: Vec<Case>,
    pub(super) left_out: Vec<LeftOut>,
    /// Runs that the limit leaves out.
    pub(super) not_run: usize,
    pub(super) not_called: Vec<String>,
}

/// The operations that a suite called as the contract wants it, each with the versions of HTTP that it used.
pub(super) type Called = BTreeMap<OperationId, Vec<Version>>;

/// What is to be injected, and into what.
pub(super) struct Wanted<'a> {
    pub(super) contract: &'a Contract,
    pub(super) subjects: &'a [Subject],
    /// All that were called where it is empty.
    pub(super) operations: &'a [String],
    pub(super) times: Option<u64>,
    pub(super) limit: Option<usize>,
}

/// What a suite called, as the journal of its run has it.
pub(super) fn called(mock: &Mock) -> Called {
    let mut called = Called::new();
    for number in mock.journal().numbers() {
        let look = |exchange: &Exchange| {
            let counts = exchange.is_call() && exchange.refusal.is_none();
            exchange.operation.filter(|_| counts).map(|operation| (operation, exchange.version))
        };
        if let Some((operation, version)) = mock.journal().read(number, look).flatten() {
            let versions = called.entry(operation).or_default();
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
    }
    called
}

impl Wanted<'_> {
    /// Whether every name that was typed exists.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(name) = self.operations.iter().find(|name| self.contract.named(name).is_empty()) {
            let names = self.contract.operations().iter().map(|operation| operation.name.as_str());
            let near = did_you_mean(name, names).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| "`understudy operations` lists them all".to_owned());
            return Err(Failure::Usage(format!("`--operation {name}`: there is no such operation; {help}")));
        }
        for subject in self.subjects {
            let Subject::Error(code) = subject else { continue };
            let catalogues = || self.contract.services().iter().map(|service| &service.catalogue);
            if catalogues().all(|catalogue| catalogue.statuses(code).is_empty()) {
                let codes = catalogues().flat_map(|catalogue| &catalogue.entries).map(|entry| entry.code.to_string());
                let codes: Vec<String> = codes.collect();
                let near = did_you_mean(code, codes.iter().map(String::as_str));
                let near = near.map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| "`understudy errors` lists them all".to_owned());
                return Err(Failure::Usage(format!("`--sweep {code}`: no catalogue has such an error; {help}")));
            }
        }
        Ok(())
    }

    /// What is to be tried on a suite that called these.
    pub(super) fn plan(&self, called: &Called) -> Plan {
        let mut plan = Plan::default();
        for (id, versions) in called {
            let operation = self.contract.operation(*id);
            if !self.operations.is_empty() && !self.operations.contains(&operation.name) {
                continue;
            }
            for injection in self.injections(operation) {
                match self.case(operation, &injection, versions) {
                    Ok(scenario) => plan.cases.push(Case { operation: *id, injection, scenario }),
                    Err(why) => plan.left_out.push(LeftOut { operation: *id, injection, why }),
                }
            }
        }
        let is_called = |name: &&String| called.keys().any(|id| self.contract.operation(*id).name == **name);
        plan.not_called = self.operations.iter().filter(|name| !is_called(name)).cloned().collect();
        plan.limit(self.limit.unwrap_or(usize::MAX));
        plan
    }

    /// Everything that is asked for, each once, errors first.
    fn injections(&self, operation: &Operation) -> Vec<Injection> {
        let service = self.contract.service_of(operation);
        let mut all = Vec::new();
        for subject in self.subjects {
            match subject {
                Subject::Errors => {
                    let documented = operation.errors.iter().map(ToString::to_string);
                    let refusals = OF_ANY_CALL.iter().filter_map(|refusal| service.description.refusals.get(refusal));
                    let codes = documented.chain(refusals.map(|name| name.code().to_string()));
                    all.extend(codes.map(Injection::Error));
                }
                Subject::Faults => all.extend(fault::NAMES.map(Injection::Fault)),
                Subject::Fault(name) => all.push(Injection::Fault(name)),
                Subject::Error(code) if service.catalogue.statuses(code).is_empty() => {}
                Subject::Error(code) => all.push(Injection::Error(code.clone())),
            }
        }
        let (mut errors, mut faults): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|injection| matches!(injection, Injection::Error(_)));
        errors.append(&mut faults);
        let mut each: Vec<Injection> = Vec::new();
        errors.into_iter().for_each(|one| {
            if !each.contains(&one) {
                each.push(one);
            }
        });
        each
    }

    /// The scenario that injects it; or why that makes no sense, in the words of whoever compiles scenarios.
    fn case(
        &self,
        operation: &Operation,
        injection: &Injection,
        versions: &[Version],
    ) -> Result<Arc<Scenario>, String> {
        let service = self.contract.service_of(operation);
        let rule = match injection {
            Injection::Error(code) => self.injected(operation, &error_form(service, code)).error_rule(),
            Injection::Fault(name) => self.injected(operation, &fault_form(service, operation, name)).fault_rule(),
        };
        let service = &service.description.service;
        let source = Source::new("--sweep", format!("scenario: {NAME}\nservice: {service}\nrules:\n{rule}"));
        let first = |findings: &[Diagnostic]| findings.first().map(|one| one.message.clone());
        let scenario = match compile(&source, None, self.contract) {
            Ok(Checked { value, warnings }) if warnings.is_empty() => value,
            Ok(Checked { warnings, .. }) => return Err(first(&warnings).unwrap_or_default()),
            Err(mistakes) => return Err(first(&mistakes).unwrap_or_default()),
        };
        // What HTTP/2 has instead of a fault of a connection is a fault of its own; what HTTP/1 has is another one of the list.
        let fault = scenario.rules.iter().flat_map(|rule| &rule.answers).find_map(|step| step.fault.clone());
        if let Some(fault) = fault
            && versions.iter().all(|version| *version != Version::HTTP_2 && fault.played(*version).instead.is_some())
            && let Some(version) = versions.first()
        {
            return Err(format!("over {version:?} it is played as another fault"));
        }
        Ok(Arc::new(scenario))
    }

    fn injected(&self, operation: &Operation, what: &str) -> Injected {
        Injected::new(&operation.name, what, self.times)
    }
}

impl Plan {
    /// Keeps so many cases: the first of each operation, then the second of each, and so on. Their order stays.
    fn limit(&mut self, most: usize) {
        let mut seen: BTreeMap<OperationId, usize> = BTreeMap::new();
        let mut ranks: Vec<(usize, usize)> = Vec::new();
        for (index, case) in self.cases.iter().enumerate() {
            let rank = seen.entry(case.operation).or_default();
            ranks.push((*rank, index));
            *rank += 1;
        }
        ranks.sort_unstable();
        let mut kept: Vec<usize> = ranks.into_iter().take(most).map(|(_, index)| index).collect();
        kept.sort_unstable();
        self.not_run = self.cases.len() - kept.len();
        let mut index = 0;
        self.cases.retain(|_| {
            index += 1;
            kept.binary_search(&(index - 1)).is_ok()
        });
    }
}

/// The code; with a status where it has several.
fn error_form(service: &Service, code: &str) -> String {
    let mut statuses = service.catalogue.statuses(code);
    statuses.sort_unstable();
    statuses.dedup();
    match statuses.as_slice() {
        [first, _, ..] => format!("{{ code: \"{code}\", status: {first} }}"),
        _ => code.to_owned(),
    }
}

/// A fault as the documents have it. `drift` drops a member that the documented example has.
fn fault_form(service: &Service, operation: &Operation, name: &str) -> String {
    let form = FAULT_FORMS.iter().find(|(known, _)| *known == name).map_or(name, |(_, form)| form);
    if name != "drift" {
        return form.to_owned();
    }
    let example = operation.compiled(service).ok().map(|compiled| &compiled.example.body);
    match example.and_then(|body| first_member(&serde_json::from_slice(body).ok()?)) {
        Some(pointer) => format!("{{ drift: {{ drop: [{}] }} }}", Value::from(pointer)),
        None => form.to_owned(),
    }
}

/// A pointer to the first member of the first thing that a body holds; to the first member of all where it holds none.
fn first_member(body: &Value) -> Option<String> {
    let within = |(segment, value): (String, &Value)| {
        let mut pointer = String::new();
        push_segment(&mut pointer, &segment);
        first_member(value).map(|rest| pointer + &rest)
    };
    match body {
        Value::Object(members) => {
            let deeper = members.iter().find_map(|(name, value)| within((name.clone(), value)));
            deeper.or_else(|| {
                let mut pointer = String::new();
                push_segment(&mut pointer, members.keys().next()?);
                Some(pointer)
            })
        }
        Value::Array(items) => within(("0".to_owned(), items.first()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::SpecFiles;

    fn contract() -> Contract {
        SpecFiles::embedded().load().unwrap()
    }

    /// What is tried of each operation that was called over HTTP/1.1.
    fn planned(contract: &Contract, subjects: &[Subject], names: &[&str], limit: Option<usize>) -> Plan {
        let called = names.iter().map(|name| (contract.named(name)[0], vec![Version::HTTP_11])).collect();
        Wanted { contract, subjects, operations: &[], times: None, limit }.plan(&called)
    }

    fn told(plan: &Plan) -> Vec<String> {
        plan.cases.iter().map(|case| case.injection.to_string()).collect()
    }

    #[test]
    fn errors_are_those_that_the_operation_documents_and_those_of_any_call() {
        let contract = contract();
        let plan =
            planned(&contract, &[Subject::Errors, Subject::Error("13000311".to_owned())], &["CreateShare"], None);
        assert_eq!(
            told(&plan),
            ["error 13000102", "error APIGW.0307", "error APIGW.0308", "error APIGW.0601", "error 13000311"]
        );
        // A code that its service does not have is another service's.
        let plan = planned(&contract, &[Subject::Error("13000311".to_owned())], &["info"], None);
        assert!(plan.cases.is_empty() && plan.left_out.is_empty());
        // A code that stands for several statuses is one of them.
        let plan = planned(&contract, &[Subject::Errors], &["GetObject"], None);
        assert!(plan.left_out.is_empty() && plan.cases.len() > 1, "{:?}", plan.left_out);
    }

    #[test]
    fn every_kind_of_fault_is_tried_or_it_is_said_why_not() {
        let contract = contract();
        let plan = planned(&contract, &[Subject::Faults, Subject::Fault("reset")], &["CreateShare"], None);
        assert_eq!(plan.cases.len() + plan.left_out.len(), fault::NAMES.len(), "{:?}", told(&plan));
        let left_out: Vec<String> =
            plan.left_out.iter().map(|left| format!("{}: {}", left.injection, left.why)).collect();
        let why = "over HTTP/1.1 it is played as another fault";
        assert_eq!(left_out, [format!("fault goaway: {why}"), format!("fault rst_stream: {why}")]);
        let called = Called::from([(contract.named("CreateShare")[0], vec![Version::HTTP_2])]);
        let subjects = [Subject::Faults];
        let wanted = Wanted { contract: &contract, subjects: &subjects, operations: &[], times: None, limit: None };
        assert_eq!(wanted.plan(&called).cases.len(), fault::NAMES.len());
    }

    #[test]
    fn a_limit_takes_from_each_operation_in_turn() {
        let contract = contract();
        let subjects = [Subject::Fault("reset"), Subject::Fault("close"), Subject::Fault("hang")];
        let plan = planned(&contract, &subjects, &["CreateShare", "GetShareInfo"], Some(3));
        let told: Vec<String> = plan
            .cases
            .iter()
            .map(|case| format!("{} {}", contract.operation(case.operation).name, case.injection))
            .collect();
        assert_eq!(plan.not_run, 3);
        assert_eq!(told.len(), 3);
        assert_eq!(told.iter().filter(|one| one.ends_with("fault reset")).count(), 2, "{told:?}");
    }

    #[test]
    fn a_name_that_does_not_exist_is_said_with_one_that_is_near() {
        let contract = contract();
        let check = |subjects: &[Subject], operations: &[&str]| {
            let operations: Vec<String> = operations.iter().map(|name| (*name).to_owned()).collect();
            let wanted = Wanted { contract: &contract, subjects, operations: &operations, times: None, limit: None };
            match wanted.check() {
                Err(Failure::Usage(message)) => message,
                other => format!("{other:?}"),
            }
        };
        assert!(check(&[], &["CreateShares"]).ends_with("did you mean `CreateShare`?"));
        assert!(check(&[Subject::Error("1300031".to_owned())], &[]).contains("did you mean `13000"));
        assert_eq!(check(&[Subject::Error("SlowDown".to_owned())], &["CreateShare"]), "Ok(())");
    }

    #[test]
    fn a_drift_drops_what_the_example_holds() {
        for (body, pointer) in [
            (json!({ "code": 0, "data": { "list": [{ "a/b": 1 }] } }), Some("/data/list/0/a~1b")),
            (json!({ "code": 0, "list": [] }), Some("/code")),
            (json!([]), None),
            (json!("text"), None),
        ] {
            assert_eq!(first_member(&body).as_deref(), pointer, "{body}");
        }
    }
}
