//! Values as JSON and as text, into a buffer that ends.

use minijinja::{Value, value::ValueKind};

use super::values::{DEPTH, explain};

/// Bytes of an answer's body, or of one text, that templates make.
pub(super) const OUTPUT_LIMIT: usize = 1 << 20;

/// What has been written.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) bytes: Vec<u8>,
}

impl Out {
    /// Bytes as they are.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        if self.bytes.len() + bytes.len() > OUTPUT_LIMIT {
            return Err(format!("templates make at most {OUTPUT_LIMIT} bytes, and this is more"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// A text as JSON.
    pub(super) fn quoted(&mut self, text: &str) -> Result<(), String> {
        self.push(b"\"")?;
        self.escaped(text)?;
        self.push(b"\"")
    }

    /// What stands between the quotes of a text in JSON.
    pub(super) fn escaped(&mut self, text: &str) -> Result<(), String> {
        let mut plain = 0;
        for (index, byte) in text.bytes().enumerate() {
            if !matches!(byte, b'"' | b'\\' | 0..0x20) {
                continue;
            }
            self.push(&text.as_bytes()[plain..index])?;
            match byte {
                b'"' => self.push(b"\\\"")?,
                b'\\' => self.push(b"\\\\")?,
                b'\n' => self.push(b"\\n")?,
                b'\r' => self.push(b"\\r")?,
                b'\t' => self.push(b"\\t")?,
                control => self.push(format!("\\u{control:04x}").as_bytes())?,
            }
            plain = index + 1;
        }
        self.push(&text.as_bytes()[plain..])
    }

    /// A value as JSON. Nothing is `null` in here.
    pub(super) fn json(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Err(format!("a value has at most {DEPTH} levels, and this has more"));
        }
        if let Some(text) = value.as_str() {
            return self.quoted(text);
        }
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => self.push(b"null"),
            ValueKind::Bool => self.push(if value.is_true() { b"true" } else { b"false" }),
            ValueKind::Number => self.number(value),
            ValueKind::Seq | ValueKind::Iterable => {
                self.push(b"[")?;
                for (index, item) in value.try_iter().map_err(|error| explain(&error))?.enumerate() {
                    if index > 0 {
                        self.push(b",")?;
                    }
                    self.json(&item, depth + 1)?;
                }
                self.push(b"]")
            }
            ValueKind::Map => {
                self.push(b"{")?;
                for (index, name) in value.try_iter().map_err(|error| explain(&error))?.enumerate() {
                    if index > 0 {
                        self.push(b",")?;
                    }
                    match name.as_str() {
                        Some(text) => self.quoted(text)?,
                        None => self.quoted(&name.to_string())?,
                    }
                    self.push(b":")?;
                    let member = value.get_item(&name).map_err(|error| explain(&error))?;
                    self.json(&member, depth + 1)?;
                }
                self.push(b"}")
            }
            ValueKind::Invalid => Err(invalid(value)),
            // A time, in the main.
            _ => self.quoted(&value.to_string()),
        }
    }

    /// A value as text: texts as they are, nothing for nothing, and the rest as JSON.
    pub(super) fn text(&mut self, value: &Value) -> Result<(), String> {
        if let Some(text) = value.as_str() {
            return self.push(text.as_bytes());
        }
        match value.kind() {
            ValueKind::Undefined => Ok(()),
            ValueKind::Plain => self.push(value.to_string().as_bytes()),
            _ => self.json(value, 0),
        }
    }

    /// The same inside the quotes of a text in JSON.
    pub(super) fn escaped_text(&mut self, value: &Value) -> Result<(), String> {
        if let Some(text) = value.as_str() {
            return self.escaped(text);
        }
        let mut out = Self::default();
        out.text(value)?;
        self.escaped(&String::from_utf8_lossy(&out.bytes))
    }

    fn number(&mut self, value: &Value) -> Result<(), String> {
        if value.is_integer() {
            if let Some(number) = value.as_i64() {
                return self.push(itoa::Buffer::new().format(number).as_bytes());
            }
            if let Ok(number) = i128::try_from(value.clone()) {
                return self.push(itoa::Buffer::new().format(number).as_bytes());
            }
        }
        let number = f64::try_from(value.clone()).ok().and_then(serde_json::Number::from_f64);
        let number = number.ok_or_else(|| format!("`{value}` is no number that JSON has"))?;
        self.push(number.to_string().as_bytes())
    }
}

/// An invalid value holds the error that made it; going through a list gets it out.
pub(super) fn invalid(value: &Value) -> String {
    let list = Value::from(vec![value.clone()]);
    let error = list.try_iter().and_then(|items| items.checked().collect::<Result<Vec<_>, _>>()).err();
    error.map_or_else(|| value.to_string(), |error| explain(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: impl Into<Value>) -> String {
        let mut out = Out::default();
        out.json(&value.into(), 0).unwrap();
        String::from_utf8(out.bytes).unwrap()
    }

    #[test]
    fn numbers_keep_their_kind() {
        assert_eq!(json(u64::MAX), "18446744073709551615");
        assert_eq!(json(i64::MIN), "-9223372036854775808");
        assert_eq!(json(1.0), "1.0");
        assert_eq!(json(-0.5), "-0.5");
        assert_eq!(json(i128::MAX), i128::MAX.to_string());
        assert!(Out::default().json(&Value::from(f64::NAN), 0).unwrap_err().contains("no number that JSON has"));
    }

    #[test]
    fn texts_are_escaped_as_json_wants_it() {
        let text = "a\"b\\c\n\u{1}\u{7f}空😀\u{2028}";
        assert_eq!(serde_json::from_str::<String>(&json(text)).unwrap(), text);
    }

    #[test]
    fn an_error_in_a_value_comes_out_as_that_error() {
        let broken = Value::from(super::super::values::too_much());
        assert!(Out::default().json(&broken, 0).unwrap_err().starts_with("the templates of an answer"));
    }
}
