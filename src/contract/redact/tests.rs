//! Texts and how they are shown.

use super::*;

fn shown(text: &str) -> String {
    Redaction::new(["extractCode"]).text(text).into_owned()
}

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

#[test]
fn hides_members_of_json_and_leaves_the_rest_alone() {
    all(&[
        (
            r#"{ "Password" : "a\"b", "n":1, "extractCode":12, "x":{"extractCode":null} }"#,
            r#"{ "Password" : "[redacted]", "n":1, "extractCode":"[redacted]", "x":{"extractCode":"[redacted]"} }"#,
        ),
        (r#"{"password":"","b":"token"}"#, r#"{"password":"","b":"token"}"#),
        (r#"{"password":"\\","b":"%"}"#, r#"{"password":"[redacted]","b":"%"}"#),
        ("{\n  \"password\":\n    \"x\",\n  \"b\": 1\n}", "{\n  \"password\":\n    \"[redacted]\",\n  \"b\": 1\n}"),
    ]);
}

#[test]
fn hides_arrays_and_objects_whole() {
    all(&[
        (r#"{"tokens":["a]",{"b":"c"}],"d":1}"#, r#"{"tokens":"[redacted]","d":1}"#),
        (r#"{"secret":{"a":"}","b":[1]} ,"d":1}"#, r#"{"secret":"[redacted]" ,"d":1}"#),
        (r#"{"secret":{"a":["b"#, r#"{"secret":"[redacted]""#),
    ]);
}

#[test]
fn hides_secrets_in_json_that_is_broken() {
    all(&[
        (r#"{"password":"abc"#, r#"{"password":"[redacted]"#),
        ("{\"password\":\"abc\\", r#"{"password":"[redacted]"#),
        (r#"{password:"abc", "b": 1}"#, r#"{password:"[redacted]", "b": 1}"#),
        ("{password: abc def, b: 1}", "{password: [redacted], b: 1}"),
        ("{'password':'ab\"c','b':1}", "{'password':'[redacted]','b':1}"),
        (r#"{"password"="abc","b":1}"#, r#"{"password"="[redacted]","b":1}"#),
        (r#"{"password":"ab"c","b":1}"#, r#"{"password":"[redacted]","b":1}"#),
        (r#"{"password":ab cd}"#, r#"{"password":"[redacted]"}"#),
        ("password => abc", "password => [redacted]"),
    ]);
}

#[test]
fn hides_secrets_whose_names_are_written_with_escapes() {
    all(&[
        ("/a?%70assw%4Frd=x&b=%20", "/a?%70assw%4Frd=[redacted]&b=%20"),
        (r#"{"p\u0061ss\u0057ord":"x"}"#, r#"{"p\u0061ss\u0057ord":"[redacted]"}"#),
        ("pass%2577ord=x", "pass%2577ord=[redacted]"),
    ]);
}

#[test]
fn hides_secrets_of_a_text_inside_a_text() {
    all(&[
        (
            r#"{"data":"{\"password\":\"a\\\"b\",\"c\":1}","d":2}"#,
            r#"{"data":"{\"password\":\"[redacted]\",\"c\":1}","d":2}"#,
        ),
        (r#"{"data":"{\"token\":7}","d":2}"#, r#"{"data":"{\"token\":\"[redacted]\"}","d":2}"#),
        (r#"{"url":"https://a/b?token=x&c=d","d":2}"#, r#"{"url":"https://a/b?token=[redacted]&c=d","d":2}"#),
        (r#"{"head":"GET /\nCookie: a=b\nHost: c","d":2}"#, r#"{"head":"GET /\nCookie: [redacted]\nHost: c","d":2}"#),
        ("data=%7B%22password%22%3A%22x%22%7D&b=1", "data=%7B%22password%22%3A%22[redacted]%22%7D&b=1"),
        (r#"{"note":"the password: abc","d":2}"#, r#"{"note":"the password: [redacted]","d":2}"#),
        (r#"{"note":"password=","d":2}"#, r#"{"note":"password=","d":2}"#),
    ]);
}

#[test]
fn hides_form_fields_and_query_parameters() {
    all(&[
        ("/a?password=x&b=1", "/a?password=[redacted]&b=1"),
        ("a=1&extract_code=ab12", "a=1&extract_code=[redacted]"),
        ("password=a,b\"c d&e=1", "password=[redacted]&e=1"),
        ("password=a%26b%0Ac&d=1", "password=[redacted]&d=1"),
        (
            "password[]=x&user[password]=y&user.token=z",
            "password[]=[redacted]&user[password]=[redacted]&user.token=[redacted]",
        ),
        ("password=&b=1", "password=&b=1"),
        ("page_token=x&keyWord=token", "page_token=x&keyWord=token"),
    ]);
}

#[test]
fn hides_tokens_behind_their_scheme_and_passwords_in_urls() {
    all(&[
        (r#"{"comment":"Bearer abcdef0123456789","b":1}"#, r#"{"comment":"Bearer [redacted]","b":1}"#),
        (
            r#"[{"name":"Authorization","value":"Basic bGluOmh1bnRlcjI="}]"#,
            r#"[{"name":"Authorization","value":"Basic [redacted]"}]"#,
        ),
        (r#"{"note":"a bearer of news","b":"basic"}"#, r#"{"note":"a bearer of news","b":"basic"}"#),
        (r#"{"to":"https://lin:hunter2@example.com/a?b=c"}"#, r#"{"to":"https://lin:[redacted]@example.com/a?b=c"}"#),
        ("to=https%3A%2F%2Flin%3Ahunter2%40example.com&b=1", "to=https%3A%2F%2Flin%3A[redacted]%40example.com&b=1"),
        ("https://example.com:8080/a@b", "https://example.com:8080/a@b"),
    ]);
}

#[test]
fn hides_what_was_signed_line_by_line() {
    assert_eq!(shown("GET\n/a/\npassword=x&b=1\nhost:h"), "GET\n/a/\npassword=[redacted]&b=1\nhost:h");
    assert_eq!(shown("x-auth-token:a\nhost:h"), "x-auth-token:[redacted]\nhost:h");
}

#[test]
fn hides_parts_and_elements() {
    let part = |value: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{value}\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--"
        )
    };
    assert_eq!(shown(&part("hunter\r\n2")), part(REDACTED));
    assert_eq!(shown("<a><password>x</password><b>y</b></a>"), "<a><password>[redacted]</password><b>y</b></a>");
}

#[test]
fn hides_header_lines_of_what_never_became_a_request() {
    let head = |text: &str| Redaction::new([]).head(text).into_owned();
    for (text, expected) in [
        (
            "POST / HTTP/1.1\r\nauthorization: Bearer x\r\nHost: a\r\n",
            "POST / HTTP/1.1\r\nauthorization: [redacted]\r\nHost: a\r\n",
        ),
        ("A: b\r\nCookie: a=b,\r\n c=d\r\nHost: a\r\n", "A: b\r\nCookie: [redacted]\r\nHost: a\r\n"),
        ("A: b\r\nAuthorization Bearer x\r\nHost: a\r\n", "A: b\r\nAuthorization[redacted]\r\nHost: a\r\n"),
        ("A: b\r\n Authorization : Bearer a, b\r\nHost: a\r\n", "A: b\r\n Authorization : [redacted]\r\nHost: a\r\n"),
        ("A: b\rCookie: a\rb\r\nHost: a", "A: b\rCookie: [redacted]\r\nHost: a"),
    ] {
        assert_eq!(head(text), expected, "{text:?}");
    }
}

#[test]
fn a_header_that_holds_a_credential_is_hidden_whatever_it_is_called() {
    let redaction = Redaction::new([]);
    for (name, value, expected) in [
        ("Set-Cookie", "a=b", REDACTED),
        ("X-Forwarded-For", "bearer x", REDACTED),
        ("Referer", "https://a/?token=x", "https://a/?token=[redacted]"),
        ("X-User-Id", "1", "1"),
    ] {
        assert_eq!(redaction.header(name, value), expected);
    }
}

#[test]
fn a_text_without_secrets_is_not_copied() {
    for text in [r#"{"a":"b","keyWord":"c%20d"}"#, "/a?b=c", ""] {
        assert!(matches!(Redaction::new(["password"]).text(text), Cow::Borrowed(_)));
    }
}

#[test]
fn a_name_may_have_more_before_and_behind_it() {
    all(&[
        (
            r#"{"user.password":"x","x:token":"y","the secret":[1],"b":1}"#,
            r#"{"user.password":"[redacted]","x:token":"[redacted]","the secret":"[redacted]","b":1}"#,
        ),
        (r#"{"password1":"x","token_2":"y","b":1}"#, r#"{"password1":"[redacted]","token_2":"[redacted]","b":1}"#),
        (
            r#"{"password ":"x","password[0]":"y","password(1)":"z","b":1}"#,
            r#"{"password ":"[redacted]","password[0]":"[redacted]","password(1)":"[redacted]","b":1}"#,
        ),
        (r#"{"extractCode2":"x","b":1}"#, r#"{"extractCode2":"[redacted]","b":1}"#),
        (r#"{"a":"my password","b":"c"}"#, r#"{"a":"my password","b":"c"}"#),
        (r#"{"a":"{\"user.password\":\"x\"}","b":1}"#, r#"{"a":"{\"user.password\":\"[redacted]\"}","b":1}"#),
    ]);
}

#[test]
fn a_secret_leaves_alone_what_stands_behind_its_text() {
    all(&[
        (
            r#"{"password":"x","note":"token=a b","b":"c"}"#,
            r#"{"password":"[redacted]","note":"token=[redacted]","b":"c"}"#,
        ),
        (
            r#"{"password":7,"note":"token: a b","b":"c"}"#,
            r#"{"password":"[redacted]","note":"token: [redacted]","b":"c"}"#,
        ),
        (
            r#"{"secret":{"a":"b"},"note":"token=a","b":"c","user.token":"x","note":"token=a","b":"c"}"#,
            r#"{"secret":"[redacted]","note":"token=[redacted]","b":"c","user.token":"[redacted]","note":"token=[redacted]","b":"c"}"#,
        ),
    ]);
}

#[test]
fn hides_all_that_an_element_holds() {
    all(&[
        ("<a><password><![CDATA[x<y]]></password><b>1</b></a>", "<a><password>[redacted]</password><b>1</b></a>"),
        ("<x:Token><b>x</b><c/></x:Token><b>1</b>", "<x:Token>[redacted]</x:Token><b>1</b>"),
        ("<user.password>x</user.password><b>1</b>", "<user.password>[redacted]</user.password><b>1</b>"),
        ("<password/><b>1</b>", "<password/><b>1</b>"),
        ("<password>x<b>1</b>", "<password>[redacted]"),
    ]);
}
