//! Plays calls: finds the behaviour of an operation, who calls, and writes what comes of it in the form of its table.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Effect, Store, World,
    budget::Budget,
    call::Values,
    fact::{Fact, Facts, View},
    ids::{Id, Ids, Source},
    koodrive,
    links::Links,
    objects,
    org::User,
    outcome::{Outcome, Reply, Trouble},
    put::NoPlace,
    scene::{Draft, Scene},
    seed::Seed,
    shape::Shape,
};
use crate::{
    chance::SeededRng,
    content::{Chain, Intake, Received, Room},
    contract::{Answer, Call, Contract, Operation},
};

/// What an operation does in the world.
pub(super) struct Behaviour {
    pub(super) operation: &'static str,
    pub(super) run: Run,
    /// The codes that it refuses with.
    pub(super) refuses: &'static [u16],
}

/// How it does it.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// It looks, and changes nothing.
    Look(fn(&Scene<'_>) -> Outcome),
    /// It changes the world, all of it or nothing.
    Change(fn(&mut Scene<'_>) -> Outcome),
}

/// An operation that looks.
pub(super) const fn look(operation: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Behaviour {
    Behaviour { operation, run: Run::Look(run), refuses: &[] }
}

/// An operation that changes.
pub(super) const fn change(operation: &'static str, run: fn(&mut Scene<'_>) -> Outcome) -> Behaviour {
    Behaviour { operation, run: Run::Change(run), refuses: &[] }
}

impl Behaviour {
    pub(super) const fn refuses(self, refuses: &'static [u16]) -> Self {
        Self { refuses, ..self }
    }
}

/// What the worlds of all sessions may take together.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of files; of others size and digests are known.
    pub bytes: usize,
    /// Entries beyond the seed: files, shares, jobs, tokens and so on.
    pub entries: usize,
}

/// The operations of a contract that the world plays, and the seed that each session begins with.
pub struct Stage {
    seed: Arc<Seed>,
    /// Where bytes of files are kept, those of all sessions together.
    room: Arc<Room>,
    /// What worlds may have beyond the seed, those of all sessions together.
    budget: Arc<Budget>,
    /// By operation.
    parts: Vec<Option<Part>>,
}

struct Part {
    behaviour: &'static Behaviour,
    shape: OnceLock<(Shape, Option<String>)>,
    /// Of the last answer, in bytes.
    length: AtomicUsize,
}

/// The world of a session, for whoever looks at it.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    /// What plays it.
    pub stage: &'s Stage,
    /// Where the session keeps it, if a call came to it.
    pub store: Option<&'s Store>,
}

impl Seen<'_> {
    /// As it is now: the one that the session will begin with, if no call came to it so far.
    pub fn world(self) -> Arc<World> {
        self.store.map_or_else(|| self.stage.unopened(), Store::now)
    }
}

/// A call that comes to the world.
pub struct Cue<'c> {
    /// Its operation.
    pub operation: &'c Operation,
    /// Its values.
    pub call: &'c Call<'c>,
    /// The user that its headers name, also where its table has no row for that.
    pub user: Option<&'c str>,
    /// The token that it came with.
    pub token: Option<&'c str>,
    /// The session's time.
    pub now: Timestamp,
    /// The language that it asks for.
    pub language: &'c str,
    /// What decides about ids.
    pub rng: SeededRng<'c>,
    /// How the caller reaches the object host.
    pub links: Links<'c>,
    /// Its body, where that is a file.
    pub content: Option<&'c Received>,
}

/// What came of it.
#[derive(Debug)]
pub enum Played {
    /// It went well.
    Answer {
        /// The answer.
        answer: Answer,
        /// What it did.
        effect: Option<Box<Effect>>,
        /// What deserves a warning.
        warning: Option<String>,
    },
    /// It was refused.
    Refused {
        /// The code of the catalogue.
        code: String,
        /// What stands for `{0}` and so on in its message.
        arguments: Vec<String>,
        /// Why, in our words.
        reason: String,
    },
    /// The world does not play this operation.
    Unknown,
}

impl Stage {
    /// For a contract.
    pub fn new(contract: &Contract, seed: Arc<Seed>, limits: Limits) -> Self {
        Self::within(contract, seed, Room::new(limits.bytes), Budget::new(limits.entries))
    }

    /// For another contract or with another seed, in the place of this one.
    pub fn renewed(&self, contract: &Contract, seed: Arc<Seed>) -> Self {
        Self::within(contract, seed, Arc::clone(&self.room), Arc::clone(&self.budget))
    }

