use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, chain, in_braces, is_idle, label, listed, quoted};
use crate::program::{
    Connection, CrossSlot, Event, EventId, EventKind, KeyedUnit, Program, QueueKind, ResolvedKey,
    Site, Slots, Template, is_older,
};
use std::collections::{BTreeMap, BTreeSet};

/// A finding names no more places than this.
const MAX_LABELS: usize = 12;

/// Two keys of a unit that do not agree.
struct Conflict<'a> {
    first: &'a ResolvedKey,
    second: &'a ResolvedKey,
    a: &'a Template,
    b: &'a Template,
    slots: Slots,
}

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let mut worst: BTreeMap<EventId, Vec<(&KeyedUnit, Conflict<'_>, Severity)>> = BTreeMap::new();
    for unit in &program.units {
        if !program.is_judged(program.event(unit.event).func) {
            continue;
        }
        let unknown = || context.settings.pedantic.then(|| undecided(unit)).flatten();
        let Some(conflict) = conflict(unit).or_else(unknown) else {
            continue;
        };
        let Some(severity) = severity(program, unit, &conflict) else {
            continue;
        };
        worst
            .entry(unit.at)
            .or_default()
            .push((unit, conflict, severity));
    }
    // Keys that a transaction watches are its own: one finding for both.
    let queues: BTreeSet<Site> = worst
        .iter()
        .filter(|(_, found)| found[0].0.queue.is_some())
        .map(|(event, _)| program.event(*event).site)
        .collect();
    worst.retain(|event, found| {
        let event = program.event(*event);
        let watches = event.command().is_some_and(|c| c.name == "WATCH");
        !(watches && found[0].0.queue.is_none() && queues.contains(&event.site))
    });
    for (number, event) in (0u32..).zip(&program.events) {
        let id = EventId(number);
        if !worst.contains_key(&id) && program.is_judged(event.func) {
            out.extend(never_runs(program, id, event));
        }
    }
    for (event, mut found) in worst {
        found.sort_by(|(u, a, s), (v, b, t)| {
            (is_asked_for(program, v), t, b.slots)
                .cmp(&(is_asked_for(program, u), s, a.slots))
                .then_with(|| u.chain.cmp(&v.chain))
        });
        out.push(report(program, event, &found));
    }
}

/// Whether something in production asks for these keys, as far as the program shows.
fn is_asked_for(program: &Program, unit: &KeyedUnit) -> bool {
    let begin = unit.chain.first();
    begin.is_none_or(|call| !is_idle(program, program.event(*call).func))
}

/// A queue that its connection does not take, however its keys lie.
fn never_runs(program: &Program, id: EventId, event: &Event) -> Option<Finding> {
    let EventKind::Queue { kind, .. } = &event.kind else {
        return None;
    };
    let connection = program.connections.get(&id)?;
    if connection.queues != Some(CrossSlot::Never) || !connection.cluster {
        return None;
    }
    let client = program.library.client(&connection.client)?;
    let kind = match kind {
        QueueKind::Pipeline => "pipeline",
        QueueKind::Transaction => "transaction",
    };
    let mut finding = at_event("cross-slot", Severity::Error, program, event);
    finding.confidence = Confidence::High;
    finding.message = format!("{kind} on a cluster connection that takes none");
    finding.primary = format!("this {kind} fails whenever it runs");
    finding.note = format!(
        "this connection of {} to a cluster refuses every pipeline and transaction, also with keys of one slot; against a single server it works, so tests do not show it",
        client.client
    );
    finding.help = match kind {
        "pipeline" => "use the client's own pipeline for clusters, or its asynchronous connection",
        _ => "put the keys into one slot and use a script, or the client's asynchronous connection",
    }
    .into();
    Some(finding)
}

