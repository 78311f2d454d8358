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

const RUST: &str = "use redis::Commands;\nfn call(con: &mut redis::Connection) { let _: () = con.keys(\"a*\").unwrap(); }\n";

fn rust(text: &str) -> (Option<i32>, String, String) {
    with_file("x.rs", format!("{RUST}{text}").as_bytes())
}

#[test]
fn rust_that_nests_without_an_end() {
    let n = 10_000;
    let around = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    let deep = [
        format!("fn f() {{ let x = {}; }}", around("(", "1", ")")),
        format!("fn f() {{ let x = {}; }}", around("[", "1", "]")),
        format!("fn f() {{ let x = {}; }}", around("g(", "1", ")")),
        format!("fn f() {{ let x = {}; }}", around("vec![", "", "]")),
        format!(
            "fn f() {{ let x = {}; }}",
            around("format!(\"{}\", ", "1", ")")
        ),
        format!(
            "fn f() {{ let x = {}; }}",
            around("async move { ", "1", " }")
        ),
        format!("fn f() {{ let x = {}; }}", around("unsafe {", "1", "}")),
        format!(
            "fn f() {{ let x = {}; }}",
            around("match a { _ => ", "1", " }")
        ),
        format!("fn f() {{ let x = {}1; }}", "!".repeat(n)),
        format!("fn f() {{ let x = {}1; }}", "- ".repeat(n)),
        format!("fn f() {{ let x = {}p; }}", "*".repeat(n)),
        format!("fn f() {{ let x = {}p; }}", "&mut ".repeat(n)),
        format!("fn f() {{ let x = {}1; }}", "return ".repeat(n)),
        format!("fn f() {{ let x = {}1; }}", "|| ".repeat(n)),
        format!("fn f() {{ {}1; }}", "a = ".repeat(n)),
        format!("fn f() {{ let x = a{}; }}", ".b()".repeat(n)),
        format!("fn f() {{ let x = a{}; }}", ".b".repeat(n)),
        format!("fn f() {{ let x = a{}; }}", ".await?".repeat(n)),
        format!("fn f() {{ let x = a{}; }}", "[0]".repeat(n)),
        format!("fn f() {{ let x = a{}; }}", " + b".repeat(n)),
        format!("fn f() {{ let x = 1{}; }}", " as u8".repeat(n)),
        format!(
            "fn f() {{ if a {{}} {}else {{}} }}",
            "else if a {} ".repeat(n)
        ),
        format!("fn f() {}", around("{", "", "}")),
        around("mod a { ", "", "}"),
        around("fn f() { ", "", "}"),
        around("impl A { fn f() { ", "", "} }"),
        format!("use {};", around("a::{", "b", "}")),
        format!("use a{};", "::b".repeat(n)),
        format!("type T = {};", around("Vec<", "u8", ">")),
        format!("type T = {};", around("(", "u8", ",)")),
        format!("type T = {};", around("[", "u8", "; 1]")),
        format!("type T = {};", around("<A as ", "B", ">::C")),
        format!("type T = {}u8;", "&".repeat(n)),
        format!("type T = {}u8;", "*const ".repeat(n)),
        format!("type T = {}u8;", "fn() -> ".repeat(n)),
        format!("fn f({}: T) {{}}", around("(", "x", ",)")),
        format!("fn f({}x: T) {{}}", "&".repeat(n)),
        // Commas between angle brackets, or between a closure's parameters, end nothing.
        format!("type T = {};", around("A<u8, ", "u8", ", u8>")),
        format!("fn f<T>() where T: {} {{}}", around("A<u8, ", "u8", ">")),
        format!("fn f() {{ let x = {}; }}", around("A::<u8, ", "u8", ">::B")),
        format!("fn f(x: {}) {{}}", around("Box<dyn A<u8, ", "u8", ">>")),
        format!("fn f() {{ let x = {}1; }}", "|a, b| ".repeat(2 * n)),
        format!("fn f() {{ let x = {}1; }}", "move |a, b| ".repeat(10 * n)),
        format!("fn f() {{ let x = a{}; }}", ".b::<u8, u8>()".repeat(n)),
        format!("fn f() {{ let x = 1{}; }}", " as A<u8, u8>".repeat(10 * n)),
        // Each level is short enough, all together are not.
        format!(
            "fn f() {{ let x = {}1{}; }}",
            format!("{}(", "!".repeat(3_900)).repeat(100),
            ")".repeat(100)
        ),
        format!(
            "type T = {}u8{};",
            format!("{}(", "&".repeat(3_900)).repeat(100),
            ")".repeat(100)
        ),
        format!("fn f() {{ let x = {}; }}", "1".repeat(10 * n)),
    ];
    for text in &deep {
        let start = &text[..text.len().min(40)];
        let (code, out, said) = rust(text);
        assert_eq!(code, Some(1), "{start}: {said}");
        assert!(out.contains("warning[unparsed-file]"), "{start}: {out}");
        assert!(out.contains("error[keys-command]"), "{start}: {out}");
        assert!(!said.contains("panicked"), "{start}: {said}");
    }
}

