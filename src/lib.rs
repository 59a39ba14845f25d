//! Understudy stands in for a vendor's cloud API, offline.
//!
//! It knows the contract ([`contract`]: the vendor's tables as JSON Schema), plays the part ([`scenario`]: scripted answers from
//! YAML), breaks off on cue ([`fault`]), and writes down what the client did ([`session`]). [`mock::Mock`] is the product without a
//! network; [`server`] puts it on a socket, and [`cli`] on the command line.
//!
//! ```
//! use std::sync::Arc;
//! use understudy::{
//!     contract::SpecFiles,
//!     diagnostic::Source,
//!     mock::{Mock, Options},
//!     scenario,
//! };
//!
//! let contract = SpecFiles::embedded().load().unwrap();
//! let source = Source::new("full.yaml", "
//! scenario: space-is-full
//! rules:
//!   - operation: CreateShare
//!     answers: [ error: 13000311, example ]
//! ");
//! let scenario = scenario::compile(&source, None, &contract)?;
//! let mock = Mock::new(contract, vec![scenario.value], Options::default());
//! assert_eq!(mock.script().scenarios()[0].name, "space-is-full");
//! # Ok::<(), understudy::diagnostic::Diagnostics>(())
//! ```
//!
//! The rooms and what each may import are described in `docs/architecture.md`.

pub mod cli;
pub mod contract;
pub mod control;
pub mod diagnostic;
pub mod document;
pub mod embedded;
pub mod fault;
pub mod mock;
pub mod report;
pub mod scenario;
pub mod server;
pub mod session;
