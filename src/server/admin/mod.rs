//! The admin API under `/__admin`: what the stand-in saw, and what it plays. JSON out, errors as `application/problem+json`.

mod clock;
mod content;
mod desk;
mod events;
mod exchanges;
mod guard;
mod list;
mod openapi;
mod page;
mod scenarios;
mod sessions;
mod tale;
mod world;

use std::{
    borrow::Cow,
    sync::{Arc, Weak},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::{sync::watch, task::spawn_blocking};

use self::content::Draft;
pub use self::guard::AdminAccess;
pub(super) use self::guard::Ends;
pub(super) use self::{
    content::{BrokenOff, Content, Pieces},
    desk::Desk,
};
use super::{
    bodies::Held,
    body::{Broken, Read},
    shared::Shared,
};
use crate::{
    control::{Control, ControlError},
    diagnostic::{Diagnostic, Style, to_json, to_text},
    mock::Mock,
};

const PREFIX: &str = "/__admin";

/// What is asked by whoever waits for the server, and answered however much there is to do.
const HEALTH: &str = "/__admin/health";

/// Mistakes of a scenario or a seed that are shown with the lines where they are.
const MOST_SHOWN: usize = 20;

/// Every resource with the methods that it has.
const RESOURCES: [(&str, &str); 22] = [
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
    ("sessions/{name}/scenarios", "GET, POST"),
    ("sessions/{name}/scenarios/{scenario}", "PUT, DELETE"),
    ("sessions/{name}/world", "GET, PUT, DELETE"),
    ("sessions/{name}/world/check", "GET"),
    ("sessions/{name}/world/files", "GET, POST"),
    ("clock", "GET, POST"),
    ("reset", "POST"),
];

/// A request to the admin API.
struct Request<'r> {
    mock: &'r Arc<Mock>,
    control: Control<'r>,
    /// Names and values of the query, decoded.
    query: Vec<(&'r str, Cow<'r, str>)>,
    body: &'r [u8],
    /// Bytes of memory that bodies hold.
    bodies: usize,
    /// The system's time.
    now: Timestamp,
    /// Lives as long as somebody waits for the answer.
    client: &'r Weak<()>,
    /// `Last-Event-ID`.
    last_event: Option<&'r str>,
    /// Where calls are sent to, as this one says it.
    host: Option<&'r str>,
    /// Whether the server stops.
    stopping: &'r watch::Receiver<bool>,
}

/// Whether a path is the admin API's.
pub(super) fn is_admin(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a browser asks for a page to show.
pub(super) fn is_for_page(parts: &Parts) -> bool {
    page::wants_page(&parts.headers) && matches!(parts.method, Method::GET | Method::HEAD)
}

/// Answers an admin request. `X-Understudy-Answer: admin` tells it from the answers of the API.
pub(super) async fn answer(
    shared: &Shared,
    access: &AdminAccess,
    ends: Ends,
    parts: &Parts,
    body: Result<Read, Broken>,
    held: Held,
) -> Response<Content> {
    if let Some(mut page) = page::answer(parts) {
        page.headers_mut().insert("x-understudy-answer", HeaderValue::from_static("admin"));
        return page;
    }
    let has_body = !matches!(&body, Ok(Read::Whole(bytes)) if bytes.is_empty());
    let drafted = match body {
        _ if let Err(refused) = admitted(access, ends, parts, has_body) => refused,
        Err(_) => problem(StatusCode::BAD_REQUEST, "the body did not come to its end").0,
        // Files are bodies of the API alone.
        Ok(Read::TooLarge | Read::Content(_)) => problem(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large").0,
        Ok(Read::NoRoom) => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "there was no memory for the body; send it again later").0
        }
        Ok(Read::Whole(body)) => {
            let (mock, parts, bodies) = (shared.current.load_full(), parts.clone(), shared.bodies.held());
            let stopping = shared.connections.stopping();
            let waiting = Arc::new(());
            let client = Arc::downgrade(&waiting);
            // Reading a large journal or a large scenario takes its time, which no call should wait for.
            let quick = parts.uri.path() == HEALTH;
            let work = move || {
                let answered = route(&mock, &parts, &body, bodies, &client, &stopping);
                drop((body, held));
                answered
            };
            let answered = if quick { spawn_blocking(work).await } else { shared.desk.work(work).await };
            drop(waiting);
            answered.unwrap_or_else(|_| {
                problem(StatusCode::INTERNAL_SERVER_ERROR, "the admin API failed; please report it").0
            })
        }
    };
    let (head, draft) = drafted.into_parts();
    let mut response = match Content::keep(draft, &shared.desk) {
        Some(content) => Response::from_parts(head, content),
        None => {
            let detail = "there was no memory for the answer; ask again later, or allow more with --bodies";
            let (head, draft) = problem(StatusCode::SERVICE_UNAVAILABLE, detail).0.into_parts();
            Response::from_parts(head, Content::keep(draft, &shared.desk).unwrap_or(Content::Whole(Bytes::new())))
        }
    };
    response.headers_mut().insert("x-understudy-answer", HeaderValue::from_static("admin"));
    response
}

