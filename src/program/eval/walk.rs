//! Questions about statements and expressions that need no values.

use super::*;

/// Whether a call never comes back.
pub(super) fn ends(callee: &Callee) -> bool {
    match callee {
        Callee::Path(path) => match path.module.as_deref() {
            None => path.name == "panic",
            Some("os") => path.name == "Exit",
            Some("log") => path.name.starts_with("Fatal") || path.name.starts_with("Panic"),
            _ => false,
        },
        _ => false,
    }
}

pub(super) fn assigned_globals(stmts: &[Stmt], module: &str, out: &mut HashSet<(String, String)>) {
    walk_stmts(stmts, &mut |stmt| {
        if let Stmt::Assign { places, .. } = stmt {
            for place in places {
                if let Place::Global(path) = place {
                    out.insert((
                        path.module.clone().unwrap_or_else(|| module.to_string()),
                        path.name.clone(),
                    ));
                }
            }
        }
    });
}

/// Module variables of which statements assign elements.
pub(super) fn assigned_elements(stmts: &[Stmt], module: &str, out: &mut HashSet<(String, String)>) {
    walk_stmts(stmts, &mut |stmt| {
        if let Stmt::Assign { places, .. } = stmt {
            for place in places {
                if let Place::Index(base, _) = place
                    && let Expr::Global(path) = &**base
                {
                    let module = path.module.as_deref().unwrap_or(module);
                    out.insert((module.to_string(), path.name.clone()));
                }
            }
        }
    });
}

/// Names of fields that statements assign.
pub(super) fn assigned_fields(stmts: &[Stmt], out: &mut HashSet<String>) {
    walk_stmts(stmts, &mut |stmt| {
        if let Stmt::Assign { places, .. } = stmt {
            for place in places {
                if let Place::Field(_, name) = place {
                    out.insert(name.clone());
                }
            }
        }
    });
}

/// Locals that statements assign, also by methods that change what they are called on.
pub(super) fn assigned_locals(
    stmts: &[Stmt],
    changes: &dyn Fn(&str) -> bool,
    out: &mut HashSet<LocalId>,
) {
    walk_stmts(stmts, &mut |stmt| match stmt {
        Stmt::Assign { places, values, .. } => {
            for value in values {
                changed_local(value, changes, out);
            }
            for place in places {
                match place {
                    Place::Local(local) => {
                        out.insert(*local);
                    }
                    Place::Index(base, _) => {
                        if let Expr::Local(local) = &**base {
                            out.insert(*local);
                        }
                    }
                    _ => {}
                }
            }
        }
        Stmt::Expr(value) => changed_local(value, changes, out),
        _ => {}
    });
}

/// The local that a chain of calls begins with and changes.
fn changed_local(value: &Expr, changes: &dyn Fn(&str) -> bool, out: &mut HashSet<LocalId>) {
    let Expr::Call(call) = value else {
        return;
    };
    let mut call = call;
    while let Callee::Method(receiver, name) = &call.callee {
        match receiver {
            Expr::Local(local) if changes(name) => {
                out.insert(*local);
            }
            Expr::Call(inner) => {
                call = inner;
                continue;
            }
            _ => {}
        }
        break;
    }
}

pub(super) fn walk_stmts(stmts: &[Stmt], visit: &mut dyn FnMut(&Stmt)) {
    for stmt in stmts {
        visit(stmt);
        match stmt {
            Stmt::If {
                then, otherwise, ..
            } => {
                walk_stmts(then, visit);
                walk_stmts(otherwise, visit);
            }
            Stmt::Switch { arms, .. } => {
                for arm in arms {
                    walk_stmts(&arm.body, visit);
                }
            }
            Stmt::Loop { body, kind, .. } => {
                if let LoopKind::While { step, .. } = &**kind {
                    walk_stmts(step, visit);
                }
                walk_stmts(body, visit);
            }
            Stmt::Block(inner) => walk_stmts(inner, visit),
            _ => {}
        }
    }
}

pub(super) fn walk_locals(expr: &Expr, visit: &mut dyn FnMut(LocalId)) {
    match expr {
        Expr::Local(local) => visit(*local),
        Expr::Field(base, ..)
        | Expr::Len(base)
        | Expr::Not(base)
        | Expr::Neg(base)
        | Expr::Convert(_, base)
        | Expr::Assert(base, _) => {
            walk_locals(base, visit);
        }
        Expr::Index(base, index) => {
            walk_locals(base, visit);
            walk_locals(index, visit);
        }
        Expr::Slice(base, ..) => walk_locals(base, visit),
        Expr::Binary(_, left, right) => {
            walk_locals(left, visit);
            walk_locals(right, visit);
        }
        Expr::Call(call) => {
            if let Callee::Method(receiver, _) = &call.callee {
                walk_locals(receiver, visit);
            }
            for arg in &call.args {
                walk_locals(arg, visit);
            }
        }
        _ => {}
    }
}
