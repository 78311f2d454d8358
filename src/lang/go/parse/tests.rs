use super::*;
use crate::lang::go::syntax::*;

// WALKER
/// All calls of a file, found through the lowered syntax alone.
#[derive(Default)]
struct Calls(Vec<Span>);

impl Calls {
    fn of(file: &File) -> Vec<Span> {
        let mut calls = Calls::default();
        for decl in &file.decls {
            match decl {
                Decl::Func(func) => calls.stmts(func.body.as_deref().unwrap_or_default()),
                Decl::Type(_) => {}
                Decl::Value(spec) => calls.exprs(&spec.values),
            }
        }
        calls.0.sort();
        calls.0
    }

    fn stmts<'s>(&mut self, stmts: impl IntoIterator<Item = &'s Stmt>) {
        stmts.into_iter().for_each(|stmt| self.stmt(stmt));
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Expr(expr) | Stmt::Go(expr) | Stmt::Defer(expr) | Stmt::Step(expr, _) => {
                self.expr(expr);
            }
            Stmt::Assign { left, right, .. } => self.exprs(left.iter().chain(right)),
            Stmt::Value(spec) => self.exprs(&spec.values),
            Stmt::Return(exprs) => self.exprs(exprs),
            Stmt::If {
                init,
                cond,
                then,
                otherwise,
            } => {
                self.stmts(init.as_deref());
                self.expr(cond);
                self.stmts(then.iter().chain(otherwise));
            }
            Stmt::For {
                init,
                cond,
                post,
                body,
                ..
            } => {
                self.stmts(
                    init.as_deref()
                        .into_iter()
                        .chain(post.as_deref())
                        .chain(body),
                );
                self.exprs(cond);
            }
            Stmt::Range {
                vars, over, body, ..
            } => {
                self.exprs(vars.iter().chain([over]));
                self.stmts(body);
            }
            Stmt::Switch {
                init,
                subject,
                cases,
            } => {
                self.stmts(init.as_deref());
                self.exprs(subject);
                for case in cases {
                    self.exprs(&case.values);
                    self.stmts(&case.body);
                }
            }
            Stmt::TypeSwitch {
                init,
                subject,
                cases,
                ..
            } => {
                self.stmts(init.as_deref());
                self.expr(subject);
                cases.iter().for_each(|case| self.stmts(&case.body));
            }
            Stmt::Select(cases) => {
                for case in cases {
                    self.stmts(case.comm.as_deref().into_iter().chain(&case.body));
                }
            }
            Stmt::Send(channel, value) => self.exprs([channel, value]),
            Stmt::Block(stmts) => self.stmts(stmts),
            Stmt::Type(_) | Stmt::Break | Stmt::Continue | Stmt::Jump => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Selector(left, _) | ExprKind::Unary(_, left) | ExprKind::Assert(left, _) => {
                self.expr(left);
            }
            ExprKind::Index(left, index) => {
                self.expr(left);
                self.exprs(index);
            }
            ExprKind::Slice(left, start, end) => {
                self.expr(left);
                self.exprs(start.as_deref().into_iter().chain(end.as_deref()));
            }
            ExprKind::Call(call) => {
                self.0.push(expr.span);
                self.expr(&call.callee);
                self.exprs(&call.args);
            }
            ExprKind::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Composite(_, elements) | ExprKind::Elided(elements) => {
                for element in elements {
                    self.exprs(element.key.iter().chain([&element.value]));
                }
            }
            ExprKind::Func(_, body) => self.stmts(body),
            _ => {}
        }
    }
}
// END
