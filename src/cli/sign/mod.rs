//! `understudy sign`: shows step by step how a request is signed, and prints the signed call.
//!
//! The steps come from the functions that verify signatures; a warning says what the stand-in would refuse.

mod call;
mod caller;
mod curl;
mod gokuai;
mod koodrive;
mod signer;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use self::signer::Signer;
use self::{call::Call, caller::Caller};
use super::{
    Failure,
    args::{Format, Sign},
    files,
    screen::Screen,
};
use crate::{
    contract::{Contract, Operation, Payload, Request, Strictness, Violation},
    diagnostic::{Diagnostic, shortened},
};

/// The most violations that are printed.
const NOTES: usize = 20;

/// The most characters of a violation.
const NOTE: usize = 1000;

/// A signed call and how it was signed.
struct Signed {
    call: Call,
    id: String,
    steps: Vec<Step>,
    /// What verifying the signature alone finds.
    violations: Vec<Violation>,
}

/// One step of signing.
struct Step {
    /// Its name in JSON output.
    name: &'static str,
    title: &'static str,
    text: String,
}

pub(super) fn run(arguments: &Sign, screen: &Screen) -> Result<(), Failure> {
    let contract = files::contract(&arguments.specs)?;
    let call = Call::of(arguments)?;
    let now = arguments.time.unwrap_or_else(Timestamp::now);
    let signer = arguments.scheme.unwrap_or_else(|| signer(&contract, &call));
    let signed = (signer.sign)(arguments, call, now)?;
    let violations = refused(&contract, &signed)?;
    if signed.call.wants_its_body_again() {
        screen.tell("the body is not text: give curl the same bytes on its standard input\n");
    }
    if !violations.is_empty() {
        let warning = Diagnostic::warning("the stand-in would refuse this call");
        let notes = violations.iter().take(NOTES).map(|violation| shortened(&violation.to_string(), NOTE).into_owned());
        let more = violations.len().saturating_sub(NOTES);
        let more = (more > 0).then(|| format!("... and {more} more, which `--format json` lists"));
        screen.diagnostics(&[notes.chain(more).fold(warning, Diagnostic::note)]);
    }
    let operation = contract.find(&signed.call.method, signed.call.session_and_path().1);
    match arguments.format {
        Format::Text => screen.print(&text(&signed, operation)),
        Format::Json => screen.print(&format!("{:#}\n", object(&signed, operation, &violations))),
    }
}

/// The signer for a scheme of the operation, else for one of its service.
fn signer(contract: &Contract, call: &Call) -> Signer {
    let (_, path) = call.session_and_path();
    let found = contract.find(&call.method, path);
    let service = found.map_or_else(|| contract.service_for_path(path), |found| contract.service_of(found));
    let others = contract.operations().iter().filter(|other| std::ptr::eq(contract.service_of(other), service));
    let mut schemes = found.into_iter().chain(others).flat_map(|operation| &operation.authentication);
    schemes.find_map(|scheme| Signer::of(scheme)).unwrap_or_else(Signer::default)
}

/// What the stand-in would report for the signed call.
fn refused(contract: &Contract, signed: &Signed) -> Result<Vec<Violation>, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in &signed.call.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let (base, path) = signed.call.session_and_path();
    let request = Request {
        base,
        query: signed.call.query.as_deref(),
        ..Request::new(&signed.call.method, path, &headers, Payload::Whole(&signed.call.body))
    };
    let judgement = contract.validate(&request, Strictness::default());
    let mut violations = judgement.map_err(|error| Failure::World(error.to_string()))?.into_findings().violations;
    // What is missing is reported once.
    let known: Vec<_> = violations.iter().map(|violation| violation.at.clone()).collect();
    violations.extend(signed.violations.iter().filter(|violation| !known.contains(&violation.at)).cloned());
    Ok(violations)
}

fn text(signed: &Signed, operation: Option<&Operation>) -> String {
    let name = operation.map_or("unknown operation", |operation| operation.name.as_str());
    let mut text = format!("{name}: {} {}, signed by {}\n", signed.call.method, signed.call.path(), signed.id);
    if !signed.call.added.is_empty() {
        text.push_str(&format!("added: {}\n", signed.call.added.join(", ")));
    }
    for (index, step) in signed.steps.iter().enumerate() {
        text.push_str(&format!("\n{}. {}\n", index + 1, step.title));
        for line in step.text.split('\n') {
            text.push_str(format!("   {line}").trim_end());
            text.push('\n');
        }
    }
    text.push('\n');
    text.push_str(&curl::line(&signed.call));
    text.push('\n');
    text
}

fn object(signed: &Signed, operation: Option<&Operation>, violations: &[Violation]) -> Value {
    let call = &signed.call;
    let mut object = json!({
        "operation": operation.map(|operation| operation.name.as_str()),
        "id": signed.id,
        "method": call.method.as_str(),
        "url": call.url(),
        "headers": call.headers,
        "added": call.added,
    });
    for step in &signed.steps {
        object[step.name] = Value::from(step.text.as_str());
    }
    object["curl"] = Value::from(curl::line(call));
    object["violations"] = json!(violations);
    object
}

/// A secret is a key and never sent. Very short ones may occur anywhere by chance.
fn without_secret(call: &Call, caller: &Caller) -> Result<(), Failure> {
    let secret = caller.secret.expose();
    if secret.len() >= 8 && call.holds(secret) {
        let message = "the call contains the secret; it is the key of the signature and is never sent: leave it out";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(())
}
