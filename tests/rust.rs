//! Rust services that nobody here wrote: each case is a small program, with the keys that must be found on
//! functions that run, as `COMMAND key`. `-` before one: found, but nothing runs it.

mod common;

use slotlint::program::Program;

const CARGO: &str = r#"[package]
name = "app"
version = "0.1.0"
edition = "2024"

[dependencies]
redis = { version = "0.32", features = ["aio", "tokio-comp", "connection-manager", "cluster", "cluster-async"] }
fred = "10.1"
rustis = "0.19"
deadpool-redis = "0.22"
bb8 = "0.9"
bb8-redis = "0.24"
r2d2 = "0.8"
mobc = "0.9"
mobc-redis = "0.9"
axum = "0.8"
actix-web = "4"
rocket = "0.5"
warp = "0.3"
poem = "3"
salvo = "0.76"
tonic = "0.12"
tokio = { version = "1", features = ["full"] }
anyhow = "1"
serde_json = "1"
tracing = "0.1"
futures = "0.3"
dashmap = "6"
lru = "0.12"
moka = "0.12"
once_cell = "1"
async-stream = "0.3"
async-trait = "0.1"
"#;

/// Reads `-- path --` sections and links them; without a `Cargo.toml` of their own they get one.
fn program(text: &str) -> Program {
    let folder = tempfile::tempdir().expect("a folder");
    common::write(folder.path(), common::sections(text), ("Cargo.toml", CARGO));
    common::link(folder.path())
}

fn check(cases: &[common::Case<'_>]) {
    common::compare(cases, program);
}

#[test]
fn commands_of_redis_rs() {
    check(&[
        (
            "methods of a plain connection",
            r#"
-- src/main.rs --
use redis::{Commands, RedisResult};

fn remember(con: &mut redis::Connection, id: u64) -> RedisResult<Option<String>> {
    let _: () = con.set_ex(format!("user:{id}"), "x", 60)?;
    con.hset::<_, _, _, ()>("users", id, 1)?;
    con.get(format!("user:{id}"))
}

fn main() -> RedisResult<()> {
    let client = redis::Client::open("redis://127.0.0.1/")?;
    let mut con = client.get_connection()?;
    let n: i64 = con.incr("visits", 1)?;
    remember(&mut con, n as u64)?;
    let mut other = client.get_connection()?;
    other.rename::<_, _, ()>("old", "new")
}
"#,
            &[
                "SETEX user:<id>",
                "HSET users",
                "GET user:<id>",
                "INCRBY visits",
                "RENAME old",
                "RENAME new",
            ],
        ),
        (
            "methods of connections that are shared",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, MultiplexedConnection};

async fn count(mut con: MultiplexedConnection, name: &str) -> redis::RedisResult<i64> {
    con.incr(format!("count:{name}"), 1).await
}

async fn seen(con: &ConnectionManager, name: String) -> redis::RedisResult<bool> {
    con.clone().sismember("seen", name).await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://127.0.0.1/")?;
    let con = client.get_multiplexed_async_connection().await?;
    let manager = ConnectionManager::new(client.clone()).await?;
    for name in std::env::args() {
        count(con.clone(), &name).await?;
        seen(&manager, name).await?;
    }
    Ok(())
}
"#,
            &["INCRBY count:<name>", "SISMEMBER seen"],
        ),
        (
            "traits whose methods say what they return",
            r#"
-- src/main.rs --
use redis::{AsyncTypedCommands, Client, RedisResult};

fn warm(client: &Client) -> RedisResult<()> {
    use redis::TypedCommands;
    let mut con = client.get_connection()?;
    con.set("warm", 1)?;
    con.mget(&["a", "b"])?;
    Ok(())
}

#[tokio::main]
async fn main() -> RedisResult<()> {
    let client = Client::open("redis://127.0.0.1/")?;
    warm(&client)?;
    let mut con = client.get_multiplexed_async_connection().await?;
    let left = con.decr("stock", 1).await?;
    println!("{left}");
    Ok(())
}
"#,
            &["SET warm", "MGET a", "MGET b", "DECRBY stock"],
        ),
        (
            "commands of words, whole or step by step, and sent by the connection",
            r#"
-- src/main.rs --
use redis::{Cmd, ConnectionLike, RedisResult, cmd};

fn main() -> RedisResult<()> {
    let mut con = redis::Client::open("redis://127.0.0.1/")?.get_connection()?;
    let id = std::env::args().nth(1).unwrap();
    cmd("SET").arg(format!("lock:{id}")).arg(1).arg("NX").arg("EX").arg(5).exec(&mut con)?;
    let mut late = redis::cmd("ZADD");
    late.arg("scores");
    late.arg(1).arg(&id);
    late.query::<()>(&mut con)?;
    let n: i64 = redis::Cmd::new().arg("LLEN").arg("jobs").query(&mut con)?;
    let mut built = Cmd::get("built");
    built.exec(&mut con)?;
    con.req_command(&Cmd::del(&["gone", "lost"]))?;
    println!("{n}");
    Ok(())
}
"#,
            &[
                "SET lock:<id>",
                "ZADD scores",
                "LLEN jobs",
                "GET built",
                "DEL gone",
                "DEL lost",
            ],
        ),
        (
            "queues, in one chain and in several statements",
            r#"
-- src/main.rs --
use redis::{Pipeline, pipe};

fn clear(pipe: &mut Pipeline, id: u64) {
    pipe.del(format!("cart:{id}")).ignore();
}

#[tokio::main]
async fn main() -> redis::RedisResult<()> {
    let client = redis::Client::open("redis://127.0.0.1/")?;
    let mut con = client.get_multiplexed_async_connection().await?;
    let (a, b): (i64, Vec<String>) = pipe()
        .atomic()
        .incr("orders", 1)
        .lrange("recent", 0, 9)
        .cmd("EXPIRE").arg("recent").arg(60).ignore()
        .query_async(&mut con)
        .await?;
    println!("{a} {b:?}");
    let mut late = redis::pipe();
    late.hset("order", "id", 1).ignore();
    clear(&mut late, 7);
    late.exec_async(&mut con).await
}
"#,
            &[
                "INCRBY orders",
                "LRANGE recent",
                "EXPIRE recent",
                "HSET order",
                "DEL cart:7",
            ],
        ),
        (
            "a transaction that watches",
            r#"
-- src/main.rs --
use redis::{Commands, transaction};

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://127.0.0.1/")?.get_connection()?;
    let key = "balance";
    let (left,): (i64,) = transaction(&mut con, &[key], |con, pipe| {
        let now: i64 = con.get(key)?;
        pipe.set(key, now - 1).ignore().get("limit").query(con)
    })?;
    println!("{left}");
    Ok(())
}
"#,
            &["WATCH balance", "GET balance", "SET balance", "GET limit"],
        ),
        (
            "connections to a cluster",
            r#"
-- src/main.rs --
use redis::cluster::{ClusterClient, ClusterClientBuilder, ClusterConnection};
use redis::{AsyncCommands, Commands};

fn first(con: &mut ClusterConnection) -> redis::RedisResult<()> {
    con.set("{a}:1", 1)
}

async fn second(con: &redis::cluster_async::ClusterConnection, id: &str) -> redis::RedisResult<String> {
    let mut con = con.clone();
    con.get(format!("{{{id}}}:2")).await
}

#[tokio::main]
async fn main() -> redis::RedisResult<()> {
    let nodes = vec!["redis://127.0.0.1:6379/", "redis://127.0.0.1:6380/"];
    let client = ClusterClient::new(nodes.clone())?;
    first(&mut client.get_connection()?)?;
    let built = ClusterClientBuilder::new(nodes).read_from_replicas().build()?;
    let con = built.get_async_connection().await?;
    second(&con, "x").await?;
    Ok(())
}
"#,
            &["SET {a}:1", "GET {x}:2"],
        ),
        (
            "what walks over keys and members",
            r#"
-- src/main.rs --
use futures::StreamExt;
use redis::{AsyncCommands, Commands};

fn members(con: &mut redis::Connection) -> redis::RedisResult<Vec<String>> {
    let found: redis::Iter<(String, String)> = con.hscan_match("index", "a*")?;
    Ok(found.filter_map(|pair| pair.ok()).map(|(name, _)| name).collect())
}

#[tokio::main]
async fn main() -> redis::RedisResult<()> {
    let client = redis::Client::open("redis://127.0.0.1/")?;
    members(&mut client.get_connection()?)?;
    let mut con = client.get_multiplexed_async_connection().await?;
    let names: Vec<String> = con.scan_match::<_, String>("session:*").await?.collect::<Vec<_>>().await;
    for name in names {
        let _: () = con.del(name).await?;
    }
    Ok(())
}
"#,
            &["HSCAN index", "SCAN", "DEL <name>"],
        ),
        (
            "methods of the same names on what is no connection",
            r#"
-- src/main.rs --
use redis::Commands;
use std::collections::HashMap;

struct Local(HashMap<String, String>);

impl Local {
    fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.into(), value.into());
    }
    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }
}

fn cmd(name: &str) -> std::process::Command {
    std::process::Command::new(name)
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://127.0.0.1/")?.get_connection()?;
    let mut local = Local(HashMap::new());
    local.set("no:local", "1");
    local.get("no:local");
    cmd("SET").arg("no:command").status().unwrap();
    con.set("yes", 1)
}
"#,
            &["SET yes"],
        ),
    ]);
}

