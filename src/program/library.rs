//! Models of what lies outside the program: client libraries and the functions that keys, contexts
//! and routes pass through. The knowledge is data (`rules/clients/`, `rules/libraries/`); here it is
//! only read.

use crate::facts::Lang;
use crate::redis::commands::CommandTable;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// What kind of server a connection was made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// One server.
    Single,
    /// A Redis Cluster.
    Cluster,
    /// Either, decided by its options.
    Universal,
    /// Sharded by the client.
    Ring,
    /// Cannot be told.
    #[default]
    Unknown,
}

/// What values of a client's type are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends commands at once.
    Client,
    /// Collects commands.
    Queue,
    /// A prepared script.
    Script,
    /// Walks over a cursor.
    Iterator,
    /// A list of words for a command.
    List,
    /// Builds one command, word by word.
    Builder,
    /// A built command that waits to be sent.
    Completed,
}

/// A type of a client library.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientType {
    /// What it is for.
    pub role: Role,
    /// What it is connected to.
    #[serde(default)]
    pub connection: Connection,
    /// Methods that hand out a connection, with the type of that.
    #[serde(default)]
    pub gives: HashMap<String, String>,
    /// Whether its clones use one connection together.
    #[serde(default)]
    pub shared: bool,
    /// Whether a command goes only while its reply is waited for: what is not waited for where it stands goes
    /// side by side with others, or not at all.
    #[serde(default)]
    pub later: bool,
    /// Whether its other methods give it back: it is put together.
    #[serde(default)]
    pub chains: bool,
    /// What pools hand out that are made of it, by the pool's module.
    #[serde(default)]
    pub pooled: HashMap<String, String>,
    /// What becomes on a cluster of a queue of this type, or of one that is sent through it, where that
    /// differs from the client's other types.
    pub queues: Option<CrossSlot>,
    /// What becomes of SCAN, likewise.
    pub scans: Option<Scans>,
}

/// A function of a client library.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFunction {
    /// The kind of connection that it makes.
    pub constructs: Option<Connection>,
    /// The argument that holds a script's text.
    pub script: Option<usize>,
    /// The argument that says how many of a script's arguments are keys.
    pub key_count: Option<usize>,
    /// The argument that holds the client, of a function that sends a command through it.
    pub client: Option<usize>,
    /// The command that it sends.
    pub sends: Option<CommandMethod>,
    /// The argument that it gives back in another guise.
    pub same: Option<usize>,
    /// Whether it turns a reply and an error into a value and an error.
    #[serde(default)]
    pub unwraps: bool,
    /// Whether an error is returned beside the result.
    #[serde(default)]
    pub fails: bool,
    /// Whether the client that it makes finds out by itself whether its servers form a cluster.
    #[serde(default)]
    pub detects: bool,
    /// The argument that is the address, where there are no options that hold it.
    pub address: Option<usize>,
    /// The type that it returns.
    pub returns: Option<String>,
    /// It begins a command of which its arguments are the first words.
    pub begins: Option<Begins>,
    /// It opens a queue.
    pub queue: Option<QueueKind>,
    /// It watches the keys at this position.
    pub watch: Option<String>,
    /// It runs the closure given at this argument, with the client and the queue.
    pub closure: Option<usize>,
    /// It names a command whose other words are given later.
    pub names: Option<usize>,
}

/// How a function begins a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Begins {
    /// By its first words.
    Words,
}

/// What a method adds to a command that is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Words.
    Words,
    /// A key, or a list of keys.
    Key,
    /// Nothing that matters.
    Same,
    /// It begins what is then put together.
    Begins,
}

/// What a queue does with its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    /// Sent together, run one by one.
    Pipeline,
    /// Sent and run as one.
    Transaction,
}

