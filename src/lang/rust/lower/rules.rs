//! `macro_rules!`: matching what a macro is given, and putting it where the rule says.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use std::collections::HashMap;
use std::rc::Rc;
use syn::parse::{ParseStream, Parser};

/// What a name of a rule stands for.
#[derive(Clone, Debug)]
enum Bound {
    One(TokenStream),
    /// One for each round of a repetition.
    Many(Rc<[Bindings]>),
}

type Bindings = HashMap<String, Bound>;

/// What names stand for within repetitions: those of the innermost first.
#[derive(Clone, Copy)]
struct Scope<'a> {
    own: &'a Bindings,
    outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    fn get(&self, name: &str) -> Option<&'a Bound> {
        let outer = || self.outer.and_then(|outer| outer.get(name));
        self.own.get(name).or_else(outer)
    }
}

/// What a rule makes of the tokens that a macro is given; `None` when its pattern does not fit, or when
/// that is more than the writer may write.
pub(super) fn expand(
    pattern: &TokenStream,
    becomes: &TokenStream,
    given: &TokenStream,
    writer: &mut Writer,
) -> Option<TokenStream> {
    let pattern: Vec<TokenTree> = pattern.clone().into_iter().collect();
    let parser = |input: ParseStream<'_>| {
        let mut bindings = Bindings::new();
        if !matches(&pattern, input, &mut bindings)? || !input.is_empty() {
            return Err(input.error("does not fit"));
        }
        Ok(bindings)
    };
    let bindings = parser.parse2(given.clone()).ok()?;
    let scope = Scope {
        own: &bindings,
        outer: None,
    };
    writer.transcribe(becomes, scope)
}

/// Matches a pattern against input, as far as it goes.
fn matches(
    pattern: &[TokenTree],
    input: ParseStream<'_>,
    bindings: &mut Bindings,
) -> syn::Result<bool> {
    let mut at = 0;
    while at < pattern.len() {
        match &pattern[at] {
            TokenTree::Punct(dollar) if dollar.as_char() == '$' => match pattern.get(at + 1) {
                Some(TokenTree::Ident(name)) => {
                    let Some(TokenTree::Ident(kind)) = pattern.get(at + 3) else {
                        return Ok(false);
                    };
                    let Some(tokens) = fragment(&kind.to_string(), input)? else {
                        return Ok(false);
                    };
                    bindings.insert(name.to_string(), Bound::One(tokens));
                    at += 4;
                }
                Some(TokenTree::Group(inner)) => {
                    let (separator, how, used) = repetition(&pattern[at + 2..]);
                    let inner: Vec<TokenTree> = inner.stream().into_iter().collect();
                    repeat(&inner, separator.as_ref(), how, input, bindings)?;
                    at += 2 + used;
                }
                _ => return Ok(false),
            },
            TokenTree::Group(group) => {
                let Ok(TokenTree::Group(found)) = input.parse::<TokenTree>() else {
                    return Ok(false);
                };
                if found.delimiter() != group.delimiter() {
                    return Ok(false);
                }
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let parser = |input: ParseStream<'_>| {
                    let fits = matches(&inner, input, bindings)? && input.is_empty();
                    input.parse::<TokenStream>()?;
                    Ok(fits)
                };
                if !parser.parse2(found.stream())? {
                    return Ok(false);
                }
                at += 1;
            }
            literal => {
                let Ok(found) = input.parse::<TokenTree>() else {
                    return Ok(false);
                };
                let group = matches!(found, TokenTree::Group(_));
                if group || found.to_string() != literal.to_string() {
                    return Ok(false);
                }
                at += 1;
            }
        }
    }
    Ok(true)
}

/// What stands behind the group of a repetition: a separator, how often it is repeated, and how many
/// tokens that took.
fn repetition(rest: &[TokenTree]) -> (Option<TokenTree>, char, usize) {
    let how = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Punct(p)) if matches!(p.as_char(), '*' | '+' | '?') => Some(p.as_char()),
        _ => None,
    };
    match (how(rest.first()), how(rest.get(1))) {
        (Some(how), _) => (None, how, 1),
        (None, Some(how)) => (rest.first().cloned(), how, 2),
        (None, None) => (None, '?', 0),
    }
}

fn repeat(
    pattern: &[TokenTree],
    separator: Option<&TokenTree>,
    how: char,
    input: ParseStream<'_>,
    bindings: &mut Bindings,
) -> syn::Result<()> {
    let mut rounds = Vec::new();
    loop {
        let ahead = input.fork();
        let mut own = Bindings::new();
        let before = ahead.cursor();
        if ahead.is_empty() || !matches!(matches(pattern, &ahead, &mut own), Ok(true)) {
            break;
        }
        if ahead.cursor() == before {
            break;
        }
        syn::parse::discouraged::Speculative::advance_to(input, &ahead);
        rounds.push(own);
        if how == '?' {
            break;
        }
        if let Some(separator) = separator {
            let ahead = input.fork();
            match ahead.parse::<TokenTree>() {
                Ok(found) if found.to_string() == separator.to_string() => {}
                _ => break,
            }
            // A separator at the end belongs to what follows.
            let mut probe = Bindings::new();
            let further = ahead.fork();
            if !matches!(matches(pattern, &further, &mut probe), Ok(true)) {
                break;
            }
            syn::parse::discouraged::Speculative::advance_to(input, &ahead);
        }
    }
    let mut names = Vec::new();
    names_of(pattern, &mut names);
    let rounds: Rc<[Bindings]> = rounds.into();
    for name in names {
        bindings.insert(name, Bound::Many(rounds.clone()));
    }
    Ok(())
}

