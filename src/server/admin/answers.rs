//! What the admin API answers: JSON, and problems (RFC 9457).

use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::content::Draft;
use crate::{
    control::ControlError,
    diagnostic::{Diagnostic, Style, to_json, to_text},
};

/// Mistakes of a scenario or a seed that are shown with the lines where they are.
const MOST_SHOWN: usize = 20;

/// An answer, or the problem that is in its way.
pub(super) type Answered = Result<Response<Draft>, Problem>;

/// Why a request to the admin API is not answered as asked, ready to be sent.
pub(super) struct Problem(pub(super) Response<Draft>);

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let status = match &error {
            ControlError::NoExchangeYet(_)
            | ControlError::NoScenario { .. }
            | ControlError::NoSession(_)
            | ControlError::NoWorld
            | ControlError::NoFile(_)
            | ControlError::NotInWorld { .. } => StatusCode::NOT_FOUND,
            ControlError::ExchangeGone(_) => StatusCode::GONE,
            ControlError::OtherName { .. } | ControlError::NoPlace(_) | ControlError::Full(_) => StatusCode::CONFLICT,
            ControlError::TooManyStates => StatusCode::PAYLOAD_TOO_LARGE,
            ControlError::WrongScenario(diagnostics) | ControlError::WrongSeed(diagnostics) => {
                let more =
                    serde_json::json!({ "diagnostics": to_json(diagnostics), "text": first_mistakes(diagnostics) });
                return problem_with(StatusCode::UNPROCESSABLE_ENTITY, error.to_string(), more);
            }
            ControlError::NoOperation(_) | ControlError::NotASessionName(_) | ControlError::NoSuchPart(_) => {
                StatusCode::BAD_REQUEST
            }
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

pub(super) fn respond(status: StatusCode, value: &impl Serialize) -> Response<Draft> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    json(status, Draft::Whole(text))
}

pub(super) fn json(status: StatusCode, draft: Draft) -> Response<Draft> {
    let mut response = Response::new(draft);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) fn no_content() -> Response<Draft> {
    let mut response = Response::new(Draft::Whole(Vec::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// What nobody will read.
pub(super) fn left() -> Problem {
    problem(StatusCode::BAD_REQUEST, "the client left")
}

pub(super) fn problem(status: StatusCode, detail: impl Into<String>) -> Problem {
    problem_with(status, detail, serde_json::json!({}))
}

/// A problem with members of its own (RFC 9457).
pub(super) fn problem_with(status: StatusCode, detail: impl Into<String>, more: Value) -> Problem {
    let title = status.canonical_reason().unwrap_or_default();
    let mut body = serde_json::json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail.into() });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    let mut response = respond(status, &body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Problem(response)
}
