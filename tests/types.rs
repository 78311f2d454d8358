//! Types and calls of services that nobody here wrote: each case is a small program, with the keys that
//! must be found on functions that run, as `COMMAND key`. `-` before one: found, but nothing runs it.

mod common;

use common::found;
use slotlint::program::Program;
use std::collections::BTreeSet;

const MOD: &str =
    "module example.com/app\n\ngo 1.22\n\nrequire github.com/redis/go-redis/v9 v9.17.2\n";

/// Reads `-- path --` sections and links them; without a `go.mod` of their own they get one.
fn program(text: &str) -> Program {
    let folder = tempfile::tempdir().expect("a folder");
    // What every file of a case imports need not be written in it.
    let text = text.replace(
        "//imports",
        "import (\n\t\"context\"\n\t\"net/http\"\n\n\t\"github.com/redis/go-redis/v9\"\n)\n",
    );
    common::write(folder.path(), common::sections(&text), ("go.mod", MOD));
    common::link(folder.path())
}

fn check(cases: &[common::Case<'_>]) {
    common::compare(cases, program);
}

#[test]
fn functions_in_fields_make_keys() {
    check(&[
        (
            "a function, a method and a closure, set where the object is made or later",
            r#"
-- main.go --
package main

//imports

type store struct {
	rdb  *redis.Client
	key  func(id string) string
	late func(id string) string
	own  func(id string) string
}

func New(rdb *redis.Client, prefix string, own func(string) string) *store {
	s := &store{rdb: rdb, key: plain, own: own}
	s.late = func(id string) string { return prefix + ":" + id }
	return s
}

func plain(id string) string { return "plain:" + id }

func (s *store) all(ctx context.Context, id string) {
	s.rdb.Get(ctx, s.key(id))
	s.rdb.Get(ctx, s.late(id))
	s.rdb.Get(ctx, s.own(id))
}

func handle(s *store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.all(r.Context(), r.FormValue("id")) }
}

func main() {
	s := New(redis.NewClient(&redis.Options{}), "late", func(id string) string { return "own:" + id })
	http.HandleFunc("/a", handle(s))
}
"#,
            &["GET plain:<id>", "GET late:<id>", "GET own:<id>"],
        ),
        (
            "two functions that call each other give up",
            r#"
-- main.go --
package main

//imports

type store struct {
	rdb *redis.Client
	a   func(id string) string
	b   func(id string) string
}

var s = &store{}

func main() {
	s.a = func(id string) string { return s.b(id) + "a" }
	s.b = func(id string) string { return s.a(id) + "b" }
	s.rdb.Get(context.Background(), s.a("1"))
	http.HandleFunc("/a", nil)
}
"#,
            &["GET <value>ba"],
        ),
    ]);
}

#[test]
fn programs_and_values_keep_together() {
    check(&[(
        "what one program runs is not run by another one of the module",
        r#"
-- jobs/jobs.go --
package jobs

import "context"

type Job interface{ Run(ctx context.Context, id string) }

func RunAll(ctx context.Context, jobs []Job, id string) {
	for _, j := range jobs {
		j.Run(ctx, id)
	}
}
-- clean/clean.go --
package clean

//imports

type Clean struct{ C *redis.Client }

func (c *Clean) Run(ctx context.Context, id string) {
	c.C.Get(ctx, "clean:"+id)
	http.Get("")
}
-- warm/warm.go --
package warm

//imports

type Warm struct{ C *redis.Client }

func (w *Warm) Run(ctx context.Context, id string) {
	w.C.Get(ctx, "warm:"+id)
	http.Get("")
}
-- cmd/cleaner/main.go --
package main

import (
	"context"

	"example.com/app/clean"
	"example.com/app/jobs"
)

func main() { jobs.RunAll(context.Background(), []jobs.Job{&clean.Clean{}}, "c") }
-- cmd/warmer/main.go --
package main

import (
	"context"

	"example.com/app/jobs"
	"example.com/app/warm"
)

func main() { jobs.RunAll(context.Background(), []jobs.Job{&warm.Warm{}}, "w") }
"#,
        &["GET clean:c", "GET warm:w"],
    )]);
}

