//! What a client did with its link, if a known mistake explains the signature.

use super::{Sent, Settings};

/// Names that a machine has for itself.
const LOCAL: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What is wrong with a link, in a sentence.
pub(super) fn find(sent: &Sent<'_>, settings: &Settings) -> String {
    if !sent.signed.contains(&"host") {
        return "a link whose signature does not cover Host".to_owned();
    }
    let (method, host) = (sent.method(), sent.host());
    if let Some(meant) =
        ["GET", "PUT"].into_iter().find(|meant| *meant != method && sent.fits(&sent.canonical(meant, host), settings))
    {
        return format!("a link for {meant}, used with {method}");
    }
    // Nothing else has a size that is signed.
    if sent.signed.contains(&"content-length") && method != "PUT" {
        return format!("a link for PUT, used with {method}");
    }
    let (name, port) = host.rsplit_once(':').map_or((host, ""), |(name, port)| (name, port));
    for other in LOCAL.into_iter().filter(|other| *other != name) {
        let meant = if port.is_empty() { other.to_owned() } else { format!("{other}:{port}") };
        if sent.fits(&sent.canonical(method, &meant), settings) {
            return format!("a link for the Host {meant}, used with {host}");
        }
    }
    match sent.header("content-length").filter(|_| sent.signed.contains(&"content-length")) {
        Some(length) => format!(
            "another path, query, Host than {host}, or size than the {length} bytes of Content-Length: the link is good for exactly what \
             it was made for"
        ),
        None => format!("another path, query, or Host than {host}: the link is good for exactly what it was made for"),
    }
}
