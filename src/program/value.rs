//! Symbolic values: what is known of a value without running the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::ids::{EventId, FuncId, Site, TypeId};
use super::model::KeyUse;

/// A type as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Ty {
    /// Not known.
    #[default]
    Unknown,
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// The language's error type.
    Error,
    /// A named type.
    Named(TypeId),
    /// A list.
    List(Arc<Ty>),
    /// A channel: loops over it have elements and no keys.
    Channel(Arc<Ty>),
    /// A map.
    Map(Arc<Ty>, Arc<Ty>),
    /// A function, by its results.
    Function(Arc<[Ty]>),
    /// Several values.
    Tuple(Arc<[Ty]>),
}

/// Where an unknown value comes from. Equal origins are the same value at run time, as far as
/// one run of a function goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A parameter; [`RECEIVER`] is the receiver.
    Param(FuncId, u16),
    /// A field of an unknown value of a type.
    Field(Arc<Atom>, TypeId, Arc<str>),
    /// What a function outside the program returned. `site` tells calls apart when equal arguments
    /// do not give equal results.
    Call {
        /// The function.
        callee: Arc<str>,
        /// Receiver and arguments.
        args: Arc<[Value]>,
        /// Which result.
        nth: u16,
        /// The call itself, when calls differ.
        site: Option<(Site, u64)>,
    },
    /// An element of a list: another one in each round of the loop there.
    Element(Site, u64),
    /// The same, seen from outside the loop: it stands for many values that differ.
    Each(Site, u64),
    /// A variable of a module.
    Global(Arc<str>),
    /// Anything else, told apart by place.
    Place(Site, u16, u64),
    /// Made of so much that only its hash is kept.
    Deep(u64),
}

/// Number of the receiver among parameters.
pub const RECEIVER: u16 = u16::MAX;

/// Number of the places at which something comes up of which nothing is known.
pub const ANYTHING: u16 = 1;

/// What gives the text for the wildcards in a pattern that a server was asked for.
pub const LISTED: &str = "listed";

/// Number of the places at which routers are made.
pub const ROUTER: u16 = 3;

/// An unknown value with the name that people know it by.
#[derive(Debug, Clone)]
pub struct Atom {
    /// Where it comes from; alone decides equality.
    pub origin: Origin,
    /// The last name that it went by.
    pub name: Option<Arc<str>>,
    /// Its type.
    pub ty: Ty,
    /// Hash of the origin. Origins nest, so they are compared by it.
    key: u64,
    /// How many atoms the origin is made of, this one included.
    weight: u32,
}

/// An origin made of more atoms than this is only known by its hash.
const MAX_ORIGIN: u32 = 48;
/// A value made of more atoms than this is not carried from function to function.
const MAX_WEIGHT: u32 = 400;

impl Atom {
    /// An unknown value.
    #[must_use]
    pub fn new(origin: Origin, name: Option<Arc<str>>, ty: Ty) -> Self {
        let mut hasher = Fnv::default();
        origin.hash(&mut hasher);
        let key = hasher.finish();
        let weight = match &origin {
            Origin::Field(base, ..) => base.weight + 1,
            Origin::Call { args, .. } => args
                .iter()
                .fold(1, |n: u32, a| n.saturating_add(a.weight())),
            _ => 1,
        };
        if weight > MAX_ORIGIN {
            return Self {
                origin: Origin::Deep(key),
                name,
                ty,
                key,
                weight: 1,
            };
        }
        Self {
            origin,
            name,
            ty,
            key,
            weight,
        }
    }

    /// The same name and type for another origin.
    #[must_use]
    pub fn with_origin(&self, origin: Origin) -> Self {
        Self::new(origin, self.name.clone(), self.ty.clone())
    }
}

/// The hash of Fowler, Noll and Vo (FNV-1a, 64 bits): the same on every machine and in every release,
/// so that what is sorted by it comes out alike.
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl PartialEq for Atom {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Atom {}
impl Hash for Atom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Atom {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Literal text.
    Lit(Arc<str>),
    /// The text of an unknown value.
    Hole(Atom),
}

/// A connection that the program makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Connected {
    /// The client library's module.
    pub module: Arc<str>,
    /// The constructor's name.
    pub constructor: Arc<str>,
    /// Where it is called.
    pub site: Site,
    /// Its options, as far as they were seen.
    pub options: Option<Box<Value>>,
    /// Where a client hands out this one of its connections, and by which method.
    pub handed: Option<(Site, Arc<str>)>,
}

