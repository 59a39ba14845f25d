//! A server on a free port, and a client that can send any bytes.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use serde_json::Value;
use socket2::SockRef;
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};
use understudy::{
    contract::{Contract, SpecFiles, Strictness, auth::AuthMode},
    diagnostic::Source,
    mock::{Mock, Options},
    scenario::{Scenario, compile},
    server::{AdminAccess, Limits, Server, Stop, Tls},
    session::Exchange,
};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. Dropping it stops it.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) mock: Arc<Mock>,
    stop: Option<oneshot::Sender<()>>,
    run: Option<JoinHandle<Stop>>,
    runtime: Runtime,
}

impl Running {
    /// Serves the embedded specs.
    pub(crate) fn plain() -> Self {
        Self::with(&[], Options::default(), Limits::default())
    }

    /// Serves the embedded specs and plays a scenario.
    pub(crate) fn playing(scenario: &str) -> Self {
        Self::with(&[scenario], Options::default(), Limits::default())
    }

    /// Serves the embedded specs and looks at the form of credentials only.
    pub(crate) fn trusting(scenarios: &[&str]) -> Self {
        Self::with(scenarios, trusting(), Limits::default())
    }

    /// Has answered 300 calls, of which its journal of 100,000 bytes has lost some.
    pub(crate) fn with_a_full_journal() -> Self {
        let server = Self::with(&[], Options { journal_bytes: 100_000, ..Options::default() }, Limits::default());
        let mut connection = server.connect();
        for _ in 0..300 {
            connection.write(&Request::share().bytes());
            connection.response("POST");
        }
        server
    }

    pub(crate) fn with(scenarios: &[&str], options: Options, limits: Limits) -> Self {
        let contract = contract();
        let scenarios = scenarios.iter().map(|text| scenario(text, &contract)).collect();
        Self::start(Mock::new(contract, scenarios, options), limits)
    }

    /// Serves a contract and plays scenarios that were compiled for it.
    pub(crate) fn of(contract: impl Into<Arc<Contract>>, scenarios: Vec<Scenario>, options: Options) -> Self {
        Self::start(Mock::new(contract, scenarios, options), Limits::default())
    }

    /// Speaks https beside http.
    pub(crate) fn secured(scenarios: &[&str], options: Options, limits: Limits, tls: Tls) -> Self {
        let contract = contract();
        let scenarios = scenarios.iter().map(|text| scenario(text, &contract)).collect();
        Self::start_with(Mock::new(contract, scenarios, options), limits, |server| server.with_tls(tls))
    }

    fn start(mock: Mock, limits: Limits) -> Self {
        Self::start_with(mock, limits, |server| server)
    }

    fn start_with(mock: Mock, limits: Limits, set_up: impl FnOnce(Server) -> Server) -> Self {
        let mock = Arc::new(mock);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let server =
            runtime.block_on(Server::bind(address, Arc::clone(&mock), limits, Some(AdminAccess::default()))).unwrap();
        let server = set_up(server);
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let run = runtime.spawn(server.run(stopped, std::future::pending()));
        Self { address, mock, stop: Some(stop), run: Some(run), runtime }
    }

    pub(crate) fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, buffer: Vec::new() }
    }

    /// Sends one request on a connection of its own.
    pub(crate) fn send(&self, request: &Request) -> Response {
        let mut connection = self.connect();
        connection.write(&request.bytes());
        connection.response(&request.method)
    }

    /// Sends raw bytes on a connection of their own and reads one answer.
    pub(crate) fn raw(&self, bytes: impl AsRef<[u8]>) -> Response {
        let mut connection = self.connect();
        connection.write(bytes.as_ref());
        connection.response("GET")
    }

    /// The exchange with this number, once it is known what became of its answer.
    pub(crate) fn finished(&self, number: u64) -> Exchange {
        wait_for(|| self.mock.journal().get(number).filter(|exchange| exchange.finished.is_some()))
    }

    /// Begins to stop; the result comes with [`Running::stopped`].
    /// The warnings of the call that got this answer.
    pub(crate) fn warnings(&self, response: &Response) -> Vec<String> {
        let number = response.header("x-understudy-exchange").unwrap().parse().unwrap();
        let exchange = self.finished(number);
        exchange.details().warnings.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    pub(crate) fn stopped(mut self) -> Stop {
        self.stop();
        let run = self.run.take().unwrap();
        self.runtime.block_on(run).unwrap()
    }
}

/// Waits for what must come.
#[track_caller]
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "it did not come");
        std::thread::yield_now();
    }
}

/// Options under which every signature of the right form is taken.
pub(crate) fn trusting() -> Options {
    let strictness = Strictness { auth: AuthMode::Shape, ..Strictness::default() };
    Options { strictness, ..Options::default() }
}

/// The embedded contract. All tests share one: an operation is compiled for the first of them that calls it.
pub(crate) fn contract() -> Arc<Contract> {
    static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| Arc::new(SpecFiles::embedded().load().unwrap()));
    Arc::clone(&CONTRACT)
}

pub(crate) fn scenario(text: &str, contract: &Contract) -> Scenario {
    compile(&Source::new("test.yaml", text), None, contract).unwrap().value
}

