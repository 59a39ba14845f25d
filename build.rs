//! Lists the files of `specs/` and `schemas/` so that the binary carries them; `src/embedded.rs` includes the list.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let mut list = String::from("&[\n");
    for folder in ["specs", "schemas"] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        collect(Path::new(&root), Path::new(folder), &mut files)?;
        files.sort();
        for file in files {
            let absolute = Path::new(&root).join(&file);
            list.push_str(&format!("    ({file:?}, include_str!({absolute:?})),\n"));
        }
    }
    list.push(']');
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("embedded.rs"), list)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}