/// An object whose fields are known in part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// Its type.
    pub ty: TypeId,
    /// Fields that were set where it was made.
    pub fields: BTreeMap<Arc<str>, Value>,
    /// Where it was made.
    pub site: Site,
}

/// A command under construction by a client's builder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Built {
    /// The client library's module.
    pub client: Arc<str>,
    /// The builder's method that began it.
    pub builder: Arc<str>,
    /// The place of that method's name.
    pub site: Site,
    /// What it will be sent through.
    pub receiver: Value,
    /// The type of that.
    pub receiver_type: Option<TypeId>,
    /// Its words so far, without keys; of a builder with a command of its own only what steps add. A list.
    pub words: Value,
    /// Its keys so far.
    pub keys: Vec<KeyUse>,
    /// The glob pattern.
    pub pattern: Option<Value>,
    /// The script's text.
    pub script: Option<Value>,
    /// The time to live.
    pub ttl: Option<Value>,
}

/// A symbolic value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Value {
    /// Nothing is known, not even whether two of them are equal.
    #[default]
    Unknown,
    /// No value.
    Nil,
    /// One unknown value.
    Atom(Atom),
    /// Text built from pieces.
    Text(Vec<Part>),
    /// A whole number; durations in nanoseconds.
    Int(i64),
    /// A condition's value.
    Bool(bool),
    /// A list: known elements, elements that stand for any number of further ones, and whether
    /// there may be others that are not known.
    List {
        /// Elements in order.
        items: Vec<Value>,
        /// What further elements look like.
        each: Vec<Value>,
        /// Whether there may be others.
        open: bool,
        /// How many of `items` and of `each` lead the list, when further items stand behind what
        /// repeats; `None` when all do.
        lead: Option<(usize, usize)>,
    },
    /// A map written out.
    Map(Vec<(Value, Value)>),
    /// An object.
    Object(Arc<Object>),
    /// Several values.
    Tuple(Vec<Value>),
    /// A function of the program, with the receiver it is bound to.
    Function(FuncId, Option<Box<Value>>),
    /// A method of a value from outside the program, not yet called.
    Method(Box<Value>, TypeId, Arc<str>),
    /// A connection.
    Connection(Arc<Connected>),
    /// A queue of commands, made by an event; the second number tells calls apart.
    Queue(EventId, u64),
    /// A prepared script: its text, and how many of its arguments are keys where the script knows that.
    Script(Box<Value>, Option<Box<Value>>),
    /// A command under construction.
    Builder(Arc<Built>),
    /// A command that is built and not yet sent, made by an event.
    Completed(EventId),
    /// The reply of a command.
    Reply(EventId),
    /// A context with a deadline after this many nanoseconds, within another context.
    Deadline(Box<Value>, Box<Value>, Site),
    /// A context without a deadline of its own.
    Context,
    /// A router below a path, which begins with what the router itself is put below.
    Router(Vec<Part>, TypeId),
    /// Stands in a list for all elements of a list that only callers know.
    Rest(Box<Value>),
    /// One of several values, chosen together with all others of the same number.
    Choice(u64, Vec<Value>),
}

/// More alternatives than this are not followed.
pub const MAX_CHOICES: usize = 8;

