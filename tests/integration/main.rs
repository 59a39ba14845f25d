//! One binary that talks to a real server over real sockets, runs the real program, and reads the documents. By topic.
#![allow(clippy::unwrap_used, clippy::panic)]

mod access;
mod admin;
mod bad_input;
mod client;
mod clients_on_the_wire;
mod command_line;
mod contract;
mod documents;
mod faults;
mod faults_http2;
mod frames;
mod gokuai;
mod golden;
mod http;
mod koodrive;
mod model;
mod property;
mod scenarios;
mod schemas;
mod sessions;
mod sign;
mod signatures;
mod stopping;
mod templates;
mod verdict;
