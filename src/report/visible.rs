//! Text that is safe to show in a terminal.

use std::borrow::Cow;

/// Replaces each character that a terminal would act on, or that would hide or reorder text, by one
/// visible character of width one: control pictures for C0 and DEL, U+FFFD for the others. Tabs stay
/// as they are.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| replacement(c).is_some()) {
        Cow::Owned(text.chars().map(|c| replacement(c).unwrap_or(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Escapes the same characters in a JSON text, where serializers leave those above U+007E as they
/// are. They can stand within strings only, so the document says the same.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hidden(c) {
            // All of them are below U+10000.
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// What stands for a character that must not reach a terminal.
pub(super) fn replacement(c: char) -> Option<char> {
    match c {
        '\t' => None,
        '\0'..='\u{1F}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7F}' => Some('\u{2421}'),
        c if hidden(c) => Some('\u{FFFD}'),
        _ => None,
    }
}

/// DEL, C1 controls, and characters that take no room or change the direction of text.
fn hidden(c: char) -> bool {
    matches!(
        c,
        '\u{7F}'..='\u{9F}'
            | '\u{AD}'
            | '\u{61C}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(visible("plain ключ\t🙂"), "plain ключ\t🙂");
        assert_eq!(visible("a\u{1b}[31m\r\n\0\u{7f}"), "a␛[31m␍␊␀␡");
        assert_eq!(visible("\u{9b}31m\u{202e}x\u{200b}"), "�31m�x�");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "\u{9b}\u{7f}\u{202e}\u{1b}ключ";
        let json = serde_json::to_string(text).unwrap();
        let safe = visible_json(&json);
        assert!(!safe.chars().any(|c| replacement(c).is_some()));
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }
}
