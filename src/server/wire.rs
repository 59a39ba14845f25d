//! The socket as hyper sees it, with three additions: it tells the connection's watchdog what moves, it puts our own refusal in
//! the place of the bare one that hyper sends for bytes that are no HTTP, and it plays the scripts of faults.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{activity::Activity, player::Player};
use crate::fault::End;

/// How much of a request that cannot be read is kept for the journal.
const KEPT: usize = 512;

/// Makes the answer for bytes that are no request: from hyper's status and the first bytes to a whole HTTP answer.
pub(super) type Refuse = Box<dyn Fn(u16, &[u8]) -> Bytes + Send>;

/// A socket with a watchdog's eye on it.
pub(super) struct Wire<S> {
    socket: S,
    activity: Arc<Activity>,
    refuse: Refuse,
    /// The beginning of what came since the last request.
    last: Vec<u8>,
    /// Our refusal, as far as it is not sent yet.
    refusal: Bytes,
    /// The client is heard out before the socket is closed.
    lingers: bool,
    /// The script that is being played.
    player: Option<Box<Player>>,
    mute: Mute,
}

/// Whether what hyper writes is kept from the client. After a script it writes an empty answer, so that its own account of the
/// connection is right; the client has had its bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mute {
    Off,
    /// From the next write on.
    Waiting,
    /// Up to the next flush.
    On,
}

/// A socket that can be reset.
pub(super) trait Abort {
    /// Makes the socket end with RST when it is dropped.
    fn abort(&self) -> io::Result<()>;
}

impl Abort for TcpStream {
    fn abort(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

impl<S> Wire<S> {
    pub(super) fn new(socket: S, activity: Arc<Activity>, refuse: Refuse) -> Self {
        let (last, refusal) = (Vec::with_capacity(KEPT), Bytes::new());
        Self { socket, activity, refuse, last, refusal, lingers: false, player: None, mute: Mute::Off }
    }

    /// If hyper writes an answer that no service made, notes down ours instead of it.
    fn replaced(&mut self, first: &[u8]) -> bool {
        let answering = self.activity.open.load(Ordering::Relaxed) > 0 || self.activity.http2.load(Ordering::Relaxed);
        if answering || !first.starts_with(b"HTTP/1.") {
            return false;
        }
        // Every answer of our service carries such a header.
        let ours = first.windows(12).any(|window| window.eq_ignore_ascii_case(b"x-understudy"));
        let status = first.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u16>().ok());
        match status {
            Some(status) if !ours && (400..500).contains(&status) => {
                self.refusal = (self.refuse)(status, &self.last);
                self.lingers = true;
                true
            }
            _ => false,
        }
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.refusal.has_remaining() {
            let written = ready!(Pin::new(&mut self.socket).poll_write(context, &self.refusal))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.refusal.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Whether a write is kept from the client.
    fn is_mute(&mut self) -> bool {
        if self.mute == Mute::Waiting {
            self.mute = Mute::On;
        }
        self.mute == Mute::On
    }
}

impl<S: AsyncRead + AsyncWrite + Abort + Unpin> Wire<S> {
    /// Plays the script that waits, if there is one. hyper flushes on every turn, once its own bytes are out: the answers before
    /// this one are with the client.
    fn poll_script(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.mute == Mute::On {
            self.mute = Mute::Off;
        }
        if self.player.is_none() {
            self.player = self.activity.slot.take().map(|cue| Box::new(Player::new(cue)));
        }
        let Some(player) = &mut self.player else { return Poll::Ready(Ok(())) };
        let end = ready!(player.poll(&mut self.socket, &self.activity, context))?;
        match end {
            End::Reset => {
                self.socket.abort()?;
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            End::Hang => return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            End::Close => self.lingers = true,
            End::Next => {}
        }
        self.mute = Mute::Waiting;
        if let Some(player) = self.player.take() {
            player.tell();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let result = Pin::new(&mut this.socket).poll_read(context, buffer);
        let read = &buffer.filled()[before..];
        if !read.is_empty() {
            if this.activity.unread.fetch_add(read.len() as u64, Ordering::Relaxed) == 0 {
                this.last.clear();
            }
            this.activity.moved.fetch_add(read.len() as u64, Ordering::Relaxed);
            let room = KEPT - this.last.len();
            this.last.extend_from_slice(&read[..read.len().min(room)]);
            let first = this.activity.requests.load(Ordering::Relaxed) == 0;
            if first && this.last.starts_with(b"PRI * HTTP/2") {
                this.activity.http2.store(true, Ordering::Relaxed);
            }
        }
        result
    }
}

impl<S: AsyncRead + AsyncWrite + Abort + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        if this.is_mute() || this.replaced(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let result = Pin::new(&mut this.socket).poll_write(context, bytes);
        this.activity.wrote(&result);
        result
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        if this.is_mute() || slices.first().is_some_and(|first| this.replaced(first)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let result = Pin::new(&mut this.socket).poll_write_vectored(context, slices);
        this.activity.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        ready!(this.poll_script(context))?;
        Pin::new(&mut this.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        ready!(Pin::new(&mut this.socket).poll_shutdown(context))?;
        // Closing while the client still sends would reset the connection, and our last bytes with it. So what comes is read and
        // thrown away until the client closes too, or the watchdog has seen enough.
        while this.lingers {
            let mut scratch = [0; 8 << 10];
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *this).poll_read(context, &mut buffer)? {
                // A client that says nothing need not be heard out when the end is ordered.
                Poll::Pending if this.activity.order().is_none() => return Poll::Pending,
                Poll::Pending => this.lingers = false,
                Poll::Ready(()) => this.lingers = !buffer.filled().is_empty(),
            }
        }
        Poll::Ready(Ok(()))
    }
}
