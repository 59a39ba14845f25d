//! Rows in columns, as wide as the terminal lets them be.

/// The last column is wrapped if there is room for so much of it.
const LEAST: usize = 24;

/// How far the further lines of a row are set in.
const INDENT: usize = 4;

/// Lays out rows in columns, two blanks between them. Without a width the last column is as long as it is; where the columns do not
/// fit, each row runs on over lines of its own.
pub(super) fn columns(rows: &[Vec<String>], within: Option<usize>) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let longest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column).filter(|_| column + 1 < row.len()));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(longest).collect();
    let mut text = String::new();
    for row in rows {
        let start: usize = widths.iter().take(row.len().saturating_sub(1)).map(|width| width + 2).sum();
        let last = row.last().map_or(0, |cell| width(cell));
        let room = within.map(|within| within.saturating_sub(start));
        match within.zip(room) {
            Some((within, room)) if start + last > within && room < LEAST => run_on(&mut text, row, within),
            _ => in_columns(&mut text, row, &widths, start, room),
        }
    }
    text
}

fn in_columns(text: &mut String, row: &[String], widths: &[usize], start: usize, room: Option<usize>) {
    let mut line = String::new();
    let Some((last, before)) = row.split_last() else { return text.push('\n') };
    for (cell, longest) in before.iter().zip(widths) {
        line.push_str(cell);
        blanks(&mut line, longest.saturating_sub(width(cell)) + 2);
    }
    for (index, piece) in wrapped(last, room.unwrap_or(usize::MAX)).into_iter().enumerate() {
        if index > 0 {
            end(text, &mut line);
            blanks(&mut line, start);
        }
        line.push_str(piece);
    }
    end(text, &mut line);
}

/// A row without columns: cell after cell, and a new line where the next one does not fit.
fn run_on(text: &mut String, row: &[String], within: usize) {
    let indent = row.first().map_or(0, |cell| cell.len() - cell.trim_start().len()) + INDENT;
    let mut line = String::new();
    for (index, cell) in row.iter().filter(|cell| !cell.is_empty()).enumerate() {
        if index > 0 && width(&line) + 2 + width(cell) <= within {
            blanks(&mut line, 2);
            line.push_str(cell);
            continue;
        }
        for (at, piece) in wrapped(cell, within.saturating_sub(indent)).into_iter().enumerate() {
            if index > 0 || at > 0 {
                end(text, &mut line);
                blanks(&mut line, indent);
            }
            line.push_str(piece);
        }
    }
    end(text, &mut line);
}

fn end(text: &mut String, line: &mut String) {
    text.push_str(line.trim_end());
    text.push('\n');
    line.clear();
}

fn blanks(line: &mut String, count: usize) {
    line.extend(std::iter::repeat_n(' ', count));
}

/// A text in pieces of at most this width, broken between words where there are some.
fn wrapped(text: &str, within: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while width(rest) > within {
        let mut used = 0;
        // At least one character, so that it comes to an end.
        let fits = rest.char_indices().position(|(_, one)| {
            used += width_of(one);
            used > within
        });
        let (cut, _) = rest.char_indices().nth(fits.unwrap_or(0).max(1)).unwrap_or((rest.len(), ' '));
        let (head, blank) = rest.split_at(cut);
        let between = match head.rfind(' ') {
            _ if blank.starts_with(' ') => Some(cut),
            Some(at) if !head[..at].trim().is_empty() => Some(at),
            _ => None,
        };
        let (piece, after) = rest.split_at(between.unwrap_or(cut));
        pieces.push(piece);
        rest = after.trim_start();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Chinese, Japanese and Korean characters and their punctuation take two.
fn width_of(character: char) -> usize {
    let wide = matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}');
    1 + usize::from(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let rows = [row(&["a", "一二", "x"]), row(&["long", "b"]), row(&["c", "d", "y"])];
        assert_eq!(columns(&rows, None), "a     一二  x\nlong  b\nc     d     y\n");
    }

    #[test]
    fn what_does_not_fit_is_wrapped_below_its_column() {
        let rows = [row(&["name", "one two three four five six seven"]), row(&["b", "short"])];
        assert_eq!(columns(&rows, Some(30)), "name  one two three four five\n      six seven\nb     short\n");
    }

    #[test]
    fn where_columns_do_not_fit_a_row_runs_on() {
        let rows = [row(&["  CreateShare", "POST", "/koodrive/ose/v1/share", "Create a share"])];
        assert_eq!(
            columns(&rows, Some(40)),
            "  CreateShare  POST\n      /koodrive/ose/v1/share\n      Create a share\n"
        );
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        let texts = [
            "a",
            "",
            "word word word",
            "一二三四五六七八九十一二三四五六七八九十",
            "x/y/z/without/a/blank/anywhere/at/all",
        ];
        for first in texts {
            for last in texts {
                let rows = [row(&[first, "mid", last]), row(&["  b", last])];
                for within in 20..70 {
                    for line in columns(&rows, Some(within)).lines() {
                        assert!(width(line) <= within, "{within}: {line:?}");
                    }
                }
            }
        }
    }
}
