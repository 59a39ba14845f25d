//! What goes over an HTTP/1 connection, byte for byte and pause for pause.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::Pace;

/// A script for one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// In order.
    pub actions: Vec<Action>,
    /// What happens then.
    pub end: End,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Send(Bytes),
    /// Send these bytes in small pieces, with a pause before each.
    Drip(Bytes, Pace),
    /// Send nothing for so long.
    Pause(Duration),
}

/// What happens to the connection after a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The answer is out; the next request may come.
    Next,
    /// FIN.
    Close,
    /// RST.
    Reset,
    /// Nothing until the client closes.
    Hang,
}

/// Bytes up to this many are put together, so that they leave together. More are shared by all who get them, and not copied.
const TOGETHER: usize = 64 << 10;

impl Action {
    /// Sends these parts one after the other.
    pub(super) fn sends(parts: impl IntoIterator<Item = Bytes>) -> Vec<Self> {
        let (mut actions, mut together) = (Vec::new(), BytesMut::new());
        for part in parts {
            if part.len() <= TOGETHER {
                together.extend_from_slice(&part);
                continue;
            }
            if !together.is_empty() {
                actions.push(Self::Send(together.split().freeze()));
            }
            actions.push(Self::Send(part));
        }
        if !together.is_empty() {
            actions.push(Self::Send(together.freeze()));
        }
        actions
    }
}

impl Script {
    /// Sends these parts one after the other, and then ends like this.
    pub(super) fn parts(parts: impl IntoIterator<Item = Bytes>, end: End) -> Self {
        Self { actions: Action::sends(parts), end }
    }

    /// Sends these bytes, and then ends like this.
    pub fn send(bytes: Bytes, end: End) -> Self {
        Self { actions: vec![Action::Send(bytes)], end }
    }

    /// Sends nothing.
    pub fn only(end: End) -> Self {
        Self { actions: Vec::new(), end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_parts_leave_together_and_large_ones_are_not_copied() {
        let small = || Bytes::from_static(b"small");
        let large = Bytes::from(vec![b'x'; TOGETHER + 1]);
        assert_eq!(Script::parts([small(), small()], End::Next), Script::send("smallsmall".into(), End::Next));
        assert_eq!(Script::parts([], End::Close), Script::only(End::Close));
        let actions = Action::sends([small(), large.clone(), small(), small()]);
        let [Action::Send(first), Action::Send(second), Action::Send(third)] = &actions[..] else {
            panic!("{}", actions.len())
        };
        assert_eq!((first.as_ref(), third.as_ref()), (&b"small"[..], &b"smallsmall"[..]));
        assert_eq!((second.as_ptr(), second.len()), (large.as_ptr(), large.len()));
    }
}