#[test]
fn rust_that_is_only_long() {
    let n = 10_000;
    let each = |make: &dyn Fn(usize) -> String| (0..n).map(make).collect::<String>();
    let long = [
        each(&|i| format!("fn f{i}() {{ f{}() }}\n", i + 1)),
        each(&|i| format!("const K{i}: &str = K{};\n", i + 1)),
        each(&|i| format!("type T{i} = T{};\n", i + 1)),
        each(&|i| format!("struct S{i} {{ s: Box<S{}> }}\n", i + 1)),
        each(&|i| format!("mod m{i} {{ pub use super::m{}::*; }}\n", i + 1)),
        each(&|i| format!("macro_rules! m{i} {{ () => {{ m{}!() }}; }}\n", i + 1)),
        format!("fn f() {{ {} }}", "k = format!(\"{k}{k}\"); ".repeat(n)),
        format!(
            "fn f() {{ match a {{ {} }} }}",
            each(&|i| format!("{i} => {{}} "))
        ),
        format!("fn f<{}>() {{}}", each(&|i| format!("T{i}: A<u8>, "))),
        format!("const K: &str = \"{}\";", "x".repeat(5_000_000)),
    ];
    // None of it hides what stands beside it.
    for text in &long {
        let start = &text[..text.len().min(40)];
        let (code, out, said) = rust(text);
        assert_eq!(code, Some(1), "{start}: {said}");
        assert!(out.contains("error[keys-command]"), "{start}: {out}");
        assert!(!out.contains("unparsed-file"), "{start}: {out}");
    }
    let (code, out, said) = rust(&format!("const K: &str = \"{}\";", "x".repeat(9_000_000)));
    assert_eq!(code, Some(1), "{said}");
    assert!(out.contains("warning[unparsed-file]"), "{out}");
    assert!(said.contains("too much to parse"), "{said}");
}

#[test]
fn rust_beside_what_cannot_be_read() {
    let later =
        "fn later(con: &mut redis::Connection) { let _: () = con.keys(\"b*\").unwrap(); }\n";
    let nested = format!("let x = {}{};", "(".repeat(5_000), ")".repeat(5_000));
    for text in [
        format!("<<<<<<< HEAD\nfn g() {{}}\n{later}"),
        format!("<<<<<<< HEAD\n{later}"),
        format!("fn g() {{}}\n=======\n{later}"),
        format!("fn g() {{}}\n>>>>>>> other\n{later}"),
        format!("fn g() {{ if x {{\n}}\n{later}"),
        format!("fn g() {{ h(1, }}\n{later}"),
        format!("fn g() {{ }} }}\r\n{later}"),
        format!("fn g() {{ \\ § }}\n{later}"),
        format!("fn g() {{ {nested} }}\n{later}"),
        format!("impl A {{ fn g() {{ {nested} }}\n{later} }}"),
        format!(
            "mod a {{ use redis::Commands; mod b {{ use redis::Commands; {later} fn g() {{ {nested} }} }} }}"
        ),
        format!("fn g() {{ {nested} {later} }} fn main() {{ g() }}"),
    ] {
        let (code, out, said) = rust(&text);
        let start = &text[..text.len().min(60)];
        assert_eq!(code, Some(1), "{start}: {said}");
        assert!(
            out.contains("part of this file could not be parsed"),
            "{start}: {out}"
        );
        assert!(out.contains("`a*`"), "{start}: {out}");
        assert!(out.contains("`b*`"), "{start}: {out}");
    }
}

