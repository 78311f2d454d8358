//! Facts to one linked program: symbols, values, calls, keys, connections, probes and handlers.
//!
//! Linking cannot fail and does no I/O. What it cannot resolve it calls unknown.

mod builder;
mod chain;
mod client;
mod eval;
mod flow;
mod format;
mod ids;
mod library;
mod made;
mod model;
mod outer;
mod probes;
mod reach;
mod routes;
mod subst;
mod symbols;
mod targets;
mod template;
mod value;
mod ways;
mod words;

mod describe;

pub use describe::describe;
pub use flow::{Instance, Unit};
pub use ids::{EventId, FuncId, Site};
pub use library::{Connection, CrossSlot, Library, QueueKind, Scans};
pub use made::{Endpoint, Made};
pub use model::{Access, Branch, Command, Event, EventKind, KeyUse, LoopFact, LoopSort};
pub use probes::{Bound, Check, Handler, Measured, ProbeUse, measured};
pub use targets::Need;
pub use template::{Slots, Template};
pub use value::{RECEIVER, Value};
pub use ways::Ways;

use crate::config::{ClusterMode, Settings};
use crate::facts::{FileFacts, Lang, Span};
use eval::Evaluator;
use flow::Flow;
use ids::TypeId;
use library::Role;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use value::{Atom, Connected, Origin};

/// A function as people call it.
#[derive(Debug, Clone)]
pub struct Function {
    /// `Type.Method`, `function`, or the enclosing function for a closure.
    pub name: String,
    /// Its module, as importers write it.
    pub module: String,
    /// Number of its file.
    pub file: u32,
    /// Place of its name.
    pub span: Span,
    /// Whether something that runs reaches it.
    pub live: bool,
    /// Whether it is test code.
    pub test: bool,
    /// Whether it answers requests.
    pub handler: bool,
    /// The function that encloses it, for a closure.
    pub parent: Option<FuncId>,
    /// Whether it alone has its receiver while it runs, of which there are no copies.
    pub exclusive: bool,
    /// Whether the run holds a program, and nothing in it but tests, examples and what is unused itself calls
    /// the function, hands it on, or calls a method of its name on what is not known.
    pub unused: bool,
    /// Whether it stands beside the programs: in an example, or in a package of tests.
    pub aside: bool,
    /// Whether it may be called in ways that are not seen: from outside, as a value, or by its name on something
    /// unknown.
    pub loose: bool,
    /// Numbers of the parameters that every call is given alike.
    shared: Vec<u16>,
}

/// A key on one path, resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResolvedKey {
    /// The template; `None` when nothing is known of the key.
    pub template: Option<Template>,
    /// Whether a value in it may bring braces of its own, so that its hash tag is not known.
    pub unsure: bool,
    /// Whether it is put together of what a caller gives and what a field of some object holds, which
    /// need not be the object that this caller has.
    pub mixed: bool,
    /// What happens to it.
    pub access: Access,
    /// Whether it stands for several elements of a list.
    pub many: bool,
    /// The command.
    pub command: EventId,
}

/// A command on one path, resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyedCommand {
    /// The command.
    pub event: EventId,
    /// Its keys.
    pub keys: Vec<ResolvedKey>,
    /// Whether there may be other keys.
    pub open: bool,
    /// The glob pattern, if the command takes one.
    pub pattern: Option<Template>,
    /// Calls that lead here, outermost first.
    pub chain: Vec<EventId>,
}

/// Keys that run as one, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedUnit {
    /// Where it begins.
    pub event: EventId,
    /// Where it begins for who fills it: the call of what opened the queue, if that is another function.
    pub at: EventId,
    /// Its keys.
    pub keys: Vec<ResolvedKey>,
    /// Calls that lead here, outermost first.
    pub chain: Vec<EventId>,
    /// What it is sent to.
    pub connection: ConnectionUse,
    /// How its commands run: `None` for one command.
    pub queue: Option<QueueKind>,
}

/// What is known of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionUse {
    /// By type, or by how it was made.
    pub kind: Connection,
    /// Where it may have been made.
    pub made: Vec<Site>,
    /// The client library's module.
    pub client: Arc<str>,
    /// The client's version as the module manifest asks for it.
    pub version: Option<String>,
    /// Whether slot rules apply: the servers form a cluster.
    pub cluster: bool,
    /// Whether it may be the connection to one node.
    pub node: bool,
    /// What becomes of queues on a cluster, where the type of this connection or queue decides it.
    pub queues: Option<CrossSlot>,
    /// What becomes of SCAN, likewise.
    pub scans: Option<Scans>,
    /// Whether clones of it are one connection.
    pub shared: bool,
    /// Where a client hands it out, and by which method.
    pub handed: Vec<(Site, Arc<str>)>,
    /// Whether it was handed over in a way that is not followed, and taken for what its module makes.
    pub guessed: bool,
}

