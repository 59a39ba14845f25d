//! A value without places that keeps the digits of the file.

use std::{collections::HashMap, fmt};

use serde_json::Value;

use super::{Content, Node};

/// A JSON value as it is written: `1.10` stays `1.10`, and no digit of a long number is lost.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number in the words of JSON.
    Number(Box<str>),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Written>),
    /// An object: members in the order they were written, no name twice.
    Object(Vec<(String, Written)>),
}

impl Written {
    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reads JSON; nothing where it is none, or nested deeper than 128. Of a name that stands twice in an object the last value counts.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // What follows relies on its being JSON.
        serde_json::from_slice::<Value>(bytes).ok()?;
        Reader { text: std::str::from_utf8(bytes).ok()?, at: 0 }.value()
    }

    /// What a JSON pointer leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        segments(pointer)?.try_fold(self, |value, segment| match value {
            Self::Array(items) => items.get(index(&segment)?),
            value => value.get(&segment),
        })
    }

    /// The same, to be changed.
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        segments(pointer)?.try_fold(self, |value, segment| match value {
            Self::Array(items) => items.get_mut(index(&segment)?),
            Self::Object(members) => members.iter_mut().find(|(known, _)| *known == segment).map(|(_, value)| value),
            _ => None,
        })
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => quote(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// The segments of a JSON pointer.
fn segments(pointer: &str) -> Option<impl Iterator<Item = String>> {
    let rest = if pointer.is_empty() { None } else { Some(pointer.strip_prefix('/')?) };
    Some(rest.into_iter().flat_map(|rest| rest.split('/')).map(|segment| segment.replace("~1", "/").replace("~0", "~")))
}

/// A position in an array, as a JSON pointer has it.
fn index(segment: &str) -> Option<usize> {
    let plain = segment.bytes().all(|byte| byte.is_ascii_digit()) && (segment == "0" || !segment.starts_with('0'));
    segment.parse().ok().filter(|_| plain)
}

/// Reads a text that is known to be JSON.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Option<Written> {
        Some(match self.next()? {
            b'{' => Written::Object(self.members()?),
            b'[' => Written::Array(self.items()?),
            b'"' => Written::Text(self.string()?),
            _ => match self.word() {
                "null" => Written::Null,
                "true" => Written::Boolean(true),
                "false" => Written::Boolean(false),
                number => Written::Number(number.into()),
            },
        })
    }

    fn members(&mut self) -> Option<Vec<(String, Written)>> {
        let mut members: Vec<(String, Written)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        self.at += 1;
        while self.next()? != b'}' {
            let name = self.string()?;
            self.next()?;
            self.at += 1;
            let value = self.value()?;
            match places.get(&name) {
                Some(place) => members[*place].1 = value,
                None => {
                    places.insert(name.clone(), members.len());
                    members.push((name, value));
                }
            }
            self.at += usize::from(self.next()? == b',');
        }
        self.at += 1;
        Some(members)
    }

    fn items(&mut self) -> Option<Vec<Written>> {
        let mut items = Vec::new();
        self.at += 1;
        while self.next()? != b']' {
            items.push(self.value()?);
            self.at += usize::from(self.next()? == b',');
        }
        self.at += 1;
        Some(items)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut escaped = false;
        let end = self.text.as_bytes()[start + 1..].iter().position(|byte| match byte {
            _ if escaped => {
                escaped = false;
                false
            }
            b'\\' => {
                escaped = true;
                false
            }
            byte => *byte == b'"',
        })?;
        self.at = start + end + 2;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    /// A number, or one of the three words.
    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)));
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// The next byte that is no blank.
    fn next(&mut self) -> Option<u8> {
        let blanks = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += blanks;
        self.text.as_bytes().get(self.at).copied()
    }
}

fn quote(text: &str, out: &mut String) {
    // A text can always be written.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// As JSON.
impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        formatter.write_str(&out)
    }
}

impl From<&Node> for Written {
    fn from(node: &Node) -> Self {
        match &node.content {
            Content::Null => Self::Null,
            Content::Boolean(value) => Self::Boolean(*value),
            Content::Number(number) => Self::Number(number.to_json().into()),
            Content::Text(text) => Self::Text(text.clone()),
            Content::Sequence(items) => Self::Array(items.iter().map(Self::from).collect()),
            Content::Mapping(entries) => {
                Self::Object(entries.iter().map(|(key, node)| (key.name.clone(), node.into())).collect())
            }
        }
    }
}

impl From<&Value> for Written {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.to_string().into()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.clone(), value.into())).collect())
            }
        }
    }
}

/// JSON text as YAML takes it: JSON leaves some characters as they are, which YAML takes for no text. They can only stand in texts, where an
/// escape means the same.
pub(crate) fn yaml_of_json(json: String) -> String {
    let is_special = |character: char| {
        matches!(character, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !json.contains(is_special) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if is_special(character) {
            text.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::Source,
        document::{ReadLimits, read},
    };

    #[test]
    fn keeps_the_digits_of_the_file() {
        let text =
            "{ a: 1.10, b: 1e5, c: 1000000000000100000001, d: [-0, 0.0], e: \"\\u0001\\\"\", f: ~, g: True, h: { } }";
        let node = read(&Source::new("a.yaml", text), ReadLimits::default()).unwrap();
        let json =
            r#"{"a":1.10,"b":1e5,"c":1000000000000100000001,"d":[-0,0.0],"e":"\u0001\"","f":null,"g":true,"h":{}}"#;
        assert_eq!(Written::from(&node).to_string(), json);
    }

    #[test]
    fn reads_json_with_its_digits() {
        for (text, read) in [
            (r#" { "a" : [ 1.10 , -0 , 1e5 ,{ } , [ ] ] , "b\"\u00e9" : "x\\" , "c":null, "d":true } "#, None),
            (r#"{"a":1,"b":2,"a":3}"#, Some(r#"{"a":3,"b":2}"#)),
            ("1000000000000100000001", None),
            (r#""text""#, None),
        ] {
            let found = Written::read(text.as_bytes()).unwrap().to_string();
            let compact: String = text.split(' ').collect();
            let expected = read.map_or_else(|| compact.replace("\\u00e9", "é"), str::to_owned);
            assert_eq!(found, expected);
        }
        for text in ["", "{", "[1,]", "01", "nul", "\"", "1 2", "{\"a\"}"] {
            assert_eq!(Written::read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Written::read("[".repeat(200).as_bytes()), None);
    }

    #[test]
    fn a_pointer_leads_where_it_leads_in_json() {
        let text = r#"{"a":[1,{"b/c":2,"~":3}],"":{"":4},"01":5}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let mut written = Written::read(text.as_bytes()).unwrap();
        for pointer in
            ["", "/a", "/a/0", "/a/1/b~1c", "/a/1/~0", "/", "//", "/01", "/a/00", "/a/01", "/a/2", "/a/x", "a"]
        {
            let expected = value.pointer(pointer).map(ToString::to_string);
            assert_eq!(written.pointer(pointer).map(ToString::to_string), expected, "{pointer}");
            assert_eq!(written.pointer_mut(pointer).map(|value| value.to_string()), expected, "{pointer}");
        }
    }

    #[test]
    fn is_the_value_that_it_was_made_of() {
        let value: Value = serde_json::from_str(r#"{"a":[1,null,"x",{"b":true}],"c":{}}"#).unwrap();
        let written = Written::from(&value);
        assert_eq!(written.to_string(), value.to_string());
        assert!(written.get("c").is_some() && written.get("a").unwrap().get("b").is_none());
    }
}
