//! The options of https.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use super::values::listen;
use crate::fault::TlsFault;

/// What `--tls` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Certificate {
    /// Made at the start, and signed by an authority of our own.
    SelfSigned,
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
}

/// A listener whose handshakes have a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Faulty {
    pub(in crate::cli) fault: TlsFault,
    pub(in crate::cli) address: SocketAddr,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "https")]
pub(in crate::cli) struct Https {
    /// Speak https beside http: `self-signed`, or a certificate and its key
    #[arg(long, value_name = "self-signed|CERT,KEY", value_parser = certificate)]
    pub(in crate::cli) tls: Option<Certificate>,
    /// A name that the certificate is for, beside localhost and the addresses of this machine; any number
    #[arg(long, value_name = "NAME", value_parser = name, requires = "tls")]
    pub(in crate::cli) tls_name: Vec<String>,
    /// Refuse plain http
    #[arg(long, requires = "tls")]
    pub(in crate::cli) tls_only: bool,
    /// Serve calls on this address too, with a fault in each handshake: expired, wrong-host, untrusted, stalled or reset; any number
    #[arg(long, value_name = "FAULT@ADDR:PORT", value_parser = faulty, requires = "tls")]
    pub(in crate::cli) tls_fault: Vec<Faulty>,
}

fn certificate(text: &str) -> Result<Certificate, String> {
    if text == "self-signed" {
        return Ok(Certificate::SelfSigned);
    }
    match text.split_once(',') {
        Some((certificate, key)) if !certificate.is_empty() && !key.is_empty() && !key.contains(',') => {
            Ok(Certificate::Files { certificate: certificate.into(), key: key.into() })
        }
        _ => {
            Err("expected `self-signed`, or two files with a comma between them, such as `cert.pem,key.pem`".to_owned())
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let host = text.strip_prefix("*.").unwrap_or(text);
    let is_name = host.len() <= 253 && host.split('.').all(label);
    if is_name || text.parse::<std::net::IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    Err("expected a host name or an address without a port, such as `api.example.com`".to_owned())
}

fn faulty(text: &str) -> Result<Faulty, String> {
    let known = TlsFault::ALL.map(TlsFault::name).join(", ");
    let expected = || format!("expected FAULT@ADDR:PORT, such as `expired@127.0.0.1:8443`; the faults are {known}");
    let (fault, address) = text.split_once('@').ok_or_else(expected)?;
    Ok(Faulty { fault: TlsFault::named(fault).ok_or_else(expected)?, address: listen(address)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_or_read_from_two_files() {
        assert_eq!(certificate("self-signed"), Ok(Certificate::SelfSigned));
        let files = Certificate::Files { certificate: "a.pem".into(), key: "b.pem".into() };
        assert_eq!(certificate("a.pem,b.pem"), Ok(files));
        for wrong in ["", "selfsigned", "a.pem", "a.pem,", ",b.pem", "a,b,c"] {
            assert!(certificate(wrong).unwrap_err().contains("expected `self-signed`"), "{wrong}");
        }
    }

    #[test]
    fn a_fault_stands_at_an_address() {
        let expired = Faulty { fault: TlsFault::Expired, address: "127.0.0.1:8443".parse().unwrap() };
        assert_eq!(faulty("expired@127.0.0.1:8443"), Ok(expired));
        assert_eq!(faulty("expired@8443"), Ok(expired));
        for wrong in ["", "expired", "old@8443", "expired@", "expired@host:1", "@1"] {
            assert!(faulty(wrong).unwrap_err().contains("expected"), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_one_that_a_certificate_can_have() {
        for right in ["api.example.com", "api", "*.example.com", "192.0.2.1", "::1", "a_b.test"] {
            assert_eq!(name(right), Ok(right.to_owned()));
        }
        for wrong in ["", "a b", "a..b", "api:80", "*", "*.*.a", "-a", "日本", &"a".repeat(64), "https://a"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
