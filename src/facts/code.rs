//! Facts of source code: a small neutral form of functions, statements and expressions.

use super::{Lang, Located, Span};
use serde::{Deserialize, Serialize};

/// Number of a local variable within one top-level function; its closures share the numbering.
pub type LocalId = u32;

/// Number of a function within its file.
pub type FunctionIndex = u32;

/// What one source file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeFile {
    /// The language.
    pub lang: Lang,
    /// The module that the file belongs to, as importers write it (a Go import path, a Rust module
    /// path). Filled when all files of the run are known.
    pub module: String,
    /// The name that the file itself gives to its module (Go's `package` clause).
    pub package: String,
    /// Modules that the file imports.
    pub imports: Vec<Import>,
    /// Named types.
    pub types: Vec<TypeDef>,
    /// Constants and variables at module level.
    pub globals: Vec<Global>,
    /// Functions, methods and closures.
    pub functions: Vec<Function>,
    /// What else values of a type can be used as.
    pub conforms: Vec<Conformance>,
    /// Calls that begin on an earlier line than the name of what they call: line of the name, and line
    /// of the beginning.
    pub broken_calls: Vec<(u32, u32)>,
    /// Whether the file is test code.
    pub test: bool,
    /// Whether the file stands beside the programs: an example, or a package of tests. Nothing in production runs it.
    pub aside: bool,
    /// Whether the file says that a generator wrote it.
    pub generated: bool,
    /// Whether the file belongs to someone else (vendored): read for facts, never reported.
    pub vendored: bool,
    /// Whether names exported by this file can be used from outside the program's own modules.
    pub public: bool,
}

/// One imported module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The name used in the file.
    pub name: String,
    /// The module's full path.
    pub module: String,
}

/// A name in a module; `None` is the module of the file itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Path {
    /// The module, or `None` for the file's own.
    pub module: Option<String>,
    /// The name.
    pub name: String,
}

/// A type as written, pointers and references left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub enum Type {
    /// Cannot be told from the file.
    #[default]
    Unknown,
    /// Text.
    Str,
    /// Any number.
    Number,
    /// True or false.
    Bool,
    /// The language's error type.
    Error,
    /// A named type with its type arguments.
    Named(Path, Vec<Type>),
    /// A type parameter in scope, by name, with its bound.
    Parameter(String, Box<Type>),
    /// Array, slice, vector.
    List(Box<Type>),
    /// What one side sends and the other receives.
    Channel(Box<Type>),
    /// Keys and values.
    Map(Box<Type>, Box<Type>),
    /// A function with parameters and results.
    Function(Vec<Type>, Vec<Type>),
    /// Several values.
    Tuple(Vec<Type>),
    /// A structure without a name.
    Struct(Vec<FieldDef>),
    /// An interface without a name.
    Interface(Vec<MethodSig>, Vec<Type>),
}

/// A named type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeDef {
    /// Its name.
    pub name: String,
    /// Place of the name.
    pub span: Span,
    /// What it stands for.
    pub def: Type,
    /// Whether it is only another name for `def`, with the same methods.
    pub alias: bool,
    /// Names of its type parameters.
    pub parameters: Vec<String>,
    /// Whether an interface is met only by types that are said to meet it, and not by all that have its
    /// methods.
    pub nominal: bool,
    /// Whether code that is not seen makes values of it: from requests, files, rows.
    pub filled: bool,
    /// Whether values of it are copied with all that they hold (Rust's `Clone`).
    pub cloned: bool,
    /// The type of which this is one form (a variant of an enumeration), in the file's own module.
    pub variant_of: Option<String>,
}

/// Says that a type has the methods of another one beside its own: those that a trait provides, or those of
/// what it dereferences to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conformance {
    /// The type.
    pub of: Type,
    /// What it can be used as.
    pub to: Type,
}

/// A field of a structure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldDef {
    /// The name; for an embedded field the name of its type.
    pub name: String,
    /// The type.
    pub ty: Type,
    /// Whether methods and fields of the type are reached through the structure itself.
    pub embedded: bool,
    /// Raw annotation text (Go's struct tag), empty if there is none.
    pub tag: String,
}

/// A method that an interface asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodSig {
    /// The name.
    pub name: String,
    /// Parameter types.
    pub params: Vec<Type>,
    /// Result types.
    pub results: Vec<Type>,
}

