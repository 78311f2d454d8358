//! Masking of template directives (`{{ }}`, `{% %}`), byte for byte.
//!
//! A chart's templates are no YAML until they are rendered. Directives that stand alone on their
//! lines become spaces, directives inside a value become `x`; line ends stay. So the text parses,
//! and every line and column of what is literal stays true.

use memchr::{memchr, memchr2, memmem, memrchr};
use std::ops::Range;

/// What a directive does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `if`, `else`, `range`, `with`, `end`, ...: decides whether the text around it is there.
    Control,
    /// Prints YAML of unknown keys, as `{{ toYaml . | nindent 8 }}` does, at this indentation.
    Insert {
        /// Zero-based column of what is printed.
        indent: u32,
    },
    /// Prints a part of a value.
    Value,
    /// Prints nothing: a comment or an assignment.
    Silent,
}

/// One masked region, as byte offsets (end exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directive {
    /// First byte.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
    /// What it does.
    pub(super) kind: Kind,
}

/// A text whose directives were overwritten.
#[derive(Debug)]
pub(super) struct Masked {
    /// As long as the original, with the same line ends at the same places.
    pub(super) text: String,
    /// The masked regions in source order; they do not overlap.
    pub(super) directives: Vec<Directive>,
}

/// Masks the directives of `text`; `None` when there are none.
pub(super) fn mask(text: &str) -> Option<Masked> {
    let bytes = text.as_bytes();
    let found = find(bytes);
    if found.is_empty() {
        return None;
    }
    let mut out = bytes.to_vec();
    let mut directives = Vec::with_capacity(found.len());
    let mut rest = found.as_slice();
    while let Some(first) = rest.first() {
        // Directives that share a line are judged together.
        let mut count = 1;
        let mut end = first.end;
        while let Some(next) = rest.get(count) {
            if memchr(b'\n', &bytes[end..next.start]).is_some() {
                break;
            }
            end = next.end;
            count += 1;
        }
        let (group, later) = rest.split_at(count);
        rest = later;
        mask_group(bytes, group, &mut out, &mut directives);
        if let Some(Directive {
            end,
            kind: Kind::Control,
            ..
        }) = directives.last().copied()
            && let Some(empty) = empty_branch(bytes, end)
        {
            fill_blank(&mut out[empty.clone()]);
            directives.push(Directive {
                start: empty.start,
                end: empty.end,
                kind: Kind::Control,
            });
        }
    }
    repair_block_scalars(&mut out, &directives);
    let text = match String::from_utf8(out) {
        Ok(text) => text,
        // Directives begin and end with ASCII, so no character is ever cut.
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    Some(Masked { text, directives })
}

/// The place of `{}` or `[]` alone on the line between two directives, the first of which ends at
/// `end`. It stands for the entries of another branch, which do not go with it.
fn empty_branch(bytes: &[u8], end: usize) -> Option<Range<usize>> {
    let line_end = end + memchr(b'\n', &bytes[end..])?;
    let line = &bytes[line_end + 1..];
    let length = memchr(b'\n', line)?;
    let is_empty =
        blank(&bytes[end..line_end]) && matches!(line[..length].trim_ascii(), b"{}" | b"[]");
    // The next line, as far as it is needed: a long run of blanks must not be read again and again.
    let next = &line[length + 1..];
    let next = &next[..next.len().min(256)];
    let start = line_end + 1 + indent_of(&line[..length]);
    (is_empty && next.trim_ascii_start().starts_with(b"{{")).then(|| start..start + 2)
}

/// Overwrites directives that share a line.
fn mask_group(bytes: &[u8], group: &[Raw], out: &mut [u8], directives: &mut Vec<Directive>) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let line_start = memrchr(b'\n', &bytes[..first.start]).map_or(0, |at| at + 1);
    let line_end = memchr(b'\n', &bytes[last.end..]).map_or(bytes.len(), |at| last.end + at);
    let alone = blank(&bytes[line_start..first.start])
        && blank(&bytes[last.end..line_end])
        && group
            .windows(2)
            .all(|pair| blank(&bytes[pair[0].end..pair[1].start]));

    // A choice within a line: no part of it is the text, and the parts need not be YAML next to one
    // another, so the whole is one unknown value or entry.
    let before = &bytes[line_start..first.start];
    let after = &bytes[last.end..line_end];
    if !alone && group.len() > 1 && first.word == Word::Control && last.word == Word::Control {
        let region = &mut out[first.start..last.end];
        let is_choice = if before.trim_ascii_end().ends_with(b":") {
            // `key: {{ if .a }}"b"{{ else }}"c"{{ end }}`
            fill_value(region);
            true
        } else {
            // `{{ if .a }}key: {{ .b }}{{ end }}`
            blank(before) && blank(after) && fill_entry(bytes, group, region)
        };
        if is_choice {
            directives.push(Directive {
                start: first.start,
                end: last.end,
                kind: Kind::Control,
            });
            return;
        }
    }

    for raw in group {
        let region = &mut out[raw.start..raw.end];
        let kind = match raw.word {
            Word::Control => Kind::Control,
            Word::Silent => Kind::Silent,
            Word::Print if alone || raw.indent.is_some() => {
                let column = u32::try_from(raw.start - line_start).unwrap_or(u32::MAX);
                Kind::Insert {
                    indent: raw.indent.unwrap_or(column),
                }
            }
            Word::Print => Kind::Value,
        };
        if kind == Kind::Value {
            fill_value(region);
        } else {
            fill_blank(region);
        }
        directives.push(Directive {
            start: raw.start,
            end: raw.end,
            kind,
        });
    }
}

