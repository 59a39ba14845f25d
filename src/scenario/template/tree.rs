//! A body with templates in it: what never changes is bytes already, the rest is evaluated for each call.

use std::sync::Arc;

use minijinja::{Value, value::ValueKind};

use super::{
    Failure,
    context::{Root, Turn},
    engine::{self, Compiled},
    values::{explain, metered},
    write::{Out, invalid},
};
use crate::contract::violation::push_segment;

/// A value.
#[derive(Debug)]
pub(super) enum Tree {
    /// JSON without templates.
    Literal(Box<[u8]>),
    /// A text that is one expression: its value with its own type.
    Value(Interpolation),
    /// A text with expressions in it.
    Text(Vec<Part>),
    /// An object; names as JSON.
    Object(Vec<(Member, Tree)>),
    /// An array.
    Array(Vec<Item>),
}

/// The name of a member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Box<str>,
    /// `"name":`
    pub(super) json: Box<[u8]>,
}

/// A stretch of a text.
#[derive(Debug)]
pub(super) enum Part {
    Raw(Box<str>),
    Interpolation(Interpolation),
}

/// An expression.
#[derive(Debug)]
pub(super) struct Interpolation {
    /// Where it stands: a JSON pointer into what was written.
    at: Arc<str>,
    expression: Expression,
}

#[derive(Debug)]
enum Expression {
    /// Members of members, as in `request.body.comment`: most expressions are no more, and the library would cost ten times as much.
    Path(Box<[Box<str>]>),
    /// Anything else.
    Compiled(Compiled),
}

/// An item of an array.
#[derive(Debug)]
pub(super) enum Item {
    One(Tree),
    /// `$for`: the item once for each of a list.
    Each {
        /// Where the item stands.
        at: Arc<str>,
        name: Arc<str>,
        list: Interpolation,
        item: Tree,
    },
}

/// Where the parts of a rendered value came from: a pointer into it, and a pointer into what was written. Only places that a `$for`
/// moved are noted.
#[derive(Debug, Default)]
pub(super) struct Trace {
    path: String,
    pub(super) moved: Vec<(String, Arc<str>)>,
}

/// Writes trees.
pub(super) struct Renderer<'r> {
    pub(super) root: &'r Root,
    pub(super) out: Out,
    pub(super) trace: Option<Trace>,
}