/// A constant or variable of a module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Global {
    /// The name.
    pub name: String,
    /// Place of the name.
    pub span: Span,
    /// The declared type.
    pub ty: Type,
    /// The initial value.
    pub value: Option<Expr>,
    /// Whether the value can never change.
    pub constant: bool,
    /// The nameless function that stands for the code of the initial value.
    pub holder: FunctionIndex,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// The name; empty or `_` when the body cannot use it.
    pub name: String,
    /// The local that holds it.
    pub local: LocalId,
    /// The type of one argument.
    pub ty: Type,
    /// Whether it takes all remaining arguments as a list.
    pub variadic: bool,
    /// Whether it takes what every call is given alike, such as the state of a web application.
    pub shared: bool,
}

/// A function, a method or a closure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The name; empty for a closure.
    pub name: String,
    /// Place of the name (of the introducing keyword for a closure).
    pub span: Span,
    /// How people call it, with the type whose method it is; for a closure what encloses it.
    pub label: String,
    /// The type whose method this is.
    pub owner: Option<Path>,
    /// The interface that the method is said to be there for.
    pub meets: Option<Path>,
    /// The method's receiver.
    pub receiver: Option<Param>,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Result types.
    pub results: Vec<Type>,
    /// Names of locals, by number (only for outermost functions, which hold their closures' too).
    pub locals: Vec<String>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// Paths of requests that it says it answers.
    pub paths: Vec<Located<String>>,
    /// Whether other modules can name it.
    pub exported: bool,
    /// Whether the runtime calls it (main, init).
    pub entry: bool,
    /// Whether it is a test, whatever file it stands in.
    pub test: bool,
    /// Whether an attribute hands it to code that is not seen: as a route, a job, a command.
    pub registered: bool,
    /// Whether calling it only makes something that runs when it is waited for.
    pub later: bool,
    /// Whether it alone has its receiver while it runs (Rust's `&mut self`).
    pub exclusive: bool,
    /// The function that encloses this closure.
    pub parent: Option<FunctionIndex>,
}

/// Where a value is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// Nowhere.
    Ignore,
    /// A local.
    Local(LocalId),
    /// A module's variable.
    Global(Path),
    /// A field.
    Field(Box<Expr>, String),
    /// An element.
    Index(Box<Expr>, Box<Expr>),
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stmt {
    /// Stores values: pairwise, or one call's results over several places.
    Assign {
        /// Where to.
        places: Vec<Place>,
        /// What.
        values: Vec<Expr>,
        /// The declared type, if one is written.
        ty: Type,
    },
    /// Evaluates for effect.
    Expr(Expr),
    /// Leaves the function.
    Return(Vec<Expr>),
    /// A condition.
    If {
        /// The condition.
        cond: Expr,
        /// When it holds.
        then: Vec<Stmt>,
        /// When it does not.
        otherwise: Vec<Stmt>,
    },
    /// One of several bodies. `conditions` of an arm are alternatives; the arm without any is the default.
    Switch {
        /// What the arms are compared with.
        subject: Option<Expr>,
        /// The arms.
        arms: Vec<Arm>,
    },
    /// Repetition.
    Loop {
        /// What drives it.
        kind: Box<LoopKind>,
        /// What is repeated.
        body: Vec<Stmt>,
        /// Place of the introducing keyword.
        span: Span,
    },
    /// A call that runs later or beside: goroutine, deferred call, spawned task.
    Spawn {
        /// The call.
        call: Expr,
        /// Whether it runs when the function ends rather than beside it.
        deferred: bool,
    },
    /// Ends the innermost loop.
    Break,
    /// Starts the innermost loop's next round.
    Continue,
    /// Statements with a scope of their own.
    Block(Vec<Stmt>),
}

/// An arm of [`Stmt::Switch`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Values or conditions, of which one suffices; none for the default arm.
    pub conditions: Vec<Expr>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// A local that holds the subject under the type of this arm.
    pub binding: Option<(LocalId, Type)>,
}

