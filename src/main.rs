//! The program. Everything is in the library.

/// A call takes some dozen small pieces of memory, often on one thread and back on another; this allocator halves what they cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    understudy::cli::main()
}
