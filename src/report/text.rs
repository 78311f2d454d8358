//! The report for people: each finding with its source lines, and a summary.

use super::Report;
use super::visible::{replacement, visible};
use crate::config::format_ms;
use crate::facts::Span;
use crate::rules::filter::Reported;
use crate::rules::finding::{Finding, Link, Severity};
use crate::source::{LineIndex, ceil_boundary, floor_boundary};
use codespan_reporting::diagnostic::{self, Diagnostic, LabelStyle};
use codespan_reporting::files::{self, Files};
use codespan_reporting::term::termcolor::WriteColor;
use codespan_reporting::term::{Config, Styles, StylesWriter, emit_to_write_style};
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Lines longer than this many bytes are clipped around what they are shown for.
const LINE_MAX: usize = 240;

/// How many bytes before a label a clipped line begins.
const LINE_LEAD: usize = 60;

/// Messages are clipped to this many characters: a key may be as long as its author likes.
const MESSAGE_MAX: usize = 2_000;

/// The text of a file by its path in findings, as it is now; `None` when it cannot be read any more.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<Arc<str>>;

/// Writes the findings of a report. Colours are used where `out` supports them.
///
/// # Errors
///
/// What `out` says.
pub fn findings(report: &Report, lookup: Lookup<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let mut sources = Sources {
        lookup,
        known: HashMap::new(),
    };
    for reported in &report.outcome.findings {
        finding(reported, &mut sources, out)?;
    }
    Ok(())
}

/// Writes the line that sums a report up.
///
/// # Errors
///
/// What `out` says.
pub fn summary(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", report.summary())
}

fn finding(
    reported: &Reported,
    sources: &mut Sources<'_>,
    out: &mut dyn WriteColor,
) -> io::Result<()> {
    let finding = &reported.finding;
    let mut excerpts = Excerpts::default();
    let mut notes = Vec::new();
    let mut places = vec![Place {
        path: &finding.path,
        span: finding.span,
        message: &finding.primary,
        style: LabelStyle::Primary,
    }];
    places.extend(finding.labels.iter().map(|label| Place {
        path: &label.path,
        span: label.span,
        message: &label.message,
        style: LabelStyle::Secondary,
    }));
    for place in places {
        match sources.get(place.path) {
            Some(source) if source.lines.range(place.span.line).is_some() => {
                excerpts.add(place);
            }
            // The file is gone or has become shorter since it was analysed.
            _ => notes.push(plain(&place)),
        }
    }
    notes.extend(own_notes(finding));
    let labels = excerpts.build(sources);
    let diagnostic = Diagnostic::new(match finding.severity {
        Severity::Error => diagnostic::Severity::Error,
        Severity::Warning => diagnostic::Severity::Warning,
        Severity::Note => diagnostic::Severity::Note,
    })
    .with_code(finding.rule)
    .with_message(line(&finding.message))
    .with_labels(labels)
    .with_notes(notes);
    let styles = Styles::default();
    let mut writer = StylesWriter::new(&mut *out, &styles);
    let emitted = emit_to_write_style(&mut writer, &Config::default(), &excerpts, &diagnostic);
    match emitted {
        Ok(()) => Ok(()),
        Err(files::Error::Io(error)) => Err(error),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// A place whose source cannot be shown.
fn plain(place: &Place<'_>) -> String {
    let Span {
        line: row, column, ..
    } = place.span;
    let separator = if place.message.is_empty() { "" } else { ": " };
    let message = line(place.message);
    format!("at {}:{row}:{column}{separator}{message}", line(place.path))
}

fn own_notes(finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    if !finding.chain.is_empty() {
        let width = finding.chain.len().to_string().len();
        let steps = finding.chain.iter().enumerate();
        let steps: Vec<String> = steps
            .map(|(index, link)| format!("{:>width$}. {}", index + 1, step(link)))
            .collect();
        notes.push(steps.join("\n"));
    }
    if !finding.note.is_empty() {
        notes.push(paragraph(&finding.note));
    }
    if !finding.help.is_empty() {
        notes.push(format!("help: {}", paragraph(&finding.help)));
    }
    notes
}

/// One link of a chain: what it is, how long it takes, where it stands.
fn step(link: &Link) -> String {
    let mut text = line(&link.label);
    if let Some(ms) = link.value_ms {
        text.push_str(&format!(": {}", format_ms(ms)));
    }
    if !link.path.is_empty() {
        text.push_str(&format!(" ({}:{})", line(&link.path), link.line));
    }
    text
}

/// Text as one safe line.
fn line(text: &str) -> String {
    let clipped: String = text.chars().take(MESSAGE_MAX).collect();
    let dots = if clipped.len() < text.len() {
        "…"
    } else {
        ""
    };
    format!("{}{dots}", visible(&clipped))
}

/// Text as safe lines.
fn paragraph(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

struct Source {
    text: Arc<str>,
    lines: LineIndex,
}

/// Files that were looked up, each read and indexed once.
struct Sources<'a> {
    lookup: Lookup<'a>,
    known: HashMap<String, Option<Source>>,
}

impl Sources<'_> {
    fn get(&mut self, path: &str) -> Option<&Source> {
        if !self.known.contains_key(path) {
            let source = (self.lookup)(path).map(|text| Source {
                lines: LineIndex::new(&text),
                text,
            });
            self.known.insert(path.to_owned(), source);
        }
        self.known.get(path)?.as_ref()
    }
}

#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    path: &'a str,
    span: Span,
    message: &'a str,
    style: LabelStyle,
}

