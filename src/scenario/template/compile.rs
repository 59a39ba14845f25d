//! From a written value to a [`Tree`]: every mistake in its templates, with its place.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    Mistake, PathSegment, Reference, References,
    context::{LOOP, NAMES, REQUEST},
    engine::{FUNCTIONS, TESTS, filter_names},
    needs::Needs,
    scan::{self, Name, Piece, Problem, Segment, is_template, pieces, scan},
    tree::{Interpolation, Item, Member, Part, Tree},
    values::MOMENT,
};
use crate::{contract::violation::push_segment, diagnostic::did_you_mean, document::Written};

/// The key of an item that is repeated.
pub(super) const FOR: &str = "$for";

/// A name that a `$for` brings, and what it is an item of, if that is a part of the request. An empty one stands for whatever a
/// `$for` that cannot be read would bring.
#[derive(Default)]
struct Local<'v> {
    name: &'v str,
    list: Option<Vec<PathSegment>>,
}

/// Where the value of a member comes from.
#[derive(Clone, Copy)]
enum Origin<'v> {
    /// It is written, perhaps with templates in it.
    Written(&'v Written),
    /// It is part of what is patched.
    Kept(&'v Written),
    /// A patch on top of what is there, if anything is.
    Patched(Option<&'v Written>, &'v Written),
}

impl Origin<'_> {
    /// Whether the name of the member is written, too.
    fn is_written(self) -> bool {
        matches!(self, Self::Written(_) | Self::Patched(None, _))
    }
}

/// What a `$for` says.
#[derive(Default)]
struct Head<'v> {
    local: Local<'v>,
    list: Option<Interpolation>,
}

