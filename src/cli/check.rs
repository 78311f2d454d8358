//! `slotlint check`.

use super::args::{Check, Format, FormatKind};
use super::output::{colours, print, say};
use super::project::{Configurations, Project, say_config_error};
use super::{Status, usage};
use crate::config::{ConfigError, Settings};
use crate::program::Program;
use crate::report::{Coverage, Report, Unparsed, json, text};
use crate::rules;
use crate::rules::filter::{self, Run, Selection};
use crate::rules::finding::{Confidence, Finding, Severity};
use crate::source::STDIN;
use clap::error::ErrorKind;
use codespan_reporting::term::termcolor::{Buffer, WriteColor};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The rule that reports faults of slotlint itself.
const INTERNAL: &str = "internal-error";

/// Analyses the roots and writes the documents.
///
/// # Errors
///
/// Usage errors that the argument parser alone cannot see.
pub(super) fn run(arguments: &Check) -> Result<Status, clap::Error> {
    let formats = formats(arguments)?;
    if arguments
        .paths
        .iter()
        .filter(|path| path.as_os_str() == STDIN)
        .count()
        > 1
    {
        return Err(usage(
            ErrorKind::ArgumentConflict,
            "`-` can be given only once",
        ));
    }
    let configurations = match Configurations::read(&arguments.paths, &arguments.configuration) {
        Ok(configurations) => configurations,
        Err(error) => return Ok(without_configuration(&error, &formats)),
    };
    let mut project = Project::read(&arguments.paths, &configurations, arguments.jobs);
    if arguments.verbose {
        for config in &configurations.configs {
            say(&format!("configuration {}", config.path));
        }
    }
    project.say_troubles(!arguments.quiet);

    let mut settings = Settings::new(
        arguments.cluster,
        arguments.latency.clone(),
        configurations.first(),
        &configurations.configs,
    );
    settings.pedantic = arguments.pedantic;
    settings.tests = arguments.tests;
    let facts = std::mem::take(&mut project.facts);
    let findings = catch_unwind(AssertUnwindSafe(|| {
        let program = Program::link(facts, &settings);
        (rules::run(&program, &settings), program.coverage())
    }));
    let (findings, coverage) =
        findings.unwrap_or_else(|_| (vec![internal_error()], Coverage::default()));
    let internal = findings.iter().any(|finding| finding.rule == INTERNAL);

    let fail_on = arguments
        .fail_on
        .or_else(|| configurations.first().and_then(|config| config.fail_on))
        .unwrap_or_default();
    let ids: Vec<&'static str> = rules::ALL.iter().map(|rule| rule.id).collect();
    let current = match std::env::current_dir() {
        Ok(folder) => folder.canonicalize().unwrap_or(folder),
        Err(_) => std::path::PathBuf::new(),
    };
    let outcome = filter::apply(
        findings,
        &Run {
            rules: &ids,
            selection: &Selection {
                select: arguments.select.clone(),
                ignore: arguments.ignore.clone(),
            },
            scopes: &configurations.scopes(),
            files: &project.contexts(arguments.tests),
            current: &current,
            pedantic: arguments.pedantic,
            fail_on,
        },
    );
    let report = Report {
        outcome,
        coverage,
        files: project.counts,
        skipped: std::mem::take(&mut project.skipped),
        unparsed: std::mem::take(&mut project.unparsed),
    };
    if arguments.verbose {
        say(&report.summary());
    }
    let lookup = |path: &str| project.text(path);
    let mut written = write(&report, &formats, &lookup, !arguments.quiet);
    if arguments.statistics {
        written &= statistics(&report, &formats);
    }
    Ok(if !written || internal || !project.missing.is_empty() {
        Status::Failure
    } else if report.outcome.fails(fail_on) {
        Status::Findings
    } else if project.empty.is_empty() {
        Status::Clean
    } else {
        Status::Nothing
    })
}