/// A method of a client that sends nothing itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// It opens a queue.
    pub queue: Option<QueueKind>,
    /// It runs the closure given at this argument.
    pub closure: Option<usize>,
    /// It watches the keys at this position.
    pub watch: Option<String>,
    /// It runs the closure once on each node.
    #[serde(default)]
    pub each_node: bool,
    /// The type that it returns, or hands to the closure.
    pub gives: Option<String>,
    /// It hands a context to the closure before anything else.
    #[serde(default)]
    pub context: bool,
    /// It returns the receiver in another guise.
    #[serde(default)]
    pub same: bool,
    /// What it gives is another one at every call.
    #[serde(default)]
    pub fresh: bool,
    /// It gives a map from names to such values.
    #[serde(default)]
    pub map: bool,
    /// Whether something else, such as an error, is returned beside what it gives.
    #[serde(default)]
    pub fails: bool,
    /// It sends the built command at this argument, or with `*` all from there on together.
    pub sends: Option<String>,
    /// It sends what a queue has collected, or drops it: what comes later goes on its own.
    #[serde(default)]
    pub runs: bool,
    /// It has no effect that matters.
    #[serde(default)]
    pub nothing: bool,
    /// It makes a transaction of the queue.
    #[serde(default)]
    pub atomic: bool,
    /// It begins a command in the queue.
    #[serde(default)]
    pub begins: bool,
    /// It puts the command at this argument into the queue.
    pub adds: Option<usize>,
    /// It sends what the queue has collected through the connection at this argument.
    pub sends_through: Option<usize>,
}

impl Control {
    /// Whether it only means something for a queue.
    #[must_use]
    pub fn of_queue(&self) -> bool {
        self.atomic || self.begins || self.adds.is_some() || self.sends_through.is_some()
    }
}

/// A method that sends a command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandMethod {
    /// The command, in upper case; absent when its words are the arguments.
    pub command: Option<String>,
    /// Where its keys are, with what happens to them.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The argument that is a glob pattern.
    pub pattern: Option<usize>,
    /// The argument that is script text.
    pub script: Option<usize>,
    /// The argument that is a time to live.
    pub ttl: Option<usize>,
    /// Whether it writes only where nothing stands.
    #[serde(default)]
    pub only_new: bool,
    /// Arguments that are channels.
    #[serde(default)]
    pub channels: Vec<usize>,
    /// The first release that has the method.
    pub since: Option<String>,
    /// The reply's type.
    pub returns: Option<String>,
    /// Whether the words of the command are the arguments.
    #[serde(default)]
    pub generic: bool,
    /// The argument that is the first word, if the words of the command are the arguments.
    #[serde(default)]
    pub words: usize,
    /// Whether the command waits in a buffer until something flushes it.
    #[serde(default)]
    pub buffered: bool,
    /// Whether the client takes it apart by slot on a cluster.
    #[serde(default)]
    pub splits: bool,
    /// How many arguments it takes, where that tells it from other methods of the name.
    pub args: Option<usize>,
    /// Whether what it gives goes on asking until the cursor ends.
    #[serde(default)]
    pub iterates: bool,
    /// Whether it asks every node.
    #[serde(default)]
    pub each_node: bool,
    /// The argument that names the command whose words are in the next one.
    pub named: Option<usize>,
    /// Its form in older releases.
    pub before: Option<Older>,
}

impl CommandMethod {
    /// Whether as many arguments leave none of its keys out.
    #[must_use]
    pub fn fits(&self, args: usize) -> bool {
        self.keys.iter().all(|position| {
            let digits: String = position.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<usize>().is_ok_and(|at| at < args)
        })
    }
}

/// The form of a method before a release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Older {
    /// The first release that no longer has it.
    pub version: String,
    /// Where its keys are.
    pub keys: Vec<String>,
    /// How many arguments it takes.
    pub args: usize,
}

/// A method that runs a prepared script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptMethod {
    /// The command sent.
    pub command: String,
    /// The argument that is the client.
    pub client: usize,
    /// Where the keys are. With a `#` after the argument's number, as many follow from there as the
    /// script was told.
    pub keys: String,
    /// Whether the command waits in a buffer until something flushes it.
    #[serde(default)]
    pub buffered: bool,
}

/// How a method changes a list of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListMethod {
    /// Its arguments stand at the end.
    Add,
    /// The elements of its arguments stand at the end.
    Flat,
}

/// A method that begins a command, and the steps that matter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuilderMethod {
    /// The command, in upper case; absent when the arguments are its first words.
    pub command: Option<String>,
    /// Steps that take keys, as `Step:letters`; with `*` after the step every argument is one, else
    /// the first.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The step that takes a glob pattern.
    pub pattern: Option<String>,
    /// The step that takes a script's text.
    pub script: Option<String>,
    /// Steps that take a time to live.
    #[serde(default)]
    pub ttl: Vec<String>,
}

