//! What a seed says of favourites, messages and recent files, and of who is signed in.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{
    build::{Build, node_of},
    compile::Compiler,
    section::{Message as MessageSection, Sections, Star},
};
use crate::{
    document::Node as Written,
    world::{
        drive::{FOLDER, Node},
        ids::{Id, Ids, Source},
        inbox::{Message, Topic},
        logins::Token,
        visits::{Visit, Why},
    },
};

impl<'n> Compiler<'n> {
    /// Favourites, messages and recent files. What they name was read before.
    pub(super) fn traces(&mut self, root: &'n Written, sections: &mut Sections) {
        for (user, node) in self.lists(root, "stars") {
            let is_plain = node.as_text().is_some();
            let file = if is_plain { Some(node) } else { node.get("fileId") };
            if !is_plain && let Some(entries) = self.checker.mapping(node, "a favourite") {
                self.checker.check_keys(entries, &["fileId", "made"]);
            }
            let Some(file) = file.and_then(|node| self.place(node, sections)) else { continue };
            let made = if is_plain { None } else { self.made(node, "made") };
            sections.stars.push(Star { user, file, made });
        }
        for (number, (to, node)) in self.lists(root, "messages").into_iter().enumerate() {
            sections.messages.extend(self.message(to, node, number));
        }
        for (user, node) in self.lists(root, "visits") {
            sections.visits.extend(self.visit(node).map(|visit| (user, visit)));
        }
    }

    /// The entries of lists that stand below aliases.
    fn lists(&mut self, root: &'n Written, name: &str) -> Vec<(Id, &'n Written)> {
        let mut found = Vec::new();
        let all = root.get(name).and_then(|node| self.checker.mapping(node, &format!("`{name}`")));
        for (key, node) in all.into_iter().flatten() {
            let user = self.user_called(&key.name, &key.span);
            let list = self.checker.sequence(node, "a list").unwrap_or_default();
            found.extend(user.into_iter().flat_map(|user| list.iter().map(move |node| (user, node))));
        }
        found
    }

    fn message(&mut self, to: Id, node: &'n Written, number: usize) -> Option<MessageSection> {
        let entries = self.checker.mapping(node, "a message")?;
        self.checker.check_keys(entries, &["id", "sender", "type", "context", "read", "createTime", "made"]);
        let topics = Topic::ALL.map(|topic| (topic.number(), topic));
        Some(MessageSection {
            id: self.id(node, "id"),
            path: format!("messages/{to}/{number}"),
            to,
            sender: self.text(node, "sender").unwrap_or("system").to_owned(),
            topic: node.get("type").and_then(|node| self.checker.one_of(node, &topics)).unwrap_or(Topic::System),
            text: self.text_of(node, "context")?.to_owned(),
            is_read: self.flag(node, "read").unwrap_or(false),
            stamp: self.stamp(node, ["createTime", ""]),
        })
    }

    fn visit(&mut self, node: &'n Written) -> Option<Visit> {
        let entries = self.checker.mapping(node, "a recent file")?;
        self.checker.check_keys(entries, &["operateType", "operateTime", "shareId", "file"]);
        let kinds = [("view", Why::View), ("edit", Why::Edit), ("share", Why::Share), ("save", Why::SaveShared)];
        let why = node.get("operateType").and_then(|node| self.checker.one_of(node, &kinds)).unwrap_or(Why::View);
        let at = self.time_of(node, "operateTime")?;
        // A share that is gone is named, too.
        let share = node.get("shareId").and_then(|node| self.known_id(node));
        let Some(file) = node.get("file") else {
            return self.checker.missing(node, "file", "what it was like then: `{ id: F…, fileName: a.txt, … }`");
        };
        let node = Arc::new(self.seen(file, at)?);
        Some(Visit { node, why, share, at })
    }

