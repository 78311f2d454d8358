//! Evaluates every function once with symbolic parameters: values flow through locals, branches and
//! calls; commands and calls become events.

mod calls;
mod conditions;
mod expressions;
mod statements;
mod text;
mod values;
mod walk;

pub(super) use expressions::{field_of, retype};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::ids::{EventId, FuncId, Site, TypeId};
use super::library::{Library, TextEffect};
use super::model::{Branch, Event, EventKind, LoopFact, LoopSort, Route};
use super::subst::{lift, subst};
use super::symbols::{Method, Symbols};
use super::template::Template;
use super::value::{Atom, Connected, MAX_CHOICES, Object, Origin, Part, RECEIVER, Ty, Value};
use super::words::{self, Sending};
use crate::facts::{
    Call, Callee, Expr, FileFacts, FormatPart, Lang, LocalId, LoopKind, MethodSig, Op, Path, Place,
    Span, Stmt, Type,
};

/// What a function returns, as far as one evaluation tells.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// One value a result, joined over all returns.
    pub returns: Vec<Value>,
    /// Calls of parameters that hold functions: which one, and with what.
    pub param_calls: Vec<(u16, Vec<(Value, Ty)>)>,
    /// Commands whose words come from callers.
    pub sendings: Vec<Sending>,
    /// Parameters that hold queues which are run.
    pub run_params: Vec<u16>,
}

/// What a router is put below.
#[derive(Debug, Clone)]
pub struct Mount {
    /// The other router, if there is one.
    pub router: Option<Value>,
    /// The path in it.
    pub path: Option<String>,
    /// The function that puts it there.
    pub func: FuncId,
}

/// What a call of a value calls.
#[derive(Debug, Clone)]
pub struct Called {
    /// The value.
    pub value: Value,
    /// The method that is called on it, unless it is a function itself.
    pub method: Option<Arc<str>>,
}

enum State {
    New,
    Running,
    Done(Arc<Summary>),
}

/// A name within its module.
type Name = (Arc<str>, Arc<str>);

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
    /// Functions that hand a client to code outside the program.
    pub shared: BTreeSet<FuncId>,
    /// Connections handed to code outside the program, or put into lists and maps, by where they were made.
    pub kept_connections: BTreeSet<Site>,
    /// Parameters of which the same holds.
    pub kept_params: BTreeSet<(FuncId, u16)>,
    /// Functions that put a router below a path of another.
    pub mounts: BTreeSet<FuncId>,
    /// Routers by where they were made, with what they are put below: a router and a path.
    pub mounted: BTreeMap<Atom, Vec<Mount>>,
    /// Values stored to fields.
    pub field_writes: Writes<(TypeId, Arc<str>)>,
    /// Fields that code outside the program may fill with anything.
    pub filled: BTreeSet<(TypeId, Arc<str>)>,
    /// Values stored to module variables.
    pub global_writes: Writes<Arc<str>>,
    /// Functions used as values: by whom, and which.
    pub references: BTreeSet<(FuncId, FuncId)>,
    /// Types whose values are handed to code outside the program: by whom, and which.
    pub escaped: BTreeSet<(FuncId, TypeId)>,
    /// Methods that functions call on what nothing is known of, by name.
    pub unresolved: BTreeSet<(FuncId, Arc<str>)>,
    /// Calls of values: what is called becomes known when everything has been evaluated.
    pub dynamic: BTreeMap<EventId, Called>,
    /// What loops go over, where the elements are not known at once.
    pub elements: HashMap<Site, Vec<Value>>,
    /// Functions that make objects of a type, once for each place.
    pub made: HashMap<TypeId, Vec<FuncId>>,
    /// Calls by the number that tells what they make apart.
    pub calls: HashMap<u64, EventId>,
    /// Calls of a parameter: the function that has it, and its position.
    pub handed: HashMap<EventId, (FuncId, u16)>,
    states: Vec<State>,
    /// Module and name; `None` while the value is being evaluated.
    globals: HashMap<Name, Option<(Value, Ty)>>,
    assigned_globals: HashSet<(String, String)>,
    /// Module variables of which elements are assigned.
    assigned_elements: HashSet<(String, String)>,
    /// Names of fields that are assigned somewhere after their object was made.
    assigned_fields: HashSet<String>,
    /// Connections that functions outside tests make, with the file.
    pub constructed: Vec<Arc<Connected>>,
    /// Loops that wait in their rounds.
    pub paced: BTreeSet<Site>,
    /// Functions that run at their first call alone.
    pub once: BTreeSet<FuncId>,
    /// Events whose replies decide whether a loop goes on, by the loop.
    pub exits: BTreeMap<Site, BTreeSet<EventId>>,
    implementers: HashMap<TypeId, Arc<Vec<TypeId>>>,
    /// Choices that follow the form of a value: the value, and the form for each alternative.
    pub(super) selectors: HashMap<u64, (Value, Vec<Option<TypeId>>)>,
    depth: usize,
    choices: u64,
    pub(super) contexts: u64,
    branches: u64,
}

