//! KooDrive's app signature.

use jiff::Timestamp;

use super::{
    super::{Failure, args::Sign},
    Signed, Step,
    call::Call,
    caller::Caller,
    signer::Signer,
    without_secret,
};
use crate::contract::auth::{
    bearer,
    koodrive::{self, SCHEME, SECTION, Signature, SignedRequest, check_window},
    mismatch::Clues,
};

pub(super) const SIGNER: Signer = Signer {
    name: "app",
    title: "KooDrive's app signature",
    scheme: &SCHEME,
    section: &SECTION,
    caller: "app",
    option: "--app-id",
    asked: |arguments| arguments.app_id.as_deref(),
    sign,
};

fn sign(arguments: &Sign, mut call: Call, now: Timestamp) -> Result<Signed, Failure> {
    let caller = Caller::of(arguments, &SIGNER, None)?;
    let list = &arguments.signed_headers;
    if list.is_empty() || list.contains(',') || list.chars().any(char::is_control) {
        return Err(Failure::Usage(format!("--signed-headers takes names joined with `;`, not `{list}`")));
    }
    call.add_visibly("X-Date", &now.strftime("%Y%m%dT%H%M%SZ").to_string());
    call.add_visibly("X-User-Id", bearer::SECTION.built_in.value);
    if !call.body.is_empty() {
        call.add_visibly("Content-Type", "application/json");
    }
    without_secret(&call, &caller)?;

    let headers: Vec<_> = call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = SignedRequest {
        method: call.method.as_str(),
        path: call.path(),
        query: call.query.as_deref(),
        headers: &headers,
        body: &call.body,
    };
    let canonical = koodrive::canonical(&request, list);
    let signature = koodrive::sign(caller.secret.expose(), &canonical.string_to_sign);
    let sent = Signature { app_id: &caller.id, signed_headers: list, signature: &signature };
    let mut violations = Vec::new();
    if let Some(date) = call.header("X-Date") {
        violations.extend(check_window(date, now).err());
    }
    if let Err(mismatch) = koodrive::verify(&sent, &request, caller.secret.expose(), &Clues::default()) {
        violations.push(mismatch.violation(SCHEME.place));
    }
    let hash = canonical.string_to_sign.lines().next_back().unwrap_or_default().to_owned();
    let value = format!("HMAC-SHA256 AppId={},SignedHeaders={list},Signature={signature}", caller.id);
    call.headers.push(("Authorization".to_owned(), value.clone()));
    let steps = vec![
        Step {
            name: "canonical_request",
            title: "canonical request: method, path, query, signed headers, their names, hash of the body",
            text: canonical.request,
        },
        Step { name: "hash", title: "its SHA-256, in lower-case hex", text: hash },
        Step { name: "string_to_sign", title: "string to sign", text: canonical.string_to_sign },
        Step {
            name: "signature",
            title: "signature: its HMAC-SHA256 with the AppSecret as the key, in lower-case hex",
            text: signature,
        },
        Step { name: "authorization", title: "header", text: format!("Authorization: {value}") },
    ];
    Ok(Signed { call, id: caller.id, steps, violations })
}
