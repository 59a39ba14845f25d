//! Whether a client on this machine that closed its direction of a connection still reads. On the wire both look alike: a FIN. The
//! system knows whether a program still holds the client's socket, and tells it in `/proc/net/tcp`.

use std::{
    collections::HashSet,
    convert::Infallible,
    fs::File,
    io::{self, BufRead as _, BufReader},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

/// The system's lists of sockets, for both families of addresses.
const LISTS: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

/// A pause after each look at the lists, in times of what the look took: the looks take a tenth of one core at most.
const REST: u32 = 9;

/// The two ends of a connection: the client's, and ours.
pub(super) type Ends = (SocketAddr, SocketAddr);

/// Sockets of clients on this machine. One look at the system's lists serves all connections that ask before it begins.
#[derive(Debug)]
pub(super) struct Peers {
    asked: AtomicU64,
    wake: Notify,
    scans: watch::Sender<Scan>,
}

/// One look at the lists.
#[derive(Debug, Clone, Default)]
struct Scan {
    /// The last question that came before it began.
    answers: u64,
    /// The clients' ends of connections that a program still holds.
    held: Arc<HashSet<Ends>>,
}

impl Default for Peers {
    fn default() -> Self {
        Self { asked: AtomicU64::new(0), wake: Notify::new(), scans: watch::Sender::new(Scan::default()) }
    }
}

impl Peers {
    /// Whether the client still holds its socket, as far as this machine can tell. Of a client elsewhere nothing can be told.
    pub(super) async fn holds(&self, (client, server): Ends) -> bool {
        let (client, server) = (canonical(client), canonical(server));
        // The lists are those of our network namespace, so the client's address has to be one of ours.
        if !client.ip().is_loopback() && client.ip() != server.ip() {
            return false;
        }
        let mut scans = self.scans.subscribe();
        let question = self.asked.fetch_add(1, SeqCst) + 1;
        self.wake.notify_one();
        scans.wait_for(|scan| scan.answers >= question).await.is_ok_and(|scan| scan.held.contains(&(client, server)))
    }

    /// Looks at the lists whenever somebody asks. Never ends.
    pub(super) async fn watch(&self) -> Infallible {
        let mut answered = 0;
        loop {
            let asked = self.asked.load(SeqCst);
            if asked == answered {
                self.wake.notified().await;
                continue;
            }
            let start = Instant::now();
            let held = tokio::task::spawn_blocking(|| Arc::new(held())).await.unwrap_or_default();
            answered = asked;
            self.scans.send_replace(Scan { answers: asked, held });
            let rest: Duration = start.elapsed() * REST;
            tokio::time::sleep(rest).await;
        }
    }
}

/// All connections whose one end a program on this machine holds.
fn held() -> HashSet<Ends> {
    let mut held = HashSet::new();
    for list in LISTS {
        // A system without such lists tells nothing.
        if let Err(error) = read(Path::new(list), &mut held) {
            tracing::debug!("cannot read {list}: {error}");
        }
    }
    held
}

fn read(list: &Path, held: &mut HashSet<Ends>) -> io::Result<()> {
    let mut lines = BufReader::with_capacity(64 << 10, File::open(list)?);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        held.extend(held_socket(&line));
        line.clear();
    }
    Ok(())
}

/// The ends of the socket in a line, its own first; nothing where no program holds it: it has no inode then.
fn held_socket(line: &str) -> Option<Ends> {
    let mut fields = line.split_ascii_whitespace();
    let (own, other) = (fields.nth(1)?, fields.next()?);
    let inode = fields.nth(6)?;
    if inode == "0" {
        return None;
    }
    Some((address(own)?, address(other)?))
}

/// An address as in `0100007F:1F90`: words of four bytes in the order of this machine, and a port.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !address.len().is_multiple_of(8) || !hex(address) || !hex(port) {
        return None;
    }
    let mut bytes = [0; 16];
    let mut length = 0;
    for word in address.as_bytes().chunks(8) {
        // A word that is cut short is not an address, though it is a number.
        let word: &[u8; 8] = word.try_into().ok()?;
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.get_mut(length..length + 4)?.copy_from_slice(&word.to_ne_bytes());
        length += 4;
    }
    let address = match length {
        4 => IpAddr::V4(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3])),
        16 => IpAddr::V6(Ipv6Addr::from(bytes)),
        _ => return None,
    };
    Some(canonical(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?)))
}

/// An IPv4 address is the same in the clothes of IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn a_line_of_the_list_is_read_with_both_its_ends() {
        let line = "  79: 0100007F:E378 0100007F:C699 05 00000000:00000000 00:00000000 00000000     0        0 83079 2 0 20 0 0 11 -1\n";
        let ends = ("127.0.0.1:58232".parse().unwrap(), "127.0.0.1:50841".parse().unwrap());
        assert_eq!(held_socket(line), Some(ends));
        assert_eq!(held_socket(&line.replace("83079", "0")), None);
        let mapped = line.replace("0100007F", "0000000000000000FFFF00000100007F");
        assert_eq!(held_socket(&mapped), Some(ends));
        let six = line.replace("0100007F", "00000000000000000000000001000000");
        assert_eq!(held_socket(&six), Some(("[::1]:58232".parse().unwrap(), "[::1]:50841".parse().unwrap())));
    }

    #[test]
    fn what_is_no_line_of_the_list_names_no_socket() {
        for line in [
            "",
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
            "1: 0100007F",
        ] {
            assert_eq!(held_socket(line), None, "{line}");
        }
        for text in ["0100007F", "0100007F:", "0100007:1F90", "zz00007F:1F90", "0100007F0100007F:1F90", &"0".repeat(64)]
        {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn nothing_is_told_of_a_client_elsewhere() {
        let ends = ("192.0.2.1:1000".parse().unwrap(), "192.0.2.2:80".parse().unwrap());
        assert!(!Peers::default().holds(ends).await);
    }
}