/// Names that a pattern binds.
fn names_of(pattern: &[TokenTree], out: &mut Vec<String>) {
    for (i, token) in pattern.iter().enumerate() {
        match token {
            TokenTree::Punct(p) if p.as_char() == '$' => {
                if let Some(TokenTree::Ident(name)) = pattern.get(i + 1) {
                    out.push(name.to_string());
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                names_of(&inner, out);
            }
            _ => {}
        }
    }
}

/// A fragment of this kind.
fn fragment(kind: &str, input: ParseStream<'_>) -> syn::Result<Option<TokenStream>> {
    let mut start = input.cursor();
    let grouped = |tokens: TokenStream| {
        // An expression stays one whatever is put around it.
        TokenStream::from(TokenTree::Group(Group::new(Delimiter::None, tokens)))
    };
    let ahead = input.fork();
    let parsed = match kind {
        "expr" | "expr_2021" => ahead.parse::<syn::Expr>().is_ok(),
        "ident" => ahead
            .call(<proc_macro2::Ident as syn::ext::IdentExt>::parse_any)
            .is_ok(),
        "ty" => ahead.parse::<syn::Type>().is_ok(),
        "path" => ahead.parse::<syn::Path>().is_ok(),
        "literal" => {
            let _ = ahead.parse::<Option<syn::Token![-]>>()?;
            ahead.parse::<syn::Lit>().is_ok()
        }
        "tt" => ahead.parse::<TokenTree>().is_ok(),
        "block" => ahead.parse::<syn::Block>().is_ok(),
        "stmt" => ahead.parse::<syn::Stmt>().is_ok(),
        "pat" | "pat_param" => ahead.call(syn::Pat::parse_multi_with_leading_vert).is_ok(),
        "item" => ahead.parse::<syn::Item>().is_ok(),
        "vis" => ahead.parse::<syn::Visibility>().is_ok(),
        "lifetime" => ahead.parse::<syn::Lifetime>().is_ok(),
        "meta" => ahead.parse::<syn::Meta>().is_ok(),
        _ => false,
    };
    if !parsed {
        return Ok(None);
    }
    let end = ahead.cursor();
    let mut taken = Vec::new();
    while start != end {
        let Some((token, next)) = start.token_tree() else {
            return Ok(None);
        };
        taken.push(token);
        start = next;
    }
    let taken: TokenStream = taken.into_iter().collect();
    syn::parse::discouraged::Speculative::advance_to(input, &ahead);
    Ok(Some(match kind {
        "expr" | "expr_2021" => grouped(taken),
        _ => taken,
    }))
}

/// Writes what rules become.
pub(super) struct Writer {
    /// Tokens that may still be written.
    pub(super) budget: usize,
    /// Where the rules' own tokens stand, if not where they are written.
    pub(super) place: Option<Span>,
}

impl Writer {
    /// Puts what was bound into what a rule becomes; `None` when that grows too long or does not fit.
    fn transcribe(&mut self, tokens: &TokenStream, bindings: Scope<'_>) -> Option<TokenStream> {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            self.spend(1)?;
            match (&tokens[at], tokens.get(at + 1)) {
                (TokenTree::Punct(dollar), Some(TokenTree::Ident(name)))
                    if dollar.as_char() == '$' =>
                {
                    match bindings.get(&name.to_string()) {
                        Some(Bound::One(bound)) => {
                            let before = out.len();
                            out.extend(bound.clone());
                            self.spend(out.len() - before)?;
                        }
                        Some(Bound::Many(_)) => return None,
                        // `$crate`
                        None => out.push(self.placed(TokenTree::Ident(name.clone()))),
                    }
                    at += 2;
                }
                (TokenTree::Punct(dollar), Some(TokenTree::Group(inner)))
                    if dollar.as_char() == '$' =>
                {
                    let (separator, _, used) = repetition(&tokens[at + 2..]);
                    let pattern: Vec<TokenTree> = inner.stream().into_iter().collect();
                    let mut names = Vec::new();
                    names_of(&pattern, &mut names);
                    let rounds = names.iter().find_map(|name| match bindings.get(name) {
                        Some(Bound::Many(rounds)) => Some(rounds),
                        _ => None,
                    });
                    for (i, round) in rounds?.iter().enumerate() {
                        if i > 0 {
                            out.extend(separator.clone().map(|token| self.placed(token)));
                        }
                        let inside = Scope {
                            own: round,
                            outer: Some(&bindings),
                        };
                        out.extend(self.transcribe(&inner.stream(), inside)?);
                    }
                    at += 2 + used;
                }
                (TokenTree::Group(group), _) => {
                    let inner = self.transcribe(&group.stream(), bindings)?;
                    let mut copy = Group::new(group.delimiter(), inner);
                    copy.set_span(self.place.unwrap_or_else(|| group.span()));
                    out.push(TokenTree::Group(copy));
                    at += 1;
                }
                (other, _) => {
                    out.push(self.placed(other.clone()));
                    at += 1;
                }
            }
        }
        Some(out.into_iter().collect())
    }

    fn placed(&self, mut token: TokenTree) -> TokenTree {
        if let Some(place) = self.place {
            token.set_span(place);
        }
        token
    }

    fn spend(&mut self, tokens: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(tokens)?;
        Some(())
    }
}
