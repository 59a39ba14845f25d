//! A scratch face.
#![warn(missing_docs)]
pub mod contract;
pub mod diagnostic;
pub mod document;
pub mod embedded;
