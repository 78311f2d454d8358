//! The text of suppression comments, the same in every language.

use crate::facts::{Span, Suppression};

/// The words that a suppression comment starts with.
pub const MARKER: &str = "slotlint:ignore";

/// Reads a comment such as `slotlint:ignore rule-a, rule-b -- reason`.
///
/// `comment_text` is the comment without its delimiters (`//`, `#`, `--`, `/* */`), `span` the place
/// of the whole comment, and `trailing` says whether code precedes it on its line. Returns `None`
/// when the comment does not start with the marker. A missing reason or an empty list of rules is
/// not judged here: whoever checks suppressions reports it.
pub fn parse(comment_text: &str, span: Span, trailing: bool) -> Option<Suppression> {
    let rest = comment_text.trim_start().strip_prefix(MARKER)?;
    // `slotlint:ignored` or `slotlint:ignore-file` are other words.
    if rest.starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    let (rules, reason) = match reason_separator(rest) {
        Some(at) => (&rest[..at], rest[at + 2..].trim()),
        None => (rest, ""),
    };
    Some(Suppression {
        span,
        rules: rules
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|rule| !rule.is_empty())
            .map(str::to_owned)
            .collect(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        trailing,
    })
}

/// The offset of the first `--` that stands alone between spaces or at the end.
fn reason_separator(text: &str) -> Option<usize> {
    text.match_indices("--").map(|(at, _)| at).find(|&at| {
        text[..at].ends_with(char::is_whitespace)
            && (at + 2 == text.len() || text[at + 2..].starts_with(char::is_whitespace))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Vec<String>, Option<String>)> {
        parse(text, Span::default(), false).map(|s| (s.rules, s.reason))
    }

    fn some(rules: &[&str], reason: Option<&str>) -> Option<(Vec<String>, Option<String>)> {
        let rules = rules.iter().map(|&r| r.to_owned()).collect();
        Some((rules, reason.map(str::to_owned)))
    }

    #[test]
    fn rules_and_reason() {
        assert_eq!(
            read(" slotlint:ignore keys-command -- a tool of operators"),
            some(&["keys-command"], Some("a tool of operators"))
        );
        assert_eq!(
            read("slotlint:ignore a-b,  c , d--e  --  one -- two  "),
            some(&["a-b", "c", "d--e"], Some("one -- two"))
        );
    }

    #[test]
    fn missing_parts_stay_empty() {
        assert_eq!(read("slotlint:ignore"), some(&[], None));
        assert_eq!(read("slotlint:ignore a"), some(&["a"], None));
        assert_eq!(read("slotlint:ignore a --"), some(&["a"], None));
        assert_eq!(read("slotlint:ignore a --   "), some(&["a"], None));
        assert_eq!(read("slotlint:ignore -- why"), some(&[], Some("why")));
    }

    #[test]
    fn only_comments_that_start_with_the_marker() {
        assert_eq!(read("see slotlint:ignore a -- b"), None);
        assert_eq!(read("slotlint:ignored a -- b"), None);
        assert_eq!(read("slotlint: ignore a -- b"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn place_is_kept() {
        let span = Span {
            line: 3,
            column: 5,
            end_line: 3,
            end_column: 30,
        };
        let found = parse("slotlint:ignore ü -- é", span, true).expect("a suppression");
        assert_eq!((found.span, found.trailing), (span, true));
        assert_eq!(found.rules, ["ü"]);
    }
}
