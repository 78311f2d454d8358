use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, either, label, listed, quoted, unquoted};
use crate::program::{
    Command, Connection, CrossSlot, Event, EventId, EventKind, FuncId, KeyUse, LoopFact, LoopSort,
    Program, QueueKind, RECEIVER, Site, Value,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A command, or a queue of some, that is sent once for each element of a collection.
struct Repeated {
    /// The loop.
    around: Site,
    /// The commands, or where the queues are opened.
    sent: Vec<EventId>,
}

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let queues = queues(program);
    let mut senders = Senders::new(program, &queues);
    let mut seen = BTreeSet::new();
    for (number, event) in program.events.iter().enumerate() {
        let id = EventId(number as u32);
        if event.loops.is_empty()
            || event.spawned
            || is_exception(event)
            || !program.is_judged(event.func)
        {
            continue;
        }
        let repeated = match &event.kind {
            EventKind::Command(command) => direct(program, id, event, command),
            EventKind::Queue { receiver, .. } => queues
                .get(&id)
                .and_then(|queue| of_queue(program, id, event, receiver, queue)),
            EventKind::Call { .. } => through(&mut senders, id, event),
            EventKind::Define(_) | EventKind::Connect(_) => None,
        };
        if let Some(repeated) = repeated
            && seen.insert(event.site)
        {
            out.push(report(&senders, id, event, &repeated));
        }
    }
}

/// The loop around a command whose elements its keys, or the members that it names, are made of.
fn direct(program: &Program, id: EventId, event: &Event, command: &Command) -> Option<Repeated> {
    if !counts(program, command) || is_receipt(program, id, event, command) {
        return None;
    }
    let server = program.loops_in(&command.receiver);
    let around = rounds(program, id, event).find(|around| {
        let uses = &command.uses;
        let varies = uses.key_loops.contains(&around.site)
            || holds_members(program, command) && uses.loops.contains(&around.site);
        varies && !server.contains(&around.site)
    })?;
    Some(Repeated {
        around: around.site,
        sent: vec![id],
    })
}

/// The loop around a queue whose elements the keys of its commands, or the members that they name, are made
/// of.
fn of_queue(
    program: &Program,
    id: EventId,
    event: &Event,
    receiver: &Value,
    queue: &Queue<'_>,
) -> Option<Repeated> {
    let server = program.loops_in(receiver);
    let around = rounds(program, id, event).find(|around| {
        let varies = queue.commands.iter().any(|(_, command)| {
            let uses = &command.uses;
            uses.key_loops.contains(&around.site)
                || holds_members(program, command) && uses.loops.contains(&around.site)
        });
        varies && !server.contains(&around.site)
    })?;
    Some(Repeated {
        around: around.site,
        sent: vec![id],
    })
}

/// What is collected in a queue, and goes in one round trip.
struct Queue<'a> {
    commands: Vec<(EventId, &'a Command)>,
}

/// Queues that hold a known handful of commands, and are sent in the round of the loop that they are opened
/// in. What takes lists, or is filled in a loop of its own, sends many things at once already.
fn queues(program: &Program) -> BTreeMap<EventId, Queue<'_>> {
    let mut out: BTreeMap<EventId, Queue<'_>> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for (number, event) in (0u32..).zip(&program.events) {
        match &event.kind {
            EventKind::Command(command) => {
                let Value::Queue(queue, _) = &command.receiver else {
                    continue;
                };
                let opened = program.event(*queue);
                let alone = event.loops.iter().all(|own| opened.loops.contains(own));
                if alone && !command.keys.iter().any(KeyUse::is_list) && command.name != "WATCH" {
                    let queue = out.entry(*queue).or_insert_with(|| Queue {
                        commands: Vec::new(),
                    });
                    queue.commands.push((EventId(number), command));
                } else {
                    others.insert(*queue);
                }
            }
            // A function that is handed the queue may put anything into it.
            EventKind::Call { receiver, args, .. } => {
                for value in receiver.iter().chain(args) {
                    if let Value::Queue(queue, _) = value {
                        others.insert(*queue);
                    }
                }
            }
            EventKind::Queue { .. } | EventKind::Define(_) | EventKind::Connect(_) => {}
        }
    }
    out.retain(|id, _| {
        let sent = matches!(
            &program.event(*id).kind,
            EventKind::Queue { sent: true, .. }
        );
        sent && !others.contains(id)
    });
    out
}