#[test]
fn rust_with_more_branches_than_are_followed() {
    for (head, round) in [
        ("", "let x{i} = match y { 1 => 2, _ => 3 }; "),
        ("", "let x{i} = |a| a + 1; "),
        ("for x in y { ", "if x { let a{i} = x; } "),
    ] {
        let rounds: String = (0..20_000)
            .map(|i| round.replace("{i}", &i.to_string()))
            .collect();
        let tail = if head.is_empty() { "" } else { "}" };
        let (code, out, said) = rust(&format!("fn f() {{ {head}{rounds}{tail} }}"));
        assert_eq!(code, Some(1), "{said}");
        assert!(out.contains("`a*`"), "{out}");
    }
}

#[test]
fn rust_that_is_half_typed() {
    // Broken items and statements cost themselves.
    for text in [
        "fn g(con: &mut redis::Connection) { con.; }\n",
        "fn g() { let = ; }\n",
        "fn g() { if { } else; }\n",
        "struct ;\nenum A { , }\n",
        "impl { }\n",
        "use ::;\n",
        "fn\n",
        "pub pub fn g() {}\n",
        "type T = ;\n",
        "fn g(x y) {}\n",
    ] {
        let (code, out, said) = rust(text);
        assert_eq!(code, Some(1), "{text}: {said}");
        assert!(out.contains("error[keys-command]"), "{text}: {out}");
        assert!(out.contains("warning[unparsed-file]"), "{text}: {out}");
    }
    // Without tokens there is nothing to go by, but that is said.
    for text in [
        "fn g() { { ( [ }\n",
        "} } }\n",
        "fn g() { con.get(\"abc }\n",
        "fn g() { r#\"abc }\n",
        "/* /* */ fn g() {}\n",
        "fn g() { \"\\u{110000}\" }\n",
        "fn g() { '' }\n",
    ] {
        let (code, out, said) = rust(text);
        assert_eq!(code, Some(1), "{text}: {said}");
        assert!(out.contains("warning[unparsed-file]"), "{text}: {out}");
        assert!(!said.contains("panicked"), "{text}: {said}");
    }
}

#[test]
fn rust_whose_bytes_are_odd() {
    for bytes in [
        RUST.replace('\n', "\r\n").into_bytes(),
        format!("\u{feff}{RUST}").into_bytes(),
        format!("#!/usr/bin/env run\r\n{RUST}").into_bytes(),
        format!("\u{feff}#!/usr/bin/env run\n{RUST}").into_bytes(),
        RUST.trim_end().as_bytes().to_vec(),
    ] {
        let (code, out, said) = with_file("x.rs", &bytes);
        assert_eq!(code, Some(1), "{said}");
        assert!(out.contains("error[keys-command]"), "{out}");
        assert!(!out.contains("unparsed-file"), "{out}");
    }
    let mut bytes = RUST.as_bytes().to_vec();
    bytes.extend(
        b"fn g(con: &mut redis::Connection) { let _: () = con.keys(\"\xff\xfe*\").unwrap(); }\n",
    );
    let (code, out, said) = with_file("x.rs", &bytes);
    assert_eq!(code, Some(1));
    assert!(out.contains("error[keys-command]"), "{out}");
    assert!(said.contains("not UTF-8"), "{said}");
}

