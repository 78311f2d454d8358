//! Key templates: literal text and holes, their hash tags, and whether two share a slot.

use super::subst::matched;
use super::value::{Atom, LISTED, Origin, Part, Value, concat, render};
use crate::redis::slot;

/// A key as a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Template {
    /// Literal text and holes.
    pub parts: Vec<Part>,
}

/// Whether two keys share a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slots {
    /// Always.
    Same,
    /// Something is not resolved.
    Unknown,
    /// Only when two values happen to be equal.
    NotProvable,
    /// Never, but for the chance of 1 in 16384.
    Different,
}

impl Template {
    /// The template of a value; `None` when it is not known at all.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        let parts = value.parts()?.into_iter().flat_map(|part| match &part {
            Part::Hole(atom) => matched(atom).unwrap_or_else(|| vec![part]),
            Part::Lit(_) => vec![part],
        });
        Some(Self {
            parts: concat(parts),
        })
    }

    /// Whether no literal text says anything about the key.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        !self.parts.iter().any(|p| matches!(p, Part::Lit(_)))
    }

    /// The template as people read it.
    #[must_use]
    pub fn text(&self) -> String {
        render(&self.parts)
    }

    /// Whether there is one such key for each of something: a part behind literal text differs.
    #[must_use]
    pub fn is_one_of_many(&self) -> bool {
        let named = self.parts.iter().position(|p| matches!(p, Part::Lit(_)));
        named.is_some_and(|at| self.parts[at..].iter().any(|p| matches!(p, Part::Hole(_))))
    }

    /// Words of the literal text, in lower case, and of the name of each hole.
    #[must_use]
    pub fn words(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let split = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_ascii_lowercase)
                .collect()
        };
        let (mut told, mut holes) = (Vec::new(), Vec::new());
        for part in &self.parts {
            match part {
                Part::Lit(text) => told.extend(split(text)),
                Part::Hole(atom) => holes.push(split(&atom.display_name())),
            }
        }
        (told, holes)
    }

    /// The text with all holes alike: equal for keys of one family.
    #[must_use]
    pub fn family(&self) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Lit(text) => out.push_str(text),
                Part::Hole(_) => out.push('\u{1}'),
            }
        }
        out
    }

    /// What is between the first `{` and the first `}` after it, if that is not empty. Holes are
    /// taken to hold no brace.
    #[must_use]
    pub fn hash_tag(&self) -> Option<Vec<Part>> {
        let mut inside: Option<Vec<Part>> = None;
        for part in &self.parts {
            match part {
                Part::Hole(atom) => {
                    if let Some(tag) = &mut inside {
                        tag.push(Part::Hole(atom.clone()));
                    }
                }
                Part::Lit(text) => {
                    let mut rest: &str = text;
                    if inside.is_none() {
                        let Some(at) = rest.find('{') else { continue };
                        rest = &rest[at + 1..];
                        inside = Some(Vec::new());
                    }
                    if let Some(tag) = &mut inside {
                        match rest.find('}') {
                            Some(end) => {
                                if end > 0 {
                                    tag.push(Part::Lit(rest[..end].into()));
                                }
                                return if tag.is_empty() { None } else { inside };
                            }
                            None if rest.is_empty() => {}
                            None => tag.push(Part::Lit(rest.into())),
                        }
                    }
                }
            }
        }
        None
    }

    /// Whether there is nothing in the key, or nothing between its first braces.
    #[must_use]
    pub fn is_emptied(&self) -> bool {
        if self.parts.is_empty() {
            return true;
        }
        let family = self.family();
        family
            .find('{')
            .is_some_and(|at| family[at + 1..].starts_with('}'))
    }

    /// Whether this is what is left of a key with a hash tag when the tag is left out: its braces, or the
    /// tag with a separator beside it. Code that serves clusters and single servers has both forms.
    #[must_use]
    pub fn is_without_tag_of(&self, tagged: &Self) -> bool {
        if self.hash_tag().is_some() || tagged.hash_tag().is_none() {
            return false;
        }
        let (own, other) = (self.text(), tagged.text());
        if own == other.replace(['{', '}'], "") {
            return true;
        }
        let Some(begin) = other.find('{') else {
            return false;
        };
        let Some(end) = other[begin..].find('}').map(|at| begin + at) else {
            return false;
        };
        let separates = |c: char| !c.is_alphanumeric() && !matches!(c, '<' | '>');
        let (before, after) = (&other[..begin], &other[end + 1..]);
        let joined = |before: &str, after: &str| own == format!("{before}{after}");
        joined(before, after)
            || after
                .strip_prefix(separates)
                .is_some_and(|after| joined(before, after))
            || before
                .strip_suffix(separates)
                .is_some_and(|before| joined(before, after))
    }

    /// What Redis hashes.
    #[must_use]
    pub fn hash_input(&self) -> Vec<Part> {
        self.hash_tag().unwrap_or_else(|| self.parts.clone())
    }

    /// The slot, when the hash input is constant.
    #[must_use]
    pub fn slot(&self) -> Option<u16> {
        literal(&self.hash_input()).map(|text| slot::slot(text.as_bytes()))
    }

    /// Whether every key of this template lies in the same slot as every key of another, for one and
    /// the same run of the code.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Slots {
        let (a, b) = (self.hash_input(), other.hash_input());
        if a == b {
            return Slots::Same;
        }
        // An alternative that left the tag or the whole key empty is no key that anyone meant.
        if self.is_emptied() || other.is_emptied() {
            return Slots::Unknown;
        }
        if let (Some(x), Some(y)) = (literal(&a), literal(&b)) {
            return if slot::slot(x.as_bytes()) == slot::slot(y.as_bytes()) {
                Slots::Same
            } else {
                Slots::Different
            };
        }
        // A key that is another whole key and more: they share a slot only if that has a tag of its own.
        let extends = |one: &Self, more: &Self| {
            one.is_bare() && more.parts.first() == one.parts.first() && more.hash_tag().is_none()
        };
        if extends(self, other) || extends(other, self) {
            return Slots::NotProvable;
        }
        if self.is_bare() || other.is_bare() {
            return Slots::Unknown;
        }
        let holes_only = |parts: &[Part]| parts.iter().all(|p| matches!(p, Part::Hole(_)));
        if family(&a) == family(&b) {
            return Slots::NotProvable;
        }
        // A tag that is nothing but a value may hold whatever the other side spells out, unless
        // that spells out the very value.
        let contains = |parts: &[Part], atoms: &[Part]| atoms.iter().any(|p| parts.contains(p));
        if holes_only(&a) && !contains(&b, &a) || holes_only(&b) && !contains(&a, &b) {
            return Slots::NotProvable;
        }
        Slots::Different
    }

    /// The unknown values in the key, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Atom> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole(atom) => Some(atom),
            Part::Lit(_) => None,
        })
    }

    /// Pieces of literal text, in order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Lit(text) => Some(&**text),
            Part::Hole(_) => None,
        })
    }

    /// The value that is the hash tag, when the tag is one value and nothing else.
    #[must_use]
    pub fn tag_hole(&self) -> Option<Atom> {
        match self.hash_tag()?.as_slice() {
            [Part::Hole(atom)] => Some(atom.clone()),
            _ => None,
        }
    }

    /// Literal text before the first hole.
    #[must_use]
    pub fn text_before_hole(&self) -> String {
        match self.parts.first() {
            Some(Part::Lit(text)) => text.to_string(),
            _ => String::new(),
        }
    }

    /// Whether the whole key is an element of a loop that goes by a name of its own, such as `task_uuid`:
    /// then it is that thing's identity. A `key` may be anything that a caller made.
    #[must_use]
    pub fn is_named_element(&self) -> bool {
        let [Part::Hole(atom)] = self.parts.as_slice() else {
            return false;
        };
        matches!(atom.origin, Origin::Each(..)) && {
            let name = atom.display_name();
            ["_id", "_uuid", "_token"]
                .iter()
                .any(|end| name.ends_with(end))
        }
    }

    /// Whether a server was asked for such keys by a pattern: those that it names are there.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.holes().any(is_listed)
    }

    /// Whether it is each key that a server was asked for by the pattern `*`.
    #[must_use]
    pub fn is_any_key(&self) -> bool {
        let [Part::Hole(atom)] = self.parts.as_slice() else {
            return false;
        };
        is_listed(atom)
    }

    /// Whether keys of one list made from this template may lie in different slots: the hash input
    /// holds something that changes from element to element.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.hash_input().iter().any(|part| match part {
            Part::Hole(atom) => changes(atom),
            Part::Lit(_) => false,
        })
    }

    /// Whether some key could belong to both templates.
    #[must_use]
    pub fn may_match(&self, other: &Self) -> bool {
        let (a, b) = (pattern(&self.parts), pattern(&other.parts));
        // Two patterns of literals and stars meet when they agree before the first star and after
        // the last one; what is between is taken to agree.
        overlaps(&a, &b)
    }

    /// Whether some key of this template matches a glob pattern given as a template.
    #[must_use]
    pub fn may_match_glob(&self, glob: &Self) -> bool {
        let mut b = Vec::new();
        for part in &glob.parts {
            match part {
                Part::Hole(_) => b.push(Token::Star),
                Part::Lit(text) => {
                    let mut chars = text.chars();
                    while let Some(c) = chars.next() {
                        match c {
                            '*' | '?' => b.push(Token::Any),
                            '[' => {
                                for d in chars.by_ref() {
                                    if d == ']' {
                                        break;
                                    }
                                }
                                b.push(Token::Any);
                            }
                            '\\' => b.extend(chars.next().map(Token::Char)),
                            c => b.push(Token::Char(c)),
                        }
                    }
                }
            }
        }
        overlaps(&pattern(&self.parts), &b)
    }
}

