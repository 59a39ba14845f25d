//! What is said about a client: each exchange as JSON, and the verdict: did it keep the contract, and did it do what the scenarios
//! expect? Judged from the journal alone, so the same verdict can be had while the stand-in serves and after it stopped.

mod attempts;
mod duplicates;
mod end_state;
mod exchange;
pub mod forms;
mod json;
mod model;
mod notices;
mod numbers;
mod overview;
mod retries;
#[cfg(test)]
mod samples;
mod seen;
mod short_pages;
mod summary;
mod sweep;
mod tally;
mod text;
mod unasked;
mod verdict;

pub use self::{
    exchange::{exchange_to_json, exchange_to_line},
    model::{Kind, Line, Lines, Name, Part, Problem, Report},
    notices::{Notice, NoticeKind},
    numbers::Numbers,
    overview::overview,
    seen::{Breach, Calls, Seen},
    summary::Summary,
    sweep::{Injection, LeftOut, Reaction, SuiteEnd, Sweep, SweptRun, spoken},
    tally::Finding,
    text::{headline, to_text},
    verdict::{Broken, Evidence, Exhausted, NO_CALLS, SessionVerdict, Verdict, judge, judge_each},
};
