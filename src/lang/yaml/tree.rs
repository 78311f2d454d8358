//! A located tree of a YAML file, built from parser events.
//!
//! Nodes stand in one arena and are linked by index, so neither building nor dropping a deep tree
//! recurses, and an alias is a link, never a copy. Keys keep their places and duplicates.

use granit_parser::{Event, Marker, Parser, Span, options};
use std::borrow::Cow;
use std::collections::HashMap;

/// Documents that fail are read past, up to this number a file.
const MAX_ERRORS: usize = 100;

/// An index into the arena of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(u32);

/// What a node holds.
#[derive(Debug)]
pub(super) enum Value<'t> {
    /// A scalar's text after escapes were read; what an omitted value is: empty and plain.
    Scalar {
        /// The text; nothing is made of `yes`, `0755` or `~`.
        text: Cow<'t, str>,
        /// Whether it is written without quotes and not as a block.
        plain: bool,
    },
    /// A sequence, with its first item.
    Sequence(Option<NodeId>),
    /// A mapping, with its first key; keys and values take turns.
    Mapping(Option<NodeId>),
    /// An alias, with the node of its anchor unless that is missing.
    Alias(Option<NodeId>),
}

/// A node and its place, as byte offsets (end exclusive).
#[derive(Debug)]
pub(super) struct Node<'t> {
    /// What it holds.
    pub(super) value: Value<'t>,
    /// First byte.
    pub(super) start: u32,
    /// Byte after the last byte of its last part.
    pub(super) end: u32,
    /// Where the token after a collection begins.
    pub(super) after: u32,
    /// The next node of the same collection.
    pub(super) next: Option<NodeId>,
    /// Whether an error stopped the reading of this collection.
    pub(super) truncated: bool,
}

impl Node<'_> {
    /// Whether this is an omitted value or one of the spellings of null.
    pub(super) fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, plain: true } => {
                matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}

/// One document of a file.
#[derive(Debug)]
pub(super) struct Root {
    /// Its node; `None` when an error came first.
    pub(super) node: Option<NodeId>,
    /// Where it begins. The first document begins where the file does.
    pub(super) start: u32,
    /// Whether it was read to its end.
    pub(super) complete: bool,
}

/// What could not be read.
#[derive(Debug)]
pub(super) struct Failure {
    /// Byte offset of the place.
    pub(super) offset: u32,
    /// What is wrong.
    pub(super) reason: String,
    /// Whether it ended the reading of its document.
    pub(super) fatal: bool,
}

/// All documents of a file.
#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    /// The documents in source order.
    pub(super) roots: Vec<Root>,
    /// What the parser rejected, and aliases of no anchor, in the order of discovery.
    pub(super) failures: Vec<Failure>,
    /// Byte offsets of comments with their `#`; empty unless they were asked for.
    pub(super) comments: Vec<(u32, u32)>,
}

impl<'t> Tree<'t> {
    /// Reads a file of less than 4 GiB. Errors end one document, not the file.
    pub(super) fn read(text: &'t str, comments: bool) -> Self {
        let options = options! {
            emit_comments: comments,
            emit_unresolved_aliases: true,
            // Long comments between a key and its value are common in values files.
            max_buffered_comment_events: usize::MAX,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        let mut builder = Builder::default();
        while let Some(event) = parser.next_event() {
            match event {
                Ok((event, span)) => builder.event(event, span),
                Err(error) => {
                    builder.fail(offset(*error.marker()), error.info().to_owned());
                    if builder.tree.failures.len() >= MAX_ERRORS {
                        let reason = "too many errors: the rest is left out".to_owned();
                        builder.fail(offset(*error.marker()), reason);
                        break;
                    }
                    if let Err(error) = parser.proceed_next_document() {
                        builder.fail(offset(*error.marker()), error.info().to_owned());
                        break;
                    }
                }
            }
        }
        builder.tree
    }

    /// The node of an index of this tree.
    pub(super) fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.0 as usize]
    }

    /// Whether any text was read.
    pub(super) fn has_content(&self) -> bool {
        self.nodes.iter().any(|node| match &node.value {
            Value::Scalar { text, .. } => !text.is_empty(),
            _ => false,
        })
    }

    /// The items of a sequence, or keys and values of a mapping in turn.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<'_, 't> {
        let mut next = match self.node(id).value {
            Value::Sequence(first) | Value::Mapping(first) => first,
            Value::Scalar { .. } | Value::Alias(_) => None,
        };
        std::iter::from_fn(move || {
            let id = next?;
            next = self.node(id).next;
            Some(id)
        })
    }

    /// Keys with their values. A key whose value was cut off by an error is left out.
    pub(super) fn pairs(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + use<'_, 't> {
        let is_mapping = matches!(self.node(id).value, Value::Mapping(_));
        let mut children = self.children(id);
        std::iter::from_fn(move || {
            if is_mapping {
                Some((children.next()?, children.next()?))
            } else {
                None
            }
        })
    }
}

