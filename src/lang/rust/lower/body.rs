//! Statements and expressions. What Rust says in one expression becomes statements before it, and a
//! local that holds the value.

use super::items::span_of;
use super::{Binding, Body, Lowering, name_of};
use crate::facts::{
    Call, Callee, Entry, Expr, LocalId, Located, LoopKind, Op, Place, Span, Stmt, Type,
};
use proc_macro2::Ident;
use syn::spanned::Spanned;

/// Calls are known by this much of their text.
const MAX_CALL_TEXT: usize = 400;

/// What functions and methods are called that wait for what they are given, in many runtimes.
const WAITS: &str = "block_on";

impl Lowering<'_> {
    /// A block's statements; gives the value of its last expression.
    pub(super) fn block(
        &mut self,
        block: &syn::Block,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Option<Expr> {
        body.scopes.push(Default::default());
        let value = self.statements(&block.stmts, body, out);
        body.scopes.pop();
        value
    }

    /// Statements in the scope that is open.
    pub(super) fn statements(
        &mut self,
        stmts: &[syn::Stmt],
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Option<Expr> {
        // Items may be used before they are declared.
        for stmt in stmts {
            if let syn::Stmt::Item(item @ (syn::Item::Use(_) | syn::Item::Macro(_))) = stmt {
                match item {
                    syn::Item::Macro(definition) if definition.ident.is_some() => {
                        self.define_macro(definition);
                    }
                    item => self.item(item, Some(body)),
                }
            }
        }
        for stmt in stmts {
            match stmt {
                syn::Stmt::Item(syn::Item::Use(_) | syn::Item::Impl(_)) => {}
                syn::Stmt::Item(item) => self.item(item, Some(body)),
                _ => {}
            }
        }
        for stmt in stmts {
            if let syn::Stmt::Item(item @ syn::Item::Impl(_)) = stmt {
                self.item(item, Some(body));
            }
        }
        let mut value = None;
        for (i, stmt) in stmts.iter().enumerate() {
            let last = i + 1 == stmts.len();
            match stmt {
                syn::Stmt::Local(local) => {
                    if !super::items::is_test(&local.attrs) {
                        self.declaration(local, body, out);
                    }
                }
                syn::Stmt::Item(_) => {}
                syn::Stmt::Expr(expr, semicolon) => {
                    if super::items::is_test(attributes(expr)) {
                        continue;
                    }
                    if semicolon.is_none() && last {
                        value = Some(self.expr(expr, body, out));
                    } else {
                        self.effect(expr, body, out);
                    }
                }
                syn::Stmt::Macro(mac) => {
                    if super::items::is_test(&mac.attrs) {
                        continue;
                    }
                    let expr = self.macro_expr(&mac.mac, body, out);
                    if mac.semi_token.is_none() && last {
                        value = Some(expr);
                    } else {
                        keep(expr, out);
                    }
                }
            }
        }
        value
    }

    /// An expression for what it does.
    pub(super) fn effect(&mut self, expr: &syn::Expr, body: &mut Body, out: &mut Vec<Stmt>) {
        match expr {
            syn::Expr::If(branch) => self.branch(branch, None, body, out),
            syn::Expr::Match(choice) => self.choice(choice, None, body, out),
            syn::Expr::Block(inner) => {
                if let Some(value) = self.block(&inner.block, body, out) {
                    keep(value, out);
                }
            }
            other => {
                let value = self.expr(other, body, out);
                keep(value, out);
            }
        }
    }

    fn declaration(&mut self, local: &syn::Local, body: &mut Body, out: &mut Vec<Stmt>) {
        let (pat, ty) = match &local.pat {
            syn::Pat::Type(typed) => (&*typed.pat, self.ty(&typed.ty, body)),
            pat => (pat, Type::Unknown),
        };
        let Some(init) = &local.init else {
            self.declare_only(pat, body);
            return;
        };
        let value = self.expr(&init.expr, body, out);
        if let Some((_, otherwise)) = &init.diverge {
            let subject = self.hold(value, &ty, "", body, out);
            let mut then = Vec::new();
            let arm = self.pattern_arm(pat, &subject, body, &mut then);
            let mut other = Vec::new();
            body.scopes.push(Default::default());
            self.effect(otherwise, body, &mut other);
            body.scopes.pop();
            out.push(self.select(subject, arm, then, other));
            return;
        }
        match pat {
            syn::Pat::Ident(ident) if ident.subpat.is_none() => {
                let local = body.declare(&name_of(&ident.ident));
                out.push(Stmt::Assign {
                    places: vec![Place::Local(local)],
                    values: vec![value],
                    ty,
                });
            }
            syn::Pat::Wild(_) => keep(value, out),
            pat => {
                let held = self.hold(value, &ty, "", body, out);
                self.bind_pattern(pat, held, body, out);
            }
        }
    }

    fn declare_only(&mut self, pat: &syn::Pat, body: &mut Body) {
        match pat {
            syn::Pat::Ident(ident) => {
                body.declare(&name_of(&ident.ident));
            }
            syn::Pat::Tuple(tuple) => {
                for pat in &tuple.elems {
                    self.declare_only(pat, body);
                }
            }
            _ => {}
        }
    }

    /// Puts a value into a local, unless it is one.
    pub(super) fn hold(
        &mut self,
        value: Expr,
        ty: &Type,
        name: &str,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        if matches!(value, Expr::Local(_)) && *ty == Type::Unknown {
            return value;
        }
        let local = body.fresh(name);
        out.push(assign(local, value, ty.clone()));
        Expr::Local(local)
    }

    /// An expression; statements that it takes go before it.
    pub(super) fn expr(&mut self, expr: &syn::Expr, body: &mut Body, out: &mut Vec<Stmt>) -> Expr {
        match expr {
            syn::Expr::Lit(lit) => self.lit(&lit.lit),
            syn::Expr::Path(path) => self.path(path, body),
            syn::Expr::Paren(inner) => self.expr(&inner.expr, body, out),
            syn::Expr::Group(inner) => self.expr(&inner.expr, body, out),
            syn::Expr::Reference(inner) => self.expr(&inner.expr, body, out),
            syn::Expr::RawAddr(inner) => self.expr(&inner.expr, body, out),
            // What has an answer already needs no waiting for.
            syn::Expr::Try(inner) => {
                self.while_waiting(true, |this| this.expr(&inner.expr, body, out))
            }
            syn::Expr::Await(inner) => self.while_waiting(true, |this| {
                let value = this.expr(&inner.base, body, out);
                match value {
                    // A block that is awaited where it stands runs there.
                    Expr::Closure(_) => this.call(
                        Callee::Value(value),
                        Vec::new(),
                        inner,
                        inner.await_token.span(),
                    ),
                    value => value,
                }
            }),
            syn::Expr::Unary(unary) => {
                let value = self.expr(&unary.expr, body, out);
                match unary.op {
                    syn::UnOp::Not(_) => Expr::Not(Box::new(value)),
                    syn::UnOp::Neg(_) => Expr::Neg(Box::new(value)),
                    _ => value,
                }
            }
            syn::Expr::Binary(binary) => self.binary(binary, body, out),
            syn::Expr::Assign(assignment) => {
                let value = self.expr(&assignment.right, body, out);
                let place = self.place(&assignment.left, body, out);
                out.push(Stmt::Assign {
                    places: vec![place],
                    values: vec![value],
                    ty: Type::Unknown,
                });
                Expr::Unknown
            }
            syn::Expr::Call(call) => self.function_call(call, body, out),
            syn::Expr::MethodCall(call) => self.method_call(call, body, out),
            syn::Expr::Field(field) => {
                let base = self.expr(&field.base, body, out);
                let (name, span) = match &field.member {
                    syn::Member::Named(name) => (name_of(name), name.span()),
                    syn::Member::Unnamed(index) => (index.index.to_string(), index.span),
                };
                Expr::Field(Box::new(base), name, self.places.of(span))
            }
            syn::Expr::Index(index) => {
                let base = Box::new(self.expr(&index.expr, body, out));
                if let syn::Expr::Range(range) = &*index.index {
                    let mut bound = |end: &Option<Box<syn::Expr>>| {
                        end.as_ref().map(|e| Box::new(self.expr(e, body, out)))
                    };
                    let from = bound(&range.start);
                    let to = match (bound(&range.end), &range.limits) {
                        (Some(end), syn::RangeLimits::Closed(_)) => {
                            Some(Box::new(Expr::Binary(Op::Add, end, Box::new(Expr::Int(1)))))
                        }
                        (end, _) => end,
                    };
                    return Expr::Slice(base, from, to);
                }
                let index = self.expr(&index.index, body, out);
                Expr::Index(base, Box::new(index))
            }
            syn::Expr::Cast(cast) => {
                let value = self.expr(&cast.expr, body, out);
                Expr::Convert(Box::new(self.ty(&cast.ty, body)), Box::new(value))
            }
            syn::Expr::Tuple(tuple) => {
                let ty = Type::Tuple(vec![Type::Unknown; tuple.elems.len()]);
                self.composite(ty, tuple.elems.iter(), expr, body, out)
            }
            syn::Expr::Array(array) => {
                let ty = Type::List(Box::new(Type::Unknown));
                self.composite(ty, array.elems.iter(), expr, body, out)
            }
            syn::Expr::Repeat(repeat) => {
                self.effect(&repeat.expr, body, out);
                Expr::Unknown
            }
            syn::Expr::Struct(literal) => self.literal(literal, body, out),
            syn::Expr::Closure(closure) => self.closure(closure, body),
            syn::Expr::Async(block) => {
                let span = self.places.of(block.async_token.span());
                self.async_block(&block.block.stmts, span, body)
            }
            syn::Expr::Block(inner) => self.valued_block(&inner.block, body, out),
            syn::Expr::Unsafe(inner) => self.valued_block(&inner.block, body, out),
            syn::Expr::Const(inner) => self.valued_block(&inner.block, body, out),
            syn::Expr::TryBlock(inner) => self.valued_block(&inner.block, body, out),
            syn::Expr::If(branch) => {
                let local = body.fresh("");
                self.branch(branch, Some(local), body, out);
                Expr::Local(local)
            }
            syn::Expr::Match(choice) => {
                let local = body.fresh("");
                self.choice(choice, Some(local), body, out);
                Expr::Local(local)
            }
            syn::Expr::Let(test) => {
                let value = self.expr(&test.expr, body, out);
                self.pattern_test(&test.pat, value, body, out)
            }
            syn::Expr::Loop(repeat) => {
                let local = body.fresh("");
                let mut inner = Vec::new();
                body.loops.push(Some(local));
                let value = self.block(&repeat.body, body, &mut inner);
                body.loops.pop();
                inner.extend(value.map(Stmt::Expr));
                out.push(Stmt::Loop {
                    kind: Box::new(LoopKind::Forever),
                    body: inner,
                    span: self.places.of(repeat.loop_token.span()),
                });
                Expr::Local(local)
            }
            syn::Expr::While(repeat) => {
                self.while_loop(repeat, body, out);
                Expr::Unknown
            }
            syn::Expr::ForLoop(repeat) => {
                self.for_loop(repeat, body, out);
                Expr::Unknown
            }
            syn::Expr::Return(leave) => {
                let values = match &leave.expr {
                    Some(value) => {
                        let failed = is_error(value);
                        let value = self.expr(value, body, out);
                        vec![if failed { Expr::Failed } else { value }]
                    }
                    None => Vec::new(),
                };
                out.push(match body.sink {
                    Some((_, text)) => Stmt::Return(vec![Expr::Local(text)]),
                    None => Stmt::Return(values),
                });
                Expr::Unknown
            }
            syn::Expr::Break(leave) => {
                if let Some(value) = &leave.expr {
                    let value = self.expr(value, body, out);
                    if let Some(Some(local)) = body.loops.last().copied() {
                        out.push(assign(local, value, Type::Unknown));
                    } else {
                        keep(value, out);
                    }
                }
                if !body.loops.is_empty() {
                    out.push(Stmt::Break);
                }
                Expr::Unknown
            }
            syn::Expr::Continue(_) => {
                out.push(Stmt::Continue);
                Expr::Unknown
            }
            syn::Expr::Range(range) => {
                // A range is known by where it ends.
                if let Some(start) = &range.start {
                    self.effect(start, body, out);
                }
                match &range.end {
                    Some(end) => {
                        let end = self.expr(end, body, out);
                        Expr::Convert(Box::new(number()), Box::new(end))
                    }
                    None => Expr::Unknown,
                }
            }
            syn::Expr::Macro(mac) => self.macro_expr(&mac.mac, body, out),
            syn::Expr::Yield(give) => {
                if let Some(value) = &give.expr {
                    let value = self.expr(value, body, out);
                    keep(value, out);
                }
                Expr::Unknown
            }
            _ => Expr::Unknown,
        }
    }

    /// Reads something that is waited for where it stands, or that is not.
    pub(super) fn while_waiting<T>(
        &mut self,
        waiting: bool,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = std::mem::replace(&mut self.waiting, waiting);
        let read = read(self);
        self.waiting = before;
        read
    }

    fn valued_block(&mut self, block: &syn::Block, body: &mut Body, out: &mut Vec<Stmt>) -> Expr {
        self.block(block, body, out).unwrap_or(Expr::Unknown)
    }

    fn composite<'e>(
        &mut self,
        ty: Type,
        values: impl Iterator<Item = &'e syn::Expr>,
        whole: &syn::Expr,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let entries = values
            .map(|value| Entry {
                name: None,
                key: None,
                value: self.expr(value, body, out),
            })
            .collect();
        Expr::Composite(Box::new(ty), entries, span_of(whole, self.places))
    }

    fn literal(&mut self, literal: &syn::ExprStruct, body: &mut Body, out: &mut Vec<Stmt>) -> Expr {
        let ty = self.path_type(literal.qself.as_ref(), &literal.path, body);
        let mut entries: Vec<Entry> = Vec::new();
        for field in &literal.fields {
            let name = match &field.member {
                syn::Member::Named(name) => name_of(name),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            entries.push(Entry {
                name: Some(name),
                key: None,
                value: self.expr(&field.expr, body, out),
            });
        }
        if let Some(rest) = &literal.rest {
            let rest = self.expr(rest, body, out);
            keep(rest, out);
        }
        Expr::Composite(Box::new(ty), entries, span_of(&literal.path, self.places))
    }

    pub(super) fn lit(&self, lit: &syn::Lit) -> Expr {
        let text = |value: String| {
            Expr::Str(Located {
                value,
                span: self.places.of(lit.span()),
            })
        };
        match lit {
            syn::Lit::Str(literal) => text(literal.value()),
            syn::Lit::ByteStr(literal) => {
                text(String::from_utf8_lossy(&literal.value()).into_owned())
            }
            syn::Lit::CStr(literal) => text(literal.value().to_string_lossy().into_owned()),
            syn::Lit::Char(literal) => text(literal.value().to_string()),
            syn::Lit::Byte(literal) => text(char::from(literal.value()).to_string()),
            syn::Lit::Int(literal) => literal
                .base10_parse::<i64>()
                .map_or(Expr::Unknown, Expr::Int),
            syn::Lit::Float(literal) => literal
                .base10_parse::<f64>()
                .map_or(Expr::Unknown, Expr::Float),
            syn::Lit::Bool(literal) => Expr::Bool(literal.value),
            _ => Expr::Unknown,
        }
    }

    fn path(&mut self, path: &syn::ExprPath, body: &Body) -> Expr {
        if let Some(ident) = path.path.get_ident().filter(|_| path.qself.is_none()) {
            let name = name_of(ident);
            if let Some(Binding::Local(local)) = body.find(&name) {
                return Expr::Local(*local);
            }
            if name == "None" {
                return Expr::Nil;
            }
        }
        match self.owned(path.qself.as_ref(), &path.path, body) {
            Some((ty, name)) => Expr::Associated(Box::new(ty), name),
            None => Expr::Global(self.written(self.spelled(&path.path, body))),
        }
    }

    /// A path that goes through a type which is no path itself: `Self::x`, `T::x`, `<T as Trait>::x`.
    fn owned(
        &self,
        own: Option<&syn::QSelf>,
        path: &syn::Path,
        body: &Body,
    ) -> Option<(Type, String)> {
        let last = name_of(&path.segments.last()?.ident);
        if let Some(own) = own {
            return Some((self.ty(&own.ty, body), last));
        }
        let first = name_of(&path.segments.first()?.ident);
        let is_type = first == "Self" || matches!(body.find(&first), Some(Binding::Parameter(_)));
        if !is_type {
            return None;
        }
        if path.segments.len() == 1 {
            return match self.path_type(None, path, body) {
                // `Self` of a structure without fields, or with nameless ones.
                ty @ Type::Named(..) => Some((ty, String::new())),
                _ => None,
            };
        }
        let mut before = path.clone();
        before.segments.pop();
        // The last name's separator goes with it.
        let before = syn::Path {
            leading_colon: before.leading_colon,
            segments: before.segments.into_iter().collect(),
        };
        Some((self.path_type(None, &before, body), last))
    }

    fn function_call(
        &mut self,
        call: &syn::ExprCall,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let syn::Expr::Path(path) = unwrapped(&call.func) else {
            let callee = self.expr(&call.func, body, out);
            let args = self.values(&call.args, body, out);
            return self.call(
                Callee::Value(callee),
                args,
                call,
                call.paren_token.span.open(),
            );
        };
        if path.qself.is_none()
            && let Some(ident) = path.path.get_ident()
            && body.find(&name_of(ident)).is_none()
            && call.args.len() == 1
        {
            match name_of(ident).as_str() {
                // What may fail or be missing is known by what it is when it is there.
                "Some" | "Ok" => return self.expr(&call.args[0], body, out),
                "Err" => {
                    self.effect(&call.args[0], body, out);
                    return Expr::Nil;
                }
                _ => {}
            }
        }
        let last = path.path.segments.last();
        let span = last.map_or_else(|| call.paren_token.span.open(), |last| last.ident.span());
        if let (Some(text), Some(first)) =
            (self.written_to(&call.args, last, body), call.args.first())
        {
            let value = self.expr(first, body, out);
            self.append(text, vec![crate::facts::FormatPart::Display(value)], out);
            return Expr::Unknown;
        }
        let waiting = self.waiting || last.is_some_and(|last| last.ident == WAITS);
        let args = self.while_waiting(waiting, |this| this.values(&call.args, body, out));
        let callee = match self.path(path, body) {
            local @ Expr::Local(_) => Callee::Value(local),
            Expr::Associated(ty, name) => Callee::Associated(*ty, name),
            Expr::Global(path) => Callee::Path(path),
            other => Callee::Value(other),
        };
        self.call(callee, args, call, span)
    }

    /// `Display::fmt(&x, f)` within a function that writes text: the local that holds the text.
    fn written_to(
        &self,
        args: &syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>,
        last: Option<&syn::PathSegment>,
        body: &Body,
    ) -> Option<LocalId> {
        let (sink, text) = body.sink.as_ref()?;
        let named =
            last.is_some_and(|last| last.ident == "fmt" || last.ident == "write_redis_args");
        let given = args.last().is_some_and(|arg| is_name(arg, sink));
        (named && given && args.len() == 2).then_some(*text)
    }

    fn values(
        &mut self,
        args: &syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Vec<Expr> {
        args.iter()
            .map(|arg| match written_out(arg) {
                Some(closure) => self.closure(&closure, body),
                None => self.expr(arg, body, out),
            })
            .collect()
    }

    fn method_call(
        &mut self,
        call: &syn::ExprMethodCall,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let name = name_of(&call.method);
        if let Some((sink, text)) = body.sink.clone() {
            let parts = match name.as_str() {
                // What a formatter or a list of arguments is given becomes part of the text.
                "write_str" | "write_char" | "write_arg" | "write_arg_fmt" | "pad"
                    if is_name(&call.receiver, &sink) =>
                {
                    call.args.first()
                }
                "fmt" | "write_redis_args"
                    if call.args.last().is_some_and(|a| is_name(a, &sink)) =>
                {
                    Some(&*call.receiver)
                }
                _ => None,
            };
            if let Some(part) = parts {
                let value = self.expr(part, body, out);
                self.append(text, vec![crate::facts::FormatPart::Display(value)], out);
                return Expr::Unknown;
            }
        }
        let receiver = self.expr(&call.receiver, body, out);
        let waiting = self.waiting || name == WAITS;
        let args = self.while_waiting(waiting, |this| this.values(&call.args, body, out));
        // The condition of a lookup's answer.
        match (name.as_str(), args.as_slice()) {
            ("is_some" | "is_none" | "is_ok" | "is_err", []) => {
                let (op, what) = match name.as_str() {
                    "is_some" => (Op::Ne, Expr::Nil),
                    "is_none" => (Op::Eq, Expr::Nil),
                    "is_ok" => (Op::Ne, Expr::Failed),
                    _ => (Op::Eq, Expr::Failed),
                };
                return Expr::Binary(op, Box::new(receiver), Box::new(what));
            }
            ("len", []) => return Expr::Len(Box::new(receiver)),
            ("is_empty", []) => {
                return Expr::Binary(
                    Op::Eq,
                    Box::new(Expr::Len(Box::new(receiver))),
                    Box::new(Expr::Int(0)),
                );
            }
            _ => {}
        }
        let given = call.turbofish.as_ref().and_then(|fish| {
            let mut types = fish.args.iter().filter_map(|a| match a {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            let only = types
                .next()
                .filter(|ty| !matches!(ty, syn::Type::Infer(_)))?;
            (types.next().is_none() && args.is_empty()).then(|| self.ty(only, body))
        });
        let gathers = name == "collect";
        let call = self.call(
            Callee::Method(receiver, name),
            args,
            call,
            call.method.span(),
        );
        match given {
            // What is gathered may become text; what is asked for by its type is of that type.
            Some(ty) if gathers => Expr::Convert(Box::new(ty), Box::new(call)),
            Some(ty) => Expr::Assert(Box::new(call), Box::new(ty)),
            None => call,
        }
    }

    pub(super) fn call(
        &mut self,
        callee: Callee,
        args: Vec<Expr>,
        whole: &impl Spanned,
        name: proc_macro2::Span,
    ) -> Expr {
        let range = whole.span().byte_range();
        let span = self.places.of(name);
        let (begin, _) = self.places.lines.place(range.start);
        if span.line > begin {
            self.broken_calls.push((span.line, begin));
        }
        Expr::Call(Box::new(Call {
            callee,
            args,
            spread: false,
            waited: self.waiting,
            span,
            text: fold(self.places.text(range)),
        }))
    }

    /// Adds to a local's text.
    pub(super) fn append(
        &mut self,
        text: LocalId,
        parts: Vec<crate::facts::FormatPart>,
        out: &mut Vec<Stmt>,
    ) {
        let mut all = vec![crate::facts::FormatPart::Display(Expr::Local(text))];
        all.extend(parts);
        out.push(assign(text, Expr::Format(all), Type::Str));
    }

    fn binary(&mut self, binary: &syn::ExprBinary, body: &mut Body, out: &mut Vec<Stmt>) -> Expr {
        let (op, assigns) = operator(&binary.op);
        let left = self.expr(&binary.left, body, out);
        let right = self.expr(&binary.right, body, out);
        if !assigns {
            return Expr::Binary(op, Box::new(left), Box::new(right));
        }
        let place = self.place(&binary.left, body, out);
        out.push(Stmt::Assign {
            places: vec![place],
            values: vec![Expr::Binary(op, Box::new(left), Box::new(right))],
            ty: Type::Unknown,
        });
        Expr::Unknown
    }

    /// Where an assignment puts its value.
    fn place(&mut self, expr: &syn::Expr, body: &mut Body, out: &mut Vec<Stmt>) -> Place {
        match self.expr(expr, body, out) {
            Expr::Local(local) => Place::Local(local),
            Expr::Global(path) => Place::Global(path),
            Expr::Field(base, name, _) => Place::Field(base, name),
            Expr::Index(base, index) => Place::Index(base, index),
            _ => Place::Ignore,
        }
    }

    fn closure(&mut self, closure: &syn::ExprClosure, body: &mut Body) -> Expr {
        let span = self.places.of(closure.inputs_begin.span());
        let index = self.inner(span, body);
        let enclosing = std::mem::replace(&mut body.index, index);
        let loops = std::mem::take(&mut body.loops);
        let waiting = std::mem::take(&mut self.waiting);
        body.scopes.push(Default::default());
        let mut stmts = Vec::new();
        let params = closure
            .inputs
            .iter()
            .map(|pat| self.param(pat, None, body, &mut stmts))
            .collect();
        // A closure that ends by making an asynchronous block goes on with that block.
        let whole = unwrapped(&closure.body);
        let (before, last) = match whole {
            syn::Expr::Block(block) => match block.block.stmts.split_last() {
                Some((syn::Stmt::Expr(last, None), before)) => (before, last),
                _ => (&[][..], whole),
            },
            _ => (&[][..], whole),
        };
        let waited = later_block(last);
        let value = match waited {
            Some(inner) => {
                body.scopes.push(Default::default());
                self.statements(before, body, &mut stmts);
                let value = self.block(inner, body, &mut stmts);
                body.scopes.pop();
                value
            }
            None => Some(self.expr(whole, body, &mut stmts)),
        };
        stmts.extend(value.map(|value| Stmt::Return(vec![value])));
        body.scopes.pop();
        self.waiting = waiting;
        body.loops = loops;
        body.index = enclosing;
        let results = match &closure.output {
            syn::ReturnType::Default => vec![Type::Unknown],
            written => self.results(written, body),
        };
        let later = closure.asyncness.is_some() || waited.is_some();
        let function = &mut self.functions[index as usize];
        function.params = params;
        function.results = results;
        function.body = stmts;
        function.later = later;
        Expr::Closure(index)
    }

    /// A block that runs when somebody waits for it.
    pub(super) fn async_block(&mut self, stmts: &[syn::Stmt], span: Span, body: &mut Body) -> Expr {
        let index = self.inner(span, body);
        let enclosing = std::mem::replace(&mut body.index, index);
        let loops = std::mem::take(&mut body.loops);
        body.scopes.push(Default::default());
        let mut inner = Vec::new();
        let value = self.while_waiting(false, |this| this.statements(stmts, body, &mut inner));
        inner.extend(value.map(|value| Stmt::Return(vec![value])));
        body.scopes.pop();
        body.loops = loops;
        body.index = enclosing;
        let function = &mut self.functions[index as usize];
        function.results = vec![Type::Unknown];
        function.body = inner;
        Expr::Closure(index)
    }

    /// A slot for a function without a name.
    fn inner(&mut self, span: Span, body: &Body) -> u32 {
        let label = self.functions[body.index as usize].label.clone();
        let index = self.slot("", &label, span);
        self.functions[index as usize].parent = Some(body.index);
        index
    }

    fn while_loop(&mut self, repeat: &syn::ExprWhile, body: &mut Body, out: &mut Vec<Stmt>) {
        let span = self.places.of(repeat.while_token.span());
        if let Some((over, pat)) = elements(&repeat.cond) {
            let over = self.expr(over, body, out);
            body.scopes.push(Default::default());
            let (element, stmts) = self.rounds(pat, &repeat.body, body);
            out.push(Stmt::Loop {
                kind: Box::new(LoopKind::Each {
                    over,
                    key: None,
                    value: Some(Place::Local(element)),
                    asks: true,
                }),
                body: stmts,
                span,
            });
            return;
        }
        body.scopes.push(Default::default());
        let mut inner = Vec::new();
        let mut before = Vec::new();
        let cond = match &*repeat.cond {
            syn::Expr::Let(test) => {
                let value = self.expr(&test.expr, body, &mut before);
                let held = self.hold(value, &Type::Unknown, "", body, &mut before);
                self.bind_pattern(&test.pat, held.clone(), body, &mut inner);
                Expr::Binary(Op::Ne, Box::new(held), Box::new(Expr::Nil))
            }
            cond => self.condition(cond, body, &mut before),
        };
        body.loops.push(None);
        let value = self.block(&repeat.body, body, &mut inner);
        inner.extend(value.map(Stmt::Expr));
        body.loops.pop();
        body.scopes.pop();
        let counted = is_counted(&repeat.cond, &repeat.body);
        if before.is_empty() {
            out.push(Stmt::Loop {
                kind: Box::new(LoopKind::While {
                    cond,
                    counted,
                    step: Vec::new(),
                }),
                body: inner,
                span,
            });
            return;
        }
        // What the condition takes is done anew in each round.
        before.push(Stmt::If {
            cond,
            then: Vec::new(),
            otherwise: vec![Stmt::Break],
        });
        before.extend(inner);
        out.push(Stmt::Loop {
            kind: Box::new(LoopKind::While {
                cond: Expr::Unknown,
                counted,
                step: Vec::new(),
            }),
            body: before,
            span,
        });
    }

    fn for_loop(&mut self, repeat: &syn::ExprForLoop, body: &mut Body, out: &mut Vec<Stmt>) {
        let span = self.places.of(repeat.for_token.span());
        let mut over = unwrapped(&repeat.expr);
        let mut pat = &*repeat.pat;
        let mut key = None;
        body.scopes.push(Default::default());
        // `for (i, x) in list.iter().enumerate()`
        if let syn::Expr::MethodCall(call) = over
            && call.method == "enumerate"
            && call.args.is_empty()
            && let syn::Pat::Tuple(pair) = pat
            && pair.elems.len() == 2
        {
            over = unwrapped(&call.receiver);
            let local = match &pair.elems[0] {
                syn::Pat::Ident(ident) => body.declare(&name_of(&ident.ident)),
                _ => body.fresh(""),
            };
            key = Some(Place::Local(local));
            pat = &pair.elems[1];
        }
        let ranged = is_range(over);
        let over = self.expr(over, body, out);
        let (element, stmts) = self.rounds(pat, &repeat.body, body);
        let (key, value) = if ranged {
            (Some(Place::Local(element)), None)
        } else {
            (key, Some(Place::Local(element)))
        };
        out.push(Stmt::Loop {
            kind: Box::new(LoopKind::Each {
                over,
                key,
                value,
                asks: false,
            }),
            body: stmts,
            span,
        });
    }

    /// What a loop does with each element: the local that holds it, and the statements. Ends the scope.
    fn rounds(
        &mut self,
        pat: &syn::Pat,
        block: &syn::Block,
        body: &mut Body,
    ) -> (LocalId, Vec<Stmt>) {
        let mut stmts = Vec::new();
        let element = match pat {
            syn::Pat::Ident(ident) if ident.subpat.is_none() => {
                body.declare(&name_of(&ident.ident))
            }
            pat => {
                let local = body.fresh(&super::patterns::first_name(pat).unwrap_or_default());
                self.bind_pattern(pat, Expr::Local(local), body, &mut stmts);
                local
            }
        };
        body.loops.push(None);
        let value = self.block(block, body, &mut stmts);
        stmts.extend(value.map(Stmt::Expr));
        body.loops.pop();
        body.scopes.pop();
        (element, stmts)
    }

    /// The name of a variable that is written to, as by `write!(x, ..)`.
    pub(super) fn local_of(&self, ident: &Ident, body: &Body) -> Option<LocalId> {
        match body.find(&name_of(ident)) {
            Some(Binding::Local(local)) => Some(*local),
            _ => None,
        }
    }
}

/// Whether an expression is spelled as an error: `Err(..)`.
fn is_error(expr: &syn::Expr) -> bool {
    matches!(unwrapped(expr), syn::Expr::Call(call)
        if matches!(unwrapped(&call.func), syn::Expr::Path(path) if path.path.is_ident("Err")))
}

/// The block that an expression makes for whoever waits for it, boxed or not.
fn later_block(expr: &syn::Expr) -> Option<&syn::Block> {
    match unwrapped(expr) {
        syn::Expr::Async(inner) => Some(&inner.block),
        syn::Expr::MethodCall(call) if call.method == "boxed" => later_block(&call.receiver),
        syn::Expr::Call(call) => match (&*call.func, call.args.first()) {
            (syn::Expr::Path(name), Some(inner))
                if name.path.segments.last().is_some_and(|s| s.ident == "pin") =>
            {
                later_block(inner)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A method of a common type that is handed on by its path, as the closure that calls it: `|value|
/// value.as_str()` for `String::as_str`.
fn written_out(arg: &syn::Expr) -> Option<syn::ExprClosure> {
    const OWNERS: &[&str] = &[
        "str", "String", "AsRef", "ToString", "ToOwned", "Into", "Clone", "Borrow", "Deref", "Cow",
    ];
    let syn::Expr::Path(path) = arg else {
        return None;
    };
    let segments = &path.path.segments;
    let (owner, method) = match (segments.len(), segments.first(), segments.last()) {
        (2, Some(owner), Some(method)) if path.qself.is_none() => (owner, &method.ident),
        _ => return None,
    };
    // What makes a value of another one is a function, and no method.
    if !OWNERS.iter().any(|name| owner.ident == name) || method == "from" || method == "new" {
        return None;
    }
    Some(syn::parse_quote_spanned!(method.span()=> |value| value.#method()))
}

/// What `while let Some(x) = elements.next()` goes over, and the pattern of an element.
fn elements(cond: &syn::Expr) -> Option<(&syn::Expr, &syn::Pat)> {
    let syn::Expr::Let(test) = cond else {
        return None;
    };
    let syn::Pat::TupleStruct(some) = &*test.pat else {
        return None;
    };
    let asked = match &*test.expr {
        syn::Expr::Await(waited) => &waited.base,
        asked => asked,
    };
    match asked {
        syn::Expr::MethodCall(call) if call.method == "next" && call.args.is_empty() => {
            let pat = some.elems.first().filter(|_| some.path.is_ident("Some"))?;
            Some((&call.receiver, pat))
        }
        _ => None,
    }
}

/// Stores a value in a local.
pub(super) fn assign(local: LocalId, value: Expr, ty: Type) -> Stmt {
    Stmt::Assign {
        places: vec![Place::Local(local)],
        values: vec![value],
        ty,
    }
}

/// Keeps a value for what computing it does.
pub(super) fn keep(value: Expr, out: &mut Vec<Stmt>) {
    match value {
        Expr::Unknown
        | Expr::Nil
        | Expr::Failed
        | Expr::Fine
        | Expr::Local(_)
        | Expr::Global(_)
        | Expr::Int(_)
        | Expr::Str(_) => {}
        value => out.push(Stmt::Expr(value)),
    }
}

/// An expression without parentheses around it.
pub(super) fn unwrapped(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Paren(inner) => unwrapped(&inner.expr),
        syn::Expr::Group(inner) => unwrapped(&inner.expr),
        other => other,
    }
}

/// Whether an expression is a variable of this name.
pub(super) fn is_name(expr: &syn::Expr, name: &str) -> bool {
    match unwrapped(expr) {
        syn::Expr::Path(path) => path.path.is_ident(name),
        syn::Expr::Reference(inner) => is_name(&inner.expr, name),
        syn::Expr::Unary(inner) => is_name(&inner.expr, name),
        _ => false,
    }
}

/// Whether a loop goes over numbers.
fn is_range(expr: &syn::Expr) -> bool {
    match unwrapped(expr) {
        syn::Expr::Range(range) => range.end.is_some(),
        syn::Expr::MethodCall(call) => {
            matches!(
                call.method.to_string().as_str(),
                "rev" | "step_by" | "into_iter"
            ) && is_range(&call.receiver)
        }
        _ => false,
    }
}

/// Whether a loop compares a variable with a limit and steps it.
fn is_counted(cond: &syn::Expr, block: &syn::Block) -> bool {
    let syn::Expr::Binary(cond) = unwrapped(cond) else {
        return false;
    };
    if !matches!(
        cond.op,
        syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_)
    ) {
        return false;
    }
    let syn::Expr::Path(counter) = unwrapped(&cond.left) else {
        return false;
    };
    let Some(counter) = counter.path.get_ident() else {
        return false;
    };
    block.stmts.iter().any(|stmt| {
        matches!(stmt, syn::Stmt::Expr(syn::Expr::Binary(step), _)
            if matches!(step.op, syn::BinOp::AddAssign(_) | syn::BinOp::SubAssign(_))
                && is_name(&step.left, &counter.to_string()))
    })
}

fn number() -> Type {
    Type::Number
}

fn operator(op: &syn::BinOp) -> (Op, bool) {
    match op {
        syn::BinOp::Add(_) => (Op::Add, false),
        syn::BinOp::Sub(_) => (Op::Sub, false),
        syn::BinOp::Mul(_) => (Op::Mul, false),
        syn::BinOp::Div(_) => (Op::Div, false),
        syn::BinOp::Rem(_) => (Op::Rem, false),
        syn::BinOp::Eq(_) => (Op::Eq, false),
        syn::BinOp::Ne(_) => (Op::Ne, false),
        syn::BinOp::Lt(_) => (Op::Lt, false),
        syn::BinOp::Le(_) => (Op::Le, false),
        syn::BinOp::Gt(_) => (Op::Gt, false),
        syn::BinOp::Ge(_) => (Op::Ge, false),
        syn::BinOp::And(_) => (Op::And, false),
        syn::BinOp::Or(_) => (Op::Or, false),
        syn::BinOp::AddAssign(_) => (Op::Add, true),
        syn::BinOp::SubAssign(_) => (Op::Sub, true),
        syn::BinOp::MulAssign(_) => (Op::Mul, true),
        syn::BinOp::DivAssign(_) => (Op::Div, true),
        syn::BinOp::RemAssign(_) => (Op::Rem, true),
        syn::BinOp::BitXorAssign(_)
        | syn::BinOp::BitAndAssign(_)
        | syn::BinOp::BitOrAssign(_)
        | syn::BinOp::ShlAssign(_)
        | syn::BinOp::ShrAssign(_) => (Op::Other, true),
        _ => (Op::Other, false),
    }
}

/// A call's source with white space folded, cut where it is long: a call may contain all of a file.
fn fold(source: &str) -> String {
    let mut folded = String::new();
    for word in source.split_whitespace() {
        if folded.len() >= MAX_CALL_TEXT {
            break;
        }
        if !folded.is_empty() && !word.starts_with('.') {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

fn attributes(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Block(e) => &e.attrs,
        syn::Expr::Call(e) => &e.attrs,
        syn::Expr::MethodCall(e) => &e.attrs,
        syn::Expr::If(e) => &e.attrs,
        syn::Expr::Macro(e) => &e.attrs,
        syn::Expr::Await(e) => &e.attrs,
        syn::Expr::Try(e) => &e.attrs,
        syn::Expr::Match(e) => &e.attrs,
        syn::Expr::Assign(e) => &e.attrs,
        _ => &[],
    }
}
