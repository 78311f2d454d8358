//! Clients that take commands as words or build them step by step: what is sent, with which keys, and
//! what runs together.

use slotlint::config::Settings;
use slotlint::program::{EventKind, Program, QueueKind};
use slotlint::source::{Options, find};

const MOD: &str = "module example.com/app

go 1.22

require (
	github.com/gomodule/redigo v1.9.2
	github.com/redis/go-redis/v9 v9.17.2
	github.com/redis/rueidis v1.0.60
	github.com/valkey-io/valkey-go v1.0.60
)
";

/// What a program sends, a line an operation in source order: the command, its keys, `...` where others may
/// follow, `+` where it waits in a queue. A queue stands as `pipeline` or `transaction` with all its keys.
fn sent(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("go.mod"), MOD).expect("written");
    std::fs::write(folder.path().join("app.go"), text).expect("written");
    let found = find(&[folder.path().to_path_buf()], &Options::default());
    let facts = slotlint::lang::read(&found.files, None, Some(1));
    let program = Program::link(facts, &Settings::default());
    for file in &program.files {
        assert!(file.errors.is_empty(), "{:?}\n{text}", file.errors);
    }
    let mut out = Vec::new();
    for command in &program.commands {
        let event = program.event(command.event);
        let sent = event.command().expect("a command");
        let mut line = sent.name.clone();
        for key in &command.keys {
            line.push(' ');
            line.push_str(&key.template.as_ref().map_or("?".into(), |t| t.text()));
            line.push_str(if key.many { "*" } else { "" });
        }
        line.push_str(if command.open { " ..." } else { "" });
        line.push_str(if sent.queued { " +" } else { "" });
        out.push((event.site, line));
    }
    for unit in &program.units {
        let Some(kind) = unit.queue else { continue };
        let event = program.event(unit.event);
        assert!(matches!(event.kind, EventKind::Queue { .. }));
        let keys: Vec<String> = unit
            .keys
            .iter()
            .map(|k| k.template.as_ref().map_or("?".into(), |t| t.text()))
            .collect();
        let name = match kind {
            QueueKind::Pipeline => "pipeline",
            QueueKind::Transaction => "transaction",
        };
        out.push((event.site, format!("{name}: {}", keys.join(" "))));
    }
    out.sort();
    out.dedup();
    out.into_iter().map(|(_, line)| line).collect()
}

fn check(cases: &[(&str, &str, &[&str])], head: &str, signature: &str) {
    for (setup, body, wanted) in cases {
        let text =
            format!("package app\n\n{head}\n\n{setup}\n\nfunc Use({signature}) {{\n{body}\n}}\n");
        let found = sent(&text);
        assert_eq!(found, *wanted, "{setup}\n{body}");
    }
}

