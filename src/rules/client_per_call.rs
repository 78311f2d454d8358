use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::wording::{at_event, chain, client_name, handler_name, label};
use crate::program::{EventId, LoopSort, Made, Program};

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for made in &program.made {
        let event = program.event(made.event);
        let function = program.function(event.func);
        // What nobody is seen to use may be kept in a way that is not followed.
        if made.kept
            || uses(program, made).is_empty()
            || !function.live
            || !program.is_judged(event.func)
        {
            continue;
        }
        if let Some(finding) = on_request(program, made).or_else(|| in_loop(program, made)) {
            out.push(finding);
        }
    }
}

/// What is sent through a client, apart from the question whether it is there.
fn uses(program: &Program, made: &Made) -> Vec<EventId> {
    let asks = |id: &EventId| {
        let command = program.event(*id).command();
        command.is_none_or(|c| c.name != "PING")
    };
    made.used.iter().copied().filter(asks).collect()
}

fn on_request(program: &Program, made: &Made) -> Option<Finding> {
    let (handler, calls) = program.request_path(made.event)?;
    if !program.made_alike(made.event, &calls) {
        return None;
    }
    let name = handler_name(program, handler);
    let mut finding = finding(program, made);
    finding.message = format!(
        "{} makes a client for every request of {name}",
        made.constructor
    );
    finding.chain = chain(program, handler, &calls, made.event);
    Some(finding)
}

fn in_loop(program: &Program, made: &Made) -> Option<Finding> {
    let event = program.event(made.event);
    let round = event.loops.last().filter(|l| l.sort == LoopSort::Each)?;
    // A program that does one thing and ends may open what it likes.
    let called = !program.calls_of(event.func).is_empty() || program.function(event.func).handler;
    let inside = uses(program, made).iter().any(|used| {
        let used = program.event(*used);
        used.func != event.func || used.loops.contains(round)
    });
    if !called || !inside || !program.made_alike_in_loop(made.event) {
        return None;
    }
    let mut finding = finding(program, made);
    finding.message = format!(
        "{} makes a client in every round of a loop",
        made.constructor
    );
    finding
        .labels
        .push(label(program, round.site, "once for each element"));
    Some(finding)
}

fn finding(program: &Program, made: &Made) -> Finding {
    let event = program.event(made.event);
    let mut finding = at_event("client-per-call", Severity::Warning, program, event);
    finding.confidence = Confidence::Medium;
    let name = client_name(program, &made.client, made.version.as_deref());
    finding.primary =
        format!("a {name} client opens connections of its own, and nothing keeps this one");
    if let Some(used) = uses(program, made).first() {
        finding.labels.push(label(
            program,
            program.event(*used).site,
            "used here, then dropped",
        ));
    }
    finding.note = "each one dials and shakes hands before its first command; under load the server spends its time on connections and reaches `maxclients`".into();
    finding.help =
        "make the client once, at the start of the program, and hand it to whoever needs it".into();
    finding
}
