//! A certificate and a key that the user brings.

use jiff::Timestamp;
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};

use super::{TlsError, provider, validity::validity};

/// More certificates than this are no chain.
const LONGEST_CHAIN: usize = 16;

/// Reads a chain and its key, both PEM; and what deserves a warning.
pub(super) fn read(certificate: &[u8], key: &[u8]) -> Result<(CertifiedKey, Option<String>), TlsError> {
    let mut chain = Vec::new();
    for section in CertificateDer::pem_slice_iter(certificate) {
        let section = section.map_err(|error| TlsError::Certificate(format!("is no PEM file: {error}")))?;
        if chain.len() == LONGEST_CHAIN {
            return Err(TlsError::Certificate(format!(
                "has more than {LONGEST_CHAIN} certificates; expected one and those above it"
            )));
        }
        chain.push(section);
    }
    let Some(first) = chain.first() else { return Err(TlsError::Certificate(without("CERTIFICATE", certificate))) };
    let Some((start, end)) = validity(first) else {
        return Err(TlsError::Certificate("has a certificate that cannot be read".to_owned()));
    };
    let now = Timestamp::now();
    let warning = if end < now {
        Some(format!("was good until {end}; clients will refuse it"))
    } else {
        (start > now).then(|| format!("is good from {start} on only; clients will refuse it"))
    };
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        let reason = match error {
            rustls::pki_types::pem::Error::NoItemsFound if key.windows(9).any(|part| part == b"ENCRYPTED") => {
                "has an encrypted key, which needs a passphrase; `openssl pkey -in FILE -out NEW` writes it without one"
                    .to_owned()
            }
            rustls::pki_types::pem::Error::NoItemsFound => without("PRIVATE KEY", key),
            other => format!("is no PEM file: {other}"),
        };
        TlsError::Key(reason)
    })?;
    let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::Key("does not belong to that certificate".to_owned()),
        rustls::Error::InvalidCertificate(_) => {
            TlsError::Certificate(format!("has a certificate that cannot be used: {error}"))
        }
        other => TlsError::Key(format!("has a key that cannot be used: {other}")),
    })?;
    Ok((certified, warning))
}

/// What a file has that lacks a section.
fn without(section: &str, pem: &[u8]) -> String {
    let found: Vec<&str> = std::str::from_utf8(pem)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
        .filter(|found| found.len() <= 40)
        .take(3)
        .collect();
    let article = format!("has no section `BEGIN {section}`");
    if found.is_empty() {
        return format!("{article}; expected PEM, the text form");
    }
    format!("{article}, but {}; expected CERT,KEY", found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::tls::authority::Authority;

    fn reason(certificate: &str, key: &str) -> String {
        read(certificate.as_bytes(), key.as_bytes()).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_certificate_is_taken_with_its_own_key_and_no_other() {
        let (made, other) = (Authority::make().unwrap(), Authority::make().unwrap());
        let (certified, warning) = read(made.certificate().as_bytes(), made.key().as_bytes()).unwrap();
        assert_eq!((certified.cert.len(), warning), (1, None));
        assert_eq!(reason(made.certificate(), &other.key()), "the key does not belong to that certificate");
    }

    #[test]
    fn every_file_that_is_none_says_what_it_is() {
        let made = Authority::make().unwrap();
        let (certificate, key) = (made.certificate(), &made.key());
        for (certificate, key, expected) in [
            ("", &key[..], "the certificate has no section `BEGIN CERTIFICATE`; expected PEM, the text form"),
            (
                key,
                certificate,
                "the certificate has no section `BEGIN CERTIFICATE`, but PRIVATE KEY; expected CERT,KEY",
            ),
            (
                certificate,
                certificate,
                "the key has no section `BEGIN PRIVATE KEY`, but CERTIFICATE; expected CERT,KEY",
            ),
            (
                certificate,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "passphrase",
            ),
            (&certificate[..200], key, "the certificate is no PEM file"),
            (certificate, &key[..100], "the key is no PEM file"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key, "certificate that cannot be read"),
            (
                certificate,
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "a key that cannot be used",
            ),
        ] {
            let reason = reason(certificate, key);
            assert!(reason.contains(expected), "{reason}");
        }
        assert!(reason(&certificate.repeat(17), key).contains("more than 16 certificates"));
    }
}
