//! Faults of the handshake of TLS. There is no request yet, so that they belong to a listener, or to the name that the client asks for.

use std::fmt;

/// What is wrong with a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsFault {
    /// The certificate is over.
    Expired,
    /// The certificate is for another name.
    WrongHost,
    /// The certificate is by an authority that nobody knows.
    Untrusted,
    /// No answer to the client's hello until it gives up.
    Stalled,
    /// The connection is reset (RST) instead of an answer to the client's hello.
    Reset,
}

impl TlsFault {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Expired, Self::WrongHost, Self::Untrusted, Self::Stalled, Self::Reset];

    /// Its name, as an option and a server name have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::WrongHost => "wrong-host",
            Self::Untrusted => "untrusted",
            Self::Stalled => "stalled",
            Self::Reset => "reset",
        }
    }

    /// The fault of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// The fault that a server name asks for, as `expired.localhost` does, and the name behind it.
    pub fn asked_by(server_name: &str) -> Option<(Self, &str)> {
        let (first, rest) = server_name.split_once('.')?;
        Self::ALL.into_iter().find(|fault| fault.name().eq_ignore_ascii_case(first)).map(|fault| (fault, rest))
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_name_asks_for_the_fault_that_it_begins_with() {
        for fault in TlsFault::ALL {
            assert_eq!(TlsFault::named(fault.name()), Some(fault));
            assert_eq!(TlsFault::asked_by(&format!("{fault}.localhost")), Some((fault, "localhost")));
        }
        assert_eq!(TlsFault::asked_by("Wrong-Host.api.test"), Some((TlsFault::WrongHost, "api.test")));
        for usual in ["localhost", "expired", "", ".", "api.expired.localhost", "expired-.localhost"] {
            assert_eq!(TlsFault::asked_by(usual), None, "{usual}");
        }
    }
}
