//! Ties probes of manifests to the handlers that answer them, and handlers to what bounds them.

use super::eval::Evaluator;
use super::flow::Flow;
use super::ids::{EventId, FuncId, Site};
use super::library::Library;
use super::model::EventKind;
use super::targets;
use super::value::{Atom, Connected, Origin, Ty, Value};
use super::{Module, module_of, unknown_name};
use crate::config::{LatencyOrigin, Settings};
use crate::facts::{Container, FileFacts, Probe, ProbeAction, Span, Type, Workload};
use crate::redis::endpoint;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A duration with the place that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Milliseconds.
    pub ms: u64,
    /// Where it is written.
    pub site: Site,
}

/// A Redis command on the way of a request, with what bounds it.
#[derive(Debug, Clone)]
pub struct Check {
    /// The command.
    pub command: EventId,
    /// Calls from the handler to it, outermost first.
    pub chain: Vec<EventId>,
    /// The deadline that the code gives it.
    pub written: Option<Bound>,
    /// The name of a value that the deadline depends on and that is not known.
    pub unresolved: Option<String>,
    /// What one attempt of the client may take: the read timeout, where it is known.
    pub client: Option<Bound>,
    /// Whether the client applies a context's deadline to a command in flight.
    pub context_applies: Option<bool>,
    /// What the command may really take, in milliseconds, where it is known.
    pub effective_ms: Option<u64>,
}

/// A registered path.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The path; `None` if it is not constant.
    pub path: Option<String>,
    /// Whether something unknown may stand before the path.
    pub open_prefix: bool,
    /// The functions that answer.
    pub functions: Vec<FuncId>,
    /// Service and method, for a remote procedure.
    pub procedure: Option<String>,
    /// Where it is registered.
    pub site: Site,
    /// Number of its module among the program's, if it has one.
    pub module: Option<usize>,
    /// Redis commands on its way.
    pub checks: Vec<Check>,
}

/// A measured latency that applies to a probe or handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Milliseconds.
    pub ms: u64,
    /// Where it was given; `None` for the command line.
    pub place: Option<(String, Span)>,
}

/// A probe with all that it reaches.
#[derive(Debug, Clone)]
pub struct ProbeUse {
    /// The manifest.
    pub file: u32,
    /// The workload's kind and name.
    pub workload: String,
    /// The container's name.
    pub container: String,
    /// The probe.
    pub probe: Probe,
    /// Whether the document is a template.
    pub templated: bool,
    /// The path that it asks, for HTTP probes.
    pub path: Option<String>,
    /// The module of the run that it belongs to.
    pub module: Option<usize>,
    /// Whether the module was found by name; otherwise it is the only candidate.
    pub by_name: bool,
    /// Handlers that answer it, as numbers among the program's.
    pub handlers: Vec<usize>,
    /// The measured latency of its path.
    pub measured: Option<Measured>,
}

/// Calls from a handler are followed this deep.
const MAX_DEPTH: usize = 10;
/// No handler is searched for longer than this many events.
const MAX_EVENTS: usize = 4000;

/// All registered paths.
#[must_use]
pub fn handlers(
    eval: &Evaluator<'_>,
    flow: &mut Flow<'_, '_>,
    library: &Library,
    modules: &[Module],
) -> Vec<Handler> {
    let mut out: Vec<Handler> = Vec::new();
    for route in &eval.routes {
        let file = &eval.files[route.site.file as usize];
        if eval.files[route.site.file as usize]
            .code
            .as_ref()
            .is_some_and(|c| c.test || c.vendored)
        {
            continue;
        }
        let module =
            module_of(modules, file).and_then(|m| modules.iter().position(|other| other == m));
        let mut search = Search {
            eval,
            library,
            modules,
            checks: Vec::new(),
            route: route.site,
            visited: HashSet::new(),
            reached: HashSet::new(),
            budget: MAX_EVENTS,
        };
        // Handlers that others call, such as those wrapped in middleware, are met on their way.
        let (inner, outer): (Vec<FuncId>, Vec<FuncId>) = route
            .handlers
            .iter()
            .partition(|func| flow.callers.contains_key(func));
        for func in outer.into_iter().chain(inner) {
            if !search.reached.contains(&func) {
                search.function(flow, func, &mut Vec::new());
            }
        }
        let checks = search.checks;
        out.push(Handler {
            path: route.path.clone(),
            // Routes of a router that something may mount elsewhere.
            open_prefix: route.open_prefix || eval.mounts.iter().any(|func| *func != route.func),
            functions: route.handlers.clone(),
            procedure: route.procedure.clone(),
            site: route.site,
            module,
            checks,
        });
    }
    out.sort_by(|a, b| (a.site, &a.path).cmp(&(b.site, &b.path)));
    out
}

