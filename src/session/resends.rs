//! Requests that an HTTP library sends again by itself, without its app's knowledge, because the connection broke before a status
//! came. They are told from attempts of the app by what no app does: identical bytes, at once.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use http::Version;
use jiff::Timestamp;

use crate::contract::{Payload, Request};

/// A library that sends again does so at once; an app that waits for less than this has not waited.
const AT_ONCE: Duration = Duration::from_millis(50);

/// More often in a row than any library was seen to send a request again by itself (`docs/clients.md`), an app does.
fn most_in_a_row(version: Version) -> u32 {
    if version == Version::HTTP_2 { 5 } else { 3 }
}

/// How long an answer with `resends: same` is given again.
const SAME_FOR: Duration = Duration::from_secs(1);

/// Failed requests that are remembered in a session; of more the oldest are forgotten.
const REMEMBERED: usize = 64;

/// The requests of a session that got no status, for as long as they may be sent again. A session without such faults pays one look
/// at a flag for each call.
#[derive(Debug)]
pub struct Resends<T> {
    some: AtomicBool,
    failed: Mutex<Vec<Failed<T>>>,
    /// Nobody outside this process can make two requests with one hash.
    hash: RandomState,
}

/// A request that got no status.
#[derive(Debug, Clone)]
pub struct Failed<T> {
    /// What its bytes come to.
    print: u64,
    /// Its exchange.
    pub exchange: u64,
    /// When it was planned to end, by the system's clock. What really happened is in the journal.
    ended: Timestamp,
    /// How often it was sent again already.
    row: u32,
    /// The answer that further ones get, too.
    pub again: Option<T>,
}

/// What is known of a request before its answer is chosen.
#[derive(Debug)]
pub struct Repeats<T> {
    /// What its bytes come to.
    pub print: u64,
    /// The failed request with the same bytes.
    pub failed: Failed<T>,
}

impl<T> Default for Resends<T> {
    fn default() -> Self {
        Self { some: AtomicBool::new(false), failed: Mutex::default(), hash: RandomState::new() }
    }
}

impl<T: Clone> Resends<T> {
    /// The failed request that this one repeats byte for byte, if one is remembered.
    pub fn repeated(&self, request: &Request<'_>) -> Option<Repeats<T>> {
        if !self.some.load(Relaxed) {
            return None;
        }
        let print = self.print(request);
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failed.iter().rev().find(|failed| failed.print == print)?.clone();
        Some(Repeats { print, failed })
    }

    /// Remembers that a request gets no status: its answer ends at `ended` if all goes as planned.
    pub fn failed(&self, request: &Request<'_>, repeats: Option<&Repeats<T>>, failed: NewFailure<T>) {
        let print = repeats.map_or_else(|| self.print(request), |repeats| repeats.print);
        let NewFailure { exchange, ended, resent, again } = failed;
        let row = if resent { repeats.map_or(0, |repeats| repeats.failed.row + 1) } else { 0 };
        let mut all = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.print != print);
        if all.len() >= REMEMBERED {
            all.remove(0);
        }
        all.push(Failed { print, exchange, ended, row, again });
        self.some.store(true, Relaxed);
    }

    /// Forgets a failed request: one like it got an answer.
    pub fn answered(&self, repeats: &Repeats<T>) {
        let mut all = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|failed| failed.print != repeats.print);
        self.some.store(!all.is_empty(), Relaxed);
    }

    fn print(&self, request: &Request<'_>) -> u64 {
        let mut hasher = self.hash.build_hasher();
        let mut part = |bytes: &[u8]| {
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        };
        part(request.method.as_str().as_bytes());
        part(request.base.as_bytes());
        part(request.path.as_bytes());
        part(request.query.unwrap_or_default().as_bytes());
        for (name, value) in request.headers {
            part(name.as_str().as_bytes());
            part(value.as_bytes());
        }
        match request.body {
            Payload::Whole(body) => part(body),
            Payload::Content(received) => {
                part(&received.size.to_ne_bytes());
                part(&received.md5);
            }
            Payload::TooLarge => part(b"too large"),
            Payload::NoRoom => part(b"no room"),
            Payload::BrokenOff(reason) => part(reason.as_bytes()),
        }
        hasher.finish()
    }
}

