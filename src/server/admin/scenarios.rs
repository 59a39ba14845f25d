//! What is played: `scenarios`, `scenarios/{name}`, `unused`, and `sessions/{name}/scenarios`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answered, Problem, Request, left, no_content, problem, respond};
use crate::{
    control::{Compiled, ControlError, Placed},
    diagnostic::to_json,
    scenario::Scenario,
};

impl Request<'_> {
    pub(super) fn scenarios(&self) -> Answered {
        self.known_parameters(&[])?;
        let list: Vec<Value> = self.control.scenarios().iter().map(|scenario| summary(scenario)).collect();
        Ok(respond(StatusCode::OK, &json!({ "scenarios": list })))
    }

    pub(super) fn scenario(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        let scenario = self.control.scenario(name)?;
        let contract = self.control.mock().contract();
        let rules = scenario.rules.iter().map(|rule| {
            let names = rule.operations.iter().map(|id| contract.operation(*id).name.as_str());
            let answers = rule.answers.iter().map(|step| step.label.to_str().unwrap_or_default());
            json!({ "rule": rule.label, "operations": names.collect::<Vec<_>>(), "answers": answers.collect::<Vec<_>>() })
        });
        let mut value = summary(&scenario);
        value["rules"] = rules.collect();
        value["text"] = json!(scenario.source.text);
        Ok(respond(StatusCode::OK, &value))
    }

    /// Plays the scenario of the body from now on. One that is wrong is refused, and what was played goes on. With `?check=true` it is
    /// checked and not played.
    pub(super) fn put_scenario(&self, name: &str) -> Answered {
        let compile = |text: &str| self.control.compile_scenario(None, name, text, &|| self.is_awaited());
        if self.switch("check")? == Some(true) {
            let rehearse = |compiled| Ok(Placed { replaced: true, ..self.control.rehearse(compiled) });
            return self.placed(&["check"], compile, rehearse);
        }
        self.placed(&["check"], compile, |compiled| Ok(self.control.play(compiled)))
    }

    /// The same under the name that the scenario gives itself. `?file=NAME` is how messages call it.
    pub(super) fn post_scenario(&self) -> Answered {
        self.placed(&["file"], |text| self.named_by_itself(None, text), |compiled| Ok(self.control.play(compiled)))
    }

    pub(super) fn remove_scenario(&self, name: &str) -> Answered {
        self.known_parameters(&[])?;
        self.control.remove_scenario(name)?;
        Ok(no_content())
    }

    /// The scenarios that a session alone plays.
    pub(super) fn session_scenarios(&self, session: &str) -> Answered {
        self.known_parameters(&[])?;
        let own = self.control.session_scenarios(session)?;
        let list: Vec<Value> = own.iter().map(|scenario| summary(scenario)).collect();
        Ok(respond(StatusCode::OK, &json!({ "scenarios": list })))
    }

    /// Plays the scenario of the body in one session alone.
    pub(super) fn put_session_scenario(&self, session: &str, name: &str) -> Answered {
        let compile = |text: &str| self.control.compile_scenario(Some(session), name, text, &|| self.is_awaited());
        self.placed(&[], compile, |compiled| self.control.play_in(session, compiled))
    }

    /// The same under the name that the scenario gives itself. `?file=NAME` is how messages call it.
    pub(super) fn post_session_scenario(&self, session: &str) -> Answered {
        let compile = |text: &str| self.named_by_itself(Some(session), text);
        self.placed(&["file"], compile, |compiled| self.control.play_in(session, compiled))
    }

    pub(super) fn remove_session_scenario(&self, session: &str, name: &str) -> Answered {
        self.known_parameters(&[])?;
        self.control.remove_session_scenario(session, name)?;
        Ok(no_content())
    }

    /// Answers that no session got since their scenario is played.
    pub(super) fn unused(&self) -> Answered {
        self.known_parameters(&[])?;
        Ok(respond(StatusCode::OK, &json!({ "unused": self.control.unused_answers() })))
    }

    /// Nothing is played for a client that has left meanwhile, and nothing is compiled for one that left before.
    fn placed(
        &self,
        parameters: &[&str],
        compile: impl FnOnce(&str) -> Result<Compiled, ControlError>,
        play: impl FnOnce(Compiled) -> Result<Placed, ControlError>,
    ) -> Answered {
        self.known_parameters(parameters)?;
        if !self.is_awaited() {
            return Err(left());
        }
        let compiled = compile(self.text()?);
        if !self.is_awaited() {
            return Err(left());
        }
        let Placed { name, summary, rules, warnings, replaced } = play(compiled?)?;
        let diagnostics = to_json(&warnings);
        let value = json!({ "scenario": name, "summary": summary, "rules": rules, "diagnostics": diagnostics });
        Ok(respond(if replaced { StatusCode::OK } else { StatusCode::CREATED }, &value))
    }

    fn named_by_itself(&self, whose: Option<&str>, text: &str) -> Result<Compiled, ControlError> {
        let source = self.parameter("file").unwrap_or("scenario");
        self.control.compile_source(whose, source, text, &|| self.is_awaited())
    }

    /// The body as text.
    fn text(&self) -> Result<&str, Problem> {
        std::str::from_utf8(self.body).map_err(|error| {
            let byte = error.valid_up_to();
            problem(StatusCode::BAD_REQUEST, format!("a scenario is UTF-8 text; byte {byte} of the body is not"))
        })
    }
}

fn summary(scenario: &Scenario) -> Value {
    json!({ "scenario": scenario.name, "summary": scenario.summary, "rules": scenario.rules.len() })
}
