//! The documentation and the program say the same.

use assert_cmd::Command;
use slotlint::config::{Config, ConfigError};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// All pages, from the root of the project.
const PAGES: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/configuration.md",
    "docs/json.md",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fenced blocks of a page in one language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info == language, String::new())),
            (Some((wanted, text)), Some(_)) => {
                if *wanted {
                    out.push(std::mem::take(text));
                }
                open = None;
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    out
}

/// Cells of the rows of tables whose first cell begins with a backtick or a link to one.
fn rows(page: &str) -> Vec<Vec<&str>> {
    page.lines()
        .filter(|line| line.starts_with("| `") || line.starts_with("| [`"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// What stands between the first pair of backticks.
fn code(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or_default()
}

/// A folder with a copy of the shipped programs, so that commands may write files.
fn shipped() -> TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    copy(&root().join("fixtures"), &folder.path().join("fixtures"));
    folder
}

fn slotlint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slotlint"));
    command.env_clear().current_dir(folder);
    command
}

/// A command line as a shell reads it: words, quotes, comments.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => out.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    out
}

#[test]
fn the_readme_lists_the_rules() {
    let readme = page("README.md");
    let listed: Vec<(&str, &str, &str)> = rows(&readme)
        .into_iter()
        .filter(|row| row[0].starts_with('['))
        .map(|row| (code(row[0]), row[1], row[2]))
        .collect();
    let known: Vec<(&str, &str, &str)> = slotlint::rules::ALL
        .iter()
        .map(|rule| (rule.id, rule.severity().as_str(), rule.summary()))
        .collect();
    assert_eq!(listed, known);
    let example = "cargo run --release -- check fixtures/incident/before";
    let first_screen: Vec<&str> = readme.lines().take(20).collect();
    assert!(first_screen.contains(&example));
    assert!(first_screen.contains(&"cargo test"));
}

