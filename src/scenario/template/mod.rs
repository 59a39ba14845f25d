//! Templates: values of an answer that depend on the call.
//!
//! A written value is compiled once. A text that is exactly one `{{ expression }}` becomes the value of the expression with its
//! own type; a text with expressions in it stays a text; an item of a list with `$for` is repeated. What has no templates in it is
//! bytes already. For a call, only what the templates name is taken of it.
//!
//! There are no statements, and operators and filters whose results could be of any size are missing or bounded. An expression so has
//! as many steps as it is long. What it looks at and makes is counted, and what the templates of one answer may cost is limited: each
//! of them comes to an end soon, and none fills the memory.
//!
//! Nothing outside this room knows the template library.

mod compile;
mod context;
mod engine;
mod needs;
mod scan;
mod tree;
mod values;
mod write;

use std::{fmt, sync::Arc};

pub use self::context::{Paths, TemplateContext};
use self::{
    compile::Compiler,
    context::Root,
    needs::Needs,
    scan::Segment,
    tree::{Renderer, Trace, Tree},
    write::Out,
};
use crate::document::Written;

/// A compiled template.
#[derive(Debug)]
pub struct Template {
    tree: Tree,
    needs: Needs,
    /// What it speaks of.
    pub references: References,
}

/// A template that cannot be used.
#[derive(Debug)]
pub struct Broken {
    /// Everything that is wrong with it by itself.
    pub mistakes: Vec<Mistake>,
    /// What it speaks of, as far as it could be read: that may be wrong too.
    pub references: References,
}

/// What a template speaks of.
#[derive(Debug, Default)]
pub struct References {
    /// Names, such as `request.body.ids`.
    pub names: Vec<Reference>,
    /// The codes that it asks messages for, as far as they are written out.
    pub codes: Vec<Reference>,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where: a JSON pointer into the written value.
    pub at: String,
    /// Whether the name of the member is meant, and not its value.
    pub key: bool,
    /// The part of the text that is meant; empty where it is all of it.
    pub part: String,
    /// The mistake, as a diagnostic says it.
    pub message: String,
    /// A few words for the place.
    pub label: &'static str,
    /// What to do.
    pub help: Option<String>,
}

/// One thing that a template speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where the template stands: a JSON pointer into the written value.
    pub at: String,
    /// The steps of a name; of a code the code.
    pub path: Vec<PathSegment>,
    /// As it is written.
    pub written: String,
}

/// A step of a [`Reference`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathSegment {
    /// A member of an object.
    Member(Box<str>),
    /// An item of a list.
    Item,
}

impl PathSegment {
    fn member(name: &str) -> Self {
        Self::Member(name.into())
    }

    fn of(segment: &Segment<'_>) -> Self {
        match segment {
            Segment::Member(name) => Self::member(name),
            Segment::Item => Self::Item,
        }
    }
}

/// Why a template could not be rendered for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where the template stands: a JSON pointer into the written value.
    pub at: Arc<str>,
    /// A sentence.
    pub reason: String,
}

impl Failure {
    /// A failure of the whole template.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { at: Arc::from(""), reason: reason.into() }
    }

    /// The same, where the written value is a part of something larger.
    #[must_use]
    pub fn below(self, place: &str) -> Self {
        Self { at: format!("{place}{}", self.at).into(), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.at.is_empty() { "" } else { ": " };
        write!(formatter, "{}{at}{}", self.at, self.reason)
    }
}

impl std::error::Error for Failure {}

/// A value that was rendered to be looked at, with what is known of its parts.
#[derive(Debug)]
pub struct DryRun {
    /// The value.
    pub value: serde_json::Value,
    moved: Vec<(String, Arc<str>)>,
}

impl DryRun {
    /// Where a part of the value stands in what was written: the same place, unless a `$for` moved it.
    pub fn written(&self, pointer: &str) -> String {
        let below = |place: &str| pointer.strip_prefix(place).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        // Inner places were noted after the outer ones.
        let moved = self.moved.iter().rev().find_map(|(place, origin)| Some(format!("{origin}{}", below(place)?)));
        moved.unwrap_or_else(|| pointer.to_owned())
    }
}

impl Template {
    /// Whether it looks at the session's states.
    pub fn looks_at_states(&self) -> bool {
        self.needs.of("state").is_some()
    }

    /// Whether a text is a template, or tries to be one.
    pub fn is_in(text: &str) -> bool {
        scan::is_template(text)
    }

