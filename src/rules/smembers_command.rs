use super::Context;
use super::finding::{Finding, Severity};
use super::wording::{at_event, either, quoted, way_to};
use crate::program::{Command, Program, Template};
use std::collections::BTreeSet;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let ending = ending(program);
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
        let passing = !templates.is_empty() && templates.iter().all(ends);
        let severity = if passing {
            Severity::Warning
        } else {
            Severity::Error
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
        finding.note = if passing {
            "O(N) in the size of the set, which lives until its time is up: it holds what came in meanwhile for one of many keys".into()
        } else {
            "O(N) in the size of the set: the server answers nobody else meanwhile, and the reply is held in memory on both sides".into()
        };
        finding.help = "ask SISMEMBER or SMISMEMBER for single members, SCARD for the size, SSCAN for all; declare a set of known size under `bounded:`".into();
        finding.chain = way_to(program, id);
        finding.keys = templates.iter().map(|t| t.text()).collect();
        out.push(finding);
    }
}

/// Families of keys that get a time to live somewhere.
fn ending(program: &Program) -> BTreeSet<String> {
    let timed = program.commands.iter().filter(|keyed| {
        let event = program.event(keyed.event);
        let timed = |c: &Command| c.ttl.is_some() && !c.sets_no_ttl();
        program.is_judged(event.func) && event.command().is_some_and(timed)
    });
    timed
        .flat_map(|keyed| &keyed.keys)
        .filter_map(|key| Some(key.template.as_ref()?.family()))
        .collect()
}
