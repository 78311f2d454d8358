//! Conditions: which of them say that a lookup found nothing.

use super::walk::walk_locals;
use super::*;

impl Evaluator<'_> {
    /// Events that the locals of an expression were derived from.
    pub(super) fn sources(&self, frame: &Frame, expr: &Expr) -> Vec<EventId> {
        let mut out = Vec::new();
        walk_locals(expr, &mut |local| {
            if let Some(slot) = frame.env.get(local as usize) {
                out.extend_from_slice(&slot.from);
            }
        });
        out.sort();
        out.dedup();
        out
    }

    /// Whether a condition, when it holds (`Some(true)`) or fails (`Some(false)`), says that a lookup
    /// found nothing or failed.
    pub(super) fn miss_when(&mut self, frame: &Frame, cond: &Expr) -> Option<bool> {
        match cond {
            Expr::Not(inner) => self.miss_when(frame, inner).map(|m| !m),
            Expr::Binary(Op::Eq, left, right) => self.equality(frame, left, right),
            Expr::Binary(Op::Ne, left, right) => self.equality(frame, left, right).map(|m| !m),
            Expr::Binary(Op::Lt, _, right) => matches!(**right, Expr::Int(0 | 1)).then_some(true),
            Expr::Binary(Op::Le, _, right) => matches!(**right, Expr::Int(0)).then_some(true),
            Expr::Binary(Op::Gt, _, right) => matches!(**right, Expr::Int(0)).then_some(false),
            Expr::Binary(Op::Ge, _, right) => matches!(**right, Expr::Int(0 | 1)).then_some(false),
            // Both sides must hold: a miss on either side makes the whole one.
            Expr::Binary(Op::And, left, right) => {
                match (self.miss_when(frame, left), self.miss_when(frame, right)) {
                    (Some(true), Some(true) | None) | (None, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    // `err != nil && err != redis.Nil` is a failure that is no miss.
                    (Some(true), Some(false)) | (Some(false), Some(true))
                        if self.is_error_test(frame, left) && self.is_error_test(frame, right) =>
                    {
                        Some(true)
                    }
                    _ => None,
                }
            }
            Expr::Binary(Op::Or, left, right) => {
                match (self.miss_when(frame, left), self.miss_when(frame, right)) {
                    (Some(true), Some(true)) => Some(true),
                    (Some(false), Some(false) | None) | (None, Some(false)) => Some(false),
                    // `err != nil || n == 0` is a miss; `err == nil || other` is not.
                    _ => None,
                }
            }
            Expr::Call(call) => match &call.callee {
                Callee::Path(path) => {
                    let module = path.module.as_deref().unwrap_or(&frame.module);
                    self.library
                        .function(module, &path.name)
                        .is_some_and(|e| e.condition.is_some())
                        .then_some(true)
                }
                _ => None,
            },
            Expr::Local(local) => {
                let (_, ty) = frame.env.get(*local as usize)?.value.as_ref()?;
                // A flag such as `ok` or `found` says that there was something.
                (*ty == Ty::Bool || *ty == Ty::Unknown).then_some(false)
            }
            _ => None,
        }
    }

    pub(super) fn equality(&mut self, frame: &Frame, left: &Expr, right: &Expr) -> Option<bool> {
        for (side, other) in [(left, right), (right, left)] {
            if is_error(frame, side) {
                return match other {
                    _ if *side == Expr::Failed => Some(true),
                    Expr::Nil => Some(false),
                    Expr::Global(_) => Some(true),
                    _ => None,
                };
            }
        }
        self.is_miss_value(right)
            .or_else(|| self.is_miss_value(left))
    }

    /// Which replies a condition tests. `emitted` are the events that evaluating it gave.
    pub(super) fn tested(&self, frame: &Frame, cond: &Expr, emitted: &[EventId]) -> Tested {
        match cond {
            Expr::Not(inner) => {
                let mut tested = self.tested(frame, inner, emitted);
                tested.first.swap(0, 1);
                tested
            }
            Expr::Binary(op @ (Op::And | Op::Or), left, right) => {
                let (left, right) = (
                    self.tested(frame, left, emitted),
                    self.tested(frame, right, emitted),
                );
                let [all, any] = if *op == Op::And { [0, 1] } else { [1, 0] };
                let mut first = [Vec::new(), Vec::new()];
                first[all] = [left.first[all].as_slice(), &right.first[all]].concat();
                // One of the two holds, and it is open which.
                if !left.first[any].is_empty() && !right.first[any].is_empty() {
                    first[any] = [left.first[any].as_slice(), &right.first[any]].concat();
                }
                let on = [left.on.as_slice(), &right.on].concat();
                Tested { on, first }
            }
            Expr::Binary(op, left, right) => {
                if is_error(frame, left) || is_error(frame, right) {
                    return Tested::default();
                }
                let mut on = self.replies(frame, left, emitted);
                on.extend(self.replies(frame, right, emitted));
                let arm = match (op, whole(left), whole(right)) {
                    (Op::Eq, Some(1), _) | (Op::Eq | Op::Le, _, Some(1)) | (Op::Lt, _, Some(2)) => {
                        Some(0)
                    }
                    (Op::Ne, Some(1), _) | (Op::Ne | Op::Gt, _, Some(1)) | (Op::Ge, _, Some(2)) => {
                        Some(1)
                    }
                    _ => None,
                };
                let mut first = [Vec::new(), Vec::new()];
                if let Some(arm) = arm {
                    first[arm].clone_from(&on);
                }
                Tested { on, first }
            }
            Expr::Call(call) if self.compares_error(frame, call) => Tested::default(),
            other => Tested {
                on: self.replies(frame, other, emitted),
                first: Default::default(),
            },
        }
    }

    /// Whether a condition only asks about an error.
    fn is_error_test(&self, frame: &Frame, cond: &Expr) -> bool {
        match cond {
            Expr::Not(inner) => self.is_error_test(frame, inner),
            Expr::Binary(_, left, right) => is_error(frame, left) || is_error(frame, right),
            Expr::Call(call) => self.compares_error(frame, call),
            _ => false,
        }
    }

    /// Whether a call asks what an error is.
    fn compares_error(&self, frame: &Frame, call: &Call) -> bool {
        matches!(&call.callee, Callee::Path(path) if {
            let module = path.module.as_deref().unwrap_or(&frame.module);
            self.library
                .function(module, &path.name)
                .is_some_and(|e| e.condition.is_some())
        })
    }

    /// Events that the value of an expression comes from.
    fn replies(&self, frame: &Frame, expr: &Expr, emitted: &[EventId]) -> Vec<EventId> {
        let mut out = self.sources(frame, expr);
        if matches!(expr, Expr::Call(_)) {
            out.extend_from_slice(emitted);
        }
        out
    }

    /// Whether a value that something is compared with stands for "nothing there".
    pub(super) fn is_miss_value(&self, expr: &Expr) -> Option<bool> {
        match expr {
            Expr::Nil | Expr::Failed | Expr::Int(0) | Expr::Bool(false) => Some(true),
            Expr::Int(n) if *n < 0 => Some(true),
            Expr::Neg(_) => Some(true),
            Expr::Str(text) if text.value.is_empty() => Some(true),
            Expr::Bool(true) | Expr::Present | Expr::Fine => Some(false),
            _ => None,
        }
    }
}

