use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, client_name, label, quoted, way_to};
use crate::program::{Command, Connection, EventId, EventKind, FuncId, Program};

/// A finding names no more places than this.
const MAX_LABELS: usize = 6;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for (id, event, command) in program.command_events() {
        if command.name != "SCAN" || command.each_node {
            continue;
        }
        let Some(connection) = program.connections.get(&id) else {
            continue;
        };
        let sees_one = match connection.kind {
            Connection::Cluster => true,
            Connection::Universal => !connection.node,
            Connection::Unknown => !connection.node && !connection.made.is_empty(),
            Connection::Single | Connection::Ring => false,
        };
        if !connection.cluster || !sees_one || has_twin(program, event.func) {
            continue;
        }
        let client = program.library.client(&connection.client);
        let name = client_name(program, &connection.client, connection.version.as_deref());
        let mut patterns: Vec<String> = program
            .commands
            .iter()
            .filter(|c| c.event == id)
            .filter_map(|c| c.pattern.as_ref())
            .filter(|p| !p.is_bare())
            .map(quoted)
            .collect();
        patterns.sort();
        patterns.dedup();
        let mut finding = at_event("scan-one-node", Severity::Error, program, event);
        if connection.kind != Connection::Cluster {
            finding.confidence = Confidence::Medium;
        }
        finding.message = format!(
            "SCAN{} over a cluster client sees the keys of one node only",
            match patterns.as_slice() {
                [one] => format!(" {one}"),
                _ => String::new(),
            }
        );
        finding.primary = format!(
            "{name} asks one node and gives no error: the keys of the other nodes are left out"
        );
        for site in connection.made.iter().take(MAX_LABELS) {
            finding
                .labels
                .push(label(program, *site, "the client is made here"));
        }
        finding.note = "with three nodes about two thirds of the keys are missed: what counts, cleans up or migrates by this scan is wrong, and a test on one node does not show it".into();
        finding.help = match client.and_then(|c| c.each_node()) {
            Some(method) => {
                format!("run the scan on each node that `{method}` of the cluster client hands out")
            }
            None => "run the scan on each primary of the cluster".into(),
        };
        finding.chain = way_to(program, id);
        finding.keys = patterns
            .iter()
            .map(|p| p.trim_matches('`').to_string())
            .collect();
        out.push(finding);
    }
}

/// Whether the function, or one that calls it, also scans node by node: the scan at hand is then the way
/// taken where there is no cluster.
fn has_twin(program: &Program, func: FuncId) -> bool {
    let func = program.outermost(func);
    let callers = program.calls_of(func).iter();
    let mut around: Vec<FuncId> = callers
        .map(|call| program.outermost(program.event(*call).func))
        .collect();
    around.push(func);
    around
        .into_iter()
        .any(|func| scans_each(program, func) || calls_each(program, func))
}

fn calls_each(program: &Program, func: FuncId) -> bool {
    events_below(program, func)
        .into_iter()
        .any(|id| match &program.event(id).kind {
            EventKind::Call { callees, .. } => callees.iter().any(|f| scans_each(program, *f)),
            _ => false,
        })
}

/// Whether a function itself scans on each node.
fn scans_each(program: &Program, func: FuncId) -> bool {
    let scan = |_: EventId, command: &Command| command.name == "SCAN";
    events_below(program, func)
        .into_iter()
        .any(|id| program.event(id).each_node && program.reaches_command(id, &scan))
}

/// Events of a function and its closures.
fn events_below(program: &Program, func: FuncId) -> Vec<EventId> {
    let mut out = Vec::new();
    let mut todo = vec![func];
    while let Some(func) = todo.pop() {
        for id in program.events_of(func) {
            out.push(*id);
            if let EventKind::Define(closure) = &program.event(*id).kind {
                todo.push(*closure);
            }
        }
    }
    out
}
