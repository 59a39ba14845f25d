//! What the contract says of a request.

use std::mem;

use super::{
    auth::{Credential, Denial, mismatch::Mismatch},
    json::Json,
    operation::OperationId,
    rule::Rule,
    service::Refusal,
    violation::{MOST, Violation},
};

/// What the contract says of a request.
#[derive(Debug)]
pub enum Judgement<'a> {
    /// No operation answers it.
    Unrouted(Unrouted),
    /// It breaks the contract of its operation.
    Refused(Refused<'a>),
    /// It keeps the contract.
    Accepted(Accepted<'a>),
}

/// A request that no operation answers: its method and path are unknown, or it was refused before routing.
#[derive(Debug)]
pub struct Unrouted {
    /// Why.
    pub refusal: Refusal,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

/// A request that breaks the contract of its operation.
#[derive(Debug)]
pub struct Refused<'a> {
    /// The operation.
    pub operation: OperationId,
    /// How it is answered.
    pub refusal: Refusal,
    /// Who calls; only the form of the credential was checked.
    pub credential: Option<Credential<'a>>,
    /// Everything that is wrong, and the warnings.
    pub findings: Findings,
}

/// A request that keeps the contract.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// The operation.
    pub operation: OperationId,
    /// The values of the request.
    pub call: Call<'a>,
    /// Who calls; only the form of the credential was checked.
    pub credential: Option<Credential<'a>>,
    /// The warnings.
    pub warnings: Vec<Violation>,
}

/// What was found in a request: at most a thousand violations, and as many warnings.
#[derive(Debug, Default)]
pub struct Findings {
    /// Everything that is wrong, in the order path, query, headers, body.
    pub violations: Vec<Violation>,
    /// What is worth a warning.
    pub warnings: Vec<Violation>,
    /// Why a signature does not match the request.
    pub mismatch: Option<Box<Mismatch>>,
}

/// The values of a request with the types of the table.
#[derive(Debug, Default, PartialEq)]
pub struct Call<'a> {
    /// Path parameters, an object.
    pub path: Json<'a>,
    /// Query parameters, an object.
    pub query: Json<'a>,
    /// Documented headers by their documented names, an object.
    pub headers: Json<'a>,
    /// The JSON body; null without one.
    pub body: Json<'a>,
    /// Flat parameters, an object.
    pub params: Json<'a>,
}

impl Findings {
    /// Adds a violation, as long as somebody would read it.
    pub(super) fn refuse(&mut self, violation: Violation) {
        if self.violations.len() < MOST {
            self.violations.push(violation);
        }
    }

    /// Adds a warning, as long as somebody would read it.
    pub(super) fn warn(&mut self, warning: Violation) {
        if self.has_room_for_warnings() {
            self.warnings.push(warning);
        }
    }

    /// Whether a warning would still be kept.
    pub(super) fn has_room_for_warnings(&self) -> bool {
        self.warnings.len() < MOST
    }
}

impl From<Refusal> for Judgement<'_> {
    /// A request of which nothing else is known.
    fn from(refusal: Refusal) -> Self {
        Self::Unrouted(Unrouted { refusal, violations: Vec::new() })
    }
}

impl<'a> Judgement<'a> {
    /// The operation, if there is one.
    pub fn operation(&self) -> Option<OperationId> {
        match self {
            Self::Unrouted(_) => None,
            Self::Refused(Refused { operation, .. }) | Self::Accepted(Accepted { operation, .. }) => Some(*operation),
        }
    }

