//! Builders: chains of methods that make one command word by word, and the calls that send it.

use super::client::Through;
use super::eval::{Evaluator, Frame};
use super::ids::{EventId, TypeId};
use super::library::{Client, QueueKind};
use super::model::{Access, Command, EventKind, KeyUse, Pick};
use super::value::{Built, Ty, Value};
use super::words;
use crate::facts::Call;
use std::sync::Arc;

impl Evaluator<'_> {
    /// A method of a builder: begins a command, adds to it, or ends it.
    pub(super) fn builder_method(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        receiver: Value,
        ty: TypeId,
        name: &str,
    ) -> (Value, Ty) {
        let args: Vec<Value> = self.args(frame, call).into_iter().map(|(v, _)| v).collect();
        let Value::Builder(built) = receiver else {
            // A builder of which the beginning is not seen.
            return (Value::Unknown, Ty::Named(ty));
        };
        if client.build.iter().any(|b| b == name) {
            return self.build(frame, call, client, &built);
        }
        let mut built = (*built).clone();
        if built.builder.is_empty() {
            let Some(begun) = client.builders.get(name) else {
                return (Value::Unknown, Ty::Named(ty));
            };
            built.builder = name.into();
            built.site = self.place(frame, call.span);
            if begun.command.is_none() {
                built.words = Value::list(args);
            }
            return (Value::Builder(Arc::new(built)), Ty::Named(ty));
        }
        let Some(begun) = client.builders.get(&*built.builder) else {
            return (Value::Unknown, Ty::Named(ty));
        };
        for position in &begun.keys {
            let Some((step, letters)) = position.split_once(':') else {
                continue;
            };
            let access = Access::parse(letters);
            if step == name {
                built.keys.extend(args.first().map(|value| KeyUse {
                    value: value.clone(),
                    pick: Pick::One,
                    access,
                }));
            } else if step.strip_suffix('*') == Some(name) {
                built.keys.push(KeyUse {
                    value: words::listed(args.clone(), call.spread),
                    pick: Pick::All,
                    access,
                });
            }
        }
        let first = args.first().cloned();
        if begun.pattern.as_deref() == Some(name) {
            built.pattern.clone_from(&first);
        }
        if begun.script.as_deref() == Some(name) {
            built.script.clone_from(&first);
        }
        if begun.ttl.iter().any(|step| step == name) {
            built.ttl = first;
        }
        // A step without arguments is a word of its own.
        let added = if args.is_empty() {
            vec![Value::text(&name.to_ascii_uppercase())]
        } else {
            args
        };
        built.words = self.behind(built.words, Value::list(added));
        (Value::Builder(Arc::new(built)), Ty::Named(ty))
    }

    /// A new builder for commands of a client.
    pub(super) fn builder(
        &mut self,
        frame: &Frame,
        call: &Call,
        client: &Client,
        receiver: Value,
        receiver_type: TypeId,
    ) -> Value {
        Value::Builder(Arc::new(Built {
            client: client.module.as_str().into(),
            builder: "".into(),
            site: self.place(frame, call.span),
            receiver,
            receiver_type: Some(receiver_type),
            words: Value::list(Vec::new()),
            keys: Vec::new(),
            pattern: None,
            script: None,
            ttl: None,
        }))
    }

    fn build(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        built: &Built,
    ) -> (Value, Ty) {
        let ty = Ty::Named(self.symbols.intern(&client.module, "Completed"));
        let Some(begun) = client.builders.get(&*built.builder) else {
            return (Value::Unknown, ty);
        };
        let connection = self.connection_of(built.receiver_type);
        let mut command = Command {
            name: begun.command.clone().unwrap_or_default(),
            client: built.client.clone(),
            receiver: built.receiver.clone(),
            receiver_type: built.receiver_type,
            connection,
            keys: built.keys.clone(),
            words: words::items(&built.words),
            pattern: built.pattern.clone(),
            script: built.script.clone(),
            ttl: built.ttl.clone(),
            each_node: frame.each_node,
            // Whether it goes alone is known where it is sent.
            queued: true,
            ..Command::default()
        };
        if begun.command.is_none() {
            let Some(first) = command.words.first().and_then(Value::literal) else {
                return (Value::Unknown, ty);
            };
            // Keys were given as such; what happens to them is known by the command.
            words::fill(&self.library.commands, &mut command, &first, &built.words);
            command.keys.clone_from(&built.keys);
            let access = Access::parse(self.library.commands.access(&command.name));
            for key in &mut command.keys {
                key.access = access;
            }
        }
        let has = |step: &str| {
            let step = Value::text(step);
            command.words.contains(&step)
        };
        let (only_new, keeps) = (has("NX"), has("KEEPTTL"));
        match command.name.as_str() {
            "SETNX" => command.only_new = true,
            "SET" => command.only_new = only_new,
            _ => {}
        }
        if matches!(command.name.as_str(), "SET" | "SETNX") && command.ttl.is_none() && !keeps {
            command.ttl = Some(Value::Int(0));
        }
        command.uses = words::uses(&command.name, &command.keys, &command.words);
        let event = self.emit(
            frame,
            built.site.span,
            &call.text,
            EventKind::Command(Box::new(command)),
        );
        (Value::Completed(event), ty)
    }

    /// Sends commands that were built before: alone, or several together where what they go through
    /// is said to collect them.
    pub(super) fn send_built(
        &mut self,
        frame: &mut Frame,
        call: &Call,
        client: &Client,
        through: &Through,
        values: &[Value],
    ) -> Option<EventId> {
        let Through {
            receiver,
            receiver_type,
            connection,
            queued: together,
            ..
        } = through;
        let mut built = Vec::new();
        for value in values {
            completed(value, &mut built);
        }
        let made = match values {
            [made @ (Value::Builder(_) | Value::Atom(_))] if client.reply_alone => Some(made),
            _ => None,
        };
        if let Some(made) = made {
            let sending = words::Sending {
                client: client.module.as_str().into(),
                receiver: receiver.clone(),
                receiver_type: *receiver_type,
                connection: *connection,
                context: None,
                queued: *together,
                splits: false,
                words: made.clone(),
                here: true,
            };
            let at = words::At {
                span: call.span,
                text: &call.text,
            };
            return self.send(frame, at, sending);
        }
        let name_of = |this: &Self, event: EventId| {
            this.events[event.0 as usize]
                .command()
                .map(|c| c.name.clone())
                .unwrap_or_default()
        };
        let queue = (*together && built.len() > 1).then(|| {
            let atomic = built.iter().any(|e| name_of(self, *e) == "MULTI");
            self.emit(
                frame,
                call.span,
                &call.text,
                EventKind::Queue {
                    kind: if atomic {
                        QueueKind::Transaction
                    } else {
                        QueueKind::Pipeline
                    },
                    client: client.module.as_str().into(),
                    receiver: receiver.clone(),
                    receiver_type: *receiver_type,
                    connection: *connection,
                    of: None,
                    sent: false,
                },
            )
        });
        for id in &built {
            let event = &mut self.events[id.0 as usize];
            let here = event.func == frame.func;
            if let EventKind::Command(command) = &mut event.kind {
                command.queued = *together;
                command.receiver_type = *receiver_type;
                command.connection = *connection;
                // Another function's queue would need its call to be told apart.
                command.receiver = match queue {
                    Some(queue) if here => Value::Queue(queue, 0),
                    _ => receiver.clone(),
                };
                command.each_node |= frame.each_node;
            }
            if here {
                event.loops = frame.around();
                event.on_miss.extend_from_slice(&frame.miss);
                event.on_miss.sort();
                event.on_miss.dedup();
                event.spawned |= frame.spawned;
            }
        }
        queue.or(built.last().copied())
    }
}

/// Built commands in a value.
fn completed(value: &Value, out: &mut Vec<EventId>) {
    match value {
        Value::Completed(event) => out.push(*event),
        Value::List { items, each, .. } => {
            for value in items.iter().chain(each) {
                completed(value, out);
            }
        }
        Value::Choice(_, values) => {
            for value in values {
                completed(value, out);
            }
        }
        _ => {}
    }
    out.sort();
    out.dedup();
}
