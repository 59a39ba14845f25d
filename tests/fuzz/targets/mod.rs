//! What is fuzzed. A target takes bytes, whatever they are, and panics where the stand-in does what it must not: its oracle. Its
//! generator makes inputs that get further than random bytes would.

mod connection;
mod credentials;
mod diagnostics;
mod handle;
mod har;
mod json;
mod play;
mod scenario;
mod spec;
mod target;
mod template;

/// A way into the stand-in for what others wrote.
pub(crate) struct Target {
    /// As the folder of its corpus and the file in `fuzz/` are called.
    pub(crate) name: &'static str,
    /// Takes an input, and panics where the oracle finds something wrong.
    pub(crate) run: fn(&[u8]),
    /// Makes an input from a seed.
    pub(crate) input: fn(u64) -> Vec<u8>,
}

pub(crate) const CONNECTION: Target = Target { name: "connection", run: connection::run, input: connection::input };
pub(crate) const HANDLE: Target = Target { name: "handle", run: handle::run, input: handle::input };
pub(crate) const SCENARIO: Target = Target { name: "scenario", run: scenario::run, input: scenario::input };
pub(crate) const SPEC: Target = Target { name: "spec", run: spec::run, input: spec::input };
pub(crate) const CREDENTIALS: Target = Target { name: "credentials", run: credentials::run, input: credentials::input };
pub(crate) const TEMPLATE: Target = Target { name: "template", run: template::run, input: template::input };
pub(crate) const JSON: Target = Target { name: "json", run: json::run, input: json::input };
pub(crate) const TARGET: Target = Target { name: "target", run: target::run, input: target::input };
pub(crate) const HAR: Target = Target { name: "har", run: har::run, input: har::input };

pub(crate) const ALL: [Target; 9] = [CONNECTION, HANDLE, SCENARIO, SPEC, CREDENTIALS, TEMPLATE, JSON, TARGET, HAR];
