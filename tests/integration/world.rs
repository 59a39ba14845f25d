//! The world: walks through each group of operations, as data in `tests/world/`.
//!
//! A walk is a list of calls. `$name` in what is sent stands for what an earlier call got there; in `gets` it takes it. `gets` is part of
//! the answer; `refused` is its code. `$#name` is the same as a number. `later` is how much time passes before a call. A file that says how long
//! `jobs` take has its calls under `steps`. `link` is where a call of the object host goes, `content` what it sends, `has` what it gets.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
    sync::Arc,
};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{Span, SpanRelativeTo, Timestamp};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use serde::Deserialize;
use serde_json::{Value, json};
use understudy::{
    content::Room,
    contract::{Contract, Operation, Payload, Request, auth::AuthMode, operation::Table},
    diagnostic::Source,
    mock::{Mock, Options, Plan},
    session::Arrival,
    world::{Seed, World, played},
};

use crate::{client::contract, depth::deep};

/// One call of a walk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) call: String,
    /// Who makes it: an alias of the demo.
    #[serde(rename = "as", default)]
    caller: Option<String>,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    path: BTreeMap<String, Value>,
    #[serde(default)]
    query: BTreeMap<String, Value>,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    gets: Option<Value>,
    #[serde(default)]
    refused: Option<Value>,
    /// A link that an answer had.
    #[serde(default)]
    link: Option<Value>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    has: Option<String>,
    #[serde(default)]
    later: Option<String>,
    /// How often it is made.
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// A file of calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// How long jobs take.
    jobs: Value,
    steps: Vec<Step>,
}

/// A stand-in with the demo's world.
pub(crate) fn stage() -> Mock {
    stage_of(&json!("immediate"))
}

/// The same, in which jobs take their time.
fn stage_of(jobs: &Value) -> Mock {
    let demo = include_str!("../../src/world/seed/demo.yaml");
    let seed = Source::new("demo.yaml", format!("{demo}\njobs: {jobs}\n"));
    let mut options = Options {
        world: Some(Arc::new(Seed::compile(&seed).unwrap())),
        time: Some("2026-02-01T08:00:00Z".parse().unwrap()),
        seed: Some(7),
        ..Options::default()
    };
    options.strictness.auth = AuthMode::Shape;
    Mock::new(contract(), Vec::new(), options)
}

/// A walk under way.
pub(crate) struct Walk<'m> {
    mock: &'m Mock,
    kept: HashMap<String, Value>,
    calls: u32,
}

impl<'m> Walk<'m> {
    pub(crate) fn new(mock: &'m Mock) -> Self {
        Self { mock, kept: HashMap::new(), calls: 0 }
    }

