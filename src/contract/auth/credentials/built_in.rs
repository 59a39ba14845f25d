//! The credentials that are accepted without a file.

use super::{Credentials, Entries, Secret};
use crate::contract::auth::schemes::SCHEMES;

impl Credentials {
    /// One app, one user's token and one client for tests: the built-in entry of each section.
    pub fn built_in() -> Self {
        let mut credentials = Self { any_token: true, ..Self::default() };
        for section in SCHEMES.iter().filter_map(|scheme| scheme.section) {
            let built_in = &section.built_in;
            match section.entries {
                Entries::Secrets { .. } => credentials.add_secret(section, built_in.id, Secret::new(built_in.value)),
                Entries::Tokens => credentials.add_token(built_in.id, built_in.value),
            }
        }
        credentials
    }

    /// The built-in credentials as environment variables, `NAME=value`; no value needs quotes.
    ///
    /// ```
    /// use understudy::contract::auth::credentials::Credentials;
    ///
    /// assert!(Credentials::built_in_environment().contains(&"UNDERSTUDY_GOKUAI_CLIENT_ID=understudy-client".to_owned()));
    /// ```
    pub fn built_in_environment() -> Vec<String> {
        let sections = SCHEMES.iter().filter_map(|scheme| scheme.section);
        let pairs = sections.flat_map(|section| {
            let built_in = &section.built_in;
            built_in.environment.into_iter().zip([built_in.id, built_in.value])
        });
        pairs.map(|(name, value)| format!("UNDERSTUDY_{name}={value}")).collect()
    }

    /// Ids and secrets of all callers but one, to find out whose secret was used by mistake. Includes the ones in documented answers.
    pub(in crate::contract::auth) fn secrets_but(&self, id: &str) -> impl Iterator<Item = (&str, &str)> {
        let handed_out = SCHEMES.iter().filter_map(|scheme| match &scheme.section?.entries {
            Entries::Secrets { handed_out, .. } => Some(*handed_out),
            Entries::Tokens => None,
        });
        let all = self.secrets.values().flatten().map(|(known, secret)| (known.as_str(), secret.expose()));
        handed_out.flatten().copied().chain(all).filter(move |(known, _)| *known != id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::auth::{bearer, gokuai, koodrive};

    #[test]
    fn the_built_in_credentials_are_the_ones_of_the_environment() {
        let lines = Credentials::built_in_environment();
        let value = |name: &str| {
            let line =
                lines.iter().find_map(|line| line.strip_prefix("UNDERSTUDY_")?.strip_prefix(name)?.strip_prefix('='));
            line.unwrap()
        };
        let credentials = Credentials::built_in();
        let app = credentials.secret(&koodrive::SECTION, value("KOODRIVE_APP_ID")).unwrap();
        assert_eq!(app.expose(), value("KOODRIVE_APP_SECRET"));
        assert_eq!(credentials.user_of_token(value("KOODRIVE_TOKEN")), Some(value("KOODRIVE_USER_ID")));
        let client = credentials.secret(&gokuai::SECTION, value("GOKUAI_CLIENT_ID")).unwrap();
        assert_eq!(client.expose(), value("GOKUAI_CLIENT_SECRET"));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-=".contains(&byte);
        assert!(lines.iter().all(|line| line.bytes().all(plain)));
    }

    #[test]
    fn debug_output_has_no_secret() {
        let shown = format!("{:?}", Credentials::built_in());
        let (app, token, client) = (&koodrive::SECTION.built_in, &bearer::SECTION.built_in, &gokuai::SECTION.built_in);
        for secret in [app.value, token.id, client.value] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains(app.id) && shown.contains("tokens: 1"), "{shown}");
    }

    #[test]
    fn knows_nobody_who_is_not_listed() {
        let credentials = Credentials::built_in();
        let (app, client) = (&koodrive::SECTION.built_in, &gokuai::SECTION.built_in);
        assert_eq!(credentials.secret(&koodrive::SECTION, client.id), None);
        assert_eq!(credentials.user_of_token(""), None);
        let others: Vec<_> = credentials.secrets_but(app.id).collect();
        assert_eq!(others, [("k3vE0mQ2example", "Zr8example5Tn"), (client.id, client.value)]);
        assert!(credentials.takes_token("any"));
        assert_eq!(credentials.ids(&koodrive::SECTION).collect::<Vec<_>>(), [app.id]);
        assert_eq!(credentials.ids(&gokuai::SECTION).collect::<Vec<_>>(), [client.id]);
    }
}
