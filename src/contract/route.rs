//! From method and path to operation. Literal segments win over parameters.

use std::{borrow::Cow, collections::HashMap};

use http::Method;
use percent_encoding::percent_decode_str;

use super::operation::OperationId;
use crate::diagnostic::did_you_mean;

/// Finds operations by method and path. Each method has its own tree, because a literal path of one method must not hide a
/// parameter of another.
#[derive(Default)]
pub struct Router {
    trees: HashMap<Method, matchit::Router<OperationId>>,
    /// Method and path template in the order they were added, for "did you mean".
    known: Vec<(Method, String)>,
}

/// Why a path cannot be routed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Another operation has the same method, and a path that cannot be told from this one.
    #[error("it cannot be told from `{with}`")]
    Taken {
        /// The path of the other operation.
        with: String,
    },
    /// Braces that do not enclose the name of a parameter, or more than one parameter in a segment.
    #[error("a parameter is a whole segment such as `{{id}}`")]
    Parameter,
}

impl From<matchit::InsertError> for RouteError {
    fn from(error: matchit::InsertError) -> Self {
        match error {
            matchit::InsertError::Conflict { with } => Self::Taken { with },
            _ => Self::Parameter,
        }
    }
}

/// An operation and the raw, still encoded values of its path parameters.
pub struct Match<'r, 'p> {
    /// The operation.
    pub operation: OperationId,
    parameters: matchit::Params<'r, 'p>,
}

impl Match<'_, '_> {
    /// The decoded value of a path parameter.
    ///
    /// # Errors
    ///
    /// The raw text, when a percent sign is not followed by two hex digits or the bytes are no UTF-8.
    pub fn parameter(&self, name: &str) -> Option<Result<Cow<'_, str>, &str>> {
        self.parameters.get(name).map(|raw| decode(raw).ok_or(raw))
    }
}

impl Router {
    /// Adds a route. A path that ends in `/` is found without it too.
    ///
    /// # Errors
    ///
    /// When another operation has the same method and path, or the template is no path.
    pub fn insert(&mut self, method: &Method, template: &str, operation: OperationId) -> Result<(), RouteError> {
        let tree = self.trees.entry(method.clone()).or_default();
        tree.insert(template, operation)?;
        if let Some(bare) = template.strip_suffix('/').filter(|bare| !bare.is_empty()) {
            tree.insert(bare, operation)?;
        }
        self.known.push((method.clone(), template.to_owned()));
        Ok(())
    }

    /// The operation that answers a raw request path. HEAD is answered by what answers GET.
    pub fn find<'r, 'p>(&'r self, method: &Method, path: &'p str) -> Option<Match<'r, 'p>> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let found = self.trees.get(method)?.at(path).ok()?;
        Some(Match { operation: *found.value, parameters: found.params })
    }

    /// What a request without a route was probably meant to be: the same path with another method, or a path like it.
    pub fn nearest(&self, method: &Method, path: &str) -> Option<String> {
        let mut others: Vec<&Method> =
            self.trees.iter().filter(|(_, tree)| tree.at(path).is_ok()).map(|(method, _)| method).collect();
        if !others.is_empty() {
            others.sort_by_key(|method| method.as_str());
            let others: Vec<String> = others.iter().map(|method| format!("{method} {path}")).collect();
            return Some(others.join(" or "));
        }
        let same_method = || self.known.iter().filter(|(known, _)| known == method).map(|(_, path)| path.as_str());
        let any_method = || self.known.iter().map(|(_, path)| path.as_str());
        let close = did_you_mean(path, same_method()).or_else(|| did_you_mean(path, any_method()))?;
        let (method, path) = self
            .known
            .iter()
            .find(|(known, other)| other == close && known == method)
            .or_else(|| self.known.iter().find(|(_, other)| other == close))?;
        Some(format!("{method} {path}"))
    }
}

