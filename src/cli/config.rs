//! `understudy config`: what every option is set to, and who says so.

use std::ffi::OsString;

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Config, Format},
    screen::Screen,
    settings::{self, Origin, Set},
    stopped,
};
use crate::diagnostic::push_printable;

pub(super) fn run(arguments: &Config, screen: &Screen) -> Result<(), Failure> {
    let program = OsString::from("understudy");
    let line: Vec<OsString> = std::iter::once(program).chain(arguments.line.iter().cloned()).collect();
    let sets = match settings::all(&line, arguments.config.as_deref()) {
        Ok(sets) => sets,
        Err(stop) => return stopped(stop, &line),
    };
    match arguments.format {
        Format::Text => screen.print(&screen.table(&sets.iter().map(row).collect::<Vec<_>>())),
        Format::Json => screen.print(&format!("{:#}\n", sets.iter().map(object).collect::<Value>())),
    }
}

fn row(set: &Set) -> Vec<String> {
    let value = match &set.values[..] {
        [] => "-".to_owned(),
        _ if set.secret => "(set)".to_owned(),
        values => {
            let mut text = String::new();
            push_printable(&mut text, &values.join("; "));
            text
        }
    };
    let origin = match &set.origin {
        Origin::Default => "default".to_owned(),
        Origin::File(place) => place.clone(),
        Origin::Environment(variable) => variable.clone(),
        Origin::CommandLine => "command line".to_owned(),
    };
    vec![set.key.clone(), value, origin]
}

fn object(set: &Set) -> Value {
    let (origin, place) = match &set.origin {
        Origin::Default => ("default", None),
        Origin::File(place) => ("file", Some(place)),
        Origin::Environment(variable) => ("environment", Some(variable)),
        Origin::CommandLine => ("command line", None),
    };
    let values = if set.secret { None } else { Some(&set.values) };
    json!({ "option": set.key, "set": !set.values.is_empty(), "values": values, "from": origin, "place": place })
}
