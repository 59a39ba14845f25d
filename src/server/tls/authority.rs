//! An authority of our own, and the certificates that it signs.

use std::net::IpAddr;

use jiff::{Span, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};

use super::{TlsError, provider, validity::validity};

/// What the name of every authority of ours begins with.
const NAME: &str = "Understudy test authority";

/// Days. Clocks of clients may be behind; and some take no certificate that is good for more than 398.
const BEFORE: i64 = 2;
const LEAF: i64 = 397;
const AUTHORITY: i64 = 3650;

/// An authority: whoever trusts its certificate trusts those that it signs.
#[derive(Debug)]
pub struct Authority {
    key: KeyPair,
    /// Follows from the key, so that two authorities never share a name.
    name: String,
    /// PEM.
    certificate: String,
}

/// When a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Good {
    Now,
    /// It was, a month ago.
    Before,
}

impl Authority {
    /// A new one, good for ten years.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn make() -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let name = name_of(&key);
        let mut parameters = dated(-BEFORE, AUTHORITY);
        parameters.distinguished_name = distinguished(&name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = parameters.self_signed(&key)?.pem();
        Ok(Self { key, name, certificate })
    }

    /// One that was made before.
    ///
    /// # Errors
    ///
    /// If these are not certificate and key of an authority that this program made, or it is over.
    pub fn read(certificate: &str, key: &str) -> Result<Self, TlsError> {
        let wrong = |what: &str| TlsError::Authority(what.to_owned());
        let key = KeyPair::from_pem(key).map_err(|_| wrong("its key cannot be read"))?;
        let name = name_of(&key);
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| wrong("its certificate cannot be read"))?;
        if !der.windows(name.len()).any(|window| window == name.as_bytes()) {
            return Err(wrong("its key is another one's"));
        }
        match validity(&der) {
            Some((_, end)) if end > Timestamp::now() => {}
            Some((_, end)) => return Err(TlsError::Authority(format!("it was good until {end}"))),
            None => return Err(wrong("its certificate cannot be read")),
        }
        Ok(Self { key, name, certificate: certificate.to_owned() })
    }

    /// Its certificate, as PEM: what a client has to trust.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its private key, as PEM.
    pub fn key(&self) -> String {
        self.key.serialize_pem()
    }

    /// A certificate for these names, with a key of its own.
    pub(super) fn sign(&self, names: &[String], good: Good) -> Result<CertifiedKey, TlsError> {
        let key = KeyPair::generate()?;
        let mut parameters = match good {
            Good::Now => dated(-BEFORE, LEAF),
            Good::Before => dated(-60, -30),
        };
        parameters.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        let first = names.iter().find(|name| name.parse::<IpAddr>().is_err());
        parameters.distinguished_name = distinguished(first.map_or("understudy", String::as_str));
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut own = CertificateParams::default();
        own.distinguished_name = distinguished(&self.name);
        own.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let signed = parameters.signed_by(&key, &Issuer::from_params(&own, &self.key))?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(CertifiedKey::from_der(vec![signed.der().clone()], key, &provider())?)
    }
}

fn name_of(key: &KeyPair) -> String {
    let hash = Sha256::digest(key.public_key_raw());
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{NAME} {digits}")
}

fn distinguished(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Good from one day to another, counted from today.
fn dated(from: i64, until: i64) -> CertificateParams {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |days: i64| {
        let day = today.saturating_add(Span::new().days(days));
        date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
    };
    let mut parameters = CertificateParams::default();
    (parameters.not_before, parameters.not_after) = (day(from), day(until));
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_read_again_as_it_was_made() {
        let made = Authority::make().unwrap();
        let read = Authority::read(made.certificate(), &made.key()).unwrap();
        assert_eq!((read.certificate(), read.key(), &read.name), (made.certificate(), made.key(), &made.name));
        assert_ne!(Authority::make().unwrap().name, made.name);
    }

    #[test]
    fn what_is_no_authority_of_ours_is_told_apart() {
        let (made, other) = (Authority::make().unwrap(), Authority::make().unwrap());
        let reason = |certificate: &str, key: &str| Authority::read(certificate, key).unwrap_err().to_string();
        assert!(reason(made.certificate(), &other.key()).contains("its key is another one's"));
        assert!(reason(made.certificate(), "").contains("its key cannot be read"));
        assert!(reason("", &made.key()).contains("its certificate cannot be read"));
        let half = &made.certificate()[..made.certificate().len() / 2];
        assert!(reason(half, &made.key()).contains("its certificate cannot be read"));
    }

    #[test]
    fn an_expired_certificate_was_good_until_a_month_ago() {
        let expired = Authority::make().unwrap().sign(&["localhost".to_owned()], Good::Before).unwrap();
        let (start, end) = validity(&expired.cert[0]).unwrap();
        assert!(start < end && end < Timestamp::now());
    }
}