/// Whether a request may be answered; else what it is told.
fn admitted(access: &AdminAccess, ends: Ends, parts: &Parts, has_body: bool) -> Result<(), Response<Draft>> {
    if parts.uri.path() == HEALTH && matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    access.admits(parts, has_body, ends).map_err(|refused| {
        let mut response = problem(refused.status, refused.reason).0;
        if refused.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    })
}

fn route(
    mock: &Arc<Mock>,
    parts: &Parts,
    body: &[u8],
    bodies: usize,
    client: &Weak<()>,
    stopping: &watch::Receiver<bool>,
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
    let now = Timestamp::now();
    let request = Request { mock, control, query, body, bodies, now, client, last_event, host, stopping };
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

/// An answer, or the problem that is in its way.
type Answered = Result<Response<Draft>, Problem>;

/// Why a request to the admin API is not answered as asked, ready to be sent.
struct Problem(Response<Draft>);

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let status = match &error {
            ControlError::NoExchangeYet(_)
            | ControlError::NoScenario { .. }
            | ControlError::NoSession(_)
            | ControlError::NoWorld
            | ControlError::NoFile(_) => StatusCode::NOT_FOUND,
            ControlError::ExchangeGone(_) => StatusCode::GONE,
            ControlError::OtherName { .. } | ControlError::NoPlace(_) | ControlError::Full(_) => StatusCode::CONFLICT,
            ControlError::TooManyStates => StatusCode::PAYLOAD_TOO_LARGE,
            ControlError::WrongScenario(diagnostics) | ControlError::WrongSeed(diagnostics) => {
                let more =
                    serde_json::json!({ "diagnostics": to_json(diagnostics), "text": first_mistakes(diagnostics) });
                return problem_with(StatusCode::UNPROCESSABLE_ENTITY, error.to_string(), more);
            }
            ControlError::NoOperation(_) | ControlError::NotASessionName(_) => StatusCode::BAD_REQUEST,
        };
        problem(status, error.to_string())
    }
}

/// The first mistakes as people read them: each is looked up in the whole text.
fn first_mistakes(diagnostics: &[Diagnostic]) -> String {
    let shown = &diagnostics[..diagnostics.len().min(MOST_SHOWN)];
    let mut text = to_text(shown, Style::Plain);
    let more = diagnostics.len() - shown.len();
    if more > 0 {
        text.push_str(&format!("\n... and {more} more\n"));
    }
    text
}

impl Request<'_> {
    fn health(&self) -> Answered {
        self.known_parameters(&[])?;
        let (mock, contract) = (self.control.mock(), self.control.mock().contract());
        let services = contract.services().iter().enumerate().map(|(index, service)| {
            let operations = contract.operations().iter().filter(|operation| operation.service == index).count();
            serde_json::json!({
                "service": service.description.service,
                "edition": service.description.edition,
                "operations": operations,
            })
        });
        let script = mock.script();
        let scenarios = script.scenarios().iter().map(|scenario| scenario.name.as_str());
        Ok(respond(
            StatusCode::OK,
            &serde_json::json!({
                "status": "ok",
                "version": env!("CARGO_PKG_VERSION"),
                "services": services.collect::<Vec<_>>(),
                "scenarios": scenarios.collect::<Vec<_>>(),
                "seed": script.seed(),
                "exchanges": mock.journal().next_number() - 1,
                "bodies": self.bodies,
            }),
        ))
    }

    fn reset(&self) -> Answered {
        self.known_parameters(&[])?;
        self.control.reset();
        Ok(no_content())
    }

    /// Whether somebody still waits for the answer.
    fn is_awaited(&self) -> bool {
        self.client.strong_count() > 0
    }

    /// A parameter of the query.
    fn parameter(&self, wanted: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_ref())
    }

    /// Refuses parameters that mean nothing here: a filter with a slip of the pen would filter nothing.
    fn known_parameters(&self, known: &[&str]) -> Result<(), Problem> {
        match self.query.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) if known.is_empty() => {
                Err(problem(StatusCode::BAD_REQUEST, format!("unknown parameter `{name}`; there are none here")))
            }
            Some((name, _)) => {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Err(problem(StatusCode::BAD_REQUEST, format!("unknown parameter `{name}`; known: {known}")))
            }
        }
    }

    /// The body as JSON.
    fn json(&self) -> Result<Value, Problem> {
        serde_json::from_slice(self.body)
            .map_err(|error| problem(StatusCode::BAD_REQUEST, format!("the body is not valid JSON: {error}")))
    }
}

fn pairs(query: &str) -> Vec<(&str, Cow<'_, str>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (name, decoded(value))).collect()
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

fn respond(status: StatusCode, value: &impl Serialize) -> Response<Draft> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    json(status, Draft::Whole(text))
}