#[test]
fn a_value_behind_an_interface_is_one_in_all_of_its_keys() {
    let program = program(
        r#"
-- main.go --
package main

//imports

type keys interface {
	List(id string) string
	Meta(id string) string
}

type old struct{}

func (old) List(id string) string { return "old:list:" + id }
func (old) Meta(id string) string { return "old:meta:" + id }

type current struct{}

func (current) Meta(id string) string { return "meta:" + id }
func (current) List(id string) string { return "list:" + id }

func move(ctx context.Context, rdb *redis.Client, k keys, id string) {
	rdb.MGet(ctx, k.List(id), k.Meta(id))
}

func main() {
	move(context.Background(), redis.NewClient(&redis.Options{}), old{}, "1")
	http.HandleFunc("/a", nil)
}
"#,
    );
    let pairs: BTreeSet<String> = program
        .commands
        .iter()
        .map(|c| {
            let keys = c.keys.iter().filter_map(|k| k.template.as_ref());
            keys.map(|t| t.text()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    let wanted = ["list:1 meta:1", "old:list:1 old:meta:1"];
    assert_eq!(pairs, wanted.map(String::from).into());
}

#[test]
fn what_is_queued_after_a_run_goes_on_its_own() {
    let program = program(
        r#"
-- main.go --
package main

//imports

func last(ctx context.Context, tx redis.Pipeliner) error {
	tx.Get(ctx, "last")
	_, err := tx.Exec(ctx)
	return err
}

func main() {
	ctx := context.Background()
	tx := redis.NewClient(&redis.Options{}).TxPipeline()
	last(ctx, tx)
	tx.Get(ctx, "floor")
	tx.Get(ctx, "ceiling")
	if _, err := tx.Exec(ctx); err != nil {
		return
	}
	tx.Get(ctx, "walls")
	tx.Exec(ctx)
	http.HandleFunc("/a", nil)
}
"#,
    );
    let mut units: Vec<String> = program
        .units
        .iter()
        .map(|unit| {
            let keys = unit.keys.iter().filter_map(|k| k.template.as_ref());
            keys.map(|t| t.text()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    units.sort();
    assert_eq!(units, ["floor ceiling", "last", "walls"]);
}

#[test]
fn own_interfaces_over_queues() {
    check(&[(
        "what opens a queue names the client's types in its parameters",
        r#"
-- main.go --
package main

//imports

type store interface {
	Get(ctx context.Context, key string) *redis.StringCmd
	TxPipelined(ctx context.Context, fn func(redis.Pipeliner) error) ([]redis.Cmder, error)
	Extra() string
}

type client struct {
	redis.UniversalClient
}

func (c *client) Extra() string { return "" }

type other interface {
	TxPipelined(ctx context.Context, fn func(string) error) error
}

func use(ctx context.Context, s store, o other) {
	s.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "n:"+s.Extra())
		return nil
	})
	o.TxPipelined(ctx, func(string) error { return nil })
}

func main() {
	use(context.Background(), &client{redis.NewClient(&redis.Options{})}, nil)
	http.HandleFunc("/a", nil)
}
"#,
        &["INCR n:<value>"],
    )]);
}

#[test]
fn modules_and_packages() {
    check(&[
        (
            "keys that a module without any client makes",
            r#"
-- go.work --
go 1.22

use (
	./kit
	./app
)
-- kit/go.mod --
module example.com/kit

go 1.22
-- kit/keys/keys.go --
package keys

const (
	_ = iota
	second
)

func Seat(id string) string { return "seat:" + id }

func Numbered(id string) string { return []string{"a:", "b:"}[second] + id }
-- app/go.mod --
module example.com/app

go 1.22

require (
	example.com/kit v0.0.0
	github.com/redis/go-redis/v9 v9.17.2
)

replace example.com/kit => ../kit
-- app/main.go --
package main

import (
	"context"

	"example.com/kit/keys"
	"github.com/redis/go-redis/v9"
)

func main() {
	c := redis.NewClient(&redis.Options{})
	c.Get(context.Background(), keys.Seat("1"))
	c.Get(context.Background(), keys.Numbered("1"))
}
"#,
            &["GET seat:1", "GET b:1"],
        ),
        (
            "a new type made from a client's interface, and one made from its structure",
            r#"
-- main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
)

type Redis redis.Cmdable
type Plain redis.Client

type holder struct{ r Redis }

func (p *Plain) Get(ctx context.Context, key string) string { return key }

func main() {
	h := holder{r: redis.NewClient(&redis.Options{})}
	h.r.Get(context.Background(), "kept")
	(&Plain{}).Get(context.Background(), "own")
}
"#,
            &["GET kept"],
        ),
        (
            "a client that a package hands on under other names",
            r#"
-- rd/rd.go --
package rd

import "github.com/redis/go-redis/v9"

type Client = redis.Client
type Options = redis.Options
type Cmdable = redis.Cmdable

var NewClient = redis.NewClient
var Nil = redis.Nil
-- main.go --
package main

import (
	"context"

	"example.com/app/rd"
)

func load(ctx context.Context, c *rd.Client, id string) { c.Get(ctx, "alias:"+id) }
func both(ctx context.Context, c rd.Cmdable, id string) { c.Get(ctx, "iface:"+id) }

func main() {
	c := rd.NewClient(&rd.Options{Addr: "a:1"})
	c.Get(context.Background(), "made")
	load(context.Background(), c, "1")
	both(context.Background(), c, "2")
}
"#,
            &["GET alias:1", "GET iface:2", "GET made"],
        ),
        (
            "a type that embeds a client, and one that is a new type of it",
            r#"
-- rd/rd.go --
package rd

import "github.com/redis/go-redis/v9"

type Client struct{ *redis.Client }

func New() *Client { return &Client{redis.NewClient(&redis.Options{})} }
-- main.go --
package main

import (
	"context"

	. "example.com/app/rd"
)

type mine struct{ c *Client }

func (m *mine) load(ctx context.Context, id string) { m.c.Get(ctx, "embedded:"+id) }

func main() {
	m := &mine{c: New()}
	m.load(context.Background(), "1")
	New().Del(context.Background(), "dot")
}
"#,
            &["DEL dot", "GET embedded:1"],
        ),
        (
            "a name after a dot import that the file itself has",
            r#"
-- rd/rd.go --
package rd

import "github.com/redis/go-redis/v9"

func Conn() *redis.Client { return redis.NewClient(&redis.Options{}) }
-- own.go --
package main

type fake struct{}

func (fake) Get(ctx any, key string) {}
-- main.go --
package main

import (
	"context"

	. "example.com/app/rd"
)

func local() fake { return fake{} }

func main() {
	local().Get(context.Background(), "not redis")
	Conn().Get(context.Background(), "redis")
}
"#,
            &["GET redis"],
        ),
        (
            "a folder whose name is not the package's",
            r#"
-- go-store.v2/store.go --
package kv

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

func Load(ctx context.Context, c goredis.UniversalClient, id string) { c.Get(ctx, "kv:"+id) }
-- main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"example.com/app/go-store.v2"
)

func main() { kv.Load(context.Background(), redis.NewClient(nil), "1") }
"#,
            &["GET kv:1"],
        ),
        (
            "a module of the same owner that is replaced by a folder",
            r#"
-- svc/go.mod --
module example.com/shop/svc

require (
	example.com/shop/lib v0.0.0
	github.com/redis/go-redis/v9 v9.17.2
)

replace example.com/shop/lib => ../libs/kv
-- svc/main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"example.com/shop/lib/keys"
)

func main() { keys.Load(context.Background(), redis.NewClient(nil), "1") }
-- libs/kv/go.mod --
module example.com/shop/lib
-- libs/kv/keys/keys.go --
package keys

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func Load(ctx context.Context, c *redis.Client, id string) { c.Get(ctx, "user:"+id) }
"#,
            &["GET user:1"],
        ),
        (
            "somebody else's module that is replaced by a folder: read, not judged",
            r#"
-- svc/go.mod --
module example.com/shop/svc

require github.com/redis/go-redis/v9 v9.17.2

replace github.com/other/lib => ../third_party/lib
-- svc/main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"github.com/other/lib/keys"
)

func main() {
	c := redis.NewClient(nil)
	keys.Load(context.Background(), c, "1")
	c.Del(context.Background(), keys.User("1"))
}
-- third_party/lib/go.mod --
module github.com/other/lib
-- third_party/lib/keys/keys.go --
package keys

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func User(id string) string { return "user:" + id }

func Load(ctx context.Context, c *redis.Client, id string) { c.Get(ctx, User(id)) }
"#,
            &["DEL user:1"],
        ),
        (
            "two modules of one name",
            r#"
-- a/go.mod --
module app

require github.com/redis/go-redis/v9 v9.17.2
-- a/main.go --
package main

import (
	"context"

	"app/keys"
	"github.com/redis/go-redis/v9"
)

func main() { run(redis.NewClient(nil)) }

func run(c *redis.Client) { c.Get(context.Background(), keys.User()) }
-- a/keys/keys.go --
package keys

func User() string { return "a:user" }
-- b/go.mod --
module app

require github.com/redis/go-redis/v9 v9.17.2
-- b/main.go --
package main

import (
	"context"

	"app/keys"
	"github.com/redis/go-redis/v9"
)

func main() { run(redis.NewClient(nil)) }

func run(c *redis.Client) { c.Del(context.Background(), keys.User()) }
-- b/keys/keys.go --
package keys

func User() string { return "b:user" }
"#,
            &["GET a:user", "DEL b:user"],
        ),
        (
            "modules of a workspace",
            r#"
-- go.work --
go 1.22

use (
	./svc
	./kv
)
-- svc/go.mod --
module example.com/svc

require github.com/redis/go-redis/v9 v9.17.2
-- svc/main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"example.com/kv"
)

func main() { redis.NewClient(nil).Get(context.Background(), kv.User("1")) }
-- kv/go.mod --
module example.com/kv
-- kv/kv.go --
package kv

func User(id string) string { return "user:" + id }
"#,
            &["GET user:1"],
        ),
        (
            "a client replaced by a fork is still that client",
            r#"
-- go.mod --
module example.com/app

require github.com/redis/go-redis/v9 v9.0.0

replace github.com/redis/go-redis/v9 => github.com/acme/redis/v9 v9.0.1
-- main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func main() { redis.NewClient(nil).Get(context.Background(), "fork") }
"#,
            &["GET fork"],
        ),
        (
            "a library of that name that is no fork",
            r#"
-- go.mod --
module example.com/app

require github.com/acme/redis/v9 v9.0.1
require github.com/redis/go-redis/v9 v9.17.2
-- main.go --
package main

import (
	"context"

	"github.com/acme/redis/v9"
	goredis "github.com/redis/go-redis/v9"
)

func main() {
	redis.NewClient(nil).Get(context.Background(), "other")
	goredis.NewClient(nil).Get(context.Background(), "own")
}
"#,
            &["GET own"],
        ),
        (
            "vendored code is read and not judged",
            r#"
-- vendor/example.com/lib/lib.go --
package lib

import (
	"context"

	"github.com/redis/go-redis/v9"
)

type KV struct{ C *redis.Client }

func New(c *redis.Client) *KV { return &KV{C: c} }

func (k *KV) Flush(ctx context.Context) { k.C.Keys(ctx, "*") }

func Prefix(id string) string { return "lib:" + id }
-- main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"example.com/lib"
)

func main() {
	k := lib.New(redis.NewClient(nil))
	k.Flush(context.Background())
	k.C.Get(context.Background(), lib.Prefix("1"))
}
"#,
            &["GET lib:1"],
        ),
    ]);
}

