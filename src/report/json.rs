//! The JSON document, version 1. It only ever gains fields.

use super::{Report, visible_json};
use crate::rules::filter::Reported;
use crate::rules::finding::{Confidence, Label, Link, Severity};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    findings: Vec<Finding<'a>>,
    files: Files<'a>,
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: Severity,
    confidence: Confidence,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'a str,
    help: &'a str,
    fingerprint: &'a str,
    labels: &'a [Label],
    chain: &'a [Link],
}

#[derive(Serialize)]
struct Files<'a> {
    read: Read,
    skipped: Vec<Skipped<'a>>,
    unparsed: Vec<Unparsed<'a>>,
}

#[derive(Serialize)]
struct Read {
    go: usize,
    rust: usize,
    lua: usize,
    yaml: usize,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Unparsed<'a> {
    path: &'a str,
    line: u32,
    reason: &'a str,
    partial: bool,
}

#[derive(Serialize)]
struct Summary {
    error: usize,
    warning: usize,
    note: usize,
    suppressed: usize,
}

/// The document of a report, with a line break at its end.
///
/// # Errors
///
/// What the serializer says; the document's own types cannot cause an error.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let document = Document {
        version: 1,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        findings: report.outcome.findings.iter().map(finding).collect(),
        files: Files {
            read: Read {
                go: report.files.go,
                rust: report.files.rust,
                lua: report.files.lua,
                yaml: report.files.yaml,
            },
            skipped: report
                .skipped
                .iter()
                .map(|skipped| Skipped {
                    path: &skipped.path,
                    reason: &skipped.reason,
                })
                .collect(),
            unparsed: report
                .unparsed
                .iter()
                .map(|unparsed| Unparsed {
                    path: &unparsed.path,
                    line: unparsed.line,
                    reason: &unparsed.reason,
                    partial: unparsed.partial,
                })
                .collect(),
        },
        summary: Summary {
            error: report.outcome.counts.error,
            warning: report.outcome.counts.warning,
            note: report.outcome.counts.note,
            suppressed: report.outcome.suppressed,
        },
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(visible_json(&text).into_owned())
}

fn finding(reported: &Reported) -> Finding<'_> {
    let Reported {
        finding,
        fingerprint,
    } = reported;
    Finding {
        rule: finding.rule,
        severity: finding.severity,
        confidence: finding.confidence,
        path: &finding.path,
        line: finding.span.line,
        column: finding.span.column,
        end_line: finding.span.end_line,
        end_column: finding.span.end_column,
        message: &finding.message,
        help: &finding.help,
        fingerprint,
        labels: &finding.labels,
        chain: &finding.chain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::tests::sample;

    #[test]
    fn the_document_is_as_promised() {
        let json = render(&sample()).unwrap();
        let json = json.replace(
            concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\""),
            "\"version\": \"X\"",
        );
        insta::assert_snapshot!(json, @r#"
        {
          "version": 1,
          "tool": {
            "name": "slotlint",
            "version": "X"
          },
          "findings": [
            {
              "rule": "key-mismatch",
              "severity": "error",
              "confidence": "medium",
              "path": "queue/position.go",
              "line": 2,
              "column": 14,
              "end_line": 2,
              "end_column": 19,
              "message": "`queue:<id>` is read, but nothing writes it",
              "help": "build the key in one function",
              "fingerprint": "0123456789abcdef",
              "labels": [
                {
                  "path": "queue/position.go",
                  "line": 9,
                  "column": 2,
                  "end_line": 9,
                  "end_column": 6,
                  "message": "its only writer"
                },
                {
                  "path": "deploy.yaml",
                  "line": 1,
                  "column": 1,
                  "end_line": 1,
                  "end_column": 5,
                  "message": "asked here"
                }
              ],
              "chain": [
                {
                  "kind": "handler",
                  "label": "GET /queue/status -> Status",
                  "path": "routes/queue.go",
                  "line": 40,
                  "value_ms": null
                },
                {
                  "kind": "latency",
                  "label": "measured latency of /readyz",
                  "path": "",
                  "line": 0,
                  "value_ms": 18814
                }
              ]
            }
          ],
          "files": {
            "read": {
              "go": 2,
              "rust": 0,
              "lua": 0,
              "yaml": 1
            },
            "skipped": [
              {
                "path": "pipe.go",
                "reason": "not a regular file"
              }
            ],
            "unparsed": [
              {
                "path": "broken.go",
                "line": 7,
                "reason": "unexpected `}`",
                "partial": true
              }
            ]
          },
          "summary": {
            "error": 1,
            "warning": 0,
            "note": 0,
            "suppressed": 2
          }
        }
        "#);
    }
}
