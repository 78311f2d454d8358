//! Macros: those of the standard library and of common crates by what they mean, those of the file by their
//! rules, and of all others the expressions that they are given.

use super::body::keep;
use super::format_args::Format;
use super::{Body, Lowering, name_of, text_of};
use crate::facts::{Arm, Entry, Expr, FormatPart, Op, Stmt, Type};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::rc::Rc;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;

/// Macros that give macros are followed this deep.
const MAX_EXPANSIONS: usize = 16;

/// Tokens that one macro may give, with all that it gives again. Rules that name themselves twice would
/// otherwise grow without end.
const MAX_TOKENS: usize = 100_000;
/// Tokens that all macros of a file may give.
const MAX_TOKENS_OF_FILE: usize = 2_000_000;

/// Tokens that macros may still give.
pub(super) struct Budget {
    one: usize,
    file: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            one: MAX_TOKENS,
            file: MAX_TOKENS_OF_FILE,
        }
    }
}

/// The rules of a macro of the file.
#[derive(Clone)]
pub(super) struct Rules {
    /// Patterns and what they become.
    arms: Rc<[(TokenStream, TokenStream)]>,
    /// Whether another file writes them: what they give then stands where the macro is used.
    elsewhere: bool,
}

impl Lowering<'_> {
    /// A macro where an expression may stand.
    pub(super) fn macro_expr(
        &mut self,
        mac: &syn::Macro,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let path = text_of(&mac.path);
        let name = path.rsplit("::").next().unwrap_or(&path);
        if let Some(rules) = self.rules(name, mac) {
            return self.expand(name, &rules, mac, body, out);
        }
        match name {
            "format" | "format_args" | "const_format" | "formatcp" | "format_compact"
            | "compact_format" | "eformat" => match Format::parse(mac.tokens.clone()) {
                Some(format) => Expr::Format(self.format(&format, body, out)),
                None => self.operands(mac, body, out),
            },
            "concat" | "concatcp" => {
                let parts = self.listed(mac, body, out).unwrap_or_default();
                Expr::Format(parts.into_iter().map(FormatPart::Display).collect())
            }
            "write" | "writeln" => self.write(name == "writeln", mac, body, out),
            "path" if path == "warp::path" => self.request_path(mac),
            "vec" | "smallvec" | "array" | "routes" => {
                if let Some(items) = self.listed(mac, body, out) {
                    let entries = items
                        .into_iter()
                        .map(|value| Entry {
                            name: None,
                            key: None,
                            value,
                        })
                        .collect();
                    let span = self.places.of(mac.path.span());
                    return Expr::Composite(
                        Box::new(Type::List(Box::new(Type::Unknown))),
                        entries,
                        span,
                    );
                }
                self.operands(mac, body, out);
                Expr::Unknown
            }
            "matches" => self.matches(mac, body, out),
            "panic" | "unreachable" | "todo" | "unimplemented" | "bail" | "abort" | "exit" => {
                self.operands(mac, body, out);
                out.push(Stmt::Return(vec![Expr::Failed]));
                Expr::Unknown
            }
            "join" | "try_join" => {
                let items = self
                    .while_waiting(true, |this| this.listed(mac, body, out))
                    .unwrap_or_default();
                let count = items.len();
                let mut entries = Vec::new();
                for value in items {
                    // What is waited for here runs here.
                    let value = match value {
                        Expr::Closure(_) => self.call(
                            crate::facts::Callee::Value(value),
                            Vec::new(),
                            mac,
                            mac.path.span(),
                        ),
                        value => value,
                    };
                    entries.push(Entry {
                        name: None,
                        key: None,
                        value,
                    });
                }
                let span = self.places.of(mac.path.span());
                Expr::Composite(
                    Box::new(Type::Tuple(vec![Type::Unknown; count])),
                    entries,
                    span,
                )
            }
            "select" | "select_biased" => {
                self.select_macro(mac, body, out);
                Expr::Unknown
            }
            "stream" | "try_stream" => match syn::Block::parse_within.parse2(mac.tokens.clone()) {
                Ok(stmts) => {
                    let span = self.places.of(mac.path.span());
                    self.async_block(&stmts, span, body)
                }
                Err(_) => Expr::Unknown,
            },
            "include_str" | "env" | "option_env" | "stringify" | "line" | "file" | "column"
            | "module_path" | "include_bytes" => {
                self.operands(mac, body, out);
                Expr::Unknown
            }
            _ => self.operands(mac, body, out),
        }
    }

    /// The rules of a macro of this file or another one.
    fn rules(&mut self, name: &str, mac: &syn::Macro) -> Option<Rules> {
        let path = &mac.path.segments;
        let of_others = path.len() > 1
            && path.first().is_some_and(|first| {
                let first = name_of(&first.ident);
                !matches!(&*first, "crate" | "self" | "super")
                    && !self.given.crates.contains(&first)
            });
        // A macro that wraps one of its name, which its crate passes on.
        let wrapped = path.len() > 2 && self.expanding.iter().any(|under_way| under_way == name);
        if of_others || wrapped {
            return None;
        }
        if let Some(rules) = self.macros.get(name) {
            return Some(rules.clone());
        }
        let text = self.given.rules.get(name)?;
        let rules = Rules {
            elsewhere: true,
            ..Rules::of(text.parse::<TokenStream>().ok()?)
        };
        self.macros.insert(name.to_string(), rules.clone());
        Some(rules)
    }

    /// Expressions side by side, if that is all there is.
    fn listed(
        &mut self,
        mac: &syn::Macro,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Option<Vec<Expr>> {
        let parser = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        let exprs = self.guarded(parser, &mac.tokens)?;
        Some(exprs.iter().map(|e| self.expr(e, body, out)).collect())
    }

    /// `warp::path!("queue" / "status")`: a path of several parts.
    fn request_path(&mut self, mac: &syn::Macro) -> Expr {
        let mut parts = String::new();
        for token in mac.tokens.clone() {
            match token {
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        parts.push_str(&format!("/{}", text.value()));
                    }
                }
                TokenTree::Ident(_) => parts.push_str("/:"),
                _ => {}
            }
        }
        let span = self.places.of(mac.path.span());
        let text = Expr::Str(crate::facts::Located { value: parts, span });
        let callee = crate::facts::Callee::Path(self.written("warp::path"));
        self.call(callee, vec![text], mac, mac.path.span())
    }

    /// Parses tokens of a macro.
    fn guarded<P: Parser>(&self, parser: P, tokens: &TokenStream) -> Option<P::Output> {
        parser.parse2(tokens.clone()).ok()
    }

    /// A macro of which nothing is known: what it is given is evaluated, as expressions or as statements.
    fn operands(&mut self, mac: &syn::Macro, body: &mut Body, out: &mut Vec<Stmt>) -> Expr {
        if let Some(operands) = self.guarded(
            Punctuated::<Operand, Separator>::parse_terminated,
            &mac.tokens,
        ) {
            let mut only = None;
            let count = operands.len();
            for operand in &operands {
                if let Some(expr) = &operand.value {
                    let value = self.expr(expr, body, out);
                    if count == 1 {
                        only = Some(value);
                    } else {
                        keep(value, out);
                    }
                }
            }
            return only.unwrap_or(Expr::Unknown);
        }
        if let Some(stmts) = self.guarded(syn::Block::parse_within, &mac.tokens) {
            body.scopes.push(Default::default());
            let value = self.statements(&stmts, body, out);
            body.scopes.pop();
            return value.unwrap_or(Expr::Unknown);
        }
        self.pieces(&mac.tokens, body, out);
        Expr::Unknown
    }

    /// What can be read of a macro with a grammar of its own: what stands between commas, arrows and
    /// semicolons, and in braces.
    fn pieces(&mut self, tokens: &TokenStream, body: &mut Body, out: &mut Vec<Stmt>) {
        let mut piece: Vec<TokenTree> = Vec::new();
        let mut all = Vec::new();
        for token in tokens.clone() {
            match &token {
                TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';' | '>') => {
                    // `=>` and `->`
                    if mark.as_char() == '>'
                        && !matches!(piece.last(), Some(TokenTree::Punct(p)) if matches!(p.as_char(), '=' | '-'))
                    {
                        piece.push(token);
                        continue;
                    }
                    piece.pop_if(|last| {
                        mark.as_char() == '>' && matches!(last, TokenTree::Punct(_))
                    });
                    all.push(std::mem::take(&mut piece));
                }
                _ => piece.push(token),
            }
        }
        all.push(piece);
        for piece in all {
            let piece: TokenStream = piece.into_iter().collect();
            if let Some(expr) = self.guarded(<syn::Expr as Parse>::parse, &piece) {
                self.effect(&expr, body, out);
            }
        }
    }

    fn format(&mut self, format: &Format, body: &mut Body, out: &mut Vec<Stmt>) -> Vec<FormatPart> {
        use super::super::format::{Argument, Piece, parse};
        let text = match &format.text {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => text.value(),
            // `format!(concat!("a", "{}"), x)`
            other => match self.expr(other, body, out) {
                Expr::Format(parts) => parts
                    .into_iter()
                    .filter_map(|part| match part {
                        FormatPart::Display(Expr::Str(text)) => Some(text.value),
                        _ => None,
                    })
                    .collect(),
                _ => return vec![FormatPart::Other(Expr::Unknown)],
            },
        };
        let values: Vec<Expr> = format
            .args
            .iter()
            .map(|(_, value)| self.expr(value, body, out))
            .collect();
        let mut parts = Vec::new();
        for piece in parse(&text) {
            let (what, plain) = match piece {
                Piece::Text(text) => {
                    parts.push(FormatPart::Text(text));
                    continue;
                }
                Piece::Value { what, plain } => (what, plain),
            };
            let value = match what {
                Argument::Position(at) => values.get(at).cloned(),
                Argument::Name(name) => {
                    let given = format
                        .args
                        .iter()
                        .position(|(own, _)| own.as_deref() == Some(&*name));
                    match given {
                        Some(at) => values.get(at).cloned(),
                        None => syn::parse_str::<syn::Expr>(&name)
                            .ok()
                            .map(|e| self.expr(&e, body, out)),
                    }
                }
            };
            let value = value.unwrap_or(Expr::Unknown);
            parts.push(if plain {
                FormatPart::Display(value)
            } else {
                FormatPart::Other(value)
            });
        }
        parts
    }

    fn write(
        &mut self,
        line: bool,
        mac: &syn::Macro,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let parser = |input: ParseStream<'_>| {
            let to = input.parse::<syn::Expr>()?;
            let rest = if input.parse::<Option<syn::Token![,]>>()?.is_some() {
                input.parse::<TokenStream>()?
            } else {
                input.parse::<TokenStream>()?;
                TokenStream::new()
            };
            Ok((to, rest))
        };
        let Some((to, rest)) = self.guarded(parser, &mac.tokens) else {
            return Expr::Unknown;
        };
        let mut parts = match Format::parse(rest) {
            Some(format) => self.format(&format, body, out),
            None => Vec::new(),
        };
        if line {
            parts.push(FormatPart::Text("\n".into()));
        }
        if let Some((sink, text)) = body.sink.clone()
            && super::body::is_name(&to, &sink)
        {
            self.append(text, parts, out);
            return Expr::Unknown;
        }
        let mut to = &to;
        while let syn::Expr::Reference(inner) = to {
            to = &inner.expr;
        }
        match to {
            syn::Expr::Path(path) => {
                if let Some(local) = path.path.get_ident().and_then(|i| self.local_of(i, body)) {
                    self.append(local, parts, out);
                    return Expr::Unknown;
                }
            }
            other => self.effect(other, body, out),
        }
        keep(Expr::Format(parts), out);
        Expr::Unknown
    }

    fn matches(&mut self, mac: &syn::Macro, body: &mut Body, out: &mut Vec<Stmt>) -> Expr {
        let parser = |input: ParseStream<'_>| {
            let value = input.parse::<syn::Expr>()?;
            input.parse::<syn::Token![,]>()?;
            let pat = input.call(syn::Pat::parse_multi_with_leading_vert)?;
            let guard = match input.parse::<Option<syn::Token![if]>>()? {
                Some(_) => Some(input.parse::<syn::Expr>()?),
                None => None,
            };
            input.parse::<Option<syn::Token![,]>>()?;
            Ok((value, pat, guard))
        };
        let Some((value, pat, guard)) = self.guarded(parser, &mac.tokens) else {
            return self.operands(mac, body, out);
        };
        let value = self.expr(&value, body, out);
        body.scopes.push(Default::default());
        let mut test = self.pattern_test(&pat, value, body, out);
        if let Some(guard) = guard {
            let guard = self.condition(&guard, body, out);
            test = Expr::Binary(Op::And, Box::new(test), Box::new(guard));
        }
        body.scopes.pop();
        test
    }

    /// `select!`: one of several arms, whichever is ready first.
    fn select_macro(&mut self, mac: &syn::Macro, body: &mut Body, out: &mut Vec<Stmt>) {
        let Some(arms) = self.guarded(Selection::parse, &mac.tokens) else {
            self.operands(mac, body, out);
            return;
        };
        let mut lowered = Vec::new();
        for arm in &arms.0 {
            body.scopes.push(Default::default());
            let mut stmts = Vec::new();
            if let Some((pat, value)) = &arm.waits {
                let value = self.while_waiting(true, |this| this.expr(value, body, &mut stmts));
                let value = match value {
                    value @ Expr::Closure(_) => self.call(
                        crate::facts::Callee::Value(value),
                        Vec::new(),
                        mac,
                        mac.path.span(),
                    ),
                    value => value,
                };
                let held = self.hold(value, &Type::Unknown, "", body, &mut stmts);
                self.bind_pattern(pat, held, body, &mut stmts);
            }
            self.effect(&arm.body, body, &mut stmts);
            body.scopes.pop();
            lowered.push(Arm {
                conditions: vec![Expr::Unknown],
                body: stmts,
                binding: None,
            });
        }
        out.push(Stmt::Switch {
            subject: None,
            arms: lowered,
        });
    }

    /// A macro among items: what it declares.
    pub(super) fn item_macro(&mut self, mac: &syn::Macro, mut within: Option<&mut Body>) {
        let path = text_of(&mac.path);
        let name = path.rsplit("::").next().unwrap_or(&path);
        if let Some(rules) = self.rules(name, mac) {
            if let Some(tokens) = self.expansion(&rules, mac)
                && let Ok(file) = syn::parse2::<syn::File>(tokens)
            {
                self.expanding.push(name.to_string());
                for item in &file.items {
                    self.item(item, within.as_deref_mut());
                }
                self.expanding.pop();
            }
            return;
        }
        match name {
            "lazy_static" | "thread_local" => {
                let Some(statics) = self.guarded(Statics::parse, &mac.tokens) else {
                    return;
                };
                for variable in &statics.0 {
                    let name = self.declared(&name_of(&variable.name));
                    self.global(
                        &name,
                        &variable.name,
                        Some(&variable.ty),
                        variable.value.as_ref(),
                        false,
                        None,
                    );
                }
            }
            "include" => {
                if let Ok(file) = syn::parse2::<syn::LitStr>(mac.tokens.clone()) {
                    self.scope.modules.push(super::Module {
                        within: self.module.clone(),
                        name: String::new(),
                        file: Some(file.value()),
                        test: self.test,
                    });
                }
            }
            _ if path.starts_with("automod::") => self.scope.open = true,
            // Macros that only hand items through, such as `cfg_if`.
            _ => {
                let mut todo = vec![mac.tokens.clone()];
                while let Some(tokens) = todo.pop() {
                    if let Ok(file) = syn::parse2::<syn::File>(tokens.clone()) {
                        for item in &file.items {
                            self.item(item, within.as_deref_mut());
                        }
                        continue;
                    }
                    todo.extend(tokens.into_iter().filter_map(|token| match token {
                        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                            Some(group.stream())
                        }
                        _ => None,
                    }));
                }
            }
        }
    }

    /// Notes the rules of a macro.
    pub(super) fn define_macro(&mut self, definition: &syn::ItemMacro) {
        let Some(name) = &definition.ident else {
            return;
        };
        if !definition.mac.path.is_ident("macro_rules") {
            return;
        }
        self.macros
            .insert(name_of(name), Rules::of(definition.mac.tokens.clone()));
    }

    /// A macro of the file in an expression's place.
    fn expand(
        &mut self,
        name: &str,
        rules: &Rules,
        mac: &syn::Macro,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let Some(tokens) = self.expansion(rules, mac) else {
            return self.operands(mac, body, out);
        };
        let Some(stmts) = self.guarded(syn::Block::parse_within, &tokens) else {
            return self.operands(mac, body, out);
        };
        self.expanding.push(name.to_string());
        // What a macro declares is seen behind it where the macro stands as a statement.
        let value = self.statements(&stmts, body, out);
        self.expanding.pop();
        value.unwrap_or(Expr::Unknown)
    }

    /// What the tokens that a macro is given become, if that can be followed.
    fn expansion(&mut self, rules: &Rules, mac: &syn::Macro) -> Option<TokenStream> {
        if self.expanding.is_empty() {
            self.tokens.one = MAX_TOKENS;
        }
        if self.expanding.len() >= MAX_EXPANSIONS {
            return None;
        }
        let most = self.tokens.one.min(self.tokens.file);
        let mut writer = super::rules::Writer {
            budget: most,
            place: rules.elsewhere.then(|| mac.path.span()),
        };
        let tokens = rules.arms.iter().find_map(|(pattern, becomes)| {
            super::rules::expand(pattern, becomes, &mac.tokens, &mut writer)
        });
        let spent = most - writer.budget;
        self.tokens.one -= spent;
        self.tokens.file -= spent;
        tokens.filter(|tokens| super::super::tokens::too_deep(tokens).is_none())
    }
}

