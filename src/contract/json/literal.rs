//! The text of a value as it was sent. The readers keep numbers as numbers, which rounds long ones; who has to show or sign one looks here.

/// Longer texts are not searched.
const LONGEST: usize = 256 << 10;

/// So many values of a text are looked for.
const MOST: usize = 32;

/// Finds values in a text that a reader took.
pub struct Literals<'t> {
    text: &'t [u8],
    left: usize,
}

impl<'t> Literals<'t> {
    /// Of this text. Where looking would take long, nothing is found.
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, left: if text.len() <= LONGEST { MOST } else { 0 } }
    }

    /// The text of the value that a JSON pointer leads to; of a repeated member, of the last one.
    pub fn of(&mut self, pointer: &str) -> Option<&'t str> {
        self.left = self.left.checked_sub(1)?;
        let mut scan = Scan { text: self.text, at: 0 };
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            scan.at = match scan.next()? {
                b'{' => scan.member(&segment)?,
                b'[' => scan.item(segment.parse().ok()?)?,
                _ => return None,
            };
        }
        scan.next()?;
        let start = scan.at - 1;
        scan.at = start;
        scan.value()?;
        std::str::from_utf8(self.text.get(start..scan.at)?).ok()
    }
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    /// The next byte that is no white space, passed.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            if !byte.is_ascii_whitespace() {
                return Some(byte);
            }
        }
    }

    /// The place of the last member of that name in an object whose brace was passed.
    fn member(&mut self, wanted: &str) -> Option<usize> {
        let mut found = None;
        loop {
            if self.next()? != b'"' {
                return found;
            }
            let start = self.at - 1;
            self.string()?;
            let name: String = serde_json::from_slice(self.text.get(start..self.at)?).ok()?;
            if self.next()? != b':' {
                return None;
            }
            if name == wanted {
                found = Some(self.at);
            }
            self.value()?;
            if self.next()? != b',' {
                return found;
            }
        }
    }

    /// The place of an item in an array whose bracket was passed.
    fn item(&mut self, wanted: usize) -> Option<usize> {
        for _ in 0..wanted {
            self.value()?;
            if self.next()? != b',' {
                return None;
            }
        }
        Some(self.at)
    }

    /// Passes a value.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => self.string()?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                b',' | b':' => {}
                _ => {
                    let rest = self.text.get(self.at..)?;
                    let end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']');
                    self.at += rest.iter().position(end).unwrap_or(rest.len());
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Passes the rest of a string, with its closing quote.
    fn string(&mut self) -> Option<()> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal<'t>(text: &'t str, pointer: &str) -> Option<&'t str> {
        Literals::new(text.as_bytes()).of(pointer)
    }

    #[test]
    fn a_value_is_found_as_it_was_sent() {
        let text =
            r#" {"a" : [ 1, {"b\"]":{} , "x/y":1.10 }, 1e21 ], "n":-0 , "a~":[[],"]" , 1000000000000000000000] } "#;
        for (pointer, found) in [
            ("/a/0", Some("1")),
            ("/a/1/x~1y", Some("1.10")),
            ("/a/2", Some("1e21")),
            ("/n", Some("-0")),
            ("/a~0/1", Some("\"]\"")),
            ("/a~0/2", Some("1000000000000000000000")),
            ("/a/1/b\"]", Some("{}")),
            ("/a/3", None),
            ("/a/x", None),
            ("/n/0", None),
            ("/nothing", None),
        ] {
            assert_eq!(literal(text, pointer), found, "{pointer}");
        }
        assert_eq!(literal("7", ""), Some("7"));
    }

    #[test]
    fn of_a_repeated_member_the_last_one_counts() {
        assert_eq!(literal(r#"{"a":1,"\u0061":2}"#, "/a"), Some("2"));
    }

    #[test]
    fn what_would_take_long_is_not_looked_for() {
        let mut many = Literals::new(b"[1]");
        assert_eq!((0..100).filter(|_| many.of("/0").is_some()).count(), MOST);
        let long = format!("[1,\"{}\"]", "x".repeat(LONGEST));
        assert_eq!(literal(&long, "/0"), None);
    }
}
