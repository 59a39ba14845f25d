//! What templates make of calls.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Paths, Template, TemplateContext};
use crate::{
    contract::{Call, Contract, SpecFiles, json::Json},
    scenario::SeededRng,
};

thread_local! {
    static CONTRACT: Contract = SpecFiles::embedded().load().unwrap();
}

/// Renders for a call of CreateShare with these states.
fn rendered(template: &Template, parts: &Value, states: Value, language: &str) -> Result<Value, String> {
    let part = |name: &str| parts.get(name).map(Json::from).unwrap_or_default();
    let call = Call {
        path: part("path"),
        query: part("query"),
        headers: part("headers"),
        body: part("body"),
        params: part("params"),
    };
    let states: BTreeMap<String, Value> = serde_json::from_value(states).unwrap();
    CONTRACT.with(|contract| {
        let operation = contract.operation(contract.named("CreateShare")[0]);
        let context = TemplateContext {
            call: &call,
            method: "POST",
            service: contract.service_of(operation),
            language,
            states: &states,
            now: "2026-11-21T08:00:00.25Z".parse::<Timestamp>().unwrap(),
            rng: SeededRng { seed: 7, session: "night-run", operation: &operation.name, attempt: 3 },
            world: Paths::Nowhere,
            part: "body",
        };
        template.render_value(&context).map_err(|failure| failure.to_string())
    })
}

fn parts() -> Value {
    json!({
        "path": { "shareId": "17" },
        "query": { "limit": 20 },
        "headers": { "X-User-Id": "1505" },
        "params": { "org": 1 },
        "body": {
            "ids": ["a", "b", "c"], "count": 18446744073709551615_u64, "ratio": 1.0, "on": true, "none": null,
            "name": "a \"quoted\" \\ 空\n", "deep": { "x": [1, { "y": 2 }] },
            "members": [{ "id": "1", "role": "r" }, { "id": "2" }]
        }
    })
}

fn of(value: &Value) -> Result<Value, String> {
    let template = Template::compile(&value.into()).unwrap();
    rendered(&template, &parts(), json!({ "upload": "started", "parts": [1, 2] }), "en-US")
}

fn text(template: &str) -> Result<Value, String> {
    of(&json!(template))
}

fn mistake(value: &Value) -> String {
    let mistakes = Template::compile(&value.into()).unwrap_err().mistakes;
    format!("{} {}: {}", mistakes[0].at, mistakes[0].message, mistakes[0].help.as_deref().unwrap_or_default())
}