/// A module of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The language of its code.
    pub lang: Lang,
    /// Its name.
    pub name: String,
    /// The manifest's path.
    pub path: String,
    /// The folder of the manifest, with a trailing `/` unless empty.
    pub folder: String,
    /// Versions that it asks for.
    pub requires: Vec<(String, String)>,
    /// Names of the folders of its programs, such as `api` of `cmd/api`.
    pub programs: Vec<String>,
}

impl Module {
    /// Whether a deployment by this name runs a program of the module.
    #[must_use]
    pub fn goes_by(&self, name: &str) -> bool {
        self.short_name() == name || self.programs.iter().any(|p| p == name)
    }

    /// The version that it asks for.
    pub(crate) fn version_of(&self, dependency: &str) -> Option<String> {
        // A client may be one package of the module that is asked for.
        let (_, version) = self.requires.iter().find(|(name, _)| {
            dependency
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        Some(version.clone())
    }

    /// The last part of the name, without a major version: how people call the service.
    #[must_use]
    pub fn short_name(&self) -> &str {
        let mut parts = self.name.rsplit('/');
        let last = parts.next().unwrap_or("");
        let is_version = last.len() > 1
            && last.starts_with('v')
            && last[1..].bytes().all(|b| b.is_ascii_digit());
        if is_version {
            parts.next().unwrap_or(last)
        } else {
            last
        }
    }
}

/// How much of a program's use of Redis is understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Calls that send or queue a command, outside tests.
    pub commands: usize,
    /// Keys of these calls with a known template, on some path at least.
    pub keys: usize,
    /// Calls of which a key is not known at all.
    pub unknown: usize,
}

/// The linked program.
#[derive(Debug)]
pub struct Program {
    /// All files.
    pub files: Vec<FileFacts>,
    /// Functions by number.
    pub functions: Vec<Function>,
    /// Calls and commands by number.
    pub events: Vec<Event>,
    /// Commands on all paths.
    pub commands: Vec<KeyedCommand>,
    /// Units on all paths.
    pub units: Vec<KeyedUnit>,
    /// What each command or queue is sent to.
    pub connections: BTreeMap<EventId, ConnectionUse>,
    /// Connections that are made outside tests.
    pub made: Vec<Made>,
    /// Commands that wait in a queue.
    queued: BTreeSet<EventId>,
    /// Registered paths with their handlers.
    pub handlers: Vec<Handler>,
    /// Probes with what they reach.
    pub probes: Vec<ProbeUse>,
    /// Modules of the run.
    pub modules: Vec<Module>,
    /// What is true of Redis and its clients.
    pub library: Library,
    events_of: HashMap<FuncId, Vec<EventId>>,
    programs: symbols::Programs,
    exits: BTreeMap<Site, BTreeSet<EventId>>,
    paced: BTreeSet<Site>,
    /// Whether code that runs hands a client to code outside the program, which may use any key.
    pub shares_client: bool,
    callers: HashMap<FuncId, Vec<EventId>>,
    /// Calls of a parameter: the function that has it, and its position.
    handed: HashMap<EventId, (FuncId, u16)>,
    settings_cluster: ClusterMode,
}

/// Stack for the thread that links: symbolic evaluation recurses along calls and expressions.
const STACK_BYTES: usize = 512 << 20;

impl Program {
    /// Links files to a program. The order of files decides numbers, not results.
    ///
    /// # Panics
    /// When the linking thread panics.
    #[must_use]
    pub fn link(files: Vec<FileFacts>, settings: &Settings) -> Self {
        std::thread::scope(|scope| {
            let worker = std::thread::Builder::new()
                .name("link".into())
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || Self::link_here(files, settings));
            match worker.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(program)) => program,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(error) => panic!("cannot start the linking thread: {error}"),
            }
        })
    }

    fn link_here(files: Vec<FileFacts>, settings: &Settings) -> Self {
        let library = Library::shipped();
        let modules = modules(&files);
        let mut eval = Evaluator::new(&files, &library);
        eval.run();
        let calls = targets::resolve(&mut eval);
        let edges = reach::edges(&eval);
        let live = reach::live(&eval, &edges, settings.tests);
        routes::resolve(&mut eval, &calls, &live);
        let handlers = reach::request_handlers(&mut eval);
        let used = reach::used(&eval, &edges, settings.tests);
        let loose = reach::loose(&eval, settings.tests);
        let functions = functions(&eval, &used, &loose, &live, &handlers);
        let ignored: BTreeSet<FuncId> = (0..functions.len())
            .map(|number| FuncId(number as u32))
            .filter(|id| !settings.tests && functions[id.0 as usize].test)
            .collect();
        let mut flow = Flow::new(&eval, &live, &ignored);
        let (instances, units) = flow.finals();
        let mut commands = Vec::new();
        for instance in instances {
            commands.extend(resolve_command(&mut flow, &instance));
        }
        commands.sort();
        commands.dedup();
        let clusters = probes::cluster_modules(&files, &modules, settings);
        let surroundings = Surroundings {
            modules: &modules,
            clusters: &clusters,
            settings,
        };
        let mut connections = BTreeMap::new();
        for (number, event) in eval.events.iter().enumerate() {
            let id = EventId(number as u32);
            let (client, receiver, of_type) = match &event.kind {
                EventKind::Command(c) => (c.client.clone(), &c.receiver, c.connection),
                EventKind::Queue {
                    client,
                    receiver,
                    connection,
                    ..
                } => (client.clone(), receiver, *connection),
                _ => continue,
            };
            let (receiver, of_type) = through_queue(&eval, receiver, of_type);
            let mut connection = connection_use(
                &mut flow,
                &eval,
                &surroundings,
                event,
                client,
                &receiver,
                of_type,
            );
            connection.node |= is_node_type(&eval, event);
            connection.shared = by_type(&eval, event, |ty| ty.shared.then_some(())).is_some();
            connection.queues = by_type(&eval, event, |ty| ty.queues);
            connection.scans = by_type(&eval, event, |ty| ty.scans);
            connections.insert(id, connection);
        }
        let mut keyed_units = Vec::new();
        for unit in &units {
            keyed_units.extend(resolve_unit(
                &mut flow,
                &eval,
                &connections,
                &surroundings,
                unit,
            ));
        }
        let made = made::made(&eval, &flow, &modules, settings);
        let queued = queued(&eval);
        let handlers = probes::handlers(&eval, &mut flow, &library, &modules);
        let probes = probes::probes(&files, &handlers, &modules, settings);
        let callers = std::mem::take(&mut flow.callers);
        let events_of = std::mem::take(&mut flow.events_of);
        let shares_client = eval.shared.iter().any(|func| live.contains(func));
        let programs = std::mem::take(&mut eval.symbols.programs);
        let exits = std::mem::take(&mut eval.exits);
        let paced = std::mem::take(&mut eval.paced);
        let events = std::mem::take(&mut eval.events);
        let handed = std::mem::take(&mut eval.handed);
        drop(eval);
        Self {
            functions,
            events,
            commands,
            units: keyed_units,
            connections,
            made,
            queued,
            handlers,
            probes,
            modules,
            shares_client,
            events_of,
            programs,
            exits,
            paced,
            callers,
            handed,
            settings_cluster: settings.cluster,
            files,
            library,
        }
    }

    /// An event by number.
    #[must_use]
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.0 as usize]
    }

    /// A function by number.
    #[must_use]
    pub fn function(&self, id: FuncId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// The path of a file.
    #[must_use]
    pub fn path(&self, file: u32) -> &str {
        &self.files[file as usize].path
    }

    /// The user's word on clusters.
    #[must_use]
    pub fn cluster_mode(&self) -> ClusterMode {
        self.settings_cluster
    }

    /// Whether a command is put into a queue and not sent at once.
    #[must_use]
    pub fn is_queued(&self, command: EventId) -> bool {
        self.queued.contains(&command)
    }

    /// Events of a function and of the closures in it.
    #[must_use]
    pub fn events_within(&self, func: FuncId) -> Vec<EventId> {
        let mut out = Vec::new();
        let mut todo = vec![func];
        while let Some(func) = todo.pop() {
            for id in self.events_of.get(&func).into_iter().flatten() {
                out.push(*id);
                if let EventKind::Define(closure) = &self.event(*id).kind {
                    todo.push(*closure);
                }
            }
        }
        out
    }

    /// Whether two events of one function stand in different arms of a branch, so that only one of them
    /// runs.
    #[must_use]
    pub fn are_apart(&self, a: EventId, b: EventId) -> bool {
        let others = &self.event(b).branches;
        self.event(a).branches.iter().any(|p| {
            others
                .iter()
                .any(|q| p.number == q.number && p.arm != q.arm)
        })
    }

    /// Events with a command, in source order, outside tests and other people's code.
    pub fn command_events(&self) -> impl Iterator<Item = (EventId, &Event, &Command)> {
        self.events.iter().enumerate().filter_map(|(i, event)| {
            let command = event.command()?;
            self.is_judged(event.func)
                .then_some((EventId(i as u32), event, command))
        })
    }

    /// How much is understood.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        // Keys of each call, and whether there may be others.
        let mut known: BTreeMap<EventId, (BTreeSet<String>, bool)> = BTreeMap::new();
        for command in &self.commands {
            let (keys, open) = known.entry(command.event).or_default();
            *open |= command.open;
            for key in &command.keys {
                match &key.template {
                    Some(template) if !template.is_bare() => {
                        keys.insert(template.text());
                    }
                    _ => *open = true,
                }
            }
        }
        let mut out = Coverage::default();
        for (id, _, _) in self.command_events() {
            out.commands += 1;
            if let Some((keys, open)) = known.get(&id) {
                out.keys += keys.len();
                out.unknown += usize::from(keys.is_empty() && *open);
            }
        }
        out
    }

    /// Whether findings in a function are reported.
    #[must_use]
    pub fn is_judged(&self, func: FuncId) -> bool {
        let function = self.function(func);
        !function.test
            && !self.files[function.file as usize]
                .code
                .as_ref()
                .is_some_and(|c| c.vendored)
    }

    /// The function that a closure belongs to, itself for others.
    #[must_use]
    pub fn outermost(&self, func: FuncId) -> FuncId {
        let mut current = func;
        while let Some(parent) = self.function(current).parent {
            current = parent;
        }
        current
    }

    /// Whether a loop goes at a pace of its own, or goes on or ends by what an event answers: a search, a
    /// drain, a poll.
    #[must_use]
    pub fn decides(&self, event: EventId, around: &LoopFact) -> bool {
        self.paced.contains(&around.site)
            || self
                .exits
                .get(&around.site)
                .is_some_and(|events| events.contains(&event))
    }

    /// Loops whose elements a value is made of.
    #[must_use]
    pub fn loops_in(&self, value: &Value) -> Vec<Site> {
        let (mut loops, mut params) = (Vec::new(), Vec::new());
        words::note(value, &mut loops, &mut params);
        loops
    }

    /// Parameters that a value is made of.
    #[must_use]
    pub fn params_in(&self, value: &Value) -> Vec<(FuncId, u16)> {
        let (mut loops, mut params) = (Vec::new(), Vec::new());
        words::note(value, &mut loops, &mut params);
        params
    }

    /// Events of a function, in order.
    pub fn events_in(&self, func: FuncId) -> impl Iterator<Item = EventId> {
        self.events_of.get(&func).into_iter().flatten().copied()
    }

    /// Calls of a function, also by functions that nothing runs.
    #[must_use]
    pub fn any_calls_of(&self, func: FuncId) -> Vec<EventId> {
        (0u32..)
            .zip(&self.events)
            .filter(|(_, event)| {
                matches!(&event.kind, EventKind::Call { callees, .. } if callees.contains(&func))
            })
            .map(|(number, _)| EventId(number))
            .collect()
    }

    /// What becomes on a cluster of a plain pipeline over several slots, if the client is known.
    #[must_use]
    pub fn pipelines(&self, connection: &ConnectionUse) -> Option<CrossSlot> {
        let client = || self.library.client(&connection.client);
        connection
            .queues
            .or_else(|| Some(client()?.cluster.plain_pipeline))
    }

    /// Families of the keys of judged commands for which something holds.
    #[must_use]
    pub fn families(&self, holds: impl Fn(&Command, &ResolvedKey) -> bool) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for keyed in &self.commands {
            let event = self.event(keyed.event);
            let Some(command) = event.command().filter(|_| self.is_judged(event.func)) else {
                continue;
            };
            let keys = keyed.keys.iter().filter(|key| holds(command, key));
            out.extend(keys.filter_map(|key| Some(key.template.as_ref()?.family())));
        }
        out
    }

    /// The function or closure that begins last before a place in its file.
    #[must_use]
    pub fn function_at(&self, site: Site) -> Option<FuncId> {
        let before = |(_, function): &(usize, &Function)| {
            function.file == site.file
                && (function.span.line, function.span.column) <= (site.span.line, site.span.column)
        };
        let functions = self.functions.iter().enumerate().filter(before);
        let (number, _) =
            functions.max_by_key(|(_, function)| (function.span.line, function.span.column))?;
        Some(FuncId(number as u32))
    }

    /// Calls of a function by functions that run.
    #[must_use]
    pub fn calls_of(&self, func: FuncId) -> &[EventId] {
        self.callers.get(&func).map_or(&[], Vec::as_slice)
    }

    /// The shortest way from a request handler to an event that passes a miss or failure of an
    /// earlier lookup: calls, outermost first, and the lookup. `lookup` decides which earlier events
    /// count.
    #[must_use]
    pub fn miss_path(&self, event: EventId, lookup: &dyn Fn(EventId) -> bool) -> Option<MissPath> {
        // Upwards, breadth first; a state is a function and whether a miss has been passed.
        struct Node {
            func: FuncId,
            call: Option<EventId>,
            missed: Option<EventId>,
            need: Option<Need>,
            back: Option<usize>,
        }
        let missed_at = |id: EventId| self.event(id).on_miss.iter().copied().find(|e| lookup(*e));
        let mut nodes = vec![Node {
            func: self.event(event).func,
            call: None,
            missed: missed_at(event),
            need: None,
            back: None,
        }];
        let mut seen = BTreeSet::from([(nodes[0].func, nodes[0].missed.is_some(), None)]);
        let mut queue = VecDeque::from([0]);
        while let Some(at) = queue.pop_front() {
            let func = nodes[at].func;
            if let Some(missed) = nodes[at].missed
                && self.function(func).handler
            {
                let mut calls = Vec::new();
                let mut current = Some(at);
                while let Some(number) = current {
                    calls.extend(nodes[number].call);
                    current = nodes[number].back;
                }
                return Some(MissPath {
                    handler: func,
                    calls,
                    lookup: missed,
                });
            }
            for (upper, call, need) in self.uppers(func, nodes[at].need, nodes[0].func) {
                if call.is_some_and(|call| self.event(call).spawned) {
                    continue;
                }
                let missed = nodes[at].missed.or_else(|| call.and_then(missed_at));
                if seen.insert((upper, missed.is_some(), need)) {
                    nodes.push(Node {
                        func: upper,
                        call,
                        missed,
                        need,
                        back: Some(at),
                    });
                    queue.push_back(nodes.len() - 1);
                }
            }
        }
        None
    }

    /// Functions that lead to a function, outside tests: by a call, or by standing around it. `need` is
    /// what the path so far needs; what it then needs comes back.
    #[must_use]
    pub fn uppers(&self, func: FuncId, need: Option<Need>, bottom: FuncId) -> Vec<Upper> {
        let calls = self.calls_of(func).iter();
        let calls = calls.map(|call| (self.event(*call).func, Some(*call)));
        let parent = self.function(func).parent.map(|parent| (parent, None));
        calls
            .chain(parent)
            .filter(|(upper, _)| !self.function(*upper).test && self.may_meet(*upper, bottom))
            .filter_map(|(upper, call)| Some((upper, call, self.need_above(need, func, call)?)))
            .collect()
    }

    /// Whether some program may hold two functions.
    fn may_meet(&self, a: FuncId, b: FuncId) -> bool {
        let module = |id| self.function(id).module.as_str();
        symbols::may_meet(&self.programs, module(a), module(b))
    }

    /// What a path needs above a call: a function that a parameter must hold. `None` when the call
    /// gives it another one.
    fn need_above(
        &self,
        need: Option<Need>,
        callee: FuncId,
        call: Option<EventId>,
    ) -> Option<Option<Need>> {
        let Some(call) = call else {
            return Some(need);
        };
        let EventKind::Call { args, .. } = &self.event(call).kind else {
            return Some(need);
        };
        let above = Need::above(need, callee, args)?;
        Some(above.or_else(|| {
            self.handed.get(&call).map(|(func, number)| Need {
                func: *func,
                number: *number,
                target: callee,
            })
        }))
    }

    /// Whether an event is a command of some sort itself, or calls something that sends one.
    #[must_use]
    pub fn reaches_command(
        &self,
        event: EventId,
        wanted: &dyn Fn(EventId, &Command) -> bool,
    ) -> bool {
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::new();
        match &self.event(event).kind {
            EventKind::Command(command) => return wanted(event, command),
            EventKind::Call { callees, .. } => queue.extend(callees.iter().copied()),
            _ => return false,
        }
        let mut budget = 400;
        while let Some(func) = queue.pop_front() {
            if !seen.insert(func) || budget == 0 {
                continue;
            }
            budget -= 1;
            for id in self.events_of.get(&func).into_iter().flatten() {
                match &self.event(*id).kind {
                    EventKind::Command(command) if wanted(*id, command) => return true,
                    EventKind::Call { callees, .. } => queue.extend(callees.iter().copied()),
                    EventKind::Define(closure) => queue.push_back(*closure),
                    _ => {}
                }
            }
        }
        false
    }

    /// How a handler is registered: the path, if a constant one is known. A closure that wraps the handlers
    /// of several routes stands for none of them.
    #[must_use]
    pub fn route_of(&self, func: FuncId) -> Option<&Handler> {
        let mut routes = self.handlers.iter().filter(|h| h.functions.contains(&func));
        let first = routes.next();
        let wraps = self.function(func).parent.is_some() && routes.next().is_some();
        first.filter(|_| !wraps)
    }
}

