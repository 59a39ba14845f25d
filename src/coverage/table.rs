//! What an operation's table has to cover: its edges, and the way to the values that may reach them.

use serde_json::{Number, Value};

use super::edge::{Edge, Limit};
use crate::contract::{Call, json::Json, operation::Table, violation::push_segment};

/// The most edges of an operation. A schema of a line can have any number.
const MOST: usize = 2000;

/// Members deeper than this are not looked at: a schema may refer to itself.
const DEEPEST: usize = 8;

/// The most schemas that are looked at for a part: one may refer to itself in several places.
const MOST_SCHEMAS: usize = 5000;

/// The parts of a request, by name.
const PARTS: [&str; 5] = ["path", "query", "headers", "body", "params"];

/// The edges of an operation's rows.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// In the order of the table.
    pub(super) all: Vec<Edge>,
    /// The parts that have edges.
    parts: Vec<(&'static str, Node)>,
}

/// A place of the request: the edges of its value, and what is in it.
#[derive(Debug, Default)]
struct Node {
    /// Indices of edges.
    edges: Vec<usize>,
    members: Vec<Member>,
    items: Option<Box<Node>>,
}

#[derive(Debug)]
struct Member {
    name: String,
    /// Given, and left out, if it is optional.
    presence: Option<(usize, usize)>,
    node: Node,
}

/// Edges that were reached, a bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reached {
    words: Vec<u64>,
    count: usize,
}

impl Reached {
    pub(super) fn has(&self, edge: usize) -> bool {
        self.words.get(edge / 64).is_some_and(|word| word >> (edge % 64) & 1 == 1)
    }

    fn add(&mut self, edge: usize) {
        if self.words.len() <= edge / 64 {
            self.words.resize(edge / 64 + 1, 0);
        }
        if let Some(word) = self.words.get_mut(edge / 64).filter(|word| **word >> (edge % 64) & 1 == 0) {
            *word |= 1 << (edge % 64);
            self.count += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self.count = self.words.iter().map(|word| word.count_ones() as usize).sum();
    }
}

impl Edges {
    pub(super) const NONE: Self = Self { all: Vec::new(), parts: Vec::new() };

    pub(super) fn of(table: &Table<'_>) -> Self {
        let mut edges = Self::default();
        for part in PARTS {
            if let Some(schema) = table.part(part) {
                let mut node = Node::default();
                Builder { table, edges: &mut edges.all, schemas: 0 }.read(schema, &format!("/{part}"), 0, &mut node);
                if !node.is_empty() {
                    edges.parts.push((part, node));
                }
            }
        }
        edges
    }

    /// Notes the edges that a call reaches. Where all were reached before, nothing is looked at.
    pub(super) fn reach(&self, call: &Call<'_>, reached: &mut Reached) {
        if reached.count == self.all.len() {
            return;
        }
        for (part, node) in &self.parts {
            let value = match *part {
                "path" => &call.path,
                "query" => &call.query,
                "headers" => &call.headers,
                "body" => &call.body,
                _ => &call.params,
            };
            self.reach_in(node, value, reached);
        }
    }

    fn reach_in(&self, node: &Node, value: &Json<'_>, reached: &mut Reached) {
        for edge in &node.edges {
            if !reached.has(*edge) && self.all.get(*edge).is_some_and(|edge| edge.limit.is_reached(value)) {
                reached.add(*edge);
            }
        }
        match value {
            Json::Object(_) => {
                for member in &node.members {
                    let value = value.get(&member.name);
                    if let Some((given, left_out)) = member.presence {
                        reached.add(if value.is_some() { given } else { left_out });
                    }
                    if let Some(value) = value.filter(|_| !member.node.is_empty()) {
                        self.reach_in(&member.node, value, reached);
                    }
                }
            }
            Json::Array(items) => {
                if let Some(node) = &node.items {
                    items.iter().for_each(|item| self.reach_in(node, item, reached));
                }
            }
            _ => {}
        }
    }
}

impl Node {
    fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.members.is_empty() && self.items.is_none()
    }
}

/// Reads the schema of a part.
struct Builder<'b, 't> {
    table: &'b Table<'t>,
    edges: &'b mut Vec<Edge>,
    /// How many schemas were looked at.
    schemas: usize,
}

impl Builder<'_, '_> {
    fn read(&mut self, schema: &Value, at: &str, depth: usize, node: &mut Node) {
        self.schemas += 1;
        if depth > DEEPEST || self.schemas > MOST_SCHEMAS {
            return;
        }
        let schema = &self.table.resolve(schema);
        for limit in limits(schema) {
            if let Some(edge) = self.edge(at, limit) {
                node.edges.push(edge);
            }
        }
        let required = |name: &str| {
            let names = |schema: &Value| {
                let names = schema["required"].as_array().into_iter().flatten();
                names.filter_map(Value::as_str).any(|known| known == name)
            };
            names(schema) || alternatives(schema, &["allOf"]).any(names)
        };
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if node.members.iter().any(|known| known.name == *name) {
                continue;
            }
            let mut at = at.to_owned();
            push_segment(&mut at, name);
            let presence = (!required(name)).then(|| self.presence(&at)).flatten();
            let mut inner = Node::default();
            self.read(member, &at, depth + 1, &mut inner);
            if presence.is_some() || !inner.is_empty() {
                node.members.push(Member { name: name.clone(), presence, node: inner });
            }
        }
        if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
            let mut inner = node.items.take().unwrap_or_default();
            self.read(items, &format!("{at}/*"), depth + 1, &mut inner);
            node.items = (!inner.is_empty()).then_some(inner);
        }
        for schema in alternatives(schema, &["allOf", "anyOf", "oneOf"]) {
            self.read(schema, at, depth + 1, node);
        }
    }

    fn presence(&mut self, at: &str) -> Option<(usize, usize)> {
        Some((self.edge(at, Limit::Given)?, self.edge(at, Limit::LeftOut)?))
    }

    /// The index of an edge that is new and has room.
    fn edge(&mut self, at: &str, limit: Limit) -> Option<usize> {
        let edge = Edge { at: at.to_owned(), limit };
        if self.edges.len() >= MOST || self.edges.contains(&edge) {
            return None;
        }
        self.edges.push(edge);
        Some(self.edges.len() - 1)
    }
}