#[test]
fn redigo_sends_words() {
    let head = "import \"github.com/gomodule/redigo/redis\"\n\ntype store struct {\n\tpool *redis.Pool\n\tkeys []interface{}\n\tscript *redis.Script\n}";
    let cases: &[(&str, &str, &[&str])] = &[
        ("", "c.Do(\"get\", \"a:\"+id)", &["GET a:<id>"]),
        ("", "c.Do(\"Config\", \"Get\", id)", &["CONFIG GET"]),
        (
            "",
            "redis.String(c.Do(\"HGET\", \"h:\"+id, id))",
            &["HGET h:<id>"],
        ),
        (
            "",
            "c.Send(\"SET\", \"a:\"+id, 1)\nc.Flush()\nc.Receive()",
            &["SET a:<id> +"],
        ),
        ("", "c.Flush()\nc.Receive()\nc.Close()", &[]),
        (
            "",
            "c.Send(\"MULTI\")\nc.Send(\"INCR\", \"a:\"+id)\nc.Send(\"INCR\", \"b:\"+id)\nc.Do(\"EXEC\")\nc.Do(\"GET\", \"c\")",
            &[
                "transaction: a:<id> b:<id>",
                "INCR a:<id> +",
                "INCR b:<id> +",
                "EXEC",
                "GET c",
            ],
        ),
        // What is discarded on one way still runs together on the other.
        (
            "",
            "c.Do(\"MULTI\")\nif err := c.Send(\"INCR\", \"a\"); err != nil {\n\tc.Do(\"DISCARD\")\n\treturn\n}\nc.Send(\"INCR\", \"b\")\nc.Do(\"EXEC\")",
            &[
                "transaction: a b",
                "INCR a +",
                "DISCARD",
                "INCR b +",
                "EXEC",
            ],
        ),
        // A transaction on one connection has nothing to do with another one.
        (
            "",
            "other := s.pool.Get()\nc.Send(\"MULTI\")\nc.Send(\"INCR\", \"a\")\nother.Do(\"INCR\", \"b\")\nc.Do(\"EXEC\")",
            &["transaction: a", "INCR a +", "INCR b", "EXEC"],
        ),
        // A function that is handed the connection sends within the transaction.
        (
            "func push(c redis.Conn, id string) { c.Send(\"LPUSH\", \"q:\"+id, 1) }",
            "c.Send(\"MULTI\")\nc.Send(\"INCR\", \"n\")\npush(c, id)\nc.Do(\"EXEC\")",
            &[
                "LPUSH q:<id> +",
                "transaction: n q:<id>",
                "INCR n +",
                "EXEC",
            ],
        ),
        ("", "c.Do(\"MGET\", \"a\", \"b\", id)", &["MGET a b <id>"]),
        (
            "",
            "args := []interface{}{\"list\"}\nfor _, x := range ids {\n\targs = append(args, \"k:\"+x)\n}\nc.Do(\"MGET\", args...)",
            &["MGET list k:<x>*"],
        ),
        (
            "",
            "args := make([]interface{}, len(ids))\nfor i, x := range ids {\n\targs[i] = \"k:\" + x\n}\nc.Do(\"DEL\", args...)",
            &["DEL k:<x>*"],
        ),
        (
            "",
            "c.Do(\"HSET\", redis.Args{}.Add(\"h:\"+id).AddFlat(m)...)",
            &["HSET h:<id>"],
        ),
        (
            "",
            "args := redis.Args{\"z:\" + id}\nargs = args.Add(1, id)\nc.Do(\"ZADD\", args...)",
            &["ZADD z:<id>"],
        ),
        (
            "",
            "c.Do(\"EVAL\", \"return 1\", 2, \"a\", \"b\", \"x\")",
            &["EVAL a b"],
        ),
        (
            "",
            "redis.NewScript(2, \"return 1\").Do(c, \"a:\"+id, \"b:\"+id, \"arg\")",
            &["EVALSHA a:<id> b:<id>"],
        ),
        // The first argument says how many are keys only where the script does not; that is not followed.
        (
            "",
            "redis.NewScript(-1, \"return 1\").Do(c, 1, \"a\", \"arg\")",
            &["EVALSHA ..."],
        ),
        (
            "",
            "args := []interface{}{\"dead\"}\nfor _, x := range ids {\n\targs = append(args, \"jobs:\"+x)\n}\nargs = append(args, \"arg\")\nredis.NewScript(len(ids)+1, \"return 1\").Do(c, args...)",
            &["EVALSHA dead jobs:<x>*"],
        ),
        (
            "func New(p *redis.Pool) *store {\n\treturn &store{pool: p, script: redis.NewScript(2, \"return 1\"), keys: []interface{}{\"a\", \"b\", 0}}\n}",
            "s.script.Do(c, s.keys...)",
            &["EVALSHA a b"],
        ),
        (
            "",
            "args := []interface{}{\"first\", \"a\"}\nif flag {\n\targs[0] = \"second\"\n}\nargs = append(args, id)\nredis.NewScript(2, \"return 1\").Do(c, args...)",
            &["EVALSHA first a", "EVALSHA second a"],
        ),
        // Wrappers: the command is sent where its word is spelled.
        (
            "func (s *store) do(cmd string, args ...interface{}) (interface{}, error) {\n\tc := s.pool.Get()\n\tdefer c.Close()\n\treturn c.Do(cmd, args...)\n}",
            "s.do(\"SMEMBERS\", \"s:\"+id)\ns.do(\"KEYS\", id)",
            &["SMEMBERS s:<id>", "KEYS"],
        ),
        (
            "func (s *store) get(args ...interface{}) (string, error) {\n\treturn redis.String(s.pool.Get().Do(\"GET\", args...))\n}\nfunc (s *store) name(id string) (string, error) { return s.get(\"name:\" + id) }",
            "s.name(id)",
            &["GET name:<id>"],
        ),
        (
            "func all(c redis.Conn, cmd string, args ...interface{}) { words(c, append([]interface{}{cmd}, args...)) }\nfunc words(c redis.Conn, w []interface{}) { c.Do(w[0].(string), w[1:]...) }",
            "all(c, \"SADD\", \"s\", id)",
            &["SADD s"],
        ),
        (
            "func (s *store) with(fn func(redis.Conn) error) error {\n\tc := s.pool.Get()\n\tdefer c.Close()\n\treturn fn(c)\n}",
            "s.with(func(c redis.Conn) error {\n\t_, err := c.Do(\"DEL\", \"d:\"+id)\n\treturn err\n})",
            &["DEL d:<id>"],
        ),
        (
            "",
            "cmd := \"SET\"\nif flag {\n\tcmd = \"SETNX\"\n}\nc.Do(cmd, \"a\", 1)",
            &["SET a", "SETNX a"],
        ),
        ("", "c.Do(id, \"a\")", &[]),
        ("", "redis.DoContext(c, nil, \"GET\", \"x\")", &["GET x"]),
        (
            "",
            "c2, err := s.pool.GetContext(nil)\n_ = err\nc2.Do(\"GET\", \"x\")",
            &["GET x"],
        ),
        (
            "",
            "c2, err := redis.Dial(\"tcp\", id)\n_ = err\nc2.Do(\"GET\", \"x\")",
            &["GET x"],
        ),
    ];
    check(
        cases,
        head,
        "s *store, c redis.Conn, id string, ids []string, m map[string]string, flag bool",
    );
}

