//! The program model from the outside: which template each way of building a key gives, what a
//! connection is, and what is reached. Sources are written to a folder and read as any other.

use slotlint::config::Settings;
use slotlint::program::{Connection, Program};
use slotlint::source::{Options, find};
use std::collections::BTreeSet;

const MOD: &str =
    "module example.com/app\n\ngo 1.22\n\nrequire github.com/redis/go-redis/v9 v9.17.2\n";

fn program(files: &[(&str, &str)]) -> Program {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("go.mod"), MOD).expect("written");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    let found = find(&[folder.path().to_path_buf()], &Options::default());
    let facts = slotlint::lang::read(&found.files, None, Some(1));
    Program::link(facts, &Settings::default())
}

/// Templates of the keys of every GET, in order.
fn keys_of(program: &Program, command: &str) -> BTreeSet<String> {
    program
        .commands
        .iter()
        .filter(|c| {
            program
                .event(c.event)
                .command()
                .is_some_and(|c| c.name == command)
        })
        .flat_map(|c| &c.keys)
        .map(|k| k.template.as_ref().map_or("?".into(), |t| t.text()))
        .collect()
}

/// The templates that `GET` is given when `setup` stands at file level and `body` in a function with
/// a client `rdb`, a context `ctx`, and texts `id` and `kind`.
fn templates(imports: &str, setup: &str, body: &str) -> Vec<String> {
    let imports: String = imports
        .split_whitespace()
        .map(|i| format!("\t{i:?}\n"))
        .collect();
    let text = format!(
        "package app\n\nimport (\n\t\"context\"\n{imports}\n\t\"github.com/redis/go-redis/v9\"\n)\n\n{setup}\n\nfunc Use(ctx context.Context, rdb *redis.Client, id, kind string, n int, flag bool) {{\n{body}\n}}\n"
    );
    let program = program(&[("app.go", &text)]);
    assert!(program.files.iter().all(|f| f.errors.is_empty()), "{text}");
    keys_of(&program, "GET").into_iter().collect()
}

