//! Authentication: checks a credential, whose form is valid, against keys and clock.

use jiff::Timestamp;

use super::{Credential, Denial, credentials::Credentials, gokuai, mismatch::Clues, presigned};
use crate::contract::{request::Request, service::Service};

/// Who may call.
#[derive(Debug, Clone)]
pub struct Access {
    /// The keys and tokens that are known.
    pub credentials: Credentials,
    /// Settings for gokuai's signatures.
    pub gokuai: gokuai::Settings,
    /// What links are signed with.
    pub presigned: presigned::Settings,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            credentials: Credentials::built_in(),
            gokuai: gokuai::Settings::default(),
            presigned: presigned::Settings::default(),
        }
    }
}

/// What a credential is verified with.
#[derive(Clone, Copy)]
pub struct Verification<'v> {
    /// Who may call.
    pub access: &'v Access,
    /// The service that is called.
    pub service: &'v Service,
    /// The request.
    pub request: &'v Request<'v>,
    /// The clock that credentials are checked against, injected skew included.
    pub now: Timestamp,
}

impl Access {
    /// Verifies a credential: `None` if its caller may call. `now` is the clock that credentials are checked against, injected skew
    /// included.
    pub fn authenticate(
        &self,
        service: &Service,
        request: &Request<'_>,
        credential: &Credential<'_>,
        now: Timestamp,
    ) -> Option<Denial> {
        credential.verify(&Verification { access: self, service, request, now })
    }
}

impl<'v> Verification<'v> {
    /// What helps to explain a signature that does not match.
    pub(super) fn clues(&self) -> Clues<'v> {
        let (hosts, secrets) = (&self.service.description.hosts, &self.service.description.secrets);
        Clues { credentials: Some(&self.access.credentials), hosts, secrets }
    }
}
