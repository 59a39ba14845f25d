//! The JSON body of a request.

use http::HeaderMap;

use super::{coding::undeclared, reader::Reader};
use crate::contract::{
    json::{self, Json},
    operation::Compiled,
    rule::Rule,
};

impl<'a> Reader<'a> {
    pub(super) fn body(&mut self, compiled: &Compiled, headers: &HeaderMap, bytes: &'a [u8]) -> Json<'a> {
        let Some(schema) = &compiled.body else {
            if !bytes.is_empty() {
                self.undocumented("/body".to_owned(), format!("{} bytes", bytes.len()));
            }
            return Json::Null;
        };
        if bytes.is_empty() {
            // An empty body lacks the same members as an empty object.
            let nothing = Json::Object(Vec::new());
            self.check_value(schema, &nothing, "/body");
            return Json::Null;
        }
        self.media_type(headers);
        if self.is_coded(headers, bytes) {
            return Json::Null;
        }
        match json::read(bytes) {
            Ok(text) => {
                for duplicate in &text.duplicates {
                    self.violation(format!("/body{duplicate}"), Rule::Duplicate, "the member once", "it again");
                }
                if !self.check_value(schema, &text.value, "/body") {
                    self.show_as_sent("/body", &text.value, bytes);
                }
                text.value
            }
            Err(reason) => {
                let (rule, found) =
                    undeclared(bytes).map_or((Rule::Json, reason), |found| (Rule::ContentCoding, found));
                self.violation("/body".to_owned(), rule, "one JSON text", found);
                Json::Null
            }
        }
    }
}
