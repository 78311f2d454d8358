//! Go syntax to neutral facts: scopes become numbered locals, package names become module paths.

use super::syntax::{self as go, ExprKind, TypeExpr};
use crate::facts::{
    Arm, Call, Callee, CodeFile, Entry, Expr, FieldDef, Function, FunctionIndex, Global, Import,
    Lang, LocalId, Located, LoopKind, MethodSig, Op, Param, Path, Place, Span, Stmt, Type, TypeDef,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What a file cannot know of the packages around it.
#[derive(Debug, Default)]
pub struct Surroundings<'a> {
    /// Names in package clauses by import path; other imports go by the usual name for their path.
    pub packages: Option<&'a HashMap<String, String>>,
    /// Names that imports with a dot bring into the file, with the package that they come from.
    pub dots: HashMap<String, String>,
    /// The name of the file's own module, and what it goes by when several of the run have that name.
    pub renamed: Option<(String, String)>,
    /// Names and texts of embedded files by the pattern that means them.
    pub embedded: HashMap<String, Vec<(String, String)>>,
}

impl Surroundings<'_> {
    /// The package that an import path means in this file.
    #[must_use]
    pub fn package(&self, path: &str) -> String {
        match &self.renamed {
            Some((name, unique)) => match path.strip_prefix(name.as_str()) {
                Some(below) if below.is_empty() || below.starts_with('/') => {
                    format!("{unique}{below}")
                }
                _ => path.to_string(),
            },
            None => path.to_string(),
        }
    }
}

/// Lowers a parsed file. The file's own module path is filled in by the caller.
pub fn lower(file: &go::File, around: &Surroundings<'_>) -> CodeFile {
    let mut code = CodeFile {
        lang: Lang::Go,
        module: String::new(),
        package: file.package.clone(),
        imports: Vec::new(),
        types: Vec::new(),
        globals: Vec::new(),
        functions: Vec::new(),
        conforms: Vec::new(),
        broken_calls: Vec::new(),
        test: false,
        aside: false,
        generated: false,
        vendored: false,
        public: false,
    };
    let mut names = HashMap::new();
    for import in &file.imports {
        let module = around.package(&import.path);
        let name = import
            .alias
            .clone()
            .or_else(|| around.packages?.get(&module).cloned())
            .unwrap_or_else(|| default_name(&import.path));
        if name != "_" && name != "." {
            names.insert(name.clone(), module.clone());
        }
        code.imports.push(Import { name, module });
    }
    let mut lowering = Lowering {
        imports: names,
        dots: &around.dots,
        embedded: &around.embedded,
        functions: Vec::new(),
        types: Vec::new(),
        nameless: RefCell::default(),
        broken_calls: Vec::new(),
    };
    let mut last_constants: Option<&go::ValueSpec> = None;
    for decl in &file.decls {
        match decl {
            go::Decl::Func(func) => {
                lowering.function(func);
            }
            go::Decl::Type(spec) => {
                let def = lowering.type_def(spec);
                lowering.types.push(def);
            }
            go::Decl::Value(spec) => {
                let repeated = spec.constant && spec.values.is_empty() && spec.ty.is_none();
                if !repeated {
                    last_constants = spec.constant.then_some(spec);
                }
                let source = if repeated {
                    last_constants.unwrap_or(spec)
                } else {
                    spec
                };
                lowering.globals(spec, source, &mut code.globals);
            }
        }
    }
    code.functions = lowering.functions;
    code.broken_calls = lowering.broken_calls;
    code.types = lowering.types;
    code.types.extend(lowering.nameless.into_inner());
    code
}

/// The name that a Go package is used by when the import gives no alias: the last element of the
/// path, without a major version and without the usual decorations.
pub fn default_name(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version =
        last.len() > 1 && last.starts_with('v') && last[1..].bytes().all(|b| b.is_ascii_digit());
    let base = if is_version {
        parts.next().unwrap_or(last)
    } else {
        last
    };
    let base = match base.rsplit_once(".v") {
        Some((stem, version)) if version.bytes().all(|b| b.is_ascii_digit()) => stem,
        _ => base,
    };
    let base = base.strip_prefix("go-").unwrap_or(base);
    let base = base.strip_suffix("-go").unwrap_or(base);
    let base = base.strip_suffix(".go").unwrap_or(base);
    base.replace('-', "_")
}

/// Names that a file declares for its package.
pub fn declared(file: &go::File) -> impl Iterator<Item = &str> {
    file.decls.iter().flat_map(|decl| match decl {
        go::Decl::Func(func) if func.receiver.is_none() => vec![func.name.name.as_str()],
        go::Decl::Func(_) => Vec::new(),
        go::Decl::Type(spec) => vec![spec.name.name.as_str()],
        go::Decl::Value(spec) => spec.names.iter().map(|n| n.name.as_str()).collect(),
    })
}

struct Lowering<'a> {
    imports: HashMap<String, String>,
    /// Names that imports with a dot bring in.
    dots: &'a HashMap<String, String>,
    /// Texts of embedded files by pattern.
    embedded: &'a HashMap<String, Vec<(String, String)>>,
    functions: Vec<Function>,
    types: Vec<TypeDef>,
    /// Structures and interfaces that have no name.
    nameless: RefCell<Vec<TypeDef>>,
    broken_calls: Vec<(u32, u32)>,
}

