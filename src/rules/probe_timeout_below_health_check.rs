use super::Context;
use super::finding::{Confidence, Finding, LinkKind, Severity};
use super::probe::{at_probe, probe_link, timeout_ms};
use super::wording::{chain, duration, label, link_at};
use crate::program::Check;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for probe in &program.probes {
        let Some(timeout) = timeout_ms(probe) else {
            continue;
        };
        let slowest = probe
            .handlers
            .iter()
            .flat_map(|h| &program.handlers[*h].checks)
            .filter_map(|c| Some((c.effective_ms?, c)))
            .max_by_key(|(ms, _)| *ms);
        let Some((bound, slowest)) = slowest else {
            continue;
        };
        if timeout >= bound {
            continue;
        }
        let mut finding = at_probe(
            "probe-timeout-below-health-check",
            Severity::Error,
            context,
            probe,
        );
        if !probe.by_name {
            finding.confidence = finding.confidence.min(Confidence::Medium);
        }
        finding.message = format!(
            "the {} gives up after {}, but the health check behind {} may take {}",
            probe.probe.kind.key(),
            duration(timeout),
            probe.path.as_deref().unwrap_or("it"),
            duration(bound)
        );
        finding.primary = format!("the kubelet waits {}", duration(timeout));
        finding.labels.extend(labels(context, slowest));
        finding.chain.push(probe_link(program, probe, timeout));
        let handler = probe.handlers.first().map(|h| &program.handlers[*h]);
        if let Some(func) = handler.and_then(|h| h.functions.first()) {
            finding
                .chain
                .extend(chain(program, *func, &slowest.chain, slowest.command));
        }
        if let Some(written) = &slowest.written {
            finding.chain.push(link_at(
                LinkKind::Handler,
                "deadline of the check",
                program.path(written.site.file),
                written.site.span,
                Some(written.ms),
            ));
        }
        if let Some(client) = slowest
            .client
            .as_ref()
            .filter(|_| !bounded_by_context(slowest))
        {
            finding.chain.push(link_at(
                LinkKind::Client,
                "read timeout of one attempt, which applies instead of a context's deadline",
                program.path(client.site.file),
                client.site.span,
                Some(client.ms),
            ));
        }
        finding.note = "a check that is still within its own limit counts as a failed probe, and the pod leaves the service".into();
        finding.help = format!(
            "raise timeoutSeconds to at least {}, or bound the check below {}",
            bound.div_ceil(1000),
            duration(timeout)
        );
        out.push(finding);
    }
}

/// Whether a deadline of the code ends the command.
fn bounded_by_context(check: &Check) -> bool {
    check.written.is_some() && check.context_applies != Some(false)
}

fn labels(context: &Context<'_>, check: &Check) -> Vec<super::Label> {
    let program = context.program;
    let mut out = Vec::new();
    if let Some(written) = &check.written {
        out.push(label(
            program,
            written.site,
            format!("the check is given {}", duration(written.ms)),
        ));
    }
    if let Some(client) = check.client.as_ref().filter(|_| !bounded_by_context(check)) {
        let text = if check.written.is_some() {
            format!(
                "this client does not apply a context's deadline to a command in flight; its read timeout is {}",
                duration(client.ms)
            )
        } else {
            format!(
                "the check has no deadline of its own; this client's read timeout is {}, for each attempt",
                duration(client.ms)
            )
        };
        out.push(label(program, client.site, text));
    }
    out
}
