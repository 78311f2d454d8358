//! Input that nobody means well with: a clear message and the right exit status, never a crash.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

const HEAD: &str = "package main\nimport \"github.com/redis/go-redis/v9\"\nvar c *redis.Client\n";

/// Runs `check` on a folder; the exit status, what was printed, and what was said.
fn check(folder: &Path) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("slotlint")
        .expect("the binary is built")
        .env_clear()
        .args(["check", "--isolated"])
        .arg(folder)
        .timeout(std::time::Duration::from_secs(120))
        .output()
        .expect("the binary runs");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn with_file(name: &str, bytes: &[u8]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), bytes).expect("written");
    check(folder.path())
}

fn go(text: &str) -> (Option<i32>, String, String) {
    with_file("x.go", format!("{HEAD}{text}").as_bytes())
}

#[test]
fn roots_without_anything_to_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = check(folder.path());
    assert_eq!(code, Some(3));
    assert!(
        said.contains("holds nothing that slotlint can read"),
        "{said}"
    );
    let (code, _, said) = check(&folder.path().join("missing"));
    assert_eq!(code, Some(2));
    assert!(said.contains("does not exist"), "{said}");
    let (code, _, said) = with_file("x.go", b"package main\0\x01\x02");
    assert_eq!(code, Some(3));
    assert!(said.contains("binary file"), "{said}");
}

#[test]
fn long_and_deep_sources() {
    let call = "func f() { c.Keys(nil, \"a*\") }\n";
    // A line of 10 MB, and 10,000 parentheses, hide nothing that stands beside them.
    let (code, out, _) = go(&format!("var x = \"{}\"\n{call}", "a".repeat(10_000_000)));
    assert_eq!(code, Some(1));
    assert!(
        out.contains("error[keys-command]"),
        "no finding beside the line"
    );
    let (code, out, _) = go(&format!(
        "var x = {}1{}\n{call}",
        "(".repeat(10_000),
        ")".repeat(10_000)
    ));
    assert_eq!(code, Some(1));
    assert!(out.contains("error[keys-command]"), "{out}");
    for (text, reason) in [
        (
            format!("func f() {}{}\n", "{".repeat(20_000), "}".repeat(20_000)),
            "nested deeper",
        ),
        (
            format!("var x = a{}\n", ".b()".repeat(50_000)),
            "chained over more",
        ),
        (
            format!("var x = \"a\"{}\n", " + \"b\"".repeat(100_000)),
            "chained over more",
        ),
        (
            format!("var x = []int{{{}}}\n", "1,".repeat(1_200_000)),
            "too much to parse",
        ),
    ] {
        let (code, out, said) = go(&text);
        assert_eq!(code, Some(1), "{said}");
        assert!(out.contains("warning[unparsed-file]"), "{reason}");
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = HEAD.as_bytes().to_vec();
    bytes.extend(b"func f() { c.Keys(nil, \"\xff\xfe*\") }\n");
    let (code, out, said) = with_file("x.go", &bytes);
    assert_eq!(code, Some(1));
    assert!(out.contains("error[keys-command]"), "{out}");
    assert!(said.contains("not UTF-8"), "{said}");
}

#[test]
fn aliases_that_grow_without_end() {
    let mut bomb = String::from(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\na0: &a0 {timeoutSeconds: 1}\n",
    );
    for i in 1..25 {
        let uses = vec![format!("*a{}", i - 1); 9].join(",");
        bomb.push_str(&format!("a{i}: &a{i} {{<<: [{uses}]}}\n"));
    }
    bomb.push_str("spec:\n  containers:\n  - name: a\n    livenessProbe: *a24\n");
    let (code, _, said) = with_file("x.yaml", bomb.as_bytes());
    assert_eq!(code, Some(1));
    assert!(said.contains("too many aliases"), "{said}");
    let (code, _, said) = with_file("x.yaml", "[".repeat(100_000).as_bytes());
    assert_eq!(code, Some(0));
    assert!(said.contains("could not be parsed"), "{said}");
}

#[test]
fn calls_that_lead_back_to_themselves() {
    let (code, ..) = go(
        "func f(k string) string { return f(k + \"a\") }\nfunc g(k string) string { return h(\"{\" + k) }\nfunc h(k string) string { return g(k + \"}\") }\nfunc main() { c.Set(nil, f(\"x\"), 1, 0); c.Set(nil, g(\"y\"), 1, 0) }\n",
    );
    assert_eq!(code, Some(0));
}
