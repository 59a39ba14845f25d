//! Space management.

use std::sync::Arc;

use crate::world::{
    World,
    codes::{NO_QUOTA, NO_SPACE},
    fact::{Fact, Record},
    groups::{Group, Member},
    ids::Id,
    org::Role,
    outcome::{Outcome, Reply, Trouble},
    page,
    rights::{Grant, Rights},
    scene::Scene,
    spaces::{GB, Kind, Space},
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    look("GetSpace", get).refuses(&[301, 102, 410]),
    look("GetSpaceV2", get_all).refuses(&[309]),
    look("BatchGetSpace", get_some).refuses(&[301]),
    look("GetSpaceByContainerID", get_by_id).refuses(&[301]),
    change("CreateSpace", create).refuses(&[410, 309, 102, 311]),
    change("UpdateSpace", update).refuses(&[410, 301, 102, 311]),
    change("DeleteSpace", delete).refuses(&[410, 301, 102]),
    change("CreateGroupSpace", create_group).refuses(&[102, 311]),
    change("DeleteGroupSpace", delete_group).refuses(&[410, 309]),
    look("GetTeamSpaceList", teams),
    look("GetGroupSpaceList", groups).refuses(&[410]),
    look("GetDepartmentSpaceList", departments),
    look("GetUserSpaceList", users).refuses(&[410, 309]),
    look("GetSpaceAllocation", allocation).refuses(&[410]),
    look("GetSpaceUsageByOverview", overview).refuses(&[410]),
    look("GetSpaceUsageByQuota", by_quota).refuses(&[410]),
    look("GetSpaceUsageByUser", by_user),
];

/// KB of a GB.
const KB_OF_GB: i64 = 1 << 20;

/// The owner that a call names: a user's other id leads to the same.
fn owner(at: &Scene<'_>, name: &str) -> Id {
    let id = at.call.id(name).unwrap_or(Id::NONE);
    at.world.org.user(id).map_or(id, |user| user.id)
}

fn kind(at: &Scene<'_>) -> Option<Kind> {
    at.call.whole("type").and_then(Kind::of)
}

/// The one space of an owner that a call means.
fn one(at: &Scene<'_>, owner: Id) -> Result<Arc<Space>, Trouble> {
    let kind = kind(at);
    let of_kind = |space: &&Arc<Space>| kind.is_none_or(|kind| space.kind == kind);
    let spaces: Vec<_> = at.world.spaces.of(owner).filter(of_kind).cloned().collect();
    let none = || Trouble::new(NO_SPACE, format!("{owner} has no such space"));
    match (at.call.text("containerId"), spaces.as_slice()) {
        (Some(id), spaces) => spaces.iter().find(|space| *space.id == *id).cloned().ok_or_else(none),
        (None, []) => Err(none()),
        (None, [space]) => Ok(Arc::clone(space)),
        (None, several) => {
            Err(Trouble::invalid(format!("{owner} has {} such spaces: containerId says which", several.len())))
        }
    }
}

fn get(at: &Scene<'_>) -> Outcome {
    let space = one(at, owner(at, "ownerId"))?;
    if space.kind == Kind::Personal && space.owner != at.me.id {
        at.administrator_of(at.department_of(space.owner).unwrap_or(Id::NONE))?;
    }
    Ok(Reply::one("data", space))
}

fn get_all(at: &Scene<'_>) -> Outcome {
    let (owner, kind) = (owner(at, "owner_id"), kind(at));
    let World { org, groups, spaces, .. } = &*at.world;
    if org.user(owner).is_none() && org.department(owner).is_none() && groups.get(owner).is_none() {
        return Err(Trouble::unknown("owner", owner));
    }
    let found = spaces.of(owner).filter(|space| kind.is_none_or(|kind| space.kind == kind)).cloned();
    Ok(Reply::many("data", found))
}

