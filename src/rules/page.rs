//! A rule's page: its metadata, what `explain` shows, and the examples that tests run.
//!
//! A page is Markdown with front matter (`summary`, `category`, `severity`, `since`, one a line).
//! Under its `## Examples`, each `###` heading is one small program: fenced blocks whose info string
//! says `LANGUAGE file=PATH`. A comment `// ~ RULE[ RULE...]` (`# ~` in YAML, `-- ~` in Lua) at the
//! end of a line names what must be reported on that line.

use super::finding::Severity;

/// A rule that is part of this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleInfo {
    /// The rule's id.
    pub id: &'static str,
    /// The whole page.
    pub page: &'static str,
}

impl RuleInfo {
    /// What the rule reports, in one line; empty when the page does not say.
    pub fn summary(&self) -> &'static str {
        front_matter(self.page, "summary").unwrap_or_default()
    }

    /// The group that the rule belongs to; empty when the page does not say.
    pub fn category(&self) -> &'static str {
        front_matter(self.page, "category").unwrap_or_default()
    }

    /// The severity that the rule has by default; a page that does not say has warnings.
    pub fn severity(&self) -> Severity {
        match front_matter(self.page, "severity") {
            Some("error") => Severity::Error,
            Some("note") => Severity::Note,
            _ => Severity::Warning,
        }
    }

    /// The first version that has the rule; empty when the page does not say.
    pub fn since(&self) -> &'static str {
        front_matter(self.page, "since").unwrap_or_default()
    }

    /// The page as people read it: the rule's id and metadata as a heading, then the text without
    /// front matter, without file names behind the fences and without marks.
    pub fn text(&self) -> String {
        let mut out = format!(
            "# {}\n\n{} ({}, {}, since {})\n\n",
            self.id,
            self.summary(),
            self.category(),
            self.severity().as_str(),
            self.since()
        );
        let mut fence: Option<&str> = None;
        for line in split_front_matter(self.page).1.trim_start().lines() {
            match (fence, fence_of(line)) {
                (None, Some((marker, info))) => {
                    fence = Some(marker);
                    let language = info.split_whitespace().next().unwrap_or_default();
                    out.push_str(marker);
                    out.push_str(language);
                }
                (Some(open), Some((marker, ""))) if marker.len() >= open.len() => {
                    fence = None;
                    out.push_str(line);
                }
                (Some(_), _) => out.push_str(split_mark(line).0),
                (None, None) => out.push_str(line),
            }
            out.push('\n');
        }
        out
    }

    /// The programs of the page, in order.
    pub fn examples(&self) -> Vec<Example> {
        examples(self.page)
    }
}

/// One small program of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The heading.
    pub title: String,
    /// 1-based line of the heading within the page.
    pub line: usize,
    /// Its files, in order.
    pub files: Vec<ExampleFile>,
}

/// One file of an [`Example`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// The path that the block names.
    pub path: String,
    /// The text with the marks cut off; lines and columns before a mark stay what they were.
    pub text: String,
    /// What must be reported: 1-based line within the file and rule, in order.
    pub marks: Vec<(u32, String)>,
}

