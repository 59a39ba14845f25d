//! What was probably meant: a member, a parameter or a header that is nearly the one that is missing.

use http::{HeaderMap, HeaderName, header};

use super::reader::Reader;
use crate::{
    contract::{
        judgement::Findings,
        operation::Parameters,
        rule::Rule,
        violation::{NONE, NOTHING, Violation},
    },
    diagnostic::did_you_mean,
};

/// So many missing names are looked for.
const MOST_MISSING: usize = 16;

/// Among so many that are not documented.
const MOST_UNKNOWN: usize = 64;

/// Names what is nearly a missing member, or nearly one of several, among the undocumented ones beside it. What was named is not told a
/// second time.
pub(super) fn name_members(findings: &mut Findings) {
    let Findings { violations, warnings, .. } = findings;
    if !violations.iter().chain(&*warnings).any(lacks) {
        return;
    }
    let unknown = warnings.iter().filter(|warning| warning.rule == Rule::AdditionalProperties);
    let unknown: Vec<String> = unknown.map(|warning| warning.at.clone()).take(MOST_UNKNOWN).collect();
    let beside = |parent: &str| -> Vec<&str> {
        let split = unknown.iter().filter_map(|place| place.rsplit_once('/'));
        split.filter(|(place, _)| *place == parent).map(|(_, name)| name).collect()
    };
    let mut named = Vec::new();
    for finding in violations.iter_mut().chain(warnings.iter_mut()).filter(|finding| lacks(finding)).take(MOST_MISSING)
    {
        let (parent, near) = if finding.rule == Rule::Required {
            let Some((parent, name)) = finding.at.rsplit_once('/') else { continue };
            (parent, did_you_mean(name, beside(parent).into_iter().filter(|near| is_near(name, near))))
        } else {
            let wanted =
                |near: &&str| did_you_mean(near, names(&finding.expected)).is_some_and(|name| is_near(name, near));
            (finding.at.as_str(), beside(&finding.at).into_iter().find(wanted))
        };
        let Some(near) = near else { continue };
        named.push(format!("{parent}/{near}"));
        let near = near.replace("~1", "/").replace("~0", "~");
        finding.found = if finding.rule == Rule::Required {
            format!("`{near}`")
        } else {
            format!("{}, but `{near}`", finding.found)
        };
    }
    warnings.retain(|warning| warning.rule != Rule::AdditionalProperties || !named.contains(&warning.at));
}

/// Whether a finding says that something is missing, or all of several.
fn lacks(finding: &Violation) -> bool {
    is_missing(finding) || matches!(finding.rule, Rule::OneOf | Rule::AnyOf) && finding.found == NONE
}

/// The names in `exactly one of org_id, mount_id`.
fn names(expected: &str) -> impl Iterator<Item = &str> {
    let names = expected.split_once(" one of ").map_or("", |(_, names)| names);
    names.split(" (").next().unwrap_or_default().split(", ").flat_map(|name| name.split(" with "))
}

fn is_missing(violation: &Violation) -> bool {
    violation.rule == Rule::Required && violation.found == NOTHING
}

/// Whether two names may be mistaken for each other. Short ones are often one letter apart by their nature.
fn is_near(name: &str, other: &str) -> bool {
    name.len() > 3 || name.eq_ignore_ascii_case(other)
}