/// A function that leads to another, the call if it is one, and what the path needs above it.
pub type Upper = (FuncId, Option<EventId>, Option<Need>);

/// The way from a handler to a command, past a lookup that missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissPath {
    /// The handler.
    pub handler: FuncId,
    /// Calls, outermost first.
    pub calls: Vec<EventId>,
    /// The lookup whose miss leads on.
    pub lookup: EventId,
}

/// Whether values of a type collect commands.
fn is_queue_type(eval: &Evaluator<'_>, id: Option<TypeId>) -> bool {
    id.map(|id| eval.symbols.ty(id))
        .and_then(|info| eval.library.client(&info.module)?.types.get(&*info.name))
        .is_some_and(|t| t.role == Role::Queue)
}

/// What the types of a queue, or of what is sent through, say of something on a cluster.
fn by_type<T>(
    eval: &Evaluator<'_>,
    event: &Event,
    what: impl Fn(&library::ClientType) -> Option<T>,
) -> Option<T> {
    let types = match &event.kind {
        EventKind::Command(command) => [None, command.receiver_type],
        EventKind::Queue {
            of, receiver_type, ..
        } => [*of, *receiver_type],
        _ => return None,
    };
    types.into_iter().flatten().find_map(|id| {
        let info = eval.symbols.ty(id);
        let client = eval.library.client(&info.module)?;
        what(client.types.get(&*info.name)?)
    })
}