/// The same library under another module path.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    /// The module that importers write.
    pub module: String,
    /// How people call it, when they call it otherwise.
    pub client: Option<String>,
    /// Whether methods take a context before anything else, when that differs.
    pub context_first: Option<bool>,
}

/// What a method of a reply gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    /// Only the error.
    Error,
    /// Value and error.
    Both,
    /// Only the value.
    Value,
    /// An iterator that goes on asking until the cursor ends.
    Iterator,
}

/// Names and defaults of the options that bound a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The read timeout.
    pub read_timeout: TimeoutOption,
    /// How often a failed attempt is repeated.
    pub max_retries: CountOption,
    /// Whether a context's deadline is applied to a command in flight.
    pub context: FlagOption,
    /// The addresses, in the first field that is set.
    pub addresses: AddressOption,
    /// The flag that makes a universal client a cluster client.
    pub cluster_flag: Option<NameOption>,
}

/// An option that is a duration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeoutOption {
    /// The field of the options.
    pub field: String,
    /// The default in milliseconds; `null` when there is none.
    pub default_ms: Option<u64>,
    /// Other defaults, in milliseconds, by the first release that has them.
    #[serde(default)]
    pub since: HashMap<String, u64>,
}

/// An option that is a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountOption {
    /// The field of the options.
    pub field: String,
    /// The default.
    pub default: u64,
}

/// An option that is a flag.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagOption {
    /// The field of the options; absent when it cannot be chosen.
    pub field: Option<String>,
    /// The default.
    pub default: bool,
}

/// Where addresses are given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressOption {
    /// Fields of the options that hold them: a list, or one text.
    pub fields: Vec<String>,
}

/// An option of which only the name matters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameOption {
    /// The field of the options.
    pub field: String,
}

/// What a client does when keys of one unit lie in different slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CrossSlot {
    /// The server refuses it.
    Fails,
    /// The client refuses it.
    Rejects,
    /// The client splits it silently.
    Splits,
    /// The client panics.
    Panics,
    /// There is no such thing: it fails with keys of one slot too.
    Never,
}

/// What becomes of SCAN over a connection to a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scans {
    /// It goes to one node, or to any for each page.
    #[default]
    One,
    /// The same, but to the node of the slot if the pattern has a hash tag.
    Tagged,
    /// The client refuses it.
    Fails,
}

/// Behaviour before a release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// The first release that no longer behaves so.
    pub version: String,
    /// The behaviour.
    pub does: CrossSlot,
}

/// A client's behaviour on a cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterBehaviour {
    /// A pipeline without transaction.
    pub plain_pipeline: CrossSlot,
    /// A transaction.
    pub transaction: CrossSlot,
    /// An older behaviour of transactions.
    pub transaction_before: Option<Before>,
    /// A command with several keys.
    pub multi_key: CrossSlot,
    /// A script with several keys.
    pub script: CrossSlot,
    /// SCAN.
    #[serde(default)]
    pub scans: Scans,
    /// Commands that a connection to a cluster takes apart by slot.
    #[serde(default)]
    pub splits: Vec<String>,
}

/// A client library.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    #[serde(rename = "_meta")]
    _meta: serde::de::IgnoredAny,
    /// How people call the library.
    pub client: String,
    /// The language of programs that use it.
    pub lang: Lang,
    /// The module that importers write.
    pub module: String,
    /// Other module paths of the same library.
    #[serde(default)]
    pub also: Vec<Also>,
    /// The module whose version decides, for what only wraps another client.
    pub versions: Option<String>,
    /// Whether methods take a context before anything else.
    pub context_first: bool,
    /// Its types.
    pub types: HashMap<String, ClientType>,
    /// Its functions.
    pub functions: HashMap<String, ClientFunction>,
    /// Methods that send nothing themselves.
    pub control: HashMap<String, Control>,
    /// Methods of a prepared script.
    pub script_methods: HashMap<String, ScriptMethod>,
    /// Methods of a list of words.
    #[serde(default)]
    pub list_methods: HashMap<String, ListMethod>,
    /// Methods that begin a command.
    #[serde(default)]
    pub builders: HashMap<String, BuilderMethod>,
    /// Steps of a builder that end it.
    #[serde(default)]
    pub build: Vec<String>,
    /// Methods that put a command together.
    #[serde(default)]
    pub steps: HashMap<String, Step>,
    /// Methods that send what was put together, with the argument that is the connection.
    #[serde(default)]
    pub sends: HashMap<String, usize>,
    /// Those of them that go on asking until the cursor ends.
    #[serde(default)]
    pub iterates: Vec<String>,
    /// Whether a command goes only while its reply is waited for, whichever type it goes through.
    #[serde(default)]
    pub later: bool,
    /// Whether a method that sends a command gives its reply alone, and not an error beside it.
    #[serde(default)]
    pub reply_alone: bool,
    /// Whether a method that queues a command gives the queue back.
    #[serde(default)]
    pub queue_chains: bool,
    /// Methods of a reply.
    pub replies: HashMap<String, Reply>,
    /// Options that bound a call.
    pub options: Options,
    /// Behaviour on a cluster.
    pub cluster: ClusterBehaviour,
    /// Methods that send a command.
    pub commands: HashMap<String, CommandMethod>,
}

