//! Understudy stands in for a vendor's cloud API, offline.
//!
//! It knows the contract ([`contract`]: the vendor's tables as JSON Schema), plays the part ([`scenario`]: scripted answers from
//! YAML), breaks off on cue ([`fault`]), and writes down what the client did ([`session`]). [`mock::Mock`] is the product without a
//! network; [`server`] puts it on a socket, and [`cli`] on the command line.
//!
//! A test starts one with a line ([`Understudy`]):
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
//! A scenario with a mistake does not start in silence: the error shows the place, what is wrong, and what was probably meant.
//!
//! Without the default feature `cli` the library has neither the command line nor what that needs.
//!
//! The rooms and what each may import are described in `docs/architecture.md`.

#[cfg(feature = "cli")]
pub mod cli;
pub mod contract;
pub mod control;
pub mod diagnostic;
pub mod disk;
pub mod document;
pub mod embedded;
pub mod fault;
pub mod mock;
pub mod report;
pub mod scenario;
pub mod server;
pub mod session;
mod understudy;

pub use self::understudy::{Builder, SessionHandle, StartError, Understudy};
