//! gokuai's parameter `sign`.

use std::borrow::Cow;

use http::Method;
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use super::{
    super::{Failure, args::Sign},
    Signed, Step,
    call::Call,
    caller::Caller,
    signer::Signer,
    without_secret,
};
use crate::contract::{
    auth::{
        ENCODED,
        gokuai::{self, SCHEME, SECTION, Settings, check_window},
    },
    route,
};

pub(super) const SIGNER: Signer = Signer {
    name: "gokuai",
    title: "gokuai's parameter `sign`",
    scheme: &SCHEME,
    section: &SECTION,
    caller: "client",
    option: "--client-id",
    asked: |arguments| arguments.client_id.as_deref(),
    sign,
};

/// Parameters in their encoding.
enum Parameters {
    Query(Vec<(String, String)>),
    Form(Vec<(String, String)>),
    Json(Map<String, Value>),
}

fn sign(arguments: &Sign, mut call: Call, now: Timestamp) -> Result<Signed, Failure> {
    let mut parameters = Parameters::of(&mut call)?;
    let pairs = parameters.pairs()?;
    let value = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    if value("sign").is_some() {
        return usage("`sign` is what this command makes; leave it out");
    }
    let (client, dateline) = (value("client_id"), value("dateline"));
    let caller = Caller::of(arguments, &SIGNER, client.as_deref())?;
    if client.is_none() {
        parameters.add("client_id", Value::from(caller.id.as_str()));
        call.added.push(format!("client_id={}", caller.id));
    }
    if dateline.is_none() {
        parameters.add("dateline", Value::from(now.as_second()));
        call.added.push(format!("dateline={}", now.as_second()));
    }

    let mut pairs = parameters.pairs()?;
    if pairs.iter().any(|(_, value)| value == caller.secret.expose()) {
        return usage("a parameter has the secret as its value; it is the key of the signature and is never sent");
    }
    let borrowed: Vec<_> =
        pairs.iter().map(|(name, value)| (Cow::from(name.as_str()), Cow::from(value.as_str()))).collect();
    let string_to_sign = gokuai::string_to_sign(&borrowed);
    let sign = gokuai::sign(caller.secret.expose(), &string_to_sign);
    let dateline = dateline.unwrap_or_else(|| now.as_second().to_string());
    parameters.add("sign", Value::from(sign.as_str()));
    parameters.write(&mut call);
    without_secret(&call, &caller)?;
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let by_name = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n");
    let steps = vec![
        Step { name: "parameters", title: "parameters by name, as plain text", text: by_name },
        Step { name: "string_to_sign", title: "string to sign: their values, one per line", text: string_to_sign },
        Step {
            name: "sign",
            title: "sign: its HMAC-SHA1 with the client's secret as the key, in Base64",
            text: sign.clone(),
        },
        Step { name: "parameter", title: "parameter", text: format!("sign={}", encoded(&sign)) },
    ];
    let violations = check_window(&dateline, now, Settings::default().window).err().into_iter().collect();
    Ok(Signed { call, id: caller.id, steps, violations })
}

impl Parameters {
    /// They are in the query of a GET, and in a form or a flat JSON object with other methods.
    fn of(call: &mut Call) -> Result<Self, Failure> {
        let body = std::mem::take(&mut call.body);
        call.body_file = None;
        let Ok(text) = String::from_utf8(body) else { return usage("the body is not UTF-8 text") };
        if call.method == Method::GET || call.method == Method::HEAD {
            let query = call.query.take().unwrap_or_default();
            return Ok(Self::Query(form(&format!("{query}&{text}"))?));
        }
        let json = call.header("Content-Type").map_or_else(
            || text.trim_start().starts_with('{'),
            |kind| kind.to_ascii_lowercase().starts_with("application/json"),
        );
        if !json {
            return Ok(Self::Form(form(text.trim())?));
        }
        call.add_visibly("Content-Type", "application/json");
        match serde_json::from_str(&text) {
            Ok(Value::Object(members)) => Ok(Self::Json(members)),
            Ok(_) => usage("the body is not a flat JSON object"),
            Err(error) => usage(format!("the body is not JSON: {error}")),
        }
    }

    /// Names and values to sign.
    fn pairs(&self) -> Result<Vec<(String, String)>, Failure> {
        match self {
            Self::Query(pairs) | Self::Form(pairs) => Ok(pairs.clone()),
            Self::Json(members) => {
                members.iter().map(|(name, value)| Ok((name.clone(), plain(name, value)?))).collect()
            }
        }
    }

    fn add(&mut self, name: &str, value: Value) {
        match self {
            Self::Query(pairs) | Self::Form(pairs) => {
                pairs.push((name.to_owned(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
            }
            Self::Json(members) => {
                members.insert(name.to_owned(), value);
            }
        }
    }

    fn write(self, call: &mut Call) {
        match self {
            Self::Query(pairs) => call.query = Some(written(&pairs)),
            Self::Form(pairs) => call.body = written(&pairs).into_bytes(),
            Self::Json(members) => call.body = Value::Object(members).to_string().into_bytes(),
        }
    }
}

fn written(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Decoded names and values of a query or a form.
fn form(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let decode = |text: &str| {
        let decoded = route::decode(&text.replace('+', " ")).map(Cow::into_owned);
        decoded.ok_or_else(|| {
            let help = "write it as `%25`, or give the plain text with --data-urlencode";
            Failure::Usage(format!("a `%` in `{text}` begins no escape of UTF-8; {help}"))
        })
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// A value of a flat object as it would be in a form.
fn plain(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            usage(format!("`{name}` is not a string, number or boolean; only those can be signed"))
        }
    }
}

fn usage<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Usage(message.into()))
}
