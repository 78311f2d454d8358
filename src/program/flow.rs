//! Carries commands with open keys up to the callers that know them, and gathers the keys that must
//! share a slot.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::eval::Evaluator;
use super::ids::{EventId, FuncId, Site};
use super::library::Connection;
use super::model::{Access, EventKind, KeyUse, Pick};
use super::subst::{opened_up, subst};
use super::targets::Need;
use super::value::{
    Atom, Connected, Fnv, MAX_CHOICES, Origin, Part, RECEIVER, Value, concat, render,
};
use crate::redis::endpoint;

/// One key of a command, as far as one call path tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The key: text or an unknown value.
    pub value: Value,
    /// What happens to it.
    pub access: Access,
    /// Whether it stands for several elements of a list.
    pub many: bool,
    /// The command.
    pub command: EventId,
}

/// A command on one call path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instance {
    /// The command.
    pub event: EventId,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Whether there may be other keys.
    pub open: bool,
    /// What it is sent through.
    pub receiver: Value,
    /// The glob pattern.
    pub pattern: Option<Value>,
    /// Calls that lead here, outermost first.
    pub chain: Vec<EventId>,
    /// The function where the path begins.
    pub root: FuncId,
    /// Whether its queue has been gathered.
    queued: bool,
    /// What a parameter further up must hold for this path.
    need: Option<Need>,
}

/// Keys that run as one: a queue, a script, a command with several keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit {
    /// Where it begins: the queue, or the command.
    pub event: EventId,
    /// Where it begins for who fills it: the call of what opened the queue, if that is another function.
    pub at: EventId,
    /// The keys, in order.
    pub keys: Vec<Key>,
    /// Calls that lead here, outermost first.
    pub chain: Vec<EventId>,
    /// The function where the path begins.
    pub root: FuncId,
    /// What it is sent through.
    pub receiver: Value,
    /// What a parameter further up must hold for this path.
    need: Option<Need>,
}

/// What calls carry upwards.
trait Carried {
    fn keys(&self) -> &[Key];
    fn chain(&mut self) -> &mut Vec<EventId>;
}

impl Carried for Instance {
    fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn chain(&mut self) -> &mut Vec<EventId> {
        &mut self.chain
    }
}

impl Carried for Unit {
    fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn chain(&mut self) -> &mut Vec<EventId> {
        &mut self.chain
    }
}

/// Calls are followed upwards this far.
const MAX_CHAIN: usize = 8;
/// A value is filled in from callers at no more places than this.
const MAX_STEPS: usize = 4096;
/// No function carries more instances than this.
const MAX_INSTANCES: usize = 512;
/// No function carries what others send once its values are made of more atoms than this: keys of many
/// parts that many callers hand on would fill the memory.
const MAX_CARRIED: u32 = 24_000;
/// Fields and calls are put into one set of keys this often.
const MAX_FILLED: usize = 64;
/// No unit is expanded into more combinations than this.
const MAX_COMBINATIONS: usize = 32;

/// What is known in one function: commands and units of its own and of what it calls.
type Gathered = Arc<(Vec<Instance>, Vec<Unit>)>;

/// What is known of a field or module variable.
#[derive(Default)]
struct Known {
    /// Its values, if all are known.
    values: Option<Vec<Value>>,
    /// Whether one of them holds a brace.
    braced: bool,
}

/// Call graph and values of a whole program, ready for questions.
pub struct Flow<'e, 'f> {
    eval: &'e Evaluator<'f>,
    /// Live functions.
    live: &'e BTreeSet<FuncId>,
    /// Functions that take no part: tests.
    ignored: &'e BTreeSet<FuncId>,
    /// Events of each function, in order.
    pub events_of: HashMap<FuncId, Vec<EventId>>,
    /// Calls of each function by live functions.
    pub callers: HashMap<FuncId, Vec<EventId>>,
    defined_in: HashMap<FuncId, EventId>,
    gathered: HashMap<FuncId, Gathered>,
    fields: HashMap<Origin, Known>,
    /// What several fields of one object may hold at once.
    objects: HashMap<Vec<Origin>, Option<Vec<Vec<Value>>>>,
    choices: u64,
    /// Whether the call of a value is being looked into: one within it is not.
    calling: bool,
}

impl<'e, 'f> Flow<'e, 'f> {
    /// Prepares the questions. `live` are the functions that run, `ignored` those that take no part.
    #[must_use]
    pub fn new(
        eval: &'e Evaluator<'f>,
        live: &'e BTreeSet<FuncId>,
        ignored: &'e BTreeSet<FuncId>,
    ) -> Self {
        let mut events_of: HashMap<FuncId, Vec<EventId>> = HashMap::new();
        let mut callers: HashMap<FuncId, Vec<EventId>> = HashMap::new();
        let mut defined_in = HashMap::new();
        for (i, event) in eval.events.iter().enumerate() {
            let id = EventId(i as u32);
            events_of.entry(event.func).or_default().push(id);
            match &event.kind {
                EventKind::Call { callees, .. } if live.contains(&event.func) => {
                    for callee in callees {
                        callers.entry(*callee).or_default().push(id);
                    }
                }
                EventKind::Define(closure) => {
                    defined_in.entry(*closure).or_insert(id);
                }
                _ => {}
            }
        }
        Self {
            eval,
            live,
            ignored,
            events_of,
            callers,
            defined_in,
            gathered: HashMap::new(),
            fields: HashMap::new(),
            objects: HashMap::new(),
            choices: 0,
            calling: false,
        }
    }

    /// Every command and unit on every path, where it is known best. Paths through functions that
    /// nothing reaches are left out where others exist.
    pub fn finals(&mut self) -> (Vec<Instance>, Vec<Unit>) {
        let mut instances = Vec::new();
        let mut units = Vec::new();
        for number in 0..self.eval.symbols.functions.len() {
            let func = FuncId(number as u32);
            if self.ignored.contains(&func) {
                continue;
            }
            let gathered = self.gather(func, &mut Vec::new());
            let top = !self.has_upper(func);
            for instance in &gathered.0 {
                // What is reached is not judged on paths that nothing takes.
                let of = self.eval.events[instance.event.0 as usize].func;
                if self.live.contains(&of) && !self.live.contains(&func) {
                    continue;
                }
                if top || instance.chain.len() >= MAX_CHAIN || !self.rises(instance, func) {
                    instances.push(instance.clone());
                }
            }
            for unit in &gathered.1 {
                let of = self.eval.events[unit.event.0 as usize].func;
                if self.live.contains(&of) && !self.live.contains(&func) {
                    continue;
                }
                if top || unit.chain.len() >= MAX_CHAIN || !self.is_open(&unit.keys, func) {
                    units.push(unit.clone());
                }
            }
        }
        instances.sort();
        instances.dedup();
        units.sort();
        units.dedup();
        (instances, units)
    }

