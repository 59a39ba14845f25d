//! The enterprise: who it is, and what it subscribed to.

use jiff::Timestamp;

use super::{
    fact::{Fact, Facts, View},
    ids::Id,
    spaces::Kind,
};

/// The one enterprise of a world. Sizes are in GB.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Enterprise {
    pub(super) name: String,
    /// 17 digits.
    pub(super) tenant: String,
    pub(super) org: Id,
    /// The department that all others are below.
    pub(super) root: Id,
    pub(super) capacity: i64,
    pub(super) quota: Quotas,
    pub(super) default_size: Quotas,
    pub(super) most_users: i64,
    pub(super) most_groups: i64,
    pub(super) package_days: i64,
    /// Until when the package is paid for.
    pub(super) paid_until: Timestamp,
    /// Whether shares for everybody are allowed.
    pub(super) public_shares: bool,
}

/// An amount for each type of space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quotas {
    pub(super) department: i64,
    pub(super) personal: i64,
    pub(super) group: i64,
}

impl Quotas {
    /// The parts of a package, as in the documented example: three fifths for departments, and one for each of the others.
    pub(super) fn of_capacity(capacity: i64) -> Self {
        let part = capacity / 5;
        Self { department: capacity - 2 * part, personal: part, group: part }
    }

    pub(super) fn of(self, kind: Kind) -> i64 {
        match kind {
            Kind::Department => self.department,
            Kind::Personal => self.personal,
            Kind::Group => self.group,
        }
    }
}

impl Facts for Enterprise {
    fn fact<'f>(&'f self, name: &str, view: &'f View<'_>) -> Option<Fact<'f>> {
        Some(match name {
            "status" => Fact::Whole(0),
            "spaceCapacity" => Fact::Whole(self.capacity),
            "userCount" | "userMaxCount" => Fact::Whole(self.most_users),
            "groupSpaceSize" => Fact::Whole(self.default_size.group),
            "personalSpaceSize" => Fact::Whole(self.default_size.personal),
            "departmentSpaceSize" => Fact::Whole(self.default_size.department),
            "deptSpaceQuota" => Fact::Whole(self.quota.department),
            "personalSpaceQuota" => Fact::Whole(self.quota.personal),
            "groupSpaceQuota" => Fact::Whole(self.quota.group),
            "reservedSpaceQuota" => {
                Fact::Whole(self.capacity - self.quota.department - self.quota.personal - self.quota.group)
            }
            "packageDownloadExpires" => Fact::Whole(self.package_days),
            "productType" => Fact::text("1"),
            "organizationName" | "orgName" => Fact::text(&self.name),
            "organizationId" | "orgId" => Fact::Id(self.org),
            "rootDeptCode" => Fact::text(&view.world.org.department(self.root)?.code),
            "tenantId" => Fact::text(&self.tenant),
            "aiAvailable" | "wpsAvailable" => Fact::Flag(false),
            "manualAuditOpen" => Fact::text("0"),
            "publicShareFlag" => Fact::text(if self.public_shares { "1" } else { "0" }),
            _ => return None,
        })
    }
}
