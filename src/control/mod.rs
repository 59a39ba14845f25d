//! What can be asked of a running stand-in, and done to it, as typed calls: the admin API is a thin coat of HTTP over them, and whoever
//! embeds the stand-in makes the same calls.
//!
//! Nothing here knows a socket, and the time is handed in.

mod clock;
mod error;
mod exchanges;
mod scenarios;
mod sessions;
mod world;

pub use self::{
    clock::{ClockOrder, Time},
    error::ControlError,
    exchanges::{ExchangeFilter, Page, UnmatchedCall},
    scenarios::{Compiled, Placed},
    sessions::{SessionState, TokenState},
};
use crate::mock::Mock;
pub use crate::world::{Listing, Wanted};

/// Asks a stand-in, and changes it while calls are answered.
///
/// ```
/// use understudy::{contract::SpecFiles, control::Control, mock::{Mock, Options}};
///
/// let mock = Mock::new(SpecFiles::embedded().load().unwrap(), Vec::new(), Options::default());
/// let control = Control::new(&mock);
/// assert_eq!(control.verdict(None).reasons(), ["no calls"]);
/// ```
#[derive(Clone, Copy)]
pub struct Control<'m> {
    mock: &'m Mock,
}

impl<'m> Control<'m> {
    /// Takes hold of a stand-in.
    pub fn new(mock: &'m Mock) -> Self {
        Self { mock }
    }

    /// The stand-in itself.
    pub fn mock(self) -> &'m Mock {
        self.mock
    }

    /// Begins anew: no session but the default one, which is at the start of the script, and an empty journal.
    pub fn reset(self) {
        self.mock.reset();
    }
}