/// The few lines that a finding shows, made safe and short. Codespan is given these and never a whole
/// file: its line numbers and columns are those of the real file all the same.
#[derive(Default)]
struct Excerpts<'a> {
    places: Vec<Place<'a>>,
    /// Lines wanted of each file, and the byte columns for which they are.
    wanted: BTreeMap<&'a str, BTreeMap<u32, Vec<u32>>>,
    files: Vec<Excerpt>,
}

#[derive(Default)]
struct Excerpt {
    name: String,
    text: String,
    /// For each line of `text` its range, with the line break, and the line's real number.
    lines: Vec<(Range<usize>, usize)>,
    /// The real columns of label starts, by byte offset in `text`.
    columns: HashMap<usize, usize>,
}

impl<'a> Excerpts<'a> {
    fn add(&mut self, place: Place<'a>) {
        let lines = self.wanted.entry(place.path).or_default();
        lines
            .entry(place.span.line)
            .or_default()
            .push(place.span.column);
        self.places.push(place);
    }

    /// Cuts the lines out and makes the labels that point into them.
    fn build(&mut self, sources: &mut Sources<'_>) -> Vec<diagnostic::Label<usize>> {
        let mut clips: HashMap<(&str, u32), Clip> = HashMap::new();
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for (path, wanted) in &self.wanted {
            let Some(source) = sources.get(path) else {
                continue;
            };
            let mut excerpt = Excerpt {
                name: line(path),
                ..Excerpt::default()
            };
            let mut before: Option<u32> = None;
            for (number, columns) in wanted {
                // Codespan draws a gap by the distance of line indexes: keep one line between as it
                // is, and let two empty lines stand for all longer gaps.
                match before.map(|before| number - before) {
                    Some(2) => {
                        let text = source.lines.line(&source.text, number - 1).unwrap_or("");
                        excerpt.push(*number - 1, &Clip::new(text, 0).text);
                    }
                    Some(gap) if gap > 2 => {
                        excerpt.push(*number - 2, "");
                        excerpt.push(*number - 1, "");
                    }
                    _ => {}
                }
                before = Some(*number);
                let text = source.lines.line(&source.text, *number).unwrap_or("");
                let first = columns.iter().min().copied().unwrap_or(1);
                let mut clip = Clip::new(text, byte(first));
                clip.offset = excerpt.push(*number, &clip.text);
                clips.insert((path, *number), clip);
            }
            numbers.insert(path, self.files.len());
            self.files.push(excerpt);
        }
        let mut labels = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let (Some(clip), Some(file)) = (
                clips.get(&(place.path, place.span.line)),
                numbers.get(place.path),
            ) else {
                continue;
            };
            let start = clip.at(byte(place.span.column));
            // What goes on over further lines is shown to the end of its first.
            let end = if place.span.end_line > place.span.line {
                clip.offset + clip.text.len()
            } else {
                clip.at(byte(place.span.end_column))
            };
            let column = usize::try_from(place.span.column).unwrap_or(usize::MAX);
            self.files[*file].columns.entry(start).or_insert(column);
            labels.push(diagnostic::Label {
                style: place.style,
                file_id: *file,
                range: start..end.max(start),
                message: line(place.message),
            });
        }
        labels
    }
}

