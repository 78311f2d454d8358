use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, client_name, duration, label};
use crate::program::{
    Command, ConnectionUse, Event, EventId, EventKind, FuncId, Program, Value, Ways,
};
use std::collections::BTreeSet;

/// A finding names no more places than this.
const MAX_LABELS: usize = 4;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for (id, event, command) in program.command_events() {
        let Some(connection) = program.connections.get(&id).filter(|c| c.shared) else {
            continue;
        };
        // In a transaction nothing blocks.
        if command.queued || program.is_queued(id) || !program.function(event.func).live {
            continue;
        }
        let Some(wait) = wait(program, command) else {
            continue;
        };
        let finding = with_others(program, id, event, command, connection, &wait)
            .or_else(|| beyond_timeout(program, event, command, connection, &wait));
        out.extend(finding);
    }
}

/// How long a command may wait.
enum Wait {
    /// Until there is something.
    Forever,
    /// At most this many milliseconds.
    Millis(u64),
    /// Nobody knows.
    Unknown,
}

impl Wait {
    fn of_millis(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Int(0)) => Self::Forever,
            Some(Value::Int(ms)) => u64::try_from(*ms).map_or(Self::Unknown, Self::Millis),
            Some(text) => match text.literal().and_then(|t| t.parse::<f64>().ok()) {
                Some(ms) => Self::of_millis(Some(&Value::Int(ms.round() as i64))),
                None => Self::Unknown,
            },
            None => Self::Unknown,
        }
    }

    fn of_seconds(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Int(s)) => Self::of_millis(Some(&Value::Int(s.saturating_mul(1000)))),
            Some(text) => match text.literal().and_then(|t| t.parse::<f64>().ok()) {
                Some(s) => Self::of_millis(Some(&Value::Int((s * 1000.0).round() as i64))),
                None => Self::Unknown,
            },
            None => Self::Unknown,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Forever => "waits until there is something".into(),
            Self::Millis(ms) => format!("waits up to {}", duration(*ms)),
            Self::Unknown => "waits".into(),
        }
    }
}

/// How long a command waits, if it is one that does.
fn wait(program: &Program, command: &Command) -> Option<Wait> {
    let info = program.library.commands.get(&command.name)?;
    if !info.flags.iter().any(|f| f == "blocking") {
        return None;
    }
    if !matches!(command.name.as_str(), "XREAD" | "XREADGROUP") {
        let first = matches!(command.name.as_str(), "BLMPOP" | "BZMPOP");
        let given = if first {
            command.words.first()
        } else {
            command.words.last()
        };
        return Some(Wait::of_seconds(given));
    }
    let word = command
        .words
        .iter()
        .position(|w| w.literal().is_some_and(|w| w.eq_ignore_ascii_case("BLOCK")));
    if let Some(at) = word {
        return Some(Wait::of_millis(command.words.get(at + 1)));
    }
    // Options that were put together: `.block(5000)`.
    command
        .words
        .iter()
        .find_map(|value| value.given_to("block"))
        .map(|ms| Wait::of_millis(Some(&ms)))
}

