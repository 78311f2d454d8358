//! Expressions: names, fields, elements, composite values.

use super::*;
use crate::program::library::Role;
use crate::program::subst::{joined, sliced};
use crate::program::value::{ANYTHING, ROUTER};
use crate::program::words::elements;

impl Evaluator<'_> {
    pub(in crate::program) fn expr(&mut self, frame: &mut Frame, expr: &Expr) -> (Value, Ty) {
        match expr {
            Expr::Unknown => (Value::Unknown, Ty::Unknown),
            Expr::Nil => (Value::Nil, Ty::Unknown),
            Expr::Str(text) => (Value::text(&text.value), Ty::Text),
            Expr::Int(n) => (Value::Int(*n), Ty::Number),
            // A number of seconds is often written so.
            #[allow(clippy::cast_possible_truncation, reason = "whole and small")]
            Expr::Float(n) if n.fract() == 0.0 && n.abs() < 1e9 => {
                (Value::Int(*n as i64), Ty::Number)
            }
            Expr::Float(_) => (Value::Unknown, Ty::Number),
            Expr::Bool(b) => (Value::Bool(*b), Ty::Bool),
            Expr::Local(local) => {
                match frame.env.get(*local as usize).and_then(|s| s.value.clone()) {
                    Some(known) => known,
                    None => {
                        let atom = Atom::new(
                            Origin::Place(
                                self.place(frame, Span::default()),
                                0,
                                u64::from(*local) | 1 << 40,
                            ),
                            frame.names.get(*local as usize).map(|n| n.as_str().into()),
                            Ty::Unknown,
                        );
                        (Value::Atom(atom), Ty::Unknown)
                    }
                }
            }
            Expr::Global(path) => self.name(frame, path),
            Expr::Field(base, name, span) => {
                if let Some(func) = self.method_of_type(frame, base, name) {
                    self.references.insert((frame.func, func));
                    return (Value::Function(func, None), Ty::Unknown);
                }
                let base = self.expr(frame, base);
                self.field(frame, base, name, *span)
            }
            Expr::Index(base, index) => self.index(frame, base, index),
            Expr::Slice(base, from, to) => {
                let (base, ty) = self.expr(frame, base);
                let mut bound = |this: &mut Self, bound: &Option<Box<Expr>>| match bound {
                    None => Some(None),
                    Some(expr) => match this.expr(frame, expr).0 {
                        Value::Int(n) => usize::try_from(n).ok().map(Some),
                        _ => None,
                    },
                };
                let (from, to) = (bound(self, from), bound(self, to));
                let whole = from == Some(None) && to == Some(None);
                match base {
                    list @ Value::List { .. } if sliced(&list, from, to).is_some() => {
                        (sliced(&list, from, to).unwrap_or_default(), ty)
                    }
                    Value::List {
                        items, each, open, ..
                    } if !whole => {
                        let mut every = items;
                        every.extend(each);
                        every.truncate(MAX_CHOICES);
                        (Value::some(Vec::new(), every, open), ty)
                    }
                    Value::Text(_) | Value::Atom(_) if !whole && self.flat(&ty) == Ty::Text => {
                        (self.pure("slice", &[base], ty.clone()), ty)
                    }
                    Value::Atom(_) if !whole && from.is_some() && to.is_some() => {
                        let number = |bound: Option<Option<usize>>| match bound.flatten() {
                            Some(n) => i64::try_from(n).map_or(Value::Unknown, Value::Int),
                            None => Value::Nil,
                        };
                        let part = self.pure("part", &[base, number(from), number(to)], ty.clone());
                        (part, ty)
                    }
                    other => (other, ty),
                }
            }
            Expr::Call(call) => {
                let before = std::mem::replace(&mut frame.waited, call.waited);
                let given = self.call(frame, call);
                frame.waited = before;
                given
            }
            Expr::Binary(op, left, right) => self.binary(frame, *op, left, right),
            Expr::Not(inner) => {
                let (value, _) = self.expr(frame, inner);
                match value {
                    Value::Bool(b) => (Value::Bool(!b), Ty::Bool),
                    other => (self.pure("!", &[other], Ty::Bool), Ty::Bool),
                }
            }
            Expr::Neg(inner) => {
                let (value, ty) = self.expr(frame, inner);
                match value {
                    Value::Int(n) => (n.checked_neg().map_or(Value::Unknown, Value::Int), ty),
                    other => (self.pure("-", &[other], ty.clone()), ty),
                }
            }
            Expr::Composite(ty, entries, span) => self.composite(frame, ty, entries, *span),
            Expr::Append(base, items, spread) => self.append(frame, base, items, *spread),
            Expr::Len(inner) => {
                let (value, _) = self.expr(frame, inner);
                (self.pure("len", &[value], Ty::Number), Ty::Number)
            }
            Expr::Zero(ty) => {
                let ty = self.symbols.resolve(ty, &frame.module.clone());
                (self.zero(&ty, frame), ty)
            }
            Expr::Convert(ty, inner) => {
                let (value, from) = self.expr(frame, inner);
                let ty = self.symbols.resolve(ty, &frame.module.clone());
                if matches!(value, Value::List { .. }) && self.flat(&ty) == Ty::Text {
                    return (self.join_list(frame, value, Value::text("")), ty);
                }
                (self.convert(value, &from, &ty), ty)
            }
            Expr::Assert(inner, ty) => {
                let (value, _) = self.expr(frame, inner);
                let ty = self.symbols.resolve(ty, &frame.module.clone());
                let value = retype(value, &ty);
                (value, ty)
            }
            Expr::Closure(index) => {
                frame.pending.push(*index);
                let id = self.symbols.func_id(frame.file, *index);
                self.references.insert((frame.func, id));
                (Value::Function(id, None), Ty::Unknown)
            }
            Expr::Associated(ty, name) => self.associated(frame, ty, name),
            // Conditions of arms are read where the arms are.
            Expr::Variant(_) | Expr::Present | Expr::Fine | Expr::Failed => {
                (Value::Unknown, Ty::Bool)
            }
            Expr::Format(parts) => {
                let mut pieces = Vec::new();
                for part in parts {
                    match part {
                        FormatPart::Text(text) => pieces.push(Value::text(text)),
                        FormatPart::Display(expr) => {
                            let (value, ty) = self.expr(frame, expr);
                            pieces.push(self.displayed(frame, value, &ty));
                        }
                        FormatPart::Other(expr) => {
                            let (value, _) = self.expr(frame, expr);
                            pieces.push(self.pure("shown", &[value], Ty::Text));
                        }
                    }
                }
                (self.text_of(pieces), Ty::Text)
            }
        }
    }

    /// A type with names followed to what they stand for.
    pub(in crate::program) fn flat(&mut self, ty: &Ty) -> Ty {
        match ty {
            Ty::Named(id) => match self.symbols.underlying(self.files, *id) {
                Ty::Named(id) if self.is_list_type(id) => Ty::List(Arc::new(Ty::Unknown)),
                other => other,
            },
            other => other.clone(),
        }
    }

    /// The result of an operation that always gives the same for the same operands.
    pub(in crate::program) fn pure(&mut self, name: &str, args: &[Value], ty: Ty) -> Value {
        if args.iter().any(|a| matches!(a, Value::Unknown)) {
            return Value::Unknown;
        }
        if args.iter().map(Value::weight).sum::<u32>() > 48 {
            return Value::Unknown;
        }
        Value::Atom(Atom::new(
            Origin::Call {
                callee: name.into(),
                args: args.into(),
                nth: 0,
                site: None,
            },
            None,
            ty,
        ))
    }

    /// A value of which nothing is known, told apart from all others.
    pub(in crate::program) fn unknown_at(&mut self, frame: &Frame, span: Span, ty: Ty) -> Value {
        self.contexts += 1;
        Value::Atom(Atom::new(
            Origin::Place(self.place(frame, span), ANYTHING, self.contexts),
            None,
            ty,
        ))
    }

    /// A router that nothing has put below a path yet.
    pub(in crate::program) fn new_router(
        &mut self,
        frame: &Frame,
        span: Span,
        id: TypeId,
    ) -> Value {
        self.contexts += 1;
        let origin = Origin::Place(self.place(frame, span), ROUTER, self.contexts);
        let own = Atom::new(origin, None, Ty::Named(id));
        Value::Router(vec![Part::Hole(own)], id)
    }

    pub(super) fn zero(&mut self, ty: &Ty, frame: &Frame) -> Value {
        if let Ty::Named(id) = ty {
            let info = self.symbols.ty(*id).clone();
            if self
                .library
                .method(&info.module, &info.name, "WriteString")
                .is_some()
            {
                return Value::text("");
            }
            if self.library.is_router(&info.module, &info.name) {
                return self.new_router(frame, Span::default(), *id);
            }
            // An options structure of a client counts like one of the program's own.
            let known = self.symbols.definition(self.files, *id).is_some()
                || self
                    .library
                    .client(&info.module)
                    .is_some_and(|c| !c.types.contains_key(&*info.name));
            if known
                && matches!(self.flat(ty), Ty::Named(_))
                && self.symbols.interface(self.files, *id).is_none()
            {
                self.note_made(*id, frame);
                return Value::Object(Arc::new(Object {
                    ty: *id,
                    fields: BTreeMap::new(),
                    site: self.place(frame, Span::default()),
                }));
            }
        }
        match self.flat(ty) {
            Ty::List(_) | Ty::Channel(_) => Value::list(Vec::new()),
            Ty::Map(..) => Value::Map(Vec::new()),
            Ty::Text => Value::text(""),
            Ty::Number => Value::Int(0),
            Ty::Bool => Value::Bool(false),
            Ty::Error => Value::Nil,
            _ => Value::Unknown,
        }
    }

    pub(super) fn convert(&mut self, value: Value, from: &Ty, to: &Ty) -> Value {
        // A number turned into text by conversion is a character, not its digits.
        if self.flat(to) == Ty::Text && self.flat(from) == Ty::Number {
            if let Value::Int(code) = value
                && let Some(c) = u32::try_from(code).ok().and_then(char::from_u32)
            {
                return Value::text(&c.to_string());
            }
            return self.pure("char", &[value], Ty::Text);
        }
        retype(value, to)
    }

    pub(super) fn binary(
        &mut self,
        frame: &mut Frame,
        op: Op,
        left: &Expr,
        right: &Expr,
    ) -> (Value, Ty) {
        let (a, a_ty) = self.expr(frame, left);
        let (b, b_ty) = self.expr(frame, right);
        let compares = matches!(
            op,
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::And | Op::Or
        );
        if compares {
            return (Value::Unknown, Ty::Bool);
        }
        let ty = if a_ty == Ty::Unknown || matches!((&a, &b_ty), (Value::Int(_), Ty::Named(_))) {
            b_ty.clone()
        } else {
            a_ty.clone()
        };
        let is_text = |v: &Value, flat: &Ty| matches!(v, Value::Text(_)) || *flat == Ty::Text;
        let (a_flat, b_flat) = (self.flat(&a_ty), self.flat(&b_ty));
        if op == Op::Add && (is_text(&a, &a_flat) || is_text(&b, &b_flat)) {
            let pieces = [a, b]
                .into_iter()
                .map(|v| self.displayed(frame, v, &Ty::Text))
                .collect();
            let ty = if ty == Ty::Unknown { Ty::Text } else { ty };
            return (self.text_of(pieces), ty);
        }
        let value = lift(vec![a, b], &mut |values| match (&values[0], &values[1]) {
            (Value::Int(x), Value::Int(y)) => match op {
                Op::Add => x.checked_add(*y),
                Op::Sub => x.checked_sub(*y),
                Op::Mul => x.checked_mul(*y),
                Op::Div => x.checked_div(*y),
                Op::Rem => x.checked_rem(*y),
                _ => None,
            }
            .map_or(Value::Unknown, Value::Int),
            (x, y) => self.pure(&format!("{op:?}"), &[x.clone(), y.clone()], ty.clone()),
        });
        (value, ty)
    }

    /// A name of a module: constant, variable, function or type.
    pub(super) fn name(&mut self, frame: &mut Frame, path: &Path) -> (Value, Ty) {
        let module = path.module.as_deref().unwrap_or(&frame.module).to_string();
        if let Some(n) = self.library.constant(&module, &path.name) {
            return (Value::Int(n), Ty::Number);
        }
        if let Some(known) = self.global(&module, &path.name) {
            return known;
        }
        if let Some(func) = self.symbols.find_function(&module, &path.name) {
            self.references.insert((frame.func, func));
            return (Value::Function(func, None), Ty::Unknown);
        }
        let atom = Atom::new(
            Origin::Global(format!("{module}.{}", path.name).into()),
            Some(path.name.as_str().into()),
            Ty::Unknown,
        );
        (Value::Atom(atom), Ty::Unknown)
    }

    /// A function or constant that belongs to a type.
    fn associated(&mut self, frame: &mut Frame, ty: &Type, name: &str) -> (Value, Ty) {
        let Ty::Named(id) = self.symbols.resolve(ty, &frame.module.clone()) else {
            return (Value::Unknown, Ty::Unknown);
        };
        let id = self.symbols.unalias(self.files, id);
        let info = self.symbols.ty(self.symbols.base(id)).clone();
        let own = |this: &mut Self, id: TypeId| {
            let info = this.symbols.ty(this.symbols.base(id)).clone();
            this.global(&info.module, &format!("{}::{name}", info.name))
        };
        let met = self.symbols.met_by(self.files, id).map(<[TypeId]>::to_vec);
        let known = own(self, id);
        match met {
            // Types that meet an interface may have another value.
            Some(by) => {
                let others: Vec<_> = by.into_iter().filter_map(|id| own(self, id)).collect();
                if let Some(known) = known.filter(|k| others.iter().all(|o| o.0 == k.0)) {
                    return known;
                }
                if let Some((_, ty)) = others.into_iter().next() {
                    let value = self.unknown_at(frame, Span::default(), ty.clone());
                    return (named(value, name), ty);
                }
            }
            None => {
                let inherited = self.symbols.conforms_to(id).to_vec();
                let found = known.or_else(|| inherited.into_iter().find_map(|to| own(self, to)));
                if let Some(found) = found {
                    return found;
                }
            }
        }
        match self.symbols.method(self.files, self.library, id, name) {
            Method::Program(func, _) => {
                self.references.insert((frame.func, func));
                (Value::Function(func, None), Ty::Unknown)
            }
            _ => {
                let full = format!("{}.{}::{name}", info.module, info.name);
                let origin = Origin::Global(full.into());
                let atom = Atom::new(origin, Some(name.into()), Ty::Unknown);
                (Value::Atom(atom), Ty::Unknown)
            }
        }
    }

    /// The value of a constant or variable of the program.
    pub(super) fn global(&mut self, module: &str, name: &str) -> Option<(Value, Ty)> {
        let key: (Arc<str>, Arc<str>) = (module.into(), name.into());
        if let Some(known) = self.globals.get(&key) {
            // `None` while it is being evaluated: a cycle.
            return known.clone().or(Some((Value::Unknown, Ty::Unknown)));
        }
        let (file, global) = self.symbols.global(self.files, module, name)?;
        self.globals.insert(key.clone(), None);
        let declared = self.symbols.resolve(&global.ty, module);
        let holder = self.symbols.func_id(file, global.holder);
        let mut frame = self.frame(holder);
        if let Some(function) = self.symbols.function(self.files, holder) {
            frame.names = Arc::new(function.locals.clone());
            frame.env = vec![Arc::default(); function.locals.len()];
        }
        let (value, ty) = match &global.value {
            Some(expr) => self.expr(&mut frame, expr),
            None => (Value::Unknown, Ty::Unknown),
        };
        self.run_pending(&mut frame);
        let ty = if declared == Ty::Unknown {
            ty
        } else {
            declared
        };
        let ty = match ty {
            Ty::Tuple(types) => types.first().cloned().unwrap_or_default(),
            ty => ty,
        };
        let value = match value {
            Value::Tuple(items) => items.into_iter().next().unwrap_or_default(),
            value => value,
        };
        let own = (module.to_string(), name.to_string());
        let written = self.assigned_globals.contains(&own)
            || self.assigned_elements.contains(&own) && self.holds_functions(&ty);
        let key_text: Arc<str> = format!("{module}.{name}").into();
        let value = if written || (!global.constant && matches!(value, Value::Unknown)) {
            if !matches!(value, Value::Unknown | Value::Nil) {
                self.global_writes
                    .entry(key_text.clone())
                    .or_default()
                    .push((value, holder));
            }
            Value::Atom(Atom::new(
                Origin::Global(key_text),
                Some(name.into()),
                ty.clone(),
            ))
        } else {
            match value {
                Value::Unknown => Value::Atom(Atom::new(
                    Origin::Global(key_text),
                    Some(name.into()),
                    ty.clone(),
                )),
                Value::Atom(mut atom) if atom.name.is_none() => {
                    atom.name = Some(name.into());
                    Value::Atom(atom)
                }
                known => known,
            }
        };
        let known = (value, ty);
        self.globals.insert(key, Some(known.clone()));
        Some(known)
    }

    /// The method that `Type.Method` names: a function whose first parameter is the receiver.
    pub(super) fn method_of_type(
        &mut self,
        frame: &Frame,
        base: &Expr,
        name: &str,
    ) -> Option<FuncId> {
        let Expr::Global(path) = base else {
            return None;
        };
        let module = path.module.as_deref().unwrap_or(&frame.module);
        if self.symbols.find_global(module, &path.name).is_some() {
            return None;
        }
        let id = self.symbols.find_type(module, &path.name)?;
        self.symbols.definition(self.files, id)?;
        match self.symbols.method(self.files, self.library, id, name) {
            Method::Program(func, path) if path.is_empty() => Some(func),
            _ => None,
        }
    }

    /// Whether a type is a list or map of functions.
    fn holds_functions(&mut self, ty: &Ty) -> bool {
        let element = match self.flat(ty) {
            Ty::List(element) | Ty::Map(_, element) => element,
            _ => return false,
        };
        matches!(self.flat(&element), Ty::Function(_))
    }

    /// Follows names of embedded fields.
    pub(in crate::program) fn walk(&mut self, mut value: Value, path: &[Arc<str>]) -> Value {
        let mut ty = match &value {
            Value::Atom(atom) => atom.ty.clone(),
            Value::Object(object) => Ty::Named(object.ty),
            _ => Ty::Unknown,
        };
        for name in path {
            (value, ty) = self.plain_field(value, ty, name);
        }
        value
    }

    /// Whether a client's type is a list of words.
    fn is_list_type(&self, id: TypeId) -> bool {
        let info = self.symbols.ty(id);
        self.library
            .client(&info.module)
            .and_then(|c| c.types.get(&*info.name))
            .is_some_and(|t| t.role == Role::List)
    }

    fn is_client_type(&self, id: TypeId) -> bool {
        let info = self.symbols.ty(id);
        self.library
            .client(&info.module)
            .is_some_and(|c| c.types.contains_key(&*info.name))
    }

    /// A field without regard to methods.
    pub(super) fn plain_field(&mut self, value: Value, ty: Ty, name: &str) -> (Value, Ty) {
        let (field_ty, owner, path) = match &ty {
            Ty::Named(id) => match self.symbols.field(self.files, *id, name) {
                Some((ty, owner, path)) => (ty, owner, path),
                // What a wrapper holds, where the wrapper is taken for what it holds.
                None if name == "0" => return (value, ty),
                None => (Ty::Unknown, self.symbols.base(*id), Vec::new()),
            },
            Ty::Tuple(types) if name.parse::<usize>().is_ok() => {
                let at = name.parse().unwrap_or(0);
                return self.part(value, types.get(at).cloned().unwrap_or_default(), at);
            }
            Ty::List(_) | Ty::Unknown
                if matches!(value, Value::List { .. }) && name.parse::<usize>().is_ok() =>
            {
                return self.part(value, Ty::Unknown, name.parse().unwrap_or(0));
            }
            Ty::Text | Ty::Number if name == "0" => return (value, ty),
            _ => match &value {
                Value::Object(object) => (Ty::Unknown, object.ty, Vec::new()),
                _ => {
                    let out = self.pure(&format!(".{name}"), &[value], Ty::Unknown);
                    return (named(out, name), Ty::Unknown);
                }
            },
        };
        let value = if path.is_empty() {
            value
        } else {
            self.walk(retype(value, &ty), &path)
        };
        let out = lift(vec![value], &mut |values| {
            field_of(&values[0], owner, name, &field_ty)
        });
        (out, field_ty)
    }

    /// A part of several values by its number.
    fn part(&mut self, value: Value, ty: Ty, at: usize) -> (Value, Ty) {
        let index = Value::Int(i64::try_from(at).unwrap_or(0));
        let part = lift(vec![value], &mut |values| match &values[0] {
            Value::List { items, each, .. } if each.is_empty() => {
                items.get(at).cloned().unwrap_or_default()
            }
            other => self.pure("[]", &[other.clone(), index.clone()], ty.clone()),
        });
        (part, ty)
    }

    pub(super) fn field(
        &mut self,
        frame: &mut Frame,
        base: (Value, Ty),
        name: &str,
        span: Span,
    ) -> (Value, Ty) {
        let (value, ty) = base;
        if let Ty::Named(id) = &ty
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && self.symbols.field(self.files, *id, name).is_none()
        {
            match self.symbols.method(self.files, self.library, *id, name) {
                Method::Program(func, path) => {
                    self.references.insert((frame.func, func));
                    let receiver = self.walk(value, &path);
                    return (Value::Function(func, Some(Box::new(receiver))), Ty::Unknown);
                }
                Method::Outer(outer, path) if self.is_client_type(outer) => {
                    let receiver = self.walk(retype(value, &ty), &path);
                    let method = Value::Method(Box::new(receiver), outer, name.into());
                    return (method, Ty::Unknown);
                }
                Method::Interface(interface) => {
                    let mut methods = Vec::new();
                    for func in self.implementations(interface, name, None) {
                        self.references.insert((frame.func, func));
                        methods.push(Value::Function(func, Some(Box::new(value.clone()))));
                    }
                    let id = self.fresh_choice();
                    return (self.join(id, methods), Ty::Unknown);
                }
                _ => {}
            }
        }
        if matches!(value, Value::Unknown) {
            return (
                named(self.unknown_at(frame, span, Ty::Unknown), name),
                Ty::Unknown,
            );
        }
        self.plain_field(value, ty, name)
    }

    pub(super) fn index(&mut self, frame: &mut Frame, base: &Expr, index: &Expr) -> (Value, Ty) {
        let (base, base_ty) = self.expr(frame, base);
        let (index, _) = self.expr(frame, index);
        let ty = match (self.flat(&base_ty), &index) {
            (Ty::List(inner) | Ty::Channel(inner), _) => (*inner).clone(),
            (Ty::Map(_, value), _) => (*value).clone(),
            (Ty::Tuple(types), Value::Int(n)) => usize::try_from(*n)
                .ok()
                .and_then(|n| types.get(n).cloned())
                .unwrap_or_default(),
            (Ty::Text, _) => Ty::Number,
            _ => Ty::Unknown,
        };
        let id = self.fresh_choice();
        let value = match (&base, &index) {
            (Value::List { items, each, .. }, Value::Int(n)) if each.is_empty() => {
                usize::try_from(*n)
                    .ok()
                    .and_then(|n| items.get(n).cloned())
                    .unwrap_or_default()
            }
            (Value::Map(entries), key) if !entries.is_empty() => {
                match entries.iter().find(|(k, _)| k == key) {
                    Some((_, value)) => value.clone(),
                    None if key.literal().is_none() && entries.len() <= MAX_CHOICES => {
                        self.join(id, entries.iter().map(|(_, v)| v.clone()).collect())
                    }
                    None => Value::Unknown,
                }
            }
            (
                Value::List {
                    items,
                    each,
                    open: false,
                    ..
                },
                _,
            ) if items.is_empty() && each.len() == 1 => each[0].clone(),
            // Received from a channel: another one each time.
            (Value::Atom(_), Value::Unknown) if base.weight() < 48 => {
                self.contexts += 1;
                let site = (self.place(frame, Span::default()), self.contexts);
                let origin = Origin::Call {
                    callee: "[]".into(),
                    args: Arc::from([base]),
                    nth: 0,
                    site: Some(site),
                };
                Value::Atom(Atom::new(origin, None, ty.clone()))
            }
            _ => self.pure("[]", &[base, index], ty.clone()),
        };
        (value, ty)
    }

    pub(super) fn composite(
        &mut self,
        frame: &mut Frame,
        ty: &Type,
        entries: &[crate::facts::Entry],
        span: Span,
    ) -> (Value, Ty) {
        let ty = self.symbols.resolve(ty, &frame.module.clone());
        match self.flat(&ty) {
            Ty::List(_) | Ty::Tuple(_) => {
                let (items, types): (Vec<Value>, Vec<Ty>) =
                    entries.iter().map(|e| self.expr(frame, &e.value)).unzip();
                items.iter().for_each(|item| self.note_kept(item));
                let ty = match (&ty, types.first()) {
                    (Ty::Tuple(_), _) => Ty::Tuple(types.into()),
                    (Ty::List(element), Some(first)) if **element == Ty::Unknown => {
                        Ty::List(Arc::new(first.clone()))
                    }
                    _ => ty,
                };
                (Value::list(items), ty)
            }
            Ty::Map(..) => {
                let mut out = Vec::new();
                for entry in entries {
                    let key = entry
                        .key
                        .as_ref()
                        .map_or(Value::Unknown, |k| self.expr(frame, k).0);
                    let value = self.expr(frame, &entry.value).0;
                    self.note_kept(&value);
                    out.push((key, value));
                }
                (Value::Map(out), ty)
            }
            Ty::Named(id) => {
                let id = self.symbols.base(id);
                let order: Vec<(String, TypeId)> = match self.symbols.definition(self.files, id) {
                    Some((def, _)) => match &def.def {
                        Type::Struct(fields) => {
                            fields.iter().map(|f| (f.name.clone(), id)).collect()
                        }
                        _ => Vec::new(),
                    },
                    None => Vec::new(),
                };
                let mut fields = BTreeMap::new();
                let outer = self.symbols.definition(self.files, id).is_none();
                for (i, entry) in entries.iter().enumerate() {
                    let (value, _) = self.expr(frame, &entry.value);
                    let name = match &entry.name {
                        Some(name) => name.clone(),
                        None => match order.get(i) {
                            Some((name, _)) => name.clone(),
                            None => continue,
                        },
                    };
                    let name: Arc<str> = name.into();
                    self.field_writes
                        .entry((id, name.clone()))
                        .or_default()
                        .push((value.clone(), frame.func));
                    // What is assigned later may be something else by the time it is read.
                    if outer || !self.assigned_fields.contains(&*name) {
                        fields.insert(name, value);
                    }
                }
                let site = self.place(frame, span);
                // One form of a type is of that type.
                let whole = self.symbols.ty(id).variant_of;
                self.note_made(whole.unwrap_or(id), frame);
                (
                    Value::Object(Arc::new(Object {
                        ty: id,
                        fields,
                        site,
                    })),
                    whole.map_or(ty, Ty::Named),
                )
            }
            _ => {
                let values: Vec<Value> = entries
                    .iter()
                    .map(|entry| self.expr(frame, &entry.value).0)
                    .collect();
                (self.made_of(frame, span, &values, ty.clone()), ty)
            }
        }
    }

    /// A value of which no more is known than the elements of loops that it is made of.
    fn made_of(&mut self, frame: &Frame, span: Span, values: &[Value], ty: Ty) -> Value {
        let args = elements(values);
        if args.is_empty() {
            return Value::Unknown;
        }
        self.contexts += 1;
        let origin = Origin::Call {
            callee: "{}".into(),
            args,
            nth: 0,
            site: Some((self.place(frame, span), self.contexts)),
        };
        Value::Atom(Atom::new(origin, None, ty))
    }

    pub(super) fn append(
        &mut self,
        frame: &mut Frame,
        base: &Expr,
        items: &[Expr],
        spread: bool,
    ) -> (Value, Ty) {
        let (list, mut ty) = self.expr(frame, base);
        let loops = match base {
            Expr::Local(local) => frame.loops_over(*local),
            _ => frame.loops.iter().map(|l| l.site).collect(),
        };
        let looped = !loops.is_empty();
        let mut values = Vec::new();
        let mut added = None;
        for (i, item) in items.iter().enumerate() {
            let (value, item_ty) = self.expr(frame, item);
            self.note_kept(&value);
            if ty == Ty::Unknown && !spread {
                ty = Ty::List(Arc::new(item_ty.clone()));
            }
            if spread && i + 1 == items.len() {
                added = Some(value);
            } else {
                values.push(value.spread_over(&loops));
            }
        }
        let given = match added {
            Some(rest) => words::prepended(values, rest),
            None => Value::list(values),
        };
        (
            lift(vec![list, given], &mut |v| appended(&v[0], &v[1], looped)),
            ty,
        )
    }
}

