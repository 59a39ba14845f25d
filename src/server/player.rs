//! Plays the script of a fault on a socket, beneath hyper.

use std::{
    collections::VecDeque,
    future::Future as _,
    io,
    pin::Pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::oneshot,
    time::Sleep,
};

use super::activity::Activity;
use crate::fault::{Action, End, Script};

/// A script that a request wants played, and whom to tell when it is over.
#[derive(Debug)]
struct Cue {
    script: Script,
    played: oneshot::Sender<End>,
}

/// Where a request leaves its script for the socket of its connection. An empty slot costs one look at a flag.
#[derive(Debug, Default)]
pub(super) struct Slot {
    full: AtomicBool,
    cue: Mutex<Option<Cue>>,
}

impl Slot {
    /// Leaves a script. The receiver hears its end, unless that ends the connection too.
    pub(super) fn put(&self, script: Script) -> oneshot::Receiver<End> {
        let (played, over) = oneshot::channel();
        *self.cue.lock().unwrap_or_else(PoisonError::into_inner) = Some(Cue { script, played });
        self.full.store(true, Relaxed);
        over
    }

    /// Takes the script that waits.
    pub(super) fn take(&self) -> Option<Player> {
        // Request and socket of an HTTP/1 connection are one task: no other thread has to see the flag.
        if !self.full.load(Relaxed) {
            return None;
        }
        self.full.store(false, Relaxed);
        let Cue { script, played } = self.cue.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(Player { actions: script.actions.into(), sending: Bytes::new(), pause: None, end: script.end, played })
    }
}

/// A script under way.
pub(super) struct Player {
    actions: VecDeque<Action>,
    sending: Bytes,
    pause: Option<Pin<Box<Sleep>>>,
    end: End,
    played: oneshot::Sender<End>,
}

impl Player {
    /// Goes on as far as possible. A script that hangs is over when the client closes or the server stops.
    pub(super) fn poll<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut S,
        activity: &Activity,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<End>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            while self.sending.has_remaining() {
                let result = Pin::new(&mut *socket).poll_write(context, &self.sending);
                activity.wrote(&result);
                match ready!(result)? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    written => self.sending.advance(written),
                }
            }
            ready!(Pin::new(&mut *socket).poll_flush(context))?;
            match self.actions.pop_front() {
                Some(Action::Send(bytes)) => self.sending = bytes,
                Some(Action::Pause(pause)) => self.wait(pause),
                Some(Action::Drip(mut bytes, pace)) => {
                    self.sending = bytes.split_to(pace.piece().min(bytes.len()));
                    self.wait(pace.pause());
                    if bytes.has_remaining() {
                        self.actions.push_front(Action::Drip(bytes, pace));
                    }
                }
                None if self.end == End::Hang && activity.order().is_none() => {
                    ready!(poll_gone(socket, context))?;
                    return Poll::Ready(Ok(End::Hang));
                }
                None => return Poll::Ready(Ok(self.end)),
            }
        }
    }

    /// Tells the request that its script is over.
    pub(super) fn tell(self) {
        let _ = self.played.send(self.end);
    }

    fn wait(&mut self, pause: Duration) {
        self.pause = Some(Box::pin(tokio::time::sleep(pause)));
    }
}

/// Reads and throws away until the client closes.
fn poll_gone<S: AsyncRead + Unpin>(socket: &mut S, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    loop {
        let mut scratch = [0; 4 << 10];
        let mut buffer = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut *socket).poll_read(context, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Ok(()));
        }
    }
}
