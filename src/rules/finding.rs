//! What a rule reports.

use crate::facts::Span;
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to hurt.
    Warning,
    /// An outage in waiting.
    Error,
}

impl Severity {
    /// The lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure the analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Something stays open.
    Low,
    /// Proven up to a stated assumption.
    Medium,
    /// Proven.
    High,
}

/// A further place that matters, with what it has to do with the finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Label {
    /// The file.
    pub path: String,
    /// The place.
    #[serde(flatten)]
    pub span: Span,
    /// Why it matters.
    pub message: String,
}

/// What a link of a chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// A function on the way to a command.
    Call,
    /// A probe of a manifest.
    Probe,
    /// A request handler.
    Handler,
    /// What the client library applies.
    Client,
    /// A measured latency.
    Latency,
}

/// A link of the chain that leads to a finding, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// How people call it: a function, a path, a setting.
    pub label: String,
    /// The file; empty for a value given on the command line.
    pub path: String,
    /// 1-based line; 0 for a value given on the command line.
    pub line: u32,
    /// The duration that the link stands for, in milliseconds.
    pub value_ms: Option<u64>,
}

/// One thing that a rule reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The file.
    pub path: String,
    /// The place.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// What the primary place has to do with it, in a few words; may be empty.
    pub primary: String,
    /// Why it hurts; may be empty.
    pub note: String,
    /// What to do, as an imperative.
    pub help: String,
    /// Other places.
    pub labels: Vec<Label>,
    /// The way that leads here.
    pub chain: Vec<Link>,
    /// Normalised text of the call or value, for the fingerprint.
    pub text: String,
    /// Key templates concerned, for ignores by key.
    pub keys: Vec<String>,
    /// Whether it is about a function that nothing in the program uses.
    pub idle: bool,
}
