//! Department management.

use crate::world::{
    codes::{INTO_ITSELF, TOO_DEEP},
    fact::Record,
    ids::Id,
    org::{DEPTH, Department},
    outcome::{Outcome, Reply, Trouble},
    scene::Scene,
    share::Reader,
    spaces::Kind,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    change("CreateDepartment", create).refuses(&[410, 309, 102, 310, 311]),
    look("GetDepartment", get).refuses(&[309]),
    look("GetDepartmentList", list).refuses(&[309]),
    change("UpdateDepartment", update).refuses(&[410, 309, 307, 310, 102]),
    change("DeleteDepartment", delete).refuses(&[410, 309, 102]),
];

/// The longest name, by the user guide.
const LONGEST_NAME: usize = 20;

fn create(at: &mut Scene<'_>) -> Outcome {
    at.administrator()?;
    let parent = at.department("parentId")?;
    let name = at.text("name");
    is_free(at, name, parent.id, None)?;
    if at.world.org.way_up(parent.id).count() >= DEPTH {
        return Err(Trouble::new(TOO_DEEP, format!("departments go {DEPTH} levels deep")));
    }
    let id = at.new_id("department");
    let department = Department {
        id,
        name: name.to_owned(),
        parent: Some(parent.id),
        code: at.ids.hex("department code", 32),
        created: at.now,
        updated: at.now,
        creator: at.me.id,
        made: at.world.next(),
    };
    at.world.org_mut().put_department(department);
    let size = at.world.enterprise.default_size.department;
    if size > 0 {
        at.make_space(Kind::Department, id, size, None)?;
    }
    Ok(Reply::one("data", Record::default().with("id", crate::world::fact::Fact::Id(id))))
}

fn get(at: &Scene<'_>) -> Outcome {
    Ok(Reply::flat(at.department("department_id")?))
}

fn list(at: &Scene<'_>) -> Outcome {
    let org = &at.world.org;
    let word = at.call.text("keyWord").map(str::to_lowercase);
    let matches = |department: &&std::sync::Arc<Department>| {
        word.as_ref().is_none_or(|word| department.name.to_lowercase().contains(word))
    };
    let found: Vec<_> = match at.call.id("departmentId") {
        Some(_) => {
            let above = at.department("departmentId")?;
            org.children(above.id).filter(matches).cloned().collect()
        }
        None if word.is_some() => {
            let mut all: Vec<_> = org.departments().filter(matches).cloned().collect();
            all.sort_by_key(|department| department.made);
            all
        }
        None => org.department(at.world.enterprise.root).into_iter().cloned().collect(),
    };
    Ok(Reply::many("list", found))
}

fn update(at: &mut Scene<'_>) -> Outcome {
    at.administrator()?;
    let known = at.department("department_id")?;
    let parent = match at.call.id("parentId") {
        Some(id) if Some(id) != known.parent => {
            let parent = at.department("parentId")?;
            moves_to(at, &known, parent.id)?;
            Some(parent.id)
        }
        _ => known.parent,
    };
    let name = at.call.text("name").unwrap_or(&known.name);
    is_free(at, name, parent.unwrap_or(Id::NONE), Some(known.id))?;
    let department = Department { name: name.to_owned(), parent, updated: at.now, ..Department::clone(&known) };
    at.world.org_mut().put_department(department);
    Ok(Reply::done())
}

/// Whether a department may be moved below another one.
fn moves_to(at: &Scene<'_>, department: &Department, parent: Id) -> Result<(), Trouble> {
    let org = &at.world.org;
    if department.parent.is_none() {
        return Err(Trouble::invalid("the root department stays where it is"));
    }
    if org.is_within(parent, department.id) {
        return Err(Trouble::new(INTO_ITSELF, format!("department {parent} is below department {}", department.id)));
    }
    if org.way_up(parent).count() + org.height(department.id) > DEPTH {
        return Err(Trouble::new(TOO_DEEP, format!("departments go {DEPTH} levels deep")));
    }
    Ok(())
}

fn delete(at: &mut Scene<'_>) -> Outcome {
    at.administrator()?;
    let department = at.department("department_id")?;
    let org = &at.world.org;
    if department.parent.is_none() {
        return Err(Trouble::invalid("the root department stays"));
    }
    if org.children(department.id).next().is_some() || org.users_of(department.id).next().is_some() {
        return Err(Trouble::invalid(format!("department {} is not empty", department.id)));
    }
    let spaces: Vec<_> = at.world.spaces.of(department.id).map(|space| space.id.clone()).collect();
    for space in spaces {
        at.world.erase_space(&space);
    }
    at.world.shares_mut().forget(Reader::Department(department.id));
    at.world.org_mut().remove_department(department.id);
    Ok(Reply::done())
}

/// Whether a department may have this name below another one.
fn is_free(at: &Scene<'_>, name: &str, parent: Id, except: Option<Id>) -> Result<(), Trouble> {
    if name.chars().count() > LONGEST_NAME {
        return Err(Trouble::invalid(format!("a name has at most {LONGEST_NAME} characters")));
    }
    let taken = at.world.org.children(parent).any(|other| other.name == name && Some(other.id) != except);
    if taken {
        return Err(Trouble::invalid(format!("department {parent} has one called `{name}` already")));
    }
    Ok(())
}
