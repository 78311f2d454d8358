//! Puts arguments in the place of parameters.

use super::eval::field_of;
use super::format::{self, Piece};
use super::ids::{FuncId, Site};
use super::value::{
    ANYTHING, Atom, MAX_CHOICES, Origin, Part, RECEIVER, Ty, Value, concat, side_by_side,
};
use std::sync::Arc;

/// No operation is applied to more combinations of alternatives than this.
const MAX_LIFTED: usize = 16;

/// Applies a function under alternatives: `f` sees values without any at their top. Where there would be
/// too many combinations, the last alternatives become one unknown value.
pub fn lift(mut values: Vec<Value>, f: &mut dyn FnMut(&[Value]) -> Value) -> Value {
    let mut combinations: usize = 1;
    let mut seen = Vec::new();
    for value in &mut values {
        if let Value::Choice(id, alternatives) = value
            && !seen.contains(id)
        {
            combinations = combinations.saturating_mul(alternatives.len().max(1));
            if combinations > MAX_LIFTED {
                *value = one_of(value);
            } else {
                seen.push(*id);
            }
        }
    }
    lift_all(values, f)
}

/// One of several values, of which nobody says which.
fn one_of(value: &Value) -> Value {
    Value::Atom(Atom::new(
        Origin::Call {
            callee: "one of".into(),
            args: Arc::from([value.clone()]),
            nth: 0,
            site: None,
        },
        None,
        Ty::Unknown,
    ))
}

fn lift_all(values: Vec<Value>, f: &mut dyn FnMut(&[Value]) -> Value) -> Value {
    let open = values.iter().find_map(|v| match v {
        Value::Choice(id, alternatives) => Some((*id, alternatives.len())),
        _ => None,
    });
    match open {
        None => f(&values),
        Some((id, count)) => {
            let mut out = Vec::with_capacity(count);
            for pick in 0..count.min(MAX_CHOICES) {
                let chosen = values.iter().map(|v| v.choose(id, pick)).collect();
                out.push(lift_all(chosen, f));
            }
            Value::Choice(id, out)
        }
    }
}

/// Replaces the parameters of `func` in a value by a receiver and arguments. `context` tells this
/// call's own unknown values apart from those of other calls.
#[must_use]
pub fn subst(
    value: &Value,
    func: FuncId,
    receiver: Option<&Value>,
    args: &[Value],
    context: u64,
) -> Value {
    let call = Substitution {
        func,
        receiver,
        args,
        context,
    };
    call.value(value)
}

struct Substitution<'a> {
    func: FuncId,
    receiver: Option<&'a Value>,
    args: &'a [Value],
    context: u64,
}

