//! The socket as hyper and h2 see it. It counts what moves, and hands out again what was read to learn the version of HTTP.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll, ready},
};

use bytes::Buf as _;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::{TcpStream, tcp::ReadHalf},
    task::coop,
};

use super::{
    connection::Connection,
    head,
    tls::{self, Raw},
};

/// What a client that speaks HTTP/2 says first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is read at a time until the version is known and the first head is there. Most requests are shorter.
const OPENING: usize = 4 << 10;

/// Reading so many bytes counts like one look at the socket: after 128 of them others have their turn. Small frames take long for their
/// bytes, and a client may send them without end.
const PIECE: usize = 256;

/// A connection's socket. Reading is exclusive; writing goes through the shared socket, which the rest of the connection sees too.
pub(super) struct Wire<'c> {
    pub(super) connection: &'c Connection<'c>,
    read: ReadHalf<'c>,
    /// What was read before anybody spoke a protocol, as far as it is not read again yet.
    opening: io::Cursor<Vec<u8>>,
}

/// Slices up to this size are written as one: one copy costs less than what the system does for a list.
const TOGETHER: usize = 2 << 10;

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
    /// HTTP behind a handshake.
    Tls,
}

impl<'c> Wire<'c> {
    pub(super) fn new(read: ReadHalf<'c>, connection: &'c Connection<'c>) -> Self {
        Self { connection, read, opening: io::Cursor::default() }
    }

    /// Reads as far as is needed to tell the versions apart. Nothing is told of a client that says nothing, or that is to be closed.
    pub(super) async fn protocol(&mut self) -> Option<Protocol> {
        let may_be_tls = self.connection.shared.tls.get().is_some() && self.connection.secure.get().is_none();
        poll_fn(|context| {
            loop {
                match self.poll_opening(context) {
                    Poll::Pending if self.connection.activity.order().is_some() => return Poll::Ready(None),
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(_)) => return Poll::Ready(None),
                    // What is no whole preface may still be bytes to refuse.
                    Poll::Ready(Ok(0)) => {
                        return Poll::Ready(Some(Protocol::Http1).filter(|_| !self.opening().is_empty()));
                    }
                    Poll::Ready(Ok(_)) => {}
                }
                let opening = self.opening();
                if opening.first() == Some(&tls::HELLO) && may_be_tls {
                    return Poll::Ready(Some(Protocol::Tls));
                }
                if opening.starts_with(PREFACE) {
                    return Poll::Ready(Some(Protocol::Http2));
                }
                if !PREFACE.starts_with(opening) {
                    return Poll::Ready(Some(Protocol::Http1));
                }
            }
        })
        .await
    }

    /// Waits for the rest of a first head that trickles in: hyper would take 16 KB for it. Whether the client is still there.
    pub(super) async fn first_head(&mut self) -> bool {
        poll_fn(|context| {
            while head::is_partial(self.opening()) {
                match self.poll_opening(context) {
                    Poll::Pending if self.connection.activity.order().is_some() => break,
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(_)) => return Poll::Ready(false),
                    // What hyper makes of half a head, it makes of it again.
                    Poll::Ready(Ok(0)) => break,
                    Poll::Ready(Ok(_)) => {}
                }
            }
            Poll::Ready(true)
        })
        .await
    }

    /// Reads on; how many bytes came, none at the end.
    fn poll_opening(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = [0; OPENING];
        let mut buffer = ReadBuf::new(&mut buffer);
        ready!(self.poll_next(context, &mut buffer))?;
        self.opening.get_mut().extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Reads; what was read already is handed out first.
    pub(super) fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.opening.has_remaining() {
            let piece = self.opening.remaining().min(buffer.remaining());
            buffer.put_slice(&self.opening.chunk()[..piece]);
            self.opening.advance(piece);
            if !self.opening.has_remaining() {
                self.opening = io::Cursor::default();
            }
            return Poll::Ready(Ok(()));
        }
        self.poll_next(context, buffer)
    }

    /// What was read before anybody spoke a protocol.
    pub(super) fn opening(&self) -> &[u8] {
        self.opening.chunk()
    }

    /// The same, for whoever speaks one.
    pub(super) fn take_opening(&mut self) -> io::Cursor<Vec<u8>> {
        std::mem::take(&mut self.opening)
    }

    /// Reads what comes next in the protocol that is spoken.
    fn poll_next(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let connection = self.connection;
        let Some(secure) = connection.secure.get() else { return self.poll_raw(context, buffer) };
        match secure.read(&mut Raw { wire: self, context }, connection.socket, connection.activity, buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            read => Poll::Ready(read),
        }
    }

    /// Reads the socket itself.
    pub(super) fn poll_raw(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.read).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        if read > 0 {
            self.connection.activity.read(read);
            charge(context, read);
        }
        result
    }

    /// Writes.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let Connection { socket, activity, .. } = self.connection;
        loop {
            let ready = socket.poll_write_ready(context);
            if ready.is_pending() {
                activity.blocked.store(true, Relaxed);
            }
            ready!(ready)?;
            match self.connection.try_write(slices) {
                Ok(written) => {
                    activity.wrote(written);
                    return Poll::Ready(Ok(written));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Ready when everything that was written is with the socket.
    pub(super) fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.connection.try_flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.connection.socket.poll_write_ready(context))?;
                }
                done => return Poll::Ready(done),
            }
        }
    }

    /// FIN, when everything before it is with the socket.
    pub(super) fn poll_shutdown(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(secure) = self.connection.secure.get() {
            secure.close();
        }
        ready!(self.poll_flush(context))?;
        Poll::Ready(self.connection.shutdown())
    }
}

/// Writes slices, the small ones in one piece.
pub(super) fn write_together(socket: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    let [first, rest @ ..] = slices else { return Ok(0) };
    if rest.is_empty() {
        return socket.try_write(first);
    }
    if slices.iter().map(|slice| slice.len()).sum::<usize>() > TOGETHER {
        return socket.try_write_vectored(slices);
    }
    let mut piece = [0; TOGETHER];
    let mut end = 0;
    for slice in slices {
        piece[end..end + slice.len()].copy_from_slice(slice);
        end += slice.len();
    }
    socket.try_write(&piece[..end])
}

/// Charges the task for bytes that it has read.
fn charge(context: &mut Context<'_>, read: usize) {
    for _ in 0..read / PIECE {
        match coop::poll_proceed(context) {
            Poll::Ready(charged) => charged.made_progress(),
            // The next read will find that too.
            Poll::Pending => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_read_32_kib_lets_others_run() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let may_go_on = |read| {
            let task = poll_fn(move |context| {
                charge(context, read);
                Poll::Ready(coop::has_budget_remaining())
            });
            runtime.block_on(runtime.spawn(task)).unwrap()
        };
        assert!(may_go_on(0) && may_go_on(127 * PIECE));
        assert!(!may_go_on(32 << 10) && !may_go_on(usize::from(u16::MAX)));
    }
}
