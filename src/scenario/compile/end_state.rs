//! `world` under `expect`: what is at a path of the world in the end.

use super::Compiler;
use crate::{
    document::{Content, Node},
    scenario::EndState,
};

const KEYS: [&str; 4] = ["path", "exists", "size", "sha256"];

impl Compiler<'_> {
    /// `{ path, exists, size, sha256 }`.
    pub(super) fn end_state(&mut self, node: &Node) -> Option<EndState> {
        let entries = self.checker.mapping(node, "`world`")?;
        let known = self.checker.check_keys(entries, &KEYS);
        let path = match node.get("path") {
            Some(path) => self.path_in_world(path),
            None => self.checker.missing(node, "path", "a place is named like in a seed: `path: lin/notes/todo.txt`"),
        };
        let exists = match node.get("exists").map(|exists| (exists, &exists.content)) {
            None => Some(true),
            Some((_, Content::Boolean(exists))) => Some(*exists),
            Some((other, _)) => {
                self.checker.wrong_kind(other, "`true` or `false`");
                None
            }
        };
        let size = node.get("size").map(|size| self.checker.whole_number(size, 0));
        let sha256 = node.get("sha256").map(|digest| self.digest(digest));
        if let (Some(false), Some((key, _))) =
            (exists, entries.iter().find(|(key, _)| matches!(key.name.as_str(), "size" | "sha256")))
        {
            let message = format!("`{}` does not go with `exists: false`", key.name);
            self.checker.error(&key.span, message, "of what is not there");
            return None;
        }
        let size = size.map_or(Some(None), |size| size.map(Some))?;
        let sha256 = sha256.map_or(Some(None), |digest| digest.map(Some))?;
        let (path, exists) = (path?, exists?);
        known.then_some(EndState { path, exists, size, sha256 })
    }

    /// Whoever has the files, and names below.
    fn path_in_world(&mut self, node: &Node) -> Option<String> {
        let path = self.checker.text(node, "a path such as `lin/notes/todo.txt`")?;
        if !path.contains('/') || path.split('/').any(str::is_empty) {
            let message = "a path begins with a person, department or group, and has the names below it";
            let help = "write it like `lin/notes/todo.txt`, without `/` at its ends".to_owned();
            self.checker.error_with_help(&node.span, message, "no such path", Some(help));
            return None;
        }
        Some(path.to_owned())
    }

    fn digest(&mut self, node: &Node) -> Option<String> {
        let digest = self.checker.text(node, "64 hexadecimal digits")?;
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let label = "expected 64 hexadecimal digits";
            self.checker.error(&node.span, format!("`{digest}` is no SHA-256"), label);
            return None;
        }
        Some(digest.to_ascii_lowercase())
    }
}
