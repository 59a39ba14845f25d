//! JSON texts: mostly right, and near the limits of what is.

use super::Generator;

const NUMBERS: [&str; 20] = [
    "0",
    "-0",
    "1",
    "366",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808.0",
    "1e308",
    "1e309",
    "-1e-400",
    "1.5",
    "0.1e1",
    "123456789012345678901",
    "01",
    "1.",
    "-",
];

const STRINGS: [&str; 14] = [
    "a",
    "",
    "\\n",
    "\\u7a7a",
    "\\ud834\\udd1e",
    "\\ud834",
    "\\udd1e\\ud834",
    "空",
    "\\/",
    "\\x",
    "\\u00",
    "\t",
    "\u{7f}",
    "a long text without anything in it",
];

/// Members that the tables know, so that bodies are about something.
const NAMES: [&str; 12] = [
    "scope",
    "fileIds",
    "containerId",
    "validDays",
    "permission",
    "preview",
    "userIds",
    "comment",
    "extractCode",
    "a",
    "b",
    "~/",
];

impl Generator {
    /// A JSON text, which need not be a right one.
    pub(crate) fn json(&mut self, depth: usize) -> String {
        let space = if self.one_in(8) { *self.pick(&[" ", "\n", "\t\r\n ", "\u{a0}"]) } else { "" };
        let value = match self.below(if depth == 0 { 4 } else { 7 }) {
            0 => (*self.pick(&["null", "true", "false", "nul", "True"])).to_owned(),
            1 => (*self.pick(&NUMBERS)).to_owned(),
            2 | 3 => format!("\"{}\"", self.pick(&STRINGS)),
            4 => format!("[{}]", self.several(6, ",", |generator| generator.json(depth - 1))),
            _ => format!("{{{}}}", self.several(8, ",", |generator| generator.member(depth - 1))),
        };
        format!("{space}{value}{space}")
    }

    fn member(&mut self, depth: usize) -> String {
        let name = if self.one_in(4) { self.pick(&STRINGS) } else { self.pick(&NAMES) };
        format!("\"{name}\":{}", self.json(depth))
    }

    /// Few bytes that make much work: deep, long, or the same thing over and over.
    pub(crate) fn json_in_bulk(&mut self) -> String {
        let count = *self.pick(&[10, 127, 128, 129, 999, 1000, 1001, 3000]);
        match self.below(6) {
            0 => format!("{}{}", "[".repeat(count), "]".repeat(count)),
            1 => format!("{}1{}", "{\"a\":".repeat(count), "}".repeat(count)),
            2 => format!("[{}1]", "1,".repeat(count)),
            3 => format!("{{\"{}\":{{{}\"a\":1}}}}", "n".repeat(count), "\"a\":1,".repeat(count)),
            4 => {
                let members: Vec<String> = (0..count).map(|index| format!("\"k{index}\":{index}")).collect();
                format!("{{{}}}", members.join(","))
            }
            _ => format!("{{\"fileIds\":[{}\"\"],\"scope\":[{}]}}", "\"x\",".repeat(count), "[],".repeat(count)),
        }
    }
}
