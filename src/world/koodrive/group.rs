//! Group management.

use std::sync::Arc;

use crate::world::{
    call::Values,
    fact::{Fact, Record},
    groups::{Group, MOST_MEMBERS, MOST_OF_USER, Member},
    ids::Id,
    inbox::Topic,
    outcome::{Outcome, Reply, Trouble},
    page,
    rights::{Grant, Preset, Rights},
    scene::Scene,
    share::Reader,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateUserGroup", create).refuses(&[102]),
    look("GetUserGroup", get).refuses(&[309]),
    look("GetUserGroupList", list).refuses(&[102]),
    look("GetUserGroupMemberList", members).refuses(&[309, 410]),
    change("UpdateUserGroup", update).refuses(&[309, 410]),
    change("DeleteUserGroup", delete).refuses(&[309, 410]),
    change("BatchAddGroupMembers", add).refuses(&[309, 410, 102]),
    change("BatchDeleteGroupMembers", remove).refuses(&[309, 410]),
];

fn create(at: &mut Scene<'_>) -> Outcome {
    if at.world.groups.of(at.me.id).count() >= MOST_OF_USER {
        return Err(Trouble::invalid(format!("{} is in {MOST_OF_USER} groups already", at.me.name)));
    }
    let id = at.new_id("group");
    let owner = Member { role: 0, created: at.now, updated: at.now, made: at.world.next() };
    let group = Group {
        id,
        name: at.text("groupName").to_owned(),
        source: at.call.whole("sourceType").unwrap_or(1),
        owner: at.me.id,
        icon: None,
        created: at.now,
        updated: at.now,
        members: imbl::OrdMap::unit(at.me.id, owner),
        pins: imbl::OrdSet::new(),
        made: at.world.next(),
    };
    at.world.groups_mut().put(group);
    Ok(Reply::done().with("id", Fact::Id(id)))
}

fn get(at: &Scene<'_>) -> Outcome {
    let group = at.group("groupId")?;
    if at.call.whole("sourceType").is_some_and(|source| source != group.source) {
        return Err(Trouble::unknown("group of this sourceType", group.id));
    }
    Ok(Reply::one("userGroup", group))
}

fn list(at: &Scene<'_>) -> Outcome {
    let (source, word) = (at.call.whole("sourceType"), at.call.text("groupName").map(str::to_lowercase));
    let name = format!("groups of {} {source:?} {word:?}", at.me.id);
    let after = page::after(at.call.text("pageCursor"), &name)?;
    let wanted = |group: &&Arc<Group>| {
        source.is_none_or(|source| source == group.source)
            && word.as_ref().is_none_or(|word| group.name.to_lowercase().contains(word))
    };
    let groups = &at.world.groups;
    let total = groups.of(at.me.id).filter(wanted).count();
    let size = page::size(at.call.whole("pageSize"));
    let behind = groups.of_after(at.me.id, after).filter(wanted).cloned();
    let (entries, next) = page::page(behind, size, &name, |group| group.made);
    Ok(Reply::many("userGroupList", entries)
        .with("total", Fact::Whole(i64::try_from(total).unwrap_or(i64::MAX)))
        .next_page(next))
}

fn members(at: &Scene<'_>) -> Outcome {
    let group = at.group("groupId")?;
    if group.role_of(at.me.id).is_none() && !at.me.role.is_administrator() {
        return Err(Trouble::forbidden(format!("{} is not in group {}", at.me.name, group.id)));
    }
    let word = at.call.text("keyWord").map(str::to_lowercase);
    let org = &at.world.org;
    let found: Vec<_> = group
        .in_order()
        .into_iter()
        .filter_map(|(id, member)| Some((Arc::clone(org.user(id)?), member)))
        .filter(|(user, _)| word.as_ref().is_none_or(|word| user.name.to_lowercase().contains(word)))
        .collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let records = found.into_iter().map(|(user, member)| {
        Record::default()
            .with("userId", Fact::Id(user.id))
            .with("userName", Fact::Text(user.name.clone().into()))
            .with("role", Fact::Whole(member.role))
            .with("createdTime", Fact::Time(member.created))
            .with("updatedTime", Fact::Time(member.updated))
            .with("top", Fact::Whole(0))
            .and(user)
    });
    let part = page::part(records, at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("userGroupMemberInfos", part).with("total", Fact::Whole(total)))
}

