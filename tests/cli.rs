//! The command line as scripts see it: exit statuses, documents, messages.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const GO_MOD: &str =
    "module example.com/shop\n\ngo 1.22\n\nrequire github.com/redis/go-redis/v9 v9.5.1\n";

/// A program with one call of KEYS on line 10, and what follows that call on its line.
fn go(comment: &str) -> String {
    format!(
        "package main\n\nimport (\n\t\"context\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n\nfunc list(ctx context.Context, rdb *redis.Client) []string {{\n\treturn rdb.Keys(ctx, \"session:*\").Val(){comment}\n}}\n\nfunc main() {{\n\trdb := redis.NewClient(&redis.Options{{Addr: \"localhost:6379\"}})\n\tlist(context.Background(), rdb)\n}}\n"
    )
}

const SILENT: &str = "package main\n\nfunc main() {}\n";

const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Ends the search for configurations at the folder itself.
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// slotlint in a folder, with nothing of the tester's environment.
fn slotlint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slotlint"));
    command.env_clear().current_dir(folder);
    command
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    run_with(slotlint(folder).args(arguments))
}

fn run_with(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn nothing_to_report_is_0() {
    let folder = folder(&[("main.go", SILENT), ("deploy/a.yaml", MANIFEST)]);
    let ran = run(folder.path(), &["check"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "no findings in 1 Go file, 1 YAML file\n");
    assert_eq!(ran.err, "");
}

#[test]
fn findings_are_1() {
    let folder = folder(&[("go.mod", GO_MOD), ("main.go", &go(""))]);
    let ran = run(folder.path(), &["check", "--select", "keys-command"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("error[keys-command]: "), "{}", ran.out);
    assert!(ran.out.contains("─ main.go:10:13\n"), "{}", ran.out);
    assert!(ran.out.ends_with("1 error in 1 Go file\n"), "{}", ran.out);
}

#[test]
fn fail_on_sets_the_threshold() {
    let folder = folder(&[
        ("go.mod", GO_MOD),
        ("main.go", &go("")),
        ("slotlint.yaml", "rules: {keys-command: warning}\n"),
    ]);
    for (threshold, code) in [("error", 0), ("warning", 1), ("note", 1), ("never", 0)] {
        let arguments = ["check", "--select=keys-command", "--fail-on", threshold];
        assert_eq!(run(folder.path(), &arguments).code, code, "{threshold}");
    }
    let isolated = [
        "check",
        "--select=keys-command",
        "--isolated",
        "--fail-on=error",
    ];
    assert_eq!(run(folder.path(), &isolated).code, 1);
}

#[test]
fn what_nothing_calls_is_a_warning() {
    let unused = go("").replace("\tlist(context.Background(), rdb)\n", "\t_ = rdb\n");
    let folder = folder(&[("go.mod", GO_MOD), ("main.go", &unused)]);
    let arguments = ["check", "--format", "json", "--fail-on", "error"];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(json(&ran)["findings"][0]["severity"], "warning");
    // Without the program, its caller may be somewhere else; handed on, it may be called.
    let apart = unused.split("func main").next().unwrap();
    for text in [apart, &unused.replace("_ = rdb", "_, _ = rdb, list")] {
        fs::write(folder.path().join("main.go"), text).unwrap();
        let ran = run(folder.path(), &arguments);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_eq!(json(&ran)["findings"][0]["severity"], "error");
    }
}

/// Severities of the findings for these Rust files, in their order.
fn severities(files: &[(&str, &str)]) -> Vec<String> {
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
        [dependencies]\nredis = \"0.32\"\n";
    let folder = folder(&[&[("Cargo.toml", manifest)], files].concat());
    let ran = run(
        folder.path(),
        &["check", "--format=json", "--fail-on=never"],
    );
    let found = json(&ran);
    let findings = found["findings"].as_array().unwrap().iter();
    findings
        .map(|f| f["severity"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_only_examples_call_is_a_warning() {
    let library = "pub struct Store(pub redis::Client);\nimpl Store {\n    \
        pub fn all(&self) -> redis::RedisResult<Vec<String>> {\n        \
        redis::Commands::keys(&mut self.0.get_connection()?, \"a:*\")\n    }\n}\n";
    let main = "fn main() {\n    let store = app::Store(redis::Client::open(\"redis://h/\").unwrap());\n    \
        let _ = store.all();\n}\n";
    let idle =
        "fn main() {\n    let _ = app::Store(redis::Client::open(\"redis://h/\").unwrap());\n}\n";
    let files = |program, example| {
        severities(&[
            ("src/lib.rs", library),
            ("src/main.rs", program),
            ("examples/show.rs", example),
        ])
    };
    assert_eq!(files(idle, main), ["warning"]);
    assert_eq!(files(main, main), ["error"]);
    // A library that only its examples use is there for others.
    let only = [("src/lib.rs", library), ("examples/show.rs", main)];
    assert_eq!(severities(&only), ["error"]);
}

#[test]
fn a_name_called_on_something_unknown_is_no_method_of_what_nothing_makes() {
    let text = |made: &str| {
        format!(
            "struct Pool(redis::Client);\nimpl Pool {{\n    \
            fn new() -> Self {{\n        Pool(redis::Client::open(\"redis://h/\").unwrap())\n    }}\n    \
            fn start(&self) -> redis::RedisResult<Vec<String>> {{\n        \
            redis::Commands::keys(&mut self.0.get_connection()?, \"a:*\")\n    }}\n}}\n\
            fn main() {{\n    {made}\n    other::span().start();\n}}\n"
        )
    };
    assert_eq!(severities(&[("src/main.rs", &text(""))]), ["warning"]);
    let made = text("other::keep(Pool::new());");
    assert_eq!(severities(&[("src/main.rs", &made)]), ["error"]);
}

#[test]
fn what_ends_by_itself_is_a_warning() {
    let members = |key: &str| {
        format!(
            "use redis::Commands;\nfn main() -> redis::RedisResult<()> {{\n    \
            let mut con = redis::Client::open(\"redis://h/\")?.get_connection()?;\n    \
            let user = std::env::args().next().unwrap();\n    let key = {key};\n    \
            con.sadd::<_, _, ()>(&key, 1)?;\n    con.expire::<_, ()>(&key, 60)?;\n    con.smembers::<_, Vec<String>>(&key)?;\n    Ok(())\n}}\n"
        )
    };
    let one = members("format!(\"sessions:{user}\")");
    assert_eq!(severities(&[("src/main.rs", &one)]), ["warning"]);
    let all = members("\"sessions\"");
    assert_eq!(severities(&[("src/main.rs", &all)]), ["error"]);
    let counted = |key: &str| {
        format!(
            "use redis::Commands;\nfn main() -> redis::RedisResult<()> {{\n    \
            let mut con = redis::Client::open(\"redis://h/\")?.get_connection()?;\n    \
            let name = std::env::args().next().unwrap();\n    let minute = name.len() / 60;\n    \
            let key = {key};\n    let n: i64 = con.incr(&key, 1)?;\n    \
            if n == 1 {{\n        con.expire::<_, ()>(&key, 60)?;\n    }}\n    Ok(())\n}}\n"
        )
    };
    let minute = counted("format!(\"rate:{name}:{minute}\")");
    assert_eq!(severities(&[("src/main.rs", &minute)]), ["warning"]);
    let name = counted("format!(\"rate:{name}\")");
    assert_eq!(severities(&[("src/main.rs", &name)]), ["error"]);
}

#[test]
fn what_is_settled_at_the_start_is_a_warning() {
    let service = |at_start: &str, later: &str| {
        format!(
            "use redis::Commands;\nfn fill(con: &mut redis::Connection) -> redis::RedisResult<()> {{\n    \
            con.sadd(\"rooms\", 1)\n}}\nfn main() -> redis::RedisResult<()> {{\n    \
            let mut con = redis::Client::open(\"redis://h/\")?.get_connection()?;\n    {at_start}\n    \
            loop {{\n        con.smembers::<_, Vec<String>>(\"rooms\")?;\n        {later}\n    }}\n}}\n"
        )
    };
    let fill = "fill(&mut con)?;";
    let before = service(fill, "");
    assert_eq!(severities(&[("src/main.rs", &before)]), ["warning"]);
    let meanwhile = service("", fill);
    assert_eq!(severities(&[("src/main.rs", &meanwhile)]), ["error"]);
}

#[test]
fn packages_of_tests_are_warned_of() {
    let main = "fn main() {\n    let client = redis::Client::open(\"redis://h/\").unwrap();\n    \
        let mut con = client.get_connection().unwrap();\n    \
        let _: Vec<String> = redis::Commands::keys(&mut con, \"a:*\").unwrap();\n}\n";
    let manifest = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n\n[dependencies]\nredis = \"0.32\"\n"
        )
    };
    for (name, severity) in [
        ("integration-tests", "warning"),
        ("shop_e2e", "warning"),
        ("shop", "error"),
        ("load-test", "error"),
    ] {
        let found = severities(&[
            ("part/Cargo.toml", &manifest(name)),
            ("part/src/main.rs", main),
        ]);
        assert_eq!(found, [severity], "{name}");
    }
}

#[test]
fn code_that_knows_nothing_of_a_type_calls_methods_of_its_traits_only() {
    let text = |methods: &str| {
        format!(
            "struct Store(redis::Client);\n{methods}\nfn main() {{\n    \
            other::serve(Store(redis::Client::open(\"redis://h/\").unwrap()));\n}}\n"
        )
    };
    let body = "fn all(&self) -> redis::RedisResult<Vec<String>> {\n        \
        redis::Commands::keys(&mut self.0.get_connection()?, \"a:*\")\n    }\n";
    let own = text(&format!("impl Store {{\n    {body}}}"));
    assert_eq!(severities(&[("src/main.rs", &own)]), ["warning"]);
    let of_a_trait = text(&format!("impl other::Service for Store {{\n    {body}}}"));
    assert_eq!(severities(&[("src/main.rs", &of_a_trait)]), ["error"]);
}

#[test]
fn fail_on_can_be_configured() {
    let folder = folder(&[
        ("go.mod", GO_MOD),
        ("main.go", &go("")),
        ("slotlint.yaml", "fail-on: never\n"),
    ]);
    let arguments = ["check", "--select=keys-command"];
    assert_eq!(run(folder.path(), &arguments).code, 0);
    let arguments = ["check", "--select=keys-command", "--fail-on=error"];
    assert_eq!(run(folder.path(), &arguments).code, 1);
}

#[test]
fn a_root_without_anything_readable_is_3() {
    let folder = folder(&[("main.go", SILENT), ("empty/readme.md", "")]);
    let ran = run(folder.path(), &["check", ".", "empty"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.err.contains("slotlint: empty holds nothing"),
        "{}",
        ran.err
    );
    let ran = run(folder.path(), &["check", "--format=json", "empty"]);
    assert_eq!(ran.code, 3);
    assert_eq!(json(&ran)["version"], 1);
}

#[test]
fn findings_win_over_empty_roots_and_errors_over_findings() {
    let folder = folder(&[
        ("svc/go.mod", GO_MOD),
        ("svc/main.go", &go("")),
        ("empty/x", ""),
    ]);
    let ran = run(folder.path(), &["check", "svc", "empty"]);
    assert_eq!(ran.code, 1);
    let ran = run(
        folder.path(),
        &["check", "--format=json", "svc", "empty", "nowhere"],
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("slotlint: nowhere: does not exist"),
        "{}",
        ran.err
    );
    assert_ne!(json(&ran)["summary"]["error"], 0);
}

#[test]
fn usage_errors_are_2_and_print_no_document() {
    let folder = folder(&[("main.go", SILENT)]);
    for (arguments, message) in [
        (&["check", "--select", "key-command"][..], "`keys-command`"),
        (&["check", "--ignore", "cross-slots"], "`cross-slot`"),
        (&["check", "--format", "jsn"], "`json`"),
        (
            &["check", "--format", "json", "--format", "text"],
            "standard output",
        ),
        (
            &["check", "--format", "json=a", "--format", "text=a"],
            "one file",
        ),
        (&["check", "--latency", "readyz=1s"], "begins with `/`"),
        (&["check", "--latency", "/readyz=18"], "no duration"),
        (&["check", "--fail-on", "warn"], "'warning'"),
        (&["check", "--cluster", "yes"], "auto, on, off"),
        (&["check", "--jobs", "0"], "above 0"),
        (
            &["check", "--config", "a.yaml", "--isolated"],
            "cannot be used with",
        ),
        (&["check", "-", "-"], "only once"),
        (&["check", "--no-such-option"], "--no-such-option"),
        (&["explain", "key-command"], "`keys-command`"),
        (&["facts", "--at", "main.go"], "FILE:LINE"),
        (&["slot"], "<KEY>"),
        (&[], "Usage"),
    ] {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(ran.err.contains(message), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn help_and_version_are_0() {
    let folder = folder(&[]);
    for arguments in [&["--help"][..], &["check", "--help"], &["--version"]] {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("slotlint"));
    }
}

#[test]
fn configuration_errors_name_place_and_nearest_name() {
    let folder = folder(&[
        ("main.go", SILENT),
        ("slotlint.yaml", "version: 1\nrules:\n  key-command: off\n"),
    ]);
    let ran = run(folder.path(), &["check"]);
    assert_eq!(ran.code, 2);
    for part in [
        "slotlint.yaml:3:3",
        "unknown rule `key-command`",
        "`keys-command`",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    let ran = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(ran.code, 2);
    let document = json(&ran);
    assert_eq!(document["files"]["unparsed"][0]["path"], "slotlint.yaml");
    assert_eq!(document["files"]["unparsed"][0]["line"], 3);

    let ran = run(folder.path(), &["check", "--isolated"]);
    assert_eq!(ran.code, 0);
    let ran = run(folder.path(), &["check", "--config", "none.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("none.yaml: does not exist"), "{}", ran.err);
}

#[test]
fn comments_suppress_with_a_reason() {
    let with = |comment: &str| {
        let folder = folder(&[("go.mod", GO_MOD), ("main.go", &go(comment))]);
        let arguments = [
            "check",
            "--select=keys-command,suppression",
            "--format=json",
        ];
        let ran = run(folder.path(), &arguments);
        (ran.code, json(&ran)["summary"].clone())
    };
    let (code, summary) = with(" // slotlint:ignore keys-command -- a few keys");
    assert_eq!((code, &summary["suppressed"]), (0, &1.into()), "{summary}");
    let (code, summary) = with(" // slotlint:ignore keys-command");
    assert_eq!(code, 1);
    assert_eq!(
        (&summary["error"], &summary["warning"]),
        (&1.into(), &1.into())
    );
    let (code, summary) = with(" // slotlint:ignore keys-comand -- a few keys");
    assert_eq!(code, 1);
    assert_eq!(
        (&summary["error"], &summary["warning"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn configured_ignores_are_counted_and_judged() {
    let config = "ignore:\n  - {rule: keys-command, path: '*.go', reason: x}\n  - {rule: keys-command, path: 'none/**', reason: x}\n";
    let folder = folder(&[
        ("go.mod", GO_MOD),
        ("main.go", &go("")),
        ("slotlint.yaml", config),
    ]);
    let arguments = [
        "check",
        "--select=keys-command,suppression",
        "--format=json",
    ];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 1);
    let document = json(&ran);
    assert_eq!(document["summary"]["suppressed"], 1);
    assert_eq!(document["findings"].as_array().unwrap().len(), 1);
    let finding = &document["findings"][0];
    assert_eq!(finding["rule"], "suppression");
    assert_eq!(finding["path"], "slotlint.yaml");
    assert_eq!(finding["line"], 3);
}

#[cfg(unix)]
#[test]
fn path_patterns_hold_however_the_root_is_reached() {
    let config = "rules: {keys-command: {paths: {'svc/*.go': off}}}\n";
    let folder = folder(&[
        ("repo/svc/go.mod", GO_MOD),
        ("repo/svc/main.go", &go("")),
        ("repo/slotlint.yaml", config),
        ("other/x", ""),
    ]);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("repo"), &link).unwrap();
    let absolute = folder.path().join("repo/svc");
    for (current, root) in [
        ("repo", "."),
        ("repo/svc", "."),
        ("repo/svc", "main.go"),
        ("other", "../repo/svc"),
        ("other", "../link/svc"),
        ("link/svc", "."),
        ("other", absolute.to_str().unwrap()),
    ] {
        let arguments = ["check", "--select=keys-command", root];
        let ran = run(&folder.path().join(current), &arguments);
        assert_eq!(ran.code, 0, "{root} from {current}: {}", ran.out);
    }
}

#[test]
fn run_options_come_from_the_first_root_and_path_options_from_the_nearest() {
    let folder = folder(&[
        ("a/go.mod", GO_MOD),
        ("a/main.go", &go("")),
        (
            "a/slotlint.yaml",
            "fail-on: error\nrules: {keys-command: warning}\n",
        ),
        ("b/go.mod", GO_MOD),
        ("b/main.go", &go("")),
        ("b/slotlint.yaml", "fail-on: never\n"),
    ]);
    let ran = run(folder.path(), &["check", "--select=keys-command", "a", "b"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.ends_with("1 error, 1 warning in 2 Go files\n"),
        "{}",
        ran.out
    );
    let ran = run(folder.path(), &["check", "--select=keys-command", "b", "a"]);
    assert_eq!(ran.code, 0);
}

#[test]
fn documents_go_where_they_are_sent() {
    let folder = folder(&[("go.mod", GO_MOD), ("main.go", &go(""))]);
    let arguments = [
        "check",
        "--select=keys-command",
        "--format=json=out.json",
        "--format=text",
    ];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("error[keys-command]"));
    let text = fs::read_to_string(folder.path().join("out.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let finding = &document["findings"][0];
    assert_eq!(document["tool"]["name"], "slotlint");
    assert_eq!(finding["path"], "main.go");
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&10.into(), &13.into())
    );
    assert_eq!(document["files"]["read"]["go"], 1);

    let ran = run(folder.path(), &["check", "--format=json=none/out.json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("cannot write to none/out.json"));
}

#[test]
fn runs_are_the_same_to_the_byte() {
    let folder = folder(&[
        ("go.mod", GO_MOD),
        ("a/main.go", &go("")),
        ("b/main.go", &go("")),
    ]);
    let arguments = ["check", "--format=json", "--jobs=2"];
    let first = run(folder.path(), &arguments);
    let second = run(folder.path(), &arguments);
    assert_eq!((first.code, first.out), (second.code, second.out));
}

#[test]
fn no_colours_without_a_terminal_or_against_the_users_will() {
    let folder = folder(&[("go.mod", GO_MOD), ("main.go", &go(""))]);
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "xterm-256color")] {
        let ran = run_with(
            slotlint(folder.path())
                .env(name, value)
                .args(["check", "--select=keys-command"]),
        );
        assert_eq!(ran.code, 1);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
    }
}

#[test]
fn terminal_escapes_of_sources_are_shown_and_not_sent() {
    let comment = " // \u{1b}]0;title\u{7}\u{9b}31m";
    let folder = folder(&[("go.mod", GO_MOD), ("main.go", &go(comment))]);
    let arguments = ["check", "--select=keys-command"];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("␛]0;title␇"), "{}", ran.out);
    assert!(!ran.out.contains(['\u{1b}', '\u{7}', '\u{9b}']));
}

#[test]
fn quiet_verbose_and_statistics() {
    let folder = folder(&[
        ("go.mod", GO_MOD),
        ("main.go", &go("")),
        ("bin.go", "package main\0"),
        ("slotlint.yaml", "version: 1\n"),
    ]);
    let ran = run(
        folder.path(),
        &["check", "--quiet", "--select=keys-command"],
    );
    assert_eq!(ran.code, 1);
    assert!(!ran.out.contains("1 error"), "{}", ran.out);
    assert_eq!(ran.err, "");
    let ran = run(
        folder.path(),
        &["check", "--verbose", "--select=keys-command"],
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("configuration slotlint.yaml"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("skipped bin.go: binary file"),
        "{}",
        ran.err
    );
    let ran = run(
        folder.path(),
        &["check", "--statistics", "--select=keys-command"],
    );
    assert_eq!(ran.code, 1);
    let statistics = "     1  keys-command\n     1  calls that send a command\n     0  keys known\n     0  calls of which no key is known\n";
    assert!(ran.out.ends_with(statistics), "{}", ran.out);
    let arguments = [
        "check",
        "--statistics",
        "--format=json",
        "--select=keys-command",
    ];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 1);
    assert_eq!(json(&ran)["files"]["skipped"][0]["path"], "bin.go");
    assert!(ran.err.contains("     1  keys-command\n"), "{}", ran.err);
}

#[test]
fn broken_sources_are_said_aloud() {
    let broken = go("").replace("func main() {", "func main( {");
    let folder = folder(&[("main.go", &broken)]);
    let ran = run(
        folder.path(),
        &["check", "--format=json", "--fail-on=never"],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("could be parsed only in part"),
        "{}",
        ran.err
    );
    assert_eq!(json(&ran)["files"]["unparsed"][0]["path"], "main.go");
}

#[test]
fn standard_input_is_read_as_yaml() {
    let folder = folder(&[("main.go", SILENT)]);
    let mut command = slotlint(folder.path());
    let ran = run_with(command.args(["check", ".", "-"]).write_stdin(MANIFEST));
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out, "no findings in 1 Go file, 1 YAML file\n");
    let mut command = slotlint(folder.path());
    let ran = run_with(command.args(["check", ".", "-"]).write_stdin(" \n"));
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("<stdin> holds nothing"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let folder = folder(&[("main.go", SILENT)]);
    let key = "x".repeat(60_000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_slotlint"))
        .env_clear()
        .current_dir(folder.path())
        .arg("slot")
        .args(vec![key.as_str(); 16])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    let stderr = child.stderr.as_mut().unwrap();
    stderr.read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(err, "");
}

#[test]
fn slots_are_those_of_real_servers() {
    let folder = folder(&[]);
    let vectors = include_str!("data/hash-tag-vectors.tsv");
    let mut lines = 0;
    for line in vectors.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let key: String = serde_json::from_str(fields[0]).unwrap();
        if key.contains('\0') {
            // No argument of a process can hold this byte.
            continue;
        }
        let ran = run(folder.path(), &["slot", "--", &key]);
        assert_eq!(ran.code, 0, "{key:?}");
        let printed: Vec<&str> = ran.out.trim_end_matches('\n').split('\t').collect();
        assert_eq!((printed[0], printed[1]), (fields[2], fields[1]), "{key:?}");
        assert_eq!(serde_json::from_str::<String>(printed[2]).unwrap(), key);
        lines += 1;
    }
    assert_eq!(lines, 65);
}

#[test]
fn slots_that_differ_are_1() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["slot", "{a}1", "b{a}", "a"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out,
        "15495\t\"a\"\t\"{a}1\"\n15495\t\"a\"\t\"b{a}\"\n15495\t\t\"a\"\n"
    );
    assert_eq!(run(folder.path(), &["slot", "foo", "bar"]).code, 1);
}

#[cfg(unix)]
#[test]
fn keys_are_bytes() {
    use std::os::unix::ffi::OsStrExt;

    let folder = folder(&[]);
    let key = std::ffi::OsStr::from_bytes(b"{\xFF}x");
    let ran = run_with(slotlint(folder.path()).arg("slot").arg(key));
    assert_eq!(ran.code, 0);
    let expected = slotlint::redis::slot::slot(b"\xFF");
    assert_eq!(
        ran.out,
        format!("{expected}\t\"\u{FFFD}\"\t\"{{\u{FFFD}}}x\"\n")
    );
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["rules"]);
    assert_eq!(ran.code, 0);
    for rule in slotlint::rules::ALL {
        let line = ran
            .out
            .lines()
            .find(|line| line.split(' ').next() == Some(rule.id));
        let line = line.unwrap_or_else(|| panic!("{} is not listed", rule.id));
        assert!(line.contains(rule.severity().as_str()) && line.contains(rule.summary()));
        let page = run(folder.path(), &["explain", rule.id]);
        assert_eq!(page.code, 0);
        assert!(page.out.starts_with(&format!("# {}\n", rule.id)));
        assert!(
            !page.out.contains(" ~ "),
            "marks in the page of {}",
            rule.id
        );
    }
    let ran = run(folder.path(), &["explain"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out.lines().count(), slotlint::rules::ALL.len());
}

#[test]
fn facts_need_a_file_of_the_run() {
    let folder = folder(&[("main.go", SILENT)]);
    let ran = run(folder.path(), &["facts", "--at", "main.go:3"]);
    assert_eq!(ran.code, 0);
    let ran = run(folder.path(), &["facts", "--at", "other.go:3"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("other.go is not among"), "{}", ran.err);
}