    /// A value with what was kept in the place of `$name`.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) if name.starts_with('#') => {
                    let text = self.filled(&Value::from(format!("${}", &name[1..])));
                    text.as_str().and_then(|text| text.parse::<u64>().ok()).map_or(text, Value::from)
                }
                Some(name) => self.kept.get(name).unwrap_or_else(|| panic!("nothing was kept as ${name}")).clone(),
                None => value.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect(),
            other => other.clone(),
        }
    }

    fn text(&self, value: &Value) -> String {
        let value = self.filled(value);
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    pub(crate) fn send(&mut self, step: &Step, operation: &Operation) -> Plan {
        if let Some(later) = &step.later {
            let later: Span = later.parse().unwrap();
            let later = later.to_duration(SpanRelativeTo::days_are_24_hours()).unwrap();
            let session = self.mock.sessions().get("default").unwrap();
            session.clock.advance(later.unsigned_abs());
        }
        if let Some(link) = &step.link {
            return self.follow(&self.text(link), operation, step);
        }
        let mut path = operation.path.clone();
        for (name, value) in &step.path {
            path = path.replace(&format!("{{{name}}}"), &self.text(value));
        }
        assert!(!path.contains('{'), "{}: {path}", step.call);
        let query: Vec<String> =
            step.query.iter().map(|(name, value)| format!("{name}={}", self.text(value))).collect();
        let mut headers = HeaderMap::new();
        let id = |alias: &str| alias_id(self.mock, alias);
        let token = step.token.as_ref().map_or("Bearer 0123456789abcdef".to_owned(), |token| self.text(&json!(token)));
        headers.insert("authorization", HeaderValue::try_from(token).unwrap());
        if let Some(alias) = &step.caller {
            headers.insert("x-user-id", HeaderValue::try_from(id(alias)).unwrap());
        } else if step.token.is_none() {
            headers.insert("x-user-id", HeaderValue::try_from(id("lin")).unwrap());
        }
        headers.insert("x-date", HeaderValue::from_static("20260201T080000Z"));
        headers.insert("host", HeaderValue::from_static("127.0.0.1"));
        if step.token.is_some() && step.caller.is_none() {
            headers.insert("x-user-id", HeaderValue::from_static("1"));
        }
        for (name, value) in &step.headers {
            let value = HeaderValue::try_from(self.text(value)).unwrap();
            headers.insert(HeaderName::try_from(name.as_str()).unwrap(), value);
        }
        let body = step.body.as_ref().map(|body| self.filled(body).to_string()).unwrap_or_default();
        if !body.is_empty() {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        self.calls += 1;
        let query = query.join("&");
        let request = Request {
            query: Some(query.as_str()).filter(|query| !query.is_empty()),
            ..Request::new(&operation.method, &path, &headers, Payload::Whole(body.as_bytes()))
        };
        self.mock.handle(&request, Arrival::at(Timestamp::UNIX_EPOCH))
    }

    /// Uses a link.
    fn follow(&mut self, link: &str, operation: &Operation, step: &Step) -> Plan {
        let target = link.strip_prefix("http://127.0.0.1").unwrap_or_else(|| panic!("{link}"));
        let (path, query) = target.split_once('?').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("127.0.0.1"));
        for (name, value) in &step.headers {
            let value = HeaderValue::try_from(self.text(value)).unwrap();
            headers.insert(HeaderName::try_from(name.as_str()).unwrap(), value);
        }
        let content = step.content.as_deref().unwrap_or_default().as_bytes();
        if operation.method == Method::PUT {
            headers.insert("content-length", HeaderValue::from(content.len()));
        }
        // Hashed as the server does it.
        let received = self.mock.intake(&operation.method, path, Some(query)).map(|mut intake| {
            assert!(intake.add(content));
            intake.finish()
        });
        let body = received.as_ref().map_or(Payload::Whole(content), Payload::Content);
        let request = Request { query: Some(query), ..Request::new(&operation.method, path, &headers, body) };
        self.calls += 1;
        self.mock.handle(&request, Arrival::at(Timestamp::UNIX_EPOCH))
    }

    /// Makes a call and looks whether all is as its step says.
    fn step(&mut self, step: &Step, place: &str) {
        let contract = self.mock.contract();
        let [id] = contract.named(&step.call) else { panic!("{place}: {} is no operation", step.call) };
        let operation = contract.operation(*id);
        let plan = self.send(step, operation);
        let body: Value = serde_json::from_slice(&plan.answer.body).unwrap_or(Value::Null);
        let told = format!("{place}, {}: {} {body}", step.call, plan.answer.status);
        assert_eq!(plan.violations, None, "{told}");
        assert_eq!(plan.label, "world", "{told}");
        match &step.refused {
            Some(Value::String(code)) if step.link.is_some() => {
                let body = String::from_utf8_lossy(&plan.answer.body);
                assert!(body.contains(&format!("<Code>{code}</Code>")), "{told}: {body}");
            }
            Some(code) => {
                let found = body.get("code").or(body.get("error_code")).unwrap_or(&Value::Null);
                assert_eq!(found, code, "{told}");
            }
            None if step.link.is_some() => {
                assert!(plan.answer.status.as_u16() < 400, "{told}: {:?}", plan.answer.body);
                if let Some(has) = &step.has {
                    assert_eq!(String::from_utf8_lossy(&plan.answer.body), *has, "{told}");
                }
            }
            None => {
                assert_eq!(plan.answer.status, 200, "{told}");
                clean(contract, operation, &plan.answer.body, &told);
            }
        }
        if let Some(wanted) = &step.gets {
            self.hold(wanted, &body, "", &told);
        }
        let world = self.mock.world_of("default").unwrap();
        assert_eq!(world.check(), Vec::<String>::new(), "{told}");
        assert!(world.is_administered(), "{told}");
    }

    /// Whether an answer has what is wanted, and keeps what has a name.
    fn hold(&mut self, wanted: &Value, found: &Value, at: &str, told: &str) {
        match (wanted, found) {
            (Value::String(text), found) if text.starts_with('$') => {
                let name = text.trim_start_matches('$');
                match self.kept.get(name) {
                    Some(known) => assert_eq!(found, known, "{at} in {told}"),
                    None => {
                        assert!(!found.is_null(), "{at} in {told}");
                        self.kept.insert(name.to_owned(), found.clone());
                    }
                }
            }
            (Value::Object(members), Value::Object(_)) => {
                for (name, wanted) in members {
                    let found = found.get(name).unwrap_or(&Value::Null);
                    self.hold(wanted, found, &format!("{at}/{name}"), told);
                }
            }
            (Value::Array(items), Value::Array(found)) => {
                assert_eq!(items.len(), found.len(), "{at} in {told}");
                for (index, (wanted, found)) in items.iter().zip(found).enumerate() {
                    self.hold(wanted, found, &format!("{at}/{index}"), told);
                }
            }
            (wanted, found) => assert_eq!(found, wanted, "{at} in {told}"),
        }
    }
}

