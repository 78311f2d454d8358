//! A small Go syntax of our own. Everything above the parser works on it, so a leaner parser can
//! replace the present one without touching anything else.

use crate::facts::{ParseError, Span};

/// A parsed file. Never absent: what could not be read is in `errors`, and as `Bad` nodes.
#[derive(Debug, Default)]
pub struct File {
    /// The name in the package clause; empty if there is none.
    pub package: String,
    /// Imports.
    pub imports: Vec<Import>,
    /// Declarations in source order.
    pub decls: Vec<Decl>,
    /// Comments, with their delimiters.
    pub comments: Vec<Comment>,
    /// Syntax errors.
    pub errors: Vec<ParseError>,
}

/// A comment.
#[derive(Debug)]
pub struct Comment {
    /// The text, delimiters included.
    pub text: String,
    /// Its place.
    pub span: Span,
    /// Whether code precedes it on its first line.
    pub trailing: bool,
}

/// An import.
#[derive(Debug)]
pub struct Import {
    /// The written alias, `.` and `_` included.
    pub alias: Option<String>,
    /// The path, unquoted.
    pub path: String,
}

/// A name with its place.
#[derive(Debug, Clone)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Its place.
    pub span: Span,
}

/// A declaration at file level.
#[derive(Debug)]
pub enum Decl {
    /// A function or method.
    Func(FuncDecl),
    /// One type specification.
    Type(TypeSpec),
    /// One line of a `var` or `const` declaration.
    Value(ValueSpec),
}

/// A function or method.
#[derive(Debug)]
pub struct FuncDecl {
    /// Its name.
    pub name: Ident,
    /// The receiver.
    pub receiver: Option<Field>,
    /// Type parameters: name and constraint, one entry a name.
    pub type_params: Vec<Field>,
    /// Parameters and results.
    pub signature: Signature,
    /// The body; absent for functions declared without one.
    pub body: Option<Vec<Stmt>>,
}

/// Parameters and results.
#[derive(Debug, Default)]
pub struct Signature {
    /// Parameters, one entry a name (or an entry without a name).
    pub params: Vec<Field>,
    /// Results likewise.
    pub results: Vec<Field>,
}

/// A parameter, result, struct field or type parameter.
#[derive(Debug)]
pub struct Field {
    /// The name; absent when only a type is written (for a struct field: an embedded one).
    pub name: Option<Ident>,
    /// The type.
    pub ty: TypeExpr,
    /// Whether `...` stands before the type.
    pub variadic: bool,
    /// The struct tag without its quotes; empty if there is none.
    pub tag: String,
}

/// One type specification.
#[derive(Debug)]
pub struct TypeSpec {
    /// The name.
    pub name: Ident,
    /// Type parameters, one entry a name.
    pub type_params: Vec<Field>,
    /// What it stands for.
    pub ty: TypeExpr,
    /// Whether it is written with `=`.
    pub alias: bool,
}

/// One line of a `var` or `const` declaration. A constant line without values repeats those of the
/// line before it; the parser leaves `values` empty there.
#[derive(Debug)]
pub struct ValueSpec {
    /// The names.
    pub names: Vec<Ident>,
    /// The type, if written.
    pub ty: Option<TypeExpr>,
    /// The values.
    pub values: Vec<Expr>,
    /// Whether it is a constant.
    pub constant: bool,
    /// The number of the line within its declaration, from 0: the value of `iota`.
    pub line: i64,
    /// `//go:embed` patterns that stand directly above it.
    pub embed: Vec<String>,
}

/// A type as written.
#[derive(Debug, Clone)]
pub enum TypeExpr {
    /// `name` or `pkg.name`, with type arguments.
    Name(Option<String>, String, Vec<TypeExpr>),
    /// `*T`.
    Pointer(Box<TypeExpr>),
    /// `[]T`, `[n]T`, `...T`.
    List(Box<TypeExpr>),
    /// `map[K]V`.
    Map(Box<TypeExpr>, Box<TypeExpr>),
    /// `chan T` in any direction.
    Chan(Box<TypeExpr>),
    /// `func(..) ..`.
    Func(Box<FuncType>),
    /// `struct{..}`.
    Struct(Vec<StructField>),
    /// `interface{..}`: methods and embedded types.
    Interface(Vec<(String, FuncType)>, Vec<TypeExpr>),
    /// Not understood.
    Bad,
}

/// The types of a function.
#[derive(Debug, Clone, Default)]
pub struct FuncType {
    /// Parameter types, one a parameter; a variadic one is a `List`.
    pub params: Vec<TypeExpr>,
    /// Result types.
    pub results: Vec<TypeExpr>,
}

/// A field of a struct type, one entry a name.
#[derive(Debug, Clone)]
pub struct StructField {
    /// The name; absent for an embedded field.
    pub name: Option<String>,
    /// The type.
    pub ty: TypeExpr,
    /// The tag without its quotes.
    pub tag: String,
}

/// An expression with its place.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The whole expression's place.
    pub span: Span,
}