/// Overwrites a value with `x`. Later lines of a directive become blank, because an `x` at their
/// beginning could stand left of the value's indentation.
fn fill_value(region: &mut [u8]) {
    let first_line = memchr2(b'\r', b'\n', region).unwrap_or(region.len());
    let (head, tail) = region.split_at_mut(first_line);
    head.fill(b'x');
    fill_blank(tail);
}

/// Overwrites a choice that holds a key by an unknown key, with a value unless the value follows on
/// other lines. Returns whether the choice does hold a key, and stands on one line.
fn fill_entry(bytes: &[u8], group: &[Raw], region: &mut [u8]) -> bool {
    if memchr(b'\n', region).is_some() {
        return false;
    }
    let mut literals = group
        .windows(2)
        .map(|pair| bytes[pair[0].end..pair[1].start].trim_ascii())
        .filter(|literal| !literal.is_empty());
    let Some(head) = literals
        .next()
        .filter(|literal| !literal.starts_with(b"- "))
    else {
        return false;
    };
    let tail = literals.next_back().unwrap_or(head);
    let prints = group.iter().any(|raw| raw.word == Word::Print);
    let ending: &[u8] = if tail.ends_with(b":") && !prints {
        b":"
    } else if head.ends_with(b":") || memmem::find(head, b": ").is_some() {
        b": x"
    } else {
        return false;
    };
    region.fill(b'x');
    let at = region.len().saturating_sub(ending.len());
    region[at..].copy_from_slice(ending);
    true
}

fn fill_blank(region: &mut [u8]) {
    for byte in region {
        if !matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
}

fn blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
}

/// YAML forbids that blank lines at the head of a block scalar are longer than its indentation, and
/// a masked line is such a blank line: it gets one letter where the scalar's text begins.
fn repair_block_scalars(out: &mut [u8], directives: &[Directive]) {
    // The first of the blank lines below a header, and the header's indentation.
    let mut head: Option<(usize, usize)> = None;
    let mut start = 0;
    while start < out.len() {
        let end = memchr(b'\n', &out[start..]).map_or(out.len(), |at| start + at);
        let line = &out[start..end];
        if !blank(line) {
            let indent = indent_of(line);
            let opens = opens_block_scalar(line);
            if let Some((from, parent)) = head.take()
                && indent > parent
            {
                mark_lines(&mut out[from..start], from, indent, directives);
            }
            if opens {
                head = Some((end + 1, indent));
            }
        }
        start = end + 1;
    }
}

/// Puts a letter at column `indent` of each masked blank line of `lines`, which begin at `offset`.
fn mark_lines(lines: &mut [u8], offset: usize, indent: usize, directives: &[Directive]) {
    let mut at = offset;
    for line in lines.split_mut(|&b| b == b'\n') {
        let end = at + line.len();
        let masked = overlapping(directives, at, end).next().is_some();
        if masked && let Some(byte @ b' ') = line.get_mut(indent) {
            *byte = b'x';
        }
        at = end + 1;
    }
}

fn indent_of(line: &[u8]) -> usize {
    line.iter().take_while(|&&b| b == b' ').count()
}

