//! Connections that the program makes: what kind, to which address, and whether anything keeps them.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::eval::Evaluator;
use super::flow::Flow;
use super::ids::{EventId, FuncId, Site};
use super::library::Connection;
use super::model::EventKind;
use super::subst::subst;
use super::value::{Atom, Connected, Origin, Part, RECEIVER, Value};
use super::{Module, Program, module_of, options, probes, reach};
use crate::config::Settings;
use crate::facts::Span;
use crate::redis::endpoint;

/// A connection that the program makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where.
    pub event: EventId,
    /// What kind.
    pub kind: Connection,
    /// The client library's module.
    pub client: Arc<str>,
    /// The constructor's name.
    pub constructor: Arc<str>,
    /// The client's version as the module manifest asks for it.
    pub version: Option<String>,
    /// Whether it may be put where it outlives the functions that it is handed through.
    pub kept: bool,
    /// Commands and queues that are sent through it by the functions that it is handed through.
    pub used: Vec<EventId>,
    /// An address of which it is known that only a cluster has it.
    pub endpoint: Option<Endpoint>,
}

/// The address of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host and port, without a password that may stand before it.
    pub address: String,
    /// The variable of the environment that it comes from, the manifest that sets it, and where.
    pub variable: Option<(String, String, Span)>,
}

/// Something that a connection is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Carrier {
    Made(Site),
    Param(FuncId, u16),
}

fn carriers(value: &Value) -> BTreeSet<Carrier> {
    let mut out = BTreeSet::new();
    value.connections(&mut |c| {
        out.insert(Carrier::Made(c.site));
    });
    value.atoms(&mut |atom| {
        if let Origin::Param(func, number) = atom.origin {
            out.insert(Carrier::Param(func, number));
        }
    });
    out
}

/// Where connections go.
#[derive(Default)]
struct Ways {
    passed: BTreeMap<Carrier, BTreeSet<Carrier>>,
    kept: BTreeSet<Carrier>,
    used: BTreeMap<Carrier, Vec<EventId>>,
}

impl Ways {
    fn of(eval: &Evaluator<'_>) -> Self {
        let mut ways = Self::default();
        let stored = eval.field_writes.values().flatten();
        let stored = stored.chain(eval.global_writes.values().flatten());
        for (value, _) in stored {
            ways.kept.extend(carriers(value));
        }
        let handed = eval.kept_connections.iter().map(|s| Carrier::Made(*s));
        ways.kept.extend(handed);
        let handed = eval.kept_params.iter().map(|(f, n)| Carrier::Param(*f, *n));
        ways.kept.extend(handed);
        for (number, event) in (0u32..).zip(&eval.events) {
            match &event.kind {
                EventKind::Call {
                    callees,
                    receiver,
                    args,
                } => {
                    let numbered = (0u16..).zip(args);
                    let all = numbered.chain(receiver.iter().map(|r| (RECEIVER, r)));
                    for (position, value) in all {
                        for carrier in carriers(value) {
                            let to = callees.iter().map(|f| Carrier::Param(*f, position));
                            ways.passed.entry(carrier).or_default().extend(to);
                        }
                    }
                }
                EventKind::Command(command) => ways.note_use(&command.receiver, number),
                EventKind::Queue { receiver, .. } => ways.note_use(receiver, number),
                _ => {}
            }
        }
        ways
    }

