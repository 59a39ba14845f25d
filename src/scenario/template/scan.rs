//! The text of a template, taken apart: raw text and expressions, and what an expression speaks of.
//!
//! The template library compiles an expression but does not say which names, filters and tests are in it, and it has operators
//! whose results can be of any size. Both are settled here, before the library sees the expression.

/// Bytes of one expression. An expression has no loops, so its length bounds the number of its steps.
const EXPRESSION_LIMIT: usize = 1000;
const KEYWORDS: [&str; 12] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False"];

/// What is wrong with a template, and the part of its text that is meant.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) label: &'static str,
    pub(super) help: Option<String>,
    pub(super) part: String,
}

impl Problem {
    pub(super) fn new(part: &str, message: impl Into<String>, label: &'static str) -> Self {
        Self { message: message.into(), label, help: None, part: part.to_owned() }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A stretch of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'t> {
    /// Sent as it is.
    Raw(&'t str),
    /// What stands between `{{` and `}}`, without the blanks around it.
    Expression(&'t str),
}

/// Whether a text is a template.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Splits a text into its pieces.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min() {
        if rest[start..].starts_with("{%") {
            let tag = rest[start..].split_inclusive("%}").next().unwrap_or(rest);
            let problem = Problem::new(tag, "templates have no `{% … %}` statements", "a statement");
            let help = "choose with `{{ a if condition else b }}`, repeat an item of a list with `$for: name in list`; \
                        the text itself is written `{{ \"{%\" }}`";
            return Err(problem.help(help));
        }
        if start > 0 {
            pieces.push(Piece::Raw(&rest[..start]));
        }
        let inside = &rest[start + 2..];
        let Some(end) = end_of_expression(inside) else {
            return Err(Problem::new(&rest[start..], "`{{` is never closed with `}}`", "opened here"));
        };
        let whole = &rest[start..start + end + 4];
        let expression = &inside[..end];
        if expression.starts_with('-') || expression.ends_with('-') {
            let message = "templates do not trim the text around them";
            let help = "leave out the `-`; put a blank before it where it is a minus";
            return Err(Problem::new(whole, message, "with `-`").help(help));
        }
        let expression = expression.trim();
        if expression.is_empty() {
            return Err(Problem::new(whole, "the template is empty", "nothing between the braces"));
        }
        if expression.len() > EXPRESSION_LIMIT {
            let message =
                format!("an expression has at most {EXPRESSION_LIMIT} bytes, and this one {}", expression.len());
            return Err(Problem::new(expression, message, "too long"));
        }
        pieces.push(Piece::Expression(expression));
        rest = &inside[end + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Raw(rest));
    }
    Ok(pieces)
}

/// Where the `}}` of an expression stands: outside its texts and its own braces.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut bytes = text.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => {
                bytes.next();
            }
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'}') if depth == 0 && text[index + 1..].starts_with('}') => return Some(index),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
    }
    None
}

/// What an expression speaks of.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Scan<'e> {
    /// Names with the members that are taken of them.
    pub(super) names: Vec<Name<'e>>,
    pub(super) filters: Vec<&'e str>,
    pub(super) tests: Vec<&'e str>,
    /// Functions, and their argument where it is one plain value.
    pub(super) calls: Vec<(&'e str, Option<&'e str>)>,
    /// Whether it is one name, or some of its items, and nothing else.
    pub(super) plain: bool,
    /// Whether it is one name and nothing else.
    pub(super) whole: bool,
}

/// A name and what is taken of it, as in `request.body.ids[0].name`.
#[derive(Debug, PartialEq)]
pub(super) struct Name<'e> {
    pub(super) path: Vec<Segment<'e>>,
    /// As it is written.
    pub(super) written: &'e str,
}

impl<'e> Scan<'e> {
    /// The members that it leads through, if that is all it does.
    pub(super) fn path(&self) -> Option<Vec<&'e str>> {
        let [name] = self.names.as_slice() else { return None };
        let members = name.path.iter().map(|segment| match segment {
            Segment::Member(member) => Some(*member),
            Segment::Item => None,
        });
        members.collect::<Option<_>>().filter(|_| self.whole)
    }
}

