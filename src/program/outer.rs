//! Calls that leave the program: client libraries, and functions that the tables know.

use super::client::Through;
use super::eval::{Evaluator, Frame, Mount, retype};
use super::ids::{FuncId, TypeId};
use super::library::{Begins, Client, ClientFunction, Effect, Role};
use super::model::{EventKind, Route};
use super::symbols::Method;
use super::value::{Connected, Object, Origin, Part, Ty, Value, concat};
use crate::facts::{Call, Expr, LocalId, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Evaluator<'_> {
    pub(super) fn outer_function(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        module: &str,
        name: &str,
    ) -> (Value, Ty) {
        let library = self.library;
        if let Some(client) = library.client(module)
            && let Some(function) = client.functions.get(name)
        {
            return self.client_function(frame, call, client, module, name, function);
        }
        // A method that is named by its type: `AsyncCommands::get(&mut con, key)`.
        if let Some(client) = library.client(module)
            && let Some((ty, method)) = name.rsplit_once("::")
            && let Some(known) = client.types.get(ty)
            && matches!(known.role, Role::Client | Role::Queue)
            && let Some((receiver, rest)) = call.args.split_first()
        {
            if !client.commands.contains_key(method) && !client.control.contains_key(method) {
                // What a type's own function makes is of that type.
                let args = self.args(frame, call);
                let ty = Ty::Named(self.symbols.intern(module, ty));
                return self.outer_result(frame, call, name, None, &args, ty);
            }
            let (value, _) = self.expr(frame, receiver);
            let inner = Call {
                args: rest.to_vec(),
                ..call.clone()
            };
            let id = self.symbols.intern(module, ty);
            let (role, connection) = (known.role, known.connection);
            return self.client_method(frame, &inner, client, value, id, role, connection, method);
        }
        // A command that a function of its own makes: `Cmd::get(key)`.
        if let Some(client) = library.client(module)
            && let Some((ty, method)) = name.rsplit_once("::")
            && client
                .types
                .get(ty)
                .is_some_and(|t| t.role == Role::Builder)
            && let Some(command) = client
                .commands
                .get(method)
                .and_then(|c| c.command.as_deref())
        {
            let args = self.args(frame, call);
            let words = self.all_words(frame, args);
            let first = Value::list(command.split(' ').map(Value::text).collect());
            let words = self.behind(first, words);
            let ty = Ty::Named(self.symbols.intern(module, ty));
            return (self.begun(frame, call, client, words), ty);
        }
        // A command made by hand: its words, to be sent by `Process`.
        if let Some(client) = library.client(module)
            && name.starts_with("New")
            && name.ends_with("Cmd")
        {
            let mut args = self.args(frame, call);
            if client.context_first && !args.is_empty() {
                args.remove(0);
            }
            let items = args.into_iter().map(|(v, _)| v).collect();
            let ty = self.symbols.intern(module, "Cmder");
            return (super::words::listed(items, call.spread), Ty::Named(ty));
        }
        if let Some(effect) = library.function(module, name) {
            return self.effect(frame, call, &format!("{module}.{name}"), effect, None);
        }
        let args = self.args(frame, call);
        self.note_escapes(frame, &args);
        self.note_filled(frame, call, name, &args);
        self.note_shared(frame, &format!("{module}.{name}"), &args);
        self.note_called(frame, call, &args);
        self.note_service(frame, call, module, name, &args);
        if let Some(id) = self.symbols.find_type(module, name) {
            // A conversion to an outer type looks like a call.
            let ty = Ty::Named(id);
            if let [(value, _)] = args.as_slice() {
                return (retype(value.clone(), &ty), ty);
            }
        }
        self.outer_result(
            frame,
            call,
            &format!("{module}.{name}"),
            None,
            &args,
            Ty::Unknown,
        )
    }

    /// A function of a client library.
    fn client_function(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        module: &str,
        name: &str,
        function: &ClientFunction,
    ) -> (Value, Ty) {
        let args = self.args(frame, call);
        let ty = match &function.returns {
            Some(returns) => Ty::Named(self.symbols.intern(module, returns)),
            None => Ty::Unknown,
        };
        let beside = |value: Value, ty: Ty| {
            if function.fails {
                (
                    Value::Tuple(vec![value, Value::Unknown]),
                    Ty::Tuple(Arc::from([ty, Ty::Error])),
                )
            } else {
                (value, ty)
            }
        };
        if function.constructs.is_some() {
            let connected = Connected {
                module: module.into(),
                constructor: name.into(),
                site: self.place(frame, call.span),
                options: match function.address.and_then(|at| args.get(at)) {
                    Some((address, _)) => Some(Box::new(self.addressed(frame, call, address))),
                    None => args.into_iter().next().map(|(v, _)| Box::new(v)),
                },
                handed: None,
            };
            let connected = Arc::new(connected);
            let test = self.files[frame.file as usize]
                .code
                .as_ref()
                .is_some_and(|c| c.test);
            if !test {
                self.constructed.push(connected.clone());
            }
            self.emit(
                frame,
                call.span,
                &call.text,
                EventKind::Connect(connected.clone()),
            );
            return beside(Value::Connection(connected), ty);
        }
        if let Some(Begins::Words) = function.begins {
            let words = self.all_words(frame, args);
            return (self.begun(frame, call, client, words), ty);
        }
        if let Some(position) = function.names {
            // Its name stands for the command until the words are given.
            let (name, _) = args.into_iter().nth(position).unwrap_or_default();
            return (name, Ty::Text);
        }
        if let Some(kind) = function.queue {
            return self.open_queue(frame, call, client, function, kind, args, ty);
        }
        if let Some(script) = function.script {
            let given = |at: usize| args.get(at).map(|(v, _)| v.clone());
            let text = given(script).unwrap_or_default();
            let keys = function.key_count.and_then(given).map(Box::new);
            return (Value::Script(Box::new(text), keys), ty);
        }
        if let (Some(method), Some(position)) = (&function.sends, function.client) {
            let (receiver, of) = args.get(position).cloned().unwrap_or_default();
            let receiver_type = match of {
                Ty::Named(id) => Some(id),
                _ => None,
            };
            let connection = self.connection_of(receiver_type);
            let through = Through {
                queued: matches!(receiver, Value::Queue(..)),
                receiver,
                receiver_type,
                connection,
                // Positions count everything.
                context: false,
            };
            return self.command(frame, call, client, method, through, args, false);
        }
        if let Some(position) = function.same {
            let value = args
                .get(position)
                .map(|(v, _)| v.clone())
                .unwrap_or_default();
            let value = self.handed_out(frame, call, value, name);
            return (retype(value, &ty), ty);
        }
        if function.unwraps {
            let mut given = args.into_iter();
            let (reply, error) = match (given.next(), given.next()) {
                (Some((Value::Tuple(both), _)), None) => {
                    let mut both = both.into_iter();
                    (
                        both.next().unwrap_or_default(),
                        both.next().unwrap_or_default(),
                    )
                }
                (reply, error) => (
                    reply.map(|(v, _)| v).unwrap_or_default(),
                    error.map(|(v, _)| v).unwrap_or_default(),
                ),
            };
            let value = match self.pure("reply", &[reply], Ty::Unknown) {
                Value::Unknown => self.unknown_at(frame, call.span, Ty::Unknown),
                value => value,
            };
            return (
                Value::Tuple(vec![value, error]),
                Ty::Tuple(Arc::from([Ty::Unknown, Ty::Error])),
            );
        }
        if function.fails {
            return self.outer_result(
                frame,
                call,
                name,
                None,
                &args,
                Ty::Tuple(Arc::from([ty, Ty::Error])),
            );
        }
        if matches!(&ty, Ty::Named(id) if client.types.contains_key(&*self.symbols.ty(*id).name)) {
            return self.outer_result(frame, call, name, None, &args, ty);
        }
        let types: Arc<[Ty]> = Arc::from([ty, Ty::Error]);
        self.outer_result(frame, call, name, None, &args, Ty::Tuple(types))
    }

    /// What a pool hands out that is made of a type.
    fn pooled(&mut self, of: TypeId, pool: &str) -> Ty {
        let info = self.symbols.ty(self.symbols.base(of)).clone();
        if info.def.is_some() {
            let name = format!("{}::Connection", info.name);
            let known = self.symbols.find_type(&info.module, &name);
            return known.map_or(Ty::Unknown, |id| {
                Ty::Named(self.symbols.unalias(self.files, id))
            });
        }
        let library = self.library;
        let given = library
            .client(&info.module)
            .and_then(|c| Some((c, c.types.get(&*info.name)?.pooled.get(pool)?)));
        match given {
            Some((client, given)) => self.client_type(client, given),
            None => Ty::Unknown,
        }
    }

    /// Paths at which functions answer by their own word, below the path of a route.
    fn own_paths(&self, handlers: &[super::ids::FuncId]) -> Vec<(super::ids::FuncId, String)> {
        handlers
            .iter()
            .filter_map(|func| Some((*func, self.symbols.function(self.files, *func)?)))
            .flat_map(|(func, facts)| facts.paths.iter().map(move |p| (func, p.value.clone())))
            .collect()
    }

    /// Options that hold nothing but an address.
    fn addressed(&mut self, frame: &Frame, call: &Call, address: &Value) -> Value {
        Value::Object(Arc::new(Object {
            ty: self.symbols.intern("", ""),
            fields: BTreeMap::from([("address".into(), address.clone())]),
            site: self.place(frame, call.span),
        }))
    }

    fn outer_type(&mut self, full: &str) -> Ty {
        match full.rsplit_once('.') {
            Some((module, name)) => Ty::Named(self.symbols.intern(module, name)),
            None => Ty::Unknown,
        }
    }

    fn effect(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        full: &str,
        effect: &Effect,
        receiver: Option<(Value, TypeId, Option<LocalId>)>,
    ) -> (Value, Ty) {
        if effect.calls {
            let args = self.args(frame, call);
            let value = receiver.map(|r| r.0).unwrap_or_default();
            let name = full.rsplit('.').next();
            return match value {
                Value::Function(..) => self.call_value(frame, call, value, args),
                other => self.call_later(frame, call, other, name, &args),
            };
        }
        if effect.spawns {
            let before = std::mem::replace(&mut frame.spawned, true);
            let args = self.args(frame, call);
            self.run_given(frame, call, &args);
            frame.spawned = before;
            return (Value::Unknown, Ty::Unknown);
        }
        if let Some(position) = effect.bounds {
            let (duration, _) = match call.args.get(position) {
                Some(arg) => self.expr(frame, arg),
                None => Default::default(),
            };
            let site = super::ids::Site {
                file: frame.file,
                span: call.span,
            };
            let parent = frame.bound.clone().unwrap_or(Value::Context);
            let bound = Value::Deadline(Box::new(duration), Box::new(parent), site);
            let before = frame.bound.replace(bound);
            let given = match call.args.get(position + 1) {
                Some(arg) => self.expr(frame, arg),
                None => Default::default(),
            };
            let given = match given.0 {
                // A block runs while it is waited for.
                Value::Function(func, None) if self.is_own_closure(frame, func) => {
                    let index = self.symbols.func(func).index;
                    self.closure(frame, index, Vec::new());
                    self.given_by(func).unwrap_or_default()
                }
                value => (value, given.1),
            };
            frame.bound = before;
            return given;
        }
        if effect.list {
            let (items, types): (Vec<Value>, Vec<Ty>) = self.args(frame, call).into_iter().unzip();
            let element = types.into_iter().next().unwrap_or_default();
            return (Value::list(items), Ty::List(Arc::new(element)));
        }
        if let Some(pool) = &effect.pools {
            let (value, ty) = self
                .args(frame, call)
                .into_iter()
                .next()
                .unwrap_or_default();
            let Ty::Named(id) = ty else {
                return (value, Ty::Unknown);
            };
            let ty = self.pooled(id, pool);
            return (retype(value, &ty), ty);
        }
        if let Some(factor) = effect.scale {
            let args = self.args(frame, call);
            let value = match args.first() {
                Some((Value::Int(n), _)) => {
                    n.checked_mul(factor).map_or(Value::Unknown, Value::Int)
                }
                _ => return self.outer_result(frame, call, full, None, &args, Ty::Number),
            };
            return (value, Ty::Number);
        }
        if let Some(position) = effect.gives {
            let args = self.args(frame, call);
            let (value, ty) = args.get(position).cloned().unwrap_or_default();
            return match value {
                Value::Function(..) => self.call_value(frame, call, value, Vec::new()),
                value => (value, ty),
            };
        }
        if let Some(text) = effect.text {
            return self.text_effect(frame, call, text, receiver.map(|(v, _, l)| (v, l)));
        }
        if let Some(route) = effect.route {
            let references = self.references.clone();
            let args = self.args(frame, call);
            let at = if route.handler < 0 {
                args.len().checked_sub(1)
            } else {
                usize::try_from(route.handler).ok()
            };
            let mut handlers: Vec<_> = Vec::new();
            if let Some((value, ty)) = at.and_then(|i| args.get(i)) {
                self.handlers(value, ty, &mut handlers);
            }
            // Functions wrapped in others on the way, such as middleware around a handler. A router has its own.
            let is_router = matches!(at.and_then(|i| args.get(i)), Some((Value::Router(..), _)));
            let references = if is_router {
                self.references.clone()
            } else {
                references
            };
            handlers.extend(
                self.references
                    .difference(&references)
                    .filter(|(by, _)| *by == frame.func)
                    .map(|(_, f)| *f),
            );
            handlers.sort();
            handlers.dedup();
            self.note_escapes(frame, &args);
            let below = match receiver.as_ref().map(|r| &r.0) {
                Some(Value::Router(prefix, _)) => prefix.len() > 1,
                _ => false,
            };
            let path = match route.path {
                Some(at) => args.get(at).and_then(|(v, _)| v.literal()),
                None => Some(String::new()),
            };
            let path = path.map(|p| {
                let p = p.rsplit_once(' ').map_or(p.as_str(), |(_, path)| path);
                // A host may stand before the path.
                match p.find('/') {
                    Some(at) if !below => p[at..].to_string(),
                    _ => p.to_string(),
                }
            });
            let router = receiver.as_ref().map(|r| r.0.clone());
            let own = self.own_paths(&handlers);
            if !own.is_empty() {
                // What is registered says itself where it answers.
                handlers.retain(|func| !own.iter().any(|(f, _)| f == func));
                for (func, at) in own {
                    let path = path.as_deref().map(|path| {
                        format!(
                            "{}/{}",
                            path.trim_end_matches('/'),
                            at.trim_start_matches('/')
                        )
                    });
                    self.routes.push(Route {
                        path,
                        open_prefix: false,
                        handlers: vec![func],
                        site: super::ids::Site {
                            file: frame.file,
                            span: call.span,
                        },
                        func: frame.func,
                        router: router.clone(),
                        procedure: None,
                    });
                }
                if handlers.is_empty() {
                    return receiver.map_or((Value::Unknown, Ty::Unknown), |(v, id, _)| {
                        (v, Ty::Named(id))
                    });
                }
            }
            if effect.mounts {
                match at.and_then(|i| args.get(i)) {
                    Some((Value::Router(parts, _), _)) => {
                        self.mount(frame.func, parts, router.clone(), path.clone());
                    }
                    _ => {
                        self.mounts.insert(frame.func);
                    }
                }
            }
            self.routes.push(Route {
                path,
                open_prefix: false,
                handlers,
                site: super::ids::Site {
                    file: frame.file,
                    span: call.span,
                },
                func: frame.func,
                router,
                procedure: None,
            });
            return receiver.map_or((Value::Unknown, Ty::Unknown), |(v, id, _)| {
                (v, Ty::Named(id))
            });
        }
        if let Some(position) = effect.prefix {
            let Some((router, id, _)) = receiver else {
                return (Value::Unknown, Ty::Unknown);
            };
            let args = self.args(frame, call);
            let added = match position {
                Some(position) => args.get(position).and_then(|(v, _)| match v {
                    // A filter with a path of its own: what it adds.
                    Value::Router(parts, _) => Some(parts.iter().skip(1).cloned().collect()),
                    Value::Text(_) => v.parts().map(slashed),
                    Value::Atom(atom) if matches!(atom.ty, Ty::Text | Ty::Unknown) => v.parts(),
                    Value::Atom(_) => Some(Vec::new()),
                    _ => None,
                }),
                None => Some(Vec::new()),
            };
            let value = match (router, added) {
                (Value::Router(prefix, id), Some(added)) => {
                    Value::Router(concat(prefix.into_iter().chain(added)), id)
                }
                // Which router it is may be known to callers.
                (Value::Atom(atom), Some(added)) => {
                    let parts = std::iter::once(Part::Hole(atom)).chain(added);
                    Value::Router(concat(parts), id)
                }
                _ => Value::Unknown,
            };
            let ty = match &effect.returns {
                Some(returns) => self.outer_type(returns),
                None => Ty::Named(id),
            };
            if let Some((closure @ Value::Function(..), _)) =
                effect.closure.and_then(|i| args.get(i)).cloned()
            {
                self.run_closure(
                    frame,
                    Some(closure),
                    vec![(value.clone(), ty.clone())],
                    None,
                );
            }
            return (value, ty);
        }
        let args = self.args(frame, call);
        if effect.pauses {
            let around: Vec<_> = frame.around().iter().map(|l| l.site).collect();
            self.paced.extend(around);
            return (Value::Unknown, Ty::Unknown);
        }
        if effect.once {
            let (value, ty) = args.into_iter().next().unwrap_or_default();
            if let Value::Function(func, _) = &value {
                self.once.insert(*func);
            }
            return (value, ty);
        }
        if effect.argument {
            let of = receiver.as_ref().map(|(_, id, _)| *id);
            let ty = of.and_then(|id| self.symbols.ty(id).arguments.first().cloned());
            let value = receiver.map(|r| r.0).unwrap_or_default();
            let ty = ty.unwrap_or_default();
            return (self.pure("load", &[value], ty.clone()), ty);
        }
        if let Some(position) = effect.entry {
            let key = args.get(position).map(|(v, _)| v.clone());
            let found = match (receiver.map(|r| r.0), key) {
                (Some(Value::Map(entries)), Some(key)) => {
                    let entry = entries.into_iter().find(|(k, _)| *k == key);
                    entry.map(|(_, value)| value)
                }
                _ => None,
            };
            let value = match found {
                Some(value) => value,
                None => self.unknown_at(frame, call.span, Ty::Text),
            };
            return (
                Value::Tuple(vec![value, Value::Nil]),
                Ty::Tuple(Arc::from([Ty::Text, Ty::Error])),
            );
        }
        if effect.below {
            let path = args.first().and_then(|(v, _)| v.literal());
            let (given, ty) = args.into_iter().nth(1).unwrap_or_default();
            if let Value::Router(parts, _) = &given {
                self.mount(frame.func, parts, None, path);
            }
            return (given, ty);
        }
        if let Some(position) = effect.deadline {
            let duration = args
                .get(position)
                .map(|(v, _)| v.clone())
                .unwrap_or_default();
            let parent = args.first().map(|(v, _)| v.clone()).unwrap_or_default();
            let site = super::ids::Site {
                file: frame.file,
                span: call.span,
            };
            let context = Value::Deadline(Box::new(duration), Box::new(parent), site);
            return (
                Value::Tuple(vec![context, Value::Unknown]),
                Ty::Tuple(Arc::from([Ty::Unknown, Ty::Unknown])),
            );
        }
        if effect.fresh_context {
            return (Value::Context, Ty::Unknown);
        }
        if effect.context {
            let parent = args.into_iter().next().map(|(v, _)| v).unwrap_or_default();
            return (
                Value::Tuple(vec![parent, Value::Unknown]),
                Ty::Tuple(Arc::from([Ty::Unknown, Ty::Unknown])),
            );
        }
        if let Some(returns) = &effect.returns {
            let ty = self.outer_type(returns);
            if let Ty::Named(id) = ty {
                let info = self.symbols.ty(id);
                if self.library.is_router(&info.module, &info.name) {
                    let router = self.new_router(frame, call.span, id);
                    let path = effect
                        .at
                        .and_then(|at| args.get(at))
                        .map(|(v, _)| v.clone());
                    return (below(router, path), Ty::Named(id));
                }
            }
            let site = self.unknown_at(frame, call.span, ty.clone());
            return (site, ty);
        }
        if effect.condition.is_some() {
            return (Value::Unknown, Ty::Bool);
        }
        self.note_escapes(frame, &args);
        self.outer_result(frame, call, full, receiver.map(|r| r.0), &args, Ty::Unknown)
    }

    /// A function such as `Unmarshal` puts values into the object that it is given: none of its fields
    /// is known any more.
    fn note_filled(&mut self, frame: &mut Frame, call: &Call, name: &str, args: &[(Value, Ty)]) {
        const WORDS: [&str; 10] = [
            "Unmarshal",
            "Decode",
            "Bind",
            "BodyParser",
            "Process",
            "Parse",
            "Scan",
            "Load",
            "Populate",
            "Read",
        ];
        if !WORDS.iter().any(|word| name.contains(word)) {
            return;
        }
        for arg in &call.args {
            if let Expr::Local(local) = arg {
                frame.forget_fields(*local);
            }
        }
        for (value, ty) in args {
            let id = match (value, ty) {
                (Value::Object(object), _) => object.ty,
                (_, Ty::Named(id)) => *id,
                _ => continue,
            };
            let Some((def, _)) = self.symbols.definition(self.files, id) else {
                continue;
            };
            let Type::Struct(fields) = &def.def else {
                continue;
            };
            for field in fields {
                self.field_writes
                    .entry((id, field.name.as_str().into()))
                    .or_default()
                    .push((Value::Unknown, frame.func));
            }
        }
    }

    /// A client handed to code outside the program may read and write any key there.
    fn note_shared(&mut self, frame: &Frame, function: &str, args: &[(Value, Ty)]) {
        if self.library.is_observer(function) {
            return;
        }
        let is_client = |value: &Value, ty: &Ty| {
            matches!(value, Value::Connection(_))
                || matches!(ty, Ty::Named(id) if {
                    let info = self.symbols.ty(*id);
                    self.library
                        .client(&info.module)
                        .and_then(|c| c.types.get(&*info.name))
                        .is_some_and(|t| t.role == Role::Client)
                })
        };
        let shared = args.iter().any(|(value, ty)| {
            is_client(value, ty)
                || match value {
                    // Options of the library that is given the client.
                    Value::Object(object)
                        if self.symbols.definition(self.files, object.ty).is_none() =>
                    {
                        object.fields.values().any(|field| match field {
                            Value::Atom(atom) => is_client(field, &atom.ty),
                            other => is_client(other, &Ty::Unknown),
                        })
                    }
                    _ => false,
                }
        });
        if shared {
            self.shared.insert(frame.func);
        }
    }

    /// Notes that a router is put below a path, of another one if that is given.
    fn mount(&mut self, func: FuncId, parts: &[Part], router: Option<Value>, path: Option<String>) {
        if let Some(Part::Hole(own)) = parts.first() {
            let mounts = self.mounted.entry(own.clone()).or_default();
            mounts.push(Mount { router, path, func });
        }
    }

    /// A generated function that registers an implementation of remote procedures: its methods answer
    /// requests.
    pub(super) fn note_service(
        &mut self,
        frame: &Frame,
        call: &Call,
        module: &str,
        name: &str,
        args: &[(Value, Ty)],
    ) {
        let library = self.library;
        for (effect, service) in library.services(name) {
            let id = match args.get(effect.implementation) {
                Some((Value::Object(object), _)) => object.ty,
                Some((_, Ty::Named(id))) => *id,
                _ => continue,
            };
            let id = self.symbols.unalias(self.files, id);
            if self.symbols.definition(self.files, id).is_none() {
                continue;
            }
            let interface = format!("{service}{}", effect.interface);
            let asked = self
                .symbols
                .find_type(module, &interface)
                .and_then(|id| self.symbols.interface(self.files, id));
            let methods: Vec<String> = match asked {
                Some((methods, _)) => methods.into_iter().map(|(m, _)| m.name).collect(),
                None => self.procedures(id, service.rsplit("::").next().unwrap_or(service)),
            };
            for method in methods {
                let Method::Program(func, _) =
                    self.symbols.method(self.files, library, id, &method)
                else {
                    continue;
                };
                self.references.insert((frame.func, func));
                self.routes.push(Route {
                    path: None,
                    open_prefix: false,
                    handlers: vec![func],
                    site: super::ids::Site {
                        file: frame.file,
                        span: call.span,
                    },
                    func: frame.func,
                    router: None,
                    procedure: Some(format!("{service}/{method}")),
                });
            }
        }
    }

    /// Methods of a type that are there for a service of this name, or have the shape of remote procedures:
    /// public, with an argument, the last result an error.
    fn procedures(&self, id: TypeId, service: &str) -> Vec<String> {
        let methods = self.symbols.methods_of(id).into_iter().flatten();
        methods
            .filter(|(_, func)| {
                self.symbols.function(self.files, **func).is_some_and(|f| {
                    let meant = f
                        .meets
                        .as_ref()
                        .is_some_and(|meets| meets.name.rsplit("::").next() == Some(service));
                    meant
                        || f.exported
                            && (1..=2).contains(&f.params.len())
                            && matches!(f.params.last().map(|p| &p.ty), Some(Type::Named(..)))
                            && f.results.len() <= 2
                            && f.results.last() == Some(&Type::Error)
                })
            })
            .map(|(name, _)| name.to_string())
            .collect()
    }

    /// Functions that a handler value may run.
    fn handlers(&mut self, value: &Value, ty: &Ty, out: &mut Vec<super::ids::FuncId>) {
        match value {
            Value::Function(func, _) => out.push(*func),
            Value::Choice(_, values) => {
                for value in values {
                    self.handlers(value, ty, out);
                }
            }
            Value::List { items, each, .. } => {
                for value in items.iter().chain(each) {
                    self.handlers(value, &Ty::Unknown, out);
                }
            }
            Value::Object(object) if self.symbols.definition(self.files, object.ty).is_none() => {
                for value in object.fields.values() {
                    self.handlers(value, &Ty::Unknown, out);
                }
            }
            _ => {
                // What code outside the program was given to make a handler of may be run by it.
                if let Value::Atom(atom) = value
                    && let Origin::Call { args, .. } = &atom.origin
                {
                    for given in args.iter() {
                        self.handlers(given, &Ty::Unknown, out);
                    }
                }
                let id = match (value, ty) {
                    (Value::Object(object), _) => object.ty,
                    (_, Ty::Named(id)) => *id,
                    _ => return,
                };
                if let Method::Program(func, _) =
                    self.symbols
                        .method(self.files, self.library, id, "ServeHTTP")
                {
                    out.push(func);
                }
            }
        }
    }

    pub(super) fn outer_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        receiver: Value,
        outer: TypeId,
        name: &str,
        local: Option<LocalId>,
    ) -> (Value, Ty) {
        let library = self.library;
        let info = self.symbols.ty(outer).clone();
        if let Some(client) = library.client(&info.module) {
            match client
                .types
                .get(&*info.name)
                .map(|t| (t.role, t.connection))
            {
                Some((role @ (Role::Client | Role::Queue), connection)) => {
                    return self.client_method(
                        frame, call, client, receiver, outer, role, connection, name,
                    );
                }
                Some((Role::Script | Role::Builder, _)) if client.takes_steps(name) => {
                    return self.step(frame, call, client, receiver, outer, name, local);
                }
                Some((Role::Script, _)) if client.script_methods.contains_key(name) => {
                    return self.script_method(frame, call, client, &receiver, name);
                }
                Some((Role::Builder, _)) => {
                    return self.builder_method(frame, call, client, receiver, outer, name);
                }
                Some((Role::List, _)) => {
                    return self.list_method(frame, call, client, receiver, outer, name);
                }
                // What is no command and no reply is like any other value.
                None | Some((Role::Iterator | Role::Script, _)) if client.reply_alone => {
                    if let Some(method) = library.value_method(self.lang(frame), name) {
                        let ty = Ty::Named(outer);
                        return self.value_method(frame, call, method, receiver, ty, local);
                    }
                    let args = self.args(frame, call);
                    self.note_escapes(frame, &args);
                    return self.outer_result(
                        frame,
                        call,
                        name,
                        Some(receiver),
                        &args,
                        Ty::Unknown,
                    );
                }
                Some((Role::Iterator | Role::Completed | Role::Script, _)) | None => {
                    return self.reply_method(frame, call, client, receiver, name);
                }
            }
        }
        // What formats as text is the same value: `id.String()` and `%s` of `id`.
        if name == "String"
            && call.args.is_empty()
            && library.method(&info.module, &info.name, name).is_none()
            && let Value::Atom(_) = receiver
        {
            return (retype(receiver, &Ty::Text), Ty::Text);
        }
        if library.method(&info.module, &info.name, name).is_none()
            && let Some(method) = library.value_method(self.lang(frame), name)
        {
            let ty = Ty::Named(outer);
            return self.value_method(frame, call, method, receiver, ty, local);
        }
        if let Some(effect) = library.method(&info.module, &info.name, name) {
            let full = format!("{}.{}.{name}", info.module, info.name);
            return self.effect(frame, call, &full, effect, Some((receiver, outer, local)));
        }
        let args = self.args(frame, call);
        self.note_escapes(frame, &args);
        if library.is_chained(&info.module, &info.name) {
            return (receiver, Ty::Named(outer));
        }
        self.note_filled(frame, call, name, &args);
        self.note_shared(frame, &info.module, &args);
        self.note_called(frame, call, &args);
        self.outer_result(
            frame,
            call,
            &format!("{}.{}.{name}", info.module, info.name),
            Some(receiver),
            &args,
            Ty::Unknown,
        )
    }
}

/// A router put below a path.
fn below(router: Value, path: Option<Value>) -> Value {
    match (router, path.and_then(|p| p.parts())) {
        (Value::Router(parts, id), Some(path)) => {
            Value::Router(concat(parts.into_iter().chain(slashed(path))), id)
        }
        (router, _) => router,
    }
}

/// A path with a slash before it.
fn slashed(path: Vec<Part>) -> Vec<Part> {
    let has = matches!(path.first(), None | Some(Part::Hole(_)))
        || matches!(path.first(), Some(Part::Lit(text)) if text.starts_with('/'));
    if has {
        return path;
    }
    concat(std::iter::once(Part::Lit("/".into())).chain(path))
}
