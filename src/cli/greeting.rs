//! The first words of `serve`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Format, Serve},
    screen::Screen,
    tls::Scheme,
};
use crate::{
    contract::{Contract, Operation},
    mock::Mock,
};

/// Where what is served.
pub(super) struct Listening<'l> {
    pub(super) url: &'l str,
    pub(super) admin: Option<&'l str>,
    /// The object host, where it has an address of its own.
    pub(super) objects: Option<&'l str>,
    pub(super) scheme: &'l Scheme,
}

/// What is still to be told to people.
pub(super) struct Greeting {
    text: String,
    url: String,
    authority: Option<PathBuf>,
}

impl Greeting {
    /// Tells it, with a call that can be tried at once. To make that up takes a table and some time, in which the first call may come.
    pub(super) fn tell(mut self, contract: &Contract, screen: &Screen) {
        let operations = contract.operations();
        let shown = contract.named("CreateShare").first().map(|id| contract.operation(*id)).or(operations.first());
        if let Some(line) = shown.and_then(|operation| curl(contract, operation, &self.url, self.authority.as_deref()))
        {
            let _ = writeln!(self.text, "\n  {line}\n");
        }
        screen.tell(&self.text);
    }
}

/// Tells programs on standard output where the stand-in listens; what there is to be told to people is left to the caller.
pub(super) fn announce(
    arguments: &Serve,
    mock: &Mock,
    listening: &Listening<'_>,
    screen: &Screen,
) -> Result<Option<Greeting>, Failure> {
    let Listening { url, admin, objects, scheme } = *listening;
    let contract = mock.contract();
    let services = contract.services().iter().enumerate().map(|(index, service)| {
        let operations = contract.operations().iter().filter(|operation| operation.service == index).count();
        (&service.description, operations)
    });
    let script = mock.script();
    let seed = script.seed();
    let names: Vec<&str> = script.scenarios().iter().map(|scenario| scenario.name.as_str()).collect();
    if arguments.stand_in.judging.format == Format::Json {
        let services: Vec<Value> = services
            .map(|(service, operations)| {
                json!({ "service": service.service, "edition": service.edition, "operations": operations })
            })
            .collect();
        let event = json!({ "event": "listening", "url": url, "admin": admin, "objects": objects, "tls": scheme.to_json(), "services": services, "scenarios": names, "seed": seed });
        screen.print(&format!("{event}\n"))?;
        return Ok(None);
    }
    screen.print(&format!("{url}\n"))?;
    if arguments.quiet {
        return Ok(None);
    }
    let mut text = format!("understudy {} listens on {url}\n", env!("CARGO_PKG_VERSION"));
    for (service, operations) in services {
        let _ = writeln!(text, "  service    {}: {operations} operations, edition {}", service.title, service.edition);
    }
    for scenario in mock.script().scenarios() {
        let summary = scenario.summary.as_deref().map(|summary| format!(": {summary}")).unwrap_or_default();
        let _ = writeln!(text, "  scenario   {}{summary}", scenario.name);
    }
    if let Some(seed) = &mock.options().world {
        let _ = writeln!(text, "  world      {}: what clients create is there on the next call", seed.name());
    }
    if let Some(objects) = objects {
        let _ = writeln!(text, "  objects    {objects}: where links lead to");
    }
    if names.is_empty() && mock.options().world.is_none() {
        text.push_str("  scenario   none: every call that keeps the contract gets the documented example\n");
    }
    let _ = writeln!(text, "  seed       {seed}");
    scheme.tell(&mut text);
    if let Some(admin) = admin {
        let _ = writeln!(text, "  admin      {admin}/health, {admin}/exchanges, {admin}/verdict");
    }
    Ok(Some(Greeting { text, url: url.to_owned(), authority: scheme.authority().map(Path::to_owned) }))
}

/// A call that the contract takes, ready to be pasted.
fn curl(contract: &Contract, operation: &Operation, url: &str, authority: Option<&Path>) -> Option<String> {
    let request = operation.smallest_request(contract.service_of(operation)).ok()?;
    let mut path = operation.path.clone();
    for (name, value) in request.path.iter().filter_map(Value::as_object).flatten() {
        path = path.replace(&format!("{{{name}}}"), &plain(value));
    }
    let query: Vec<String> = request
        .query
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let trust = authority.map(|path| format!(" --cacert '{}'", path.display())).unwrap_or_default();
    let mut line = format!("curl -i{trust} -X {} '{url}{path}{query}'", operation.method);
    for (name, value) in request.headers.iter().filter_map(Value::as_object).flatten() {
        match name.to_ascii_lowercase().as_str() {
            "host" => {}
            "authorization" => line.push_str(" -H 'Authorization: Bearer 0123456789abcdef'"),
            "x-date" => line.push_str(" -H \"X-Date: $(date -u +%Y%m%dT%H%M%SZ)\""),
            _ => {
                let _ = write!(line, " -H '{name}: {}'", plain(value));
            }
        }
    }
    if let Some(body) = &request.body {
        let _ = write!(line, " -H 'Content-Type: application/json' -d '{}'", body.to_string().replace('\'', "'\\''"));
    }
    Some(line)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
