//! The admin API under `/__admin`: what the stand-in saw. JSON out, errors as `application/problem+json`.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use crate::{mock::Mock, report, session::Exchange};

const PREFIX: &str = "/__admin";

/// Whether a path is the admin API's.
pub(super) fn is_admin(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers an admin request. `X-Understudy-Answer: admin` tells it from the answers of the API.
/// Clients elsewhere are turned away: the journal is nobody's business but this machine's.
pub(super) fn answer(mock: &Mock, parts: &Parts, local: bool) -> Response<Bytes> {
    let mut response = if local {
        route(mock, parts)
    } else {
        problem(StatusCode::FORBIDDEN, "the admin API answers clients on this machine only")
    };
    response.headers_mut().insert("x-understudy-answer", HeaderValue::from_static("admin"));
    response
}

fn route(mock: &Mock, parts: &Parts) -> Response<Bytes> {
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default().trim_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let get = parts.method == Method::GET || parts.method == Method::HEAD;
    match segments.as_slice() {
        ["health"] if get => health(mock),
        ["exchanges"] if get => exchanges(mock, parts.uri.query().unwrap_or_default()),
        ["exchanges"] if parts.method == Method::DELETE => {
            mock.journal().clear();
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        ["exchanges", number] if get => exchange(mock, number),
        ["verdict"] if get => verdict(mock, parts.uri.query().unwrap_or_default()),
        ["health" | "exchanges" | "verdict"] | ["exchanges", _] => {
            let allowed = if segments == ["exchanges"] { "GET, DELETE" } else { "GET" };
            let mut response = problem(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{} is not possible here; allowed: {allowed}", parts.method),
            );
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
            response
        }
        _ => problem(
            StatusCode::NOT_FOUND,
            format!(
                "the admin API has no `/{path}`; it has GET health, GET exchanges, GET exchanges/{{n}}, DELETE exchanges and \
                 GET verdict"
            ),
        ),
    }
}

fn health(mock: &Mock) -> Response<Bytes> {
    let contract = mock.contract();
    let services = contract.services().iter().enumerate().map(|(index, service)| {
        let operations = contract.operations().iter().filter(|operation| operation.service == index).count();
        json!({
            "service": service.description.service,
            "edition": service.description.edition,
            "operations": operations,
        })
    });
    let script = mock.script();
    let scenarios = script.scenarios().iter().map(|scenario| scenario.name.as_str());
    respond(
        StatusCode::OK,
        &json!({
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
            "services": services.collect::<Vec<_>>(),
            "scenarios": scenarios.collect::<Vec<_>>(),
            "exchanges": mock.journal().next_number() - 1,
        }),
    )
}

/// `?session=NAME&operation=NAME&violations=true`, each optional.
fn exchanges(mock: &Mock, query: &str) -> Response<Bytes> {
    type Filter<'f> = Box<dyn Fn(&Exchange) -> bool + 'f>;
    let mut wanted: Vec<Filter<'_>> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        match (name, value.as_str()) {
            ("session", _) => wanted.push(Box::new(move |exchange| exchange.session() == value)),
            ("operation", _) => {
                let ids = mock.contract().named(&value);
                if ids.is_empty() {
                    return problem(StatusCode::BAD_REQUEST, format!("there is no operation `{value}`"));
                }
                wanted.push(Box::new(move |exchange| exchange.operation.is_some_and(|id| ids.contains(&id))));
            }
            ("violations", "true") => wanted.push(Box::new(|exchange| !exchange.violations.is_empty())),
            ("violations", "false") => wanted.push(Box::new(|exchange| exchange.violations.is_empty())),
            ("violations", _) => {
                return problem(StatusCode::BAD_REQUEST, "`violations` is `true` or `false`");
            }
            _ => {
                let known = "`session`, `operation` and `violations`";
                return problem(StatusCode::BAD_REQUEST, format!("unknown parameter `{name}`; known are {known}"));
            }
        }
    }
    let all = mock.journal().all();
    let chosen = all.iter().filter(|exchange| wanted.iter().all(|wanted| wanted(exchange)));
    let list: Vec<Value> = chosen.map(|exchange| exchange.to_json(mock.contract(), mock.redaction())).collect();
    respond(StatusCode::OK, &json!({ "exchanges": list }))
}

fn exchange(mock: &Mock, number: &str) -> Response<Bytes> {
    let Ok(number) = number.parse() else {
        return problem(StatusCode::BAD_REQUEST, format!("`{number}` is no number of an exchange"));
    };
    match mock.journal().get(number) {
        Some(exchange) => respond(StatusCode::OK, &exchange.to_json(mock.contract(), mock.redaction())),
        None if number >= mock.journal().next_number() || number == 0 => {
            problem(StatusCode::NOT_FOUND, format!("there was no exchange {number} yet"))
        }
        None => problem(StatusCode::GONE, format!("exchange {number} is no longer in the journal")),
    }
}

/// `?session=NAME`, optional.
fn verdict(mock: &Mock, query: &str) -> Response<Bytes> {
    let mut session = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("session", name)) => session = Some(percent_encoding::percent_decode_str(name).decode_utf8_lossy()),
            _ => {
                let name = pair.split('=').next().unwrap_or_default();
                return problem(StatusCode::BAD_REQUEST, format!("unknown parameter `{name}`; known is `session`"));
            }
        }
    }
    let verdict = report::judge(mock.journal(), mock.script().scenarios(), mock.contract(), session.as_deref());
    respond(StatusCode::OK, &verdict.to_json())
}

fn respond(status: StatusCode, value: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{value:#}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn problem(status: StatusCode, detail: impl Into<String>) -> Response<Bytes> {
    let title = status.canonical_reason().unwrap_or_default();
    let mut response = respond(
        status,
        &json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail.into() }),
    );
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, mock::Options};

    #[test]
    fn clients_elsewhere_are_turned_away() {
        let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
        let (parts, ()) = http::Request::get("/__admin/health").body(()).unwrap().into_parts();
        assert_eq!(answer(&mock, &parts, true).status(), StatusCode::OK);
        assert_eq!(answer(&mock, &parts, false).status(), StatusCode::FORBIDDEN);
    }

    #[test]
    fn only_its_own_paths_are_the_admin_apis() {
        assert!(is_admin("/__admin") && is_admin("/__admin/health"));
        assert!(!is_admin("/__administrator") && !is_admin("/koodrive/__admin"));
    }
}