/// Whether something is sent through a type that stands for one node's connection alone: a client hands
/// it out, and nothing makes it.
fn is_node_type(eval: &Evaluator<'_>, event: &Event) -> bool {
    let ty = match &event.kind {
        EventKind::Command(command) => command.receiver_type,
        EventKind::Queue { receiver_type, .. } => *receiver_type,
        _ => None,
    };
    let Some(info) = ty.map(|id| eval.symbols.ty(id)) else {
        return false;
    };
    eval.library.client(&info.module).is_some_and(|client| {
        let given = |c: &library::Control| c.gives.as_deref() == Some(&*info.name);
        client.control.values().any(given)
            && client
                .functions
                .values()
                .all(|f| f.returns.as_deref() != Some(&*info.name))
    })
}

fn queued(eval: &Evaluator<'_>) -> BTreeSet<EventId> {
    let queued = |event: &Event| {
        event.command().is_some_and(|c| {
            matches!(c.receiver, Value::Queue(..)) || is_queue_type(eval, c.receiver_type)
        })
    };
    (0u32..)
        .zip(&eval.events)
        .filter(|(_, event)| queued(event))
        .map(|(number, _)| EventId(number))
        .collect()
}

/// The connection behind a queue.
fn through_queue(
    eval: &Evaluator<'_>,
    receiver: &Value,
    of_type: Connection,
) -> (Value, Connection) {
    match receiver {
        Value::Queue(queue, _) => match &eval.events[queue.0 as usize].kind {
            EventKind::Queue {
                receiver,
                connection,
                ..
            } => (receiver.clone(), *connection),
            _ => (receiver.clone(), of_type),
        },
        other => (other.clone(), of_type),
    }
}