/// What drives a loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LoopKind {
    /// Once for each element.
    Each {
        /// The collection.
        over: Expr,
        /// Holds the index or key.
        key: Option<Place>,
        /// Holds the element.
        value: Option<Place>,
        /// Whether the next element is asked for, which may mean to wait until there is one.
        asks: bool,
    },
    /// While a condition holds. `counted` is set when a counter is compared with a limit and stepped.
    While {
        /// The condition.
        cond: Expr,
        /// Whether the number of rounds is limited by a counter.
        counted: bool,
        /// Statements run after each round.
        step: Vec<Stmt>,
    },
    /// Until something inside ends it.
    Forever,
}

/// Operators that the linker understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op {
    /// Sum, or text after text.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// Remainder.
    Rem,
    /// Equality.
    Eq,
    /// Inequality.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Both.
    And,
    /// Either.
    Or,
    /// Any other operator.
    Other,
}

/// An entry of a composite value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The name before the colon, when it is a plain name (a field, or a constant used as a map key).
    pub name: Option<String>,
    /// The key as an expression.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// Arguments in order.
    pub args: Vec<Expr>,
    /// Whether the last argument is a list spread over the remaining parameters.
    pub spread: bool,
    /// Whether what it may only begin is waited for where it stands (Rust's `.await`).
    pub waited: bool,
    /// Place of the function's or method's name.
    pub span: Span,
    /// The call's text with white space folded, for fingerprints.
    pub text: String,
}

/// What a call calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Callee {
    /// A name of a module: a function, a type (conversion) or a variable that holds a function.
    Path(Path),
    /// A method, or a field that holds a function.
    Method(Expr, String),
    /// The value of an expression.
    Value(Expr),
    /// A function that belongs to a type; a receiver, if it takes one, is the first argument.
    Associated(Type, String),
}

/// A piece of formatted text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FormatPart {
    /// Literal text.
    Text(String),
    /// A value shown in the ordinary way.
    Display(Expr),
    /// A value shown in another way (debug output, padding): its text is not the value itself.
    Other(Expr),
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Expr {
    /// Not understood.
    Unknown,
    /// Nothing.
    Nil,
    /// A text literal, escapes resolved, with the place of its first character.
    Str(Located<String>),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A local.
    Local(LocalId),
    /// A name of a module.
    Global(Path),
    /// A field, or a method as a value.
    Field(Box<Expr>, String, Span),
    /// An element.
    Index(Box<Expr>, Box<Expr>),
    /// A part of a list or text; `from` and `to` are left out when they are open.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// A call.
    Call(Box<Call>),
    /// Two operands.
    Binary(Op, Box<Expr>, Box<Expr>),
    /// Negation of a condition.
    Not(Box<Expr>),
    /// Negation of a number.
    Neg(Box<Expr>),
    /// A composite value of a written type: structure, list or map.
    Composite(Box<Type>, Vec<Entry>, Span),
    /// A list with more elements at its end.
    Append(Box<Expr>, Vec<Expr>, bool),
    /// The size of a collection or text.
    Len(Box<Expr>),
    /// A new empty value of a type (`make`, `new`, a declaration without value).
    Zero(Box<Type>),
    /// A value under another type.
    Convert(Box<Type>, Box<Expr>),
    /// A value asserted to have a type.
    Assert(Box<Expr>, Box<Type>),
    /// A closure of this file.
    Closure(FunctionIndex),
    /// Formatted text.
    Format(Vec<FormatPart>),
    /// A function or constant that belongs to a type.
    Associated(Box<Type>, String),
    /// As the condition of an arm: the subject is this form of its type.
    Variant(Path),
    /// As the condition of an arm: there is a value, and no error.
    Present,
    /// As the condition of an arm, or what a result is compared with: there is no error.
    Fine,
    /// The same: there is an error. As what is returned: an error.
    Failed,
}

/// A module manifest: the name of the modules below its folder, and the versions it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleFile {
    /// The language of what it speaks for.
    pub lang: Lang,
    /// The module's name, a prefix of the import paths below the manifest's folder.
    pub name: String,
    /// Dependencies with their versions as written.
    pub requires: Vec<(String, Located<String>)>,
    /// Modules replaced by a folder of the run: name and folder, relative to the manifest.
    pub replaces: Vec<(String, String)>,
}

impl ModuleFile {
    /// A manifest that says nothing.
    #[must_use]
    pub fn of(lang: Lang) -> Self {
        Self {
            lang,
            name: String::new(),
            requires: Vec::new(),
            replaces: Vec::new(),
        }
    }
}
