//! What clients created: `sessions/{name}/world`, its `check` and its `files`.

use http::StatusCode;

use super::{Answered, Request, content::Draft, json, left, no_content, problem, respond};

impl Request<'_> {
    /// The world as a seed that makes it again.
    pub(super) fn world(&self, session: &str) -> Answered {
        self.known_parameters(&[])?;
        Ok(json(StatusCode::OK, Draft::Whole(self.control.world_text(session, self.now)?.into_bytes())))
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

    pub(super) fn file(&self, session: &str) -> Answered {
        let path = self.path()?;
        Ok(respond(StatusCode::OK, &self.control.file(session, path, self.now)?))
    }

    /// Puts the body as a file at a path.
    pub(super) fn put_file(&self, session: &str) -> Answered {
        let path = self.path()?;
        Ok(respond(StatusCode::CREATED, &self.control.put_file(session, path, self.body, self.now)?))
    }

    /// `?path=lin/notes/todo.txt`
    fn path(&self) -> Result<&str, super::Problem> {
        self.known_parameters(&["path"])?;
        let missing = || problem(StatusCode::BAD_REQUEST, "`path` is missing: `?path=lin/notes/todo.txt`");
        self.parameter("path").ok_or_else(missing)
    }
}