impl Value {
    /// Literal text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Text(Vec::new())
        } else {
            Self::Text(vec![Part::Lit(text.into())])
        }
    }

    /// A list of which every element is known.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::some(items, Vec::new(), false)
    }

    /// A list by what is known of its elements.
    #[must_use]
    pub fn some(items: Vec<Self>, each: Vec<Self>, open: bool) -> Self {
        Self::List {
            items,
            each,
            open,
            lead: None,
        }
    }

    /// Whether it is text, or text in one of several cases.
    #[must_use]
    pub fn is_text(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Choice(_, values) => values.iter().any(Self::is_text),
            _ => false,
        }
    }

    /// The literal text, if there are no holes.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        match self {
            Self::Text(parts) => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        Part::Lit(text) => out.push_str(text),
                        Part::Hole(_) => return None,
                    }
                }
                Some(out)
            }
            _ => None,
        }
    }

    /// The value as pieces of text, if it can stand in one.
    #[must_use]
    pub fn parts(&self) -> Option<Vec<Part>> {
        match self {
            Self::Text(parts) => Some(parts.clone()),
            Self::Atom(atom) => Some(vec![Part::Hole(atom.clone())]),
            Self::Int(n) => Some(vec![Part::Lit(n.to_string().into())]),
            Self::Bool(b) => Some(vec![Part::Lit(b.to_string().into())]),
            _ => None,
        }
    }

    /// How many atoms and entries it is made of; counting stops soon after [`MAX_WEIGHT`].
    #[must_use]
    pub fn weight(&self) -> u32 {
        fn all<'v>(values: impl Iterator<Item = &'v Value>) -> u32 {
            let mut sum: u32 = 1;
            for value in values {
                sum = sum.saturating_add(value.weight());
                if sum > MAX_WEIGHT {
                    break;
                }
            }
            sum
        }
        match self {
            Self::Atom(atom) => atom.weight,
            Self::Text(parts) | Self::Router(parts, _) => {
                parts.iter().fold(1, |n: u32, p| match p {
                    Part::Hole(atom) => n + atom.weight,
                    Part::Lit(_) => n + 1,
                })
            }
            Self::List { items, each, .. } => all(items.iter().chain(each)),
            Self::Map(entries) => all(entries.iter().flat_map(|(k, v)| [k, v])),
            Self::Object(object) => all(object.fields.values()),
            Self::Tuple(values) | Self::Choice(_, values) => all(values.iter()),
            Self::Function(_, Some(bound)) => bound.weight() + 1,
            Self::Script(text, keys) => text.weight() + keys.as_ref().map_or(0, |k| k.weight()) + 1,
            Self::Rest(list) => list.weight(),
            Self::Builder(built) => all(built
                .keys
                .iter()
                .map(|k| &k.value)
                .chain(std::iter::once(&built.words))),
            Self::Deadline(bound, parent, _) => all([&**bound, &**parent].into_iter()),
            Self::Connection(connected) => match &connected.options {
                Some(options) => options.weight().saturating_add(1),
                None => 1,
            },
            _ => 1,
        }
    }

    /// The value, unless it is made of too much to be carried about.
    #[must_use]
    pub fn bounded(self) -> Self {
        if self.weight() > MAX_WEIGHT {
            Self::Unknown
        } else {
            self
        }
    }

    /// Every atom inside, outermost first.
    pub fn atoms(&self, visit: &mut dyn FnMut(&Atom)) {
        match self {
            Self::Atom(atom) => atom.visit(visit),
            Self::Text(parts) | Self::Router(parts, _) => {
                for part in parts {
                    if let Part::Hole(atom) = part {
                        atom.visit(visit);
                    }
                }
            }
            Self::List { items, each, .. } => {
                for value in items.iter().chain(each) {
                    value.atoms(visit);
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    key.atoms(visit);
                    value.atoms(visit);
                }
            }
            Self::Object(object) => {
                for value in object.fields.values() {
                    value.atoms(visit);
                }
            }
            Self::Tuple(values) | Self::Choice(_, values) => {
                for value in values {
                    value.atoms(visit);
                }
            }
            Self::Function(_, Some(bound)) => bound.atoms(visit),
            Self::Script(text, keys) => {
                text.atoms(visit);
                if let Some(keys) = keys {
                    keys.atoms(visit);
                }
            }
            Self::Rest(list) => list.atoms(visit),
            Self::Builder(built) => {
                built.receiver.atoms(visit);
                built.words.atoms(visit);
                for key in &built.keys {
                    key.value.atoms(visit);
                }
            }
            Self::Deadline(bound, parent, _) => {
                bound.atoms(visit);
                parent.atoms(visit);
            }
            _ => {}
        }
    }

    /// The last argument of a method of this name that the value went through, as options do that are put
    /// together.
    #[must_use]
    pub fn given_to(&self, method: &str) -> Option<Self> {
        let mut found = None;
        self.atoms(&mut |atom| {
            if let Origin::Call { callee, args, .. } = &atom.origin
                && found.is_none()
                && (&**callee == method || callee.rsplit('.').next() == Some(method))
            {
                found = args.last().cloned();
            }
        });
        found
    }

    /// Whether both are the same field of a type, of whatever object.
    #[must_use]
    pub fn same_field(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Atom(a), Self::Atom(b)) => match (&a.origin, &b.origin) {
                (Origin::Field(_, owner, name), Origin::Field(_, of, other)) => {
                    (owner, name) == (of, other)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether it is what a field holds.
    #[must_use]
    pub fn is_field(&self) -> bool {
        matches!(self, Self::Atom(atom) if matches!(atom.origin, Origin::Field(..)))
    }

    /// Every connection inside.
    pub fn connections(&self, visit: &mut dyn FnMut(&Arc<Connected>)) {
        match self {
            Self::Connection(connected) => visit(connected),
            Self::List { items, each, .. } => {
                for value in items.iter().chain(each) {
                    value.connections(visit);
                }
            }
            Self::Map(entries) => {
                for (_, value) in entries {
                    value.connections(visit);
                }
            }
            Self::Object(object) => {
                for value in object.fields.values() {
                    value.connections(visit);
                }
            }
            Self::Tuple(values) | Self::Choice(_, values) => {
                for value in values {
                    value.connections(visit);
                }
            }
            Self::Function(_, Some(bound)) => bound.connections(visit),
            Self::Method(bound, ..) => bound.connections(visit),
            Self::Atom(atom) => {
                if let Origin::Call { args, .. } = &atom.origin {
                    for value in args.iter() {
                        value.connections(visit);
                    }
                }
            }
            _ => {}
        }
    }

    /// The value seen from outside loops: their elements become many values that differ.
    #[must_use]
    pub fn spread_over(&self, loops: &[Site]) -> Self {
        self.with_atoms(&|atom| atom.spread_over(loops))
    }

    /// The value as one of many that differ: what stood for many becomes what one round of a loop has.
    #[must_use]
    pub fn one_of_each(&self, site: Site) -> Self {
        self.with_atoms(&|atom| atom.one_of_each(site))
    }

    /// The value with other atoms in the places of its own; what a list has many of stays.
    fn with_atoms(&self, other: &impl Fn(&Atom) -> Atom) -> Self {
        let all = |values: &[Self]| values.iter().map(|v| v.with_atoms(other)).collect();
        match self {
            Self::Atom(atom) => Self::Atom(other(atom)),
            Self::Text(parts) => Self::Text(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Hole(atom) => Part::Hole(other(atom)),
                        lit => lit.clone(),
                    })
                    .collect(),
            ),
            Self::Choice(id, values) => Self::Choice(*id, all(values)),
            Self::Tuple(values) => Self::Tuple(all(values)),
            Self::Object(object) => Self::Object(Arc::new(Object {
                ty: object.ty,
                fields: object
                    .fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.with_atoms(other)))
                    .collect(),
                site: object.site,
            })),
            Self::List {
                items,
                each,
                open,
                lead,
            } => Self::List {
                items: all(items),
                each: each.clone(),
                open: *open,
                lead: *lead,
            },
            value => value.clone(),
        }
    }

    /// Whether any alternative is open inside.
    #[must_use]
    pub fn choice(&self) -> Option<(u64, usize)> {
        match self {
            Self::Choice(id, values) => Some((*id, values.len())),
            Self::List { items, each, .. } => items.iter().chain(each).find_map(Self::choice),
            Self::Tuple(values) => values.iter().find_map(Self::choice),
            Self::Deadline(bound, parent, _) => bound.choice().or_else(|| parent.choice()),
            Self::Script(text, _) => text.choice(),
            _ => None,
        }
    }

    /// The text without a separator at its beginning: what code makes of an empty prefix that it asks about
    /// first.
    #[must_use]
    pub fn without_separator(&self) -> Option<Self> {
        let Self::Text(parts) = self else {
            return None;
        };
        let (Part::Lit(first), rest) = parts.split_first()? else {
            return None;
        };
        let first = first.strip_prefix([':', '/', '.', '-', '_', '|'])?;
        let first = (!first.is_empty()).then(|| Part::Lit(first.into()));
        match (first, rest) {
            (None, [Part::Hole(atom)]) => Some(Self::Atom(atom.clone())),
            (first, rest) => Some(Self::Text(concat(
                first
                    .into_iter()
                    .chain(rest.iter().cloned())
                    .collect::<Vec<Part>>(),
            ))),
        }
    }

    /// Whether the text begins with something that is not literal.
    #[must_use]
    pub fn begins_open(&self) -> bool {
        matches!(self, Self::Text(parts) if matches!(parts.first(), Some(Part::Hole(_))))
    }

    /// The value once alternative `pick` of choice `id` is taken.
    #[must_use]
    pub fn choose(&self, id: u64, pick: usize) -> Self {
        match self {
            Self::Choice(own, values) if *own == id => values
                .get(pick)
                .map_or(Self::Unknown, |v| v.choose(id, pick)),
            Self::Choice(own, values) => {
                Self::Choice(*own, values.iter().map(|v| v.choose(id, pick)).collect())
            }
            Self::List {
                items,
                each,
                open,
                lead,
            } => Self::List {
                items: items.iter().map(|v| v.choose(id, pick)).collect(),
                each: each.iter().map(|v| v.choose(id, pick)).collect(),
                open: *open,
                lead: *lead,
            },
            Self::Tuple(values) => Self::Tuple(values.iter().map(|v| v.choose(id, pick)).collect()),
            Self::Deadline(bound, parent, site) => Self::Deadline(
                Box::new(bound.choose(id, pick)),
                Box::new(parent.choose(id, pick)),
                *site,
            ),
            Self::Script(text, keys) => Self::Script(
                Box::new(text.choose(id, pick)),
                keys.as_ref().map(|k| Box::new(k.choose(id, pick))),
            ),
            other => other.clone(),
        }
    }
}

