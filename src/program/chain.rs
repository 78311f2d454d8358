//! Commands, scripts and queues that a chain of methods puts together, and that are sent through a
//! connection which is only named at the end.

use super::eval::{Evaluator, Frame};
use super::ids::{EventId, TypeId};
use super::library::{Client, ClientFunction, QueueKind, Step};
use super::model::{Access, Command, EventKind, KeyUse, Pick};
use super::subst::lift;
use super::value::{Built, Ty, Value};
use super::words::{self, At, Sending};
use crate::facts::{Call, Lang, LocalId, Span};
use std::sync::Arc;

/// Lists within lists are taken apart this deep.
const MAX_NESTING: usize = 4;

impl Evaluator<'_> {
    /// The words that an argument becomes: of a list, a tuple or a map its elements.
    pub(super) fn words_of(&mut self, frame: &mut Frame, value: Value, ty: &Ty) -> Value {
        let value = self.spelled(frame, value, ty);
        let value = self.keys_found(&value).unwrap_or(value);
        let many = matches!(self.flat(ty), Ty::List(_) | Ty::Map(..));
        let words = lift(vec![value], &mut |values| flattened(&values[0], many, 0));
        // One word with alternatives is one word.
        match single_word(&words) {
            Some(word) => Value::list(vec![word]),
            None => words,
        }
    }

    /// A value as it goes to the server: an object as it shows itself, bytes as one word.
    fn spelled(&mut self, frame: &mut Frame, value: Value, ty: &Ty) -> Value {
        match value {
            Value::Object(_) => self.displayed(frame, value, ty),
            bytes if self.is_bytes(frame, &bytes) => {
                self.unknown_at(frame, Span::default(), Ty::Text)
            }
            value => value,
        }
    }

    /// Whether a value is one word that is spelled by its bytes.
    fn is_bytes(&self, frame: &Frame, value: &Value) -> bool {
        let number = |item: &Value| matches!(item, Value::Int(_));
        self.lang(frame) == Lang::Rust
            && match value {
                Value::List { items, each, .. } => items.iter().chain(each).any(number),
                Value::Choice(_, values) => values.iter().any(|v| self.is_bytes(frame, v)),
                _ => false,
            }
    }

    /// The words of several arguments.
    pub(super) fn all_words(&mut self, frame: &mut Frame, args: Vec<(Value, Ty)>) -> Value {
        let mut out = Value::list(Vec::new());
        for (value, ty) in args {
            let words = self.words_of(frame, value, &ty);
            out = self.behind(out, words);
        }
        out
    }

    /// A command of which the first words are known.
    pub(super) fn begun(
        &mut self,
        frame: &Frame,
        call: &Call,
        client: &Client,
        words: Value,
    ) -> Value {
        Value::Builder(Arc::new(Built {
            client: client.module.as_str().into(),
            builder: call.text.as_str().into(),
            site: self.place(frame, call.span),
            receiver: Value::Unknown,
            receiver_type: None,
            words,
            keys: Vec::new(),
            pattern: None,
            script: None,
            ttl: None,
        }))
    }

    /// A key at a position such as `0*:r`, of a method that takes so many arguments and no more.
    pub(super) fn fixed_key(
        &mut self,
        frame: &mut Frame,
        position: &str,
        args: &[(Value, Ty)],
    ) -> Option<KeyUse> {
        let (place, letters) = position.split_once(':')?;
        let access = Access::parse(letters);
        let digits = place.trim_end_matches(|c: char| !c.is_ascii_digit());
        let (number, how) = match place.find(|c: char| !c.is_ascii_digit()) {
            Some(at) => place.split_at(at),
            None => (digits, ""),
        };
        let (value, ty) = args.get(number.parse::<usize>().ok()?)?.clone();
        if how.is_empty() {
            let value = self.spelled(frame, value, &ty);
            // A list in the place of one key is that key if it has one element.
            let value = match value {
                Value::List {
                    mut items, each, ..
                } if each.is_empty() && items.len() == 1 => items.swap_remove(0),
                value => value,
            };
            let pick = match value {
                Value::List { .. } => Pick::All,
                _ => Pick::One,
            };
            return Some(KeyUse {
                value,
                pick,
                access,
            });
        }
        if how == "[0]" {
            let value = firsts(value);
            return Some(KeyUse {
                value,
                pick: Pick::All,
                access,
            });
        }
        let words = self.words_of(frame, value.clone(), &ty);
        let pick = match how {
            "%2" => Pick::Even,
            "/2" => Pick::Half,
            _ => Pick::All,
        };
        Some(match (&words, &value) {
            // All elements of a list that only callers know.
            (Value::List { items, .. }, Value::Atom(_))
                if matches!(items.as_slice(), [Value::Rest(_)]) =>
            {
                KeyUse {
                    value,
                    pick,
                    access,
                }
            }
            _ => KeyUse {
                value: words,
                pick,
                access,
            },
        })
    }

    /// A step of a command or script that is put together, or its sending.
    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a receiver travels together"
    )]
    pub(super) fn step(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        receiver: Value,
        ty: TypeId,
        name: &str,
        local: Option<LocalId>,
    ) -> (Value, Ty) {
        let args = self.args(frame, call);
        if client.steps.get(name) == Some(&Step::Same) {
            return (receiver, Ty::Named(ty));
        }
        let mut built = match receiver {
            Value::Builder(built) => (*built).clone(),
            Value::Script(text, _) => Built {
                script: Some(*text),
                builder: "script".into(),
                ..self.blank(frame, call, client)
            },
            // A script that another function or a field holds.
            other if self.is_script_type(client, ty) => Built {
                script: Some(other),
                builder: "script".into(),
                ..self.blank(frame, call, client)
            },
            // A command that callers put together.
            other if client.sends.contains_key(name) && self.is_handed(&other, frame.func) => {
                self.hand_on(frame, call, client, other, name, args);
                return (Value::Unknown, Ty::Unknown);
            }
            other => {
                self.note_escapes(frame, &args);
                let sends = client.sends.contains_key(name);
                let ty = if sends { Ty::Unknown } else { Ty::Named(ty) };
                return (if sends { Value::Unknown } else { other }, ty);
            }
        };
        if let Some(position) = client.sends.get(name) {
            let iterated = client.iterates.iter().any(|i| i == name);
            return self.send_chain(frame, call, client, &built, *position, args, iterated);
        }
        let loops = local.map_or_else(Vec::new, |local| frame.loops_over(local));
        let whole = Value::Builder(Arc::new(built.clone()));
        // In a chain, the local that it began with is what the step before has made of it.
        let local = local.filter(|local| {
            frame
                .local(*local)
                .is_some_and(|(value, _)| *value == whole || matches!(value, Value::Script(..)))
        });
        match client.steps.get(name) {
            Some(Step::Words) => {
                let mut added = Value::list(Vec::new());
                for (value, ty) in args {
                    let words = self.words_of(frame, value.spread_over(&loops), &ty);
                    added = self.behind(added, words);
                }
                built.words = self.grown(built.words, added, !loops.is_empty());
            }
            Some(Step::Key) => {
                for (value, ty) in args {
                    let many = !loops.is_empty();
                    let words = self.words_of(frame, value.spread_over(&loops), &ty);
                    let single = match &words {
                        Value::List {
                            items,
                            each,
                            open: false,
                            ..
                        } if each.is_empty() && items.len() == 1 && !many => Some(items[0].clone()),
                        _ => None,
                    };
                    let access = Access::parse("rw");
                    built.keys.push(match single {
                        Some(Value::Rest(list)) => KeyUse {
                            value: *list,
                            pick: Pick::All,
                            access,
                        },
                        Some(value) => KeyUse {
                            value,
                            pick: Pick::One,
                            access,
                        },
                        None => KeyUse {
                            value: if many { repeated_in(words) } else { words },
                            pick: Pick::All,
                            access,
                        },
                    });
                }
            }
            _ => {}
        }
        let ty = if built.script.is_some() {
            Ty::Named(self.symbols.intern(&client.module, "ScriptInvocation"))
        } else {
            Ty::Named(ty)
        };
        let value = Value::Builder(Arc::new(built));
        if local.is_some() && !matches!(&value, Value::Builder(b) if b.script.is_some()) {
            self.set_text(frame, local, value.clone());
        } else if let Some(local) = local
            && let Some((Value::Builder(_), _)) = frame.local(local)
        {
            self.set_text(frame, Some(local), value.clone());
        }
        (value, ty)
    }

    /// Sends what a caller has put together: the command is sent where it is known.
    fn hand_on(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        made: Value,
        name: &str,
        args: Vec<(Value, Ty)>,
    ) {
        let position = client.sends.get(name).copied().unwrap_or(0);
        let (receiver, ty) = args.into_iter().nth(position).unwrap_or_default();
        let receiver_type = match ty {
            Ty::Named(id) => Some(id),
            _ => None,
        };
        let sending = Sending {
            client: client.module.as_str().into(),
            receiver,
            receiver_type,
            connection: self.connection_of(receiver_type),
            context: None,
            queued: false,
            splits: false,
            words: made,
            here: true,
        };
        let at = At {
            span: call.span,
            text: &call.text,
        };
        self.send(frame, at, sending);
    }

    /// Sends a command or script that was put together, through what is known of the sending.
    pub(super) fn send_made(
        &mut self,
        frame: &mut Frame,
        at: At<'_>,
        built: &Built,
        sending: Sending,
    ) -> Option<EventId> {
        if let Some(script) = &built.script {
            let mut command = Command {
                name: "EVALSHA".into(),
                client: sending.client,
                receiver: sending.receiver,
                receiver_type: sending.receiver_type,
                connection: sending.connection,
                keys: built.keys.clone(),
                words: words::items(&built.words),
                script: Some(script.clone()),
                queued: sending.queued,
                each_node: frame.each_node,
                ..Command::default()
            };
            command.uses = words::uses(&command.name, &command.keys, &command.words);
            let kind = EventKind::Command(Box::new(command));
            return Some(self.emit(frame, at.span, at.text, kind));
        }
        let here = built.site.file == frame.file;
        let at = At {
            span: if here { built.site.span } else { at.span },
            text: at.text,
        };
        let words = built.words.clone();
        self.send(frame, at, Sending { words, ..sending })
    }

    fn blank(&self, frame: &Frame, call: &Call, client: &Client) -> Built {
        Built {
            client: client.module.as_str().into(),
            builder: "".into(),
            site: self.place(frame, call.span),
            receiver: Value::Unknown,
            receiver_type: None,
            words: Value::list(Vec::new()),
            keys: Vec::new(),
            pattern: None,
            script: None,
            ttl: None,
        }
    }

    fn is_script_type(&self, client: &Client, ty: TypeId) -> bool {
        client
            .types
            .get(&*self.symbols.ty(ty).name)
            .is_some_and(|t| t.role == super::library::Role::Script)
    }

    /// Sends what was put together through the connection at an argument.
    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a call travels together"
    )]
    fn send_chain(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        built: &Built,
        position: usize,
        args: Vec<(Value, Ty)>,
        iterated: bool,
    ) -> (Value, Ty) {
        let (receiver, ty) = args.into_iter().nth(position).unwrap_or_default();
        let receiver = frame.current_queue(receiver);
        let receiver_type = match ty {
            Ty::Named(id) => Some(id),
            _ => None,
        };
        let event = self.send_built_words(
            frame,
            call,
            client,
            built,
            receiver,
            receiver_type,
            false,
            iterated,
        );
        match event {
            Some(event) => (Value::Reply(event), Ty::Unknown),
            None => (Value::Unknown, Ty::Unknown),
        }
    }

    /// Makes the event of a command or script that was put together.
    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a call travels together"
    )]
    fn send_built_words(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        built: &Built,
        receiver: Value,
        receiver_type: Option<TypeId>,
        queued: bool,
        iterated: bool,
    ) -> Option<EventId> {
        let connection = self.connection_of(receiver_type);
        if let Some(script) = &built.script {
            let mut command = Command {
                name: "EVALSHA".into(),
                client: client.module.as_str().into(),
                receiver,
                receiver_type,
                connection,
                keys: built.keys.clone(),
                words: words::items(&built.words),
                script: Some(script.clone()),
                queued,
                each_node: frame.each_node,
                ..Command::default()
            };
            command.uses = words::uses(&command.name, &command.keys, &command.words);
            let kind = EventKind::Command(Box::new(command));
            return Some(self.emit(frame, call.span, &call.text, kind));
        }
        // The command's name stands where the chain begins.
        let here = built.site.file == frame.file;
        let at = At {
            span: if here { built.site.span } else { call.span },
            text: &call.text,
        };
        let sending = Sending {
            client: client.module.as_str().into(),
            receiver,
            receiver_type,
            connection,
            context: None,
            queued,
            splits: false,
            words: built.words.clone(),
            here: true,
        };
        let event = self.send(frame, at, sending)?;
        if let EventKind::Command(command) = &mut self.events[event.0 as usize].kind {
            command.iterated |= iterated;
        }
        Some(event)
    }

    /// A function that opens a queue; with a closure it hands the connection and the queue to that.
    #[allow(
        clippy::too_many_arguments,
        reason = "what is known of a call travels together"
    )]
    pub(super) fn open_queue(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        function: &ClientFunction,
        kind: QueueKind,
        args: Vec<(Value, Ty)>,
        ty: Ty,
    ) -> (Value, Ty) {
        let (receiver, receiver_ty) = function
            .client
            .and_then(|at| args.get(at))
            .cloned()
            .unwrap_or_default();
        let receiver_type = match receiver_ty {
            Ty::Named(id) => Some(id),
            _ => None,
        };
        let connection = self.connection_of(receiver_type);
        if let Some(watch) = &function.watch
            && let Some(key) = self.fixed_key(frame, &format!("{watch}:"), &args)
        {
            let command = Command {
                name: "WATCH".into(),
                client: client.module.as_str().into(),
                receiver: receiver.clone(),
                receiver_type,
                connection,
                keys: vec![key],
                each_node: frame.each_node,
                ..Command::default()
            };
            let kind = EventKind::Command(Box::new(command));
            self.emit(frame, call.span, &call.text, kind);
        }
        let event = self.emit(
            frame,
            call.span,
            &call.text,
            EventKind::Queue {
                kind,
                client: client.module.as_str().into(),
                receiver: receiver.clone(),
                receiver_type,
                connection,
                of: match &ty {
                    Ty::Named(id) => Some(*id),
                    _ => None,
                },
                sent: false,
            },
        );
        let queue = Value::Queue(event, 0);
        let Some(closure) = function.closure else {
            return (queue, ty);
        };
        let closure = args.get(closure).map(|(v, _)| v.clone());
        let given = vec![(receiver, receiver_ty), (queue, ty)];
        self.run_closure(frame, closure, given, Some(event));
        (Value::Unknown, Ty::Unknown)
    }

    /// A method of a queue that is no command of its own: it goes on with the last one, or sends them all.
    pub(super) fn queue_step(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        queue: &Value,
        queue_type: TypeId,
        name: &str,
    ) -> Option<(Value, Ty)> {
        let given_back = (queue.clone(), Ty::Named(queue_type));
        if client.steps.get(name) == Some(&Step::Words)
            && let Some(event) = frame.begun.get(queue).copied()
        {
            let args = self.args(frame, call);
            let added = self.all_words(frame, args);
            self.amend(event, added);
            return Some(given_back);
        }
        let control = client.control.get(name).filter(|c| c.of_queue())?;
        let mut args = self.args(frame, call);
        if control.atomic {
            if let Value::Queue(event, _) = queue {
                let site = self.place(frame, call.span);
                let opened = &mut self.events[event.0 as usize];
                if let EventKind::Queue { kind, .. } = &mut opened.kind {
                    *kind = QueueKind::Transaction;
                    // The transaction begins where it is asked for, unless one of several callers does.
                    if self.symbols.share_locals(opened.func, frame.func) {
                        opened.site = site;
                    }
                }
            }
            return Some(given_back);
        }
        if control.begins {
            let words = self.all_words(frame, args);
            let sending = Sending {
                client: client.module.as_str().into(),
                receiver: queue.clone(),
                receiver_type: Some(queue_type),
                connection: self.connection_of(Some(queue_type)),
                context: None,
                queued: true,
                splits: false,
                words,
                here: true,
            };
            let at = At {
                span: call.span,
                text: &call.text,
            };
            match self.send(frame, at, sending) {
                Some(event) => frame.begun.insert(queue.clone(), event),
                None => frame.begun.remove(queue),
            };
            return Some(given_back);
        }
        if let Some(position) = control.adds {
            if let Some((Value::Builder(built), _)) = args.get(position).cloned() {
                let queue = queue.clone();
                let ty = Some(queue_type);
                self.send_built_words(frame, call, client, &built, queue, ty, true, false);
            }
            return Some(given_back);
        }
        let position = control.sends_through?;
        let (receiver, ty) = if position < args.len() {
            args.swap_remove(position)
        } else {
            Default::default()
        };
        self.connect(frame, queue, receiver, ty);
        self.run_queue(frame, queue);
        Some((self.unknown_at(frame, call.span, Ty::Unknown), Ty::Unknown))
    }

    /// Says what a queue that was opened without a connection is sent through.
    fn connect(&mut self, frame: &Frame, queue: &Value, through: Value, ty: Ty) {
        let Value::Queue(event, _) = queue else {
            return;
        };
        let of = match ty {
            Ty::Named(id) => Some(id),
            _ => None,
        };
        let kind_of = self.connection_of(of);
        let own = self
            .symbols
            .share_locals(self.events[event.0 as usize].func, frame.func);
        if let EventKind::Queue {
            receiver,
            receiver_type,
            connection,
            ..
        } = &mut self.events[event.0 as usize].kind
        {
            // Another function's values mean nothing where the queue was opened.
            if *receiver == Value::Unknown && own {
                *receiver = through;
            }
            if receiver_type.is_none() {
                *receiver_type = of;
                *connection = kind_of;
            }
        }
    }

    /// Adds words to a command that was begun in a queue.
    fn amend(&mut self, event: EventId, added: Value) {
        let Some(old) = self.events[event.0 as usize].command().cloned() else {
            return;
        };
        let mut first: Vec<Value> = old.name.split(' ').map(Value::text).take(1).collect();
        first.extend(old.words.iter().cloned());
        let words = match self.behind(Value::list(first.clone()), added) {
            list @ Value::List { .. } => list,
            _ => Value::some(first, Vec::new(), true),
        };
        let mut command = Command {
            keys: Vec::new(),
            words: Vec::new(),
            ..old
        };
        let name = command.name.split(' ').next().unwrap_or("").to_string();
        words::fill(&self.library.commands, &mut command, &name, &words);
        command.uses = words::uses(&command.name, &command.keys, &command.words);
        if let EventKind::Command(known) = &mut self.events[event.0 as usize].kind {
            **known = command;
        }
    }
}

