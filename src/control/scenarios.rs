//! What is played: by the server for every session, and by one session alone.

use std::sync::Arc;

use super::{Control, ControlError};
use crate::{
    diagnostic::{Checked, Diagnostic, Source},
    scenario::{Scenario, compile},
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
        let (scenario, placed) = self.named(name, text)?;
        let replaced = self.mock.put_scenario(scenario);
        Ok(Placed { replaced, ..placed })
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
        let (scenario, placed) = self.named(name, text)?;
        self.placed_in(session, scenario, placed)
    }

    /// Plays a scenario in one session alone under the name that it has; the same as [`Control::put_session_scenario`] otherwise.
    ///
    /// # Errors
    ///
    /// [`ControlError::WrongScenario`] and [`ControlError::NotASessionName`].
    pub fn play_in_session(self, session: &str, text: &str) -> Result<Placed, ControlError> {
        let (scenario, placed) = self.compiled("scenario", text)?;
        self.placed_in(session, scenario, placed)
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

    fn placed_in(self, session: &str, scenario: Scenario, placed: Placed) -> Result<Placed, ControlError> {
        let replaced = self.mock.put_session_scenario(session, scenario);
        let replaced = replaced.ok_or_else(|| ControlError::NotASessionName(session.to_owned()))?;
        Ok(Placed { replaced, ..placed })
    }

    /// A scenario that has the name that it is put under.
    fn named(self, name: &str, text: &str) -> Result<(Scenario, Placed), ControlError> {
        let (scenario, placed) = self.compiled(name, text)?;
        if scenario.name != name {
            return Err(ControlError::OtherName { wanted: name.to_owned(), found: scenario.name });
        }
        Ok((scenario, placed))
    }

    /// `source` is how messages call the text.
    fn compiled(self, source: &str, text: &str) -> Result<(Scenario, Placed), ControlError> {
        let compiled = compile(&Source::new(source, text), None, self.mock.contract());
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
        Ok((scenario, placed))
    }
}

fn no_scenario(name: &str, known: &[Arc<Scenario>]) -> ControlError {
    let known = known.iter().map(|scenario| scenario.name.clone()).collect();
    ControlError::NoScenario { name: name.to_owned(), known }
}
