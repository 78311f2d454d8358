//! Branches: `if`, `match`, `let` in conditions.

use super::body::{assign, keep};
use super::{Body, Lowering};
use crate::facts::{Arm, Expr, LocalId, Op, Stmt, Type};

impl Lowering<'_> {
    /// `if`, with its value put into a local if one is given.
    pub(super) fn branch(
        &mut self,
        branch: &syn::ExprIf,
        into: Option<LocalId>,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) {
        body.scopes.push(Default::default());
        let mut then = Vec::new();
        let head = match super::body::unwrapped(&branch.cond) {
            syn::Expr::Let(test) => {
                let value = self.expr(&test.expr, body, out);
                let subject = self.hold(value, &Type::Unknown, "", body, out);
                let arm = self.pattern_arm(&test.pat, &subject, body, &mut then);
                Ok((subject, arm))
            }
            cond => Err(self.condition(cond, body, out)),
        };
        let value = self.block(&branch.then_branch, body, &mut then);
        settle(value, into, &mut then);
        body.scopes.pop();
        let mut otherwise = Vec::new();
        if let Some((_, other)) = &branch.else_branch {
            match (&**other, into) {
                (syn::Expr::If(inner), _) => self.branch(inner, into, body, &mut otherwise),
                (other, Some(_)) => {
                    let value = self.expr(other, body, &mut otherwise);
                    settle(Some(value), into, &mut otherwise);
                }
                (other, None) => self.effect(other, body, &mut otherwise),
            }
        }
        out.push(match head {
            Ok((subject, arm)) => self.select(subject, arm, then, otherwise),
            Err(cond) => Stmt::If {
                cond,
                then,
                otherwise,
            },
        });
    }

    /// A branch on one pattern.
    pub(super) fn select(
        &self,
        subject: Expr,
        arm: Arm,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    ) -> Stmt {
        Stmt::Switch {
            subject: Some(subject),
            arms: vec![
                Arm { body: then, ..arm },
                Arm {
                    conditions: Vec::new(),
                    body: otherwise,
                    binding: None,
                },
            ],
        }
    }

    /// A condition; patterns in it bind their names where it stands.
    pub(super) fn condition(
        &mut self,
        cond: &syn::Expr,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        match super::body::unwrapped(cond) {
            syn::Expr::Let(test) => {
                let value = self.expr(&test.expr, body, out);
                self.pattern_test(&test.pat, value, body, out)
            }
            syn::Expr::Binary(both) if matches!(both.op, syn::BinOp::And(_)) => {
                let left = self.condition(&both.left, body, out);
                let right = self.condition(&both.right, body, out);
                Expr::Binary(Op::And, Box::new(left), Box::new(right))
            }
            other => self.expr(other, body, out),
        }
    }

    /// `match`, with its value put into a local if one is given.
    pub(super) fn choice(
        &mut self,
        choice: &syn::ExprMatch,
        into: Option<LocalId>,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) {
        let value = self.expr(&choice.expr, body, out);
        let subject = self.hold(value, &Type::Unknown, "", body, out);
        let mut arms = Vec::new();
        for arm in &choice.arms {
            if super::items::is_test(&arm.attrs) {
                continue;
            }
            body.scopes.push(Default::default());
            let mut stmts = Vec::new();
            let (pat, guard) = match &arm.pat {
                syn::Pat::Guard(guarded) => (&*guarded.pat, Some(&*guarded.guard)),
                pat => (pat, None),
            };
            let lowered = self.pattern_arm(pat, &subject, body, &mut stmts);
            let mut inner = Vec::new();
            let cond = guard.map(|guard| self.condition(guard, body, &mut stmts));
            if into.is_some() {
                let value = self.expr(&arm.body, body, &mut inner);
                settle(Some(value), into, &mut inner);
            } else {
                self.effect(&arm.body, body, &mut inner);
            }
            body.scopes.pop();
            match cond {
                Some(cond) => stmts.push(Stmt::If {
                    cond,
                    then: inner,
                    otherwise: Vec::new(),
                }),
                None => stmts.extend(inner),
            }
            arms.push(Arm {
                body: stmts,
                ..lowered
            });
        }
        out.push(Stmt::Switch {
            subject: Some(subject),
            arms,
        });
    }
}

/// Puts the value of a branch where the whole one is expected.
fn settle(value: Option<Expr>, into: Option<LocalId>, out: &mut Vec<Stmt>) {
    let ends = matches!(
        out.last(),
        Some(Stmt::Return(_) | Stmt::Break | Stmt::Continue)
    );
    match (value, into) {
        // A branch that leaves has no value.
        (Some(Expr::Unknown) | None, Some(_)) if ends => {}
        (Some(value), Some(local)) => out.push(assign(local, value, Type::Unknown)),
        (Some(value), None) => keep(value, out),
        (None, _) => {}
    }
}