impl Client {
    /// Whether a method puts a command together, or sends one that was put together.
    #[must_use]
    pub fn takes_steps(&self, name: &str) -> bool {
        self.steps.contains_key(name) || self.sends.contains_key(name)
    }

    /// The module whose version decides what it does.
    #[must_use]
    pub fn version_module(&self) -> &str {
        self.versions.as_deref().unwrap_or(&self.module)
    }

    /// How long it waits for a reply when nobody says, in milliseconds; `None` when it waits for ever.
    #[must_use]
    pub fn default_timeout_ms(&self, version: Option<&str>) -> Option<u64> {
        let option = &self.options.read_timeout;
        let newer = option
            .since
            .iter()
            .find(|(since, _)| version.is_some_and(|v| !super::is_older(v, since)))
            .map(|(_, ms)| *ms);
        newer.or(option.default_ms)
    }

    /// The method that runs something on every node; the first by name, where there are several.
    #[must_use]
    pub fn each_node(&self) -> Option<&str> {
        self.control
            .iter()
            .filter(|(_, control)| control.each_node)
            .map(|(name, _)| name.as_str())
            .min()
    }
}

/// How a function builds text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextEffect {
    /// Format and values.
    Printf,
    /// Values side by side.
    Print,
    /// A list and a separator.
    Join,
    /// Values with `/` between them.
    JoinPath,
    /// Argument 0 as text.
    Display,
    /// Argument 0 unchanged.
    Same,
    /// Argument 0 with formatted text after it, returned.
    Appendf,
    /// Text at the end of the receiver.
    Append,
    /// Formatted text at the end of argument 0.
    AppendPrintf,
    /// Values at the end of argument 0.
    AppendPrint,
    /// The receiver's text.
    Read,
    /// The receiver emptied.
    Clear,
}

/// A route registration: positions of path and handler; -1 is the last argument.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteEffect {
    /// The path; absent when it is the router's own.
    pub path: Option<usize>,
    /// The handler.
    pub handler: isize,
}

/// What a call outside the program means.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// It builds text.
    pub text: Option<TextEffect>,
    /// It compares an error.
    pub condition: Option<String>,
    /// It makes a context with the duration at this argument.
    pub deadline: Option<usize>,
    /// What it is given behind the duration at this argument is waited for no longer than that.
    pub bounds: Option<usize>,
    /// It gives its arguments as a list.
    #[serde(default)]
    pub list: bool,
    /// It makes a pool, by the module of that, of argument 0. The pool counts as what it hands out.
    pub pools: Option<String>,
    /// Its only argument times this number.
    pub scale: Option<i64>,
    /// It makes a context with the limits of argument 0.
    #[serde(default)]
    pub context: bool,
    /// It makes a context without limits of its own.
    #[serde(default)]
    pub fresh_context: bool,
    /// It registers a route.
    pub route: Option<RouteEffect>,
    /// The handler of the route may be a router with routes of its own, which then stand below the
    /// path.
    #[serde(default)]
    pub mounts: bool,
    /// It gives a router below the path at this argument (`null`: below the same path).
    #[serde(default, deserialize_with = "present")]
    pub prefix: Option<Option<usize>>,
    /// It runs the closure at this argument with that router.
    pub closure: Option<usize>,
    /// It returns a value of this type.
    pub returns: Option<String>,
    /// What it returns is a router below the path at this argument.
    pub at: Option<usize>,
    /// It waits, so that a loop around it goes at a pace of its own.
    #[serde(default)]
    pub pauses: bool,
    /// It gives the function at argument 0 back, which then runs once.
    #[serde(default)]
    pub once: bool,
    /// Its result has the type that its receiver's type has as argument.
    #[serde(default)]
    pub argument: bool,
    /// It gives the entry of its receiver under the key at this argument, and no error.
    pub entry: Option<usize>,
    /// It gives the router at the second argument back, put below the path at the first.
    #[serde(default)]
    pub below: bool,
    /// What it is given runs beside its caller.
    #[serde(default)]
    pub spawns: bool,
    /// It gives this argument back; a function that is given there runs.
    pub gives: Option<usize>,
    /// It runs its receiver: a function, or an object with a method of this name.
    #[serde(default)]
    pub calls: bool,
}