/// What is known of an option.
enum Setting {
    /// Nobody sets it.
    Default,
    /// It is set to this.
    Value(Value),
    /// It may be anything.
    Unknown,
}

struct Search<'a, 'f> {
    eval: &'a Evaluator<'f>,
    library: &'a Library,
    modules: &'a [Module],
    checks: Vec<Check>,
    /// Where the handler is registered.
    route: Site,
    visited: HashSet<(FuncId, Vec<EventId>)>,
    /// Functions on the way, by whatever calls.
    reached: HashSet<FuncId>,
    budget: usize,
}

impl Search<'_, '_> {
    fn function(&mut self, flow: &mut Flow<'_, '_>, func: FuncId, chain: &mut Vec<EventId>) {
        let recent = chain.last().copied().into_iter().collect();
        if chain.len() > MAX_DEPTH || !self.visited.insert((func, recent)) {
            return;
        }
        self.reached.insert(func);
        let mut closures = Vec::new();
        for id in flow.events_of.get(&func).cloned().unwrap_or_default() {
            let event = &self.eval.events[id.0 as usize];
            if event.spawned {
                continue;
            }
            if self.budget == 0 {
                return;
            }
            self.budget -= 1;
            match &event.kind {
                EventKind::Command(_) => {
                    let check = self.check(flow, id, chain);
                    self.checks.push(check);
                }
                EventKind::Call { callees, .. } => {
                    let callees: Vec<FuncId> = if self.eval.dynamic.contains_key(&id) {
                        let on_way =
                            targets::on_way(self.eval, &flow.callers, id, chain, self.route);
                        on_way.into_iter().collect()
                    } else {
                        callees.clone()
                    };
                    for callee in callees {
                        if chain
                            .iter()
                            .any(|c| self.eval.events[c.0 as usize].func == callee)
                        {
                            continue;
                        }
                        chain.push(id);
                        self.function(flow, callee, chain);
                        chain.pop();
                    }
                }
                // What calls it says more, if anything does.
                EventKind::Define(closure) if flow.callers.contains_key(closure) => {
                    closures.push(*closure);
                }
                EventKind::Define(closure) => self.function(flow, *closure, chain),
                EventKind::Queue { .. } | EventKind::Connect(_) => {}
            }
        }
        for closure in closures {
            if !self.reached.contains(&closure) {
                self.function(flow, closure, chain);
            }
        }
    }

    fn check(&self, flow: &mut Flow<'_, '_>, id: EventId, chain: &[EventId]) -> Check {
        let event = &self.eval.events[id.0 as usize];
        let command = event.command();
        let context = command.and_then(|c| c.context.clone()).unwrap_or_default();
        let mut unresolved = None;
        let mut written = self.deadline(flow, &context, chain, &mut unresolved);
        let around = self.around(flow, id, chain, &mut unresolved);
        // Who stops waiting needs no help from the client.
        let cut = match (&written, &around) {
            (Some(written), Some(around)) => around.ms <= written.ms,
            (None, Some(_)) => true,
            _ => false,
        };
        if cut {
            written = around;
        }
        let receiver = command.map(|c| c.receiver.clone()).unwrap_or_default();
        let made = flow.connections(&receiver, &mut HashSet::new());
        let mut check = Check {
            command: id,
            chain: chain.to_vec(),
            written,
            unresolved,
            client: None,
            context_applies: None,
            effective_ms: None,
        };
        if let [connected] = made.iter().collect::<Vec<_>>().as_slice() {
            self.client(flow, connected, &mut check);
        }
        if cut {
            check.context_applies = Some(true);
        }
        let chosen = check.client.is_some() && made.iter().all(|c| self.sets_read_timeout(flow, c));
        check.effective_ms = match (&check.written, &check.client, check.context_applies) {
            (Some(written), _, Some(true)) => Some(written.ms),
            (Some(written), Some(client), Some(false)) if client.ms > 0 => {
                // Whole attempts are added until the deadline has passed or the retries run out.
                let attempts = written
                    .ms
                    .div_ceil(client.ms)
                    .clamp(1, self.attempts(flow, &made));
                Some(attempts * client.ms)
            }
            (Some(written), ..) => Some(written.ms),
            // Without a deadline every attempt takes as long as the client allows. A default that
            // nobody chose is left to rules about missing timeouts.
            (None, Some(client), _) if chosen && self.is_endless(&context, chain) => {
                Some(self.attempts(flow, &made) * client.ms)
            }
            (None, ..) => None,
        };
        check
    }

