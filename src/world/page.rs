//! Pages of lists: by offset, or behind a cursor that remembers the last entry.

use std::ops::RangeInclusive;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::outcome::Trouble;

/// Entries of a page where nothing else is said, and at most.
pub(super) const MOST: usize = 100;

/// A filter looks at no more entries than this for a page; a page may come short before the end, as the vendor says.
pub(super) const MOST_LOOKED_AT: usize = 4096;

/// Bytes of a cursor that tell whether it is ours.
const MAC: usize = 4;

/// What comes behind a page.
pub(super) struct Next {
    pub(super) cursor: String,
    /// The page has fewer entries than were asked for, and is not the last one all the same.
    pub(super) is_short: bool,
}

/// The part of a list that `offset` and `limit` name; beyond its end nothing.
pub(super) fn part<T>(list: impl Iterator<Item = T>, offset: Option<i64>, limit: Option<i64>) -> Vec<T> {
    let offset = usize::try_from(offset.unwrap_or(0)).unwrap_or(0);
    list.skip(offset).take(size(limit)).collect()
}

/// How many entries are wanted.
pub(super) fn size(asked: Option<i64>) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).filter(|asked| *asked > 0).map_or(MOST, |asked| asked.min(MOST))
}

/// Where a page begins: behind the entry with this number; from the start without one. `list` is the operation with all that chooses its
/// entries: the cursor of another list is none.
pub(super) fn after(cursor: Option<&str>, list: &str) -> Result<u64, Trouble> {
    Ok(behind(cursor, list)?.map_or(0, |(number, _)| number))
}

/// The same for a list in another order: the number of the last entry, and the key that it was sorted by.
pub(super) fn behind(cursor: Option<&str>, list: &str) -> Result<Option<(u64, Vec<u8>)>, Trouble> {
    let Some(cursor) = cursor.filter(|cursor| *cursor != "0") else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let found = bytes.as_deref().and_then(|bytes| {
        let (sent, rest) = bytes.split_at_checked(MAC)?;
        let (number, key) = rest.split_at_checked(8)?;
        let number = u64::from_be_bytes(number.try_into().ok()?);
        (mac(number, key, list) == *sent).then(|| (number, key.to_vec()))
    });
    found.map(Some).ok_or_else(|| Trouble::invalid(format!("`{cursor}` is no cursor of this list")))
}

/// The cursor behind an entry.
pub(super) fn cursor(number: u64, key: &[u8], list: &str) -> String {
    let mut bytes = mac(number, key, list).to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend(key);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The places of what comes behind a cursor, one way round or the other.
pub(super) fn window(after: u64, descending: bool) -> RangeInclusive<u64> {
    match (after, descending) {
        (0, _) => 1..=u64::MAX,
        (after, true) => 1..=after - 1,
        (after, false) => after.saturating_add(1)..=u64::MAX,
    }
}

/// A page of what is wanted. It looks at so many entries at most: it may come short, or empty, before the end.
pub(super) fn chosen<T>(
    list: impl Iterator<Item = T>,
    most: usize,
    name: &str,
    number: impl Fn(&T) -> u64,
    is_wanted: impl Fn(&T) -> bool,
) -> (Vec<T>, Option<Next>) {
    let (mut entries, mut last) = (Vec::new(), 0);
    for (looked_at, entry) in list.enumerate() {
        let (place, is_wanted) = (number(&entry), is_wanted(&entry));
        if looked_at >= MOST_LOOKED_AT || is_wanted && entries.len() == most {
            let is_short = entries.len() < most;
            return (entries, Some(Next { cursor: cursor(last, &[], name), is_short }));
        }
        last = place;
        entries.extend(is_wanted.then_some(entry));
    }
    (entries, None)
}

/// A page, and the cursor behind it if there is more.
pub(super) fn page<T>(
    mut list: impl Iterator<Item = T>,
    most: usize,
    name: &str,
    number: impl Fn(&T) -> u64,
) -> (Vec<T>, Option<Next>) {
    let entries: Vec<T> = list.by_ref().take(most).collect();
    let last = entries.last().map(number).filter(|_| list.next().is_some());
    (entries, last.map(|number| Next { cursor: cursor(number, &[], name), is_short: false }))
}

fn mac(number: u64, key: &[u8], list: &str) -> [u8; MAC] {
    let hash = Sha256::new().chain_update(number.to_be_bytes()).chain_update((key.len() as u64).to_be_bytes());
    let digest = hash.chain_update(key).chain_update(list).finalize();
    let mut mac = [0; MAC];
    mac.copy_from_slice(&digest[..MAC]);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_until_the_end() {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let start = after(cursor.as_deref(), "a").unwrap();
            let (entries, next) = page((1..=7_u64).filter(|number| *number > start), 3, "a", |number| *number);
            seen.extend(entries);
            cursor = next.map(|next| next.cursor);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=7).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_is_wanted_comes_once_whichever_way_a_list_goes() {
        for descending in [false, true] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let window = window(after(cursor.as_deref(), "a").unwrap(), descending);
                let all: Vec<u64> = (1..=10_000).filter(|number| window.contains(number)).collect();
                let all: Box<dyn Iterator<Item = u64>> =
                    if descending { Box::new(all.into_iter().rev()) } else { Box::new(all.into_iter()) };
                let (entries, next) = chosen(all, 2, "a", |number| *number, |number| number % 1500 == 0);
                assert!(next.as_ref().is_none_or(|next| next.is_short == (entries.len() < 2)));
                seen.extend(entries);
                cursor = next.map(|next| next.cursor);
                if cursor.is_none() {
                    break;
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, [1500, 3000, 4500, 6000, 7500, 9000]);
        }
    }

    #[test]
    fn a_cursor_that_was_changed_or_is_of_another_list_is_none() {
        let (_, cursor) = page(1..=7_u64, 3, "a", |number| *number);
        let cursor = cursor.unwrap().cursor;
        assert_eq!(after(Some(&cursor), "a"), Ok(3));
        assert!(after(Some(&cursor), "b").is_err());
        for (at, letter) in cursor.char_indices() {
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, if letter == 'A' { "B" } else { "A" });
            assert!(after(Some(&changed), "a").is_err(), "{changed}");
        }
        for none in ["x", "AAAA", "ä", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(after(Some(none), "a").is_err());
        }
    }

    #[test]
    fn parts_by_offset_end_with_the_list() {
        assert_eq!(part(0..5, Some(3), Some(10)), [3, 4]);
        assert_eq!(part(0..5, None, Some(2)), [0, 1]);
        assert!(part(0..5, Some(9), None).is_empty());
    }
}