/// The id of somebody in the demo.
pub(crate) fn alias_id(mock: &Mock, alias: &str) -> String {
    let seed = mock.options().world.as_ref().unwrap();
    seed.id_of(alias).unwrap_or_else(|| panic!("nobody is called {alias}")).to_string()
}

/// An answer keeps its table, under the thorough reading.
pub(crate) fn clean(contract: &Contract, operation: &Operation, body: &[u8], told: &str) {
    let responses = operation.responses(contract.service_of(operation)).unwrap();
    let response = responses.iter().find(|response| response.status == 200).unwrap();
    let value = understudy::contract::json::read(body).unwrap().value;
    let (violations, _) = response.body.as_ref().unwrap().findings(&value, "/body");
    assert_eq!(violations, [], "{told}");
}

/// Every walk of the folder.
fn walks() -> Vec<(String, Vec<Step>, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/world");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let file = if text.contains("\nsteps:") {
            serde_saphyr::from_str(&text)
        } else {
            serde_saphyr::from_str(&text).map(|steps| File { jobs: json!("immediate"), steps })
        };
        let File { jobs, steps } = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().unwrap().to_string_lossy().into_owned(), steps, jobs)
    };
    paths.iter().map(read).collect()
}

#[test]
fn every_walk_goes_as_it_is_written() {
    for (name, steps, jobs) in walks() {
        let mock = stage_of(&jobs);
        let mut walk = Walk::new(&mock);
        for (index, step) in steps.iter().enumerate() {
            for _ in 0..step.times {
                walk.step(step, &format!("{name}, step {}", index + 1));
            }
        }
    }
}

