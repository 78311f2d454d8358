//! What can be told from the tokens alone: the header, comments, and where declarations begin. It
//! costs little and does not depend on how well the rest of the file parses.

use std::collections::HashMap;

use memchr::{memchr, memchr_iter, memchr3, memmem};

use super::literal;
use crate::facts::Span;
use crate::lang::go::syntax::{Comment, Import};

/// What the top of a file says.
#[derive(Debug, Default)]
pub struct Header {
    /// The name in the package clause; empty if there is none.
    pub package: String,
    /// The imports.
    pub imports: Vec<Import>,
}

/// Reads the package clause and the imports and nothing after them.
pub fn header(text: &str) -> Header {
    let mut header = Header::default();
    let mut tokens = code(text).peekable();
    while let Some(token) = tokens.next_if(|token| matches!(token.text, "package" | "import" | ";"))
    {
        match token.text {
            "package" => {
                if let Some(name) = tokens.next_if(|token| token.kind == Kind::Word) {
                    header.package = name.text.to_owned();
                }
            }
            "import" => {
                let group = tokens.next_if(|token| token.text == "(").is_some();
                let mut alias = None;
                // An import that does not end must not take the declarations after it for its own.
                while let Some(token) =
                    tokens.next_if(|token| !is_declaration(token.text) && token.text != "package")
                {
                    match token.kind {
                        Kind::Literal if token.is_string() => {
                            let path = literal::string(token.text);
                            header.imports.push(Import {
                                alias: alias.take(),
                                path,
                            });
                            if !group {
                                break;
                            }
                        }
                        Kind::Word => alias = Some(token.text.to_owned()),
                        Kind::Other if token.text == "." => alias = Some(".".to_owned()),
                        _ if token.text == ")" => break,
                        _ => alias = None,
                    }
                }
            }
            _ => {}
        }
    }
    header
}

/// Comments, and what `//go:embed` directives say.
pub(super) struct Survey {
    /// All comments.
    pub(super) comments: Vec<Comment>,
    /// Patterns by the offset of the code that follows their directives.
    pub(super) embeds: HashMap<usize, Vec<String>>,
}

/// Reads all comments of a file.
pub(super) fn survey(text: &str) -> Survey {
    let mut survey = Survey {
        comments: Vec::new(),
        embeds: HashMap::new(),
    };
    let mut place = Place::default();
    let mut code_line = 0;
    let mut patterns = Vec::new();
    for token in tokens(text) {
        place.advance(text, token.start);
        let (line, column) = place.position(token.start);
        let end = token.start + token.text.len();
        place.advance(text, end);
        let (end_line, end_column) = place.position(end);
        if token.kind != Kind::Comment {
            code_line = end_line;
            if !patterns.is_empty() {
                survey
                    .embeds
                    .insert(token.start, std::mem::take(&mut patterns));
            }
            continue;
        }
        let trailing = code_line == line;
        let directive = token.text.strip_prefix("//go:embed").filter(|_| !trailing);
        if let Some(list) = directive.filter(|list| list.starts_with([' ', '\t'])) {
            patterns.extend(embed_patterns(list));
        }
        let span = Span {
            line,
            column,
            end_line,
            end_column,
        };
        survey.comments.push(Comment {
            text: token.text.to_owned(),
            span,
            trailing,
        });
    }
    survey
}

/// The patterns of a `//go:embed` directive: separated by spaces, each quoted or not.
fn embed_patterns(list: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut rest = list.trim();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '`');
        let end = if quoted {
            literal_end(rest.as_bytes(), 0)
        } else {
            rest.find(char::is_whitespace).unwrap_or(rest.len())
        };
        let pattern = &rest[..end];
        patterns.push(if quoted {
            literal::string(pattern)
        } else {
            pattern.to_owned()
        });
        rest = rest[end..].trim_start();
    }
    patterns
}

/// Where declarations begin that begin a line: offset, and row from zero.
pub(super) fn declarations(text: &str) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut place = Place::default();
    for token in code(text).filter(|token| is_declaration(token.text)) {
        place.advance(text, token.start);
        if place.line_start == token.start {
            starts.push((token.start, place.row));
        }
    }
    starts
}

/// Where methods have type parameters: Go allows them from 1.27 on, the grammar does not.
pub(super) fn generic_methods(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut tokens = code(text).peekable();
    while let Some(token) = tokens.next() {
        if token.text != "func" || tokens.next_if(|token| token.text == "(").is_none() {
            continue;
        }
        // The receiver is short; whatever else begins with `func (` need not be read twice.
        if !skip_group(&mut tokens, "(", ")")
            || tokens.next_if(|token| token.kind == Kind::Word).is_none()
        {
            continue;
        }
        if let Some(open) = tokens.next_if(|token| token.text == "[")
            && skip_group(&mut tokens, "[", "]")
            && let Some(next) = tokens.next_if(|token| token.text == "(")
        {
            found.push((open.start, next.start));
        }
    }
    found
}