#[test]
fn builders_send_what_they_build() {
    let head =
        "import (\n\t\"context\"\n\n\t\"github.com/redis/rueidis\"\n)\n\nvar ctx context.Context";
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "",
            "c.Do(ctx, c.B().Get().Key(\"a:\"+id).Build())",
            &["GET a:<id>"],
        ),
        (
            "",
            "c.Do(ctx, c.B().\n\tZunionstore().\n\tDestination(\"d\").\n\tNumkeys(2).\n\tKey(\"a\", \"b\").\n\tBuild())",
            &["ZUNIONSTORE d a b"],
        ),
        (
            "",
            "c.DoCache(ctx, c.B().Hget().Key(\"h\").Field(id).Cache(), 0)",
            &["HGET h"],
        ),
        // Keys() of Arbitrary adds keys; it is not KEYS.
        (
            "",
            "c.Do(ctx, c.B().Arbitrary(\"XADD\").Keys(\"s:\"+id).Args(\"*\", \"f\", \"v\").Build())",
            &["XADD s:<id>"],
        ),
        (
            "",
            "c.Do(ctx, c.B().Keys().Pattern(\"a:*\").Build())",
            &["KEYS"],
        ),
        (
            "",
            "c.Do(ctx, c.B().Mset().KeyValue().KeyValue(\"a\", \"1\").KeyValue(\"b\", \"2\").Build())",
            &["MSET a b"],
        ),
        (
            "",
            "c.Do(ctx, c.B().Mget().Key(ids...).Build())",
            &["MGET <ids>*"],
        ),
        (
            "",
            "cmds := make(rueidis.Commands, 0, len(ids))\nfor _, x := range ids {\n\tcmds = append(cmds, c.B().Get().Key(\"g:\"+x).Build())\n}\nc.DoMulti(ctx, cmds...)",
            &["GET g:<x> +"],
        ),
        (
            "",
            "c.DoMulti(ctx, c.B().Multi().Build(), c.B().Set().Key(\"a\").Value(id).Build(), c.B().Del().Key(\"b\").Build(), c.B().Exec().Build())",
            &[
                "transaction: a b",
                "MULTI +",
                "SET a +",
                "DEL b +",
                "EXEC +",
            ],
        ),
        (
            "",
            "c.DoMulti(ctx, c.B().Get().Key(\"a\").Build(), c.B().Get().Key(\"b\").Build())",
            &["pipeline: a b", "GET a +", "GET b +"],
        ),
        (
            "",
            "c.Dedicated(func(d rueidis.DedicatedClient) error {\n\td.Do(ctx, d.B().Watch().Key(\"w\").Build())\n\treturn nil\n})",
            &["WATCH w"],
        ),
        (
            "",
            "rueidis.MGet(c, ctx, []string{\"a\", \"b\"})",
            &["MGET a b"],
        ),
        (
            "",
            "rueidis.MSet(c, ctx, map[string]string{\"a\": id})",
            &["MSET a"],
        ),
        (
            "var script = rueidis.NewLuaScript(\"return 1\")",
            "script.Exec(ctx, c, []string{\"a:\" + id, \"b\"}, []string{id})",
            &["EVALSHA a:<id> b"],
        ),
        (
            "func cmd(c rueidis.Client, id string) rueidis.Completed { return c.B().Incr().Key(\"n:\" + id).Build() }",
            "c.Do(ctx, cmd(c, id))",
            &["INCR n:<id>"],
        ),
        (
            "",
            "for _, node := range c.Nodes() {\n\tnode.Do(ctx, node.B().Scan().Cursor(0).Match(\"a*\").Build())\n}",
            &["SCAN"],
        ),
    ];
    check(cases, head, "c rueidis.Client, id string, ids []string");
    let valkey = head.replace("redis/rueidis", "valkey-io/valkey-go");
    check(
        &[(
            "",
            "c.Do(ctx, c.B().Smembers().Key(\"s:\"+id).Build()).AsStrSlice()",
            &["SMEMBERS s:<id>"],
        )],
        &format!("{valkey}\n\nvar _ = valkey.NewClient"),
        "c valkey.Client, id string",
    );
}