/// What a name in scope is.
#[derive(Clone)]
enum Binding {
    Local(LocalId),
    /// A type declared inside a function, under the name it has in the facts.
    Type(String),
    /// A type parameter with its bound.
    Parameter(Type),
}

/// One outermost function under way: its locals, and the scopes that are open.
struct Body {
    locals: Vec<String>,
    scopes: Vec<HashMap<String, Binding>>,
    /// Named results of the functions that enclose the current statement, innermost last.
    results: Vec<Vec<LocalId>>,
    index: FunctionIndex,
    name: String,
    /// Statements around the current one that `break` leaves, innermost last.
    breaks: Vec<Breaks>,
    /// The number of the current line in a declaration of constants.
    line: i64,
}

/// Whether a value of a type can only come from the testing package.
fn is_test_handle(ty: &Type) -> bool {
    matches!(ty, Type::Named(path, _)
        if path.module.as_deref() == Some("testing")
            && matches!(path.name.as_str(), "T" | "B" | "TB" | "F" | "M"))
}

/// What `break` leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Loop,
    /// A switch or select.
    Switch,
}

impl Body {
    fn declare(&mut self, name: &str) -> LocalId {
        let id = self.locals.len() as LocalId;
        self.locals.push(name.to_string());
        if name != "_" && !name.is_empty() {
            self.bind(name, Binding::Local(id));
        }
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

    fn in_innermost(&self, name: &str) -> Option<LocalId> {
        match self.scopes.last()?.get(name)? {
            Binding::Local(id) => Some(*id),
            _ => None,
        }
    }
}

impl Lowering<'_> {
    /// A name of the package, or one that an import with a dot brings in.
    fn named(&self, name: &str) -> Path {
        Path {
            module: self.dots.get(name).cloned(),
            name: name.to_string(),
        }
    }

    fn globals(&mut self, spec: &go::ValueSpec, source: &go::ValueSpec, out: &mut Vec<Global>) {
        let mut body = self.body("");
        body.line = spec.line;
        let ty = source
            .ty
            .as_ref()
            .map_or(Type::Unknown, |t| self.ty(t, &body));
        for (i, name) in spec.names.iter().enumerate() {
            let value = source
                .values
                .get(i)
                .map(|v| self.expr(v, &mut body))
                .or_else(|| self.embedded_value(spec, &ty));
            out.push(Global {
                name: name.name.clone(),
                span: name.span,
                ty: ty.clone(),
                value,
                constant: spec.constant,
                holder: body.index,
            });
        }
        // Closures in initial values live in a nameless function of their own.
        if let Some(holder) = self.functions.get_mut(body.index as usize) {
            holder.locals = body.locals;
            holder.label = "package variables".to_string();
            holder.entry = true;
        }
    }

    /// The text of an embedded file, or for a file system the texts by name.
    fn embedded_value(&self, spec: &go::ValueSpec, ty: &Type) -> Option<Expr> {
        let text = |text: &str| {
            Expr::Str(Located {
                value: text.to_string(),
                span: spec.names.first().map_or(Span::default(), |n| n.span),
            })
        };
        let mut files = spec
            .embed
            .iter()
            .filter_map(|pattern| self.embedded.get(pattern))
            .flatten();
        if *ty == Type::Str {
            return files.next().map(|(_, content)| text(content));
        }
        let entries: Vec<Entry> = files
            .map(|(name, content)| Entry {
                name: None,
                key: Some(text(name)),
                value: text(content),
            })
            .collect();
        let map = Type::Map(Box::new(Type::Str), Box::new(Type::Str));
        (!entries.is_empty()).then(|| Expr::Composite(Box::new(map), entries, Span::default()))
    }

    /// A fresh function slot. Slots for global initialisers stay nameless and empty.
    fn body(&mut self, name: &str) -> Body {
        let index = self.functions.len() as FunctionIndex;
        self.functions.push(Function {
            name: name.to_string(),
            span: Span::default(),
            label: name.to_string(),
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
            test: false,
            registered: false,
            later: false,
            exclusive: false,
            parent: None,
        });
        Body {
            locals: Vec::new(),
            scopes: vec![HashMap::new()],
            results: Vec::new(),
            index,
            name: name.to_string(),
            breaks: Vec::new(),
            line: 0,
        }
    }

    fn function(&mut self, func: &go::FuncDecl) {
        let mut body = self.body(&func.name.name);
        let index = body.index as usize;
        self.type_params(&func.type_params, &mut body);
        let mut owner = None;
        let receiver = func.receiver.as_ref().map(|field| {
            owner = receiver_type(&field.ty);
            if let Some(names) = receiver_type_params(&field.ty) {
                for name in names {
                    body.bind(&name, Binding::Parameter(Type::Unknown));
                }
            }
            self.param(field, &mut body)
        });
        if let Some(owner) = &owner {
            self.functions[index].label = format!("{owner}.{}", func.name.name);
        }
        let (params, results, named) = self.signature(&func.signature, &mut body);
        body.results.push(named);
        let stmts = func
            .body
            .as_ref()
            .map_or_else(Vec::new, |b| self.block(b, &mut body));
        let name = &func.name.name;
        let lowered = &mut self.functions[index];
        lowered.span = func.name.span;
        lowered.exported = name.chars().next().is_some_and(char::is_uppercase);
        lowered.entry = owner.is_none() && (name == "main" || name == "init");
        lowered.owner = owner.map(|name| Path { module: None, name });
        lowered.receiver = receiver;
        // What asks for a test runs in tests alone.
        lowered.test |= params.iter().any(|param| is_test_handle(&param.ty));
        lowered.params = params;
        lowered.results = results;
        lowered.body = stmts;
        lowered.locals = body.locals;
    }

