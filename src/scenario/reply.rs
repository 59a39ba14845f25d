//! What is answered: a base, and what is changed in it. Both are resolved for each call, so that a rule for a hundred operations is as
//! small as a rule for one.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::template::{Failure, Template, TemplateContext};
use crate::{
    contract::{Answer, OperationId},
    document::Written,
};

/// What is answered.
#[derive(Debug, Default)]
pub struct Reply {
    /// Where the answer comes from.
    pub base: Base,
    /// What is changed in its body.
    pub patch: Option<Arc<Patch>>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Default)]
pub enum Base {
    /// The documented example of the operation that is called.
    #[default]
    Example,
    /// What the world says; the documented example where there is none, which deserves a warning.
    World,
    /// What the call gets where no rule answers: what the world says, else the documented example.
    Usual,
    /// The documented answer of a status; where none is documented, the only error of the catalogue that fits, else no body.
    Documented(StatusCode),
    /// An error of the catalogue, in the caller's language.
    Error {
        /// Its code.
        code: String,
        /// The status that chooses between rows of one code.
        status: Option<u16>,
    },
    /// An error of the catalogue whose code depends on the call.
    TemplatedError {
        /// Its code.
        code: Arc<Template>,
        /// The status that chooses between rows of one code.
        status: Option<u16>,
    },
    /// Always this answer.
    Fixed(Arc<Answer>),
    /// An answer whose body depends on the call.
    Templated(Arc<TemplatedAnswer>),
}

/// An answer with a template for its body.
#[derive(Debug)]
pub struct TemplatedAnswer {
    /// Status and headers; the body is empty.
    pub answer: Answer,
    /// The body.
    pub body: Template,
    /// Whether the body is sent as a text, not as JSON.
    pub text: bool,
}

/// A JSON merge patch (RFC 7396) for the body of an answer.
#[derive(Debug)]
pub struct Patch {
    value: Written,
    /// Whether there are templates in it, and whether they look at states.
    templates: Option<LooksAtStates>,
    /// The same by itself, for an answer that is only known at the call.
    alone: Option<Template>,
    room: Arc<Room>,
    /// What it makes of the examples of the operations that were called so far.
    prepared: ArcSwapOption<Vec<(OperationId, Arc<Prepared>)>>,
}

type LooksAtStates = bool;

/// A patched answer of an operation.
#[derive(Debug)]
enum Prepared {
    Fixed(Answer),
    Templated(TemplatedAnswer),
}

/// How many bytes the patches of a scenario may keep. What has no room is made for each call.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(32 << 20))
    }
}

/// What a kept answer takes beside its body.
const OVERHEAD: usize = 256;

impl Room {
    fn take(&self, bytes: usize) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }
}

impl Reply {
    /// Whether the body depends on the session's states.
    pub fn looks_at_states(&self) -> bool {
        let base = match &self.base {
            Base::Templated(answer) => answer.body.looks_at_states(),
            Base::TemplatedError { code, .. } => code.looks_at_states(),
            _ => false,
        };
        base || self.patch.as_ref().is_some_and(|patch| patch.templates == Some(true))
    }
}

impl Base {
    /// Whether it is the same for every call of an operation.
    pub fn is_static(&self) -> bool {
        matches!(self, Self::Example | Self::Fixed(_))
    }

    /// Whether the world is asked for it.
    pub fn is_of_world(&self) -> bool {
        matches!(self, Self::World | Self::Usual)
    }
}

impl TemplatedAnswer {
    /// The answer to a call.
    ///
    /// # Errors
    ///
    /// Why the template cannot be rendered for it.
    pub fn render(&self, context: &TemplateContext<'_>) -> Result<Answer, Failure> {
        let body = if self.text { self.body.render_text(context) } else { self.body.render_json(context) };
        Ok(Answer { body: Bytes::from(body.map_err(|failure| failure.below("/body"))?), ..self.answer.clone() })
    }
}

impl Patch {
    /// A patch, with what is known of the templates in it.
    pub(super) fn new(value: Written, template: Option<&Template>, room: &Arc<Room>) -> Self {
        let templates = template.map(Template::looks_at_states);
        Self { value, templates, alone: None, room: Arc::clone(room), prepared: ArcSwapOption::empty() }
    }

    /// A patch for answers of the world.
    pub(super) fn of_world(self) -> Self {
        let alone = self.templates.and_then(|_| Template::compile(&self.value).ok());
        Self { alone, ..self }
    }

