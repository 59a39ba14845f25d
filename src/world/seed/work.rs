//! What a seed says of jobs and tasks: only a dump has any.

use super::{compile::Compiler, section::Sections};
use crate::{
    document::Node,
    world::{
        jobs::{Item, Job},
        outcome::Code,
        pace::Progress,
        savings::Saving,
    },
};

impl<'n> Compiler<'n> {
    /// Batch jobs, and what readers of shares saved.
    pub(super) fn work(&mut self, root: &'n Node, sections: &mut Sections) {
        let jobs = root.get("batchJobs").and_then(|node| self.checker.sequence(node, "a list of jobs"));
        for node in jobs.into_iter().flatten() {
            sections.jobs.extend(self.job(node));
        }
        let tasks = root.get("shareTasks").and_then(|node| self.checker.sequence(node, "a list of tasks"));
        for node in tasks.into_iter().flatten() {
            sections.savings.extend(self.saving(node));
        }
    }

    fn job(&mut self, node: &'n Node) -> Option<Job> {
        let entries = self.checker.mapping(node, "a job")?;
        let keys = [
            "taskId",
            "userId",
            "taskType",
            "actionType",
            "srcContainerId",
            "containerId",
            "newFilePath",
            "createTime",
            "progress",
            "items",
            "made",
        ];
        self.checker.check_keys(entries, &keys);
        let items = self.items(node);
        Some(Job {
            id: self.id(node, "taskId")?,
            user: self.user_of(node, "userId")?,
            task: self.number(node, "taskType").unwrap_or(0),
            action: self.number(node, "actionType"),
            source: self.text_of(node, "srcContainerId")?.into(),
            target: self.text_of(node, "containerId")?.into(),
            path: self.text(node, "newFilePath").map(str::to_owned),
            items,
            at: self.time_of(node, "createTime")?,
            progress: self.progress(node)?,
            made: self.made(node, "made").unwrap_or(0),
        })
    }

    fn saving(&mut self, node: &'n Node) -> Option<Saving> {
        let entries = self.checker.mapping(node, "a task")?;
        let keys =
            ["taskId", "userId", "shareId", "containerId", "targetFolder", "createTime", "progress", "items", "made"];
        self.checker.check_keys(entries, &keys);
        let items = self.items(node);
        Some(Saving {
            id: self.id(node, "taskId")?,
            user: self.user_of(node, "userId")?,
            share: node.get("shareId").and_then(|node| self.known_id(node))?,
            target: self.text_of(node, "containerId")?.into(),
            folder: self.text(node, "targetFolder").map(str::to_owned),
            items,
            at: self.time_of(node, "createTime")?,
            progress: self.progress(node)?,
            made: self.made(node, "made").unwrap_or(0),
        })
    }

    fn items(&mut self, node: &'n Node) -> Vec<Item> {
        let items = node.get("items").and_then(|node| self.checker.sequence(node, "a list of files"));
        let mut found = Vec::new();
        for node in items.into_iter().flatten() {
            let Some(entries) = self.checker.mapping(node, "a file of a job") else { continue };
            let keys = ["fileId", "containerId", "hasPath", "done", "newFileId", "resultCode"];
            self.checker.check_keys(entries, &keys);
            let code = node.get("resultCode").and_then(|node| self.code(node));
            let new = self.text(node, "newFileId").map(Into::into);
            let done = self.flag(node, "done").unwrap_or(false);
            found.push(Item {
                file: self.text(node, "fileId").unwrap_or_default().to_owned(),
                space: self.text(node, "containerId").unwrap_or_default().into(),
                has_path: self.flag(node, "hasPath").unwrap_or(true),
                done: code.map(Err).or_else(|| done.then_some(Ok(new))),
            });
        }
        found
    }

    /// A code, as catalogues have it.
    fn code(&mut self, node: &'n Node) -> Option<Code> {
        let text = self.checker.text(node, "a code such as \"13000309\"")?;
        let gateway = text.strip_prefix("APIGW.").and_then(|number| number.parse().ok()).map(Code::Gateway);
        let service = || text.strip_prefix("13000").and_then(|number| number.parse().ok()).map(Code::Service);
        let code = gateway.or_else(service);
        if code.is_none() {
            self.checker.wrong_kind(node, "a code such as \"13000309\"");
        }
        code
    }

    /// How far something is.
    fn progress(&mut self, node: &'n Node) -> Option<Progress> {
        let Some(node) = node.get("progress") else {
            return self.checker.missing(node, "progress", "how far it is: `{ done: \"2026-01-05T08:00:00Z\" }`");
        };
        let entries = self.checker.mapping(node, "`progress`")?;
        self.checker.check_keys(entries, &["done", "cancelled", "due", "polls", "of"]);
        let known = self.time(node, "done").map(Progress::Done);
        let known = known.or_else(|| self.time(node, "cancelled").map(Progress::Cancelled));
        let known = known.or_else(|| self.time(node, "due").map(Progress::Until));
        let polls = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let known = known.or_else(|| {
            let (seen, of) = (self.number(node, "polls")?, self.number(node, "of")?);
            Some(Progress::Polls { seen: polls(seen), of: polls(of) })
        });
        if known.is_none() {
            self.checker.error(
                &node.span,
                "one of `done`, `cancelled`, `due`, or `polls` and `of` says how far it is",
                "in here",
            );
        }
        known
    }
}
