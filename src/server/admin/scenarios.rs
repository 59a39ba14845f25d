//! What is played: `scenarios`, `scenarios/{name}`, `unused`.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Answered, Request, no_content, problem, problem_with, respond};
use crate::{
    diagnostic::{Source, to_json},
    scenario::{Scenario, compile},
};

impl Request<'_> {
    pub(super) fn scenarios(&self) -> Answered {
        self.known_parameters(&[])?;
        let script = self.mock.script();
        let list: Vec<Value> = script.scenarios().iter().map(|scenario| summary(scenario)).collect();
        Ok(respond(StatusCode::OK, &json!({ "scenarios": list })))
    }

    pub(super) fn scenario(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let script = self.mock.script();
        let Some(scenario) = script.scenarios().iter().find(|scenario| scenario.name == name) else {
            return Err(self.no_scenario(name));
        };
        let contract = self.mock.contract();
        let rules = scenario.rules.iter().map(|rule| {
            let names = rule.operations.iter().map(|id| contract.operation(*id).name.as_str());
            let answers = rule.answers.iter().map(|step| step.label.to_str().unwrap_or_default());
            json!({ "rule": rule.label, "operations": names.collect::<Vec<_>>(), "answers": answers.collect::<Vec<_>>() })
        });
        let mut value = summary(scenario);
        value["rules"] = rules.collect();
        Ok(respond(StatusCode::OK, &value))
    }

    /// Plays the scenario of the body from now on. One that is wrong is refused, and what was played goes on.
    pub(super) fn put_scenario(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let text = std::str::from_utf8(self.body).map_err(|error| {
            let byte = error.valid_up_to();
            problem(StatusCode::BAD_REQUEST, format!("a scenario is UTF-8 text: byte {byte} is none"))
        })?;
        let compiled = compile(&Source::new(name, text), None, self.mock.contract());
        let diagnostics = to_json(&compiled.diagnostics);
        let Some(scenario) = compiled.scenario else {
            let detail = "the scenario is wrong; what was played before goes on";
            return Err(problem_with(StatusCode::UNPROCESSABLE_ENTITY, detail, json!({ "diagnostics": diagnostics })));
        };
        if scenario.name != name {
            let detail = format!("the scenario of the body is called `{}`, and the path says `{name}`", scenario.name);
            return Err(problem(StatusCode::CONFLICT, detail));
        }
        let mut value = summary(&scenario);
        value["diagnostics"] = diagnostics;
        let replaced = self.mock.put_scenario(scenario);
        Ok(respond(if replaced { StatusCode::OK } else { StatusCode::CREATED }, &value))
    }

    pub(super) fn remove_scenario(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        if self.mock.remove_scenario(name) { Ok(no_content()) } else { Err(self.no_scenario(name)) }
    }

    /// Answers that no session got since their scenario is played.
    pub(super) fn unused(&self) -> Answered {
        self.known_parameters(&[])?;
        let script = self.mock.script();
        let labels: Vec<&str> = script.unused().map(|step| step.label.to_str().unwrap_or_default()).collect();
        Ok(respond(StatusCode::OK, &json!({ "unused": labels })))
    }

    fn no_scenario(&self, name: &str) -> Response<Bytes> {
        let script = self.mock.script();
        let known: Vec<&str> = script.scenarios().iter().map(|scenario| scenario.name.as_str()).collect();
        let known = if known.is_empty() { "none is".to_owned() } else { format!("played are {}", known.join(", ")) };
        problem(StatusCode::NOT_FOUND, format!("no scenario `{name}` is played; {known}"))
    }
}

fn summary(scenario: &Scenario) -> Value {
    json!({ "scenario": scenario.name, "summary": scenario.summary, "rules": scenario.rules.len() })
}
