//! A share: files of one space that others open by a link.

use std::sync::Arc;

use imbl::OrdSet;
use jiff::{SignedDuration, Timestamp};

use super::{
    Made,
    drive::Key,
    fact::{Fact, Facts, Record, View},
    ids::Id,
    org::hidden_in_the_middle,
};

/// Where links to shares lead: the vendor's web console, which nobody plays.
const LINKS: &str = "https://drive.example.com/cloudfile/#/sharelink/i/";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) id: Id,
    pub(super) owner: Id,
    pub(super) space: Key,
    /// Those that were not erased since.
    pub(super) files: Vec<Key>,
    /// The first file's name, for when all are gone.
    pub(super) name: Arc<str>,
    /// Whether it was made of several files.
    pub(super) is_many: bool,
    pub(super) scope: Scope,
    /// Whom it is for, if its scope says that it is for some.
    pub(super) readers: Vec<Reader>,
    pub(super) phones: Vec<String>,
    pub(super) permission: Permission,
    /// What a reader has to know, if anything.
    pub(super) code: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) until: Timestamp,
    pub(super) days: i64,
    pub(super) views: i64,
    pub(super) downloads: i64,
    pub(super) saves: i64,
    /// Readers who left it.
    pub(super) left: OrdSet<Id>,
    pub(super) made: Made,
}

/// Who may open a share. The numbers are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Anybody = 1,
    Enterprise = 2,
    Readers = 3,
}

/// Whom a share is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reader {
    Department(Id),
    Group(Id),
    User(Id),
}

/// What readers may do. It is shown and not enforced: the vendor announces it for the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) preview: bool,
    pub(super) edit: bool,
    pub(super) download: bool,
}

impl Default for Permission {
    /// Readers only look and download, as the user guide has it.
    fn default() -> Self {
        Self { preview: true, edit: false, download: true }
    }
}

/// So many days later.
pub(super) fn days_from(now: Timestamp, days: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MAX)
}

impl Scope {
    pub(super) fn of(number: i64) -> Option<Self> {
        [Self::Anybody, Self::Enterprise, Self::Readers].into_iter().find(|scope| *scope as i64 == number)
    }
}

impl Share {
    /// The readers of one kind, as details show them.
    fn named(&self, name: impl Fn(Reader) -> Option<(Id, String)>) -> Fact<'static> {
        let record = |(id, name): (Id, String)| {
            Box::new(Record::default().with("id", Fact::Id(id)).with("name", Fact::Text(name.into()))) as _
        };
        Fact::Many(self.readers.iter().filter_map(|reader| name(*reader)).map(record).collect())
    }
}

impl Facts for Share {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        let world = view.world;
        Some(match name {
            "id" | "shareId" => Fact::Id(self.id),
            "shortUrl" => Fact::Id(Id(self.id.0 + 1)),
            "linkUrl" => Fact::Text(format!("{LINKS}{}", self.id.0 + 1).into()),
            "shareTime" | "createTime" | "operateTime" => Fact::Time(self.created),
            "updateTime" => Fact::Time(self.updated),
            "expireTime" => Fact::Time(self.until),
            "expireDate" => Fact::Whole(self.days),
            "scope" => Fact::Whole(self.scope as i64),
            "status" => Fact::Whole(world.state(self) as i64),
            "displayName" => Fact::Text(world.name_of(self).into()),
            "extractCode" => Fact::text(self.code.as_deref().unwrap_or_default()),
            "comment" => Fact::text(self.comment.as_deref().unwrap_or_default()),
            "permission" => Fact::Is(&self.permission),
            "viewCnt" => Fact::Whole(self.views),
            // What downloads a file of a share is not played yet.
            "downloadCnt" => Fact::Whole(self.downloads),
            "saveCnt" => Fact::Whole(self.saves),
            "containerId" => Fact::text(&self.space),
            "containerName" => Fact::text(world.team_of(&self.space).unwrap_or_default()),
            "tenantId" => Fact::text(&world.enterprise.tenant),
            "ownerId" => Fact::Id(self.owner),
            "ownerName" | "operator" => Fact::text(world.org.name(self.owner)?),
            "ownerMobile" => Fact::Text(hidden_in_the_middle(world.org.user(self.owner)?.mobile.as_deref()?).into()),
            // Sharing.
            "operateType" => Fact::Whole(1),
            "files" => {
                let files = self.files.iter().filter_map(|id| world.drive.get(id));
                Fact::Many(files.map(|node| Box::new(Arc::clone(node)) as _).collect())
            }
            "depts" => self.named(|reader| match reader {
                Reader::Department(id) => Some((id, world.org.department(id)?.name.clone())),
                _ => None,
            }),
            "groups" => self.named(|reader| match reader {
                Reader::Group(id) => Some((id, world.groups.get(id)?.name.clone())),
                _ => None,
            }),
            "users" => self.named(|reader| match reader {
                Reader::User(id) => Some((id, world.org.user(id)?.name.clone())),
                _ => None,
            }),
            _ => return None,
        })
    }
}

impl Facts for Permission {
    fn fact<'f>(&'f self, name: &str, _: &'f View<'_>) -> Option<Fact<'f>> {
        Some(Fact::Flag(match name {
            "preview" => self.preview,
            "edit" => self.edit,
            "download" => self.download,
            _ => return None,
        }))
    }
}
