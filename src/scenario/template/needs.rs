//! What templates need of all that they could see: only that is built for a call.

use super::scan::Segment;

/// Members that are needed, and what of them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Needs {
    all: bool,
    members: Vec<(Box<str>, Needs)>,
}

/// Everything.
pub(super) static ALL: Needs = Needs { all: true, members: Vec::new() };

impl Needs {
    /// Adds what a name leads to.
    pub(super) fn add(&mut self, path: &[Segment<'_>]) {
        match path {
            // Of a list all items are needed: it has to know how many there are.
            [] | [Segment::Item, ..] => self.all = true,
            [Segment::Member(name), rest @ ..] => {
                let known = self.members.iter().position(|(known, _)| **known == **name);
                let index = known.unwrap_or_else(|| {
                    self.members.push(((*name).into(), Self::default()));
                    self.members.len() - 1
                });
                self.members[index].1.add(rest);
            }
        }
    }

    /// What is needed of a member; nothing if it is not needed at all.
    pub(super) fn of(&self, name: &str) -> Option<&Self> {
        if self.all {
            return Some(&ALL);
        }
        self.members.iter().find(|(known, _)| **known == *name).map(|(_, needs)| needs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_what_it_leads_to_and_nothing_beside_it() {
        let mut needs = Needs::default();
        needs.add(&[Segment::Member("body"), Segment::Member("ids"), Segment::Item, Segment::Member("x")]);
        needs.add(&[Segment::Member("path")]);
        assert!(needs.of("query").is_none());
        let body = needs.of("body").unwrap();
        assert!(body.of("other").is_none());
        assert!(body.of("ids").unwrap().of("anything").is_some());
        assert!(needs.of("path").unwrap().of("id").is_some());
        needs.add(&[Segment::Member("body")]);
        assert!(needs.of("body").unwrap().of("other").is_some());
    }
}
