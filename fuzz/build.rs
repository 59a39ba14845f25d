//! Tells the code whether it is built with a sanitizer, which only nightly compilers could ask for themselves.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(sanitized)");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    if std::env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("sanitizer=")) {
        println!("cargo::rustc-cfg=sanitized");
    }
}