/// The first pair that differs for sure, else the first that cannot be proven equal.
fn conflict(unit: &KeyedUnit) -> Option<Conflict<'_>> {
    let mut weaker = None;
    for (i, first) in unit.keys.iter().enumerate() {
        let Some(a) = first.template.as_ref().filter(|_| !first.unsure) else {
            continue;
        };
        let told = !a.is_bare() || a.is_named_element() || a.is_any_key();
        if first.many && told && a.varies() {
            weaker.get_or_insert(Conflict {
                first,
                second: first,
                a,
                b: a,
                slots: Slots::NotProvable,
            });
        }
        for second in &unit.keys[i + 1..] {
            let Some(b) = second.template.as_ref().filter(|_| !second.unsure) else {
                continue;
            };
            match a.compare(b) {
                Slots::Different => {
                    return Some(Conflict {
                        first,
                        second,
                        a,
                        b,
                        slots: Slots::Different,
                    });
                }
                Slots::NotProvable => {
                    weaker.get_or_insert(Conflict {
                        first,
                        second,
                        a,
                        b,
                        slots: Slots::NotProvable,
                    });
                }
                Slots::Same | Slots::Unknown => {}
            }
        }
    }
    weaker
}

/// The first pair of which nothing can be said.
fn undecided(unit: &KeyedUnit) -> Option<Conflict<'_>> {
    unit.keys.iter().enumerate().find_map(|(i, first)| {
        let a = first.template.as_ref()?;
        unit.keys[i + 1..].iter().find_map(|second| {
            let b = second.template.as_ref()?;
            (a.compare(b) == Slots::Unknown).then_some(Conflict {
                first,
                second,
                a,
                b,
                slots: Slots::Unknown,
            })
        })
    })
}

/// How bad a conflict is on this connection; `None` when it does not matter.
fn severity(program: &Program, unit: &KeyedUnit, conflict: &Conflict<'_>) -> Option<Severity> {
    let connection = &unit.connection;
    if program.cluster_mode() == crate::config::ClusterMode::Off {
        return None;
    }
    let behaviour = behaviour(program, unit);
    if conflict.slots == Slots::Unknown {
        return connection.cluster.then_some(Severity::Note);
    }
    if unit.queue == Some(QueueKind::Pipeline) {
        if connection.kind != Connection::Cluster || !connection.cluster {
            return None;
        }
        return match behaviour {
            CrossSlot::Splits => one_entity(conflict).then_some(Severity::Warning),
            CrossSlot::Rejects | CrossSlot::Fails | CrossSlot::Panics | CrossSlot::Never => {
                Some(Severity::Error)
            }
        };
    }
    let splits = is_split(program, unit);
    if !connection.cluster || splits {
        return Some(Severity::Note);
    }
    Some(Severity::Error)
}

/// Whether the client takes the command apart by slot.
fn is_split(program: &Program, unit: &KeyedUnit) -> bool {
    let Some(command) = program.event(unit.event).command() else {
        return false;
    };
    let may_know = matches!(
        unit.connection.kind,
        Connection::Cluster | Connection::Universal
    );
    let by_connection = may_know
        && program
            .library
            .client(&unit.connection.client)
            .is_some_and(|client| client.cluster.splits.contains(&command.name));
    command.splits || by_connection
}

/// Whether both keys are about the same thing: they share a value.
fn one_entity(conflict: &Conflict<'_>) -> bool {
    // The elements of a list are as many things.
    !std::ptr::eq(conflict.first, conflict.second) && shared_value(conflict).is_some()
}

/// A value that both keys are about. A value that a key begins with is a prefix, not what it is about.
fn shared_value(conflict: &Conflict<'_>) -> Option<String> {
    let begins = |t: &Template, name: &str| t.text().starts_with(&format!("<{name}>"));
    conflict
        .a
        .holes()
        .filter(|hole| conflict.b.holes().any(|other| *hole == other))
        .map(|hole| hole.display_name())
        .find(|name| !begins(conflict.a, name) && !begins(conflict.b, name))
}

