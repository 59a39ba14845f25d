//! What becomes of an answer. Whatever happens to it, the record of its exchange is completed once.

use std::io::IoSlice;

use jiff::Timestamp;

use super::answering::Writing;
use crate::{
    mock::Mock,
    session::{Ended, Outcome, Sent},
};

/// The head of an answer is kept up to this size.
const LONGEST_HEAD: usize = 64 << 10;

/// Memory that a connection keeps for the heads of its answers.
const USUAL_HEAD: usize = 1 << 10;

/// The receipt of an answer. If it is dropped in the middle of one, that one was cut off.
pub(super) struct Receipt<'m> {
    mock: &'m Mock,
    /// Whose answer is under way.
    exchange: Option<u64>,
    sent: Sent,
    head: Head,
}

impl<'m> Receipt<'m> {
    /// Nothing of the answer of this exchange is sent yet.
    pub(super) fn new(mock: &'m Mock, exchange: u64) -> Self {
        Self { mock, exchange: Some(exchange), sent: Sent::default(), head: Head::default() }
    }

    /// A receipt for one answer after the other. None is under way.
    pub(super) fn unused(mock: &'m Mock) -> Self {
        Self { mock, exchange: None, sent: Sent::default(), head: Head::default() }
    }

    /// Begins the answer of an exchange if it is not under way yet.
    pub(super) fn begin(&mut self, exchange: u64) {
        if self.exchange.is_none() {
            self.exchange = Some(exchange);
            self.sent = Sent::default();
            self.head.clear();
        }
    }

    /// Notes bytes of the answer that the socket took.
    pub(super) fn wrote(&mut self, bytes: &[u8]) {
        self.head.push(bytes);
        self.sent(bytes.len() as u64);
    }

    /// Notes how many bytes the socket took of an answer whose head and body stand in slices of their own. A `100 Continue` before it
    /// is none of its bytes.
    pub(super) fn wrote_slices(&mut self, slices: &[IoSlice<'_>], written: usize) {
        let (mut rest, interim) = (written, self.head.interim);
        for slice in slices {
            if self.head.whole {
                break;
            }
            let part = &slice[..slice.len().min(rest)];
            self.head.push_apart(part);
            rest -= part.len();
        }
        self.sent(written.saturating_sub(self.head.interim - interim) as u64);
    }

    /// Notes that so many bytes of the answer are with the socket.
    pub(super) fn sent(&mut self, bytes: u64) {
        let now = Timestamp::now();
        self.sent.first.get_or_insert(now);
        self.sent.last = Some(now);
        self.sent.bytes += bytes;
    }

    /// The head of an answer that does not leave as lines.
    pub(super) fn head(&mut self, lines: Vec<u8>) {
        self.head = Head { bytes: lines, whole: true, interim: 0 };
    }

    /// Completes the record of the answer that is under way.
    pub(super) fn end(&mut self, ended: Ended) {
        let Some(exchange) = self.exchange.take() else { return };
        let at = self.sent.last.filter(|_| ended == Ended::Delivered).unwrap_or_else(Timestamp::now);
        self.mock.finish(exchange, Outcome { sent: self.sent, ended, at }, self.head.lines());
    }

    /// Leaves it to somebody else to complete the record.
    pub(super) fn pass_on(mut self) -> Writing {
        self.exchange.take().map_or(Writing::Unasked, Writing::Exchange)
    }
}

impl Drop for Receipt<'_> {
    fn drop(&mut self) {
        self.end(Ended::CutOff);
    }
}

/// The head of an HTTP/1 answer, copied while it is sent. Interim answers before it are passed over.
#[derive(Debug, Default)]
struct Head {
    bytes: Vec<u8>,
    whole: bool,
    /// Bytes of interim answers before it.
    interim: usize,
}

const END: &[u8] = b"\r\n\r\n";

impl Head {
    /// Adds what was sent of head or body.
    fn push(&mut self, bytes: &[u8]) {
        if self.whole {
            return;
        }
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(LONGEST_HEAD)]);
        while let Some(end) = self.bytes.windows(END.len()).position(|window| window == END) {
            if !is_interim(&self.bytes) {
                self.bytes.truncate(end + END.len());
                self.whole = true;
                return;
            }
            self.bytes.drain(..end + END.len());
            self.interim += end + END.len();
        }
        self.whole = self.bytes.len() >= LONGEST_HEAD;
    }

    /// Adds what was sent, which is all head or all body. Nearly always it is the head as a whole, and need not be searched.
    fn push_apart(&mut self, bytes: &[u8]) {
        if self.bytes.is_empty() && bytes.ends_with(END) && bytes.len() <= LONGEST_HEAD && !is_interim(bytes) {
            self.bytes.extend_from_slice(bytes);
            self.whole = true;
        } else {
            self.push(bytes);
        }
    }

    /// The lines of the head that were sent; nothing where that was no head.
    fn lines(&self) -> &[u8] {
        if self.whole || self.bytes.starts_with(b"HTTP/") { &self.bytes } else { b"" }
    }

    /// Makes room for the next one.
    fn clear(&mut self) {
        self.whole = false;
        self.interim = 0;
        self.bytes.clear();
        self.bytes.shrink_to(USUAL_HEAD);
    }
}