fn get_some(at: &Scene<'_>) -> Outcome {
    let (owner, kind, id) = (owner(at, "ownerId"), kind(at), at.call.text("containerId"));
    let wanted =
        |space: &&Arc<Space>| kind.is_none_or(|kind| space.kind == kind) && id.is_none_or(|id| *space.id == *id);
    let found: Vec<_> = at.world.spaces.of(owner).filter(wanted).cloned().collect();
    if found.is_empty() {
        return Err(Trouble::new(NO_SPACE, format!("{owner} has no such space")));
    }
    Ok(Reply::many("data", found))
}

fn get_by_id(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("data", at.space(at.text("containerId"))?))
}

fn create(at: &mut Scene<'_>) -> Outcome {
    let owner = owner(at, "ownerId");
    let kind = kind(at).unwrap_or(Kind::Personal);
    let World { org, groups, spaces, .. } = &*at.world;
    let (is_known, what) = match kind {
        Kind::Department => (org.department(owner).is_some(), "department"),
        Kind::Personal => (org.user(owner).is_some(), "user"),
        Kind::Group => (groups.get(owner).is_some(), "group"),
    };
    if !is_known {
        return Err(Trouble::unknown(what, owner));
    }
    at.administrator_of(at.department_of(owner).unwrap_or(Id::NONE))?;
    if kind != Kind::Personal && spaces.of(owner).next().is_some() {
        return Err(Trouble::invalid(format!("{what} {owner} has its space already")));
    }
    let capacity = at.call.whole("capacity").unwrap_or(0);
    if capacity < 1 {
        return Err(Trouble::invalid("a space has 1 GB at least"));
    }
    let initial = at.call.object("capabilities").map(|named| Grant::Own(Rights::read(named)));
    let space = at.make_space(kind, owner, capacity, initial)?;
    Ok(Reply::one("data", space))
}

fn update(at: &mut Scene<'_>) -> Outcome {
    let space = one(at, owner(at, "ownerId"))?;
    at.administrator_of(at.department_of(space.owner).unwrap_or(Id::NONE))?;
    let capacity = at.call.whole("capacity").unwrap_or(space.capacity);
    if capacity < 1 || capacity.saturating_mul(GB) < space.used {
        return Err(Trouble::invalid(format!("{capacity} GB are less than the space uses")));
    }
    at.room_for(space.kind, capacity - space.capacity)?;
    let disabled = at.call.whole("status").map_or(space.disabled, |status| status == 1);
    let (me, now) = (at.me.id, at.now);
    at.world.spaces_mut().change(&space.id, |space| {
        space.capacity = capacity;
        space.disabled = disabled;
        space.modifier = me;
        space.updated = now;
    });
    Ok(Reply::done())
}

fn delete(at: &mut Scene<'_>) -> Outcome {
    let space = one(at, owner(at, "ownerId"))?;
    at.administrator_of(at.department_of(space.owner).unwrap_or(Id::NONE))?;
    at.world.erase_space(&space.id);
    Ok(Reply::done())
}

