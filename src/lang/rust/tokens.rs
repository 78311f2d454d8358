//! Text to tokens, and whether they can be parsed without running out of stack.

use super::Places;
use crate::facts::{ParseError, Span};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Groups within each other that are parsed.
const MAX_DEPTH: usize = 200;
/// Tokens side by side, without anything that ends an expression or item, that are parsed. Chains of
/// methods, operators and `else if` nest as deep as they are long.
const MAX_RUN: usize = 4_000;
/// Bytes of the largest file that is parsed: its tokens take a hundred times as much memory.
const MAX_BYTES: usize = 8 << 20;

/// Reads tokens.
///
/// # Errors
/// Where the text is no sequence of tokens, or the tokens nest deeper than the parser can follow.
pub fn tokens(text: &str, places: &Places<'_>) -> Result<TokenStream, ParseError> {
    let refused = |span: Span, reason: String| ParseError {
        span,
        reason,
        partial: false,
    };
    let first = places.range(0..0);
    if text.len() > MAX_BYTES {
        return Err(refused(
            first,
            format!("larger than {} MiB, too much to parse", MAX_BYTES >> 20),
        ));
    }
    let tokens: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        let range = error.span().byte_range();
        refused(places.range(range), "text that is no Rust token".into())
    })?;
    match too_deep(&tokens) {
        Some(span) => {
            // Dropping nested groups is safe; parsing them is not.
            Err(refused(
                places.of(span),
                "nested too deeply to parse".to_string(),
            ))
        }
        None => Ok(tokens),
    }
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
    let mut stack = vec![(tokens.clone().into_iter().peekable(), 0_usize)];
    while let Some((level, run)) = stack.last_mut() {
        let Some(token) = level.next() else {
            stack.pop();
            continue;
        };
        *run += 1;
        if *run > MAX_RUN {
            return Some(token.span());
        }
        match token {
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Brace && !goes_on(level.peek()) {
                    *run = 0;
                }
                if stack.len() > MAX_DEPTH {
                    return Some(group.span_open());
                }
                stack.push((group.stream().into_iter().peekable(), 0));
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => *run = 0,
            _ => {}
        }
    }
    None
}

/// Whether what follows a block belongs to the same expression.
fn goes_on(next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Punct(punct)) => punct.as_char() != '#',
        Some(TokenTree::Ident(word)) => *word == "else" || *word == "as",
        _ => false,
    }
}
