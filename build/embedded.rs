//! Lists the files of `specs/` and `schemas/` so that the binary carries them; `src/embedded.rs` includes the list. An operation is
//! there twice: whole, and as its head, which is all that a start has to read.

use std::{fs, io, path::Path};

/// Writes the list of what is below `root` to the folder `out`, and beside it in one piece what a start reads: names, heads, and the
/// files of each service. The other texts stay on the disk until somebody looks.
pub(super) fn list(root: &Path, out: &Path) -> io::Result<()> {
    let mut start = String::new();
    let mut part = |text: &str| {
        start.push_str(text);
        format!("part({}, {})", start.len() - text.len(), start.len())
    };
    let mut list = String::from("&[\n");
    for folder in ["specs", "schemas"] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        collect(root, Path::new(folder), &mut files)?;
        files.sort();
        for file in files {
            let absolute = root.join(&file);
            let name = part(&file);
            let mut text = format!("include_str!({absolute:?})");
            let mut head = "None".to_owned();
            if folder == "specs" {
                let whole = fs::read_to_string(&absolute)?;
                match self::head(&whole).filter(|_| is_operation(&file)) {
                    Some(found) => head = format!("Some({})", part(&found)),
                    None => text = part(&whole),
                }
            }
            list.push_str(&format!("    File {{ name: {name}, text: {text}, head: {head} }},\n"));
        }
    }
    list.push(']');
    fs::write(out.join("start.txt"), start)?;
    fs::write(out.join("embedded.rs"), list)
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

/// Whether a file is the table of an operation: `specs/service/group/Operation.json`.
fn is_operation(file: &str) -> bool {
    file.starts_with("specs/") && file.split('/').count() == 4
}

/// The table of an operation without what only its calls need; nothing for what is no JSON.
fn head(text: &str) -> Option<String> {
    let mut kept = Vec::new();
    for (name, value) in members(text)? {
        match name {
            "$schema" | "responses" | "$defs" | "x-uncertain" => {}
            "request" => {
                let parts = members(value)?.into_iter().filter(|(part, _)| matches!(*part, "carriers" | "content"));
                kept.push((name, object(parts)));
            }
            _ => kept.push((name, value.to_owned())),
        }
    }
    Some(object(kept.iter().map(|(name, value)| (*name, value.as_str()))))
}

fn object<'t>(members: impl Iterator<Item = (&'t str, &'t str)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The members of a JSON object, as they are written.
fn members(object: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = object.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut members = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('"')?.split_once('"')?;
        let after = after.trim_start().strip_prefix(':')?.trim_start();
        let end = end_of_value(after);
        members.push((name, after[..end].trim_end()));
        rest = after[end..].trim_start_matches(',').trim_start();
    }
    Some(members)
}

/// Where a value ends that stands before other members.
fn end_of_value(text: &str) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return place,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod heads {
    use super::*;

    #[test]
    fn a_head_has_all_but_what_only_calls_need() {
        let text = r#"{ "$schema": "a", "operation": "A\\\"}, b", "errors": [{ "code": 1 }, 2],
            "request": { "body": { "x": [",", "}"] }, "carriers": ["form"] }, "responses": { "200": {} } }"#;
        let expected = r#"{"operation":"A\\\"}, b","errors":[{ "code": 1 }, 2],"request":{"carriers":["form"]}}"#;
        assert_eq!(head(text).as_deref(), Some(expected));
        assert_eq!(head("{}").as_deref(), Some("{}"));
        for broken in ["", "[]", "{ a: 1 }", r#"{ "a" 1 }"#] {
            assert_eq!(head(broken), None, "{broken}");
        }
    }
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
