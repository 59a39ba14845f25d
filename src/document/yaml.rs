//! The YAML reader, and the only file that knows which one it is. JSON is YAML's subset and goes the same way.

use std::{cell::RefCell, fmt, ops::Range, sync::Arc, thread};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;
use serde_saphyr::{Location, Spanned};

use super::{Content, Key, Node, Numeral};
use crate::diagnostic::{Diagnostic, Source};

/// The stack for reading. Without optimisation the reader takes 45 KB a level, and no usual stack has room for 128 levels.
const STACK: usize = 16 << 20;

/// Values that any file may have; beyond that it is two for each byte. Written out it cannot have more: the rest are aliases.
const VALUES: usize = 10_000;

/// Bytes of texts that any file may have; beyond that it is four for each byte.
const TEXTS: usize = 1 << 20;

/// How much a file may ask for. Aliases are counted as often as they are used.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Values in it.
    pub nodes: usize,
    /// Nesting.
    pub depth: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { bytes: 16 << 20, nodes: 1_000_000, depth: 128 }
    }
}

impl ReadLimits {
    /// The limits for a file of this size: what it takes through aliases stays in proportion to it.
    fn for_file_of(self, bytes: usize) -> Self {
        Self { bytes, nodes: self.nodes.min(2 * bytes + VALUES), ..self }
    }

    /// Bytes of texts.
    fn texts(self) -> usize {
        self.bytes * 4 + TEXTS
    }
}

/// Reads one document.
///
/// # Errors
///
/// One diagnostic at the first place where the text is no YAML, holds a key twice, or passes a limit.
pub fn read(source: &Arc<Source>, limits: ReadLimits) -> Result<Node, Diagnostic> {
    thread::scope(|scope| {
        let reading = || read_here(source, limits);
        match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, reading) {
            Ok(thread) => thread.join().unwrap_or_else(|_| Err(Diagnostic::error("reading the file failed"))),
            Err(error) => Err(Diagnostic::error(format!("no thread can be started to read the file: {error}"))),
        }
    })
}

fn read_here(source: &Arc<Source>, limits: ReadLimits) -> Result<Node, Diagnostic> {
    if source.text.len() > limits.bytes {
        let message = format!("the file has {} bytes, and at most {} are read", source.text.len(), limits.bytes);
        return Err(Diagnostic::error(message).at(source, 0..0, "").help("split it into several files"));
    }
    let limits = limits.for_file_of(source.text.len());
    let options = serde_saphyr::options! {
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_nodes: limits.nodes,
            max_events: limits.nodes * 4,
            max_depth: limits.depth,
            max_total_scalar_bytes: limits.texts(),
        },
    };
    READ.set(Some(Arc::clone(source)));
    let tree: Tree = serde_saphyr::from_str_with_options(&source.text, options).map_err(|error| {
        let span = error.location().map_or(0..0, |location| error_span(&source.text, location));
        if let Some(excess) = excess(&error.to_string(), limits) {
            let message = format!("the file asks for too much: {excess}");
            let help = "write fewer rules, or several files; an alias counts as often as it is used";
            return Diagnostic::error(message).at(source, span, "here at the latest").help(help);
        }
        // The reader appends the place to its sentence; ours stands in the snippet.
        let sentence = error.to_string();
        let sentence = sentence.split(" at line ").next().unwrap_or_default();
        let sentence = sentence.split(", set DuplicateKeyPolicy").next().unwrap_or_default();
        let sentence = sentence.split("; use from_").next().unwrap_or_default();
        let (sentence, help) = advised(sentence, line_at(&source.text, span.start));
        Diagnostic::error(format!("the file is not readable: {sentence}")).at(source, span, "here").help(help)
    })?;
    Ok(tree.0.settled(&source.text))
}