impl Reader<'_> {
    /// Names what is nearly a missing header, and what belongs to another scheme of the vendor; `before` is the number of violations that
    /// are not about headers.
    pub(super) fn name_headers(&mut self, parameters: &Parameters, headers: &HeaderMap, before: usize) {
        let missing = self.findings.violations.iter_mut().skip(before).filter(|violation| is_missing(violation));
        for violation in missing.take(MOST_MISSING) {
            let name = violation.at.rsplit('/').next().unwrap_or_default();
            let schemes = self.operation.authentication.iter().flat_map(|scheme| scheme.mistaken);
            let twin = schemes.filter(|(ours, _)| *ours == name).find(|(_, theirs)| headers.contains_key(*theirs));
            violation.found = if let Some((_, twin)) = twin {
                format!("`{twin}`, which belongs to another scheme of the vendor")
            } else {
                let documented =
                    |known: &str| parameters.fields.iter().any(|field| field.name.eq_ignore_ascii_case(known));
                // `Date` is a header of its own.
                let unknown = headers.keys().filter(|name| *name != header::DATE).map(HeaderName::as_str);
                let unknown = unknown.filter(|known| !documented(known));
                match did_you_mean(name, unknown) {
                    Some(near) => format!("`{near}`"),
                    None => continue,
                }
            };
        }
    }

    /// Tells a client with nothing but a token how the headers of app signatures are made optional.
    pub(super) fn name_profile(&mut self, before: usize) {
        let app_headers = &self.service.description.app_headers;
        for violation in self.findings.violations.iter_mut().skip(before).filter(|violation| is_missing(violation)) {
            if app_headers.iter().any(|name| violation.at.strip_prefix("/headers/") == Some(name)) {
                violation.found.push_str("; with a token alone, `--profile lenient` does without it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(missing: &str, unknown: &[&str]) -> (String, usize) {
        let mut findings = Findings::default();
        findings.violations.push(Violation::new(missing, Rule::Required, "a value", NOTHING));
        findings.warnings = unknown.iter().map(|at| Violation::new(*at, Rule::AdditionalProperties, "", "1")).collect();
        name_members(&mut findings);
        (findings.violations.remove(0).found, findings.warnings.len())
    }

    #[test]
    fn a_member_that_is_nearly_the_missing_one_is_named_and_not_told_twice() {
        for (unknown, found) in [
            (&["/body/containerID"][..], "`containerID`"),
            (&["/body/container_id", "/body/colour"], "`container_id`"),
            (&["/body/cointanerId"], "`cointanerId`"),
        ] {
            assert_eq!(told("/body/containerId", unknown), (found.to_owned(), unknown.len() - 1), "{unknown:?}");
        }
    }

    #[test]
    fn what_is_nearly_one_of_several_is_named_too() {
        let expected = "exactly one of org_id, mount_id (when a is 1)";
        for (near, found) in
            [("orgId", "none of them, but `orgId`"), ("mountid", "none of them, but `mountid`"), ("colour", NONE)]
        {
            let mut findings = Findings::default();
            findings.violations.push(Violation::new("/params", Rule::OneOf, expected, NONE));
            findings.warnings.push(Violation::new(format!("/params/{near}"), Rule::AdditionalProperties, "", "1"));
            name_members(&mut findings);
            assert_eq!((findings.violations[0].found.as_str(), findings.warnings.is_empty()), (found, found != NONE));
        }
    }

    #[test]
    fn a_warning_names_what_is_nearly_missing_as_well() {
        let mut findings = Findings::default();
        findings.warnings.push(Violation::new("/query/deptId", Rule::Required, "a value", NOTHING));
        findings.warnings.push(Violation::new("/query/deptID", Rule::AdditionalProperties, "", "1"));
        name_members(&mut findings);
        assert_eq!(findings.warnings.len(), 1);
        assert_eq!(findings.warnings[0].found, "`deptID`");
    }

    #[test]
    fn other_names_and_names_elsewhere_are_not_meant() {
        for unknown in ["/body/fileIds", "/body/files/0/containerID", "/query/containerID"] {
            assert_eq!(told("/body/containerId", &[unknown]), (NOTHING.to_owned(), 1), "{unknown}");
        }
        assert_eq!(told("/body/fileId", &[]).0, NOTHING);
        assert_eq!(told("/body/id", &["/body/ip"]).0, NOTHING);
        assert_eq!(told("/body/id", &["/body/ID"]).0, "`ID`");
    }
}