/// A request in the making. Starts as one that keeps the contract of CreateShare.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) const SHARE: &str = r#"{"scope":2,"fileIds":["1530770199275722240"],"containerId":"a8f0","validDays":30}"#;

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let headers = [
            ("Host", "127.0.0.1"),
            ("Authorization", "Bearer+10f88a1b2c3d4791e9ff"),
            ("X-User-Id", "1505084218764547200"),
            ("X-Date", "20261121T200000Z"),
        ];
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() }
    }

    pub(crate) fn share() -> Self {
        Self::new("POST", "/koodrive/ose/v1/share").body(SHARE)
    }

    /// CreateShare with one member of the body changed; `null` as a text removes it.
    pub(crate) fn share_with(name: &str, value: Option<Value>) -> Self {
        let mut body: Value = serde_json::from_str(SHARE).unwrap();
        match value {
            Some(value) => body[name] = value,
            None => {
                body.as_object_mut().unwrap().remove(name);
            }
        }
        Self::share().body(&body.to_string())
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = body.into();
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
            self = self.header("Content-Type", "application/json");
        }
        self
    }

    /// Sets a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A connection and what it has read beyond the last answer.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// A server that has heard enough may have closed already; what it said can still be read.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Ends the connection with RST.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Ends our direction of the connection with FIN.
    pub(crate) fn half_close(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads until the server closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.buffer);
        let ended = self.stream.read_to_end(&mut bytes).map_err(|error| error.kind());
        assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "the server does not close");
        bytes
    }

    /// Reads to the end of the connection, and says how it ended: FIN or RST.
    pub(crate) fn ending(&mut self) -> (Vec<u8>, Ending) {
        let mut bytes = std::mem::take(&mut self.buffer);
        let ending = match self.stream.read_to_end(&mut bytes) {
            Ok(_) => Ending::Fin,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ending::Reset,
            Err(error) => panic!("neither FIN nor RST but {error}, after {:?}", String::from_utf8_lossy(&bytes)),
        };
        (bytes, ending)
    }

    /// Whether nothing comes for so long, and the connection stays open all the same.
    pub(crate) fn is_silent(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let read = self.stream.read(&mut [0; 1]);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    /// Exactly so many bytes.
    pub(crate) fn exactly(&mut self, bytes: usize) -> Vec<u8> {
        while self.buffer.len() < bytes {
            assert!(self.more() > 0, "the connection ended after {:?}", String::from_utf8_lossy(&self.buffer));
        }
        self.buffer.drain(..bytes).collect()
    }

    /// Everything up to and with a text.
    pub(crate) fn up_to(&mut self, text: &str) -> Vec<u8> {
        loop {
            if let Some(start) = self.buffer.windows(text.len()).position(|window| window == text.as_bytes()) {
                return self.exactly(start + text.len());
            }
            assert!(self.more() > 0, "the connection ended after {:?}", String::from_utf8_lossy(&self.buffer));
        }
    }

    /// Whether the server closes without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.buffer.is_empty() && matches!(self.stream.read(&mut [0; 1]), Ok(0) | Err(_))
    }

    pub(crate) fn response(&mut self, method: &str) -> Response {
        loop {
            let response = self.one_response(method);
            if response.status != 100 {
                return response;
            }
        }
    }

    pub(crate) fn one_response(&mut self, method: &str) -> Response {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.more() > 0, "the connection ended inside a head: {:?}", String::from_utf8_lossy(&self.buffer));
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") && method != "HEAD" {
            return Response { status, headers, body: self.chunks() };
        }
        let length =
            headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
        let length = if method == "HEAD" || status == 100 { 0 } else { length };
        while self.buffer.len() < length {
            assert!(self.more() > 0, "the connection ended inside a body");
        }
        let body = self.buffer.drain(..length).collect();
        Response { status, headers, body }
    }

    /// A body that comes in chunks, to its end.
    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.up_to("\r\n")).unwrap();
            let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
            body.extend(self.exactly(size));
            assert_eq!(self.exactly(2), b"\r\n");
            if size == 0 {
                return body;
            }
        }
    }

    fn more(&mut self) -> usize {
        let mut piece = [0; 16 << 10];
        let read = self.stream.read(&mut piece).unwrap_or(0);
        self.buffer.extend_from_slice(&piece[..read]);
        read
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Fin,
    Reset,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Pointer and rule of each violation in the header.
    pub(crate) fn violations(&self) -> Vec<(String, String)> {
        let header = self.header("x-understudy-violations").unwrap_or("[]");
        let list: Vec<Value> = serde_json::from_str(header).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        list.iter().map(|violation| (text(&violation["at"]), text(&violation["rule"]))).collect()
    }

    /// Asserts a refusal of another kind: its status, and that this violation is among the ones that are told.
    #[track_caller]
    /// The violations of the header, one line each: place, what was expected, what was found.
    pub(crate) fn told(&self) -> Vec<String> {
        let violations: Value =
            self.header("x-understudy-violations").map_or(Value::Null, |text| text.parse().unwrap());
        let line = |violation: &Value| {
            let [at, expected, found] =
                ["at", "expected", "found"].map(|key| violation[key].as_str().unwrap().to_owned());
            format!("{at}: {expected}; {found}")
        };
        violations.as_array().into_iter().flatten().map(line).collect()
    }

    pub(crate) fn refused(&self, status: u16, at: &str, rule: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.violations().contains(&(at.to_owned(), rule.to_owned())), "{:?}", self.violations());
    }

    /// Asserts KooDrive's refusal of a request that breaks the contract exactly here.
    #[track_caller]
    pub(crate) fn refuses(&self, at: &str, rule: &str) {
        assert_eq!(self.status, 400, "{self:?}");
        assert_eq!(self.json(), serde_json::json!({ "code": 13000102, "msg": "Verify parameters failed." }));
        assert_eq!(self.violations(), [(at.to_owned(), rule.to_owned())]);
    }
}