fn create_group(at: &mut Scene<'_>) -> Outcome {
    let enterprise = &at.world.enterprise;
    let groups = at.world.spaces.of_kind(Kind::Group).count();
    if i64::try_from(groups).is_ok_and(|groups| groups >= enterprise.most_groups) {
        return Err(Trouble::new(NO_QUOTA, format!("there are {groups} group spaces, and no more are allowed")));
    }
    let capacity = at.call.whole("capacity").filter(|capacity| *capacity > 0).unwrap_or(enterprise.default_size.group);
    if capacity > enterprise.capacity / 5 {
        return Err(Trouble::new(NO_QUOTA, format!("{capacity} GB are over a fifth of the package")));
    }
    let id = at.new_id("group");
    let owner = Member { role: 0, created: at.now, updated: at.now, made: at.world.next() };
    let mut group = Group {
        id,
        name: at.text("name").to_owned(),
        source: 0,
        owner: at.me.id,
        icon: at.call.text("iconUrl").map(str::to_owned),
        created: at.now,
        updated: at.now,
        members: imbl::OrdMap::unit(at.me.id, owner),
        pins: imbl::OrdSet::new(),
        made: at.world.next(),
    };
    let (mut failed, mut grants) = (Vec::new(), Vec::new());
    for added in super::group::added(at)? {
        match added {
            Ok((user, grant)) if user != at.me.id => {
                let made = at.world.next();
                group.members.insert(user, Member { role: 2, created: at.now, updated: at.now, made });
                grants.extend(grant.map(|grant| (user, grant)));
            }
            Ok(_) => {}
            Err(unknown) => failed.push(unknown),
        }
    }
    let (name, users) = (group.name.clone(), group.members.keys().copied().collect());
    at.world.groups_mut().put(group);
    let space = at.make_space(Kind::Group, id, capacity, None)?;
    at.world.spaces_mut().change(&space.id, |space| space.grants.extend(grants));
    super::group::welcome(at, &name, users);
    Ok(Reply::done().with("id", Fact::Id(id)).with("failedList", Fact::Texts(failed.into())))
}

fn delete_group(at: &mut Scene<'_>) -> Outcome {
    let group = at.group("groupId")?;
    super::group::dismiss(at, &group)
}

/// A space of a team in a list.
fn team(at: &Scene<'_>, owner: Record, space: &Arc<Space>, users: usize) -> Record {
    let _ = at;
    owner.with("userNum", Fact::Whole(i64::try_from(users).unwrap_or(i64::MAX))).and(Arc::clone(space))
}

fn of_group(at: &Scene<'_>, group: &Arc<Group>, space: &Arc<Space>) -> Record {
    let owner = at.world.org.user(group.owner).map(|user| user.name.clone());
    let record = Record::default()
        .with("id", Fact::Id(group.id))
        .with("groupName", Fact::Text(group.name.clone().into()))
        .with("ownerId", Fact::Id(group.owner))
        .with("top", Fact::Whole(i64::from(group.pins.contains(&at.me.id))))
        .maybe("ownerName", owner.map(|name| Fact::Text(name.into())))
        .maybe("iconUrl", group.icon.clone().map(|icon| Fact::Text(icon.into())))
        .maybe("role", group.role_of(at.me.id).map(Fact::Whole));
    team(at, record, space, group.members.len())
}

fn of_department(at: &Scene<'_>, department: &Arc<crate::world::org::Department>, space: &Arc<Space>) -> Record {
    let users = at.world.org.users_of(department.id).count();
    let record = Record::default()
        .with("id", Fact::Id(department.id))
        .with("groupName", Fact::Text(department.name.clone().into()))
        .with("ownerId", Fact::Id(department.id));
    team(at, record, space, users)
}

/// Whether a name has the word that a call looks for.
fn has_word(at: &Scene<'_>, names: &[Option<&str>]) -> bool {
    let Some(word) = at.call.text("keyWord").map(str::to_lowercase) else { return true };
    names.iter().flatten().any(|name| name.to_lowercase().contains(&word))
}

fn teams(at: &Scene<'_>) -> Outcome {
    let wanted = at.call.whole("teamType");
    let World { org, groups, spaces, .. } = &*at.world;
    // Pinned ones first, then in the order in which they were made.
    let mut found: Vec<((bool, u64), Record)> = Vec::new();
    if wanted.is_none_or(|wanted| wanted == 0) {
        let mine = |id: Id| at.me.role.is_administrator() || id == at.me.department;
        for space in spaces.of_kind(Kind::Department).filter(|space| mine(space.owner)) {
            let Some(department) = org.department(space.owner) else { continue };
            if has_word(at, &[Some(&department.name)]) {
                found.push(((true, space.made), of_department(at, department, space)));
            }
        }
    }
    for group in groups.of(at.me.id) {
        let is_wanted = match wanted {
            None => true,
            Some(1) => group.owner == at.me.id,
            Some(2) => group.owner != at.me.id,
            Some(_) => false,
        };
        let Some(space) = spaces.of(group.id).next().filter(|_| is_wanted) else { continue };
        let owner = org.user(group.owner).map(|user| user.name.as_str());
        if has_word(at, &[Some(&group.name), owner]) {
            found.push(((!group.pins.contains(&at.me.id), space.made), of_group(at, group, space)));
        }
    }
    found.sort_by_key(|(order, _)| *order);
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let part = page::part(found.into_iter().map(|(_, team)| team), at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("teams", part).with("total", Fact::Whole(total)))
}