/// The loop around a call that sends one command for the element that it is given.
fn through(senders: &mut Senders<'_>, id: EventId, event: &Event) -> Option<Repeated> {
    let program = senders.program;
    let EventKind::Call {
        callees,
        receiver,
        args,
    } = &event.kind
    else {
        return None;
    };
    let sent = senders.of_call(callees)?;
    let given = |number: &u16| match *number {
        RECEIVER => receiver.as_ref(),
        number => args.get(usize::from(number)),
    };
    // A loop over servers, or over what holds a connection to one.
    let server: Vec<Site> = sent
        .server
        .iter()
        .filter(|(func, _)| callees.contains(func))
        .filter_map(|(_, number)| given(number))
        .flat_map(|value| program.loops_in(value))
        .collect();
    let around = rounds(program, id, event).find(|around| {
        let varies = sent.params.iter().any(|(func, number)| {
            callees.contains(func)
                && given(number).is_some_and(|arg| program.loops_in(arg).contains(&around.site))
        });
        varies && !server.contains(&around.site)
    })?;
    Some(Repeated {
        around: around.site,
        sent: sent.events,
    })
}

/// Loops around an event that go once round for each of several things, innermost first. A loop that goes
/// on or ends by what the event answers hides those around it.
fn rounds<'a>(
    program: &'a Program,
    id: EventId,
    event: &'a Event,
) -> impl Iterator<Item = &'a LoopFact> {
    event
        .loops
        .iter()
        .rev()
        .take_while(move |around| !program.decides(id, around))
        .filter(|around| matches!(around.sort, LoopSort::Each | LoopSort::Counted))
}

/// Whether a command goes alone, about a key, and would go as well with others.
fn counts(program: &Program, command: &Command) -> bool {
    !command.queued
        && !command.each_node
        && !command.keys.is_empty()
        // Whole lists at once are few round trips already.
        && !command.keys.iter().any(KeyUse::is_list)
        // A lock is taken for one thing, and its reply decides about the rest of the round.
        && !command.only_new
        // Several at once already; one page after another.
        && !matches!(
            command.name.as_str(),
            "WATCH" | "MGET" | "MSET" | "SCAN" | "HSCAN" | "SSCAN" | "ZSCAN"
        )
        && program
            .library
            .commands
            .get(&command.name)
            .is_none_or(|info| !info.flags.iter().any(|f| f == "blocking"))
}

/// Whether a command says that one thing is done, once it is: on purpose one by one.
fn is_receipt(program: &Program, id: EventId, event: &Event, command: &Command) -> bool {
    let Some(around) = event.loops.last() else {
        return false;
    };
    command.name == "XACK"
        && program.events_in(event.func).any(|other| {
            other < id
                && program
                    .event(other)
                    .loops
                    .iter()
                    .any(|l| l.site == around.site)
        })
}

/// Whether the command works on members of a collection, and not on a part of it.
fn holds_members(program: &Program, command: &Command) -> bool {
    program
        .library
        .commands
        .get(&command.name)
        .is_some_and(|info| {
            matches!(
                info.value_type.as_str(),
                "list" | "set" | "zset" | "hash" | "stream"
            ) && !command.name.contains("RANGE")
                && !matches!(command.name.as_str(), "LINDEX" | "LTRIM")
        })
}

/// What functions send each time they are called.
struct Senders<'a> {
    program: &'a Program,
    queues: &'a BTreeMap<EventId, Queue<'a>>,
    /// Functions that send anything, themselves or by calls.
    any: BTreeSet<FuncId>,
    only: HashMap<FuncId, Option<Sent>>,
    depth: usize,
}

/// A command is looked for below this many calls.
const MAX_DEPTH: usize = 64;
/// A function that sends more than this does more than what a loop could batch.
const MAX_SENT: usize = 4;

/// The command or queue that a function sends, or one of several, or several that only write; and the
/// parameters that decide about their keys or members.
#[derive(Clone)]
struct Sent {
    events: Vec<EventId>,
    /// Whether nothing is read: nothing that follows can depend on it.
    writes: bool,
    params: Vec<(FuncId, u16)>,
    /// The parameters that decide what it is sent through.
    server: Vec<(FuncId, u16)>,
}

