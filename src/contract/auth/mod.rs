//! Authentication: which scheme a request uses, whether its credential has the form of that scheme, and whether it is valid. What only
//! one scheme or vendor needs is in a file or folder of its own: [`bearer`], [`koodrive`], [`gokuai`], [`presigned`].
//!
//! Nothing here knows the system clock, the network or the journal. No message and no `Debug` output shows a secret.

pub mod access;
pub mod bearer;
mod credential;
pub mod credentials;
mod distance;
pub mod gokuai;
pub mod koodrive;
mod mac;
pub mod mismatch;
pub mod presigned;
pub mod scheme;
pub mod schemes;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use self::mismatch::Mismatch;
pub use self::{
    credential::{Credential, recognise},
    scheme::Scheme,
};
use super::{service::Refusal, violation::Violation};

/// What is percent-encoded before signing: everything but the unreserved characters of RFC 3986.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How strictly credentials are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// Signatures are verified, unknown keys are refused, tokens expire.
    #[default]
    Verify,
    /// Only the form is checked.
    Shape,
    /// Credentials are neither required nor checked.
    Off,
}

/// Why a credential is rejected.
#[derive(Debug)]
pub struct Denial {
    /// How the call is answered.
    pub refusal: Refusal,
    /// What is wrong.
    pub violations: Vec<Violation>,
    /// Why a signature does not match the request.
    pub mismatch: Option<Box<Mismatch>>,
}

impl Denial {
    /// A denial for one reason.
    pub fn new(refusal: Refusal, violation: Violation) -> Self {
        Self { refusal, violations: vec![violation], mismatch: None }
    }

    /// A denial of a signature; `None` if nothing is wrong.
    fn of_signature(violations: Vec<Violation>, mismatch: Option<Mismatch>) -> Option<Self> {
        let denial = Self { refusal: Refusal::BadSignature, violations, mismatch: mismatch.map(Box::new) };
        (!denial.violations.is_empty()).then_some(denial)
    }
}
