//! The values of literals.

use crate::lang::go::syntax::ExprKind;

/// A string literal's value: raw strings without carriage returns, others with escapes resolved.
/// Bytes that are not UTF-8 are replaced. A literal that does not end is read as far as it goes.
pub(super) fn string(token: &str) -> String {
    if let Some(raw) = token.strip_prefix('`') {
        let raw = raw.strip_suffix('`').unwrap_or(raw);
        return if raw.contains('\r') {
            raw.replace('\r', "")
        } else {
            raw.to_owned()
        };
    }
    let inner = token.strip_prefix('"').unwrap_or(token);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let (unit, after) = escape(&rest[at + 1..]);
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// A character literal's code point.
pub(super) fn rune(token: &str) -> Option<u32> {
    let inner = token.strip_prefix('\'')?;
    match inner.strip_prefix('\\') {
        Some(escaped) => Some(match escape(escaped).0 {
            Unit::Byte(byte) => u32::from(byte),
            Unit::Char(c) => u32::from(c),
        }),
        None => inner.chars().next().map(u32::from),
    }
}

/// An integer literal; a float when it does not fit.
pub(super) fn int(token: &str) -> ExprKind {
    let digits: String = token
        .chars()
        .filter(|c| *c != '_')
        .collect::<String>()
        .to_ascii_lowercase();
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', b'o', ..] => (8, &digits[2..]),
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits.as_str()),
    };
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return ExprKind::Int(value);
    }
    let value = digits.chars().try_fold(0.0, |value, c| {
        Some(value * f64::from(radix) + f64::from(c.to_digit(radix)?))
    });
    value.map_or(ExprKind::Bad, ExprKind::Float)
}

/// A decimal floating-point literal; hexadecimal ones are not understood.
pub(super) fn float(token: &str) -> ExprKind {
    token
        .replace('_', "")
        .parse()
        .map_or(ExprKind::Bad, ExprKind::Float)
}

/// What an escape stands for.
enum Unit {
    Byte(u8),
    Char(char),
}

/// Resolves the escape whose backslash has been read, and returns what follows it. One that Go does
/// not know stands for its own character.
fn escape(rest: &str) -> (Unit, &str) {
    let Some(first) = rest.chars().next() else {
        return (Unit::Char('\\'), rest);
    };
    let after = &rest[first.len_utf8()..];
    let digits = |text: &str, length: usize, radix: u32| {
        let digits = text.get(..length)?;
        digits
            .chars()
            .all(|c| c.is_digit(radix))
            .then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let simple = match first {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => match digits(after, 2, 16) {
            Some(value) => return (Unit::Byte(value as u8), &after[2..]),
            None => 'x',
        },
        'u' | 'U' => {
            let length = if first == 'u' { 4 } else { 8 };
            match digits(after, length, 16) {
                Some(value) => {
                    let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                    return (Unit::Char(c), &after[length..]);
                }
                None => first,
            }
        }
        '0'..='7' => match digits(rest, 3, 8) {
            Some(value) => return (Unit::Byte(value as u8), &rest[3..]),
            None => first,
        },
        other => other,
    };
    (Unit::Char(simple), after)
}
