//! The socket as h2 sees it, and a GOAWAY between two of its frames.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::farewell::{Farewell, goaway};
use crate::server::wire::Wire;

/// What h2 reads and writes.
pub(super) struct Frames<'c> {
    wire: Wire<'c>,
    farewell: &'c Farewell,
    /// GOAWAY, as far as it is not sent yet; nothing before it is due.
    goaway: Option<Bytes>,
}

impl<'c> Frames<'c> {
    pub(super) fn new(wire: Wire<'c>, farewell: &'c Farewell) -> Self {
        Self { wire, farewell, goaway: None }
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
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_goaway(context))?;
        this.wire.poll_write(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// h2 flushes between two frames, whenever it has nothing left to write.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let (None, Some(last)) = (&this.goaway, this.farewell.last()) {
            this.goaway = Some(Bytes::copy_from_slice(&goaway(last)));
        }
        ready!(this.poll_goaway(context))?;
        this.wire.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_goaway(context))?;
        this.wire.poll_shutdown(context)
    }
}
