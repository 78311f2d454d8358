//! Evaluates every function once with symbolic parameters: values flow through locals, branches and
//! calls; commands and calls become events.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::ids::{EventId, FuncId, Site, TypeId};
use super::library::{Library, TextEffect};
use super::model::{Event, EventKind, LoopFact, LoopSort, Route};
use super::subst::{lift, subst};
use super::symbols::{Method, Symbols};
use super::value::{Atom, MAX_CHOICES, Object, Origin, Part, RECEIVER, Ty, Value, concat};
use crate::facts::{
    Call, Callee, Expr, FileFacts, FormatPart, LocalId, LoopKind, Op, Path, Place, Span, Stmt, Type,
};

/// What a function returns, as far as one evaluation tells.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// One value a result, joined over all returns.
    pub returns: Vec<Value>,
    /// Calls of parameters that hold functions: which one, and with what.
    pub param_calls: Vec<(u16, Vec<(Value, Ty)>)>,
}

enum State {
    New,
    Running,
    Done(Arc<Summary>),
}

/// Values stored to fields or globals, with the function that stores them.
pub type Writes<K> = BTreeMap<K, Vec<(Value, FuncId)>>;

/// The evaluation of a whole program.
pub struct Evaluator<'f> {
    /// All files.
    pub files: &'f [FileFacts],
    /// Models of the outside.
    pub library: &'f Library,
    /// All names.
    pub symbols: Symbols,
    /// Everything that happens.
    pub events: Vec<Event>,
    /// Registered handlers.
    pub routes: Vec<Route>,
    /// Values stored to fields.
    pub field_writes: Writes<(TypeId, Arc<str>)>,
    /// Values stored to module variables.
    pub global_writes: Writes<Arc<str>>,
    /// Functions used as values: by whom, and which.
    pub references: BTreeSet<(FuncId, FuncId)>,
    /// Types whose values are handed to code outside the program: by whom, and which.
    pub escaped: BTreeSet<(FuncId, TypeId)>,
    states: Vec<State>,
    globals: HashMap<(Arc<str>, Arc<str>), Option<(Value, Ty)>>,
    assigned_globals: HashSet<(String, String)>,
    implementers: HashMap<TypeId, Arc<Vec<TypeId>>>,
    depth: usize,
    choices: u64,
    contexts: u64,
}

/// Calls are followed this deep while a function is evaluated for the first time.
const MAX_EVALUATION_DEPTH: usize = 48;

/// An interface with more implementations than this gives no values.
const MAX_IMPLEMENTERS: usize = 16;

#[derive(Clone, Default)]
struct Slot {
    value: Option<(Value, Ty)>,
    /// Events that the value was derived from.
    from: Vec<EventId>,
}

/// A function under evaluation.
pub(super) struct Frame {
    pub(super) func: FuncId,
    pub(super) file: u32,
    module: Arc<str>,
    names: Arc<Vec<String>>,
    env: Vec<Slot>,
    loops: Vec<LoopFact>,
    /// Lists that live outside the innermost loops.
    carried: Vec<HashSet<LocalId>>,
    pub(super) miss: Vec<EventId>,
    pub(super) spawned: bool,
    pub(super) each_node: bool,
    returns: Vec<Vec<Value>>,
    param_calls: Vec<(u16, Vec<(Value, Ty)>)>,
    pending: Vec<u32>,
    evaluated: HashSet<u32>,
}

impl<'f> Evaluator<'f> {
    /// Prepares an evaluation.
    #[must_use]
    pub fn new(files: &'f [FileFacts], library: &'f Library) -> Self {
        let symbols = Symbols::collect(files, library);
        let states = symbols.functions.iter().map(|_| State::New).collect();
        let mut assigned = HashSet::new();
        for code in files.iter().filter_map(|f| f.code.as_ref()) {
            for function in &code.functions {
                assigned_globals(&function.body, &code.module, &mut assigned);
            }
        }
        Self {
            files,
            library,
            symbols,
            events: Vec::new(),
            routes: Vec::new(),
            field_writes: BTreeMap::new(),
            global_writes: BTreeMap::new(),
            references: BTreeSet::new(),
            escaped: BTreeSet::new(),
            states,
            globals: HashMap::new(),
            assigned_globals: assigned,
            implementers: HashMap::new(),
            depth: 0,
            choices: 0,
            contexts: 0,
        }
    }

    /// Evaluates every function and every global.
    pub fn run(&mut self) {
        for id in 0..self.symbols.functions.len() {
            let id = FuncId(id as u32);
            if self.symbols.func(id).parent.is_none() {
                self.summary(id);
            }
        }
        for file in self.files {
            let Some(code) = &file.code else { continue };
            for global in &code.globals {
                self.global(&code.module, &global.name);
            }
        }
    }

    /// What a function returns; `None` while it is being evaluated, or too deep.
    pub fn summary(&mut self, id: FuncId) -> Option<Arc<Summary>> {
        match &self.states[id.0 as usize] {
            State::Done(summary) => return Some(summary.clone()),
            State::Running => return None,
            State::New => {}
        }
        if self.depth >= MAX_EVALUATION_DEPTH || self.symbols.func(id).parent.is_some() {
            return None;
        }
        let files = self.files;
        let function = self.symbols.function(files, id)?;
        self.states[id.0 as usize] = State::Running;
        self.depth += 1;
        let mut frame = self.frame(id);
        frame.names = Arc::new(function.locals.clone());
        frame.env = vec![Slot::default(); function.locals.len()];
        if let (Some(receiver), Some(owner)) = (&function.receiver, self.symbols.func(id).owner) {
            self.bind_param(
                &mut frame,
                id,
                RECEIVER,
                &receiver.name,
                receiver.local,
                Ty::Named(owner),
            );
        }
        for (i, param) in function.params.iter().enumerate() {
            let mut ty = self.symbols.resolve(&param.ty, &frame.module.clone());
            if param.variadic {
                ty = Ty::List(Arc::new(ty));
            }
            self.bind_param(&mut frame, id, i as u16, &param.name, param.local, ty);
        }
        self.block(&mut frame, &function.body);
        let summary = Arc::new(self.finish(&mut frame, &function.results));
        self.depth -= 1;
        self.states[id.0 as usize] = State::Done(summary.clone());
        Some(summary)
    }

    fn frame(&self, id: FuncId) -> Frame {
        let file = self.symbols.func(id).file;
        let module = self.files[file as usize]
            .code
            .as_ref()
            .map_or("", |c| c.module.as_str());
        Frame {
            func: id,
            file,
            module: module.into(),
            names: Arc::new(Vec::new()),
            env: Vec::new(),
            loops: Vec::new(),
            carried: Vec::new(),
            miss: Vec::new(),
            spawned: false,
            each_node: false,
            returns: Vec::new(),
            param_calls: Vec::new(),
            pending: Vec::new(),
            evaluated: HashSet::new(),
        }
    }

    fn bind_param(
        &mut self,
        frame: &mut Frame,
        func: FuncId,
        number: u16,
        name: &str,
        local: LocalId,
        ty: Ty,
    ) {
        let atom = Atom {
            origin: Origin::Param(func, number),
            name: (!name.is_empty() && name != "_").then(|| name.into()),
            ty: ty.clone(),
        };
        self.store_local(frame, local, Value::Atom(atom), ty, Vec::new());
    }