impl<'a> Senders<'a> {
    fn new(program: &'a Program, queues: &'a BTreeMap<EventId, Queue<'a>>) -> Self {
        let mut any = BTreeSet::new();
        let mut uppers: HashMap<FuncId, Vec<FuncId>> = HashMap::new();
        let mut queue = Vec::new();
        for event in program.events.iter().filter(|e| is_plain(e)) {
            // What a function makes of blocks and closures, it runs itself or hands to what runs it.
            let func = program.outermost(event.func);
            match &event.kind {
                EventKind::Command(_) | EventKind::Queue { .. } => queue.extend([func, event.func]),
                EventKind::Call { callees, .. } => {
                    for callee in callees {
                        uppers.entry(*callee).or_default().push(func);
                    }
                }
                // Who runs a closure that is only made here is not seen.
                EventKind::Define(_) | EventKind::Connect(_) => {}
            }
        }
        while let Some(func) = queue.pop() {
            if any.insert(func) {
                queue.extend(uppers.get(&func).into_iter().flatten());
            }
        }
        Self {
            program,
            queues,
            any,
            only: HashMap::new(),
            depth: 0,
        }
    }

    /// What a function sends each time it is called. What it does on a miss, or beside itself, is left out.
    fn only(&mut self, func: FuncId) -> Option<Sent> {
        if let Some(known) = self.only.get(&func) {
            return known.clone();
        }
        // Found again on the way: a function that calls itself sends as many as it likes.
        self.only.insert(func, None);
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let found = self.gather(func);
        self.depth -= 1;
        self.only.insert(func, found.clone());
        found
    }

    /// What a call sends, whichever function it leads to. An interface of which fewer than
    /// half of the implementations send anything stands for something else than Redis.
    fn of_call(&mut self, callees: &[FuncId]) -> Option<Sent> {
        let program = self.program;
        let real = callees.iter().filter(|c| !program.function(**c).test);
        let (senders, others): (Vec<FuncId>, Vec<FuncId>) =
            real.copied().partition(|c| self.any.contains(c));
        if senders.len() < others.len() {
            return None;
        }
        let mut sent = None;
        for callee in senders {
            sent = Some(self.only(callee)?);
        }
        sent
    }

    fn gather(&mut self, func: FuncId) -> Option<Sent> {
        let program = self.program;
        let mut found: Vec<(&Event, Sent)> = Vec::new();
        // A block or closure is what is sent where nothing else is: it may be what another function runs in
        // some cases only.
        let (own, inner): (Vec<EventId>, Vec<EventId>) = program
            .events_within(func)
            .into_iter()
            .filter(|id| is_plain(program.event(*id)))
            .partition(|id| program.event(*id).func == func);
        for id in own.into_iter().chain(inner) {
            let event = program.event(id);
            if event.func != func && found.iter().any(|(known, _)| known.func == func) {
                break;
            }
            let Some(sent) = self.sent(id, event)? else {
                continue;
            };
            if !event.loops.is_empty() || found.len() == MAX_SENT {
                return None;
            }
            found.push((event, sent));
        }
        if found.len() > 1 && !self.alternatives(&found) {
            // What is only sent sometimes comes on top.
            found.retain(|(event, _)| event.branches.iter().all(|branch| branch.rest));
            if found.len() > 1 && !found.iter().all(|(_, sent)| sent.writes) {
                return None;
            }
        }
        let mut all = found.into_iter().map(|(_, sent)| sent);
        let mut whole = all.next()?;
        for sent in all {
            let others = sent.events.into_iter();
            let known = whole.events.clone();
            whole.events.extend(others.filter(|id| !known.contains(id)));
            whole.writes &= sent.writes;
            whole.params.extend(sent.params);
            whole.server.extend(sent.server);
        }
        (whole.events.len() <= MAX_SENT).then_some(whole)
    }