fn update(at: &mut Scene<'_>) -> Outcome {
    let known = at.group("groupId")?;
    let mut group = Group::clone(&known);
    let (pin, member) = (at.call.whole("top"), at.call.text("userId"));
    let renames = at.text("groupName") != known.name || at.call.text("iconUrl").is_some();
    if pin.is_some() && member.is_none() && !renames {
        if known.role_of(at.me.id).is_none() {
            return Err(Trouble::forbidden(format!("{} is not in group {}", at.me.name, known.id)));
        }
    } else {
        at.runs(&known)?;
    }
    if let Some(top) = pin {
        if top == 1 {
            group.pins.insert(at.me.id)
        } else {
            group.pins.remove(&at.me.id)
        };
    }
    if member.is_some() {
        let user = at.user("userId")?;
        let known = group.members.get(&user.id).copied();
        let known = known.ok_or_else(|| Trouble::unknown("member", user.id))?;
        if let Some(role) = at.call.whole("role") {
            if role == 0 {
                hand_over(at, &mut group)?;
                group.owner = user.id;
            } else if group.owner == user.id {
                return Err(Trouble::forbidden("the owner hands the group over, and is nothing else before"));
            }
            group.members.insert(user.id, Member { role, updated: at.now, ..known });
        }
    }
    if let Some(name) = at.call.text("groupName") {
        name.clone_into(&mut group.name);
    }
    if let Some(icon) = at.call.text("iconUrl") {
        group.icon = Some(icon.to_owned());
    }
    group.updated = at.now;
    at.world.groups_mut().put(group);
    Ok(Reply::done())
}

/// The owner becomes an administrator.
fn hand_over(at: &Scene<'_>, group: &mut Group) -> Result<(), Trouble> {
    if group.owner != at.me.id && !at.me.role.is_administrator() {
        return Err(Trouble::forbidden(format!("only its owner hands group {} over", group.id)));
    }
    if let Some(owner) = group.members.get_mut(&group.owner) {
        owner.role = 1;
        owner.updated = at.now;
    }
    Ok(())
}

fn delete(at: &mut Scene<'_>) -> Outcome {
    let group = at.group("groupId")?;
    dismiss(at, &group)
}

/// A group goes, with its space.
pub(super) fn dismiss(at: &mut Scene<'_>, group: &Group) -> Outcome {
    if group.owner != at.me.id && !at.me.role.is_administrator() {
        return Err(Trouble::forbidden(format!("only its owner dismisses group {}", group.id)));
    }
    let spaces: Vec<_> = at.world.spaces.of(group.id).map(|space| space.id.clone()).collect();
    for space in spaces {
        at.world.erase_space(&space);
    }
    at.world.shares_mut().forget(Reader::Group(group.id));
    at.world.groups_mut().remove(group.id);
    Ok(Reply::done())
}

/// A member to add with what is granted, or the id of nobody.
type Added = Result<(Id, Option<Grant>), String>;

/// The users that a call adds: those of the newer lists with a template, else those of `userIds`.
pub(super) fn added(at: &Scene<'_>) -> Result<Vec<Added>, Trouble> {
    let find = |id: Id| at.world.org.user(id).map(|user| user.id).ok_or_else(|| id.to_string());
    let mut added = Vec::new();
    let lists = at.call.objects("addGroupUsers").chain(at.call.objects("amendModRoles"));
    for named in lists {
        let grant = granted(named)?;
        added.push(find(named.id("userId").unwrap_or(Id::NONE)).map(|user| (user, grant)));
    }
    if added.is_empty() {
        added.extend(at.call.ids("userIds").map(|id| find(id).map(|user| (user, None))));
    }
    Ok(added)
}