/// Whether a line ends with the header of a block scalar (`|`, `>-`, `|2+`, ...).
fn opens_block_scalar(line: &[u8]) -> bool {
    let mut line = line;
    if let Some(comment) = memmem::find(line, b" #") {
        line = &line[..comment];
    }
    line = line.trim_ascii_end();
    for _ in 0..2 {
        if let [head @ .., b'+' | b'-' | b'1'..=b'9'] = line {
            line = head;
        }
    }
    matches!(line, [.., b' ' | b'\t', b'|' | b'>'])
}

/// The directives that share a byte with `start..end`, in source order.
pub(super) fn overlapping(
    directives: &[Directive],
    start: usize,
    end: usize,
) -> impl Iterator<Item = &Directive> {
    let first = directives.partition_point(|d| d.end <= start);
    directives[first..]
        .iter()
        .take_while(move |d| d.start < end)
}

/// What the first word of a directive says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Control,
    Print,
    Silent,
}

/// A directive as it is found, before its line is looked at.
#[derive(Debug, Clone, Copy)]
struct Raw {
    start: usize,
    end: usize,
    word: Word,
    /// The number after `indent` or `nindent`.
    indent: Option<u32>,
}

/// Looks for directives. What was searched for in vain is remembered, so that hostile text costs no
/// more than one pass.
struct Finder<'b> {
    bytes: &'b [u8],
    /// No string closes that begins before this offset.
    no_quote_before: usize,
    no_raw_quote: bool,
    no_comment_end: bool,
}

fn find(bytes: &[u8]) -> Vec<Raw> {
    let mut finder = Finder {
        bytes,
        no_quote_before: 0,
        no_raw_quote: false,
        no_comment_end: false,
    };
    let mut found = Vec::new();
    let jinja = memmem::find(bytes, b"{%").is_some();
    let mut no_jinja_comment = !jinja;
    let mut line = 0..0;
    let mut comment_line = false;
    let mut at = 0;
    while let Some(brace) = memchr(b'{', &bytes[at..]) {
        let start = at + brace;
        let (end, word, indent) = match bytes.get(start + 1) {
            Some(b'{') => match finder.action_end(start) {
                Action::End(end) => {
                    let inner = inner(&bytes[start + 2..end - 2]);
                    (end, word_of(inner), indent_argument(inner))
                }
                Action::Stray(next) => {
                    at = next;
                    continue;
                }
                Action::Open => break,
            },
            Some(b'%') if jinja => match memmem::find(&bytes[start + 2..], b"%}") {
                Some(length) => (start + 2 + length + 2, Word::Control, None),
                None => break,
            },
            Some(b'#') if !no_jinja_comment => match memmem::find(&bytes[start + 2..], b"#}") {
                Some(length) => (start + 2 + length + 2, Word::Silent, None),
                None => {
                    no_jinja_comment = true;
                    at = start + 2;
                    continue;
                }
            },
            _ => {
                at = start + 1;
                continue;
            }
        };
        at = end;
        if start >= line.end {
            let from =
                memrchr(b'\n', &bytes[line.end..start]).map_or(line.end, |n| line.end + n + 1);
            line = from..memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |n| start + n + 1);
            comment_line = bytes[from..start].trim_ascii_start().starts_with(b"#");
        }
        // YAML does not see a directive in a comment of its own line, and the text around it does
        // not depend on it.
        if !comment_line || end > line.end {
            found.push(Raw {
                start,
                end,
                word,
                indent,
            });
        }
    }
    found
}

/// How the text after `{{` goes on.
enum Action {
    /// `}}` ends before this offset.
    End(usize),
    /// Another `{{` stands at this offset before any `}}`, so the first opens nothing.
    Stray(usize),
    /// Nothing closes it.
    Open,
}

