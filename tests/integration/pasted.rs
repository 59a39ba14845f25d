//! The `curl` lines that the program prints. A shell splits them into words; the request is then sent by hand, and once by curl itself.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use crate::{
    client::Running,
    command_line::{Served, err, out, run},
    sign::BODY,
};

/// The arguments of `curl`, as a shell splits them.
pub(crate) fn words(line: &str) -> Vec<String> {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{line}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{line}\n{}", err(&output));
    out(&output).trim_end_matches('\0').split('\0').map(str::to_owned).collect()
}

/// Sends the request of a line as curl would, and returns the answer.
fn pasted(line: &str) -> String {
    let mut words = words(line).into_iter();
    let (mut method, mut url, mut headers, mut body) = (None, None, Vec::new(), None);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap();
        match word.as_str() {
            "-i" => {}
            "-X" => method = Some(value()),
            "-H" => headers.push(value()),
            "-d" | "--data-raw" => body = Some(value()),
            option if option.starts_with('-') => panic!("what is `{option}` in\n{line}"),
            _ => assert_eq!(url.replace(word), None, "two URLs in\n{line}"),
        }
    }
    let url = url.unwrap();
    let (host, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let named = |name: &str| headers.iter().any(|header| header.to_ascii_lowercase().starts_with(name));
    let mut request = format!("{} /{target} HTTP/1.1\r\nConnection: close\r\n", method.unwrap());
    if !named("host:") {
        request.push_str(&format!("Host: {host}\r\n"));
    }
    if body.is_some() && !named("content-type:") {
        request.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
    }
    for header in headers.iter().filter(|header| !header.ends_with(':')) {
        request.push_str(&format!("{header}\r\n"));
    }
    let body = body.unwrap_or_default();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "{request}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The line of the greeting, and the server that printed it.
fn greeting() -> (Served, String) {
    let mut served = Served::start(&[]);
    let mut screen = BufReader::new(served.child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = screen.find(|line| line.trim_start().starts_with("curl")).unwrap();
    (served, line.trim().to_owned())
}

/// Lines of `sign`, one for each parameter encoding. They are signed with the current time.
fn signed(server: &Running) -> Vec<String> {
    let url = |path: &str| format!("http://{}{path}", server.address);
    let (share, set) = (url("/koodrive/ose/v1/share"), url("/m-open/1/org/set"));
    let (info, user_info) = (url("/m-open/1/org/info?org_id=1"), url("/koodrive/ose/v1/share/userInfo?shortUrl=a%20b"));
    let calls = [
        vec!["-d", BODY, &share],
        vec![&user_info],
        vec!["-d", "org_id=1", "--data-urlencode", "org_name=R&D's +空", &set],
        vec!["-d", r#"{"org_id":1,"org_name":"R&D's +空"}"#, &set],
        vec![&info],
    ];
    let line = |arguments: &Vec<&str>| {
        let output = run(&[&["sign"], arguments.as_slice()].concat());
        let line = out(&output).lines().next_back().unwrap().to_owned();
        assert_eq!(err(&output), "", "{line}");
        line
    };
    calls.iter().map(line).collect()
}

#[test]
fn the_line_of_the_greeting_works_when_it_is_pasted() {
    let (served, line) = greeting();
    let answer = pasted(&line);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{line}\n{answer}");
    served.signal("-TERM");
    assert!(served.output().status.success());
}

#[test]
fn the_lines_of_sign_work_when_they_are_pasted() {
    let server = Running::plain();
    for line in signed(&server) {
        let answer = pasted(&line);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{line}\n{answer}");
    }
}

#[test]
fn curl_itself_takes_the_lines() {
    let version = Command::new("curl").arg("--version").output();
    assert!(version.is_ok(), "curl is missing: this test pastes the lines into it (see CONTRIBUTING.md)");
    let (served, greeting) = greeting();
    let server = Running::plain();
    for line in [vec![greeting], signed(&server)].concat() {
        // A proxy in the environment must not get these requests.
        let output = Command::new("sh").args(["-c", &line]).env("no_proxy", "*").output().unwrap();
        assert!(out(&output).starts_with("HTTP/1.1 200 OK"), "{line}\n{}{}", out(&output), err(&output));
    }
    served.signal("-TERM");
    assert!(served.output().status.success());
}
