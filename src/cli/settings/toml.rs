//! The TOML reader, and the only file that knows which one it is.

use std::{ops::Range, sync::Arc};

use serde_json::Number;
use toml_edit::{Array, Document, Item, TableLike, Value};

use crate::{
    diagnostic::{Diagnostic, Source},
    document::{Content, Key, Node},
};

/// Reads a document; the reader bounds its nesting.
pub(super) fn read(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    match Document::parse(source.text.as_str()) {
        Ok(document) => Ok(table(document.as_table(), Some(0..source.text.len()))),
        Err(error) => {
            let message = error.message().replace('\n', ", ");
            let span = error.span().unwrap_or(0..0);
            Err(Diagnostic::error(format!("this is not TOML: {message}")).at(source, span, "here"))
        }
    }
}

fn table(table: &dyn TableLike, span: Option<Range<usize>>) -> Node {
    let entry = |(name, item): (&str, &Item)| {
        let key = table.key(name).and_then(toml_edit::Key::span).unwrap_or_default();
        Some((Key { name: name.to_owned(), span: key.clone() }, node(item, key)?))
    };
    Node { content: Content::Mapping(table.iter().filter_map(entry).collect()), span: span.unwrap_or_default() }
}

/// What has no place of its own is where its key is.
fn node(item: &Item, key: Range<usize>) -> Option<Node> {
    match item {
        Item::None => None,
        Item::Value(found) => Some(value(found, key)),
        Item::Table(inner) => Some(table(inner, inner.span().or(Some(key)))),
        Item::ArrayOfTables(tables) => {
            let items = tables.iter().map(|inner| table(inner, inner.span().or_else(|| Some(key.clone())))).collect();
            Some(Node { content: Content::Sequence(items), span: key })
        }
    }
}

fn value(value: &Value, key: Range<usize>) -> Node {
    let span = value.span().unwrap_or(key);
    let content = match value {
        Value::String(text) => Content::Text(text.value().clone()),
        Value::Integer(number) => Content::Number(Number::from(*number.value()).into()),
        // Neither JSON nor an option has infinity.
        Value::Float(number) => match Number::from_f64(*number.value()) {
            Some(finite) => Content::Number(finite.into()),
            None => Content::Text(number.value().to_string()),
        },
        Value::Boolean(truth) => Content::Boolean(*truth.value()),
        Value::Datetime(time) => Content::Text(time.value().to_string()),
        Value::Array(items) => sequence(items, &span),
        Value::InlineTable(inner) => return table(inner, Some(span)),
    };
    Node { content, span }
}

fn sequence(items: &Array, span: &Range<usize>) -> Content {
    Content::Sequence(items.iter().map(|item| value(item, span.clone())).collect())
}
