use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, chain, handler_name, label};
use crate::program::{Access, Command, Event, Program};

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for (id, event, command) in program.command_events() {
        if !walks_keyspace(event, command) || only_deletes(program, event) {
            continue;
        }
        let lookup =
            |earlier| program.reaches_command(earlier, &|_, c: &Command| is_lookup(program, c));
        let Some(path) = program.miss_path(id, &lookup) else {
            continue;
        };
        let mut finding = at_event("fallback-scan", Severity::Error, program, event);
        finding.confidence = Confidence::Medium;
        let handler = handler_name(program, path.handler);
        let missed = program.event(path.lookup);
        let missed_name = match missed.command() {
            Some(command) => command.name.clone(),
            None => "a lookup".into(),
        };
        finding.message = format!(
            "{} is the fallback of {handler} when {missed_name} finds nothing",
            command.name
        );
        finding.primary = "walks the whole keyspace, once for every request that misses".into();
        finding.labels.push(label(
            program,
            missed.site,
            "a miss or failure here leads to the walk",
        ));
        finding.chain = chain(program, path.handler, &path.calls, id);
        finding.note = "misses come in crowds (a cold cache, a renamed key, an eviction), and each one costs more than all hits together".into();
        finding.help = "answer a miss with something cheap: a counter or index that the writers maintain, or \"not yet known\"".into();
        out.push(finding);
    }
}

/// KEYS, or a SCAN that goes on until the cursor ends.
pub fn walks_keyspace(event: &Event, command: &Command) -> bool {
    match command.name.as_str() {
        "KEYS" => true,
        "SCAN" => command.iterated || event.loops.last().is_some_and(|l| l.sort.goes_on()),
        _ => false,
    }
}

/// Whether the function of a walk deletes keys and reads none: it clears what is out of date, and looks for nothing.
fn only_deletes(program: &Program, walk: &Event) -> bool {
    let within = program.events_within(program.outermost(walk.func));
    let commands: Vec<&Command> = within
        .iter()
        .filter_map(|id| program.event(*id).command())
        .filter(|command| !walks(command))
        .collect();
    let has = |does: &dyn Fn(&Access) -> bool| {
        let mut keys = commands.iter().flat_map(|command| &command.keys);
        keys.any(|key| does(&key.access))
    };
    has(&|access| access.deletes) && !has(&|access| access.reads)
}

fn walks(command: &Command) -> bool {
    matches!(command.name.as_str(), "KEYS" | "SCAN")
}

/// A command that looks one thing up.
fn is_lookup(program: &Program, command: &Command) -> bool {
    !walks(command)
        && (command.keys.iter().any(|k| k.access.reads)
            || program
                .library
                .commands
                .get(&command.name)
                .is_some_and(|c| {
                    c.flags.iter().any(|f| f == "readonly") && c.n.as_deref() != Some("keyspace")
                }))
}
