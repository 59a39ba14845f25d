//! The targets of `tests/fuzz/`, with what only a run of its own can measure: time. A run ends at the first input that breaks a bound.

#[path = "../../tests/fuzz/generator/mod.rs"]
mod generator;
#[path = "../../tests/fuzz/harness.rs"]
mod harness;
#[path = "../../tests/fuzz/targets/mod.rs"]
mod targets;

use std::{process, time::Duration};

use cpu_time::ProcessTime;
pub use libfuzzer_sys;

use self::targets::{ALL, Target};

/// What an input may take at most, in time of the processor. With a sanitizer the code takes some twenty times as long.
const MOST_TIME: Duration = Duration::from_millis(if cfg!(sanitized) { 2000 } else { 100 });

/// How often a slow input is tried before it counts as one: the first time, it may be what the contract is compiled for.
const ATTEMPTS: usize = 4;

/// How many inputs come from the generator: one in so many.
const GENERATED: u32 = 16;

fn named(name: &str) -> &'static Target {
    static TARGETS: [Target; ALL.len()] = ALL;
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("there is no target {name}"))
}

/// Runs a target on an input.
pub fn run(name: &str, bytes: &[u8]) {
    let target = named(name);
    let mut fastest = Duration::MAX;
    for _ in 0..ATTEMPTS {
        let start = ProcessTime::now();
        let result = harness::execute(target.run, bytes);
        fastest = fastest.min(start.elapsed());
        if let Err(why) = result {
            fail(target, &why);
        }
        if fastest <= MOST_TIME {
            return;
        }
    }
    if bytes.len() <= harness::LARGEST {
        fail(target, &format!("{} ms for {} bytes", fastest.as_millis(), bytes.len()));
    }
}

fn fail(target: &Target, why: &str) -> ! {
    eprintln!("{}: {why}", target.name);
    // libFuzzer keeps the input of what aborts.
    process::abort()
}

/// Makes the next input in the memory of the last one: sometimes one of the generator's, mostly a mutation. The new size.
pub fn mutate(name: &str, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let most = most.min(data.len());
    if seed % GENERATED == 0 {
        let made = (named(name).input)(u64::from(seed / GENERATED));
        if made.len() <= most {
            data[..made.len()].copy_from_slice(&made);
            return made.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, most)
}

/// The entry points of libFuzzer for a target.
#[macro_export]
macro_rules! fuzz {
    ($target:literal) => {
        use $crate::libfuzzer_sys;

        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::run($target, bytes));

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
            $crate::mutate($target, data, size, most, seed)
        });
    };
}
