//! What there is under `/__admin`, and who answers it.

use std::{
    borrow::Cow,
    sync::{Arc, Weak},
};

use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    PREFIX,
    answers::{Problem, left, problem},
    content::Draft,
    is_admin,
    request::{Request, decoded, pairs},
};
use crate::{control::Control, mock::Mock};

/// Every resource with the methods that it has.
const RESOURCES: [(&str, &str); 27] = [
    ("health", "GET"),
    ("exchanges", "GET, DELETE"),
    ("exchanges/{n}", "GET"),
    ("events", "GET"),
    ("report", "GET"),
    ("unmatched", "GET"),
    ("scenarios", "GET, POST"),
    ("scenarios/{name}", "GET, PUT, DELETE"),
    ("unused", "GET"),
    ("openapi.json", "GET"),
    ("verdict", "GET"),
    ("coverage", "GET"),
    ("sessions", "GET"),
    ("sessions/{name}", "GET, DELETE"),
    ("sessions/{name}/states", "GET, PUT, DELETE"),
    ("sessions/{name}/tokens", "GET"),
    ("sessions/{name}/scenarios", "GET, POST"),
    ("sessions/{name}/scenarios/{scenario}", "PUT, DELETE"),
    ("sessions/{name}/world", "GET, PUT, DELETE"),
    ("sessions/{name}/world/check", "GET"),
    ("sessions/{name}/world/files", "GET, POST"),
    ("sessions/{name}/world/spaces", "GET"),
    ("sessions/{name}/world/folders/{id}", "GET"),
    ("sessions/{name}/world/bins/{id}", "GET"),
    ("sessions/{name}/world/shares", "GET"),
    ("clock", "GET, POST"),
    ("reset", "POST"),
];

/// Answers a request whose body is here.
pub(super) fn route(
    mock: &Arc<Mock>,
    parts: &Parts,
    body: &[u8],
    bodies: usize,
    client: &Weak<()>,
    stopping: &watch::Receiver<bool>,
    secure: bool,
) -> Response<Draft> {
    let Some(path) = Some(parts.uri.path()).filter(|path| is_admin(path)).and_then(|path| path.strip_prefix(PREFIX))
    else {
        return problem(StatusCode::NOT_FOUND, "this port serves the admin API alone, under /__admin").0;
    };
    let path = path.trim_matches('/');
    let control = Control::new(mock);
    let query = pairs(parts.uri.query().unwrap_or_default());
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let last_event = text("last-event-id").filter(|id| !id.is_empty());
    let host = parts.uri.authority().map(http::uri::Authority::as_str).or_else(|| text("host"));
    let here = host.map(|host| format!("{}://{host}", if secure { "https" } else { "http" }));
    let now = Timestamp::now();
    let request = Request { mock, control, query, body, bodies, now, client, last_event, here, stopping };
    let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
    let segments: Vec<Cow<'_, str>> = path.split('/').map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let answered = match (method.as_str(), segments.as_slice()) {
        ("GET", _) if !request.is_awaited() => Err(left()),
        ("GET", ["health"]) => request.health(),
        ("GET", ["exchanges"]) => request.exchanges(),
        ("DELETE", ["exchanges"]) => request.forget_exchanges(),
        ("GET", ["exchanges", number]) => request.exchange(number),
        ("GET", ["events"]) => request.events(),
        ("GET", ["report"]) => request.report(),
        ("GET", ["unmatched"]) => request.unmatched(),
        ("GET", ["scenarios"]) => request.scenarios(),
        ("POST", ["scenarios"]) => request.post_scenario(),
        ("GET", ["scenarios", name]) => request.scenario(name),
        ("PUT", ["scenarios", name]) => request.put_scenario(name),
        ("DELETE", ["scenarios", name]) => request.remove_scenario(name),
        ("GET", ["unused"]) => request.unused(),
        ("GET", ["openapi.json"]) => request.openapi(),
        ("GET", ["verdict"]) => request.verdict(),
        ("GET", ["coverage"]) => request.coverage(),
        ("GET", ["sessions"]) => request.sessions(),
        ("GET", ["sessions", name]) => request.session(name),
        ("DELETE", ["sessions", name]) => request.forget_session(name),
        ("GET", ["sessions", name, "states"]) => request.states(name),
        ("PUT", ["sessions", name, "states"]) => request.put_states(name),
        ("DELETE", ["sessions", name, "states"]) => request.clear_states(name),
        ("GET", ["sessions", name, "tokens"]) => request.tokens(name),
        ("GET", ["sessions", name, "scenarios"]) => request.session_scenarios(name),
        ("POST", ["sessions", name, "scenarios"]) => request.post_session_scenario(name),
        ("PUT", ["sessions", name, "scenarios", scenario]) => request.put_session_scenario(name, scenario),
        ("DELETE", ["sessions", name, "scenarios", scenario]) => request.remove_session_scenario(name, scenario),
        ("GET", ["sessions", name, "world"]) => request.world(name),
        ("PUT", ["sessions", name, "world"]) => request.put_world(name),
        ("DELETE", ["sessions", name, "world"]) => request.reset_world(name),
        ("GET", ["sessions", name, "world", "check"]) => request.check_world(name),
        ("GET", ["sessions", name, "world", "files"]) => request.file(name),
        ("POST", ["sessions", name, "world", "files"]) => request.put_file(name),
        ("GET", ["sessions", name, "world", "spaces"]) => request.spaces(name),
        ("GET", ["sessions", name, "world", "folders", id]) => request.folder(name, id),
        ("GET", ["sessions", name, "world", "bins", id]) => request.bin(name, id),
        ("GET", ["sessions", name, "world", "shares"]) => request.shares(name),
        ("GET", ["clock"]) => request.clock(),
        ("POST", ["clock"]) => request.move_clock(),
        ("POST", ["reset"]) => request.reset(),
        _ => Err(elsewhere(&parts.method, path, &segments)),
    };
    answered.unwrap_or_else(|problem| problem.0)
}

