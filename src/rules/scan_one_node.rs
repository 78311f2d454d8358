use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, client_name, label, patterns, unquoted, way_to};
use crate::program::{Connection, EventId, EventKind, KeyedCommand, Program, Scans, Template};

/// A finding names no more places than this.
const MAX_LABELS: usize = 6;
/// A choice of ways is looked for over this many calls.
const MAX_CALLS: usize = 2;

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
            Connection::Cluster | Connection::Universal => true,
            Connection::Single | Connection::Ring | Connection::Unknown => false,
        };
        // An interface that any client fits may hold one node's.
        let open = command.connection == Connection::Unknown && connection.guessed;
        if !connection.cluster
            || connection.node
            || open
            || !sees_one
            || has_twin(program, id, MAX_CALLS)
        {
            continue;
        }
        let client = program.library.client(&connection.client);
        let name = client_name(program, &connection.client, connection.version.as_deref());
        let patterns = patterns(program, id);
        let scans = connection
            .scans
            .or(client.map(|c| c.cluster.scans))
            .unwrap_or_default();
        if scans == Scans::Tagged && has_slot(program, id) {
            continue;
        }
        let mut finding = at_event("scan-one-node", Severity::Error, program, event);
        if connection.kind != Connection::Cluster {
            finding.confidence = Confidence::Medium;
        }
        let pattern = match patterns.as_slice() {
            [one] => format!(" {one}"),
            _ => String::new(),
        };
        if scans == Scans::Fails {
            finding.message = format!("SCAN{pattern} over a cluster client that refuses it");
            finding.primary = format!("{name} gives an error: it does not know which node to ask");
            finding.note = "against a single server it works, so tests do not show it".into();
        } else {
            finding.message =
                format!("SCAN{pattern} over a cluster client sees the keys of one node only");
            finding.primary = format!(
                "{name} asks one node and gives no error: the keys of the other nodes are left out"
            );
            finding.note = "with three nodes about two thirds of the keys are missed: what counts, cleans up or migrates by this scan is wrong, and a test on one node does not show it".into();
        }
        let made = connection.made.iter().filter(|_| !connection.guessed);
        for site in made.take(MAX_LABELS) {
            finding
                .labels
                .push(label(program, *site, "the client is made here"));
        }
        finding.help = match client.and_then(|c| c.each_node()) {
            Some(method) => {
                format!("run the scan on each node that `{method}` of the cluster client hands out")
            }
            None => "run the scan on each primary of the cluster".into(),
        };
        finding.chain = way_to(program, id);
        finding.keys = unquoted(&patterns);
        out.push(finding);
    }
}

/// Whether every pattern of a scan has a hash tag, so that one node has all its keys.
fn has_slot(program: &Program, event: EventId) -> bool {
    let mut on = program.commands.iter().filter(|c| c.event == event);
    let tagged = |c: &KeyedCommand| {
        let tag = c.pattern.as_ref().and_then(Template::hash_tag);
        tag.is_some_and(|parts| !Template { parts }.text().contains(['*', '?', '[']))
    };
    on.clone().next().is_some() && on.all(tagged)
}

/// Whether the code around a scan goes over the nodes: in the same function, or in the other arm of a
/// choice that the function or a caller makes. The scan is then the part that runs on one node, or the
/// way taken where there is no cluster.
fn has_twin(program: &Program, event: EventId, calls: usize) -> bool {
    let own = program.event(event).func;
    let func = program.outermost(own);
    let here = program.events_within(func).into_iter().any(|other| {
        let each = program.event(other).each_node;
        let apart = || program.are_apart(event, other);
        each && calls == MAX_CALLS || (each || walks_nodes(program, other)) && apart()
    });
    // A closure has callers of its own, beside those of the function around it.
    let closure = if own == func {
        &[]
    } else {
        program.calls_of(own)
    };
    // Of what nothing runs the callers count all the same.
    let idle = if program.function(func).live {
        Vec::new()
    } else {
        program.any_calls_of(func)
    };
    here || calls > 0
        && program
            .calls_of(func)
            .iter()
            .chain(&idle)
            .chain(closure)
            .any(|call| program.event(*call).each_node || has_twin(program, *call, calls - 1))
}

/// Whether a call leads to a function that itself goes over the nodes.
fn walks_nodes(program: &Program, event: EventId) -> bool {
    let EventKind::Call { callees, .. } = &program.event(event).kind else {
        return false;
    };
    callees.iter().any(|callee| {
        program
            .events_within(*callee)
            .into_iter()
            .any(|id| program.event(id).each_node)
    })
}