/// Skips to the end of a group whose opening token has been read; false when there is none near.
fn skip_group<'t>(tokens: &mut impl Iterator<Item = Token<'t>>, open: &str, close: &str) -> bool {
    let mut depth = 1;
    for token in tokens.take(100) {
        if token.text == open {
            depth += 1;
        } else if token.text == close {
            depth -= 1;
            if depth == 0 {
                return true;
            }
        }
    }
    false
}

/// The calls of `new`, from its name to the closing parenthesis, inner ones first.
pub(super) fn new_calls(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if memmem::find(text.as_bytes(), b"new").is_none() {
        return found;
    }
    let mut open = Vec::new();
    let mut before = ["", ""];
    let mut last_start = 0;
    for token in code(text) {
        match token.text {
            // Not `x.new(`, which is a method, and not `func new(`.
            "(" => open.push(
                (before[1] == "new" && !matches!(before[0], "." | "func")).then_some(last_start),
            ),
            ")" => {
                if let Some(Some(start)) = open.pop() {
                    found.push((start, token.start + 1));
                }
            }
            _ => {}
        }
        before = [before[1], token.text];
        last_start = token.start;
    }
    found
}

/// Whether a word begins a declaration at file level.
fn is_declaration(word: &str) -> bool {
    matches!(word, "func" | "type" | "var" | "const" | "import")
}

/// Counts lines on the way through a text.
#[derive(Default)]
struct Place {
    at: usize,
    row: usize,
    line_start: usize,
}

impl Place {
    /// Goes on to an offset, which must not lie before the last one.
    fn advance(&mut self, text: &str, to: usize) {
        for newline in memchr_iter(b'\n', &text.as_bytes()[self.at..to]) {
            self.row += 1;
            self.line_start = self.at + newline + 1;
        }
        self.at = to;
    }

    /// Line and column of the offset it stands at.
    fn position(&self, offset: usize) -> (u32, u32) {
        (self.row as u32 + 1, (offset - self.line_start) as u32 + 1)
    }
}

/// What a token is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    /// A string or character literal.
    Literal,
    /// A name, keyword or number.
    Word,
    /// Anything else, one character a token.
    Other,
}

/// A token.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    kind: Kind,
    start: usize,
    text: &'t str,
}

impl Token<'_> {
    /// Whether it is a string literal that ends.
    fn is_string(&self) -> bool {
        let bytes = self.text.as_bytes();
        bytes.len() >= 2 && matches!(bytes[0], b'"' | b'`') && bytes.first() == bytes.last()
    }
}

/// The tokens of a text without its comments.
fn code(text: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(text).filter(|token| token.kind != Kind::Comment)
}

/// The tokens of a text.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let bytes = text.as_bytes();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    std::iter::from_fn(move || {
        at += bytes[at..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
        let start = at;
        let kind;
        (kind, at) = match bytes[start] {
            b'/' if bytes[start..].starts_with(b"//") => (Kind::Comment, line_end(bytes, start)),
            b'/' if bytes[start..].starts_with(b"/*") => {
                let body = start + 2;
                let end = memmem::find(&bytes[body..], b"*/")
                    .map_or(bytes.len(), |length| body + length + 2);
                (Kind::Comment, end)
            }
            b'"' | b'\'' | b'`' => (Kind::Literal, literal_end(bytes, start)),
            first if is_word(first) => {
                let length = bytes[start..].iter().position(|byte| !is_word(*byte));
                (
                    Kind::Word,
                    length.map_or(bytes.len(), |length| start + length),
                )
            }
            _ => (Kind::Other, start + 1),
        };
        Some(Token {
            kind,
            start,
            text: &text[start..at],
        })
    })
}

/// Whether a byte belongs to a name or number; all of those beyond ASCII do.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The end of a line without its line break.
fn line_end(bytes: &[u8], start: usize) -> usize {
    let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
    if bytes[..end].ends_with(b"\r") {
        end - 1
    } else {
        end
    }
}

/// The end of the literal that begins at an offset; all but raw strings end with the line at the latest.
fn literal_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let mut at = start + 1;
    if quote == b'`' {
        return memchr(b'`', &bytes[at..]).map_or(bytes.len(), |length| at + length + 1);
    }
    while let Some(length) = memchr3(quote, b'\\', b'\n', &bytes[at..]) {
        at += length + 1;
        match bytes[at - 1] {
            b'\n' => return at - 1,
            // The escaped character; no byte of a longer one can be mistaken for an end.
            b'\\'
                if bytes
                    .get(at)
                    .is_some_and(|byte| byte.is_ascii() && *byte != b'\n') =>
            {
                at += 1
            }
            b'\\' => {}
            _ => return at,
        }
    }
    bytes.len()
}