#[derive(Default)]
struct Builder<'t> {
    tree: Tree<'t>,
    anchors: HashMap<usize, NodeId>,
    /// Open collections, each with its last child.
    open: Vec<(NodeId, Option<NodeId>)>,
    /// Where the last scalar, alias or closing bracket ended.
    last_end: u32,
}

impl<'t> Builder<'t> {
    fn event(&mut self, event: Event<'t>, span: Span) {
        let (start, end) = (offset(span.start), offset(span.end));
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.open.clear();
                let start = if self.tree.roots.is_empty() { 0 } else { start };
                self.tree.roots.push(Root {
                    node: None,
                    start,
                    complete: false,
                });
            }
            Event::DocumentEnd => {
                if let Some(root) = self.tree.roots.last_mut() {
                    root.complete = true;
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == granit_parser::ScalarStyle::Plain;
                // The parser calls an omitted value `~`, at an empty place.
                let text = if plain && start == end {
                    Cow::Borrowed("")
                } else {
                    text
                };
                self.add(Value::Scalar { text, plain }, start, end, anchor);
                self.last_end = end;
            }
            Event::SequenceStart(_, anchor, _) => {
                let id = self.add(Value::Sequence(None), start, end, anchor);
                self.open.push((id, None));
                self.last_end = end;
            }
            Event::MappingStart(_, anchor, _) => {
                let id = self.add(Value::Mapping(None), start, end, anchor);
                self.open.push((id, None));
                self.last_end = end;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                // The end of a block collection is seen at the next token, an empty place.
                if start < end {
                    self.last_end = end;
                }
                if let Some((id, _)) = self.open.pop() {
                    self.close(id, end);
                }
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                self.add(Value::Alias(target), start, end, 0);
                self.last_end = end;
            }
            Event::UnresolvedAlias(name) => {
                self.add(Value::Alias(None), start, end, 0);
                self.last_end = end;
                if self.tree.failures.len() < MAX_ERRORS {
                    let reason = format!("alias of an unknown anchor `{name}`");
                    self.tree.failures.push(Failure {
                        offset: start,
                        reason,
                        fatal: false,
                    });
                }
            }
            Event::Comment(..) => self.tree.comments.push((start, end)),
            _ => {}
        }
    }

    fn add(&mut self, value: Value<'t>, start: u32, end: u32, anchor: usize) -> NodeId {
        // A node takes at least a byte of a text of less than 4 GiB, so the index fits.
        let id = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
        self.tree.nodes.push(Node {
            value,
            start,
            end,
            after: end,
            next: None,
            truncated: false,
        });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        match self.open.last_mut() {
            Some((parent, last)) => match last.replace(id) {
                Some(before) => self.tree.nodes[before.0 as usize].next = Some(id),
                None => {
                    let parent = &mut self.tree.nodes[parent.0 as usize];
                    if let Value::Sequence(first) | Value::Mapping(first) = &mut parent.value {
                        *first = Some(id);
                    }
                }
            },
            None => {
                if let Some(root) = self.tree.roots.last_mut() {
                    root.node = Some(id);
                }
            }
        }
        id
    }

    fn close(&mut self, id: NodeId, after: u32) {
        let node = &mut self.tree.nodes[id.0 as usize];
        node.end = self.last_end.max(node.start);
        node.after = after.max(node.end);
    }

    fn fail(&mut self, offset: u32, reason: String) {
        while let Some((id, _)) = self.open.pop() {
            self.close(id, offset);
            self.tree.nodes[id.0 as usize].truncated = true;
        }
        self.tree.failures.push(Failure {
            offset,
            reason,
            fatal: true,
        });
    }
}

