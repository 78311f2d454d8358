use super::Context;
use super::finding::{Finding, Label, Severity};
use super::wording::{at_event, client_name};
use crate::program::{Connection, EventId, EventKind, FuncId, Program};
use std::collections::BTreeSet;

/// A choice of clients is looked for over this many calls.
const MAX_CALLS: usize = 3;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let others: BTreeSet<EventId> = program
        .made
        .iter()
        .filter(|m| matches!(m.kind, Connection::Cluster | Connection::Universal))
        .map(|m| m.event)
        .collect();
    for made in &program.made {
        let event = program.event(made.event);
        let (Some(endpoint), Connection::Single) = (&made.endpoint, made.kind) else {
            continue;
        };
        if !program.is_judged(event.func) || is_choice(program, made.event, &others, MAX_CALLS) {
            continue;
        }
        let mut finding = at_event("cluster-client-mismatch", Severity::Error, program, event);
        finding.message = format!(
            "{} makes a client for one server, and `{}` is a cluster",
            made.constructor, endpoint.address
        );
        let name = client_name(program, &made.client, made.version.as_deref());
        finding.primary = format!("{name} does not follow redirections on this client");
        if let Some((variable, path, span)) = &endpoint.variable {
            finding.labels.push(Label {
                path: path.clone(),
                span: *span,
                message: format!("`{variable}` is the address of a cluster here"),
            });
        }
        finding.note = "every key of a slot that another node owns is answered with MOVED, which reaches the caller as an error".into();
        finding.help = "make a cluster client for this address, or tell the universal one that it talks to a cluster".into();
        out.push(finding);
    }
}

/// Whether an event is one arm of a choice whose other arm makes a client for clusters: which one runs
/// is decided elsewhere. The choice may stand in a caller.
fn is_choice(program: &Program, event: EventId, others: &BTreeSet<EventId>, calls: usize) -> bool {
    let mut level = BTreeSet::from([event]);
    for _ in 0..=calls {
        let mut above = BTreeSet::new();
        for event in level {
            let func = program.outermost(program.event(event).func);
            let here = program.events_within(func).into_iter().any(|other| {
                program.are_apart(event, other)
                    && makes(program, other, others, &mut BTreeSet::new())
            });
            if here {
                return true;
            }
            above.extend(program.calls_of(func).iter().copied());
        }
        level = above;
    }
    false
}

/// Whether an event makes one of these clients, itself or in what it calls.
fn makes(
    program: &Program,
    event: EventId,
    wanted: &BTreeSet<EventId>,
    seen: &mut BTreeSet<FuncId>,
) -> bool {
    wanted.contains(&event)
        || match &program.event(event).kind {
            EventKind::Call { callees, .. } => callees.iter().any(|callee| {
                seen.len() < 64
                    && seen.insert(*callee)
                    && program
                        .events_within(*callee)
                        .into_iter()
                        .any(|below| makes(program, below, wanted, seen))
            }),
            _ => false,
        }
}
