//! When a rule is asked, how fast it may be called, which states it sets: `when`, `chance`, `limit`, `set`, `delay`.

use std::{sync::Arc, time::Duration};

use super::{Compiler, field::Field, template::has_template};
use crate::{
    document::{Content, Key, Node},
    scenario::{
        Delay, Limit, Operations, Setting, StateName, When, parse_duration,
        template::{PathSegment, Template},
    },
};

const DELAYS: [&str; 3] = ["uniform", "lognormal", "exponential"];

impl Compiler<'_> {
    /// `when: { state: { upload: started } }`, or `when: "{{ an expression }}"`.
    pub(super) fn when(&mut self, node: &Node, operations: &Operations) -> When {
        if let Some(text) = node.as_text() {
            return When { states: Vec::new(), expression: self.condition(node, text.trim(), operations) };
        }
        let mut when = When::default();
        let Some(entries) = node.as_mapping() else {
            self.checker.wrong_kind(node, "`state` with its names, or an expression in `{{ … }}`");
            return when;
        };
        self.checker.check_keys(entries, &["state"]);
        let Some(states) = node.get("state") else { return when };
        let Some(entries) = self.checker.mapping(states, "`state`") else { return when };
        for (key, value) in entries {
            if self.state_name(key) {
                self.states.wanted.push((key.name.clone(), key.span.clone()));
                when.states.push((key.name.clone(), self.pattern(value, &Field::anything())));
            }
        }
        when
    }

    /// An expression that must be true.
    fn condition(&mut self, node: &Node, text: &str, operations: &Operations) -> Option<Template> {
        if !text.contains("{{") {
            let message = "an expression under `when` stands in braces";
            let help = Some(format!("write `when: \"{{{{ {text} }}}}\"`, or `when: {{ state: {{ … }} }}`"));
            self.checker.error_with_help(&node.span, message, "without braces", help);
            return None;
        }
        let template = self.template(Template::compile_text(text), node, operations)?;
        if !template.is_expression() {
            let help = Some("put everything inside the braces: `\"{{ a == b and c }}\"`".to_owned());
            let message = "`when` is one expression, and nothing beside it";
            self.checker.error_with_help(&node.span, message, "more than that", help);
            return None;
        }
        let states = template.references.names.iter().filter_map(|name| match name.path.as_slice() {
            [PathSegment::Member(state), PathSegment::Member(member), ..] if **state == *"state" => {
                Some((member.to_string(), self.place_of(node, &name.at, false, &name.written)))
            }
            _ => None,
        });
        let states: Vec<_> = states.collect();
        self.states.wanted.extend(states);
        self.check_template(&template, node, operations);
        Some(template)
    }

    /// `set: { upload: done }`.
    pub(super) fn set(&mut self, node: &Node, operations: &Operations) -> Vec<(StateName, Setting)> {
        let mut set = Vec::new();
        for (key, value) in self.checker.mapping(node, "`set`").unwrap_or_default() {
            let name = self.state_to_set(key, operations);
            let setting = self.setting(value, operations);
            set.extend(name.zip(setting));
        }
        set
    }

    /// The state that a key names: a name, or a template that makes one.
    fn state_to_set(&mut self, key: &Key, operations: &Operations) -> Option<StateName> {
        if !Template::is_in(&key.name) {
            self.state_name(key).then(|| self.states.set.insert(key.name.clone()))?;
            return Some(StateName::Fixed(key.name.clone()));
        }
        self.states.any = true;
        let node = Node { content: Content::Text(key.name.clone()), span: key.span.clone() };
        let template = Arc::new(self.template(Template::compile_text(&key.name), &node, operations)?);
        self.check_template(&template, &node, operations);
        Some(StateName::Templated(template))
    }

    fn setting(&mut self, node: &Node, operations: &Operations) -> Option<Setting> {
        self.numbers(node)?;
        self.exact(node)?;
        self.respelled(node);
        if !has_template(node) {
            return Some(Setting::Fixed(node.to_json()));
        }
        let template = Arc::new(self.template(Template::compile(&node.into()), node, operations)?);
        self.check_template(&template, node, operations);
        Some(Setting::Templated(template))
    }

    fn state_name(&mut self, key: &Key) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fine = key.name.bytes().all(plain) && key.name.starts_with(|first: char| !first.is_ascii_digit());
        if !fine {
            let message = format!("`{}` is not a valid state name", key.name);
            let help =
                "one that a call names is set as `\"file-{{ … }}\"`, and asked for with `when: \"{{ state[…] … }}\"`";
            let help = (Template::is_in(&key.name) || key.name.contains('-')).then(|| help.to_owned());
            self.checker.error_with_help(&key.span, message, "letters, digits and `_`, as in `upload`", help);
        }
        fine
    }

    /// `chance: 20%`.
    pub(super) fn chance(&mut self, node: &Node) -> Option<f64> {
        let percent = node.as_text().and_then(|text| text.strip_suffix('%')).and_then(|number| number.parse().ok());
        let percent = percent.filter(|percent: &f64| (0.0..=100.0).contains(percent));
        if percent.is_none() {
            self.checker.wrong_kind(node, "a percentage from `0%` to `100%`");
        }
        if percent == Some(0.0) {
            self.checker.warning(&node.span, "a rule without a chance is never asked", "never reached");
        }
        percent.map(|percent| percent / 100.0)
    }

    /// `limit: { calls: 200, per: 1s, burst: 20 }`.
    pub(super) fn limit(&mut self, node: &Node) -> Option<Limit> {
        let entries = self.checker.mapping(node, "`limit`")?;
        self.checker.check_keys(entries, &["calls", "per", "burst"]);
        let calls = match node.get("calls") {
            Some(calls) => self.checker.whole_number(calls, 1),
            None => {
                self.checker.missing(node, "calls", "a limit says how many `calls` may come: `{ calls: 200, per: 1s }`")
            }
        };
        let per = match node.get("per") {
            Some(node) => self.duration(node).filter(|per| self.some_time(node, *per)),
            None => self.checker.missing(node, "per", "a limit says in what time: `{ calls: 200, per: 1s }`"),
        };
        let burst = node.get("burst").map(|burst| self.checker.whole_number(burst, 1));
        let burst = burst.unwrap_or(calls)?;
        Some(Limit::new(calls?, per?, burst))
    }

    /// `delay: 250ms`, `{ uniform: [100ms, 1s] }`, `{ lognormal: { median: 200ms, p99: 2s } }`, `{ exponential: { mean: 1s } }`.
    pub(super) fn delay(&mut self, node: &Node) -> Option<Delay> {
        let Content::Mapping(entries) = &node.content else { return self.duration(node).map(Delay::Fixed) };
        self.checker.check_keys(entries, &DELAYS);
        let own: Vec<_> = entries.iter().filter(|(key, _)| !key.is_extension()).collect();
        let [(key, value)] = own.as_slice() else {
            self.checker.error(&node.span, "a delay has one distribution", "`uniform`, `lognormal` or `exponential`");
            return None;
        };
        match key.name.as_str() {
            "uniform" => {
                let Some([from, to]) = value.as_sequence() else {
                    self.checker.wrong_kind(value, "the shortest and the longest delay, as `[100ms, 1s]`");
                    return None;
                };
                let (from_node, to_node) = (from, to);
                let (from, to) = (self.duration(from)?, self.duration(to)?);
                if from > to {
                    let message = format!("`{from_node}` is longer than `{to_node}`");
                    self.checker.error(&value.span, message, "the shortest delay comes first");
                    return None;
                }
                Some(Delay::Uniform(from, to))
            }
            "lognormal" => {
                let [median, p99] = self.durations(value, ["median", "p99"], "{ median: 200ms, p99: 2s }")?;
                if p99 < median {
                    self.checker.error(
                        &value.span,
                        "`p99` is shorter than `median`",
                        "one in a hundred is longer than `p99`",
                    );
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
        let entries = self.checker.mapping(node, &format!("a distribution such as `{example}`"))?;
        self.checker.check_keys(entries, &keys);
        let found = keys.map(|key| match node.get(key) {
            Some(duration) => self.duration(duration),
            None => self.checker.missing(node, key, &format!("write `{example}`")),
        });
        if found.iter().any(Option::is_none) { None } else { Some(found.map(Option::unwrap_or_default)) }
    }

    fn some_time(&mut self, node: &Node, time: Duration) -> bool {
        if time.is_zero() {
            self.checker.error(&node.span, "no time at all makes no sense here", "a duration above zero");
        }
        !time.is_zero()
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let Some(text) = node.as_text() else {
            let number = matches!(node.content, Content::Number(_));
            let help = number.then(|| format!("say which unit, such as `{node}ms` or `{node}s`"));
            self.checker.wrong_kind_with_help(node, "a duration such as `250ms`", help);
            return None;
        };
        match parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(expected) => {
                let message = format!("`{text}` is not a valid duration");
                self.checker.error(&node.span, message, format!("expected {expected}"));
                None
            }
        }
    }
}
