//! The arguments of `format!` and its kin.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

/// A format and its arguments, with their names.
pub(super) struct Format {
    pub text: syn::Expr,
    pub args: Vec<(Option<String>, syn::Expr)>,
}

impl Format {
    pub(super) fn parse(tokens: TokenStream) -> Option<Self> {
        let parser = |input: ParseStream<'_>| {
            let text = input.parse::<syn::Expr>()?;
            let mut args = Vec::new();
            while input.parse::<Option<syn::Token![,]>>()?.is_some() {
                if input.is_empty() {
                    break;
                }
                let named = input.peek(syn::Ident)
                    && input.peek2(syn::Token![=])
                    && !input.peek2(syn::Token![==]);
                let name = if named {
                    let name = super::name_of(&input.parse::<syn::Ident>()?);
                    input.parse::<syn::Token![=]>()?;
                    Some(name)
                } else {
                    None
                };
                args.push((name, input.parse()?));
            }
            Ok(Self { text, args })
        };
        parser.parse2(tokens).ok()
    }
}