impl Atom {
    fn spread_over(&self, loops: &[Site]) -> Self {
        let origin = match &self.origin {
            Origin::Element(site, number) if loops.contains(site) => Origin::Each(*site, *number),
            Origin::Field(base, owner, name) => {
                Origin::Field(Arc::new(base.spread_over(loops)), *owner, name.clone())
            }
            Origin::Call {
                callee,
                args,
                nth,
                site,
            } => Origin::Call {
                callee: callee.clone(),
                args: args.iter().map(|a| a.spread_over(loops)).collect(),
                nth: *nth,
                site: *site,
            },
            other => other.clone(),
        };
        self.with_origin(origin)
    }

    fn one_of_each(&self, site: Site) -> Self {
        let origin = match &self.origin {
            Origin::Each(of, number) => {
                let mut hasher = Fnv::default();
                (of, number).hash(&mut hasher);
                Origin::Element(site, hasher.finish())
            }
            Origin::Field(base, owner, name) => {
                Origin::Field(Arc::new(base.one_of_each(site)), *owner, name.clone())
            }
            Origin::Call {
                callee,
                args,
                nth,
                site: call,
            } => Origin::Call {
                callee: callee.clone(),
                args: args.iter().map(|a| a.one_of_each(site)).collect(),
                nth: *nth,
                site: *call,
            },
            other => other.clone(),
        };
        self.with_origin(origin)
    }

