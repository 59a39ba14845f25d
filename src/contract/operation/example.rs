//! The answer of a table: as it is printed, or made.

use serde_json::Value;

use super::Table;
use crate::contract::{
    example,
    made::{Maker, Samples},
};

/// What an answer without a scenario is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleSource {
    /// The example of the vendor's page.
    Printed,
    /// Made from the table, in whole or in part: no page prints it.
    Made,
    /// The page prints one that contradicts its table; this one keeps to the table.
    Mended,
}

impl ExampleSource {
    /// As `X-Understudy-Answer` says it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Printed => "example",
            Self::Made => "example:made",
            Self::Mended => "example:mended",
        }
    }
}

impl Table<'_> {
    /// The answer of a status, from its entry under `responses`; null if it has no body.
    pub fn example(&self, status: u16, response: &Value) -> (Value, ExampleSource) {
        let printed = response.get("example");
        let resolve = |schema: &Value| self.resolve(schema);
        let Some(body) = response.get("body") else {
            return (printed.cloned().unwrap_or_default(), ExampleSource::Printed);
        };
        if status >= 400 {
            // An error says no more than it must.
            let value = printed.cloned().unwrap_or_else(|| example::smallest(body, &resolve));
            return (value, if printed.is_some() { ExampleSource::Printed } else { ExampleSource::Made });
        }
        let maker = Maker::new(self.name(), &resolve, Samples::new(self.samples()));
        let (value, made) = match printed {
            Some(printed) => maker.complete(body, printed),
            None => (maker.answer(body), true),
        };
        let mended = response.get("x-mended").is_some();
        let source = match (mended, made) {
            (true, _) => ExampleSource::Mended,
            (false, true) => ExampleSource::Made,
            (false, false) => ExampleSource::Printed,
        };
        (value, source)
    }
}
