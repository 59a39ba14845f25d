//! In place of `tls` where the library is built without it: nobody has a value of these types.

use std::{
    convert::Infallible,
    io::{self, IoSlice},
    task::Context,
};

use tokio::{io::ReadBuf, net::TcpStream};

use super::{activity::Activity, connection::Connection, wire::Wire};

/// The first byte of every handshake of TLS.
pub(super) const HELLO: u8 = 0x16;

/// How a server speaks TLS, which takes the feature `tls`.
#[derive(Debug, Clone)]
pub struct Tls(Infallible);

/// A session that nobody has.
#[derive(Debug)]
pub(super) struct Secure(Infallible);

/// The socket as TLS would read it.
pub(super) struct Raw<'r, 'c, 't> {
    pub(super) wire: &'r mut Wire<'c>,
    pub(super) context: &'r mut Context<'t>,
}

pub(super) async fn shake_hands(_: &Connection<'_>, wire: &mut Wire<'_>, tls: &Tls) -> Option<Secure> {
    drop(wire.take_opening());
    match tls.0 {}
}

impl Tls {
    pub(super) fn is_only(&self) -> bool {
        match self.0 {}
    }
}

impl Secure {
    pub(super) fn read(
        &self,
        raw: &mut Raw<'_, '_, '_>,
        _: &TcpStream,
        _: &Activity,
        buffer: &mut ReadBuf<'_>,
    ) -> io::Result<()> {
        let _ = raw.wire.poll_raw(raw.context, buffer);
        match self.0 {}
    }

    pub(super) fn write(&self, _: &TcpStream, _: &Activity, _: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(super) fn flush(&self, _: &TcpStream, _: &Activity) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn close(&self) {
        match self.0 {}
    }
}
