//! `docs/clients.md` tells what was measured: its tables are those of `tests/clients/results.json`.

use std::process::Command;

#[test]
fn the_tables_of_the_clients_are_the_measured_ones() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/run");
    let checked = Command::new("python3").arg(script).arg("--check").output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    let wrong = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}{wrong}");
}