/// A step of a [`Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment<'e> {
    /// A member.
    Member(&'e str),
    /// An item of a list.
    Item,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'e> {
    Name(&'e str),
    /// With its quotes.
    Text(&'e str),
    Number(&'e str),
    Symbol(&'e str),
}

/// Reads an expression.
pub(super) fn scan(expression: &str) -> Result<Scan<'_>, Problem> {
    let tokens = tokens(expression);
    let mut scan = Scan::default();
    let token = |index: usize| tokens.get(index).map(|(token, _)| *token);
    let symbol = |index: usize, wanted: &str| token(index) == Some(Token::Symbol(wanted));
    // For each bracket that is open, the colons in it.
    let mut colons: Vec<(&str, usize)> = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let (current, start) = tokens[index];
        let before = index.checked_sub(1).and_then(token);
        match current {
            Token::Symbol(open @ ("(" | "[" | "{")) => colons.push((open, 0)),
            Token::Symbol(")" | "]" | "}") => drop(colons.pop()),
            Token::Symbol(":") => {
                if let Some((open, count)) = colons.last_mut() {
                    *count += 1;
                    // Backwards the library runs off the end of an empty list.
                    if (*open, *count) == ("[", 2) {
                        let problem = Problem::new(expression, "slices have no steps", "in here");
                        return Err(problem.help("write `a[1:3]`, or `a | reverse` for the other order"));
                    }
                }
            }
            Token::Symbol(operator @ ("*" | "**")) => {
                let problem = Problem::new(expression, format!("templates have no operator `{operator}`"), "in here");
                return Err(problem.help("write `a | times(b)`"));
            }
            Token::Name(name) if before == Some(Token::Symbol("|")) => scan.filters.push(name),
            Token::Name(name) if follows_is(before, index.checked_sub(2).and_then(token), name) => {
                scan.tests.push(name);
            }
            Token::Name(name)
                if before != Some(Token::Symbol(".")) && !KEYWORDS.contains(&name) && !symbol(index + 1, "=") =>
            {
                let mut path = vec![Segment::Member(name)];
                let mut end = index + 1;
                loop {
                    let (segment, length) = match (token(end), token(end + 1), token(end + 2)) {
                        (Some(Token::Symbol(".")), Some(Token::Name(member)), _) => (Segment::Member(member), 2),
                        (Some(Token::Symbol(".")), Some(Token::Number(_)), _) => (Segment::Item, 2),
                        (Some(Token::Symbol("[")), Some(Token::Text(text)), Some(Token::Symbol("]")))
                            if !text.contains('\\') =>
                        {
                            (Segment::Member(&text[1..text.len() - 1]), 3)
                        }
                        (Some(Token::Symbol("[")), Some(Token::Number(_)), Some(Token::Symbol("]"))) => {
                            (Segment::Item, 3)
                        }
                        _ => break,
                    };
                    path.push(segment);
                    end += length;
                }
                let (last, at) = tokens[end - 1];
                let written = &expression[start..at + last.text().len()];
                if symbol(end, "(") {
                    if path.len() > 1 {
                        let help = "filters do their work: `request.body.ids | length`";
                        return Err(Problem::new(written, "values in templates have no methods", "called").help(help));
                    }
                    let argument = match (token(end + 1), token(end + 2)) {
                        (Some(Token::Text(text)), Some(Token::Symbol(")"))) => Some(&text[1..text.len() - 1]),
                        (Some(Token::Number(number)), Some(Token::Symbol(")"))) => Some(number),
                        _ => None,
                    };
                    scan.calls.push((name, argument));
                } else {
                    scan.plain = index == 0 && is_slice_or_nothing(&tokens[end..]);
                    scan.whole = index == 0 && end == tokens.len();
                    scan.names.push(Name { path, written });
                }
                index = end;
                continue;
            }
            _ => {}
        }
        index += 1;
    }
    Ok(scan)
}

fn follows_is(before: Option<Token<'_>>, second: Option<Token<'_>>, name: &str) -> bool {
    match before {
        Some(Token::Name("is")) => name != "not" && second != Some(Token::Symbol(".")),
        Some(Token::Name("not")) => second == Some(Token::Name("is")),
        _ => false,
    }
}

fn is_slice_or_nothing(tokens: &[(Token<'_>, usize)]) -> bool {
    match tokens {
        [] => true,
        [(Token::Symbol("["), _), inside @ .., (Token::Symbol("]"), _)] => {
            let part = |token: &Token<'_>| matches!(token, Token::Number(_) | Token::Symbol(":" | "-"));
            inside.iter().all(|(token, _)| part(token)) && inside.iter().any(|(token, _)| *token == Token::Symbol(":"))
        }
        _ => false,
    }
}

impl<'e> Token<'e> {
    fn text(self) -> &'e str {
        match self {
            Self::Name(text) | Self::Text(text) | Self::Number(text) | Self::Symbol(text) => text,
        }
    }
}

fn tokens(expression: &str) -> Vec<(Token<'_>, usize)> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = expression[start..].chars().next() {
        let rest = &expression[start..];
        let while_all = |fits: fn(char) -> bool| &rest[..rest.find(|character| !fits(character)).unwrap_or(rest.len())];
        let token = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                Token::Name(while_all(|character| character.is_ascii_alphanumeric() || character == '_'))
            }
            '0'..='9' => Token::Number(while_all(|character| character.is_ascii_alphanumeric() || character == '_')),
            '"' | '\'' => Token::Text(quoted(rest, first)),
            _ if first.is_whitespace() => {
                start += first.len_utf8();
                continue;
            }
            _ => {
                let two = ["==", "!=", "<=", ">=", "**", "//"].into_iter().find(|two| rest.starts_with(two));
                Token::Symbol(&rest[..two.map_or(first.len_utf8(), str::len)])
            }
        };
        tokens.push((token, start));
        start += token.text().len();
    }
    tokens
}

