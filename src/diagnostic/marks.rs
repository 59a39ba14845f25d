//! Lines and columns of a large text. A file may have a thousand mistakes, so none of them may cost a walk from its beginning.

/// Bytes from one mark to the next: what is walked for a place at most, and what a mark is small beside.
const APART: usize = 4 << 10;

/// What came before every so many bytes of a text.
#[derive(Debug)]
pub(super) struct Marks(Vec<Mark>);

#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// Line ends.
    lines: usize,
    /// Where the line begins that goes on here.
    line_start: usize,
    /// Characters.
    chars: usize,
}

impl Marks {
    pub(super) fn new(text: &str) -> Self {
        let mut next = Mark::default();
        let marks = text.as_bytes().chunks(APART).enumerate().map(|(number, piece)| {
            let mark = next;
            next.lines += ends(piece);
            next.line_start = last_start(piece).map_or(mark.line_start, |start| number * APART + start);
            next.chars += begun(piece);
            mark
        });
        let mut marks: Vec<Mark> = marks.collect();
        // A text may end where a mark stands.
        marks.push(next);
        Self(marks)
    }

    /// Line ends before an offset.
    pub(super) fn line(&self, text: &str, offset: usize) -> usize {
        let (mark, _, rest) = self.before(text, offset);
        mark.lines + ends(rest)
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, text: &str, offset: usize) -> usize {
        let (mark, at, rest) = self.before(text, offset);
        last_start(rest).map_or(mark.line_start, |start| at + start)
    }

    /// Characters before an offset.
    pub(super) fn chars(&self, text: &str, offset: usize) -> usize {
        let (mark, _, rest) = self.before(text, offset);
        mark.chars + begun(rest)
    }

    /// The last mark before an offset, where it stands, and what lies between them.
    fn before<'t>(&self, text: &'t str, offset: usize) -> (Mark, usize, &'t [u8]) {
        let number = (offset / APART).min(self.0.len() - 1);
        let at = number * APART;
        (self.0[number], at, &text.as_bytes()[at.min(offset)..offset])
    }
}

fn ends(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// Where the last line begins that begins in these bytes.
fn last_start(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|byte| *byte == b'\n').map(|end| end + 1)
}

/// Characters that begin in these bytes.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_walk_from_the_beginning() {
        let lines = "空间 ab\n".repeat(900) + &"é".repeat(3 * APART) + "\n\n" + &"x".repeat(APART);
        for text in ["", "\n", &lines[..lines.floor_char_boundary(2 * APART)], &lines] {
            let marks = Marks::new(text);
            let offsets = (0..=text.len()).step_by(61).chain([text.len()]).chain((0..=text.len()).step_by(APART));
            for offset in offsets.map(|offset| text.floor_char_boundary(offset)) {
                let before = &text[..offset];
                let told = (marks.line(text, offset), marks.line_start(text, offset), marks.chars(text, offset));
                let start = before.rfind('\n').map_or(0, |end| end + 1);
                assert_eq!(told, (before.matches('\n').count(), start, before.chars().count()), "{offset}");
            }
        }
    }
}
