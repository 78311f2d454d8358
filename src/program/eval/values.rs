//! Methods that any value may have: of lists, texts, and what may be missing. A function that they are given
//! runs where it stands, in a loop where the value has elements.

use super::statements::{MAX_FEW, first_few};
use super::*;
use crate::program::library::ValueMethod;
use crate::program::value::Fnv;
use std::hash::{Hash, Hasher};

impl Evaluator<'_> {
    /// A call of something that belongs to a type.
    pub(super) fn call_associated(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        ty: &Type,
        name: &str,
    ) -> (Value, Ty) {
        let resolved = self.symbols.resolve(ty, &frame.module.clone());
        let Ty::Named(id) = resolved else {
            let args = self.args(frame, call);
            self.note_escapes(frame, &args);
            return self.outer_result(frame, call, name, None, &args, Ty::Unknown);
        };
        let id = self.symbols.unalias(self.files, id);
        match self.symbols.method(self.files, self.library, id, name) {
            Method::Program(func, _) => {
                let args = self.args(frame, call);
                self.call_value(frame, call, Value::Function(func, None), args)
            }
            Method::Interface(interface) => {
                let mut args = self.args(frame, call);
                let funcs = self.implementations(interface, name, None);
                let takes = funcs
                    .first()
                    .and_then(|f| self.symbols.function(self.files, *f))
                    .is_some_and(|f| f.receiver.is_some());
                let receiver = (takes && !args.is_empty()).then(|| args.remove(0).0);
                if funcs.is_empty() {
                    self.note_escapes(frame, &args);
                    let ty = self.interface_result(interface, name);
                    return self.outer_result(frame, call, name, receiver, &args, ty);
                }
                self.call_program(frame, call, funcs, receiver, args)
            }
            _ => {
                let info = self.symbols.ty(id).clone();
                if info.def.is_some() {
                    let args = self.args(frame, call);
                    if name == "default" && args.is_empty() {
                        return (self.zero(&Ty::Named(id), frame), Ty::Named(id));
                    }
                    self.note_escapes(frame, &args);
                    let full = format!("{}.{}::{name}", info.module, info.name);
                    let result = self.outer_result(frame, call, &full, None, &args, Ty::Unknown);
                    // What a type's own function makes is most often of the type.
                    return (retype(result.0, &Ty::Named(id)), Ty::Named(id));
                }
                let full = format!("{}::{name}", info.name);
                self.outer_function(frame, call, &info.module.clone(), &full)
            }
        }
    }

    /// What a closure that has run gives, with its type.
    pub(in crate::program) fn given_by(&self, func: FuncId) -> Option<(Value, Ty)> {
        let value = self.returns(func)?;
        let ty = match &value {
            Value::Atom(atom) => atom.ty.clone(),
            Value::Text(_) => Ty::Text,
            Value::Object(object) => {
                let whole = self.symbols.ty(object.ty).variant_of;
                Ty::Named(whole.unwrap_or(object.ty))
            }
            _ => Ty::Unknown,
        };
        Some((value, ty))
    }

    /// Runs closures among what a function outside the program is given.
    pub(in crate::program) fn run_given(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        args: &[(Value, Ty)],
    ) {
        for (value, _) in args {
            if let Value::Function(func, None) = value
                && self.is_own_closure(frame, *func)
            {
                let index = self.symbols.func(*func).index;
                self.closure(frame, index, Vec::new());
            }
        }
        self.note_called(frame, call, args);
        self.note_escapes(frame, args);
    }

    /// Runs a function on values, where it is one of the program. Gives its result.
    fn run_on(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        function: Option<&(Value, Ty)>,
        given: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        match function {
            Some((Value::Function(func, None), _)) if self.is_own_closure(frame, *func) => {
                let index = self.symbols.func(*func).index;
                self.closure(frame, index, given);
                self.given_by(*func).unwrap_or_default()
            }
            Some((value @ (Value::Function(..) | Value::Atom(_)), _)) => {
                self.call_value(frame, call, value.clone(), given)
            }
            _ => (Value::Unknown, Ty::Unknown),
        }
    }

    /// Whether a value has elements.
    fn has_elements(&mut self, value: &Value, ty: &Ty) -> bool {
        matches!(
            self.flat(ty),
            Ty::List(_) | Ty::Channel(_) | Ty::Map(..) | Ty::Number
        ) || matches!(value, Value::List { .. } | Value::Map(_))
    }

    /// Whether a function only makes what runs when it is waited for.
    fn is_later(&self, function: Option<&(Value, Ty)>) -> bool {
        matches!(function, Some((Value::Function(func, _), _))
            if self.symbols.function(self.files, *func).is_some_and(|f| f.later))
    }

    /// Runs a function on a value, or in a loop on each of its elements. `beside` says that what it only
    /// makes for each runs side by side, and not before the next round.
    fn on_each(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        function: Option<&(Value, Ty)>,
        value: &Value,
        ty: &Ty,
        beside: bool,
    ) -> (Value, Ty) {
        if !self.has_elements(value, ty) {
            return self.run_on(frame, call, function, vec![(value.clone(), ty.clone())]);
        }
        let site = self.place(frame, call.span);
        let few = first_few(value);
        let value = few.unwrap_or(value);
        let sort = match (value, self.flat(ty)) {
            _ if few.is_some() => LoopSort::Few,
            (
                Value::List {
                    items,
                    each,
                    open: false,
                    ..
                },
                _,
            ) if each.is_empty() && !items.is_empty() && items.len() <= MAX_CHOICES => {
                LoopSort::Few
            }
            _ if beside && self.is_later(function) => LoopSort::Beside,
            (_, Ty::Number) => LoopSort::Counted,
            (_, Ty::Channel(_)) => LoopSort::Stream,
            _ => LoopSort::Each,
        };
        self.enter_loop(frame, LoopFact { sort, site });
        let waits = std::mem::replace(&mut frame.waits, !beside);
        let element = self.element(value, ty, site);
        let (mut result, mut result_ty) = self.run_on(frame, call, function, vec![element]);
        // A block runs while it is waited for, before the next round.
        if let Value::Function(func, None) = result
            && !beside
            && self.is_own_closure(frame, func)
        {
            let index = self.symbols.func(func).index;
            self.closure(frame, index, Vec::new());
            (result, result_ty) = self.given_by(func).unwrap_or_default();
        }
        frame.waits = waits;
        self.leave_loop(frame);
        let result = result.spread_over(&[site]);
        (
            Value::some(Vec::new(), vec![result], false),
            Ty::List(Arc::new(result_ty)),
        )
    }

    /// A method that any value may have.
    pub(in crate::program) fn value_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        method: ValueMethod,
        value: Value,
        ty: Ty,
        local: Option<LocalId>,
    ) -> (Value, Ty) {
        let args = self.args(frame, call);
        let first = args.first().cloned();
        let inner = match self.flat(&ty) {
            Ty::List(inner) | Ty::Channel(inner) | Ty::Map(_, inner) => (*inner).clone(),
            _ => Ty::Unknown,
        };
        match method {
            ValueMethod::Same => {
                // What a filter or a sorting is given runs too.
                self.run_closures(frame, call, &args, &value, &ty);
                (value, ty)
            }
            ValueMethod::Elements => match self.keys_found(&value) {
                Some(keys) => (keys, Ty::List(Arc::new(Ty::Text))),
                None => (value, ty),
            },
            ValueMethod::Take => match first {
                Some((Value::Int(n), _)) if n <= MAX_FEW => {
                    match self.pure("few", std::slice::from_ref(&value), ty.clone()) {
                        Value::Unknown => (value, ty),
                        few => (few, ty),
                    }
                }
                _ => (value, ty),
            },
            ValueMethod::Display => (self.displayed(frame, value, &ty), Ty::Text),
            ValueMethod::Keys => match (&value, self.flat(&ty)) {
                (Value::Map(entries), _) if !entries.is_empty() => {
                    let keys = entries.iter().map(|(k, _)| k.clone()).collect();
                    (Value::list(keys), Ty::List(Arc::new(Ty::Unknown)))
                }
                (_, Ty::Map(key, _)) => {
                    let ty = Ty::List(key);
                    (self.pure("keys", &[value], ty.clone()), ty)
                }
                _ => self.outer_result(frame, call, "keys", Some(value), &args, Ty::Unknown),
            },
            ValueMethod::Values => match (&value, self.flat(&ty)) {
                (Value::Map(entries), _) if !entries.is_empty() => {
                    let values = entries.iter().map(|(_, v)| v.clone()).collect();
                    (Value::list(values), Ty::List(Arc::new(inner)))
                }
                _ => {
                    let ty = Ty::List(Arc::new(inner));
                    (self.pure("values", &[value], ty.clone()), ty)
                }
            },
            ValueMethod::Element | ValueMethod::Taken => {
                let ty = match self.flat(&ty) {
                    Ty::List(_) | Ty::Channel(_) | Ty::Map(..) => inner,
                    _ => Ty::Unknown,
                };
                // In a loop it is another one in each round.
                if let Some(around) = frame.loops.last() {
                    let mut hasher = Fnv::default();
                    (call.span, &value).hash(&mut hasher);
                    let origin = Origin::Element(around.site, hasher.finish());
                    return (Value::Atom(Atom::new(origin, None, ty.clone())), ty);
                }
                if method == ValueMethod::Taken {
                    return (self.unknown_at(frame, call.span, ty.clone()), ty);
                }
                self.outer_result(frame, call, call_name(call), Some(value), &args, ty)
            }
            ValueMethod::Search | ValueMethod::Find | ValueMethod::FindMap => {
                let begun = self.events.len();
                let (found, found_ty) = self.on_each(frame, call, args.first(), &value, &ty, false);
                let site = self.place(frame, call.span);
                let asked = (begun..self.events.len()).map(|i| EventId(i as u32));
                self.exits.entry(site).or_default().extend(asked);
                match method {
                    ValueMethod::Search => return (Value::Unknown, Ty::Unknown),
                    ValueMethod::FindMap => {
                        return match (found, found_ty) {
                            (Value::List { mut each, .. }, Ty::List(ty)) if each.len() == 1 => {
                                (each.remove(0), (*ty).clone())
                            }
                            other => other,
                        };
                    }
                    _ => {}
                }
                let ty = match self.flat(&ty) {
                    Ty::Map(key, value) => Ty::Tuple(Arc::from([(*key).clone(), (*value).clone()])),
                    _ => inner,
                };
                (self.unknown_at(frame, call.span, ty.clone()), ty)
            }
            ValueMethod::At => match (&value, first) {
                (Value::List { .. } | Value::Map(_), Some((key, _))) => {
                    let found = self.entry(&value, &key);
                    match found {
                        Value::Unknown => (self.pure("[]", &[value, key], inner.clone()), inner),
                        found => (found, inner),
                    }
                }
                (_, Some((key, _))) => {
                    let value = self.pure("[]", &[value, key], inner.clone());
                    (value, inner)
                }
                // `cell.get()` is what the cell holds.
                (_, None) => (value, ty),
            },
            ValueMethod::Parts => {
                let ty = Ty::List(Arc::new(Ty::List(Arc::new(inner))));
                (self.pure("parts", &[value], ty.clone()), ty)
            }
            ValueMethod::Numbered => {
                let pair = Ty::Tuple(Arc::from([Ty::Number, inner]));
                let ty = Ty::List(Arc::new(pair));
                (self.pure("numbered", &[value], ty.clone()), ty)
            }
            ValueMethod::Pairs => {
                let (other, other_ty) = first.unwrap_or_default();
                let second = match self.flat(&other_ty) {
                    Ty::List(inner) => (*inner).clone(),
                    _ => Ty::Unknown,
                };
                let pair = Ty::Tuple(Arc::from([inner, second]));
                let ty = Ty::List(Arc::new(pair));
                (self.pure("pairs", &[value, other], ty.clone()), ty)
            }
            ValueMethod::Chain => {
                let (other, _) = first.unwrap_or_default();
                (self.behind(value, words::flat(other)), ty)
            }
            ValueMethod::Flatten => match self.flat(&inner) {
                Ty::List(_) => (self.pure("flatten", &[value], inner.clone()), inner),
                _ => (value, ty),
            },
            ValueMethod::Map => self.on_each(frame, call, args.first(), &value, &ty, true),
            ValueMethod::FlatMap => {
                let (list, list_ty) = self.on_each(frame, call, args.first(), &value, &ty, true);
                match list {
                    Value::List { each, .. } if matches!(each.as_slice(), [Value::List { .. }]) => {
                        let inner = match &list_ty {
                            Ty::List(inner) => (**inner).clone(),
                            _ => Ty::Unknown,
                        };
                        (words::repeated(each), inner)
                    }
                    _ => (Value::Unknown, Ty::List(Arc::new(Ty::Unknown))),
                }
            }
            ValueMethod::Each | ValueMethod::EachSecond => {
                let at = usize::from(method == ValueMethod::EachSecond);
                let beside = method == ValueMethod::EachSecond;
                self.on_each(frame, call, args.get(at), &value, &ty, beside);
                (value, ty)
            }
            ValueMethod::Fold => {
                self.each_of_two(frame, call, &args, &value, &ty);
                (Value::Unknown, Ty::Unknown)
            }
            ValueMethod::Or => {
                let other = match first {
                    Some((Value::Function(..), _)) => {
                        let (other, _) = self.run_on(frame, call, args.first(), Vec::new());
                        other
                    }
                    Some((other, _)) => other,
                    None => Value::Unknown,
                };
                // Nothing in the place of nothing is no key that anyone meant.
                if matches!(other, Value::Unknown | Value::Nil) || other == Value::text("") {
                    return (value, ty);
                }
                if matches!(value, Value::Unknown | Value::Nil) {
                    return (other, ty);
                }
                let id = self.fresh_choice();
                (self.join(id, vec![value, other]), ty)
            }
            ValueMethod::MapOr => {
                let default = match first {
                    Some((Value::Function(..), _)) => {
                        self.run_on(frame, call, args.first(), Vec::new()).0
                    }
                    Some((default, _)) => default,
                    None => Value::Unknown,
                };
                let (mapped, mapped_ty) = self.run_on(frame, call, args.get(1), vec![(value, ty)]);
                let id = self.fresh_choice();
                (self.join(id, vec![default, mapped]), mapped_ty)
            }
            ValueMethod::Then => match first {
                // Each element of a stream after the other.
                Some((Value::Function(..), _)) if self.has_elements(&value, &ty) => {
                    self.on_each(frame, call, args.first(), &value, &ty, false)
                }
                Some((Value::Function(..), _)) => {
                    // On something else than a condition the function is given it.
                    self.run_on(frame, call, args.first(), vec![(value, ty)])
                }
                Some(given) => given,
                None => (Value::Unknown, Ty::Unknown),
            },
            ValueMethod::Join => match self.flat(&ty) {
                Ty::Text => (value, ty),
                _ => {
                    let separator = first.map_or_else(|| Value::text(""), |(v, _)| v);
                    (self.join_list(frame, value, separator), Ty::Text)
                }
            },
            ValueMethod::Push
            | ValueMethod::Extend
            | ValueMethod::Insert
            | ValueMethod::Clear
            | ValueMethod::Spoil => self.change(frame, call, method, value, ty, local, args),
        }
    }

    /// Closures that are given to a method which runs them on the value or its elements.
    fn run_closures(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        args: &[(Value, Ty)],
        value: &Value,
        ty: &Ty,
    ) {
        for given in args {
            if let (Value::Function(func, None), _) = given
                && self.is_own_closure(frame, *func)
            {
                self.on_each(frame, call, Some(given), value, ty, false);
            }
        }
    }

    /// Runs the function at argument 1 on each element, which comes second.
    fn each_of_two(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        args: &[(Value, Ty)],
        value: &Value,
        ty: &Ty,
    ) {
        let site = self.place(frame, call.span);
        let sort = LoopSort::Each;
        self.enter_loop(frame, LoopFact { sort, site });
        let element = self.element(value, ty, site);
        let state = (Value::Unknown, Ty::Unknown);
        self.run_on(frame, call, args.get(1), vec![state, element]);
        self.leave_loop(frame);
    }

    /// The entry of a list or map that is known by its place.
    fn entry(&mut self, value: &Value, key: &Value) -> Value {
        match (value, key) {
            (
                Value::List {
                    items,
                    each,
                    open: false,
                    ..
                },
                Value::Int(n),
            ) if each.is_empty() => usize::try_from(*n)
                .ok()
                .and_then(|n| items.get(n).cloned())
                .unwrap_or_default(),
            (Value::Map(entries), key) => entries
                .iter()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
                .unwrap_or_default(),
            _ => Value::Unknown,
        }
    }

    /// A method that changes the local it is called on.
    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a receiver travels together"
    )]
    fn change(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        method: ValueMethod,
        value: Value,
        ty: Ty,
        local: Option<LocalId>,
        args: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        for (given, _) in &args {
            self.note_kept(given);
        }
        let is_text = self.flat(&ty) == Ty::Text || matches!(value, Value::Text(_));
        let Some(local) = local else {
            self.keep_elements(frame, call, &args);
            return (Value::Unknown, Ty::Unknown);
        };
        let mut given = args.into_iter();
        let changed = match method {
            ValueMethod::Clear if is_text => Value::text(""),
            ValueMethod::Clear => match value {
                Value::Map(_) => Value::Map(Vec::new()),
                _ => Value::list(Vec::new()),
            },
            ValueMethod::Spoil => self.unknown_at(frame, call.span, ty),
            ValueMethod::Insert if is_text => self.unknown_at(frame, call.span, ty),
            _ if is_text => {
                let (added, added_ty) = given.next().unwrap_or_default();
                let added = self.displayed(frame, added, &added_ty);
                self.text_of(vec![value, added])
            }
            ValueMethod::Insert if matches!(value, Value::Map(_)) => {
                let Value::Map(mut entries) = value else {
                    return (Value::Unknown, Ty::Unknown);
                };
                let key = given.next().unwrap_or_default().0;
                let entry = given.next().unwrap_or_default().0;
                let loops = frame.loops_over(local);
                entries.push((key.spread_over(&loops), entry.spread_over(&loops)));
                Value::Map(entries)
            }
            _ => {
                let loops = frame.loops_over(local);
                let (added, added_ty) = given.last().unwrap_or_default();
                let added = match method {
                    ValueMethod::Extend => words::flat(self.keys_found(&added).unwrap_or(added)),
                    _ => Value::list(vec![added.spread_over(&loops)]),
                };
                let grown = self.grown(value, added, !loops.is_empty());
                // What is put into a list says of which type its elements are.
                if let Some(slot) = frame.env.get_mut(local as usize).map(Arc::make_mut)
                    && let Some((_, ty)) = &mut slot.value
                {
                    let unknown = matches!(ty, Ty::Unknown)
                        || matches!(ty, Ty::List(inner) if **inner == Ty::Unknown);
                    if unknown && method == ValueMethod::Push {
                        *ty = Ty::List(Arc::new(added_ty));
                    }
                }
                grown
            }
        };
        self.set_text(frame, Some(local), changed);
        (Value::Unknown, Ty::Unknown)
    }

    /// What is put into a list that a field or module variable holds.
    fn keep_elements(&mut self, frame: &mut Frame, call: &Call, args: &[(Value, Ty)]) {
        let Callee::Method(base, _) = &call.callee else {
            return;
        };
        for (value, ty) in args {
            if super::statements::holds_function(value, ty) {
                self.note_element(frame, base, value.clone());
            }
        }
    }
}

/// The name of what a call calls.
fn call_name(call: &Call) -> &str {
    match &call.callee {
        Callee::Method(_, name) | Callee::Associated(_, name) => name,
        Callee::Path(path) => &path.name,
        Callee::Value(_) => "",
    }
}