impl Rules {
    fn of(tokens: TokenStream) -> Self {
        let mut arms = Vec::new();
        let mut tokens = tokens.into_iter();
        while let Some(TokenTree::Group(pattern)) = tokens.next() {
            // `=>`
            tokens.next();
            tokens.next();
            let Some(TokenTree::Group(becomes)) = tokens.next() else {
                break;
            };
            arms.push((pattern.stream(), becomes.stream()));
            // `;`
            tokens.next();
        }
        Self {
            arms: arms.into(),
            elsewhere: false,
        }
    }
}

/// Macros that tokens define, with what their definitions write.
pub fn definitions(
    tokens: TokenStream,
    places: &super::super::Places<'_>,
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut todo = vec![tokens];
    while let Some(tokens) = todo.pop() {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else {
                continue;
            };
            let before = &tokens[at.saturating_sub(3)..at];
            match before {
                [
                    TokenTree::Ident(word),
                    TokenTree::Punct(bang),
                    TokenTree::Ident(name),
                ] if word == "macro_rules" && bang.as_char() == '!' => {
                    let open = group.span_open().byte_range().end;
                    let close = group.span_close().byte_range().start;
                    out.push((name_of(name), places.text(open..close).to_string()));
                }
                _ if group.delimiter() == Delimiter::Brace => todo.push(group.stream()),
                _ => {}
            }
        }
    }
    out
}