#[test]
fn commands_of_pools() {
    check(&[
        (
            "deadpool: a pool in a state, its connections under an own name",
            r#"
-- src/main.rs --
use deadpool_redis::redis::{AsyncCommands, cmd};
use deadpool_redis::{Config, Connection, Pool, PoolError, Runtime};

struct App {
    pool: Pool,
}

impl App {
    async fn con(&self) -> Result<Connection, PoolError> {
        self.pool.get().await
    }

    async fn run(&self, id: &str) -> anyhow::Result<()> {
        let mut con = self.con().await?;
        cmd("SET").arg(&[format!("dead:{id}"), "42".to_string()]).query_async::<()>(&mut con).await?;
        let _: Option<String> = self.pool.get().await?.get("dead:pool").await?;
        deadpool_redis::redis::pipe().del("dead:pipe").exec_async(&mut *con).await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::from_url("redis://127.0.0.1/");
    let app = App { pool: config.create_pool(Some(Runtime::Tokio1))? };
    let id = std::env::var("ID")?;
    app.run(&id).await
}
"#,
            &["SET dead:<id>", "GET dead:pool", "DEL dead:pipe"],
        ),
        (
            "bb8: what its manager hands out",
            r#"
-- src/main.rs --
use bb8_redis::{RedisConnectionManager, bb8, redis::AsyncCommands};

type RedisPool = bb8::Pool<RedisConnectionManager>;

async fn touch(pool: &RedisPool) -> anyhow::Result<()> {
    let mut con = pool.get().await?;
    con.expire::<_, ()>("bb:touch", 60).await?;
    let _: String = bb8_redis::redis::cmd("PING").query_async(&mut *con).await?;
    Ok(())
}

async fn owned(mut con: bb8::PooledConnection<'_, RedisConnectionManager>) -> anyhow::Result<()> {
    Ok(con.set("bb:owned", 1).await?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let manager = RedisConnectionManager::new("redis://localhost")?;
    let pool = bb8::Pool::builder().max_size(15).build(manager).await?;
    touch(&pool).await?;
    owned(pool.get().await?).await
}
"#,
            &["EXPIRE bb:touch", "PING", "SET bb:owned"],
        ),
        (
            "bb8 and r2d2 over redis-rs itself",
            r#"
-- src/main.rs --
use redis::{AsyncCommands, Commands};

fn plain(pool: &r2d2::Pool<redis::Client>) -> anyhow::Result<()> {
    let mut con = pool.get()?;
    let _: () = con.set("r2:plain", 1)?;
    redis::cmd("DEL").arg("r2:words").exec(&mut *con)?;
    Ok(())
}

async fn cluster(pool: bb8::Pool<redis::cluster::ClusterClient>) -> anyhow::Result<Option<String>> {
    let mut con = pool.get().await?;
    Ok(con.get("bb:cluster").await?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://localhost")?;
    plain(&r2d2::Pool::builder().build(client)?)?;
    let nodes = redis::cluster::ClusterClient::new(vec!["redis://localhost"])?;
    cluster(bb8::Pool::builder().build(nodes).await?).await?;
    Ok(())
}
"#,
            &["SET r2:plain", "DEL r2:words", "GET bb:cluster"],
        ),
        (
            "mobc: connections by another name of the same client",
            r#"
-- src/main.rs --
use mobc::{Connection, Pool};
use mobc_redis::{RedisConnectionManager, redis, redis::AsyncCommands};

type Con = Connection<RedisConnectionManager>;

async fn put(con: &mut Con, id: u32) -> anyhow::Result<()> {
    con.sadd::<_, _, ()>(format!("mobc:{id}"), 1).await?;
    redis::cmd("GET").arg("mobc:words").query_async::<_, ()>(con as &mut redis::aio::Connection).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://127.0.0.1/")?;
    let pool = Pool::builder().max_open(20).build(RedisConnectionManager::new(client));
    let mut con = pool.get().await?;
    for id in 0..std::env::args().count() as u32 {
        put(&mut con, id).await?;
    }
    Ok(())
}
"#,
            &["SADD mobc:<id>", "GET mobc:words"],
        ),
        (
            "pools of what is no client",
            r#"
-- src/main.rs --
use redis::Commands;

struct Manager;
struct Socket;

impl Socket {
    fn get(&mut self, _key: &str) -> Option<String> {
        None
    }
    fn del(&mut self, _key: &str) {}
}

impl r2d2::ManageConnection for Manager {
    type Connection = Socket;
    type Error = std::io::Error;
    fn connect(&self) -> Result<Socket, Self::Error> {
        Ok(Socket)
    }
    fn is_valid(&self, _: &mut Socket) -> Result<(), Self::Error> {
        Ok(())
    }
    fn has_broken(&self, _: &mut Socket) -> bool {
        false
    }
}

fn main() -> anyhow::Result<()> {
    let pool = r2d2::Pool::builder().build(Manager)?;
    let mut socket = pool.get()?;
    socket.get("no:get");
    socket.del("no:del");
    let redis = r2d2::Pool::builder().build(redis::Client::open("redis://localhost")?)?;
    let mut con = redis.get()?;
    con.del::<_, ()>("yes")?;
    Ok(())
}
"#,
            &["DEL yes"],
        ),
    ]);
}

#[test]
fn commands_of_fred() {
    check(&[
        (
            "interfaces of a client and of a pool",
            r#"
-- src/main.rs --
use fred::prelude::*;

async fn save(client: &Client, id: &str) -> Result<(), Error> {
    let _: () = client.set(format!("fred:{id}"), 1, Some(Expiration::EX(10)), None, false).await?;
    let _: i64 = client.del(vec!["fred:a", "fred:b"]).await?;
    client.hset("fred:h", ("field", "value")).await
}

async fn pooled(pool: &Pool) -> Result<Option<String>, Error> {
    pool.next().expire::<(), _>("fred:next", 5, None).await?;
    pool.get("fred:pool").await
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = Config::from_url("redis://localhost:6379/1")?;
    let client = Builder::from_config(config.clone()).build()?;
    client.init().await?;
    let pool = Builder::from_config(config).build_pool(5)?;
    pool.init().await?;
    let id = std::env::args().last().unwrap_or_default();
    save(&client, &id).await?;
    pooled(&pool).await?;
    Ok(())
}
"#,
            &[
                "SET fred:<id>",
                "DEL fred:a",
                "DEL fred:b",
                "HSET fred:h",
                "EXPIRE fred:next",
                "GET fred:pool",
            ],
        ),
        (
            "pipelines, transactions, words and scripts",
            r#"
-- src/main.rs --
use fred::cmd;
use fred::prelude::*;
use fred::types::CustomCommand;
use fred::types::scripts::Script;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client::default();
    client.init().await?;
    let pipeline = client.pipeline();
    let _: () = pipeline.incr("p:a").await?;
    let _: () = pipeline.lpush("p:b", 1).await?;
    let _: Vec<Value> = pipeline.all().await?;

    let trx = client.multi();
    let _: () = trx.get("t:a").await?;
    let _: () = trx.sadd("t:b", 1).await?;
    let _: (Value, Value) = trx.exec(true).await?;

    let _: () = client.custom(CustomCommand::new_static("SETEX", "c:a", false), vec!["c:a", "5", "x"]).await?;
    let _: () = client.custom(cmd!("GET"), vec!["c:b"]).await?;

    let _: () = client.eval("return redis.call('GET', KEYS[1])", vec!["e:a"], vec!["x"]).await?;
    let script = Script::from_lua("return redis.call('DEL', KEYS[1])");
    script.load(&client).await?;
    script.evalsha(&client, vec!["e:b"], vec![1]).await
}
"#,
            &[
                "INCR p:a",
                "LPUSH p:b",
                "GET t:a",
                "SADD t:b",
                "SETEX c:a",
                "GET c:b",
                "EVAL e:a",
                "EVALSHA e:b",
            ],
        ),
        (
            "bounds on interfaces, and structs that hold a client",
            r#"
-- src/main.rs --
use fred::clients::Client;
use fred::interfaces::{ClientLike, KeysInterface, SortedSetsInterface};
use fred::types::config::Config;

#[derive(Clone)]
struct Board {
    redis: Client,
}

impl Board {
    async fn top(&self, n: i64) -> Result<Vec<String>, fred::error::Error> {
        self.redis.zrange("board", 0, n, None, true, None, false).await
    }
}

async fn bump<C>(client: &C, key: &str) -> Result<i64, fred::error::Error>
where
    C: KeysInterface + Sync,
{
    client.incr(format!("bump:{key}")).await
}

#[tokio::main]
async fn main() -> Result<(), fred::error::Error> {
    let client = Client::new(Config::default(), None, None, None);
    client.init().await?;
    bump(&client, "a").await?;
    Board { redis: client.clone() }.top(3).await?;
    Ok(())
}
"#,
            &["ZRANGE board", "INCR bump:a"],
        ),
        (
            "a cache of the same shape beside it",
            r#"
-- src/main.rs --
use fred::prelude::*;
use std::sync::Mutex;

struct Memory(Mutex<Vec<(String, String)>>);

impl Memory {
    async fn set(&self, key: &str, value: &str, _ttl: Option<u64>) -> Result<(), Error> {
        self.0.lock().unwrap().push((key.into(), value.into()));
        Ok(())
    }
    async fn get(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(self.0.lock().unwrap().iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let memory = Memory(Mutex::default());
    memory.set("no:a", "1", None).await?;
    memory.get("no:a").await?;
    let client = Client::default();
    client.init().await?;
    client.persist::<(), _>("yes").await
}
"#,
            &["PERSIST yes"],
        ),
    ]);
}

#[test]
fn commands_of_rustis() {
    check(&[
        (
            "command traits, pipelines and transactions",
            r#"
-- src/main.rs --
use rustis::client::{BatchPreparedCommand, Client, Pipeline};
use rustis::commands::{GenericCommands, HashCommands, StringCommands};

async fn save(client: &Client, id: u64) -> rustis::Result<()> {
    client.set(format!("user:{id}"), "x").await?;
    let _: String = client.get("last").await?;
    client.del(["a", "b"]).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> rustis::Result<()> {
    let client = Client::connect("redis://127.0.0.1:6379").await?;
    for id in 0..std::env::args().count() as u64 {
        save(&client, id).await?;
    }
    let mut pipeline: Pipeline = client.create_pipeline();
    pipeline.hset("h", [("f", 1)]).forget();
    pipeline.get::<_, ()>("queued").queue();
    let _: String = pipeline.execute().await?;
    let mut transaction = client.create_transaction();
    transaction.set("t", 1).forget();
    transaction.get::<_, ()>("u").queue();
    let _: String = transaction.execute().await?;
    Ok(())
}
"#,
            &[
                "SET user:<id>",
                "GET last",
                "DEL a",
                "DEL b",
                "HSET h",
                "GET queued",
                "SET t",
                "GET u",
            ],
        ),
        (
            "a trait of the same name that is not the client's",
            r#"
-- src/commands.rs --
pub trait StringCommands {
    fn set(&self, key: &str, value: &str);
    fn get(&self, key: &str) -> String;
}

pub struct Disk;

impl StringCommands for Disk {
    fn set(&self, _key: &str, _value: &str) {}
    fn get(&self, key: &str) -> String {
        key.to_string()
    }
}
-- src/main.rs --
mod commands;

use commands::{Disk, StringCommands};
use rustis::client::Client;
use rustis::commands::ListCommands;

#[tokio::main]
async fn main() -> rustis::Result<()> {
    Disk.set("no:a", &Disk.get("no:b"));
    let client = Client::connect("127.0.0.1:6379").await?;
    client.lpush("yes", "x").await?;
    Ok(())
}
"#,
            &["LPUSH yes"],
        ),
    ]);
}

#[test]
fn text_that_is_put_together() {
    check(&[
        (
            "formats: inline, positional, named, braces, widths",
            r#"
-- src/main.rs --
use redis::Commands;

const APP: &str = "shop";

fn put(con: &mut redis::Connection, id: &str, day: u32) -> redis::RedisResult<()> {
    let _: () = con.set(format!("inline:{id}"), 1)?;
    let _: () = con.set(format!("positional:{}:{}", id, day), 1)?;
    let _: () = con.set(format!("numbered:{1}:{0}", id, day), 1)?;
    let _: () = con.set(format!("named:{user}", user = id), 1)?;
    let _: () = con.set(format!("{{{id}}}:tagged"), 1)?;
    let _: () = con.set(format!("{{{}}}:tagged:{{}}", id), 1)?;
    let _: () = con.set(format!("{APP}:{id}"), 1)?;
    let _: () = con.set(format!("{id:>8}|{day:02}"), 1)?;
    let _: () = con.set(&format!("multi:\
        {id}"), 1)?;
    con.set(format!(r"raw:{id}"), 1)
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let id = std::env::var("ID")?;
    put(&mut con, &id, id.len() as u32)?;
    Ok(())
}
"#,
            &[
                "SET inline:<id>",
                "SET positional:<id>:<day>",
                "SET numbered:<day>:<id>",
                "SET named:<id>",
                "SET {<id>}:tagged",
                "SET {<id>}:tagged:{}",
                "SET shop:<id>",
                "SET <value>|<value>",
                "SET multi:<id>",
                "SET raw:<id>",
            ],
        ),
        (
            "text that grows, is joined and is converted",
            r#"
-- src/main.rs --
use redis::Commands;
use std::fmt::Write;

fn grown(id: &str) -> String {
    let mut key = String::with_capacity(32);
    key.push_str("grown:{");
    key.push_str(id);
    key.push('}');
    key
}

fn written(id: &str) -> String {
    let mut key = String::from("written");
    write!(key, ":{}", id).unwrap();
    write!(&mut key, ":{id}").expect("a String takes it");
    key
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let id = std::env::var("ID")?;
    con.set::<_, _, ()>(grown(&id), 1)?;
    con.set::<_, _, ()>(written(&id), 1)?;
    con.set::<_, _, ()>("plus:".to_string() + &id + ":end", 1)?;
    con.set::<_, _, ()>("owned:".to_owned() + id.as_str(), 1)?;
    let mut added = String::from("added");
    added += ":";
    added += &id;
    con.set::<_, _, ()>(&added, 1)?;
    con.set::<_, _, ()>(["join", &id, "x"].join(":"), 1)?;
    con.set::<_, _, ()>(vec!["concat/".to_string(), id.clone()].concat(), 1)?;
    con.set::<_, _, ()>(concat!("mac", "ro:", 7), 1)?;
    con.set::<_, _, ()>(12.to_string(), 1)?;
    con.set::<_, _, ()>(String::from_utf8(b"bytes".to_vec())?, 1)?;
    con.set::<_, _, ()>(b"raw bytes", 1)?;
    con.set::<_, _, ()>(id.to_lowercase(), 1)?;
    Ok(())
}
"#,
            &[
                "SET grown:{<id>}",
                "SET written:<id>:<id>",
                "SET plus:<id>:end",
                "SET owned:<id>",
                "SET added:<id>",
                "SET join:<id>:x",
                "SET concat/<id>",
                "SET macro:7",
                "SET 12",
                "SET bytes",
                "SET raw bytes",
                "SET <value>",
            ],
        ),
        (
            "constants, statics and what is associated with types",
            r#"
-- src/keys.rs --
pub const ROOT: &str = "app";
pub static QUEUE: &str = "queue";
pub const LISTS: [&str; 2] = ["one", "two"];

pub struct Session;

impl Session {
    pub const PREFIX: &'static str = "session";
    const TAG: char = ':';

    pub fn key(id: &str) -> String {
        format!("{}{}{id}", Self::PREFIX, Self::TAG)
    }
}

pub trait Entity {
    const NAME: &'static str;
    fn id(&self) -> u64;
    fn key(&self) -> String {
        format!("entity:{}", self.id())
    }
}

pub struct User(pub u64);

impl Entity for User {
    const NAME: &'static str = "user";
    fn id(&self) -> u64 {
        self.0
    }
}

pub mod deep {
    pub const INNER: &str = concat!("deep", ":", "inner");
}
-- src/main.rs --
mod keys;

use keys::{Entity, LISTS, QUEUE, Session, User, deep};
use redis::Commands;

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    con.del::<_, ()>(keys::ROOT)?;
    con.del::<_, ()>(QUEUE)?;
    con.del::<_, ()>(LISTS[1])?;
    con.del::<_, ()>(&LISTS)?;
    con.get::<_, ()>(Session::PREFIX)?;
    con.get::<_, ()>(Session::key("a"))?;
    con.get::<_, ()>(User(9).key())?;
    con.get::<_, ()>(<User as Entity>::NAME)?;
    con.get::<_, ()>(deep::INNER)?;
    Ok(())
}
"#,
            &[
                "DEL app",
                "DEL queue",
                "DEL one",
                "DEL two",
                "GET session",
                "GET session:a",
                "GET entity:9",
                "GET user",
                "GET deep:inner",
            ],
        ),
        (
            "types that stand for keys",
            r#"
-- src/main.rs --
use redis::{Commands, RedisWrite, ToRedisArgs};
use std::fmt;

struct Shown(u64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shown:{}", self.0)
    }
}

struct Borrowed(String);

impl Borrowed {
    fn new(id: &str) -> Self {
        Borrowed(format!("borrowed:{id}"))
    }
}

impl AsRef<str> for Borrowed {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

struct Args {
    shard: u8,
}

impl ToRedisArgs for Args {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        out.write_arg_fmt(format_args!("args:{}", self.shard))
    }
}

struct Made(String);

impl From<&str> for Made {
    fn from(id: &str) -> Self {
        Made(format!("made:{id}"))
    }
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let id = std::env::var("ID")?;
    con.get::<_, ()>(Shown(7).to_string())?;
    con.get::<_, ()>(format!("x:{}", Shown(8)))?;
    con.get::<_, ()>(Borrowed::new(&id).as_ref())?;
    con.get::<_, ()>(Args { shard: 3 })?;
    con.get::<_, ()>(Made::from(id.as_str()).0)?;
    Ok(())
}
"#,
            &[
                "GET shown:7",
                "GET x:shown:8",
                "GET borrowed:<id>",
                "GET args:3",
                "GET made:<id>",
            ],
        ),
        (
            "prefixes that objects hold",
            r#"
-- src/main.rs --
use redis::Commands;

#[derive(Clone)]
struct Keys {
    prefix: String,
}

impl Keys {
    fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }
    fn cart(&self, id: &str) -> String {
        self.key("cart", id)
    }
    fn key(&self, kind: &str, id: &str) -> String {
        format!("{}:{kind}:{{{id}}}", self.prefix)
    }
}

struct Store<'a> {
    keys: Keys,
    con: &'a mut redis::Connection,
}

impl Store<'_> {
    fn drop_cart(&mut self, id: &str) -> redis::RedisResult<()> {
        self.con.del(self.keys.cart(id))
    }
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let mut store = Store { keys: Keys::new("shop"), con: &mut con };
    store.drop_cart(&std::env::var("CART")?)?;
    Ok(())
}
"#,
            &["DEL shop:cart:{<cart>}"],
        ),
        (
            "forms of an enumeration",
            r#"
-- src/main.rs --
use redis::Commands;

#[derive(Clone, Copy)]
enum Kind {
    Cart,
    Order,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Kind::Cart => "cart",
            Kind::Order => "order",
        }
    }
}

enum Key<'a> {
    User(&'a str),
    Pair { left: u32, right: u32 },
    All,
}

impl Key<'_> {
    fn text(&self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::Pair { left, right } => format!("pair:{left}-{right}"),
            Self::All => "all".into(),
        }
    }
}

