//! The whole contract of KooDrive: what must hold for each of its operations.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use understudy::{
    contract::{Contract, Door, Operation, Payload, Request as Call, SpecFiles, Strictness, json::Json},
    mock::{Mock, Options, Plan},
    server::Limits,
    session::Arrival,
};

use crate::client::{Request, Running, contract, trusting};

fn koodrive(contract: &Contract) -> Vec<&Operation> {
    let of_koodrive = |operation: &&Operation| contract.service_of(operation).description.service == "koodrive";
    contract.operations().iter().filter(of_koodrive).collect()
}

fn mock(strictness: Strictness) -> Mock {
    Mock::new(contract(), Vec::new(), Options { strictness, ..Options::default() })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Sends an operation's smallest request, without some headers.
fn call(mock: &Mock, operation: &Operation, left_out: &[&str]) -> Plan {
    let request = operation.smallest_request(mock.contract().service_of(operation)).unwrap();
    let mut path = operation.path.clone();
    for (name, value) in request.path.iter().filter_map(Value::as_object).flatten() {
        path = path.replace(&format!("{{{name}}}"), &text(value));
    }
    let query = request.query.iter().filter_map(Value::as_object).flatten();
    let query: Vec<String> = query.map(|(name, value)| format!("{name}={}", text(value))).collect();
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers.iter().filter_map(Value::as_object).flatten() {
        if left_out.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let value = if name == "Authorization" { "Bearer abc".to_owned() } else { text(value) };
        headers.insert(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    let body = request.body.map(|body| body.to_string()).unwrap_or_default();
    mock.handle(
        &Call {
            version: http::Version::HTTP_11,
            method: &operation.method,
            base: "",
            path: &path,
            query: Some(&query.join("&")).filter(|query| !query.is_empty()).map(String::as_str),
            authority: None,
            memory: None,
            door: Door::Everything,
            headers: &headers,
            body: Payload::Whole(body.as_bytes()),
        },
        Arrival::at(jiff::Timestamp::UNIX_EPOCH),
    )
}

#[test]
fn there_are_110_operations_in_23_groups() {
    let contract = contract();
    let operations = koodrive(&contract);
    let groups: BTreeSet<_> = operations.iter().map(|operation| operation.group.as_str()).collect();
    assert_eq!((operations.len(), groups.len()), (110, 23));
    for operation in operations {
        assert!(!operation.title.is_empty() && !operation.documentation.is_empty(), "{}", operation.name);
    }
}

#[test]
fn every_operation_answers_its_smallest_request_without_a_complaint() {
    let mock = mock(Strictness { deny_unknown: true, ..Strictness::default() });
    let mut complaints = Vec::new();
    for operation in koodrive(mock.contract()) {
        let plan = call(&mock, operation, &[]);
        assert_eq!(plan.operation.as_ref(), Some(&operation.label));
        if !plan.answer.status.is_success() {
            complaints.push(format!("{}: {:?}", operation.name, plan.violations));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn every_default_answer_obeys_its_own_schema_and_says_success() {
    let contract = contract();
    for operation in koodrive(&contract) {
        let service = contract.service_of(operation);
        let answer: Value = serde_json::from_slice(&operation.compiled(service).unwrap().example.body).unwrap();
        let responses = operation.responses(service).unwrap();
        let success = responses.iter().find(|response| response.status.is_success()).unwrap();
        let violations =
            success.body.as_ref().map(|body| body.violations(&Json::from(&answer), "")).unwrap_or_default();
        assert!(violations.is_empty(), "{}: {violations:?}", operation.name);
        if let Some(code) = answer.get("code") {
            assert!(*code == json!(0) || *code == json!("0"), "{}: {answer}", operation.name);
        }
        // The same every time.
        let again = contract.operation(operation.id).compiled(service).unwrap().example.body.clone();
        assert_eq!(serde_json::from_slice::<Value>(&again).unwrap(), answer);
    }
}

#[test]
fn a_wrong_answer_of_each_group_is_rejected_at_its_place() {
    let contract = contract();
    let suite: Vec<Value> = serde_json::from_str(include_str!("../data/wrong-answers.json")).unwrap();
    let mut covered = BTreeSet::new();
    for wrong in &suite {
        let operation = contract.operation(contract.named(wrong["operation"].as_str().unwrap())[0]);
        let responses = operation.responses(contract.service_of(operation)).unwrap();
        let response = responses.iter().find(|response| wrong["status"] == response.status.as_u16()).unwrap();
        let violations = response.body.as_ref().unwrap().violations(&Json::from(&wrong["body"]), "");
        let places: Vec<&str> = violations.iter().map(|violation| violation.at.as_str()).collect();
        assert!(places.contains(&wrong["at"].as_str().unwrap()), "{}: {places:?}", operation.name);
        covered.insert(operation.group.as_str());
    }
    let groups: BTreeSet<_> = koodrive(&contract).iter().map(|operation| operation.group.as_str()).collect();
    assert_eq!(covered, groups);
}

#[test]
fn where_paths_overlap_the_literal_one_wins() {
    let contract = contract();
    let operations = koodrive(&contract);
    let segments = |operation: &Operation| -> Vec<String> { operation.path.split('/').map(str::to_owned).collect() };
    let is_parameter = |segment: &str| segment.starts_with('{');
    let mut overlaps = Vec::new();
    for literal in &operations {
        for other in &operations {
            let (a, b) = (segments(literal), segments(other));
            let covers = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || is_parameter(b));
            let differs = a.iter().zip(&b).any(|(a, b)| !is_parameter(a) && is_parameter(b));
            if covers && differs && literal.method == other.method {
                overlaps.push(format!(
                    "{} {} ({}) beside {} ({})",
                    literal.method, literal.path, literal.name, other.path, other.name
                ));
            }
        }
    }
    insta::assert_snapshot!(overlaps.join("\n"));
    // Each operation is found by its own path: see `every_operation_answers_its_smallest_request_without_a_complaint`.
    let mock = mock(Strictness::default());
    for operation in koodrive(mock.contract()) {
        assert_eq!(call(&mock, operation, &[]).operation.as_ref(), Some(&operation.label));
    }
}

#[test]
fn the_lenient_profile_asks_for_app_headers_with_an_app_signature_only() {
    let headers = ["X-User-Id", "X-Date", "Host"];
    let strict = mock(Strictness::default());
    let lenient = mock(Strictness { lenient: true, ..Strictness::default() });
    let share = |mock: &Mock| {
        let operation = mock.contract().operation(mock.contract().named("CreateShare")[0]);
        call(mock, operation, &headers).answer.status.as_u16()
    };
    assert_eq!((share(&strict), share(&lenient)), (400, 200));
    let server = Running::with(
        &[],
        Options { strictness: Strictness { lenient: true, ..trusting().strictness }, ..Options::default() },
        Limits::default(),
    );
    let signature = format!("HMAC-SHA256 AppId=a,SignedHeaders=host;x-date;x-user-id,Signature={}", "0".repeat(64));
    let signed = Request::share().header("Authorization", &signature).without("X-User-Id");
    server.send(&signed).refuses("/headers/X-User-Id", "required");
    // A header that is there is still checked.
    server.send(&Request::share().header("X-Date", "yesterday")).refuses("/headers/X-Date", "format");
}

#[test]
fn with_deny_unknown_what_is_not_documented_is_refused() {
    let strictness = Strictness { deny_unknown: true, ..Strictness::default() };
    let server = Running::with(&[], Options { strictness, ..Options::default() }, Limits::default());
    let refused = "additionalProperties";
    server.send(&Request::share_with("colour", Some(json!(1)))).refuses("/body/colour", refused);
    let mut request = Request::share();
    request.target.push_str("?colour=red");
    server.send(&request).refuses("/query/colour", refused);
    server.send(&Request::share().header("X-Hw-Agentname", "a")).refuses("/headers/x-hw-agentname", refused);
    // Headers that are nobody's in particular are not the vendor's business.
    let usual = Request::share().header("User-Agent", "a").header("Accept", "*/*").header("X-Request-Id", "a");
    assert_eq!(server.send(&usual).status, 200);
    // A doubtful rule stays a warning.
    let create = json!({ "fileName": "a\\b", "fileType": "45", "parentFolder": ["root"], "length": 1, "uploadMode": "multipart",
                         "uploadType": 1, "autoRename": 2, "containerId": "c" });
    let response = server.send(&Request::new("POST", "/koodrive/ose/v1/files/create").body(&create.to_string()));
    assert_eq!(response.status, 200, "{response:?}");
    let exchange = server.mock.journal().get(server.mock.journal().next_number() - 1).unwrap();
    assert_eq!(exchange.details().warnings[0].at, "/body/fileName");
}

#[test]
fn header_tables_differ_by_operation_as_documented() {
    let server = Running::plain();
    let warnings = |request: &Request| -> Vec<String> {
        server.send(request);
        let exchange = server.mock.journal().get(server.mock.journal().next_number() - 1).unwrap();
        exchange.details().warnings.iter().map(|warning| warning.at.clone()).collect()
    };
    let trace = "a".repeat(58);
    // Messages have no trace id.
    let messages = Request::new("GET", "/koodrive/ose/v1/message/list").header("X-Traceid", &trace);
    assert!(warnings(&messages).contains(&"/headers/x-traceid".to_owned()));
    assert_eq!(warnings(&Request::share().header("X-Traceid", &trace)), [""; 0]);
    // The audit log lists no credential at all.
    let audit = koodrive_operation("ListAuditLogs");
    assert!(audit.0.is_empty() && audit.1.is_none());
    // Refreshing a session needs its id.
    let refresh = Request::new("POST", "/koodrive/ose/v1/session/refresh");
    let response = server.send(&refresh);
    assert!(
        response.violations().contains(&("/headers/x-session-id".to_owned(), "required".to_owned())),
        "{response:?}"
    );
}

/// The headers and the credential of an operation's table.
fn koodrive_operation(name: &str) -> (Vec<String>, Option<String>) {
    let contract = contract();
    let operation = contract.operation(contract.named(name)[0]);
    let compiled = operation.compiled(contract.service_of(operation)).unwrap();
    let headers = compiled.headers.iter().flat_map(|headers| &headers.fields).map(|field| field.name.clone()).collect();
    (headers, operation.authentication.first().map(|scheme| scheme.form.to_owned()))
}

#[test]
fn bodies_of_get_and_delete_are_judged_where_the_documentation_has_them() {
    let contract = contract();
    let with_body: Vec<&str> = koodrive(&contract)
        .into_iter()
        .filter(|operation| operation.method != "POST" && operation.method != "PUT")
        .filter(|operation| operation.compiled(contract.service_of(operation)).unwrap().body.is_some())
        .map(|operation| operation.name.as_str())
        .collect();
    insta::assert_snapshot!(with_body.join("\n"));
}

#[test]
fn parts_but_the_last_have_their_least_size() {
    let server = Running::plain();
    let upload = |sizes: &[u64]| {
        let parts: Vec<Value> = sizes
            .iter()
            .enumerate()
            .map(|(index, size)| json!({ "partNumber": index + 1, "partSize": size }))
            .collect();
        let body = json!({ "fileId": "f", "multiParts": parts }).to_string();
        server.send(&Request::new("POST", "/koodrive/ose/v1/files/multipart/uploadUrl").body(&body))
    };
    assert_eq!(upload(&[5_242_880, 7]).status, 200);
    assert_eq!(upload(&[7]).status, 200);
    upload(&[5_242_879, 7]).refuses("/body/multiParts/0/partSize", "x-all-but-last");
    let every: Vec<String> = upload(&[5_242_879, 5_242_880, 1, 7]).violations().into_iter().map(|(at, _)| at).collect();
    assert_eq!(every, ["/body/multiParts/0/partSize", "/body/multiParts/2/partSize"]);
    upload(&[5_242_880, 5_368_709_121]).refuses("/body/multiParts/1/partSize", "maximum");
}

#[test]
fn numbers_and_sizes_of_parts_go_from_their_least_to_their_most() {
    let server = Running::plain();
    let create = |length: u64, parts: Value| {
        let body = json!({ "fileName": "a", "fileType": "45", "parentFolder": ["root"], "length": length, "uploadMode": "multipart",
                           "uploadType": 1, "autoRename": 2, "containerId": "c", "multiParts": parts });
        server.send(&Request::new("POST", "/koodrive/ose/v1/files/create").body(&body.to_string()))
    };
    let part = |number: i64, size: i64| json!({ "partNumber": number, "partSize": size });
    let (least, most) = (5 << 20, 5 << 30);
    for parts in [
        json!([part(1, 0)]),
        json!([part(10_000, 1)]),
        json!([part(1, least), part(2, 0)]),
        json!([part(1, most), part(2, most)]),
        // In parallel all but the last are whole blocks of SHA-256.
        json!([{ "partNumber": 1, "partSize": least + 64, "partOffset": 0 }, part(2, 1)]),
        // Nothing says how many there may be but their numbers.
        (1..=10_000).map(|number| part(number, least)).collect(),
    ] {
        let answer = create(1, parts);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    for (part, member, rule) in [
        (part(0, 1), "partNumber", "minimum"),
        (part(10_001, 1), "partNumber", "maximum"),
        (part(1, -1), "partSize", "minimum"),
        (part(1, most + 1), "partSize", "maximum"),
    ] {
        create(1, json!([part])).refuses(&format!("/body/multiParts/0/{member}"), rule);
    }
    create(1, json!([part(1, most + 1), part(2, 1)])).refuses("/body/multiParts/0/partSize", "maximum");
    create(1, json!([{ "partNumber": 1, "partSize": least + 63, "partOffset": 0 }, part(2, 1)]))
        .refuses("/body/multiParts/0/partSize", "x-all-but-last");
    assert_eq!(create(200 << 30, json!([part(1, 1)])).status, 200);
    create((200 << 30) + 1, json!([part(1, 1)])).refuses("/body/length", "maximum");
}

#[test]
fn names_of_files_have_their_rules() {
    let server = Running::plain();
    let rename = |name: &str| {
        let body = json!({ "containerId": "c", "name": name, "renameMode": 2 }).to_string();
        server.send(&Request::new("POST", "/koodrive/ose/v1/files/rename/f").body(&body))
    };
    let create = |name: &str| {
        let body = json!({ "fileName": name, "fileType": "45", "parentFolder": ["root"], "length": 1, "uploadMode": "multipart",
                           "uploadType": 1, "autoRename": 2, "containerId": "c" });
        server.send(&Request::new("POST", "/koodrive/ose/v1/files/create").body(&body.to_string()))
    };
    for name in ["report.pdf", "会议资料.docx", "a b", "...", "smile 😀.png"] {
        assert_eq!(create(name).status, 200, "{name}");
    }
    for name in ["", ".", "..", "a<b", "a|b", "a:b", "a\"b", "a*b", "a?b", "a/b"] {
        assert_eq!(create(name).status, 400, "{name}");
    }
    assert_eq!(create(&"空".repeat(250)).status, 200);
    assert_eq!(create(&"空".repeat(251)).status, 400);
    // Renaming forbids the backslash too.
    assert_eq!((rename("a b").status, rename("a\\b").status), (200, 400));
}

/// All default answers, as they were read against their tables: where one changes, it wants to be read again.
#[test]
fn every_default_answer_is_one_that_was_read() {
    let contract = contract();
    let mut text = String::new();
    for operation in contract.operations() {
        let compiled = operation.compiled(contract.service_of(operation)).unwrap();
        let body: Value = serde_json::from_slice(&compiled.example.body).unwrap_or_default();
        let label = compiled.example_source.label();
        text.push_str(&format!("{} {} {label}\n{body:#}\n\n", operation.name, compiled.example.status.as_u16()));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_sample_is_the_value_of_a_default_answer() {
    let contract = contract();
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    for operation in contract.operations() {
        let compiled = operation.compiled(contract.service_of(operation)).unwrap();
        collect("", &serde_json::from_slice(&compiled.example.body).unwrap_or_default(), &mut found);
    }
    let files = SpecFiles::embedded();
    let shared: Value = serde_json::from_str(files.get("koodrive/shared.json").unwrap().text()).unwrap();
    let samples = shared["samples"].as_object().unwrap().iter();
    let unused = samples.filter(|(way, values)| {
        let name = way.rsplit('.').next().unwrap();
        !values.as_array().unwrap().iter().any(|value| found.contains(&(name.to_owned(), text(value))))
    });
    assert_eq!(unused.map(|(way, _)| way).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// The members of a value, by their names and as text.
fn collect(name: &str, value: &Value, found: &mut BTreeSet<(String, String)>) {
    found.insert((name.to_owned(), text(value)));
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| collect(name, value, found)),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, found)),
        _ => {}
    }
}
