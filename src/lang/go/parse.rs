//! Go sources to the syntax of [`super::syntax`]. Only this room knows the parser.
//!
//! Tree-sitter never gives up, but it recovers from an error wherever that is cheapest, which may be
//! in the middle of the next function, and its grammar lags behind the language. A file without
//! errors is therefore lowered as it stands. For any other, syntax that the grammar does not know yet
//! is blanked out (`scan::generic_methods`, `newer_calls`), and what is still broken is parsed
//! once more piece by piece, so that a broken function cannot swallow its neighbours.

mod literal;
mod lower;
mod scan;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Point, Range, Tree};

use super::syntax;
use crate::facts::{ParseError, Span};

pub use scan::{Header, header};

/// Syntax errors that are listed for one file; the rest are consequences more often than causes.
const MAX_ERRORS: usize = 20;

/// Longest text that is parsed: tree and syntax take 80 bytes of memory a byte of text as a rule, and
/// 300 at worst.
const MAX_BYTES: usize = 16 << 20;

/// Most pieces that a broken file is cut into.
const MAX_PIECES: usize = 20_000;

/// Longest `new(..)` that is looked at on its own, and how much text may be spent on all of them.
const MAX_NEW: usize = 4 << 10;
const MAX_NEWS: usize = 256 << 10;

/// Most reports of progress, each of a hundred steps, that parsing may take: per byte, and in all.
/// Source code takes one to three steps a byte, and hostile text seldom more than nine; but there is
/// text on which error recovery takes forever. Steps are counted and not time, because the same text
/// must give the same result every time.
const BYTES_PER_REPORT: usize = 10;
const MIN_REPORTS: usize = 1_000;
const MAX_REPORTS: usize = 500_000;

/// Reads a file. Never fails and never panics; see [`syntax::File::errors`] for what was not read.
pub fn parse(text: &str) -> syntax::File {
    let survey = scan::survey(text);
    let Header { package, imports } = header(text);
    let mut lowering = lower::Lowering::new(text, survey.embeds);
    let mut errors = Vec::new();
    let trees = trees(text);
    let partial = trees.iter().any(Result::is_ok);
    for tree in &trees {
        let mut list = |error| {
            if errors.len() < MAX_ERRORS {
                errors.push(error);
            }
        };
        match tree {
            Ok(tree) => {
                lowering.tree(tree.root_node());
                troubles(tree, &mut |node| list(trouble(node)));
                outside(tree).into_iter().for_each(list);
            }
            Err(start) => list(ParseError {
                span: place(*start, *start),
                reason: "too large or too tangled to parse".into(),
                partial,
            }),
        }
    }
    let (decls, limit) = lowering.finish();
    // The limit says more than the errors around it, so it must not fall victim to their number.
    errors.truncate(MAX_ERRORS - usize::from(limit.is_some()));
    errors.extend(limit);
    errors.sort_by_key(|error| error.span);
    syntax::File {
        package,
        imports,
        decls,
        comments: survey.comments,
        errors,
    }
}

/// The trees that together cover the text: one, or several for a broken file. Where there is none,
/// the place where it would begin.
fn trees(text: &str) -> Vec<Result<Tree, Point>> {
    let mut parser = Parser::new();
    let language = parser.set_language(&tree_sitter_go::LANGUAGE.into());
    if text.len() > MAX_BYTES || language.is_err() {
        return vec![Err(Point::default())];
    }
    let mut tree = run(&mut parser, text.as_bytes(), None);
    if let Some(whole) = tree.take_if(|tree| !tree.root_node().has_error()) {
        return vec![Ok(whole)];
    }

    let mut bytes = text.as_bytes().to_vec();
    let mut blanked = false;
    for (start, end) in scan::generic_methods(text) {
        for byte in bytes[start..end]
            .iter_mut()
            .filter(|byte| !byte.is_ascii_whitespace())
        {
            *byte = b' ';
        }
        blanked = true;
    }
    blanked |= newer_calls(&mut parser, text, &mut bytes);
    if blanked {
        tree = run(&mut parser, &bytes, None);
    }
    match pieces(&mut parser, text, &bytes, tree.as_ref()) {
        Some(pieces) => pieces,
        None => vec![tree.ok_or(Point::default())],
    }
}

