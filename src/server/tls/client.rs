//! The other end: how a command of ours asks a stand-in that speaks https.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use super::provider;

/// A stream to the server of this name, which has to have a certificate by one of these authorities (PEM).
///
/// # Errors
///
/// Authorities that cannot be read, and a server that cannot be trusted.
pub fn secure_stream(mut socket: TcpStream, host: &str, authorities: &[u8]) -> io::Result<impl Read + Write> {
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        let certificate = certificate.map_err(|error| invalid(format!("the authority cannot be read: {error}")))?;
        roots.add(certificate).map_err(|error| invalid(format!("the authority cannot be used: {error}")))?;
    }
    if roots.is_empty() {
        return Err(invalid("the authority has no section `BEGIN CERTIFICATE`".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name =
        ServerName::try_from(host.to_owned()).map_err(|_| invalid(format!("`{host}` is no name of a server")))?;
    let mut session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    session.complete_io(&mut socket).map_err(|error| invalid(reason(&error)))?;
    Ok(StreamOwned::new(session, socket))
}

/// Why no hands were shaken.
fn reason(error: &io::Error) -> String {
    use rustls::Error;
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "its certificate is not by the authority that is trusted here (--ca names another)".to_owned()
        }
        Some(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            "its certificate is expired".to_owned()
        }
        Some(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "its certificate is for another name".to_owned(),
        Some(Error::InvalidMessage(_)) => "it does not speak https; try http://".to_owned(),
        Some(other) => other.to_string(),
        None => error.to_string(),
    }
}
