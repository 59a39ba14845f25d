//! What a credentials file lists for a scheme.

/// A section of a credentials file.
#[derive(Debug)]
pub struct Section {
    /// The key of the service.
    pub service: &'static str,
    /// The key below it.
    pub key: &'static str,
    /// What it lists.
    pub entries: Entries,
    /// What is accepted without a file. It protects nothing.
    pub built_in: BuiltIn,
}

/// The entries of a section.
#[derive(Debug)]
pub enum Entries {
    /// Secrets by the id of their owner.
    Secrets {
        /// What a message calls the id, such as `an AppId`.
        owner: &'static str,
        /// Ids and secrets in documented answers: a client may use one of them by mistake.
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
    /// The names of the environment variables for id and value, without their prefix.
    pub environment: [&'static str; 2],
}

impl Section {
    /// The secret of an id that a documented answer hands out.
    pub(in crate::contract::auth) fn handed_out(&self, id: &str) -> Option<&'static str> {
        match self.entries {
            Entries::Secrets { handed_out, .. } => {
                handed_out.iter().find(|(known, _)| *known == id).map(|(_, secret)| *secret)
            }
            Entries::Tokens => None,
        }
    }

    /// Its key in [`Credentials`](super::Credentials).
    pub(super) fn name(&self) -> (&'static str, &'static str) {
        (self.service, self.key)
    }
}
