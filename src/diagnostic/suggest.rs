//! "Did you mean": the closest of a list of known names.

/// The candidate closest to `found`, if one is close enough to be what was meant. Letter case is not counted as a difference.
pub fn did_you_mean<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = found.to_lowercase();
    // Past this size nobody mistypes a name, and the comparison is quadratic.
    if wanted.len() > 120 {
        return None;
    }
    let allowed = 1 + wanted.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_slip_of_a_finger_and_leaves_other_words_alone() {
        let names = ["CreateShare", "UpdateShare", "BatchCancel"];
        assert_eq!(did_you_mean("CreateShares", names), Some("CreateShare"));
        assert_eq!(did_you_mean("batchcancel", names), Some("BatchCancel"));
        assert_eq!(did_you_mean("Teapot", names), None);
    }
}
