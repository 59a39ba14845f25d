//! The socket as h2 sees it. What h2 writes until it flushes leaves in one piece, and a GOAWAY between two of its frames.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::farewell::{Farewell, goaway};
use crate::server::wire::Wire;

/// Bytes that are gathered at most.
const GATHERED: usize = 16 << 10;

/// What h2 reads and writes.
pub(super) struct Frames<'c> {
    wire: Wire<'c>,
    farewell: &'c Farewell,
    /// What h2 has written since it last flushed.
    gathered: BytesMut,
    /// GOAWAY, as far as it is not sent yet; nothing before it is due.
    goaway: Option<Bytes>,
}

impl<'c> Frames<'c> {
    pub(super) fn new(wire: Wire<'c>, farewell: &'c Farewell) -> Self {
        Self { wire, farewell, gathered: BytesMut::new(), goaway: None }
    }

    /// Sends what was gathered.
    fn poll_gathered(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.gathered.has_remaining() {
            ready!(self.poll_behind(context, &[]))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends what was gathered and these bytes behind it; how many of these.
    fn poll_behind(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let slices = [IoSlice::new(&self.gathered), IoSlice::new(bytes)];
        let written = ready!(self.wire.poll_write(context, &slices))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        let gathered = written.min(self.gathered.len());
        self.gathered.advance(gathered);
        Poll::Ready(Ok(written - gathered))
    }

    /// Sends the rest of a GOAWAY that has begun.
    fn poll_goaway(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.goaway.as_mut().filter(|rest| !rest.is_empty()) {
            let written = ready!(self.wire.poll_write(context, &[IoSlice::new(rest)]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            rest.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Frames<'_> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().wire.poll_read(context, buffer)
    }
}

impl AsyncWrite for Frames<'_> {
    /// Writes without slices: of those h2 would write each answer of a few hundred bytes by itself.
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_goaway(context))?;
        if this.gathered.len() + bytes.len() <= GATHERED {
            this.gathered.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        loop {
            let written = ready!(this.poll_behind(context, bytes))?;
            if written > 0 {
                return Poll::Ready(Ok(written));
            }
        }
    }

    /// h2 flushes between two frames, whenever it has nothing left to write.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_gathered(context))?;
        if let (None, Some(last)) = (&this.goaway, this.farewell.last()) {
            this.goaway = Some(Bytes::copy_from_slice(&goaway(last)));
        }
        ready!(this.poll_goaway(context))?;
        this.wire.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_gathered(context))?;
        ready!(this.poll_goaway(context))?;
        this.wire.poll_shutdown(context)
    }
}
