//! The files of `specs/` and `schemas/`, inside the binary. `build/embedded.rs` makes the list.

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What a start reads, in one piece.
const START: &str = include_str!(concat!(env!("OUT_DIR"), "/start.txt"));

const fn part(start: usize, end: usize) -> &'static str {
    START.split_at(end).0.split_at(start).1
}

/// A file inside the binary.
pub(crate) struct File {
    /// Its path.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// The same object without the members that only calls need, if it is an operation.
    pub(crate) head: Option<&'static str>,
}

/// The files under a folder, such as `specs/`, sorted; each with its name without the folder.
pub(crate) fn folder(folder: &'static str) -> impl Iterator<Item = (&'static str, &'static File)> {
    FILES.iter().filter_map(move |file| Some((file.name.strip_prefix(folder)?, file)))
}

/// The JSON Schema of one of our own formats, by the name of its file in `schemas/`.
pub fn schema(name: &str) -> Option<&'static str> {
    folder("schemas/").find(|(file, _)| *file == name).map(|(_, file)| file.text)
}