/// Tells an absent field from a `null`.
fn present<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<usize>>, D::Error> {
    Option::<usize>::deserialize(d).map(Some)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct OuterType {
    #[serde(default)]
    methods: HashMap<String, Effect>,
    /// Whether its other methods give the value back.
    #[serde(default)]
    chains: bool,
    like: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryFile {
    #[serde(rename = "_meta")]
    _meta: serde::de::IgnoredAny,
    lang: Lang,
    functions: HashMap<String, Effect>,
    /// Methods of values of any type.
    #[serde(default)]
    values: HashMap<String, ValueMethod>,
    /// Methods that show a value as text, first choice first.
    shown_by: Vec<String>,
    distinct: Vec<String>,
    types: HashMap<String, OuterType>,
    #[serde(default)]
    shapes: HashMap<String, HashMap<String, Effect>>,
    constants: HashMap<String, i64>,
    #[serde(default)]
    observers: Vec<String>,
    #[serde(default)]
    handlers: Vec<Vec<String>>,
    #[serde(default)]
    services: Vec<ServiceEffect>,
}

/// What a method means on a value of any type: a list, a text, something that may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueMethod {
    /// It gives the value itself.
    Same,
    /// It gives the elements of the value, one after the other.
    Elements,
    /// It gives as many of the elements as argument 0 says; without one, the value itself.
    Take,
    /// It gives the value as text.
    Display,
    /// It gives the keys of a map.
    Keys,
    /// It gives the values of a map.
    Values,
    /// It gives one element.
    Element,
    /// It takes one element: another one each time.
    Taken,
    /// It gives the element at argument 0.
    At,
    /// It runs the function at argument 0 on each element until that says that it is enough.
    Search,
    /// It gives the first element that the function at argument 0 takes.
    Find,
    /// It gives what the function at argument 0 makes of the first element of which it makes something.
    FindMap,
    /// It gives lists of elements.
    Parts,
    /// It gives pairs of a number and an element.
    Numbered,
    /// It gives pairs of elements and those of argument 0.
    Pairs,
    /// It gives the elements with those of argument 0 behind them.
    Chain,
    /// It gives elements of elements.
    Flatten,
    /// It gives what the function at argument 0 makes of the value, or of each element.
    Map,
    /// The same where what the function makes are lists.
    FlatMap,
    /// It runs the function at argument 0 on the value, or on each element, and gives the value.
    Each,
    /// The same for argument 1.
    EachSecond,
    /// It gives the value, or else argument 0 or what that gives.
    Or,
    /// It gives argument 0, or what argument 1 makes of the value.
    MapOr,
    /// It gives what the function at argument 0 gives.
    Then,
    /// It gives text of all elements with argument 0 between them.
    Join,
    /// It puts argument 0 at the end of a list or text.
    Push,
    /// It puts the elements of argument 0 there.
    Extend,
    /// It sets an entry of a map, or puts an element into a set.
    Insert,
    /// It empties a list or text.
    Clear,
    /// It changes a text in a way that is not followed.
    Spoil,
    /// It runs the function at argument 1 for each element.
    Fold,
}

impl ValueMethod {
    /// Whether it changes its receiver.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::Push | Self::Extend | Self::Insert | Self::Clear | Self::Spoil
        )
    }
}