/// What an entry gives: the rights of a template, or its own.
fn granted(named: Values<'_>) -> Result<Option<Grant>, Trouble> {
    match (named.whole("template"), named.object("capabilities")) {
        (None, _) => Ok(None),
        (Some(-1), Some(rights)) => Ok(Some(Grant::Own(Rights::read(rights)))),
        (Some(-1), None) => Err(Trouble::invalid("template -1 wants capabilities")),
        (Some(id), _) => {
            let preset = Preset::ALL.into_iter().find(|preset| i64::try_from(preset.id().0) == Ok(id));
            preset
                .map(|preset| Some(Grant::Preset(preset)))
                .ok_or_else(|| Trouble::invalid(format!("there is no template {id}")))
        }
    }
}

fn add(at: &mut Scene<'_>) -> Outcome {
    let known = at.group("groupId")?;
    at.runs(&known)?;
    let mut group = Group::clone(&known);
    let (mut failed, mut done, mut grants, mut joined) = (Vec::new(), 0, Vec::new(), Vec::new());
    for added in added(at)? {
        let added = added.and_then(|(user, grant)| {
            let is_new = !group.members.contains_key(&user);
            let is_full = group.members.len() >= MOST_MEMBERS || at.world.groups.of(user).count() >= MOST_OF_USER;
            if is_new && is_full { Err(user.to_string()) } else { Ok((user, grant)) }
        });
        match added {
            Ok((user, grant)) => {
                joined.extend((!group.members.contains_key(&user)).then_some(user));
                let made = at.world.next();
                let new = Member { role: 2, created: at.now, updated: at.now, made };
                let member = group.members.get(&user).copied().map_or(new, |known| Member { updated: at.now, ..known });
                group.members.insert(user, member);
                grants.extend(grant.map(|grant| (user, grant)));
                done += 1;
            }
            Err(id) => failed.push(id),
        }
    }
    at.world.groups_mut().put(group);
    let space = at.world.spaces.of(known.id).next().map(|space| space.id.clone());
    if let Some(space) = space {
        at.world.spaces_mut().change(&space, |space| space.grants.extend(grants));
    }
    welcome(at, &known.name, joined);
    Ok(batch(done, failed))
}

/// Tells users that they are in a group now.
pub(super) fn welcome(at: &mut Scene<'_>, group: &str, users: Vec<Id>) {
    let text = format!("{} added you to the group {group}.", at.me.name);
    for user in users.into_iter().filter(|user| *user != at.me.id).collect::<Vec<_>>() {
        at.tell(user, Topic::Team, text.clone());
    }
}

fn remove(at: &mut Scene<'_>) -> Outcome {
    let known = at.group("groupId")?;
    at.runs(&known)?;
    let mut group = Group::clone(&known);
    let (mut failed, mut done) = (Vec::new(), 0);
    let lists = at.call.objects("amendModRoles").map(|named| named.id("userId").unwrap_or(Id::NONE));
    let mut asked: Vec<Id> = lists.collect();
    if asked.is_empty() {
        asked.extend(at.call.ids("userIds"));
    }
    for id in asked {
        let user = at.world.org.user(id).map_or(id, |user| user.id);
        if user != group.owner && group.members.remove(&user).is_some() {
            group.pins.remove(&user);
            done += 1;
        } else {
            failed.push(id.to_string());
        }
    }
    at.world.groups_mut().put(group);
    Ok(batch(done, failed))
}

/// What became of the items of a call: 0 all of them, 1 some, 2 none.
fn batch(done: usize, failed: Vec<String>) -> Reply {
    let status = match (done, failed.len()) {
        (_, 0) => 0,
        (0, _) => 2,
        _ => 1,
    };
    Reply::done().with("status", Fact::Whole(status)).with("failedList", Fact::Texts(failed.into()))
}