/// A text with its quotes. One that is never closed ends with the expression; the library has a word for it.
fn quoted(rest: &str, quote: char) -> &str {
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return &rest[..=index],
            _ => {}
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(expression: &str) -> Vec<&str> {
        scan(expression).unwrap().names.into_iter().map(|name| name.written).collect()
    }

    #[test]
    fn an_expression_ends_outside_its_texts_and_braces() {
        assert_eq!(
            pieces("a {{ {'x': {'y': '}}'}} }} b{{c}}").unwrap(),
            [Piece::Raw("a "), Piece::Expression("{'x': {'y': '}}'}}"), Piece::Raw(" b"), Piece::Expression("c")]
        );
        assert_eq!(pieces("no }} template {").unwrap(), [Piece::Raw("no }} template {")]);
    }

    #[test]
    fn what_templates_do_not_have_is_refused_with_a_word() {
        for (text, word) in [
            ("{% for i in range(9) %}x{% endfor %}", "no `{% … %}` statements"),
            ("{{ a", "never closed"),
            ("{{ 'a }}", "never closed"),
            ("{{  }}", "empty"),
            ("{{- a }}", "do not trim"),
        ] {
            assert!(pieces(text).unwrap_err().message.contains(word), "{text}");
        }
        assert!(pieces(&format!("{{{{ {} }}}}", "a~".repeat(600))).unwrap_err().message.contains("at most 1000"));
        for (expression, word) in
            [("[a] * 100000000", "no operator `*`"), ("2 ** 9", "no operator `**`"), ("a.upper()", "no methods")]
        {
            assert!(scan(expression).unwrap_err().message.contains(word), "{expression}");
        }
    }

    #[test]
    fn finds_every_name_with_what_is_taken_of_it() {
        assert_eq!(names("request.body.ids[1:] | first"), ["request.body.ids"]);
        assert_eq!(names("request.headers['X-User-Id'] ~ a[0].b"), ["request.headers['X-User-Id']", "a[0].b"]);
        assert_eq!(names("x if y is divisibleby z and not w else (v).u"), ["x", "y", "z", "w", "v"]);
        assert_eq!(names("now | plus(days=n)"), ["now", "n"]);
        assert_eq!(names("a[b.c].d"), ["a", "b.c"]);
        assert_eq!(names("'request.body' ~ \"\\\"x\" ~ -1.5"), [""; 0]);
    }

    #[test]
    fn finds_filters_tests_and_calls() {
        let scan = scan("message(13000309) | upper if a is not defined else message(b) | default('x|y')").unwrap();
        assert_eq!(scan.filters, ["upper", "default"]);
        assert_eq!(scan.tests, ["defined"]);
        assert_eq!(scan.calls, [("message", Some("13000309")), ("message", None)]);
    }

    #[test]
    fn knows_what_is_no_more_than_a_path() {
        assert_eq!(scan("request.headers['X-User-Id']").unwrap().path(), Some(vec!["request", "headers", "X-User-Id"]));
        for expression in
            ["a[0]", "a.b[1:]", "a | first", "not a", "(a)", "a.b + a.c", "f(a)", "a is defined", "'a'", "-a"]
        {
            assert_eq!(scan(expression).unwrap().path(), None, "{expression}");
        }
    }

    #[test]
    fn knows_a_plain_list() {
        for (expression, plain) in
            [("a.b", true), ("a.b[1:]", true), ("a.b[:-1]", true), ("a.b | list", false), ("[a]", false)]
        {
            assert_eq!(scan(expression).unwrap().plain, plain, "{expression}");
        }
    }
}
