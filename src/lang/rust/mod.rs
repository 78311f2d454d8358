//! Rust: sources, `Cargo.toml` and `Cargo.lock`.

mod crates;
mod format;
mod items;
mod lower;
pub mod manifest;
mod plan;
mod resolve;
mod shapes;
mod tokens;

pub use lower::Scope;
pub use plan::{Glance, read};

use crate::facts::{FileFacts, ParseError, Span, Suppression};
use crate::lang::suppression;
use crate::source::LineIndex;
use memchr::memmem;
use proc_macro2::TokenStream;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Byte strings that a file which uses a client directly must hold: names of crates.
const NEEDLES: &[&str] = &["redis", "fred::", "rustis", "valkey"];

/// Whether the bytes of a file say that it may use a Redis client.
#[must_use]
pub fn mentions_client(text: &str) -> bool {
    NEEDLES
        .iter()
        .any(|needle| memmem::find(text.as_bytes(), needle.as_bytes()).is_some())
}

/// A file that has been read: its facts, in which names are as the file writes them, and what is needed
/// to say what they stand for once all files are known.
#[derive(Debug, Default)]
pub struct Source {
    /// The facts.
    pub facts: FileFacts,
    /// Names that the file declares and uses.
    pub scope: Scope,
}

/// Places in a text.
pub(super) struct Places<'t> {
    text: &'t str,
    lines: LineIndex,
}

impl Places<'_> {
    /// The place of a token.
    fn of(&self, span: proc_macro2::Span) -> Span {
        self.range(span.byte_range())
    }

    fn range(&self, range: Range<usize>) -> Span {
        self.lines.span(range)
    }

    /// Source text.
    fn text(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or("")
    }
}

/// Macros of the files of a run.
#[derive(Debug, Default)]
pub struct Macros {
    /// What their definitions write, by name.
    pub rules: BTreeMap<String, String>,
    /// Names of the crates that the run reads: a macro of another crate is not one of these.
    pub crates: BTreeSet<String>,
}

/// Macros that a file defines for others.
#[must_use]
pub fn macros_of(text: &str) -> Vec<(String, String)> {
    if memmem::find(text.as_bytes(), b"macro_rules!").is_none() {
        return Vec::new();
    }
    let text = without_shebang(text);
    let places = Places {
        text: &text,
        lines: LineIndex::new(&text),
    };
    let found = match tokens::tokens(&text, &places) {
        Ok((tokens, _)) => lower::definitions(tokens, &places),
        Err(_) => Vec::new(),
    };
    proc_macro2::extra::invalidate_current_thread_spans();
    found
}

/// Reads a Rust file. `macros` are those of other files.
#[must_use]
pub fn parse(text: &str, macros: &Macros) -> Source {
    // What the parser knows of places is kept for each thread until it is told that nobody asks any more.
    let source = parse_here(text, macros);
    proc_macro2::extra::invalidate_current_thread_spans();
    source
}

fn parse_here(text: &str, macros: &Macros) -> Source {
    let text = without_shebang(text);
    let places = Places {
        text: &text,
        lines: LineIndex::new(&text),
    };
    let tokens = tokens::tokens(&text, &places);
    let read = tokens.as_ref().ok().map(|(tokens, _)| tokens);
    let suppressions = suppressions(&text, &places, read);
    let parsed = match tokens {
        Ok(tokens) => items_of(tokens, &places),
        Err(error) => {
            return Source {
                facts: FileFacts {
                    errors: vec![error],
                    suppressions,
                    ..FileFacts::default()
                },
                scope: Scope::default(),
            };
        }
    };
    let (mut code, scope) = lower::lower(&parsed, &places, macros);
    code.generated = is_generated(&text);
    Source {
        facts: FileFacts {
            code: Some(code),
            errors: parsed.errors,
            suppressions,
            ..FileFacts::default()
        },
        scope,
    }
}

/// The items of tokens. What was left out of the tokens is among their errors.
fn items_of(
    (tokens, mut errors): (TokenStream, Vec<ParseError>),
    places: &Places<'_>,
) -> items::Parsed {
    let mut parsed = items::parse(tokens, places);
    errors.append(&mut parsed.errors);
    items::Parsed { errors, ..parsed }
}

/// What a file that cannot matter otherwise has in syntax errors.
#[must_use]
pub fn syntax_errors(text: &str) -> Vec<ParseError> {
    let text = without_shebang(text);
    let places = Places {
        text: &text,
        lines: LineIndex::new(&text),
    };
    let errors = match tokens::tokens(&text, &places) {
        Ok(tokens) => items_of(tokens, &places).errors,
        Err(error) => vec![error],
    };
    proc_macro2::extra::invalidate_current_thread_spans();
    errors
}

/// The text with a first line for the system's loader blanked out.
fn without_shebang(text: &str) -> std::borrow::Cow<'_, str> {
    let is_attribute = |rest: &str| rest.trim_start().starts_with('[');
    match text.strip_prefix("#!") {
        Some(rest) if !is_attribute(rest) => {
            let end = text.find('\n').unwrap_or(text.len());
            format!("{}{}", " ".repeat(end), &text[end..]).into()
        }
        _ => text.into(),
    }
}

/// Whether a file says at its top that a generator wrote it.
fn is_generated(text: &str) -> bool {
    text.lines().take(10).any(|line| {
        line.starts_with("//")
            && (line.contains("@generated") || line.contains("Automatically generated"))
    })
}

/// Suppression comments. They are found by their marker; what precedes it on its line tells whether it is
/// a comment, unless that stands within a token: a text, or documentation.
fn suppressions(text: &str, places: &Places<'_>, tokens: Option<&TokenStream>) -> Vec<Suppression> {
    let marker = suppression::MARKER;
    memmem::find_iter(text.as_bytes(), marker.as_bytes())
        .filter_map(|at| {
            let begin = text[..at].rfind('\n').map_or(0, |n| n + 1);
            let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
            let before = text[begin..at].trim_end();
            let block = before.ends_with("/*");
            if !block && !before.ends_with("//") {
                return None;
            }
            let start = begin + before.len() - 2;
            if tokens.is_some_and(|tokens| tokens::covers(tokens, start)) {
                return None;
            }
            let end = match text[at..end].find("*/") {
                Some(close) if block => at + close,
                _ => end,
            };
            let trailing = !text[begin..start].trim().is_empty();
            let span = places.range(start..end + if block { 2 } else { 0 });
            suppression::parse(text[at..end].trim_end(), span, trailing)
        })
        .collect()
}