/// The path as the router reads it: what may stand unencoded in a path does, and what has a meaning when it stands unencoded
/// (`/` above all) stays encoded. So `/%6Fse/a%2Fb` finds `/ose/{id}` with the id `a/b`.
pub fn normalise(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let bytes = path.as_bytes();
    let mut result = String::with_capacity(path.len());
    let mut index = 0;
    while index < bytes.len() {
        let encoded = (bytes[index] == b'%').then(|| path.get(index + 1..index + 3)).flatten();
        match encoded.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                result.push(char::from(byte));
                index += 3;
            }
            _ => {
                let next = (index + 1..=bytes.len()).find(|next| path.is_char_boundary(*next)).unwrap_or(bytes.len());
                result.push_str(&path[index..next]);
                index = next;
            }
        }
    }
    Cow::Owned(result)
}

/// Percent-decodes; nothing where the text is no valid encoding of UTF-8.
pub fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
    let bytes = raw.as_bytes();
    let broken = bytes.iter().enumerate().any(|(index, byte)| {
        *byte == b'%' && !bytes.get(index + 1..index + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    });
    if broken { None } else { percent_decode_str(raw).decode_utf8().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Router {
        let mut router = Router::default();
        for (index, (method, path)) in routes.iter().enumerate() {
            router.insert(&method.parse().unwrap(), path, OperationId::from_index(index)).unwrap();
        }
        router
    }

    fn find(router: &Router, method: &str, path: &str) -> Option<usize> {
        router.find(&method.parse().unwrap(), &normalise(path)).map(|found| found.operation.index())
    }

    #[test]
    fn literal_segments_win_whatever_the_order() {
        let router =
            router(&[("POST", "/files/{type}"), ("POST", "/files/search"), ("GET", "/{job}"), ("GET", "/jobs/x")]);
        assert_eq!(find(&router, "POST", "/files/search"), Some(1));
        assert_eq!(find(&router, "POST", "/files/searching"), Some(0));
        assert_eq!(find(&router, "GET", "/jobs"), Some(2));
        assert_eq!(find(&router, "GET", "/jobs/y"), None);
    }

    #[test]
    fn a_literal_of_another_method_does_not_hide_a_parameter() {
        let router = router(&[("GET", "/space/{id}"), ("POST", "/space/group")]);
        assert_eq!(find(&router, "GET", "/space/group"), Some(0));
        assert_eq!(find(&router, "POST", "/space/group"), Some(1));
        assert_eq!(find(&router, "HEAD", "/space/1"), Some(0));
    }

    #[test]
    fn segments_are_decoded_one_by_one() {
        let router = router(&[("GET", "/ose/{id}")]);
        let path = normalise("/%6Fse/a%2Fb%20%E7%A9%BA");
        let found = router.find(&Method::GET, &path).unwrap();
        assert_eq!(found.parameter("id").unwrap().unwrap(), "a/b 空");
        assert_eq!(find(&router, "GET", "/ose%2Fx"), None);
    }

    #[test]
    fn broken_encoding_is_found_out_not_guessed() {
        let router = router(&[("GET", "/ose/{id}")]);
        for raw in ["%", "%2", "%zz", "%ff", "a%é"] {
            let path = format!("/ose/{raw}");
            let path = normalise(&path);
            assert_eq!(router.find(&Method::GET, &path).unwrap().parameter("id").unwrap(), Err(raw));
        }
    }

    #[test]
    fn a_documented_trailing_slash_is_optional_and_others_are_not() {
        let router = router(&[("POST", "/session/"), ("GET", "/share")]);
        assert_eq!(find(&router, "POST", "/session"), Some(0));
        assert_eq!(find(&router, "POST", "/session/"), Some(0));
        assert_eq!(find(&router, "GET", "/share/"), None);
    }

    #[test]
    fn says_what_was_probably_meant() {
        let router = router(&[("POST", "/ose/v1/share"), ("GET", "/ose/v1/share/{id}")]);
        assert_eq!(router.nearest(&Method::GET, "/ose/v1/share").as_deref(), Some("POST /ose/v1/share"));
        assert_eq!(router.nearest(&Method::POST, "/ose/v1/shares").as_deref(), Some("POST /ose/v1/share"));
        assert_eq!(router.nearest(&Method::POST, "/teapot"), None);
    }

    #[test]
    fn the_same_route_twice_is_an_error() {
        let mut router = router(&[("GET", "/a/{x}")]);
        assert!(router.insert(&Method::GET, "/a/{y}", OperationId::from_index(1)).is_err());
        assert!(router.insert(&Method::POST, "/a/{y}", OperationId::from_index(1)).is_ok());
    }
}
