//! A stand-in inside a test: started with one line, stopped when it is dropped.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::oneshot;

use crate::{
    contract::SpecFiles,
    control::{ClockOrder, Control, ControlError, ExchangeFilter, Page},
    coverage::{Covered, Threshold},
    diagnostic::{Diagnostic, Source, Style, to_text},
    mock::{Mock, Options},
    report::Verdict,
    scenario::compile,
    server::{AdminAccess, Limits, Server, Tls},
    session::Exchange,
};

/// A running stand-in with a port of its own. It serves in a thread of its own, so that blocking and asynchronous clients can call it
/// from the same test. Dropping it stops it.
///
/// ```
/// use understudy::Understudy;
///
/// let api = Understudy::builder()
///     .scenario("scenario: full\nrules: [{ operation: CreateShare, answers: [error: 13000311, example] }]")
///     .start_blocking()
///     .unwrap();
/// // Point the client under test at `api.url()`, or at `api.session("a test").url()` in tests that run at the same time.
/// assert!(api.url().starts_with("http://127.0.0.1:"));
/// // Nobody called.
/// assert_eq!(api.verdict().reasons(), ["no calls"]);
/// ```
pub struct Understudy {
    mock: Arc<Mock>,
    address: SocketAddr,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A stand-in in the making.
#[derive(Debug, Clone)]
pub struct Builder {
    specs: SpecFiles,
    scenarios: Vec<Arc<Source>>,
    options: Options,
    limits: Limits,
    listen: SocketAddr,
    admin: bool,
    tls: Option<Tls>,
    cover: Vec<Threshold>,
    counts: bool,
}

/// Why a stand-in could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Specs or scenarios with mistakes, each with its place.
    #[error("{}", to_text(.0, Style::Plain))]
    Files(Vec<Diagnostic>),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The thread or its runtime could not be started.
    #[error("cannot start the server: {0}")]
    Runtime(#[source] io::Error),
}

impl Understudy {
    /// A stand-in for the services that the library knows, on a free port of this machine, without scenarios.
    pub fn builder() -> Builder {
        Builder {
            specs: SpecFiles::embedded(),
            scenarios: Vec::new(),
            options: Options::default(),
            limits: Limits::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin: true,
            tls: None,
            cover: Vec::new(),
            counts: false,
        }
    }

    /// The base URL for clients, without a slash at its end.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// One client's session: its own place in the scripts, its own states, clock and verdict. Tests that run at the same time take one
    /// each. 1 to 100 letters, digits, `-`, `_` and `.`; other characters of the name become `-`.
    pub fn session(&self, name: &str) -> SessionHandle<'_> {
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        let name: String = name.chars().take(100).map(|one| if plain(one) { one } else { '-' }).collect();
        SessionHandle { understudy: self, name: if name.is_empty() { "-".to_owned() } else { name } }
    }

    /// How the clients kept to the contract and to what the scenarios expect, so far.
    pub fn verdict(&self) -> Verdict {
        self.control().verdict(None)
    }

    /// What happened so far, as far as the journal has it.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.control().exchanges(&ExchangeFilter::default(), Page::default(), Clone::clone).collect()
    }

    /// How much of the contract the calls so far cover: operations, documented errors, edges of constraints, kinds of faults.
    ///
    /// ```
    /// use understudy::{Understudy, coverage::Subject};
    ///
    /// let api = Understudy::builder().coverage(true).start_blocking().unwrap();
    /// assert_eq!(api.covered().ratio(Subject::Operations).covered, 0);
    /// ```
    pub fn covered(&self) -> Covered {
        self.control().coverage(None).0
    }

    /// Everything else that can be asked of it or done to it.
    pub fn control(&self) -> Control<'_> {
        Control::new(&self.mock)
    }
}

impl fmt::Debug for Understudy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Understudy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Understudy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One client's session of a running stand-in.
#[derive(Debug, Clone)]
pub struct SessionHandle<'u> {
    understudy: &'u Understudy,
    name: String,
}

impl SessionHandle<'_> {
    /// Its name, as the header `X-Understudy-Session` takes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The base URL whose calls belong to it.
    pub fn url(&self) -> String {
        format!("{}/~{}", self.understudy.url(), self.name)
    }

    /// Plays a scenario in this session alone, before those of the server; its `expect` judges this session alone.
    ///
    /// # Errors
    ///
    /// Every mistake of the scenario with its place.
    pub fn play(&self, scenario: &str) -> Result<(), StartError> {
        let control = self.understudy.control();
        match control.play_in_session(&self.name, scenario) {
            Ok(_) => Ok(()),
            Err(ControlError::WrongScenario(mistakes)) => Err(StartError::Files(mistakes)),
            Err(other) => Err(StartError::Files(vec![Diagnostic::error(other.to_string())])),
        }
    }

    /// Moves the session's clock on, so that tokens expire and waits are over without waiting.
    pub fn advance(&self, by: std::time::Duration) {
        // The name is one that a session can have.
        let _ = self.understudy.control().move_clock(&self.name, ClockOrder::Advance(by), Timestamp::now());
    }

    /// The verdict on this session alone.
    pub fn verdict(&self) -> Verdict {
        self.understudy.control().verdict(Some(&self.name))
    }

    /// What happened in this session so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let filter = ExchangeFilter { session: Some(self.name.clone()), ..ExchangeFilter::default() };
        self.understudy.control().exchanges(&filter, Page::default(), Clone::clone).collect()
    }
}

