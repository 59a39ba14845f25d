//! What templates see of a call: the names at the top, and the ones that a `$for` adds.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use minijinja::{
    Value,
    value::{Enumerator, Object, ObjectRepr},
};
use rand::{Rng as _, SeedableRng as _, rngs::ChaCha8Rng};

use super::{
    needs::Needs,
    values::{Members, Meter, Moment, of_json},
};
use crate::{
    contract::{Call, Service, catalogue::Catalogue, json::Json},
    scenario::SeededRng,
    world::{Seen, World},
};

/// The call that templates are rendered for, and what the session knows.
#[derive(Clone, Copy)]
pub struct TemplateContext<'s> {
    /// `request.path`, `request.query`, `request.headers`, `request.params`, `request.body`.
    pub call: &'s Call<'s>,
    /// `request.method`.
    pub method: &'s str,
    /// Whose catalogue `message(code)` reads.
    pub service: &'s Service,
    /// The language of `message(code)`: a tag of the catalogue.
    pub language: &'s str,
    /// `state`.
    pub states: &'s BTreeMap<String, serde_json::Value>,
    /// `now`.
    pub now: Timestamp,
    /// `request.operation`, `session` and `calls` (the attempt), and where `random_digits` and `random_hex` come from.
    pub rng: SeededRng<'s>,
    /// Where `file_id` and `container_id` look.
    pub world: Paths<'s>,
    /// What is rendered: each part of an answer has random values of its own.
    pub part: &'s str,
}

/// Where paths lead.
#[derive(Clone, Copy)]
pub enum Paths<'s> {
    /// There is no world.
    Nowhere,
    /// Each path leads somewhere: the template is only tried out.
    Anywhere,
    /// The world of a session.
    Seen(Seen<'s>),
}

/// The world that a template asks.
#[derive(Debug)]
pub(super) enum WorldOf {
    Session(Arc<World>),
    Sample,
}

/// Functions that ask the world.
const PLACES: [&str; 2] = ["container_id", "file_id"];
/// Names at the top of a template.
pub(super) const NAMES: [&str; 5] = ["request", "session", "state", "now", "calls"];
/// Members of `request`.
pub(super) const REQUEST: [&str; 7] = ["method", "operation", "path", "query", "headers", "params", "body"];
/// Functions that draw random values.
pub(super) const RANDOM: [&str; 2] = ["random_digits", "random_hex"];
/// Members of `loop`.
pub(super) const LOOP: [&str; 5] = ["index", "index0", "first", "last", "length"];
/// The name under which functions find the [`Root`]. No template can write it.
const ROOT: &str = "";

/// The names at the top, and what functions need. Built once for the templates of an answer.
#[derive(Debug)]
pub(super) struct Root {
    request: Value,
    session: Value,
    state: Value,
    now: Timestamp,
    calls: u64,
    /// What random values grow from, where a template asks for them.
    seed: Option<[u8; 32]>,
    drawn: AtomicU64,
    /// The catalogue, the caller's language and the default one, where a template asks for messages.
    messages: Option<(Arc<Catalogue>, String, String)>,
    /// The world, where a template asks for it.
    world: Option<WorldOf>,
    pub(super) meter: Arc<Meter>,
}

impl Root {
    pub(super) fn new(context: &TemplateContext<'_>, needs: &Needs) -> Self {
        let meter = Arc::new(Meter::default());
        let request = needs.of("request").map(|needs| request(context, needs, &meter));
        let state = needs.of("state").map(|needs| {
            let states = context.states.iter().filter_map(|(name, value)| {
                Some((Value::from(name.as_str()), of_json(&Json::from(value), needs.of(name)?, &meter)))
            });
            Value::from_object(Members { members: states.collect(), meter: Arc::clone(&meter) })
        });
        let messages = needs.of("message").map(|_| {
            let default = context.service.description.language.as_ref().map_or("", |language| &language.default);
            (Arc::clone(&context.service.catalogue), context.language.to_owned(), default.to_owned())
        });
        let asks = |name: &&str| needs.of(name).is_some();
        let world = match context.world {
            Paths::Seen(seen) if PLACES.iter().any(asks) => Some(WorldOf::Session(seen.world())),
            Paths::Anywhere => Some(WorldOf::Sample),
            _ => None,
        };
        let seed = RANDOM.iter().any(asks).then(|| context.rng.seed_of(context.part));
        Self {
            request: request.unwrap_or_default(),
            session: needs.of("session").map_or(Value::UNDEFINED, |_| Value::from(context.rng.session)),
            state: state.unwrap_or_default(),
            now: context.now,
            calls: context.rng.attempt,
            seed,
            drawn: AtomicU64::new(0),
            messages,
            world,
            meter,
        }
    }