fn groups(at: &Scene<'_>) -> Outcome {
    at.administrator()?;
    let World { org, groups, spaces, enterprise, .. } = &*at.world;
    let all: Vec<_> = spaces.of_kind(Kind::Group).filter_map(|space| Some((groups.get(space.owner)?, space))).collect();
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let owner = |group: &Group| org.user(group.owner).map(|user| user.name.as_str());
    let found: Vec<_> = all.into_iter().filter(|(group, _)| has_word(at, &[Some(&group.name), owner(group)])).collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let records = found.into_iter().map(|(group, space)| of_group(at, group, space));
    let part = page::part(records, at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("groups", part)
        .with("total", Fact::Whole(total))
        .with("groupsTotal", Fact::Whole(count))
        .with("groupsMax", Fact::Whole(enterprise.most_groups))
        .with("assignedCapacity", Fact::Whole(spaces.allocated(Kind::Group)))
        .with("maxCapacity", Fact::Whole(enterprise.quota.group)))
}

fn departments(at: &Scene<'_>) -> Outcome {
    let World { org, spaces, enterprise, .. } = &*at.world;
    let administrators = |id: Id| -> Vec<String> {
        org.users_of(id).filter(|user| user.role == Role::Department).map(|user| user.name.clone()).collect()
    };
    let sees = |id: Id| at.me.role.is_administrator() || at.me.role == Role::Department || id == at.me.department;
    let mut found: Vec<_> = org
        .departments()
        .filter(|department| department.id != enterprise.root && sees(department.id))
        .filter(|department| has_word(at, &[Some(&department.name), Some(&administrators(department.id).join(","))]))
        .collect();
    found.sort_by_key(|department| department.made);
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let records = found.into_iter().map(|department| {
        let names = administrators(department.id);
        let record = Record::default()
            .with("id", Fact::Id(department.id))
            .maybe("parentId", department.parent.map(Fact::Id))
            .with("name", Fact::Text(department.name.clone().into()))
            .maybe("administrators", (!names.is_empty()).then(|| Fact::Text(names.join(",").into())))
            .with("userNum", Fact::Whole(i64::try_from(org.users_of(department.id).count()).unwrap_or(i64::MAX)))
            .with("tenantId", Fact::Text(enterprise.tenant.clone().into()));
        match spaces.of(department.id).next() {
            Some(space) => record.and(Arc::clone(space)),
            None => record,
        }
    });
    let part = page::part(records, at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("departments", part).with("total", Fact::Whole(total)))
}

fn users(at: &Scene<'_>) -> Outcome {
    let above = match (at.call.text("deptId"), at.me.role) {
        (Some(_), _) => at.department("deptId")?.id,
        (None, Role::Department) => at.me.department,
        (None, _) => at.world.enterprise.root,
    };
    at.administrator_of(above)?;
    let org = &at.world.org;
    let within = if at.call.flag("isDirect").unwrap_or(false) { vec![above] } else { org.all_within(above) };
    let status = at.call.whole("spaceStatus");
    let mut found: Vec<_> = at
        .world
        .spaces
        .of_kind(Kind::Personal)
        .filter_map(|space| Some((org.user(space.owner)?, space)))
        .filter(|(user, _)| within.contains(&user.department))
        .filter(|(user, _)| has_word(at, &[Some(&user.name), user.mobile.as_deref()]))
        .filter(|(_, space)| status.is_none_or(|status| status == i64::from(space.disabled)))
        .collect();
    found.sort_by_key(|(_, space)| space.made);
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let records = found.into_iter().map(|(user, space)| {
        Record::default()
            .with("containerId", Fact::Text(space.id.to_string().into()))
            .with("capacity", Fact::Whole(space.capacity))
            .with("spaceUsed", Fact::Whole(space.used_kb()))
            .with("spaceStatus", Fact::Whole(i64::from(space.disabled)))
            .and(Arc::clone(user))
    });
    let part = page::part(records, at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("users", part).with("total", Fact::Whole(total)))
}

