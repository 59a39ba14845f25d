//! The key `fault` of an answer: a word, or a mapping from a word to its value.

use std::{num::NonZeroU32, ops::Range, time::Duration};

use http::{HeaderName, HeaderValue, header};
use jiff::SignedDuration;

use super::Compiler;
use crate::{
    document::{Content, Node},
    fault::{Change, Drift, Fault, How, Interim, Length, Pace, Reason, Share},
    scenario::parse_duration,
};

/// Every fault, and how it is written at its shortest.
pub const FAULT_FORMS: [(&str, &str); 21] = [
    ("reset", "reset"),
    ("close", "close"),
    ("hang", "hang"),
    ("reset_mid_body", "reset_mid_body"),
    ("hang_mid_body", "hang_mid_body"),
    ("truncate", "{ truncate: 50% }"),
    ("content_length", "{ content_length: wrong }"),
    ("bad_chunk", "bad_chunk"),
    ("garbage", "garbage"),
    ("status_line", "{ status_line: garbled }"),
    ("duplicate_header", "duplicate_header"),
    ("huge_header", "huge_header"),
    ("slow_headers", "slow_headers"),
    ("early_hints", "early_hints"),
    ("bad_json", "bad_json"),
    ("content_type", "{ content_type: text/html }"),
    ("drip", "{ drip: { bytes_per_second: 200 } }"),
    ("drift", "{ drift: { drop: [/data/id] } }"),
    ("skew", "{ skew: 20m }"),
    ("goaway", "goaway"),
    ("rst_stream", "rst_stream"),
];

/// Words that others have for faults, and ours.
const SYNONYMS: [(&str, &str); 12] = [
    ("timeout", "hang"),
    ("stall", "hang"),
    ("latency", "delay"),
    ("lag", "delay"),
    ("delay", "delay"),
    ("disconnect", "close"),
    ("empty_response", "close"),
    ("abort", "reset"),
    ("connection_reset", "reset"),
    ("slow", "drip"),
    ("bandwidth", "drip"),
    ("corrupt", "garbage"),
];

/// The values of `content_length`.
const LENGTHS: [(&str, Length); 2] = [("wrong", Length::Wrong), ("absent", Length::Absent)];
/// The keys of `drift`.
const KINDS: [(&str, How); 3] = [("drop", How::Drop), ("null", How::Null), ("retype", How::Retype)];
/// A size that breaks most limits on headers; the largest one is more than any client keeps.
const HUGE: usize = 64 << 10;
const HUGE_LIMIT: usize = 1 << 20;
/// A head of eight lines takes over a second.
const SLOW: Duration = Duration::from_millis(200);

