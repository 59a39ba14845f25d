//! What is made before the library is compiled: the files that it carries, and the order of the program's functions.
// Cargo is told on standard output.
#![allow(clippy::print_stdout)]

mod embedded;
mod order;

use std::{env, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder =
        |name| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("cargo sets no {name}")));
    let (root, out) = (folder("CARGO_MANIFEST_DIR")?, folder("OUT_DIR")?);
    embedded::list(&root, &out)?;
    order::functions(&root, &out)
}
