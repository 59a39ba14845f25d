//! The route that was probably meant by an unknown path: a missing or wrong prefix, another version, another method, an extra slash, a
//! typo.

use http::Method;

use super::{
    Route, Router,
    template::{OTHER_METHOD, Segment, is_version, literal_cost},
};

/// Longer paths get no hint.
const LONGEST: usize = 512;

/// Nor do paths with more segments.
const MOST_SEGMENTS: usize = 16;

/// Routes that cost more were hardly meant.
const BUDGET: u32 = 7;

/// The cost of a segment that the route does not have.
const EXTRA: u32 = 4;

/// What all routes with the same first segment have in common: so many segments of the first of them.
pub(super) struct Prefix {
    segments: Vec<Segment>,
    length: usize,
}

impl Router {
    /// The route with the lowest cost; of several, the one that was added first.
    pub(super) fn nearest(&self, method: &Method, path: &str) -> Option<&Route> {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let segments: Vec<&str> = segments.take(MOST_SEGMENTS + 1).collect();
        if path.len() > LONGEST || segments.len() > MOST_SEGMENTS {
            return None;
        }
        let costs = self.routes.iter().filter_map(|route| Some((self.cost(route, method, &segments)?, route)));
        costs.filter(|(cost, _)| *cost <= BUDGET).min_by_key(|(cost, _)| *cost).map(|(_, route)| route)
    }

    /// How many segments of a route are the prefix of its service: what all routes with the same first segment have in common, ignoring
    /// versions.
    pub(super) fn base(&self, route: &Route) -> usize {
        let first = route.segments.first().and_then(Segment::literal);
        first.and_then(|first| self.prefixes.get(first)).map_or(0, |prefix| prefix.length)
    }

    /// Notes what a route has in common with those before it that have the same first segment. Being alike is transitive, so one of them
    /// stands for all.
    pub(super) fn narrow(&mut self, route: &Route) {
        let Some(first) = route.segments.first().and_then(Segment::literal) else { return };
        let alike = |one: &Segment, other: &Segment| match (one.literal(), other.literal()) {
            (Some(one), Some(other)) => one == other || is_version(one) && is_version(other),
            _ => false,
        };
        let common = |prefix: &[Segment]| {
            let pairs = prefix.iter().zip(&route.segments);
            pairs.take_while(|(one, other)| alike(one, other)).count().min(route.segments.len() - 1)
        };
        match self.prefixes.get_mut(first) {
            Some(prefix) => prefix.length = prefix.length.min(common(&prefix.segments)),
            None => {
                let prefix = Prefix { segments: route.segments.clone(), length: common(&route.segments) };
                self.prefixes.insert(first.to_owned(), prefix);
            }
        }
    }

    fn cost(&self, route: &Route, method: &Method, path: &[&str]) -> Option<u32> {
        let (base, tail) = route.segments.split_at_checked(self.base(route))?;
        let method = if route.method == *method { 0 } else { OTHER_METHOD };
        // After the base, the path may have one segment more or less than the route.
        let ends = path.len().saturating_sub(tail.len() + 1)..=(path.len() + 1).saturating_sub(tail.len());
        let costs = ends.filter_map(|end| {
            let (before, behind) = path.split_at_checked(end)?;
            let (found, tail) = (Base::of(before, base), Tail::of(behind, tail)?);
            // A route needs evidence: one of its literals, or, if it has none, ids after a plausible base.
            let ids = || tail.cost == 0 && before.len() == base.len() && !matches!(found, Base::Other);
            (tail.literals > 0 || ids()).then(|| found.cost() + tail.cost)
        });
        Some(method + costs.min()?)
    }
}

/// How the start of a path compares with the prefix of a service.
enum Base {
    Same,
    /// Similar: a segment is missing, extra or misspelt, or the version differs.
    Alike,
    Missing,
    Other,
}

impl Base {
    fn of(path: &[&str], base: &[Segment]) -> Self {
        let alike = |text: &&str| {
            let mut literals = base.iter().filter_map(Segment::literal);
            literals.any(|literal| literal_cost(literal, text).is_some())
        };
        if base.len() == path.len() && base.iter().zip(path).all(|(segment, text)| segment.literal() == Some(text)) {
            Self::Same
        } else if path.is_empty() {
            Self::Missing
        } else if path.iter().any(alike) {
            Self::Alike
        } else {
            Self::Other
        }
    }

    fn cost(self) -> u32 {
        match self {
            Self::Same => 0,
            Self::Alike | Self::Missing => 2,
            Self::Other => 3,
        }
    }
}

/// How the rest of a path compares with the rest of a route.
struct Tail {
    cost: u32,
    /// Literal segments of the route that the path has, perhaps misspelt.
    literals: usize,
}

impl Tail {
    /// The best fit with at most one segment missing or extra.
    fn of(path: &[&str], tail: &[Segment]) -> Option<Self> {
        if path.len() == tail.len() {
            return Self::pairwise(path.iter().zip(tail));
        }
        let tails = (0..path.len().max(tail.len())).filter_map(|place| {
            let (mut found, more) = if tail.len() == path.len() + 1 {
                let there = tail[..place].iter().chain(&tail[place + 1..]);
                (Self::pairwise(path.iter().zip(there))?, tail[place].missing())
            } else if path.len() == tail.len() + 1 {
                let known = path[..place].iter().chain(&path[place + 1..]);
                (Self::pairwise(known.zip(tail))?, EXTRA)
            } else {
                return None;
            };
            found.cost += more;
            Some(found)
        });
        tails.min_by_key(|tail| tail.cost)
    }