    /// What is sent at an event, if anything; `None` when it is not to be counted with anything else.
    fn sent(&mut self, id: EventId, event: &Event) -> Option<Option<Sent>> {
        let program = self.program;
        Some(Some(match &event.kind {
            EventKind::Command(command) => {
                if let Value::Queue(queue, _) = &command.receiver
                    && self.queues.contains_key(queue)
                {
                    return Some(None);
                }
                if !counts(program, command) || command.name == "XACK" {
                    return None;
                }
                Sent {
                    events: vec![id],
                    writes: only_writes(program, command),
                    params: deciding(program, command),
                    server: program.params_in(&command.receiver),
                }
            }
            EventKind::Queue { receiver, .. } => {
                let commands = &self.queues.get(&id)?.commands;
                let each = || commands.iter().map(|(_, command)| *command);
                Sent {
                    events: vec![id],
                    writes: each().all(|command| only_writes(program, command)),
                    params: each()
                        .flat_map(|command| deciding(program, command))
                        .collect(),
                    server: program.params_in(receiver),
                }
            }
            EventKind::Call { callees, .. } if callees.iter().any(|c| self.any.contains(c)) => {
                let below = self.of_call(callees)?;
                // What the callee's parameters are made of here.
                let here = |of: &[(FuncId, u16)]| {
                    let (own, mut params): (Vec<(FuncId, u16)>, Vec<_>) =
                        of.iter().partition(|(of, _)| callees.contains(of));
                    for (_, number) in own {
                        if let Some(arg) = event.kind.argument(number) {
                            params.extend(program.params_in(arg));
                        }
                    }
                    params
                };
                Sent {
                    params: here(&below.params),
                    server: here(&below.server),
                    ..below
                }
            }
            EventKind::Call { .. } | EventKind::Define(_) | EventKind::Connect(_) => {
                return Some(None);
            }
        }))
    }

    /// Whether one command is sent, in each arm of one branch: over one connection or another, with a time to
    /// live or without.
    fn alternatives(&self, found: &[(&Event, Sent)]) -> bool {
        let Some(((first, sent), others)) = found.split_first() else {
            return false;
        };
        let what = |sent: &Sent| {
            let (name, _) = self.described(sent.events[0]);
            let plain = matches!(name.as_str(), "SETEX" | "PSETEX");
            if plain { "SET".into() } else { name }
        };
        let mut events: BTreeSet<&EventId> = sent.events.iter().collect();
        let distinct = others
            .iter()
            .all(|(_, other)| other.events.iter().all(|id| events.insert(id)));
        distinct
            && others.iter().all(|(_, other)| what(other) == what(sent))
            && first.branches.iter().any(|branch| {
                let mut arms = BTreeSet::from([branch.arm]);
                others.iter().all(|(event, _)| {
                    let same = event.branches.iter().find(|b| b.number == branch.number);
                    same.is_some_and(|other| arms.insert(other.arm))
                })
            })
    }

    /// What a command or queue is called, and the commands of it.
    fn described(&self, id: EventId) -> (String, Vec<EventId>) {
        let event = self.program.event(id);
        let name = match &event.kind {
            EventKind::Queue { kind, .. } => match kind {
                QueueKind::Pipeline => "pipeline".into(),
                QueueKind::Transaction => "transaction".into(),
            },
            _ => event
                .command()
                .map_or_else(|| "command".into(), |c| c.name.clone()),
        };
        let commands = match self.queues.get(&id) {
            Some(queue) => queue.commands.iter().map(|(id, _)| *id).collect(),
            None => vec![id],
        };
        (name, commands)
    }
}

/// Whether a command changes a key and tells nothing of what was there.
fn only_writes(program: &Program, command: &Command) -> bool {
    let info = program.library.commands.get(&command.name);
    info.is_some_and(|info| info.flags.iter().any(|flag| flag == "write"))
        && command.keys.iter().all(|key| !key.access.reads)
}

/// The parameters that decide about a command's keys, or the members that it names.
fn deciding(program: &Program, command: &Command) -> Vec<(FuncId, u16)> {
    let mut params = command.uses.key_params.clone();
    if holds_members(program, command) {
        params.extend(command.uses.params.iter().copied());
    }
    params
}

/// Whether an event happens each time that its function runs, and in its course.
fn is_plain(event: &Event) -> bool {
    !event.spawned && event.on_miss.is_empty() && !is_exception(event)
}

/// Whether an event only happens where something has failed: not for each element.
fn is_exception(event: &Event) -> bool {
    event.branches.iter().any(|branch| branch.failed)
}

