//! A client of https, which sees how a handshake and a connection end.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, LazyLock},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use understudy::{
    mock::Options,
    server::{Authority, Limits, Tls},
};

use crate::client::{PATIENCE, Running};

/// The authority of all tests.
pub(crate) static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::make().unwrap());

/// https with certificates of that authority.
pub(crate) fn tls() -> Tls {
    Tls::self_signed(&AUTHORITY, ["localhost", "127.0.0.1", "api.test"].map(str::to_owned).to_vec()).unwrap()
}

/// A server that plays a scenario and speaks http and https.
pub(crate) fn server(scenarios: &[&str]) -> Running {
    Running::secured(scenarios, Options::default(), Limits::default(), tls())
}

/// What a client says beside its hello.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) protocols: &'static [&'static str],
    /// PEM.
    pub(crate) trusts: String,
}

impl Default for Client {
    fn default() -> Self {
        Self { name: "localhost", protocols: &[], trusts: AUTHORITY.certificate().to_owned() }
    }
}

impl Client {
    /// Who asks for this name.
    pub(crate) fn of(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.trusts.as_bytes()).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = self.protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    pub(crate) fn session(&self) -> ClientConnection {
        self.session_with(&self.config())
    }

    fn session_with(&self, config: &Arc<ClientConfig>) -> ClientConnection {
        ClientConnection::new(Arc::clone(config), ServerName::try_from(self.name).unwrap()).unwrap()
    }

    /// Shakes hands.
    pub(crate) fn connect(&self, address: SocketAddr) -> io::Result<Secured> {
        self.connect_with(&self.config(), address)
    }

    /// Shakes hands, and remembers in its settings what is needed to resume the session.
    pub(crate) fn connect_with(&self, config: &Arc<ClientConfig>, address: SocketAddr) -> io::Result<Secured> {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut session = self.session_with(config);
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Secured { stream: StreamOwned::new(session, socket) })
    }

    /// Why no hands were shaken.
    pub(crate) fn refused(&self, address: SocketAddr) -> String {
        self.connect(address).err().unwrap().to_string()
    }
}

/// A connection after its handshake.
pub(crate) struct Secured {
    pub(crate) stream: StreamOwned<ClientConnection, TcpStream>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// `close_notify`, then FIN.
    Closed,
    /// FIN alone.
    Fin,
    Reset,
}

impl Secured {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Reads to the end.
    pub(crate) fn ending(&mut self) -> (Vec<u8>, Ending) {
        let mut bytes = Vec::new();
        let ending = match self.stream.read_to_end(&mut bytes) {
            Ok(_) => Ending::Closed,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ending::Fin,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ending::Reset,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
        };
        (bytes, ending)
    }

    pub(crate) fn into_stream(self) -> Stream {
        Stream::Secured(Box::new(self.stream))
    }
}

/// What HTTP is spoken on.
pub(crate) enum Stream {
    Plain(TcpStream),
    Secured(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Secured(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Secured(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Secured(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Secured(stream) => stream.flush(),
        }
    }
}
