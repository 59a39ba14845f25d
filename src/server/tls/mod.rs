//! https: certificates, the handshake with its faults, and what is read and written beneath HTTP. The only place that knows rustls.
//!
//! The session of a connection is not a stream of its own around the socket: a fault is written past hyper, and whoever waits for the
//! client looks at the socket itself. So it stands beside the socket, behind a lock that nobody else ever holds for long: all parts of a
//! connection are one task.

mod authority;
mod client;
mod given;
mod handshake;
mod secure;
mod validity;
mod words;

use std::sync::Arc;

use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    server::NoServerSessionStorage,
    sign::{CertifiedKey, SingleCertAndKey},
};
use thiserror::Error;

use self::authority::Good;
pub use self::{authority::Authority, client::secure_stream};
pub(super) use self::{
    handshake::{Raw, shake_hands},
    secure::Secure,
};
use crate::fault::TlsFault;

/// What a client may speak, the best first.
const PROTOCOLS: [&[u8]; 3] = [b"h2", b"http/1.1", b"http/1.0"];

/// The name of the certificate that is for another host.
const ANOTHER_HOST: &str = "wrong-host.invalid";

/// The first byte of every handshake of TLS, with which no HTTP begins.
pub(super) const HELLO: u8 = 0x16;

/// How a server speaks TLS.
///
/// ```
/// use understudy::server::{Authority, Tls};
///
/// let authority = Authority::make().unwrap();
/// let tls = Tls::self_signed(&authority, vec!["localhost".to_owned()]).unwrap();
/// // Clients trust this: `curl --cacert`, `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`.
/// assert!(authority.certificate().starts_with("-----BEGIN CERTIFICATE-----"));
/// # drop(tls);
/// ```
#[derive(Debug, Clone)]
pub struct Tls {
    usual: Arc<ServerConfig>,
    untrusted: Arc<ServerConfig>,
    /// With an authority of our own.
    expired: Option<Arc<ServerConfig>>,
    wrong_host: Option<Arc<ServerConfig>>,
    /// Behind which a server name asks for a fault.
    names: Vec<String>,
    only: bool,
    /// What a client has to do that does not trust us.
    trust: String,
}

