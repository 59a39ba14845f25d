//! One connection, from the first byte to the last: HTTP/1, or HTTP/2 with prior knowledge.

use std::{
    future::{Future as _, poll_fn},
    io,
    net::{Shutdown, SocketAddr},
    pin::pin,
    sync::{
        Arc,
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
    wire::{Protocol, Wire},
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
    pub(super) activity: &'c Arc<Activity>,
    /// What it may hold of bodies beside the budget of all.
    pub(super) free: Free,
    /// The client is to be heard out after our FIN: closing while it still sends would reset the connection, and our last bytes with it.
    pub(super) lingers: AtomicBool,
}

impl Connection<'_> {
    /// Where its two ends are.
    pub(super) fn ends(&self) -> Ends {
        Ends { client: self.client.ip(), server: self.socket.local_addr().ok().map(|address| address.ip()) }
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

    /// FIN.
    pub(super) fn shutdown(&self) -> io::Result<()> {
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
    match wire.protocol().await {
        Some(Protocol::Http1) => http1::serve(connection, wire).await,
        Some(Protocol::Http2) => {
            connection.activity.http2.store(true, Relaxed);
            http2::serve(connection, wire).await;
        }
        None => return,
    }
    if connection.lingers.load(Relaxed) {
        // hyper sends no FIN where the request offered an upgrade.
        let _ = connection.shutdown();
        let _ = tokio::time::timeout(connection.shared.limits.idle_time, linger(connection)).await;
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