#[test]
fn every_operation_is_done_once_and_every_refusal_is_seen() {
    let (mut done, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for step in walks().into_iter().flat_map(|(_, steps, _)| steps) {
        match step.refused {
            None => _ = done.insert(step.call),
            Some(code) => {
                let code = code.as_u64().map_or(0, |code| code.saturating_sub(13_000_000));
                refused.insert((step.call, u16::try_from(code).unwrap_or(0)));
            }
        }
    }
    let missing: Vec<_> = played().filter(|(operation, _)| !done.contains(*operation)).map(|(name, _)| name).collect();
    assert_eq!(missing, Vec::<&str>::new(), "never done");
    let pairs = played().flat_map(|(operation, codes)| codes.iter().map(move |code| (operation.to_owned(), *code)));
    let missing: Vec<_> = pairs.filter(|pair| !refused.contains(pair)).collect();
    assert_eq!(missing, [], "never seen");
}

#[test]
fn what_is_played_is_in_the_contract_once() {
    let contract = contract();
    let mut seen = BTreeSet::new();
    for (operation, _) in played() {
        assert_eq!(contract.named(operation).len(), 1, "{operation}");
        assert!(seen.insert(operation), "{operation} twice");
    }
}

#[test]
fn the_documents_name_what_is_played() {
    let text = include_str!("../../docs/world.md");
    let listed = text.split("## What is played").nth(1).unwrap().split("Every other operation").next().unwrap();
    let listed: BTreeSet<&str> = listed.split('`').skip(1).step_by(2).collect();
    assert_eq!(listed, played().map(|(operation, _)| operation).collect());
}

#[test]
fn the_same_calls_get_the_same_answers() {
    let told = || {
        let mut told = Vec::new();
        for (_, steps, jobs) in walks() {
            let mock = stage_of(&jobs);
            let mut walk = Walk::new(&mock);
            for step in &steps {
                let id = mock.contract().named(&step.call)[0];
                let operation = mock.contract().operation(id);
                let plan = walk.send(step, operation);
                if let (Some(wanted), Ok(body)) = (&step.gets, serde_json::from_slice(&plan.answer.body)) {
                    walk.hold(wanted, &body, "", "");
                }
                told.push(plan.answer.body);
            }
        }
        told
    };
    assert_eq!(told(), told());
}

#[test]
fn an_operation_that_the_world_does_not_play_says_so() {
    let mock = stage();
    let headers = HeaderMap::new();
    let request = Request::new(&Method::GET, "/koodrive/ose/v1/share", &headers, Payload::Whole(b""));
    // Refused by the contract, the call never comes to the world.
    let plan = mock.handle(&request, Arrival::at(Timestamp::UNIX_EPOCH));
    assert_eq!(plan.label, "refusal");
}

/// A value somewhere in answers so far that may be the id of something.
fn any_id(rng: &mut ChaCha8Rng, seen: &[Value]) -> Value {
    let odd = [json!("root"), json!("7"), json!("nothing"), json!("")];
    if seen.is_empty() || rng.random_ratio(1, 12) {
        return odd[rng.random_range(0..odd.len())].clone();
    }
    seen[rng.random_range(0..seen.len())].clone()
}

/// Fills a sample with ids of the world and other names.
fn vary(value: &mut Value, name: &str, rng: &mut ChaCha8Rng, seen: &[Value]) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| vary(value, name, rng, seen)),
        Value::Array(items) => items.iter_mut().for_each(|item| vary(item, name, rng, seen)),
        Value::String(text) if name.to_lowercase().ends_with("name") => *text = format!("n{}", rng.random_range(0..4)),
        Value::String(_) if name == "capacity" => *value = json!(rng.random_range(1..40).to_string()),
        Value::String(_) | Value::Number(_) if is_id(name) => {
            let id = any_id(rng, seen);
            let number = id.as_str().and_then(|id| id.parse::<i64>().ok()).map(Value::from);
            *value = if value.is_number() { number.unwrap_or(json!(7)) } else { id };
        }
        Value::Number(_) if rng.random_ratio(1, 4) => *value = json!(rng.random_range(0..4)),
        _ => {}
    }
}

fn is_id(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with("id")
        || name.ends_with("ids")
        || matches!(name.as_str(), "parentfolder" | "container" | "newfilepath" | "shorturl" | "kdstoken")
}

/// Notes down everything in an answer that may be an id.
fn note_ids(value: &Value, name: &str, seen: &mut Vec<Value>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| note_ids(value, name, seen)),
        Value::Array(items) => items.iter().for_each(|item| note_ids(item, name, seen)),
        Value::String(_) if (is_id(name) || name == "data") && !seen.contains(value) => seen.push(value.clone()),
        _ => {}
    }
}

#[test]
fn whatever_is_called_nothing_dangles_and_a_refused_call_leaves_no_trace() {
    for seed in 0..deep(1).into() {
        let mock = stage();
        let contract = mock.contract();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut seen = ["lin", "okafor", "sam"].map(|alias| json!(alias_id(&mock, alias))).to_vec();
        // What links are good for is done with the links of answers.
        let by_link = |name: &str| contract.operation(contract.named(name)[0]).path.starts_with("/obs/");
        let names: Vec<&str> = played().map(|(operation, _)| operation).filter(|name| !by_link(name)).collect();
        let (mut done, mut refused, mut calls) = (BTreeSet::new(), 0, 0);
        for _ in 0..1200 {
            let name = names[rng.random_range(0..names.len())];
            let operation = contract.operation(contract.named(name)[0]);
            let table = operation.table(contract.service_of(operation)).unwrap();
            let sample = if rng.random_ratio(1, 2) { table.smallest_request() } else { table.fullest_request() };
            let part = |part: Option<Value>, rng: &mut ChaCha8Rng| {
                let mut part = part.unwrap_or_else(|| json!({}));
                vary(&mut part, "", rng, &seen);
                part.as_object().unwrap().clone().into_iter().collect::<BTreeMap<_, _>>()
            };
            let step = Step {
                call: name.to_owned(),
                caller: Some(["lin", "lin", "okafor", "sam"][rng.random_range(0..4)].to_owned()),
                token: None,
                path: part(sample.path, &mut rng),
                query: part(sample.query, &mut rng),
                headers: BTreeMap::new(),
                body: sample.body.map(|_| json!(part(table_body(&table, &mut rng), &mut rng))),
                gets: None,
                refused: None,
                link: None,
                content: None,
                has: None,
                later: rng.random_ratio(1, 20).then(|| "1d".to_owned()),
                times: 1,
            };
            if step.path.values().any(|value| value.as_str().is_some_and(str::is_empty)) {
                continue;
            }
            let before = mock.world_of("default");
            let plan = Walk::new(&mock).send(&step, operation);
            let Some(after) = mock.world_of("default") else { continue };
            let told = format!("seed {seed}, {step:?}: {:?}", plan.answer.body);
            if plan.label == "world" && plan.answer.status == 200 {
                clean(contract, operation, &plan.answer.body, &told);
                note_ids(&serde_json::from_slice(&plan.answer.body).unwrap(), "", &mut seen);
                done.insert(name);
                follow_links(&mock, &plan.answer.body, &mut rng, &mut done);
            } else {
                refused += 1;
                assert!(before.is_none_or(|before| Arc::ptr_eq(&before, &after)), "{told}");
            }
            assert_eq!(after.check(), Vec::<String>::new(), "{told}");
            assert!(after.is_administered(), "{told}");
            calls += 1;
            if calls % 80 == 0 {
                comes_back_from_its_dump(&after);
            }
        }
        assert!(
            done.len() > names.len() / 2 && refused > 150,
            "{} of {} done, {refused} refused",
            done.len(),
            names.len()
        );
    }
}

