//! The end of a server.

use std::{io::Write as _, process::Stdio};

use understudy::server::Stop;

use crate::{
    client::{Request, Running, wait_for},
    command_line::{Served, err, post, understudy},
};

#[test]
fn calls_under_way_get_their_answer_before_the_end() {
    let mut server =
        Running::playing("scenario: s\nrules:\n- operation: CreateShare\n  answers: [{ example: {}, delay: 300ms }]\n");
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    while server.mock.journal().next_number() == 1 {
        std::thread::yield_now();
    }
    server.stop();
    let response = connection.response("POST");
    assert_eq!((response.status, response.header("connection")), (200, Some("close")));
    assert!(connection.is_closed());
    assert_eq!(server.stopped(), Stop::Finished);
}

#[test]
fn idle_connections_do_not_hold_up_the_end() {
    let server = Running::plain();
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    connection.response("POST");
    assert_eq!(server.stopped(), Stop::Finished);
    assert!(connection.is_closed());
}

#[test]
fn the_grace_period_ends_a_call_that_would_last_for_ever() {
    let limits = understudy::server::Limits { grace: std::time::Duration::from_millis(50), ..Default::default() };
    let scenario = "scenario: s\nrules:\n- operation: CreateShare\n  answers: [{ example: {}, delay: 1h }]\n";
    let server = Running::with(&[scenario], understudy::mock::Options::default(), limits);
    let mut connection = server.connect();
    connection.write(&Request::share().bytes());
    while server.mock.journal().next_number() == 1 {
        std::thread::yield_now();
    }
    assert_eq!(server.stopped(), Stop::CutOff(1));
}

#[test]
fn a_server_that_is_tied_to_its_standard_input_ends_with_it() {
    let mut command = understudy();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut served = Served::with(command, &["--until-eof"]);
    // What comes before the end means nothing.
    let mut input = served.child.stdin.take().unwrap();
    input.write_all(b"still here\n").unwrap();
    assert!(post(&served.address, "", "{}").starts_with("HTTP/1.1 401 "));
    drop(input);
    let output = served.output();
    assert!(output.status.success() && err(&output).contains("stopped after 1 call\n"), "{}", err(&output));
}

/// More lines than a pipe and the queue before it take.
const CALLS: usize = 2500;

#[test]
fn a_standard_error_that_nobody_reads_holds_up_no_call_and_not_the_second_signal() {
    // With one place, a warning is logged for every connection beside the line for its call.
    for arguments in [&[][..], &["--max-connections", "1"], &["--format", "json", "--verdict"]] {
        let mut served = Served::start(arguments);
        for _ in 0..CALLS {
            assert!(post(&served.address, "", "{}").starts_with("HTTP/1.1 401 "));
        }
        served.signal("-INT");
        served.signal("-TERM");
        let status = wait_for(|| served.child.try_wait().unwrap());
        assert_eq!(status.code(), Some(130), "{arguments:?}");
    }
}