fn report(senders: &Senders<'_>, id: EventId, event: &Event, repeated: &Repeated) -> Finding {
    let program = senders.program;
    let mut finding = at_event("command-in-loop", Severity::Warning, program, event);
    let here = repeated.sent == [id];
    let mut names: Vec<String> = Vec::new();
    let mut keys: BTreeSet<String> = BTreeSet::new();
    let mut count = 0;
    for sent in &repeated.sent {
        let (name, commands) = senders.described(*sent);
        if !names.contains(&name) {
            names.push(name);
        }
        count = commands.len();
        let of_these = program
            .commands
            .iter()
            .filter(|c| commands.contains(&c.event) && (here || c.chain.contains(&id)));
        keys.extend(
            of_these
                .flat_map(|c| &c.keys)
                .filter_map(|k| k.template.as_ref())
                .filter(|t| !t.is_bare())
                .map(quoted),
        );
    }
    let keys: Vec<String> = keys.into_iter().collect();
    let what = match names.as_slice() {
        [name] if program.event(repeated.sent[0]).command().is_none() => format!("a {name}"),
        names => listed(names),
    };
    let verb = if names.len() > 1 { "are" } else { "is" };
    let of = match keys.as_slice() {
        [] => String::new(),
        some if repeated.sent.len() > 1 => format!(" of {}", listed(some)),
        some if count == 1 => format!(" of {}", either(some)),
        some => format!(" of {count} commands on {}", listed(some)),
    };
    finding.message = format!("{what}{of} {verb} sent once for each element of a loop");
    finding.primary = if here {
        "waits for its reply before the next round begins".into()
    } else {
        finding.confidence = Confidence::Medium;
        for sent in &repeated.sent {
            let (name, _) = senders.described(*sent);
            let site = program.event(*sent).site;
            let text = format!("sends one {name} a call");
            finding.labels.push(label(program, site, text));
        }
        format!(
            "sends {}, and waits for the reply before the next round begins",
            match names.as_slice() {
                [name] => format!("one {name}"),
                several => listed(several),
            }
        )
    };
    finding.labels.push(label(
        program,
        repeated.around,
        "as many round trips as this has elements",
    ));
    finding.note =
        "N elements cost N round trips: 1 ms of network is one second for a thousand of them"
            .into();
    let first = repeated.sent[0];
    finding.help = match &program.event(first).kind {
        EventKind::Queue {
            kind: QueueKind::Transaction,
            ..
        } => "send them side by side, or in one pipeline what needs no transaction".into(),
        _ => {
            let together = together(program, first);
            match names.as_slice() {
                [name] => match batch(name) {
                    Some(batch) => format!("{together}, or {batch}"),
                    None => together,
                },
                _ => together,
            }
        }
    };
    finding.keys = unquoted(&keys);
    finding
}

/// How to send many commands, or many queues, in one round trip over the connection of one of them.
fn together(program: &Program, command: EventId) -> String {
    let connection = program.connections.get(&command);
    let cluster = connection.is_some_and(|c| c.cluster && c.kind != Connection::Single);
    match connection.and_then(|c| program.pipelines(c)) {
        Some(CrossSlot::Splits) if cluster => {
            "send them together in a pipeline: the client splits it by node".into()
        }
        Some(CrossSlot::Rejects) if cluster => {
            "send them side by side, or in one pipeline for each slot: this client refuses a pipeline over several".into()
        }
        Some(CrossSlot::Never) if cluster => {
            "send them together in the client's pipeline for clusters: this connection refuses an ordinary one".into()
        }
        _ if program.event(command).command().is_none() => {
            "collect the commands of all rounds in one pipeline".into()
        }
        _ => "send them together in a pipeline".into(),
    }
}

/// The command that does for many what another does for one.
fn batch(name: &str) -> Option<&'static str> {
    Some(match name {
        "GET" => "one MGET where the keys share a slot",
        "SET" => "one MSET where the keys share a slot and need no expiry",
        "HGET" => "one HMGET when all fields are of one hash",
        "HSET" => "one HSET with all fields of one hash",
        "SISMEMBER" => "one SMISMEMBER when all members are of one set",
        "ZSCORE" => "one ZMSCORE when all members are of one set",
        "SADD" | "SREM" | "ZADD" | "ZREM" | "HDEL" | "LPUSH" | "RPUSH" | "PFADD" => {
            "one call with all members when the key is the same"
        }
        "DEL" | "UNLINK" | "EXISTS" | "TOUCH" => "one call with all keys where they share a slot",
        _ => return None,
    })
}
