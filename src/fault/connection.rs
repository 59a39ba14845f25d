//! Faults of the whole connection: `reset`, `close`, `hang`, and what `goaway` is on HTTP/1.

use http::{HeaderValue, header};

use super::{End, Message, Script};

pub(super) fn reset() -> Script {
    Script::only(End::Reset)
}

pub(super) fn close() -> Script {
    Script::only(End::Close)
}

pub(super) fn hang() -> Script {
    Script::only(End::Hang)
}

/// The answer, and the connection is over: what `goaway` says on HTTP/2.
pub(super) fn last(mut message: Message) -> Script {
    message.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Script::parts(message.whole(), End::Close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::message::tests::answer;

    #[test]
    fn nothing_is_sent_before_a_reset_a_close_or_a_hang() {
        for (script, end) in [(reset(), End::Reset), (close(), End::Close), (hang(), End::Hang)] {
            assert_eq!(script, Script { actions: Vec::new(), end });
        }
    }

    #[test]
    fn the_last_answer_of_a_connection_says_so() {
        let expected =
            "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 10\r\ndate: today\r\nconnection: close\r\n\r\n0123456789";
        assert_eq!(last(answer()), Script::send(expected.into(), End::Close));
    }
}