fn allocation(at: &Scene<'_>) -> Outcome {
    at.administrator()?;
    let World { spaces, enterprise, .. } = &*at.world;
    let rows = Kind::ALL.map(|kind| {
        Record::default()
            .with("type", Fact::Whole(kind as i64))
            .with("allocateCapacity", Fact::Whole(spaces.allocated(kind)))
            .with("totalCapacity", Fact::Whole(enterprise.quota.of(kind)))
    });
    Ok(Reply::many("data", rows))
}

fn overview(at: &Scene<'_>) -> Outcome {
    at.administrator()?;
    let World { spaces, enterprise, .. } = &*at.world;
    let sum = |of: &dyn Fn(Kind) -> i64| Kind::ALL.into_iter().map(of).sum();
    let record = Record::default()
        .with("quota", Fact::Whole(enterprise.capacity))
        .with("totalCapacity", Fact::Whole(enterprise.capacity))
        .with("totalAllocation", Fact::Whole(sum(&|kind| spaces.allocated(kind))))
        .with("totalUsed", Fact::Whole(sum(&|kind| spaces.used_kb(kind))));
    Ok(Reply::one("data", record))
}

fn by_quota(at: &Scene<'_>) -> Outcome {
    at.administrator()?;
    // Personal spaces by their size.
    let mut sizes: std::collections::BTreeMap<i64, (i64, i64)> = std::collections::BTreeMap::new();
    for space in at.world.spaces.of_kind(Kind::Personal) {
        let (count, used) = sizes.entry(space.capacity).or_default();
        *count += 1;
        *used += space.used_kb();
    }
    let total = i64::try_from(sizes.len()).unwrap_or(i64::MAX);
    let rows = sizes.into_iter().map(|(capacity, (count, used))| {
        Record::default()
            .with("quota", Fact::Whole(capacity))
            .with("totalAllocation", Fact::Whole(count))
            .with("totalCapacity", Fact::Whole(capacity * count))
            .with("totalUsed", Fact::Whole(used))
    });
    let part = page::part(rows, at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("data", part).with("total", Fact::Whole(total)))
}

fn by_user(at: &Scene<'_>) -> Outcome {
    let World { org, spaces, enterprise, .. } = &*at.world;
    let asked: Vec<Id> = at.call.ids("userIds").filter_map(|id| Some(org.user(id)?.id)).collect();
    let wanted = |space: &&Arc<Space>| !at.call.has("userIds") || asked.contains(&space.owner);
    let found: Vec<_> = spaces.of_kind(Kind::Personal).filter(wanted).collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let until = enterprise.paid_until;
    let rows = found.into_iter().filter_map(|space| {
        let user = org.user(space.owner)?;
        let record = Record::default()
            .with("quota", Fact::Whole(space.capacity.saturating_mul(KB_OF_GB)))
            .with("userId", Fact::Id(user.org_id))
            .with("used", Fact::Whole(space.used_kb()))
            .with("createTime", Fact::Time(space.created))
            .with("effectiveTime", Fact::Time(space.created));
        Some(record.with("expirationTime", Fact::Time(until)))
    });
    let part = page::part(rows, at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("data", part).with("total", Fact::Whole(total)))
}
