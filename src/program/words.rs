//! Commands given as words: `Do("SET", key, value)`. Where a function hands on words that it was
//! given, the command is sent where they are spelled: by its caller.

use super::eval::{Evaluator, Frame};
use super::ids::{EventId, FuncId, Site, TypeId};
use super::library::{Connection, QueueKind};
use super::model::{Access, Command, EventKind, KeyUse, Pick};
use super::subst::joined;
use super::value::{Origin, Value};
use crate::facts::Span;
use crate::redis::commands::CommandTable;
use std::sync::Arc;

/// A command of which the words, or some of them, come from callers.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The client library's module.
    pub client: Arc<str>,
    /// What it is sent through.
    pub receiver: Value,
    /// The type of that.
    pub receiver_type: Option<TypeId>,
    /// What the type says of the connection.
    pub connection: Connection,
    /// The context that bounds it.
    pub context: Option<Value>,
    /// Whether it waits in a buffer, or in a queue.
    pub queued: bool,
    /// Whether the client takes it apart by slot.
    pub splits: bool,
    /// The words: a list.
    pub words: Value,
    /// Whether the command's own words are spelled here, whoever gives the rest.
    pub here: bool,
}

/// As many elements of loops are told of a value of which nothing else is.
const MAX_ELEMENTS: usize = 8;

/// Where a command is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    /// The place of the name.
    pub span: Span,
    /// The call's text.
    pub text: &'a str,
}

/// A function hands on no more commands than this.
const MAX_SENDINGS: usize = 16;
/// No more alternatives of a first word are followed.
const MAX_FIRST: usize = 4;

impl Evaluator<'_> {
    /// Sends a command by its words. Gives the event, unless the words are not known here.
    pub(super) fn send(
        &mut self,
        frame: &mut Frame,
        at: At<'_>,
        sending: Sending,
    ) -> Option<EventId> {
        if let Some((id, count)) = first_choice(&sending.words) {
            let mut last = None;
            for pick in 0..count.min(MAX_FIRST) {
                let words = sending.words.choose(id, pick);
                last = self.send(
                    frame,
                    at,
                    Sending {
                        words,
                        ..sending.clone()
                    },
                );
            }
            return last;
        }
        if let Value::Builder(built) = &sending.words {
            // A command that was put together elsewhere.
            let built = built.clone();
            return self.send_made(frame, at, &built, sending);
        }
        let Value::List { items, .. } = &sending.words else {
            let handed = self.is_handed(&sending.words, frame.func);
            if handed && sending.here && frame.sendings.len() < MAX_SENDINGS {
                frame.sendings.push(sending);
            }
            return None;
        };
        let Some(first) = items.first().and_then(Value::literal) else {
            let handed = items
                .first()
                .is_some_and(|word| self.is_handed(word, frame.func));
            if handed && frame.sendings.len() < MAX_SENDINGS {
                frame.sendings.push(sending);
            }
            return None;
        };
        let name = first.to_ascii_uppercase();
        // Its keys may be among words that callers give.
        let rest = items
            .iter()
            .any(|w| matches!(w, Value::Rest(list) if self.is_handed(list, frame.func)));
        if rest
            && !sending.here
            && self.library.commands.takes_keys(&name)
            && frame.sendings.len() < MAX_SENDINGS
        {
            frame.sendings.push(sending);
            return None;
        }
        match name.as_str() {
            "MULTI" => {
                let event = self.emit(
                    frame,
                    at.span,
                    at.text,
                    EventKind::Queue {
                        kind: QueueKind::Transaction,
                        client: sending.client,
                        receiver: sending.receiver.clone(),
                        receiver_type: sending.receiver_type,
                        connection: sending.connection,
                        of: None,
                        sent: false,
                    },
                );
                frame.transactions.insert(sending.receiver, event);
                return Some(event);
            }
            "EXEC" | "DISCARD" => {
                if let Some(queue) = frame.transactions.remove(&sending.receiver) {
                    self.note_sent(frame, queue);
                }
            }
            _ => {}
        }
        let open = frame.transactions.get(&sending.receiver);
        let receiver = match open {
            Some(queue) => Value::Queue(*queue, 0),
            None => sending.receiver,
        };
        let mut command = Command {
            name: String::new(),
            client: sending.client,
            queued: sending.queued || open.is_some(),
            receiver,
            receiver_type: sending.receiver_type,
            connection: sending.connection,
            context: sending.context,
            each_node: frame.each_node,
            splits: sending.splits,
            ..Command::default()
        };
        fill(&self.library.commands, &mut command, &first, &sending.words);
        command.uses = uses(&command.name, &command.keys, &command.words);
        Some(self.emit(
            frame,
            at.span,
            at.text,
            EventKind::Command(Box::new(command)),
        ))
    }

    /// Whether a value comes from parameters of a function or of one around it.
    pub(super) fn is_handed(&self, value: &Value, func: FuncId) -> bool {
        let mut found = false;
        value.atoms(&mut |atom| {
            if let Origin::Param(of, _) = atom.origin {
                found |= self.symbols.enclosing(func).any(|id| id == of);
            }
        });
        found
    }
}