fn behaviour(program: &Program, unit: &KeyedUnit) -> CrossSlot {
    if let Some(own) = unit.connection.queues.filter(|_| unit.queue.is_some()) {
        return own;
    }
    let Some(client) = program.library.client(&unit.connection.client) else {
        return CrossSlot::Fails;
    };
    match unit.queue {
        Some(QueueKind::Pipeline) => client.cluster.plain_pipeline,
        Some(QueueKind::Transaction) => {
            match (&client.cluster.transaction_before, &unit.connection.version) {
                (Some(before), Some(version)) if is_older(version, &before.version) => before.does,
                _ => client.cluster.transaction,
            }
        }
        None if is_script(program, unit) => client.cluster.script,
        None => client.cluster.multi_key,
    }
}

fn is_script(program: &Program, unit: &KeyedUnit) -> bool {
    program
        .event(unit.event)
        .command()
        .is_some_and(|c| c.script.is_some())
}

fn report(
    program: &Program,
    id: EventId,
    found: &[(&KeyedUnit, Conflict<'_>, Severity)],
) -> Finding {
    let (unit, conflict, severity) = &found[0];
    let event = program.event(id);
    let mut finding = at_event("cross-slot", *severity, program, event);
    finding.idle |= !is_asked_for(program, unit);
    finding.confidence = match conflict.slots {
        Slots::Different => Confidence::High,
        Slots::Unknown => Confidence::Low,
        _ => Confidence::Medium,
    };
    let kind = match unit.queue {
        Some(QueueKind::Transaction) => "transaction".to_string(),
        Some(QueueKind::Pipeline) => "pipeline".to_string(),
        None if is_script(program, unit) => "script".to_string(),
        None => event
            .command()
            .map_or_else(|| "command".into(), |c| c.name.clone()),
    };
    let (a, b) = (quoted(conflict.a), quoted(conflict.b));
    finding.message = if std::ptr::eq(conflict.first, conflict.second) {
        if conflict.a.is_any_key() {
            format!("{kind} over all keys that a server has, whose hash tags differ")
        } else {
            format!("{kind} over a list of keys {a}, whose hash tags differ from key to key")
        }
    } else {
        match conflict.slots {
            Slots::Different => format!("{kind} over {a} and {b}, which hash to different slots"),
            Slots::Unknown => format!("{kind} over {a} and {b}, of which one is not known"),
            _ if a == b => {
                format!(
                    "{kind} over two keys {a} of other values, which share a slot only by chance"
                )
            }
            _ => format!("{kind} over {a} and {b}, which share a slot only by chance"),
        }
    };
    finding.primary = if is_split(program, unit) {
        format!("the keys of this {kind} lie in several slots")
    } else {
        format!("this {kind} needs all its keys in one slot")
    };
    for (key, template) in [(conflict.first, conflict.a), (conflict.second, conflict.b)] {
        let text = if template.is_any_key() {
            "each of them is hashed for itself".into()
        } else {
            format!("{} {}", quoted(template), hashed(template))
        };
        let site = program.event(key.command).site;
        if key.command == id {
            if !finding.primary.contains(&text) {
                finding.primary = format!("{}; {text}", finding.primary);
            }
        } else {
            finding.labels.push(label(program, site, text));
        }
    }
    if unit.at != unit.event {
        let opened = program.event(unit.event).site;
        finding
            .labels
            .push(label(program, opened, format!("the {kind} is opened here")));
    }
    finding.labels.dedup();
    // Where the keys come from, when they are handed down.
    for (unit, conflict, _) in found {
        if let Some(outermost) = unit.chain.first() {
            let mut names = vec![quoted(conflict.a), quoted(conflict.b)];
            names.dedup();
            let names = listed(&names);
            finding.labels.push(label(
                program,
                program.event(*outermost).site,
                format!("called here with {names}"),
            ));
        }
    }
    finding.labels.sort();
    finding.labels.dedup();
    finding.labels.truncate(MAX_LABELS);
    if let Some(outermost) = unit.chain.first() {
        finding.chain = chain(program, program.event(*outermost).func, &unit.chain, id);
    }
    finding.note = consequence(program, unit);
    let listed = std::ptr::eq(conflict.first, conflict.second);
    let tagged = conflict.a.hash_tag().is_some() && conflict.b.hash_tag().is_some();
    finding.help = match common(unit, conflict).filter(|_| !tagged) {
        // Every key has its own tag, or needs none: they belong to different things.
        _ if listed && unit.queue.is_none() && !is_script(program, unit) => {
            let client = program.library.client(&unit.connection.client);
            match program.pipelines(&unit.connection) {
                Some(CrossSlot::Splits) => format!(
                    "send one command for each key, together in a pipeline: {} splits a pipeline by node",
                    client.map_or("the client", |c| c.client.as_str())
                ),
                _ => "send one command for each key, side by side, or one for each slot with the keys of that".into(),
            }
        }
        Some(value) => format!(
            "put {} into every key that must stay together",
            in_braces(program, event, &value)
        ),
        None => "give keys that must stay together one hash tag, or send separate commands".into(),
    };
    finding.keys = vec![conflict.a.text(), conflict.b.text()];
    finding
}

fn hashed(template: &Template) -> String {
    match template.hash_tag() {
        Some(_) => format!(
            "hashes by its tag `{}`",
            Template {
                parts: template.hash_input()
            }
            .text()
        ),
        None => match template.slot() {
            Some(slot) => format!("has no hash tag and lies in slot {slot}"),
            None => "has no hash tag: the whole key is hashed".into(),
        },
    }
}

/// A value that all keys of the unit are about: what to put into braces.
fn common(unit: &KeyedUnit, conflict: &Conflict<'_>) -> Option<String> {
    shared_value(conflict).filter(|name| {
        unit.keys
            .iter()
            .filter_map(|key| key.template.as_ref())
            .all(|t| t.holes().any(|hole| hole.display_name() == *name))
    })
}

fn consequence(program: &Program, unit: &KeyedUnit) -> String {
    let client = program.library.client(&unit.connection.client);
    let name = client.map_or("the client", |c| c.client.as_str());
    let version = unit
        .connection
        .version
        .as_deref()
        .map(|v| format!(" {v}"))
        .unwrap_or_default();
    if is_split(program, unit) {
        return format!("{name}{version} splits it by slot: it is not atomic on a cluster");
    }
    match (unit.queue, behaviour(program, unit)) {
        (Some(QueueKind::Pipeline), CrossSlot::Splits) => {
            format!(
                "{name}{version} splits this pipeline over shards: the order between them and the single round trip are lost"
            )
        }
        (Some(QueueKind::Transaction), CrossSlot::Splits) => {
            format!(
                "{name}{version} splits this transaction into one for each slot without an error: it is not atomic"
            )
        }
        (Some(QueueKind::Transaction), CrossSlot::Rejects) => format!(
            "{name}{version} refuses this transaction with a CROSSSLOT error, nothing is sent"
        ),
        (Some(QueueKind::Transaction), CrossSlot::Fails) => {
            "a cluster refuses it while it queues or at EXEC: nothing of it runs".into()
        }
        (Some(QueueKind::Pipeline), CrossSlot::Rejects) => format!(
            "{name}{version} refuses a pipeline over several slots, also when one node owns them all"
        ),
        (Some(_), CrossSlot::Never) => {
            format!("{name}{version} takes no queue on this connection, not even for one slot")
        }
        (_, CrossSlot::Panics) => {
            format!(
                "{name}{version} panics when it builds this for a cluster; against a single server it works, so tests do not show it"
            )
        }
        (None, _) if is_script(program, unit) => {
            "a cluster refuses the script with CROSSSLOT".into()
        }
        _ => "a cluster refuses it with CROSSSLOT, also when one node owns both slots".into(),
    }
}