/// The 0-based byte of a 1-based column.
fn byte(column: u32) -> usize {
    usize::try_from(column.max(1) - 1).unwrap_or(usize::MAX)
}

/// A line made safe and short.
struct Clip {
    text: String,
    /// Where the line begins in its excerpt.
    offset: usize,
    /// Bytes of the real line that begin a shown character, with the place of that in `text`.
    starts: Vec<(usize, usize)>,
}

impl Clip {
    /// Clips a line so that byte `focus` stays visible.
    fn new(line: &str, focus: usize) -> Self {
        let (from, to) = if line.len() <= LINE_MAX {
            (0, line.len())
        } else {
            let from = focus.min(line.len()).saturating_sub(LINE_LEAD);
            let from = floor_boundary(line, from.min(line.len() - LINE_MAX));
            (from, ceil_boundary(line, from + LINE_MAX))
        };
        let mut text = String::with_capacity(to - from + 8);
        let mut starts = Vec::new();
        if from > 0 {
            text.push('…');
        }
        for (at, c) in line[from..to].char_indices() {
            starts.push((from + at, text.len()));
            text.push(replacement(c).unwrap_or(c));
        }
        starts.push((to, text.len()));
        if to < line.len() {
            text.push('…');
        }
        Self {
            text,
            offset: 0,
            starts,
        }
    }

    /// Where a byte of the real line stands in the excerpt; what was clipped stands at the edge.
    fn at(&self, byte: usize) -> usize {
        let index = self.starts.partition_point(|(real, _)| *real < byte);
        let shown = self.starts.get(index).or(self.starts.last());
        self.offset + shown.map_or(0, |(_, shown)| *shown)
    }
}

impl Excerpt {
    /// Adds a line and says where it begins.
    fn push(&mut self, number: u32, line: &str) -> usize {
        let start = self.text.len();
        self.text.push_str(line);
        self.text.push('\n');
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        self.lines.push((start..self.text.len(), number));
        start
    }
}

impl<'f> Files<'f> for Excerpts<'_> {
    type FileId = usize;
    type Name = &'f str;
    type Source = &'f str;

    fn name(&'f self, id: usize) -> Result<&'f str, files::Error> {
        Ok(&self.file(id)?.name)
    }

    fn source(&'f self, id: usize) -> Result<&'f str, files::Error> {
        Ok(&self.file(id)?.text)
    }

    fn line_index(&'f self, id: usize, byte: usize) -> Result<usize, files::Error> {
        let lines = &self.file(id)?.lines;
        Ok(lines
            .partition_point(|(range, _)| range.start <= byte)
            .saturating_sub(1))
    }

    fn line_number(&'f self, id: usize, index: usize) -> Result<usize, files::Error> {
        Ok(self.file(id)?.line(index)?.1)
    }

    fn column_number(
        &'f self,
        id: usize,
        index: usize,
        byte: usize,
    ) -> Result<usize, files::Error> {
        let file = self.file(id)?;
        let start = file.line(index)?.0.start;
        Ok(file.columns.get(&byte).copied().unwrap_or(byte - start + 1))
    }

    fn line_range(&'f self, id: usize, index: usize) -> Result<Range<usize>, files::Error> {
        Ok(self.file(id)?.line(index)?.0.clone())
    }
}

impl Excerpts<'_> {
    fn file(&self, id: usize) -> Result<&Excerpt, files::Error> {
        self.files.get(id).ok_or(files::Error::FileMissing)
    }
}

