use super::Context;
use super::finding::{Finding, LinkKind, Severity};
use super::probe::{CAP_MS, measured_link};
use super::wording::{at, chain, duration, label, link_at};
use crate::program::{Site, measured};
use std::collections::BTreeSet;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    let mut seen: BTreeSet<(Site, String)> = BTreeSet::new();
    for (number, handler) in program.handlers.iter().enumerate() {
        let Some(path) = &handler.path else { continue };
        let probed = program.probes.iter().any(|p| p.handlers.contains(&number));
        if !probed && !is_health_path(path) {
            continue;
        }
        let module = handler.module.map(|m| &program.modules[m]);
        let is_service = |name: &str| {
            module.is_some_and(|m| {
                m.goes_by(name)
                    || context.settings.services.iter().any(|s| {
                        s.name == name
                            && s.module
                                .as_deref()
                                .is_some_and(|own| own == m.name || m.path.starts_with(own))
                    })
            })
        };
        let Some(measured) = measured(context.settings, path, is_service) else {
            continue;
        };
        let needed = measured.ms.saturating_mul(2);
        for check in &handler.checks {
            let Some(written) = &check.written else {
                continue;
            };
            // The smaller one ends the check; what the code itself writes is named first.
            let (applied, by_client) = match &check.client {
                Some(client) if client.ms < written.ms && written.ms >= needed => (client, true),
                _ => (written, false),
            };
            if applied.ms >= needed || !seen.insert((applied.site, path.clone())) {
                continue;
            }
            let mut finding = at(
                "health-check-below-latency",
                Severity::Error,
                program,
                applied.site,
            );
            finding.text = format!("{path} {}", applied.ms);
            finding.message = format!(
                "the health check of {path} is given {}, less than twice its measured {}",
                duration(applied.ms),
                duration(measured.ms)
            );
            finding.primary = if by_client {
                format!(
                    "the client's read timeout ends the check after {}",
                    duration(applied.ms)
                )
            } else {
                format!("ends the check after {}", duration(applied.ms))
            };
            if by_client {
                finding.labels.push(label(
                    program,
                    written.site,
                    format!("the check itself is given {}", duration(written.ms)),
                ));
            }
            finding.labels.push(label(
                program,
                program.event(check.command).site,
                "the command that it bounds",
            ));
            if let Some(func) = handler.functions.first() {
                finding.chain = chain(program, *func, &check.chain, check.command);
            }
            let kind = if by_client {
                LinkKind::Client
            } else {
                LinkKind::Handler
            };
            finding.chain.push(link_at(
                kind,
                "limit of the check",
                program.path(applied.site.file),
                applied.site.span,
                Some(applied.ms),
            ));
            finding.chain.push(measured_link(path, &measured));
            finding.note = "under load the check fails although Redis answers, and the pods leave the service one after the other".into();
            finding.help = if needed > CAP_MS {
                format!(
                    "make the check faster: twice its latency is {}, and a limit of more than {} only hides the trouble",
                    duration(needed),
                    duration(CAP_MS)
                )
            } else {
                format!(
                    "give the check at least {}, and the probe no less",
                    duration(needed)
                )
            };
            out.push(finding);
        }
    }
}

/// Paths that health checks go by, for code whose manifests are not part of the run.
fn is_health_path(path: &str) -> bool {
    const WORDS: [&str; 9] = [
        "health",
        "healthz",
        "healthcheck",
        "ready",
        "readyz",
        "readiness",
        "live",
        "livez",
        "liveness",
    ];
    path.trim_matches('/')
        .rsplit('/')
        .next()
        .is_some_and(|last| WORDS.contains(&last))
        || path.split('/').any(|part| part == "health")
}