fn modules(files: &[FileFacts]) -> Vec<Module> {
    let mut out: Vec<Module> = files
        .iter()
        .filter_map(|file| {
            let module = file.module.as_ref()?;
            let folder = file
                .path
                .rsplit_once('/')
                .map_or(String::new(), |(folder, _)| format!("{folder}/"));
            Some(Module {
                lang: module.lang,
                name: module.name.clone(),
                path: file.path.clone(),
                folder,
                requires: module
                    .requires
                    .iter()
                    .map(|(n, v)| (n.clone(), v.value.clone()))
                    .collect(),
                programs: Vec::new(),
            })
        })
        .collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    let programs: Vec<(usize, String)> = files
        .iter()
        .filter_map(|file| {
            let code = file.code.as_ref().filter(|c| !c.test && !c.vendored)?;
            code.functions
                .iter()
                .find(|f| f.entry && f.name == "main")?;
            let module = module_of(&out, file)?;
            let at = out.iter().position(|m| m == module)?;
            let below = code.module.strip_prefix(module.name.as_str())?;
            let folder = below.rsplit('/').next().filter(|f| !f.is_empty())?;
            Some((at, folder.to_string()))
        })
        .collect();
    for (at, folder) in programs {
        if !out[at].programs.contains(&folder) {
            out[at].programs.push(folder);
        }
    }
    out
}

