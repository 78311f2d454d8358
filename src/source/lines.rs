//! Byte offsets and line/column places of one text.

use crate::facts::Span;
use std::ops::Range;

/// Where the lines of a text begin. Lines and columns are 1-based; columns count UTF-8 bytes.
///
/// A line ends at `\n`; a `\r` before it belongs to the line's ending, not to its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
    len: usize,
}

impl LineIndex {
    /// Finds the line starts of `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self {
            starts,
            len: text.len(),
        }
    }

    /// How many lines there are. Text that ends in a line break has an empty last line.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Line and column of a byte offset; offsets past the end stand at the end.
    pub fn place(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.len);
        let line = self.starts.partition_point(|start| *start <= offset);
        let column = offset - self.starts[line - 1] + 1;
        (saturate(line), saturate(column))
    }

    /// The span of a byte range.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (line, column) = self.place(range.start);
        let (end_line, end_column) = self.place(range.end.max(range.start));
        Span {
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// The byte offset of a place, if the text has such a line. A column past the line's end stands
    /// for the line's end.
    pub fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let range = self.range(line)?;
        let column = usize::try_from(column.max(1) - 1).ok()?;
        Some(range.start.saturating_add(column).min(range.end))
    }

    /// The byte range of a 1-based line, without its `\n`, or `None` if there is no such line.
    pub fn range(&self, line: u32) -> Option<Range<usize>> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.len, |next| next - 1);
        Some(start..end)
    }

    /// The text of a 1-based line, without its line ending.
    pub fn line<'a>(&self, text: &'a str, line: u32) -> Option<&'a str> {
        let line = text.get(self.range(line)?)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

/// The last character boundary of `text` at or before a byte offset.
pub fn floor_boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    let back = (0..4).find(|back| *back > offset || text.is_char_boundary(offset - back));
    offset.saturating_sub(back.unwrap_or(0))
}

/// The first character boundary of `text` at or after a byte offset, the end for offsets past it.
pub fn ceil_boundary(text: &str, offset: usize) -> usize {
    (offset..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_offsets_agree() {
        let text = "a\n\nключ\r\nz";
        let index = LineIndex::new(text);
        assert_eq!(index.lines(), 4);
        for offset in 0..=text.len() {
            let (line, column) = index.place(offset);
            assert_eq!(index.offset(line, column), Some(offset));
        }
        assert_eq!(index.place(0), (1, 1));
        assert_eq!(index.place(2), (2, 1));
        assert_eq!(index.place(3), (3, 1));
        assert_eq!(index.place(999), (4, 2));
        assert_eq!(index.line(text, 3), Some("ключ"));
        assert_eq!(index.line(text, 5), None);
        assert_eq!(index.range(0), None);
    }

    #[test]
    fn boundaries_stand_between_characters() {
        let text = "aя🙂";
        let floors: Vec<usize> = (0..9).map(|at| floor_boundary(text, at)).collect();
        assert_eq!(floors, [0, 1, 1, 3, 3, 3, 3, 7, 7]);
        let ceils: Vec<usize> = (0..9).map(|at| ceil_boundary(text, at)).collect();
        assert_eq!(ceils, [0, 1, 3, 3, 7, 7, 7, 7, 7]);
    }

    #[test]
    fn columns_past_the_end_stand_at_the_end() {
        let index = LineIndex::new("ab\ncd\n");
        assert_eq!(index.offset(1, 99), Some(2));
        assert_eq!(index.offset(1, 0), Some(0));
        assert_eq!(index.offset(4, 1), None);
        assert_eq!(
            index.span(1..4),
            Span {
                line: 1,
                column: 2,
                end_line: 2,
                end_column: 2
            }
        );
    }
}
