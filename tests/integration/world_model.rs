//! Lin's space against a model: lists of things without any index, which say what each call has to come to. After every call the world is
//! what the model is, thing by thing.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use serde_json::{Value, json};

use crate::{
    client::Running,
    committed::{space, with_world},
    depth::deep,
    tutorial::{get, post},
};

/// A file or folder of the model.
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    /// Nothing for the root.
    parent: Option<String>,
    name: String,
    is_folder: bool,
    /// In the bin by itself, and whether it knows where it was.
    binned: Option<bool>,
}

/// All of them by id, and the shares with their files.
#[derive(Debug, Clone, Default)]
struct Model {
    things: BTreeMap<String, Thing>,
    shares: BTreeMap<String, Vec<String>>,
}

impl Model {
    /// Something in the bin may outlive its folder.
    fn is_recycled(&self, id: &str) -> bool {
        let Some(thing) = self.things.get(id) else { return false };
        thing.binned.is_some() || thing.parent.as_deref().is_some_and(|parent| self.is_recycled(parent))
    }

    /// Whether it goes where another one goes: not what is in the bin by itself.
    fn is_within(&self, id: &str, above: &str) -> bool {
        let parent =
            self.things.get(id).filter(|thing| thing.binned.is_none()).and_then(|thing| thing.parent.as_deref());
        id == above || parent.is_some_and(|parent| self.is_within(parent, above))
    }

    /// Whether a folder has something of this name.
    fn has_name(&self, parent: Option<&str>, name: &str) -> bool {
        let here = |thing: &&Thing| thing.parent.as_deref() == parent && thing.binned.is_none();
        self.things.values().filter(here).any(|thing| thing.name == name)
    }

    /// The code with which a file is refused.
    fn file(&self, id: &str) -> Result<(), u16> {
        match self.things.get(id) {
            None => Err(309),
            Some(_) if self.is_recycled(id) => Err(306),
            Some(_) => Ok(()),
        }
    }

    /// The code with which a folder is refused.
    fn folder(&self, id: Option<&str>) -> Result<(), u16> {
        let Some(id) = id else { return Ok(()) };
        match self.things.get(id) {
            None => Err(309),
            Some(thing) if !thing.is_folder => Err(304),
            Some(_) if self.is_recycled(id) => Err(305),
            Some(_) => Ok(()),
        }
    }

    fn erase(&mut self, id: &str) {
        let gone: Vec<String> = self.things.keys().filter(|one| self.is_within(one, id)).cloned().collect();
        self.things.retain(|one, _| !gone.contains(one));
        // A share outlives its files: it opens nothing then.
        self.shares.values_mut().for_each(|files| files.retain(|file| !gone.contains(file)));
    }

    /// What a job does with one file.
    fn work(&mut self, task: (i64, i64), id: &str, into: Option<&str>) -> Result<(), u16> {
        match task {
            (2, 201) => {
                self.file(id)?;
                self.things.get_mut(id).unwrap().binned = Some(true);
            }
            (2, 202) => {
                self.things.get(id).ok_or(309_u16)?;
                self.erase(id);
            }
            (3, 301) => {
                self.file(id)?;
                self.folder(into)?;
                if self.things[id].parent.as_deref() == into {
                    return Err(312);
                }
                if into.is_some_and(|into| self.is_within(into, id)) {
                    return Err(307);
                }
                let into = into.map(str::to_owned);
                self.things.get_mut(id).unwrap().parent = into;
            }
            _ => {
                let thing = self.things.get(id).ok_or(309_u16)?.clone();
                thing.binned.ok_or(303_u16)?;
                if thing.parent.as_ref().is_some_and(|parent| !self.things.contains_key(parent)) {
                    return Err(304);
                }
                self.folder(thing.parent.as_deref())?;
                self.things.get_mut(id).unwrap().binned = None;
            }
        }
        Ok(())
    }
}

