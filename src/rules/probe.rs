//! What the probe rules share.

use super::Context;
use super::finding::{Confidence, Finding, Link, LinkKind, Severity};
use super::wording::link_at;
use crate::facts::{ProbeKind, Span};
use crate::program::{Measured, ProbeUse, Program};

/// What Kubernetes applies when `timeoutSeconds` is left out, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 1000;

/// How long the prober waits, in milliseconds; `None` when a template decides.
pub fn timeout_ms(probe: &ProbeUse) -> Option<u64> {
    match &probe.probe.timeout_seconds {
        Some(seconds) => u64::try_from(seconds.value)
            .ok()
            .map(|s| s.saturating_mul(1000)),
        None if probe.probe.templated => None,
        None => Some(DEFAULT_TIMEOUT_MS),
    }
}

/// The place that speaks of the timeout.
pub fn timeout_span(probe: &ProbeUse) -> Span {
    probe
        .probe
        .timeout_seconds
        .as_ref()
        .map_or(probe.probe.span, |t| t.span)
}

/// A finding at a probe's timeout.
pub fn at_probe(
    rule: &'static str,
    severity: Severity,
    context: &Context<'_>,
    probe: &ProbeUse,
) -> Finding {
    Finding {
        rule,
        severity,
        confidence: if probe.templated {
            Confidence::Low
        } else {
            Confidence::High
        },
        path: context.program.path(probe.file).to_string(),
        span: timeout_span(probe),
        message: String::new(),
        primary: String::new(),
        note: String::new(),
        help: String::new(),
        labels: Vec::new(),
        chain: Vec::new(),
        text: format!(
            "{} {} {}",
            probe.workload,
            probe.container,
            probe.probe.kind.key()
        ),
        keys: Vec::new(),
        idle: false,
    }
}

/// The chain's link for the probe itself.
pub fn probe_link(program: &Program, probe: &ProbeUse, timeout: u64) -> Link {
    let path = probe
        .path
        .as_deref()
        .map(|p| format!(" {p}"))
        .unwrap_or_default();
    let kind = probe.probe.kind.key();
    let label = format!(
        "{kind}{path} of {}, container {}",
        probe.workload, probe.container
    );
    link_at(
        LinkKind::Probe,
        label,
        program.path(probe.file),
        timeout_span(probe),
        Some(timeout),
    )
}

/// The chain's link for a measured latency.
pub fn measured_link(path: &str, measured: &Measured) -> Link {
    let (file, span) = match &measured.place {
        Some((file, span)) => (file.as_str(), *span),
        None => ("", Span::default()),
    };
    link_at(
        LinkKind::Latency,
        format!("measured latency of {path}"),
        file,
        span,
        Some(measured.ms),
    )
}

/// What happens when the probe fails.
pub fn effect(kind: ProbeKind) -> &'static str {
    match kind {
        ProbeKind::Readiness => "the pod leaves the service, and the load balancer answers 502",
        ProbeKind::Liveness => "the container is killed and started again",
        ProbeKind::Startup => "the container is killed before it has started",
    }
}

/// Above this, in milliseconds, a longer timeout is the wrong cure.
pub const CAP_MS: u64 = 10_000;
