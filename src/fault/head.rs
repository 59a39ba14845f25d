//! Faults of the head: `garbage`, `status_line`, `duplicate_header`, `huge_header`, `slow_headers`, `early_hints`.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue};

use super::{
    Action, End, Message, Script,
    interim::{self, Interim},
};
use crate::contract::Answer;

/// A value that lost its meaning on the way: no version, no status, no line.
const GARBAGE: &[u8] = b"\x00\x17\xff\xfe{]%\x80garbage\x07\x1b\x9c\x00\xc3(\xe2\x82\x7f;=\xf5\r\xaa\xbb\xcc\x01\x02";

static HUGE: HeaderName = HeaderName::from_static("x-huge");

pub(super) fn garbage() -> Script {
    Script::send(Bytes::from_static(GARBAGE), End::Close)
}

pub(super) fn status_line(message: &Message) -> Script {
    let mut bytes = BytesMut::from(&b"HTTP/1,1 2OO O.K.\r\n"[..]);
    message.lines().iter().skip(1).for_each(|line| bytes.extend_from_slice(line));
    Script::parts([bytes.freeze(), message.body.clone()], End::Close)
}

/// The answer with a header twice; one that it does not have stays away.
pub(super) fn twice(mut message: Message, name: &HeaderName) -> Message {
    if let Some(value) = message.headers.get(name).cloned() {
        message.headers.append(name.clone(), value);
    }
    message
}

pub(super) fn duplicate(message: Message, name: &HeaderName) -> Script {
    Script::parts(twice(message, name).whole(), End::Next)
}

pub(super) fn huge(answer: &mut Answer, bytes: usize) {
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(vec![b'x'; bytes])) {
        answer.headers.retain(|(name, _)| *name != HUGE);
        answer.headers.push((HUGE.clone(), value));
    }
}

pub(super) fn slow(message: Message, pause: Duration) -> Script {
    let lines = message.lines().into_iter();
    let mut actions: Vec<Action> = lines.flat_map(|line| [Action::Pause(pause), Action::Send(line)]).collect();
    if !message.body.is_empty() {
        actions.push(Action::Send(message.body));
    }
    Script { actions, end: End::Next }
}

/// How long a slow head takes in all.
pub(super) fn slowness(message: &Message, pause: Duration) -> Duration {
    pause.saturating_mul(u32::try_from(message.headers.len() + 2).unwrap_or(u32::MAX))
}

pub(super) fn early_hints(message: &Message, interims: &[Interim]) -> Script {
    let mut actions = vec![Action::Send(interim::bytes(interims))];
    actions.extend(Action::sends(message.whole()));
    Script { actions, end: End::Next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::message::tests::{HEAD, answer};
    use http::{StatusCode, header};

    #[test]
    fn garbage_has_no_line_and_no_version() {
        assert_eq!(garbage(), Script::send(GARBAGE.into(), End::Close));
        assert!(!GARBAGE.contains(&b'\n'));
        assert!(!GARBAGE.starts_with(b"HTTP"));
    }

    #[test]
    fn only_the_status_line_is_garbled() {
        let expected = format!("{HEAD}0123456789").replace("HTTP/1.1 200 OK", "HTTP/1,1 2OO O.K.");
        assert_eq!(status_line(&answer()), Script::send(expected.into(), End::Close));
    }

    #[test]
    fn a_header_that_is_there_stands_twice() {
        let expected = format!("{HEAD}0123456789").replace("x-a: 1\r\n", "x-a: 1\r\nx-a: 1\r\n");
        let name = HeaderName::from_static("x-a");
        assert_eq!(duplicate(answer(), &name), Script::send(expected.into(), End::Next));
        let lengths = twice(answer(), &header::CONTENT_LENGTH);
        assert_eq!(lengths.headers.get_all(header::CONTENT_LENGTH).iter().count(), 2);
        assert_eq!(twice(answer(), &header::RETRY_AFTER).whole(), answer().whole());
    }

    #[test]
    fn a_huge_header_is_as_large_as_asked() {
        let mut answer = Answer { status: StatusCode::OK, headers: Vec::new(), body: Bytes::new() };
        huge(&mut answer, 70_000);
        assert_eq!(answer.headers[0].1.len(), 70_000);
    }

    #[test]
    fn a_slow_head_comes_line_by_line_and_its_body_at_once() {
        let pause = Duration::from_millis(7);
        let script = slow(answer(), pause);
        let sent: Vec<u8> = script
            .actions
            .iter()
            .flat_map(|action| if let Action::Send(bytes) = action { bytes.to_vec() } else { Vec::new() })
            .collect();
        assert_eq!(sent, format!("{HEAD}0123456789").as_bytes());
        let pauses = script.actions.iter().filter(|action| **action == Action::Pause(pause)).count();
        assert_eq!((pauses, slowness(&answer(), pause)), (5, pause * 5));
        assert_eq!(script.end, End::Next);
    }

    #[test]
    fn interim_answers_come_before_the_real_one() {
        let statuses = |interims: &[Interim]| -> Vec<String> {
            let script = early_hints(&answer(), interims);
            let [Action::Send(before), Action::Send(after)] = script.actions.as_slice() else { panic!("{script:?}") };
            assert_eq!((after, script.end), (&answer().whole().concat().into(), End::Next));
            let lines = std::str::from_utf8(before).unwrap().lines();
            lines.filter_map(|line| line.strip_prefix("HTTP/1.1 ")).map(|line| line[..3].to_owned()).collect()
        };
        assert_eq!(statuses(&Interim::ALL), ["100", "102", "103"]);
        assert_eq!(statuses(&[Interim::EarlyHints]), ["103"]);
    }
}
