//! `understudy errors`: the vendor's error catalogue.

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Errors, Format},
    files, find,
    screen::Screen,
};
use crate::{
    contract::{Service, catalogue::ErrorEntry},
    diagnostic::did_you_mean,
};

pub(super) fn run(arguments: &Errors, screen: &Screen) -> Result<(), Failure> {
    let contract = files::contract(&arguments.specs)?;
    let mut rows: Vec<(&Service, &ErrorEntry)> = Vec::new();
    for service in contract.services() {
        rows.extend(service.catalogue.entries.iter().map(|entry| (service, entry)));
    }
    if let Some(code) = &arguments.code {
        let all = rows.clone();
        rows.retain(|(_, entry)| entry.code.to_string().eq_ignore_ascii_case(code));
        if rows.is_empty() {
            rows = all.into_iter().filter(|(_, entry)| speaks_of(entry, code)).collect();
        }
        if rows.is_empty() {
            let entries = contract.services().iter().flat_map(|service| &service.catalogue.entries);
            let codes: Vec<String> = entries.map(|entry| entry.code.to_string()).collect();
            let close = did_you_mean(code, codes.iter().map(String::as_str));
            let help = close.map_or_else(
                || "`understudy errors` lists them all".to_owned(),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(Failure::Usage(format!("no catalogue has the error `{code}`; {help}")));
        }
    }
    if arguments.format == Format::Json {
        let list: Value = rows
            .iter()
            .map(|(service, entry)| {
                let mut row = json!({ "service": service.description.service });
                if let (Some(row), Ok(Value::Object(entry))) = (row.as_object_mut(), serde_json::to_value(entry)) {
                    row.extend(entry);
                }
                row
            })
            .collect();
        screen.print(&format!("{list:#}\n"))
    } else if arguments.code.is_some() && rows.iter().all(|(_, entry)| entry.code == rows[0].1.code) {
        let entries: Vec<String> = rows.iter().map(|(service, entry)| in_full(service, entry, screen)).collect();
        screen.print(&entries.join("\n"))
    } else {
        // Whoever asks in Chinese reads it.
        let chinese = arguments.code.as_ref().is_some_and(|part| !part.is_ascii());
        let several = contract.services().len() > 1;
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|(service, entry)| {
                let columns = [
                    service.description.service.clone(),
                    entry.code.to_string(),
                    entry.status.to_string(),
                    words(entry, chinese),
                ];
                columns.into_iter().skip(usize::from(!several)).collect()
            })
            .collect();
        screen.print(&screen.table(&rows))
    }
}

/// Whether an error has a part of words in its code, name, messages of any language, or meaning.
fn speaks_of(entry: &ErrorEntry, part: &str) -> bool {
    let code = entry.code.to_string();
    let messages = entry.messages.values().filter_map(Value::as_str);
    let others = [&code, &entry.meaning].into_iter().chain(&entry.name).map(String::as_str);
    find::speak_of(messages.chain(others), part)
}

fn words(entry: &ErrorEntry, chinese: bool) -> String {
    entry.message(if chinese { "zh-CN" } else { "en-US" }, "en-US").to_owned()
}

fn in_full(service: &Service, entry: &ErrorEntry, screen: &Screen) -> String {
    let mut rows = vec![vec![
        "code".to_owned(),
        format!("{} ({}, HTTP {})", entry.code, service.description.service, entry.status),
    ]];
    let mut row = |name: &str, value: &str| rows.push(vec![name.to_owned(), value.to_owned()]);
    if let Some(name) = &entry.name {
        row("name", name);
    }
    for (language, message) in &entry.messages {
        row(language, message.as_str().unwrap_or_default());
    }
    row("meaning", &entry.meaning);
    if let Some(action) = &entry.action {
        row("action", action);
    }
    let language = service.language(None);
    let body = service.error(entry, language, "0".repeat(32).as_str()).body;
    row("body", &String::from_utf8_lossy(&body));
    if let Some(uncertain) = &entry.uncertain {
        row("uncertain", uncertain);
    }
    screen.table(&rows)
}