    /// Whether it is this very seed that its sessions begin with.
    pub fn begins_with(&self, seed: &Arc<Seed>) -> bool {
        Arc::ptr_eq(&self.seed, seed)
    }

    fn within(contract: &Contract, seed: Arc<Seed>, room: Arc<Room>, budget: Arc<Budget>) -> Self {
        let part = |operation: &Operation| {
            let plays = |behaviour: &&Behaviour| behaviour.operation == operation.name;
            let behaviour = match contract.service_of(operation).description.service.as_str() {
                koodrive::SERVICE => koodrive::behaviours().find(plays),
                objects::SERVICE => objects::OPERATIONS.iter().find(plays),
                _ => None,
            };
            Some(Part { behaviour: behaviour?, shape: OnceLock::new(), length: AtomicUsize::new(256) })
        };
        Self { seed, room, budget, parts: contract.operations().iter().map(part).collect() }
    }

    /// The world of a new session.
    pub fn open(&self, now: Timestamp) -> Store {
        Store::new(self.seed.world(now, &self.room), &self.budget)
    }

    /// What takes the body of a part of an upload: it knows how the file was hashed so far, if that is known.
    pub fn intake(&self, store: &Store, upload: &str, part: i64, limit: u64) -> Intake {
        let world = store.now();
        let upload = world.uploads.get(upload);
        let before = upload.and_then(|upload| match (part, upload.parts.get(&part)?.before) {
            (1, None) => Some(Chain::default()),
            (_, Some(state)) => {
                let offset = upload.parts.get(&part)?.offset?;
                Some(Chain::from(state, u64::try_from(offset).ok()?))
            }
            (_, None) => {
                upload.parts.get(&(part - 1))?.received.as_ref()?.hashed.as_ref().map(|(_, after)| after.clone())
            }
        });
        Intake::new(limit, before, upload.is_some().then_some(&self.room))
    }

    /// The world of another seed.
    pub(crate) fn of_seed(&self, seed: &Seed, now: Timestamp) -> Arc<World> {
        seed.world(now, &self.room)
    }

    /// Puts a file at a path, without a call.
    ///
    /// # Errors
    ///
    /// [`NoPlace`], after which all is as it was.
    pub(crate) fn put_file(&self, store: &Store, path: &str, bytes: &[u8], now: Timestamp) -> Result<Value, NoPlace> {
        let put = |world: &Arc<World>| -> Result<_, NoPlace> {
            let mut world = World::clone(world);
            Ok((world.put_file(path, bytes, now, &self.room)?, Arc::new(world)))
        };
        Ok(store.change(put)?.0)
    }

    /// What a session begins with, for whoever looks at one that has not begun.
    pub fn unopened(&self) -> Arc<World> {
        self.seed.unopened(&self.room)
    }

    /// Plays a call.
    pub fn play(&self, contract: &Contract, store: &Store, cue: &Cue<'_>) -> Played {
        let Some(part) = self.parts.get(cue.operation.id.index()).and_then(Option::as_ref) else {
            return Played::Unknown;
        };
        let service = contract.service_of(cue.operation);
        let messages = |trouble: &Trouble| {
            let entry = service.catalogue.find(&trouble.code.to_string(), None);
            entry.map_or_else(String::new, |entry| service.message(entry, &trouble.arguments, cue.language))
        };
        let mut world = store.now();
        if world.is_due(cue.now) {
            world = self.settled(store, cue, &messages);
        }
        let ran = match part.behaviour.run {
            Run::Look(run) => self
                .scene(&world, cue, &messages)
                .and_then(|(scene, warning)| {
                    let reply = run(&scene).map_err(|trouble| trouble.with(warning.as_deref()))?;
                    Ok((reply, scene.me.id, warning, None))
                })
                .map(|ran| (ran, world)),
            Run::Change(run) => store.change(|world| {
                let (mut scene, warning) = self.scene(world, cue, &messages)?;
                let reply = run(&mut scene).map_err(|trouble| trouble.with(warning.as_deref()))?;
                let (me, effect) = (scene.me.id, Effect::between(world, &scene.world));
                Ok(((reply, me, warning, effect), scene.world.into_world()))
            }),
        };
        match ran {
            Ok(((mut reply, me, strange, mut effect), world)) => {
                if let Some(cursor) = reply.take_short_page() {
                    effect.get_or_insert_default().short_page = Some(cursor);
                }
                let warning = match (strange, reply.take_warning()) {
                    (Some(strange), Some(warning)) => Some(format!("{strange}; {warning}")),
                    (strange, warning) => strange.or(warning),
                };
                if let Some(answer) = reply.take_raw() {
                    return Played::Answer { answer, effect, warning };
                }
                let (shape, message) = part.shape.get_or_init(|| {
                    let table = cue.operation.table(service);
                    let default = cue.operation.compiled(service).ok().map(|compiled| &compiled.example.body);
                    let default = default.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
                    table.map_or_else(|_| (Shape::Object(Vec::new()), None), |table| Shape::of_answer(&table, &default))
                });
                // About as long as the last one: a list that grows bit by bit is copied as often.
                let mut body = String::with_capacity(part.length.load(Relaxed));
                let whole = Whole { reply, message: message.as_deref() };
                shape.write(&whole, &View { world: &world, me, now: cue.now }, &mut body);
                part.length.store(body.len(), Relaxed);
                let answer = Answer { status: StatusCode::OK, headers: Vec::new(), body: body.into() };
                Played::Answer { answer, effect, warning }
            }
            Err(Trouble { code, arguments, reason }) => Played::Refused { code: code.to_string(), arguments, reason },
        }
    }

