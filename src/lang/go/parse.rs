//! Go sources to the syntax of [`super::syntax`]. Only this room knows the parser.
//!
//! Tree-sitter never gives up, but it recovers from an error wherever that is cheapest, which may be
//! in the middle of the next function, and its grammar lags behind the language. A file without
//! errors is therefore lowered as it stands. For any other, syntax that the grammar does not know yet
//! is blanked out ([`scan::generic_methods`], [`newer_calls`]), and what is still broken is parsed
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

/// Longest text that is parsed. Tree-sitter needs some forty bytes of memory a byte of text, and
/// counts in 32 bits.
const MAX_BYTES: usize = 256 << 20;

/// Most pieces that a broken file is cut into.
const MAX_PIECES: usize = 20_000;

/// Longest `new(..)` that is looked at on its own, and how much text may be spent on all of them.
const MAX_NEW: usize = 4 << 10;
const MAX_NEWS: usize = 1 << 20;

/// Reads a file. Never fails and never panics; see [`syntax::File::errors`] for what was not read.
pub fn parse(text: &str) -> syntax::File {
    let survey = scan::survey(text);
    let Header { package, imports } = header(text);
    let mut lowering = lower::Lowering::new(text, survey.embeds);
    let mut errors = Vec::new();
    match trees(text) {
        Some(trees) => {
            for tree in &trees {
                lowering.tree(tree.root_node());
                troubles(tree, &mut |node| {
                    if errors.len() < MAX_ERRORS {
                        errors.push(trouble(node));
                    }
                });
            }
        }
        None => errors.push(ParseError {
            span: Span {
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 1,
            },
            reason: "too large or too tangled to parse".into(),
            partial: false,
        }),
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

/// The trees that together cover the text: one, or several for a broken file.
fn trees(text: &str) -> Option<Vec<Tree>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    let mut tree = run(&mut parser, text.as_bytes(), None)?;
    if !tree.root_node().has_error() {
        return Some(vec![tree]);
    }

    let mut bytes = text.as_bytes().to_vec();
    let mut blanked = false;
    for (start, end) in scan::generic_methods(text) {
        bytes[start..end]
            .iter_mut()
            .filter(|byte| !byte.is_ascii_whitespace())
            .for_each(|byte| *byte = b' ');
        blanked = true;
    }
    blanked |= newer_calls(&mut parser, text, &mut bytes);
    if blanked {
        tree = run(&mut parser, &bytes, None)?;
    }
    Some(pieces(&mut parser, text, &bytes, &tree).unwrap_or_else(|| vec![tree]))
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
fn pieces(parser: &mut Parser, text: &str, bytes: &[u8], whole: &Tree) -> Option<Vec<Tree>> {
    let starts = scan::declarations(text);
    if !whole.root_node().has_error() || starts.is_empty() || starts.len() > MAX_PIECES {
        return None;
    }
    let mut allowed = count(whole);
    let mut start = Range {
        start_byte: 0,
        end_byte: 0,
        start_point: Point::default(),
        end_point: Point::default(),
    };
    let end = (bytes.len(), usize::MAX);
    let mut trees = Vec::with_capacity(starts.len() + 1);
    for (end_byte, row) in starts.into_iter().chain([end]) {
        if end_byte == 0 {
            continue;
        }
        let end_point = Point { row, column: 0 };
        let tree = run(
            parser,
            bytes,
            Some(Range {
                end_byte,
                end_point,
                ..start
            }),
        )?;
        allowed = allowed.checked_sub(count(&tree))?;
        trees.push(tree);
        start = Range {
            start_byte: end_byte,
            start_point: end_point,
            ..start
        };
    }
    Some(trees)
}

/// Parses a text, or a range of it. Absent when it takes more steps than any text should: the count
/// is one of steps and not of time, because the same text must give the same result every time.
fn run(parser: &mut Parser, bytes: &[u8], range: Option<Range>) -> Option<Tree> {
    parser.set_included_ranges(range.as_slice()).ok()?;
    let length = range.map_or(bytes.len(), |range| range.end_byte - range.start_byte);
    // The parser reports every hundred steps; ten steps a byte are the most that was ever seen.
    let mut reports = length + 10_000;
    let mut progress = |_: &ParseState| {
        reports = reports.saturating_sub(1);
        if reports == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(
        &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
        None,
        Some(options),
    );
    if tree.is_none() {
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

/// A node's place.
fn span(node: Node<'_>) -> Span {
    let (start, end) = (node.start_position(), node.end_position());
    Span {
        line: start.row as u32 + 1,
        column: start.column as u32 + 1,
        end_line: end.row as u32 + 1,
        end_column: end.column as u32 + 1,
    }
}