/// Whether a value is text for the wildcards in a pattern that a server was asked for.
fn is_listed(atom: &Atom) -> bool {
    matches!(&atom.origin, Origin::Call { callee, .. } if &**callee == LISTED)
}

/// Whether a value changes from round to round of a loop.
fn changes(atom: &Atom) -> bool {
    match &atom.origin {
        Origin::Each(..) => true,
        Origin::Field(base, ..) => changes(base),
        Origin::Call { args, .. } => {
            let mut found = false;
            for arg in args.iter() {
                arg.atoms(&mut |a| found |= matches!(a.origin, Origin::Each(..)));
            }
            found
        }
        _ => false,
    }
}

fn literal(parts: &[Part]) -> Option<String> {
    Value::Text(parts.to_vec()).literal()
}

fn family(parts: &[Part]) -> String {
    Template {
        parts: parts.to_vec(),
    }
    .family()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    /// A value: any text without braces.
    Star,
    /// A wildcard of a glob: any text.
    Any,
}

fn brace(c: char) -> bool {
    c == '{' || c == '}'
}

fn pattern(parts: &[Part]) -> Vec<Token> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Hole(_) => out.push(Token::Star),
            Part::Lit(text) => out.extend(text.chars().map(Token::Char)),
        }
    }
    out
}