/// Reads the examples of a page.
pub fn examples(page: &str) -> Vec<Example> {
    let mut out: Vec<Example> = Vec::new();
    let mut inside = false;
    let mut fence: Option<(&str, Option<ExampleFile>)> = None;
    for (index, line) in page.lines().enumerate() {
        if let Some((open, file)) = &mut fence {
            let closes = fence_of(line)
                .is_some_and(|(marker, info)| info.is_empty() && marker.len() >= open.len());
            if closes {
                if let (Some(file), Some(example)) = (file.take(), out.last_mut()) {
                    example.files.push(file);
                }
                fence = None;
            } else if let Some(file) = file {
                add_line(file, line);
            }
        } else if let Some((marker, info)) = fence_of(line) {
            let path = info
                .split_whitespace()
                .find_map(|word| word.strip_prefix("file="));
            let file = path.filter(|_| inside).map(|path| ExampleFile {
                path: path.to_owned(),
                text: String::new(),
                marks: Vec::new(),
            });
            fence = Some((marker, file));
        } else if let Some(title) = line.strip_prefix("### ") {
            if inside {
                out.push(Example {
                    title: title.trim().to_owned(),
                    line: index + 1,
                    files: Vec::new(),
                });
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            inside = title.trim() == "Examples";
        }
    }
    out
}

fn add_line(file: &mut ExampleFile, line: &str) {
    let (code, rules) = split_mark(line);
    file.text.push_str(code);
    file.text.push('\n');
    let number = file.text.bytes().filter(|byte| *byte == b'\n').count();
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    file.marks
        .extend(rules.map(|rule| (number, rule.to_owned())));
}

/// The line without its mark and the space before it, and the rules that the mark names.
pub fn split_mark(line: &str) -> (&str, impl Iterator<Item = &str>) {
    let found = ["// ~ ", "# ~ ", "-- ~ ", "  ~ "]
        .iter()
        .filter_map(|mark| line.rfind(mark).map(|at| (at, mark.len())))
        .max();
    let (code, rules) = match found {
        Some((at, len)) => (line[..at].trim_end(), &line[at + len..]),
        None => (line, ""),
    };
    (code, rules.split_whitespace())
}

/// The marker and the info string of a line that opens or closes a fenced block.
fn fence_of(line: &str) -> Option<(&str, &str)> {
    let len = line.bytes().take_while(|byte| *byte == b'`').count();
    (len >= 3).then(|| (&line[..len], line[len..].trim()))
}

fn split_front_matter(page: &str) -> (&str, &str) {
    page.strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .unwrap_or(("", page))
}

fn front_matter<'a>(page: &'a str, key: &str) -> Option<&'a str> {
    split_front_matter(page).0.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
---
summary: KEYS walks the whole keyspace: always
category: commands
severity: error
since: 0.1.0
---
## What it does
Text.

```text
not a file // ~ nothing
```

## Examples

### One call

Prose.

```go file=a/main.go
package main
	r.Keys(ctx, \"*\")   // ~ keys-command other-rule
```

````yaml file=b.yaml
a: 1 # ~ duplicate-yaml-key
````

### Silent

```go file=c.go
package c
```

## How to fix

```go
r.Scan() // ~ x
```
";

    fn info() -> RuleInfo {
        RuleInfo {
            id: "keys-command",
            page: PAGE,
        }
    }

    #[test]
    fn front_matter_is_read() {
        assert_eq!(info().summary(), "KEYS walks the whole keyspace: always");
        assert_eq!(info().category(), "commands");
        assert_eq!(info().severity(), Severity::Error);
        assert_eq!(info().since(), "0.1.0");
    }

    #[test]
    fn examples_are_read_with_their_marks() {
        let examples = info().examples();
        let titles: Vec<&str> = examples.iter().map(|e| e.title.as_str()).collect();
        assert_eq!(titles, ["One call", "Silent"]);
        assert_eq!(examples[0].line, 16);
        let file = &examples[0].files[0];
        assert_eq!(file.path, "a/main.go");
        assert_eq!(file.text, "package main\n\tr.Keys(ctx, \"*\")\n");
        assert_eq!(
            file.marks,
            [(2, "keys-command".to_owned()), (2, "other-rule".to_owned())]
        );
        assert_eq!(examples[0].files[1].text, "a: 1\n");
        assert_eq!(examples[0].files[1].marks.len(), 1);
        assert_eq!(examples[1].files[0].marks, []);
    }

    #[test]
    fn the_text_shows_no_machinery() {
        let text = info().text();
        assert!(text.starts_with("# keys-command\n\nKEYS walks"));
        assert!(!text.contains('~') && !text.contains("file=") && !text.contains("---"));
        assert!(text.contains("```go\npackage main\n\tr.Keys(ctx, \"*\")\n```\n"));
    }
}
