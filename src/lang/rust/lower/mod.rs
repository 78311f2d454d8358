//! Syntax to facts. Names stay as written: [`super::resolve`] says what they stand for.

mod body;
mod conditions;
mod format_args;
mod items;
mod macros;
mod patterns;
mod rules;
mod types;

pub(super) use macros::definitions;

use super::Places;
use super::items::Parsed;
use crate::facts::{
    CodeFile, Conformance, Function, FunctionIndex, Global, Lang, LocalId, Path, Span, Type,
    TypeDef,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a file declares and uses, beside what stands in its facts.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Scope {
    /// Names that the file takes in.
    pub uses: Vec<Use>,
    /// Modules that stand in files of their own.
    pub modules: Vec<Module>,
    /// Modules that stand in the file itself, by path below it.
    pub inline: Vec<String>,
    /// Whether a macro declares modules that are not seen.
    pub open: bool,
}

/// A name that a module takes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The module within the file, empty for the file itself.
    pub module: String,
    /// The name it goes by there; empty for all names of a module.
    pub name: String,
    /// What it stands for, as written.
    pub path: String,
}

/// A module in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// The module within the file that declares it, empty for the file itself.
    pub within: String,
    /// Its name.
    pub name: String,
    /// The file that an attribute names.
    pub file: Option<String>,
    /// Whether it is only there for tests.
    pub test: bool,
}

/// What a name in scope is.
#[derive(Clone)]
pub(super) enum Binding {
    /// A variable.
    Local(LocalId),
    /// Something that is declared or taken in within a function, by its path.
    Item(String),
    /// A type parameter with its bound.
    Parameter(Type),
}

/// One outermost function under way: its locals, and the scopes that are open.
pub(super) struct Body {
    locals: Vec<String>,
    scopes: Vec<HashMap<String, Binding>>,
    index: FunctionIndex,
    /// What `Self` stands for.
    own: Option<Type>,
    /// Loops around the current place: the local that holds what `break` gives.
    loops: Vec<Option<LocalId>>,
    /// In a function that writes text: what it writes to, and the local that holds the text.
    sink: Option<(String, LocalId)>,
    /// How the function is called, for what is declared in it.
    path: String,
}

impl Body {
    fn declare(&mut self, name: &str) -> LocalId {
        let id = self.fresh(name);
        if name != "_" && !name.is_empty() {
            self.bind(name, Binding::Local(id));
        }
        id
    }

    /// A local that no name in the source leads to.
    fn fresh(&mut self, name: &str) -> LocalId {
        let id = self.locals.len() as LocalId;
        self.locals.push(name.to_string());
        id
    }

    fn bind(&mut self, name: &str, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_string(), binding);
        }
    }

    fn find(&self, name: &str) -> Option<&Binding> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }
}

/// A file under way.
pub(super) struct Lowering<'p> {
    places: &'p Places<'p>,
    functions: Vec<Function>,
    types: Vec<TypeDef>,
    globals: Vec<Global>,
    conforms: Vec<Conformance>,
    broken_calls: Vec<(u32, u32)>,
    scope: Scope,
    /// The module within the file.
    module: String,
    /// Whether what is read is only there for tests.
    test: bool,
    /// Whether what is read is waited for where it stands.
    waiting: bool,
    /// Whether an attribute of the block of methods that is read may use them.
    registered: bool,
    macros: HashMap<String, macros::Rules>,
    /// Macros of other files.
    given: &'p super::Macros,
    /// Macros that what is read comes from, outermost first.
    expanding: Vec<String>,
    /// Tokens that macros may still give.
    tokens: macros::Budget,
}

/// Lowers a parsed file. The file's own module is filled in when names are resolved.
pub(super) fn lower(
    parsed: &Parsed,
    places: &Places<'_>,
    given: &super::Macros,
) -> (CodeFile, Scope) {
    let mut lowering = Lowering {
        places,
        functions: Vec::new(),
        types: Vec::new(),
        globals: Vec::new(),
        conforms: Vec::new(),
        broken_calls: Vec::new(),
        scope: Scope::default(),
        module: String::new(),
        test: false,
        waiting: false,
        registered: false,
        macros: HashMap::new(),
        given,
        expanding: Vec::new(),
        tokens: macros::Budget::default(),
    };
    let test = items::is_test(&parsed.attrs);
    lowering.test = test;
    lowering.items(&parsed.items);
    let mut broken_calls = lowering.broken_calls;
    broken_calls.sort_unstable();
    broken_calls.dedup();
    let code = CodeFile {
        lang: Lang::Rust,
        module: String::new(),
        package: String::new(),
        imports: Vec::new(),
        types: lowering.types,
        globals: lowering.globals,
        functions: lowering.functions,
        conforms: lowering.conforms,
        broken_calls,
        test,
        aside: false,
        generated: false,
        vendored: false,
        public: false,
    };
    (code, lowering.scope)
}

impl Lowering<'_> {
    /// A path as written in the current module.
    fn written(&self, path: impl Into<String>) -> Path {
        Path {
            module: Some(self.module.clone()),
            name: path.into(),
        }
    }

    /// The name of something that the current module declares.
    fn declared(&self, name: &str) -> String {
        if self.module.is_empty() {
            name.to_string()
        } else {
            format!("{}::{name}", self.module)
        }
    }

    /// A fresh function slot.
    fn slot(&mut self, name: &str, label: &str, span: Span) -> FunctionIndex {
        let index = self.functions.len() as FunctionIndex;
        self.functions.push(Function {
            name: name.to_string(),
            span,
            label: label.to_string(),
            owner: None,
            meets: None,
            receiver: None,
            params: Vec::new(),
            results: Vec::new(),
            locals: Vec::new(),
            body: Vec::new(),
            paths: Vec::new(),
            exported: false,
            entry: false,
            test: self.test,
            registered: self.registered,
            later: false,
            exclusive: false,
            parent: None,
        });
        index
    }

    /// A body to be filled for a slot.
    fn body(&self, index: FunctionIndex, own: Option<Type>, path: &str) -> Body {
        Body {
            locals: Vec::new(),
            scopes: vec![HashMap::new()],
            index,
            own,
            loops: Vec::new(),
            sink: None,
            path: path.to_string(),
        }
    }
}

/// The text of a path without its type arguments.
pub(super) fn text_of(path: &syn::Path) -> String {
    let mut out = String::new();
    if path.leading_colon.is_some() {
        out.push_str("::");
    }
    for (i, segment) in path.segments.iter().enumerate() {
        if i > 0 {
            out.push_str("::");
        }
        out.push_str(&name_of(&segment.ident));
    }
    out
}

/// A name without the mark that allows it to be a keyword.
pub(super) fn name_of(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    match name.strip_prefix("r#") {
        Some(plain) => plain.to_string(),
        None => name,
    }
}
