//! Bodies that are files: hashed as they come, before anybody looks at their requests.

use http::Method;
use percent_encoding::percent_decode_str;

use super::Mock;
use crate::{
    content::Intake,
    session::{DEFAULT, name_of_session, split_session},
};

impl Mock {
    /// What takes the body of a request, where that is a file; nothing for every other request.
    pub fn intake(&self, method: &Method, path: &str, query: Option<&str>) -> Option<Intake> {
        let (base, path) = split_session(path);
        let limit = self.contract.content_of(method, path)?.content?.limit;
        let session = self.sessions.get(name_of_session(base).unwrap_or(DEFAULT));
        let store = session.as_ref().and_then(|session| session.world.get());
        let (Some(stage), Some(store)) = (&self.stage, store) else { return Some(Intake::new(limit, None, None)) };
        let value = |wanted: &str| {
            let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(name, _)| *name == wanted)?.1;
            Some(percent_decode_str(value).decode_utf8_lossy())
        };
        let part = value("partNumber").and_then(|number| number.parse().ok()).unwrap_or(0);
        Some(stage.intake(store, &value("uploadId").unwrap_or_default(), part, limit))
    }
}