/// What an expression is. Parentheses are left out.
#[derive(Debug)]
pub enum ExprKind {
    /// A name.
    Name(String),
    /// A string literal, escapes resolved (raw strings without carriage returns).
    Str(String),
    /// A character literal's code point.
    Rune(u32),
    /// An integer literal that fits.
    Int(i64),
    /// A floating-point literal.
    Float(f64),
    /// `x.name`, with the place of the name.
    Selector(Box<Expr>, Ident),
    /// `x[i]`; also a generic instantiation, which looks the same.
    Index(Box<Expr>, Vec<Expr>),
    /// `x[a:b:c]`; the third bound is left out.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// A call; `text` is its source with white space folded to single spaces.
    Call(Box<CallExpr>),
    /// `&x`, `*x`, `-x`, `!x`, `<-x`, `+x`, `^x` by operator text.
    Unary(&'static str, Box<Expr>),
    /// A binary operation by operator text.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `T{..}`.
    Composite(TypeExpr, Vec<Element>),
    /// `{..}` inside a composite literal, its type left out.
    Elided(Vec<Element>),
    /// `func(..) {..}`.
    Func(Signature, Vec<Stmt>),
    /// `x.(T)`.
    Assert(Box<Expr>, TypeExpr),
    /// A type where an expression stands: an argument of `make` and `new`, the callee of a conversion
    /// such as `[]byte(s)`.
    Type(TypeExpr),
    /// Not understood.
    Bad,
}

/// A call.
#[derive(Debug)]
pub struct CallExpr {
    /// What is called.
    pub callee: Expr,
    /// Explicit type arguments of a generic call.
    pub type_args: Vec<TypeExpr>,
    /// Arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is followed by `...`.
    pub spread: bool,
    /// The call's source with white space folded.
    pub text: String,
}

/// An element of a composite literal.
#[derive(Debug)]
pub struct Element {
    /// The part before the colon.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
}

/// A statement.
#[derive(Debug)]
pub enum Stmt {
    /// An expression.
    Expr(Expr),
    /// `a, b = x, y`, `a += x` (operator `+`), `a := x`. `op` is the text before `=`, empty for plain ones.
    Assign {
        /// The left side.
        left: Vec<Expr>,
        /// The right side.
        right: Vec<Expr>,
        /// The operator of an assignment such as `+=`.
        op: &'static str,
        /// Whether it is `:=`.
        define: bool,
    },
    /// `var` or `const` inside a function.
    Value(ValueSpec),
    /// `type` inside a function.
    Type(TypeSpec),
    /// `x++` (1) and `x--` (-1).
    Step(Expr, i8),
    /// `return`.
    Return(Vec<Expr>),
    /// `if`.
    If {
        /// The simple statement before the condition.
        init: Option<Box<Stmt>>,
        /// The condition.
        cond: Expr,
        /// The body.
        then: Vec<Stmt>,
        /// `else`: a block, or one `If`.
        otherwise: Vec<Stmt>,
    },
    /// `for` with a condition or without.
    For {
        /// The first clause.
        init: Option<Box<Stmt>>,
        /// The condition.
        cond: Option<Expr>,
        /// The last clause.
        post: Option<Box<Stmt>>,
        /// The body.
        body: Vec<Stmt>,
        /// Place of the keyword.
        span: Span,
    },
    /// `for k, v := range x`.
    Range {
        /// The variables, none to two.
        vars: Vec<Expr>,
        /// Whether they are declared here.
        define: bool,
        /// What is ranged over.
        over: Expr,
        /// The body.
        body: Vec<Stmt>,
        /// Place of the keyword.
        span: Span,
    },
    /// `switch` on a value, or without one.
    Switch {
        /// The simple statement before the subject.
        init: Option<Box<Stmt>>,
        /// The subject.
        subject: Option<Expr>,
        /// The cases.
        cases: Vec<Case>,
    },
    /// `switch x := y.(type)`.
    TypeSwitch {
        /// The simple statement before the subject.
        init: Option<Box<Stmt>>,
        /// The variable that holds the subject in each case.
        name: Option<String>,
        /// The subject.
        subject: Expr,
        /// The cases; their types.
        cases: Vec<TypeCase>,
    },
    /// `select`.
    Select(Vec<CommCase>),
    /// `go f(..)`.
    Go(Expr),
    /// `defer f(..)`.
    Defer(Expr),
    /// `ch <- x`.
    Send(Expr, Expr),
    /// `break`.
    Break,
    /// `break label`.
    BreakLabel,
    /// `continue`.
    Continue,
    /// `fallthrough`, `goto`: not followed.
    Jump,
    /// `{..}`; a labelled statement is its statement.
    Block(Vec<Stmt>),
}

/// A case of a `switch`.
#[derive(Debug)]
pub struct Case {
    /// The values; none for `default`.
    pub values: Vec<Expr>,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// A case of a type switch.
#[derive(Debug)]
pub struct TypeCase {
    /// The types; none for `default`.
    pub types: Vec<TypeExpr>,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// A case of a `select`.
#[derive(Debug)]
pub struct CommCase {
    /// The communication; absent for `default`.
    pub comm: Option<Box<Stmt>>,
    /// The statements.
    pub body: Vec<Stmt>,
}
