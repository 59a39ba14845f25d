//! Who may call: the secrets of apps and clients, and the tokens of users.

mod compile;
mod mask;
mod secret;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use sha2::{Digest, Sha256};

pub use self::secret::Secret;

/// The credentials that a stand-in takes.
///
/// ```
/// use understudy::{contract::auth::credentials::Credentials, diagnostic::Source};
///
/// let file = Source::new("credentials.yaml", "koodrive: { apps: { a1: s3cret }, tokens: { t1: { user: \"1505\" } } }");
/// let credentials = Credentials::compile(&file).unwrap();
/// assert_eq!(credentials.app_secret("a1").unwrap().expose(), "s3cret");
/// assert_eq!(credentials.user_of_token("t1"), Some("1505"));
/// assert!(!format!("{credentials:?}").contains("s3cret"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    apps: BTreeMap<String, Secret>,
    clients: BTreeMap<String, Secret>,
    /// Users by the hash of their token: a search by the token itself would tell by its time how much of a guess is right.
    tokens: HashMap<[u8; 32], String>,
    /// Every token is taken, listed or not.
    any_token: bool,
}

/// What is taken where no file says otherwise; secrets that protect nothing.
const APP: (&str, &str) =
    ("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "understudy-app-secret-not-real");
const TOKEN: (&str, &str) = ("0123456789abcdef0123456789abcdef0123456789abcdef", "1505084218764547200");
const CLIENT: (&str, &str) = ("understudy-client", "understudy-client-secret-not-real");
/// What the documented answer of gokuai's `bind` hands out. It signs no call that is played here, but clients mix the two up.
const LIBRARY: (&str, &str) = ("k3vE0mQ2example", "Zr8example5Tn");

impl Credentials {
    /// One app, one user's token and one client for tests.
    pub fn built_in() -> Self {
        let mut credentials = Self { any_token: true, ..Self::default() };
        credentials.apps.insert(APP.0.to_owned(), Secret::new(APP.1));
        credentials.clients.insert(CLIENT.0.to_owned(), Secret::new(CLIENT.1));
        credentials.add_token(TOKEN.0, TOKEN.1);
        credentials
    }

    /// The user of the built-in token.
    pub fn built_in_user() -> &'static str {
        TOKEN.1
    }

    /// The built-in credentials as lines of a shell environment, `NAME=value`; no value needs quotes.
    ///
    /// ```
    /// use understudy::contract::auth::credentials::Credentials;
    ///
    /// assert!(Credentials::built_in_environment().contains(&"UNDERSTUDY_GOKUAI_CLIENT_ID=understudy-client".to_owned()));
    /// ```
    pub fn built_in_environment() -> Vec<String> {
        [
            ("KOODRIVE_APP_ID", APP.0),
            ("KOODRIVE_APP_SECRET", APP.1),
            ("KOODRIVE_TOKEN", TOKEN.0),
            ("KOODRIVE_USER_ID", TOKEN.1),
            ("GOKUAI_CLIENT_ID", CLIENT.0),
            ("GOKUAI_CLIENT_SECRET", CLIENT.1),
        ]
        .map(|(name, value)| format!("UNDERSTUDY_{name}={value}"))
        .to_vec()
    }

    /// The AppSecret of an AppId.
    pub fn app_secret(&self, app_id: &str) -> Option<&Secret> {
        self.apps.get(app_id)
    }

    /// The secret of a `client_id` or `org_client_id`.
    pub fn client_secret(&self, client_id: &str) -> Option<&Secret> {
        self.clients.get(client_id)
    }

    /// The user that a token stands for. `token` comes without its scheme.
    pub fn user_of_token(&self, token: &str) -> Option<&str> {
        self.tokens.get(&digest(token)).map(String::as_str)
    }

    /// Whether a token is taken: any, unless a file lists the ones that are. `token` comes without its scheme.
    pub fn takes_token(&self, token: &str) -> bool {
        self.any_token || self.tokens.is_empty() || self.user_of_token(token).is_some()
    }

    /// The AppIds, in order.
    pub fn apps(&self) -> impl Iterator<Item = &str> {
        self.apps.keys().map(String::as_str)
    }

    /// The client ids, in order.
    pub fn clients(&self) -> impl Iterator<Item = &str> {
        self.clients.keys().map(String::as_str)
    }

    /// Names and secrets of everybody but one, to find out whose secret was used by mistake; among them the one that the
    /// stand-in hands out itself.
    pub(super) fn secrets_but(&self, id: &str) -> impl Iterator<Item = (&str, &str)> {
        let all = self.apps.iter().chain(&self.clients).map(|(known, secret)| (known.as_str(), secret.expose()));
        [LIBRARY].into_iter().chain(all).filter(move |(known, _)| *known != id)
    }

    fn add_token(&mut self, token: &str, user: impl Into<String>) {
        self.tokens.insert(digest(token), user.into());
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Ids, and how many tokens there are.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("apps", &self.apps)
            .field("clients", &self.clients)
            .field("tokens", &self.tokens.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_credentials_are_the_ones_of_the_environment() {
        let lines = Credentials::built_in_environment();
        let value = |name: &str| {
            let line =
                lines.iter().find_map(|line| line.strip_prefix("UNDERSTUDY_")?.strip_prefix(name)?.strip_prefix('='));
            line.unwrap()
        };
        let credentials = Credentials::built_in();
        assert_eq!(credentials.app_secret(value("KOODRIVE_APP_ID")).unwrap().expose(), value("KOODRIVE_APP_SECRET"));
        assert_eq!(credentials.user_of_token(value("KOODRIVE_TOKEN")), Some(value("KOODRIVE_USER_ID")));
        let client = credentials.client_secret(value("GOKUAI_CLIENT_ID")).unwrap();
        assert_eq!(client.expose(), value("GOKUAI_CLIENT_SECRET"));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-=".contains(&byte);
        assert!(lines.iter().all(|line| line.bytes().all(plain)));
    }

    #[test]
    fn debug_output_has_no_secret() {
        let shown = format!("{:?}", Credentials::built_in());
        for secret in [APP.1, TOKEN.0, CLIENT.1] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains(APP.0) && shown.contains("tokens: 1"), "{shown}");
    }

    #[test]
    fn knows_the_secret_that_the_documented_answer_of_bind_hands_out() {
        let contract = crate::contract::SpecFiles::embedded().load().unwrap();
        let bind = contract.operation(contract.named("bind")[0]);
        let example = &bind.compiled(contract.service_of(bind)).unwrap().example;
        let body: serde_json::Value = serde_json::from_slice(&example.body).unwrap();
        assert_eq!(
            (body["org_client_id"].as_str(), body["org_client_secret"].as_str()),
            (Some(LIBRARY.0), Some(LIBRARY.1))
        );
    }

    #[test]
    fn knows_nobody_who_is_not_listed() {
        let credentials = Credentials::built_in();
        assert_eq!(credentials.app_secret(CLIENT.0), None);
        assert_eq!(credentials.user_of_token(""), None);
        assert_eq!(credentials.secrets_but(APP.0).collect::<Vec<_>>(), [LIBRARY, CLIENT]);
        assert!(credentials.takes_token("any"));
        assert_eq!(credentials.apps().chain(credentials.clients()).collect::<Vec<_>>(), [APP.0, CLIENT.0]);
    }
}