    fn type_params(&self, fields: &[go::Field], body: &mut Body) {
        for field in fields {
            let bound = self.ty(&field.ty, body);
            if let Some(name) = &field.name {
                body.bind(&name.name, Binding::Parameter(bound));
            }
        }
    }

    fn signature(
        &self,
        signature: &go::Signature,
        body: &mut Body,
    ) -> (Vec<Param>, Vec<Type>, Vec<LocalId>) {
        let params = signature
            .params
            .iter()
            .map(|field| self.param(field, body))
            .collect();
        let results = signature
            .results
            .iter()
            .map(|field| self.ty(&field.ty, body))
            .collect();
        let named = signature
            .results
            .iter()
            .filter_map(|field| field.name.as_ref())
            .map(|name| body.declare(&name.name))
            .collect();
        (params, results, named)
    }

    fn param(&self, field: &go::Field, body: &mut Body) -> Param {
        let ty = self.ty(&field.ty, body);
        let name = field.name.as_ref().map_or("", |n| n.name.as_str());
        Param {
            name: name.to_string(),
            local: body.declare(name),
            ty,
            variadic: field.variadic,
            shared: false,
        }
    }

    fn type_def(&mut self, spec: &go::TypeSpec) -> TypeDef {
        let mut body = Body {
            locals: Vec::new(),
            scopes: vec![HashMap::new()],
            results: Vec::new(),
            index: 0,
            name: String::new(),
            breaks: Vec::new(),
            line: 0,
        };
        self.type_params(&spec.type_params, &mut body);
        TypeDef {
            name: spec.name.name.clone(),
            span: spec.name.span,
            def: self.definition(&spec.ty, &body),
            alias: spec.alias,
            parameters: spec
                .type_params
                .iter()
                .filter_map(|f| f.name.as_ref().map(|n| n.name.clone()))
                .collect(),
            nominal: false,
            filled: false,
            cloned: false,
            variant_of: None,
        }
    }

    /// A type where it is used. Structures and interfaces without a name get one from what they are
    /// made of: equal ones are the same type.
    fn ty(&self, ty: &TypeExpr, body: &Body) -> Type {
        let def = self.definition(ty, body);
        let nameless = match &def {
            Type::Struct(fields) => !fields.is_empty(),
            Type::Interface(methods, _) => !methods.is_empty(),
            _ => false,
        };
        if !nameless {
            return def;
        }
        let name = shape(&def);
        let mut known = self.nameless.borrow_mut();
        if !known.iter().any(|t| t.name == name) {
            known.push(TypeDef {
                name: name.clone(),
                span: Span::default(),
                def,
                alias: false,
                parameters: Vec::new(),
                nominal: false,
                filled: false,
                cloned: false,
                variant_of: None,
            });
        }
        Type::Named(own(&name), Vec::new())
    }

    /// What a type stands for.
    fn definition(&self, ty: &TypeExpr, body: &Body) -> Type {
        match ty {
            TypeExpr::Name(None, name, args) => {
                match body.find(name) {
                    Some(Binding::Type(full)) => {
                        return Type::Named(own(full), self.types_of(args, body));
                    }
                    Some(Binding::Parameter(bound)) => {
                        return Type::Parameter(name.clone(), Box::new(bound.clone()));
                    }
                    _ => {}
                }
                match name.as_str() {
                    "string" => Type::Str,
                    "bool" => Type::Bool,
                    "error" => Type::Error,
                    "any" | "comparable" => Type::Unknown,
                    "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16"
                    | "uint32" | "uint64" | "uintptr" | "byte" | "rune" | "float32" | "float64"
                    | "complex64" | "complex128" => Type::Number,
                    _ => Type::Named(self.named(name), self.types_of(args, body)),
                }
            }
            TypeExpr::Name(Some(package), name, args) => match self.imports.get(package) {
                Some(module) => Type::Named(
                    Path {
                        module: Some(module.clone()),
                        name: name.clone(),
                    },
                    self.types_of(args, body),
                ),
                None => Type::Unknown,
            },
            TypeExpr::Pointer(inner) => self.definition(inner, body),
            TypeExpr::Chan(inner) => Type::Channel(Box::new(self.ty(inner, body))),
            TypeExpr::List(inner) => {
                // A byte slice is text here: clients take keys and values in both forms.
                if matches!(&**inner, TypeExpr::Name(None, name, _) if name == "byte") {
                    Type::Str
                } else {
                    Type::List(Box::new(self.ty(inner, body)))
                }
            }
            TypeExpr::Map(key, value) => {
                Type::Map(Box::new(self.ty(key, body)), Box::new(self.ty(value, body)))
            }
            TypeExpr::Func(func) => Type::Function(
                self.types_of(&func.params, body),
                self.types_of(&func.results, body),
            ),
            TypeExpr::Struct(fields) => Type::Struct(
                fields
                    .iter()
                    .map(|field| FieldDef {
                        name: field
                            .name
                            .clone()
                            .or_else(|| type_name(&field.ty))
                            .unwrap_or_default(),
                        ty: self.ty(&field.ty, body),
                        embedded: field.name.is_none(),
                        tag: field.tag.clone(),
                    })
                    .collect(),
            ),
            TypeExpr::Interface(methods, embeds) => Type::Interface(
                methods
                    .iter()
                    .map(|(name, sig)| MethodSig {
                        name: name.clone(),
                        params: self.types_of(&sig.params, body),
                        results: self.types_of(&sig.results, body),
                    })
                    .collect(),
                self.types_of(embeds, body),
            ),
            TypeExpr::Bad => Type::Unknown,
        }
    }

