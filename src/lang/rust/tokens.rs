//! Text to tokens, and whether they can be parsed without running out of stack.

use super::Places;
use super::items::{ITEM_WORDS, pieces};
use crate::facts::{ParseError, Span};
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// Groups within each other that are parsed.
const MAX_DEPTH: usize = 200;
/// Tokens side by side, without anything that ends an expression or item, that are parsed. Chains of
/// methods, operators and `else if` nest as deep as they are long.
const MAX_RUN: usize = 4_000;
/// Tokens of this kind on all levels that are open at one place.
const MAX_OPEN: usize = 8_000;
/// Items within each other from which what nests too deeply is taken out alone.
const MAX_LEVELS: usize = 4;
/// Digits of a number.
const MAX_DIGITS: usize = 4_000;
/// Bytes of the largest file that is parsed: its tokens take a hundred times as much memory.
const MAX_BYTES: usize = 8 << 20;

/// Reads tokens, and says what had to be left out of them.
///
/// # Errors
/// Where nothing of the text can be read.
pub fn tokens(
    text: &str,
    places: &Places<'_>,
) -> Result<(TokenStream, Vec<ParseError>), ParseError> {
    let refused = |span: Span, reason: String| ParseError {
        span,
        reason,
        partial: false,
    };
    let mut left_out = Vec::new();
    let first = places.range(0..0);
    if text.len() > MAX_BYTES {
        return Err(refused(
            first,
            format!("larger than {} MiB, too much to parse", MAX_BYTES >> 20),
        ));
    }
    let tokens: TokenStream = match text.parse() {
        Ok(tokens) => tokens,
        Err(error) => {
            let error: proc_macro2::LexError = error;
            let error = refused(
                places.range(error.span().byte_range()),
                "text that is no Rust token".into(),
            );
            let Some(tokens) = readable(text).and_then(|text| text.parse().ok()) else {
                return Err(error);
            };
            left_out.push(ParseError {
                partial: true,
                ..error
            });
            tokens
        }
    };
    if too_deep(&tokens).is_none() {
        return Ok((tokens, left_out));
    }
    let mut deep = Vec::new();
    let tokens = shallow(tokens, 0, &mut deep);
    left_out.extend(deep.iter().map(|span| ParseError {
        span: places.of(*span),
        reason: "too deep or too long to parse".into(),
        partial: true,
    }));
    Ok((tokens, left_out))
}

/// The text without the items that are no sequence of tokens, if others are. An item is taken to begin at
/// the beginning of a line.
fn readable(text: &str) -> Option<String> {
    let begins = |line: &str| {
        line.starts_with("#[")
            || line
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .is_some_and(|word| ITEM_WORDS.contains(&word))
    };
    let mut items: Vec<String> = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if begins(line) {
            items.push(String::new());
        }
        items.last_mut()?.push_str(line);
    }
    let mut out = String::with_capacity(text.len());
    for item in items {
        if item.parse::<TokenStream>().is_ok() {
            out.push_str(&item);
        } else {
            // The same number of bytes and lines, so that places stay what they are.
            let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
            out.extend(item.bytes().map(blank));
        }
    }
    (!out.trim().is_empty()).then_some(out)
}

/// The tokens without the items and statements that nest too deeply, and where those do.
fn shallow(
    tokens: TokenStream,
    level: usize,
    left_out: &mut Vec<proc_macro2::Span>,
) -> TokenStream {
    let mut out = TokenStream::new();
    for piece in pieces(tokens) {
        let Some(deep) = too_deep(&piece) else {
            out.extend(piece);
            continue;
        };
        let mut head: Vec<TokenTree> = piece.into_iter().collect();
        match head.pop() {
            Some(TokenTree::Group(body))
                if body.delimiter() == Delimiter::Brace
                    && level < MAX_LEVELS
                    && too_deep(&head.iter().cloned().collect()).is_none() =>
            {
                let mut kept = Group::new(
                    Delimiter::Brace,
                    shallow(body.stream(), level + 1, left_out),
                );
                kept.set_span(body.span());
                out.extend(head);
                out.extend([TokenTree::Group(kept)]);
            }
            _ => left_out.push(deep),
        }
    }
    out
}

/// Whether a token other than a group lies over a byte of the text.
pub fn covers(tokens: &TokenStream, at: usize) -> bool {
    let mut open = vec![tokens.clone()];
    while let Some(level) = open.pop() {
        for token in level {
            if !token.span().byte_range().contains(&at) {
                continue;
            }
            match token {
                TokenTree::Group(group) => open.push(group.stream()),
                _ => return true,
            }
        }
    }
    false
}