/// Why there is no TLS. Messages about a file are predicates: the caller can put its name before them.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate cannot be used.
    #[error("the certificate {0}")]
    Certificate(String),
    /// The key cannot be used.
    #[error("the key {0}")]
    Key(String),
    /// The authority cannot be used.
    #[error("the authority cannot be used: {0}")]
    Authority(String),
    /// A name that no certificate can have, or no random bytes.
    #[error("no certificate can be made: {0}")]
    Unmade(#[from] rcgen::Error),
    /// The library refused something of its own.
    #[error("TLS cannot be spoken: {0}")]
    Unspoken(#[from] rustls::Error),
}

impl Tls {
    /// Certificates for these names, host names and addresses, made anew and signed by an authority that clients trust.
    ///
    /// # Errors
    ///
    /// A name that no certificate can have.
    pub fn self_signed(authority: &Authority, names: Vec<String>) -> Result<Self, TlsError> {
        let all = with_faults(&names);
        let another = [ANOTHER_HOST.to_owned()];
        Ok(Self {
            usual: config(authority.sign(&all, Good::Now)?)?,
            untrusted: unresumed(Authority::make()?.sign(&all, Good::Now)?)?,
            expired: Some(unresumed(authority.sign(&all, Good::Before)?)?),
            wrong_host: Some(unresumed(authority.sign(&another, Good::Now)?)?),
            names,
            only: false,
            trust: "it has to trust the authority that signed it".to_owned(),
        })
    }

    /// A certificate with its key, and what deserves a warning about it. Both are PEM. Faults can be asked for behind these names.
    ///
    /// # Errors
    ///
    /// Files that are none, or do not belong together.
    pub fn given(certificate: &[u8], key: &[u8], names: Vec<String>) -> Result<(Self, Option<String>), TlsError> {
        let (certified, warning) = given::read(certificate, key)?;
        let tls = Self {
            usual: config(certified)?,
            untrusted: unresumed(Authority::make()?.sign(&with_faults(&names), Good::Now)?)?,
            expired: None,
            wrong_host: None,
            names,
            only: false,
            trust: "it has to trust whoever signed it".to_owned(),
        };
        Ok((tls, warning))
    }

    /// Plain HTTP is refused.
    #[must_use]
    pub fn only(mut self) -> Self {
        self.only = true;
        self
    }

    /// What is said to do where a client does not trust the certificate.
    #[must_use]
    pub fn trusted_by(mut self, trust: String) -> Self {
        self.trust = trust;
        self
    }

    /// Whether a fault can be played: a certificate that is given cannot be made again with another date or name.
    pub fn plays(&self, fault: TlsFault) -> bool {
        match fault {
            TlsFault::Expired => self.expired.is_some(),
            TlsFault::WrongHost => self.wrong_host.is_some(),
            TlsFault::Untrusted | TlsFault::Stalled | TlsFault::Reset => true,
        }
    }

    pub(super) fn is_only(&self) -> bool {
        self.only
    }

    /// The fault that a server name asks for.
    fn asked_by(&self, server_name: &str) -> Option<TlsFault> {
        let (fault, name) = TlsFault::asked_by(server_name)?;
        let known = self.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        Some(fault).filter(|fault| known && self.plays(*fault))
    }

    /// What a handshake is shaken with.
    fn config(&self, fault: Option<TlsFault>) -> Arc<ServerConfig> {
        let faulty = match fault {
            Some(TlsFault::Expired) => self.expired.as_ref(),
            Some(TlsFault::WrongHost) => self.wrong_host.as_ref(),
            Some(TlsFault::Untrusted) => Some(&self.untrusted),
            Some(TlsFault::Stalled | TlsFault::Reset) | None => None,
        };
        Arc::clone(faulty.unwrap_or(&self.usual))
    }
}

/// The names, and those by which their faults are asked for.
fn with_faults(names: &[String]) -> Vec<String> {
    let hosts = names.iter().filter(|name| name.parse::<std::net::IpAddr>().is_err() && !name.starts_with('*'));
    let faulty = hosts.flat_map(|name| TlsFault::ALL.map(|fault| format!("{fault}.{name}")));
    names.iter().cloned().chain(faulty).collect()
}

fn config(certified: CertifiedKey) -> Result<Arc<ServerConfig>, TlsError> {
    Ok(Arc::new(settings(certified)?))
}

/// A client that once took a certificate does not look at it again when it resumes. A fault is to be seen each time.
fn unresumed(certified: CertifiedKey) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = settings(certified)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn settings(certified: CertifiedKey) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_asked_for_behind_a_name_of_ours_alone() {
        let authority = Authority::make().unwrap();
        let tls = Tls::self_signed(&authority, vec!["localhost".to_owned(), "api.test".to_owned()]).unwrap();
        assert_eq!(tls.asked_by("expired.localhost"), Some(TlsFault::Expired));
        assert_eq!(tls.asked_by("wrong-host.API.test"), Some(TlsFault::WrongHost));
        assert_eq!(tls.asked_by("expired.example.com"), None);
        assert_eq!(tls.asked_by("localhost"), None);
    }

    #[test]
    fn a_certificate_that_is_given_cannot_expire() {
        let authority = Authority::make().unwrap();
        let names = vec!["localhost".to_owned()];
        let (certificate, key) = (authority.certificate().as_bytes(), authority.key());
        let (tls, _) = Tls::given(certificate, key.as_bytes(), names).unwrap();
        assert_eq!(TlsFault::ALL.map(|fault| tls.plays(fault)), [false, false, true, true, true]);
        assert_eq!(tls.asked_by("expired.localhost"), None);
        assert_eq!(tls.asked_by("reset.localhost"), Some(TlsFault::Reset));
    }
}