    fn finish(&mut self, frame: &mut Frame, results: &[Type]) -> Summary {
        let returns = std::mem::take(&mut frame.returns);
        let param_calls = std::mem::take(&mut frame.param_calls);
        let fails = matches!(results.last(), Some(Type::Error)) && results.len() > 1;
        // A return that hands an error up gives no value to follow.
        let useful: Vec<&Vec<Value>> = returns
            .iter()
            .filter(|values| {
                !(fails
                    && values.len() == results.len()
                    && values.last() != Some(&Value::Nil)
                    && values[..values.len() - 1].iter().all(is_zero))
            })
            .collect();
        let mut useful: Vec<&Vec<Value>> = if useful.is_empty() {
            returns.iter().collect()
        } else {
            useful
        };
        // A text function that gives up with an empty text: callers that go on have another one.
        let empty = Value::text("");
        if useful.iter().any(|v| v.first() != Some(&empty)) {
            useful.retain(|v| v.first() != Some(&empty));
        }
        let count = useful.iter().map(|v| v.len()).max().unwrap_or(0);
        let mut joined = Vec::with_capacity(count);
        let id = self.fresh_choice();
        for i in 0..count {
            let alternatives: Vec<Value> = useful
                .iter()
                .map(|v| v.get(i).cloned().unwrap_or_default())
                .collect();
            joined.push(self.join(id, alternatives));
        }
        Summary {
            returns: joined,
            param_calls,
        }
    }

    fn fresh_choice(&mut self) -> u64 {
        self.choices += 1;
        self.choices
    }

    /// One of several values. Equal ones collapse when all are; too many become unknown.
    fn join(&mut self, id: u64, alternatives: Vec<Value>) -> Value {
        let mut distinct = alternatives.clone();
        distinct.sort();
        distinct.dedup();
        match distinct.len() {
            0 => Value::Unknown,
            1 => distinct.swap_remove(0),
            _ if alternatives.iter().map(leaves).sum::<usize>() > MAX_CHOICES => Value::Unknown,
            _ => Value::Choice(id, alternatives),
        }
    }

    fn place(&self, frame: &Frame, span: Span) -> Site {
        Site {
            file: frame.file,
            span,
        }
    }

    fn store_local(
        &mut self,
        frame: &mut Frame,
        local: LocalId,
        value: Value,
        ty: Ty,
        from: Vec<EventId>,
    ) {
        let value = match value {
            Value::Atom(mut atom) if atom.name.is_none() => {
                if let Some(name) = frame
                    .names
                    .get(local as usize)
                    .filter(|n| n.as_str() != "_")
                {
                    atom.name = Some(name.as_str().into());
                }
                Value::Atom(atom)
            }
            Value::Unknown => {
                // An unknown value in a variable is still one value wherever the variable is used.
                self.contexts += 1;
                Value::Atom(Atom {
                    origin: Origin::Place(self.place(frame, Span::default()), 0, self.contexts),
                    name: frame.names.get(local as usize).map(|n| n.as_str().into()),
                    ty: ty.clone(),
                })
            }
            other => other,
        };
        if let Some(slot) = frame.env.get_mut(local as usize) {
            slot.value = Some((value, ty));
            slot.from = from;
        }
    }

    // Statements

    /// Evaluates statements; tells whether control never reaches their end.
    fn block(&mut self, frame: &mut Frame, stmts: &[Stmt]) -> bool {
        for stmt in stmts {
            let ended = self.stmt(frame, stmt);
            self.run_pending(frame);
            if ended {
                return true;
            }
        }
        false
    }

    /// A block whose misses end with it.
    fn scoped(&mut self, frame: &mut Frame, stmts: &[Stmt], misses: &[EventId]) -> bool {
        let depth = frame.miss.len();
        frame.miss.extend_from_slice(misses);
        let ended = self.block(frame, stmts);
        frame.miss.truncate(depth);
        ended
    }

    fn stmt(&mut self, frame: &mut Frame, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Expr(expr) => {
                self.expr(frame, expr);
                matches!(expr, Expr::Call(call) if ends(&call.callee))
            }
            Stmt::Assign { places, values, ty } => {
                self.assign(frame, places, values, ty);
                false
            }
            Stmt::Return(values) => {
                let mut out = Vec::new();
                for value in values {
                    let (value, _) = self.expr(frame, value);
                    out.push(value);
                }
                if let [Value::Tuple(inner)] = out.as_slice() {
                    out = inner.clone();
                }
                frame.returns.push(out);
                true
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => self.branch(frame, cond, then, otherwise),
            Stmt::Switch { subject, arms } => self.switch(frame, subject.as_ref(), arms),
            Stmt::Loop { kind, body, span } => {
                self.repeat(frame, kind, body, *span);
                false
            }
            Stmt::Spawn { call, deferred } => {
                let before = frame.spawned;
                frame.spawned |= !deferred;
                self.expr(frame, call);
                self.run_pending(frame);
                frame.spawned = before;
                false
            }
            Stmt::Break | Stmt::Continue => true,
            Stmt::Block(inner) => self.block(frame, inner),
        }
    }

    fn assign(&mut self, frame: &mut Frame, places: &[Place], values: &[Expr], ty: &Type) {
        let declared = match ty {
            Type::Unknown => Ty::Unknown,
            ty => self.symbols.resolve(ty, &frame.module.clone()),
        };
        let before = self.events.len();
        let mut evaluated: Vec<(Value, Ty, Vec<EventId>)> = Vec::new();
        for value in values {
            let start = self.events.len();
            let (v, t) = self.expr(frame, value);
            let mut from = self.sources(frame, value);
            from.extend((start..self.events.len()).map(|i| EventId(i as u32)));
            evaluated.push((v, t, from));
        }
        if places.len() > 1 && evaluated.len() == 1 {
            let (value, ty, from) = evaluated.swap_remove(0);
            let types: Vec<Ty> = match &ty {
                Ty::Tuple(types) => types.to_vec(),
                other => vec![other.clone()],
            };
            let items = match value {
                Value::Tuple(items) => items,
                // `v, ok := x` on something that is one value.
                other => vec![other],
            };
            for i in 0..places.len() {
                evaluated.push((
                    items.get(i).cloned().unwrap_or_default(),
                    types.get(i).cloned().unwrap_or_default(),
                    from.clone(),
                ));
            }
        }
        let _ = before;
        for (place, (value, ty, from)) in places.iter().zip(evaluated) {
            let ty = if declared == Ty::Unknown {
                ty
            } else {
                declared.clone()
            };
            // `err := f()` with more results than places: the first one is meant.
            let value = match value {
                Value::Tuple(items) if places.len() == 1 => {
                    items.into_iter().next().unwrap_or_default()
                }
                other => other,
            };
            let ty = match ty {
                Ty::Tuple(types) => types.first().cloned().unwrap_or_default(),
                ty => ty,
            };
            self.store(frame, place, value, ty, from);
        }
    }

    fn store(
        &mut self,
        frame: &mut Frame,
        place: &Place,
        value: Value,
        ty: Ty,
        from: Vec<EventId>,
    ) {
        match place {
            Place::Ignore => {}
            Place::Local(local) => self.store_local(frame, *local, value, ty, from),
            Place::Global(path) => {
                let key = global_key(path, &frame.module);
                self.global_writes
                    .entry(key)
                    .or_default()
                    .push((value, frame.func));
            }
            Place::Field(base, name) => {
                let (object, object_ty) = self.expr(frame, base);
                if let Ty::Named(id) = object_ty
                    && let Some((_, owner, _)) = self.symbols.field(self.files, id, name)
                {
                    self.field_writes
                        .entry((owner, name.as_str().into()))
                        .or_default()
                        .push((value.clone(), frame.func));
                }
                if let (Expr::Local(local), Value::Object(known)) = (base, &object) {
                    let mut changed = (**known).clone();
                    changed.fields.insert(name.as_str().into(), value);
                    let slot = &mut frame.env[*local as usize];
                    if let Some((v, _)) = &mut slot.value {
                        *v = Value::Object(Arc::new(changed));
                    }
                }
            }
            Place::Index(base, index) => {
                let (list, list_ty) = self.expr(frame, base);
                let (key, _) = self.expr(frame, index);
                if let Expr::Local(local) = base {
                    let updated = match list {
                        Value::Map(mut entries) => {
                            entries.push((key, value));
                            Value::Map(entries)
                        }
                        // Which element it was is not followed: it may be any.
                        Value::List {
                            items,
                            mut each,
                            open,
                        } => {
                            let loops: Vec<Site> = frame.loops.iter().map(|l| l.site).collect();
                            let value = value.spread_over(&loops);
                            if !each.contains(&value) && each.len() < MAX_CHOICES {
                                each.push(value);
                            }
                            Value::List { items, each, open }
                        }
                        other => other,
                    };
                    let slot = &mut frame.env[*local as usize];
                    slot.value = Some((updated, list_ty));
                }
            }
        }
    }

