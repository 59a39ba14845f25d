//! Why a handshake failed, in words for whoever runs the server.

use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

use crate::fault::TlsFault;

/// What is said of a handshake that the client or we gave up. `trust` says what a client has to do that does not trust us.
pub(super) fn reason(error: &Error, fault: Option<TlsFault>, trust: &str) -> String {
    use AlertDescription as Alert;
    let refused = match error {
        Error::AlertReceived(Alert::UnknownCA) => "the client does not trust the authority of the certificate",
        Error::AlertReceived(Alert::CertificateExpired) => "the client says that the certificate is expired",
        Error::AlertReceived(Alert::BadCertificate | Alert::CertificateUnknown | Alert::UnsupportedCertificate) => {
            "the client does not take the certificate"
        }
        other => return unspoken(other),
    };
    match (fault, error) {
        (Some(fault), _) => format!("{refused}, as it should: the fault is `{fault}`"),
        (None, Error::AlertReceived(Alert::CertificateExpired)) => format!("{refused}; is its clock right?"),
        (None, _) => format!("{refused}; {trust}"),
    }
}

/// What is said of a client that went without a word when it had seen the certificate.
pub(super) fn left(fault: Option<TlsFault>, trust: &str) -> String {
    let left = "the client left in the middle of the handshake";
    match fault {
        Some(fault) => format!("{left}, as it should: the fault is `{fault}`"),
        None => format!("{left}; if it does not take the certificate, {trust}"),
    }
}

fn unspoken(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => format!("the client gave up with the alert {alert:?}"),
        Error::NoApplicationProtocol => "the client speaks neither HTTP/2 nor HTTP/1 (ALPN)".to_owned(),
        Error::PeerIncompatible(
            PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => "the client speaks neither TLS 1.2 nor TLS 1.3".to_owned(),
        Error::PeerIncompatible(reason) => format!("client and server have too little in common: {reason:?}"),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            "what the client sends is not TLS".to_owned()
        }
        Error::InvalidMessage(reason) => format!("what the client sends cannot be read: {reason:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_does_not_trust_us_is_told_apart_and_helped() {
        let refused = |alert, fault| reason(&Error::AlertReceived(alert), fault, "give it /tmp/ca.pem");
        assert_eq!(
            refused(AlertDescription::UnknownCA, None),
            "the client does not trust the authority of the certificate; give it /tmp/ca.pem"
        );
        assert_eq!(
            refused(AlertDescription::CertificateExpired, Some(TlsFault::Expired)),
            "the client says that the certificate is expired, as it should: the fault is `expired`"
        );
        assert_eq!(
            refused(AlertDescription::ProtocolVersion, None),
            "the client gave up with the alert ProtocolVersion"
        );
    }
}