/// What to do about a sentence of the reader, which is in our words where its own are for programmers.
fn advised<'s>(sentence: &'s str, line: &str) -> (&'s str, &'static str) {
    const SAYINGS: [(&str, Option<&str>, &str); 9] = [
        ("recursive references", Some("an alias stands inside what it names"), "write out what it stands for"),
        ("non-finite float", Some("JSON has no such number"), "write a number that is finite, or quote the text"),
        ("unsupported tag", None, "a tag such as `!env` means nothing here: write the value itself, or quote the text"),
        ("tagged scalar", Some("the tag means nothing here"), "write the value itself, or quote the text"),
        ("unknown anchor", None, "`*` begins an alias: a text that begins with it is put in quotes"),
        ("duplicate mapping key", None, "remove one of the two"),
        ("multiple YAML documents", None, "one file is one document: remove `---`, or split the file"),
        ("tabs disallowed", None, "indent with spaces"),
        ("mapping values are not allowed", None, "look at the indentation; a text with `: ` in it is put in quotes"),
    ];
    if line.contains("{{") {
        return (sentence, "a template is put in quotes: `\"{{ ... }}\"`");
    }
    let saying = SAYINGS.iter().find(|(words, _, _)| sentence.contains(words));
    saying.map_or((sentence, "look at quotes, brackets and indentation, here and above"), |(_, ours, help)| {
        (ours.unwrap_or(sentence), *help)
    })
}

/// The line in which a byte stands.
fn line_at(text: &str, byte: usize) -> &str {
    let start = text[..byte].rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next().unwrap_or_default()
}

/// Which limit a file passes, if that is what the reader says. Its error may be wrapped in others; its sentence is always there.
fn excess(sentence: &str, limits: ReadLimits) -> Option<String> {
    let depth = sentence.contains("recursion limit") || sentence.contains("breached: Depth");
    if depth {
        return Some(format!("it is nested deeper than {}", limits.depth));
    }
    sentence.contains("budget breached").then(|| match sentence.contains("ScalarBytes") {
        true => format!("its texts have more than {} bytes", limits.texts()),
        false => format!("it has more than {} values", limits.nodes),
    })
}

thread_local! {
    /// What is read on this thread, which reads one text and ends: the reader tells a visitor what a number is, and not how it is written.
    static READ: RefCell<Option<Arc<Source>>> = const { RefCell::new(None) };
}

/// How the number at a place is written; a tag may have made it of a text in quotes.
fn numeral(value: Number, defined: Location) -> Numeral {
    READ.with_borrow(|source| {
        let text = source.as_ref().map_or("", |source| source.text.as_str());
        let written = text.get(bytes(defined)).unwrap_or_default().trim_matches(['"', '\'']);
        let plain =
            !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte));
        if plain { Numeral::new(value, written) } else { Numeral::from(value) }
    })
}

/// A node whose span is as the reader counts. It is made at once: the reader's own locations take more memory than the values.
struct Tree(Node);

/// What a node is. Of a number nobody knows yet how it is written.
struct Branch(Content);

impl Node {
    /// Makes the spans of the tree fit the text.
    fn settled(mut self, text: &str) -> Self {
        self.settle(text);
        self
    }

    fn settle(&mut self, text: &str) {
        self.span = within(text, &self.span);
        match &mut self.content {
            Content::Sequence(items) => items.iter_mut().for_each(|item| item.settle(text)),
            Content::Mapping(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.span = within(text, &key.span);
                value.settle(text);
            }),
            _ => {}
        }
    }
}

/// A span that begins and ends between two characters of a text.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    start..text.ceil_char_boundary(span.end.clamp(start, text.len()))
}

/// The bytes of a location; for a text the reader counts them.
fn bytes(location: Location) -> Range<usize> {
    let span = location.span();
    let size = |number: Option<u64>| usize::try_from(number.unwrap_or_default()).unwrap_or(usize::MAX);
    let start = size(span.byte_offset());
    start..start.saturating_add(size(span.byte_len()))
}

/// The place of an error. The scanner counts characters only.
fn error_span(text: &str, location: Location) -> Range<usize> {
    let span = location.span();
    if span.byte_offset().is_some() && span.byte_len().is_some() {
        return within(text, &bytes(location));
    }
    let skip = usize::try_from(span.offset()).unwrap_or(usize::MAX);
    let start = text.char_indices().nth(skip).map_or(text.len(), |(offset, _)| offset);
    within(text, &(start..start.saturating_add(usize::try_from(span.len()).unwrap_or(usize::MAX))))
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Branch(mut content), referenced, defined } = Spanned::deserialize(deserializer)?;
        if let Content::Number(number) = &mut content {
            // An alias stands for what is written elsewhere.
            *number = numeral(number.value().clone(), defined);
        }
        Ok(Self(Node { content, span: bytes(referenced) }))
    }
}