#[test]
fn a_text_that_is_one_expression_keeps_the_type_of_its_value() {
    for (template, value) in [
        ("{{ request.body.ids }}", json!(["a", "b", "c"])),
        ("{{ request.body.count }}", json!(18446744073709551615_u64)),
        ("{{ request.body.ratio }}", json!(1.0)),
        ("{{request.body.on}}", json!(true)),
        ("{{ request.body.none }}", json!(null)),
        ("{{ request.body.deep }}", json!({ "x": [1, { "y": 2 }] })),
        ("{{ request.body.deep.x[1].y + 1 }}", json!(3)),
        ("{{ request.body.ids | length }}", json!(3)),
        ("{{ {'b': 1, 'a': [request.body.ids[-1]]} }}", json!({ "b": 1, "a": ["c"] })),
        ("{{ request.body.name }}", json!("a \"quoted\" \\ 空\n")),
    ] {
        assert_eq!(text(template), Ok(value), "{template}");
    }
    assert_eq!(text("{{ {'b': 1, 'a': 2} }}").unwrap().to_string(), r#"{"b":1,"a":2}"#);
}

#[test]
fn a_text_with_expressions_in_it_stays_a_text() {
    for (template, value) in [
        ("<{{ request.body.name }}>", "<a \"quoted\" \\ 空\n>"),
        ("{{ request.body.count }}{{ request.body.on }}", "18446744073709551615true"),
        ("ids: {{ request.body.ids }}", r#"ids: ["a","b","c"]"#),
        ("at {{ now }}", "at 2026-11-21T08:00:00.250Z"),
        (" {{ calls }}", " 3"),
        ("{{ '{{' }} {{ '}}' }}", "{{ }}"),
    ] {
        assert_eq!(text(template), Ok(json!(value)), "{template}");
    }
}

#[test]
fn every_name_is_there() {
    for (template, value) in [
        ("{{ request.method }} {{ request.operation }}", json!("POST CreateShare")),
        ("{{ request.path.shareId }}", json!("17")),
        ("{{ request.query.limit }}", json!(20)),
        ("{{ request.headers['X-User-Id'] }}", json!("1505")),
        ("{{ request.params.org }}", json!(1)),
        ("{{ session }}", json!("night-run")),
        ("{{ state.upload }}", json!("started")),
        ("{{ state.parts[1] }}", json!(2)),
        ("{{ calls }}", json!(3)),
        ("{{ now }}", json!("2026-11-21T08:00:00.250Z")),
        ("{{ now.utc }}", json!("2026-11-21T08:00:00Z")),
        ("{{ now.basic }}", json!("20261121T080000Z")),
        ("{{ now.compact }}", json!("20261121080000")),
        ("{{ now.unix }}", json!(1795248000)),
        ("{{ now.millis }}", json!(1795248000250_i64)),
        ("{{ now | plus('20m') }}", json!("2026-11-21T08:20:00.250Z")),
        ("{{ now | plus('20m') | http_date }}", json!("Sat, 21 Nov 2026 08:20:00 GMT")),
        ("{{ '2026-01-02T03:04:05.6Z' | http_date }}", json!("Fri, 02 Jan 2026 03:04:05 GMT")),
        ("{{ (now | plus(days=request.query.limit, hours=1)).compact }}", json!("20261211090000")),
        ("{{ now | minus('1.5s') }}", json!("2026-11-21T07:59:58.750Z")),
        ("{{ message(13000311) }}", json!("Insufficient space.")),
        ("{{ message('13000311') }}", json!("Insufficient space.")),
        ("{{ request.query.limit | times(3) }}", json!(60)),
        ("{{ 0.5 | times(3) }}", json!(1.5)),
        ("{{ request.body.members | map(attribute='id') | join(', ') }}", json!("1, 2")),
        ("{{ 12 | trim(2) }}{{ ' [x] ' | trim(' []') }}{{ request.body.no | trim }}", json!("1x")),
        ("{{ request.body.name | replace('a', 'b') | upper | trim }}", json!("B \"QUOTED\" \\ 空")),
        ("{{ request.body.deep | tojson }}", json!(r#"{"x":[1,{"y":2}]}"#)),
        ("{{ request.body.ids[1:] }}", json!(["b", "c"])),
        ("{{ 'yes' if 'b' in request.body.ids else 'no' }}", json!("yes")),
        ("{{ request.body.ids is sequence and calls is odd }}", json!(true)),
        ("{{ request.body.members | selectattr('role') | map(attribute='id') }}", json!(["1"])),
    ] {
        assert_eq!(text(template), Ok(value), "{template}");
    }
}

#[test]
fn messages_come_in_the_language_of_the_caller() {
    let template = Template::compile_text("{{ message(13000311) }}").unwrap();
    assert_eq!(rendered(&template, &parts(), json!({}), "zh-CN"), Ok(json!("空间不足")));
}

#[test]
fn what_was_not_sent_leaves_its_member_out_and_nothing_in_a_text() {
    let written = json!({
        "a": "{{ request.body.no }}", "b": 1, "c": "{{ request.body.no.deeper[3] }}", "d": "<{{ request.query.no }}>",
        "e": ["{{ state.no }}", 2, "{{ request.path.no }}"], "f": "{{ request.body.no | default('x') }}"
    });
    assert_eq!(of(&written), Ok(json!({ "b": 1, "d": "<>", "e": [2], "f": "x" })));
    assert_eq!(of(&json!({ "a": "{{ state.no }}" })), Ok(json!({})));
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else_is_a_template() {
    let base = json!({ "a": { "b": 1, "c": "{{ written by the vendor }}" }, "{{ d }}": 2, "e": 3, "f": [1] });
    let patch = json!({
        "a": { "b": "{{ calls }}", "n": null }, "e": null, "f": ["{{ session }}"], "g": { "h": "{{ calls }}", "i": null }
    });
    let made =
        rendered(&Template::patched(&(&base).into(), &(&patch).into()).unwrap(), &parts(), json!({}), "en-US").unwrap();
    assert_eq!(
        made.to_string(),
        json!({
            "a": { "b": 3, "c": "{{ written by the vendor }}" }, "{{ d }}": 2, "f": ["night-run"], "g": { "h": 3 }
        })
        .to_string()
    );
}

#[test]
fn an_item_with_for_is_repeated() {
    let written = json!({ "list": [
        { "$for": "id in request.body.ids[:1]", "id": "{{ id }}", "code": 0 },
        { "$for": "id in request.body.ids[1:]", "id": "{{ id }}", "at": "{{ loop.index }}/{{ loop.length }}",
          "last": "{{ loop.last }}", "code": 5, "inner": [{ "$for": "m in request.body.members", "of": "{{ id }}{{ m.id }}{{ loop.index0 }}" }] },
        "end"
    ] });
    assert_eq!(
        of(&written),
        Ok(json!({ "list": [
            { "id": "a", "code": 0 },
            { "id": "b", "at": "1/2", "last": false, "code": 5, "inner": [{ "of": "b10" }, { "of": "b21" }] },
            { "id": "c", "at": "2/2", "last": true, "code": 5, "inner": [{ "of": "c10" }, { "of": "c21" }] },
            "end"
        ] }))
    );
    assert_eq!(of(&json!([{ "$for": "x in request.body.no", "a": 1 }])), Ok(json!([])));
    assert_eq!(
        of(&json!([{ "$for": "x in session", "a": 1 }])),
        Err("/0/$for: `$for` goes through a list, and not through string".to_owned())
    );
}

#[test]
fn random_values_are_the_same_for_the_same_seed_and_differ_from_each_other() {
    let written = json!(["{{ random_digits(19) }}", "{{ random_digits(19) }}", "{{ random_hex(32) }}"]);
    let first = of(&written).unwrap();
    assert_eq!(of(&written).unwrap(), first);
    let texts: Vec<&str> = first.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(texts.iter().map(|text| text.len()).collect::<Vec<_>>(), [19, 19, 32]);
    assert!(texts[0] != texts[1] && !texts[0].starts_with('0') && texts[0].bytes().all(|byte| byte.is_ascii_digit()));
}

#[test]
fn a_failure_says_where_and_why() {
    for (template, reason) in [
        ("{{ request.body.no + 1 }}", "tried to use + operator on unsupported types undefined and number"),
        ("{{ 1 / 0 }}", "unable to calculate 1 / 0"),
        ("{{ 1e308 | times(10) }}", "no number that JSON has"),
        ("{{ session | times(2) }}", "`times` takes two numbers"),
        ("{{ session | plus('1s') }}", "only a time such as `now` can be moved"),
        ("{{ session | http_date }}", "`http_date` takes a time such as `now`"),
        ("{{ now | plus('1 year') }}", "expected a number and a unit"),
        ("{{ now | plus(years=1) }}", "years"),
        ("{{ now | plus(days=9999999) }}", "the time is out of range"),
        ("{{ message(session) }}", "the catalogue has no error `night-run`"),
        ("{{ random_hex(1001) }}", "at most 1000 characters"),
    ] {
        let failure = of(&json!({ "a": [template] })).unwrap_err();
        assert!(failure.starts_with("/a/0: ") && failure.contains(reason), "{template}: {failure}");
    }
}

#[test]
fn numbers_at_the_edge_are_no_harm() {
    for (expression, made) in [
        ("4 is divisibleby(0)", json!(false)),
        ("4 is divisibleby(2)", json!(true)),
        ("4.5 is divisibleby(1.5)", json!(true)),
        ("'4' is divisibleby(2)", json!(false)),
        ("(0 - 170141183460469231731687303715884105727 - 1) is divisibleby(-1)", json!(true)),
        ("[0, 1] | select('divisibleby', 0) | list", json!([])),
        ("[1, 2][-9223372036854775808:9223372036854775807]", json!([1, 2])),
        ("'abc'[-9223372036854775808:]", json!("abc")),
        ("-9223372036854775808 // -1", json!(9223372036854775808_u64)),
    ] {
        assert_eq!(of(&json!(format!("{{{{ {expression} }}}}"))), Ok(made), "{expression}");
    }
}

#[test]
fn mistakes_are_found_before_any_call() {
    for (written, message) in [
        (json!({ "a": "{{ reqest.path.id }}" }), "/a templates know no `reqest`: did you mean `request`?"),
        (json!("{{ request.bdy }}"), " `request` has no `bdy`: did you mean `body`?"),
        (json!("{{ now.iso }}"), " `now` has no `iso`: "),
        (json!("{{ calls | upcase }}"), " there is no filter `upcase`: "),
        (json!("{{ calls is od }}"), " there is no test `od`: did you mean `odd`?"),
        (json!("{{ mesage(1) }}"), " there is no function `mesage`: did you mean `message`?"),
        (json!("{{ range(9) }}"), " there is no function `range`: "),
        (json!("{{ request.body.ids[::-1] }}"), " slices have no steps: write `a[1:3]`, or `a | reverse`"),
        (json!("{{ a b }}"), " the template is not readable: unexpected"),
        (json!("{{ 'a }}"), " `{{` is never closed"),
        (json!("{% set a = 1 %}"), " templates have no `{% … %}` statements"),
        (json!({ "{{ session }}": 1 }), "/{{ session }} names of members are no templates"),
        (json!({ "$for": "a in b" }), "/$for `$for` repeats an item of a list"),
        (json!([{ "$for": "request.body.ids" }]), "/0/$for `$for` is a name, `in` and a list"),
        (json!([{ "$for": 7 }]), "/0/$for `$for` is a name, `in` and a list"),
        (json!([{ "$for": "now in request.body.ids" }]), "/0/$for `now` is taken already"),
        (json!([{ "$for": "a in {{ request.body.ids }}" }]), "/0/$for `$for` takes no braces"),
        (
            json!([{ "$for": "a in request.body.ids", "x": "{{ loop.indx }}" }]),
            "/0/x `loop` has no `indx`: did you mean `index`?",
        ),
        (
            json!([{ "$for": "a in request.body.ids", "x": "{{ loop }}" }]),
            "/0/x `loop` is no value by itself: known: index",
        ),
        (json!("{{ loop.index }}"), " templates know no `loop`"),
    ] {
        let found = mistake(&written);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn a_template_that_wants_too_much_is_stopped() {
    let many = json!((0..2000).collect::<Vec<_>>());
    let long = "x".repeat(100_000);
    let inner =
        json!([{ "$for": "b in request.body.many", "x": [{ "$for": "c in request.body.many", "y": "{{ b + c }}" }] }]);
    for (written, reason) in [
        (json!([{ "$for": "a in request.body.many", "x": inner }]), "at most 4194304 bytes"),
        (json!([{ "$for": "a in request.body.many", "x": "{{ request.body.long }}" }]), "bytes, and"),
        (json!("{{ request.body.long | replace('x', request.body.long) }}"), "at most 4194304 bytes"),
        (json!("{{ request.body.long | list | join(request.body.long) }}"), "at most 4194304 bytes"),
        (json!(format!("{{{{ {}'' }}}}", "request.body.long ~ ".repeat(49))), "at most 4194304 bytes"),
        (json!(format!("{{{{ {}'' }}}}", "request.body.long ~ ".repeat(15))), "at most 1048576 bytes"),
        (
            json!([{ "$for": "a in [request.body.long]", "x": format!("{{{{ {}'' }}}}", "a~".repeat(400)) }]),
            "at most 4194304 bytes",
        ),
        (json!(format!("{{{{ request.body.many{} }}}}", " | list".repeat(130))), "at most 4194304 bytes"),
    ] {
        let template = Template::compile(&(&written).into()).unwrap();
        let parts = json!({ "body": { "many": many, "long": long } });
        let failure = rendered(&template, &parts, json!({}), "en-US").unwrap_err();
        assert!(failure.contains(reason), "{written}: {failure}");
    }
}

#[test]
fn what_filters_compare_is_charged() {
    let names: Vec<String> = (0..3000).map(|name| format!("name-{name}")).collect();
    let words: Vec<&str> = vec!["a"; 3000];
    let parts = json!({ "body": { "names": names, "words": words, "long": "x".repeat(100_000) } });
    for expression in [
        "request.body.names | select('in', request.body.names | list)",
        "request.body.names | reject('in', request.body.names | sort)",
        "request.body.names | select('in', request.body.names | unique)",
        "request.body.words | select('in', request.body.long)",
        "request.body.words | select('eq', request.body.names | list)",
        "request.body.words | map('replace', request.body.long, 'y')",
        "request.body.words | map('split', request.body.long)",
        "request.body.words | map('trim', request.body.long)",
        "request.body.words | map(attribute=request.body.long)",
        "request.body.words | sort(attribute=request.body.long)",
        "request.body.words | map('default', request.body.names | list)",
        "request.body.words | selectattr(request.body.long)",
        "request.body.long | trim(request.body.long)",
    ] {
        let template = Template::compile_text(&format!("{{{{ {expression} }}}}")).unwrap();
        let failure = rendered(&template, &parts, json!({}), "en-US").unwrap_err();
        assert!(failure.contains("at most 4194304 bytes"), "{expression}: {failure}");
    }
}

#[test]
fn a_list_of_a_hundred_is_compared_with_one_of_a_thousand() {
    let names: Vec<String> = (0..1000).map(|name| format!("name-{name}")).collect();
    let parts = json!({ "body": { "names": names, "wanted": names[400..500] } });
    let template =
        Template::compile_text("{{ request.body.wanted | select('in', request.body.names | list) }}").unwrap();
    assert_eq!(rendered(&template, &parts, json!({}), "en-US"), Ok(json!(names[400..500])));
}

#[test]
fn a_template_that_makes_much_of_a_long_list_is_rendered_while_the_budget_lasts() {
    let parts = json!({ "body": { "many": (0..2000).collect::<Vec<_>>() } });
    let padding = "y".repeat(72);
    let written = format!("{{{{ request.body.many | map(attribute='x', default='{padding}') }}}}");
    let made = rendered(&Template::compile_text(&written).unwrap(), &parts, json!({}), "en-US");
    assert_eq!(made, Ok(json!(vec![padding; 2000])));
}

#[test]
fn a_call_that_is_too_large_for_templates_fails_and_others_do_not() {
    let parts = json!({ "body": { "name": "x".repeat(5 << 20), "deep": [{ "a": "x".repeat(5 << 20) }], "small": 1 } });
    for written in [
        "{{ request.body.name }}",
        "{{ request.body.deep.a }}",
        "{{ request.body.deep.a.b | default(1) }}",
        "{{ request }}",
    ] {
        let template = Template::compile_text(written).unwrap();
        let failure = rendered(&template, &parts, json!({}), "en-US").unwrap_err();
        assert!(failure.contains("at most 4194304 bytes"), "{failure}");
    }
    let template = Template::compile_text("{{ request.body.small }}").unwrap();
    assert_eq!(rendered(&template, &parts, json!({}), "en-US"), Ok(json!(1)));
}

#[test]
fn a_value_that_grows_from_call_to_call_ends() {
    let mut deep = json!([]);
    for _ in 0..127 {
        deep = json!([deep]);
    }
    let template = Template::compile(&(&json!("{{ [[state.deep]] }}")).into()).unwrap();
    let failure = rendered(&template, &parts(), json!({ "deep": deep }), "en-US").unwrap_err();
    assert!(failure.contains("at most 128 levels"), "{failure}");
}

proptest! {
    #[test]
    fn any_text_of_a_request_lands_intact(name in any::<String>(), before in "[^{]*") {
        let template = Template::compile(&(&json!({
            "whole": "{{ request.body.name }}", "part": format!("{before}{{{{ request.body.name }}}}"),
            "list": [{ "$for": "x in [request.body.name]", "x": "{{ x }}" }]
        })).into()).unwrap();
        let made = rendered(&template, &json!({ "body": { "name": name } }), json!({}), "en-US");
        prop_assert_eq!(made, Ok(json!({ "whole": name, "part": format!("{before}{name}"), "list": [{ "x": name }] })));
    }

    #[test]
    fn any_text_compiles_or_is_refused_and_never_panics(text in "[{%} a-z.|'\"\\\\()\\[\\]0-9~=$:-]{0,40}", any in any::<String>()) {
        let _ = Template::compile_text(&text);
        let _ = Template::compile_text(&format!("{{{{{any}}}}}"));
        let _ = Template::compile(&(&json!([{ "$for": any, "x": text }])).into());
        if let Ok(template) = Template::compile_text(&format!("{{{{ {text} }}}}")) {
            let _ = rendered(&template, &parts(), json!({}), "en-US");
        }
    }
}
