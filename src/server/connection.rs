//! One connection, from the first byte to the last: HTTP/1, or HTTP/2 with prior knowledge.

use std::{
    future::{Future as _, poll_fn},
    io::{self, IoSlice},
    net::{Shutdown, SocketAddr},
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::Poll,
};

use http::request::Parts;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::{
    activity::{Activity, Order},
    admin::{self, AdminAccess, Ends},
    bodies::Free,
    connections::Member,
    http1, http2,
    listener::{Serves, ServesAdmin},
    shared::Shared,
    tls::{self, Secure},
    wire::{Protocol, Wire, write_together},
};

/// What all parts of a connection know of it. They run in one task, and the socket is shared: who writes to it is settled by the
/// protocol, who waits for it may be anybody.
pub(super) struct Connection<'c> {
    pub(super) shared: &'c Shared,
    pub(super) serves: Serves,
    /// From 1, in the order in which connections were accepted.
    pub(super) number: u64,
    /// The client's address.
    pub(super) client: SocketAddr,
    pub(super) socket: &'c TcpStream,
    /// What stands between HTTP and the socket, on https.
    pub(super) secure: OnceLock<Secure>,
    pub(super) activity: &'c Arc<Activity>,
    /// What it may hold of bodies beside the budget of all.
    pub(super) free: Free,
    /// The client is to be heard out after our FIN: closing while it still sends would reset the connection, and our last bytes with it.
    pub(super) lingers: AtomicBool,
}

impl Connection<'_> {
    /// Where its two ends are.
    pub(super) fn ends(&self) -> Ends {
        Ends {
            client: self.client.ip(),
            server: self.socket.local_addr().ok().map(|address| address.ip()),
            secure: self.secure.get().is_some(),
        }
    }

    /// Who may use the admin API, if a request is one to it. A browser that asks for the page of `/` is led there.
    pub(super) fn admin(&self, parts: &Parts) -> Option<&AdminAccess> {
        let path = parts.uri.path();
        let is_admin = match self.serves.admin {
            ServesAdmin::Also => admin::is_admin(path) || path == "/" && admin::is_for_page(parts),
            ServesAdmin::No => false,
            ServesAdmin::Alone => true,
        };
        self.shared.admin.as_ref().filter(|_| is_admin)
    }

    /// Writes what the socket takes now.
    pub(super) fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.secure.get() {
            None => write_together(self.socket, slices),
            Some(secure) => secure.write(self.socket, self.activity, slices),
        }
    }

    /// Hands to the socket what was written and is not with it yet; `WouldBlock` if it does not take all of it.
    pub(super) fn try_flush(&self) -> io::Result<()> {
        self.secure.get().map_or(Ok(()), |secure| secure.flush(self.socket, self.activity))
    }

    /// FIN. On https it is announced, as far as the socket takes that.
    pub(super) fn shutdown(&self) -> io::Result<()> {
        if let Some(secure) = self.secure.get() {
            secure.close();
            let _ = self.try_flush();
        }
        SockRef::from(self.socket).shutdown(Shutdown::Write)
    }
}

/// Serves a connection until it ends or is told to.
pub(super) async fn serve(member: Member, serves: Serves, mut socket: TcpStream, client: SocketAddr) {
    let (read, write) = socket.split();
    let activity = &member.activity;
    let connection = Connection {
        shared: &member.shared,
        serves,
        number: member.number,
        client,
        socket: write.as_ref(),
        secure: OnceLock::new(),
        activity,
        free: Free::default(),
        lingers: AtomicBool::new(false),
    };
    let mut talk = pin!(talk(&connection, Wire::new(read, &connection)));
    let mut heard = None;
    poll_fn(|context| {
        loop {
            if talk.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            activity.waker.register(context.waker());
            match activity.order() {
                Some(Order::Drop) => return Poll::Ready(()),
                order if order == heard => return Poll::Pending,
                // Whoever waits inside looks for it himself.
                order => heard = order,
            }
        }
    })
    .await;
}

async fn talk(connection: &Connection<'_>, mut wire: Wire<'_>) {
    // Each in memory of its own: a connection that has said nothing yet takes none for what it may say.
    match protocol(connection, &mut wire).await {
        Some(Protocol::Http1) if !wire.first_head().await => {}
        Some(Protocol::Http1) => Box::pin(http1::serve(connection, wire)).await,
        Some(Protocol::Http2) => {
            connection.activity.http2.store(true, Relaxed);
            Box::pin(http2::serve(connection, wire)).await;
        }
        Some(Protocol::Tls) => Box::pin(http1::refuse_plain(connection, &wire)).await,
        None => {}
    }
    if connection.lingers.load(Relaxed) {
        // hyper sends no FIN where the request offered an upgrade.
        let _ = connection.shutdown();
        let _ = tokio::time::timeout(connection.shared.limits.idle_time, linger(connection)).await;
    }
}

/// Learns what the client speaks, behind a handshake if it wants one. What has to be https and is not, is not spoken.
async fn protocol(connection: &Connection<'_>, wire: &mut Wire<'_>) -> Option<Protocol> {
    let protocol = wire.protocol().await?;
    let Some(tls) = connection.shared.tls.get() else { return Some(protocol) };
    match protocol {
        Protocol::Tls => {
            let secure = Box::pin(tls::shake_hands(connection, wire, tls)).await?;
            let _ = connection.secure.set(secure);
            wire.protocol().await
        }
        _ if tls.is_only() => Some(Protocol::Tls),
        plain => Some(plain),
    }
}

/// Reads and throws away what comes until the client closes too, or is quiet and the end is ordered.
async fn linger(connection: &Connection<'_>) {
    tokio::select! {
        biased;
        () = closed(connection.socket) => {}
        () = connection.activity.ordered() => {}
    }
}

/// Reads and throws away what comes until the client closes.
pub(super) async fn closed(socket: &TcpStream) {
    while socket.readable().await.is_ok() {
        if drained(socket) {
            return;
        }
        // A client that sends without end is not the only one.
        tokio::task::coop::consume_budget().await;
    }
}

/// Reads and throws away some of what is there; whether the client has closed.
fn drained(socket: &TcpStream) -> bool {
    let mut scratch = [0; 8 << 10];
    match socket.try_read(&mut scratch) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}
