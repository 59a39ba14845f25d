//! Credentials: which scheme a request uses, whether what it brings has that scheme's form, and whether it is right. What only one
//! scheme or vendor needs stands in its own file or folder: [`bearer`], [`koodrive`], [`gokuai`].
//!
//! Nothing here knows the clock, the network or the journal; a secret leaves this room neither in a message nor in `Debug`.

pub mod access;
pub mod bearer;
mod credential;
pub mod credentials;
mod distance;
pub mod gokuai;
pub mod koodrive;
mod mac;
pub mod mismatch;
pub mod scheme;
pub mod schemes;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use self::mismatch::Mismatch;
pub use self::{
    credential::{Credential, recognise},
    scheme::Scheme,
};
use super::{service::Refusal, violation::Violation};

/// What is percent-encoded in what is signed: everything but the unreserved characters of RFC 3986.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How closely credentials are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// Signatures are verified, unknown keys are refused, tokens expire.
    #[default]
    Verify,
    /// The form has to be right.
    Shape,
    /// A credential is neither missed nor looked at.
    Off,
}

/// Why a credential lets nobody in.
#[derive(Debug)]
pub struct Denial {
    /// How the call is answered.
    pub refusal: Refusal,
    /// What is wrong.
    pub violations: Vec<Violation>,
    /// Why a signature is not the one of the request.
    pub mismatch: Option<Box<Mismatch>>,
}

impl Denial {
    /// A denial for one reason.
    pub fn new(refusal: Refusal, violation: Violation) -> Self {
        Self { refusal, violations: vec![violation], mismatch: None }
    }

    /// The denial of a signature; nothing where nothing is wrong.
    fn of_signature(violations: Vec<Violation>, mismatch: Option<Mismatch>) -> Option<Self> {
        let denial = Self { refusal: Refusal::BadSignature, violations, mismatch: mismatch.map(Box::new) };
        (!denial.violations.is_empty()).then_some(denial)
    }
}