fn touch(con: &mut redis::Connection, kind: Kind, id: &str) -> redis::RedisResult<()> {
    con.persist(format!("{}:{id}", kind.prefix()))
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let id = std::env::var("ID")?;
    touch(&mut con, Kind::Cart, &id)?;
    touch(&mut con, Kind::Order, &id)?;
    con.get::<_, ()>(Key::User(&id).text())?;
    con.del::<_, ()>(Key::Pair { left: 1, right: 2 }.text())?;
    con.exists::<_, ()>(Key::All.text())?;
    Ok(())
}
"#,
            &[
                "PERSIST cart:<id>",
                "PERSIST order:<id>",
                "GET user:<id>",
                "DEL pair:1-2",
                "EXISTS all",
            ],
        ),
        (
            "lists of keys",
            r#"
-- src/main.rs --
use redis::Commands;

fn key(id: &u32) -> String {
    format!("made:{id}")
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let ids: Vec<u32> = std::env::args().map(|a| a.len() as u32).collect();
    con.del::<_, ()>(&["slice:a", "slice:b"])?;
    con.del::<_, ()>(["array:a", "array:b"])?;
    con.del::<_, ()>(vec!["vec:a".to_string(), format!("vec:{}", 2)])?;
    con.del::<_, ()>(("tuple:a", "tuple:b"))?;
    con.mget::<_, ()>(ids.iter().map(key).collect::<Vec<_>>())?;
    let names: Vec<String> = ids.iter().filter(|id| **id > 1).map(|id| format!("closure:{id}")).collect();
    con.mget::<_, ()>(&names)?;
    let mut pushed = Vec::new();
    pushed.push("push:a".to_string());
    for id in &ids {
        pushed.push(format!("push:{id}"));
    }
    con.exists::<_, ()>(pushed)?;
    con.mset::<_, _, ()>(&[("pair:a", 1), ("pair:b", 2)])?;
    let chained = std::iter::once("once".to_string()).chain(ids.iter().map(|id| format!("chain:{id}")));
    con.unlink::<_, ()>(chained.collect::<Vec<String>>())?;
    con.zinterstore::<_, _, ()>("into", &["from:a", "from:b"])?;
    Ok(())
}
"#,
            &[
                "DEL slice:a",
                "DEL slice:b",
                "DEL array:a",
                "DEL array:b",
                "DEL vec:a",
                "DEL vec:2",
                "DEL tuple:a",
                "DEL tuple:b",
                "MGET made:<id>",
                "MGET closure:<id>",
                "EXISTS push:a",
                "EXISTS push:<id>",
                "MSET pair:a",
                "MSET pair:b",
                "UNLINK once",
                "UNLINK chain:<id>",
                "ZINTERSTORE into",
                "ZINTERSTORE from:a",
                "ZINTERSTORE from:b",
            ],
        ),
        (
            "branches, defaults and patterns",
            r#"
-- src/main.rs --
use redis::Commands;

fn scope(tenant: Option<&str>) -> String {
    if let Some(tenant) = tenant {
        format!("tenant:{tenant}")
    } else {
        "global".to_string()
    }
}

fn parse(line: &str) -> Option<(&str, &str)> {
    line.split_once('=')
}

fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let line = std::env::var("LINE")?;
    let Some((name, value)) = parse(&line) else {
        con.incr::<_, _, ()>("broken", 1)?;
        return Ok(());
    };
    con.set::<_, _, ()>(format!("pair:{name}"), value)?;
    con.get::<_, ()>(scope(Some("a")))?;
    con.get::<_, ()>(scope(std::env::var("TENANT").ok().as_deref()))?;
    let place = match line.len() {
        0 => "empty",
        1..=9 => "short",
        _ => "long",
    };
    con.sadd::<_, _, ()>(format!("len:{place}"), 1)?;
    let shown = std::env::var("SHOWN").unwrap_or_else(|_| "none".to_string());
    con.llen::<_, ()>(format!("shown:{shown}"))?;
    Ok(())
}
"#,
            &[
                "INCRBY broken",
                "SET pair:<name>",
                "GET tenant:a",
                "GET tenant:<tenant>",
                "GET global",
                "SADD len:empty",
                "SADD len:short",
                "SADD len:long",
                "LLEN shown:<shown>",
                "LLEN shown:none",
            ],
        ),
    ]);
}

#[test]
fn names_are_found_over_files_and_crates() {
    check(&[
        (
            "use trees, aliases, re-exports, globs and files of modules",
            r#"
-- src/store/mod.rs --
mod keys;
pub mod carts;

pub use self::keys::{cart as cart_key, user as user_key};
pub use carts::*;
-- src/store/keys.rs --
pub fn cart(id: &str) -> String {
    format!("cart:{id}")
}

pub fn user(id: &str) -> String {
    format!("user:{id}")
}
-- src/store/carts.rs --
use super::cart_key as key;
use redis::{AsyncCommands as _, RedisResult as Reply, aio::MultiplexedConnection as Con};

pub async fn drop_cart(con: &mut Con, id: &str) -> Reply<()> {
    con.del(key(id)).await
}

pub async fn unused(con: &mut Con) -> Reply<()> {
    con.del("unused").await
}
-- src/main.rs --
mod store;

use {redis as r, store::*};

#[tokio::main]
async fn main() -> r::RedisResult<()> {
    use r::AsyncCommands as _;
    let mut con = r::Client::open("redis://localhost")?.get_multiplexed_async_connection().await?;
    drop_cart(&mut con, "1").await?;
    con.get::<_, ()>(user_key("2")).await
}
"#,
            &["DEL cart:1", "-DEL unused", "GET user:2"],
        ),
        (
            "a file of a module beside its folder, one with a path, one in the file",
            r#"
-- src/queue.rs --
pub mod names;

pub fn next(con: &mut redis::Connection) -> redis::RedisResult<String> {
    redis::cmd("LPOP").arg(names::QUEUE).query(con)
}
-- src/queue/names.rs --
pub const QUEUE: &str = "queue";
-- src/old/impl_v2.rs --
use redis::Commands;

pub fn size(con: &mut redis::Connection) -> redis::RedisResult<i64> {
    con.llen(crate::queue::names::QUEUE)
}
-- src/main.rs --
#[path = "old/impl_v2.rs"]
mod old;
mod queue;

mod inline {
    pub(super) mod inner {
        use redis::Commands;

        pub fn ttl(con: &mut redis::Connection) -> redis::RedisResult<i64> {
            con.ttl(super::super::queue::names::QUEUE)
        }
    }
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    queue::next(&mut con)?;
    old::size(&mut con)?;
    self::inline::inner::ttl(&mut con)?;
    Ok(())
}
"#,
            &["LPOP queue", "LLEN queue", "TTL queue"],
        ),
        (
            "a program that takes all names of its own package's library",
            r#"
-- Cargo.toml --
[package]
name = "shop-api"
version = "0.1.0"
edition = "2021"

[dependencies]
redis = "0.32"
-- src/lib.rs --
mod carts;

pub use carts::{Carts, key};
pub const PREFIX: &str = "shop";
-- src/carts.rs --
use crate::PREFIX;
use redis::Commands;

pub fn key(id: u32) -> String {
    format!("{PREFIX}:cart:{id}")
}

pub struct Carts(pub redis::Connection);

impl Carts {
    pub fn clear(&mut self, id: u32) -> redis::RedisResult<()> {
        self.0.del(key(id))
    }
}
-- src/main.rs --
use redis::Commands;
use shop_api::*;

fn main() -> redis::RedisResult<()> {
    let mut carts = Carts(redis::Client::open("redis://localhost")?.get_connection()?);
    carts.clear(3)?;
    carts.0.get(shop_api::key(4))
}
"#,
            &["DEL shop:cart:3", "GET shop:cart:4"],
        ),
        (
            "a workspace whose crates have other names where they are used",
            r#"
-- Cargo.toml --
[workspace]
members = ["crates/*", "apps/worker"]
resolver = "2"

[workspace.dependencies]
kv = { package = "redis", version = "0.32" }
store-core = { path = "crates/core" }
-- crates/core/Cargo.toml --
[package]
name = "store-core"
version = "0.1.0"
edition = "2021"

[dependencies]
kv.workspace = true

[lib]
name = "store"
path = "source/root.rs"
-- crates/core/source/root.rs --
use kv::Commands;

pub mod keys {
    pub fn job(id: &str) -> String {
        format!("job:{{{id}}}")
    }
}

pub struct Jobs {
    con: kv::Connection,
}

impl Jobs {
    pub fn open(url: &str) -> kv::RedisResult<Self> {
        Ok(Self { con: kv::Client::open(url)?.get_connection()? })
    }
    pub fn start(&mut self, id: &str) -> kv::RedisResult<()> {
        self.con.set(keys::job(id), "running")
    }
    pub fn con(&mut self) -> &mut kv::Connection {
        &mut self.con
    }
}
-- apps/worker/Cargo.toml --
[package]
name = "worker"
version = "0.1.0"
edition = "2021"

[dependencies]
jobs = { package = "store-core", path = "../../crates/core" }
redis = "0.32"
-- apps/worker/src/main.rs --
use jobs::{Jobs, keys};
use redis::Commands;

fn main() -> redis::RedisResult<()> {
    let mut all = Jobs::open("redis://localhost")?;
    all.start("a")?;
    all.con().expire(keys::job("b"), 60)
}
"#,
            &["SET job:{a}", "EXPIRE job:{b}"],
        ),
        (
            "several programs of one package run what they call",
            r#"
-- src/lib.rs --
use redis::Commands;

pub fn first(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.set("first", 1)
}
pub fn second(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.set("second", 1)
}
pub fn third(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.set("third", 1)
}
-- src/bin/one.rs --
fn main() {
    let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    app::first(&mut con).unwrap();
}
-- src/bin/two/main.rs --
use app::second as run;

fn main() {
    let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    run(&mut con).unwrap();
}
"#,
            &["SET first", "SET second", "-SET third"],
        ),
        (
            "names of another crate, a local and a module that hide the client's",
            r#"
-- src/redis_like.rs --
pub struct Client;

impl Client {
    pub fn open(_: &str) -> Client {
        Client
    }
    pub fn get_connection(&self) -> Connection {
        Connection
    }
}

pub struct Connection;

impl Connection {
    pub fn set(&mut self, _key: &str, _value: i32) {}
}

pub fn cmd(_name: &str) -> Connection {
    Connection
}
-- src/main.rs --
mod redis_like;

mod fake {
    use crate::redis_like as redis;

    pub fn run() {
        redis::Client::open("x").get_connection().set("no:fake", 1);
        redis::cmd("SET").set("no:cmd", 1);
    }
}

fn main() -> redis::RedisResult<()> {
    fake::run();
    redis::cmd("SET").arg("yes").arg(1).exec(&mut redis::Client::open("x")?.get_connection()?)
}
"#,
            &["SET yes"],
        ),
    ]);
}