#[test]
fn adapters_and_older_releases_have_the_same_methods() {
    check(
        &[(
            "",
            "rueidiscompat.NewAdapter(c).Get(nil, \"a\")",
            &["GET a"],
        )],
        "import (\n\t\"github.com/redis/rueidis\"\n\t\"github.com/redis/rueidis/rueidiscompat\"\n)",
        "c rueidis.Client",
    );
    check(
        &[(
            "",
            "c.Get(\"a:\" + id)\nc.ZUnionStore(\"d\", &redis.ZStore{Keys: []string{\"x\", \"y\"}})\nredis.NewScript(\"return 1\").Run(c, []string{\"k\"}, id)\nc.Pipelined(func(p redis.Pipeliner) error {\n\tp.Incr(\"n\")\n\treturn nil\n})",
            &[
                "GET a:<id>",
                "ZUNIONSTORE d x y",
                "EVALSHA k",
                "pipeline: n",
                "INCR n +",
            ],
        )],
        "import \"github.com/go-redis/redis/v7\"",
        "c *redis.Client, id string",
    );
}

#[test]
fn words_reach_a_client_through_wrappers() {
    let head = "import (\n\t\"context\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n\nvar ctx context.Context\n\ntype conn struct{ client redis.UniversalClient }";
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "func (c *conn) Do(ctx context.Context, cmd string, args ...any) (any, error) {\n\tall := make([]any, len(args)+1)\n\tcopy(all, []any{cmd})\n\tcopy(all[1:], args)\n\treturn c.client.Do(ctx, all...).Result()\n}",
            "c.Do(ctx, \"Keys\", \"a*\")\nc.Do(ctx, \"hget\", \"h:\"+id, \"f\")",
            &["KEYS", "HGET h:<id>"],
        ),
        (
            "type doer interface{ Do(ctx context.Context, args ...any) *redis.Cmd }\nfunc send(d doer, args ...any) { d.Do(ctx, args...) }",
            "send(c.client, \"SMEMBERS\", \"s:\"+id)",
            &["SMEMBERS s:<id>"],
        ),
        (
            "",
            "c.client.Do(ctx, \"EVAL\", \"return 1\", 1, \"k:\"+id, id)",
            &["EVAL k:<id>"],
        ),
        (
            "",
            "c.client.Process(ctx, redis.NewStatusCmd(ctx, \"set\", \"w:\"+id, 1))",
            &["SET w:<id>"],
        ),
    ];
    check(cases, head, "c *conn, id string");
}
