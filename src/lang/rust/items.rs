//! Tokens to syntax. A broken item costs itself, not its file.

use super::Places;
use crate::facts::ParseError;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::Parser;

/// The items of a file, and what could not be parsed.
#[derive(Default)]
pub struct Parsed {
    /// What could be parsed, in order.
    pub items: Vec<syn::Item>,
    /// Attributes of the file itself.
    pub attrs: Vec<syn::Attribute>,
    /// What could not.
    pub errors: Vec<ParseError>,
}

/// Parses a file.
pub fn parse(tokens: TokenStream, places: &Places<'_>) -> Parsed {
    if let Ok(file) = syn::parse2::<syn::File>(tokens.clone()) {
        return Parsed {
            items: file.items,
            attrs: file.attrs,
            errors: Vec::new(),
        };
    }
    let mut out = Parsed::default();
    let (attrs, rest) = inner_attributes(tokens);
    out.attrs = attrs;
    piecewise(rest, places, &mut out);
    out
}

/// Attributes at the beginning that belong to what is around them.
fn inner_attributes(tokens: TokenStream) -> (Vec<syn::Attribute>, TokenStream) {
    let parser = |input: syn::parse::ParseStream<'_>| {
        let attrs = input.call(syn::Attribute::parse_inner)?;
        Ok((attrs, input.parse::<TokenStream>()?))
    };
    parser
        .parse2(tokens.clone())
        .unwrap_or_else(|_| (Vec::new(), tokens))
}

/// Parses items one by one.
fn piecewise(tokens: TokenStream, places: &Places<'_>, out: &mut Parsed) {
    for piece in pieces(tokens) {
        let error = match syn::parse2::<syn::Item>(piece.clone()) {
            Ok(item) => {
                out.items.push(item);
                continue;
            }
            Err(error) => error,
        };
        if let Some(item) = within(&piece, places, &mut out.errors) {
            out.items.push(item);
            continue;
        }
        out.errors.push(ParseError {
            span: places.of(error.span()),
            reason: format!("syntax error: {error}"),
            partial: true,
        });
        out.items.extend(behind(&piece));
    }
}

/// An item that stands behind what is no item, such as the marker of a conflict.
fn behind(piece: &TokenStream) -> Option<syn::Item> {
    let tokens: Vec<TokenTree> = piece.clone().into_iter().collect();
    let starts = (1..tokens.len()).filter(|at| match &tokens[*at] {
        TokenTree::Ident(word) => ITEM_WORDS.iter().any(|w| word == w),
        TokenTree::Punct(punct) => {
            punct.as_char() == '#' && matches!(tokens.get(at + 1), Some(TokenTree::Group(_)))
        }
        _ => false,
    });
    starts
        .take(MAX_STARTS)
        .find_map(|at| syn::parse2(tokens[at..].iter().cloned().collect()).ok())
}

/// An item whose body holds other items, with those of them that can be parsed.
fn within(
    piece: &TokenStream,
    places: &Places<'_>,
    errors: &mut Vec<ParseError>,
) -> Option<syn::Item> {
    let mut tokens: Vec<TokenTree> = piece.clone().into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else {
        return None;
    };
    if body.delimiter() != Delimiter::Brace {
        return None;
    }
    tokens.push(TokenTree::Group(Group::new(
        Delimiter::Brace,
        TokenStream::new(),
    )));
    let mut item = syn::parse2::<syn::Item>(tokens.into_iter().collect()).ok()?;
    let mut broken = |error: &syn::Error| {
        errors.push(ParseError {
            span: places.of(error.span()),
            reason: format!("syntax error: {error}"),
            partial: true,
        });
    };
    match &mut item {
        syn::Item::Mod(module) => {
            let (_, rest) = inner_attributes(body.stream());
            let mut inner = Parsed::default();
            piecewise(rest, places, &mut inner);
            errors.extend(inner.errors);
            if let Some((_, items)) = &mut module.content {
                *items = inner.items;
            }
        }
        syn::Item::Impl(block) => {
            for piece in pieces(body.stream()) {
                match syn::parse2::<syn::ImplItem>(piece) {
                    Ok(item) => block.items.push(item),
                    Err(error) => broken(&error),
                }
            }
        }
        syn::Item::Trait(block) => {
            for piece in pieces(body.stream()) {
                match syn::parse2::<syn::TraitItem>(piece) {
                    Ok(item) => block.items.push(item),
                    Err(error) => broken(&error),
                }
            }
        }
        syn::Item::Fn(function) => {
            let (statements, first) = statements(body.stream());
            function.block.stmts = statements;
            if let Some(error) = first {
                broken(&error);
            }
        }
        _ => return None,
    }
    Some(item)
}

/// Statements of a body, those that can be parsed, and the first trouble.
fn statements(tokens: TokenStream) -> (Vec<syn::Stmt>, Option<syn::Error>) {
    let mut out = Vec::new();
    let mut first = None;
    for piece in pieces(tokens) {
        match syn::Block::parse_within.parse2(piece) {
            Ok(statements) => out.extend(statements),
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    (out, first)
}

/// Words that items begin with.
pub(super) const ITEM_WORDS: &[&str] = &[
    "pub",
    "fn",
    "impl",
    "struct",
    "enum",
    "trait",
    "mod",
    "use",
    "const",
    "static",
    "type",
    "unsafe",
    "async",
    "extern",
    "union",
    "macro_rules",
];

/// An item is looked for at this many of these words.
const MAX_STARTS: usize = 4;

/// Whether tokens begin an item that ends with its block, whatever follows.
fn ends_with_block(tokens: &[TokenTree]) -> bool {
    let word = |token: &TokenTree| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    };
    let mut words = tokens.iter().filter_map(word);
    words
        .find(|w| {
            !matches!(
                w.as_str(),
                "pub" | "unsafe" | "async" | "const" | "default" | "crate"
            )
        })
        .is_some_and(|w| {
            matches!(
                w.as_str(),
                "fn" | "impl" | "struct" | "enum" | "trait" | "mod"
            )
        })
}

/// Tokens cut where items end: after a semicolon or a block that nothing goes on with.
pub(super) fn pieces(tokens: TokenStream) -> Vec<TokenStream> {
    let mut out = Vec::new();
    let mut current: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                ends_with_block(&current)
                    || !matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() != '#')
                        && !matches!(tokens.peek(), Some(TokenTree::Ident(w)) if *w == "else" || *w == "as" || *w == "from")
            }
            _ => false,
        };
        current.push(token);
        if ends {
            out.push(std::mem::take(&mut current).into_iter().collect());
        }
    }
    if !current.is_empty() {
        out.push(current.into_iter().collect());
    }
    out
}