/// The module that a file belongs to: the nearest manifest above it.
fn module_of<'m>(modules: &'m [Module], file: &FileFacts) -> Option<&'m Module> {
    let lang = file.code.as_ref()?.lang;
    modules
        .iter()
        .filter(|m| m.lang == lang && file.path.starts_with(&m.folder))
        .max_by_key(|m| m.folder.len())
}

/// Whether values of a type of the program are copied.
fn is_cloned(eval: &Evaluator<'_>, owner: Option<TypeId>) -> bool {
    let def = owner.and_then(|id| eval.symbols.ty(eval.symbols.base(id)).def);
    def.and_then(|(file, at)| {
        let code = eval.files[file as usize].code.as_ref()?;
        code.types.get(at as usize)
    })
    .is_some_and(|ty| ty.cloned)
}

fn shared_parameters(function: &crate::facts::Function) -> Vec<u16> {
    let numbered = (0u16..).zip(&function.params);
    numbered.filter(|(_, p)| p.shared).map(|(n, _)| n).collect()
}

fn functions(
    eval: &Evaluator<'_>,
    used: &BTreeSet<FuncId>,
    loose: &BTreeSet<FuncId>,
    live: &BTreeSet<FuncId>,
    handlers: &BTreeSet<FuncId>,
) -> Vec<Function> {
    // Part of a program may be used by what is not in the run.
    let programs: BTreeSet<Lang> = eval
        .files
        .iter()
        .filter_map(|file| file.code.as_ref().filter(|c| !c.test && !c.aside))
        .filter(|code| code.functions.iter().any(|f| f.entry && f.name == "main"))
        .map(|code| code.lang)
        .collect();
    let mut out: Vec<Function> = Vec::with_capacity(eval.symbols.functions.len());
    for (number, info) in eval.symbols.functions.iter().enumerate() {
        let id = FuncId(number as u32);
        let code = eval.files[info.file as usize].code.as_ref();
        let facts = eval.symbols.function(eval.files, id);
        let name = facts.map_or_else(String::new, |f| f.label.clone());
        out.push(Function {
            name,
            module: code.map_or(String::new(), |c| c.module.clone()),
            file: info.file,
            span: facts.map_or(Span::default(), |f| f.span),
            live: live.contains(&id),
            test: reach::is_test(eval, id),
            handler: handlers.contains(&id),
            parent: info.parent,
            exclusive: facts.is_some_and(|f| f.exclusive) && !is_cloned(eval, info.owner),
            unused: code.is_some_and(|c| programs.contains(&c.lang)) && !used.contains(&id),
            aside: code.is_some_and(|c| c.aside),
            loose: loose.contains(&id),
            shared: facts.map_or_else(Vec::new, shared_parameters),
        });
    }
    out
}

