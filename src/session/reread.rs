//! A request of the journal, read once more: what it held is not kept, because hardly anybody asks.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{Exchange, split_session};
use crate::contract::{Call, Contract, Payload, Request};

impl Exchange {
    /// Works with the values of the request, read as they were when it came; nothing for what never became a request. Its credential is
    /// gone, which changes none of its values.
    pub fn reread<T>(&self, contract: &Contract, work: impl FnOnce(&Request<'_>, &Call<'_>) -> T) -> Option<T> {
        let (method, target) = self.recorded.line()?;
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut headers = HeaderMap::new();
        for (name, value) in self.recorded.headers() {
            headers.append(HeaderName::try_from(name).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        let (base, path) = split_session(path);
        let body = Payload::Whole(self.recorded.body());
        let request = Request { version: self.version, base, query, ..Request::new(&method, path, &headers, body) };
        contract.values(&request).map(|call| work(&request, &call))
    }
}
