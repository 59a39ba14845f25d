//! From YAML to [`Credentials`]: every mistake is reported with its place, and no message shows a secret.
//!
//! A mistake is shown with its line, and that line may contain secrets. So messages point into a copy of the file in which only the keys of
//! the format are readable.

use std::{ops::Range, sync::Arc};

use super::{
    Credentials, Entries, Secret, Section,
    mask::{mask, words},
};
use crate::{
    contract::auth::{bearer, schemes::SCHEMES},
    diagnostic::{Diagnostic, Source, did_you_mean},
    document::{self, Key, Node, ReadLimits},
};

/// The keys of a token.
const TOKEN: [&str; 1] = ["user"];

/// The largest file, in bytes.
const LARGEST: usize = 4 << 20;

impl Credentials {
    /// Reads a credentials file. Credentials that it does not list do not exist: the built-in ones are not added.
    ///
    /// ```yaml
    /// koodrive:
    ///   apps: { APP_ID: SECRET }
    ///   tokens: { TOKEN: { user: "1505084218764547200" } }
    /// gokuai:
    ///   clients: { CLIENT_ID: SECRET }
    /// ```
    ///
    /// # Errors
    ///
    /// All mistakes, in file order. No message shows a secret, and the sources that they point into are masked.
    pub fn compile(source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        if source.text.len() > LARGEST {
            let message = format!("the file has {} bytes, and at most {LARGEST} are read", source.text.len());
            return Err(vec![Diagnostic::error(message).help("keep only the credentials that the tests use")]);
        }
        let node =
            document::read(source, ReadLimits::default()).map_err(|mistake| vec![unreadable(source, &mistake)])?;
        let mut compiler = Compiler::default();
        let credentials = compiler.credentials(&node);
        if compiler.mistakes.is_empty() {
            return Ok(credentials);
        }
        compiler.mistakes.sort_by_key(|mistake| mistake.span.start);
        compiler.shown.sort_by_key(|span| span.start);
        let masked = Source::new(source.name.clone(), mask(&source.text, &compiler.shown));
        Err(compiler.mistakes.into_iter().map(|mistake| mistake.at(&masked)).collect())
    }
}

/// The sections that a file may have.
fn sections() -> impl Iterator<Item = &'static Section> {
    SCHEMES.iter().filter_map(|scheme| scheme.section)
}

/// The keys of services.
fn services() -> Vec<&'static str> {
    let mut services: Vec<_> = sections().map(|section| section.service).collect();
    services.dedup();
    services
}

/// The YAML reader's message may name a key, and a token is a key.
fn unreadable(source: &Arc<Source>, mistake: &Diagnostic) -> Diagnostic {
    let (message, help) = if mistake.message.contains("duplicate mapping key") {
        ("the same key appears twice", "list each app, token and client once")
    } else if mistake.message.contains("tag") {
        ("a tag means nothing here", "write the value itself, or quote the text")
    } else {
        ("the file is not readable as YAML", "look at quotes, colons and indentation here")
    };
    let known: Vec<&str> = sections().flat_map(|section| [section.service, section.key]).chain(TOKEN).collect();
    let masked = Source::new(source.name.clone(), mask(&source.text, &words(&source.text, &known)));
    let span = mistake.place.as_ref().map_or(0..0, |place| place.span.clone());
    Diagnostic::error(message).at(&masked, span, "here").help(help)
}

/// A mistake without its source.
struct Mistake {
    span: Range<usize>,
    message: String,
    label: &'static str,
    help: Option<String>,
}

impl Mistake {
    fn at(self, source: &Arc<Source>) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.message).at(source, self.span, self.label);
        Diagnostic { help: self.help, ..diagnostic }
    }
}

/// Walks the tree of one file.
#[derive(Default)]
struct Compiler {
    mistakes: Vec<Mistake>,
    /// Where the keys of the format are; only they are readable in messages.
    shown: Vec<Range<usize>>,
}

impl Compiler {
    fn credentials(&mut self, root: &Node) -> Credentials {
        let mut credentials = Credentials::default();
        for (service, node) in self.known_entries(root, "a credentials file", &services()) {
            let of_service: Vec<&Section> = sections().filter(|section| section.service == service).collect();
            let keys: Vec<&str> = of_service.iter().map(|section| section.key).collect();
            for (key, node) in self.known_entries(node, &format!("`{service}`"), &keys) {
                let Some(section) = of_service.iter().find(|section| section.key == key) else { continue };
                match section.entries {
                    Entries::Secrets { owner, .. } => self.secrets(node, section, owner, &mut credentials),
                    Entries::Tokens => self.tokens(node, section, &mut credentials),
                }
            }
        }
        credentials
    }