    /// Whether the code that makes a connection writes its read timeout.
    fn sets_read_timeout(&self, flow: &mut Flow<'_, '_>, connected: &Connected) -> bool {
        self.library
            .client(&connected.module)
            .is_some_and(|client| {
                let field = client.options.read_timeout.field.as_str();
                matches!(self.option(flow, connected, field), Setting::Value(_))
            })
    }

    /// An option of a connection: written where the options are made, or stored to them later.
    fn option(&self, flow: &mut Flow<'_, '_>, connected: &Connected, field: &str) -> Setting {
        match connected.options.as_deref() {
            Some(Value::Object(object)) => match object.fields.get(field) {
                Some(value) => Setting::Value(value.clone()),
                None => Setting::Default,
            },
            // Options from elsewhere, such as an address taken apart.
            Some(Value::Atom(atom)) => {
                let Ty::Named(id) = atom.ty else {
                    return Setting::Unknown;
                };
                if !self.eval.field_writes.contains_key(&(id, field.into())) {
                    return Setting::Default;
                }
                let origin = Origin::Field(Arc::new(atom.clone()), id, field.into());
                let stored = Atom::new(origin, None, Ty::Unknown);
                match flow.alternatives(&stored).as_deref() {
                    Some([one]) => Setting::Value(one.clone()),
                    _ => Setting::Unknown,
                }
            }
            _ => Setting::Unknown,
        }
    }

    fn attempts(&self, flow: &mut Flow<'_, '_>, made: &BTreeSet<Arc<Connected>>) -> u64 {
        let Some(connected) = made.first() else {
            return 4;
        };
        let Some(client) = self.library.client(&connected.module) else {
            return 4;
        };
        let retries = match self.option(flow, connected, &client.options.max_retries.field) {
            Setting::Value(value) => number(flow, &value),
            _ => None,
        };
        match retries {
            Some(n) if n < 0 => 1,
            Some(n) => u64::try_from(n).unwrap_or(3) + 1,
            None => client.options.max_retries.default + 1,
        }
    }

    fn client(&self, flow: &mut Flow<'_, '_>, connected: &Arc<Connected>, check: &mut Check) {
        let Some(client) = self.library.client(&connected.module) else {
            return;
        };
        check.context_applies = match client.options.context.field.as_deref() {
            None => Some(client.options.context.default),
            Some(flag) => match self.option(flow, connected, flag) {
                Setting::Default => Some(client.options.context.default),
                Setting::Value(Value::Bool(on)) => Some(on),
                _ => None,
            },
        };
        let ms = match self.option(flow, connected, &client.options.read_timeout.field) {
            Setting::Value(value) => {
                number(flow, &value).map(|ns| u64::try_from(ns / 1_000_000).unwrap_or(0))
            }
            Setting::Default => {
                let file = &self.eval.files[connected.site.file as usize];
                let module = module_of(self.modules, file);
                let version = module.and_then(|m| m.version_of(client.version_module()));
                client.default_timeout_ms(version.as_deref())
            }
            Setting::Unknown => None,
        };
        check.client = ms.filter(|ms| *ms > 0).map(|ms| Bound {
            ms,
            site: connected.site,
        });
    }

    /// The shortest deadline of what a command, or a call on the way to it, stands in.
    fn around(
        &self,
        flow: &mut Flow<'_, '_>,
        id: EventId,
        chain: &[EventId],
        unresolved: &mut Option<String>,
    ) -> Option<Bound> {
        let mut best: Option<Bound> = None;
        for (depth, event) in chain.iter().chain([&id]).enumerate() {
            let Some(bound) = self.eval.events[event.0 as usize].bound.clone() else {
                continue;
            };
            let above = &chain[..depth.min(chain.len())];
            if let Some(found) = self.deadline(flow, &bound, above, unresolved)
                && best.as_ref().is_none_or(|known| found.ms < known.ms)
            {
                best = Some(found);
            }
        }
        best
    }

