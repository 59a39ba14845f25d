//! Who may call: secrets of apps and clients, and tokens of users.

mod built_in;
mod compile;
mod mask;
mod secret;
mod section;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use sha2::{Digest, Sha256};

pub use self::{
    secret::Secret,
    section::{BuiltIn, Entries, Section},
};

/// The credentials that a stand-in accepts.
///
/// ```
/// use understudy::{contract::auth::{credentials::Credentials, koodrive}, diagnostic::Source};
///
/// let file = Source::new("credentials.yaml", "koodrive: { apps: { a1: s3cret }, tokens: { t1: { user: \"1505\" } } }");
/// let credentials = Credentials::compile(&file).unwrap();
/// assert_eq!(credentials.secret(&koodrive::SECTION, "a1").unwrap().expose(), "s3cret");
/// assert_eq!(credentials.user_of_token("t1"), Some("1505"));
/// assert!(!format!("{credentials:?}").contains("s3cret"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// By section, then by the id of their owner.
    secrets: BTreeMap<(&'static str, &'static str), BTreeMap<String, Secret>>,
    /// Users by the hash of their token: a lookup by the token itself could leak through its timing how much of a guess is right.
    tokens: HashMap<[u8; 32], String>,
    /// Every token is accepted, listed or not.
    any_token: bool,
}

impl Credentials {
    /// The secret of an id.
    pub fn secret(&self, section: &Section, id: &str) -> Option<&Secret> {
        self.secrets.get(&section.name())?.get(id)
    }

    /// The ids of a section, in order.
    pub fn ids(&self, section: &Section) -> impl Iterator<Item = &str> {
        self.secrets.get(&section.name()).into_iter().flatten().map(|(id, _)| id.as_str())
    }

    /// The user of a token. `token` has no `Bearer` in front.
    pub fn user_of_token(&self, token: &str) -> Option<&str> {
        self.tokens.get(&digest(token)).map(String::as_str)
    }

    /// Whether a token is accepted: any, unless a file lists tokens. `token` has no `Bearer` in front.
    pub fn takes_token(&self, token: &str) -> bool {
        self.any_token || self.tokens.is_empty() || self.user_of_token(token).is_some()
    }

    fn add_secret(&mut self, section: &Section, id: impl Into<String>, secret: Secret) {
        self.secrets.entry(section.name()).or_default().insert(id.into(), secret);
    }

    fn add_token(&mut self, token: &str, user: impl Into<String>) {
        self.tokens.insert(digest(token), user.into());
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The ids and the number of tokens.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("secrets", &self.secrets)
            .field("tokens", &self.tokens.len())
            .finish()
    }
}
