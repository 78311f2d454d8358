//! Calls that leave the program: client libraries, and functions that the tables know.

use super::eval::{Evaluator, Frame, Mount};
use super::ids::TypeId;
use super::library::{Client, Connection, Control, Effect, Reply, Role};
use super::model::{Access, Command, EventKind, KeyUse, Pick, Route};
use super::symbols::Method;
use super::value::{Atom, Connected, Origin, Part, Ty, Value, concat};
use crate::facts::{Call, Expr, LocalId, Type};
use crate::redis::commands::CommandTable;
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
            let args = self.args(frame, call);
            let ty = self.symbols.intern(module, &function.returns);
            if function.constructs.is_some() {
                let connected = Connected {
                    module: module.into(),
                    constructor: name.into(),
                    site: super::ids::Site {
                        file: frame.file,
                        span: call.span,
                    },
                    options: args.into_iter().next().map(|(v, _)| Box::new(v)),
                };
                let connected = Arc::new(connected);
                let test = self.files[frame.file as usize]
                    .code
                    .as_ref()
                    .is_some_and(|c| c.test);
                if !test {
                    self.constructed.push(connected.clone());
                }
                return (Value::Connection(connected), Ty::Named(ty));
            }
            if let Some(script) = function.script {
                let text = args.get(script).map(|(v, _)| v.clone()).unwrap_or_default();
                return (Value::Script(Box::new(text)), Ty::Named(ty));
            }
            let types: Arc<[Ty]> = Arc::from([Ty::Named(ty), Ty::Error]);
            return self.outer_result(frame, call, name, None, &args, Ty::Tuple(types));
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
            return (
                Value::List {
                    items,
                    each: Vec::new(),
                    open: call.spread,
                },
                Ty::Named(ty),
            );
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
                return (super::eval::retype(value.clone(), &ty), ty);
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
            // Functions wrapped in others on the way, such as middleware around a handler.
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
            if effect.mounts {
                match at.and_then(|i| args.get(i)) {
                    Some((Value::Router(parts, _), _)) => {
                        self.mount(parts, router.clone(), path.clone());
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
                Some(position) => args.get(position).and_then(|(v, _)| v.parts()),
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
        if effect.argument {
            let of = receiver.as_ref().map(|(_, id, _)| *id);
            let ty = of.and_then(|id| self.symbols.ty(id).argument.clone());
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
                self.mount(parts, None, path);
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
                    return (self.new_router(frame, call.span, id), Ty::Named(id));
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
    fn mount(&mut self, parts: &[Part], router: Option<Value>, path: Option<String>) {
        if let Some(Part::Hole(own)) = parts.first() {
            let mounts = self.mounted.entry(own.clone()).or_default();
            mounts.push(Mount { router, path });
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
                Some((methods, _)) => methods.into_iter().map(|m| m.name).collect(),
                None => self.procedures(id),
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

    /// Methods of a type that have the shape of remote procedures: public, with an argument, the last
    /// result an error.
    fn procedures(&self, id: TypeId) -> Vec<String> {
        let methods = self.symbols.methods_of(id).into_iter().flatten();
        methods
            .filter(|(_, func)| {
                self.symbols.function(self.files, **func).is_some_and(|f| {
                    f.exported
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
                Some((Role::Script, _)) => {
                    return self.script_method(frame, call, client, &receiver, name);
                }
                Some((Role::Iterator, _)) | None => {
                    return self.reply_method(frame, call, client, receiver, name);
                }
            }
        }
        if let Some(effect) = library.method(&info.module, &info.name, name) {
            let full = format!("{}.{}.{name}", info.module, info.name);
            return self.effect(frame, call, &full, effect, Some((receiver, outer, local)));
        }
        let args = self.args(frame, call);
        self.note_escapes(frame, &args);
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

    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a receiver travels together"
    )]
    pub(super) fn client_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        receiver: Value,
        receiver_type: TypeId,
        role: Role,
        connection: Connection,
        name: &str,
    ) -> (Value, Ty) {
        if let Some(control) = client.control.get(name) {
            return self.control(
                frame,
                call,
                client,
                control,
                receiver,
                receiver_type,
                role,
                connection,
            );
        }
        let library = self.library;
        let mut args = self.args(frame, call);
        let Some(method) = client.commands.get(name) else {
            self.note_escapes(frame, &args);
            return self.outer_result(frame, call, name, Some(receiver), &args, Ty::Unknown);
        };
        let context = (client.context_first && !args.is_empty()).then(|| args.remove(0).0);
        let mut command = Command {
            name: method.command.clone().unwrap_or_default(),
            client: client.module.as_str().into(),
            receiver,
            receiver_type: Some(receiver_type),
            connection,
            keys: Vec::new(),
            pattern: method
                .pattern
                .and_then(|i| args.get(i))
                .map(|(v, _)| v.clone()),
            script: method
                .script
                .and_then(|i| args.get(i))
                .map(|(v, _)| v.clone()),
            ttl: method.ttl.and_then(|i| args.get(i)).map(|(v, _)| v.clone()),
            context,
            iterated: false,
            each_node: frame.each_node,
        };
        if method.generic {
            let values: Vec<Value> = args.iter().map(|(v, _)| v.clone()).collect();
            let made = name == "Process";
            let (words, open) = flatten_words(&values, call.spread || made);
            let Some(first) = words.first().and_then(Value::literal) else {
                return (Value::Unknown, Ty::Unknown);
            };
            words_to_command(&library.commands, &mut command, &first, &words, open);
        } else {
            for position in &method.keys {
                if let Some(key) =
                    self.key_at(position, &args, call.spread, command.script.is_some())
                {
                    command.keys.push(key);
                }
            }
        }
        let returns = method.returns.clone();
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Command(Box::new(command)),
        );
        let ty = match returns {
            Some(name) => Ty::Named(self.symbols.intern(&client.module, &name)),
            None => Ty::Unknown,
        };
        (Value::Reply(event), ty)
    }

    /// Reads a position such as `1.Keys*:r` from evaluated arguments.
    fn key_at(
        &mut self,
        position: &str,
        args: &[(Value, Ty)],
        spread: bool,
        listed: bool,
    ) -> Option<KeyUse> {
        let (place, letters) = position.split_once(':')?;
        let (place, pick) = if let Some(place) = place.strip_suffix('*') {
            (place, Pick::All)
        } else if let Some(place) = place.strip_suffix("%2") {
            (place, Pick::Even)
        } else if let Some(place) = place.strip_suffix("/2") {
            (place, Pick::Half)
        } else if let Some(place) = place.strip_suffix("[0]") {
            (place, Pick::All)
        } else {
            (place, Pick::One)
        };
        let mut path = place.split('.');
        let number: usize = path.next()?.parse().ok()?;
        let fields: Vec<&str> = path.collect();
        let (mut value, mut ty) = args.get(number)?.clone();
        if fields.is_empty() && pick != Pick::One {
            let is_list = listed
                || matches!(value, Value::List { .. } | Value::Map(_))
                || matches!(self.flat(&ty), Ty::List(_) | Ty::Map(..));
            if !is_list || args.len() > number + 1 && !listed {
                let mut items: Vec<Value> = args[number..].iter().map(|(v, _)| v.clone()).collect();
                let mut each = Vec::new();
                let mut open = false;
                if spread && let Some(last) = items.pop() {
                    match last {
                        Value::List {
                            items: more,
                            each: further,
                            open: o,
                        } => {
                            items.extend(more);
                            each = further;
                            open = o;
                        }
                        _ => open = true,
                    }
                }
                value = Value::List { items, each, open };
            }
        }
        for field in fields {
            let owner = match &ty {
                Ty::Named(id) => Some(*id),
                _ => None,
            };
            (value, ty) = match (&value, owner) {
                // A field left out of a written structure is empty, and no key.
                (Value::Object(object), _) => (object.fields.get(field)?.clone(), Ty::Unknown),
                (Value::Atom(atom), Some(owner)) => (
                    Value::Atom(Atom::new(
                        Origin::Field(Arc::new(atom.clone()), owner, field.into()),
                        Some(field.into()),
                        Ty::Unknown,
                    )),
                    Ty::Unknown,
                ),
                _ => (Value::Unknown, Ty::Unknown),
            };
        }
        if let Value::Map(entries) = &value
            && pick == Pick::Even
        {
            value = Value::List {
                items: entries.iter().map(|(k, _)| k.clone()).collect(),
                each: Vec::new(),
                open: entries.is_empty(),
            };
            return Some(KeyUse {
                value,
                pick: Pick::All,
                access: Access::parse(letters),
            });
        }
        Some(KeyUse {
            value,
            pick,
            access: Access::parse(letters),
        })
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a receiver travels together"
    )]
    fn control(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        control: &Control,
        receiver: Value,
        receiver_type: TypeId,
        role: Role,
        connection: Connection,
    ) -> (Value, Ty) {
        let mut args = self.args(frame, call);
        if let Some(kind) = control.queue {
            // A queue opened on a queue is the same queue.
            let (queue, event) = if role == Role::Queue {
                (receiver.clone(), None)
            } else {
                let event = self.emit(
                    frame,
                    call.span,
                    &call.text,
                    EventKind::Queue {
                        kind,
                        client: client.module.as_str().into(),
                        receiver: receiver.clone(),
                        receiver_type: Some(receiver_type),
                        connection,
                    },
                );
                (Value::Queue(event, 0), Some(event))
            };
            let ty = Ty::Named(self.symbols.intern(&client.module, "Pipeliner"));
            let Some(closure) = control.closure else {
                return (queue, ty);
            };
            if client.context_first && !args.is_empty() {
                args.remove(0);
            }
            self.run_closure(
                frame,
                args.get(closure).map(|(v, _)| v.clone()),
                vec![(queue, ty)],
                event,
            );
            return (
                Value::Unknown,
                Ty::Tuple(Arc::from([Ty::Unknown, Ty::Error])),
            );
        }
        if client.context_first && control.closure.is_some() && !args.is_empty() {
            args.remove(0);
        }
        if let Some(watch) = &control.watch
            && let Some(key) = self.key_at(&format!("{watch}:"), &args, call.spread, false)
        {
            let command = Command {
                name: "WATCH".into(),
                client: client.module.as_str().into(),
                receiver: receiver.clone(),
                receiver_type: Some(receiver_type),
                connection,
                keys: vec![key],
                pattern: None,
                script: None,
                ttl: None,
                context: None,
                iterated: false,
                each_node: frame.each_node,
            };
            self.emit(
                frame,
                call.span,
                &call.text,
                EventKind::Command(Box::new(command)),
            );
        }
        let given = control
            .gives
            .as_ref()
            .map(|name| Ty::Named(self.symbols.intern(&client.module, name)));
        if let Some(closure) = control.closure {
            let mut params = Vec::new();
            if control.context {
                params.push((Value::Context, Ty::Unknown));
            }
            // A node's or transaction's own connection, told apart from the client it came from.
            let inner = match &receiver {
                Value::Unknown => self.unknown_at(frame, call.span, Ty::Unknown),
                known => self.pure(
                    "node",
                    std::slice::from_ref(known),
                    given.clone().unwrap_or_default(),
                ),
            };
            params.push((inner, given.unwrap_or_default()));
            let before = frame.each_node;
            frame.each_node |= control.each_node;
            self.run_closure(
                frame,
                args.get(closure).map(|(v, _)| v.clone()),
                params,
                None,
            );
            frame.each_node = before;
            return (Value::Unknown, Ty::Error);
        }
        if control.same {
            return (receiver, Ty::Named(receiver_type));
        }
        match given {
            Some(ty) => {
                let value = self.pure("node", &[receiver], ty.clone());
                (value, ty)
            }
            None => (Value::Unknown, Ty::Unknown),
        }
    }

    fn run_closure(
        &mut self,
        frame: &mut Frame,
        value: Option<Value>,
        given: Vec<(Value, Ty)>,
        event: Option<super::ids::EventId>,
    ) {
        match value {
            Some(Value::Function(func, None)) if self.is_own_closure(frame, func) => {
                let index = self.symbols.func(func).index;
                self.closure(frame, index, given);
            }
            // A named function or method that is handed the queue.
            Some(Value::Function(func, receiver)) => {
                let span = crate::facts::Span::default();
                let span = event.map_or(span, |e| self.events[e.0 as usize].site.span);
                self.emit(
                    frame,
                    span,
                    "",
                    EventKind::Call {
                        callees: vec![func],
                        receiver: receiver.map(|r| *r),
                        args: given.into_iter().map(|(v, _)| v).collect(),
                    },
                );
            }
            Some(Value::Atom(Atom {
                origin: Origin::Param(_, number),
                ..
            })) => {
                frame.call_param(number, given);
            }
            _ => {}
        }
    }

    fn script_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        script: &Value,
        name: &str,
    ) -> (Value, Ty) {
        let mut args = self.args(frame, call);
        let Some(method) = client.script_methods.get(name) else {
            return (Value::Unknown, Ty::Unknown);
        };
        let context = (client.context_first && !args.is_empty()).then(|| args.remove(0).0);
        let (mut receiver, ty) = args.get(method.client).cloned().unwrap_or_default();
        let mut receiver_type = match &ty {
            Ty::Named(id) => Some(*id),
            _ => None,
        };
        // A type of the program that embeds a client is that client here.
        if let Some(id) = receiver_type
            && let Method::Outer(outer, path) =
                self.symbols.method(self.files, self.library, id, "Eval")
            && !path.is_empty()
        {
            receiver = self.walk(super::eval::retype(receiver, &ty), &path);
            receiver_type = Some(outer);
        }
        let connection = receiver_type
            .map(|id| self.symbols.ty(id).clone())
            .and_then(|info| client.types.get(&*info.name))
            .map_or(Connection::Unknown, |t| t.connection);
        let text = match script {
            Value::Script(text) => Some((**text).clone()),
            other => Some(other.clone()),
        };
        let keys = self.key_at(&method.keys, &args, call.spread, true);
        let command = Command {
            name: method.command.clone(),
            client: client.module.as_str().into(),
            receiver,
            receiver_type,
            connection,
            keys: keys.into_iter().collect(),
            pattern: None,
            script: text,
            ttl: None,
            context,
            iterated: false,
            each_node: frame.each_node,
        };
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Command(Box::new(command)),
        );
        let ty = Ty::Named(self.symbols.intern(&client.module, "Cmd"));
        (Value::Reply(event), ty)
    }

    fn reply_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        receiver: Value,
        name: &str,
    ) -> (Value, Ty) {
        let args = self.args(frame, call);
        match client.replies.get(name) {
            Some(Reply::Error) => {
                let value = self.pure("error", &[receiver], Ty::Error);
                (value, Ty::Error)
            }
            Some(Reply::Value) => {
                let value = self.pure("reply", &[receiver], Ty::Unknown);
                (value, Ty::Unknown)
            }
            Some(Reply::Iterator) => {
                if let Value::Reply(event) = receiver
                    && let EventKind::Command(command) = &mut self.events[event.0 as usize].kind
                {
                    command.iterated = true;
                }
                let ty = self.symbols.intern(&client.module, "ScanIterator");
                (receiver, Ty::Named(ty))
            }
            Some(Reply::Both) | None => {
                let mut all = vec![receiver];
                all.extend(args.into_iter().map(|(v, _)| v));
                let value = self.pure("reply", &all, Ty::Unknown);
                let error = self.pure("error", &all[..1], Ty::Error);
                (
                    Value::Tuple(vec![value, error]),
                    Ty::Tuple(Arc::from([Ty::Unknown, Ty::Error])),
                )
            }
        }
    }
}

