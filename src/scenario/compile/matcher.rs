//! `match` against the contract: the fields exist, and the values can occur.

use serde_json::{Value, json};

use super::{
    Compiler,
    field::{Field, words},
};
use crate::{
    contract::json::Json,
    diagnostic::Severity,
    document::{Content, Key, Node},
    scenario::{Matcher, Operations, Pattern, Test},
};

const PARTS: [&str; 5] = ["path", "query", "headers", "params", "body"];
const OPERATORS: [&str; 11] =
    ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$regex", "$contains", "$exists", "$length"];

/// Words that others have for operators, without `$`, and ours.
const SYNONYMS: [(&str, &str); 19] = [
    ("len", "$length"),
    ("size", "$length"),
    ("count", "$length"),
    ("equals", "$eq"),
    ("is", "$eq"),
    ("not", "$ne"),
    ("neq", "$ne"),
    ("ge", "$gte"),
    ("min", "$gte"),
    ("le", "$lte"),
    ("max", "$lte"),
    ("one_of", "$in"),
    ("any", "$in"),
    ("match", "$regex"),
    ("matches", "$regex"),
    ("pattern", "$regex"),
    ("includes", "$contains"),
    ("has", "$contains"),
    ("present", "$exists"),
];

impl Compiler<'_> {
    /// Compiles a `match` for operations.
    pub(super) fn matcher(&mut self, node: &Node, operations: &Operations) -> Matcher {
        let mut matcher = Matcher::default();
        for (key, value) in self.checker.mapping(node, "`match`").unwrap_or_default() {
            if key.is_extension() {
                continue;
            }
            let Some(part) = PARTS.into_iter().find(|part| *part == key.name) else {
                let help = "`match` has `path`, `query`, `headers`, `params` and `body`";
                self.checker.unknown_key(key, &PARTS, Some(help));
                continue;
            };
            let field = self.documented.part(operations, part);
            if part == "body" {
                if field.is_unknown() {
                    self.checker.error(&key.span, "the operation takes no body", "nothing to match");
                } else {
                    matcher.body = Some(self.pattern(value, &field));
                }
                continue;
            }
            let Some(entries) = self.checker.mapping(value, &format!("`{part}`")) else { continue };
            let mut wanted = Vec::new();
            for (key, value) in entries {
                // The documented spelling is the one that a call is read under.
                let name = if part == "headers" { field.spelling(&key.name) } else { key.name.clone() };
                let member = field.member(&name);
                self.check_member(key, &member);
                wanted.push((name, self.pattern(value, &member)));
            }
            match part {
                "path" => matcher.path = wanted,
                "query" => matcher.query = wanted,
                "params" => matcher.params = wanted,
                _ => matcher.headers = wanted,
            }
        }
        matcher
    }

    /// An error where no table has a member.
    fn check_member(&mut self, key: &Key, member: &Field<'_>) {
        let operator = operator_meant(&key.name);
        match (member.is_unknown(), operator) {
            (true, operator) => {
                let message = format!("the contract has no field `{}` here", key.name);
                let help = operator.map(|operator| format!("did you mean `{operator}`?"));
                match help {
                    Some(help) => self.checker.error_with_help(&key.span, message, "no such field", Some(help)),
                    None => {
                        self.checker.unknown(&key.span, message, "no such field", &key.name, member.instead(), None);
                    }
                }
            }
            // Of a state nothing is known, and it may have a member of any name.
            (false, Some(operator)) if member.is_anything() => {
                let message = format!("`{}` is the name of a member here, and not an operator", key.name);
                let help = Some(format!("write `{operator}` for the operator"));
                self.checker.warning_with_help(&key.span, message, "a name", help);
            }
            _ => {}
        }
    }

    /// What a value must be like; `field` is what the tables say of it.
    pub(super) fn pattern(&mut self, node: &Node, field: &Field<'_>) -> Pattern {
        let Content::Mapping(entries) = &node.content else {
            self.check_value(node, field);
            return Pattern::Equal(node.to_json());
        };
        if entries.iter().any(|(key, _)| key.name.starts_with('$')) {
            let operators = entries.iter().filter(|(key, _)| !key.is_extension());
            return Pattern::Tests(operators.filter_map(|(key, value)| self.test(key, value, field)).collect());
        }
        let mut wanted = Vec::new();
        if let Some(types) = field.without_members() {
            self.no_object(node, entries, &types);
            return Pattern::Members(wanted);
        }
        for (key, value) in entries {
            let member = field.member(&key.name);
            self.check_member(key, &member);
            wanted.push((key.name.clone(), self.pattern(value, &member)));
        }
        Pattern::Members(wanted)
    }

    /// A mapping that stands where the contract has no object.
    fn no_object(&mut self, node: &Node, entries: &[(Key, Node)], types: &str) {
        let meant = entries.iter().find_map(|(key, _)| Some((key, operator_meant(&key.name)?)));
        let place = meant.map_or(&node.span, |(key, _)| &key.span);
        let help = meant.map(|(_, operator)| format!("did you mean `{operator}`?"));
        let message = format!("an object can never match: the contract has {types} here");
        self.checker.error_with_help(place, message, "no object", help);
    }

    /// Holds a written value to what can be compared, and to the contract.
    fn check_value(&mut self, node: &Node, field: &Field<'_>) {
        if self.no_template(node, "match").is_some()
            && self.numbers_of(node, field.types()).is_some()
            && self.exact(node).is_some()
        {
            self.check_possible(node, field);
        }
    }

    /// Warns of an operator that holds for other types than the contract has.
    fn check_type(&mut self, key: &Key, holds_for: &[&str], field: &Field<'_>) {
        let Some(types) = field.types() else { return };
        if !types.iter().any(|name| holds_for.contains(&name.as_str())) {
            let message = format!("`{}` can never hold: the contract has {} here", key.name, words(types));
            let wanted: Vec<String> = holds_for.iter().map(|name| (*name).to_owned()).collect();
            self.checker.warning(&key.span, message, format!("holds for {}", words(&wanted)));
        }
    }

    fn test(&mut self, key: &Key, node: &Node, field: &Field<'_>) -> Option<Test> {
        match key.name.as_str() {
            "$eq" => {
                self.check_value(node, field);
                Some(Test::Equal(node.to_json()))
            }
            "$ne" => {
                self.check_value(node, &Field::anything());
                Some(Test::NotEqual(node.to_json()))
            }
            operator @ ("$gt" | "$gte" | "$lt" | "$lte") => {
                let limit = self.number(node)?;
                self.check_type(key, &["integer", "number"], field);
                let test = match operator {
                    "$gt" => Test::Greater(limit),
                    "$gte" => Test::AtLeast(limit),
                    "$lt" => Test::Less(limit),
                    _ => Test::AtMost(limit),
                };
                self.check_reachable(&test, node, field);
                Some(test)
            }
            "$in" => {
                let values = self.checker.sequence(node, "a list")?;
                values.iter().for_each(|value| self.check_value(value, field));
                Some(Test::OneOf(values.iter().map(Node::to_json).collect()))
            }
            "$regex" => {
                self.check_type(key, &["string"], field);
                self.regex(node)
            }
            "$contains" => {
                self.check_type(key, &["array", "string"], field);
                Some(Test::Contains(Box::new(self.pattern(node, &field.items()))))
            }
            "$exists" => match node.content {
                Content::Boolean(wanted) => Some(Test::Exists(wanted)),
                _ => {
                    self.checker.wrong_kind(node, "`true` or `false`");
                    None
                }
            },
            "$length" => {
                self.check_type(key, &["array", "string"], field);
                if let Some((member, _)) =
                    node.as_mapping().into_iter().flatten().find(|(key, _)| !key.name.starts_with('$'))
                {
                    let help = operator_meant(&member.name).map(|operator| format!("did you mean `{operator}`?"));
                    self.checker.error_with_help(
                        &member.span,
                        "a length is a number, and no object",
                        "no operator",
                        help,
                    );
                    return None;
                }
                Some(Test::Length(Box::new(self.pattern(node, &Field::anything()))))
            }
            _ => {
                match key.name.strip_prefix('$').and_then(operator_meant) {
                    Some(meant) => {
                        let help = format!("did you mean `{meant}`?");
                        let message = format!("unknown key `{}`", key.name);
                        self.checker.error_with_help(&key.span, message, "not expected here", Some(help));
                    }
                    None => {
                        let help = "operators start with `$` and stand alone in their mapping";
                        self.checker.unknown_key(key, &OPERATORS, Some(help));
                    }
                }
                None
            }
        }
    }

    fn regex(&mut self, node: &Node) -> Option<Test> {
        let text = self.checker.text(node, "a regular expression")?;
        self.no_template(node, "match")?;
        match regex::RegexBuilder::new(text).size_limit(1 << 20).build() {
            Ok(regex) => Some(Test::Regex(Box::new(regex))),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.checker.error(&node.span, "the regular expression cannot be used", reason);
                None
            }
        }
    }

    fn number(&mut self, node: &Node) -> Option<f64> {
        let number = match &node.content {
            Content::Number(number) => number.value().as_f64(),
            _ => None,
        };
        if number.is_none() {
            self.checker.wrong_kind(node, "a number");
        }
        self.numbers(node)?;
        number
    }

    /// Warns of a comparison that no value of the contract passes: the table's own limits do not.
    fn check_reachable(&mut self, test: &Test, node: &Node, field: &Field<'_>) {
        let mut range = None;
        for schema in field.schemas() {
            let Some(schema) = schema else { return };
            let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
            let (least, most) = (limit("minimum"), limit("maximum"));
            let number = |number: Option<f64>| number.is_none_or(|number| test.fits(Some(&Json::from(&json!(number)))));
            let listed = schema.get("enum").and_then(Value::as_array);
            // A missing limit is no limit.
            let passes = match test {
                _ if listed.is_some() => listed.into_iter().flatten().any(|value| test.fits(Some(&Json::from(value)))),
                Test::Greater(_) | Test::AtLeast(_) => number(most),
                _ => number(least),
            };
            if passes {
                return;
            }
            range = Some(match test {
                _ if listed.is_some() => format!("one of {}", json!(listed)),
                Test::Greater(_) | Test::AtLeast(_) => format!("at most {}", most.unwrap_or_default()),
                _ => format!("at least {}", least.unwrap_or_default()),
            });
        }
        if let Some(range) = range {
            let message = format!("no value can be {}: the contract refuses such a call first", test.wish());
            self.checker.warning(&node.span, message, format!("the contract wants {range}"));
        }
    }

    /// Warns of a value that the contract never lets through.
    fn check_possible(&mut self, node: &Node, field: &Field<'_>) {
        if !self.checker.has_room(Severity::Warning) {
            return;
        }
        let value = node.to_json();
        let meant = otherwise_quoted(node);
        let mut reason = None;
        let mut help = None;
        for schema in field.compiled() {
            let Some(schema) = schema else { return };
            if schema.is_valid(&Json::from(&value)) {
                return;
            }
            let violations = schema.violations(&Json::from(&value), "");
            reason = violations.into_iter().next().map(|violation| violation.expected);
            let fits = |meant: &&Value| schema.is_valid(&Json::from(*meant));
            help = help.or_else(|| {
                meant.as_ref().filter(fits).map(|meant| {
                    format!("{} quotes it can: `{meant}`", if meant.is_string() { "with" } else { "without" })
                })
            });
        }
        if let Some(reason) = reason {
            let shown = match node.kind() {
                kind @ ("a list" | "a mapping") => kind.to_owned(),
                _ => format!("`{node}`"),
            };
            let message = format!("{shown} can never match: the contract refuses such a call first");
            self.checker.warning_with_help(&node.span, message, format!("the contract wants {reason}"), help);
        }
    }
}

/// A number or boolean as a text, and a text that is one as what it is: what YAML's quotes change.
fn otherwise_quoted(node: &Node) -> Option<Value> {
    match &node.content {
        Content::Number(_) | Content::Boolean(_) => Some(Value::String(node.to_string())),
        Content::Text(text) => {
            serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() || value.is_boolean())
        }
        _ => None,
    }
}

/// The operator that a name without `$` was probably meant to be.
fn operator_meant(name: &str) -> Option<&'static str> {
    let own = || OPERATORS.into_iter().find(|operator| operator.strip_prefix('$') == Some(name));
    let other = SYNONYMS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name));
    other.map(|(_, ours)| *ours).or_else(own)
}