#[test]
fn commands_in_the_documentation_run() {
    let folder = shipped();
    let mut ran = 0;
    let mut subcommands = BTreeSet::new();
    for name in PAGES {
        let page = page(name);
        for line in blocks(&page, "sh").iter().flat_map(|block| block.lines()) {
            let (input, line) = match line.split_once(" | ") {
                Some((left, right)) => {
                    let file = left.strip_prefix("cat ").expect(line);
                    (fs::read(folder.path().join(file)).expect(file), right)
                }
                None => (Vec::new(), line),
            };
            let Some(arguments) = line
                .strip_prefix("slotlint ")
                .or_else(|| line.strip_prefix("cargo run --release -- "))
            else {
                let known = ["cargo test", ".ci/run", "cargo install --locked --path ."];
                assert!(known.contains(&line), "{name}: {line}");
                continue;
            };
            let arguments = words(arguments);
            let output = slotlint(folder.path())
                .args(&arguments)
                .write_stdin(input)
                .output()
                .unwrap();
            // A usage error, a missing path or an empty root would be 2 or 3.
            let code = output.status.code();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(code, Some(0 | 1)), "{name}: {line}\n{errors}");
            assert_eq!(errors, "", "{name}: {line}");
            assert!(!output.stdout.is_empty(), "{name}: {line}");
            subcommands.insert(arguments[0].clone());
            ran += 1;
        }
    }
    assert!(ran >= 15, "only {ran} commands were found");
    let all: Vec<&str> = subcommands.iter().map(String::as_str).collect();
    assert_eq!(all, ["check", "explain", "facts", "rules", "slot"]);
    let readme = page("README.md");
    assert!(readme.contains("It exits with status 1."));
    let output = slotlint(folder.path())
        .args(["check", "fixtures/incident/before"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_excerpt_is_real() {
    let folder = shipped();
    let output = slotlint(folder.path())
        .args(["check", "fixtures/incident/before"])
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let output: Vec<&str> = output.lines().collect();
    let readme = page("README.md");
    let excerpts = blocks(&readme, "text");
    assert_eq!(excerpts.len(), 1);
    let lines: Vec<&str> = excerpts[0].lines().collect();
    assert!(lines.len() > 15);
    let mut rest = output.as_slice();
    for piece in lines.split(|line| *line == "[...]") {
        let at = rest
            .windows(piece.len())
            .position(|window| window == piece)
            .unwrap_or_else(|| panic!("not in the output:\n{}", piece.join("\n")));
        rest = &rest[at + piece.len()..];
    }
    assert!(rest.is_empty(), "the excerpt ends with the last line");
}

/// A configuration, or what is wrong with it: the message and what to write instead.
fn read(text: &str) -> Result<Config, (String, String)> {
    let rules: Vec<&str> = slotlint::rules::ALL.iter().map(|rule| rule.id).collect();
    slotlint::config::parse(text, "slotlint.yaml", Path::new("/p"), &rules).map_err(|error| {
        let message = error.to_string();
        match error {
            ConfigError::Invalid { help, .. } => (message, help.unwrap_or_default()),
            ConfigError::Read { .. } => (message, String::new()),
        }
    })
}

/// Keys at the left margin.
fn top_keys(yaml: &str) -> BTreeSet<String> {
    yaml.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect()
}

/// The keys that the loader knows, as its own error message lists them.
fn known_keys() -> BTreeSet<String> {
    let (_, help) = read("qqqqqqqqqqqqqqqq: 1\n").unwrap_err();
    let list = help.strip_prefix("known are: ").expect("a list");
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_configuration_is_documented() {
    let known = known_keys();
    assert!(known.len() >= 10);
    let configuration = page("docs/configuration.md");
    let headings: BTreeSet<String> = configuration
        .lines()
        .filter_map(|line| Some(line.strip_prefix("### `")?.strip_suffix('`')?.to_owned()))
        .collect();
    assert_eq!(headings, known);
    let examples = blocks(&configuration, "yaml");
    let shown: BTreeSet<String> = examples.iter().flat_map(|text| top_keys(text)).collect();
    assert_eq!(shown, known);
    for example in &examples {
        read(example).unwrap_or_else(|error| panic!("{error:?}\n{example}"));
    }
    let readme = page("README.md");
    let example = blocks(&readme, "yaml").remove(0);
    assert_eq!(top_keys(&example), known);
    let config = read(&example).unwrap_or_else(|error| panic!("{error:?}\n{example}"));
    assert_eq!(config.rules.len(), 2);
    assert_eq!((config.ignore.len(), config.external.len()), (2, 2));
    assert_eq!((config.latency.len(), config.services.len()), (2, 1));
}

/// The paths of all leaves of a document.
fn fields(value: &serde_json::Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(entries) => {
            for (name, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                fields(value, &format!("{path}{dot}{name}"), out);
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                fields(value, &format!("{path}[]"), out);
            }
        }
        _ => {
            out.insert(path.to_owned());
        }
    }
}

#[test]
fn the_json_document_is_documented() {
    let folder = shipped();
    fs::write(folder.path().join("broken.go"), "package p\n\nfunc {\n").unwrap();
    fs::write(folder.path().join("notes.txt"), "notes\n").unwrap();
    let output = slotlint(folder.path())
        .args(["check", "--format=json", "fixtures/incident/before"])
        .args(["broken.go", "notes.txt"])
        .output()
        .unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap();
    let mut real = BTreeSet::new();
    fields(&document, "", &mut real);
    let json = page("docs/json.md");
    let documented: BTreeSet<String> = rows(&json)
        .into_iter()
        .map(|row| code(row[0]).to_owned())
        .collect();
    assert_eq!(documented, real);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = page("Cargo.toml");
    let mut section = "";
    let mut wanted = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && let Some((name, _)) = line.split_once('=')
        {
            wanted.insert(name.trim().to_owned());
        }
    }
    assert!(wanted.len() > 10);
    let architecture = page("docs/architecture.md");
    let (_, table) = architecture.split_once("| crate |").expect("the table");
    let listed: BTreeSet<String> = rows(table)
        .into_iter()
        .filter(|row| !row[1].is_empty())
        .map(|row| code(row[0]).to_owned())
        .collect();
    assert_eq!(listed, wanted);
}

#[test]
fn every_room_is_on_the_map() {
    let architecture = page("docs/architecture.md");
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let room = format!("**`src/{}/`**", entry.file_name().to_string_lossy());
            assert!(architecture.contains(&room), "{room} is not described");
        }
    }
}

#[test]
fn paths_and_links_lead_somewhere() {
    const FOLDERS: [&str; 7] = [
        "src/",
        "rules/",
        "tests/",
        "docs/",
        "fixtures/",
        ".ci/",
        ".github/",
    ];
    for name in PAGES {
        let page = page(name);
        let folder = root().join(name).parent().unwrap().to_owned();
        for link in page.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://");
            assert!(outside || folder.join(target).exists(), "{name}: {target}");
        }
        for path in page.split('`').skip(1).step_by(2) {
            let shipped = FOLDERS.iter().any(|folder| path.starts_with(folder));
            if !shipped || path.contains(['<', '*', ' ']) {
                continue;
            }
            // A module may be a file or a folder.
            let module = path.trim_end_matches(".rs");
            let found = root().join(path).exists()
                || root().join(module).exists()
                || root().join(format!("{module}.rs")).exists();
            assert!(found, "{name}: {path}");
        }
    }
}