    /// The nearest deadline of a context, with the calls that hand it on.
    fn deadline(
        &self,
        flow: &mut Flow<'_, '_>,
        context: &Value,
        chain: &[EventId],
        unresolved: &mut Option<String>,
    ) -> Option<Bound> {
        match context {
            Value::Deadline(duration, parent, site) => {
                let own = match number(flow, duration) {
                    Some(ns) => Some(Bound {
                        ms: u64::try_from(ns / 1_000_000).unwrap_or(0),
                        site: *site,
                    }),
                    None => match self.handed(flow, duration, chain) {
                        Some(ns) => Some(Bound {
                            ms: u64::try_from(ns / 1_000_000).unwrap_or(0),
                            site: *site,
                        }),
                        None => {
                            unresolved.get_or_insert_with(|| unknown_name(duration));
                            None
                        }
                    },
                };
                let outer = self.deadline(flow, parent, chain, unresolved);
                match (own, outer) {
                    (Some(a), Some(b)) => Some(if b.ms < a.ms { b } else { a }),
                    (a, b) => a.or(b),
                }
            }
            Value::Choice(_, values) => {
                // The longest of several is what can happen.
                let bounds: Vec<Option<Bound>> = values
                    .iter()
                    .map(|v| self.deadline(flow, v, chain, unresolved))
                    .collect();
                bounds
                    .into_iter()
                    .collect::<Option<Vec<_>>>()?
                    .into_iter()
                    .max_by_key(|b| b.ms)
            }
            Value::Atom(atom) => match &atom.origin {
                Origin::Param(func, number) => {
                    let (call, upper) = self.call_into(*func, chain)?;
                    let EventKind::Call { args, .. } = &self.eval.events[call.0 as usize].kind
                    else {
                        return None;
                    };
                    let given = args.get(usize::from(*number))?.clone();
                    self.deadline(flow, &given, upper, unresolved)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A number that a function was given on this way.
    fn handed(&self, flow: &mut Flow<'_, '_>, value: &Value, chain: &[EventId]) -> Option<i64> {
        let Value::Atom(atom) = value else {
            return None;
        };
        let Origin::Param(func, position) = &atom.origin else {
            return None;
        };
        let argument = |call: EventId| match &self.eval.events[call.0 as usize].kind {
            EventKind::Call { args, .. } => args.get(usize::from(*position)).cloned(),
            _ => None,
        };
        if let Some((call, upper)) = self.call_into(*func, chain) {
            let given = argument(call)?;
            return number(flow, &given).or_else(|| self.handed(flow, &given, upper));
        }
        // The function that made this handler is not on the way to it: the call where the route is
        // registered says it, else all callers must agree.
        let mut callers = flow.callers.get(func).cloned().unwrap_or_default();
        let here = |call: &EventId| {
            let site = self.eval.events[call.0 as usize].site;
            site.file == self.route.file && site.span.line == self.route.span.line
        };
        if callers.iter().any(here) {
            callers.retain(here);
        }
        let mut given: Vec<Option<i64>> = Vec::new();
        for call in callers {
            given.push(argument(call).and_then(|value| number(flow, &value)));
        }
        given.dedup();
        match given.as_slice() {
            [one] => *one,
            _ => None,
        }
    }

    /// Whether a context certainly has no deadline: it was made fresh, on this way.
    fn is_endless(&self, context: &Value, chain: &[EventId]) -> bool {
        match context {
            Value::Context => true,
            Value::Atom(atom) => match &atom.origin {
                Origin::Param(func, position) => {
                    self.call_into(*func, chain).is_some_and(|(call, upper)| {
                        match &self.eval.events[call.0 as usize].kind {
                            EventKind::Call { args, .. } => args
                                .get(usize::from(*position))
                                .is_some_and(|given| self.is_endless(given, upper)),
                            _ => false,
                        }
                    })
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The call of a chain that enters a function, and the calls before it.
    fn call_into<'c>(
        &self,
        func: FuncId,
        chain: &'c [EventId],
    ) -> Option<(EventId, &'c [EventId])> {
        let at = chain.iter().rposition(|c| {
            matches!(&self.eval.events[c.0 as usize].kind, EventKind::Call { callees, .. } if callees.contains(&func))
        })?;
        Some((chain[at], &chain[..at]))
    }
}

/// A number, if exactly one is possible.
fn number(flow: &mut Flow<'_, '_>, value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        Value::Atom(atom) if matches!(atom.origin, Origin::Field(..) | Origin::Global(_)) => {
            match flow.alternatives(atom)?.as_slice() {
                [Value::Int(n)] => Some(*n),
                _ => None,
            }
        }
        _ => None,
    }
}

/// All probes, tied to handlers.
#[must_use]
pub fn probes(
    files: &[FileFacts],
    handlers: &[Handler],
    modules: &[Module],
    settings: &Settings,
) -> Vec<ProbeUse> {
    let mut out = Vec::new();
    let workloads: usize = files
        .iter()
        .flat_map(|f| &f.documents)
        .map(|d| d.workloads.len())
        .sum();
    for (number, file) in files.iter().enumerate() {
        for document in &file.documents {
            for workload in &document.workloads {
                for container in &workload.containers {
                    let (module, by_name) = match owner(workload, container, modules, settings) {
                        Some(module) => (Some(module), true),
                        None => (
                            only_candidate(workloads, modules, handlers, workload, container),
                            false,
                        ),
                    };
                    for probe in &container.probes {
                        out.push(probe_use(
                            number as u32,
                            document.templated,
                            workload,
                            container,
                            probe,
                            module,
                            by_name,
                            handlers,
                            modules,
                            settings,
                        ));
                    }
                }
            }
        }
    }
    out
}

#[allow(
    clippy::too_many_arguments,
    reason = "one probe and all that surrounds it"
)]
fn probe_use(
    file: u32,
    templated: bool,
    workload: &Workload,
    container: &Container,
    probe: &Probe,
    module: Option<usize>,
    by_name: bool,
    handlers: &[Handler],
    modules: &[Module],
    settings: &Settings,
) -> ProbeUse {
    let path = match &probe.action {
        ProbeAction::HttpGet { path, .. } => {
            let path = path.value.split(['?', '#']).next().unwrap_or("");
            Some(if path.starts_with('/') {
                path.to_string()
            } else {
                format!("/{path}")
            })
        }
        _ => None,
    };
    let found = match (&path, module) {
        (Some(path), Some(module)) => handlers
            .iter()
            .enumerate()
            .filter(|(_, h)| h.module == Some(module))
            .filter(|(_, h)| match &h.path {
                Some(own) if h.open_prefix => path.ends_with(own.as_str()),
                Some(own) => same_path(own, path),
                None => false,
            })
            .map(|(i, _)| i)
            .collect(),
        _ => Vec::new(),
    };
    let measured = path.as_deref().and_then(|path| {
        measured(settings, path, |service| {
            settings
                .services
                .iter()
                .any(|s| s.name == service && serves(s, workload, container))
                || names(workload, container).contains(&service)
                || module.is_some_and(|m| modules[m].goes_by(service))
        })
    });
    ProbeUse {
        file,
        workload: format!("{} {}", workload.kind, named(&workload.name)),
        container: named(&container.name).to_string(),
        probe: probe.clone(),
        templated,
        path,
        module,
        by_name,
        handlers: found,
        measured,
    }
}

/// Paths of the manifests of modules whose deployment names the endpoint of a cluster in an
/// environment variable, or whose configuration has one as its default.
#[must_use]
pub fn cluster_modules(
    files: &[FileFacts],
    modules: &[Module],
    settings: &Settings,
) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for file in files {
        let Some(code) = &file.code else { continue };
        let by_default = code.types.iter().any(|t| match &t.def {
            Type::Struct(fields) => fields
                .iter()
                .any(|f| f.tag.split('"').any(endpoint::is_cluster)),
            _ => false,
        });
        if by_default && let Some(module) = module_of(modules, file) {
            out.insert(module.path.clone());
        }
    }
    for workload in files
        .iter()
        .flat_map(|f| &f.documents)
        .flat_map(|d| &d.workloads)
    {
        for container in &workload.containers {
            if container
                .env
                .iter()
                .any(|e| endpoint::is_cluster(&e.value.value))
                && let Some(module) = owner(workload, container, modules, settings)
            {
                out.insert(modules[module].path.clone());
            }
        }
    }
    out
}

/// A name for people; empty ones are made by a template.
fn named(name: &str) -> &str {
    if name.is_empty() { "(templated)" } else { name }
}

fn same_path(a: &str, b: &str) -> bool {
    let trim = |p: &str| {
        if p.len() > 1 {
            p.trim_end_matches('/').to_string()
        } else {
            p.to_string()
        }
    };
    trim(a) == trim(b)
}

/// The measured latency of a path. `is_service` tells whether a service's name is meant.
#[must_use]
pub fn measured(
    settings: &Settings,
    path: &str,
    is_service: impl Fn(&str) -> bool,
) -> Option<Measured> {
    let matching = |latency: &&crate::config::Latency| same_path(&latency.path, path);
    let own = settings
        .latencies
        .iter()
        .filter(matching)
        .find(|l| l.service.as_deref().is_some_and(&is_service));
    let latency = own.or_else(|| {
        settings
            .latencies
            .iter()
            .filter(matching)
            .find(|l| l.service.is_none())
    })?;
    Some(Measured {
        ms: latency.value_ms,
        place: match &latency.origin {
            LatencyOrigin::CommandLine => None,
            LatencyOrigin::File { path, span } => Some((path.clone(), *span)),
        },
    })
}

/// Names that a container goes by.
fn names<'w>(workload: &'w Workload, container: &'w Container) -> Vec<&'w str> {
    let mut out = vec![
        workload.name.as_str(),
        container.name.as_str(),
        image_name(&container.image),
    ];
    for (key, value) in &workload.labels {
        if matches!(
            key.as_str(),
            "app" | "app.kubernetes.io/name" | "k8s-app" | "name"
        ) {
            out.push(value);
        }
    }
    out.retain(|name| !name.is_empty());
    out
}

/// `registry/shop/stock-api:1.2@sha256:..` to `stock-api`.
fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or("");
    let last = image.rsplit('/').next().unwrap_or("");
    last.split(':').next().unwrap_or("")
}

fn serves(service: &crate::config::Service, workload: &Workload, container: &Container) -> bool {
    let names = names(workload, container);
    service
        .workloads
        .iter()
        .any(|w| names.contains(&w.as_str()))
}

/// The module that a container runs: as declared, else by image, workload, container or label name.
pub fn owner(
    workload: &Workload,
    container: &Container,
    modules: &[Module],
    settings: &Settings,
) -> Option<usize> {
    for service in settings
        .services
        .iter()
        .filter(|s| serves(s, workload, container))
    {
        if let Some(name) = &service.module
            && let Some(at) = modules
                .iter()
                .position(|m| m.name == *name || m.path.starts_with(name.as_str()))
        {
            return Some(at);
        }
    }
    let names = names(workload, container);
    let image = image_name(&container.image);
    // The image says most, when it says anything.
    let by_image = modules
        .iter()
        .position(|m| !image.is_empty() && m.goes_by(image));
    by_image.or_else(|| modules.iter().position(|m| names.contains(&m.short_name())))
}

/// One workload and one module with routes, of names that have a word in common.
fn only_candidate(
    workloads: usize,
    modules: &[Module],
    handlers: &[Handler],
    workload: &Workload,
    container: &Container,
) -> Option<usize> {
    let serving: BTreeSet<usize> = handlers.iter().filter_map(|h| h.module).collect();
    let [only] = serving.into_iter().collect::<Vec<_>>()[..] else {
        return None;
    };
    if workloads != 1 {
        return None;
    }
    let words: HashSet<&str> = modules[only].short_name().split(['-', '_', '.']).collect();
    names(workload, container)
        .iter()
        .any(|name| name.split(['-', '_', '.']).any(|w| words.contains(w)))
        .then_some(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images() {
        assert_eq!(
            image_name("registry.example.com:5000/shop/stock-api:3.0.2"),
            "stock-api"
        );
        assert_eq!(image_name("stock-api@sha256:00"), "stock-api");
        assert_eq!(image_name(""), "");
    }
}
