//! `slotlint explain` and `slotlint rules`.

use super::output::{print, say};
use super::{Status, args};
use crate::rules::{ALL, RuleInfo};

/// Prints a rule's page, or all rules with their summaries.
pub(super) fn explain(arguments: &args::Explain) -> Status {
    let page = arguments
        .rule
        .as_ref()
        .and_then(|id| ALL.iter().find(|rule| rule.id == id));
    finish(&match page {
        Some(rule) => rule.text(),
        None => table(|rule| vec![rule.id, rule.summary()]),
    })
}

/// Prints all rules with severity, category and summary.
pub(super) fn rules() -> Status {
    finish(&table(|rule| {
        vec![
            rule.id,
            rule.severity().as_str(),
            rule.category(),
            rule.summary(),
        ]
    }))
}

fn finish(text: &str) -> Status {
    match print(text.as_bytes()) {
        Ok(()) => Status::Clean,
        Err(error) => {
            say(&format!("cannot write to standard output: {error}"));
            Status::Failure
        }
    }
}

/// A line a rule, columns aligned.
fn table(row: impl Fn(&RuleInfo) -> Vec<&'static str>) -> String {
    let rows: Vec<Vec<&str>> = ALL.iter().map(row).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].len());
            cells.max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
