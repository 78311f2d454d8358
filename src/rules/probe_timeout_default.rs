use super::Context;
use super::finding::{Confidence, Finding, Severity};
use super::probe::{DEFAULT_TIMEOUT_MS, at_probe, probe_link};
use super::wording::{chain, label};
use crate::facts::ProbeAction;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for probe in &program.probes {
        if probe.probe.timeout_seconds.is_some() || probe.probe.templated {
            continue;
        }
        let kind = probe.probe.kind.key();
        let mut finding = at_probe("probe-timeout-default", Severity::Warning, context, probe);
        finding
            .chain
            .push(probe_link(program, probe, DEFAULT_TIMEOUT_MS));
        match &probe.probe.action {
            ProbeAction::Exec(_) => {
                finding.message = format!(
                    "the {kind} runs a command and leaves timeoutSeconds to its default of 1 s"
                );
            }
            ProbeAction::Grpc => {
                finding.message = format!(
                    "the {kind} leaves timeoutSeconds to its default of 1 s, and what answers it cannot be seen"
                );
                finding.confidence = finding.confidence.min(Confidence::Medium);
            }
            ProbeAction::HttpGet { .. } => {
                let path = probe.path.as_deref().unwrap_or("/");
                let checks = probe
                    .handlers
                    .iter()
                    .flat_map(|h| program.handlers[*h].checks.iter().map(move |c| (*h, c)));
                if let Some((handler, check)) = checks.into_iter().next() {
                    finding.message = format!(
                        "the {kind} leaves timeoutSeconds to its default of 1 s, but {path} asks Redis"
                    );
                    finding.labels.push(label(
                        program,
                        program.event(check.command).site,
                        "the answer waits for this",
                    ));
                    if let Some(func) = program.handlers[handler].functions.first() {
                        finding
                            .chain
                            .extend(chain(program, *func, &check.chain, check.command));
                    }
                } else if probe.handlers.is_empty() {
                    finding.message = format!(
                        "the {kind} leaves timeoutSeconds to its default of 1 s, and what answers {path} cannot be seen"
                    );
                    finding.confidence = finding.confidence.min(Confidence::Medium);
                } else {
                    continue;
                }
            }
            ProbeAction::Tcp | ProbeAction::Unknown => continue,
        }
        finding.primary = "one second is what it gets".into();
        finding.note = "a second is short for anything that leaves the process: under load the probe fails first".into();
        finding.help = "write timeoutSeconds, at least as long as the check behind it".into();
        out.push(finding);
    }
}