/// A request that gets no status.
#[derive(Debug)]
pub struct NewFailure<T> {
    /// Its exchange.
    pub exchange: u64,
    /// When its answer ends if all goes as planned, by the system's clock.
    pub ended: Timestamp,
    /// Whether the library sent it, not the app.
    pub resent: bool,
    /// The answer that identical ones get, too.
    pub again: Option<T>,
}

impl<T> Failed<T> {
    /// Whether a request with the same bytes, so long after it, was sent by the library and not by the app.
    pub fn is_resent(&self, version: Version, after: Duration) -> bool {
        self.row < most_in_a_row(version) && after <= AT_ONCE
    }

    /// Whether a request with the same bytes, so long after it, gets the same answer.
    pub fn lasts(&self, after: Duration) -> bool {
        self.again.is_some() && after <= SAME_FOR
    }

    /// The time between its end and the head of the next request; `ended` is when it really ended, if that is known.
    pub fn since(&self, head: Timestamp, ended: Option<Timestamp>) -> Duration {
        Duration::try_from(head.duration_since(ended.unwrap_or(self.ended))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    fn request<'a>(headers: &'a HeaderMap, body: &'a [u8]) -> Request<'a> {
        Request::new(&Method::POST, "/a", headers, Payload::Whole(body))
    }

    fn failure(exchange: u64, resent: bool) -> NewFailure<()> {
        NewFailure { exchange, ended: at(1000), resent, again: None }
    }

    #[test]
    fn only_identical_bytes_repeat_a_request() {
        let resends = Resends::default();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer a"));
        assert!(resends.repeated(&request(&headers, b"x")).is_none());
        resends.failed(&request(&headers, b"x"), None, failure(1, false));
        assert_eq!(resends.repeated(&request(&headers, b"x")).unwrap().failed.exchange, 1);
        assert!(resends.repeated(&request(&headers, b"y")).is_none());
        headers.insert("authorization", HeaderValue::from_static("Bearer b"));
        assert!(resends.repeated(&request(&headers, b"x")).is_none());
    }

    #[test]
    fn a_request_that_comes_later_or_too_often_is_the_apps() {
        let resends = Resends::default();
        let headers = HeaderMap::new();
        let call = request(&headers, b"x");
        resends.failed(&call, None, failure(1, false));
        let repeats = resends.repeated(&call).unwrap();
        let after = |head, ended: Option<i64>| repeats.failed.since(at(head), ended.map(at));
        let resent = |after| repeats.failed.is_resent(Version::HTTP_11, after);
        assert!(resent(after(1050, None)) && !resent(after(1051, None)));
        assert!(resent(after(1100, Some(1060))));
        assert!(!repeats.failed.lasts(after(1000, None)));
        let same = Failed { again: Some(()), ..repeats.failed.clone() };
        assert!(same.lasts(after(2000, None)) && !same.lasts(after(2001, None)));
        for (exchange, most) in (2..).zip([true, true, false]) {
            let repeats = resends.repeated(&call).unwrap();
            resends.failed(&call, Some(&repeats), failure(exchange, true));
            let again = resends.repeated(&call).unwrap().failed;
            assert_eq!((again.exchange, again.is_resent(Version::HTTP_11, Duration::ZERO)), (exchange, most));
            assert!(again.is_resent(Version::HTTP_2, Duration::ZERO));
        }
        // An attempt of the app may be sent again by the library like the first one.
        let again = resends.repeated(&call).unwrap();
        resends.failed(&call, Some(&again), failure(5, false));
        assert!(resends.repeated(&call).unwrap().failed.is_resent(Version::HTTP_11, Duration::ZERO));
    }

    #[test]
    fn what_was_answered_and_what_is_too_much_is_forgotten() {
        let resends = Resends::default();
        let headers = HeaderMap::new();
        let bodies: Vec<[u8; 8]> = (0..1000_u64).map(u64::to_le_bytes).collect();
        for (number, body) in (1..).zip(&bodies) {
            resends.failed(&request(&headers, body), None, failure(number, false));
        }
        let known = |body: &[u8]| resends.repeated(&request(&headers, body));
        assert_eq!(bodies.iter().filter(|body| known(*body).is_some()).count(), REMEMBERED);
        let last = known(&bodies[999]).unwrap();
        resends.answered(&last);
        assert!(known(&bodies[999]).is_none());
    }
}