/// Words of a command that may be given as one spread list.
fn flatten_words(values: &[Value], spread: bool) -> (Vec<Value>, bool) {
    let mut words = values.to_vec();
    if spread {
        match words.pop() {
            Some(Value::List { items, each, open }) => {
                words.extend(items);
                return (words, open || !each.is_empty());
            }
            _ => return (words, true),
        }
    }
    (words, false)
}

/// Fills a command from its words: name, keys, pattern.
fn words_to_command(
    table: &CommandTable,
    command: &mut Command,
    first: &str,
    words: &[Value],
    open: bool,
) {
    let mut name = first.to_ascii_uppercase();
    if let Some(sub) = words.get(1).and_then(Value::literal) {
        let with_sub = format!("{name} {}", sub.to_ascii_uppercase());
        if table.get(&with_sub).is_some() {
            name = with_sub;
        }
    }
    let texts: Vec<Option<String>> = words.iter().map(Value::literal).collect();
    for (at, access) in table.key_words(&name, &texts, open) {
        if let Some(value) = words.get(at) {
            command.keys.push(KeyUse {
                value: value.clone(),
                pick: Pick::One,
                access: Access::parse(&access),
            });
        }
    }
    if name == "KEYS" {
        command.pattern = words.get(1).cloned();
    }
    if name == "SCAN" {
        let at = texts.iter().position(|t| {
            t.as_deref()
                .is_some_and(|t| t.eq_ignore_ascii_case("MATCH"))
        });
        command.pattern = at.and_then(|at| words.get(at + 1)).cloned();
    }
    command.name = name;
}
