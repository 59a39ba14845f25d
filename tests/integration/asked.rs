//! Running stand-ins that are asked for their verdict and their health.

use std::net::TcpListener;

use serde_json::Value;

use crate::{
    client::{Request, Running},
    command_line::{Served, err, out, run},
};

fn url(server: &Running) -> String {
    format!("http://{}", server.address)
}

#[test]
fn a_running_stand_in_is_asked_for_its_verdict() {
    let server = Running::plain();
    let ask = || {
        let output = run(&["verdict", &url(&server)]);
        (output.status.code(), out(&output))
    };
    assert_eq!(ask(), (Some(1), "verdict: failed (no calls)\n  session default: 0 calls\n".to_owned()));
    server.send(&Request::share());
    assert_eq!(ask(), (Some(0), "verdict: passed\n  session default: 1 call\n".to_owned()));
    server.send(&Request::share_with("validDays", Some(366.into())));
    let (status, screen) = ask();
    assert!(status == Some(1) && screen.contains("/body/validDays: expected at most 365, found 366"), "{screen}");
}

#[test]
fn several_stand_ins_are_judged_as_one() {
    let (called, idle, broken) = (Running::plain(), Running::plain(), Running::plain());
    called.send(&Request::share());
    let output = run(&["verdict", &url(&called), &url(&idle)]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).starts_with(&format!("verdict: passed\n\n{}\n  verdict: passed\n", url(&called))));
    broken.send(&Request::share_with("validDays", Some(366.into())));
    let output = run(&["verdict", &url(&called), &url(&broken), "--format", "json"]);
    let verdict: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((output.status.code(), &verdict["verdict"]), (Some(1), &"failed".into()));
    assert_eq!(verdict["reasons"], serde_json::json!(["contract broken"]));
    assert_eq!(
        (&verdict["stand_ins"][1]["url"], &verdict["stand_ins"][1]["text"]),
        (&url(&broken).into(), &Value::Null)
    );
}

#[test]
fn a_session_is_asked_for_alone_and_a_failed_verdict_can_be_an_error() {
    let server = Running::plain();
    server.send(&Request::new("GET", "/~mine/koodrive/ose/v1/share/userInfo?shortUrl=a"));
    server.send(&Request::share_with("validDays", Some(366.into())));
    assert_eq!(run(&["verdict", &format!("{}/~mine", url(&server))]).status.code(), Some(0));
    for (query, status) in
        [("", 200), ("?fail=false", 200), ("?fail=true", 409), ("?fail=true&session=mine", 200), ("?fail=1", 400)]
    {
        let answer = server.raw(format!("GET /__admin/verdict{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!(answer.status, status, "{query}");
    }
}

#[test]
fn health_is_told_by_the_exit_status() {
    let served = Served::start(&["--quiet"]);
    let output = run(&["health", "--wait", "20s", &format!("http://{}", served.address)]);
    assert_eq!((output.status.code(), out(&output)), (Some(0), format!("http://{}: ok, 0 calls\n", served.address)));
    served.signal("-TERM");
    let address = served.address.clone();
    served.output();
    for wait in [&[][..], &["--wait", "1ms"]] {
        let output = run(&[&["health", &*address], wait].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).starts_with(&format!("error: cannot ask `{address}`: ")), "{}", err(&output));
    }
}

#[test]
fn what_is_no_stand_in_or_does_not_let_us_in_is_said() {
    let guarded = Served::start(&["--quiet", "--allow-empty", "--admin-token", "t"]);
    let ask = |token: &str| run(&["verdict", &guarded.address, "--admin-token", token]);
    assert_eq!(ask("t").status.code(), Some(0));
    let refused = ask("other");
    assert_eq!(refused.status.code(), Some(4));
    assert!(err(&refused).contains("answered 401: this is not the token that --admin-token gave"), "{}", err(&refused));
    guarded.signal("-TERM");
    guarded.output();

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let other = std::thread::spawn(move || {
        for answer in ["HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\r\n{}", "SSH-2.0-x\r\n"] {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    for message in ["is not a stand-in", "does not say its verdict", "it does not answer in whole HTTP"] {
        let output = run(&["verdict", &address]);
        assert_eq!(output.status.code(), Some(4));
        assert!(err(&output).contains(message), "{}", err(&output));
    }
    other.join().unwrap();
    assert_eq!(run(&["verdict", "ftp://127.0.0.1:1"]).status.code(), Some(2));
}