/// The documents to write: text on standard output unless something else is asked for.
fn formats(arguments: &Check) -> Result<Vec<Format>, clap::Error> {
    if arguments.format.is_empty() {
        return Ok(vec![Format {
            kind: FormatKind::Text,
            file: None,
        }]);
    }
    for (index, format) in arguments.format.iter().enumerate() {
        if arguments.format[..index]
            .iter()
            .any(|other| other.file == format.file)
        {
            let message = match &format.file {
                None => "only one --format can go to standard output: write NAME=FILE".to_owned(),
                Some(file) => format!("two formats cannot go to one file: {}", file.display()),
            };
            return Err(usage(ErrorKind::ArgumentConflict, &message));
        }
    }
    Ok(arguments.format.clone())
}

/// A run whose configuration cannot be used reads nothing, and its document says so.
fn without_configuration(error: &ConfigError, formats: &[Format]) -> Status {
    say_config_error(error);
    let report = Report {
        unparsed: vec![Unparsed {
            path: error.path().to_owned(),
            line: error.line(),
            reason: error.to_string(),
            partial: false,
        }],
        ..Report::default()
    };
    write(&report, formats, &|_| None, true);
    Status::Failure
}

fn internal_error() -> Finding {
    Finding {
        rule: INTERNAL,
        severity: Severity::Error,
        confidence: Confidence::High,
        path: ".".to_owned(),
        span: crate::facts::Span {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
        },
        message: "the analysis failed, so nothing is known of this program".to_owned(),
        primary: String::new(),
        note: "this is a fault of slotlint, not of the program".to_owned(),
        help: "report it with what standard error says above".to_owned(),
        labels: Vec::new(),
        chain: Vec::new(),
        text: String::new(),
        keys: Vec::new(),
        idle: false,
    }
}

/// Writes the documents and says whether all could be written.
fn write(
    report: &Report,
    formats: &[Format],
    lookup: &dyn Fn(&str) -> Option<Arc<str>>,
    summary: bool,
) -> bool {
    let mut all = true;
    for format in formats {
        let document = match format.kind {
            FormatKind::Text => {
                let colours = format.file.is_none() && colours();
                text_document(report, lookup, colours, summary)
            }
            FormatKind::Json => json::render(report)
                .map(String::into_bytes)
                .map_err(io::Error::from),
        };
        let (written, target) = match &format.file {
            None => (
                document.and_then(|document| print(&document)),
                "standard output".to_owned(),
            ),
            Some(file) => (
                document.and_then(|document| std::fs::write(file, document)),
                file.display().to_string(),
            ),
        };
        if let Err(error) = written {
            say(&format!("cannot write to {target}: {error}"));
            all = false;
        }
    }
    all
}

fn text_document(
    report: &Report,
    lookup: &dyn Fn(&str) -> Option<Arc<str>>,
    colours: bool,
    summary: bool,
) -> io::Result<Vec<u8>> {
    let mut out = if colours {
        Buffer::ansi()
    } else {
        Buffer::no_color()
    };
    text::findings(report, lookup, &mut out as &mut dyn WriteColor)?;
    if summary {
        text::summary(report, &mut out as &mut dyn Write)?;
    }
    Ok(out.into_inner())
}

/// Writes how many findings each rule has, the most frequent first, and how much was understood: below
/// the text on standard output, or on standard error where another document goes there.
fn statistics(report: &Report, formats: &[Format]) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reported in &report.outcome.findings {
        *counts.entry(reported.finding.rule).or_default() += 1;
    }
    let mut rows: Vec<(&str, usize)> = counts.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut lines: String = rows
        .iter()
        .map(|(rule, count)| format!("{count:>6}  {rule}\n"))
        .collect();
    let coverage = report.coverage;
    for (count, what) in [
        (coverage.commands, "calls that send a command"),
        (coverage.keys, "keys known"),
        (coverage.unknown, "calls of which no key is known"),
    ] {
        lines.push_str(&format!("{count:>6}  {what}\n"));
    }
    let document_elsewhere = formats
        .iter()
        .any(|format| format.file.is_none() && format.kind != FormatKind::Text);
    if document_elsewhere {
        super::output::say_lines(lines.trim_end());
        return true;
    }
    match print(lines.as_bytes()) {
        Ok(()) => true,
        Err(error) => {
            say(&format!("cannot write to standard output: {error}"));
            false
        }
    }
}