    fn visit(&self, visit: &mut dyn FnMut(&Atom)) {
        visit(self);
        match &self.origin {
            Origin::Field(base, ..) => base.visit(visit),
            Origin::Call { args, .. } => {
                for arg in args.iter() {
                    arg.atoms(visit);
                }
            }
            _ => {}
        }
    }

    /// The name for people, in snake case.
    #[must_use]
    pub fn display_name(&self) -> String {
        snake_case(self.name.as_deref().unwrap_or("value"))
    }
}

/// The text of several values side by side; `None` when one of them has no text.
#[must_use]
pub fn side_by_side(values: &[Value]) -> Option<Vec<Part>> {
    let mut out = Vec::new();
    for value in values {
        out.extend(value.parts()?);
    }
    Some(concat(out))
}

/// Puts pieces after one another; adjacent literals become one.
#[must_use]
pub fn concat(pieces: impl IntoIterator<Item = Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for piece in pieces {
        match (&mut out.last_mut(), &piece) {
            (_, Part::Lit(text)) if text.is_empty() => {}
            (Some(Part::Lit(last)), Part::Lit(text)) => *last = format!("{last}{text}").into(),
            _ => out.push(piece),
        }
    }
    out
}

/// Text as people read it: holes as `<name>`.
#[must_use]
pub fn render(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Lit(text) => out.push_str(text),
            Part::Hole(atom) => {
                let _ = write!(out, "<{}>", atom.display_name());
            }
        }
    }
    out
}

/// `EventID` to `event_id`.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        if c.is_uppercase() {
            let after_lower = i > 0 && (chars[i - 1].is_lowercase() || chars[i - 1].is_numeric());
            let before_lower = i > 0
                && chars[i - 1].is_uppercase()
                && chars.get(i + 1).is_some_and(|n| n.is_lowercase());
            if after_lower || before_lower {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        } else if c.is_alphanumeric() || *c == '_' {
            out.push(*c);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_matches('_').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        for (from, to) in [
            ("EventID", "event_id"),
            ("eventID", "event_id"),
            ("userId", "user_id"),
            ("HTTPServer", "http_server"),
            ("X-Session", "x_session"),
            ("id", "id"),
            ("v2Key", "v2_key"),
        ] {
            assert_eq!(snake_case(from), to);
        }
    }

    #[test]
    fn adjacent_literals_become_one() {
        let parts = concat([
            Part::Lit("a".into()),
            Part::Lit("".into()),
            Part::Lit("b".into()),
        ]);
        assert_eq!(parts, vec![Part::Lit("ab".into())]);
    }
}
