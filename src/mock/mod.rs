//! The product without a network: a contract, a script and sessions; [`Mock::handle`] turns a request into a plan.
//!
//! Everything in here is a function of the request and of what came before it in its session. The time is handed in.

mod address;
mod answer;
mod attempt;
mod cors;
mod handle;
mod intake;
mod object_host;
mod observe;
mod renewal;
mod scenarios;
mod unmatched;
mod world;

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use arc_swap::ArcSwap;
use http::HeaderValue;
use jiff::Timestamp;

pub use self::{
    address::SessionBy,
    cors::Cors,
    object_host::ObjectHost,
    observe::Observed,
    renewal::{OtherOperations, Renewal},
    unmatched::{NearMiss, Unmatched},
};
pub use crate::session::split_session;
use crate::{
    contract::{
        Answer, Contract, Strictness,
        auth::{access::Access, presigned},
    },
    coverage::{Coverage, Threshold},
    fault::Fault,
    scenario::{Progress, Scenario, Script},
    session::{DEFAULT, Journal, Session, Sessions},
    world::{Limits, Seed, Seen, Stage, Store, World},
};

/// How a stand-in behaves beyond its contract and script.
#[derive(Debug, Clone)]
pub struct Options {
    /// How the tables are read.
    pub strictness: Strictness,
    /// Who is let in.
    pub access: Access,
    /// How long a token lives without a call; for ever without it.
    pub token_life: Option<Duration>,
    /// Where randomness starts; without it at the seed of the first scenario that has one, else at 0.
    pub seed: Option<u64>,
    /// Where the clocks of sessions stand still at first; without it they run with the system's.
    pub time: Option<Timestamp>,
    /// What names the session of a client that does not say it.
    pub session_by: Option<SessionBy>,
    /// Sessions beside the default one; of more the one that was not used for the longest time goes.
    pub sessions: usize,
    /// Bytes of memory for the journal.
    pub journal_bytes: usize,
    /// Whether a verdict on no call at all may pass.
    pub allow_empty: bool,
    /// Which web pages may call the API.
    pub cors: Cors,
    /// Whether it is counted how much of the contract is covered. Each call pays for a look at its values then.
    pub coverage: bool,
    /// How much has to be covered for the verdict to pass; counted then.
    pub cover: Vec<Threshold>,
    /// The world that every session begins with, if there is one.
    pub world: Option<Arc<Seed>>,
    /// Bytes of files that worlds keep, all together.
    pub world_bytes: usize,
    /// Entries that worlds have beyond their seed, all together: files, shares, jobs, tokens and so on.
    pub world_entries: usize,
    /// Where links lead to, if that is not where the API is.
    pub object_host: Option<ObjectHost>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strictness: Strictness::default(),
            access: Access::default(),
            token_life: Some(Duration::from_secs(20 * 60)),
            seed: None,
            time: None,
            session_by: None,
            sessions: 1024,
            journal_bytes: 64 << 20,
            allow_empty: false,
            cors: Cors::default(),
            coverage: false,
            cover: Vec::new(),
            world: None,
            world_bytes: 64 << 20,
            world_entries: 250_000,
            object_host: None,
        }
    }
}

/// A stand-in.
///
/// ```
/// use http::{HeaderMap, Method};
/// use understudy::{
///     contract::{Payload, Request, SpecFiles},
///     mock::{Mock, Options},
///     session::Arrival,
/// };
///
/// let contract = SpecFiles::embedded().load().unwrap();
/// let mock = Mock::new(contract, Vec::new(), Options::default());
/// let plan = mock.handle(
///     &Request::new(&Method::GET, "/koodrive/teapot", &HeaderMap::new(), Payload::Whole(b"")),
///     Arrival::at(jiff::Timestamp::UNIX_EPOCH),
/// );
/// assert_eq!(plan.answer.status, 404);
/// ```
pub struct Mock {
    contract: Arc<Contract>,
    /// What new sessions play; each session keeps its own.
    script: Arc<ArcSwap<Script>>,
    /// Held while scenarios come or go, of the server or of one session.
    changing: Arc<Mutex<()>>,
    sessions: Arc<Sessions>,
    journal: Arc<Journal>,
    /// How much of the contract is covered, if that is counted.
    coverage: Option<Arc<Coverage>>,
    /// What plays the world, if there is one.
    stage: Option<Arc<Stage>>,
    /// Where links lead to, if that is not where the API is.
    object_host: Arc<OnceLock<ObjectHost>>,
    options: Options,
}