impl Compiler<'_> {
    /// A word, or a mapping from a word to its value.
    pub(super) fn fault(&mut self, node: &Node) -> Option<Fault> {
        let entries: Vec<_> = node.as_mapping().into_iter().flatten().filter(|(key, _)| !key.is_extension()).collect();
        let (name, place, value) = match (node.as_text(), entries.as_slice()) {
            (Some(name), _) => (name, &node.span, None),
            (None, [(key, value)]) => (key.name.as_str(), &key.span, Some(value)),
            (None, [_, (second, _), ..]) => {
                self.checker.error(&second.span, "an answer has one fault", "one too many");
                return None;
            }
            _ => {
                self.checker.wrong_kind(node, "a fault such as `reset` or `{ truncate: 50% }`");
                return None;
            }
        };
        match (name, value) {
            ("reset", None) => Some(Fault::Reset),
            ("close", None) => Some(Fault::Close),
            ("hang", None) => Some(Fault::Hang),
            ("reset_mid_body", None) => Some(Fault::ResetMidBody),
            ("hang_mid_body", None) => Some(Fault::HangMidBody),
            ("bad_chunk", None) => Some(Fault::BadChunk),
            ("garbage", None) => Some(Fault::Garbage),
            ("early_hints", None) => Some(Fault::EarlyHints(Interim::ALL.to_vec())),
            ("bad_json", None) => Some(Fault::BadJson),
            ("goaway", None) => Some(Fault::Goaway),
            ("duplicate_header", None) => Some(Fault::DuplicateHeader(header::CONTENT_TYPE)),
            ("huge_header", None) => Some(Fault::HugeHeader(HUGE)),
            ("slow_headers", None) => Some(Fault::SlowHeaders(SLOW)),
            ("rst_stream", None) => Some(Fault::RstStream(Reason::INTERNAL_ERROR)),
            ("duplicate_header", Some(name)) => self.header_name(name).map(Fault::DuplicateHeader),
            ("huge_header", Some(size)) => self.header_size(size).map(Fault::HugeHeader),
            ("early_hints", Some(interims)) => self.interims(interims).map(Fault::EarlyHints),
            ("slow_headers", Some(pause)) => self.duration(pause).map(Fault::SlowHeaders),
            ("rst_stream", Some(reason)) => self.checker.one_of(reason, &Reason::ALL).map(Fault::RstStream),
            ("truncate", Some(share)) => self.share(share).map(Fault::Truncate),
            ("content_length", Some(length)) => self.checker.one_of(length, &LENGTHS).map(Fault::ContentLength),
            ("status_line", Some(word)) => self.checker.one_of(word, &[("garbled", Fault::StatusLine)]),
            ("content_type", Some(media_type)) => self.media_type(media_type).map(Fault::ContentType),
            ("drip", Some(pace)) => self.pace(pace).map(Fault::Drip),
            ("drift", Some(changes)) => self.drift(changes).map(Fault::Drift),
            ("skew", Some(skew)) => self.skew(skew).map(Fault::Skew),
            _ => {
                self.wrong_fault(name, place, value.is_some());
                None
            }
        }
    }

    /// A name that no fault has, or a fault with a value that it does not take, or without one that it needs.
    fn wrong_fault(&mut self, name: &str, place: &Range<usize>, has_value: bool) {
        let Some((_, form)) = FAULT_FORMS.iter().find(|(known, _)| *known == name) else {
            let message = format!("there is no fault `{name}`");
            if let Some((_, ours)) = SYNONYMS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name)) {
                let form =
                    FAULT_FORMS.iter().find(|(known, _)| known == ours).map(|(_, form)| format!("fault: {form}"));
                let form = form.unwrap_or_else(|| "delay: 250ms".to_owned());
                let help = format!("did you mean `{ours}`? write `{form}`");
                self.checker.error_with_help(place, message, "no such fault", Some(help));
                return;
            }
            let names = FAULT_FORMS.map(|(known, _)| known);
            let otherwise = Some(format!("known faults: {}", names.join(", ")));
            self.checker.unknown(place, message, "no such fault", name, names, otherwise);
            return;
        };
        let (message, label) = match has_value {
            false => (format!("`{name}` needs a value"), "which?"),
            true => (format!("`{name}` takes no value"), "one too many"),
        };
        self.checker.error_with_help(place, message, label, Some(format!("write `fault: {form}`")));
    }

    fn share(&mut self, node: &Node) -> Option<Share> {
        let text = node.to_string();
        let percent = text.strip_suffix('%').and_then(|number| number.trim_end().parse().ok());
        let share = percent.and_then(Share::percent);
        if share.is_none() {
            let help = text.parse::<f64>().is_ok().then(|| format!("write `{text}%`"));
            let message = format!("`{text}` is not a valid share of the body");
            self.checker.error_with_help(&node.span, message, "expected `0%` to `100%`", help);
        }
        share
    }

    fn header_name(&mut self, node: &Node) -> Option<HeaderName> {
        let name = self.checker.text(node, "the name of a header")?;
        let found = HeaderName::try_from(name).ok();
        if found.is_none() {
            self.checker.error(&node.span, format!("`{name}` is not a valid header name"), "letters, digits and `-`");
        }
        found
    }

    fn header_size(&mut self, node: &Node) -> Option<usize> {
        let text = node.to_string();
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = match unit {
            "B" => Some(1),
            "KB" => Some(1000),
            "KiB" => Some(1 << 10),
            "MB" => Some(1_000_000),
            "MiB" => Some(1 << 20),
            _ => None,
        };
        let size = number.parse().ok().zip(unit).and_then(|(number, unit): (usize, usize)| number.checked_mul(unit));
        let size = size.filter(|size| (1..=HUGE_LIMIT).contains(size));
        if size.is_none() {
            let label = "a number with `B`, `KB`, `KiB`, `MB` or `MiB`, at most 1MiB";
            self.checker.error(&node.span, format!("`{text}` is not a valid header size"), format!("expected {label}"));
        }
        size
    }

    /// Some of the interim answers, in their order.
    fn interims(&mut self, node: &Node) -> Option<Vec<Interim>> {
        const EXPECTED: &str = "a list of `100`, `102` and `103`, such as `[103]`";
        let items = self.checker.sequence(node, EXPECTED)?;
        if items.is_empty() {
            self.checker.error(&node.span, "the list of interim answers is empty", format!("expected {EXPECTED}"));
            return None;
        }
        let mut interims = Vec::new();
        for item in items {
            let found = Interim::ALL.into_iter().find(|interim| item.as_u64() == Some(interim.status().into()));
            match found {
                Some(next) if interims.last().is_none_or(|last| *last < next) => interims.push(next),
                Some(_) => {
                    let message = "interim answers come in the order `100`, `102`, `103`, each at most once";
                    self.checker.error(&item.span, message, "out of order");
                    return None;
                }
                None => {
                    self.checker.wrong_kind(item, "`100`, `102` or `103`");
                    return None;
                }
            }
        }
        Some(interims)
    }

    fn media_type(&mut self, node: &Node) -> Option<HeaderValue> {
        let text = self.checker.text(node, "a media type such as `text/html`")?;
        self.no_template(node, "content_type")?;
        let found = HeaderValue::try_from(text).ok().filter(|_| text.contains('/'));
        if found.is_none() {
            self.checker.error(
                &node.span,
                format!("`{text}` is not a valid media type"),
                "expected one such as `text/html`",
            );
        }
        found
    }

    fn pace(&mut self, node: &Node) -> Option<Pace> {
        const KEY: &str = "bytes_per_second";
        let entries = self.checker.mapping(node, "`drip`")?;
        self.checker.check_keys(entries, &[KEY]);
        let Some(rate) = node.get(KEY) else {
            return self.checker.missing(node, KEY, &format!("write `drip: {{ {KEY}: 200 }}`"));
        };
        let found = rate.as_u64().and_then(|rate| u32::try_from(rate).ok()).and_then(NonZeroU32::new);
        if found.is_none() {
            self.checker.wrong_kind(rate, "a whole number from 1 to 4294967295");
        }
        found.map(Pace::new)
    }

    fn skew(&mut self, node: &Node) -> Option<SignedDuration> {
        let Some(text) = node.as_text() else {
            let number = matches!(node.content, Content::Number(_));
            let help = number.then(|| format!("say which unit, such as `{node}m` or `{node}s`"));
            self.checker.wrong_kind_with_help(node, "a duration such as `20m` or `-20m`", help);
            return None;
        };
        let (ahead, length) = match text.strip_prefix('-') {
            Some(length) => (false, length),
            None => (true, text.strip_prefix('+').unwrap_or(text)),
        };
        match parse_duration(length).map(SignedDuration::try_from) {
            Ok(Ok(skew)) => Some(if ahead { skew } else { -skew }),
            _ => {
                let message = format!("`{text}` is not a valid clock skew");
                self.checker.error(&node.span, message, "expected a duration of at most 24h, such as `20m` or `-20m`");
                None
            }
        }
    }

    fn drift(&mut self, node: &Node) -> Option<Drift> {
        let entries = self.checker.mapping(node, "`drift`")?;
        self.checker.check_keys(entries, &KINDS.map(|(word, _)| word));
        let mut changes = Vec::new();
        let mut fine = true;
        for (pointers, how) in KINDS.iter().filter_map(|(word, how)| Some((node.get(word)?, *how))) {
            let Some(items) = self.checker.sequence(pointers, "a list of JSON pointers such as `[/data/id]`") else {
                fine = false;
                continue;
            };
            for item in items {
                match item.as_text().filter(|pointer| pointer.starts_with('/')) {
                    Some(pointer) => changes.push(Change { pointer: pointer.to_owned(), how }),
                    None => {
                        self.checker.wrong_kind(item, "a JSON pointer such as `/data/id`");
                        fine = false;
                    }
                }
            }
        }
        if changes.is_empty() && fine {
            self.checker.error(&node.span, "`drift` names nothing that changes", "expected `drop`, `null` or `retype`");
        }
        (fine && !changes.is_empty()).then(|| Drift::new(changes))
    }
}
