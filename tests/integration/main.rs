//! One binary that talks to a real server over real sockets, runs the real program, and reads the documents. By topic.

mod admin;
mod bad_input;
mod client;
mod command_line;
mod documents;
mod golden;
mod http;
mod koodrive;
mod property;
mod scenarios;
mod schemas;
mod signatures;
mod stopping;
