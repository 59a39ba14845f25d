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
