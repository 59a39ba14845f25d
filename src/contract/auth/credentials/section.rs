//! What a file of credentials lists for a scheme.

/// A part of a file of credentials.
#[derive(Debug)]
pub struct Section {
    /// The key of the service.
    pub service: &'static str,
    /// The key below it.
    pub key: &'static str,
    /// What stands there.
    pub entries: Entries,
    /// What is known where there is no file. It protects nothing.
    pub built_in: BuiltIn,
}

/// The entries of a section.
#[derive(Debug)]
pub enum Entries {
    /// Secrets by the id of their owner.
    Secrets {
        /// What a message calls the id, such as `an AppId`.
        owner: &'static str,
        /// Ids and secrets that documented answers hand out: a client may take one of them by mistake.
        handed_out: &'static [(&'static str, &'static str)],
    },
    /// Tokens, each with its user.
    Tokens,
}

/// A built-in entry.
#[derive(Debug)]
pub struct BuiltIn {
    /// The id, or the token.
    pub id: &'static str,
    /// The secret, or the user of the token.
    pub value: &'static str,
    /// What id and value are called in an environment, without the prefix.
    pub environment: [&'static str; 2],
}

impl Section {
    /// What it is filed under.
    pub(super) fn name(&self) -> (&'static str, &'static str) {
        (self.service, self.key)
    }
}
