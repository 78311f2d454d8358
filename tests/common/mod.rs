//! What the tests of several languages share: programs of `-- path --` sections, and what is found in them.

use slotlint::config::Settings;
use slotlint::program::Program;
use slotlint::source::{Options, find};
use std::collections::BTreeSet;
use std::path::Path;

/// A program, and what must be found in it: its name, its sections, and `COMMAND key` for each key.
/// `-` before one: found, but nothing runs it.
pub type Case<'c> = (&'c str, &'c str, &'c [&'c str]);

/// Files of `-- path --` sections.
pub fn sections(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            Some(path) => files.push((path.to_string(), String::new())),
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    files
}

/// Writes sections to a folder; without a manifest of their own they get the one given.
pub fn write(folder: &Path, mut files: Vec<(String, String)>, manifest: (&str, &str)) {
    if !files.iter().any(|(path, _)| path.ends_with(manifest.0)) {
        files.push((manifest.0.into(), manifest.1.into()));
    }
    for (path, text) in &files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
}

/// Links what stands in a folder, all of which must be well formed.
pub fn link(folder: &Path) -> Program {
    let found = find(&[folder.to_path_buf()], &Options::default());
    let facts = slotlint::lang::read(&found.files, None, Some(1));
    let program = Program::link(facts, &Settings::default());
    for file in &program.files {
        assert!(file.errors.is_empty(), "{}: {:?}", file.path, file.errors);
    }
    program
}

/// Commands of judged functions, once for each key.
pub fn found(program: &Program) -> BTreeSet<String> {
    program
        .commands
        .iter()
        .filter(|c| program.is_judged(program.event(c.event).func))
        .flat_map(|c| {
            let event = program.event(c.event);
            let name = event.command().map_or("", |c| c.name.as_str());
            let dead = if program.function(event.func).live {
                ""
            } else {
                "-"
            };
            let mut keys: Vec<String> = c
                .keys
                .iter()
                .map(|k| k.template.as_ref().map_or("?".into(), |t| t.text()))
                .collect();
            if keys.is_empty() {
                keys.push(String::new());
            }
            keys.into_iter()
                .map(move |key| format!("{dead}{name} {key}").trim_end().to_string())
        })
        .collect()
}

/// Compares what is found in each program with what is wanted, and says all differences together.
pub fn compare(cases: &[Case<'_>], program: impl Fn(&str) -> Program) {
    let mut problems = Vec::new();
    for (name, text, wanted) in cases {
        let found = found(&program(text));
        let wanted: BTreeSet<String> = wanted.iter().map(|w| (*w).to_string()).collect();
        if found != wanted {
            problems.push(format!("{name}\n  wanted {wanted:?}\n  found  {found:?}"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
}
