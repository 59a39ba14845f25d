//! Verifies the `sign` of a call.

use super::{SCHEME, SECTION, SIGN, check_window, verify as verify_sign};
use crate::contract::{
    auth::{Denial, access::Verification, scheme::SentParameter},
    rule::Rule,
    violation::{Violation, quoted},
};

/// Verifies signed parameters: first their `dateline`, then their `sign`.
pub(super) fn verify(parameters: &[SentParameter<'_>], verification: &Verification<'_>) -> Option<Denial> {
    let Verification { access, now, .. } = *verification;
    let value = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_ref())
    };
    let mut violations = Vec::new();
    if let Some(Err(violation)) = value("dateline").map(|dateline| check_window(dateline, now, access.gokuai.window)) {
        violations.push(violation);
    }
    // The table reports what is missing.
    let (Some(client), Some(sign)) = (value("client_id"), value(SIGN)) else {
        return Denial::of_signature(violations, None);
    };
    let Some(secret) = access.credentials.secret(&SECTION, client) else {
        let (expected, found) = ("a client_id from the credentials", quoted(client));
        violations.push(Violation::new("/params/client_id", Rule::Authorization, expected, found));
        return Denial::of_signature(violations, None);
    };
    let mismatch = verify_sign(sign, parameters, secret.expose(), &verification.clues()).err();
    violations.extend(mismatch.iter().map(|mismatch| mismatch.violation(SCHEME.place)));
    Denial::of_signature(violations, mismatch)
}
