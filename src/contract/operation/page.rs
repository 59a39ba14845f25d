//! The vendor's pages, and which of them has a row.

use serde::Deserialize;

/// A page of the vendor's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// The page, as in the vendor's URL.
    pub page: String,
    /// Its edition: a date, or `undated`.
    pub edition: String,
    /// The rows that only this page has, as pointers into the request: `/body/expiredType`. Empty for a page with the whole table.
    #[serde(default)]
    pub rows: Vec<String>,
}

impl Page {
    /// Whether a place of the request is one of the rows that only this page has.
    fn alone_has(&self, at: &str) -> bool {
        self.rows
            .iter()
            .any(|row| at.strip_prefix(row.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

/// The pages that have the rows at some places of the request; those with the whole table, if no place is given.
pub(super) fn cited<'p, 'a>(pages: &'p [Page], places: impl Iterator<Item = &'a str>) -> Vec<&'p Page> {
    let mut whole = false;
    let mut alone = vec![false; pages.len()];
    let mut places = places.peekable();
    if places.peek().is_none() {
        whole = true;
    }
    for at in places {
        let owner = pages.iter().position(|page| page.alone_has(at));
        match owner.and_then(|owner| alone.get_mut(owner)) {
            Some(cited) => *cited = true,
            None => whole = true,
        }
    }
    let cited = pages.iter().zip(alone).filter(|(page, alone)| if page.rows.is_empty() { whole } else { *alone });
    cited.map(|(page, _)| page).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_an_older_edition_is_cited_from_there() {
        let page = |edition: &str, rows: &[&str]| Page {
            page: "share.html".to_owned(),
            edition: edition.to_owned(),
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
        };
        let pages = [page("2025-12-12", &[]), page("2025-03-14", &["/body/expiredType"])];
        let cited = |places: &[&str]| -> Vec<&str> {
            super::cited(&pages, places.iter().copied()).iter().map(|page| page.edition.as_str()).collect()
        };
        assert_eq!(cited(&[]), ["2025-12-12"]);
        assert_eq!(cited(&["/body/scope"]), ["2025-12-12"]);
        assert_eq!(cited(&["/body/expiredType"]), ["2025-03-14"]);
        assert_eq!(cited(&["/body/expiredType/0", "/body/expiredTypes"]), ["2025-12-12", "2025-03-14"]);
    }
}
