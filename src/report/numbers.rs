//! Numbers of exchanges, as many as a person wants to look up.

/// So many are listed; the rest is counted.
const LISTED: usize = 20;

/// The exchanges that a finding is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The first ones.
    pub listed: Vec<u64>,
    /// How many there are in all.
    pub count: u64,
    last: Option<u64>,
}

impl Numbers {
    /// The one that was added last.
    pub(super) fn last(&self) -> Option<u64> {
        self.last
    }

    /// Adds one.
    pub(super) fn add(&mut self, number: u64) {
        self.count += 1;
        self.last = Some(number);
        if self.listed.len() < LISTED {
            self.listed.push(number);
        }
    }

    /// Whether one more would still be listed.
    pub(super) fn has_room(&self) -> bool {
        self.listed.len() < LISTED
    }
}

impl FromIterator<u64> for Numbers {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut all = Self::default();
        numbers.into_iter().for_each(|number| all.add(number));
        all
    }
}

/// `exchange 3`, or `exchanges 1, 2, 3 and 37 more`.
impl std::fmt::Display for Numbers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = self.listed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let more = self.count - self.listed.len() as u64;
        write!(formatter, "exchange{} {listed}", if self.count == 1 { "" } else { "s" })?;
        if more > 0 { write!(formatter, " and {more} more") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_listed_and_the_rest_is_counted() {
        assert_eq!(Numbers::from_iter([7]).to_string(), "exchange 7");
        assert_eq!(Numbers::from_iter([1, 3]).to_string(), "exchanges 1, 3");
        let many = Numbers::from_iter(1..=57);
        assert_eq!((many.listed.len(), many.count), (20, 57));
        assert!(many.to_string().ends_with("19, 20 and 37 more"));
    }
}
