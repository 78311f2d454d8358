//! Methods of client libraries: commands, queues, scripts, replies.

use super::eval::{Evaluator, Frame, retype};
use super::ids::{EventId, TypeId};
use super::library::{Client, CommandMethod, Connection, Control, ListMethod, Reply, Role};
use super::model::{Access, Command, EventKind, KeyUse, Pick};
use super::subst::{lift, matching};
use super::symbols::Method;
use super::value::{Atom, Connected, LISTED, Origin, Ty, Value};
use super::words::{self, At, Sending};
use crate::facts::Call;
use std::sync::Arc;

/// What a command is sent through.
pub(super) struct Through {
    /// The client, connection or queue.
    pub receiver: Value,
    /// Its type.
    pub receiver_type: Option<TypeId>,
    /// What the type says of the connection.
    pub connection: Connection,
    /// Whether it collects commands.
    pub queued: bool,
    /// Whether a context stands before the arguments.
    pub context: bool,
}

impl Evaluator<'_> {
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
        let receiver = frame.current_queue(receiver);
        if let Some(given) = client
            .types
            .get(&*self.symbols.ty(receiver_type).name)
            .and_then(|t| t.gives.get(name))
        {
            self.args(frame, call);
            let ty = self.client_type(client, given);
            let receiver = self.handed_out(frame, call, receiver, name);
            return (retype(receiver, &ty), ty);
        }
        if role == Role::Queue
            && let Some(result) =
                self.queue_step(frame, call, client, &receiver, receiver_type, name)
        {
            return result;
        }
        if let Some(control) = client.control.get(name).filter(|c| !c.of_queue()) {
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
        let method = client.commands.get(name);
        let fits = |method: &&CommandMethod| {
            method
                .args
                .map_or(client.context_first || method.fits(call.args.len()), |n| {
                    n == call.args.len()
                })
                || method
                    .before
                    .as_ref()
                    .is_some_and(|b| b.args == call.args.len())
        };
        let Some(method) = method.filter(fits) else {
            if let Some(method) = self.library.value_method(self.lang(frame), name) {
                let ty = Ty::Named(receiver_type);
                return self.value_method(frame, call, method, receiver, ty, None);
            }
            let args = self.args(frame, call);
            let chains = client
                .types
                .get(&*self.symbols.ty(receiver_type).name)
                .is_some_and(|t| t.chains);
            if chains {
                return (receiver, Ty::Named(receiver_type));
            }
            self.note_escapes(frame, &args);
            return self.outer_result(frame, call, name, Some(receiver), &args, Ty::Unknown);
        };
        let args = self.args(frame, call);
        let queued = role == Role::Queue || matches!(receiver, Value::Queue(..));
        let through = Through {
            receiver,
            receiver_type: Some(receiver_type),
            connection,
            queued,
            context: client.context_first,
        };
        let made = name == "Process";
        self.command(frame, call, client, method, through, args, made)
    }

    /// Sends the command that a method or function stands for.
    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a call travels together"
    )]
    pub(super) fn command(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        method: &CommandMethod,
        through: Through,
        mut args: Vec<(Value, Ty)>,
        made: bool,
    ) -> (Value, Ty) {
        for (value, _) in &mut args {
            if let Some(keys) = self.keys_found(value) {
                *value = keys;
            }
        }
        let context = (through.context && !args.is_empty()).then(|| args.remove(0).0);
        let queued = through.queued || method.buffered;
        let through_queue = (through.queued, through.receiver.clone());
        let ty_of_queue = through.receiver_type.map_or(Ty::Unknown, Ty::Named);
        let fixed = client.reply_alone;
        let event = if method.generic {
            let mut given: Vec<(Value, Ty)> = Vec::new();
            if let Some(named) = method.named {
                given.extend(args.get(named).cloned());
                for (value, ty) in args.into_iter().skip(method.words) {
                    let words = self.words_of(frame, value, &ty);
                    given.extend(words::items(&words).into_iter().map(|w| (w, Ty::Unknown)));
                }
            } else {
                given.extend(args.into_iter().skip(method.words));
            }
            let values: Vec<Value> = given.into_iter().map(|(v, _)| v).collect();
            let sending = Sending {
                client: client.module.as_str().into(),
                receiver: through.receiver,
                receiver_type: through.receiver_type,
                connection: through.connection,
                context,
                queued,
                splits: method.splits,
                words: words::listed(values, call.spread || made),
                here: false,
            };
            let at = At {
                span: call.span,
                text: &call.text,
            };
            match self.send(frame, at, sending) {
                Some(event) => event,
                None => return (Value::Unknown, Ty::Unknown),
            }
        } else {
            let at = |i: Option<usize>| i.and_then(|i| args.get(i)).map(|(v, _)| v.clone());
            let mut command = Command {
                name: method.command.clone().unwrap_or_default(),
                client: client.module.as_str().into(),
                receiver: through.receiver,
                receiver_type: through.receiver_type,
                connection: through.connection,
                pattern: at(method.pattern),
                script: at(method.script),
                ttl: at(method.ttl),
                context,
                each_node: frame.each_node,
                queued,
                splits: method.splits,
                only_new: method.only_new,
                ..Command::default()
            };
            let positions = match &method.before {
                Some(older) if older.args == args.len() => &older.keys,
                _ => &method.keys,
            };
            for position in positions {
                let key = if fixed {
                    let mut key = self.fixed_key(frame, position, &args);
                    let lone = self.library.commands.get(&command.name);
                    if lone.is_some_and(|info| !info.multi_key)
                        && let Some(key) = key.as_mut().filter(|key| key.pick == Pick::All)
                    {
                        if command.name == "GET" {
                            command.name = "MGET".into();
                        } else {
                            // A list in the place of a lone key is that key and other words.
                            key.value = Value::Unknown;
                            key.pick = Pick::One;
                        }
                    }
                    key
                } else {
                    let listed = command.script.is_some();
                    self.key_at(position, &args, call.spread, listed, None)
                };
                command.keys.extend(key);
            }
            if fixed {
                settle_expiry(&mut command, &args);
            }
            command.iterated = method.iterates;
            command.each_node |= method.each_node;
            command.words = args.into_iter().map(|(v, _)| v).collect();
            command.uses = words::uses(&command.name, &command.keys, &command.words);
            self.emit(
                frame,
                call.span,
                &call.text,
                EventKind::Command(Box::new(command)),
            )
        };
        let ty = match &method.returns {
            Some(name) => Ty::Named(self.symbols.intern(&client.module, name)),
            None => Ty::Unknown,
        };
        let value = Value::Reply(event);
        if client.queue_chains && through_queue.0 {
            return (through_queue.1, ty_of_queue);
        }
        if method.returns.is_some() || client.reply_alone {
            return (value, ty);
        }
        // A client without types of reply gives the reply itself, and an error.
        let error = self.pure("error", std::slice::from_ref(&value), Ty::Error);
        (
            Value::Tuple(vec![value, error]),
            Ty::Tuple(Arc::from([Ty::Unknown, Ty::Error])),
        )
    }

    /// The list of keys that a reply to KEYS is, or the second part of one to SCAN: what matches the pattern.
    pub(in crate::program) fn keys_found(&self, value: &Value) -> Option<Value> {
        let (event, of) = match value {
            Value::Reply(event) => (*event, "KEYS"),
            Value::Atom(Atom {
                origin: Origin::Call { callee, args, .. },
                ..
            }) => match (&**callee, &**args) {
                ("reply", [Value::Reply(event)]) => (*event, "KEYS"),
                ("[]", [Value::Reply(event), Value::Int(1)]) | (".1", [Value::Reply(event)]) => {
                    (*event, "SCAN")
                }
                _ => return None,
            },
            _ => return None,
        };
        let asked = &self.events[event.0 as usize];
        let command = asked.command().filter(|command| command.name == of)?;
        let each = Atom::new(Origin::Each(asked.site, u64::MAX), None, Ty::Text);
        let any = each.with_origin(Origin::Call {
            callee: LISTED.into(),
            args: Arc::from([Value::Atom(each.clone())]),
            nth: 0,
            site: None,
        });
        let mut known = true;
        let key = lift(vec![command.pattern.clone()?], &mut |pattern| {
            matching(&pattern[0], &any).unwrap_or_else(|| {
                known = false;
                Value::Unknown
            })
        });
        known.then(|| Value::some(Vec::new(), vec![key], false))
    }

    /// A method of a list of words.
    pub(super) fn list_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        receiver: Value,
        ty: TypeId,
        name: &str,
    ) -> (Value, Ty) {
        let args: Vec<Value> = self.args(frame, call).into_iter().map(|(v, _)| v).collect();
        let value = match client.list_methods.get(name) {
            Some(ListMethod::Add) => self.behind(receiver, words::listed(args, call.spread)),
            Some(ListMethod::Flat) => args
                .into_iter()
                .fold(receiver, |list, more| self.behind(list, words::flat(more))),
            None => Value::Unknown,
        };
        (value, Ty::Named(ty))
    }

    /// Reads a position such as `1.Keys*:r` from evaluated arguments. `script` is the prepared script
    /// that knows how many of its arguments are keys.
    fn key_at(
        &mut self,
        position: &str,
        args: &[(Value, Ty)],
        spread: bool,
        listed: bool,
        script: Option<&Value>,
    ) -> Option<KeyUse> {
        let (place, letters) = position.split_once(':')?;
        if let Some(number) = place.strip_suffix('#') {
            let number: usize = number.parse().ok()?;
            let values = args.get(number..)?.iter().map(|(v, _)| v.clone()).collect();
            return Some(KeyUse {
                value: words::listed(values, spread),
                pick: Pick::Counted(Box::new(script.cloned().unwrap_or_default())),
                access: Access::parse(letters),
            });
        }
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
                let items = args[number..].iter().map(|(v, _)| v.clone()).collect();
                value = words::listed(items, spread);
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
            let names = entries.iter().map(|(k, _)| k.clone()).collect();
            value = Value::some(names, Vec::new(), entries.is_empty());
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
        if control.nothing {
            return (Value::Unknown, Ty::Unknown);
        }
        if control.runs {
            self.run_queue(frame, &receiver);
            return (
                Value::Unknown,
                Ty::Tuple(Arc::from([Ty::Unknown, Ty::Error])),
            );
        }
        if let Some(position) = &control.sends {
            if client.context_first && !args.is_empty() {
                args.remove(0);
            }
            let values: Vec<Value> = args.into_iter().map(|(v, _)| v).collect();
            let through = Through {
                receiver,
                receiver_type: Some(receiver_type),
                connection,
                queued: position.ends_with('*'),
                context: false,
            };
            let sent = self.send_built(frame, call, client, &through, &values);
            let value = sent.map_or(Value::Unknown, Value::Reply);
            let ty = Ty::Named(self.symbols.intern(&client.module, "RedisResult"));
            return (value, ty);
        }
        if let Some(kind) = control.queue {
            let ty = control.gives.as_deref().unwrap_or("Pipeliner");
            let ty = self.symbols.intern(&client.module, ty);
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
                        of: Some(ty),
                        sent: control.closure.is_some(),
                    },
                );
                (Value::Queue(event, 0), Some(event))
            };
            let ty = Ty::Named(ty);
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
            && let Some(key) = self.key_at(&format!("{watch}:"), &args, call.spread, false, None)
        {
            let command = Command {
                name: "WATCH".into(),
                client: client.module.as_str().into(),
                receiver: receiver.clone(),
                receiver_type: Some(receiver_type),
                connection,
                keys: vec![key],
                each_node: frame.each_node,
                ..Command::default()
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
            if control.context && client.context_first {
                params.push((Value::Context, Ty::Unknown));
            }
            // A node's or transaction's own connection, told apart from the client it came from.
            let inner = match &receiver {
                Value::Unknown => {
                    let client = self.unknown_at(frame, call.span, Ty::Unknown);
                    self.pure("node", &[client], given.clone().unwrap_or_default())
                }
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
            return (receiver, given.unwrap_or(Ty::Named(receiver_type)));
        }
        let Some(ty) = given else {
            return (Value::Unknown, Ty::Unknown);
        };
        if matches!(&ty, Ty::Named(id) if self.role_of(client, *id) == Some(Role::Builder)) {
            return (
                self.builder(frame, call, client, receiver, receiver_type),
                ty,
            );
        }
        let value = if control.fresh {
            self.contexts += 1;
            Value::Atom(Atom::new(
                Origin::Call {
                    callee: "node".into(),
                    args: Arc::from([receiver]),
                    nth: 0,
                    site: Some((self.place(frame, call.span), self.contexts)),
                },
                None,
                ty.clone(),
            ))
        } else {
            self.pure("node", &[receiver], ty.clone())
        };
        if control.map {
            let ty = Ty::Map(Arc::new(Ty::Text), Arc::new(ty));
            return (retype(value, &ty), ty);
        }
        if control.fails {
            return (
                Value::Tuple(vec![value, Value::Unknown]),
                Ty::Tuple(Arc::from([ty, Ty::Unknown])),
            );
        }
        (value, ty)
    }

    /// A connection that a client hands out: one of its own at each place.
    pub(super) fn handed_out(
        &self,
        frame: &Frame,
        call: &Call,
        client: Value,
        method: &str,
    ) -> Value {
        match client {
            Value::Connection(connected) => Value::Connection(Arc::new(Connected {
                handed: Some((self.place(frame, call.span), method.into())),
                ..(*connected).clone()
            })),
            other => other,
        }
    }

    /// A type that a client's table names: of the client, or with its module before it.
    pub(super) fn client_type(&mut self, client: &Client, name: &str) -> Ty {
        let (module, name) = name.split_once('.').unwrap_or((&client.module, name));
        Ty::Named(self.symbols.intern(module, name))
    }

    /// What a type says of the connection behind it.
    pub(super) fn connection_of(&self, ty: Option<TypeId>) -> Connection {
        ty.map(|id| self.symbols.ty(id))
            .and_then(|info| self.library.client(&info.module)?.types.get(&*info.name))
            .map_or(Connection::Unknown, |t| t.connection)
    }

    fn role_of(&self, client: &Client, id: TypeId) -> Option<Role> {
        client.types.get(&*self.symbols.ty(id).name).map(|t| t.role)
    }

    pub(super) fn run_closure(
        &mut self,
        frame: &mut Frame,
        value: Option<Value>,
        given: Vec<(Value, Ty)>,
        event: Option<EventId>,
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

    pub(super) fn script_method(
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
        let (receiver, ty) = args.get(method.client).cloned().unwrap_or_default();
        let mut receiver = frame.current_queue(receiver);
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
            receiver = self.walk(retype(receiver, &ty), &path);
            receiver_type = Some(outer);
        }
        let connection = self.connection_of(receiver_type);
        let text = match script {
            Value::Script(text, _) => Some((**text).clone()),
            other => Some(other.clone()),
        };
        let keys = self.key_at(&method.keys, &args, call.spread, true, Some(script));
        let in_queue = receiver_type.and_then(|id| self.role_of(client, id)) == Some(Role::Queue);
        let open = frame.transactions.get(&receiver);
        let queued =
            method.buffered || in_queue || open.is_some() || matches!(receiver, Value::Queue(..));
        if let Some(queue) = open {
            receiver = Value::Queue(*queue, 0);
        }
        let mut command = Command {
            name: method.command.clone(),
            client: client.module.as_str().into(),
            receiver,
            receiver_type,
            connection,
            keys: keys.into_iter().collect(),
            words: args.into_iter().map(|(v, _)| v).collect(),
            script: text,
            context,
            each_node: frame.each_node,
            queued,
            ..Command::default()
        };
        command.uses = words::uses(&command.name, &command.keys, &command.words);
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Command(Box::new(command)),
        );
        if client.reply_alone {
            return (Value::Reply(event), Ty::Unknown);
        }
        if client.replies.is_empty() {
            let value = Value::Reply(event);
            let error = self.pure("error", std::slice::from_ref(&value), Ty::Error);
            return (
                Value::Tuple(vec![value, error]),
                Ty::Tuple(Arc::from([Ty::Unknown, Ty::Error])),
            );
        }
        let ty = Ty::Named(self.symbols.intern(&client.module, "Cmd"));
        (Value::Reply(event), ty)
    }

    pub(super) fn reply_method(
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

/// Says of a command that sets a value whether it writes only where nothing stands, and whether what it writes
/// lives for ever, by options that are put together: `SetOptions::default().conditional_set(NX)`.
fn settle_expiry(command: &mut Command, args: &[(Value, Ty)]) {
    if !matches!(command.name.as_str(), "SET" | "SETNX") {
        return;
    }
    let options: Vec<&Value> = args.iter().skip(2).map(|(v, _)| v).collect();
    let mut told = Vec::new();
    for option in &options {
        option.atoms(&mut |atom| match &atom.origin {
            Origin::Global(name) => told.push(name.clone()),
            Origin::Call { callee, .. } => told.push(callee.clone()),
            _ => {}
        });
    }
    let says = |word: &str| {
        told.iter()
            .any(|name| name.rsplit([':', '.']).next() == Some(word))
    };
    command.only_new |= says("NX");
    let expires = ["EX", "PX", "EXAT", "PXAT", "KEEPTTL", "with_expiration"];
    let never = command.ttl.as_ref().is_none_or(|ttl| *ttl == Value::Nil);
    // Options that are not seen may say anything.
    let seen = options
        .iter()
        .all(|o| matches!(o, Value::Nil | Value::Bool(_)) || !told.is_empty());
    if never && seen && !expires.iter().any(|word| says(word)) {
        command.ttl = Some(Value::Int(0));
    }
}
