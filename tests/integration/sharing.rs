//! Sharing at random: whatever becomes of sharers, readers and files, the world holds together.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use serde_json::{Value, json};
use understudy::mock::Mock;

use crate::{
    depth::deep,
    world::{Step, Walk, alias_id, clean, stage},
};

/// What the calls so far made, and what there is to call with.
struct Scene {
    rng: ChaCha8Rng,
    users: Vec<Value>,
    department: Value,
    files: Vec<Value>,
    /// Lin's space, where the files are, and Sam's.
    mine: Value,
    sams: Value,
    shares: Vec<Value>,
    links: Vec<Value>,
    groups: Vec<Value>,
}

impl Scene {
    fn new(seed: u64, mock: &Mock, walk: &mut Walk<'_>) -> Self {
        let users = ["lin", "okafor", "sam"].map(|alias| json!(alias_id(mock, alias))).to_vec();
        let mut space = |owner: &Value| {
            let step = json!({ "call": "GetSpace", "path": { "ownerId": owner }, "query": { "type": "1" } });
            call(mock, walk, step)["data"]["containerId"].clone()
        };
        let (mine, sams) = (space(&users[0]), space(&users[2]));
        let page = json!({ "pageSize": 100, "pageCursor": "" });
        let search = json!({ "call": "Search", "body": { "searchType": "personal", "pageInfo": page } });
        let found = call(mock, walk, search);
        let files = found["files"].as_array().unwrap().iter().map(|file| file["id"].clone()).collect();
        let department = call(mock, walk, json!({ "call": "GetDepartmentList" }))["list"][0]["id"].clone();
        let (shares, links, groups) = (vec![json!("7")], vec![json!("8")], Vec::new());
        Self { rng: ChaCha8Rng::seed_from_u64(seed), users, department, files, mine, sams, shares, links, groups }
    }

    fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    /// One of some values.
    fn one(&mut self, of: fn(&Self) -> &Vec<Value>) -> Value {
        let index = self.rng.random_range(0..of(self).len());
        of(self)[index].clone()
    }

    fn some_groups(&mut self) -> Vec<Value> {
        let Self { rng, groups, .. } = self;
        groups.iter().filter(|_| rng.random_ratio(1, 2)).cloned().collect()
    }

    /// A job with one of the files.
    fn job(&mut self, task: u32, action: Option<u32>) -> Value {
        let items = json!([{ "fileId": self.one(|scene| &scene.files), "filePath": "/a" }]);
        let info = json!({ "srcContainerId": self.mine, "fileInfo": items });
        let mut body = json!({ "taskType": task, "taskInfo": info, "dstContainerId": self.mine });
        if let Some(action) = action {
            body["actionType"] = json!(action);
        }
        json!({ "call": "CreateJob", "body": body })
    }

    /// What a sharer, here Lin, does.
    fn by_sharer(&mut self) -> Value {
        let (user, share) = (self.one(|scene| &scene.users), self.one(|scene| &scene.shares));
        let groups = self.some_groups();
        match self.below(10) {
            0..4 => json!({ "call": "CreateShare", "body": {
                "scope": 1 + self.below(3),
                "userIds": [user],
                "groupIds": groups,
                "deptIds": [self.department],
                "fileIds": [self.one(|scene| &scene.files), self.one(|scene| &scene.files)],
                "containerId": self.mine,
                "validDays": 3,
            } }),
            4 => {
                let body = json!({ "validDays": self.below(3), "userIds": [user], "groupIds": groups });
                json!({ "call": "UpdateShare", "path": { "shareId": share }, "body": body })
            }
            5 => json!({ "call": "BatchCancel", "body": { "shareIds": [share] } }),
            6 => json!({ "call": "ListShareByMe", "query": { "pageSize": 3 } }),
            7 => self.job(2, Some(201)),
            8 if self.below(3) == 0 => self.job(2, Some(202)),
            _ => self.job(4, None),
        }
    }

    /// What readers do, Okafor for as long as he is there.
    fn by_reader(&mut self) -> Value {
        let caller = ["okafor", "sam", "sam"][self.below(3)];
        let (share, link) = (self.one(|scene| &scene.shares), self.one(|scene| &scene.links));
        match self.below(8) {
            0 => json!({ "call": "ExitShare", "as": caller, "body": { "shareIds": [share, "7"] } }),
            1 => json!({ "call": "VisitShare", "as": caller, "query": { "shortUrl": link } }),
            2 => json!({ "call": "ListShareFiles", "as": caller, "body": { "shortUrl": link, "refreshCount": true } }),
            3 => json!({ "call": "CreateBatchTask", "as": "sam", "body": {
                "taskType": 2,
                "shareId": share,
                "containerId": self.mine,
                "fileIds": [self.one(|scene| &scene.files)],
                "targetFileId": { "fileId": "root", "containerId": self.sams },
            } }),
            4 => json!({ "call": "ListRecentlyAccess", "as": caller }),
            5 => json!({ "call": "ListShareWithMe", "as": caller, "later": "3h" }),
            6 => json!({ "call": "ListMessages", "as": caller, "query": { "pageSize": 2 } }),
            _ => json!({ "call": "CreateUserGroup", "as": caller, "body": { "groupName": "g", "sourceType": 1 } }),
        }
    }

    fn step(&mut self) -> Value {
        match self.below(40) {
            0..20 => self.by_sharer(),
            20..38 => self.by_reader(),
            38 if !self.groups.is_empty() => {
                json!({ "call": "DeleteUserGroup", "path": { "groupId": self.one(|scene| &scene.groups) } })
            }
            39 if self.below(5) == 0 => json!({ "call": "DeleteUser", "path": { "userId": self.users[1] } }),
            _ => json!({ "call": "ListRelatedToMe", "as": "sam" }),
        }
    }

    /// Keeps what a call made.
    fn note(&mut self, answer: &Value) {
        self.shares.extend(answer["shareLink"].get("shareId").cloned());
        self.links.extend(answer["shareLink"].get("shortUrl").cloned());
        self.groups.extend(answer.get("id").cloned());
    }
}

/// Makes a call: the contract has nothing against it, and afterwards nothing dangles.
fn call(mock: &Mock, walk: &mut Walk<'_>, step: Value) -> Value {
    let step: Step = serde_json::from_value(step).unwrap();
    let contract = mock.contract();
    let operation = contract.operation(contract.named(&step.call)[0]);
    let plan = walk.send(&step, operation);
    let told = format!("{step:?}: {:?}", plan.answer.body);
    assert_eq!(plan.violations, None, "{told}");
    if plan.answer.status == 200 {
        clean(contract, operation, &plan.answer.body, &told);
    }
    assert_eq!(mock.world_of("default").unwrap().check(), Vec::<String>::new(), "{told}");
    serde_json::from_slice(&plan.answer.body).unwrap()
}

#[test]
fn whatever_becomes_of_sharers_readers_and_files_no_share_dangles() {
    let mut done = BTreeMap::<String, u32>::new();
    for seed in 0..deep(2).into() {
        let mock = stage();
        let mut walk = Walk::new(&mock);
        let mut scene = Scene::new(seed, &mock, &mut walk);
        for _ in 0..250 {
            let step = scene.step();
            let name = step["call"].as_str().unwrap().to_owned();
            let answer = call(&mock, &mut walk, step);
            *done.entry(name).or_default() += u32::from(answer["code"] == 0);
            scene.note(&answer);
        }
    }
    assert_eq!(done.len(), 16, "{done:?}");
    assert!(done.values().all(|times| *times > 0), "{done:?}");
}
