//! The world that sessions begin with: from a file that a person writes.

mod build;
mod compile;
mod content;
mod dump;
mod file;
mod read;
mod section;
mod share;
mod trace;
mod upload;
mod work;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;

pub use self::dump::written;
use self::section::Sections;
use super::{World, ids::Id};
use crate::{
    content::Room,
    diagnostic::{Diagnostics, Source},
    disk::Folder,
    document::{self, ReadLimits},
};

/// The demo's file.
const DEMO: &str = include_str!("demo.yaml");

/// A world to begin with. All sessions share it until they change something.
pub struct Seed {
    name: String,
    sections: Sections,
    world: OnceLock<Arc<World>>,
    /// For whoever looks before that.
    unopened: OnceLock<Arc<World>>,
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Seed").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Seed {
    /// The built-in one: a small company.
    ///
    /// ```
    /// assert_eq!(understudy::world::Seed::demo().unwrap().name(), "demo");
    /// ```
    ///
    /// # Errors
    ///
    /// None that a user sees: a test compiles it.
    pub fn demo() -> Result<Self, Diagnostics> {
        Self::compile(&Source::new("demo.yaml", DEMO))
    }

    /// Reads a seed.
    ///
    /// # Errors
    ///
    /// Every mistake of the file, with its place.
    pub fn compile(source: &Arc<Source>) -> Result<Self, Diagnostics> {
        Self::compile_in(source, None)
    }

    /// The same of one that may name files of a folder.
    ///
    /// # Errors
    ///
    /// As [`Self::compile`], and the files that cannot be read.
    pub fn compile_in(source: &Arc<Source>, folder: Option<Folder<'_>>) -> Result<Self, Diagnostics> {
        let sections = compile::sections(source, folder)?;
        Ok(Self { name: sections.name.clone(), sections, world: OnceLock::new(), unopened: OnceLock::new() })
    }