/// A choice that decides the first word.
fn first_choice(words: &Value) -> Option<(u64, usize)> {
    match words {
        Value::Choice(id, values) => Some((*id, values.len())),
        Value::List { items, .. } => match items.first() {
            Some(Value::Choice(id, values)) => Some((*id, values.len())),
            _ => None,
        },
        _ => None,
    }
}

/// Arguments as one list of words; with `spread` the last one is a list of further ones.
pub(super) fn listed(mut values: Vec<Value>, spread: bool) -> Value {
    if !spread {
        return Value::list(values);
    }
    let rest = values.pop().unwrap_or_default();
    prepended(values, rest)
}

/// A value that is put word by word behind others: a list as such, a map as names and values, any
/// other as words that are not known.
pub(super) fn flat(value: Value) -> Value {
    match value {
        Value::List { .. } => value,
        Value::Map(entries) if !entries.is_empty() => {
            Value::list(entries.into_iter().flat_map(|(k, v)| [k, v]).collect())
        }
        Value::Text(_) | Value::Int(_) | Value::Bool(_) => Value::list(vec![value]),
        _ => Value::some(Vec::new(), Vec::new(), true),
    }
}

/// The elements of a list that are told apart.
pub(super) fn items(list: &Value) -> Vec<Value> {
    match list {
        Value::List { items, .. } => items.clone(),
        _ => Vec::new(),
    }
}

/// A list of what repeats, given as lists.
pub(super) fn repeated(lists: Vec<Value>) -> Value {
    let mut each = Vec::new();
    let mut opened = false;
    for list in lists {
        match list {
            Value::List {
                items,
                each: more,
                open,
                ..
            } => {
                each.extend(items);
                each.extend(more);
                opened |= open;
            }
            _ => opened = true,
        }
    }
    Value::some(Vec::new(), each, opened)
}

/// A list with some elements before it.
pub(super) fn prepended(mut before: Vec<Value>, rest: Value) -> Value {
    match rest {
        list @ Value::List { .. } => joined(&Value::list(before), &list),
        Value::Choice(id, lists) => Value::Choice(
            id,
            lists
                .into_iter()
                .map(|list| prepended(before.clone(), list))
                .collect(),
        ),
        Value::Nil => Value::list(before),
        atom @ Value::Atom(_) => {
            before.push(Value::Rest(Box::new(atom)));
            Value::list(before)
        }
        _ => Value::some(before, Vec::new(), true),
    }
}

/// The words of a list that is not open behind a known beginning: what stands first, what repeats,
/// and what stands last; and whether others may follow the first.
fn parts_of(words: &Value) -> (Vec<Value>, Vec<Value>, Vec<Value>, bool) {
    let Value::List {
        items,
        each,
        open,
        lead,
    } = words
    else {
        return (Vec::new(), Vec::new(), Vec::new(), true);
    };
    // Behind a list that only callers know, no word has a known position.
    if let Some(rest) = items.iter().position(|w| matches!(w, Value::Rest(_))) {
        return (items[..rest].to_vec(), Vec::new(), Vec::new(), true);
    }
    match lead {
        Some((first, _)) => {
            let (head, tail) = items.split_at(items.len().min(*first));
            (head.to_vec(), each.clone(), tail.to_vec(), *open)
        }
        None => (items.clone(), each.clone(), Vec::new(), *open),
    }
}