fn json(status: StatusCode, draft: Draft) -> Response<Draft> {
    let mut response = Response::new(draft);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn no_content() -> Response<Draft> {
    let mut response = Response::new(Draft::Whole(Vec::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// What nobody will read.
fn left() -> Problem {
    problem(StatusCode::BAD_REQUEST, "the client left")
}

fn problem(status: StatusCode, detail: impl Into<String>) -> Problem {
    problem_with(status, detail, serde_json::json!({}))
}

/// A problem with members of its own (RFC 9457).
fn problem_with(status: StatusCode, detail: impl Into<String>, more: Value) -> Problem {
    let title = status.canonical_reason().unwrap_or_default();
    let mut body = serde_json::json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail.into() });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    let mut response = respond(status, &body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Problem(response)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::{contract::SpecFiles, mock::Options, server::Limits};

    const HERE: Ends = Ends { client: IpAddr::V4(Ipv4Addr::LOCALHOST), server: None };

    #[tokio::test]
    async fn clients_elsewhere_are_turned_away_but_may_ask_whether_it_is_there() {
        let mock = Arc::new(Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default()));
        let shared = Shared::new(mock, Limits::default(), None);
        let access = AdminAccess { hosts: Vec::new(), token: Some("t".to_owned()) };
        let there = Ends { client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8)), ..HERE };
        for (ends, path, status) in [
            (HERE, "/__admin/clock", StatusCode::OK),
            (there, "/__admin/clock", StatusCode::UNAUTHORIZED),
            (there, "/__admin/health", StatusCode::OK),
        ] {
            let (parts, ()) = http::Request::get(path).body(()).unwrap().into_parts();
            let nothing = Ok(Read::Whole(Bytes::new()));
            let answered = answer(&shared, &access, ends, &parts, nothing, Held::default()).await;
            assert_eq!(answered.status(), status);
            assert_eq!(answered.headers().contains_key(header::WWW_AUTHENTICATE), status == StatusCode::UNAUTHORIZED);
        }
    }

    #[tokio::test]
    async fn anybody_may_have_the_page_and_nobody_else_its_data() {
        let mock = Arc::new(Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default()));
        let shared = Shared::new(mock, Limits::default(), None);
        let access = AdminAccess { hosts: Vec::new(), token: Some("t".to_owned()) };
        let there = Ends { client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8)), ..HERE };
        for (path, status) in [("/__admin/", StatusCode::OK), ("/__admin/events", StatusCode::UNAUTHORIZED)] {
            let (parts, ()) = http::Request::get(path).header("accept", "text/html").body(()).unwrap().into_parts();
            let nothing = Ok(Read::Whole(Bytes::new()));
            assert_eq!(answer(&shared, &access, there, &parts, nothing, Held::default()).await.status(), status);
        }
    }

    #[test]
    fn nothing_is_played_for_a_client_that_has_left() {
        let mock = Arc::new(Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default()));
        let shared = Shared::new(Arc::clone(&mock), Limits::default(), None);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
        let text = "scenario: s\nrules: []\n";
        let put = |path: &str| {
            let (parts, ()) = http::Request::put(path).body(()).unwrap().into_parts();
            let shared = &shared;
            async move {
                let body = Ok(Read::Whole(Bytes::from(text)));
                answer(shared, &AdminAccess::default(), HERE, &parts, body, Held::default()).await.status()
            }
        };
        runtime.block_on(async {
            // The only thread for such work waits until the clients have left.
            let (let_go, wait) = std::sync::mpsc::channel::<()>();
            let busy = spawn_blocking(move || wait.recv());
            for path in ["/__admin/scenarios/s", "/__admin/sessions/a/scenarios/s"] {
                let mut under_way = Box::pin(put(path));
                std::future::poll_fn(|context| {
                    assert!(under_way.as_mut().poll(context).is_pending());
                    std::task::Poll::Ready(())
                })
                .await;
            }
            let_go.send(()).unwrap();
            busy.await.unwrap().unwrap();
            // What comes after them is done after them.
            spawn_blocking(|| ()).await.unwrap();
            assert!(mock.script().scenarios().is_empty() && mock.sessions().get("a").is_none());
            assert_eq!(put("/__admin/scenarios/s").await, StatusCode::CREATED);
        });
        assert_eq!(mock.script().scenarios().len(), 1);
    }

    #[test]
    fn only_its_own_paths_are_the_admin_apis() {
        assert!(is_admin("/__admin") && is_admin("/__admin/health"));
        assert!(!is_admin("/__administrator") && !is_admin("/koodrive/__admin"));
    }

    #[tokio::test]
    async fn every_resource_that_is_listed_exists() {
        let mock = Arc::new(Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default()));
        let waiting = Arc::new(());
        let client = Arc::downgrade(&waiting);
        let stopping = watch::channel(false).1;
        for (resource, methods) in RESOURCES {
            let path = format!(
                "/__admin/{}",
                resource.replace("{n}", "1").replace("{name}", "default").replace("{scenario}", "s")
            );
            for method in methods.split(", ") {
                let (parts, ()) = http::Request::builder().method(method).uri(&path).body(()).unwrap().into_parts();
                let response = route(&mock, &parts, b"{}", 0, &client, &stopping);
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
                route(&mock, &parts, b"", 0, &client, &stopping).status(),
                StatusCode::METHOD_NOT_ALLOWED,
                "{path}"
            );
        }
    }
}