    /// What it changes for a call. `context` is asked for only where it depends on the call.
    ///
    /// # Errors
    ///
    /// Why a template cannot be rendered for the call.
    pub fn changes<'c>(&self, context: impl FnOnce() -> TemplateContext<'c>) -> Result<Cow<'_, Written>, Failure> {
        match &self.alone {
            Some(template) => Ok(Cow::Owned(Written::from(&template.render_value(&context())?))),
            None => Ok(Cow::Borrowed(&self.value)),
        }
    }

    /// The patched answer to a call. `base` is what is patched; with `kept`, it is the same for every call of that operation, and
    /// what becomes of it is kept. `context` is asked for only where the patch depends on the call.
    ///
    /// # Errors
    ///
    /// Why there is no base, or why a template cannot be rendered for the call.
    pub fn apply<'c>(
        &self,
        base: impl FnOnce() -> Result<Answer, Failure>,
        kept: Option<OperationId>,
        context: impl FnOnce() -> TemplateContext<'c>,
    ) -> Result<Answer, Failure> {
        let prepared = match kept.and_then(|id| self.known(id)) {
            Some(prepared) => prepared,
            None => {
                let (prepared, size) = self.prepare(base()?)?;
                let prepared = Arc::new(prepared);
                if let Some(id) = kept.filter(|_| self.room.take(size)) {
                    self.keep(id, &prepared);
                }
                prepared
            }
        };
        match &*prepared {
            Prepared::Fixed(answer) => Ok(answer.clone()),
            Prepared::Templated(answer) => answer.render(&context()),
        }
    }

    /// The patched answer, if it is the same for every call.
    pub(super) fn fixed(&self, base: Answer) -> Option<Answer> {
        match self.prepare(base).ok()? {
            (Prepared::Fixed(answer), _) => Some(answer),
            (Prepared::Templated(_), _) => None,
        }
    }

    fn known(&self, id: OperationId) -> Option<Arc<Prepared>> {
        let prepared = self.prepared.load();
        let prepared = prepared.as_deref()?;
        let index = prepared.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(Arc::clone(&prepared[index].1))
    }

    /// What becomes of an answer, and about how many bytes that takes.
    fn prepare(&self, base: Answer) -> Result<(Prepared, usize), Failure> {
        let body: Value = serde_json::from_slice(&base.body).unwrap_or_default();
        let body = Written::from(&body);
        if self.templates.is_some() {
            let size = OVERHEAD + 4 * base.body.len();
            let template = Template::patched(&body, &self.value);
            let body = template.map_err(|_| Failure::new("the templates of the patch cannot be compiled"))?;
            let answer = Answer { body: Bytes::new(), ..base };
            return Ok((Prepared::Templated(TemplatedAnswer { answer, body, text: false }), size));
        }
        let body = Bytes::from(patched(body, &self.value).to_string());
        let size = OVERHEAD + body.len();
        Ok((Prepared::Fixed(Answer { body, ..base }), size))
    }

    fn keep(&self, id: OperationId, new: &Arc<Prepared>) {
        self.prepared.rcu(|known| {
            let mut all = known.as_deref().cloned().unwrap_or_default();
            if let Err(index) = all.binary_search_by_key(&id, |(id, _)| *id) {
                all.insert(index, (id, Arc::clone(new)));
            }
            Some(Arc::new(all))
        });
    }
}

/// The body of an answer with a JSON merge patch on top.
pub fn patched_body(body: &[u8], changes: &Written) -> Bytes {
    Bytes::from(patched(Written::read(body).unwrap_or(Written::Null), changes).to_string())
}

/// A value with a JSON merge patch on top.
pub(super) fn patched(value: Written, patch: &Written) -> Written {
    let Written::Object(changes) = patch else { return patch.clone() };
    let mut members = match value {
        Written::Object(members) => members,
        _ => Vec::new(),
    };
    let mut places: HashMap<String, usize> =
        members.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
    for (name, change) in changes {
        let place = *places.entry(name.clone()).or_insert_with(|| {
            members.push((name.clone(), Written::Null));
            members.len() - 1
        });
        let value = std::mem::replace(&mut members[place].1, Written::Null);
        members[place].1 = patched(value, change);
    }
    // What a patch makes null is gone; what was null before it stays.
    let gone: HashSet<&str> =
        changes.iter().filter(|(_, change)| *change == Written::Null).map(|(name, _)| name.as_str()).collect();
    members.retain(|(name, _)| !gone.contains(name.as_str()));
    Written::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_changes_adds_and_removes() {
        let value = json!({ "a": { "b": 1, "c": 2 }, "d": [1], "n": null });
        let patch = json!({ "a": { "b": null, "e": 3 }, "d": [2, 3], "f": { "g": null, "h": 1 } });
        let made = patched((&value).into(), &(&patch).into());
        assert_eq!(made.to_string(), r#"{"a":{"c":2,"e":3},"d":[2,3],"n":null,"f":{"h":1}}"#);
    }

    /// What two calls of an operation get.
    fn bodies(patch: &Patch, id: Option<u32>) -> [Bytes; 2] {
        let base = || {
            let body = Bytes::from_static(br#"{"code":0,"msg":"ok"}"#);
            Ok(Answer { status: StatusCode::OK, headers: Vec::new(), body })
        };
        let id = id.map(|id| OperationId::from_index(id as usize));
        let answer = || patch.apply(base, id, || unreachable!("nothing depends on the call")).unwrap().body;
        [answer(), answer()]
    }

    #[test]
    fn a_patched_answer_is_made_once_for_each_operation_while_there_is_room() {
        let patch = |room| Patch::new((&json!({ "code": 7 })).into(), None, &Arc::new(Room(AtomicUsize::new(room))));
        let kept = patch(1000);
        for id in [3, 1, 3] {
            let [first, second] = bodies(&kept, Some(id));
            assert_eq!(first, r#"{"code":7,"msg":"ok"}"#);
            assert_eq!(first.as_ptr(), second.as_ptr());
        }
        assert_eq!(kept.prepared.load().as_deref().unwrap().len(), 2);
        for (patch, id) in [(patch(10), Some(1)), (patch(1000), None)] {
            let [first, second] = bodies(&patch, id);
            assert!(first == second && first.as_ptr() != second.as_ptr());
        }
    }
}
