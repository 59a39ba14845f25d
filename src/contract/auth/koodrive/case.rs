//! A request whose signature does not match, and its canonical form with one part changed.

use jiff::SignedDuration;

use super::{
    GENERIC_DATE,
    canonical::{Parts, SignedRequest, pairs},
};
use crate::contract::format::basic_utc_time;

/// How many seconds two readings of the clock may be apart.
const MOST_SECONDS: i64 = 5;

/// Parts of paths with more segments are not tried.
const MOST_SEGMENTS: usize = 16;

/// A request and its correct canonical form.
pub(super) struct Case<'a> {
    pub(super) request: &'a SignedRequest<'a>,
    pub(super) right: &'a Parts,
    /// Names of the signed headers, in the order of the client.
    pub(super) listed: Vec<String>,
    /// The vendor's own hosts.
    pub(super) hosts: &'a [String],
}

impl Case<'_> {
    pub(super) fn with(&self, change: impl FnOnce(&mut Parts)) -> String {
        let mut parts = self.right.clone();
        change(&mut parts);
        parts.text()
    }

    pub(super) fn with_path(&self, path: String) -> String {
        self.with(|parts| parts.path = path)
    }

    pub(super) fn with_query(&self, query: String) -> String {
        self.with(|parts| parts.query = query)
    }

    /// With another value of `host`, if that header is signed and `change` applies.
    pub(super) fn with_host(&self, change: impl Fn(&str) -> Option<String>) -> Option<String> {
        self.with_header("host", change)
    }

    /// With dates a few seconds before and after the sent one.
    pub(super) fn with_other_dates(&self) -> Vec<String> {
        let sent = self.request.header("x-date").unwrap_or_default();
        dates_near(&sent).skip(1).filter_map(|date| self.with_header("x-date", |_| Some(date.clone()))).collect()
    }

    /// With the date of the generic scheme, and those a few seconds before and after it.
    pub(super) fn with_generic_dates(&self) -> Vec<String> {
        let Some(sent) = self.request.header(GENERIC_DATE) else { return Vec::new() };
        dates_near(&sent).filter_map(|date| self.with_header("x-date", |_| Some(date.clone()))).collect()
    }

    fn with_header(&self, wanted: &str, change: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut parts = self.right.clone();
        let (_, value) = parts.headers.iter_mut().find(|(name, _)| name == wanted)?;
        *value = change(value)?;
        Some(parts.text())
    }

    /// Where the segments of the path end, except the last one; empty for very long paths.
    pub(super) fn inner_slashes(&self) -> Vec<usize> {
        let path = without_slash(&self.right.path);
        let slashes: Vec<_> = path.match_indices('/').map(|(place, _)| place).skip(1).collect();
        if slashes.len() > MOST_SEGMENTS { Vec::new() } else { slashes }
    }

    pub(super) fn pairs(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        pairs(self.request.query.unwrap_or_default())
    }
}

/// A path without its trailing `/`.
pub(super) fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

/// A date, and those a few seconds before and after it.
pub(super) fn dates_near(date: &str) -> impl Iterator<Item = String> + use<> {
    let parsed = basic_utc_time(date);
    let offset = move |seconds: i64| {
        let date = parsed?.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        Some(date.strftime("%Y%m%dT%H%M%SZ").to_string())
    };
    let others = (1..=MOST_SECONDS).flat_map(|seconds| [seconds, -seconds]).filter_map(offset);
    std::iter::once(date.to_owned()).chain(others)
}
