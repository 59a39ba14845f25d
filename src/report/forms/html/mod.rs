//! One page for people that needs nothing else: no network, no other file. `web/` has its sources; `web/dist` is what they become.
//!
//! The data is embedded as JSON that no browser takes for anything else. What is shown first comes first, then the script, then the
//! exchanges block by block: the page shows the verdict while they still come, and reads a block when one of its exchanges is looked at.

mod embed;

use std::io::{self, Write};

use self::embed::embed;
use crate::report::{Report, Summary, exchange_to_json, overview};

const HEAD: &str = include_str!("../../../../web/dist/report-head.html");
const SCRIPT: &str = include_str!("../../../../web/dist/report-script.html");
const TAIL: &str = include_str!("../../../../web/dist/report-tail.html");

/// Numbers of exchanges of one block; `web/src/report.ts` knows it too.
const BLOCK: u64 = 64;

pub(super) fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    if let Some(note) = report.note() {
        // Whoever looks into the file sees it at once, too. Two hyphens would end a comment.
        writeln!(to, "<!-- {} -->", note.replace("--", ""))?;
    }
    to.write_all(HEAD.as_bytes())?;
    begin(to, "overview")?;
    embed(to, &overview(report))?;
    end(to)?;
    begin(to, "index")?;
    let mut separator = "[";
    for number in report.journal.numbers() {
        // A copy, because to write one may take longer than calls should wait for their journal.
        let Some(exchange) = report.journal.get(number) else { continue };
        to.write_all(separator.as_bytes())?;
        embed(to, &Summary::of(&exchange, report.contract))?;
        separator = ",\n";
    }
    to.write_all(if separator == "[" { b"[]" } else { b"]" })?;
    end(to)?;
    to.write_all(SCRIPT.as_bytes())?;
    write_blocks(report, to)?;
    to.write_all(TAIL.as_bytes())
}

fn write_blocks(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let mut open = None;
    for number in report.journal.numbers() {
        let Some(exchange) = report.journal.get(number) else { continue };
        let block = number / BLOCK;
        if open == Some(block) {
            to.write_all(b",\n")?;
        } else {
            if open.is_some() {
                to.write_all(b"]")?;
                end(to)?;
            }
            begin(to, &format!("exchanges-{block}"))?;
            to.write_all(b"[")?;
            open = Some(block);
        }
        embed(to, &exchange_to_json(&exchange, report.contract))?;
    }
    if open.is_some() {
        to.write_all(b"]")?;
        end(to)?;
    }
    Ok(())
}

fn begin(to: &mut impl Write, name: &str) -> io::Result<()> {
    writeln!(to, "<script type=\"application/json\" id=\"{name}\">")
}

fn end(to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "\n</script>")
}
