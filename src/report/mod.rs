//! Findings to text and JSON. Nothing here prints: documents go to a writer or a string.

pub mod json;
pub mod text;
mod visible;

pub use visible::{visible, visible_json};

use crate::rules::filter::Outcome;
use crate::source::Skipped;

/// Files that were read, by language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Go sources.
    pub go: usize,
    /// Rust sources.
    pub rust: usize,
    /// Lua scripts.
    pub lua: usize,
    /// Deployment YAML.
    pub yaml: usize,
}

/// A file that could not be parsed, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unparsed {
    /// The file.
    pub path: String,
    /// 1-based line where the trouble begins.
    pub line: u32,
    /// What is wrong, in a few words.
    pub reason: String,
    /// Whether the rest of the file was analysed all the same.
    pub partial: bool,
}

/// How much of a program's use of Redis is understood.
pub use crate::program::Coverage;

/// All that a document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub outcome: Outcome,
    /// How many commands and keys the findings stand on.
    pub coverage: Coverage,
    /// What was read.
    pub files: FileCounts,
    /// What was left out, sorted by path.
    pub skipped: Vec<Skipped>,
    /// What could not be parsed, sorted by path; one entry a file.
    pub unparsed: Vec<Unparsed>,
}

impl Report {
    /// The run in one line: `3 errors, 1 warning (2 suppressed) in 12 Go files, 3 YAML files; 1
    /// skipped, 1 could not be parsed`.
    pub fn summary(&self) -> String {
        let counts = self.outcome.counts;
        let mut found: Vec<String> = [
            (counts.error, "error"),
            (counts.warning, "warning"),
            (counts.note, "note"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
        if found.is_empty() {
            found.push("no findings".to_owned());
        }
        let mut read: Vec<String> = [
            (self.files.go, "Go file"),
            (self.files.rust, "Rust file"),
            (self.files.lua, "Lua file"),
            (self.files.yaml, "YAML file"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
        if read.is_empty() {
            read.push("0 files".to_owned());
        }
        let mut line = found.join(", ");
        if self.outcome.suppressed > 0 {
            line.push_str(&format!(" ({} suppressed)", self.outcome.suppressed));
        }
        line.push_str(&format!(" in {}", read.join(", ")));
        let mut rest = Vec::new();
        if !self.skipped.is_empty() {
            rest.push(format!("{} skipped", self.skipped.len()));
        }
        if !self.unparsed.is_empty() {
            rest.push(format!("{} could not be parsed", self.unparsed.len()));
        }
        if !rest.is_empty() {
            line.push_str(&format!("; {}", rest.join(", ")));
        }
        line
    }
}

fn plural(count: usize, word: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {word}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::filter::Counts;

    #[test]
    fn the_summary_says_what_there_is() {
        let mut report = Report::default();
        assert_eq!(report.summary(), "no findings in 0 files");
        report.files.go = 12;
        report.files.yaml = 1;
        report.outcome.suppressed = 2;
        report.outcome.counts = Counts {
            error: 3,
            warning: 1,
            note: 0,
        };
        report.skipped.push(Skipped {
            path: "a".to_owned(),
            reason: "b".to_owned(),
        });
        report.unparsed.push(Unparsed {
            path: "a".to_owned(),
            line: 1,
            reason: "b".to_owned(),
            partial: true,
        });
        assert_eq!(
            report.summary(),
            "3 errors, 1 warning (2 suppressed) in 12 Go files, 1 YAML file; 1 skipped, 1 could not be parsed"
        );
    }
}