/// The parser counts columns in characters, so only its byte offsets are used.
fn offset(marker: Marker) -> u32 {
    u32::try_from(marker.byte_offset().unwrap_or_default()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in one line; `*` marks an alias, `…` a truncated collection.
    fn show(tree: &Tree<'_>, id: NodeId) -> String {
        let node = tree.node(id);
        let mark = if node.truncated { "…" } else { "" };
        match &node.value {
            Value::Scalar { text, .. } => text.to_string(),
            Value::Alias(target) => {
                format!("*{}", target.map_or("?".to_owned(), |id| show(tree, id)))
            }
            Value::Sequence(_) => {
                let items: Vec<_> = tree.children(id).map(|id| show(tree, id)).collect();
                format!("[{}{mark}]", items.join(","))
            }
            Value::Mapping(_) => {
                let pairs: Vec<_> = tree
                    .pairs(id)
                    .map(|(k, v)| format!("{}:{}", show(tree, k), show(tree, v)))
                    .collect();
                format!("{{{}{mark}}}", pairs.join(","))
            }
        }
    }

    fn shown(text: &str) -> Vec<String> {
        let tree = Tree::read(text, false);
        tree.roots
            .iter()
            .filter_map(|root| root.node)
            .map(|id| show(&tree, id))
            .collect()
    }

    #[test]
    fn documents_and_structures() {
        assert_eq!(
            shown("a: [1, {b: c}]\nd:\n- e\n- f: \n---\nx\n---\n"),
            ["{a:[1,{b:c}],d:[e,{f:}]}", "x", ""]
        );
        assert_eq!(shown(""), Vec::<String>::new());
    }

    #[test]
    fn aliases_are_links() {
        assert_eq!(
            shown("a: &x {b: 1}\nc: *x\nd: *y\n"),
            ["{a:{b:1},c:*{b:1},d:*?}"]
        );
        // Anchors belong to their document.
        assert_eq!(shown("&x a\n---\n*x\n"), ["a", "*?"]);
    }

    #[test]
    fn an_error_ends_one_document() {
        let tree = Tree::read("a: 1\nb: [1\nc: 2\n---\nx: y\n", false);
        assert_eq!(tree.failures.len(), 1);
        assert_eq!(tree.failures[0].offset, 12);
        let complete: Vec<_> = tree.roots.iter().map(|root| root.complete).collect();
        assert_eq!(complete, [false, true]);
        assert_eq!(
            shown("a: 1\nb: [1\nc: 2\n---\nx: y\n"),
            ["{a:1,b:[…]…}", "{x:y}"]
        );
    }

    #[test]
    fn collections_end_with_their_last_part() {
        let text = "a:\n  b: 1  # c\n\n# d\ne: 2\n";
        let tree = Tree::read(text, true);
        let root = tree.roots[0].node.expect("a root");
        let (_, a) = tree.pairs(root).next().expect("a pair");
        let node = tree.node(a);
        assert_eq!(&text[node.start as usize..node.end as usize], "b: 1");
        assert_eq!(&text[node.after as usize..], "e: 2\n");
        let comments: Vec<_> = tree
            .comments
            .iter()
            .map(|&(s, e)| &text[s as usize..e as usize])
            .collect();
        assert_eq!(comments, ["# c", "# d"]);
    }

    #[test]
    fn deep_nesting_is_an_error_not_an_abort() {
        let deep_maps: String = (0..10_000)
            .map(|i| format!("{}a:\n", " ".repeat(i)))
            .collect();
        for text in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            deep_maps,
        ] {
            let tree = Tree::read(&text, false);
            assert_eq!(tree.failures.len(), 1);
        }
    }

    #[test]
    fn errors_are_bounded() {
        let text = "---\na: [\n".repeat(5000);
        let tree = Tree::read(&text, false);
        assert_eq!(tree.failures.len(), MAX_ERRORS + 1);
    }
}