/// What the server should do for one request.
#[derive(Debug)]
pub struct Plan {
    /// The answer.
    pub answer: Answer,
    /// How long to wait before it.
    pub delay: Option<Duration>,
    /// The fault that is injected into it on the wire. What a fault changes in the answer itself is done already.
    pub fault: Option<Arc<Fault>>,
    /// Number in the journal.
    pub exchange: u64,
    /// `Date`, where it is not the system's.
    pub date: Option<HeaderValue>,
    /// `X-Understudy-Operation`.
    pub operation: Option<HeaderValue>,
    /// `X-Understudy-Answer`.
    pub label: HeaderValue,
    /// `X-Understudy-Violations`.
    pub violations: Option<HeaderValue>,
}

impl Mock {
    /// A stand-in for the services of a contract that plays these scenarios. Stand-ins may share a contract: reading it, and compiling
    /// an operation at its first call, then happens once.
    ///
    /// Without a world of its own, it has the first one that a scenario names.
    pub fn new(contract: impl Into<Arc<Contract>>, scenarios: Vec<Scenario>, mut options: Options) -> Self {
        options.access.presigned = presigned::Settings::of_seed(options.seed.unwrap_or(0));
        options.world = options.world.or_else(|| scenarios.iter().find_map(|scenario| scenario.world.clone()));
        Self::playing(contract.into(), scenarios.into_iter().map(Arc::new).collect(), options)
    }

    /// A stand-in like this one, which nobody has called yet, and which plays these scenarios.
    #[must_use]
    pub fn another(&self, scenarios: Vec<Arc<Scenario>>) -> Self {
        Self::playing(Arc::clone(&self.contract), scenarios, self.options.clone())
    }

    fn playing(contract: Arc<Contract>, scenarios: Vec<Arc<Scenario>>, options: Options) -> Self {
        let script = Arc::new(Script::new(scenarios, options.seed, &contract));
        let default =
            Session::new(DEFAULT, contract.operations().len(), Progress::new(Arc::clone(&script)), options.time);
        Self {
            sessions: Arc::new(Sessions::new(default, options.sessions)),
            journal: Arc::new(Journal::new(options.journal_bytes)),
            coverage: (options.coverage || !options.cover.is_empty()).then(|| Arc::new(Coverage::new(&contract))),
            changing: Arc::default(),
            script: Arc::new(ArcSwap::new(script)),
            stage: options.world.clone().map(|seed| {
                let limits = Limits { bytes: options.world_bytes, entries: options.world_entries };
                Arc::new(Stage::new(&contract, seed, limits))
            }),
            object_host: Arc::new(options.object_host.clone().map(OnceLock::from).unwrap_or_default()),
            contract,
            options,
        }
    }

    /// The contract, to keep.
    pub fn kept_contract(&self) -> Arc<Contract> {
        Arc::clone(&self.contract)
    }

    /// The contract.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The script that is played now.
    pub fn script(&self) -> Arc<Script> {
        self.script.load_full()
    }

    /// The sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// How much of the contract is covered, if that is counted.
    pub fn coverage(&self) -> Option<&Coverage> {
        self.coverage.as_deref()
    }

    /// Forgets all exchanges, and what they cover.
    pub fn forget_exchanges(&self) {
        self.journal.clear();
        self.coverage().into_iter().for_each(Coverage::clear);
    }

    /// The world of a session, if it has one by now.
    pub fn world_of(&self, session: &str) -> Option<Arc<World>> {
        self.sessions.get(session)?.world.get().map(Store::now)
    }

    /// What plays the world, if there is one.
    pub(crate) fn stage(&self) -> Option<&Stage> {
        self.stage.as_deref()
    }

    /// The object host has this port from now on, unless an address is known already.
    pub fn objects_at(&self, port: u16) {
        let _ = self.object_host.set(ObjectHost::Port(port));
    }

    /// The world of a session as it is now: the one that it will begin with, if no call came to it so far.
    pub fn world_at(&self, session: &str) -> Option<Arc<World>> {
        let stage = self.stage.as_ref()?;
        let session = self.sessions.get(session)?;
        Some(Seen { stage, store: session.world.get() }.world())
    }

    /// How it behaves.
    pub fn options(&self) -> &Options {
        &self.options
    }
}
