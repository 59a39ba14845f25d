//! One binary that talks to a real server over real sockets, runs the real program, and reads the documents. By topic.
#![allow(clippy::unwrap_used, clippy::panic)]

mod access;
mod admin;
mod architecture;
mod bad_input;
mod bodies;
mod browsers;
/// The build script, for its unit tests.
#[allow(dead_code, clippy::print_stdout)]
#[path = "../../build.rs"]
mod build;
mod client;
mod clients;
mod clients_on_the_wire;
mod command_line;
mod contract;
mod departures;
mod documents;
mod embedded;
mod faults;
mod faults_http2;
mod frames;
mod gokuai;
mod golden;
mod http;
mod koodrive;
mod model;
mod outputs;
mod pasted;
mod property;
mod receipts;
mod receipts_http2;
mod retries;
mod routes;
mod scenario_files;
mod scenario_forms;
mod scenarios;
mod schemas;
mod sessions;
mod sign;
mod signatures;
mod stopping;
mod templates;
mod tutorial;
mod tutorial_trouble;
mod verdict;