/// Locals of one function, times its branches, that are followed.
const MAX_COPIED: usize = 50_000_000;

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

/// Locals by number. Branches share what they do not change.
type Env = Vec<Arc<Slot>>;

/// The state in which the body of a loop began.
struct Running {
    /// Events before it.
    begun: usize,
    /// Misses before it.
    misses: usize,
    /// Branches around it.
    branches: usize,
}

/// A function under evaluation.
pub(super) struct Frame {
    pub(super) func: FuncId,
    pub(super) file: u32,
    module: Arc<str>,
    names: Arc<Vec<String>>,
    env: Env,
    /// Locals that were copied for branches.
    copied: usize,
    pub(super) loops: Vec<LoopFact>,
    /// What stood before each of these loops began.
    running: Vec<Running>,
    /// How many of the loops stand around the place where a closure is made, which may run elsewhere.
    detached: usize,
    /// How many of the loops stand around the closure under evaluation: it does not leave them.
    inside: usize,
    /// Lists that live outside the innermost loops.
    carried: Vec<HashSet<LocalId>>,
    pub(super) miss: Vec<EventId>,
    branches: Vec<Branch>,
    /// Events before each arm around the current place.
    arms: Vec<usize>,
    pub(super) spawned: bool,
    /// Whether the call under evaluation is waited for where it stands.
    waited: bool,
    /// Whether a method waits for what the closure that it runs on each element gives.
    waits: bool,
    pub(super) each_node: bool,
    /// The deadline after which nobody waits any more for what runs here.
    pub(super) bound: Option<Value>,
    returns: Vec<Vec<Value>>,
    param_calls: Vec<(u16, Vec<(Value, Ty)>)>,
    pub(super) sendings: Vec<Sending>,
    /// How often a queue has been run: what is put into it later goes on its own.
    run: BTreeMap<(EventId, u64), u64>,
    run_params: Vec<u16>,
    /// Transactions begun by a MULTI on a connection, and not yet ended.
    pub(super) transactions: BTreeMap<Value, EventId>,
    /// The last command of a queue that was begun by its words, and may go on.
    pub(super) begun: BTreeMap<Value, EventId>,
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
        let mut fields = HashSet::new();
        let mut elements = HashSet::new();
        for code in files.iter().filter_map(|f| f.code.as_ref()) {
            for function in &code.functions {
                walk::assigned_globals(&function.body, &code.module, &mut assigned);
                walk::assigned_elements(&function.body, &code.module, &mut elements);
                walk::assigned_fields(&function.body, &mut fields);
            }
        }
        Self {
            files,
            library,
            symbols,
            events: Vec::new(),
            routes: Vec::new(),
            shared: BTreeSet::new(),
            kept_connections: BTreeSet::new(),
            kept_params: BTreeSet::new(),
            mounts: BTreeSet::new(),
            mounted: BTreeMap::new(),
            field_writes: BTreeMap::new(),
            filled: BTreeSet::new(),
            global_writes: BTreeMap::new(),
            references: BTreeSet::new(),
            escaped: BTreeSet::new(),
            unresolved: BTreeSet::new(),
            dynamic: BTreeMap::new(),
            elements: HashMap::new(),
            made: HashMap::new(),
            handed: HashMap::new(),
            calls: HashMap::new(),
            states,
            globals: HashMap::new(),
            assigned_globals: assigned,
            assigned_elements: elements,
            assigned_fields: fields,
            constructed: Vec::new(),
            paced: BTreeSet::new(),
            once: BTreeSet::new(),
            exits: BTreeMap::new(),
            implementers: HashMap::new(),
            selectors: HashMap::new(),
            depth: 0,
            choices: 0,
            contexts: 0,
            branches: 0,
        }
    }

    /// Fields of types that code outside the program makes may hold anything.
    fn note_filled_types(&mut self) {
        let files = self.files;
        for code in files.iter().filter_map(|f| f.code.as_ref()) {
            for def in code.types.iter().filter(|def| def.filled) {
                let Type::Struct(fields) = &def.def else {
                    continue;
                };
                let id = self.symbols.intern(&code.module, &def.name);
                for field in fields {
                    self.filled.insert((id, field.name.as_str().into()));
                }
            }
        }
    }

    /// Evaluates every function and every global.
    pub fn run(&mut self) {
        self.note_filled_types();
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

    /// The first result of a function that has been evaluated.
    #[must_use]
    pub fn returns(&self, id: FuncId) -> Option<Value> {
        self.evaluated(id)?.returns.first().cloned()
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
        frame.env = vec![Arc::default(); function.locals.len()];
        if let (Some(receiver), Some(owner)) = (&function.receiver, self.symbols.func(id).owner) {
            // A method for all types that meet a bound knows of its receiver what the bound says.
            let ty = match self.symbols.resolve(&receiver.ty, &frame.module.clone()) {
                ty @ Ty::Named(_) => ty,
                _ => Ty::Named(owner),
            };
            self.bind_param(&mut frame, id, RECEIVER, &receiver.name, receiver.local, ty);
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

    /// What a function returns, once it has been evaluated.
    #[must_use]
    pub fn evaluated(&self, id: FuncId) -> Option<&Summary> {
        match &self.states[id.0 as usize] {
            State::Done(summary) => Some(summary),
            _ => None,
        }
    }

    /// Notes that an object of a type is made here.
    fn note_made(&mut self, ty: TypeId, frame: &Frame) {
        let by = self.made.entry(ty).or_default();
        // Whether there is more than one is all that anyone asks.
        if by.len() < 3 {
            by.push(frame.func);
        }
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
            copied: 0,
            loops: Vec::new(),
            running: Vec::new(),
            detached: 0,
            inside: 0,
            carried: Vec::new(),
            miss: Vec::new(),
            branches: Vec::new(),
            arms: Vec::new(),
            spawned: false,
            waited: true,
            waits: false,
            each_node: false,
            bound: None,
            returns: Vec::new(),
            param_calls: Vec::new(),
            sendings: Vec::new(),
            run: BTreeMap::new(),
            run_params: Vec::new(),
            transactions: BTreeMap::new(),
            begun: BTreeMap::new(),
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
        let atom = Atom::new(
            Origin::Param(func, number),
            (!name.is_empty() && name != "_").then(|| name.into()),
            ty.clone(),
        );
        self.store_local(frame, local, Value::Atom(atom), ty, Vec::new());
    }

    fn finish(&mut self, frame: &mut Frame, results: &[Type]) -> Summary {
        let returns = std::mem::take(&mut frame.returns);
        let param_calls = std::mem::take(&mut frame.param_calls);
        let sendings = frame.sendings.clone();
        let run_params = frame.run_params.clone();
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
        // What is given where nothing was found is nothing to follow.
        if results.len() == 1 && useful.iter().any(|v| v.first() != Some(&Value::Nil)) {
            useful.retain(|v| v.first() != Some(&Value::Nil));
        }
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
            let joined_value = self.join(id, alternatives).bounded();
            joined.push(self.without_assigned(joined_value));
        }
        Summary {
            returns: joined,
            param_calls,
            sendings,
            run_params,
        }
    }

    /// An object as others get it: fields that are assigned somewhere may have changed by then.
    fn without_assigned(&self, value: Value) -> Value {
        match value {
            Value::Object(object)
                if self.symbols.definition(self.files, object.ty).is_some()
                    && object
                        .fields
                        .keys()
                        .any(|f| self.assigned_fields.contains(&**f)) =>
            {
                let mut kept = (*object).clone();
                kept.fields
                    .retain(|name, _| !self.assigned_fields.contains(&**name));
                Value::Object(Arc::new(kept))
            }
            other => other,
        }
    }

    /// The language of the file that a function stands in.
    pub(in crate::program) fn lang(&self, frame: &Frame) -> Lang {
        self.files[frame.file as usize]
            .code
            .as_ref()
            .map_or(Lang::Go, |c| c.lang)
    }

    fn fresh_choice(&mut self) -> u64 {
        self.choices += 1;
        self.choices
    }

    /// One of several values. Equal ones collapse when all are; too many become unknown.
    fn join(&mut self, id: u64, mut alternatives: Vec<Value>) -> Value {
        tag_alike(&mut alternatives);
        let mut distinct = alternatives.clone();
        distinct.sort();
        distinct.dedup();
        if distinct.len() > 1
            && let Some(list) = self.join_lists(id, &alternatives)
        {
            return list;
        }
        if distinct.len() > 1
            && let Some(built) = longest_built(&distinct)
        {
            return built;
        }
        // One alternative may already offer all that the others add.
        if alternatives.iter().any(|a| matches!(a, Value::Choice(..))) {
            let mut all = BTreeSet::new();
            for alternative in &alternatives {
                leaf_values(alternative, &mut all);
            }
            let widest = alternatives.iter().find(|a| {
                let mut own = BTreeSet::new();
                leaf_values(a, &mut own);
                own == all
            });
            if let Some(widest) = widest {
                return widest.clone();
            }
            if alternatives.iter().map(leaves).sum::<usize>() > MAX_CHOICES
                && all.len() <= MAX_CHOICES
            {
                return Value::Choice(id, all.into_iter().collect());
            }
        }
        match distinct.len() {
            0 => Value::Unknown,
            1 => distinct.swap_remove(0),
            _ if alternatives.iter().map(leaves).sum::<usize>() > MAX_CHOICES => Value::Unknown,
            _ => Value::Choice(id, alternatives),
        }
    }

    /// Lists of one shape as one list whose elements are the alternatives.
    fn join_lists(&mut self, id: u64, alternatives: &[Value]) -> Option<Value> {
        let Some(Value::List {
            items,
            each,
            open,
            lead,
        }) = alternatives.first()
        else {
            return None;
        };
        let mut columns: Vec<Vec<Value>> = vec![Vec::new(); items.len()];
        for alternative in alternatives {
            match alternative {
                Value::List {
                    items: others,
                    each: e,
                    open: o,
                    lead: l,
                } if others.len() == columns.len() && (e, o, l) == (each, open, lead) => {
                    for (column, item) in columns.iter_mut().zip(others) {
                        column.push(item.clone());
                    }
                }
                _ => return None,
            }
        }
        Some(Value::List {
            items: columns.into_iter().map(|c| self.join(id, c)).collect(),
            each: each.clone(),
            open: *open,
            lead: *lead,
        })
    }

    pub(super) fn place(&self, frame: &Frame, span: Span) -> Site {
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
        let value = match value.bounded() {
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
                Value::Atom(Atom::new(
                    Origin::Place(self.place(frame, Span::default()), 0, self.contexts),
                    frame.names.get(local as usize).map(|n| n.as_str().into()),
                    ty.clone(),
                ))
            }
            other => other,
        };
        if let Some(slot) = frame.env.get_mut(local as usize) {
            *slot = Arc::new(Slot {
                value: Some((value, ty)),
                from,
            });
        }
    }
}

