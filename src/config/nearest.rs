//! The nearest valid name to a mistyped one.

/// Shorter beginnings are shared by chance: `path`, `partition`.
const SHARED_BEGINNING: usize = 4;

/// Returns the candidate that the word was probably meant to be.
///
/// The case does not count: `live` is nearest to `LIVE`. A third of the letters may be wrong, or the
/// beginning must be the same: `subnets` is nearest to `subnet_ids`. With less, a guess would
/// mislead.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    let bound = (length / 3).max(1);
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let distance = strsim::damerau_levenshtein(&lower, &candidate);
        if distance <= bound && distance < candidate.chars().count() {
            return Some(distance);
        }
        let shared = lower.chars().zip(candidate.chars()).take_while(|(a, b)| a == b).count();
        (shared >= SHARED_BEGINNING && shared * 3 >= length * 2).then_some(distance)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((likeness(candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Writes names as a list for people: `` `a`, `b` and `c` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_slip_and_offers_nothing_far_fetched() {
        let keys = ["memory_size", "timeout", "LIVE"];
        let cases = [
            ("memroy_size", Some("memory_size")),
            ("live", Some("LIVE")),
            ("LIV", Some("LIVE")),
            ("timeouts", Some("timeout")),
            ("handler", None),
            ("x", None),
            ("memory", Some("memory_size")),
            ("mem", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
    }
}
