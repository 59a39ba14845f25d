//! `match` against the contract: the fields exist, and the values can occur.

use serde_json::{Value, json};

use super::{
    compile::Compiler,
    matching::{Matcher, Pattern, Test},
};
use crate::{
    contract::{
        OperationId,
        json::Json,
        operation::{Member, Table},
    },
    diagnostic::did_you_mean,
    document::{Content, Key, Node},
};

const PARTS: [&str; 5] = ["path", "query", "headers", "params", "body"];
const OPERATORS: [&str; 11] =
    ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$regex", "$contains", "$exists", "$length"];

impl Compiler<'_> {
    /// Compiles a `match` for operations.
    pub(super) fn matcher(&mut self, node: &Node, operations: &[OperationId]) -> Matcher {
        let mut matcher = Matcher::default();
        let Some(entries) = self.mapping(node, "`match`") else { return matcher };
        let tables: Vec<_> = operations.iter().filter_map(|id| self.table(*id)).collect();
        let tables: Vec<&Table<'_>> = tables.iter().map(AsRef::as_ref).collect();
        for (key, value) in entries {
            if !PARTS.contains(&key.name.as_str()) {
                self.unknown_key(key, &PARTS, "`match` has `path`, `query`, `headers`, `params` and `body`");
                continue;
            }
            let schemas: Vec<Option<Value>> = tables.iter().map(|table| table.part(&key.name).cloned()).collect();
            if key.name == "body" {
                let schemas: Vec<_> =
                    tables.iter().copied().zip(&schemas).filter_map(|(t, s)| Some((t, s.as_ref()?))).collect();
                if schemas.is_empty() && !tables.is_empty() {
                    self.error(&key.span, "the operation takes no body", "nothing to match");
                    continue;
                }
                let schemas: Vec<_> =
                    schemas.into_iter().map(|(table, schema)| (table, Some(table.resolve(schema)))).collect();
                matcher.body = Some(self.pattern(value, &schemas));
                continue;
            }
            let Some(entries) = self.mapping(value, &format!("`{}`", key.name)) else { continue };
            let mut wanted = Vec::new();
            for (name, value) in entries {
                let members: Vec<_> = tables
                    .iter()
                    .copied()
                    .zip(&schemas)
                    .map(|(table, schema)| {
                        let ignoring_case = |schema: &Value| match key.name.as_str() {
                            // The documented spelling is the one that a call is read under.
                            "headers" => documented_name(schema, &name.name),
                            _ => name.name.clone(),
                        };
                        let documented = schema.as_ref().map_or_else(|| name.name.clone(), ignoring_case);
                        let member = schema
                            .as_ref()
                            .map_or(Member::Unknown(Vec::new()), |schema| table.member(schema, &documented));
                        (table, documented, member)
                    })
                    .collect();
                let documented =
                    members.first().map_or_else(|| name.name.clone(), |(_, documented, _)| documented.clone());
                let members = members.into_iter().map(|(table, _, member)| (table, member)).collect();
                let schemas = self.members(name, members);
                wanted.push((documented, self.pattern(value, &schemas)));
            }
            match key.name.as_str() {
                "path" => matcher.path = wanted,
                "query" => matcher.query = wanted,
                "params" => matcher.params = wanted,
                _ => matcher.headers = wanted,
            }
        }
        matcher
    }

    /// The schemas of a member in each table; an error where no table has it.
    fn members<'t, 'c>(
        &mut self,
        key: &Key,
        members: Vec<(&'t Table<'c>, Member)>,
    ) -> Vec<(&'t Table<'c>, Option<Value>)> {
        let known = members.iter().any(|(_, member)| !matches!(member, Member::Unknown(_)));
        if !known && !members.is_empty() {
            let candidates: Vec<&String> = members
                .iter()
                .flat_map(|(_, member)| match member {
                    Member::Unknown(names) => names.as_slice(),
                    _ => &[],
                })
                .collect();
            let close = did_you_mean(&key.name, candidates.iter().map(|name| name.as_str()));
            let help = close.map(|close| format!("did you mean `{close}`?"));
            self.error_with_help(
                &key.span,
                format!("the contract has no field `{}` here", key.name),
                "no such field",
                help,
            );
        }
        members
            .into_iter()
            .filter_map(|(table, member)| match member {
                Member::Documented(schema) => Some((table, Some(schema))),
                Member::Anything => Some((table, None)),
                Member::Unknown(_) => None,
            })
            .collect()
    }

    pub(super) fn pattern(&mut self, node: &Node, schemas: &[(&Table<'_>, Option<Value>)]) -> Pattern {
        let Content::Mapping(entries) = &node.content else {
            self.possible(node, schemas);
            return Pattern::Equal(node.to_json());
        };
        if entries.iter().any(|(key, _)| key.name.starts_with('$')) {
            return Pattern::Tests(entries.iter().filter_map(|(key, value)| self.test(key, value, schemas)).collect());
        }
        let mut wanted = Vec::new();
        for (key, value) in entries {
            let members = schemas
                .iter()
                .map(|(table, schema)| {
                    (*table, schema.as_ref().map_or(Member::Anything, |schema| table.member(schema, &key.name)))
                })
                .collect();
            let schemas = self.members(key, members);
            wanted.push((key.name.clone(), self.pattern(value, &schemas)));
        }
        Pattern::Members(wanted)
    }

    fn test(&mut self, key: &Key, node: &Node, schemas: &[(&Table<'_>, Option<Value>)]) -> Option<Test> {
        let items = || -> Vec<_> {
            schemas
                .iter()
                .map(|(table, schema)| {
                    let items = schema.as_ref().and_then(|schema| schema.get("items"));
                    (*table, items.map(|items| table.resolve(items)))
                })
                .collect()
        };
        match key.name.as_str() {
            "$eq" => {
                self.possible(node, schemas);
                Some(Test::Equal(node.to_json()))
            }
            "$ne" => Some(Test::NotEqual(node.to_json())),
            "$gt" | "$gte" | "$lt" | "$lte" => {
                let limit = self.number(node)?;
                let test = match key.name.as_str() {
                    "$gt" => Test::Greater(limit),
                    "$gte" => Test::AtLeast(limit),
                    "$lt" => Test::Less(limit),
                    _ => Test::AtMost(limit),
                };
                self.reachable(&test, node, schemas);
                Some(test)
            }
            "$in" => {
                let Some(values) = node.as_sequence() else {
                    self.wrong_kind(node, "a list");
                    return None;
                };
                for value in values {
                    self.possible(value, schemas);
                }
                Some(Test::OneOf(values.iter().map(Node::to_json).collect()))
            }
            "$regex" => {
                let Some(text) = node.as_text() else {
                    self.wrong_kind(node, "a regular expression");
                    return None;
                };
                match regex::RegexBuilder::new(text).size_limit(1 << 20).build() {
                    Ok(regex) => Some(Test::Regex(Box::new(regex))),
                    Err(error) => {
                        let reason = error.to_string();
                        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                        self.error(&node.span, "the regular expression cannot be used", reason);
                        None
                    }
                }
            }
            "$contains" => Some(Test::Contains(Box::new(self.pattern(node, &items())))),
            "$exists" => match node.content {
                Content::Boolean(wanted) => Some(Test::Exists(wanted)),
                _ => {
                    self.wrong_kind(node, "`true` or `false`");
                    None
                }
            },
            "$length" => Some(Test::Length(Box::new(self.pattern(node, &[])))),
            _ => {
                self.unknown_key(key, &OPERATORS, "operators start with `$` and stand alone in their mapping");
                None
            }
        }
    }

    fn number(&mut self, node: &Node) -> Option<f64> {
        let number = match &node.content {
            Content::Number(number) => number.as_f64(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_kind(node, "a number");
        }
        number
    }

    /// Warns of a comparison that no value of the contract passes: the table's own limits do not.
    fn reachable(&mut self, test: &Test, node: &Node, schemas: &[(&Table<'_>, Option<Value>)]) {
        let mut range = None;
        for (_, schema) in schemas {
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
            self.warning(&node.span, message, format!("the contract wants {range}"));
        }
    }

    /// Warns of a value that the contract never lets through.
    fn possible(&mut self, node: &Node, schemas: &[(&Table<'_>, Option<Value>)]) {
        let value = node.to_json();
        let meant = otherwise_quoted(&value);
        let mut reason = None;
        let mut help = None;
        for (table, schema) in schemas {
            let Some(Ok(schema)) = schema.as_ref().map(|schema| table.compile(schema)) else { return };
            match schema.violations(&Json::from(&value), "").into_iter().next() {
                Some(violation) => reason = Some(violation.expected),
                None => return,
            }
            let fits = |meant: &&Value| schema.violations(&Json::from(*meant), "").is_empty();
            help = help.or_else(|| {
                meant.as_ref().filter(fits).map(|meant| {
                    format!("{} quotes it can: `{meant}`", if meant.is_string() { "with" } else { "without" })
                })
            });
        }
        if let Some(reason) = reason {
            let message = format!("`{node}` can never match: the contract refuses such a call first");
            self.warning_with_help(&node.span, message, format!("the contract wants {reason}"), help);
        }
    }
}

/// A number or boolean as a text, and a text that is one as what it is: what YAML's quotes change.
fn otherwise_quoted(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) | Value::Bool(_) => Some(Value::String(value.to_string())),
        Value::String(text) => {
            serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() || value.is_boolean())
        }
        _ => None,
    }
}

fn documented_name(schema: &Value, name: &str) -> String {
    let names = schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
    names.into_iter().find(|known| known.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned())
}
