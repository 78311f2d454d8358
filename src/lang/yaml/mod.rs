//! Deployment YAML: text to [`Document`]s with the place of every value.
//!
//! Template directives are masked first ([`mask`]), the parser's events become a located tree
//! ([`tree`]), and the tree is read as Kubernetes objects ([`manifest`]).

mod manifest;
mod mask;
mod tree;

use super::suppression;
use crate::facts::{Document, ParseError, Span, Suppression};
use manifest::Source;
use mask::{Directive, Kind, Masked};
use memchr::{memchr_iter, memchr2_iter, memmem};
use tree::Tree;

/// What one YAML file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct YamlFacts {
    /// The documents that hold anything, in source order.
    pub documents: Vec<Document>,
    /// What could not be read, in source order.
    pub errors: Vec<ParseError>,
    /// Suppression comments, in source order.
    pub suppressions: Vec<Suppression>,
    /// Whether the text names a probe, Redis or Valkey.
    pub relevant: bool,
    /// Why the whole file was left out, if it was.
    pub skipped: Option<String>,
}

/// Reads a YAML file; `path` only serves to tell values files and Compose files by their names.
///
/// Takes any text: what cannot be read is listed in [`YamlFacts::errors`], and time and memory are
/// proportional to the length of the text.
pub fn parse(path: &str, text: &str) -> YamlFacts {
    let mut facts = YamlFacts {
        relevant: is_relevant(text.as_bytes()),
        ..YamlFacts::default()
    };
    if u32::try_from(text.len()).is_err() {
        facts.skipped = Some("larger than 4 GiB".to_owned());
        return facts;
    }
    let masked = mask::mask(text);
    let (readable, directives) = match &masked {
        Some(Masked { text, directives }) => (text.as_str(), directives.as_slice()),
        None => (text, [].as_slice()),
    };
    let suppressible = memmem::find(text.as_bytes(), suppression::MARKER.as_bytes()).is_some();
    let tree = Tree::read(readable, suppressible);
    let lines = LineIndex::new(text);

    if !directives.is_empty() && !tree.roots.iter().any(|root| is_read(&tree, root)) {
        let syntax = tree.failures.iter().find(|failure| failure.fatal);
        if let Some(failure) = syntax {
            let line = lines.line(failure.offset);
            let reason = &failure.reason;
            facts.skipped = Some(format!(
                "template that cannot be read without rendering it: line {line}: {reason}"
            ));
            return facts;
        }
    }

    let partial = tree.has_content();
    for failure in &tree.failures {
        // A templated alias has a templated anchor.
        if !failure.fatal && touches(directives, failure.offset, failure.offset + 2) {
            continue;
        }
        let span = lines.span(failure.offset, failure.offset);
        facts.errors.push(ParseError {
            span,
            reason: failure.reason.clone(),
            partial,
        });
    }
    if suppressible {
        facts.suppressions = suppressions(text, &tree, directives, &lines);
    }
    let source = Source {
        path,
        text,
        tree: &tree,
        lines: &lines,
        directives,
    };
    let (documents, errors) = manifest::documents(&source);
    facts.documents = documents;
    facts.errors.extend(errors);
    facts.errors.sort_by_key(|error| error.span);
    facts
}

fn is_read(tree: &Tree<'_>, root: &tree::Root) -> bool {
    root.complete && root.node.is_some_and(|id| !tree.node(id).is_null())
}

/// Whether a directive shares a byte with `start..end`.
fn touches(directives: &[Directive], start: u32, end: u32) -> bool {
    mask::overlapping(directives, start as usize, end as usize)
        .next()
        .is_some()
}

fn suppressions(
    text: &str,
    tree: &Tree<'_>,
    directives: &[Directive],
    lines: &LineIndex,
) -> Vec<Suppression> {
    let mut found = Vec::new();
    let mut add = |start: u32, end: u32, content: &str| {
        let line = lines.line_start(start) as usize;
        let trailing = !text[line..start as usize]
            .trim_matches(['\u{feff}', ' ', '\t'])
            .is_empty();
        found.extend(suppression::parse(
            content,
            lines.span(start, end),
            trailing,
        ));
    };
    for &(start, end) in &tree.comments {
        // The parser saw the masked comment.
        if let Some(content) = text.get(start as usize + 1..end as usize) {
            add(start, end, content);
        }
    }
    for directive in directives.iter().filter(|d| d.kind == Kind::Silent) {
        let content = text
            .get(directive.start..directive.end)
            .and_then(template_comment);
        if let (Some(content), Ok(start), Ok(end)) = (
            content,
            u32::try_from(directive.start),
            u32::try_from(directive.end),
        ) {
            add(start, end, content);
        }
    }
    found.sort_by_key(|s| s.span);
    found
}

/// The text of `{{/* text */}}`.
fn template_comment(directive: &str) -> Option<&str> {
    let inner = directive.strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix('-').unwrap_or(inner);
    let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
    inner.strip_prefix("/*")?.strip_suffix("*/")
}

/// Whether the file may matter: it names a probe, Redis or Valkey.
fn is_relevant(text: &[u8]) -> bool {
    let has = |word: &str| memmem::find(text, word.as_bytes()).is_some();
    [
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "redis",
        "valkey",
    ]
    .into_iter()
    .any(has)
        // A pod whose probes may be what cannot be read.
        || has("apiVersion") && has("containers")
        || contains_ignoring_case(text, b"redis", 2)
        || contains_ignoring_case(text, b"valkey", 0)
}

/// Whether `text` holds `word` (lower case) in any case; the letter at `rare` is looked for.
fn contains_ignoring_case(text: &[u8], word: &[u8], rare: usize) -> bool {
    let letter = word[rare];
    memchr2_iter(letter, letter.to_ascii_uppercase(), text).any(|at| {
        at.checked_sub(rare)
            .and_then(|start| text.get(start..start + word.len()))
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
    })
}

/// Turns byte offsets into lines and columns.
#[derive(Debug)]
struct LineIndex {
    /// Offset of each line's first byte.
    starts: Vec<u32>,
}

impl LineIndex {
    fn new(text: &str) -> Self {
        let after = memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let starts = std::iter::once(0).chain(after);
        Self {
            starts: starts
                .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
                .collect(),
        }
    }

    /// The 1-based line of an offset.
    fn line(&self, offset: u32) -> u32 {
        let line = self.starts.partition_point(|&start| start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The offset where the line of an offset begins.
    fn line_start(&self, offset: u32) -> u32 {
        let line = self.starts.partition_point(|&start| start <= offset);
        self.starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }

    /// The place of a range of bytes.
    fn span(&self, start: u32, end: u32) -> Span {
        Span {
            line: self.line(start),
            column: start - self.line_start(start) + 1,
            end_line: self.line(end),
            end_column: end - self.line_start(end) + 1,
        }
    }
}

#[cfg(test)]
mod tests;
