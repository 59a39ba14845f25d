//! From method and path to operation. Literal segments win over parameters.

mod misread;
mod near;
mod path;
mod template;

use std::{borrow::Cow, collections::HashMap, fmt};

use http::Method;

use self::template::Segment;
pub use self::{
    misread::Misread,
    path::{decode, normalise},
};
use super::operation::OperationId;

/// Finds operations by method and path. Each method has its own tree, so that a literal path of one method does not hide a parameter of
/// another.
#[derive(Default)]
pub struct Router {
    /// Positions in `routes`.
    trees: HashMap<Method, matchit::Router<usize>>,
    /// In the order they were added.
    routes: Vec<Route>,
    /// By first segment.
    prefixes: HashMap<String, near::Prefix>,
}

/// The method and path of an operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{parameters}`.
    pub template: String,
    segments: Vec<Segment>,
    operation: OperationId,
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.template)
    }
}

/// Why a path cannot be routed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Another operation has the same method, and a path that cannot be told apart from this one.
    #[error("it cannot be told apart from `{with}`")]
    Taken {
        /// The path of the other operation.
        with: String,
    },
    /// The braces do not enclose a parameter name, or a segment has more than one parameter.
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

/// A route that was found, with the raw, still encoded values of its path parameters.
pub struct Match<'r, 'p> {
    /// The operation.
    pub operation: OperationId,
    route: &'r Route,
    parameters: matchit::Params<'r, 'p>,
}

impl Match<'_, '_> {
    /// The decoded value of a path parameter.
    ///
    /// # Errors
    ///
    /// The raw text, if a percent sign is not followed by two hex digits or the bytes are not UTF-8.
    pub fn parameter(&self, name: &str) -> Option<Result<Cow<'_, str>, &str>> {
        self.parameters.get(name).map(|raw| decode(raw).ok_or(raw))
    }
}

/// Why no route was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Miss<'r> {
    /// The path is documented with other methods.
    Method(Vec<&'r Method>),
    /// The path is not documented; this is the route that was probably meant.
    Path(Option<&'r Route>),
}

impl Router {
    /// Adds a route. A path that ends in `/` is found without it too.
    ///
    /// # Errors
    ///
    /// When another operation has the same method and path, or the template is not a valid path.
    pub fn insert(&mut self, method: &Method, template: &str, operation: OperationId) -> Result<(), RouteError> {
        let tree = self.trees.entry(method.clone()).or_default();
        let position = self.routes.len();
        tree.insert(template, position)?;
        if let Some(bare) = template.strip_suffix('/').filter(|bare| !bare.is_empty()) {
            tree.insert(bare, position)?;
        }
        let segments = template::segments(template);
        let route = Route { method: method.clone(), template: template.to_owned(), segments, operation };
        self.narrow(&route);
        self.routes.push(route);
        Ok(())
    }

    /// The operation that answers a raw request path. HEAD is answered by what answers GET.
    pub fn find<'r, 'p>(&'r self, method: &Method, path: &'p str) -> Option<Match<'r, 'p>> {
        self.at(self.trees.get(answering(method))?, path)
    }

    /// Why [`Router::find`] found nothing.
    pub fn miss(&self, method: &Method, path: &str) -> Miss<'_> {
        let mut methods: Vec<&Method> =
            self.trees.iter().filter(|(_, tree)| self.knows(tree, path)).map(|(method, _)| method).collect();
        if methods.is_empty() {
            return Miss::Path(self.nearest(answering(method), path));
        }
        methods.sort_by_key(|method| method.as_str());
        Miss::Method(methods)
    }

    /// Whether a tree has a path, and not just a parameter that accepts anything.
    fn knows(&self, tree: &matchit::Router<usize>, path: &str) -> bool {
        self.at(tree, path).is_some_and(|found| self.is_meant(&found))
    }

    fn at<'r, 'p>(&'r self, tree: &'r matchit::Router<usize>, path: &'p str) -> Option<Match<'r, 'p>> {
        let found = tree.at(path).ok()?;
        let route = self.routes.get(*found.value)?;
        Some(Match { operation: route.operation, route, parameters: found.params })
    }
}

/// The method whose operations answer a method.
fn answering(method: &Method) -> &Method {
    if method == Method::HEAD { &Method::GET } else { method }
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
    fn the_same_route_twice_is_an_error() {
        let mut router = router(&[("GET", "/a/{x}")]);
        assert!(router.insert(&Method::GET, "/a/{y}", OperationId::from_index(1)).is_err());
        assert!(router.insert(&Method::POST, "/a/{y}", OperationId::from_index(1)).is_ok());
    }
}