#[test]
fn values_are_followed_through_types() {
    check(&[
        (
            "structs of structs, builders and methods that give them back",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use std::sync::Arc;

#[derive(Clone)]
struct Settings {
    prefix: String,
    ttl: u64,
}

#[derive(Clone)]
struct Inner {
    con: ConnectionManager,
    settings: Settings,
}

#[derive(Clone)]
struct Cache {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct CacheBuilder {
    prefix: Option<String>,
    ttl: Option<u64>,
}

impl CacheBuilder {
    fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }
    fn ttl(self, ttl: u64) -> Self {
        Self { ttl: Some(ttl), ..self }
    }
    fn build(self, con: ConnectionManager) -> Cache {
        let settings = Settings {
            prefix: self.prefix.expect("a prefix"),
            ttl: self.ttl.unwrap_or(60),
        };
        Cache { inner: Arc::new(Inner { con, settings }) }
    }
}

impl Cache {
    fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }
    fn settings(&self) -> &Settings {
        &self.inner.settings
    }
    async fn put(&self, id: u64, value: &str) -> redis::RedisResult<()> {
        let mut con = self.inner.con.clone();
        let Settings { prefix, ttl } = self.settings();
        con.set_ex(format!("{prefix}:{id}"), value, *ttl).await
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_connection_manager().await?;
    let cache = Cache::builder().ttl(5).prefix("page").build(con);
    for id in 0..std::env::args().count() as u64 {
        cache.put(id, "x").await?;
    }
    Ok(())
}
"#,
            &["SETEX page:<id>"],
        ),
        (
            "locks, cells and statics hold connections",
            r#"
-- src/main.rs --
use redis::{AsyncCommands, Commands};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use tokio::sync::OnceCell;

static CLIENT: LazyLock<redis::Client> =
    LazyLock::new(|| redis::Client::open("redis://localhost").unwrap());
static SHARED: OnceLock<Mutex<redis::Connection>> = OnceLock::new();
static MANAGER: OnceCell<redis::aio::ConnectionManager> = OnceCell::const_new();
static PREFIX: LazyLock<String> = LazyLock::new(|| format!("{}:v2", "app"));

async fn manager() -> redis::aio::ConnectionManager {
    MANAGER
        .get_or_init(|| async { CLIENT.get_connection_manager().await.unwrap() })
        .await
        .clone()
}

fn shared() -> &'static Mutex<redis::Connection> {
    SHARED.get_or_init(|| Mutex::new(CLIENT.get_connection().unwrap()))
}

struct Worker {
    con: Arc<Mutex<redis::Connection>>,
    other: Arc<tokio::sync::RwLock<redis::aio::MultiplexedConnection>>,
}

impl Worker {
    async fn run(&self) -> anyhow::Result<()> {
        self.con.lock().unwrap().set::<_, _, ()>("worker:lock", 1)?;
        {
            let mut con = self.con.lock().unwrap();
            let _: () = con.del("worker:guard")?;
        }
        let mut guard = self.other.write().await;
        guard.get::<_, ()>("worker:write").await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let _: () = shared().lock().unwrap().incr("once", 1)?;
    manager().await.set::<_, _, ()>(format!("{}:manager", *PREFIX), 1).await?;
    let other = CLIENT.get_multiplexed_async_connection().await?;
    Worker {
        con: Arc::new(Mutex::new(CLIENT.get_connection()?)),
        other: Arc::new(other.into()),
    }
    .run()
    .await
}
"#,
            &[
                "INCRBY once",
                "SET app:v2:manager",
                "SET worker:lock",
                "DEL worker:guard",
                "GET worker:write",
            ],
        ),
        (
            "once_cell and lazy_static",
            r#"
-- src/main.rs --
use once_cell::sync::{Lazy, OnceCell};
use redis::Commands;
use std::sync::Mutex;

static CON: Lazy<Mutex<redis::Connection>> = Lazy::new(|| {
    let client = redis::Client::open("redis://localhost").unwrap();
    Mutex::new(client.get_connection().unwrap())
});
static NAME: Lazy<String> = Lazy::new(|| "named".into());
static LATE: OnceCell<redis::Client> = OnceCell::new();

lazy_static::lazy_static! {
    static ref OLD: Mutex<redis::Connection> = Mutex::new(open());
    static ref KEY: String = format!("lazy:{}", 1);
}

fn open() -> redis::Connection {
    LATE.get().unwrap().get_connection().unwrap()
}

fn main() {
    LATE.set(redis::Client::open("redis://localhost").unwrap()).unwrap();
    CON.lock().unwrap().set::<_, _, ()>("lazy", 1).unwrap();
    OLD.lock().unwrap().set::<_, _, ()>(KEY.as_str(), 1).unwrap();
    CON.lock().unwrap().get::<_, ()>(NAME.as_str()).unwrap();
}
"#,
            &["SET lazy", "SET lazy:1", "GET named"],
        ),
        (
            "traits with one implementation and with several",
            r#"
-- src/main.rs --
use async_trait::async_trait;
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[async_trait]
trait Sessions: Send + Sync {
    async fn load(&self, id: &str) -> anyhow::Result<Option<String>>;
}

struct RedisSessions(MultiplexedConnection);

#[async_trait]
impl Sessions for RedisSessions {
    async fn load(&self, id: &str) -> anyhow::Result<Option<String>> {
        Ok(self.0.clone().get(format!("session:{id}")).await?)
    }
}

#[async_trait]
trait Flags: Send + Sync {
    async fn on(&self, name: &str) -> anyhow::Result<bool>;
}

struct RedisFlags(MultiplexedConnection);
struct LocalFlags(Mutex<HashMap<String, bool>>);

#[async_trait]
impl Flags for RedisFlags {
    async fn on(&self, name: &str) -> anyhow::Result<bool> {
        Ok(self.0.clone().sismember("flags", name).await?)
    }
}

#[async_trait]
impl Flags for LocalFlags {
    async fn on(&self, name: &str) -> anyhow::Result<bool> {
        Ok(self.0.lock().unwrap().get(name).copied().unwrap_or(false))
    }
}

async fn serve<S: Sessions>(sessions: &S, flags: Arc<dyn Flags>) -> anyhow::Result<()> {
    if flags.on("beta").await? {
        sessions.load("me").await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_multiplexed_async_connection().await?;
    let flags: Arc<dyn Flags> = match std::env::var("LOCAL") {
        Ok(_) => Arc::new(LocalFlags(Mutex::default())),
        Err(_) => Arc::new(RedisFlags(con.clone())),
    };
    serve(&RedisSessions(con), flags).await
}
"#,
            &["GET session:me", "SISMEMBER flags"],
        ),
        (
            "bounds, where clauses, impl Trait, associated types and turbofish",
            r#"
-- src/main.rs --
use redis::aio::ConnectionLike;
use redis::{AsyncCommands, Commands, FromRedisValue, RedisResult};

async fn bounded<C: AsyncCommands>(con: &mut C, id: &str) -> RedisResult<String> {
    con.get(format!("bound:{id}")).await
}

async fn clause<C>(con: &mut C) -> RedisResult<()>
where
    C: ConnectionLike + Send,
{
    redis::cmd("SET").arg("where").arg(1).exec_async(con).await
}

fn taken(con: &mut impl Commands) -> RedisResult<Option<i64>> {
    con.get::<_, Option<i64>>("impl")
}

fn given(client: &redis::Client) -> RedisResult<impl Commands> {
    client.get_connection()
}

trait Backend {
    type Con: Commands;
    fn con(&self) -> RedisResult<Self::Con>;
    fn drop_all(&self, key: &str) -> RedisResult<()> {
        self.con()?.del(format!("all:{key}"))
    }
}

struct Plain(redis::Client);

impl Backend for Plain {
    type Con = redis::Connection;
    fn con(&self) -> RedisResult<Self::Con> {
        self.0.get_connection()
    }
}

struct Repo<B: Backend> {
    backend: B,
}

impl<B> Repo<B>
where
    B: Backend,
{
    fn read<T: FromRedisValue>(&self, id: u8) -> RedisResult<T> {
        self.backend.con()?.get(format!("repo:{id}"))
    }
}

#[tokio::main]
async fn main() -> RedisResult<()> {
    let client = redis::Client::open("redis://localhost")?;
    let mut con = client.get_multiplexed_async_connection().await?;
    bounded(&mut con, "1").await?;
    clause(&mut con).await?;
    taken(&mut client.get_connection()?)?;
    let _: () = given(&client)?.set("given", 1)?;
    let repo = Repo { backend: Plain(client) };
    repo.read::<String>(7)?;
    repo.backend.drop_all("x")
}
"#,
            &[
                "GET bound:1",
                "SET where",
                "GET impl",
                "SET given",
                "GET repo:7",
                "DEL all:x",
            ],
        ),
        (
            "new types that are what they hold",
            r#"
-- src/main.rs --
use redis::Commands;
use std::ops::{Deref, DerefMut};

struct Db(redis::Connection);

impl Deref for Db {
    type Target = redis::Connection;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Db {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

trait CartExt: Commands {
    fn cart(&mut self, id: u64) -> redis::RedisResult<Vec<String>> {
        self.lrange(format!("cart:{id}"), 0, -1)
    }
}

impl<T: Commands> CartExt for T {}

fn main() -> anyhow::Result<()> {
    let mut db = Db(redis::Client::open("redis://localhost")?.get_connection()?);
    db.set::<_, _, ()>("deref", 1)?;
    db.cart(5)?;
    redis::cmd("GET").arg("star").exec(&mut *db)?;
    Ok(())
}
"#,
            &["SET deref", "LRANGE cart:5", "GET star"],
        ),
        (
            "closures, async blocks and futures in lists",
            r#"
-- src/main.rs --
use futures::future::{join_all, try_join_all};
use futures::{StreamExt, stream};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;

async fn one(mut con: MultiplexedConnection, id: u32) -> redis::RedisResult<String> {
    con.get(format!("one:{id}")).await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_multiplexed_async_connection().await?;
    let ids: Vec<u32> = std::env::args().map(|a| a.len() as u32).collect();
    try_join_all(ids.iter().map(|id| one(con.clone(), *id))).await?;
    join_all(ids.iter().map(|id| {
        let mut con = con.clone();
        async move { con.del::<_, ()>(format!("two:{id}")).await }
    }))
    .await;
    let prefix = "three".to_string();
    stream::iter(ids)
        .for_each_concurrent(8, |id| {
            let mut con = con.clone();
            let prefix = &prefix;
            async move {
                let _: redis::RedisResult<()> = con.set(format!("{prefix}:{id}"), 1).await;
            }
        })
        .await;
    let key = |n: u8| format!("four:{n}");
    let mut last = con.clone();
    let result: redis::RedisResult<i64> = async { last.incr(key(4), 1).await }.await;
    result?;
    Ok(())
}
"#,
            &[
                "GET one:<id>",
                "DEL two:<id>",
                "SET three:<id>",
                "INCRBY four:4",
            ],
        ),
    ]);
}

#[test]
fn methods_of_other_things_are_not_commands() {
    check(&[
        (
            "maps, caches and documents beside a connection",
            r#"
-- src/main.rs --
use dashmap::DashMap;
use lru::LruCache;
use moka::sync::Cache;
use redis::Commands;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, RwLock};

struct State {
    con: Mutex<redis::Connection>,
    names: RwLock<HashMap<String, String>>,
    shared: Arc<DashMap<String, u64>>,
    recent: Mutex<LruCache<String, String>>,
    cache: Cache<String, String>,
}

impl State {
    fn look(&self, id: &str) -> anyhow::Result<Option<String>> {
        if let Some(hit) = self.cache.get(&format!("no:moka:{id}")) {
            return Ok(Some(hit));
        }
        if let Some(hit) = self.recent.lock().unwrap().get("no:lru").cloned() {
            return Ok(Some(hit));
        }
        if let Some(hit) = self.names.read().unwrap().get("no:map") {
            return Ok(Some(hit.clone()));
        }
        self.names.write().unwrap().remove("no:remove");
        *self.shared.entry("no:entry".into()).or_insert(0) += 1;
        self.shared.get("no:dash").map(|n| *n);
        self.shared.alter("no:alter", |_, n| n + 1);
        let found: Option<String> = self.con.lock().unwrap().get(format!("yes:{id}"))?;
        self.cache.insert("no:insert".into(), found.clone().unwrap_or_default());
        self.cache.invalidate("no:invalidate");
        Ok(found)
    }
}

fn documents(con: &mut redis::Connection) -> anyhow::Result<()> {
    let value: Value = json!({ "a": { "b": 1 } });
    value.get("no:json").and_then(|v| v.get("no:inner"));
    for key in value.as_object().unwrap().keys() {
        println!("{key}");
    }
    let mut tree: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    tree.insert("no:tree", vec![]);
    tree.append(&mut BTreeMap::new());
    tree.keys().for_each(|key| println!("{key}"));
    let set: HashSet<&str> = HashSet::from(["no:set"]);
    set.get("no:set");
    let ordered: BTreeSet<String> = BTreeSet::new();
    ordered.get("no:ordered");
    let mut queue: VecDeque<String> = VecDeque::new();
    queue.append(&mut VecDeque::new());
    queue.get(0);
    let list = ["a", "b"];
    list.get(0);
    list.iter().copied().collect::<Vec<_>>().get(1);
    let _: () = con.keys("yes:*")?;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://localhost")?;
    let state = State {
        con: Mutex::new(client.get_connection()?),
        names: RwLock::default(),
        shared: Arc::new(DashMap::new()),
        recent: Mutex::new(LruCache::new(NonZeroUsize::MIN)),
        cache: Cache::new(10),
    };
    state.look(&std::env::var("ID")?)?;
    documents(&mut client.get_connection()?)
}
"#,
            &["GET yes:<id>", "KEYS"],
        ),
        (
            "own traits and structs with the same method names",
            r#"
-- src/main.rs --
use redis::Commands;

trait Storage {
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    fn set(&mut self, key: &str, value: &[u8]);
    fn del(&mut self, key: &str);
    fn expire(&mut self, key: &str, seconds: i64);
    fn keys(&self, pattern: &str) -> Vec<String>;
}

#[derive(Default)]
struct Disk {
    files: Vec<(String, Vec<u8>)>,
}

impl Storage for Disk {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.files.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
    }
    fn set(&mut self, key: &str, value: &[u8]) {
        self.files.push((key.into(), value.into()));
    }
    fn del(&mut self, key: &str) {
        self.files.retain(|(k, _)| k != key);
    }
    fn expire(&mut self, _key: &str, _seconds: i64) {}
    fn keys(&self, _pattern: &str) -> Vec<String> {
        self.files.iter().map(|(k, _)| k.clone()).collect()
    }
}

fn fill<S: Storage>(storage: &mut S) {
    storage.set("no:bound", b"1");
    storage.expire("no:bound", 5);
}

fn drain(storage: &mut dyn Storage) {
    for key in storage.keys("no:*") {
        storage.del(&key);
    }
}

struct Config;

impl Config {
    fn get<T: Default>(&self, _path: &str) -> anyhow::Result<T> {
        Ok(T::default())
    }
    fn set(self, _path: &str, _value: &str) -> Self {
        self
    }
}

fn main() -> anyhow::Result<()> {
    let config = Config.set("no.config", "1").set("no.other", "2");
    let url: String = config.get("no.url")?;
    let mut con = redis::Client::open(url)?.get_connection()?;
    let mut disk = Disk::default();
    fill(&mut disk);
    drain(&mut disk);
    disk.get("no:disk");
    con.expire::<_, ()>("yes", 5)?;
    Ok(())
}
"#,
            &["EXPIRE yes"],
        ),
        (
            "what another crate makes and nobody knows",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use reqwest::header::HeaderMap;

async fn fetch(http: &reqwest::Client, headers: &HeaderMap) -> anyhow::Result<String> {
    headers.get("no-header");
    headers.keys().count();
    let response = http.get("https://example.com/no").send().await?;
    response.headers().get("no-other");
    let params = url::Url::parse("https://example.com")?;
    params.query_pairs().find(|(key, _)| key == "no");
    let settings = config::Config::builder().build()?;
    settings.get::<String>("no.settings")?;
    sled::open("no-path")?.get("no:sled")?;
    let db = rocksdb::DB::open_default("no")?;
    db.get(b"no:rocks")?;
    let s3 = aws_sdk_s3::Client::new(&aws_config::load_from_env().await);
    s3.get_object().key("no:s3").send().await?;
    Ok(response.text().await?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let text = fetch(&reqwest::Client::new(), &HeaderMap::new()).await?;
    let mut con = redis::Client::open("redis://localhost")?.get_multiplexed_async_connection().await?;
    con.append::<_, _, ()>("yes", text).await?;
    Ok(())
}
"#,
            &["APPEND yes"],
        ),
        (
            "a local, a parameter or a field that hides a connection",
            r#"
-- src/main.rs --
use redis::Commands;
use std::collections::HashMap;

struct App {
    con: HashMap<&'static str, i32>,
    redis: redis::Connection,
}

fn shadow(con: redis::Connection) -> HashMap<&'static str, i32> {
    let mut con = con;
    let _: Result<(), _> = con.set("yes:before", 1);
    let con: HashMap<&'static str, i32> = HashMap::new();
    con.get("no:after");
    {
        let con = ["x"];
        con.get(0);
    }
    con
}

fn main() -> redis::RedisResult<()> {
    let client = redis::Client::open("redis://localhost")?;
    let con = shadow(client.get_connection()?);
    let mut app = App { con, redis: client.get_connection()? };
    app.con.get("no:field");
    app.redis.get::<_, ()>("yes:field")?;
    let con = |con: &HashMap<&str, i32>| con.get("no:closure").copied();
    con(&app.con);
    Ok(())
}
"#,
            &["SET yes:before", "GET yes:field"],
        ),
        (
            "comments, text and attributes",
            r##"
-- src/main.rs --
//! con.set("no:module", 1)

use redis::Commands;

/// ```
/// con.set("no:doc", 1)?;
/// ```
#[doc = "con.set(\"no:attribute\", 1)"]
fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    /* con.del("no:block") /* con.del("no:nested") */ */
    // con.del("no:line")?;
    let text = r#"con.del("no:text")"#;
    con.set("yes", text)
}
"##,
            &["SET yes"],
        ),
    ]);
}

