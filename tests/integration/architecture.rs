//! Which room may import which: the house is one-way, so that a reader who follows the imports never walks in a circle.
use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Every room with what stands below it: it may import those, and no other.
const ROOMS: [(&str, &[&str]); 18] = [
    ("chance", &[]),
    ("diagnostic", &[]),
    ("disk", &[]),
    ("document", &["diagnostic"]),
    ("har", &["diagnostic"]),
    ("embedded", &[]),
    ("content", &[]),
    ("contract", &["content", "diagnostic", "disk", "document", "embedded"]),
    ("fault", &["contract", "document"]),
    ("world", &["chance", "content", "contract", "diagnostic", "disk", "document"]),
    ("scenario", &["chance", "contract", "diagnostic", "disk", "document", "fault", "world"]),
    ("session", &["contract", "fault", "scenario", "world"]),
    ("coverage", &["contract", "diagnostic", "fault", "session"]),
    ("report", &["contract", "coverage", "diagnostic", "fault", "scenario", "session", "world"]),
    ("mock", &["content", "contract", "coverage", "diagnostic", "fault", "scenario", "session", "world"]),
    ("control", &["content", "contract", "coverage", "diagnostic", "mock", "report", "scenario", "session", "world"]),
    ("server", &["content", "contract", "control", "diagnostic", "fault", "mock", "report", "scenario", "session"]),
    (
        "cli",
        &[
            "contract",
            "control",
            "coverage",
            "diagnostic",
            "disk",
            "document",
            "embedded",
            "fault",
            "har",
            "mock",
            "report",
            "scenario",
            "server",
            "session",
            "world",
        ],
    ),
];

/// Libraries that one room, or one file, knows alone.
const LIBRARIES: [(&str, &[&str]); 13] = [
    ("annotate_snippets", &["diagnostic/text.rs"]),
    ("clap", &["cli/"]),
    ("h2", &["server/"]),
    ("hyper", &["server/"]),
    ("jsonschema", &["contract/schema/"]),
    ("matchit", &["contract/route"]),
    ("minijinja", &["scenario/template/"]),
    ("rcgen", &["server/tls/"]),
    ("rustls", &["server/tls/"]),
    ("serde_saphyr", &["document/yaml.rs"]),
    ("socket2", &["server/"]),
    ("tokio", &["server/", "cli/", "understudy.rs"]),
    ("toml_edit", &["cli/settings/toml.rs"]),
];

/// Every source file with its text; unit tests at its end are cut off.
fn sources() -> Vec<(String, String)> {
    fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
                found.push((path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"), code));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 100, "{} files", found.len());
    found
}

/// Lines of code, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// The rooms that a file names behind `crate::`, singly or in a list.
fn imports(text: &str) -> Vec<String> {
    let text: String = code(text).collect::<Vec<_>>().join("\n");
    let mut rooms = Vec::new();
    for (place, _) in text.match_indices("crate::") {
        let rest = &text[place + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => rooms.push(first_word(rest)),
            Some(list) => {
                // The first word of each entry, at the depth of the list itself.
                let (mut depth, mut entry) = (0, String::new());
                for character in list.chars() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => rooms.push(first_word(std::mem::take(&mut entry).trim())),
                        other if depth == 0 => entry.push(other),
                        _ => {}
                    }
                }
                rooms.push(first_word(entry.trim()));
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn rooms_import_only_what_stands_below_them() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let room = file.split(['/', '.']).next().unwrap();
        let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main", "understudy"].contains(&room), "the room `{room}` is not in the list of this test");
            continue;
        };
        for import in imports(&text) {
            let known = ROOMS.iter().any(|(name, _)| *name == import);
            if known && import != room && !below.contains(&import.as_str()) {
                wrong.push(format!("src/{file} imports `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_room_stands_only_on_rooms_before_it() {
    for (index, (room, below)) in ROOMS.iter().enumerate() {
        for other in *below {
            assert!(ROOMS[..index].iter().any(|(name, _)| name == other), "`{room}` cannot stand on `{other}`");
        }
    }
}

#[test]
fn libraries_are_known_where_they_belong() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (library, places) in LIBRARIES {
            let named = code(&text).any(|line| {
                line.match_indices(&format!("{library}::")).any(|(place, _)| {
                    !line[..place].ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before))
                })
            });
            if named && !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("src/{file} knows `{library}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_reads_lists_and_single_ones() {
    let text = "use crate::{\n    contract::{Contract, json::Json},\n    // crate::cli\n    fault::Fault,\n};\nlet a = crate::session::DEFAULT;\n";
    assert_eq!(imports(text), ["contract", "fault", "session"]);
}

#[test]
fn the_list_of_rooms_names_every_file() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    let list = document.split("## Rooms").nth(1).unwrap().split("## What may import what").next().unwrap();
    let known: Vec<&str> = list.split(|character: char| !(character.is_alphanumeric() || character == '_')).collect();
    let unknown: Vec<String> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            let name = path.trim_end_matches("/mod.rs").trim_end_matches(".rs").rsplit('/').next().unwrap_or_default();
            name != "tests" && !known.contains(&name)
        })
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn every_file_that_the_architecture_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let sources: Vec<String> = sources().into_iter().map(|(file, _)| file).collect();
    // A name may be short for one that was named before: the end of a path is enough.
    let is_there = |name: &str| {
        root.join(name).exists() || sources.iter().any(|file| file == name || file.ends_with(&format!("/{name}")))
    };
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs")).collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The packages of the program with their features, as cargo resolves them along these kinds of edges.
fn features(edges: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            edges,
            "--prefix",
            "none",
            "--no-dedupe",
            "--format",
            "{p} {f}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn tests_use_the_dependencies_that_the_program_has_built() {
    let (program, tested) = (features("normal,build"), features("normal,build,dev"));
    assert!(program.len() > 100 && tested.len() > program.len(), "{} and {}", program.len(), tested.len());
    let again: Vec<&String> = program.difference(&tested).collect();
    assert!(
        again.is_empty(),
        "a tool of the tests asks more of these, so `cargo test` builds them and this library anew: {again:#?}"
    );
}
