//! Go: sources and `go.mod`.

mod lower;
pub mod manifest;
mod parse;
pub mod syntax;

pub use lower::Surroundings;
pub use parse::{Header, header};

use crate::facts::{FileFacts, ParseError, Span, Suppression};
use crate::lang::suppression;
use memchr::memmem;

/// Byte strings that a file which uses a client directly must hold: parts of their import paths.
const NEEDLES: &[&str] = &[
    "go-redis/",
    "redis/go-redis",
    "/redigo/redis",
    "/rueidis",
    "valkey-io/valkey-go",
    "gopkg.in/redis.",
];

/// Whether the bytes of a file say that it may use a Redis client.
#[must_use]
pub fn mentions_client(text: &str) -> bool {
    NEEDLES
        .iter()
        .any(|needle| memmem::find(text.as_bytes(), needle.as_bytes()).is_some())
}

/// Whether a constraint keeps a file out of every build: programs that generate code.
#[must_use]
pub fn is_never_built(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with("//"))
        .any(|line| matches!(line, "//go:build ignore" | "// +build ignore"))
}

/// Patterns of files that a file embeds.
#[must_use]
pub fn embedded(text: &str) -> Vec<String> {
    if memmem::find(text.as_bytes(), b"//go:embed ").is_none() {
        return Vec::new();
    }
    tree(text)
        .decls
        .iter()
        .filter_map(|decl| match decl {
            syntax::Decl::Value(spec) => Some(&spec.embed),
            _ => None,
        })
        .flatten()
        .cloned()
        .collect()
}

/// Punctuation marks in the largest file that is parsed: each costs the parser several hundred bytes
/// of memory.
const MAX_MARKS: usize = 1_000_000;

/// Parses a file, unless it would take more memory than a machine can be asked for.
fn tree(text: &str) -> syntax::File {
    let marks = text
        .bytes()
        .filter(|b| {
            matches!(
                b,
                b',' | b'(' | b'{' | b'[' | b';' | b'=' | b'+' | b'.' | b':'
            )
        })
        .count();
    if marks <= MAX_MARKS {
        return parse::parse(text);
    }
    let span = Span {
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
    };
    syntax::File {
        errors: vec![ParseError {
            span,
            reason: format!("more than {MAX_MARKS} punctuation marks, too much to parse"),
            partial: false,
        }],
        ..syntax::File::default()
    }
}

/// What a file that cannot matter otherwise has in syntax errors.
#[must_use]
pub fn syntax_errors(text: &str) -> Vec<ParseError> {
    tree(text).errors
}

/// Names that a file declares for its package.
#[must_use]
pub fn declared(text: &str) -> Vec<String> {
    lower::declared(&tree(text)).map(str::to_owned).collect()
}

/// Reads a Go file.
#[must_use]
pub fn parse(path: &str, text: &str, around: &Surroundings<'_>) -> FileFacts {
    let file = tree(text);
    let mut code = lower::lower(&file, around);
    code.test = path.ends_with("_test.go");
    code.generated = file.comments.iter().any(|c| {
        c.text.starts_with("// Code generated ") && c.text.trim_end().ends_with(" DO NOT EDIT.")
    });
    code.test |= super::stands_in(path, &["tests"]);
    let suppressions: Vec<Suppression> = file
        .comments
        .iter()
        .filter_map(|c| suppression::parse(undecorated(&c.text), c.span, c.trailing))
        .collect();
    FileFacts {
        code: Some(code),
        errors: file.errors,
        suppressions,
        ..FileFacts::default()
    }
}

/// A comment's text without its delimiters.
fn undecorated(comment: &str) -> &str {
    if let Some(line) = comment.strip_prefix("//") {
        return line;
    }
    comment
        .strip_prefix("/*")
        .map_or(comment, |block| block.strip_suffix("*/").unwrap_or(block))
}