/// A dump is a seed that makes the same world, and the dump of that is the same.
fn comes_back_from_its_dump(world: &World) {
    let dump = world.dump(usize::MAX).to_string();
    let seed = Seed::compile(&Source::new("dump.json", dump.as_str())).unwrap_or_else(|mistakes| {
        let messages: Vec<_> = mistakes.into_iter().map(|mistake| mistake.message).collect();
        panic!("{messages:?}: {dump}")
    });
    let loaded = seed.world(Timestamp::UNIX_EPOCH, &Room::new(1 << 20));
    assert_eq!(loaded.dump(usize::MAX).to_string(), dump);
    assert!(*loaded == *world, "the dump leaves something out: {dump}");
}

#[test]
fn the_world_of_each_walk_comes_back_from_its_dump() {
    for (_, steps, jobs) in walks() {
        let mock = stage_of(&jobs);
        let mut walk = Walk::new(&mock);
        for step in &steps {
            for _ in 0..step.times {
                walk.step(step, &step.call);
            }
        }
        comes_back_from_its_dump(&mock.world_of("default").unwrap());
    }
}

#[test]
fn a_seed_whose_people_administer_nothing_comes_back_from_its_dump() {
    let seed = Seed::compile(&Source::new("plain.yaml", "world: plain\npeople: { lin: {} }\n")).unwrap();
    let world = seed.world(Timestamp::UNIX_EPOCH, &Room::new(1 << 20));
    assert!(!world.is_administered());
    comes_back_from_its_dump(&world);
}

