//! What clients created: `sessions/{name}/world`, its `check` and its `files`.

use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::{Answered, Request, content::Draft, json, left, no_content, problem, respond};

/// The bytes of files that a dump has, if nobody says how many.
const BYTES: usize = 1 << 20;

/// The most that may be asked for: a seed has 16 MB.
const MOST_BYTES: usize = 8 << 20;

impl Request<'_> {
    /// The world as a seed that makes it again. `?bytes=1048576` says how many bytes of files are written out.
    pub(super) fn world(&self, session: &str) -> Answered {
        self.known_parameters(&["bytes"])?;
        let bytes = match self.parameter("bytes") {
            None => BYTES,
            Some(text) => text.parse().ok().filter(|bytes| *bytes <= MOST_BYTES).ok_or_else(|| {
                let message = format!("`bytes` is a number from 0 to {MOST_BYTES}, and not `{text}`");
                problem(StatusCode::BAD_REQUEST, message)
            })?,
        };
        Ok(json(StatusCode::OK, Draft::Whole(self.control.world_text(session, bytes, self.now)?.into_bytes())))
    }

    /// Gives the session the world of the seed in the body. One that is wrong is refused, and the world stays as it is.
    pub(super) fn put_world(&self, session: &str) -> Answered {
        self.known_parameters(&[])?;
        let text = std::str::from_utf8(self.body).map_err(|error| {
            let byte = error.valid_up_to();
            problem(StatusCode::BAD_REQUEST, format!("a seed is UTF-8 text; byte {byte} of the body is not"))
        })?;
        if !self.is_awaited() {
            return Err(left());
        }
        self.control.put_world(session, text, self.now)?;
        Ok(no_content())
    }

    /// Back to what the session began with.
    pub(super) fn reset_world(&self, session: &str) -> Answered {
        self.known_parameters(&[])?;
        self.control.reset_world(session, self.now)?;
        Ok(no_content())
    }

    /// What does not hold together; nothing if all is well.
    pub(super) fn check_world(&self, session: &str) -> Answered {
        self.known_parameters(&[])?;
        let broken = self.control.world(session, self.now)?.check();
        Ok(respond(StatusCode::OK, &serde_json::json!({ "broken": broken })))
    }

    /// What is known of the file at a path; with `?content` its bytes.
    pub(super) fn file(&self, session: &str) -> Answered {
        let path = self.path(&["path", "content"])?;
        if self.parameter("content").is_none() {
            return Ok(respond(StatusCode::OK, &self.control.file(session, path, self.now)?));
        }
        let bytes = self.control.file_bytes(session, path, self.now)?;
        let mut response = json(StatusCode::OK, Draft::Whole(bytes.into()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        Ok(response)
    }

    /// Puts the body as a file at a path.
    pub(super) fn put_file(&self, session: &str) -> Answered {
        let path = self.path(&["path"])?;
        Ok(respond(StatusCode::CREATED, &self.control.put_file(session, path, self.body, self.now)?))
    }

    /// `?path=lin/notes/todo.txt`
    fn path(&self, known: &[&str]) -> Result<&str, super::Problem> {
        self.known_parameters(known)?;
        let missing = || problem(StatusCode::BAD_REQUEST, "`path` is missing: `?path=lin/notes/todo.txt`");
        self.parameter("path").ok_or_else(missing)
    }
}