    /// Whether a file is a seed rather than a scenario: it says `world` and not `scenario`.
    pub fn is_seed(source: &Arc<Source>) -> bool {
        let may_be = source.text.contains("world");
        let root = may_be.then(|| document::read(source, ReadLimits::default()).ok()).flatten();
        root.is_some_and(|root| root.get("world").is_some() && root.get("scenario").is_none())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of somebody, by the alias.
    pub fn id_of(&self, alias: &str) -> Option<Id> {
        self.sections.people.iter().find(|person| person.alias.as_deref() == Some(alias)).map(|person| person.id)
    }

    /// The same for somebody who looks before any session asked: it does not decide when the world was made.
    pub(super) fn unopened(&self, room: &Arc<Room>) -> Arc<World> {
        if self.sections.time.is_some() {
            return self.world(Timestamp::UNIX_EPOCH, room);
        }
        let build = || Arc::new(build::world(&self.sections, Timestamp::UNIX_EPOCH, room));
        Arc::clone(self.world.get().unwrap_or_else(|| self.unopened.get_or_init(build)))
    }

    /// The world, which was made at the time that the seed says, else when a session first asked for it.
    pub fn world(&self, now: Timestamp, room: &Arc<Room>) -> Arc<World> {
        let build = || Arc::new(build::world(&self.sections, self.sections.time.unwrap_or(now), room));
        Arc::clone(self.world.get_or_init(build))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_people_who_find_their_spaces() {
        let seed = Seed::demo().unwrap();
        let world = seed.world(Timestamp::UNIX_EPOCH, &Room::new(1000));
        assert_eq!(world.org.users().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["Lin", "Okafor", "Sam"]);
        let lin = world.org.user(world.settings.me).unwrap();
        assert_eq!((lin.id, lin.name.as_str()), (Id(1_505_084_218_764_547_200), "Lin"));
        assert_eq!(world.spaces.of(lin.id).count(), 1);
        assert_eq!(world.groups.of(lin.id).count(), 2);
    }

    #[test]
    fn sessions_share_the_world_that_they_begin_with() {
        let seed = Seed::demo().unwrap();
        assert!(Arc::ptr_eq(
            &seed.world(Timestamp::UNIX_EPOCH, &Room::new(1000)),
            &seed.world(Timestamp::MAX, &Room::new(1000))
        ));
    }

    #[test]
    fn an_id_depends_on_its_own_path_alone() {
        let id = |text: &str| {
            let world =
                Seed::compile(&Source::new("a.yaml", text)).unwrap().world(Timestamp::UNIX_EPOCH, &Room::new(1000));
            world.org.users().find(|user| user.name == "Sam").unwrap().id
        };
        let alone = "world: a\nme: sam\npeople: { sam: { name: Sam } }";
        assert_eq!(id(alone), id("world: b\nme: sam\npeople: { lin: {}, sam: { name: Sam } }"));
    }

    #[test]
    fn a_seed_that_no_world_can_hold_is_a_mistake() {
        let mistakes = |more: &str| {
            let text = format!("world: a\npeople: {{ lin: {{ id: 7 }}, sam: {{ space: 0 }} }}\n{more}");
            let found = Seed::compile(&Source::new("a.yaml", text)).err();
            found.into_iter().flatten().map(|one| one.message).collect::<Vec<_>>().join("; ")
        };
        for (more, wanted) in [
            (
                "files: { lin: { a: { size: 9223372036854775807 } } }",
                "the files of `lin` have 9223372036854775807 bytes, and the space has 10 GB",
            ),
            (
                "files: { lin: { a: { $times: 1000, name: \"{n}\", size: 9223372036854775807 } } }",
                "the files of `lin` have 9223372036854775807 bytes, and the space has 10 GB",
            ),
            ("files: { sam: { a: text } }", "`sam` has no space for files"),
            (
                "files: { lin: { a: { $times: 2, name: same } } }",
                "files of one folder have different names: `{n}` in `name` counts them",
            ),
            (
                "files: { lin: { a: { size: 1, grants: { sam: view } } } }",
                "rights are given for a whole space, and not for a file or folder of it",
            ),
            (
                "files: { lin: { a: { /: { grants: { sam: view } } } } }",
                "rights are given for a whole space, and not for a file or folder of it",
            ),
            ("files: { lin: { a: { size: 1, id: F }, b: { size: 1, id: F } } }", "the id `F` is given twice"),
            (
                "files: { lin: { \"..\": text } }",
                "a file is called something else than `.` and `..`, in 1 to 250 characters",
            ),
            ("departments: { A: { id: 7 } }", "the id 7 is given twice"),
            (
                "departments: { A: { id: 18446744073709551615 } }",
                "expected an id of digits, in quotes, found a number: `18446744073709551615`",
            ),
            (
                "departments: { A: { space: 9223372036854775807GB } }",
                "expected a size such as `10GB`, found a text: `9223372036854775807GB`",
            ),
            (
                "departments: { A: { space: 7TB } }",
                "the spaces of `departments` have 7168 GB together, and 6144 GB are there for them",
            ),
            (
                "departments: { A: { departments: { B: { departments: { C: { departments: { D: { departments: { E: {} } } } } } } } } }",
                "departments go 5 levels deep",
            ),
        ] {
            assert_eq!(mistakes(more), wanted, "{more}");
        }
        let deep = format!("files: {{ lin: {}{} }}", "{ f: ".repeat(32), "{}".to_owned() + &" }".repeat(32));
        assert_eq!(mistakes(&deep), "folders go 30 levels deep");
        assert_eq!(mistakes(""), "");
    }

    #[test]
    fn files_of_the_folder_are_in_the_world_and_none_from_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("art")).unwrap();
        std::fs::write(folder.path().join("art/logo.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let disk = crate::disk::Disk::default();
        let compile = |file: &str, path: Option<&std::path::Path>| {
            let text = format!("world: a\npeople: {{ lin: {{}} }}\nfiles: {{ lin: {{ a.png: {{ file: {file} }} }} }}");
            Seed::compile_in(&Source::new("a.yaml", text), path.map(|path| Folder { path, files: &disk }))
        };
        let told = |file: &str, path| {
            let mistakes = compile(file, path).unwrap_err().into_iter().map(|one| one.message);
            mistakes.collect::<Vec<_>>().join("; ")
        };
        let seed = compile("art/logo.png", Some(folder.path())).unwrap();
        let world = seed.world(Timestamp::UNIX_EPOCH, &Room::new(1000));
        assert_eq!(world.bytes_at("lin/a.png").unwrap(), b"\x89PNG\r\n\x1a\n"[..]);
        assert_eq!(told("art/logo.png", None), "`file` needs a seed that is a file itself");
        for file in ["../logo.png", "/etc/passwd", "art/../../x"] {
            assert_eq!(told(file, Some(folder.path())), format!("`{file}` is not below the folder of the seed"));
        }
        assert!(told("art", Some(folder.path())).contains("is not a regular file but a folder"));
        assert!(told("art/no.png", Some(folder.path())).contains("cannot be read"));
    }

    #[test]
    fn mistakes_are_told_with_their_places() {
        let mistakes = |text: &str| {
            let found = Seed::compile(&Source::new("a.yaml", text)).unwrap_err();
            found.into_iter().map(|one| one.message).collect::<Vec<_>>()
        };
        assert_eq!(
            mistakes(
                "world: a\nme: li\npeople: { lin: { rol: system, department: Sals, role: king } }\ndepartments: { Sales: {} }"
            ),
            [
                "nobody is called `li`",
                "unknown key `rol`",
                "there is no department `Sals`",
                "expected `department`, `ordinary`, `system`, `drive` or `managing`, found `king`"
            ]
        );
        assert_eq!(
            mistakes("people: { a: {} }\nenterprise: { capacity: much }"),
            ["the key `world` is missing", "expected a size such as `10GB`, found a text: `much`"]
        );
        assert_eq!(mistakes("world: a\n"), ["the key `people` is missing"]);
        assert_eq!(
            mistakes("world: a\npeople: { a: {} }\ngroups: { g: { owner: b, members: { a: all } } }"),
            ["nobody is called `b`", "expected `view`, `download`, `upload`, `edit` or `manage`, found `all`"]
        );
    }
}