    fn pairwise<'p>(mut pairs: impl Iterator<Item = (&'p &'p str, &'p Segment)>) -> Option<Self> {
        pairs.try_fold(Self { cost: 0, literals: 0 }, |sum, (text, segment)| {
            let literals = sum.literals + usize::from(segment.literal().is_some());
            Some(Self { cost: sum.cost + segment.cost(text)?, literals })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Miss, *};
    use crate::contract::operation::OperationId;

    fn router(routes: &[&str]) -> Router {
        let mut router = Router::default();
        for (index, route) in routes.iter().enumerate() {
            let (method, path) = route.split_once(' ').unwrap();
            router.insert(&method.parse().unwrap(), path, OperationId::from_index(index)).unwrap();
        }
        router
    }

    fn meant(router: &Router, method: &str, path: &str) -> String {
        match router.miss(&method.parse().unwrap(), path) {
            Miss::Method(methods) => methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(" or "),
            Miss::Path(near) => near.map(ToString::to_string).unwrap_or_default(),
        }
    }

    const API: [&str; 14] = [
        "GET /v/ose/v1/{job_id}",
        "GET /v/ose/v1/jobs",
        "POST /v/ose/v1/share",
        "GET /v/ose/v1/share",
        "GET /v/ose/v1/share/{shareId}",
        "PUT /v/ose/v1/share/{shareId}",
        "POST /v/ose/v1/share/cancel",
        "GET /v/ose/v2/space/{owner_id}",
        "GET /v/ose/v1/users/{userId}",
        "POST /v/ose/v1/users",
        "GET /v/ose/v1/userList",
        "POST /v/ose/v1/usergroups/{groupId}/members/batchAdd",
        "POST /m-open/1/org/info",
        "POST /m-open/1/org/set",
    ];

    #[test]
    fn a_hint_leads_to_the_route_that_was_meant() {
        let api = router(&API);
        for (method, path, expected) in [
            ("POST", "/v/ose/v1/shares", "POST /v/ose/v1/share"),
            ("POST", "/shares", "POST /v/ose/v1/share"),
            ("POST", "/ose/v1/share", "POST /v/ose/v1/share"),
            ("POST", "/v1/share", "POST /v/ose/v1/share"),
            ("POST", "/v/v1/share", "POST /v/ose/v1/share"),
            ("POST", "/api/v/ose/v1/share", "POST /v/ose/v1/share"),
            ("POST", "/other/share", "POST /v/ose/v1/share"),
            ("POST", "/v/ose/v2/share", "POST /v/ose/v1/share"),
            ("POST", "/v/ose/v1/share/", "POST /v/ose/v1/share"),
            ("POST", "//v/ose/v1/share", "POST /v/ose/v1/share"),
            ("POST", "/V/OSE/v1/Share", "POST /v/ose/v1/share"),
            ("POST", "/v/ose/v1/user", "POST /v/ose/v1/users"),
            ("POST", "/v/ose/v1/share/cancle", "POST /v/ose/v1/share/cancel"),
            ("POST", "/v/ose/v1/cancel", "POST /v/ose/v1/share/cancel"),
            ("GET", "/v/ose/v1/user/1505", "GET /v/ose/v1/users/{userId}"),
            ("GET", "/v/ose/v1/users/1505/", "GET /v/ose/v1/users/{userId}"),
            ("GET", "/v/ose/v1/users/", "GET /v/ose/v1/users/{userId}"),
            ("GET", "/v/ose/v1/space/1505", "GET /v/ose/v2/space/{owner_id}"),
            ("GET", "/v/ose/v3/1309243162258300001", "GET /v/ose/v1/{job_id}"),
            (
                "POST",
                "/v/ose/v1/usergroups/designers/member/batchAdd",
                "POST /v/ose/v1/usergroups/{groupId}/members/batchAdd",
            ),
            ("POST", "/org/info", "POST /m-open/1/org/info"),
            ("POST", "/1/org/info", "POST /m-open/1/org/info"),
            ("POST", "/m-open/2/org/info", "POST /m-open/1/org/info"),
            ("DELETE", "/v/ose/v1/users", "POST"),
        ] {
            assert_eq!(meant(&api, method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_known_path_names_its_methods() {
        let api = router(&API);
        for (method, path, expected) in [
            ("DELETE", "/v/ose/v1/share", "GET or POST"),
            ("POST", "/v/ose/v1/share/5", "GET or PUT"),
            ("DELETE", "/v/ose/v1/share/mine", "GET or PUT"),
            ("GET", "/m-open/1/org/info", "POST"),
            ("POST", "/v/ose/v1/1309243162258300001", "GET"),
        ] {
            assert_eq!(meant(&api, method, path), expected, "{method} {path}");
        }
        // A parameter accepts any word, but that does not make it a documented path.
        assert_eq!(meant(&api, "POST", "/v/ose/v1/teapot"), "");
        assert_eq!(meant(&api, "PUT", "/v/ose/v1/share/cancel"), "POST");
    }

    #[test]
    fn nothing_is_made_up_where_nothing_is_near() {
        let api = router(&API);
        let long = format!("/v/ose/v1/{}", "share/".repeat(2000));
        let wide = format!("/v/ose/v1/{}", "s".repeat(8000));
        for path in [
            "/",
            "/teapot",
            "/v/teapot",
            "/v/ose/v1",
            "/7",
            "/a/7",
            "/a/b/c/7",
            "/%ff",
            "/favicon.ico",
            "*",
            &long,
            &wide,
        ] {
            assert_eq!(meant(&api, "POST", path), "", "{path}");
        }
    }
}
