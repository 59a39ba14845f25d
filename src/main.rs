//! The program. Everything is in the library.

/// A call allocates on one thread what the journal frees on another, which the system's allocator pays for with locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    understudy::cli::main()
}
