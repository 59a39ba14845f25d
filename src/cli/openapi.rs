//! `understudy openapi`: the contract for tools that read OpenAPI.

use std::path::Path;

use super::{Failure, args::Openapi, files, screen::Screen};
use crate::{
    contract::openapi,
    disk::{ReplaceError, Replacement},
};

pub(super) fn run(arguments: &Openapi, screen: &Screen) -> Result<(), Failure> {
    // Said before the work: a file that cannot be written.
    let output = arguments.output.as_deref().map(|path| Ok((path, prepared(path)?))).transpose()?;
    let contract = files::contract(&arguments.specs)?;
    let document = openapi::document(&contract, arguments.openapi, &arguments.server);
    let text = format!("{:#}\n", document.map_err(|error| Failure::World(error.to_string()))?);
    match output {
        Some((path, file)) => file.commit(&text).map_err(|error| failure(path, &error)),
        None => screen.print(&text),
    }
}

fn prepared(path: &Path) -> Result<Replacement, Failure> {
    Replacement::prepare(path).map_err(|error| failure(path, &error))
}

fn failure(path: &Path, error: &ReplaceError) -> Failure {
    Failure::World(format!("the document `{}` {error}", path.display()))
}