    /// The entries of a mapping whose keys are known; others are mistakes, but for those that begin with `x-`.
    fn known_entries<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&'static str],
    ) -> Vec<(&'static str, &'n Node)> {
        let mut found = Vec::new();
        for (key, value) in self.entries(node, what) {
            if key.is_extension() {
                continue;
            }
            if let Some(word) = known.iter().find(|word| **word == key.name) {
                self.shown.push(key.span.clone());
                found.push((*word, value));
            } else {
                self.unknown_key(key, what, known);
            }
        }
        found
    }

    /// Does not name the key: what is in the wrong place may be a token.
    fn unknown_key(&mut self, key: &Key, what: &str, known: &[&str]) {
        let help = match did_you_mean(&key.name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("known keys: {}", known.join(", ")),
        };
        self.mistake(&key.span, format!("unknown key in {what}"), "not expected here", Some(help));
    }

    fn entries<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Key, Node)] {
        let entries = node.as_mapping();
        if entries.is_none() {
            let message = format!("{what} is a mapping, found {}", node.kind());
            self.mistake(&node.span, message, "expected a mapping", None);
        }
        entries.unwrap_or_default()
    }

    /// Secrets by the id of their owner.
    fn secrets(&mut self, node: &Node, section: &Section, owner: &str, credentials: &mut Credentials) {
        for (key, value) in self.entries(node, &format!("`{}`", section.key)) {
            // Ids are sent in a header between commas, or in a form.
            let fits = !key.name.is_empty() && key.name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
            if !fits {
                let message = format!("{owner} is made of printable ASCII characters without spaces and commas");
                self.mistake(&key.span, message, "no such id can be sent", None);
            }
            if let Some(secret) = self.text(key, value, "a secret") {
                credentials.add_secret(section, key.name.as_str(), Secret::new(secret));
            }
        }
    }

    fn tokens(&mut self, node: &Node, section: &Section, credentials: &mut Credentials) {
        for (key, value) in self.entries(node, &format!("`{}`", section.key)) {
            if bearer::token(&key.name).is_some() {
                let help = Some("leave out `Bearer` and what separates it".to_owned());
                self.mistake(&key.span, "a token is listed without its scheme", "starts with `Bearer`", help);
            } else if key.name.is_empty() || !key.name.bytes().all(|byte| byte.is_ascii_graphic()) {
                let message = "a token is made of printable ASCII characters without spaces";
                self.mistake(&key.span, message, "no such token can be sent", None);
            }
            let before = self.mistakes.len();
            let mut user = None;
            for (_, node) in self.known_entries(value, "a token", &TOKEN) {
                user = self.text(key, node, "a user id");
            }
            match user {
                Some(user) => credentials.add_token(&key.name, user),
                None if self.mistakes.len() == before => {
                    let help = Some("write `{ user: \"1505084218764547200\" }` behind it".to_owned());
                    self.mistake(&key.span, "a token belongs to a user", "the key `user` is missing", help);
                }
                None => {}
            }
        }
    }

    /// A text that is not empty. A mistake points to the value if there is one, else to its key.
    fn text(&mut self, key: &Key, node: &Node, what: &str) -> Option<String> {
        let text = node.as_text().filter(|text| !text.is_empty());
        if text.is_none() {
            let span = if node.span.is_empty() { &key.span } else { &node.span };
            let (message, help) = match (node.kind(), node.as_text()) {
                (_, Some(_)) => (format!("{what} is empty"), None),
                ("a number" | "a boolean", _) => {
                    (format!("{what} is a text, found {}", node.kind()), Some("put it in quotes".to_owned()))
                }
                (kind, _) => (format!("{what} is a text, found {kind}"), None),
            };
            self.mistake(span, message, "expected a text", help);
        }
        text.map(str::to_owned)
    }

    fn mistake(&mut self, span: &Range<usize>, message: impl Into<String>, label: &'static str, help: Option<String>) {
        self.mistakes.push(Mistake { span: span.clone(), message: message.into(), label, help });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::auth::{gokuai, koodrive},
        diagnostic::{Style, to_text},
    };

    fn compile(text: &str) -> Result<Credentials, String> {
        Credentials::compile(&Source::new("credentials.yaml", text))
            .map_err(|mistakes| to_text(&mistakes, Style::Plain) + &format!("{mistakes:?}"))
    }

    #[test]
    fn reads_every_kind() {
        let text = "koodrive:\n  apps: { a1: s1, a2: \"s2\" }\n  tokens:\n    t1: { user: \"1505\" }\ngokuai: { clients: { c1: s3 } }\n";
        let credentials = compile(text).unwrap();
        assert_eq!(credentials.secret(&koodrive::SECTION, "a2").unwrap().expose(), "s2");
        assert_eq!(credentials.secret(&gokuai::SECTION, "c1").unwrap().expose(), "s3");
        assert_eq!(credentials.user_of_token("t1"), Some("1505"));
        assert_eq!(credentials.secret(&koodrive::SECTION, koodrive::SECTION.built_in.id), None);
        assert_eq!(compile("{}").unwrap(), Credentials::default());
    }

    #[test]
    fn keys_that_begin_with_x_are_left_to_whoever_writes_the_file_where_they_name_nobody() {
        let text = "x-user: &user { user: \"7\", x-note: n }\nkoodrive: { x-note: [n], apps: { x-app: s1 }, tokens: { x-token: *user } }\n";
        let credentials = compile(text).unwrap();
        assert_eq!(credentials.user_of_token("x-token"), Some("7"));
        assert_eq!(credentials.secret(&koodrive::SECTION, "x-app").unwrap().expose(), "s1");
        assert!(compile("y-note: 1").is_err());
        assert!(compile("gokuai: { clients: { c1: !env SECRET } }").unwrap_err().contains("a tag means nothing here"));
    }

    #[test]
    fn ids_and_tokens_that_look_like_numbers_stay_as_they_were_written() {
        let credentials =
            compile("koodrive: { apps: { 0011: a, 1e5: b, 0x1F: c }, tokens: { 12_3: { user: \"1\" } } }").unwrap();
        for (id, secret) in [("0011", "a"), ("1e5", "b"), ("0x1F", "c")] {
            assert_eq!(credentials.secret(&koodrive::SECTION, id).unwrap().expose(), secret);
        }
        assert_eq!(credentials.user_of_token("12_3"), Some("1"));
    }

    #[test]
    fn tells_all_mistakes_at_once() {
        let text = "kodrive: {}\ngokuai:\n  clients:\n    c1: 123456\n    c2: \"\"\n    c 3: s\n    c4:\n  other: 1\nkoodrive:\n  \
                    tokens: { Bearer+t1: { user: \"1\" }, t2: {}, t3: { usr: \"2\" }, t4: x, t5: { user: 5 } }\n  apps: [a]\n";
        let shown = compile(text).unwrap_err();
        for expected in [
            "unknown key in a credentials file",
            "did you mean `koodrive`?",
            "a secret is a text, found a number",
            "put it in quotes",
            "a secret is empty",
            "a client id is made of printable ASCII characters",
            "a secret is a text, found nothing",
            "unknown key in `gokuai`",
            "known keys: clients",
            "a token is listed without its scheme",
            "a token belongs to a user",
            "unknown key in a token",
            "a token is a mapping, found a text",
            "a user id is a text, found a number",
            "`apps` is a mapping, found a list",
            "credentials.yaml:4:9",
        ] {
            assert!(shown.contains(expected), "{expected} is not in\n{shown}");
        }
    }

    #[test]
    fn shows_no_secret_whatever_is_wrong() {
        for text in [
            "koodrive: { apps: { a1: S3CRET, a2: 1 }, tokens: { T0KEN: { user: \"1\" } } }",
            "koodrive: { aps: { a1: S3CRET }, tokens: { T0KEN: { usr: \"1\" } } }",
            "koodrive: { T0KEN: { user: \"1\" }, S3CRET }",
            "koodrive: { tokens: { T0KEN: { user: \"1\" }, T0KEN: { user: \"2\" } } }",
            "koodrive: { tokens: { T0KEN: S3CRET",
            "koodrive: { tokens: { T0KEN: *S3CRET } }",
            "shared: &a S3CRET\nkoodrive: { apps: { a1: *a, a2: 2 } }",
            "S3CRET",
            "- S3CRET\n- T0KEN",
            "koodrive:\n  apps:\n    a1: |\n      S3CRET\n   broken",
            "%S3CRET\n@T0KEN: `",
            "gokuai: { clients: { c1: !!binary S3CRET } }",
            "gokuai: { clients: { c1: !S3CRET T0KEN } }",
            "gokuai: { clients: { c1: \"S3CRET\\q\" } }",
            "gokuai: { clients: { c1: [S3CRET] } }",
        ] {
            let shown = compile(text).unwrap_err();
            assert!(!shown.contains("S3CRET") && !shown.contains("T0KEN"), "{text}\n{shown}");
        }
    }

    #[test]
    fn refuses_a_file_that_is_too_large_or_empty() {
        assert!(compile("").unwrap_err().contains("a credentials file is a mapping, found nothing"));
        assert!(compile(&format!("# {}", "S3CRET".repeat(1 << 20))).unwrap_err().contains("bytes, and at most"));
    }
}
