//! Understudy stands in for a vendor's cloud API, offline: it checks every call against the vendor's documentation, plays scripted
//! answers, errors and faults, records what really happened, and judges the client.
//!
//! # In a test
//!
//! [`Understudy`] is a server with one line. It stops when it is dropped.
//!
//! ```
//! use understudy::Understudy;
//!
//! let api = Understudy::builder()
//!     .scenario("
//! scenario: space-is-full
//! rules:
//!   - operation: CreateShare
//!     answers: [ error: 13000311, example ]
//! ")
//!     .start_blocking()
//!     .unwrap();
//! println!("point the client under test at {}", api.url());
//! ```
//!
//! A scenario with a mistake is an error that shows the place, what is wrong, and what was probably meant.
//!
//! # Inside another program
//!
//! A [`Contract`] is what the vendor documents, a [`Scenario`] what is scripted. A [`Mock`] plays both without a network: from a
//! request to a plan, and into the journal. A [`Server`] puts it on a socket, and [`Control`] asks it and changes it while it serves.
//!
//! ```
//! use understudy::{Contract, Control, Mock, Options, Source, SpecFiles, compile_scenario};
//!
//! let contract = SpecFiles::embedded().load().unwrap();
//! let source = Source::new("full.yaml", "
//! scenario: space-is-full
//! rules: [{ operation: CreateShare, answers: [error: 13000311, example] }]
//! ");
//! let scenario = compile_scenario(&source, None, &contract)?.value;
//! let mock = Mock::new(contract, vec![scenario], Options::default());
//! assert_eq!(Control::new(&mock).scenarios()[0].name, "space-is-full");
//! # Ok::<(), understudy::Diagnostics>(())
//! ```
//!
//! # Features
//!
//! `cli` (default): the command line. Without it the library has neither that nor what it needs.
//!
//! The rooms behind these names, and what each may import, are described in `docs/architecture.md`. They can be reached by the
//! project's own tests, benches and fuzz targets; they are not part of what is promised to others.

#[doc(hidden)]
pub mod chance;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod content;
#[doc(hidden)]
pub mod contract;
#[doc(hidden)]
pub mod control;
#[doc(hidden)]
pub mod coverage;
#[doc(hidden)]
pub mod diagnostic;
#[doc(hidden)]
pub mod disk;
#[doc(hidden)]
pub mod document;
#[doc(hidden)]
pub mod embedded;
#[doc(hidden)]
pub mod fault;
#[doc(hidden)]
pub mod har;
#[doc(hidden)]
pub mod mock;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod scenario;
#[doc(hidden)]
pub mod server;
#[doc(hidden)]
pub mod session;
mod understudy;
#[doc(hidden)]
pub mod world;

pub use self::{
    contract::{
        Contract, Operation, OperationId, Payload, Refusal, Request, Rule, SpecFile, SpecFiles, Strictness, Violation,
        auth::{AuthMode, access::Access, credentials::Credentials},
    },
    control::{ClockOrder, Control, ControlError, ExchangeFilter, Page},
    coverage::{Covered, Threshold},
    diagnostic::{Checked, Diagnostic, Diagnostics, Source},
    mock::{Mock, Options, Plan, SessionBy},
    report::{Finding, Notice, NoticeKind, SessionVerdict, Verdict, exchange_to_json},
    scenario::{Scenario, compile as compile_scenario},
    server::{Limits, Server, Stop},
    session::{Arrival, Ended, Exchange, Origin, Outcome, Sent},
    understudy::{Builder, SessionHandle, StartError, Understudy},
};
