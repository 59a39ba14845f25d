//! The schemes that the command signs with, a line each.

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

/// Every signer. The first one signs where nothing tells the scheme.
static SIGNERS: [Signer; 2] = [koodrive::SIGNER, gokuai::SIGNER];

/// How calls are signed with a scheme.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Signer {
    /// As `--scheme` names it.
    pub(super) name: &'static str,
    /// What it is, for the help.
    pub(super) title: &'static str,
    /// The scheme.
    pub(super) scheme: &'static Scheme,
    /// Where its callers have their secrets.
    pub(super) section: &'static Section,
    /// What a caller is called, such as `app`.
    pub(super) caller: &'static str,
    /// The option that names the caller.
    pub(super) option: &'static str,
    /// What was given for it.
    pub(super) asked: fn(&Sign) -> Option<&str>,
    /// Signs a call.
    pub(super) sign: fn(&Sign, Call, Timestamp) -> Result<Signed, Failure>,
}

impl Signer {
    /// Who signs where nothing tells the scheme.
    pub(super) fn default() -> Self {
        SIGNERS[0]
    }

    /// Who signs with a scheme.
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
