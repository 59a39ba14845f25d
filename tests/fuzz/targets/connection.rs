//! The bytes of a connection through the real server, over loopback. Some inputs are written at once, others in pieces. Whatever they are:
//! the connection ends, what comes back is HTTP of the version that was spoken, every exchange is brought to its end, and the next client is
//! served.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    runtime::Runtime,
    task::yield_now,
    time::timeout,
};
use understudy::{
    contract::auth::AuthMode,
    control::Control,
    diagnostic::Source,
    mock::Mock,
    scenario::compile,
    server::{AdminAccess, Limits, Server},
};

use super::play;
use crate::generator::{Generator, frames::PREFACE};

/// How long a connection may take to end, and an exchange to be written down. Nothing comes near it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Faults that end at once, on both versions of HTTP.
const SCENARIO: &str = "
scenario: connection
rules:
  - operation: CreateShare
    match: { body: { validDays: { $lte: 7 } } }
    answers: [example, { fault: reset }, { fault: close }, { fault: { truncate: 50% } }, { fault: bad_chunk }, { fault: goaway }]
";

/// A server, and the client that talks to it, in one thread: what happens depends on the input as far as the kernel lets it.
struct Stage {
    runtime: Runtime,
    address: SocketAddr,
    mock: Arc<Mock>,
    connections: Cell<u8>,
}

thread_local! {
    static STAGE: RefCell<Option<Rc<Stage>>> = const { RefCell::new(None) };
}

impl Stage {
    fn of_this_thread() -> Rc<Self> {
        STAGE.with_borrow_mut(|stage| Rc::clone(stage.get_or_insert_with(|| Rc::new(Self::new()))))
    }

    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let scenario = compile(&Source::new("connection.yaml", SCENARIO), None, &play::CONTRACT).unwrap().value;
        let mock = Arc::new(play::mock(play::CONTRACT.clone(), Some(scenario), AuthMode::Shape));
        let address = "127.0.0.1:0".parse().unwrap();
        let server = runtime
            .block_on(Server::bind(address, Arc::clone(&mock), Limits::default(), Some(AdminAccess::default())))
            .unwrap();
        let address = server.address();
        runtime.spawn(server.run(std::future::pending(), std::future::pending()));
        Self { runtime, address, mock, connections: Cell::new(0) }
    }

    /// Sends pieces and then FIN, and reads all that comes back.
    async fn talk(&self, pieces: impl Iterator<Item = &[u8]>) -> Vec<u8> {
        let socket = TcpSocket::new_v4().unwrap();
        // Ports of one address would run out: each stays taken for a while after its connection.
        self.connections.set(self.connections.get().wrapping_add(1));
        socket.bind(SocketAddr::from(([127, 0, 1, self.connections.get().max(1)], 0))).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut read, mut write) = stream.split();
        let send = async {
            for piece in pieces {
                // The server may have said all that it has to say.
                if write.write_all(piece).await.is_err() {
                    return;
                }
                for _ in 0..3 {
                    yield_now().await;
                }
            }
            let _ = write.shutdown().await;
        };
        let receive = async {
            let mut received = Vec::new();
            // A reset ends it too.
            let _ = read.read_to_end(&mut received).await;
            received
        };
        tokio::join!(send, receive).1
    }

    /// Waits until every exchange is written down.
    async fn settle(&self) {
        while self.mock.journal().all().iter().any(|exchange| exchange.finished.is_none()) {
            yield_now().await;
        }
    }
}

pub(crate) fn run(bytes: &[u8]) {
    let stage = Stage::of_this_thread();
    stage.runtime.block_on(async {
        let received = timeout(PATIENCE, stage.talk(pieces(bytes))).await.expect("the connection does not end");
        if bytes.starts_with(PREFACE) {
            are_frames(&received);
        } else {
            assert!(received.is_empty() || received.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&received));
        }
        timeout(PATIENCE, stage.settle()).await.expect("an exchange does not end");
        play::told(&stage.mock);
        let health = b"GET /__admin/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let answer = timeout(PATIENCE, stage.talk(std::iter::once(&health[..]))).await.expect("the next client waits");
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&answer));
        Control::new(&stage.mock).reset();
    });
}

/// Every second input as a whole, the others in pieces whose size follows from the input.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let sum = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let size = if sum % 2 == 0 { bytes.len() } else { bytes.len() / 50 + sum % 300 + 1 };
    bytes.chunks(size.max(1))
}

/// Whole frames, the first of them SETTINGS. What a reset cuts off may end anywhere.
fn are_frames(mut received: &[u8]) {
    let mut first = true;
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = received {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        assert!(!first || *kind == 4, "the first frame is of the kind {kind}");
        assert!(length <= 16_384, "a frame of {length} bytes");
        first = false;
        received = rest.get(length..).unwrap_or_default();
    }
}

pub(crate) fn input(seed: u64) -> Vec<u8> {
    let mut generator = Generator::new(seed);
    let mut bytes = if generator.one_in(2) {
        generator.http2()
    } else {
        let requests = 1 + generator.below(3);
        (0..requests).flat_map(|_| generator.http1()).collect()
    };
    if generator.one_in(3) {
        generator.mutate(
            &mut bytes,
            &["\r\n", "\r\n\r\n", "Content-Length: 5\r\n", "0\r\n\r\n", "HTTP/1.1", "PRI * HTTP/2.0\r\n\r\n"],
        );
    }
    bytes
}