fn resolve_command(flow: &mut Flow<'_, '_>, instance: &Instance) -> Vec<KeyedCommand> {
    let mut values: Vec<Value> = instance.keys.iter().map(|k| k.value.clone()).collect();
    values.extend(instance.pattern.clone());
    let combinations = flow.combinations(&values);
    // What callers give and what fields of several objects hold need not go together.
    let mixed: Vec<bool> = values
        .iter()
        .map(|value| !instance.chain.is_empty() && flow.varies_by_field(value))
        .collect();
    combinations
        .into_iter()
        .map(|values| KeyedCommand {
            event: instance.event,
            keys: resolved(flow, &instance.keys, &values)
                .into_iter()
                .zip(&mixed)
                .map(|(key, mixed)| ResolvedKey {
                    mixed: *mixed,
                    ..key
                })
                .collect(),
            open: instance.open,
            pattern: instance
                .pattern
                .as_ref()
                .and_then(|_| values.last())
                .and_then(Template::of),
            chain: instance.chain.clone(),
        })
        .collect()
}

/// What decides, beside the code, whether servers form a cluster.
struct Surroundings<'a> {
    modules: &'a [Module],
    /// Manifests of modules whose deployment names the endpoint of a cluster.
    clusters: &'a BTreeSet<String>,
    settings: &'a Settings,
}

fn resolved(flow: &mut Flow<'_, '_>, keys: &[flow::Key], values: &[Value]) -> Vec<ResolvedKey> {
    keys.iter()
        .zip(values)
        .map(|(key, value)| {
            let template = Template::of(value);
            let unsure = template
                .iter()
                .flat_map(Template::holes)
                .any(|hole| flow.may_hold_brace(hole));
            ResolvedKey {
                template,
                unsure,
                mixed: false,
                access: key.access,
                many: key.many,
                command: key.command,
            }
        })
        .collect()
}

fn resolve_unit(
    flow: &mut Flow<'_, '_>,
    eval: &Evaluator<'_>,
    connections: &BTreeMap<EventId, ConnectionUse>,
    surroundings: &Surroundings<'_>,
    unit: &Unit,
) -> Vec<KeyedUnit> {
    let event = &eval.events[unit.event.0 as usize];
    let (client, of_type, queue) = match &event.kind {
        EventKind::Queue {
            kind,
            client,
            connection,
            ..
        } => (client.clone(), *connection, Some(*kind)),
        EventKind::Command(command) => {
            // A queue that nobody opens in the program: whether it is a transaction is not known.
            let queue = is_queue_type(eval, command.receiver_type).then_some(QueueKind::Pipeline);
            let several = unit.keys.iter().any(|k| k.command != unit.event);
            (
                command.client.clone(),
                command.connection,
                queue.filter(|_| several),
            )
        }
        _ => return Vec::new(),
    };
    let mut connection = match connections.get(&unit.event) {
        Some(known) if unit.chain.is_empty() => known.clone(),
        _ => {
            let (receiver, of_type) = through_queue(eval, &unit.receiver, of_type);
            connection_use(flow, eval, surroundings, event, client, &receiver, of_type)
        }
    };
    connection.queues = by_type(eval, event, |ty| ty.queues);
    let values: Vec<Value> = unit.keys.iter().map(|k| k.value.clone()).collect();
    let mut out = Vec::new();
    for sets in flow.by_choice(&values) {
        let mut sets: Vec<Vec<ResolvedKey>> = sets
            .iter()
            .map(|values| resolved(flow, &unit.keys, values))
            .collect();
        // A prefix that is set to a tag for clusters and left empty elsewhere: the tag is what counts.
        let most = sets.iter().map(|keys| tagged(keys)).max().unwrap_or(0);
        sets.retain(|keys| tagged(keys) == most);
        out.extend(sets.into_iter().map(|keys| KeyedUnit {
            event: unit.event,
            at: unit.at,
            keys,
            chain: unit.chain.clone(),
            connection: connection.clone(),
            queue,
        }));
    }
    out
}

