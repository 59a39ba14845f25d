//! Path parameters that took what was meant as a literal segment: `GET /shares` answered by `GET /{job_id}`.

use super::{
    Match, Route, Router,
    template::{OTHER_METHOD, Segment, is_id, literal_cost},
};

/// A path parameter whose value is not an id, but close to the literal segment of another route.
#[derive(Debug, PartialEq, Eq)]
pub struct Misread<'r, 'p> {
    /// The parameter.
    pub parameter: &'r str,
    /// Its value, as received.
    pub value: &'p str,
    /// The route that was probably meant.
    pub near: &'r Route,
}

impl Router {
    /// The first parameter that was probably meant as a literal segment. A value with the form of an id never was.
    pub fn misread<'r, 'p>(&'r self, found: &Match<'r, 'p>) -> Option<Misread<'r, 'p>> {
        found.words().find_map(|(place, parameter, value)| {
            let costs = self.routes.iter().filter_map(|route| Some((found.cost_of(route, place, value)?, route)));
            costs.min_by_key(|(cost, _)| *cost).map(|(_, near)| Misread { parameter, value, near })
        })
    }

    /// Whether a route was meant: its parameters are ids, or it has a literal segment of its own and no other route is near.
    pub(super) fn is_meant(&self, found: &Match<'_, '_>) -> bool {
        let base = self.base(found.route);
        let vouched = || found.route.segments.iter().skip(base).any(|segment| segment.literal().is_some());
        found.words().next().is_none() || vouched() && self.misread(found).is_none()
    }
}

impl<'r, 'p> Match<'r, 'p> {
    /// The parameters whose values are not ids: position, name, value.
    fn words(&self) -> impl Iterator<Item = (usize, &'r str, &'p str)> {
        let parameters = self.route.segments.iter().enumerate().filter_map(|(place, segment)| match segment {
            Segment::Parameter(name) => Some((place, name.as_str(), self.parameters.get(name)?)),
            Segment::Literal(_) => None,
        });
        parameters.filter(|(_, _, value)| !is_id(value))
    }

    /// The cost of taking this call for one of another route, which has a literal at the place of a parameter; `None` if it cannot be
    /// one.
    fn cost_of(&self, route: &Route, place: usize, value: &str) -> Option<u32> {
        let cost = literal_cost(route.segments.get(place)?.literal()?, value)?;
        let same = |(index, segment): (usize, &Segment)| {
            segment.literal().is_none_or(|literal| self.text(index) == Some(literal))
        };
        if !route.segments.iter().enumerate().take(place).all(same) || route.segments.len() < self.route.segments.len()
        {
            return None;
        }
        let rest = route.segments.iter().enumerate().skip(place + 1);
        let rest = rest.map(|(index, segment)| match self.text(index) {
            Some(text) => segment.cost(text),
            None => Some(segment.missing()),
        });
        let method = if route.method == self.route.method { 0 } else { OTHER_METHOD };
        Some(cost + method + rest.sum::<Option<u32>>()?)
    }

    /// A segment of the request's path.
    fn text(&self, index: usize) -> Option<&str> {
        match self.route.segments.get(index)? {
            Segment::Literal(literal) => Some(literal),
            Segment::Parameter(name) => self.parameters.get(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::contract::operation::OperationId;

    const API: [&str; 12] = [
        "GET /ose/{job_id}",
        "GET /ose/jobs",
        "POST /ose/share",
        "GET /ose/share",
        "GET /ose/share/{shareId}",
        "PUT /ose/share/{shareId}",
        "POST /ose/share/cancel",
        "GET /ose/share/received",
        "GET /ose/users/{userId}",
        "POST /ose/users",
        "POST /ose/files/{fileId}/detail",
        "POST /ose/files/{groupId}/{type}",
    ];

    fn misread(method: &Method, path: &str) -> Option<String> {
        let mut router = Router::default();
        for (index, route) in API.iter().enumerate() {
            let (method, path) = route.split_once(' ').unwrap();
            router.insert(&method.parse().unwrap(), path, OperationId::from_index(index)).unwrap();
        }
        let found = router.find(method, path).unwrap();
        let Misread { parameter, value, near } = router.misread(&found)?;
        Some(format!("{parameter}={value}: {near}"))
    }

    #[test]
    fn a_word_that_is_nearly_a_literal_was_meant_as_one() {
        for (method, path, expected) in [
            (Method::GET, "/ose/sharess", "job_id=sharess: GET /ose/share"),
            (Method::HEAD, "/ose/Share", "job_id=Share: GET /ose/share"),
            (Method::GET, "/ose/job", "job_id=job: GET /ose/jobs"),
            (Method::GET, "/ose/share/recieved", "shareId=recieved: GET /ose/share/received"),
            (Method::PUT, "/ose/share/cancel", "shareId=cancel: POST /ose/share/cancel"),
            (Method::GET, "/ose/users", "job_id=users: GET /ose/users/{userId}"),
            (Method::POST, "/ose/files/7/details", "type=details: POST /ose/files/{fileId}/detail"),
        ] {
            assert_eq!(misread(&method, path).as_deref(), Some(expected), "{method} {path}");
        }
    }

    #[test]
    fn ids_and_other_words_are_taken_as_they_are() {
        let long = format!("/ose/{}", "share".repeat(1600));
        for path in [
            "/ose/1309243162258300001",
            "/ose/a4fd0d798f5344ccac2c695646ef66d3",
            "/ose/share1",
            "/ose/mine",
            "/ose/x",
            "/ose/%E7%A9%BA",
            "/ose/share",
            "/ose/share/abc",
            "/ose/users/alice",
            &long,
        ] {
            assert_eq!(misread(&Method::GET, path), None, "{path}");
        }
    }
}
