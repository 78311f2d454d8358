//! Statements: assignments, branches, loops.

use super::conditions::failed_arm;
use super::walk::{assigned_locals, ends};
use super::*;

/// A counter that ends at this number or below is no loop over many things.
pub(super) const MAX_FEW: i64 = 8;

impl Evaluator<'_> {
    /// Evaluates statements; tells whether control never reaches their end.
    pub(super) fn block(&mut self, frame: &mut Frame, stmts: &[Stmt]) -> bool {
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
    pub(super) fn scoped(&mut self, frame: &mut Frame, stmts: &[Stmt], misses: &[EventId]) -> bool {
        let (depth, branches) = (frame.miss.len(), frame.branches.len());
        frame.miss.extend_from_slice(misses);
        let ended = self.block(frame, stmts);
        frame.miss.truncate(depth);
        frame.branches.truncate(branches);
        ended
    }

    /// A block that is one arm of a branch.
    fn arm(
        &mut self,
        frame: &mut Frame,
        stmts: &[Stmt],
        misses: &[EventId],
        branch: Branch,
    ) -> bool {
        frame.branches.push(branch);
        frame.arms.push(self.events.len());
        let ended = self.scoped(frame, stmts, misses);
        frame.arms.pop();
        frame.branches.pop();
        ended
    }

    pub(super) fn stmt(&mut self, frame: &mut Frame, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Expr(expr) => {
                let (value, _) = self.expr(frame, expr);
                // A value that stands alone, such as one that is sent on a channel, goes elsewhere.
                if !matches!(expr, Expr::Call(_)) {
                    self.note_kept(&value);
                }
                matches!(expr, Expr::Call(call) if ends(&call.callee))
            }
            Stmt::Assign { places, values, ty } => {
                self.assign(frame, places, values, ty);
                false
            }
            // What goes wrong ends a loop without an answer.
            Stmt::Return(values) if matches!(values.as_slice(), [Expr::Failed]) => {
                frame.returns.push(vec![Value::Nil]);
                true
            }
            Stmt::Return(values) => {
                let mut out = Vec::new();
                for value in values {
                    let (value, _) = self.expr(frame, value);
                    out.push(self.keys_found(&value).unwrap_or(value));
                }
                if let [Value::Tuple(inner)] = out.as_slice() {
                    out = inner.clone();
                }
                frame.returns.push(out);
                self.note_exit(frame, usize::MAX);
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
            Stmt::Break => {
                self.note_exit(frame, 1);
                true
            }
            Stmt::Continue => true,
            Stmt::Block(inner) => self.block(frame, inner),
        }
    }

    /// Control leaves this many of the innermost loops: what was asked before in their bodies, and
    /// answered well, decides whether there is another round. An error that ends a loop does not.
    fn note_exit(&mut self, frame: &Frame, loops: usize) {
        // A closure's own loops alone are left.
        let around = frame.detached.max(frame.inside);
        let own = frame.running.len().min(frame.loops.len() - around);
        for depth in 0..own.min(loops) {
            let running = &frame.running[frame.running.len() - 1 - depth];
            let site = frame.loops[frame.loops.len() - 1 - depth].site;
            let mut decides: Vec<EventId> = frame
                .branches
                .get(running.branches..)
                .unwrap_or_default()
                .iter()
                .filter(|branch| !branch.rest)
                .flat_map(|branch| branch.on.iter().copied())
                .collect();
            let since = |begun: usize| (begun..self.events.len()).map(|i| EventId(i as u32));
            if decides.is_empty() && frame.miss.len() == running.misses {
                decides.extend(since(running.begun));
            }
            // What this arm has sent is sent in the last round alone.
            if let Some(arm) = frame.arms.last().filter(|arm| **arm >= running.begun) {
                decides.extend(since(*arm));
            }
            self.exits.entry(site).or_default().extend(decides);
        }
    }

    pub(super) fn assign(
        &mut self,
        frame: &mut Frame,
        places: &[Place],
        values: &[Expr],
        ty: &Type,
    ) {
        let declared = match ty {
            Type::Unknown => Ty::Unknown,
            ty => self.symbols.resolve(ty, &frame.module.clone()),
        };
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
        for (place, (value, ty, from)) in places.iter().zip(evaluated) {
            let ty = if declared == Ty::Unknown {
                ty
            } else {
                declared.clone()
            };
            // Pieces that are gathered into a text.
            let value = match value {
                Value::List { .. } if self.flat(&declared) == Ty::Text => {
                    self.join_list(frame, value, Value::text(""))
                }
                value => value,
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

    pub(super) fn store(
        &mut self,
        frame: &mut Frame,
        place: &Place,
        value: Value,
        ty: Ty,
        from: Vec<EventId>,
    ) {
        match place {
            Place::Ignore => {}
            Place::Local(local) => {
                // What is stored through a pointer that was given looks like this too.
                let old = frame.env.get(*local as usize);
                if let Some((Value::Atom(atom), _)) = old.and_then(|slot| slot.value.as_ref())
                    && matches!(
                        atom.origin,
                        Origin::Param(..) | Origin::Field(..) | Origin::Global(_)
                    )
                {
                    self.note_kept(&value);
                }
                self.store_local(frame, *local, value, ty, from);
            }
            Place::Global(path) => {
                let key = global_key(path, &frame.module);
                self.global_writes
                    .entry(key)
                    .or_default()
                    .push((value, frame.func));
            }
            Place::Field(base, name) => {
                let (object, object_ty) = self.expr(frame, base);
                if let Ty::Named(id) = object_ty {
                    let owner = match self.symbols.field(self.files, id, name) {
                        Some((_, owner, _)) => owner,
                        None => id,
                    };
                    self.field_writes
                        .entry((owner, name.as_str().into()))
                        .or_default()
                        .push((value.clone(), frame.func));
                }
                // What this function stores it also finds there.
                if let (Expr::Local(local), Value::Object(known)) = (&**base, &object) {
                    let mut changed = (**known).clone();
                    changed.fields.insert(name.as_str().into(), value);
                    let slot = Arc::make_mut(&mut frame.env[*local as usize]);
                    if let Some((v, _)) = &mut slot.value {
                        *v = Value::Object(Arc::new(changed));
                    }
                }
            }
            Place::Index(base, index) => {
                let (list, list_ty) = self.expr(frame, base);
                let (key, _) = self.expr(frame, index);
                self.note_kept(&value);
                if holds_function(&value, &ty) {
                    self.note_element(frame, base, value.clone());
                } else if matches!(**index, Expr::Unknown) {
                    // What is sent is received elsewhere, in an order that is not known.
                    return;
                }
                if let Expr::Local(local) = &**base {
                    let loops = frame.loops_over(*local);
                    let updated = match list {
                        // One that is known by its place.
                        Value::List {
                            mut items,
                            each,
                            open,
                            lead,
                        } if known_place(&key, &items, &each) => {
                            if let Value::Int(n) = key
                                && let Some(item) =
                                    usize::try_from(n).ok().and_then(|n| items.get_mut(n))
                            {
                                *item = value.spread_over(&loops);
                            }
                            Value::List {
                                items,
                                each,
                                open,
                                lead,
                            }
                        }
                        Value::Map(mut entries) => {
                            entries.push((key, value));
                            Value::Map(entries)
                        }
                        // Which element it was is not followed: it may be any.
                        // Written elements may have been replaced by this one, or not.
                        Value::List { items, .. } if !items.is_empty() => {
                            Value::some(Vec::new(), Vec::new(), true)
                        }
                        Value::List {
                            items,
                            mut each,
                            open,
                            lead,
                        } => {
                            let value = value.spread_over(&loops);
                            if !each.contains(&value) && each.len() < MAX_CHOICES {
                                each.push(value);
                            }
                            Value::List {
                                items,
                                each,
                                open,
                                lead,
                            }
                        }
                        other => other,
                    };
                    let slot = Arc::make_mut(&mut frame.env[*local as usize]);
                    slot.value = Some((updated, list_ty));
                }
            }
        }
    }

    /// A function stored to an element of a field or module variable.
    pub(super) fn note_element(&mut self, frame: &mut Frame, base: &Expr, value: Value) {
        let list = Value::some(Vec::new(), vec![value], true);
        match base {
            Expr::Field(base, name, _) => {
                let (_, object) = self.expr(frame, base);
                if let Ty::Named(id) = object {
                    let field = self.symbols.field(self.files, id, name);
                    let owner = field.map_or(id, |(_, owner, _)| owner);
                    self.field_writes
                        .entry((owner, name.as_str().into()))
                        .or_default()
                        .push((list, frame.func));
                }
            }
            Expr::Global(path) => {
                let key = global_key(path, &frame.module);
                self.global_writes
                    .entry(key)
                    .or_default()
                    .push((list, frame.func));
            }
            _ => {}
        }
    }

    pub(super) fn branch(
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
        let emitted: Vec<EventId> = (start..self.events.len())
            .map(|i| EventId(i as u32))
            .collect();
        let tested = self.tested(frame, cond, &emitted);
        self.branches += 1;
        let number = self.branches;
        let failed = failed_arm(frame, cond, from.is_empty());
        let branch = |arm: usize, rest: bool| Branch {
            number,
            arm,
            rest,
            failed: failed == Some(arm),
            on: tested.on.clone(),
            first: tested.first[arm].clone(),
        };
        let Some(before) = frame.copy() else {
            return false;
        };
        let transactions = frame.transactions.clone();
        let ended_then = self.arm(frame, then, when_true, branch(0, false));
        let after_then = std::mem::replace(&mut frame.env, before);
        let mut within_then = std::mem::replace(&mut frame.transactions, transactions);
        let ended_else = self.arm(frame, otherwise, when_false, branch(1, false));
        if ended_then && ended_else {
            return true;
        }
        if ended_else {
            frame.transactions = within_then;
        } else if !ended_then {
            frame.transactions.append(&mut within_then);
        }
        if ended_then {
            frame.branches.push(branch(1, true));
            frame.miss.extend_from_slice(when_false);
        } else if ended_else {
            frame.branches.push(branch(0, true));
            frame.env = after_then;
            frame.miss.extend_from_slice(when_true);
        } else {
            let after_else = std::mem::take(&mut frame.env);
            frame.env = self.join_envs(vec![after_then, after_else]);
        }
        false
    }

    pub(super) fn join_envs(&mut self, envs: Vec<Env>) -> Env {
        let id = self.fresh_choice();
        self.join_envs_as(id, envs)
    }

    fn join_envs_as(&mut self, id: u64, envs: Vec<Env>) -> Env {
        let Some(first) = envs.first() else {
            return Vec::new();
        };
        let mut out = Vec::with_capacity(first.len());
        for i in 0..first.len() {
            if envs.iter().all(|env| Arc::ptr_eq(&env[i], &first[i])) {
                out.push(first[i].clone());
                continue;
            }
            let mut from: Vec<EventId> = Vec::new();
            let mut values = Vec::with_capacity(envs.len());
            let mut ty = Ty::Unknown;
            for env in &envs {
                from.extend(&env[i].from);
                if let Some((value, t)) = &env[i].value {
                    if ty == Ty::Unknown {
                        ty = t.clone();
                    }
                    values.push(value.clone());
                }
            }
            from.sort();
            from.dedup();
            let value = if values.is_empty() {
                None
            } else {
                Some((self.join(id, values), ty))
            };
            out.push(Arc::new(Slot { value, from }));
        }
        out
    }

    pub(super) fn switch(
        &mut self,
        frame: &mut Frame,
        subject: Option<&Expr>,
        arms: &[crate::facts::Arm],
    ) -> bool {
        let subject_value = subject.map(|s| self.expr(frame, s));
        let subject_from = subject.map(|s| self.sources(frame, s)).unwrap_or_default();
        let Some(before) = frame.copy() else {
            return false;
        };
        let mut envs = Vec::new();
        // The form of the subject in each of them.
        let mut forms = Vec::new();
        // Arms that do not leave: what is missed in them.
        let mut remaining: Vec<(Vec<EventId>, Branch)> = Vec::new();
        let known = match &subject_value {
            Some((Value::Object(object), _)) if self.symbols.ty(object.ty).variant_of.is_some() => {
                Some(object.ty)
            }
            _ => None,
        };
        let mut decided = false;
        let mut has_default = false;
        // Events whose success some earlier arm has taken: the default is their miss.
        let mut taken: Vec<EventId> = Vec::new();
        let transactions = frame.transactions.clone();
        self.branches += 1;
        let number = self.branches;
        for (at, arm) in arms.iter().enumerate() {
            let asked = self.forms(frame, arm);
            if let (Some(known), Some(asked)) = (known, &asked) {
                // Of a value whose form is known, one arm is taken.
                if decided || !asked.contains(&known) && !asked.is_empty() {
                    continue;
                }
                decided = true;
            }
            frame.env = before.clone();
            frame.transactions.clone_from(&transactions);
            let mut misses: Vec<EventId> = Vec::new();
            let failed = fails(arms, arm);
            let mut branch = Branch {
                number,
                arm: at,
                rest: false,
                failed,
                // An error that leads here is no answer.
                on: if failed {
                    Vec::new()
                } else {
                    subject_from.clone()
                },
                first: Vec::new(),
            };
            if arm.conditions.is_empty() {
                has_default = true;
                misses.extend_from_slice(&taken);
            }
            for condition in &arm.conditions {
                let start = self.events.len();
                self.expr(frame, condition);
                let emitted: Vec<EventId> = (start..self.events.len())
                    .map(|i| EventId(i as u32))
                    .collect();
                let mut from = self.sources(frame, condition);
                from.extend_from_slice(&emitted);
                let first = if subject.is_none() {
                    let [first, _] = {
                        let tested = self.tested(frame, condition, &emitted);
                        branch.on.extend(tested.on);
                        tested.first
                    };
                    first
                } else if matches!(condition, Expr::Int(1)) {
                    subject_from.clone()
                } else {
                    Vec::new()
                };
                if arm.conditions.len() == 1 {
                    branch.first = first;
                }
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
            let rest = Branch {
                rest: true,
                ..branch.clone()
            };
            if !self.arm(frame, &arm.body, &misses, branch) {
                remaining.push((misses, rest));
                envs.push(std::mem::take(&mut frame.env));
                forms.push(match asked.as_deref() {
                    Some([one]) => Some(*one),
                    _ => None,
                });
            }
        }
        let exhausted = self.exhausts(frame, arms);
        let left = arms.len() - remaining.len();
        if !has_default && !decided && !exhausted {
            // Every arm leaves: what comes after is the rest.
            if envs.is_empty() && !arms.is_empty() {
                frame.branches.push(Branch {
                    number,
                    arm: arms.len(),
                    rest: true,
                    failed: false,
                    on: subject_from,
                    first: Vec::new(),
                });
            }
            envs.push(before.clone());
            forms.push(None);
        }
        if envs.is_empty() {
            frame.env = before;
            return true;
        }
        // Where all arms but one leave, what comes after goes on with that one.
        if (has_default || exhausted)
            && left > 0
            && envs.len() == 1
            && let Some((misses, rest)) = remaining.pop()
        {
            frame.miss.extend(misses);
            frame.branches.push(rest);
        }
        let id = self.fresh_choice();
        if let (Some((subject, _)), true) = (subject_value, forms.iter().any(Option::is_some)) {
            self.selectors.insert(id, (subject, forms));
        }
        frame.env = self.join_envs_as(id, envs);
        false
    }

    /// Whether arms ask for every form of a type.
    fn exhausts(&mut self, frame: &Frame, arms: &[crate::facts::Arm]) -> bool {
        let mut asked = Vec::new();
        for arm in arms {
            match self.forms(frame, arm) {
                Some(forms) => asked.extend(forms),
                None => return false,
            }
        }
        let whole = asked
            .first()
            .and_then(|form| self.symbols.ty(*form).variant_of);
        whole.is_some_and(|whole| {
            self.symbols
                .forms_of(whole)
                .iter()
                .all(|f| asked.contains(f))
        })
    }

    /// The forms of its type that an arm asks its subject for: none for what is left, `None` where it asks for
    /// something else.
    fn forms(&mut self, frame: &Frame, arm: &crate::facts::Arm) -> Option<Vec<TypeId>> {
        arm.conditions
            .iter()
            .map(|condition| match condition {
                Expr::Variant(path) => {
                    let module = path.module.as_deref().unwrap_or(&frame.module);
                    self.symbols.find_type(module, &path.name)
                }
                _ => None,
            })
            .collect()
    }

    /// A value in which choices between forms are made as far as the forms are known. `fill` says what a
    /// value is where it is asked.
    pub(super) fn select(&self, value: &Value, fill: &dyn Fn(&Value) -> Value) -> Value {
        match value {
            Value::Choice(id, values) => {
                if let Some((subject, forms)) = self.selectors.get(id)
                    && forms.len() == values.len()
                    && let Value::Object(object) = fill(subject)
                {
                    let taken = forms
                        .iter()
                        .position(|form| *form == Some(object.ty))
                        .or_else(|| forms.iter().position(Option::is_none));
                    if let Some(taken) = taken {
                        return self.select(&values[taken], fill);
                    }
                }
                let values = values.iter().map(|v| self.select(v, fill)).collect();
                Value::Choice(*id, values)
            }
            other => other.clone(),
        }
    }

    pub(super) fn repeat(&mut self, frame: &mut Frame, kind: &LoopKind, body: &[Stmt], span: Span) {
        let site = self.place(frame, span);
        let mut assigned = HashSet::new();
        let (library, lang) = (self.library, self.lang(frame));
        let changes = |name: &str| library.changes(lang, name);
        assigned_locals(body, &changes, &mut assigned);
        if let LoopKind::While { step, .. } = kind {
            assigned_locals(step, &changes, &mut assigned);
        }
        let mut over = match kind {
            LoopKind::Each { over, .. } => Some(self.expr(frame, over)),
            _ => None,
        };
        let mut counts = false;
        let mut few = false;
        let mut streams = false;
        if let Some((value, ty)) = &mut over {
            if let Some(keys) = self.keys_found(value) {
                *value = keys;
            }
            let flat = self.flat(ty);
            counts = flat == Ty::Number;
            let first = first_few(value).cloned();
            few = first.is_some();
            if let Some(all) = first {
                *value = all;
            }
            few |= match value {
                Value::Int(n) => *n <= MAX_FEW,
                Value::List {
                    items,
                    each,
                    open: false,
                    ..
                } => each.is_empty() && !items.is_empty() && items.len() <= MAX_CHOICES,
                _ => false,
            };
            let told = matches!(flat, Ty::List(_) | Ty::Map(..) | Ty::Text)
                || matches!(value, Value::List { .. } | Value::Map(_));
            streams = !told || matches!(flat, Ty::Channel(_));
            // An iterator is a function that the loop calls with its body.
            if matches!(value, Value::Function(..)) || matches!(flat, Ty::Function(_)) {
                let call = Call {
                    callee: Callee::Value(Expr::Unknown),
                    args: Vec::new(),
                    spread: false,
                    waited: true,
                    span,
                    text: String::new(),
                };
                let value = value.clone();
                self.call_value(frame, &call, value, vec![(Value::Unknown, Ty::Unknown)]);
            }
        }
        let Some(mut before) = frame.copy() else {
            return;
        };
        let mut carried = HashSet::new();
        let mut changing: Vec<LocalId> = assigned.into_iter().collect();
        changing.sort_unstable();
        for local in changing.iter().copied() {
            let Some(slot) = frame.env.get(local as usize) else {
                continue;
            };
            match &slot.value {
                Some((Value::List { .. } | Value::Map(_) | Value::Builder(_), _)) => {
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
                    let atom = Atom::new(Origin::Element(site, u64::from(local)), None, ty.clone());
                    let from = slot.from.clone();
                    self.store_local(frame, local, Value::Atom(atom), ty, from);
                }
                None => {}
            }
        }
        let sort = match kind {
            LoopKind::Each { .. } if few => LoopSort::Few,
            LoopKind::Each { .. } if counts => LoopSort::Counted,
            LoopKind::Each { value: None, .. } | LoopKind::Each { asks: true, .. } if streams => {
                LoopSort::Stream
            }
            LoopKind::Each { .. } => LoopSort::Each,
            LoopKind::While {
                counted: true,
                cond: Expr::Binary(Op::Lt | Op::Le | Op::Ne | Op::Gt | Op::Ge, _, limit),
                ..
            } if matches!(self.expr(frame, limit).0, Value::Int(n) if n <= MAX_FEW) => {
                LoopSort::Few
            }
            LoopKind::While { counted: true, .. } => LoopSort::Counted,
            LoopKind::While { .. } => LoopSort::While,
            LoopKind::Forever => LoopSort::Forever,
        };
        self.enter_loop(frame, LoopFact { sort, site });
        if let Some(own) = frame.carried.last_mut() {
            *own = carried;
        }
        if let (
            LoopKind::Each {
                key,
                value,
                over: expr,
                ..
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
        self.leave_loop(frame);
        // Text that grew from round to round is one unknown text afterwards.
        for local in &changing {
            let grown = frame
                .env
                .get(*local as usize)
                .and_then(|slot| match &slot.value {
                    Some((value, ty)) if value.is_text() => {
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
                    Arc::make_mut(before).value = None;
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
                    Some((Value::List { .. } | Value::Map(_) | Value::Builder(_), _)),
                    Some((Value::List { .. } | Value::Map(_) | Value::Builder(_), _)),
                ) => a.clone(),
                (_, None) => a.clone(),
                _ => b.clone(),
            })
            .collect();
        frame.env = self.join_envs(vec![after, lists_kept]);
    }

    /// Begins the rounds of a loop.
    pub(super) fn enter_loop(&self, frame: &mut Frame, around: LoopFact) {
        frame.loops.push(around);
        frame.running.push(Running {
            begun: self.events.len(),
            misses: frame.miss.len(),
            branches: frame.branches.len(),
        });
        frame.carried.push(HashSet::new());
    }

    /// Ends the rounds of a loop.
    pub(super) fn leave_loop(&self, frame: &mut Frame) {
        frame.running.pop();
        frame.carried.pop();
        frame.loops.pop();
    }

    /// What a round of a loop over a value has: an element, or of a map a name and a value.
    pub(super) fn element(&mut self, over: &Value, over_ty: &Ty, site: Site) -> (Value, Ty) {
        let fresh = |number: u64, ty: &Ty| {
            let origin = Origin::Element(site, u64::MAX - number);
            Value::Atom(Atom::new(origin, None, ty.clone()))
        };
        let id = self.fresh_choice();
        let ty = match self.flat(over_ty) {
            Ty::List(inner) | Ty::Channel(inner) => (*inner).clone(),
            Ty::Map(key, value) => {
                let ty = Ty::Tuple(Arc::from([(*key).clone(), (*value).clone()]));
                let (keys, values) = match over {
                    Value::Map(entries) if !entries.is_empty() && entries.len() <= MAX_CHOICES => {
                        let (keys, values): (Vec<_>, Vec<_>) = entries.iter().cloned().unzip();
                        (self.join(id, keys), self.join(id, values))
                    }
                    _ => (fresh(0, &key), fresh(1, &value)),
                };
                return (Value::list(vec![keys, values]), ty);
            }
            Ty::Number => Ty::Number,
            _ => Ty::Unknown,
        };
        if let Value::List { .. } = over {
            let lists = self.elements.entry(site).or_default();
            if lists.len() < 4 && !lists.contains(over) {
                lists.push(over.clone());
            }
        }
        let known = match over {
            Value::List {
                items,
                each,
                open: false,
                ..
            } if each.is_empty() && !items.is_empty() && items.len() <= MAX_CHOICES => {
                Some(self.join(id, items.clone()))
            }
            Value::List {
                items,
                each,
                open: false,
                ..
            } if items.is_empty() && !each.is_empty() => {
                Some(self.join(id, each.clone()).one_of_each(site))
            }
            _ => None,
        };
        match known {
            Some(value) if value != Value::Unknown => (value, ty),
            _ => (fresh(1, &ty), ty),
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one loop header binds all of these together"
    )]
    pub(super) fn bind_elements(
        &mut self,
        frame: &mut Frame,
        key: Option<&Place>,
        value: Option<&Place>,
        over: Value,
        over_ty: Ty,
        site: Site,
        from: &[EventId],
    ) {
        let flat = self.flat(&over_ty);
        if key.is_none()
            && let (Ty::Map(..), Some(place)) = (&flat, value)
        {
            // Names and values come together.
            let (pair, ty) = self.element(&over, &over_ty, site);
            self.store(frame, place, pair, ty, from.to_vec());
            return;
        }
        let (key, value) = match (&flat, value) {
            (Ty::Channel(_), None) => (None, key),
            _ => (key, value),
        };
        let (key_ty, value_ty) = match flat {
            Ty::Channel(inner) => (Ty::Unknown, (*inner).clone()),
            Ty::List(inner) => (Ty::Number, (*inner).clone()),
            Ty::Map(key, value) => ((*key).clone(), (*value).clone()),
            Ty::Text => (Ty::Number, Ty::Number),
            _ => (Ty::Unknown, Ty::Unknown),
        };
        let id = self.fresh_choice();
        let plain = matches!(value_ty, Ty::Text | Ty::Number | Ty::Bool | Ty::Error);
        if !plain && !matches!(over, Value::Unknown | Value::Text(_)) {
            let lists = self.elements.entry(site).or_default();
            if lists.len() < 4 && !lists.contains(&over) {
                lists.push(over.clone());
            }
        }
        let (key_value, element) = match over {
            Value::List {
                items,
                each,
                open: false,
                ..
            } if each.is_empty() && !items.is_empty() && items.len() <= MAX_CHOICES => {
                (None, Some(self.join(id, items)))
            }
            Value::List {
                items,
                each,
                open: false,
                ..
            } if items.is_empty() && !each.is_empty() => {
                (None, Some(self.join(id, each).one_of_each(site)))
            }
            // Each node that a cluster client gives is a connection to one.
            Value::Atom(atom) if matches!(&atom.origin, Origin::Call { callee, .. } if &**callee == "node") => {
                (None, Some(retype(Value::Atom(atom), &value_ty)))
            }
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
                    Value::Atom(Atom::new(
                        Origin::Element(site, u64::MAX - number),
                        None,
                        ty.clone(),
                    ))
                });
                this.store(frame, place, value, ty, from.to_vec());
            };
        bind(self, key, key_value, key_ty, 0);
        bind(self, value, element, value_ty, 1);
    }
}

/// What a value is the first few of.
pub(super) fn first_few(value: &Value) -> Option<&Value> {
    let Value::Atom(Atom {
        origin: Origin::Call { callee, args, .. },
        ..
    }) = value
    else {
        return None;
    };
    (&**callee == "few").then(|| args.first())?
}

/// Whether an index names one element of a list that is known to its end.
fn known_place(index: &Value, items: &[Value], each: &[Value]) -> bool {
    matches!(index, Value::Int(n) if each.is_empty()
        && usize::try_from(*n).is_ok_and(|n| n < items.len())
        && !items.iter().any(|i| matches!(i, Value::Rest(_))))
}

/// Whether a value is a function, or may hold one that nobody sees here.
pub(super) fn holds_function(value: &Value, ty: &Ty) -> bool {
    match value {
        Value::Function(..) | Value::Object(_) => true,
        Value::Choice(_, values) => values.iter().any(|v| holds_function(v, ty)),
        Value::Atom(_) => matches!(ty, Ty::Function(_) | Ty::Named(_)),
        _ => false,
    }
}

/// Whether an arm is taken only where there is an error.
fn fails(arms: &[crate::facts::Arm], arm: &crate::facts::Arm) -> bool {
    let only = |arm: &crate::facts::Arm, what: &Expr| {
        !arm.conditions.is_empty() && arm.conditions.iter().all(|c| c == what)
    };
    if !arm.conditions.is_empty() {
        return only(arm, &Expr::Failed);
    }
    let mut others = arms.iter().filter(|other| !other.conditions.is_empty());
    others.clone().next().is_some() && others.all(|other| only(other, &Expr::Fine))
}
