//! A place in a call, as the tables of some operations describe it.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use serde_json::Value;

use crate::contract::{
    operation::{Member, Table},
    schema::Schema,
};

/// What tables say of one place in a call. What is below it is looked up when somebody asks, and kept.
pub(super) struct Field<'c> {
    /// The tables that know the place.
    known_by: Vec<Known<'c>>,
    /// How many tables were asked, and how many are asked for what is below.
    asked: usize,
    below: usize,
    /// Names that these have instead.
    instead: Vec<String>,
    members: RefCell<HashMap<String, Rc<Field<'c>>>>,
    items: OnceCell<Rc<Field<'c>>>,
    types: OnceCell<Option<Vec<String>>>,
}

/// A table that knows the place.
struct Known<'c> {
    table: Rc<Table<'c>>,
    /// What it says of the value; nothing where it takes anything.
    schema: Option<Value>,
    compiled: OnceCell<Option<Schema>>,
}

impl<'c> Known<'c> {
    fn new(table: &Rc<Table<'c>>, schema: Option<Value>) -> Self {
        Self { table: Rc::clone(table), schema, compiled: OnceCell::new() }
    }
}

impl<'c> Field<'c> {
    fn new(known_by: Vec<Known<'c>>, asked: usize, instead: Vec<String>) -> Self {
        let below = known_by.len();
        let (members, items, types) = (RefCell::default(), OnceCell::new(), OnceCell::new());
        Self { known_by, asked, below, instead, members, items, types }
    }

    /// A part of the request in these tables.
    pub(super) fn part(tables: &[Rc<Table<'c>>], part: &str) -> Self {
        let known = |table: &Rc<Table<'c>>| Some(Known::new(table, Some(table.resolve(table.part(part)?))));
        let part = Self::new(tables.iter().filter_map(known).collect(), tables.len(), Vec::new());
        // A part that no table has lacks each of its members.
        let below = if part.is_unknown() { tables.len() } else { part.below };
        Self { below, ..part }
    }

    /// A value of which nothing is said.
    pub(super) fn anything() -> Self {
        Self::new(Vec::new(), 0, Vec::new())
    }

    /// Whether tables were asked, and none of them knows the place.
    pub(super) fn is_unknown(&self) -> bool {
        self.known_by.is_empty() && self.asked > 0
    }

    /// Whether nothing is said of it.
    pub(super) fn is_anything(&self) -> bool {
        self.known_by.iter().all(|known| known.schema.is_none()) && !self.is_unknown()
    }

    /// The names that stand at the place instead.
    pub(super) fn instead(&self) -> impl Iterator<Item = &str> {
        self.instead.iter().map(String::as_str)
    }

    /// A member of it.
    pub(super) fn member(&self, name: &str) -> Rc<Self> {
        if let Some(known) = self.members.borrow().get(name) {
            return Rc::clone(known);
        }
        let mut known_by = Vec::new();
        let mut instead = Vec::new();
        for Known { table, schema, .. } in &self.known_by {
            match schema.as_ref().map_or(Member::Anything, |schema| table.member(schema, name)) {
                Member::Documented(schema) => known_by.push(Known::new(table, Some(schema))),
                Member::Anything => known_by.push(Known::new(table, None)),
                Member::Unknown(names) => instead.extend(names),
            }
        }
        instead.sort_unstable();
        instead.dedup();
        let member = Rc::new(Self::new(known_by, self.below, instead));
        self.members.borrow_mut().insert(name.to_owned(), Rc::clone(&member));
        member
    }

    /// The spelling of a header's name in a table, whatever its letter case.
    pub(super) fn spelling(&self, name: &str) -> String {
        let properties = self.schemas().filter_map(|schema| schema?.get("properties")?.as_object());
        let mut names = properties.flat_map(serde_json::Map::keys);
        names.find(|known| known.eq_ignore_ascii_case(name)).map_or(name, String::as_str).to_owned()
    }

    /// An item of it, if it is a list.
    pub(super) fn items(&self) -> Rc<Self> {
        let items = |known: &Known<'c>| {
            let schema = known.schema.as_ref().and_then(|schema| schema.get("items"));
            Known::new(&known.table, schema.map(|schema| known.table.resolve(schema)))
        };
        let make = || Rc::new(Self::new(self.known_by.iter().map(items).collect(), self.known_by.len(), Vec::new()));
        Rc::clone(self.items.get_or_init(make))
    }

    /// The schemas of the tables that know it; nothing for one that takes anything.
    pub(super) fn schemas(&self) -> impl Iterator<Item = Option<&Value>> {
        self.known_by.iter().map(|known| known.schema.as_ref())
    }

    /// The types that the tables allow, in the words of JSON Schema; nothing where one of them allows any.
    pub(super) fn types(&self) -> Option<&[String]> {
        let find = || {
            let mut all = Vec::new();
            for Known { table, schema, .. } in &self.known_by {
                types(schema.as_ref()?, table, 0, &mut all)?;
            }
            all.sort_unstable();
            all.dedup();
            Some(all).filter(|all| !all.is_empty())
        };
        self.types.get_or_init(find).as_deref()
    }

    /// The types in words, where none of them has members.
    pub(super) fn without_members(&self) -> Option<String> {
        self.types().filter(|types| !types.iter().any(|name| name == "object")).map(words)
    }

    /// The same, ready for values; nothing also where it cannot be compiled.
    pub(super) fn compiled(&self) -> impl Iterator<Item = Option<&Schema>> {
        self.known_by.iter().map(|known| {
            let compile = || known.schema.as_ref().and_then(|schema| known.table.compile(schema).ok());
            known.compiled.get_or_init(compile).as_ref()
        })
    }
}

/// Schemas that lead deeper than this are circular.
const DEPTH: usize = 16;

/// Adds the types that a schema allows; nothing where that cannot be said, or where it is any type.
fn types(schema: &Value, table: &Table<'_>, depth: usize, all: &mut Vec<String>) -> Option<()> {
    if depth > DEPTH {
        return None;
    }
    let schema = table.resolve(schema);
    let name = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match (schema.get("type"), schema.get("enum"), schema.get("const")) {
        (Some(Value::String(one)), ..) => all.push(one.clone()),
        (Some(Value::Array(several)), ..) => {
            all.extend(several.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        (_, Some(Value::Array(values)), _) => all.extend(values.iter().map(|value| name(value).to_owned())),
        (_, _, Some(value)) => all.push(name(value).to_owned()),
        _ => {
            let choices = ["anyOf", "oneOf"].into_iter().find_map(|word| schema.get(word)?.as_array())?;
            choices.iter().try_for_each(|choice| types(choice, table, depth + 1, all))?;
        }
    }
    Some(())
}

/// Types of JSON Schema in words.
pub(super) fn words(types: &[String]) -> String {
    let words: Vec<&str> = types
        .iter()
        .map(|name| match name.as_str() {
            "string" => "a text",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "`true` or `false`",
            "array" => "a list",
            "object" => "an object",
            _ => "null",
        })
        .collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
