//! Functions that values hold: calls of parameters, fields and elements become edges of the call
//! graph once everything has been evaluated.

use super::eval::{Called, Evaluator};
use super::ids::{EventId, FuncId, Site, TypeId};
use super::model::EventKind;
use super::reach;
use super::subst::subst;
use super::value::{Atom, Origin, RECEIVER, Ty, Value};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Edges found in one round may lead to more in the next one.
const MAX_ROUNDS: usize = 6;
/// Steps from a called value to the functions that it may be.
const MAX_STEPS: usize = 400;
/// A call of a value that may be more functions than this has no edges.
const MAX_TARGETS: usize = 32;

/// Calls of each function.
pub type Callers = HashMap<FuncId, Vec<EventId>>;

/// Gives every call of a value its edges, and returns the calls of each function.
pub fn resolve(eval: &mut Evaluator<'_>) -> Callers {
    let mut callers = Callers::new();
    for (number, event) in eval.events.iter().enumerate() {
        if let EventKind::Call { callees, .. } = &event.kind
            && !reach::is_test(eval, event.func)
        {
            for callee in callees {
                callers
                    .entry(*callee)
                    .or_default()
                    .push(EventId(number as u32));
            }
        }
    }
    let dynamic = std::mem::take(&mut eval.dynamic);
    for _ in 0..MAX_ROUNDS {
        let mut found = Vec::new();
        for (id, called) in &dynamic {
            if reach::is_test(eval, eval.events[id.0 as usize].func) {
                continue;
            }
            let mut search = Search::new(eval, &callers, None);
            let targets = search.functions(called, *id, &[]);
            if targets.len() <= MAX_TARGETS {
                found.push((*id, targets));
            }
        }
        let mut changed = false;
        for (id, targets) in found {
            let EventKind::Call { callees, .. } = &mut eval.events[id.0 as usize].kind else {
                continue;
            };
            for target in targets {
                if !callees.contains(&target) {
                    callees.push(target);
                    callers.entry(target).or_default().push(id);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    for (id, called) in &dynamic {
        if let Some(param) = parameter(eval, &called.value) {
            eval.handed.insert(*id, param);
        }
    }
    eval.dynamic = dynamic;
    narrow(eval, &mut callers);
    callers
}

/// Takes from calls over interfaces the implementations that their fields and variables never hold, where
/// all that is stored there is known.
fn narrow(eval: &mut Evaluator<'_>, callers: &mut Callers) {
    let mut narrowed = Vec::new();
    for (number, event) in eval.events.iter().enumerate() {
        let id = EventId(number as u32);
        let EventKind::Call {
            callees,
            receiver: Some(Value::Atom(held)),
            ..
        } = &event.kind
        else {
            continue;
        };
        if callees.len() < 2
            || eval.dynamic.contains_key(&id)
            || !matches!(held.origin, Origin::Field(..) | Origin::Global(_))
            || reach::is_test(eval, event.func)
        {
            continue;
        }
        if let Some(kept) = stored_targets(eval, callers, held, callees)
            && kept.len() < callees.len()
        {
            narrowed.push((id, kept));
        }
    }
    for (id, kept) in narrowed {
        let EventKind::Call { callees, .. } = &mut eval.events[id.0 as usize].kind else {
            continue;
        };
        for dropped in callees.iter().filter(|c| !kept.contains(c)) {
            if let Some(calls) = callers.get_mut(dropped) {
                calls.retain(|call| *call != id);
            }
        }
        *callees = kept;
    }
}

/// Those of some implementations whose types are stored in a field or variable; `None` where it may hold
/// what is not known.
fn stored_targets(
    eval: &Evaluator<'_>,
    callers: &Callers,
    held: &Atom,
    callees: &[FuncId],
) -> Option<Vec<FuncId>> {
    let name = &eval.symbols.function(eval.files, *callees.first()?)?.name;
    let mut search = Search::new(eval, callers, None);
    search.stored = true;
    let mut values = Vec::new();
    search.expand(&Value::Atom(held.clone()), &[], false, &mut values);
    if search.open || values.is_empty() || search.steps > MAX_STEPS {
        return None;
    }
    let mut kept = BTreeSet::new();
    for value in values {
        let ty = match value {
            Value::Object(object) => object.ty,
            Value::Atom(atom) => match atom.ty {
                Ty::Named(ty) => ty,
                _ => return None,
            },
            _ => return None,
        };
        let func = search.method(ty, name)?;
        let variants = eval.symbols.with_variants(func);
        if !callees.contains(&func) {
            return None;
        }
        kept.extend(variants);
    }
    Some(
        callees
            .iter()
            .copied()
            .filter(|c| kept.contains(c))
            .collect(),
    )
}

/// The parameter that a value is, or is an element of.
fn parameter(eval: &Evaluator<'_>, value: &Value) -> Option<(FuncId, u16)> {
    let Value::Atom(atom) = value else {
        return None;
    };
    match &atom.origin {
        Origin::Param(func, number) if *number != RECEIVER => Some((*func, *number)),
        Origin::Element(site, _) | Origin::Each(site, _) => {
            match eval.elements.get(site)?.as_slice() {
                [one] => parameter(eval, one),
                _ => None,
            }
        }
        Origin::Call { callee, args, .. } if &**callee == "[]" => parameter(eval, args.first()?),
        _ => None,
    }
}

/// Whether an argument can be a function: `Err` names the parameter that decides further up.
pub fn may_be(value: Option<&Value>, target: FuncId) -> Result<bool, (FuncId, u16)> {
    match value {
        Some(Value::Function(func, _)) => Ok(*func == target),
        Some(Value::Nil) => Ok(false),
        Some(Value::Choice(_, values)) => Ok(values
            .iter()
            .any(|v| !matches!(may_be(Some(v), target), Ok(false)))),
        Some(Value::List {
            items, each, open, ..
        }) => Ok(*open
            || items
                .iter()
                .chain(each)
                .any(|v| !matches!(may_be(Some(v), target), Ok(false)))),
        Some(Value::Atom(atom)) => match &atom.origin {
            Origin::Param(func, number) if *number != RECEIVER => Err((*func, *number)),
            _ => Ok(true),
        },
        _ => Ok(true),
    }
}

/// A function that must have been given for a parameter for a path to be possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Need {
    /// The function with the parameter.
    pub func: FuncId,
    /// The parameter's position.
    pub number: u16,
    /// What it must hold.
    pub target: FuncId,
}

impl Need {
    /// What a path needs above a call into `callee`: `None` when the call gives something else.
    #[must_use]
    pub fn above(need: Option<Self>, callee: FuncId, args: &[Value]) -> Option<Option<Self>> {
        let Some(own) = need.filter(|n| n.func == callee) else {
            return Some(need);
        };
        match may_be(args.get(usize::from(own.number)), own.target) {
            Ok(false) => None,
            Ok(true) => Some(None),
            Err((func, number)) => Some(Some(Self {
                func,
                number,
                target: own.target,
            })),
        }
    }
}

/// The functions that a call of a value leads to on one way: calls so far, and where the handler at
/// its beginning is registered. None where several objects or calls are told apart by nothing.
#[must_use]
pub fn on_way(
    eval: &Evaluator<'_>,
    callers: &Callers,
    id: EventId,
    chain: &[EventId],
    route: Site,
) -> BTreeSet<FuncId> {
    let Some(called) = eval.dynamic.get(&id) else {
        return BTreeSet::new();
    };
    let mut search = Search::new(eval, callers, Some(route));
    let found = search.functions(called, id, chain);
    if search.merged || found.len() > MAX_TARGETS {
        return BTreeSet::new();
    }
    found
}

/// What a value may be, as far as that is known; `None` when there is too much to follow.
#[must_use]
pub fn values(eval: &Evaluator<'_>, callers: &Callers, value: &Value) -> Option<Vec<Value>> {
    let mut search = Search::new(eval, callers, None);
    let mut out = Vec::new();
    search.expand(value, &[], false, &mut out);
    (search.steps <= MAX_STEPS).then_some(out)
}

struct Search<'a, 'f> {
    eval: &'a Evaluator<'f>,
    callers: &'a Callers,
    /// Where the way begins, if there is one.
    route: Option<Site>,
    seen: HashSet<(Atom, usize)>,
    steps: usize,
    /// Whether values of several objects or calls were put together.
    merged: bool,
    /// Whether a field counts as all that the program stores there, whichever object is asked.
    stored: bool,
    /// Whether something on the way is not known.
    open: bool,
}

impl<'a, 'f> Search<'a, 'f> {
    fn new(eval: &'a Evaluator<'f>, callers: &'a Callers, route: Option<Site>) -> Self {
        Self {
            eval,
            callers,
            route,
            seen: HashSet::new(),
            steps: 0,
            merged: false,
            stored: false,
            open: false,
        }
    }

    fn functions(&mut self, called: &Called, id: EventId, chain: &[EventId]) -> BTreeSet<FuncId> {
        let given = match &self.eval.events[id.0 as usize].kind {
            EventKind::Call { args, .. } => args.len(),
            _ => 0,
        };
        let mut values = Vec::new();
        self.expand(&called.value, chain, false, &mut values);
        let mut out = BTreeSet::new();
        for value in values {
            let func = match (&value, &called.method) {
                (Value::Function(func, _), _) => Some(*func),
                (Value::Object(object), Some(method)) => self.method(object.ty, method),
                (Value::Atom(atom), Some(method)) => match atom.ty {
                    Ty::Named(id) => self.method(id, method),
                    _ => None,
                },
                _ => None,
            };
            let Some(func) = func else { continue };
            // A function of another shape came by a way that is none.
            let fits = self
                .eval
                .symbols
                .function(self.eval.files, func)
                .is_some_and(|f| {
                    f.params.len() == given || f.params.last().is_some_and(|p| p.variadic)
                });
            if fits {
                out.extend(self.eval.symbols.with_variants(func));
            }
        }
        out
    }

    fn method(&self, ty: TypeId, name: &str) -> Option<FuncId> {
        self.eval.symbols.methods_of(ty)?.get(name).copied()
    }

    /// Follows a value to what it may be. `inner` says that it was found in an object on the way.
    fn expand(&mut self, value: &Value, chain: &[EventId], inner: bool, out: &mut Vec<Value>) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.merged = true;
            return;
        }
        let atom = match value {
            Value::Choice(_, values) => {
                for value in values {
                    self.expand(value, chain, inner, out);
                }
                return;
            }
            Value::Unknown => {
                self.open = true;
                return;
            }
            Value::Nil => return,
            Value::Atom(atom) => atom,
            other => {
                out.push(other.clone());
                return;
            }
        };
        if !self.seen.insert((atom.clone(), chain.len())) {
            return;
        }
        let before = out.len();
        match &atom.origin {
            Origin::Param(func, number) => self.parameter(*func, *number, chain, inner, out),
            Origin::Field(_, owner, name) if self.stored => {
                let writes = self.eval.field_writes.get(&(*owner, name.clone()));
                self.written(writes.map_or(&[], Vec::as_slice), out);
            }
            Origin::Field(base, owner, name) => {
                let mut bases = Vec::new();
                self.expand(&Value::Atom((**base).clone()), chain, true, &mut bases);
                let known: Option<Vec<Value>> = bases
                    .iter()
                    .map(|base| match base {
                        Value::Object(object) => object.fields.get(name).cloned(),
                        _ => None,
                    })
                    .collect();
                for value in known.unwrap_or_default() {
                    self.expand(&value, chain, true, out);
                }
                // Nothing where the object was made: what is put there later.
                if out[before..].iter().all(is_empty) {
                    self.merged |= self.is_several(*owner);
                    let writes = self.eval.field_writes.get(&(*owner, name.clone()));
                    self.written(writes.map_or(&[], Vec::as_slice), out);
                }
            }
            Origin::Global(name) => {
                let writes = self.eval.global_writes.get(name);
                self.written(writes.map_or(&[], Vec::as_slice), out);
            }
            Origin::Element(site, _) | Origin::Each(site, _) => {
                for list in self.eval.elements.get(site).into_iter().flatten() {
                    self.elements(list, chain, inner, out);
                }
            }
            Origin::Call {
                callee, args, nth, ..
            } => match (&**callee, args.first()) {
                ("[]", Some(list)) => self.elements(list, chain, inner, out),
                ("call", Some(called)) => {
                    let mut functions = Vec::new();
                    self.expand(called, chain, inner, &mut functions);
                    for function in functions {
                        let Value::Function(func, receiver) = function else {
                            continue;
                        };
                        let given = self
                            .eval
                            .evaluated(func)
                            .and_then(|s| s.returns.get(usize::from(*nth)));
                        if let Some(given) = given {
                            let value = subst(given, func, receiver.as_deref(), &args[1..], 0);
                            self.expand(&value, chain, inner, out);
                        }
                    }
                }
                (field, Some(base)) if field.starts_with('.') => {
                    let mut bases = Vec::new();
                    self.expand(base, chain, true, &mut bases);
                    for base in bases {
                        if let Value::Object(object) = base
                            && let Some(value) = object.fields.get(&field[1..])
                        {
                            self.expand(value, chain, true, out);
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
        // What is not known may still have methods.
        if out.len() == before {
            self.open = true;
            if matches!(atom.ty, Ty::Named(_)) {
                out.push(value.clone());
            }
        }
    }

    fn elements(&mut self, list: &Value, chain: &[EventId], inner: bool, out: &mut Vec<Value>) {
        let mut lists = Vec::new();
        self.expand(list, chain, inner, &mut lists);
        for list in lists {
            match list {
                Value::List { items, each, .. } => {
                    for item in items.iter().chain(&each) {
                        self.expand(item, chain, inner, out);
                    }
                }
                Value::Map(entries) => {
                    for (_, item) in &entries {
                        self.expand(item, chain, inner, out);
                    }
                }
                _ => {}
            }
        }
    }

    fn parameter(
        &mut self,
        func: FuncId,
        number: u16,
        chain: &[EventId],
        inner: bool,
        out: &mut Vec<Value>,
    ) {
        if let Some(at) = chain.iter().rposition(|c| self.enters(*c, func)) {
            if let Some(given) = self.argument(chain[at], number) {
                self.expand(&given, &chain[..at], inner, out);
            }
            return;
        }
        let callers = self.callers;
        let mut calls: Vec<EventId> = callers.get(&func).cloned().unwrap_or_default();
        if let Some(route) = self.route {
            // The function that made the handler is called where the route is registered.
            let events = &self.eval.events;
            let here = |call: &EventId| {
                let site = events[call.0 as usize].site;
                site.file == route.file && site.span.line == route.span.line
            };
            if calls.iter().any(here) {
                calls.retain(here);
            } else {
                self.merged |= !inner && calls.len() > 1;
            }
        }
        for call in calls {
            if let Some(given) = self.argument(call, number) {
                self.expand(&given, &[], inner, out);
            }
        }
    }

    fn enters(&self, call: EventId, func: FuncId) -> bool {
        matches!(&self.eval.events[call.0 as usize].kind, EventKind::Call { callees, .. } if callees.contains(&func))
    }

    fn argument(&self, call: EventId, number: u16) -> Option<Value> {
        let event = &self.eval.events[call.0 as usize];
        event.kind.argument(number).cloned()
    }

    fn written(&mut self, writes: &[(Value, FuncId)], out: &mut Vec<Value>) {
        for (value, by) in writes {
            if !reach::is_test(self.eval, *by) {
                self.expand(value, &[], true, out);
            }
        }
    }

    /// Whether a program makes more than one object of a type.
    fn is_several(&self, ty: TypeId) -> bool {
        let made: Vec<FuncId> = self
            .eval
            .made
            .get(&ty)
            .into_iter()
            .flatten()
            .copied()
            .filter(|by| !reach::is_test(self.eval, *by))
            .collect();
        match made.as_slice() {
            [one] => self.callers.get(one).is_some_and(|calls| calls.len() > 1),
            several => several.len() > 1,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::List { items, each, .. } => items.is_empty() && each.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
