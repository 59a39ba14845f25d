//! Path templates by segment, and how far a text is from a segment.

/// Longer segments are not typos, and the comparison is quadratic.
const LONGEST: usize = 64;

/// Edits in one segment.
const MOST_EDITS: usize = 3;

/// The cost of another method.
pub(super) const OTHER_METHOD: u32 = 4;

/// A segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(String),
    /// `{name}`
    Parameter(String),
}

/// The segments of a template without the empty ones.
pub(super) fn segments(template: &str) -> Vec<Segment> {
    let segments = template.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name.to_owned()),
            None => Segment::Literal(segment.to_owned()),
        })
        .collect()
}

/// Whether a text has the form of an id: every id in the vendors' documentation has a digit, and of the literal segments only versions
/// have one.
pub(super) fn is_id(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a segment is a version, such as `v1`.
pub(super) fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or(segment);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl Segment {
    /// The text, if it is a literal.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(literal) => Some(literal),
            Self::Parameter(_) => None,
        }
    }

    /// The cost if the path has no such segment. An id is forgotten more easily than a word.
    pub(super) fn missing(&self) -> u32 {
        match self {
            Self::Literal(_) => 4,
            Self::Parameter(_) => 3,
        }
    }

    /// The cost of taking a text for this segment: 0 for the same text, more for a similar one, `None` if they are too different.
    pub(super) fn cost(&self, text: &str) -> Option<u32> {
        match self {
            Self::Parameter(_) if is_id(text) => Some(0),
            Self::Parameter(_) => Some(1),
            Self::Literal(literal) => literal_cost(literal, text),
        }
    }
}

/// The cost of taking a text for a literal.
pub(super) fn literal_cost(literal: &str, text: &str) -> Option<u32> {
    if literal == text {
        return Some(0);
    }
    if literal.eq_ignore_ascii_case(text) {
        return Some(1);
    }
    let longer = literal.len().max(text.len());
    let allowed = (1 + (longer - 1) / 6).min(MOST_EDITS).min(literal.len() / 2);
    if text.len() > LONGEST || literal.len().abs_diff(text.len()) > allowed {
        return None;
    }
    // An edit changes the set of letters by two at most. Checking that first avoids most comparisons and their allocations.
    if (letters(literal) ^ letters(text)).count_ones() as usize > 2 * allowed {
        return None;
    }
    let edits = strsim::osa_distance(&literal.to_ascii_lowercase(), &text.to_ascii_lowercase());
    (edits <= allowed).then_some(2 * u32::try_from(edits).unwrap_or(u32::MAX / 2))
}

/// The set of letters of a text, one bit each, ignoring case.
fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |letters, byte| letters | 1 << (byte & 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_recognised_in_any_letter_case_and_with_a_typo() {
        for (literal, text, cost) in [
            ("share", "share", Some(0)),
            ("userList", "userlist", Some(1)),
            ("share", "shares", Some(2)),
            ("share", "sharess", Some(4)),
            ("search", "serach", Some(2)),
            ("batchDelete", "batch-delete", Some(2)),
            ("jobs", "job", Some(2)),
            ("task", "test", None),
            ("visit", "list", None),
            ("v", "a", None),
            ("audit", "alice", None),
            ("share", "x", None),
            ("share", "", None),
        ] {
            assert_eq!(literal_cost(literal, text), cost, "{literal} {text}");
        }
        assert_eq!(literal_cost("share", &"share".repeat(1000)), None);
    }

    #[test]
    fn ids_have_a_digit_and_words_have_none() {
        for id in ["1309243162258300001", "a4fd0d798f5344ccac2c695646ef66d3", "IAADfsBFCO6WtAtuAb7e92c", "user1", "%E7"]
        {
            assert!(is_id(id), "{id}");
        }
        for word in ["sharess", "batch-get", "root", ""] {
            assert!(!is_id(word), "{word}");
        }
    }
}