    fn types_of(&self, types: &[TypeExpr], body: &Body) -> Vec<Type> {
        types.iter().map(|t| self.ty(t, body)).collect()
    }

    /// Statements in a scope of their own.
    fn block(&mut self, stmts: &[go::Stmt], body: &mut Body) -> Vec<Stmt> {
        body.scopes.push(HashMap::new());
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            self.stmt(stmt, body, &mut out);
        }
        body.scopes.pop();
        out
    }

    fn stmt(&mut self, stmt: &go::Stmt, body: &mut Body, out: &mut Vec<Stmt>) {
        match stmt {
            go::Stmt::Expr(expr) => {
                if let Some(copied) = self.copied(expr, body) {
                    out.push(copied);
                    return;
                }
                let expr = self.expr(expr, body);
                out.push(Stmt::Expr(expr));
            }
            go::Stmt::Assign {
                left,
                right,
                op,
                define,
            } => self.assign(left, right, op, *define, body, out),
            go::Stmt::Value(spec) => {
                body.line = spec.line;
                let ty = spec.ty.as_ref().map_or(Type::Unknown, |t| self.ty(t, body));
                let mut values: Vec<Expr> =
                    spec.values.iter().map(|v| self.expr(v, body)).collect();
                if values.is_empty() {
                    values = spec
                        .names
                        .iter()
                        .map(|_| Expr::Zero(Box::new(ty.clone())))
                        .collect();
                }
                let places = spec
                    .names
                    .iter()
                    .map(|n| Place::Local(body.declare(&n.name)))
                    .collect();
                out.push(Stmt::Assign { places, values, ty });
            }
            go::Stmt::Type(spec) => {
                // A local type gets a name that no package-level type can have.
                let full = format!("{}.{}", body.name, spec.name.name);
                body.bind(&spec.name.name, Binding::Type(full.clone()));
                let mut def = self.type_def(spec);
                def.def = self.definition(&spec.ty, body);
                def.name = full;
                self.types.push(def);
            }
            go::Stmt::Step(expr, by) => {
                let place = self.place(expr, body);
                let old = self.expr(expr, body);
                out.push(Stmt::Assign {
                    places: vec![place],
                    values: vec![Expr::Binary(
                        Op::Add,
                        Box::new(old),
                        Box::new(Expr::Int(i64::from(*by))),
                    )],
                    ty: Type::Unknown,
                });
            }
            go::Stmt::Return(values) => {
                let values = if values.is_empty() {
                    body.results
                        .last()
                        .map(|named| named.iter().map(|id| Expr::Local(*id)).collect())
                        .unwrap_or_default()
                } else {
                    values.iter().map(|v| self.expr(v, body)).collect()
                };
                out.push(Stmt::Return(values));
            }
            go::Stmt::If { .. } => self.if_chain(stmt, body, out),
            go::Stmt::For {
                init,
                cond,
                post,
                body: inner,
                span,
            } => {
                body.scopes.push(HashMap::new());
                let mut outer = Vec::new();
                if let Some(init) = init {
                    self.stmt(init, body, &mut outer);
                }
                let kind = match cond {
                    None => LoopKind::Forever,
                    Some(cond) => {
                        let mut step = Vec::new();
                        if let Some(post) = post {
                            self.stmt(post, body, &mut step);
                        }
                        LoopKind::While {
                            counted: is_counted(cond, post.as_deref()),
                            cond: self.expr(cond, body),
                            step,
                        }
                    }
                };
                body.breaks.push(Breaks::Loop);
                let inner = self.block(inner, body);
                body.breaks.pop();
                body.scopes.pop();
                outer.push(Stmt::Loop {
                    kind: Box::new(kind),
                    body: inner,
                    span: *span,
                });
                out.push(Stmt::Block(outer));
            }
            go::Stmt::Range {
                vars,
                define,
                over,
                body: inner,
                span,
            } => {
                let over = self.expr(over, body);
                body.scopes.push(HashMap::new());
                let mut places = vars.iter().map(|var| {
                    if *define {
                        match &var.kind {
                            ExprKind::Name(name) if name == "_" => Place::Ignore,
                            ExprKind::Name(name) => Place::Local(body.declare(name)),
                            _ => Place::Ignore,
                        }
                    } else {
                        self.place(var, body)
                    }
                });
                let key = places.next();
                let value = places.next();
                drop(places);
                body.breaks.push(Breaks::Loop);
                let inner = self.block(inner, body);
                body.breaks.pop();
                body.scopes.pop();
                out.push(Stmt::Loop {
                    kind: Box::new(LoopKind::Each {
                        over,
                        key,
                        value,
                        asks: false,
                    }),
                    body: inner,
                    span: *span,
                });
            }
            go::Stmt::Switch {
                init,
                subject,
                cases,
            } => {
                body.scopes.push(HashMap::new());
                let mut outer = Vec::new();
                if let Some(init) = init {
                    self.stmt(init, body, &mut outer);
                }
                let subject = subject.as_ref().map(|s| self.expr(s, body));
                let arms = cases
                    .iter()
                    .map(|case| Arm {
                        conditions: case.values.iter().map(|v| self.expr(v, body)).collect(),
                        body: self.switched(&case.body, body),
                        binding: None,
                    })
                    .collect();
                body.scopes.pop();
                outer.push(Stmt::Switch { subject, arms });
                out.push(Stmt::Block(outer));
            }
            go::Stmt::TypeSwitch {
                init,
                name,
                subject,
                cases,
            } => {
                body.scopes.push(HashMap::new());
                let mut outer = Vec::new();
                if let Some(init) = init {
                    self.stmt(init, body, &mut outer);
                }
                let subject = self.expr(subject, body);
                let mut arms = Vec::new();
                for case in cases {
                    body.scopes.push(HashMap::new());
                    let binding = name.as_ref().map(|name| {
                        let ty = match case.types.as_slice() {
                            [one] => self.ty(one, body),
                            _ => Type::Unknown,
                        };
                        (body.declare(name), ty)
                    });
                    let inner = self.switched(&case.body, body);
                    body.scopes.pop();
                    arms.push(Arm {
                        conditions: case.types.iter().map(|_| Expr::Unknown).collect(),
                        body: inner,
                        binding,
                    });
                }
                body.scopes.pop();
                outer.push(Stmt::Switch {
                    subject: Some(subject),
                    arms,
                });
                out.push(Stmt::Block(outer));
            }
            go::Stmt::Select(cases) => {
                let mut arms = Vec::new();
                for case in cases {
                    body.scopes.push(HashMap::new());
                    let mut inner = Vec::new();
                    if let Some(comm) = &case.comm {
                        self.stmt(comm, body, &mut inner);
                    }
                    inner.extend(self.switched(&case.body, body));
                    body.scopes.pop();
                    arms.push(Arm {
                        conditions: if case.comm.is_some() {
                            vec![Expr::Unknown]
                        } else {
                            Vec::new()
                        },
                        body: inner,
                        binding: None,
                    });
                }
                out.push(Stmt::Switch {
                    subject: None,
                    arms,
                });
            }
            go::Stmt::Go(call) | go::Stmt::Defer(call) => {
                let deferred = matches!(stmt, go::Stmt::Defer(_));
                let call = self.expr(call, body);
                out.push(Stmt::Spawn { call, deferred });
            }
            go::Stmt::Send(channel, value) => {
                // A channel is a list of which nobody knows which element comes when.
                let channel = self.expr(channel, body);
                let value = self.expr(value, body);
                out.push(Stmt::Assign {
                    places: vec![Place::Index(Box::new(channel), Box::new(Expr::Unknown))],
                    values: vec![value],
                    ty: Type::Unknown,
                });
            }
            // A switch that is left this way goes on behind itself, as its other arms do.
            go::Stmt::Break if body.breaks.last() == Some(&Breaks::Switch) => {}
            go::Stmt::Break | go::Stmt::BreakLabel => out.push(Stmt::Break),
            go::Stmt::Continue => out.push(Stmt::Continue),
            go::Stmt::Jump => {}
            go::Stmt::Block(inner) => {
                let inner = self.block(inner, body);
                out.push(Stmt::Block(inner));
            }
        }
    }

    /// `copy(list[n:], other)`: the list is its first elements and those of the other one. What it held
    /// behind those is taken to be overwritten.
    fn copied(&mut self, expr: &go::Expr, body: &mut Body) -> Option<Stmt> {
        let ExprKind::Call(call) = &expr.kind else {
            return None;
        };
        let (ExprKind::Name(name), [to, from]) = (&call.callee.kind, call.args.as_slice()) else {
            return None;
        };
        if name != "copy" || body.find(name).is_some() {
            return None;
        }
        let (list, first) = match &to.kind {
            ExprKind::Slice(list, first, None) => (&**list, first.as_deref()),
            _ => (to, None),
        };
        if !matches!(&list.kind, ExprKind::Name(_)) {
            return None;
        }
        let first = match first {
            Some(first) => self.expr(first, body),
            None => Expr::Int(0),
        };
        let kept = Expr::Slice(Box::new(self.expr(list, body)), None, Some(Box::new(first)));
        let from = self.expr(from, body);
        Some(Stmt::Assign {
            places: vec![self.place(list, body)],
            values: vec![Expr::Append(Box::new(kept), vec![from], true)],
            ty: Type::Unknown,
        })
    }

    /// The statements of one case of a switch or select.
    fn switched(&mut self, stmts: &[go::Stmt], body: &mut Body) -> Vec<Stmt> {
        body.breaks.push(Breaks::Switch);
        let out = self.block(stmts, body);
        body.breaks.pop();
        out
    }

    /// Lowers `if .. else if .. else ..` without recursion along the chain.
    fn if_chain(&mut self, first: &go::Stmt, body: &mut Body, out: &mut Vec<Stmt>) {
        let mut links = Vec::new();
        let mut opened = 0;
        let mut current = first;
        let last = loop {
            let go::Stmt::If {
                init,
                cond,
                then,
                otherwise,
            } = current
            else {
                break Vec::new();
            };
            body.scopes.push(HashMap::new());
            opened += 1;
            let mut before = Vec::new();
            if let Some(init) = init {
                self.stmt(init, body, &mut before);
            }
            let cond = self.expr(cond, body);
            let then = self.block(then, body);
            links.push((before, cond, then));
            match otherwise.as_slice() {
                [next @ go::Stmt::If { .. }] => current = next,
                rest => break self.block(rest, body),
            }
        };
        for _ in 0..opened {
            body.scopes.pop();
        }
        let mut tail = last;
        for (mut before, cond, then) in links.into_iter().rev() {
            before.push(Stmt::If {
                cond,
                then,
                otherwise: tail,
            });
            tail = before;
        }
        out.push(Stmt::Block(tail));
    }

    fn assign(
        &mut self,
        left: &[go::Expr],
        right: &[go::Expr],
        op: &str,
        define: bool,
        body: &mut Body,
        out: &mut Vec<Stmt>,
    ) {
        let mut values: Vec<Expr> = right.iter().map(|v| self.expr(v, body)).collect();
        if !op.is_empty()
            && let [target] = left
            && let Some(value) = values.pop()
        {
            let old = self.expr(target, body);
            values.push(Expr::Binary(operator(op), Box::new(old), Box::new(value)));
        }
        let places = left
            .iter()
            .map(|target| match &target.kind {
                ExprKind::Name(name) if name == "_" => Place::Ignore,
                // `:=` declares only what its own scope does not hold yet.
                ExprKind::Name(name) if define => match body.in_innermost(name) {
                    Some(id) => Place::Local(id),
                    None => Place::Local(body.declare(name)),
                },
                _ => self.place(target, body),
            })
            .collect();
        out.push(Stmt::Assign {
            places,
            values,
            ty: Type::Unknown,
        });
    }

    fn place(&mut self, target: &go::Expr, body: &mut Body) -> Place {
        match &target.kind {
            ExprKind::Name(name) if name == "_" => Place::Ignore,
            ExprKind::Name(name) => match body.find(name) {
                Some(Binding::Local(id)) => Place::Local(*id),
                Some(_) => Place::Ignore,
                None => Place::Global(self.named(name)),
            },
            ExprKind::Selector(base, field) => {
                if let Some(module) = self.package(base, body) {
                    return Place::Global(Path {
                        module: Some(module),
                        name: field.name.clone(),
                    });
                }
                Place::Field(Box::new(self.expr(base, body)), field.name.clone())
            }
            ExprKind::Index(base, index) => match index.as_slice() {
                [index] => Place::Index(
                    Box::new(self.expr(base, body)),
                    Box::new(self.expr(index, body)),
                ),
                _ => Place::Ignore,
            },
            ExprKind::Unary("*", inner) => self.place(inner, body),
            _ => Place::Ignore,
        }
    }

    /// The module that an expression names, if it is a package name not hidden by a local.
    fn package(&self, expr: &go::Expr, body: &Body) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) if body.find(name).is_none() => self.imports.get(name).cloned(),
            _ => None,
        }
    }

    fn expr(&mut self, expr: &go::Expr, body: &mut Body) -> Expr {
        match &expr.kind {
            ExprKind::Name(name) => match name.as_str() {
                _ if matches!(body.find(name), Some(Binding::Local(_))) => match body.find(name) {
                    Some(Binding::Local(id)) => Expr::Local(*id),
                    _ => Expr::Unknown,
                },
                "nil" => Expr::Nil,
                "true" => Expr::Bool(true),
                "false" => Expr::Bool(false),
                "iota" => Expr::Int(body.line),
                _ => Expr::Global(self.named(name)),
            },
            ExprKind::Str(text) => Expr::Str(Located {
                value: text.clone(),
                span: expr.span,
            }),
            ExprKind::Rune(code) => Expr::Int(i64::from(*code)),
            ExprKind::Int(value) => Expr::Int(*value),
            ExprKind::Float(value) => Expr::Float(*value),
            ExprKind::Selector(base, field) => match self.package(base, body) {
                Some(module) => Expr::Global(Path {
                    module: Some(module),
                    name: field.name.clone(),
                }),
                None => Expr::Field(
                    Box::new(self.expr(base, body)),
                    field.name.clone(),
                    field.span,
                ),
            },
            ExprKind::Index(base, index) => {
                let base = self.expr(base, body);
                match index.as_slice() {
                    [one] if !matches!(one.kind, ExprKind::Type(_)) => {
                        let index = self.expr(one, body);
                        Expr::Index(Box::new(base), Box::new(index))
                    }
                    _ => base,
                }
            }
            ExprKind::Slice(base, from, to) => {
                let base = self.expr(base, body);
                let from = from.as_ref().map(|e| Box::new(self.expr(e, body)));
                let to = to.as_ref().map(|e| Box::new(self.expr(e, body)));
                Expr::Slice(Box::new(base), from, to)
            }
            ExprKind::Call(call) => self.call(call, expr.span, body),
            ExprKind::Unary(op, inner) => {
                let inner = self.expr(inner, body);
                match *op {
                    "!" => Expr::Not(Box::new(inner)),
                    "-" => Expr::Neg(Box::new(inner)),
                    "<-" => Expr::Index(Box::new(inner), Box::new(Expr::Unknown)),
                    _ => inner,
                }
            }
            ExprKind::Binary(..) => self.binary(expr, body),
            ExprKind::Composite(ty, elements) => {
                let entries = self.elements(elements, Some(ty), body);
                Expr::Composite(Box::new(self.ty(ty, body)), entries, expr.span)
            }
            ExprKind::Elided(elements) => {
                let entries = self.elements(elements, None, body);
                Expr::Composite(Box::default(), entries, expr.span)
            }
            ExprKind::Func(signature, stmts) => {
                let index = self.closure(signature, stmts, expr.span, body);
                Expr::Closure(index)
            }
            ExprKind::Assert(inner, ty) => {
                let inner = self.expr(inner, body);
                Expr::Assert(Box::new(inner), Box::new(self.ty(ty, body)))
            }
            ExprKind::Type(ty) => Expr::Zero(Box::new(self.ty(ty, body))),
            ExprKind::Bad => Expr::Unknown,
        }
    }

    /// Lowers `a + b + c` without recursion along its left side.
    fn binary(&mut self, expr: &go::Expr, body: &mut Body) -> Expr {
        let mut rest = Vec::new();
        let mut current = expr;
        while let ExprKind::Binary(op, left, right) = &current.kind {
            rest.push((*op, right));
            current = left;
        }
        let mut out = self.expr(current, body);
        for (op, right) in rest.into_iter().rev() {
            let right = self.expr(right, body);
            out = Expr::Binary(operator(op), Box::new(out), Box::new(right));
        }
        out
    }

    fn elements(
        &mut self,
        elements: &[go::Element],
        ty: Option<&TypeExpr>,
        body: &mut Body,
    ) -> Vec<Entry> {
        // The type of elements whose own type is left out.
        let inner = match ty {
            Some(TypeExpr::List(inner)) => Some(&**inner),
            Some(TypeExpr::Map(_, value)) => Some(&**value),
            _ => None,
        };
        let inner = match inner {
            Some(TypeExpr::Pointer(to)) => Some(&**to),
            other => other,
        };
        elements
            .iter()
            .map(|element| {
                let (name, key) = match &element.key {
                    None => (None, None),
                    Some(key) => {
                        let name = match &key.kind {
                            ExprKind::Name(name) => Some(name.clone()),
                            _ => None,
                        };
                        (name, Some(self.expr(key, body)))
                    }
                };
                let value = match (&element.value.kind, inner) {
                    (ExprKind::Elided(nested), Some(inner)) => {
                        let entries = self.elements(nested, Some(inner), body);
                        Expr::Composite(Box::new(self.ty(inner, body)), entries, element.value.span)
                    }
                    _ => self.expr(&element.value, body),
                };
                Entry { name, key, value }
            })
            .collect()
    }

    fn closure(
        &mut self,
        signature: &go::Signature,
        stmts: &[go::Stmt],
        span: Span,
        body: &mut Body,
    ) -> FunctionIndex {
        let index = self.functions.len() as FunctionIndex;
        self.functions.push(Function {
            name: String::new(),
            span: Span {
                end_line: span.line,
                end_column: span.column + 4,
                ..span
            },
            label: self.functions[body.index as usize].label.clone(),
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
            test: false,
            registered: false,
            later: false,
            exclusive: false,
            parent: Some(body.index),
        });
        let enclosing = std::mem::replace(&mut body.index, index);
        body.scopes.push(HashMap::new());
        let (params, results, named) = self.signature(signature, body);
        body.results.push(named);
        let lowered = self.block(stmts, body);
        body.results.pop();
        body.scopes.pop();
        body.index = enclosing;
        let closure = &mut self.functions[index as usize];
        closure.params = params;
        closure.results = results;
        closure.body = lowered;
        index
    }

    fn call(&mut self, call: &go::CallExpr, span: Span, body: &mut Body) -> Expr {
        if let ExprKind::Name(name) = &call.callee.kind
            && body.find(name).is_none()
            && let Some(expr) = self.builtin(name, call, body)
        {
            return expr;
        }
        if let ExprKind::Type(ty) = &call.callee.kind {
            let ty = self.ty(ty, body);
            let value = call
                .args
                .first()
                .map_or(Expr::Unknown, |arg| self.expr(arg, body));
            return Expr::Convert(Box::new(ty), Box::new(value));
        }
        // A generic instantiation looks like an index.
        let callee = match &call.callee.kind {
            ExprKind::Index(base, _)
                if !matches!(base.kind, ExprKind::Call(_)) && is_generic(&call.callee) =>
            {
                base
            }
            _ => &call.callee,
        };
        let (callee, name_span) = match &callee.kind {
            ExprKind::Name(name) => match body.find(name) {
                Some(Binding::Local(id)) => (Callee::Value(Expr::Local(*id)), callee.span),
                Some(Binding::Type(full)) => (Callee::Path(own(full)), callee.span),
                Some(Binding::Parameter(_)) => (Callee::Value(Expr::Unknown), callee.span),
                None => match basic(name) {
                    Some(ty) => {
                        let value = call
                            .args
                            .first()
                            .map_or(Expr::Unknown, |arg| self.expr(arg, body));
                        return Expr::Convert(Box::new(ty), Box::new(value));
                    }
                    None => (Callee::Path(self.named(name)), callee.span),
                },
            },
            ExprKind::Selector(base, field) => match self.package(base, body) {
                Some(module) => (
                    Callee::Path(Path {
                        module: Some(module),
                        name: field.name.clone(),
                    }),
                    field.span,
                ),
                None => (
                    Callee::Method(self.expr(base, body), field.name.clone()),
                    field.span,
                ),
            },
            _ => (Callee::Value(self.expr(callee, body)), span),
        };
        if name_span.line > span.line {
            self.broken_calls.push((name_span.line, span.line));
        }
        let args = call.args.iter().map(|a| self.expr(a, body)).collect();
        Expr::Call(Box::new(Call {
            callee,
            args,
            spread: call.spread,
            waited: true,
            span: name_span,
            text: clipped(&call.text),
        }))
    }

    fn builtin(&mut self, name: &str, call: &go::CallExpr, body: &mut Body) -> Option<Expr> {
        let first = call.args.first();
        Some(match name {
            "append" => {
                let base = self.expr(first?, body);
                let items = call.args[1..].iter().map(|a| self.expr(a, body)).collect();
                Expr::Append(Box::new(base), items, call.spread)
            }
            "len" | "cap" => Expr::Len(Box::new(self.expr(first?, body))),
            "make" => match &first?.kind {
                ExprKind::Type(ty) => Expr::Zero(Box::new(self.ty(ty, body))),
                _ => Expr::Unknown,
            },
            "new" => match &first?.kind {
                ExprKind::Type(ty) => Expr::Zero(Box::new(self.ty(ty, body))),
                ExprKind::Name(name) if body.find(name).is_none() => {
                    let ty = self.ty(&TypeExpr::Name(None, name.clone(), Vec::new()), body);
                    Expr::Zero(Box::new(ty))
                }
                _ => self.expr(first?, body),
            },
            "min" | "max" => {
                for arg in &call.args {
                    self.expr(arg, body);
                }
                Expr::Unknown
            }
            _ => return None,
        })
    }
}