impl Renderer<'_> {
    /// A value as JSON. Says whether there was one: what is not there is left out.
    pub(super) fn json(&mut self, tree: &Tree, scope: &Value) -> Result<bool, Failure> {
        match tree {
            Tree::Literal(bytes) => self.push(bytes)?,
            Tree::Value(interpolation) => {
                let value = interpolation.value(scope)?;
                if value.is_undefined() {
                    return Ok(false);
                }
                self.out.json(&value, 0).map_err(|reason| interpolation.failure(reason))?;
            }
            Tree::Text(parts) => self.quoted(parts, scope)?,
            Tree::Object(members) => {
                self.push(b"{")?;
                let start = self.out.bytes.len();
                for (member, tree) in members {
                    let before = self.out.bytes.len();
                    if before > start {
                        self.push(b",")?;
                    }
                    self.push(&member.json)?;
                    let written = self.inside(|| member.name.to_string(), |renderer| renderer.json(tree, scope))?;
                    if !written {
                        self.out.bytes.truncate(before);
                    }
                }
                self.push(b"}")?;
            }
            Tree::Array(items) => self.array(items, scope)?,
        }
        Ok(true)
    }

    fn array(&mut self, items: &[Item], scope: &Value) -> Result<(), Failure> {
        self.push(b"[")?;
        let mut count = 0;
        for item in items {
            match item {
                Item::One(tree) => self.item(tree, scope, &mut count, None)?,
                Item::Each { at, name, list, item } => {
                    let values = list.list(scope, self.root)?;
                    let length = values.len();
                    for (index, value) in values.into_iter().enumerate() {
                        let turn = Turn {
                            outside: scope.clone(),
                            name: Arc::clone(name),
                            item: value,
                            index,
                            length,
                            meter: Arc::clone(&self.root.meter),
                        };
                        self.item(item, &Value::from_object(turn), &mut count, Some(at))?;
                    }
                }
            }
        }
        self.push(b"]")
    }

    fn item(
        &mut self,
        tree: &Tree,
        scope: &Value,
        count: &mut usize,
        origin: Option<&Arc<str>>,
    ) -> Result<(), Failure> {
        let before = self.out.bytes.len();
        if *count > 0 {
            self.push(b",")?;
        }
        let position = *count;
        let written = self.inside(
            || position.to_string(),
            |renderer| {
                if let (Some(trace), Some(origin)) = (&mut renderer.trace, origin) {
                    trace.moved.push((trace.path.clone(), Arc::clone(origin)));
                }
                renderer.json(tree, scope)
            },
        )?;
        if written {
            *count += 1;
        } else {
            self.out.bytes.truncate(before);
        }
        Ok(())
    }

    /// Renders something that stands below a segment of the path; where nobody wants to know the path, it is not made.
    fn inside<T>(&mut self, segment: impl FnOnce() -> String, render: impl FnOnce(&mut Self) -> T) -> T {
        let Some(before) = self.trace.as_mut().map(|trace| {
            let before = trace.path.len();
            push_segment(&mut trace.path, &segment());
            before
        }) else {
            return render(self);
        };
        let result = render(self);
        if let Some(trace) = &mut self.trace {
            trace.path.truncate(before);
        }
        result
    }

    fn quoted(&mut self, parts: &[Part], scope: &Value) -> Result<(), Failure> {
        self.push(b"\"")?;
        for part in parts {
            match part {
                Part::Raw(text) => self.out.escaped(text).map_err(Failure::new)?,
                Part::Interpolation(interpolation) => {
                    let value = interpolation.value(scope)?;
                    self.out.escaped_text(&value).map_err(|reason| interpolation.failure(reason))?;
                }
            }
        }
        self.push(b"\"")
    }

    /// Whether an expression is true.
    pub(super) fn is_true(&self, tree: &Tree, scope: &Value) -> Result<bool, Failure> {
        let Tree::Value(interpolation) = tree else { return Ok(true) };
        let value = interpolation.value(scope)?;
        if value.kind() == ValueKind::Invalid {
            return Err(interpolation.failure(invalid(&value)));
        }
        Ok(value.is_true())
    }

    /// A tree as text: as it is, without quotes and escapes.
    pub(super) fn text(&mut self, tree: &Tree, scope: &Value) -> Result<(), Failure> {
        match tree {
            Tree::Value(interpolation) => self.interpolation(interpolation, scope),
            Tree::Text(parts) => parts.iter().try_for_each(|part| match part {
                Part::Raw(text) => self.push(text.as_bytes()),
                Part::Interpolation(interpolation) => self.interpolation(interpolation, scope),
            }),
            tree => self.json(tree, scope).map(drop),
        }
    }

    fn interpolation(&mut self, interpolation: &Interpolation, scope: &Value) -> Result<(), Failure> {
        let value = interpolation.value(scope)?;
        self.out.text(&value).map_err(|reason| interpolation.failure(reason))
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.push(bytes).map_err(Failure::new)
    }
}

impl Interpolation {
    /// An expression, and the path that it is, if it is no more than that.
    pub(super) fn new(at: &str, expression: &str, path: Option<Vec<&str>>) -> Result<Self, String> {
        let compiled = engine::compile(expression)?;
        let path = path.map(|path| Expression::Path(path.into_iter().map(Box::from).collect()));
        Ok(Self { at: at.into(), expression: path.unwrap_or(Expression::Compiled(compiled)) })
    }

    fn value(&self, scope: &Value) -> Result<Value, Failure> {
        match &self.expression {
            Expression::Compiled(expression) => {
                engine::guarded(|| expression.eval(scope.clone())).map_err(|reason| self.failure(reason))
            }
            Expression::Path(path) => {
                let mut value = scope.clone();
                for name in path {
                    match value.as_object().and_then(|object| object.get_value_by_str(name)) {
                        Some(member) => value = member,
                        // It is the error that made it.
                        None if value.kind() == ValueKind::Invalid => break,
                        None => return Ok(Value::UNDEFINED),
                    }
                }
                Ok(value)
            }
        }
    }

    /// The items of a list; none of nothing.
    fn list(&self, scope: &Value, root: &Root) -> Result<Vec<Value>, Failure> {
        let value = self.value(scope)?;
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => return Ok(Vec::new()),
            ValueKind::Seq | ValueKind::Iterable => {}
            kind => return Err(self.failure(format!("`$for` goes through a list, and not through {kind}"))),
        }
        let items = value.try_iter().map(|items| items.checked().map(|item| metered(item?, &root.meter, 0)).collect());
        items.and_then(|items| items).map_err(|error| self.failure(explain(&error)))
    }

    fn failure(&self, reason: impl Into<String>) -> Failure {
        Failure { at: Arc::clone(&self.at), reason: reason.into() }
    }
}