    /// The module that a function stands in.
    fn module_of(&self, func: FuncId) -> &'f str {
        self.eval.symbols.module_of(self.eval.files, func)
    }

    fn has_upper(&self, func: FuncId) -> bool {
        self.callers.contains_key(&func) || self.defined_in.contains_key(&func)
    }

    /// Whether keys depend on what callers of a function pass, or on the function around a closure.
    fn is_open(&self, keys: &[Key], func: FuncId) -> bool {
        keys.iter().any(|k| self.depends(&k.value, func))
    }

    fn depends(&self, value: &Value, func: FuncId) -> bool {
        let mut found = false;
        value.atoms(&mut |atom| {
            if let Origin::Param(of, number) = &atom.origin {
                found |=
                    *number != RECEIVER && *of == func || *of != func && self.encloses(*of, func);
            }
        });
        found
    }

    /// Whether a closure is called by a function that does not share its variables.
    fn is_foreign(&self, closure: FuncId, caller: FuncId) -> bool {
        self.eval.symbols.func(closure).parent.is_some()
            && !self.eval.symbols.share_locals(closure, caller)
    }

    /// An instance of a closure that others call, once for each way in which the function around the
    /// closure is called: what it captured comes from there.
    fn with_captured(&self, instance: Instance, closure: FuncId, foreign: bool) -> Vec<Instance> {
        let mut out = vec![instance];
        let mut inner = closure;
        while foreign && let Some(outer) = self.eval.symbols.func(inner).parent {
            inner = outer;
            let Some(calls) = self.callers.get(&outer) else {
                continue;
            };
            if calls.len() > MAX_CHOICES || !out.iter().any(|i| self.uses_own(&i.keys, outer)) {
                continue;
            }
            out = out
                .iter()
                .flat_map(|instance| {
                    calls.iter().filter_map(|call| {
                        let event = &self.eval.events[call.0 as usize];
                        let EventKind::Call { receiver, args, .. } = &event.kind else {
                            return None;
                        };
                        let filled = lift_instance(instance, outer, receiver.as_ref(), args, *call);
                        Some(Instance {
                            chain: instance.chain.clone(),
                            ..filled
                        })
                    })
                })
                .take(MAX_COMBINATIONS)
                .collect();
        }
        out
    }

    /// Whether an instance depends on what a function is called with.
    fn is_own(&self, instance: &Instance, func: FuncId) -> bool {
        self.uses_own(&instance.keys, func)
            || has_param(&instance.receiver, func)
            || instance
                .pattern
                .as_ref()
                .is_some_and(|p| has_param(p, func))
    }

    /// Whether keys depend on what a function is called with.
    fn uses_own(&self, keys: &[Key], func: FuncId) -> bool {
        keys.iter().any(|k| has_param(&k.value, func))
    }

    /// Whether `outer` is a function around the closure `inner`.
    fn encloses(&self, outer: FuncId, inner: FuncId) -> bool {
        let mut around = self.eval.symbols.enclosing(inner).skip(1);
        around.any(|func| func == outer)
    }

    /// Whether an instance in `func` is known better further up.
    fn rises(&self, instance: &Instance, func: FuncId) -> bool {
        if self.is_open(&instance.keys, func)
            || instance
                .pattern
                .as_ref()
                .is_some_and(|p| self.depends(p, func))
        {
            return true;
        }
        match &instance.receiver {
            Value::Queue(queue, 0) if !instance.queued => {
                let opened = self.eval.events[queue.0 as usize].func;
                opened != func && self.encloses(opened, func)
            }
            Value::Atom(atom) => {
                let queued = self.eval.events[instance.event.0 as usize]
                    .command()
                    .is_some_and(|c| c.queued);
                queued && self.depends(&Value::Atom(atom.clone()), func)
            }
            _ => false,
        }
    }

    /// Whether a command is sent through a type that collects commands.
    fn is_queue(&self, event: EventId) -> bool {
        self.eval.events[event.0 as usize]
            .command()
            .is_some_and(|c| super::is_queue_type(self.eval, c.receiver_type))
    }

    fn gather(&mut self, func: FuncId, stack: &mut Vec<FuncId>) -> Gathered {
        if let Some(known) = self.gathered.get(&func) {
            return known.clone();
        }
        if stack.contains(&func) || stack.len() > 64 {
            return Arc::new((Vec::new(), Vec::new()));
        }
        stack.push(func);
        let mut instances: Vec<Instance> = Vec::new();
        let mut units: Vec<Unit> = Vec::new();
        // Paths that make no difference: one of the shortest is kept.
        let mut seen: HashMap<u64, usize> = HashMap::new();
        let mut seen_units: HashMap<u64, usize> = HashMap::new();
        let mut carried: u32 = 0;
        let events = self.events_of.get(&func).cloned().unwrap_or_default();
        for id in events {
            let event = &self.eval.events[id.0 as usize];
            match &event.kind {
                EventKind::Command(command) => {
                    for keys in self.shapes(&command.keys) {
                        let mut instance = Instance {
                            event: id,
                            keys: Vec::new(),
                            open: false,
                            receiver: command.receiver.clone(),
                            pattern: command.pattern.clone(),
                            chain: Vec::new(),
                            root: func,
                            queued: false,
                            need: None,
                        };
                        for key in &keys {
                            flatten(&key.value, &key.pick, key.access, id, &mut instance);
                        }
                        if instance.keys.len() > 1 || instance.keys.iter().any(|k| k.many) {
                            units.push(Unit {
                                event: id,
                                at: id,
                                keys: instance.keys.clone(),
                                chain: Vec::new(),
                                root: func,
                                receiver: instance.receiver.clone(),
                                need: None,
                            });
                        }
                        if command.queued {
                            self.spread_queued(id, &mut instance.keys);
                        }
                        instances.push(instance);
                    }
                }
                EventKind::Call {
                    callees,
                    receiver,
                    args,
                } => {
                    let (callees, receiver, args) =
                        (callees.clone(), receiver.clone(), args.clone());
                    let module = self.module_of(func);
                    for callee in callees {
                        let below = self.gather(callee, stack);
                        let foreign = self.is_foreign(callee, func);
                        let own = self.eval.handed.get(&id).map(|(func, number)| Need {
                            func: *func,
                            number: *number,
                            target: callee,
                        });
                        for instance in &below.0 {
                            let of = self.eval.events[instance.event.0 as usize].func;
                            if instance.chain.len() < MAX_CHAIN
                                && self.eval.symbols.may_meet(module, self.module_of(of))
                                && carried < MAX_CARRIED
                                && self.rises(instance, callee)
                                && (!foreign || self.is_own(instance, callee))
                                && let Some(need) = Need::above(instance.need, callee, &args)
                            {
                                let mut lifted =
                                    lift_instance(instance, callee, receiver.as_ref(), &args, id);
                                lifted.root = func;
                                lifted.need = need.or(own);
                                for mut lifted in self.with_captured(lifted, callee, foreign) {
                                    // Ways to the same queue are told apart, others are not.
                                    let chain = std::mem::take(&mut lifted.chain);
                                    let bare = if matches!(lifted.receiver, Value::Queue(..)) {
                                        hash(&(&lifted, &chain))
                                    } else {
                                        hash(&lifted)
                                    };
                                    lifted.chain = chain;
                                    carried += carry(&mut instances, &mut seen, lifted, bare);
                                }
                            }
                        }
                        for unit in &below.1 {
                            let of = self.eval.events[unit.event.0 as usize].func;
                            if unit.chain.len() < MAX_CHAIN
                                && self.eval.symbols.may_meet(module, self.module_of(of))
                                && carried < MAX_CARRIED
                                && self.is_open(&unit.keys, callee)
                                && (!foreign || self.uses_own(&unit.keys, callee))
                                && let Some(need) = Need::above(unit.need, callee, &args)
                            {
                                let mut lifted =
                                    lift_unit(unit, callee, receiver.as_ref(), &args, id);
                                lifted.root = func;
                                lifted.need = need.or(own);
                                let chain = std::mem::take(&mut lifted.chain);
                                let bare = hash(&lifted);
                                lifted.chain = chain;
                                carried += carry(&mut units, &mut seen_units, lifted, bare);
                            }
                        }
                    }
                }
                EventKind::Define(closure) => {
                    let closure = *closure;
                    // A closure that is called by name is carried up by those calls.
                    if self.defined_in.get(&closure) != Some(&id) {
                        continue;
                    }
                    let calls = self.callers.get(&closure).map_or(&[][..], Vec::as_slice);
                    let events = &self.eval.events;
                    let near = calls
                        .iter()
                        .any(|c| !self.is_foreign(closure, events[c.0 as usize].func));
                    if near {
                        continue;
                    }
                    // What others fill in is carried up by their calls.
                    let called = !calls.is_empty();
                    let below = self.gather(closure, stack);
                    for instance in &below.0 {
                        if self.rises(instance, closure)
                            && instance.chain.len() < MAX_CHAIN
                            && !(called && self.is_own(instance, closure))
                        {
                            let mut lifted = instance.clone();
                            lifted.root = func;
                            instances.push(lifted);
                        }
                    }
                    for unit in &below.1 {
                        if self.is_open(&unit.keys, closure)
                            && !(called && self.uses_own(&unit.keys, closure))
                        {
                            let mut lifted = unit.clone();
                            lifted.root = func;
                            units.push(lifted);
                        }
                    }
                }
                EventKind::Queue { .. } | EventKind::Connect(_) => {}
            }
            instances.truncate(MAX_INSTANCES);
            units.truncate(MAX_INSTANCES);
        }
        self.gather_queues(func, &mut instances, &mut units);
        stack.pop();
        let out = Arc::new((instances, units));
        self.gathered.insert(func, out.clone());
        out
    }

    /// A key that is queued in a loop stands for many: what the loop goes over differs from round to round.
    fn spread_queued(&self, id: EventId, keys: &mut [Key]) {
        let event = &self.eval.events[id.0 as usize];
        let opened = event.command().and_then(|c| match c.receiver {
            Value::Queue(queue, _) => Some(&self.eval.events[queue.0 as usize]),
            _ => None,
        });
        let outer = opened
            .filter(|queue| queue.func == event.func)
            .map_or(&[][..], |queue| queue.loops.as_slice());
        let inner: Vec<Site> = event
            .loops
            .iter()
            .filter(|around| !outer.contains(around))
            .map(|around| around.site)
            .collect();
        if inner.is_empty() {
            return;
        }
        for key in keys {
            let mut varies = false;
            key.value.atoms(&mut |atom| {
                varies |= matches!(&atom.origin, Origin::Element(site, _) if inner.contains(site));
            });
            if varies {
                key.many = true;
                key.value = key.value.spread_over(&inner);
            }
        }
    }

    /// Keys of a command with lists and scripts that fields and module variables hold, once for each
    /// alternative of a list.
    fn shapes(&mut self, keys: &[KeyUse]) -> Vec<Vec<KeyUse>> {
        let open = |key: &KeyUse| match &key.pick {
            Pick::One => false,
            Pick::Counted(count) => is_held(&key.value) || is_held(count),
            _ => is_held(&key.value),
        };
        if !keys.iter().any(open) {
            return vec![keys.to_vec()];
        }
        let mut values = Vec::new();
        for key in keys {
            values.push(if key.pick == Pick::One {
                key.value.clone()
            } else {
                self.held(&key.value)
            });
            if let Pick::Counted(count) = &key.pick {
                values.push(self.held(count));
            }
        }
        let mut out = Vec::new();
        for chosen in choices(&values) {
            let mut chosen = chosen.into_iter();
            let mut shape = Vec::new();
            for key in keys {
                let value = chosen.next().unwrap_or_default();
                let pick = match &key.pick {
                    Pick::Counted(_) => Pick::Counted(Box::new(chosen.next().unwrap_or_default())),
                    other => other.clone(),
                };
                shape.push(KeyUse {
                    value,
                    pick,
                    access: key.access,
                });
            }
            out.push(shape);
        }
        out
    }

    /// A value, or the alternatives that its field or module variable holds.
    fn held(&mut self, value: &Value) -> Value {
        match value {
            Value::Atom(atom) => match self.alternatives(atom) {
                Some(mut values) if values.len() == 1 => values.swap_remove(0),
                // A number of its own: fields vary on their own account.
                Some(values) => Value::Choice(self.fresh_choice(), values),
                None => value.clone(),
            },
            Value::Choice(id, values) => {
                Value::Choice(*id, values.iter().map(|v| self.held(v)).collect())
            }
            Value::List {
                items,
                each,
                open,
                lead,
            } if is_held(value) => {
                let items = items
                    .iter()
                    .map(|item| match item {
                        Value::Rest(list) => Value::Rest(Box::new(self.held(list))),
                        item => item.clone(),
                    })
                    .collect();
                opened_up(Value::List {
                    items,
                    each: each.clone(),
                    open: *open,
                    lead: *lead,
                })
            }
            other => other.clone(),
        }
    }

    fn fresh_choice(&mut self) -> u64 {
        self.choices += 1;
        // Far from the numbers that evaluation gives.
        u64::MAX - self.choices
    }

    /// Puts together the commands of each queue whose opening is known here.
    fn gather_queues(&self, func: FuncId, instances: &mut [Instance], units: &mut Vec<Unit>) {
        let mut queues: BTreeMap<(EventId, u64), Vec<usize>> = BTreeMap::new();
        for (i, instance) in instances.iter().enumerate() {
            if instance.queued {
                continue;
            }
            if let Value::Queue(queue, context) = instance.receiver {
                let opened = self.eval.events[queue.0 as usize].func;
                if context != 0 || opened == func || !self.encloses(opened, func) {
                    queues.entry((queue, context)).or_default().push(i);
                }
            }
        }
        for ((queue, context), members) in queues {
            let keys = queue_up(instances, &members);
            let EventKind::Queue { receiver, .. } = &self.eval.events[queue.0 as usize].kind else {
                continue;
            };
            units.push(Unit {
                event: queue,
                at: self.opened_for(queue, context, func),
                keys,
                chain: Vec::new(),
                root: func,
                receiver: receiver.clone(),
                need: None,
            });
        }
        // A queue that is a parameter nobody fills: its commands still run together.
        let mut open: BTreeMap<Value, Vec<usize>> = BTreeMap::new();
        for (i, instance) in instances.iter().enumerate() {
            if !instance.queued
                && self.is_queue(instance.event)
                && matches!(instance.receiver, Value::Atom(_))
                && (!self.has_upper(func) || !self.depends(&instance.receiver, func))
            {
                open.entry(instance.receiver.clone()).or_default().push(i);
            }
        }
        for (receiver, members) in open {
            let keys = queue_up(instances, &members);
            units.push(Unit {
                event: instances[members[0]].event,
                at: instances[members[0]].event,
                keys,
                chain: Vec::new(),
                root: func,
                receiver,
                need: None,
            });
        }
    }

    /// The call that opened a queue for the function that fills it.
    fn opened_for(&self, queue: EventId, context: u64, func: FuncId) -> EventId {
        let events = &self.eval.events;
        let call = self.eval.calls.get(&context).copied();
        call.filter(|call| {
            let by = events[call.0 as usize].func;
            self.eval.symbols.share_locals(by, func)
                && !self
                    .eval
                    .symbols
                    .share_locals(events[queue.0 as usize].func, func)
        })
        .unwrap_or(queue)
    }

    /// All combinations of keys once every alternative is taken, the same alternative in all keys.
    pub fn combinations(&mut self, values: &[Value]) -> Vec<Vec<Value>> {
        let mut out = self.by_choice(values).concat();
        out.truncate(MAX_COMBINATIONS);
        out
    }

    /// For each choice of alternatives, the keys with what fields and module variables may hold.
    pub fn by_choice(&mut self, values: &[Value]) -> Vec<Vec<Vec<Value>>> {
        let mut out: Vec<Vec<Vec<Value>>> = Vec::new();
        let mut phantoms = BTreeSet::new();
        for chosen in choices(values) {
            let sets = self.filled(&chosen);
            for keys in &sets {
                for (at, _) in chosen.iter().enumerate().filter(|(_, v)| v.begins_open()) {
                    if let Some(bare) = keys[at].without_separator() {
                        phantoms.insert((keys.clone(), at, bare));
                    }
                }
            }
            out.push(sets);
        }
        // An empty prefix before a separator: the code asks about it and takes the other way.
        for (phantom, at, bare) in phantoms {
            let mut real = phantom.clone();
            real[at] = bare;
            if out.iter().flatten().any(|keys| *keys == real) {
                out.iter_mut()
                    .for_each(|sets| sets.retain(|keys| *keys != phantom));
            }
        }
        out
    }

    /// Keys with the values that fields and module variables may have, the same in all keys.
    fn filled(&mut self, values: &[Value]) -> Vec<Vec<Value>> {
        let mut done = Vec::new();
        let mut todo: Vec<(Vec<Value>, Vec<Origin>)> = vec![(values.to_vec(), Vec::new())];
        while let Some((current, replaced)) = todo.pop() {
            // What more is known than can be told apart stays as it is.
            let full = done.len() + todo.len() > MAX_COMBINATIONS || replaced.len() >= MAX_FILLED;
            let mut values = current.iter().filter(|_| !full);
            let resolvable = values.find_map(|v| self.resolvable(v, &replaced));
            let Some((origin, alternatives)) = resolvable else {
                done.push(current);
                continue;
            };
            // Fields of one object take their values together.
            let siblings = siblings(&current, &origin);
            let rows = (siblings.len() > 1).then(|| self.together(&siblings));
            let (origins, rows) = match rows.flatten() {
                Some(rows) => (siblings.into_iter().map(|atom| atom.origin).collect(), rows),
                None => {
                    let rows = alternatives.into_iter().map(|value| vec![value]);
                    (vec![origin], rows.collect::<Vec<_>>())
                }
            };
            let replaced = [replaced, origins.clone()].concat();
            for row in rows.iter().rev() {
                let fill = |value: &Value| {
                    let pairs = origins.iter().zip(row);
                    pairs.fold(value.clone(), |v, (origin, by)| replace(&v, origin, by))
                };
                todo.push((current.iter().map(fill).collect(), replaced.clone()));
            }
        }
        done
    }

    /// What several fields of one object may hold at once, if one function writes each of them, and all is known.
    fn together(&mut self, siblings: &[Atom]) -> Option<Vec<Vec<Value>>> {
        let key: Vec<Origin> = siblings.iter().map(field_key).collect();
        if let Some(known) = self.objects.get(&key) {
            return known.clone();
        }
        self.objects.insert(key.clone(), None);
        let rows = self.rows(siblings);
        self.objects.insert(key, rows.clone());
        rows
    }

    fn rows(&mut self, siblings: &[Atom]) -> Option<Vec<Vec<Value>>> {
        let mut items = Vec::new();
        let mut by = None;
        for atom in siblings {
            let Origin::Field(_, owner, name) = &atom.origin else {
                return None;
            };
            let field = (*owner, name.clone());
            let writes = self.eval.field_writes.get(&field)?;
            let mut writes = writes.iter().filter(|(_, func)| self.live.contains(func));
            let (value, func) = writes.next()?;
            if writes.next().is_some()
                || self.eval.filled.contains(&field)
                || by.is_some_and(|by| by != *func)
            {
                return None;
            }
            by = Some(*func);
            items.push(value.clone());
        }
        let mut out = Vec::new();
        let mut steps = MAX_STEPS;
        let known = self.close(&Value::Tuple(items), &mut Vec::new(), &mut steps, &mut out);
        out.sort();
        out.dedup();
        let rows: Vec<Vec<Value>> = out
            .into_iter()
            .filter_map(|row| match row {
                Value::Tuple(items) => Some(items),
                _ => None,
            })
            .collect();
        let told = rows.iter().flatten().all(|value| value.parts().is_some());
        (known && told && !rows.is_empty() && rows.len() <= MAX_CHOICES).then_some(rows)
    }

    /// Whether fields or module variables with several values stand in a text beside something else that
    /// is not literal.
    pub fn varies_by_field(&mut self, value: &Value) -> bool {
        let texts: Vec<Vec<Part>> = choices(std::slice::from_ref(value))
            .into_iter()
            .filter_map(|v| v.first().and_then(Value::parts))
            .collect();
        texts.iter().any(|parts| {
            let holes: Vec<Atom> = parts
                .iter()
                .filter_map(|p| match p {
                    Part::Hole(atom) => Some(atom.clone()),
                    Part::Lit(_) => None,
                })
                .collect();
            parts.len() > 1
                && holes.iter().any(|atom| {
                    matches!(atom.origin, Origin::Field(..) | Origin::Global(_))
                        && self.alternatives(atom).is_some_and(|a| a.len() > 1)
                })
        })
    }

    /// Whether a value that is not known may hold a brace: some value stored to its field does.
    pub fn may_hold_brace(&mut self, atom: &Atom) -> bool {
        if !matches!(atom.origin, Origin::Field(..) | Origin::Global(_)) {
            return false;
        }
        self.alternatives(atom);
        self.fields
            .get(&field_key(atom))
            .is_some_and(|known| known.braced)
    }

    /// A field or module variable in a value whose possible values are known.
    /// What leads back to a value that has been replaced before is left as it is.
    fn resolvable(&mut self, value: &Value, replaced: &[Origin]) -> Option<(Origin, Vec<Value>)> {
        let mut candidates = Vec::new();
        value.atoms(&mut |atom| match &atom.origin {
            Origin::Field(..) | Origin::Global(_) => candidates.push(atom.clone()),
            Origin::Call { callee, .. } if &**callee == "call" => candidates.push(atom.clone()),
            _ => {}
        });
        // Only what stands in the text itself can be replaced.
        let holes = holes(value);
        for atom in candidates {
            if !holes.contains(&&atom) || replaced.contains(&atom.origin) {
                continue;
            }
            let values = match &atom.origin {
                Origin::Call { args, .. } => self.called(args),
                _ => self.alternatives(&atom),
            };
            if let Some(values) = values
                && values.iter().all(|v| v.parts().is_some())
            {
                return Some((atom.origin, values));
            }
        }
        None
    }

    /// What a function, or those that a field or module variable may hold, return for some arguments, if
    /// all are known.
    fn called(&mut self, args: &[Value]) -> Option<Vec<Value>> {
        let (held, args) = args.split_first()?;
        if self.calling {
            return None;
        }
        let functions = match held {
            Value::Function(..) => vec![held.clone()],
            Value::Atom(held) if matches!(held.origin, Origin::Field(..) | Origin::Global(_)) => {
                self.alternatives(held)?
            }
            _ => return None,
        };
        let mut out = Vec::new();
        for function in functions {
            let Value::Function(func, bound) = function else {
                return None;
            };
            let returned = self.eval.returns(func)?;
            let returned = subst(&returned, func, bound.as_deref(), args, 0);
            // What a closure took from the function around it is known by that one's callers.
            let mut filled = Vec::new();
            let mut steps = MAX_STEPS;
            self.calling = true;
            let known = self.close(&returned, &mut Vec::new(), &mut steps, &mut filled);
            self.calling = false;
            if known {
                out.extend(filled);
            } else {
                out.push(returned);
            }
        }
        out.sort();
        out.dedup();
        (out.len() <= MAX_CHOICES).then_some(out)
    }

    /// The values that a field or module variable may have, if all are known.
    pub fn alternatives(&mut self, atom: &Atom) -> Option<Vec<Value>> {
        let key = field_key(atom);
        if let Some(known) = self.fields.get(&key) {
            return known.values.clone();
        }
        // Found again on the way: a value that depends on itself.
        self.fields.insert(key.clone(), Known::default());
        let writes = match &atom.origin {
            Origin::Field(_, owner, name) => self.eval.field_writes.get(&(*owner, name.clone())),
            Origin::Global(name) => self.eval.global_writes.get(name),
            _ => None,
        };
        let mut out: Vec<Value> = Vec::new();
        let mut steps = MAX_STEPS;
        let filled = matches!(&atom.origin, Origin::Field(_, owner, name)
            if self.eval.filled.contains(&(*owner, name.clone())));
        let mut complete = writes.is_some() && !filled;
        for (value, func) in writes.into_iter().flatten() {
            if !self.live.contains(func) {
                continue;
            }
            complete &= self.close(value, &mut Vec::new(), &mut steps, &mut out);
        }
        out.sort();
        out.dedup();
        if out.len() > MAX_CHOICES {
            collapse(&mut out);
        }
        let braced = out.iter().any(has_brace);
        let values = (complete && !out.is_empty() && out.len() <= MAX_CHOICES).then_some(out);
        self.fields.insert(
            key,
            Known {
                values: values.clone(),
                braced,
            },
        );
        values
    }

    /// Collects what a value in `func` can be once its parameters are filled by callers. False when
    /// something stays open.
    fn close(
        &mut self,
        value: &Value,
        stack: &mut Vec<FuncId>,
        steps: &mut usize,
        out: &mut Vec<Value>,
    ) -> bool {
        if let Value::Choice(_, values) = value {
            return values.iter().all(|v| self.close(v, stack, steps, out));
        }
        let Some(left) = steps.checked_sub(1) else {
            return false;
        };
        *steps = left;
        let mut open = None;
        value.atoms(&mut |atom| {
            if let Origin::Param(of, number) = &atom.origin
                && *number != RECEIVER
            {
                open.get_or_insert((*of, usize::from(*number)));
            }
        });
        if let Some((of, number)) = open {
            if stack.contains(&of) || stack.len() > MAX_CHAIN {
                return false;
            }
            let mut callers = self.callers.get(&of).cloned().unwrap_or_default();
            // Calls by code outside the program do not say what they give.
            callers.retain(|call| match &self.eval.events[call.0 as usize].kind {
                EventKind::Call { args, .. } => args.len() > number,
                _ => false,
            });
            if callers.is_empty() {
                // Nobody says more: text with something literal in it is still worth having.
                let known = match value {
                    Value::List { items, each, .. } => items.iter().chain(each).any(has_literal),
                    Value::Script(..) | Value::Function(..) => true,
                    Value::Tuple(items) => items.iter().all(has_literal),
                    other => has_literal(other),
                };
                if known {
                    out.push(value.clone());
                    return true;
                }
                // What fields and variables hold may be literal.
                let Value::Text(_) = value else {
                    return false;
                };
                let filled = self.combinations(std::slice::from_ref(value));
                let filled: Vec<Value> = filled.into_iter().flatten().collect();
                let known = filled.iter().any(has_literal);
                if known {
                    out.extend(filled);
                }
                return known;
            }
            stack.push(of);
            let mut complete = true;
            for call in callers {
                let event = &self.eval.events[call.0 as usize];
                if let EventKind::Call { receiver, args, .. } = &event.kind {
                    let filled = subst(value, of, receiver.as_ref(), args, u64::from(call.0));
                    complete &= self.close(&filled, stack, steps, out);
                }
                if out.len() > 4 * MAX_CHOICES {
                    collapse(out);
                }
                if out.len() > 4 * MAX_CHOICES {
                    complete = false;
                    break;
                }
            }
            stack.pop();
            return complete;
        }
        match value {
            Value::Text(parts) => {
                if parts.iter().all(|p| matches!(p, Part::Lit(_))) {
                    out.push(value.clone());
                    return true;
                }
                // Unknown values inside stay what they are: the same in every key that the field is in.
                let combos = self.combinations(std::slice::from_ref(value));
                out.extend(combos.into_iter().map(|mut c| c.swap_remove(0)));
                true
            }
            Value::Atom(atom) if matches!(atom.origin, Origin::Field(..) | Origin::Global(_)) => {
                match self.alternatives(atom) {
                    Some(values) => {
                        out.extend(values);
                        true
                    }
                    None => false,
                }
            }
            Value::Tuple(items) => {
                out.extend(self.combinations(items).into_iter().map(Value::Tuple));
                true
            }
            Value::Int(_)
            | Value::Bool(_)
            | Value::Connection(_)
            | Value::List { .. }
            | Value::Function(..)
            | Value::Script(..) => {
                out.push(value.clone());
                true
            }
            // A variable cleared or not yet set has no value of its own.
            Value::Nil => true,
            _ => false,
        }
    }

    /// Whether a value may be the connection to one node of a cluster, or one that was taken from a client.
    pub fn is_node(&self, value: &Value, seen: &mut HashSet<Value>) -> bool {
        if seen.len() > 256 || !seen.insert(value.clone()) {
            return false;
        }
        match value {
            Value::Choice(_, values) => values.iter().any(|v| self.is_node(v, seen)),
            Value::Atom(atom) => match &atom.origin {
                Origin::Call { callee, .. } => &**callee == "node",
                Origin::Param(func, number) => {
                    self.callers.get(func).into_iter().flatten().any(|call| {
                        let event = &self.eval.events[call.0 as usize];
                        let given = event.kind.argument(*number);
                        given.is_some_and(|given| self.is_node(given, seen))
                    })
                }
                Origin::Field(_, owner, name) => self
                    .eval
                    .field_writes
                    .get(&(*owner, name.clone()))
                    .into_iter()
                    .flatten()
                    .any(|(value, _)| self.is_node(value, seen)),
                _ => false,
            },
            _ => false,
        }
    }

    /// Connections that a value may be, through parameters, fields and variables.
    pub fn connections(
        &mut self,
        value: &Value,
        seen: &mut HashSet<Value>,
    ) -> BTreeSet<Arc<Connected>> {
        let mut out = BTreeSet::new();
        if seen.len() > 256 || !seen.insert(value.clone()) {
            return out;
        }
        match value {
            Value::Connection(connected) => {
                out.insert(connected.clone());
            }
            Value::Choice(_, values) => {
                for value in values {
                    out.extend(self.connections(value, seen));
                }
            }
            // A type of the program that holds or embeds a client.
            Value::Object(object) => {
                for value in object.fields.values() {
                    if matches!(value, Value::Connection(_) | Value::Atom(_)) {
                        out.extend(self.connections(value, seen));
                    }
                }
            }
            Value::Queue(event, _) => {
                if let EventKind::Queue { receiver, .. } = &self.eval.events[event.0 as usize].kind
                {
                    let receiver = receiver.clone();
                    out.extend(self.connections(&receiver, seen));
                }
            }
            Value::Atom(atom) => match &atom.origin {
                Origin::Param(func, number) => {
                    for call in self.callers.get(func).cloned().unwrap_or_default() {
                        let event = &self.eval.events[call.0 as usize];
                        if let Some(given) = event.kind.argument(*number).cloned() {
                            out.extend(self.connections(&given, seen));
                        }
                    }
                }
                Origin::Field(_, owner, name) => {
                    let writes = self
                        .eval
                        .field_writes
                        .get(&(*owner, name.clone()))
                        .cloned()
                        .unwrap_or_default();
                    for (value, func) in writes {
                        if self.live.contains(&func) {
                            out.extend(self.connections(&value, seen));
                        }
                    }
                }
                Origin::Global(name) => {
                    let writes = self
                        .eval
                        .global_writes
                        .get(name)
                        .cloned()
                        .unwrap_or_default();
                    for (value, _) in writes {
                        out.extend(self.connections(&value, seen));
                    }
                }
                Origin::Call { callee, args, .. } if &**callee == "node" => {
                    for arg in args.iter() {
                        out.extend(self.connections(arg, seen));
                    }
                }
                _ => {}
            },
            _ => {}
        }
        out
    }

    /// What a receiver is connected to: by its type where that says so, else by how it was made; and
    /// where it was made. `around` are the connections that its module makes: where nothing else is
    /// known it is taken for any of them, and the last value is true.
    pub fn connection(
        &mut self,
        of_type: Connection,
        receiver: &Value,
        around: &[Arc<Connected>],
    ) -> (Connection, BTreeSet<Arc<Connected>>, bool) {
        let mut made = self.connections(receiver, &mut HashSet::new());
        // A type for clusters that finds one server behind a sentinel.
        if of_type == Connection::Cluster
            && !made.is_empty()
            && made
                .iter()
                .all(|c| self.constructed(c) == Connection::Single)
        {
            return (Connection::Single, made, false);
        }
        let guessed = made.is_empty();
        if guessed {
            // Handed over in a way that is not followed: what the module makes is what it can be.
            made.extend(around.iter().cloned());
        }
        if !matches!(of_type, Connection::Universal | Connection::Unknown) {
            return (of_type, made, guessed);
        }
        let mut kinds: Vec<Connection> = made
            .iter()
            .map(|connected| self.constructed(connected))
            .collect();
        kinds.sort();
        kinds.dedup();
        let kind = match kinds.as_slice() {
            [one] => *one,
            // Where one of several is a cluster client, the code must do on a cluster.
            several if several.contains(&Connection::Cluster) => Connection::Cluster,
            _ => of_type,
        };
        (kind, made, guessed)
    }

    /// The kind of connection that was made.
    #[must_use]
    pub fn constructed(&self, connected: &Connected) -> Connection {
        let client = self.eval.library.client(&connected.module);
        let kind = client
            .and_then(|c| c.functions.get(&*connected.constructor))
            .and_then(|f| f.constructs)
            .unwrap_or(Connection::Unknown);
        if kind == Connection::Universal {
            self.universal(connected)
        } else {
            kind
        }
    }

    /// A universal client is a cluster client when it is given several addresses, or told so.
    fn universal(&self, connected: &Connected) -> Connection {
        // A configuration that was made for one or the other.
        if let Some(settled) = self.configured(connected) {
            return self.constructed(settled);
        }
        let Some(options) = super::options(connected) else {
            return Connection::Universal;
        };
        let Some(client) = self.eval.library.client(&connected.module) else {
            return Connection::Universal;
        };
        let made = client.functions.get(&*connected.constructor);
        if made.is_some_and(|f| f.detects) {
            return Connection::Universal;
        }
        let flag = client.options.cluster_flag.as_ref();
        if flag.and_then(|f| options.fields.get(f.field.as_str())) == Some(&Value::Bool(true)) {
            return Connection::Cluster;
        }
        // An address that says it itself.
        if made.is_some_and(|f| f.address.is_some()) {
            let address = options.fields.get("address").and_then(Value::literal);
            return match address.as_deref().and_then(|a| a.split_once("://")) {
                Some((scheme, _)) if scheme.ends_with("cluster") => Connection::Cluster,
                Some(_) => Connection::Single,
                None => Connection::Universal,
            };
        }
        match super::address(self.eval.library, connected) {
            Some(Value::List {
                items,
                each,
                open: false,
                ..
            }) if each.is_empty() => match items.len() {
                0 | 1 => Connection::Single,
                _ => Connection::Cluster,
            },
            _ => Connection::Universal,
        }
    }

    /// The configuration that a client is made from, where that is known like a connection itself.
    fn configured<'c>(&self, connected: &'c Connected) -> Option<&'c Connected> {
        match super::address(self.eval.library, connected)? {
            Value::Connection(inner) if inner.site != connected.site => Some(inner),
            _ => None,
        }
    }

    /// Whether a connection is made to an address that only a cluster has.
    #[must_use]
    pub fn is_cluster_endpoint(&self, connected: &Connected) -> bool {
        let (Some(options), Some(client)) = (
            super::options(connected),
            self.eval.library.client(&connected.module),
        ) else {
            return false;
        };
        client.options.addresses.fields.iter().any(|field| {
            match options.fields.get(field.as_str()) {
                Some(Value::List { items, .. }) => items.iter().any(is_cluster_text),
                Some(value) => is_cluster_text(value),
                None => false,
            }
        })
    }
}

