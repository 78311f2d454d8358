use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, either, label, quoted, unquoted};
use crate::program::{
    Command, Connection, CrossSlot, Event, EventId, EventKind, FuncId, KeyUse, LoopFact, LoopSort,
    Program, RECEIVER, Site,
};
use std::collections::{BTreeSet, HashMap};

/// A command that is sent once for each element of a collection.
struct Repeated {
    /// The loop.
    around: Site,
    /// The command.
    command: EventId,
}

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let mut senders = Senders::new(program);
    let mut seen = BTreeSet::new();
    for (number, event) in program.events.iter().enumerate() {
        let id = EventId(number as u32);
        if event.loops.is_empty() || event.spawned || !program.is_judged(event.func) {
            continue;
        }
        let repeated = match &event.kind {
            EventKind::Command(command) => direct(program, id, event, command),
            EventKind::Call { .. } => through(&mut senders, id, event),
            _ => None,
        };
        if let Some(repeated) = repeated
            && seen.insert(event.site)
        {
            out.push(report(program, id, event, &repeated));
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
        command: id,
    })
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
        command: sent.command,
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
    /// Functions that send anything, themselves or by calls.
    any: BTreeSet<FuncId>,
    only: HashMap<FuncId, Option<Sent>>,
    depth: usize,
}

/// A command is looked for below this many calls.
const MAX_DEPTH: usize = 64;

/// The one command that a function sends, and the parameters that decide about its key or member.
#[derive(Clone)]
struct Sent {
    command: EventId,
    params: Vec<(FuncId, u16)>,
    /// The parameters that decide what it is sent through.
    server: Vec<(FuncId, u16)>,
}

impl<'a> Senders<'a> {
    fn new(program: &'a Program) -> Self {
        let mut any = BTreeSet::new();
        let mut uppers: HashMap<FuncId, Vec<FuncId>> = HashMap::new();
        let mut queue = Vec::new();
        for event in program.events.iter().filter(|e| is_plain(e)) {
            match &event.kind {
                EventKind::Command(_) | EventKind::Queue { .. } => queue.push(event.func),
                EventKind::Call { callees, .. } => {
                    for callee in callees {
                        uppers.entry(*callee).or_default().push(event.func);
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
            any,
            only: HashMap::new(),
            depth: 0,
        }
    }

    /// The one command that a function sends each time it is called. What it does on a miss, or beside
    /// itself, is left out.
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

    /// The one command that a call sends, whichever function it leads to. An interface of which fewer than
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
        let mut found = None;
        for id in program.events_in(func) {
            let event = program.event(id);
            if !is_plain(event) {
                continue;
            }
            let sent = match &event.kind {
                EventKind::Command(command) => {
                    if !counts(program, command) || command.name == "XACK" {
                        return None;
                    }
                    let mut params = command.uses.key_params.clone();
                    if holds_members(program, command) {
                        params.extend(command.uses.params.iter().copied());
                    }
                    Some(Sent {
                        command: id,
                        params,
                        server: program.params_in(&command.receiver),
                    })
                }
                EventKind::Queue { .. } => return None,
                EventKind::Call { callees, .. } => {
                    if callees.iter().any(|c| self.any.contains(c)) {
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
                        Some(Sent {
                            command: below.command,
                            params: here(&below.params),
                            server: here(&below.server),
                        })
                    } else {
                        None
                    }
                }
                _ => None,
            };
            if let Some(sent) = sent
                && (!event.loops.is_empty() || found.replace(sent).is_some())
            {
                return None;
            }
        }
        found
    }
}

/// Whether an event happens each time that its function runs, and in its course.
fn is_plain(event: &Event) -> bool {
    !event.spawned && event.on_miss.is_empty()
}

fn report(program: &Program, id: EventId, event: &Event, repeated: &Repeated) -> Finding {
    let mut finding = at_event("command-in-loop", Severity::Warning, program, event);
    let sent = program.event(repeated.command);
    let name = sent.command().map_or("a command", |c| c.name.as_str());
    let mut keys: Vec<String> = program
        .commands
        .iter()
        .filter(|c| {
            c.event == repeated.command && (repeated.command == id || c.chain.contains(&id))
        })
        .flat_map(|c| &c.keys)
        .filter_map(|k| k.template.as_ref())
        .filter(|t| !t.is_bare())
        .map(quoted)
        .collect();
    keys.sort();
    keys.dedup();
    finding.message = match keys.as_slice() {
        [] => format!("{name} is sent once for each element of a loop"),
        some => format!(
            "{name} of {} is sent once for each element of a loop",
            either(some)
        ),
    };
    finding.primary = if repeated.command == id {
        "waits for its reply before the next round begins".into()
    } else {
        finding.confidence = Confidence::Medium;
        finding.labels.push(label(
            program,
            sent.site,
            format!("sends one {name} a call"),
        ));
        format!("sends one {name}, and waits for the reply before the next round begins")
    };
    finding.labels.push(label(
        program,
        repeated.around,
        "as many round trips as this has elements",
    ));
    finding.note =
        "N elements cost N round trips: 1 ms of network is one second for a thousand of them"
            .into();
    let together = together(program, repeated.command);
    finding.help = match batch(name) {
        Some(batch) => format!("{together}, or {batch}"),
        None => together,
    };
    finding.keys = unquoted(&keys);
    finding
}

/// How to send many commands in one round trip over the connection of one of them.
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