    fn branch(
        &mut self,
        frame: &mut Frame,
        cond: &Expr,
        then: &[Stmt],
        otherwise: &[Stmt],
    ) -> bool {
        let start = self.events.len();
        self.expr(frame, cond);
        self.run_pending(frame);
        let mut from = self.sources(frame, cond);
        from.extend((start..self.events.len()).map(|i| EventId(i as u32)));
        let miss_when = if from.is_empty() {
            None
        } else {
            self.miss_when(frame, cond)
        };
        let (when_true, when_false): (&[EventId], &[EventId]) = match miss_when {
            Some(true) => (&from, &[]),
            Some(false) => (&[], &from),
            None => (&[], &[]),
        };
        let before = frame.env.clone();
        let ended_then = self.scoped(frame, then, when_true);
        let after_then = std::mem::replace(&mut frame.env, before);
        let ended_else = self.scoped(frame, otherwise, when_false);
        if ended_then && ended_else {
            return true;
        }
        if ended_then {
            frame.miss.extend_from_slice(when_false);
        } else if ended_else {
            frame.env = after_then;
            frame.miss.extend_from_slice(when_true);
        } else {
            let after_else = std::mem::take(&mut frame.env);
            frame.env = self.join_envs(vec![after_then, after_else]);
        }
        false
    }

    fn join_envs(&mut self, mut envs: Vec<Vec<Slot>>) -> Vec<Slot> {
        let id = self.fresh_choice();
        let Some(first) = envs.first() else {
            return Vec::new();
        };
        let mut out = Vec::with_capacity(first.len());
        for i in 0..first.len() {
            let mut from: Vec<EventId> = Vec::new();
            let mut values = Vec::with_capacity(envs.len());
            let mut ty = Ty::Unknown;
            let mut missing = false;
            for env in &mut envs {
                let slot = std::mem::take(&mut env[i]);
                from.extend(slot.from);
                match slot.value {
                    Some((value, t)) => {
                        if ty == Ty::Unknown {
                            ty = t;
                        }
                        values.push(value);
                    }
                    None => missing = true,
                }
            }
            from.sort();
            from.dedup();
            let value = if values.is_empty() {
                None
            } else {
                let _ = missing;
                Some((self.join(id, values), ty))
            };
            out.push(Slot { value, from });
        }
        out
    }

    fn switch(
        &mut self,
        frame: &mut Frame,
        subject: Option<&Expr>,
        arms: &[crate::facts::Arm],
    ) -> bool {
        let subject_value = subject.map(|s| self.expr(frame, s));
        let subject_from = subject.map(|s| self.sources(frame, s)).unwrap_or_default();
        let before = frame.env.clone();
        let mut envs = Vec::new();
        let mut has_default = false;
        // Events whose success some earlier arm has taken: the default is their miss.
        let mut taken: Vec<EventId> = Vec::new();
        for arm in arms {
            frame.env = before.clone();
            let mut misses: Vec<EventId> = Vec::new();
            if arm.conditions.is_empty() {
                has_default = true;
                misses.extend_from_slice(&taken);
            }
            for condition in &arm.conditions {
                let start = self.events.len();
                self.expr(frame, condition);
                let mut from = self.sources(frame, condition);
                from.extend((start..self.events.len()).map(|i| EventId(i as u32)));
                let (miss, from) = if subject.is_some() {
                    (self.is_miss_value(condition), subject_from.clone())
                } else {
                    (self.miss_when(frame, condition), from)
                };
                match miss {
                    Some(true) => misses.extend(from),
                    Some(false) => taken.extend(from),
                    None => {}
                }
            }
            if let (Some((local, ty)), Some((value, subject_ty))) = (&arm.binding, &subject_value) {
                let ty = match ty {
                    Type::Unknown => subject_ty.clone(),
                    ty => self.symbols.resolve(ty, &frame.module.clone()),
                };
                self.store_local(
                    frame,
                    *local,
                    retype(value.clone(), &ty),
                    ty,
                    subject_from.clone(),
                );
            }
            if !self.scoped(frame, &arm.body, &misses) {
                envs.push(std::mem::take(&mut frame.env));
            }
        }
        if !has_default {
            envs.push(before.clone());
        }
        if envs.is_empty() {
            frame.env = before;
            return true;
        }
        frame.env = self.join_envs(envs);
        false
    }

