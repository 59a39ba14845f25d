//! Which error of the catalogue an answer carries.

use serde_json::Value;

use crate::contract::{Service, json, json::Json, violation::push_segment};

/// Where the envelopes of a service have their code.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// JSON pointers.
    places: Vec<String>,
}

impl Codes {
    pub(super) fn of(service: &Service) -> Self {
        let mut codes = Self::default();
        service.description.envelopes.values().for_each(|envelope| codes.collect(envelope, &mut String::new()));
        codes
    }

    fn collect(&mut self, envelope: &Value, at: &mut String) {
        match envelope {
            Value::String(text) if text == "{code}" && !self.places.contains(at) => self.places.push(at.clone()),
            Value::Object(members) => {
                for (name, value) in members {
                    let length = at.len();
                    push_segment(at, name);
                    self.collect(value, at);
                    at.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// The code in the body of an answer with an error status, if the catalogue has it.
    pub(super) fn find(&self, service: &Service, status: u16, body: &[u8]) -> Option<String> {
        if status < 400 || self.places.is_empty() {
            return None;
        }
        let answer = json::read(body).ok()?.value;
        let code = self.places.iter().find_map(|place| match answer.pointer(place)? {
            Json::Text(text) => Some(text.to_string()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        })?;
        service.catalogue.find(&code, None).map(|_| code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::SpecFiles;

    #[test]
    fn a_code_is_found_in_any_envelope_of_its_service_and_nowhere_else() {
        let contract = SpecFiles::embedded().load().unwrap();
        let find = |operation: &str, status: u16, body: &str| {
            let service = contract.service_of(contract.operation(contract.named(operation)[0]));
            Codes::of(service).find(service, status, body.as_bytes())
        };
        assert_eq!(find("CreateShare", 400, r#"{"code":13000311,"msg":"full"}"#).as_deref(), Some("13000311"));
        assert_eq!(find("CreateShare", 401, r#"{"error_code":"APIGW.0301"}"#).as_deref(), Some("APIGW.0301"));
        assert_eq!(find("info", 403, r#"{"error_code":40104}"#).as_deref(), Some("40104"));
        for (status, body) in [
            (200, r#"{"code":13000311}"#),
            (400, r#"{"code":13000311"#),
            (400, r#"{"code":99}"#),
            (400, r#"{"error":{"code":13000311}}"#),
            (503, ""),
        ] {
            assert_eq!(find("CreateShare", status, body), None, "{body}");
        }
    }
}