/// The schemas in lists under some keywords.
fn alternatives<'v>(schema: &'v Value, keywords: &'static [&str]) -> impl Iterator<Item = &'v Value> {
    keywords.iter().flat_map(|keyword| schema[*keyword].as_array().into_iter().flatten())
}

/// The edges that a schema itself has; what is only worth a warning has none.
fn limits(schema: &Value) -> Vec<Limit> {
    let number = |name: &str| schema[name].as_number().cloned();
    let count = |name: &str| schema[name].as_u64();
    let inside = |name: &str, step: i64| {
        let edge = schema[name].as_i64().filter(|_| schema["type"] == "integer")?;
        edge.checked_add(step).map(Number::from)
    };
    let mut limits: Vec<Limit> = Vec::new();
    limits.extend(number("minimum").or_else(|| inside("exclusiveMinimum", 1)).map(Limit::Minimum));
    limits.extend(number("maximum").or_else(|| inside("exclusiveMaximum", -1)).map(Limit::Maximum));
    limits.extend(count("minLength").map(Limit::MinLength));
    limits.extend(count("maxLength").filter(|most| count("minLength") != Some(*most)).map(Limit::MaxLength));
    limits.extend(count("minItems").map(Limit::MinItems));
    limits.extend(count("maxItems").filter(|most| count("minItems") != Some(*most)).map(Limit::MaxItems));
    limits.extend(schema["enum"].as_array().into_iter().flatten().cloned().map(Limit::Value));
    limits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Contract, SpecFiles};
    use serde_json::json;

    fn contract() -> Contract {
        SpecFiles::embedded().load().unwrap()
    }

    fn edges(contract: &Contract, name: &str) -> Edges {
        let operation = contract.operation(contract.named(name)[0]);
        Edges::of(&operation.table(contract.service_of(operation)).unwrap())
    }

    fn reached(edges: &Edges, bodies: &[Value]) -> Vec<String> {
        let mut reached = Reached::default();
        for body in bodies {
            edges.reach(&Call { body: Json::from(body), ..Call::default() }, &mut reached);
        }
        let all = edges.all.iter().enumerate().filter(|(index, _)| reached.has(*index));
        let all: Vec<String> = all.map(|(_, edge)| edge.to_string()).collect();
        assert_eq!(all.len(), reached.count);
        all
    }

    #[test]
    fn a_table_has_the_edges_of_its_rows() {
        let edges: Vec<String> = edges(&contract(), "CreateShare").all.iter().map(ToString::to_string).collect();
        for expected in [
            "/body/validDays: minimum 1",
            "/body/validDays: maximum 365",
            "/body/fileIds: at most 100 items",
            "/body/scope: value 1",
            "/body/scope: value 3",
            "/body/comment: given",
            "/body/comment: left out",
        ] {
            assert!(edges.iter().any(|edge| edge == expected), "{expected}: {edges:#?}");
        }
        // Mandatory members are always given, and a warning is no constraint.
        for other in ["/body/validDays: given", "/body/fileIds: at least 1 items"] {
            assert!(edges.iter().all(|edge| edge != other), "{other}");
        }
    }

    #[test]
    fn a_call_reaches_the_edges_of_its_values() {
        let edges = edges(&contract(), "CreateShare");
        let body = |days: u64, files: usize| json!({ "scope": 2, "fileIds": vec!["1"; files], "containerId": "2", "validDays": days });
        let found = reached(&edges, &[body(365, 2)]);
        let limits: Vec<&str> = found.iter().map(String::as_str).filter(|edge| !edge.contains(" out")).collect();
        assert_eq!(limits, ["/body/scope: value 2", "/body/validDays: maximum 365"]);
        assert!(found.contains(&"/body/comment: left out".to_owned()));
        let more = reached(&edges, &[body(365, 2), body(1, 100)]);
        assert_eq!(more.len(), found.len() + 2);
    }

    #[test]
    fn every_operation_has_edges_within_bounds() {
        let contract = contract();
        let tables: Vec<Edges> =
            contract.operations().iter().map(|operation| edges(&contract, &operation.name)).collect();
        let most = tables.iter().map(|edges| edges.all.len()).max().unwrap();
        assert!((20..MOST).contains(&most), "{most}");
    }

    #[test]
    fn reached_edges_are_joined() {
        let (mut one, mut other) = (Reached::default(), Reached::default());
        [3, 3, 70].iter().for_each(|edge| one.add(*edge));
        [3, 200].iter().for_each(|edge| other.add(*edge));
        one.merge(&other);
        assert_eq!((one.count, one.has(200), one.has(70), one.has(4)), (3, true, true, false));
    }
}
