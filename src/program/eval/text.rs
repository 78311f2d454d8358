//! Text: formats, joins, builders.

use super::*;
use crate::program::format;
use crate::program::value::side_by_side;

impl Evaluator<'_> {
    /// Text of several values side by side; alternatives are carried outwards.
    pub(in crate::program) fn text_of(&mut self, pieces: Vec<Value>) -> Value {
        lift(pieces, &mut |values| {
            let Some(out) = side_by_side(values) else {
                return Value::Unknown;
            };
            if let [Part::Hole(atom)] = out.as_slice() {
                return Value::Atom(atom.clone());
            }
            Value::Text(out)
        })
    }

    /// A value as it appears in text; what has no text of its own becomes a hole.
    pub(in crate::program) fn displayed(
        &mut self,
        frame: &mut Frame,
        value: Value,
        ty: &Ty,
    ) -> Value {
        // A type with a method such as `String` is shown through it.
        let id = match (&value, ty) {
            (Value::Object(object), Ty::Unknown) => {
                Some(self.symbols.ty(object.ty).variant_of.unwrap_or(object.ty))
            }
            (_, Ty::Named(id)) => Some(*id),
            _ => None,
        };
        if let Some(id) = id.filter(|id| self.symbols.ty(*id).def.is_some()) {
            let library = self.library;
            for name in library.shown_by(self.lang(frame)) {
                let Method::Program(func, path) =
                    self.symbols.method(self.files, library, id, name)
                else {
                    continue;
                };
                let receiver = self.walk(value.clone(), &path);
                match self.returned(func, Some(receiver), &[]) {
                    Some(Value::Object(_)) | None => {}
                    Some(text) => return text,
                }
            }
        }
        match value {
            Value::Unknown => self.unknown_at(frame, Span::default(), Ty::Text),
            Value::Text(_) | Value::Atom(_) | Value::Int(_) | Value::Bool(_) => value,
            Value::Choice(id, values) => {
                let shown = values
                    .into_iter()
                    .map(|v| self.displayed(frame, v, ty))
                    .collect();
                Value::Choice(id, shown)
            }
            other => {
                let shown = self.pure("shown", &[other], Ty::Text);
                match shown {
                    Value::Unknown => self.unknown_at(frame, Span::default(), Ty::Text),
                    shown => shown,
                }
            }
        }
    }

    pub(in crate::program) fn printf(&mut self, frame: &mut Frame, args: &[(Value, Ty)]) -> Value {
        let Some((format, _)) = args.first() else {
            return Value::text("");
        };
        // An alternative of formats is resolved one by one.
        if let Value::Choice(id, formats) = format {
            let (id, formats) = (*id, formats.clone());
            let mut out = Vec::new();
            for one in formats {
                let mut args = args.to_vec();
                args[0].0 = one;
                out.push(self.printf(frame, &args));
            }
            return Value::Choice(id, out);
        }
        let Some(format) = format.literal() else {
            return self.pure(
                "printf",
                &args.iter().map(|(v, _)| v.clone()).collect::<Vec<_>>(),
                Ty::Text,
            );
        };
        let mut pieces = Vec::new();
        let mut next = 1;
        for part in format::parse(&format) {
            match part {
                format::Piece::Text(text) => pieces.push(Value::text(&text)),
                format::Piece::Verb { verb, plain, index } => {
                    let at = index.unwrap_or(next);
                    next = at + 1;
                    let Some((value, ty)) = args.get(at).cloned() else {
                        pieces.push(self.unknown_at(frame, Span::default(), Ty::Text));
                        continue;
                    };
                    let text = if plain && matches!(verb, 's' | 'd' | 'v') {
                        self.displayed(frame, value, &ty)
                    } else {
                        self.pure(&format!("%{verb}"), &[value], Ty::Text)
                    };
                    pieces.push(match text {
                        Value::Unknown => self.unknown_at(frame, Span::default(), Ty::Text),
                        text => text,
                    });
                }
            }
        }
        self.text_of(pieces)
    }

    pub(in crate::program) fn join_list(
        &mut self,
        frame: &mut Frame,
        list: Value,
        separator: Value,
    ) -> Value {
        match list {
            Value::List {
                items,
                each,
                open: false,
                ..
            } if each.is_empty() && !items.iter().any(|i| matches!(i, Value::Rest(_))) => {
                let mut pieces = Vec::new();
                for (i, item) in items.into_iter().enumerate() {
                    if i > 0 {
                        pieces.push(separator.clone());
                    }
                    pieces.push(self.displayed(frame, item, &Ty::Text));
                }
                self.text_of(pieces)
            }
            Value::Choice(id, lists) => {
                let joined = lists
                    .into_iter()
                    .map(|l| self.join_list(frame, l, separator.clone()))
                    .collect();
                Value::Choice(id, joined)
            }
            other => self.pure("join", &[other, separator], Ty::Text),
        }
    }

    pub(in crate::program) fn text_effect(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        effect: TextEffect,
        receiver: Option<(Value, Option<LocalId>)>,
    ) -> (Value, Ty) {
        let args = self.args(frame, call);
        let first_local = match call.args.first() {
            Some(Expr::Local(local)) => Some(*local),
            _ => None,
        };
        let (old, local) = receiver.unwrap_or((Value::Unknown, None));
        let value = match effect {
            TextEffect::Printf => {
                let given = args.len();
                let args = spread_args(args, call.spread);
                if call.spread && args.len() == given {
                    // Values that only a caller knows.
                    let operands: Vec<Value> = args.into_iter().map(|(v, _)| v).collect();
                    self.pure("printf", &operands, Ty::Text)
                } else {
                    self.printf(frame, &args)
                }
            }
            TextEffect::Print => {
                let pieces = args
                    .into_iter()
                    .map(|(v, t)| self.displayed(frame, v, &t))
                    .collect();
                self.text_of(pieces)
            }
            TextEffect::Join => {
                let mut args = args.into_iter().map(|(v, _)| v);
                let (list, separator) = (
                    args.next().unwrap_or_default(),
                    args.next().unwrap_or_default(),
                );
                self.join_list(frame, list, separator)
            }
            TextEffect::JoinPath => {
                let items = args.into_iter().map(|(v, _)| v).collect();
                self.join_list(frame, Value::list(items), Value::text("/"))
            }
            TextEffect::Display => {
                let (value, ty) = args.into_iter().next().unwrap_or_default();
                self.displayed(frame, value, &ty)
            }
            TextEffect::Same => {
                let (value, ty) = args.into_iter().next().unwrap_or_default();
                return (value, ty);
            }
            TextEffect::Appendf => {
                let mut args = args.into_iter();
                let (base, _) = args.next().unwrap_or_default();
                let rest: Vec<(Value, Ty)> = args.collect();
                let added = self.printf(frame, &rest);
                let base = if matches!(base, Value::Nil) {
                    Value::text("")
                } else {
                    base
                };
                self.text_of(vec![base, added])
            }
            TextEffect::Append => {
                let (added, ty) = args.into_iter().next().unwrap_or_default();
                let added = match added {
                    // WriteByte and WriteRune take a character.
                    Value::Int(code) if ty == Ty::Number => u32::try_from(code)
                        .ok()
                        .and_then(char::from_u32)
                        .map_or(Value::Unknown, |c| Value::text(&c.to_string())),
                    other => self.displayed(frame, other, &Ty::Text),
                };
                let text = self.text_of(vec![old, added]);
                self.set_text(frame, local, text);
                return (
                    Value::Tuple(vec![Value::Unknown, Value::Nil]),
                    Ty::Tuple(Arc::from([Ty::Number, Ty::Error])),
                );
            }
            TextEffect::AppendPrintf | TextEffect::AppendPrint => {
                let mut args = args;
                let (old, _) = if args.is_empty() {
                    Default::default()
                } else {
                    args.remove(0)
                };
                let added = if effect == TextEffect::AppendPrintf {
                    let args = spread_args(args, call.spread);
                    self.printf(frame, &args)
                } else {
                    let pieces = args
                        .into_iter()
                        .map(|(v, t)| self.displayed(frame, v, &t))
                        .collect();
                    self.text_of(pieces)
                };
                if matches!(old, Value::Text(_) | Value::Choice(..)) {
                    let text = self.text_of(vec![old, added]);
                    self.set_text(frame, first_local, text);
                }
                return (
                    Value::Tuple(vec![Value::Unknown, Value::Nil]),
                    Ty::Tuple(Arc::from([Ty::Number, Ty::Error])),
                );
            }
            TextEffect::Read => match old {
                Value::Unknown => self.unknown_at(frame, call.span, Ty::Text),
                old => old,
            },
            TextEffect::Clear => {
                self.set_text(frame, local, Value::text(""));
                return (Value::Nil, Ty::Unknown);
            }
        };
        (value, Ty::Text)
    }

    /// Gives the receiver local of a text builder new text.
    pub(in crate::program) fn set_text(
        &mut self,
        frame: &mut Frame,
        local: Option<LocalId>,
        value: Value,
    ) {
        if let Some(local) = local
            && let Some(slot) = frame.env.get_mut(local as usize).map(Arc::make_mut)
            && let Some((old, _)) = &mut slot.value
        {
            *old = value;
        }
    }
}

/// Arguments with a spread list taken apart, as far as its elements are known.
pub(super) fn spread_args(mut args: Vec<(Value, Ty)>, spread: bool) -> Vec<(Value, Ty)> {
    if spread
        && let Some((
            Value::List {
                items,
                each,
                open: false,
                ..
            },
            ty,
        )) = args.last().cloned()
        && each.is_empty()
    {
        args.pop();
        let inner = match ty {
            Ty::List(inner) => (*inner).clone(),
            _ => Ty::Unknown,
        };
        args.extend(items.into_iter().map(|v| (v, inner.clone())));
    }
    args
}