impl<'de> Deserialize<'de> for Branch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BranchVisitor)
    }
}

struct BranchVisitor;

impl<'de> Visitor<'de> for BranchVisitor {
    type Value = Branch;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Branch, E> {
        Ok(Branch(Content::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Branch, E> {
        Ok(Branch(Content::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Branch, E> {
        Ok(Branch(Content::Number(Number::from(value).into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Branch, E> {
        Ok(Branch(Content::Number(Number::from(value).into())))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Branch, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number must be finite"))?;
        Ok(Branch(Content::Number(number.into())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Branch, E> {
        Ok(Branch(Content::Text(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Branch, E> {
        Ok(Branch(Content::Text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Branch, A::Error> {
        let mut items = Vec::new();
        while let Some(Tree(item)) = access.next_element()? {
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Branch(Content::Sequence(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Branch, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, Tree(value))) = access.next_entry::<Spanned<Option<String>>, Tree>()? {
            // A key that is null is the word: formats may use it as a name.
            let name = key.value.unwrap_or_else(|| "null".to_owned());
            entries.push((Key { name, span: bytes(key.referenced) }, value));
        }
        entries.shrink_to_fit();
        Ok(Branch(Content::Mapping(entries)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        read(&Source::new("test.yaml", text), ReadLimits::default()).unwrap()
    }

    fn mistake(text: &str) -> Diagnostic {
        read(&Source::new("test.yaml", text), ReadLimits::default()).unwrap_err()
    }

    #[test]
    fn remembers_where_keys_and_values_stand() {
        let text = "空: x\nrules:\n  - operation: CreateShare\n";
        let node = node(text);
        assert_eq!(&text[node.locate("/rules/0/operation", false)], "CreateShare");
        assert_eq!(&text[node.locate("/rules/0/operation", true)], "operation");
        assert_eq!(&text[node.locate("/空", false)], "x");
    }

    #[test]
    fn keeps_integers_exact_and_yaml_1_1_booleans_as_text() {
        let json = node("{ id: 18446744073709551615, no: no, flag: true, text: \"12\" }").to_json();
        assert_eq!(json.to_string(), r#"{"id":18446744073709551615,"no":"no","flag":true,"text":"12"}"#);
    }

    #[test]
    fn a_number_is_remembered_as_it_is_written_also_where_an_alias_stands_for_it() {
        let text = "a: &a { n: 1.10, m: 007 }\nb: *a\nc: { <<: *a, x: &x 0x1F }\nd: [*x, 20240104_105403, +1, .5, -0, 1e5]\n空: 1_000";
        let node = node(text);
        let written = |pointer: &str| node.pointer(&format!("/{pointer}")).unwrap().to_string();
        for (pointer, expected) in [
            ("a/n", "1.10"),
            ("b/n", "1.10"),
            ("b/m", "007"),
            ("c/n", "1.10"),
            ("c/x", "0x1F"),
            ("d/0", "0x1F"),
            ("d/1", "20240104_105403"),
            ("d/2", "+1"),
            ("d/3", ".5"),
            ("d/4", "-0"),
            ("d/5", "1e5"),
            ("空", "1_000"),
        ] {
            assert_eq!(written(pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn the_tags_of_the_core_schema_say_what_a_value_is() {
        let json = node(
            "a: !!str 007\nb: !!int \"12\"\nc: !!float 1\nd: !!map { e: !!seq [!!null ~, !!bool true] }\nf: ! 1.10",
        );
        assert_eq!(json.to_json().to_string(), r#"{"a":"007","b":12,"c":1.0,"d":{"e":[null,true]},"f":"1.10"}"#);
        assert_eq!(json.get("b").unwrap().to_string(), "12");
        assert_eq!(json.get("c").unwrap().to_string(), "1");
    }

    #[test]
    fn a_key_may_be_the_word_null() {
        let node = node("null: 1\n\"~\": 2\n");
        assert_eq!((node.get("null").and_then(Node::as_u64), node.get("~").and_then(Node::as_u64)), (Some(1), Some(2)));
        assert!(mistake("null: 1\nnull: 2\n").message.contains("duplicate"));
    }

    #[test]
    fn refuses_a_key_that_stands_twice_and_says_where() {
        let diagnostic = mistake("a: 1\nb: 2\na: 3\n");
        assert!(diagnostic.message.contains("duplicate mapping key: a"), "{}", diagnostic.message);
        assert_eq!(diagnostic.place.unwrap().span, 10..11);
    }

    #[test]
    fn says_what_to_do_about_text_that_is_no_yaml() {
        for (text, message, help) in [
            ("a: {{ x }}", "expected string scalar", "a template is put in quotes"),
            ("a: &a [*a]", "an alias stands inside what it names", "write out"),
            ("a: 1e400", "JSON has no such number", "finite"),
            ("a: .inf", "JSON has no such number", "quote the text"),
            ("a: !env HOME", "unsupported tag `!env`", "write the value itself"),
            ("a: !include b.yaml", "unsupported tag `!include`", "write the value itself"),
            ("!anything { a: 1 }", "unsupported tag `!anything`", "write the value itself"),
            ("a: !!set { b }", "unsupported tag `!!set`", "write the value itself"),
            ("a: !!timestamp 2026-01-02", "the tag means nothing here", "quote the text"),
            ("!env a: 1", "unsupported tag `!env`", "write the value itself"),
            ("a: *b", "unknown anchor", "in quotes"),
            ("a: 1\n---\nb: 2", "multiple YAML documents", "split the file"),
            ("a:\n\t- b", "tabs", "with spaces"),
            ("a: b\n c: d", "mapping values", "indentation"),
            ("a: [b", "unclosed bracket", "brackets"),
            ("空: [空", "unclosed bracket", "brackets"),
        ] {
            let diagnostic = mistake(text);
            assert!(diagnostic.message.contains(message), "{text}: {}", diagnostic.message);
            assert!(diagnostic.help.as_deref().unwrap().contains(help), "{text}: {:?}", diagnostic.help);
        }
    }

    #[test]
    fn refuses_aliases_that_explode() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        let limits = ReadLimits { nodes: 10_000, ..ReadLimits::default() };
        let mistake = read(&Source::new("test.yaml", text), limits).unwrap_err();
        assert_eq!(mistake.message, "the file asks for too much: it has more than 10000 values");
    }

    #[test]
    fn what_aliases_ask_for_stays_in_proportion_to_the_file() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..6 {
            text.push_str(&format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(10)));
        }
        let most = 2 * text.len() + VALUES;
        let values = mistake(&text).message;
        assert_eq!(values, format!("the file asks for too much: it has more than {most} values"));
        let texts = mistake(&format!("a: &a {}\nb: [{}]", "x".repeat(30_000), "*a, ".repeat(100))).message;
        assert!(texts.contains("its texts have more than"), "{texts}");
    }

    #[test]
    fn reads_128_levels_whatever_stack_the_caller_has() {
        let text = format!("{}{}", "{a: ".repeat(120), "}".repeat(120));
        let small = thread::Builder::new().stack_size(256 << 10);
        let depth = small.spawn(move || {
            let root = read(&Source::new("test.yaml", text), ReadLimits::default()).unwrap();
            std::iter::successors(Some(&root), |node| node.get("a")).count()
        });
        assert_eq!(depth.unwrap().join().unwrap(), 121);
    }

    #[test]
    fn refuses_nesting_without_end() {
        let message = mistake(&"[".repeat(100_000)).message;
        assert_eq!(message, "the file asks for too much: it is nested deeper than 128");
    }

    #[test]
    fn an_error_beyond_ascii_is_placed_by_characters() {
        let diagnostic = mistake("空间: [1,\n");
        assert_eq!(diagnostic.place.unwrap().span.start, "空间: ".len());
    }
}
