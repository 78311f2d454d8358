//! Format strings of `format!` and its kin.

/// A piece of a format string.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A value.
    Value {
        /// Which one.
        what: Argument,
        /// Whether it stands there as `Display` shows it, without padding or precision.
        plain: bool,
    },
}

/// What a placeholder stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Argument {
    /// The argument at this position.
    Position(usize),
    /// A named argument, or a variable of that name.
    Name(String),
}

/// Takes a format string apart; what cannot be read stays as text.
#[must_use]
pub fn parse(format: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut next = 0;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        let inner = if brace == "{" {
            rest.split_once('}')
        } else {
            None
        };
        let Some((inner, after)) = inner else {
            text.push_str(brace);
            continue;
        };
        rest = after;
        let (name, spec) = inner.split_once(':').unwrap_or((inner, ""));
        let name = name.trim();
        // A precision of `.*` takes an argument of its own.
        if spec.contains(".*") {
            next += 1;
        }
        let what = if name.is_empty() {
            next += 1;
            Argument::Position(next - 1)
        } else if let Ok(position) = name.parse() {
            Argument::Position(position)
        } else {
            Argument::Name(name.to_string())
        };
        if !text.is_empty() {
            out.push(Piece::Text(std::mem::take(&mut text)));
        }
        out.push(Piece::Value {
            what,
            plain: spec.trim().is_empty(),
        });
    }
    text.push_str(rest);
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(what: Argument, plain: bool) -> Piece {
        Piece::Value { what, plain }
    }

    fn name(name: &str) -> Argument {
        Argument::Name(name.into())
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(
            parse("q:{{{id}}}:{}"),
            [
                Piece::Text("q:{".into()),
                value(name("id"), true),
                Piece::Text("}:".into()),
                value(Argument::Position(0), true),
            ]
        );
        assert_eq!(parse("q:{{id}}"), [Piece::Text("q:{id}".into())]);
    }

    #[test]
    fn positions_names_and_specifications() {
        assert_eq!(
            parse("{1}{}{name:?}{:>8}{x:.*}{}"),
            [
                value(Argument::Position(1), true),
                value(Argument::Position(0), true),
                value(name("name"), false),
                value(Argument::Position(1), false),
                value(name("x"), false),
                value(Argument::Position(3), true),
            ]
        );
        assert_eq!(parse("a } b { c"), [Piece::Text("a } b { c".into())]);
    }
}
