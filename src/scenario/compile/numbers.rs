//! Numbers in values that become JSON: JSON has them, and they keep their digits.

use super::Compiler;
use crate::document::{Content, Node, Numeral};

impl Compiler<'_> {
    /// Nothing where there is a number in a value that JSON does not have: each is an error.
    pub(super) fn numbers(&mut self, node: &Node) -> Option<()> {
        self.numbers_of(node, None)
    }

    /// The same for a value that is of one of these types of JSON Schema.
    pub(super) fn numbers_of(&mut self, node: &Node, types: Option<&[String]>) -> Option<()> {
        let numeric = types.is_none_or(|types| types.iter().any(|name| name != "string"));
        self.each_number(node, &mut |this, node, number| {
            if number.is_json() {
                return true;
            }
            let message = format!("JSON has no number `{number}`");
            let mut help = format!("write `\"{number}\"` for the text");
            if numeric {
                help.push_str(&format!(", or `{}` for the number", number.to_json()));
            }
            this.checker.error_with_help(&node.span, message, "quote it", Some(help));
            false
        })
    }

    /// Nothing where a number has more digits than what is computed or compared keeps: each is an error.
    pub(super) fn exact(&mut self, node: &Node) -> Option<()> {
        self.each_number(node, &mut |this, node, number| {
            if !number.is_rounded() {
                return true;
            }
            let message =
                format!("`{number}` has more digits than a number keeps here: it would be `{}`", number.value());
            let help = format!("write `\"{number}\"` for the text");
            this.checker.error_with_help(&node.span, message, "quote it", Some(help));
            false
        })
    }

    /// Warns of numbers that are kept as what they are worth, and not as they are written: `1.10` is kept as 1.1.
    pub(super) fn respelled(&mut self, node: &Node) {
        self.each_number(node, &mut |this, node, number| {
            let kept = number.value().to_string();
            if kept != number.to_string() {
                let message = format!("a state keeps what a number is worth: `{number}` is `{kept}` from then on");
                let help = format!("write `\"{number}\"` for the text, or `{kept}`");
                this.checker.warning_with_help(&node.span, message, "not kept as it is written", Some(help));
            }
            true
        });
    }

    /// Whether all numbers in a value are fine.
    fn each_number(&mut self, node: &Node, fine: &mut impl FnMut(&mut Self, &Node, &Numeral) -> bool) -> Option<()> {
        let mut all = true;
        match &node.content {
            Content::Number(number) => all = fine(self, node, number),
            Content::Sequence(items) => {
                for item in items {
                    all &= self.each_number(item, fine).is_some();
                }
            }
            Content::Mapping(entries) => {
                for (_, value) in entries {
                    all &= self.each_number(value, fine).is_some();
                }
            }
            _ => {}
        }
        all.then_some(())
    }
}