#[test]
fn functions_in_values_are_followed() {
    check(&[
        (
            "methods and closures in a list field, called in a loop",
            r#"
-- main.go --
package main

//imports
type Registry struct{ checks []func(context.Context, string) }

func (r *Registry) Add(f func(context.Context, string)) { r.checks = append(r.checks, f) }

func (r *Registry) Run(ctx context.Context) {
	for _, f := range r.checks {
		f(ctx, "probe")
	}
}

type store struct{ rdb *redis.Client }

func (s *store) ping(ctx context.Context, name string) { s.rdb.Get(ctx, "ping:"+name) }

func main() {
	s := &store{redis.NewClient(nil)}
	r := &Registry{}
	r.Add(s.ping)
	r.Add(func(ctx context.Context, name string) { s.rdb.Del(ctx, "closure:"+name) })
	r.Run(context.Background())
	_ = http.StatusOK
}
"#,
            &["DEL closure:probe", "GET ping:probe"],
        ),
        (
            "a struct with a name and a function, in a map and in a list of pointers",
            r#"
-- main.go --
package main

//imports
type Check struct {
	Name string
	Fn   func(ctx context.Context, key string)
}

var rdb = redis.NewClient(nil)

var byName = map[string]func(context.Context, string){}

func get(ctx context.Context, key string) { rdb.Get(ctx, "g:"+key) }
func set(ctx context.Context, key string) { rdb.Del(ctx, "d:"+key) }
func never(ctx context.Context, key string) { rdb.Exists(ctx, "n:"+key) }

func main() {
	_ = http.StatusOK
	byName["set"] = set
	byName["x"](context.Background(), "map")
	var checks []*Check
	checks = append(checks, &Check{Name: "a", Fn: get})
	for _, c := range checks {
		c.Fn(context.Background(), "list")
	}
}
"#,
            &["GET g:list", "DEL d:map", "-EXISTS n:<key>"],
        ),
        (
            "a parameter handed down several levels keeps its own callers",
            r#"
-- main.go --
package main

//imports
var rdb = redis.NewClient(nil)

func retry(ctx context.Context, key string, f func(context.Context, string)) {
	attempt(ctx, key, f)
}

func attempt(ctx context.Context, key string, f func(context.Context, string)) { f(ctx, key) }

func user(ctx context.Context, key string)  { rdb.Get(ctx, key) }
func order(ctx context.Context, key string) { rdb.HGetAll(ctx, key) }

func main() {
	_ = http.StatusOK
	retry(context.Background(), "user", user)
	retry(context.Background(), "order", order)
}
"#,
            &["GET user", "HGETALL order"],
        ),
        (
            "a generic helper with a function that loads",
            r#"
-- main.go --
package main

//imports
var rdb = redis.NewClient(nil)

func cached[T any](ctx context.Context, key string, load func(id string) (T, error)) (T, error) {
	if err := rdb.Get(ctx, "c:"+key).Err(); err == nil {
		var zero T
		return zero, nil
	}
	return load(key)
}

func loadUser(id string) (string, error) { return rdb.HGet(context.Background(), "u:"+id, "n").Result() }

func main() {
	_ = http.StatusOK
	cached(context.Background(), "a", loadUser)
	cached[int](context.Background(), "b", func(id string) (int, error) {
		return rdb.StrLen(context.Background(), "l:"+id).Err() != nil, nil
	})
}
"#,
            &["GET c:a", "GET c:b", "HGET u:a", "STRLEN l:b"],
        ),
        (
            "functions returned by functions, and options",
            r#"
-- main.go --
package main

//imports
type config struct{ load func(context.Context, string) }

type Option func(*config)

func WithLoad(f func(context.Context, string)) Option { return func(c *config) { c.load = f } }

func getter(rdb *redis.Client, prefix string) func(context.Context, string) {
	return func(ctx context.Context, id string) { rdb.Get(ctx, prefix+id) }
}

func New(opts ...Option) *config {
	c := &config{}
	for _, o := range opts {
		o(c)
	}
	return c
}

func main() {
	_ = http.StatusOK
	c := New(WithLoad(getter(redis.NewClient(nil), "p:")))
	c.load(context.Background(), "1")
}
"#,
            &["GET p:1"],
        ),
        (
            "an interface's method as a value, and a method expression",
            r#"
-- main.go --
package main

//imports
type loader interface{ Load(ctx context.Context, id string) }

type store struct{ rdb *redis.Client }

func (s *store) Load(ctx context.Context, id string) { s.rdb.Get(ctx, "l:"+id) }
func (s *store) Drop(ctx context.Context, id string) { s.rdb.Del(ctx, "d:"+id) }

type idle struct{ rdb *redis.Client }

func (s *idle) Drop(ctx context.Context, id string) { s.rdb.Exists(ctx, "x:"+id) }

type holder struct{ f func(context.Context, string) }

func main() {
	_ = http.StatusOK
	s := &store{redis.NewClient(nil)}
	var l loader = s
	h := holder{f: l.Load}
	h.f(context.Background(), "1")
	drop := (*store).Drop
	drop(s, context.Background(), "2")
}
"#,
            &["GET l:1", "DEL d:2", "-EXISTS x:<id>"],
        ),
        (
            "functions handed to code outside the program",
            r#"
-- main.go --
package main

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

type store struct{ rdb *redis.Client }

func (s *store) warm() error { return s.rdb.Get(context.Background(), "warm").Err() }
func (s *store) tick()       { s.rdb.Get(context.Background(), "tick") }
func (s *store) once()       { s.rdb.Get(context.Background(), "once") }
func (s *store) idle()       { s.rdb.Get(context.Background(), "idle") }

func main() {
	s := &store{redis.NewClient(nil)}
	var g errgroup.Group
	g.Go(s.warm)
	g.Go(func() error { return s.rdb.Get(context.Background(), "group").Err() })
	time.AfterFunc(time.Second, s.tick)
	var o sync.Once
	o.Do(s.once)
	var wg sync.WaitGroup
	wg.Go(func() { s.rdb.Get(context.Background(), "wait") })
	defer func() { s.rdb.Get(context.Background(), "defer") }()
	go func(key string) { s.rdb.Get(context.Background(), "go:"+key) }("1")
}
"#,
            &[
                "GET warm",
                "GET group",
                "GET tick",
                "GET once",
                "GET wait",
                "GET defer",
                "GET go:1",
                "-GET idle",
            ],
        ),
    ]);
}

