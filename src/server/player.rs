//! Plays the script of a fault on a socket, beneath hyper.

use std::{
    collections::VecDeque,
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::oneshot,
    time::Sleep,
};

use super::{activity::Activity, slot::Cue};
use crate::fault::{Action, End};

/// A script under way.
pub(super) struct Player {
    actions: VecDeque<Action>,
    sending: Bytes,
    pause: Option<Pin<Box<Sleep>>>,
    end: End,
    played: oneshot::Sender<End>,
}

impl Player {
    /// At the start of a script.
    pub(super) fn new(Cue { script, played }: Cue) -> Self {
        Self { actions: script.actions.into(), sending: Bytes::new(), pause: None, end: script.end, played }
    }

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
