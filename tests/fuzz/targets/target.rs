//! A path with its query: routed the same however its letters are encoded, and without harm to anything.

use http::{HeaderMap, Method, Version};
use understudy::{
    contract::{
        Door, Payload, Request,
        auth::AuthMode,
        route::{decode, normalise},
    },
    mock::{Mock, Plan},
    session::split_session,
};

use super::play;
use crate::generator::Generator;

thread_local! {
    static MOCK: std::cell::LazyCell<Mock> =
        std::cell::LazyCell::new(|| play::mock(play::CONTRACT.clone(), None, AuthMode::Off));
}

pub(crate) fn run(bytes: &[u8]) {
    let target = String::from_utf8_lossy(bytes);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*target, None),
    };
    let (base, rest) = split_session(path);
    assert!(format!("{base}{rest}").starts_with(path));
    let normal = normalise(path);
    assert_eq!(normalise(&normal), normal, "what is normal stays as it is");
    if let (Some(decoded), Some(of_normal)) = (decode(path), decode(&normal)) {
        assert_eq!(decoded, of_normal, "the same path in another encoding");
    }
    MOCK.with(|mock| {
        for method in [Method::GET, Method::POST] {
            let plan = call(mock, &method, path, query);
            play::holds(&plan);
            let other = call(mock, &method, &(base.to_owned() + &encoded(rest)), query);
            assert_eq!(plan.operation, other.operation, "letters may be encoded");
        }
        play::told(mock);
        mock.reset();
    });
}

fn call(mock: &Mock, method: &Method, path: &str, query: Option<&str>) -> Plan {
    let request = Request {
        version: Version::HTTP_11,
        method,
        base: "",
        path,
        query,
        authority: Some("127.0.0.1"),
        memory: None,
        door: Door::Everything,
        headers: &HeaderMap::new(),
        body: Payload::Whole(b""),
    };
    mock.handle(&request, play::arrival(0))
}

/// The path with every second letter encoded, as far as it stays within the limit for targets.
fn encoded(path: &str) -> String {
    if path.len() > 2000 {
        return path.to_owned();
    }
    let mut encoded = String::new();
    // What stands behind a percent sign may be part of an encoding already.
    let mut since_percent = 2;
    for (index, character) in path.chars().enumerate() {
        since_percent = if character == '%' { 0 } else { since_percent + 1 };
        if character.is_ascii_alphabetic() && since_percent > 2 && index % 2 == 0 {
            encoded.push_str(&format!("%{:02x}", u32::from(character)));
        } else {
            encoded.push(character);
        }
    }
    encoded
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    let mut bytes = generator.target().into_bytes();
    if generator.one_in(2) {
        generator.mutate(&mut bytes, &["/~one", "%2F", "%61", "%", "//", "?", "&a=b", "{}", "/.."]);
    }
    bytes
}