/// Enough of a call's text to tell it from others: long ones would be held many times over, once
/// for each call around them.
fn clipped(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// Characters of a call's text that are kept.
const MAX_TEXT: usize = 160;

/// A name for a type without one, which no written name can equal.
fn shape(def: &Type) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{def:?}").hash(&mut hasher);
    format!("struct {:016x}", hasher.finish())
}

fn own(name: &str) -> Path {
    Path {
        module: None,
        name: name.to_string(),
    }
}

/// Basic types that convert by call.
fn basic(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::Str,
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32"
        | "uint64" | "uintptr" | "float32" | "float64" | "byte" | "rune" => Type::Number,
        "bool" => Type::Bool,
        "any" => Type::Unknown,
        _ => return None,
    })
}

/// Whether `x[T]` in callee position instantiates a generic function: its base is a plain name or a
/// selector, and the index is a type. A map of functions indexed by a variable is not.
fn is_generic(callee: &go::Expr) -> bool {
    let ExprKind::Index(base, index) = &callee.kind else {
        return false;
    };
    let plain = matches!(base.kind, ExprKind::Name(_) | ExprKind::Selector(..));
    plain
        && index.iter().all(|i| match &i.kind {
            ExprKind::Type(_) => true,
            ExprKind::Name(name) => basic(name).is_some(),
            _ => false,
        })
}

