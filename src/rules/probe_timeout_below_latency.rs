use super::Context;
use super::finding::{Finding, Severity};
use super::probe::{CAP_MS, at_probe, effect, measured_link, probe_link, timeout_ms};
use super::wording::duration;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let program = context.program;
    for probe in &program.probes {
        let (Some(timeout), Some(measured), Some(path)) =
            (timeout_ms(probe), &probe.measured, &probe.path)
        else {
            continue;
        };
        let needed = measured.ms.saturating_mul(2);
        if timeout >= needed {
            continue;
        }
        let mut finding = at_probe(
            "probe-timeout-below-latency",
            Severity::Error,
            context,
            probe,
        );
        finding.message = format!(
            "the {} gives up after {}, less than twice the measured {} of {path}",
            probe.probe.kind.key(),
            duration(timeout),
            duration(measured.ms)
        );
        finding.primary = format!("the kubelet waits {}", duration(timeout));
        finding.chain.push(probe_link(program, probe, timeout));
        finding.chain.push(measured_link(path, measured));
        finding.note = format!(
            "under load the answer comes too late: {}",
            effect(probe.probe.kind)
        );
        finding.help = if needed > CAP_MS {
            format!(
                "make {path} answer faster: twice its latency is {}, and a timeout of more than {} only hides the trouble",
                duration(needed),
                duration(CAP_MS)
            )
        } else {
            format!("raise timeoutSeconds to at least {}", needed.div_ceil(1000))
        };
        out.push(finding);
    }
}
