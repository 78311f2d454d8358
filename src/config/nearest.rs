//! The known name that a misspelt one most likely means.

/// The nearest of `known` to `word`, if any is near enough to be worth a suggestion.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|name| {
            let score = strsim::jaro_winkler(&folded, name)
                .max(strsim::normalized_damerau_levenshtein(&folded, name));
            (score, name)
        })
        .filter(|(score, _)| *score >= 0.75)
        // The first of equals wins, so that the answer does not depend on anything but the list.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["keys-command", "cross-slot", "smembers-command"];
        assert_eq!(nearest("key-command", known), Some("keys-command"));
        assert_eq!(nearest("Cross_Slot", known), Some("cross-slot"));
        assert_eq!(nearest("zebra", known), None);
    }
}
