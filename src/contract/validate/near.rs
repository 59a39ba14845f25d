//! What was probably meant: a member, a parameter or a header that is nearly the one that is missing.

use http::HeaderMap;

use super::reader::Reader;
use crate::{
    contract::{judgement::Findings, operation::Parameters, rule::Rule, violation::Violation},
    diagnostic::did_you_mean,
};

/// So many missing names are looked for.
const MOST_MISSING: usize = 16;

/// Among so many that are not documented.
const MOST_UNKNOWN: usize = 64;

/// What a violation says where nothing was found.
const NOTHING: &str = "nothing";

/// Names what is nearly a missing member among the undocumented ones beside it. What was named is not told a second time.
pub(super) fn name_members(findings: &mut Findings) {
    let Findings { violations, warnings, .. } = findings;
    let missing = violations.iter_mut().filter(|violation| is_missing(violation)).take(MOST_MISSING);
    for violation in missing {
        let Some((parent, name)) = violation.at.rsplit_once('/') else { continue };
        let unknown = warnings.iter().filter(|warning| warning.rule == Rule::AdditionalProperties).take(MOST_UNKNOWN);
        let beside = unknown.filter_map(|warning| {
            let (place, name) = warning.at.rsplit_once('/')?;
            (place == parent).then_some(name)
        });
        let Some(near) = did_you_mean(name, beside.filter(|near| is_near(name, near))).map(str::to_owned) else {
            continue;
        };
        let place = format!("{parent}/{near}");
        violation.found = format!("`{}`", near.replace("~1", "/").replace("~0", "~"));
        warnings.retain(|warning| warning.at != place || warning.rule != Rule::AdditionalProperties);
    }
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
                let unknown = headers.keys().map(http::HeaderName::as_str).filter(|known| !documented(known));
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
    fn other_names_and_names_elsewhere_are_not_meant() {
        for unknown in ["/body/fileIds", "/body/files/0/containerID", "/query/containerID"] {
            assert_eq!(told("/body/containerId", &[unknown]), (NOTHING.to_owned(), 1), "{unknown}");
        }
        assert_eq!(told("/body/id", &["/body/ip"]).0, NOTHING);
        assert_eq!(told("/body/id", &["/body/ID"]).0, "`ID`");
    }
}