#[test]
fn macros_mean_what_they_make() {
    check(&[
        (
            "macros of the standard library and of runtimes",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use std::time::Duration;

async fn get(con: &MultiplexedConnection, key: &str) -> redis::RedisResult<i64> {
    con.clone().get(format!("in:{key}")).await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_multiplexed_async_connection().await?;
    let (mut a, mut b) = (con.clone(), con.clone());
    let (x, y) = tokio::join!(get(&con, "join"), a.get::<_, i64>("joined"));
    let (_, _): (i64, ()) = tokio::try_join!(get(&con, "try"), b.set("tried", x? + y?))?;
    tokio::select! {
        found = get(&con, "select") => println!("{found:?}"),
        _ = tokio::time::sleep(Duration::from_secs(1)) => {
            a.del::<_, ()>("late").await?;
        }
    }
    assert!(a.exists::<_, bool>("assert").await?, "gone");
    assert_eq!(a.llen::<_, i64>("assert_eq").await?, 1);
    debug_assert_ne!(a.scard::<_, i64>("debug").await?, 2);
    if matches!(a.get::<_, Option<i64>>("matches").await?, Some(1..)) {
        tracing::info!(size = a.hlen::<_, i64>("hlen").await?, "seen");
    }
    println!("{}", a.ttl::<_, i64>("println").await?);
    let all = vec![get(&con, "vec").await?, dbg!(b.zcard("dbg").await?)];
    anyhow::ensure!(all.len() == 2, "{}", a.strlen::<_, i64>("ensure").await?);
    Ok(())
}
"#,
            &[
                "GET in:join",
                "GET joined",
                "GET in:try",
                "SET tried",
                "GET in:select",
                "DEL late",
                "EXISTS assert",
                "LLEN assert_eq",
                "SCARD debug",
                "GET matches",
                "HLEN hlen",
                "TTL println",
                "GET in:vec",
                "ZCARD dbg",
                "STRLEN ensure",
            ],
        ),
        (
            "a stream that yields",
            r#"
-- src/main.rs --
use futures::{Stream, StreamExt, pin_mut};
use redis::AsyncCommands;

fn jobs(mut con: redis::aio::MultiplexedConnection) -> impl Stream<Item = String> {
    async_stream::stream! {
        loop {
            match con.lpop::<_, Option<String>>("jobs", None).await {
                Ok(Some(job)) => yield job,
                _ => break,
            }
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://localhost")?;
    let mut con = client.get_multiplexed_async_connection().await?;
    let all = jobs(con.clone());
    pin_mut!(all);
    while let Some(job) = all.next().await {
        con.rpush::<_, _, ()>("done", job).await?;
    }
    Ok(())
}
"#,
            &["LPOP jobs", "RPUSH done"],
        ),
        (
            "rules of the file",
            r#"
-- src/main.rs --
use redis::Commands;

macro_rules! key {
    ($kind:literal, $id:expr) => {
        format!(concat!($kind, ":{}"), $id)
    };
    () => {
        "plain"
    };
}

macro_rules! touch {
    ($con:expr, $($key:expr),+ $(,)?) => {
        $( $con.persist::<_, ()>($key)?; )+
    };
}

macro_rules! entity {
    ($name:ident, $prefix:expr) => {
        struct $name(u64);
        impl $name {
            const PREFIX: &'static str = $prefix;
            fn key(&self) -> String {
                format!("{}:{}", Self::PREFIX, self.0)
            }
            fn load(&self, con: &mut redis::Connection) -> redis::RedisResult<String> {
                con.get(self.key())
            }
        }
    };
}

entity!(User, "user");
entity!(Order, "order");

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    con.set::<_, _, ()>(key!("cart", 7), 1)?;
    con.del::<_, ()>(key!())?;
    touch!(con, "a", key!("b", 2));
    User(1).load(&mut con)?;
    con.unlink::<_, ()>(Order(2).key())
}
"#,
            &[
                "SET cart:7",
                "DEL plain",
                "PERSIST a",
                "PERSIST b:2",
                "GET user:1",
                "UNLINK order:2",
                "-GET order:2",
            ],
        ),
        (
            "rules of other files and of other crates",
            r#"
-- Cargo.toml --
[workspace]
members = ["names", "app"]
-- names/Cargo.toml --
[package]
name = "names"
version = "0.1.0"
edition = "2021"
-- names/src/lib.rs --
#[macro_export]
macro_rules! tagged {
    ($id:expr, $rest:expr) => {
        format!("{{{}}}:{}", $id, $rest)
    };
}

#[macro_export]
macro_rules! nested {
    ($id:expr) => {
        $crate::tagged!($id, "end")
    };
}
-- app/Cargo.toml --
[package]
name = "app"
version = "0.1.0"
edition = "2021"

[dependencies]
names = { path = "../names" }
redis = "0.32"
-- app/src/macros.rs --
macro_rules! own {
    ($id:expr) => {
        format!("own:{}", $id)
    };
}

macro_rules! reached {
    ($id:expr) => {
        format!("reached:{}", $id)
    };
}

pub(crate) use reached;
-- app/src/main.rs --
#[macro_use]
mod macros;
mod work;

use names::tagged;
use redis::Commands;

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    con.get::<_, ()>(tagged!(1, "a"))?;
    con.get::<_, ()>(names::nested!(2))?;
    con.get::<_, ()>(own!(3))?;
    work::run(&mut con)
}
-- app/src/work.rs --
use crate::macros::reached;
use redis::Commands;

pub fn run(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.del::<_, ()>(own!(4))?;
    con.del(reached!(5))
}
"#,
            &[
                "GET {1}:a",
                "GET {2}:end",
                "GET own:3",
                "DEL own:4",
                "DEL reached:5",
            ],
        ),
        (
            "rules that call themselves, with an end and without one",
            r#"
-- src/main.rs --
use redis::Commands;

macro_rules! path {
    ($last:expr) => { $last.to_string() };
    ($first:expr, $($rest:expr),+) => { format!("{}:{}", $first, path!($($rest),+)) };
}

macro_rules! forever {
    ($($x:tt)*) => { forever!($($x)* $($x)*) };
}

macro_rules! ping {
    ($x:expr) => { pong!($x) };
}
macro_rules! pong {
    ($x:expr) => { ping!($x) };
}

fn never() {
    forever!(a);
    ping!(1);
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    if std::env::args().count() > 9 {
        never();
    }
    con.set(path!("a", "b", "c"), 1)
}
"#,
            &["SET a:b:c"],
        ),
        (
            "rules that have the name of a known macro and wrap it",
            r#"
-- src/log.rs --
#[macro_export]
macro_rules! info {
    ($($arg:tt)*) => { tracing::info!($($arg)*) };
}
-- src/main.rs --
#[macro_use]
mod log;

use redis::Commands;

macro_rules! format {
    ($($arg:tt)*) => { std::format!("app/{}", std::format!($($arg)*)) };
}

macro_rules! println {
    ($($arg:tt)*) => { ::std::println!($($arg)*) };
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    println!("{}", con.get::<_, i64>("printed")?);
    info!("{}", con.get::<_, i64>("logged")?);
    con.set(format!("x:{}", 1), 1)
}
"#,
            &["GET printed", "GET logged", "SET app/x:1"],
        ),
        (
            "rules that leave out what they are given",
            r#"
-- src/main.rs --
use redis::Commands;

macro_rules! off {
    ($($x:tt)*) => {};
}

macro_rules! name {
    ($x:expr) => { "name" };
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    off!(con.set::<_, _, ()>("no:off", 1)?);
    con.set(name!(con.get::<_, i64>("no:name")?), 1)
}
"#,
            &["SET name"],
        ),
    ]);
}

#[test]
fn what_runs_is_known() {
    check(&[
        (
            "tasks, threads and what nothing reaches",
            r#"
-- src/main.rs --
use redis::{AsyncCommands, Commands};

async fn task(mut con: redis::aio::MultiplexedConnection) {
    let _: redis::RedisResult<()> = con.incr("task", 1).await;
}

fn thread(client: &redis::Client) -> redis::RedisResult<()> {
    client.get_connection()?.set("thread", 1)
}

fn island(con: &mut redis::Connection) -> redis::RedisResult<()> {
    beach(con)?;
    con.set("island", 1)
}

fn beach(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.set("beach", 1)
}

struct Ghost(redis::Connection);

impl Ghost {
    fn haunt(&mut self) -> redis::RedisResult<()> {
        self.0.set("ghost", 1)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _: redis::RedisResult<()> = self.0.del("kept");
    }
}

struct Kept(redis::Connection);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://localhost")?;
    let con = client.get_multiplexed_async_connection().await?;
    let handle = tokio::spawn(task(con.clone()));
    tokio::spawn({
        let mut con = con.clone();
        async move {
            con.get::<_, ()>("block").await.unwrap();
        }
    });
    tokio::task::spawn_blocking(move || thread(&client)).await??;
    let _kept = Kept(redis::Client::open("redis://localhost")?.get_connection()?);
    handle.await?;
    Ok(())
}
"#,
            &[
                "INCRBY task",
                "SET thread",
                "-SET island",
                "-SET beach",
                "-SET ghost",
                "DEL kept",
                "GET block",
            ],
        ),
        (
            "tests are not judged",
            r#"
-- src/main.rs --
use redis::Commands;

#[cfg(test)]
mod fixtures;

fn put(con: &mut redis::Connection, id: &str) -> redis::RedisResult<()> {
    con.set(format!("user:{id}"), 1)
}

fn main() -> redis::RedisResult<()> {
    put(&mut redis::Client::open("redis://localhost")?.get_connection()?, "main")
}

#[test]
fn alone() {
    let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    con.set::<_, _, ()>("no:alone", 1).unwrap();
}

#[cfg(test)]
fn helper(con: &mut redis::Connection) {
    con.del::<_, ()>("no:helper").unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts() {
        let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
        put(&mut con, "test").unwrap();
        helper(&mut con);
        con.get::<_, ()>("no:inner").unwrap();
    }

    #[tokio::test]
    async fn waits() {
        use redis::AsyncCommands;
        let client = redis::Client::open("redis://localhost").unwrap();
        let mut con = client.get_multiplexed_async_connection().await.unwrap();
        con.flushall::<()>().await.unwrap();
        con.get::<_, ()>("no:async").await.unwrap();
    }
}
-- src/fixtures.rs --
pub fn clear(con: &mut redis::Connection) {
    redis::Commands::del::<_, ()>(con, "no:fixtures").unwrap();
}
-- tests/api.rs --
use redis::Commands;

#[test]
fn api() {
    let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    con.get::<_, ()>("no:api").unwrap();
}
"#,
            &["SET user:main"],
        ),
        (
            "a library is run by whom it is for",
            r#"
-- src/lib.rs --
use redis::Commands;

mod private;

pub struct Cache(redis::Connection);

impl Cache {
    pub fn put(&mut self, id: u32) -> redis::RedisResult<()> {
        self.0.set(key(id), 1)
    }
    fn hidden(&mut self) -> redis::RedisResult<()> {
        self.0.set("hidden", 1)
    }
}

fn key(id: u32) -> String {
    format!("lib:{id}")
}
-- src/private.rs --
use redis::Commands;

pub(crate) fn never(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.set("never", 1)
}
"#,
            &["SET lib:<id>", "-SET hidden", "-SET never"],
        ),
        (
            "functions as values",
            r#"
-- src/main.rs --
use redis::Commands;
use std::collections::HashMap;

type Con = redis::Connection;
type Job = fn(&mut Con, &str) -> redis::RedisResult<()>;

fn clean(con: &mut Con, id: &str) -> redis::RedisResult<()> {
    con.del(format!("clean:{id}"))
}

fn warm(con: &mut Con, id: &str) -> redis::RedisResult<()> {
    con.get(format!("warm:{id}"))
}

fn never(con: &mut Con, id: &str) -> redis::RedisResult<()> {
    con.get(format!("never:{id}"))
}

fn with<F>(con: &mut Con, run: F) -> redis::RedisResult<()>
where
    F: FnOnce(&mut Con) -> redis::RedisResult<()>,
{
    run(con)
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let mut jobs: HashMap<&str, Job> = HashMap::new();
    jobs.insert("clean", clean);
    jobs.insert("warm", warm);
    for name in std::env::args() {
        if let Some(job) = jobs.get(name.as_str()) {
            job(&mut con, "x")?;
        }
    }
    with(&mut con, |con| con.set("with", 1))
}
"#,
            &["DEL clean:x", "GET warm:x", "-GET never:<id>", "SET with"],
        ),
    ]);
}