fn operator(op: &str) -> Op {
    match op {
        "+" => Op::Add,
        "-" => Op::Sub,
        "*" => Op::Mul,
        "/" => Op::Div,
        "%" => Op::Rem,
        "==" => Op::Eq,
        "!=" => Op::Ne,
        "<" => Op::Lt,
        "<=" => Op::Le,
        ">" => Op::Gt,
        ">=" => Op::Ge,
        "&&" => Op::And,
        "||" => Op::Or,
        _ => Op::Other,
    }
}

/// Whether a `for` loop is driven by a counter: an ordered comparison, and a step of one of its sides.
fn is_counted(cond: &go::Expr, post: Option<&go::Stmt>) -> bool {
    let ExprKind::Binary(op, left, right) = &cond.kind else {
        return false;
    };
    let ordered = matches!(*op, "<" | "<=" | ">" | ">=" | "!=");
    let stepped = match post {
        Some(go::Stmt::Step(target, _)) => Some(target),
        Some(go::Stmt::Assign { left, op, .. }) if *op == "+" || *op == "-" => left.first(),
        _ => None,
    };
    let Some(ExprKind::Name(counter)) = stepped.map(|s| &s.kind) else {
        return false;
    };
    ordered
        && [left, right]
            .iter()
            .any(|side| matches!(&side.kind, ExprKind::Name(name) if name == counter))
}

fn type_name(ty: &TypeExpr) -> Option<String> {
    match ty {
        TypeExpr::Name(_, name, _) => Some(name.clone()),
        TypeExpr::Pointer(inner) => type_name(inner),
        _ => None,
    }
}

fn receiver_type(ty: &TypeExpr) -> Option<String> {
    type_name(ty)
}

/// Names that a generic receiver such as `(s *Store[K, V])` gives to its type parameters.
fn receiver_type_params(ty: &TypeExpr) -> Option<Vec<String>> {
    match ty {
        TypeExpr::Name(_, _, args) => Some(args.iter().filter_map(type_name).collect()),
        TypeExpr::Pointer(inner) => receiver_type_params(inner),
        _ => None,
    }
}