    /// The world in which everything is done that is due.
    fn settled(&self, store: &Store, cue: &Cue<'_>, messages: &dyn Fn(&Trouble) -> String) -> Arc<World> {
        store.settle(|world| {
            let somebody = world.org.users().next().cloned();
            let Some(me) = somebody else { return Arc::clone(world) };
            let mut scene = Self::scene_of(world, cue, me, messages);
            koodrive::settle(&mut scene);
            scene.world.into_world()
        })
    }

    /// The scene of a call, and what is strange about its caller.
    fn scene<'c>(
        &self,
        world: &Arc<World>,
        cue: &Cue<'c>,
        messages: &'c dyn Fn(&Trouble) -> String,
    ) -> Result<(Scene<'c>, Option<String>), Trouble> {
        let (me, warning) = self.caller(world, cue)?;
        Ok((Self::scene_of(world, cue, me, messages), warning))
    }

    fn scene_of<'c>(
        world: &Arc<World>,
        cue: &Cue<'c>,
        me: Arc<User>,
        messages: &'c dyn Fn(&Trouble) -> String,
    ) -> Scene<'c> {
        Scene {
            world: Draft::of(world),
            call: Values::of(cue.call),
            headers: &cue.call.headers,
            me,
            token: cue.token,
            now: cue.now,
            ids: Ids::new(Source::Call(cue.rng)),
            links: cue.links,
            content: cue.content,
            messages,
        }
    }

    /// Who calls: whoever the token was handed out to, else whom `X-User-Id` names, else the seed's `me`.
    fn caller(&self, world: &World, cue: &Cue<'_>) -> Result<(Arc<User>, Option<String>), Trouble> {
        // A link says all that is needed.
        let named = cue.user.filter(|_| !cue.operation.is_linked());
        let of_name = named.and_then(|id| world.org.user(Id(id.parse().ok()?)));
        if let Some(token) = cue.token.and_then(|token| world.logins.token(token)) {
            if token.over {
                return Err(Trouble::gateway(307, "its token is over: it was signed out"));
            }
            let user =
                world.org.user(token.user).ok_or_else(|| Trouble::gateway(307, "the user of its token is gone"))?;
            let other = of_name.filter(|named| named.id != user.id);
            let warning =
                other.map(|other| format!("X-User-Id names {}, and the token is {}'s", other.name, user.name));
            return enabled(user).map(|user| (user, warning));
        }
        if let Some(user) = of_name {
            return enabled(user).map(|user| (user, None));
        }
        let me =
            world.org.user(world.settings.me).ok_or_else(|| Trouble::gateway(301, "the world's own user is gone"))?;
        let unknown = named.filter(|_| world.settings.is_strict);
        if let Some(named) = unknown {
            return Err(Trouble::gateway(301, format!("X-User-Id names {named}, whom this world does not have")));
        }
        let warning = named
            .map(|named| format!("X-User-Id names {named}, whom this world does not have: it acts as {}", me.name));
        enabled(me).map(|me| (me, warning))
    }
}

fn enabled(user: &Arc<User>) -> Result<Arc<User>, Trouble> {
    if user.disabled {
        return Err(Trouble::gateway(307, format!("{} is disabled", user.name)));
    }
    Ok(Arc::clone(user))
}

/// A reply with what every answer says.
struct Whole<'m> {
    reply: Reply,
    message: Option<&'m str>,
}

impl Facts for Whole<'_> {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        match name {
            "code" => self.reply.fact(name, view).or(Some(Fact::Whole(0))),
            "msg" => self.reply.fact(name, view).or(Some(Fact::text(self.message.unwrap_or("success")))),
            _ => self.reply.fact(name, view),
        }
    }
}