/// A generated function that registers an implementation of remote procedures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceEffect {
    /// How its name begins.
    pub prefix: String,
    /// How its name ends; between them stands the service's name.
    pub suffix: String,
    /// The argument that implements the service.
    pub implementation: usize,
    /// What the name of the service's interface has after the service's name.
    pub interface: String,
}

/// All that is known of the world outside the program.
#[derive(Debug)]
pub struct Library {
    /// The commands of Redis and Valkey.
    pub commands: CommandTable,
    clients: Vec<Client>,
    by_module: HashMap<String, usize>,
    functions: HashMap<String, Effect>,
    methods: HashMap<String, HashMap<String, Effect>>,
    constants: HashMap<String, i64>,
    distinct: Vec<String>,
    observers: Vec<String>,
    handlers: Vec<Vec<String>>,
    services: Vec<ServiceEffect>,
    values: HashMap<Lang, HashMap<String, ValueMethod>>,
    shown_by: HashMap<Lang, Vec<String>>,
    chained: HashSet<String>,
}

const CLIENTS: &[&str] = &[
    include_str!("../../rules/clients/go-redis-v9.json"),
    include_str!("../../rules/clients/go-redis-v8.json"),
    include_str!("../../rules/clients/redigo.json"),
    include_str!("../../rules/clients/rueidis.json"),
    include_str!("../../rules/clients/rueidiscompat.json"),
    include_str!("../../rules/clients/valkeycompat.json"),
    include_str!("../../rules/clients/redis-rs.json"),
    include_str!("../../rules/clients/deadpool-redis.json"),
    include_str!("../../rules/clients/bb8-redis.json"),
    include_str!("../../rules/clients/mobc-redis.json"),
    include_str!("../../rules/clients/r2d2_redis.json"),
    include_str!("../../rules/clients/fred.json"),
    include_str!("../../rules/clients/rustis.json"),
];

const LIBRARIES: &[&str] = &[
    include_str!("../../rules/libraries/go.json"),
    include_str!("../../rules/libraries/rust.json"),
];

/// The shipped tables; one that is `like` another has all of that which it does not say itself.
fn client_tables() -> Vec<serde_json::Value> {
    let mut tables: Vec<serde_json::Value> = Vec::new();
    for text in CLIENTS {
        let mut table: serde_json::Value =
            serde_json::from_str(text).expect("a shipped client table is valid");
        let like = table.as_object_mut().and_then(|t| t.remove("like"));
        let base = tables
            .iter()
            .find(|t| like.is_some() && t.get("module") == like.as_ref())
            .and_then(|t| t.as_object());
        if let (Some(base), Some(table)) = (base, table.as_object_mut()) {
            for (name, value) in base {
                if !matches!(name.as_str(), "also" | "_meta") && !table.contains_key(name) {
                    table.insert(name.clone(), value.clone());
                }
            }
        }
        tables.push(table);
    }
    tables
}

impl Library {
    /// Reads the tables that the program ships with.
    ///
    /// # Panics
    /// Never for the shipped tables: a test reads them all.
    #[must_use]
    pub fn shipped() -> Self {
        let mut clients: Vec<Client> = Vec::new();
        for table in client_tables() {
            let client: Client =
                serde_json::from_value(table).expect("a shipped client table is valid");
            for also in &client.also {
                clients.push(Client {
                    module: also.module.clone(),
                    client: also.client.clone().unwrap_or_else(|| client.client.clone()),
                    context_first: also.context_first.unwrap_or(client.context_first),
                    ..client.clone()
                });
            }
            clients.push(client);
        }
        let by_module = clients
            .iter()
            .enumerate()
            .map(|(i, c)| (c.module.clone(), i))
            .collect();
        let mut library = Self {
            commands: CommandTable::shipped(),
            clients,
            by_module,
            functions: HashMap::new(),
            methods: HashMap::new(),
            constants: HashMap::new(),
            distinct: Vec::new(),
            observers: Vec::new(),
            handlers: Vec::new(),
            services: Vec::new(),
            values: HashMap::new(),
            shown_by: HashMap::new(),
            chained: HashSet::new(),
        };
        for text in LIBRARIES {
            let file: LibraryFile =
                serde_json::from_str(text).expect("a shipped library table is valid");
            library.functions.extend(file.functions);
            library.constants.extend(file.constants);
            library.distinct.extend(file.distinct);
            library.observers.extend(file.observers);
            library.handlers.extend(file.handlers);
            library.services.extend(file.services);
            library.values.insert(file.lang, file.values);
            library.shown_by.insert(file.lang, file.shown_by);
            for (name, outer) in file.types {
                let mut methods = outer.methods;
                if let Some(shape) = outer.like.and_then(|like| file.shapes.get(&like)) {
                    methods.extend(shape.clone());
                }
                if outer.chains {
                    library.chained.insert(name.clone());
                }
                library.methods.insert(name, methods);
            }
        }
        library
    }

