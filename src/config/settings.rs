//! What rules and the linker see of the user's decisions.

use super::{Config, KeyPattern};
use crate::facts::Span;

/// Whether the servers form a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClusterMode {
    /// Decided for each connection and service by what the program shows.
    #[default]
    Auto,
    /// They do; the kind of each client stays what the program shows.
    On,
    /// They do not: slot rules are silent.
    Off,
}

impl ClusterMode {
    /// The words, in the order in which they are shown.
    pub const WORDS: [&'static str; 3] = ["auto", "on", "off"];

    /// Reads one of [`Self::WORDS`], or `true` or `false`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "on" | "true" => Some(Self::On),
            "off" | "false" => Some(Self::Off),
            _ => None,
        }
    }
}

/// Where a latency was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LatencyOrigin {
    /// By `--latency`.
    CommandLine,
    /// In a configuration file.
    File {
        /// How the file is called in reports.
        path: String,
        /// The place of the value.
        span: Span,
    },
}

/// The measured latency of a request path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// The service, by its name in `services:`, or `None` for every service.
    pub service: Option<String>,
    /// The path, beginning with `/`.
    pub path: String,
    /// Milliseconds.
    pub value_ms: u64,
    /// Where it was given.
    pub origin: LatencyOrigin,
}

/// Which code serves which workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The name of the service.
    pub name: String,
    /// A module's name, or the beginning of a path.
    pub module: Option<String>,
    /// Names of workloads or containers, or the last path segments of images.
    pub workloads: Vec<String>,
    /// Whether this service's servers form a cluster; `None` leaves it to the run's setting.
    pub cluster: Option<ClusterMode>,
}

/// The decisions that shape one run's analysis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Whether the servers form a cluster.
    pub cluster: ClusterMode,
    /// Measured latencies: those of the command line first, and no second value for what a first
    /// one covers.
    pub latencies: Vec<Latency>,
    /// Declared services.
    pub services: Vec<Service>,
    /// Templates of keys that other programs own.
    pub external: Vec<KeyPattern>,
    /// Templates of collections whose size is known.
    pub bounded: Vec<KeyPattern>,
    /// Whether findings of low confidence and notes are wanted.
    pub pedantic: bool,
    /// Whether test code is judged.
    pub tests: bool,
    /// The server that the program talks to, such as `redis-7.0`.
    pub server: Option<String>,
}

impl Settings {
    /// Settings of a run: `cluster` and `latencies` of the command line go before those of the
    /// configurations; `cluster` and `server` come from `first`, the configuration of the first root,
    /// and what is declared (latencies, services, keys) from all of `configs`, in their order.
    pub fn new(
        cluster: Option<ClusterMode>,
        latencies: Vec<Latency>,
        first: Option<&Config>,
        configs: &[Config],
    ) -> Self {
        let mut settings = Self {
            cluster: cluster
                .or_else(|| first.and_then(|config| config.cluster))
                .unwrap_or_default(),
            server: first.and_then(|config| config.server.clone()),
            ..Self::default()
        };
        let declared = configs.iter().flat_map(|config| &config.latency).cloned();
        for latency in latencies.into_iter().chain(declared) {
            let known = settings.latencies.iter().any(|known| {
                known.path == latency.path
                    && (known.service == latency.service || overrides(known, &latency))
            });
            if !known {
                settings.latencies.push(latency);
            }
        }
        for config in configs {
            for service in &config.services {
                if !settings.services.iter().any(|s| s.name == service.name) {
                    settings.services.push(service.clone());
                }
            }
            settings.external.extend(config.external.iter().cloned());
            settings.bounded.extend(config.bounded.iter().cloned());
        }
        settings
    }
}

/// Whether a value of the command line for every service replaces a file's value for one.
fn overrides(known: &Latency, latency: &Latency) -> bool {
    known.service.is_none()
        && known.origin == LatencyOrigin::CommandLine
        && latency.origin != LatencyOrigin::CommandLine
}

/// Splits `[SERVICE:]PATH`. `None` when the path does not begin with `/` or the service is empty.
pub fn parse_latency_target(text: &str) -> Option<(Option<String>, String)> {
    let text = text.trim();
    if text.starts_with('/') {
        return Some((None, text.to_owned()));
    }
    let (service, path) = text.split_once(":/")?;
    (!service.is_empty()).then(|| (Some(service.to_owned()), format!("/{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(target: &str, value_ms: u64, origin: LatencyOrigin) -> Latency {
        let (service, path) = parse_latency_target(target).unwrap();
        Latency {
            service,
            path,
            value_ms,
            origin,
        }
    }

    fn in_file() -> LatencyOrigin {
        LatencyOrigin::File {
            path: "slotlint.yaml".to_owned(),
            span: Span::default(),
        }
    }

    #[test]
    fn latency_targets() {
        assert_eq!(
            parse_latency_target("/readyz"),
            Some((None, "/readyz".to_owned()))
        );
        assert_eq!(
            parse_latency_target("gateway:/readyz"),
            Some((Some("gateway".to_owned()), "/readyz".to_owned()))
        );
        assert_eq!(
            parse_latency_target("/a:/b"),
            Some((None, "/a:/b".to_owned()))
        );
        assert_eq!(parse_latency_target("readyz"), None);
        assert_eq!(parse_latency_target(":/readyz"), None);
    }

    #[test]
    fn the_command_line_goes_first() {
        let config = Config {
            cluster: Some(ClusterMode::On),
            latency: vec![
                latency("/readyz", 5, in_file()),
                latency("gateway:/readyz", 6, in_file()),
                latency("/livez", 7, in_file()),
            ],
            ..Config::default()
        };
        let given = latency("/readyz", 1, LatencyOrigin::CommandLine);
        let settings = Settings::new(
            None,
            vec![given],
            Some(&config),
            std::slice::from_ref(&config),
        );
        let values: Vec<u64> = settings.latencies.iter().map(|l| l.value_ms).collect();
        assert_eq!(values, [1, 7]);
        assert_eq!(settings.cluster, ClusterMode::On);
        let settings = Settings::new(Some(ClusterMode::Off), vec![], Some(&config), &[]);
        assert_eq!(settings.cluster, ClusterMode::Off);
    }
}