    /// A file that is in no folder of the seed: as it was once, or will be.
    pub(super) fn seen(&mut self, file: &'n Written, at: Timestamp) -> Option<Node> {
        let (id, name) = (self.text_of(file, "id")?, self.text_of(file, "fileName")?);
        let (space, parent) = (self.text_of(file, "containerId")?, self.text_of(file, "parentFolder")?);
        let facts = self.seen_facts(file);
        let size = self.number(file, "size").unwrap_or(0);
        let kind = facts.file_type.clone().unwrap_or_else(|| FOLDER.to_owned());
        let recycled = facts.recycled.at.map(|at| crate::world::drive::Recycled {
            at,
            knows_its_place: !facts.recycled.is_lost,
            made: self.number(file, "recycledMade").and_then(|made| u64::try_from(made).ok()).unwrap_or(0),
        });
        let made = self.number(file, "made").and_then(|made| u64::try_from(made).ok()).unwrap_or(0);
        let mut seen = node_of(&facts, at);
        seen.id = id.into();
        seen.space = space.into();
        seen.parent = parent.into();
        seen.name = name.into();
        seen.file_type = kind.into();
        (seen.size, seen.recycled, seen.made) = (size, recycled, made);
        Some(seen)
    }

    /// An id of something that need not be there.
    pub(super) fn known_id(&mut self, node: &'n Written) -> Option<Id> {
        let id = node.as_text().and_then(|text| text.parse().ok()).or_else(|| node.as_u64());
        if id.is_none() {
            self.checker.wrong_kind(node, "an id of digits, in quotes");
        }
        id.map(Id)
    }

    /// Codes, tokens, and who is signed in.
    pub(super) fn logins(&mut self, root: &'n Written, sections: &mut Sections) {
        let codes = root.get("codes").and_then(|node| self.checker.mapping(node, "`codes`"));
        for (key, node) in codes.into_iter().flatten() {
            sections.codes.extend(self.user(node).map(|user| (key.name.clone(), user)));
        }
        let tokens = root.get("tokens").and_then(|node| self.checker.mapping(node, "`tokens`"));
        for (key, node) in tokens.into_iter().flatten() {
            let Some(user) = self.user(node) else { continue };
            let session = Ids::new(Source::Seed(format!("tokens/{}", key.name))).hex("session", 48);
            sections.sessions.push((session.clone(), user));
            let token = Token { user, session: session.into(), over: false };
            sections.tokens.push((Sha256::digest(&key.name).into(), token));
        }
        let sessions = root.get("sessions").and_then(|node| self.checker.mapping(node, "`sessions`"));
        for (key, node) in sessions.into_iter().flatten() {
            sections.sessions.extend(self.user(node).map(|user| (key.name.clone(), user)));
        }
        let logins = root.get("logins").and_then(|node| self.checker.sequence(node, "a list of logins"));
        for node in logins.into_iter().flatten() {
            let Some(entries) = self.checker.mapping(node, "a login") else { continue };
            self.checker.check_keys(entries, &["token", "sessionId", "user", "over"]);
            let digest = self.text_of(node, "token").and_then(digest_of);
            if digest.is_none() {
                self.checker.error(&node.span, "a token is known by its SHA-256, 64 hexadecimal digits", "no digest");
            }
            let (session, user) = (self.text_of(node, "sessionId"), self.user_of(node, "user"));
            let over = self.flag(node, "over").unwrap_or(false);
            if let (Some(digest), Some(session), Some(user)) = (digest, session, user) {
                sections.tokens.push((digest, Token { user, session: session.into(), over }));
            }
        }
    }
}

fn digest_of(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(digest)
}

impl Build<'_> {
    pub(super) fn traces(&mut self, sections: &Sections) {
        for star in &sections.stars {
            if let Some(file) = self.file(&star.file) {
                let made = self.made(star.made);
                self.world.stars_mut().add(star.user, &file, made);
            }
        }
        for person in sections.people.iter().filter(|person| person.lost > 0) {
            self.world.stars_mut().put_lost(person.id, person.lost);
        }
        for section in &sections.messages {
            let made = self.made(section.stamp.made);
            self.world.inbox_mut().put(Message {
                id: section.id.unwrap_or_else(|| Id::of_seed("message", &section.path)),
                to: section.to,
                sender: section.sender.clone(),
                topic: section.topic,
                text: section.text.clone(),
                is_read: section.is_read,
                at: section.stamp.created.unwrap_or(self.now),
                made,
            });
        }
        for (user, visit) in &sections.visits {
            self.world.visits_mut().add(*user, visit.clone());
        }
        for (code, user) in &sections.codes {
            self.world.logins_mut().add_code(code, *user);
        }
        for (digest, token) in &sections.tokens {
            self.world.logins_mut().put_token(*digest, token.clone());
        }
        for (session, user) in &sections.sessions {
            self.world.logins_mut().put_session(session.as_str().into(), *user);
        }
    }
}