#[test]
fn types_lead_to_clients_and_methods() {
    check(&[
        (
            "type parameters, generic structs and their methods",
            r#"
-- main.go --
package main

//imports
type Getter interface {
	Get(ctx context.Context, key string) *redis.StringCmd
}

func read[C redis.Cmdable](ctx context.Context, c C, id string) { c.Get(ctx, "bound:"+id) }

func small[C Getter](ctx context.Context, c C, id string) { c.Get(ctx, "small:"+id) }

type Cache[K ~string, V any] struct {
	rdb    redis.UniversalClient
	prefix string
}

func NewCache[K ~string, V any](rdb redis.UniversalClient, prefix string) *Cache[K, V] {
	return &Cache[K, V]{rdb: rdb, prefix: prefix}
}

func (c *Cache[K, V]) Load(ctx context.Context, k K) { c.rdb.Get(ctx, c.prefix+string(k)) }

type Box[C redis.Cmdable] struct{ conn C }

func (b Box[C]) Load(ctx context.Context, id string) { b.conn.Get(ctx, "box:"+id) }

type Pair[A any] struct{ first A }

func main() {
	_ = http.StatusOK
	rdb := redis.NewClient(nil)
	read(context.Background(), rdb, "1")
	small(context.Background(), rdb, "2")
	NewCache[string, int](rdb, "c:").Load(context.Background(), "3")
	Box[*redis.Client]{conn: rdb}.Load(context.Background(), "4")
	p := Pair[*redis.Client]{first: rdb}
	p.first.Get(context.Background(), "pair")
}
"#,
            &[
                "GET bound:1",
                "GET small:2",
                "GET c:3",
                "GET box:4",
                "GET pair",
            ],
        ),
        (
            "a generic struct of something that is no client",
            r#"
-- main.go --
package main

//imports
type Box[C any] struct{ conn C }

type fake struct{}

func (fake) Get(ctx context.Context, key string) {}

func main() {
	_ = http.StatusOK
	b := Box[fake]{}
	b.conn.Get(context.Background(), "fake")
	_ = redis.Nil
}
"#,
            &[],
        ),
        (
            "promoted through structs, pointers and interfaces",
            r#"
-- main.go --
package main

//imports
type base struct{ redis.UniversalClient }

type mid struct{ *base }

type top struct{ mid }

type Reader interface{ Read(ctx context.Context, id string) }
type Dropper interface{ Drop(ctx context.Context, id string) }
type Store interface {
	Reader
	Dropper
}

type impl struct{ rdb *redis.Client }

func (i *impl) Read(ctx context.Context, id string) { i.rdb.Get(ctx, "i:"+id) }

type full struct{ *impl }

func (f full) Drop(ctx context.Context, id string) { f.rdb.Del(ctx, "f:"+id) }

type service struct{ Store }

type other struct{}

func (other) Read(ctx context.Context, id string) {}

func main() {
	_ = http.StatusOK
	t := top{mid{&base{redis.NewClient(nil)}}}
	t.Get(context.Background(), "deep")
	s := service{full{&impl{redis.NewClient(nil)}}}
	s.Read(context.Background(), "1")
	s.Drop(context.Background(), "2")
	other{}.Read(context.Background(), "3")
}
"#,
            &["GET deep", "GET i:1", "DEL f:2"],
        ),
        (
            "shadowing, type switches and anonymous structs",
            r#"
-- main.go --
package main

//imports
func use(ctx context.Context, v any) {
	switch c := v.(type) {
	case *redis.Client:
		c.Get(ctx, "single")
	case interface {
		Get(context.Context, string) *redis.StringCmd
	}:
		c.Get(ctx, "anonymous interface")
	case nil:
	}
	if c, ok := v.(redis.Cmdable); ok {
		c.Get(ctx, "asserted")
	}
}

func main() {
	_ = http.StatusOK
	rdb := redis.NewClient(nil)
	key := "outer"
	if key := "inner"; key != "" {
		rdb.Get(context.Background(), key)
	}
	{
		rdb := map[string]string{}
		_ = rdb["x"]
	}
	rdb.Get(context.Background(), key)
	deps := struct {
		cache *redis.Client
		name  string
	}{cache: rdb, name: "dep"}
	deps.cache.Get(context.Background(), deps.name)
	for _, tc := range []struct{ key string }{{"t:1"}, {key: "t:2"}} {
		rdb.Get(context.Background(), tc.key)
	}
	use(context.Background(), rdb)
}
"#,
            &[
                "GET single",
                "GET anonymous interface",
                "GET asserted",
                "GET inner",
                "GET outer",
                "GET dep",
                "GET t:1",
                "GET t:2",
            ],
        ),
        (
            "loops over functions and numbers",
            r#"
-- main.go --
package main

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

type store struct{ rdb *redis.Client }

func (s *store) all(ctx context.Context) func(func(string) bool) {
	return func(yield func(string) bool) {
		s.rdb.SMembers(ctx, "members")
		yield("x")
	}
}

func (s *store) each(yield func(int, string) bool) { s.rdb.LLen(context.Background(), "list") }

func (s *store) unused(yield func(int) bool) { s.rdb.Exists(context.Background(), "unused") }

func main() {
	s := &store{redis.NewClient(nil)}
	for name := range s.all(context.Background()) {
		s.rdb.Get(context.Background(), "n:"+name)
	}
	for _, v := range s.each {
		s.rdb.Get(context.Background(), "v:"+v)
	}
	for i := range 3 {
		s.rdb.Get(context.Background(), fmt.Sprintf("i:%d", i))
	}
}
"#,
            &[
                "SMEMBERS members",
                "LLEN list",
                "GET n:<name>",
                "GET v:<v>",
                "GET i:<i>",
                "-EXISTS unused",
            ],
        ),
    ]);
}

/// Routes with the commands on their way: `/path COMMAND`, or `/path` when there is none. A path behind a
/// prefix that is not known begins with `..`.
fn routes(program: &Program) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for handler in &program.handlers {
        let path = format!(
            "{}{}",
            if handler.open_prefix { ".." } else { "" },
            handler.path.as_deref().unwrap_or("?")
        );
        if handler.checks.is_empty() {
            out.insert(path.clone());
        }
        for check in &handler.checks {
            let command = program.event(check.command).command();
            out.insert(format!(
                "{path} {}",
                command.map_or("", |c| c.name.as_str())
            ));
        }
    }
    out
}