/// The connection also carries what others send.
fn with_others(
    program: &Program,
    id: EventId,
    event: &Event,
    command: &Command,
    connection: &ConnectionUse,
    wait: &Wait,
) -> Option<Finding> {
    let own = program.outermost(event.func);
    let below = below(program, own);
    // Whoever else uses the same object waits for its own turn anyway, or has another one.
    if program.function(own).exclusive && command.receiver.is_field() || command.opened {
        return None;
    }
    let handed = connection.handed.iter();
    let makers: BTreeSet<FuncId> = handed
        .filter_map(|(site, _)| program.function_at(*site))
        .collect();
    let waits = program.ways(event, &makers);
    let mut others: Vec<&Event> = Vec::new();
    for (other, at, sent) in program.command_events() {
        let func = program.outermost(at.func);
        let same = || {
            let used = program.connections.get(&other);
            let handed = used.is_some_and(|used| {
                used.shared && used.handed.iter().any(|h| connection.handed.contains(h))
            });
            handed || sent.receiver.same_field(&command.receiver)
        };
        // What this function itself sends before or after does not wait for it.
        if other != id
            && !sent.opened
            && !below.contains(&func)
            && program.function(at.func).live
            && wait_less(program, sent)
            && same()
            && !waits.as_ref().is_some_and(|waits| {
                let sent = program.ways(at, &makers);
                sent.is_some_and(|sent| never_at_once(event, waits, &sent, &makers))
            })
        {
            others.push(at);
        }
    }
    if others.is_empty() {
        return None;
    }
    let mut finding = at_event(
        "blocking-on-shared-connection",
        Severity::Error,
        program,
        event,
    );
    finding.message = format!(
        "{} {} on a connection that others send through",
        command.name,
        wait.text()
    );
    finding.primary =
        "everything that is sent through this connection meanwhile waits as long".into();
    for other in others.iter().take(MAX_LABELS) {
        let name = other.command().map_or("", |c| c.name.as_str());
        finding.labels.push(label(
            program,
            other.site,
            format!("this {name} waits behind it"),
        ));
    }
    finding.note = "clones of a multiplexed connection are one connection: the server answers its commands one after another".into();
    finding.help =
        "give the blocking command a connection of its own, made for it and not cloned".into();
    Some(finding)
}

/// Whether two commands have nothing to do with each other, or one task sends both in turn: all ways to them begin
/// where the connection is made, or in the one function that the runtime calls, and what waits does not go on
/// waiting in a loop of its own.
fn never_at_once(
    event: &Event,
    waits: &Ways<'_>,
    sent: &Ways<'_>,
    makers: &BTreeSet<FuncId>,
) -> bool {
    let goes_on = |event: &&Event| !sent.through.contains(&event.func) && event.goes_on();
    let own = waits.begins.len() == 1 || waits.begins.is_subset(makers);
    let in_turn =
        own && waits.begins == sent.begins && !waits.calls.iter().chain([&event]).any(goes_on);
    in_turn || waits.begins.is_disjoint(&sent.begins)
}

/// Whether a command itself comes back at once.
fn wait_less(program: &Program, command: &Command) -> bool {
    wait(program, command).is_none()
}

/// The command may wait for longer than the client does.
fn beyond_timeout(
    program: &Program,
    event: &Event,
    command: &Command,
    connection: &ConnectionUse,
    wait: &Wait,
) -> Option<Finding> {
    let client = program.library.client(&connection.client)?;
    let limit = client.default_timeout_ms(connection.version.as_deref())?;
    let chosen = connection
        .handed
        .iter()
        .any(|(_, method)| method.contains("config") || method.contains("timeout"));
    let longer = match wait {
        Wait::Forever => true,
        Wait::Millis(ms) => *ms >= limit,
        Wait::Unknown => false,
    };
    if chosen || connection.handed.is_empty() || !longer {
        return None;
    }
    let name = client_name(program, &connection.client, connection.version.as_deref());
    let mut finding = at_event(
        "blocking-on-shared-connection",
        Severity::Error,
        program,
        event,
    );
    finding.confidence = Confidence::Medium;
    finding.message = format!(
        "{} {}, but {name} gives up on a reply after {}",
        command.name,
        wait.text(),
        duration(limit)
    );
    finding.primary = "fails with a timeout as long as there is nothing to read".into();
    for (site, method) in &connection.handed {
        finding.labels.push(label(
            program,
            *site,
            format!("{method} leaves the response timeout at its default"),
        ));
    }
    finding.note =
        "what arrives after the client has given up is taken from the list and lost".into();
    finding.help = "set a response timeout above the block time where the connection is made, or block for less".into();
    Some(finding)
}

/// A function and all that it calls.
fn below(program: &Program, func: FuncId) -> BTreeSet<FuncId> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![func];
    while let Some(func) = todo.pop() {
        if !seen.insert(program.outermost(func)) {
            continue;
        }
        for id in program.events_within(program.outermost(func)) {
            let event = program.event(id);
            if let EventKind::Call { callees, .. } = &event.kind
                && !event.spawned
            {
                todo.extend(callees.iter().copied());
            }
        }
    }
    seen
}