/// Something that a macro is given: an expression, with a name or a mark before it.
struct Operand {
    value: Option<syn::Expr>,
}

impl Parse for Operand {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `%x` and `?x` say how a value is shown, `name = x` how it is called.
        let mark = |input: ParseStream<'_>| -> syn::Result<()> {
            if input.peek(syn::Token![%]) {
                input.parse::<syn::Token![%]>()?;
            } else if input.peek(syn::Token![?]) {
                input.parse::<syn::Token![?]>()?;
            }
            Ok(())
        };
        let ahead = input.fork();
        let named = dotted(&ahead).is_ok()
            && (ahead.peek(syn::Token![=]) && !ahead.peek(syn::Token![==])
                || ahead.peek(syn::Token![:]) && !ahead.peek(syn::Token![::]));
        if named {
            dotted(input)?;
            if input.peek(syn::Token![=]) {
                input.parse::<syn::Token![=]>()?;
            } else {
                input.parse::<syn::Token![:]>()?;
            }
        }
        mark(input)?;
        if input.is_empty() || input.peek(syn::Token![,]) {
            return Ok(Self { value: None });
        }
        Ok(Self {
            value: Some(input.parse()?),
        })
    }
}

/// A name with dots in it, such as a logged field has, or a text in its place.
fn dotted(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(syn::LitStr) {
        input.parse::<syn::LitStr>()?;
        return Ok(());
    }
    input.call(<proc_macro2::Ident as syn::ext::IdentExt>::parse_any)?;
    while input.peek(syn::Token![.]) {
        input.parse::<syn::Token![.]>()?;
        input.call(<proc_macro2::Ident as syn::ext::IdentExt>::parse_any)?;
    }
    Ok(())
}

