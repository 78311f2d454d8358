//! Program to findings: one file a rule, each a pure function over the linked program.

pub mod filter;
pub mod finding;
pub mod page;
mod probe;
mod wording;

pub use finding::{Confidence, Finding, Label, Link, LinkKind, Severity};
pub use page::RuleInfo;

use crate::config::Settings;
use crate::program::Program;

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The linked program.
    pub program: &'a Program,
    /// The user's decisions.
    pub settings: &'a Settings,
}

type Check = fn(&Context<'_>, &mut Vec<Finding>);

/// Lists the rules: module and id. The page is `rules/<id>.md`.
macro_rules! rules {
    ($($module:ident => $id:literal),* $(,)?) => {
        $(mod $module;)*

        /// All rules of this release, by id.
        pub const ALL: &[RuleInfo] = &[
            $(RuleInfo { id: $id, page: include_str!(concat!("../../rules/", $id, ".md")) },)*
        ];

        const CHECKS: &[Check] = &[$($module::check,)*];
    };
}

rules! {
    blocking_on_shared_connection => "blocking-on-shared-connection",
    client_per_call => "client-per-call",
    cluster_client_mismatch => "cluster-client-mismatch",
    command_in_loop => "command-in-loop",
    cross_slot => "cross-slot",
    duplicate_yaml_key => "duplicate-yaml-key",
    fallback_scan => "fallback-scan",
    health_check_below_latency => "health-check-below-latency",
    key_mismatch => "key-mismatch",
    keys_command => "keys-command",
    lock_without_expiry => "lock-without-expiry",
    missing_hash_tag => "missing-hash-tag",
    probe_timeout_below_health_check => "probe-timeout-below-health-check",
    probe_timeout_below_latency => "probe-timeout-below-latency",
    probe_timeout_default => "probe-timeout-default",
    scan_one_node => "scan-one-node",
    smembers_command => "smembers-command",
    suppression => "suppression",
    unparsed_file => "unparsed-file",
}

/// Runs every rule. Selection, severities and suppressions are the filter's business.
#[must_use]
pub fn run(program: &Program, settings: &Settings) -> Vec<Finding> {
    let context = Context { program, settings };
    let mut findings = Vec::new();
    for check in CHECKS {
        check(&context, &mut findings);
    }
    findings
}
