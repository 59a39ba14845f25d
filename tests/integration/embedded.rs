//! The stand-in inside a test, as an author of tests uses it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use understudy::{StartError, Understudy};

use crate::client::Request;

/// Calls CreateShare at a base URL, as a client does; the status.
pub(crate) fn share(base: &str) -> u16 {
    let rest = base.strip_prefix("http://").unwrap();
    let (address, prefix) =
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    let mut request = Request::share().header("Connection", "close");
    request.target = format!("{prefix}{}", request.target);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&request.bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer[9..12].parse().unwrap()
}

const FULL: &str = "scenario: full\nrules: [{ operation: CreateShare, answers: [error: 13000311, example] }]\n";

#[test]
fn a_test_starts_a_stand_in_with_one_line_and_asks_it_afterwards() {
    let api = Understudy::builder().scenario(FULL).start_blocking().unwrap();
    assert_eq!([share(&api.url()), share(&api.url())], [400, 200]);
    assert!(api.verdict().passed());
    let answers: Vec<_> = api.exchanges().iter().map(|exchange| exchange.answer().into_owned()).collect();
    assert_eq!(answers, ["scenario:full#1/1", "scenario:full#1/2"]);
}

#[test]
fn each_test_takes_a_session_with_a_scenario_of_its_own() {
    let api = Understudy::builder().start_blocking().unwrap();
    let (one, two) = (api.session("one::test"), api.session("two"));
    one.play("scenario: once\nrules: [{ operation: CreateShare, answers: [503] }]\nexpect: [{ operation: CreateShare, calls: 1 }]\n")
        .unwrap();
    assert_eq!([share(&one.url()), share(&two.url())], [503, 200]);
    assert!(one.verdict().passed());
    share(&one.url());
    assert_eq!((one.verdict().reasons(), two.verdict().reasons()), (vec!["expectation unmet"], vec![]));
    assert_eq!((one.exchanges().len(), two.exchanges().len()), (2, 1));
    two.advance(Duration::from_secs(3600));
    // Its token was idle for too long.
    assert_eq!([share(&two.url()), share(&one.url())], [401, 503]);
}

#[test]
fn a_stand_in_that_is_dropped_listens_no_more() {
    let api = Understudy::builder().start_blocking().unwrap();
    let address = api.url().trim_start_matches("http://").to_owned();
    drop(api);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_mistake_in_a_scenario_is_shown_with_its_place() {
    let wrong = FULL.replace("CreateShare", "CreateShares");
    let error = Understudy::builder().scenario(&wrong).start_blocking().unwrap_err();
    assert!(matches!(error, StartError::Files(_)));
    let text = error.to_string();
    assert!(text.contains("--> scenario 1:2:22") && text.contains("did you mean `CreateShare`?"), "{text}");
    let api = Understudy::builder().start_blocking().unwrap();
    assert!(api.session("a").play(&wrong).unwrap_err().to_string().contains("did you mean `CreateShare`?"));
}

#[test]
fn a_port_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = Understudy::builder().listen(taken.local_addr().unwrap()).start_blocking().unwrap_err();
    assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn an_asynchronous_test_starts_one_too() {
    let api = Understudy::builder().start().await.unwrap();
    let url = api.url();
    assert_eq!(tokio::task::spawn_blocking(move || share(&url)).await.unwrap(), 200);
}