impl Substitution<'_> {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Atom(atom) => self.atom(atom),
            Value::Text(parts) => self.text(parts),
            Value::List {
                items,
                each,
                open,
                lead,
            } => {
                let filled = Value::List {
                    items: self.all(items),
                    each: self.all(each),
                    open: *open,
                    lead: *lead,
                };
                if items.iter().any(|i| matches!(i, Value::Rest(_))) {
                    opened_up(filled)
                } else {
                    filled
                }
            }
            Value::Rest(list) => Value::Rest(Box::new(self.value(list))),
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(k, v)| (self.value(k), self.value(v)))
                    .collect(),
            ),
            Value::Object(object) => {
                let mut object = (**object).clone();
                for field in object.fields.values_mut() {
                    *field = self.value(field);
                }
                Value::Object(Arc::new(object))
            }
            Value::Tuple(values) => Value::Tuple(self.all(values)),
            Value::Choice(id, values) => self.alternatives(*id, values),
            Value::Function(func, Some(bound)) => {
                Value::Function(*func, Some(Box::new(self.value(bound))))
            }
            Value::Router(parts, id) => {
                let mut out = Vec::new();
                for part in parts {
                    match part {
                        Part::Hole(atom) => match self.atom(atom) {
                            Value::Router(below, _) => out.extend(below),
                            Value::Atom(atom) => out.push(Part::Hole(atom)),
                            other => out.extend(other.parts().unwrap_or_default()),
                        },
                        lit => out.push(lit.clone()),
                    }
                }
                Value::Router(concat(out), *id)
            }
            Value::Script(text, keys) => Value::Script(
                Box::new(self.value(text)),
                keys.as_ref().map(|k| Box::new(self.value(k))),
            ),
            Value::Deadline(bound, parent, site) => Value::Deadline(
                Box::new(self.value(bound)),
                Box::new(self.value(parent)),
                *site,
            ),
            other => other.clone(),
        }
    }

    fn operation(
        &self,
        atom: &Atom,
        callee: &Arc<str>,
        args: &[Value],
        nth: u16,
        site: Option<(Site, u64)>,
    ) -> Atom {
        atom.with_origin(Origin::Call {
            callee: callee.clone(),
            args: args.into(),
            nth,
            site: site.map(|(place, context)| (place, mix(context, self.context))),
        })
    }

    fn all(&self, values: &[Value]) -> Vec<Value> {
        values.iter().map(|v| self.value(v)).collect()
    }

    fn text(&self, parts: &[Part]) -> Value {
        let pieces = parts
            .iter()
            .map(|part| match part {
                Part::Lit(text) => Value::text(text),
                Part::Hole(atom) => match self.atom(atom) {
                    // What has no text of its own stays a hole under the old name.
                    value if value.parts().is_none() && !matches!(value, Value::Choice(..)) => {
                        Value::Atom(atom.with_origin(Origin::Call {
                            callee: "shown".into(),
                            args: Arc::from([value]),
                            nth: 0,
                            site: None,
                        }))
                    }
                    value => value,
                },
            })
            .collect();
        lift(pieces, &mut |values| {
            side_by_side(values).map_or(Value::Unknown, Value::Text)
        })
    }

    /// Alternatives, without what an empty prefix leaves before a separator where the other way, which
    /// leaves out both, is taken instead.
    fn alternatives(&self, id: u64, values: &[Value]) -> Value {
        let mut filled = self.all(values);
        for (at, before) in values.iter().enumerate() {
            if before.begins_open()
                && let Some(bare) = filled[at].without_separator()
                && filled.contains(&bare)
            {
                filled[at] = bare;
            }
        }
        Value::Choice(id, filled)
    }

    fn atom(&self, atom: &Atom) -> Value {
        match &atom.origin {
            Origin::Param(func, number) if *func == self.func => {
                let given = if *number == RECEIVER {
                    self.receiver
                } else {
                    self.args.get(usize::from(*number))
                };
                match given {
                    Some(Value::Atom(value)) => {
                        let mut value = value.clone();
                        if value.name.is_none() {
                            value.name.clone_from(&atom.name);
                        }
                        if value.ty == Ty::Unknown {
                            value.ty = atom.ty.clone();
                        }
                        Value::Atom(value)
                    }
                    Some(Value::Unknown) | None => Value::Atom(atom.clone()),
                    Some(value) => value.clone(),
                }
            }
            Origin::Field(base, owner, name) => {
                let base = self.atom(base);
                lift(vec![base], &mut |values| {
                    field_of(&values[0], *owner, name, &atom.ty)
                })
            }
            Origin::Call {
                callee,
                args,
                nth,
                site,
            } => {
                // An operation on operands that are now known can be done.
                let args: Vec<Value> = self.all(args);
                if args.iter().any(|a| matches!(a, Value::Choice(..))) {
                    return lift(args, &mut |args| {
                        compute(callee, args).unwrap_or_else(|| {
                            Value::Atom(self.operation(atom, callee, args, *nth, *site))
                        })
                    });
                }
                if let Some(known) = compute(callee, &args) {
                    return known;
                }
                Value::Atom(self.operation(atom, callee, &args, *nth, *site))
            }
            Origin::Place(site, kind, context) if *kind == ANYTHING => Value::Atom(
                atom.with_origin(Origin::Place(*site, *kind, mix(*context, self.context))),
            ),
            _ => Value::Atom(atom.clone()),
        }
    }
}

/// A part of a list that is known as far as its bounds go. A bound is `None` when it is not known, and
/// `Some(None)` when it is left out.
pub fn sliced(
    list: &Value,
    from: Option<Option<usize>>,
    to: Option<Option<usize>>,
) -> Option<Value> {
    let Value::List {
        items,
        each,
        open,
        lead: None,
    } = list
    else {
        return None;
    };
    let (from, to) = (from?.unwrap_or(0), to?);
    let known = items
        .iter()
        .position(|i| matches!(i, Value::Rest(_)))
        .unwrap_or(items.len());
    if from > known || to.is_some_and(|to| to < from || to > known) {
        return None;
    }
    Some(match to {
        Some(to) => Value::list(items[from..to].to_vec()),
        None => Value::some(items[from..].to_vec(), each.clone(), *open),
    })
}

/// What an operation gives once its operands are known; `None` when they still are not.
fn compute(callee: &str, args: &[Value]) -> Option<Value> {
    match (callee, args) {
        ("Add", [Value::Int(a), Value::Int(b)]) => a.checked_add(*b).map(Value::Int),
        ("Sub", [Value::Int(a), Value::Int(b)]) => a.checked_sub(*b).map(Value::Int),
        ("Mul", [Value::Int(a), Value::Int(b)]) => a.checked_mul(*b).map(Value::Int),
        ("Div", [Value::Int(a), Value::Int(b)]) => a.checked_div(*b).map(Value::Int),
        (
            "join",
            [
                Value::List {
                    items,
                    each,
                    open: false,
                    ..
                },
                separator,
            ],
        ) if each.is_empty() && !items.iter().any(|i| matches!(i, Value::Rest(_))) => {
            let mut out = Vec::new();
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.extend(separator.parts()?);
                }
                out.extend(item.parts()?);
            }
            Some(Value::Text(concat(out)))
        }
        (
            "[]",
            [
                Value::List {
                    items, lead: None, ..
                },
                Value::Int(n),
            ],
        ) => {
            let n = usize::try_from(*n).ok()?;
            let known = items[..items.len().min(n + 1)]
                .iter()
                .all(|i| !matches!(i, Value::Rest(_)));
            known.then(|| items.get(n).cloned())?
        }
        ("part", [list @ Value::List { .. }, from, to]) => {
            let bound = |bound: &Value| match bound {
                Value::Int(n) => usize::try_from(*n).ok().map(Some),
                _ => Some(None),
            };
            sliced(list, bound(from), bound(to))
        }
        ("printf", [format, values @ ..]) => {
            // A list that was handed on as the values themselves.
            let values = match values {
                [
                    Value::List {
                        items,
                        each,
                        open: false,
                        ..
                    },
                ] if each.is_empty() => items,
                other => other,
            };
            printf(&format.literal()?, values)
        }
        _ => None,
    }
}