fn check_routes(cases: &[(&str, &str, &[&str])]) {
    let mut problems = Vec::new();
    for (name, text, wanted) in cases {
        let text = text.replace(
            "//store",
            r#"
type H struct{ rdb *redis.Client }

func (h *H) get(w http.ResponseWriter, r *http.Request)  { h.rdb.Get(r.Context(), "k") }
func (h *H) del(w http.ResponseWriter, r *http.Request)  { h.rdb.Del(r.Context(), "k") }
func (h *H) ping(w http.ResponseWriter, r *http.Request) { h.rdb.Ping(r.Context()) }

var h = &H{redis.NewClient(nil)}
"#,
        );
        let found = routes(&program(&text));
        let wanted: BTreeSet<String> = wanted.iter().map(|w| (*w).to_string()).collect();
        if found != wanted {
            problems.push(format!("{name}\n  wanted {wanted:?}\n  found  {found:?}"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
}

#[test]
fn routes_are_found() {
    check_routes(&[
        (
            "net/http: methods, hosts, wildcards, a mux below another",
            r#"
-- main.go --
package main

import (
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
)
//store

type api struct{ h *H }

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.h.get(w, r) }

func log(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{id}", h.get)
	mux.Handle("POST example.com/b", http.HandlerFunc(h.del))
	mux.Handle("/c", &api{h})
	mux.Handle("/d", log(http.TimeoutHandler(http.HandlerFunc(h.ping), time.Second, "late")))
	mux.Handle("/e", log(log(&api{h})))
	sub := http.NewServeMux()
	sub.HandleFunc("/x", h.ping)
	mux.Handle("/sub/", http.StripPrefix("/sub", sub))
	http.ListenAndServe(":1", log(mux))
}
"#,
            &[
                "/a/{id} GET",
                "/b DEL",
                "/c GET",
                "/d PING",
                "/e GET",
                "/sub/x PING",
                "/sub/",
            ],
        ),
        (
            "chi: sub-routers in variables, mounted before and after, closures, middleware",
            r#"
-- main.go --
package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/redis/go-redis/v9"
)
//store

func auth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
}

func (h *H) routes() chi.Router {
	r := chi.NewRouter()
	r.Get("/in", h.get)
	return r
}

func admin(r chi.Router) { r.Delete("/del", h.del) }

func main() {
	r := chi.NewRouter()
	s := chi.NewRouter()
	s.Get("/ready", h.ping)
	r.Mount("/internal", s)
	early := chi.NewRouter()
	r.Mount("/early", early)
	early.Get("/x", h.get)
	r.Mount("/deep", h.routes())
	r.Route("/v1", func(r chi.Router) {
		r.With(auth).Get("/a", h.get)
		r.Group(func(r chi.Router) {
			r.Use(auth)
			r.Method("DELETE", "/b", http.HandlerFunc(h.del))
		})
		r.Route("/admin", admin)
	})
	free := chi.NewRouter()
	free.Get("/free", h.get)
	http.ListenAndServe(":1", r)
}
"#,
            &[
                "/internal/ready PING",
                "/early/x GET",
                "/deep/in GET",
                "/v1/a GET",
                "/v1/b DEL",
                "/v1/admin/del DEL",
                "/free GET",
                "/internal",
                "/early",
                "/deep",
            ],
        ),
        (
            "gorilla",
            r#"
-- main.go --
package main

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/redis/go-redis/v9"
)
//store

func main() {
	r := mux.NewRouter()
	r.HandleFunc("/a", h.get).Methods("GET")
	api := r.PathPrefix("/api").Subrouter()
	api.Handle("/b", http.HandlerFunc(h.del)).Methods(http.MethodPost)
	api.Methods("GET").Path("/c").HandlerFunc(h.ping)
	api.Path("/d").Methods("GET").Handler(http.HandlerFunc(h.get))
	http.Handle("/", r)
}
"#,
            &["/a GET", "/api/b DEL", "/api/c PING", "/api/d GET", "/"],
        ),
        (
            "gin, echo, fiber, httprouter",
            r#"
-- gin.go --
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/julienschmidt/httprouter"
	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"
)
//store

func (h *H) gin(c *gin.Context)              { h.rdb.Get(c, "gin") }
func (h *H) echo(c echo.Context) error       { return h.rdb.Del(c.Request().Context(), "echo").Err() }
func (h *H) fiber(c *fiber.Ctx) error        { return h.rdb.LLen(c.Context(), "fiber").Err() }
func (h *H) params(w http.ResponseWriter, r *http.Request, p httprouter.Params) { h.rdb.SCard(r.Context(), "p") }

func limit(n int) gin.HandlerFunc { return func(c *gin.Context) { c.Next() } }

func main() {
	g := gin.Default()
	g.GET("/g", limit(1), h.gin)
	v1 := g.Group("/v1", limit(2))
	{
		v1.POST("/h", h.gin)
		v1.Handle("GET", "/handle", h.gin)
	}
	g.GET("/wrap", gin.WrapF(h.ping))
	register(g.Group("/reg"))
	e := echo.New()
	e.GET("/e", h.echo)
	eg := e.Group("/eg")
	eg.Add("GET", "/x", h.echo)
	f := fiber.New()
	f.Get("/f", h.fiber)
	fg := f.Group("/fg")
	fg.Post("/x", h.fiber)
	f.Add("GET", "/added", h.fiber)
	p := httprouter.New()
	p.GET("/p/:id", h.params)
	p.HandlerFunc("GET", "/hf", h.get)
	p.Handler(http.MethodGet, "/hh", http.HandlerFunc(h.del))
}

func register(g *gin.RouterGroup) { g.GET("/x", h.gin) }
"#,
            &[
                "/g GET",
                "/v1/h GET",
                "/v1/handle GET",
                "/wrap PING",
                "/reg/x GET",
                "/e DEL",
                "/eg/x DEL",
                "/f LLEN",
                "/fg/x LLEN",
                "/added LLEN",
                "/p/:id SCARD",
                "/hf GET",
                "/hh DEL",
            ],
        ),
        (
            "two registries of one type are not told apart, so neither check is taken in",
            r#"
-- main.go --
package main

import (
	"net/http"

	"github.com/redis/go-redis/v9"
)
//store

type Registry struct{ list []func(*http.Request) }

func (g *Registry) Add(f func(*http.Request)) { g.list = append(g.list, f) }

func (g *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, f := range g.list {
		f(r)
	}
}

func main() {
	live, ready := &Registry{}, &Registry{}
	live.Add(func(r *http.Request) {})
	ready.Add(func(r *http.Request) { h.rdb.Ping(r.Context()) })
	http.Handle("/live", live)
	http.Handle("/ready", ready)
}
"#,
            &["/live", "/ready"],
        ),
        (
            "one factory for two routes",
            r#"
-- main.go --
package main

import (
	"net/http"

	"github.com/redis/go-redis/v9"
)
//store

func ready(checks ...func(*http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, check := range checks {
			check(r)
		}
	}
}

func (h *H) check(r *http.Request) { h.rdb.Ping(r.Context()) }

func main() {
	http.HandleFunc("/live", ready())
	http.HandleFunc("/ready", ready(h.check))
	handler := ready(func(r *http.Request) { h.rdb.Get(r.Context(), "x") })
	http.Handle("/variable", handler)
}
"#,
            &["/live", "/ready PING", "/variable"],
        ),
    ]);
}

#[test]
fn remote_procedures_are_handlers() {
    let server = r#"
-- main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"

	"example.com/app/pb"
	"example.com/gen/haber"
	"example.com/gen/shop/v1/shopv1connect"
)

type server struct {
	pb.UnimplementedQueueServer
	rdb *redis.Client
}

