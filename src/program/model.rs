//! What the linker finds: calls, commands, routes.

use super::ids::{EventId, FuncId, Site, TypeId};
use super::library::{Connection, QueueKind};
use super::value::Value;
use std::sync::Arc;

/// How a loop goes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopSort {
    /// Once for each element of a collection.
    Each,
    /// A counter limits it.
    Counted,
    /// A condition ends it.
    While,
    /// Something inside ends it.
    Forever,
}

/// A loop around a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopFact {
    /// How it goes round.
    pub sort: LoopSort,
    /// Its keyword.
    pub site: Site,
}

/// What a command does to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Access {
    /// Reads the value.
    pub reads: bool,
    /// Puts something there.
    pub writes: bool,
    /// Takes something away.
    pub deletes: bool,
}

impl Access {
    /// Reads the letters of the tables: r, w, d; t changes only the expiry.
    #[must_use]
    pub fn parse(letters: &str) -> Self {
        Self {
            reads: letters.contains('r'),
            writes: letters.contains('w'),
            deletes: letters.contains('d'),
        }
    }
}

/// Which elements of a list are keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The value is the key.
    One,
    /// Every element.
    All,
    /// Elements 0, 2, 4, ...
    Even,
    /// The first half.
    Half,
}

/// A key argument of a command.
#[derive(Debug, Clone)]
pub struct KeyUse {
    /// The key, or the list that holds keys.
    pub value: Value,
    /// Which elements are keys.
    pub pick: Pick,
    /// What happens to it.
    pub access: Access,
}

/// A command that the program sends.
#[derive(Debug, Clone)]
pub struct Command {
    /// The command, in upper case.
    pub name: String,
    /// The client library's module.
    pub client: Arc<str>,
    /// What it is sent through.
    pub receiver: Value,
    /// The type of that.
    pub receiver_type: Option<TypeId>,
    /// What the type says of the connection.
    pub connection: Connection,
    /// Its keys.
    pub keys: Vec<KeyUse>,
    /// The glob pattern.
    pub pattern: Option<Value>,
    /// The script's text.
    pub script: Option<Value>,
    /// The time to live.
    pub ttl: Option<Value>,
    /// The context that bounds it.
    pub context: Option<Value>,
    /// Whether an iterator goes on asking until the cursor ends.
    pub iterated: bool,
    /// Whether it runs once on each node of a cluster.
    pub each_node: bool,
}

/// What happens at an event.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// Functions of the program are called.
    Call {
        /// The functions: one, or all that an interface may lead to.
        callees: Vec<FuncId>,
        /// The receiver.
        receiver: Option<Value>,
        /// The arguments, one a parameter.
        args: Vec<Value>,
    },
    /// A closure is made here.
    Define(FuncId),
    /// A command is sent or queued.
    Command(Box<Command>),
    /// A queue is opened.
    Queue {
        /// How its commands run.
        kind: QueueKind,
        /// The client library's module.
        client: Arc<str>,
        /// What it will be sent through.
        receiver: Value,
        /// The type of that.
        receiver_type: Option<TypeId>,
        /// What the type says of the connection.
        connection: Connection,
    },
}

/// A call or command at one place.
#[derive(Debug, Clone)]
pub struct Event {
    /// The function that it stands in.
    pub func: FuncId,
    /// The place of the method or function name.
    pub site: Site,
    /// The call's text with white space folded.
    pub text: Arc<str>,
    /// Loops around it within the function, outermost first.
    pub loops: Vec<LoopFact>,
    /// Earlier events whose miss or failure leads here.
    pub on_miss: Vec<EventId>,
    /// Whether it runs beside the function, or after it.
    pub spawned: bool,
    /// What happens.
    pub kind: EventKind,
}

impl Event {
    /// The command, if it is one.
    #[must_use]
    pub fn command(&self) -> Option<&Command> {
        match &self.kind {
            EventKind::Command(command) => Some(command),
            _ => None,
        }
    }
}

/// A registered request handler.
#[derive(Debug, Clone)]
pub struct Route {
    /// The path as registered, method and host left out; `None` if it is not constant.
    pub path: Option<String>,
    /// Whether a prefix that is not known may stand before the path.
    pub open_prefix: bool,
    /// The functions that may answer.
    pub handlers: Vec<FuncId>,
    /// Where it is registered.
    pub site: Site,
    /// The function that registers it.
    pub func: FuncId,
    /// The router that it is registered with, until its own path is known.
    pub router: Option<Value>,
    /// Service and method, for a remote procedure.
    pub procedure: Option<String>,
}