fn is_cluster_text(value: &Value) -> bool {
    value
        .literal()
        .is_some_and(|text| endpoint::is_cluster(&text))
}

/// Combinations of the alternatives in values, the same alternative in all of them.
#[must_use]
pub fn choices(values: &[Value]) -> Vec<Vec<Value>> {
    let mut done = Vec::new();
    let mut todo = vec![values.to_vec()];
    while let Some(current) = todo.pop() {
        if done.len() + todo.len() > MAX_COMBINATIONS {
            break;
        }
        match current.iter().find_map(Value::choice) {
            Some((id, count)) => {
                for pick in (0..count).rev() {
                    todo.push(current.iter().map(|v| v.choose(id, pick)).collect());
                }
            }
            None => done.push(current),
        }
    }
    // Where there is nothing in one of several cases, the code does not come this far in it.
    let whole = |values: &Vec<Value>| !values.contains(&Value::Nil);
    if done.iter().any(whole) {
        done.retain(whole);
    }
    done
}

/// What is not known in a text, or the value itself where nothing of it is.
fn holes(value: &Value) -> Vec<&Atom> {
    match value {
        Value::Atom(atom) => vec![atom],
        Value::Text(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Hole(atom) => Some(atom),
                Part::Lit(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The fields of one object that stand in values, if this is one of them.
fn siblings(values: &[Value], origin: &Origin) -> Vec<Atom> {
    let Origin::Field(base, owner, _) = origin else {
        return Vec::new();
    };
    let mut out: Vec<Atom> = Vec::new();
    for atom in values.iter().flat_map(holes) {
        let same = matches!(&atom.origin, Origin::Field(b, o, _) if b == base && o == owner);
        if same && !out.contains(atom) {
            out.push(atom.clone());
        }
    }
    out
}

/// Fields count by type and name, whatever object they are in.
fn field_key(atom: &Atom) -> Origin {
    match &atom.origin {
        Origin::Field(_, owner, name) => {
            let any = Atom::new(Origin::Global("".into()), None, super::value::Ty::Unknown);
            Origin::Field(Arc::new(any), *owner, name.clone())
        }
        other => other.clone(),
    }
}

/// Whether a field or module variable, or one of several alternatives, decides a list.
fn is_held(value: &Value) -> bool {
    match value {
        Value::Choice(..) => true,
        Value::Atom(atom) => matches!(atom.origin, Origin::Field(..) | Origin::Global(_)),
        Value::List { items, .. } => items
            .iter()
            .any(|item| matches!(item, Value::Rest(list) if is_held(list))),
        _ => false,
    }
}

/// How many atoms keys are made of.
fn weight(keys: &[Key]) -> u32 {
    keys.iter().map(|key| key.value.weight()).sum()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = Fnv::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Whether some of a text is known.
fn has_literal(value: &Value) -> bool {
    value
        .parts()
        .is_some_and(|p| p.iter().any(|p| matches!(p, Part::Lit(_))))
}

/// Keeps one of several texts that read alike: a value built from what many callers give.
fn collapse(values: &mut Vec<Value>) {
    let mut seen = HashSet::new();
    values.retain(|value| match value {
        Value::Text(parts) => seen.insert(render(parts)),
        _ => true,
    });
}

/// Whether a value holds a parameter of a function.
fn has_param(value: &Value, func: FuncId) -> bool {
    let mut found = false;
    value.atoms(&mut |atom| {
        found |= matches!(&atom.origin, Origin::Param(of, number) if *of == func && *number != RECEIVER);
    });
    found
}

fn has_brace(value: &Value) -> bool {
    match value {
        Value::Text(parts) => parts
            .iter()
            .any(|p| matches!(p, Part::Lit(text) if text.contains(['{', '}']))),
        _ => false,
    }
}

fn replace(value: &Value, origin: &Origin, by: &Value) -> Value {
    match value {
        Value::Atom(atom) if atom.origin == *origin => by.clone(),
        Value::Text(parts) => {
            let mut out = Vec::new();
            for part in parts {
                match part {
                    Part::Hole(atom) if atom.origin == *origin => {
                        out.extend(by.parts().unwrap_or_default())
                    }
                    other => out.push(other.clone()),
                }
            }
            Value::Text(concat(out))
        }
        other => other.clone(),
    }
}

/// Adds what a call carries, unless the same is there, which then gets the shorter chain. Returns how
/// much more there is to carry.
fn carry<T: Carried>(
    all: &mut Vec<T>,
    seen: &mut HashMap<u64, usize>,
    mut lifted: T,
    bare: u64,
) -> u32 {
    if let Some(at) = seen.get(&bare) {
        let chain = std::mem::take(lifted.chain());
        let known = all[*at].chain();
        if chain.len() < known.len() {
            *known = chain;
        }
        return 0;
    }
    if all.len() >= MAX_INSTANCES {
        return 0;
    }
    seen.insert(bare, all.len());
    let more = weight(lifted.keys());
    all.push(lifted);
    more
}

/// The keys of commands that now count as queued together.
fn queue_up(instances: &mut [Instance], members: &[usize]) -> Vec<Key> {
    let mut keys = Vec::new();
    for i in members {
        instances[*i].queued = true;
        keys.extend(instances[*i].keys.iter().cloned());
    }
    keys
}

fn lift_instance(
    instance: &Instance,
    callee: FuncId,
    receiver: Option<&Value>,
    args: &[Value],
    call: EventId,
) -> Instance {
    let context = u64::from(call.0) + 1;
    let mut lifted = Instance {
        keys: Vec::new(),
        receiver: subst(&instance.receiver, callee, receiver, args, context),
        pattern: instance
            .pattern
            .as_ref()
            .map(|p| subst(p, callee, receiver, args, context)),
        chain: [&[call], instance.chain.as_slice()].concat(),
        ..instance.clone()
    };
    for key in &instance.keys {
        refill(
            key,
            &subst(&key.value, callee, receiver, args, context),
            &mut lifted.keys,
            &mut lifted.open,
        );
    }
    lifted
}

fn lift_unit(
    unit: &Unit,
    callee: FuncId,
    receiver: Option<&Value>,
    args: &[Value],
    call: EventId,
) -> Unit {
    let context = u64::from(call.0) + 1;
    let mut keys = Vec::new();
    let mut open = false;
    for key in &unit.keys {
        refill(
            key,
            &subst(&key.value, callee, receiver, args, context),
            &mut keys,
            &mut open,
        );
    }
    Unit {
        event: unit.event,
        at: unit.at,
        keys,
        chain: [&[call], unit.chain.as_slice()].concat(),
        receiver: subst(&unit.receiver, callee, receiver, args, context),
        ..unit.clone()
    }
}

/// Puts a key back after substitution; a list parameter may have become a written list.
fn refill(key: &Key, value: &Value, keys: &mut Vec<Key>, open: &mut bool) {
    match value {
        Value::List {
            items,
            each,
            open: more,
            ..
        } => {
            *open |= more;
            for item in items {
                keys.push(Key {
                    value: item.clone(),
                    many: false,
                    ..key.clone()
                });
            }
            for item in each {
                keys.push(Key {
                    value: item.clone(),
                    many: true,
                    ..key.clone()
                });
            }
        }
        other => keys.push(Key {
            value: other.clone(),
            ..key.clone()
        }),
    }
}

/// Reads the keys out of an argument.
fn flatten(value: &Value, pick: &Pick, access: Access, command: EventId, out: &mut Instance) {
    let mut push = |value: &Value, many: bool| {
        // Elements that only callers know stand for many.
        let (value, many) = match value {
            Value::Rest(list) => (&**list, true),
            value => (value, many),
        };
        out.keys.push(Key {
            value: value.clone(),
            access,
            many,
            command,
        });
    };
    match (pick, value) {
        (Pick::One, value) => push(value, false),
        (
            Pick::Counted(count),
            Value::List {
                items, each, lead, ..
            },
        ) => {
            let count = match &**count {
                Value::Script(_, Some(keys)) => (**keys).clone(),
                other => other.clone(),
            };
            let known = match count {
                Value::Int(n) => usize::try_from(n).ok(),
                _ => None,
            };
            let (first, repeated) = lead.unwrap_or((items.len(), each.len()));
            let first = first.min(items.len());
            let rest = items.iter().position(|i| matches!(i, Value::Rest(_)));
            match known {
                Some(n) if n <= first.min(rest.unwrap_or(first)) => {
                    for item in &items[..n] {
                        push(item, false);
                    }
                }
                // As many as there are rounds: what stands before and in the loop.
                _ if !each.is_empty() && rest.is_none() => {
                    for item in &items[..first] {
                        push(item, false);
                    }
                    for item in &each[..repeated.min(each.len())] {
                        push(item, true);
                    }
                }
                _ => out.open = true,
            }
        }
        (
            _,
            Value::List {
                items, each, open, ..
            },
        ) => {
            let count = match pick {
                Pick::Half => items.len() / 2,
                _ => items.len(),
            };
            let step = if *pick == Pick::Even { 2 } else { 1 };
            for item in items.iter().take(count).step_by(step) {
                push(item, false);
            }
            if *pick == Pick::All {
                for item in each {
                    push(item, true);
                }
            }
            out.open |= *open || (*pick != Pick::All && !each.is_empty());
        }
        // A list from elsewhere: whoever fills it may still be found.
        (Pick::All, value @ (Value::Atom(_) | Value::Rest(_))) => push(value, true),
        _ => out.open = true,
    }
}
