//! The admin API under `/__admin`: what the stand-in saw, and what it plays. JSON out, errors as `application/problem+json`.

mod answers;
mod browse;
mod clock;
mod content;
mod desk;
mod events;
mod exchanges;
mod guard;
mod health;
mod list;
mod openapi;
mod page;
mod request;
mod routes;
mod scenarios;
mod sessions;
mod tale;
mod world;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use tokio::task::spawn_blocking;

pub use self::guard::AdminAccess;
pub(super) use self::guard::Ends;
use self::{
    answers::{Answered, Problem, json, left, no_content, problem, respond},
    content::Draft,
    request::Request,
    routes::route,
};
pub(super) use self::{
    content::{BrokenOff, Content, Pieces},
    desk::Desk,
};
use super::{
    bodies::Held,
    body::{Broken, Read},
    shared::Shared,
};

const PREFIX: &str = "/__admin";

/// What is asked by whoever waits for the server, and answered however much there is to do.
const HEALTH: &str = "/__admin/health";

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
                let answered = route(&mock, &parts, &body, bodies, &client, &stopping, ends.secure);
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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::{
        contract::SpecFiles,
        mock::{Mock, Options},
        server::Limits,
    };

    const HERE: Ends = Ends { client: IpAddr::V4(Ipv4Addr::LOCALHOST), server: None, secure: false };

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
}
