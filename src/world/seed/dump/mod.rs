//! From a world to a seed that says all of it: written from what is there, by the names that the compiler reads.

mod content;
mod facts;
mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::facts::Facts;
pub use self::text::written;
use super::{compile::ROLES, file::ITSELF};
use crate::world::{
    World,
    drive::{Key, Node, root_of},
    ids::Id,
    jobs::Item,
    pace::{Pace, Progress},
    rights::Grant,
    share::{Reader, Scope},
    spaces::{Kind, Space},
    visits::{Visit, Why},
};

impl World {
    /// All of it as a seed, which makes the same world: with the bytes of files up to a size at which they are at most `bytes` together, and
    /// of what is larger the digest alone.
    pub fn dump(&self, bytes: usize) -> Value {
        let aliases = self.settings.aliases.iter().map(|(alias, id)| (*id, &**alias));
        // An alias of digits looks like an id.
        let aliases = aliases.filter(|(_, alias)| !alias.bytes().all(|byte| byte.is_ascii_digit()));
        Dump { world: self, aliases: aliases.collect(), largest: content::largest(self, bytes) }.all()
    }
}

struct Dump<'w> {
    world: &'w World,
    aliases: BTreeMap<Id, &'w str>,
    /// The largest bytes that are written.
    largest: usize,
}

