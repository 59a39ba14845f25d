//! Runs the script of a fault on the socket, beneath hyper. Requests of a connection are answered one after the other, so the answers
//! before this one are with the client, and nobody else writes meanwhile.

use std::{
    future::Future,
    io::{self, IoSlice},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use bytes::{Buf as _, Bytes};

use crate::{
    fault::{Action, End, Script},
    server::{
        connection::{Connection, closed},
        departure::{Gone, unless_gone},
        receipt::Receipt,
    },
};

/// Why a script did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The client went.
    ClientLeft,
    /// A script that hangs has no end of its own; the connection was told to finish.
    Ordered,
}

impl From<Gone> for Stopped {
    fn from(Gone: Gone) -> Self {
        Self::ClientLeft
    }
}

impl From<io::Error> for Stopped {
    fn from(_: io::Error) -> Self {
        Self::ClientLeft
    }
}

/// Runs a script; how it ends. FIN and RST are left to the caller.
pub(super) async fn run(
    script: Script,
    receipt: &mut Receipt<'_>,
    connection: &Connection<'_>,
) -> Result<End, Stopped> {
    let mut run = Run { receipt, connection };
    run.settle().await?;
    for action in script.actions {
        match action {
            Action::Send(bytes) => run.send(bytes).await?,
            Action::Pause(pause) => run.pause(pause).await?,
            Action::Drip(mut bytes, pace) => {
                while bytes.has_remaining() {
                    run.pause(pace.pause()).await?;
                    let piece = bytes.split_to(pace.piece().min(bytes.len()));
                    run.send(piece).await?;
                }
            }
        }
    }
    if script.end == End::Hang {
        run.hang().await?;
    }
    Ok(script.end)
}

struct Run<'r, 'm> {
    receipt: &'r mut Receipt<'m>,
    connection: &'r Connection<'r>,
}

impl Run<'_, '_> {
    /// Lets hyper send what it may still hold: a `100 Continue`. It flushes after each turn of this request.
    async fn settle(&self) -> io::Result<()> {
        loop {
            tokio::task::yield_now().await;
            if !self.connection.activity.blocked.load(Relaxed) {
                return Ok(());
            }
            self.connection.socket.writable().await?;
        }
    }

    async fn send(&mut self, mut bytes: Bytes) -> io::Result<()> {
        let Connection { socket, activity, .. } = self.connection;
        while bytes.has_remaining() {
            match self.connection.try_write(&[IoSlice::new(&bytes)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    activity.wrote(written);
                    self.receipt.wrote(&bytes[..written]);
                    bytes.advance(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    activity.blocked.store(true, Relaxed);
                    socket.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
        while let Err(error) = self.connection.try_flush() {
            if error.kind() != io::ErrorKind::WouldBlock {
                return Err(error);
            }
            socket.writable().await?;
        }
        Ok(())
    }

    fn pause(&self, pause: Duration) -> impl Future<Output = Result<(), Gone>> {
        unless_gone(self.connection, tokio::time::sleep(pause))
    }

    /// Waits until the client closes its direction, which ends the connection as planned. What it sends is thrown away.
    async fn hang(&self) -> Result<(), Stopped> {
        tokio::select! {
            biased;
            () = self.connection.activity.ordered() => Err(Stopped::Ordered),
            () = closed(self.connection.socket) => Ok(()),
        }
    }
}
