//! Who is signed in.

use std::sync::Arc;

use imbl::OrdMap;
use sha2::{Digest as _, Sha256};

use super::ids::Id;

/// Tokens and sessions that were handed out. Tokens are kept as digests.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Logins {
    tokens: OrdMap<[u8; 32], Token>,
    /// The vendor's sessions: users by their ids.
    sessions: OrdMap<Arc<str>, Id>,
    /// Users by the codes that they sign in with.
    codes: OrdMap<Arc<str>, Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) user: Id,
    pub(super) session: Arc<str>,
    pub(super) over: bool,
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl Logins {
    /// How many tokens and sessions there are.
    pub(super) fn entries(&self) -> usize {
        self.tokens.len() + self.sessions.len()
    }

    /// Notes a token that was handed out.
    pub(super) fn add(&mut self, token: &str, session: Arc<str>, user: Id) {
        self.sessions.insert(Arc::clone(&session), user);
        self.tokens.insert(digest(token), Token { user, session, over: false });
    }

    /// Whoever signs in with this code is this user.
    pub(super) fn add_code(&mut self, code: &str, user: Id) {
        self.codes.insert(code.into(), user);
    }

    /// Who signs in with a code.
    pub(super) fn of_code(&self, code: &str) -> Option<Id> {
        self.codes.get(code).copied()
    }

    /// The digests of all tokens.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (&[u8; 32], &Token)> {
        self.tokens.iter()
    }

    /// The vendor's sessions with their users.
    pub(super) fn sessions(&self) -> impl Iterator<Item = (&str, Id)> {
        self.sessions.iter().map(|(session, user)| (&**session, *user))
    }

    /// The codes with their users.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&str, Id)> {
        self.codes.iter().map(|(code, user)| (&**code, *user))
    }

    /// Notes a token by its digest.
    pub(super) fn put_token(&mut self, digest: [u8; 32], token: Token) {
        self.tokens.insert(digest, token);
    }

    /// Notes a session that goes on.
    pub(super) fn put_session(&mut self, session: Arc<str>, user: Id) {
        self.sessions.insert(session, user);
    }

    pub(super) fn token(&self, token: &str) -> Option<&Token> {
        self.tokens.get(&digest(token))
    }

    /// Whose session it is.
    pub(super) fn session(&self, id: &str) -> Option<Id> {
        self.sessions.get(id).copied()
    }

    /// The first token whose digest begins with these bytes.
    pub(super) fn beginning(&self, bytes: [u8; 4]) -> Option<&Token> {
        let mut first = [0; 32];
        first[..4].copy_from_slice(&bytes);
        self.tokens.range(first..).next().filter(|(digest, _)| digest.starts_with(&bytes)).map(|(_, token)| token)
    }

    /// Ends a token and its session.
    pub(super) fn end(&mut self, token: &str) {
        if let Some(known) = self.tokens.get_mut(&digest(token)) {
            known.over = true;
            self.sessions.remove(&known.session);
        }
    }
}
