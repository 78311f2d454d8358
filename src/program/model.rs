//! What the linker finds: calls, commands, routes.

use super::ids::{EventId, FuncId, Site, TypeId};
use super::library::{Connection, QueueKind};
use super::value::{Connected, RECEIVER, Value};
use std::sync::Arc;

/// How a loop goes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopSort {
    /// Once for each element of a collection.
    Each,
    /// Once for each thing that arrives, or for the elements of what may as well be a channel.
    Stream,
    /// A counter limits it.
    Counted,
    /// A counter limits it to a handful of rounds.
    Few,
    /// Once for each element, side by side.
    Beside,
    /// A condition ends it.
    While,
    /// Something inside ends it.
    Forever,
}

impl LoopSort {
    /// Whether the loop goes on until something stops it.
    #[must_use]
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Forever | Self::While)
    }
}

/// A loop around a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopFact {
    /// How it goes round.
    pub sort: LoopSort,
    /// Its keyword.
    pub site: Site,
}

/// An arm of a branch that an event stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Number of the whole branch: what stands in other arms of it does not run together with this.
    pub number: u64,
    /// Which arm.
    pub arm: usize,
    /// Whether it is the rest of a block after an arm that left it.
    pub rest: bool,
    /// Whether it is taken where something has failed: an error, and no miss.
    pub failed: bool,
    /// Events whose replies decide; a comparison of their errors does not count.
    pub on: Vec<EventId>,
    /// Those whose reply is one here: the first of a count.
    pub first: Vec<EventId>,
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pick {
    /// The value is the key.
    One,
    /// Every element.
    All,
    /// Elements 0, 2, 4, ...
    Even,
    /// The first half.
    Half,
    /// As many as this number says, or the number that this prepared script was given.
    Counted(Box<Value>),
}

/// A key argument of a command.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyUse {
    /// The key, or the list that holds keys.
    pub value: Value,
    /// Which elements are keys.
    pub pick: Pick,
    /// What happens to it.
    pub access: Access,
}

impl KeyUse {
    /// Whether it stands for several keys, of which nobody says how many.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.pick != Pick::One
            && !matches!(&self.value, Value::List { each, open: false, .. } if each.is_empty())
    }
}

/// What the keys and the other words of a command are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Loops whose elements the keys are made of.
    pub key_loops: Vec<Site>,
    /// Parameters that the keys are made of.
    pub key_params: Vec<(FuncId, u16)>,
    /// Loops whose elements the other words are made of.
    pub loops: Vec<Site>,
    /// Parameters that the other words are made of.
    pub params: Vec<(FuncId, u16)>,
}

/// A command that the program sends.
#[derive(Debug, Clone, Default)]
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
    /// Words behind the command's name where the call spells them, arguments behind the context where
    /// a method stands for the command.
    pub words: Vec<Value>,
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
    /// Whether it waits for others that are sent with it: in a queue or a buffer.
    pub queued: bool,
    /// Whether the client takes it apart by slot.
    pub splits: bool,
    /// What its keys and words are made of.
    pub uses: Uses,
    /// Whether it writes only where nothing stands.
    pub only_new: bool,
    /// Whether it goes through a connection that a client was asked for on the way here, and nothing kept.
    pub opened: bool,
}

impl Command {
    /// Whether it is known to leave a key without a time to live.
    #[must_use]
    pub fn sets_no_ttl(&self) -> bool {
        self.ttl == Some(Value::Int(0))
    }

    /// Whether it gives a key a time to live.
    #[must_use]
    pub fn sets_ttl(&self) -> bool {
        self.ttl.is_some() && !self.sets_no_ttl()
    }
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
        /// The queue's own type.
        of: Option<TypeId>,
        /// Whether it is sent, and waited for, in the same round of the loops that it is opened in.
        sent: bool,
    },
    /// A connection is made.
    Connect(Arc<Connected>),
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
    /// Branches around it within the function, outermost first.
    pub branches: Vec<Branch>,
    /// Whether it runs beside the function, or after it.
    pub spawned: bool,
    /// Whether it runs once on each node of a cluster.
    pub each_node: bool,
    /// The deadline of what it stands in, after which nobody waits for it any more.
    pub bound: Option<Value>,
    /// What happens.
    pub kind: EventKind,
}

impl EventKind {
    /// What a call gives for a parameter, or for the receiver.
    #[must_use]
    pub fn argument(&self, number: u16) -> Option<&Value> {
        match self {
            Self::Call { receiver, .. } if number == RECEIVER => receiver.as_ref(),
            Self::Call { args, .. } => args.get(usize::from(number)),
            _ => None,
        }
    }
}

impl Event {
    /// Whether it stands in a loop that goes on until something stops it.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.loops.iter().any(|around| around.sort.goes_on())
    }

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
