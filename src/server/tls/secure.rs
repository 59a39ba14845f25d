//! A session of TLS beside its socket.

use std::{
    io::{self, IoSlice, Read, Write},
    sync::{Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use rustls::ServerConnection;
use tokio::{io::ReadBuf, net::TcpStream};

use crate::server::activity::Activity;

/// Bytes of answers that are kept encrypted while the socket takes none.
const KEPT: usize = 64 << 10;

/// A session whose handshake is done.
#[derive(Debug)]
pub(in crate::server) struct Secure {
    session: Mutex<ServerConnection>,
}

impl Secure {
    pub(super) fn new(mut session: ServerConnection) -> Self {
        session.set_buffer_limit(Some(KEPT));
        Self { session: Mutex::new(session) }
    }

    fn lock(&self) -> MutexGuard<'_, ServerConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the client said. `raw` is the socket; it answers `WouldBlock` as long as nothing comes.
    pub(in crate::server) fn read(
        &self,
        raw: &mut dyn Read,
        socket: &TcpStream,
        activity: &Activity,
        buffer: &mut ReadBuf<'_>,
    ) -> io::Result<()> {
        let mut session = self.lock();
        loop {
            match session.reader().read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // A FIN alone: HTTP says itself where a message ends.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
            }
            session.read_tls(raw)?;
            let processed = session.process_new_packets();
            // An alert, or new keys: whatever does not leave now leaves with the next bytes.
            if session.wants_write() {
                let _ = flush(&mut session, &mut Out { socket, activity });
            }
            processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    /// Writes what there is room for. Nothing new is taken before the old is with the socket.
    pub(in crate::server) fn write(
        &self,
        socket: &TcpStream,
        activity: &Activity,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        let mut session = self.lock();
        let out = &mut Out { socket, activity };
        flush(&mut session, out)?;
        let written = session.writer().write_vectored(slices)?;
        match flush(&mut session, out) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(written),
        }
    }

    /// Hands everything to the socket that was written; `WouldBlock` if it does not take all of it.
    pub(in crate::server) fn flush(&self, socket: &TcpStream, activity: &Activity) -> io::Result<()> {
        flush(&mut self.lock(), &mut Out { socket, activity })
    }

    /// Says that nothing more will come, which has to be flushed.
    pub(in crate::server) fn close(&self) {
        self.lock().send_close_notify();
    }
}

pub(super) fn flush(session: &mut ServerConnection, out: &mut Out<'_>) -> io::Result<()> {
    while session.wants_write() {
        if session.write_tls(out)? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

/// The socket, as far as it takes bytes at once.
pub(super) struct Out<'c> {
    pub(super) socket: &'c TcpStream,
    pub(super) activity: &'c Activity,
}

impl Out<'_> {
    fn noted(&self, written: io::Result<usize>) -> io::Result<usize> {
        match &written {
            Ok(bytes) => self.activity.wrote(*bytes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.activity.blocked.store(true, Relaxed),
            Err(_) => {}
        }
        written
    }
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.noted(self.socket.try_write(bytes))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.noted(self.socket.try_write_vectored(slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
