//! Standard input, of which only its end says something.

use std::{io, thread};

use tokio::sync::oneshot::{self, Receiver};

/// Waits for the end of standard input, or for the error that keeps it from being read. What comes before is thrown away.
pub(super) fn ended() -> Receiver<()> {
    let (told, ended) = oneshot::channel();
    // Nothing ends a read of standard input but its end, so nobody waits for this thread.
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = told.send(());
    });
    ended
}