/// Whether some text matches both patterns; stars stand for anything.
fn overlaps(a: &[Token], b: &[Token]) -> bool {
    let m = b.len();
    // reach[j]: the first i tokens of a can meet the first j tokens of b.
    let mut reach = vec![false; m + 1];
    reach[0] = true;
    for j in 0..m {
        reach[j + 1] = reach[j] && matches!(b[j], Token::Star | Token::Any);
    }
    for first in a {
        let mut next = vec![false; m + 1];
        next[0] = reach[0] && matches!(first, Token::Star | Token::Any);
        for j in 0..m {
            next[j + 1] = match (*first, b[j]) {
                (Token::Star, Token::Char(c)) if !brace(c) => next[j] || reach[j + 1],
                (Token::Char(c), Token::Star) if !brace(c) => reach[j + 1] || next[j],
                (Token::Any, Token::Char(_)) => next[j] || reach[j + 1],
                (Token::Char(_), Token::Any) => reach[j + 1] || next[j],
                // A wildcard may take nothing at all; a value is not empty, but may meet another.
                (Token::Star, Token::Char(_)) => reach[j + 1],
                (Token::Char(_), Token::Star) => next[j],
                (Token::Star | Token::Any, Token::Star | Token::Any) => {
                    reach[j] || reach[j + 1] || next[j]
                }
                (Token::Char(x), Token::Char(y)) => reach[j] && x == y,
            };
        }
        reach = next;
    }
    reach[m]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::value::Ty;

    fn hole(name: &str) -> Part {
        Part::Hole(Atom::new(
            Origin::Global(name.into()),
            Some(name.into()),
            Ty::Text,
        ))
    }

    /// `a:{<x>}` with `<x>` as the hole x.
    fn template(text: &str) -> Template {
        let mut parts = Vec::new();
        for (i, piece) in text.split(['<', '>']).enumerate() {
            match (i % 2, piece) {
                (0, "") => {}
                (0, text) => parts.push(Part::Lit(text.into())),
                (_, name) => parts.push(hole(name)),
            }
        }
        Template { parts }
    }

    #[test]
    fn tags_follow_the_specification() {
        let tag = |text: &str| template(text).hash_tag().map(|parts| render(&parts));
        assert_eq!(tag("queue:{<id>}:a"), Some("<id>".into()));
        assert_eq!(tag("queue:<id>"), None);
        assert_eq!(tag("a{}{<id>}"), None);
        assert_eq!(tag("a{{<id>}}"), Some("{<id>".into()));
        assert_eq!(tag("a{<id>"), None);
        assert_eq!(tag("}{<id>}"), Some("<id>".into()));
        assert_eq!(tag("{a:<id>:b}:c{d}"), Some("a:<id>:b".into()));
    }

    #[test]
    fn a_key_may_be_another_one_without_its_tag() {
        let without = |a: &str, b: &str| template(a).is_without_tag_of(&template(b));
        assert!(without("a:<x>:b", "a:{<x>}:b"));
        assert!(without("a:<x>", "a:{<n>}.<x>"));
        assert!(without("a:<x>", "a:<x>:{<n>}"));
        assert!(without("a:<x>", "{<n>}a:<x>"));
        assert!(!without("a:{<x>}", "a:{<x>}:b"));
        assert!(!without("a:<x>", "b:{<x>}"));
        assert!(!without("a:<x>", "a:<x>:b"));
        assert!(!without("a:<x>:c", "a:{<n>}:b:<x>"));
    }

    #[test]
    fn slots_are_compared_by_what_is_hashed() {
        let compare = |a: &str, b: &str| template(a).compare(&template(b));
        assert_eq!(compare("a:{<x>}", "b:{<x>}:c"), Slots::Same);
        assert_eq!(compare("a:{<x>}", "b:<x>"), Slots::Different);
        assert_eq!(compare("a:{<x>}", "a:{<y>}"), Slots::NotProvable);
        assert_eq!(compare("a:<x>", "a:<y>"), Slots::NotProvable);
        assert_eq!(compare("{a}1", "{a}2"), Slots::Same);
        assert_eq!(compare("foo", "bar"), Slots::Different);
        assert_eq!(compare("<x>", "a:<x>"), Slots::Unknown);
        assert_eq!(compare("<x>", "<x>:done"), Slots::NotProvable);
        assert_eq!(compare("<x>", "<x>"), Slots::Same);
        assert_eq!(compare("{user:<x>}", "{<x>}:b"), Slots::Different);
        assert_eq!(compare("{user:<x>}", "{<y>}:b"), Slots::NotProvable);
    }

    #[test]
    fn templates_match_when_some_key_belongs_to_both() {
        let may = |a: &str, b: &str| template(a).may_match(&template(b));
        assert!(may("user:<a>", "user:<b>"));
        assert!(may("user:<a>:x", "<b>:x"));
        assert!(may("user:<a>", "user:42"));
        assert!(!may("user:<a>", "users:<b>"));
        assert!(!may("user:<a>:x", "user:<b>:y"));
        assert!(!may("q:<a>", "q:{<b>}:pos"));
        assert!(may("q:{<a>}:<c>", "q:{<b>}:pos"));
        let glob = |a: &str, b: &str| template(a).may_match_glob(&template(b));
        assert!(glob("user:<a>:x", "user:*"));
        assert!(glob("user:<a>:x", "user:?*:[xy]"));
        assert!(!glob("user:<a>:x", "session:*"));
        assert!(!glob("user:<a>:x", r"user:\*"));
    }
}