impl Dump<'_> {
    /// What the dump calls a user, also one who is gone.
    fn user(&self, id: Id) -> String {
        let alias = self.aliases.get(&id).filter(|_| self.world.org.user(id).is_some());
        alias.map_or_else(|| id.to_string(), |alias| (*alias).to_owned())
    }

    fn all(&self) -> Value {
        let settings = &self.world.settings;
        let pace = match settings.pace {
            Pace::Immediate => json!("immediate"),
            Pace::Polls(polls) => json!({ "polls": polls }),
            Pace::After(time) => json!({ "after": time.to_string() }),
        };
        let [files, recycled] = self.files();
        Facts::default()
            .with("world", settings.name.as_str())
            .with("format", 1)
            .with("me", self.user(settings.me))
            .with("made", self.world.made)
            .with("jobs", pace)
            .with("users", if settings.is_strict { "strict" } else { "adopt" })
            .with("enterprise", self.enterprise())
            .with("defaults", self.sizes())
            .with("departments", self.departments(self.world.enterprise.root))
            .with("people", self.people())
            .with("gone", map(self.world.org.gone().map(|(id, name)| (id.to_string(), name.into()))))
            .with("groups", self.groups())
            .with("spaces", self.spaces())
            .with("contents", self.contents())
            .with("files", files)
            .with("recycled", recycled)
            .with("uploads", self.uploads())
            .with("shares", self.shares())
            .with("stars", self.stars())
            .with("messages", self.messages())
            .with("visits", self.visits())
            .with("codes", map(self.world.logins.codes().map(|(code, user)| (code.to_owned(), self.user(user).into()))))
            .with(
                "sessions",
                map(self.world.logins.sessions().map(|(id, user)| (id.to_owned(), self.user(user).into()))),
            )
            .with("logins", self.logins())
            .with("batchJobs", self.jobs())
            .with("shareTasks", self.savings())
            .into()
    }

    fn enterprise(&self) -> Facts {
        let enterprise = &self.world.enterprise;
        let root = self.world.org.department(enterprise.root).map(|root| {
            Facts::default()
                .with("name", root.name.as_str())
                .with("deptId", root.code.as_str())
                .time("createTime", root.created)
                .time("updateTime", root.updated)
                .with("creator", self.user(root.creator))
                .with("made", root.made)
        });
        Facts::default()
            .with("name", enterprise.name.as_str())
            .with("tenant", enterprise.tenant.as_str())
            .with("capacity", size(enterprise.capacity))
            .with("users", enterprise.most_users)
            .id("organizationId", enterprise.org)
            .with("deptSpaceQuota", size(enterprise.quota.department))
            .with("personalSpaceQuota", size(enterprise.quota.personal))
            .with("groupSpaceQuota", size(enterprise.quota.group))
            .with("groupsMax", enterprise.most_groups)
            .with("packageDownloadExpires", enterprise.package_days)
            .time("expirationTime", enterprise.paid_until)
            .with("publicShares", enterprise.public_shares)
            .maybe("root", root)
    }

    fn sizes(&self) -> Facts {
        let sizes = &self.world.enterprise.default_size;
        Facts::default()
            .with("personal", size(sizes.personal))
            .with("department", size(sizes.department))
            .with("group", size(sizes.group))
    }

    fn departments(&self, above: Id) -> Value {
        map(self.world.org.children(above).map(|department| {
            let facts = Facts::default()
                .id("id", department.id)
                .with("deptId", department.code.as_str())
                .time("createTime", department.created)
                .time("updateTime", department.updated)
                .with("creator", self.user(department.creator))
                .with("made", department.made)
                .with("departments", self.departments(department.id));
            (department.name.clone(), facts.into())
        }))
    }

    fn people(&self) -> Value {
        let lost: BTreeMap<Id, i64> = self.world.stars.lost().collect();
        let alias =
            |id: Id| self.world.settings.aliases.iter().find(|(_, known)| **known == id).map(|(alias, _)| &**alias);
        map(self.world.org.users().map(|user| {
            let role = ROLES.iter().find(|(_, role)| *role == user.role).map(|(name, _)| *name);
            let key = self.user(user.id);
            let alias = alias(user.id).filter(|alias| *alias != key);
            let is_below = user.department != self.world.enterprise.root;
            let facts = Facts::default()
                .id("id", user.id)
                .id("userId", user.org_id)
                .maybe("alias", alias)
                .with("name", user.name.as_str())
                .maybe("department", is_below.then(|| user.department.to_string()))
                .maybe("role", role)
                .maybe("mobile", user.mobile.as_deref())
                .flag("disabled", user.disabled)
                .maybe("autoDeleted", lost.get(&user.id).copied())
                .time("createTime", user.created)
                .with("made", user.made);
            (key, facts.into())
        }))
    }

    fn groups(&self) -> Value {
        map(self.world.groups.all().map(|group| {
            let members = group.in_order().into_iter().map(|(user, member)| {
                let role =
                    ["owner", "administrator"].get(usize::try_from(member.role).unwrap_or(2)).unwrap_or(&"member");
                let facts = Facts::default()
                    .with("role", *role)
                    .time("createdTime", member.created)
                    .time("updatedTime", member.updated)
                    .with("made", member.made);
                (self.user(user), facts.into())
            });
            let pins: Vec<String> = group.pins.iter().map(|user| self.user(*user)).collect();
            let facts = Facts::default()
                .id("id", group.id)
                .with("name", group.name.as_str())
                .with("kind", if group.source == 0 { "group" } else { "users" })
                .maybe("sourceType", Some(group.source).filter(|source| !matches!(source, 0 | 1)))
                .with("owner", self.user(group.owner))
                .with("members", map(members))
                .maybe("iconUrl", group.icon.as_deref())
                .with("top", pins)
                .time("createdTime", group.created)
                .time("updatedTime", group.updated)
                .with("made", group.made);
            (group.id.to_string(), facts.into())
        }))
    }

    fn spaces(&self) -> Value {
        map(self.world.spaces.all().map(|space| {
            let owner = if space.kind == Kind::Personal { self.user(space.owner) } else { space.owner.to_string() };
            let grants = map(space.grants.iter().map(|(user, grant)| (self.user(*user), granted(*grant))));
            let facts = Facts::default()
                .with("owner", owner)
                .with("capacity", size(space.capacity))
                .flag("disabled", space.disabled)
                .with("rootFileId", space.root.as_str())
                .with("grants", grants)
                .maybe("initial", space.initial.map(granted))
                .time("createTime", space.created)
                .time("updateTime", space.updated)
                .with("creator", self.user(space.creator))
                .with("modifier", self.user(space.modifier))
                .with("made", space.made);
            (space.id.to_string(), facts.into())
        }))
    }

    /// What is in the spaces, and what is in their recycle bins.
    fn files(&self) -> [Value; 2] {
        let drive = &self.world.drive;
        let mut files = Map::new();
        let mut recycled = Map::new();
        for space in self.world.spaces.all() {
            let root = root_of(&space.id);
            let below = self.below(&root);
            let binned: Vec<Value> = drive.bin(&space.id).map(|node| self.recycled(node, space, &root)).collect();
            if !below.is_empty() {
                files.insert(self.key_of(space), Value::Object(below));
            }
            if !binned.is_empty() {
                recycled.insert(self.key_of(space), binned.into());
            }
        }
        [Value::Object(files), Value::Object(recycled)]
    }

    /// What files come under: the alias of somebody for the first space, else the space.
    fn key_of(&self, space: &Space) -> String {
        let alias = self.aliases.get(&space.owner).filter(|_| space.kind == Kind::Personal);
        let is_first = self.world.spaces.of(space.owner).next().is_some_and(|first| first.id == space.id);
        alias.filter(|_| is_first).map_or_else(|| space.id.to_string(), |alias| (*alias).to_owned())
    }

    fn below(&self, folder: &Key) -> Map<String, Value> {
        let children = self.world.drive.children(folder);
        children.map(|node| (node.name.to_string(), self.entry(node, self.facts(node)))).collect()
    }

    /// A file or folder, with these facts of its own.
    fn entry(&self, node: &Node, facts: Facts) -> Value {
        if !node.is_folder() {
            return facts.into();
        }
        let mut members = self.below(&node.id);
        members.shift_insert(0, ITSELF.to_owned(), facts.into());
        Value::Object(members)
    }

    fn recycled(&self, node: &Node, space: &Space, root: &Key) -> Value {
        let mut facts = Facts::default().with("fileName", &*node.name);
        let is_elsewhere = node.parent != *root || node.space != space.id;
        facts = facts.maybe("parentFolder", is_elsewhere.then(|| node.parent.to_string()));
        facts.0.extend(self.facts(node).0);
        self.entry(node, facts)
    }

    /// What a file or folder is, but for its place.
    fn facts(&self, node: &Node) -> Facts {
        let is_file = !node.is_folder();
        let facts = Facts::default()
            .maybe("size", is_file.then_some(node.size))
            .maybe("content", node.content.as_ref().map(|content| &*content.key))
            .with("id", &*node.id)
            .with("fileType", &*node.file_type)
            .maybe("mimeType", node.mime.as_deref())
            .time("createdTime", node.created)
            .time("editedTime", node.edited)
            .maybe("description", node.description.as_deref())
            .flag("hidden", node.hidden)
            .with("owner", self.user(node.owner))
            .with("lastEditor", self.user(node.editor))
            .with("made", node.made);
        let Some(recycled) = node.recycled else { return facts };
        facts
            .time("recycledTime", recycled.at)
            .with("hasPath", recycled.knows_its_place)
            .with("recycledMade", recycled.made)
    }

    fn shares(&self) -> Value {
        let share = |share: &std::sync::Arc<crate::world::share::Share>| -> Value {
            let scope = match share.scope {
                Scope::Anybody => "anybody",
                Scope::Enterprise => "enterprise",
                Scope::Readers => "readers",
            };
            let readers = share.readers.iter().map(|reader| match reader {
                Reader::User(id) => self.user(*id),
                Reader::Department(id) | Reader::Group(id) => id.to_string(),
            });
            let tokens = self.world.shares.tokens_of(share.id);
            let permission = share.permission;
            Facts::default()
                .id("id", share.id)
                .with("by", self.user(share.owner))
                .with("containerId", &*share.space)
                .with("files", share.files.iter().map(|id| Value::from(&**id)).collect::<Vec<_>>())
                .with("displayName", &*share.name)
                .with("ofMany", share.is_many)
                .with("scope", scope)
                .with("with", readers.collect::<Vec<_>>())
                .with("phoneNumbers", share.phones.clone())
                .with(
                    "permission",
                    json!({ "preview": permission.preview, "edit": permission.edit, "download": permission.download }),
                )
                .maybe("code", share.code.as_deref())
                .maybe("comment", share.comment.as_deref())
                .time("createTime", share.created)
                .time("updateTime", share.updated)
                .time("expireTime", share.until)
                .with("days", share.days)
                .with("viewCnt", share.views)
                .with("downloadCnt", share.downloads)
                .with("saveCnt", share.saves)
                .with("left", share.left.iter().map(|user| self.user(*user)).collect::<Vec<_>>())
                .with("kdstokens", map(tokens.map(|(token, until)| (token.to_owned(), until.to_string().into()))))
                .with("made", share.made)
                .into()
        };
        self.world.shares.all().map(share).collect()
    }

    fn stars(&self) -> Value {
        let stars = self.world.stars.entries();
        self.lists(stars.map(|(user, made, file)| (*user, json!({ "fileId": &**file, "made": made }))))
    }

    fn messages(&self) -> Value {
        self.lists(self.world.inbox.all().map(|message| {
            let facts = Facts::default()
                .id("id", message.id)
                .with("sender", message.sender.as_str())
                .with("type", message.topic.number())
                .with("context", message.text.as_str())
                .flag("read", message.is_read)
                .time("createTime", message.at)
                .with("made", message.made);
            (message.to, facts.into())
        }))
    }

    fn visits(&self) -> Value {
        let all = self.world.visits.all().flat_map(|(user, visits)| visits.iter().map(move |visit| (user, visit)));
        self.lists(all.map(|(user, visit)| (user, self.visit(visit))))
    }

    fn visit(&self, visit: &Visit) -> Value {
        let why = match visit.why {
            Why::View => "view",
            Why::Edit => "edit",
            Why::Share => "share",
            Why::SaveShared => "save",
        };
        Facts::default()
            .with("operateType", why)
            .time("operateTime", visit.at)
            .maybe("shareId", visit.share.map(|id| id.to_string()))
            .with("file", self.seen(&visit.node))
            .into()
    }

    /// A file with its place, for one that is in no folder of the dump.
    fn seen(&self, node: &Node) -> Facts {
        let mut file = Facts::default()
            .with("fileName", &*node.name)
            .with("containerId", &*node.space)
            .with("parentFolder", &*node.parent)
            .with("size", node.size);
        file.0.extend(self.facts(node).0);
        file
    }

    fn logins(&self) -> Value {
        let login = |(digest, token): (&[u8; 32], &crate::world::logins::Token)| -> Value {
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            Facts::default()
                .with("token", digest)
                .with("sessionId", &*token.session)
                .with("user", self.user(token.user))
                .flag("over", token.over)
                .into()
        };
        self.world.logins.tokens().map(login).collect()
    }

    fn jobs(&self) -> Value {
        let job = |job: &std::sync::Arc<crate::world::jobs::Job>| -> Value {
            Facts::default()
                .id("taskId", job.id)
                .with("userId", self.user(job.user))
                .with("taskType", job.task)
                .maybe("actionType", job.action)
                .with("srcContainerId", &*job.source)
                .with("containerId", &*job.target)
                .maybe("newFilePath", job.path.as_deref())
                .time("createTime", job.at)
                .with("progress", progress(job.progress))
                .with("items", items(&job.items))
                .with("made", job.made)
                .into()
        };
        self.world.jobs.all().map(job).collect()
    }

    fn savings(&self) -> Value {
        let saving = |saving: &std::sync::Arc<crate::world::savings::Saving>| -> Value {
            Facts::default()
                .id("taskId", saving.id)
                .with("userId", self.user(saving.user))
                .id("shareId", saving.share)
                .with("containerId", &*saving.target)
                .maybe("targetFolder", saving.folder.as_deref())
                .time("createTime", saving.at)
                .with("progress", progress(saving.progress))
                .with("items", items(&saving.items))
                .with("made", saving.made)
                .into()
        };
        self.world.savings.all().map(saving).collect()
    }

    /// Lists below the names of users.
    fn lists(&self, all: impl Iterator<Item = (Id, Value)>) -> Value {
        let mut lists: Map<String, Value> = Map::new();
        for (user, value) in all {
            let list = lists.entry(self.user(user)).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(value);
            }
        }
        Value::Object(lists)
    }
}

