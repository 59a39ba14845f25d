//! A stand-in that is made anew while it plays: another contract, other credentials, another seed; and scenarios that are read again.
//!
//! Calls that are under way keep the stand-in that they came to. Sessions, journal and script are those of both.

use std::sync::Arc;

use thiserror::Error;

use super::Mock;
use crate::{
    contract::{Contract, auth::credentials::Credentials},
    scenario::Scenario,
    world::Seed,
};

/// What a stand-in is made of anew.
pub struct Renewal {
    /// The contract.
    pub contract: Arc<Contract>,
    /// Who is let in.
    pub credentials: Credentials,
    /// The world that sessions begin with; the one that there is, without one.
    pub world: Option<Arc<Seed>>,
}

/// The journal and the sessions count by the operations of a contract, so another one has to have the same.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the operations of the contract are others now: {}", told(.added, .gone))]
pub struct OtherOperations {
    added: Vec<String>,
    gone: Vec<String>,
}

impl Mock {
    /// This stand-in, made anew. A session that has a world keeps it.
    ///
    /// # Errors
    ///
    /// If the contract has other operations than this one.
    pub fn renewed(&self, renewal: Renewal) -> Result<Self, OtherOperations> {
        let Renewal { contract, credentials, world } = renewal;
        same_operations(&self.contract, &contract)?;
        let mut options = self.options.clone();
        options.access.credentials = credentials;
        let same_contract = Arc::ptr_eq(&contract, &self.contract);
        // Whoever began without a world goes on without one: its answers would be others.
        let stage = match (&self.stage, world.or_else(|| self.options.world.clone())) {
            (Some(stage), Some(seed)) => {
                options.world = Some(Arc::clone(&seed));
                let is_same = same_contract && stage.begins_with(&seed);
                Some(if is_same { Arc::clone(stage) } else { Arc::new(stage.renewed(&contract, seed)) })
            }
            _ => None,
        };
        Ok(Self {
            contract,
            script: Arc::clone(&self.script),
            changing: Arc::clone(&self.changing),
            sessions: Arc::clone(&self.sessions),
            journal: Arc::clone(&self.journal),
            // Counted by the rows of the first contract.
            coverage: self.coverage.clone(),
            stage,
            object_host: Arc::clone(&self.object_host),
            options,
        })
    }

    /// Plays what comes of the scenarios that are played now. Sessions stay where they are in those that are still the same.
    pub fn change_scenarios(&self, change: impl FnOnce(&[Arc<Scenario>]) -> Vec<Arc<Scenario>>) {
        self.change_script(|scenarios| *scenarios = change(scenarios));
    }
}

fn same_operations(before: &Contract, now: &Contract) -> Result<(), OtherOperations> {
    let names = |contract: &Contract| -> Vec<String> {
        let operations = contract.operations().iter();
        let service = |index: usize| contract.services().get(index).map_or("", |service| &service.description.service);
        operations.map(|operation| format!("{} {}", service(operation.service), operation.name)).collect()
    };
    let (before, now) = (names(before), names(now));
    if before == now {
        return Ok(());
    }
    let without = |all: &[String], others: &[String]| {
        let missing = all.iter().filter(|name| !others.contains(name));
        missing.map(|name| name.rsplit(' ').next().unwrap_or_default().to_owned()).collect()
    };
    Err(OtherOperations { added: without(&now, &before), gone: without(&before, &now) })
}

fn told(added: &[String], gone: &[String]) -> String {
    let list = |names: &[String], what: &str| (!names.is_empty()).then(|| format!("{} {what}", names.join(", ")));
    let parts: Vec<String> = [list(added, "came"), list(gone, "went")].into_iter().flatten().collect();
    if parts.is_empty() { "they stand in another order".to_owned() } else { parts.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, mock::Options};

    fn mock(files: &SpecFiles) -> Mock {
        Mock::new(files.load().unwrap(), Vec::new(), Options::default())
    }

    fn renewal(files: &SpecFiles) -> Renewal {
        let contract = Arc::new(files.load().unwrap());
        Renewal { contract, credentials: Credentials::built_in(), world: None }
    }

    #[test]
    fn a_contract_with_other_operations_is_not_taken() {
        let embedded = SpecFiles::embedded();
        let mut fewer = embedded.clone();
        fewer.files.retain(|file| !file.name.ends_with("/CreateShare.json"));
        let without = mock(&embedded).renewed(renewal(&fewer)).map(|_| ()).unwrap_err();
        assert_eq!(without.to_string(), "the operations of the contract are others now: CreateShare went");
        let with = mock(&fewer).renewed(renewal(&embedded)).map(|_| ()).unwrap_err();
        assert_eq!(with.to_string(), "the operations of the contract are others now: CreateShare came");
    }

    #[test]
    fn a_renewed_stand_in_has_the_same_journal_and_sessions() {
        let before = mock(&SpecFiles::embedded());
        let after = before.renewed(renewal(&SpecFiles::embedded())).unwrap();
        before.in_session("mine", |_| ());
        assert!(after.sessions().get("mine").is_some());
        assert_eq!((before.journal().take_number(), after.journal().take_number()), (1, 2));
    }
}