func (s *server) Join(ctx context.Context, in *pb.JoinRequest) (*pb.JoinReply, error) {
	s.leave(ctx)
	return nil, s.rdb.Get(ctx, "join").Err()
}

func (s *server) leave(ctx context.Context) { s.rdb.Del(ctx, "leave") }

func (s *server) Close() error { return s.rdb.Exists(context.Background(), "close").Err() }

type shop struct{ rdb *redis.Client }

func (s *shop) Buy(ctx context.Context, in *pb.JoinRequest) (*pb.JoinReply, error) {
	return nil, s.rdb.LLen(ctx, "buy").Err()
}

type hat struct{ rdb *redis.Client }

func (s *hat) MakeHat(ctx context.Context, in *pb.JoinRequest) (*pb.JoinReply, error) {
	return nil, s.rdb.SCard(ctx, "hat").Err()
}

type store struct{ rdb *redis.Client }

func (s *store) Find(ctx context.Context, in *pb.JoinRequest) (*pb.JoinReply, error) {
	return nil, s.rdb.StrLen(ctx, "store").Err()
}

func NewStoreServer(s *store) *store { return s }

func main() {
	rdb := redis.NewClient(nil)
	g := grpc.NewServer()
	pb.RegisterQueueServer(g, &server{rdb: rdb})
	path, handler := shopv1connect.NewShopServiceHandler(&shop{rdb})
	_, _ = path, handler
	haber.NewHaberdasherServer(&hat{rdb})
	NewStoreServer(&store{rdb})
}
"#;
    let generated = r#"
-- pb/queue_grpc.pb.go --
// Code generated by protoc-gen-go-grpc. DO NOT EDIT.

package pb

import (
	"context"

	"google.golang.org/grpc"
)

type JoinRequest struct{}
type JoinReply struct{}

type QueueServer interface {
	Join(context.Context, *JoinRequest) (*JoinReply, error)
}

type UnimplementedQueueServer struct{}

func (UnimplementedQueueServer) Join(context.Context, *JoinRequest) (*JoinReply, error) { return nil, nil }

func RegisterQueueServer(s grpc.ServiceRegistrar, srv QueueServer) { s.RegisterService(nil, srv) }
"#;
    for text in [server.to_string(), format!("{server}{generated}")] {
        let program = program(&text);
        let procedures: BTreeSet<String> = program
            .handlers
            .iter()
            .filter_map(|h| {
                let commands: BTreeSet<String> = h
                    .checks
                    .iter()
                    .filter_map(|c| program.event(c.command).command())
                    .map(|c| c.name.clone())
                    .collect();
                let commands: Vec<String> = commands.into_iter().collect();
                assert!(h.functions.iter().all(|f| program.function(*f).handler));
                Some(format!("{} {}", h.procedure.as_ref()?, commands.join(",")))
            })
            .collect();
        let wanted = [
            "Haberdasher/MakeHat SCARD",
            "Queue/Join DEL,GET",
            "ShopService/Buy LLEN",
        ];
        assert_eq!(procedures, wanted.map(String::from).into(), "{text}");
        assert!(found(&program).contains("GET join"));
        assert!(found(&program).contains("-STRLEN store"));
    }
}

#[test]
fn exported_names_are_entries_of_libraries_only() {
    let library = r#"
-- go.mod --
module example.com/lib

require github.com/redis/go-redis/v9 v9.17.2
-- store.go --
package lib

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func Load(ctx context.Context, c *redis.Client) { c.Get(ctx, "exported") }
func load(ctx context.Context, c *redis.Client) { c.Get(ctx, "own") }
-- internal/x.go --
package internal

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func Load(ctx context.Context, c *redis.Client) { c.Get(ctx, "internal") }
"#;
    let generator = "-- gen.go --\n//go:build ignore\n\npackage main\n\nfunc main() {}\n";
    let main = "-- cmd/main.go --\npackage main\n\nfunc main() {}\n";
    check(&[
        (
            "a library",
            library,
            &["GET exported", "-GET own", "-GET internal"],
        ),
        (
            "a library with a program that is never built with it",
            &format!("{library}{generator}"),
            &["GET exported", "-GET own", "-GET internal"],
        ),
        (
            "a program",
            &format!("{library}{main}"),
            &["-GET exported", "-GET own", "-GET internal"],
        ),
    ]);
}

#[test]
fn files_for_other_builds_are_read_alike() {
    check(&[
        (
            "one function for each platform",
            r#"
-- store_linux.go --
package main

//imports
func load(ctx context.Context, c *redis.Client, id string) { c.Get(ctx, "linux:"+id) }

func key() string { return "a" }

func (s *store) drop(ctx context.Context) { s.rdb.Del(ctx, "linux"); _ = http.StatusOK }
-- store_other.go --
//go:build !linux

package main

//imports
func load(ctx context.Context, c *redis.Client, id string) { c.Get(ctx, "other:"+id) }

func key() string { return "b" }

func (s *store) drop(ctx context.Context) { s.rdb.Del(ctx, "other"); _ = http.StatusOK }

func unused(ctx context.Context, c *redis.Client) { c.Exists(ctx, "unused") }
-- main.go --
package main

//imports
type store struct{ rdb *redis.Client }

func main() {
	_ = http.StatusOK
	s := &store{redis.NewClient(nil)}
	load(context.Background(), s.rdb, "1")
	s.drop(context.Background())
	s.rdb.LLen(context.Background(), key())
}
"#,
            &[
                "GET linux:1",
                "GET other:1",
                "DEL linux",
                "DEL other",
                "LLEN a",
                "LLEN b",
                "-EXISTS unused",
            ],
        ),
        (
            "a package beside its tests and a generator",
            r#"
-- kv/a_test.go --
package kv_test

import "testing"

func TestLoad(t *testing.T) {}
-- kv/b_gen.go --
//go:build ignore

package main

func main() {}
-- kv/kv.go --
package store

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func Load(ctx context.Context, c *redis.Client) { c.Get(ctx, "kv") }
-- kv/kv_test.go --
package store

import (
	"context"

	"github.com/redis/go-redis/v9"
)

func check(c *redis.Client) { c.Get(context.Background(), "test") }
-- main.go --
package main

import (
	"context"

	"example.com/app/kv"
	"github.com/redis/go-redis/v9"
)

func main() { store.Load(context.Background(), redis.NewClient(nil)) }
"#,
            &["GET kv"],
        ),
    ]);
}

#[test]
fn embedded_files_are_the_text_of_variables() {
    let text = r#"
-- lock.lua --
return redis.call("GET", KEYS[1])
-- scripts/a.lua --
return 1
-- scripts/b.txt --
return 2
-- main.go --
package main

import (
	"context"
	"embed"

	"github.com/redis/go-redis/v9"
)

//go:embed lock.lua
var lock string

//go:embed missing.lua
var missing string

//go:embed scripts/*.lua
var scripts embed.FS

func main() {
	ctx := context.Background()
	c := redis.NewClient(nil)
	c.Eval(ctx, lock, []string{"lock"})
	redis.NewScript(lock).Run(ctx, c, []string{"prepared"})
	a, err := scripts.ReadFile("scripts/a.lua")
	_ = err
	c.Eval(ctx, string(a), []string{"a"})
	b, err := scripts.ReadFile("scripts/b.txt")
	c.Eval(ctx, string(b), []string{"b"})
	c.Eval(ctx, missing, []string{"missing"})
}
"#;
    let program = program(text);
    let mut found: Vec<(String, Option<String>)> = program
        .commands
        .iter()
        .map(|c| {
            let command = program.event(c.event).command().expect("a command");
            let key = c.keys[0].template.as_ref().map_or("?".into(), |t| t.text());
            (key, command.script.as_ref().and_then(|s| s.literal()))
        })
        .collect();
    found.sort();
    let get = "return redis.call(\"GET\", KEYS[1])\n".to_string();
    assert_eq!(
        found,
        [
            ("a".to_string(), Some("return 1\n".to_string())),
            ("b".to_string(), None),
            ("lock".to_string(), Some(get.clone())),
            ("missing".to_string(), None),
            ("prepared".to_string(), Some(get)),
        ]
    );
}

