//! Who signs.

use super::{
    super::{Failure, args::Sign, files},
    signer::Signer,
};
use crate::contract::auth::credentials::Secret;

/// An id and its secret.
pub(super) struct Caller {
    pub(super) id: String,
    pub(super) secret: Secret,
}

impl Caller {
    /// The caller named by the arguments or by the call itself, else the only caller in the credentials.
    pub(super) fn of(arguments: &Sign, signer: &Signer, in_call: Option<&str>) -> Result<Self, Failure> {
        let Signer { option, caller: thing, section, .. } = *signer;
        if signer.is_contradicted(arguments) {
            return usage(format!(
                "this call is signed with another scheme; name its caller with {option}, or choose with --scheme"
            ));
        }
        let id = match ((signer.asked)(arguments), in_call) {
            (Some(asked), Some(in_call)) if asked != in_call => {
                return usage(format!("{option} is `{asked}`, but the call has `{in_call}`; name one of them"));
            }
            (asked, in_call) => asked.or(in_call),
        };
        if let Some(secret) = given_secret(arguments)? {
            let Some(id) = id else { return usage(format!("whose secret is it? name its owner with {option}")) };
            return Ok(Self { id: valid(id, option)?, secret });
        }
        let credentials = files::credentials(arguments.credentials.as_deref())?;
        let known: Vec<&str> = credentials.ids(section).collect();
        let from = match &arguments.credentials {
            Some(file) => format!("`{}`", file.display()),
            None => "the built-in credentials".to_owned(),
        };
        let id = match (id, known.as_slice()) {
            (Some(id), _) => id,
            (None, [only]) => only,
            (None, []) => {
                return usage(format!("{from} lists no {thing}; list one, or give {option} and --secret-env"));
            }
            (None, many) => {
                let names = many.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let more = if many.len() > 5 { " ..." } else { "" };
                return usage(format!("{from} lists {} {thing}s; choose with {option}: {names}{more}", many.len()));
            }
        };
        let Some(secret) = credentials.secret(section, id) else {
            let help = "give its secret with --secret-env NAME, or a file that lists it with --credentials FILE";
            return usage(format!("there is no {thing} `{id}` in {from}; {help}"));
        };
        Ok(Self { id: id.to_owned(), secret: secret.clone() })
    }
}

fn given_secret(arguments: &Sign) -> Result<Option<Secret>, Failure> {
    let secret = match (&arguments.secret, &arguments.secret_env) {
        (Some(secret), _) => secret.clone(),
        (None, Some(name)) => match std::env::var(name) {
            Ok(secret) => secret,
            Err(std::env::VarError::NotPresent) => {
                return usage(format!("there is no environment variable `{name}`; export it with the secret"));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return usage(format!("the environment variable `{name}` is not UTF-8 text"));
            }
        },
        (None, None) => return Ok(None),
    };
    if secret.is_empty() {
        return usage("the secret is empty".to_owned());
    }
    Ok(Some(Secret::new(secret)))
}

/// Ids are sent in a header between commas, or in a form.
fn valid(id: &str, option: &str) -> Result<String, Failure> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
        return usage(format!("{option} takes printable ASCII characters without spaces and commas, not `{id}`"));
    }
    Ok(id.to_owned())
}

fn usage<T>(message: String) -> Result<T, Failure> {
    Err(Failure::Usage(message))
}