/// The only word of a list.
fn single_word(list: &Value) -> Option<Value> {
    match list {
        Value::List {
            items,
            each,
            open: false,
            ..
        } if each.is_empty() && items.len() == 1 => Some(items[0].clone()),
        Value::Choice(id, lists) => {
            let words: Option<Vec<Value>> = lists.iter().map(single_word).collect();
            Some(Value::Choice(*id, words?))
        }
        _ => None,
    }
}

/// What an argument stands for as words.
fn flattened(value: &Value, many: bool, depth: usize) -> Value {
    match value {
        Value::List {
            items,
            each,
            open,
            lead,
        } => {
            if depth >= MAX_NESTING {
                return Value::some(Vec::new(), Vec::new(), true);
            }
            let simple = items
                .iter()
                .chain(each)
                .all(|v| !matches!(v, Value::List { .. } | Value::Map(_)));
            if simple {
                return value.clone();
            }
            let mut opened = *open;
            let mut all = |values: &[Value]| {
                let mut out = Vec::new();
                for value in values {
                    match flattened(value, false, depth + 1) {
                        Value::List {
                            items, each, open, ..
                        } => {
                            opened |= open || !each.is_empty();
                            out.extend(items);
                        }
                        other => out.push(other),
                    }
                }
                out
            };
            let (items, each) = (all(items), all(each));
            Value::List {
                items,
                each,
                open: opened,
                lead: lead.filter(|_| simple),
            }
        }
        Value::Map(entries) if !entries.is_empty() => Value::list(
            entries
                .iter()
                .flat_map(|(k, v)| [k.clone(), v.clone()])
                .collect(),
        ),
        // Nothing adds nothing.
        Value::Nil => Value::list(Vec::new()),
        Value::Atom(_) if many => Value::list(vec![Value::Rest(Box::new(value.clone()))]),
        other => Value::list(vec![other.clone()]),
    }
}

/// The first of each pair of a list, or the names of a map.
fn firsts(value: Value) -> Value {
    let first = |pair: Value| match pair {
        Value::List { items, .. } => items.into_iter().next().unwrap_or_default(),
        _ => Value::Unknown,
    };
    match value {
        Value::List {
            items, each, open, ..
        } => Value::some(
            items.into_iter().map(first).collect(),
            each.into_iter().map(first).collect(),
            open,
        ),
        Value::Map(entries) => {
            let open = entries.is_empty();
            Value::some(
                entries.into_iter().map(|(k, _)| k).collect(),
                Vec::new(),
                open,
            )
        }
        _ => Value::some(Vec::new(), Vec::new(), true),
    }
}

/// Words that are added in each round of a loop.
fn repeated_in(words: Value) -> Value {
    match words {
        Value::List {
            items,
            mut each,
            open,
            ..
        } => {
            each.extend(items);
            Value::some(Vec::new(), each, open)
        }
        other => other,
    }
}
