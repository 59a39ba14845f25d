//! https, as its options ask for it.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    Failure,
    args::{Certificate, StandIn},
    authority,
    screen::Screen,
};
use crate::{
    diagnostic::Diagnostic,
    disk::{self, ReadError},
    server::{Server, Tls, TlsError},
};

/// Bytes of a file with certificates or a key.
const LARGEST: u64 = 1 << 20;

/// What every certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// https, ready to be spoken.
pub(super) struct Https {
    pub(super) tls: Tls,
    /// What clients have to trust, where it is our own authority.
    pub(super) authority: Option<PathBuf>,
}

/// What `--tls` asks for; nothing without it. Warnings are told.
pub(super) fn prepare(arguments: &StandIn, listen: SocketAddr, screen: &Screen) -> Result<Option<Https>, Failure> {
    let Some(certificate) = &arguments.tls.tls else { return Ok(None) };
    let names = names(arguments, listen);
    let (tls, authority) = match certificate {
        Certificate::SelfSigned => {
            let kept = authority::kept()?;
            let tls = Tls::self_signed(&kept.authority, names).map_err(|error| Failure::World(error.to_string()))?;
            let path = kept.certificate.display();
            let trust = format!("it has to trust `{path}` (curl --cacert, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS)");
            (tls.trusted_by(trust), Some(kept.certificate))
        }
        Certificate::Files { certificate, key } => (given(certificate, key, names, screen)?, None),
    };
    for fault in &arguments.tls.tls_fault {
        if !tls.plays(fault.fault) {
            let reason = format!("`--tls-fault {}` needs `--tls self-signed`", fault.fault);
            return Err(Failure::Usage(format!(
                "{reason}: a certificate that is given cannot be made again for another date or name"
            )));
        }
    }
    let tls = if arguments.tls.tls_only { tls.only() } else { tls };
    Ok(Some(Https { tls, authority }))
}

fn names(arguments: &StandIn, listen: SocketAddr) -> Vec<String> {
    let faulty = arguments.tls.tls_fault.iter().map(|fault| fault.address);
    let listeners = [Some(listen), arguments.admin, arguments.objects].into_iter().flatten().chain(faulty);
    let own = listeners.map(|address| address.ip().to_string());
    let mut names: Vec<String> = NAMES.map(str::to_owned).to_vec();
    for name in arguments.tls.tls_name.iter().cloned().chain(own) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn given(certificate: &Path, key: &Path, names: Vec<String>, screen: &Screen) -> Result<Tls, Failure> {
    let (of_certificate, of_key) =
        (format!("the certificate `{}`", certificate.display()), format!("the key `{}`", key.display()));
    let unread = |what: &str, error: &ReadError| Failure::World(format!("{what} {error}"));
    let chain = disk::read(certificate, LARGEST).map_err(|error| unread(&of_certificate, &error))?;
    let secret = disk::read(key, LARGEST).map_err(|error| unread(&of_key, &error))?;
    let (tls, warning) = Tls::given(&chain, &secret, names).map_err(|error| {
        Failure::World(match error {
            TlsError::Certificate(reason) => format!("{of_certificate} {reason}"),
            TlsError::Key(reason) => format!("{of_key} {reason}"),
            other => other.to_string(),
        })
    })?;
    if let Some(warning) = warning {
        screen.diagnostics(&[Diagnostic::warning(format!("{of_certificate} {warning}"))]);
    }
    Ok(tls)
}

/// How the stand-in is called.
#[derive(Debug, Clone)]
pub(super) struct Scheme {
    pub(super) name: &'static str,
    authority: Option<PathBuf>,
    only: bool,
    faults: Vec<(&'static str, SocketAddr)>,
}

impl Scheme {
    /// https where it is spoken: whoever asks for it wants to be called by it.
    pub(super) fn of(arguments: &StandIn, authority: Option<PathBuf>, server: &Server) -> Self {
        let faults = server.tls_faults().map(|(fault, address)| (fault.name(), address)).collect();
        let name = if arguments.tls.tls.is_some() { "https" } else { "http" };
        Self { name, authority, only: arguments.tls.tls_only, faults }
    }

    /// The URL of an address.
    pub(super) fn url(&self, address: SocketAddr) -> String {
        format!("{}://{address}", self.name)
    }

    /// What a client has to trust.
    pub(super) fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
    }

    /// For programs; `null` without TLS.
    pub(super) fn to_json(&self) -> Value {
        if self.name == "http" {
            return Value::Null;
        }
        let faults: Vec<Value> =
            self.faults.iter().map(|(name, address)| json!({ "fault": name, "url": self.url(*address) })).collect();
        json!({ "authority": self.authority, "only": self.only, "faults": faults })
    }

    /// For people.
    pub(super) fn tell(&self, text: &mut String) {
        if self.name == "http" {
            return;
        }
        let plain = if self.only { "plain http is refused" } else { "plain http is answered on the same port" };
        let _ = writeln!(text, "  https      {plain}");
        if let Some(path) = &self.authority {
            let path = path.display();
            let _ = writeln!(text, "  authority  {path}: clients have to trust it");
            let _ = writeln!(
                text,
                "             curl --cacert FILE, SSL_CERT_FILE=FILE (Python, Go, OpenSSL), NODE_EXTRA_CA_CERTS=FILE (Node)"
            );
        }
        for (name, address) in &self.faults {
            let _ = writeln!(text, "  tls fault  {name} on {}", self.url(*address));
        }
    }
}