/// Collects while it walks a value.
#[derive(Default)]
pub(super) struct Compiler<'v> {
    at: String,
    locals: Vec<Local<'v>>,
    pub(super) needs: Needs,
    pub(super) references: References,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'v> Compiler<'v> {
    /// Compiles a value.
    pub(super) fn value(&mut self, value: &'v Written) -> Tree {
        match value {
            Written::Text(text) if is_template(text) => self.text(text),
            Written::Array(items) => {
                let items: Vec<Item> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.inside(&index.to_string(), |this| this.item(item)))
                    .collect();
                if items.iter().all(|item| matches!(item, Item::One(Tree::Literal(_)))) {
                    return literal(value);
                }
                Tree::Array(items)
            }
            Written::Object(members) => {
                if value.get(FOR).is_some() {
                    let problem = Problem::new("", format!("`{FOR}` repeats an item of a list"), "not in a list");
                    let problem = problem
                        .help(format!("write `- {FOR}: id in request.body.ids` and the item's members below it"));
                    self.mistake(problem, Some(FOR));
                }
                self.object(members.iter().map(|(name, value)| (name, Origin::Written(value))))
            }
            value => literal(value),
        }
    }

    /// Compiles a JSON merge patch on top of a value in which nothing is a template.
    pub(super) fn patched(&mut self, base: Option<&'v Written>, patch: &'v Written) -> Tree {
        let Some(changes) = patch.as_object() else { return self.value(patch) };
        let kept = base.and_then(Written::as_object).unwrap_or_default();
        let known: HashSet<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
        let changed: HashMap<&str, &Written> = changes.iter().map(|(name, change)| (name.as_str(), change)).collect();
        let kept = kept.iter().filter_map(|(name, value)| match changed.get(name.as_str()) {
            None => Some((name, Origin::Kept(value))),
            Some(Written::Null) => None,
            Some(change) => Some((name, Origin::Patched(Some(value), change))),
        });
        let added = changes.iter().filter(|(name, change)| *change != Written::Null && !known.contains(name.as_str()));
        self.object(kept.chain(added.map(|(name, value)| (name, Origin::Patched(None, value)))))
    }

    fn object(&mut self, members: impl Iterator<Item = (&'v String, Origin<'v>)>) -> Tree {
        let members: Vec<(Member, Tree)> = members
            .map(|(name, value)| {
                if is_template(name) && value.is_written() {
                    let problem = Problem::new("", "names of members are no templates", "a name");
                    self.mistake(problem.help("only values are; write the name out"), Some(name));
                }
                let tree = self.inside(name, |this| match value {
                    Origin::Written(value) => this.value(value),
                    Origin::Kept(value) => literal(value),
                    Origin::Patched(base, patch) => this.patched(base, patch),
                });
                let mut json = quoted(name);
                json.push(b':');
                (Member { name: name.as_str().into(), json: json.into() }, tree)
            })
            .collect();
        // What has no templates in it becomes one piece of bytes.
        let mut bytes = vec![b'{'];
        for (index, (member, tree)) in members.iter().enumerate() {
            let Tree::Literal(value) = tree else { return Tree::Object(members) };
            bytes.extend_from_slice(if index > 0 { b"," } else { b"" });
            bytes.extend_from_slice(&member.json);
            bytes.extend_from_slice(value);
        }
        bytes.push(b'}');
        Tree::Literal(bytes.into())
    }

    fn item(&mut self, value: &'v Written) -> Item {
        let Some((members, list)) = value.as_object().and_then(|members| Some((members, value.get(FOR)?))) else {
            return Item::One(self.value(value));
        };
        let at: Arc<str> = self.at.as_str().into();
        let Head { local, list } = self.inside(FOR, |this| this.head(list)).unwrap_or_default();
        let name = local.name.into();
        self.locals.push(local);
        let written = members.iter().filter(|(name, _)| name != FOR);
        let item = self.object(written.map(|(name, value)| (name, Origin::Written(value))));
        self.locals.pop();
        match list {
            Some(list) => Item::Each { at, name, list, item },
            // There is a mistake, so this is never rendered.
            None => Item::One(item),
        }
    }

    /// `NAME in EXPRESSION`
    fn head(&mut self, value: &'v Written) -> Option<Head<'v>> {
        let text = value.as_text().unwrap_or_default();
        let written = text.split_once(" in ").map(|(name, list)| (name.trim(), list.trim()));
        let simple = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let Some((name, list)) = written.filter(|(name, _)| simple(name)) else {
            let problem = Problem::new(text, format!("`{FOR}` is a name, `in` and a list"), "not of this form");
            self.mistake(problem.help(format!("such as `{FOR}: id in request.body.ids`")), None);
            return None;
        };
        let taken = NAMES.contains(&name) || name == "loop" || self.locals.iter().any(|local| local.name == name);
        if taken {
            self.mistake(Problem::new(name, format!("`{name}` is taken already"), "choose another name"), None);
        }
        if is_template(list) {
            let help = "the list is an expression already; leave out the braces";
            self.mistake(Problem::new(list, format!("`{FOR}` takes no braces"), "in braces").help(help), None);
            return None;
        }
        let before = self.references.names.len();
        let (interpolation, plain) = self.expression(list)?;
        let list = plain.then(|| self.references.names.get(before).map(|name| name.path.clone())).flatten();
        Some(Head { local: Local { name, list }, list: Some(interpolation) })
    }

    /// A text that is a template.
    pub(super) fn text(&mut self, text: &str) -> Tree {
        let pieces = match pieces(text) {
            Ok(pieces) => pieces,
            Err(problem) => {
                self.mistake(problem, None);
                return literal(&Written::Null);
            }
        };
        if let [Piece::Expression(expression)] = pieces.as_slice() {
            return self
                .expression(expression)
                .map_or_else(|| literal(&Written::Null), |(interpolation, _)| Tree::Value(interpolation));
        }
        let parts = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Raw(text) => Some(Part::Raw(text.into())),
            Piece::Expression(expression) => {
                self.expression(expression).map(|(interpolation, _)| Part::Interpolation(interpolation))
            }
        });
        Tree::Text(parts.collect())
    }

    /// An expression, and whether it is one name or a slice of it.
    fn expression(&mut self, expression: &str) -> Option<(Interpolation, bool)> {
        let scan = match scan(expression) {
            Ok(scan) => scan,
            Err(problem) => {
                self.mistake(problem, None);
                return None;
            }
        };
        let interpolation = match Interpolation::new(&self.at, expression, scan.path()) {
            Ok(interpolation) => interpolation,
            Err(reason) => {
                self.mistake(
                    Problem::new(expression, format!("the template is not readable: {reason}"), "this one"),
                    None,
                );
                return None;
            }
        };
        for name in scan.names {
            self.name(&name);
        }
        for (found, known, what) in [
            (&scan.filters, filter_names(), "filter"),
            (&scan.tests, TESTS.to_vec(), "test"),
            (&scan.calls.iter().map(|(name, _)| *name).collect(), FUNCTIONS.to_vec(), "function"),
        ] {
            for name in found.iter().filter(|name| !known.contains(name)) {
                self.unknown(name, name, &known, &format!("there is no {what} `{name}`"));
            }
        }
        for (name, code) in &scan.calls {
            self.needs.add(&[Segment::Member(name)]);
            if let Some(code) = code.filter(|_| *name == "message") {
                self.references.codes.push(Reference {
                    at: self.at.clone(),
                    path: vec![PathSegment::member(code)],
                    written: code.to_owned(),
                });
            }
        }
        Some((interpolation, scan.plain))
    }

    fn name(&mut self, name: &Name<'_>) {
        let Some(Segment::Member(first)) = name.path.first().copied() else { return };
        let second = match name.path.get(1) {
            Some(Segment::Member(second)) => Some(*second),
            _ => None,
        };
        let steps = |segments: &[Segment<'_>]| segments.iter().map(PathSegment::of).collect::<Vec<_>>();
        if let Some(local) = self.locals.iter().rev().find(|local| local.name == first) {
            if let Some(list) = &local.list {
                let path = [list.as_slice(), &[PathSegment::Item], &steps(&name.path[1..])].concat();
                self.references.names.push(Reference { at: self.at.clone(), path, written: name.written.to_owned() });
            }
            return;
        }
        let members: &[&str] = match first {
            "request" => &REQUEST,
            "now" => &MOMENT,
            "loop" if !self.locals.is_empty() => &LOOP,
            "session" | "state" | "calls" => &[],
            _ if self.locals.iter().any(|local| local.name.is_empty()) => return,
            _ => {
                let locals: Vec<&str> = self.locals.iter().map(|local| local.name).collect();
                let known = [&NAMES[..], &locals].concat();
                self.unknown(name.written, first, &known, &format!("templates know no `{first}`"));
                return;
            }
        };
        match second {
            None if first == "loop" => {
                self.unknown(name.written, "", members, "`loop` is no value by itself");
            }
            Some(second) if !members.is_empty() && !members.contains(&second) => {
                self.unknown(name.written, second, members, &format!("`{first}` has no `{second}`"));
            }
            _ => {
                self.needs.add(&name.path);
                let path = steps(&name.path);
                self.references.names.push(Reference { at: self.at.clone(), path, written: name.written.to_owned() });
            }
        }
    }

    fn unknown(&mut self, part: &str, name: &str, known: &[&str], message: &str) {
        let close = did_you_mean(name, known.iter().copied()).map(|close| format!("did you mean `{close}`?"));
        let help = close.unwrap_or_else(|| format!("known: {}", known.join(", ")));
        self.mistake(Problem::new(part, message, "unknown").help(help), None);
    }

    fn mistake(&mut self, problem: scan::Problem, key: Option<&str>) {
        let mut at = self.at.clone();
        if let Some(key) = key {
            push_segment(&mut at, key);
        }
        let Problem { message, label, help, part } = problem;
        self.mistakes.push(Mistake { at, key: key.is_some(), part, message, label, help });
    }

    fn inside<T>(&mut self, segment: &str, compile: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.at.len();
        push_segment(&mut self.at, segment);
        let result = compile(self);
        self.at.truncate(before);
        result
    }
}

fn literal(value: &Written) -> Tree {
    Tree::Literal(value.to_string().into_bytes().into())
}

fn quoted(name: &str) -> Vec<u8> {
    serde_json::to_vec(name).unwrap_or_default()
}