impl Finder<'_> {
    /// Finds the end of the directive at `start`, as Go's template lexer does: `}}` in strings, raw
    /// strings and comments ends nothing.
    fn action_end(&mut self, start: usize) -> Action {
        let bytes = self.bytes;
        let mut at = start + 2;
        let text = &bytes[at..bytes.len().min(at + 16)];
        let text = text.strip_prefix(b"-").unwrap_or(text).trim_ascii_start();
        if text.starts_with(b"/*") && !self.no_comment_end {
            match memmem::find(&bytes[at..], b"*/") {
                Some(length) => at += length + 2,
                None => self.no_comment_end = true,
            }
        }
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'}' if bytes.get(at + 1) == Some(&b'}') => return Action::End(at + 2),
                b'{' if bytes.get(at + 1) == Some(&b'{') => return Action::Stray(at),
                // A quote that nothing closes is an ordinary character.
                b'"' if at >= self.no_quote_before => match string_end(bytes, at) {
                    Ok(end) => at = end,
                    Err(line_end) => self.no_quote_before = line_end,
                },
                b'`' if !self.no_raw_quote => match memchr(b'`', &bytes[at + 1..]) {
                    Some(length) => at += length + 1,
                    None => self.no_raw_quote = true,
                },
                _ => {}
            }
            at += 1;
        }
        Action::Open
    }
}

/// The offset of the quote that closes the string at `start`, or of the end of its line.
fn string_end(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok(at),
            b'\n' => break,
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    Err(at.min(bytes.len()))
}

/// The text of a directive without trim markers.
fn inner(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    bytes.strip_suffix(b"-").unwrap_or(bytes).trim_ascii()
}

fn word_of(inner: &[u8]) -> Word {
    if inner.starts_with(b"/*") || assigns(inner) {
        return Word::Silent;
    }
    let length = inner
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    match &inner[..length] {
        b"if" | b"else" | b"end" | b"range" | b"with" | b"define" | b"block" | b"break"
        | b"continue" => Word::Control,
        _ => Word::Print,
    }
}

/// Whether a directive is `$name := ...` or `$name = ...`.
fn assigns(inner: &[u8]) -> bool {
    let Some(name) = inner.strip_prefix(b"$") else {
        return false;
    };
    let length = name
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    let rest = name[length..].trim_ascii_start();
    rest.starts_with(b":=") || (rest.starts_with(b"=") && !rest.starts_with(b"=="))
}