/// What the world has, as its dump says it.
fn seen(server: &Running, root: &str) -> (Model, Value) {
    fn below(model: &mut Model, entries: &Value, parent: Option<&str>) {
        for (name, entry) in entries.as_object().into_iter().flatten().filter(|(name, _)| *name != "/") {
            add(model, entry, parent, name, None);
        }
    }
    fn add(model: &mut Model, entry: &Value, parent: Option<&str>, name: &str, binned: Option<bool>) {
        let itself = entry.get("/");
        let id = itself.unwrap_or(entry)["id"].as_str().unwrap().to_owned();
        let thing =
            Thing { parent: parent.map(str::to_owned), name: name.to_owned(), is_folder: itself.is_some(), binned };
        model.things.insert(id.clone(), thing);
        if itself.is_some() {
            below(model, entry, Some(&id));
        }
    }
    let dump: Value = server.mock.world_of("default").unwrap().dump(0);
    let mut model = Model::default();
    below(&mut model, &dump["files"]["lin"], None);
    for entry in dump["recycled"]["lin"].as_array().into_iter().flatten() {
        let facts = entry.get("/").unwrap_or(entry);
        let parent = facts["parentFolder"].as_str().filter(|parent| *parent != root);
        add(&mut model, entry, parent, facts["fileName"].as_str().unwrap(), facts["hasPath"].as_bool());
    }
    for share in dump["shares"].as_array().unwrap() {
        let files = share["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned());
        model.shares.insert(share["id"].as_str().unwrap().to_owned(), files.collect());
    }
    let job = dump["batchJobs"].as_array().unwrap().iter().max_by_key(|job| job["made"].as_u64()).cloned();
    (model, job.unwrap_or_default())
}

/// One of those there are, sometimes one that is not.
fn any(rng: &mut ChaCha8Rng, model: &Model) -> String {
    match rng.random_range(0..12) {
        1.. if !model.things.is_empty() => {
            model.things.keys().nth(rng.random_range(0..model.things.len())).unwrap().clone()
        }
        _ => "FnothingIsCalledSo".to_owned(),
    }
}

fn code(answer: &Value) -> u16 {
    let code = answer.get("code").map_or(Some(0), Value::as_i64);
    u16::try_from(code.unwrap_or_else(|| panic!("{answer}")) % 1000).unwrap()
}

#[test]
fn a_space_is_at_every_time_what_a_naive_model_of_it_is() {
    let mut all_codes = std::collections::BTreeSet::new();
    for seed in 0..deep(4).into() {
        let server = with_world("scenario: none\nrules: []\n");
        let container = space(&server);
        let root =
            server.send(&get(&format!("space/{}?type=1", "1505084218764547200"))).json()["data"]["bizRootFileId"]
                .as_str()
                .unwrap()
                .to_owned();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut model, _) = seen(&server, &root);
        for number in 0..200 {
            let before = model.clone();
            let name = format!("n{}", rng.random_range(0..4));
            let (id, other) = (any(&mut rng, &model), any(&mut rng, &model));
            let into = (!rng.random_ratio(1, 4)).then_some(other);
            let (told, expected) = match rng.random_range(0..10) {
                0..=2 => {
                    let parents: Vec<&String> = into.iter().collect();
                    let body = json!({
                        "fileName": name, "fileType": "10", "containerId": container, "parentFolder": parents,
                        "renameMode": 3
                    });
                    let answer = server.send(&post("directory", &body)).json();
                    let expected =
                        model.folder(into.as_deref()).and_then(|()| match model.has_name(into.as_deref(), &name) {
                            true => Err(405),
                            false => Ok(()),
                        });
                    if expected.is_ok() {
                        let id = answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
                        model.things.insert(id, Thing { parent: into, name, is_folder: true, binned: None });
                    }
                    (code(&answer), expected)
                }
                3 => {
                    let body = json!({ "containerId": container, "name": name, "renameMode": 3 });
                    let answer = server.send(&post(&format!("files/rename/{id}"), &body)).json();
                    let expected = model.file(&id).and_then(|()| {
                        let thing = &model.things[&id];
                        let is_taken = thing.name != name && model.has_name(thing.parent.as_deref(), &name);
                        if is_taken { Err(405) } else { Ok(()) }
                    });
                    if expected.is_ok() {
                        model.things.get_mut(&id).unwrap().name = name;
                    }
                    (code(&answer), expected)
                }
                4 => {
                    let body = json!({ "scope": 2, "fileIds": [id], "containerId": container, "validDays": 7 });
                    let answer = server.send(&post("share", &body)).json();
                    let expected = model.file(&id);
                    if expected.is_ok() {
                        let (after, _) = seen(&server, &root);
                        let new = after.shares.keys().find(|share| !before.shares.contains_key(*share)).unwrap();
                        model.shares.insert(new.clone(), vec![id]);
                    }
                    (code(&answer), expected)
                }
                work => {
                    let task = [(2, 201), (3, 301), (2, 201), (4, 0), (2, 202)][work - 5];
                    let mut info =
                        json!({ "srcContainerId": container, "fileInfo": [{ "fileId": id, "filePath": "/" }] });
                    if let Some(into) = &into {
                        info["newFilePath"] = json!(format!("/{into}"));
                    }
                    let mut body = json!({ "taskType": task.0, "taskInfo": info, "dstContainerId": container });
                    if task.1 != 0 {
                        body["actionType"] = json!(task.1);
                    }
                    let answer = server.send(&post("jobs", &body)).json();
                    assert_eq!(code(&answer), 0, "{answer}");
                    let item = seen(&server, &root).1["items"][0].clone();
                    let told = item["resultCode"].as_str().map_or(0, |code| code[5..].parse().unwrap());
                    (told, model.work(task, &id, into.as_deref()))
                }
            };
            let (after, _) = seen(&server, &root);
            // A name that was taken where something was moved or restored to got the time added.
            for (id, thing) in &mut model.things {
                let (was, is) = (before.things.get(id), after.things.get(id));
                let moved = was.is_some_and(|was| was.parent != thing.parent || was.binned != thing.binned);
                if let (true, Some(is)) = (moved, is)
                    && is.name != thing.name
                {
                    assert!(before.has_name(thing.parent.as_deref(), &thing.name), "{seed}/{number}: {id} is {is:?}");
                    assert!(!before.has_name(thing.parent.as_deref(), &is.name), "{seed}/{number}: {id} is {is:?}");
                    thing.name = is.name.clone();
                }
            }
            assert_eq!(told, expected.err().unwrap_or(0), "{seed}/{number}");
            assert_eq!(after.things, model.things, "{seed}/{number}");
            assert_eq!(after.shares, model.shares, "{seed}/{number}");
            all_codes.insert(told);
        }
    }
    // Every way to be refused was taken.
    assert_eq!(all_codes.into_iter().collect::<Vec<_>>(), [0, 303, 304, 305, 306, 307, 309, 312, 405]);
}