/// Uses the links of an answer, in whatever order.
fn follow_links(mock: &Mock, body: &[u8], rng: &mut ChaCha8Rng, done: &mut BTreeSet<&str>) {
    fn links<'v>(value: &'v Value, found: &mut Vec<(&'v str, usize)>) {
        match value {
            Value::Object(members) => {
                for (name, link) in members {
                    let size = members.get("partSize").and_then(Value::as_u64).unwrap_or(0) as usize;
                    match link.as_str().filter(|link| name != "msg" && link.contains("/obs/")) {
                        Some(link) => found.push((link, size)),
                        None => links(link, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| links(item, found)),
            _ => {}
        }
    }
    let body = serde_json::from_slice(body).unwrap();
    let mut found = Vec::new();
    links(&body, &mut found);
    while !found.is_empty() && rng.random_ratio(5, 6) {
        let (link, size) = found.swap_remove(rng.random_range(0..found.len()));
        let name = if link.contains("partNumber") { "PutObjectPart" } else { "GetObject" };
        let operation = mock.contract().operation(mock.contract().named(name)[0]);
        let content = "x".repeat(size.min(1000));
        let step = Step { content: Some(content), ..serde_saphyr::from_str(&format!("call: {name}")).unwrap() };
        if Walk::new(mock).follow(link, operation, &step).answer.status == 200 {
            done.insert(name);
        }
    }
}

/// A body of an operation, small or full.
fn table_body(table: &Table<'_>, rng: &mut ChaCha8Rng) -> Option<Value> {
    if rng.random_ratio(1, 2) { table.smallest_request().body } else { table.fullest_request().body }
}

#[test]
fn sixty_four_clients_that_create_at_once_in_one_folder_get_names_of_their_own() {
    let mock = stage();
    let lin = alias_id(&mock, "lin");
    let first = |call: &str, path: Value, query: Value, body: Option<Value>| -> Value {
        let step = json!({ "call": call, "path": path, "query": query, "body": body });
        let step: Step = serde_json::from_value(step).unwrap();
        let id = mock.contract().named(call)[0];
        let plan = Walk::new(&mock).send(&step, mock.contract().operation(id));
        assert_eq!(plan.label, "world");
        serde_json::from_slice(&plan.answer.body).unwrap()
    };
    let space = first("GetSpace", json!({ "ownerId": lin }), json!({ "type": "1" }), None);
    let space = space["data"]["containerId"].clone();
    let body = json!({ "fileName": "same", "fileType": "10", "containerId": space, "renameMode": 2 });
    let names: Vec<String> = std::thread::scope(|scope| {
        let create = || first("CreateDirectory", json!({}), json!({}), Some(body.clone()));
        let threads: Vec<_> = (0..64).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()["fileName"].as_str().unwrap().to_owned()).collect()
    });
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 64, "{names:?}");
    let world = mock.world_of("default").unwrap();
    assert_eq!(world.check(), Vec::<String>::new());
    for name in names {
        assert!(world.file(&format!("lin/{name}")).is_some(), "{name}");
    }
}

#[test]
fn whoever_stays_is_seen_exactly_once_while_others_come_and_go_between_pages() {
    for seed in 0..deep(4).into() {
        let mock = stage();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let call = |name: &str, more: Value| -> Value {
            let mut step = json!({ "call": name });
            step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let step: Step = serde_json::from_value(step).unwrap();
            let plan = Walk::new(&mock).send(&step, mock.contract().operation(mock.contract().named(name)[0]));
            assert_eq!(
                (&plan.label, plan.answer.status.as_u16()),
                (&HeaderValue::from_static("world"), 200),
                "{step:?}"
            );
            serde_json::from_slice(&plan.answer.body).unwrap()
        };
        let lin = alias_id(&mock, "lin");
        let space = call("GetSpace", json!({ "path": { "ownerId": lin }, "query": { "type": "1" } }));
        let space = space["data"]["containerId"].clone();
        let create = |name: String| {
            let body = json!({ "fileName": name, "fileType": "10", "containerId": space, "renameMode": 2 });
            call("CreateDirectory", json!({ "body": body }))["id"].as_str().unwrap().to_owned()
        };
        let staying: BTreeSet<String> = (0..30).map(|_| create(format!("s{}", rng.random_range(0..1000)))).collect();
        let mut passing: Vec<String> = (0..20).map(|_| create(format!("p{}", rng.random_range(0..1000)))).collect();
        let by = [1, 3][rng.random_range(0..2)];
        let order = json!({ "sortType": by, "sortDirection": rng.random_range(1..3) });
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = json!({ "pageSize": rng.random_range(1..9), "pageCursor": cursor });
            let body = json!({ "containerId": space, "parentFileId": "root", "pageInfo": page, "sortInfo": order });
            let page = call("GetPersonalFiles", json!({ "path": { "type": "0" }, "body": body }));
            seen.extend(page["files"].as_array().unwrap().iter().map(|file| file["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = next.to_owned();
            // Some come, and some go, the last one of the page among them.
            if seen.len() < 300 {
                passing.push(create(format!("q{}", rng.random_range(0..1000))));
            }
            let index = passing.iter().position(|id| Some(id) == seen.last());
            let gone = passing.swap_remove(index.unwrap_or_else(|| rng.random_range(0..passing.len())));
            let info = json!({ "srcContainerId": space, "fileInfo": [{ "fileId": gone }] });
            let body = json!({ "taskType": 2, "actionType": 202, "taskInfo": info, "dstContainerId": space });
            call("CreateJob", json!({ "body": body }));
        }
        for id in &staying {
            assert_eq!(seen.iter().filter(|known| *known == id).count(), 1, "seed {seed}, {order}: {id}");
        }
    }
}
