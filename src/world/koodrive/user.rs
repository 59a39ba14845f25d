//! User management.

use std::sync::Arc;

use crate::world::{
    fact::{Fact, Record},
    groups::{Group, Member},
    ids::Id,
    inbox::Topic,
    org::{Role, User, hidden_but_the_start},
    outcome::{Outcome, Reply, Trouble},
    page,
    scene::Scene,
    share::Reader,
    spaces::Kind,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateUser", create).refuses(&[410, 309, 102, 311]),
    look("GetUser", get).refuses(&[309]),
    look("GetUserMobile", mobile).refuses(&[309, 410]),
    look("GetUserList", list).refuses(&[309]),
    look("CountUser", count).refuses(&[309]),
    change("UpdateUser", update).refuses(&[410, 309, 102]),
    change("DeleteUser", delete).refuses(&[410, 309, 102]),
    change("ExpandUserNum", expand).refuses(&[410, 309]),
    look("BatchImportUserPreVerify", verify_import).refuses(&[309]),
];

/// How many users more a subscription has after it was expanded; nothing documented carries a number.
const MORE_USERS: i64 = 100;

fn create(at: &mut Scene<'_>) -> Outcome {
    let asked = at.call.object("modifyUserInfoReq");
    let department = match asked.and_then(|asked| asked.id("deptId")) {
        Some(id) => at.world.org.department(id).cloned().ok_or_else(|| Trouble::unknown("department", id))?.id,
        None => at.world.enterprise.root,
    };
    at.administrator_of(department)?;
    let org_id = at.call.id("userId").unwrap_or(Id::NONE);
    if org_id == Id::NONE {
        return Err(Trouble::invalid("userId is no id of OrgID: digits are wanted"));
    }
    if at.world.org.has(org_id) {
        return Err(Trouble::invalid(format!("user {org_id} is there already")));
    }
    let most = at.world.enterprise.most_users;
    if i64::try_from(at.world.org.count_users()).is_ok_and(|users| users >= most) {
        return Err(Trouble::invalid(format!("the subscription has {most} users, and all are there")));
    }
    let role = asked.and_then(|asked| asked.whole("role")).and_then(Role::of).unwrap_or(Role::Ordinary);
    let digits = org_id.to_string();
    let name = format!("user-{}", &digits[digits.len().saturating_sub(4)..]);
    let id = at.new_id("user");
    let made = at.world.next();
    let user = User { id, org_id, name, department, mobile: None, role, disabled: false, created: at.now, made };
    at.world.org_mut().put_user(user);
    let size = at.world.enterprise.default_size.personal;
    if size > 0 {
        at.make_space(Kind::Personal, id, size, None)?;
    }
    let text = format!("Welcome to {}.", at.world.enterprise.name);
    at.tell(id, Topic::System, text);
    Ok(Reply::one("data", Record::default().with("id", Fact::Id(id))))
}

fn get(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("data", at.user("userId")?))
}

fn mobile(at: &Scene<'_>) -> Outcome {
    let user = at.user("userId")?;
    if user.id != at.me.id {
        at.administrator_of(user.department)?;
    }
    let mobile = user.mobile.as_deref().map(hidden_but_the_start);
    Ok(Reply::done().maybe("mobile", mobile.map(|mobile| Fact::Text(mobile.into()))))
}

/// The users of the department that a call names and below it; all without one.
fn users_within(at: &Scene<'_>, direct: bool) -> Result<Vec<Arc<User>>, Trouble> {
    if at.call.text("deptId").is_none() {
        return Ok(at.world.org.users().cloned().collect());
    }
    let department = at.department("deptId")?.id;
    let org = &at.world.org;
    let within = if direct { vec![department] } else { org.all_within(department) };
    let mut users: Vec<_> = within.into_iter().flat_map(|id| org.users_of(id)).cloned().collect();
    users.sort_by_key(|user| user.made);
    Ok(users)
}

fn list(at: &Scene<'_>) -> Outcome {
    let mut users = users_within(at, at.call.flag("isDirect").unwrap_or(false))?;
    if let Some(word) = at.call.text("keyWord").map(str::to_lowercase) {
        users.retain(|user| user.name.to_lowercase().contains(&word));
    }
    let total = i64::try_from(users.len()).unwrap_or(i64::MAX);
    let users = page::part(users.into_iter(), at.call.whole("offset"), at.call.whole("limit"));
    Ok(Reply::many("list", users).with("total", Fact::Whole(total)))
}

