//! Verifies the app signature of a call.

use super::{SCHEME, SECTION, Signature, SignedRequest, check_window, verify as verify_signature};
use crate::contract::{
    auth::{Denial, access::Verification, credential::without_form},
    request::Payload,
    rule::Rule,
    violation::{Violation, quoted},
};

/// Verifies the app signature in `Authorization`: first its date, then the signature itself.
pub(super) fn verify(value: &str, verification: &Verification<'_>) -> Option<Denial> {
    let Some(signature) = Signature::parse(value) else { return Some(without_form(&SCHEME, value)) };
    let Verification { access, request, now, .. } = *verification;
    // A body that could not be read is a refusal of its own.
    let Payload::Whole(body) = request.body else { return None };
    let text = |value| std::str::from_utf8(value).unwrap_or_default();
    let mut headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
    if let Some(authority) = request.authority.filter(|_| !request.headers.contains_key(http::header::HOST)) {
        headers.push(("host", authority));
    }
    let mut violations = Vec::new();
    let date = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-date"));
    if let Some(Err(violation)) = date.map(|(_, date)| check_window(date, now)) {
        violations.push(violation);
    }
    let Some(secret) = access.credentials.secret(&SECTION, signature.app_id) else {
        let (expected, found) = ("an AppId from the credentials", quoted(signature.app_id));
        violations.push(Violation::new(SCHEME.place, Rule::Authorization, expected, found));
        return Denial::of_signature(violations, None);
    };
    let clues = verification.clues();
    let signed =
        |path| SignedRequest { method: request.method.as_str(), path, query: request.query, headers: &headers, body };
    let verify = |path| verify_signature(&signature, &signed(path), secret.expose(), &clues);
    let whole = format!("{}{}", request.base, request.path);
    // A signer may or may not include the path of its base URL.
    let verified = verify(&whole).or_else(|mismatch| {
        if request.base.is_empty() { Err(mismatch) } else { verify(request.path).map_err(|_| mismatch) }
    });
    let mismatch = verified.err();
    violations.extend(mismatch.iter().map(|mismatch| mismatch.violation(SCHEME.place)));
    Denial::of_signature(violations, mismatch)
}
