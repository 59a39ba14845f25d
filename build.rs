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
        let wrong = |what: &str| Err(io::Error::other(format!("`{}` {what}", path.display())));
        let json = path.extension().is_some_and(|extension| extension == "json");
        let kind = match fs::metadata(root.join(&path)) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if json => return wrong(&format!("cannot be read: {error}")),
            Err(_) => continue,
        };
        if kind.is_dir() {
            if entry.file_type()?.is_symlink() {
                return wrong("is a symbolic link to a folder, which could be a loop; put the folder itself there");
            }
            collect(root, &path, files)?;
        } else if json {
            if !kind.is_file() {
                return wrong("is not a regular file");
            }
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixListener};

    use super::*;

    fn collected(prepare: impl FnOnce(&Path)) -> io::Result<Vec<String>> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("specs/a"))?;
        fs::write(root.path().join("specs/a/b.json"), "{}")?;
        prepare(&root.path().join("specs"));
        let mut files = Vec::new();
        collect(root.path(), Path::new("specs"), &mut files)?;
        files.sort();
        Ok(files)
    }

    #[test]
    fn lists_files_and_links_to_files() {
        let files = collected(|specs| symlink("a/b.json", specs.join("c.json")).unwrap()).unwrap();
        assert_eq!(files, ["specs/a/b.json", "specs/c.json"]);
    }

    #[test]
    fn refuses_a_loop_of_links_and_names_it() {
        let error = collected(|specs| symlink("..", specs.join("a/loop")).unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("`specs/a/loop` is a symbolic link to a folder"), "{error}");
        let error = collected(|specs| symlink("c.json", specs.join("c.json")).unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("`specs/c.json` cannot be read: "), "{error}");
    }

    #[test]
    fn refuses_what_is_not_a_regular_file() {
        let error = collected(|specs| drop(UnixListener::bind(specs.join("c.json")).unwrap())).unwrap_err();
        assert_eq!(error.to_string(), "`specs/c.json` is not a regular file");
        let error = collected(|specs| symlink("/dev/zero", specs.join("d.json")).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`specs/d.json` is not a regular file");
    }
}
