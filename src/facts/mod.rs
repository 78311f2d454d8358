//! Language-neutral facts: what one file says, as plain data.
//!
//! Code becomes a small neutral form (functions, statements, expressions) in which names are already
//! resolved as far as one file allows: locals are numbers, everything else is a [`Path`] into a
//! module. Types, calls, strings and keys across files are the linker's business
//! ([`crate::program`]). Nothing here does I/O or can fail.

mod code;
mod manifest;

pub use code::*;
pub use manifest::*;

use serde::{Deserialize, Serialize};

/// A region of a file: 1-based lines, 1-based columns counted in UTF-8 bytes, end exclusive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// Column of the first byte.
    pub column: u32,
    /// Line of the byte after the region.
    pub end_line: u32,
    /// Column of the byte after the region.
    pub end_column: u32,
}

/// A value together with the place where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// The languages that slotlint reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Go sources and `go.mod`.
    Go,
    /// Rust sources.
    Rust,
    /// Lua scripts.
    Lua,
    /// Deployment YAML.
    Yaml,
}

impl Lang {
    /// Whether a type meets every interface that has its methods, so that code which knows nothing of the type
    /// can call any of them. Elsewhere it is said of each method which interface it is there for.
    #[must_use]
    pub fn meets_any_interface(self) -> bool {
        matches!(self, Self::Go)
    }
}

/// Text that the parser could not read. Code around it is still analysed when `partial` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseError {
    /// Where the trouble begins.
    pub span: Span,
    /// What is wrong, in a few words.
    pub reason: String,
    /// Whether the rest of the file was analysed all the same.
    pub partial: bool,
}

/// A `slotlint:ignore rule[,rule] -- reason` comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The comment's own place.
    pub span: Span,
    /// The rules named, as written.
    pub rules: Vec<String>,
    /// The text after ` -- `, if there is any.
    pub reason: Option<String>,
    /// Whether code precedes the comment on its line: then it covers that line, else the next.
    pub trailing: bool,
}

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// The path as reached from the current directory, with `/` separators.
    pub path: String,
    /// The root that the file was found under, as an index into the roots of the run.
    pub root: u32,
    /// Facts of a source file.
    pub code: Option<CodeFile>,
    /// Facts of a module manifest such as `go.mod`.
    pub module: Option<ModuleFile>,
    /// Facts of deployment YAML, one entry a document.
    pub documents: Vec<Document>,
    /// What could not be parsed.
    pub errors: Vec<ParseError>,
    /// Suppression comments.
    pub suppressions: Vec<Suppression>,
    /// Whether the bytes of the file say that it may matter (a client import, a probe, a Redis word).
    pub relevant: bool,
    /// Why the file as a whole was left out, if it was.
    pub skipped: Option<String>,
    /// Whether it is part of no program: nothing compiles it.
    pub unlinked: bool,
}
