//! When a rule is asked, how fast it may be called, what it leaves behind: `when`, `chance`, `limit`, `set`, `delay`.

use std::time::Duration;

use super::{
    Delay, Limit, Pattern, Setting, compile::Compiler, duration::parse_duration, template::Template,
    templates::has_template,
};
use crate::{
    contract::OperationId,
    document::{Content, Key, Node},
};

const DELAYS: [&str; 3] = ["uniform", "lognormal", "exponential"];

impl Compiler<'_> {
    /// `when: { state: { upload: started } }`.
    pub(super) fn when(&mut self, node: &Node) -> Vec<(String, Pattern)> {
        let Some(entries) = self.mapping(node, "`when`") else { return Vec::new() };
        self.check_keys(entries, &["state"]);
        let Some(states) = node.get("state") else { return Vec::new() };
        let Some(entries) = self.mapping(states, "`state`") else { return Vec::new() };
        let mut wanted = Vec::new();
        for (key, value) in entries {
            if self.state_name(key) {
                self.wanted_states.push((key.name.clone(), key.span.clone()));
                wanted.push((key.name.clone(), self.pattern(value, &[])));
            }
        }
        wanted
    }

    /// `set: { upload: done }`.
    pub(super) fn set(&mut self, node: &Node, operations: &[OperationId]) -> Vec<(String, Setting)> {
        let mut set = Vec::new();
        for (key, value) in self.mapping(node, "`set`").unwrap_or_default() {
            if self.state_name(key) {
                self.known_states.push(key.name.clone());
                let setting = self.setting(value, operations);
                set.extend(setting.map(|setting| (key.name.clone(), setting)));
            }
        }
        set
    }

    fn setting(&mut self, node: &Node, operations: &[OperationId]) -> Option<Setting> {
        if !has_template(node) {
            return Some(Setting::Fixed(node.to_json()));
        }
        let template = self.template(Template::compile(&node.to_json()), node, operations)?;
        operations.iter().all(|id| self.rehearse(&template, node, *id, None));
        Some(Setting::Templated(template))
    }

    fn state_name(&mut self, key: &Key) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fine = key.name.bytes().all(plain) && key.name.starts_with(|first: char| !first.is_ascii_digit());
        if !fine {
            let message = format!("`{}` is no name of a state", key.name);
            self.error(&key.span, message, "letters, digits and `_`, as in `upload`");
        }
        fine
    }

    /// `chance: 20%`.
    pub(super) fn chance(&mut self, node: &Node) -> Option<f64> {
        let percent = node.as_text().and_then(|text| text.strip_suffix('%')).and_then(|number| number.parse().ok());
        let percent = percent.filter(|percent: &f64| (0.0..=100.0).contains(percent));
        if percent.is_none() {
            self.wrong_kind(node, "a percentage from `0%` to `100%`");
        }
        if percent == Some(0.0) {
            self.warning(&node.span, "a rule without a chance is never asked", "never reached");
        }
        percent.map(|percent| percent / 100.0)
    }

    /// `limit: { calls: 200, per: 1s, burst: 20 }`.
    pub(super) fn limit(&mut self, node: &Node) -> Option<Limit> {
        let entries = self.mapping(node, "`limit`")?;
        self.check_keys(entries, &["calls", "per", "burst"]);
        let calls = match node.get("calls") {
            Some(calls) => self.whole_number(calls, 1),
            None => self.missing(node, "calls", "a limit says how many `calls` may come: `{ calls: 200, per: 1s }`"),
        };
        let per = match node.get("per") {
            Some(node) => self.duration(node).filter(|per| self.some_time(node, *per)),
            None => self.missing(node, "per", "a limit says in what time: `{ calls: 200, per: 1s }`"),
        };
        let burst = node.get("burst").map(|burst| self.whole_number(burst, 1));
        let burst = burst.unwrap_or(calls)?;
        Some(Limit::new(calls?, per?, burst))
    }

    /// `delay: 250ms`, `{ uniform: [100ms, 1s] }`, `{ lognormal: { median: 200ms, p99: 2s } }`, `{ exponential: { mean: 1s } }`.
    pub(super) fn delay(&mut self, node: &Node) -> Option<Delay> {
        let Content::Mapping(entries) = &node.content else { return self.duration(node).map(Delay::Fixed) };
        self.check_keys(entries, &DELAYS);
        let [(key, value)] = entries.as_slice() else {
            self.error(&node.span, "a delay has one distribution", "`uniform`, `lognormal` or `exponential`");
            return None;
        };
        match key.name.as_str() {
            "uniform" => {
                let Some([from, to]) = value.as_sequence() else {
                    self.wrong_kind(value, "the shortest and the longest delay, as `[100ms, 1s]`");
                    return None;
                };
                let (from_node, to_node) = (from, to);
                let (from, to) = (self.duration(from)?, self.duration(to)?);
                if from > to {
                    let message = format!("`{from_node}` is longer than `{to_node}`");
                    self.error(&value.span, message, "the shortest delay comes first");
                    return None;
                }
                Some(Delay::Uniform(from, to))
            }
            "lognormal" => {
                let [median, p99] = self.durations(value, ["median", "p99"], "{ median: 200ms, p99: 2s }")?;
                if p99 < median {
                    self.error(&value.span, "`p99` is shorter than `median`", "one in a hundred is longer than `p99`");
                    return None;
                }
                self.some_time(value, median).then_some(Delay::Lognormal { median, p99 })
            }
            "exponential" => {
                self.durations(value, ["mean"], "{ mean: 200ms }").map(|[mean]| Delay::Exponential { mean })
            }
            _ => None,
        }
    }

    /// The durations of a mapping that has exactly these keys.
    fn durations<const N: usize>(&mut self, node: &Node, keys: [&str; N], example: &str) -> Option<[Duration; N]> {
        let entries = self.mapping(node, &format!("a distribution such as `{example}`"))?;
        self.check_keys(entries, &keys);
        let found = keys.map(|key| match node.get(key) {
            Some(duration) => self.duration(duration),
            None => self.missing(node, key, &format!("write `{example}`")),
        });
        if found.iter().any(Option::is_none) { None } else { Some(found.map(Option::unwrap_or_default)) }
    }

    fn some_time(&mut self, node: &Node, time: Duration) -> bool {
        if time.is_zero() {
            self.error(&node.span, "no time at all makes no sense here", "a duration above zero");
        }
        !time.is_zero()
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let text = self.text(node, "a duration such as `250ms`")?;
        match parse_duration(&text) {
            Ok(duration) => Some(duration),
            Err(expected) => {
                self.error(&node.span, format!("`{text}` is no duration"), format!("expected {expected}"));
                None
            }
        }
    }
}
