//! Accepts connections, and stops in an orderly way.

use std::{
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Semaphore,
};

use super::{AdminAccess, Handover, Limits, Tls, connection, connections::Member, shared::Shared, watchdog};
use crate::{contract::Door, fault::TlsFault, mock::Mock};

/// How long connections that are cut off may take to end.
const CUT_OFF_TIME: Duration = Duration::from_secs(1);

/// What the kernel takes of an answer before the client reads it; Linux doubles that for its own account. Without it a buffer grows to
/// some megabytes, for each client that does not read.
const SEND_BUFFER: u32 = 128 << 10;

/// A server that is bound to its address.
///
/// ```
/// use std::sync::Arc;
/// use understudy::{
///     contract::SpecFiles,
///     mock::{Mock, Options},
///     server::{AdminAccess, Limits, Server},
/// };
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
/// let server = Server::bind("127.0.0.1:0".parse().unwrap(), Arc::new(mock), Limits::default(), Some(AdminAccess::default())).await.unwrap();
/// println!("http://{}", server.address());
/// server.run(std::future::ready(()), std::future::pending()).await;
/// # });
/// ```
pub struct Server {
    listener: Listener,
    admin: Option<Listener>,
    objects: Option<Listener>,
    /// What is served beside calls, with a handshake that has a fault.
    faulty: Vec<Listener>,
    shared: Arc<Shared>,
}

struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    serves: Serves,
}

/// What is served on the connections of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Serves {
    /// Which calls.
    pub(super) door: Door,
    pub(super) admin: ServesAdmin,
    /// What is wrong with every handshake.
    pub(super) tls_fault: Option<TlsFault>,
}

/// Whether the admin API is served, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServesAdmin {
    /// Its paths are none that anybody knows.
    No,
    /// Beside calls.
    Also,
    /// Nothing else.
    Alone,
}

/// How a server came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Every call that was under way got its answer.
    Finished,
    /// The grace period was over, or the second signal came, and this many connections were cut off.
    CutOff(usize),
}

impl Server {
    /// Binds to an address; port 0 picks a free one. Without `admin` there is no admin API.
    ///
    /// # Errors
    ///
    /// The system's, such as a port in use.
    pub async fn bind(
        address: SocketAddr,
        mock: Arc<Mock>,
        limits: Limits,
        admin: Option<AdminAccess>,
    ) -> io::Result<Self> {
        let listener = Listener::bind(address, Serves::new(Door::Everything, ServesAdmin::Also))?;
        let faulty = Vec::new();
        Ok(Self { listener, admin: None, objects: None, faulty, shared: Arc::new(Shared::new(mock, limits, admin)) })
    }

    /// Binds the admin API to an address of its own, and serves it nowhere else.
    ///
    /// # Errors
    ///
    /// As for [`bind`](Self::bind).
    pub async fn with_admin_at(mut self, address: SocketAddr) -> io::Result<Self> {
        self.admin = Some(Listener::bind(address, Serves::new(Door::Everything, ServesAdmin::Alone))?);
        self.listener.serves.admin = ServesAdmin::No;
        Ok(self)
    }

    /// Binds the object host to an address of its own, and serves it nowhere else. Links lead there from now on, by the name that the
    /// caller uses for the API.
    ///
    /// # Errors
    ///
    /// As for [`bind`](Self::bind).
    pub async fn with_objects_at(mut self, address: SocketAddr) -> io::Result<Self> {
        let listener = Listener::bind(address, Serves::new(Door::Objects, ServesAdmin::No))?;
        self.listener.serves.door = Door::Calls;
        self.shared.mock.objects_at(listener.address.port());
        self.objects = Some(listener);
        Ok(self)
    }