/// What matches a glob pattern, as an operation on it: the pattern may become better known, and with it where
/// its wildcards are. `any` stands for what one of them takes. `None` when the pattern is no text.
#[must_use]
pub fn matching(pattern: &Value, any: &Atom) -> Option<Value> {
    let is_text = matches!(pattern, Value::Text(_) | Value::Atom(_));
    is_text.then(|| {
        Value::Atom(any.with_origin(Origin::Call {
            callee: "glob".into(),
            args: Arc::from([pattern.clone(), Value::Atom(any.clone())]),
            nth: 0,
            site: None,
        }))
    })
}

/// Text with something in the place of each wildcard of the pattern, where a value is what matches one.
#[must_use]
pub fn matched(atom: &Atom) -> Option<Vec<Part>> {
    let Origin::Call { callee, args, .. } = &atom.origin else {
        return None;
    };
    let ("glob", [Value::Text(pattern), Value::Atom(any)]) = (&**callee, &**args) else {
        return None;
    };
    let mut out = Vec::new();
    for part in pattern {
        let Part::Lit(text) = part else {
            out.push(part.clone());
            continue;
        };
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let lit = |c: char| Part::Lit(c.to_string().into());
            match c {
                '*' | '?' => out.push(Part::Hole(any.clone())),
                '[' => {
                    chars.by_ref().find(|c| *c == ']');
                    out.push(Part::Hole(any.clone()));
                }
                '\\' => out.extend(chars.next().map(lit)),
                c => out.push(lit(c)),
            }
        }
    }
    Some(concat(out))
}

/// Formatted text of values that have a text of their own.
fn printf(format: &str, values: &[Value]) -> Option<Value> {
    let mut out = Vec::new();
    let mut next = 0;
    for piece in format::parse(format) {
        match piece {
            Piece::Text(text) => out.push(Part::Lit(text.into())),
            Piece::Verb { verb, plain, index } => {
                let at = index.map_or(next, |i| i.saturating_sub(1));
                next = at + 1;
                if !plain || !matches!(verb, 's' | 'd' | 'v') {
                    return None;
                }
                out.extend(values.get(at)?.parts()?);
            }
        }
    }
    Some(Value::Text(concat(out)))
}

/// A list in which lists that are now known take the place that stood for them.
#[must_use]
pub fn opened_up(list: Value) -> Value {
    let Value::List {
        mut items,
        mut each,
        open,
        lead,
    } = list
    else {
        return list;
    };
    let (first, repeated) = lead.unwrap_or((items.len(), each.len()));
    let behind = items.split_off(first.min(items.len()));
    let late = each.split_off(repeated.min(each.len()));
    let opened = |item| match item {
        Value::Rest(inner) => match *inner {
            list @ (Value::List { .. } | Value::Choice(..) | Value::Nil) => list,
            other => Value::list(vec![Value::Rest(Box::new(other))]),
        },
        item => Value::list(vec![item]),
    };
    let pieces = items
        .into_iter()
        .map(opened)
        .chain([Value::some(Vec::new(), each, open)])
        .chain(behind.into_iter().map(opened))
        .chain([Value::some(Vec::new(), late, false)]);
    pieces.fold(Value::list(Vec::new()), |out, more| {
        lift(vec![out, more], &mut |lists| joined(&lists[0], &lists[1]))
    })
}

/// One list behind another.
pub(super) fn joined(first: &Value, second: &Value) -> Value {
    let (
        Value::List {
            items,
            each,
            open,
            lead,
        },
        Value::List {
            items: more,
            each: further,
            open: opened,
            lead: led,
        },
    ) = (first, second)
    else {
        return if matches!(second, Value::Nil) {
            first.clone()
        } else {
            Value::some(Vec::new(), Vec::new(), true)
        };
    };
    let lead = match lead {
        Some(lead) => Some(*lead),
        None if each.is_empty() => led.map(|(i, e)| (items.len() + i, e)),
        None => (!more.is_empty()).then_some((items.len(), each.len())),
    };
    let mut all = each.clone();
    all.extend(further.iter().filter(|e| !each.contains(e)).cloned());
    Value::List {
        items: [items.as_slice(), more].concat(),
        each: all,
        open: *open || *opened,
        lead,
    }
}

/// One number from two, spread well enough to tell call paths apart.
fn mix(a: u64, b: u64) -> u64 {
    (a ^ b.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
