//! A spec file to a contract. The first line of an input says which file of a small service it takes the place of: `service.json`,
//! `errors.json`, `shared.json`, or else the file of the operation. A contract that passes can be used: what it documents is compiled, and
//! its own sample calls are answered.

use http::{HeaderMap, HeaderValue};
use std::sync::Arc;
use understudy::contract::{Contract, Payload, Request, SpecFile, SpecFiles, auth::AuthMode};

use super::{diagnostics, play};
use crate::generator::Generator;

const SERVICE: &str = include_str!("spec/service.json");
const ERRORS: &str = include_str!("spec/errors.json");
const SHARED: &str = include_str!("spec/shared.json");
const OPERATION: &str = include_str!("spec/Create.json");

const FILES: [(&str, &str); 4] =
    [("service.json", SERVICE), ("errors.json", ERRORS), ("shared.json", SHARED), ("things/Create.json", OPERATION)];

const WORDS: [&str; 27] = [
    "\"type\": \"integer\",",
    "\"type\": [\"string\", \"null\"],",
    "\"minimum\": 1e308,",
    "\"pattern\": \"(a+)+$\",",
    "\"pattern\": \"(?=a)\",",
    "\"enum\": [],",
    "\"maxLength\": 99999999999,",
    "\"minLength\": 1000000000,",
    "\"minItems\": 1000000000,",
    "\"$ref\": \"#/$defs/Thing\",",
    "\"$ref\": \"../shared.json#/$defs/None\",",
    "\"$ref\": \"../shared.json#/$defs/Name\",",
    "\"not\": {},",
    "\"oneOf\": [true, false],",
    "\"format\": \"date-time\",",
    "\"x-warn\": {\"minLength\": 1},",
    "\"x-all-but-last\": 1,",
    "\"x-unique-by\": \"id\",",
    "\"x-left-out\": \"no\",",
    "\"samples\": {\"id\": [1, \"a\", null]},",
    "\"multipleOf\": 0.1,",
    "\"uniqueItems\": true,",
    "\"if\": true, \"then\": false,",
    "null",
    "true",
    "{}",
    "[]",
];

pub(crate) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (first, rest) = text.split_once('\n').unwrap_or(("", &text));
    let changed = FILES.iter().find(|(name, _)| *name == first).map_or("things/Create.json", |(name, _)| name);
    let file = |(name, sound): &(&'static str, &'static str)| {
        let text = if *name == changed { rest } else { sound };
        SpecFile::new(format!("small/{name}"), *name, text.to_owned())
    };
    match SpecFiles::of(FILES.iter().map(file).collect()).load() {
        Err(mistakes) => diagnostics::refuse(&mistakes),
        Ok(contract) => can_be_used(contract),
    }
}

fn can_be_used(contract: Contract) {
    let mock = play::mock(Arc::new(contract), None, AuthMode::Off);
    let contract = mock.contract();
    for operation in contract.operations() {
        let service = contract.service_of(operation);
        assert!(operation.compiled(service).is_ok(), "{:?}", operation.compiled(service).err());
        operation.responses(service).unwrap();
        operation.smallest_request(service).unwrap();
        let path = operation.path.replace(['{', '}'], "");
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        for (number, body) in
            ["", "{}", "{\"name\":\"a\",\"count\":1,\"tags\":[\"a\"]}", "name=a&count=1"].iter().enumerate()
        {
            let request = Request {
                query: Some("name=a&count=1"),
                ..Request::new(&operation.method, &path, &headers, Payload::Whole(body.as_bytes()))
            };
            play::holds(&mock.handle(&request, play::arrival(number)));
        }
    }
    play::told(&mock);
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    let place = if generator.one_in(2) { 3 } else { generator.below(4) };
    let (name, text) = FILES[place];
    let mut text = text.to_owned();
    for _ in 0..generator.below(3) {
        // A word behind a brace or before a comma is mostly still JSON.
        let places: Vec<usize> = text.match_indices('{').map(|(place, _)| place + 1).collect();
        let place = *generator.pick(&places);
        let word = *generator.pick(&WORDS);
        text.insert_str(place, word);
    }
    let mut bytes = text.into_bytes();
    if generator.one_in(2) {
        generator.mutate(&mut bytes, &WORDS);
    }
    [format!("{name}\n").into_bytes(), bytes].concat()
}
