//! Every example of a rule page and every fixture is run: what is marked must be reported, on that
//! line, and nothing else may be.

use assert_cmd::Command;
use slotlint::rules::page::{examples, split_mark};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const GO_MOD: &str =
    "module example.com/app\n\ngo 1.22\n\nrequire github.com/redis/go-redis/v9 v9.17.2\n";

/// The manifest of Rust examples that bring none of their own.
const CARGO_TOML: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n\n[dependencies]\nredis = { version = \"0.27\", features = [\"aio\", \"cluster-async\"] }\n";

/// A report: file, line, rule.
type Place = (String, usize, String);

/// Runs `check` and returns errors and warnings, and the raw document.
fn check(folder: &Path, args: &[&str]) -> BTreeSet<Place> {
    let output = Command::cargo_bin("slotlint")
        .expect("the binary is built")
        .current_dir(folder)
        .env_clear()
        .args(["check", "--format", "json"])
        .args(args)
        .output()
        .expect("the binary runs");
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 1)),
        "exit {code:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    document["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| {
            (
                f["path"].as_str().expect("path").to_string(),
                usize::try_from(f["line"].as_u64().expect("line")).expect("small"),
                f["rule"].as_str().expect("rule").to_string(),
            )
        })
        .collect()
}

fn compare(
    name: &str,
    wanted: &BTreeSet<Place>,
    found: &BTreeSet<Place>,
    problems: &mut Vec<String>,
) {
    for (path, line, rule) in wanted.difference(found) {
        problems.push(format!("{name}: not reported: {rule} at {path}:{line}"));
    }
    for (path, line, rule) in found.difference(wanted) {
        problems.push(format!(
            "{name}: must not be reported: {rule} at {path}:{line}"
        ));
    }
}

#[test]
fn pages() {
    let mut problems = Vec::new();
    let mut programs = 0;
    for rule in slotlint::rules::ALL {
        let all = examples(rule.page);
        assert!(all.len() >= 5, "{} has too few examples", rule.id);
        let mut marked = 0;
        for example in all {
            programs += 1;
            let name = format!("{}: {}", rule.id, example.title);
            let folder = tempfile::tempdir().expect("a folder");
            let mut wanted = BTreeSet::new();
            let mut configured = false;
            for file in &example.files {
                let path = folder.path().join(&file.path);
                std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                for (line, rule) in &file.marks {
                    let line = usize::try_from(*line).expect("small");
                    wanted.insert((file.path.clone(), line, rule.clone()));
                }
                configured |= file.path == "slotlint.yaml";
                std::fs::write(path, &file.text).expect("written");
            }
            let go = example.files.iter().any(|f| f.path.ends_with(".go"));
            if go && !folder.path().join("go.mod").exists() {
                std::fs::write(folder.path().join("go.mod"), GO_MOD).expect("written");
            }
            let rust = example.files.iter().any(|f| f.path.ends_with(".rs"));
            if rust && !folder.path().join("Cargo.toml").exists() {
                std::fs::write(folder.path().join("Cargo.toml"), CARGO_TOML).expect("written");
            }
            let mut args = vec!["."];
            if !configured {
                args.push("--isolated");
            }
            if rule.id != "suppression" {
                args.extend(["--select", rule.id]);
            }
            marked += wanted.len();
            let mut found = check(folder.path(), &args);
            // A suppression that is refused leaves the finding it was meant for: not this page's matter.
            if !wanted.is_empty() {
                found.retain(|(_, _, reported)| reported == rule.id);
            }
            compare(&name, &wanted, &found, &mut problems);
        }
        assert!(marked >= 2, "{} has too few marks", rule.id);
    }
    assert!(programs >= 60);
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// Marks in the files below a folder.
fn marks(folder: &Path) -> BTreeSet<Place> {
    let mut out = BTreeSet::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let below = path
                .strip_prefix(folder)
                .expect("below")
                .to_string_lossy()
                .into_owned();
            for (number, line) in text.lines().enumerate() {
                for rule in split_mark(line).1 {
                    out.insert((below.clone(), number + 1, rule.to_string()));
                }
            }
        }
    }
    out
}

#[test]
fn fixtures() {
    let mut problems = Vec::new();
    for name in ["incident", "incident-rust"] {
        let base = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(name);
        for side in ["before", "after"] {
            let folder = base.join(side);
            let wanted = marks(&folder);
            assert_eq!(wanted.is_empty(), side == "after");
            compare(
                &format!("{name} {side}"),
                &wanted,
                &check(&folder, &["service", "deploy"]),
                &mut problems,
            );
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
