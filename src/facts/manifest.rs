//! Facts of deployment YAML: workloads, containers and probes, with the place of every value.

use super::{Located, Span};
use serde::{Deserialize, Serialize};

/// One YAML document that slotlint understands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Document {
    /// `apiVersion`, if the document has one.
    pub api_version: Option<String>,
    /// `kind`, if the document has one.
    pub kind: Option<String>,
    /// What sort of document it is; decides which rules apply.
    pub shape: DocumentShape,
    /// Whether template directives were masked before parsing: values may be missing.
    pub templated: bool,
    /// Pods described by this document.
    pub workloads: Vec<Workload>,
    /// Keys that one mapping holds more than once.
    pub duplicates: Vec<DuplicateKey>,
}

/// What a YAML document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DocumentShape {
    /// Has `apiVersion` and `kind`.
    Kubernetes,
    /// A chart's `values.yaml`.
    HelmValues,
    /// Docker Compose.
    Compose,
    /// Anything else: read, never judged.
    #[default]
    Other,
}

/// A pod template and the object that owns it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Workload {
    /// `Deployment`, `StatefulSet`, `CronJob`, ...
    pub kind: String,
    /// `metadata.name`; empty when it is templated or missing.
    pub name: String,
    /// Labels of the object and of its pod template, pod template first.
    pub labels: Vec<(String, String)>,
    /// Place of `kind`.
    pub span: Span,
    /// Containers and init containers.
    pub containers: Vec<Container>,
}

/// One container of a pod.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Container {
    /// `name`; empty when templated or missing.
    pub name: String,
    /// `image`; empty when templated or missing.
    pub image: String,
    /// Place of the container's first key.
    pub span: Span,
    /// `env` entries with a literal value.
    pub env: Vec<EnvVar>,
    /// Probes in source order.
    pub probes: Vec<Probe>,
}

/// An environment variable with a literal value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvVar {
    /// The variable's name.
    pub name: String,
    /// Its value and the place of the value.
    pub value: Located<String>,
}

/// The three kinds of probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProbeKind {
    /// `livenessProbe`.
    Liveness,
    /// `readinessProbe`.
    Readiness,
    /// `startupProbe`.
    Startup,
}

impl ProbeKind {
    /// The key as it stands in a pod spec.
    pub fn key(self) -> &'static str {
        match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

/// What a probe does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeAction {
    /// `httpGet`; the path defaults to `/`.
    HttpGet {
        /// The path that is asked.
        path: Located<String>,
        /// The port, a number or a name.
        port: String,
    },
    /// `tcpSocket`.
    Tcp,
    /// `grpc`.
    Grpc,
    /// `exec`, with the words of its command.
    Exec(Vec<String>),
    /// No action could be read (missing or templated).
    Unknown,
}

/// One probe. A field that is absent from the file is `None`; Kubernetes then applies its default
/// (timeout 1 s, period 10 s, failure threshold 3, initial delay 0 s).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Which probe it is.
    pub kind: ProbeKind,
    /// Place of the key (`readinessProbe`).
    pub span: Span,
    /// What the probe does.
    pub action: ProbeAction,
    /// `timeoutSeconds`, in seconds; the place is that of the value.
    pub timeout_seconds: Option<Located<i64>>,
    /// `periodSeconds`, in seconds.
    pub period_seconds: Option<Located<i64>>,
    /// `failureThreshold`.
    pub failure_threshold: Option<Located<i64>>,
    /// `initialDelaySeconds`, in seconds.
    pub initial_delay_seconds: Option<Located<i64>>,
    /// Whether a value of this probe is a template, so that an absent field proves nothing.
    pub templated: bool,
}

/// A key that stands twice in one mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateKey {
    /// The key.
    pub key: String,
    /// Dotted path of the mapping that holds it, such as `spec.template.spec.containers[0].startupProbe`.
    pub parent: String,
    /// Place of the first key.
    pub first: Span,
    /// Place of the repeated key.
    pub second: Span,
}
