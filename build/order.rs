//! Puts the functions that a start and a call need beside each other in the program. The system reads a program in pieces of 64 KB around
//! each place that is touched: where these functions are scattered, most of the program is in memory.
//!
//! `functions.txt` names them; `benches/functions` makes it anew. A name that is gone costs nothing but its place.

use std::{env, fs, io, path::Path};

/// Asks the linker for that order, where it is one that understands.
pub(super) fn functions(root: &Path, out: &Path) -> io::Result<()> {
    const LIST: &str = "build/functions.txt";
    println!("cargo::rerun-if-changed={LIST}");
    if !is_understood(|name| env::var(name).ok()) {
        return Ok(());
    }
    let script = out.join("order.ld");
    fs::write(&script, linker_script(&fs::read_to_string(root.join(LIST))?))?;
    println!("cargo::rustc-link-arg-bin=understudy=-T");
    println!("cargo::rustc-link-arg-bin=understudy={}", script.display());
    Ok(())
}

/// Whether the program is linked by what rustc brings, or by the system's `ld`, and is worth the trouble. Whoever chooses a linker may
/// have chosen one that reads no scripts.
fn is_understood(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name, value| variable(name).is_some_and(|set| set == value);
    let flags = variable("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    // A flag and what it sets may be one word or two.
    let set = |flag: &str| {
        ["-C", "--codegen="].iter().find_map(|start| flag.strip_prefix(start)).unwrap_or(flag).starts_with("link")
    };
    let chosen = variable("RUSTC_LINKER").is_some() || flags.split('\u{1f}').any(set);
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && !is("OPT_LEVEL", "0")
        && !chosen
}

/// What the compiler writes before a function's name, in the name of its section: one that it takes for unlikely often runs at a start, and
/// a trained program (packaging/build) has hot ones.
const KINDS: [&str; 3] = ["", "hot.", "unlikely."];

/// Sections of their own for the functions, in front of the others, and for what hardly ever runs, behind them; the linker adds them to what
/// it does anyway.
fn linker_script(list: &str) -> String {
    let names = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let functions: String =
        names.map(|name| format!("*({})\n", KINDS.map(|kind| format!(".text.{kind}{name}")).join(" "))).collect();
    format!(
        "SECTIONS {{ .text.first : {{\n{functions}}} }}\nINSERT BEFORE .text;\n\
         SECTIONS {{ .text.last : {{ *(.text.unlikely .text.unlikely.*) }} }}\nINSERT AFTER .text;\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_has_a_line_for_each_name() {
        let script = linker_script("# at the start\n_ZN4core3fmt5write17h*\n\n  main\n");
        assert_eq!(
            script,
            "SECTIONS { .text.first : {\n*(.text._ZN4core3fmt5write17h* .text.hot._ZN4core3fmt5write17h* \
             .text.unlikely._ZN4core3fmt5write17h*)\n*(.text.main .text.hot.main .text.unlikely.main)\n} }\nINSERT BEFORE .text;\n\
             SECTIONS { .text.last : { *(.text.unlikely .text.unlikely.*) } }\nINSERT AFTER .text;\n"
        );
    }

    #[test]
    fn a_linker_that_somebody_chose_is_left_alone() {
        let set = [
            ("CARGO_CFG_TARGET_OS", "linux"),
            ("CARGO_CFG_TARGET_ENV", "gnu"),
            ("CARGO_CFG_TARGET_ARCH", "x86_64"),
            ("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+crt-static"),
            ("OPT_LEVEL", "3"),
        ];
        let understood = |other: &[(&str, &str)]| {
            is_understood(|name| {
                let found = other.iter().chain(&set).find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(understood(&[]));
        assert!(understood(&[("CARGO_ENCODED_RUSTFLAGS", "-Cprofile-use=/home/linker/profile")]));
        for other in [
            ("RUSTC_LINKER", "clang"),
            ("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-fuse-ld=mold"),
            ("CARGO_ENCODED_RUSTFLAGS", "-g\u{1f}-C\u{1f}linker=ld.bfd"),
            ("CARGO_ENCODED_RUSTFLAGS", "--codegen=linker=ld.bfd"),
            ("OPT_LEVEL", "0"),
            ("CARGO_CFG_TARGET_OS", "macos"),
            ("CARGO_CFG_TARGET_ENV", "musl"),
            ("CARGO_CFG_TARGET_ARCH", "aarch64"),
        ] {
            assert!(!understood(&[other]), "{other:?}");
        }
    }
}