#[test]
fn routers_run_their_handlers() {
    check(&[
        (
            "axum: functions, closures, nested routers, layers, parts of a state",
            r#"
-- src/main.rs --
use axum::extract::{FromRef, Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use std::sync::Arc;

#[derive(Clone)]
struct Redis(ConnectionManager);

#[derive(Clone)]
struct App {
    redis: Redis,
    name: Arc<str>,
}

impl FromRef<App> for Redis {
    fn from_ref(app: &App) -> Redis {
        app.redis.clone()
    }
}

#[derive(serde::Deserialize)]
struct Page {
    cursor: String,
}

async fn user(State(app): State<App>, Path(id): Path<u64>) -> Result<String, String> {
    let mut con = app.redis.0.clone();
    con.get(format!("user:{id}")).await.map_err(|e| e.to_string())
}

async fn pages(State(Redis(mut con)): State<Redis>, Query(page): Query<Page>) -> Json<Vec<String>> {
    Json(con.lrange(format!("pages:{}", page.cursor), 0, -1).await.unwrap_or_default())
}

async fn save(State(mut redis): State<Redis>, Path((a, b)): Path<(String, String)>, body: String) {
    let _: () = redis.0.set(format!("{a}:{b}"), body).await.unwrap();
}

async fn never(State(app): State<App>) {
    let _: () = app.redis.0.clone().del("never").await.unwrap();
}

async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let _: i64 = app.redis.0.clone().incr("limit", 1).await.unwrap();
    next.run(request).await
}

fn admin() -> Router<App> {
    Router::new().route("/{a}/{b}", post(save))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_connection_manager().await?;
    let app = App { redis: Redis(con), name: "x".into() };
    let router = Router::new()
        .route("/users/{id}", get(user))
        .route("/pages", get(pages))
        .route("/ping", get(|State(app): State<App>| async move {
            let n: i64 = app.redis.0.clone().exists("ping").await.unwrap();
            n.to_string()
        }))
        .nest("/admin", admin())
        .layer(middleware::from_fn_with_state(app.clone(), limit))
        .with_state(app);
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:80").await?, router).await?;
    Ok(())
}
"#,
            &[
                "GET user:<id>",
                "LRANGE pages:<cursor>",
                "SET <a>:<b>",
                "-DEL never",
                "INCRBY limit",
                "EXISTS ping",
            ],
        ),
        (
            "actix-web: attributes, services, configuration, data",
            r#"
-- src/main.rs --
use actix_web::{App, HttpResponse, HttpServer, Responder, delete, get, web};
use redis::AsyncCommands;

struct Db {
    client: redis::Client,
}

#[derive(serde::Deserialize)]
struct Item {
    name: String,
}

#[get("/items/{id}")]
async fn item(db: web::Data<Db>, id: web::Path<u32>) -> impl Responder {
    let mut con = db.client.get_multiplexed_async_connection().await.unwrap();
    let text: String = con.hget(format!("items:{id}"), "name").await.unwrap();
    HttpResponse::Ok().body(text)
}

#[delete("/items/{kind}/{id}")]
async fn remove(db: web::Data<Db>, path: web::Path<(String, u32)>) -> actix_web::Result<HttpResponse> {
    let (kind, id) = path.into_inner();
    let mut con = db.client.get_multiplexed_async_connection().await.unwrap();
    let _: () = con.del(format!("{kind}:{id}")).await.unwrap();
    Ok(HttpResponse::NoContent().finish())
}

async fn add(con: web::Data<redis::aio::ConnectionManager>, new: web::Json<Item>) -> HttpResponse {
    let mut con = con.get_ref().clone();
    let _: () = con.sadd(format!("added:{}", new.name), 1).await.unwrap();
    HttpResponse::Created().finish()
}

#[get("/never")]
async fn never(db: web::Data<Db>) -> impl Responder {
    let mut con = db.client.get_multiplexed_async_connection().await.unwrap();
    let _: () = con.del("never").await.unwrap();
    "never"
}

fn routes(config: &mut web::ServiceConfig) {
    config.service(remove).route("/add", web::post().to(add));
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let client = redis::Client::open("redis://localhost").unwrap();
    let con = client.get_connection_manager().await.unwrap();
    let db = web::Data::new(Db { client });
    HttpServer::new(move || {
        App::new()
            .app_data(db.clone())
            .app_data(web::Data::new(con.clone()))
            .service(item)
            .service(web::scope("/v1").configure(routes))
    })
    .bind(("0.0.0.0", 80))?
    .run()
    .await
}
"#,
            &[
                "HGET items:<id>",
                "DEL <kind>:<id>",
                "SADD added:<name>",
                "-DEL never",
            ],
        ),
        (
            "rocket: attributes, managed state, launch",
            r#"
-- src/main.rs --
#[macro_use]
extern crate rocket;

use redis::AsyncCommands;
use rocket::State;
use rocket::serde::json::Json;

type Con = redis::aio::MultiplexedConnection;

#[get("/count/<name>")]
async fn count(con: &State<Con>, name: &str) -> String {
    let mut con = con.inner().clone();
    let n: i64 = con.incr(format!("count:{name}"), 1).await.unwrap();
    n.to_string()
}

#[post("/save", data = "<body>")]
async fn save(con: &State<Con>, body: Json<Vec<String>>) {
    let mut con = con.inner().clone();
    let _: () = con.rpush("saved", body.into_inner()).await.unwrap();
}

#[get("/never")]
async fn never(con: &State<Con>) {
    let _: () = con.inner().clone().del("never").await.unwrap();
}

#[launch]
async fn rocket() -> _ {
    let client = redis::Client::open("redis://localhost").unwrap();
    let con = client.get_multiplexed_async_connection().await.unwrap();
    rocket::build().manage(con).mount("/", routes![count, save])
}
"#,
            &["INCRBY count:<name>", "RPUSH saved", "-DEL never"],
        ),
        (
            "warp: filters that lead to functions and closures",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use std::convert::Infallible;
use warp::Filter;

async fn hello(name: String, mut con: ConnectionManager) -> Result<impl warp::Reply, Infallible> {
    let _: () = con.sadd(format!("hello:{name}"), 1).await.unwrap();
    Ok(name)
}

async fn never(mut con: ConnectionManager) -> Result<impl warp::Reply, Infallible> {
    let _: () = con.del("never").await.unwrap();
    Ok("never")
}

fn with_con(
    con: ConnectionManager,
) -> impl Filter<Extract = (ConnectionManager,), Error = Infallible> + Clone {
    warp::any().map(move || con.clone())
}

#[tokio::main]
async fn main() {
    let client = redis::Client::open("redis://localhost").unwrap();
    let con = client.get_connection_manager().await.unwrap();
    let hello = warp::path!("hello" / String).and(warp::get()).and(with_con(con.clone())).and_then(hello);
    let size = warp::path("size").and(with_con(con)).then(|mut con: ConnectionManager| async move {
        let n: i64 = con.llen("size").await.unwrap();
        n.to_string()
    });
    warp::serve(hello.or(size)).run(([0, 0, 0, 0], 80)).await;
}
"#,
            &["SADD hello:<name>", "LLEN size", "-DEL never"],
        ),
        (
            "poem: handlers with data",
            r#"
-- src/main.rs --
use poem::listener::TcpListener;
use poem::web::{Data, Path};
use poem::{EndpointExt, Route, Server, get, handler};
use redis::AsyncCommands;
use redis::aio::ConnectionManager;

#[handler]
async fn show(Path(id): Path<String>, con: Data<&ConnectionManager>) -> String {
    let mut con = con.0.clone();
    con.get(format!("poem:{id}")).await.unwrap()
}

#[handler]
async fn drop_it(Data(con): Data<&ConnectionManager>) {
    let _: () = con.clone().del("dropped").await.unwrap();
}

#[handler]
async fn never(Data(con): Data<&ConnectionManager>) {
    let _: () = con.clone().del("never").await.unwrap();
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_connection_manager().await?;
    let inner = Route::new().at("/drop", get(show).delete(drop_it));
    let app = Route::new().nest("/in", inner).data(con);
    Server::new(TcpListener::bind("0.0.0.0:80")).run(app).await?;
    Ok(())
}
"#,
            &["GET poem:<id>", "DEL dropped", "-DEL never"],
        ),
        (
            "salvo: handlers that take the connection out of a static",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use salvo::prelude::*;
use tokio::sync::OnceCell;

static CON: OnceCell<ConnectionManager> = OnceCell::const_new();

fn con() -> ConnectionManager {
    CON.get().expect("set in main").clone()
}

#[handler]
async fn show(req: &mut Request, res: &mut Response) {
    let id = req.param::<String>("id").unwrap();
    let text: String = con().get(format!("salvo:{id}")).await.unwrap();
    res.render(text);
}

#[handler]
async fn count(_req: &mut Request) {
    let _: () = con().incr("hoop", 1).await.unwrap();
}

#[handler]
async fn never() {
    let _: () = con().del("never").await.unwrap();
}

#[tokio::main]
async fn main() {
    let client = redis::Client::open("redis://localhost").unwrap();
    CON.set(client.get_connection_manager().await.unwrap()).ok();
    let router = Router::new().hoop(count).push(Router::with_path("users/{id}").get(show));
    let acceptor = TcpListener::new("0.0.0.0:80").bind().await;
    Server::new(acceptor).serve(router).await;
}
"#,
            &["GET salvo:<id>", "INCRBY hoop", "-DEL never"],
        ),
        (
            "tonic: services that a generated server takes",
            r#"
-- src/main.rs --
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

pub mod pb {
    tonic::include_proto!("carts");
}

use pb::carts_server::{Carts, CartsServer};
use pb::{CartReply, CartRequest};

struct Service {
    con: ConnectionManager,
}

async fn never(service: &Service) -> redis::RedisResult<()> {
    service.con.clone().del("never").await
}

impl Service {
    async fn size(&self, id: &str) -> Result<i64, Status> {
        let mut con = self.con.clone();
        con.hlen(format!("cart:{id}")).await.map_err(|e| Status::internal(e.to_string()))
    }
}

#[tonic::async_trait]
impl Carts for Service {
    async fn show(&self, request: Request<CartRequest>) -> Result<Response<CartReply>, Status> {
        let request = request.into_inner();
        let size = self.size(&request.cart_id).await?;
        Ok(Response::new(CartReply { size }))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let con = redis::Client::open("redis://localhost")?.get_connection_manager().await?;
    let service = Service { con };
    Server::builder().add_service(CartsServer::new(service)).serve("[::1]:50051".parse()?).await?;
    Ok(())
}
"#,
            &["HLEN cart:<cart_id>", "-DEL never"],
        ),
    ]);
}

#[test]
fn scripts_take_the_keys_of_their_callers() {
    check(&[
        (
            "keys step by step, through helpers, in loops and in queues",
            r#"
-- src/main.rs --
use redis::{Script, ScriptInvocation};
use std::sync::LazyLock;

static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local n = tonumber(redis.call('GET', KEYS[1]) or '0')
        if n < tonumber(ARGV[1]) then
            redis.call('INCR', KEYS[1])
            redis.call('EXPIRE', KEYS[1], ARGV[2])
            redis.call('SADD', KEYS[2], ARGV[3])
            return 1
        end
        return 0",
    )
});

fn limit_key(user: &str) -> String {
    format!("limit:{{{user}}}")
}

async fn take(con: &mut redis::aio::MultiplexedConnection, user: &str) -> redis::RedisResult<bool> {
    TAKE.key(limit_key(user))
        .key(format!("seen:{{{user}}}"))
        .arg(10)
        .arg(60)
        .arg(user)
        .invoke_async(con)
        .await
}

fn drop_all(con: &mut redis::Connection, ids: &[u32]) -> redis::RedisResult<()> {
    let script = Script::new("for _, k in ipairs(KEYS) do redis.call('DEL', k) end");
    let mut call = script.prepare_invoke();
    for id in ids {
        call.key(format!("loop:{id}"));
    }
    finish(call.key("loop:end").arg("not:a:key"), con)
}

fn finish(call: &ScriptInvocation<'_>, con: &mut redis::Connection) -> redis::RedisResult<()> {
    call.invoke(con)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://localhost")?;
    let mut con = client.get_multiplexed_async_connection().await?;
    take(&mut con, &std::env::var("USER_ID")?).await?;
    let mut plain = client.get_connection()?;
    drop_all(&mut plain, &[1, 2])?;
    let queued = Script::new("return redis.call('GET', KEYS[1])");
    redis::pipe().invoke_script(queued.key("queued")).exec(&mut plain)?;
    redis::cmd("EVAL").arg("return 1").arg(2).arg("eval:a").arg("eval:b").arg("x").exec(&mut plain)?;
    Ok(())
}
"#,
            &[
                "EVALSHA limit:{<user_id>}",
                "EVALSHA seen:{<user_id>}",
                "EVALSHA loop:<id>",
                "EVALSHA loop:end",
                "EVALSHA queued",
                "EVAL eval:a",
                "EVAL eval:b",
            ],
        ),
        (
            "a script that nothing runs, and another type of that name",
            r#"
-- src/main.rs --
use redis::Commands;

struct Script(&'static str);

impl Script {
    fn new(text: &'static str) -> Self {
        Self(text)
    }
    fn key(&self, _key: &str) -> &Self {
        self
    }
    fn invoke(&self, _con: &mut redis::Connection) {}
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    Script::new("redis.call('DEL', KEYS[1])").key("no:own").invoke(&mut con);
    let idle = redis::Script::new("return KEYS[1]");
    idle.key("no:idle");
    con.set("yes", 1)
}
"#,
            &["SET yes"],
        ),
    ]);
}

