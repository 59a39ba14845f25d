//! Who is let in: the second look at a credential, after its form.

use jiff::Timestamp;

use super::{Credential, Denial, credentials::Credentials, gokuai, mismatch::Clues};
use crate::contract::{request::Request, service::Service};

/// Who is let in.
#[derive(Debug, Clone)]
pub struct Access {
    /// The keys and tokens that are known.
    pub credentials: Credentials,
    /// What only gokuai's signatures need.
    pub gokuai: gokuai::Settings,
}

impl Default for Access {
    fn default() -> Self {
        Self { credentials: Credentials::built_in(), gokuai: gokuai::Settings::default() }
    }
}

/// What a credential is verified with.
#[derive(Clone, Copy)]
pub struct Verification<'v> {
    /// Who is known.
    pub access: &'v Access,
    /// The service that is called.
    pub service: &'v Service,
    /// The request that has the credential.
    pub request: &'v Request<'v>,
    /// The time that signatures are held to.
    pub now: Timestamp,
}

impl Access {
    /// What only the keys and the clock can tell of a credential: nothing where it lets its caller in. `now` is the time that
    /// signatures are held to.
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
    /// What helps to explain a signature that does not fit.
    pub(super) fn clues(&self) -> Clues<'v> {
        let (hosts, secrets) = (&self.service.description.hosts, &self.service.description.secrets);
        Clues { credentials: Some(&self.access.credentials), hosts, secrets }
    }
}
