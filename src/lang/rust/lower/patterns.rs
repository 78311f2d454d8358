//! Patterns: what they ask for, and the names that they bind.

use super::body::assign;
use super::{Body, Lowering, name_of};
use crate::facts::{Arm, Expr, Op, Stmt, Type};

impl Lowering<'_> {
    /// An arm for a pattern. Statements that bind its names go to `out`, the beginning of the arm's body.
    pub(super) fn pattern_arm(
        &mut self,
        pat: &syn::Pat,
        subject: &Expr,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Arm {
        let mut conditions = Vec::new();
        self.asks(pat, body, &mut conditions);
        if conditions.contains(&Expr::Bool(true)) && conditions.len() == 1 {
            // Nothing is asked.
            conditions.clear();
        }
        let mut binding = None;
        let mut value = subject.clone();
        // Of one form, the subject is known under that form's type.
        if let Some(form) = self.form(pat, body) {
            let local = body.fresh("");
            binding = Some((local, form));
            value = Expr::Local(local);
        }
        self.bind_pattern(pat, value, body, out);
        Arm {
            conditions,
            body: Vec::new(),
            binding,
        }
    }

    /// A pattern as a condition on a value; its names are bound whatever comes out.
    pub(super) fn pattern_test(
        &mut self,
        pat: &syn::Pat,
        value: Expr,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let held = self.hold(value, &Type::Unknown, "", body, out);
        let mut conditions = Vec::new();
        self.asks(pat, body, &mut conditions);
        let value = match self.form(pat, body) {
            Some(form) => Expr::Assert(Box::new(held.clone()), Box::new(form)),
            None => held.clone(),
        };
        self.bind_pattern(pat, value, body, out);
        match conditions.as_slice() {
            [Expr::Present] => Expr::Binary(Op::Ne, Box::new(held), Box::new(Expr::Nil)),
            [Expr::Fine] => Expr::Binary(Op::Ne, Box::new(held), Box::new(Expr::Failed)),
            [Expr::Bool(true)] => Expr::Bool(true),
            [one @ (Expr::Nil | Expr::Failed | Expr::Int(_) | Expr::Str(_))] => {
                Expr::Binary(Op::Eq, Box::new(held), Box::new(one.clone()))
            }
            _ => Expr::Binary(Op::Other, Box::new(held), Box::new(Expr::Unknown)),
        }
    }

    /// What a pattern asks for, one condition for each alternative. `true` asks for nothing.
    fn asks(&self, pat: &syn::Pat, body: &Body, out: &mut Vec<Expr>) {
        out.push(match pat {
            syn::Pat::Wild(_) | syn::Pat::Rest(_) => Expr::Bool(true),
            syn::Pat::Ident(ident) => match &ident.subpat {
                Some((_, inner)) => return self.asks(inner, body, out),
                None => {
                    let name = name_of(&ident.ident);
                    if name == "None" {
                        Expr::Nil
                    } else if is_constant(&name) {
                        let path = syn::Path::from(ident.ident.clone());
                        Expr::Variant(self.written(self.spelled(&path, body)))
                    } else {
                        Expr::Bool(true)
                    }
                }
            },
            syn::Pat::Lit(lit) => self.lit(&lit.lit),
            syn::Pat::Paren(inner) => return self.asks(&inner.pat, body, out),
            syn::Pat::Reference(inner) => return self.asks(&inner.pat, body, out),
            syn::Pat::Guard(inner) => return self.asks(&inner.pat, body, out),
            syn::Pat::Type(inner) => return self.asks(&inner.pat, body, out),
            syn::Pat::Or(or) => {
                for case in &or.cases {
                    self.asks(case, body, out);
                }
                return;
            }
            syn::Pat::Tuple(tuple) => self.all(tuple.elems.iter(), body),
            syn::Pat::Slice(slice) => match slice.elems.len() {
                0 => Expr::Int(0),
                _ => self.all(slice.elems.iter(), body),
            },
            syn::Pat::TupleStruct(inner) => {
                let name = inner.path.segments.last().map(|s| name_of(&s.ident));
                match (name.as_deref(), inner.elems.first()) {
                    (Some("Some" | "Ok"), Some(value)) => {
                        let mut asked = Vec::new();
                        self.asks(value, body, &mut asked);
                        match asked.as_slice() {
                            [Expr::Bool(true)] if name.as_deref() == Some("Ok") => Expr::Fine,
                            [Expr::Bool(true)] => Expr::Present,
                            [_] => asked.swap_remove(0),
                            _ => {
                                out.extend(asked);
                                return;
                            }
                        }
                    }
                    (Some("Err"), _) => Expr::Failed,
                    _ => self.variant(&inner.path, body),
                }
            }
            syn::Pat::Struct(inner) => self.variant(&inner.path, body),
            syn::Pat::Path(inner) => self.variant(&inner.path, body),
            _ => Expr::Unknown,
        });
    }

    fn variant(&self, path: &syn::Path, body: &Body) -> Expr {
        match self.path_type(None, path, body) {
            Type::Named(path, _) => Expr::Variant(path),
            _ => Expr::Unknown,
        }
    }

    /// What patterns side by side ask for together.
    fn all<'p>(&self, pats: impl Iterator<Item = &'p syn::Pat>, body: &Body) -> Expr {
        let mut asked = Vec::new();
        for pat in pats {
            self.asks(pat, body, &mut asked);
        }
        if asked.iter().all(|a| *a == Expr::Bool(true)) {
            Expr::Bool(true)
        } else {
            Expr::Unknown
        }
    }

    /// The form of its type that a pattern asks for, if that has fields to be bound.
    fn form(&self, pat: &syn::Pat, body: &Body) -> Option<Type> {
        match pat {
            syn::Pat::TupleStruct(inner) => {
                let name = inner.path.segments.last().map(|s| name_of(&s.ident))?;
                match (name.as_str(), inner.elems.first()) {
                    ("Some" | "Ok", Some(value)) => self.form(value, body),
                    ("Some" | "Ok" | "Err", _) => None,
                    _ => Some(self.path_type(None, &inner.path, body)),
                }
            }
            syn::Pat::Struct(inner) => Some(self.path_type(None, &inner.path, body)),
            syn::Pat::Paren(inner) => self.form(&inner.pat, body),
            syn::Pat::Reference(inner) => self.form(&inner.pat, body),
            syn::Pat::Ident(ident) => {
                let (_, inner) = ident.subpat.as_ref()?;
                self.form(inner, body)
            }
            _ => None,
        }
    }

    /// Binds the names of a pattern to parts of a value.
    pub(super) fn bind_pattern(
        &mut self,
        pat: &syn::Pat,
        value: Expr,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) {
        match pat {
            syn::Pat::Ident(ident) => {
                let name = name_of(&ident.ident);
                if ident.subpat.is_none() && (name == "None" || is_constant(&name)) {
                    return;
                }
                let local = body.declare(&name);
                out.push(assign(local, value.clone(), Type::Unknown));
                if let Some((_, inner)) = &ident.subpat {
                    self.bind_pattern(inner, value, body, out);
                }
            }
            syn::Pat::Paren(inner) => self.bind_pattern(&inner.pat, value, body, out),
            syn::Pat::Reference(inner) => self.bind_pattern(&inner.pat, value, body, out),
            syn::Pat::Guard(inner) => self.bind_pattern(&inner.pat, value, body, out),
            syn::Pat::Type(typed) => {
                let ty = self.ty(&typed.ty, body);
                let held = self.hold(value, &ty, "", body, out);
                self.bind_pattern(&typed.pat, held, body, out);
            }
            syn::Pat::Tuple(tuple) => self.bind_elements(tuple.elems.iter(), value, body, out),
            syn::Pat::Slice(slice) => self.bind_elements(slice.elems.iter(), value, body, out),
            syn::Pat::Or(or) => {
                // Each alternative binds the same names.
                if let Some(first) = or.cases.first() {
                    self.bind_pattern(first, value, body, out);
                }
            }
            syn::Pat::TupleStruct(inner) => {
                let name = inner.path.segments.last().map(|s| name_of(&s.ident));
                match name.as_deref() {
                    Some("Some" | "Ok") => {
                        if let Some(pat) = inner.elems.first() {
                            self.bind_pattern(pat, value, body, out);
                        }
                    }
                    Some("Err") => {
                        for pat in &inner.elems {
                            if let syn::Pat::Ident(ident) = pat {
                                let local = body.declare(&name_of(&ident.ident));
                                out.push(assign(local, Expr::Unknown, Type::Error));
                            } else {
                                self.bind_pattern(pat, Expr::Unknown, body, out);
                            }
                        }
                    }
                    _ => {
                        for (i, pat) in inner.elems.iter().enumerate() {
                            if matches!(pat, syn::Pat::Rest(_)) {
                                break;
                            }
                            let span = super::items::span_of(pat, self.places);
                            let field = Expr::Field(Box::new(value.clone()), i.to_string(), span);
                            self.bind_pattern(pat, field, body, out);
                        }
                    }
                }
            }
            syn::Pat::Struct(inner) => {
                for field in &inner.fields {
                    let name = match &field.member {
                        syn::Member::Named(name) => name_of(name),
                        syn::Member::Unnamed(index) => index.index.to_string(),
                    };
                    let span = super::items::span_of(&field.member, self.places);
                    let part = Expr::Field(Box::new(value.clone()), name, span);
                    self.bind_pattern(&field.pat, part, body, out);
                }
            }
            _ => {}
        }
    }

    fn bind_elements<'p>(
        &mut self,
        pats: impl Iterator<Item = &'p syn::Pat>,
        value: Expr,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) {
        let held = self.hold(value, &Type::Unknown, "", body, out);
        let mut behind_rest = false;
        for (i, pat) in pats.enumerate() {
            if matches!(pat, syn::Pat::Rest(_)) {
                behind_rest = true;
                continue;
            }
            let index = match i64::try_from(i) {
                Ok(i) if !behind_rest => Expr::Int(i),
                _ => Expr::Unknown,
            };
            let part = Expr::Index(Box::new(held.clone()), Box::new(index));
            self.bind_pattern(pat, part, body, out);
        }
    }
}

/// The first name that a pattern binds.
pub(super) fn first_name(pat: &syn::Pat) -> Option<String> {
    match pat {
        syn::Pat::Ident(ident) => Some(name_of(&ident.ident)),
        syn::Pat::Reference(inner) => first_name(&inner.pat),
        syn::Pat::Type(inner) => first_name(&inner.pat),
        syn::Pat::TupleStruct(inner) if inner.elems.len() == 1 => first_name(&inner.elems[0]),
        _ => None,
    }
}

/// Whether a name in a pattern is that of a constant or of a form without fields, by how it is written.
fn is_constant(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}