fn is_interim(head: &[u8]) -> bool {
    head.starts_with(b"HTTP/1.1 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Refusal, SpecFiles},
        mock::Options,
        session::Arrival,
    };
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn head(pieces: &[&str]) -> String {
        let mut head = Head::default();
        pieces.iter().for_each(|piece| head.push(piece.as_bytes()));
        String::from_utf8(head.lines().to_vec()).unwrap()
    }

    #[test]
    fn whatever_happens_to_an_answer_its_record_is_completed_once() {
        let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
        let planned = || {
            let plan = mock.handle_unreadable(b"", Refusal::Malformed, "nothing", Arrival::at(Timestamp::now()));
            (plan.exchange, Receipt::new(&mock, plan.exchange))
        };
        let outcome = |exchange| mock.journal().get(exchange).unwrap().finished;
        let (dropped, receipt) = planned();
        assert_eq!(outcome(dropped), None);
        drop(receipt);
        assert_eq!(outcome(dropped).unwrap().ended, Ended::CutOff);
        let (failed, receipt) = planned();
        let failing = move || {
            let _receipt = receipt;
            panic!("on purpose");
        };
        assert!(catch_unwind(AssertUnwindSafe(failing)).is_err());
        assert_eq!(outcome(failed).unwrap().ended, Ended::CutOff);
        let (ended, mut receipt) = planned();
        receipt.wrote(b"HTTP/1.1 200 OK\r\n\r\n");
        receipt.end(Ended::ClientLeft);
        drop(receipt);
        let outcome_of_ended = outcome(ended).unwrap();
        assert_eq!((outcome_of_ended.ended, outcome_of_ended.sent.bytes), (Ended::ClientLeft, 19));
        let (passed_on, receipt) = planned();
        assert_eq!(receipt.pass_on(), Writing::Exchange(passed_on));
        assert_eq!(outcome(passed_on), None);
    }

    #[test]
    fn the_head_ends_where_the_body_begins_however_it_is_cut() {
        let answer = "HTTP/1.1 200 OK\r\na: b\r\n\r\nc: d\r\n\r\n";
        for cut in 0..answer.len() {
            let (first, second) = answer.split_at(cut);
            assert_eq!(head(&[first, second]), "HTTP/1.1 200 OK\r\na: b\r\n\r\n", "{cut}");
        }
    }

    #[test]
    fn interim_answers_have_no_part_in_it() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
        assert_eq!(head(&[interim, "HTTP/1.1 200 OK\r\n\r\nbody"]), "HTTP/1.1 200 OK\r\n\r\n");
    }

    #[test]
    fn a_head_in_a_slice_of_its_own_ends_where_the_same_bytes_in_one_piece_do() {
        for interim in ["", "HTTP/1.1 100 Continue\r\n\r\n"] {
            let (head, body) = (format!("{interim}HTTP/1.1 200 OK\r\na: b\r\n\r\n"), "0\r\n\r\n");
            for cut in 0..head.len() {
                let mut apart = Head::default();
                [&head[..cut], &head[cut..], body].iter().for_each(|piece| apart.push_apart(piece.as_bytes()));
                assert_eq!(apart.lines(), b"HTTP/1.1 200 OK\r\na: b\r\n\r\n", "{cut}");
            }
        }
    }

    #[test]
    fn lines_that_were_sent_before_it_broke_off_are_kept_and_garbage_is_not() {
        assert_eq!(head(&["HTTP/1.1 200 OK\r\n", "a: b\r\n"]), "HTTP/1.1 200 OK\r\na: b\r\n");
        assert_eq!(head(&["\0garbage: x"]), "");
    }

    #[test]
    fn a_head_without_end_is_kept_up_to_a_limit() {
        let mut head = Head::default();
        head.push(b"HTTP/1.1 200 OK\r\na: ");
        (0..100).for_each(|_| head.push(&[b'x'; 4096]));
        assert!(head.lines().len() < LONGEST_HEAD + 4096);
    }
}
