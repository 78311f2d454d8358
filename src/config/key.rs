//! Patterns over key templates.

use std::fmt;

/// A pattern over key templates.
///
/// `*` matches anything, `<name>` one hole; everything else, braces too, stands for itself. In a
/// template `<name>` and `*` are holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    Hole,
    Any,
}

impl KeyPattern {
    /// Reads a pattern; every text is one.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            tokens: tokens(text, Token::Any),
        }
    }

    /// Whether the whole template matches.
    pub fn matches(&self, template: &str) -> bool {
        let input = tokens(template, Token::Hole);
        let (mut p, mut i) = (0, 0);
        // The last `*` passed and where its match may end next: enough to go back to, since an
        // earlier `*` can always leave the rest to a later one.
        let mut back: Option<(usize, usize)> = None;
        while i < input.len() {
            match self.tokens.get(p) {
                Some(Token::Any) => {
                    back = Some((p + 1, i));
                    p += 1;
                }
                Some(token) if *token == input[i] => {
                    p += 1;
                    i += 1;
                }
                _ => match back {
                    Some((after, end)) => {
                        back = Some((after, end + 1));
                        p = after;
                        i = end + 1;
                    }
                    None => return false,
                },
            }
        }
        self.tokens[p..].iter().all(|token| *token == Token::Any)
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn tokens(text: &str, star: Token) -> Vec<Token> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some(end) = rest.find('>')
            && end > 1
            && !rest[1..end].contains('<')
        {
            out.push(Token::Hole);
            rest = &rest[end + 1..];
            continue;
        }
        out.push(if c == '*' { star } else { Token::Char(c) });
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::KeyPattern;

    #[test]
    fn matches_templates() {
        for (pattern, template, expected) in [
            ("session:*", "session:<id>", true),
            ("session:*", "session:<id>:user:<user>", true),
            ("session:*", "sessions", false),
            ("session:<x>", "session:<id>", true),
            ("session:<x>", "session:<id>:<b>", false),
            ("session:<x>", "session:42", false),
            ("session:<x>", "session:*", true),
            (
                "stream:{<e>}:user:*",
                "stream:{<event_id>}:user:<user_id>",
                true,
            ),
            (
                "stream:{*}:user:<u>",
                "stream:{<event_id>}:user:<user_id>",
                true,
            ),
            ("queues", "queues", true),
            ("queues", "queues:x", false),
            ("*", "", true),
            ("*", "anything:<x>", true),
            ("*:position", "queue:<a>:position:<b>:position", true),
            ("a*b*c", "a-b-b-c-c", true),
            ("a*b*c", "a-b-b-c-d", false),
            ("", "", true),
            ("", "a", false),
            ("a<b", "a<b", true),
        ] {
            let matched = KeyPattern::new(pattern).matches(template);
            assert_eq!(matched, expected, "{pattern} on {template}");
        }
    }
}