/// What the check behind `/ready` may take, in milliseconds.
fn effective(text: &str) -> Option<u64> {
    let program = program(text);
    let ready = program
        .handlers
        .iter()
        .find(|h| h.path.as_deref() == Some("/ready"))
        .expect("a route");
    ready.checks.iter().filter_map(|c| c.effective_ms).max()
}

#[test]
fn deadlines_come_down_through_functions_in_values() {
    let main = |registry: &str, setup: &str| {
        format!(
            r#"
-- main.go --
package main

import (
	"context"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
)

type Check struct {{
	Name string
	Fn   func(context.Context) error
}}

type store struct{{ rdb *redis.Client }}

func (s *store) ping(ctx context.Context) error {{ return s.rdb.Ping(ctx).Err() }}

func within(ctx context.Context, d time.Duration, f func(context.Context) error) error {{
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return f(ctx)
}}

{registry}

func main() {{
	rdb := redis.NewClient(&redis.Options{{ReadTimeout: 9 * time.Second, ContextTimeoutEnabled: true}})
	s := &store{{rdb}}
	{setup}
}}
"#
        )
    };
    let list = "type Registry struct{ list []Check }\n\nfunc (g *Registry) Add(c Check) { g.list = append(g.list, c) }\n\nfunc (g *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {\n\tfor _, c := range g.list {\n\t\twithin(r.Context(), 4*time.Second, c.Fn)\n\t}\n}\n";
    let one = "g := &Registry{}\n\tg.Add(Check{\"redis\", s.ping})\n\thttp.Handle(\"/ready\", g)";
    assert_eq!(effective(&main(list, one)), Some(4000));
    // Another registry of the same type: whose check it is cannot be told.
    let two = format!("{one}\n\tlive := &Registry{{}}\n\thttp.Handle(\"/live\", live)");
    assert_eq!(effective(&main(list, &two)), None);
    let map = "type Registry struct{ by map[string]func(context.Context) error }\n\nfunc (g *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {\n\tctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)\n\tdefer cancel()\n\tfor _, f := range g.by {\n\t\tf(ctx)\n\t}\n}\n";
    let mapped = "g := &Registry{by: map[string]func(context.Context) error{}}\n\tg.by[\"redis\"] = func(ctx context.Context) error { return s.rdb.Ping(ctx).Err() }\n\thttp.Handle(\"/ready\", g)";
    assert_eq!(effective(&main(map, mapped)), Some(3000));
    let factory = "func ready(d time.Duration, checks ...func(context.Context) error) http.HandlerFunc {\n\treturn func(w http.ResponseWriter, r *http.Request) {\n\t\tfor _, check := range checks {\n\t\t\twithin(r.Context(), d, check)\n\t\t}\n\t}\n}\n";
    let made = "http.HandleFunc(\"/ready\", ready(2*time.Second, s.ping))\n\thttp.HandleFunc(\"/slow\", ready(8*time.Second, s.ping))";
    assert_eq!(effective(&main(factory, made)), Some(2000));
    // A library's handler runs its checks under a deadline that nobody sees here.
    let library = "func init() {}\n";
    let handed = "http.Handle(\"/ready\", health.NewHandler(health.With(\"redis\", s.ping)))";
    let text = main(library, handed).replace(
        "\t\"github.com/redis/go-redis/v9\"",
        "\t\"example.com/lib/health\"\n\t\"github.com/redis/go-redis/v9\"",
    );
    assert_eq!(effective(&text), None);
    assert!(routes(&program(&text)).contains("/ready PING"));
}

#[test]
fn a_miss_leads_on_only_with_the_functions_given_together() {
    let text = r#"
-- main.go --
package main

//imports
var rdb = redis.NewClient(nil)

func getOr(get, slow func() (string, error)) (string, error) {
	v, err := get()
	if err != nil {
		return slow()
	}
	return v, nil
}

func find(ctx context.Context, id string) (string, error) {
	return getOr(
		func() (string, error) { return rdb.Get(ctx, "k:"+id).Result() },
		func() (string, error) {
			all, err := rdb.Keys(ctx, "x:*").Result()
			return all[0], err
		})
}

func other(ctx context.Context, id string) (string, error) {
	return getOr(
		func() (string, error) { return rdb.HGet(ctx, "h:"+id, "f").Result() },
		func() (string, error) { return "", nil })
}

func scan(w http.ResponseWriter, r *http.Request)  { find(r.Context(), r.FormValue("id")) }
func clean(w http.ResponseWriter, r *http.Request) { other(r.Context(), r.FormValue("id")) }

func main() {
	http.HandleFunc("GET /clean", clean)
	http.HandleFunc("GET /scan", scan)
}
"#;
    let program = program(text);
    let found = found(&program);
    assert!(
        found.contains("GET k:<id>") && found.contains("HGET h:<id>"),
        "{found:?}"
    );
    let (keys, _, _) = program
        .command_events()
        .find(|(_, _, c)| c.name == "KEYS")
        .expect("KEYS");
    let lookup = |event| program.reaches_command(event, &|_, c| c.name == "GET");
    let path = program.miss_path(keys, &lookup).expect("a path");
    assert_eq!(program.function(path.handler).name, "scan");
    let get = program
        .command_events()
        .find(|(_, _, c)| c.name == "GET")
        .expect("GET");
    assert!(program.miss_path(get.0, &lookup).is_none());
}

