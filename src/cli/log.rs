//! Messages for the operator. A thread of its own writes them, so that nothing that serves calls ever waits for a standard error that
//! nobody reads: what does not fit in the queue is dropped, and counted.

use std::{
    io::{self, Write},
    panic,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::screen::Screen;
use crate::diagnostic::Style;

/// Messages that wait for their turn.
const QUEUE: usize = 1024;

/// Where messages go.
#[derive(Debug, Clone)]
pub(super) struct Log {
    queue: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Message(Vec<u8>),
    /// Tells that everything before it is written.
    Mark(SyncSender<()>),
}

impl Log {
    /// Writes the messages of this process up to a level, and the panics of all threads but the main one.
    pub(super) fn install(screen: Screen, level: Level) -> Self {
        let (log, entries) = Self::new();
        let dropped = Arc::clone(&log.dropped);
        thread::spawn(move || write(&entries, &dropped, |text| screen.tell(&String::from_utf8_lossy(text))));
        tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_ansi(screen.err_style() == Style::Coloured)
            .with_target(false)
            // They would be printed with `eprintln!`, which panics if standard error cannot be written.
            .log_internal_errors(false)
            .with_max_level(level)
            .init();
        let of_main = panic::take_hook();
        panic::set_hook(Box::new(move |panic| match thread::current().name() {
            Some("main") => of_main(panic),
            _ => tracing::error!("{panic}"),
        }));
        log
    }

    fn new() -> (Self, Receiver<Entry>) {
        let (queue, entries) = sync_channel(QUEUE);
        (Self { queue, dropped: Arc::default() }, entries)
    }

    /// Waits until everything so far is written. Only who serves nobody may wait.
    pub(super) fn finish(&self) {
        let (mark, reached) = sync_channel(1);
        if self.queue.send(Entry::Mark(mark)).is_ok() {
            let _ = reached.recv();
        }
    }
}

/// Writes entries as they come, and how many there was no room for.
fn write(entries: &Receiver<Entry>, dropped: &AtomicU64, mut to: impl FnMut(&[u8])) {
    for entry in entries {
        match entry {
            Entry::Message(message) => to(&message),
            Entry::Mark(mark) => {
                let _ = mark.send(());
            }
        }
        let missing = dropped.swap(0, Relaxed);
        if missing > 0 {
            to(format!("{missing} messages were dropped: nobody read them in time\n").as_bytes());
        }
    }
}

impl<'l> MakeWriter<'l> for Log {
    type Writer = Queue<'l>;

    fn make_writer(&'l self) -> Queue<'l> {
        Queue(self)
    }
}

/// Takes one message in one write, which is how they come.
pub(super) struct Queue<'l>(&'l Log);

impl Write for Queue<'_> {
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        if self.0.queue.try_send(Entry::Message(message.to_vec())).is_err() {
            self.0.dropped.fetch_add(1, Relaxed);
        }
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_find_no_room_are_dropped_and_counted() {
        let (log, entries) = Log::new();
        for _ in 0..QUEUE + 7 {
            log.make_writer().write_all(b"x\n").unwrap();
        }
        let dropped = Arc::clone(&log.dropped);
        drop(log);
        let mut text = Vec::new();
        write(&entries, &dropped, |message| text.extend_from_slice(message));
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.matches("x\n").count(), QUEUE);
        assert!(text.starts_with("x\n7 messages were dropped: nobody read them in time\nx\n"), "{text}");
    }

    #[test]
    fn a_mark_is_reached_when_everything_before_it_is_written() {
        let (log, entries) = Log::new();
        let dropped = Arc::clone(&log.dropped);
        let (seen, written) = sync_channel(2);
        thread::spawn(move || write(&entries, &dropped, |message| seen.send(message.to_vec()).unwrap()));
        log.make_writer().write_all(b"x\n").unwrap();
        log.finish();
        assert_eq!(written.try_recv().unwrap(), b"x\n");
    }
}