    fn repeat(&mut self, frame: &mut Frame, kind: &LoopKind, body: &[Stmt], span: Span) {
        let site = self.place(frame, span);
        let mut assigned = HashSet::new();
        assigned_locals(body, &mut assigned);
        if let LoopKind::While { step, .. } = kind {
            assigned_locals(step, &mut assigned);
        }
        let over = match kind {
            LoopKind::Each { over, .. } => Some(self.expr(frame, over)),
            _ => None,
        };
        let mut before = frame.env.clone();
        let mut carried = HashSet::new();
        let mut changing: Vec<LocalId> = assigned.into_iter().collect();
        changing.sort_unstable();
        for local in changing.iter().copied() {
            let Some(slot) = frame.env.get(local as usize) else {
                continue;
            };
            match &slot.value {
                Some((Value::List { .. } | Value::Map(_), _)) => {
                    carried.insert(local);
                }
                Some((
                    Value::Object(_)
                    | Value::Function(..)
                    | Value::Connection(_)
                    | Value::Queue(..),
                    _,
                )) => {}
                Some((_, ty)) => {
                    let ty = ty.clone();
                    let atom = Atom {
                        origin: Origin::Element(site, u64::from(local)),
                        name: None,
                        ty: ty.clone(),
                    };
                    let from = slot.from.clone();
                    self.store_local(frame, local, Value::Atom(atom), ty, from);
                }
                None => {}
            }
        }
        let sort = match kind {
            LoopKind::Each { .. } => LoopSort::Each,
            LoopKind::While { counted: true, .. } => LoopSort::Counted,
            LoopKind::While { .. } => LoopSort::While,
            LoopKind::Forever => LoopSort::Forever,
        };
        frame.loops.push(LoopFact { sort, site });
        frame.carried.push(carried);
        if let (
            LoopKind::Each {
                key,
                value,
                over: expr,
            },
            Some((over, over_ty)),
        ) = (kind, over)
        {
            let from = self.sources(frame, expr);
            self.bind_elements(
                frame,
                key.as_ref(),
                value.as_ref(),
                over,
                over_ty,
                site,
                &from,
            );
        }
        if let LoopKind::While { cond, .. } = kind {
            self.expr(frame, cond);
        }
        self.scoped(frame, body, &[]);
        if let LoopKind::While { step, .. } = kind {
            self.scoped(frame, step, &[]);
        }
        frame.carried.pop();
        frame.loops.pop();
        // Text that grew from round to round is one unknown text afterwards.
        for local in &changing {
            let grown = frame
                .env
                .get(*local as usize)
                .and_then(|slot| match &slot.value {
                    Some((value @ Value::Text(_), ty)) => {
                        let own = Origin::Element(site, u64::from(*local));
                        let mut found = false;
                        value.atoms(&mut |atom| found |= atom.origin == own);
                        found.then(|| (ty.clone(), slot.from.clone()))
                    }
                    _ => None,
                });
            if let Some((ty, from)) = grown {
                self.store_local(frame, *local, Value::Unknown, ty.clone(), from);
                if let Some(before) = before.get_mut(*local as usize) {
                    before.value = None;
                }
            }
        }
        // The loop may not have run at all.
        let after = std::mem::take(&mut frame.env);
        let lists_kept = after
            .iter()
            .zip(&before)
            .map(|(a, b)| match (&a.value, &b.value) {
                (
                    Some((Value::List { .. } | Value::Map(_), _)),
                    Some((Value::List { .. } | Value::Map(_), _)),
                ) => a.clone(),
                (_, None) => a.clone(),
                _ => b.clone(),
            })
            .collect();
        frame.env = self.join_envs(vec![after, lists_kept]);
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one loop header binds all of these together"
    )]
    fn bind_elements(
        &mut self,
        frame: &mut Frame,
        key: Option<&Place>,
        value: Option<&Place>,
        over: Value,
        over_ty: Ty,
        site: Site,
        from: &[EventId],
    ) {
        let (key_ty, value_ty) = match self.flat(&over_ty) {
            Ty::List(inner) => (Ty::Number, (*inner).clone()),
            Ty::Map(key, value) => ((*key).clone(), (*value).clone()),
            Ty::Text => (Ty::Number, Ty::Number),
            _ => (Ty::Unknown, Ty::Unknown),
        };
        let id = self.fresh_choice();
        let (key_value, element) = match over {
            Value::List {
                items,
                each,
                open: false,
            } if each.is_empty() && !items.is_empty() && items.len() <= MAX_CHOICES => {
                (None, Some(self.join(id, items)))
            }
            Value::List {
                items,
                each,
                open: false,
            } if items.is_empty() && !each.is_empty() => (None, Some(self.join(id, each))),
            Value::Map(entries) if !entries.is_empty() && entries.len() <= MAX_CHOICES => {
                let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
                (Some(self.join(id, keys)), Some(self.join(id, values)))
            }
            _ => (None, None),
        };
        let mut bind =
            |this: &mut Self, place: Option<&Place>, known: Option<Value>, ty: Ty, number: u64| {
                let Some(place) = place else { return };
                let value = known.unwrap_or_else(|| {
                    Value::Atom(Atom {
                        origin: Origin::Element(site, u64::MAX - number),
                        name: None,
                        ty: ty.clone(),
                    })
                });
                this.store(frame, place, value, ty, from.to_vec());
            };
        bind(self, key, key_value, key_ty, 0);
        bind(self, value, element, value_ty, 1);
    }

    // Conditions

    /// Events that the locals of an expression were derived from.
    fn sources(&self, frame: &Frame, expr: &Expr) -> Vec<EventId> {
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
    fn miss_when(&mut self, frame: &Frame, cond: &Expr) -> Option<bool> {
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

    fn equality(&mut self, frame: &Frame, left: &Expr, right: &Expr) -> Option<bool> {
        let is_error = |side: &Expr| match side {
            Expr::Local(local) => {
                frame
                    .env
                    .get(*local as usize)
                    .and_then(|s| s.value.as_ref())
                    .is_some_and(|(_, ty)| *ty == Ty::Error)
                    || frame.names.get(*local as usize).is_some_and(|n| n == "err")
            }
            Expr::Call(call) => matches!(&call.callee, Callee::Method(_, name) if name == "Err"),
            _ => false,
        };
        for (side, other) in [(left, right), (right, left)] {
            if is_error(side) {
                return match other {
                    Expr::Nil => Some(false),
                    Expr::Global(_) => Some(true),
                    _ => None,
                };
            }
        }
        self.is_miss_value(right)
            .or_else(|| self.is_miss_value(left))
    }

    /// Whether a value that something is compared with stands for "nothing there".
    fn is_miss_value(&self, expr: &Expr) -> Option<bool> {
        match expr {
            Expr::Nil | Expr::Int(0) | Expr::Bool(false) => Some(true),
            Expr::Int(n) if *n < 0 => Some(true),
            Expr::Neg(_) => Some(true),
            Expr::Str(text) if text.value.is_empty() => Some(true),
            Expr::Bool(true) => Some(false),
            _ => None,
        }
    }

    // Expressions

    pub(super) fn expr(&mut self, frame: &mut Frame, expr: &Expr) -> (Value, Ty) {
        match expr {
            Expr::Unknown => (Value::Unknown, Ty::Unknown),
            Expr::Nil => (Value::Nil, Ty::Unknown),
            Expr::Str(text) => (Value::text(&text.value), Ty::Text),
            Expr::Int(n) => (Value::Int(*n), Ty::Number),
            Expr::Float(_) => (Value::Unknown, Ty::Number),
            Expr::Bool(b) => (Value::Bool(*b), Ty::Bool),
            Expr::Local(local) => {
                match frame.env.get(*local as usize).and_then(|s| s.value.clone()) {
                    Some(known) => known,
                    None => {
                        let atom = Atom {
                            origin: Origin::Place(
                                self.place(frame, Span::default()),
                                0,
                                u64::from(*local) | 1 << 40,
                            ),
                            name: frame.names.get(*local as usize).map(|n| n.as_str().into()),
                            ty: Ty::Unknown,
                        };
                        (Value::Atom(atom), Ty::Unknown)
                    }
                }
            }
            Expr::Global(path) => self.name(frame, path),
            Expr::Field(base, name, span) => {
                let base = self.expr(frame, base);
                self.field(frame, base, name, *span)
            }
            Expr::Index(base, index) => self.index(frame, base, index),
            Expr::Slice(base, from, to) => {
                let (base, ty) = self.expr(frame, base);
                for bound in [from, to].into_iter().flatten() {
                    self.expr(frame, bound);
                }
                let whole = from.is_none() && to.is_none();
                match base {
                    Value::List { items, each, open } if !whole => {
                        let mut every = items;
                        every.extend(each);
                        every.truncate(MAX_CHOICES);
                        (
                            Value::List {
                                items: Vec::new(),
                                each: every,
                                open,
                            },
                            ty,
                        )
                    }
                    Value::Text(_) | Value::Atom(_) if !whole && self.flat(&ty) == Ty::Text => {
                        (self.pure("slice", &[base], ty.clone()), ty)
                    }
                    other => (other, ty),
                }
            }
            Expr::Call(call) => self.call(frame, call),
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
    pub(super) fn flat(&mut self, ty: &Ty) -> Ty {
        match ty {
            Ty::Named(id) => self.symbols.underlying(self.files, *id),
            other => other.clone(),
        }
    }

    /// The result of an operation that always gives the same for the same operands.
    pub(super) fn pure(&mut self, name: &str, args: &[Value], ty: Ty) -> Value {
        if args.iter().any(|a| matches!(a, Value::Unknown)) {
            return Value::Unknown;
        }
        if args.iter().map(size).sum::<usize>() > 64 {
            return Value::Unknown;
        }
        Value::Atom(Atom {
            origin: Origin::Call {
                callee: name.into(),
                args: args.into(),
                nth: 0,
                site: None,
            },
            name: None,
            ty,
        })
    }

    /// A value of which nothing is known, told apart from all others.
    pub(super) fn unknown_at(&mut self, frame: &Frame, span: Span, ty: Ty) -> Value {
        self.contexts += 1;
        Value::Atom(Atom {
            origin: Origin::Place(self.place(frame, span), 1, self.contexts),
            name: None,
            ty,
        })
    }

    fn zero(&mut self, ty: &Ty, frame: &Frame) -> Value {
        if let Ty::Named(id) = ty {
            let info = self.symbols.ty(*id).clone();
            if self
                .library
                .method(&info.module, &info.name, "WriteString")
                .is_some()
            {
                return Value::text("");
            }
            if self.library.models(&info.module, &info.name) {
                return Value::Router(Vec::new(), *id);
            }
            if self.symbols.definition(self.files, *id).is_some()
                && matches!(self.flat(ty), Ty::Named(_))
                && self.symbols.interface(self.files, *id).is_none()
            {
                return Value::Object(Arc::new(Object {
                    ty: *id,
                    fields: BTreeMap::new(),
                    site: self.place(frame, Span::default()),
                }));
            }
        }
        match self.flat(ty) {
            Ty::List(_) => Value::List {
                items: Vec::new(),
                each: Vec::new(),
                open: false,
            },
            Ty::Map(..) => Value::Map(Vec::new()),
            Ty::Text => Value::text(""),
            Ty::Number => Value::Int(0),
            Ty::Bool => Value::Bool(false),
            Ty::Error => Value::Nil,
            _ => Value::Unknown,
        }
    }

    fn convert(&mut self, value: Value, from: &Ty, to: &Ty) -> Value {
        // A number turned into text by conversion is a character, not its digits.
        if self.flat(to) == Ty::Text && self.flat(from) == Ty::Number {
            return self.pure("char", &[value], Ty::Text);
        }
        retype(value, to)
    }

    /// Text of several values side by side; alternatives are carried outwards.
    pub(super) fn text_of(&mut self, pieces: Vec<Value>) -> Value {
        lift(pieces, &mut |values| {
            let mut out = Vec::new();
            for value in values {
                match value.parts() {
                    Some(parts) => out.extend(parts),
                    None => return Value::Unknown,
                }
            }
            if let [Part::Hole(atom)] = out.as_slice() {
                return Value::Atom(atom.clone());
            }
            Value::Text(concat(out))
        })
    }

    /// A value as it appears in text; what has no text of its own becomes a hole.
    pub(super) fn displayed(&mut self, frame: &mut Frame, value: Value, ty: &Ty) -> Value {
        // A type with a `String` method is shown through it.
        if let Ty::Named(id) = ty
            && let Method::Program(func, path) =
                self.symbols.method(self.files, self.library, *id, "String")
        {
            let receiver = self.walk(value.clone(), &path);
            if let Some(text) = self.returned(func, Some(receiver), &[]) {
                return text;
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

    fn binary(&mut self, frame: &mut Frame, op: Op, left: &Expr, right: &Expr) -> (Value, Ty) {
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
                .map(|v| match v {
                    Value::Unknown => self.unknown_at(frame, Span::default(), Ty::Text),
                    other => other,
                })
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
    fn name(&mut self, frame: &mut Frame, path: &Path) -> (Value, Ty) {
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
        let atom = Atom {
            origin: Origin::Global(format!("{module}.{}", path.name).into()),
            name: Some(path.name.as_str().into()),
            ty: Ty::Unknown,
        };
        (Value::Atom(atom), Ty::Unknown)
    }

    /// The value of a constant or variable of the program.
    fn global(&mut self, module: &str, name: &str) -> Option<(Value, Ty)> {
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
            frame.env = vec![Slot::default(); function.locals.len()];
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
        let written = self
            .assigned_globals
            .contains(&(module.to_string(), name.to_string()));
        let key_text: Arc<str> = format!("{module}.{name}").into();
        let value = if written || (!global.constant && matches!(value, Value::Unknown)) {
            if !matches!(value, Value::Unknown | Value::Nil) {
                self.global_writes
                    .entry(key_text.clone())
                    .or_default()
                    .push((value, holder));
            }
            Value::Atom(Atom {
                origin: Origin::Global(key_text),
                name: Some(name.into()),
                ty: ty.clone(),
            })
        } else {
            match value {
                Value::Unknown => Value::Atom(Atom {
                    origin: Origin::Global(key_text),
                    name: Some(name.into()),
                    ty: ty.clone(),
                }),
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

    /// Follows names of embedded fields.
    pub(super) fn walk(&mut self, mut value: Value, path: &[Arc<str>]) -> Value {
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

    /// A field without regard to methods.
    fn plain_field(&mut self, value: Value, ty: Ty, name: &str) -> (Value, Ty) {
        let (field_ty, owner, path) = match &ty {
            Ty::Named(id) => match self.symbols.field(self.files, *id, name) {
                Some((ty, owner, path)) => (ty, owner, path),
                None => (Ty::Unknown, *id, Vec::new()),
            },
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

    fn field(
        &mut self,
        frame: &mut Frame,
        base: (Value, Ty),
        name: &str,
        span: Span,
    ) -> (Value, Ty) {
        let (value, ty) = base;
        if let Ty::Named(id) = &ty
            && self.symbols.field(self.files, *id, name).is_none()
        {
            match self.symbols.method(self.files, self.library, *id, name) {
                Method::Program(func, path) => {
                    self.references.insert((frame.func, func));
                    let receiver = self.walk(value, &path);
                    return (Value::Function(func, Some(Box::new(receiver))), Ty::Unknown);
                }
                Method::Interface(interface) => {
                    for func in self.implementations(interface, name) {
                        self.references.insert((frame.func, func));
                    }
                    return (Value::Unknown, Ty::Unknown);
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

    fn index(&mut self, frame: &mut Frame, base: &Expr, index: &Expr) -> (Value, Ty) {
        let (base, base_ty) = self.expr(frame, base);
        let (index, _) = self.expr(frame, index);
        let ty = match self.flat(&base_ty) {
            Ty::List(inner) => (*inner).clone(),
            Ty::Map(_, value) => (*value).clone(),
            Ty::Text => Ty::Number,
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
                },
                _,
            ) if items.is_empty() && each.len() == 1 => each[0].clone(),
            _ => self.pure("[]", &[base, index], ty.clone()),
        };
        (value, ty)
    }

    fn composite(
        &mut self,
        frame: &mut Frame,
        ty: &Type,
        entries: &[crate::facts::Entry],
        span: Span,
    ) -> (Value, Ty) {
        let ty = self.symbols.resolve(ty, &frame.module.clone());
        match self.flat(&ty) {
            Ty::List(_) => {
                let items = entries
                    .iter()
                    .map(|e| self.expr(frame, &e.value).0)
                    .collect();
                (
                    Value::List {
                        items,
                        each: Vec::new(),
                        open: false,
                    },
                    ty,
                )
            }
            Ty::Map(..) => {
                let mut out = Vec::new();
                for entry in entries {
                    let key = entry
                        .key
                        .as_ref()
                        .map_or(Value::Unknown, |k| self.expr(frame, k).0);
                    let value = self.expr(frame, &entry.value).0;
                    out.push((key, value));
                }
                (Value::Map(out), ty)
            }
            Ty::Named(id) => {
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
                    fields.insert(name, value);
                }
                let site = self.place(frame, span);
                (
                    Value::Object(Arc::new(Object {
                        ty: id,
                        fields,
                        site,
                    })),
                    ty,
                )
            }
            _ => {
                for entry in entries {
                    self.expr(frame, &entry.value);
                }
                (Value::Unknown, ty)
            }
        }
    }

    fn append(
        &mut self,
        frame: &mut Frame,
        base: &Expr,
        items: &[Expr],
        spread: bool,
    ) -> (Value, Ty) {
        let (list, mut ty) = self.expr(frame, base);
        let looped = match base {
            Expr::Local(local) => frame.carried.iter().any(|c| c.contains(local)),
            _ => !frame.loops.is_empty(),
        };
        let loops: Vec<Site> = if looped {
            frame.loops.iter().map(|l| l.site).collect()
        } else {
            Vec::new()
        };
        let mut values = Vec::new();
        let mut opened = false;
        for (i, item) in items.iter().enumerate() {
            let (value, item_ty) = self.expr(frame, item);
            if ty == Ty::Unknown && !spread {
                ty = Ty::List(Arc::new(item_ty.clone()));
            }
            if spread && i + 1 == items.len() {
                match value {
                    Value::List { items, each, open } => {
                        values.extend(items);
                        opened |= open;
                        if let Value::List { each: mine, .. } = &list
                            && !each.is_empty()
                        {
                            let mut all = mine.clone();
                            all.extend(each);
                            values.truncate(64);
                            return (grow(list, values, all, opened, looped), ty);
                        }
                    }
                    _ => opened = true,
                }
            } else {
                values.push(value.spread_over(&loops));
            }
        }
        match &list {
            Value::List { each, .. } => {
                let each = each.clone();
                (grow(list, values, each, opened, looped), ty)
            }
            Value::Nil | Value::Unknown => (
                grow(
                    Value::List {
                        items: Vec::new(),
                        each: Vec::new(),
                        open: matches!(list, Value::Unknown),
                    },
                    values,
                    Vec::new(),
                    opened,
                    looped,
                ),
                ty,
            ),
            // A list that came from elsewhere: its own elements stay unknown.
            _ => (
                grow(
                    Value::List {
                        items: Vec::new(),
                        each: Vec::new(),
                        open: true,
                    },
                    values,
                    Vec::new(),
                    true,
                    looped,
                ),
                ty,
            ),
        }
    }

    // Calls

    pub(super) fn emit(
        &mut self,
        frame: &Frame,
        span: Span,
        text: &str,
        kind: EventKind,
    ) -> EventId {
        let id = EventId(self.events.len() as u32);
        let mut on_miss = frame.miss.clone();
        on_miss.sort();
        on_miss.dedup();
        self.events.push(Event {
            func: frame.func,
            site: self.place(frame, span),
            text: text.into(),
            loops: frame.loops.clone(),
            on_miss,
            spawned: frame.spawned,
            kind,
        });
        id
    }

    fn call(&mut self, frame: &mut Frame, call: &Call) -> (Value, Ty) {
        match &call.callee {
            Callee::Path(path) => {
                let module = path.module.as_deref().unwrap_or(&frame.module).to_string();
                if let Some(func) = self.symbols.find_function(&module, &path.name) {
                    let args = self.args(frame, call);
                    return self.call_program(frame, call, vec![func], None, args);
                }
                if let Some(id) = self.symbols.find_type(&module, &path.name)
                    && self.symbols.definition(self.files, id).is_some()
                {
                    let ty = Ty::Named(id);
                    let (value, from) = match call.args.first() {
                        Some(arg) => self.expr(frame, arg),
                        None => (Value::Unknown, Ty::Unknown),
                    };
                    return (self.convert(value, &from, &ty), ty);
                }
                if let Some((value, _)) = self.global(&module, &path.name) {
                    let args = self.args(frame, call);
                    return self.call_value(frame, call, value, args);
                }
                self.outer_function(frame, call, &module, &path.name)
            }
            Callee::Method(receiver, name) => {
                let local = match receiver {
                    Expr::Local(local) => Some(*local),
                    _ => None,
                };
                let (value, ty) = self.expr(frame, receiver);
                self.call_method(frame, call, value, ty, name, local)
            }
            Callee::Value(expr) => {
                let (value, _) = self.expr(frame, expr);
                let args = self.args(frame, call);
                self.call_value(frame, call, value, args)
            }
        }
    }

    /// Evaluates arguments.
    pub(super) fn args(&mut self, frame: &mut Frame, call: &Call) -> Vec<(Value, Ty)> {
        call.args.iter().map(|a| self.expr(frame, a)).collect()
    }

    fn call_value(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        value: Value,
        args: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        match value {
            Value::Function(func, receiver) => {
                self.call_program(frame, call, vec![func], receiver.map(|r| *r), args)
            }
            Value::Choice(_, values) => {
                let funcs: Vec<FuncId> = values
                    .iter()
                    .filter_map(|v| match v {
                        Value::Function(func, None) => Some(*func),
                        _ => None,
                    })
                    .collect();
                if funcs.is_empty() {
                    return (Value::Unknown, Ty::Unknown);
                }
                self.call_program(frame, call, funcs, None, args)
            }
            Value::Atom(atom) => {
                if let Origin::Param(_, number) = atom.origin {
                    frame.param_calls.push((number, args.clone()));
                }
                self.note_escapes(frame, &args);
                let ty = match &atom.ty {
                    Ty::Function(results) => match &results[..] {
                        [one] => one.clone(),
                        _ => Ty::Tuple(results.clone()),
                    },
                    _ => Ty::Unknown,
                };
                let mut all = vec![Value::Atom(atom)];
                all.extend(args.into_iter().map(|(v, _)| v));
                (self.pure("call", &all, ty.clone()), ty)
            }
            _ => {
                self.note_escapes(frame, &args);
                (Value::Unknown, Ty::Unknown)
            }
        }
    }

    /// Values handed to code outside the program may have their methods called there.
    pub(super) fn note_escapes(&mut self, frame: &Frame, args: &[(Value, Ty)]) {
        for (value, ty) in args {
            if let Value::Object(object) = value {
                self.escaped.insert((frame.func, object.ty));
            }
            if let Ty::Named(id) = ty
                && self.symbols.definition(self.files, *id).is_some()
            {
                self.escaped.insert((frame.func, *id));
            }
        }
    }

    pub(super) fn call_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        value: Value,
        ty: Ty,
        name: &str,
        local: Option<LocalId>,
    ) -> (Value, Ty) {
        let Ty::Named(id) = ty else {
            let args = self.args(frame, call);
            self.note_escapes(frame, &args);
            if matches!(value, Value::Function(..)) {
                // `f.ServeHTTP(w, r)` on a function value.
                return self.call_value(frame, call, value, args);
            }
            return self.outer_result(frame, call, name, Some(value), &args, Ty::Unknown);
        };
        match self.symbols.method(self.files, self.library, id, name) {
            Method::Program(func, path) => {
                let receiver = self.walk(retype(value, &ty), &path);
                let args = self.args(frame, call);
                self.call_program(frame, call, vec![func], Some(receiver), args)
            }
            Method::Interface(interface) => {
                let args = self.args(frame, call);
                let funcs = self.implementations(interface, name);
                if funcs.is_empty() {
                    self.note_escapes(frame, &args);
                    let ty = self.interface_result(interface, name);
                    return self.outer_result(frame, call, name, Some(value), &args, ty);
                }
                self.call_program(frame, call, funcs, Some(value), args)
            }
            Method::Outer(outer, path) => {
                let receiver = if path.is_empty() {
                    value
                } else {
                    self.walk(retype(value, &ty), &path)
                };
                self.outer_method(frame, call, receiver, outer, name, local)
            }
            Method::Missing => {
                let (callee, _) = self.field(frame, (value, Ty::Named(id)), name, call.span);
                let args = self.args(frame, call);
                self.call_value(frame, call, callee, args)
            }
        }
    }

    fn interface_result(&mut self, interface: TypeId, name: &str) -> Ty {
        let files = self.files;
        let Some((methods, _)) = self.symbols.interface(files, interface) else {
            return Ty::Unknown;
        };
        let module = self.symbols.ty(interface).module.clone();
        let Some(method) = methods.iter().find(|m| m.name == name) else {
            return Ty::Unknown;
        };
        let types: Vec<Ty> = method
            .results
            .iter()
            .map(|r| self.symbols.resolve(r, &module))
            .collect();
        match types.as_slice() {
            [one] => one.clone(),
            _ => Ty::Tuple(types.into()),
        }
    }

    /// Methods of program types that an interface method may lead to.
    pub(super) fn implementations(&mut self, interface: TypeId, name: &str) -> Vec<FuncId> {
        let types = self.implementers(interface);
        let mut out = Vec::new();
        for id in types.iter() {
            if let Method::Program(func, _) =
                self.symbols.method(self.files, self.library, *id, name)
            {
                out.push(func);
            }
        }
        out.sort();
        out.dedup();
        out
    }

    fn implementers(&mut self, interface: TypeId) -> Arc<Vec<TypeId>> {
        if let Some(known) = self.implementers.get(&interface) {
            return known.clone();
        }
        let mut out = Vec::new();
        if let Some((methods, _)) = self.symbols.interface(self.files, interface)
            && !methods.is_empty()
        {
            for id in self.symbols.types_with_methods() {
                let all = methods.iter().all(|m| {
                    matches!(
                        self.symbols.method(self.files, self.library, id, &m.name),
                        Method::Program(func, _)
                            if self.symbols.function(self.files, func).is_some_and(|f| f.params.len() == m.params.len())
                    )
                });
                if all {
                    out.push(id);
                }
            }
        }
        let out = Arc::new(out);
        self.implementers.insert(interface, out.clone());
        out
    }

    /// What a function of the program returns for these arguments.
    pub(super) fn returned(
        &mut self,
        func: FuncId,
        receiver: Option<Value>,
        args: &[Value],
    ) -> Option<Value> {
        let summary = self.summary(func)?;
        let first = summary.returns.first()?;
        self.contexts += 1;
        Some(subst(first, func, receiver.as_ref(), args, self.contexts))
    }

    fn call_program(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        callees: Vec<FuncId>,
        receiver: Option<Value>,
        args: Vec<(Value, Ty)>,
    ) -> (Value, Ty) {
        let files = self.files;
        let Some(function) = callees
            .first()
            .and_then(|f| self.symbols.function(files, *f))
        else {
            return (Value::Unknown, Ty::Unknown);
        };
        let mut values: Vec<Value> = args.iter().map(|(v, _)| v.clone()).collect();
        // f(g()) with a g of several results.
        if let [Value::Tuple(inner)] = values.as_slice()
            && function.params.len() > 1
        {
            values = inner.clone();
        }
        if function.params.last().is_some_and(|p| p.variadic) && !call.spread {
            let fixed = function.params.len() - 1;
            let rest = if values.len() > fixed {
                values.split_off(fixed)
            } else {
                Vec::new()
            };
            values.push(Value::List {
                items: rest,
                each: Vec::new(),
                open: false,
            });
        }
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Call {
                callees: callees.clone(),
                receiver: receiver.clone(),
                args: values.clone(),
            },
        );
        let module = {
            let info = self.symbols.func(callees[0]);
            files[info.file as usize]
                .code
                .as_ref()
                .map_or("", |c| c.module.as_str())
        };
        let types: Vec<Ty> = function
            .results
            .iter()
            .map(|r| self.symbols.resolve(r, module))
            .collect();
        let ty = match types.as_slice() {
            [one] => one.clone(),
            _ => Ty::Tuple(types.clone().into()),
        };
        self.contexts += 1;
        let context = self.contexts;
        let mut alternatives: Vec<Vec<Value>> = Vec::new();
        if callees.len() <= MAX_IMPLEMENTERS {
            for callee in &callees {
                let Some(summary) = self.summary(*callee) else {
                    continue;
                };
                for (number, params) in &summary.param_calls {
                    let Some(Value::Function(closure, None)) = values.get(*number as usize) else {
                        continue;
                    };
                    let info = self.symbols.func(*closure).clone();
                    if info.file == frame.file
                        && info.parent.is_some()
                        && frame.pending.contains(&info.index)
                    {
                        let given = params
                            .iter()
                            .map(|(v, t)| {
                                (
                                    self.requeue(
                                        subst(v, *callee, receiver.as_ref(), &values, context),
                                        context,
                                    ),
                                    t.clone(),
                                )
                            })
                            .collect();
                        self.closure(frame, info.index, given, event);
                    }
                }
                alternatives.push(
                    summary
                        .returns
                        .iter()
                        .map(|v| {
                            self.requeue(
                                subst(v, *callee, receiver.as_ref(), &values, context),
                                context,
                            )
                        })
                        .collect(),
                );
            }
        }
        let name = function.name.clone();
        let id = self.fresh_choice();
        let complete = alternatives.len() == callees.len();
        let mut out = Vec::new();
        for i in 0..types.len() {
            let known: Vec<Value> = alternatives
                .iter()
                .map(|a| a.get(i).cloned().unwrap_or_default())
                .collect();
            let joined = if complete {
                self.join(id, known)
            } else {
                Value::Unknown
            };
            let value = match joined {
                Value::Unknown => {
                    let mut all: Vec<Value> = receiver.iter().cloned().collect();
                    all.extend(values.iter().cloned());
                    let callee: Arc<str> = format!("{module}.{name}#{i}").into();
                    let site = all
                        .iter()
                        .any(|v| matches!(v, Value::Unknown))
                        .then(|| (self.place(frame, call.span), context));
                    let args: Arc<[Value]> =
                        if site.is_some() || all.iter().map(size).sum::<usize>() > 64 {
                            Arc::from([
                                Value::Int(i64::from(call.span.line)),
                                Value::Int(i64::from(call.span.column)),
                            ])
                        } else {
                            all.into()
                        };
                    Value::Atom(Atom {
                        origin: Origin::Call {
                            callee,
                            args,
                            nth: i as u16,
                            site,
                        },
                        name: None,
                        ty: types[i].clone(),
                    })
                }
                Value::Atom(mut atom) => {
                    if atom.ty == Ty::Unknown {
                        atom.ty = types[i].clone();
                    }
                    Value::Atom(atom)
                }
                other => other,
            };
            out.push(value);
        }
        let value = if out.len() == 1 {
            out.swap_remove(0)
        } else {
            Value::Tuple(out)
        };
        (value, ty)
    }

    /// Queues that a called function made are told apart by call.
    fn requeue(&self, value: Value, context: u64) -> Value {
        match value {
            Value::Queue(event, _) => Value::Queue(event, context),
            Value::Tuple(items) => Value::Tuple(
                items
                    .into_iter()
                    .map(|v| self.requeue(v, context))
                    .collect(),
            ),
            Value::Choice(id, items) => Value::Choice(
                id,
                items
                    .into_iter()
                    .map(|v| self.requeue(v, context))
                    .collect(),
            ),
            other => other,
        }
    }

    /// Evaluates closures that nothing has run yet, with parameters of their own.
    fn run_pending(&mut self, frame: &mut Frame) {
        while let Some(index) = frame.pending.pop() {
            if frame.evaluated.contains(&index) {
                continue;
            }
            let id = self.symbols.func_id(frame.file, index);
            let Some(function) = self.symbols.function(self.files, id) else {
                continue;
            };
            let span = function.span;
            let event = self.emit(frame, span, "", EventKind::Define(id));
            self.closure(frame, index, Vec::new(), event);
        }
    }

    /// Evaluates a closure where it stands. Parameters without a given value stay open.
    pub(super) fn closure(
        &mut self,
        frame: &mut Frame,
        index: u32,
        given: Vec<(Value, Ty)>,
        _by: EventId,
    ) {
        let id = self.symbols.func_id(frame.file, index);
        let files = self.files;
        let Some(function) = self.symbols.function(files, id) else {
            return;
        };
        if !frame.evaluated.insert(index) || self.depth >= MAX_EVALUATION_DEPTH {
            return;
        }
        self.depth += 1;
        if !given.is_empty() {
            self.emit(frame, function.span, "", EventKind::Define(id));
        }
        let before = frame.env.clone();
        let outer = std::mem::replace(&mut frame.func, id);
        let returns = std::mem::take(&mut frame.returns);
        let calls = std::mem::take(&mut frame.param_calls);
        let pending = std::mem::take(&mut frame.pending);
        for (i, param) in function.params.iter().enumerate() {
            let mut ty = self.symbols.resolve(&param.ty, &frame.module.clone());
            if param.variadic {
                ty = Ty::List(Arc::new(ty));
            }
            match given.get(i) {
                Some((value, given_ty)) => {
                    let ty = if ty == Ty::Unknown {
                        given_ty.clone()
                    } else {
                        ty
                    };
                    self.store_local(frame, param.local, value.clone(), ty, Vec::new());
                }
                None => self.bind_param(frame, id, i as u16, &param.name, param.local, ty),
            }
        }
        let misses = frame.miss.len();
        self.block(frame, &function.body);
        frame.miss.truncate(misses);
        let summary = self.finish(frame, &function.results);
        self.states[id.0 as usize] = State::Done(Arc::new(summary));
        frame.func = outer;
        frame.returns = returns;
        frame.param_calls = calls;
        frame.pending = pending;
        // The closure may run or not, once or often: what it assigned may hold or not.
        let after = std::mem::take(&mut frame.env);
        let kept = after
            .iter()
            .zip(&before)
            .map(|(a, b)| match &b.value {
                None | Some((Value::Unknown | Value::Nil, _)) => a.clone(),
                _ => b.clone(),
            })
            .collect();
        frame.env = self.join_envs(vec![after, kept]);
        self.depth -= 1;
    }

    /// Gives the receiver local of a text builder new text.
    pub(super) fn set_text(&mut self, frame: &mut Frame, local: Option<LocalId>, value: Value) {
        if let Some(local) = local
            && let Some(slot) = frame.env.get_mut(local as usize)
            && let Some((old, _)) = &mut slot.value
        {
            *old = value;
        }
    }

    /// A result of code outside the program: the same for the same operands, unless the function is
    /// known to give another one each time.
    pub(super) fn outer_result(
        &mut self,
        frame: &Frame,
        call: &Call,
        name: &str,
        receiver: Option<Value>,
        args: &[(Value, Ty)],
        ty: Ty,
    ) -> (Value, Ty) {
        let mut all: Vec<Value> = receiver.into_iter().collect();
        all.extend(args.iter().map(|(v, _)| v.clone()));
        let distinct = self.library.is_distinct(name)
            || all.iter().any(|v| matches!(v, Value::Unknown))
            || all.iter().map(size).sum::<usize>() > 64;
        let site = distinct.then(|| {
            self.contexts += 1;
            (self.place(frame, call.span), self.contexts)
        });
        // `r.FormValue("owner")` is the owner; otherwise the function's own name says most.
        let hint = match args
            .iter()
            .filter_map(|(v, _)| v.literal())
            .collect::<Vec<_>>()
            .as_slice()
        {
            [one]
                if !one.is_empty()
                    && one.len() <= 40
                    && one
                        .chars()
                        .all(|c| c.is_alphanumeric() || "-_.".contains(c)) =>
            {
                Some(one.clone())
            }
            _ => None,
        };
        let args: Arc<[Value]> = if site.is_some() {
            Arc::from([])
        } else {
            all.into()
        };
        let make = |nth: u16, ty: Ty| {
            Value::Atom(Atom {
                origin: Origin::Call {
                    callee: name.into(),
                    args: args.clone(),
                    nth,
                    site,
                },
                name: hint.clone().map(|h| h.as_str().into()),
                ty,
            })
        };
        if let Ty::Tuple(types) = &ty {
            let items = types
                .iter()
                .enumerate()
                .map(|(i, t)| make(i as u16, t.clone()))
                .collect();
            return (Value::Tuple(items), ty);
        }
        (make(0, ty.clone()), ty)
    }

    pub(super) fn printf(&mut self, frame: &mut Frame, args: &[(Value, Ty)]) -> Value {
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
        for part in super::format::parse(&format) {
            match part {
                super::format::Piece::Text(text) => pieces.push(Value::text(&text)),
                super::format::Piece::Verb { verb, plain, index } => {
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

    pub(super) fn join_list(&mut self, frame: &mut Frame, list: Value, separator: Value) -> Value {
        match list {
            Value::List {
                items,
                each,
                open: false,
            } if each.is_empty() => {
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

    pub(super) fn text_effect(
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
                let args = spread_args(args, call.spread);
                self.printf(frame, &args)
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
                self.join_list(
                    frame,
                    Value::List {
                        items,
                        each: Vec::new(),
                        open: false,
                    },
                    Value::text("/"),
                )
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
}

/// Arguments with a spread list taken apart, as far as its elements are known.
fn spread_args(mut args: Vec<(Value, Ty)>, spread: bool) -> Vec<(Value, Ty)> {
    if spread
        && let Some((
            Value::List {
                items,
                each,
                open: false,
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

fn grow(
    list: Value,
    values: Vec<Value>,
    mut each: Vec<Value>,
    opened: bool,
    looped: bool,
) -> Value {
    let Value::List {
        mut items, open, ..
    } = list
    else {
        return Value::Unknown;
    };
    if looped {
        for value in values {
            if !each.contains(&value) {
                each.push(value);
            }
        }
    } else {
        items.extend(values);
    }
    let mut open = open || opened;
    if items.len() > 64 || each.len() > MAX_CHOICES {
        items.truncate(64);
        each.truncate(MAX_CHOICES);
        open = true;
    }
    Value::List { items, each, open }
}

pub(super) fn field_of(value: &Value, owner: TypeId, name: &str, ty: &Ty) -> Value {
    match value {
        Value::Object(object) => match object.fields.get(name) {
            Some(value) => value.clone(),
            None => Value::Atom(Atom {
                origin: Origin::Field(
                    Arc::new(Atom {
                        origin: Origin::Place(object.site, 2, 0),
                        name: None,
                        ty: Ty::Named(object.ty),
                    }),
                    owner,
                    name.into(),
                ),
                name: Some(name.into()),
                ty: ty.clone(),
            }),
        },
        Value::Atom(atom) => Value::Atom(Atom {
            origin: Origin::Field(Arc::new(atom.clone()), owner, name.into()),
            name: Some(name.into()),
            ty: ty.clone(),
        }),
        other => Value::Atom(Atom {
            origin: Origin::Call {
                callee: format!(".{name}").into(),
                args: Arc::from([other.clone()]),
                nth: 0,
                site: None,
            },
            name: Some(name.into()),
            ty: ty.clone(),
        }),
    }
}

fn named(value: Value, name: &str) -> Value {
    match value {
        Value::Atom(mut atom) => {
            atom.name = Some(name.into());
            Value::Atom(atom)
        }
        other => other,
    }
}

/// A value under another type.
pub(super) fn retype(value: Value, ty: &Ty) -> Value {
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

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Nil | Value::Int(_) | Value::Bool(false) => true,
        Value::Text(parts) => parts.is_empty(),
        Value::Object(object) => object.fields.is_empty(),
        Value::List { items, each, .. } => items.is_empty() && each.is_empty(),
        _ => false,
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Choice(_, values) => values.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// Rough size of a value, to keep symbolic calls small.
fn size(value: &Value) -> usize {
    let mut n = 1;
    value.atoms(&mut |_| n += 1);
    n
}

pub(super) fn global_key(path: &Path, module: &str) -> Arc<str> {
    format!("{}.{}", path.module.as_deref().unwrap_or(module), path.name).into()
}

/// Whether a call never comes back.
fn ends(callee: &Callee) -> bool {
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

fn assigned_globals(stmts: &[Stmt], module: &str, out: &mut HashSet<(String, String)>) {
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

/// Locals that statements assign, text builders included.
fn assigned_locals(stmts: &[Stmt], out: &mut HashSet<LocalId>) {
    walk_stmts(stmts, &mut |stmt| match stmt {
        Stmt::Assign { places, .. } => {
            for place in places {
                match place {
                    Place::Local(local) | Place::Index(Expr::Local(local), _) => {
                        out.insert(*local);
                    }
                    _ => {}
                }
            }
        }
        Stmt::Expr(Expr::Call(call)) => {
            if let Callee::Method(Expr::Local(local), name) = &call.callee
                && name.starts_with("Write")
            {
                out.insert(*local);
            }
        }
        _ => {}
    });
}

fn walk_stmts(stmts: &[Stmt], visit: &mut dyn FnMut(&Stmt)) {
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
                if let LoopKind::While { step, .. } = kind {
                    walk_stmts(step, visit);
                }
                walk_stmts(body, visit);
            }
            Stmt::Block(inner) => walk_stmts(inner, visit),
            _ => {}
        }
    }
}

fn walk_locals(expr: &Expr, visit: &mut dyn FnMut(LocalId)) {
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

impl Frame {
    /// Notes that a parameter that holds a function is called with these values.
    pub(super) fn call_param(&mut self, number: u16, given: Vec<(Value, Ty)>) {
        self.param_calls.push((number, given));
    }
}
