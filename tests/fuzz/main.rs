//! The fuzz targets as tests: each gets its corpus and some thousand generated inputs, the same ones in every run. `fuzz/` runs the same
//! targets for as long as one likes. See `docs/testing.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod generator;
mod harness;
mod targets;
mod worlds;

use std::{
    env, fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use targets::Target;

/// Memory is counted for the whole process, so targets take turns.
static TURN: Mutex<()> = Mutex::new(());

/// The files of a target's corpus, by name. Scenarios have more of them elsewhere.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("tests/fuzz/corpus").join(target.name)];
    if target.name == "scenario" {
        folders.extend(["scenarios", "tests/golden/scenarios"].map(|folder| root.join(folder)));
    }
    let mut files: Vec<_> = folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Tries the corpus and the inputs of so many seeds, or of as many as the environment wants.
fn check(target: &Target, seeds: u64) {
    let seeds = env::var("FUZZ_SEEDS").map_or(seeds, |seeds| seeds.parse().unwrap());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let try_input = |label: &str, bytes: &[u8]| {
        if let Err(why) = harness::execute(target.run, bytes) {
            panic!("{} on {label}: {why}\n{:?}", target.name, String::from_utf8_lossy(bytes));
        }
    };
    let corpus = corpus(target);
    assert!(corpus.len() >= 3, "the corpus of {} is nearly empty", target.name);
    for (name, bytes) in &corpus {
        try_input(name, bytes);
    }
    for seed in 0..seeds {
        try_input(&format!("seed {seed}"), &(target.input)(seed));
    }
}

#[test]
fn no_bytes_of_a_connection_harm_the_server() {
    check(&targets::CONNECTION, 800);
}

#[test]
fn a_recording_is_read_the_same_in_whatever_pieces_it_comes() {
    check(&targets::HAR, 2000);
}

#[test]
fn no_request_harms_the_core_and_the_same_requests_get_the_same_answers() {
    check(&targets::HANDLE, 400);
}

#[test]
fn every_text_is_a_scenario_that_can_be_played_or_has_mistakes_with_places() {
    check(&targets::SCENARIO, 80);
}

#[test]
fn every_spec_file_makes_a_contract_that_can_be_used_or_has_mistakes_with_places() {
    check(&targets::SPEC, 100);
}

#[test]
fn every_text_is_credentials_or_has_mistakes_that_show_no_secret() {
    check(&targets::CREDENTIALS, 1000);
}

#[test]
fn every_template_is_refused_or_rendered_within_its_bounds() {
    check(&targets::TEMPLATE, 150);
}

#[test]
fn the_json_reader_agrees_with_serde_json_on_every_text() {
    check(&targets::JSON, 10_000);
}

#[test]
fn every_target_is_routed_the_same_however_it_is_encoded() {
    check(&targets::TARGET, 800);
}

#[test]
fn a_seed_gives_the_same_input_every_time() {
    for target in targets::ALL {
        for seed in 0..50 {
            assert_eq!((target.input)(seed), (target.input)(seed), "{} with seed {seed}", target.name);
        }
    }
}

#[test]
fn a_panic_is_noticed_even_where_it_is_caught() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let quiet = |_: &[u8]| drop(std::panic::catch_unwind(|| std::panic::panic_any("caught by whoever called it")));
    assert!(harness::execute(quiet, b"").unwrap_err().starts_with("a panic at tests/fuzz/main.rs:"));
    let loud = |_: &[u8]| std::panic::panic_any("nobody catches it");
    assert!(harness::execute(loud, b"").is_err());
    assert_eq!(harness::execute(|_| {}, b""), Ok(()));
}

#[test]
fn a_target_that_takes_more_memory_than_it_may_is_noticed() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // Far more, since other threads may give some back meanwhile.
    let greedy = |_: &[u8]| drop(std::hint::black_box(Vec::<u8>::with_capacity(2 * harness::MOST_MEMORY)));
    assert!(harness::execute(greedy, b"").unwrap_err().contains("bytes of memory"));
}
