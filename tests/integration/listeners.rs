//! Which port serves what.
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use serde_json::Value;

use crate::{
    client::PATIENCE,
    command_line::{Served, err, run},
};

/// What comes back for some bytes.
fn answered(address: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_admin_api_has_a_listener_of_its_own_and_is_nowhere_else() {
    let mut served = Served::start(&["--admin", "127.0.0.1:0", "--format", "json"]);
    let mut line = String::new();
    BufReader::new(served.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    let admin = event["admin"].as_str().unwrap().strip_prefix("http://").unwrap().strip_suffix("/__admin").unwrap();
    assert_ne!(admin, served.address);
    let get = |address: &str, path: &str| {
        answered(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    };
    assert!(get(admin, "/__admin/health").starts_with("HTTP/1.1 200"));
    let call = get(admin, "/koodrive/ose/v1/share");
    assert!(call.starts_with("HTTP/1.1 404") && call.contains("this port serves the admin API alone"), "{call}");
    let hidden = get(&served.address, "/__admin/health");
    assert!(hidden.starts_with("HTTP/1.1 404") && hidden.contains("APIGW.0101"), "{hidden}");
    // Nothing that comes to the admin API is a call, whatever it is.
    assert!(answered(admin, "no request\r\n\r\n").starts_with("HTTP/1.1 400"));
    let exchanges = get(admin, "/__admin/exchanges");
    assert!(exchanges.contains(r#""target": "/__admin/health""#), "{exchanges}");
    assert_eq!(exchanges.matches("\"exchange\":").count(), 1, "{exchanges}");
    served.signal("-INT");
    assert!(served.output().status.success());
}

#[test]
fn an_admin_address_that_is_taken_is_told_with_its_option() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--admin", &address]);
    assert!(err(&output).contains("choose one with --admin"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn the_object_host_has_a_listener_of_its_own_and_is_nowhere_else() {
    let mut served = Served::start(&["--world", "--objects", "127.0.0.1:0", "--auth", "shape", "--format", "json"]);
    let mut line = String::new();
    let mut stdout = BufReader::new(served.child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    let objects = event["objects"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    let post = |path: &str, body: &str| {
        let head = format!(
            "POST /koodrive/ose/v1{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer 0123456789abcdef\r\nX-User-Id: 1505084218764547200\r\n\
             X-Date: 20261121T200000Z\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            served.address,
            body.len()
        );
        answered(&served.address, &head)
    };
    let found = post(
        "/files/search",
        r#"{"searchType":"personal","pageInfo":{"pageSize":1,"pageCursor":""},"filter":{"keyWord":"report"}}"#,
    );
    let space = found.split("\"containerId\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let made = post(
        "/files/create",
        &format!(
            r#"{{"fileName":"a.bin","fileType":"45","parentFolder":["root"],"length":5,"uploadMode":"multipart","uploadType":1,"autoRename":2,"containerId":"{space}","multiParts":[{{"partNumber":1,"partSize":5}}]}}"#
        ),
    );
    let link = made.split("\"uploadUrl\":\"").nth(1).unwrap().split('"').next().unwrap();
    let target = link.strip_prefix(&format!("http://{objects}")).unwrap_or_else(|| panic!("{link}"));
    let put = |address: &str| {
        answered(
            address,
            &format!("PUT {target} HTTP/1.1\r\nHost: {objects}\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
        )
    };
    assert!(put(&objects).starts_with("HTTP/1.1 200"));
    let hidden = put(&served.address);
    assert!(hidden.starts_with("HTTP/1.1 404") && hidden.contains("links lead to the object host"), "{hidden}");
    let call =
        answered(&objects, "GET /koodrive/ose/v1/message/unreadCount HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(call.starts_with("HTTP/1.1 404") && call.contains("this port is the object host alone"), "{call}");
    let admin = answered(&objects, "GET /__admin/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(admin.starts_with("HTTP/1.1 404"), "{admin}");
    served.signal("-INT");
    assert!(served.output().status.code().is_some());
}

#[test]
fn an_object_address_without_a_world_is_wrong_usage() {
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--objects", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains("--world gives the stand-in one"), "{}", err(&output));
    let output = run(&["serve", "--world", "--object-url", "objects"]);
    assert!(err(&output).contains("expected scheme and host alone"), "{}", err(&output));
}
