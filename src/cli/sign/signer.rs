//! The schemes that the command can sign with, one per line.

use std::fmt;

use clap::{ValueEnum, builder::PossibleValue};
use jiff::Timestamp;

use super::{
    super::{Failure, args::Sign},
    Signed,
    call::Call,
    gokuai, koodrive,
};
use crate::contract::auth::{Scheme, credentials::Section};

/// Every signer. The first one is used if nothing tells the scheme.
static SIGNERS: [Signer; 2] = [koodrive::SIGNER, gokuai::SIGNER];

/// How the command signs calls with a scheme.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Signer {
    /// The value of `--scheme`.
    pub(super) name: &'static str,
    /// Its description in the help.
    pub(super) title: &'static str,
    /// The scheme.
    pub(super) scheme: &'static Scheme,
    /// The section of a credentials file with its callers' secrets.
    pub(super) section: &'static Section,
    /// The word for a caller, such as `app`.
    pub(super) caller: &'static str,
    /// The option that names the caller.
    pub(super) option: &'static str,
    /// The value of that option.
    pub(super) asked: fn(&Sign) -> Option<&str>,
    /// Signs a call.
    pub(super) sign: fn(&Sign, Call, Timestamp) -> Result<Signed, Failure>,
}

impl Signer {
    /// The signer if nothing tells the scheme.
    pub(super) fn default() -> Self {
        SIGNERS[0]
    }

    /// The signer for a scheme.
    pub(super) fn of(scheme: &Scheme) -> Option<Self> {
        SIGNERS.into_iter().find(|signer| signer.scheme.word == scheme.word)
    }

    /// Whether the arguments name a caller of another scheme.
    pub(super) fn is_contradicted(&self, arguments: &Sign) -> bool {
        SIGNERS.iter().any(|other| other.name != self.name && (other.asked)(arguments).is_some())
    }
}

impl ValueEnum for Signer {
    fn value_variants<'a>() -> &'a [Self] {
        &SIGNERS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).help(self.title))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