    /// The root of the template that calls a function or filter.
    pub(super) fn of(state: &minijinja::State<'_, '_>) -> Option<Arc<Self>> {
        state.lookup(ROOT)?.downcast_object::<Self>()
    }

    /// The message of a code; nothing where the catalogue has no such code.
    pub(super) fn message(&self, code: &str) -> Option<&str> {
        let (catalogue, language, default) = self.messages.as_ref()?;
        Some(catalogue.find(code, None)?.message(language, default))
    }

    /// What paths are looked for in.
    pub(super) fn world(&self) -> Option<&WorldOf> {
        self.world.as_ref()
    }

    /// A source of randomness of its own for each draw.
    pub(super) fn random(&self) -> impl Iterator<Item = u64> + use<> {
        let mut random = self.seed.map(ChaCha8Rng::from_seed);
        let draw = self.drawn.fetch_add(1, Ordering::Relaxed);
        random.iter_mut().for_each(|random| random.set_stream(draw));
        std::iter::from_fn(move || Some(random.as_mut()?.next_u64()))
    }
}

fn request(context: &TemplateContext<'_>, needs: &Needs, meter: &Arc<Meter>) -> Value {
    let call = context.call;
    let part = |json: &Json<'_>, needs: &Needs| match json {
        // A body that is null was not sent.
        Json::Null => Value::UNDEFINED,
        json => of_json(json, needs, meter),
    };
    let members = REQUEST.iter().filter_map(|name| {
        let needs = needs.of(name)?;
        let value = match *name {
            "method" => Value::from(context.method),
            "operation" => Value::from(context.rng.operation),
            "path" => part(&call.path, needs),
            "query" => part(&call.query, needs),
            "headers" => part(&call.headers, needs),
            "params" => part(&call.params, needs),
            _ => part(&call.body, needs),
        };
        Some((Value::from(*name), value))
    });
    Value::from_object(Members { members: members.collect(), meter: Arc::clone(meter) })
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let found = match key {
            "request" => &self.request,
            "session" => &self.session,
            "state" => &self.state,
            "now" => return Some(Value::from_object(Moment(self.now))),
            "calls" => return Some(Value::from(self.calls)),
            ROOT => return Some(Value::from_dyn_object(Arc::clone(self))),
            _ => return None,
        };
        Some(self.meter.look(found))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// One turn of a `$for`: its name, `loop`, and what is outside.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) outside: Value,
    pub(super) name: Arc<str>,
    pub(super) item: Value,
    pub(super) index: usize,
    pub(super) length: usize,
    pub(super) meter: Arc<Meter>,
}

impl Object for Turn {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if *key == *self.name {
            return Some(self.meter.look(&self.item));
        }
        if key == "loop" {
            return Some(Value::from_object(Position { index: self.index, length: self.length }));
        }
        self.outside.as_object()?.get_value_by_str(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// `loop`.
#[derive(Debug)]
struct Position {
    index: usize,
    length: usize,
}

impl Object for Position {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "index" => Some(Value::from(self.index + 1)),
            "index0" => Some(Value::from(self.index)),
            "first" => Some(Value::from(self.index == 0)),
            "last" => Some(Value::from(self.index + 1 == self.length)),
            "length" => Some(Value::from(self.length)),
            _ => None,
        }
    }
}