/// Of one command that was put together to different lengths, the longest.
fn longest_built(values: &[Value]) -> Option<Value> {
    let first = match values.first()? {
        Value::Builder(built) => built.site,
        _ => return None,
    };
    let mut best: Option<(&Value, u32)> = None;
    for value in values {
        match value {
            Value::Builder(built) if built.site == first => {
                let weight = value.weight();
                if best.is_none_or(|(_, known)| weight > known) {
                    best = Some((value, weight));
                }
            }
            _ => return None,
        }
    }
    best.map(|(value, _)| value.clone())
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

/// Where one alternative is another one without its hash tag, a flag decides between clusters and single
/// servers: the form for clusters is the one to judge. It takes the place of the other, so that
/// alternatives of one number stay side by side.
fn tag_alike(alternatives: &mut [Value]) {
    fn has_brace(value: &Value) -> bool {
        match value {
            Value::Text(parts) => parts
                .iter()
                .any(|p| matches!(p, Part::Lit(text) if text.contains('{'))),
            Value::Choice(_, values) => values.iter().any(has_brace),
            _ => false,
        }
    }
    if alternatives.len() < 2 || !alternatives.iter().any(has_brace) {
        return;
    }
    let templates: Vec<Vec<Template>> = alternatives
        .iter()
        .map(|alternative| {
            let mut leaves = BTreeSet::new();
            leaf_values(alternative, &mut leaves);
            leaves.iter().filter_map(Template::of).collect()
        })
        .collect();
    for at in 0..alternatives.len() {
        let tagged = templates.iter().position(|leaves| {
            let has_form = |plain: &Template| leaves.iter().any(|t| plain.is_without_tag_of(t));
            !templates[at].is_empty() && templates[at].iter().all(has_form)
        });
        if let Some(tagged) = tagged {
            alternatives[at] = alternatives[tagged].clone();
        }
    }
}

/// The values that an alternative comes down to.
fn leaf_values(value: &Value, out: &mut BTreeSet<Value>) {
    match value {
        Value::Choice(_, values) => values.iter().for_each(|v| leaf_values(v, out)),
        other => {
            out.insert(other.clone());
        }
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Choice(_, values) => values.iter().map(leaves).sum(),
        _ => 1,
    }
}

pub(super) fn global_key(path: &Path, module: &str) -> Arc<str> {
    format!("{}.{}", path.module.as_deref().unwrap_or(module), path.name).into()
}