    fn note_use(&mut self, receiver: &Value, number: u32) {
        let receivers = match receiver {
            Value::Choice(_, values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for receiver in receivers {
            let carrier = match receiver {
                Value::Connection(connected) => Carrier::Made(connected.site),
                Value::Atom(atom) => match atom.origin {
                    Origin::Param(func, position) => Carrier::Param(func, position),
                    _ => continue,
                },
                _ => continue,
            };
            self.used.entry(carrier).or_default().push(EventId(number));
        }
    }

    /// Whether a connection is kept, and what is sent through it.
    fn follow(&self, site: Site) -> (bool, Vec<EventId>) {
        let mut seen = BTreeSet::from([Carrier::Made(site)]);
        let mut queue = VecDeque::from([Carrier::Made(site)]);
        let mut used = Vec::new();
        let mut kept = false;
        while let Some(carrier) = queue.pop_front() {
            kept |= self.kept.contains(&carrier);
            used.extend(self.used.get(&carrier).into_iter().flatten());
            for next in self.passed.get(&carrier).into_iter().flatten() {
                if seen.insert(*next) {
                    queue.push_back(*next);
                }
            }
        }
        used.sort();
        used.dedup();
        (kept, used)
    }
}

/// All connections that functions outside tests make.
#[must_use]
pub fn made(
    eval: &Evaluator<'_>,
    flow: &Flow<'_, '_>,
    modules: &[Module],
    settings: &Settings,
) -> Vec<Made> {
    let found: Vec<(EventId, Arc<Connected>)> = (0u32..)
        .zip(&eval.events)
        .filter(|(_, event)| !reach::is_test(eval, event.func))
        .filter_map(|(number, event)| match &event.kind {
            EventKind::Connect(connected) => Some((EventId(number), connected.clone())),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let ways = Ways::of(eval);
    found
        .into_iter()
        .map(|(event, connected)| {
            let file = &eval.files[connected.site.file as usize];
            let module = module_of(modules, file);
            let (kept, used) = ways.follow(connected.site);
            let addresses = Addresses {
                eval,
                flow,
                modules,
                module,
                settings,
                left: Cell::new(MAX_VALUES),
            };
            let endpoint = addresses.of(&connected);
            let once = eval.once.contains(&eval.events[event.0 as usize].func);
            Made {
                event,
                kind: kind(eval, flow, &connected),
                client: connected.module.clone(),
                constructor: connected.constructor.clone(),
                version: module.and_then(|m| m.version_of(&connected.module)),
                kept: kept || once,
                used,
                endpoint,
            }
        })
        .collect()
}

/// The kind of a connection, unless its options leave it open.
fn kind(eval: &Evaluator<'_>, flow: &Flow<'_, '_>, connected: &Connected) -> Connection {
    let kind = flow.constructed(connected);
    let client = eval.library.client(&connected.module);
    let universal = client
        .and_then(|c| c.functions.get(&*connected.constructor))
        .is_some_and(|f| f.constructs == Some(Connection::Universal));
    let flag = client
        .and_then(|c| c.options.cluster_flag.as_ref())
        .and_then(|flag| options(connected)?.fields.get(flag.field.as_str()));
    if universal && kind == Connection::Single && !matches!(flag, None | Some(Value::Bool(false))) {
        return Connection::Universal;
    }
    kind
}

/// Finds addresses in options, variables and manifests.
struct Addresses<'a, 'e, 'f> {
    eval: &'a Evaluator<'f>,
    flow: &'a Flow<'e, 'f>,
    modules: &'a [Module],
    module: Option<&'a Module>,
    settings: &'a Settings,
    /// How many more values may be looked at.
    left: Cell<usize>,
}

/// An address of which more values are possible than this is not known.
const MAX_VALUES: usize = 4096;

/// An address is looked for over this many fields, variables and calls.
const MAX_STEPS: usize = 6;

impl Addresses<'_, '_, '_> {
    fn of(&self, connected: &Connected) -> Option<Endpoint> {
        let client = self.eval.library.client(&connected.module)?;
        let Some(object) = options(connected) else {
            // Options that were read from a URL.
            let Some(Value::Atom(atom)) = connected.options.as_deref() else {
                return None;
            };
            let Origin::Call { args, .. } = &atom.origin else {
                return None;
            };
            return args
                .iter()
                .find_map(|value| self.endpoint(value, MAX_STEPS));
        };
        let fields = client.options.addresses.fields.iter();
        fields
            .filter_map(|name| object.fields.get(name.as_str()))
            .find_map(|value| match value {
                Value::List { items, each, .. } => items
                    .iter()
                    .chain(each)
                    .find_map(|v| self.endpoint(v, MAX_STEPS)),
                one => self.endpoint(one, MAX_STEPS),
            })
    }

    /// The address of a cluster that a value is, whatever way is taken.
    fn endpoint(&self, value: &Value, steps: usize) -> Option<Endpoint> {
        let steps = steps.checked_sub(1)?;
        self.left.set(self.left.get().checked_sub(1)?);
        match value {
            Value::Text(parts) => {
                let text: String = parts
                    .iter()
                    .map(|part| match part {
                        Part::Lit(text) => text,
                        Part::Hole(_) => "*",
                    })
                    .collect();
                if endpoint::is_cluster(&text) {
                    return Some(Endpoint {
                        address: endpoint::host(&text).into(),
                        variable: None,
                    });
                }
                // Host and port from two places.
                parts.iter().find_map(|part| match part {
                    Part::Lit(_) => None,
                    Part::Hole(atom) => self.endpoint(&Value::Atom(atom.clone()), steps),
                })
            }
            Value::Choice(_, values) => self.any(values.iter(), steps),
            // Host and port as fields.
            Value::Object(object) => object.fields.values().find_map(|v| self.endpoint(v, steps)),
            Value::Atom(atom) => match &atom.origin {
                Origin::Field(_, owner, name) => {
                    let writes = self.eval.field_writes.get(&(*owner, name.clone()))?;
                    self.any(writes.iter().map(|(value, _)| value), steps)
                }
                Origin::Global(name) => {
                    let writes = self.eval.global_writes.get(name)?;
                    self.any(writes.iter().map(|(value, _)| value), steps)
                }
                Origin::Param(func, number) => {
                    let calls = self.flow.callers.get(func)?.iter();
                    let events = &self.eval.events;
                    let given = calls.filter_map(|c| events[c.0 as usize].kind.argument(*number));
                    self.any(given, steps)
                }
                Origin::Call { args, .. } => match &args[..] {
                    [name] => self.variable(&name.literal()?),
                    // Host and port.
                    several => several.iter().find_map(|v| self.endpoint(v, steps)),
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// A variable that is set goes before the text that stands in for it; else all must agree.
    fn any<'v>(&self, values: impl Iterator<Item = &'v Value>, steps: usize) -> Option<Endpoint> {
        let found: Vec<Option<Endpoint>> =
            values.take(16).map(|v| self.endpoint(v, steps)).collect();
        let set = found.iter().flatten().find(|e| e.variable.is_some());
        match set {
            Some(set) => Some(set.clone()),
            None => found.into_iter().collect::<Option<Vec<_>>>()?.pop(),
        }
    }

    /// A variable of the environment that a manifest sets, for a container that runs the module.
    fn variable(&self, name: &str) -> Option<Endpoint> {
        for file in self.eval.files {
            for workload in file.documents.iter().flat_map(|d| &d.workloads) {
                for container in &workload.containers {
                    let Some(set) = container.env.iter().find(|e| e.name == name) else {
                        continue;
                    };
                    let address = &set.value.value;
                    let owner = probes::owner(workload, container, self.modules, self.settings);
                    let runs = owner.map(|at| &self.modules[at]) == self.module;
                    if runs && self.module.is_some() && endpoint::is_cluster(address) {
                        return Some(Endpoint {
                            address: endpoint::host(address).into(),
                            variable: Some((name.into(), file.path.clone(), set.value.span)),
                        });
                    }
                }
            }
        }
        None
    }
}

impl Program {
    /// The shortest way from a request handler down to an event: the handler, and calls, outermost
    /// first. What runs beside a request is not on its way, nor is a closure that others may keep.
    #[must_use]
    pub fn request_path(&self, event: EventId) -> Option<(FuncId, Vec<EventId>)> {
        let start = self.event(event).func;
        let mut nodes = vec![(start, None, None, 0)];
        let mut seen = BTreeSet::from([(start, None)]);
        let mut at = 0;
        while let Some((func, _, need, _)) = nodes.get(at).copied() {
            if self.function(func).handler {
                let mut calls = Vec::new();
                let mut current = at;
                while let (_, Some(call), _, back) = nodes[current] {
                    calls.push(call);
                    current = back;
                }
                return Some((func, calls));
            }
            for (upper, call, need) in self.uppers(func, need, start) {
                if let Some(call) = call
                    && !self.event(call).spawned
                    && seen.insert((upper, need))
                {
                    nodes.push((upper, Some(call), need, at));
                }
            }
            at += 1;
        }
        None
    }

    /// Whether a connection is made with the same options each time that the calls run which lead to it:
    /// nothing in them comes from a request, a stored object or an element of a loop.
    #[must_use]
    pub fn made_alike(&self, event: EventId, calls: &[EventId]) -> bool {
        let Some(mut value) = self.address(event).cloned() else {
            return false;
        };
        let mut func = self.event(event).func;
        for call in calls.iter().rev() {
            let EventKind::Call { receiver, args, .. } = &self.event(*call).kind else {
                return false;
            };
            value = subst(&value, func, receiver.as_ref(), args, u64::from(call.0));
            func = self.event(*call).func;
        }
        self.is_fixed(&value, func, false)
    }

    /// The same for the rounds of the loops around it.
    #[must_use]
    pub fn made_alike_in_loop(&self, event: EventId) -> bool {
        let func = self.event(event).func;
        self.address(event)
            .is_some_and(|value| self.is_fixed(value, func, true))
    }

    /// The address that a connection is made to.
    fn address(&self, event: EventId) -> Option<&Value> {
        match &self.event(event).kind {
            EventKind::Connect(connected) => super::address(&self.library, connected),
            _ => None,
        }
    }

    /// Whether a value stays the same in `top`; `given` says whether its parameters count as that.
    fn is_fixed(&self, value: &Value, top: FuncId, given: bool) -> bool {
        match value {
            Value::Text(parts) => parts.iter().all(|part| match part {
                Part::Lit(_) => true,
                Part::Hole(atom) => self.is_fixed_atom(atom, top, given),
            }),
            Value::Atom(atom) => self.is_fixed_atom(atom, top, given),
            Value::Int(_) | Value::Bool(_) | Value::Nil => true,
            Value::List {
                items, each, open, ..
            } => {
                !open
                    && items
                        .iter()
                        .chain(each)
                        .all(|v| self.is_fixed(v, top, given))
            }
            Value::Choice(_, values) => values.iter().all(|v| self.is_fixed(v, top, given)),
            Value::Object(object) => object.fields.values().all(|v| self.is_fixed(v, top, given)),
            _ => false,
        }
    }

    fn is_fixed_atom(&self, atom: &Atom, top: FuncId, given: bool) -> bool {
        match &atom.origin {
            Origin::Global(_) => true,
            Origin::Field(base, ..) => self.is_fixed_atom(base, top, given),
            Origin::Call {
                args, site: None, ..
            } => args.iter().all(|v| self.is_fixed(v, top, given)),
            // What a closure finds around it was there before it ran.
            Origin::Param(func, number) => {
                *func == top
                    && (given || *number == RECEIVER || self.function(top).shared.contains(number))
                    || *func != top && self.outermost(top) == self.outermost(*func)
            }
            _ => false,
        }
    }
}