/// The number after the last `indent` or `nindent`.
fn indent_argument(inner: &[u8]) -> Option<u32> {
    let at = memmem::rfind(inner, b"indent")?;
    let digits = inner[at + b"indent".len()..].trim_ascii_start();
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&digits[..length]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(text: &str) -> String {
        mask(text).map_or_else(|| text.to_owned(), |m| m.text)
    }

    fn kinds(text: &str) -> Vec<Kind> {
        mask(text).map_or_else(Vec::new, |m| m.directives.iter().map(|d| d.kind).collect())
    }

    #[test]
    fn lines_become_blank_and_values_become_letters() {
        assert_eq!(masked("a: {{ .b }}\n"), "a: xxxxxxxx\n");
        assert_eq!(
            masked("{{- if .b }}\na: 1\n{{- end }}\n"),
            "            \na: 1\n          \n"
        );
        assert_eq!(masked("a: \"p-{{ .b }}\"\n"), "a: \"p-xxxxxxxx\"\n");
        assert_eq!(masked("{{ .k }}: v\n"), "xxxxxxxx: v\n");
        assert_eq!(masked("a: {{- toYaml .b | nindent 2 }}\n").trim_end(), "a:");
        assert_eq!(masked("  {{ .Values.more }}\n").trim_end(), "");
        assert_eq!(
            masked("{% if a %}\nb: {{ c }}\n{# d #}\n"),
            "          \nb: xxxxxxx\n       \n"
        );
    }

    #[test]
    fn a_choice_of_values_is_one_unknown_value() {
        let text = "a: {{ if .b }}\"c\"{{ else }}\"d\"{{ end }} # e\n";
        let expected = format!("a: {} # e\n", "x".repeat(text.len() - "a:  # e\n".len()));
        assert_eq!(masked(text), expected);
        assert_eq!(kinds(text), [Kind::Control]);
        assert_eq!(
            masked("  {{ if a }}b: {{ c }}{{ end }}\n"),
            format!("  {}: x\n", "x".repeat(26))
        );
        assert_eq!(
            masked("{{ if a }} b: {{ else }} c: {{ end }}\n"),
            format!("{}:\n", "x".repeat(36))
        );
        assert_eq!(
            masked("{{ if a }}- b{{ end }}\n"),
            "          - b         \n"
        );
        // Only the rest of a line: what follows is nested.
        assert_eq!(masked("a: {{ if .b }}\n").trim_end(), "a:");
    }

    #[test]
    fn an_empty_branch_is_blank() {
        let text = "a:\n  {{ if .b }}\n  c: d\n  {{ else }}\n  {}\n  {{ end }}\n";
        assert_eq!(masked(text).split_whitespace().collect::<String>(), "a:c:d");
        assert_eq!(kinds(text), [Kind::Control; 4]);
        assert!(masked("a: {{ .b }}\nc:\n  {}\n").contains("{}"));
        assert!(masked("{{ end }}\nc:\n  {}\n{{ end }}").contains("{}"));
    }

    #[test]
    fn kinds_of_directives() {
        assert_eq!(kinds("{{- end -}}"), [Kind::Control]);
        assert_eq!(kinds("a: {{ end.x }}"), [Kind::Control]);
        assert_eq!(kinds("a: {{ ending }}"), [Kind::Value]);
        assert_eq!(
            kinds("{{ $a := 1 }}{{ $a = 2 }}{{/* c */}}"),
            [Kind::Silent; 3]
        );
        assert_eq!(kinds("a: {{ $labels.instance }}"), [Kind::Value]);
        assert_eq!(kinds("  {{ toYaml . }}"), [Kind::Insert { indent: 2 }]);
        assert_eq!(
            kinds("{{ include \"a\" . | indent 12 }}"),
            [Kind::Insert { indent: 12 }]
        );
        assert_eq!(kinds("# {{ if .a }}\n"), []);
    }

    #[test]
    fn ends_as_go_sees_them() {
        assert_eq!(masked("a: {{ \"}}\" }}b"), "a: xxxxxxxxxxb");
        assert_eq!(masked("a: {{ `}}` }}b"), "a: xxxxxxxxxxb");
        assert_eq!(masked("{{- /* }} */ -}}\na: 1"), "                \na: 1");
        assert_eq!(masked("{{/*\n a: 1\n*/}}\nb: 1"), "    \n     \n    \nb: 1");
        assert_eq!(masked("a: {{ f\r\n  .b }}\r\n"), "a: xxxx\r\n       \r\n");
        // In a flow mapping the first `}}` ends the directive.
        assert_eq!(masked("{a: {{ .b }}}"), "{a: xxxxxxxx}");
    }

    #[test]
    fn what_closes_nothing_stays() {
        assert_eq!(masked("a: '{{'\nb: {{ .c }}"), "a: '{{'\nb: xxxxxxxx");
        assert_eq!(masked("a: {{"), "a: {{");
        assert_eq!(masked("a: {b: {c: d}}"), "a: {b: {c: d}}");
        assert_eq!(masked("a: ${{ b }}"), "a: $xxxxxxx");
    }

    #[test]
    fn masked_head_of_a_block_scalar_keeps_its_indentation() {
        let text = "a: |\n    {{- if .b }}\n  c\n";
        assert_eq!(masked(text), "a: |\n  x             \n  c\n");
        assert_eq!(
            masked("a: 1\n    {{- if .b }}\n  c\n"),
            "a: 1\n                \n  c\n"
        );
    }

    #[test]
    fn hostile_text_is_linear() {
        for piece in [
            "{{",
            "{{ \"",
            "{{ \\\"",
            "{{ `",
            "{{/*",
            "{%",
            "{#",
            "{{ \" \\\" ",
            "{{}}",
        ] {
            let text = piece.repeat(200_000);
            assert_eq!(masked(&text).len(), text.len(), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn length_and_line_ends_stay(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("{{"), Just("}}"), Just("{{-"), Just("-}}"), Just("{%"), Just("%}"), Just("{#"),
                    Just("#}"), Just("/*"), Just("*/"), Just("\n"), Just("\r\n"), Just("\""), Just("`"),
                    Just(" "), Just("ü"), Just("if"), Just("end"), Just("a: "), Just("|\n"), Just("#"),
                    Just("nindent 4"), Just("\\"), Just("\u{feff}"), Just("\0"),
                ],
                0..60,
            ),
        ) {
            let text = parts.concat();
            if let Some(masked) = mask(&text) {
                prop_assert_eq!(masked.text.len(), text.len());
                for (a, b) in text.bytes().zip(masked.text.bytes()) {
                    prop_assert_eq!(a == b'\n', b == b'\n');
                    prop_assert_eq!(a == b'\r', b == b'\r');
                }
                let mut end = 0;
                for directive in &masked.directives {
                    prop_assert!(directive.start >= end && directive.end > directive.start);
                    end = directive.end;
                }
            }
        }
    }
}
