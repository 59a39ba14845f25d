//! `understudy sign` and `understudy credentials`, as a person runs them.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    command_line::{err, file, out, run, understudy},
    pasted::words,
    signatures::{app_vectors, pairs_of, query_of, sign_vectors},
};

const SHARE: &str = "http://127.0.0.1:8080/koodrive/ose/v1/share";
const SET: &str = "http://127.0.0.1:8080/m-open/1/org/set";
const TIME: [&str; 2] = ["--time", "2026-11-21T08:00:00Z"];
pub(crate) const BODY: &str = r#"{"scope":2,"fileIds":["1"],"containerId":"it's $5\n","validDays":30}"#;

fn sign(arguments: &[&str]) -> Output {
    run(&[&["sign"], TIME.as_slice(), arguments].concat())
}

#[track_caller]
fn object(arguments: &[&str]) -> Value {
    let output = sign(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", err(&output)))
}

#[test]
fn every_app_vector_comes_out_of_the_command() {
    let vectors = app_vectors();
    for vector in vectors["vectors"].as_array().unwrap() {
        let (input, expected) = (&vector["input"], &vector["expected"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = pairs_of(&input["headers"]);
        let (_, host) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Host")).unwrap();
        let query = query_of(&pairs_of(&input["query"]));
        let path = text(&input["path"]).replace(' ', "%20");
        let question = if query.is_empty() { "" } else { "?" };
        let mut arguments =
            vec![format!("http://{}{path}{question}{query}", host.trim()), "-X".to_owned(), text(&input["method"])];
        arguments.extend(["--app-id".to_owned(), text(&vectors["app_id"])]);
        arguments.extend(["--secret".to_owned(), text(&vectors["app_secret"]), "--scheme=app".to_owned()]);
        for (name, value) in headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Host")) {
            arguments.extend(["-H".to_owned(), format!("{name}: {value}")]);
        }
        if let Some(body) = input["body"].as_str().filter(|body| !body.is_empty()) {
            arguments.extend(["-d".to_owned(), body.to_owned()]);
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let signed = object(&arguments);
        for name in ["canonical_request", "string_to_sign", "signature"] {
            assert_eq!(signed[name], expected[name], "{}", vector["name"]);
        }
        assert_eq!(signed["hash"], expected["hashed_canonical_request"]);
        assert_eq!(signed["authorization"], format!("Authorization: {}", text(&expected["authorization"])));
    }
}

#[test]
fn a_call_of_a_session_is_signed_like_any_other() {
    for (url, operation, step) in [
        ("http://127.0.0.1:8080/~a/koodrive/ose/v1/departments/7", "DeleteDepartment", "authorization"),
        ("http://127.0.0.1:8080/~a/m-open/1/org/info?org_id=30011", "info", "parameter"),
    ] {
        let method = if step == "parameter" { "GET" } else { "DELETE" };
        let signed = object(&["-X", method, url]);
        assert_eq!((&signed["operation"], &signed["violations"]), (&json!(operation), &json!([])), "{signed:#}");
        assert!(signed[step].is_string(), "{signed:#}");
        assert!(signed["url"].as_str().unwrap().starts_with("http://127.0.0.1:8080/~a/"));
    }
}

#[test]
fn every_sign_vector_comes_out_of_the_command_whatever_carries_the_parameters() {
    for vector in sign_vectors()["vectors"].as_array().unwrap() {
        let parameters = vector["params"].as_object().unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs: Vec<_> = parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let plain: Vec<_> = pairs.iter().map(|(name, value)| format!("--data-urlencode={name}={value}")).collect();
        let (url, query) = ("http://a/m-open/1/org/info", query_of(&pairs));
        let (in_query, in_json) = (format!("{url}?{query}"), vector["params"].to_string());
        let mut forms = vec![vec![url, "-d", &query], vec![&in_query], vec![url, "-d", &in_json]];
        forms.push([url].into_iter().chain(plain.iter().map(String::as_str)).collect());
        for form in forms {
            let secret = ["--client-id", pairs[0].1.as_str(), "--secret", vector["secret"].as_str().unwrap()];
            let secret = if pairs[0].0 == "client_id" { &secret[..] } else { &secret[2..] };
            let signed = object(&[&form, secret].concat());
            for name in ["string_to_sign", "sign"] {
                assert_eq!(signed[name], vector[name], "{} {form:?}", vector["name"]);
            }
        }
    }
}

#[test]
fn the_steps_are_printed_in_order_and_say_what_was_added() {
    let output = sign(&["-d", BODY, SHARE]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", err(&output));
    let screen = out(&output);
    let places: Vec<_> = [
        "CreateShare: POST /koodrive/ose/v1/share, signed by 0011",
        "added: X-Date: 20261121T080000Z, X-User-Id: 1505084218764547200, Content-Type: application/json\n",
        "\n1. canonical request",
        "\n   x-date:20261121T080000Z\n   x-user-id:1505084218764547200\n\n   host;x-date;x-user-id\n",
        "\n2. ",
        "\n3. string to sign\n   HMAC-SHA256\n",
        "\n4. ",
        "\n5. header\n   Authorization: HMAC-SHA256 AppId=",
        "\ncurl -i -X POST ",
    ]
    .iter()
    .map(|part| screen.find(part).unwrap_or_else(|| panic!("no {part:?} in\n{screen}")))
    .collect();
    assert!(places.is_sorted());
}

#[test]
fn the_curl_line_reads_back_as_the_call_that_was_signed() {
    let words = words(object(&["-H", "X-Traceid: a'b\"c", "-d", BODY, SHARE])["curl"].as_str().unwrap());
    assert_eq!(words[..4], ["-i", "-X", "POST", SHARE]);
    assert!(words.contains(&"X-Traceid: a'b\"c".to_owned()));
    assert_eq!(words[words.len() - 2..], ["--data-raw", BODY]);
    assert!(!words.iter().any(|word| word.starts_with("Host")), "curl makes it itself: {words:?}");

    let signed = object(&["--data-urlencode", "org_name=R&D's +空\n", "-d", "org_id=1", SET]);
    let words = self::words(signed["curl"].as_str().unwrap());
    let expected = format!(
        "org_id=1&org_name=R%26D%27s%20%2B%E7%A9%BA%0A&client_id=understudy-client&dateline=1795248000&{}",
        signed["parameter"].as_str().unwrap()
    );
    assert_eq!(words[words.len() - 1], expected);
    for (arguments, word) in [
        (["-H", "Host: b", SHARE], "Host: b"),
        (["-H", "X-User-Id:", SHARE], "X-User-Id:"),
        (["-X", "HEAD", SHARE], "--head"),
        (["-X", "GET", "http://a/koodrive/../b"], "--path-as-is"),
        (["-X", "GET", "http://a/koodrive?a={b}"], "--globoff"),
        (["-X", "GET", "http://A/koodrive"], "Host: A"),
    ] {
        let words = self::words(object(&arguments)["curl"].as_str().unwrap());
        assert!(words.contains(&word.to_owned()), "{words:?}");
    }
}

#[test]
fn a_body_is_signed_byte_by_byte_from_a_file_or_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "it's a body.json", "{ }\r\n");
    let at = format!("@{}", path.display());
    let signed = object(&["-d", &at, SHARE]);
    let in_place = object(&["-d", "{ }\r\n", SHARE]);
    assert_eq!(signed["signature"], in_place["signature"]);
    assert_ne!(signed["signature"], object(&["-d", "{ }", SHARE])["signature"]);
    let words = words(signed["curl"].as_str().unwrap());
    assert_eq!(words[words.len() - 2..], ["--data-binary".to_owned(), at]);

    let mut command = understudy();
    command.args(["sign", TIME[0], TIME[1], "--format", "json", "-d", "@-", SHARE]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{ }\r\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let signed: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(signed["signature"], in_place["signature"]);
}

#[test]
fn what_the_stand_in_would_refuse_is_a_warning() {
    let full = ["-d", BODY, SHARE];
    for (arguments, expected) in [
        (vec!["-H", "X-User-Id:"], "/headers/X-User-Id: expected a value"),
        (vec!["-H", "X-Date: 20261121T080001Z"], "1 s after now; sign with a few seconds subtracted"),
        (vec!["-H", "X-Date: 20261121T074459Z"], "15 min 1 s before now"),
        (vec!["--signed-headers", "host;x-date"], "`SignedHeaders` lacks `x-user-id`"),
        (vec!["--signed-headers", "x-date;x-user-id;x-more"], "names `x-more`, but the request has no such header"),
    ] {
        let output = sign(&[&arguments[..], &full].concat());
        assert!(output.status.success());
        let screen = err(&output);
        assert!(screen.contains("would refuse") && screen.contains(expected), "{arguments:?}: {screen}");
    }
    for (arguments, expected) in [
        (vec!["http://a/koodrive/ose/v1/shares/1/2"], "/path: expected a documented method and path"),
        (vec!["http://a/koodrive/ose/v1/session/auth"], "/headers/Authorization: expected `Bearer TOKEN`"),
        (vec!["-d", r#"{"scope":7}"#, SHARE], "/body/fileIds"),
        (vec!["-d", "org_id=1", "-d", "dateline=1795240000", SET], "2 h 13 min before now"),
        (vec!["-d", "org_name=x", SET], "/params: expected exactly one of org_id, mount_id, found none of them"),
    ] {
        let output = sign(&arguments);
        assert!(output.status.success());
        assert!(err(&output).contains(expected), "{arguments:?}: {}", err(&output));
    }
    let signed = object(&["-d", r#"{"scope":7}"#, SHARE]);
    assert_eq!(signed["violations"][0]["at"], "/body/fileIds");
}

#[test]
fn what_cannot_be_signed_is_wrong_usage_and_says_what_to_do() {
    for (arguments, expected) in [
        (vec!["127.0.0.1:8080/a"], "expected a URL such as http://"),
        (vec!["ftp://a/b"], "does not start with http://"),
        (vec!["http://user:word@a/b"], "has a user name"),
        (vec!["http://a/b c"], "percent-encode spaces"),
        (vec!["-X", "G T", SHARE], "is not an HTTP method"),
        (vec!["-H", "X-Date", SHARE], "-H takes `Name: value`"),
        (vec!["-H", "X Date: 1", SHARE], "the name of a header"),
        (vec!["-H", "X-Date: 1\r\nA: b", SHARE], "is one line"),
        (vec!["-H", "authorization: x", SHARE], "leave it out"),
        (vec!["--secret", "x", SHARE], "name its owner with --app-id"),
        (vec!["--app-id", "a", SHARE], "give its secret with --secret-env"),
        (vec!["--app-id", "a,b", "--secret", "x", SHARE], "without spaces and commas"),
        (vec!["--app-id", "a", "--secret", "", SHARE], "the secret is empty"),
        (vec!["--app-id", "a", "--secret-env", "UNDERSTUDY_NO_SUCH", SHARE], "export it"),
        (vec!["--client-id", "a", SHARE], "choose with --scheme"),
        (vec!["--signed-headers", "a,b", SHARE], "joined with `;`"),
        (vec!["--data-urlencode", "a", SET], "takes NAME=TEXT"),
        (vec!["-d", "org_name=100%", SET], "give the plain text with --data-urlencode"),
        (vec!["-d", "sign=a", SET], "leave it out"),
        (vec!["-d", "client_id=a", SET], "there is no client `a`"),
        (vec!["-d", "client_id=a", "--client-id", "b", "--secret", "x", SET], "but the call has `a`"),
        (vec!["-d", r#"{"a":[1]}"#, SET], "`a` is not a string, number or boolean"),
        (vec!["-d", "{", SET], "is not JSON"),
    ] {
        let output = sign(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(expected) && output.stdout.is_empty(), "{arguments:?}: {}", err(&output));
    }
    for arguments in [["-d", "@no-such-file"], ["--credentials", "no-such-file"]] {
        assert_eq!(sign(&[&arguments[..], &[SHARE]].concat()).status.code(), Some(4));
    }
}

#[test]
fn credentials_of_a_file_take_the_place_of_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let text = "koodrive: { apps: { one: secret-1 } }\ngokuai: { clients: { two: secret-2, three: secret-3 } }\n";
    let path = file(folder.path(), "credentials.yaml", text);
    let path = path.to_str().unwrap();
    let signed = object(&["--credentials", path, SHARE]);
    assert_eq!(signed["id"], "one");
    assert_eq!(signed["signature"], object(&["--app-id", "one", "--secret", "secret-1", SHARE])["signature"]);
    let output = sign(&["--credentials", path, SET]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("choose with --client-id: `three`, `two`"), "{}", err(&output));
    assert_eq!(object(&["--credentials", path, "--client-id", "two", SET])["id"], "two");
    assert_eq!(object(&["--credentials", path, "-d", "client_id=three", SET])["id"], "three");

    let path = file(folder.path(), "broken.yaml", "koodrive: { aps: { one: secret-1 } }\n");
    let output = sign(&["--credentials", path.to_str().unwrap(), SHARE]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("did you mean `apps`?") && !err(&output).contains("secret-1"), "{}", err(&output));
}

#[test]
fn no_secret_is_ever_printed() {
    let secret = "v3ry-s3cret";
    for format in ["text", "json"] {
        for (option, url) in [("--app-id", SHARE), ("--client-id", SET)] {
            let arguments = ["sign", "--format", format, option, "me", "--secret-env", "APP_SECRET", url];
            let output = understudy().args(arguments).env("APP_SECRET", secret).output().unwrap();
            assert!(output.status.success() && !out(&output).contains(secret) && !err(&output).contains(secret));
        }
    }
    for arguments in [
        vec!["--app-id", "me", "-H", "X-Traceid: v3ry-s3cret", SHARE],
        vec!["--app-id", "me", "-d", r#"{"secret":"v3ry-s3cret"}"#, SHARE],
        vec!["--client-id", "me", "-d", "client_secret=v3ry-s3cret", SET],
    ] {
        let output = sign(&[&arguments[..], &["--secret", secret]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("never sent") && !err(&output).contains(secret), "{}", err(&output));
    }
}

#[test]
fn the_built_in_credentials_fit_into_an_environment() {
    let program = env!("CARGO_BIN_EXE_understudy");
    let script =
        format!("env $({program} credentials) sh -c 'echo $UNDERSTUDY_GOKUAI_CLIENT_ID $UNDERSTUDY_KOODRIVE_USER_ID'");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(out(&output), "understudy-client 1505084218764547200\n");
    let object: Value = serde_json::from_str(&out(&run(&["credentials", "--format", "json"]))).unwrap();
    assert_eq!(object.as_object().unwrap().len(), 6);
    assert_eq!(object["UNDERSTUDY_GOKUAI_CLIENT_SECRET"], json!("understudy-client-secret-not-real"));
}