    /// Why it is refused; `None` if it keeps the contract.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Unrouted(Unrouted { refusal, .. }) | Self::Refused(Refused { refusal, .. }) => Some(*refusal),
            Self::Accepted(_) => None,
        }
    }

    /// The operation and the credential, of which only the form was checked.
    pub fn credential(&self) -> Option<(OperationId, &Credential<'a>)> {
        match self {
            Self::Unrouted(_) => None,
            Self::Refused(Refused { operation, credential, .. })
            | Self::Accepted(Accepted { operation, credential, .. }) => {
                credential.as_ref().map(|credential| (*operation, credential))
            }
        }
    }

    /// Adds a violation. An accepted request becomes a refused one.
    pub fn refuse(&mut self, refusal: Refusal, violation: Violation) {
        self.add(refusal, vec![violation]);
    }

    /// Adds why a credential was rejected, except for places that already have a violation; a hint says more than the form of a signature. A
    /// missing credential and an unreadable body take precedence.
    pub fn deny(&mut self, denial: Denial) {
        let Denial { refusal, mut violations, mismatch } = denial;
        if let Self::Refused(refused) = self {
            let explained = mismatch.as_ref().is_some_and(|mismatch| mismatch.hint.is_some());
            violations.retain(|new| {
                let mut known = refused.findings.violations.iter_mut().filter(|known| known.at == new.at);
                let Some(known) = known.next() else { return true };
                if explained && new.rule == Rule::Signature {
                    known.clone_from(new);
                }
                false
            });
        }
        self.add(refusal, violations);
        if let Self::Refused(refused) = self {
            refused.findings.mismatch = mismatch;
        }
    }

    fn add(&mut self, refusal: Refusal, violations: Vec<Violation>) {
        if violations.is_empty() {
            return;
        }
        *self = match mem::replace(self, refusal.into()) {
            Self::Unrouted(mut unrouted) => {
                unrouted.violations.extend(violations);
                Self::Unrouted(unrouted)
            }
            Self::Refused(mut refused) => {
                refused.findings.violations.extend(violations);
                if refused.refusal == Refusal::Violation {
                    refused.refusal = refusal;
                }
                Self::Refused(refused)
            }
            Self::Accepted(Accepted { operation, credential, warnings, .. }) => {
                let findings = Findings { violations, warnings, mismatch: None };
                Self::Refused(Refused { operation, refusal, credential, findings })
            }
        };
    }

    /// Takes out the values of a call that keeps the contract.
    pub fn take_call(&mut self) -> Option<Call<'a>> {
        match self {
            Self::Accepted(accepted) => Some(mem::take(&mut accepted.call)),
            Self::Unrouted(_) | Self::Refused(_) => None,
        }
    }

    /// What was found, for the journal.
    pub fn into_findings(self) -> Findings {
        match self {
            Self::Unrouted(Unrouted { violations, .. }) => Findings { violations, ..Findings::default() },
            Self::Refused(Refused { findings, .. }) => findings,
            Self::Accepted(Accepted { warnings, .. }) => Findings { warnings, ..Findings::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> Judgement<'static> {
        let warnings = vec![violation("/query/colour")];
        let operation = OperationId::from_index(7);
        Judgement::Accepted(Accepted { operation, call: Call::default(), credential: None, warnings })
    }

    fn violation(at: &str) -> Violation {
        Violation::new(at, Rule::Type, "a", "b")
    }

    fn denial(refusal: Refusal, places: &[&str]) -> Denial {
        Denial { refusal, violations: places.iter().map(|at| violation(at)).collect(), mismatch: None }
    }

    #[test]
    fn what_was_accepted_keeps_its_operation_and_its_warnings_when_it_is_refused() {
        let mut judgement = accepted();
        assert_eq!((judgement.operation(), judgement.refusal()), (Some(OperationId::from_index(7)), None));
        judgement.deny(denial(Refusal::BadSignature, &[]));
        assert_eq!(judgement.refusal(), None);
        judgement.deny(denial(Refusal::BadSignature, &["/headers/Authorization"]));
        assert_eq!(
            (judgement.operation(), judgement.refusal()),
            (Some(OperationId::from_index(7)), Some(Refusal::BadSignature))
        );
        let findings = judgement.into_findings();
        assert_eq!((findings.violations.len(), findings.warnings[0].at.as_str()), (1, "/query/colour"));
    }

    #[test]
    fn a_credential_decides_the_status_of_a_broken_table_and_of_nothing_else() {
        for (first, then) in [
            (Refusal::Violation, Refusal::BadSignature),
            (Refusal::TooLarge, Refusal::TooLarge),
            (Refusal::Unauthenticated, Refusal::Unauthenticated),
        ] {
            let mut judgement = accepted();
            judgement.refuse(first, violation("/headers/X-Date"));
            judgement.deny(denial(Refusal::BadSignature, &["/headers/X-Date", "/headers/Authorization"]));
            assert_eq!(judgement.refusal(), Some(then));
            let places: Vec<String> =
                judgement.into_findings().violations.into_iter().map(|violation| violation.at).collect();
            assert_eq!(places, ["/headers/X-Date", "/headers/Authorization"]);
        }
    }

    #[test]
    fn what_is_wrong_with_the_form_of_a_signature_gets_its_hint() {
        let mut judgement = accepted();
        judgement.refuse(Refusal::Unauthenticated, Violation::new("/params/sign", Rule::MinLength, "28", "27"));
        let mismatch = Mismatch::new(String::new(), String::new(), Some("keep the padding".to_owned()));
        let violations = vec![mismatch.violation("/params/sign"), violation("/params/dateline")];
        judgement.deny(Denial { refusal: Refusal::BadSignature, violations, mismatch: Some(Box::new(mismatch)) });
        let told: Vec<String> = judgement.into_findings().violations.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/params/sign: expected the signature of what was sent, made with the caller's secret, found keep the padding",
                "/params/dateline: expected a, found b",
            ]
        );
    }

    #[test]
    fn what_has_no_operation_never_gets_one() {
        let mut judgement = Judgement::from(Refusal::UnknownRoute);
        judgement.refuse(Refusal::Violation, violation("/path"));
        assert_eq!((judgement.operation(), judgement.refusal()), (None, Some(Refusal::UnknownRoute)));
        assert_eq!(judgement.into_findings().violations.len(), 1);
    }
}