#[test]
fn programs_without_an_end_are_read_to_the_end() {
    check(&[
        (
            "traits that conform to each other",
            r#"
-- src/main.rs --
use redis::Commands;

trait A {
    fn a(&self, con: &mut redis::Connection) {
        let _: redis::RedisResult<()> = con.set("a", 1);
    }
}

trait B: A {
    fn b(&self, con: &mut redis::Connection) {
        let _: redis::RedisResult<()> = con.set("b", 1);
    }
}

trait C: C {}

impl<T: A> B for T {}
impl<T: B> A for T {}
impl<T: C> C for T {}
impl<T: ?Sized + A> A for Box<T> {}

struct S;

impl A for S {}

fn main() {
    let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    S.a(&mut con);
    S.b(&mut con);
    S.keys("no:*");
    con.set::<_, _, ()>("yes", 1).unwrap();
}
"#,
            &["SET a", "SET b", "SET yes"],
        ),
        (
            "types that are made of themselves",
            r#"
-- src/main.rs --
use redis::Commands;
use std::ops::Deref;

type Same = Same;
type Left = Right;
type Right = Left;
type Grown<T> = Grown<Vec<T>>;

struct Out(In);
struct In(Out);

impl Deref for Out {
    type Target = In;
    fn deref(&self) -> &In {
        &self.0
    }
}

impl Deref for In {
    type Target = Out;
    fn deref(&self) -> &Out {
        &self.0
    }
}

trait Ring {
    type A: Ring;
    type B: Ring;
}

impl Ring for u8 {
    type A = <u8 as Ring>::B;
    type B = <u8 as Ring>::A;
}

struct Tree {
    children: Vec<Tree>,
    con: redis::Connection,
}

fn odd(a: Same, b: Left, c: Grown<redis::Connection>, d: Out, e: <u8 as Ring>::A) {
    a.keys("no:a");
    b.keys("no:b");
    c.keys("no:c");
    d.keys("no:d");
    e.keys("no:e");
}

fn walk(tree: &mut Tree, depth: usize) {
    let _: redis::RedisResult<()> = tree.con.set(format!("depth:{depth}"), 1);
    for child in &mut tree.children {
        walk(child, depth + 1);
    }
}

fn main() {
    let con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    walk(&mut Tree { children: vec![], con }, std::env::args().count());
}
"#,
            &["SET depth:<depth>"],
        ),
        (
            "keys of functions, text and constants that lead back to themselves",
            r#"
-- src/main.rs --
use redis::Commands;
use std::fmt;

const LEFT: &str = RIGHT;
const RIGHT: &str = LEFT;

struct Chain(Box<Chain>);

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chain:{}", self.0)
    }
}

fn down(n: u32) -> String {
    down(n - 1) + "x"
}

fn ping(key: String) -> String {
    pong(key + "{")
}

fn pong(key: String) -> String {
    ping(key + "}")
}

fn odd(con: &mut redis::Connection, chain: &Chain) -> redis::RedisResult<()> {
    con.append::<_, _, ()>(LEFT, 1)?;
    con.append::<_, _, ()>(down(9), 1)?;
    con.append::<_, _, ()>(ping("p".into()), 1)?;
    con.append(chain.to_string(), 1)
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    con.set("yes", 1)
}
"#,
            &[
                "SET yes",
                "-APPEND <right>",
                "-APPEND <value>x",
                "-APPEND <value>",
                "-APPEND chain:<chain>",
            ],
        ),
        (
            "modules and names in circles",
            r#"
-- src/main.rs --
mod a;
mod b;

use a::*;
use b::*;
use self::round as about;
use self::about as round;

fn main() {
    let mut con = redis::Client::open("redis://localhost").unwrap().get_connection().unwrap();
    from_a(&mut con);
    from_b(&mut con);
    round(&mut con);
    nowhere(&mut con);
}
-- src/a.rs --
#[path = "b.rs"]
mod b;

pub use super::b::*;
pub use self::*;
pub use crate::*;
use redis::Commands as _;

pub fn from_a(con: &mut redis::Connection) {
    let _: () = con.set("a", 1).unwrap();
}
-- src/b.rs --
#[path = "a.rs"]
mod a;

pub use super::a::*;
pub use super::super::super::x;
pub use nothere::*;
use redis::Commands as _;

pub fn from_b(con: &mut redis::Connection) {
    let _: () = con.set("b", 1).unwrap();
}
"#,
            &["SET a", "SET b"],
        ),
    ]);
}

#[test]
fn files_of_any_form_are_read() {
    let plain = "use redis::Commands;\n\nfn main() {\n    let mut con = redis::Client::open(\"x\").unwrap().get_connection().unwrap();\n    let _: () = con.set(\"yes\", 1).unwrap();\n}\n";
    let hashes = "#".repeat(255);
    let long = "x".repeat(100_000);
    for (name, text, wanted) in [
        (
            "a byte order mark",
            format!("\u{feff}{plain}"),
            "SET yes".to_string(),
        ),
        (
            "a line for the loader",
            format!("#!/usr/bin/env run\n{plain}"),
            "SET yes".into(),
        ),
        (
            "an inner attribute",
            format!("#![allow(unused)]\n{plain}"),
            "SET yes".into(),
        ),
        (
            "raw names",
            plain
                .replace("con", "r#match")
                .replace("get_r#matchnection", "get_connection"),
            "SET yes".into(),
        ),
        (
            "raw text",
            plain.replace("\"yes\"", &format!("r{hashes}\"y\"#es\"{hashes}")),
            "SET y\"#es".into(),
        ),
        (
            "long text",
            plain.replace("yes", &long),
            format!("SET {long}"),
        ),
        (
            "other letters",
            plain
                .replace("con", "связь")
                .replace("get_связьnection", "get_connection"),
            "SET yes".into(),
        ),
    ] {
        let program = program(&format!("-- src/main.rs --\n{text}"));
        let found: Vec<String> = common::found(&program).into_iter().collect();
        assert_eq!(found, [wanted], "{name}");
    }
}

#[test]
fn ways_of_writing_the_same() {
    check(&[
        (
            "full paths, text that shows itself, borrowed or owned, cells",
            r#"
-- src/main.rs --
use redis::{Commands, ToRedisArgs};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

#[derive(Debug, Clone)]
enum Key {
    User(u64),
    Cart { id: u64 },
}
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::User(id) => write!(f, "user:{id}"),
            Key::Cart { id } => {
                f.write_str("cart:")?;
                write!(f, "{}", id)
            }
        }
    }
}
fn put<K: ToRedisArgs>(con: &mut redis::Connection, key: K) -> redis::RedisResult<()> {
    con.set(key, 1)
}
fn cow(raw: bool) -> Cow<'static, str> {
    if raw {
        Cow::Borrowed("cow:raw")
    } else {
        Cow::Owned(format!("cow:{}", 1))
    }
}
const fn prefix() -> &'static str {
    "const"
}

fn main() -> anyhow::Result<()> {
    let client = redis::Client::open("redis://localhost")?;
    if let Ok(mut con) = client.get_connection() {
        let _: () = con.get("iflet")?;
    }
    let mut con = match client.get_connection() {
        Ok(con) => con,
        Err(error) => return Err(error.into()),
    };
    redis::Commands::del::<_, ()>(&mut con, "ufcs")?;
    <redis::Connection as Commands>::persist::<_, ()>(&mut con, "qualified")?;
    put(&mut con, Key::User(1).to_string())?;
    put(&mut con, format!("{}", Key::Cart { id: 2 }))?;
    put(&mut con, &*cow(true))?;
    put(&mut con, format!("{}:x", prefix()))?;
    let shared = Rc::new(RefCell::new(con));
    let _: () = shared.borrow_mut().llen("rc")?;
    let keys: Vec<String> = (0..3).map(|i| format!("range:{i}")).collect();
    let _: () = shared.borrow_mut().exists(&keys[..])?;
    Ok(())
}
"#,
            &[
                "DEL ufcs",
                "EXISTS range:<i>",
                "GET iflet",
                "LLEN rc",
                "PERSIST qualified",
                "SET cart:2",
                "SET const:x",
                "SET cow:1",
                "SET cow:raw",
                "SET user:1",
            ],
        ),
        (
            "traits with asynchronous methods, sentinels and queues of a cluster",
            r#"
-- src/main.rs --
use redis::{AsyncCommands, RedisResult};
trait Store {
    async fn get_user(&self, id: u64) -> RedisResult<String>;
}
#[derive(Clone)]
struct RedisStore {
    con: redis::cluster_async::ClusterConnection,
    ns: &'static str,
}
impl RedisStore {
    const USERS: &'static str = "users";
    fn user(&self, id: u64) -> String {
        format!("{}:{}:{{{id}}}", self.ns, Self::USERS)
    }
}
impl Store for RedisStore {
    async fn get_user(&self, id: u64) -> RedisResult<String> {
        let key = self.user(id);
        redis::cmd("GET")
            .arg(&key)
            .query_async(&mut self.con.clone())
            .await
    }
}
async fn handle<S>(store: &S) -> RedisResult<String>
where
    S: Store,
{
    store.get_user(7).await
}
#[tokio::main]
async fn main() -> RedisResult<()> {
    let client = redis::cluster::ClusterClient::new(vec!["redis://a"])?;
    let store = RedisStore {
        con: client.get_async_connection().await?,
        ns: "app",
    };
    handle(&store).await?;
    let s2 = store.clone();
    tokio::spawn(async move { handle(&s2).await });
    let sentinel = redis::sentinel::SentinelClient::build(
        vec!["redis://a"],
        "m".into(),
        None,
        redis::sentinel::SentinelServerType::Master,
    )?;
    let mut s = sentinel;
    let mut con = s.get_async_connection().await?;
    let _: () = con.set("sentinel", 1).await?;
    let mut pipe = redis::cluster::cluster_pipe();
    pipe.set("cluster:pipe", 1);
    let mut sync = client.get_connection()?;
    pipe.exec(&mut sync)?;
    Ok(())
}
"#,
            &["GET app:users:{7}", "SET cluster:pipe", "SET sentinel"],
        ),
        (
            "two clients beside each other",
            r#"
-- src/main.rs --
use deadpool_redis::cluster::{Config as ClusterConfig, Runtime};
use fred::prelude::*;
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cfg = ClusterConfig::from_urls(vec!["redis://a".into()]);
    let pool = cfg.create_pool(Some(Runtime::Tokio1))?;
    let mut con = pool.get().await?;
    deadpool_redis::redis::cmd("SET")
        .arg("dp:cluster")
        .arg(1)
        .query_async::<()>(&mut con)
        .await?;
    let client = Builder::default_clustered().build()?;
    let _ = client.init().await?;
    let _scan = client.scan("x:*", Some(10), None);
    let _: () = client.mget(vec!["m:a", "m:b"]).await?;
    let _: () = client.mset(vec![("s:a", 1), ("s:b", 2)]).await?;
    let _: () = client.rename("r:a", "r:b").await?;
    let _: () = client.zadd("z", None, None, false, false, (1.0, "m")).await?;
    let _: () = client.hset(("h").to_string(), [("a", "b")]).await?;
    Ok(())
}
"#,
            &[
                "HSET h",
                "MGET m:a",
                "MGET m:b",
                "MSET s:a",
                "MSET s:b",
                "RENAME r:a",
                "RENAME r:b",
                "SCAN",
                "SET dp:cluster",
                "ZADD z",
            ],
        ),
        (
            "locals, blocks, loops and patterns",
            r#"
-- src/main.rs --
use redis::Commands;
fn main() -> anyhow::Result<()> {
    let mut con = redis::Client::open("redis://localhost")?.get_connection()?;
    let id = std::env::var("ID")?;
    let mut key = "a".to_string();
    if id.len() > 3 {
        key.push_str(":long");
    } else {
        key = format!("{key}:short");
    }
    con.set::<_, _, ()>(&key, 1)?;
    let parts: Vec<&str> = vec!["p", &id];
    con.get::<_, ()>(parts.join("/"))?;
    let (a, b) = (format!("t:{id}"), "u".to_string());
    con.rename::<_, _, ()>(a, b)?;
    let k = {
        let x = "blk";
        format!("{x}:{id}")
    };
    con.get::<_, ()>(&k)?;
    let opt: Option<String> = std::env::var("OPT").ok().map(|r| format!("opt:{r}"));
    if let Some(k) = &opt {
        con.llen::<_, ()>(k)?;
    }
    let [x, y] = ["arr:x", "arr:y"];
    con.smove::<_, _, _, ()>(x, y, 1)?;
    loop {
        let k = format!("loop:{}", id.trim());
        con.strlen::<_, ()>(k)?;
        break;
    }
    while let Some(k) = con.rpop::<_, Option<String>>("src", None)? {
        con.del::<_, ()>(format!("popped:{k}"))?;
    }
    let n = 5u8;
    let s = n.to_string();
    con.ttl::<_, ()>(format!("n:{s}"))?;
    con.scard::<_, ()>(format!("{}", format_args!("fa:{}", id)))?;
    con.pttl::<_, ()>(id.as_str().to_owned() + "!")?;
    Ok(())
}
"#,
            &[
                "DEL popped:<value>",
                "GET blk:<id>",
                "GET p/<id>",
                "LLEN opt:<opt>",
                "PTTL <id>!",
                "RENAME t:<id>",
                "RENAME u",
                "RPOP src",
                "SCARD fa:<id>",
                "SET a:long",
                "SET a:short",
                "SMOVE arr:x",
                "SMOVE arr:y",
                "STRLEN loop:<value>",
                "TTL n:5",
            ],
        ),
    ]);
}