/// What stands between the operands of a macro.
struct Separator;

impl Parse for Separator {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Token![;]) {
            input.parse::<syn::Token![;]>()?;
        } else if input.peek(syn::Token![=>]) {
            input.parse::<syn::Token![=>]>()?;
        } else {
            input.parse::<syn::Token![,]>()?;
        }
        Ok(Self)
    }
}

/// The arms of `select!`.
struct Selection(Vec<SelectArm>);

struct SelectArm {
    /// The pattern and what is waited for; none for what is done when nothing is left to wait for.
    waits: Option<(syn::Pat, syn::Expr)>,
    body: syn::Expr,
}

impl Parse for Selection {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Ident) && input.peek2(syn::Token![;]) {
            input.parse::<syn::Ident>()?;
            input.parse::<syn::Token![;]>()?;
        }
        let mut arms = Vec::new();
        while !input.is_empty() {
            let waits = if input.peek(syn::Token![else])
                || input.peek(syn::Ident) && input.peek2(syn::Token![=>])
            {
                input.call(<proc_macro2::Ident as syn::ext::IdentExt>::parse_any)?;
                None
            } else {
                let pat = input.call(syn::Pat::parse_multi_with_leading_vert)?;
                input.parse::<syn::Token![=]>()?;
                let value = input.parse::<syn::Expr>()?;
                if input.peek(syn::Token![,]) && input.peek2(syn::Token![if]) {
                    input.parse::<syn::Token![,]>()?;
                    input.parse::<syn::Token![if]>()?;
                    input.parse::<syn::Expr>()?;
                }
                Some((pat, value))
            };
            input.parse::<syn::Token![=>]>()?;
            let body = input.parse::<syn::Expr>()?;
            input.parse::<Option<syn::Token![,]>>()?;
            arms.push(SelectArm { waits, body });
        }
        Ok(Self(arms))
    }
}

/// Variables of `lazy_static!` and `thread_local!`.
struct Statics(Vec<Static>);

struct Static {
    name: syn::Ident,
    ty: syn::Type,
    value: Option<syn::Expr>,
}

impl Parse for Statics {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut out = Vec::new();
        while !input.is_empty() {
            input.call(syn::Attribute::parse_outer)?;
            input.parse::<syn::Visibility>()?;
            input.parse::<syn::Token![static]>()?;
            input.parse::<Option<syn::Token![ref]>>()?;
            let name = input.parse()?;
            input.parse::<syn::Token![:]>()?;
            let ty = input.parse()?;
            input.parse::<syn::Token![=]>()?;
            input.parse::<Option<syn::Token![const]>>()?;
            let value = Some(input.parse()?);
            input.parse::<Option<syn::Token![;]>>()?;
            out.push(Static { name, ty, value });
        }
        Ok(Self(out))
    }
}
