//! The files of `specs/` and `schemas/`, inside the binary. `build.rs` makes the list.

static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files under a folder, such as `specs/`: names without the folder, and texts, sorted.
pub(crate) fn folder(folder: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(move |(name, text)| Some((name.strip_prefix(folder)?, *text)))
}

/// The JSON Schema of one of our own formats, by the name of its file in `schemas/`.
pub fn schema(name: &str) -> Option<&'static str> {
    folder("schemas/").find(|(file, _)| *file == name).map(|(_, text)| text)
}
