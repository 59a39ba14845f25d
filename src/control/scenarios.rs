//! What is played: by the server for every session, and by one session alone.

use std::sync::Arc;

use super::{Control, ControlError};
use crate::{
    diagnostic::{Checked, Diagnostic, Source},
    scenario::{Above, Scenario, compile_while},
};

/// A scenario that is played from now on.
#[derive(Debug)]
pub struct Placed {
    /// Its name.
    pub name: String,
    /// What it plays, in a sentence.
    pub summary: Option<String>,
    /// How many rules it has.
    pub rules: usize,
    /// What deserves a second look in it.
    pub warnings: Vec<Diagnostic>,
    /// Whether it replaced one.
    pub replaced: bool,
}

/// A scenario that can be played.
#[derive(Debug)]
pub struct Compiled {
    scenario: Scenario,
    placed: Placed,
}

impl Control<'_> {
    /// The scenarios that the server plays, in the order in which they are asked.
    pub fn scenarios(self) -> Vec<Arc<Scenario>> {
        self.mock.script().scenarios().to_vec()
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoScenario`].
    pub fn scenario(self, name: &str) -> Result<Arc<Scenario>, ControlError> {
        let scenarios = self.scenarios();
        let found = scenarios.iter().find(|scenario| scenario.name == name).cloned();
        found.ok_or_else(|| no_scenario(name, &scenarios))
    }

    /// Plays a scenario from now on: in the place of the one with its name, else after all others. Sessions stay where they are in all
    /// others. It has to have the name that is given.
    ///
    /// # Errors
    ///
    /// [`ControlError::WrongScenario`] and [`ControlError::OtherName`]; what was played goes on.
    pub fn put_scenario(self, name: &str, text: &str) -> Result<Placed, ControlError> {
        Ok(self.play(self.compile_scenario(None, name, text, &|| true)?))
    }

    /// Compiles a scenario that is to have this name, as long as it is `wanted`: what comes of it otherwise means nothing. Nothing changes by
    /// that. `whose` is the session that alone is to play it; what is played there or else by the server before it may leave it no call,
    /// which is a warning.
    ///
    /// # Errors
    ///
    /// [`ControlError::WrongScenario`] and [`ControlError::OtherName`].
    pub fn compile_scenario(
        self,
        whose: Option<&str>,
        name: &str,
        text: &str,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Compiled, ControlError> {
        let compiled = self.compile_source(whose, name, text, wanted)?;
        if compiled.scenario.name != name {
            return Err(ControlError::OtherName { wanted: name.to_owned(), found: compiled.scenario.name });
        }
        Ok(compiled)
    }

    /// Compiles a scenario under the name that it gives itself, as long as it is `wanted`. `source` is how messages call the text. The same as
    /// [`Control::compile_scenario`] otherwise.
    ///
    /// # Errors
    ///
    /// [`ControlError::WrongScenario`].
    pub fn compile_source(
        self,
        whose: Option<&str>,
        source: &str,
        text: &str,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Compiled, ControlError> {
        let played = match whose {
            // A session that is not there yet plays nothing of its own.
            Some(session) => self.session_scenarios(session).unwrap_or_default(),
            None => self.scenarios(),
        };
        let mut above = Above::played(played);
        let compiled = compile_while(&Source::new(source, text), None, self.mock.contract(), wanted, &mut above);
        let Checked { value: scenario, warnings } =
            compiled.map_err(|mistakes| ControlError::WrongScenario(mistakes.into_vec()))?;
        let Scenario { name, summary, rules, .. } = &scenario;
        let placed = Placed {
            name: name.clone(),
            summary: summary.clone(),
            rules: rules.len(),
            warnings: warnings.into_vec(),
            replaced: false,
        };
        Ok(Compiled { scenario, placed })
    }

    /// Says what a scenario that was compiled would be, and plays nothing.
    pub fn rehearse(self, compiled: Compiled) -> Placed {
        compiled.placed
    }

    /// Plays a scenario that was compiled, as [`Control::put_scenario`] does.
    pub fn play(self, compiled: Compiled) -> Placed {
        let Compiled { scenario, placed } = compiled;
        let replaced = self.mock.put_scenario(scenario);
        Placed { replaced, ..placed }
    }

    /// Plays the scenario of a name no longer.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoScenario`].
    pub fn remove_scenario(self, name: &str) -> Result<(), ControlError> {
        if self.mock.remove_scenario(name) { Ok(()) } else { Err(no_scenario(name, &self.scenarios())) }
    }

    /// The scenarios that a session alone plays.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`].
    pub fn session_scenarios(self, session: &str) -> Result<Vec<Arc<Scenario>>, ControlError> {
        Ok(self.session(session)?.own_scenarios())
    }

    /// Plays a scenario in one session alone, before those of the server; its `expect` judges that session alone. The session is made
    /// if it does not exist.
    ///
    /// # Errors
    ///
    /// Those of [`Control::put_scenario`], and [`ControlError::NotASessionName`].
    pub fn put_session_scenario(self, session: &str, name: &str, text: &str) -> Result<Placed, ControlError> {
        self.play_in(session, self.compile_scenario(Some(session), name, text, &|| true)?)
    }

    /// Plays a scenario that was compiled in one session alone, as [`Control::put_session_scenario`] does.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotASessionName`].
    pub fn play_in(self, session: &str, compiled: Compiled) -> Result<Placed, ControlError> {
        let Compiled { scenario, placed } = compiled;
        let replaced = self.mock.put_session_scenario(session, scenario);
        let replaced = replaced.ok_or_else(|| ControlError::NotASessionName(session.to_owned()))?;
        Ok(Placed { replaced, ..placed })
    }

    /// Plays a scenario in one session alone under the name that it has; the same as [`Control::put_session_scenario`] otherwise.
    ///
    /// # Errors
    ///
    /// [`ControlError::WrongScenario`] and [`ControlError::NotASessionName`].
    pub fn play_in_session(self, session: &str, text: &str) -> Result<Placed, ControlError> {
        self.play_in(session, self.compile_source(Some(session), "scenario", text, &|| true)?)
    }

    /// Plays a scenario of a session's own no longer.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoSession`] and [`ControlError::NoScenario`].
    pub fn remove_session_scenario(self, session: &str, name: &str) -> Result<(), ControlError> {
        let own = self.session_scenarios(session)?;
        if self.mock.remove_session_scenario(session, name) { Ok(()) } else { Err(no_scenario(name, &own)) }
    }
}

fn no_scenario(name: &str, known: &[Arc<Scenario>]) -> ControlError {
    let known = known.iter().map(|scenario| scenario.name.clone()).collect();
    ControlError::NoScenario { name: name.to_owned(), known }
}