    /// The client library with this module path.
    #[must_use]
    pub fn client(&self, module: &str) -> Option<&Client> {
        self.by_module.get(module).map(|i| &self.clients[*i])
    }

    /// Whether a module is a client library, or lies inside one.
    #[must_use]
    pub fn is_client_module(&self, module: &str) -> bool {
        self.clients.iter().any(|client| {
            module
                .strip_prefix(client.module.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Module paths of all client libraries.
    pub fn client_modules(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|c| c.module.as_str())
    }

    /// What a function means, by `module.name`.
    #[must_use]
    pub fn function(&self, module: &str, name: &str) -> Option<&Effect> {
        self.functions.get(&format!("{module}.{name}"))
    }

    /// What a method of an outer type means.
    #[must_use]
    pub fn method(&self, module: &str, ty: &str, name: &str) -> Option<&Effect> {
        self.methods.get(&format!("{module}.{ty}"))?.get(name)
    }

    /// Whether methods of an outer type of which nothing is known give the value back.
    #[must_use]
    pub fn is_chained(&self, module: &str, ty: &str) -> bool {
        self.chained.contains(&format!("{module}.{ty}"))
    }

    /// What a method means on a value of any type.
    #[must_use]
    pub fn value_method(&self, lang: Lang, name: &str) -> Option<ValueMethod> {
        self.values.get(&lang)?.get(name).copied()
    }

    /// Whether a method of this name may change what it is called on: a list, a text, a command that is put
    /// together.
    #[must_use]
    pub fn changes(&self, lang: Lang, name: &str) -> bool {
        self.value_method(lang, name)
            .is_some_and(ValueMethod::changes)
            || self
                .clients
                .iter()
                .filter_map(|c| c.steps.get(name).filter(|_| c.lang == lang))
                .any(|step| matches!(step, Step::Words | Step::Key))
            || lang == Lang::Go && name.starts_with("Write")
    }

    /// Methods that show a value as text.
    #[must_use]
    pub fn shown_by(&self, lang: Lang) -> &[String] {
        self.shown_by.get(&lang).map_or(&[], Vec::as_slice)
    }

    /// The value of an outer constant; durations are in nanoseconds.
    #[must_use]
    pub fn constant(&self, module: &str, name: &str) -> Option<i64> {
        self.constants.get(&format!("{module}.{name}")).copied()
    }

    /// Whether two calls of an outer function give different values.
    #[must_use]
    pub fn is_distinct(&self, function: &str) -> bool {
        self.distinct
            .iter()
            .any(|p| function.starts_with(p.as_str()))
    }

    /// Whether a function only watches a client that it is given, and sends nothing of its own.
    #[must_use]
    pub fn is_observer(&self, function: &str) -> bool {
        self.observers.iter().any(|o| function.contains(o.as_str()))
    }

    /// What a function may register by its name, with the service's name.
    pub fn services<'n>(
        &self,
        function: &'n str,
    ) -> impl Iterator<Item = (&ServiceEffect, &'n str)> {
        self.services.iter().filter_map(move |effect| {
            let service = function
                .strip_prefix(effect.prefix.as_str())?
                .strip_suffix(effect.suffix.as_str())?;
            (!service.is_empty()).then_some((effect, service))
        })
    }

    /// Whether values of an outer type take routes.
    #[must_use]
    pub fn is_router(&self, module: &str, ty: &str) -> bool {
        self.methods
            .get(&format!("{module}.{ty}"))
            .is_some_and(|m| m.values().any(|e| e.route.is_some() || e.prefix.is_some()))
    }

    /// Whether a function with these parameter types handles requests. Types are `module.Name`.
    #[must_use]
    pub fn is_handler(&self, params: &[String]) -> bool {
        self.handlers.iter().any(|h| h.as_slice() == params)
    }
}