impl Evaluator<'_> {
    /// A list with others at its end, in a loop or not.
    pub(in crate::program) fn grown(&mut self, list: Value, given: Value, looped: bool) -> Value {
        lift(vec![list, given], &mut |v| appended(&v[0], &v[1], looped))
    }

    /// A list with another behind it.
    pub(in crate::program) fn behind(&mut self, list: Value, given: Value) -> Value {
        lift(vec![list, given], &mut |v| appended(&v[0], &v[1], false))
    }
}

/// Elements of a list that are told apart.
const MAX_ITEMS: usize = 64;

/// A list with others at its end; in a loop they stand for as many as there are rounds.
fn appended(list: &Value, given: &Value, looped: bool) -> Value {
    let Value::List {
        items: values,
        each,
        open: opened,
        ..
    } = given
    else {
        return Value::some(Vec::new(), Vec::new(), true);
    };
    let base = match list {
        Value::List { .. } => list.clone(),
        Value::Nil => Value::list(Vec::new()),
        // A list that callers give stands for itself; of any other its elements stay unknown.
        Value::Atom(atom) if matches!(atom.origin, Origin::Param(..)) && !looped => {
            Value::list(vec![Value::Rest(Box::new(list.clone()))])
        }
        _ => Value::some(Vec::new(), Vec::new(), true),
    };
    if !looped {
        return capped(joined(&base, given));
    }
    let Value::List {
        items,
        each: mut all,
        open,
        lead,
    } = base
    else {
        return base;
    };
    for value in each.iter().chain(values) {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    capped(Value::List {
        items,
        each: all,
        open: open || *opened,
        lead,
    })
}

/// A list that is no longer than lists may be, with the rest left open.
fn capped(list: Value) -> Value {
    let Value::List {
        mut items,
        mut each,
        mut open,
        lead,
    } = list
    else {
        return list;
    };
    // Elements that repeat must not stand for a whole list.
    let count = each.len();
    each.retain(|e| !matches!(e, Value::Rest(_)));
    open |= each.len() < count || items.len() > MAX_ITEMS || each.len() > MAX_CHOICES;
    items.truncate(MAX_ITEMS);
    each.truncate(MAX_CHOICES);
    Value::List {
        lead: lead.map(|(i, e)| (i.min(items.len()), e.min(each.len()))),
        items,
        each,
        open,
    }
}

pub(in crate::program) fn field_of(value: &Value, owner: TypeId, name: &str, ty: &Ty) -> Value {
    match value {
        Value::Object(object) => match object.fields.get(name) {
            Some(value) => value.clone(),
            None => Value::Atom(Atom::new(
                Origin::Field(
                    Arc::new(Atom::new(
                        Origin::Place(object.site, 2, 0),
                        None,
                        Ty::Named(object.ty),
                    )),
                    owner,
                    name.into(),
                ),
                Some(name.into()),
                ty.clone(),
            )),
        },
        Value::Atom(atom) => {
            // A field without a name goes by what it is a field of.
            let known = match name.parse::<usize>() {
                Ok(_) => atom.name.clone(),
                Err(_) => Some(name.into()),
            };
            let origin = Origin::Field(Arc::new(atom.clone()), owner, name.into());
            Value::Atom(Atom::new(origin, known, ty.clone()))
        }
        other => Value::Atom(Atom::new(
            Origin::Call {
                callee: format!(".{name}").into(),
                args: Arc::from([other.clone()]),
                nth: 0,
                site: None,
            },
            Some(name.into()),
            ty.clone(),
        )),
    }
}

pub(super) fn named(value: Value, name: &str) -> Value {
    match value {
        Value::Atom(mut atom) => {
            atom.name = Some(name.into());
            Value::Atom(atom)
        }
        other => other,
    }
}

/// A value under another type.
pub(in crate::program) fn retype(value: Value, ty: &Ty) -> Value {
    match value {
        Value::Atom(mut atom) => {
            if *ty != Ty::Unknown {
                atom.ty = ty.clone();
            }
            Value::Atom(atom)
        }
        other => other,
    }
}
