//! How much has to be covered.

use super::{Covered, Ratio};
use crate::diagnostic::did_you_mean;

/// What can be covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Operations: those that a call kept the contract of and got an answer of success from, whole.
    Operations,
    /// Errors that the page of an operation lists: those that were shown.
    Errors,
    /// Edges of constraints: those that a call reached that kept the contract.
    Edges,
    /// Kinds of fault: those that the client survived.
    Faults,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Operations, Self::Errors, Self::Edges, Self::Faults];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Errors => "errors",
            Self::Edges => "edges",
            Self::Faults => "faults",
        }
    }
}

/// So many percent of something have to be covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// Of what.
    pub subject: Subject,
    /// Up to 100.
    pub percent: u8,
}

impl Threshold {
    /// Reads `operations=40%`.
    ///
    /// # Errors
    ///
    /// What is wrong, and what is known.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names = Subject::ALL.map(Subject::as_str);
        let known = names.join(", ");
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("expected WHAT=PERCENT with a WHAT of {known}, such as `operations=40%`"))?;
        let subject = Subject::ALL.into_iter().find(|subject| subject.as_str() == name).ok_or_else(|| {
            let meant = did_you_mean(name, names.iter().copied());
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            format!("`{name}` cannot be covered, but {known} can{meant}")
        })?;
        let digits = value.strip_suffix('%').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(percent @ 0..=100) => Ok(Self { subject, percent }),
            _ => Err(format!("expected a percentage from 0% to 100% behind `{name}=`, such as `{name}=40%`")),
        }
    }

    /// What is missing, if the threshold is not reached.
    pub fn held_against(self, covered: &Covered) -> Option<Uncovered> {
        /// So many names are listed; the rest is counted.
        const LISTED: usize = 3;
        let ratio = covered.ratio(self.subject);
        (!ratio.reaches(self.percent)).then(|| Uncovered {
            threshold: self,
            ratio,
            missing: covered.missing(self.subject).take(LISTED).collect(),
        })
    }
}

/// A threshold that was not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// The threshold.
    pub threshold: Threshold,
    /// How much is covered.
    pub ratio: Ratio,
    /// The first things that are not.
    pub missing: Vec<String>,
}

impl Uncovered {
    /// `40% of operations`.
    pub fn expected(&self) -> String {
        format!("{}% of {}", self.threshold.percent, self.threshold.subject.as_str())
    }

    /// `2 of 133; missing a, b, c and 128 more`.
    pub fn found(&self) -> String {
        let more = self.ratio.all - self.ratio.covered - self.missing.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}; missing {}{more}", self.ratio, self.missing.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_subject_and_a_percentage() {
        let threshold = |subject, percent| Ok(Threshold { subject, percent });
        assert_eq!(Threshold::parse("operations=40%"), threshold(Subject::Operations, 40));
        assert_eq!(Threshold::parse("faults=0%"), threshold(Subject::Faults, 0));
        assert_eq!(Threshold::parse("edges=100%"), threshold(Subject::Edges, 100));
    }

    #[test]
    fn what_is_no_threshold_is_told_what_is_one() {
        for (text, told) in [
            ("", "expected WHAT=PERCENT with a WHAT of operations, errors, edges, faults, such as `operations=40%`"),
            (
                "operation=4%",
                "`operation` cannot be covered, but operations, errors, edges, faults can; did you mean `operations`?",
            ),
            ("lines=4%", "`lines` cannot be covered, but operations, errors, edges, faults can"),
            ("errors=101%", "expected a percentage from 0% to 100% behind `errors=`, such as `errors=40%`"),
        ] {
            assert_eq!(Threshold::parse(text).unwrap_err(), told);
        }
        for value in ["", "%", "40", "-1%", "+1%", "4.5%", "4 %", "99999999999%"] {
            assert!(Threshold::parse(&format!("errors={value}")).unwrap_err().contains("a percentage"), "{value}");
        }
    }

    #[test]
    fn half_a_percent_too_few_are_too_few() {
        let ratio = |covered, all| Ratio { covered, all };
        assert!(ratio(2, 5).reaches(40) && !ratio(53, 133).reaches(40) && ratio(54, 133).reaches(40));
        assert!(ratio(0, 0).reaches(100) && ratio(0, 9).reaches(0));
    }
}
