//! Reads formats in the style of `printf`.

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A value.
    Verb {
        /// The letter.
        verb: char,
        /// Whether nothing stands between the percent sign and the letter.
        plain: bool,
        /// The number of the argument, when it is given.
        index: Option<usize>,
    },
}

/// Takes a format apart.
#[must_use]
pub fn parse(format: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            text.push('%');
            continue;
        }
        let mut plain = true;
        let mut index = None;
        let mut verb = None;
        while let Some(c) = chars.next() {
            match c {
                '[' => {
                    let mut digits = String::new();
                    for d in chars.by_ref() {
                        if d == ']' {
                            break;
                        }
                        digits.push(d);
                    }
                    index = digits.parse().ok();
                }
                // A leading zero or a width pads short numbers; the text is no longer the value's own.
                '+' | '-' | '#' | ' ' | '.' | '*' | '0'..='9' => plain = false,
                letter => {
                    verb = Some(letter);
                    break;
                }
            }
        }
        match verb {
            Some(verb) => {
                if !text.is_empty() {
                    out.push(Piece::Text(std::mem::take(&mut text)));
                }
                out.push(Piece::Verb { verb, plain, index });
            }
            None => text.push('%'),
        }
    }
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verb(verb: char, plain: bool, index: Option<usize>) -> Piece {
        Piece::Verb { verb, plain, index }
    }

    #[test]
    fn formats_are_taken_apart() {
        assert_eq!(
            parse("q:{%s}:%[1]d%%%05d%"),
            vec![
                Piece::Text("q:{".into()),
                verb('s', true, None),
                Piece::Text("}:".into()),
                verb('d', true, Some(1)),
                Piece::Text("%".into()),
                verb('d', false, None),
                Piece::Text("%".into()),
            ]
        );
        assert_eq!(parse(""), vec![]);
    }
}