/// What is said to a method or path that is not there.
fn elsewhere(method: &Method, path: &str, segments: &[&str]) -> Problem {
    let fits = |resource: &str| {
        let parts: Vec<&str> = resource.split('/').collect();
        parts.len() == segments.len()
            && parts.iter().zip(segments).all(|(part, segment)| part.starts_with('{') || part == segment)
    };
    if let Some((_, allowed)) = RESOURCES.iter().find(|(resource, _)| fits(resource)) {
        let detail = format!("{method} is not possible here; allowed: {allowed}");
        let mut problem = problem(StatusCode::METHOD_NOT_ALLOWED, detail);
        problem.0.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
        return problem;
    }
    let known: Vec<&str> = RESOURCES.iter().map(|(resource, _)| *resource).collect();
    problem(StatusCode::NOT_FOUND, format!("the admin API has no `/{path}`; it has {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, mock::Options};

    #[tokio::test]
    async fn every_resource_that_is_listed_exists() {
        let mock = Arc::new(Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default()));
        let waiting = Arc::new(());
        let client = Arc::downgrade(&waiting);
        let stopping = watch::channel(false).1;
        for (resource, methods) in RESOURCES {
            let path = format!(
                "/__admin/{}",
                resource
                    .replace("{n}", "1")
                    .replace("{name}", "default")
                    .replace("{scenario}", "s")
                    .replace("{id}", "1")
            );
            for method in methods.split(", ") {
                let (parts, ()) = http::Request::builder().method(method).uri(&path).body(()).unwrap().into_parts();
                let response = route(&mock, &parts, b"{}", 0, &client, &stopping, false);
                assert_ne!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                let Draft::Whole(body) = response.body() else {
                    assert_eq!(resource, "events");
                    continue;
                };
                let text = String::from_utf8_lossy(body);
                assert!(!text.contains("the admin API has no"), "{method} {path}");
            }
            let (parts, ()) = http::Request::builder().method("TRACE").uri(&path).body(()).unwrap().into_parts();
            assert_eq!(
                route(&mock, &parts, b"", 0, &client, &stopping, false).status(),
                StatusCode::METHOD_NOT_ALLOWED,
                "{path}"
            );
        }
    }
}
