//! What a stand-in plays, read from the files that its options name: at the start, and again when they change.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};

use super::{
    Failure,
    args::StandIn,
    files::{self, Compiled, Origin, Together},
    injected, stand_in,
};
use crate::{
    contract::{Contract, auth::credentials::Credentials},
    diagnostic::{Diagnostic, Source, has_errors},
    disk,
    scenario::{Identity, Scenario},
    world::Seed,
};

/// What is played, and what is known of where it comes from.
pub(super) struct Read {
    pub(super) contract: Arc<Contract>,
    pub(super) scenarios: Vec<Scenario>,
    pub(super) credentials: Credentials,
    /// The seed that an option names, or else the first scenario that names one.
    pub(super) world: Option<Arc<Seed>>,
    pub(super) played: Played,
}

/// What was read last, to tell what is another one when it is read again.
#[derive(Clone)]
pub(super) struct Played {
    pub(super) scenarios: Vec<PlayedScenario>,
    /// What deserves a second look.
    pub(super) warnings: Vec<Diagnostic>,
    /// The files of the scenarios.
    pub(super) sources: Vec<Arc<Source>>,
    /// Files that scenarios and the seed ask for.
    pub(super) asked: Vec<PathBuf>,
    /// Those of them that the seed of the option asks for.
    of_seed: Vec<PathBuf>,
    pub(super) contract: Arc<Contract>,
    pub(super) specs: Option<Digest>,
    pub(super) credentials: Option<Digest>,
    /// The seed, and the file that named it.
    pub(super) world: Option<(Arc<Seed>, Named)>,
}

/// A scenario that was read from a file.
#[derive(Debug, Clone)]
pub(super) struct PlayedScenario {
    pub(super) name: String,
    pub(super) identity: Identity,
    pub(super) origin: Origin,
}

/// Of the bytes of files.
pub(super) type Digest = [u8; 32];

/// Who named a seed: an option, with its bytes, or a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Option(Option<Digest>),
    Scenario(Origin),
}

impl Read {
    /// Reads everything. What is still as it was `before` is the same scenario, contract or seed. Mistakes are told all at once. Files that
    /// are asked for are noted in any case: one that is not there yet may come.
    pub(super) fn of(
        arguments: &StandIn,
        before: Option<&Played>,
        asked_for: &mut Vec<PathBuf>,
    ) -> Result<Self, Failure> {
        let judging = &arguments.judging;
        let specs = judging.specs.specs.as_deref().map(specs_digest).transpose()?;
        let contract = match before.filter(|before| before.specs == specs) {
            Some(before) => Arc::clone(&before.contract),
            None => Arc::new(files::contract(&judging.specs)?),
        };
        let files = stand_in::scenario_files(judging, injected::scenario(&arguments.error, &arguments.fault))?;
        let known = before.and_then(|before| before.world.as_ref());
        let mut of_seed = before.map(|before| before.of_seed.clone()).unwrap_or_default();
        let mut world = match &arguments.world {
            None => None,
            Some(file) => {
                let text = file.as_deref().and_then(digest);
                let same = Named::Option(seed_digest(text, of_seed.iter().map(|path| (path, digest(path)))));
                if let Some((seed, named)) = known
                    && *named == same
                {
                    Some((Arc::clone(seed), same))
                } else {
                    let (seed, files) = files::world(file.as_deref());
                    of_seed = files.iter().map(|(path, _)| path.clone()).collect();
                    let fresh: Vec<_> = of_seed.iter().filter(|path| !asked_for.contains(path)).cloned().collect();
                    asked_for.extend(fresh);
                    let read = files.iter().map(|(path, bytes)| (path, bytes.as_deref().map(digest_of)));
                    Some((Arc::new(seed?), Named::Option(seed_digest(text, read))))
                }
            }
        };
        let seed = world.as_ref().map(|(seed, _)| &**seed);
        let Compiled { mut scenarios, origins, asked, findings, .. } =
            files::compile_all(&files, &contract, Together::All, seed);
        let asked = [of_seed.clone(), asked].concat();
        asked_for.clone_from(&asked);
        if has_errors(&findings) {
            return Err(Failure::Files(findings));
        }
        let mut left = before.map(|before| before.scenarios.clone()).unwrap_or_default();
        for (scenario, origin) in scenarios.iter_mut().zip(&origins) {
            let same = left.iter().position(|known| known.origin == *origin && known.name == scenario.name);
            if let Some(place) = same {
                scenario.identity = left.swap_remove(place).identity;
            }
            if world.is_none()
                && let Some(seed) = &scenario.world
            {
                let named = Named::Scenario(origin.clone());
                let same = known.filter(|(_, known)| *known == named).map(|(seed, _)| Arc::clone(seed));
                world = Some((same.unwrap_or_else(|| Arc::clone(seed)), named));
            }
        }
        let played = Played {
            scenarios: scenarios
                .iter()
                .zip(origins)
                .map(|(scenario, origin)| PlayedScenario {
                    name: scenario.name.clone(),
                    identity: scenario.identity.clone(),
                    origin,
                })
                .collect(),
            warnings: findings,
            // What stands on the command line has no file.
            sources: files.into_iter().filter(|file| file.folder.is_some()).map(|file| file.source).collect(),
            asked,
            of_seed,
            contract: Arc::clone(&contract),
            specs,
            credentials: judging.credentials.as_deref().and_then(digest),
            world: world.clone(),
        };
        let credentials = files::credentials(judging.credentials.as_deref())?;
        let world = world.map(|(seed, _)| seed);
        Ok(Self { contract, scenarios, credentials, world, played })
    }
}

fn digest_of(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// That of a seed's text and of the files that it names; nothing for the seed that is built in.
fn seed_digest<'p>(text: Option<Digest>, named: impl Iterator<Item = (&'p PathBuf, Option<Digest>)>) -> Option<Digest> {
    let mut hash = Sha256::new_with_prefix(text?);
    for (path, digest) in named {
        hash.update(digest_of(path.as_os_str().as_encoded_bytes()));
        hash.update(digest.unwrap_or_default());
    }
    Some(hash.finalize().into())
}

/// That of a file; nothing where it cannot be read, which whoever reads it tells.
fn digest(path: &Path) -> Option<Digest> {
    disk::read(path, disk::LARGEST).ok().map(|bytes| digest_of(&bytes))
}

/// That of all files below a folder.
fn specs_digest(folder: &Path) -> Result<Digest, Failure> {
    let mut hash = Sha256::new();
    for path in disk::walk(folder).map_err(|error| Failure::World(error.to_string()))? {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update(digest(&path).unwrap_or_default());
    }
    Ok(hash.finalize().into())
}