    /// Speaks https wherever it listens.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        let _ = self.shared.tls.set(tls);
        self
    }

    /// Binds calls to one more address, where every handshake of TLS has a fault. If it is that of a listener there is already, that one
    /// gets the fault.
    ///
    /// # Errors
    ///
    /// As for [`bind`](Self::bind).
    pub async fn with_tls_fault_at(mut self, fault: TlsFault, address: SocketAddr) -> io::Result<Self> {
        let known = [Some(&mut self.listener), self.admin.as_mut(), self.objects.as_mut()].into_iter().flatten();
        let known = known.chain(&mut self.faulty).find(|listener| listener.address == address);
        if let Some(listener) = known {
            listener.serves.tls_fault = Some(fault);
            return Ok(self);
        }
        let serves = Serves { tls_fault: Some(fault), admin: ServesAdmin::No, ..self.listener.serves };
        self.faulty.push(Listener::bind(address, serves)?);
        Ok(self)
    }

    /// The listeners whose handshakes have a fault.
    pub fn tls_faults(&self) -> impl Iterator<Item = (TlsFault, SocketAddr)> {
        let listeners = [Some(&self.listener), self.admin.as_ref(), self.objects.as_ref()].into_iter().flatten();
        let listeners = listeners.chain(&self.faulty);
        listeners.filter_map(|listener| Some((listener.serves.tls_fault?, listener.address)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// Where the admin API is, if it is served at all.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.shared.admin.as_ref().map(|_| self.admin.as_ref().unwrap_or(&self.listener).address)
    }

    /// Where the object host is, if it has an address of its own.
    pub fn object_address(&self) -> Option<SocketAddr> {
        self.objects.as_ref().map(|listener| listener.address)
    }

    /// What puts another stand-in in the place of this one while it is served.
    pub fn handover(&self) -> Handover {
        Handover::new(&self.shared.current)
    }

    /// Serves until `stop` is ready; then lets the calls under way finish until the grace period is over or `hurry` is ready.
    pub async fn run(self, stop: impl Future<Output = ()>, hurry: impl Future<Output = ()>) -> Stop {
        let shared = Arc::clone(&self.shared);
        let watch = async { tokio::join!(watchdog::watch(&shared.connections, &shared.limits), shared.peers.watch()) };
        tokio::select! {
            stopped = self.serve(stop, hurry) => stopped,
            (never, _) = watch => match never {},
        }
    }

    async fn serve(self, stop: impl Future<Output = ()>, hurry: impl Future<Output = ()>) -> Stop {
        let most = self.shared.limits.connections.clamp(1, Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(most));
        tokio::select! {
            () = self.accept(&self.listener, &places) => {}
            () = self.accept_on(self.admin.as_ref(), &places) => {}
            () = self.accept_on(self.objects.as_ref(), &places) => {}
            () = self.accept_on_all(&self.faulty, &places) => {}
            () = stop => {}
        }
        drop((self.listener, self.admin, self.objects, self.faulty));
        self.shared.connections.finish();
        let all = u32::try_from(most).unwrap_or(u32::MAX);
        let stopped = tokio::select! {
            _ = places.acquire_many(all) => Stop::Finished,
            () = tokio::time::sleep(self.shared.limits.grace) => Stop::CutOff(most - places.available_permits()),
            () = hurry => Stop::CutOff(most - places.available_permits()),
        };
        if let Stop::CutOff(_) = stopped {
            self.shared.connections.cut_off();
            // They write down what they did not bring to its end, which takes them no time.
            let _ = tokio::time::timeout(CUT_OFF_TIME, places.acquire_many(all)).await;
        }
        stopped
    }

    async fn accept_on(&self, listener: Option<&Listener>, places: &Arc<Semaphore>) {
        match listener {
            Some(listener) => self.accept(listener, places).await,
            None => std::future::pending().await,
        }
    }

    async fn accept_on_all(&self, listeners: &[Listener], places: &Arc<Semaphore>) {
        let mut accepting: Vec<_> = listeners.iter().map(|listener| Box::pin(self.accept(listener, places))).collect();
        poll_fn(|context| {
            // None of them ends before the server does.
            let over = accepting.iter_mut().any(|one| one.as_mut().poll(context).is_ready());
            if over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    async fn accept(&self, listener: &Listener, places: &Arc<Semaphore>) {
        loop {
            let place = match Arc::clone(places).try_acquire_owned() {
                Ok(place) => place,
                Err(_) => {
                    let most = self.shared.limits.connections;
                    tracing::warn!("{most} connections are open; new ones wait (--max-connections allows more)");
                    let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
                    place
                }
            };
            match listener.socket.accept().await {
                Ok((socket, client)) => {
                    let _ = socket.set_nodelay(true);
                    let connection = connection::serve(Member::new(&self.shared), listener.serves, socket, client);
                    tokio::spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, or the client is gone already: neither ends the server.
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

impl Serves {
    fn new(door: Door, admin: ServesAdmin) -> Self {
        Self { door, admin, tls_fault: None }
    }
}

impl Listener {
    fn bind(address: SocketAddr, serves: Serves) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Restarting must not wait for the last run's connections to be forgotten.
        socket.set_reuseaddr(true)?;
        // Accepted sockets inherit it.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(address)?;
        let socket = socket.listen(1024)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address, serves })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::SpecFiles, mock::Options};
    use socket2::SockRef;

    /// A client that reads nothing, and the server's end of its connection.
    async fn connected() -> (tokio::net::TcpStream, tokio::net::TcpStream) {
        let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
        let address = "127.0.0.1:0".parse().unwrap();
        let server =
            Server::bind(address, Arc::new(mock), Limits::default(), Some(AdminAccess::default())).await.unwrap();
        let client = TcpSocket::new_v4().unwrap();
        client.set_recv_buffer_size(16 << 10).unwrap();
        let client = client.connect(server.address()).await.unwrap();
        (client, server.listener.socket.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn connections_have_small_send_buffers() {
        let (_client, socket) = connected().await;
        let size = SockRef::from(&socket).send_buffer_size().unwrap();
        assert!((1..=2 * SEND_BUFFER as usize).contains(&size), "{size}");
    }

    #[tokio::test]
    async fn the_kernel_takes_little_of_an_answer_that_nobody_reads() {
        let (_client, socket) = connected().await;
        let (answer, mut taken) = (vec![b'x'; 64 << 20], 0);
        socket.writable().await.unwrap();
        while let Ok(written) = socket.try_write(&answer[taken..]) {
            taken += written;
        }
        assert!(taken < 1 << 20, "{taken}");
    }
}
