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