#[test]
fn formats_and_numbers_that_mean_nothing() {
    let calls: String = [
        "format!(\"{\", 1)",
        "format!(\"}\", 1)",
        "format!(\"{0\", 1)",
        "format!(\"{:$}\", 1)",
        "format!(\"{:1$}\", 1)",
        "format!(\"{:a$.b$}\", 1)",
        "format!(\"{7}\", 1)",
        "format!(\"{99999999999999999999999}\", 1)",
        "format!(\"{:>4000000000}\", 1)",
        "format!(\"{é:?}\")",
        "format!()",
        "concat!(concat!())",
        "\"x\".repeat(4_000_000_000_000)",
        "[\"a\"][99999999999999999999]",
        "[\"a\"; 4_000_000_000][0]",
        "vec![\"a\"; usize::MAX].concat()",
    ]
    .iter()
    .map(|key| format!("let _: () = con.get({key}).unwrap();\n"))
    .collect();
    let (code, out, said) = rust(&format!(
        "fn f(con: &mut redis::Connection) {{\n{calls}}}\n"
    ));
    assert_eq!(code, Some(1), "{said}");
    assert!(out.contains("error[keys-command]"), "{out}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn manifests_of_crates_that_lead_nowhere() {
    let package = "[package]\nname = \"x\"\nversion = \"0.1.0\"\n";
    for manifest in [
        "[package\nname = \"x\"\n".to_string(),
        "package = 1\ndependencies = []\n".to_string(),
        "\u{0}".to_string(),
        format!(
            "{package}[lib]\npath = \"/dev/null\"\n[[bin]]\npath = \"../../..\"\nname = \"\"\n"
        ),
        format!(
            "{package}[dependencies]\nx = {{ path = \".\" }}\ny = {{ path = \"../..\" }}\nredis = {{ workspace = true }}\n"
        ),
        format!(
            "{package}workspace = \".\"\n[workspace]\nmembers = [\".\", \"**\", \"../*\", \"[\"]\n"
        ),
        format!(
            "{package}[dependencies]\n{}",
            "redis = { package = \"redis\" }\n".repeat(2)
        ),
        format!(
            "{package}[dependencies]\nredis = {}{}\n",
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("src")).expect("a folder");
        fs::write(folder.path().join("Cargo.toml"), &manifest).expect("written");
        let main = format!(
            "{RUST}mod x;\n#[path = \"../Cargo.toml\"] mod y;\n#[path = \"main.rs\"] mod z;\nfn main() {{ let client = redis::Client::open(\"x\").unwrap(); call(&mut client.get_connection().unwrap()) }}\n"
        );
        fs::write(folder.path().join("src/main.rs"), main).expect("written");
        fs::write(
            folder.path().join("src/x.rs"),
            "#[path = \"main.rs\"] mod main; pub use crate::*;",
        )
        .expect("written");
        let (code, out, said) = check(folder.path());
        let start = &manifest[..manifest.len().min(90)];
        assert_eq!(code, Some(1), "{start}: {said}");
        assert!(out.contains("error[keys-command]"), "{start}: {out}");
        assert!(!said.contains("panicked"), "{start}: {said}");
    }
}

#[test]
fn macros_that_grow_without_end() {
    let (code, out, said) = rust(
        "macro_rules! a { ($($x:tt)*) => { b!($($x)* $($x)*) }; }\nmacro_rules! b { ($($x:tt)*) => { a!($($x)*) }; }\nmacro_rules! deep { ($x:expr) => { deep!(($x)) }; }\nmacro_rules! twice { ($($x:tt)*) => { twice!($($x)*); twice!($($x)*); }; }\nmacro_rules! odd { ($($($a:tt)*)*) => {}; ($a:nope) => {}; () => { $b $($c)* }; }\nfn f() { a!(x); deep!(1); twice!(y); odd!(z); odd!(); }\n",
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(out.contains("error[keys-command]"), "{out}");
    assert!(!said.contains("panicked"), "{said}");
}