/// Go 1.26 takes an expression in `new(..)`, the grammar only a type. Such a call reads as any other
/// once `new` is another name, which hurts nobody: names are taken from the original text.
fn newer_calls(parser: &mut Parser, text: &str, bytes: &mut [u8]) -> bool {
    let mut budget = MAX_NEWS;
    let mut changed = false;
    for (start, end) in scan::new_calls(text) {
        let length = end - start;
        if length > MAX_NEW || length > budget {
            continue;
        }
        budget -= length;
        let mut alone = bytes[start..end].to_vec();
        // A statement must end.
        alone.push(b'\n');
        if !is_broken(parser, &alone) {
            continue;
        }
        alone[2] = b'W';
        if !is_broken(parser, &alone) {
            bytes[start..end].copy_from_slice(&alone[..length]);
            changed = true;
        }
    }
    changed
}

/// Whether a text has errors when it stands alone.
fn is_broken(parser: &mut Parser, bytes: &[u8]) -> bool {
    run(parser, bytes, None).is_none_or(|tree| tree.root_node().has_error())
}

/// The trees of a file cut before each declaration that begins a line, if they have no more errors
/// than the tree of the whole: formatted code never has a declaration's keyword there otherwise.
fn pieces(
    parser: &mut Parser,
    text: &str,
    bytes: &[u8],
    whole: Option<&Tree>,
) -> Option<Vec<Result<Tree, Point>>> {
    let starts = scan::declarations(text);
    let healthy = whole.is_some_and(|tree| !tree.root_node().has_error());
    if healthy || !(2..=MAX_PIECES).contains(&starts.len()) {
        return None;
    }
    let mut allowed = whole.map(count);
    let mut start = (0, Point::default());
    let rows = memchr::memchr_iter(b'\n', bytes).count();
    let line = memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1);
    let end = (
        bytes.len(),
        Point {
            row: rows,
            column: bytes.len() - line,
        },
    );
    let starts = starts.into_iter().filter(|(offset, _)| *offset > 0);
    let starts = starts.map(|(offset, row)| (offset, Point { row, column: 0 }));
    let mut pieces = Vec::new();
    for end in starts.chain([end]) {
        let range = Range {
            start_byte: start.0,
            start_point: start.1,
            end_byte: end.0,
            end_point: end.1,
        };
        let piece = run(parser, bytes, Some(range)).ok_or(start.1);
        if let Some(allowed) = &mut allowed {
            *allowed = allowed.checked_sub(piece.as_ref().map(count).ok()?)?;
        }
        pieces.push(piece);
        start = end;
    }
    Some(pieces)
}

/// Parses a text, or a range of it. Absent when that takes more steps than it should.
fn run(parser: &mut Parser, bytes: &[u8], range: Option<Range>) -> Option<Tree> {
    parser.set_included_ranges(range.as_slice()).ok()?;
    let length = range.map_or(bytes.len(), |range| range.end_byte - range.start_byte);
    let mut reports = (length / BYTES_PER_REPORT + MIN_REPORTS).min(MAX_REPORTS);
    let mut progress = |_: &ParseState| {
        reports = reports.saturating_sub(1);
        if reports == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |offset, _| bytes.get(offset..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    if tree.is_none() {
        // Otherwise the next text would be taken for the rest of this one.
        parser.reset();
    }
    tree
}

/// Visits the outermost error and missing nodes in source order. Iterative, for trees can be deep.
fn troubles(tree: &Tree, visit: &mut dyn FnMut(Node<'_>)) {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let found = node.is_error() || node.is_missing();
        if found {
            visit(node);
        }
        if !found && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The number of errors in a tree.
fn count(tree: &Tree) -> usize {
    let mut count = 0;
    troubles(tree, &mut |_| count += 1);
    count
}

/// Says what is wrong at an error or missing node.
fn trouble(node: Node<'_>) -> ParseError {
    let reason = match node.kind() {
        _ if !node.is_missing() => "syntax error".into(),
        "source_file_token1" | "\n" => "missing end of line".into(),
        kind if node.is_named() => format!("missing {}", kind.replace('_', " ")),
        kind => format!("missing `{kind}`"),
    };
    ParseError {
        span: span(node),
        reason,
        partial: true,
    }
}

/// The first statement at file level: the grammar allows them, Go does not.
fn outside(tree: &Tree) -> Option<ParseError> {
    let root = tree.root_node();
    let node = root
        .named_children(&mut root.walk())
        .find(|node| lower::is_stray(node.kind()))?;
    Some(ParseError {
        span: span(node),
        reason: "statement outside of a function".into(),
        partial: true,
    })
}

/// A node's place.
fn span(node: Node<'_>) -> Span {
    place(node.start_position(), node.end_position())
}

fn place(start: Point, end: Point) -> Span {
    Span {
        line: start.row as u32 + 1,
        column: start.column as u32 + 1,
        end_line: end.row as u32 + 1,
        end_column: end.column as u32 + 1,
    }
}
