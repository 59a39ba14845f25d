//! From YAML to [`Credentials`]: every mistake is collected with its place, and no message shows a secret.
//!
//! A mistake is shown with the line it stands in, and secrets stand in the same lines. So messages point into a copy of the file
//! in which only the format's own words can be read.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use super::{
    Credentials, Secret,
    mask::{mask, words},
};
use crate::{
    contract::auth::bearer,
    diagnostic::{Diagnostic, Source, did_you_mean},
    document::{self, Key, Node, ReadLimits},
};

const SERVICES: [&str; 2] = ["koodrive", "gokuai"];
const KOODRIVE: [&str; 2] = ["apps", "tokens"];
const GOKUAI: [&str; 1] = ["clients"];
const TOKEN: [&str; 1] = ["user"];

/// Bytes of a file.
const LARGEST: usize = 4 << 20;

impl Credentials {
    /// Reads a file of credentials. What it does not list does not exist: the built-in ones are not added.
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
    /// All mistakes, in the order of the file. No message shows a secret, and the sources that they point into are masked.
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

/// The reader's own sentence may name a key, and a token is a key.
fn unreadable(source: &Arc<Source>, mistake: &Diagnostic) -> Diagnostic {
    let (message, help) = if mistake.message.contains("duplicate mapping key") {
        ("the same key stands twice", "list each app, token and client once")
    } else {
        ("the file is not readable as YAML", "look at quotes, colons and indentation here")
    };
    let known: Vec<&str> = [&SERVICES[..], &KOODRIVE, &GOKUAI, &TOKEN].concat();
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
    /// Where the words of the format stand as keys; they alone can be read in a message.
    shown: Vec<Range<usize>>,
}

impl Compiler {
    fn credentials(&mut self, root: &Node) -> Credentials {
        let mut credentials = Credentials::default();
        for (service, node) in self.known_entries(root, "a file of credentials", &SERVICES) {
            match service {
                "koodrive" => {
                    for (kind, node) in self.known_entries(node, "`koodrive`", &KOODRIVE) {
                        match kind {
                            "apps" => credentials.apps = self.secrets(node, "`apps`", "an AppId"),
                            _ => self.tokens(node, &mut credentials),
                        }
                    }
                }
                _ => {
                    for (_, node) in self.known_entries(node, "`gokuai`", &GOKUAI) {
                        credentials.clients = self.secrets(node, "`clients`", "a client id");
                    }
                }
            }
        }
        credentials
    }

    /// The entries of a mapping whose keys are words of the format; the others are mistakes.
    fn known_entries<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &'static [&'static str],
    ) -> Vec<(&'static str, &'n Node)> {
        let mut found = Vec::new();
        for (key, value) in self.entries(node, what) {
            if let Some(word) = known.iter().find(|word| **word == key.name) {
                self.shown.push(key.span.clone());
                found.push((*word, value));
            } else {
                self.unknown_key(key, what, known);
            }
        }
        found
    }

    /// The key itself is not named: what stands in the wrong place may be a token.
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
    fn secrets(&mut self, node: &Node, what: &str, owner: &str) -> BTreeMap<String, Secret> {
        let mut secrets = BTreeMap::new();
        for (key, value) in self.entries(node, what) {
            // An id stands in a header between commas, or in a form.
            let fits = !key.name.is_empty() && key.name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
            if !fits {
                let message = format!("{owner} is made of printable ASCII characters without spaces and commas");
                self.mistake(&key.span, message, "no such id can be sent", None);
            }
            if let Some(secret) = self.text(key, value, "a secret") {
                secrets.insert(key.name.clone(), Secret::new(secret));
            }
        }
        secrets
    }

    fn tokens(&mut self, node: &Node, credentials: &mut Credentials) {
        for (key, value) in self.entries(node, "`tokens`") {
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

    /// A text that is not empty. The caret stands below the value where there is one, and below its key otherwise.
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
    use crate::diagnostic::{Style, to_text};

    fn compile(text: &str) -> Result<Credentials, String> {
        Credentials::compile(&Source::new("credentials.yaml", text))
            .map_err(|mistakes| to_text(&mistakes, Style::Plain) + &format!("{mistakes:?}"))
    }

    #[test]
    fn reads_every_kind() {
        let text = "koodrive:\n  apps: { a1: s1, a2: \"s2\" }\n  tokens:\n    t1: { user: \"1505\" }\ngokuai: { clients: { c1: s3 } }\n";
        let credentials = compile(text).unwrap();
        assert_eq!(credentials.app_secret("a2").unwrap().expose(), "s2");
        assert_eq!(credentials.client_secret("c1").unwrap().expose(), "s3");
        assert_eq!(credentials.user_of_token("t1"), Some("1505"));
        assert_eq!(credentials.app_secret(super::super::APP.0), None);
        assert_eq!(compile("{}").unwrap(), Credentials::default());
    }

    #[test]
    fn ids_and_tokens_that_look_like_numbers_stay_as_they_were_written() {
        let credentials =
            compile("koodrive: { apps: { 0011: a, 1e5: b, 0x1F: c }, tokens: { 12_3: { user: \"1\" } } }").unwrap();
        for (id, secret) in [("0011", "a"), ("1e5", "b"), ("0x1F", "c")] {
            assert_eq!(credentials.app_secret(id).unwrap().expose(), secret);
        }
        assert_eq!(credentials.user_of_token("12_3"), Some("1"));
    }

    #[test]
    fn tells_all_mistakes_at_once() {
        let text = "kodrive: {}\ngokuai:\n  clients:\n    c1: 123456\n    c2: \"\"\n    c 3: s\n    c4:\n  other: 1\nkoodrive:\n  \
                    tokens: { Bearer+t1: { user: \"1\" }, t2: {}, t3: { usr: \"2\" }, t4: x, t5: { user: 5 } }\n  apps: [a]\n";
        let shown = compile(text).unwrap_err();
        for expected in [
            "unknown key in a file of credentials",
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
            "gokuai: { clients: { c1: \"S3CRET\\q\" } }",
            "gokuai: { clients: { c1: [S3CRET] } }",
        ] {
            let shown = compile(text).unwrap_err();
            assert!(!shown.contains("S3CRET") && !shown.contains("T0KEN"), "{text}\n{shown}");
        }
    }

    #[test]
    fn refuses_a_file_that_is_too_large_or_empty() {
        assert!(compile("").unwrap_err().contains("a file of credentials is a mapping, found nothing"));
        assert!(compile(&format!("# {}", "S3CRET".repeat(1 << 20))).unwrap_err().contains("bytes, and at most"));
    }
}
