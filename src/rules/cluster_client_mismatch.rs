use super::Context;
use super::finding::{Finding, Label, Severity};
use super::wording::{at_event, client_name};
use crate::program::Connection;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for made in &program.made {
        let event = program.event(made.event);
        let (Some(endpoint), Connection::Single) = (&made.endpoint, made.kind) else {
            continue;
        };
        if !program.is_judged(event.func) {
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
