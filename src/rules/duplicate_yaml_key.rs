use super::Context;
use super::finding::{Confidence, Finding, Label, Severity};
use crate::facts::{DocumentShape, DuplicateKey};

pub fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in &context.program.files {
        for document in file
            .documents
            .iter()
            .filter(|d| d.shape != DocumentShape::Other)
        {
            for duplicate in &document.duplicates {
                let mut finding = report(&file.path, duplicate);
                if document.templated {
                    finding.confidence = Confidence::Low;
                }
                out.push(finding);
            }
        }
    }
}

fn report(path: &str, duplicate: &DuplicateKey) -> Finding {
    let DuplicateKey {
        key,
        parent,
        first,
        second,
    } = duplicate;
    let place = if parent.is_empty() {
        "the document".to_string()
    } else {
        format!("`{parent}`")
    };
    Finding {
        rule: "duplicate-yaml-key",
        severity: Severity::Error,
        confidence: Confidence::High,
        path: path.to_string(),
        span: *second,
        message: format!("`{key}` stands twice in {place}"),
        primary: "many readers keep this one and say nothing".into(),
        note: "the first value is lost; often the line between them, such as the name of the next probe, was lost to a comment".into(),
        help: "delete one of them, or restore the key that should stand between them".into(),
        labels: vec![Label { path: path.to_string(), span: *first, message: "first written here".into() }],
        chain: Vec::new(),
        text: format!("{parent}.{key}"),
        keys: Vec::new(),
        idle: false,
    }
}
