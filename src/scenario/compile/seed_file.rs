//! `world`: the seed of the sessions that play the scenario, a file beside it.

use std::{path::Path, sync::Arc};

use super::Compiler;
use crate::{diagnostic::Source, disk::Folder, document::Node, world::Seed};

/// The largest seed, in bytes: what is read of one that is named on the command line.
const LARGEST: u64 = 16 << 20;

impl Compiler<'_> {
    /// The seed that a file names.
    pub(super) fn seed_file(&mut self, node: &Node) -> Option<Arc<Seed>> {
        let name = self.checker.text(node, "the path of a seed")?;
        let source = match self.seed_source(name) {
            Ok(source) => source,
            Err((message, label)) => {
                self.checker.error(&node.span, message, label);
                return None;
            }
        };
        let path = self.folder.map(|folder| folder.path.join(name));
        let below = self.folder.zip(path.as_deref().and_then(Path::parent));
        let below = below.map(|(folder, path)| Folder { path, files: folder.files });
        let seed = match Seed::compile_in(&source, below) {
            Ok(seed) => seed,
            Err(mistakes) => {
                let message = format!("`{name}` is no seed of a world");
                let help = "its mistakes are shown by themselves".to_owned();
                self.checker.error_with_help(&node.span, message, "this file", Some(help));
                self.elsewhere.extend(mistakes);
                return None;
            }
        };
        if let Some(clash) = self.above.world(&source, self.source) {
            let help = clash.help().to_owned();
            match clash.is_error() {
                true => self.checker.error_with_help(&node.span, clash.to_string(), "another world", Some(help)),
                false => self.checker.warning_with_help(&node.span, clash.to_string(), "has no effect", Some(help)),
            }
        }
        Some(Arc::new(seed))
    }

    fn seed_source(&self, name: &str) -> Result<Arc<Source>, (String, &'static str)> {
        let folder = self
            .folder
            .ok_or_else(|| ("`world` needs a scenario that is a file itself".to_owned(), "no folder to look in"))?;
        let path = folder.path.join(name);
        let shown = path.display().to_string();
        let bytes = folder
            .files
            .read(&path, LARGEST)
            .map_err(|error| (format!("the seed `{shown}` {error}"), "looked for beside the scenario"))?;
        let text = String::from_utf8(bytes.into())
            .map_err(|_| (format!("the seed `{shown}` is not UTF-8"), "looked for beside the scenario"))?;
        Ok(Source::new(shown, text))
    }
}