fn count(at: &Scene<'_>) -> Outcome {
    let users = users_within(at, false)?;
    Ok(Reply::done().with("total", Fact::Whole(i64::try_from(users.len()).unwrap_or(i64::MAX))))
}

fn update(at: &mut Scene<'_>) -> Outcome {
    let known = at.user("userId")?;
    at.administrator_of(known.department)?;
    let department = match at.call.id("deptId") {
        Some(_) => at.department("deptId")?.id,
        None => known.department,
    };
    at.administrator_of(department)?;
    let role = at.call.whole("role").and_then(Role::of).unwrap_or(known.role);
    let disabled = at.call.whole("status").map_or(known.disabled, |status| status == 1);
    if (!role.is_administrator() || disabled) && is_last_administrator(at, &known) {
        return Err(Trouble::invalid(format!("{} is the last administrator", known.name)));
    }
    at.world.org_mut().put_user(User { department, role, disabled, ..User::clone(&known) });
    Ok(Reply::done())
}

fn is_last_administrator(at: &Scene<'_>, user: &User) -> bool {
    user.administers() && !at.world.org.users().any(|other| other.id != user.id && other.administers())
}

fn delete(at: &mut Scene<'_>) -> Outcome {
    let user = at.user("userId")?;
    at.administrator_of(user.department)?;
    if user.id == at.me.id {
        return Err(Trouble::invalid("nobody deletes himself"));
    }
    if is_last_administrator(at, &user) {
        return Err(Trouble::invalid(format!("{} is the last administrator", user.name)));
    }
    let spaces: Vec<_> = at.world.spaces.of(user.id).map(|space| space.id.clone()).collect();
    for space in spaces {
        at.world.erase_space(&space);
    }
    let groups: Vec<_> = at.world.groups.of(user.id).cloned().collect();
    for group in groups {
        let group = without(at, &group, user.id);
        at.world.groups_mut().put(group);
    }
    at.world.stars_mut().forget(user.id);
    at.world.visits_mut().forget(user.id);
    at.world.inbox_mut().forget(user.id);
    at.world.shares_mut().forget(Reader::User(user.id));
    at.world.org_mut().remove_user(user.id);
    at.world.settings_mut().forget(user.id);
    Ok(Reply::done())
}

/// A group without a user. If that was its owner, it passes to the first administrator, else the first member, else the caller.
fn without(at: &mut Scene<'_>, group: &Group, user: Id) -> Group {
    let mut left = Group { updated: at.now, ..group.clone() };
    left.members.remove(&user);
    left.pins.remove(&user);
    if left.owner == user {
        let heir = left.in_order().first().map_or(at.me.id, |(heir, _)| *heir);
        let made = at.world.next();
        let member = left.members.get(&heir).copied();
        let member = member.unwrap_or(Member { role: 0, created: at.now, updated: at.now, made });
        left.members.insert(heir, Member { role: 0, updated: at.now, ..member });
        left.owner = heir;
    }
    left
}

fn expand(at: &mut Scene<'_>) -> Outcome {
    at.administrator()?;
    let org = at.world.enterprise.org;
    if at.call.id("orgId") != Some(org) {
        return Err(Trouble::unknown("organisation", at.text("orgId")));
    }
    at.world.enterprise_mut().most_users += MORE_USERS;
    Ok(Reply::done())
}

fn verify_import(at: &Scene<'_>) -> Outcome {
    let above = at.department("curDeptId")?.id;
    let org = &at.world.org;
    let names: Vec<&str> =
        org.all_within(above).into_iter().filter_map(|id| Some(org.department(id)?.name.as_str())).collect();
    let (mut given, quota) = (at.world.spaces.allocated(Kind::Personal), at.world.enterprise.quota.personal);
    let mut verified = Vec::new();
    for user in at.call.objects("users") {
        let (name, capacity) =
            (user.text("targetDeptName").unwrap_or_default(), user.whole("personalCapacity").unwrap_or(0));
        let allocates = user.flag("isAllocateCapacity").unwrap_or(false);
        let reason = if !names.contains(&name) {
            Some(format!("there is no department `{name}` below {above}"))
        } else if allocates && capacity <= 0 {
            Some("a space of no size cannot be given out".to_owned())
        } else if allocates && given.saturating_add(capacity) > quota {
            Some(format!("{given} GB of {quota} GB are given out already"))
        } else {
            given += if allocates { capacity } else { 0 };
            None
        };
        let success = Fact::Whole(i64::from(reason.is_some()));
        verified.push(
            Record::default().with("isSuccess", success).maybe("reason", reason.map(|text| Fact::Text(text.into()))),
        );
    }
    Ok(Reply::many("data", verified))
}