#[test]
fn methods_that_are_handed_on_by_their_path() {
    check(&[(
        "of text, of a trait, and a function that makes a value",
        r#"
-- src/lib.rs --
use redis::{Commands, Connection};

pub fn all(con: &mut Connection, ids: &[u32]) -> redis::RedisResult<()> {
    let keys: Vec<String> = ids.iter().map(|id| format!("k:{id}")).collect();
    let texts: Vec<&str> = keys.iter().map(String::as_str).collect();
    let bytes: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
    let own: Vec<String> = texts.iter().map(ToString::to_string).collect();
    let _: u32 = con.del(texts)?;
    let _: u32 = con.unlink(bytes)?;
    con.exists(own)
}
"#,
        &["DEL k:<id>", "UNLINK k:<id>", "EXISTS k:<id>"],
    )]);
}

#[test]
fn text_that_grows_in_branches_of_a_loop_is_not_known() {
    check(&[(
        "in arms, and in the branches of a condition",
        r#"
-- src/lib.rs --
use redis::{Commands, Connection};

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ':' => out.push_str("\\c"),
            _ => out.push(c),
        }
    }
    out
}

fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c == ':' {
            out.push_str("_");
        } else {
            out.push_str(&c.to_string());
        }
    }
    out
}

pub fn all(con: &mut Connection, name: &str) -> redis::RedisResult<()> {
    let _: u32 = con.del(format!("a:{}", escaped(name)))?;
    con.get(format!("b:{}", plain(name)))
}
"#,
        &["DEL a:<out>", "GET b:<out>"],
    )]);
}

#[test]
fn files_that_nothing_declares_are_no_part_of_a_program() {
    check(&[
        (
            "modules of files, of macros, taken in, and none",
            r##"
-- src/main.rs --
mod cache;
cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod unix;
    }
}
include!("given.rs");

fn main() -> redis::RedisResult<()> {
    cache::read(&mut redis::Client::open("redis://localhost/")?.get_connection()?)
}
-- src/cache.rs --
use redis::Commands;

pub mod below;

pub fn read(con: &mut redis::Connection) -> redis::RedisResult<()> {
    below::deep(con)?;
    con.get("read")
}
-- src/cache/below.rs --
use redis::Commands;

pub fn deep(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.get("deep")
}
-- src/cache/old.rs --
use redis::Commands;

pub fn old(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.get("old")
}
-- src/unix.rs --
use redis::Commands;

pub fn on_unix(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.get("unix")
}
-- src/given.rs --
pub fn given(con: &mut redis::Connection) -> redis::RedisResult<()> {
    redis::cmd("GET").arg("given").query(con)
}
-- src/disabled/lock.rs --
use redis::Commands;

pub fn lock(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.get("lock")
}
"##,
            &["GET read", "GET deep", "-GET unix", "-GET given"],
        ),
        (
            "where a macro declares modules, none is said to be missing",
            r#"
-- src/main.rs --
automod::dir!("src");

fn main() {}
-- src/found.rs --
use redis::Commands;

pub fn found(con: &mut redis::Connection) -> redis::RedisResult<()> {
    con.get("found")
}
"#,
            &["-GET found"],
        ),
    ]);
}

#[test]
fn what_matches_a_pattern_is_known() {
    check(&[(
        "replies to KEYS and SCAN, through functions too",
        r#"
-- src/main.rs --
use redis::{Commands, RedisResult};

fn matching(con: &mut redis::Connection, name: &str) -> RedisResult<Vec<String>> {
    con.keys(format!("app:{name}"))
}

fn drop_all(con: &mut redis::Connection, keys: &[String]) -> RedisResult<()> {
    con.unlink(keys)
}

fn main() -> RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost/")?.get_connection()?;
    let pages: Vec<String> = con.keys("page:[ab]:*")?;
    let () = con.del(&pages)?;
    let found = matching(&mut con, "user:*")?;
    drop_all(&mut con, &found)?;
    let (_, some): (u64, Vec<String>) = redis::cmd("SCAN")
        .arg(0)
        .arg("MATCH")
        .arg("old:\\*:?")
        .query(&mut con)?;
    let _: Vec<String> = con.mget(some)?;
    for key in matching(&mut con, "job:*")? {
        let _: String = con.get(key)?;
    }
    let mut pages: Vec<String> = Vec::new();
    let mut cursor = 0u64;
    loop {
        let (next, page): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg("paged:*")
            .query(&mut con)?;
        pages.extend(page);
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    let _: u64 = con.exists(&pages)?;
    let each: Vec<String> = con.keys("each:*")?;
    for key in each {
        let _: u64 = con.strlen(&key)?;
    }
    if let Ok(found) = con.keys::<_, Vec<String>>("one:*") {
        found.into_iter().for_each(|key| {
            let _: RedisResult<u64> = con.llen(&key);
        });
    }
    let held: Vec<String> = con.keys("held:*")?;
    con.hdel(held, "field")
}
"#,
        &[
            "HDEL ?",
            "KEYS",
            "STRLEN each:<value>",
            "LLEN one:<value>",
            "EXISTS paged:<value>",
            "DEL page:<value>:<value>",
            "UNLINK app:user:<value>",
            "SCAN",
            "MGET old:*:<value>",
            "GET app:job:<value>",
        ],
    )]);
}

#[test]
fn containers_hand_out_what_they_hold() {
    check(&[
        (
            "a field that is made of fields of another type",
            r#"
-- src/main.rs --
use redis::Commands;

struct Settings {
    prefix: String,
}

struct Queue {
    key: String,
}

impl Queue {
    fn open(settings: &Settings, name: String) -> Self {
        Queue { key: format!("{}{}", settings.prefix, name) }
    }

    fn len(&self, con: &mut redis::Connection) -> redis::RedisResult<u64> {
        con.llen(&self.key)
    }
}

fn main() -> redis::RedisResult<()> {
    let settings = Settings { prefix: "queue:".to_string() };
    let mut con = redis::Client::open("redis://localhost/")?.get_connection()?;
    for name in std::env::args() {
        Queue::open(&settings, name).len(&mut con)?;
    }
    Ok(())
}
"#,
            &["LLEN queue:<name>"],
        ),
        (
            "a type that meets interfaces of others, behind locks",
            r#"
-- src/main.rs --
use redis::Commands;
use std::sync::{Arc, Mutex};

struct Store {
    con: redis::Connection,
}

impl Drop for Store {
    fn drop(&mut self) {}
}

impl Store {
    fn read(&mut self) -> redis::RedisResult<String> {
        self.con.get("read")
    }
}

type Shared = Arc<Mutex<Store>>;

struct Service {
    store: Shared,
    spare: Option<Store>,
}

fn main() -> redis::RedisResult<()> {
    let open = || redis::Client::open("redis://localhost/")?.get_connection();
    let mut service = Service {
        store: Arc::new(Mutex::new(Store { con: open()? })),
        spare: Some(Store { con: open()? }),
    };
    service.store.lock().unwrap().read()?;
    service.spare.as_mut().unwrap().con.del("spare")
}
"#,
            &["GET read", "DEL spare"],
        ),
        (
            "prepared scripts, and lists of structures",
            r#"
-- src/main.rs --
use redis::Commands;
use std::collections::HashMap;

struct Queue {
    scripts: HashMap<String, redis::Script>,
    last: Option<redis::Script>,
}

struct User {
    name: String,
}

fn main() -> redis::RedisResult<()> {
    let mut con = redis::Client::open("redis://localhost/")?.get_connection()?;
    let queue = Queue { scripts: HashMap::new(), last: None };
    let () = queue.scripts.get("move").unwrap().key("from").invoke(&mut con)?;
    let () = queue.last.as_ref().unwrap().key("to").invoke(&mut con)?;
    let users: Vec<User> = std::env::args().map(|arg| User { name: arg }).collect();
    for user in users {
        let () = con.set(format!("user:{}", user.name), 1)?;
    }
    Ok(())
}
"#,
            &["EVALSHA from", "EVALSHA to", "SET user:<name>"],
        ),
        (
            "a client that another crate hands on",
            r#"
-- src/main.rs --
use tower_sessions_redis_store::fred::interfaces::SetsInterface;
use tower_sessions_redis_store::fred::prelude::Pool;

async fn all(pool: Pool) -> Vec<String> {
    pool.smembers("known").await.unwrap_or_default()
}

#[tokio::main]
async fn main() {
    all(Pool::new(Default::default(), None, None, None, 4).unwrap()).await;
}
"#,
            &["SMEMBERS known"],
        ),
    ]);
}

#[test]
fn what_traits_provide_runs_for_types_that_keep_it() {
    check(&[
        (
            "a provided method that is replaced, called through several bounds",
            r#"
-- src/main.rs --
use redis::Commands;

trait Store {
    fn put(&self, id: u64) -> redis::RedisResult<()>;
    fn put_all(&self, ids: &[u64]) -> redis::RedisResult<()> {
        for id in ids {
            self.put(*id)?;
        }
        Ok(())
    }
}

trait Named {
    fn name(&self) -> String;
}

struct Plain(redis::Client);
struct Batched(redis::Client);

impl Store for Plain {
    fn put(&self, id: u64) -> redis::RedisResult<()> {
        self.0.get_connection()?.sadd("plain", id)
    }
}

impl Store for Batched {
    fn put(&self, id: u64) -> redis::RedisResult<()> {
        self.0.get_connection()?.sadd("one", id)
    }
    fn put_all(&self, ids: &[u64]) -> redis::RedisResult<()> {
        self.0.get_connection()?.sadd("all", ids)
    }
}

impl Named for Plain {
    fn name(&self) -> String {
        "plain".into()
    }
}

impl Named for Batched {
    fn name(&self) -> String {
        "batched".into()
    }
}

struct Service<S> {
    store: S,
}

impl<S> Service<S>
where
    S: Named + Store + Clone,
{
    fn run(&self) -> redis::RedisResult<()> {
        println!("{}", self.store.name());
        self.store.put_all(&[1, 2])
    }
}

fn main() -> redis::RedisResult<()> {
    let client = redis::Client::open("redis://127.0.0.1/")?;
    Service { store: Plain(client.clone()) }.run()?;
    Service { store: Batched(client) }.run()
}
"#,
            &["SADD plain", "SADD all", "-SADD one"],
        ),
        (
            "methods for all that meets a trait",
            r#"
-- src/main.rs --
use redis::Commands;

trait Db {
    fn con(&self) -> redis::Connection;
}

trait Guilds: Db {
    fn guild(&self) -> redis::RedisResult<String> {
        self.con().get("guild")
    }
}

trait Messages: Db {
    fn message(&self) -> redis::RedisResult<String> {
        self.guild()
    }
}

impl<T> Guilds for T where T: Db {}
impl<T> Messages for T where T: Db {}

struct Own(redis::Client);

impl Db for Own {
    fn con(&self) -> redis::Connection {
        self.0.get_connection().unwrap()
    }
}

fn main() -> redis::RedisResult<()> {
    Own(redis::Client::open("redis://127.0.0.1/")?).message()?;
    Ok(())
}
"#,
            &["GET guild"],
        ),
    ]);
}

#[test]
fn fields_of_one_object_go_together() {
    let names: Vec<String> = (0..8)
        .map(|n| format!("    Queue::new(\"q{n}\").finish(&mut con)?;\n"))
        .collect();
    let text = format!(
        "-- src/main.rs --\nstruct Queue {{\n    job: String,\n    done: String,\n    late: String,\n    left: String,\n}}\n\
        impl Queue {{\n    fn new(name: &str) -> Self {{\n        Queue {{\n            \
        job: format!(\"{{name}}:job\"),\n            done: format!(\"{{name}}:done\"),\n            \
        late: format!(\"{{name}}:late\"),\n            left: format!(\"{{name}}:left\"),\n        }}\n    }}\n    \
        fn finish(&self, con: &mut redis::Connection) -> redis::RedisResult<()> {{\n        \
        redis::Script::new(\"return 1\").key(&self.job).key(&self.done).key(&self.late).key(&self.left).invoke(con)\n    }}\n}}\n\
        fn main() -> redis::RedisResult<()> {{\n    \
        let mut con = redis::Client::open(\"redis://127.0.0.1/\")?.get_connection()?;\n{}    Ok(())\n}}\n",
        names.concat()
    );
    let program = program(&text);
    let units: Vec<Vec<String>> = program
        .units
        .iter()
        .map(|unit| {
            let keys = unit.keys.iter().filter_map(|key| key.template.as_ref());
            keys.map(slotlint::program::Template::text).collect()
        })
        .collect();
    assert_eq!(units.len(), 8, "{units:?}");
    for keys in units {
        let of: std::collections::BTreeSet<&str> = keys
            .iter()
            .filter_map(|key| Some(key.split_once(':')?.0))
            .collect();
        assert_eq!((keys.len(), of.len()), (4, 1), "{keys:?}");
    }
}

#[test]
fn what_nothing_runs_mounts_nothing() {
    let program = program(
        r#"
-- src/lib.rs --
pub mod routes;

pub fn app_of_tests() -> axum::Router {
    axum::Router::new().merge(routes::health())
}
-- src/main.rs --
mod routes;

#[tokio::main]
async fn main() {
    let app = axum::Router::new().nest("/api", axum::Router::new().merge(routes::health()));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
-- src/routes.rs --
use axum::{Router, routing::get};

pub fn health() -> Router {
    Router::new().route("/health", get(answer))
}

async fn answer() -> String {
    let mut con = redis::Client::open("redis://h/").unwrap().get_connection().unwrap();
    redis::cmd("PING").query(&mut con).unwrap()
}
"#,
    );
    let paths: Vec<Option<&str>> = program
        .handlers
        .iter()
        .filter(|handler| !handler.functions.is_empty())
        .map(|handler| handler.path.as_deref())
        .collect();
    assert_eq!(paths, [Some("/api/health")]);
}
