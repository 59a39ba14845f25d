//! One binary that talks to a real server over real sockets, runs the real program, and reads the documents. By topic.
#![allow(clippy::unwrap_used, clippy::panic)]

mod admin;
mod bad_input;
mod client;
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
mod property;
mod scenarios;
mod schemas;
mod signatures;
mod stopping;
