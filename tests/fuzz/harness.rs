//! Runs a target on one input and holds it to what holds for all of them: no panic, not even one that is caught, and bounded memory.

use std::{
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use peak_alloc::PeakAlloc;

#[global_allocator]
pub(crate) static MEMORY: PeakAlloc = PeakAlloc;

/// Inputs up to this size are held to the bounds.
pub(crate) const LARGEST: usize = 64 << 10;

/// What such an input may take at most beyond what is in use before it.
pub(crate) const MOST_MEMORY: usize = 100 << 20;

/// Whether a target runs. Other panics are the test's own.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// The first panic since the last look, wherever it was caught.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Runs a target.
///
/// # Errors
///
/// What it did that it must not.
pub(crate) fn execute(run: fn(&[u8]), bytes: &[u8]) -> Result<(), String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| if RUNNING.load(Relaxed) { note(panic) } else { usual(panic) }));
    });
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    RUNNING.store(true, Relaxed);
    let result = panic::catch_unwind(AssertUnwindSafe(|| run(bytes)));
    RUNNING.store(false, Relaxed);
    let peak = MEMORY.peak_usage().saturating_sub(before);
    if let Some(panic) = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(panic);
    }
    if result.is_err() {
        return Err("a panic without a message".to_owned());
    }
    if peak > MOST_MEMORY && bytes.len() <= LARGEST {
        return Err(format!("{peak} bytes of memory for {} bytes of input", bytes.len()));
    }
    Ok(())
}

/// Notes a panic. Those of the template library are caught where it is called, and are that expression's failure.
fn note(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    if place.contains("/minijinja-") {
        return;
    }
    let message = panic.payload_as_str().unwrap_or("without a message");
    let mut noted = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
    noted.get_or_insert_with(|| format!("a panic at {place}: {message}"));
}