/// How many keys have a hash tag.
fn tagged(keys: &[ResolvedKey]) -> usize {
    keys.iter()
        .filter_map(|k| k.template.as_ref())
        .filter(|t| t.hash_tag().is_some())
        .count()
}

#[allow(clippy::too_many_arguments, reason = "all that decides a connection")]
fn connection_use(
    flow: &mut Flow<'_, '_>,
    eval: &Evaluator<'_>,
    surroundings: &Surroundings<'_>,
    event: &Event,
    client: Arc<str>,
    receiver: &Value,
    of_type: Connection,
) -> ConnectionUse {
    let file = &eval.files[event.site.file as usize];
    let Surroundings {
        modules,
        clusters,
        settings,
    } = surroundings;
    let module = module_of(modules, file);
    let around: Vec<Arc<Connected>> = eval
        .constructed
        .iter()
        .filter(|c| {
            module.is_some() && module_of(modules, &eval.files[c.site.file as usize]) == module
        })
        .cloned()
        .collect();
    let (kind, made, guessed) = flow.connection(of_type, receiver, &around);
    let versions = eval.library.client(&client);
    let version = module
        .and_then(|m| m.version_of(versions.map_or(&*client, library::Client::version_module)));
    let declared = module.and_then(|m| {
        settings
            .services
            .iter()
            .find(|s| {
                s.module
                    .as_deref()
                    .is_some_and(|name| m.name == name || m.path.starts_with(name))
            })
            .and_then(|s| s.cluster)
    });
    let mode = declared.unwrap_or(settings.cluster);
    let cluster = match mode {
        ClusterMode::On => true,
        ClusterMode::Off => false,
        ClusterMode::Auto => {
            let deployed = module.is_some_and(|m| clusters.contains(&m.path));
            kind == Connection::Cluster
                || deployed
                || made.iter().any(|c| flow.is_cluster_endpoint(c))
        }
    };
    let handed = made
        .iter()
        .filter(|_| !guessed)
        .filter_map(|c| c.handed.clone())
        .collect();
    let mut sites: Vec<Site> = made.iter().map(|c| c.site).collect();
    sites.sort();
    sites.dedup();
    ConnectionUse {
        queues: None,
        scans: None,
        kind,
        made: sites,
        client,
        version,
        cluster,
        node: flow.is_node(receiver, &mut HashSet::new()),
        shared: false,
        handed,
        guessed,
    }
}

/// Compares dotted versions, with or without a leading `v`: whether `a` is older than `b`.
#[must_use]
pub fn is_older(a: &str, b: &str) -> bool {
    let numbers = |v: &str| -> Vec<u64> {
        v.trim_start_matches('v')
            .split(['.', '-', '+'])
            .map_while(|n| n.parse().ok())
            .collect()
    };
    numbers(a) < numbers(b)
}

/// The name for people of an unknown value that a link of a chain depends on.
fn unknown_name(value: &Value) -> String {
    let mut name = None;
    value.atoms(&mut |atom: &Atom| {
        if name.is_none() {
            name = Some(match &atom.origin {
                Origin::Field(_, _, field) => field.to_string(),
                _ => atom.display_name(),
            });
        }
    });
    name.unwrap_or_else(|| "a value".into())
}

/// Options of a connection that were seen where it was made.
fn options(connected: &Connected) -> Option<&value::Object> {
    match connected.options.as_deref() {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The address in the options of a connection, or all that it is made from.
fn address<'c>(library: &Library, connected: &'c Connected) -> Option<&'c Value> {
    match connected.options.as_deref()? {
        Value::Object(object) => {
            let client = library.client(&connected.module)?;
            let mut fields = client.options.addresses.fields.iter();
            fields.find_map(|name| object.fields.get(name.as_str()))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{Module, is_older};
    use crate::facts::Lang;

    #[test]
    fn modules_have_short_names() {
        for (name, short) in [
            ("example.com/shop/stock-api/v2", "stock-api"),
            ("example.com/shop/v", "v"),
            ("gateway", "gateway"),
        ] {
            let module = Module {
                lang: Lang::Go,
                name: name.into(),
                path: String::new(),
                folder: String::new(),
                requires: Vec::new(),
                programs: Vec::new(),
            };
            assert_eq!(module.short_name(), short);
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(is_older("v9.7.3", "9.11.0"));
        assert!(!is_older("v9.11.0", "9.11.0"));
        assert!(!is_older("9.12.0-beta.1", "9.11.0"));
        assert!(is_older("v8.11.5", "9.0.0"));
    }
}
