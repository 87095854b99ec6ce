//! "Did you mean": the candidate that a misspelt word is nearest to.

/// Longest word that is compared, in bytes; longer ones have no neighbour.
const LONGEST: usize = 100;

/// The candidate that differs from `word` by case alone, else the one with the fewest edits, if they are few for its
/// length. Of equals the first.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let distance = |candidate: &str| {
        let other = candidate.to_lowercase();
        if other == lower { 0 } else { strsim::damerau_levenshtein(&other, &lower) }
    };
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, candidate)| candidate)
}
