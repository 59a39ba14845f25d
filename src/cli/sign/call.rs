//! The call that was typed, with curl's arguments.

use std::{
    io::{self, Read as _},
    path::Path,
};

use http::{HeaderName, HeaderValue, Method, Uri};
use percent_encoding::utf8_percent_encode;

use super::super::{Failure, args::Sign};
use crate::{
    contract::auth::ENCODED,
    disk::{self, LARGEST, ReadError},
    mock::split_session,
};

/// A request that is being built.
pub(super) struct Call {
    pub(super) method: Method,
    uri: Uri,
    /// The part after the `?`.
    pub(super) query: Option<String>,
    /// Headers as they are sent.
    pub(super) headers: Vec<(String, String)>,
    /// Names of headers that must not be added.
    left_out: Vec<String>,
    pub(super) body: Vec<u8>,
    /// The file that the body is read from.
    pub(super) body_file: Option<String>,
    /// What was added to what was typed.
    pub(super) added: Vec<String>,
}

impl Call {
    /// Reads the arguments and the files that they name.
    pub(super) fn of(arguments: &Sign) -> Result<Self, Failure> {
        let uri = url(&arguments.url)?;
        let mut call = Self {
            method: Method::GET,
            query: uri.query().map(str::to_owned),
            uri,
            headers: Vec::new(),
            left_out: Vec::new(),
            body: Vec::new(),
            body_file: None,
            added: Vec::new(),
        };
        call.take_body(arguments)?;
        let bodiless = arguments.data.is_empty() && arguments.data_urlencode.is_empty();
        let method = arguments.method.as_deref().unwrap_or(if bodiless { "GET" } else { "POST" });
        call.method = method
            .parse()
            .map_err(|_| Failure::Usage(format!("`{method}` is not an HTTP method; use one such as GET or POST")))?;
        for header in &arguments.headers {
            call.take_header(header)?;
        }
        let host = call.host();
        call.add_header("Host", &host);
        Ok(call)
    }

    /// The path as it is sent.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The session prefix of the path, if there is one, and the path of the operation.
    pub(super) fn session_and_path(&self) -> (&str, &str) {
        split_session(self.path())
    }

    /// The URL with the query as it is sent.
    pub(super) fn url(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{scheme}://{authority}{}{query}", self.path())
    }

    /// The header `Host` as HTTP clients send it: without the default port of the scheme.
    pub(super) fn host(&self) -> String {
        let host = self.uri.host().unwrap_or_default();
        match (self.uri.port_u16(), self.uri.scheme_str()) {
            (None, _) | (Some(80), Some("http")) | (Some(443), Some("https")) => host.to_owned(),
            (Some(port), _) => format!("{host}:{port}"),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Names of headers that are not sent, although they would be by default.
    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Adds a header unless it is present or was left out on purpose. Returns whether it was added.
    pub(super) fn add_header(&mut self, name: &str, value: &str) -> bool {
        let wanted = self.header(name).is_none() && !self.left_out.iter().any(|left| left.eq_ignore_ascii_case(name));
        if wanted {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        wanted
    }

    /// Adds a header and reports it to whoever typed the call.
    pub(super) fn add_visibly(&mut self, name: &str, value: &str) {
        if self.add_header(name, value) {
            self.added.push(format!("{name}: {value}"));
        }
    }

    /// Whether a text occurs anywhere in the call.
    pub(super) fn holds(&self, text: &str) -> bool {
        let in_body = self.body.windows(text.len()).any(|window| window == text.as_bytes());
        in_body || self.url().contains(text) || self.headers.iter().any(|(_, value)| value.contains(text))
    }

    /// Whether the body cannot be shown and is not in a file.
    pub(super) fn wants_its_body_again(&self) -> bool {
        self.body_file.is_none() && self.body_text().is_none()
    }

    /// The body, if it can be part of a command line.
    pub(super) fn body_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok().filter(|text| !text.contains('\0'))
    }

    fn take_body(&mut self, arguments: &Sign) -> Result<(), Failure> {
        let mut parts = Vec::new();
        for data in &arguments.data {
            parts.push(match data.strip_prefix('@') {
                Some("-") => standard_input()?,
                Some(file) => body_file(file)?,
                None => data.clone().into_bytes(),
            });
        }
        for data in &arguments.data_urlencode {
            let Some((name, text)) = data.split_once('=').filter(|(name, _)| !name.is_empty()) else {
                return Err(Failure::Usage(format!("--data-urlencode takes NAME=TEXT, not `{data}`")));
            };
            parts.push(format!("{name}={}", utf8_percent_encode(text, ENCODED)).into_bytes());
        }
        if let ([data], []) = (arguments.data.as_slice(), arguments.data_urlencode.as_slice()) {
            self.body_file = data.strip_prefix('@').filter(|file| *file != "-").map(str::to_owned);
        }
        self.body = parts.join(b"&".as_slice());
        Ok(())
    }

    fn take_header(&mut self, header: &str) -> Result<(), Failure> {
        let wrong = |expected: &str| Failure::Usage(format!("{expected}, not `{header}`"));
        let (name, value) = header.split_once(':').ok_or_else(|| wrong("-H takes `Name: value`"))?;
        let value = value.trim();
        HeaderName::try_from(name).map_err(|_| wrong("the name of a header has letters, digits and `-`"))?;
        HeaderValue::try_from(value).map_err(|_| wrong("the value of a header is one line"))?;
        if name.eq_ignore_ascii_case("Authorization") {
            let message = "`Authorization` is what this command makes; leave it out";
            return Err(Failure::Usage(message.to_owned()));
        }
        if value.is_empty() {
            self.left_out.push(name.to_owned());
        } else {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        Ok(())
    }
}

fn url(text: &str) -> Result<Uri, Failure> {
    let wrong = |what: &str| {
        let example = "http://127.0.0.1:8080/koodrive/ose/v1/share";
        Failure::Usage(format!("`{text}` {what}; expected a URL such as {example}"))
    };
    let uri: Uri =
        text.parse().map_err(|_| wrong("is not a URL; percent-encode spaces and other special characters"))?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        _ => return Err(wrong("does not start with http:// or https://")),
    }
    if uri.authority().is_none_or(|authority| authority.as_str().contains('@') || authority.host().is_empty()) {
        return Err(wrong("has a user name or no host"));
    }
    Ok(uri)
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = io::stdin().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::World(format!("cannot read the body from standard input: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("the body from standard input has more than {LARGEST} bytes, which no service takes");
        return Err(Failure::World(message));
    }
    Ok(bytes)
}

fn body_file(file: &str) -> Result<Vec<u8>, Failure> {
    disk::read(Path::new(file), LARGEST).map_err(|error| {
        let help = match error {
            ReadError::NotRegular(_) => "; give what comes out of it on standard input, with `-d @-`",
            ReadError::TooLarge { .. } => ", which no service takes",
            ReadError::Io(_) | ReadError::NotText { .. } => "",
        };
        Failure::World(format!("the body `{file}` {error}{help}"))
    })
}
