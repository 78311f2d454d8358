use super::Context;
use super::finding::{Confidence, Finding, Severity};
use crate::facts::Span;

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.program.files.iter().filter(|f| f.relevant) {
        let (span, message, primary) = match (file.errors.first(), &file.skipped) {
            (Some(error), _) => {
                let more = match file.errors.len() - 1 {
                    0 => String::new(),
                    n => format!(" (and {n} more)"),
                };
                let extent = if error.partial {
                    "part of this file"
                } else {
                    "this file"
                };
                (
                    error.span,
                    format!("{extent} could not be parsed: {}{more}", error.reason),
                    error.reason.clone(),
                )
            }
            (None, Some(reason)) => {
                let start = Span {
                    line: 1,
                    column: 1,
                    end_line: 1,
                    end_column: 1,
                };
                (
                    start,
                    format!("this file was not read: {reason}"),
                    String::new(),
                )
            }
            (None, None) => continue,
        };
        out.push(Finding {
            rule: "unparsed-file",
            severity: Severity::Warning,
            confidence: Confidence::High,
            path: file.path.clone(),
            span,
            message,
            primary,
            note: "what stands there is not judged, so silence about it proves nothing".into(),
            help: if file.skipped.is_some() && file.errors.is_empty() {
                "render the template and pipe it in (`helm template . | slotlint check ROOT -`), or leave the file out of the run".into()
            } else {
                "mend the syntax, or leave the file out of the run".into()
            },
            labels: Vec::new(),
            chain: Vec::new(),
            text: "unparsed".into(),
            keys: Vec::new(),
            idle: false,
        });
    }
}
