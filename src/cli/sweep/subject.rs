//! What `--sweep` names: errors, faults, or one of them.

use crate::{diagnostic::did_you_mean, fault};

/// Something that can be injected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Subject {
    /// The errors that an operation documents, and those that any call of its service can get.
    Errors,
    /// Every kind of fault.
    Faults,
    /// One kind of fault.
    Fault(&'static str),
    /// An error of the catalogue, whether the operation documents it or not.
    Error(String),
}

impl Subject {
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = fault::NAMES.into_iter().find(|name| *name == text) {
            return Ok(Self::Fault(name));
        }
        match text {
            "errors" => Ok(Self::Errors),
            "faults" => Ok(Self::Faults),
            // Codes are numbers, or have capitals: `APIGW.0308`, `SlowDown`.
            code if code.contains(|one: char| one.is_ascii_digit() || one.is_ascii_uppercase()) => {
                Ok(Self::Error(code.to_owned()))
            }
            other => {
                let near = did_you_mean(other, fault::NAMES.into_iter().chain(["errors", "faults"]));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Err(format!("expected `errors`, `faults`, a code such as `13000311` or a fault such as `reset`{near}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_kind_or_one_by_its_name() {
        for (text, subject) in [
            ("errors", Subject::Errors),
            ("faults", Subject::Faults),
            ("hang_mid_body", Subject::Fault("hang_mid_body")),
            ("13000311", Subject::Error("13000311".to_owned())),
            ("SlowDown", Subject::Error("SlowDown".to_owned())),
        ] {
            assert_eq!(Subject::parse(text), Ok(subject));
        }
        assert!(Subject::parse("rest").unwrap_err().ends_with("did you mean `reset`?"));
        assert!(Subject::parse("").unwrap_err().starts_with("expected `errors`, `faults`"));
    }
}