impl Excerpt {
    fn line(&self, index: usize) -> Result<&(Range<usize>, usize), files::Error> {
        self.lines.get(index).ok_or(files::Error::LineTooLarge {
            given: index,
            max: self.lines.len(),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::report::{FileCounts, Unparsed};
    use crate::rules::filter::{Counts, Outcome};
    use crate::rules::finding::{Confidence, Label, LinkKind};
    use crate::source::Skipped;
    use codespan_reporting::term::termcolor::NoColor;

    fn span(line: u32, column: u32, end_column: u32) -> Span {
        Span {
            line,
            column,
            end_line: line,
            end_column,
        }
    }

    /// A report with everything in it.
    pub(in crate::report) fn sample() -> Report {
        let finding = Finding {
            rule: "key-mismatch",
            severity: Severity::Error,
            confidence: Confidence::Medium,
            path: "queue/position.go".to_owned(),
            span: span(2, 14, 19),
            message: "`queue:<id>` is read, but nothing writes it".to_owned(),
            primary: "ZRANK reads this sorted set".to_owned(),
            note: "every lookup misses".to_owned(),
            help: "build the key in one function".to_owned(),
            labels: vec![
                Label {
                    path: "queue/position.go".to_owned(),
                    span: span(9, 2, 6),
                    message: "its only writer".to_owned(),
                },
                Label {
                    path: "deploy.yaml".to_owned(),
                    span: span(1, 1, 5),
                    message: "asked here".to_owned(),
                },
            ],
            chain: vec![
                Link {
                    kind: LinkKind::Handler,
                    label: "GET /queue/status -> Status".to_owned(),
                    path: "routes/queue.go".to_owned(),
                    line: 40,
                    value_ms: None,
                },
                Link {
                    kind: LinkKind::Latency,
                    label: "measured latency of /readyz".to_owned(),
                    path: String::new(),
                    line: 0,
                    value_ms: Some(18_814),
                },
            ],
            text: String::new(),
            keys: Vec::new(),
            idle: false,
        };
        Report {
            outcome: Outcome {
                findings: vec![Reported {
                    finding,
                    fingerprint: "0123456789abcdef".to_owned(),
                }],
                suppressed: 2,
                counts: Counts {
                    error: 1,
                    warning: 0,
                    note: 0,
                },
            },
            coverage: Default::default(),
            files: FileCounts {
                go: 2,
                yaml: 1,
                ..FileCounts::default()
            },
            skipped: vec![Skipped {
                path: "pipe.go".to_owned(),
                reason: "not a regular file".to_owned(),
            }],
            unparsed: vec![Unparsed {
                path: "broken.go".to_owned(),
                line: 7,
                reason: "unexpected `}`".to_owned(),
                partial: true,
            }],
        }
    }

    fn render(report: &Report, lookup: Lookup<'_>) -> String {
        let mut out = NoColor::new(Vec::new());
        findings(report, lookup, &mut out).unwrap();
        summary(report, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    fn lookup(path: &str) -> Option<Arc<str>> {
        match path {
            "queue/position.go" => {
                Some("package queue\n\tr, err := q.ZRank(ctx, key)\n\n\n\n\n\n\n\tZAdd(x)\n".into())
            }
            "deploy.yaml" => Some("kind: Deployment\r\n".into()),
            _ => None,
        }
    }

    #[test]
    fn a_finding_shows_all_its_places() {
        insta::assert_snapshot!(render(&sample(), &lookup), @r#"
        error[key-mismatch]: `queue:<id>` is read, but nothing writes it
          ┌─ queue/position.go:2:14
          │
        2 │     r, err := q.ZRank(ctx, key)
          │                 ^^^^^ ZRANK reads this sorted set
          ·
        9 │     ZAdd(x)
          │     ---- its only writer
          │
          ┌─ deploy.yaml:1:1
          │
        1 │ kind: Deployment
          │ ---- asked here
          │
          = 1. GET /queue/status -> Status (routes/queue.go:40)
            2. measured latency of /readyz: 18.814s
          = every lookup misses
          = help: build the key in one function

        1 error (2 suppressed) in 2 Go files, 1 YAML file; 1 skipped, 1 could not be parsed
        "#);
    }

    #[test]
    fn sources_that_vanished_or_shrank_leave_plain_lines() {
        let text = render(&sample(), &|_| None);
        insta::assert_snapshot!(text, @r#"
        error[key-mismatch]: `queue:<id>` is read, but nothing writes it
         = at queue/position.go:2:14: ZRANK reads this sorted set
         = at queue/position.go:9:2: its only writer
         = at deploy.yaml:1:1: asked here
         = 1. GET /queue/status -> Status (routes/queue.go:40)
           2. measured latency of /readyz: 18.814s
         = every lookup misses
         = help: build the key in one function

        1 error (2 suppressed) in 2 Go files, 1 YAML file; 1 skipped, 1 could not be parsed
        "#);
        let shrunk = render(&sample(), &|_| Some("x".into()));
        assert!(shrunk.contains("at queue/position.go:2:14: ZRANK reads"));
        // Lines that are too short, and columns within a character, do no harm.
        let short = render(&sample(), &|_| Some("я\nяяяяяяяяяяяя\n".into()));
        assert!(short.contains("queue/position.go:2:14"));
    }

    #[test]
    fn terminal_escapes_never_get_through() {
        let mut report = sample();
        let finding = &mut report.outcome.findings[0].finding;
        let (label, link) = (&mut finding.labels[1], &mut finding.chain[0]);
        for text in [
            &mut finding.message,
            &mut finding.primary,
            &mut finding.note,
            &mut finding.help,
            &mut label.path,
            &mut label.message,
            &mut link.label,
            &mut link.path,
        ] {
            text.push_str("\u{1b}[2J\u{9b}x\u{202e}\r");
        }
        let text = render(&report, &|_| {
            Some("\u{1b}]0;x\u{7}\n\tr, \u{1b}[31m q.ZRank\0(ctx)\n".into())
        });
        let bad = |c: char| c.is_control() && c != '\n' && c != '\t' || c == '\u{202e}';
        assert_eq!(text.find(bad), None, "{text}");
    }

    #[test]
    fn long_lines_are_clipped_around_the_place() {
        let mut report = sample();
        let finding = &mut report.outcome.findings[0].finding;
        finding.labels.truncate(1);
        finding.span = span(1, 5_000_001, 5_000_007);
        finding.labels[0].span = span(1, 9_000_000, 9_000_003);
        let mut source = "я".repeat(2_500_000);
        source.push_str("NEEDLE");
        source.push_str(&"x".repeat(5_000_000));
        let source: Arc<str> = source.into();
        let text = render(&report, &|_| Some(source.clone()));
        assert!(text.contains("NEEDLE") && text.contains(":1:5000001"));
        assert!(text.len() < 3_000, "{}", text.len());
    }

    #[test]
    fn spans_over_several_lines_end_with_the_first() {
        let mut report = sample();
        let finding = &mut report.outcome.findings[0].finding;
        finding.labels.clear();
        finding.span.end_line = 4;
        finding.span.end_column = 1;
        let text = render(&report, &lookup);
        assert!(text.contains("ZRank(ctx, key)\n"));
        assert!(text.contains("^^^^^^^^^^^^^^^ ZRANK reads"), "{text}");
    }
}