/// What a condition tests.
#[derive(Default)]
pub(super) struct Tested {
    /// Events whose replies it looks at.
    pub on: Vec<EventId>,
    /// Events whose reply is one: when the condition holds, and when it fails.
    pub first: [Vec<EventId>; 2],
}

fn is_error(frame: &Frame, side: &Expr) -> bool {
    match side {
        Expr::Failed => true,
        Expr::Local(local) => {
            frame
                .env
                .get(*local as usize)
                .and_then(|s| s.value.as_ref())
                .is_some_and(|(_, ty)| *ty == Ty::Error)
                || frame
                    .names
                    .get(*local as usize)
                    .is_some_and(|n| n == "err" || n.ends_with("Err") || n.ends_with("Error"))
        }
        Expr::Call(call) => matches!(&call.callee, Callee::Method(_, name) if name == "Err"),
        _ => false,
    }
}

/// The arm of a condition that is taken where there is an error: 0 when it holds, 1 when it does not. `other` says
/// that the error is of something other than a command: that of a command may also be a miss (Go's `redis.Nil`).
pub(super) fn failed_arm(frame: &Frame, cond: &Expr, other: bool) -> Option<usize> {
    match cond {
        Expr::Not(inner) => failed_arm(frame, inner, other).map(|arm| 1 - arm),
        Expr::Binary(op @ (Op::Eq | Op::Ne), left, right) => {
            let sides = [&**left, &**right];
            let fails_if_same = if sides.contains(&&Expr::Failed) {
                true
            } else if other
                && sides.contains(&&Expr::Nil)
                && sides.iter().any(|side| is_error(frame, side))
            {
                false
            } else {
                return None;
            };
            Some(usize::from(fails_if_same != (*op == Op::Eq)))
        }
        _ => None,
    }
}

/// A number that is written out.
fn whole(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Int(n) => Some(*n),
        Expr::Convert(_, inner) => whole(inner),
        _ => None,
    }
}