    /// Compiles a value with templates in it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn compile(value: &Written) -> Result<Self, Broken> {
        Self::made(|compiler| compiler.value(value))
    }

    /// Compiles one text.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    ///
    /// ```
    /// use understudy::scenario::template::Template;
    ///
    /// assert!(Template::compile_text("{{ request.path.id }}").is_ok());
    /// assert_eq!(Template::compile_text("{{ requst }}").unwrap_err().mistakes[0].help.as_deref(), Some("did you mean `request`?"));
    /// ```
    pub fn compile_text(text: &str) -> Result<Self, Broken> {
        Self::made(|compiler| compiler.text(text))
    }

    /// Compiles a JSON merge patch (RFC 7396) with templates in it, on top of a value in which nothing is a template.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the templates of the patch.
    pub fn patched(base: &Written, patch: &Written) -> Result<Self, Broken> {
        Self::made(|compiler| compiler.patched(Some(base), patch))
    }

    fn made<'v>(compile: impl FnOnce(&mut Compiler<'v>) -> Tree) -> Result<Self, Broken> {
        let mut compiler = Compiler::default();
        let tree = compile(&mut compiler);
        let Compiler { needs, references, mistakes, .. } = compiler;
        if mistakes.is_empty() { Ok(Self { tree, needs, references }) } else { Err(Broken { mistakes, references }) }
    }

    /// Renders it as JSON. A member or an item without a value is left out; so is everything, where the value is nothing.
    ///
    /// # Errors
    ///
    /// Why it could not be rendered for this call.
    pub fn render_json(&self, context: &TemplateContext<'_>) -> Result<Vec<u8>, Failure> {
        self.render(context, None, |renderer, scope| renderer.json(&self.tree, scope).map(drop)).map(|(bytes, _)| bytes)
    }

    /// Renders it as text: a text as it is, anything else as JSON.
    ///
    /// # Errors
    ///
    /// Why it could not be rendered for this call.
    pub fn render_text(&self, context: &TemplateContext<'_>) -> Result<Vec<u8>, Failure> {
        self.render(context, None, |renderer, scope| renderer.text(&self.tree, scope)).map(|(bytes, _)| bytes)
    }

    /// Whether it is one expression and nothing beside it.
    pub fn is_expression(&self) -> bool {
        matches!(self.tree, Tree::Value(_))
    }

    /// Whether its value is true: nothing, `false`, 0, and what is empty are not.
    ///
    /// # Errors
    ///
    /// Why it could not be evaluated for this call.
    pub fn is_true(&self, context: &TemplateContext<'_>) -> Result<bool, Failure> {
        let root = Arc::new(Root::new(context, &self.needs));
        let scope = minijinja::Value::from_dyn_object(Arc::clone(&root));
        Renderer { root: &root, out: Out::default(), trace: None }.is_true(&self.tree, &scope)
    }

    /// Renders it as a value; null where there is none.
    ///
    /// # Errors
    ///
    /// Why it could not be rendered for this call.
    pub fn render_value(&self, context: &TemplateContext<'_>) -> Result<serde_json::Value, Failure> {
        self.dry_run(context).map(|run| run.value)
    }

    /// Renders it as a value, and notes where its parts come from.
    ///
    /// # Errors
    ///
    /// Why it could not be rendered for this call.
    pub fn dry_run(&self, context: &TemplateContext<'_>) -> Result<DryRun, Failure> {
        let render = |renderer: &mut Renderer<'_>, scope: &_| renderer.json(&self.tree, scope).map(drop);
        let (json, trace) = self.render(context, Some(Trace::default()), render)?;
        let value = if json.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(&json) };
        let value = value.map_err(|error| Failure::new(error.to_string()))?;
        Ok(DryRun { value, moved: trace.map(|trace| trace.moved).unwrap_or_default() })
    }

    fn render(
        &self,
        context: &TemplateContext<'_>,
        trace: Option<Trace>,
        render: impl FnOnce(&mut Renderer<'_>, &minijinja::Value) -> Result<(), Failure>,
    ) -> Result<(Vec<u8>, Option<Trace>), Failure> {
        let root = Arc::new(Root::new(context, &self.needs));
        let scope = minijinja::Value::from_dyn_object(Arc::clone(&root));
        let mut renderer = Renderer { root: &root, out: Out::default(), trace };
        render(&mut renderer, &scope)?;
        Ok((renderer.out.bytes, renderer.trace))
    }
}

#[cfg(test)]
mod tests;