/// Fills a command from its words: name, keys, pattern, script, time to live.
pub(super) fn fill(table: &CommandTable, command: &mut Command, first: &str, words: &Value) {
    let (head, each, tail, open) = parts_of(words);
    let mut name = first.to_ascii_uppercase();
    if let Some(sub) = head.get(1).and_then(Value::literal) {
        let with_sub = format!("{name} {}", sub.to_ascii_uppercase());
        if table.get(&with_sub).is_some() {
            name = with_sub;
        }
    }
    // What repeats stands once in the row of words; positions that fall on it stand for many.
    let row: Vec<&Value> = head.iter().chain(&each).chain(&tail).collect();
    let texts: Vec<Option<String>> = row.iter().map(|w| text(w)).collect();
    let repeats = head.len()..head.len() + each.len();
    let mut positions = table.key_words(&name, &texts, open);
    if positions.is_empty() && !repeats.is_empty() && table.counts_keys_at(&name) == Some(2) {
        // The number of keys is not known: those before what repeats are keys, and so is that.
        positions.extend((3..repeats.end).map(|at| (at, "rw".to_string())));
    }
    // A list that only callers know, where keys go on to the end.
    if let Value::List { items, .. } = words
        && let Some((at, list)) = items.iter().enumerate().find_map(|(at, w)| match w {
            Value::Rest(list) => Some((at, list)),
            _ => None,
        })
        && let Some((begin, step, access)) = table.keys_to_end(&name)
        && at >= begin
    {
        command
            .keys
            .extend(head.iter().skip(begin).step_by(step).map(|value| KeyUse {
                value: value.clone(),
                pick: Pick::One,
                access: Access::parse(access),
            }));
        command.keys.push(KeyUse {
            value: (**list).clone(),
            pick: if step == 2 { Pick::Even } else { Pick::All },
            access: Access::parse(access),
        });
        positions.clear();
    }
    for (at, access) in positions {
        let Some(value) = row.get(at) else { continue };
        let access = Access::parse(&access);
        command.keys.push(if repeats.contains(&at) {
            KeyUse {
                value: Value::some(Vec::new(), vec![(*value).clone()], false),
                pick: Pick::All,
                access,
            }
        } else {
            KeyUse {
                value: (*value).clone(),
                pick: Pick::One,
                access,
            }
        });
    }
    let after = |word: &str| {
        texts
            .iter()
            .position(|t| t.as_deref().is_some_and(|t| t.eq_ignore_ascii_case(word)))
            .and_then(|at| row.get(at + 1))
            .map(|v| (*v).clone())
    };
    match name.as_str() {
        "KEYS" => command.pattern = row.get(1).map(|v| (*v).clone()),
        "SCAN" => command.pattern = after("MATCH"),
        "EVAL" | "EVALSHA" | "EVAL_RO" | "EVALSHA_RO" | "FCALL" | "FCALL_RO" => {
            command.script = row.get(1).map(|v| (*v).clone());
        }
        "SETNX" => {
            command.only_new = true;
            command.ttl = Some(Value::Int(0));
        }
        "SETEX" | "PSETEX" | "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT" => {
            command.ttl = row.get(2).map(|v| (*v).clone());
        }
        "SET" => {
            let has = |word: &str| {
                texts
                    .iter()
                    .skip(3)
                    .any(|t| t.as_deref().is_some_and(|t| t.eq_ignore_ascii_case(word)))
            };
            command.only_new = has("NX");
            command.ttl = ["EX", "PX", "EXAT", "PXAT"].into_iter().find_map(after);
            // No word may be a time to live that is not known, and none may keep the old one.
            let told = !open && texts.iter().skip(3).all(Option::is_some) && !has("KEEPTTL");
            if command.ttl.is_none() && told {
                command.ttl = Some(Value::Int(0));
            }
        }
        _ => {}
    }
    command.words = row.into_iter().skip(1).cloned().collect();
    command.name = name;
}

/// A word's literal text.
fn text(word: &Value) -> Option<String> {
    match word {
        Value::Int(n) => Some(n.to_string()),
        other => other.literal(),
    }
}

/// What the words of a command depend on. Of a hash only the fields count, and not what they are set to.
pub(super) fn uses(name: &str, keys: &[KeyUse], words: &[Value]) -> super::model::Uses {
    let mut out = super::model::Uses::default();
    let sets = matches!(name, "HSET" | "HMSET" | "HSETNX");
    for key in keys {
        note(&key.value, &mut out.key_loops, &mut out.key_params);
    }
    for (at, word) in words.iter().enumerate() {
        if sets && at > 0 && at % 2 == 0 {
            continue;
        }
        note(word, &mut out.loops, &mut out.params);
    }
    out
}

/// Loops whose elements a value is made of, and parameters.
pub(super) fn note(value: &Value, loops: &mut Vec<Site>, params: &mut Vec<(FuncId, u16)>) {
    value.atoms(&mut |atom| match &atom.origin {
        Origin::Element(site, _) if !loops.contains(site) => loops.push(*site),
        Origin::Param(func, number) if !params.contains(&(*func, *number)) => {
            params.push((*func, *number));
        }
        _ => {}
    });
}

/// Elements of loops that values are made of, as far as a value may say that is too large or too little known
/// to say more.
pub(super) fn elements(values: &[Value]) -> Arc<[Value]> {
    let mut out: Vec<Value> = Vec::new();
    for value in values {
        value.atoms(&mut |atom| {
            let element = matches!(atom.origin, Origin::Element(..));
            if element && out.len() < MAX_ELEMENTS {
                let atom = Value::Atom(atom.clone());
                if !out.contains(&atom) {
                    out.push(atom);
                }
            }
        });
    }
    out.into()
}
