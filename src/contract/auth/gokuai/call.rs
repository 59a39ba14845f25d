//! Verifies the `sign` of a call.

use super::{SCHEME, SECTION, SIGN, check_window, verify as verify_sign};
use crate::contract::{
    auth::{Denial, access::Verification, credentials::Secret, scheme::SentParameter},
    rule::Rule,
    violation::{Violation, quoted},
};

/// Who calls, where the call has no `client_id`. `bind` hands it out, and its secret.
const ORG_CLIENT_ID: &str = "org_client_id";

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
    let caller = ["client_id", ORG_CLIENT_ID].into_iter().find_map(|name| Some((name, value(name)?)));
    let (Some((name, caller)), Some(sign)) = (caller, value(SIGN)) else {
        return Denial::of_signature(violations, None);
    };
    let listed = access.credentials.secret(&SECTION, caller).map(Secret::expose);
    let Some(secret) = listed.or_else(|| (name == ORG_CLIENT_ID).then(|| SECTION.handed_out(caller)).flatten()) else {
        let expected = format!("a {name} from the credentials");
        violations.push(Violation::new(format!("/params/{name}"), Rule::Authorization, expected, quoted(caller)));
        return Denial::of_signature(violations, None);
    };
    let mismatch = verify_sign(sign, parameters, secret, &verification.clues()).err();
    violations.extend(mismatch.iter().map(|mismatch| mismatch.violation(SCHEME.place)));
    Denial::of_signature(violations, mismatch)
}
