//! What the user decided: `slotlint.yaml` and the options of a run.
//!
//! [`load`] reads one file and is strict: a key, rule or severity that it does not know is an error
//! that names the place and the nearest known name. [`Settings`] is what rules see.

mod duration;
mod error;
mod glob;
mod key;
mod load;
mod nearest;
mod settings;

pub use duration::{format_ms, parse_duration_ms};
pub use error::ConfigError;
pub use glob::PathGlob;
pub use key::KeyPattern;
pub use load::{discover, load, parse};
pub use nearest::nearest;
pub use settings::{ClusterMode, Latency, LatencyOrigin, Service, Settings, parse_latency_target};

use crate::facts::Span;
use crate::rules::finding::Severity;
use std::path::{Path, PathBuf};

/// What `--fail-on` and `fail-on:` accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// Errors only.
    Error,
    /// Warnings and errors.
    #[default]
    Warning,
    /// Everything that is reported.
    Note,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The words, in the order in which they are shown.
    pub const WORDS: [&'static str; 4] = ["error", "warning", "note", "never"];

    /// Reads one of [`Self::WORDS`].
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "error" => Some(Self::Error),
            "warning" => Some(Self::Warning),
            "note" => Some(Self::Note),
            "never" => Some(Self::Never),
            _ => None,
        }
    }

    /// Whether a finding of this severity fails the run.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

/// The severity that a configuration gives to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The rule reports nothing.
    Off,
    /// The rule reports at this severity.
    At(Severity),
}

impl Level {
    /// The words, in the order in which they are shown.
    pub const WORDS: [&'static str; 4] = ["error", "warning", "note", "off"];

    /// Reads one of [`Self::WORDS`].
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "error" => Some(Self::At(Severity::Error)),
            "warning" => Some(Self::At(Severity::Warning)),
            "note" => Some(Self::At(Severity::Note)),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// What a configuration says of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleLevels {
    /// The rule's id.
    pub rule: String,
    /// The severity wherever no path says otherwise; `None` leaves the rule's own.
    pub severity: Option<Level>,
    /// Severities by path, in file order: the first that matches counts.
    pub paths: Vec<(PathGlob, Level)>,
}

/// Findings that a configuration tells to leave out. What is set must all match.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignore {
    /// The rule's id.
    pub rule: Option<String>,
    /// Where.
    pub path: Option<PathGlob>,
    /// The key templates concerned.
    pub key: Option<KeyPattern>,
    /// Why.
    pub reason: String,
    /// Where the entry stands in its file.
    pub span: Span,
}

/// One configuration file, or the defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// How the file is called in reports; empty for the defaults.
    pub path: String,
    /// The folder of the file, absolute: path patterns are relative to it.
    pub folder: PathBuf,
    /// `cluster:`.
    pub cluster: Option<ClusterMode>,
    /// `fail-on:`.
    pub fail_on: Option<FailOn>,
    /// `rules:`, in file order.
    pub rules: Vec<RuleLevels>,
    /// `ignore:`, in file order.
    pub ignore: Vec<Ignore>,
    /// `external:`.
    pub external: Vec<KeyPattern>,
    /// `bounded:`.
    pub bounded: Vec<KeyPattern>,
    /// `latency:`.
    pub latency: Vec<Latency>,
    /// `services:`.
    pub services: Vec<Service>,
    /// `server:`.
    pub server: Option<String>,
}

impl Config {
    /// The path of a file as this configuration's patterns see it: relative to the configuration's
    /// folder, or as displayed when it stands elsewhere. `path` is absolute or relative to `current`.
    pub fn relative(&self, path: &str, current: &Path) -> String {
        let absolute = clean(&current.join(path));
        let below = absolute.strip_prefix(&self.folder).ok();
        match below {
            Some(below) if !self.folder.as_os_str().is_empty() => {
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                parts.join("/")
            }
            _ => path.to_owned(),
        }
    }

    /// The severity that this configuration gives to `rule` at a path (see [`Self::relative`]).
    pub fn level(&self, rule: &str, relative: &str) -> Option<Level> {
        let levels = self.rules.iter().find(|levels| levels.rule == rule)?;
        levels
            .paths
            .iter()
            .find(|(glob, _)| glob.matches(relative))
            .map(|(_, level)| *level)
            .or(levels.severity)
    }
}

/// Removes `.` and resolves `..` by name, without asking the file system.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