#[test]
fn functions_are_kept_in_other_ways() {
    check(&[
        (
            "pool: channel field of jobs, started by method",
            r#"
-- main.go --
package main

//imports
type Pool struct{ jobs chan func(context.Context, string) }

func New() *Pool { return &Pool{jobs: make(chan func(context.Context, string), 1)} }

func (p *Pool) Submit(f func(context.Context, string)) { p.jobs <- f }

func (p *Pool) Run() {
	for f := range p.jobs {
		f(context.Background(), "pool")
	}
}

func (p *Pool) One() {
	f := <-p.jobs
	f(context.Background(), "one")
	select {
	case f := <-p.jobs:
		f(context.Background(), "select")
	}
}

func main() {
	rdb := redis.NewClient(nil)
	_ = http.StatusOK
	p := New()
	go p.Run()
	p.Submit(func(ctx context.Context, id string) { rdb.Get(ctx, "j:"+id) })
	p.One()
}
"#,
            &["GET j:pool", "GET j:one", "GET j:select"],
        ),
        (
            "dependencies as functions in a struct, assigned one by one",
            r#"
-- main.go --
package main

//imports
type deps struct {
	get func(ctx context.Context, id string) (string, error)
	del func(ctx context.Context, id string) error
}

type svc struct{ d deps }

func (s *svc) run(ctx context.Context) {
	s.d.get(ctx, "1")
	if s.d.del != nil {
		s.d.del(ctx, "2")
	}
}

type repo struct{ rdb *redis.Client }

func (r *repo) get(ctx context.Context, id string) (string, error) { return r.rdb.Get(ctx, "g:"+id).Result() }
func (r *repo) del(ctx context.Context, id string) error           { return r.rdb.Del(ctx, "d:"+id).Err() }

func main() {
	r := &repo{redis.NewClient(nil)}
	_ = http.StatusOK
	s := &svc{d: deps{get: r.get}}
	s.d.del = r.del
	s.run(context.Background())
}
"#,
            &["GET g:1", "DEL d:2"],
        ),
        (
            "command table in a switch, functions chosen by branch",
            r#"
-- main.go --
package main

//imports
var rdb = redis.NewClient(nil)

type handler func(ctx context.Context, id string)

var table = map[string]handler{"a": a, "b": func(ctx context.Context, id string) { rdb.Del(ctx, "b:"+id) }}

func a(ctx context.Context, id string) { rdb.Get(ctx, "a:"+id) }
func c(ctx context.Context, id string) { rdb.LLen(ctx, "c:"+id) }
func d(ctx context.Context, id string) { rdb.SCard(ctx, "d:"+id) }

func dispatch(ctx context.Context, name string) {
	if h, ok := table[name]; ok {
		h(ctx, "t")
	}
	var f handler
	switch name {
	case "c":
		f = c
	default:
		f = d
	}
	f(ctx, "s")
	pick(name)(ctx, "p")
}

func pick(name string) handler {
	if name == "c" {
		return c
	}
	return d
}

func main() {
	_ = http.StatusOK
	dispatch(context.Background(), "x")
}
"#,
            &[
                "GET a:t",
                "DEL b:t",
                "LLEN c:s",
                "SCARD d:s",
                "LLEN c:p",
                "SCARD d:p",
            ],
        ),
        (
            "many functions in a table",
            r#"
-- main.go --
package main

//imports
var rdb = redis.NewClient(nil)

type job struct {
	name string
	run  func(context.Context, string)
}

func a(ctx context.Context, id string) { rdb.Get(ctx, "a:"+id) }

var jobs = []job{{"1", a}, {"2", a}, {"3", a}, {"4", a}, {"5", a}, {"6", a}, {"7", a}, {"8", a}, {"9", a},
	{name: "10", run: func(ctx context.Context, id string) { rdb.Del(ctx, "b:"+id) }}}

func main() {
	_ = http.StatusOK
	for _, j := range jobs {
		j.run(context.Background(), "x")
	}
}
"#,
            &["GET a:x", "DEL b:x"],
        ),
        (
            "visitor, retry with closure capturing, errgroup with loop variables",
            r#"
-- main.go --
package main

import (
	"context"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

type Repo struct{ rdb *redis.Client }

func (r *Repo) withTx(ctx context.Context, f func(tx *Tx) error) error { return f(&Tx{r.rdb, "tx:"}) }

type Tx struct {
	rdb    *redis.Client
	prefix string
}

func (t *Tx) Set(ctx context.Context, id string) error { return t.rdb.Del(ctx, t.prefix+id).Err() }

func (r *Repo) each(ctx context.Context, ids []string, visit func(ctx context.Context, id string) error) error {
	var g errgroup.Group
	for _, id := range ids {
		id := id
		g.Go(func() error { return visit(ctx, id) })
	}
	return g.Wait()
}

func (r *Repo) show(ctx context.Context, id string) error { return r.rdb.Get(ctx, "v:"+id).Err() }

func main() {
	r := &Repo{redis.NewClient(nil)}
	ctx := context.Background()
	r.withTx(ctx, func(tx *Tx) error { return tx.Set(ctx, "1") })
	r.each(ctx, []string{"x"}, r.show)
	r.each(ctx, []string{"x"}, func(ctx context.Context, id string) error { return r.rdb.LLen(ctx, "l:"+id).Err() })
}
"#,
            &["DEL tx:1", "GET v:<id>", "LLEN l:<id>"],
        ),
        (
            "generic client wrapper, atomic pointer, once value",
            r#"
-- main.go --
package main

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

var conn = sync.OnceValue(func() *redis.Client { return redis.NewClient(nil) })

var current atomic.Pointer[redis.Client]

func dial() (*redis.Client, error) { return redis.NewClient(nil), nil }

func Must[T any](v T, err error) T { return v }

func main() {
	ctx := context.Background()
	conn().Get(ctx, "once value")
	current.Load().Get(ctx, "atomic")
	Must(dial()).Get(ctx, "must")
}
"#,
            &["GET once value", "GET atomic", "GET must"],
        ),
    ]);
}

#[test]
fn a_field_leads_only_to_what_is_stored_in_it() {
    let program = program(
        "-- main.go --
package main

//imports
type Names interface {
	Drop(ctx context.Context, id string) error
}

type memory struct{ names map[string]bool }

func (m *memory) Drop(_ context.Context, id string) error { delete(m.names, id); return nil }

type inRedis struct{ rdb *redis.Client }

func (r *inRedis) Drop(ctx context.Context, id string) error { return r.rdb.Del(ctx, \"name:\"+id).Err() }

type both struct{ first, second Names }

func newBoth(a, b Names) Names { return &both{a, b} }

func (b *both) Drop(ctx context.Context, id string) error {
	if err := b.first.Drop(ctx, id); err != nil {
		return err
	}
	return b.second.Drop(ctx, id)
}

type remote struct{ names Names }

func (r *remote) Remove(ctx context.Context, id string) error { return r.names.Drop(ctx, id) }

type local struct{ names Names }

func (l *local) Remove(ctx context.Context, id string) error { return l.names.Drop(ctx, id) }

func main() {
	rdb := redis.NewClient(&redis.Options{})
	far := &remote{&memory{}}
	near := &local{newBoth(&memory{}, &inRedis{rdb})}
	http.HandleFunc(\"/far\", func(w http.ResponseWriter, r *http.Request) { far.Remove(r.Context(), \"1\") })
	http.HandleFunc(\"/near\", func(w http.ResponseWriter, r *http.Request) { near.Remove(r.Context(), \"2\") })
}
",
    );
    let callees = |name: &str| -> Vec<String> {
        let funcs: Vec<_> = program
            .functions
            .iter()
            .enumerate()
            .filter(|(_, f)| f.name == name)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(funcs.len(), 1, "{name}");
        program
            .events
            .iter()
            .filter(|e| e.func.0 as usize == funcs[0])
            .filter_map(|e| match &e.kind {
                slotlint::program::EventKind::Call { callees, .. } => Some(callees),
                _ => None,
            })
            .flatten()
            .map(|callee| program.function(*callee).name.clone())
            .collect()
    };
    assert_eq!(callees("remote.Remove"), ["memory.Drop"]);
    assert_eq!(callees("local.Remove"), ["both.Drop"]);
    // One field for the objects of a type: what any of them holds.
    assert_eq!(callees("both.Drop"), ["memory.Drop", "inRedis.Drop"]);
}
