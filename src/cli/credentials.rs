//! `understudy credentials`: what a client under test is to be given.

use serde_json::{Map, Value};

use super::{
    Failure,
    args::{BuiltIn, Format},
    screen::Screen,
};
use crate::contract::auth::credentials::Credentials;

pub(super) fn run(arguments: &BuiltIn, screen: &Screen) -> Result<(), Failure> {
    let lines = Credentials::built_in_environment();
    match arguments.format {
        Format::Text => screen.print(&(lines.join("\n") + "\n")),
        Format::Json => {
            let pairs = lines.iter().filter_map(|line| line.split_once('='));
            let object: Map<_, _> = pairs.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
            screen.print(&format!("{:#}\n", Value::Object(object)))
        }
    }
}
