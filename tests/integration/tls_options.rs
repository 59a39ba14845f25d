//! https as its options ask for it.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use understudy::fault::TlsFault;

use crate::{
    client::Request,
    command_line::{Served, err, file, out, run, understudy},
    secured::Client,
};

/// The program with a folder for data of its own.
fn with_data(folder: &Path) -> Command {
    let mut command = understudy();
    command.env("XDG_DATA_HOME", folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn listening(served: &mut Served) -> Value {
    let mut line = String::new();
    BufReader::new(served.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

fn address(url: &str) -> std::net::SocketAddr {
    url.strip_prefix("https://").unwrap_or_else(|| panic!("{url}")).parse().unwrap()
}

#[test]
fn all_listeners_speak_https_and_their_urls_say_so() {
    let data = tempfile::tempdir().unwrap();
    let mut served = Served::with(
        with_data(data.path()),
        &[
            &["--tls", "self-signed", "--tls-only", "--tls-name", "api.test", "--format", "json"][..],
            &["--admin", "127.0.0.1:0", "--objects", "127.0.0.1:0", "--world", "--tls-fault", "expired@127.0.0.1:0"],
            &["--tls-fault", "reset@0"],
        ]
        .concat(),
    );
    let event = listening(&mut served);
    let authority = event["tls"]["authority"].as_str().unwrap();
    assert_eq!(authority, data.path().join("understudy/ca/ca.pem").to_str().unwrap());
    let trusting = |name| Client { trusts: fs::read_to_string(authority).unwrap(), ..Client::of(name) };
    assert_eq!(event["url"], format!("https://{}", served.address));
    for (name, url) in [("localhost", &event["url"]), ("api.test", &event["objects"]), ("127.0.0.1", &event["admin"])] {
        let url = url.as_str().unwrap();
        let mut secured = trusting(name).connect(address(url.trim_end_matches("/__admin"))).unwrap();
        secured.write(&Request::new("GET", "/__admin/health").header("Connection", "close").bytes());
        assert!(secured.ending().0.starts_with(b"HTTP/1.1 "), "{url}");
    }
    let faults = event["tls"]["faults"].as_array().unwrap();
    assert_eq!(faults[0]["fault"], TlsFault::Expired.name());
    assert!(trusting("localhost").refused(address(faults[0]["url"].as_str().unwrap())).contains("certificate expired"));
    assert!(trusting("localhost").connect(address(faults[1]["url"].as_str().unwrap())).is_err());
    // Commands of ours trust the same authority.
    let admin = event["admin"].as_str().unwrap();
    let health = with_data(data.path()).args(["health", admin]).output().unwrap();
    assert!(out(&health).contains(": ok, "), "{}", err(&health));
    let mut plain = std::net::TcpStream::connect(address(admin.trim_end_matches("/__admin"))).unwrap();
    plain.write_all(b"GET /__admin/health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut refused = String::new();
    plain.read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 400") && refused.contains("this port speaks https alone"), "{refused}");
}

#[test]
fn the_first_words_say_what_a_client_has_to_trust() {
    let data = tempfile::tempdir().unwrap();
    let served = Served::with(with_data(data.path()), &["--tls", "self-signed"]);
    let url = format!("https://{}", served.address);
    let health = with_data(data.path()).args(["health", &url]).output().unwrap();
    assert_eq!(out(&health), format!("{url}: ok, 0 calls\n"));
    let other = tempfile::tempdir().unwrap();
    let distrusted = with_data(other.path()).args(["health", &url]).output().unwrap();
    assert!(
        err(&distrusted).contains("the authority `") && err(&distrusted).contains("--ca names another"),
        "{}",
        err(&distrusted)
    );
    let stranger = Client::default().refused(served.address.parse().unwrap());
    assert!(stranger.contains("UnknownIssuer"), "{stranger}");
    served.signal("-INT");
    let output = served.output();
    let (path, screen) = (data.path().join("understudy/ca/ca.pem").display().to_string(), err(&output));
    assert_eq!(out(&output), format!("{url}\n"));
    for expected in [
        &format!("listens on {url}\n"),
        "  https      plain http is answered on the same port\n",
        &format!("  authority  {path}: clients have to trust it\n"),
        &format!("curl -i --cacert '{path}' -X POST '{url}/"),
        &format!("does not trust the authority of the certificate; it has to trust `{path}`"),
    ] {
        assert!(screen.contains(expected), "no {expected:?} in\n{screen}");
    }
}

#[test]
fn a_command_is_told_the_https_url_and_the_authority() {
    let data = tempfile::tempdir().unwrap();
    let script = r#"echo "$UNDERSTUDY_URL $UNDERSTUDY_ADMIN_URL $UNDERSTUDY_CA""#;
    let arguments = ["run", "--quiet", "--allow-empty", "--tls", "self-signed", "--", "sh", "-c", script];
    let output = with_data(data.path()).args(arguments).output().unwrap();
    let told = out(&output);
    let told: Vec<&str> = told.split_whitespace().collect();
    assert!(told[0].starts_with("https://127.0.0.1:") && told[1] == format!("{}/__admin", told[0]), "{told:?}");
    assert_eq!(told[2], data.path().join("understudy/ca/ca.pem").to_str().unwrap());
}

#[test]
fn an_authority_that_cannot_be_used_or_made_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir_all(data.path().join("understudy/ca")).unwrap();
    let start = |command: &mut Command| {
        let output = command.args(["serve", "--listen", "127.0.0.1:0", "--tls", "self-signed"]).output().unwrap();
        assert_eq!(output.status.code(), Some(4));
        err(&output)
    };
    let screen = start(&mut with_data(data.path()));
    assert!(screen.contains("is of no use") && screen.contains("without that folder a new one is made"), "{screen}");
    let screen = start(understudy().env_remove("XDG_DATA_HOME").env_remove("HOME"));
    assert!(screen.contains("neither XDG_DATA_HOME nor HOME is set"), "{screen}");
}

#[test]
fn a_certificate_that_cannot_be_used_says_which_file_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let put = |name: &str, text: &str| file(folder.path(), name, text).display().to_string();
    let (certificate, key) = (put("cert.pem", &made.cert.pem()), put("key.pem", &made.signing_key.serialize_pem()));
    let (other, empty) = (put("other.pem", &other), put("empty.pem", ""));
    let told = |files: &str| {
        let output = run(&["serve", "--listen", "127.0.0.1:0", "--tls", files]);
        assert_eq!(output.status.code(), Some(4), "{files}");
        err(&output)
    };
    for (certificate, key, expected) in [
        (&certificate, &other, format!("error: the key `{other}` does not belong to that certificate\n")),
        (
            &key,
            &certificate,
            format!(
                "error: the certificate `{key}` has no section `BEGIN CERTIFICATE`, but PRIVATE KEY; expected CERT,KEY\n"
            ),
        ),
        (
            &certificate,
            &empty,
            format!("error: the key `{empty}` has no section `BEGIN PRIVATE KEY`; expected PEM, the text form\n"),
        ),
        (
            &"/nowhere".to_owned(),
            &key,
            "error: the certificate `/nowhere` cannot be read: No such file or directory (os error 2)\n".to_owned(),
        ),
    ] {
        assert_eq!(told(&format!("{certificate},{key}")), expected);
    }
}

#[test]
fn a_given_certificate_that_is_expired_is_served_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(2020, 1, 2);
    let certificate = file(folder.path(), "cert.pem", &parameters.self_signed(&key).unwrap().pem());
    let key = file(folder.path(), "key.pem", &key.serialize_pem());
    let served = Served::start(&["--tls", &format!("{},{}", certificate.display(), key.display())]);
    served.signal("-INT");
    let screen = err(&served.output());
    let warning = format!(
        "warning: the certificate `{}` was good until 2020-01-02T00:00:00Z; clients will refuse it",
        certificate.display()
    );
    assert!(screen.contains(&warning), "{screen}");
}

#[test]
fn options_that_make_no_sense_together_are_refused() {
    for (arguments, expected) in [
        (&["--tls-only"][..], "--tls <self-signed|CERT,KEY>"),
        (&["--tls", "yes"], "expected `self-signed`"),
        (
            &["--tls", "self-signed", "--tls-fault", "old@1"],
            "the faults are expired, wrong-host, untrusted, stalled, reset",
        ),
        (&["--tls", "self-signed", "--tls-name", "a b"], "expected a host name"),
    ] {
        let output = run(&[&["serve"], arguments].concat());
        assert!(output.status.code() == Some(2) && err(&output).contains(expected), "{}", err(&output));
    }
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = file(folder.path(), "cert.pem", &made.cert.pem());
    let key = file(folder.path(), "key.pem", &made.signing_key.serialize_pem());
    let files = format!("{},{}", certificate.display(), key.display());
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--tls", &files, "--tls-fault", "expired@0"]);
    assert!(err(&output).contains("`--tls-fault expired` needs `--tls self-signed`"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(2));
}
