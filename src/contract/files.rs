//! Spec files: where they come from, and their text.

use std::{borrow::Cow, path::Path, sync::Arc};

use serde::de::DeserializeOwned;

use crate::{
    diagnostic::{Diagnostic, Source},
    disk::{self, Entry, FolderError, Kind},
    embedded,
};

/// The most bytes of all spec files in a folder.
const MOST_BYTES: u64 = 256 << 20;

/// A spec file: its name inside the specs folder, such as `koodrive/service.json`, and its text.
#[derive(Debug, Clone)]
pub struct SpecFile {
    /// Path inside the specs folder, with `/`.
    pub name: String,
    /// How a person would name it: the path from their working directory.
    pub shown: String,
    text: Arc<Cow<'static, str>>,
    /// The same object without the members that only calls need.
    head: Option<&'static str>,
}

impl SpecFile {
    /// A file whose text is already in memory.
    pub fn new(name: impl Into<String>, shown: impl Into<String>, text: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), shown: shown.into(), text: Arc::new(text.into()), head: None }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file as the source of diagnostics.
    pub fn source(&self) -> Arc<Source> {
        Source::new(self.shown.as_str(), self.text())
    }

    /// The text as JSON.
    pub(super) fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_str(self.text())
    }

    /// Deserialises the head of an operation, of which the whole text is more than needed.
    pub(super) fn parse_head<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        let head = self.head.and_then(|head| serde_json::from_str(head).ok());
        head.map_or_else(|| self.parse(), Ok)
    }

    #[cfg(test)]
    pub(super) fn has_head(&self) -> bool {
        self.head.is_some()
    }

    /// Deserialises the text as JSON; a mistake is shown with its place.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        serde_json::from_str(self.text()).map_err(|error| {
            let source = self.source();
            let offset = source.offset(error.line(), error.column());
            let sentence = error.to_string();
            let sentence = sentence.split(" at line ").next().unwrap_or_default();
            Diagnostic::error(format!("the file is not readable: {sentence}")).at(&source, offset..offset, "here")
        })
    }
}

/// A folder of spec files, one sub-folder a service.
#[derive(Debug, Clone)]
pub struct SpecFiles {
    /// All files, by name.
    pub files: Vec<SpecFile>,
    /// Known to be right; not linted.
    pub(super) trusted: bool,
}

impl SpecFiles {
    /// The specs that are compiled into the binary.
    pub fn embedded() -> Self {
        let files = embedded::folder("specs/").map(|(name, file)| {
            let whole = SpecFile::new(name, format!("specs/{name}"), file.text);
            SpecFile { head: file.head, ..whole }
        });
        Self { files: files.collect(), trusted: true }
    }

    /// The specs in a folder of services, or in the folder of one service.
    ///
    /// # Errors
    ///
    /// When the folder or a file in it cannot be read, or there is no `service.json`.
    pub fn folder(folder: &Path) -> Result<Self, Diagnostic> {
        Self::find(folder)?.ok_or_else(|| {
            let message = format!("`{}` holds no specs: no service.json in it or in its folders", folder.display());
            Diagnostic::error(message).help("a specs folder looks like specs/koodrive/service.json")
        })
    }

    /// The specs of a folder; `None` if it has no `service.json`. Then no other file is read.
    ///
    /// # Errors
    ///
    /// If the folder or a file in it cannot be read.
    pub fn find(folder: &Path) -> Result<Option<Self>, Diagnostic> {
        let unreadable = |error: FolderError| Diagnostic::error(error.to_string());
        let one_service = is_service(folder);
        let holds_service = |entry: &Entry| entry.kind == Some(Kind::Folder) && is_service(&entry.path);
        if !one_service && !disk::list(folder).map_err(unreadable)?.iter().any(holds_service) {
            return Ok(None);
        }
        // The folder of one service.
        let prefix = folder.file_name().filter(|_| one_service).map(|name| format!("{}/", name.to_string_lossy()));
        let mut files = Vec::new();
        let mut left = MOST_BYTES;
        for path in disk::walk(folder).map_err(unreadable)? {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let shown = path.display().to_string();
            let text = disk::read_text(&path, disk::LARGEST)
                .map_err(|error| Diagnostic::error(format!("the spec file `{shown}` {error}")))?;
            left = left.checked_sub(text.len() as u64).ok_or_else(|| {
                let message = format!("the spec files in `{}` have more than {MOST_BYTES} bytes", folder.display());
                Diagnostic::error(message)
            })?;
            let inside = path.strip_prefix(folder).unwrap_or(&path);
            let inside =
                inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            files.push(SpecFile::new(format!("{}{inside}", prefix.as_deref().unwrap_or_default()), shown, text));
        }
        Ok(Some(Self { files, trusted: false }))
    }

    /// Specs that are already in memory; they are linted like those of a folder.
    pub fn of(files: Vec<SpecFile>) -> Self {
        Self { files, trusted: false }
    }

    /// Skips the linting: for files that `understudy check` has passed.
    #[must_use]
    pub fn unchecked(self) -> Self {
        Self { trusted: true, ..self }
    }

    /// Only the services with these names; all services if there are no names.
    ///
    /// # Errors
    ///
    /// When there is no service of that name.
    pub fn only(mut self, services: &[String]) -> Result<Self, Diagnostic> {
        if services.is_empty() {
            return Ok(self);
        }
        let known = self.services();
        for name in services {
            if !known.contains(name) {
                let message = format!("there is no service `{name}`");
                return Err(Diagnostic::error(message)
                    .note(format!("known services: {}", known.join(", ")))
                    .suggest(name, known.iter().map(String::as_str)));
            }
        }
        self.files.retain(|file| file.name.split_once('/').is_some_and(|(name, _)| services.iter().any(|s| s == name)));
        Ok(self)
    }

    /// The folders that have a `service.json`.
    pub fn services(&self) -> Vec<String> {
        self.files.iter().filter_map(|file| file.name.strip_suffix("/service.json")).map(str::to_owned).collect()
    }

    /// A file by name.
    pub fn get(&self, name: &str) -> Option<&SpecFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The operation files of a service.
    pub fn operations(&self, service: &str) -> impl Iterator<Item = &SpecFile> {
        let prefix = format!("{service}/");
        self.files.iter().filter(move |file| file.name.strip_prefix(&prefix).is_some_and(|inside| inside.contains('/')))
    }
}

/// Whether a folder is the folder of a service. A `service.json` that cannot be read counts, so that reading it gives the reason.
fn is_service(folder: &Path) -> bool {
    let file = folder.join("service.json");
    file.symlink_metadata().is_ok() && !file.is_dir()
}