fn map(entries: impl Iterator<Item = (String, Value)>) -> Value {
    Value::Object(entries.collect())
}

fn size(gigabytes: i64) -> String {
    format!("{gigabytes}GB")
}

fn granted(grant: Grant) -> Value {
    match grant {
        Grant::Preset(preset) => preset.name().into(),
        Grant::Own(rights) => rights.names().collect::<Vec<_>>().into(),
    }
}

fn progress(progress: Progress) -> Value {
    match progress {
        Progress::Polls { seen, of } => json!({ "polls": seen, "of": of }),
        Progress::Until(due) => json!({ "due": due.to_string() }),
        Progress::Done(end) => json!({ "done": end.to_string() }),
        Progress::Cancelled(end) => json!({ "cancelled": end.to_string() }),
    }
}

fn items(items: &[Item]) -> Value {
    let item = |item: &Item| -> Value {
        let facts = Facts::default()
            .with("fileId", item.file.as_str())
            .with("containerId", &*item.space)
            .with("hasPath", item.has_path);
        match &item.done {
            None => facts,
            Some(Ok(new)) => facts.with("done", true).maybe("newFileId", new.as_deref()),
            Some(Err(code)) => facts.with("resultCode", code.to_string()),
        }
        .into()
    };
    items.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{content::Room, diagnostic::Source, world::Seed};

    #[test]
    fn files_with_odd_names_come_back() {
        let room = Room::new(1000);
        let mut world = World::clone(&Seed::demo().unwrap().world(Timestamp::UNIX_EPOCH, &room));
        for name in
            ["size", "$times", "x-ray", "null", "a\u{7f}b", "a\u{85}b", "a\u{2028}b", "\u{feff}b", "\u{1f600}", "\\"]
        {
            world.put_file(&format!("lin/odd/{name}"), name.as_bytes(), Timestamp::UNIX_EPOCH, &room).unwrap();
        }
        let text = written(&world.dump(usize::MAX));
        let seed = Seed::compile(&Source::new("dump.json", text)).unwrap();
        let loaded = seed.world(Timestamp::UNIX_EPOCH, &room);
        assert_eq!(*loaded, world);
        assert_eq!(loaded.bytes_at("lin/odd/size").unwrap(), "size");
    }
}