#[test]
fn text_is_followed() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        (
            "fmt",
            "",
            r#"rdb.Get(ctx, fmt.Sprintf("q:{%s}:%d", id, n))"#,
            &["q:{<id>}:<n>"],
        ),
        (
            "fmt",
            "",
            r#"rdb.Get(ctx, fmt.Sprintf("%s:%[1]s:100%%", id))"#,
            &["<id>:<id>:100%"],
        ),
        (
            "fmt",
            "",
            r#"rdb.Get(ctx, fmt.Sprint("q:", id))"#,
            &["q:<id>"],
        ),
        (
            "fmt",
            "const format = \"q:%v:x\"",
            "rdb.Get(ctx, fmt.Sprintf(format, id))",
            &["q:<id>:x"],
        ),
        ("", "", r#"rdb.Get(ctx, "q:"+id+":x")"#, &["q:<id>:x"]),
        (
            "",
            "",
            "key := \"q\"\nkey += \":\" + id\nrdb.Get(ctx, key)",
            &["q:<id>"],
        ),
        (
            "strings",
            "",
            r#"rdb.Get(ctx, strings.Join([]string{"q", "{" + id + "}", "x"}, ":"))"#,
            &["q:{<id>}:x"],
        ),
        (
            "strings",
            "",
            "parts := []string{\"q\"}\nparts = append(parts, id, \"x\")\nrdb.Get(ctx, strings.Join(parts, \":\"))",
            &["q:<id>:x"],
        ),
        (
            "strings",
            "",
            "var b strings.Builder\nb.WriteString(\"q:{\")\nb.WriteString(id)\nb.WriteByte('}')\nrdb.Get(ctx, b.String())",
            &["q:{<id>}"],
        ),
        (
            "fmt strings",
            "",
            "var b strings.Builder\nfmt.Fprintf(&b, \"q:%s\", id)\nb.WriteRune(':')\nrdb.Get(ctx, b.String())",
            &["q:<id>:"],
        ),
        (
            "strconv",
            "",
            r#"rdb.Get(ctx, "q:"+strconv.Itoa(n))"#,
            &["q:<n>"],
        ),
        (
            "path",
            "",
            r#"rdb.Get(ctx, path.Join("q", id))"#,
            &["q/<id>"],
        ),
        (
            "",
            "const a = \"q\"\nconst b = a + \":\"",
            "rdb.Get(ctx, b+id)",
            &["q:<id>"],
        ),
        (
            "",
            "var prefix = \"q:\"",
            "rdb.Get(ctx, prefix+id)",
            &["q:<id>"],
        ),
        (
            "",
            "func key(id string) string { return \"q:\" + id }",
            "rdb.Get(ctx, key(id))",
            &["q:<id>"],
        ),
        (
            "",
            "func key(a, b string) (string, error) { return a + \":\" + b, nil }",
            "k, err := key(kind, id)\n_ = err\nrdb.Get(ctx, k)",
            &["<kind>:<id>"],
        ),
        (
            "",
            "func key(id string) (k string) { k = \"q:\" + id; return }",
            "rdb.Get(ctx, key(id))",
            &["q:<id>"],
        ),
        (
            "",
            "type keys struct{ prefix string }\nfunc (k keys) user(id string) string { return k.prefix + id }",
            "k := keys{prefix: \"u:\"}\nrdb.Get(ctx, k.user(id))",
            &["u:<id>"],
        ),
        (
            "",
            "type keys struct{ prefix string }\nfunc (k keys) user(id string) string { return k.prefix + id }",
            "k := keys{\"u:\"}\nrdb.Get(ctx, k.user(id))",
            &["u:<id>"],
        ),
        (
            "",
            "type Key string\nfunc (k Key) Of(id string) string { return string(k) + \":\" + id }\nconst User Key = \"user\"",
            "rdb.Get(ctx, User.Of(id))",
            &["user:<id>"],
        ),
        (
            "fmt",
            "type userKey struct{ id string }\nfunc (k userKey) String() string { return \"user:{\" + k.id + \"}\" }",
            "rdb.Get(ctx, userKey{id}.String())\nrdb.Get(ctx, fmt.Sprintf(\"%s:name\", userKey{id: id}))",
            &["user:{<id>}", "user:{<id>}:name"],
        ),
        (
            "",
            "",
            "key := \"a:\" + id\nif flag {\n\tkey = \"b:\" + id\n}\nrdb.Get(ctx, key)",
            &["a:<id>", "b:<id>"],
        ),
        (
            "",
            "",
            "var key string\nswitch kind {\ncase \"x\":\n\tkey = \"x:\" + id\ndefault:\n\tkey = \"y:\" + id\n}\nrdb.Get(ctx, key)",
            &["x:<id>", "y:<id>"],
        ),
        (
            "",
            "",
            "if id == \"\" {\n\treturn\n}\nrdb.Get(ctx, \"q:\"+id)",
            &["q:<id>"],
        ),
        (
            "",
            "var names = map[string]string{\"a\": \"key:a\", \"b\": \"key:b\"}",
            "rdb.Get(ctx, names[kind])\nrdb.Get(ctx, names[\"a\"])",
            &["key:a", "key:b"],
        ),
        (
            "",
            "",
            "for _, name := range []string{\"a\", \"b\"} {\n\trdb.Get(ctx, name+\":\"+id)\n}",
            &["a:<id>", "b:<id>"],
        ),
        (
            "",
            "",
            "get := func(k string) { rdb.Get(ctx, \"q:\"+k) }\nget(id)\nget(\"x\")",
            &["q:<id>", "q:x"],
        ),
        (
            "",
            "type req struct{ EventID string }",
            "r := req{EventID: id}\nother := &req{}\nrdb.Get(ctx, r.EventID+\":a\")\nrdb.Get(ctx, \"e:\"+other.EventID)",
            &["<id>:a", "e:<event_id>"],
        ),
        (
            "net/http",
            "",
            "var r *http.Request\nrdb.Get(ctx, \"s:\"+r.FormValue(\"owner\"))\nrdb.Get(ctx, \"h:\"+r.Header.Get(\"X-Session\"))",
            &["h:<x_session>", "s:<owner>"],
        ),
        (
            "",
            "func pick[T any](a, b T) T { return b }",
            "rdb.Get(ctx, pick(\"a\", \"b:\"+id))",
            &["b:<id>"],
        ),
        (
            "",
            "func all(parts ...string) string { out := \"\"; for _, p := range parts { out += p }; return out }",
            "rdb.Get(ctx, \"q:\"+all(id, kind))",
            &["q:<out>"],
        ),
    ];
    let mut problems = Vec::new();
    for (imports, setup, body, wanted) in cases {
        let found = templates(imports, setup, body);
        if found != *wanted {
            problems.push(format!(
                "{setup}\n{body}\n  wanted {wanted:?}\n  found  {found:?}"
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn keys_come_down_through_packages_and_interfaces() {
    let program = program(&[
        (
            "store/store.go",
            "package store\n\nimport (\n\t\"context\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n\ntype Store struct {\n\trdb    redis.UniversalClient\n\tprefix string\n}\n\nfunc New(rdb redis.UniversalClient, prefix string) *Store {\n\ts := &Store{rdb: rdb}\n\ts.prefix = prefix\n\treturn s\n}\n\nfunc (s *Store) Load(ctx context.Context, name string) string {\n\treturn s.rdb.Get(ctx, s.prefix+name).Val()\n}\n",
        ),
        (
            "users/users.go",
            "package users\n\nimport \"context\"\n\ntype Loader interface {\n\tLoad(ctx context.Context, name string) string\n}\n\ntype Users struct{ loader Loader }\n\nfunc New(l Loader) *Users { return &Users{loader: l} }\n\nfunc (u *Users) Name(ctx context.Context, userID string) string {\n\treturn u.loader.Load(ctx, \"user:{\"+userID+\"}\")\n}\n",
        ),
        (
            "main.go",
            "package main\n\nimport (\n\t\"context\"\n\t\"os\"\n\n\t\"github.com/redis/go-redis/v9\"\n\n\t\"example.com/app/store\"\n\t\"example.com/app/users\"\n)\n\nfunc main() {\n\trdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{\"a:1\"}})\n\ts := store.New(rdb, \"app:\")\n\tprintln(users.New(s).Name(context.Background(), os.Args[1]))\n}\n",
        ),
    ]);
    assert_eq!(
        keys_of(&program, "GET"),
        BTreeSet::from(["app:user:{<user_id>}".to_string()])
    );
    let kinds: Vec<Connection> = program.connections.values().map(|c| c.kind).collect();
    assert_eq!(kinds, vec![Connection::Cluster]);
}

#[test]
fn receivers_are_told_by_type() {
    let text = r#"package app

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

type cache struct{ m map[string]string }

func (c *cache) Get(ctx context.Context, key string) string { return c.m[key] }

type repo struct {
	*goredis.Client
	redis *cache
}

type keeper interface {
	Get(ctx context.Context, key string) *goredis.StringCmd
}

type getter interface {
	Get(ctx context.Context, key string) *goredis.StringCmd
}

var db = goredis.NewClient(&goredis.Options{})

func conn() goredis.Cmdable { return db }

func Use(ctx context.Context, r *repo, g getter, rdb any) {
	r.Get(ctx, "embedded")
	r.redis.Get(ctx, "cache")
	conn().Get(ctx, "returned")
	db.Get(ctx, "global")
	if c, ok := rdb.(*goredis.Client); ok {
		c.Get(ctx, "asserted")
	}
	switch c := rdb.(type) {
	case *goredis.ClusterClient:
		c.Get(ctx, "switched")
	}
	clients := []*goredis.Client{db}
	clients[0].Get(ctx, "indexed")
	for _, c := range clients {
		c.Get(ctx, "ranged")
	}
	byName := map[string]*goredis.Client{}
	byName["a"].Get(ctx, "mapped")
	var small keeper = db
	small.Get(ctx, "small interface")
	f := db.Get
	f(ctx, "method value")
}
"#;
    let program = program(&[("app.go", text)]);
    let found = keys_of(&program, "GET");
    for wanted in [
        "embedded", "returned", "global", "asserted", "switched", "indexed", "ranged", "mapped",
    ] {
        assert!(found.contains(wanted), "{wanted} in {found:?}");
    }
    assert!(!found.contains("cache"), "{found:?}");
}

#[test]
fn what_runs_is_known() {
    let text = r#"package main

import (
	"context"
	"net/http"

	"github.com/redis/go-redis/v9"
)

type api struct{ rdb *redis.Client }

func (a *api) routed(w http.ResponseWriter, r *http.Request)  { a.rdb.Get(r.Context(), "routed") }
func (a *api) wrapped(w http.ResponseWriter, r *http.Request) { a.rdb.Get(r.Context(), "wrapped") }
func (a *api) background(ctx context.Context)                 { a.rdb.Get(ctx, "background") }
func (a *api) dead(ctx context.Context)                       { a.rdb.Get(ctx, "dead") }
func (a *api) deadCaller(ctx context.Context)                 { a.dead(ctx) }
func (a *api) Run()                                           { a.rdb.Get(context.Background(), "escaped") }

type runner interface{ Run() }

func guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { next(w, r) }
}

func start(r runner) { r.Run() }

func main() {
	a := &api{rdb: redis.NewClient(&redis.Options{})}
	http.HandleFunc("GET /routed", a.routed)
	http.Handle("/wrapped", guard(a.wrapped))
	go a.background(context.Background())
	start(a)
}
"#;
    let program = program(&[("main.go", text)]);
    let live: BTreeSet<String> = program
        .commands
        .iter()
        .filter(|c| program.function(program.event(c.event).func).live)
        .flat_map(|c| &c.keys)
        .filter_map(|k| k.template.as_ref().map(|t| t.text()))
        .collect();
    let wanted: BTreeSet<String> = ["routed", "wrapped", "background", "escaped"]
        .map(String::from)
        .into();
    assert_eq!(live, wanted);
    let paths: Vec<_> = program
        .handlers
        .iter()
        .filter_map(|h| h.path.clone())
        .collect();
    assert_eq!(paths, vec!["/routed", "/wrapped"]);
}

#[test]
fn commands_are_found_in_every_form() {
    let text = r#"package app

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

func Use(ctx context.Context, rdb *redis.ClusterClient, id string) {
	rdb.XAdd(ctx, &redis.XAddArgs{Stream: "s:" + id, Values: map[string]any{"a": 1}})
	rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Streams: []string{"s1:" + id, "s2:" + id, ">", ">"}})
	rdb.ZUnionStore(ctx, "d:"+id, &redis.ZStore{Keys: []string{"a:" + id, "b:" + id}})
	rdb.BLPop(ctx, time.Second, "l1:"+id, "l2:"+id)
	rdb.MSet(ctx, "m1:"+id, 1, "m2:"+id, 2)
	rdb.MSet(ctx, map[string]any{"m3": 1})
	rdb.Do(ctx, "hset", "h:"+id, "f", "v")
	rdb.Eval(ctx, "return 1", []string{"e1:" + id, "e2:" + id}, 5)
	redis.NewScript("return 1").Run(ctx, rdb, []string{"r:" + id})
	rdb.Watch(ctx, func(tx *redis.Tx) error {
		tx.Get(ctx, "w:"+id)
		return nil
	}, "w:"+id)
	keys := []string{"x:" + id, "y:" + id}
	rdb.Del(ctx, keys...)
	rdb.Exists(ctx, append(keys, "z:"+id)...)
}
"#;
    let program = program(&[("app.go", text)]);
    let all: BTreeSet<(String, String)> = program
        .commands
        .iter()
        .flat_map(|c| {
            let name = program
                .event(c.event)
                .command()
                .map_or("", |c| c.name.as_str());
            c.keys.iter().map(move |k| {
                (
                    name.to_string(),
                    k.template.as_ref().map_or("?".into(), |t| t.text()),
                )
            })
        })
        .collect();
    let wanted: &[(&str, &[&str])] = &[
        ("XADD", &["s:<id>"]),
        ("XREADGROUP", &["s1:<id>", "s2:<id>"]),
        ("ZUNIONSTORE", &["a:<id>", "b:<id>", "d:<id>"]),
        ("BLPOP", &["l1:<id>", "l2:<id>"]),
        ("MSET", &["m1:<id>", "m2:<id>", "m3"]),
        ("HSET", &["h:<id>"]),
        ("EVAL", &["e1:<id>", "e2:<id>"]),
        ("EVALSHA", &["r:<id>"]),
        ("WATCH", &["w:<id>"]),
        ("GET", &["w:<id>"]),
        ("DEL", &["x:<id>", "y:<id>"]),
        ("EXISTS", &["x:<id>", "y:<id>", "z:<id>"]),
    ];
    let wanted: BTreeSet<(String, String)> = wanted
        .iter()
        .flat_map(|(name, keys)| keys.iter().map(|k| ((*name).to_string(), (*k).to_string())))
        .collect();
    assert_eq!(all, wanted);
}

/// What the check behind `/ready` may take, in milliseconds, when it is written like this.
fn effective(options: &str, setup: &str, route: &str, body: &str) -> Option<u64> {
    let text = format!(
        "package main\n\nimport (\n\t\"context\"\n\t\"net/http\"\n\t\"time\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n\nvar _ = time.Second\nvar _ context.Context\n\ntype h struct{{ rdb *redis.Client }}\n\n{setup}\n\nfunc (h *h) ready(w http.ResponseWriter, r *http.Request) {{\n{body}\n}}\n\nfunc main() {{\n\tx := &h{{rdb: redis.NewClient({options})}}\n\thttp.HandleFunc(\"/ready\", {route})\n}}\n"
    );
    let program = program(&[("main.go", &text)]);
    assert!(program.files.iter().all(|f| f.errors.is_empty()), "{text}");
    let handler = program
        .handlers
        .iter()
        .find(|h| h.path.as_deref() == Some("/ready"));
    handler
        .expect("a route")
        .checks
        .iter()
        .filter_map(|c| c.effective_ms)
        .max()
}

#[test]
fn health_checks_have_bounds() {
    const APPLIES: &str =
        "&redis.Options{ReadTimeout: 10 * time.Second, ContextTimeoutEnabled: true}";
    const IGNORES: &str = "&redis.Options{ReadTimeout: 10 * time.Second}";
    let within = |d: &str| {
        format!(
            "ctx, cancel := context.WithTimeout(r.Context(), {d})\ndefer cancel()\nh.rdb.Ping(ctx)"
        )
    };
    let plain = |options: &str, setup: &str, body: &str| effective(options, setup, "x.ready", body);
    assert_eq!(plain(APPLIES, "", &within("2*time.Second")), Some(2000));
    // Measured with go-redis 9.4.0: 10.00 s.
    assert_eq!(plain(IGNORES, "", &within("2*time.Second")), Some(10_000));
    // Whole attempts of 3 s, the default, until 4 s have passed.
    assert_eq!(
        plain("&redis.Options{}", "", &within("4*time.Second")),
        Some(6000)
    );
    assert_eq!(
        plain(
            APPLIES,
            "const n = 4",
            &within("time.Duration(n)*time.Second")
        ),
        Some(4000)
    );
    assert_eq!(
        plain(
            APPLIES,
            "var limit = 1500 * time.Millisecond",
            &within("limit")
        ),
        Some(1500)
    );
    let deadline = "ctx, cancel := context.WithDeadline(r.Context(), time.Now().Add(3*time.Second))\ndefer cancel()\nh.rdb.Ping(ctx)";
    assert_eq!(plain(APPLIES, "", deadline), Some(3000));
    // The nearer of two deadlines counts, through calls.
    let nested = "ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)\ndefer cancel()\nh.check(ctx)";
    let check = "func (h *h) check(ctx context.Context) {\n\tctx, cancel := context.WithTimeout(ctx, time.Second)\n\tdefer cancel()\n\th.rdb.Ping(ctx)\n}";
    assert_eq!(plain(APPLIES, check, nested), Some(1000));
    // A request's own context may carry a deadline that nobody sees here; a fresh one does not.
    assert_eq!(plain(IGNORES, "", "h.rdb.Ping(r.Context())"), None);
    assert_eq!(
        plain(
            "&redis.Options{ReadTimeout: 5 * time.Second, MaxRetries: -1}",
            "",
            "h.rdb.Ping(context.Background())"
        ),
        Some(5000)
    );
    let factory = "func ready(rdb *redis.Client, d time.Duration) http.HandlerFunc {\n\treturn func(w http.ResponseWriter, r *http.Request) {\n\t\tctx, cancel := context.WithTimeout(r.Context(), d)\n\t\tdefer cancel()\n\t\trdb.Ping(ctx)\n\t}\n}";
    assert_eq!(
        effective(APPLIES, factory, "ready(x.rdb, 7*time.Second)", ""),
        Some(7000)
    );
    let parsed = "func options() *redis.Options {\n\to, _ := redis.ParseURL(\"redis://r:6379\")\n\to.ReadTimeout = 8 * time.Second\n\treturn o\n}";
    assert_eq!(
        plain("options()", parsed, &within("2*time.Second")),
        Some(8000)
    );
}

#[test]
fn branches_know_the_first_of_a_count() {
    let first = |body: &str| -> Vec<bool> {
        let text = format!(
            "package app\n\nimport (\n\t\"context\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n\nfunc Use(ctx context.Context, rdb *redis.Client, limit int64) {{\n\tn, err := rdb.Incr(ctx, \"n\").Result()\n{body}\n}}\n"
        );
        let program = program(&[("app.go", &text)]);
        assert!(program.files.iter().all(|f| f.errors.is_empty()), "{text}");
        program
            .command_events()
            .filter(|(_, _, command)| command.name == "GET")
            .map(|(_, event, _)| event.branches.iter().any(|b| !b.first.is_empty()))
            .collect()
    };
    for (body, wanted) in [
        ("if n == 1 { rdb.Get(ctx, \"a\") }", true),
        ("if err == nil && 1 == n { rdb.Get(ctx, \"a\") }", true),
        ("if n <= 1 { rdb.Get(ctx, \"a\") }", true),
        ("if !(n > 1) { rdb.Get(ctx, \"a\") }", true),
        ("if n != int64(1) { return }; rdb.Get(ctx, \"a\")", true),
        (
            "if err != nil || n > 1 { return }; rdb.Get(ctx, \"a\")",
            true,
        ),
        ("switch n { case 1: rdb.Get(ctx, \"a\") }", true),
        ("switch { case n == 1: rdb.Get(ctx, \"a\") }", true),
        ("rdb.Get(ctx, \"a\")", false),
        ("if err == nil { rdb.Get(ctx, \"a\") }", false),
        ("if n == 1 || limit > 5 { rdb.Get(ctx, \"a\") }", false),
        ("if n > limit { return }; rdb.Get(ctx, \"a\")", false),
        ("if n == 1 { n = 2 } else { rdb.Get(ctx, \"a\") }", false),
        ("if n == 1 { n = 2 }; rdb.Get(ctx, \"a\")", false),
        ("if limit == 1 { rdb.Get(ctx, \"a\") }", false),
    ] {
        assert_eq!(first(body), [wanted], "{body}");
    }
}

#[test]
fn connections_are_made_and_kept() {
    let made = |setup: &str, body: &str| -> Vec<(Connection, bool, usize)> {
        let text = format!(
            "package app\n\nimport (\n\t\"context\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n\n{setup}\n\nfunc Use(ctx context.Context, flag bool) {{\n{body}\n}}\n"
        );
        let program = program(&[("app.go", &text)]);
        assert!(program.files.iter().all(|f| f.errors.is_empty()), "{text}");
        program
            .made
            .iter()
            .map(|made| (made.kind, made.kept, made.used.len()))
            .collect()
    };
    let open = "c := redis.NewClient(&redis.Options{Addr: \"a:1\"})\n";
    let (single, cluster, universal) = (
        Connection::Single,
        Connection::Cluster,
        Connection::Universal,
    );
    for (setup, body, wanted) in [
        ("", "c.Get(ctx, \"a\")", (single, false, 1)),
        (
            "func get(ctx context.Context, c redis.Cmdable) { c.Get(ctx, \"a\") }",
            "get(ctx, c)",
            (single, false, 1),
        ),
        ("var kept *redis.Client", "kept = c", (single, true, 0)),
        (
            "type s struct{ c *redis.Client }",
            "_ = &s{c}",
            (single, true, 0),
        ),
        (
            "type s struct{ c redis.Cmdable }\nfunc (s *s) set(c redis.Cmdable) { s.c = c }",
            "(&s{}).set(c)",
            (single, true, 0),
        ),
        (
            "var all = map[string]*redis.Client{}",
            "all[\"a\"] = c",
            (single, true, 0),
        ),
        ("var all chan *redis.Client", "all <- c", (single, true, 0)),
        (
            "var all []*redis.Client",
            "all = append(all, c)",
            (single, true, 0),
        ),
    ] {
        assert_eq!(made(setup, &format!("{open}{body}")), [wanted], "{body}");
    }
    for (options, wanted) in [
        ("Addrs: []string{\"a:1\"}", single),
        ("Addrs: []string{\"a:1\", \"b:1\"}", cluster),
        ("Addrs: []string{\"a:1\"}, IsClusterMode: true", cluster),
        ("Addrs: []string{\"a:1\"}, IsClusterMode: flag", universal),
    ] {
        let body = format!("_ = redis.NewUniversalClient(&redis.UniversalOptions{{{options}}})");
        assert_eq!(made("", &body), [(wanted, false, 0)], "{options}");
    }
}
