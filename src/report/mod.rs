//! What is said about a client afterwards: did it keep the contract, and did it do what the scenarios expect? Judged from the
//! journal alone, so the same verdict can be had while the stand-in serves and after it stopped.

mod attempts;
mod json;
mod numbers;
#[cfg(test)]
mod samples;
mod tally;
mod text;
mod verdict;

pub use self::{
    numbers::Numbers,
    tally::Finding,
    text::to_text,
    verdict::{Broken, Over, SessionVerdict, Verdict, judge},
};