/// The first place at which tokens nest too deeply, or follow each other for too long.
pub fn too_deep(tokens: &TokenStream) -> Option<proc_macro2::Span> {
    let mut stack = vec![Level::of(tokens.clone())];
    // How many tokens the unfinished expressions and items of all open levels have.
    let mut open = 0_usize;
    while let Some(level) = stack.last_mut() {
        let Some(token) = level.tokens.get(level.at) else {
            open -= level.run;
            stack.pop();
            continue;
        };
        let token = token.clone();
        open -= level.run;
        level.step(&token);
        open += level.run;
        let endless = matches!(&token, TokenTree::Literal(number) if is_endless(number));
        if endless || level.run > MAX_RUN || open > MAX_OPEN {
            return Some(token.span());
        }
        if let TokenTree::Group(group) = token {
            if stack.len() > MAX_DEPTH {
                return Some(group.span_open());
            }
            stack.push(Level::of(group.stream()));
        }
    }
    None
}

/// Whether a number has so many digits that reading it takes time.
fn is_endless(literal: &proc_macro2::Literal) -> bool {
    literal.span().byte_range().len() > MAX_DIGITS
        && literal
            .to_string()
            .starts_with(|c: char| c.is_ascii_digit())
}

/// Tokens between two brackets.
struct Level {
    tokens: Vec<TokenTree>,
    /// The next token.
    at: usize,
    /// Tokens since the last one that ended an expression or item.
    run: usize,
    /// What brackets that are no groups do at a token, in order.
    marks: Vec<(usize, Mark)>,
    /// The next mark.
    mark: usize,
    /// The tokens before each angle bracket that is open.
    before: Vec<usize>,
}

/// What a token means for how deep its expression nests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// An angle bracket is opened.
    Open,
    /// It is closed.
    Close,
    /// A comma ends nothing: it stands between a closure's parameters.
    Held,
}

impl Level {
    fn of(tokens: TokenStream) -> Self {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let marks = marks(&tokens);
        Self {
            tokens,
            at: 0,
            run: 0,
            marks,
            mark: 0,
            before: Vec::new(),
        }
    }

    /// Goes over a token.
    fn step(&mut self, token: &TokenTree) {
        let at = self.at;
        self.at += 1;
        self.run += 1;
        let mark = self.marks.get(self.mark).filter(|(place, _)| *place == at);
        self.mark += usize::from(mark.is_some());
        match (mark, token) {
            (Some((_, Mark::Open)), _) => self.before.push(self.run),
            (Some((_, Mark::Close)), _) => self.run = self.before.pop().unwrap_or(self.run),
            (Some((_, Mark::Held)), _) => {}
            (None, TokenTree::Group(group))
                if group.delimiter() == Delimiter::Brace && !goes_on(self.tokens.get(self.at)) =>
            {
                self.run = 0;
            }
            (None, TokenTree::Punct(punct)) if matches!(punct.as_char(), ',' | ';') => {
                self.run = self.before.last().copied().unwrap_or(0);
            }
            _ => {}
        }
    }
}

/// Angle brackets that belong together, and commas between parameters of closures, in order.
fn marks(tokens: &[TokenTree]) -> Vec<(usize, Mark)> {
    let mut out = Vec::new();
    // Angle brackets that nothing closes only compare.
    let mut angles: Vec<usize> = Vec::new();
    let mut parameters = false;
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Punct(punct) = token else {
            if matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace) {
                angles.clear();
            }
            continue;
        };
        let after = |c: char| {
            at > 0
                && matches!(&tokens[at - 1], TokenTree::Punct(p)
                    if p.as_char() == c && p.spacing() == Spacing::Joint)
        };
        match punct.as_char() {
            ';' => {
                angles.clear();
                parameters = false;
            }
            ',' if parameters => out.push((at, Mark::Held)),
            '<' => angles.push(at),
            '>' if !after('-') && !after('=') => {
                if let Some(start) = angles.pop() {
                    out.extend([(start, Mark::Open), (at, Mark::Close)]);
                }
            }
            '|' if parameters => parameters = false,
            // `||` takes nothing, or compares.
            '|' if after('|') || punct.spacing() == Spacing::Joint => {}
            '|' => parameters = begins(at.checked_sub(1).and_then(|at| tokens.get(at))),
            _ => {}
        }
    }
    out.sort_unstable();
    out
}

/// Whether an expression begins behind this token, so that `|` opens the parameters of a closure.
fn begins(before: Option<&TokenTree>) -> bool {
    match before {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() != '?',
        Some(TokenTree::Ident(word)) => {
            ["move", "return", "async", "static", "else", "in", "break"]
                .iter()
                .any(|w| word == w)
        }
        _ => false,
    }
}

/// Whether what follows a block belongs to the same expression.
fn goes_on(next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Punct(punct)) => punct.as_char() != '#',
        Some(TokenTree::Ident(word)) => *word == "else" || *word == "as",
        _ => false,
    }
}
