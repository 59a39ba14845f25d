//! The socket as hyper sees it, with three additions. It puts our own refusal in the place of the bare one that hyper sends for bytes
//! that are no HTTP; it keeps from the client what hyper writes after a fault was played; and it takes the receipt of what leaves.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::refusal::refuse;
use crate::{
    server::{answering::Writing, listener::ServesAdmin, receipt::Receipt, wire::Wire},
    session::Ended,
};

/// How much of a request that cannot be read is kept for the journal.
const KEPT: usize = 512;

/// What is read at a time at most. hyper's buffer grows as long as reads fill it, and while a body waits for memory that buffer is held
/// beside it.
const READ: usize = 32 << 10;

/// What hyper reads and writes.
pub(super) struct Answers<'c> {
    wire: Wire<'c>,
    /// The beginning of what came since the last request.
    last: Vec<u8>,
    /// Our refusal, as far as it is not sent yet.
    refusal: Option<Bytes>,
    /// Of the answer that is being written.
    receipt: Receipt<'c>,
    /// The socket failed: nobody is there any more.
    failed: bool,
}

impl<'c> Answers<'c> {
    pub(super) fn new(wire: Wire<'c>) -> Self {
        let receipt = Receipt::unused(&wire.connection.shared.mock);
        Self { wire, last: Vec::with_capacity(KEPT), refusal: None, receipt, failed: false }
    }

    /// If these are the first bytes of an answer that no service made, notes down ours instead of it.
    fn replaced(&mut self, first: &[u8]) -> bool {
        let status =
            first.strip_prefix(b"HTTP/1.").and_then(|rest| std::str::from_utf8(rest.get(2..5)?).ok()?.parse().ok());
        let Some(status @ 400..500) = status else { return false };
        if self.wire.connection.serves.admin == ServesAdmin::Alone {
            return false;
        }
        let (exchange, refusal) = refuse(self.wire.connection, status, &self.last);
        self.receipt.begin(exchange);
        self.refusal = Some(refusal);
        self.wire.connection.lingers.store(true, Relaxed);
        true
    }

    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = &mut self.refusal {
            let written = ready!(self.wire.poll_write(context, &[IoSlice::new(rest)]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.receipt.wrote(&rest[..written]);
            rest.advance(written);
            if rest.is_empty() {
                self.refusal = None;
                self.receipt.end(Ended::Delivered);
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_slices(&mut self, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        ready!(self.poll_refusal(context))?;
        let all = || slices.iter().map(|slice| slice.len()).sum();
        match self.wire.connection.activity.answering.get() {
            Writing::Exchange(exchange) => {
                self.receipt.begin(exchange);
                let written = ready!(self.wire.poll_write(context, slices))?;
                self.receipt.wrote_slices(slices, written);
                Poll::Ready(Ok(written))
            }
            Writing::Unseen => Poll::Ready(Ok(all())),
            Writing::Unasked if slices.first().is_some_and(|first| self.replaced(first)) => Poll::Ready(Ok(all())),
            Writing::Unasked | Writing::Admin => self.wire.poll_write(context, slices),
        }
    }

    fn poll_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        ready!(self.wire.poll_flush(context))?;
        // hyper flushes when it has nothing left to write.
        if let Some(Writing::Exchange(exchange)) = self.wire.connection.activity.answering.flushed() {
            self.receipt.begin(exchange);
            self.receipt.end(Ended::Delivered);
        }
        Poll::Ready(Ok(()))
    }

    fn noted<T>(&mut self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.failed |= matches!(result, Poll::Ready(Err(_)));
        result
    }
}

impl Drop for Answers<'_> {
    fn drop(&mut self) {
        if let Writing::Exchange(exchange) = self.wire.connection.activity.answering.get() {
            self.receipt.begin(exchange);
        }
        self.receipt.end(if self.failed { Ended::ClientLeft } else { Ended::CutOff });
    }
}

impl AsyncRead for Answers<'_> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if this.wire.connection.activity.unread.load(Relaxed) == 0 {
            this.last.clear();
        }
        let result = if buffer.remaining() > READ {
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(READ));
            let result = this.wire.poll_read(context, &mut part);
            let read = part.filled().len();
            buffer.advance(read);
            result
        } else {
            this.wire.poll_read(context, buffer)
        };
        let read = &buffer.filled()[before..];
        let room = KEPT - this.last.len();
        this.last.extend_from_slice(&read[..read.len().min(room)]);
        this.noted(result)
    }
}

impl AsyncWrite for Answers<'_> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = this.poll_slices(context, slices);
        this.noted(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = this.poll_out(context);
        this.noted(result)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_out(context))?;
        this.wire.poll_shutdown(context)
    }
}
