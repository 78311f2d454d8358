use super::Context;
use super::finding::{Finding, Severity};
use super::wording::{at_event, either, quoted, way_to};
use crate::program::{Event, KeyedCommand, Program, Template};
use std::cell::LazyCell;
use std::collections::BTreeSet;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let ending = LazyCell::new(|| program.families(|command, _| command.sets_ttl()));
    let serves = LazyCell::new(|| serves(program));
    for (id, event, command) in program.command_events() {
        if command.name != "SMEMBERS" {
            continue;
        }
        let mut templates: Vec<_> = program
            .commands
            .iter()
            .filter(|c| c.event == id)
            .flat_map(|c| &c.keys)
            .filter_map(|k| k.template.as_ref())
            .filter(|t| !t.is_bare())
            .collect();
        templates.sort();
        templates.dedup();
        let bounded = |text: &str| context.settings.bounded.iter().any(|p| p.matches(text));
        if !templates.is_empty() && templates.iter().all(|t| bounded(&t.text())) {
            continue;
        }
        let ends = |t: &&Template| t.is_one_of_many() && ending.contains(&t.family());
        let size = if templates.is_empty() {
            Size::Unknown
        } else if templates.iter().all(ends) {
            Size::Passing
        } else if *serves && (at_start(program, event) || filled_at_start(program, &templates)) {
            Size::Settled
        } else {
            Size::Open
        };
        let severity = match size {
            Size::Open => Severity::Error,
            Size::Unknown | Size::Passing | Size::Settled => Severity::Warning,
        };
        let mut finding = at_event("smembers-command", severity, program, event);
        let mut names: Vec<String> = templates.iter().map(|t| quoted(t)).collect();
        names.sort();
        names.dedup();
        finding.message = match names.as_slice() {
            [] => "SMEMBERS returns the whole set, however large it has grown".into(),
            some => format!(
                "SMEMBERS of {} returns the whole set, however large it has grown",
                either(some)
            ),
        };
        finding.primary = "reads every member in one blocking call".into();
        finding.note = match size {
            Size::Passing => "O(N) in the size of the set, which lives until its time is up: it holds what came in meanwhile for one of many keys",
            Size::Settled => "O(N) in the size of the set, which changes or is asked for only while the program starts",
            Size::Open | Size::Unknown => "O(N) in the size of the set: the server answers nobody else meanwhile, and the reply is held in memory on both sides",
        }
        .into();
        finding.help = "ask SISMEMBER or SMISMEMBER for single members, SCARD for the size, SSCAN for all; declare a set of known size under `bounded:`".into();
        finding.chain = way_to(program, id);
        finding.keys = templates.iter().map(|t| t.text()).collect();
        out.push(finding);
    }
}

/// What is known of how large a set grows.
enum Size {
    /// Nothing bounds it.
    Open,
    /// Not even its key is known.
    Unknown,
    /// There is one for each of something, and each ends by itself.
    Passing,
    /// It is filled, or read, only while the program starts.
    Settled,
}

/// Whether the program has more to do than its start: it answers requests, or goes on by itself.
fn serves(program: &Program) -> bool {
    program.functions.iter().any(|f| f.handler && !f.test)
        || program
            .events
            .iter()
            .any(|event| program.is_judged(event.func) && (event.spawned || event.goes_on()))
}

/// Whether something runs only while the program starts: in no request, no other task, and no loop that goes on.
fn at_start(program: &Program, event: &Event) -> bool {
    let ways = program.ways(event, &BTreeSet::new());
    ways.is_some_and(|ways| !ways.calls.iter().chain([&event]).any(|e| e.goes_on()))
}

/// Whether all that adds to these sets runs only while the program starts.
fn filled_at_start(program: &Program, templates: &[&Template]) -> bool {
    templates.iter().all(|template| {
        let family = template.family();
        let is_family = |t: &Template| t.family() == family;
        let adds = |keyed: &&KeyedCommand| {
            keyed
                .keys
                .iter()
                .any(|key| key.access.writes && key.template.as_ref().is_some_and(is_family))
        };
        let mut adding = program.commands.iter().filter(adds).peekable();
        adding.peek().is_some() && adding.all(|keyed| at_start(program, program.event(keyed.event)))
    })
}