impl Builder {
    /// Plays a scenario, given as its text. Any number; they are asked in the order in which they are given.
    #[must_use]
    pub fn scenario(mut self, text: impl Into<String>) -> Self {
        let name = format!("scenario {}", self.scenarios.len() + 1);
        self.scenarios.push(Source::new(name, text.into()));
        self
    }

    /// Plays the services of these spec files instead of the ones that the library knows.
    #[must_use]
    pub fn specs(mut self, specs: SpecFiles) -> Self {
        self.specs = specs;
        self
    }

    /// How it behaves beyond contract and scenarios: credentials, clock, seed, memory.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// What the server takes at most.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Listens here; port 0 picks a free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Whether the admin API is served under `/__admin`.
    #[must_use]
    pub fn admin(mut self, admin: bool) -> Self {
        self.admin = admin;
        self
    }

    /// Speaks https beside http on its port, or alone with [`Tls::only`]; [`Understudy::url`] is an `https://` URL then. Takes the feature
    /// `tls`.
    ///
    /// ```
    /// use understudy::{Understudy, server::{Authority, Tls}};
    ///
    /// let authority = Authority::make().unwrap();
    /// let tls = Tls::self_signed(&authority, vec!["127.0.0.1".to_owned()]).unwrap();
    /// let api = Understudy::builder().tls(tls).start_blocking().unwrap();
    /// assert!(api.url().starts_with("https://127.0.0.1:"));
    /// // The client under test has to trust this certificate.
    /// assert!(authority.certificate().starts_with("-----BEGIN CERTIFICATE-----"));
    /// ```
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Fails the verdict unless so much of the contract is covered. Any number; each is looked at.
    ///
    /// ```
    /// use understudy::{Threshold, Understudy};
    ///
    /// let enough = Threshold::parse("operations=40%").unwrap();
    /// let api = Understudy::builder().cover(enough).start_blocking().unwrap();
    /// assert!(!api.verdict().passed());
    /// ```
    #[must_use]
    pub fn cover(mut self, threshold: Threshold) -> Self {
        self.cover.push(threshold);
        self
    }

    /// Whether it is counted while calls come how much of the contract they cover. Else [`Understudy::covered`] looks at what the journal
    /// still has.
    #[must_use]
    pub fn coverage(mut self, counts: bool) -> Self {
        self.counts = counts;
        self
    }

    /// Starts it, for asynchronous tests.
    ///
    /// # Errors
    ///
    /// Mistakes in specs and scenarios, each with its place, and addresses that cannot be listened on.
    pub async fn start(self) -> Result<Understudy, StartError> {
        let (told, ready) = oneshot::channel();
        // Specs and scenarios take some milliseconds, which nobody else should wait for.
        thread::spawn(move || drop(told.send(self.start_blocking())));
        ready.await.unwrap_or_else(|_| Err(StartError::Runtime(io::Error::other("the starting thread is gone"))))
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// Mistakes in specs and scenarios, each with its place, and addresses that cannot be listened on.
    pub fn start_blocking(self) -> Result<Understudy, StartError> {
        let Self { specs, scenarios, mut options, limits, listen, admin, tls, cover, counts } = self;
        options.cover.extend(cover);
        options.coverage |= counts;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let contract = specs.load().map_err(StartError::Files)?;
        let mut played = Vec::new();
        for source in scenarios {
            let compiled = compile(&source, None, &contract);
            played.push(compiled.map_err(|mistakes| StartError::Files(mistakes.into_vec()))?.value);
        }
        let mock = Arc::new(Mock::new(contract, played, options));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Runtime)?;
        let (stop, stopped) = oneshot::channel();
        let (told, bound) = mpsc::channel();
        let serving = Arc::clone(&mock);
        let serve = async move {
            match Server::bind(listen, serving, limits, admin.then(AdminAccess::default)).await {
                Ok(server) => {
                    let server = match tls {
                        Some(tls) => server.with_tls(tls),
                        None => server,
                    };
                    let _ = told.send(Ok(server.address()));
                    let stopped = async move { drop(stopped.await) };
                    // Whoever drops a stand-in has no call under way that matters.
                    server.run(stopped, std::future::ready(())).await;
                }
                Err(error) => drop(told.send(Err(error))),
            }
        };
        let thread = thread::Builder::new().name("understudy".to_owned());
        let thread = thread.spawn(move || runtime.block_on(serve)).map_err(StartError::Runtime)?;
        let address = bound.recv().unwrap_or_else(|_| Err(io::Error::other("the server's thread is gone")));
        let address = address.map_err(|error| StartError::Listen(listen, error))?;
        Ok(Understudy { mock, address, scheme, stop: Some(stop), thread: Some(thread) })
    }
}
